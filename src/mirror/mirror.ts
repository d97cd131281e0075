/**
 * Brings one mirror to a state of the repository. What the mirror serves changes in one rename(2) for each channel, by
 * rsync on its side; a failure or a cut before it leaves the old state served, and the next run goes on from there.
 *
 * The order:
 * 1. look: what is there, and whether it is a mirror of this repository;
 * 2. pool: files that nothing on the mirror names yet;
 * 3. snapshots: whole, and still nothing points to the new ones;
 * 4. try: whether a link in them leads where it should, as rsync daemons may spoil links;
 * 5. keys;
 * 6. switch: the channels' links;
 * 7. site: pages, and files for clients;
 * 8. remove: what the repository no longer has.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { syncFileSystem } from '../durable.ts';
import { UserError } from '../errors.ts';
import { temporaryFolder } from '../temporary.ts';
import type { Destination } from './destination.ts';
import { isVanished } from './failure.ts';
import { look, tryLinks } from './look.ts';
import { findRemovals, remove } from './removal.ts';
import { type Access, type Counts, type TransferOptions, transfer } from './rsync.ts';
import { isComplete, isWhole, type MirrorSource, readMirrorSource } from './source.ts';

export const STEPS = ['look', 'pool', 'snapshots', 'try', 'keys', 'switch', 'site', 'remove'] as const;
export type MirrorStep = (typeof STEPS)[number];

export interface MirrorOptions {
  /** The repository's folder, absolute. */
  readonly root: string;
  readonly dryRun: boolean;
  /** Compare contents instead of sizes and times: finds what became damaged on the mirror. */
  readonly checksum: boolean;
  /** Most files and folders that are removed; as many as the mirror keeps when absent. */
  readonly maxDelete: number | undefined;
  /** Called when a step is done. For tests of cuts. */
  readonly onStep?: ((step: MirrorStep, destination: Destination) => void | Promise<void>) | undefined;
}

/** What was done to a mirror; it grows while it is done, so that a failure has it too. */
export interface MirrorProgress {
  /** What is being done. */
  step: MirrorStep;
  files: number;
  bytes: number;
  removed: number;
  /** Channels that were switched, made or removed. */
  channels: string[];
  /** Whether clients are served the new state. */
  switched: boolean;
}

export function newProgress(): MirrorProgress {
  return { step: 'look', files: 0, bytes: 0, removed: 0, channels: [], switched: false };
}

/** How often a mirroring begins anew because the repository lost files meanwhile. */
const MAX_STATES = 5;

/** @throws UserError, CommandError: see `progress` for how far it came. */
export async function mirrorTo(
  access: Access,
  destination: Destination,
  options: MirrorOptions,
  progress: MirrorProgress,
): Promise<void> {
  for (let count = 1; ; count++) {
    await using stage = await temporaryFolder('mirror-state');
    const source = await readMirrorSource(options.root, path.join(stage.path, 'copies'));
    const keep = path.join(stage.path, 'keep');
    const again = () => access.logger.info('The repository lost files meanwhile: its new state is mirrored');
    try {
      if (await pass({ access, destination, options, progress, source, keep })) return;
      if (count >= MAX_STATES)
        throw new UserError({ what: 'the repository changes all the time', where: options.root });
    } catch (error) {
      const vanished = isVanished(error);
      if (count >= MAX_STATES || vanished === false) throw error;
      if (vanished === 'maybe' && (await isComplete(source))) throw error;
    }
    again();
  }
}

interface Pass {
  readonly access: Access;
  readonly destination: Destination;
  readonly options: MirrorOptions;
  readonly progress: MirrorProgress;
  readonly source: MirrorSource;
  /** A folder to make, for what stays on the mirror. */
  readonly keep: string;
}

/** Modes of what is served, whatever they are in the repository; nobody's owners and groups. */
const SERVED = ['--perms', '--chmod=D755,F644'];
/** A pool file that was cut off is gone on with the next time, and its part never has its name. */
const PARTIAL = '.rsync-partial';

/** @returns `false` where the repository lost something of this state before the mirror was switched to it. */
async function pass({ access, destination, options, progress, source, keep }: Pass): Promise<boolean> {
  const { dryRun, checksum, onStep } = options;
  const { paths, channels } = source;
  const deep = checksum ? ['--checksum'] : [];
  const done = async () => await onStep?.(progress.step, destination);
  const begin = (step: MirrorStep) => {
    progress.step = step;
    access.signal.throwIfAborted();
  };
  const send = async (sent: Omit<TransferOptions, 'dryRun'>): Promise<Counts> => {
    const counts = await transfer(access, destination, { ...sent, dryRun });
    progress.files += counts.files;
    progress.bytes += counts.bytes;
    return counts;
  };

  begin('look');
  const before = await look(access, destination, source);
  if (destination.kind === 'folder' && !dryRun) await mkdir(destination.path, { recursive: true });
  await done();

  begin('pool');
  await send({
    from: paths.public,
    tree: 'pool',
    options: [
      '--recursive',
      '--relative',
      '--times',
      '--omit-dir-times',
      ...SERVED,
      ...deep,
      `--partial-dir=${PARTIAL}`,
    ],
    title: 'pool',
  });
  await done();

  begin('snapshots');
  await send({
    from: paths.public,
    files: source.snapshotFiles,
    // An index and its name by digest are one file, as in the repository, and so are those that snapshots share.
    options: ['--links', '--safe-links', '--hard-links', '--times', '--omit-dir-times', ...SERVED, ...deep],
    title: 'snapshots',
  });
  // What was there before and is there now was there when the pool was read, and so was all that it needs.
  if (!(await isWhole(source))) return false;
  if (destination.kind === 'folder' && !dryRun) await syncFileSystem(destination.path, access.signal);
  await done();

  const moving = [...channels].flatMap(([name, id]) => (before.channels.get(name) === id ? [] : [name]));
  // Where nothing moves, links were tried before.
  if (!dryRun && moving.length > 0) {
    begin('try');
    await tryLinks(access, destination, source);
    await done();
  }

  const small = ['--times', '--checksum', ...SERVED];
  begin('keys');
  await send({ from: path.join(source.stage, 'keys'), files: source.keys, options: small, title: 'keys' });
  await done();

  begin('switch');
  const links = { from: path.join(source.stage, 'channels'), files: [...channels.keys()] };
  await send({ ...links, options: ['--links'], title: 'channels' });
  progress.switched = !dryRun;
  progress.channels = moving;
  await done();

  begin('site');
  await send({ from: path.join(source.stage, 'site'), files: source.site, options: small, title: 'pages' });
  await done();

  begin('remove');
  if (before.exists) {
    const removals = await findRemovals(access, destination, source, before, keep);
    if (removals !== undefined) {
      progress.channels.push(...removals.channels);
      progress.removed = dryRun
        ? removals.count
        : removals.count === 0
          ? 0
          : await remove(access, destination, source, removals, options.maxDelete);
    }
  }
  await done();
  return true;
}
