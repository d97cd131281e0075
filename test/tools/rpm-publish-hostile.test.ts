/** rpm packages that were made to do harm: nothing of them gets into a repository, or it is harmless there. */
import { chmod, chown, link, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { number, type RpmRecipe, rpmBytes, type Tag, text, texts } from '../unit/rpm/rpm-bytes.ts';
import { publishedModes, withUmask } from './hostile-modes.ts';
import { expectRefused, filesWith, treeDigest } from './publish-helpers.ts';
import { at, bench, indexOf, list, useRpmBench } from './rpm-publish-bench.ts';

useRpmBench();

const NAME = 'hello-1.0-1.x86_64.rpm';
let good: string;
beforeAll(async () => {
  good = await bench.binaries({ name: 'other' });
});

/** A build of packages that are made byte by byte. */
async function buildOf(...recipes: readonly RpmRecipe[]): Promise<string> {
  const folder = await bench.scratch('build');
  for (const [index, recipe] of recipes.entries()) await writeFile(path.join(folder, `${index}.rpm`), rpmBytes(recipe));
  return await bench.build(folder, { manifest: { package: { name: 'hello', version: '2.10-1', format: 'rpm' } } });
}

async function refused(build: string, message: RegExp | string, extra: Parameters<typeof bench.publish>[1] = {}) {
  await expectRefused(bench.repository, () => bench.publish([build], extra), message);
  expect(await readdir(path.join(bench.repository, 'staging'))).toEqual([]);
}

/** Tags of the main header, with others in the place of those of the same number. */
const withTags =
  (...others: readonly Tag[]) =>
  (tags: Tag[]): Tag[] =>
    [...tags.filter(({ tag }) => others.every((other) => other.tag !== tag)), ...others].sort((a, b) => a.tag - b.tag);

describe('headers', () => {
  it('with names, versions and sources that are paths, options or lines', async () => {
    await bench.publish([good]);
    const names = [
      '../../../etc/cron.d/x',
      '/etc/passwd',
      '-x',
      '.x',
      'a b',
      'a\nb',
      'a\u001b[2J',
      'a\u202eb',
      '<b>',
      'é',
      '',
    ];
    for (const name of names) await refused(await buildOf({ name }), /illegal value|missing/);
    for (const version of ['1/../x', '../1', '1 0', '1\n0', '1-0', '1:0', '1$(id)', '1\u202e'])
      await refused(await buildOf({ version }), /illegal value|not a version/);
    for (const release of ['1/../x', '1:1', '1-1', '1\n'])
      await refused(await buildOf({ release }), /illegal value|not a version/);
    for (const arch of ['../x', 'x86_64/..', 'x y', 'x\n']) await refused(await buildOf({ arch }), 'illegal value');
    for (const sourceRpm of ['../../x-1-1.src.rpm', '/x-1-1.src.rpm', 'hello-1-1.src.rpm\n', 'hello', '.x-1-1.src.rpm'])
      await refused(await buildOf({ sourceRpm }), /illegal value|does not say from which source/);
    for (const name of ['_hello', '+hello'])
      await refused(await buildOf({ name }), 'a name that the repository cannot hold');
  });

  it('of a format that others read otherwise', async () => {
    await bench.publish([good]);
    const twice = (tags: Tag[]) => [...tags, text(1000, 'evil')];
    await refused(await buildOf({ main: twice }), /a second value|overlaps|damaged/);
    await refused(await buildOf({ main: withTags(number(1000, 5)) }), 'wrong type');
    await refused(
      await buildOf({ main: withTags(texts(1000, ['hello', 'evil'])) }),
      /illegal value|wrong type|damaged/,
    );
    await refused(await buildOf({ main: withTags(text(1044, '')) }), 'missing');
    // Sizes that no file has: nothing is allocated for them.
    const folder = await bench.scratch('build');
    const bytes = rpmBytes({});
    const start = bytes.indexOf(Buffer.from('8eade80100000000', 'hex'), 100);
    for (const [entries, data] of [
      [0xffff, 0x0fff_ffff],
      [0xffff_ffff, 16],
      [1, 0xffff_ffff],
    ] as const) {
      const bomb = Buffer.from(bytes);
      bomb.writeUInt32BE(entries, start + 8);
      bomb.writeUInt32BE(data, start + 12);
      await writeFile(path.join(folder, '0.rpm'), bomb);
      const build = await bench.build(folder, {
        manifest: { package: { name: 'hello', version: '1', format: 'rpm' } },
      });
      await refused(build, /damaged/);
    }
  });

  it('with texts that no index can hold, or that a terminal obeys', async () => {
    await bench.publish([good]);
    for (const [tag, value] of [
      [1004, 'a\u001b[2Jb'],
      [1005, 'a\u0001'],
      [1014, '\u0008'],
      [1005, 'a\ufffeb'],
      [1005, 'a\uffff'],
      [1117, 'a\u000bb'],
    ] as const) {
      const build = await buildOf({ main: withTags(text(tag, value, tag === 1117 ? 8 : 9)) });
      await refused(build, /a character that no index can hold in a text of the package/);
    }
  });

  it('with texts that are markup, lines, or nothing that XML can hold', async () => {
    const summary = '</summary><package type="rpm"><name>evil</name></package><!-- \u202e &amp; ]]>';
    const description = 'a &lt; \u0085\nb\r\n \ud83d\ude00';
    const folder = await bench.scratch('build');
    await bench.rpms(folder, {}, 'binary');
    // The payload of rpmbuild, so that dnf may install it; another header.
    const { partsOf, assemble } = await import('./rpm-old-package.ts');
    const { header } = await import('../unit/rpm/rpm-bytes.ts');
    const file = path.join(folder, NAME);
    const { frame, payload } = await partsOf(file);
    const tags = frame.header.entries.map(({ tag, type, count, offset, length }) => {
      const data = frame.header.store.subarray(offset, offset + length);
      return { tag, type, count, data };
    });
    const main = header(
      withTags(
        text(1004, summary, 9),
        text(1005, description, 9),
        text(1014, '<license/>'),
        text(1020, 'javascript:alert(1)'),
        text(1015, 'x\n<packager>'),
      )(tags),
      63,
    );
    await writeFile(file, assemble(frame, main, payload));
    await bench.publish([await bench.build(folder)]);
    expect(await list()).toEqual(['hello-1.0-1.x86_64']);
    const primary = await indexOf(at('latest', 'x86_64'), 'primary');
    expect(primary?.content).toContain('packages="1"');
    expect(primary?.content).not.toContain('<name>evil');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(primary?.content).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
    const page = await readFile(at('index.html'), 'utf8');
    expect(page).not.toContain('javascript:');
    expect(page).not.toContain('<packager>');
    const dnf = await bench.dnf();
    await dnf.run('install', 'hello');
  });
});

describe('files', () => {
  const secretFile = async () => {
    const file = path.join(await bench.scratch('outside'), 'secret');
    await writeFile(file, 'the secret of another user\n');
    return file;
  };

  it('are no links, pipes, folders or devices, and have their size', async () => {
    await bench.publish([good]);
    const kinds: ((file: string) => Promise<unknown>)[] = [
      async (file) => await symlink(await secretFile(), file),
      async (file) => await run(['mkfifo', file]),
      async (file) => await mkdir(file),
      ...(process.getuid?.() === 0 ? [async (file: string) => await run(['mknod', file, 'c', '1', '5'])] : []),
    ];
    for (const make of kinds) {
      const build = await buildOf({});
      await rm(path.join(build, '0.rpm'));
      await make(path.join(build, '0.rpm'));
      await refused(build, 'not a regular file');
    }
    const huge = await buildOf({});
    await truncate(path.join(huge, '0.rpm'), 2 ** 42);
    await refused(huge, /found 4398046511104 bytes, expected/);
  });

  it('that become links to others after they were verified', async () => {
    await bench.publish([good]);
    const secret = await secretFile();
    for (const [step, target, message] of [
      ['verified', secret, /a symbolic link/],
      ['staged', secret, /a symbolic link/],
      ['staged', path.join(good, 'other-1.0-1.x86_64.rpm'), /a symbolic link/],
    ] as const) {
      const build = await bench.binaries({});
      const onStep = async (name: string) => {
        if (name !== step) return;
        await rm(path.join(build, NAME));
        await symlink(target, path.join(build, NAME));
      };
      await refused(build, message, { onStep });
    }
    const pipe = await bench.binaries({});
    const onStep = async (name: string) => {
      if (name !== 'staged') return;
      await rm(path.join(pipe, NAME));
      await run(['mkfifo', path.join(pipe, NAME)]);
    };
    await refused(pipe, /no regular file/, { onStep });
    expect(await filesWith(bench.repository, 'the secret of')).toEqual([]);
  });

  it('become no part of the pool: whoever has them cannot change what is served', async () => {
    const build = await bench.full({});
    const copies = await bench.scratch('copies');
    for (const name of await readdir(build)) await link(path.join(build, name), path.join(copies, name));
    await bench.publish([build]);
    const before = await treeDigest(at('pool'));
    for (const name of await readdir(copies)) await writeFile(path.join(copies, name), 'changed');
    expect(await treeDigest(at('pool'))).toBe(before);
    expect((await run(['find', at('pool'), '-type', 'f', '-links', '+1'])).stdout).toBe('');
    await (await bench.dnf()).run('install', 'hello');
  });
});

describe('modes and owners', () => {
  it('do not come from the inputs, nor from the umask', async () => {
    const isRoot = process.getuid?.() === 0;
    for (const [index, umask] of [0o077, 0o000].entries()) {
      const build = await bench.full({ version: `${index + 1}.0-1` });
      const modes = [0o6777, 0o400, 0o666, 0o7755, 0o444];
      for (const [place, name] of (await readdir(build)).entries()) {
        const file = path.join(build, name);
        if (isRoot) await chown(file, 65_534, 65_533);
        await chmod(file, modes[place % modes.length] ?? 0);
      }
      await chmod(build, 0o2777);
      await withUmask(umask, async () => await bench.publish([build]));
      await publishedModes(bench.repository);
    }
    expect(await list()).toEqual(['hello-2.0-1.x86_64']);
  });
});

describe('what else is given', () => {
  it('groups and advisories that name files elsewhere or grow without end', async () => {
    await bench.publish([good]);
    const file = path.join(await bench.scratch('given'), 'comps.xml');
    const bomb = `<!DOCTYPE comps [<!ENTITY a "${'x'.repeat(1000)}"><!ENTITY b "${'&a;'.repeat(1000)}">]><comps><group><id>&b;</id></group></comps>`;
    const outside =
      '<!DOCTYPE comps [<!ENTITY x SYSTEM "file:///etc/passwd">]><comps><group><id>&x;</id></group></comps>';
    const build = await bench.binaries({});
    for (const content of [bomb, outside]) {
      await writeFile(file, content);
      const work = () => bench.publish([build], {}, { metadata: { groups: file } });
      await expectRefused(bench.repository, work, /comps|groups|XML|DOCTYPE/i);
    }
    expect(await filesWith(bench.repository, 'root:x:0')).toEqual([]);
  });

  it('channels and labels that are paths, lines or markup', async () => {
    await bench.publish([good]);
    const build = await bench.binaries({});
    for (const channel of [
      '../x',
      '/x',
      'a/b',
      '.',
      '..',
      'a\nb',
      'index.html',
      'x.repo',
      'review',
      '-x',
      'a\0',
      'x'.repeat(65),
    ])
      await refused(build, 'not a name of a channel', { channel });
    const withRequest = async (request: Parameters<typeof bench.publish>[2], message: RegExp | string) =>
      await expectRefused(bench.repository, () => bench.publish([build], {}, request), message);
    await withRequest({ label: 'x]\n[evil]\nbaseurl=http://evil' }, 'input label');
    await withRequest({ label: 'x'.repeat(201) }, 'input label');
    await withRequest({ architectures: ['../x'] }, 'input architectures');
    for (const url of [
      'javascript:alert(1)',
      'https://x/\ny',
      'https://user:pw@x/',
      "https://x/'$(id)",
      'https://x/?a=1',
    ])
      await withRequest({ url }, 'input url');
    // Odd, and legal.
    const label = '<script>alert(1)</script> ]\u202e "&\' $releasever';
    await bench.publish([build], {}, { label, url: 'https://packages.example.org/x' });
    const page = await readFile(at('index.html'), 'utf8');
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('\u202e');
    const names = (await readdir(at())).filter((name) => name.endsWith('.repo'));
    const repo = await readFile(at(names[0] ?? ''), 'utf8');
    expect(repo.match(/^\[.*\]$/gm)).toEqual([
      '[script-alert-1-script-releasever]',
      '[script-alert-1-script-releasever-debuginfo]',
      '[script-alert-1-script-releasever-source]',
    ]);
    expect(repo.match(/^baseurl=/gm)).toHaveLength(3);
  });
});
