import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/update-buildroots/inputs.ts';
import { run } from '../../src/actions/update-buildroots/run.ts';
import { smokeTest } from '../../src/builder/smoke/smoke-test.ts';
import { buildrootFolder, currentGeneration } from '../../src/buildroot/generation.ts';
import { readHistory } from '../../src/buildroot/history.ts';
import { type RpmBuildroot, rpmBuildroot } from '../../src/buildroot/mock/configuration.ts';
import { readRejection, SmokeTestError } from '../../src/buildroot/rejection.ts';
import type { SmokeTest } from '../../src/buildroot/smoke-test.ts';
import { type HoldOptions, holdBuildroot } from '../../src/buildroot/update.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { STATE } from './buildroot.ts';
import { useMock } from './rpm-buildroot.ts';
import { extraRepository, type MockConfigOptions, type RpmDistribution, rpmDistribution } from './rpm-distribution.ts';
import type { SmallPackage } from './rpm-distribution-packages.ts';
import { traces } from './traces.ts';

let folder: string;
let distribution: RpmDistribution;
beforeAll(async () => {
  useMock();
  distribution = await rpmDistribution();
});
afterAll(() => folder && rm(folder, { recursive: true, force: true }));

/** What upstream ships: a package that makes every build fail, or one that does no harm. */
const tools = (version: string, isBroken = false): SmallPackage => ({
  name: 'tools',
  version,
  files: isBroken
    ? { '/usr/lib/rpm/macros.d/macros.tools': '%__spec_build_post echo broken by tools; exit 7\n' }
    : { '/usr/share/tools': 'x\n' },
});

interface Scene {
  readonly state: string;
  readonly place: string;
  /** Upstream has these packages from now on. */
  ship(one: SmallPackage): Promise<void>;
  update(more?: Record<string, string>): Promise<{ code: number; host: RecordingHost; error: string }>;
  hold(more?: Partial<HoldOptions>): Promise<{ id: string; warnings: string[] }>;
  current(): Promise<string | undefined>;
}

/** A target of its own, with a repository of its own. */
async function scene(name: string): Promise<Scene> {
  // Not in /tmp, which may be an overlay itself: the kernel takes no upper folder on another one.
  folder ??= await mkdtemp(path.join(path.dirname(STATE), 'test-smoke-'));
  const here = await mkdtemp(path.join(folder, `${name}-`));
  const state = path.join(here, 'state');
  const shipped = path.join(here, 'shipped');
  const repositories = { own: { url: `file://${shipped}`, keyFile: distribution.keyFile } };
  const file = await targetFile(here, name, { repositories, setup: 'install synthetic-base tools' });
  const buildroot = `${name}-${distribution.architecture}`;
  const place = buildrootFolder(state, buildroot);
  const current = async () => (await currentGeneration(place))?.id;
  return {
    state,
    place,
    current,
    ship: async (one) => {
      await rm(shipped, { recursive: true, force: true });
      await extraRepository(shipped, [one]);
    },
    update: async (more = {}) => {
      const host = new RecordingHost({ targets: file, state, ...more }, { workspace: here, runId: 'run-1' });
      const code = await runAction(action, run, host);
      return {
        code,
        host,
        error: host
          .annotations('error')
          .map(({ message }) => message)
          .join('\n'),
      };
    },
    hold: async (more = {}) => {
      const logger = new RecordingHost();
      const configuration = await configurationOf(file);
      const held = await holdBuildroot({ state, configuration, runId: 'test', logger, maxAgeSeconds: 0, ...more });
      await held.lock.release();
      return { id: held.generation.id, warnings: logger.annotations('warning').map(({ message }) => message) };
    },
  };
}

async function targetFile(here: string, name: string, config: MockConfigOptions): Promise<string> {
  const target = {
    name,
    format: 'rpm',
    distribution: 'synthetic',
    release: '9',
    suite: 'synthetic9',
    architectures: [distribution.architecture],
    'version-tag': 'syn9',
    mock: { text: distribution.mockConfig(config) },
  };
  const file = path.join(here, `${name}.yml`);
  await writeFile(file, JSON.stringify(target));
  return file;
}

async function configurationOf(file: string): Promise<RpmBuildroot> {
  const { resolveTargetReference } = await import('../../src/config/target.ts');
  return rpmBuildroot({ target: await resolveTargetReference(file) });
}

const never: SmokeTest = () => Promise.reject(new Error('a generation was made'));

/** Nothing half made is there, and nothing of it is mounted or runs. */
async function expectClean({ state, place }: Scene): Promise<void> {
  expect((await readdir(place)).filter((entry) => entry.startsWith('.'))).toEqual([]);
  expect(await readdir(path.join(state, 'sessions'))).toEqual([]);
  expect(await traces(state)).toEqual([]);
}

