/** What a mock configuration comes to, asked of mock itself before anything is installed by it. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { CommandError, oneLine, quote, UserError } from '../../errors.ts';
import { baseArchitecture } from '../../rpm/architecture.ts';
import { readKey } from '../configuration.ts';
import type { Engine } from '../engine/engine.ts';
import { openSession, type Session } from '../session.ts';
import { CONFIGURATION, mockTop, SETTINGS_VARIABLE } from './config-text.ts';
import type { RpmBuildroot } from './configuration.ts';
import { type ConfiguredRepository, configuredRepositories, expandVariables } from './dnf-conf.ts';
import { type MockProgram, programBinds } from './program.ts';
import { runMock } from './run.ts';
import { MOCK_USER } from './session-script.ts';

export interface MockSettings {
  /** Whether the package manager runs in a root of its own. */
  readonly bootstrap: boolean;
  /** `dnf`, `dnf5`, `yum`. */
  readonly packageManager: string;
  /** Enabled ones, addresses with their variables replaced. */
  readonly repositories: readonly ConfiguredRepository[];
  /** Folders of repositories, and files of keys, of this machine that the configuration itself names. */
  readonly places: readonly string[];
}

const text = z.union([z.string(), z.number()]).transform(String);
const schema = z.object({
  target_arch: text,
  releasever: text.nullish(),
  dnf_vars: z.record(z.string(), text).nullish(),
  use_bootstrap: z.boolean().nullish(),
  package_manager: text.nullish(),
  'dnf.conf': z.string(),
});

const LIMIT = 300;
const MOST_BYTES = 8 * 1024 * 1024;

export interface SettingsOptions {
  readonly state: string;
  readonly configuration: RpmBuildroot;
  /** An empty folder, for a basedir. */
  readonly tree: string;
  readonly program: MockProgram;
  /** Where it runs; this host when absent. */
  readonly engine?: Engine;
  readonly runId: string;
  readonly signal?: AbortSignal;
}

/**
 * Has mock read the configuration, in a session without network, and checks what came of it.
 *
 * @throws UserError for a configuration that is wrong, is for another architecture, or does not verify its packages.
 */
export async function readSettings(options: SettingsOptions): Promise<MockSettings> {
  const { configuration } = options;
  const parsed = schema.safeParse(await askMock(options));
  if (parsed.success) return settingsOf(configuration, parsed.data);
  const [issue] = parsed.error.issues;
  throw wrong(configuration, `${issue?.path.join('.')}: ${issue?.message}`);
}

