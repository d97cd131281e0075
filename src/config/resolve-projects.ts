/** The `projects` of packaging.yml: presets and patterns, checked so that each can be read both ways. */

import { type Context, kindOf } from './context.ts';
import { type Bound, type FreePlaceholder, type Pattern, PatternError, parsePattern } from './pattern.ts';
import { PRESETS } from './presets.ts';
import type { Project } from './projects.ts';

const ANY_BRANCH = '{branch}';

/** The projects of the release; what is wrong with them becomes problems. */
export function resolveProjects(context: Context): Project[] {
  const { value, problems } = context;
  const kinds = value.projects.map(kindOf);
  for (const [index, kind] of kinds.entries()) {
    if (kinds.indexOf(kind) === index) continue;
    problems.push({ path: ['projects', index], what: `the kind ${kind} twice`, expected: 'a kind for each entry' });
  }
  return value.projects.flatMap((_, index) => resolveProject(context, index) ?? []);
}

function resolveProject(context: Context, index: number): Project | undefined {
  const { value, problems } = context;
  const entry = value.projects[index] ?? 'plain';
  const own = typeof entry === 'string' ? {} : entry;
  const presetName = typeof entry === 'string' ? entry : entry.preset;
  const preset = presetName ? PRESETS[presetName] : undefined;
  const named = own.project ?? own.code ?? own.spec;
  const { project, code, spec } = named === undefined && preset ? preset : own;
  const at = ['projects', index];
  const bound: Bound = {
    release: value.release.version,
    ...(value.customer === undefined ? {} : { customer: value.customer }),
  };
  const before = problems.length;
  const read = (field: string, text: string | undefined): Pattern | undefined =>
    text === undefined ? undefined : readPattern(context, [...at, field], text, bound);
  const branchText = own.branch ?? preset?.branch ?? ANY_BRANCH;
  const branch = read('branch', branchText);
  const specBranch = read('spec-branch', own.specBranch ?? branchText);
  const patterns = { both: read('project', project), code: read('code', code), spec: read('spec', spec) };
  if (problems.length > before || !branch || !specBranch) return undefined;

  const { both, ...pair } = patterns;
  if (both ? (pair.code ?? pair.spec) : !(pair.code && pair.spec)) {
    problems.push({
      path: at,
      what: 'an entry that does not say how projects are named',
      expected: 'preset, project, or both code and spec',
    });
    return undefined;
  }
  if (both && own.specBranch !== undefined) {
    problems.push({
      path: [...at, 'spec-branch'],
      key: true,
      what: 'a branch of spec projects where there are none',
      expected: 'code and spec',
    });
  }
  for (const [field, pattern] of Object.entries({ project: both, code: pair.code, spec: pair.spec })) {
    if (!pattern || pattern.always.has('package')) continue;
    problems.push({ path: [...at, field], what: 'the pattern has no {package}', expected: '{package} outside of [ ]' });
  }
  if (pair.code && pair.spec) checkPair(context, at, [pair.code, branch], [pair.spec, specBranch]);
  return {
    kind: kindOf(entry),
    ...(both ? { both } : {}),
    ...(pair.code ? { code: pair.code } : {}),
    ...(pair.spec ? { spec: pair.spec } : {}),
    branch,
    specBranch,
  };
}

/** A pair is found from either side: what one side's names tell must be all that the other side's names need. */
function checkPair(
  { problems }: Context,
  at: readonly PropertyKey[],
  code: readonly Pattern[],
  spec: readonly Pattern[],
): void {
  if (code[0]?.text === spec[0]?.text && code[1]?.text === spec[1]?.text) {
    problems.push({
      path: [...at, 'spec'],
      what: 'code and spec projects have the same names',
      expected: 'project instead',
    });
  }
  for (const kind of ['always', 'sometimes'] as const) {
    const known = [code, spec].map((patterns) => new Set(patterns.flatMap((pattern) => [...pattern[kind]])));
    const [inCode = new Set<FreePlaceholder>(), inSpec = new Set<FreePlaceholder>()] = known;
    const alone = [...inCode, ...inSpec].find((name) => !inCode.has(name) || !inSpec.has(name));
    if (alone === undefined) continue;
    problems.push({
      path: [...at, inCode.has(alone) ? 'spec' : 'code'],
      what: `{${alone}} is on one side of the pair only`,
      expected: 'the same placeholders in code with branch as in spec with spec-branch',
    });
    return;
  }
}

function readPattern(
  { problems, value }: Context,
  path: readonly PropertyKey[],
  text: string,
  bound: Bound,
): Pattern | undefined {
  try {
    return parsePattern(text, bound);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const [, index, field] = path;
    const entry = value.projects[Number(index)];
    // What comes from a preset has no place of its own.
    const written = typeof entry === 'object' && Object.values(entry).includes(text);
    // `spec-branch` falls back to `branch`, where the problem is told already.
    if (field === 'spec-branch' && typeof entry === 'object' && entry.specBranch !== text) return undefined;
    problems.push({
      path: written ? path : path.slice(0, 2),
      what: error.message,
      found: JSON.stringify(text),
      expected: error.expected,
    });
    return undefined;
  }
}
