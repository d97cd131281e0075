/** `mock --install` in a session, with what dnf says of it. */
import { packageManagerLines, watchLogs } from '../builder/mock-logs.ts';
import type { MockSession } from '../buildroot/mock/session.ts';
import { CommandError } from '../errors.ts';

/** Lines of dnf that are looked at for the reason of a failure. */
const KEPT_LINES = 1000;

export interface MockInstall {
  /** The last lines that dnf has printed. */
  readonly lines: readonly string[];
  /** How it failed: as mock says it, and with what dnf printed in the place of mock's output. Absent where it did not. */
  readonly failure?: { readonly error: CommandError; readonly told: CommandError };
}

/**
 * Installs packages, with network.
 *
 * @param words options for dnf and the packages, as mock's command line has them; `--install` stands among them.
 * @param say is told every line, of mock and of dnf.
 * @throws CommandError where mock was ended: by its time, a signal, a cancellation.
 */
export async function installByMock(
  mock: MockSession,
  words: readonly string[],
  { say, timeoutSeconds }: { readonly say: (line: string) => void; readonly timeoutSeconds: number },
): Promise<MockInstall> {
  // What dnf prints goes to root.log, and not to mock's own output.
  const lines: string[] = [];
  const pick = packageManagerLines();
  const watch = watchLogs(mock.results, ['root.log'], 0, (_, line) => {
    const text = pick(line);
    if (text === undefined) return;
    say(text);
    lines.push(text);
    if (lines.length > KEPT_LINES) lines.shift();
  });
  await watch.begun;
  try {
    try {
      await mock.mock(words, { network: true, use: 'install', onLine: say, timeoutSeconds });
    } finally {
      await watch.stop();
    }
    return { lines };
  } catch (error) {
    if (!(error instanceof CommandError) || error.failure.end !== 'exit') throw error;
    return { lines, failure: { error, told: new CommandError({ ...error.failure, stdout: lines.join('\n') }) } };
  }
}
