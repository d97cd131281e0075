/**
 * Binary packages, deb(5), read before they are published: their structure, their control fields and whether their
 * data can be unpacked. All of it with one process for all packages, as a thousand of them must not take a minute.
 */
import { symlinkSync } from 'node:fs';
import { realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Paragraph, parseControl } from '../../deb/control.ts';
import { checkDebFrame, type DebFrame, MAX_CONTROL_ARCHIVE, readDebFields } from '../../deb/deb-file.ts';
import { quote, UserError } from '../../errors.ts';
import { inParallel } from '../../parallel.ts';
import { run } from '../../process.ts';
import { temporaryFolder } from '../../temporary.ts';
import { type BuildFile, shown } from '../builds.ts';
import { type PackedArchive, unpackAll } from './unpack.ts';

const FILES_AT_ONCE = 8;
/** Bytes of a package's control fields: the longest of Debian have 100 kB, which are lists of what they provide. */
const MAX_FIELDS = 1024 * 1024;
/** Bytes of the fields of all packages, which are read as one text. */
const MAX_ALL_FIELDS = 256 * 1024 * 1024;

/**
 * Reads the control fields of binary packages.
 *
 * @returns one paragraph per file, in their order.
 * @throws UserError naming the first file that is no package or is damaged.
 */
export async function readPackages(files: readonly BuildFile[], signal: AbortSignal): Promise<Paragraph[]> {
  if (files.length === 0) return [];
  const frames = await inParallel(files, FILES_AT_ONCE, (file) => checkDebFrame(file.path, shown(file)));
  await checkControlArchives(files, frames, signal);
  // apt-ftparchive has a processor of its own. Of two errors that of the fields is told, whichever came first.
  const [controls, data] = await Promise.allSettled([readControls(files, signal), checkData(files, frames, signal)]);
  if (controls.status === 'rejected') throw controls.reason;
  if (data.status === 'rejected') throw data.reason;
  return controls.value;
}

/** apt-ftparchive(1) reads a folder of packages in one go: 300 in 20 ms, where dpkg-deb takes 5 ms for each. */
async function readControls(files: readonly BuildFile[], signal: AbortSignal): Promise<Paragraph[]> {
  await using temporary = await temporaryFolder('packages');
  const folder = temporary.path;
  // Numbers for names: what it prints for a file is found again, whatever the package says of itself.
  for (const [index, file] of files.entries()) symlinkSync(file.path, path.join(folder, `${index}.deb`));
  const config = path.join(folder, 'apt.conf');
  await writeFile(config, 'Dir::Etc::main "/dev/null";\nDir::Etc::parts "/dev/null";\n');
  const digests = ['MD5', 'SHA1', 'SHA256', 'SHA512'].flatMap((name) => ['-o', `APT::FTPArchive::${name}=false`]);
  const { stdout } = await run(['apt-ftparchive', ...digests, 'packages', '.'], {
    cwd: folder,
    env: { APT_CONFIG: config },
    captureBytes: MAX_ALL_FIELDS,
    signal,
  });
  if (Buffer.byteLength(stdout) >= MAX_ALL_FIELDS) {
    throw new UserError({
      what: 'too many packages at once, or too large ones',
      where: 'input packages',
      found: `more than ${MAX_ALL_FIELDS} bytes of control fields`,
    });
  }
  // It prints the path of the link, or, where that of its folder is the longer one, of the file behind the link.
  const indices = new Map<string, number[]>();
  const folders = new Map<string, string>();
  for (const [index, file] of files.entries()) {
    indices.set(`./${index}.deb`, [index]);
    // Files of builds are no links themselves.
    const place = path.dirname(file.path);
    const real = folders.get(place) ?? (await realpath(place));
    folders.set(place, real);
    const target = path.join(real, path.basename(file.path));
    indices.set(target, [...(indices.get(target) ?? []), index]);
  }
  const controls = new Map<number, Paragraph>();
  for (const text of stdout.split('\n\n')) {
    if (text.trim() === '') continue;
    // Its own field, which it writes in the place of the package's.
    const [name, another] = [...text.matchAll(/(?:^|\n)Filename:[ \t]*([^\n]*)/gi)].map(([, value = '']) => value);
    const found = another === undefined ? indices.get(name ?? '') : undefined;
    if (found === undefined) throw new Error('apt-ftparchive names a file that it was not given');
    for (const index of found) controls.set(index, readFields(text, files[index] as BuildFile));
  }
  return await Promise.all(
    files.map(async (file, index) => controls.get(index) ?? (await Promise.reject(await unreadable(file, signal)))),
  );
}

