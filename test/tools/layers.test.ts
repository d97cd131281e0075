import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findLayer, layersFolder } from '../../src/buildroot/layers/store.ts';
import { removeUnheld } from '../../src/buildroot/staged-folder.ts';
import type { RecordingHost } from '../../src/host/recording.ts';
import { readManifest } from '../../src/manifest.ts';
import { run as command } from '../../src/process.ts';
import {
  type BuiltDeb,
  buildDeb,
  makeDeb,
  makeRepository,
  type PlainPackage,
  plainSource,
  repositories,
  type SmallDeb,
  treeDigest,
} from './build-deb-helpers.ts';
import { STATE, TARGET, testGeneration } from './buildroot.ts';
import { serveFolder } from './rpm-distribution-server.ts';
import { makeSource } from './source-package.ts';
import { traces } from './traces.ts';

let root: string;
let folder: string;
/** A flat repository of the test. Sessions see it, and what is put in it meanwhile. */
let repository: string;
/** Of a dependency, in every test another one, so that no layer is there that has it. */
let name: string;
const made = new Set<string>();

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-layers-'));
  await (await testGeneration()).lock.release();
}, 300_000);
afterAll(async () => {
  for (const id of made) await removeUnheld(path.join(layersFolder(STATE), id), 'a layer of the tests').catch(() => {});
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, 'case-'));
  repository = path.join(folder, 'repository');
  name = `dep${randomBytes(6).toString('hex')}`;
});

/** How the build got its layer, by its log, and which one. */
async function layerOf(built: BuiltDeb): Promise<{ how: string; id: string | undefined }> {
  expect(built.errors).toBe('');
  // apt says it where its user may not read a file that is given: of package files, now and then.
  expect(built.warnings.filter((line) => !line.includes('performed unsandboxed')).join('\n')).toBe('');
  const [, id = '', how = ''] = /^layer ([0-9a-f]{32} )?\((\w[\w ]*)\)$/m.exec(await built.log()) ?? [];
  const inManifest = (await built.manifest()).buildroot?.layer;
  expect(inManifest).toBe(id.trim() || undefined);
  if (inManifest !== undefined) made.add(inManifest);
  return { how, id: inManifest };
}

const isThere = (file: string) =>
  lstat(file).then(
    () => true,
    () => false,
  );

const dependency = (more: Partial<SmallDeb> = {}): SmallDeb => ({
  name,
  files: { [`/usr/share/${name}/content`]: `${more.version ?? '1.0'}\n` },
  ...more,
});

/** A package that shows what it was built with. */
const showing = (more: Partial<PlainPackage> = {}) =>
  plainSource(folder, {
    buildDepends: [name],
    build: [`echo "dependency: $(cat /usr/share/${name}/content)"`],
    ...more,
  });

/** Goes on when the test says so: sessions see what is put in the folder of the repository. */
const WAITING = `touch /var/lib/NAME; while ! ls /run/pkg-actions/repositories/*/go >/dev/null 2>&1; do sleep 0.1; done; : NAME`;
const waiting = () => dependency({ postinst: WAITING.replaceAll('NAME', name) });
const letGo = () => writeFile(path.join(repository, 'go'), '');

/** How many builds are just installing the dependency. */
async function making(state = STATE): Promise<number> {
  const entries = await readdir(layersFolder(state)).catch(() => []);
  const marks = entries.map((entry) => isThere(path.join(layersFolder(state), entry, 'changes/var/lib', name)));
  return (await Promise.all(marks)).filter(Boolean).length;
}

/** Names of layers that have the dependency. */
async function layersWithIt(state = STATE): Promise<string[]> {
  const found: string[] = [];
  for (const id of await readdir(layersFolder(state)).catch(() => [])) {
    const record = await readFile(path.join(layersFolder(state), id, 'layer.json'), 'utf8').catch(() => '');
    if (record.includes(`${name}:`)) found.push(id);
  }
  return found;
}

/** A state folder of its own, with a copy of the generation: its files are those of the others until they are replaced. */
async function watchedState(): Promise<string> {
  const { lock, generation } = await testGeneration();
  try {
    const state = await mkdtemp(path.join(path.dirname(STATE), 'test-layers-'));
    const buildroot = path.join(state, 'buildroots', `${TARGET}-amd64`);
    await mkdir(buildroot, { recursive: true });
    await command(['cp', '-al', '--', path.dirname(generation.tree), buildroot]);
    await symlink(generation.id, path.join(buildroot, 'current'));
    await writeFile(path.join(buildroot, 'lock'), '');
    return state;
  } finally {
    await lock.release();
  }
}

