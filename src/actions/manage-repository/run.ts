/** Channels and snapshots: reads the inputs, does what is asked for, and tells what was done. */
import { UserError } from '../../errors.ts';
import { formatBytes, formatCount } from '../../format.ts';
import type { Host } from '../../host/host.ts';
import type { OutputValues } from '../../inputs.ts';
import { writeReport } from '../../report-file.ts';
import { removeChannel } from '../../repository/manage/move.ts';
import { prune } from '../../repository/manage/prune.ts';
import { resolveAddress, resolveFolder } from '../../repository/manage/resolve.ts';
import type { action } from './inputs.ts';
import { compare, list } from './look.ts';
import { moveOutcome, promoteChannel, rollbackChannel } from './move.ts';
import { type RepositoryRequest, resolveRepository } from './repository.ts';
import { given, type Inputs, type Outcome, type Request, writing } from './request.ts';
import { pruneReview, removeReview } from './reviews.ts';
import { markdown, pruneTables } from './tables.ts';

type Command = Inputs['command'];

const KEEP = 5;
const KEEP_SECONDS = 30 * 86_400;

/** Inputs that not every command knows, and which do. */
const COMMANDS_OF = {
  channel: ['list', 'diff', 'promote', 'rollback', 'remove-channel', 'resolve'],
  snapshot: ['list', 'diff', 'promote', 'rollback'],
  against: ['diff'],
  to: ['promote'],
  packages: ['promote'],
  'allow-downgrade': ['promote'],
  'allow-key-change': ['promote'],
  reason: ['promote', 'rollback', 'prune', 'remove-channel'],
  keep: ['prune'],
  'keep-for': ['prune', 'prune-reviews'],
  review: ['list', 'remove-review'],
  'dry-run': ['promote', 'rollback', 'prune', 'remove-channel', 'remove-review', 'prune-reviews'],
} as const satisfies Partial<Record<keyof Inputs, readonly Command[]>>;

/** @throws UserError when it cannot or may not be done; the repository is as it was then. */
export async function run(inputs: Inputs, host: Host): Promise<OutputValues<typeof action.outputs>> {
  checkInputs(inputs);
  const request = await resolveRepository(inputs);
  const outcome = await runCommand(inputs, request, host);
  const { changed, channel = '', snapshot = '', conclusion, tables, warnings = [] } = outcome;
  for (const warning of warnings) host.warning(warning);
  host.notice(conclusion);
  await host.summary(['## Repository', '', `${conclusion}.`, '', ...tables.map(markdown)].join('\n'));
  const result = { schema: 'pkg-actions/manage-repository/1', command: inputs.command, changed, ...outcome.result };
  if (inputs.report !== undefined) await writeReport(inputs.report, result);
  return {
    changed: String(changed),
    channel,
    snapshot,
    'snapshot-uri': outcome.uri ?? (snapshot === '' ? '' : `${request.url}/snapshots/${snapshot}`),
    result: JSON.stringify(result),
  };
}

async function runCommand(inputs: Inputs, request: RepositoryRequest, host: Host): Promise<Outcome> {
  const { command } = inputs;
  if (command === 'resolve') return await resolve(inputs, request, host);
  const { root } = request;
  if (root === undefined) throw new Error('the folder of the repository is not known');
  const known = { ...request, root };
  switch (command) {
    case 'list':
      return await list(inputs, known);
    case 'diff':
      return await compare(inputs, known);
    case 'promote':
      return await promoteChannel(inputs, known, host);
    case 'rollback':
      return await rollbackChannel(inputs, known, host);
    case 'remove-channel': {
      const channel = given(inputs, 'channel');
      return moveOutcome(await removeChannel({ ...writing(inputs, known, host), channel }), inputs, known);
    }
    case 'prune':
      return await runPrune(inputs, known, host);
    case 'remove-review':
      return await removeReview(inputs, known, host);
    case 'prune-reviews':
      return await pruneReview(inputs, known, host);
  }
}

async function resolve(inputs: Inputs, { root, url }: RepositoryRequest, host: Host): Promise<Outcome> {
  const channel = inputs.channel ?? 'latest';
  const options = { logger: host, signal: host.signal, workspace: host.workspace };
  const found =
    root === undefined ? await resolveAddress(url, channel, options) : await resolveFolder(root, channel, url, options);
  const { id, uri } = found;
  return {
    changed: false,
    channel,
    snapshot: id,
    uri,
    conclusion: `${channel} stands for ${uri}`,
    tables: [],
    result: { channel, snapshot: id, uri },
  };
}

async function runPrune(inputs: Inputs, request: Request, host: Host): Promise<Outcome> {
  const { keep = KEEP, 'keep-for': keepSeconds = KEEP_SECONDS } = inputs;
  const result = await prune({ ...writing(inputs, request, host), keep, keepSeconds });
  const { removed, kept, files, bytes, changed } = result;
  const verb = inputs['dry-run'] ? 'Would remove' : 'Removed';
  const what = `${formatCount(removed.length, 'snapshot')} and ${formatCount(files.length, 'file')} of the pool (${formatBytes(bytes)})`;
  return {
    changed,
    conclusion: `${changed ? `${verb} ${what}` : 'Nothing to remove'}; ${formatCount(kept.length, 'snapshot stays', 'snapshots stay')}`,
    tables: pruneTables(result, inputs['dry-run']),
    result: { repository: request.root, dryRun: inputs['dry-run'], removed, kept, files, bytes },
  };
}

/** An input that does nothing would be taken for one that does. */
function checkInputs(inputs: Inputs): void {
  for (const [name, commands] of Object.entries(COMMANDS_OF)) {
    const value = inputs[name as keyof typeof COMMANDS_OF];
    if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) continue;
    if ((commands as readonly Command[]).includes(inputs.command)) continue;
    throw new UserError({
      what: `an input that ${inputs.command} has no use for`,
      where: `input ${name}`,
      found: String(value),
      expected: `it with ${commands.join(', ')}`,
      remedy: 'leave it out',
    });
  }
}
