/** Review repositories for deb: published to by the action, read by apt over http together with the release. */
import { existsSync } from 'node:fs';
import { cp, lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/main.ts';
import { run as runTool } from '../../src/process.ts';
import { prune } from '../../src/repository/manage/prune.ts';
import { pruneReviews, removeReviews } from '../../src/repository/review/remove.ts';
import { mirror } from './mirror-rig.ts';
import { type DebOptions, treeDigest, Workbench } from './publish-helpers.ts';
import { type PublishServer, servePublic } from './publish-server.ts';
import { ReviewRig } from './review-rig.ts';

let bench: Workbench;
let server: PublishServer;
let rig: ReviewRig;
/** What was released: hello 1.0-1 and libfoo 1.0. */
let released: string;

/** A build of a change that is not merged. */
async function build(...packages: readonly DebOptions[]): Promise<string> {
  const folder = await bench.scratch('build');
  for (const each of packages) await bench.deb(folder, each);
  return await bench.build(folder, { manifest: { change: 'review' } });
}
const hello = (version: string, more: Partial<DebOptions> = {}): DebOptions => ({
  name: 'hello',
  version,
  fields: { Depends: 'libfoo' },
  ...more,
});
const part = (version: string, name = 'hello-extra'): DebOptions => ({ name, version, fields: { Source: 'hello' } });

/** An apt that has the file which the action gives, and nothing else. */
async function client(sources: string | undefined) {
  const apt = await bench.apt();
  await writeFile(path.join(apt.folder, 'etc', 'sources.list'), '');
  await mkdir(path.join(apt.folder, 'etc', 'sources.list.d'));
  await writeFile(path.join(apt.folder, 'etc', 'sources.list.d', 'test.sources'), sources ?? '');
  await apt.update();
  return apt;
}

/** All of the release, but what stands in for reviews. */
async function releaseDigest(): Promise<string> {
  const copy = await bench.scratch('copy');
  await cp(bench.repository, copy, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  for (const place of ['review', 'public/review']) await rm(path.join(copy, place), { recursive: true, force: true });
  return await treeDigest(copy);
}

beforeAll(async () => {
  bench = await Workbench.make();
  server = await servePublic(path.join(bench.repository, 'public'));
  rig = await ReviewRig.make(bench);
  const builds = [await bench.full('hello', '1.0-1'), await bench.binaries({ name: 'libfoo', architecture: 'all' })];
  const { code } = await rig.act({
    packages: builds.map((each) => path.relative(bench.folder, each)).join('\n'),
    'signing-key': bench.secret,
    origin: 'Acme',
    label: 'Acme packages',
    components: 'main,contrib',
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
  it('is layered over the release: apt takes the package from it, and what that needs from the release', async () => {
    const before = await releaseDigest();
    const name = rig.name();
    const { code, errors, warnings, outputs, host } = await rig.publish(name, [await build(hello('1.0-2~cr1'))]);
    expect([errors, code]).toEqual([[], EXIT.success]);
    expect(warnings).toEqual([]);
    const url = `${server.url}/review/${name}`;
    expect(outputs).toMatchObject({
      changed: 'true',
      channel: 'latest',
      repository: await rig.current(name),
      fingerprint: rig.fingerprint,
      'snapshot-uri': `${url}/snapshots/${outputs['snapshot']}`,
    });
    expect(outputs['sources-entry']).toContain(`URIs: ${server.url}/snapshots/${released}\n`);
    expect(outputs['sources-entry']).toContain(`URIs: ${url}/snapshots/${outputs['snapshot']}\n`);
    expect(host.summaryText).toContain(`### Review \`${name}\``);
    expect(host.summaryText).toContain(`Published to the review ${name}: 1 added`);

    const apt = await client(outputs['sources-entry']);
    expect(await apt.list()).toEqual(['hello 1.0-2~cr1', 'libfoo 1.0']);
    server.requests.length = 0;
    await apt.run('apt-get', '-q', '-y', '--download-only', 'install', 'hello');
    const packages = server.requests.filter((each) => each.endsWith('.deb')).sort();
    expect(packages).toEqual([
      `/review/${name}/snapshots/${outputs['snapshot']}/pool/main/h/hello/hello_1.0-2~cr1_amd64.deb`,
      `/snapshots/${released}/pool/main/libf/libfoo/libfoo_1.0_all.deb`,
    ]);

    const snapshot = await rig.head(name);
    expect(snapshot.layeredOver).toEqual({ channel: 'latest', snapshot: released, url: server.url });
    expect(snapshot.settings).toMatchObject({
      suite: 'bookworm',
      origin: 'Acme',
      label: `Acme packages, review ${name}`,
      components: ['main', 'contrib'],
      architectures: ['amd64'],
      url,
    });
    const { folder, link, links, lock } = rig.place(name);
    for (const place of [path.dirname(folder), folder, links, await rig.current(name)]) {
      expect((await lstat(place)).mode & 0o7777).toBe(0o755);
    }
    expect((await lstat(lock)).mode & 0o7777).toBe(0o600);
    expect(await readlink(link)).toMatch(new RegExp(`^\\.\\./\\.\\./review/${name}/[^/]+/public$`));
    expect(await releaseDigest()).toBe(before);

    // The same once more is nothing, and the release's key is warned of.
    const again = await rig.publish(name, [await build(hello('1.0-2~cr1'))]);
    expect(again.outputs).toMatchObject({ changed: 'false', snapshot: outputs['snapshot'] });
    const own = await rig.publish(rig.name(), [await build(hello('1.0-2~cr1'))], { 'signing-key': bench.secret });
    expect(own.warnings.join()).toMatch(/signed by the key of the release/);
    expect(await releaseDigest()).toBe(before);
  });

  it('takes nothing that clients would not choose, and nothing that the release has', async () => {
    const before = await treeDigest(bench.repository);
    const name = rig.name();
    const older = await rig.publish(name, [await build(hello('0.9-1'))]);
    expect(older.errors.join()).toMatch(/clients would not choose .*hello 1\.0-1 \(amd64\) in the channel latest/);
    const other = await rig.publish(name, [await build(hello('1.0-1', { content: 'other' }))]);
    expect(other.errors.join()).toMatch(/the release has this version with other content/);
    const allowed = await rig.publish(name, [await build(hello('0.9-1'))], { 'allow-downgrade': 'why not' });
    expect(allowed.errors.join()).toMatch(/review repositories have no use for/);
    const channel = await rig.publish(name, [await build(hello('1.0-2~cr1'))], { channel: 'nope' });
    expect(channel.errors.join()).toMatch(/there is no such channel/);
    // To the byte: nothing to publish, and machines need the release alone.
    const same = await rig.publish(name, [await build({ name: 'libfoo', architecture: 'all' })]);
    expect(same.errors).toEqual([]);
    expect(same.outputs).toMatchObject({ verdict: 'nothing', changed: 'false', snapshot: released });
    expect(same.outputs['sources-entry']?.match(/^URIs: .*$/gm)).toEqual([`URIs: ${server.url}/snapshots/${released}`]);
    expect(await treeDigest(bench.repository)).toBe(before);
  });

  it('has of a source package what the last patch set makes, also when its version is lower', async () => {
    const name = rig.name();
    const other = await build({ name: 'other', version: '3.0' });
    const first = await rig.publish(name, [await build(hello('1.2-1~cr1'), part('1.2-1~cr1')), other]);
    const root = await rig.current(name);
    // Newer, and without the one package.
    await rig.publish(name, [await build(hello('1.3-1~cr2'))]);
    const names = async () => (await rig.head(name)).packages.map((each) => `${each.name} ${each.version}`);
    expect(await names()).toEqual(['hello 1.3-1~cr2', 'other 3.0']);
    const lower = await rig.publish(name, [await build(hello('1.1-1~cr3'), part('1.1-1~cr3', 'hello-new'))]);
    expect([lower.errors, lower.warnings]).toEqual([[], []]);
    expect(await names()).toEqual(['hello 1.1-1~cr3', 'hello-new 1.1-1~cr3', 'other 3.0']);
    expect((await rig.head(name)).change.overrides).toMatchObject([{ name: 'hello', over: '1.3-1~cr2' }]);
    const apt = await client(lower.outputs['sources-entry']);
    expect(await apt.list()).toEqual(['hello 1.1-1~cr3', 'hello-new 1.1-1~cr3', 'libfoo 1.0', 'other 3.0']);
    // In place: the states before have their addresses.
    expect(await rig.current(name)).toBe(root);
    const former = await client(first.outputs['sources-entry']);
    expect(await former.list()).toContain('hello-extra 1.2-1~cr1');
  });

  it('is begun anew where a version comes with other content, and takes the rest along', async () => {
    const name = rig.name();
    const once = await build(hello('1.2-1~cr1'));
    const folder = await bench.full('other', '3.0-1');
    await rig.publish(name, [once, folder]);
    const root = await rig.current(name);
    const again = await rig.publish(name, [await build(hello('1.2-1~cr1', { content: 'built again' }))]);
    expect([again.errors, again.code]).toEqual([[], EXIT.success]);
    expect(await rig.current(name)).not.toBe(root);
    expect(existsSync(root)).toBe(false);
    expect((await readdir(rig.place(name).folder)).sort()).toEqual([path.basename(await rig.current(name)), 'lock']);
    expect(again.host.summaryText).toContain('It was begun anew');
    const published = JSON.parse(again.outputs['published'] ?? '') as { review: object };
    expect(published.review).toMatchObject({ name, begun: 'anew', layeredOver: { snapshot: released } });
    const apt = await client(again.outputs['sources-entry']);
    expect(await apt.list()).toEqual(['hello 1.2-1~cr1', 'libfoo 1.0', 'other 3.0-1']);
    await apt.run('apt-get', '-q', 'download', 'hello', 'other');
    const file = 'hello_1.2-1~cr1_amd64.deb';
    const pooled = path.join(await rig.current(name), 'public/pool/main/h/hello', file);
    expect(await readFile(path.join(apt.folder, file))).toEqual(await readFile(pooled));
    await apt.run('apt-get', '-q', 'source', '--download-only', 'other');
  });
});

describe('builds for several architectures', () => {
  it('are built again one after the other, and none is lost', async () => {
    const name = rig.name();
    const version = '1.2-1~cr1';
    const inputs = { architectures: 'amd64,arm64' };
    const native = (architecture: string, content: string) => hello(version, { architecture, content });
    const doc = (content: string): DebOptions => ({ ...part(version, 'hello-doc'), architecture: 'all', content });
    const found = async () => {
      const root = await rig.current(name);
      const files = (await rig.head(name)).packages.map(async ({ files: [file] }) => {
        const tree = await bench.scratch('tree');
        const deb = path.join(root, 'public', file?.path ?? '');
        await runTool(['dpkg-deb', '--extract', deb, tree]);
        return `${path.basename(deb)} ${await readFile(path.join(tree, 'usr/share/doc/test/content'), 'utf8')}`;
      });
      return await Promise.all(files);
    };
    const amd64 = async (content: string) => await build(native('amd64', content), doc(content));
    const arm64 = async (content: string) => await build(native('arm64', content));
    for (const each of [await amd64('1'), await arm64('1'), await amd64('2')]) {
      expect((await rig.publish(name, [each], inputs)).errors).toEqual([]);
    }
    const file = (package_: string, architecture: string) => `${package_}_${version}_${architecture}.deb`;
    expect(await found()).toEqual([
      `${file('hello', 'amd64')} 2`,
      `${file('hello', 'arm64')} 1`,
      `${file('hello-doc', 'all')} 2`,
    ]);
    expect((await rig.publish(name, [await arm64('2')], inputs)).errors).toEqual([]);
    expect(await found()).toEqual([
      `${file('hello', 'amd64')} 2`,
      `${file('hello', 'arm64')} 2`,
      `${file('hello-doc', 'all')} 2`,
    ]);
  });
});

describe('plan and apply', () => {
  it('say what would be done, and do that or nothing', async () => {
    const before = await treeDigest(bench.repository);
    const name = rig.name();
    const first = await build(hello('1.2-1~cr1'));
    const key = { 'signing-key': '', 'signing-key-fingerprint': rig.fingerprint };
    const plan = await rig.publish(name, [first], { ...key, plan: 'plan.json' });
    expect([plan.errors, plan.outputs['verdict']]).toEqual([[], 'publish']);
    expect(await treeDigest(bench.repository)).toBe(before);
    const text = async () => JSON.parse(await readFile(path.join(bench.folder, 'plan.json'), 'utf8')) as object;
    expect(await text()).toMatchObject({
      channel: 'latest',
      review: { name, snapshot: null, channel: 'latest', release: released, begun: 'new', carried: [] },
      packages: [{ name: 'hello', action: 'add' }],
    });
    const none = await rig.act({ apply: 'plan.json', 'signing-key': rig.key });
    expect(none.errors.join()).toMatch(/the plan is for another review repository/);
    const done = await rig.act({ apply: 'plan.json', review: name, 'signing-key': rig.key });
    expect([done.errors, done.outputs['changed']]).toEqual([[], 'true']);
    const late = await rig.act({ apply: 'plan.json', review: name, 'signing-key': rig.key });
    expect(late.errors.join()).toMatch(/has changed since the plan was made/);

    const rebuilt = await build(hello('1.2-1~cr1', { content: 'built again' }));
    const anew = await rig.publish(name, [rebuilt], { ...key, 'signing-key-fingerprint': '', plan: 'plan.json' });
    expect(anew.errors).toEqual([]);
    expect(await text()).toMatchObject({
      verdict: 'publish',
      review: { begun: 'anew' },
      key: { signs: rig.fingerprint },
    });
    expect(anew.host.summaryText).toContain('It is begun anew');
    const root = await rig.current(name);
    const applied = await rig.act({ apply: 'plan.json', review: name, 'signing-key': rig.key });
    expect([applied.errors, applied.outputs['changed']]).toEqual([[], 'true']);
    expect(await rig.current(name)).not.toBe(root);
  });
});

describe('removal', () => {
  const options = () => ({
    root: bench.repository,
    holder: 'a test',
    leaseSeconds: 60,
    logger: bench.host,
    signal: bench.host.signal,
    dryRun: false,
  });

  it('when the change closes, and says where there was none', async () => {
    const before = await releaseDigest();
    const name = rig.name();
    await rig.publish(name, [await build(hello('1.2-1~cr1'))]);
    const listed = await rig.manage('list');
    expect(listed.result['reviews']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          name,
          root: await rig.current(name),
          sources: ['hello 1.2-1~cr1'],
          packages: 1,
          layeredOver: { channel: 'latest', snapshot: released, url: server.url },
          origins: [{ project: 'example/hello', commit: 'a'.repeat(40) }],
        }),
      ]),
    );
    expect(listed.host.summaryText).toContain('### Reviews');
    const one = await rig.manage('list', { review: name, channel: 'latest' });
    expect(one.result['packages']).toMatchObject([{ name: 'hello', version: '1.2-1~cr1' }]);

    const dry = await rig.manage('remove-review', { review: `${name},nope`, 'dry-run': 'true' });
    expect(dry.result).toMatchObject({ changed: true, removed: [name], absent: ['nope'] });
    expect(existsSync(rig.place(name).link)).toBe(true);
    const gone = await rig.manage('remove-review', { review: `${name},nope` });
    expect([gone.code, gone.errors]).toEqual([EXIT.success, []]);
    expect(gone.result).toMatchObject({ changed: true, removed: [name], absent: ['nope'] });
    for (const place of [rig.place(name).link, rig.place(name).folder]) {
      await expect(lstat(place)).rejects.toThrow(/ENOENT/);
    }
    expect((await rig.manage('remove-review', { review: name })).result).toMatchObject({
      changed: false,
      absent: [name],
    });
    expect((await rig.manage('remove-review')).errors.join()).toMatch(/no review is named/);
    expect((await rig.manage('prune', { review: name })).errors.join()).toMatch(/prune has no use for/);
    expect(await releaseDigest()).toBe(before);
    // And it can be opened again.
    await rig.publish(name, [await build(hello('1.2-1~cr1', { content: 'again' }))]);
    expect((await rig.head(name)).packages).toHaveLength(1);
  });

  it('by time, with leftovers of others', async () => {
    const [old, young] = [rig.name(), rig.name()];
    await rig.publish(old, [await build(hello('1.2-1~cr1'))]);
    await rig.publish(young, [await build(hello('1.2-1~cr2'))]);
    // Of a run that was ended: nothing leads there.
    const left = rig.place(rig.name());
    await mkdir(path.join(left.folder, '20260102T030405Z-abcdef', 'public'), { recursive: true });
    const days = (count: number) => () => new Date(Date.now() + count * 86_400_000);
    const keepSeconds = 14 * 86_400;
    const soon = await pruneReviews({ ...options(), keepSeconds, now: days(13), dryRun: true });
    expect(soon.removed.map(({ name }) => name)).toEqual([left.name]);
    const dry = await pruneReviews({ ...options(), keepSeconds, now: days(15), dryRun: true });
    expect(dry.removed.map(({ name }) => name)).toEqual(expect.arrayContaining([old, young, left.name]));
    expect(existsSync(left.folder)).toBe(true);

    const pruned = await rig.manage('prune-reviews');
    const names = (list: unknown) => (list as { name: string }[]).map(({ name }) => name);
    expect(names(pruned.result['removed'])).toEqual(expect.arrayContaining([left.name]));
    expect(names(pruned.result['kept'])).toEqual(expect.arrayContaining([young, old]));
    expect(existsSync(left.folder)).toBe(false);
    const late = await pruneReviews({ ...options(), keepSeconds, now: days(15) });
    expect(late.removed.map(({ name }) => name)).toEqual(expect.arrayContaining([old, young]));
    for (const name of [old, young]) expect(existsSync(rig.place(name).folder)).toBe(false);
  });

  it('leaves what reviews stand on to them, and mirrors and the page know nothing of them', async () => {
    const root = path.join(bench.folder, `own-${rig.name()}`);
    const repository = path.basename(root);
    await bench.publish([await bench.binaries({ name: 'hello', version: '1.0' })], { root, now: ago(90) });
    const name = 'CR-1';
    const { outputs, errors } = await rig.publish(name, [await build(hello('1.1'))], { repository });
    expect(errors).toEqual([]);
    const below = path.basename(await readlink(path.join(root, 'public', 'latest')));
    await bench.publish([await bench.binaries({ name: 'other' })], { root, now: ago(60) });
    const common = { ...options(), root, keep: 1, keepSeconds: 0 };
    const kept = await prune(common);
    expect(kept.kept).toContainEqual({ id: below, why: `the review ${name} is layered over it` });
    const apt = await client(outputs['sources-entry']);
    expect(await apt.list()).toEqual(['hello 1.1']);

    expect(await readFile(path.join(root, 'public', 'index.html'), 'utf8')).not.toContain(name);
    const to = path.join(bench.folder, `mirror-${repository}`);
    const [result] = await mirror(root, bench.host, [to]);
    expect(result).toMatchObject({ channels: ['latest'] });
    expect(await readdir(to)).not.toContain('review');
    expect(await mirror(root, bench.host, [to])).toMatchObject([{ removed: 0 }]);

    // The release has moved on: the same packages over another state.
    const next = path.basename(await readlink(path.join(root, 'public', 'latest')));
    const again = await rig.publish(name, [await build(hello('1.1'))], { repository });
    expect(again.outputs).toMatchObject({ changed: 'true', verdict: 'publish' });
    expect(again.outputs['sources-entry']).toContain(`/snapshots/${next}\n`);
    // It is ahead now: the change has to follow.
    await bench.publish([await bench.binaries({ name: 'hello', version: '2.0' })], { root, now: ago(40) });
    const behind = await rig.publish(name, [await build(hello('1.1'))], { repository });
    expect(behind.errors.join()).toMatch(/clients would not choose .*hello 2\.0/);
    await removeReviews({ ...options(), root, names: [name] });
    expect((await prune(common)).removed).toEqual([below, next]);
  });
});

