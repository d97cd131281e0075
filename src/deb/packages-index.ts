/**
 * Packages and Sources indexes, read fast: only the fields that a version check needs leave the buffer.
 * deb822 as apt reads it; Debian's own Packages of 60,000 packages takes about a third of a second.
 */
import { quote, UserError } from '../errors.ts';
import { isPlainFileName } from './file-name.ts';
import { type PublishedPackage, type SourceFile, sourceDigest } from './version-check.ts';

export interface IndexOptions {
  readonly kind: 'Packages' | 'Sources';
  readonly channel: string;
  /** Named in errors. */
  readonly file: string;
  /** Packages of other names are skipped. */
  readonly names?: ReadonlySet<string>;
}

const NEWLINE = 0x0a;
const COLON = 0x3a;
const BLANK = 0x20;
const TAB = 0x09;

/** Bytes. The largest of Debian's (a kernel's source) has about 100 KB. */
const MAX_PARAGRAPH = 16 * 1024 * 1024;

/** Where a value lies in the buffer, as offsets; -1 where the paragraph has no such field. */
interface Span {
  start: number;
  end: number;
}

type Spans = Readonly<Record<'name' | 'version' | 'architecture' | 'digest' | 'directory', Span>>;

/**
 * Reads an index that comes in pieces: `push` every piece, then `end`.
 *
 * @throws UserError naming file and line: a line that is no field, a package without name or version.
 */
export class IndexReader {
  readonly #options: IndexOptions;
  readonly #onPackage: (published: PublishedPackage) => void;
  readonly #isSources: boolean;
  #rest: Buffer = Buffer.alloc(0);
  /** Line of the first byte in `#rest`, from 1. */
  #line = 1;

  constructor(options: IndexOptions, onPackage: (published: PublishedPackage) => void) {
    this.#options = options;
    this.#onPackage = onPackage;
    this.#isSources = options.kind === 'Sources';
  }

  push(piece: Uint8Array): void {
    const data = Buffer.concat([this.#rest, piece]);
    // Whole paragraphs only; what follows the last empty line waits for the next piece.
    const end = data.lastIndexOf('\n\n');
    if (end === -1) {
      if (data.length > MAX_PARAGRAPH) throw this.#wrong('a paragraph that does not end', '', this.#line);
      this.#rest = data;
      return;
    }
    this.#scan(data.subarray(0, end + 2));
    this.#rest = data.subarray(end + 2);
  }

  end(): void {
    const data = this.#rest;
    this.#rest = Buffer.alloc(0);
    if (data.length > 0) this.#scan(data.at(-1) === NEWLINE ? data : Buffer.concat([data, Buffer.of(NEWLINE)]));
  }

  #scan(data: Buffer): void {
    const name: Span = { start: -1, end: -1 };
    const version: Span = { start: -1, end: -1 };
    const architecture: Span = { start: -1, end: -1 };
    const digest: Span = { start: -1, end: -1 };
    const directory: Span = { start: -1, end: -1 };
    const spans = { name, version, architecture, digest, directory };
    /** The field whose continuation lines belong to `digest`. */
    let current: Span | undefined;
    let isEmpty = true;
    let paragraphLine = this.#line;
    const finish = () => {
      if (!isEmpty) this.#emit(data, spans, paragraphLine);
      name.start = version.start = architecture.start = digest.start = directory.start = -1;
      isEmpty = true;
      current = undefined;
    };

    let position = 0;
    while (position < data.length) {
      const end = data.indexOf(NEWLINE, position);
      const first = data[position];
      if (end === position) {
        finish();
      } else if (first === BLANK || first === TAB) {
        if (current === digest) digest.end = end;
      } else {
        if (isEmpty) paragraphLine = this.#line;
        isEmpty = false;
        current = this.#field(data, position, end, spans);
      }
      position = end + 1;
      this.#line++;
    }
    finish();
  }

  /** Notes the value of the field in `data[start, end)` where it is one of ours. */
  #field(data: Buffer, start: number, end: number, spans: Spans): Span | undefined {
    // Lengths tell our fields from nearly all others before any text is made.
    let colon = start;
    while (colon < end && data[colon] !== COLON) colon++;
    if (colon === end || colon === start)
      throw this.#wrong('not a field', data.toString('latin1', start, end), this.#line);
    const length = colon - start;
    let span: Span | undefined;
    if (length === 7) {
      const key = data.toString('latin1', start, colon).toLowerCase();
      if (key === 'package') span = spans.name;
      else if (key === 'version') span = spans.version;
    } else if (length === 12) {
      if (data.toString('latin1', start, colon).toLowerCase() === 'architecture') span = spans.architecture;
    } else if (length === 9 && this.#isSources) {
      if (data.toString('latin1', start, colon).toLowerCase() === 'directory') span = spans.directory;
    } else if (length === (this.#isSources ? 16 : 6)) {
      const wanted = this.#isSources ? 'checksums-sha256' : 'sha256';
      if (data.toString('latin1', start, colon).toLowerCase() === wanted) span = spans.digest;
    }
    if (span === undefined) return undefined;
    if (span.start !== -1) {
      throw this.#wrong(
        'a field that occurs twice in its paragraph',
        data.toString('latin1', start, colon),
        this.#line,
      );
    }
    span.start = colon + 1;
    span.end = end;
    return span;
  }

