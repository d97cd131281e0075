/** What is taken for a leftover and what is not, and how each kind is removed. Needs root, for mounts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/clean-up/inputs.ts';
import { runPost } from '../../src/actions/clean-up/post.ts';
import { run as cleanUp } from '../../src/actions/clean-up/run.ts';
import { removeLeftovers } from '../../src/buildroot/leftovers.ts';
import { prepareState } from '../../src/buildroot/state.ts';
import { claimFolder } from '../../src/claimed-folder.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { takeLock } from '../../src/lock.ts';
import { runAction } from '../../src/main.ts';
import { mountsBelow, unmountBelow } from '../../src/mounts.ts';
import { currentOwner, ownedName } from '../../src/owner.ts';
import { run } from '../../src/process.ts';
import { temporaryFolder } from '../../src/temporary.ts';

let folder: string;
let state: string;
beforeEach(async () => {
  folder = realpathSync(await mkdtemp(path.join(tmpdir(), 'pkg-actions-leftovers-')));
  state = await prepareState(path.join(folder, 'state'));
});
afterEach(async () => {
  await unmountBelow(folder);
  await rm(folder, { recursive: true, force: true });
});

/** A process that is gone by now, as records tell of it. */
async function deadOwner() {
  const child = spawn('true', { stdio: 'ignore' });
  await once(child, 'exit');
  return { ...currentOwner(), pid: child.pid ?? 0, startTime: currentOwner().startTime + 1 };
}

/** A name as `ownedName` makes it, of that process. */
async function deadName(prefix: string): Promise<string> {
  const { pid, startTime } = await deadOwner();
  const [own = ''] = ownedName('').split('-');
  const [, , namespace, boot] = own.split('.');
  return `${prefix}${pid.toString(36)}.${startTime.toString(36)}.${namespace}.${boot}-0123abcd`;
}

/** A session as a killed run leaves it. */
async function deadSession(id: string, runId = 'run-1', more: object = {}): Promise<string> {
  const place = path.join(state, 'sessions', id);
  mkdirSync(path.join(place, 'outbox'), { recursive: true });
  writeFileSync(path.join(place, 'outbox', 'data'), Buffer.alloc(64 * 1024));
  writeFileSync(path.join(place, 'owner.json'), JSON.stringify({ ...(await deadOwner()), runId, ...more }));
  return place;
}

const sessions = () => readdirSync(path.join(state, 'sessions')).sort();
const places = (found: readonly { readonly place: string }[]) => found.map(({ place }) => path.basename(place)).sort();

