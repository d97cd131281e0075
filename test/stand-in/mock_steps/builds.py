"""Source packages and packages, made by rpmbuild in the root."""
import functools
import glob
import os
import shutil
import time

from .base import MockError, build_log, log, root_log
from .packages import check_packages, query


class Builds:
    """Of `Commands`: --buildsrpm and --rebuild."""

    def for_each(self, items, work, clean):
        began = time.time()
        place = f'Results and/or logs in: {self.buildroot.results}'

        def elapsed():
            return divmod(int(time.time() - began), 60)
        try:
            result = None
            for item in items:
                log.info('Start(%s)  Config(%s)', item, self.buildroot.shared_name)
                if clean:
                    self.clean()
                self.buildroot.initialize(prebuild=True)
                result = work(item)
                log.info('Done(%s) Config(%s) %d minutes %d seconds', item, self.config['chroot_name'], *elapsed())
                log.info('%s', place)
            if self.config['cleanup_on_success']:
                log.info("Cleaning up build root ('cleanup_on_success=True')")
                self.clean()
            return result
        except (Exception, KeyboardInterrupt):
            log.error('Exception(%s) Config(%s) %d minutes %d seconds', item, self.buildroot.shared_name, *elapsed())
            log.info('%s', place)
            if self.config['cleanup_on_failure']:
                log.info("Cleaning up build root ('cleanup_on_failure=True')")
                self.clean()
            raise

    def rebuild(self, args):
        if self.options.spec and self.options.sources:
            args = [*args, self.build_source()]
            self.config['clean'] = False
        if not args:
            log.critical('No package specified to rebuild command.')
            return 50
        if len(args) > 1 and self.options.spec:
            log.critical('--spec argument only supported with single srpm.')
            return 50
        check_packages(args)
        self.for_each(args, self.build, self.config['clean'])
        return 0

    def build_source(self):
        spec, sources = self.options.spec, self.options.sources
        if not os.path.isfile(spec):
            raise MockError(f'Input specfile does not exist: {spec}', 5)
        if sources and not os.path.exists(sources):
            raise MockError(f'Input sources directory or file does not exist: {sources}', 5)
        return self.for_each([spec], lambda item: self.buildsrpm(item, sources), self.config['clean'])

    def buildsrpm(self, spec, sources):
        root = self.buildroot
        with self.state.during('buildsrpm'):
            with root.as_user():
                shutil.copy(spec, root.path(root.build, 'SPECS'))
                if sources and os.path.isdir(sources):
                    shutil.rmtree(root.path(root.build, 'SOURCES'))
                    shutil.copytree(os.path.realpath(sources), root.path(root.build, 'SOURCES'),
                                    symlinks=not self.options.follow_links)
                elif sources:
                    shutil.copy(os.path.realpath(sources), root.path(root.build, 'SOURCES'))
            with self.state.during('rpmbuild -bs'):
                made = self.rpmbuild_source(os.path.join(root.build, 'SPECS', os.path.basename(spec)))
            with root.as_user():
                return shutil.copy2(made, root.results)

    def build(self, file):
        name, root = os.path.basename(file), self.buildroot
        with self.state.during(f'build phase for {name}'):
            with self.state.during(f'build setup for {name}'):
                spec = self.unpack(file, name)
                dynamic = self.install_static(spec)
            with self.state.during(f'rpmbuild {name}'):
                made = self.rpmbuild(spec, dynamic)
            if not made:
                raise MockError('No build results found', 40)
            with root.as_user():
                root_log.debug('Copying packages to result dir')
                for result in made:
                    shutil.copy2(result, root.results)

    def unpack(self, file, name):
        root = self.buildroot
        with root.as_user():
            shutil.copyfile(file, root.path(root.build, 'originals', name))
        inside = os.path.join(root.build, 'originals', name)
        rpm = self.config['rpm_command']
        output, code = root.inside([rpm, '-Uvh', '--nodeps', inside], user=root.user, check=False)
        if code:
            raise MockError(f'Source RPM is not installable:\n{output}', 40)
        if self.options.spec:
            place = os.path.join(root.build, 'originals', os.path.basename(self.options.spec))
            with root.as_user():
                shutil.copy2(self.options.spec, root.path(place))
                os.chmod(root.path(place), 0o644)
            return place
        listed, _ = root.inside([rpm, '-qpl', inside], user=root.user)
        specs = [line.strip() for line in listed.split('\n') if line.strip().endswith('.spec')]
        if not specs:
            raise MockError(f'No specfile found in srpm: {name}', 40)
        return os.path.join(root.build, 'SPECS', specs[0])

    def install_static(self, spec):
        """Installs the BuildRequires, again as long as that changes the source package; tells whether there are
        dynamic ones."""
        dynamic = False
        for _ in range(int(self.config['static_buildrequires_max_loops'])):
            before = self.buildroot.packages()
            made = self.rpmbuild_source(spec)
            dynamic = 'rpmlib(DynamicBuildRequires)' in query(made, '--requires')
            if dynamic and not self.config['dynamic_buildrequires']:
                raise MockError('DynamicBuildRequires are found but support is disabled.'
                                ' See "dynamic_buildrequires" in config_opts.')
            self.install_dependencies(made)
            if self.buildroot.packages() == before:
                break
        return dynamic

    def install_dependencies(self, *files):
        extra = list(self.config['additional_packages'] or [])
        for file in files:
            nvr = query(file, '--qf', '%{name} %{name}-%{version} %{name}-%{version}-%{release}\n').split()
            for name, packages in self.config['more_buildreqs'].items():
                if name in nvr:
                    extra += [packages] if isinstance(packages, str) else packages
        if extra:
            self.buildroot.dnf('install', *extra)
        self.buildroot.dnf('builddep', *files, quote=True)

    @functools.cached_property
    def no_clean(self):
        """`--noclean` keeps what was built in the root, where the root itself is kept."""
        if self.config['cleanup_on_success']:
            return ''
        probe = 'case $(rpmbuild --help) in *--noclean*) exit 0; esac; exit 1'
        return '--noclean' if self.buildroot.inside(probe, shell=True, check=False)[1] == 0 else ''

    def run_rpmbuild(self, *words, check=True):
        command = ' '.join([self.config['rpmbuild_command'], *words])
        return self.buildroot.inside(['bash', '--login', '-c', command], user=self.buildroot.user, logger=build_log,
                                     timeout=self.config['rpmbuild_timeout'], check=check, quote=False,
                                     show=self.config['print_main_output'])

    def rpmbuild_source(self, spec):
        self.run_rpmbuild('-bs', self.no_clean, '--target', self.config['rpmbuild_arch'], '--nodeps', spec)
        pattern = f'{self.buildroot.root}/{self.buildroot.build}/SRPMS/*src.rpm'
        made = glob.glob(pattern)
        if len(made) != 1:
            raise MockError(f'Expected to find single rebuilt srpm, found {len(made)} in {pattern}', 40)
        return made[0]

    def rpmbuild(self, spec, dynamic):
        no_check = [] if self.config['check'] else ['--define', "'__spec_check_template exit 0; '"]
        tail = ['--target', self.config['rpmbuild_arch'], '--nodeps', *no_check, spec]
        tail += [self.config['rpmbuild_opts']] if self.config['rpmbuild_opts'] else []
        mode = ['-bb']
        if dynamic:
            self.install_dynamic(tail)
            mode = ['-ba', '--noprep']
        self.buildroot.write_installed()
        self.run_rpmbuild(*mode, self.no_clean, *tail)
        build = self.buildroot.path(self.buildroot.build)
        return glob.glob(f'{build}/RPMS/*.rpm') + glob.glob(f'{build}/SRPMS/*.rpm')

    def install_dynamic(self, tail):
        """`rpmbuild -br` until nothing more is asked for; its 11 says that something is missing."""
        mode = ['-br']
        for _ in range(int(self.config['dynamic_buildrequires_max_loops'])):
            before = self.buildroot.packages()
            _, code = self.run_rpmbuild(*mode, self.no_clean, *tail, check=False)
            if code not in (0, 11):
                command = ['bash', '--login', '-c',
                           ' '.join([self.config['rpmbuild_command'], *mode, self.no_clean, *tail])]
                raise MockError(f'Command failed: \n # {command}\n', 10)
            build_log.info('Dynamic buildrequires detected')
            build_log.info('Going to install missing buildrequires. See root.log for details.')
            root_log.info('Going to install missing dynamic buildrequires')
            asked = glob.glob(self.buildroot.path(self.buildroot.build, 'SRPMS/*.buildreqs.nosrc.rpm'))
            if asked:
                self.install_dependencies(*asked)
            for file in asked:
                os.unlink(file)
            if self.buildroot.packages() == before:
                return
            mode = ['-br', '--noprep']
