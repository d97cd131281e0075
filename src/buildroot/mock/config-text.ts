/**
 * The configuration that mock is given: the one of the target, then what holds for every buildroot of ours.
 *
 * A mock configuration is a Python program, in which `include()` is replaced as text before it runs, and whose values
 * are Jinja templates. So what comes from outside ends in string literals on one line, and holds no braces.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { sessionUri } from '../local-repository.ts';
import { MOCK_CONFIGURATIONS, type RpmBuildroot } from './configuration.ts';
import { CANNOT_TELL, PLUGIN, PLUGIN_FILE, PLUGIN_PATH } from './dnf-plan.ts';
import { type Bind, placeBinds } from './places.ts';
import { type RpmRepository, repositoryFolder } from './repositories.ts';
import { BASEDIR, ROOT_NAME } from './session-script.ts';

/** Where the configuration is in a session. */
export const CONFIGURATION = '/etc/pkg-actions/buildroot.cfg';

/** The configurations of a session: for builds, for installing what they need, and for asking what that would be. */
export const CONFIGURATIONS = {
  build: CONFIGURATION,
  install: '/etc/pkg-actions/install/buildroot.cfg',
  plan: '/etc/pkg-actions/plan/buildroot.cfg',
} as const;
export type ConfigurationUse = keyof typeof CONFIGURATIONS;

/** How a session's packages are installed; nothing of it holds for the build. */
export interface InstallOptions {
  /** Address of a proxy for all repositories that are not of this machine. */
  readonly proxy?: string;
  /** Whether the package manager leaves what it downloaded, to be kept. */
  readonly keepDownloads?: boolean;
  /**
   * Whether what is to be installed is installed already, when the session begins. Then the build, offline, does not know
   * the session's own repositories: nobody has fetched their indexes there.
   */
  readonly isInstalled?: boolean;
  /**
   * Nothing is installed: packages are resolved, downloaded and verified, and no scriptlet runs. `replacing`: what is in
   * the way may go, as in a buildroot; `keeping`: it may not, as on a machine that is brought up to date.
   */
  readonly downloadOnly?: 'replacing' | 'keeping';
}

/** What holds for builds alone, and not for installing what they need. */
export interface BuildOptions {
  /** Variables of what runs in the root. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folders before the others of PATH. */
  readonly path: readonly string[];
  /** Folders of the session's top that are mounted at the same place of the root, as they are. */
  readonly folders: readonly string[];
}

/** Names the file that a session's configuration writes its settings to, as JSON, when it is read. */
export const SETTINGS_VARIABLE = 'PKG_ACTIONS_SETTINGS';

/** Settings that are ours to know, as mock itself expands them. */
const SETTINGS = ['target_arch', 'releasever', 'dnf_vars', 'use_bootstrap', 'package_manager', 'dnf.conf'];

/**
 * Plugins that are off: what they keep or mount would be shared between sessions or lie outside of them, sign with a
 * key, or hide the logs. (`yum_cache`: dnf's metadata then is a part of the generation.)
 */
const PLUGINS_OFF = [
  'root_cache',
  'yum_cache',
  'ccache',
  'tmpfs',
  'lvm_root',
  'overlayfs',
  'bind_mount',
  'mount',
  'sign',
  'compress_logs',
];

