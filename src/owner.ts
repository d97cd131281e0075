/**
 * Who made something on disk, and whether that process still lives. By the kernel's word alone: a process is told by
 * its id in its pid namespace and by when it started, a machine's uptime by its boot id. Age says nothing: a build may
 * take days, and a pid is given again within minutes.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { z } from 'zod';

/** What `owner.json` says. */
export const ownerSchema = z.object({
  /** Run (job) that it belongs to, `Host.runId`. */
  runId: z.string().optional(),
  pid: z.int().positive(),
  /** Clock ticks after boot at which the process started: field 22 of /proc/PID/stat, proc_pid_stat(5). */
  startTime: z.int().nonnegative(),
  /** The beginning of /proc/sys/kernel/random/boot_id, eight digits: random(4). */
  bootId: z.string(),
  /** Inode of the pid namespace in which `pid` counts, pid_namespaces(7). */
  pidNamespace: z.int().nonnegative(),
  /** Of a session: where it runs. */
  engine: z.string().optional(),
});
export type Owner = z.infer<typeof ownerSchema>;
/** The part of it that says which process. */
export type Process = Pick<Owner, 'pid' | 'startTime' | 'bootId' | 'pidNamespace'>;

/** `unknown`: it lives, if it does, in a pid namespace that cannot be looked into from here. */
export type OwnerState = 'alive' | 'dead' | 'unknown';

export const OWNER_NAME = 'owner.json';

/** Inode of the machine's own pid namespace, from which all others are seen (PROC_PID_INIT_INO of the kernel). */
const MACHINE_NAMESPACE = 0xeffffffc;

let self: Process | undefined;

/** This process. */
export function currentOwner(runId?: string): Owner {
  self ??= {
    // Node's pid is that of our own namespace, as that of /proc is where it was mounted for it.
    pid: process.pid,
    startTime: parseStat(readFileSync('/proc/self/stat', 'utf8'))?.startTime ?? 0,
    bootId: readBootId(),
    pidNamespace: namespaceOf(readlinkSync('/proc/self/ns/pid')),
  };
  return { ...(runId === undefined ? {} : { runId }), ...self };
}

/** Whether the process that is told by `owner` still lives. */
export async function ownerState(owner: Process): Promise<OwnerState> {
  const me = currentOwner();
  // Before the last start of this machine.
  if (owner.bootId !== me.bootId) return 'dead';
  if (owner.pidNamespace === me.pidNamespace) return (await isProcess(owner.pid, owner)) ? 'alive' : 'dead';
  return me.pidNamespace === MACHINE_NAMESPACE ? await stateInside(owner) : 'unknown';
}

/** From the machine's own namespace every process is seen, and with it what its id is in its own. */
async function stateInside(owner: Process): Promise<OwnerState> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const namespace = await readlink(`/proc/${name}/ns/pid`).catch((error: NodeJS.ErrnoException) => error.code);
    const isHidden = namespace === 'EACCES' || namespace === 'EPERM';
    if (!isHidden && (namespace === undefined || namespaceOf(namespace) !== owner.pidNamespace)) continue;
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
    const [, ids = ''] = /^NSpid:\s+(.*)$/m.exec(status) ?? [];
    if (ids.split(/\s+/).at(-1) !== String(owner.pid) || !(await isProcess(Number(name), owner))) continue;
    // Its namespace is shown to who may trace it: root without CAP_SYS_PTRACE may not. It may be the one.
    return isHidden ? 'unknown' : 'alive';
  }
  // Root sees the processes of all; others, where /proc hides them, only their own (hidepid of proc(5)).
  return process.getuid?.() === 0 ? 'dead' : 'unknown';
}

async function isProcess(pid: number, { startTime }: Pick<Owner, 'startTime'>): Promise<boolean> {
  const stat = parseStat(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
  // What has ended and was not waited for holds nothing any more.
  return stat !== undefined && stat.startTime === startTime && !'ZXx'.includes(stat.state);
}

/** State and start of a process. Its name, in parentheses, may hold anything. */
export function parseStat(text: string): { readonly state: string; readonly startTime: number } | undefined {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const startTime = Number(fields[19]);
  const [state = ''] = fields;
  return text.includes(')') && Number.isInteger(startTime) ? { state, startTime } : undefined;
}

function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
}

/** `pid:[4026531836]` as a number. */
function namespaceOf(link: string): number {
  return Number(/\d+/.exec(link)?.[0] ?? 0);
}

/**
 * A name that tells its owner: so that a folder or file is never there without saying whose it is, which a record
 * written into it could not promise. `<prefix><owner>-<random>`.
 */
export function ownedName(prefix: string): string {
  const { pid, startTime, pidNamespace, bootId } = currentOwner();
  const owner = [pid, startTime, pidNamespace].map((number) => number.toString(36)).join('.');
  return `${prefix}${owner}.${bootId}-${randomBytes(4).toString('hex')}`;
}

/** The owner that a name of `ownedName` tells; `undefined` for any other name. */
export function ownerOfName(name: string): Process | undefined {
  const match = /([0-9a-z]+)\.([0-9a-z]+)\.([0-9a-z]+)\.([0-9a-f]{8})-[0-9a-f]{8}(?:\.[a-z]+)?$/.exec(name);
  if (match === null) return undefined;
  const [pid = 0, startTime = 0, pidNamespace = 0] = match.slice(1, 4).map((text) => Number.parseInt(text, 36));
  return { pid, startTime, pidNamespace, bootId: match[4] ?? '' };
}

/** The record in a folder; `undefined` where there is none that can be read. */
export async function readOwner(file: string): Promise<Owner | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // Cut off by what killed its writer.
    return undefined;
  }
}
