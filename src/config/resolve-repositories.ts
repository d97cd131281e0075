/** The `repositories` and `sources` of packaging.yml: where packages go, and what builds install from. */
import path from 'node:path';
import { parseAptSource } from '../deb/apt-source.ts';
import { quote, UserError } from '../errors.ts';
import { type Context, checkDoubles, namedTargets, notAmong } from './context.ts';
import type { Repository, Source } from './packaging.ts';
import type { PackagingInput } from './schema.ts';
import type { Target } from './target.ts';

type RepositoryInput = NonNullable<PackagingInput['repositories']>[number];
type SourceInput = PackagingInput['sources'][number];
type Format = Target['format'];

/** The repositories of the release; what is wrong with them becomes problems. */
export function resolveRepositories(context: Context): Repository[] {
  const { value, targets, problems } = context;
  if (value.repositories === undefined) {
    const formats = [...new Set(targets.map((target) => target.format))];
    return formats.map((format) => {
      const name = formats.length === 1 ? value.release.name : `${value.release.name}-${format}`;
      const own = targets.filter((target) => target.format === format);
      return finish(context, { name, channels: ['latest'] }, format, own);
    });
  }
  const repositories = value.repositories.map((input, index) => resolveRepository(context, input, index));
  checkDoubles(
    context,
    'repositories',
    repositories.map(({ name }) => name),
  );
  const paths = repositories.map((repository) => repository.path);
  for (const [index, folder] of paths.entries()) {
    if (folder === undefined || paths.indexOf(folder) === index) continue;
    problems.push({
      path: ['repositories', index, 'path'],
      what: `the folder of the repository ${repositories[paths.indexOf(folder)]?.name}`,
      found: quote(folder),
      expected: 'a folder of its own',
    });
  }
  return repositories;
}

function resolveRepository(context: Context, input: RepositoryInput, index: number): Repository {
  const { problems } = context;
  const at = ['repositories', index];
  const targets = namedTargets(context, input.targets, at);
  const format = oneFormat(context, targets, [...at, 'targets'], 'a repository');
  if (format === 'rpm') {
    for (const field of ['suite', 'components', 'udebComponent', 'origin', 'label'] as const) {
      if (input[field] === undefined) continue;
      const name = field === 'udebComponent' ? 'udeb-component' : field;
      problems.push({
        path: [...at, name],
        key: true,
        what: 'a field of deb repositories',
        expected: 'targets for deb',
      });
    }
  }
  const known = [...new Set(targets.flatMap((target) => target.architectures))];
  for (const [place, architecture] of (input.architectures ?? []).entries()) {
    if (known.includes(architecture)) continue;
    const parts = notAmong('architecture of the targets', architecture, known);
    problems.push({ path: [...at, 'architectures', place], ...parts });
  }
  for (const [place, channel] of input.channels.entries()) {
    if (input.channels.indexOf(channel) === place) continue;
    problems.push({ path: [...at, 'channels', place], what: 'the same channel twice', found: quote(channel) });
  }
  const repository = finish(context, input, format, targets);
  const suites = Object.entries(repository.suites);
  const [target, suite] =
    suites.find(([, name], place) => suites.findIndex(([, other]) => other === name) !== place) ?? [];
  if (suite !== undefined) {
    const first = suites.find(([, name]) => name === suite)?.[0];
    problems.push({
      path: [...at, 'suite'],
      what: `${first} and ${target} would be published as the same suite`,
      found: quote(suite),
      expected: 'a suite with {suite} or {target}, or a repository for each',
    });
  }
  return repository;
}

/** The one format of `targets`; a problem where they have two. */
function oneFormat(
  { problems }: Context,
  targets: readonly Target[],
  at: readonly PropertyKey[],
  what: string,
): Format {
  const formats = [...new Set(targets.map((target) => target.format))].sort();
  if (formats.length > 1) {
    const found = targets.map((target) => `${target.name} (${target.format})`).join(', ');
    problems.push({ path: at, what: `${what} for two formats`, found, expected: 'targets of one format' });
  }
  return formats[0] ?? 'deb';
}

function finish(
  { value, folder }: Context,
  input: Pick<RepositoryInput, 'name' | 'channels'> & Partial<RepositoryInput>,
  format: Format,
  targets: readonly Target[],
): Repository {
  const { release } = value;
  const suites = targets.map((target) => {
    const values = { suite: target.suite, target: target.name, release: release.version };
    const text = (input.suite ?? '{suite}').replace(
      /\{(suite|target|release)\}/g,
      (_, name: keyof typeof values) => values[name],
    );
    return [target.name, text];
  });
  const [channel = 'latest', ...channels] = input.channels;
  const architectures = input.architectures ?? value.architectures;
  return {
    name: input.name,
    format,
    ...(input.path === undefined ? {} : { path: path.resolve(folder, input.path) }),
    ...(input.url === undefined ? {} : { url: input.url.replace(/\/+$/, '') }),
    targets,
    suites: format === 'deb' ? Object.fromEntries(suites) : {},
    components: format === 'deb' ? (input.components ?? ['main']) : [],
    ...(input.udebComponent === undefined ? {} : { udebComponent: input.udebComponent }),
    ...(architectures === undefined ? {} : { architectures }),
    origin: input.origin ?? release.name,
    label: input.label ?? input.name,
    description: input.description ?? `Packages of ${release.name} ${release.version}`,
    channels: [channel, ...channels],
  };
}