it('can come before the first release', async () => {
  const name = rig.name();
  const repository = `first-${name}`;
  const root = path.join(bench.folder, repository);
  const first = await rig.publish(name, [await build(hello('0.1'))], { repository, label: 'Acme', suite: 'bookworm' });
  expect([first.errors, first.outputs['changed']]).toEqual([[], 'true']);
  expect(await (await client(first.outputs['sources-entry'])).list()).toEqual(['hello 0.1']);
  // What follows is the first release, into the same folder.
  await bench.publish([await bench.binaries({ name: 'libfoo', architecture: 'all' })], { root });
  const second = await rig.publish(name, [await build(hello('0.2'))], { repository });
  expect(second.errors).toEqual([]);
  expect(await (await client(second.outputs['sources-entry'])).list()).toEqual(['hello 0.2', 'libfoo 1.0']);
});

describe('at once', () => {
  it('publishers to one new review, and to others', async () => {
    const [one, other] = [rig.name(), rig.name()];
    const names = ['alpha', 'beta', 'gamma'];
    const builds = await Promise.all(names.map(async (name) => await build({ name, version: '1.0' })));
    const results = await Promise.all([
      ...builds.map(async (each) => await rig.publish(one, [each])),
      rig.publish(other, [builds[0] ?? '']),
    ]);
    expect(results.flatMap(({ errors }) => errors)).toEqual([]);
    expect((await rig.head(one)).packages.map((each) => each.name)).toEqual(names);
    expect((await rig.head(other)).packages.map((each) => each.name)).toEqual(['alpha']);
    expect(await readdir(rig.place(one).folder)).toHaveLength(2);
  });

  it('one that closes while it is published to is whole or gone', async () => {
    const name = rig.name();
    const place = rig.place(name);
    await rig.publish(name, [await build({ name: 'alpha' })]);
    const [published, removed] = await Promise.all([
      rig.publish(name, [await build({ name: 'beta' })]),
      rig.manage('remove-review', { review: name }),
    ]);
    expect([published.errors, removed.errors]).toEqual([[], []]);
    if (existsSync(place.link)) {
      expect((await rig.head(name)).packages.map((each) => each.name)).toContain('beta');
      expect(await readdir(place.folder)).toHaveLength(2);
    } else {
      expect(existsSync(place.folder)).toBe(false);
    }
  });
});

