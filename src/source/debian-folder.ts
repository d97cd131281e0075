/** The content of debian/ in memory: read strictly, and edited without touching the checkout. */
import { type ParsedEntry, parseFirstEntry } from '../deb/changelog.ts';
import { parseControl } from '../deb/control.ts';
import { checkPackageName } from '../deb/file-name.ts';
import { type DebVersion, parseVersion } from '../deb/version.ts';
import { quote, UserError } from '../errors.ts';
import { type DebFormat, readFormat } from './deb-source.ts';
import { DELTA_PATCH } from './delta.ts';
import { type LoadedFile, loadFiles } from './folder.ts';
import { checkLinks, type DebianFolder } from './layout.ts';
import { comparePaths, pathText } from './tree.ts';

export interface Debian {
  /** Files of debian/, paths relative to it. */
  readonly files: readonly LoadedFile[];
  readonly name: string;
  readonly entry: ParsedEntry;
  readonly version: DebVersion;
  readonly format: DebFormat;
  /** `debian/changelog:1`, below the folder that it was found in. */
  readonly where: string;
  /** Whether the package has patches of its own. */
  readonly hasPatches: boolean;
}

/**
 * Reads debian/: changelog, control, source format, series of patches.
 *
 * @param expected name that the package must have, where one was said.
 * @throws UserError naming file and line.
 */
export async function readDebian(folder: DebianFolder, expected: string | undefined): Promise<Debian> {
  const files = await loadFiles(folder.files);
  const at = folder.location === '' ? '.' : pathText(folder.location);
  const links = files.filter((file) => file.mode === '120000');
  checkLinks(
    links.map((file) => ({ path: file.path, target: file.content.toString('latin1') })),
    'spec project',
  );
  const changelog = `${at}/changelog`;
  const entry = parseFirstEntry(textOf(files, 'changelog') ?? '', changelog);
  const where = `${changelog}:${entry.line}`;
  const name = checkPackageName(entry.source, where);
  const control = `${at}/control`;
  const [source] = parseControl(textOf(files, 'control') ?? '', { file: control, comments: true });
  if (source?.get('Source') !== name) {
    throw new UserError({
      what: 'changelog and control name different source packages',
      where: `${control}:${source?.lineOf('Source') ?? 1}`,
      found: quote(source?.get('Source') ?? 'no field Source'),
      expected: name,
    });
  }
  if (expected !== undefined && expected !== name) {
    throw new UserError({
      what: 'the spec project holds another package',
      where,
      found: name,
      expected: quote(expected),
      remedy: 'give the other spec project, or leave the input package out',
    });
  }
  const version = parseVersion(entry.version, where);
  const format = readFormat(textOf(files, 'source/format'), version.revision, at);
  return { files, name, entry, version, format, where, hasPatches: checkSeries(files, at, format) };
}

function textOf(files: readonly LoadedFile[], name: string): string | undefined {
  return files.find((file) => file.path === name && file.mode !== '120000')?.content.toString('utf8');
}

const SERIES = /^patches\/(?:[a-z0-9-]+\.)?series$/;

/** @throws UserError for a patch outside debian/patches: dpkg-source would read any file of this machine. */
function checkSeries(files: readonly LoadedFile[], at: string, format: DebFormat): boolean {
  if (format !== '3.0 (quilt)') return false;
  let count = 0;
  for (const file of files.filter((each) => SERIES.test(each.path))) {
    for (const [index, raw] of file.content.toString('latin1').split('\n').entries()) {
      const patch = raw.replace(/(?:^|\s+)#.*$/, '').trim();
      if (patch === '') continue;
      count++;
      if (!patch.startsWith('/') && !patch.split(/[/\s]/).includes('..')) continue;
      throw new UserError({
        what: 'a patch outside debian/patches',
        where: `${at}/${file.path}:${index + 1}`,
        found: quote(pathText(patch)),
        expected: 'the name of a file in it',
      });
    }
  }
  return count > 0;
}

/** debian/ with `text` on top of its changelog. */
export function withEntry(files: readonly LoadedFile[], text: string): LoadedFile[] {
  return files.map((file) =>
    file.path === 'changelog' ? { ...file, content: Buffer.concat([Buffer.from(`${text}\n`), file.content]) } : file,
  );
}

/**
 * debian/ with `patch` as the first of its series: packaging patches are made for what the commit has.
 *
 * @throws UserError where debian/ has a file of its name.
 */
export function withDelta(files: readonly LoadedFile[], patch: Buffer, where: string): LoadedFile[] {
  const name = `patches/${DELTA_PATCH}`;
  if (files.some((file) => file.path === name)) {
    throw new UserError({
      what: 'a patch has the name of the one that is made here',
      where: `${where}/${name}`,
      expected: 'another name',
    });
  }
  const result = files.map((file) =>
    SERIES.test(file.path)
      ? { ...file, content: Buffer.concat([Buffer.from(`${DELTA_PATCH}\n`), file.content]) }
      : file,
  );
  const add = (path: string, content: Buffer): void => {
    result.push({ path, mode: '100644', content });
  };
  if (!files.some((file) => file.path === 'patches/series')) add('patches/series', Buffer.from(`${DELTA_PATCH}\n`));
  add(name, patch);
  // dpkg-source takes a patch with NUL bytes for a binary file that got into debian/ by accident.
  if (patch.includes(0)) {
    const list = 'source/include-binaries';
    const line = Buffer.from(`debian/${name}\n`);
    const index = result.findIndex((file) => file.path === list);
    const existing = result[index];
    if (existing === undefined) add(list, line);
    else result[index] = { ...existing, content: Buffer.concat([existing.content, Buffer.from('\n'), line]) };
  }
  return result.sort(comparePaths);
}