describe('a new generation', () => {
  it('does not get in the way of builds when nothing can be built on it, and can be gone back from', async () => {
    const it = await scene('daily');
    await it.ship(tools('1.0'));
    const created = await it.update();
    expect(created.error).toBe('');
    expect(created.code).toBe(0);
    const first = await it.current();

    // Upstream breaks.
    await it.ship(tools('1.1', true));
    const rejected = await it.update();
    expect(rejected.code).toBe(1);
    expect(rejected.error).toMatch(
      /^the new generation of the buildroot daily-\S+ did not pass its smoke test \(found package failure: .*smoke-failures/,
    );
    expect(await it.current()).toBe(first);
    expect(rejected.host.outputs).toMatchObject({ changed: 'false', failed: 'daily' });
    expect(JSON.parse(rejected.host.outputs['result'] ?? '')).toMatchObject([
      { target: 'daily', outcome: 'failed', verdict: 'package' },
    ]);
    expect(rejected.host.summaryText).toMatch(/\| daily \| \*\*failed\*\* \| the new generation/);
    const [, entry] = await readHistory(it.place);
    expect(entry).toMatchObject({
      outcome: 'rejected',
      former: first,
      reason: 'own changed upstream',
      changes: { upgraded: [{ name: 'tools.noarch', from: '1.0-1.el9', to: '1.1-1.el9' }] },
      failure: { verdict: 'package' },
    });
    expect(entry?.failure?.tail?.length).toBeGreaterThan(0);
    const log = entry?.failure?.log ?? '';
    expect(log.startsWith(path.join(it.place, 'smoke-failures'))).toBe(true);
    expect(await readFile(log, 'utf8')).toContain('broken by tools');
    await expectClean(it);

    // Builds go on with the one before and do not try again; an update does.
    const held = await it.hold({ smoke: never });
    expect(held.id).toBe(first);
    expect(held.warnings.join()).toMatch(
      /stays at generation \S+: upstream is as it was for generation \S+, which did not pass its smoke test/,
    );
    expect((await it.update()).code).toBe(1);
    expect((await readHistory(it.place)).map(({ outcome }) => outcome)).toEqual(['created', 'rejected', 'rejected']);

    // Upstream is mended: the next build that looks gets it.
    await it.ship(tools('1.2'));
    const mended = await it.hold({ smoke: smokeTest });
    expect(mended).toEqual({ id: await it.current(), warnings: [] });
    expect(mended.id).not.toBe(first);
    expect(await readRejection(it.place)).toBeUndefined();

    // Somebody does not like it.
    const back = await it.update({ rollback: 'true' });
    expect(back.error).toBe('');
    expect(await it.current()).toBe(first);
    expect(back.host.summaryText).toMatch(/\| tools\.noarch \| downgraded \| 1\.2-1\.el9 \| 1\.0-1\.el9 \|/);
    const stays = await it.update();
    expect(JSON.parse(stays.host.outputs['result'] ?? '')).toMatchObject([{ outcome: 'unchanged', generation: first }]);
    expect((await it.hold({ smoke: never })).id).toBe(first);
    expect((await it.update({ rollback: 'true', force: 'true' })).error).toMatch(/contradict each other/);
    const forced = await it.update({ force: 'true' });
    expect(forced.error).toBe('');
    expect(await it.current()).toBe(mended.id);
    expect((await readHistory(it.place)).map(({ outcome }) => outcome).slice(3)).toEqual([
      'updated',
      'rolled-back',
      'updated',
    ]);
    await expectClean(it);
  });

  it('that is the first one and not fit leaves nothing to build on, unless it is not tried', async () => {
    const it = await scene('first');
    await it.ship(tools('1.0', true));
    await expect(it.hold({ smoke: smokeTest })).rejects.toThrow(SmokeTestError);
    expect(await it.current()).toBeUndefined();
    await expectClean(it);
    // Told again, without making another.
    const error = await it.hold({ smoke: never }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SmokeTestError);
    expect((error as SmokeTestError).verdict).toBe('package');
    expect((error as Error).message).toMatch(/has no generation for its configuration .*did not pass its smoke test/);

    const untried = await it.update({ 'smoke-test': 'false' });
    expect(untried.error).toBe('');
    expect(await it.current()).toMatch(/^[0-9a-f]{16}$/);
    expect((await readHistory(it.place)).map(({ outcome }) => outcome)).toEqual(['rejected', 'created']);
  });

  it('is not held to be unfit for what is no fault of its own', async () => {
    const it = await scene('unlucky');
    await it.ship(tools('1.0'));
    const full: SmokeTest = async ({ output }) => {
      const { mkdir } = await import('node:fs/promises');
      await mkdir(output);
      await writeFile(path.join(output, 'x.log'), 'No space left on device\n');
      return { verdict: 'infrastructure', reason: 'the disk is full', log: path.join(output, 'x.log') };
    };
    await expect(it.hold({ smoke: full })).rejects.toThrow(/infrastructure failure: the disk is full/);
    expect(await readRejection(it.place)).toBeUndefined();
    await expect(it.hold({ smoke: never })).rejects.toThrow('a generation was made');
    expect((await readHistory(it.place)).map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
    expect((await readdir(path.join(it.place, 'smoke-failures'))).length).toBe(1);
    await expectClean(it);
  });
});

describe('several targets', () => {
  it('are updated side by side; one that fails does not stop the others', async () => {
    const it = await scene('good');
    await it.ship(tools('1.0'));
    const gone = await targetFile(path.dirname(it.state), 'gone', {
      repositories: { gone: { url: `file://${it.state}/nowhere`, keyFile: distribution.keyFile } },
    });
    const good = path.join(path.dirname(it.state), 'good.yml');
    const { code, host, error } = await it.update({ targets: `${gone},${good}` });
    expect(code).toBe(1);
    expect(error).toMatch(/some buildroots could not be updated \(found gone\)/);
    expect(host.outputs).toMatchObject({ changed: 'true', failed: 'gone' });
    expect(JSON.parse(host.outputs['result'] ?? '')).toMatchObject([
      { name: `good-${distribution.architecture}`, outcome: 'created', packages: 3 },
      { target: 'gone', outcome: 'failed' },
    ]);
    expect(host.summaryText).toMatch(
      /\| good-\S+ \| created \| there was none \| .* \| 3 new \|[\s\S]*\| gone \| \*\*failed/,
    );
    expect((await stat(path.join(it.place, 'current'))).isDirectory()).toBe(true);
  });
});
