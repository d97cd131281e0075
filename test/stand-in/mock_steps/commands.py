"""The modes of mock."""
import os
import pprint
import shutil
import subprocess

from .base import log, root_log
from .builds import Builds
from .packages import check_packages
from .processes import become, clean_environment


class Commands(Builds):
    """The modes of mock, on one root."""

    def __init__(self, config, options, state, buildroot):
        self.config, self.options, self.state, self.buildroot = config, options, state, buildroot

    def clean(self):
        with self.state.during('clean chroot', finish_on_error=False):
            self.buildroot.delete()

    def scrub(self, what):
        with self.state.during(f'scrub {what}'):
            for kind in what:
                log.info('scrubbing %s for %s', 'everything' if kind == 'all' else kind, self.config['chroot_name'])
                if kind in ('all', 'chroot'):
                    self.buildroot.delete()
                folder = {'all': '', 'cache': '', 'root-cache': 'root_cache', 'c-cache': 'ccache'}.get(kind)
                names = ('yum_cache', 'dnf_cache') if kind in ('yum-cache', 'dnf-cache') else (folder,)
                for name in names:
                    if name is not None:
                        shutil.rmtree(os.path.join(self.buildroot.cache, name), ignore_errors=True)

    def installdeps(self, args):
        if not args:
            log.critical('You must specify an SRPM file with --installdeps')
            return 50
        self.buildroot.initialize()
        for spec in [file for file in args if file.endswith('.spec')]:
            for name in subprocess.run(['rpmspec', '-q', '--buildrequires', spec], env=clean_environment(),
                                       stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines():
                self.buildroot.dnf('install', name)
        files = [file for file in args if not file.endswith('.spec')]
        if files:
            check_packages(files, plain_too=True)
            self.install_dependencies(*files)
        return 0

    def packages(self, verb, args):
        if not args and verb != 'update':
            log.critical('You must specify a package list to %s.', verb)
            return 50
        self.buildroot.initialize()
        if verb != 'update':
            words = {'install': 'installing', 'remove': 'removing'}
            root_log.info('%s package(s): %s', words[verb], ' '.join(args))
        self.buildroot.dnf(verb, *args)
        if verb != 'update':
            root_log.info('%s', '')
        return 0

    def chroot(self, args):
        if not args:
            log.critical('You must specify a command to run with --chroot')
            return 50
        self.buildroot.initialize()
        log.info('Running in chroot: %s', args)
        with self.state.during(f'chroot {args}'):
            user = self.buildroot.user if self.options.unpriv else None
            command, shell = (args[0], True) if len(args) == 1 else (args, False)
            return self.buildroot.inside(command, shell=shell, user=user, cwd=self.options.cwd, check=False, show=True)[1]

    def shell(self, args):
        self.buildroot.initialize(do_log=False)
        with self.state.during('shell'):
            unprivileged = self.options.unpriv or self.config['no_root_shells']
            prepare = become(self.buildroot.root, self.buildroot.user if unprivileged else None,
                             self.options.cwd or self.config['chroothome'])
            command = ' '.join(args) if args else ['/bin/sh', '-i', '-l']
            return subprocess.call(command, shell=bool(args), preexec_fn=prepare, env=self.buildroot.env)

    def debug_config(self, defaults):
        for name in sorted(self.config):
            if name not in defaults or defaults[name] != self.config[name]:
                print(f"config_opts['{name}'] = {pprint.pformat(self.config[name])}")
        return 0

    def run(self, args):
        mode = self.options.mode
        if mode == 'init':
            if self.config['clean']:
                self.clean()
            self.buildroot.initialize()
            return 0
        if mode == 'clean':
            self.scrub(self.options.scrub) if self.options.scrub else self.clean()
            return 0
        if mode == 'buildsrpm':
            self.build_source()
            return 0
        if mode == 'orphanskill':
            self.buildroot.end_processes()
            return 0
        if mode in ('pm-cmd', 'dnf-cmd'):
            log.info('Running %s %s', mode, ' '.join(args))
            self.buildroot.initialize()
            self.buildroot.dnf(*args)
            return 0
        if mode in ('install', 'remove', 'update'):
            return self.packages(mode, args)
        return {'rebuild': self.rebuild, 'installdeps': self.installdeps, 'chroot': self.chroot,
                'shell': self.shell}[mode](args)
