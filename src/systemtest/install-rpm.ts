/** Installs published rpm packages in a clean session of their target, as a user would, and runs a command of theirs. */
import type { Engine } from '../buildroot/engine/engine.ts';
import type { Generation } from '../buildroot/generation.ts';
import type { RpmRepository } from '../buildroot/mock/repositories.ts';
import { type MockSession, openMockSession } from '../buildroot/mock/session.ts';
import { mockFailureLine } from '../buildroot/mock/tree.ts';
import type { Session } from '../buildroot/session.ts';
import { UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import type { Lock } from '../lock.ts';
import { installByMock } from './mock-install.ts';
import { type InstallResult, smokeTest } from './smoke.ts';

export interface RpmInstallRequest {
  readonly state: string;
  readonly engine: Engine;
  readonly scratch: number | 'disk';
  /** An rpm generation: its buildroot is what the packages are installed in. */
  readonly generation: Generation;
  /** Of the generation; released at the end. */
  readonly lock: Lock;
  /**
   * The published repository that has the packages: the folder of one base architecture, by `file:` or http. dnf checks
   * the signatures of its index and of every package, so it has keys and is not `trusted`.
   */
  readonly repository: RpmRepository;
  /** What the packages may need from elsewhere, beside the repositories of the generation's configuration. */
  readonly sources: readonly RpmRepository[];
  /** Binary packages with the versions they must get. */
  readonly packages: readonly {
    readonly name: string;
    /** `[epoch:]version-release`. */
    readonly version: string;
    /** rpm's name of it, or `noarch`. */
    readonly architecture: string;
  }[];
  /** Commands that must succeed once they are installed, argument by argument; no shell. */
  readonly smoke: readonly (readonly string[])[];
  /** Wall-clock limit of each of them. */
  readonly smokeSeconds: number;
  /** Wall-clock limit of the installation. */
  readonly timeoutSeconds: number;
  /** What dnf downloads through. */
  readonly proxy?: string | undefined;
  readonly runId: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Installs and tries. dnf is run by mock, on the target's own configuration.
 *
 * @throws UserError where dnf cannot install the packages, or the smoke command fails: with the line that says why.
 */
export async function installAndTryRpm(request: RpmInstallRequest): Promise<InstallResult> {
  const started = performance.now();
  const { repository, packages } = request;
  if (packages.length === 0) throw new Error('there is no package to install');
  if (repository.trusted || repository.keys.length === 0) {
    throw new Error(`the published repository ${repository.name} would not be verified`);
  }
  await using mock = await openMockSession({
    state: request.state,
    engine: request.engine,
    generation: request.generation,
    scratch: request.scratch,
    locks: [request.lock],
    repositories: [{ ...repository, repoGpgcheck: true }, ...request.sources],
    ...(request.proxy === undefined ? {} : { install: { proxy: request.proxy } }),
    runId: request.runId,
    signal: request.signal,
  });
  const wanted = packages.map(({ name, version, architecture }) => `${name}-${version}.${architecture}`);
  await install(mock, wanted, request);
  // Scriptlets of the packages ran as root, with network: what they left running must not meet its own test.
  await mock.session.endProcesses();
  const installed = await requireInstalled(mock.session, packages, wanted);
  const tried = await smokeTest(mock.session, request.smoke, request.smokeSeconds);
  return { installed, tried, seconds: (performance.now() - started) / 1000 };
}

async function install(mock: MockSession, wanted: readonly string[], request: RpmInstallRequest): Promise<void> {
  const { logger, packages, timeoutSeconds } = request;
  const words = ['--install', ...wanted];
  const { failure } = await installByMock(mock, words, { say: (line) => logger.tool(line), timeoutSeconds });
  if (failure === undefined) return;
  const { error, told } = failure;
  throw new UserError(
    {
      what: 'the published packages cannot be installed',
      found: mockFailureLine(told) ?? error.message,
      expected: packages.map(({ name }) => name).join(' '),
    },
    { cause: error },
  );
}

/** rpm's own, with an epoch for every package. */
const QUERY = '%{name}-%{epochnum}:%{version}-%{release}.%{arch}\\n';

/** What rpm says of the packages; dnf is content where another one provides what it was asked for. */
async function requireInstalled(
  session: Session,
  packages: RpmInstallRequest['packages'],
  wanted: readonly string[],
): Promise<string[]> {
  const names = packages.map(({ name, architecture }) => `${name}.${architecture}`);
  const { stdout } = await session.chroot(['rpm', '--query', '--queryformat', QUERY, '--', ...names], {
    // One that is not there is said so on standard output.
    okExitCodes: 'any',
  });
  const installed = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/-0:(?=[^:]*$)/, '-'));
  const missing = wanted.filter((nevra) => !installed.includes(nevra));
  if (missing.length > 0) {
    throw new UserError({
      what: 'packages are not installed as they were published',
      found: installed.join(', '),
      expected: missing.join(', '),
    });
  }
  return wanted.toSorted();
}