  #emit(data: Buffer, spans: Spans, line: number): void {
    const { name, version, architecture, digest, directory } = spans;
    const value = (span: Span) => (span.start === -1 ? '' : data.toString('latin1', span.start, span.end).trim());
    const { names, channel } = this.#options;
    const packageName = value(name);
    const packageVersion = value(version);
    if (packageName === '' || packageVersion === '') {
      throw this.#wrong('a package without a name or a version', packageName, line);
    }
    if (names !== undefined && !names.has(packageName)) return;
    const published = { name: packageName, version: packageVersion, channel };
    if (this.#isSources) {
      const files = digest.start === -1 ? undefined : this.#sourceFiles(value(digest), line);
      this.#onPackage({
        kind: 'source',
        ...published,
        architecture: 'source',
        ...(files === undefined ? {} : { sha256: sourceDigest(files), files }),
        ...folderOf(directory.start === -1 ? undefined : value(directory)),
      });
      return;
    }
    const packageArchitecture = value(architecture);
    if (packageArchitecture === '') throw this.#wrong('a package without an architecture', packageName, line);
    const sha256 = value(digest).toLowerCase();
    this.#onPackage({
      kind: 'binary',
      ...published,
      architecture: packageArchitecture,
      ...(/^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {}),
    });
  }

  /** `Checksums-Sha256` of a source, without its .dsc. */
  #sourceFiles(value: string, line: number): SourceFile[] {
    const files: SourceFile[] = [];
    for (const entry of value.split('\n')) {
      const [sha256 = '', size = '', name = ''] = entry.trim().split(/[ \t]+/);
      if (!/^[0-9a-f]{64}$/i.test(sha256) || !/^\d+$/.test(size) || !isPlainFileName(name)) {
        throw this.#wrong('not a checksum line', entry.trim(), line);
      }
      if (!name.endsWith('.dsc')) files.push({ name, sha256: sha256.toLowerCase() });
    }
    return files;
  }

  #wrong(what: string, found: string, line: number): UserError {
    return new UserError({ what, where: `${this.#options.file}:${line}`, found: quote(found) });
  }
}

/** `Directory` of a source: a folder below the root of the repository. One that leads elsewhere counts as none. */
function folderOf(value: string | undefined): { directory?: string } {
  if (value === undefined || !/^[A-Za-z0-9.+~_@:=/-]*$/.test(value)) return {};
  const parts = value.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? {} : { directory: parts.join('/') };
}

/** Reads a whole index. */
export function readIndex(data: Uint8Array, options: IndexOptions): PublishedPackage[] {
  const packages: PublishedPackage[] = [];
  const reader = new IndexReader(options, (published) => packages.push(published));
  reader.push(data);
  reader.end();
  return packages;
}
