/** SIGKILL while podman makes a container: what podman started then and does not know of is found and ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endPodmanStrays } from '../../src/buildroot/engine/podman-strays.ts';
import { removeLeftovers } from '../../src/buildroot/leftovers.ts';
import { prepareState } from '../../src/buildroot/state.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { mountsBelow } from '../../src/mounts.ts';
import { which } from '../../src/process.ts';
import { STATE } from './buildroot.ts';
import { containerEngine, type TestContainerEngine } from './engine-fixtures.ts';

const CHILD = path.join(import.meta.dirname, 'podman-session-child.ts');
const PODMAN = path.resolve(import.meta.dirname, '../../.cache/podman');
const PATIENCE = { timeout: 120_000, interval: 20 };

let tested: TestContainerEngine;
let folder: string;
let state: string;
const children: ChildProcess[] = [];
beforeAll(async () => {
  tested = await containerEngine('podman');
}, 900_000);
afterAll(() => tested?.close());
beforeEach(async () => {
  await mkdir(path.dirname(STATE), { recursive: true });
  folder = await mkdtemp(path.join(path.dirname(STATE), 'test-podman-left-'));
  state = await prepareState(path.join(folder, 'state'));
});
afterEach(async () => {
  // Also what a test that failed has left: a runtime of its own that waits, and its session.
  writeFileSync(path.join(folder, 'go'), '');
  for (const child of children.splice(0)) await kill(child);
  for (const id of sessions()) await endPodmanStrays(id);
  await removeLeftovers(state, { containers: true, temporary: [] });
  await rm(folder, { recursive: true, force: true });
});

function sessions(): string[] {
  const place = path.join(state, 'sessions');
  return existsSync(place) ? readdirSync(place).filter((name) => !name.startsWith('.')) : [];
}

/** A process that opens a session in podman, with `words` after the program. */
function open(...words: readonly string[]): ChildProcess {
  const argv = [CHILD, state, tested.engine.image, ...tested.engine.client.command, ...words];
  const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'ignore'], cwd: folder });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** runc, which waits for the file `go` before it creates a container, and says so by the file `creating`. */
async function waitingRuntime(): Promise<string> {
  const runtime = path.join(folder, 'runtime');
  const lines = [
    '#!/bin/sh',
    `case " $* " in *' create '*)`,
    `  : > '${folder}/creating'`,
    `  while [ ! -e '${folder}/go' ] && [ -d '${folder}' ]; do sleep 0.05; done ;;`,
    'esac',
    `exec '${which('runc')}' "$@"`,
  ];
  writeFileSync(runtime, `${lines.join('\n')}\n`);
  await chmod(runtime, 0o755);
  return runtime;
}

/** Processes of the container of a session: conmon, its runtime, what is in the container. */
function processesOf(id: string): string[] {
  const all = readdirSync('/proc').flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid)) return [];
      const [argv, cgroup, stat] = ['cmdline', 'cgroup', 'stat'].map((name) =>
        readFileSync(`/proc/${pid}/${name}`, 'utf8'),
      ) as [string, string, string];
      return /\) [ZX] /.test(stat) ? [] : [{ argv: argv.split('\0'), cgroup }];
    } catch {
      // Gone meanwhile.
      return [];
    }
  });
  const containers = all.flatMap(({ argv }) =>
    argv[argv.indexOf('-n') + 1] === `pkg-actions-${id}` ? [argv[argv.indexOf('-c') + 1] ?? ''] : [],
  );
  known.push(...containers);
  return all
    .filter(({ argv, cgroup }) =>
      [...known, `pkg-actions-${id}`].some((name) => cgroup.includes(`libpod-${name}`) || argv.includes(name)),
    )
    .map(({ argv }) => argv.slice(0, 2).join(' ').trim());
}
const known: string[] = [];

/** What `clean-up` does; where it cannot look, the test is to fail. */
async function clean(place = state) {
  const host = new RecordingHost();
  const report = await removeLeftovers(place, { containers: true, temporary: [], logger: host });
  expect(host.annotations('warning').map(({ message }) => message)).toEqual([]);
  return report;
}

