/**
 * The end of a job: removes what its run left when it was killed, and gives back what it wrote. For a run that ended by
 * itself there is nothing to do.
 */
import path from 'node:path';
import { z } from 'zod';
import { defaultStateFolder } from '../../buildroot/state.ts';
import { messageOf, oneLine } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { recoverOutput, refuseLinkOut } from '../../output-folder.ts';
import { giveBackWritten } from '../../ownership.ts';
import { sweep } from './sweep.ts';

/** What the main step handed on; main.ts. */
const keptSchema = z.object({ state: z.string().optional(), writes: z.array(z.string()) });

/** Inputs that say where actions write: where the main step handed nothing on, as it does on GitLab. */
const WRITTEN = ['output', 'work', 'report', 'report-file'];

/** @returns the exit code, always 0: the job's result is that of its steps. What is in the way is a warning. */
export async function runPost(host: Host): Promise<number> {
  try {
    const { state, writes } = placesOf(host);
    const { removed } = await sweep(
      { state, runId: host.runId, folders: [host.workspace, ...writes.map((place) => path.dirname(place))] },
      host,
    );
    for (const { kind, place } of removed) host.info(`Removed what a killed run left: ${kind} ${place}`);
    for (const place of writes) {
      await refuseLinkOut(host.workspace, place, 'a place written to');
      await recoverOutput(place);
    }
    await giveBackWritten(host, writes);
  } catch (error) {
    host.warning(`cleaning up after the run: ${oneLine(messageOf(error))}`);
  }
  return 0;
}

function placesOf(host: Host): { readonly state: string; readonly writes: readonly string[] } {
  const kept = keptSchema.safeParse(host.keptForPost()).data;
  const given = (name: string) => {
    const value = host.input(name);
    return value === undefined ? [] : [path.resolve(host.workspace, value)];
  };
  return {
    state: kept?.state ?? given('state')[0] ?? defaultStateFolder(),
    writes: kept?.writes ?? WRITTEN.flatMap(given),
  };
}
