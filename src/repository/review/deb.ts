/** Review repositories for deb. */
import { checkCandidate, VersionIndex } from '../../deb/version-check.ts';
import { shown } from '../builds.ts';
import type { BinaryCandidate, DebCandidates, SourceCandidate } from '../deb/candidates.ts';
import { debDriver } from '../deb/driver.ts';
import type { DebPlan, DebRequest } from '../deb/plan.ts';
import { asPublished } from '../deb/published.ts';
import { resolveSettings } from '../deb/settings.ts';
import type { PlanEntry } from '../driver.ts';
import { type Refusal, targetOf } from '../refusal.ts';
import type { DebSettings, DebSnapshot } from '../snapshot.ts';
import { asBrought, type ReviewFormat, releaseRefusal } from './layer.ts';
import type { Release } from './release.ts';
import { reviewLabel } from './settings.ts';

/**
 * @param request what the person asks for; what is not given is as in the release.
 * @param name of the review.
 * @param url address of its `public/`, where it is known.
 */
export function debReview(
  request: DebRequest,
  name: string,
  url: string | undefined,
): ReviewFormat<DebCandidates, DebPlan, DebSnapshot> {
  return {
    format: 'deb',
    driver: (settings, component) => {
      const own = debRequest(request, settings, name, url);
      return debDriver(component === undefined ? own : { ...own, component, udebComponent: component });
    },
    brought: ({ binaries, sources }) => [...binaries, ...sources].map(asBrought),
    compare,
  };
}

function debRequest(
  request: DebRequest,
  before: DebSettings | undefined,
  name: string,
  url: string | undefined,
): DebRequest {
  const { validSeconds, component, udebComponent } = request;
  // Never outdated where nobody asks for it: who signs it anew in time?
  const own = { name: request.name, component, udebComponent, validSeconds, url, keepVersions: undefined };
  if (before === undefined) {
    const label = reviewLabel(request.label ?? request.origin ?? request.name, name);
    return { ...request, ...own, label };
  }
  const hints = { target: undefined, suite: undefined, architectures: [], origin: request.name };
  const { url: _, ...asked } = request;
  const { suite, components, architectures, origin, label, description } = resolveSettings(asked, before, hints);
  return { ...own, suite, components, architectures, origin, label: reviewLabel(label, name), description };
}

type DebCandidate = BinaryCandidate | SourceCandidate;

function compare(
  candidates: DebCandidates,
  release: Release<DebSnapshot>,
  isInReview: (source: string) => boolean,
): ReturnType<ReviewFormat<DebCandidates, DebPlan, DebSnapshot>['compare']> {
  const { head, view } = release;
  for (const { manifest } of candidates.builds) targetOf(head.settings.target, manifest.target?.name);
  const published = new VersionIndex(head.packages.map((each) => asPublished(each, view.channel)));
  const skipped: PlanEntry[] = [];
  const refusals: Refusal[] = [];
  const stays = (each: DebCandidate) => {
    const { candidate, type, source } = each;
    const { outcome, against, file } = checkCandidate(candidate, published);
    if (outcome === 'same' && !isInReview(source)) {
      const { kind, name, version, architecture } = candidate;
      skipped.push({ kind, type, name, version, architecture, action: 'same', replaces: [] });
      return false;
    }
    if ((outcome !== 'conflict' && outcome !== 'downgrade') || against === undefined) return true;
    const where = shown(each.type === 'dsc' ? each.dsc : each.file);
    const { name, version, architecture } = against;
    const other = { outcome, name, version, architecture, channel: view.channel };
    const named = file === undefined ? other : { ...other, file };
    refusals.push(...releaseRefusal({ candidate, type, where }, [named], release));
    return false;
  };
  const binaries = candidates.binaries.filter(stays);
  const sources = candidates.sources.filter(stays);
  return { candidates: { ...candidates, binaries, sources }, skipped, refusals };
}
