/** Asks a session's package manager what it would install, before anything of it is installed. */
import path from 'node:path';
import { PLAN_FILE, PLUGIN_FOLDER, parsePlan, type RpmPlan } from '../buildroot/mock/dnf-plan.ts';
import type { MockSession } from '../buildroot/mock/session.ts';
import { BASEDIR, ROOT_NAME } from '../buildroot/mock/session-script.ts';
import { CommandError } from '../errors.ts';

/** Largest plan that is read: of some ten thousand packages. */
const MOST_BYTES = 16 * 1024 ** 2;

/** Where the configuration bootstraps, dnf runs in that root. */
const BRING_PLUGIN = `
if [ -d "$1/etc" ] && [ ! -L "$1/etc" ]; then
  mkdir -p "$1$2" && cp -R "$2/." "$1$2/"
fi
`;

/**
 * What `mock --installdeps` of the source package would do.
 *
 * @param source place of the .src.rpm in the session.
 * @param seconds limit.
 * @returns `undefined` where that cannot be told: another package manager than dnf4, dependencies that cannot be had, a
 *   repository that does not answer. Installing them says why.
 */
export async function planDependencies(
  session: MockSession,
  source: string,
  seconds: number,
): Promise<RpmPlan | undefined> {
  const { buildroot } = session;
  await session.session.run([
    ...['sh', '-c', BRING_PLUGIN, 'sh'],
    ...[path.join(BASEDIR, `${ROOT_NAME}-bootstrap`, 'root'), PLUGIN_FOLDER],
  ] as [string, ...string[]]);
  try {
    // With logs of its own: those of the build are to say what happened, and this always ends with an error.
    await session.mock([`--resultdir=${path.join(session.results, 'plan')}`, '--installdeps', source], {
      use: 'plan',
      network: true,
      okExitCodes: 'any',
      timeoutSeconds: seconds,
      captureBytes: 64 * 1024,
    });
  } catch (error) {
    if (!(error instanceof CommandError) || error.failure.end === 'cancelled') throw error;
    return undefined;
  }
  const { exitCode, stdout } = await session.session.run(['cat', '--', path.join(buildroot, PLAN_FILE)], {
    okExitCodes: 'any',
    captureBytes: MOST_BYTES,
  });
  return exitCode === 0 ? parsePlan(stdout) : undefined;
}
