/**
 * What a generation's packages came from, and whether it changed since: the Release files that apt kept, by digest.
 * A repository without any (`trusted=yes`) is compared by its Packages files.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { localFolder } from '../deb/apt-source.ts';
import { run } from '../process.ts';
import { temporaryFolder } from '../temporary.ts';
import type { DebBuildroot } from './configuration.ts';
import type { GenerationRecord } from './generation.ts';
import { sessionUri } from './local-repository.ts';
import type { Session } from './session.ts';

type Release = GenerationRecord['releases'][number];

const LISTS = '/var/lib/apt/lists';
/** As apt looks for an index that no Release file lists (apt.conf(5), Acquire::CompressionTypes). */
const COMPRESSIONS = ['', '.xz', '.gz', '.bz2', '.zst', '.lz4', '.lzma'];

/** A Packages file that apt knows, by apt-get(8), indextargets. */
export interface IndexTarget {
  /** Address of the repository. */
  readonly uri: string;
  /** `bookworm`; of a flat repository a path that ends in `/`. */
  readonly release: string;
  /** Path of the index below `dists/RELEASE/`, or below the flat repository. */
  readonly metaKey: string;
  /** Where apt keeps it. */
  readonly filename: string;
}

/** Reads the lines of `FORMAT`. */
export function parseIndexTargets(text: string): IndexTarget[] {
  return text.split('\n').flatMap((line) => {
    const [createdBy, uri, release, metaKey, filename] = line.split('\t');
    return createdBy === 'Packages' && uri && release && metaKey && filename
      ? [{ uri, release, metaKey, filename }]
      : [];
  });
}
const FORMAT = '$(CREATED_BY)\t$(REPO_URI)\t$(RELEASE)\t$(METAKEY)\t$(FILENAME)';

/**
 * Names of the Release files that apt may have kept beside an index, best first. A `_` in a list's name is a `/` of its
 * URI and nothing else (apt's URItoFileName escapes the others), so the index's own path is as many parts of it.
 */
export function releaseListNames({ metaKey, filename }: IndexTarget): { list: string; file: string }[] {
  const parts = path.posix.basename(filename).split('_');
  const stem = parts.slice(0, -metaKey.split('/').length).join('_');
  return ['InRelease', 'Release'].map((file) => ({ list: `${stem}_${file}`, file }));
}

/** Where a file of a release is, below the address of its repository. */
export function releasePath(release: string, file: string): string {
  return release.endsWith('/') ? path.posix.join(release, file) : `dists/${release}/${file}`;
}

/** The repositories of a session's apt, each with the digest of what tells that it changed. */
export async function describeReleases(
  session: Session,
  repositories: DebBuildroot['repositories'],
): Promise<Release[]> {
  const { stdout } = await session.chroot(['apt-get', 'indextargets', '--format', FORMAT]);
  const lists = new Set((await session.chroot(['ls', '-A', LISTS])).stdout.split('\n'));
  const shown = new Map(repositories.map(({ source }) => [`file:${sessionUri(source.uri)}`, source.uri]));
  const releases = new Map<string, Release>();
  for (const target of parseIndexTargets(stdout)) {
    const { release, metaKey, filename } = target;
    const uri = shown.get(target.uri.replace(/\/+$/, '')) ?? target.uri;
    const kept = releaseListNames(target).find(({ list }) => lists.has(list));
    const file = releasePath(release, kept?.file ?? metaKey);
    if (releases.has(`${uri} ${file}`)) continue;
    const place = kept ? `${LISTS}/${kept.list}` : filename;
    const { stdout: sum, exitCode } = await session.chroot(['sha256sum', '--', place], { okExitCodes: 'any' });
    const sha256 = /^\\?([0-9a-f]{64}) /.exec(sum)?.[1];
    if (exitCode !== 0 || sha256 === undefined) continue;
    const date = kept && (await session.chroot(['grep', '-m1', '^Date: ', place], { okExitCodes: [0, 1] })).stdout;
    releases.set(`${uri} ${file}`, { uri, release, file, sha256, ...(date ? { date: date.slice(6).trim() } : {}) });
  }
  return [...releases.values()];
}

/**
 * The releases that are others now than recorded.
 *
 * @throws CommandError where a repository does not answer.
 */
export async function changedReleases(
  releases: readonly Release[],
  options: { readonly signal?: AbortSignal; readonly proxy?: string } = {},
): Promise<string[]> {
  await using folder = await temporaryFolder('releases');
  const changed = await Promise.all(
    releases.map(async (entry, index) =>
      (await currentDigest(entry, path.join(folder.path, String(index)), options)) === entry.sha256
        ? []
        : [entry.release.endsWith('/') ? entry.uri : entry.release],
    ),
  );
  return changed.flat();
}

async function currentDigest(
  { uri, release, file = releasePath(release, 'InRelease') }: Release,
  place: string,
  { signal, proxy }: { readonly signal?: AbortSignal; readonly proxy?: string },
): Promise<string | undefined> {
  const options = { timeoutSeconds: 120, ...(signal ? { signal } : {}) };
  const folder = localFolder({ uri });
  const through =
    proxy === undefined ? [] : ['http', 'https'].flatMap((kind) => ['-o', `Acquire::${kind}::Proxy=${proxy}`]);
  // apt's own downloader: with the host's proxies, where none is said, and credentials. The digest stands for a signature that apt checked
  // when the generation was made; anything else only means that another one is made.
  const fetch = async (name: string, to: string): Promise<string> => {
    if (folder !== undefined) return path.join(folder, name);
    const from = `${uri.replace(/\/+$/, '')}/${name}`;
    await run(['/usr/lib/apt/apt-helper', ...through, 'download-file', from, to], options);
    return to;
  };
  if (/Release$/.test(file)) {
    return digestOf(await fetch(file, place));
  }
  let failure: unknown;
  for (const suffix of COMPRESSIONS) {
    try {
      const found = await fetch(`${file}${suffix}`, `${place}${suffix}`);
      if ((await digestOf(found)) === undefined) continue;
      // It unpacks by the name's ending.
      const script = '/usr/lib/apt/apt-helper cat-file "$1" | sha256sum';
      return (await run(['sh', '-c', script, 'sh', found], options)).stdout.slice(0, 64);
    } catch (error) {
      if (signal?.aborted) throw error;
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return undefined;
}

/** SHA-256 of a file; `undefined` where it is not there (any more). */
async function digestOf(file: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return hash.digest('hex');
}
