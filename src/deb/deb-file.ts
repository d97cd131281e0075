/** A binary package as a file: deb(5). */
import { realpath } from 'node:fs/promises';
import { CommandError, quote, UserError } from '../errors.ts';
import { runBytes } from '../process.ts';
import { openRegular, readSmall } from '../regular-file.ts';
import { parseSingleParagraph, requireField } from './control.ts';
import { checkArchitecture, checkPackageName } from './file-name.ts';
import { parseVersion } from './version.ts';

export interface DebFields {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

const MAGIC = '!<arch>\n';
const HEADER_SIZE = 60;
/** Of tar. */
const BLOCK = 512;
/** Bytes. The control archive of a kernel's headers, with all its checksums, has 3 MB. */
export const MAX_CONTROL_ARCHIVE = 64 * 1024 * 1024;
/** deb(5) has three, and leaves others with an underscore to whoever wants them. */
const MAX_MEMBERS = 64;

/** A member of the ar archive that a package is. */
export interface DebMember {
  readonly name: string;
  /** Of its content in the file, bytes. */
  readonly offset: number;
  readonly size: number;
}

/** Where the two archives of a package lie. */
export interface DebFrame {
  readonly control: DebMember;
  readonly data: DebMember;
}

/**
 * Checks the frame of a .deb, .udeb or .ddeb without reading its data: an ar archive of debian-binary, control.tar and
 * data.tar whose sizes fill the file exactly. This finds what an upload that was cut leaves; dpkg-deb does not, as it
 * stops after the control member.
 *
 * @param shown the file as people know it.
 * @throws UserError naming the file.
 */
export async function checkDebFrame(file: string, shown = file): Promise<DebFrame> {
  const wrong = (found: string): UserError =>
    new UserError({
      what: 'not a whole Debian package',
      where: shown,
      found,
      expected: 'an ar archive of debian-binary, control.tar and data.tar (deb(5))',
    });
  const small = readSmall(file);
  const handle =
    small === undefined
      ? await openRegular(file, shown).catch((error: NodeJS.ErrnoException) => {
          if (error instanceof UserError) throw error;
          throw new UserError({ what: 'the package cannot be read', where: shown, found: error.code ?? 'an error' });
        })
      : undefined;
  try {
    const size = small?.length ?? (await handle?.stat())?.size ?? 0;
    const read = async (position: number, length: number): Promise<string> => {
      if (small !== undefined) return small.toString('latin1', position, position + length);
      const content = Buffer.alloc(length);
      const found = await handle?.read(content, 0, length, position);
      return content.toString('latin1', 0, found?.bytesRead ?? 0);
    };
    if ((await read(0, MAGIC.length)) !== MAGIC) throw wrong('a file of another kind');
    const members: DebMember[] = [];
    let position = MAGIC.length;
    while (position < size) {
      const header = await read(position, HEADER_SIZE);
      const length = /^\d+ *$/.test(header.slice(48, 58)) ? Number(header.slice(48, 58)) : -1;
      if (header.length !== HEADER_SIZE || !header.endsWith('`\n') || length < 0) {
        throw wrong(`a damaged member after ${quote(members.at(-1)?.name ?? 'the start')}`);
      }
      const name = header.slice(0, 16).trimEnd().replace(/\/$/, '');
      const end = position + HEADER_SIZE + length;
      if (end > size) throw wrong(`${quote(name)} is cut off: ${size} bytes where it ends at ${end}`);
      members.push({ name, offset: position + HEADER_SIZE, size: length });
      if (members.length > MAX_MEMBERS) throw wrong(`more than ${MAX_MEMBERS} members`);
      // Members start at even offsets; the pad byte of the last one may be missing.
      position = end + (length % 2);
    }
    const [format, ...others] = members;
    if (format?.name !== 'debian-binary') throw wrong('no debian-binary');
    const version = await read(format.offset, Math.min(format.size, 16));
    if (!/^2\.\d+\n/.test(version)) throw wrong(`the format ${quote(version)}`);
    // deb(5): further members start with an underscore.
    const parts = others.filter(({ name }) => !name.startsWith('_'));
    const [control, data, more] = parts;
    const isPart = (member: DebMember | undefined, name: string) =>
      member?.name.replace(/\.\w+$/, (extension) => (extension === '.tar' ? extension : '')) === `${name}.tar`;
    const isWhole = isPart(control, 'control') && isPart(data, 'data') && more === undefined;
    if (control === undefined || data === undefined || !isWhole) {
      throw wrong(`the members ${quote(parts.slice(0, 8).map(({ name }) => name))}`);
    }
    return { control, data };
  } finally {
    await handle?.close();
  }
}

/**
 * Name, version and architecture of a .deb, .udeb or .ddeb, read from inside and strictly checked.
 *
 * `dpkg-deb --ctrl-tarfile` is asked, not `--field`: that one unpacks the control archive to a folder, where a hostile
 * package puts a link to any file, a fifo, or gigabytes.
 *
 * @throws UserError where the file is no whole package, or a field is missing or illegal.
 */
export async function readDebFields(file: string, options: { readonly signal?: AbortSignal } = {}): Promise<DebFields> {
  // A person may name a link.
  await checkDebFrame(await realpath(file).catch(() => file), file);
  const control = controlOf(await readControlArchive(file, options.signal), file);
  const paragraph = parseSingleParagraph(control, { file });
  const name = checkPackageName(requireField(paragraph, 'Package', file), `${file} Package`);
  const version = requireField(paragraph, 'Version', file);
  parseVersion(version, `${file} Version`);
  const architecture = checkArchitecture(requireField(paragraph, 'Architecture', file), `${file} Architecture`);
  return { name, version, architecture };
}

/** The control archive, uncompressed. */
async function readControlArchive(file: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  const onBytes = (piece: Buffer) => {
    size += piece.length;
    if (size > MAX_CONTROL_ARCHIVE)
      throw unreadable(file, `a control archive of more than ${MAX_CONTROL_ARCHIVE} bytes`);
    pieces.push(piece);
  };
  await runBytes(['dpkg-deb', '--ctrl-tarfile', file], {
    onBytes,
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (!(error instanceof CommandError) || error.failure.end === 'cancelled') throw error;
    const [line = 'dpkg-deb failed'] = error.failure.stderr.split('\n').filter((text) => text.trim() !== '');
    throw unreadable(file, quote(line, 300));
  });
  return Buffer.concat(pieces);
}

/** The text of the file `control` in a tar archive (POSIX ustar and GNU). */
function controlOf(archive: Buffer, file: string): string {
  let control: string | undefined;
  for (let position = 0; position + BLOCK <= archive.length; ) {
    const header = archive.subarray(position, position + BLOCK);
    if (header[0] === 0) break;
    const text = (from: number, to: number) => header.toString('latin1', from, to).replace(/\0.*$/s, '');
    const octal = text(124, 136).trim();
    const size = /^[0-7]+$/.test(octal) ? Number.parseInt(octal, 8) : -1;
    const content = position + BLOCK;
    if (size < 0 || content + size > archive.length) throw unreadable(file, 'a damaged control archive');
    const type = text(156, 157);
    // Another name for the next entry: no package tool writes one here, and readers would not agree on it.
    if ('xgLK'.includes(type) && type !== '') throw unreadable(file, 'a control archive with extended headers');
    const name = text(0, 100).replace(/^(?:\.?\/)+/, '');
    if (name === 'control') {
      if (control !== undefined) throw unreadable(file, 'two control files');
      if (type !== '' && type !== '0') throw unreadable(file, 'a control file that is no regular file');
      control = archive.toString('utf8', content, content + size);
    }
    position = content + Math.ceil(size / BLOCK) * BLOCK;
  }
  if (control === undefined) throw unreadable(file, 'no control file');
  return control;
}

function unreadable(file: string, found: string): UserError {
  return new UserError({ what: 'the package cannot be read', where: file, found });
}
