/**
 * The kernel's session keyring (session-keyring(7)) is handed on to every child, and with it the keys that whoever
 * started us put there: tokens of the job, of file systems. A session starts with an empty one.
 */
import { type Argv, which } from '../process.ts';

/** The number of keyctl(2), by Node's name of the architecture (asm/unistd.h). */
const KEYCTL: Partial<Record<NodeJS.Architecture, number>> = {
  arm: 311,
  arm64: 219,
  ia32: 288,
  loong64: 219,
  ppc64: 271,
  riscv64: 219,
  s390x: 280,
  x64: 250,
};
const JOIN_SESSION_KEYRING = 1;

/** A kernel without keys, or an engine that forbids keyctl(2), has nothing to hand on: failures are no matter. */
const PERL = 'my ($call, $join) = (0 + shift, 0 + shift); syscall($call, $join, 0); exec { $ARGV[0] } @ARGV; exit 127';
const PYTHON =
  'import ctypes, os, sys; ctypes.CDLL(None).syscall(int(sys.argv[1]), int(sys.argv[2]), None); os.execvp(sys.argv[3], sys.argv[3:])';

/**
 * `argv`, to be run with an empty session keyring of its own. perl is on every Debian and Ubuntu, and Python wherever
 * mock is; where neither is, or the architecture is another one, it is `argv` alone.
 */
export function withEmptyKeyring(argv: Argv): Argv {
  const call = KEYCTL[process.arch];
  const [tool, ...more] = argv;
  const file = which(tool);
  // A tool that is missing is reported by its name.
  if (call === undefined || file === undefined) return argv;
  const words = [String(call), String(JOIN_SESSION_KEYRING), file, ...more] as const;
  if (which('perl') !== undefined) return ['perl', '-e', PERL, '--', ...words];
  if (which('python3') !== undefined) return ['python3', '-I', '-S', '-c', PYTHON, ...words];
  return argv;
}
