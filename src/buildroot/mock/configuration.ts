/** What an rpm buildroot is made from: all that, if changed, asks for another generation. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Target } from '../../config/target.ts';
import { quote, UserError } from '../../errors.ts';
import { rpmArchitecture } from '../../rpm/architecture.ts';
import { didYouMean } from '../../suggest.ts';
import { type RpmRepository, readRpmRepositories } from './repositories.ts';

/** Raised when the way a generation is made changes what it holds: old ones are then made anew. */
const RECIPE = 1;

/** Where mock has its configurations. */
export const MOCK_CONFIGURATIONS = '/etc/mock';

export interface RpmBuildroot {
  readonly recipe: number;
  readonly target: Target;
  /** rpm's name: `x86_64`. */
  readonly architecture: string;
  /**
   * A configuration of `folder` by name, or a whole one; with the digests of the files that it is read from, so that a
   * changed one makes another generation.
   */
  readonly mock: ({ readonly config: string } | { readonly text: string }) & {
    readonly folder: string;
    readonly files: Readonly<Record<string, string>>;
  };
  /** Repositories beside those of the configuration. Their keys are part of it, by content. */
  readonly repositories: readonly RpmRepository[];
  readonly include: readonly string[];
}

export interface RpmBuildrootRequest {
  readonly target: Target;
  /** Either format's name; the host's when absent. */
  readonly architecture?: string | undefined;
  /** One line each: `NAME URL [priority=N] [key=FILE] [trusted=yes]`. */
  readonly repositories?: readonly string[];
  /** Key files for repositories that name none. */
  readonly keys?: readonly string[];
  readonly include?: readonly string[];
  /** Folder of mock's configurations, /etc/mock. */
  readonly folder?: string;
}

/**
 * Reads the request into a configuration.
 *
 * @throws UserError where the target is no rpm target, lacks the architecture, names a configuration that mock does not
 * have, or a repository cannot be read.
 */
export async function rpmBuildroot(request: RpmBuildrootRequest): Promise<RpmBuildroot> {
  const { target, folder = MOCK_CONFIGURATIONS } = request;
  if (target.format !== 'rpm' || target.mock === undefined) {
    throw new UserError({
      what: `the target ${target.name} is for ${target.format} packages`,
      where: 'target',
      expected: 'an rpm target',
    });
  }
  const architecture = rpmArchitecture(request.architecture ?? os.machine());
  if (!target.architectures.map(rpmArchitecture).includes(architecture)) {
    throw new UserError({
      what: `the target ${target.name} has no such architecture`,
      where: 'architecture',
      found: quote(request.architecture ?? architecture),
      expected: target.architectures.join(', '),
    });
  }
  const include = [...target.include, ...(request.include ?? [])];
  for (const name of include) {
    // Names, provides and groups, as dnf takes them; nothing that it or a shell would take for more.
    if (!/^@?[A-Za-z0-9][A-Za-z0-9+._-]*$/.test(name)) {
      throw new UserError({ what: 'not a package name', where: 'include', found: quote(name) });
    }
  }
  return {
    recipe: RECIPE,
    target,
    architecture,
    mock: await readMock(target, architecture, folder),
    repositories: await readRpmRepositories(request.repositories ?? [], request.keys ?? [], 'repositories'),
    include: [...new Set(include)].sort(),
  };
}

async function readMock(target: Target, architecture: string, folder: string): Promise<RpmBuildroot['mock']> {
  const files = new Map<string, string>();
  const sorted = () => Object.fromEntries([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
  // mock reads these two before any configuration.
  for (const file of ['site-defaults.cfg', 'chroot-aliases.cfg']) {
    await digestFile(path.join(folder, file), folder, files);
  }
  if (target.mock === undefined || 'text' in target.mock) {
    const text = target.mock?.text ?? '';
    await digestIncluded(text, folder, files);
    return { text, folder, files: sorted() };
  }
  const config = target.mock.config.replaceAll('{architecture}', architecture);
  if (await digestFile(path.join(folder, `${config}.cfg`), folder, files)) return { config, folder, files: sorted() };
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  const known = entries.filter((name) => name.endsWith('.cfg')).map((name) => name.slice(0, -'.cfg'.length));
  const remedy =
    known.length === 0
      ? `install mock-core-configs, or where the distribution lacks it copy its files to ${folder} of the host; or take a target with mock.text`
      : didYouMean(config, known);
  throw new UserError({
    what: 'mock has no such configuration',
    where: `target ${target.name}: mock.config`,
    found: quote(config),
    expected: `a file ${config}.cfg in ${folder}`,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** Digests of `file` and of what it includes; false where it is not there. */
async function digestFile(file: string, folder: string, files: Map<string, string>): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  if (files.has(file)) return true;
  files.set(file, createHash('sha256').update(text).digest('hex'));
  await digestIncluded(text, folder, files);
  return true;
}

/** What is included by a plain name. By any expression it may be, but that is not for us to run. */
async function digestIncluded(text: string, folder: string, files: Map<string, string>): Promise<void> {
  for (const [, name = ''] of text.matchAll(/^[ \t]*include\([ \t]*['"]([^'"]+)['"][ \t]*\)/gm)) {
    await digestFile(path.resolve(folder, name), folder, files);
  }
}
