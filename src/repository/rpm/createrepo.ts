/**
 * Indexes, made by createrepo_c(8). It never works on what is served: it writes into the snapshot to come, and takes
 * what it knows of earlier packages from the last one (`--update`), so that only new packages are read.
 */

import { existsSync } from 'node:fs';
import { link, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, UserError } from '../../errors.ts';
import { formatCount } from '../../format.ts';
import { inParallel } from '../../parallel.ts';
import { type Argv, run } from '../../process.ts';
import type { StageContext } from '../driver.ts';
import type { RpmSnapshot, SnapshotPackage } from '../snapshot.ts';
import { SOURCE_FOLDER } from './folders.ts';
import type { Metadata } from './metadata.ts';
import type { RpmPlan } from './plan.ts';
import { REPOMD, REPOMD_SIGNATURE, readRepomd } from './repomd.ts';
import { linkFromPool } from './sign-packages.ts';
import type { RpmState } from './state.ts';
import { verifyFolder } from './verify.ts';

const FOLDERS_AT_ONCE = 2;

/**
 * Makes the indexes of every folder of the snapshot to come, and compares them with `state`. Where nothing changes, the
 * last snapshot's are linked.
 *
 * @param before the state of the channel's last snapshot.
 */
export async function makeIndexes(
  plan: RpmPlan,
  before: RpmState | undefined,
  state: RpmState,
  context: StageContext<RpmSnapshot>,
): Promise<void> {
  const formerFolders = before?.folders();
  await inParallel([...state.folders()], FOLDERS_AT_ONCE, async ([folder, packages]) => {
    context.signal.throwIfAborted();
    const former = formerFolders?.get(folder);
    const metadata = isBinaryFolder(folder) ? plan.metadata : [];
    const isKept = isSame(former, packages) && !(plan.isMetadataNew && isBinaryFolder(folder));
    if (isKept) await keepFolder(folder, context);
    else await makeFolder(folder, { packages, former, metadata }, context);
  });
}

/** One that machines install from: groups and the like belong there. */
function isBinaryFolder(folder: string): boolean {
  return folder !== SOURCE_FOLDER && !folder.includes('/');
}

/** The same files: createrepo_c would write the same but for the time. */
function isSame(former: readonly SnapshotPackage[] | undefined, packages: readonly SnapshotPackage[]): boolean {
  const files = (list: readonly SnapshotPackage[]) => list.map((each) => each.files[0]?.path ?? '').sort();
  return former !== undefined && files(former).join('\n') === files(packages).join('\n');
}

async function makeSnapshotFolder(folder: string, { staging }: StageContext<RpmSnapshot>): Promise<string> {
  const target = path.join(staging.snapshot, folder);
  await mkdir(target, { recursive: true });
  // Files are named from the folder itself: dnf, reposync and mirrors take no path that leaves it.
  await symlink(
    `${folder
      .split('/')
      .map(() => '..')
      .join('/')}/pool`,
    path.join(target, 'pool'),
  );
  return target;
}

async function keepFolder(folder: string, context: StageContext<RpmSnapshot>): Promise<void> {
  const { view, signer } = context;
  if (view.head === undefined) throw new Error('there is no snapshot to keep indexes of');
  const target = await makeSnapshotFolder(folder, context);
  const source = path.join(view.paths.snapshot(view.head.id), folder);
  await mkdir(path.join(target, 'repodata'));
  const names = new Set([REPOMD, ...(await readRepomd(source)).map(({ href }) => href)]);
  if (view.head.signedBy === signer.key.fingerprint) names.add(REPOMD_SIGNATURE);
  for (const name of names) await link(path.join(source, name), path.join(target, name));
}

interface FolderContent {
  readonly packages: readonly SnapshotPackage[];
  readonly former: readonly SnapshotPackage[] | undefined;
  readonly metadata: readonly Metadata[];
}

async function makeFolder(
  folder: string,
  { packages, former, metadata }: FolderContent,
  context: StageContext<RpmSnapshot>,
): Promise<void> {
  const { view, staging, now } = context;
  const target = await makeSnapshotFolder(folder, context);
  const known = new Set(former?.map((each) => each.files[0]?.path));
  const fresh = packages.filter((each) => !known.has(each.files[0]?.path));
  // What another folder lists already is in the pool only.
  await linkFromPool(
    fresh.filter((each) => each.files.some((file) => !existsSync(path.join(staging.public, file.path)))),
    context,
  );
  const work = path.join(staging.work, 'createrepo', folder.replaceAll('/', '-'));
  const input = path.join(work, 'input');
  await mkdir(input, { recursive: true });
  await symlink(path.join(staging.public, 'pool'), path.join(input, 'pool'));
  const list = path.join(work, 'packages');
  await writeFile(list, packages.map((each) => `${each.files[0]?.path}\n`).join(''));
  const readList = path.join(work, 'read');
  const groups = metadata.find(({ input: kind }) => kind === 'groups');
  if (groups !== undefined) await writeFile(path.join(work, groups.fileName), groups.content);
  const last = view.head === undefined ? undefined : path.join(view.paths.snapshot(view.head.id), folder);
  await tool(
    [
      'createrepo_c',
      '--quiet',
      '--error-exit-val',
      '--no-database',
      '--checksum=sha256',
      // What every yum and dnf reads: that of EL 7 knows no zstd.
      '--general-compress-type=gz',
      ...timesOf(now),
      `--pkglist=${list}`,
      // A name in the pool stands for the same bytes for ever: what is known of it need not be looked at.
      ...(last === undefined || former === undefined
        ? []
        : ['--update', '--skip-stat', `--update-md-path=${last}`, `--read-pkgs-list=${readList}`]),
      ...(groups === undefined ? [] : [`--groupfile=${path.join(work, groups.fileName)}`]),
      `--outputdir=${target}`,
      input,
    ],
    folder,
    context,
  );
  for (const each of metadata) {
    if (each.input === 'groups') continue;
    const file = path.join(work, each.fileName);
    await writeFile(file, each.content);
    await tool(
      [
        'modifyrepo_c',
        `--mdtype=${each.type}`,
        '--compress-type=gz',
        '--checksum=sha256',
        '--unique-md-filenames',
        file,
        path.join(target, 'repodata'),
      ],
      folder,
      context,
    );
  }
  const read = existsSync(readList) ? (await readFile(readList, 'utf8')).split('\n').filter((line) => line !== '') : [];
  const count = former === undefined ? packages.length : read.length;
  context.logger.debug(`createrepo_c read ${count} of ${formatCount(packages.length, 'package')} for ${folder}`);
  await verifyFolder(target, folder, packages);
}

/** Times in the indexes are the publish's, so that one publish of the same gives the same indexes. */
function timesOf(now: Date): string[] {
  return [`--revision=${Math.floor(now.getTime() / 1000)}`, '--set-timestamp-to-revision'];
}

async function tool(argv: Argv, folder: string, { signal }: StageContext<RpmSnapshot>): Promise<void> {
  try {
    await run(argv, { signal });
  } catch (error) {
    if (!(error instanceof CommandError) || error.failure.end === 'cancelled') throw error;
    if (!/No space left on device/.test(error.failure.stderr)) throw error;
    throw new UserError({ what: 'no space left for the indexes', where: folder, found: error.message });
  }
}
