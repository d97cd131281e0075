import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { headerDigestOf, readRpmPackage, verifyPayload } from '../../../src/rpm/read-package.ts';
import { binary, header, lead, number, PAYLOAD, type RpmRecipe, rpmBytes, rpmParts, text } from './rpm-bytes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rpm-read-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

let counter = 0;
async function fileOf(bytes: Uint8Array): Promise<string> {
  const file = path.join(folder, `${counter++}.rpm`);
  await writeFile(file, bytes);
  return file;
}
const read = async (recipe: RpmRecipe = {}) => await readRpmPackage(await fileOf(rpmBytes(recipe)));

async function refusal(file: string, body: (file: string) => Promise<unknown> = readRpmPackage): Promise<string> {
  const error = await body(file).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message.startsWith(file)).toBe(true);
  expect(message).not.toMatch(/\n/);
  return message;
}
const refused = async (recipe: RpmRecipe) => await refusal(await fileOf(rpmBytes(recipe)));

describe('readRpmPackage', () => {
  it('reads a binary package', async () => {
    const parts = rpmParts({ epoch: 2 });
    const start = 96 + parts.signature.length;
    expect(await read({ epoch: 2 })).toEqual({
      name: 'hello',
      evr: { epoch: 2, version: '2.10', release: '1' },
      architecture: 'x86_64',
      isSource: false,
      sourceRpm: 'hello-2.10-1.src.rpm',
      headerDigest: createHash('sha256').update(parts.main).digest('hex'),
      headerRange: { start, end: start + parts.main.length },
      isSigned: false,
      isDebug: false,
      summary: 'A greeting – friendly',
      license: 'GPL-3.0-or-later',
      buildTime: 1_700_000_000,
      size: start + parts.main.length + PAYLOAD.length,
    });
    expect(headerDigestOf(parts.main)).toBe((await read({ epoch: 2 })).headerDigest);
  });

  it('reads a source package', async () => {
    expect(await read({ sourceRpm: undefined })).toMatchObject({ isSource: true, sourceRpm: undefined });
  });

  it.each([
    ['hello', false],
    ['hello-debuginfo', true],
    ['hello-debugsource', true],
    ['kernel-debuginfo-common-x86_64', true],
    ['debugedit', false],
    ['hello-debuginfod', false],
  ])('tells whether %s is for debuggers', async (name, isDebug) => {
    expect((await read({ name })).isDebug).toBe(isDebug);
  });

  it.each([267, 268, 278, 1002, 1005])('sees a signature in tag %i, which does not change the digest', async (tag) => {
    const signed = await read({ signature: (tags) => [binary(tag, Buffer.from('x')), ...tags] });
    expect(signed.isSigned).toBe(true);
    expect(signed.headerDigest).toBe((await read()).headerDigest);
  });

  it('reads packages that old rpms made', async () => {
    expect(await read({ isOld: true, signatureRegion: undefined })).toMatchObject({ name: 'hello' });
  });

  it('reads headers beyond the first read', async () => {
    const recipe: RpmRecipe = { main: (tags) => [...tags, text(5100, 'x'.repeat(200_000))] };
    expect((await read(recipe)).headerRange.end).toBeGreaterThan(200_000);
    expect((await read({ reserved: 100_000 })).headerRange.start).toBeGreaterThan(100_000);
  });

  it('refuses a package cut at every length', async () => {
    const bytes = rpmBytes({ reserved: 16 });
    for (let length = 0; length < bytes.length; length++) {
      const file = path.join(folder, 'cut.rpm');
      await writeFile(file, bytes.subarray(0, length));
      const message = await refusal(file);
      if (length === 0) expect(message).toContain('found an empty file');
      else if (length < 4) expect(message).toContain('not an rpm package');
      else expect(message).toContain('the package is damaged');
    }
  });

  it('says how much is missing', async () => {
    const bytes = rpmBytes();
    expect(await refusal(await fileOf(bytes.subarray(0, -10)))).toContain('10 bytes less');
    expect(await refusal(await fileOf(Buffer.concat([bytes, Buffer.alloc(3)])))).toContain('3 bytes more');
    expect(await refusal(await fileOf(lead()))).toContain('a file that ends in the signature header');
  });

  it('refuses a header that was altered, by SHA-256 and by SHA-1', async () => {
    const { lead: first, signature, main, payload } = rpmParts();
    for (const position of [main.indexOf('hello'), main.indexOf('x86_64'), main.length - 17]) {
      const altered = Buffer.from(main);
      altered.writeUInt8((altered[position] ?? 0) ^ 0x20, position);
      const message = await refusal(await fileOf(Buffer.concat([first, signature, altered, payload])));
      expect(message).toMatch(/header does not match its digest|damaged/);
    }
    const zeros = '0'.repeat(40);
    expect(await refused({ signature: (tags) => [text(269, zeros), ...tags.slice(1)] })).toContain('SHA-1');
    expect(await refused({ signature: (tags) => tags.with(1, text(273, zeros)) })).toContain('SHA-256');
    // A digest that is no text, and none at all.
    expect(await refused({ signature: (tags) => tags.with(1, number(273, 1)) })).toContain('SHA-256');
    expect(await refused({ signature: (tags) => tags.slice(2) })).toContain('has no digest of its header');
  });

  it.each([
    ['a name that is a path', { name: '../../etc/passwd' }, /Name: an illegal value/],
    ['a name with a newline', { name: 'a\nb' }, /Name: an illegal value/],
    ['a name that is an option', { name: '-rf' }, /Name: an illegal value/],
    ['a hidden name', { name: '.hidden' }, /Name: an illegal value/],
    ['no name', { name: '' }, /Name: a field that every package has is missing/],
    ['a version with a hyphen', { version: '1-2' }, /Version: not a version/],
    ['a version that is a path', { version: '1/../2' }, /Version: not a version/],
    ['a release with an escape', { release: '1\u001b[31m' }, /Version: not a version.*\\u001b/],
    ['an architecture that is a path', { arch: '../x' }, /Architecture: an illegal value/],
    ['a source package elsewhere', { sourceRpm: '/tmp/x.src.rpm' }, /Source RPM: an illegal value/],
    ['a source package of another kind', { sourceRpm: 'hello.rpm' }, /Source RPM: an illegal value/],
  ] as const)('refuses %s', async (_name, recipe, message) => {
    expect(await refused(recipe)).toMatch(message);
  });

  it('refuses other formats', async () => {
    expect(await refused({ mainRegion: undefined })).toContain('without its region');
    expect(await refused({ main: (tags) => [...tags, number(5114, 6)] })).toMatch(/not supported.*the format 6/);
    const { lead: first, signature, main, payload } = rpmParts();
    first.writeUInt8(2, 4);
    expect(await refusal(await fileOf(Buffer.concat([first, signature, main, payload])))).toContain('version 2');
    first.writeUInt8(3, 4);
    first.writeUInt16BE(1, 78);
    expect(await refusal(await fileOf(Buffer.concat([first, signature, main, payload])))).toContain('not supported');
  });

  it('refuses tags of another type than rpm has for them, and takes texts of each form and unknown tags', async () => {
    expect(await refused({ main: (tags) => [...tags, number(5096, 1)] })).toContain('wrong type (4) in tag 5096');
    expect(await refused({ main: (tags) => tags.with(0, number(1000, 1)) })).toContain('wrong type (4) in tag 1000');
    await read({ main: (tags) => [...tags, text(5096, 'x', 9)] });
    await read({ main: (tags) => [...tags, number(5999, 1)] });
  });

  it('refuses what is no rpm', async () => {
    expect(await refusal(await fileOf(Buffer.from('!<arch>\ndebian-binary')))).toContain('a Debian package');
    expect(await refusal(await fileOf(Buffer.from('#!/bin/sh\nexit 0\n')))).toContain('a file of another kind');
    expect(await refusal(path.join(folder, 'none.rpm'))).toContain('ENOENT');
    const place = path.join(folder, 'folder.rpm');
    await mkdir(place);
    expect(await refusal(place)).toContain('no regular file');
    const fifo = path.join(folder, 'fifo.rpm');
    execFileSync('mkfifo', [fifo]);
    expect(await refusal(fifo)).toContain('no regular file');
    const link = path.join(folder, 'link.rpm');
    await symlink(await fileOf(rpmBytes()), link);
    expect(await refusal(link)).toContain('a symbolic link');
  });

  it('names the file as people know it', async () => {
    await expect(readRpmPackage(await fileOf(Buffer.alloc(0)), 'hello.rpm')).rejects.toThrow(/^hello\.rpm: not an rpm/);
  });
});

