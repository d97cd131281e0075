import { describe, expect, it } from 'vitest';
import { compareVersions, isVersion, parseVersion } from '../../../src/deb/version.ts';
import { UserError } from '../../../src/errors.ts';
import {
  assertOrder,
  checkSuffix,
  checkTemplate,
  type Position,
  reviewVersion,
  VERSION_SCHEMES,
  type VersionPlan,
  versionAt,
} from '../../../src/source/scheme.ts';

const plan = (parts: Partial<VersionPlan> = {}): VersionPlan => ({
  scheme: 'commits',
  suffix: '',
  epoch: 0,
  upstream: '1.2',
  revision: '1~mos1',
  native: false,
  snapshot: false,
  ...parts,
});

const at = (commits: number, parts: Partial<Position> = {}): Position => ({
  commits,
  codeCommits: commits,
  baseCommits: 0,
  time: 1_767_607_200 + commits * 60,
  codeCommit: '1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d5e6f1a2b',
  ...parts,
});

describe('versionAt', () => {
  it.each<[string, Partial<VersionPlan>, Position, string]>([
    ['commits, as the original', { revision: '1~mos1' }, at(6), '1.2-1~mos6'],
    ['commits at the tag', { revision: '1~mos1' }, at(0), '1.2-1~mos0'],
    ['commits behind a bare revision', { revision: '3' }, at(6), '1.2-3+git6'],
    ['a bare revision at the tag', { revision: '3' }, at(0), '1.2-3'],
    ['a revision of a non-maintainer upload', { revision: '3.1' }, at(6), '1.2-3.1+git6'],
    ['a revision of Ubuntu', { revision: '0ubuntu2' }, at(6), '1.2-0ubuntu2+git6'],
    ['a revision of Debian stable', { revision: '1+deb12u1' }, at(1), '1.2-1+deb12u1+git1'],
    ['a backport', { revision: '1~bpo12+1' }, at(0), '1.2-1~bpo12+1'],
    ['ours on top of a distribution’s', { revision: '0ubuntu2~mos3' }, at(6), '1.2-0ubuntu2~mos6'],
    ['an epoch', { epoch: 2 }, at(6), '2:1.2-1~mos6'],
    ['changelog', { scheme: 'changelog' }, at(6), '1.2-1~mos1'],
    ['hotfix', { scheme: 'hotfix' }, at(8, { baseCommits: 6 }), '1.2-1~mos6.2.0'],
    ['security', { scheme: 'security' }, at(8, { baseCommits: 6 }), '1.2-1~mos6.0.2'],
    ['hotfix behind a bare revision', { scheme: 'hotfix', revision: '1' }, at(8, { baseCommits: 6 }), '1.2-1+git6.2.0'],
    ['date', { scheme: 'date', revision: '1' }, at(6), '1.2-1+git20260105.100600'],
    ['date, named', { scheme: 'date' }, at(6), '1.2-1~mos20260105.100600'],
    ['native', { native: true, revision: '' }, at(6), '1.2+git6'],
    ['native at the tag', { native: true, revision: '' }, at(0), '1.2'],
    ['native with a name', { native: true, revision: '+mos1' }, at(6), '1.2+mos6'],
    ['snapshot', { snapshot: true, revision: '1' }, at(6), '1.2+git6.g1a2b3c4d-1+git6'],
    ['snapshot at the tag', { snapshot: true, revision: '1' }, at(0), '1.2-1'],
    ['snapshot with spec commits', { snapshot: true }, at(9, { codeCommits: 6 }), '1.2+git6.g1a2b3c4d-1~mos9'],
    ['suffix', { suffix: '~deb12u1' }, at(6), '1.2-1~mos6~deb12u1'],
    ['suffix of a native version', { native: true, revision: '', suffix: '+deb12' }, at(6), '1.2+git6+deb12'],
    [
      'template of the original for its own packages',
      { scheme: 'template', template: '1~u14.04+mos{n}+git.{shortsha}' },
      at(6),
      '1.2-1~u14.04+mos6+git.1a2b3c4d',
    ],
    ['template', { scheme: 'template', template: '{stem}{n}.{date}.{time}' }, at(6), '1.2-1~mos6.20260105.100600'],
    [
      'template with a target',
      { scheme: 'template', template: '{revision}.{n}+{target}', target: 'debian-12' },
      at(6),
      '1.2-1~mos1.6+debian.12',
    ],
    [
      'template with base and delta',
      { scheme: 'template', template: '{stem}{base}.{delta}' },
      at(8, { baseCommits: 6 }),
      '1.2-1~mos6.2',
    ],
  ])('%s', (_, parts, position, expected) => {
    expect(versionAt(plan(parts), position)).toBe(expected);
  });

  it('refuses what is no version', () => {
    expect(() => versionAt(plan({ scheme: 'template', template: '{n}-{n}' }), at(1))).toThrow(UserError);
    expect(() => versionAt(plan({ native: true, revision: '', suffix: '-1' }), at(1))).toThrow(UserError);
    expect(() => versionAt(plan({ revision: '', scheme: 'changelog' }), at(1))).toThrow(UserError);
  });
});

