"""Commands: on the host, in the root, and as whom."""
import contextlib
import ctypes
import os
import selectors
import shlex
import signal
import subprocess
import sys
import time

from .base import CLONE_NEWIPC, MockError, libc, root_log


def clean_environment():
    return {'TERM': 'vt100', 'SHELL': '/bin/sh', 'HOME': '/builddir', 'HOSTNAME': 'mock',
            'PATH': '/usr/bin:/bin:/usr/sbin:/sbin', 'LANG': 'C.UTF-8'}


def unshare(flags):
    if libc.unshare(flags) != 0:
        code = ctypes.get_errno()
        raise MockError(f'Namespace unshare failed: {os.strerror(code)}', 80)


def pretty(command):
    return ' '.join(shlex.quote(part) for part in command) if isinstance(command, list) else command


def become(chroot, user, cwd):
    """What a child does between fork and exec. `user` is (uid, gid) or None."""
    def prepare():
        os.setsid()
        os.umask(0o022)
        if chroot:
            os.chdir(chroot)
            os.chroot(chroot)
            os.chdir('/')
        if user:
            os.setgroups([])
            os.setresgid(user[1], user[1], user[1])
            os.setresuid(user[0], user[0], user[0])
        if cwd:
            os.chdir(cwd)
        if chroot:
            # Not the message queues of the host; where it is not allowed mock goes on without.
            libc.unshare(CLONE_NEWIPC)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    return prepare


def execute(command, *, chroot=None, user=None, cwd=None, env=None, shell=False, logger=root_log, timeout=0, check=True,
            show=False, quote=True):
    """Runs a command, its output going to `logger`; gives (output, exit code).

    Raises MockError with the command's own exit code, or 11 at the limit; with `quote` the output is in its message."""
    env = clean_environment() if env is None else env
    logger.debug('Executing command: %s with env %s and shell %s', command, env, shell)
    with subprocess.Popen(command, shell=shell, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, preexec_fn=become(chroot, user, cwd)) as child:
        try:
            output = read_output(child, logger, timeout, show)
            if output is None:
                raise MockError(f'Timeout({timeout}) expired for command:\n # {pretty(command)}\n', 11)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            raise
    logger.debug('Child return code was: %s', child.returncode)
    if check and child.returncode:
        raise MockError(f'Command failed: \n # {pretty(command)}\n{output if quote else ""}', child.returncode)
    return output, child.returncode


def read_output(child, logger, timeout, show):
    """Both streams, as they come; None at the limit. Ends when the streams do."""
    began, pieces = time.time(), []
    pending = {child.stdout: '', child.stderr: ''}
    with selectors.DefaultSelector() as selector:
        for stream in pending:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            if timeout and time.time() - began > timeout:
                return None
            for key, _ in selector.select(0.2):
                data = os.read(key.fd, 65536)
                if not data:
                    selector.unregister(key.fileobj)
                    continue
                if show:
                    sys.stdout.buffer.write(data)
                    sys.stdout.flush()
                *lines, pending[key.fileobj] = (pending[key.fileobj] + data.decode('utf-8', 'replace')).split('\n')
                for line in lines:
                    pieces.append(line)
                    if line:
                        logger.debug('%s', line)
        for rest in pending.values():
            if rest:
                pieces.append(rest)
                logger.debug('%s', rest)
    return '\n'.join(pieces) + ('\n' if pieces else '')
