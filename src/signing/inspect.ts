/** What is known of a key without signing with it: for whoever watches over keys. */
import type { Key } from 'openpgp';
import { UserError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { chooseSigningKey, hasSecretPart } from './key-check.ts';
import { readKeyText } from './key-text.ts';
import { type KeyInfo, normalFingerprint } from './signer.ts';

type OpenPgp = typeof import('openpgp');

/** A key, or why clients would refuse what it signs. */
export type InspectedKey =
  | { readonly fingerprint: string; readonly key: KeyInfo }
  | { readonly fingerprint: string; readonly error: UserError };

/**
 * The keys of an OpenPGP private key as it comes out of a secret; no passphrase is needed.
 *
 * @throws UserError when it holds no private key. The error holds nothing of it.
 */
export async function inspectPrivateKeys(secret: Secret, now: Date): Promise<InspectedKey[]> {
  const openpgp = await import('openpgp');
  const text = readKeyText(secret.reveal());
  const read = async () =>
    text.kind === 'binary'
      ? await openpgp.readPrivateKeys({ binaryKeys: text.bytes })
      : (await Promise.all(text.blocks.map((armoredKeys) => openpgp.readPrivateKeys({ armoredKeys })))).flat();
  const keys = await read().catch(() => {
    throw new UserError({ what: 'not an OpenPGP private key', where: 'the signing key' });
  });
  return await Promise.all(keys.map((key) => inspect(openpgp, key, now, hasSecretPart)));
}

/**
 * The keys of a file of public keys, armored or binary.
 *
 * @throws UserError when it holds none.
 */
export async function inspectPublicKeys(content: Uint8Array, where: string, now: Date): Promise<InspectedKey[]> {
  const openpgp = await import('openpgp');
  return await inspectKeys(openpgp, await publicKeysOf(openpgp, content, where), now);
}

const BLOCK = /-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g;

/**
 * The keys of a file: one or several, in one block of armor or several, or binary, as gpg exports them.
 *
 * @throws UserError when it holds none, or private ones.
 */
export async function publicKeysOf(openpgp: OpenPgp, content: Uint8Array, where: string): Promise<Key[]> {
  const refuse = (found?: string): UserError =>
    new UserError({
      what: 'not an OpenPGP public key',
      where,
      ...(found === undefined ? {} : { found }),
      expected: 'an armored or binary public key',
    });
  const text = Buffer.from(content).toString('latin1');
  const isArmored = text.includes('-----BEGIN PGP ');
  const blocks = text.match(BLOCK) ?? [];
  if (text.includes('-----BEGIN PGP PRIVATE KEY BLOCK-----')) throw refuse('a private key');
  if (isArmored && blocks.length === 0) throw refuse();
  const parts = isArmored
    ? blocks.map((armoredKeys) => openpgp.readKeys({ armoredKeys }))
    : [openpgp.readKeys({ binaryKeys: Uint8Array.from(content) })];
  const keys = (await Promise.all(parts).catch(() => Promise.reject(refuse()))).flat();
  if (keys.some((key) => key.isPrivate())) throw refuse('a private key');
  return keys;
}

/** What is known of public keys, one for each. */
export async function inspectKeys(openpgp: OpenPgp, keys: readonly Key[], now: Date): Promise<InspectedKey[]> {
  // Of a public key there is no secret part to ask for: what counts is that clients accept it.
  const any = (packet: unknown): packet is never => packet !== undefined;
  return await Promise.all(keys.map((key) => inspect(openpgp, key, now, any)));
}

async function inspect(
  openpgp: OpenPgp,
  key: Parameters<typeof chooseSigningKey>[1],
  now: Date,
  hasSecret: Parameters<typeof chooseSigningKey>[3],
): Promise<InspectedKey> {
  const fingerprint = normalFingerprint(key.getFingerprint()) ?? key.getFingerprint();
  try {
    const { info } = await chooseSigningKey(openpgp, key, now, hasSecret);
    return { fingerprint, key: info };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { fingerprint, error };
  }
}
