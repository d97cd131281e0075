import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import readline from 'node:readline';
import { afterEach, expect, it } from 'vitest';
import { configurationDigest, debBuildroot } from '../../src/buildroot/configuration.ts';
import {
  buildrootFolder,
  installGeneration,
  lockBuildroot,
  removeUnused,
  stageGeneration,
} from '../../src/buildroot/generation.ts';
import { placeHolders } from '../../src/buildroot/slots.ts';
import { prepareState } from '../../src/buildroot/state.ts';
import { resolveTarget } from '../../src/config/target.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { STATE } from './buildroot.ts';
import { traces } from './traces.ts';

/** Not to the disk, which all on this machine write to. */
const NO_FLUSH = { flush: async () => {} };

const NAME = 'debian-12-amd64';
const JOBS = 4;
const BUILDS_OF_A_JOB = 25;
/** An update after as many builds. */
const BUILDS_PER_UPDATE = 12;

let folder: string | undefined;
const children = new Set<ReturnType<typeof spawn>>();
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** A new generation in which every file says which one it is, current from now on; the old ones go. */
async function update(state: string, number: number): Promise<string[]> {
  const place = buildrootFolder(state, NAME);
  await using _lock = await lockBuildroot(place, 500, new RecordingHost());
  const staging = await stageGeneration(place);
  const id = String(number).padStart(16, '0');
  await mkdir(path.join(staging, 'tree/files'), { recursive: true });
  for (const name of ['dev', 'proc', 'sys', 'run', 'tmp', 'etc']) await mkdir(path.join(staging, 'tree', name));
  await writeFile(path.join(staging, 'tree/id'), id);
  for (let index = 0; index < 50; index++) await writeFile(path.join(staging, 'tree/files', `${index}`), `${id}\n`);
  const configuration = await debBuildroot({ target: resolveTarget('debian-12'), architecture: 'amd64' });
  await installGeneration(
    place,
    staging,
    id,
    {
      schema: 'pkg-actions/generation/1',
      name: NAME,
      createdAt: new Date(number * 1000).toISOString(),
      configurationDigest: configurationDigest(configuration),
      configuration: { ...configuration },
      releases: [],
      packages: [],
      bytes: 1,
      tools: {},
    },
    NO_FLUSH,
  );
  return await removeUnused(place, 0);
}

/** Runs a job; `onBuild` is called for each of its builds. */
function job(state: string, onBuild: (generation: string) => void): Promise<void> {
  const script = path.resolve(import.meta.dirname, 'load-child.ts');
  const child = spawn(process.execPath, [script, state, NAME, String(BUILDS_OF_A_JOB), '3'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  readline.createInterface({ input: child.stdout }).on('line', (line) => {
    const [, generation] = /^built ([0-9]{16})$/.exec(line) ?? [];
    if (generation !== undefined) onBuild(generation);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      children.delete(child);
      if (code === 0) resolve();
      else reject(new Error(`a job ended with ${code}: ${errors}`));
    });
  });
}

it('a hundred builds of several jobs run through updates, and nothing is left of them', async () => {
  // Not in /tmp, which may be an overlay itself: the kernel takes no upper folder on another one.
  folder = await mkdtemp(path.join(path.dirname(STATE), 'test-load-'));
  const state = await prepareState(folder);
  let updates = 1;
  await update(state, updates);

  const built: string[] = [];
  let updating = Promise.resolve();
  const removed: string[] = [];
  const onBuild = (generation: string) => {
    built.push(generation);
    if (built.length % BUILDS_PER_UPDATE !== 0) return;
    updating = updating.then(async () => {
      updates++;
      removed.push(...(await update(state, updates)));
    });
  };
  await Promise.all(Array.from({ length: JOBS }, () => job(state, onBuild)));
  await updating;

  expect(built).toHaveLength(JOBS * BUILDS_OF_A_JOB);
  expect(updates).toBe(1 + Math.floor(built.length / BUILDS_PER_UPDATE));
  // Every build had a generation that was current once.
  const known = Array.from({ length: updates }, (_, index) => String(index + 1).padStart(16, '0'));
  expect(known).toEqual(expect.arrayContaining([...new Set(built)]));

  const place = buildrootFolder(state, NAME);
  removed.push(...(await removeUnused(place, 0)));
  expect(removed.sort()).toEqual(known.slice(0, -1));
  expect((await readdir(place)).sort()).toEqual([known.at(-1), 'checked', 'current', 'lock'].sort());
  expect(await readdir(path.join(state, 'sessions'))).toEqual([]);
  expect(await readdir(path.join(state, 'places/queue'))).toEqual([]);
  expect(await placeHolders(state)).toEqual([]);
  expect(await traces(state)).toEqual([]);
});
