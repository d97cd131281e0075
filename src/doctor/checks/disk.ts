/** Disks and folders: room, inodes, how they are mounted, and whose the state folder is. */
import { access, constants, readdir, readFile, realpath, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { formatBytes, formatCount } from '../../format.ts';
import { run } from '../../process.ts';
import { BUILDS, type Check, type DoctorContext, type Finding, HOST_BUILDS, type PartFinding, USES } from '../check.ts';
import { existing } from './kernel-features.ts';

const GROUP = 'Disks and folders';
const GIB = 1024 ** 3;

interface Room {
  /** Bytes below which something is to be expected to fail. */
  readonly least: number;
  /** Bytes below which it is worth to be told. */
  readonly good: number;
}

/** A buildroot takes about 0.5 GiB, layers 20 GiB and downloads 10 GiB unless they are limited otherwise. */
const STATE_ROOM: Room = { least: 2 * GIB, good: 20 * GIB };
/** Sources and packages of a job. */
const WORK_ROOM: Room = { least: GIB / 4, good: 2 * GIB };
const TEMPORARY_ROOM: Room = { least: GIB / 8, good: GIB };
const LEAST_INODES = 20_000;
const GOOD_INODES = 200_000;

const room: Check = {
  id: 'disk',
  title: 'Room on disks',
  group: GROUP,
  uses: USES,
  async look({ state, work, temporary }): Promise<readonly PartFinding[]> {
    const places = [
      { part: 'state', title: `State folder ${state}`, folder: state, room: STATE_ROOM, uses: BUILDS },
      { part: 'work', title: `Working folder ${work}`, folder: work, room: WORK_ROOM, uses: USES },
      {
        part: 'temporary',
        title: `Temporary files in ${temporary}`,
        folder: temporary,
        room: TEMPORARY_ROOM,
        uses: USES,
      },
    ] as const;
    return (
      await Promise.all(
        places.map(async ({ folder, room: wanted, part, title, uses }) => {
          const file = await statfs(await existing(folder));
          // What is kept back for root is not for us to count on.
          const free = file.bavail * file.bsize;
          const space = judge(free, wanted.least, wanted.good, formatBytes, `${formatBytes(file.blocks * file.bsize)}`);
          // Some file systems (btrfs) have no number of inodes.
          const inodes =
            file.files === 0
              ? undefined
              : judge(file.ffree, LEAST_INODES, GOOD_INODES, (count) => `${count} inodes`, String(file.files));
          return [
            { part, title, uses, ...space },
            ...(inodes === undefined || inodes.status === 'ok'
              ? []
              : [{ part: `${part}-inodes`, title: `${title}: inodes`, uses, ...inodes }]),
          ];
        }),
      )
    ).flat();
  },
};

function judge(free: number, least: number, good: number, show: (value: number) => string, total: string): Finding {
  const found = `${show(free)} free of ${total}`;
  if (free >= good) return { status: 'ok', found };
  return {
    status: free < least ? 'failed' : 'warning',
    found,
    expected:
      free < least ? `${show(least)} at the very least, ${show(good)} to work well` : `${show(good)} to work well`,
    remedy: 'remove what is not needed (df -h, du -xh --max-depth=2), or choose another folder',
  };
}

const mounted: Check = {
  id: 'state-mount',
  title: 'File system of the state folder',
  group: GROUP,
  uses: HOST_BUILDS,
  async look({ state, signal }): Promise<Finding> {
    const folder = await realpath(await existing(state));
    const { stdout } = await run(['findmnt', '--noheadings', '--output=FSTYPE,OPTIONS', '--target', folder], {
      signal,
    });
    const [type = '', options = ''] = stdout.trim().split(/\s+/);
    const forbidding = ['noexec', 'nosuid', 'ro'].filter((option) => options.split(',').includes(option));
    const found = `${type}${forbidding.length > 0 ? `, mounted ${forbidding.join(', ')}` : ''}`;
    if (forbidding.length === 0) return { status: 'ok', found };
    return {
      status: forbidding.includes('ro') || forbidding.includes('noexec') ? 'failed' : 'warning',
      found,
      expected: 'programs of a buildroot can be executed, also with set-user-id, and it can be written',
      remedy: `mount -o remount,${forbidding.map((option) => ({ noexec: 'exec', nosuid: 'suid', ro: 'rw' })[option]).join(',')} the file system of ${folder}, or choose another folder`,
    };
  },
};

/** Folders of it that are root's alone: they hold set-user-id programs of other systems, and sessions. */
const PRIVATE = ['buildroots', 'sessions'];

const rights: Check = {
  id: 'state-rights',
  title: 'Rights of the state folder',
  group: GROUP,
  uses: HOST_BUILDS,
  async look({ state, isRoot }): Promise<Finding> {
    const own = await stat(state).catch((error: NodeJS.ErrnoException) => error.code ?? 'an error');
    if (own === 'ENOENT') return { status: 'skipped', found: 'not there yet: made by the first run' };
    if (typeof own === 'string') return { status: 'skipped', found: `cannot be looked at: ${own}` };
    const wrong: string[] = [];
    const remedies: string[] = [];
    if (!own.isDirectory())
      return { status: 'failed', found: 'not a folder', expected: 'a folder', remedy: 'choose another' };
    const strange = (uid: number, mode: number) => [
      ...(uid === 0 ? [] : [`owned by uid ${uid}`]),
      ...((mode & 0o022) === 0 ? [] : [`mode ${(mode & 0o7777).toString(8)}, which lets others write`]),
    ];
    for (const problem of strange(own.uid, own.mode)) wrong.push(`${state}: ${problem}`);
    if (wrong.length > 0) remedies.push(`chown root:root ${state} && chmod 755 ${state}`);
    for (const name of PRIVATE) {
      const folder = path.join(state, name);
      const found = await stat(folder).catch(() => undefined);
      if (found === undefined) continue;
      if (found.uid === 0 && (found.mode & 0o077) === 0) continue;
      wrong.push(`${name}: uid ${found.uid}, mode ${(found.mode & 0o7777).toString(8)}`);
      remedies.push(`chown root:root ${folder} && chmod 700 ${folder}`);
    }
    if (isRoot) await access(state, constants.W_OK).catch(() => wrong.push(`${state}: cannot be written`));
    if (wrong.length === 0) return { status: 'ok', found: "root's, and its buildroots and sessions root's alone" };
    return {
      status: 'warning',
      found: wrong.join('; '),
      expected: "root's, with buildroots and sessions mode 700",
      ...(remedies.length > 0 ? { remedy: remedies.join(' && ') } : {}),
    };
  },
};

/** Everything that is kept below the state folder, with its size: buildroots, layers, downloads, caches of compilers. */
const sizes: Check = {
  id: 'kept',
  title: 'What is kept',
  group: GROUP,
  uses: [],
  root: true,
  seconds: 60,
  async look({ state, signal }): Promise<Finding | readonly PartFinding[]> {
    const entries = (await readdir(state, { withFileTypes: true }).catch(() => [])).filter((each) =>
      each.isDirectory(),
    );
    if (entries.length === 0) return { status: 'skipped', found: 'nothing yet' };
    const findings: PartFinding[] = [];
    for (const { name } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const folder = path.join(state, name);
      // Files go while they are counted: what du says of them is no failure.
      const { stdout } = await run(['du', '--summarize', '--block-size=1', '--one-file-system', '--', folder], {
        signal,
        okExitCodes: [0, 1],
      });
      const bytes = Number(/^\d+/.exec(stdout)?.[0] ?? 0);
      const count = (await readdir(folder).catch(() => [])).filter((entry) => !entry.startsWith('.')).length;
      findings.push({
        part: name,
        title: `Kept: ${name}`,
        status: 'ok',
        found: `${formatBytes(bytes)} in ${formatCount(count, 'entry', 'entries')}`,
      });
    }
    return findings;
  },
};

export const DISK_CHECKS: readonly Check[] = [room, mounted, rights, sizes];

/** Mounts of this namespace that are named as those of a session: there are none, since a session has its own. */
export async function sessionMounts(context: Pick<DoctorContext, 'state'>): Promise<string[]> {
  const text = await readFile('/proc/self/mounts', 'utf8');
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([source = '', place = '']) => /^session-/.test(source) || place.startsWith(`${context.state}/sessions/`))
    .map(([, place = '']) => place);
}
