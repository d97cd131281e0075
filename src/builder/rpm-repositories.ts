/** What a session's package manager knew of its repositories when it installed from them. */
import type { Generation } from '../buildroot/generation.ts';
import { type RpmRepository, repositoryFolder } from '../buildroot/mock/repositories.ts';
import type { MockSession } from '../buildroot/mock/session.ts';
import type { Manifest } from '../manifest.ts';

/**
 * Digest and revision of every repomd.xml that dnf4, dnf5 or yum keep in the root that they install into. The folder's
 * name is the repository's id and a digest of its addresses.
 */
const KEPT = `
cd "$1"
for file in dnf/*/repodata/repomd.xml libdnf5/*/repodata/repomd.xml yum/*/repodata/repomd.xml; do
  [ -f "$file" ] && [ ! -L "$file" ] || continue
  sum=$(sha256sum < "$file")
  echo "\${sum%% *} $file $(head -c 65536 < "$file" | sed -n 's|.*<revision>\\([^<]*\\)</revision>.*|\\1|p' | head -n 1)"
done
`;
const LINE = /^([0-9a-f]{64}) [a-z0-9]+\/([^/]+)\/repodata\/repomd\.xml ?([\x21-\x7e]{0,64})$/;

interface Kept {
  readonly sha256: string;
  readonly revision: string;
}

/**
 * The repositories that the session could install from: those of the generation and `own`, with the digest of their
 * index as it was in this session, where that is known.
 */
export async function usedRepositories(
  { session, buildroot }: MockSession,
  generation: Generation,
  own: readonly RpmRepository[],
): Promise<NonNullable<Manifest['repositories']>> {
  const { stdout } = await session.run(['sh', '-c', KEPT, 'sh', `${buildroot}/var/cache`], { okExitCodes: 'any' });
  const kept = new Map<string, Kept>();
  for (const line of stdout.split('\n')) {
    const [, sha256, folder = '', revision = ''] = LINE.exec(line) ?? [];
    if (sha256 !== undefined) kept.set(folder.replace(/-[0-9a-f]{16}$/, ''), { sha256, revision });
  }
  const describe = (uri: string, id: string, date?: string): NonNullable<Manifest['repositories']>[number] => {
    const { sha256, revision } = kept.get(id) ?? {};
    return {
      uri: repositoryFolder({ baseurl: uri }) ?? uri,
      suite: id,
      ...(date ? { date } : {}),
      ...(sha256 ? { sha256 } : {}),
      ...(revision ? { revision } : {}),
    };
  };
  return [
    ...generation.record.releases.map(({ uri, release, sha256, date }) =>
      // The date is that of the generation's index.
      describe(uri, release, kept.get(release)?.sha256 === sha256 ? date : undefined),
    ),
    ...own.map(({ baseurl, name }) => describe(baseurl, name)),
  ];
}
