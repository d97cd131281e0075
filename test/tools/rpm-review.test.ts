/** Review repositories for rpm: published to by the action, read by dnf over http together with the release. */
import { existsSync } from 'node:fs';
import { readlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/main.ts';
import { treeDigest } from './publish-helpers.ts';
import { type PublishServer, servePublic } from './publish-server.ts';
import { ReviewRig } from './review-rig.ts';
import { RpmWorkbench, type SpecOptions } from './rpm-publish-helpers.ts';

let bench: RpmWorkbench;
let server: PublishServer;
let rig: ReviewRig;
/** What was released: hello 1.0-1 and data 1.0-1. */
let released: string;

/** A build of a change that is not merged. */
async function build(options: SpecOptions): Promise<string> {
  const folder = await bench.scratch('build');
  await bench.rpms(folder, options);
  return await bench.build(folder, { manifest: { change: 'review' } });
}
const hello = (version: string, more: SpecOptions = {}): SpecOptions => ({ name: 'hello', version, ...more });

/** A dnf that has the file which the action gives, and nothing else. */
async function client(repoFile: string | undefined) {
  const folder = await bench.scratch('repos');
  await writeFile(path.join(folder, 'test.repo'), repoFile ?? '');
  const dnf = await bench.dnf();
  return { dnf, options: ['--disablerepo=test', `--setopt=reposdir=${folder}`] };
}

beforeAll(async () => {
  bench = await RpmWorkbench.make();
  server = await servePublic(path.join(bench.repository, 'public'));
  rig = await ReviewRig.make(bench);
  const builds = [await bench.full(hello('1.0-1')), await bench.full({ name: 'data', architecture: 'noarch' })];
  const { code } = await rig.act({
    packages: builds.map((each) => path.relative(bench.folder, each)).join('\n'),
    'signing-key': bench.secret,
    label: 'Acme packages',
    architectures: 'x86_64,aarch64',
    url: server.url,
  });
  expect(code).toBe(EXIT.success);
  released = path.basename(await readlink(path.join(bench.repository, 'public', 'latest')));
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await bench?.[Symbol.asyncDispose]();
});

describe('a review', () => {
  it('is layered over the release: dnf takes the newer package from it, and the others from the release', async () => {
    const before = await treeDigest(path.join(bench.repository, 'public', 'snapshots'));
    const name = rig.name();
    const { errors, warnings, outputs } = await rig.publish(name, [await build(hello('1.0-2'))]);
    expect([errors, warnings]).toEqual([[], []]);
    const place = `${server.url}/review/${name}/snapshots/${outputs['snapshot']}`;
    expect(outputs['snapshot-uri']).toBe(place);
    expect(outputs['repo-file']).toContain(`baseurl=${server.url}/snapshots/${released}/$basearch\n`);
    expect(outputs['repo-file']).toContain(`baseurl=${place}/$basearch\n`);
    const ids = (outputs['repo-file'] ?? '').match(/^\[.*\]$/gm) ?? [];
    expect(new Set(ids).size).toBe(6);
    expect((await rig.head(name)).settings).toMatchObject({
      label: `Acme packages, review ${name}`,
      architectures: ['x86_64', 'aarch64'],
    });

    const { dnf, options } = await client(outputs['repo-file']);
    await dnf.run(...options, 'install', 'hello', 'data');
    const query = ['repoquery', '--installed', '--queryformat=%{name}-%{evr} %{from_repo}'] as const;
    const lines = (await dnf.run(...options, ...query)).split('\n').filter((line) => /^(?:hello|data)-/.test(line));
    expect(lines.sort()).toEqual([
      expect.stringMatching(/^data-1\.0-1 acme-packages-snapshots-/),
      expect.stringMatching(/^hello-1\.0-2 acme-packages-review-cr-\d+-snapshots-/),
    ]);
    expect(await treeDigest(path.join(bench.repository, 'public', 'snapshots'))).toBe(before);

    const older = await rig.publish(rig.name(), [await build(hello('0.9-1'))]);
    expect(older.errors.join()).toMatch(/clients would not choose .*hello 1\.0-1 \(x86_64\) in the channel latest/);
  });

  it('has what the last patch set makes, and is begun anew where a version comes with other content', async () => {
    const name = rig.name();
    const first = [await build(hello('1.3-1', { subpackages: { extra: 'noarch' } })), await build({ name: 'other' })];
    await rig.publish(name, first);
    const root = await rig.current(name);
    const lower = await rig.publish(name, [await build(hello('1.2-1'))]);
    expect([lower.errors, lower.warnings]).toEqual([[], []]);
    const names = async () => (await rig.head(name)).packages.map((each) => `${each.name} ${each.version}`);
    const expected = ['hello 1.2-1', 'other 1.0-1', 'hello 1.2-1', 'other 1.0-1'];
    expect(await names()).toEqual(expected);
    expect(await rig.current(name)).toBe(root);

    const again = await rig.publish(name, [await build(hello('1.2-1', { content: 'built again' }))]);
    expect(again.errors).toEqual([]);
    expect(await rig.current(name)).not.toBe(root);
    expect(existsSync(root)).toBe(false);
    expect(await names()).toEqual(expected);
    const { dnf, options } = await client(again.outputs['repo-file']);
    expect(await dnf.list(...options, '--latest-limit=1')).toEqual([
      'data-1.0-1.noarch',
      'hello-1.2-1.x86_64',
      'other-1.0-1.x86_64',
    ]);
    await dnf.run(...options, 'install', 'hello', 'other');

    expect((await rig.manage('remove-review', { review: name })).result).toMatchObject({ removed: [name] });
    expect(existsSync(rig.place(name).folder)).toBe(false);
  });
});
