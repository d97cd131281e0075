/** Installs published packages in a clean session of their target, as a user would, and runs a command of theirs. */
import type { Repository } from '../buildroot/configuration.ts';
import type { Engine } from '../buildroot/engine/engine.ts';
import { type Generation, repositoryUris } from '../buildroot/generation.ts';
import { installedPackages } from '../buildroot/installed.ts';
import { localBinds } from '../buildroot/local-repository.ts';
import { failureLine, writeRepositories } from '../buildroot/mmdebstrap.ts';
import { openSession } from '../buildroot/session.ts';
import type { AptPin } from '../deb/apt-source.ts';
import { CommandError, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import type { Lock } from '../lock.ts';
import { type InstallResult, smokeTest } from './smoke.ts';

export type { InstallResult } from './smoke.ts';

export interface InstallRequest {
  readonly state: string;
  readonly engine: Engine;
  readonly scratch: number | 'disk';
  readonly generation: Generation;
  readonly lock: Lock;
  /** The published repository; its signature is checked by apt. */
  readonly repository: Repository;
  /** What the packages may need from elsewhere, beside the target's own archive. */
  readonly sources: readonly Repository[];
  readonly pins: readonly AptPin[];
  /** What apt downloads through. */
  readonly proxy?: string | undefined;
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
    engine: request.engine,
    root: { lower: [request.generation.tree] },
    scratch: request.scratch,
    locks: [request.lock],
    binds: await localBinds([...repositoryUris(request.generation), ...repositories.map(({ source }) => source)]),
    runId: request.runId,
    signal: request.signal,
  });
  const onLine = (line: string) => logger.tool(line);
  const through =
    request.proxy === undefined
      ? []
      : ['http', 'https'].flatMap((kind) => ['-o', `Acquire::${kind}::Proxy=${request.proxy}`]);
  const apt = (argv: readonly string[]) =>
    session.chroot(['apt-get', '-q', ...through, ...argv], {
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
  const tried = await smokeTest(session, request.smoke, request.smokeSeconds);
  return { installed, tried, seconds: (performance.now() - started) / 1000 };
}
