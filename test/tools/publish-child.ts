/**
 * A publisher in a process of its own, for tests of crashes and of several publishers. Reads its task as JSON from
 * standard input; with `killAt` it ends itself by SIGKILL when that step is done for the `killTime`th time.
 */
import { text } from 'node:stream/consumers';
import { RecordingHost } from '../../src/host/recording.ts';
import { debDriver } from '../../src/repository/deb/driver.ts';
import { type PublishOptions, publish } from '../../src/repository/publish.ts';
import { rpmDriver } from '../../src/repository/rpm/driver.ts';
import type { Step } from '../../src/repository/transaction.ts';
import { Secret } from '../../src/secret.ts';
import { openSigner } from '../../src/signing/openpgp.ts';

export interface ChildTask {
  readonly format: 'deb' | 'rpm';
  readonly root: string;
  readonly packages: readonly string[];
  readonly key: string;
  readonly channel?: string;
  /** Why packages of it may be older than published ones. */
  readonly allowDowngrade?: string;
  readonly killAt?: Step;
  readonly killTime?: number;
  readonly leaseSeconds?: number;
}

/** What a task asks for, here or in a process of its own. */
export async function publishTask(
  task: Omit<ChildTask, 'killAt' | 'killTime'>,
  options: Partial<PublishOptions> = {},
): Promise<{ readonly changed: boolean; readonly snapshot: { readonly id: string } }> {
  const all: PublishOptions = {
    root: task.root,
    packages: task.packages,
    channel: task.channel ?? 'latest',
    signer: await openSigner({ key: new Secret(task.key) }),
    allowReview: false,
    allowKeyChange: false,
    allowDowngrade: task.allowDowngrade,
    holder: `child ${process.pid}`,
    leaseSeconds: task.leaseSeconds ?? 120,
    logger: new RecordingHost(),
    signal: new AbortController().signal,
    ...options,
  };
  return task.format === 'deb'
    ? await publish(all, debDriver({ name: 'Test', architectures: ['amd64'] }))
    : await publish(all, rpmDriver({ name: 'Test' }));
}

if (process.argv[1] === import.meta.filename) {
  const task = JSON.parse(await text(process.stdin)) as ChildTask;
  let times = 0;
  const result = await publishTask(task, {
    onStep: (step) => {
      if (step === task.killAt && ++times === (task.killTime ?? 1)) process.kill(process.pid, 'SIGKILL');
    },
  });
  process.stdout.write(JSON.stringify({ changed: result.changed, snapshot: result.snapshot.id }));
  process.exit(0);
}
