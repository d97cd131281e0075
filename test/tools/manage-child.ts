/**
 * A change of channels or a removal in a process of its own, for tests of crashes. Reads its task as JSON from standard
 * input; with `killAt` it ends itself by SIGKILL when that step is done for the `killTime`th time.
 */
import { text } from 'node:stream/consumers';
import { RecordingHost } from '../../src/host/recording.ts';
import { promote, removeChannel, rollback } from '../../src/repository/manage/move.ts';
import { promotePackages } from '../../src/repository/manage/promote-packages.ts';
import { prune } from '../../src/repository/manage/prune.ts';
import type { Step, TransactionOptions } from '../../src/repository/transaction.ts';
import { Secret } from '../../src/secret.ts';
import { openSigner } from '../../src/signing/openpgp.ts';

export type ManageWork =
  | { readonly command: 'promote'; readonly from: string; readonly to: string }
  /** Single source packages, into indexes that `key` signs. */
  | {
      readonly command: 'promote-packages';
      readonly packages: readonly string[];
      readonly from: string;
      readonly to: string;
      readonly key: string;
    }
  | { readonly command: 'rollback'; readonly channel: string; readonly key?: string }
  | { readonly command: 'remove'; readonly channel: string }
  | { readonly command: 'prune'; readonly keep: number };

export interface ManageTask {
  readonly root: string;
  readonly work: ManageWork;
  readonly killAt?: Step;
  readonly killTime?: number;
}

/** Does the work of a task, here or in a process of its own. */
export async function manage(work: ManageWork, options: TransactionOptions): Promise<{ readonly changed: boolean }> {
  const common = { ...options, dryRun: false, reason: 'a test' };
  switch (work.command) {
    case 'promote':
      return await promote({ ...common, from: work.from, to: work.to });
    case 'promote-packages': {
      const { packages, from, to, key } = work;
      return await promotePackages({ ...common, packages, from, to, keys: { signer: await signerOf(key) } });
    }
    case 'rollback': {
      const signer = work.key === undefined ? undefined : await signerOf(work.key);
      return await rollback({ ...common, channel: work.channel, signer });
    }
    case 'remove':
      return await removeChannel({ ...common, channel: work.channel });
    case 'prune':
      return await prune({ ...common, keep: work.keep, keepSeconds: 0 });
  }
}

async function signerOf(key: string) {
  return await openSigner({ key: new Secret(key) });
}

if (process.argv[1] === import.meta.filename) {
  const { root, work, killAt, killTime = 1 } = JSON.parse(await text(process.stdin)) as ManageTask;
  let times = 0;
  const result = await manage(work, {
    root,
    holder: `child ${process.pid}`,
    leaseSeconds: 300,
    logger: new RecordingHost(),
    signal: new AbortController().signal,
    onStep: (step) => {
      if (step === killAt && ++times === killTime) process.kill(process.pid, 'SIGKILL');
    },
  });
  process.stdout.write(JSON.stringify({ changed: result.changed }));
  process.exit(0);
}
