/**
 * The language of project and branch patterns: text with `{placeholders}` and `[optional parts]`, such as
 * `[{customer}/]openstack-build/{package}-build`. It is read both ways: names give values, and values give names.
 *
 * Names are hostile (anyone may push a branch): a placeholder matches strict sets only, so that no value is ever `..`,
 * an option, or holds a blank, a quote or a control character. There is at most one unknown in each part between
 * slashes, so that a name has one reading per pattern and matching takes linear time.
 */
import { PLAIN_NAME } from './fields.ts';

/** Known beforehand, from packaging.yml: they match only their own value. */
export const BOUND_PLACEHOLDERS = ['customer', 'release'] as const;
/** Match one part of a name. */
export const NAME_PLACEHOLDERS = ['package', 'distribution', 'openstack'] as const;
/** Match one or more parts with slashes between. */
export const PATH_PLACEHOLDERS = ['group', 'branch'] as const;

export type BoundPlaceholder = (typeof BOUND_PLACEHOLDERS)[number];
export type FreePlaceholder = (typeof NAME_PLACEHOLDERS)[number] | (typeof PATH_PLACEHOLDERS)[number];
export type Bound = Partial<Record<BoundPlaceholder, string>>;
export type Values = Partial<Record<FreePlaceholder, string>>;

type Token = { readonly text: string } | { readonly placeholder: FreePlaceholder };

/** One way to read a pattern: each optional part either there or not, what is known beforehand filled in. */
interface Alternative {
  readonly tokens: readonly Token[];
  readonly regex: RegExp;
  readonly names: readonly FreePlaceholder[];
}

export interface Pattern {
  /** As it was written. */
  readonly text: string;
  readonly alternatives: readonly Alternative[];
  /** Placeholders that every reading has. */
  readonly always: ReadonlySet<FreePlaceholder>;
  /** Placeholders that some reading has. */
  readonly sometimes: ReadonlySet<FreePlaceholder>;
}

/** What is wrong with a pattern: a clause for an error, and what is expected. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
  readonly expected: string;
  constructor(message: string, expected: string) {
    super(message);
    this.expected = expected;
  }
}

const MAX_TEXT = 256;
const MAX_OPTIONAL = 4;
/** Longest project or branch name that is matched at all. */
const MAX_NAME = 512;

const PLACEHOLDERS = [...BOUND_PLACEHOLDERS, ...NAME_PLACEHOLDERS, ...PATH_PLACEHOLDERS];

/**
 * Reads a pattern.
 *
 * @param bound values of the placeholders that packaging.yml gives. An optional part that holds one of them is there
 *   exactly when it has a value.
 * @throws PatternError saying what is wrong.
 */
