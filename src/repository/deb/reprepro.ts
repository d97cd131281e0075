/**
 * reprepro(1), never on the published state: on a copy of its database, with an output folder that holds only what is
 * new. So whatever happens to it, a crash included, happens to the staging folder. It exits 0 with "Skipping" for a
 * package that it does not add, so its exit code is not what counts: what it wrote is compared with the plan.
 */

import { constants, existsSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatCount } from '../../format.ts';
import type { StageContext } from '../driver.ts';
import type { RepositoryPaths } from '../layout.ts';
import { makeMemoryFolder, removeMemoryFolder } from '../memory.ts';
import type { DebSettings, DebSnapshot, SnapshotPackage } from '../snapshot.ts';
import { linkFromPool } from './in-pool.ts';
import { identityOf, indexKeys, readIndexFile } from './indexes.ts';
import { binaryPackage, sourcePackage } from './packages.ts';
import type { DebPlan } from './plan.ts';
import { Reprepro, type RepreproFolders, scopeOf } from './reprepro-call.ts';
import { type Area, DebState, type IndexKey, indexFolder } from './state.ts';

/** Well below what execve(2) takes: 2 MB of arguments, and paths of 300 bytes. */
const FILES_PER_CALL = 2000;
/** More than a package needs in the database on average, and than an empty one has. */
const PACKAGE_BYTES = 64 * 1024;
const DATABASE_BYTES = 16 * 1024 * 1024;
const INCLUDE: Readonly<Record<Area, string>> = {
  binary: 'includedeb',
  installer: 'includeudeb',
  source: 'includedsc',
};

/** A file that reprepro shall include. */
export interface Inclusion {
  readonly file: string;
  readonly name: string;
  readonly area: Area;
  readonly component: string;
  /** Given only where the file itself says nothing. */
  readonly section: string | undefined;
  readonly priority: string | undefined;
}

/**
 * Makes the indexes of the snapshot to come: `dists/` and the new files of `pool/` in the staging folder.
 *
 * @throws CommandError when reprepro fails.
 */
export async function makeIndexes(
  plan: DebPlan,
  inclusions: readonly Inclusion[],
  context: StageContext<DebSnapshot>,
): Promise<void> {
  const { staging, view } = context;
  const kept = path.join(staging.private, 'db');
  // Its database is flushed twice for every package, which takes most of its time on a disk. Once is enough, at the end.
  const memory = await makeMemoryFolder(staging.id, await roomFor(view, inclusions.length));
  const folders: RepreproFolders = {
    state: staging.private,
    database: memory === undefined ? kept : path.join(memory, 'db'),
    out: staging.public,
    dists: path.join(staging.snapshot, 'dists'),
    work: path.join(staging.work, 'reprepro'),
  };
  try {
    await makeIndexesIn(folders, plan, inclusions, context);
    if (memory !== undefined) await copyFiles(folders.database, kept);
  } finally {
    await removeMemoryFolder(staging.id);
  }
}

/** Bytes: of a package the database holds the control fields, and names. */
async function roomFor({ paths, head }: StageContext<DebSnapshot>['view'], count: number): Promise<number> {
  let bytes = 0;
  const kept = head === undefined ? undefined : path.join(paths.private, head.id, 'db');
  for (const name of kept !== undefined && existsSync(kept) ? await readdir(kept) : []) {
    bytes += (await stat(path.join(kept ?? '', name))).size;
  }
  return 2 * bytes + (count + (bytes === 0 ? (head?.packages.length ?? 0) : 0)) * PACKAGE_BYTES + DATABASE_BYTES;
}