/** A text as a Python literal. JSON is one where nothing lies beyond ASCII. */
function literal(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * The whole configuration, with `repositories` beside those of the buildroot.
 *
 * @param more lines of Python that come last.
 */
export function configurationText(
  buildroot: RpmBuildroot,
  repositories: readonly RpmRepository[] = [],
  more: readonly string[] = [],
): string {
  const { mock, include } = buildroot;
  const all = [...buildroot.repositories, ...repositories];
  const set = (name: string, value: string) => `config_opts[${literal(name)}] = ${value}`;
  return [
    // First, so that lines in its errors are its own.
    'text' in mock ? mock.text : `include('${MOCK_CONFIGURATIONS}/${mock.config}.cfg')`,
    '',
    '# From here on: set by pkg-actions.',
    set('root', literal(ROOT_NAME)),
    set('basedir', literal(BASEDIR)),
    set('rootdir', literal(`${BASEDIR}/${ROOT_NAME}/root`)),
    set('cache_topdir', literal('/var/cache/mock')),
    set('isolation', literal('simple')),
    // The session has /dev in the root, and nothing in it may make device nodes.
    set('internal_dev_setup', 'False'),
    // Images of a registry are nothing that a generation could name.
    set('use_bootstrap_image', 'False'),
    set('use_buildroot_image', 'False'),
    // Else mock waits for a key to be pressed where the host has another package manager.
    set('dnf_warning', 'False'),
    ...PLUGINS_OFF.map((name) => `config_opts['plugin_conf'][${literal(`${name}_enable`)}] = False`),
    ...(include.length === 0
      ? []
      : [
          "pkg_actions_more = config_opts.get('chroot_additional_packages') or []",
          'pkg_actions_more = pkg_actions_more.split() if isinstance(pkg_actions_more, str) else list(pkg_actions_more)',
          set('chroot_additional_packages', `pkg_actions_more + [${include.map(literal).join(', ')}]`),
        ]),
    ...(all.length === 0
      ? []
      : [set('dnf.conf', `config_opts['dnf.conf'] + ${literal(`\n${all.map(repositoryText).join('\n')}`)}`)]),
    `pkg_actions_file = __import__('os').environ.get(${literal(SETTINGS_VARIABLE)})`,
    'if pkg_actions_file:',
    "    config_opts['__jinja_expand'] = True",
    "    if not config_opts.get('repo_arch'):",
    "        config_opts['repo_arch'] = (config_opts.get('repo_arch_map') or {}).get(config_opts['target_arch'], config_opts['target_arch'])",
    '    pkg_actions_settings = {}',
    `    for pkg_actions_name in [${SETTINGS.map(literal).join(', ')}]:`,
    '        pkg_actions_settings[pkg_actions_name] = config_opts.get(pkg_actions_name)',
    "    with open(pkg_actions_file, 'w') as pkg_actions_stream:",
    "        __import__('json').dump(pkg_actions_settings, pkg_actions_stream, default=str)",
    "    config_opts['__jinja_expand'] = False",
    ...more,
    '',
  ].join('\n');
}

/** Lines for a configuration whose package manager is given further options (dnf(8)). */
function managerOptions(options: readonly string[], managers: readonly string[]): string[] {
  // On the command line: dnf.conf of the root is seen in builds.
  const words = options.map(literal).join(', ');
  return managers.map((name) => {
    const key = literal(`${name}_common_opts`);
    return `config_opts[${key}] = list(config_opts.get(${key}) or []) + [${words}]`;
  });
}

/** As mock has their options: `dnf` is dnf4, also for a mock that knows no other. */
const MANAGERS = ['dnf', 'dnf5', 'yum'];

/** Further lines of the configurations that install, and that only ask. */
function installLines({ proxy, keepDownloads = false, downloadOnly }: InstallOptions): {
  install: string[];
  plan: string[];
} {
  const common = proxy === undefined ? [] : managerOptions([`--setopt=proxy=${proxy}`], MANAGERS);
  return {
    install: [
      ...common,
      ...(keepDownloads ? managerOptions(['--setopt=keepcache=1'], ['dnf']) : []),
      ...(downloadOnly === undefined ? [] : downloadLines(downloadOnly)),
    ],
    plan: [
      ...common,
      // For whatever mock takes where it does not find dnf4: nothing may be installed.
      ...managerOptions(['--assumeno'], MANAGERS),
      ...managerOptions([`--setopt=pluginpath=${PLUGIN_PATH}`], ['dnf']),
      // These are a transaction of their own, and the plan is that of one.
      "if config_opts.get('more_buildreqs') or config_opts.get('package_manager', 'dnf') not in ('dnf', 'dnf4'):",
      `    raise RuntimeError(${literal(CANNOT_TELL)})`,
    ],
  };
}

function downloadLines(what: 'replacing' | 'keeping'): string[] {
  return [
    // mock's own default, that the command line cannot take back.
    ...(what === 'replacing'
      ? []
      : MANAGERS.map((name) => {
          const key = literal(`${name}_common_opts`);
          return `config_opts[${key}] = [one for one in (config_opts.get(${key}) or []) if one != '--allowerasing']`;
        })),
    ...managerOptions(['--downloadonly'], ['dnf', 'yum']),
    // Has that option behind its command only; this one checks the transaction besides, and ends before scriptlets.
    ...managerOptions(['--setopt=tsflags=test'], ['dnf5']),
  ];
}

/** Further lines of the configuration that builds. */
function buildLines({ environment, path: first, folders }: BuildOptions): string[] {
  const set = (name: string, value: string) => `config_opts['environment'][${literal(name)}] = ${value}`;
  const former = "config_opts['environment'].get('PATH', '/usr/bin:/bin:/usr/sbin:/sbin')";
  return [
    ...Object.entries(environment).map(([name, value]) => set(name, literal(value))),
    ...(first.length === 0 ? [] : [set('PATH', `${literal(`${first.join(':')}:`)} + ${former}`)]),
    ...(folders.length === 0
      ? []
      : [
          "config_opts['plugin_conf']['bind_mount_enable'] = True",
          // Those that the target's configuration names are none of the session's.
          `config_opts['plugin_conf']['bind_mount_opts'] = {'dirs': [${folders.map((folder) => `(${literal(folder)}, ${literal(folder)})`).join(', ')}], 'create_dirs': False}`,
        ]),
  ];
}

/** The repository as a section of dnf.conf(5). */
function repositoryText(repository: RpmRepository): string {
  const { name, baseurl, priority, trusted, keys, repoGpgcheck } = repository;
  const folder = repositoryFolder(repository);
  return [
    `[${name}]`,
    `name=${name}`,
    `baseurl=${folder === undefined ? baseurl : `file://${sessionUri(folder)}`}`,
    'enabled=1',
    `gpgcheck=${trusted ? 0 : 1}`,
    // Else it is as the configuration has it for all.
    ...(trusted ? ['repo_gpgcheck=0'] : repoGpgcheck ? ['repo_gpgcheck=1'] : []),
    ...(trusted ? [] : [`gpgkey=${keys.map((key) => `file:///etc/${keyPlace(key)}`).join(' ')}`]),
    ...(priority === undefined ? [] : [`priority=${priority}`]),
    // A build must not go on without it, nor with what was there yesterday, nor miss what a module of the same name hides.
    'skip_if_unavailable=0',
    'metadata_expire=0',
    'module_hotfixes=1',
    '',
  ].join('\n');
}

/** Where a key is in a session, below /etc: mock takes the keys that lie there into the roots that it makes. */
function keyPlace(key: string): string {
  return `pki/mock/RPM-GPG-KEY-pkg-actions-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
}

/**
 * What a session of mock has below /etc, and sees of the host, for this configuration.
 *
 * @param places of this machine that the configuration itself names, seen where they are.
 * @throws UserError where a folder is not there.
 */
export async function mockTop(
  buildroot: RpmBuildroot,
  repositories: readonly RpmRepository[],
  places: readonly string[] = [],
  options: InstallOptions = {},
  build?: BuildOptions,
): Promise<{ etc: Record<string, string>; binds: Bind[] }> {
  const all = [...buildroot.repositories, ...repositories];
  const keys = all.flatMap((repository) => repository.keys);
  const folders = new Set(all.flatMap((repository) => repositoryFolder(repository) ?? []));
  const own = await configurationFolder(buildroot.mock.folder);
  const lines = installLines(options);
  const below = (file: string) => file.slice('/etc/'.length);
  const binds = await Promise.all([
    ...places.map((place) => placeBinds(place, place)),
    ...[...folders].map((folder) => placeBinds(folder, sessionUri(folder))),
  ]);
  return {
    etc: {
      ...own.etc,
      ...Object.fromEntries(keys.map((key) => [keyPlace(key), `${key}\n`])),
      [below(CONFIGURATIONS.build)]: configurationText(
        buildroot,
        options.isInstalled ? [] : repositories,
        build ? buildLines(build) : [],
      ),
      [below(CONFIGURATIONS.install)]: configurationText(buildroot, repositories, lines.install),
      [below(CONFIGURATIONS.plan)]: configurationText(buildroot, repositories, lines.plan),
      [PLUGIN_FILE]: PLUGIN,
    },
    binds: [...own.binds, ...binds.flat()],
  };
}

/** /etc/mock of a session. mock starts with its settings for logs there, which not every installation brings. */
async function configurationFolder(folder: string) {
  const isComplete = await stat(path.join(folder, 'logging.ini')).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isComplete) return { etc: {}, binds: [{ source: folder, destination: MOCK_CONFIGURATIONS }] };
  const etc: Record<string, string> = { 'mock/logging.ini': LOGGING };
  for (const name of await readdir(folder, { recursive: true }).catch(() => [])) {
    if (/\.(?:cfg|tpl)$/.test(name)) etc[`mock/${name}`] = await readFile(path.join(folder, name), 'utf8');
  }
  return { etc, binds: [] };
}

/** For mock where nobody else has any; in the form of Python's logging.config, with the names that mock asks for. */
export const LOGGING = `[formatters]
keys=detailed,unadorned,state,simple
[formatter_detailed]
format=%(levelname)s %(filename)s:%(lineno)d:  %(message)s
[formatter_unadorned]
format=%(message)s
[formatter_state]
format=%(asctime)s - %(message)s
[formatter_simple]
format=%(levelname)s: %(message)s
[handlers]
keys=all,phases,warnings
[handler_all]
class=StreamHandler
args=[]
formatter=simple
level=WARNING
[handler_phases]
class=StreamHandler
args=[]
formatter=unadorned
level=INFO
[handler_warnings]
class=StreamHandler
args=[]
formatter=simple
level=WARNING
[loggers]
keys=root,build,state,mockbuild
[logger_root]
level=NOTSET
handlers=all
[logger_mockbuild]
level=NOTSET
handlers=
qualname=mockbuild
propagate=1
[logger_state]
level=NOTSET
handlers=phases
qualname=mockbuild.Root.state
propagate=0
[logger_build]
level=NOTSET
handlers=warnings
qualname=mockbuild.Root.build
propagate=0
`;
