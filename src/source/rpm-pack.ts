/** What an rpm source package is packed of and into: the tarball of the code, the .src.rpm, or the spec with its sources. */

import { chmod, copyFile, lstat, readdir, rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { hashFile } from '../digest.ts';
import { UserError } from '../errors.ts';
import { formatCount } from '../format.ts';
import type { Logger } from '../host/host.ts';
import { type FileRole, MANIFEST_NAME } from '../manifest.ts';
import { openRpm, readFrame } from '../rpm/frame.ts';
import { tagStrings } from '../rpm/header.ts';
import { describePackage, verifyPayload } from '../rpm/read-package.ts';
import type { ExpandedSpec, SpecExpander } from '../rpm/spec-expander.ts';
import { type SpecSource, setupFolder } from '../rpm/spec-parsed.ts';
import type { Projects } from './projects.ts';
import type { SpecFile } from './rpm-layout.ts';
import { versionOf } from './rpm-version.ts';
import { compressionOf, writeTarball } from './tarball.ts';
import type { SourceFile } from './tree.ts';

export interface CodeContext {
  readonly projects: Projects;
  readonly folder: string;
  readonly log: Logger;
  readonly file: SpecFile;
}

/** Makes the tarball of the commit, with the folder that %prep goes to. */
export async function packCode(
  source: SpecSource,
  { parsed, name, version }: ExpandedSpec,
  files: readonly SourceFile[],
  { projects, folder, log, file }: CodeContext,
  stop: { readonly signal?: AbortSignal },
): Promise<void> {
  const compression = compressionOf(source.file);
  if (compression === undefined) throw new Error(`${source.file} was chosen and is no tarball`);
  const usual = `${name}-${version}`;
  const root = setupFolder(parsed, source.file);
  if (root === undefined) {
    log.notice(`%prep of ${file.name} does not say the folder of ${source.file}: it has ${usual}, as %setup expects`);
  } else if (!/^(?!\.\.$)[^/\0]+$/.test(root) || /[\p{Cc}%]/u.test(root)) {
    throw new UserError({
      what: '%prep goes to a folder that no tarball can have',
      where: file.where,
      found: JSON.stringify(root),
      expected: `a folder such as ${usual}`,
    });
  }
  const output = path.join(folder, source.file);
  await rm(output, { force: true });
  const mtime = projects.codeCommit.time;
  await writeTarball({ files, root: root ?? usual, mtime, compression, output, ...stop });
  await chmod(output, 0o644);
  await utimes(output, mtime, mtime);
  log.info(`${source.file}: ${formatCount(files.length, 'file')} of commit ${projects.codeCommit.id.slice(0, 12)}`);
}

export interface Packing {
  readonly file: SpecFile;
  readonly expanded: ExpandedSpec;
  /** Files that must be in it. */
  readonly names: readonly string[];
  readonly epoch: number;
  /** Folder to put it into. */
  readonly result: string;
}

export type NamedFile = { readonly name: string; readonly role: FileRole };

/** RPMTAG_BASENAMES and RPMTAG_FILEDIGESTS. */
const BASENAMES = 1117;
const FILE_DIGESTS = 1035;

/** Packs, and reads what came out as anybody would: name, version, and every file with its digest. */
export async function packSource(
  expander: SpecExpander,
  { file, expanded, names, epoch, result }: Packing,
): Promise<NamedFile[]> {
  const temporary = path.join(result, '.src.rpm');
  const given = await expander.packSource({ spec: file.name, epoch, output: temporary });
  const name = `${expanded.name}-${expanded.version}-${expanded.release}.src.rpm`;
  const wrong = (what: string, found: string, expected: string): UserError =>
    new UserError({ what: `the source package that rpmbuild made ${what}`, where: file.where, found, expected });
  if (given !== name && given !== name.replace(/src\.rpm$/, 'nosrc.rpm')) throw wrong('has another name', given, name);
  await using handle = await openRpm(temporary, given);
  const frame = await readFrame(handle, given);
  const made = describePackage(frame, given);
  const found = versionOf({ ...made.evr, release: made.evr.release ?? '' });
  if (made.name !== expanded.name || found !== versionOf(expanded) || !made.isSource) {
    throw wrong('says another version', `${made.name} ${found}`, `${expanded.name} ${versionOf(expanded)}`);
  }
  const contents = tagStrings(frame.header, BASENAMES) ?? [];
  const digests = tagStrings(frame.header, FILE_DIGESTS) ?? [];
  const wanted = [...new Set(names)].sort();
  if ([...contents].sort().join('/') !== wanted.join('/')) {
    throw wrong('holds other files', contents.join(', '), wanted.join(', '));
  }
  for (const [index, each] of contents.entries()) {
    const expected = await hashFile(path.join(expander.folder, each), 'sha256');
    // What NoSource names is listed, and not in it.
    const isLeftOut = given.endsWith('.nosrc.rpm') && digests[index] === '';
    if (digests[index] !== expected && !isLeftOut)
      throw wrong(`holds another ${each}`, digests[index] ?? 'no digest', expected);
  }
  await verifyPayload(temporary, { shown: given });
  await rename(temporary, path.join(result, given));
  return [{ name: given, role: 'srpm' }];
}

/** The spec and its sources, for mock's --spec and --sources. */
export async function copySources(folder: string, names: readonly string[], result: string): Promise<NamedFile[]> {
  const there = new Set(await readdir(folder));
  const files: NamedFile[] = [];
  for (const name of new Set(names)) {
    const place = path.join(folder, name);
    if (name === MANIFEST_NAME) {
      throw new UserError({
        what: `a source has the name of the manifest, and both would lie in one folder`,
        where: 'input rpm-output',
        found: 'spec',
        expected: 'srpm, or another name for the source',
      });
    }
    if (!there.has(name) || !(await lstat(place)).isFile()) throw new Error(`${name} is not among the sources`);
    const copy = path.join(result, name);
    await copyFile(place, copy);
    const { mode, mtime } = await lstat(place);
    await chmod(copy, mode & 0o777);
    await utimes(copy, mtime, mtime);
    files.push({ name, role: 'other' });
  }
  return files;
}
