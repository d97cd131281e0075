/** Channels of deb repositories that move, as a person moves them, with apt as the client. */
import { renameSync, symlinkSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/main.ts';
import { ago, useRepository } from './manage-helpers.ts';
import { treeDigest, Workbench } from './publish-helpers.ts';
import { servePublic } from './publish-server.ts';

const on = useRepository();

describe('promote', () => {
  it('lets a channel serve what another one serves, to the byte, and goes on from there', async () => {
    await on.bench.publish([on.builds.hello1], { channel: 'stable', ...ago(3) });
    const former = await on.idOf('stable');
    await on.bench.publish([on.builds.hello2, on.builds.data], { channel: 'testing', ...ago(2) });
    const apt = await on.bench.apt({ channel: 'stable' });
    expect(await on.updated(apt)).toEqual(['hello 1.0-1']);

    const { code, outputs, result, host } = await on.act('promote', {
      channel: 'testing',
      to: 'stable',
      url: 'https://p.example',
    });
    expect(code).toBe(EXIT.success);
    const id = await on.idOf('testing');
    expect(await on.idOf('stable')).toBe(id);
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
    const before = await readdir(on.file('snapshots', former, byHash));
    expect(await readdir(on.file('stable', byHash))).toEqual(expect.arrayContaining(before));
    expect(await on.updated(apt)).toEqual(['data 1.0', 'hello 1.0-2']);
    expect(await readFile(on.file('stable.target.txt'), 'utf8')).toBe(`snapshots/${id}\n`);
    expect((await on.history()).at(-1)).toMatchObject({
      action: 'promote',
      channel: 'stable',
      from: 'testing',
      id,
      former,
    });
    expect((await on.act('promote', { channel: 'testing', to: 'stable' })).outputs['changed']).toBe('false');

    for (const channel of ['stable', 'testing']) {
      await on.bench.publish([await on.bench.binaries({ name: channel })], { channel });
      expect(await on.seen(channel)).toEqual(['data 1.0', 'hello 1.0-2', `${channel} 1.0`].sort());
    }
  });

  it('does not disturb a client that has read the former Release file and asks for its indexes only then', async () => {
    await on.bench.publish([on.builds.hello1], { channel: 'stable', ...ago(3) });
    await on.bench.publish([on.builds.hello2], { channel: 'testing', ...ago(2) });
    const [former, latter] = [await on.idOf('stable'), await on.idOf('testing')];
    await on.act('promote', { channel: 'testing', to: 'stable' });
    const point = (id: string) => {
      symlinkSync(`snapshots/${id}`, on.file('moved'));
      renameSync(on.file('moved'), on.file('stable'));
    };
    // The promotion once more, between two requests of a client.
    point(former);
    await using server = await servePublic(on.file());
    server.tamper = (url, content) => {
      if (!url.endsWith('/stable/dists/bookworm/InRelease')) return undefined;
      point(latter);
      return content;
    };
    const apt = await on.bench.apt({ uri: server.url, channel: 'stable' });
    expect(await on.updated(apt)).toEqual(['hello 1.0-1']);
    expect(await on.idOf('stable')).toBe(latter);
    expect(server.requests.filter((url) => url.includes('/by-hash/'))).not.toEqual([]);
    await apt.run('apt-get', '-q', 'download', 'hello');
    expect(await on.updated(apt)).toEqual(['hello 1.0-2']);
  });

  it('refuses what takes packages back, unless a reason is given', async () => {
    await on.bench.publish([on.builds.hello1], { channel: 'testing', ...ago(3) });
    await on.bench.publish([on.builds.hello2, on.builds.data], { channel: 'stable', ...ago(2) });
    const before = await treeDigest(on.bench.repository);
    const refused = await on.act('promote', { channel: 'testing', to: 'stable' });
    expect(refused.code).toBe(EXIT.failure);
    expect(refused.errors).toEqual([
      expect.stringMatching(
        /would become older or leave it.*data \(all\) 1\.0 leaves; hello \(amd64\) goes from 1\.0-2 back to 1\.0-1/,
      ),
    ]);
    const inputs = { channel: 'testing', to: 'stable', 'allow-downgrade': 'INC-1: 1.0-2 loses data' };
    const dry = await on.act('promote', { ...inputs, 'dry-run': 'true' });
    expect(dry.result).toMatchObject({ dryRun: true, changed: true });
    expect(await treeDigest(on.bench.repository)).toBe(before);

    const done = await on.act('promote', inputs);
    expect(done.code).toBe(EXIT.success);
    // Machines that know the newer state need a key's help: see the rollback with a key.
    expect(done.warnings).toEqual([expect.stringContaining('apt takes no Release file that is older')]);
    expect(await on.seen('stable')).toEqual(['hello 1.0-1']);
    expect((await on.history()).at(-1)).toMatchObject({
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
    await on.bench.publish([on.builds.hello1, await on.bench.binaries({ name: 'kept' })], {
      channel: 'stable',
      ...ago(5),
    });
    await on.bench.publish([on.builds.hello2, on.builds.data], { channel: 'testing', ...ago(4) });
    await on.bench.publish([await on.bench.full('hello', '1.0-3')], { channel: 'edge', ...ago(3) });
    const former = await on.idOf('stable');
    const before = await on.poolState();
    const inputs = { channel: 'testing', to: 'stable', packages: 'hello' };
    const unsigned = await on.act('promote', inputs);
    expect(unsigned.errors).toEqual([
      expect.stringMatching(/must be signed.*input signing-key|input signing-key.*must be signed/),
    ]);
    const digest = await treeDigest(on.bench.repository);
    const dry = await on.act('promote', { ...inputs, 'dry-run': 'true' });
    expect(dry).toMatchObject({ code: EXIT.success, result: { changed: true, former } });
    expect(await treeDigest(on.bench.repository)).toBe(digest);

    const { code, errors, result } = await on.act('promote', {
      ...inputs,
      reason: 'CHG-9',
      'signing-key': on.bench.secret,
    });
    expect({ code, errors }).toEqual({ code: EXIT.success, errors: [] });
    expect(result['difference']).toEqual(dry.result['difference']);
    expect(result['difference']).toMatchObject([
      { name: 'hello', kind: 'binary', change: 'upgraded', from: '1.0-1', to: '1.0-2' },
      { name: 'hello', kind: 'source', change: 'upgraded', from: '1.0-1', to: '1.0-2' },
    ]);
    // No file of the pool was written, not even the signed .dsc and .changes.
    expect(await on.poolState()).toEqual(before);
    expect(await on.seen('stable')).toEqual(['hello 1.0-2', 'kept 1.0']);
    const apt = await on.bench.apt({ channel: 'stable' });
    await apt.update();
    await apt.run('apt-get', '-q', 'source', '--download-only', 'hello');
    expect((await on.history()).at(-1)).toMatchObject({ action: 'promote', from: 'testing', former, reason: 'CHG-9' });
    expect((await on.act('promote', { ...inputs, 'signing-key': on.bench.secret })).outputs['changed']).toBe('false');
    // To a channel that is not there.
    const made = await on.act('promote', { ...inputs, to: 'fresh', packages: 'data', 'signing-key': on.bench.secret });
    expect(made.code).toBe(EXIT.success);
    expect(await on.seen('fresh')).toEqual(['data 1.0']);
    await on.bench.publish([await on.bench.full('hello', '1.0-4')], { channel: 'stable' });
    expect(await on.seen('stable')).toEqual(['hello 1.0-4', 'kept 1.0']);
  });

  it('refuses what is not there, what is older, and another key', async () => {
    await on.bench.publish([on.builds.hello1], { channel: 'testing', ...ago(5) });
    await on.bench.publish([on.builds.hello2], { channel: 'stable', ...ago(4) });
    const before = await treeDigest(on.bench.repository);
    const inputs = { channel: 'testing', to: 'stable', packages: 'hello', 'signing-key': on.bench.secret };
    const refused = async (more: Record<string, string>) =>
      (await on.act('promote', { ...inputs, ...more })).errors.join('\n');
    expect(await refused({ packages: 'hello, no-such' })).toMatch(/no such source package.*no-such/);
    expect(await refused({})).toMatch(/a downgrade/);
    const other = await Workbench.make();
    try {
      expect(await refused({ 'signing-key': other.secret })).toMatch(/signed by another key/);
    } finally {
      await other[Symbol.asyncDispose]();
    }
    expect(await treeDigest(on.bench.repository)).toBe(before);
    const allowed = await on.act('promote', { ...inputs, 'allow-downgrade': 'INC-5' });
    expect(allowed.errors).toEqual([]);
    expect(await on.seen('stable')).toEqual(['hello 1.0-1']);
    expect((await on.history()).at(-1)).toMatchObject({
      reason: 'INC-5',
      overrides: ['hello (amd64) goes from 1.0-2 back to 1.0-1', 'hello (source) goes from 1.0-2 back to 1.0-1'],
    });
  });
});

describe('rollback', () => {
  it('goes back by the link, and a publish after it works', async () => {
    await on.bench.publish([on.builds.hello1], ago(3));
    const first = await on.idOf('latest');
    await on.bench.publish([on.builds.data], ago(2));
    const second = await on.idOf('latest');
    await on.bench.publish([on.builds.hello2], ago(1));
    const third = await on.idOf('latest');
    expect((await on.act('rollback', { channel: 'latest' })).errors).toEqual([
      expect.stringContaining('needs a reason'),
    ]);
    const apt = await on.bench.apt();
    expect(await on.updated(apt)).toEqual(['data 1.0', 'hello 1.0-2']);

    const { code, outputs, warnings } = await on.act('rollback', { channel: 'latest', reason: 'INC-2' });
    expect({ code, snapshot: outputs['snapshot'] }).toEqual({ code: EXIT.success, snapshot: second });
    expect(warnings).toEqual([expect.stringContaining(`machines that have read ${third} stay with it`)]);
    expect(await on.seen('latest')).toEqual(['data 1.0', 'hello 1.0-1']);
    // That is what the warning is about.
    expect(await on.updated(apt)).toEqual(['data 1.0', 'hello 1.0-2']);
    // Once more goes back further, not forth.
    expect((await on.act('rollback', { channel: 'latest', reason: 'INC-2' })).outputs['snapshot']).toBe(first);
    expect((await on.act('rollback', { channel: 'latest', reason: 'INC-2' })).errors).toEqual([
      expect.stringContaining('no former state'),
    ]);
    const named = await on.act('rollback', { channel: 'latest', reason: 'INC-2', snapshot: second });
    expect(named.outputs['snapshot']).toBe(second);

    await on.bench.publish([await on.bench.binaries({ name: 'more' })]);
    expect(await on.updated(apt)).toEqual(['data 1.0', 'hello 1.0-1', 'more 1.0']);
    expect((await on.history()).map(({ action: done, reason = '' }) => `${done} ${reason}`.trim())).toEqual([
      ...['publish', 'publish', 'publish'],
      ...['rollback INC-2', 'rollback INC-2', 'rollback INC-2'],
      'publish',
    ]);
  });

  it('with a key: under a new date, so that apt takes it where it knows the newer state', async () => {
    await on.bench.publish([on.builds.hello1], ago(3));
    const first = await on.idOf('latest');
    await on.bench.publish([on.builds.hello2, on.builds.data], ago(2));
    const apt = await on.bench.apt();
    expect(await on.updated(apt)).toEqual(['data 1.0', 'hello 1.0-2']);
    const { code, outputs, warnings, result } = await on.act('rollback', {
      channel: 'latest',
      reason: 'INC-3',
      'signing-key': on.bench.secret,
    });
    expect({ code, warnings }).toEqual({ code: EXIT.success, warnings: [] });
    const id = await on.idOf('latest');
    expect(id).not.toBe(first);
    expect({ snapshot: outputs['snapshot'], copyOf: result['copyOf'] }).toEqual({ snapshot: id, copyOf: first });
    expect((await on.history()).at(-1)).toMatchObject({ action: 'rollback', id, copyOf: first, reason: 'INC-3' });
    expect(await on.updated(apt)).toEqual(['hello 1.0-1']);
    await apt.run('apt-get', '-q', 'download', 'hello');
    const packages = path.join('dists', 'bookworm', 'main', 'binary-amd64', 'Packages');
    expect(await readFile(on.file('latest', packages))).toEqual(await readFile(on.file('snapshots', first, packages)));
    const release = await readFile(on.file('latest', 'dists', 'bookworm', 'Release'), 'utf8');
    const fields = [...release.matchAll(/^[A-Z][^:]*(?=:)/gm)].map(([field]) => field);
    expect(fields).toEqual([...new Set(fields)]);
    expect((await on.act('rollback', { channel: 'latest', reason: 'x' })).errors).toEqual([
      expect.stringContaining('no former state'),
    ]);
    await on.bench.publish([on.builds.data, on.builds.hello2]);
    expect(await on.seen('latest')).toEqual(['data 1.0', 'hello 1.0-2']);
  });

  it('refuses another key than the one that clients have', async () => {
    await on.bench.publish([on.builds.hello1], ago(3));
    await on.bench.publish([on.builds.hello2], ago(2));
    const other = await Workbench.make();
    try {
      const before = await treeDigest(on.bench.repository);
      const inputs = { channel: 'latest', reason: 'x', 'signing-key': other.secret };
      expect((await on.act('rollback', inputs)).errors).toEqual([expect.stringContaining('signed by another key')]);
      expect(await treeDigest(on.bench.repository)).toBe(before);
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });
});
