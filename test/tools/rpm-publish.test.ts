/** Publishing rpm packages with the real createrepo_c, gpgv, rpmkeys and dnf. */
import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import { readChannels } from '../../src/repository/snapshot.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import { filesWith, treeDigest } from './publish-helpers.ts';
import {
  at,
  bench,
  expectSigned,
  expectWholePool,
  hoursAgo,
  indexOf,
  list,
  statesKept,
  useRpmBench,
} from './rpm-publish-bench.ts';

useRpmBench();

describe('a first publish', () => {
  it('gives a signed repository that dnf installs from, with everything where it belongs', async () => {
    const build = await bench.full({ subpackages: { doc: 'noarch', libs: 'x86_64', debuginfo: 'x86_64' } });
    const before = await treeDigest(build);
    const result = await bench.publish([build]);
    expect(await treeDigest(build)).toBe(before);
    expect([result.changed, result.snapshot.parent, result.snapshot.format]).toEqual([true, null, 'rpm']);
    expect(result.snapshot.settings).toEqual({ label: 'Test', target: 'el9', architectures: ['x86_64'] });
    expect(await list()).toEqual(['hello-1.0-1.x86_64', 'hello-doc-1.0-1.noarch', 'hello-libs-1.0-1.x86_64']);
    expect(await list({ folder: '$basearch/debug' })).toEqual(['hello-debuginfo-1.0-1.x86_64']);
    expect(await list({ folder: 'source' })).toEqual(['hello-1.0-1.src']);
    const dnf = await bench.dnf();
    await dnf.run('install', 'hello', 'hello-doc');
    expect(await readFile(path.join(dnf.root, 'usr/share/hello-doc/content'), 'utf8')).toBe('hello 1.0-1');

    const pool = at('pool', 'h', 'hello');
    await expectSigned(...(await readdir(pool)).map((name) => path.join(pool, name)));
    for (const folder of ['x86_64', 'x86_64/debug', 'source']) {
      const repomd = at('latest', folder, 'repodata', 'repomd.xml');
      await run(['gpgv', '--keyring', at('keyring.gpg'), `${repomd}.asc`, repomd]);
      expect((await indexOf(at('latest', folder), 'primary'))?.content).not.toContain('..');
      expect(path.isAbsolute(await readlink(at('latest', folder, 'pool')))).toBe(false);
    }
    await expectWholePool();
    expect(await readdir(path.join(bench.repository, 'staging'))).toEqual([]);
    expect(await readFile(path.join(bench.repository, 'lease'), 'utf8')).toBe('');
  });

  it('keeps versions with epoch, tilde and caret apart, and names with signs', async () => {
    await bench.publish([
      await bench.full({ name: 'libstdc++', version: '2:1.0~rc1-1.el9' }),
      await bench.full({ name: 'snap', version: '1.0^20260101git1a2b3c-1' }),
    ]);
    const dnf = await bench.dnf();
    expect(await dnf.list()).toEqual(['libstdc++-2:1.0~rc1-1.el9.x86_64', 'snap-1.0^20260101git1a2b3c-1.x86_64']);
    await dnf.run('install', 'libstdc++', 'snap');
    await expectWholePool();
  });

  it('gives a signature to what came with another one', async () => {
    const other = await openSigner({ key: (await generateKey({ name: 'Other', email: 'other@example.org' })).key });
    const { signRpms } = await import('../../src/signing/rpm.ts');
    const build = await bench.binaries({});
    const file = path.join(build, 'hello-1.0-1.x86_64.rpm');
    await signRpms([{ source: file, target: file }], other);
    await bench.build(build);
    await bench.publish([build]);
    await expectSigned(at('pool/h/hello/hello-1.0-1.x86_64.rpm'));
  });

  it('takes a source package that comes without its sources', async () => {
    await bench.publish([await bench.full({ noSource: true })]);
    expect(await list({ folder: 'source' })).toEqual(['hello-1.0-1.src']);
    expect(await readdir(at('pool', 'h', 'hello'))).toContain('hello-1.0-1.nosrc.rpm');
    await expectWholePool();
  });

  it('gives what is served the modes for it, whatever the umask', async () => {
    const before = process.umask(0o077);
    try {
      await bench.publish([await bench.full()]);
    } finally {
      process.umask(before);
    }
    const served = (await run(['find', at(), '-printf', '%y %m\n'])).stdout.trim().split('\n');
    expect([...new Set(served)].sort()).toEqual(['d 755', 'f 644', 'l 777']);
    expect((await stat(path.join(bench.repository, 'private'))).mode & 0o777).toBe(0o700);
  });

  it('leaves nothing of the key anywhere', async () => {
    const { key } = await generateKey({ name: 'Secret', email: 'secret@example.org' });
    await bench.publish([await bench.full()], { signer: await openSigner({ key }) });
    const body = key.reveal().split('\n')[4] ?? '';
    expect(body.length).toBeGreaterThan(50);
    for (const needle of [body, 'PRIVATE KEY']) {
      expect(await filesWith(bench.repository, needle)).toEqual([]);
      expect(bench.host.transcript()).not.toContain(needle);
    }
  });

  it('works below a path with blanks, commas, a dollar and a percent sign', async () => {
    const root = path.join(bench.folder, 'a repository, $100% ours');
    await bench.publish([await bench.full()], { root });
    expect([...(await readChannels(new RepositoryPaths(root))).keys()]).toEqual(['latest']);
  });

  it('takes a build of noarch packages alone, for the architecture it was built on', async () => {
    const { snapshot } = await bench.publish([await bench.full({ name: 'data', architecture: 'noarch' })]);
    expect(snapshot.settings.architectures).toEqual(['x86_64']);
    expect(await list()).toEqual(['data-1.0-1.noarch']);
  });
});

