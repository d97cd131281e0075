/**
 * Signs .dsc, .buildinfo and .changes, in that order, as each lists the one before: debsign(1) does the same. Copies are
 * signed, never the builds' own files. A signature that was there is replaced: what the repository serves is signed by
 * the repository's key.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { coveredText, stripSignature } from '../../deb/control.ts';
import { poolFolder } from '../../deb/file-name.ts';
import { quote, UserError } from '../../errors.ts';
import { shown } from '../builds.ts';
import type { RepositoryView, StageContext } from '../driver.ts';
import type { DebSnapshot, PoolFile, SnapshotRecord } from '../snapshot.ts';
import type { RecordCandidate, SourceCandidate } from './candidates.ts';
import type { Placed } from './packages.ts';

export interface SignedSource {
  readonly source: Placed<SourceCandidate>;
  /** The signed .dsc, beside links to its parts. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
}

export interface SignedSources {
  readonly sources: readonly SignedSource[];
  readonly records: readonly SnapshotRecord[];
  /** Those of the records that are new: they lie in the staging folder's pool. */
  readonly files: readonly PoolFile[];
}

/**
 * Signs what is new. What another channel or an older snapshot has is taken over as it is, as a name in the pool stands
 * for the same bytes for ever, and no two signatures are alike.
 */
export async function signSources(
  sources: readonly Placed<SourceCandidate>[],
  records: readonly Placed<RecordCandidate>[],
  { signer, staging, view }: Pick<StageContext<DebSnapshot>, 'signer' | 'staging' | 'view'>,
): Promise<SignedSources> {
  const inPool = async (poolPath: string) => await readIfThere(path.join(view.paths.public, poolPath));
  /** Contents by file name: what is listed by the records that come next. */
  const contents = new Map<string, Buffer>();

  const signedSources: SignedSource[] = [];
  for (const [index, source] of sources.entries()) {
    const poolPath = `${poolFolder(source.component, source.source)}/${source.dsc.name}`;
    const published = await inPool(poolPath);
    const isPublished =
      published !== undefined && (isServed(view, poolPath) || isSignedCopy(published.toString(), source.text));
    const content = isPublished ? published : Buffer.from(await signer.clearsign(source.text));
    contents.set(source.dsc.name, content);
    const folder = path.join(staging.work, 'sources', String(index));
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, source.dsc.name);
    await writeFile(file, content);
    for (const part of source.parts) await symlink(part.path, path.join(folder, part.name));
    signedSources.push({ source, file, size: content.length, sha256: digest('sha256', content) });
  }

  const signedRecords: SnapshotRecord[] = [];
  const files: PoolFile[] = [];
  for (const type of ['buildinfo', 'changes'] as const) {
    for (const record of records.filter((each) => each.type === type)) {
      const folder = poolFolder(record.component, record.source);
      for (const name of record.lists) {
        // A source that the channel has already, signed.
        const published = contents.has(name) || !name.endsWith('.dsc') ? undefined : await inPool(`${folder}/${name}`);
        if (published !== undefined) contents.set(name, published);
      }
      const poolPath = `${folder}/${record.file.name}`;
      let content = await inPool(poolPath);
      const isPublished = content !== undefined;
      if (content === undefined) {
        content = Buffer.from(await signer.clearsign(updateChecksums(record, contents)));
        const file = path.join(staging.public, poolPath);
        await mkdir(path.dirname(file), { recursive: true });
        await writeFile(file, content);
      }
      contents.set(record.file.name, content);
      const { source, sourceVersion } = record;
      const file = { path: poolPath, size: content.length, sha256: digest('sha256', content) };
      signedRecords.push({ ...file, source, sourceVersion });
      if (!isPublished) files.push(file);
    }
  }
  return { sources: signedSources, records: signedRecords, files };
}

/** Whether `signed` is `text` with a signature: which covers no blanks at line ends, and no empty lines at the end. */
export function isSignedCopy(signed: string, text: string): boolean {
  return coveredText(stripSignature(signed)) === coveredText(stripSignature(text));
}

/** Whether a channel serves the source package of this .dsc: the version check found its other files to be the same. */
function isServed(view: RepositoryView<DebSnapshot>, poolPath: string): boolean {
  return [...view.heads.values()].some(({ packages }) =>
    packages.some((each) => each.kind === 'source' && each.files.some((file) => file.path === poolPath)),
  );
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  return await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

const DIGESTS: Readonly<Record<number, string>> = { 32: 'md5', 40: 'sha1', 64: 'sha256', 128: 'sha512' };
/** A line of `Files` or `Checksums-*`, deb-changes(5): digest, size, in `Files` section and priority, name. */
const CHECKSUM_LINE = /^( +)([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})( +)\d+( +(?:\S+ +\S+ +)?)(\S+)$/;

/** The record's text with digests and sizes of what was signed before it. Nothing else of it changes. */
export function updateChecksums(
  record: Pick<RecordCandidate, 'text' | 'file'>,
  contents: ReadonlyMap<string, Uint8Array>,
): string {
  const updated = new Set<string>();
  const lines = record.text.split('\n').map((line) => {
    const [, indent = '', former = '', gap = '', rest = '', name = ''] = CHECKSUM_LINE.exec(line) ?? [];
    const content = contents.get(name);
    const algorithm = DIGESTS[former.length];
    if (content === undefined || algorithm === undefined) return line;
    updated.add(name);
    return `${indent}${digest(algorithm, content)}${gap}${content.length}${rest}${name}`;
  });
  const words = new Set(record.text.split(/\s+/));
  const missed = [...contents.keys()].find(
    (name) => words.has(name) && !updated.has(name) && name !== record.file.name,
  );
  if (missed === undefined) return lines.join('\n');
  throw new UserError({
    what: 'a file is listed in a form that cannot be read',
    where: shown(record.file),
    found: quote(missed),
    expected: 'digest, size and name on a line (deb-changes(5))',
  });
}

function digest(algorithm: string, content: Uint8Array): string {
  return createHash(algorithm).update(content).digest('hex');
}
