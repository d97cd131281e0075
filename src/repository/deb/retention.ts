/** Which versions of source packages the indexes of a deb repository keep (docs/publishing.md, "Several versions"). */
import { compareVersions } from '../../deb/version.ts';
import { newestVersions } from '../retention.ts';
import type { SnapshotPackage } from '../snapshot.ts';

/** A package in the index of an architecture; of a source `source`. */
export interface Listed {
  readonly architecture: string;
  readonly each: SnapshotPackage;
}

/** Versions by architecture. */
type Versions = Map<string, Set<string>>;

/** What is known of one source package. */
interface Source {
  /** Of which an index lists anything. */
  readonly listed: Versions;
  /** Of which an index lists a package of its own architecture. */
  readonly native: Versions;
  /** Those of `native`, of any architecture. */
  readonly withNative: Set<string>;
  /** Whose source is listed. */
  readonly sources: Set<string>;
}

/**
 * The versions of source packages that stay, by architecture.
 *
 * Of each architecture these are the newest versions that were built for it, with their packages for all architectures.
 * A version that makes packages for all architectures only is complete everywhere. Of the newest versions that an index
 * lists anything of, this stays too: packages for all architectures come before those of an architecture that is built
 * later. An architecture that nothing is built for has what the others have. A source stays with the packages that were
 * built from it.
 *
 * @param keep how many, 2 or more.
 * @param wanted names of the source packages that are asked about.
 * @returns tells whether the version of the source that a package was built from stays, in the index of an architecture.
 */
export function versionsToKeep(
  listed: Iterable<Listed>,
  keep: number,
  wanted: ReadonlySet<string>,
): (listed: Listed) => boolean {
  const sources = new Map<string, Source>();
  for (const { architecture, each } of listed) {
    if (!wanted.has(each.source)) continue;
    const known = sources.get(each.source) ?? {
      listed: new Map(),
      native: new Map(),
      withNative: new Set(),
      sources: new Set(),
    };
    sources.set(each.source, known);
    const { sourceVersion } = each;
    if (each.kind === 'source') {
      known.sources.add(sourceVersion);
      continue;
    }
    addTo(known.listed, architecture, sourceVersion);
    if (each.architecture === 'all') continue;
    addTo(known.native, architecture, sourceVersion);
    known.withNative.add(sourceVersion);
  }
  const kept = new Map([...sources].map(([name, source]) => [name, keptOf(source, keep)]));
  return ({ architecture, each }) => kept.get(each.source)?.get(architecture)?.has(each.sourceVersion) === true;
}

function keptOf({ listed, native, withNative, sources }: Source, keep: number): Versions {
  const kept: Versions = new Map();
  const ofSources = newestVersions(sources, keep, compareVersions);
  const everywhere = [...listed.values()].flatMap((versions) => [...versions]);
  for (const [architecture, versions] of listed) {
    const own = native.get(architecture);
    const complete = [...versions].filter((version) => own?.has(version) === true || !withNative.has(version));
    const found =
      own === undefined
        ? newestVersions(everywhere, keep, compareVersions)
        : [...newestVersions(complete, keep, compareVersions), ...newestVersions(versions, keep, compareVersions)];
    kept.set(architecture, new Set(found));
    for (const version of found) ofSources.add(version);
  }
  return kept.set('source', ofSources);
}

function addTo(versions: Versions, architecture: string, version: string): void {
  const set = versions.get(architecture);
  if (set === undefined) versions.set(architecture, new Set([version]));
  else set.add(version);
}
