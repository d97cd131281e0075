/** Packages that no tool makes: .deb files put together byte by byte. */
import zlib from 'node:zlib';

const BLOCK = 512;

/** An entry of a tar archive, POSIX ustar. */
export interface TarEntry {
  readonly name: string;
  readonly data?: string | Buffer;
  /** `0` a file, `2` a symbolic link, `6` a pipe, `x` a header that gives the next entry another name. */
  readonly type?: string;
  readonly target?: string;
}

export function tarOf(...entries: readonly TarEntry[]): Buffer {
  const blocks = entries.map(({ name, data = '', type = '0', target = '' }) => {
    const content = Buffer.from(data);
    const header = Buffer.alloc(BLOCK);
    header.write(name, 0, 100);
    header.write(`0000644\0${'0000000\0'.repeat(2)}`, 100);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('14524770000\0', 136);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(target, 157, 100);
    header.write('ustar\x0000', 257);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    return Buffer.concat([header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

export interface ArMember {
  readonly name: string;
  readonly data: Buffer;
  /** What the header says instead of the length of the data. */
  readonly size?: string;
}

export function arOf(...members: readonly ArMember[]): Buffer {
  const parts = members.map(({ name, data, size }) => {
    const header = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${(size ?? String(data.length)).padEnd(10)}\`\n`;
    return Buffer.concat([Buffer.from(header, 'latin1'), data, Buffer.from(data.length % 2 === 1 ? '\n' : '')]);
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}

export const FORMAT: ArMember = { name: 'debian-binary', data: Buffer.from('2.0\n') };
export const DATA: ArMember = { name: 'data.tar.gz', data: zlib.gzipSync(tarOf()) };

/** A package with these control fields, which may be anything. */
export function debOf(control: string | Buffer): Buffer {
  return debWith({ name: './control', data: control });
}

/** A package with these entries in its control archive. */
export function debWith(...entries: readonly TarEntry[]): Buffer {
  return arOf(FORMAT, { name: 'control.tar.gz', data: zlib.gzipSync(tarOf(...entries)) }, DATA);
}

/** Control fields of a good package, with others in their place or behind them. */
export function fieldsOf(fields: Readonly<Record<string, string>> = {}): string {
  const all = {
    Package: 'hello',
    Version: '1.0',
    Architecture: 'amd64',
    Maintainer: 'Test <test@example.org>',
    Section: 'net',
    Priority: 'optional',
    Description: 'a package for tests',
    ...fields,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');
}
