/** The source package of one job: its projects, fetched where they are given by URL, and `prepare-sources` on them. */
import path from 'node:path';
import type { Host } from '../../host/host.ts';
import { type Manifest, readManifest } from '../../manifest.ts';
import { action } from '../prepare-sources/inputs.ts';
import { run } from '../prepare-sources/run.ts';
import type { Job, TargetPlan } from './plan.ts';
import { checkOut } from './projects.ts';
import { publishedChannels } from './repository.ts';
import { type SharedValues, sharedFor } from './shared.ts';
import type { Stages } from './stage.ts';

export interface PreparedJob {
  readonly version: string;
  /** The commits it was made from. */
  readonly origins: Manifest['origins'];
  readonly seconds: number;
}

export interface PrepareSettings {
  readonly work: string;
  readonly state: string;
  /** The packaging file; `undefined` where there is none. */
  readonly packaging: string | undefined;
  readonly shared: SharedValues;
}

/** @throws whatever git or `prepare-sources` throw. */
export async function prepareJob(
  job: Job,
  { root, channel }: TargetPlan['repository'],
  { work, state, packaging, shared }: PrepareSettings,
  stages: Stages,
  host: Host,
): Promise<PreparedJob> {
  const started = performance.now();
  const { package: entry, target } = job;
  const place = (role: string) => path.join(work, 'projects', `${entry.name}-${role}.git`);
  const code = await checkOut(entry.code, 'code', place('code'), host.signal);
  const spec = entry.spec && (await checkOut(entry.spec, 'spec', place('spec'), host.signal));
  // An orig tarball that was published once is the one for its version, whatever a later git or gzip would make.
  const orig =
    target.format === 'deb'
      ? (await publishedChannels(root, channel)).map(({ source }) => source).join('\n')
      : undefined;
  const { outputs } = await stages.run(`Prepare ${entry.name} for ${target.name}`, action, run, {
    ...sharedFor(shared, target.format, action.inputs),
    packaging,
    package: entry.name,
    target: job.reference,
    code: code.folder,
    ref: code.ref,
    spec: spec?.folder,
    'spec-ref': spec?.ref,
    output: job.sources,
    state,
    // A packaging file has it, and the stage reads it there.
    'version-suffix': packaging === undefined ? entry.versions.suffixes[target.name] : undefined,
    orig,
  });
  const { manifest } = await readManifest(outputs.manifest);
  return { version: outputs.version, origins: manifest.origins, seconds: (performance.now() - started) / 1000 };
}