describe('what comes next', () => {
  it('replaces a source version by the next, without subpackages that are no more, and keeps former snapshots', async () => {
    const first = await bench.publish([await bench.full({ subpackages: { gone: 'x86_64', doc: 'noarch' } })]);
    const second = await bench.publish([await bench.full({ version: '1.0-2', subpackages: { doc: 'noarch' } })]);
    expect(second.snapshot.parent).toBe(first.snapshot.id);
    expect(second.plan.entries.map(({ action, replaces }) => [action, replaces])).toEqual([
      ['upgrade', ['1.0-1']],
      ['upgrade', ['1.0-1']],
      ['upgrade', ['1.0-1']],
    ]);
    expect(second.plan.superseded.map(({ name }) => name).sort()).toEqual([
      'hello',
      'hello',
      'hello-doc',
      'hello-gone',
    ]);
    expect(await list()).toEqual(['hello-1.0-2.x86_64', 'hello-doc-1.0-2.noarch']);
    expect(await list({ folder: 'source' })).toEqual(['hello-1.0-2.src']);
    const old = await bench.dnf({ channel: `snapshots/${first.snapshot.id}` });
    expect(await old.list()).toHaveLength(3);
    await old.run('install', 'hello-gone');
    await expectWholePool();
    expect(await statesKept()).toEqual([second.snapshot.id]);
  });

  it('does nothing at all where all of it is there, and knows a package again once it is signed', async () => {
    const build = await bench.full({ subpackages: { doc: 'noarch' } });
    const first = await bench.publish([build]);
    const before = await treeDigest(bench.repository);
    const again = await bench.publish([build]);
    expect([again.changed, again.snapshot.id]).toEqual([false, first.snapshot.id]);
    expect(again.plan.entries.map(({ action }) => action)).toEqual(['same', 'same', 'same']);
    // What is published is the same package too, with another file.
    const copy = await bench.scratch('build');
    await run(['cp', at('pool/h/hello/hello-1.0-1.x86_64.rpm'), copy]);
    expect((await bench.publish([await bench.build(copy)])).changed).toBe(false);
    expect(await treeDigest(bench.repository)).toBe(before);
  });

  it('gives another channel the very files', async () => {
    const build = await bench.full();
    await bench.publish([build]);
    const before = await treeDigest(at('pool'));
    const second = await bench.publish([build], { channel: 'stable' });
    expect(second.changed).toBe(true);
    expect(await treeDigest(at('pool'))).toBe(before);
    expect(await list({ channel: 'stable' })).toEqual(['hello-1.0-1.x86_64']);
  });

  it('gives the files of a snapshot that a channel was taken back from', async () => {
    const first = await bench.publish([await bench.full()]);
    const build = await bench.full({ version: '1.0-2' });
    await bench.publish([build]);
    await run(['ln', '-sfn', `snapshots/${first.snapshot.id}`, at('latest')]);
    expect(await list()).toEqual(['hello-1.0-1.x86_64']);
    await bench.publish([build]);
    expect(await list()).toEqual(['hello-1.0-2.x86_64']);
    await expectWholePool();
  });

  it('leaves the former snapshot as it was, to the byte and the mode', async () => {
    const { snapshot } = await bench.publish([await bench.full()]);
    const before = await treeDigest(at('snapshots', snapshot.id));
    await bench.publish([await bench.full({ version: '1.0-2' }), await bench.full({ name: 'other' })]);
    expect(await treeDigest(at('snapshots', snapshot.id))).toBe(before);
  });

  it('keeps index files of former snapshots for a day, for clients that have read the former repomd.xml', async () => {
    const former = async () => (await indexOf(at('latest', 'x86_64'), 'primary'))?.href ?? '';
    await bench.publish([await bench.full()], { now: hoursAgo(30) });
    const oldest = await former();
    await bench.publish([await bench.full({ version: '1.0-2' })], { now: hoursAgo(20) });
    const older = await former();
    const third = await bench.publish([await bench.full({ version: '1.0-3' })]);
    const names = await readdir(at('latest', 'x86_64', 'repodata'));
    expect(names).toContain(path.basename(older));
    // It was superseded 20 hours ago.
    expect(names).toContain(path.basename(oldest));
    expect(third.snapshot.supersededIndexes.map(({ path: file }) => file)).toContain(`x86_64/${oldest}`);
    await bench.publish([await bench.full({ version: '1.0-4' })], { now: () => new Date(Date.now() + 5 * 3_600_000) });
    const later = await readdir(at('latest', 'x86_64', 'repodata'));
    expect(later).not.toContain(path.basename(oldest));
    expect(later).toContain(path.basename(older));
  });

  it('links the indexes of folders where nothing changes', async () => {
    const { snapshot } = await bench.publish([await bench.full()]);
    const second = await bench.publish([await bench.binaries({ name: 'more' })]);
    const inode = async (id: string, folder: string) =>
      (await stat(at('snapshots', id, folder, 'repodata', 'repomd.xml.asc'))).ino;
    expect(await inode(second.snapshot.id, 'source')).toBe(await inode(snapshot.id, 'source'));
    expect(await inode(second.snapshot.id, 'x86_64')).not.toBe(await inode(snapshot.id, 'x86_64'));
  });
});

