/** Several versions of a package in one deb channel, by the real reprepro, and as apt sees them. */
import { createHash } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseSourceLine } from '../../src/deb/source-line.ts';
import { checkCandidate } from '../../src/deb/version-check.ts';
import { run } from '../../src/process.ts';
import { readRepository } from '../../src/repository/deb-index/read.ts';
import { promote, rollback } from '../../src/repository/manage/move.ts';
import { promotePackages } from '../../src/repository/manage/promote-packages.ts';
import { act, makePlan } from './plan-helpers.ts';
import { at, bench, expectWholePool, freshApt, hoursAgo, paths, useBench } from './publish-bench.ts';
import { type AptClient, expectRefused } from './publish-helpers.ts';
import { runChild } from './publish-task.ts';

useBench();

const ARCHITECTURES = ['amd64', 'arm64'];
const REASON = 'the newer one loses mail';

/** A build of a whole source package: binary, package for all, debug symbols, udeb, source, records. */
async function build(version: string, extra: readonly string[] = [], content?: string): Promise<string> {
  const folder = await bench.scratch('build');
  const fields = { Source: 'hello' };
  await bench.source(folder, { name: 'hello', version });
  await bench.deb(folder, { name: 'hello', version, ...(content === undefined ? {} : { content }) });
  await bench.deb(folder, { name: 'hello-data', version, architecture: 'all', fields });
  await bench.deb(folder, { name: 'hello-udeb', version, extension: 'udeb', fields });
  const symbols = { ...fields, Section: 'debug', 'Auto-Built-Package': 'debug-symbols' };
  await bench.deb(folder, { name: 'hello-dbgsym', version, fields: symbols });
  for (const name of extra) await bench.deb(folder, { name, version, fields });
  await bench.records(folder, 'hello', version);
  return await bench.build(folder);
}

const publish = async (packages: readonly string[], keepVersions?: number, extra: object = {}) =>
  await bench.publish(packages, extra, { architectures: ARCHITECTURES, keepVersions });

/** `name version` of all that apt can install. */
async function list(architecture: string, components = 'main', channel = 'latest'): Promise<string> {
  const apt = await freshApt({ architectures: [architecture], components, channel });
  const names = (await apt.run('apt-cache', 'pkgnames')).trim().split('\n').sort();
  const text = await apt.run('apt-cache', 'show', ...names);
  const versions = [...text.matchAll(/^Version: (.*)$/gm)].map((match) => match[1]);
  return [...text.matchAll(/^Package: (.*)$/gm)]
    .map((match, index) => `${match[1]} ${versions[index]}`)
    .sort()
    .join('; ');
}

/** Versions as apt shows them, in its order. */
const madison = async (apt: AptClient, name: string) =>
  (await apt.run('apt-cache', 'madison', name))
    .split('\n')
    .filter((line) => line.includes('Packages'))
    .map((line) => line.split('|')[1]?.trim());
const candidate = async (apt: AptClient, name: string) =>
  /Candidate: (\S+)/.exec(await apt.run('apt-cache', 'policy', name))?.[1];
const sources = async (apt: AptClient) =>
  [...(await apt.run('apt-cache', 'showsrc', '--only-source', 'hello')).matchAll(/^Version: (\S+)$/gm)].map(
    (match) => match[1],
  );

const dists = (id: string, ...parts: string[]) => at('snapshots', id, 'dists', 'bookworm', ...parts);
const paragraphs = async (file: string) => (await readFile(file, 'utf8')).split('\n\n').filter((each) => each !== '');

/** Every index is what Release says, plain, compressed and by its digest; and Release is signed. */
async function expectSoundIndexes(id: string): Promise<void> {
  const release = await readFile(dists(id, 'Release'), 'utf8');
  const [, block = ''] = /^SHA256:\n((?: .*\n)+)/m.exec(release) ?? [];
  const [, md5 = ''] = /^MD5Sum:\n((?: .*\n)+)/m.exec(release) ?? [];
  const lines = block.trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(8);
  for (const line of lines) {
    const [sha256 = '', size, name = ''] = line.trim().split(/ +/);
    const data = await readFile(dists(id, name));
    expect([name, data.length]).toEqual([name, Number(size)]);
    expect([name, createHash('sha256').update(data).digest('hex')]).toEqual([name, sha256]);
    expect(md5).toContain(` ${createHash('md5').update(data).digest('hex')} `);
    expect((await stat(dists(id, path.dirname(name), 'by-hash', 'SHA256', sha256))).size).toBe(data.length);
    if (name.endsWith('.gz')) {
      expect(zlib.gunzipSync(data).equals(await readFile(dists(id, name.slice(0, -3))))).toBe(true);
    }
  }
  await run(['gpgv', '--keyring', at('keyring.gpg'), dists(id, 'InRelease')]);
  await run(['gpgv', '--keyring', at('keyring.gpg'), dists(id, 'Release.gpg'), dists(id, 'Release')]);
}

