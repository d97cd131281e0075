/** What is installed in the root of a session over an rpm buildroot. */
import type { Session } from '../session.ts';

/** Installed packages, `name-[epoch:]version-release.architecture`, sorted (rpm(8)). */
export async function installedRpms(session: Session): Promise<string[]> {
  const { stdout } = await session.chroot(['rpm', '-qa', '--qf', '%{nevra}\\n']);
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('gpg-pubkey-'))
    .sort();
}
