/**
 * Which module goes into which file of `dist/`. Names are stable, so that a diff of `dist/` can be read, and what is
 * heavy has files of its own that are loaded only when used.
 */
import path from 'node:path';
import type { CodeSplittingGroup } from 'rolldown';

/** Our modules that every start needs; none of them may need a package, so that help comes at once. */
const FRAME =
  /^src\/(?:errors|secret|inputs|format|version|main|process|tool-packages|suggest|config\/assets|host\/(?!github|gitlab|local|bounded-output)[a-z-]+)\.ts$/;

/** Our folders, what others build on first: that no two need each other is held by test/unit/imports.test.ts. */
const DOMAIN = [
  'deb',
  'rpm',
  'download',
  'signing',
  'repository',
  'source',
  'config',
  'buildroot',
  'builder',
  'systemtest',
  'mirror',
  'setup',
];

/** Chunks of modules that are loaded lazily one by one. */
const ONE_OF_MANY = new Set(['frame', 'shared', 'checks', ...DOMAIN]);

/** First match wins. Paths are relative to the root of the repository. */
const RULES: readonly (readonly [RegExp, string | ((match: RegExpExecArray) => string)])[] = [
  [/^node_modules\/openpgp\//, 'openpgp'],
  // The OIDC client is loaded lazily (see bundle.ts) and is what needs the HTTP stack.
  [/^node_modules\/@actions\/(?:exec|io|core\/lib\/(?!oidc-utils))/, 'core'],
  [/^node_modules\/(?:undici|tunnel|@actions\/(?:http-client|core))\//, 'http'],
  [/^node_modules\/(?:@actions\/tool-cache|semver)\//, 'tool-cache'],
  [/^node_modules\/(zod|yaml|commander|fflate)\//, ([, name]) => name ?? ''],
  [/^node_modules\/(?:saxes|xmlchars)\//, 'saxes'],
  // What is left of the packages is there for the artifact client.
  [/^node_modules\//, 'artifact'],
  [FRAME, 'frame'],
  [/^src\/host\/(github|gitlab|local)\.ts$/, ([, name]) => `host-${name}`],
  // What only that host needs.
  [/^src\/host\/bounded-output\.ts$/, 'host-github'],
  [/^src\/actions\/(?:index|[a-z0-9-]+\/inputs)\.ts$/, 'inputs'],
  [/^src\/(?!(?:cli|post)\.ts$)[a-z-]+\.ts$/, 'shared'],
  ...DOMAIN.map((folder) => [new RegExp(`^src/${folder}/`), folder] as const),
  // `doctor` is the entry of the action.
  [/^src\/doctor\//, 'checks'],
  [/^src\/actions\/[a-z0-9-]+\.ts$/, 'actions'],
  [/^src\/cli\//, 'command-line'],
  [/^src\/actions\/clean-up\/post\.ts$/, 'action-post'],
  [/^src\/actions\/([a-z0-9-]+)\/(?!main\.ts$)/, ([, name]) => `action-${name}`],
];

/**
 * File of what a dynamic import loads: it hands out the exports of one module of a chunk. Named after the chunk, and
 * also after the module where it is one of many.
 */
export function lazyName(relative: string): string {
  const chunk = chunkOf(relative);
  if (chunk !== undefined && !ONE_OF_MANY.has(chunk)) return `lazy-${chunk}`;
  return `lazy-${chunk === undefined ? '' : `${chunk}-`}${path.parse(relative).name}`;
}

/** Name of the chunk of a module, or `undefined` for the entries themselves. */
export function chunkOf(relative: string): string | undefined {
  for (const [pattern, name] of RULES) {
    const match = pattern.exec(relative);
    if (match) return typeof name === 'string' ? name : name(match);
  }
  return undefined;
}

/**
 * The groups for rolldown. One per rule, in this order: a group takes its modules' dependencies along, unless an
 * earlier one has them.
 */
export function chunkGroups(root: string): CodeSplittingGroup[] {
  const relative = (id: string) => path.relative(root, id).replaceAll(path.sep, '/');
  return RULES.map(([pattern], index) => ({
    debugName: String(pattern),
    name: (id) => chunkOf(relative(id)) ?? null,
    test: (id) => ruleOf(relative(id)) === RULES[index] && pattern.test(relative(id)),
    priority: RULES.length - index,
  }));
}

function ruleOf(relative: string) {
  return RULES.find(([pattern]) => pattern.test(relative));
}