describe('a channel that keeps several versions', () => {
  it('lists the newest of each source package whole, for apt to choose from', async () => {
    const other = await bench.binaries({ name: 'other', version: '7.0' }, { name: 'zz-last', version: '1.0' });
    await publish([await build('1.0-1', ['hello-extra']), other], 2, { now: hoursAgo(4) });
    const second = await publish([await build('2.0-1')], undefined, { now: hoursAgo(3) });
    expect(second.plan.entries.map(({ action, replaces, keeps }) => [action, replaces, keeps])).toEqual(
      Array(5).fill(['upgrade', [], ['1.0-1']]),
    );
    expect(second.plan).toMatchObject({ superseded: [], withdrawn: [], staying: [{ name: 'hello-extra' }] });
    const third = await publish([await build('3.0-1')], undefined, { now: hoursAgo(2) });
    expect(third.plan.entries.map(({ action, replaces, keeps }) => [action, replaces, keeps])).toEqual(
      Array(5).fill(['upgrade', ['1.0-1'], ['2.0-1']]),
    );
    expect(third.snapshot.settings).toMatchObject({ keepVersions: 2 });

    // The newest of a name stays, as it does where one version is kept.
    expect(await list('amd64')).toBe(
      'hello 2.0-1; hello 3.0-1; hello-data 2.0-1; hello-data 3.0-1; hello-extra 1.0-1; other 7.0; zz-last 1.0',
    );
    expect(await list('arm64')).toBe('hello-data 2.0-1; hello-data 3.0-1');
    expect(await list('amd64', 'main/debug')).toBe('hello-dbgsym 2.0-1; hello-dbgsym 3.0-1');
    expect(await list('amd64', 'main/debian-installer')).toBe('hello-udeb 2.0-1; hello-udeb 3.0-1');
    const { id } = third.snapshot;
    const names = (await paragraphs(dists(id, 'main', 'binary-amd64', 'Packages'))).map(
      (each) => `${/^Package: (.*)$/m.exec(each)?.[1]} ${/^Version: (.*)$/m.exec(each)?.[1]}`,
    );
    expect(names).toEqual([
      'hello 3.0-1',
      'hello 2.0-1',
      'hello-data 3.0-1',
      'hello-data 2.0-1',
      'hello-extra 1.0-1',
      'other 7.0',
      'zz-last 1.0',
    ]);
    // What is older is there to the byte.
    for (const index of ['main/binary-amd64/Packages', 'main/source/Sources', 'main/debug/binary-amd64/Packages']) {
      const [former, now] = [await paragraphs(dists(second.snapshot.id, index)), await paragraphs(dists(id, index))];
      const older = former.filter((each) => each.includes('\nVersion: 2.0-1\n'));
      expect(older.length).toBeGreaterThan(0);
      for (const each of older) expect(now).toContain(each);
    }
    const records = third.snapshot.records.filter(({ sourceVersion }) => sourceVersion === '2.0-1');
    expect(records.map((record) => path.extname(record.path)).sort()).toEqual(['.buildinfo', '.changes']);
    await expectSoundIndexes(id);
    await expectWholePool();

    const apt = await freshApt({ architectures: ARCHITECTURES });
    expect(await madison(apt, 'hello')).toEqual(['3.0-1', '2.0-1']);
    expect(await candidate(apt, 'hello')).toBe('3.0-1');
    expect((await sources(apt)).sort()).toEqual(['2.0-1', '3.0-1']);
    await apt.run('apt-get', '-q', 'download', 'hello=2.0-1', 'hello-data=2.0-1', 'hello');
    await apt.run('apt-get', '-q', '--download-only', 'source', 'hello=2.0-1');
    for (const name of ['hello_2.0-1_amd64.deb', 'hello_3.0-1_amd64.deb', 'hello_2.0-1.dsc']) {
      expect((await stat(path.join(apt.folder, name))).size).toBeGreaterThan(0);
    }
    const pin = path.join(apt.folder, 'etc', 'preferences.d', 'hello');
    await writeFile(pin, 'Package: hello\nPin: version 2.0*\nPin-Priority: 1001\n');
    expect(await candidate(apt, 'hello')).toBe('2.0-1');
    await writeFile(pin, 'Package: *\nPin: origin ""\nPin-Priority: 700\n');
    expect(await candidate(apt, 'hello')).toBe('3.0-1');

    // Version checks of others see all of them.
    const line = `deb [signed-by=${at('keyring.gpg')}] file:${at('latest')} bookworm main`;
    const request = { architectures: new Set(['amd64']), binaries: true, udebs: false, sources: true };
    const read = await readRepository(
      parseSourceLine(line, 'a test', (file) => file),
      { channel: 'latest', ...request },
    );
    const seen = read.packages.filter((each) => each.name === 'hello');
    expect(seen.map((each) => `${each.kind} ${each.version}`).sort()).toEqual(
      ['binary', 'source'].flatMap((kind) => [`${kind} 2.0-1`, `${kind} 3.0-1`]),
    );
    const older = { kind: 'binary' as const, name: 'hello', version: '2.5-1', architecture: 'amd64', sha256: '' };
    expect(checkCandidate(older, read.packages)).toMatchObject({ outcome: 'downgrade', against: { version: '3.0-1' } });

    // Indexes that reprepro does not touch stay what they are, with the checksums that are theirs.
    const fourth = await publish([await bench.binaries({ name: 'other', version: '8.0', fields: { Section: 'net' } })]);
    expect(await list('amd64')).toContain('hello 2.0-1; hello 3.0-1;');
    expect(await list('amd64')).toContain('other 7.0; other 8.0');
    const inode = async (each: string, name: string) => (await stat(dists(each, name))).ino;
    const installer = 'main/debian-installer/binary-amd64/Packages';
    expect(await inode(fourth.snapshot.id, installer)).toBe(await inode(id, installer));
    await expectSoundIndexes(fourth.snapshot.id);
  });

  it('takes a higher and a lower number with the next publish, and goes on when its database is lost', async () => {
    const builds = [await build('1.0-1'), await build('2.0-1'), await build('3.0-1')];
    for (const each of builds.slice(0, 2)) await publish([each], 2);
    const raised = await publish([builds[2] ?? ''], 3);
    expect(raised.plan.reasons).toEqual(['settings changed: keepVersions']);
    expect(await list('arm64')).toBe('hello-data 1.0-1; hello-data 2.0-1; hello-data 3.0-1');

    await rm(path.join(paths().private, raised.snapshot.id), { recursive: true });
    const rebuilt = await publish([await build('4.0-1')]);
    expect(await list('amd64')).toBe(
      'hello 2.0-1; hello 3.0-1; hello 4.0-1; hello-data 2.0-1; hello-data 3.0-1; hello-data 4.0-1',
    );
    await expectSoundIndexes(rebuilt.snapshot.id);
    // An older version that is kept is there already; for other content there are other versions.
    expect((await publish([builds[2] ?? ''])).changed).toBe(false);
    await expectRefused(bench.repository, async () => await publish([await build('3.0-1', [], 'other')]), 'a conflict');
    await expectRefused(bench.repository, async () => await publish([await build('3.5-1')]), /a downgrade .* 4\.0-1/);

    const newest = await build('5.0-1');
    await publish([newest]);
    // One that would not stay is not there already.
    await expectRefused(bench.repository, async () => await publish([builds[2] ?? ''], 1), /a downgrade .* 5\.0-1/);
    const lowered = await publish([newest], 1);
    expect(lowered.plan.entries.every(({ action }) => action === 'same')).toBe(true);
    expect(lowered.plan.superseded.map(({ version }) => version)).toContain('4.0-1');
    expect(lowered.plan.withdrawn).toEqual([]);
    expect(lowered.snapshot.settings).not.toHaveProperty('keepVersions');
    expect(await list('amd64')).toBe('hello 5.0-1; hello-data 5.0-1');
    expect(await sources(await freshApt())).toEqual(['5.0-1']);
    await expectSoundIndexes(lowered.snapshot.id);
    await expectWholePool();
  });

  it('goes back to a version that it keeps or to another one, and on from there', async () => {
    const [first, second] = [await build('1.0-1', ['hello-extra']), await build('3.0-1', ['hello-extra'])];
    await publish([first], 3);
    await publish([second]);
    await publish([await build('4.0-1', ['hello-extra'])]);
    const back = await publish([second], undefined, { allowDowngrade: REASON });
    expect(back.plan.entries.map(({ action, replaces, keeps }) => [action, replaces, keeps])).toEqual(
      Array(6).fill(['downgrade', ['4.0-1'], ['1.0-1']]),
    );
    expect(back.snapshot.change.overrides).toHaveLength(6);
    expect(await list('amd64')).toBe(
      'hello 1.0-1; hello 3.0-1; hello-data 1.0-1; hello-data 3.0-1; hello-extra 1.0-1; hello-extra 3.0-1',
    );
    expect((await publish([second], undefined, { allowDowngrade: REASON })).changed).toBe(false);

    // One that does not make hello-extra: the oldest version is the newest that does.
    const between = await publish([await build('2.0-1')], undefined, { allowDowngrade: REASON });
    expect(between.plan.withdrawn).toEqual([]);
    expect(await list('amd64')).toBe('hello 1.0-1; hello 2.0-1; hello-data 1.0-1; hello-data 2.0-1; hello-extra 1.0-1');
    await expectSoundIndexes(between.snapshot.id);
    const on = await publish([await build('5.0-1', ['hello-extra'])]);
    expect(await list('amd64')).toBe(
      'hello 1.0-1; hello 2.0-1; hello 5.0-1; hello-data 1.0-1; hello-data 2.0-1; hello-data 5.0-1; hello-extra 1.0-1; hello-extra 5.0-1',
    );
    await expectSoundIndexes(on.snapshot.id);
    await expectWholePool();
  });

  it('keeps an older version in the component where it was', async () => {
    const request = { architectures: ARCHITECTURES, components: ['main', 'contrib'], keepVersions: 2 };
    const mover = async (version: string, section: string) =>
      await bench.binaries({ name: 'mover', version, fields: { Section: section } });
    await bench.publish([await mover('1.0', 'contrib/net')], {}, request);
    await bench.publish([await mover('2.0', 'net')]);
    expect(await list('amd64')).toBe('mover 2.0');
    expect(await list('amd64', 'contrib')).toBe('mover 1.0');
    const apt = await freshApt({ components: 'main contrib' });
    expect(await candidate(apt, 'mover')).toBe('2.0');
    await apt.run('apt-get', '-q', 'download', 'mover=1.0');
    // Nothing of the other component is new, and it loses what is surplus.
    const { snapshot } = await bench.publish([await mover('3.0', 'net')]);
    expect(await list('amd64', 'main contrib')).toBe('mover 2.0; mover 3.0');
    await expectSoundIndexes(snapshot.id);
    const again = await bench.publish([await mover('4.0', 'contrib/net')]);
    expect([await list('amd64'), await list('amd64', 'contrib')]).toEqual(['mover 3.0', 'mover 4.0']);
    await expectSoundIndexes(again.snapshot.id);
  });

  it('is promoted and gone back from, whole or by single packages', async () => {
    const builds = [await build('1.0-1'), await build('2.0-1'), await build('3.0-1')];
    await publish(builds.slice(0, 1), 2, { now: hoursAgo(6) });
    await publish(builds.slice(1, 2), undefined, { now: hoursAgo(5) });
    const common = { root: bench.repository, holder: 'a test', leaseSeconds: 60, logger: bench.host, dryRun: false };
    const options = { ...common, signal: new AbortController().signal };
    // The newest one goes, and the other channel begins with the number of this one.
    const promotion = { ...options, packages: ['hello'], from: 'latest', to: 'stable', keys: { signer: bench.signer } };
    await promotePackages({ ...promotion, now: hoursAgo(4) });
    expect(await list('amd64', 'main', 'stable')).toBe('hello 2.0-1; hello-data 2.0-1');
    const { snapshot } = await publish(builds.slice(2), undefined, { now: hoursAgo(3) });
    const result = await promotePackages({ ...promotion, now: hoursAgo(2) });
    expect(result.difference.map(({ change, from, to }) => `${change} ${from} ${to}`)).toEqual(
      Array(5).fill('upgraded 2.0-1 3.0-1'),
    );
    const both = 'hello 2.0-1; hello 3.0-1; hello-data 2.0-1; hello-data 3.0-1';
    expect(await list('amd64', 'main', 'stable')).toBe(both);
    await expectSoundIndexes(result.id ?? '');

    const back = await rollback({ ...options, channel: 'latest', reason: REASON, signer: bench.signer });
    expect(back.difference.map(({ change }) => change)).toEqual(Array(5).fill('downgraded'));
    expect(await list('amd64')).toBe('hello 1.0-1; hello 2.0-1; hello-data 1.0-1; hello-data 2.0-1');
    await expectSoundIndexes(back.id ?? '');
    // Another one than was served last: nothing of the tool's state is taken from that.
    const on = await publish([await build('4.0-1')]);
    expect(on.snapshot.parent).toBe(back.id);
    expect(await list('amd64')).toBe('hello 2.0-1; hello 4.0-1; hello-data 2.0-1; hello-data 4.0-1');
    await promote({ ...options, from: snapshot.id, to: 'stable', allowDowngrade: REASON });
    expect(await list('amd64', 'main', 'stable')).toBe(both);
    await expectWholePool();
  });

  it('is served whole, old or new, when a publisher is killed', async () => {
    const old = 'hello 1.0-1; hello 2.0-1; hello-data 1.0-1; hello-data 2.0-1';
    const next = 'hello 2.0-1; hello 3.0-1; hello-data 2.0-1; hello-data 3.0-1';
    await publish([await build('1.0-1')], 2);
    await publish([await build('2.0-1')]);
    const task = {
      format: 'deb' as const,
      root: bench.repository,
      key: bench.secret,
      packages: [await build('3.0-1')],
    };
    for (const killAt of ['indexed', 'pool', 'history'] as const) {
      expect(await runChild({ ...task, killAt })).toMatchObject({ signal: 'SIGKILL' });
      expect(await list('amd64')).toBe(old);
    }
    expect(await runChild({ ...task, killAt: 'switched' })).toMatchObject({ signal: 'SIGKILL' });
    expect(await list('amd64')).toBe(next);
    expect((await bench.publish(task.packages)).changed).toBe(false);
    await bench.publish([await bench.binaries({ name: 'other' })]);
    expect(await list('amd64')).toBe(`${next}; other 1.0`);
    await expectWholePool();
  });
});

