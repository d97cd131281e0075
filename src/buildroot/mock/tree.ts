/** Makes the tree of an rpm generation: mock's basedir, with the buildroot in it, by `mock --init`. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { CommandError } from '../../errors.ts';
import type { Logger } from '../../host/host.ts';
import { run } from '../../process.ts';
import type { Engine } from '../engine/engine.ts';
import type { Generation, GenerationRecord } from '../generation.ts';
import { sessionUri } from '../local-repository.ts';
import { openSession, type Session } from '../session.ts';
import { mockTop } from './config-text.ts';
import type { RpmBuildroot } from './configuration.ts';
import { installedRpms } from './installed.ts';
import { findMock, type MockProgram, programBinds } from './program.ts';
import { repositoryFolder } from './repositories.ts';
import { runMock } from './run.ts';
import { BASEDIR, ROOT_NAME } from './session-script.ts';
import { readSettings } from './settings.ts';
import { describeRepositories } from './upstream.ts';

const LIMIT = 3600;

/**
 * The buildroot of an rpm generation, a root tree by itself: only ever a lower folder. A plain session over it
 * (`openSession({ root: { lower: [buildrootTree(generation)] } })`) is a chroot of the target without mock.
 */
export function buildrootTree(generation: Pick<Generation, 'tree'>): string {
  return path.join(generation.tree, ROOT_NAME, 'root');
}

export interface MadeRpmTree {
  readonly releases: GenerationRecord['releases'];
  readonly packages: string[];
  readonly bytes: number;
  readonly tools: Record<string, string>;
  readonly places: readonly string[];
}

export interface MakeRpmOptions {
  readonly state: string;
  readonly configuration: RpmBuildroot;
  /** Folder to be made. */
  readonly tree: string;
  /** Where mock runs; this host when absent. */
  readonly engine?: Engine;
  readonly runId: string;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
  /** Address of a proxy that packages are downloaded through; the tree does not keep it. */
  readonly proxy?: string;
}

/**
 * Makes the tree. mock runs in a session that works on the tree itself and dies with us, so a killed update leaves a
 * folder and nothing else.
 *
 * @throws UserError for a configuration that is wrong or does not verify its packages; CommandError of mock.
 */
export async function makeRpmTree(options: MakeRpmOptions): Promise<MadeRpmTree> {
  const { configuration, tree, logger, signal, engine } = options;
  const program = await findMock(process.env, engine);
  await mkdir(tree, { mode: 0o755 });
  const settings = await readSettings({ ...options, program });
  // The session furnishes them: /dev, /proc and /sys.
  const names = settings.bootstrap ? [ROOT_NAME, `${ROOT_NAME}-bootstrap`] : [ROOT_NAME];
  for (const name of names) await mkdir(path.join(tree, name, 'root'), { recursive: true, mode: 0o755 });
  const { etc, binds } = await mockTop(
    configuration,
    [],
    settings.places,
    options.proxy === undefined ? {} : { proxy: options.proxy },
  );
  await using session = await openSession({
    state: options.state,
    root: { tree },
    scratch: 'disk',
    runId: options.runId,
    ...(engine ? { engine } : {}),
    mock: { etc },
    binds: [...binds, ...programBinds(program)],
    ...(signal ? { signal } : {}),
  });
  // The tree is empty: there is nothing to clean, and its mounts would be in the way.
  await runMock(session, program, ['--init', '--no-clean', '--no-cleanup-after', `--resultdir=${session.outbox}`], {
    network: true,
    use: 'install',
    timeoutSeconds: LIMIT,
    onLine: (line) => report(line, logger),
    ...(signal ? { signal } : {}),
  }).catch(async (error: unknown) => {
    throw await withRootLog(error, session);
  });
  const packages = await installedRpms(session);
  const tools = await toolVersions(session, program);
  // All in the session: outside of it, links that packages made would lead elsewhere.
  const releases = await describeRepositories(session, settings.repositories, shownUris(configuration));
  for (const name of names) await removeDownloads(session, path.join(BASEDIR, name, 'root'));
  await session.stop();
  const size = await run(['du', '--summarize', '--block-size=1', '--one-file-system', '--', tree]);
  return {
    releases: releases ?? [],
    packages,
    bytes: Number(size.stdout.split('\t')[0]),
    tools,
    places: settings.places,
  };
}

