import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import type { Manifest } from '../../../src/manifest.ts';
import type { Build, BuildFile } from '../../../src/repository/builds.ts';
import type { BinaryCandidate, DebCandidates } from '../../../src/repository/deb/candidates.ts';
import { RepositoryPaths } from '../../../src/repository/layout.ts';
import { carriedPackages } from '../../../src/repository/review/carry.ts';
import { debReview } from '../../../src/repository/review/deb.ts';
import { lockReview } from '../../../src/repository/review/lock.ts';
import { checkReviewName, currentOf, ReviewPlace, reviewNames } from '../../../src/repository/review/place.ts';
import { layeredOver, type Release } from '../../../src/repository/review/release.ts';
import { closeFolder, reap } from '../../../src/repository/review/remove.ts';
import { rpmReview } from '../../../src/repository/review/rpm.ts';
import { reviewLabel } from '../../../src/repository/review/settings.ts';
import type { RpmCandidate } from '../../../src/repository/rpm/candidates.ts';
import type { DebSnapshot, RpmSnapshot, Snapshot, SnapshotPackage } from '../../../src/repository/snapshot.ts';
import { binary, digest, rpm, rpmSnapshot, snapshot, source, srpm } from './fixtures.ts';

const UNIQUE = '20260102T030405Z-abcdef';

describe('names', () => {
  it.each(['CR-123', '1', 'a.b_c-D', 'x'.repeat(64)])('%s', (name) => {
    expect(checkReviewName(name)).toBe(name);
  });

  it.each([
    '',
    '.',
    '..',
    '.hidden',
    '-rf',
    '_x',
    'a/b',
    '../../etc',
    'a..b',
    'CR-1/..',
    'CR 1',
    'CR-1\n',
    'CR-1\0',
    'Ü',
    '$(id)',
    'a;b',
    "a'b",
    'x'.repeat(65),
  ])('%j is refused', (name) => {
    expect(() => checkReviewName(name)).toThrow(UserError);
    expect(() => checkReviewName(name)).toThrow(/not a name of a review repository/);
    expect(() => new ReviewPlace('/repository', name)).toThrow();
  });
});

describe('the label of a review', () => {
  it('names it, once, and stays within what a label may have', () => {
    expect(reviewLabel('Acme', 'CR-1')).toBe('Acme, review CR-1');
    expect(reviewLabel(reviewLabel('Acme', 'CR-1'), 'CR-1')).toBe('Acme, review CR-1');
    const long = reviewLabel('ä'.repeat(200), 'x'.repeat(64));
    expect([...long]).toHaveLength(200);
    expect(long.endsWith(`, review ${'x'.repeat(64)}`)).toBe(true);
  });
});

const buildFor = (target: string): Build => ({
  manifest: { target: { name: target, suite: 'bookworm', architecture: 'amd64' } } as Manifest,
  sha256: '0'.repeat(64),
  folder: '/builds',
});
const file = (name: string, sha256: string): BuildFile => ({
  name,
  path: `/builds/${name}`,
  size: 1000,
  sha256,
  role: 'deb',
});

function release<S extends Snapshot>(head: S): Release<S> {
  const view = {
    paths: new RepositoryPaths('/repository'),
    channel: 'stable',
    heads: new Map([['stable', head]]),
    head,
  };
  return { view, head };
}

describe('what the release says, deb', () => {
  const candidate = (each: SnapshotPackage): BinaryCandidate => {
    const { name, version, architecture, source: from, sourceVersion } = each;
    const sha256 = each.files[0]?.sha256 ?? '';
    return {
      type: 'deb',
      candidate: { kind: 'binary', name, version, architecture, sha256 },
      source: from,
      sourceVersion,
      section: 'net',
      priority: 'optional',
      isDebugSymbols: false,
      file: file(`${name}_${version}_${architecture}.deb`, sha256),
    };
  };
  const compare = (head: DebSnapshot, binaries: BinaryCandidate[], inReview: string[] = [], target = 'debian-12') => {
    const candidates: DebCandidates = { binaries, sources: [], records: [], builds: [buildFor(target)] };
    const format = debReview({ name: 'test' }, 'CR-1', undefined);
    return format.compare(candidates, release(head), (name) => inReview.includes(name));
  };
  const head = snapshot([
    binary('hello', '2.0-1'),
    source('hello', '2.0-1'),
    binary('data', '1.0', { architecture: 'all' }),
  ]);

  it('lets through what is newer or not there', () => {
    const found = compare(head, [candidate(binary('hello', '2.0-2~cr1')), candidate(binary('new', '1.0'))]);
    expect(found.candidates.binaries.map((each) => each.candidate.name)).toEqual(['hello', 'new']);
    expect([found.skipped, found.refusals]).toEqual([[], []]);
  });

  it('refuses what is older, and names the version of the release', () => {
    const { candidates, refusals } = compare(head, [candidate(binary('hello', '2.0-1~cr1'))]);
    expect(candidates.binaries).toEqual([]);
    const [refused] = refusals;
    expect(refused).toMatchObject({ name: 'hello', outcome: 'downgrade' });
    expect(refused?.against).toEqual([
      { outcome: 'downgrade', name: 'hello', version: '2.0-1', architecture: 'amd64', channel: 'stable' },
    ]);
    expect(refused?.error.message).toMatch(/clients would not choose .*hello 2\.0-1 \(amd64\) in the channel stable/);
  });

  it('refuses the same version with other content', () => {
    const other = binary('hello', '2.0-1', { files: [{ path: 'pool/x/x.deb', size: 1, sha256: digest('other') }] });
    const { refusals } = compare(head, [candidate(other)]);
    expect(refusals[0]).toMatchObject({ outcome: 'conflict' });
    expect(refusals[0]?.error.message).toMatch(/the release has this version with other content/);
  });

  it('skips what the release has, but where the review has another version of it', () => {
    const same = [candidate(binary('hello', '2.0-1'))];
    const skipped = compare(head, same);
    expect(skipped.skipped).toMatchObject([{ name: 'hello', action: 'same', replaces: [] }]);
    expect(skipped.candidates.binaries).toEqual([]);
    const kept = compare(head, same, ['hello']);
    expect(kept.skipped).toEqual([]);
    expect(kept.candidates.binaries).toHaveLength(1);
  });

  it('refuses packages of another target', () => {
    expect(() => compare(head, [candidate(binary('new', '1.0'))], [], 'ubuntu-24.04')).toThrow(/another target/);
  });
});

