/** Review repositories for rpm. */
import type { PlanEntry } from '../driver.ts';
import { type Refusal, targetOf } from '../refusal.ts';
import type { RpmCandidate } from '../rpm/candidates.ts';
import { type RpmInput, rpmDriver } from '../rpm/driver.ts';
import { DEBUG } from '../rpm/folders.ts';
import type { RpmPlan, RpmRequest } from '../rpm/plan.ts';
import { Published, subjectOf } from '../rpm/published.ts';
import { resolveRpmSettings } from '../rpm/settings.ts';
import type { RpmSettings, RpmSnapshot } from '../snapshot.ts';
import { asBrought, type ReviewFormat, releaseRefusal } from './layer.ts';
import type { Release } from './release.ts';
import { reviewLabel } from './settings.ts';

/**
 * @param request what the person asks for; what is not given is as in the release.
 * @param name of the review.
 * @param url address of its `public/`, where it is known.
 */
export function rpmReview(
  request: RpmRequest,
  name: string,
  url: string | undefined,
): ReviewFormat<RpmInput, RpmPlan, RpmSnapshot> {
  return {
    format: 'rpm',
    driver: (settings) => rpmDriver(rpmRequest(request, settings, name, url)),
    brought: ({ packages }) => packages.map(asBrought),
    compare,
  };
}

function rpmRequest(
  request: RpmRequest,
  before: RpmSettings | undefined,
  name: string,
  url: string | undefined,
): RpmRequest {
  const asked = { ...request, url: undefined, keepVersions: undefined };
  if (before === undefined) return { ...asked, label: reviewLabel(request.label ?? request.name, name), url };
  const hints = { target: undefined, architectures: [], label: request.name };
  const { architectures, label } = resolveRpmSettings(asked, before, hints);
  return { ...asked, architectures, label: reviewLabel(label, name), url };
}

function compare(
  candidates: RpmInput,
  release: Release<RpmSnapshot>,
  isInReview: (source: string) => boolean,
): ReturnType<ReviewFormat<RpmInput, RpmPlan, RpmSnapshot>['compare']> {
  for (const { manifest } of candidates.builds) targetOf(release.head.settings.target, manifest.target?.name);
  const published = new Published(release.view);
  const chosen = candidates.packages.map((each) => published.choose(each));
  const { dropped } = published.repeated(chosen);
  const skipped: PlanEntry[] = [];
  const refusals: Refusal[] = [];
  const packages = chosen.filter((each) => {
    const isSame = dropped.has(each) || published.find(each) !== undefined;
    if (isSame) {
      if (isInReview(each.source)) return true;
      skipped.push(sameEntry(each));
      return false;
    }
    const found = published.objections(subjectOf(each));
    const all = found.length > 0 ? found : published.olderSource(each, chosen);
    refusals.push(...all.flatMap(({ against }) => releaseRefusal(subjectOf(each), against, release)));
    return all.length === 0;
  });
  return { candidates: { ...candidates, packages }, skipped, refusals };
}

function sameEntry({ candidate: { kind, name, version, architecture }, type, isDebug }: RpmCandidate): PlanEntry {
  const place = isDebug ? { component: DEBUG } : {};
  return { kind, type, name, version, architecture, ...place, action: 'same', replaces: [] };
}
