/**
 * What dnf leaves: importing keys starts a gpg-agent for each of its key rings, in a session of its own, and nobody ends
 * it. Processes are known by a variable of their environment, which they inherit from the dnf that we started.
 */
import { readdir, readFile } from 'node:fs/promises';

const VARIABLE = 'PKG_ACTIONS_DNF';

/** What to start a dnf with that works in `folder`. */
export function markedEnvironment(folder: string): Record<string, string> {
  return { [VARIABLE]: folder };
}

/**
 * Ends all processes that were started for `folder` or a folder below it, also by a run that was killed. To be called
 * when every dnf there has ended.
 */
export async function endLeftovers(folder: string): Promise<void> {
  const processes = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of processes) {
    // Others' cannot be read, and any may end meanwhile.
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    const mark = environment.split('\0').find((entry) => entry.startsWith(`${VARIABLE}=`));
    const marked = mark?.slice(VARIABLE.length + 1);
    if (marked === undefined || Number(pid) === process.pid) continue;
    if (marked !== folder && !marked.startsWith(`${folder}/`)) continue;
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
