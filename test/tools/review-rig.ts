/** Review repositories for tests: the actions as a person uses them, over a release that all tests of a file share. */
import { readlink } from 'node:fs/promises';
import path from 'node:path';
import { action as manageAction } from '../../src/actions/manage-repository/inputs.ts';
import { run as runManage } from '../../src/actions/manage-repository/run.ts';
import { action as publishAction } from '../../src/actions/sign-publish/inputs.ts';
import { run as runPublish } from '../../src/actions/sign-publish/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { ReviewPlace } from '../../src/repository/review/place.ts';
import { readChannels, readSnapshot, type Snapshot } from '../../src/repository/snapshot.ts';
import { generateKey } from '../../src/signing/openpgp.ts';

export interface Bench {
  readonly folder: string;
  readonly repository: string;
}

export class ReviewRig {
  readonly bench: Bench;
  /** Armored private key of reviews. */
  readonly key: string;
  readonly fingerprint: string;
  #count = 0;

  private constructor(bench: Bench, key: string, fingerprint: string) {
    this.bench = bench;
    this.key = key;
    this.fingerprint = fingerprint;
  }

  static async make(bench: Bench): Promise<ReviewRig> {
    const { key, fingerprint } = await generateKey({ name: 'Test Reviews', email: 'reviews@example.org' });
    return new ReviewRig(bench, key.reveal(), fingerprint);
  }

  /** A review that no other test has. */
  name(): string {
    return `CR-${++this.#count}`;
  }

  /** sign-publish to a review. */
  async publish(review: string, builds: readonly string[], inputs: Record<string, string> = {}) {
    const packages = builds.map((each) => path.relative(this.bench.folder, each)).join('\n');
    return await this.act({ review, packages, 'signing-key': this.key, ...inputs });
  }

  async act(inputs: Record<string, string>) {
    const host = new RecordingHost({ repository: 'repository', ...inputs }, { workspace: this.bench.folder });
    const code = await runAction(publishAction, runPublish, host);
    return told(host, code);
  }

  async manage(command: string, inputs: Record<string, string> = {}) {
    const host = new RecordingHost({ command, repository: 'repository', ...inputs }, { workspace: this.bench.folder });
    const code = await runAction(manageAction, runManage, host);
    return { ...told(host, code), result: JSON.parse(host.outputs['result'] ?? '{}') as Record<string, unknown> };
  }

  place(review: string): ReviewPlace {
    return new ReviewPlace(this.bench.repository, review);
  }

  /** The repository that the review serves. */
  async current(review: string): Promise<string> {
    const place = this.place(review);
    return path.dirname(path.resolve(place.links, await readlink(place.link)));
  }

  /** What it serves. */
  async head(review: string): Promise<Snapshot> {
    const paths = this.place(review).repository(path.basename(await this.current(review)));
    return await readSnapshot(paths, (await readChannels(paths)).get('latest') ?? '');
  }
}

function told(host: RecordingHost, code: number) {
  const said = (kind: 'error' | 'warning') => host.annotations(kind).map(({ message }) => message);
  // Keys of tests have no end, as rpm 4.18 does not import those that have one.
  const warnings = said('warning').filter((message) => !/^the signing key \S+ never expires/.test(message));
  return { host, code, errors: said('error'), warnings, outputs: host.outputs };
}
