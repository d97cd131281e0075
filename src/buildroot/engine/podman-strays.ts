/**
 * What podman started and does not know of. It makes a container by conmon(8), which runs `runc create`; a podman that is
 * killed in the middle leaves both, and podman's own clean-up then removes its record of the container and nothing else:
 * conmon and a `runc init` that waits for ever to be started. No command of podman finds them, so /proc does.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError } from '../../errors.ts';
import { parseStat } from '../../owner.ts';
import { run } from '../../process.ts';

/** A process that was killed is gone within moments, but where it waits for a disk. */
const GONE_SECONDS = 30;
/** What conmon takes for its own end, which podman waits for: it writes how the container ended, and runs podman's clean-up. */
const CONMON_SECONDS = 10;
const TURNS = 20;
/** The cgroup of a container of podman's, whoever manages cgroups: `libpod-<id>`, `libpod-<id>.scope`. */
const CGROUP = /\/libpod-([0-9a-f]{64})\b/;
const PREFIX = 'pkg-actions-';

interface Seen {
  readonly pid: number;
  /** Clock ticks after boot: tells a process from a later one with the same pid. */
  readonly startTime: number;
  readonly argv: readonly string[];
  /** Id of the container whose cgroup it is in. */
  readonly container: string | undefined;
}

/** A container by what conmon was told. */
interface Stray {
  /** Session (or tool run) that it was made for. */
  readonly session: string;
  /** Of the container. */
  readonly id: string;
}

/**
 * Ends what there is of a dead session's container in /proc: the podman that makes it, the runtime, what is in it. conmon
 * then ends by itself, and is made to only where it does not: podman waits for what it writes at its end.
 *
 * @throws InfrastructureError where something cannot be ended.
 */
export async function endPodmanStrays(session: string): Promise<void> {
  const name = `${PREFIX}${session}`;
  const runtimes = new Map<string, readonly string[]>();
  for (let turn = 0; turn < GONE_SECONDS * TURNS; turn++) {
    const all = await processes();
    for (const { argv } of all) {
      const id = conmonOf(argv, name);
      if (id !== undefined) runtimes.set(id, runtimeOf(argv));
    }
    const parts = all.map((each) => [each, partOf(each, name, runtimes)] as const);
    const ours = parts.filter(([, part]) => part !== undefined);
    if (ours.length === 0) {
      for (const [id, runtime] of runtimes) await deleteNoted(runtime, id);
      return;
    }
    for (const [each, part] of ours) {
      if (part === 'container' || (part === 'conmon' && turn >= CONMON_SECONDS * TURNS)) await end(each);
    }
    await sleep(1000 / TURNS);
  }
  throw new InfrastructureError({
    what: 'processes of a container cannot be ended',
    where: name,
    found: `some are left after ${GONE_SECONDS} s: they wait in the kernel, for a disk most often`,
  });
}

/**
 * Containers that conmon still holds, by their sessions.
 *
 * @returns for each the session's name and, where one of its processes has it mounted, the session's folder.
 */
export async function podmanStrays(): Promise<(Stray & { readonly folder: string | undefined })[]> {
  const all = await processes();
  const found: (Stray & { folder: string | undefined })[] = [];
  for (const { argv } of all) {
    const name = argument(argv, '-n');
    const id = name?.startsWith(PREFIX) ? conmonOf(argv, name) : undefined;
    if (name === undefined || id === undefined) continue;
    const session = name.slice(PREFIX.length);
    const inside = all.filter((each) => each.container === id);
    found.push({ session, id, folder: await folderOf(inside, session) });
  }
  return found;
}

/** Which place on this machine a session of that name has: containers see its folder at the same path. */
async function folderOf(inside: readonly Seen[], session: string): Promise<string | undefined> {
  for (const { pid } of inside) {
    const mounts = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
    for (const line of mounts.split('\n')) {
      // Blanks and the like are written in octal: proc_pid_mountinfo(5).
      const place = (line.split(' ')[4] ?? '').replaceAll(/\\([0-7]{3})/g, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 8)),
      );
      if (path.basename(place) === session) return place;
    }
  }
  return undefined;
}

/** What of a container a process is: `container` is the podman and the runtime that make it, and what is in it. */
function partOf(
  { argv, container }: Seen,
  name: string,
  ids: ReadonlyMap<string, unknown>,
): 'container' | 'conmon' | 'cleanup' | undefined {
  if (conmonOf(argv, name) !== undefined) return 'conmon';
  if (container !== undefined && ids.has(container)) return 'container';
  // `podman run`, or setpriv(1) just before it is that.
  if (argv.includes(`--name=${name}`)) return 'container';
  const program = path.basename(argv[0] ?? '');
  if (program === 'conmon' || !argv.some((word) => ids.has(word))) return undefined;
  // That of conmon, at its end.
  if (program === 'podman') return argv.includes('cleanup') ? 'cleanup' : undefined;
  // `runc … create … ID`
  return argv.includes('create') ? 'container' : undefined;
}

/** Id of the container that a process is the conmon of, where it has that name. */
function conmonOf(argv: readonly string[], name: string): string | undefined {
  if (path.basename(argv[0] ?? '') !== 'conmon' || argument(argv, '-n') !== name) return undefined;
  const id = argument(argv, '-c');
  return id !== undefined && /^[0-9a-f]{64}$/.test(id) ? id : undefined;
}

/** The runtime as conmon runs it: with the folder of its notes, where that is not its own choice. */
function runtimeOf(argv: readonly string[]): readonly string[] {
  const given = argv.flatMap((word, index) => {
    if (word.startsWith('--runtime-arg=')) return [word.slice('--runtime-arg='.length)];
    return argv[index - 1] === '--runtime-arg' ? [word] : [];
  });
  const root = given.flatMap((word, index) =>
    word.startsWith('--root=') ? [word] : given[index - 1] === '--root' ? ['--root', word] : [],
  );
  return [argument(argv, '-r') ?? 'runc', ...root];
}

function argument(argv: readonly string[], flag: string): string | undefined {
  const at = argv.indexOf(flag);
  return at === -1 ? undefined : argv[at + 1];
}

/** Its folder below /run and its cgroup. Nothing of it runs any more: what it answers does not matter. */
async function deleteNoted([program = 'runc', ...root]: readonly string[], id: string): Promise<void> {
  await run([program, ...root, 'delete', '--force', id], { okExitCodes: 'any', timeoutSeconds: 60 }).catch(() => {});
}

async function end({ pid, startTime }: Seen): Promise<void> {
  const now = parseStat(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
  if (now?.startTime !== startTime) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What runs on this machine, as far as it is seen from here; without what has ended and was not waited for. */
async function processes(): Promise<Seen[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const seen = await Promise.all(
    names.map(async (name): Promise<Seen[]> => {
      const [stat, command, cgroup] = await Promise.all(
        ['stat', 'cmdline', 'cgroup'].map((file) => readFile(`/proc/${name}/${file}`, 'utf8').catch(() => '')),
      );
      const parsed = parseStat(stat ?? '');
      if (parsed === undefined || 'ZXx'.includes(parsed.state)) return [];
      const argv = (command ?? '').split('\0').slice(0, -1);
      return [{ pid: Number(name), startTime: parsed.startTime, argv, container: CGROUP.exec(cgroup ?? '')?.[1] }];
    }),
  );
  return seen.flat();
}
