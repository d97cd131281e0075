/** The `sources` of a packaging.yml, as the repositories and pins of a session. */
import { type Packaging, type Source, sourcesOf } from '../config/packaging.ts';
import type { Target } from '../config/target.ts';
import type { AptPin, AptSource } from '../deb/apt-source.ts';
import { UserError } from '../errors.ts';
import { type Repository, readKey } from './configuration.ts';

/** Downloads a key to be kept, verified by its digest, and gives its path. */
export type FetchKey = (key: { readonly url: string; readonly sha256: string }) => Promise<string>;

/**
 * What builds for `target` may install from beside its own archive.
 *
 * @throws UserError where a key cannot be read.
 */
export async function releaseSources(
  packaging: Packaging,
  target: Target,
  fetchKey: FetchKey,
): Promise<{ repositories: Repository[]; pins: AptPin[] }> {
  const repositories: Repository[] = [];
  const pins: AptPin[] = [];
  for (const source of sourcesOf(packaging, target)) {
    const key = await keyOf(source, target, fetchKey);
    for (const suite of source.suites) repositories.push({ source: aptSource(source, suite), key });
    if (source.priority !== undefined && source.pin !== undefined) {
      pins.push({ packages: source.pinPackages.join(' '), pin: source.pin, priority: source.priority });
    }
  }
  return { repositories, pins };
}

function aptSource(source: Source, suite: string): AptSource {
  return {
    type: 'deb',
    uri: source.uri,
    suite,
    components: source.components,
    architectures: source.architectures,
    signedBy: [],
    trusted: source.trusted,
  };
}

async function keyOf(source: Source, target: Target, fetchKey: FetchKey): Promise<string | undefined> {
  if (source.key === undefined) {
    if (source.trusted) return undefined;
    if (target.keyring === undefined) {
      throw new UserError({
        what: 'no key for a repository',
        where: `packaging.yml sources ${source.name}`,
        expected: 'key, or trusted: true',
      });
    }
    return readKey(target.keyring);
  }
  return readKey('path' in source.key ? source.key.path : await fetchKey(source.key));
}
