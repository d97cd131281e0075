/** Plans as documents: what they say, and what of it no longer holds. */
import { describe, expect, it } from 'vitest';
import { portablePath, withPlan } from '../../../src/actions/sign-publish/plan-inputs.ts';
import type { Manifest } from '../../../src/manifest.ts';
import type { PlanEntry } from '../../../src/repository/driver.ts';
import { RepositoryPaths } from '../../../src/repository/layout.ts';
import type { Decided } from '../../../src/repository/publish.ts';
import { checkAgainstPlan, checkChannelsAgainstPlan } from '../../../src/repository/publish-plan/compare.ts';
import { planDocument } from '../../../src/repository/publish-plan/document.ts';
import { binary, digest, SETTINGS, snapshot } from './fixtures.ts';

const KEY = 'A'.repeat(40);
const entry: PlanEntry = {
  ...{ kind: 'binary', type: 'deb', name: 'hello', version: '2.0', architecture: 'amd64', component: 'main' },
  ...{ action: 'upgrade', replaces: ['1.0'] },
};

interface Changes {
  readonly plan?: Partial<Decided['decision']['plan']>;
  readonly decision?: Partial<Decided['decision']>;
  readonly sha256?: string;
  readonly channels?: Readonly<Record<string, string>>;
}

function decided({ plan = {}, decision = {}, sha256 = 'manifest', channels = {} }: Changes = {}): Decided {
  const heads = new Map(
    Object.entries({ latest: '20260102T030405Z-aaaaaa', ...channels }).map(([name, id]) => [
      name,
      snapshot([binary('hello', '1.0')], { id }),
    ]),
  );
  const manifest = { package: { name: 'hello', version: '2.0', format: 'deb' }, change: 'merge' } as Manifest;
  return {
    format: 'deb',
    builds: [{ manifest, sha256: digest(sha256), folder: '/builds/hello' }],
    view: { paths: new RepositoryPaths('/repository'), channel: 'latest', heads, head: heads.get('latest') },
    decision: {
      plan: {
        ...{ entries: [entry], superseded: [], withdrawn: [], staying: [], reasons: [], refusals: [], downgrades: [] },
        ...{ settings: SETTINGS, given: {}, ...plan },
      },
      key: { signs: [KEY], before: [KEY], changes: [], refusal: undefined },
      ...{ overrides: [], reasons: [], verdict: 'publish', ...decision },
    },
  };
}

const context = { now: new Date('2026-01-02T04:00:00Z'), run: undefined, repository: 'srv', locations: ['built'] };
const made = planDocument(decided(), { ...context, request: { label: 'Test' } });

function differences(changes: Changes): string[] {
  try {
    checkAgainstPlan(made, decided(changes), 'input apply');
    return [];
  } catch (error) {
    const all = error instanceof AggregateError ? error.errors : [error];
    return all.map((each: Error) => each.message);
  }
}

describe('a plan that is compared', () => {
  it('holds where all is as it was, whatever is new in words only', () => {
    expect(differences({})).toEqual([]);
    expect(differences({ decision: { reasons: ['time is over'] }, plan: { reasons: ['time is over'] } })).toEqual([]);
  });

  it.each<[string, Changes, RegExp]>([
    [
      'a channel moved',
      { channels: { latest: '20260102T030406Z-bbbbbb' } },
      /the channel latest at .*-bbbbbb.*-aaaaaa/,
    ],
    ['a channel came', { channels: { next: '20260102T030406Z-bbbbbb' } }, /channel next at .*expected no such channel/],
    ['a build', { sha256: 'other' }, /the builds are not those of the plan/],
    [
      'a setting',
      { plan: { settings: { ...SETTINGS, label: 'Other' } } },
      /setting label .*found "Other", expected "Test"/,
    ],
    [
      'a setting more',
      { plan: { settings: { ...SETTINGS, validSeconds: 5 } } },
      /validSeconds .*found 5, expected none/,
    ],
    ['a file that is given', { plan: { given: { groups: digest('x') } } }, /the file of the input groups/],
    [
      'the key',
      { decision: { key: { signs: ['B'.repeat(40)], before: [], changes: [], refusal: undefined } } },
      /another key signs than the one of the plan/,
    ],
    [
      'the next key',
      { decision: { key: { signs: [KEY, 'B'.repeat(40)], before: [], changes: [], refusal: undefined } } },
      /the next key is another one .*expected none/,
    ],
    ['a row', { plan: { entries: [{ ...entry, action: 'add', replaces: [] }] } }, /a package is planned otherwise now/],
    [
      'what leaves the channel',
      { plan: { superseded: [{ kind: 'binary', name: 'x', version: '1', architecture: 'amd64' }] } },
      /a package that leaves the channel is planned otherwise/,
    ],
    ['its end', { decision: { verdict: 'nothing' } }, /comes to another end now .*found nothing, expected publish/],
  ])('says what changed: %s', (_name, changes, message) => {
    const found = differences(changes);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
    expect(found[0]).toContain('make the plan again');
  });

  it('names causes, all of them, and not what follows from them', () => {
    const found = differences({
      channels: { latest: '20260102T030406Z-bbbbbb' },
      sha256: 'other',
      plan: { entries: [] },
    });
    expect(found).toHaveLength(2);
  });

  it('is compared with the channels before anything is read', () => {
    const channels = new Map([['latest', '20260102T030405Z-aaaaaa']]);
    expect(() => checkChannelsAgainstPlan(made, channels, 'x')).not.toThrow();
    expect(() => checkChannelsAgainstPlan(made, new Map(), 'x')).toThrow('no snapshot: it is not there');
  });
});

describe('inputs of a plan', () => {
  const none = { packages: [], components: [], architectures: [] } as unknown as Parameters<typeof withPlan>[0];

  it('are taken where none are given', () => {
    expect(withPlan(none, made, '/work')).toMatchObject({
      packages: ['built'],
      repository: '/work/srv',
      channel: 'latest',
      label: 'Test',
    });
    const given = { ...none, packages: ['moved'], repository: '/srv/there', label: 'Mine', channel: 'latest' };
    expect(withPlan(given, made, '/work')).toMatchObject({
      packages: ['moved'],
      repository: '/srv/there',
      label: 'Mine',
    });
    // The packaging file knows where the repository is.
    expect(withPlan({ ...none, packaging: '/work/packaging.yml' }, made, '/work').repository).toBeUndefined();
    expect(() => withPlan({ ...none, channel: 'stable' }, made, '/work')).toThrow('the plan is for another channel');
  });

  it('name paths that hold in another workspace', () => {
    const places = ['/work/a/b', '/work', '/work/..a', '/works', '/srv/x', '/'];
    expect(places.map((each) => portablePath('/work', each))).toEqual(['a/b', '.', '..a', '/works', '/srv/x', '/']);
  });
});
