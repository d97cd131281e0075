import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  buildrootFolder,
  type Generation,
  installGeneration,
  stageGeneration,
} from '../../../src/buildroot/generation.ts';
import { forgetAnswers, questionOf, recallAnswer, rememberAnswer } from '../../../src/buildroot/layers/answers.ts';
import { freezeLayer } from '../../../src/buildroot/layers/freeze.ts';
import {
  findLayer,
  type HeldLayer,
  keepLayer,
  type LayerKey,
  layerId,
  layersFolder,
  pruneLayers,
  removeDeadLayers,
  stageLayer,
} from '../../../src/buildroot/layers/store.ts';

/** Not to the disk, which all on this machine write to. */
const NO_FLUSH = { flush: async () => {} };

const ID = '1'.repeat(16);
let state: string;
let generation: Generation;
beforeEach(async () => {
  state = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-layers-'));
  const folder = buildrootFolder(state, 'debian-12-amd64');
  await mkdir(folder, { recursive: true });
  const staging = await stageGeneration(folder);
  await mkdir(path.join(staging, 'tree'));
  generation = await installGeneration(
    folder,
    staging,
    ID,
    {
      schema: 'pkg-actions/generation/1',
      name: 'debian-12-amd64',
      createdAt: '2026-01-01T00:00:00Z',
      configurationDigest: 'a'.repeat(64),
      configuration: {},
      releases: [],
      packages: [],
      bytes: 1,
      tools: {},
    },
    NO_FLUSH,
  );
});
afterEach(() => rm(state, { recursive: true, force: true }));

const key = (packages: string[], more: Partial<LayerKey> = {}): LayerKey => ({
  format: 'deb',
  architecture: 'amd64',
  generation,
  packages,
  ...more,
});

/** A layer of so many KiB. */
async function layer(packages: string[], kib = 64): Promise<HeldLayer> {
  const staged = await stageLayer(state);
  await mkdir(staged.changes);
  await writeFile(path.join(staged.changes, 'file'), Buffer.alloc(kib * 1024, 1));
  const held = await keepLayer(state, staged, key(packages), { installed: packages });
  if (held === undefined) throw new Error('not kept');
  return held;
}

const ids = async () => (await readdir(layersFolder(state))).filter((name) => /^[0-9a-f]{32}$/.test(name)).sort();
const usedAt = (id: string, seconds: number) => utimes(path.join(layersFolder(state), id, 'used'), seconds, seconds);

describe('the name of a layer', () => {
  it('is the same in any order, and another with anything that decides', () => {
    const one = layerId(key(['a:amd64=1', 'b:amd64=2'], { settings: { x: '1', y: '2' } }));
    expect(one).toMatch(/^[0-9a-f]{32}$/);
    expect(layerId(key(['b:amd64=2', 'a:amd64=1'], { settings: { y: '2', x: '1' } }))).toBe(one);
    const others = [
      key(['a:amd64=1', 'b:amd64=3'], { settings: { x: '1', y: '2' } }),
      key(['a:amd64=1'], { settings: { x: '1', y: '2' } }),
      key(['a:amd64=1', 'b:amd64=2']),
      key(['a:amd64=1', 'b:amd64=2'], { settings: { x: '1', y: '2' }, architecture: 'arm64' }),
      key(['a:amd64=1', 'b:amd64=2'], { settings: { x: '1', y: '2' }, format: 'rpm' }),
      key(['a:amd64=1', 'b:amd64=2'], {
        settings: { x: '1', y: '2' },
        generation: { ...generation, record: { ...generation.record, createdAt: '2026-01-02T00:00:00Z' } },
      }),
    ].map(layerId);
    expect(new Set([one, ...others]).size).toBe(others.length + 1);
  });
});