/** From now on apt-get fails when it is asked for dependencies: the real one, with a look at its arguments before. */
async function trip(state: string): Promise<void> {
  const place = path.join(state, 'buildroots', `${TARGET}-amd64`, 'current/tree/usr/bin/apt-get');
  const wire = `case " $* " in *' build-dep '*) echo 'apt was asked' >&2; exit 99 ;; esac`;
  await rename(place, `${place}.real`);
  await writeFile(place, `#!/bin/sh\n${wire}\nexec /usr/bin/apt-get.real "$@"\n`, { mode: 0o755 });
}

/** A state folder of its own, with the generation of the others. */
async function ownState(): Promise<string> {
  const state = await mkdtemp(path.join(path.dirname(STATE), 'test-layers-'));
  await mkdir(path.join(state, 'buildroots'));
  await symlink(path.join(STATE, 'buildroots', `${TARGET}-amd64`), path.join(state, 'buildroots', `${TARGET}-amd64`));
  return state;
}

describe('layers of deb builds', () => {
  it('are made once, built on again, and never changed', async () => {
    const place = `/usr/share/${name}`;
    await makeRepository(repository, [
      dependency({ postinst: `echo state > /var/lib/${name}; echo x > /tmp/${name}; chmod -R 777 ${place}` }),
    ]);
    // With debhelper, as packages are. It may change what its dependency left open, and does.
    const rules = `override_dh_auto_build:\n\tcat /var/lib/${name}; cat ${place}/content\n\trm ${place}/content; echo mine > ${place}/mine; ls ${place}\n`;
    const source = await makeSource(folder, { buildDepends: [name], rules });
    const first = await buildDeb(folder, source, repositories(repository));
    const layer = await layerOf(first);
    expect(layer).toEqual({ how: 'made', id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    const id = layer.id as string;
    const before = await treeDigest(id);
    const tree = path.join(layersFolder(STATE), id, 'tree');
    expect(await readFile(path.join(tree, place, 'content'), 'utf8')).toBe('1.0\n');
    // What is no part of it: what is temporary, and the names and lists of this build's repositories.
    const { stdout } = await command(['find', tree, '-mindepth', '1', '-printf', '%P\n']);
    expect(stdout.split('\n')).toContain(`var/lib/${name}`);
    expect(stdout).not.toMatch(/^(?:tmp|var\/tmp|run\/pkg-actions|dev|etc\/resolv\.conf|var\/cache\/apt)(?:\/|$)/m);
    expect(stdout).not.toMatch(/^(?:var\/lib\/apt\/lists|etc\/apt\/sources\.list\.d\/session)/m);

    const second = await buildDeb(folder, source, repositories(repository));
    expect(await layerOf(second)).toEqual({ how: 'hit', id });
    expect(await second.log()).toContain('\nmine\n');
    expect(await treeDigest(id)).toBe(before);
    // A hit gives what a miss gives, and what it is without layers.
    const off = await buildDeb(folder, source, { ...repositories(repository), layers: 'false' });
    expect(await layerOf(off)).toEqual({ how: 'off', id: undefined });
    for (const other of [second, off]) {
      expect(await other.debs()).toEqual(await first.debs());
      expect(await other.packages()).toEqual(await first.packages());
      expect((await other.manifest()).repositories).toEqual((await first.manifest()).repositories);
    }
    expect(await second.packages()).toContain(`${name}:all=1.0`);
    expect(await treeDigest(id)).toBe(before);
  });

  it('are others when a dependency has another version, or other content of the same version', async () => {
    const source = await showing();
    const seen: (string | undefined)[] = [];
    const versions: Partial<SmallDeb>[] = [
      { version: '1.0' },
      { version: '1.1' },
      { version: '1.1', files: { [`/usr/share/${name}/content`]: 'made again\n' } },
    ];
    for (const version of versions) {
      await makeRepository(repository, [dependency(version)]);
      const built = await buildDeb(folder, source, repositories(repository));
      const { how, id } = await layerOf(built);
      expect(how).toBe('made');
      seen.push(id);
      const content = version.files?.[`/usr/share/${name}/content`] ?? `${version.version}\n`;
      expect(await built.log()).toContain(`\ndependency: ${content}`);
    }
    expect(new Set(seen).size).toBe(versions.length);
  });

  it('are found by the question alone where generation and source decide, and asked for anew where they do not', async () => {
    // No other build asks with this profile; the layer itself may be there already.
    const inputs = { profiles: `pkg.tiny.${name}` };
    const source = await plainSource(folder, { buildDepends: ['libsigsegv-dev'] });
    const first = await buildDeb(folder, source, inputs);
    const { id } = await layerOf(first);
    const answers = path.join(layersFolder(STATE), 'answers');
    const known = async () => {
      const names = await readdir(answers);
      const texts = await Promise.all(names.map((one) => readFile(path.join(answers, one), 'utf8').catch(() => '')));
      return names.filter((_, index) => texts[index] === id);
    };
    expect((await known()).length).toBeGreaterThan(0);
    const second = await buildDeb(folder, source, inputs);
    expect(await layerOf(second)).toEqual({ how: 'hit', id });
    expect(await second.packages()).toEqual(await first.packages());
    expect(await second.debs()).toEqual(await first.debs());
  });

  it('need no word of apt where the question is known', async () => {
    const state = await watchedState();
    try {
      const source = await plainSource(folder, { buildDepends: ['libsigsegv-dev'] });
      const first = await buildDeb(folder, source, { state });
      const { how, id } = await layerOf(first);
      expect(how).toBe('made');
      await trip(state);
      const second = await buildDeb(folder, source, { state });
      expect(await layerOf(second)).toEqual({ how: 'hit', id });
      expect(await second.debs()).toEqual(await first.debs());
      // Another question has the same answer, which only apt knows: so it is this apt that would have been asked.
      const other = await buildDeb(folder, source, { state, profiles: `pkg.tiny.${name}`, retries: '0' });
      expect(other.code).toBe(1);
      expect(await other.log()).toContain('apt was asked');
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  });

  it('are made of package files, by their bytes', async () => {
    const files = path.join(folder, 'files');
    await mkdir(files);
    await makeDeb(files, dependency());
    const source = await showing();
    const first = await layerOf(await buildDeb(folder, source, { 'package-files': files }));
    expect(first.how).toBe('made');
    expect(await layerOf(await buildDeb(folder, source, { 'package-files': files }))).toEqual({
      how: 'hit',
      id: first.id,
    });
    await makeDeb(files, dependency({ files: { [`/usr/share/${name}/content`]: 'other\n' } }));
    const third = await buildDeb(folder, source, { 'package-files': files });
    expect((await layerOf(third)).how).toBe('made');
    expect((await third.manifest()).buildroot?.layer).not.toBe(first.id);
    expect(await third.log()).toContain('\ndependency: other\n');
  });

  it('are made by two builds at once, and one of them is kept', async () => {
    await makeRepository(repository, [waiting()]);
    const source = await showing();
    const building = [1, 2].map(() => buildDeb(folder, source, repositories(repository)));
    try {
      await expect.poll(making, { timeout: 300_000 }).toBe(2);
    } finally {
      await letGo();
    }
    const layers = await Promise.all((await Promise.all(building)).map(layerOf));
    expect(layers[0]?.id).toBeDefined();
    expect(layers[1]).toEqual(layers[0]);
    expect(await layersWithIt()).toEqual([layers[0]?.id]);
    expect(await layerOf(await buildDeb(folder, source, repositories(repository)))).toEqual({
      how: 'hit',
      id: layers[0]?.id,
    });
  });

  it('are given up with everything of theirs when the build is cancelled while one is made', async () => {
    await makeRepository(repository, [waiting()]);
    let host: RecordingHost | undefined;
    const building = buildDeb(folder, await showing(), repositories(repository), (given) => {
      host = given;
    });
    try {
      await expect.poll(making, { timeout: 300_000 }).toBe(1);
    } finally {
      host?.cancel();
    }
    const { code, output } = await building;
    expect(code).toBe(130);
    expect(await making()).toBe(0);
    expect(await layersWithIt()).toEqual([]);
    expect(await isThere(output)).toBe(false);
    await expect.poll(() => traces(name), { timeout: 60_000 }).toEqual([]);
  });

  it('are not used where their maker was killed: the next build makes its own', async () => {
    await makeRepository(repository, [waiting()]);
    const source = await showing();
    const child = startBuild(source, STATE, { output: path.join(folder, 'killed') });
    try {
      await expect.poll(making, { timeout: 300_000 }).toBe(1);
    } finally {
      child.process.kill('SIGKILL');
    }
    await child.ended;
    expect(await layersWithIt()).toEqual([]);
    await expect.poll(() => traces(name), { timeout: 60_000 }).toEqual([]);
    // The very same layer.
    await letGo();
    const built = await buildDeb(folder, source, repositories(repository));
    expect((await layerOf(built)).how).toBe('made');
    expect(await built.log()).toContain('\ndependency: 1.0\n');
    expect(await making()).toBe(0);
  });

  it('are removed where there is no room for them, but never one that is held', async () => {
    const state = await ownState();
    try {
      const names = ['a', 'b', 'c'].map((one) => `${name}${one}`);
      await makeRepository(
        repository,
        names.map((one) => ({ name: one })),
      );
      const build = async (index: number, size: string) => {
        const place = path.join(folder, String(index));
        const source = await plainSource(place, { buildDepends: [names[index] ?? ''] });
        const inputs = { ...repositories(repository), state, 'layers-size': size };
        const { id, how } = await layerOf(await buildDeb(folder, source, inputs));
        expect(how).toBe('made');
        return id as string;
      };
      const there = async () => (await readdir(layersFolder(state))).filter((id) => /^[0-9a-f]{32}$/.test(id)).sort();
      const a = await build(0, '1G');
      let b: string;
      {
        await using held = await findLayer(state, a);
        expect(held?.id).toBe(a);
        b = await build(1, '1');
        // Its own was in use as well when room was made.
        expect(await there()).toEqual([a, b].sort());
      }
      const c = await build(2, '1');
      expect(await there()).toEqual([c]);
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  });

  it('fail no build where they cannot be kept, nor do downloads', async () => {
    const state = await ownState();
    try {
      for (const store of ['layers', 'downloads-kept']) await writeFile(path.join(state, store), 'not a folder\n');
      await makeRepository(repository, [dependency()]);
      const built = await buildDeb(folder, await showing(), { ...repositories(repository), state });
      expect(built.errors).toBe('');
      expect(built.code).toBe(0);
      expect(built.warnings.join('\n')).toMatch(/no layer can be made: [\s\S]*downloads cannot be kept: /);
      expect((await built.manifest()).buildroot).not.toHaveProperty('layer');
      expect(await built.packages()).toContain(`${name}:all=1.0`);
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  });

  it.each([
    ['the state folder', '.'],
    ['kept downloads', 'downloads-kept'],
  ])('fail no build where the disk of %s is full', async (_what, part) => {
    const bytes = 32 * 1024 ** 2;
    await makeRepository(repository, [dependency({ files: { [`/usr/share/${name}/content`]: randomBytes(bytes) } })]);
    const source = await plainSource(folder, { buildDepends: [name], build: [`wc -c /usr/share/${name}/content`] });
    await using server = await serveFolder(repository);
    const state = await mkdtemp(path.join(path.dirname(STATE), 'test-layers-'));
    try {
      const output = path.join(folder, 'small');
      const { code, said } = await startBuild(source, state, { output, place: server.url, small: part }).ended;
      expect(code, said).toBe(0);
      expect(said).toContain('The disk of the state folder is full: downloads are not kept');
      expect(said).toContain(`${bytes} /usr/share/${name}/content`);
      const { manifest } = await readManifest(output);
      expect(manifest.verdict).toBe('success');
      const isMade = manifest.buildroot?.layer !== undefined;
      expect(isMade, said).toBe(part !== '.');
      expect(said.includes('the build goes on without a layer')).toBe(!isMade);
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  });
});

/** Builds in a process of its own; a part of its state folder may be a small disk, which no other one sees. */
function startBuild(
  source: string,
  state: string,
  { output, place = repository, small }: { output: string; place?: string; small?: string },
) {
  const cli = [
    ...[process.execPath, path.resolve(import.meta.dirname, '../../src/cli.ts'), 'build-sbuild', '--verbose'],
    ...['--source', source, '--target', TARGET, '--state', state, '--output', output, '--engine', 'host'],
    ...['--tmpfs-size', '400M', '--max-parallel', '8', '--repositories', `deb [trusted=yes] ${place} ./`],
  ];
  const mounting =
    'mkdir -p "$1" && mount -t tmpfs -o size=24m,mode=700 test "$1" && mkdir -p "$2" && ln -s "$3" "$2" && shift 3 && exec "$@"';
  const buildroot = path.join(STATE, 'buildroots', `${TARGET}-amd64`);
  const [program = '', ...args] =
    small === undefined
      ? cli
      : [
          ...['unshare', '--mount', 'sh', '-c', mounting, 'sh'],
          ...[path.join(state, small), path.join(state, 'buildroots'), buildroot, ...cli],
        ];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const ended = new Promise<{ code: number | null; said: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, said }));
  });
  return { process: child, ended };
}
