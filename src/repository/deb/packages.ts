/** Packages as a deb repository has them: where they lie in the pool, and in which component. */
import { poolFolder } from '../../deb/file-name.ts';
import { withoutEpoch } from '../../deb/version.ts';
import type { DebSettings, PoolFile, SnapshotPackage } from '../snapshot.ts';
import type { BinaryCandidate, RecordCandidate, SourceCandidate } from './candidates.ts';
import type { DebRequest } from './plan.ts';
import { debugComponent } from './settings.ts';

/** A package that will be added, and where. */
export type Placed<T> = T & { readonly component: string };

/** A binary as the snapshot will list it. reprepro names files of the pool so; the result is compared with this. */
export function binaryPackage(each: Placed<BinaryCandidate>): SnapshotPackage {
  const { name, version, architecture, sha256 } = each.candidate;
  const extension = each.type === 'udeb' ? 'udeb' : 'deb';
  const fileName = `${name}_${withoutEpoch(version)}_${architecture}.${extension}`;
  return {
    kind: 'binary',
    type: each.type,
    name,
    version,
    architecture,
    component: each.component,
    source: each.source,
    sourceVersion: each.sourceVersion,
    files: [{ path: `${poolFolder(each.component, each.source)}/${fileName}`, size: each.file.size, sha256 }],
  };
}

/** A source as the snapshot will list it, with its .dsc as it is signed. */
export function sourcePackage(each: Placed<SourceCandidate>, dsc: { size: number; sha256: string }): SnapshotPackage {
  const folder = poolFolder(each.component, each.source);
  const file = (name: string, { size, sha256 }: { size: number; sha256: string }): PoolFile => ({
    path: `${folder}/${name}`,
    size,
    sha256,
  });
  return {
    kind: 'source',
    type: 'dsc',
    name: each.source,
    version: each.sourceVersion,
    architecture: 'source',
    component: each.component,
    source: each.source,
    sourceVersion: each.sourceVersion,
    files: [file(each.dsc.name, dsc), ...each.parts.map((part) => file(part.name, part))],
  };
}

/** The component that was asked for, else the area of the section where the repository has it, else its first. */
export function componentOf(
  each: BinaryCandidate | SourceCandidate,
  settings: DebSettings,
  { component: asked, udebComponent }: DebRequest,
): string {
  if (each.type === 'udeb' && udebComponent !== undefined) return udebComponent;
  const [area, rest] = each.section?.split('/') ?? [];
  const named = rest !== undefined && area !== undefined && settings.components.includes(area) ? area : undefined;
  const component = asked ?? named ?? settings.components[0] ?? 'main';
  return each.type !== 'dsc' && each.isDebugSymbols ? debugComponent(component) : component;
}

/** Records go where their packages go; those of builds that bring nothing new stay out. */
export function placeRecords(
  records: readonly RecordCandidate[],
  binaries: readonly Placed<BinaryCandidate>[],
  sources: readonly Placed<SourceCandidate>[],
): Placed<RecordCandidate>[] {
  const files = new Map<string, string>();
  for (const each of binaries)
    if (!each.isDebugSymbols || !files.has(each.file.name)) files.set(each.file.name, each.component);
  for (const each of sources) files.set(each.dsc.name, each.component);
  return records.flatMap((each) => {
    const components = each.lists.flatMap((name) => files.get(name) ?? []);
    const component = components.find((name) => !name.endsWith('/debug')) ?? components[0];
    return component === undefined ? [] : [{ ...each, component }];
  });
}
