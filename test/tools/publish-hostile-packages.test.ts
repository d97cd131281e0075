/** Packages that were made to do harm: nothing of them gets into a repository, or it is harmless there. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { arOf, DATA, debOf, debWith, FORMAT, fieldsOf, tarOf } from './hostile-deb.ts';
import { at, bench, freshApt, useBench } from './publish-bench.ts';
import { expectRefused } from './publish-helpers.ts';

useBench();

const MIB = 1024 * 1024;

/** A build of these files, which its manifest lists as they are. */
async function buildOf(files: Readonly<Record<string, Buffer | string>>): Promise<string> {
  const folder = await bench.scratch('build');
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
  return await bench.build(folder);
}

/** Each is refused with a message for people, and the repository stays as it is. */
async function allRefused(cases: readonly (readonly [content: Buffer | string, message: RegExp | string])[]) {
  await bench.publish([await bench.binaries({ name: 'other' })]);
  for (const [content, message] of cases) {
    const build = await buildOf({ 'hello_1.0_amd64.deb': content });
    await expectRefused(bench.repository, () => bench.publish([build]), message);
  }
  expect(await readdir(path.join(bench.repository, 'staging'))).toEqual([]);
}

describe('control fields', () => {
  it('that are paths, options, commands, or steer a terminal', async () => {
    const names = [
      '../../../etc/cron.d/x',
      '/etc/passwd',
      '-oAPT::Get=1',
      '--help',
      'a b',
      'hello;id',
      'héllo',
      'HELLO',
    ];
    const versions = ['1/../../x', '-1', '1 0', '1$(id)', '1\u202e0', '1:', ':1', `1${'0'.repeat(20)}:1`];
    await allRefused([
      ...names.map((name) => [debOf(fieldsOf({ Package: name })), 'not a legal package name'] as const),
      ...versions.map((version) => [debOf(fieldsOf({ Version: version })), 'not a legal Debian version'] as const),
      [debOf(fieldsOf({ Package: 'x'.repeat(300) })), 'not a legal package name'],
      [debOf(fieldsOf({ Architecture: 'any' })), 'not an architecture'],
      [debOf(fieldsOf({ Architecture: 'amd64 arm64' })), 'not an architecture'],
      [debOf(fieldsOf({ Source: 'a/../../b' })), 'not a legal package name'],
      [debOf(fieldsOf({ Section: 'net\u202e' })), 'not a section'],
      [debOf(fieldsOf({ Section: '/etc' })), 'not a section'],
    ]);
  });

  it('with bytes that end a text for some tools, or a terminal obeys', async () => {
    await allRefused([
      [
        debOf(fieldsOf({ Package: 'hel\0lo' })),
        /not a legal package name|control character|cannot be read|not a field/,
      ],
      [debOf(fieldsOf({ Description: 'x\0y' })), /control character in the field Description|cannot be read/],
      [debOf(fieldsOf({ Description: 'x\n \u001b]0;title\u0007' })), 'a control character in the field Description'],
      [debOf(fieldsOf({ Maintainer: 'x\u0008\u0008y' })), 'a control character in the field Maintainer'],
    ]);
  });

  it('in two paragraphs, without a name, twice, too long', async () => {
    const two = `${fieldsOf()}\n${fieldsOf({ Package: 'injected' })}`;
    await allRefused([
      [debOf(`${fieldsOf()}Package: injected\n`), /twice|cannot be read/],
      [debOf('junk\n'), /cannot be read/],
      [debOf(''), /cannot be read|required field/],
      [debOf(fieldsOf({ Description: `x\n ${'y'.repeat(2 * MIB)}` })), 'control fields that are too long'],
    ]);
    const build = await buildOf({ 'hello_1.0_amd64.deb': debOf(two) });
    await expectRefused(
      bench.repository,
      () => bench.publish([build]),
      /cannot be read|paragraph|not as planned|reprepro/,
    );
  });

  it('that indexes have: the repository’s own stand in the index', async () => {
    const fields = fieldsOf({
      Filename: '../../../../etc/passwd',
      Size: '1',
      SHA256: '0'.repeat(64),
      MD5sum: '0'.repeat(32),
      Description: 'x\n Filename: ./evil\n .\n Package: evil\u2028Filename: ./1.deb',
    });
    const build = await buildOf({ 'odd_9.9_all.deb': debOf(fields), 'b.deb': debOf(fieldsOf({ Package: 'second' })) });
    await bench.publish([build]);
    const index = await readFile(at('latest/dists/bookworm/main/binary-amd64/Packages'), 'utf8');
    expect(index.split('\n').filter((line) => line.startsWith('Filename:'))).toEqual([
      'Filename: pool/main/h/hello/hello_1.0_amd64.deb',
      'Filename: pool/main/s/second/second_1.0_amd64.deb',
    ]);
    expect(index).not.toContain('0'.repeat(32));
    const apt = await freshApt();
    expect(await apt.list()).toEqual(['hello 1.0', 'second 1.0']);
    await apt.run('apt-get', 'download', 'hello', 'second');
  });

  it('in another encoding are left as they are', async () => {
    await bench.publish([
      await buildOf({ 'a.deb': debOf(Buffer.from(fieldsOf({ Maintainer: 'J\u00fcrgen <j@example.org>' }), 'latin1')) }),
    ]);
    expect(await (await freshApt()).list()).toEqual(['hello 1.0']);
  });
});

