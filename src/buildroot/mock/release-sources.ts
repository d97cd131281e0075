/** The `sources` of a packaging.yml for rpm targets, as repositories of a session. */
import { type Packaging, sourcesOf } from '../../config/packaging.ts';
import type { Target } from '../../config/target.ts';
import { readKey } from '../configuration.ts';
import type { FetchKey } from '../release-sources.ts';
import { type RpmRepository, rpmRepository } from './repositories.ts';

/**
 * What builds for `target` may install from beside the repositories of its mock configuration.
 *
 * @throws UserError where a key cannot be read, or a source has none and is no trusted folder.
 */
export async function releaseSourcesRpm(
  packaging: Packaging,
  target: Target,
  fetchKey: FetchKey,
): Promise<RpmRepository[]> {
  const repositories: RpmRepository[] = [];
  for (const source of sourcesOf(packaging, target)) {
    const file =
      source.key === undefined ? undefined : 'path' in source.key ? source.key.path : await fetchKey(source.key);
    const { name, uri: url, priority, trusted } = source;
    const keys = file === undefined ? [] : [await readKey(file)];
    repositories.push(
      rpmRepository({ name, url, priority, keys, trusted }, `${packaging.file ?? 'packaging file'} sources ${name}`),
    );
  }
  return repositories;
}
