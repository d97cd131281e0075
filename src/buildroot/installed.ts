/** What is installed in a session's root. */
import type { Session } from './session.ts';

/**
 * Installed packages as `name:architecture=version`, sorted (dpkg-query(1)).
 *
 * @param names only these; all when empty.
 */
export async function installedPackages(session: Session, names: readonly string[] = []): Promise<string[]> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const format = '--showformat=${Package}:${Architecture}=${Version}\\n';
  const { stdout } = await session.chroot(['dpkg-query', '--show', format, '--', ...names]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}
