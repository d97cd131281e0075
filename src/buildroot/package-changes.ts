/** What differs between the packages of two generations. */
import { z } from 'zod';
import { compareVersions } from '../deb/version.ts';
import { compareEvr, parseEvr } from '../rpm/evr.ts';

const moved = z.strictObject({ name: z.string(), from: z.string(), to: z.string() });
const one = z.strictObject({ name: z.string(), version: z.string() });

/** By name, with the architecture where the format has it in the name: `libc6:amd64`, `glibc.x86_64`. Sorted. */
export const packageChangesSchema = z.strictObject({
  upgraded: z.array(moved),
  downgraded: z.array(moved),
  added: z.array(one),
  removed: z.array(one),
});
export type PackageChanges = z.infer<typeof packageChangesSchema>;

/**
 * Compares lists of packages as a generation's record has them: `name:architecture=version` of deb,
 * `name-[epoch:]version-release.architecture` of rpm.
 */
export function packageChanges(
  format: 'deb' | 'rpm',
  before: readonly string[],
  after: readonly string[],
): PackageChanges {
  const old = byName(before);
  const now = byName(after);
  const changes: PackageChanges = { upgraded: [], downgraded: [], added: [], removed: [] };
  for (const name of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    // rpm installs several versions of one name, where a package asks for it (kernels, keys).
    const gone = (old.get(name) ?? []).filter((version) => !now.get(name)?.includes(version));
    const come = (now.get(name) ?? []).filter((version) => !old.get(name)?.includes(version));
    const [from] = gone;
    const [to] = come;
    if (from !== undefined && to !== undefined && gone.length === 1 && come.length === 1) {
      (compare(format, from, to) <= 0 ? changes.upgraded : changes.downgraded).push({ name, from, to });
      continue;
    }
    changes.removed.push(...gone.map((version) => ({ name, version })));
    changes.added.push(...come.map((version) => ({ name, version })));
  }
  return changes;
}

/** `3 upgraded, 1 new, 2 removed`; `no packages changed`. */
export function describeChanges({ upgraded, downgraded, added, removed }: PackageChanges): string {
  const parts = [
    [upgraded.length, 'upgraded'],
    [downgraded.length, 'downgraded'],
    [added.length, 'new'],
    [removed.length, 'removed'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  return said.length === 0 ? 'no packages changed' : said.join(', ');
}

function byName(packages: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const entry of packages) {
    const [name, version] = split(entry);
    found.set(name, [...(found.get(name) ?? []), version]);
  }
  return found;
}

function split(entry: string): readonly [name: string, version: string] {
  const equal = entry.indexOf('=');
  if (equal > 0) return [entry.slice(0, equal), entry.slice(equal + 1)];
  const [, name, version, architecture] = /^(.+)-([^-]+-[^-]+)\.([^.-]+)$/.exec(entry) ?? [];
  if (name === undefined || version === undefined || architecture === undefined) return [entry, ''];
  return [`${name}.${architecture}`, version];
}

function compare(format: 'deb' | 'rpm', a: string, b: string): number {
  try {
    if (format === 'deb') return compareVersions(a, b);
    return compareEvr(parseEvr(a, 'a generation'), parseEvr(b, 'a generation'));
  } catch {
    // No version that its package manager would take is ordered.
    return 0;
  }
}