describe('layers', () => {
  it('are found by their key, and by their name', async () => {
    await using made = await layer(['a:amd64=1']);
    await using byKey = await findLayer(state, key(['a:amd64=1']));
    await using byName = await findLayer(state, made.id);
    expect(byKey?.tree).toBe(made.tree);
    expect(byName?.record.installed).toEqual(['a:amd64=1']);
    expect(await findLayer(state, key(['a:amd64=2']))).toBeUndefined();
    await expect(findLayer(state, '../x')).rejects.toThrow('not the name of a layer');
  });

  it('that two made are one, and the first stays', async () => {
    const second = await stageLayer(state);
    await mkdir(second.changes);
    await writeFile(path.join(second.changes, 'file'), 'second');
    await using first = await layer(['a:amd64=1']);
    await using same = await keepLayer(state, second, key(['a:amd64=1']), { installed: [] });
    expect(same?.id).toBe(first.id);
    expect((await readFile(path.join(first.tree, 'file'))).length).toBe(64 * 1024);
    expect(await readdir(layersFolder(state))).toEqual([first.id]);
  });

  it('go by when they were last used, and never one that is held', async () => {
    const made = [];
    for (const name of ['old', 'held', 'middle', 'new']) made.push(await layer([`${name}:amd64=1`]));
    const [old, held, middle, fresh] = made.map(({ id }) => id) as [string, string, string, string];
    for (const each of made) if (each.id !== held) await each.release();
    for (const [index, id] of [old, held, middle, fresh].entries()) await usedAt(id, 1_700_000_000 + index);
    // Found is used: the oldest is the newest from here on.
    await (await findLayer(state, old))?.release();
    const bytes = made[0]?.record.bytes ?? 0;
    expect(bytes).toBeGreaterThanOrEqual(64 * 1024);
    expect(await pruneLayers(state, 3 * bytes)).toEqual([middle]);
    expect(await ids()).toEqual([old, held, fresh].sort());
    expect(await pruneLayers(state, bytes)).toEqual([fresh, old]);
    expect(await pruneLayers(state, 0)).toEqual([]);
    expect(await ids()).toEqual([held]);
    await made[1]?.release();
    expect(await pruneLayers(state, 0)).toEqual([held]);
  });

  it('go with their generation', async () => {
    const { id, release } = await layer(['a:amd64=1']);
    await release();
    expect(await pruneLayers(state, Number.MAX_SAFE_INTEGER)).toEqual([]);
    await rm(generation.folder, { recursive: true });
    expect(await pruneLayers(state, Number.MAX_SAFE_INTEGER)).toEqual([id]);
  });

  it('of an earlier start of the machine count only where they were written through', async () => {
    const { id, release } = await layer(['a:amd64=1']);
    await release();
    const folder = path.join(layersFolder(state), id);
    const record = await readFile(path.join(folder, 'layer.json'), 'utf8');
    const [boot = ''] = /(?<="boot": ")[^"]+/.exec(record) ?? [];
    await expect.poll(() => readdir(folder)).toContain('written');
    await writeFile(path.join(folder, 'layer.json'), record.replace(boot, 'another'));
    const found = await findLayer(state, id);
    expect(found?.id).toBe(id);
    await found?.release();
    await rm(path.join(folder, 'written'));
    expect(await findLayer(state, id)).toBeUndefined();
  });

  it('that nobody makes any more are removed, one that is being made is not', async () => {
    await using _living = await stageLayer(state);
    await mkdir(path.join(layersFolder(state), '.new-0123456789ab'));
    expect(await removeDeadLayers(state)).toEqual(['.new-0123456789ab']);
  });
});

it('what a session made for itself is no part of a layer, and no link is followed to it', async () => {
  const changes = path.join(state, 'changes');
  for (const folder of ['etc', 'tmp/x', 'usr/bin', 'var/lib/dbus'])
    await mkdir(path.join(changes, folder), { recursive: true });
  await writeFile(path.join(changes, 'etc/hosts'), 'x');
  await writeFile(path.join(changes, 'etc/own'), 'x');
  await writeFile(path.join(changes, 'etc/machine-id'), `${'0'.repeat(32)}\n`);
  await mkdir(path.join(state, 'victim/tmp'), { recursive: true });
  await symlink(path.join(state, 'victim'), path.join(changes, 'var/tmp'));
  await freezeLayer(changes, { without: ['usr/bin'], id: 'a'.repeat(32) });
  expect((await readdir(changes)).sort()).toEqual(['etc', 'usr', 'var']);
  expect((await readdir(path.join(changes, 'etc'))).sort()).toEqual(['machine-id', 'own']);
  expect(await readFile(path.join(changes, 'etc/machine-id'), 'utf8')).toBe(`${'a'.repeat(32)}\n`);
  expect(await readdir(path.join(changes, 'var'))).toEqual(['lib']);
  expect(await readdir(path.join(state, 'victim'))).toEqual(['tmp']);
  await expect(freezeLayer(changes, { without: ['../victim'], id: 'a'.repeat(32) })).rejects.toThrow('leads out');
});

it('answers are remembered for their layer, and forgotten with it', async () => {
  const { id, release } = await layer(['a:amd64=1']);
  await release();
  const question = questionOf(generation, ['deb', 'amd64']);
  expect(questionOf(generation, ['deb', 'arm64'])).not.toBe(question);
  expect(await recallAnswer(state, question)).toBeUndefined();
  await rememberAnswer(state, question, id);
  await forgetAnswers(state);
  expect(await recallAnswer(state, question)).toBe(id);
  await pruneLayers(state, 0);
  await forgetAnswers(state);
  expect(await recallAnswer(state, question)).toBeUndefined();
  await expect(recallAnswer(state, '../x')).rejects.toThrow('not a digest');
});
