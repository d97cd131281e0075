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
import { type Bind, placeBinds } from './places.ts';
import { type RpmRepository, repositoryFolder } from './repositories.ts';
import { BASEDIR, ROOT_NAME } from './session-script.ts';

/** Where the configuration is in a session. */
export const CONFIGURATION = '/etc/pkg-actions/buildroot.cfg';

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

/** The whole configuration, with `repositories` beside those of the buildroot. */
export function configurationText(buildroot: RpmBuildroot, repositories: readonly RpmRepository[] = []): string {
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
    '',
  ].join('\n');
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
): Promise<{ etc: Record<string, string>; binds: Bind[] }> {
  const all = [...buildroot.repositories, ...repositories];
  const keys = all.flatMap((repository) => repository.keys);
  const folders = new Set(all.flatMap((repository) => repositoryFolder(repository) ?? []));
  const own = await configurationFolder(buildroot.mock.folder);
  const binds = await Promise.all([
    ...places.map((place) => placeBinds(place, place)),
    ...[...folders].map((folder) => placeBinds(folder, sessionUri(folder))),
  ]);
  return {
    etc: {
      ...own.etc,
      ...Object.fromEntries(keys.map((key) => [keyPlace(key), `${key}\n`])),
      [CONFIGURATION.slice('/etc/'.length)]: configurationText(buildroot, repositories),
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