/** The package sources of builds; what is wrong with them becomes problems. */
export function resolveSources(context: Context): Source[] {
  const { value } = context;
  checkDoubles(
    context,
    'sources',
    value.sources.map(({ name }) => name),
  );
  return value.sources.flatMap((input, index) => resolveSource(context, input, index) ?? []);
}

function resolveSource(context: Context, input: SourceInput, index: number): Source | undefined {
  const { folder, targets: all, problems } = context;
  const at = ['sources', index];
  const before = problems.length;
  const bad = (field: string | undefined, what: string, expected: string, key = false) => {
    problems.push({ path: field === undefined ? at : [...at, field], what, expected, ...(key ? { key } : {}) });
  };
  if ((input.line === undefined) === (input.uri === undefined)) {
    bad(undefined, 'a source without one address', 'one of line and uri');
    return undefined;
  }
  const format = input.targets
    ? oneFormat(context, namedTargets(context, input.targets, at), [...at, 'targets'], 'a source')
    : input.line !== undefined || input.suites !== undefined
      ? 'deb'
      : 'rpm';
  const targets = input.targets
    ? namedTargets({ ...context, problems: [] }, input.targets, at)
    : all.filter((target) => target.format === format);
  if (targets.length === 0 && problems.length === before) {
    bad(
      undefined,
      `a source for ${format} packages in a release without ${format} targets`,
      'suites for deb, none for rpm',
    );
  }
  const written = format === 'deb' ? readDeb(context, input, at) : readRpm(context, input, at);
  if (written === undefined) return undefined;
  const { signedBy, ...address } = written;
  if (input.key !== undefined && signedBy !== undefined) bad('key', 'a key beside signed-by', 'one of them');
  const trusted = input.trusted || written.trusted;
  if (trusted && !/^(?:file:|copy:|\/)/.test(written.uri)) {
    bad(input.trusted ? 'trusted' : 'line', 'a source over the network must be signed', 'key');
  }
  if (input.priority === undefined && (input.pin ?? input.pinPackages) !== undefined) {
    bad(input.pin === undefined ? 'pin-packages' : 'pin', 'a pin without a priority', 'priority beside it', true);
  }
  const key = typeof input.key === 'string' ? { path: path.resolve(folder, input.key) } : input.key;
  const signed = signedBy === undefined ? key : { path: signedBy };
  return {
    ...address,
    name: input.name,
    format,
    ...(signed ? { key: signed } : {}),
    trusted,
    ...(input.priority === undefined ? {} : { priority: input.priority }),
    ...(input.priority === undefined || format === 'rpm'
      ? {}
      : { pin: input.pin ?? `origin ${quote(hostOf(written.uri))}` }),
    pinPackages: input.pinPackages ?? ['*'],
    targets,
  };
}

interface Address {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly architectures: readonly string[];
  readonly trusted: boolean;
  readonly signedBy?: string;
}

function readDeb({ problems }: Context, input: SourceInput, at: readonly PropertyKey[]): Address | undefined {
  const fields = ['suites', 'components', 'architectures'] as const;
  const double = fields.find((field) => input.line !== undefined && input[field] !== undefined);
  if (double) {
    problems.push({
      path: [...at, double],
      key: true,
      what: 'a field beside line, which says it',
      expected: 'one of them',
    });
    return undefined;
  }
  if (input.line === undefined && input.suites === undefined) {
    problems.push({ path: [...at, 'suites'], what: 'a required field is missing', expected: 'suites of a deb source' });
    return undefined;
  }
  const lines = input.line
    ? [input.line]
    : (input.suites ?? []).map((suite) => ['deb', input.uri, suite, ...(input.components ?? [])].join(' '));
  try {
    const sources = lines.map((text) => parseAptSource(text, ''));
    const [first] = sources;
    if (first === undefined) return undefined;
    if (first.type === 'deb-src') {
      problems.push({ path: [...at, 'line'], what: 'a source of source packages', found: 'deb-src', expected: 'deb' });
      return undefined;
    }
    return {
      uri: first.uri,
      suites: sources.map(({ suite }) => suite),
      components: first.components,
      architectures: input.architectures ?? first.architectures,
      trusted: first.trusted,
      ...(first.signedBy === undefined ? {} : { signedBy: first.signedBy }),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { where: _where, ...parts } = error.parts;
    problems.push({ path: input.line === undefined ? at : [...at, 'line'], ...parts });
    return undefined;
  }
}

function readRpm({ problems }: Context, input: SourceInput, at: readonly PropertyKey[]): Address | undefined {
  const wrong = (['line', 'suites', 'components', 'architectures', 'pin', 'pinPackages'] as const).find(
    (field) => input[field] !== undefined,
  );
  if (wrong) {
    const name = wrong === 'pinPackages' ? 'pin-packages' : wrong;
    problems.push({ path: [...at, name], key: true, what: 'a field of deb sources', expected: 'targets for deb' });
    return undefined;
  }
  if (input.priority !== undefined && (input.priority < 1 || input.priority > 99)) {
    const expected = 'a priority from 1 to 99 for rpm';
    problems.push({
      path: [...at, 'priority'],
      what: 'a value that cannot be used',
      found: `the number ${input.priority}`,
      expected,
    });
  }
  return { uri: (input.uri ?? '').replace(/\/+$/, ''), suites: [], components: [], architectures: [], trusted: false };
}

/** Host of an address as apt's pins name it: empty for local ones (apt_preferences(5)). */
function hostOf(uri: string): string {
  return /^https?:/.test(uri) ? new URL(uri).hostname : '';
}
