/** What a review that is begun anew takes along from the one before: packages that the new builds do not bring. */
import type { Plan } from '../driver.ts';
import type { RepositoryPaths } from '../layout.ts';
import { type PooledSource, poolBuilds } from '../manage/promote-packages.ts';
import { type PublishOptions, publish } from '../publish.ts';
import type { PackageRef, Snapshot, SnapshotPackage } from '../snapshot.ts';
import type { Brought, ReviewFormat } from './layer.ts';

const INDEPENDENT = new Set(['all', 'noarch']);

/**
 * Packages that go along: those of other source packages, and those of the same version of a source package for
 * architectures that the builds do not bring (`all`, `noarch` and `source` are such too); none whose name the builds bring.
 */
export function carriedPackages(packages: readonly SnapshotPackage[], brought: readonly Brought[]): SnapshotPackage[] {
  const versions = new Map(brought.map(({ source, sourceVersion }) => [source, sourceVersion]));
  const touched = new Set(brought.map(({ source, architecture }) => `${source} ${architecture}`));
  const isTaken = (each: SnapshotPackage) =>
    brought.some(
      ({ kind, name, architecture }) =>
        kind === each.kind &&
        name === each.name &&
        (architecture === each.architecture || INDEPENDENT.has(architecture) || INDEPENDENT.has(each.architecture)),
    );
  return packages.filter((each) => {
    const version = versions.get(each.source) ?? each.sourceVersion;
    const isTouched = touched.has(`${each.source} ${each.architecture}`);
    return each.sourceVersion === version && !isTouched && !isTaken(each);
  });
}

/**
 * Publishes them to the repository that is being begun, from the pool of the one before.
 *
 * @param options of the publish that they go along with: to the new repository.
 * @param packages of `head`.
 * @returns what was carried over.
 */
export async function carryOver<Candidates, P extends Plan, S extends Snapshot>(
  options: PublishOptions,
  packages: readonly SnapshotPackage[],
  head: S,
  paths: RepositoryPaths,
  format: ReviewFormat<Candidates, P, S>,
  settings: S['settings'] | undefined,
): Promise<PackageRef[]> {
  for (const [component, group] of byComponent(packages)) {
    const builds = sourcesOf(group, packages, head).flatMap((source) => poolBuilds(source, head, paths));
    const driver = format.driver(settings, component);
    await publish(
      { ...options, packages: [], approve: undefined, allowedSigners: undefined },
      { ...driver, read: async (_, context) => await driver.read(builds, context) },
    );
  }
  return packages.map(({ kind, name, version, architecture }) => ({ kind, name, version, architecture }));
}

/** Debug symbols go with their packages; rpm has no components. */
function byComponent(packages: readonly SnapshotPackage[]): Map<string | undefined, SnapshotPackage[]> {
  const groups = new Map<string | undefined, SnapshotPackage[]>();
  for (const each of packages) {
    const component = each.headerDigest === undefined ? each.component?.replace(/\/debug$/, '') : undefined;
    groups.set(component, [...(groups.get(component) ?? []), each]);
  }
  return groups;
}

/** Records go along where the whole source package does. */
function sourcesOf(group: readonly SnapshotPackage[], carried: readonly SnapshotPackage[], head: Snapshot) {
  const sources = new Map<string, PooledSource & { packages: SnapshotPackage[] }>();
  for (const each of group) {
    const { source: name, sourceVersion: version } = each;
    const key = `${name} ${version}`;
    const isOf = (other: { source: string; sourceVersion: string }) =>
      other.source === name && other.sourceVersion === version;
    const isWhole = head.packages.filter(isOf).every((other) => carried.includes(other));
    const records = isWhole ? head.records.filter(isOf) : [];
    const known = sources.get(key) ?? { name, version, packages: [], records };
    known.packages.push(each);
    sources.set(key, known);
  }
  return [...sources.values()];
}