describe('sessions', () => {
  it('of the dead are removed, those of the living stay', async () => {
    await deadSession('dead');
    await using mine = await claimFolder(path.join(state, 'sessions'), 'mine', { runId: 'run-1', what: 'x' });
    mkdirSync(path.join(state, 'sessions', ownedName('.claim-')));
    mkdirSync(path.join(state, 'sessions', await deadName('.claim-')));
    const { removed, failed } = await removeLeftovers(state, { temporary: [] });
    expect(failed).toEqual([]);
    expect(removed.map(({ kind }) => kind)).toEqual(['session', 'session']);
    expect(sessions()).toEqual([expect.stringMatching(/^\.claim-/), path.basename(mine.folder)]);
  });

  it('whose lock is held stay, whatever their record says, and who holds it is told', async () => {
    const place = await deadSession('held');
    await using _lock = await takeLock(place, { mode: 'exclusive', waitSeconds: 0, what: 'x' });
    const host = new RecordingHost();
    const { removed, failed } = await removeLeftovers(state, { temporary: [], logger: host });
    expect(removed).toEqual([]);
    expect(failed).toEqual([
      { kind: 'session', place, why: expect.stringMatching(/^its lock is still held by process/) },
    ]);
    expect(host.annotations('warning')).toHaveLength(1);
    expect(sessions()).toEqual(['held']);
  });

  it('without a record are judged by their lock, and not before there was time to take it', async () => {
    mkdirSync(path.join(state, 'sessions', 'beginning'));
    mkdirSync(path.join(state, 'sessions', 'former'));
    // As version 0.1 wrote it.
    writeFileSync(path.join(state, 'sessions', 'former', 'session.json'), '{"runId":"x","pid":1}');
    await removeLeftovers(state, { temporary: [] });
    expect(sessions()).toEqual(['beginning']);
  });

  it('of one run only, where it is asked for', async () => {
    await deadSession('one', 'run-1');
    await deadSession('other', 'run-2');
    const { removed } = await removeLeftovers(state, { temporary: [], runId: 'run-2' });
    expect(removed).toMatchObject([{ kind: 'session', runId: 'run-2' }]);
    expect(sessions()).toEqual(['one']);
  });

  it('in which something is mounted are unmounted first, the last mount first', async () => {
    const place = await deadSession('mounted');
    for (const part of ['top', 'top/deep']) {
      mkdirSync(path.join(place, part), { recursive: true });
      await run(['mount', '-t', 'tmpfs', 'session-tmpfs', path.join(place, part)]);
    }
    // What a link leads to is not theirs.
    const beside = path.join(folder, 'beside');
    mkdirSync(beside);
    writeFileSync(path.join(beside, 'file'), '');
    await run(['ln', '-s', beside, path.join(place, 'top/deep/link')]);
    const { removed, failed } = await removeLeftovers(state, { temporary: [] });
    expect(failed).toEqual([]);
    expect(removed.map(({ kind }) => kind)).toEqual(['mount', 'mount', 'session']);
    expect(await mountsBelow(place)).toEqual([]);
    expect(sessions()).toEqual([]);
    expect(readdirSync(beside)).toEqual(['file']);
  });

  it('in which something is used are unmounted lazily, and that is said', async () => {
    const place = await deadSession('busy');
    const mounted = path.join(place, 'top');
    mkdirSync(mounted);
    await run(['mount', '-t', 'tmpfs', 'session-tmpfs', mounted]);
    const user = spawn('cat', { cwd: mounted, stdio: ['pipe', 'pipe', 'ignore'] });
    try {
      await once(user, 'spawn');
      const host = new RecordingHost();
      await removeLeftovers(state, { temporary: [], logger: host });
      expect(host.annotations('warning').map(({ message }) => message)).toEqual([
        `${mounted} was in use: it is unmounted, and gone once nobody uses it any more`,
      ]);
      expect(sessions()).toEqual([]);
    } finally {
      const ended = once(user, 'exit');
      user.stdin.end();
      await ended;
    }
  });

  it('that cannot be removed are a warning, and the others go', async () => {
    for (const id of ['a', 'b', 'c']) await deadSession(id);
    const host = new RecordingHost();
    const { removed, failed } = await removeLeftovers(state, {
      temporary: [],
      logger: host,
      endSession: async ({ id }) => {
        if (id === 'b') throw new Error('the engine does not answer\nat all');
      },
    });
    expect(places(removed)).toEqual(['a', 'c']);
    expect(failed).toMatchObject([{ place: path.join(state, 'sessions/b') }]);
    expect(host.annotations('warning').map(({ message }) => message)).toEqual([
      expect.stringMatching(/cannot be removed: session .*\/b: the engine does not answer\\u000aat all$/),
    ]);
    expect(sessions()).toEqual(['b']);
  });

  it('are looked for by two runs at once, and each is removed once', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `dead-${index}`);
    for (const id of ids) await deadSession(id);
    const reports = await Promise.all([1, 2, 3].map(() => removeLeftovers(state, { temporary: [] })));
    expect(places(reports.flatMap(({ removed }) => removed))).toEqual(ids.sort());
    expect(reports.flatMap(({ failed }) => failed)).toEqual([]);
    expect(sessions()).toEqual([]);
  });
});

describe('what was not finished', () => {
  it('is removed beside generations, layers and downloads, and stays where its lock is held', async () => {
    const make = (place: string) => {
      mkdirSync(path.join(state, place, 'tree'), { recursive: true });
      return path.join(state, place);
    };
    for (const place of ['one/.new-1', 'one/.old-2', 'one/0123456789abcdef', 'two/.new-3']) make(`buildroots/${place}`);
    for (const name of ['one', 'two']) writeFileSync(path.join(state, 'buildroots', name, 'lock'), '');
    for (const place of ['layers/.new-1', 'layers/abc', 'downloads-kept/.new-1', 'downloads-kept/ab']) make(place);
    await using _update = await takeLock(path.join(state, 'buildroots/two/lock'), {
      mode: 'exclusive',
      waitSeconds: 0,
      what: 'x',
    });
    await using _layer = await takeLock(make('layers/.new-2'), { mode: 'exclusive', waitSeconds: 0, what: 'x' });
    mkdirSync(path.join(state, 'downloads/.parts'), { recursive: true });
    const parts = [`${ownedName('')}.part`, `${await deadName('')}.part`];
    for (const part of parts) writeFileSync(path.join(state, 'downloads/.parts', part), 'half');

    const { removed, failed } = await removeLeftovers(state, { temporary: [] });
    expect(failed).toEqual([]);
    expect(removed.map(({ place }) => path.relative(state, place)).sort()).toEqual(
      [
        'buildroots/one/.new-1',
        'buildroots/one/.old-2',
        'downloads-kept/.new-1',
        `downloads/.parts/${parts[1]}`,
        'layers/.new-1',
      ].sort(),
    );
    expect(readdirSync(path.join(state, 'buildroots/one')).sort()).toEqual(['0123456789abcdef', 'lock']);
    expect(readdirSync(path.join(state, 'buildroots/two')).sort()).toEqual(['.new-3', 'lock']);
    expect(readdirSync(path.join(state, 'layers')).sort()).toEqual(['.new-2', 'abc']);
    expect(readdirSync(path.join(state, 'downloads/.parts'))).toEqual([parts[0]]);
  });

  it('is removed from temporary folders, where it is ours', async () => {
    // First: whoever makes one removes the dead ones there.
    await using mine = await temporaryFolder('x', folder);
    const dead = await deadName('.pkg-actions-sources-');
    const foreign = await deadName('.pkg-actions-git-');
    for (const name of [dead, foreign, 'other']) mkdirSync(path.join(folder, name));
    await chown(path.join(folder, foreign), 65_534, 65_534);
    const { removed } = await removeLeftovers(state, { temporary: [folder] });
    expect(places(removed)).toEqual([dead]);
    expect(readdirSync(folder).sort()).toEqual([path.basename(mine.path), foreign, 'other', 'state'].sort());
  });
});

