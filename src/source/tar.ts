/**
 * Tar archives in the POSIX ustar form with pax records for what does not fit (pax(1), IEEE Std 1003.1). Written here
 * and not by `git archive` or tar(1), whose bytes depend on their version, configuration and umask.
 */
import type { FileMode } from './tree.ts';

export interface TarEntry {
  /** Byte string, with the leading folder, without a trailing slash. */
  readonly path: string;
  readonly mode: FileMode | 'folder';
  /** Content of a file, target of a symbolic link. */
  readonly content: Buffer;
}

const BLOCK = 512;
/** tar(1) pads archives to 20 blocks; some readers want it. */
const RECORD = 20 * BLOCK;
/** Eleven octal digits. */
const MAX_OCTAL = 0o77777777777;
const MAX_LINK = 100;

const PERMISSIONS: Readonly<Record<TarEntry['mode'], number>> = {
  '100644': 0o644,
  '100755': 0o755,
  '120000': 0o777,
  folder: 0o755,
};

/**
 * Writes an archive piece by piece: owner root, permissions 0644 or 0755, all of one time.
 *
 * @param entries in their final order; folders before what lies in them.
 * @param mtime seconds since the epoch.
 */
export async function* writeTar(entries: AsyncIterable<TarEntry>, mtime: number): AsyncGenerator<Buffer> {
  let length = 0;
  for await (const entry of entries) {
    for (const piece of entryPieces(entry, Math.max(0, Math.min(mtime, MAX_OCTAL)))) {
      length += piece.length;
      yield piece;
    }
  }
  const end = length + 2 * BLOCK;
  yield Buffer.alloc(2 * BLOCK + ((RECORD - (end % RECORD)) % RECORD));
}

function* entryPieces(entry: TarEntry, mtime: number): Generator<Buffer> {
  const link = entry.mode === '120000';
  const name = entry.mode === 'folder' ? `${entry.path}/` : entry.path;
  const target = link ? entry.content.toString('latin1') : '';
  const size = entry.mode === '100644' || entry.mode === '100755' ? entry.content.length : 0;
  const records: string[] = [];
  const split = splitName(name);
  if (split === undefined) records.push(paxRecord('path', name));
  if (target.length > MAX_LINK) records.push(paxRecord('linkpath', target));
  if (size > MAX_OCTAL) records.push(paxRecord('size', String(size)));
  if (records.length > 0) {
    const content = Buffer.from(records.join(''), 'latin1');
    yield header({ prefix: '', name: 'pax', mode: 0o644, size: content.length, mtime, type: 'x', target: '' });
    yield padded(content);
  }
  const [prefix, rest] = split ?? ['', name.slice(0, 100)];
  const type = entry.mode === 'folder' ? '5' : link ? '2' : '0';
  const mode = PERMISSIONS[entry.mode];
  yield header({ prefix, name: rest, mode, size: size > MAX_OCTAL ? 0 : size, mtime, type, target });
  if (size > 0) yield padded(entry.content);
}

/** `name` as ustar's prefix (155 bytes) and name (100 bytes), or `undefined` where it does not fit. */
function splitName(name: string): readonly [prefix: string, name: string] | undefined {
  if (name.length <= 100) return ['', name];
  // The slash that gives the longest prefix; a folder's trailing slash stays with its name.
  const slash = name.lastIndexOf('/', Math.min(155, name.length - 2));
  if (slash <= 0 || name.length - slash - 1 > 100) return undefined;
  return [name.slice(0, slash), name.slice(slash + 1)];
}

/** `LENGTH KEY=VALUE\n`, where LENGTH counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}

interface Header {
  readonly prefix: string;
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  readonly mtime: number;
  readonly type: '0' | '2' | '5' | 'x';
  readonly target: string;
}

function header(fields: Header): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, offset: number, length: number) =>
    block.write(value.toString(8).padStart(length - 1, '0'), offset, length - 1, 'latin1');
  block.write(fields.name, 0, 100, 'latin1');
  octal(fields.mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(fields.size, 124, 12);
  octal(fields.mtime, 136, 12);
  block.write('        ', 148, 8, 'latin1');
  block.write(fields.type, 156, 1, 'latin1');
  block.write(fields.target.slice(0, MAX_LINK), 157, MAX_LINK, 'latin1');
  block.write('ustar\0', 257, 6, 'latin1');
  block.write('00', 263, 2, 'latin1');
  block.write('root', 265, 32, 'latin1');
  block.write('root', 297, 32, 'latin1');
  octal(0, 329, 8);
  octal(0, 337, 8);
  block.write(fields.prefix, 345, 155, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  return block;
}

function padded(content: Buffer): Buffer {
  const tail = content.length % BLOCK;
  return tail === 0 ? content : Buffer.concat([content, Buffer.alloc(BLOCK - tail)]);
}
