/** What leaves a channel without another version of its own: packages that a source package no longer makes. */
import type { Plan } from './driver.ts';
import type { PackageRef } from './snapshot.ts';

/** Those of `superseded` that no entry replaces. */
export function withdrawn({ entries, superseded }: Plan): PackageRef[] {
  const independent = new Set(['all', 'noarch']);
  const replaced = new Map<string, string[]>();
  for (const { kind, name, architecture, replaces } of entries) {
    for (const old of replaces) {
      const key = `${kind} ${name} ${old}`;
      replaced.set(key, [...(replaced.get(key) ?? []), architecture]);
    }
  }
  return superseded.filter(({ kind, name, version, architecture }) => {
    const newer = replaced.get(`${kind} ${name} ${version}`) ?? [];
    // A package may move between an architecture and all of them.
    return !newer.some((own) => own === architecture || independent.has(own) || independent.has(architecture));
  });
}