export function parsePattern(text: string, bound: Bound): Pattern {
  if (text.length > MAX_TEXT) throw new PatternError('the pattern is too long', `${MAX_TEXT} characters or fewer`);
  const parts = splitOptional(text);
  if (parts.filter(({ optional }) => optional).length > MAX_OPTIONAL) {
    throw new PatternError('too many optional parts', `${MAX_OPTIONAL} or fewer`);
  }
  let readings: Token[][] = [[]];
  for (const part of parts) {
    const tokens = tokenize(part.text, bound, part.optional);
    if (tokens === 'absent') continue;
    const placeholders = tokens.some((token) => 'placeholder' in token);
    if (part.optional && !placeholders && !/\{/.test(part.text)) {
      throw new PatternError(
        `the optional part [${part.text}] has no placeholder`,
        'a placeholder in each optional part',
      );
    }
    const extended = readings.map((reading) => [...reading, ...tokens]);
    readings = part.optional && placeholders ? [...extended, ...readings] : extended;
  }
  const alternatives = readings.map((tokens) => alternative(tokens, text));
  const [first = new Set<FreePlaceholder>(), ...others] = alternatives.map(({ names }) => new Set(names));
  return {
    text,
    alternatives,
    always: new Set([...first].filter((name) => others.every((names) => names.has(name)))),
    sometimes: new Set([first, ...others].flatMap((names) => [...names])),
  };
}

/** Every reading of `name`, without doubles; empty where it does not match. */
export function matchPattern(pattern: Pattern, name: string): Values[] {
  if (name.length > MAX_NAME) return [];
  const found = new Map<string, Values>();
  for (const { regex, names } of pattern.alternatives) {
    const match = regex.exec(name);
    if (!match) continue;
    const values = Object.fromEntries(names.map((placeholder, index) => [placeholder, match[index + 1] ?? '']));
    found.set(JSON.stringify(Object.entries(values).sort()), values);
  }
  return [...found.values()];
}

/**
 * The name that `values` give, by the reading that uses most of them; `undefined` where one is missing or is a value
 * that names do not have. The name matches the pattern again.
 */
export function fillPattern(pattern: Pattern, values: Values): string | undefined {
  const usable = pattern.alternatives.filter(({ names }) => names.every((name) => values[name] !== undefined));
  const most = Math.max(...usable.map(({ names }) => names.length));
  for (const { tokens, regex, names } of usable) {
    if (names.length < most) continue;
    const name = tokens.map((token) => ('text' in token ? token.text : (values[token.placeholder] ?? ''))).join('');
    if (name.length <= MAX_NAME && regex.test(name)) return name;
  }
  return undefined;
}

function splitOptional(text: string): { text: string; optional: boolean }[] {
  const parts: { text: string; optional: boolean }[] = [];
  let rest = text;
  while (rest !== '') {
    const match = /^\[([^[\]]*)\]|^[^[\]]+/.exec(rest);
    if (!match) throw new PatternError('a bracket without its partner', 'optional parts in [ ], none within another');
    parts.push({ text: match[1] ?? match[0], optional: match[1] !== undefined });
    rest = rest.slice(match[0].length);
  }
  return parts;
}

/** The tokens of a part; `absent` for an optional one that waits for a value that packaging.yml does not give. */
function tokenize(text: string, bound: Bound, optional: boolean): Token[] | 'absent' {
  const tokens: Token[] = [];
  let absent = false;
  for (const piece of text.split(/(\{[^{}]*\})/)) {
    const name = /^\{([^{}]*)\}$/.exec(piece)?.[1];
    if (name === undefined) {
      if (!/^[A-Za-z0-9._+~/-]*$/.test(piece)) {
        throw new PatternError(
          'a character that names do not have',
          'letters, digits, ._+~/-, {placeholders}, [optional]',
        );
      }
      if (piece !== '') tokens.push({ text: piece });
    } else if (isOneOf(BOUND_PLACEHOLDERS, name)) {
      const value = bound[name];
      if (value !== undefined) tokens.push({ text: value });
      else if (optional) absent = true;
      else throw new PatternError(`the pattern needs {${name}}, which has no value`, `the field ${name}`);
    } else if (isOneOf([...NAME_PLACEHOLDERS, ...PATH_PLACEHOLDERS], name)) {
      tokens.push({ placeholder: name });
    } else {
      throw new PatternError(`no such placeholder {${name}}`, PLACEHOLDERS.map((known) => `{${known}}`).join(' '));
    }
  }
  return absent ? 'absent' : tokens;
}

function isOneOf<T extends string>(known: readonly T[], name: string): name is T {
  return (known as readonly string[]).includes(name);
}

function alternative(tokens: readonly Token[], text: string): Alternative {
  const names = tokens.flatMap((token) => ('placeholder' in token ? [token.placeholder] : []));
  if (new Set(names).size !== names.length) throw new PatternError('a placeholder twice', 'each placeholder once');
  const shape = tokens.map((token) => ('text' in token ? token.text : `{${token.placeholder}}`)).join('');
  if (shape === '' || shape.split('/').some((part) => /^\.{0,2}$/.test(part))) {
    throw new PatternError(
      'a reading of the pattern has an empty or dotted part',
      'parts with a slash between each two',
    );
  }
  if (shape.startsWith('-')) throw new PatternError('names do not start with -', 'another first character');
  const crowded = shape.split('/').find((part) => part.split('{').length > 2);
  if (crowded !== undefined) {
    throw new PatternError(`${crowded} can be read in several ways`, 'one unknown between two slashes');
  }
  if (names.filter((name) => isOneOf(PATH_PLACEHOLDERS, name)).length > 1) {
    throw new PatternError(`${text} can be read in several ways`, 'one of {group} and {branch}');
  }
  const source = tokens
    .map((token) => {
      if ('text' in token) return token.text.replace(/[.+]/g, '\\$&');
      return isOneOf(PATH_PLACEHOLDERS, token.placeholder) ? `(${PLAIN_NAME}(?:/${PLAIN_NAME})*)` : `(${PLAIN_NAME})`;
    })
    .join('');
  return { tokens, regex: new RegExp(`^${source}$`), names };
}
