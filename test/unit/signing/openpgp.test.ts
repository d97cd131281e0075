import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { Secret } from '../../../src/secret.ts';
import { generateKey, openSigner } from '../../../src/signing/openpgp.ts';
import { describeKey, normalFingerprint } from '../../../src/signing/signer.ts';

const WHO = { name: 'Example Archive', email: 'archive@example.org' };
const DAY = 86_400;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY * 1000);

async function refusal(options: Parameters<typeof openSigner>[0]): Promise<string> {
  const error = await openSigner(options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  const text = (error as UserError).message;
  expect(text).not.toContain('PRIVATE KEY');
  expect(text).not.toMatch(/\n/);
  return text;
}

/** A key made by the library itself, for what `generateKey` rightly does not offer. */
async function oddKey(options: Omit<Partial<openpgp.KeyOptions>, 'format'>) {
  const kind = options.type === undefined ? ({ type: 'ecc', curve: 'ed25519Legacy' } as const) : {};
  return await openpgp.generateKey({ userIDs: [WHO], ...kind, ...options, format: 'object' });
}

describe('openSigner', () => {
  it('signs text and bytes that verify with the public key it gives', async () => {
    const made = await generateKey(WHO);
    const signer = await openSigner({ key: made.key });
    expect(signer.key.fingerprint).toBe(made.fingerprint);
    expect(signer.key.signingFingerprint).toBe(made.fingerprint);
    expect(describeKey(signer.key)).toBe(
      `Example Archive <archive@example.org>, Ed25519, never expires, fingerprint ${made.fingerprint}`,
    );
    expect(signer.warnings).toEqual([expect.stringContaining('never expires')]);

    const verificationKeys = await openpgp.readKey({ armoredKey: signer.publicKey.armored });
    expect(Buffer.from(signer.publicKey.binary).equals(Buffer.from(verificationKeys.write()))).toBe(true);
    const cleartext = await signer.clearsign('Origin: x\n- dash\ntrailing  \t\n');
    expect(cleartext).not.toContain('\r');
    expect(cleartext).toContain('\n\nOrigin: x\n- - dash\ntrailing\n\n-----BEGIN PGP SIGNATURE-----\n');
    const read = await openpgp.verify({
      message: await openpgp.readCleartextMessage({ cleartextMessage: cleartext }),
      verificationKeys,
      expectSigned: true,
    });
    await expect(read.signatures[0]?.verified).resolves.toBe(true);

    const data = Buffer.from([0, 13, 10, 255]);
    const { armored, binary } = await signer.detach(data);
    for (const signature of [
      await openpgp.readSignature({ armoredSignature: armored }),
      await openpgp.readSignature({ binarySignature: binary }),
    ]) {
      const result = await openpgp.verify({
        message: await openpgp.createMessage({ binary: data }),
        signature,
        verificationKeys,
        format: 'binary',
      });
      await expect(result.signatures[0]?.verified).resolves.toBe(true);
      expect(signature.packets[0]?.hashAlgorithm).toBe(openpgp.enums.hash.sha512);
    }
  });

  it('prefers the newest usable signing subkey', async () => {
    const { key } = await generateKey({ ...WHO, signingSubkey: true });
    const signer = await openSigner({ key });
    expect(signer.key.signingFingerprint).not.toBe(signer.key.fingerprint);
    const signature = await openpgp.readSignature({ binarySignature: (await signer.detach(Buffer.from('x'))).binary });
    expect(signature.getSigningKeyIDs()[0]?.toHex()).toBe(signer.key.signingFingerprint.slice(-16).toLowerCase());
  });

  it('opens a passphrase, and says when it is missing or wrong', async () => {
    const { key } = await generateKey({ ...WHO, passphrase: 'correct horse' });
    const signer = await openSigner({ key, passphrase: new Secret('correct horse') });
    expect(await signer.clearsign('x\n')).toContain('BEGIN PGP SIGNATURE');
    expect(await refusal({ key })).toContain('protected by a passphrase and none was given');
    const wrong = await refusal({ key, passphrase: new Secret('battery staple') });
    expect(wrong).toContain('the passphrase does not open the key');
    expect(wrong).not.toContain('battery staple');
  });

  it('needs no passphrase where the key has none', async () => {
    const { key } = await generateKey(WHO);
    expect(await (await openSigner({ key, passphrase: new Secret('unused') })).clearsign('x')).toContain('SIGNATURE');
  });

  it('takes the key in base64: the armor, or the binary export', async () => {
    const made = await oddKey({});
    const armored = Buffer.from(made.privateKey.armor()).toString('base64');
    const binary = Buffer.from(made.privateKey.write()).toString('base64');
    for (const text of [armored, binary]) {
      const signer = await openSigner({ key: new Secret(text) });
      expect(signer.key.fingerprint).toBe(made.privateKey.getFingerprint().toUpperCase());
    }
    const publicKey = Buffer.from(made.publicKey.write()).toString('base64');
    expect(await refusal({ key: new Secret(publicKey) })).toContain('a public key was given');
  });

  it('refuses a public key, damaged data and something else', async () => {
    const made = await generateKey(WHO);
    expect(await refusal({ key: new Secret(made.publicKey) })).toContain('a public key was given');
    const lines = made.key.reveal().split('\n');
    lines[3] = 'A'.repeat(lines[3]?.length ?? 64);
    expect(await refusal({ key: new Secret(lines.join('\n')) })).toMatch(
      /cannot be read|does not fit|no valid user id/,
    );
    expect(await refusal({ key: new Secret('not a key') })).toContain('not an OpenPGP private key');
  });

  it('chooses among several keys by fingerprint only', async () => {
    const [a, b] = [await generateKey(WHO), await generateKey(WHO)];
    const key = new Secret(`${a.key.reveal()}\n${b.key.reveal()}`);
    expect(await refusal({ key })).toContain('not exactly one private key was given');
    const spaced = `0x${b.fingerprint.toLowerCase().replace(/(.{4})/g, '$1 ')}`;
    expect((await openSigner({ key, fingerprint: spaced })).key.fingerprint).toBe(b.fingerprint);
    expect(await refusal({ key: a.key, fingerprint: b.fingerprint })).toContain('another key than the expected one');
    expect(await refusal({ key, fingerprint: b.fingerprint.slice(-16) })).toContain('40 hexadecimal digits');
  });

  it('refuses an expired key, and warns of one that expires soon', async () => {
    const expired = await generateKey({ ...WHO, created: daysAgo(10), validSeconds: 5 * DAY });
    expect(await refusal({ key: expired.key })).toMatch(/the key has expired \(found expired on \d{4}-\d\d-\d\d\)/);
    const soon = await generateKey({ ...WHO, created: daysAgo(10), validSeconds: 30 * DAY });
    const { warnings, key } = await openSigner({ key: soon.key });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/expires on .*, in (19|20) days/);
    expect(key.expires).toBeInstanceOf(Date);
    const later = await generateKey({ ...WHO, validSeconds: 400 * DAY });
    expect((await openSigner({ key: later.key })).warnings).toEqual([]);
  });

  it('refuses a revoked key', async () => {
    const made = await oddKey({});
    const revoked = await openpgp.revokeKey({ key: made.privateKey, format: 'object' });
    expect(await refusal({ key: new Secret(revoked.privateKey.armor()) })).toContain('the key is revoked');
  });

  it('refuses a key whose only signing subkey is revoked or lost', async () => {
    const made = await oddKey({ subkeys: [{ sign: true }] });
    const [subkey] = made.privateKey.subkeys;
    const stubbed = await openpgp.readPrivateKey({ armoredKey: made.privateKey.armor() });
    for (const packet of [stubbed.keyPacket, stubbed.subkeys[0]?.keyPacket])
      (packet as openpgp.SecretKeyPacket).makeDummy();
    expect(await refusal({ key: new Secret(stubbed.armor()) })).toMatch(/the secret part of the subkey .* is missing/);

    const offline = await openpgp.readPrivateKey({ armoredKey: made.privateKey.armor() });
    (offline.keyPacket as openpgp.SecretKeyPacket).makeDummy();
    const signer = await openSigner({ key: new Secret(offline.armor()) });
    expect(signer.key.signingFingerprint).toBe(subkey?.getFingerprint().toUpperCase());
    expect(await signer.clearsign('x\n')).toContain('BEGIN PGP SIGNATURE');

    if (subkey === undefined) throw new Error('the key has no subkey');
    offline.subkeys[0] = await subkey.revoke(made.privateKey.keyPacket as openpgp.SecretKeyPacket);
    expect(await refusal({ key: new Secret(offline.armor()) })).toContain('is revoked');
  });

  it('refuses short RSA, and the key formats that no gpgv of the targets knows', async () => {
    const short = await oddKey({ type: 'rsa', rsaBits: 1024, config: { minRSABits: 1024 } });
    expect(await refusal({ key: new Secret(short.privateKey.armor()) })).toContain('too weak (found RSA 1024)');
    const v4new = await oddKey({ type: 'curve25519' });
    expect(await refusal({ key: new Secret(v4new.privateKey.armor()) })).toContain('an algorithm that clients refuse');
    const v6 = await oddKey({ type: 'curve25519', config: { v6Keys: true } });
    expect(await refusal({ key: new Secret(v6.privateKey.armor()) })).toContain('found version 6');
  });

  it('shows a user id on one line, whatever it holds', async () => {
    const made = await oddKey({
      userIDs: [{ name: 'Evil\n::error::x | `code` \u202e\u0007', email: 'e@example.org' }],
    });
    const { key } = await openSigner({ key: new Secret(made.privateKey.armor()) });
    expect(key.userId).toBe('Evil ::error::x code <e@example.org>');
    expect(describeKey(key)).not.toMatch(/[\n|`]/);
  });

  it('shows nothing of the key when it is printed', async () => {
    const { key } = await generateKey({ ...WHO, passphrase: 'correct horse' });
    const signer = await openSigner({ key, passphrase: new Secret('correct horse') });
    expect(JSON.stringify(signer)).not.toContain('privateParams');
    expect(JSON.stringify(signer)).not.toContain('PRIVATE');
  });
});

describe('normalFingerprint', () => {
  it.each([
    ['0x1234567890abcdef1234567890ABCDEF12345678', '1234567890ABCDEF1234567890ABCDEF12345678'],
    ['1234 5678 90AB CDEF 1234  5678 90AB CDEF 1234 5678', '1234567890ABCDEF1234567890ABCDEF12345678'],
    ['12345678', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    expect(normalFingerprint(text)).toBe(expected);
  });
});
