"""Configurations, which are programs, and what options change in them."""
import grp
import os
import re
import sys

from .base import MockError, VERSION, log

ALIASES = {'yum.conf': 'dnf.conf', 'dnf_command': 'dnf4_command', 'dnf_common_opts': 'dnf4_common_opts',
           'dnf_builddep_opts': 'dnf4_builddep_opts', 'dnf_disable_plugins': 'dnf4_disable_plugins'}
PLUGINS = ('bind_mount', 'hw_info', 'package_state', 'yum_cache')
# Plugins that only save time, or that do nothing here: asking for them does no harm.
HARMLESS = ('root_cache', 'ccache', 'selinux', 'mount', 'tmpfs', 'compress_logs')


class Config(dict):
    """`config_opts`: a value may name others as `{{ name }}`."""

    expands = False

    def __getitem__(self, key):
        return self.expanded(super().__getitem__(ALIASES.get(key, key)))

    def __setitem__(self, key, value):
        if key == '__jinja_expand':
            self.expands = value
        super().__setitem__(ALIASES.get(key, key), value)

    def __contains__(self, key):
        return super().__contains__(ALIASES.get(key, key))

    def get(self, key, default=None):
        return self[key] if key in self else default

    def expanded(self, value):
        if not self.expands or not isinstance(value, str):
            return value
        return re.sub(r'{{\s*(\w+)\s*}}', lambda match: str(self.get(match[1], '')), value)


def default_config(configdir, user_id):
    config = Config({
        'config_path': configdir, 'version': VERSION,
        'basedir': '/var/lib/mock', 'cache_topdir': '/var/cache/mock',
        'resultdir': '{{basedir}}/{{root}}/result', 'rootdir': '{{basedir}}/{{root}}/root',
        'clean': True, 'check': True, 'online': True, 'chroothome': '/builddir', 'log_config_file': 'logging.ini',
        'rpmbuild_timeout': 0, 'chrootuid': user_id, 'chrootgid': grp.getgrnam('mock').gr_gid, 'chrootgroup': 'mock',
        'chrootuser': 'mockbuild', 'host_arch': os.uname().machine, 'isolation': None, 'rpmbuild_networking': False,
        'use_host_resolv': False, 'use_bootstrap': True, 'use_bootstrap_image': True, 'internal_dev_setup': True,
        'cleanup_on_success': True, 'cleanup_on_failure': True, 'package_manager': 'dnf',
        'package_manager_max_attempts': 1, 'package_manager_attempt_delay': 10,
        'build_log_fmt_name': 'unadorned', 'root_log_fmt_name': 'detailed', 'state_log_fmt_name': 'state',
        'exclude_from_homedir_cleanup': ['build/SOURCES', '.bash_history', '.bashrc'],
        'chroot_setup_cmd': ('groupinstall', 'buildsys-build'), 'chroot_additional_packages': [],
        'additional_packages': None, 'more_buildreqs': {}, 'target_arch': 'i386', 'rpmbuild_arch': None,
        'releasever': None, 'update_before_build': True, 'dnf_vars': {}, 'files': {}, 'hostname': None,
        'extra_chroot_dirs': [], 'dynamic_buildrequires': True, 'dynamic_buildrequires_max_loops': 10,
        'static_buildrequires_max_loops': 10, 'dnf4_command': '/usr/bin/dnf-3', 'dnf4_builddep_opts': [],
        'dnf4_common_opts': ['--setopt=deltarpm=False', '--setopt=allow_vendor_change=yes', '--allowerasing'],
        'dnf4_disable_plugins': ['local', 'spacewalk', 'versionlock'],
        'rpm_command': '/bin/rpm', 'rpmbuild_command': '/usr/bin/rpmbuild', 'rpmbuild_opts': '', 'nspawn_args': [],
        'use_host_shadow_utils': True, 'no_root_shells': False, 'forcearch': None, 'stderr_line_prefix': '',
        'print_main_output': None, 'opstimeout': 0,
        'macros': {'%_topdir': '/builddir/build', '%_rpmfilename': '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm'},
        'environment': {'TERM': 'vt100', 'SHELL': '/bin/bash', 'HOME': '/builddir', 'HOSTNAME': 'mock',
                        'PATH': '/usr/bin:/bin:/usr/sbin:/sbin',
                        'PROMPT_COMMAND': r'printf "\033]0;<mock-chroot>\007"', 'PS1': r'<mock-chroot> \s-\v\$ ',
                        'LANG': 'C.UTF-8'},
        'plugin_conf': {'yum_cache_enable': True, 'yum_cache_opts': {}, 'root_cache_enable': True,
                        'root_cache_opts': {}, 'bind_mount_enable': True,
                        'bind_mount_opts': {'dirs': [], 'create_dirs': False}, 'hw_info_enable': True,
                        'hw_info_opts': {}, 'package_state_enable': True,
                        'package_state_opts': {'available_pkgs': False, 'installed_pkgs': True},
                        'ccache_enable': False, 'ccache_opts': {}, 'tmpfs_enable': False, 'tmpfs_opts': {},
                        'selinux_enable': True, 'mount_enable': True, 'mount_opts': {'dirs': []},
                        'compress_logs_enable': False, 'compress_logs_opts': {}},
        'plugins': [*PLUGINS, *HARMLESS],
    })
    return config


def read_config(configdir, name, user_id):
    config = default_config(configdir, user_id)
    file = name if name.endswith('.cfg') else os.path.join(configdir, f'{name}.cfg')
    config['chroot_name'] = os.path.splitext(os.path.basename(file))[0]
    for common in ('site-defaults.cfg', 'chroot-aliases.cfg'):
        common = os.path.join(configdir, common)
        if os.path.exists(common):
            run_config(config, common)
    if not os.path.exists(file):
        log.error('Could not find required config file: %s', file)
        if '/' in file:
            log.error("  If you're trying to specify a path, include the .cfg extension, e.g. -r ./target.cfg")
        raise MockError(f"Non-existing Mock config '{name}'", 3)
    run_config(config, file)
    config['__jinja_expand'] = True
    return config


