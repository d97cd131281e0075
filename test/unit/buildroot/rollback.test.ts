import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DebBuildroot, debBuildroot } from '../../../src/buildroot/configuration.ts';
import {
  buildrootFolder,
  currentGeneration,
  diskOf,
  formerGenerations,
  holdCurrent,
  installGeneration,
  keptGenerations,
  removeUnused,
  setKeptGenerations,
  stageGeneration,
} from '../../../src/buildroot/generation.ts';
import { readHistory } from '../../../src/buildroot/history.ts';
import { readRejection } from '../../../src/buildroot/rejection.ts';
import { rollbackBuildroot } from '../../../src/buildroot/rollback.ts';
import { resolveTarget } from '../../../src/config/target.ts';
import { RecordingHost } from '../../../src/host/recording.ts';

/** Not to the disk, which all on this machine write to. */
const NO_FLUSH = { flush: async () => {} };

const NAME = 'debian-12-amd64';
let state: string;
let folder: string;
let configuration: DebBuildroot;
let installed: number;
beforeEach(async () => {
  state = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-rollback-'));
  folder = buildrootFolder(state, NAME);
  await mkdir(folder, { recursive: true });
  configuration = await debBuildroot({ target: resolveTarget('debian-12'), architecture: 'amd64' });
  installed = 0;
});
afterEach(() => rm(state, { recursive: true, force: true }));

const id = (letter: string) => letter.repeat(16);

/** A generation, each a day younger than the one before. */
async function install(letter: string, configurationDigest = '0'.repeat(64)) {
  const staging = await stageGeneration(folder);
  await mkdir(path.join(staging, 'tree'));
  installed++;
  return installGeneration(
    folder,
    staging,
    id(letter),
    {
      schema: 'pkg-actions/generation/1',
      name: NAME,
      createdAt: `2026-01-${String(installed).padStart(2, '0')}T00:00:00Z`,
      configurationDigest,
      configuration: { ...configuration },
      releases: [{ uri: 'http://x.example.org', release: 'bookworm', sha256: letter.repeat(64) }],
      packages: [`apt:amd64=${installed}`],
      bytes: 10,
      tools: {},
    },
    NO_FLUSH,
  );
}

const roll = () =>
  rollbackBuildroot({ state, configuration, name: undefined, runId: 'run-9', logger: new RecordingHost() });
const generations = async () => (await readdir(folder)).filter((name) => /^[0-9a-f]{16}$/.test(name)).sort();
const current = async () => (await currentGeneration(folder))?.id;

describe('former generations', () => {
  it('are kept, the newest of them', async () => {
    for (const letter of ['1', '2', '3', '4']) await install(letter);
    expect((await formerGenerations(folder)).map((generation) => generation.id)).toEqual([id('3'), id('2'), id('1')]);
    expect(await diskOf(folder)).toBe(40);
    expect((await removeUnused(folder, 1)).sort()).toEqual([id('1'), id('2')]);
    expect(await generations()).toEqual([id('3'), id('4')]);
    expect(await removeUnused(folder, 0)).toEqual([id('3')]);
    expect(await diskOf(folder)).toBe(10);
  });

  it('stay beyond that as long as somebody holds them', async () => {
    await install('1');
    const held = await holdCurrent(folder);
    await install('2');
    await install('3');
    expect(await removeUnused(folder, 1)).toEqual([]);
    await held?.lock.release();
    expect(await removeUnused(folder, 1)).toEqual([id('1')]);
  });

  it('are as many as the last update said', async () => {
    expect(await keptGenerations(folder)).toBe(1);
    await setKeptGenerations(folder, 7);
    expect(await keptGenerations(folder)).toBe(7);
    await writeFile(path.join(folder, 'keep'), 'many');
    expect(await keptGenerations(folder)).toBe(1);
  });

  it('are none without a record that can be read', async () => {
    await install('1');
    await install('2');
    await writeFile(path.join(folder, id('1'), 'generation.json'), '{"schema":"another"}');
    await mkdir(path.join(folder, id('9')));
    expect(await formerGenerations(folder)).toEqual([]);
    expect((await removeUnused(folder, 5)).sort()).toEqual([id('1'), id('9')]);
  });
});

describe('a rollback', () => {
  it('makes the former generation current, and what it was made from unwanted', async () => {
    await install('1');
    const second = await install('2');
    const result = await roll();
    expect(result).toMatchObject({
      name: NAME,
      outcome: 'rolled-back',
      former: id('2'),
      reason: 'rolled back by run-9',
      removed: [id('2')],
      disk: 10,
      changes: { downgraded: [{ name: 'apt:amd64', from: '2', to: '1' }] },
    });
    expect(result.generation.id).toBe(id('1'));
    expect(await current()).toBe(id('1'));
    expect(await readRejection(folder)).toMatchObject({
      kind: 'rollback',
      generation: id('2'),
      releases: second.record.releases,
    });
    expect(await readHistory(folder)).toMatchObject([
      { outcome: 'rolled-back', generation: id('1'), former: id('2'), runId: 'run-9' },
    ]);
  });

  it('leaves the generation to builds that hold it, and does not come back to it', async () => {
    await install('1');
    await install('2');
    const held = await holdCurrent(folder);
    expect((await roll()).removed).toEqual([]);
    expect(await generations()).toEqual([id('1'), id('2')]);
    await install('3');
    expect((await formerGenerations(folder)).map((generation) => generation.id)).toEqual([id('1')]);
    expect((await roll()).generation.id).toBe(id('1'));
    await held?.lock.release();
    expect((await removeUnused(folder, 1)).sort()).toEqual([id('2')]);
  });

  it('goes back step by step, and is over for a generation that is made again', async () => {
    for (const letter of ['1', '2', '3']) await install(letter);
    await roll();
    expect((await roll()).generation.id).toBe(id('1'));
    await expect(roll()).rejects.toThrow(/has no former generation.*only 1111.*keep/);
    await install('2');
    expect(await current()).toBe(id('2'));
    expect((await formerGenerations(folder)).map((generation) => generation.id)).toEqual([id('1')]);
  });

  it('is refused where there is nothing to go back to', async () => {
    await expect(roll()).rejects.toThrow(/no buildroot to roll back/);
    await install('1');
    await expect(roll()).rejects.toThrow(/no former generation/);
    await install('2', 'f'.repeat(64));
    await expect(roll()).rejects.toThrow(/is of another configuration/);
    expect(await current()).toBe(id('2'));
    expect(await readHistory(folder)).toEqual([]);
  });
});
