/** The action manage-repository on deb repositories, as a person uses it, with apt as the client. */
import { readdir, readFile, readlink, rm, stat, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/manage-repository/inputs.ts';
import { run } from '../../src/actions/manage-repository/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { EXIT, runAction } from '../../src/main.ts';
import { run as runTool } from '../../src/process.ts';
import { type ChannelEntry, readHistory } from '../../src/repository/history.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import { listSnapshots, readSnapshot } from '../../src/repository/snapshot.ts';
import { type AptClient, treeDigest, Workbench } from './publish-helpers.ts';
import { servePublic } from './publish-server.ts';

let bench: Workbench;
let hello1: string;
let hello2: string;
let data: string;
beforeAll(async () => {
  bench = await Workbench.make();
  hello1 = await bench.full('hello', '1.0-1');
  hello2 = await bench.full('hello', '1.0-2');
  data = await bench.binaries({ name: 'data', architecture: 'all' });
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await rm(bench.repository, { recursive: true, force: true });
});

async function act(command: string, inputs: Record<string, string> = {}) {
  const host = new RecordingHost({ command, repository: 'repository', ...inputs }, { workspace: bench.folder });
  const code = await runAction(action, run, host);
  return {
    code,
    host,
    outputs: host.outputs,
    errors: host.annotations('error').map(({ message }) => message),
    // The key of the tests never expires, which is none of their business.
    warnings: host
      .annotations('warning')
      .map(({ message }) => message)
      .filter((message) => !message.startsWith('the signing key')),
    result: JSON.parse(host.outputs['result'] ?? '{}') as Record<string, unknown>,
  };
}

/** Publishes of one second would not be told apart by apt: see `spread`. */
const ago = (hours: number) => ({ now: () => new Date(Date.now() - hours * 3_600_000) });
const publicFile = (...parts: string[]) => path.join(bench.repository, 'public', ...parts);
const idOf = async (channel: string) => path.basename(await readlink(publicFile(channel)));
const history = async () =>
  (await readHistory(new RepositoryPaths(bench.repository))).filter(
    (entry): entry is ChannelEntry => entry.action !== 'prune',
  );
/** Gives what apt asks for first the time of its snapshot: a client goes by whole seconds of it. */
async function spread(): Promise<void> {
  const paths = new RepositoryPaths(bench.repository);
  for (const id of await listSnapshots(paths)) {
    const { createdAt } = await readSnapshot(paths, id);
    for (const name of ['InRelease', 'Release', 'Release.gpg']) {
      await utimes(path.join(paths.snapshot(id), 'dists', 'bookworm', name), new Date(createdAt), new Date(createdAt));
    }
  }
}
/** The same client once more. */
async function updated(apt: AptClient): Promise<string[]> {
  await spread();
  await apt.update();
  return await apt.list();
}
async function seen(channel: string): Promise<string[]> {
  const apt = await bench.apt({ channel });
  await apt.update();
  const list = await apt.list();
  await apt.run('apt-get', '-q', 'download', ...list.map((each) => each.split(' ')[0] ?? ''));
  return list;
}

/** Names, inodes and times of all files of the pool. */
async function poolState(): Promise<string[]> {
  const { stdout } = await runTool(['find', publicFile('pool'), '-type', 'f', '-printf', '%P %i %T@ %s\n']);
  return stdout.split('\n').sort();
}

describe('promote', () => {
  it('lets a channel serve what another one serves, to the byte, and goes on from there', async () => {
    await bench.publish([hello1], { channel: 'stable', ...ago(3) });
    const former = await idOf('stable');
    await bench.publish([hello2, data], { channel: 'testing', ...ago(2) });
    const apt = await bench.apt({ channel: 'stable' });
    expect(await updated(apt)).toEqual(['hello 1.0-1']);

    const { code, outputs, result, host } = await act('promote', {
      channel: 'testing',
      to: 'stable',
      url: 'https://p.example',
    });
    expect(code).toBe(EXIT.success);
    const id = await idOf('testing');
    expect(await idOf('stable')).toBe(id);
    expect(outputs).toMatchObject({
      changed: 'true',
      channel: 'stable',
      snapshot: id,
      'snapshot-uri': `https://p.example/snapshots/${id}`,
    });
    expect(result).toMatchObject({
      schema: 'pkg-actions/manage-repository/1',
      command: 'promote',
      former,
      snapshot: id,
    });
    expect(host.summaryText).toContain('upgraded');
    // A client that has read the former state finds its indexes below the channel, until it asks again.
    const byHash = path.join('dists', 'bookworm', 'main', 'binary-amd64', 'by-hash', 'SHA256');
    const before = await readdir(publicFile('snapshots', former, byHash));
    expect(await readdir(publicFile('stable', byHash))).toEqual(expect.arrayContaining(before));
    expect(await updated(apt)).toEqual(['data 1.0', 'hello 1.0-2']);
    expect(await readFile(publicFile('stable.target.txt'), 'utf8')).toBe(`snapshots/${id}\n`);
    expect((await history()).at(-1)).toMatchObject({
      action: 'promote',
      channel: 'stable',
      from: 'testing',
      id,
      former,
    });
    expect((await act('promote', { channel: 'testing', to: 'stable' })).outputs['changed']).toBe('false');

    for (const channel of ['stable', 'testing']) {
      await bench.publish([await bench.binaries({ name: channel })], { channel });
      expect(await seen(channel)).toEqual(['data 1.0', 'hello 1.0-2', `${channel} 1.0`].sort());
    }
  });

  it('refuses what takes packages back, unless a reason is given', async () => {
    await bench.publish([hello1], { channel: 'testing', ...ago(3) });
    await bench.publish([hello2, data], { channel: 'stable', ...ago(2) });
    const before = await treeDigest(bench.repository);
    const refused = await act('promote', { channel: 'testing', to: 'stable' });
    expect(refused.code).toBe(EXIT.failure);
    expect(refused.errors).toEqual([
      expect.stringMatching(
        /would become older or leave it.*data \(all\) 1\.0 leaves; hello \(amd64\) goes from 1\.0-2 back to 1\.0-1/,
      ),
    ]);
    const inputs = { channel: 'testing', to: 'stable', 'allow-downgrade': 'INC-1: 1.0-2 loses data' };
    const dry = await act('promote', { ...inputs, 'dry-run': 'true' });
    expect(dry.result).toMatchObject({ dryRun: true, changed: true });
    expect(await treeDigest(bench.repository)).toBe(before);

    const done = await act('promote', inputs);
    expect(done.code).toBe(EXIT.success);
    // Machines that know the newer state need a key's help: see the rollback with a key.
    expect(done.warnings).toEqual([expect.stringContaining('apt takes no Release file that is older')]);
    expect(await seen('stable')).toEqual(['hello 1.0-1']);
    expect((await history()).at(-1)).toMatchObject({
      reason: 'INC-1: 1.0-2 loses data',
      overrides: [
        'data (all) 1.0 leaves',
        'hello (amd64) goes from 1.0-2 back to 1.0-1',
        'hello (source) goes from 1.0-2 back to 1.0-1',
      ],
    });
  });
});

describe('promote of single packages', () => {
  it('takes them from the pool as they are, and leaves the others', async () => {
    await bench.publish([hello1, await bench.binaries({ name: 'kept' })], { channel: 'stable', ...ago(5) });
    await bench.publish([hello2, data], { channel: 'testing', ...ago(4) });
    await bench.publish([await bench.full('hello', '1.0-3')], { channel: 'edge', ...ago(3) });
    const former = await idOf('stable');
    const before = await poolState();
    const inputs = { channel: 'testing', to: 'stable', packages: 'hello' };
    const unsigned = await act('promote', inputs);
    expect(unsigned.errors).toEqual([
      expect.stringMatching(/must be signed.*input signing-key|input signing-key.*must be signed/),
    ]);
    const digest = await treeDigest(bench.repository);
    const dry = await act('promote', { ...inputs, 'dry-run': 'true' });
    expect(dry).toMatchObject({ code: EXIT.success, result: { changed: true, former } });
    expect(await treeDigest(bench.repository)).toBe(digest);

    const { code, errors, result } = await act('promote', { ...inputs, reason: 'CHG-9', 'signing-key': bench.secret });
    expect({ code, errors }).toEqual({ code: EXIT.success, errors: [] });
    expect(result['difference']).toEqual(dry.result['difference']);
    expect(result['difference']).toMatchObject([
      { name: 'hello', kind: 'binary', change: 'upgraded', from: '1.0-1', to: '1.0-2' },
      { name: 'hello', kind: 'source', change: 'upgraded', from: '1.0-1', to: '1.0-2' },
    ]);
    // No file of the pool was written, not even the signed .dsc and .changes.
    expect(await poolState()).toEqual(before);
    expect(await seen('stable')).toEqual(['hello 1.0-2', 'kept 1.0']);
    const apt = await bench.apt({ channel: 'stable' });
    await apt.update();
    await apt.run('apt-get', '-q', 'source', '--download-only', 'hello');
    expect((await history()).at(-1)).toMatchObject({ action: 'promote', from: 'testing', former, reason: 'CHG-9' });
    expect((await act('promote', { ...inputs, 'signing-key': bench.secret })).outputs['changed']).toBe('false');
    // To a channel that is not there.
    const made = await act('promote', { ...inputs, to: 'fresh', packages: 'data', 'signing-key': bench.secret });
    expect(made.code).toBe(EXIT.success);
    expect(await seen('fresh')).toEqual(['data 1.0']);
    await bench.publish([await bench.full('hello', '1.0-4')], { channel: 'stable' });
    expect(await seen('stable')).toEqual(['hello 1.0-4', 'kept 1.0']);
  });

  it('refuses what is not there, what is older, and another key', async () => {
    await bench.publish([hello1], { channel: 'testing', ...ago(5) });
    await bench.publish([hello2], { channel: 'stable', ...ago(4) });
    const before = await treeDigest(bench.repository);
    const inputs = { channel: 'testing', to: 'stable', packages: 'hello', 'signing-key': bench.secret };
    const refused = async (more: Record<string, string>) =>
      (await act('promote', { ...inputs, ...more })).errors.join('\n');
    expect(await refused({ packages: 'hello, no-such' })).toMatch(/no such source package.*no-such/);
    expect(await refused({})).toMatch(/a downgrade/);
    const other = await Workbench.make();
    try {
      expect(await refused({ 'signing-key': other.secret })).toMatch(/signed by another key/);
    } finally {
      await other[Symbol.asyncDispose]();
    }
    expect(await treeDigest(bench.repository)).toBe(before);
    const allowed = await act('promote', { ...inputs, 'allow-downgrade': 'INC-5' });
    expect(allowed.errors).toEqual([]);
    expect(await seen('stable')).toEqual(['hello 1.0-1']);
    expect((await history()).at(-1)).toMatchObject({
      reason: 'INC-5',
      overrides: ['hello (amd64) goes from 1.0-2 back to 1.0-1', 'hello (source) goes from 1.0-2 back to 1.0-1'],
    });
  });
});

describe('rollback', () => {
  it('goes back by the link, and a publish after it works', async () => {
    await bench.publish([hello1], ago(3));
    const first = await idOf('latest');
    await bench.publish([data], ago(2));
    const second = await idOf('latest');
    await bench.publish([hello2], ago(1));
    const third = await idOf('latest');
    expect((await act('rollback', { channel: 'latest' })).errors).toEqual([expect.stringContaining('needs a reason')]);
    const apt = await bench.apt();
    expect(await updated(apt)).toEqual(['data 1.0', 'hello 1.0-2']);

    const { code, outputs, warnings } = await act('rollback', { channel: 'latest', reason: 'INC-2' });
    expect({ code, snapshot: outputs['snapshot'] }).toEqual({ code: EXIT.success, snapshot: second });
    expect(warnings).toEqual([expect.stringContaining(`machines that have read ${third} stay with it`)]);
    expect(await seen('latest')).toEqual(['data 1.0', 'hello 1.0-1']);
    // That is what the warning is about.
    expect(await updated(apt)).toEqual(['data 1.0', 'hello 1.0-2']);
    // Once more goes back further, not forth.
    expect((await act('rollback', { channel: 'latest', reason: 'INC-2' })).outputs['snapshot']).toBe(first);
    expect((await act('rollback', { channel: 'latest', reason: 'INC-2' })).errors).toEqual([
      expect.stringContaining('no former state'),
    ]);
    const named = await act('rollback', { channel: 'latest', reason: 'INC-2', snapshot: second });
    expect(named.outputs['snapshot']).toBe(second);

    await bench.publish([await bench.binaries({ name: 'more' })]);
    expect(await updated(apt)).toEqual(['data 1.0', 'hello 1.0-1', 'more 1.0']);
    expect((await history()).map(({ action: done, reason = '' }) => `${done} ${reason}`.trim())).toEqual([
      ...['publish', 'publish', 'publish'],
      ...['rollback INC-2', 'rollback INC-2', 'rollback INC-2'],
      'publish',
    ]);
  });

  it('with a key: under a new date, so that apt takes it where it knows the newer state', async () => {
    await bench.publish([hello1], ago(3));
    const first = await idOf('latest');
    await bench.publish([hello2, data], ago(2));
    const apt = await bench.apt();
    expect(await updated(apt)).toEqual(['data 1.0', 'hello 1.0-2']);
    const { code, outputs, warnings, result } = await act('rollback', {
      channel: 'latest',
      reason: 'INC-3',
      'signing-key': bench.secret,
    });
    expect({ code, warnings }).toEqual({ code: EXIT.success, warnings: [] });
    const id = await idOf('latest');
    expect(id).not.toBe(first);
    expect({ snapshot: outputs['snapshot'], copyOf: result['copyOf'] }).toEqual({ snapshot: id, copyOf: first });
    expect((await history()).at(-1)).toMatchObject({ action: 'rollback', id, copyOf: first, reason: 'INC-3' });
    expect(await updated(apt)).toEqual(['hello 1.0-1']);
    await apt.run('apt-get', '-q', 'download', 'hello');
    const packages = path.join('dists', 'bookworm', 'main', 'binary-amd64', 'Packages');
    expect(await readFile(publicFile('latest', packages))).toEqual(
      await readFile(publicFile('snapshots', first, packages)),
    );
    const release = await readFile(publicFile('latest', 'dists', 'bookworm', 'Release'), 'utf8');
    const fields = [...release.matchAll(/^[A-Z][^:]*(?=:)/gm)].map(([field]) => field);
    expect(fields).toEqual([...new Set(fields)]);
    expect((await act('rollback', { channel: 'latest', reason: 'x' })).errors).toEqual([
      expect.stringContaining('no former state'),
    ]);
    await bench.publish([data, hello2]);
    expect(await seen('latest')).toEqual(['data 1.0', 'hello 1.0-2']);
  });

  it('refuses another key than the one that clients have', async () => {
    await bench.publish([hello1], ago(3));
    await bench.publish([hello2], ago(2));
    const other = await Workbench.make();
    try {
      const before = await treeDigest(bench.repository);
      const inputs = { channel: 'latest', reason: 'x', 'signing-key': other.secret };
      expect((await act('rollback', inputs)).errors).toEqual([expect.stringContaining('signed by another key')]);
      expect(await treeDigest(bench.repository)).toBe(before);
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });
});

describe('prune', () => {
  it('removes what no channel needs, and never what one does', async () => {
    await bench.publish([hello1], ago(24 * 50));
    const first = await idOf('latest');
    await act('promote', { channel: 'latest', to: 'held' });
    await bench.publish([await bench.binaries({ name: 'gone' })], ago(24 * 49));
    const second = await idOf('latest');
    await bench.publish([await bench.binaries({ name: 'gone', version: '2.0' })], ago(24 * 48));
    const third = await idOf('latest');
    await bench.publish([hello2], ago(24 * 47));
    const fourth = await idOf('latest');
    const orphan = publicFile('pool', 'main', 'o', 'orphan', 'orphan_1.0_all.deb');
    await bench.publish([await bench.binaries({ name: 'gone', version: '3.0' })], ago(2));
    const fifth = await idOf('latest');
    const before = await treeDigest(bench.repository);

    const dry = await act('prune', { keep: '1', 'keep-for': '40d', 'dry-run': 'true' });
    expect(dry.errors).toEqual([]);
    expect(dry.result).toMatchObject({ removed: [second, third], dryRun: true, changed: true });
    expect(await treeDigest(bench.repository)).toBe(before);

    // `fourth` was left two hours ago: clients that have read it still download from it.
    const { code, result, outputs } = await act('prune', { keep: '1', 'keep-for': '0' });
    expect({ code, changed: outputs['changed'] }).toEqual({ code: EXIT.success, changed: 'true' });
    expect(result['removed']).toEqual([second, third]);
    const paths = new RepositoryPaths(bench.repository);
    expect((await listSnapshots(paths)).sort()).toEqual([first, fourth, fifth].sort());
    expect(await seen('latest')).toEqual(['gone 3.0', 'hello 1.0-2']);
    expect(await seen('held')).toEqual(['hello 1.0-1']);
    expect((await readdir(publicFile('pool', 'main', 'g', 'gone'))).sort()).toEqual([
      'gone_2.0_amd64.deb',
      'gone_3.0_amd64.deb',
    ]);
    expect((await readHistory(paths)).at(-1)).toMatchObject({ action: 'prune', snapshots: [second, third] });
    expect((await act('prune', { keep: '1', 'keep-for': '0' })).outputs['changed']).toBe('false');
    // A file that nothing needs goes too; one that is none of ours does not.
    await bench.publish([await bench.binaries({ name: 'orphan' })], { channel: 'other' });
    await writeFile(orphan.replace('1.0', '0.9'), 'left by hand');
    await writeFile(publicFile('pool', 'a file of a person'), '');
    expect((await act('prune', { keep: '1' })).result).toMatchObject({
      removed: [],
      files: [{ path: 'pool/main/o/orphan/orphan_0.9_all.deb' }],
    });
    expect(await readdir(publicFile('pool'))).toContain('a file of a person');
  });

  it('keeps the last states of every channel, so that it can go back', async () => {
    const ids: string[] = [];
    for (const day of [60, 59, 58, 57]) {
      await bench.publish([await bench.binaries({ name: `day-${day}` })], ago(24 * day));
      ids.push(await idOf('latest'));
    }
    const { result } = await act('prune', { keep: '3', 'keep-for': '1d' });
    expect(result).toMatchObject({ removed: [ids[0]] });
    expect((await act('rollback', { channel: 'latest', reason: 'x' })).outputs['snapshot']).toBe(ids[2]);
    expect((await act('rollback', { channel: 'latest', reason: 'x' })).outputs['snapshot']).toBe(ids[1]);
    expect((await act('rollback', { channel: 'latest', reason: 'x' })).errors).toEqual([
      expect.stringMatching(/former state of the channel was removed.*name another one with snapshot/),
    ]);
  });
});

describe('looking', () => {
  it('lists channels, snapshots and packages', async () => {
    await bench.publish([hello1], ago(3));
    const first = await idOf('latest');
    await bench.publish([hello2, data], ago(2));
    const second = await idOf('latest');
    await act('promote', { snapshot: first, to: 'stable' });
    const { result, host } = await act('list', { report: 'out/list.json' });
    expect(result).toMatchObject({
      format: 'deb',
      channels: [
        { name: 'latest', id: second, packages: 3 },
        { name: 'stable', id: first, packages: 2 },
      ],
      snapshots: [
        { id: second, channels: ['latest'], parent: first, madeFor: 'latest' },
        { id: first, channels: ['stable'], parent: null },
      ],
    });
    const [{ bytes, ownBytes } = { bytes: 0, ownBytes: 0 }] = result['snapshots'] as {
      bytes: number;
      ownBytes: number;
    }[];
    // The orig tarball is of both.
    expect(bytes).toBeGreaterThan(ownBytes);
    expect(JSON.parse(await readFile(path.join(bench.folder, 'out', 'list.json'), 'utf8'))).toEqual(result);
    expect(host.summaryText).toContain(`| \`latest\` | \`${second}\` |`);

    const packages = await act('list', { channel: 'stable' });
    expect(
      (packages.result['packages'] as { name: string; version: string }[]).map(
        ({ name, version }) => `${name} ${version}`,
      ),
    ).toEqual(['hello 1.0-1', 'hello 1.0-1']);
    const diff = await act('diff', { channel: 'latest', against: 'stable' });
    expect(diff.result['difference']).toMatchObject([
      { name: 'data', change: 'added', to: '1.0' },
      { name: 'hello', kind: 'binary', change: 'upgraded', from: '1.0-1', to: '1.0-2' },
      { name: 'hello', kind: 'source', change: 'upgraded' },
    ]);
    // Without a second one: what it was made from.
    expect((await act('diff', { channel: 'latest' })).result['difference']).toEqual(diff.result['difference']);
    const back = await act('diff', { snapshot: first, against: second });
    expect((back.result['difference'] as { change: string }[]).map(({ change }) => change)).toEqual([
      'removed',
      'downgraded',
      'downgraded',
    ]);
  });

  it('resolves a channel by the folder, by a copy without links, and not by what is none', async () => {
    await bench.publish([hello1], ago(2));
    const id = await idOf('latest');
    expect((await act('resolve', { url: 'https://p.example/x/' })).outputs['snapshot-uri']).toBe(
      `https://p.example/x/snapshots/${id}`,
    );
    const folder = publicFile();
    const byUrl = { command: 'resolve', url: `file://${folder}` };
    const resolve = async (inputs: Record<string, string>) => {
      const host = new RecordingHost(inputs, { workspace: bench.folder });
      const code = await runAction(action, run, host);
      return { code, uri: host.outputs['snapshot-uri'], error: host.annotations('error')[0]?.message };
    };
    const found = { code: EXIT.success, uri: `file://${folder}/snapshots/${id}`, error: undefined };
    expect(await resolve(byUrl)).toEqual(found);
    await unlink(publicFile('latest'));
    expect(await resolve(byUrl)).toEqual(found);
    await writeFile(publicFile('latest.target.txt'), 'snapshots/../../etc\n');
    expect((await resolve(byUrl)).error).toMatch(/does not name a snapshot/);
    expect((await resolve({ ...byUrl, channel: 'no-such' })).error).toMatch(/no such channel/);
    expect((await resolve({ ...byUrl, channel: '../x' })).error).toMatch(/not a name of a channel/);
    await symlink(`snapshots/${id}`, publicFile('latest'));
  });

  it('resolves a channel over http', async () => {
    await bench.publish([hello1], ago(2));
    const id = await idOf('latest');
    await using server = await servePublic(publicFile());
    const resolve = async (url: string, channel = 'latest') => {
      const host = new RecordingHost({ command: 'resolve', url, channel }, { workspace: bench.folder });
      const code = await runAction(action, run, host);
      return { code, uri: host.outputs['snapshot-uri'], said: host.transcript() };
    };
    const uri = `${server.url}/snapshots/${id}`;
    expect(await resolve(`${server.url}/`)).toMatchObject({ code: EXIT.success, uri });
    expect(server.requests).toEqual(['/latest.target.txt']);
    // What is told is without the password.
    const withPassword = await resolve(server.url.replace('//', '//user:hunter2@'));
    expect(withPassword).toMatchObject({ code: EXIT.success, uri });
    expect(withPassword.said).not.toContain('hunter2');
    expect(await resolve(server.url, 'testing')).toMatchObject({ code: EXIT.failure });
    server.tamper = () => Buffer.from('<html>sign in</html>');
    expect((await resolve(server.url)).said).toMatch(/does not name a snapshot/);
  });
});

describe('remove-channel', () => {
  it('removes the channel and what stands beside it; its snapshots stay', async () => {
    await bench.publish([hello1], { channel: 'testing', ...ago(2) });
    await bench.publish([data], ago(1));
    const id = await idOf('testing');
    expect((await act('remove-channel', { channel: 'testing', reason: 'done' })).outputs['changed']).toBe('true');
    expect(await readdir(publicFile())).not.toContain('testing');
    expect(await readdir(publicFile())).not.toContain('testing.target.txt');
    expect(await readdir(publicFile('snapshots'))).toContain(id);
    expect(await readdir(path.join(bench.repository, 'private'))).not.toContain(id);
    expect((await act('remove-channel', { channel: 'testing' })).errors).toEqual([
      expect.stringMatching(/no such channel.*one of latest/),
    ]);
    // It can be made again.
    await act('promote', { snapshot: id, to: 'testing' });
    expect(await seen('testing')).toEqual(['hello 1.0-1']);
  });
});

describe('wrong input', () => {
  it.each([
    [{ command: 'promote', to: 'stable' }, /needs to know what is promoted/],
    [{ command: 'promote', channel: 'latest' }, /input to/],
    [{ command: 'promote', channel: 'latest', to: '../etc' }, /not a name of a channel/],
    [{ command: 'promote', channel: 'latest', to: 'pool' }, /not a name of a channel/],
    [{ command: 'promote', channel: 'no-such', to: 'stable' }, /no such channel or snapshot.*one of latest/],
    [{ command: 'promote', snapshot: '20260102T030405Z-1a2b3c', to: 'stable' }, /no such snapshot/],
    [{ command: 'list', to: 'stable' }, /an input that list has no use for.*it with promote/],
    [{ command: 'prune', channel: 'latest' }, /an input that prune has no use for/],
    [{ command: 'prune', keep: '0' }, /from 1 to 10000/],
    [{ command: 'rollback', channel: 'latest', reason: 'a\nb' }, /one line of at most 1000/],
    [{ command: 'diff' }, /needs to know what is looked at/],
    [{ command: 'diff', channel: 'latest', snapshot: '20260102T030405Z-1a2b3c' }, /one of them/],
    [{ command: 'list', 'repository-name': 'acme' }, /none is given/],
  ])('%o', async (inputs, message) => {
    await bench.publish([hello1], ago(2));
    const before = await treeDigest(bench.repository);
    const { command, ...rest } = inputs;
    const { code, errors } = await act(command, rest);
    expect(code).toBe(EXIT.failure);
    expect(errors).toEqual([expect.stringMatching(message)]);
    expect(await treeDigest(bench.repository)).toBe(before);
  });

  it('of a repository that is not there: none is made', async () => {
    for (const command of ['list', 'prune', 'resolve']) {
      expect((await act(command)).code).toBe(EXIT.failure);
    }
    for (const extra of [{ 'dry-run': 'true' }, {}]) {
      const { errors } = await act('rollback', { channel: 'latest', reason: 'x', ...extra });
      expect(errors).toEqual([expect.stringContaining('there is no repository')]);
    }
    await expect(stat(bench.repository)).rejects.toThrow('ENOENT');
  });
});