async function makeIndexesIn(
  folders: RepreproFolders,
  plan: DebPlan,
  inclusions: readonly Inclusion[],
  context: StageContext<DebSnapshot>,
): Promise<void> {
  const { view } = context;
  await mkdir(folders.work);
  await mkdir(folders.dists);
  if (view.head !== undefined) {
    await copyState(view.paths, view.head, folders, context);
    await copyDists(view.paths, view.head, folders.dists);
  }
  await writeConfiguration(plan.settings, inclusions, folders.state);
  const reprepro = new Reprepro(folders, context);

  const { suite } = plan.settings;
  // Otherwise every call writes the indexes that it changed; `export` writes all of them anew.
  let exportAll = view.head === undefined || plan.reasons.length > 0;
  for (const architecture of plan.newArchitectures) {
    exportAll = true;
    await reprepro.call(['flood', suite, architecture], { exports: 'never' });
  }
  for (const { key, name } of plan.removed) {
    exportAll = true;
    await reprepro.call(['remove', suite, name], { exports: 'never', ...scopeOf(key) });
  }
  if (view.head !== undefined && plan.restored.length > 0) {
    const parts = plan.restored.map(({ key, each }) => ({ key, packages: [each] }));
    await putBack(parts, view.paths, view.head, folders, reprepro);
  }
  const added = [...plan.binaries.map(binaryPackage), ...plan.sources.map((each) => sourcePackage(each, each.dsc))];
  const checksums = await linkFromPool(
    added.flatMap((each) => each.files),
    context,
  );
  if (checksums.length > 0) await reprepro.call(['_addchecksums'], { exports: 'never', input: checksums.join('') });
  let included = 0;
  for (const { area, component, files } of groupByIndex(inclusions)) {
    // One includedsc takes one file, the others take many.
    const size = area === 'source' ? 1 : FILES_PER_CALL;
    if (files.length > size && area !== 'source') exportAll = true;
    for (let start = 0; start < files.length; start += size) {
      const part = files.slice(start, start + size);
      await reprepro.call([INCLUDE[area], suite, ...part], {
        component,
        exports: start + size < files.length || exportAll ? 'never' : 'lookedat',
      });
      included += part.length;
      context.logger.progress(`reprepro: ${included} of ${formatCount(inclusions.length, 'package')}`);
    }
  }
  if (exportAll) await reprepro.call(['export', suite]);
}

