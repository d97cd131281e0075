/** The `repositories` and `sources` of packaging.yml: where packages go, and what builds install from. */

import path from 'node:path';
import { parseAptSource } from '../deb/apt-source.ts';
import { quote, UserError } from '../errors.ts';
import { parseDestination } from '../mirror/destination.ts';
import { checkChannelName } from '../repository/layout.ts';
import { architecturesOf, isSameArchitecture } from './architectures.ts';
import { type Context, checkDoubles, collect, namedTargets, notAmong } from './context.ts';
import type { Repository, Source } from './packaging.ts';
import type { PackagingInput } from './schema.ts';
import type { Target } from './target.ts';

type RepositoryInput = NonNullable<PackagingInput['repositories']>[number];
type SourceInput = PackagingInput['sources'][number];
type Format = Target['format'];

const PLACEHOLDERS = ['{suite}', '{target}', '{release}'];

/** The repositories of the release, one for each entry and target; what is wrong with them becomes problems. */
export function resolveRepositories(context: Context): Repository[] {
  const { value, targets } = context;
  if (value.repositories === undefined) {
    const input: RepositoryInput = { name: value.release.name, channels: ['latest'] };
    return targets.map((target) => repositoryOf(context, input, target));
  }
  checkDoubles(
    context,
    'repositories',
    value.repositories.map(({ name }) => name),
  );
  const all = value.repositories.map((input, index) => resolveRepository(context, input, index));
  checkFolders(context, all);
  return all.flat();
}

