/**
 * The language of `src/actions/<name>/inputs.ts`: one table per action, from which action.yml, the GitLab component,
 * the command line and the README table are generated (`npm run generate`), and by which values are read.
 */
import { quote, UserError } from './errors.ts';
import { Secret } from './secret.ts';
import { didYouMean } from './suggest.ts';

interface Common {
  /** One or more sentences for people; Markdown without line breaks. */
  readonly description: string;
  /** Shown in README tables and help. */
  readonly example?: string;
}

type Required = { readonly required: true };
type Optional<T> = { readonly required?: false; readonly default?: T };

/** A text; `pattern` must match all of it, `expected` says in words what it allows. */
export type TextInput = Common & {
  readonly type: 'string';
  readonly pattern?: RegExp;
  readonly expected?: string;
} & (Required | Optional<string>);
/** A path; relative ones are resolved against the workspace by `readInputs`. */
export type PathInput = Common & { readonly type: 'path' } & (Required | Optional<string>);
export type BooleanInput = Common & { readonly type: 'boolean'; readonly default: boolean };
export type IntegerInput = Common & {
  readonly type: 'integer';
  readonly min?: number;
  readonly max?: number;
} & Optional<number>;
/** `90s`, `15m`, `2h`, `1d`, `1h30m`; read as seconds. The default is written as text. */
export type DurationInput = Common & { readonly type: 'duration' } & Optional<string>;
/** `512M`, `4G` (powers of 1024), `0`; read as bytes. The default is written as text. */
export type SizeInput = Common & { readonly type: 'size' } & Optional<string>;
export type ChoiceInput<O extends string = string> = Common & {
  readonly type: 'choice';
  readonly options: readonly O[];
} & (Required | Optional<NoInfer<O>>);
/** Several values: one a line; where none holds a blank or a comma, also separated by commas. */
export type ListInput = Common & { readonly type: 'list'; readonly separator?: 'line' | 'comma' } & (
    | Required
    | Optional<readonly string[]>
  );
/**
 * A secret. On GitHub an input (from `secrets.X`), masked. On GitLab and on the command line never a value: there
 * `<name>-variable` names the environment variable and `<name>-file` the file that holds it.
 */
export type SecretInput = Common & { readonly type: 'secret' } & (Required | { readonly required?: false });

export type InputSpec =
  | TextInput
  | PathInput
  | BooleanInput
  | IntegerInput
  | DurationInput
  | SizeInput
  | ChoiceInput
  | ListInput
  | SecretInput;

export type InputTable = Readonly<Record<string, InputSpec>>;

type Raw<S extends InputSpec> = S extends { type: 'boolean' }
  ? boolean
  : S extends { type: 'integer' | 'duration' | 'size' }
    ? number
    : S extends { type: 'choice'; options: readonly (infer O)[] }
      ? O
      : S extends { type: 'list' }
        ? readonly string[]
        : S extends { type: 'secret' }
          ? Secret
          : string;

type Present<S extends InputSpec> = S extends { required: true } | { default: unknown } | { type: 'boolean' | 'list' }
  ? Raw<S>
  : Raw<S> | undefined;

/** The values of a table of inputs, typed. Keys are the inputs' names in kebab-case. */
export type InputValues<T extends InputTable> = { readonly [K in keyof T]: Present<T[K]> };

export interface OutputSpec {
  readonly description: string;
}
export type OutputTable = Readonly<Record<string, OutputSpec>>;
export type OutputValues<T extends OutputTable> = { readonly [K in keyof T]: string };

