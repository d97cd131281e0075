/** Snapshots of deb repositories: pruned, listed, compared, resolved; and input that is wrong. */
import { readdir, readFile, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/main.ts';
import { readHistory } from '../../src/repository/history.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import { listSnapshots } from '../../src/repository/snapshot.ts';
import { ago, useRepository } from './manage-helpers.ts';
import { treeDigest } from './publish-helpers.ts';
import { servePublic } from './publish-server.ts';

const on = useRepository();

describe('prune', () => {
  it('removes what no channel needs, and never what one does', async () => {
    await on.bench.publish([on.builds.hello1], ago(24 * 50));
    const first = await on.idOf('latest');
    await on.act('promote', { channel: 'latest', to: 'held' });
    await on.bench.publish([await on.bench.binaries({ name: 'gone' })], ago(24 * 49));
    const second = await on.idOf('latest');
    await on.bench.publish([await on.bench.binaries({ name: 'gone', version: '2.0' })], ago(24 * 48));
    const third = await on.idOf('latest');
    await on.bench.publish([on.builds.hello2], ago(24 * 47));
    const fourth = await on.idOf('latest');
    const orphan = on.file('pool', 'main', 'o', 'orphan', 'orphan_1.0_all.deb');
    await on.bench.publish([await on.bench.binaries({ name: 'gone', version: '3.0' })], ago(2));
    const fifth = await on.idOf('latest');
    const before = await treeDigest(on.bench.repository);

    const dry = await on.act('prune', { keep: '1', 'keep-for': '40d', 'dry-run': 'true' });
    expect(dry.errors).toEqual([]);
    expect(dry.result).toMatchObject({ removed: [second, third], dryRun: true, changed: true });
    expect(await treeDigest(on.bench.repository)).toBe(before);

    // `fourth` was left two hours ago: clients that have read it still download from it.
    const { code, result, outputs } = await on.act('prune', { keep: '1', 'keep-for': '0' });
    expect({ code, changed: outputs['changed'] }).toEqual({ code: EXIT.success, changed: 'true' });
    expect(result['removed']).toEqual([second, third]);
    const paths = new RepositoryPaths(on.bench.repository);
    expect((await listSnapshots(paths)).sort()).toEqual([first, fourth, fifth].sort());
    expect(await on.seen('latest')).toEqual(['gone 3.0', 'hello 1.0-2']);
    expect(await on.seen('held')).toEqual(['hello 1.0-1']);
    expect((await readdir(on.file('pool', 'main', 'g', 'gone'))).sort()).toEqual([
      'gone_2.0_amd64.deb',
      'gone_3.0_amd64.deb',
    ]);
    expect((await readHistory(paths)).at(-1)).toMatchObject({ action: 'prune', snapshots: [second, third] });
    expect((await on.act('prune', { keep: '1', 'keep-for': '0' })).outputs['changed']).toBe('false');
    // A file that nothing needs goes too; one that is none of ours does not.
    await on.bench.publish([await on.bench.binaries({ name: 'orphan' })], { channel: 'other' });
    await writeFile(orphan.replace('1.0', '0.9'), 'left by hand');
    await writeFile(on.file('pool', 'a file of a person'), '');
    expect((await on.act('prune', { keep: '1' })).result).toMatchObject({
      removed: [],
      files: [{ path: 'pool/main/o/orphan/orphan_0.9_all.deb' }],
    });
    expect(await readdir(on.file('pool'))).toContain('a file of a person');
  });

  it('keeps the last states of every channel, so that it can go back', async () => {
    const ids: string[] = [];
    for (const day of [60, 59, 58, 57]) {
      await on.bench.publish([await on.bench.binaries({ name: `day-${day}` })], ago(24 * day));
      ids.push(await on.idOf('latest'));
    }
    const { result } = await on.act('prune', { keep: '3', 'keep-for': '1d' });
    expect(result).toMatchObject({ removed: [ids[0]] });
    expect((await on.act('rollback', { channel: 'latest', reason: 'x' })).outputs['snapshot']).toBe(ids[2]);
    expect((await on.act('rollback', { channel: 'latest', reason: 'x' })).outputs['snapshot']).toBe(ids[1]);
    expect((await on.act('rollback', { channel: 'latest', reason: 'x' })).errors).toEqual([
      expect.stringMatching(/former state of the channel was removed.*name another one with snapshot/),
    ]);
  });
});

describe('looking', () => {
  it('lists channels, snapshots and packages', async () => {
    await on.bench.publish([on.builds.hello1], ago(3));
    const first = await on.idOf('latest');
    await on.bench.publish([on.builds.hello2, on.builds.data], ago(2));
    const second = await on.idOf('latest');
    await on.act('promote', { snapshot: first, to: 'stable' });
    const { result, host } = await on.act('list', { report: 'out/list.json' });
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
    expect(JSON.parse(await readFile(path.join(on.bench.folder, 'out', 'list.json'), 'utf8'))).toEqual(result);
    expect(host.summaryText).toContain(`| \`latest\` | \`${second}\` |`);

    const packages = await on.act('list', { channel: 'stable' });
    expect(
      (packages.result['packages'] as { name: string; version: string }[]).map(
        ({ name, version }) => `${name} ${version}`,
      ),
    ).toEqual(['hello 1.0-1', 'hello 1.0-1']);
    const diff = await on.act('diff', { channel: 'latest', against: 'stable' });
    expect(diff.result['difference']).toMatchObject([
      { name: 'data', change: 'added', to: '1.0' },
      { name: 'hello', kind: 'binary', change: 'upgraded', from: '1.0-1', to: '1.0-2' },
      { name: 'hello', kind: 'source', change: 'upgraded' },
    ]);
    // Without a second one: what it was made from.
    expect((await on.act('diff', { channel: 'latest' })).result['difference']).toEqual(diff.result['difference']);
    const back = await on.act('diff', { snapshot: first, against: second });
    expect((back.result['difference'] as { change: string }[]).map(({ change }) => change)).toEqual([
      'removed',
      'downgraded',
      'downgraded',
    ]);
  });

  it('resolves a channel by the folder, by a copy without links, and not by what is none', async () => {
    await on.bench.publish([on.builds.hello1], ago(2));
    const id = await on.idOf('latest');
    expect((await on.act('resolve', { url: 'https://p.example/x/' })).outputs['snapshot-uri']).toBe(
      `https://p.example/x/snapshots/${id}`,
    );
    const folder = on.file();
    const byUrl = { command: 'resolve', url: `file://${folder}` };
    const resolve = async (inputs: Record<string, string>) => {
      const { code, outputs, errors } = await on.run(inputs);
      return { code, uri: outputs['snapshot-uri'], error: errors[0] };
    };
    const found = { code: EXIT.success, uri: `file://${folder}/snapshots/${id}`, error: undefined };
    // As a mirror lies on another machine: what is served, and nothing around it.
    const byMirror = { command: 'resolve', repository: folder };
    expect(await resolve(byUrl)).toEqual(found);
    expect(await resolve(byMirror)).toEqual(found);
    expect((await resolve({ ...byMirror, url: 'https://p.example/x/' })).uri).toBe(
      `https://p.example/x/snapshots/${id}`,
    );
    expect((await resolve({ ...byMirror, channel: 'no-such' })).error).toMatch(/no such channel/);
    await unlink(on.file('latest'));
    expect(await resolve(byUrl)).toEqual(found);
    expect(await resolve(byMirror)).toEqual(found);
    expect((await resolve({ ...byMirror, repository: on.bench.folder })).error).toMatch(
      /something that is not a repository/,
    );
    await writeFile(on.file('latest.target.txt'), 'snapshots/../../etc\n');
    expect((await resolve(byUrl)).error).toMatch(/does not name a snapshot/);
    expect((await resolve({ ...byUrl, channel: 'no-such' })).error).toMatch(/no such channel/);
    expect((await resolve({ ...byUrl, channel: '../x' })).error).toMatch(/not a name of a channel/);
    await symlink(`snapshots/${id}`, on.file('latest'));
  });

  it('resolves a channel over http', async () => {
    await on.bench.publish([on.builds.hello1], ago(2));
    const id = await on.idOf('latest');
    await using server = await servePublic(on.file());
    const resolve = async (url: string, channel = 'latest') => {
      const { code, outputs, host } = await on.run({ command: 'resolve', url, channel });
      return { code, uri: outputs['snapshot-uri'], said: host.transcript() };
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
    await on.bench.publish([on.builds.hello1], { channel: 'testing', ...ago(2) });
    await on.bench.publish([on.builds.data], ago(1));
    const id = await on.idOf('testing');
    expect((await on.act('remove-channel', { channel: 'testing', reason: 'done' })).outputs['changed']).toBe('true');
    expect(await readdir(on.file())).not.toContain('testing');
    expect(await readdir(on.file())).not.toContain('testing.target.txt');
    expect(await readdir(on.file('snapshots'))).toContain(id);
    expect(await readdir(path.join(on.bench.repository, 'private'))).not.toContain(id);
    expect((await on.act('remove-channel', { channel: 'testing' })).errors).toEqual([
      expect.stringMatching(/no such channel.*one of latest/),
    ]);
    // It can be made again.
    await on.act('promote', { snapshot: id, to: 'testing' });
    expect(await on.seen('testing')).toEqual(['hello 1.0-1']);
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
    await on.bench.publish([on.builds.hello1], ago(2));
    const before = await treeDigest(on.bench.repository);
    const { command, ...rest } = inputs;
    const { code, errors } = await on.act(command, rest);
    expect(code).toBe(EXIT.failure);
    expect(errors).toEqual([expect.stringMatching(message)]);
    expect(await treeDigest(on.bench.repository)).toBe(before);
  });

  it('of a repository that is not there: none is made', async () => {
    for (const command of ['list', 'prune', 'resolve']) {
      expect((await on.act(command)).code).toBe(EXIT.failure);
    }
    for (const extra of [{ 'dry-run': 'true' }, {}]) {
      const { errors } = await on.act('rollback', { channel: 'latest', reason: 'x', ...extra });
      expect(errors).toEqual([expect.stringContaining('there is no repository')]);
    }
    await expect(stat(on.bench.repository)).rejects.toThrow('ENOENT');
  });
});
