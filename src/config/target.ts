/**
 * Targets: what packages are built for. The built-in ones are data files in `targets/`; a person adds one in
 * packaging.yml or as a file of the same form, without code (docs/targets.md).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { quote, UserError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { assetPath } from './assets.ts';
import { type Configuration, parseConfiguration, readConfigurationFile } from './document.ts';
import type { Problem } from './problem.ts';
import { type TargetInput, type TargetMock, type TargetSourceInput, targetInputSchema } from './target-schema.ts';

export type { TargetInput, TargetMock } from './target-schema.ts';

/** An apt source of a deb target's buildroot. */
export interface TargetSource {
  /** Without it the host's own apt configuration, or mmdebstrap's default for the suite. */
  readonly mirror?: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Keyring of this source, where it is not the target's. */
  readonly keyring?: string;
}

export interface Target {
  /** `debian-12`. */
  readonly name: string;
  /** `bookworm`. */
  readonly aliases: readonly string[];
  readonly format: 'deb' | 'rpm';
  /** `debian`, `ubuntu`, `el`, `centos`. */
  readonly distribution: string;
  /** `12`. */
  readonly release: string;
  /** Codename: of the archive, of changelog entries, and by default of the published suite. */
  readonly suite: string;
  readonly architectures: readonly string[];
  /** deb: components of the archive. Empty for rpm. */
  readonly components: readonly string[];
  /** deb: apt sources of the buildroot. Empty for rpm. */
  readonly sources: readonly TargetSource[];
  /** deb: path of the archive's keyring. */
  readonly keyring?: string;
  /** Packages always in the buildroot, beside build-essential. */
  readonly include: readonly string[];
  /** `deb12`: what `{tag}` stands for in version suffixes. */
  readonly versionTag: string;
  /** rpm only, and there always. */
  readonly mock?: TargetMock;
}

const DEB_ONLY = ['components', 'sources', 'mirror', 'securityMirror', 'extraSources', 'keyring'] as const;
const REQUIRED = ['format', 'distribution', 'release', 'suite', 'architectures', 'versionTag'] as const;

let builtIn: readonly TargetInput[] | undefined;

function builtInInputs(): readonly TargetInput[] {
  builtIn ??= readdirSync(assetPath('targets'))
    .filter((name) => name.endsWith('.yml'))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => {
      const file = assetPath('targets', name);
      return parseConfiguration(readFileSync(file, 'utf8'), file, targetInputSchema).value;
    });
  return builtIn;
}

/** The built-in targets, sorted by name, numbers in it by their value. */
export function listTargets(): Target[] {
  return builtInInputs().map((input) => resolveInput(input, []));
}

/**
 * The target of that name or alias; a name wins over an alias, a target of the person's own over a built-in one.
 *
 * @throws UserError naming the known targets.
 */
export function resolveTarget(nameOrAlias: string, own: readonly TargetInput[] = []): Target {
  const input = findTargetInput(nameOrAlias, own);
  if (input) return resolveInput(input, own);
  throw new UserError({ what: 'no such target', ...unknownTarget(nameOrAlias, own) });
}

/** The parts of an error that a name is no target: found, expected, a suggestion. */
export function unknownTarget(name: string, own: readonly TargetInput[]) {
  const known = [...new Set([...own, ...builtInInputs()].map((target) => target.name))];
  const remedy = didYouMean(name, [
    ...known,
    ...[...own, ...builtInInputs()].flatMap((target) => target.aliases ?? []),
  ]);
  return { found: quote(name), expected: known.join(', '), ...(remedy === undefined ? {} : { remedy }) };
}

/**
 * A target named by a person: a name, an alias, or the path of a file (it has a `/`, or ends in `.yml` or `.yaml`).
 *
 * @throws UserError where there is no such target or file; PackagingError for a file that is wrong.
 */
export async function resolveTargetReference(reference: string, own: readonly TargetInput[] = []): Promise<Target> {
  if (!isTargetFile(reference)) return resolveTarget(reference, own);
  const { value, error } = await readTargetFile(reference);
  const problems = targetProblems(value, own);
  if (problems.length > 0) throw error(problems);
  return resolveInput(value, own);
}

/** Whether a reference to a target means a file. */
export function isTargetFile(reference: string): boolean {
  return reference.includes('/') || /\.ya?ml$/.test(reference);
}

/**
 * Reads a target's file.
 *
 * @throws UserError where it cannot be read; PackagingError for its form.
 */
export async function readTargetFile(file: string): Promise<Configuration<TargetInput>> {
  return parseConfiguration(await readConfigurationFile(file), file, targetInputSchema);
}

/** What is written of the target with that name or alias, or `undefined`. */
export function findTargetInput(
  nameOrAlias: string,
  own: readonly TargetInput[],
  except: ReadonlySet<TargetInput> = new Set(),
): TargetInput | undefined {
  for (const inputs of [own, builtInInputs()]) {
    const candidates = inputs.filter((input) => !except.has(input));
    const found =
      candidates.find((input) => input.name === nameOrAlias) ??
      candidates.find((input) => input.aliases?.includes(nameOrAlias));
    if (found) return found;
  }
  return undefined;
}