/** What a start does first. */
async function nextStart(): Promise<void> {
  const host = new RecordingHost();
  await prepareState(state, host);
  expect(host.annotations('warning').map(({ message }) => message)).toEqual([]);
  expect(sessions()).toEqual([]);
}

/** The one session there is, once its container is being made. */
async function sessionInCreation(child: ChildProcess): Promise<string> {
  await expect.poll(() => existsSync(path.join(folder, 'creating')) || child.exitCode !== null, PATIENCE).toBe(true);
  expect(child.exitCode).toBe(null);
  const [id = ''] = sessions();
  expect(processesOf(id)).toContain('/usr/bin/conmon --api-version');
  return id;
}

async function expectNothingOf(id: string): Promise<void> {
  expect(processesOf(id)).toEqual([]);
  expect(await tested.containersOf(id)).toEqual([]);
  // Of runc, and of podman's storage.
  for (const name of known) expect(existsSync(`/run/runc/${name}`)).toBe(false);
  const mounts = await mountsBelow(PODMAN);
  expect(mounts.filter(({ place }) => known.some((name) => place.includes(name)))).toEqual([]);
}

describe('a container that podman was making when it was killed', () => {
  it('stays with its runtime, unknown to podman, until the next start ends it', async () => {
    const child = open('--runtime', await waitingRuntime());
    const id = await sessionInCreation(child);
    await kill(child);
    writeFileSync(path.join(folder, 'go'), '');
    // It is real: made to its end with nobody who waits for it, and podman's own clean-up has dropped its record.
    await expect.poll(() => processesOf(id).some((argv) => /runc init$/.test(argv)), PATIENCE).toBe(true);
    await expect.poll(() => tested.containersOf(id), PATIENCE).toEqual([]);
    expect(processesOf(id)).not.toEqual([]);
    await nextStart();
    await expectNothingOf(id);
  });

  it('is found where its session has no folder any more', async () => {
    const child = open('--runtime', await waitingRuntime());
    const id = await sessionInCreation(child);
    await kill(child);
    writeFileSync(path.join(folder, 'go'), '');
    await expect.poll(() => processesOf(id).some((argv) => /runc init$/.test(argv)), PATIENCE).toBe(true);
    await expect.poll(() => tested.containersOf(id), PATIENCE).toEqual([]);
    const other = await prepareState(path.join(folder, 'other'));
    await rm(path.join(state, 'sessions', id), { recursive: true });
    // Not by those who share the machine and not the state folder.
    expect(await clean(other)).toEqual({ removed: [], failed: [] });
    expect(processesOf(id)).not.toEqual([]);
    const { removed, failed } = await clean();
    expect(failed).toEqual([]);
    expect(removed).toEqual([{ kind: 'container', place: expect.stringMatching(/^podman [0-9a-f]{64}$/) }]);
    await expectNothingOf(id);
  });

  it('is ended in the middle, before there is anything in it', async () => {
    const child = open('--runtime', await waitingRuntime());
    const id = await sessionInCreation(child);
    await kill(child);
    await nextStart();
    writeFileSync(path.join(folder, 'go'), '');
    await expectNothingOf(id);
  });

  it('stays as long as its session lives', async () => {
    const child = open();
    const opened = once(child.stdout ?? child, 'data');
    await expect.poll(sessions, PATIENCE).toHaveLength(1);
    await opened;
    const [id = ''] = sessions();
    expect(await clean()).toEqual({ removed: [], failed: [] });
    expect(processesOf(id)).not.toEqual([]);
    expect(sessions()).toEqual([id]);
  });

  it('leaves nothing at whatever moment it was killed', async () => {
    for (let moment = 0; moment < 8; moment++) {
      const child = open();
      await expect.poll(sessions, PATIENCE).toHaveLength(1);
      const [id = ''] = sessions();
      // Spread over what making one takes. Which moment it is does not matter: all of them have to end well.
      await new Promise((resolve) => setTimeout(resolve, 40 * moment));
      processesOf(id);
      await kill(child);
      await nextStart();
      await expectNothingOf(id);
    }
  });
});
