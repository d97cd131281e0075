/**
 * Layers: the installed build dependencies of a package, frozen, to be stacked on the generation they were made over.
 *
 *     <state>/layers/<id>/tree/        what was written over the generation: an upper folder of overlayfs as it is
 *     <state>/layers/<id>/layer.json   what it was made from, and what is installed with it
 *     <state>/layers/<id>/used         its time says when it was last used
 *     <state>/layers/.new-*            being made, under a lock of their maker
 *
 * A layer is put in place by rename and never changed afterwards. Who uses one holds a shared lock on its folder;
 * removing takes an exclusive one, and nobody ever waits for either.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Lock } from '../../lock.ts';
import { run, start } from '../../process.ts';
import { buildrootFolder, type Generation } from '../generation.ts';
import { lockFolder, removeDeadFolders, removeUnheld, type StagedFolder, stageFolder } from '../staged-folder.ts';

/** Everything that decides what is in a layer. Its digest is the layer's name. */
export interface LayerKey {
  readonly format: 'deb' | 'rpm';
  /** dpkg's or rpm's name. */
  readonly architecture: string;
  readonly generation: Generation;
  /**
   * What was resolved, `name:architecture=version`, with ` sha256:<digest>` where it is known, in any order. What is
   * removed from the generation is `name:architecture-`.
   */
  readonly packages: readonly string[];
  /** What else decides: files that packages came from by their digests, options of the tool. */
  readonly settings?: Readonly<Record<string, string | readonly string[]>>;
}

const layerSchema = z.strictObject({
  schema: z.literal('pkg-actions/layer/1'),
  id: z.string(),
  format: z.enum(['deb', 'rpm']),
  architecture: z.string(),
  /** Name of the buildroot, and of its generation. */
  generation: z.strictObject({ name: z.string(), id: z.string() }),
  packages: z.array(z.string()),
  /** Everything that is installed in generation and layer together, sorted, in the format's own form. */
  installed: z.array(z.string()),
  /** Free for the format. */
  notes: z.record(z.string(), z.unknown()).optional(),
  createdAt: z.iso.datetime(),
  bytes: z.int().nonnegative(),
  /** The start of the machine that it was written in: until it is known to be on the disk it is worth nothing after it. */
  boot: z.string(),
});
export type LayerRecord = z.infer<typeof layerSchema>;

/** A layer under a shared lock: nobody removes it before `release`. */
export interface HeldLayer extends AsyncDisposable {
  readonly id: string;
  /** To be a lower folder, above that of the generation. */
  readonly tree: string;
  readonly record: LayerRecord;
  readonly lock: Lock;
  release(): Promise<void>;
}

/** A layer to come. */
export interface StagedLayer extends AsyncDisposable {
  /**
   * Folder for `scratch: { upper }` of the session that installs. The session makes `changes/` and `work/` in it. Free
   * to hold other things of the maker's; all of it goes when the layer is kept or given up.
   */
  readonly upper: string;
  /** What becomes the layer. Only to be touched after the session was closed. */
  readonly changes: string;
  /** Gives it up. Does nothing after `keepLayer`. */
  discard(): Promise<void>;
}

export const layersFolder = (state: string): string => path.join(state, 'layers');

const ID = /^[0-9a-f]{32}$/;
const WHAT = 'a layer of build dependencies';

/** The layer's name: a digest of its key, 32 hexadecimal digits. */
export function layerId(key: LayerKey): string {
  const { generation, format, architecture, packages, settings = {} } = key;
  const sorted = Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));
  const text = JSON.stringify([
    1,
    format,
    architecture,
    // One that was removed and made again has the same name, but other files.
    [generation.record.name, generation.id, generation.record.createdAt],
    [...packages].sort(),
    sorted,
  ]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/**
 * The layer of a key (or of its name), held, and marked as used now. Does not wait.
 *
 * @returns `undefined` where there is none, or none that can be trusted.
 */
export async function findLayer(
  state: string,
  key: LayerKey | string,
  signal?: AbortSignal,
): Promise<HeldLayer | undefined> {
  const id = typeof key === 'string' ? key : layerId(key);
  if (!ID.test(id)) throw new Error(`not the name of a layer: ${id}`);
  const folder = path.join(layersFolder(state), id);
  const lock = await lockFolder(folder, { mode: 'shared', what: WHAT, ...(signal ? { signal } : {}) });
  if (lock === undefined) return undefined;
  try {
    const record = await readRecord(folder);
    if (record !== undefined && (await isTrusted(folder, record))) {
      const now = new Date();
      await utimes(path.join(folder, 'used'), now, now);
      return held(folder, record, lock);
    }
  } catch (error) {
    await lock.release();
    throw error;
  }
  await lock.release();
  return undefined;
}

/** Makes a folder for a layer to come, on the file system that layers are kept on. */
export async function stageLayer(state: string, signal?: AbortSignal): Promise<StagedLayer> {
  const staged: StagedFolder = await stageFolder(layersFolder(state), WHAT, signal);
  const { folder, discard } = staged;
  return { upper: folder, changes: path.join(folder, 'changes'), discard, [Symbol.asyncDispose]: discard };
}

/**
 * Puts a staged layer in place, by rename, and holds it. The session that wrote it must be closed, and what is no part
 * of a layer removed (`freezeLayer`). Where another build was faster, its layer is held and ours removed.
 *
 * @returns `undefined` where neither could be held: then the staged layer is still there.
 */
export async function keepLayer(
  state: string,
  staged: StagedLayer,
  key: LayerKey,
  { installed, notes }: { readonly installed: readonly string[]; readonly notes?: Readonly<Record<string, unknown>> },
): Promise<HeldLayer | undefined> {
  const id = layerId(key);
  const { generation, format, architecture, packages } = key;
  const size = await run(['du', '--summarize', '--block-size=1', '--one-file-system', '--', staged.changes]);
  const record = layerSchema.parse({
    schema: 'pkg-actions/layer/1',
    id,
    format,
    architecture,
    generation: { name: generation.record.name, id: generation.id },
    packages: [...packages].sort(),
    installed: [...installed],
    ...(notes ? { notes } : {}),
    createdAt: new Date().toISOString(),
    bytes: Number(size.stdout.split('\t')[0]),
    boot: await bootId(),
  });
  const own = path.join(staged.upper, 'layer');
  const place = path.join(layersFolder(state), id);
  await mkdir(own, { mode: 0o700 });
  await writeFile(path.join(own, 'layer.json'), `${JSON.stringify(record, null, 1)}\n`);
  await writeFile(path.join(own, 'used'), '');
  // Held before anybody can see it.
  const lock = await lockFolder(own, { mode: 'shared', what: WHAT });
  if (lock === undefined) return undefined;
  try {
    await rename(staged.changes, path.join(own, 'tree'));
  } catch (error) {
    await lock.release();
    throw error;
  }
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      const failure = await rename(own, place).then(
        () => undefined,
        (error: NodeJS.ErrnoException) => error,
      );
      if (failure === undefined) {
        await staged.discard();
        writeThrough(place);
        return held(place, record, lock);
      }
      if (failure.code !== 'ENOTEMPTY' && failure.code !== 'EEXIST') throw failure;
      const theirs = await findLayer(state, id);
      if (theirs !== undefined) {
        await lock.release();
        await staged.discard();
        return theirs;
      }
      // Not to be used by anybody, such as one that a crash of the machine left half written.
      await removeUnheld(place, WHAT);
    }
  } catch (error) {
    await unmake(own, staged, lock);
    throw error;
  }
  await unmake(own, staged, lock);
  return undefined;
}