def run_config(config, file):
    file = os.path.realpath(file)
    text = included(file, config['config_path'], set())
    try:
        exec(text, {'config_opts': config, 'os': os})  # pylint: disable=exec-used
    except Exception as error:
        raise MockError(f'Config error: {file}: {error}', 3) from error
    macros = config['macros']
    for name in [name for name in macros if not name.startswith('%')]:
        macros[f'%{name}'] = macros.pop(name)


def included(file, folder, seen):
    file = os.path.join(folder, file)
    if not os.path.exists(file):
        raise MockError(f'Could not find included config file: {file}', 3)
    if file in seen:
        return ''
    seen.add(file)
    with open(file, encoding='utf-8') as opened:
        text = opened.read()
    return re.sub(r'^[ \t]*include\((.*)\)', lambda match: included(eval(match[1]), folder, seen),  # pylint: disable=eval-used
                  text, flags=re.MULTILINE)


def typed(value):
    known = {'true': True, 'True': True, 'false': False, 'False': False, 'none': None, 'None': None}
    if value in known:
        return known[value]
    return int(value) if re.fullmatch(r'[+-]?\d+', value) else value


def apply_options(config, options, args):
    given = {}
    for option in options.config_opts:
        name, value = option.split('=', 1)
        given.setdefault(name, []).append(typed(value))
    for name, values in given.items():
        config[name] = values[0] if len(values) == 1 else [value for value in values if value != '']
    if config['print_main_output'] is None:
        config['print_main_output'] = options.verbose > 0 and sys.stderr.isatty()
    if options.arch:
        config['target_arch'] = options.arch
    config['rpmbuild_arch'] = options.rpmbuild_arch or config['rpmbuild_arch'] or config['target_arch']
    for switch in ('clean', 'check', 'online'):
        if not getattr(options, switch):
            config[switch] = False
    macros = [f"_with_{name.replace('-', '_')} --with-{name}" for name in options.rpm_with]
    macros += [f"_without_{name.replace('-', '_')} --without-{name}" for name in options.rpm_without]
    for macro in options.macros + macros:
        name, _, value = macro.strip().partition(' ')
        if not value:
            raise MockError(f"Bad option for '--define' ({macro}).  Use --define 'macro expr'", 5)
        config['macros'][name if name.startswith('%') else f'%{name}'] = value
    if options.macro_file:
        if not os.path.isfile(options.macro_file):
            raise MockError(f'Input rpm macros file does not exist: {options.macro_file}', 5)
        config['macrofile'] = options.macro_file
    for name in ('resultdir', 'rootdir', 'isolation', 'rpmbuild_timeout', 'rpmbuild_opts', 'package_manager'):
        if getattr(options, name) is not None:
            config[name] = getattr(options, name)
    if options.uniqueext:
        config['unique-ext'] = options.uniqueext
    if options.bootstrap is not None:
        config['use_bootstrap'] = options.bootstrap
    if options.bootstrap_image is not None:
        config['use_bootstrap_image'] = options.bootstrap_image
    plugin_conf = config['plugin_conf']
    for name in options.plugins_off + options.plugins_on:
        if name not in config['plugins']:
            flag = 'disable' if name in options.plugins_off else 'enable'
            raise MockError(f"Bad option for '--{flag}-plugin={name}'. Expecting one of: {config['plugins']}", 5)
        plugin_conf[f'{name}_enable'] = name in options.plugins_on
    for option in options.plugin_options:
        name, _, setting = option.partition(':')
        key, _, value = setting.partition('=')
        plugin_conf.setdefault(f'{name}_opts', {})[key] = typed(value)
    if options.network:
        config['rpmbuild_networking'] = config['use_host_resolv'] = True
    if options.isolation not in (None, 'simple', 'nspawn', 'auto'):
        raise MockError(f"Bad option for '--isolation'. Unknown value: {options.isolation}", 5)
    if options.mode == 'rebuild' and len(args) > 1 and not options.resultdir:
        raise MockError('Must specify --resultdir when building multiple RPMS.', 5)
    if options.cleanup_after is not None:
        config['cleanup_on_success'] = config['cleanup_on_failure'] = options.cleanup_after
    if 'root' not in config:
        raise MockError("Error in configuration - option config_opts['root'] must be present in your config.", 3)
    place = os.path.join(config['basedir'], config['root'])
    if os.path.realpath(config['resultdir']).startswith(os.path.realpath(place) + '/'):
        config['cleanup_on_success'] = config['cleanup_on_failure'] = False
    config['switches'] = [text for switch in options.switches for text in switch]
    config['additional_packages'] = options.additional
    config['macros'].setdefault('%_platform_multiplier', 1)
    refuse_unknown(config)


def refuse_unknown(config):
    """What would change the outcome and is not done here must not pass in silence."""
    enabled = [key[:-7] for key, value in config['plugin_conf'].items() if key.endswith('_enable') and value]
    strange = [name for name in enabled if name not in PLUGINS + HARMLESS]
    if config['use_bootstrap']:
        strange.append('use_bootstrap')
    if config['isolation'] not in ('simple', 'auto', None):
        strange.append(f"isolation {config['isolation']}")
    if config['package_manager'] not in ('dnf', 'dnf4'):
        strange.append(f"package manager {config['package_manager']}")
    if strange:
        raise MockError(f"the stand-in for mock does not know: {', '.join(strange)}")
