/** Keys made by the real gpg: what both signers refuse of them, and what they tell. */
import { mkdtemp, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { openGpgSigner } from '../../src/signing/gpg.ts';
import { openSigner } from '../../src/signing/openpgp.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { aroundDay, GpgKeys } from './gpg-keys.ts';

let keys: GpgKeys;
/** In memory, and of this file alone. */
let memory: string;

beforeAll(async () => {
  keys = await GpgKeys.make();
  memory = await mkdtemp('/dev/shm/key-hygiene-');
});
afterAll(async () => {
  await keys[Symbol.asyncDispose]();
  await rm(memory, { recursive: true, force: true });
});

const SIGNERS = {
  openpgp: async (fingerprint: string) => await openSigner({ key: await keys.secret(fingerprint), fingerprint }),
  'gpg, with the key as a secret': async (fingerprint: string) =>
    await openGpgSigner({ key: await keys.secret(fingerprint), fingerprint, memory }),
  'gpg, with its home': async (fingerprint: string) => await openGpgSigner({ home: keys.home, fingerprint }),
} as const;

/** What all of them say, which must be the same. */
async function eachSigner(fingerprint: string, look: (signer: Signer) => void): Promise<void> {
  for (const open of Object.values(SIGNERS)) {
    await using signer = await open(fingerprint);
    look(signer);
  }
}

async function expectRefused(fingerprint: string, message: string | RegExp): Promise<void> {
  for (const [name, open] of Object.entries(SIGNERS)) {
    const error = await open(fingerprint).then(
      async (signer) => await signer[Symbol.asyncDispose](),
      (thrown: unknown) => thrown,
    );
    expect(error, name).toBeInstanceOf(UserError);
    expect((error as UserError).message, name).toMatch(message);
    expect((error as UserError).message, name).toContain(fingerprint);
    expect((error as UserError).message, name).not.toContain('\n');
  }
}

describe('expiry', () => {
  it('an expired key is refused, with the date', async () => {
    const key = await keys.key({ daysAgo: 100, expires: '50d' });
    await expectRefused(key, new RegExp(`the key has expired \\(found expired on ${aroundDay(-50)}\\)`));
  });

  it('an expired subkey is refused, where nothing else can sign', async () => {
    const key = await keys.key({ usage: 'cert', daysAgo: 100 });
    const subkey = await keys.subkey(key, { daysAgo: 100, expires: '50d' });
    await expectRefused(key, new RegExp(`the subkey ${subkey} has expired \\(found expired on ${aroundDay(-50)}\\)`));
  });

  it('one that was extended is good again', async () => {
    const key = await keys.key({ daysAgo: 100, expires: '50d' });
    await keys.gpg(['--quick-set-expire', key, '1y']);
    await eachSigner(key, ({ warnings }) => expect(warnings).toEqual([]));
  });

  it('one that expires within a month is told, with the date and what to do', async () => {
    const key = await keys.key({ daysAgo: 10, expires: '30d' });
    await eachSigner(key, ({ warnings }) => {
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(
        new RegExp(`^the signing key ${key} expires on ${aroundDay(20)}, in (?:19|20) days: `),
      );
      expect(warnings[0]).toContain(`gpg --quick-set-expire ${key} 2y)`);
      expect(warnings[0]).toContain('next-signing-key');
    });
  });

  it('the first of key and subkey counts, and the command is for both', async () => {
    const key = await keys.key({ usage: 'cert', expires: '2y' });
    await keys.subkey(key, { daysAgo: 0, expires: '20d' });
    await eachSigner(key, ({ warnings, key: info }) => {
      expect(info.expires?.toISOString()).toMatch(new RegExp(aroundDay(20)));
      expect(warnings[0]).toContain(`gpg --quick-set-expire ${key} 2y '*'`);
    });
  });

  it('a key for ever is told', async () => {
    const key = await keys.key({ expires: 'never' });
    await eachSigner(key, ({ warnings }) => {
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(`the signing key ${key} never expires`);
    });
  });
});

describe('algorithms', () => {
  it.each([
    ['rsa1024', 'the primary key is too weak (found RSA 1024)'],
    ['dsa2048', 'the primary key has an algorithm that clients refuse (found DSA'],
    ['brainpoolP256r1', 'the primary key has an algorithm that clients refuse (found ECDSA brainpoolP256r1)'],
    ['secp256k1', 'the primary key has an algorithm that clients refuse (found ECDSA secp256k1)'],
  ])('%s is refused', async (algorithm, message) => {
    await expectRefused(await keys.key({ algorithm }), message);
  });

  it('a weak subkey is refused, although the key is strong', async () => {
    const key = await keys.key({ usage: 'cert' });
    const subkey = await keys.subkey(key, { algorithm: 'rsa1024' });
    await expectRefused(key, `the subkey ${subkey} is too weak (found RSA 1024)`);
  });

  it('a weak primary key is refused, although a strong subkey signs', async () => {
    const key = await keys.key({ algorithm: 'rsa1024', usage: 'cert' });
    await keys.subkey(key, { algorithm: 'rsa3072' });
    await expectRefused(key, 'the primary key is too weak (found RSA 1024)');
  });

  it('RSA 2048 is told, in a key or a subkey; RSA 3072 and Ed25519 are not', async () => {
    const short = await keys.key({ algorithm: 'rsa2048' });
    const subkey = await keys.key({ algorithm: 'rsa3072', usage: 'cert' });
    await keys.subkey(subkey, { algorithm: 'rsa2048' });
    for (const key of [short, subkey]) {
      await eachSigner(key, ({ warnings }) => {
        expect(warnings).toEqual([expect.stringMatching(/is RSA 2048, which newer apt refuses from 2030-02-01 on/)]);
      });
    }
    for (const algorithm of ['rsa3072', 'ed25519', 'nistp256', 'nistp384', 'nistp521']) {
      await eachSigner(await keys.key({ algorithm }), ({ warnings }) => expect(warnings).toEqual([]));
    }
  });
});

describe('digests of self-signatures', () => {
  it.each(['SHA1', 'SHA224'])('a key that was signed with %s is refused', async (digest) => {
    const key = await keys.key({ algorithm: 'rsa2048', options: ['--cert-digest-algo', digest] });
    await expectRefused(
      key,
      /the key's self-signature uses a digest that newer systems refuse \(found SHA-(?:1|224)\)/,
    );
  });

  it('a subkey that was bound with SHA-1 is refused', async () => {
    const key = await keys.key({ algorithm: 'rsa2048', usage: 'cert' });
    const weak = ['--allow-weak-key-signatures', '--cert-digest-algo', 'SHA1'];
    const subkey = await keys.subkey(key, { algorithm: 'rsa2048', options: weak });
    await expectRefused(key, `the binding of the subkey ${subkey} uses a digest that newer systems refuse`);
  });

  it('one that was signed anew, as the error says, is taken', async () => {
    const key = await keys.key({ daysAgo: 3, algorithm: 'rsa3072', options: ['--cert-digest-algo', 'SHA1'] });
    await expectRefused(key, 'gpg --cert-digest-algo SHA512 --quick-set-expire FPR 2y');
    await keys.gpg(['--cert-digest-algo', 'SHA512', '--quick-set-expire', key, '2y']);
    await eachSigner(key, ({ warnings }) => expect(warnings).toEqual([]));
  });
});

describe('revocation', () => {
  it('a revoked key is refused', async () => {
    const key = await keys.key();
    await keys.revoke(key);
    await expectRefused(key, 'the key is revoked');
  });

  it('a revoked subkey is refused where it is the only one, and passed over where another one is', async () => {
    const key = await keys.key({ usage: 'cert', daysAgo: 3 });
    const first = await keys.subkey(key, { daysAgo: 3 });
    await keys.revokeSubkey(key, 1);
    await expectRefused(key, `the subkey ${first} is revoked`);
    const second = await keys.subkey(key, { daysAgo: 2 });
    await eachSigner(key, (signer) => expect(signer.key.signingFingerprint).toBe(second));
  });

  it('with a revoked user id the other one is shown', async () => {
    const key = await keys.key({ daysAgo: 3 });
    await keys.gpg(['--quick-add-uid', key, 'Second <second@example.org>'], { daysAgo: 2 });
    const { stdout } = await keys.gpg(['--with-colons', '--list-keys', key]);
    const [, first = ''] = /^uid:.*:(Test <[^:]+>):/m.exec(stdout) ?? [];
    await keys.gpg(['--quick-revoke-uid', key, first], { daysAgo: 1 });
    await eachSigner(key, (signer) => expect(signer.key.userId).toBe('Second <second@example.org>'));
  });
});

describe('which key signs', () => {
  it('a subkey, where there is one, with the algorithms of both', async () => {
    const key = await keys.key({ algorithm: 'rsa3072' });
    const subkey = await keys.subkey(key, { algorithm: 'ed25519' });
    await eachSigner(key, ({ key: info }) => {
      expect(info).toMatchObject({
        fingerprint: key,
        signingFingerprint: subkey,
        algorithm: 'Ed25519',
        primaryAlgorithm: 'RSA 3072',
      });
    });
  });

  it('not one for encryption', async () => {
    const key = await keys.key();
    await keys.subkey(key, { algorithm: 'cv25519', usage: 'encr' });
    await eachSigner(key, ({ key: info }) => expect(info.signingFingerprint).toBe(key));
  });
});
