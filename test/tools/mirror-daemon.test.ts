/** Mirrors at rsync daemons: those that spoil links, that ask for a password, that do not let us. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { copyTree, failure, NEW, OLD, TwoStates } from './mirror-fixture.ts';
import { mirror, rsyncDaemon } from './mirror-rig.ts';
import { servedDebs } from './mirror-served.ts';

let states: TwoStates;
let first: string;
let second: string;

beforeAll(async () => {
  states = await TwoStates.make();
  ({ first, second } = states);
});
afterAll(async () => await states?.[Symbol.asyncDispose]());

const fresh = async (from: string) => await states.fresh(from);

describe('rsync daemons', () => {
  test('one that spoils links is noticed before the switch', async () => {
    const { root, host, folder, to } = await fresh(first);
    const home = path.join(folder, 'daemon');
    const good = await rsyncDaemon(home, to);
    await mirror(root, host, [`rsync://127.0.0.1:${good.port}/mirror/deb`]);
    await good.kill();
    await rm(root, { recursive: true });
    await copyTree(second, root);
    await using spoiler = await rsyncDaemon(home, to, { settings: ['munge symlinks = yes'] });
    const error = await failure(mirror(root, host, [`rsync://127.0.0.1:${spoiler.port}/mirror/deb`]));
    expect(error.message).toMatch(/does not keep symbolic links .*munge symlinks = no/);
    expect(await servedDebs(path.join(to, 'deb'))).toEqual(OLD);
    await spoiler.kill();
    await using mended = await rsyncDaemon(home, to);
    await mirror(root, host, [`rsync://127.0.0.1:${mended.port}/mirror/deb`]);
    expect(await servedDebs(path.join(to, 'deb'))).toEqual(NEW);
  });

  test('a wrong password is told, and no password ever', async () => {
    const { root, host, folder, to } = await fresh(second);
    await using daemon = await rsyncDaemon(path.join(folder, 'daemon'), to, { secret: 'mirror:right-password' });
    const place = `rsync://mirror@127.0.0.1:${daemon.port}/mirror`;
    for (const password of [undefined, new Secret('wrong-password')]) {
      const error = await failure(mirror(root, host, [place], { password, attempts: 3 }));
      expect(error.message).toMatch(/does not take user and password.*rsync-password/);
    }
    await mirror(root, host, [place], { password: new Secret('right-password') });
    expect(await servedDebs(to)).toEqual(NEW);
    expect(host.transcript()).not.toMatch(/(?:right|wrong)-password/);
    // Nothing is tried again that stays as it is.
    expect(host.transcript()).not.toContain('attempt 1 of');
  });

  test.each([
    ['an unknown module', 'nosuch', [], /no such module/],
    ['one that is read-only', 'mirror', ['read only = yes'], /must be writable and readable/],
    ['one that lets nobody in', 'mirror', ['hosts allow = 192.0.2.1'], /let this machine in/],
  ] as const)('%s', async (_, name, settings, message) => {
    const { root, host, folder, to } = await fresh(second);
    await using daemon = await rsyncDaemon(path.join(folder, 'daemon'), to, {
      settings: ['munge symlinks = no', ...settings],
    });
    expect((await failure(mirror(root, host, [`rsync://127.0.0.1:${daemon.port}/${name}/deb`]))).message).toMatch(
      message,
    );
  });
});
