/** A binary package as a file: deb(5). */
import { open } from 'node:fs/promises';
import { CommandError, quote, UserError } from '../errors.ts';
import { run } from '../process.ts';
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

/**
 * Checks the frame of a .deb, .udeb or .ddeb without reading its data: an ar archive of debian-binary, control.tar and
 * data.tar whose sizes fill the file exactly. This finds what an upload that was cut leaves; `dpkg-deb --field` does
 * not, as it stops after the control member.
 *
 * @throws UserError naming the file.
 */
export async function checkDebFrame(file: string): Promise<void> {
  const wrong = (found: string): UserError =>
    new UserError({
      what: 'not a whole Debian package',
      where: file,
      found,
      expected: 'an ar archive of debian-binary, control.tar and data.tar (deb(5))',
    });
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new UserError({ what: 'the package cannot be read', where: file, found: error.code ?? 'an error' });
  });
  try {
    const { size } = await handle.stat();
    const read = async (position: number, length: number): Promise<string> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
      return buffer.toString('latin1', 0, bytesRead);
    };
    if ((await read(0, MAGIC.length)) !== MAGIC) throw wrong('a file of another kind');
    const members: string[] = [];
    let position = MAGIC.length;
    while (position < size) {
      const header = await read(position, HEADER_SIZE);
      const length = /^\d+ *$/.test(header.slice(48, 58)) ? Number(header.slice(48, 58)) : -1;
      if (header.length !== HEADER_SIZE || !header.endsWith('`\n') || length < 0) throw wrong('a damaged ar header');
      const name = header.slice(0, 16).trimEnd().replace(/\/$/, '');
      const end = position + HEADER_SIZE + length;
      if (end > size) throw wrong(`${size} bytes where ${quote(name)} ends at ${end}`);
      members.push(name);
      // Members start at even offsets; the pad byte of the last one may be missing.
      position = end + (length % 2);
    }
    const [format, ...parts] = members.filter((name) => !name.startsWith('_'));
    if (format !== 'debian-binary' || !parts[0]?.startsWith('control.tar') || !parts[1]?.startsWith('data.tar')) {
      throw wrong(`the members ${quote(members.slice(0, 8))}`);
    }
  } finally {
    await handle.close();
  }
}

/**
 * Name, version and architecture of a .deb, .udeb or .ddeb, read from inside (`dpkg-deb --field`) and strictly checked.
 *
 * @throws UserError where the file is no whole package, or a field is missing or illegal.
 */
export async function readDebFields(file: string, options: { signal?: AbortSignal } = {}): Promise<DebFields> {
  await checkDebFrame(file);
  let output: string;
  try {
    const { stdout } = await run(['dpkg-deb', '--field', file, 'Package', 'Version', 'Architecture'], {
      ...options,
      timeoutSeconds: 60,
    });
    output = stdout;
  } catch (error) {
    if (!(error instanceof CommandError) || error.failure.end !== 'exit') throw error;
    const [found = 'dpkg-deb failed'] = error.failure.stderr.split('\n').filter((line) => line.trim() !== '');
    throw new UserError(
      { what: 'the package cannot be read', where: file, found: quote(found, 300) },
      { cause: error },
    );
  }
  const paragraph = parseSingleParagraph(output, { file });
  const name = checkPackageName(requireField(paragraph, 'Package', file), `${file} Package`);
  const version = requireField(paragraph, 'Version', file);
  parseVersion(version, `${file} Version`);
  const architecture = checkArchitecture(requireField(paragraph, 'Architecture', file), `${file} Architecture`);
  return { name, version, architecture };
}
