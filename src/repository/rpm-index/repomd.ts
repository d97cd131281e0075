/** repomd.xml: the list of a repository's indexes, as createrepo_c writes it. */
import { quote, UserError } from '../../errors.ts';
import { COMPRESSIONS, type Compression } from '../client/decompress.ts';
import { XmlReader } from './xml.ts';

/** A digest of one of the kinds that count. */
export interface Checksum {
  /** As node:crypto names it. */
  readonly algorithm: 'sha224' | 'sha256' | 'sha384' | 'sha512';
  /** Hexadecimal, lower case. */
  readonly digest: string;
}

/** Where a file lies: `href` is relative to `base`, without one to the repository. */
export interface Reference {
  readonly href: string;
  /** xml:base. */
  readonly base: string | undefined;
}

export interface IndexRecord {
  readonly location: Reference;
  readonly compression: Compression;
  readonly checksum: Checksum;
  /** Bytes, as it lies there and when decompressed; `undefined` where repomd.xml does not say. */
  readonly size: number | undefined;
  readonly openSize: number | undefined;
}

export interface Repomd {
  readonly primary: IndexRecord;
  /** Of the newest index, seconds since the epoch. */
  readonly date: number | undefined;
}

const ALGORITHMS = ['sha224', 'sha256', 'sha384', 'sha512'] as const;
const LENGTHS: Readonly<Record<Checksum['algorithm'], number>> = { sha224: 56, sha256: 64, sha384: 96, sha512: 128 };

/** A record as it stands there, with nothing of it checked. */
export interface RepomdData {
  readonly type: string;
  /** What its elements hold, by their names. */
  readonly texts: ReadonlyMap<string, string>;
  readonly checksumType: string | undefined;
  readonly location: Reference | undefined;
}

/**
 * The records of a repomd.xml.
 *
 * @param file named in errors.
 * @throws UserError for what is not well-formed.
 */
export function repomdData(data: Uint8Array, file: string): RepomdData[] {
  type Open = { -readonly [K in keyof RepomdData]: RepomdData[K] } & { readonly texts: Map<string, string> };
  const records: Open[] = [];
  let current: Open | undefined;
  let field: string | undefined;
  let text = '';
  const reader = new XmlReader({
    file,
    root: 'repomd',
    onOpen: ({ name, attributes, depth }) => {
      text = '';
      field = depth === 3 ? name : undefined;
      if (depth === 2 && name === 'data') {
        current = { type: attributes['type'] ?? '', texts: new Map(), checksumType: undefined, location: undefined };
        records.push(current);
      }
      if (current === undefined || depth !== 3) return;
      if (name === 'checksum') current.checksumType = attributes['type'] ?? '';
      if (name === 'location') current.location = { href: attributes['href'] ?? '', base: attributes['xml:base'] };
    },
    onText: (piece) => {
      if (field !== undefined) text += piece;
    },
    onClose: (depth) => {
      if (depth === 3 && field !== undefined) current?.texts.set(field, text.trim());
      if (depth === 2) current = undefined;
      field = undefined;
    },
  });
  reader.push(data);
  reader.end();
  return records;
}

/**
 * Reads repomd.xml. Of its records only `primary` counts: databases, zchunk files and the rest are left aside.
 *
 * @param file named in errors.
 * @throws UserError for what is not well-formed, and for a primary index that cannot be read or verified.
 */
export function parseRepomd(data: Uint8Array, file: string): Repomd {
  const records = repomdData(data, file);
  const [primary, second] = records.filter(({ type }) => type === 'primary');
  if (primary === undefined) {
    throw new UserError({
      what: 'the repository has no primary index',
      where: file,
      found: records.length === 0 ? 'no index' : quote(records.map(({ type }) => type)),
      expected: '<data type="primary">',
    });
  }
  if (second !== undefined) throw new UserError({ what: 'a primary index that is listed twice', where: file });
  const dates = records.flatMap(({ texts }) => number(texts.get('timestamp'), `${file} timestamp`) ?? []);
  return {
    primary: indexRecord(primary, `${file} primary`),
    date: dates.length === 0 ? undefined : Math.max(...dates),
  };
}

function indexRecord({ texts, checksumType, location }: RepomdData, where: string): IndexRecord {
  if (location === undefined) throw new UserError({ what: 'an index without a location', where });
  const checksum = parseChecksum(checksumType, texts.get('checksum'));
  if (checksum === undefined) {
    throw new UserError({
      what: 'an index without a digest that counts',
      where,
      found: quote(`${checksumType ?? 'none'} ${texts.get('checksum') ?? ''}`.trim()),
      expected: ALGORITHMS.join(', '),
      remedy: 'createrepo_c --checksum=sha256',
    });
  }
  const extension = /\.xml(\.[a-z0-9]+)?$/.exec(location.href)?.[1] ?? '';
  const compression = COMPRESSIONS.find((known) => known === extension);
  if (compression === undefined) {
    throw new UserError({
      what: 'an index in a compression that cannot be read',
      where,
      found: quote(location.href),
      expected: 'a primary.xml, plain or as .gz, .xz or .zst',
    });
  }
  return {
    location,
    compression,
    checksum,
    size: number(texts.get('size'), `${where} size`),
    openSize: number(texts.get('open-size'), `${where} open-size`),
  };
}

/** A digest as indexes write it; `undefined` for MD5 and SHA-1, which prove nothing, and for what is none. */
export function parseChecksum(type: string | undefined, value: string | undefined): Checksum | undefined {
  const algorithm = ALGORITHMS.find((known) => known === type);
  const digest = value?.toLowerCase() ?? '';
  if (algorithm === undefined || digest.length !== LENGTHS[algorithm] || !/^[0-9a-f]+$/.test(digest)) return undefined;
  return { algorithm, digest };
}

/** Fractions of seconds occur in timestamps. */
function number(text: string | undefined, where: string): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,15}(?:\.\d+)?$/.test(text)) return Math.floor(Number(text));
  throw new UserError({ what: 'not a number', where, found: quote(text) });
}
