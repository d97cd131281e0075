import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  buildrootFolder,
  currentGeneration,
  formerGenerations,
  type GenerationRecord,
  holdCurrent,
  type InstallOptions,
  installGeneration,
  lockBuildroot,
  removeUnused,
  stageGeneration,
} from '../../src/buildroot/generation.ts';
import { InfrastructureError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';

let folder: string;
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-generation-')), 'debian-12-amd64');
  await mkdir(folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(path.dirname(folder), { recursive: true, force: true });
});

const record = (packages: string[]): GenerationRecord => ({
  schema: 'pkg-actions/generation/1',
  name: 'debian-12-amd64',
  createdAt: '2026-01-01T00:00:00Z',
  configurationDigest: 'a'.repeat(64),
  configuration: {},
  releases: [],
  packages,
  bytes: 1,
  tools: {},
});

/** Without the disk, which all on this machine write to: what is said of it has tests of its own. */
async function install(id: string, options: InstallOptions = { flush: async () => {} }) {
  const staging = await stageGeneration(folder);
  await mkdir(path.join(staging, 'tree'));
  await writeFile(path.join(staging, 'tree', 'id'), id);
  return installGeneration(folder, staging, id, record([id]), options);
}

const recordOf = async (place: string) => JSON.parse(await readFile(path.join(place, 'generation.json'), 'utf8'));

const FIRST = '1'.repeat(16);
const SECOND = '2'.repeat(16);

describe('generations', () => {
  it('are switched by a link, and the old one goes when nobody holds it', async () => {
    await install(FIRST);
    expect((await currentGeneration(folder))?.id).toBe(FIRST);
    await install(SECOND);
    expect(await readlink(path.join(folder, 'current'))).toBe(SECOND);
    expect(await removeUnused(folder, 0)).toEqual([FIRST]);
    expect((await readdir(folder)).sort()).toEqual([SECOND, 'checked', 'current'].sort());
  });

  it('stay as long as a build holds them', async () => {
    await install(FIRST);
    const held = await holdCurrent(folder);
    const again = await holdCurrent(folder);
    await install(SECOND);
    expect(await removeUnused(folder, 0)).toEqual([]);
    expect(held?.generation.id).toBe(FIRST);
    await held?.lock.release();
    expect(await removeUnused(folder, 0)).toEqual([]);
    await again?.lock.release();
    expect(await removeUnused(folder, 0)).toEqual([FIRST]);
  });

  it('are found whole by builds that start while they are switched and removed', async () => {
    await install(FIRST);
    const failures: unknown[] = [];
    let done = false;
    const builds = Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let count = 0; count < 25; count++) {
          const held = await holdCurrent(folder);
          const names = await readdir(held?.generation.tree ?? '');
          if (names.join() !== 'id') failures.push(names);
          await held?.lock.release();
        }
        done = true;
      }),
    );
    for (let count = 0; !done; count++) {
      await install(count % 2 === 0 ? SECOND : FIRST);
      await removeUnused(folder, 0);
    }
    await builds;
    expect(failures).toEqual([]);
  });

  it('clear what a killed update left', async () => {
    const left = await stageGeneration(folder);
    await writeFile(path.join(left, 'half'), '');
    await stageGeneration(folder);
    expect(await readdir(folder)).not.toContain(path.basename(left));
  });

  it('are on the disk before they are recorded, and recorded before they are current', async () => {
    await install(FIRST);
    const seen: unknown[] = [];
    const logger = new RecordingHost();
    const made = await install(SECOND, {
      logger,
      flush: async (place) => {
        seen.push(await readdir(place), await readFile(path.join(place, 'tree', 'id'), 'utf8'));
        seen.push(await readlink(path.join(folder, 'current')), (await readdir(folder)).includes(SECOND));
      },
    });
    expect(seen).toEqual([['tree'], SECOND, FIRST, false]);
    expect(await recordOf(made.folder)).toMatchObject({ flushed: true, packages: [SECOND] });
    expect((await lstat(path.join(made.folder, 'generation.json'))).mode & 0o777).toBe(0o644);
    expect((await currentGeneration(folder))?.id).toBe(SECOND);
    expect(logger.transcript()).toContain(`writing the generation ${SECOND} to the disk`);
  });

  it('leave the former one current where they cannot be written to the disk', async () => {
    await install(FIRST);
    const bin = path.join(path.dirname(folder), 'bin');
    await mkdir(bin);
    await writeFile(path.join(bin, 'sync'), '#!/bin/sh\necho "sync: error syncing: Input/output error" >&2\nexit 1\n');
    await chmod(path.join(bin, 'sync'), 0o755);
    vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`);
    const failed = await install(SECOND, {}).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(InfrastructureError);
    expect((failed as Error).message).toMatch(/cannot be written to the disk.*Input\/output error/);
    expect((await currentGeneration(folder))?.id).toBe(FIRST);
    expect(await readdir(folder)).not.toContain(SECOND);
    vi.unstubAllEnvs();
    await install(SECOND);
    expect((await currentGeneration(folder))?.id).toBe(SECOND);
  });

  it('are none where their record does not say that they are on the disk', async () => {
    await install(FIRST);
    const { folder: place } = await install(SECOND);
    const { flushed, ...unmarked } = await recordOf(place);
    expect(flushed).toBe(true);
    await writeFile(path.join(place, 'generation.json'), JSON.stringify(unmarked));
    expect(await currentGeneration(folder)).toBeUndefined();
    expect(await holdCurrent(folder)).toBeUndefined();
    // Nor gone back to, once there is another.
    await install('3'.repeat(16));
    expect((await formerGenerations(folder)).map(({ id }) => id)).toEqual([FIRST]);
    // Made anew under its name, it is one again.
    await install(SECOND);
    expect(await readFile(path.join(place, 'tree', 'id'), 'utf8')).toBe(SECOND);
    expect((await currentGeneration(folder))?.id).toBe(SECOND);
  });

  it('are made by one update at a time', async () => {
    const logger = new RecordingHost();
    const first = await lockBuildroot(folder, 0, logger);
    await expect(lockBuildroot(folder, 0, logger)).rejects.toThrow(/in use by another process/);
    await first.release();
    await (await lockBuildroot(folder, 0, logger)).release();
  });

  it.each(['../etc', 'a/b', '', '.hidden', 'x'.repeat(200)])('have no name %j', (name) => {
    expect(() => buildrootFolder('/state', name)).toThrow(/not a name for a buildroot/);
  });
});

it.each(['', '{', '{"schema":"pkg-actions/generation/99"}'])('a record that says %j is none', async (text) => {
  const { folder: place } = await install(FIRST);
  await writeFile(path.join(place, 'generation.json'), text);
  expect(await currentGeneration(folder)).toBeUndefined();
  expect(await holdCurrent(folder)).toBeUndefined();
  await install(FIRST);
  expect((await currentGeneration(folder))?.id).toBe(FIRST);
});
