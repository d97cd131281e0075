/** The last stage: what was published is installed in a clean session of its target, and tried. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { debBuildroot } from '../../buildroot/configuration.ts';
import { releaseSources } from '../../buildroot/release-sources.ts';
import { scratchSize } from '../../buildroot/scratch.ts';
import { holdBuildroot } from '../../buildroot/update.ts';
import type { Packaging } from '../../config/packaging.ts';
import { parseAptSource } from '../../deb/apt-source.ts';
import { download } from '../../download/download.ts';
import type { Host } from '../../host/host.ts';
import { readManifest } from '../../manifest.ts';
import { RepositoryPaths } from '../../repository/layout.ts';
import { readSnapshot } from '../../repository/snapshot.ts';
import { type InstallResult, installAndTry } from '../../systemtest/install.ts';
import type { TargetPlan } from './plan.ts';
import { publishedChannels } from './repository.ts';

export interface InstallSettings {
  readonly packaging: Packaging;
  readonly state: string;
  readonly mirror: string | undefined;
  /** Instead of the smoke commands of the packages. */
  readonly smoke: readonly string[];
}

/** @throws UserError where apt cannot install the packages, or a smoke command fails. */
export async function installPublished(
  { target, repository, jobs }: TargetPlan,
  published: { readonly channel: string; readonly snapshot: string },
  { packaging, state, mirror, smoke }: InstallSettings,
  host: Host,
): Promise<InstallResult> {
  const paths = new RepositoryPaths(repository.root);
  const [own] = await publishedChannels(repository.root, published.channel);
  if (own?.channel !== published.channel) throw new Error(`nothing is published in ${repository.root}`);
  const released = await releaseSources(packaging, target, (key) =>
    download({ ...key, name: 'key.asc' }, { folder: path.join(state, 'downloads'), logger: host, signal: host.signal }),
  );
  const packages = await builtPackages(
    paths,
    published.snapshot,
    jobs.map((job) => job.packages),
  );
  const configuration = await debBuildroot({ target, mirror });
  const { generation, lock } = await holdBuildroot({
    state,
    configuration,
    runId: host.runId,
    logger: host,
    signal: host.signal,
    lockSeconds: packaging.limits.lockTimeout,
    maxAgeSeconds: Number.POSITIVE_INFINITY,
  });
  const result = await installAndTry({
    state,
    scratch: await scratchSize({ requested: 'auto', parallel: 1 }),
    generation,
    lock,
    repository: {
      source: parseAptSource(own.source, 'repository'),
      key: await readFile(path.join(paths.public, 'key.asc'), 'utf8'),
    },
    sources: released.repositories,
    pins: released.pins,
    packages,
    smoke: smoke.length > 0 ? [smoke] : jobs.flatMap((job) => (job.package.smoke ? [job.package.smoke] : [])),
    smokeSeconds: packaging.limits.smokeTimeout,
    timeoutSeconds: 1800,
    runId: host.runId,
    logger: host,
    signal: host.signal,
  });
  for (const entry of result.installed) host.info(`installed ${entry}`);
  for (const { command, output } of result.tried) host.info(`${command}: ${output.split('\n')[0] ?? ''}`);
  return result;
}

/**
 * The packages of a snapshot that these builds gave. By the digests of their files: the snapshot may have the same
 * names for other architectures too, and names of other versions.
 */
export async function builtPackages(
  paths: RepositoryPaths,
  snapshot: string,
  builds: readonly string[],
): Promise<{ name: string; version: string }[]> {
  const built = new Set<string>();
  for (const folder of builds) {
    const { manifest } = await readManifest(folder);
    for (const { role, sha256 } of manifest.files) if (role === 'deb') built.add(sha256);
  }
  return (await readSnapshot(paths, snapshot)).packages
    .filter(({ type, name, files: [file] }) => {
      return type === 'deb' && !name.endsWith('-dbgsym') && file !== undefined && built.has(file.sha256);
    })
    .map(({ name, version }) => ({ name, version }));
}