/** mock leaves what dnf said in root.log: the failure, with its end. */
async function withRootLog(error: unknown, session: Session): Promise<unknown> {
  if (!(error instanceof CommandError) || error.failure.end !== 'exit') return error;
  const log = path.join(session.outbox, 'root.log');
  // In the session, where a link in its place leads to nothing of the host.
  const { stdout } = await session.run(['tail', '-c', '65536', '--', log], { okExitCodes: 'any' });
  const lines = stdout.split('\n').map((line) => line.replace(/^[A-Z]+ \w+\.py:\d+: +/, ''));
  return new CommandError({ ...error.failure, stderr: `${lines.join('\n')}\n${error.failure.stderr}` });
}

/** What dnf knows folders of this machine by, with what they are called here. */
function shownUris({ repositories }: RpmBuildroot): Map<string, string> {
  const shown = new Map<string, string>();
  for (const repository of repositories) {
    const folder = repositoryFolder(repository);
    if (folder !== undefined) shown.set(`file://${sessionUri(folder)}`, repository.baseurl);
  }
  return shown;
}

/** Packages that were downloaded are installed now. Metadata stays: sessions without network resolve with it. */
async function removeDownloads(session: Session, root: string): Promise<void> {
  const places = ['dnf', 'libdnf5', 'yum'].map((cache) => `/var/cache/${cache}/*/packages`);
  await session.run(['chroot', root, 'sh', '-c', `rm -rf ${places.join(' ')}`]);
}

/** Versions of what made the tree: mock, and the host's dnf and rpm. */
async function toolVersions(session: Session, program: MockProgram): Promise<Record<string, string>> {
  // What they say comes first, whatever fails then: dnf wants to write below /var.
  const options = { okExitCodes: 'any', privileges: 'build' } as const;
  const said = {
    mock: await runMock(session, program, ['--version'], { okExitCodes: 'any' }),
    dnf: await session.run(['sh', '-c', 'dnf --version 2>/dev/null || dnf5 --version 2>/dev/null'], options),
    rpm: await session.run(['rpm', '--version'], options),
  };
  return Object.fromEntries(
    Object.entries(said).flatMap(([name, { stdout }]) => {
      const [line = ''] = stdout.split('\n');
      // A development version of mock is no number.
      const version = /\d+(?:\.\d+)+\S*/.exec(line)?.[0] ?? line.trim().slice(0, 64);
      return version === '' ? [] : [[name, version]];
    }),
  );
}

/** mock's lines; what it complains of, as warnings. That a command failed is told with why, once mock has ended. */
export function report(line: string, logger: Logger): void {
  const text = line.trim();
  const [, complaint] = /^(?:WARNING|ERROR|CRITICAL): *(?!Command failed)(\S.*)/.exec(text) ?? [];
  if (complaint !== undefined) logger.warning(`mock: ${complaint}`);
  else if (text !== '') logger.tool(text);
}

/** The line of a failure of mock that says why: dnf's own, where it was dnf. */
export function mockFailureLine(error: CommandError): string | undefined {
  const lines = `${error.failure.stdout}\n${error.failure.stderr}`.split('\n').map((line) => line.trim());
  const reasons = [
    /is not signed$|GPG check FAILED|Public key for .* is not (?:trusted|installed)|Failed to retrieve GPG key|bad GPG signature|The GPG keys listed/i,
    /Failed to download metadata|Cannot download|Curl error|Status code: \d+|No URLs in mirrorlist/,
    /^(?:No match for argument|Unable to find a match)|nothing provides/,
    /^Error: (?!Unable to find)/,
    /^(?:ERROR|CRITICAL): *(?!Command failed|Exception)\S/,
    /^ERROR: *(?!Command failed: *$)\S/,
  ];
  const line = reasons.map((reason) => lines.find((text) => reason.test(text))).find((text) => text !== undefined);
  // dnf's lists, and what mock says before each.
  return line?.replace(/^(?:(?:-|>>>|ERROR:|CRITICAL:|Error:) +)+/, '');
}