describe('archives', () => {
  it('without a control file, with two, or with something else in its place', async () => {
    const control = { name: './control', data: fieldsOf() };
    await allRefused([
      [debWith({ name: './other', data: 'x' }), 'cannot be read'],
      [debWith({ name: './control', type: '2', target: '/etc/passwd' }), 'cannot be read'],
      [debWith({ name: './control', type: '6' }), 'cannot be read'],
      [debWith({ name: './control', type: '5' }), 'cannot be read'],
      [debWith({ name: '../control', data: fieldsOf() }), 'cannot be read'],
      [debWith({ ...control, name: '/etc/cron.d/control' }), 'cannot be read'],
    ]);
  });

  it('whose frame is not one of a package', async () => {
    const control = { name: 'control.tar.gz', data: zlib.gzipSync(tarOf({ name: './control', data: fieldsOf() })) };
    const many = Array.from({ length: 5000 }, () => ({ name: '_', data: Buffer.alloc(0) }));
    const wrong = 'not a whole Debian package';
    await allRefused([
      [arOf(FORMAT, control), wrong],
      [arOf(control, FORMAT, DATA), wrong],
      [arOf(FORMAT, DATA, control), wrong],
      [arOf(FORMAT, control, DATA, DATA), wrong],
      [arOf(FORMAT, control, control, DATA), wrong],
      [arOf(FORMAT, { ...control, name: '../control.tar' }, DATA), wrong],
      [arOf(FORMAT, { ...control, size: '-1' }, DATA), wrong],
      [arOf(FORMAT, { ...control, size: '9999999999' }, DATA), wrong],
      [arOf(FORMAT, { ...control, size: '0x10' }, DATA), wrong],
      [arOf({ ...FORMAT, data: Buffer.from('3.0\n') }, control, DATA), wrong],
      [arOf(FORMAT, ...many, control, DATA), 'more than 64 members'],
      [Buffer.from('!<thin>\n'), wrong],
    ]);
  });

  it('that unpack to far more than a control archive has', async () => {
    const tar = tarOf({ name: './control', data: fieldsOf() }, { name: './zeros', data: Buffer.alloc(80 * MIB) });
    const folder = await bench.scratch('bomb');
    await writeFile(path.join(folder, 'tar'), tar);
    await run(['xz', '-0', '--keep', path.join(folder, 'tar')]);
    const members = [
      { name: 'control.tar.gz', data: zlib.gzipSync(tar, { level: 1 }) },
      { name: 'control.tar.zst', data: zlib.zstdCompressSync(tar) },
      { name: 'control.tar.xz', data: await readFile(path.join(folder, 'tar.xz')) },
    ];
    for (const { data } of members) expect(data.length).toBeLessThan(MIB);
    await allRefused(
      members.map((member) => [arOf(FORMAT, member, DATA), /a control archive of more than 67108864 bytes/]),
    );
  });

  it('of which dpkg reads one part, and apt more', async () => {
    const frame = (text: string) =>
      zlib.zstdCompressSync(tarOf({ name: './control', data: fieldsOf({ Package: text }) }));
    const data = Buffer.concat([frame('hello'), frame('evil')]);
    await allRefused([[arOf(FORMAT, { name: 'control.tar.zst', data }, DATA), 'the package cannot be read']]);
  });

  it('with odd names of members that hold nothing of the package', async () => {
    const control = { name: 'control.tar.gz', data: zlib.gzipSync(tarOf({ name: './control', data: fieldsOf() })) };
    const odd = { name: '_../../x', data: Buffer.from('x') };
    await bench.publish([await buildOf({ 'a.deb': arOf(FORMAT, odd, control, DATA) })]);
    const apt = await freshApt();
    await apt.run('apt-get', 'download', 'hello');
    expect(await readdir(at('pool/main/h/hello'))).toEqual(['hello_1.0_amd64.deb']);
  });
});
