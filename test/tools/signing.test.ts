/** What openpgp.ts signs, read by the real gpgv, dpkg-source and gpg; and keys as gpg makes and exports them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { Secret } from '../../src/secret.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import type { Signer } from '../../src/signing/signer.ts';

let folder: string;
let gnupg: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'signing-'));
  gnupg = path.join(folder, 'gnupg');
  await run(['install', '-d', '-m', '700', gnupg]);
});
afterAll(async () => {
  await run(['gpgconf', '--kill', 'all'], { env: { GNUPGHOME: gnupg } });
  await rm(folder, { recursive: true, force: true });
});

const gpg = async (args: readonly string[], input = '') =>
  await run(['gpg', '--batch', '--pinentry-mode', 'loopback', ...args], { env: { GNUPGHOME: gnupg }, input });

/** Makes a key with gpg and exports it. */
async function gpgKey(
  name: string,
  algorithm: string,
  options: { passphrase?: string; extra?: readonly string[] } = {},
) {
  const email = `${name}@example.org`;
  const protect = ['--passphrase', options.passphrase ?? ''];
  await gpg([
    ...protect,
    ...(options.extra ?? []),
    '--quick-gen-key',
    `${name} <${email}>`,
    algorithm,
    'cert,sign',
    '2y',
  ]);
  const list = await gpg(['--with-colons', '--fingerprint', email]);
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(list.stdout)?.[1] ?? '';
  const armor = async () =>
    new Secret((await gpg([...protect, '--armor', '--export-secret-keys', fingerprint])).stdout);
  return { email, fingerprint, protect, armor };
}

let counter = 0;
/** gpgv's status lines for a signature; `data` where it is a detached one. */
async function gpgv(signer: Signer, signature: string | Uint8Array, data?: string | Uint8Array) {
  const base = path.join(folder, `check-${counter++}`);
  await writeFile(`${base}.gpg`, signer.publicKey.binary);
  await writeFile(`${base}.sig`, signature);
  if (data !== undefined) await writeFile(`${base}.data`, data);
  const files: string[] = data === undefined ? [`${base}.sig`] : [`${base}.sig`, `${base}.data`];
  const { stdout, exitCode } = await run(['gpgv', '--status-fd', '1', '--keyring', `${base}.gpg`, ...files], {
    okExitCodes: 'any',
  });
  return { exitCode, valid: /^\[GNUPG:\] VALIDSIG (.*)$/m.exec(stdout)?.[1]?.split(' ') };
}

const TEXTS = {
  'a plain Release': 'Origin: Example\nSuite: bookworm\nSHA256:\n abc 12 main/binary-amd64/Packages\n',
  'dashes, blanks and From': '- dash\n-----BEGIN PGP MESSAGE-----\ntrailing \t \nFrom here\nUmlaut: äöü €\n',
  'no newline at its end': 'one line',
  'empty lines at its end': 'x\n\n\n',
  'CR LF': 'a\r\nb\r\n',
};

async function expectAccepted(signer: Signer) {
  for (const text of Object.values(TEXTS)) {
    const { exitCode, valid } = await gpgv(signer, await signer.clearsign(text));
    expect(exitCode).toBe(0);
    expect(valid?.[0]).toBe(signer.key.signingFingerprint);
    expect(valid?.at(-1)).toBe(signer.key.fingerprint);
    // The digest's number in RFC 9580, 9.5: SHA-512.
    expect(valid?.[7]).toBe('10');
  }
  const data = Buffer.from([0, 1, 13, 10, 32, 10, 255]);
  const { armored, binary } = await signer.detach(data);
  for (const form of [armored, binary]) {
    expect(await gpgv(signer, form, data)).toMatchObject({ exitCode: 0 });
    expect((await gpgv(signer, form, Buffer.from([...data, 0]))).exitCode).not.toBe(0);
  }
}

