/** Commands that move channels. */
import { oneLine, UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { PublishKeys } from '../../repository/keys.ts';
import { type MoveResult, promote, rollback } from '../../repository/manage/move.ts';
import { promotePackages } from '../../repository/manage/promote-packages.ts';
import { describeKey } from '../../signing/signer.ts';
import { openSigningKeys } from '../signing-keys.ts';
import { given, type Inputs, type Outcome, type Request, writing } from './request.ts';
import { differenceTable } from './tables.ts';

export async function promoteChannel(inputs: Inputs, request: Request, host: Host): Promise<Outcome> {
  const { channel, snapshot } = inputs;
  const from = channel ?? snapshot;
  if (from === undefined || (channel !== undefined && snapshot !== undefined)) {
    throw new UserError({
      what: 'promote needs to know what is promoted',
      where: 'inputs channel and snapshot',
      expected: 'one of them',
    });
  }
  const to = given(inputs, 'to');
  if (inputs.packages.length > 0 && channel === undefined) {
    throw new UserError({
      what: 'single packages come from a channel',
      where: 'input snapshot',
      expected: 'the input channel instead',
    });
  }
  await using opened = await openKeys(inputs, request, host);
  const { keys } = opened;
  const why = inputs['allow-downgrade'];
  const allowDowngrade = why === undefined ? undefined : oneLine(why);
  const options = { ...writing(inputs, request, host), from, to, allowDowngrade };
  if (inputs.packages.length === 0) {
    const allowKeyChange = inputs['allow-key-change'];
    return moveOutcome(await promote({ ...options, ...keys, allowKeyChange }), inputs, request);
  }
  return moveOutcome(await promotePackages({ ...options, packages: inputs.packages, keys }), inputs, request);
}

export async function rollbackChannel(inputs: Inputs, request: Request, host: Host): Promise<Outcome> {
  const channel = given(inputs, 'channel');
  await using opened = await openKeys(inputs, request, host);
  const options = { ...writing(inputs, request, host), channel, snapshot: inputs.snapshot };
  return moveOutcome(await rollback({ ...options, ...opened.keys }), inputs, request);
}

/** What is told of a channel that moved, or would. */
export function moveOutcome(result: MoveResult, inputs: Inputs, { root }: Request): Outcome {
  const { channel, id, copyOf, former, changed, difference, warnings } = result;
  const dryRun = inputs['dry-run'];
  const made = copyOf === undefined ? '' : `, with the packages of ${copyOf}`;
  const before = former === null ? '' : `, and before to ${former}`;
  let done = `${channel} ${dryRun ? 'would point' : 'points'} to ${id}${made}${before}`;
  if (result.wouldBeMade) done = `${channel} would get a snapshot of its own`;
  else if (id === null) done = `${channel} ${dryRun ? 'would be' : 'is'} removed`;
  return {
    changed,
    channel,
    ...(id === null ? {} : { snapshot: id }),
    conclusion: changed ? done : `Nothing to do: ${channel} points to ${id} already`,
    tables: id === null && difference.length === 0 ? [] : [differenceTable(`What changes in ${channel}`, difference)],
    warnings,
    result: {
      repository: root,
      dryRun,
      channel,
      snapshot: id,
      copyOf: copyOf ?? null,
      former,
      difference,
      reason: inputs['allow-downgrade'] ?? inputs.reason ?? null,
      warnings,
    },
  };
}

interface OpenedKeys extends AsyncDisposable {
  readonly keys: PublishKeys | undefined;
}

/** The keys where they are given: needed only where a former state gets a new date, and for single packages. */
async function openKeys(inputs: Inputs, { fingerprint }: Request, host: Host): Promise<OpenedKeys> {
  const names = ['signing-key', 'gpg-home', 'next-signing-key', 'next-signing-key-fingerprint'] as const;
  if (names.every((name) => inputs[name] === undefined)) {
    return { keys: undefined, [Symbol.asyncDispose]: async () => {} };
  }
  const opened = await openSigningKeys(inputs, fingerprint, undefined, host.signal);
  const { signer, nextSigner, warnings } = opened;
  host.info(`Key: ${describeKey(signer.key)}`);
  if (nextSigner !== undefined) host.info(`Next key: ${describeKey(nextSigner.key)}`);
  for (const warning of warnings) host.warning(warning, { title: 'Signing key' });
  return { keys: { signer, nextSigner }, [Symbol.asyncDispose]: async () => await opened[Symbol.asyncDispose]() };
}
