/** A change of keys of an rpm repository, with real rpm and dnf that have the old key, the new one, or both. */
import { readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { fileUrl } from '../../src/repository/layout.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { GpgKeys } from './gpg-keys.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

let bench: RpmWorkbench;
let a: Signer;
let b: Signer;

beforeAll(async () => {
  bench = await RpmWorkbench.make();
  const signer = async (name: string, algorithm: 'rsa2048' | 'rsa4096') =>
    await openSigner({ key: (await generateKey({ name, email: `${name}@example.org`, algorithm })).key });
  [a, b] = [await signer('old', 'rsa2048'), await signer('new', 'rsa4096')];
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await rm(bench.repository, { recursive: true, force: true });
});

const at = (...parts: string[]) => path.join(bench.repository, 'public', ...parts);

async function keyFileOf({ publicKey }: Signer): Promise<string> {
  const file = path.join(await bench.scratch('key'), 'key.asc');
  await writeFile(file, publicKey.armored);
  return fileUrl(file);
}

const armorsIn = async () => (await readFile(at('key.asc'), 'utf8')).match(/^-----BEGIN PGP/gm)?.length;

/** Key ids that rpm has after it imported the file. */
async function importedBy(file: string): Promise<string[]> {
  const db = await bench.scratch('rpmdb');
  const { stderr } = await run(['rpmkeys', '--dbpath', db, '--import', file], {});
  expect(stderr).not.toContain('error:');
  const { stdout } = await run(['rpm', '--dbpath', db, '-qa', 'gpg-pubkey', '--qf', '%{version}\n'], {});
  return stdout.split('\n').filter(Boolean).sort();
}

const shortIds = (...signers: readonly Signer[]) =>
  signers.map(({ key }) => key.fingerprint.slice(-8).toLowerCase()).sort();

async function removeOldSnapshots(): Promise<void> {
  const head = path.basename(await readlink(at('latest')));
  for (const id of await readdir(at('snapshots'))) {
    if (id !== head) await rm(at('snapshots', id), { recursive: true });
  }
}

describe('from A to A and B to B', () => {
  it('one signature at a time, and both keys in key.asc before B signs', async () => {
    await bench.publish([await bench.binaries({ name: 'one' })], { signer: a });
    const onlyA = await bench.dnf({ keys: await keyFileOf(a) });
    const all = await bench.dnf();
    await onlyA.run('install', 'one');

    const second = await bench.publish([await bench.binaries({ name: 'two' })], { signer: a, nextSigner: b });
    expect(second.snapshot).toMatchObject({ signedBy: a.key.fingerprint, nextKey: b.key.fingerprint });
    expect(second.snapshot).not.toHaveProperty('alsoSignedBy');
    expect(second.snapshot.packages.map(({ signedBy }) => signedBy)).toEqual([a.key.fingerprint, a.key.fingerprint]);
    // rpm's own reader of signatures takes one packet and no more.
    const { stdout } = await run(['gpg', '--list-packets', at('latest', 'x86_64', 'repodata', 'repomd.xml.asc')], {
      env: { GNUPGHOME: await bench.scratch('home') },
      okExitCodes: 'any',
    });
    expect(stdout.match(/^:signature packet:/gm)).toHaveLength(1);
    // Each in a block of its own: rpm 4.11 reads one key of a block.
    expect(await armorsIn()).toBe(2);
    expect(await importedBy(at('key.asc'))).toEqual(shortIds(a, b));
    await onlyA.run('--refresh', 'install', 'two');
    await all.run('install', 'one');

    const third = await bench.publish([await bench.binaries({ name: 'three' })], { signer: b });
    expect(third.snapshot.signedBy).toBe(b.key.fingerprint);
    // It has both since the second publish.
    await all.run('--refresh', 'install', 'two', 'three');
    await (await bench.dnf()).run('install', 'one', 'three');
    await expect(onlyA.run('--refresh', 'install', 'three')).rejects.toThrow();
    const onlyB = await bench.dnf({ keys: await keyFileOf(b) });
    await onlyB.run('install', 'three');
    // A package has one signature, that of its time.
    await expect(onlyB.run('install', 'one')).rejects.toThrow();
  });

  it('keeps the old key while a package is signed by it, and no longer', async () => {
    await bench.publish([await bench.binaries({ name: 'one' })], { signer: a });
    const next = await bench.binaries({ name: 'one', version: '1.0-2' });
    await bench.publish([await bench.binaries({ name: 'two' })], { signer: a, nextSigner: b });
    await bench.publish([await bench.binaries({ name: 'two', version: '1.0-2' })], { signer: b });
    await removeOldSnapshots();
    await bench.publish([next], { signer: b });
    expect(await importedBy(at('key.asc'))).toEqual(shortIds(a, b));
    await removeOldSnapshots();
    expect((await bench.publish([next], { signer: b })).changed).toBe(true);
    expect(await importedBy(at('key.asc'))).toEqual(shortIds(b));
    await (await bench.dnf()).run('install', 'one', 'two');
    expect((await bench.publish([next], { signer: b })).changed).toBe(false);
  });
});

describe('keys as rpm takes them', () => {
  it('without a revoked subkey, with which rpm takes no part of a key', async () => {
    await using keys = await GpgKeys.make();
    const fingerprint = await keys.key({ algorithm: 'rsa3072', daysAgo: 3 });
    await keys.subkey(fingerprint, { algorithm: 'rsa3072', daysAgo: 3 });
    await keys.revokeSubkey(fingerprint, 1);
    const signer = await openSigner({ key: await keys.secret(fingerprint) });
    const plain = path.join(await bench.scratch('key'), 'key.asc');
    await writeFile(plain, signer.publicKey.armored);
    const { stderr } = await run(['rpmkeys', '--dbpath', await bench.scratch('rpmdb'), '--import', plain], {
      okExitCodes: 'any',
    });
    expect(stderr).toContain('import failed');

    await bench.publish([await bench.binaries({})], { signer });
    expect(await importedBy(at('key.asc'))).toEqual(shortIds(signer));
    await (await bench.dnf()).run('install', 'hello');
    expect((await bench.publish([await bench.binaries({ name: 'more' })], { signer })).changed).toBe(true);
  });

  it('with a subkey that signs, and without one that encrypts', async () => {
    await using keys = await GpgKeys.make();
    const fingerprint = await keys.key({ algorithm: 'rsa3072', usage: 'cert' });
    const subkey = await keys.subkey(fingerprint, { algorithm: 'rsa3072' });
    await keys.subkey(fingerprint, { algorithm: 'cv25519', usage: 'encr' });
    const signer = await openSigner({ key: await keys.secret(fingerprint) });
    await bench.publish([await bench.binaries({})], { signer });
    const { stdout } = await run(['gpg', '--with-colons', '--show-keys', at('key.asc')], {
      env: { GNUPGHOME: await bench.scratch('home') },
    });
    expect([...stdout.matchAll(/^fpr:+([0-9A-F]{40}):/gm)].map(([, each]) => each)).toEqual([fingerprint, subkey]);
    await (await bench.dnf()).run('install', 'hello');
  });
});
