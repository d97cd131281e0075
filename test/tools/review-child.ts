/**
 * Publishes to a review or removes one in a process of its own, for tests of crashes. Reads its task as JSON from standard
 * input; with `killAt` it ends itself by SIGKILL when that step is done.
 */
import { text } from 'node:stream/consumers';
import { RecordingHost } from '../../src/host/recording.ts';
import { debReview } from '../../src/repository/review/deb.ts';
import { publishReview } from '../../src/repository/review/publish.ts';
import { removeReviews } from '../../src/repository/review/remove.ts';
import { Secret } from '../../src/secret.ts';
import { openSigner } from '../../src/signing/openpgp.ts';

export interface ReviewTask {
  readonly root: string;
  readonly review: string;
  /** Builds to publish; the review is removed where there are none. */
  readonly packages: readonly string[];
  readonly key: string;
  /** A step of a publish, of a review or of a removal. */
  readonly killAt: string;
}

const { root, review, packages, key, killAt } = JSON.parse(await text(process.stdin)) as ReviewTask;
const onStep = (step: string) => {
  if (step === killAt) process.kill(process.pid, 'SIGKILL');
};
const common = {
  root,
  holder: `child ${process.pid}`,
  leaseSeconds: 300,
  logger: new RecordingHost(),
  signal: new AbortController().signal,
};
if (packages.length === 0) {
  await removeReviews({ ...common, names: [review], dryRun: false, onStep });
} else {
  const signer = await openSigner({ key: new Secret(key) });
  const options = { ...common, review, packages, signer, channel: 'latest', allowKeyChange: false };
  const format = debReview({ name: 'Test', architectures: ['amd64'] }, review, undefined);
  await publishReview({ ...options, onStep, onReviewStep: onStep }, format);
}
process.exit(0);
