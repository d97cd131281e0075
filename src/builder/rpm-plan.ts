/** Asks a session's package manager what it would install, before anything of it is installed. */
import path from 'node:path';
import { CANNOT_TELL, PLAN_FILE, PLUGIN_FOLDER, parsePlan, type RpmPlan } from '../buildroot/mock/dnf-plan.ts';
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
  return (await planTransaction(session, ['--installdeps', source], seconds)).plan;
}

/**
 * What mock would do for `argv`, such as `['--install', 'hello']`.
 *
 * @param seconds limit.
 * @returns `plan` where dnf said it; `isTold` is false where this package manager never does.
 */
export async function planTransaction(
  session: MockSession,
  argv: readonly string[],
  seconds: number,
): Promise<{ readonly plan: RpmPlan | undefined; readonly isTold: boolean }> {
  const { buildroot } = session;
  const file = path.join(buildroot, PLAN_FILE);
  await session.session.run([
    ...['sh', '-c', BRING_PLUGIN, 'sh'],
    ...[path.join(BASEDIR, `${ROOT_NAME}-bootstrap`, 'root'), PLUGIN_FOLDER],
  ] as [string, ...string[]]);
  // One of before would be taken for the answer.
  await session.session.run(['rm', '-f', '--', file]);
  let said = '';
  try {
    // With logs of its own: those of the build are to say what happened, and this always ends with an error.
    const { stdout, stderr } = await session.mock([`--resultdir=${path.join(session.results, 'plan')}`, ...argv], {
      use: 'plan',
      network: true,
      okExitCodes: 'any',
      timeoutSeconds: seconds,
      captureBytes: 64 * 1024,
    });
    said = `${stdout}\n${stderr}`;
  } catch (error) {
    if (!(error instanceof CommandError) || error.failure.end === 'cancelled') throw error;
    return { plan: undefined, isTold: true };
  }
  const { exitCode, stdout } = await session.session.run(['cat', '--', file], {
    okExitCodes: 'any',
    captureBytes: MOST_BYTES,
  });
  const plan = exitCode === 0 ? parsePlan(stdout) : undefined;
  return { plan, isTold: plan !== undefined || !said.includes(CANNOT_TELL) };
}
