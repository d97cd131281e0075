/**
 * The Release file, Debian's repository format: every index gets a name by its digest (by-hash), so that a client that
 * holds the Release of one snapshot finds its indexes while the channel already points to the next one; then Release is
 * signed, inline (InRelease) and detached (Release.gpg).
 */
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatParagraph, type Paragraph, parseSingleParagraph, requireField } from '../../deb/control.ts';
import { formatDate } from '../../deb/date.ts';
import type { StageContext } from '../driver.ts';
import { KEEP_SUPERSEDED_MS } from '../layout.ts';
import type { DebSettings, DebSnapshot, SupersededIndex } from '../snapshot.ts';

/**
 * Finishes and signs the Release file that reprepro wrote.
 *
 * @returns the indexes of earlier snapshots that the new one serves on.
 */
export async function finishRelease(
  settings: DebSettings,
  context: StageContext<DebSnapshot>,
): Promise<SupersededIndex[]> {
  const { staging, signer, now } = context;
  const suiteFolder = path.join(staging.snapshot, 'dists', settings.suite);
  const file = path.join(suiteFolder, 'Release');
  const release = parseSingleParagraph(await readFile(file, 'utf8'), { file });
  for (const index of listedIndexes(release, file)) await linkByHash(suiteFolder, index);
  const superseded = await linkSuperseded(context, suiteFolder);

  const checksums = new Set(['MD5Sum', 'SHA1', 'SHA256', 'SHA512']);
  const head = [...release].filter(([name]) => !checksums.has(name) && !['Date', 'Valid-Until'].includes(name));
  const validUntil = settings.validSeconds === undefined ? undefined : now.getTime() + settings.validSeconds * 1000;
  const text = formatParagraph([
    ...head,
    ['Date', releaseDate(now)],
    ...(validUntil === undefined ? [] : [['Valid-Until', releaseDate(new Date(validUntil))] as const]),
    ['Acquire-By-Hash', 'yes'],
    ...[...release].filter(([name]) => checksums.has(name)),
  ]);
  await writeFile(file, text);
  await writeFile(path.join(suiteFolder, 'InRelease'), await signer.clearsign(text));
  await writeFile(path.join(suiteFolder, 'Release.gpg'), (await signer.detach(Buffer.from(text))).armored);
  return superseded;
}

/** An index as the Release file lists it; its path is relative to the Release file's folder. */
interface ListedIndex {
  readonly path: string;
  readonly sha256: string;
}

function listedIndexes(release: Paragraph, file: string): ListedIndex[] {
  return requireField(release, 'SHA256', file)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, sha256 = '', listed = ''] = /^ *([0-9a-f]{64}) +\d+ +(\S+)$/.exec(line) ?? [];
      if (sha256 === '' || !/^(?:[A-Za-z0-9][A-Za-z0-9.+~_-]*\/)*[A-Za-z0-9][A-Za-z0-9.+~_-]*$/.test(listed)) {
        throw new Error(`${file} lists ${JSON.stringify(line)}`);
      }
      return { path: listed, sha256 };
    });
}

function byHashPath({ path: listed, sha256 }: ListedIndex): string {
  return path.join(path.dirname(listed), 'by-hash', 'SHA256', sha256);
}

async function linkByHash(suiteFolder: string, index: ListedIndex): Promise<void> {
  const file = path.join(suiteFolder, index.path);
  const named = path.join(suiteFolder, byHashPath(index));
  if (!existsSync(file)) throw new Error(`${file} is listed in Release and is not there`);
  await mkdir(path.dirname(named), { recursive: true });
  await linkIfAbsent(file, named);
}

/** Takes over what the snapshot before serves by digest: its own indexes, and those of its predecessors for a while. */
async function linkSuperseded(context: StageContext<DebSnapshot>, suiteFolder: string): Promise<SupersededIndex[]> {
  const { head, paths } = context.view;
  if (head === undefined) return [];
  const { suite } = head.settings;
  const dists = path.posix.join('dists', suite);
  const file = path.join(paths.snapshot(head.id), dists, 'Release');
  const release = parseSingleParagraph(await readFile(file, 'utf8'), { file });
  const own = listedIndexes(release, file).map((index) => path.posix.join(dists, byHashPath(index)));
  const oldest = context.now.getTime() - KEEP_SUPERSEDED_MS;
  const supersededAt = context.now.toISOString();
  const candidates = new Map<string, string>();
  for (const each of head.supersededIndexes) {
    if (Date.parse(each.supersededAt) >= oldest) candidates.set(each.path, each.supersededAt);
  }
  for (const each of own) candidates.set(each, supersededAt);

  const kept: SupersededIndex[] = [];
  for (const [index, since] of candidates) {
    const target = path.join(path.dirname(path.dirname(suiteFolder)), index);
    // Still a current index, under the same name.
    if (existsSync(target)) continue;
    await mkdir(path.dirname(target), { recursive: true });
    await linkIfAbsent(path.join(paths.snapshot(head.id), index), target);
    kept.push({ path: index, supersededAt: since });
  }
  return kept;
}

async function linkIfAbsent(from: string, to: string): Promise<void> {
  await link(from, to).catch((error: NodeJS.ErrnoException) => {
    // Two empty indexes of one folder have one digest.
    if (error.code !== 'EEXIST') throw error;
  });
}

/** As dak and reprepro write it: old apt takes no numeric zone. */
function releaseDate(date: Date): string {
  return formatDate(Math.floor(date.getTime() / 1000)).replace('+0000', 'UTC');
}
