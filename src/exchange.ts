/** Two names change places in one step: renameat2(2) with RENAME_EXCHANGE, which Node does not have. */
import { CommandError } from './errors.ts';
import { run, which } from './process.ts';

/** The number of renameat2(2), by Node's name of the architecture (asm/unistd.h). */
const RENAMEAT2: Partial<Record<NodeJS.Architecture, number>> = {
  arm: 382,
  arm64: 276,
  ia32: 353,
  loong64: 276,
  ppc64: 357,
  riscv64: 276,
  s390x: 347,
  x64: 316,
};
/** Exit code for what this kernel or file system does not know: ENOSYS, EINVAL, EOPNOTSUPP, EXDEV, EPERM of a call filter. */
const UNKNOWN = 75;

const PERL = `my ($call, $one, $other) = @ARGV; exit 0 if syscall(0 + $call, -100, $one, -100, $other, 2) == 0;
exit ${UNKNOWN} if $!{ENOSYS} or $!{EINVAL} or $!{EOPNOTSUPP} or $!{EPERM} or $!{EXDEV}; print STDERR "$!\\n"; exit 1`;
const PYTHON = `import ctypes, errno, os, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(int(sys.argv[1]), -100, os.fsencode(sys.argv[2]), -100, os.fsencode(sys.argv[3]), 2) == 0: sys.exit(0)
code = ctypes.get_errno()
if code in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.EXDEV): sys.exit(${UNKNOWN})
print(os.strerror(code), file=sys.stderr)
sys.exit(1)`;

/**
 * Exchanges two files or folders of one file system, at no moment without either.
 *
 * @returns false where this machine cannot do it: without perl and Python, or on a file system that does not know it.
 * @throws CommandError for everything else, such as a name that is not there.
 */
export async function exchange(one: string, other: string): Promise<boolean> {
  const call = RENAMEAT2[process.arch];
  const program =
    which('perl') !== undefined
      ? (['perl', '-MErrno', '-e', PERL, '--'] as const)
      : which('python3') !== undefined
        ? (['python3', '-I', '-S', '-c', PYTHON] as const)
        : undefined;
  if (call === undefined || program === undefined) return false;
  try {
    await run([...program, String(call), one, other], { display: ['renameat2', one, other, 'RENAME_EXCHANGE'] });
    return true;
  } catch (error) {
    // A perl without its modules is none.
    if (error instanceof CommandError && [UNKNOWN, 2].includes(error.failure.exitCode ?? 0)) return false;
    throw error;
  }
}
