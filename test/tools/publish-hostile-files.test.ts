/** Builds whose files are not what they seem: links, pipes, other files than listed, files that become others. */
import { cp, link, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { at, bench, freshApt, useBench } from './publish-bench.ts';
import { expectRefused, filesWith, treeDigest } from './publish-helpers.ts';

useBench();

const NAME = 'hello_1.0_amd64.deb';
let other: string;
let binary: string;
let whole: string;
beforeAll(async () => {
  other = await bench.binaries({ name: 'other' });
  binary = await bench.binaries({});
  whole = await bench.full('hello', '1.0-1');
});

/** A build of its own, of a binary package or a whole one. */
async function copyOf(build: string): Promise<string> {
  const folder = await bench.scratch('build');
  await cp(build, folder, { recursive: true });
  return folder;
}

const SECRET = 'the secret of another user';

/** A file that no build may get at. */
async function secretFile(): Promise<string> {
  const file = path.join(await bench.scratch('outside'), 'secret');
  await writeFile(file, `${SECRET}\n`);
  return file;
}

async function refused(build: string, message: RegExp | string, extra: Parameters<typeof bench.publish>[1] = {}) {
  await expectRefused(bench.repository, () => bench.publish([build], extra), message);
  expect(await readdir(path.join(bench.repository, 'staging'))).toEqual([]);
}

describe('the manifest', () => {
  it('is no link, no pipe, no folder, not without end', async () => {
    await bench.publish([other]);
    const secret = await secretFile();
    const kinds: readonly (readonly [(file: string) => Promise<unknown>, RegExp])[] = [
      [(file) => symlink(secret, file), /manifest\.json: not a regular file/],
      [(file) => symlink('/dev/zero', file), /not a regular file/],
      [(file) => run(['mkfifo', file]), /not a regular file/],
      [(file) => mkdir(file), /not a regular file/],
      [(file) => writeFile(file, '').then(() => truncate(file, 2 ** 40)), /too large/],
      [(file) => writeFile(file, Buffer.alloc(4096, 0xff)), /not JSON \(found a binary file/],
      [(file) => writeFile(file, '['.repeat(1_000_000)), /not JSON/],
      [(file) => writeFile(file, JSON.stringify({ ['x'.repeat(100_000)]: '\u001b[2J\u202e' })), /not have its form/],
    ];
    for (const [make, message] of kinds) {
      const build = await copyOf(binary);
      await rm(path.join(build, 'manifest.json'));
      await make(path.join(build, 'manifest.json'));
      const error = await bench.publish([build]).catch((thrown: Error) => thrown);
      expect((error as Error).message).not.toContain('secret of');
      expect((error as Error).message.length).toBeLessThan(2000);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      expect((error as Error).message).not.toMatch(/[\u0000-\u001f\u202e]/);
      await refused(build, message);
    }
  });

  it('lists no names that lead elsewhere, none twice, and no other files than there are', async () => {
    await bench.publish([other]);
    const change = async (edit: (files: { name: string; size: number; sha256: string; role: string }[]) => unknown) => {
      const build = await copyOf(binary);
      const file = path.join(build, 'manifest.json');
      const manifest = JSON.parse(await readFile(file, 'utf8'));
      edit(manifest.files);
      await writeFile(file, JSON.stringify(manifest));
      return build;
    };
    const secret = await secretFile();
    const names = ['../secret', secret, '-rf', '.hidden', 'a/b', 'a\nb', 'a\0b', '', '..', 'x'.repeat(256), 'a\u202eb'];
    for (const name of names) {
      await refused(
        await change((files) => files.push({ ...files[0], name } as (typeof files)[0])),
        /the manifest does not have its form/,
      );
    }
    await refused(await change((files) => files.push({ ...files[0] } as (typeof files)[0])), 'lists a file twice');
    await refused(
      await change((files) => files.push({ ...files[0], name: 'more_1.0_amd64.deb' } as (typeof files)[0])),
      'a file of the manifest cannot be read',
    );
    await refused(await change((files) => files.pop()), 'a file that the manifest does not list');
    for (const role of ['dsc', 'changes', 'buildinfo']) {
      await refused(await change(([file]) => Object.assign(file ?? {}, { role })), /not text in UTF-8|control file/);
    }
    await refused(await change(([file]) => Object.assign(file ?? {}, { role: '__proto__' })), 'does not have its form');
  });
});

describe('the files', () => {
  it('are no links, pipes, folders, devices', async () => {
    await bench.publish([other]);
    const kinds: ((file: string) => Promise<unknown>)[] = [
      async (file) => await symlink(path.join(binary, NAME), file),
      async (file) => await symlink('nowhere', file),
      async (file) => await run(['mkfifo', file]),
      async (file) => await mkdir(file),
      ...(process.getuid?.() === 0 ? [async (file: string) => await run(['mknod', file, 'c', '1', '5'])] : []),
    ];
    for (const make of kinds) {
      const build = await copyOf(binary);
      await rm(path.join(build, NAME));
      await make(path.join(build, NAME));
      await refused(build, 'not a regular file');
    }
  });

  it('are not read where they have another size: they may have no end', async () => {
    await bench.publish([other]);
    const build = await copyOf(binary);
    await truncate(path.join(build, NAME), 2 ** 42);
    await refused(build, /found 4398046511104 bytes, expected/);
  });

  it('become no part of the pool: whoever has them cannot change what is served', async () => {
    const build = await copyOf(whole);
    const copies = await bench.scratch('copies');
    for (const name of await readdir(build)) await link(path.join(build, name), path.join(copies, name));
    await bench.publish([build]);
    const before = await treeDigest(at('pool'));
    // By both names, in place.
    for (const name of await readdir(copies)) await writeFile(path.join(copies, name), 'changed');
    expect(await treeDigest(at('pool'))).toBe(before);
    expect((await run(['find', at('pool'), '-type', 'f', '-links', '+1'])).stdout).toBe('');
    await (await freshApt()).run('apt-get', 'download', 'hello');
  });
});

describe('files that become others after they were verified', () => {
  const becomes = async (step: string, change: (build: string) => Promise<unknown>) => {
    const build = await copyOf(whole);
    const error = /the file changed after it was verified: nothing is published/;
    await refused(build, error, { onStep: async (name) => void (name === step && (await change(build))) });
  };

  it('a package: another one, a link to another one, nothing', async () => {
    await bench.publish([other]);
    const evil = await bench.deb(await bench.scratch('evil'), { version: '1.0-1', content: 'evil' });
    const name = 'hello_1.0-1_amd64.deb';
    await becomes('verified', (build) => cp(evil, path.join(build, name)));
    await becomes('planned', async (build) => {
      await rm(path.join(build, name));
      await symlink(evil, path.join(build, name));
    });
    await becomes('staged', (build) => rm(path.join(build, name)));
    await becomes('signed', async (build) => await rename(evil, path.join(build, name)));
  });

  it('a part of a source package: a link to a secret, which nobody sees', async () => {
    await bench.publish([other]);
    const secret = await secretFile();
    await becomes('signed', async (build) => {
      await rm(path.join(build, 'hello_1.0.orig.tar.xz'));
      await symlink(secret, path.join(build, 'hello_1.0.orig.tar.xz'));
    });
    expect(await filesWith(bench.repository, SECRET)).toEqual([]);
  });
});

describe('records and sources', () => {
  it('that name files elsewhere, files twice, or say two things of one', async () => {
    await bench.publish([other]);
    const change = async (extension: string, edit: (text: string) => string) => {
      const build = await copyOf(whole);
      const name = (await readdir(build)).find((each) => each.endsWith(extension)) ?? '';
      const file = path.join(build, name);
      await writeFile(file, edit(await readFile(file, 'utf8')));
      return await bench.build(build);
    };
    const deb = 'hello_1.0-1_amd64.deb';
    const line = (text: string, digits: number) =>
      new RegExp(`^ [0-9a-f]{${digits}} \\d+ (?:net optional )?${deb}\\n`, 'm').exec(text)?.[0] ?? 'none';
    const double = (digits: number) => (text: string) =>
      text.replace(line(text, digits), (found) => found + found.replace(/[0-9a-f]{4}/, '0000'));
    const elsewhere = (digits: number, place: string) => (text: string) =>
      text.replace(line(text, digits), (found) => found.replace(deb, place));
    const secret = await secretFile();
    for (const digits of [32, 40, 64]) {
      await refused(await change('.changes', double(digits)), 'a file that is listed twice');
      for (const place of ['../../secret', secret, '-x', '.x'])
        await refused(await change('.changes', elsewhere(digits, place)), 'not a plain file name');
    }
    for (const digits of [32, 40]) {
      await refused(await change('.changes', elsewhere(digits, 'x.deb')), 'fields that list other files');
      const size = (text: string) =>
        text.replace(line(text, digits), (found) => found.replace(/ \d+ (?=\S+ ?)/, ' 7 '));
      await refused(await change('.changes', size), /fields that list other files|not a checksum line/);
      await refused(await change('.changes', (text) => text.replace(line(text, digits), '')), 'list other files');
    }
    await refused(
      await change('.changes', (text) => text.replace('Checksums-Sha1:', 'Checksums-Sha512:')),
      'digests of another kind than the field says',
    );
    await refused(await change('.dsc', (text) => text.replace(/^ [0-9a-f]{32} .*\n/m, '')), 'list other files');
    for (const extension of ['.dsc', '.changes', '.buildinfo'])
      await refused(
        await change(extension, (text) => `${text}X-Odd: \u001b]0;x\u0007\n`),
        'a control character in the file',
      );
  });

  it('that take the place of others in the pool', async () => {
    await bench.publish([other]);
    // A record under the name of a package that is still to come.
    const named = await copyOf(whole);
    await rename(path.join(named, 'hello_1.0-1_amd64.changes'), path.join(named, 'hello_2.0-1_amd64.deb'));
    await bench.build(named);
    const file = path.join(named, 'manifest.json');
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace(/("name": "hello_2\.0-1_amd64\.deb",[^}]*"role": )"deb"/, '$1"changes"'),
    );
    await refused(named, /hello_2\.0-1_amd64\.deb: the file is not named after the source package/);
    // One of another source, which would become that one's.
    const foreign = await bench.scratch('build');
    await bench.deb(foreign, { version: '1.0-1' });
    await bench.records(foreign, 'openssl', '3.0-1');
    await refused(
      await bench.build(foreign),
      /lists a package of another source .*hello 1\.0-1, expected packages of openssl/,
    );
    // A package as a part of a source.
    const part = await copyOf(whole);
    const dsc = path.join(part, 'hello_1.0-1.dsc');
    const from = 'hello_1.0.orig.tar.xz';
    await rename(path.join(part, from), path.join(part, 'hello_9.9_amd64.udeb'));
    await writeFile(dsc, (await readFile(dsc, 'utf8')).replaceAll(from, 'hello_9.9_amd64.udeb'));
    await rm(path.join(part, 'hello_1.0-1_amd64.changes'));
    await rm(path.join(part, 'hello_1.0-1_amd64.buildinfo'));
    await bench.build(part, {});
    const manifest = path.join(part, 'manifest.json');
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('"role": "udeb"', '"role": "orig"'));
    await refused(part, 'a file that is no part of a source package');
  });

  it('with text around what is signed, or none inside', async () => {
    await bench.publish([other]);
    const change = async (edit: (text: string) => Promise<string> | string) => {
      const build = await copyOf(whole);
      const file = path.join(build, 'hello_1.0-1_amd64.changes');
      await writeFile(file, await edit(await readFile(file, 'utf8')));
      return await bench.build(build);
    };
    const sign = async (text: string) => await bench.signer.clearsign(text);
    await refused(await change(async (text) => `Source: evil\n${await sign(text)}`), 'text before the signed message');
    await refused(await change(async (text) => `${await sign(text)}Source: evil\n`), 'text after the signed message');
    await refused(
      await change(async (text) => (await sign(text)).replace('\n\n', '\nSource: evil\n\n')),
      'not an armor header of a signed message',
    );
    await refused(await change(async (text) => (await sign(text)) + (await sign(text))), /after the signed message/);
    await refused(await change(async () => await sign('\n')), /paragraph/);
    await refused(await change((text) => `${text}\nSource: evil\n`), 'not a control file of one paragraph');
  });
});