/** An action: what `src/actions/<name>/inputs.ts` exports as `action`. */
export interface ActionSpec<I extends InputTable = InputTable, O extends OutputTable = OutputTable> {
  /** Name of the folder and of the command. */
  readonly name: string;
  readonly title: string;
  /** One sentence. */
  readonly description: string;
  readonly inputs: I;
  readonly outputs: O;
  /** Former names of inputs: using one is an error that names the new one. */
  readonly renamed?: Readonly<Record<string, Extract<keyof I, string>>>;
  /** Label that the runner of this action needs. */
  readonly runner: 'pkg-builder' | 'pkg-publisher' | 'any';
  /** Stage of the GitLab component when none is given, so that handing results on needs no `needs`. Default: `build`. */
  readonly stage?: '.pre' | 'test' | 'deploy';
  /**
   * Where its results lie: the path input that names their folder, and the reports in it that a platform can show.
   * From this a GitLab component gets its `artifacts:`.
   */
  readonly results?: {
    readonly folder: Extract<keyof I, string>;
    /** File names in that folder. */
    readonly junit?: string;
    readonly codequality?: string;
  };
  /**
   * Command line: where the input has this value, the output is what is printed on standard output, as it is.
   * `--json` wins.
   */
  readonly prints?: {
    readonly input: Extract<keyof I, string>;
    readonly value: string;
    readonly output: Extract<keyof O, string>;
  };
  /**
   * Path inputs that say where it writes. In the workspace these belong to its owner in the end, whatever came of the
   * run, and no link leads them out of it.
   */
  readonly writes?: readonly Extract<keyof I, string>[];
  /**
   * Killed, it leaves something on the host: what that is, the next start removes, and here already the end of the job
   * (`post:` of a GitHub action, `after_script` of a GitLab component).
   */
  readonly cleansUp?: true;
  /** A command of the command line only: no GitHub action and no GitLab component is generated for it. */
  readonly cliOnly?: true;
  /** Icon and colour for GitHub's Marketplace. */
  readonly branding: { readonly icon: string; readonly color: string };
}

/** Gives `spec` its exact type. Input names must be kebab-case. */
export function defineAction<const I extends InputTable, const O extends OutputTable>(
  spec: ActionSpec<I, O>,
): ActionSpec<I, O> {
  return spec;
}

/** Where values come from; `Host` fits. */
export interface InputSource {
  readonly name: string;
  readonly workspace: string;
  input(name: string): string | undefined;
  mask(value: string): void;
}

/**
 * Reads every input of `action` from `source`. Secrets are masked before anything else can log them.
 *
 * @throws UserError naming the input, what was found and what is expected.
 */
export function readInputs<I extends InputTable, O extends OutputTable>(
  action: ActionSpec<I, O>,
  source: InputSource,
  helpers: {
    readonly resolvePath: (path: string) => string;
    /** Reads a secret given by the name of a variable or a file. */
    readonly readSecret: (kind: 'variable' | 'file', value: string) => string;
  },
): InputValues<I> {
  for (const [old, current] of Object.entries(action.renamed ?? {})) {
    if (source.input(old) !== undefined) {
      throw new UserError({
        what: `the input ${old} was renamed`,
        where: `input ${old}`,
        expected: `the input ${current}`,
      });
    }
  }
  const values: Record<string, unknown> = {};
  const table = Object.entries(action.inputs);
  // First, so that no error about another input is printed before they are masked.
  for (const [name, spec] of table) {
    if (spec.type === 'secret') values[name] = readSecretInput(name, spec, source, helpers.readSecret);
  }
  for (const [name, spec] of table) {
    if (spec.type === 'secret') continue;
    const given = source.input(name);
    if (given === undefined && 'required' in spec && spec.required) {
      throw new UserError({
        what: 'a required input is missing',
        where: `input ${name}`,
        expected: spec.example ? `a value such as ${spec.example}` : oneSentence(spec.description),
      });
    }
    const fallback = 'default' in spec ? spec.default : undefined;
    const value = given === undefined ? defaultValue(name, spec, fallback) : parseInput(name, spec, given);
    values[name] = spec.type === 'path' && typeof value === 'string' ? helpers.resolvePath(value) : value;
  }
  return values as InputValues<I>;
}

function defaultValue(name: string, spec: InputSpec, fallback: unknown): unknown {
  if (spec.type === 'list') return fallback ?? [];
  if ((spec.type === 'duration' || spec.type === 'size') && typeof fallback === 'string') {
    return parseInput(name, spec, fallback);
  }
  return fallback;
}