async function askMock(options: SettingsOptions): Promise<unknown> {
  const { configuration, program } = options;
  const { etc, binds } = await mockTop(configuration, []);
  await using session = await openSession({
    state: options.state,
    root: { tree: options.tree },
    scratch: 'disk',
    runId: options.runId,
    ...(options.engine ? { engine: options.engine } : {}),
    mock: { etc },
    binds: [...binds, ...programBinds(program)],
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const file = path.join(session.outbox, 'settings.json');
  const asked = await runMock(session, program, ['--debug-config'], {
    timeoutSeconds: LIMIT,
    okExitCodes: 'any',
    env: { [SETTINGS_VARIABLE]: file },
  });
  // In the session, where a link in its place leads to nothing of the host.
  const { stdout, exitCode } = await session.run(['cat', '--', file], { okExitCodes: 'any', captureBytes: MOST_BYTES });
  if (asked.exitCode !== 0 || exitCode !== 0) throw await wrongConfiguration(session, configuration, asked.stderr);
  try {
    return JSON.parse(stdout);
  } catch {
    throw wrong(configuration, `settings of more than ${MOST_BYTES / 2} bytes`);
  }
}

async function settingsOf(configuration: RpmBuildroot, found: z.output<typeof schema>): Promise<MockSettings> {
  if (found.target_arch !== configuration.architecture) {
    throw new UserError({
      what: 'a mock configuration for another architecture',
      where: whereOf(configuration),
      found: quote(found.target_arch),
      expected: configuration.architecture,
    });
  }
  const releasever = found.releasever ?? '';
  const variables: Record<string, string> = {
    arch: found.target_arch,
    basearch: baseArchitecture(found.target_arch),
    ...(releasever === '' ? {} : releaseVariables(releasever)),
    ...found.dnf_vars,
  };
  const expand = (value: string) => expandVariables(value, variables);
  const repositories = configuredRepositories(found['dnf.conf'])
    .filter(({ isEnabled }) => isEnabled)
    .map((one) => ({
      ...one,
      baseurls: one.baseurls.map(expand),
      mirrorlist: one.mirrorlist && expand(one.mirrorlist),
      metalink: one.metalink && expand(one.metalink),
      gpgkeys: one.gpgkeys.map(expand),
    }));
  checkRepositories(configuration, repositories);
  const own = repositories.filter(({ id }) => !configuration.repositories.some(({ name }) => name === id));
  return {
    bootstrap: found.use_bootstrap ?? false,
    packageManager: found.package_manager ?? 'dnf',
    repositories,
    places: await localPlaces(configuration, own),
  };
}

/** As dnf makes them of a release such as `9.4`. */
function releaseVariables(releasever: string): Record<string, string> {
  const [major = '', minor] = releasever.split('.');
  return { releasever, releasever_major: major, ...(minor === undefined ? {} : { releasever_minor: minor }) };
}

function checkRepositories(configuration: RpmBuildroot, repositories: readonly ConfiguredRepository[]): void {
  if (repositories.length === 0) throw wrong(configuration, 'no enabled repository in its dnf.conf');
  const trusted = configuration.repositories.filter((one) => one.trusted).map(({ name }) => name);
  const unverified = repositories.find(({ id, gpgcheck }) => !gpgcheck && !trusted.includes(id));
  if (unverified) {
    throw new UserError({
      what: `the repository ${quote(unverified.id)} does not verify its packages`,
      where: whereOf(configuration),
      found: 'gpgcheck=0',
      expected: 'gpgcheck=1 and gpgkey',
      remedy:
        'a folder of this machine may go without, as a line of repositories with trusted=yes instead of in the configuration',
    });
  }
}

/** Folders with repositories, and files of keys, that are named by their place on this machine. Nothing else is shown. */
async function localPlaces(
  configuration: RpmBuildroot,
  repositories: readonly ConfiguredRepository[],
): Promise<string[]> {
  const places = new Set<string>();
  for (const { id, baseurls, mirrorlist, metalink, gpgkeys } of repositories) {
    for (const url of baseurls) {
      const folder = localPath(url);
      if (folder === undefined) continue;
      const index = path.join(folder, 'repodata/repomd.xml');
      if (!(await isFile(index))) {
        throw new UserError({
          what: 'the folder of a repository holds none',
          where: `${whereOf(configuration)} ${id}`,
          found: quote(folder),
          expected: 'repodata/repomd.xml in it',
        });
      }
      places.add(folder);
    }
    const list = [mirrorlist, metalink].find((url) => url !== undefined && localPath(url) !== undefined);
    if (list !== undefined) {
      throw new UserError({
        what: 'a list of mirrors on this machine',
        where: `${whereOf(configuration)} ${id}`,
        found: quote(list),
        expected: 'baseurl, or a list on a server',
      });
    }
    for (const url of gpgkeys) {
      const file = localPath(url);
      // What lies there is in every session.
      if (file === undefined || /^\/(?:usr|etc\/pki\/(?:rpm-gpg|mock))\//.test(file)) continue;
      await readKey(file);
      places.add(file);
    }
  }
  return [...places].sort();
}

/** The place that a `file:` URL or a plain path names, links resolved by nobody; `undefined` for others. */
function localPath(url: string): string | undefined {
  if (url.startsWith('/')) return path.posix.normalize(url).replace(/(?<=.)\/+$/, '');
  if (!url.startsWith('file:')) return undefined;
  try {
    return path.posix.normalize(fileURLToPath(url)).replace(/(?<=.)\/+$/, '');
  } catch {
    return undefined;
  }
}

const isFile = (file: string): Promise<boolean> =>
  stat(file).then(
    (found) => found.isFile(),
    () => false,
  );

const whereOf = ({ target, mock }: RpmBuildroot): string =>
  `target ${target.name}: mock.${'text' in mock ? 'text' : `config ${mock.config}`}`;

function wrong(configuration: RpmBuildroot, found: string, line?: number): UserError {
  const at = line === undefined ? '' : ` line ${line}`;
  return new UserError({
    what: 'a mock configuration that cannot be used',
    where: `${whereOf(configuration)}${at}`,
    found,
  });
}

/** What mock says of a configuration that it cannot read, with the line of the text where it is known. */
async function wrongConfiguration(session: Session, configuration: RpmBuildroot, stderr: string): Promise<UserError> {
  const lines = stderr.split('\n').map((line) => line.trim());
  const said = lines.findLast((line) => /^(?:ERROR|CRITICAL):/.test(line)) ?? lines.findLast((line) => line !== '');
  const reason = (said ?? 'no reason given')
    .replace(/^(?:ERROR|CRITICAL): */, '')
    .replace(`Config error: ${CONFIGURATION}: `, '');
  if (!('text' in configuration.mock)) return wrong(configuration, oneLine(reason));
  // mock runs the text as a whole: the line of a mistake in its form is in the message, that of another one is not.
  const own = /^(.*) \(<string>, line (\d+)\)$/.exec(reason);
  const total = configuration.mock.text.split('\n').length;
  if (own) return wrong(configuration, oneLine(own[1] ?? ''), Math.min(Number(own[2]), total));
  return wrong(configuration, oneLine(reason), await failingLine(session, reason));
}

/**
 * Runs the text as mock does, to see in which line it fails with that reason. Values are stand-ins here, so a failure
 * for another reason says nothing.
 */
async function failingLine(session: Session, reason: string): Promise<number | undefined> {
  try {
    const { stdout } = await session.run(['python3', '-I', '-c', FAILING_LINE, CONFIGURATION], {
      privileges: 'mock',
      timeoutSeconds: LIMIT,
    });
    const [, line, message] = /^(\d+) (.*)$/s.exec(stdout.trim()) ?? [];
    return message !== undefined && message === reason ? Number(line) : undefined;
  } catch (error) {
    if (error instanceof CommandError && error.failure.end !== 'cancelled') return undefined;
    throw error;
  }
}

const FAILING_LINE = `
import os, sys
os.setgid(${MOCK_USER.id}); os.setuid(${MOCK_USER.id})
class Values(dict):
    def __missing__(self, key):
        return self.setdefault(key, Values())
content = open(sys.argv[1]).read()
try:
    exec(compile(content, 'configuration', 'exec'), {'config_opts': Values(), 'include': lambda name: None, 'os': os})
except Exception as error:
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename == 'configuration':
            line = trace.tb_lineno
        trace = trace.tb_next
    print(line, error)
`;
