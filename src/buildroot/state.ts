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
import { UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { removeLeftovers } from './leftovers.ts';

/** Default state folder: the system's for root (FHS 5.8), else the user's (XDG Base Directory Specification). */
export function defaultStateFolder(): string {
  if (process.getuid?.() === 0) return '/var/lib/pkg-actions';
  return path.join(process.env['XDG_STATE_HOME'] ?? path.join(os.homedir(), '.local', 'state'), 'pkg-actions');
}

/**
 * Makes the state folder, and clears what killed runs left in it. Buildroots and sessions hold set-user-id programs of
 * another system, and on disk whatever a session writes: nobody but their owner gets at them.
 *
 * @param logger is told what cannot be cleared.
 * @throws UserError when this is not root, before anything is looked at: a folder of root's would only say less.
 * @throws UserError where the folder cannot be made.
 */
export async function prepareState(folder: string | undefined, logger?: Pick<Logger, 'warning'>): Promise<string> {
  if (process.getuid?.() !== 0) {
    throw new UserError({
      what: 'buildroots and build sessions on the host need root',
      found: `uid ${process.getuid?.()}`,
      remedy: 'run as root, or with sudo',
    });
  }
  const state = path.resolve(folder ?? defaultStateFolder());
  try {
    for (const part of ['buildroots', 'sessions']) {
      await mkdir(path.join(state, part), { recursive: true });
      await chmod(path.join(state, part), 0o700);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      {
        what: 'the state folder cannot be made',
        where: state,
        found: code ?? 'an error',
        expected: 'a folder that root can write, the input state',
      },
      { cause: error },
    );
  }
  await removeLeftovers(state, logger === undefined ? {} : { logger });
  return state;
}