function groupByIndex(inclusions: readonly Inclusion[]): { area: Area; component: string; files: string[] }[] {
  const groups = new Map<string, { area: Area; component: string; files: string[] }>();
  for (const { area, component, file } of inclusions) {
    const key = `${area} ${component}`;
    const group = groups.get(key) ?? { area, component, files: [] };
    group.files.push(file);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** conf/distributions, and overrides for packages that do not say their section or priority, which reprepro demands. */
async function writeConfiguration(
  settings: DebSettings,
  inclusions: readonly Inclusion[],
  folder: string,
): Promise<void> {
  const conf = path.join(folder, 'conf');
  await mkdir(conf, { recursive: true });
  const overrides: Readonly<Record<Area, [field: string, file: string]>> = {
    binary: ['DebOverride', 'override.deb'],
    installer: ['UDebOverride', 'override.udeb'],
    source: ['DscOverride', 'override.dsc'],
  };
  const fields: [string, string][] = [
    ['Codename', settings.suite],
    ['Suite', settings.suite],
    ['Origin', settings.origin],
    ['Label', settings.label],
    ...(settings.description === undefined ? [] : [['Description', settings.description] as [string, string]]),
    ['Architectures', [...settings.architectures, 'source'].join(' ')],
    ['Components', settings.components.join(' ')],
    ...(settings.udebComponents.length === 0
      ? []
      : [['UDebComponents', settings.udebComponents.join(' ')] as [string, string]]),
    ['DebIndices', 'Packages Release . .gz'],
    ['UDebIndices', 'Packages . .gz'],
    ['DscIndices', 'Sources Release . .gz'],
  ];
  for (const [area, [field, file]] of Object.entries(overrides)) {
    const lines = inclusions.filter((each) => each.area === area).flatMap(overrideLines);
    await writeFile(path.join(conf, file), [...new Set(lines)].join(''));
    fields.push([field, file]);
  }
  await writeFile(path.join(conf, 'distributions'), fields.map(([name, value]) => `${name}: ${value}\n`).join(''));
}

function overrideLines({ name, section, priority }: Inclusion): string[] {
  const lines: string[] = [];
  if (section !== undefined) lines.push(`${name} Section ${section}\n`);
  if (priority !== undefined) lines.push(`${name} Priority ${priority}\n`);
  return lines;
}

/** The database of the channel's snapshot: a copy of what was kept, or made anew from the published indexes. */
async function copyState(
  paths: RepositoryPaths,
  head: DebSnapshot,
  folders: RepreproFolders,
  context: StageContext<DebSnapshot>,
): Promise<void> {
  const kept = path.join(paths.private, head.id, 'db');
  if (!existsSync(kept)) {
    context.logger.info(`reprepro's database of the snapshot ${head.id} is not there: making it anew from the indexes`);
    await rebuildState(paths, head, folders, context);
    return;
  }
  // The lock of a reprepro that was killed never gets here: it died in its own staging folder.
  await copyFiles(kept, folders.database);
}

/** Makes `to` with copies of the files in `from`. */
async function copyFiles(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) {
    await copyFile(path.join(from, name), path.join(to, name), constants.COPYFILE_FICLONE);
  }
}

/** The published indexes, by link: reprepro replaces what it changes and never writes into a file that is there. */
async function copyDists(paths: RepositoryPaths, head: DebSnapshot, dists: string): Promise<void> {
  const { suite } = head.settings;
  const from = path.join(paths.snapshot(head.id), 'dists', suite);
  const to = path.join(dists, suite);
  const files = [...indexKeys(head.settings)].flatMap((key) =>
    ['Release', 'Packages', 'Packages.gz', 'Sources', 'Sources.gz'].map((name) => path.join(indexFolder(key), name)),
  );
  for (const file of files) {
    if (!existsSync(path.join(from, file))) continue;
    await mkdir(path.dirname(path.join(to, file)), { recursive: true });
    await link(path.join(from, file), path.join(to, file));
  }
}

/**
 * Makes reprepro's database from the indexes of a snapshot: for a channel that was rolled back, or whose kept state was
 * lost.
 */
async function rebuildState(
  paths: RepositoryPaths,
  head: DebSnapshot,
  folders: RepreproFolders,
  context: StageContext<DebSnapshot>,
): Promise<void> {
  await writeConfiguration(head.settings, [], folders.state);
  const state = new DebState(head.packages, head.settings.architectures);
  const newest = [...indexKeys(head.settings)].map((key) => ({ key, packages: [...state.current(key).values()] }));
  await putBack(newest, paths, head, folders, new Reprepro(folders, context));
}

/** Packages of one index of a snapshot: one of a name. */
interface IndexPart {
  readonly key: IndexKey;
  readonly packages: readonly SnapshotPackage[];
}

/**
 * Puts what the indexes of a snapshot list into reprepro's database. `_addchecksums` and `_addpackage` are its own
 * commands for this.
 */
async function putBack(
  parts: readonly IndexPart[],
  paths: RepositoryPaths,
  head: DebSnapshot,
  folders: RepreproFolders,
  reprepro: Reprepro,
): Promise<void> {
  const suiteFolder = path.join(paths.snapshot(head.id), 'dists', head.settings.suite);
  const checksums = new Map<string, string>();
  const indexes: { key: IndexKey; file: string; names: string[] }[] = [];
  for (const { key, packages } of parts) {
    if (packages.length === 0) continue;
    const wanted = new Set(packages.map(identityOf));
    const entries = (await readIndexFile(suiteFolder, key)).filter((entry) => wanted.has(identityOf(entry)));
    for (const { files, weak } of entries) {
      for (const { path: file, size, sha256 } of files) {
        const { md5, sha1 } = weak.get(file) ?? { md5: '', sha1: '' };
        checksums.set(file, `${file} :1:${sha1} :2:${sha256} ${md5} ${size}\n`);
      }
    }
    const file = path.join(folders.work, `index-${indexes.length}`);
    await writeFile(file, entries.map(({ text }) => `${text}\n\n`).join(''), 'latin1');
    indexes.push({ key, file, names: entries.map(({ name }) => name) });
  }
  await reprepro.call(['_addchecksums'], { exports: 'never', input: [...checksums.values()].join('') });
  for (const { key, file, names } of indexes) {
    for (let start = 0; start < names.length; start += FILES_PER_CALL) {
      await reprepro.call(['_addpackage', head.settings.suite, file, ...names.slice(start, start + FILES_PER_CALL)], {
        exports: 'never',
        ...scopeOf(key),
      });
    }
  }
}
