"""mock's options."""
import argparse

from .base import MockError, VERSION

MODES = ('rebuild', 'buildsrpm', 'debug-config', 'shell', 'chroot', 'clean', 'init', 'installdeps', 'install', 'update',
         'remove', 'orphanskill', 'pm-cmd', 'dnf-cmd')
SCRUBS = ('all', 'chroot', 'cache', 'root-cache', 'c-cache', 'yum-cache', 'dnf-cache', 'bootstrap', 'lvm', 'overlayfs')


def parse_arguments():
    parser = argparse.ArgumentParser(prog='mock')
    add = parser.add_argument
    add('--version', action='version', version=f'mock {VERSION}')
    for mode in MODES:
        short = ['-i'] if mode == 'install' else []
        add(*short, f'--{mode}', action='store_const', const=mode, dest='mode', default=None)
    add('--scrub', action='append', choices=SCRUBS, default=[])
    add('-r', '--root', dest='chroot', default='default')
    add('--offline', dest='online', action='store_false', default=True)
    add('-n', '--no-clean', dest='clean', action='store_false', default=True)
    add('--cleanup-after', dest='cleanup_after', action='store_true', default=None)
    add('-N', '--no-cleanup-after', dest='cleanup_after', action='store_false', default=None)
    add('--nocheck', dest='check', action='store_false', default=True)
    add('--arch', default=None)
    add('--target', dest='rpmbuild_arch', default=None)
    add('-D', '--define', dest='macros', action='append', default=[])
    add('--macro-file', dest='macro_file', default=None)
    add('--with', dest='rpm_with', action='append', default=[])
    add('--without', dest='rpm_without', action='append', default=[])
    for name in ('resultdir', 'rootdir', 'uniqueext', 'configdir', 'spec', 'sources', 'cwd', 'isolation'):
        add(f'--{name}', default=None)
    add('--config-opts', dest='config_opts', action='append', default=[])
    add('--rpmbuild_timeout', type=int, default=None)
    add('--rpmbuild-opts', dest='rpmbuild_opts', default=None)
    add('--symlink-dereference', dest='follow_links', action='store_true', default=False)
    add('--unpriv', action='store_true', default=False)
    add('-a', '--addrepo', dest='repos', action='append', default=[])
    for name in ('--enablerepo', '--disablerepo'):
        add(name, dest='switches', action='append', default=[], type=lambda value, name=name: (name, value))
    add('--enable-network', dest='network', action='store_true', default=False)
    add('--additional-package', dest='additional', action='append', default=[])
    add('-v', '--verbose', dest='verbose', action='store_const', const=2, default=1)
    add('-q', '--quiet', dest='verbose', action='store_const', const=0)
    add('--trace', action='store_true', default=False)
    add('-p', '--print-root-path', dest='print_root', action='store_true', default=False)
    add('--enable-plugin', dest='plugins_on', action='append', default=[])
    add('--disable-plugin', dest='plugins_off', action='append', default=[])
    add('--plugin-option', dest='plugin_options', action='append', default=[])
    add('--bootstrap-chroot', dest='bootstrap', action='store_true', default=None)
    add('--no-bootstrap-chroot', dest='bootstrap', action='store_false', default=None)
    add('--use-bootstrap-image', dest='bootstrap_image', action='store_true', default=None)
    add('--no-bootstrap-image', dest='bootstrap_image', action='store_false', default=None)
    add('--dnf', dest='package_manager', action='store_const', const='dnf', default=None)
    # As mock: what it does not know is taken for arguments, and fails as such.
    options, args = parser.parse_known_args()
    if options.mode is None:
        options.mode = 'rebuild'
        if args and args[0] in ('chroot', 'shell', 'rebuild', 'install', 'installdeps', 'remove', 'init', 'clean'):
            options.mode = args.pop(0)
    if args and args[0] == '--':
        args = args[1:]
    if options.scrub:
        options.mode = 'clean'
    if options.rpmbuild_arch and ',' in options.rpmbuild_arch:
        raise MockError(f'--target option accepts only one arch. Invalid: {options.rpmbuild_arch}', 5)
    if options.mode == 'buildsrpm' and not options.spec:
        raise MockError('Must specify both --spec and --sources with --buildsrpm', 5)
    if options.additional and options.mode != 'rebuild':
        raise MockError('The --additional-package option requires the --rebuild mode', 5)
    if options.print_root:
        options.verbose = 0
    return options, args
