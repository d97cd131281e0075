/** The last stage: what was published is installed in a clean session of its target, and tried. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../../buildroot/engine/engine.ts';
import type { Generation } from '../../buildroot/generation.ts';
import { releaseSourcesRpm } from '../../buildroot/mock/release-sources.ts';
import { rpmRepository } from '../../buildroot/mock/repositories.ts';
import { releaseSources } from '../../buildroot/release-sources.ts';
import { requestedBuildroot } from '../../buildroot/request.ts';
import { parallelBuilds, scratchSize } from '../../buildroot/scratch.ts';
import { holdBuildroot } from '../../buildroot/update.ts';
import type { Packaging } from '../../config/packaging.ts';
import { parseAptSource } from '../../deb/apt-source.ts';
import { download } from '../../download/download.ts';
import type { Host } from '../../host/host.ts';
import type { Lock } from '../../lock.ts';
import { readManifest } from '../../manifest.ts';
import { RepositoryPaths } from '../../repository/layout.ts';
import { DEBUG } from '../../repository/rpm/folders.ts';
import { readSnapshot, type SnapshotPackage } from '../../repository/snapshot.ts';
import { baseArchitecture } from '../../rpm/architecture.ts';
import { readRpmPackage } from '../../rpm/read-package.ts';
import { installAndTry } from '../../systemtest/install.ts';
import { installAndTryRpm } from '../../systemtest/install-rpm.ts';
import type { InstallResult } from '../../systemtest/smoke.ts';
import type { TargetPlan } from './plan.ts';
import { type PublishedChannel, publishedChannels } from './repository.ts';

export interface InstallSettings {
  readonly packaging: Packaging;
  readonly state: string;
  readonly engine: Engine;
  readonly mirror: string | undefined;
  /** What packages are downloaded through. */
  readonly proxy: string | undefined;
  /** Instead of the smoke commands of the packages. */
  readonly smoke: readonly string[];
}

/** Wall-clock limit of one call of apt or dnf. */
const INSTALL_SECONDS = 1800;

/** @throws UserError where apt or dnf cannot install the packages, or a smoke command fails. */
export async function installPublished(
  plan: TargetPlan,
  published: { readonly channel: string; readonly snapshot: string },
  settings: InstallSettings,
  host: Host,
): Promise<InstallResult> {
  const { target, repository, jobs } = plan;
  const { packaging, state, engine, mirror, smoke, proxy } = settings;
  const [own] = await publishedChannels(repository.root, published.channel);
  if (own?.channel !== published.channel) throw new Error(`nothing is published in ${repository.root}`);
  const packages = await builtPackages(
    new RepositoryPaths(repository.root),
    published.snapshot,
    jobs.map((job) => job.packages),
  );
  const configuration = await requestedBuildroot({ target, mirror });
  const common = {
    state,
    engine,
    // Beside what builds of other jobs were promised.
    scratch: await scratchSize({ requested: 'auto', parallel: await parallelBuilds('auto', undefined) }),
    proxy,
    packages,
    smoke: smoke.length > 0 ? [smoke] : jobs.flatMap((job) => (job.package.smoke ? [job.package.smoke] : [])),
    smokeSeconds: packaging.limits.smokeTimeout,
    timeoutSeconds: INSTALL_SECONDS,
    runId: host.runId,
    logger: host,
    signal: host.signal,
  };
  const hold = () =>
    holdBuildroot({
      state,
      engine,
      configuration,
      proxy,
      runId: host.runId,
      logger: host,
      signal: host.signal,
      lockSeconds: packaging.limits.lockTimeout,
      maxAgeSeconds: Number.POSITIVE_INFINITY,
    });
  const install = target.format === 'deb' ? installDebs : installRpms;
  const result = await install(common, { plan, settings, own, architecture: configuration.architecture, hold }, host);
  for (const entry of result.installed) host.info(`installed ${entry}`);
  for (const { command, output } of result.tried) host.info(`${command}: ${output.split('\n')[0] ?? ''}`);
  return result;
}

type Common = Omit<Parameters<typeof installAndTryRpm>[0], 'generation' | 'lock' | 'repository' | 'sources'>;

interface Place {
  readonly plan: TargetPlan;
  readonly settings: InstallSettings;
  /** The channel that was published to. */
  readonly own: PublishedChannel;
  /** Of the buildroot, by the format's name. */
  readonly architecture: string;
  /** Last of all, since from there on there is a lock to be released. */
  readonly hold: () => Promise<{ readonly generation: Generation; readonly lock: Lock }>;
}

const publicKey = (root: string) => readFile(path.join(new RepositoryPaths(root).public, 'key.asc'), 'utf8');

const keyFetcher = (state: string, host: Host) => (key: { readonly url: string; readonly sha256: string }) =>
  download({ ...key, name: 'key.asc' }, { folder: path.join(state, 'downloads'), logger: host, signal: host.signal });

async function installDebs(common: Common, { plan, settings, own, hold }: Place, host: Host): Promise<InstallResult> {
  const released = await releaseSources(settings.packaging, plan.target, keyFetcher(settings.state, host));
  const key = await publicKey(plan.repository.root);
  return await installAndTry({
    ...common,
    ...(await hold()),
    repository: { source: parseAptSource(own.source, 'repository'), key },
    sources: released.repositories,
    pins: released.pins,
  });
}

async function installRpms(
  common: Common,
  { plan, settings, own, architecture, hold }: Place,
  host: Host,
): Promise<InstallResult> {
  const sources = await releaseSourcesRpm(settings.packaging, plan.target, keyFetcher(settings.state, host));
  const url = `file://${path.join(own.folder, baseArchitecture(architecture))}`;
  const keys = [await publicKey(plan.repository.root)];
  const repository = rpmRepository({ name: 'pkg-actions-published', url, keys, trusted: false }, 'the repository');
  return await installAndTryRpm({ ...common, ...(await hold()), repository, sources });
}

/**
 * The packages of a snapshot that these builds gave, without debug information. By what is in them: the snapshot may
 * have the same names for other architectures too, and names of other versions.
 */
export async function builtPackages(
  paths: RepositoryPaths,
  snapshot: string,
  builds: readonly string[],
): Promise<{ name: string; version: string; architecture: string }[]> {
  const built = new Set<string>();
  for (const build of builds) {
    const { manifest, folder } = await readManifest(build);
    for (const { name, role, sha256 } of manifest.files) {
      if (role === 'deb') built.add(sha256);
      // Signing has changed the file since, but not its main header.
      if (role === 'rpm') built.add((await readRpmPackage(path.join(folder, name))).headerDigest);
    }
  }
  const isBuilt = ({ headerDigest, files: [file] }: SnapshotPackage) =>
    built.has(headerDigest ?? '') || (file !== undefined && built.has(file.sha256));
  return (await readSnapshot(paths, snapshot)).packages
    .filter((each) => (each.type === 'deb' || each.type === 'rpm') && isBuilt(each) && !isDebug(each))
    .map(({ name, version, architecture }) => ({ name, version, architecture }));
}

function isDebug({ type, name, component }: SnapshotPackage): boolean {
  return type === 'deb' ? name.endsWith('-dbgsym') : component === DEBUG;
}