describe('clean-up', () => {
  const start = (inputs: Record<string, string>) => {
    const host = new RecordingHost({ state, ...inputs }, { workspace: folder });
    return runAction(action, cleanUp, host).then((code) => ({ code, host }));
  };
  const report = (host: RecordingHost) =>
    JSON.parse(host.outputs['report'] ?? '') as { bytes: number; removed: { place: string; bytes: number }[] };

  it('tells what it would remove, and removes it', async () => {
    const place = await deadSession('dead');
    mkdirSync(path.join(folder, await deadName('.pkg-actions-sources-')));
    const dry = await start({ 'dry-run': 'true', 'report-file': 'report.json' });
    expect(dry.code).toBe(0);
    expect(existsSync(place)).toBe(true);
    expect(dry.host.summaryText).toContain('to be removed');
    const real = await start({});
    expect(real.code).toBe(0);
    expect(existsSync(place)).toBe(false);
    // Beside what other jobs of this machine left in its temporary folder.
    const own = (host: RecordingHost) =>
      report(host).removed.filter((leftover) => leftover.place.startsWith(`${folder}/`));
    expect(own(real.host)).toEqual(own(dry.host));
    expect(own(real.host)).toHaveLength(2);
    expect(own(real.host)[0]?.bytes).toBeGreaterThanOrEqual(64 * 1024);
    expect(report(real.host).bytes).toBeGreaterThanOrEqual(64 * 1024);
    expect(real.host.summaryText).toMatch(/\| session \| `[^`]+\/dead` \| `run-1` \| \d+ KiB \| removed \|/);
    const again = await start({});
    expect(own(again.host)).toEqual([]);
  });

  it('fails where something cannot be removed, after all else', async () => {
    const held = await deadSession('held');
    await using _lock = await takeLock(held, { mode: 'exclusive', waitSeconds: 0, what: 'x' });
    await deadSession('other');
    const { code, host } = await start({});
    expect(code).toBe(1);
    expect(host.outputs['failed']).toBe('1');
    expect(sessions()).toEqual(['held']);
    expect(host.annotations('error').map(({ message }) => message)).toEqual([
      expect.stringMatching(/some leftovers could not be removed \(found session .*\/held: its lock is still held/),
    ]);
  });
});

describe('the end of a job', () => {
  it('removes what its own run left, puts the former output back, and gives the workspace back', async () => {
    const workspace = path.join(folder, 'workspace');
    mkdirSync(path.join(workspace, '.packages.pkg-actions-old'), { recursive: true });
    writeFileSync(path.join(workspace, '.packages.pkg-actions-old', 'manifest.json'), '{}');
    mkdirSync(path.join(workspace, await deadName('.pkg-actions-output-')));
    await chown(workspace, 65_534, 65_533);
    await deadSession('own', 'run-1');
    await deadSession('other', 'run-2');
    const host = new RecordingHost({}, { workspace, runId: 'run-1' });
    host.keepForPost({ state, writes: [path.join(workspace, 'packages')] });
    expect(await runPost(host)).toBe(0);
    expect(host.annotations()).toEqual([]);
    expect(sessions()).toEqual(['other']);
    expect(readdirSync(workspace)).toEqual(['packages']);
    const { stdout } = await run(['find', workspace, '-printf', '%U:%G %P\n']);
    expect(stdout.trim().split('\n').sort()).toEqual([
      '65534:65533 ',
      '65534:65533 packages',
      '65534:65533 packages/manifest.json',
    ]);
  });

  it('knows by the inputs what was not handed on, and never fails a job', async () => {
    await deadSession('own', 'run-1');
    const host = new RecordingHost({ state, output: 'packages' }, { workspace: folder, runId: 'run-1' });
    await run(['ln', '-s', '/etc', path.join(folder, 'etc')]);
    expect(await runPost(host)).toBe(0);
    expect(sessions()).toEqual([]);
    const led = new RecordingHost({ state, output: 'etc/packages' }, { workspace: folder, runId: 'run-1' });
    expect(await runPost(led)).toBe(0);
    expect(led.annotations('warning').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^cleaning up after the run: .*a link leads out of the workspace/),
    ]);
  });
});