describe('checks', () => {
  it('templates', () => {
    for (const good of ['{n}', '{stem}{n}', '1~u14.04+mos{n}', '{date}.{time}', '{base}.{delta}']) {
      expect(() => checkTemplate(good, 'x')).not.toThrow();
    }
    for (const bad of ['', '1', '{date}', '{shortsha}', '{n}{x}', '{n}-1', '{n} ', '{n}_', '{n}{}', '$(touch x){n}']) {
      expect(() => checkTemplate(bad, 'input version-template'), bad).toThrow(/input version-template/);
    }
  });

  it('suffixes', () => {
    for (const good of ['', '~deb12u1', '+deb12', '.el9']) expect(() => checkSuffix(good, 'x')).not.toThrow();
    for (const bad of ['deb12', '-1', '~', '+a b', '~$(x)', '+a\n'])
      expect(() => checkSuffix(bad, 'input version-suffix'), bad).toThrow(/input version-suffix/);
  });
});

describe('reviewVersion', () => {
  const change = { id: '42', patchset: 3, inCode: true };

  it.each<[string, Partial<VersionPlan>, Position, string]>([
    ['commits', {}, at(7), '1.2-1~mos7~cr42.3'],
    ['a bare revision', { revision: '3' }, at(7), '1.2-3+git7~cr42.3'],
    ['behind the suffix', { suffix: '~bpo12' }, at(7), '1.2-1~mos7~bpo12~cr42.3'],
    ['native', { native: true, revision: '' }, at(7), '1.2+git7~cr42.3'],
    ['snapshot', { snapshot: true }, at(7), '1.2+git7~cr42.3-1~mos7'],
    ['hotfix', { scheme: 'hotfix' }, at(9, { baseCommits: 6 }), '1.2-1~mos6.3.0~cr42.3'],
    ['template', { scheme: 'template', template: '{stem}{n}.g{shortsha}' }, at(7), '1.2-1~mos7.g~cr42.3'],
    ['changelog with a new entry', { scheme: 'changelog' }, at(7), '1.2-1~mos1~cr42.3'],
  ])('%s', (_, parts, next, expected) => {
    expect(reviewVersion(plan(parts), next, change, false).version).toBe(expected);
  });

  it('marks the revision where the tarball is not the change’s', () => {
    const { version } = reviewVersion(plan({ snapshot: true }), at(7), { ...change, inCode: false }, false);
    expect(version).toBe('1.2+git7.g1a2b3c4d-1~mos7~cr42.3');
  });

  it('sorts right above the published version where the change brings no version', () => {
    const { version, next } = reviewVersion(plan({ scheme: 'changelog', revision: '1' }), at(7), change, true);
    expect(version).toBe('1.2-1+~cr42.3');
    expect(next).toBeUndefined();
    for (const later of ['1.2-1+deb12u1', '1.2-1.1', '1.2-2', '1.2-1+git1', '1.2.1-1']) {
      expect(compareVersions(version, later), later).toBe(-1);
    }
    expect(compareVersions(version, '1.2-1')).toBe(1);
  });
});

