/** Installs published packages in a clean session of their target, as a user would, and runs a command of theirs. */
import type { Repository } from '../buildroot/configuration.ts';
import { type Generation, repositoryUris } from '../buildroot/generation.ts';
import { installedPackages } from '../buildroot/installed.ts';
import { localBinds } from '../buildroot/local-repository.ts';
import { failureLine, writeRepositories } from '../buildroot/mmdebstrap.ts';
import { openSession, type Session } from '../buildroot/session.ts';
import type { AptPin } from '../deb/apt-source.ts';
import { CommandError, shellQuote, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import type { Lock } from '../lock.ts';

export interface InstallRequest {
  readonly state: string;
  readonly scratch: number | 'disk';
  readonly generation: Generation;
  readonly lock: Lock;
  /** The published repository; its signature is checked by apt. */
  readonly repository: Repository;
  /** What the packages may need from elsewhere, beside the target's own archive. */
  readonly sources: readonly Repository[];
  readonly pins: readonly AptPin[];
  /** Binary packages with the versions they must get. */
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  /** Commands that must succeed once they are installed, argument by argument; no shell. */
  readonly smoke: readonly (readonly string[])[];
  /** Wall-clock limit of each of them. */
  readonly smokeSeconds: number;
  /** Wall-clock limit of each call of apt. */
  readonly timeoutSeconds: number;
  readonly runId: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface InstallResult {
  /** `name:architecture=version` as dpkg has them after the installation. */
  readonly installed: readonly string[];
  /** The smoke commands, and the first lines that each wrote. */
  readonly tried: readonly { readonly command: string; readonly output: string }[];
  readonly seconds: number;
}

/**
 * Installs and tries.
 *
 * @throws UserError where apt cannot install the packages, or the smoke command fails: with the line that says why.
 */
export async function installAndTry(request: InstallRequest): Promise<InstallResult> {
  const started = performance.now();
  const { logger } = request;
  const repositories = [request.repository, ...request.sources];
  await using session = await openSession({
    state: request.state,
    root: { lower: [request.generation.tree] },
    scratch: request.scratch,
    locks: [request.lock],
    binds: await localBinds([...repositoryUris(request.generation), ...repositories.map(({ source }) => source)]),
    runId: request.runId,
    signal: request.signal,
  });
  const onLine = (line: string) => logger.tool(line);
  const apt = (argv: readonly string[]) =>
    session.chroot(['apt-get', '-q', ...argv], {
      network: true,
      privileges: 'setup',
      onLine,
      timeoutSeconds: request.timeoutSeconds,
    });
  try {
    await writeRepositories(session.writeFile, repositories, request.pins, 'published');
    await apt([
      ...['-o', 'Dir::Etc::SourceList=/etc/apt/sources.list.d/published.sources', '-o', 'Dir::Etc::SourceParts=-'],
      ...['-o', 'APT::Get::List-Cleanup=0', '--error-on=any', 'update'],
    ]);
    await apt(['install', ...request.packages.map(({ name, version }) => `${name}=${version}`)]);
  } catch (error) {
    if (!(error instanceof CommandError) || error.failure.end !== 'exit') throw error;
    throw new UserError(
      {
        what: 'the published packages cannot be installed',
        found: failureLine(error) ?? error.message,
        expected: request.packages.map(({ name }) => name).join(' '),
      },
      { cause: error },
    );
  }
  // Maintainer scripts of the package ran as root, with network: what they left running must not meet its own test.
  await session.endProcesses();
  const installed = await installedPackages(
    session,
    request.packages.map(({ name }) => name),
  );
  const tried = [];
  for (const argv of request.smoke) {
    tried.push({ command: shellQuote(argv), output: await smoke(session, argv, request.smokeSeconds) });
  }
  return { installed, tried, seconds: (performance.now() - started) / 1000 };
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
