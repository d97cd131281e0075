import { describe, expect, it } from 'vitest';
import { compareEvr, type Evr } from '../../../src/rpm/evr.ts';
import { mergeRelease, type ReleasePlan, type ReleaseText, reviewRelease } from '../../../src/source/rpm-scheme.ts';
import { assertOrder, checkTemplate, type Position, VERSION_SCHEMES } from '../../../src/source/scheme.ts';

const plan = (parts: Partial<ReleasePlan> = {}): ReleasePlan => ({
  scheme: 'commits',
  suffix: '',
  release: '1%{?dist}',
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

describe('mergeRelease', () => {
  it.each<[string, Partial<ReleasePlan>, Position, string]>([
    ['the original’s form', { release: '1%{?dist}~mos1' }, at(6), '1%{?dist}~mos6'],
    ['the original’s form at the tag', { release: '1%{?dist}~mos1' }, at(0), '1%{?dist}~mos0'],
    ['that of its own packages', { release: '1.mos1' }, at(6), '1.mos6'],
    ['with the distribution behind it', { release: '1.mos1%{?dist}' }, at(6), '1.mos6%{?dist}'],
    ['that of plugins', { release: '1.dev1' }, at(6), '1.dev6'],
    ['a hotfix made again', { release: '1%{?dist}~mos4.2.0' }, at(6), '1%{?dist}~mos6'],
    ['a bare number', {}, at(6), '1%{?dist}.git6'],
    ['a bare number at the tag', {}, at(0), '1%{?dist}'],
    ['a bare number at the tag, with a suffix', { suffix: '.x' }, at(0), '1%{?dist}.git0.x'],
    ['a minor number', { release: '1%{?dist}.2' }, at(6), '1%{?dist}.2.git6'],
    ['a macro', { release: '%{baserelease}%{?dist}' }, at(6), '%{baserelease}%{?dist}.git6'],
    ['a macro with a number in its name', { release: '1.%my_rel1' }, at(6), '1.%my_rel1.git6'],
    ['another one', { release: '1.%rel1' }, at(6), '1.%rel1.git6'],
    ['the distribution’s own, written out', { release: '3.el9' }, at(6), '3.el9.git6'],
    ['a pre-release of Fedora', { release: '0.1.rc2%{?dist}' }, at(6), '0.1.rc2%{?dist}.git6'],
    ['a snapshot of Fedora', { release: '1.20260105git1a2b3c4%{?dist}' }, at(1), '1.20260105git1a2b3c4%{?dist}.git1'],
    ['our own again', { release: '1%{?dist}.git3' }, at(6), '1%{?dist}.git6'],
    ['%{dist}', { release: '1.mos1%{dist}' }, at(6), '1.mos6%{dist}'],
    ['changelog', { scheme: 'changelog' }, at(6), '1%{?dist}'],
    ['hotfix', { scheme: 'hotfix', release: '1%{?dist}~mos1' }, at(8, { baseCommits: 6 }), '1%{?dist}~mos6.2.0'],
    ['security', { scheme: 'security', release: '1.mos1' }, at(8, { baseCommits: 6 }), '1.mos6.0.2'],
    ['date', { scheme: 'date' }, at(6), '1%{?dist}.git20260105.100600'],
    ['a suffix', { suffix: '.acme' }, at(6), '1%{?dist}.git6.acme'],
    ['%autorelease', { release: '%autorelease -b 4' }, at(6), '%autorelease -b 4'],
    ['a template', { scheme: 'template', template: '{stem}{n}' }, at(6), '1%{?dist}.git6'],
    [
      'a template with the distribution',
      { scheme: 'template', template: '2%{?dist}~acme{n}.{shortsha}' },
      at(6),
      '2%{?dist}~acme6.1a2b3c4d',
    ],
    ['one without keeps it', { scheme: 'template', template: '{n}.acme' }, at(6), '6.acme%{?dist}'],
    ['unless the spec has none', { scheme: 'template', template: '{n}', release: '1' }, at(6), '6'],
  ])('%s', (_, parts, position, expected) => {
    expect(mergeRelease(plan(parts), position).release).toBe(expected);
  });

  it('says the commit in the Version of a snapshot', () => {
    expect(mergeRelease(plan({ snapshot: true }), at(6)).versionSuffix).toBe('^git6.g1a2b3c4d');
    expect(mergeRelease(plan({ snapshot: true }), at(0)).versionSuffix).toBe('');
  });
});

describe('reviewRelease', () => {
  const change = { id: '42', patchset: 3, inCode: true };

  it.each<[string, Partial<ReleasePlan>, string]>([
    ['behind everything', {}, '1%{?dist}.git7~cr42.3'],
    ['behind the distribution', { release: '1.mos1%{?dist}' }, '1.mos7%{?dist}~cr42.3'],
    ['behind the suffix', { suffix: '.acme' }, '1%{?dist}.git7.acme~cr42.3'],
    ['of a version to come', { scheme: 'changelog' }, '1%{?dist}~cr42.3'],
    ['before a commit to come', { scheme: 'template', template: '{n}.{shortsha}', suffix: '.a' }, '7~cr42.3'],
    ['%autorelease with its arguments', { release: '%autorelease -b 4' }, '%{autorelease -b 4}.0~cr42.3'],
    ['%autorelease in braces', { release: '%{autorelease}' }, '%{autorelease}.0~cr42.3'],
  ])('%s', (_, parts, expected) => {
    expect(reviewRelease(plan(parts), at(7), change, false).release).toBe(expected);
  });

  it('marks the Version of a snapshot, where the tarball is the change’s', () => {
    const snapshot = plan({ snapshot: true });
    expect(reviewRelease(snapshot, at(7), change, false)).toEqual({
      versionSuffix: '^git7~cr42.3',
      release: '1%{?dist}.git7',
      mark: { part: 'version', text: '~cr42.3' },
    });
    expect(reviewRelease(snapshot, at(7), { ...change, inCode: false }, false)).toEqual({
      versionSuffix: '^git7.g1a2b3c4d',
      release: '1%{?dist}.git7~cr42.3',
      mark: { part: 'release', text: '~cr42.3' },
    });
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
  const releases = [
    ...['1%{?dist}', '12%{?dist}', '1%{?dist}~mos1', '1.mos1', '1.mos1%{?dist}', '1.dev3', '3', '1%{?dist}.2'],
    ...['0.1.rc2%{?dist}', '3.el9', '0.1.beta%{?dist}', '1%{?dist}.git4', '1~x3%{?dist}', '2.10.fc40'],
  ];
  const dists = ['', '.el9', '.fc40', '.mga9', '.oe2403', '.el7_9', '.a1', '.zz', '~bootstrap.el9'];
  const templates = [
    '{stem}{n}',
    '{revision}.{n}',
    '{n}.g{shortsha}',
    '{date}.{time}',
    '1~x{n}+{shortsha}.z',
    '1%{?dist}.{base}.{delta}',
  ];
  const suffixes = ['', '.acme', '~pre', '+x1'];
  const sha = (next: (below: number) => number) =>
    Array.from({ length: 40 }, () => '0123456789abcdef'.charAt(next(16))).join('');

  it('published < review < next merge, whatever the scheme', () => {
    const next = random(20_261_121);
    const pick = <T>(list: readonly T[]): T => list[next(list.length)] as T;
    for (let round = 0; round < 20_000; round++) {
      const made = plan({
        scheme: pick(VERSION_SCHEMES.filter((each) => each !== 'changelog')),
        template: pick(templates),
        suffix: pick(suffixes),
        release: pick(releases),
        snapshot: next(3) === 0,
      });
      const dist = pick(dists);
      const evr = ({ versionSuffix, release }: ReleaseText): Evr => ({
        epoch: undefined,
        version: `1.2${versionSuffix}`,
        release: release.replaceAll('%{?dist}', dist),
      });
      const inCode = next(4) > 0;
      const [code, spec] = [next(30), next(30)];
      const base = next(code + 1);
      const time = 1_700_000_000 + next(100_000_000);
      const position = (more: number, seconds: number, codeCommit: string | undefined): Position => ({
        codeCommits: code + (inCode ? more : 0),
        commits: code + spec + more,
        baseCommits: base,
        time: time + seconds,
        codeCommit,
      });
      const codeCommit = sha(next);
      const published = evr(mergeRelease(made, position(0, 0, codeCommit)));
      const lowest = position(1, 1, inCode ? undefined : codeCommit);
      const change = { id: pick(['1', '42', '99999', 'abc', 'I0f']), patchset: next(20), inCode };
      const text = reviewRelease(made, lowest, change, false);
      const review = evr(text);
      const merged = evr(mergeRelease(made, position(1 + next(3), 1 + next(5000), inCode ? sha(next) : codeCommit)));
      const said = JSON.stringify({ made, dist, published, review, merged });
      expect(Math.sign(compareEvr(published, review)), said).toBe(-1);
      expect(Math.sign(compareEvr(review, merged)), said).toBe(-1);
      const again = evr(reviewRelease(made, lowest, { ...change, patchset: change.patchset + 1 }, false));
      expect(Math.sign(compareEvr(review, again)), said).toBe(-1);
      if (made.snapshot && inCode) expect(review.version).not.toBe(merged.version);
    }
  });

  it('a review without a version stays below whatever follows', () => {
    for (const dist of dists) {
      const { release } = reviewRelease(
        plan({ scheme: 'changelog' }),
        at(1),
        { id: '1', patchset: 1, inCode: true },
        true,
      );
      const review = { epoch: undefined, version: '1.2', release: release.replaceAll('%{?dist}', dist) };
      expect(Math.sign(compareEvr({ ...review, release: `1${dist}` }, review))).toBe(-1);
      for (const later of [`1${dist}.1`, `2${dist}`, `10${dist}`]) {
        expect(Math.sign(compareEvr(review, { ...review, release: later })), later).toBe(-1);
      }
    }
  });
});

describe('what both formats share', () => {
  it('takes %{?dist} in templates of rpm only', () => {
    expect(() => checkTemplate('1%{?dist}~mos{n}', 'x', 'rpm')).not.toThrow();
    expect(() => checkTemplate('1%{?dist}~mos{n}', 'x')).not.toThrow();
    expect(() => checkTemplate('1%{?dist}~mos{n}', 'x', 'deb')).toThrow(/no legal revision/);
    expect(() => checkTemplate('1%{foo}{n}', 'x', 'rpm')).toThrow(/unknown placeholder \{foo\}/);
    expect(() => checkTemplate('1%(touch x){n}', 'x', 'rpm')).toThrow(/no legal revision/);
  });

  it('asserts the order of the format', () => {
    const order = { version: '1^git1', review: false, published: '1', next: undefined };
    expect(() => assertOrder(order, () => 1)).not.toThrow();
    expect(() => assertOrder(order, () => -1)).toThrow(/older than the published one/);
  });
});
