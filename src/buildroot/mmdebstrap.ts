/**
 * Makes the root tree of a generation for Debian and its kin, by mmdebstrap(1). A change of what it holds raises the
 * number of the recipe in configuration.ts.
 */
import path from 'node:path';
import { formatAptPin, formatDeb822Source, localFolder } from '../deb/apt-source.ts';
import type { CommandError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { type Argv, run } from '../process.ts';
import { type DebBuildroot, firstSuite, splitSources } from './configuration.ts';
import { type Engine, HOST_ENGINE, isContainerEngine } from './engine/engine.ts';
import { runTool } from './engine/tool-run.ts';
import type { GenerationRecord } from './generation.ts';
import { hostSources, sourcesFromHost } from './host-apt.ts';
import { installedPackages } from './installed.ts';
import { localBinds, sessionUri } from './local-repository.ts';
import { describeReleases } from './releases.ts';
import { openSession, type Session } from './session.ts';

/**
 * User that builds, in every buildroot: sbuild's default name, with a fixed id so that layers fit any generation. A
 * system id: the package sbuild, installed in a session, takes another for a leftover and fails.
 */
const BUILD_USER = { name: 'sbuild', id: '951' };

/** Read inside the root by every apt in a session. */
const APT_CONFIGURATION = `// Written by pkg-actions.
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Get::Assume-Yes "true";
APT::AutoRemove::SuggestsImportant "false";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "60";
Acquire::https::Timeout "60";
Dpkg::Options { "--force-confold"; "--force-unsafe-io"; };
Dpkg::Use-Pty "false";
`;

/**
 * As sbuild answers it: nobody reads manual pages here, and making their database takes as long as installing some of the
 * packages (https://bugs.debian.org/554914).
 */
const DEBCONF_ANSWERS = 'man-db man-db/auto-update boolean false\n';

/** No service starts in a buildroot (invoke-rc.d(8)). */
const POLICY_RC = '#!/bin/sh\nexit 101\n';

export interface MadeTree {
  readonly releases: GenerationRecord['releases'];
  readonly packages: string[];
  readonly bytes: number;
  readonly tools: Record<string, string>;
}

export interface MakeOptions {
  readonly state: string;
  readonly configuration: DebBuildroot;
  /** Folder to be made. */
  readonly tree: string;
  /** Where mmdebstrap and the sessions run; this host when absent. */
  readonly engine?: Engine;
  readonly runId: string;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
  /** Address of a proxy that packages are downloaded through; the tree does not keep it. */
  readonly proxy?: string;
}

/**
 * Makes the tree. Everything runs in namespaces that die with us, so a killed update leaves a folder and nothing else.
 *
 * @throws CommandError of mmdebstrap or apt.
 */
export async function makeDebTree(options: MakeOptions): Promise<MadeTree> {
  const { configuration, tree, logger, signal, engine = HOST_ENGINE } = options;
  const { target, architecture } = configuration;
  const { archive } = splitSources(target);
  const sources = await sourceLines(configuration);
  const keyrings = new Set(
    [target.keyring, ...archive.map((source) => source.keyring)].filter((file) => file !== undefined),
  );
  // They may come from a repository that is only added once there is an apt to add it to.
  const later = configuration.repositories.length > 0;
  const argv: Argv = [
    'mmdebstrap',
    ...['--mode=root', '--format=directory', '--variant=buildd', `--architectures=${architecture}`],
    // Without apt's lists a session could resolve nothing before an update of its own.
    '--skip=cleanup/apt/lists',
    `--include=${['fakeroot', ...(later ? [] : included(configuration))].join(',')}`,
    `--components=${target.components.join(',')}`,
    ...['--aptopt=Acquire::Retries "3"', '--aptopt=Acquire::Languages "none"'],
    ...[...keyrings].map((keyring) => `--keyring=${keyring}`),
    firstSuite(target),
    tree,
    ...sources,
  ];
  const how = {
    display: argv,
    timeoutSeconds: 3600,
    // Not by --aptopt, which stays in the tree.
    env: proxyEnvironment(options.proxy),
    onLine: (line: string) => report(line, logger),
    ...(signal ? { signal } : {}),
  };
  if (isContainerEngine(engine)) {
    const { state, runId } = options;
    const readable = [...keyrings, ...keyringsOf(sources)];
    await runTool(engine, argv, { ...how, state, runId, writable: [path.dirname(tree)], readable });
  } else {
    await run(['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', ...argv], how);
  }
  await finish(options);
  return describe(tree, options);
}

/** As apt reads it (apt-transport-http(1)). */
const proxyEnvironment = (proxy: string | undefined): Record<string, string> =>
  proxy === undefined ? {} : { http_proxy: proxy, https_proxy: proxy };

const included = ({ target, include }: DebBuildroot) => [...target.include, ...include];

/** What goes on inside the fresh tree: the build user, apt's settings, further repositories, the newest versions. */
async function finish({
  state,
  configuration,
  tree,
  engine,
  runId,
  logger,
  signal,
  proxy,
}: MakeOptions): Promise<void> {
  await using session = await openSession({
    state,
    root: { tree },
    scratch: 'disk',
    runId,
    ...(engine ? { engine } : {}),
    binds: await localBinds(configuration.repositories.map(({ source }) => source)),
    ...(signal ? { signal } : {}),
  });
  const setup = { network: true, privileges: 'setup', env: proxyEnvironment(proxy) } as const;
  const progress = { onLine: (line: string) => report(line, logger) };
  await session.chroot(['groupadd', '--gid', BUILD_USER.id, BUILD_USER.name], setup);
  await session.chroot(
    [
      'useradd',
      '--uid',
      BUILD_USER.id,
      '--gid',
      BUILD_USER.id,
      '--home-dir',
      '/nonexistent',
      '--no-create-home',
      '--shell',
      '/bin/sh',
      BUILD_USER.name,
    ],
    setup,
  );
  await session.chroot(['mkdir', '-p', '/build', '/run/pkg-actions'], setup);
  await session.writeFile('/usr/sbin/policy-rc.d', POLICY_RC, '0755');
  await answerDebconf(session);
  await session.writeFile('/etc/apt/apt.conf.d/90pkg-actions', APT_CONFIGURATION);
  await writeRepositories(session.writeFile, configuration.repositories, configuration.pins, 'buildroot');
  if (configuration.repositories.length > 0) {
    await session.chroot(['apt-get', 'update', '-q', '--error-on=any'], {
      ...setup,
      ...progress,
      timeoutSeconds: 1800,
    });
    const packages = included(configuration);
    if (packages.length > 0) {
      await session.chroot(['apt-get', 'install', '-q', ...packages], { ...setup, ...progress, timeoutSeconds: 1800 });
    }
    await session.chroot(['apt-get', 'dist-upgrade', '-q'], { ...setup, ...progress, timeoutSeconds: 1800 });
  }
  await session.chroot(['apt-get', 'clean'], setup);
}

/** Answers questions of packages that builds install. A tree without debconf asks none. */
async function answerDebconf(session: Session): Promise<void> {
  const answers = '/run/pkg-actions/debconf-answers';
  await session.writeFile(answers, DEBCONF_ANSWERS);
  const script = 'if command -v debconf-set-selections >/dev/null; then debconf-set-selections "$1"; fi; rm "$1"';
  await session.chroot(['sh', '-c', script, 'sh', answers], { privileges: 'setup' });
}

/** Writes sources, keys and pins below /etc/apt, under `label`. */
export async function writeRepositories(
  write: (file: string, content: string) => Promise<void>,
  repositories: DebBuildroot['repositories'],
  pins: DebBuildroot['pins'],
  label: string,
): Promise<void> {
  const stanzas: string[] = [];
  for (const [index, { source, key }] of repositories.entries()) {
    const keyring = key === undefined ? undefined : `/etc/apt/keyrings/${label}-${index}.asc`;
    if (keyring !== undefined) await write(keyring, `${key}\n`);
    const local = localFolder(source);
    stanzas.push(
      formatDeb822Source(local === undefined ? source : { ...source, uri: `file:${sessionUri(source.uri)}` }, keyring),
    );
  }
  if (stanzas.length > 0) await write(`/etc/apt/sources.list.d/${label}.sources`, stanzas.join('\n'));
  if (pins.length > 0) await write(`/etc/apt/preferences.d/${label}`, pins.map(formatAptPin).join('\n'));
}

/** The archive as one-line sources; none where mmdebstrap is to take its default for the suite. */
async function sourceLines({ target, mirror }: DebBuildroot): Promise<string[]> {
  const { archive } = splitSources(target);
  const own = mirror ?? archive[0]?.mirror;
  if (own === undefined) return sourcesFromHost(await hostSources(), target.distribution, archive) ?? [];
  return archive.flatMap((source) =>
    source.suites
      // A mirror is one of the archive; Debian's security archive is another, so it has to be named by itself.
      .filter((suite) => mirror === undefined || !suite.endsWith('-security') || target.distribution !== 'debian')
      .map((suite) => `deb ${mirror ?? source.mirror ?? own} ${suite} ${source.components.join(' ')}`),
  );
}

async function describe(tree: string, { state, configuration, engine, runId, signal }: MakeOptions): Promise<MadeTree> {
  await using session = await openSession({
    state,
    root: { tree },
    scratch: 'disk',
    runId,
    ...(engine ? { engine } : {}),
    // apt keeps links to indexes of local repositories.
    binds: await localBinds(configuration.repositories.map(({ source }) => source)),
    ...(signal ? { signal } : {}),
  });
  const packages = await installedPackages(session);
  const releases = await describeReleases(session, configuration.repositories);
  const size = await run(['du', '--summarize', '--block-size=1', '--one-file-system', '--', tree]);
  // Beside the root: the tools of the host, or of the image.
  const mmdebstrap = await session.run(['mmdebstrap', '--version']);
  return {
    releases,
    packages,
    bytes: Number(size.stdout.split('\t')[0]),
    tools: { mmdebstrap: mmdebstrap.stdout.trim().replace(/^mmdebstrap /, '') },
  };
}

/** Files that one-line sources name as their keys (sources.list(5)). */
const keyringsOf = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => /\bsigned-by=([^\]\s,]+)/.exec(line)?.[1] ?? []).filter((file) => file.startsWith('/'));

/** mmdebstrap's and apt's lines; what they complain of, as warnings. */
function report(line: string, logger: Logger): void {
  const text = line.trim();
  if (/^[WE]:/.test(text)) logger.warning(text);
  else if (text !== '') logger.tool(text);
}

/** The line of an apt or mmdebstrap failure that says why. */
export function failureLine(error: CommandError): string | undefined {
  const lines = `${error.failure.stdout}\n${error.failure.stderr}`.split('\n').map((line) => line.trim());
  const reasons = [
    /NO_PUBKEY|not signed|signatures? couldn't be verified|signatures were invalid/,
    /^E: Failed to fetch/,
    /^E: (?!mmdebstrap failed|apt-get (update|.*failed$)|Some index files failed)/,
    /^E: /,
  ];
  return reasons.map((reason) => lines.find((line) => reason.test(line))).find((line) => line !== undefined);
}