describe('what the release says, rpm', () => {
  const candidate = (each: SnapshotPackage, extra: Partial<RpmCandidate> = {}): RpmCandidate => {
    const { kind, name, version, architecture, source: from, sourceVersion, headerDigest = '' } = each;
    const poolPath = each.files[0]?.path ?? '';
    return {
      type: kind === 'source' ? 'srpm' : 'rpm',
      candidate: { kind, name, version, architecture, sha256: headerDigest },
      source: from,
      sourceVersion,
      isDebug: false,
      file: file(path.basename(poolPath), digest('unsigned')),
      poolPath,
      build: buildFor('el9'),
      alternates: [],
      ...extra,
    };
  };
  const compare = (head: RpmSnapshot, packages: RpmCandidate[], inReview: string[] = []) =>
    rpmReview({ name: 'test' }, 'CR-1', undefined).compare(
      { packages, builds: [buildFor('el9')], metadata: [] },
      release(head),
      (name) => inReview.includes(name),
    );
  const head = rpmSnapshot([
    rpm('hello', '2.0-1'),
    srpm('hello', '2.0-1'),
    rpm('hello-libs', '2.0-1', { source: 'hello' }),
  ]);

  it('lets through what is newer, skips what is there, refuses what is older or other', () => {
    expect(compare(head, [candidate(rpm('hello', '2.0-2'))]).candidates.packages).toHaveLength(1);
    expect(compare(head, [candidate(rpm('hello', '2.0-1'))]).skipped).toMatchObject([
      { name: 'hello', action: 'same' },
    ]);
    expect(compare(head, [candidate(rpm('hello', '2.0-1'))], ['hello']).candidates.packages).toHaveLength(1);
    const older = compare(head, [candidate(rpm('hello', '1.9-1'))]);
    expect(older.refusals[0]?.error.message).toMatch(/clients would not choose .*hello 2\.0-1 \(x86_64\)/);
    const other = compare(head, [candidate({ ...rpm('hello', '2.0-1'), headerDigest: digest('other') })]);
    expect(other.refusals[0]).toMatchObject({ outcome: 'conflict' });
  });

  it('refuses a new package of an older source package', () => {
    const { refusals } = compare(head, [candidate(rpm('hello-doc', '1.9-1', { source: 'hello' }))]);
    expect(refusals[0]?.error.message).toMatch(/clients would not choose .*found hello-doc 1\.9-1/);
  });
});

it('a snapshot says what it is layered over', () => {
  const { id } = snapshot([]);
  expect(layeredOver(undefined, 'https://x')).toBeUndefined();
  expect(layeredOver(release(snapshot([])), undefined)).toEqual({ channel: 'stable', snapshot: id });
  expect(layeredOver(release(snapshot([])), 'https://x')).toEqual({
    channel: 'stable',
    snapshot: id,
    url: 'https://x',
  });
});