/** Gives the staged layer back what was to become a layer. */
async function unmake(own: string, { changes }: StagedLayer, lock: Lock): Promise<void> {
  await lock.release();
  await rename(path.join(own, 'tree'), changes);
  await rm(own, { recursive: true });
}

/**
 * Removes layers that nobody holds: those whose generation is gone, then the least recently used until the others take
 * at most `mostBytes`.
 *
 * @returns names of the layers removed.
 */
export async function pruneLayers(state: string, mostBytes: number): Promise<string[]> {
  const folder = layersFolder(state);
  const removed: string[] = [];
  const kept: { readonly id: string; readonly bytes: number; readonly used: number }[] = [];
  const remove = async (id: string) => {
    // Gone meanwhile: another build prunes too.
    if (await removeUnheld(path.join(folder, id), WHAT).catch(() => false)) removed.push(id);
    return removed.at(-1) === id;
  };
  for (const id of await readdir(folder).catch(() => [])) {
    if (!ID.test(id)) continue;
    const place = path.join(folder, id);
    const record = await readRecord(place);
    const used = await stat(path.join(place, 'used')).catch(() => undefined);
    const usable = record !== undefined && used !== undefined && (await isTrusted(place, record));
    if (usable && (await hasGeneration(state, record))) kept.push({ id, bytes: record.bytes, used: used.mtimeMs });
    else await remove(id);
  }
  kept.sort((a, b) => a.used - b.used);
  let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { id, bytes } of kept) {
    if (total <= mostBytes) break;
    if (await remove(id)) total -= bytes;
  }
  return removed;
}

/**
 * Removes what runs left that were killed while they made or removed a layer.
 *
 * @returns names of the folders removed.
 */
export function removeDeadLayers(state: string): Promise<string[]> {
  return removeDeadFolders(layersFolder(state), WHAT);
}

function held(folder: string, record: LayerRecord, lock: Lock): HeldLayer {
  const release = () => lock.release();
  return {
    id: record.id,
    tree: path.join(folder, 'tree'),
    record,
    lock,
    release,
    [Symbol.asyncDispose]: release,
  };
}

async function readRecord(folder: string): Promise<LayerRecord | undefined> {
  try {
    const text = await readFile(path.join(folder, 'layer.json'), 'utf8');
    const record = layerSchema.safeParse(JSON.parse(text));
    return record.success && record.data.id === path.basename(folder) ? record.data : undefined;
  } catch {
    return undefined;
  }
}

/** Whether all of it was written: to the disk, or at least by a machine that has not gone down since. */
async function isTrusted(folder: string, { boot }: LayerRecord): Promise<boolean> {
  if (boot === (await bootId())) return true;
  return readFile(path.join(folder, 'written')).then(
    () => true,
    () => false,
  );
}

const bootId = async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();

/** Writes the layer to the disk, while the build goes on; where that is cut short it holds until the machine goes down. */
function writeThrough(folder: string): void {
  // `written` is on the disk some time after it, at the latest with the next one: never before what it speaks of.
  const child = start(['sh', '-c', 'cd "$1" && sync -f tree && : > written', 'sh', folder]);
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr])
    (stream as unknown as { unref?: () => void }).unref?.();
}

async function hasGeneration(state: string, { generation: { name, id } }: LayerRecord): Promise<boolean> {
  return readFile(path.join(buildrootFolder(state, name), id, 'generation.json')).then(
    () => true,
    () => false,
  );
}
