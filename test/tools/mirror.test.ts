/** Mirrors by rsync: what is brought, in which order, what is removed, and what is refused. */
import {
  appendFile,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { action } from '../../src/actions/mirror-repository/inputs.ts';
import { run as runAction } from '../../src/actions/mirror-repository/run.ts';
import { CancelledError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction as runFrame } from '../../src/main.ts';
import { mirrorRepository } from '../../src/mirror/mirrors.ts';
import { copyTree, failure, NEW, OLD, TwoStates } from './mirror-fixture.ts';
import { mirror, mirrorOptions, rsyncDaemon } from './mirror-rig.ts';
import { contents, servedDebs, servedRpms } from './mirror-served.ts';
import { treeDigest, Workbench } from './publish-helpers.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

let states: TwoStates;
let first: string;
let second: string;

beforeAll(async () => {
  states = await TwoStates.make();
  ({ first, second } = states);
});
afterAll(async () => await states?.[Symbol.asyncDispose]());

const fresh = async (from: string) => await states.fresh(from);

const snapshotsOf = async (served: string) => (await readdir(path.join(served, 'snapshots'))).sort();
const said = (host: RecordingHost) => host.transcript();

test('a mirror has all that the repository serves, and later only the difference moves', async () => {
  const { root, host, served, folder, to } = await fresh(first);
  await using daemon = await rsyncDaemon(path.join(folder, 'daemon'), to);
  const place = `rsync://127.0.0.1:${daemon.port}/mirror/deb`;
  const at = path.join(to, 'deb');
  const [whole] = await mirror(root, host, [place]);
  expect(whole).toMatchObject({ state: 'mirrored', switched: true, channels: ['latest'], removed: 0 });
  expect(await contents(at)).toEqual(await contents(served));
  expect(await servedDebs(at)).toEqual(OLD);

  await rm(root, { recursive: true });
  await copyTree(second, root);
  const [difference] = await mirror(root, host, [place]);
  expect(difference).toMatchObject({ state: 'mirrored', channels: ['latest'], removed: 0 });
  expect(await contents(at)).toEqual(await contents(served));
  expect(await servedDebs(at)).toEqual(NEW);
  // One package, and the indexes of one snapshot that former ones do not have.
  const { 'pool/main/h/hello/hello_1.1_amd64.deb': deb } = await contents(at);
  expect(deb).toBeDefined();
  const before = new Set(Object.values(await contents(path.join(first, 'public'))));
  const added = Object.values(await contents(served)).filter((each) => /^\d/.test(each) && !before.has(each));
  expect(difference?.files).toBeLessThanOrEqual(added.length);

  expect(await mirror(root, host, [place])).toMatchObject([{ state: 'same', files: 0, bytes: 0, channels: [] }]);
  const client = await states.bench.apt({ uri: `file:${at}` });
  await client.update();
  expect(await client.list()).toEqual(NEW);
});

test('rpm repositories too, as dnf reads them', async () => {
  await using rpm = await RpmWorkbench.make();
  const to = path.join(rpm.folder, 'to');
  await rpm.publish([await rpm.binaries({ name: 'hello', version: '1.0-1' })]);
  await mirror(rpm.repository, rpm.host, [to]);
  expect(await servedRpms(to)).toEqual(['hello 1.0']);
  await rpm.publish([await rpm.binaries({ name: 'hello', version: '1.1-1' })]);
  await mirror(rpm.repository, rpm.host, [to]);
  expect(await servedRpms(to)).toEqual(['hello 1.1']);
  expect(await contents(to)).toEqual(await contents(path.join(rpm.repository, 'public')));
  const client = await rpm.dnf({ url: `file://${to}` });
  expect(await client.list()).toEqual(['hello-1.1-1.x86_64']);
});

test('each mirror for itself: a dead one is told, the others are whole, the next run completes it', async () => {
  const { root, host, folder } = await fresh(second);
  const [one, dead, three] = ['one', 'dead', 'three'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(dead, 'a file');
  const results = await mirrorRepository(mirrorOptions(root, host, [one, dead, three]));
  expect(results.map(({ state }) => state)).toEqual(['mirrored', 'failed', 'mirrored']);
  expect(results[1]).toMatchObject({ switched: false, files: 0 });
  expect(await servedDebs(one)).toEqual(NEW);
  expect(await servedDebs(three)).toEqual(NEW);
  await unlink(dead);
  const again = await mirrorRepository(mirrorOptions(root, host, [one, dead, three]));
  expect(again.map(({ state }) => state)).toEqual(['same', 'mirrored', 'same']);
  expect(await servedDebs(dead)).toEqual(NEW);
});

describe('removal', () => {
  test('takes what the repository no longer has, and nothing else', async () => {
    const { root, host, served, to } = await fresh(second);
    await symlink(`snapshots/${(await snapshotsOf(served))[0]}`, path.join(served, 'former'));
    await writeFile(path.join(served, 'former.target.txt'), 'snapshots/x\n');
    await mirror(root, host, [to]);
    await writeFile(path.join(to, 'robots.txt'), 'mine');
    await mkdir(path.join(to, 'stats'));
    // What a killed rsync leaves.
    await writeFile(path.join(to, 'pool/main/h/hello/.hello_1.1_amd64.deb.Ab12Cd'), 'half');
    await writeFile(path.join(to, 'pool/main/h/a\nline – and \\#012'), '');
    const [old = ''] = await snapshotsOf(served);
    for (const name of ['former', 'former.target.txt', 'pool/main/h/hello/hello_1.0_amd64.deb'])
      await rm(path.join(served, name));
    await rm(path.join(served, 'snapshots', old), { recursive: true });

    const planned = await mirror(root, host, [to], { dryRun: true });
    const [result] = await mirror(root, host, [to]);
    expect(result).toMatchObject({ state: 'mirrored', files: 0, channels: ['former'] });
    expect(result?.removed).toBeGreaterThan(5);
    expect(planned[0]?.removed).toBe(result?.removed);
    const { 'robots.txt': robots, stats, ...rest } = await contents(to);
    expect([robots, stats]).toEqual([expect.anything(), expect.anything()]);
    expect(rest).toEqual(await contents(served));
    expect(await servedDebs(to)).toEqual(NEW);
  });

  test('stops where more would go than can be meant', async () => {
    const { root, host, to, served } = await fresh(second);
    await mirror(root, host, [to]);
    for (let count = 0; count < 120; count++) await writeFile(path.join(to, 'pool', `extra-${count}.deb`), '');
    const error = await failure(mirror(root, host, [to]));
    expect(error.message).toMatch(/much of the mirror would be removed .*120 files.*max-delete/);
    expect(await servedDebs(to)).toEqual(NEW);
    expect(await mirror(root, host, [to], { maxDelete: 120 })).toMatchObject([{ removed: 120 }]);
    expect(await contents(to)).toEqual(await contents(served));
  });

  test('never begins for what is no repository, is empty, or is another one', async () => {
    const { root, host, to, folder } = await fresh(second);
    await mirror(root, host, [to]);
    const before = await treeDigest(to);
    const empty = path.join(folder, 'empty');
    const other = await Workbench.make();
    try {
      await other.publish([await other.binaries({ name: 'other', version: '1.0' })]);
      expect((await failure(mirror(other.repository, host, [to]))).message).toMatch(/the mirror of another repository/);
    } finally {
      await other[Symbol.asyncDispose]();
    }
    await mkdir(empty);
    expect((await failure(mirror(empty, host, [to]))).message).toMatch(/there is no repository/);
    await writeFile(path.join(empty, 'file'), '');
    expect((await failure(mirror(empty, host, [to]))).message).toMatch(/not a repository/);
    await rm(path.join(root, 'public', 'latest'));
    expect((await failure(mirror(root, host, [to]))).message).toMatch(/no channel yet/);
    expect(await treeDigest(to)).toBe(before);
    // And a folder that holds something else is not written to.
    const home = path.join(folder, 'home');
    await mkdir(home);
    await writeFile(path.join(home, 'key.asc'), 'mine');
    await copyTree(second, path.join(folder, 'again'));
    expect((await failure(mirror(path.join(folder, 'again'), host, [home]))).message).toMatch(/something else lies/);
    expect(await readdir(home)).toEqual(['key.asc']);
  });
});

describe('while the repository changes', () => {
  test('a publish in between changes nothing: the mirror gets the state that was read', async () => {
    const { root, host, to } = await fresh(first);
    const publishNext = async (step: string) => {
      if (step !== 'pool') return;
      // As a publish does it: pool, snapshot, page, link.
      const next = path.join(second, 'public');
      await copyTree(path.join(next, 'pool'), path.join(root, 'public', 'pool'));
      await copyTree(path.join(next, 'snapshots'), path.join(root, 'public', 'snapshots'));
      await cp(path.join(next, 'latest'), path.join(root, 'public', '.next'), { verbatimSymlinks: true });
      await rename(path.join(root, 'public', '.next'), path.join(root, 'public', 'latest'));
    };
    await mirror(root, host, [to], { onStep: publishNext });
    expect(await servedDebs(to)).toEqual(OLD);
    expect(await snapshotsOf(to)).toEqual(await snapshotsOf(path.join(first, 'public')));
    await mirror(root, host, [to]);
    expect(await servedDebs(to)).toEqual(NEW);
  });

  test.each(['look', 'pool', 'snapshots', 'switch', 'site'] as const)(
    'a switch and a prune after the step %s tear nothing',
    async (at) => {
      const { root, host, to, served } = await fresh(second);
      const [old = '', latest = ''] = await snapshotsOf(served);
      await rm(path.join(served, 'latest'));
      await symlink(`snapshots/${old}`, path.join(served, 'latest'));
      let done = false;
      const prune = async (step: string) => {
        if (step !== at || done) return;
        done = true;
        await symlink(`snapshots/${latest}`, path.join(served, '.next'));
        await rename(path.join(served, '.next'), path.join(served, 'latest'));
        await rm(path.join(served, 'snapshots', old), { recursive: true });
        await rm(path.join(served, 'pool/main/h/hello/hello_1.0_amd64.deb'));
      };
      await mirror(root, host, [to], { onStep: prune });
      expect(done).toBe(true);
      // The old state where the mirror was switched to it before, else the new one.
      expect(await servedDebs(to)).toEqual(['look', 'pool'].includes(at) ? NEW : OLD);
      await mirror(root, host, [to]);
      expect(await servedDebs(to)).toEqual(NEW);
      expect(await contents(to)).toEqual(await contents(served));
    },
  );
});

test('links in the repository that lead elsewhere are not followed and not copied', async () => {
  const { root, host, served, to, folder } = await fresh(second);
  const secret = path.join(folder, 'secret');
  await mkdir(secret);
  await writeFile(path.join(secret, 'file'), 'top-secret');
  await symlink(secret, path.join(served, 'pool', 'out'));
  await symlink(path.join(secret, 'file'), path.join(served, 'pool/main/h/hello/leak_1.0_all.deb'));
  await symlink(path.join(secret, 'file'), path.join(served, 'leak.html'));
  await symlink(secret, path.join(served, 'leak'));
  // What looks like a channel and leads elsewhere is refused, as publishers refuse it.
  expect((await failure(mirror(root, host, [to]))).message).toMatch(/a channel does not point to a snapshot/);
  await rm(path.join(served, 'leak'));
  await mirror(root, host, [to]);
  expect(JSON.stringify(await contents(to))).not.toMatch(/secret|leak|out/);
  const [id = ''] = await snapshotsOf(served);
  for (const target of [path.join(secret, 'file'), '../../../../secret', '../../pool/../../secret']) {
    await symlink(target, path.join(served, 'snapshots', id, 'more'));
    expect((await failure(mirror(root, host, [to]))).message).toMatch(/does not lead to the pool/);
    await unlink(path.join(served, 'snapshots', id, 'more'));
  }
});

test('finds what became damaged on a mirror, when asked to compare contents', async () => {
  const { root, host, to } = await fresh(second);
  await mirror(root, host, [to]);
  const deb = path.join(to, 'pool/main/h/hello/hello_1.1_amd64.deb');
  const { atime, mtime, size } = await stat(deb);
  await writeFile(deb, Buffer.alloc(size, 'x'));
  await utimes(deb, atime, mtime);
  await expect(servedDebs(to)).rejects.toThrow(/should be/);
  await mirror(root, host, [to], { checksum: true });
  expect(await servedDebs(to)).toEqual(NEW);
});

test('a dry run tells what would be done and does nothing', async () => {
  const { root, host, to, folder } = await fresh(first);
  const [plan] = await mirror(root, host, [to], { dryRun: true });
  expect(await readdir(folder)).not.toContain('to');
  const [result] = await mirror(root, host, [to]);
  expect(plan).toMatchObject({ state: 'mirrored', switched: false, channels: ['latest'], files: result?.files });
  await rm(root, { recursive: true });
  await copyTree(second, root);
  const before = await treeDigest(to);
  await mirror(root, host, [to], { dryRun: true });
  expect(await treeDigest(to)).toBe(before);
});

test('a cancellation leaves the old state, and the next run goes on', async () => {
  const { root, host, to } = await fresh(first);
  await mirror(root, host, [to]);
  await rm(root, { recursive: true });
  await copyTree(second, root);
  const cancelled = new RecordingHost({}, { workspace: root });
  const work = mirror(root, cancelled, [to], {
    onStep: (step) => {
      if (step === 'snapshots') cancelled.cancel(new CancelledError());
    },
  });
  await expect(work).rejects.toThrow(CancelledError);
  expect(await servedDebs(to)).toEqual(OLD);
  await mirror(root, host, [to]);
  expect(await servedDebs(to)).toEqual(NEW);
});

describe('the action', () => {
  test('sets its outputs, writes its report and fails where one mirror failed', async () => {
    const { root, folder, to } = await fresh(second);
    const dead = path.join(folder, 'dead');
    await writeFile(dead, '');
    const inputs = { repository: root, mirrors: `${to}\n${dead}`, 'report-file': 'mirrors.json' };
    const host = new RecordingHost(inputs, { workspace: folder });
    expect(await runFrame(action, runAction, host)).toBe(1);
    expect(host.outputs).toMatchObject({ mirrored: to, failed: dead });
    const report = JSON.parse(await readFile(path.join(folder, 'mirrors.json'), 'utf8'));
    expect(report).toMatchObject({
      repository: root,
      dryRun: false,
      mirrors: [
        { mirror: to, state: 'mirrored', switched: true, channels: ['latest'] },
        { mirror: dead, state: 'failed', switched: false, error: expect.any(String) },
      ],
    });
    expect(host.outputs).toMatchObject({ report: JSON.stringify(report) });
    expect(said(host)).toMatch(/1 of 2 mirrors failed/);
    expect(said(host)).toMatch(/serves what it served before/);
  });

  test('takes repository and mirrors from a packaging file', async () => {
    const { folder } = await fresh(second);
    const file = path.join(folder, 'packaging.yml');
    await writeFile(
      file,
      `release: { name: acme, version: '1' }
targets: [debian-12]
repositories:
  - name: acme
    path: repository
    mirrors: ['mirrors/{suite}']
`,
    );
    const host = new RecordingHost({ packaging: file }, { workspace: folder });
    expect(await runFrame(action, runAction, host)).toBe(0);
    expect(await servedDebs(path.join(folder, 'mirrors', 'bookworm'))).toEqual(NEW);
    await appendFile(file, "    label: x\n    url: 'https://x/{nosuch}'\n");
    expect(await runFrame(action, runAction, new RecordingHost({ packaging: file }, { workspace: folder }))).toBe(1);
  });
});
