/** What builds of both formats read in the same way, from inputs and packaging file. */
import { readdir, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { Generation } from '../buildroot/generation.ts';
import { type Build, findPackage, type Packaging } from '../config/packaging.ts';
import { quote, UserError } from '../errors.ts';
import type { Lock } from '../lock.ts';
import type { PathPrefix } from './log/map-path.ts';

/** Where neither input nor packaging file says anything. */
export const BUILD_DEFAULTS = {
  timeoutSeconds: 7200,
  logBytes: 256 * 1024 ** 2,
  outputBytes: 8 * 1024 ** 3,
  retries: 2,
  lockSeconds: 3600,
} as const;

/** What is kept between builds of this host, and what they go through. */
export interface BuildCaches {
  /** Most bytes of all layers of the host; 0 makes and uses none. */
  readonly layers: number;
  /** Most bytes of the downloads kept on the host; 0 keeps and uses none. */
  readonly downloads: number;
  /** Address of a proxy for packages. */
  readonly proxy: string | undefined;
  readonly compilerCache: CompilerCacheRequest | undefined;
}

export interface CompilerCacheRequest {
  readonly tool: 'ccache' | 'sccache';
  /** Most bytes of the folder; 0 uses none. */
  readonly mostBytes: number;
  /** What shares a cache; the source package's name where it is absent. */
  readonly key?: string;
}

const generationOf = z.object({ target: z.object({ format: z.string() }), architecture: z.string() });

/**
 * Checks that a buildroot that was asked for by its name is one of the format and the architecture; releases it where it
 * is not.
 *
 * @throws UserError
 */
export async function checkBuildroot(
  { generation, lock }: { readonly generation: Generation; readonly lock: Lock },
  format: 'deb' | 'rpm',
  architecture: string,
): Promise<void> {
  const { target, architecture: own } = generationOf.parse(generation.record.configuration);
  if (target.format === format && own === architecture) return;
  await lock.release();
  throw new UserError({
    what: 'the buildroot is for other packages',
    where: `buildroot ${generation.record.name}`,
    found: `${target.format} packages for ${own}`,
    expected: `${format} packages for ${architecture}`,
  });
}

/** The `build` settings of a source package; one that is none of the release has the release's. */
export function buildSettings(packaging: Packaging | undefined, name: string): Build | undefined {
  if (packaging === undefined) return undefined;
  const listed = packaging.packages.some((entry) => entry.name === name);
  return listed || packaging.packages.length === 0 ? findPackage(packaging, name).build : packaging.build;
}

/**
 * The files of `package-files`: files, or those in folders.
 *
 * @param extension `.deb` or `.rpm`.
 * @throws UserError for what cannot be read or is no such file.
 */
export async function packageFilesOf(
  places: readonly string[],
  workspace: string,
  extension: '.deb' | '.rpm',
): Promise<string[]> {
  const files: string[] = [];
  for (const place of places) {
    const file = path.resolve(workspace, place);
    const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
      throw new UserError({
        what: 'a package file cannot be read',
        where: 'input package-files',
        found: `${quote(place)}, ${error.code === 'ENOENT' ? 'which is not there' : (error.code ?? 'an error')}`,
        expected: `a ${extension} file, or a folder of them`,
      });
    });
    if (found.isDirectory()) {
      const names = (await readdir(file)).filter((name) => name.endsWith(extension)).sort();
      if (names.length === 0) {
        throw new UserError({
          what: `a folder without any ${extension} file`,
          where: 'input package-files',
          found: quote(place),
          expected: `a ${extension} file, or a folder of them`,
        });
      }
      files.push(...names.map((name) => path.join(file, name)));
    } else if (file.endsWith(extension)) files.push(file);
    else {
      throw new UserError({
        what: `not a ${extension} file`,
        where: 'input package-files',
        found: quote(place),
        expected: `a ${extension} file, or a folder of them`,
      });
    }
  }
  return files;
}

/**
 * Where parts of the source package lie in the checkout, from `PREFIX=FOLDER` lines.
 *
 * @returns `undefined` without lines.
 * @throws UserError for a line that is none.
 */
export function pathPrefixesOf(mapping: readonly string[]): readonly PathPrefix[] | undefined {
  if (mapping.length === 0) return undefined;
  return mapping.map((line) => {
    const [prefix, to, ...more] = line.split('=');
    if (prefix === undefined || to === undefined || more.length > 0) {
      throw new UserError({
        what: 'not a mapping of paths',
        where: 'input path-mapping',
        found: quote(line),
        expected: 'PREFIX=FOLDER',
      });
    }
    return { prefix: trim(prefix), to: trim(to) };
  });
}

const trim = (text: string) => text.trim().replace(/^\.\/|\/+$/g, '');

/** Processors for one build among so many; all of them where nobody said that there are others. */
export const processorShare = (builds = 1): number => Math.max(1, Math.floor(os.availableParallelism() / builds));

/** A number of the packaging file that may be `auto`, which is `undefined` here. */
export const auto = (value: number | 'auto' | undefined): number | undefined => (value === 'auto' ? undefined : value);

/** A list that was given; `undefined` where it is empty. */
export const given = (list: readonly string[]): readonly string[] | undefined => (list.length === 0 ? undefined : list);

/** What the words of an input look like: for the check, and for people. */
export interface WordForm {
  readonly form: RegExp;
  readonly expected: string;
}

/** @throws UserError for a word that does not have the form. */
export function words(list: readonly string[], input: string, { form, expected }: WordForm): readonly string[] {
  const bad = list.find((word) => !form.test(word));
  if (bad === undefined) return list;
  throw new UserError({ what: 'a word that cannot be used', where: `input ${input}`, found: quote(bad), expected });
}
