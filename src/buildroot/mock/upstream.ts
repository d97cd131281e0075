/**
 * What an rpm generation's packages came from, and whether it changed since: repomd.xml of every repository, by digest,
 * as dnf kept it. The digest stands for what dnf verified when the generation was made; anything else only means that
 * another one is made.
 */
import { createHash } from 'node:crypto';
import { messageOf, UserError } from '../../errors.ts';
import { hideCredentials, parseLocation } from '../../location.ts';
import { type ClientOptions, fetchOptions, withAttempts } from '../../repository/client/attempts.ts';
import { fetchFile } from '../../repository/client/transport.ts';
import { XmlReader } from '../../repository/rpm-index/xml.ts';
import type { GenerationRecord } from '../generation.ts';
import type { Session } from '../session.ts';
import type { ConfiguredRepository } from './dnf-conf.ts';

type Release = GenerationRecord['releases'][number];

const REPOMD = 'repodata/repomd.xml';
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Where dnf4, dnf5 and yum keep metadata, in the root that they install into. The name of a repository's folder is its
 * id and a digest of its addresses (libdnf, Repo::Impl::getHash).
 */
const KEPT = ['dnf', 'libdnf5', 'yum'].map((cache) => `/var/cache/${cache}/*/${REPOMD}`);

/** The files of `KEPT` in the session's root. */
async function keptIndexes(session: Session): Promise<string[]> {
  const { stdout } = await session.chroot(['sh', '-c', `for file in ${KEPT.join(' ')}; do echo "$file"; done`]);
  return stdout.split('\n').filter((line) => line !== '' && !line.includes('*'));
}

function isOf(file: string, id: string): boolean {
  const name = file.split('/').at(-3) ?? '';
  return name === id || name.replace(/-[0-9a-f]{16}$/, '') === id;
}

/**
 * The repositories of a buildroot with what tells that they changed.
 *
 * @param shown names, by address in the session, of repositories that the session shows elsewhere.
 * @returns `undefined` where one cannot be told: its address is a variable that only dnf knows, or dnf kept nothing.
 */
export async function describeRepositories(
  session: Session,
  repositories: readonly ConfiguredRepository[],
  shown: ReadonlyMap<string, string>,
): Promise<Release[] | undefined> {
  const releases: Release[] = [];
  const kept = await keptIndexes(session);
  for (const { id, baseurls, mirrorlist, metalink } of repositories) {
    const kind = metalink ? 'metalink' : mirrorlist ? 'mirrorlist' : 'baseurl';
    const address = metalink ?? mirrorlist ?? baseurls[0];
    const file = kept.find((one) => isOf(one, id));
    if (address === undefined || address.includes('$') || file === undefined) return undefined;
    const { stdout: sum } = await session.chroot(['sha256sum', '--', file]);
    const sha256 = /^\\?([0-9a-f]{64}) /.exec(sum)?.[1];
    if (sha256 === undefined) return undefined;
    const { stdout: text } = await session.chroot(['head', '-c', '65536', '--', file]);
    const revision = /<revision>([^<]{1,64})<\/revision>/.exec(text)?.[1];
    const newest = Math.max(0, ...[...text.matchAll(/<timestamp>(\d{1,12})/g)].map(([, stamp]) => Number(stamp)));
    releases.push({
      uri: shown.get(address) ?? address,
      release: id,
      file: REPOMD,
      kind,
      sha256,
      ...(revision === undefined ? {} : { revision }),
      ...(newest === 0 ? {} : { date: new Date(newest * 1000).toUTCString() }),
    });
  }
  return releases;
}

/**
 * Names of the repositories that are others now than recorded.
 *
 * @throws UserError where one does not answer.
 */
export async function changedRepositories(
  releases: readonly Release[],
  options: ClientOptions = {},
): Promise<string[]> {
  const changed = await Promise.all(
    releases.map(async (entry) => {
      const digest = await withAttempts(hideCredentials(entry.uri), options, () => currentDigest(entry, options));
      return digest === entry.sha256 ? [] : [entry.release];
    }),
  );
  return changed.flat();
}

/** The digest of repomd.xml as it is now. */
async function currentDigest({ uri, kind, release }: Release, options: ClientOptions): Promise<string> {
  if (kind === 'baseurl' || kind === undefined) return digestAt(uri, release, options);
  const list = (await fetchWhole(uri, options)).toString('utf8');
  if (kind === 'metalink') return metalinkDigest(list, uri);
  const mirrors = list.split('\n').filter((line) => /^https?:\/\//.test(line.trim()));
  let failure: unknown = new UserError({ what: 'a list of mirrors without any', where: uri });
  for (const mirror of mirrors.slice(0, 3)) {
    try {
      return await digestAt(mirror.trim(), release, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}

async function digestAt(uri: string, release: string, options: ClientOptions): Promise<string> {
  const { location } = parseLocation(uri, `repository ${release}`, (file) => file);
  const data = await fetchFile(location, REPOMD, fetchOptions(options, MAX_BYTES));
  if (data === undefined) {
    throw new UserError({ what: 'a repository without an index', where: uri, expected: REPOMD });
  }
  return createHash('sha256').update(data).digest('hex');
}

/** A file that is an address of its own: what a repository is asked by may lie in its query. */
async function fetchWhole(uri: string, options: ClientOptions): Promise<Buffer> {
  const url = new URL(uri);
  const folder = url.href.slice(0, url.href.lastIndexOf('/', url.href.length - url.search.length));
  const location = { kind: 'http', url: folder, authorization: undefined } as const;
  const data = await fetchFile(location, url.href.slice(folder.length + 1), fetchOptions(options, MAX_BYTES));
  if (data === undefined) throw new UserError({ what: 'a list of mirrors that is not there', where: uri });
  return data;
}

/** The digest of repomd.xml in a metalink. mirrormanager lists those of older ones, which mirrors may have, after it. */
function metalinkDigest(text: string, uri: string): string {
  const digests: string[] = [];
  let isSha256 = false;
  let digest = '';
  try {
    const reader = new XmlReader({
      file: uri,
      root: 'metalink',
      onOpen: ({ name, attributes }) => {
        isSha256 = name === 'hash' && /^sha-?256$/i.test(attributes['type'] ?? '');
        digest = '';
      },
      onText: (piece) => {
        if (isSha256) digest += piece;
      },
      onClose: () => {
        if (isSha256 && /^[0-9a-f]{64}$/i.test(digest.trim())) digests.push(digest.trim().toLowerCase());
        isSha256 = false;
      },
    });
    reader.push(Buffer.from(text));
    reader.end();
  } catch (error) {
    throw new UserError({ what: 'not a metalink', where: uri, found: messageOf(error) }, { cause: error });
  }
  const [newest] = digests;
  if (newest === undefined) throw new UserError({ what: 'a metalink without a SHA-256 digest', where: uri });
  return newest;
}
