"""The root that packages are built in."""
import contextlib
import fcntl
import glob
import logging
import os
import shutil
import signal
import uuid

from .base import MockError, build_log, root_log, state_log
from .files import read_text, replace
from .mounts import Mounts
from .packages import Packages
from .processes import execute

FOLDERS = ('var/lib/rpm', 'var/lib/yum', 'var/lib/dbus', 'var/log', 'var/cache/dnf', 'var/cache/yum', 'etc/rpm', 'tmp',
           'var/tmp', 'etc/dnf', 'etc/dnf/vars', 'etc/yum.repos.d', 'etc/yum', 'proc', 'sys')
HOSTS = ('127.0.0.1 localhost localhost.localdomain\n'
         '::1       localhost localhost.localdomain localhost6 localhost6.localdomain6\n')


class Buildroot(Mounts, Packages):
    """The root that packages are built in: made by dnf, with mounts, a user and build folders."""

    def __init__(self, config, state):
        self.config, self.state = config, state
        self.shared_name = config['root']
        if 'unique-ext' in config:
            config['root'] = f"{config['root']}-{config['unique-ext']}"
        self.place = os.path.join(config['basedir'], config['root'])
        self.root, self.results = config['rootdir'], config['resultdir']
        self.cache = os.path.join(config['cache_topdir'], self.shared_name)
        self.home, self.build = config['chroothome'], os.path.join(config['chroothome'], 'build')
        self.user = (config['chrootuid'], config['chrootgid'])
        self.env = {**config['environment'], 'HOME': self.home, **self.proxies()}
        self.was_initialized = self.is_logging = False
        self.lock_file = self.installed = None
        self.mounts = []

    def proxies(self):
        names = [f'{protocol}_proxy' for protocol in ('http', 'https', 'ftp', 'no')]
        return {name: self.config.get(name) or os.environ[name]
                for name in names if self.config.get(name) or name in os.environ}

    def path(self, *parts):
        return os.path.join(self.root, *(part.lstrip('/') for part in parts))

    def inside(self, command, **options):
        """Runs a command in the root."""
        return execute(command, chroot=self.root, env=self.env, **options)

    # --- Locks, logs

    def lock(self, exclusive):
        os.makedirs(self.place, exist_ok=True)
        if self.lock_file is None:
            self.lock_file = open(os.path.join(self.place, 'buildroot.lock'), 'a+', encoding='utf-8')
        try:
            fcntl.lockf(self.lock_file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError as error:
            raise MockError('Build root is locked by another process.', 60) from error

    def unlock(self):
        if self.lock_file is not None:
            self.lock_file.close()
            self.lock_file = None

    def make_result_folder(self):
        os.makedirs(self.place, exist_ok=True)
        os.chown(self.place, os.getuid(), self.user[1])
        os.chmod(self.place, 0o775)
        with self.as_user():
            try:
                os.makedirs(self.results, exist_ok=True)
            except OSError as error:
                raise MockError(
                    '\nCould not create output directory for built rpms. The directory specified was:\n'
                    f'    {self.results}\n\nTry using the --resultdir= option to select another location. '
                    'Recommended location is --resultdir=~/mock/.\n', 70) from error

    def start_logs(self):
        if self.is_logging:
            return
        self.is_logging = True
        self.make_result_folder()
        with self.as_user():
            for logger, kind in ((state_log, 'state'), (build_log, 'build'), (root_log, 'root')):
                handler = logging.FileHandler(os.path.join(self.results, f'{kind}.log'), 'a+')
                handler.setFormatter(logging.Formatter(self.config[f'{kind}_log_fmt_str']))
                handler.setLevel(logging.NOTSET)
                logger.addHandler(handler)
                logger.info('Mock Version: %s', self.config['version'])

    @contextlib.contextmanager
    def as_user(self):
        """With the rights of the user who builds."""
        groups = os.getgroups()
        os.setgroups([self.user[1]])
        os.setegid(self.user[1])
        os.seteuid(self.user[0])
        try:
            yield
        finally:
            os.seteuid(0)
            os.setegid(0)
            os.setgroups(groups)

    # --- Making it

    def initialize(self, prebuild=False, do_log=True):
        if do_log:
            self.start_logs()
        try:
            self.lock(exclusive=True)
            self.make(prebuild)
        except MockError as error:
            if error.code != 60:
                raise
        finally:
            self.lock(exclusive=False)
        if not self.was_initialized:
            root_log.info('Installed packages:')
            root_log.info('\n'.join(sorted(self.packages())))

    def make(self, prebuild):
        self.state.start('chroot init')
        os.makedirs(self.root, exist_ok=True)
        self.make_result_folder()
        self.was_initialized = os.path.exists(self.path('.initialized'))
        root_log.info('calling preinit hooks')
        self.prepare_cache()
        if self.config['plugin_conf']['hw_info_enable']:
            self.write_hardware()
        for folder in (*FOLDERS, *self.config['extra_chroot_dirs']):
            os.makedirs(self.path(folder), exist_ok=True)
        if self.config['internal_dev_setup']:
            self.make_devices()
        for file in ('etc/fstab', 'etc/yum/yum.conf', 'etc/dnf/dnf.conf', 'var/log/yum.log'):
            open(self.path(file), 'a', encoding='utf-8').close()
        root_log.debug('rootdir = %s', self.root)
        root_log.debug('resultdir = %s', self.results)
        if not os.path.isfile(self.config['dnf4_command']):
            raise RuntimeError("No package from ['dnf4', 'dnf5', 'yum'] found, desired dnf4")
        root_log.info('Package manager dnf4 detected and used (fallback)')
        self.write_dnf_config()
        self.mount_all()
        self.write_names()
        if prebuild:
            versions, _ = execute(['rpm', '-q', 'rpm', 'python3-dnf', 'python3-dnf-plugins-core'], check=False)
            there = [f'  {line}' for line in versions.split('\n') if line and 'is not installed' not in line]
            root_log.info('Buildroot is handled by package management from host and used with --installroot:\n%s',
                          '\n'.join(there))
        if not self.was_initialized:
            self.install_base()
        elif prebuild:
            if self.config['online'] and self.config['update_before_build'] and self.config['clean']:
                with self.state.during('dnf4 update', finish_on_error=False):
                    self.dnf('update')
            self.clean_home()
            self.make_build_folders()
        self.make_user()
        self.own_home(recursive=prebuild)
        open(self.path('.initialized'), 'a', encoding='utf-8').close()
        plugin = self.config['plugin_conf']
        for source, destination in plugin['bind_mount_opts']['dirs'] if plugin['bind_mount_enable'] else []:
            if os.path.isdir(source):
                os.makedirs(self.path(destination), exist_ok=True)
            else:
                os.makedirs(os.path.dirname(self.path(destination)), exist_ok=True)
                open(self.path(destination), 'a', encoding='utf-8').close()
            self.mount(['-o', 'bind', source], self.path(destination))
        self.state.finish('chroot init')

    def prepare_cache(self):
        if not self.config['plugin_conf']['yum_cache_enable']:
            return
        root_log.info('enabled package manager cache')
        for name in ('yum', 'dnf'):
            os.makedirs(os.path.join(self.cache, f'{name}_cache'), exist_ok=True)
        if self.config['online']:
            with self.state.during('cleaning package manager metadata'):
                pass

    def write_hardware(self):
        root_log.info('enabled HW Info plugin')
        storage = ['/bin/df', '-H', '-T', self.root, self.config['cache_topdir']]
        os.makedirs(self.config['cache_topdir'], exist_ok=True)
        parts = []
        for title, command in (('CPU info', ['/usr/bin/lscpu']), ('\n\nMemory', ['/bin/free', '--human']),
                               ('\n\nStorage (chroot, cache_topdir)', storage)):
            text = execute(command, check=False)[0] if os.path.exists(command[0]) else ''
            parts.append(f'{title}:\n{text}')
        with self.as_user(), open(os.path.join(self.results, 'hw_info.log'), 'w', encoding='utf-8') as file:
            file.write(''.join(parts))

    def write_dnf_config(self):
        os.makedirs(self.path('etc/pki/mock'), exist_ok=True)
        for key in glob.glob('/etc/pki/mock/RPM-GPG-KEY-*'):
            shutil.copy(key, self.path('etc/pki/mock'))
        shutil.rmtree(self.path('etc/yum.repos.d'), ignore_errors=True)
        with open(self.path('etc/dnf/dnf.conf'), 'w', encoding='utf-8') as file:
            file.write(self.config['dnf.conf'])
        for name, value in self.config['dnf_vars'].items():
            with open(self.path('etc/dnf/vars', name), 'w', encoding='utf-8') as file:
                file.write(value)

    def write_names(self):
        if self.config['use_host_resolv'] and self.config['rpmbuild_networking']:
            for name in ('resolv.conf', 'hosts'):
                replace(self.path('etc', name), read_text(f'/etc/{name}'))
            return
        self.config['files'].setdefault('etc/hosts', HOSTS)
        replace(self.path('etc/resolv.conf'), '')

    def install_base(self):
        replace(self.path('etc/machine-id'), f'{uuid.uuid4().hex}\n')
        for name, content in self.config['files'].items():
            if not os.path.exists(self.path(name)):
                replace(self.path(name), content)
        with self.state.during(f"installing minimal buildroot with {self.config['package_manager']}",
                               finish_on_error=False):
            for command in (self.config['chroot_setup_cmd'], self.config['chroot_additional_packages']):
                words = command.split() if isinstance(command, str) else list(command)
                if command is self.config['chroot_additional_packages'] and words:
                    words.insert(0, 'install')
                if words:
                    self.dnf(*words, quote=True)
        if not os.path.exists(self.path('etc/os-release')):
            open(self.path('etc/os-release'), 'a', encoding='utf-8').close()
        self.make_build_folders()

    def make_build_folders(self):
        os.makedirs(self.path(self.build), exist_ok=True)
        for folder in ('', 'RPMS', 'SPECS', 'SRPMS', 'SOURCES', 'BUILD', 'BUILDROOT', 'originals'):
            place = self.path(self.build, folder)
            os.makedirs(place, exist_ok=True)
            os.chown(place, *self.user)
        lines = [f'{name} {value}\n' for name, value in self.config['macros'].items()]
        given = f"{read_text(self.config['macrofile'])}\n\n" if 'macrofile' in self.config else ''
        replace(self.path(self.home, '.rpmmacros'), given + ''.join(lines))
        os.chown(self.path(self.home, '.rpmmacros'), *self.user)

    def clean_home(self):
        keep = [self.path(self.home, part) for part in self.config['exclude_from_homedir_cleanup']]
        for folder, folders, files in os.walk(self.path(self.home), topdown=False):
            for name in files + folders:
                place = os.path.join(folder, name)
                if any(place == kept or place.startswith(f'{kept}/') or kept.startswith(f'{place}/') for kept in keep):
                    continue
                if os.path.isdir(place) and not os.path.islink(place):
                    with contextlib.suppress(OSError):
                        os.rmdir(place)
                else:
                    os.unlink(place)

    def make_user(self):
        name, group = self.config['chrootuser'], self.config['chrootgroup']
        uid, gid = (str(number) for number in self.user)
        for command, check in ((['userdel', '-f', name], False), (['groupdel', group], False),
                               (['groupadd', group, '-g', gid], True),
                               (['useradd', name, '-o', '-u', uid, '-g', gid, '-N', '-d', self.home], True)):
            if self.config['use_host_shadow_utils']:
                execute([*command, '--prefix', self.root], check=check)
            else:
                self.inside(command, check=check)

    def own_home(self, recursive):
        places = [self.path(self.home)]
        if recursive:
            places += [os.path.join(folder, name) for folder, folders, files in os.walk(self.path(self.home))
                       for name in folders + files]
        for place in places:
            os.chown(place, *self.user, follow_symlinks=False)

    # --- The end of it

    def end_processes(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in filter(str.isdigit, os.listdir('/proc')):
                with contextlib.suppress(OSError):
                    if os.path.samefile(f'/proc/{pid}/root', self.root) and not os.path.samefile(self.root, '/'):
                        os.kill(int(pid), number)
                        os.waitpid(int(pid), 0)

    def delete(self):
        if os.path.exists(self.place):
            self.lock(exclusive=True)
            self.end_processes()
            self.unmount_all()
            self.unlock()
            for folder in (self.root, self.place):
                if os.path.lexists(folder):
                    shutil.rmtree(folder)
        self.was_initialized = False

    def finalize(self):
        if os.path.exists(self.root):
            try:
                self.lock(exclusive=True)
                self.end_processes()
                self.unmount_all()
            except MockError:
                pass
            finally:
                self.unlock()
