/** How mock is called inside of a session. */
import type { RunResult } from '../../process.ts';
import type { Session, SessionRunOptions } from '../session.ts';
import { CONFIGURATIONS, type ConfigurationUse } from './config-text.ts';
import { MOCK_CONFIGURATIONS } from './configuration.ts';
import type { MockProgram } from './program.ts';
import { MOCK_USER } from './session-script.ts';

/** mock refuses to run for root alone: it wants to know whom it is to become (sudo(8), SUDO_UID). */
const ENVIRONMENT = {
  SUDO_UID: String(MOCK_USER.id),
  SUDO_GID: String(MOCK_USER.id),
  SUDO_USER: MOCK_USER.name,
  HOME: '/nonexistent',
  USER: undefined,
  LOGNAME: undefined,
  TMPDIR: undefined,
};

/** Runs mock in `session` on its configuration for `use`, with the least privileges that it works with. */
export function runMock(
  session: Session,
  program: MockProgram,
  argv: readonly string[],
  options: SessionRunOptions & { readonly mostBytes?: number; readonly use?: ConfigurationUse } = {},
): Promise<RunResult> {
  const { mostBytes = 0, use = 'build', ...more } = options;
  const shown = ['mock', '-r', CONFIGURATIONS[use], ...argv];
  const limit = mostBytes > 0 ? ['prlimit', `--fsize=${mostBytes}`, '--'] : [];
  const command = [...limit, program.file, `--configdir=${MOCK_CONFIGURATIONS}`, ...shown.slice(1)];
  return session.run(command as [string, ...string[]], {
    ...more,
    privileges: 'mock',
    display: options.display ?? shown,
    env: { ...ENVIRONMENT, ...options.env },
  });
}
