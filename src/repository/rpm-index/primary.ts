/** primary.xml: the packages of a repository. Read as a stream; only packages that are asked for are kept. */
import { quote, UserError } from '../../errors.ts';
import { parseEvr } from '../../rpm/evr.ts';
import { type PublishedRpm, sourceName, versionText } from '../../rpm/version-check.ts';
import type { Reference } from './repomd.ts';
import { XmlReader, type XmlTag } from './xml.ts';

/** A package as the index lists it. */
export interface ListedRpm extends PublishedRpm {
  readonly location: Reference;
  /** Of the main header in the file, offsets in bytes; `undefined` where the index has none. */
  readonly headerRange: { readonly start: number; readonly end: number } | undefined;
  /** Bytes of the file. */
  readonly size: number | undefined;
}

export interface PrimaryOptions {
  readonly channel: string;
  /** Named in errors. */
  readonly file: string;
  /** Packages of other names are skipped. */
  readonly names?: ReadonlySet<string>;
}

/** What has been read of a package so far. */
interface Fields {
  name: string | undefined;
  architecture: string | undefined;
  version: Readonly<Record<string, string>> | undefined;
  location: Readonly<Record<string, string>> | undefined;
  range: Readonly<Record<string, string>> | undefined;
  size: string | undefined;
  source: string | undefined;
}

/**
 * Reads an index that comes in pieces: `push` every piece, then `end`.
 *
 * @throws UserError naming file and line, or the package: what is not well-formed, a package without name, architecture,
 *   version or location, or with illegal ones.
 */
export class PrimaryReader {
  readonly #options: PrimaryOptions;
  readonly #onPackage: (published: ListedRpm) => void;
  readonly #xml: XmlReader;
  #package: Fields | undefined;
  /** The element whose text is collected. */
  #field: 'name' | 'architecture' | 'source' | undefined;
  #text = '';
  #count = 0;

  constructor(options: PrimaryOptions, onPackage: (published: ListedRpm) => void) {
    this.#options = options;
    this.#onPackage = onPackage;
    this.#xml = new XmlReader({
      file: options.file,
      root: 'metadata',
      onOpen: (tag) => this.#open(tag),
      onText: (text) => {
        if (this.#field !== undefined) this.#text += text;
      },
      onClose: (depth) => this.#close(depth),
    });
  }

  push(piece: Uint8Array): void {
    this.#xml.push(piece);
  }

  end(): void {
    this.#xml.end();
  }

  /** Packages that were read, also those that were not asked for. */
  get count(): number {
    return this.#count;
  }

  #open({ name, attributes, depth }: XmlTag): void {
    if (depth === 2) {
      this.#package =
        name === 'package' && attributes['type'] === 'rpm'
          ? {
              name: undefined,
              architecture: undefined,
              version: undefined,
              location: undefined,
              range: undefined,
              size: undefined,
              source: undefined,
            }
          : undefined;
      return;
    }
    const fields = this.#package;
    if (fields === undefined) return;
    // Elements without text in them.
    this.#field = undefined;
    if (depth === 3) {
      if (name === 'name' || name === 'arch') {
        this.#field = name === 'name' ? 'name' : 'architecture';
        this.#text = '';
      } else if (name === 'version') fields.version = this.#once(fields.version, attributes, name);
      else if (name === 'location') fields.location = this.#once(fields.location, attributes, name);
      else if (name === 'size') fields.size = attributes['package'];
    } else if (depth === 4 && name === 'rpm:header-range') {
      fields.range = this.#once(fields.range, attributes, name);
    } else if (depth === 4 && name === 'rpm:sourcerpm') {
      this.#field = 'source';
      this.#text = '';
    }
  }

  #close(depth: number): void {
    const fields = this.#package;
    if (fields === undefined) return;
    if ((depth === 3 || depth === 4) && this.#field !== undefined) {
      fields[this.#field] = this.#once(fields[this.#field], this.#text.trim(), this.#field);
    }
    this.#field = undefined;
    if (depth !== 2) return;
    this.#package = undefined;
    this.#emit(fields);
    this.#count++;
  }

  #once<T>(before: T | undefined, value: T, name: string): T {
    if (before === undefined) return value;
    throw this.#wrong('a package that says twice what it is', name);
  }

  #emit({ name, architecture, version, location, range, size, source }: Fields): void {
    if (name === undefined || name === '') throw this.#wrong('a package without a name', '');
    if (this.#options.names !== undefined && !this.#options.names.has(name)) return;
    const { ver = '', rel = '', epoch = '' } = version ?? {};
    const href = location?.['href'] ?? '';
    const lacks =
      ver === '' || rel === '' ? 'version' : architecture === undefined ? 'arch' : href === '' ? 'location' : '';
    if (lacks !== '') throw this.#wrong(`a package without ${lacks === 'arch' ? 'an' : 'a'} ${lacks}`, name);
    if (!/^[A-Za-z0-9_]{1,40}$/.test(architecture ?? '')) throw this.#wrong('not an architecture', architecture ?? '');
    const evr = parseEvr(`${epoch === '' ? '' : `${epoch}:`}${ver}-${rel}`, `${this.#options.file} ${name}`);
    // rpm's names for source packages with all of their files, and without some of them.
    const isSource = architecture === 'src' || architecture === 'nosrc';
    const start = this.#number(range?.['start'], name);
    const end = this.#number(range?.['end'], name);
    this.#onPackage({
      kind: isSource ? 'source' : 'binary',
      name,
      version: versionText(evr),
      architecture: isSource ? 'source' : (architecture ?? ''),
      // Empty of a source package.
      ...(isSource ? { source: `${name}-${ver}-${rel}` } : source ? { source: sourceName(source) } : {}),
      channel: this.#options.channel,
      location: { href, base: location?.['xml:base'] },
      headerRange: start === undefined || end === undefined ? undefined : { start, end },
      size: this.#number(size, name),
    });
  }

  #number(text: string | undefined, name: string): number | undefined {
    if (text === undefined || text === '') return undefined;
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw this.#wrong(`not a number, in the package ${quote(name)}`, text);
  }

  #wrong(what: string, found: string): UserError {
    return new UserError({
      what,
      where: `${this.#options.file} package ${this.#count + 1}`,
      ...(found === '' ? {} : { found: quote(found) }),
    });
  }
}
