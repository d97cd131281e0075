/**
 * The state folder of a build host: buildroots, sessions, caches. One for all jobs on the host.
 *
 *     <state>/buildroots/<name>/<generation>/{tree/,generation.json}
 *     <state>/buildroots/<name>/current -> <generation>
 *     <state>/sessions/<id>/
 */
import { chmod, mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { removeDeadSessions } from './leftovers.ts';

/** Default state folder: the system's for root (FHS 5.8), else the user's (XDG Base Directory Specification). */
export function defaultStateFolder(): string {
  if (process.getuid?.() === 0) return '/var/lib/pkg-actions';
  return path.join(process.env['XDG_STATE_HOME'] ?? path.join(os.homedir(), '.local', 'state'), 'pkg-actions');
}

/**
 * Makes the state folder, and clears what killed runs left in it. Buildroots and sessions hold set-user-id programs of
 * another system, and on disk whatever a session writes: nobody but their owner gets at them.
 */
export async function prepareState(folder: string | undefined): Promise<string> {
  const state = path.resolve(folder ?? defaultStateFolder());
  for (const part of ['buildroots', 'sessions']) {
    await mkdir(path.join(state, part), { recursive: true });
    await chmod(path.join(state, part), 0o700);
  }
  await removeDeadSessions(state);
  return state;
}