/** Characters that no field has, and that end texts for some tools or steer terminals. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

function readFields(text: string, file: BuildFile): Paragraph {
  const where = `control of ${shown(file)}`;
  const refuse = (what: string, found: string) => new UserError({ what, where, found });
  if (text.length > MAX_FIELDS) throw refuse('control fields that are too long', `more than ${MAX_FIELDS} bytes`);
  const [paragraph] = parseControl(text, { file: where });
  if (paragraph === undefined) throw new Error('apt-ftparchive wrote no fields');
  for (const [name, value] of paragraph) {
    const wrong = CONTROL.exec(value);
    if (wrong !== null) throw refuse(`a control character in the field ${name}`, quote(wrong[0]));
  }
  return paragraph;
}

/**
 * What to throw when a tool did not do as planned with `files`: it may read their fields in another way than
 * apt-ftparchive, which says nothing of a field that is there twice.
 *
 * @returns a UserError for a package with such fields; where none has, `error`.
 */
export async function blameFields(files: readonly BuildFile[], error: unknown, signal: AbortSignal): Promise<unknown> {
  const wrong = await inParallel(files, FILES_AT_ONCE, async (file) => {
    return await readDebFields(file.path, { signal }).then(
      () => undefined,
      (reason: unknown) => (reason instanceof UserError ? reason : undefined),
    );
  });
  return wrong.find((reason) => reason !== undefined) ?? error;
}

/** dpkg's own words for a package whose control fields cannot be read. */
async function unreadable(file: BuildFile, signal: AbortSignal): Promise<UserError> {
  // Not `dpkg-deb --field`, which unpacks the control archive and opens whatever lies there as `control`: a pipe, a link.
  const found = await readDebFields(file.path, { signal }).then(
    () => 'a control archive that dpkg and apt read in different ways',
    (error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      return error.parts.found ?? error.parts.what;
    },
  );
  return new UserError({ what: 'the package cannot be read', where: shown(file), found });
}

/** What tools that keep the control archive in memory would choke on: apt-ftparchive, and apt and reprepro after it. */
async function checkControlArchives(
  files: readonly BuildFile[],
  frames: readonly DebFrame[],
  signal: AbortSignal,
): Promise<void> {
  const archives = frames.map(({ control }, index): PackedArchive => {
    return { file: files[index] as BuildFile, member: control, option: '--ctrl-tarfile' };
  });
  const results = await unpackAll(archives, MAX_CONTROL_ARCHIVE, signal);
  const wrong = archives.findIndex((_, index) => results[index] !== 'whole');
  const file = files[wrong];
  if (file === undefined) return;
  if (results[wrong] !== 'large') throw await unreadable(file, signal);
  const found = `a control archive of more than ${MAX_CONTROL_ARCHIVE} bytes`;
  throw new UserError({ what: 'the package cannot be read', where: shown(file), found });
}

/** Whether the data of all packages can be unpacked. */
async function checkData(files: readonly BuildFile[], frames: readonly DebFrame[], signal: AbortSignal): Promise<void> {
  const archives = frames.map(({ data }, index): PackedArchive => {
    return { file: files[index] as BuildFile, member: data, option: '--fsys-tarfile' };
  });
  const results = await unpackAll(archives, undefined, signal);
  const damaged = archives.find((_, index) => results[index] !== 'whole');
  if (damaged !== undefined) throw damagedData(damaged.file);
}

function damagedData(file: BuildFile): UserError {
  return new UserError({
    what: 'the package is damaged',
    where: shown(file),
    found: 'data that cannot be unpacked',
    remedy: 'build it again',
  });
}
