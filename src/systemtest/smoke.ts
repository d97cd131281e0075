/** What is tried where published packages have been installed, whatever their format. */
import type { Session } from '../buildroot/session.ts';
import { CommandError, shellQuote, UserError } from '../errors.ts';

export interface InstallResult {
  /** `name:architecture=version` as dpkg has them after the installation, `name-[epoch:]version-release.arch` as rpm. */
  readonly installed: readonly string[];
  /** The smoke commands, and the first lines that each wrote. */
  readonly tried: readonly { readonly command: string; readonly output: string }[];
  readonly seconds: number;
}

/**
 * Runs commands in the root of `session`, one after the other, without network.
 *
 * @param commands argument by argument; no shell.
 * @param timeoutSeconds wall-clock limit of each.
 * @throws UserError where one of them fails.
 */
export async function smokeTest(
  session: Session,
  commands: readonly (readonly string[])[],
  timeoutSeconds: number,
): Promise<InstallResult['tried']> {
  const tried = [];
  for (const argv of commands) {
    tried.push({ command: shellQuote(argv), output: await smoke(session, argv, timeoutSeconds) });
  }
  return tried;
}

async function smoke(session: Session, argv: readonly string[], timeoutSeconds: number): Promise<string> {
  const [command, ...args] = argv;
  if (command === undefined) throw new Error('an empty smoke command');
  try {
    const { stdout } = await session.chroot([command, ...args], { timeoutSeconds });
    return stdout.trim().split('\n').slice(0, 5).join('\n');
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(
      {
        what: 'the smoke command fails where the packages are installed',
        where: `smoke ${error.command}`,
        found: error.message,
      },
      { cause: error },
    );
  }
}
