/** What the parts of packaging.yml are resolved with: the release around them, its names, and where problems go. */
import { quote, UserError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import { PRESETS } from './presets.ts';
import type { Problem } from './problem.ts';
import type { PackagingInput } from './schema.ts';
import type { Target } from './target.ts';

/** What the parts of a release are resolved against. */
export interface Context {
  readonly folder: string;
  readonly value: PackagingInput;
  readonly targets: readonly Target[];
  /** Where problems are put. */
  readonly problems: Problem[];
}

/** The parts of a problem that `name` is none of `known`. */
export function notAmong(what: string, name: string, known: readonly string[]): Omit<Problem, 'path'> {
  const remedy = didYouMean(name, known);
  return {
    what: `no such ${what}`,
    found: quote(name),
    expected: known.join(', ') || 'none: there are none',
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** The targets of the release that a list names by name or alias; all where there is no list. */
export function namedTargets(
  { targets, problems }: Context,
  names: readonly string[] | undefined,
  at: readonly PropertyKey[],
): readonly Target[] {
  if (names === undefined) return targets;
  const found = new Set<Target>();
  for (const [index, name] of names.entries()) {
    const target = targets.find((candidate) => candidate.name === name || candidate.aliases.includes(name));
    const place = [...at, 'targets', index];
    if (target === undefined) {
      const known = targets.map((candidate) => candidate.name);
      problems.push({ path: place, ...notAmong('target in the release', name, known) });
    } else if (found.has(target)) {
      problems.push({ path: place, what: 'the same target twice', found: quote(name) });
    } else {
      found.add(target);
    }
  }
  return [...found];
}

/** Puts a problem where a name is there for the second time. */
export function checkDoubles({ problems }: Context, list: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const [index, name] of names.entries()) {
    if (seen.has(name)) {
      const expected = `names of ${list} that differ`;
      problems.push({ path: [list, index], what: 'the same name twice', found: quote(name), expected });
    }
    seen.add(name);
  }
}

/** `kind` of an entry of `projects`, as far as it is known before it is resolved. */
export function kindOf(entry: PackagingInput['projects'][number]): string {
  if (typeof entry === 'string') return PRESETS[entry].kind;
  return entry.kind ?? (entry.preset ? PRESETS[entry.preset].kind : 'projects');
}

/** A UserError of `check` becomes a problem at `path`. */
export function collect(problems: Problem[], path: readonly PropertyKey[], check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { where: _where, ...parts } = error.parts;
    problems.push({ path, ...parts });
  }
}
