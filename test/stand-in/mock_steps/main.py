"""A run, from its command line to its exit code."""
import copy
import ctypes
import errno
import grp
import logging
import os
import pwd
import re
import shlex
import signal
import sys

from .base import CLONE_NEWNS, CLONE_NEWUTS, CONFIGURATIONS, MockError, VERSION, libc, log
from .command_line import parse_arguments
from .commands import Commands
from .configuration import apply_options, default_config, read_config
from .logs import State, setup_logging
from .processes import unshare
from .root import Buildroot


def repository(url):
    identifier = re.sub(r'\W', '_', url)
    return (f'\n\n[{identifier}]\nname={url}\nbaseurl={url}\nenabled=1\nskip_if_unavailable=0\nmetadata_expire=0\n'
            'gpgcheck=0\ncost=1\nbest=1\nmodule_hotfixes=true\n')


def main():
    given = os.environ.get('USERHELPER_UID') or os.environ.get('SUDO_UID')
    if os.getuid() == 0 and not given:
        raise RuntimeError(
            'mock will not run from the root account (needs an unprivileged uid so it can drop privs)')
    options, args = parse_arguments()
    user_id = int(given) if given else os.getuid()
    group_id = grp.getgrnam('mock').gr_gid
    pwd.getpwuid(user_id)
    os.setgroups([group_id])
    configdir = options.configdir or CONFIGURATIONS
    # Configurations are programs: they run with the user's rights.
    os.setegid(group_id)
    os.seteuid(user_id)
    try:
        config = read_config(configdir, options.chroot, user_id)
    finally:
        os.seteuid(0)
        os.setegid(0)
    defaults = copy.deepcopy(dict(config))
    apply_options(config, options, args)
    for url in options.repos:
        config['dnf.conf'] += repository(url)
    setup_logging(config, options)
    log.info('mock.py version %s starting (python version = %s), args: %s', VERSION,
             '.'.join(str(part) for part in sys.version_info[:3]), ' '.join(shlex.quote(word) for word in sys.argv))
    state = State()
    with state.during('init plugins'):
        pass
    buildroot = Buildroot(config, state)

    def ended(number, _frame):
        log.info('\nReceived signal %s activating orphansKill', signal.Signals(number).name)
        buildroot.end_processes()
        sys.exit(128 + number)
    for number in (signal.SIGTERM, signal.SIGPIPE, signal.SIGHUP):
        signal.signal(number, ended)
    log.info('Signal handler active')
    commands = Commands(config, options, state, buildroot)
    state.start('run')
    if options.print_root:
        print(buildroot.path(''))
        return 0
    if options.mode == 'debug-config':
        return commands.debug_config(default_config(configdir, user_id) if defaults else {})
    os.umask(0o022)
    os.environ['HOME'] = buildroot.home
    unshare(CLONE_NEWNS | CLONE_NEWUTS)
    # Nothing that is mounted from here on shall be seen outside.
    libc.mount(b'none', b'/', None, ctypes.c_ulong(0x40000 | 0x4000), None)
    try:
        result = commands.run(args)
        state.finish('run')
        return result
    finally:
        buildroot.finalize()


def entry():
    logging.basicConfig(format='%(levelname)s: %(message)s', level=logging.WARNING)
    logging.raiseExceptions = False
    try:
        code = main()
    except MockError as error:
        log.error('%s', error)
        code = error.code
    except KeyboardInterrupt:
        log.error('Exiting on user interrupt, <CTRL>-C')
        code = 7
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
        log.error('%s', error)
        code = 2
    except Exception as error:  # pylint: disable=broad-except
        log.exception(error)
        code = 1
    logging.shutdown()
    sys.exit(code)
