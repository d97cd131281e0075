import { readdir, readFile } from 'node:fs/promises';

/** Mounts and processes of this machine, this process excepted, that name `text`. */
export async function traces(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const mounts = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (mounts.includes(text)) found.push(`mount seen by ${pid}`);
    if (command.includes(text)) found.push(`process ${pid}: ${command.replaceAll('\0', ' ')}`);
  }
  return found;
}
