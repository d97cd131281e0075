/** What is asked for, and what every command answers with. */
import { oneLine, UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues } from '../../inputs.ts';
import type { action } from './inputs.ts';
import type { RepositoryRequest } from './repository.ts';
import type { Table } from './tables.ts';

export type Inputs = InputValues<typeof action.inputs>;

/** What came of a command. */
export interface Outcome {
  readonly changed: boolean;
  readonly channel?: string;
  readonly snapshot?: string;
  /** Where it is another than `<url>/snapshots/<snapshot>`. */
  readonly uri?: string;
  /** One sentence. */
  readonly conclusion: string;
  readonly tables: readonly Table[];
  readonly warnings?: readonly string[];
  /** A stable form for programs. */
  readonly result: object;
}

export interface Request extends RepositoryRequest {
  readonly root: string;
}

/** What every command that writes is given. */
export function writing(inputs: Inputs, { root, leaseSeconds }: Request, host: Host) {
  return {
    root,
    leaseSeconds,
    holder: host.runUrl ?? `the run ${host.runId}`,
    run: host.runUrl,
    logger: host,
    signal: host.signal,
    onStep: (step: string) => host.debug(`done: ${step}`),
    dryRun: inputs['dry-run'],
    // It becomes a part of logs and pages too.
    reason: inputs.reason === undefined ? undefined : oneLine(inputs.reason),
  };
}

/** @throws UserError where the command needs the input, and it is not given. */
export function given(inputs: Inputs, name: 'channel' | 'to'): string {
  const value = inputs[name];
  if (value !== undefined) return value;
  throw new UserError({
    what: `${inputs.command} needs to know the channel`,
    where: `input ${name}`,
    expected: 'the name of a channel',
  });
}
