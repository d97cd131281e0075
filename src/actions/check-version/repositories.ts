/** The repositories to compare with: apt sources, or rpm repositories. */
import { type AptSource, parseSourceLine } from '../../deb/source-line.ts';
import { quote, UserError } from '../../errors.ts';
import { hideCredentials } from '../../location.ts';
import type { ClientOptions } from '../../repository/client/attempts.ts';
import { readRepository } from '../../repository/deb-index/read.ts';
import { readRpmRepositories } from '../../repository/rpm-index/read.ts';
import { isRpmLine, parseRpmLine, type RpmSource } from '../../repository/rpm-index/source.ts';
import type { PublishedPackage } from '../../version-check.ts';
import type { Format, FoundCandidate } from './candidate.ts';
import type { RepositoryRead } from './table.ts';

/** A line of the input, read. */
export type NamedRepository = { readonly channel: string; readonly line: string } & (
  | { readonly format: 'deb'; readonly source: AptSource }
  | { readonly format: 'rpm'; readonly source: RpmSource }
);

export interface ReadAllOptions extends ClientOptions {
  /** Key files for repositories that name none, absolute paths. */
  readonly keyFiles: readonly string[];
  /** Whether a folder of this host that does not exist counts as empty. */
  readonly allowMissing: boolean;
}

/**
 * Reads `[channel:] deb ...` or `[channel:] rpm ...`. Without a name the channel is what the repository's place calls
 * it, else its suite, or the name or address of an rpm repository.
 *
 * @throws UserError saying what is wrong with the line.
 */
export function parseRepository(given: string, resolve: (file: string) => string): NamedRepository {
  const line = hideCredentials(given);
  const where = `input repositories, ${quote(line)}`;
  const label = /^([^\s:[\]]+):[ \t]+(.*)$/.exec(given);
  const rest = label?.[2] ?? given;
  if (label?.[1] !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/.test(label[1])) {
    throw new UserError({
      what: 'not a name of a channel',
      where,
      found: quote(label[1]),
      expected: 'letters, digits and ._+-',
    });
  }
  if (isRpmLine(rest)) {
    const source = parseRpmLine(rest, where, resolve);
    const channel = label?.[1] ?? source.name ?? publishedChannel(source) ?? source.uri;
    return { format: 'rpm', line, source, channel };
  }
  const source = parseSourceLine(rest, where, resolve);
  const channel = label?.[1] ?? publishedChannel(source) ?? (source.isFlat ? source.uri : source.suite);
  return { format: 'deb', line, source, channel };
}

/** Our own repositories publish below <repository>/public/<channel>. */
function publishedChannel({ location }: AptSource | RpmSource): string | undefined {
  return location.kind === 'folder' ? /\/public\/([^/]+)(?:\/[^/]+)?$/.exec(location.folder)?.[1] : undefined;
}

/**
 * The format of the packages.
 *
 * @throws UserError where a repository is of the other one.
 */
export function requireFormat(candidates: readonly FoundCandidate[], named: readonly NamedRepository[]): Format {
  const format = candidates[0]?.format ?? 'deb';
  const other = named.find((each) => each.format !== format);
  if (other === undefined) return format;
  throw new UserError({
    what: `${format} packages do not compare with ${other.format === 'deb' ? 'an apt' : 'an rpm'} repository`,
    where: `input repositories, ${quote(other.line)}`,
    expected: format === 'deb' ? 'deb URI SUITE COMPONENT...' : 'rpm URI [key=FILE] [trusted=yes]',
  });
}

/** Reads what of the repositories concerns the candidates, in their order; of a root of several rpm ones each. */
export async function readAll(
  named: readonly NamedRepository[],
  candidates: readonly FoundCandidate[],
  options: ReadAllOptions,
): Promise<(RepositoryRead & { readonly packages: readonly PublishedPackage[] })[]> {
  const read: (RepositoryRead & { readonly packages: readonly PublishedPackage[] })[] = [];
  for (const each of named) {
    const common = { ...options, channel: each.channel };
    if (each.format === 'rpm') {
      read.push(...(await readRpmRepositories(each.source, { ...common, candidates })));
    } else {
      const names = new Set(candidates.map((candidate) => candidate.name));
      read.push(await readRepository(each.source, { ...common, ...debRequest(candidates), names }));
    }
  }
  return read;
}

function debRequest(candidates: readonly FoundCandidate[]) {
  const binaries = candidates.filter((candidate) => candidate.kind === 'binary');
  return {
    architectures: new Set(binaries.map((candidate) => candidate.architecture)),
    binaries: binaries.length > 0,
    udebs: binaries.some((candidate) => candidate.file.endsWith('.udeb')),
    sources: candidates.some((candidate) => candidate.kind === 'source'),
  };
}
