/** Where the spec of a project is looked for, in its commit and in its checkout alike. */

/** In the order they are looked for: dist-git, rpmbuild's folders, the original's, upstreams'. */
const PLACES = [
  '',
  'SPECS',
  'specs',
  'rpm',
  'rpm/SPECS',
  'rpm/specs',
  'packaging',
  'packaging/rpm',
  'packaging/SPECS',
  'dist',
  'dist/rpm',
  'contrib',
  'contrib/rpm',
];

/**
 * The folders of a spec project that may hold the spec, the first one that has any wins; the empty one is its top.
 *
 * @param targetNames name, suite and aliases of the target (`el9`), where there is one: folders named so come first.
 */
export function specFolders(targetNames: readonly string[]): string[] {
  const own = targetNames.flatMap((name) => PLACES.map((place) => (place === '' ? name : `${name}/${place}`)));
  return [...own, ...PLACES];
}