describe('gpgv accepts', () => {
  it.each(['ed25519', 'rsa2048', 'rsa4096'] as const)('a key of %s that we made', async (algorithm) => {
    const { key } = await generateKey({ name: 'Ours', email: 'ours@example.org', algorithm });
    await expectAccepted(await openSigner({ key }));
  });

  it('a signing subkey of a key that we made', async () => {
    const { key } = await generateKey({ name: 'Ours', email: 'ours@example.org', signingSubkey: true });
    await expectAccepted(await openSigner({ key }));
  });

  it.each(['rsa2048', 'rsa3072', 'ed25519', 'nistp256'])('a key of %s that gpg made', async (algorithm) => {
    const made = await gpgKey(`plain-${algorithm}`, algorithm);
    const signer = await openSigner({ key: await made.armor(), fingerprint: made.fingerprint });
    expect(signer.key.expires).toBeInstanceOf(Date);
    await expectAccepted(signer);
  });

  it("a key with a passphrase, as gpg's agent protects it", async () => {
    const passphrase = 'Passwort mit ä und "';
    const made = await gpgKey('protected', 'ed25519', { passphrase });
    const key = await made.armor();
    await expectAccepted(await openSigner({ key, passphrase: new Secret(passphrase) }));
    await expect(openSigner({ key, passphrase: new Secret('wrong') })).rejects.toThrow('the passphrase does not open');
    await expect(openSigner({ key })).rejects.toThrow('none was given');
  });

  it('a key whose primary stays offline', async () => {
    const made = await gpgKey('offline', 'rsa3072');
    await gpg([...made.protect, '--quick-add-key', made.fingerprint, 'ed25519', 'sign', '1y']);
    const { stdout } = await gpg([...made.protect, '--armor', '--export-secret-subkeys', made.fingerprint]);
    const signer = await openSigner({ key: new Secret(stdout) });
    expect(signer.key.fingerprint).toBe(made.fingerprint);
    expect(signer.key.algorithm).toBe('Ed25519');
    await expectAccepted(signer);
  });

  it('the whole ring of keys, where the fingerprint chooses', async () => {
    const made = await gpgKey('chosen', 'ed25519');
    const { stdout } = await gpg([
      ...made.protect,
      '--armor',
      '--export-secret-keys',
      'chosen@example.org',
      'plain-ed25519@example.org',
    ]);
    await expectAccepted(await openSigner({ key: new Secret(stdout), fingerprint: made.fingerprint }));
    await expect(openSigner({ key: new Secret(stdout) })).rejects.toThrow('not exactly one private key');
  });
});

describe('the text comes back', () => {
  it('from gpgv, but for blanks at line ends', async () => {
    const signer = await openSigner({ key: (await generateKey({ name: 'x', email: 'x@example.org' })).key });
    const text = TEXTS['dashes, blanks and From'];
    const base = path.join(folder, `text-${counter++}`);
    await writeFile(`${base}.gpg`, signer.publicKey.binary);
    await writeFile(base, await signer.clearsign(text));
    await run(['gpgv', '--keyring', `${base}.gpg`, '--output', `${base}.out`, base]);
    const back = (await readFile(`${base}.out`, 'utf8')).replaceAll('\r\n', '\n');
    expect(back.trimEnd()).toBe(text.replace(/[ \t]+$/gm, '').trimEnd());
  });

  it('the armored public key imports into gpg', async () => {
    const made = await generateKey({ name: 'Imported', email: 'imported@example.org' });
    const signer = await openSigner({ key: made.key });
    await gpg(['--import'], signer.publicKey.armored);
    const { stdout } = await gpg(['--with-colons', '--list-keys', made.fingerprint]);
    expect(stdout).toContain('Imported <imported@example.org>');
  });
});

describe('what gpg can make and clients refuse is refused', () => {
  it('a self-signature with SHA-1', async () => {
    const made = await gpgKey('sha1', 'rsa2048', { extra: ['--cert-digest-algo', 'SHA1'] });
    await expect(openSigner({ key: await made.armor() })).rejects.toThrow(
      "the key's self-signature uses a digest that newer systems refuse (found SHA-1)",
    );
  });

  it('RSA of 1024 bits', async () => {
    const made = await gpgKey('short', 'rsa1024');
    await expect(openSigner({ key: await made.armor() })).rejects.toThrow(
      'the primary key is too weak (found RSA 1024)',
    );
  });

  it('DSA', async () => {
    const made = await gpgKey('dsa', 'dsa2048');
    await expect(openSigner({ key: await made.armor() })).rejects.toThrow('an algorithm that clients refuse');
  });

  it('a brainpool curve, which Ubuntu refuses', async () => {
    const made = await gpgKey('brainpool', 'brainpoolP256r1');
    await expect(openSigner({ key: await made.armor() })).rejects.toThrow('an algorithm that clients refuse');
  });

  it('a key that only certifies', async () => {
    await gpg(['--passphrase', '', '--quick-gen-key', 'certonly@example.org', 'ed25519', 'cert', 'never']);
    const { stdout } = await gpg(['--armor', '--export-secret-keys', 'certonly@example.org']);
    await expect(openSigner({ key: new Secret(stdout) })).rejects.toThrow('the key cannot sign');
  });

  it('an expired key', async () => {
    await gpg([
      '--passphrase',
      '',
      '--faked-system-time',
      '20200101T000000',
      '--quick-gen-key',
      'old@example.org',
      'ed25519',
      'cert,sign',
      '1y',
    ]);
    const { stdout } = await gpg(['--armor', '--export-secret-keys', 'old@example.org']);
    await expect(openSigner({ key: new Secret(stdout) })).rejects.toThrow(
      'the key has expired (found expired on 2020-12-31)',
    );
  });
});