/** `input` and what it extends, nearest first. A target may extend the built-in one that it replaces. */
function lineage(input: TargetInput, own: readonly TargetInput[]): { chain: TargetInput[]; missing?: string } {
  const chain = [input];
  const seen = new Set(chain);
  for (let current = input; current.extends !== undefined; ) {
    const base = findTargetInput(current.extends, own, seen);
    if (base === undefined) return { chain, missing: current.extends };
    seen.add(base);
    chain.push(base);
    current = base;
  }
  return { chain };
}

/** The fields of `input` with those of what it extends beneath. */
function merge(chain: readonly TargetInput[], input: TargetInput): TargetInput {
  const merged: TargetInput = Object.assign({}, ...chain.toReversed());
  const { aliases: _aliases, extends: _extends, ...rest } = merged;
  const extraSources = chain.toReversed().flatMap((part) => part.extraSources ?? []);
  return {
    ...rest,
    ...(input.aliases ? { aliases: input.aliases } : {}),
    ...(extraSources.length > 0 ? { extraSources } : {}),
  };
}

/** What is wrong with the meaning of a target, paths relative to it; empty where `resolveInput` will take it. */
export function targetProblems(input: TargetInput, own: readonly TargetInput[]): Problem[] {
  const { chain, missing } = lineage(input, own);
  if (missing !== undefined) {
    if (findTargetInput(missing, own)) {
      const found = [...chain.map(({ name }) => name), missing].join(' extends ');
      return [{ path: ['extends'], what: 'targets that extend each other', found, expected: 'an end' }];
    }
    return [{ path: ['extends'], what: 'no such target to extend', ...unknownTarget(missing, own) }];
  }
  const merged = merge(chain, input);
  const problems: Problem[] = [];
  const base = chain[1];
  const baseFormat = base && merge(chain.slice(1), base).format;
  if (input.format !== undefined && baseFormat !== undefined && input.format !== baseFormat) {
    const what = 'a target of another format than the one that it extends';
    return [{ path: ['format'], what, found: input.format, expected: baseFormat }];
  }
  for (const field of REQUIRED) {
    if (merged[field] !== undefined) continue;
    problems.push({
      path: [kebab(field)],
      what: 'a required field is missing',
      expected: `${kebab(field)}, or extends and a target that has it`,
    });
  }
  if (merged.format === 'deb') {
    if (input.mock !== undefined) {
      const what = 'mock builds rpm packages and this is a deb target';
      problems.push({ path: ['mock'], key: true, what, expected: 'sources, or format: rpm' });
    }
    if (merged.securityMirror !== undefined && merged.mirror === undefined) {
      problems.push({
        path: ['security-mirror'],
        what: 'a mirror for security suites alone',
        expected: 'mirror beside it',
      });
    }
    if (merged.sources === undefined) {
      problems.push({
        path: ['sources'],
        what: 'a required field is missing',
        expected: 'the apt sources of the buildroot, or extends and a target that has them',
      });
    }
  }
  if (merged.format === 'rpm') {
    for (const field of DEB_ONLY) {
      if (input[field] === undefined) continue;
      const what = 'the field is for deb targets and this is an rpm target';
      problems.push({ path: [kebab(field)], key: true, what, expected: 'mock, or format: deb' });
    }
    const { config, text } = merged.mock ?? {};
    if ((config === undefined) === (text === undefined)) {
      problems.push({
        path: ['mock'],
        what: config === undefined ? 'a required field is missing' : 'two mock configurations',
        expected: 'one of config and text',
      });
    }
  }
  return problems;
}

/**
 * The whole target that `input` stands for.
 *
 * @throws UserError with the first of `targetProblems`.
 */
function resolveInput(input: TargetInput, own: readonly TargetInput[]): Target {
  const [problem] = targetProblems(input, own);
  const merged = merge(lineage(input, own).chain, input);
  const { format, distribution, release, suite, architectures, versionTag } = merged;
  if (
    problem ||
    format === undefined ||
    distribution === undefined ||
    release === undefined ||
    suite === undefined ||
    architectures === undefined ||
    versionTag === undefined
  ) {
    const { path, key: _key, ...parts } = problem ?? { path: [], what: 'a target without its fields' };
    throw new UserError({ ...parts, where: `target ${input.name}${path.length > 0 ? ` ${path.join('.')}` : ''}` });
  }
  return {
    name: merged.name,
    aliases: merged.aliases ?? [],
    format,
    distribution,
    release,
    suite,
    architectures,
    components: format === 'deb' ? (merged.components ?? ['main']) : [],
    sources: resolveSources(merged),
    ...(merged.keyring === undefined ? {} : { keyring: merged.keyring }),
    include: merged.include ?? [],
    versionTag,
    ...(merged.mock ? { mock: resolveMock(merged.mock) } : {}),
  };
}

function resolveMock({ config, text }: { config?: string; text?: string }): TargetMock {
  return config === undefined ? { text: text ?? '' } : { config };
}

function resolveSources(target: TargetInput): TargetSource[] {
  const { mirror, securityMirror, components = ['main'] } = target;
  const resolve = (source: TargetSourceInput): TargetSource[] => {
    const security = source.suites.every((suite) => suite.endsWith('-security'));
    const address = source.mirror ?? (security ? securityMirror : mirror);
    if (address === undefined && mirror !== undefined) return [];
    return [{ ...source, components: source.components ?? components, ...(address ? { mirror: address } : {}) }];
  };
  return [...(target.sources ?? []), ...(target.extraSources ?? [])].flatMap(resolve);
}

/** `versionTag` as `version-tag`. */
function kebab(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