describe('several architectures', () => {
  const spec = { subpackages: { libs: 'native', doc: 'noarch' } } as const;

  it('are published together, with the noarch and source packages of the first', async () => {
    const builds = [
      await bench.full({ ...spec, built: 1_700_000_000 }),
      await bench.full({ ...spec, architecture: 'aarch64', built: 1_700_000_600 }),
    ];
    const { snapshot } = await bench.publish(builds);
    expect(snapshot.settings.architectures).toEqual(['x86_64', 'aarch64']);
    for (const architecture of ['x86_64', 'aarch64']) {
      expect(await list({ architecture })).toEqual([
        `hello-1.0-1.${architecture}`,
        'hello-doc-1.0-1.noarch',
        `hello-libs-1.0-1.${architecture}`,
      ]);
    }
    expect((await bench.publish(builds.toReversed())).changed).toBe(false);
  });

  it('come one after the other: each keeps its former version whole until its own build is there', async () => {
    const build = async (version: string, architecture: string, built: number) =>
      await bench.full({ ...spec, version, architecture, built });
    await bench.publish([await build('1-1', 'x86_64', 1_700_000_000)]);
    await bench.publish([await build('1-1', 'aarch64', 1_700_000_600)], {}, { architectures: ['aarch64'] });
    const of = (version: string, architecture: string) => [
      `hello-${version}.${architecture}`,
      `hello-doc-${version}.noarch`,
      `hello-libs-${version}.${architecture}`,
    ];
    expect(await list({ architecture: 'aarch64' })).toEqual(of('1-1', 'aarch64'));
    await bench.publish([await build('2-1', 'x86_64', 1_700_001_000)]);
    expect(await list()).toEqual(of('2-1', 'x86_64'));
    expect(await list({ architecture: 'aarch64' })).toEqual(of('1-1', 'aarch64'));
    await bench.publish([await build('2-1', 'aarch64', 1_700_001_600)]);
    expect(await list({ architecture: 'aarch64' })).toEqual(of('2-1', 'aarch64'));
    expect(await list()).toEqual(of('2-1', 'x86_64'));
    await expectWholePool();
  });
});

