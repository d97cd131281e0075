/** The runs of mock that one build takes, in one session: their logs, shown as they grow, and how they ended. */
import { chown } from 'node:fs/promises';
import path from 'node:path';
import type { MockSession } from '../buildroot/mock/session.ts';
import { MOCK_USER } from '../buildroot/mock/session-script.ts';
import { type CommandEnd, CommandError } from '../errors.ts';
import type { BuildLog } from './build-log.ts';
import { diagnoseMock } from './log/classify-mock.ts';
import type { Diagnosis, MockCommand, MockRun } from './log/diagnosis.ts';
import { readLog } from './log/text.ts';
import { copyLog, packageManagerLines, watchLogs } from './mock-logs.ts';

/** What is known of a build when its last run of mock has ended. */
export interface StepEnd {
  readonly exitCode: number | undefined;
  readonly end: CommandEnd;
}

export interface StepsOptions {
  /** For people: banners, what mock says, what the package manager and rpmbuild print, in the order it came. */
  readonly log: BuildLog;
  /** What mock says, alone. */
  readonly stderr: BuildLog;
  /** Seconds left of the limit. */
  readonly left: () => number;
  /** Bytes of each log that are kept; 0 for all. */
  readonly logBytes: number;
  /** Largest file that a build may write, in bytes; 0 for any. */
  readonly outputBytes: number;
}

/** dnf and rpm write files of this size of their own, whatever a package may. */
const LEAST_FILE_BYTES = 1024 ** 3;

/** Logs of mock that stand beside its stderr, by the names of `MockRun`. */
const TEXTS = { 'build.log': 'buildLog', 'root.log': 'rootLog', 'state.log': 'stateLog' } as const;
/** Further files that mock leaves, for people. */
const MORE_FILES = ['installed_pkgs.log', 'hw_info.log'];
/** Name of mock's stderr among the results. */
export const STDERR_LOG = 'mock-stderr.log';

export class MockSteps {
  readonly #options: StepsOptions;
  #session: MockSession | undefined;
  readonly #commands: MockCommand[] = [];
  #last: StepEnd = { exitCode: undefined, end: 'exit' };

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  /** How the last run ended. */
  get last(): StepEnd {
    return this.#last;
  }

  get isGood(): boolean {
    return this.#last.end === 'exit' && this.#last.exitCode === 0;
  }

  /**
   * Goes on in `session`, and closes the one before: nothing of it is needed any more but mock's logs, which go on in the
   * new one, since they are those of one build.
   */
  async enter(session: MockSession): Promise<void> {
    const before = this.#session;
    this.#session = session;
    if (before === undefined) return;
    for (const name of Object.keys(TEXTS)) {
      const file = path.join(session.results, name);
      if (!(await copyLog(path.join(before.results, name), file, this.#options.logBytes))) continue;
      await chown(file, MOCK_USER.id, MOCK_USER.id);
    }
    await before.session.close();
  }

  /** Runs mock to its end, whatever that is. */
  async run(command: MockCommand, argv: readonly string[], network: boolean): Promise<StepEnd> {
    const session = this.#entered();
    const { log, stderr, left, logBytes, outputBytes } = this.#options;
    this.#commands.push(command);
    const packageManager = packageManagerLines();
    const watch = watchLogs(session.results, ['root.log', 'build.log'], logBytes, (name, line) => {
      const shown = name === 'root.log' ? packageManager(line) : line;
      if (shown !== undefined) log.line(shown);
    });
    await watch.begun;
    try {
      const { exitCode } = await session.mock(argv, {
        network,
        use: command === 'installdeps' ? 'install' : 'build',
        mostBytes: command === 'installdeps' || outputBytes === 0 ? 0 : Math.max(outputBytes, LEAST_FILE_BYTES),
        okExitCodes: 'any',
        timeoutSeconds: left(),
        captureBytes: 64 * 1024,
        onLine: (line) => {
          stderr.write(line);
          log.line(line);
        },
      });
      this.#last = { exitCode, end: 'exit' };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      this.#last = { exitCode: error.failure.exitCode, end: error.failure.end };
    } finally {
      await watch.stop();
    }
    return this.#last;
  }

  /** Copies mock's logs to the results, once mock cannot write to them any more. */
  async copyLogs(folder: string): Promise<void> {
    const { results } = this.#entered();
    const { logBytes } = this.#options;
    for (const name of [...Object.keys(TEXTS), ...MORE_FILES]) {
      await copyLog(path.join(results, name), path.join(folder, name), logBytes);
    }
  }

  /**
   * What the logs say.
   *
   * @param folder where they lie: the results, or those of the session that goes on.
   */
  async diagnose(
    folder: string,
    facts: Pick<MockRun, 'hasPackages' | 'timeoutSeconds' | 'network' | 'scratch'>,
  ): Promise<Diagnosis> {
    const read = (file: string) => readLog(file).catch(() => undefined);
    const texts: Partial<Record<(typeof TEXTS)[keyof typeof TEXTS], string | undefined>> = {};
    for (const [name, field] of Object.entries(TEXTS)) texts[field] = await read(path.join(folder, name));
    const stderr = (await read(this.#options.stderr.file)) ?? '';
    return diagnoseMock({ commands: this.#commands, stderr, ...texts, ...this.#last, ...facts });
  }

  #entered(): MockSession {
    if (this.#session === undefined) throw new Error('mock is run before its session is there');
    return this.#session;
  }
}
