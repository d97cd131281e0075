/**
 * The Release file, Debian's repository format: every index gets a name by its digest (by-hash), so that a client that
 * holds the Release of one snapshot finds its indexes while the channel already points to the next one; then Release is
 * signed, inline (InRelease) and detached (Release.gpg), while keys change by both of them.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatParagraph, type Paragraph, parseSingleParagraph, requireField } from '../../deb/control.ts';
import { formatDate } from '../../deb/date.ts';
import { clearsignByAll, detachByAll } from '../../signing/combine.ts';
import type { Signer } from '../../signing/signer.ts';
import type { StageContext } from '../driver.ts';
import type { DebSettings, DebSnapshot, SupersededIndex } from '../snapshot.ts';
import { linkIfAbsent, linkSuperseded } from '../superseded.ts';

/**
 * Finishes and signs the Release file that reprepro wrote.
 *
 * @returns the indexes of earlier snapshots that the new one serves on.
 */
export async function finishRelease(
  settings: DebSettings,
  context: StageContext<DebSnapshot>,
): Promise<SupersededIndex[]> {
  const { staging, signer, nextSigner, now } = context;
  const suiteFolder = path.join(staging.snapshot, 'dists', settings.suite);
  const file = path.join(suiteFolder, 'Release');
  const release = parseSingleParagraph(await readFile(file, 'utf8'), { file });
  for (const index of listedIndexes(release, file)) await linkByHash(suiteFolder, index);
  const superseded = await linkSuperseded(await indexesBefore(context), context);

  const checksums = new Set(['MD5Sum', 'SHA1', 'SHA256', 'SHA512']);
  const head = [...release].filter(
    ([name]) => !checksums.has(name) && !['Date', 'Valid-Until', 'Acquire-By-Hash'].includes(name),
  );
  const validUntil = settings.validSeconds === undefined ? undefined : now.getTime() + settings.validSeconds * 1000;
  const text = formatParagraph([
    ...head,
    ['Date', releaseDate(now)],
    ...(validUntil === undefined ? [] : [['Valid-Until', releaseDate(new Date(validUntil))] as const]),
    ['Acquire-By-Hash', 'yes'],
    ...[...release].filter(([name]) => checksums.has(name)),
  ]);
  await writeFile(file, text);
  const signers: [Signer, ...Signer[]] = [signer, ...(nextSigner === undefined ? [] : [nextSigner])];
  await writeFile(path.join(suiteFolder, 'InRelease'), await clearsignByAll(signers, text));
  await writeFile(path.join(suiteFolder, 'Release.gpg'), (await detachByAll(signers, Buffer.from(text))).armored);
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

/** The indexes of the snapshot before, by their names by digest. */
async function indexesBefore({ view }: StageContext<DebSnapshot>): Promise<string[]> {
  const { head, paths } = view;
  if (head === undefined) return [];
  const dists = path.posix.join('dists', head.settings.suite);
  const file = path.join(paths.snapshot(head.id), dists, 'Release');
  const release = parseSingleParagraph(await readFile(file, 'utf8'), { file });
  return listedIndexes(release, file).map((index) => path.posix.join(dists, byHashPath(index)));
}

/** As dak and reprepro write it: old apt takes no numeric zone. */
function releaseDate(date: Date): string {
  return formatDate(Math.floor(date.getTime() / 1000)).replace('+0000', 'UTC');
}
