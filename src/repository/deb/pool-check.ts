/** Files of new packages whose name in the pool is taken: by a former snapshot, or by a version of another epoch. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { shown } from '../builds.ts';
import type { RepositoryView } from '../driver.ts';
import type { Refusal, Subject } from '../refusal.ts';
import type { DebSnapshot, PackageRef, SnapshotPackage } from '../snapshot.ts';
import { takenNames, takenRefusal } from '../taken.ts';
import type { SourceCandidate } from './candidates.ts';
import { binaryPackage, type Placed, sourcePackage } from './packages.ts';
import type { DebPlan } from './plan.ts';
import { isSignedCopy } from './sign-sources.ts';

interface Added {
  readonly package: SnapshotPackage;
  readonly subject: Subject;
  readonly source?: Placed<SourceCandidate>;
}

/** The plan, with packages refused whose files cannot go into the pool. */
export async function withoutTaken(plan: DebPlan, view: RepositoryView<DebSnapshot>): Promise<DebPlan> {
  const added: Added[] = [
    ...plan.binaries.map((each) => {
      const { candidate, type, file } = each;
      return { package: binaryPackage(each), subject: { candidate, type, where: shown(file) } };
    }),
    ...plan.sources.map((source) => {
      const { candidate, type, dsc } = source;
      return { package: sourcePackage(source, dsc), subject: { candidate, type, where: shown(dsc) }, source };
    }),
  ];
  const taken = await takenNames(
    view,
    added.flatMap((each) => each.package.files.map((file) => file.path)),
  );
  if (taken.size === 0) return plan;
  const refusals: Refusal[] = [];
  for (const each of added) {
    for (const file of each.package.files) {
      const there = taken.get(file.path);
      if (there === undefined || there.file.sha256 === file.sha256) continue;
      // Where a channel has the source, its .dsc is the one that was signed then.
      const isServed = there.channel !== undefined && there.package.kind === 'source';
      const { source } = each;
      if (source !== undefined && file.path.endsWith('.dsc')) {
        if (isServed || (await isSameText(view, file.path, source.text))) continue;
      }
      refusals.push(takenRefusal(each.subject, there));
      break;
    }
  }
  if (refusals.length === 0) return plan;
  const isRefused = (each: PackageRef) => refusals.some((other) => isSameRef(each, other));
  return {
    ...plan,
    entries: plan.entries.filter((each) => !isRefused(each)),
    downgrades: plan.downgrades.filter((each) => !isRefused(each)),
    refusals: [...plan.refusals, ...refusals],
  };
}

/** Whether the .dsc in the pool is this one, signed: then it is taken over. */
async function isSameText({ paths }: RepositoryView, poolPath: string, text: string): Promise<boolean> {
  return isSignedCopy(await readFile(path.join(paths.public, poolPath), 'utf8'), text);
}

function isSameRef(a: PackageRef, b: PackageRef): boolean {
  return a.kind === b.kind && a.name === b.name && a.version === b.version && a.architecture === b.architecture;
}
