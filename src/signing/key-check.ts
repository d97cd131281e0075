/**
 * Which (sub)key of a private key signs, and whether clients will accept what it signs. Clients are gpgv and apt of
 * the targets: a signature that openpgp would make and they refuse is worth nothing, so the key is refused here, with
 * the reason, before anything is done.
 */

import type { Config, Key, SecretKeyPacket, SecretSubkeyPacket, SignaturePacket } from 'openpgp';
import { UserError } from '../errors.ts';
import { criticalSubpackets } from './critical.ts';
import type { KeyInfo } from './signer.ts';

type OpenPgp = typeof import('openpgp');
type SecretPacket = SecretKeyPacket | SecretSubkeyPacket;

/** A key as it is known here: with its secret, or without where gpg has that. */
type AnyPacket = Key['keyPacket'] | Key['subkeys'][number]['keyPacket'];

/** A (sub)key that signs, and what may be said of it. */
export interface SigningKey<P extends AnyPacket = SecretPacket> {
  readonly packet: P;
  readonly info: KeyInfo;
}

const WHERE = 'the signing key';
/** Of a private key: it is no stub. */
export function hasSecretPart(packet: AnyPacket): packet is SecretPacket {
  return 'isMissingSecretKeyMaterial' in packet && !packet.isMissingSecretKeyMaterial();
}

/** NIST SP 800-57 and the defaults of apt 2.9's `APT::Key::Assert-Pubkey-Algo`. */
const MIN_RSA_BITS = 2048;
const CURVES = new Set(['ed25519Legacy', 'nistP256', 'nistP384', 'nistP521']);

/** The algorithm for people: `RSA 4096`, `Ed25519`. */
export function algorithmName(packet: {
  getAlgorithmInfo(): { algorithm: string; bits?: number; curve?: string };
}): string {
  const { algorithm, bits, curve } = packet.getAlgorithmInfo();
  if (algorithm.startsWith('rsa')) return `RSA ${bits}`;
  if (curve === 'ed25519Legacy') return 'Ed25519';
  return [algorithm.toUpperCase(), curve ?? bits].filter((part) => part !== undefined).join(' ');
}

/**
 * Chooses the newest usable signing subkey, else the primary key, as gpg does.
 *
 * @param now the time that expiry is judged at.
 * @param hasSecret whether the secret part of a (sub)key of it can be used.
 * @throws UserError saying why the key cannot be used: revoked, expired, weak, without a signing key or its secret.
 */
export async function chooseSigningKey<P extends AnyPacket>(
  openpgp: OpenPgp,
  key: Key,
  now: Date,
  hasSecret: (packet: AnyPacket) => packet is P,
): Promise<SigningKey<P>> {
  // Weak things are let through to be named below, instead of failing as "invalid".
  const lenient: Config = {
    ...openpgp.config,
    minRSABits: 0,
    rejectHashAlgorithms: new Set(),
    rejectPublicKeyAlgorithms: new Set(),
    rejectCurves: new Set(),
    allowMissingKeyFlags: true,
  };
  const fingerprint = key.getFingerprint().toUpperCase();
  const refuse = (what: string, found?: string, remedy?: string): UserError =>
    new UserError({
      what,
      where: `${WHERE} ${fingerprint}`,
      ...(found === undefined ? {} : { found }),
      ...(remedy === undefined ? {} : { remedy }),
    });

  if (key.keyPacket.version !== 4) {
    throw refuse('a key of a version that gpgv cannot use', `version ${key.keyPacket.version}`, 'make a key with gpg');
  }
  if (await key.isRevoked(undefined, undefined, now, lenient)) {
    throw refuse('the key is revoked', undefined, 'use another key');
  }
  if (key.getCreationTime() > now) {
    throw refuse('the key was made in the future', key.getCreationTime().toISOString(), "set this machine's clock");
  }
  const primaryExpires = expiry(await key.getExpirationTime(undefined, lenient));
  if (primaryExpires !== undefined && primaryExpires <= now) throw expired(refuse, 'the key', primaryExpires);
  checkAlgorithm(key.keyPacket, 'the primary key', refuse);
  const primary = await key.getPrimaryUser(now, undefined, lenient).catch((error: unknown) => {
    throw refuse('the key has no valid user id', (error as Error).message);
  });
  checkDigest(openpgp, primary.selfCertification, "the key's self-signature", refuse);

  const critical = criticalSubpackets(key, (binding) => canSign(openpgp, binding));
  const chosen = (packet: P, expires: Date | undefined): SigningKey<P> => ({
    packet,
    info: {
      fingerprint,
      signingFingerprint: packet.getFingerprint().toUpperCase(),
      userId: printable(primary.user.userID?.userID ?? ''),
      algorithm: algorithmName(packet),
      primaryAlgorithm: algorithmName(key.keyPacket),
      expires,
      ...(critical.length === 0 ? {} : { critical }),
    },
  });
  // Reasons why a subkey is passed over: told when nothing is left.
  const reasons: UserError[] = [];
  const subkeys = key.subkeys.slice().sort((a, b) => b.getCreationTime().getTime() - a.getCreationTime().getTime());
  for (const subkey of subkeys) {
    const packet = subkey.keyPacket;
    const name = `the subkey ${subkey.getFingerprint().toUpperCase()}`;
    const latest = newest(subkey.bindingSignatures);
    if (latest === undefined || !canSign(openpgp, latest)) continue;
    try {
      if (subkey.revocationSignatures.length > 0) throw refuse(`${name} is revoked`);
      const expires = earlier(expiry(await subkey.getExpirationTime(undefined, lenient)), primaryExpires);
      if (expires !== undefined && expires <= now) throw expired(refuse, name, expires);
      if (subkey.getCreationTime() > now) throw refuse(`${name} was made in the future`);
      const binding = await subkey.verify(now, lenient).catch((error: unknown) => {
        throw refuse(`${name} is not bound to the key`, (error as Error).message);
      });
      if (!binding.embeddedSignature) throw refuse(`${name} does not sign back to the key`);
      checkAlgorithm(packet, name, refuse);
      checkDigest(openpgp, binding, `the binding of ${name}`, refuse);
      checkDigest(openpgp, binding.embeddedSignature, `the back-signature of ${name}`, refuse);
      if (!hasSecret(packet)) throw refuse(`the secret part of ${name} is missing`);
      return chosen(packet, expires);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      reasons.push(error);
    }
  }
  if (canSign(openpgp, primary.selfCertification)) {
    const packet = key.keyPacket;
    if (hasSecret(packet)) return chosen(packet, primaryExpires);
    reasons.push(
      refuse('the secret part of the key is missing', 'a stub (a key in hardware, or an offline primary key)'),
    );
  }
  throw (
    reasons[0] ??
    refuse(
      'the key cannot sign',
      'no (sub)key with the signing capability',
      'add one: gpg --quick-add-key FPR rsa4096 sign',
    )
  );
}

