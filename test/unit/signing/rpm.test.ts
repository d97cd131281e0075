import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as openpgp from 'openpgp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { openRpm, readFrame } from '../../../src/rpm/frame.ts';
import { tagBytes } from '../../../src/rpm/header.ts';
import { readRpmPackage, verifyPayload } from '../../../src/rpm/read-package.ts';
import { Secret } from '../../../src/secret.ts';
import { generateKey, openSigner } from '../../../src/signing/openpgp.ts';
import { signRpms } from '../../../src/signing/rpm.ts';
import type { Signer } from '../../../src/signing/signer.ts';
import { binary, PAYLOAD, type RpmRecipe, rpmBytes, rpmParts } from '../rpm/rpm-bytes.ts';

const WHO = { name: 'Example Archive', email: 'archive@example.org' };

let folder: string;
const folders: string[] = [];
let signer: Signer;
let rsa: Signer;
beforeAll(async () => {
  signer = await openSigner({ key: (await generateKey(WHO)).key });
  rsa = await openSigner({ key: (await generateKey({ ...WHO, algorithm: 'rsa2048' })).key });
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sign-rpms-'));
  folders.push(folder);
});
afterAll(async () => {
  for (const each of folders) await rm(each, { recursive: true, force: true });
});

const at = (name: string) => path.join(folder, name);
async function source(name: string, recipe: RpmRecipe = {}): Promise<string> {
  await writeFile(at(name), rpmBytes(recipe));
  return at(name);
}

/** The bytes of a signature, and what openpgp says of it over `data`. */
async function expectSignature(file: string, tag: number, data: Buffer, by: Signer) {
  await using handle = await openRpm(file);
  const { signature } = await readFrame(handle, file);
  const packet = tagBytes(signature, tag);
  if (packet === undefined) throw new Error(`no signature in tag ${tag}`);
  const result = await openpgp.verify({
    message: await openpgp.createMessage({ binary: data }),
    signature: await openpgp.readSignature({ binarySignature: packet }),
    verificationKeys: await openpgp.readKey({ armoredKey: by.publicKey.armored }),
    format: 'binary',
  });
  await expect(result.signatures[0]?.verified).resolves.toBe(true);
}

async function tagsOf(file: string): Promise<number[]> {
  await using handle = await openRpm(file);
  return (await readFrame(handle, file)).signature.entries.map(({ tag }) => tag);
}

