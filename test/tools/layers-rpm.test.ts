import { randomBytes } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { layersFolder } from '../../src/buildroot/layers/store.ts';
import { removeUnheld } from '../../src/buildroot/staged-folder.ts';
import type { RecordingHost } from '../../src/host/recording.ts';
import { run as command } from '../../src/process.ts';
import { type Built, build, packagingText, specText, type TinySpec, tinySource } from './build-mock-helpers.ts';
import { STATE } from './buildroot.ts';
import { testRpmGeneration } from './rpm-buildroot.ts';
import { extraRepository, rpmDistribution } from './rpm-distribution.ts';
import { indexAndSign, makeRpm, type SmallPackage } from './rpm-distribution-packages.ts';
import { traces } from './traces.ts';

let root: string;
let folder: string;
/** In every test another one, so that no layer is there that has it. */
let name: string;
const made = new Set<string>();

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-layers-rpm-'));
  await (await testRpmGeneration()).lock.release();
}, 300_000);
afterAll(async () => {
  for (const id of made) await removeUnheld(path.join(layersFolder(STATE), id), 'a layer of the tests');
  await rm(root, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, 'case-'));
  name = `dep${randomBytes(6).toString('hex')}`;
});

/** How the build got its layer, by its log, and which one. */
async function layerOf(built: Built): Promise<{ how: string; id: string | undefined }> {
  expect(built.errors).toBe('');
  expect(built.warnings).toEqual([]);
  const log = built.host.lines.map(({ message }) => message).join('\n');
  const [, id = '', how = ''] = /\blayer ([0-9a-f]{32} )?\((\w[\w ]*)\)/.exec(log) ?? [];
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

/** Everything of a tree: kinds, modes, owners, sizes, times, content, whiteouts. */
async function treeDigest(id: string): Promise<string> {
  const { stdout } = await command([
    'sh',
    '-c',
    'cd "$1" && { find . -printf "%p %y %m %U %G %s %T@ %l\\n" | sort; find . -type f -print0 | sort -z | xargs -0 -r sha256sum; } | sha256sum',
    'sh',
    path.join(layersFolder(STATE), id, 'tree'),
  ]);
  return stdout;
}

const dependency = (more: Partial<SmallPackage> = {}): SmallPackage => ({
  name,
  files: { [`/usr/share/${name}`]: `${more.version ?? '1.0'}\n` },
  ...more,
});

/** A package that shows what it was built with. */
const showing = (more: TinySpec = {}): TinySpec => ({
  buildRequires: [name],
  sections: { build: `echo "dependency: $(cat /usr/share/${name})"; ls /var/tmp /tmp; rpm -q ${name}` },
  ...more,
});

const repositories = (place: string) => ({ repositories: `extra ${place} trusted=yes` });
let count = 0;
const buildAgain = (source: string, inputs: Record<string, string> = {}) =>
  build(folder, source, { output: path.join(folder, `packages-${count++}`), ...inputs });

describe('layers of rpm builds', () => {
  it('are made once, built on again, and never changed', async () => {
    const extra = await extraRepository(path.join(folder, 'repository'), [
      dependency({ scriptlets: { post: `echo state > /var/lib/${name}; id -u nobody >/dev/null` } }),
    ]);
    const source = await tinySource(folder, {
      ...showing(),
      sections: { build: `cat /usr/share/${name} /var/lib/${name}\necho mine > /tmp/mine` },
    });
    const first = await buildAgain(source, repositories(extra.folder));
    const layer = await layerOf(first);
    expect(layer).toEqual({ how: 'made', id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    const before = await treeDigest(layer.id as string);
    // What is no part of it.
    const tree = path.join(layersFolder(STATE), layer.id as string, 'tree');
    const { stdout } = await command(['find', tree, '-mindepth', '1', '-printf', '%P\n']);
    expect(stdout.split('\n')).toContain(`buildroot/root/var/lib/${name}`);
    expect(stdout).not.toMatch(/(?:^|\n)(?!buildroot(?:\n|\/root(?:\n|\/)))./);
    expect(stdout).not.toMatch(/root\/(?:builddir|tmp|var\/tmp|var\/cache\/dnf|etc\/dnf\/dnf\.conf|etc\/resolv\.conf)/);

    const second = await buildAgain(source, repositories(extra.folder));
    expect(await layerOf(second)).toEqual({ how: 'hit', id: layer.id });
    expect(await treeDigest(layer.id as string)).toBe(before);
    // A hit gives what a miss gives, and what it is without layers.
    const off = await buildAgain(source, { ...repositories(extra.folder), layers: 'false' });
    expect(await layerOf(off)).toEqual({ how: 'off', id: undefined });
    for (const other of [second, off]) {
      expect(await other.text('.packages')).toBe(await first.text('.packages'));
      const packages = async (built: Built) =>
        (await built.manifest()).files.filter(({ role }) => role === 'rpm' || role === 'srpm');
      expect(await packages(other)).toEqual(await packages(first));
      expect((await other.manifest()).repositories).toEqual((await first.manifest()).repositories);
      expect(await other.names()).toEqual(await first.names());
    }
    expect(await second.text('installed_pkgs.log')).toContain(`${name}-1.0-1.el9.noarch`);
  });

  it('are others when a dependency has another version, or other content of the same version', async () => {
    const { secretFile } = await rpmDistribution();
    const place = path.join(folder, 'repository');
    const source = await tinySource(folder, showing());
    const seen = new Set<string | undefined>();
    const versions: Partial<SmallPackage>[] = [
      { version: '1.0' },
      { version: '1.1' },
      { version: '1.1', files: { [`/usr/share/${name}`]: 'made again\n' } },
    ];
    for (const version of versions) {
      await extraRepository(place, [dependency(version)]);
      if (version.version === '1.1') await rm(path.join(place, `${name}-1.0-1.el9.noarch.rpm`), { force: true });
      await indexAndSign(place, secretFile);
      const built = await buildAgain(source, repositories(place));
      const { how, id } = await layerOf(built);
      expect(how).toBe('made');
      seen.add(id);
      const content = version.files?.[`/usr/share/${name}`] ?? `${version.version}\n`;
      expect(await built.text('build.log')).toContain(`dependency: ${content}`);
    }
    expect(seen.size).toBe(versions.length);
  });

  it('serve packages that need the same in other words', async () => {
    const extra = await extraRepository(path.join(folder, 'repository'), [dependency()]);
    const first = await buildAgain(await tinySource(folder, showing()), repositories(extra.folder));
    const { id } = await layerOf(first);
    const other = await tinySource(path.join(folder, 'other'), {
      ...showing({ name: 'other' }),
      buildRequires: [`${name} >= 1`, `/usr/share/${name}`],
    });
    expect(await layerOf(await buildAgain(other, repositories(extra.folder)))).toEqual({ how: 'hit', id });
  });

  it('are made by two builds at once, and one of them is kept', async () => {
    const extra = await extraRepository(path.join(folder, 'repository'), [dependency()]);
    const source = await tinySource(folder, showing());
    const both = await Promise.all([1, 2].map(() => buildAgain(source, repositories(extra.folder))));
    const layers = await Promise.all(both.map(layerOf));
    expect(layers[0]?.id).toBeDefined();
    expect(layers[1]?.id).toBe(layers[0]?.id);
    expect(await layerOf(await buildAgain(source, repositories(extra.folder)))).toEqual({
      how: 'hit',
      id: layers[0]?.id,
    });
  });

  it('hold what the header asks for; what only the buildroot knows comes on top, as do extra packages', async () => {
    const extra = await extraRepository(path.join(folder, 'repository'), [
      dependency(),
      { name: `${name}-dynamic`, files: { [`/usr/share/${name}-dynamic`]: 'x\n' } },
      { name: `${name}-extra`, files: { [`/usr/share/${name}-extra`]: 'x\n' } },
    ]);
    const source = await tinySource(folder, {
      ...showing(),
      sections: {
        generate_buildrequires: `echo ${name}-dynamic`,
        build: `cat /usr/share/${name} /usr/share/${name}-dynamic /usr/share/${name}-extra`,
      },
    });
    const inputs = { ...repositories(extra.folder), 'extra-packages': `${name}-extra` };
    const first = await buildAgain(source, inputs);
    const { how, id } = await layerOf(first);
    expect(how).toBe('made');
    const record = JSON.parse(await readFile(path.join(layersFolder(STATE), id as string, 'layer.json'), 'utf8')) as {
      packages: string[];
    };
    expect(record.packages.map((text) => text.split(':')[0])).toEqual([name]);
    const second = await buildAgain(source, inputs);
    expect(await layerOf(second)).toEqual({ how: 'hit', id });
    for (const built of [first, second]) {
      expect(await built.text('.packages')).toMatch(
        new RegExp(`^${name}-1.0.*\n${name}-dynamic-1.0.*\n${name}-extra-1.0`, 'm'),
      );
    }
  });

  it('are made of package files and of what a spec file alone says, without running its code where they are made', async () => {
    const files = path.join(folder, 'files');
    // A scriptlet that would keep what the package's own code left.
    const scriptlets = { post: `if [ -e /var/tmp/was-here ]; then echo found; else echo clean; fi > /var/lib/${name}` };
    await makeRpm(files, dependency({ scriptlets }));
    const spec = path.join(folder, 'tiny.spec');
    const text = specText({
      ...showing(),
      head: ['%global told %(touch /var/tmp/was-here; echo told)'],
      sections: { build: `cat /usr/share/${name} && grep -x clean /var/lib/${name}` },
    });
    await writeFile(spec, text);
    const inputs = { 'package-files': files };
    const first = await buildAgain(spec, inputs);
    const { how, id } = await layerOf(first);
    expect(how).toBe('made');
    const second = await buildAgain(spec, inputs);
    expect(await layerOf(second)).toEqual({ how: 'hit', id });
    expect(await second.text('.packages')).toBe(await first.text('.packages'));
    // Of the same name and version, but other bytes.
    await rm(files, { recursive: true });
    await makeRpm(files, dependency({ scriptlets, files: { [`/usr/share/${name}`]: 'other\n' } }));
    const third = await layerOf(await buildAgain(spec, inputs));
    expect(third.how).toBe('made');
    expect(third.id).not.toBe(id);
  });

  it('are not made where nothing has to be installed', async () => {
    const built = await buildAgain(await tinySource(folder));
    expect(await layerOf(built)).toEqual({ how: 'none needed', id: undefined });
  });

  it('are given up with everything of theirs when the build is cancelled while one is made', async () => {
    const extra = await extraRepository(path.join(folder, 'repository'), [
      dependency({ scriptlets: { post: `touch /var/lib/${name}; exec sh -c 'sleep 7654; : ${name}'` } }),
    ]);
    const source = await tinySource(folder, showing());
    const begun = async () => {
      for (const entry of await readdir(layersFolder(STATE)).catch(() => [])) {
        const mark = path.join(layersFolder(STATE), entry, 'changes/buildroot/root/var/lib', name);
        if (await isThere(mark)) return true;
      }
      return false;
    };
    let host: RecordingHost | undefined;
    const building = build(
      folder,
      source,
      { ...repositories(extra.folder), output: path.join(folder, 'out') },
      (given) => {
        host = given;
      },
    );
    await expect.poll(begun, { timeout: 120_000 }).toBe(true);
    host?.cancel();
    expect((await building).code).toBe(130);
    expect(await begun()).toBe(false);
    expect(await isThere(path.join(folder, 'out'))).toBe(false);
    await expect.poll(() => traces(name), { timeout: 30_000 }).toEqual([]);
    for (const id of await readdir(layersFolder(STATE))) {
      const record = await readFile(path.join(layersFolder(STATE), id, 'layer.json'), 'utf8').catch(() => '');
      expect(record).not.toContain(name);
    }
  });

  it('fail no build where they cannot be kept, nor do downloads', async () => {
    const { name: buildroot, lock } = await testRpmGeneration();
    const state = await mkdtemp(path.join(path.dirname(STATE), 'no-layers-'));
    try {
      await mkdir(path.join(state, 'buildroots'));
      await command(['cp', '-a', path.join(STATE, 'buildroots', buildroot), path.join(state, 'buildroots')]);
      for (const store of ['layers', 'downloads-kept']) await writeFile(path.join(state, store), 'not a folder\n');
      const extra = await extraRepository(path.join(folder, 'repository'), [dependency()]);
      const built = await buildAgain(await tinySource(folder, showing()), { ...repositories(extra.folder), state });
      expect(built.errors).toBe('');
      expect(built.code).toBe(0);
      expect(built.warnings.join('\n')).toMatch(/no layer can be made: [\s\S]*downloads cannot be kept: /);
      expect((await built.manifest()).buildroot).not.toHaveProperty('layer');
      expect(await built.text('.packages')).toContain(`${name}-1.0-1`);
    } finally {
      await lock.release();
      await rm(state, { recursive: true, force: true });
    }
  });

  it('are not made where dnf cannot tell beforehand what it would install', async () => {
    const { target, lock } = await testRpmGeneration();
    await lock.release();
    const text = `${target.mock && 'text' in target.mock ? target.mock.text : ''}\nconfig_opts['more_buildreqs'] = {'tiny': ['libother-devel']}\n`;
    const packaging = path.join(folder, 'more.yml');
    const value = JSON.parse(await packagingText()) as { targets: { mock: unknown }[] };
    for (const one of value.targets) one.mock = { text };
    await writeFile(packaging, JSON.stringify(value));
    const state = await mkdtemp(path.join(path.dirname(STATE), 'more-'));
    try {
      const source = await tinySource(folder, { buildRequires: ['libsample-devel'] });
      const built = await buildAgain(source, { packaging, state, buildroot: '' });
      expect(built.errors).toBe('');
      expect(await built.text('.packages')).toMatch(/^libother-devel-.*\nlibsample-devel-/m);
      expect((await built.manifest()).buildroot).not.toHaveProperty('layer');
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  });
});
