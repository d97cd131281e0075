/** What comes in: folders with a manifest (docs/manifest.md), verified before anything else is done with them. */
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import { digestListed, type FileRole, type Manifest, readManifest, verifyFiles } from '../manifest.ts';
import { inParallel } from '../parallel.ts';

/** A verified build: its files are the ones that its manifest lists. */
export interface Build {
  readonly manifest: Manifest;
  /** SHA-256 of the manifest itself. */
  readonly sha256: string;
  readonly folder: string;
}

export interface BuildFile {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly role: FileRole;
}

export interface BuildRules {
  readonly format: Manifest['package']['format'];
  /** Whether builds of changes that are not merged may be published. */
  readonly allowReview: boolean;
}

/**
 * Reads and verifies a build.
 *
 * @param location the folder that holds `manifest.json`, or the manifest.
 * @throws UserError when it is no successful build of that format, belongs to a change in review, or a file is not the
 *   one that is listed.
 */
export async function readBuild(location: string, rules: BuildRules): Promise<Build> {
  const { manifest, file, folder, sha256 } = await readManifest(location);
  const refuse = (what: string, found: string, expected: string, remedy?: string): UserError =>
    new UserError({ what, where: file, found, expected, ...(remedy === undefined ? {} : { remedy }) });
  if (manifest.stage !== 'build') {
    throw refuse(
      'not the manifest of a build',
      `the stage ${manifest.stage}`,
      'what a build has made: publish its folder, not the one of the sources',
    );
  }
  if (manifest.verdict !== 'success') {
    throw refuse('the build did not succeed', `the verdict ${manifest.verdict ?? '(none)'}`, 'success');
  }
  if (manifest.package.format !== rules.format) {
    throw refuse('packages of another format', manifest.package.format, rules.format);
  }
  if (manifest.change === 'review' && !rules.allowReview) {
    throw refuse(
      'a build of a change that is not merged',
      'change: review',
      'change: merge',
      'publish it to a review repository, with allow-review',
    );
  }
  await verifyFiles(folder, manifest);
  return { manifest, sha256, folder };
}

/** The files of a build that have one of `roles`. */
export function filesOf(build: Build, ...roles: readonly FileRole[]): BuildFile[] {
  return build.manifest.files
    .filter((file) => roles.includes(file.role))
    .map((file) => ({ ...file, path: path.join(build.folder, file.name) }));
}

/** The file of that name. */
export function fileNamed(build: Build, name: string): BuildFile | undefined {
  const file = build.manifest.files.find((each) => each.name === name);
  return file === undefined ? undefined : { ...file, path: path.join(build.folder, file.name) };
}

/** A file for error messages: its path, shown whole. */
export function shown(file: { readonly path: string }): string {
  return /^[\x21-\x7e]+$/.test(file.path) ? file.path : quote(file.path, 400);
}

const FILES_AT_ONCE = 8;

/**
 * What to throw when something failed that worked with the files of builds: builds may lie where others write.
 *
 * @returns a UserError for a file that is not the verified one any more; where all of them are, `error`.
 */
export async function blameChanged(files: readonly BuildFile[], error: unknown): Promise<unknown> {
  const states = await inParallel(files, FILES_AT_ONCE, async (file) => {
    const found = await digestListed(file.path, file.size).catch(() => undefined);
    return found?.size === file.size && found.sha256 === file.sha256;
  });
  const changed = files.find((_, index) => !states[index]);
  if (changed === undefined) return error;
  return new UserError({
    what: 'the file changed after it was verified: nothing is published',
    where: shown(changed),
    expected: `${changed.size} bytes, sha256 ${changed.sha256.slice(0, 12)}…, as the manifest lists it`,
    remedy: 'publish from a folder where nobody else writes',
  });
}