function resolveRepository(context: Context, input: RepositoryInput, index: number): Repository[] {
  const { problems } = context;
  const at = ['repositories', index];
  const targets = namedTargets(context, input.targets, at);
  if (targets.length > 0 && targets.every(({ format }) => format === 'rpm')) {
    for (const field of ['suite', 'components', 'udebComponent', 'origin'] as const) {
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
  if (targets.length > 0 && targets.every(({ format }) => format === 'deb') && input.groups !== undefined) {
    const what = 'a field of rpm repositories';
    problems.push({ path: [...at, 'groups'], key: true, what, expected: 'targets for rpm' });
  }
  const known = [...new Set(targets.flatMap((target) => target.architectures))];
  for (const [place, architecture] of (input.architectures ?? []).entries()) {
    if (known.some((name) => isSameArchitecture(name, architecture))) continue;
    const parts = notAmong('architecture of the targets', architecture, known);
    problems.push({ path: [...at, 'architectures', place], ...parts });
  }
  for (const [place, channel] of input.channels.entries()) {
    const path = [...at, 'channels', place];
    collect(problems, path, () => checkChannelName(channel, ''));
    if (input.channels.indexOf(channel) !== place) {
      problems.push({ path, what: 'the same channel twice', found: quote(channel) });
    }
  }
  const templates = [
    ...(['path', 'url'] as const).map((field) => [[...at, field], input[field]] as const),
    ...(input.mirrors ?? []).map((mirror, place) => [[...at, 'mirrors', place], mirror] as const),
  ];
  for (const [path, text] of templates) {
    const placeholder = text?.match(/[{}][^{}]*\}?/g)?.find((part) => !PLACEHOLDERS.includes(part));
    if (placeholder === undefined) continue;
    const expected = PLACEHOLDERS.join(', ');
    problems.push({ path, what: 'an unknown placeholder', found: quote(placeholder), expected });
  }
  for (const [place, mirror] of (input.mirrors ?? []).entries()) {
    // As it is with the placeholders filled in.
    const filled = mirror.replace(/\{[a-z]+\}/g, 'x');
    collect(problems, [...at, 'mirrors', place], () => parseDestination(filled, '', (folder) => folder));
    if (targets.length < 2 || /\{(?:suite|target)\}/.test(mirror)) continue;
    const expected = 'a place for each, such as one with {target} in its path';
    problems.push({ path: [...at, 'mirrors', place], what: 'one mirror of several repositories', expected });
  }
  return targets.map((target) => repositoryOf(context, input, target));
}

/** A folder holds one repository, and a repository serves one target. */
function checkFolders({ value, problems }: Context, all: readonly (readonly Repository[])[]): void {
  const owners = new Map<string, string>();
  for (const [index, repositories] of all.entries()) {
    for (const { name, target, path: folder } of repositories) {
      if (folder === undefined) continue;
      const owner = owners.get(folder);
      owners.set(folder, owner ?? `${name} for ${target.name}`);
      if (owner === undefined) continue;
      problems.push({
        path: ['repositories', index, 'path'],
        what: `the folder of ${name} for ${target.name} is that of ${owner}`,
        found: quote(value.repositories?.[index]?.path ?? ''),
        expected: 'a folder for each, such as one with {target} in its path',
      });
      break;
    }
  }
}

function repositoryOf({ value, folder }: Context, input: RepositoryInput, target: Target): Repository {
  const { release } = value;
  const values: Record<string, string> = {
    '{suite}': target.suite,
    '{target}': target.name,
    '{release}': release.version,
  };
  const fill = (text: string): string => text.replace(/\{[a-z]+\}/g, (name) => values[name] ?? name);
  const [channel = 'latest', ...channels] = input.channels;
  const wanted = input.architectures ?? value.architectures;
  const architectures = wanted === undefined ? undefined : architecturesOf(target, wanted);
  return {
    name: input.name,
    target,
    format: target.format,
    ...(input.path === undefined ? {} : { path: path.resolve(folder, fill(input.path)) }),
    ...(input.url === undefined ? {} : { url: fill(input.url).replace(/\/+$/, '') }),
    suite: fill(input.suite ?? '{suite}'),
    components: target.format === 'deb' ? (input.components ?? ['main']) : [],
    ...(input.udebComponent === undefined ? {} : { udebComponent: input.udebComponent }),
    ...(architectures === undefined ? {} : { architectures }),
    origin: input.origin ?? release.name,
    label: input.label ?? input.name,
    ...(input.groups === undefined || target.format === 'deb' ? {} : { groups: path.resolve(folder, input.groups) }),
    description: input.description ?? `Packages of ${release.name} ${release.version}`,
    channels: [channel, ...channels],
    ...(input.keepVersions === undefined ? {} : { keepVersions: input.keepVersions }),
    ...(input.allowedSigners === undefined
      ? {}
      : { allowedSigners: input.allowedSigners.map((file) => path.resolve(folder, file)) }),
    ...(input.mirrors === undefined ? {} : { mirrors: input.mirrors.map((each) => mirrorOf(fill(each), folder)) }),
  };
}

/** Its folder, where it is one, made absolute. What is wrong with it is a problem by now. */
function mirrorOf(text: string, folder: string): string {
  try {
    return parseDestination(text, '', (relative) => path.resolve(folder, relative)).name;
  } catch {
    return text;
  }
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
  const { folder, problems } = context;
  const at = ['sources', index];
  const bad = (field: string | undefined, what: string, expected: string, key = false) => {
    problems.push({ path: field === undefined ? at : [...at, field], what, expected, ...(key ? { key } : {}) });
  };
  if ((input.line === undefined) === (input.uri === undefined)) {
    bad(
      undefined,
      input.line === undefined ? 'a source without an address' : 'a source with two addresses',
      'one of line and uri',
    );
    return undefined;
  }
  const aim = sourceTargets(context, input, at);
  if (aim === undefined) return undefined;
  const { format, targets } = aim;
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

/** What a source is for: the targets it names, or all of the format that its fields are of. */
function sourceTargets(
  context: Context,
  input: SourceInput,
  at: readonly PropertyKey[],
): { format: Format; targets: readonly Target[] } | undefined {
  const { problems } = context;
  const written = input.line !== undefined || input.suites !== undefined ? 'deb' : 'rpm';
  const targets = input.targets
    ? namedTargets(context, input.targets, at)
    : context.targets.filter((target) => target.format === written);
  const formats = [...new Set(targets.map((target) => target.format))];
  const [format] = formats;
  if (formats.length > 1) {
    const found = targets.map((target) => `${target.name} (${target.format})`).join(', ');
    const expected = 'targets of one format';
    problems.push({ path: [...at, 'targets'], what: 'a source for two formats', found, expected });
  } else if (format !== undefined) {
    return { format, targets };
  } else if (input.targets === undefined) {
    const what = `a source for ${written} packages in a release without ${written} targets`;
    problems.push({ path: at, what, expected: 'suites for deb, none for rpm' });
  }
  return undefined;
}

interface Address {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly architectures: readonly string[];
  readonly trusted: boolean;
  readonly signedBy?: string;
}

function readDeb({ problems, folder }: Context, input: SourceInput, at: readonly PropertyKey[]): Address | undefined {
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
  if (input.line !== undefined && /\/\/[^/\s]*@/.test(input.line)) {
    // Not shown: it holds a password.
    const expected = 'an address without them, and apt_auth.conf(5) on the machine';
    problems.push({ path: [...at, 'line'], what: 'credentials in the address', expected });
    return undefined;
  }
  const lines = input.line
    ? [input.line]
    : (input.suites ?? []).map((suite) => ['deb', input.uri, suite, ...(input.components ?? [])].join(' '));
  try {
    const sources = lines.map((text) => parseAptSource(text, '', (file) => path.resolve(folder, file)));
    const [first] = sources;
    if (first === undefined) return undefined;
    if (first.type === 'deb-src') {
      problems.push({ path: [...at, 'line'], what: 'a source of source packages', found: 'deb-src', expected: 'deb' });
      return undefined;
    }
    const [signedBy, second] = first.signedBy;
    if (second !== undefined) {
      problems.push({
        path: [...at, 'line'],
        what: 'several keys in signed-by',
        expected: 'one file with all of them',
      });
      return undefined;
    }
    return {
      uri: first.uri,
      suites: sources.map(({ suite }) => suite),
      components: first.components,
      architectures: input.architectures ?? first.architectures,
      trusted: first.trusted,
      ...(signedBy === undefined ? {} : { signedBy }),
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
