/** What memory this machine, or the control group that we run in, has and can still give. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export interface Memory {
  /** All there is, in bytes: that of the machine, or the smallest limit of our control groups. */
  readonly total: number;
  /** What can be had without swapping (proc(5), MemAvailable), within these limits. */
  readonly available: number;
  /** What is in tmpfs and shared memory now: not to be had, but already counted as taken. */
  readonly shared: number;
}

/** @param root folder that `proc` and `sys` are in. */
export async function readMemory(root = '/'): Promise<Memory> {
  const text = await read(path.join(root, 'proc/meminfo'));
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
  let total = field('MemTotal');
  let available = field('MemAvailable');
  for (const group of await groupFolders(root)) {
    const { limit, used } = await readGroup(group);
    if (limit === undefined) continue;
    total = Math.min(total, limit);
    available = Math.min(available, Math.max(0, limit - used));
  }
  return { total, available, shared: field('Shmem') };
}

interface GroupFolder {
  readonly folder: string;
  readonly version: 1 | 2;
}

/**
 * Our control groups that may limit memory, and all above them (cgroups(7), `/proc/PID/cgroup`). Of a container the path
 * may be one of the host that is not there inside: what is left of it is the root that is mounted.
 */
async function groupFolders(root: string): Promise<GroupFolder[]> {
  const found: GroupFolder[] = [];
  for (const line of (await read(path.join(root, 'proc/self/cgroup'))).split('\n')) {
    const [, controllers, name] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || name === undefined) continue;
    const isUnified = controllers === '';
    if (!isUnified && !controllers.split(',').includes('memory')) continue;
    const tops = isUnified ? ['sys/fs/cgroup', 'sys/fs/cgroup/unified'] : ['sys/fs/cgroup/memory'];
    for (const top of tops) {
      for (let at = path.posix.normalize(name); ; at = path.posix.dirname(at)) {
        found.push({ folder: path.join(root, top, at), version: isUnified ? 2 : 1 });
        if (at === '/' || at === '.') break;
      }
    }
  }
  return found;
}

/** Limit and use of a group; pages of files that it can give back are not used. */
async function readGroup({ folder, version }: GroupFolder): Promise<{ limit: number | undefined; used: number }> {
  const names =
    version === 2
      ? { limit: 'memory.max', used: 'memory.current', files: 'inactive_file' }
      : { limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', files: 'total_inactive_file' };
  const limit = (await read(path.join(folder, names.limit))).trim();
  // `max`, and of version 1 the largest number of pages, are none.
  if (!/^\d+$/.test(limit) || Number(limit) >= 2 ** 62) return { limit: undefined, used: 0 };
  const used = Number((await read(path.join(folder, names.used))).trim()) || 0;
  const stat = await read(path.join(folder, 'memory.stat'));
  const files = Number(new RegExp(`^${names.files} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0);
  return { limit: Number(limit), used: Math.max(0, used - files) };
}

const read = (file: string) => readFile(file, 'utf8').catch(() => '');
