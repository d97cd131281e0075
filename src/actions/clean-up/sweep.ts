/** One sweep over this host: below the state folder, in temporary folders, in memory. */
import { tmpdir } from 'node:os';
import { found, type Search } from '../../buildroot/leftovers/leftover.ts';
import { type LeftoverReport, removeLeftovers } from '../../buildroot/leftovers.ts';
import type { Host } from '../../host/host.ts';
import { removeDeadHomes } from '../../signing/gpg-home.ts';

export interface Sweep {
  readonly state: string;
  /** Of this run only; of every dead one when absent. */
  readonly runId?: string;
  /** Where temporary folders of ours may lie, beside the system's. */
  readonly folders: readonly string[];
  readonly dryRun?: boolean;
  readonly measure?: boolean;
}

/** Removes what is dead. What cannot be removed is told as a warning, and in the report. */
export async function sweep({ folders, ...sweep }: Sweep, host: Host): Promise<LeftoverReport> {
  return await removeLeftovers(sweep.state, {
    ...sweep,
    temporary: [tmpdir(), ...folders],
    containers: true,
    more: [keyRings(sweep.dryRun ?? false)],
    logger: host,
  });
}

/** Private key rings of signing runs, with their agents. They lie in memory and would stay to the machine's next start. */
function keyRings(dryRun: boolean): Search {
  return async function* () {
    for (const place of await removeDeadHomes(undefined, true)) {
      yield found('key ring', place, async () => {
        if (!dryRun) await removeDeadHomes();
        return [];
      });
    }
  };
}