/** A user id is any text that somebody typed: it must not break a line of a log or a table. */
function printable(userId: string): string {
  return (
    userId
      .replace(/[\p{C}\p{Zl}\p{Zp}|`]/gu, ' ')
      .replace(/ +/g, ' ')
      .trim() || 'no user id'
  );
}

type Refuse = (what: string, found?: string, remedy?: string) => UserError;

function expired(refuse: Refuse, name: string, when: Date): UserError {
  return refuse(
    `${name} has expired`,
    `expired on ${when.toISOString().slice(0, 10)}`,
    'extend it (gpg --quick-set-expire) and give the key again, or use another',
  );
}

function checkAlgorithm(packet: AnyPacket, name: string, refuse: Refuse): void {
  const { algorithm, bits, curve } = packet.getAlgorithmInfo();
  const found = algorithmName(packet);
  if (algorithm === 'rsaEncryptSign' || algorithm === 'rsaSign') {
    if ((bits ?? 0) >= MIN_RSA_BITS) return;
    throw refuse(`${name} is too weak`, found, `use RSA of ${MIN_RSA_BITS} bits or more, or Ed25519`);
  }
  if ((algorithm === 'eddsaLegacy' || algorithm === 'ecdsa') && curve !== undefined && CURVES.has(curve)) return;
  throw refuse(`${name} has an algorithm that clients refuse`, found, 'use RSA of 2048 bits or more, or Ed25519 (v4)');
}

function checkDigest(openpgp: OpenPgp, signature: SignaturePacket, name: string, refuse: Refuse): void {
  const { hash } = openpgp.enums;
  const weak: Readonly<Record<number, string>> = {
    [hash.md5]: 'MD5',
    [hash.sha1]: 'SHA-1',
    [hash.ripemd]: 'RIPEMD-160',
    // Refused by apt with Sequoia since 2026-02-01 (its default-sequoia.config).
    [hash.sha224]: 'SHA-224',
  };
  const found = weak[signature.hashAlgorithm ?? -1];
  if (found === undefined) return;
  throw refuse(
    `${name} uses a digest that newer systems refuse`,
    found,
    'sign the key anew: gpg --cert-digest-algo SHA512 --quick-set-expire FPR 2y, and the same for its subkeys',
  );
}

function canSign(openpgp: OpenPgp, signature: SignaturePacket): boolean {
  const flags = signature.keyFlags?.[0];
  // A key from before key flags (RFC 2440) may sign.
  return flags === undefined || (flags & openpgp.enums.keyFlags.signData) !== 0;
}

function newest(signatures: readonly SignaturePacket[]): SignaturePacket | undefined {
  return signatures.reduce<SignaturePacket | undefined>(
    (best, each) => (best === undefined || (each.created ?? 0) >= (best.created ?? 0) ? each : best),
    undefined,
  );
}

function expiry(time: Date | typeof Infinity | null): Date | undefined {
  return time instanceof Date ? time : undefined;
}

function earlier(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
