"""What all of it goes by: names, loggers, errors."""
import ctypes
import logging

VERSION = 'stand-in 1'
CONFIGURATIONS = '/etc/mock'
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000

log = logging.getLogger()
root_log = logging.getLogger('mockbuild')
build_log = logging.getLogger('mockbuild.Root.build')
state_log = logging.getLogger('mockbuild.Root.state')
libc = ctypes.CDLL(None, use_errno=True)


class MockError(Exception):
    """Ends the run with mock's exit code: 3 configuration, 5 command line, 10 build, 11 timeout, 30 dnf, 40 package,
    60 locked, 70 result folder, else the code of the command that failed."""

    def __init__(self, message, code=1):
        super().__init__(message)
        self.code = code
