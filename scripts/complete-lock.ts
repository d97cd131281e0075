/**
 * Adds to package-lock.json the packages for other platforms that npm left out, and says what it added.
 *
 * npm (https://github.com/npm/cli/issues/4828) writes a lock without them when it finds a node_modules, or a registry
 * that does not carry them; `npm ci` then refuses the lock, on every platform. They are optional and never installed
 * here: their name says for what they are, their version stands in the package that wants them.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
interface Lock {
  packages: Record<string, LockedPackage & Record<string, unknown>>;
}

const OS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const CPU = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

/** The lock with an entry for every optional package, and the names of those that were added. */
export function completeLock(lock: Lock): { lock: Lock; added: string[] } {
  const packages = { ...lock.packages };
  const added: string[] = [];
  for (const [place, { optionalDependencies }] of Object.entries(lock.packages)) {
    if (place === '') continue;
    for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
      const words = name.split(/[/-]/);
      const os = OS.filter((each) => words.includes(each));
      const cpu = CPU.filter((each) => words.includes(each));
      const [above, nested] = [`node_modules/${name}`, `${place}/node_modules/${name}`];
      const found = packages[nested] ?? packages[above];
      if (found?.['version'] === version || cpu.length === 0 || !/^\d+\.\d+\.\d+/.test(version)) continue;
      const libc = words.includes('musl') ? ['musl'] : words.some((word) => /^gnu/.test(word)) ? ['glibc'] : [];
      // Of two versions of one package the second lies below the one that wants it.
      packages[packages[above] === undefined ? above : nested] = {
        version,
        cpu,
        dev: true,
        ...(libc.length > 0 && os.includes('linux') ? { libc } : {}),
        optional: true,
        ...(os.length > 0 ? { os } : {}),
      };
      added.push(`${name}@${version}`);
    }
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { lock: { ...lock, packages: added.length > 0 ? Object.fromEntries(sorted) : packages }, added };
}

if (import.meta.main) {
  const { lock, added } = completeLock(JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock);
  if (added.length > 0) writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${added.length} added${added.length > 0 ? `: ${added.join(', ')}` : ''}\n`);
}
