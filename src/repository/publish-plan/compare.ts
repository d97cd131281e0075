/** Whether a plan still holds: what has changed since it was made, by name. */
import { UserError } from '../../errors.ts';
import type { Decided } from '../publish.ts';
import { changedSettings, type PublishPlan, planDocument } from './document.ts';

/** One thing that is not as it was planned. */
interface Difference {
  readonly what: string;
  readonly found: string;
  readonly expected: string;
}

/** Rows that are named; more of them say nothing new. */
const MAX_NAMED = 5;

/**
 * Checks that what was decided now is what the plan says.
 *
 * @throws UserError, or an AggregateError of them, naming what has changed.
 */
export function checkAgainstPlan(plan: PublishPlan, decided: Decided, where: string): void {
  const now = planDocument(decided, {
    now: new Date(),
    run: undefined,
    repository: plan.repository,
    review: plan.review,
    request: plan.request,
    locations: decided.builds.map(({ folder }) => folder),
  });
  const causes = [...channelDifferences(plan, now), ...buildDifferences(plan, now), ...otherDifferences(plan, now)];
  // Rows differ for a reason: where it is known, they say nothing new.
  const differences = causes.length > 0 ? causes : rowDifferences(plan, now);
  throwAll(differences, where);
}

/**
 * Checks what can be checked without the builds: early, before anything else is done.
 *
 * @param channels ids of snapshots, by channel.
 * @throws as `checkAgainstPlan`.
 */
export function checkChannelsAgainstPlan(
  plan: PublishPlan,
  channels: ReadonlyMap<string, string>,
  where: string,
): void {
  const now = [...channels].map(([name, snapshot]) => ({ name, snapshot }));
  throwAll(channelDifferences(plan, { channels: now }), where);
}

/**
 * The same of a plan for a review: what it was made over.
 *
 * @param found ids of the snapshots that the review and the release's channel serve.
 * @throws as `checkAgainstPlan`.
 */
export function checkReviewAgainstPlan(
  { review }: PublishPlan,
  found: { readonly snapshot: string | null; readonly release: string | null },
  where: string,
): void {
  if (review === undefined) return;
  const places = [
    [`the review ${review.name}`, found.snapshot, review.snapshot],
    [`the channel ${review.channel} of the release`, found.release, review.release],
  ] as const;
  const differences = places.flatMap(([name, now, planned]): Difference[] =>
    now === planned
      ? []
      : [
          {
            what: 'the repository has changed since the plan was made',
            found: `${name} at ${now ?? 'no snapshot: it is not there'}`,
            expected: planned ?? 'nothing there',
          },
        ],
  );
  throwAll(differences, where);
}

/** @throws UserError for a plan that says itself that it cannot be done. */
export function checkVerdict({ verdict, packages, key }: PublishPlan, where: string): void {
  if (verdict !== 'refused') return;
  const refused = packages.filter((each) => each.refused);
  const [first] = [...refused.map(({ message }) => message), key.message].filter((each) => each !== undefined);
  throw new UserError({
    what: 'the plan is one that is refused',
    where,
    found: `${refused.length + (key.message === undefined ? 0 : 1)} refused; the first: ${first ?? 'without a message'}`,
    expected: 'a plan that can be done',
    remedy: 'make another plan, of what may be published',
  });
}

function throwAll(differences: readonly Difference[], where: string): void {
  const remedy = 'make the plan again, and look at it again';
  const errors = differences.map((each) => new UserError({ ...each, where, remedy }));
  const [only, ...more] = errors;
  if (only === undefined) return;
  if (more.length === 0) throw only;
  throw new AggregateError(errors, `the plan does not hold any more: ${errors.length} differences`);
}

type Channels = readonly { readonly name: string; readonly snapshot: string }[];

