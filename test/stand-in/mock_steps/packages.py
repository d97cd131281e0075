"""Packages: of the root, by dnf and rpm of the host, and of files."""
import os
import subprocess
import tempfile
import time

from .base import MockError, root_log
from .files import replace
from .processes import clean_environment, execute

# Debian's rpm has its database elsewhere; mock leaves that to the host's macros.
DATABASE = '/var/lib/rpm'


class Packages:
    """Of a `Buildroot`: what is installed in it."""

    def dnf(self, command, *args, quote=False):
        """Runs dnf on the root from outside; every failure of it is 30. What dnf said is in root.log, and with `quote`
        in the error."""
        home = self.path('installation-homedir')
        os.makedirs(home, exist_ok=True)
        replace(os.path.join(home, '.rpmmacros'), f'%_netsharedpath /proc:/sys\n%_dbpath {DATABASE}\n')
        argv = [self.config['dnf4_command'], *(['builddep'] if command == 'builddep' else [])]
        argv += ['--installroot', f'{self.root}/']
        argv += ['-y'] if command in ('update', 'upgrade') else []
        argv += ['--releasever', str(self.config['releasever'])] if self.config['releasever'] else []
        argv += [] if self.config['online'] else ['-C']
        argv += [*self.config['switches'], *self.config['dnf4_common_opts']]
        argv += [f'--disableplugin={name}' for name in self.config['dnf4_disable_plugins']]
        argv += self.config['dnf4_builddep_opts'] if command == 'builddep' else [command]
        env = {**self.env, 'HOME': home, 'LC_MESSAGES': 'C.UTF-8'}
        for attempt in range(max(int(self.config['package_manager_max_attempts']), 1), 0, -1):
            try:
                return execute([*argv, *args], env=env, quote=quote)[0]
            except MockError as error:
                if attempt == 1:
                    raise MockError(str(error), 30) from error
                delay = int(self.config['package_manager_attempt_delay'])
                root_log.warning('DNF4 command failed, retrying, sleeping %ss', delay)
                time.sleep(delay)
        return ''

    def packages(self):
        command = [self.config['rpm_command'], '-qa', '--root', self.root, '--dbpath', DATABASE]
        return set(execute(command)[0].split())

    def write_installed(self):
        """installed_pkgs.log, once per run, when everything is there that the build asked for."""
        if self.installed or not self.config['plugin_conf']['package_state_enable']:
            return
        self.installed = True
        with self.state.during('Outputting list of installed packages'):
            text = '%{nevra} %{buildtime} %{size} %{pkgid} installed\\n'
            output, _ = execute(['rpm', '-qa', '--root', self.root, '--dbpath', DATABASE, '--qf', text])
            with self.as_user(), open(os.path.join(self.results, 'installed_pkgs.log'), 'w', encoding='utf-8') as file:
                file.write(output)


def query(file, *args):
    """rpm -qp on the host, of a file that may not be one."""
    with tempfile.TemporaryDirectory() as database:
        argv = ['rpm', '--dbpath', database, '-qp', '--nosignature', '--nodigest', *args, file]
        done = subprocess.run(argv, env=clean_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise MockError(f'Cannot find/open srpm: {file}. Error: {done.stderr.strip()}')
    return done.stdout


def check_packages(files, plain_too=False):
    for file in files:
        try:
            open(file, 'rb').close()
        except OSError as error:
            raise MockError(f'Cannot find/open srpm: {file}. Error: {error}') from error
        if query(file, '--qf', '%{sourcepackage}\n').strip() != '1' and not plain_too:
            raise MockError(f'File is not an srpm: {file}.')
