/** Containers of dead sessions: found by their session's record or, where that is gone, by their labels. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runPost } from '../../src/actions/clean-up/post.ts';
import { runClient } from '../../src/buildroot/engine/clients.ts';
import { LABELS } from '../../src/buildroot/engine/container.ts';
import { removeLeftovers } from '../../src/buildroot/leftovers.ts';
import { prepareState } from '../../src/buildroot/state.ts';
import { claimFolder } from '../../src/claimed-folder.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { currentOwner, ownedName } from '../../src/owner.ts';
import { STATE } from './buildroot.ts';
import { containerEngine, type TestContainerEngine } from './engine-fixtures.ts';

let tested: TestContainerEngine;
let state: string;
beforeAll(async () => {
  tested = await containerEngine('docker');
}, 900_000);
afterAll(() => tested?.close());
beforeEach(async () => {
  state = await prepareState(await mkdtemp(path.join(path.dirname(STATE), 'test-containers-left-')));
});
afterEach(async () => {
  const { client } = tested.engine;
  const { stdout } = await runClient(client, ['ps', '--all', '--quiet', `--filter=label=${LABELS.state}=${state}`]);
  for (const id of stdout.split('\n').filter(Boolean)) await runClient(client, ['rm', '--force', id]);
  await rm(state, { recursive: true, force: true });
});

/** A container as one of a session that did not end by itself, with a name of its own. */
async function container(
  runId: string,
  isStarted: boolean,
  id = `left-${randomBytes(6).toString('hex')}`,
): Promise<string> {
  const labels = Object.entries({ run: runId, session: id, state }).map(
    ([name, value]) => `--label=${LABELS[name as keyof typeof LABELS]}=${value}`,
  );
  const argv = ['create', '--pull=never', `--name=pkg-actions-${id}`, '--network=none', ...labels];
  await runClient(tested.engine.client, [...argv, tested.engine.image, 'sleep', 'infinity']);
  if (isStarted) await runClient(tested.engine.client, ['start', `pkg-actions-${id}`]);
  expect(await tested.containersOf(id)).toHaveLength(1);
  return id;
}

/** The folder of a session whose owner is dead. */
async function deadSession(id: string, runId: string): Promise<void> {
  const child = spawn('true', { stdio: 'ignore' });
  await once(child, 'exit');
  const place = path.join(state, 'sessions', id);
  mkdirSync(place);
  const owner = { ...currentOwner(runId), pid: child.pid, startTime: currentOwner().startTime + 1, engine: 'docker' };
  writeFileSync(path.join(place, 'owner.json'), JSON.stringify(owner));
}

const sessions = () => readdirSync(path.join(state, 'sessions')).sort();

describe('a container', () => {
  it('of a dead session goes with the session, at the next start', async () => {
    const running = await container('run-1', true);
    await deadSession(running, 'run-1');
    await prepareState(state);
    expect(await tested.containersOf(running)).toEqual([]);
    expect(sessions()).toEqual([]);
  });

  it('whose session has no folder any more is found by its labels; that of a living one stays', async () => {
    const lost = await container('run-1', false);
    const living = await container('run-1', true);
    await using _session = await claimFolder(path.join(state, 'sessions'), living, { runId: 'run-1', what: 'x' });
    const { removed, failed } = await removeLeftovers(state, { containers: true, temporary: [] });
    expect(failed).toEqual([]);
    expect(removed).toEqual([
      { kind: 'container', place: expect.stringMatching(/^docker [0-9a-f]+$/), runId: 'run-1' },
    ]);
    expect(await tested.containersOf(lost)).toEqual([]);
    expect(await tested.containersOf(living)).toHaveLength(1);
  });

  it('of a tool that runs by itself stays as long as who started it lives', async () => {
    const living = await container('run-1', true, ownedName('tool-'));
    const child = spawn('true', { stdio: 'ignore' });
    await once(child, 'exit');
    const [, ...rest] = ownedName('').split('.');
    const dead = await container('run-1', true, `tool-${(child.pid ?? 0).toString(36)}.${rest.join('.')}`);
    const { failed } = await removeLeftovers(state, { containers: true, temporary: [] });
    expect(failed).toEqual([]);
    expect(await tested.containersOf(living)).toHaveLength(1);
    expect(await tested.containersOf(dead)).toEqual([]);
  });

  it('of this job goes at its end, and that of another job stays', async () => {
    const own = await container('run-1', true);
    const other = await container('run-2', true);
    const host = new RecordingHost({ state }, { workspace: path.join(state, 'workspace'), runId: 'run-1' });
    expect(await runPost(host)).toBe(0);
    expect(await tested.containersOf(own)).toEqual([]);
    expect(await tested.containersOf(other)).toHaveLength(1);
  });

  it('whose engine does not answer keeps its session’s folder, until it does', async () => {
    const running = await container('run-1', true);
    await deadSession(running, 'run-1');
    const socket = process.env['DOCKER_HOST'];
    process.env['DOCKER_HOST'] = `unix://${state}/nobody`;
    try {
      const host = new RecordingHost();
      await prepareState(state, host);
      expect(host.annotations('warning').map(({ message }) => message)).toEqual([
        expect.stringMatching(/cannot be removed: session .*docker does not answer/),
      ]);
      expect(sessions()).toEqual([running]);
    } finally {
      process.env['DOCKER_HOST'] = socket;
    }
    await prepareState(state);
    expect(sessions()).toEqual([]);
    expect(await tested.containersOf(running)).toEqual([]);
  });
});
