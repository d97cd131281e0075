/**
 * What a repository says besides its packages: groups (comps.xml), advisories (updateinfo.xml), modules and the product
 * certificate. It is given, or kept from the channel's last snapshot.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import zlib from 'node:zlib';
import { parseAllDocuments } from 'yaml';
import { quote, UserError } from '../../errors.ts';
import type { RepositoryView } from '../driver.ts';
import { XmlReader } from '../rpm-index/xml.ts';
import type { RpmSnapshot } from '../snapshot.ts';
import { readRepomd } from './repomd.ts';

/** Kinds by the input that gives them. */
export const METADATA_INPUTS = ['groups', 'updateinfo', 'modules', 'productid'] as const;
export type MetadataInput = (typeof METADATA_INPUTS)[number];
/** Paths of given files. */
export type MetadataRequest = Readonly<Partial<Record<MetadataInput, string | undefined>>>;

/** `type` of its record in repomd.xml, and the name of its file there, without the digest in front. */
const KINDS: Readonly<Record<MetadataInput, { readonly type: string; readonly fileName: string }>> = {
  groups: { type: 'group', fileName: 'comps.xml' },
  updateinfo: { type: 'updateinfo', fileName: 'updateinfo.xml' },
  modules: { type: 'modules', fileName: 'modules.yaml' },
  productid: { type: 'productid', fileName: 'productid' },
};

const MAX_BYTES = 256 * 1024 * 1024;

export interface Metadata {
  readonly input: MetadataInput;
  readonly type: string;
  readonly fileName: string;
  readonly content: Buffer;
  /** Of the content. */
  readonly sha256: string;
}

/**
 * Reads and checks the given files.
 *
 * @throws UserError naming a file that cannot be read or is of another kind.
 */
export async function readMetadata(request: MetadataRequest): Promise<Metadata[]> {
  const found: Metadata[] = [];
  for (const input of METADATA_INPUTS) {
    const file = request[input];
    if (file === undefined) continue;
    const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
      throw new UserError({
        what: 'the file cannot be read',
        where: `input ${input}`,
        found: `${error.code} for ${quote(file)}`,
      });
    });
    if (content.length > MAX_BYTES) {
      throw new UserError({ what: 'the file is too large', where: file, found: `${content.length} bytes` });
    }
    CHECKS[input](content, file);
    found.push(describe(input, content));
  }
  return found;
}

/** What the channel's last snapshot has of it, decompressed. */
export async function publishedMetadata({ head, paths }: RepositoryView<RpmSnapshot>): Promise<Metadata[]> {
  // Every folder of binary packages has the same.
  const [architecture] = head?.settings.architectures ?? [];
  if (head === undefined || architecture === undefined) return [];
  const folder = path.join(paths.snapshot(head.id), architecture);
  const records = await readRepomd(folder);
  const found: Metadata[] = [];
  for (const input of METADATA_INPUTS) {
    const record = records.find(({ type }) => type === KINDS[input].type);
    if (record === undefined) continue;
    const data = await readFile(path.join(folder, record.href));
    found.push(describe(input, record.href.endsWith('.gz') ? zlib.gunzipSync(data) : data));
  }
  return found;
}

/** What is given, and what was there of other kinds. */
export function mergeMetadata(given: readonly Metadata[], published: readonly Metadata[]): Metadata[] {
  const inputs = new Set(given.map(({ input }) => input));
  return [...given, ...published.filter(({ input }) => !inputs.has(input))];
}

/** Whether both hold the same. */
export function isSameMetadata(a: readonly Metadata[], b: readonly Metadata[]): boolean {
  const digests = (list: readonly Metadata[]) => list.map(({ input, sha256 }) => `${input} ${sha256}`).sort();
  return digests(a).join('\n') === digests(b).join('\n');
}

function describe(input: MetadataInput, content: Buffer): Metadata {
  return { input, ...KINDS[input], content, sha256: createHash('sha256').update(content).digest('hex') };
}

const CHECKS: Readonly<Record<MetadataInput, (content: Buffer, file: string) => void>> = {
  groups: (content, file) => checkXml(content, file, 'comps'),
  updateinfo: (content, file) => checkXml(content, file, 'updates'),
  modules: checkYaml,
  productid: (content, file) => {
    if (content.includes('-----BEGIN CERTIFICATE-----')) return;
    throw new UserError({ what: 'not a product certificate', where: file, expected: 'a certificate in PEM form' });
  },
};

function checkXml(content: Buffer, file: string, root: string): void {
  // comps.xml has a document type in most distributions; it names a file that nobody reads.
  const plain = content.toString('latin1').replace(/<!DOCTYPE\s+comps\s+PUBLIC\s+"[^"<>]*"\s+"[^"<>]*"\s*>/, '');
  const reader = new XmlReader({ file, root, onOpen: () => {}, onText: () => {}, onClose: () => {} });
  reader.push(Buffer.from(plain, 'latin1'));
  reader.end();
}

/** modulemd documents, one or more. */
function checkYaml(content: Buffer, file: string): void {
  const documents = parseAllDocuments(content.toString(), { logLevel: 'silent' });
  const list = Array.isArray(documents) ? documents : [];
  const [problem] = list.flatMap(({ errors }) => errors);
  const isModulemd = list.every((each) => /^modulemd/.test(String(each.get('document'))));
  if (problem === undefined && list.length > 0 && isModulemd) return;
  throw new UserError({
    what: 'not a file of modules',
    where: file,
    found: problem === undefined ? 'documents without document: modulemd...' : quote(problem.message),
    expected: 'modulemd documents in YAML',
  });
}