describe('the input keep-versions', () => {
  it('is shown, planned, applied and written to the page', async () => {
    const relative = (folder: string) => path.relative(bench.folder, folder);
    const packages = [];
    for (const [version, ...extra] of [['9.0-1', 'hello-extra'], ['10.0-1'], ['11.0-1']]) {
      packages.push(relative(await build(version ?? '', extra)));
    }
    const [first = '', second = '', third = ''] = packages;
    const keep = { 'keep-versions': '2', architectures: 'amd64, arm64' };
    expect((await act(bench, { ...keep, packages: first })).errors).toEqual([]);
    const { host } = await act(bench, { packages: second });
    expect(host.summaryText).toMatch(/\| `hello` \| `10\.0-1` \| amd64 \| main \| newer than 9\.0-1, kept \|/);
    expect(host.summaryText).toContain('### Only in an older version: 1');
    expect(JSON.parse(host.outputs['published'] ?? '')).toMatchObject({
      packages: expect.arrayContaining([expect.objectContaining({ name: 'hello', replaces: [], keeps: ['9.0-1'] })]),
      superseded: [],
    });

    const planned = await makePlan(bench, [path.join(bench.folder, third)], { 'keep-versions': '3' });
    expect(planned.plan).toMatchObject({
      verdict: 'publish',
      request: { keepVersions: 3 },
      staying: [{ name: 'hello-extra' }],
    });
    expect(planned.plan.settings).toMatchObject({ after: { keepVersions: 3 }, changed: ['keepVersions'] });
    expect(planned.plan.packages.find(({ kind }) => kind === 'source')).toMatchObject({
      action: 'upgrade',
      replaces: [],
      keeps: ['10.0-1', '9.0-1'],
    });
    expect(planned.host.summaryText).toContain('newer than 10.0-1, 9.0-1, kept');
    const other = await act(bench, { apply: 'plan.json', 'keep-versions': '2' });
    expect(other.errors.join()).toContain('the setting keepVersions is another one than that of the plan');
    expect((await act(bench, { apply: 'plan.json' })).errors).toEqual([]);
    expect(await madison(await freshApt(), 'hello')).toEqual(['11.0-1', '10.0-1', '9.0-1']);
    const page = await readFile(at('index.html'), 'utf8');
    const versions = [...page.matchAll(/<th scope="row">hello(?: <small>.*?<\/small>)?<\/th> <td>(.*?)<\/td>/g)];
    expect(versions.map((match) => match[1])).toEqual(['11.0-1', '10.0-1', '9.0-1']);

    const wrong = await act(bench, { packages: third, 'keep-versions': '0' });
    expect(wrong.errors.join()).toMatch(/input keep-versions: .*a whole number/);
  });
});