describe('what a repository says besides packages', () => {
  const COMPS = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">
<comps><group><id>tools</id><name>Tools</name><description/><default>false</default><uservisible>true</uservisible>
<packagelist><packagereq type="mandatory">hello</packagereq></packagelist></group></comps>\n`;
  const UPDATEINFO = `<?xml version="1.0" encoding="UTF-8"?>
<updates><update from="acme" status="final" type="security" version="1"><id>ACME-2026:0001</id><title>hello</title>
<issued date="2026-01-02 03:04:05"/><description>A hole.</description><pkglist><collection short="x"><name>x</name>
<package name="hello" version="1.0" release="3" epoch="0" arch="x86_64" src="hello-1.0-3.src.rpm">
<filename>hello-1.0-3.x86_64.rpm</filename></package></collection></pkglist></update></updates>\n`;
  const MODULES = `---
document: modulemd
version: 2
data:
  name: hello
  stream: "1"
  version: 1
  context: c0ffee00
  arch: x86_64
  summary: A stream
  description: A stream of hello.
  license: { module: [MIT] }
  artifacts: { rpms: ["hello-0:1.0-1.x86_64"] }
...
`;

  it('is what is given, is read by dnf, and stays through later publishes', async () => {
    const folder = await bench.scratch('given');
    const files = {
      groups: path.join(folder, 'our-groups.xml'),
      updateinfo: path.join(folder, 'news.xml'),
      modules: path.join(folder, 'streams.yaml'),
      productid: path.join(folder, 'product.pem'),
    };
    await writeFile(files.groups, COMPS);
    await writeFile(files.updateinfo, UPDATEINFO);
    await writeFile(files.modules, MODULES);
    await writeFile(files.productid, '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n');
    const build = await bench.full();
    await bench.publish([build], {}, { metadata: files });
    expect((await bench.publish([build], {}, { metadata: files })).changed).toBe(false);
    await bench.publish([await bench.full({ version: '1.0-2' })]);
    const third = await bench.full({ version: '1.0-3' });
    await bench.publish([third]);
    const repository = at('latest', 'x86_64');
    expect(await indexOf(repository, 'group')).toMatchObject({
      href: expect.stringMatching(/^repodata\/[0-9a-f]{64}-comps\.xml$/),
      content: COMPS,
    });
    expect((await indexOf(repository, 'updateinfo'))?.content).toBe(UPDATEINFO);
    expect((await indexOf(repository, 'modules'))?.content).toBe(MODULES);
    expect((await indexOf(repository, 'productid'))?.content).toContain('MA==');
    expect(await indexOf(at('latest', 'source'), 'group')).toBeUndefined();
    const dnf = await bench.dnf();
    expect(await dnf.run('group', 'list', '--hidden')).toContain('Tools');
    expect(await dnf.list('--advisory=ACME-2026:0001')).toEqual(['hello-1.0-3.x86_64']);
    // One of them is replaced, the others stay.
    const more = COMPS.replace('Tools', 'Other tools');
    await writeFile(files.groups, more);
    const changed = await bench.publish([third], {}, { metadata: { groups: files.groups } });
    expect(changed).toMatchObject({ changed: true, plan: { reasons: ['given: groups'] } });
    expect((await indexOf(repository, 'group'))?.content).toBe(more);
    expect((await indexOf(repository, 'updateinfo'))?.content).toBe(UPDATEINFO);
  });

  it.each([
    ['groups', 'that end too early', COMPS.replace('</comps>', ''), 'not well-formed'],
    ['groups', 'that are advisories', UPDATEINFO, 'XML of another kind'],
    [
      'groups',
      'that name a file',
      '<!DOCTYPE comps [<!ENTITY x SYSTEM "file:///etc/passwd">]><comps>&x;</comps>',
      'document type',
    ],
    ['updateinfo', 'that are groups', COMPS.replace(/<!DOCTYPE[^>]*>/, ''), 'XML of another kind'],
    ['modules', 'that are other YAML', 'data: {}\n', 'not a file of modules'],
    ['modules', 'that are no YAML', '{', 'not a file of modules'],
    ['productid', 'that is no certificate', 'x', 'not a product certificate'],
  ] as const)('refuses %s %s', async (input, _name, content, message) => {
    const file = path.join(await bench.scratch('given'), 'file');
    await writeFile(file, content);
    await expect(bench.publish([await bench.full()], {}, { metadata: { [input]: file } })).rejects.toThrow(message);
    await expect(readdir(bench.repository)).rejects.toThrow('ENOENT');
  });
});

describe('the work', () => {
  it('leaves no process behind', async () => {
    await bench.publish([await bench.full()]);
    const { stdout } = await run(['pgrep', '--full', '--list-full', bench.repository], { okExitCodes: [0, 1] });
    expect(stdout).toBe('');
    const agents = await run([
      'sh',
      '-c',
      `grep -l -a -F "=$1" /proc/[0-9]*/environ 2>/dev/null || true`,
      'sh',
      `${bench.repository}/`,
    ]);
    expect(agents.stdout).toBe('');
  });

  it('reads new packages only', async () => {
    const builds: string[] = [];
    for (let index = 0; index < 5; index++) builds.push(await bench.binaries({ name: `tool${index}` }));
    await bench.publish(builds);
    await bench.publish([await bench.binaries({ name: 'tool3', version: '1.0-2' })]);
    expect(bench.host.transcript()).toMatch(/createrepo_c read 1 of 5 packages for x86_64\b/);
  });

  it('of two hundred packages takes seconds', async () => {
    const folder = await bench.scratch('build');
    const subpackages = Object.fromEntries(Array.from({ length: 199 }, (_, index) => [`part${index}`, 'x86_64']));
    await bench.rpms(folder, { subpackages }, 'binary');
    const build = await bench.build(folder);
    const began = performance.now();
    const { times } = await bench.publish([build]);
    const seconds = (performance.now() - began) / 1000;
    const shown = times
      .filter(({ seconds: each }) => each > 0.01)
      .map((each) => `${each.step} ${each.seconds.toFixed(2)}`);
    process.stdout.write(`200 packages published in ${seconds.toFixed(2)} s: ${shown.join(', ')}\n`);
    expect(await list()).toHaveLength(200);
    const next = performance.now();
    await bench.publish([await bench.binaries({ name: 'more' })]);
    process.stdout.write(`1 more in ${((performance.now() - next) / 1000).toFixed(2)} s\n`);
  });

  it('gives the same indexes for the same packages at the same time', async () => {
    const build = await bench.full({ subpackages: { doc: 'noarch' } });
    const { snapshot } = await bench.publish([build], { now: hoursAgo(1) });
    const folder = at('snapshots', snapshot.id, 'x86_64');
    const copy = path.join(bench.folder, `second-${snapshot.id}`);
    await mkdir(copy);
    const revision = /<revision>(\d+)</.exec(await readFile(path.join(folder, 'repodata', 'repomd.xml'), 'utf8'))?.[1];
    expect(Number(revision)).toBe(Math.floor(Date.parse(snapshot.createdAt) / 1000));
    const listed = path.join(copy, 'list');
    await writeFile(listed, 'pool/h/hello/hello-doc-1.0-1.noarch.rpm\npool/h/hello/hello-1.0-1.x86_64.rpm\n');
    await run([
      'createrepo_c',
      '--quiet',
      '--no-database',
      '--general-compress-type=gz',
      `--revision=${revision}`,
      '--set-timestamp-to-revision',
      `--pkglist=${listed}`,
      `--outputdir=${copy}`,
      folder,
    ]);
    const repomd = (where: string) => readFile(path.join(where, 'repodata', 'repomd.xml'), 'utf8');
    expect(await repomd(copy)).toBe(await repomd(folder));
  });
});
