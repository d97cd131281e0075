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
  readonly killAt?: Step;
  readonly killTime?: number;
  readonly leaseSeconds?: number;
}

const task = JSON.parse(await text(process.stdin)) as ChildTask;
let times = 0;
const options: PublishOptions = {
  root: task.root,
  packages: task.packages,
  channel: task.channel ?? 'latest',
  signer: await openSigner({ key: new Secret(task.key) }),
  allowReview: false,
  allowKeyChange: false,
  holder: `child ${process.pid}`,
  leaseSeconds: task.leaseSeconds ?? 120,
  logger: new RecordingHost(),
  signal: new AbortController().signal,
  onStep: (step) => {
    if (step === task.killAt && ++times === (task.killTime ?? 1)) process.kill(process.pid, 'SIGKILL');
  },
};
const result =
  task.format === 'deb'
    ? await publish(options, debDriver({ name: 'Test', architectures: ['amd64'] }))
    : await publish(options, rpmDriver({ name: 'Test' }));
process.stdout.write(JSON.stringify({ changed: result.changed, snapshot: result.snapshot.id }));
process.exit(0);
