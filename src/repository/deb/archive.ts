/**
 * Binary packages, deb(5), read before they are published: their structure, their control fields and whether their
 * data can be unpacked. All of it with one process for all packages, as a thousand of them must not take a minute.
 */
import { open, realpath, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Paragraph, parseControl } from '../../deb/control.ts';
import { checkDebFrame, type DebMember, readDebFields } from '../../deb/deb-file.ts';
import { UserError } from '../../errors.ts';
import { inParallel } from '../../parallel.ts';
import { run, start } from '../../process.ts';
import { temporaryFolder } from '../../temporary.ts';
import { type BuildFile, shown } from '../builds.ts';

const FILES_AT_ONCE = 8;
/** Of compressed data that is read whole, bytes, and of what it may unpack to in memory. */
const SMALL_BYTES = 256 * 1024;
const MOST_AT_ONCE = 4 * 1024 * 1024;

/**
 * Reads the control fields of binary packages.
 *
 * @returns one paragraph per file, in their order.
 * @throws UserError naming the first file that is no package or is damaged.
 */
export async function readPackages(files: readonly BuildFile[], signal: AbortSignal): Promise<Paragraph[]> {
  if (files.length === 0) return [];
  const members = await inParallel(files, FILES_AT_ONCE, (file) => checkDebFrame(file.path, shown(file)));
  const controls = await readControls(files, signal);
  await checkData(files, members, signal);
  return controls;
}

/** apt-ftparchive(1) reads a folder of packages in one go: 300 in 20 ms, where dpkg-deb takes 5 ms for each. */
async function readControls(files: readonly BuildFile[], signal: AbortSignal): Promise<Paragraph[]> {
  await using temporary = await temporaryFolder('packages');
  const folder = temporary.path;
  // Numbers for names: what it prints for a file is found again, whatever the package says of itself.
  await Promise.all(files.map((file, index) => symlink(file.path, path.join(folder, `${index}.deb`))));
  const config = path.join(folder, 'apt.conf');
  await writeFile(config, 'Dir::Etc::main "/dev/null";\nDir::Etc::parts "/dev/null";\n');
  const digests = ['MD5', 'SHA1', 'SHA256', 'SHA512'].flatMap((name) => ['-o', `APT::FTPArchive::${name}=false`]);
  const { stdout } = await run(['apt-ftparchive', ...digests, 'packages', '.'], {
    cwd: folder,
    env: { APT_CONFIG: config },
    captureBytes: Number.MAX_SAFE_INTEGER,
    signal,
  });
  // It prints the path of the link, or, where that of its folder is the longer one, of the file behind the link.
  const indices = new Map<string, number[]>();
  for (const [index, file] of files.entries()) {
    indices.set(`./${index}.deb`, [index]);
    const target = await realpath(file.path);
    indices.set(target, [...(indices.get(target) ?? []), index]);
  }
  const controls = new Map<number, Paragraph>();
  for (const text of stdout.split('\n\n')) {
    if (text.trim() === '') continue;
    const found = indices.get(/^Filename: (.*)$/m.exec(text)?.[1] ?? '');
    if (found === undefined) throw new Error('apt-ftparchive names a file that it was not given');
    for (const index of found) {
      const [paragraph] = parseControl(text, { file: `control of ${shown(files[index] as BuildFile)}` });
      controls.set(index, paragraph ?? new Paragraph());
    }
  }
  return await Promise.all(
    files.map(async (file, index) => controls.get(index) ?? (await Promise.reject(await unreadable(file, signal)))),
  );
}

/** dpkg's own words for a package whose control fields cannot be read. */
async function unreadable(file: BuildFile, signal: AbortSignal): Promise<UserError> {
  // Not `dpkg-deb --field`, which unpacks the control archive and opens whatever lies there as `control`: a pipe, a link.
  const found = await readDebFields(file.path, { signal }).then(
    () => 'fields that apt-ftparchive does not read',
    (error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      return error.parts.found ?? error.parts.what;
    },
  );
  return new UserError({ what: 'the package cannot be read', where: shown(file), found });
}

