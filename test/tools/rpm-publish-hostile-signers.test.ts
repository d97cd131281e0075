/** `allowed-signers` for rpm packages: the header of each says who made it (docs/signing.md). */
import { copyFile, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run, which } from '../../src/process.ts';
import { readRpmPackage } from '../../src/rpm/read-package.ts';
import { AllowedSigners } from '../../src/signing/allowed-signers.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import { signRpms } from '../../src/signing/rpm.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { GpgKeys } from './gpg-keys.ts';
import { expectRefused } from './publish-helpers.ts';
import { oldPackage } from './rpm-old-package.ts';
import { at, bench, expectSigned, list, useRpmBench } from './rpm-publish-bench.ts';

useRpmBench();

let gpg: GpgKeys;
let builder: Signer;
let rsa: Signer;
let stranger: Signer;
let allowed: AllowedSigners;
let master: string;
let other: string;

async function allowedOf(...keys: readonly string[]): Promise<AllowedSigners> {
  const file = path.join(await bench.scratch('keys'), 'keys.asc');
  await writeFile(file, keys.join('\n'));
  return await AllowedSigners.read([file], new Date(), 'input allowed-signers');
}

beforeAll(async () => {
  gpg = await GpgKeys.make();
  const signerOf = async (name: string, algorithm: 'ed25519' | 'rsa2048') =>
    await openSigner({ key: (await generateKey({ name, email: 'builder@example.org', algorithm })).key });
  builder = await signerOf('Builder', 'ed25519');
  rsa = await signerOf('RSA', 'rsa2048');
  stranger = await signerOf('Stranger', 'ed25519');
  allowed = await allowedOf(builder.publicKey.armored, rsa.publicKey.armored);
  master = await bench.full({ subpackages: { doc: 'noarch' } });
  other = await bench.binaries({ name: 'other' });
});
afterAll(async () => {
  await gpg[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await bench.publish([other]);
});

/** A copy of the build whose packages are changed one by one. */
async function buildWith(change: (file: string, name: string) => Promise<unknown>): Promise<string> {
  const folder = await bench.scratch('build');
  for (const name of (await readdir(master)).filter((each) => each.endsWith('.rpm'))) {
    await copyFile(path.join(master, name), path.join(folder, name));
    await change(path.join(folder, name), name);
  }
  return await bench.build(folder);
}

async function sign(file: string, signer: Signer): Promise<void> {
  await signRpms([{ source: file, target: `${file}.signed` }], signer);
  await rename(`${file}.signed`, file);
}

async function refused(build: string, message: RegExp | string, signers = allowed) {
  const work = () => bench.publish([build], { allowedSigners: signers });
  await expectRefused(bench.repository, work, message);
}

describe('packages that are signed by a key that may', () => {
  it('are published, and it is told who signed', async () => {
    const build = await buildWith(async (file, name) => await sign(file, name.includes('doc') ? rsa : builder));
    const result = await bench.publish([build], { allowedSigners: allowed });
    expect(result.signers?.[0]?.map(({ fingerprint }) => fingerprint)).toEqual(
      [builder.key.fingerprint, rsa.key.fingerprint].sort(),
    );
    // What is served is signed by the repository's key.
    await expectSigned(at('pool/h/hello/hello-1.0-1.x86_64.rpm'));
    expect(await list()).toContain('hello-doc-1.0-1.noarch');
  });

  it('by the real rpmsign', async () => {
    const fingerprint = await gpg.key({ algorithm: 'rsa3072' });
    const macros = { _gpg_name: fingerprint, _gpg_path: gpg.home, __gpg: '/usr/bin/gpg' };
    const defines = Object.entries(macros).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
    const build = await buildWith(async (file) => await run(['rpmsign', ...defines, '--addsign', file]));
    await refused(build, new RegExp(`signed by a key that may not .*${fingerprint.slice(-16)}`));
    const signers = await allowedOf(await gpg.public(fingerprint));
    const result = await bench.publish([build], { allowedSigners: signers });
    expect(result.signers?.[0]?.map((each) => each.fingerprint)).toEqual([fingerprint]);
  });

  it.skipIf(which('jq') === undefined)('by examples/sign-build.sh (needs jq)', async () => {
    const fingerprint = await gpg.key({ algorithm: 'rsa3072' });
    const script = path.join(import.meta.dirname, '..', '..', 'examples', 'sign-build.sh');
    const build = await buildWith(async () => {});
    await run([script, build, fingerprint], { env: { GNUPGHOME: gpg.home } });
    const signers = await allowedOf(await gpg.public(fingerprint));
    const result = await bench.publish([build], { allowedSigners: signers });
    expect(result.signers?.[0]?.map((each) => each.fingerprint)).toEqual([fingerprint]);
  });

  it('of rpm before 4.14, whose headers hold no digest of the payload', async () => {
    const old = async (file: string) => {
      const made = await oldPackage(file, path.dirname(file));
      await rename(made, file);
    };
    for (const signer of [rsa, builder]) {
      const build = await buildWith(async (file) => {
        await old(file);
        await sign(file, signer);
      });
      await bench.publish([build], {
        allowedSigners: allowed,
        channel: signer === rsa ? 'one' : 'two',
        root: `${bench.repository}-${signer.key.fingerprint}`,
      });
      // Another payload, with the digests that fit: the signature of the header alone would not tell.
      const evil = await buildWith(async (file, name) => {
        if (!name.startsWith('hello-1.0-1.x86_64')) return await sign(file, signer);
        await old(file);
        await sign(file, signer);
        await withOtherPayload(file);
      });
      await refused(evil, /header and payload: a signature that is not good/);
    }
  });
});

/** Replaces the last byte of the payload and mends the MD5 in the signature header. */
async function withOtherPayload(file: string): Promise<void> {
  const { headerRange } = await readRpmPackage(file);
  const bytes = await readFile(file);
  const { createHash } = await import('node:crypto');
  const md5 = () => createHash('md5').update(bytes.subarray(headerRange.start)).digest();
  const place = bytes.indexOf(md5());
  expect(place).toBeGreaterThan(0);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  md5().copy(bytes, place);
  await writeFile(file, bytes);
}

describe('packages are refused', () => {
  it('that nobody signed, or somebody else, or one of them', async () => {
    const expected = `expected a signature by .*${builder.key.fingerprint}`;
    await refused(await buildWith(async () => {}), new RegExp(`the package is not signed .*${expected}`));
    await refused(
      await buildWith(async (file) => await sign(file, stranger)),
      new RegExp(`signed by a key that may not .*${stranger.key.fingerprint}.*${expected}`),
    );
    const one = await buildWith(async (file, name) => await sign(file, name.includes('doc') ? stranger : builder));
    await refused(one, /hello-doc-1\.0-1\.noarch\.rpm: signed by a key that may not/);
    const source = await buildWith(async (file, name) => {
      if (!name.endsWith('.src.rpm')) await sign(file, builder);
    });
    await refused(source, /hello-1\.0-1\.src\.rpm: the package is not signed/);
  });

  it('whose signature is that of another header', async () => {
    const build = await buildWith(async (file) => await sign(file, builder));
    const [one, two] = ['hello-1.0-1.x86_64.rpm', 'hello-doc-1.0-1.noarch.rpm'].map((name) => path.join(build, name));
    const { partsOf, assemble } = await import('./rpm-old-package.ts');
    const from = await partsOf(one ?? '');
    const to = await partsOf(two ?? '');
    await writeFile(two ?? '', assemble(from.frame, to.frame.header.bytes, to.payload));
    const message = new RegExp(`hello-doc-.*: a signature that is not good .*${builder.key.fingerprint}`);
    await refused(await bench.build(build), message);
  });

  it('whose key has expired or was revoked since', async () => {
    const sign = async (file: string, key: string) => {
      const signer = await openSigner({
        key: await gpg.secret(key),
        now: () => new Date(Date.now() - 15 * 86_400_000),
      });
      await signRpms([{ source: file, target: `${file}.signed` }], signer);
      await rename(`${file}.signed`, file);
    };
    const [expired, revoked] = [await gpg.key({ expires: '10d', daysAgo: 20 }), await gpg.key({ daysAgo: 20 })];
    const builds = [
      await buildWith(async (file) => await sign(file, expired)),
      await buildWith(async (file) => await sign(file, revoked)),
    ] as const;
    await gpg.revoke(revoked);
    const keys = [builder.publicKey.armored, await gpg.public(expired), await gpg.public(revoked)];
    await refused(builds[0], new RegExp(`not good .*${expired}.*expired`), await allowedOf(...keys));
    await refused(builds[1], new RegExp(`not good .*${revoked}.*revoked`), await allowedOf(...keys));
  });

  it('that become others after their signature was verified', async () => {
    const build = await buildWith(async (file) => await sign(file, builder));
    const evil = await bench.binaries({ content: 'evil', subpackages: { doc: 'noarch' } });
    const name = 'hello-1.0-1.x86_64.rpm';
    const onStep = async (step: string) => {
      if (step === 'staged') await copyFile(path.join(evil, name), path.join(build, name));
    };
    const work = () => bench.publish([build], { allowedSigners: allowed, onStep });
    await expectRefused(bench.repository, work, 'the package changed after it was verified');
    await rm(evil, { recursive: true });
  });
});