describe('what a review that is begun anew takes along', () => {
  const brought = (name: string, version: string, architecture = 'amd64', from = name) => ({
    kind: 'binary' as const,
    name,
    version,
    architecture,
    source: from,
    sourceVersion: version,
  });
  const names = (packages: readonly SnapshotPackage[]) => packages.map((each) => `${each.name} ${each.architecture}`);

  it('packages of other sources', () => {
    const packages = [binary('hello', '1.0'), source('hello', '1.0'), binary('other', '1.0'), source('other', '1.0')];
    const found = carriedPackages(packages, [
      brought('hello', '1.0'),
      { ...brought('hello', '1.0', 'source'), kind: 'source' },
    ]);
    expect(names(found)).toEqual(['other amd64', 'other source']);
  });

  it('of the same version those for architectures that the builds do not bring', () => {
    const packages = [
      binary('hello', '1.0'),
      binary('hello', '1.0', { architecture: 'arm64' }),
      binary('hello-doc', '1.0', { architecture: 'all', source: 'hello' }),
      source('hello', '1.0'),
    ];
    const one = [brought('hello', '1.0')];
    expect(names(carriedPackages(packages, one))).toEqual(['hello arm64', 'hello-doc all', 'hello source']);
    // A build that makes packages for all architectures makes all of them.
    const both = [...one, brought('hello-common', '1.0', 'all', 'hello')];
    expect(names(carriedPackages(packages, both))).toEqual(['hello arm64', 'hello source']);
    expect(carriedPackages(packages, [brought('hello', '1.1')])).toEqual([]);
  });

  it('none whose name the builds bring from another source', () => {
    const packages = [binary('libfoo', '1.0', { source: 'foo' }), binary('foo-bin', '1.0', { source: 'foo' })];
    const found = carriedPackages(packages, [brought('libfoo', '1.0', 'all', 'bar')]);
    expect(names(found)).toEqual(['foo-bin amd64']);
  });
});

describe('places and locks', () => {
  let root: string;
  const host = new RecordingHost();
  const options = { waitSeconds: 60, holder: 'a test', logger: host, signal: host.signal };
  let count = 0;
  const place = () => new ReviewPlace(root, `CR-${++count}`);

  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'review-'));
  });
  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
  });

  const serve = async (where: ReviewPlace, target = where.target(UNIQUE)) => {
    await mkdir(where.links, { recursive: true });
    await symlink(target, where.link);
  };

  it('follow a link only to where the publisher lets it lead', async () => {
    const where = place();
    expect(await currentOf(where)).toBeUndefined();
    await serve(where);
    // The repository is gone.
    expect(await currentOf(where)).toBeUndefined();
    await mkdir(path.join(where.folder, UNIQUE), { recursive: true });
    expect(await currentOf(where)).toBe(UNIQUE);
    expect(await reviewNames(root)).toContain(where.name);
    for (const target of [
      '../../../etc',
      `/review/${where.name}/${UNIQUE}/public`,
      `../../review/x/${UNIQUE}/public`,
    ]) {
      const other = place();
      await serve(other, target);
      await expect(currentOf(other)).rejects.toThrow(/something else lies where review repositories belong/);
    }
  });

  it('refuse a link in place of a folder: nothing behind it is touched', async () => {
    const outside = await mkdtemp(path.join(tmpdir(), 'review-outside-'));
    try {
      await mkdir(path.join(outside, UNIQUE));
      await writeFile(path.join(outside, UNIQUE, 'precious'), 'mine');
      const where = place();
      await mkdir(path.dirname(where.folder), { recursive: true });
      await symlink(outside, where.folder);
      await expect(currentOf(where)).rejects.toThrow(/found a link/);
      await expect(lockReview(where, options)).rejects.toThrow(/found a link/);
      await expect(reap(where)).rejects.toThrow(/found a link/);
      expect(await readFile(path.join(outside, UNIQUE, 'precious'), 'utf8')).toBe('mine');
    } finally {
      await rm(outside, { recursive: true, force: true });
    }
  });

  it('are held by one at a time, also while the file that is locked goes', async () => {
    const where = place();
    let holders = 0;
    let most = 0;
    let done = 0;
    const work = async (isLast: boolean) => {
      await using _ = await lockReview(where, options);
      most = Math.max(most, ++holders);
      await new Promise((resolve) => setImmediate(resolve));
      // Who comes next finds another file.
      if (isLast) await closeFolder(where, host);
      holders--;
      done++;
    };
    await Promise.all([1, 2, 3, 4, 5, 6].map(async (number) => await work(number % 2 === 0)));
    expect({ most, done }).toEqual({ most: 1, done: 6 });
  });

  it('say who holds one, and give up in time', async () => {
    const where = place();
    await using _ = await lockReview(where, { ...options, holder: 'the run 7' });
    await expect(lockReview(where, { ...options, waitSeconds: 0 })).rejects.toThrow(/held by the run 7/);
  });

  it('keep what is served when leftovers are removed', async () => {
    const where = place();
    const left = '20260102T030405Z-000000';
    for (const unique of [UNIQUE, left]) await mkdir(path.join(where.folder, unique, 'public'), { recursive: true });
    await serve(where);
    await symlink('nowhere', path.join(where.links, `.${where.name}.new`));
    await reap(where);
    expect(await currentOf(where)).toBe(UNIQUE);
    await expect(readFile(path.join(where.folder, left))).rejects.toThrow(/ENOENT/);
    expect(await reviewNames(root)).toContain(where.name);
  });
});