function readSecretInput(
  name: string,
  spec: SecretInput,
  source: InputSource,
  readSecret: (kind: 'variable' | 'file', value: string) => string,
): Secret | undefined {
  const direct = source.input(name);
  const variable = source.input(`${name}-variable`);
  const file = source.input(`${name}-file`);
  if ([direct, variable, file].filter((way) => way !== undefined).length > 1) {
    throw new UserError({
      what: 'the secret is given in more than one way',
      where: `input ${name}`,
      expected: `one of ${name}, ${name}-variable and ${name}-file`,
    });
  }
  const value =
    direct ??
    (variable === undefined ? undefined : readSecret('variable', variable)) ??
    (file === undefined ? undefined : readSecret('file', file));
  if (value === undefined || value === '') {
    if ('required' in spec && spec.required) {
      throw new UserError({
        what: 'a required secret is missing',
        where: `input ${name}`,
        expected: `the secret itself on GitHub, elsewhere ${name}-variable (name of an environment variable) or ${name}-file`,
      });
    }
    return undefined;
  }
  source.mask(value);
  return new Secret(value);
}

/**
 * Reads one value by its spec.
 *
 * @throws UserError naming the input, what was found and what is expected.
 */
export function parseInput(name: string, spec: InputSpec, text: string): unknown {
  const wrong = (expected: string, remedy?: string): UserError =>
    new UserError({
      what: 'a value that cannot be read',
      where: `input ${name}`,
      found: quote(text),
      expected,
      ...(remedy === undefined ? {} : { remedy }),
    });
  switch (spec.type) {
    case 'path':
      if (text.includes('\0')) throw wrong('a path');
      return text;
    case 'secret':
      return new Secret(text);
    case 'string':
      if (spec.pattern && !matchesWhole(spec.pattern, text)) {
        throw wrong(spec.expected ?? `text matching ${spec.pattern.source}`);
      }
      return text;
    case 'boolean':
      // One dialect, YAML 1.2's core schema, which is also what @actions/core's getBooleanInput takes.
      if (/^(true|True|TRUE)$/.test(text)) return true;
      if (/^(false|False|FALSE)$/.test(text)) return false;
      throw wrong('true or false');
    case 'integer': {
      const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = spec;
      if (!(value >= min && value <= max)) {
        throw wrong(`a whole number${boundsText(spec.min, spec.max)}`);
      }
      return value;
    }
    case 'duration': {
      const value = parseDuration(text);
      if (value === undefined) throw wrong('a duration such as 90s, 15m, 2h or 1h30m');
      return value;
    }
    case 'size': {
      const value = parseSize(text);
      if (value === undefined) throw wrong('a size such as 512M, 4G or 0');
      return value;
    }
    case 'choice':
      if (!spec.options.includes(text)) throw wrong(spec.options.join(', '), didYouMean(text, spec.options));
      return text;
    case 'list':
      return parseList(text, spec.separator);
  }
}

/** The flags `m`, `g` and `y` of a pattern would let a part of the text do. */
function matchesWhole(pattern: RegExp, text: string): boolean {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[mgy]/g, '')).test(text);
}

function boundsText(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return `, ${min} or more`;
  return max === undefined ? '' : `, ${max} or less`;
}

/** Seconds of `1h30m`, `90s`, `45` (seconds); `undefined` where it is none. */
export function parseDuration(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const match = /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/.exec(text);
  if (!match || text === '') return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (days ?? 0) * 86_400 + (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
}

/** Bytes of `4G`, `512M`, `10K`, `123` (powers of 1024); `undefined` where it is none. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,12})([KMGT])?(?:i?B)?$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * 1024 ** ' KMGT'.indexOf(match[2] ?? ' ');
}

/** One value a line; a text of one line without blanks is also split at commas. Blank lines and `#` comments are left out. */
function parseList(text: string, separator: 'line' | 'comma' = 'comma'): string[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const [only] = lines;
  if (separator === 'comma' && lines.length === 1 && only !== undefined) {
    return only
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }
  return lines;
}

function oneSentence(description: string): string {
  return description.split('. ')[0] ?? description;
}