describe('verifyPayload', () => {
  it('takes the payload that the header names', async () => {
    for (const recipe of [{}, { isOld: true }, { payload: Buffer.alloc(3_500_000, 'abc') }]) {
      await verifyPayload(await fileOf(rpmBytes(recipe)));
    }
  });

  it('refuses another one', async () => {
    for (const [recipe, name] of [
      [{}, 'sha256'],
      [{ isOld: true }, 'md5'],
    ] as const) {
      const { lead: first, signature, main, payload } = rpmParts(recipe);
      const altered = Buffer.concat([first, signature, main, Buffer.from(payload).fill('x', 7, 8)]);
      const message = await refusal(await fileOf(altered), verifyPayload);
      expect(message).toContain("the package's payload does not match its digest");
      expect(message).toContain(`found ${name}`);
    }
    const md5 = binary(1004, Buffer.alloc(16));
    const wrong: RpmRecipe = { signature: (tags) => tags.map((tag) => (tag.tag === 1004 ? md5 : tag)) };
    expect(await refusal(await fileOf(rpmBytes(wrong)), verifyPayload)).toContain('found md5');
  });

  it('refuses a package without a digest of it, or with an unknown one', async () => {
    const none: RpmRecipe = { isOld: true, signature: (tags) => tags.filter(({ tag }) => tag !== 1004) };
    expect(await refusal(await fileOf(rpmBytes(none)), verifyPayload)).toContain('no digest of its payload');
    const only: RpmRecipe = { isOld: true, main: (tags) => [...tags, text(5097, 'x', 8)] };
    expect(await refusal(await fileOf(rpmBytes(only)), verifyPayload)).toContain('of the uncompressed payload only');
    const unknown: RpmRecipe = { main: (tags) => tags.with(-1, number(5093, 99)) };
    expect(await refusal(await fileOf(rpmBytes(unknown)), verifyPayload)).toContain('unknown algorithm 99');
  });

  it('stops when it is cancelled', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(verifyPayload(await fileOf(rpmBytes()), { signal })).rejects.toThrow('enough');
  });
});

it('builds the headers that it means to', () => {
  // The helper's own form: magic, two entries, the region first.
  expect(header([text(1000, 'x')], 63).toString('hex')).toBe(
    '8eade80100000000' +
      '0000000200000012' +
      '0000003f000000070000000200000010' +
      '000003e8000000060000000000000001' +
      '7800' +
      '0000003f00000007ffffffe000000010',
  );
});