/** Unpacks the data of all packages to nowhere. Streams of xz may follow each other: one xz(1) tests them all. */
async function checkData(
  files: readonly BuildFile[],
  members: readonly DebMember[],
  signal: AbortSignal,
): Promise<void> {
  const xz: [BuildFile, DebMember][] = [];
  const others: [BuildFile, DebMember][] = [];
  for (const [index, member] of members.entries()) {
    (path.extname(member.name) === '.xz' ? xz : others).push([files[index] as BuildFile, member]);
  }
  await inParallel(others, FILES_AT_ONCE, async ([file, member]) => {
    const extension = path.extname(member.name);
    if (extension === '.gz' || extension === '.zst') await unpackInProcess(file, member, extension, signal);
    else if (extension !== '.tar') await unpackWithDpkg(file, signal);
  });
  if (xz.length === 0 || (await testXz(xz, signal))) return;
  for (const each of xz) if (!(await testXz([each], signal))) throw damagedData(each[0]);
  throw new Error('xz refuses the data of all packages and of none');
}

async function unpackInProcess(file: BuildFile, member: DebMember, extension: '.gz' | '.zst', signal: AbortSignal) {
  signal.throwIfAborted();
  if (extension === '.gz' && member.size <= SMALL_BYTES && (await unpackAtOnce(file, member))) return;
  const nowhere = new Writable({ write: (_chunk, _encoding, next) => next() });
  const decoder = extension === '.gz' ? zlib.createGunzip() : zlib.createZstdDecompress();
  try {
    await pipeline(dataOf([[file, member]]), decoder, nowhere, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw damagedData(file);
  }
  // Node reads the first of zstd's frames and says no more (pzstd(1) writes several).
  if (extension === '.zst' && decoder.bytesWritten < member.size) await unpackWithDpkg(file, signal);
}

/** In one call, which costs a tenth of a stream. @returns whether it could be: if not, a stream says why. */
async function unpackAtOnce(file: BuildFile, { offset, size }: DebMember): Promise<boolean> {
  await using handle = await open(file.path);
  const piece = Buffer.allocUnsafe(size);
  const { bytesRead } = await handle.read(piece, 0, size, offset);
  // What unpacks to more than this is left to the stream, which keeps none of it.
  return bytesRead === size && (await gunzip(piece, { maxOutputLength: MOST_AT_ONCE }).then(always, never));
}

const gunzip = promisify(zlib.gunzip);
const always = () => true;
const never = () => false;

async function unpackWithDpkg(file: BuildFile, signal: AbortSignal): Promise<void> {
  const { exitCode } = await run(['dpkg-deb', '--fsys-tarfile', file.path], {
    signal,
    captureBytes: 1024,
    okExitCodes: 'any',
  });
  if (exitCode !== 0) throw damagedData(file);
}

async function testXz(members: readonly (readonly [BuildFile, DebMember])[], signal: AbortSignal): Promise<boolean> {
  const child = start(['xz', '--test', '--stdout', '-']);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  child.stdout.resume();
  child.stderr.resume();
  try {
    // It stops reading at the first damage: a broken pipe then is its verdict, not ours.
    await pipeline(dataOf(members), child.stdin, { signal }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    });
    return (await ended) === 0;
  } finally {
    child.kill('SIGKILL');
  }
}

/** The bytes of members, one after the other. */
async function* dataOf(members: readonly (readonly [BuildFile, DebMember])[]): AsyncGenerator<Buffer> {
  for (const [file, { offset, size }] of members) {
    if (size === 0) continue;
    const handle = await open(file.path);
    try {
      for await (const chunk of handle.createReadStream({ start: offset, end: offset + size - 1, autoClose: false })) {
        yield chunk as Buffer;
      }
    } finally {
      await handle.close();
    }
  }
}

function damagedData(file: BuildFile): UserError {
  return new UserError({
    what: 'the package is damaged',
    where: shown(file),
    found: 'data that cannot be unpacked',
    remedy: 'build it again',
  });
}