function channelDifferences(plan: PublishPlan, now: { readonly channels: Channels }): Difference[] {
  const before = new Map(plan.channels.map(({ name, snapshot }) => [name, snapshot]));
  const after = new Map(now.channels.map(({ name, snapshot }) => [name, snapshot]));
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => ({
      what: 'the repository has changed since the plan was made',
      found: `the channel ${name} at ${after.get(name) ?? 'no snapshot: it is not there'}`,
      expected: before.get(name) ?? 'no such channel',
    }));
}

function buildDifferences(plan: PublishPlan, now: PublishPlan): Difference[] {
  const key = ({ manifest }: PublishPlan['builds'][number]) => manifest;
  const planned = new Set(plan.builds.map(key));
  const given = new Set(now.builds.map(key));
  const show = ({ package: name, version, manifest }: PublishPlan['builds'][number]) =>
    `${name} ${version}, manifest ${manifest.slice(0, 12)}…`;
  const others = now.builds.filter((each) => !planned.has(each.manifest));
  const missing = plan.builds.filter((each) => !given.has(each.manifest));
  if (others.length + missing.length === 0) return [];
  return [
    {
      what: 'the builds are not those of the plan',
      found: others.map(show).join('; ') || `none for ${missing.map(show).join('; ')}`,
      expected: missing.map(show).join('; ') || 'no other build',
    },
  ];
}

function otherDifferences(plan: PublishPlan, now: PublishPlan): Difference[] {
  const differences: Difference[] = [];
  const compare = (what: string, found: string, expected: string) => {
    if (found !== expected) differences.push({ what, found, expected });
  };
  compare('the format is another one', now.format, plan.format);
  compare('the channel is another one', now.channel, plan.channel);
  compare('another key signs than the one of the plan', now.key.signs, plan.key.signs);
  compare('the next key is another one than that of the plan', now.key.next ?? 'none', plan.key.next ?? 'none');
  for (const name of changedSettings(plan.settings.after, now.settings.after)) {
    const value = (settings: PublishPlan['settings']) => JSON.stringify(settings.after[name]) ?? 'none';
    compare(`the setting ${name} is another one than that of the plan`, value(now.settings), value(plan.settings));
  }
  for (const name of new Set([...Object.keys(plan.given), ...Object.keys(now.given)])) {
    compare(
      `the file of the input ${name} is another one than that of the plan`,
      now.given[name] ?? 'none',
      plan.given[name] ?? 'none',
    );
  }
  if (now.verdict === 'refused' && plan.overrides.length > 0 && now.overrides.length === 0) {
    const [first] = plan.overrides;
    differences.push({
      what: 'the plan has downgrades, which are not allowed here',
      found: 'no allow-downgrade',
      expected: `the reason of the plan, ${JSON.stringify(first?.reason ?? '')}, as input allow-downgrade`,
    });
  }
  return differences;
}

function rowDifferences(plan: PublishPlan, now: PublishPlan): Difference[] {
  const differences: Difference[] = [];
  const lists = [
    ['a package', plan.packages, now.packages],
    ['a package that leaves the channel', plan.superseded, now.superseded],
    ['an allowed downgrade', plan.overrides, now.overrides],
  ] as const;
  for (const [title, planned, found] of lists) {
    const lines = (rows: readonly object[]) => new Set(rows.map((each) => JSON.stringify(sorted(each))));
    const [before, after] = [lines(planned), lines(found)];
    const only = (these: ReadonlySet<string>, those: ReadonlySet<string>) =>
      [...these].filter((each) => !those.has(each)).slice(0, MAX_NAMED);
    const [gone, come] = [only(before, after), only(after, before)];
    if (gone.length + come.length === 0) continue;
    differences.push({
      what: `${title} is planned otherwise now`,
      found: come.join(', ') || 'nothing of it',
      expected: gone.join(', ') || 'nothing of it',
    });
  }
  if (differences.length === 0 && plan.verdict !== now.verdict) {
    differences.push({
      what: 'the plan comes to another end now',
      found: `${now.verdict}${now.reasons.length === 0 ? '' : `: ${now.reasons.join('; ')}`}`,
      expected: plan.verdict,
    });
  }
  return differences;
}

function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
