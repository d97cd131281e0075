/** The state folder: there, root's, and what holds other systems' programs root's alone. */
import { chown, stat } from 'node:fs/promises';
import path from 'node:path';
import { prepareState } from '../buildroot/state.ts';
import type { Look, Step } from './step.ts';

/** As `prepareState` makes them. */
const PRIVATE = ['buildroots', 'sessions'];

/** @param state absolute. */
export function stateStep(state: string): Step {
  return {
    id: 'state',
    title: `State folder ${state}`,
    async look(): Promise<Look> {
      const wrong: string[] = [];
      const foreign: string[] = [];
      for (const name of PRIVATE) {
        const folder = path.join(state, name);
        const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return undefined;
          throw error;
        });
        if (found === undefined) {
          wrong.push(`make ${folder}`);
          continue;
        }
        if (found.uid !== 0) {
          foreign.push(folder);
          wrong.push(`chown root:root ${folder}`);
        }
        if ((found.mode & 0o7777) !== 0o700) wrong.push(`chmod 700 ${folder}`);
      }
      if (wrong.length === 0) return { state: 'fine', detail: `${PRIVATE.join(' and ')} are there, root's alone` };
      return {
        state: 'needed',
        detail: wrong.join(', '),
        actions: wrong,
        async apply() {
          for (const folder of foreign) await chown(folder, 0, 0);
          await prepareState(state);
          return wrong.join(', ');
        },
      };
    },
  };
}