async function failure(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

describe('signRpms', () => {
  it('writes signed copies, in order, and says what they are', async () => {
    const jobs = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => ({
        source: await source(`${index}.rpm`, { version: `${index}`, payload: Buffer.alloc(index * 3000, 'x') }),
        target: at(`signed-${index}.rpm`),
      })),
    );
    const seen: [number, number][] = [];
    const signed = await signRpms(jobs, signer, { onSigned: (done, total) => seen.push([done, total]) });
    expect(signed.map(({ file }) => file)).toEqual(jobs.map(({ target }) => target));
    expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => [index + 1, 40]));
    for (const [index, { file, size, sha256 }] of signed.entries()) {
      const bytes = await readFile(file);
      expect(bytes.length).toBe(size);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      const recipe = { version: `${index}`, payload: Buffer.alloc(index * 3000, 'x') };
      // The source is as it was.
      expect((await readFile(jobs[index]?.source ?? '')).equals(rpmBytes(recipe))).toBe(true);
      const parts = rpmParts(recipe);
      expect(bytes.subarray(0, 96).equals(parts.lead)).toBe(true);
      const rest = Buffer.concat([parts.main, parts.payload]);
      expect(bytes.subarray(-rest.length).equals(rest)).toBe(true);
      expect((await readRpmPackage(file)).isSigned).toBe(true);
      await expectSignature(file, 267, parts.main, signer);
    }
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('signs with RSA in its own tag, and replaces what was there', async () => {
    const first = await source('a.rpm', { signature: (tags) => [binary(267, Buffer.from('old')), ...tags] });
    await signRpms([{ source: first, target: at('b.rpm') }], rsa);
    expect(await tagsOf(at('b.rpm'))).toEqual([268, 269, 273, 1000, 1004, 1007, 1008]);
    await expectSignature(at('b.rpm'), 268, rpmParts().main, rsa);
    await signRpms([{ source: at('b.rpm'), target: at('c.rpm') }], signer);
    expect(await tagsOf(at('c.rpm'))).toEqual([267, 269, 273, 1000, 1004, 1007, 1008]);
    expect((await readFile(at('c.rpm'))).length).toBe((await readFile(at('b.rpm'))).length);
  });

  it.each([
    ['ed25519', 267, 1005],
    ['rsa2048', 268, 1002],
  ])('signs header and payload too where the header has no digest of it: %s', async (name, tag, legacy) => {
    const by = name === 'rsa2048' ? rsa : signer;
    for (const payload of [PAYLOAD, Buffer.alloc(1_100_000, 'large')]) {
      const file = await source('old.rpm', { isOld: true, payload });
      await signRpms([{ source: file, target: at('signed.rpm') }], by);
      const { main } = rpmParts({ isOld: true, payload });
      await expectSignature(at('signed.rpm'), tag, main, by);
      await expectSignature(at('signed.rpm'), legacy, Buffer.concat([main, payload]), by);
      await verifyPayload(at('signed.rpm'));
    }
  });

  it('moves the rest of the file where the reserved space is too small', async () => {
    const recipe = { reserved: 0, payload: Buffer.alloc(2_100_000, 'payload') };
    const [signed] = await signRpms([{ source: await source('a.rpm', recipe), target: at('b.rpm') }], rsa);
    const bytes = await readFile(at('b.rpm'));
    expect(signed?.size).toBe(bytes.length);
    expect(bytes.length).toBeGreaterThan(rpmBytes(recipe).length);
    await verifyPayload(at('b.rpm'));
    await expectSignature(at('b.rpm'), 268, rpmParts(recipe).main, rsa);
  });

  it('replaces a package by its signed copy', async () => {
    const file = await source('a.rpm');
    await signRpms([{ source: file, target: file }], signer);
    expect((await readRpmPackage(file)).isSigned).toBe(true);
  });

  it('gives the same form when it is done again', async () => {
    const now = () => new Date();
    const date = now();
    const fixed = await openSigner({ key: (await generateKey(WHO)).key, now: () => date });
    const file = await source('a.rpm');
    const [one] = await signRpms([{ source: file, target: at('b.rpm') }], fixed);
    const [two] = await signRpms([{ source: at('b.rpm'), target: at('c.rpm') }], fixed);
    expect(two?.sha256).toBe(one?.sha256);
  });

  it('has nothing to do for no packages', async () => {
    expect(await signRpms([], signer)).toEqual([]);
  });

  it('is all or nothing', async () => {
    const damaged = at('damaged.rpm');
    const bytes = rpmBytes();
    bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
    await writeFile(damaged, bytes);
    const jobs = [
      ...(await Promise.all(
        Array.from({ length: 30 }, async (_, index) => ({
          source: await source(`${index}.rpm`),
          target: at(`signed-${index}.rpm`),
        })),
      )),
      { source: damaged, target: at('signed-damaged.rpm') },
    ];
    // What was there before stays.
    await writeFile(at('signed-0.rpm'), 'former');
    expect(await failure(signRpms(jobs, signer))).toMatch(/damaged\.rpm: the package's payload does not match/);
    const left = (await readdir(folder)).filter((name) => name.startsWith('signed') || name.startsWith('.'));
    expect(left).toEqual(['signed-0.rpm']);
    expect(await readFile(at('signed-0.rpm'), 'utf8')).toBe('former');
  });

  it.each<[string, (bytes: Buffer) => Buffer, string]>([
    ['a wrong MD5', (bytes) => bytes, 'md5'],
    ['a cut payload', (bytes) => bytes.subarray(0, -1), 'cut off'],
    ['bytes behind it', (bytes) => Buffer.concat([bytes, Buffer.from('x')]), '1 bytes more'],
    ['an empty file', () => Buffer.alloc(0), 'an empty file'],
  ])('refuses %s and leaves nothing', async (name, change, message) => {
    const wrongMd5: RpmRecipe = {
      signature: (tags) => tags.map((tag) => (tag.tag === 1004 ? binary(1004, Buffer.alloc(16)) : tag)),
    };
    await writeFile(at('a.rpm'), change(rpmBytes(name === 'a wrong MD5' ? wrongMd5 : {})));
    expect(await failure(signRpms([{ source: at('a.rpm'), target: at('b.rpm') }], signer))).toContain(message);
    expect(await readdir(folder)).toEqual(['a.rpm']);
  });

  it('signs what was expected only: header, size and every byte of the file', async () => {
    const reserved = await source('a.rpm', { reserved: 13 });
    const { headerDigest, size } = await readRpmPackage(reserved);
    const good = await readFile(reserved);
    const expected = { headerDigest, size, sha256: createHash('sha256').update(good).digest('hex') };
    const sign = async (name: string) =>
      await signRpms([{ source: at(name), target: at('b.rpm'), expected }], signer).then(
        () => 'signed',
        (error: unknown) => (error as Error).message,
      );
    expect(await sign('a.rpm')).toBe('signed');
    await rm(at('b.rpm'));
    await source('other.rpm', { reserved: 13, payload: Buffer.alloc(PAYLOAD.length, 'x') });
    await source('version.rpm', { reserved: 13, version: '9' });
    await source('longer.rpm', { reserved: 21 });
    // The padding behind the signature header: in no digest that a package has of itself.
    const { headerRange } = await readRpmPackage(reserved);
    const padding = Buffer.from(good);
    padding[headerRange.start - 1] = 7;
    await writeFile(at('padding.rpm'), padding);
    const lead = Buffer.from(good);
    lead[20] = 7;
    await writeFile(at('lead.rpm'), lead);
    const changed =
      /^\S+\.rpm: the package changed after it was verified: it is not signed \(found (the header|sha256|\d+ bytes)/;
    const found: (string | undefined)[] = [];
    for (const name of ['other', 'version', 'longer', 'padding', 'lead']) {
      found.push(changed.exec(await sign(`${name}.rpm`))?.[1]?.replace(/^\d+/, 'N'));
    }
    expect(found).toEqual(['the header', 'the header', 'N bytes', 'sha256', 'sha256']);
    expect((await readdir(folder)).filter((name) => name === 'b.rpm' || name.startsWith('.'))).toEqual([]);
  });

  it('reads through no link', async () => {
    await source('a.rpm');
    await symlink(at('a.rpm'), at('link.rpm'));
    expect(await failure(signRpms([{ source: at('link.rpm'), target: at('b.rpm') }], signer))).toContain('symbolic');
  });

  it('writes through no link', async () => {
    await source('a.rpm');
    await writeFile(at('elsewhere'), 'former');
    await symlink(at('elsewhere'), at('b.rpm'));
    await signRpms([{ source: at('a.rpm'), target: at('b.rpm') }], signer);
    expect(await readFile(at('elsewhere'), 'utf8')).toBe('former');
    expect((await readRpmPackage(at('b.rpm'))).isSigned).toBe(true);
  });

  it('stops when it is cancelled, and leaves nothing', async () => {
    const jobs = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => ({
        source: await source(`${index}.rpm`),
        target: at(`signed-${index}.rpm`),
      })),
    );
    const controller = new AbortController();
    const onSigned = (done: number) => {
      if (done === 20) controller.abort(new Error('enough'));
    };
    await expect(signRpms(jobs, signer, { signal: controller.signal, onSigned })).rejects.toThrow('enough');
    expect((await readdir(folder)).filter((name) => /^signed|^\./.test(name))).toEqual([]);
  });

  it('refuses a key that rpm cannot verify, before it writes', async () => {
    const made = await openpgp.generateKey({ userIDs: [WHO], type: 'ecc', curve: 'nistP384', format: 'armored' });
    await using by = await openSigner({ key: new Secret(made.privateKey) });
    const jobs = [{ source: await source('a.rpm'), target: at('b.rpm') }];
    expect(await failure(signRpms(jobs, by))).toContain('rpm cannot verify');
    expect(await readdir(folder)).toEqual(['a.rpm']);
  });

  it('refuses two packages for one target', async () => {
    const file = await source('a.rpm');
    const jobs = ['b.rpm', './b.rpm'].map((name) => ({ source: file, target: path.join(folder, name) }));
    await expect(signRpms(jobs, signer)).rejects.toThrow('into one file');
  });
});
