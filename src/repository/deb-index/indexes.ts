/** Which indexes of a repository a question needs, and under which names they may lie. */
import type { Release, ReleaseFile } from '../../deb/release.ts';
import type { AptSource } from '../../deb/source-line.ts';
import { quote, UserError } from '../../errors.ts';
import { COMPRESSIONS, type Compression } from '../client/decompress.ts';

/** What is looked for. */
export interface IndexRequest {
  /** Architectures of the packages that are asked about; where none is concrete, every one of the repository is read. */
  readonly architectures: ReadonlySet<string>;
  readonly binaries: boolean;
  readonly udebs: boolean;
  readonly sources: boolean;
}

export interface IndexVariant {
  readonly compression: Compression;
  /** Relative to the Release file. */
  readonly path: string;
  /** `undefined` in a repository without a Release file. */
  readonly listed: ReleaseFile | undefined;
}

export interface WantedIndex {
  readonly kind: 'Packages' | 'Sources';
  /** Path without the extension. */
  readonly path: string;
  /** In order of preference; at least one. */
  readonly variants: readonly IndexVariant[];
  /** Whether it is no error that none of the variants is there. */
  readonly isOptional?: boolean;
  /** Bytes when decompressed, where the Release file says so. */
  readonly plainSize: number | undefined;
}

/**
 * Chooses from what `release` lists. An architecture or a debian-installer section that it does not list has no
 * packages; a component of which it lists nothing is an error.
 *
 * @throws UserError naming the component.
 */
export function wantedIndexes(
  source: AptSource,
  release: Release,
  request: IndexRequest,
  where: string,
): WantedIndex[] {
  const isLocal = source.location.kind === 'folder';
  const wanted: WantedIndex[] = [];
  const add = (kind: WantedIndex['kind'], path: string): boolean => {
    const variants = COMPRESSIONS.flatMap((compression): IndexVariant[] => {
      const listed = release.files.get(`${path}${compression}`);
      return listed === undefined ? [] : [{ compression, path: `${path}${compression}`, listed }];
    });
    if (variants.length === 0) return false;
    // Over a network the plain file comes last.
    const plain = variants[0]?.compression === '' && !isLocal ? variants.splice(0, 1) : [];
    wanted.push({ kind, path, variants: [...variants, ...plain], plainSize: release.files.get(path)?.size });
    return true;
  };
  const binaries = source.type === 'deb' && request.binaries;
  if (source.isFlat) {
    const found = [binaries && add('Packages', 'Packages'), request.sources && add('Sources', 'Sources')];
    if (binaries && !found[0])
      throw missing('the Release file lists no Packages index', where, [...release.files.keys()]);
    if (source.type === 'deb-src' && request.sources && !found[1]) {
      throw missing('the Release file lists no Sources index', where, [...release.files.keys()]);
    }
    return wanted;
  }
  for (const component of source.components) {
    if (![...release.files.keys()].some((file) => file.startsWith(`${component}/`))) {
      throw missing(`the repository has no component ${quote(component)}`, where, componentsOf(release));
    }
    if (binaries) {
      for (const architecture of architecturesToRead(component, source, release, request)) {
        add('Packages', `${component}/binary-${architecture}/Packages`);
        if (request.udebs) add('Packages', `${component}/debian-installer/binary-${architecture}/Packages`);
      }
    }
    if (request.sources) {
      const found = add('Sources', `${component}/source/Sources`);
      if (!found && source.type === 'deb-src') {
        throw missing(`the component ${quote(component)} has no Sources index`, where, componentsOf(release));
      }
    }
  }
  return wanted;
}

function architecturesToRead(
  component: string,
  source: AptSource,
  release: Release,
  request: IndexRequest,
): Set<string> {
  const concrete = [...request.architectures].filter((architecture) => architecture !== 'all');
  // What is listed counts, not the field Architectures: a small repository may have no such field.
  const prefix = `${component}/binary-`;
  const listed = [...release.files.keys()].flatMap((file) =>
    file.startsWith(prefix) ? [file.slice(prefix.length).split('/')[0] ?? ''] : [],
  );
  const read = new Set(source.architectures ?? (concrete.length > 0 ? concrete : listed));
  // Where every index lists the packages of `all` too, binary-all says nothing new; it is a large file in Debian.
  if (!release.hasAllInEveryIndex) read.add('all');
  else if (read.size > 1) read.delete('all');
  return read;
}

function componentsOf(release: Release): string[] {
  return [
    ...new Set([...release.files.keys()].map((file) => file.replace(/\/(?:binary-|source|debian-installer).*/, ''))),
  ]
    .filter((component) => component !== '' && !component.includes('Contents'))
    .slice(0, 8);
}

function missing(what: string, where: string, found: readonly string[]): UserError {
  return new UserError({ what, where, found: found.length === 0 ? 'none' : quote(found) });
}

/** A flat repository without a Release file, which apt reads where it is trusted. */
export function unlistedIndexes(source: AptSource, request: IndexRequest): WantedIndex[] {
  const index = (kind: WantedIndex['kind'], isOptional = false): WantedIndex => ({
    kind,
    isOptional,
    path: kind,
    plainSize: undefined,
    variants: COMPRESSIONS.toReversed().map((compression) => ({
      compression,
      path: `${kind}${compression}`,
      listed: undefined,
    })),
  });
  return [
    ...(source.type === 'deb' && request.binaries ? [index('Packages')] : []),
    ...(request.sources ? [index('Sources', source.type === 'deb')] : []),
  ];
}
