/** The rpm format: packages are signed in process, createrepo_c makes the indexes; gpgv, rpmkeys and dnf check them. */
import type { FormatDriver } from '../driver.ts';
import type { RpmSnapshot, SnapshotPackage } from '../snapshot.ts';
import { type RpmCandidates, readRpmCandidates } from './candidates.ts';
import { checkAsRpmClient } from './client-check.ts';
import { makeIndexes } from './createrepo.ts';
import { foldersOf } from './folders.ts';
import { type Metadata, publishedMetadata, readMetadata } from './metadata.ts';
import { applyTo, makeRpmPlan, type RpmPlan, type RpmRequest } from './plan.ts';
import { finishIndexes, writeMirrorlists } from './release.ts';
import { signPackages } from './sign-packages.ts';
import { RpmState } from './state.ts';

export interface RpmInput extends RpmCandidates {
  /** What was given besides packages. */
  readonly metadata: readonly Metadata[];
}

/** @param request what the person asks the repository to be. */
export function rpmDriver(request: RpmRequest): FormatDriver<RpmInput, RpmPlan, RpmSnapshot> {
  return {
    format: 'rpm',
    read: async (builds, { signal, provenance }) => ({
      metadata: await readMetadata(request.metadata ?? {}),
      ...(await readRpmCandidates(builds, signal, provenance)),
    }),
    plan: async (input, view, { allowDowngrade }) => {
      const metadata = { given: input.metadata, published: await publishedMetadata(view) };
      return await makeRpmPlan(input, metadata, view, request, allowDowngrade);
    },
    async stage(plan, context) {
      const { view, done } = context;
      const added = await signPackages(plan, context);
      await done('signed');

      const { state } = applyTo(view.head, plan.settings, added);
      const before =
        view.head === undefined ? undefined : new RpmState(view.head.packages, view.head.settings.architectures);
      await makeIndexes(plan, before, state, context);
      await done('indexed');

      const folders = foldersOf(plan.settings.architectures);
      const supersededIndexes = await finishIndexes(folders, context);
      await writeMirrorlists(folders, plan.settings.url, context);
      await done('released');

      const packages: SnapshotPackage[] = state.packages();
      return {
        settings: plan.settings,
        packages,
        records: [],
        supersededIndexes,
        poolFiles: added.flatMap(({ files }) => files),
      };
    },
    check: checkAsRpmClient,
  };
}
