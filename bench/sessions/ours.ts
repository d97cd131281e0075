/** build-sbuild and build-mock as people run them: the bundled command line, a process of its own for each build. */
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { downloadsFolder } from '../../src/buildroot/downloads/store.ts';
import { buildrootFolder, currentGeneration, type Generation } from '../../src/buildroot/generation.ts';
import { layersFolder } from '../../src/buildroot/layers/store.ts';
import { readManifest } from '../../src/manifest.ts';
import { run } from '../../src/process.ts';

const CLI = path.resolve(import.meta.dirname, '../../dist/cli.js');

export interface Ours {
  readonly action: 'build-sbuild' | 'build-mock';
  readonly folder: string;
  readonly state: string;
  readonly target: string;
  /** Further options of everything, such as the packaging file. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes the buildroot, which no build is charged with: it is made once a day. */
export async function makeBuildroot({ folder, state, target, options = [], env = {} }: Ours): Promise<Generation> {
  await cli(['update-buildroots', '--targets', target, '--state', state, ...options], folder, env);
  const [name = ''] = await readdir(path.join(state, 'buildroots'));
  const generation = await currentGeneration(buildrootFolder(state, name));
  if (generation === undefined) throw new Error('no generation was made');
  return generation;
}

/** One whole build, from the start of the process to its end. */
export async function build(
  { action, folder, state, target, options: always = [], env = {} }: Ours,
  source: string,
  options: readonly string[] = [],
  output = 'ours-out',
): Promise<void> {
  const argv = [action, '--source', source, '--target', target, '--state', state, ...always];
  await cli([...argv, '--output', path.join(folder, output), '--max-parallel', '1', ...options], folder, env);
}

/** What a build had: as its log says it, so that a row of a table is what it is called. */
export interface HowItWas {
  /** `none`: no dependency had to be installed. */
  readonly layer: 'hit' | 'made' | 'none needed' | 'off';
  /** Packages that were kept, and that had to be fetched; absent where nothing was installed, or nothing is kept. */
  readonly downloads?: { readonly kept: number; readonly missing: number };
  /** Seconds of the phases, by name. */
  readonly seconds: ReadonlyMap<string, number>;
}

/** Reads it from the last results in `output`. */
export async function lastBuild({ folder }: Ours, output = 'ours-out'): Promise<HowItWas> {
  const place = path.join(folder, output);
  const { manifest } = await readManifest(place);
  const names = manifest.files.filter(({ role }) => role === 'log').map(({ name }) => name);
  const text = (await Promise.all(names.map((name) => readFile(path.join(place, name), 'utf8')))).join('\n');
  const layer = /^layer (?:[0-9a-f]{32} )?\((hit|made|none needed|off)\)$/m.exec(text)?.[1];
  if (layer === undefined) throw new Error(`the log in ${place} does not tell of a layer`);
  const [, kept, missing] = /^downloads: (\d+) kept, (\d+) to be fetched$/m.exec(text) ?? [];
  const junit = await readFile(path.join(place, 'junit.xml'), 'utf8');
  const seconds = [...junit.matchAll(/<testcase [^>]*>/g)].map(([tag]): [string, number] => [
    / name="([^"]*)"/.exec(tag)?.[1] ?? '',
    Number(/ time="([^"]*)"/.exec(tag)?.[1]),
  ]);
  return {
    layer: layer as HowItWas['layer'],
    ...(kept === undefined ? {} : { downloads: { kept: Number(kept), missing: Number(missing) } }),
    seconds: new Map(seconds),
  };
}

/** As if no build had ever installed anything here: no layer, no answer which one it would be. No build may be running. */
export async function forgetLayers(state: string): Promise<void> {
  await putAside(layersFolder(state));
}

/** As if nothing had ever been downloaded for a build here. No build may be running. */
export async function forgetDownloads(state: string): Promise<void> {
  await putAside(downloadsFolder(state));
}

/**
 * Out of the way, and not removed: ext4 goes past every inode that was freed in the last minutes when it makes a file,
 * and a first build would be charged with what the one before it left (recently_deleted() in fs/ext4/ialloc.c). A host
 * that has built nothing yet has no such.
 */
async function putAside(folder: string): Promise<void> {
  const aside = `${folder}-aside`;
  await mkdir(aside, { recursive: true });
  await rename(folder, path.join(aside, String((await readdir(aside)).length))).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    },
  );
}

async function cli(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<void> {
  await run([process.execPath, CLI, ...argv], { cwd, env });
}
