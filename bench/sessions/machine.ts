/** What numbers depend on beside the program: said above every table. */
import { readFile, statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { distFiles } from '../../scripts/build/files.ts';
import { run } from '../../src/process.ts';
import { say } from './table.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Magic numbers of statfs(2), linux/magic.h. */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  16914836: 'tmpfs',
  2035054128: 'overlayfs',
};

/** More than this many processes that want to run are no idle machine. */
const BUSY = 0.5;

/**
 * The line above the tables: date, processors, memory, disk, versions, and how busy the machine was when it began.
 *
 * @param folder where builds write.
 * @param tools name to the command that tells its version.
 */
export async function machine(
  folder: string,
  tools: Readonly<Record<string, readonly [string, ...string[]]>>,
): Promise<string> {
  const [load = 0] = os.loadavg();
  if (load > BUSY) say(`THE MACHINE IS BUSY: its load is ${load.toFixed(1)}; these numbers say little`);
  const [{ model } = { model: 'unknown' }] = os.cpus();
  const { type } = await statfs(folder);
  const versions: string[] = [];
  for (const [name, argv] of Object.entries(tools)) {
    const { stdout, stderr } = await run(argv, { okExitCodes: 'any' });
    versions.push(`${name} ${/\d+(?:\.\d+)+/.exec(stdout + stderr)?.[0] ?? '?'}`);
  }
  const parts = [
    new Date().toISOString().slice(0, 10),
    `${os.availableParallelism()} processors (${model.trim()})`,
    `${Math.round(os.totalmem() / 1024 ** 3)} GB`,
    FILE_SYSTEMS[type] ?? `file system ${type.toString(16)}`,
    `Linux ${os.release().split('-')[0]}`,
    `Node ${process.versions.node}`,
    ...versions,
    `load ${load.toFixed(1)} at the start`,
  ];
  return `Machine: ${parts.join(', ')}.`;
}

/**
 * Builds are measured with `dist/`, as people run it: it has to be what the sources say.
 *
 * @throws Error where it is another one.
 */
export async function checkDist(): Promise<void> {
  for (const [name, { content }] of await distFiles(ROOT)) {
    const found = await readFile(path.join(ROOT, 'dist', name), 'utf8').catch(() => undefined);
    if (found !== content) throw new Error(`dist/${name} is not what the sources give: run npm run build first`);
  }
}
