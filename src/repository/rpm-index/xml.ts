/** XML of repositories, read as a stream with little memory, and with nothing of XML that they do not need. */
import { SaxesParser } from 'saxes';
import { messageOf, quote, UserError } from '../../errors.ts';

export interface XmlTag {
  /** As written, with its prefix: `rpm:header-range`. */
  readonly name: string;
  /** By name as written; without a prototype. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Of the root 1. */
  readonly depth: number;
}

export interface XmlOptions {
  /** Named in errors. */
  readonly file: string;
  /** Name of the root element. */
  readonly root: string;
  readonly onOpen: (tag: XmlTag) => void;
  /** Text between two tags, with references resolved. */
  readonly onText: (text: string) => void;
  readonly onClose: (depth: number) => void;
}

/** Bytes that are parsed at once. */
const PIECE = 1024 * 1024;
/** Characters of one tag, comment or text. The longest of real repositories are descriptions and changelogs. */
const MAX_TOKEN = 16 * 1024 * 1024;
/** Of indexes it is 5. */
const MAX_DEPTH = 32;

/**
 * Reads a document that comes in pieces: `push` every piece, then `end`.
 *
 * Document type declarations are refused: no entity is ever defined. So are other encodings than UTF-8, and tags, texts
 * and nesting without bounds.
 *
 * @throws UserError naming file and line for whatever is not well-formed.
 */
export class XmlReader {
  readonly #parser = new SaxesParser();
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #options: XmlOptions;
  #depth = 0;
  /** Characters since the last tag. */
  #pending = 0;

  constructor(options: XmlOptions) {
    this.#options = options;
    const parser = this.#parser;
    parser.on('xmldecl', ({ encoding }) => {
      if (encoding !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(encoding)) {
        throw this.#wrong('XML in another encoding', quote(encoding), 'UTF-8');
      }
    });
    parser.on('doctype', () => {
      throw this.#wrong('a document type declaration', '<!DOCTYPE', 'XML without one');
    });
    parser.on('opentag', ({ name, attributes }) => {
      this.#pending = 0;
      this.#depth++;
      if (this.#depth > MAX_DEPTH) throw this.#wrong('XML that is nested too deep', `${this.#depth} tags`);
      if (this.#depth === 1 && name !== options.root) {
        throw this.#wrong('XML of another kind', quote(name), `<${options.root}>`);
      }
      options.onOpen({ name, attributes, depth: this.#depth });
    });
    parser.on('text', options.onText);
    parser.on('cdata', options.onText);
    parser.on('closetag', () => {
      this.#pending = 0;
      options.onClose(this.#depth);
      this.#depth--;
    });
  }

  push(piece: Uint8Array): void {
    for (let start = 0; start < piece.length; start += PIECE) {
      const part = piece.subarray(start, start + PIECE);
      this.#write(() => this.#decoder.decode(part, { stream: true }));
    }
  }

  end(): void {
    this.#write(() => this.#decoder.decode());
    this.#guard(() => this.#parser.close());
  }

  #write(decode: () => string): void {
    const text = this.#guard(decode);
    this.#pending += text.length;
    this.#guard(() => this.#parser.write(text));
    if (this.#pending > MAX_TOKEN)
      throw this.#wrong('XML with a tag or text that does not end', `${MAX_TOKEN} characters`);
  }

  #guard<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      if (error instanceof UserError) throw error;
      const isEncoding = error instanceof TypeError;
      throw new UserError(
        {
          what: isEncoding ? 'XML that is not UTF-8' : 'XML that is not well-formed',
          where: this.#where(),
          // saxes begins with line and column.
          ...(isEncoding ? {} : { found: quote(messageOf(error).replace(/^\d+:\d+: /, '')) }),
        },
        { cause: error },
      );
    }
  }

  #where(): string {
    return `${this.#options.file}:${this.#parser.line}`;
  }

  #wrong(what: string, found: string, expected?: string): UserError {
    return new UserError({ what, where: this.#where(), found, ...(expected === undefined ? {} : { expected }) });
  }
}
