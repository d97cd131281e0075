/**
 * What of a staged snapshot is tried in sessions: binary packages that the publish brings. Debug information is for
 * those who ask for it, and needs exactly its package; udebs are for an installer; sources are not installed.
 */
import path from 'node:path';
import type { Build } from '../../repository/builds.ts';
import { orderOf } from '../../repository/manage/difference.ts';
import type { StagedSnapshot } from '../../repository/publish.ts';
import { DEBUG } from '../../repository/rpm/folders.ts';
import type { SnapshotPackage } from '../../repository/snapshot.ts';
import { baseArchitecture } from '../../rpm/architecture.ts';
import type { ChangedPackage, PoolPackage } from '../../systemtest/client-check/request.ts';

export interface ClientPackages {
  readonly changed: readonly ChangedPackage[];
  /** Of the staged snapshot, the others. */
  readonly unchanged: readonly PoolPackage[];
  /** All of the channel's snapshot before. */
  readonly former: readonly PoolPackage[];
  /** Of these, what was made with packages that become newer, and has no newer version. */
  readonly companions: readonly PoolPackage[];
  /** What clients of the architecture read: of deb the snapshot's folder, of rpm one in it. */
  readonly stagedFolder: string;
  readonly formerFolder: string | undefined;
}

/**
 * @param architecture of the machine; all when absent.
 * @param target only what was built for it; all when absent.
 */
export function clientPackages(
  staged: StagedSnapshot,
  architecture: string | undefined,
  target: string | undefined,
): ClientPackages {
  const { format, plan, draft, builds, staging, view } = staged;
  const folder = format === 'rpm' && architecture !== undefined ? baseArchitecture(architecture) : undefined;
  const isFor = (each: SnapshotPackage) =>
    isTried(each) && (architecture === undefined || isListed(each, folder ?? architecture));
  const key = ({ name, version, architecture: own }: Pick<SnapshotPackage, 'name' | 'version' | 'architecture'>) =>
    `${name} ${version} ${own}`;
  const brought = new Set(plan.entries.filter((each) => each.kind === 'binary' && each.action !== 'same').map(key));
  const packages = draft.packages.filter(isFor);
  const { head } = view;
  const before = (head?.packages ?? []).filter(isFor);
  const byName = Map.groupBy(before, ({ name }) => name);
  const compare = orderOf(format);
  const formerOf = (each: SnapshotPackage): PoolPackage | undefined => {
    const older = (byName.get(each.name) ?? [])
      .filter((other) => isSameMachine(other, each) && compare(other.version, each.version) < 0)
      .sort((a, b) => compare(b.version, a.version));
    // One that goes back is installed by those who ask for it.
    const isNewest = !(byName.get(each.name) ?? []).some((other) => compare(other.version, each.version) > 0);
    return older[0] === undefined || !isNewest ? undefined : pooled(older[0]);
  };
  const isBrought = (each: SnapshotPackage) => brought.has(key(each));
  const newer = packages.filter(isBrought);
  /** Whether packages of its source package become newer, and none of its own name is. */
  const isAlone = (each: SnapshotPackage) =>
    newer.some(({ source, sourceVersion }) => source === each.source && sourceVersion !== each.sourceVersion) &&
    !newer.some(({ name }) => name === each.name) &&
    !(byName.get(each.name) ?? []).some((other) => compare(other.version, each.version) > 0);
  const isMeant = (each: SnapshotPackage) => target === undefined || builtFor(each, builds, format) === target;
  const hadFolder = head !== undefined && (folder === undefined || head.settings.architectures.includes(folder));
  return {
    changed: packages
      .filter((each) => isBrought(each) && isMeant(each))
      .map((each) => ({ ...pooled(each), former: formerOf(each) })),
    unchanged: packages.filter((each) => !isBrought(each)).map(pooled),
    former: before.map(pooled),
    companions: before.filter(isAlone).map(pooled),
    stagedFolder: path.join(staging.snapshot, folder ?? ''),
    formerFolder: hadFolder ? path.join(view.paths.snapshot(head.id), folder ?? '') : undefined,
  };
}

function pooled({ name, version, architecture, files }: SnapshotPackage): PoolPackage {
  const [file] = files;
  if (file === undefined) throw new Error(`${name} has no file`);
  return { name, version, architecture, path: file.path, size: file.size, sha256: file.sha256 };
}

function isTried({ type, name, component }: SnapshotPackage): boolean {
  if (type === 'rpm') return component !== DEBUG;
  return type === 'deb' && !name.endsWith('-dbgsym') && component?.endsWith('/debug') !== true;
}

const isForAll = (architecture: string) => architecture === 'all' || architecture === 'noarch';

function isListed({ type, architecture, listedIn }: SnapshotPackage, index: string): boolean {
  if (listedIn !== undefined) return listedIn.includes(index);
  return isForAll(architecture) || (type === 'rpm' ? baseArchitecture(architecture) : architecture) === index;
}

const isSameMachine = (a: SnapshotPackage, b: SnapshotPackage) =>
  a.architecture === b.architecture || isForAll(a.architecture) || isForAll(b.architecture);

/** The target of the build that a package came from. */
function builtFor(each: SnapshotPackage, builds: readonly Build[], format: StagedSnapshot['format']) {
  const build = builds.find(({ manifest }) =>
    format === 'rpm'
      ? // A build brings packages of its own source only.
        manifest.package.name === each.source
      : manifest.files.some(({ sha256 }) => sha256 === each.files[0]?.sha256),
  );
  return build?.manifest.target?.name;
}