describe('hostile names and places', () => {
  it('names are refused by all that take one', async () => {
    const names = ['..', '.', '.hidden', '../../x', 'a/../../x', 'a..b', '/etc', '-rf', 'CR 1', 'Ü', 'x'.repeat(65)];
    const packages = await bench.binaries({});
    const before = await treeDigest(bench.repository);
    for (const name of names) {
      const published = await rig.publish(name, [packages]);
      const removed = await rig.manage('remove-review', { review: name });
      for (const { code, errors } of [published, removed]) {
        expect([name, code, errors]).toEqual([name, EXIT.failure, [expect.stringContaining('input review')]]);
      }
    }
    expect(await treeDigest(bench.repository)).toBe(before);
  });

  it('a link where a review belongs is neither followed nor removed', async () => {
    const outside = await bench.scratch('outside');
    await writeFile(path.join(outside, 'precious'), 'mine');
    const name = rig.name();
    const place = rig.place(name);
    await mkdir(path.dirname(place.folder), { recursive: true });
    await symlink(outside, place.folder);
    try {
      const before = await treeDigest(outside);
      const published = await rig.publish(name, [await build(hello('1.2-1~cr1'))]);
      const removed = await rig.manage('remove-review', { review: name });
      const pruned = await rig.manage('prune-reviews');
      expect(published.errors.join()).toMatch(/something else lies where review repositories belong/);
      expect(removed.errors.join()).toMatch(/something else lies where review repositories belong/);
      expect(pruned.warnings.join()).toContain(`the review ${name} stays`);
      expect(await treeDigest(outside)).toBe(before);
      expect(await readlink(place.folder)).toBe(outside);
    } finally {
      await rm(place.folder);
    }
  });
});

const ago = (days: number) => () => new Date(Date.now() - days * 86_400_000);