/** Reproducible numbers (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

describe('order, on random histories', () => {
  const pieces = ['', '1', '3', '1.1', '1~mos1', '0ubuntu2', '1~u14.04+mos7', '12', '1+deb12u1', '1~bpo12+1', '2~'];
  const suffixes = ['', '~deb12u1', '+deb12', '~bpo11+1', '.el9', '~~x', '+~y'];
  const templates = [
    '{stem}{n}',
    '{revision}.{n}',
    '{n}.g{shortsha}',
    '{date}.{time}',
    '1~x{n}+{shortsha}.z',
    '{base}.{delta}',
  ];
  const upstreams = ['1.2', '1.2~rc1', '2015.1.0', '0', '1.2+dfsg1', '1.2.post1', '1a'];
  const sha = (next: (below: number) => number) =>
    Array.from({ length: 40 }, () => '0123456789abcdef'.charAt(next(16))).join('');

  it('published < review < next merge < the one after, whatever the scheme', () => {
    const next = random(20_261_120);
    const pick = <T>(list: readonly T[]): T => list[next(list.length)] as T;
    for (let round = 0; round < 20_000; round++) {
      const native = next(4) === 0;
      const scheme = pick(VERSION_SCHEMES.filter((each) => each !== 'changelog'));
      const made = plan({
        scheme,
        template: pick(templates),
        suffix: pick(suffixes),
        epoch: next(5) === 0 ? 1 : 0,
        upstream: pick(upstreams),
        revision: native ? pick(['', '+mos1', '~x3']) : pick(pieces.slice(1)),
        native,
        // What a template starts with is the person's: behind a native version it has to be a plus.
        ...(native && scheme === 'template' ? { template: `+${pick(templates)}` } : {}),
        snapshot: next(3) === 0,
      });
      const inCode = next(4) > 0;
      const code = next(30);
      const spec = next(30);
      const base = next(code + 1);
      const time = 1_700_000_000 + next(100_000_000);
      const position = (more: number, seconds: number, commit: string | undefined): Position => ({
        codeCommits: code + (inCode ? more : 0),
        commits: code + spec + more,
        baseCommits: base,
        time: time + seconds,
        codeCommit: commit,
      });
      const codeCommit = sha(next);
      const published = versionAt(made, position(0, 0, codeCommit));
      const lowest = position(1, 1, inCode ? undefined : codeCommit);
      const change = { id: pick(['1', '42', '99999', 'abc', 'I0f']), patchset: next(20), inCode };
      const review = reviewVersion(made, lowest, change, false);
      const nextCommit = inCode ? sha(next) : codeCommit;
      const merged = versionAt(made, position(1 + next(3), 1 + next(5000), nextCommit));
      const text = JSON.stringify({ made, published, review, merged });
      expect(isVersion(review.version), text).toBe(true);
      expect(compareVersions(published, review.version), text).toBe(-1);
      expect(compareVersions(review.version, merged), text).toBe(-1);
      if (review.next !== undefined) expect(compareVersions(review.next, merged), text).not.toBe(1);
      expect(() => assertOrder({ version: review.version, review: true, published, next: review.next })).not.toThrow();
      const again = reviewVersion(made, lowest, { ...change, patchset: change.patchset + 1 }, false).version;
      expect(compareVersions(review.version, again), text).toBe(-1);
      // A tarball under review never has the name of a merged one.
      if (made.snapshot && !native && inCode) {
        expect(parseVersion(review.version).upstream).not.toBe(parseVersion(merged).upstream);
      }
    }
  });
});

describe('assertOrder', () => {
  it('says what is out of order', () => {
    const order = { version: '1.2-1~mos7~cr1.1', review: true, published: '1.2-1~mos7', next: '1.2-1~mos7' };
    expect(() => assertOrder(order)).toThrow(/would not sort above the published version.*1\.2-1~mos7~cr1\.1/);
    expect(() => assertOrder({ ...order, version: '1.2-2', published: undefined })).toThrow(/below the next merge/);
    expect(() => assertOrder({ version: '1.2-1', review: false, published: '1.2-2', next: undefined })).toThrow(
      /older than the published one/,
    );
    expect(() => assertOrder({ version: '1.2-1', review: false, published: '1.2-1', next: undefined })).not.toThrow();
  });
});
