/** A dockerd that is killed while a session of its containers is in use, and started again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ContainerClient, findClient, runClient } from '../../src/buildroot/engine/clients.ts';
import { LABELS } from '../../src/buildroot/engine/container.ts';
import type { ContainerEngine } from '../../src/buildroot/engine/engine.ts';
import { removeLeftovers } from '../../src/buildroot/leftovers.ts';
import { openSession } from '../../src/buildroot/session.ts';
import { prepareState } from '../../src/buildroot/state.ts';
import { InfrastructureError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { mountsBelow } from '../../src/mounts.ts';
import { STATE, TARGET, testGeneration } from './buildroot.ts';
import { copyImage, useDocker } from './docker.ts';
import { type OwnDockerd, ownDockerd } from './own-dockerd.ts';
import { makeSource } from './source-package.ts';
import { testToolImage } from './tool-images.ts';
import { traces } from './traces.ts';

const CACHE = path.dirname(STATE);
/** Of what comes soon after the daemon's death on an idle machine. */
const PATIENCE = { timeout: 120_000, interval: 50 };

let place: string;
let dockerd: OwnDockerd;
let image: string;
let client: ContainerClient;
let folder: string;
let state: string;
const before = process.env['DOCKER_HOST'];

beforeAll(async () => {
  await (await testGeneration()).lock.release();
  place = await mkdtemp(path.join(CACHE, 'test-dockerd-'));
  dockerd = await ownDockerd(path.join(place, 'd'));
  await dockerd.start();
  client = await findClient('docker', { environment: { DOCKER_HOST: dockerd.address } });
  {
    await using shared = await useDocker();
    image = await testToolImage(shared, 'deb');
    await copyImage(shared.client, client, image);
  }
  process.env['DOCKER_HOST'] = dockerd.address;
}, 1_800_000);
afterAll(async () => {
  if (before === undefined) delete process.env['DOCKER_HOST'];
  else process.env['DOCKER_HOST'] = before;
  await dockerd?.[Symbol.asyncDispose]();
  if (place !== undefined) await rm(place, { recursive: true, force: true });
}, 300_000);
beforeEach(async () => {
  folder = await mkdtemp(path.join(CACHE, 'test-daemon-dies-'));
  state = await prepareState(path.join(folder, 'state'));
  // A test that failed, or is tried again, may have left none.
  if (!(await answers())) await dockerd.start();
}, 300_000);
afterEach(async () => {
  await expect.poll(() => traces(folder), PATIENCE).toEqual([]);
  expect(await mountsBelow(folder)).toEqual([]);
  await rm(folder, { recursive: true, force: true });
});

const answers = async () => (await runClient(client, ['version'], { okExitCodes: 'any' })).exitCode === 0;

const containers = async () => {
  const { stdout } = await runClient(client, ['ps', '--all', '--quiet', `--filter=label=${LABELS.state}=${state}`]);
  return stdout.split('\n').filter((line) => line !== '');
};

/** What the next job, or clean-up, does once the daemon is there again: afterwards nothing is left. */
async function expectCleanedUp(): Promise<void> {
  await dockerd.start();
  const host = new RecordingHost();
  const { failed } = await removeLeftovers(state, { containers: true, temporary: [], logger: host });
  expect(failed).toEqual([]);
  expect(host.annotations('warning')).toEqual([]);
  expect(await containers()).toEqual([]);
  expect(await readdir(path.join(state, 'sessions'))).toEqual([]);
}

describe('dockerd, killed in the middle of a command', () => {
  it('ends the session as a failure of the infrastructure; what is left goes when it is back', async () => {
    const tree = path.join(folder, 'tree');
    for (const part of ['dev', 'etc/apt', 'proc', 'run/pkg-actions/inbox', 'sys']) {
      await mkdir(path.join(tree, part), { recursive: true });
    }
    const engine: ContainerEngine = { name: 'docker', description: 'docker of this test', client, image };
    const session = await openSession({
      state,
      root: { lower: [tree] },
      scratch: 16 * 1024 ** 2,
      runId: 'daemon-dies',
      engine,
    });
    let begun = () => {};
    const began = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const command = session
      .run(['sh', '-c', 'echo it runs; exec sleep 100000'], { onLine: begun })
      .catch((error: unknown) => error);
    await began;
    expect(await containers()).toHaveLength(1);
    await dockerd.kill();
    // None of these has a limit of its own here: that of the test is what they must not reach.
    expect(await command).toBeInstanceOf(InfrastructureError);
    await expect(session.run(['true'])).rejects.toBeInstanceOf(InfrastructureError);
    await session[Symbol.asyncDispose]();
    await expect.poll(() => traces(`${state}/sessions`), PATIENCE).toEqual([]);
    await expectCleanedUp();
    // And it serves as before.
    await using next = await openSession({
      state,
      root: { lower: [tree] },
      scratch: 16 * 1024 ** 2,
      runId: 'after',
      engine,
    });
    expect((await next.run(['echo', 'again'])).stdout).toBe('again\n');
  });

  it('ends a build with the verdict infrastructure', async () => {
    for (const shared of ['buildroots', 'layers']) {
      await mkdir(path.join(STATE, shared), { recursive: true });
      await rm(path.join(state, shared), { recursive: true, force: true });
      await symlink(path.join(STATE, shared), path.join(state, shared));
    }
    const rules = 'override_dh_auto_build:\n\t@echo now it builds; exec sleep 100000\n';
    const dsc = await makeSource(folder, { rules });
    const output = path.join(folder, 'packages');
    const child = spawn(
      process.execPath,
      [
        path.resolve('src/cli.ts'),
        'build-sbuild',
        ...['--source', dsc, '--target', TARGET, '--state', state, '--output', output],
        ...['--engine', 'docker', '--tool-image', image, '--retries', '0', '--verbose'],
      ],
      {
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder, DOCKER_HOST: dockerd.address, NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    try {
      const closed = once(child, 'close');
      let text = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
      }
      await expect.poll(() => text.includes('now it builds') || child.exitCode !== null, PATIENCE).toBe(true);
      expect(child.exitCode, text).toBe(null);
      await dockerd.kill();
      await closed;
      expect(child.exitCode, text).toBe(1);
      const manifest: unknown = JSON.parse(await readFile(path.join(output, 'manifest.json'), 'utf8'));
      expect(manifest).toMatchObject({ verdict: 'infrastructure' });
    } finally {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    }
    await expectCleanedUp();
  });
});
