/** The deb format: reprepro makes the indexes, openpgp signs them, gpgv and apt check them. */
import { blameChanged } from '../builds.ts';
import type { FormatDriver } from '../driver.ts';
import type { DebSnapshot } from '../snapshot.ts';
import { applyTo } from './apply.ts';
import { blameFields } from './archive.ts';
import { type DebCandidates, readCandidates } from './candidates.ts';
import { checkAsClient } from './client-check.ts';
import { mergeOlder } from './older.ts';
import { binaryPackage, sourcePackage } from './packages.ts';
import { type DebPlan, type DebRequest, makePlan } from './plan.ts';
import { withoutTaken } from './pool-check.ts';
import { checkSignedBuilds } from './provenance.ts';
import { finishRelease } from './release.ts';
import { type Inclusion, makeIndexes } from './reprepro.ts';
import { signSources } from './sign-sources.ts';
import { areaOf } from './state.ts';
import { verifyIndexes } from './verify.ts';

/** What a package gets whose own fields say nothing: reprepro does not take it otherwise. */
const DEFAULT_SECTION = 'misc';
const DEFAULT_PRIORITY = 'optional';

/** @param request what the person asks the repository to be. */
export function debDriver(request: DebRequest): FormatDriver<DebCandidates, DebPlan, DebSnapshot> {
  return {
    format: 'deb',
    read: async (builds, { signal, provenance }) => {
      if (provenance !== undefined) await checkSignedBuilds(builds, provenance);
      return await readCandidates(builds, signal);
    },
    plan: async (candidates, view, rules) => await withoutTaken(makePlan(candidates, view, request, rules), view),
    async stage(plan, context) {
      const { view, done, signal } = context;
      const signed = await signSources(plan.sources, plan.records, context);
      await done('signed');

      const inclusions: Inclusion[] = [
        ...plan.binaries.map((each) => ({
          file: each.file.path,
          name: each.candidate.name,
          area: areaOf(each.type),
          component: each.component,
          section: each.section === undefined ? DEFAULT_SECTION : undefined,
          priority: each.priority === undefined ? DEFAULT_PRIORITY : undefined,
        })),
        // A .dsc has neither field, and reprepro would look for them in the tarballs.
        ...signed.sources.map(({ source, file }) => ({
          file,
          name: source.source,
          area: 'source' as const,
          component: source.component,
          section: source.section ?? DEFAULT_SECTION,
          priority: source.priority ?? DEFAULT_PRIORITY,
        })),
      ];
      const packed = plan.binaries.map(({ file }) => file);
      const orBlame = async (error: unknown): Promise<never> => {
        if (signal.aborted) throw error;
        const changed = await blameChanged([...packed, ...plan.sources.flatMap(({ parts }) => parts)], error);
        throw changed === error ? await blameFields(packed, error, signal) : changed;
      };
      await makeIndexes(plan, inclusions, context).catch(orBlame);
      const added = [
        ...plan.binaries.map(binaryPackage),
        ...signed.sources.map(({ source, size, sha256 }) => sourcePackage(source, { size, sha256 })),
      ];
      const { state } = applyTo(view.head, plan.settings, added, plan.replacesSources);
      const unchanged = await mergeOlder(plan.settings, state, context);
      const files = await verifyIndexes(plan, state, unchanged, context).catch(orBlame);
      await done('indexed');

      const supersededIndexes = await finishRelease(plan.settings, context);
      await done('released');

      const packages = state.packages();
      const living = new Set(packages.map((each) => `${each.source} ${each.sourceVersion}`));
      // Records stay as long as a package of their source version does.
      const records = new Map([...(view.head?.records ?? []), ...signed.records].map((each) => [each.path, each]));
      return {
        settings: plan.settings,
        packages,
        records: [...records.values()].filter((each) => living.has(`${each.source} ${each.sourceVersion}`)),
        supersededIndexes,
        poolFiles: [...files, ...signed.files],
      };
    },
    check: checkAsClient,
  };
}
