/**
 * What is told of a key that clients take today: until when they do, and which of them do not. What all of them refuse
 * is refused by key-check.ts. The facts, with their sources, are in docs/signing.md.
 */

import { UserError } from '../errors.ts';
import { subpacketName } from './critical.ts';
import type { KeyInfo } from './signer.ts';

/** What a key shall sign. */
export interface KeyUse {
  readonly format: 'deb' | 'rpm';
  /** Names of what the packages are for: targets and suites, where these are known. */
  readonly targets: readonly string[];
}

const DAY = 86_400_000;
const WARN_DAYS = 30;
/** NIST SP 800-57: good beyond 2030. */
const GOOD_RSA_BITS = 3072;
/** `rsa2048` in the default-sequoia.config of apt 2.9.19 and later. */
const RSA_2048_UNTIL = '2030-02-01';

/** Releases whose apt verifies with gpgv 1.4, which knows no elliptic curves. */
const GPGV_1 = /^(?:debian-[78]|ubuntu-1[246]\.04|wheezy|jessie|precise|trusty|xenial)$/;
/** Distributions with rpm 4.11 or older: no subkeys, RSA and DSA only. */
const RPM_4_11 = /^(?:almalinux|centos|el|epel|oraclelinux|ol|rhel|rocky|scientific|sl)-?[67]$/;
/** rpm 4.14: Ed25519 came with 4.16, and at most by an update of the distribution. */
const RPM_4_14 = /^(?:almalinux|centos|centos-stream|el|epel|oraclelinux|ol|rhel|rocky)-?8$/;

/**
 * Subpackets (RFC 9580, 5.2.3.7) that rpm's own reader of 4.18 and 4.19 takes where they are critical: creation time,
 * issuer, key flags.
 */
const RPM_KNOWS = new Set([2, 16, 27]);
/** The one that gpg writes anew, and not as critical, when it extends a key: tried with 2.2. */
const KEY_EXPIRATION = 9;

/** Whether a subkey signs, and not the primary key. */
export function signsWithSubkey({ fingerprint, signingFingerprint }: KeyInfo): boolean {
  return fingerprint !== signingFingerprint;
}

/** What is to be done with a key that expires, for people. */
export function howToExtend({ fingerprint, signingFingerprint }: KeyInfo): string {
  const subkey = fingerprint === signingFingerprint ? '' : ` && gpg --quick-set-expire ${fingerprint} 2y '*'`;
  return `extend it (gpg --quick-set-expire ${fingerprint} 2y${subkey}) and give the key again, or hand out the next key (next-signing-key)`;
}

/** What is to be done with a key that has parts marked as critical which rpm does not know, for people. */
function howToUnmark({ fingerprint }: KeyInfo, unknown: readonly number[]): string {
  if (unknown.some((type) => type !== KEY_EXPIRATION)) {
    return 'make a key with gpg (gpg --quick-gen-key NAME rsa4096 cert,sign 3y) and hand it out as the next key (next-signing-key)';
  }
  return `import it into gpg, extend it there (gpg --quick-set-expire ${fingerprint} 2y, and the same with '*' for its subkeys), and give what gpg --armor --export-secret-keys ${fingerprint} prints`;
}

/** What to say of a key that expires within a month. */
export function expiryWarnings(info: KeyInfo, now: Date): readonly string[] {
  const { fingerprint, expires } = info;
  if (expires === undefined) return [];
  const days = (expires.getTime() - now.getTime()) / DAY;
  if (days >= WARN_DAYS) return [];
  return [
    `the signing key ${fingerprint} expires on ${dateOf(expires)}, in ${Math.floor(days)} days: clients will refuse the repository from then on; ${howToExtend(info)}`,
  ];
}

/** What to say of a key that clients take today and not for ever. */
export function algorithmWarnings({ fingerprint, primaryAlgorithm, algorithm }: KeyInfo): readonly string[] {
  const short = [primaryAlgorithm, algorithm].find((name) => (rsaBits(name) ?? GOOD_RSA_BITS) < GOOD_RSA_BITS);
  if (short === undefined) return [];
  return [
    `the signing key ${fingerprint} is ${short}, which newer apt refuses from ${RSA_2048_UNTIL} on; make the next key with 3072 bits or more (next-signing-key)`,
  ];
}

/** What the person should know of the key, one sentence each. */
export function keyWarnings(info: KeyInfo, now: Date): readonly string[] {
  const { fingerprint, expires } = info;
  const forever = `the signing key ${fingerprint} never expires, so clients trust it for ever, even when it is lost; set a time that you renew (gpg --quick-set-expire ${fingerprint} 2y)`;
  return [...expiryWarnings(info, now), ...(expires === undefined ? [forever] : []), ...algorithmWarnings(info)];
}

/**
 * What to say of a Release file that outlives the key that signed it.
 *
 * @param validUntil its `Valid-Until`.
 */
export function validityWarnings({ fingerprint, expires }: KeyInfo, validUntil: Date | undefined): readonly string[] {
  if (expires === undefined || validUntil === undefined || expires >= validUntil) return [];
  return [
    `the Release file is valid until ${dateOf(validUntil)}, but the signing key ${fingerprint} only until ${dateOf(expires)}: clients will refuse it from then on`,
  ];
}

/**
 * Checks that the machines that packages are for can verify what the key signs.
 *
 * @returns what to know of those that can in part, one sentence each.
 * @throws UserError when they cannot.
 */
export function checkKeyFor(info: KeyInfo, { format, targets }: KeyUse): readonly string[] {
  const algorithms = [info.primaryAlgorithm, info.algorithm];
  const curve = algorithms.find((name) => rsaBits(name) === undefined);
  const refuse = (what: string, found: string, remedy: string): UserError =>
    new UserError({ what, where: `the signing key ${info.fingerprint}`, found, remedy });
  if (format === 'deb') {
    const old = targets.find((name) => GPGV_1.test(name));
    if (curve === undefined || old === undefined) return [];
    throw refuse(`apt of ${old} cannot verify the key`, curve, 'use RSA: its gpgv knows no elliptic curves');
  }
  const ecdsa = algorithms.find((name) => name.startsWith('ECDSA'));
  if (ecdsa !== undefined) {
    throw refuse('a key of an algorithm that rpm cannot verify', ecdsa, 'use RSA, or Ed25519 for EL 9 and later');
  }
  const unknown = (info.critical ?? []).filter((type) => !RPM_KNOWS.has(type));
  if (unknown.length > 0) {
    throw refuse(
      'a key that rpm 4.18 does not import: parts of it are marked as critical, and rpm does not know them',
      unknown.map(subpacketName).join(', '),
      howToUnmark(info, unknown),
    );
  }
  const old = targets.find((name) => RPM_4_11.test(name));
  if (old !== undefined && curve !== undefined) {
    throw refuse(`rpm of ${old} cannot verify the key`, curve, 'use RSA: it knows no elliptic curves');
  }
  if (old !== undefined && signsWithSubkey(info)) {
    throw refuse(
      `rpm of ${old} cannot verify what a subkey signs`,
      `the subkey ${info.signingFingerprint}`,
      'use a key whose primary key signs: gpg --quick-gen-key NAME rsa4096 cert,sign 3y',
    );
  }
  const some = targets.find((name) => RPM_4_14.test(name));
  return [
    ...(some !== undefined && curve !== undefined
      ? [`rpm of ${some} (4.14) knows ${curve} only where an update brought it: RSA is right everywhere`]
      : []),
    ...(targets.length === 0 && signsWithSubkey(info)
      ? [`a subkey signs (${info.signingFingerprint}): rpm before 4.13, as EL 7 has it, cannot verify the packages`]
      : []),
  ];
}

/** Who can verify what the key signs, as one phrase. */
export function whoVerifies(info: KeyInfo, format: KeyUse['format']): string {
  const algorithms = [info.primaryAlgorithm, info.algorithm];
  const isRsa = algorithms.every((name) => rsaBits(name) !== undefined);
  if (format === 'deb') {
    return isRsa ? 'every apt' : 'apt of Debian 9, Ubuntu 18.04 and later, and with gpgv 2.1 or Sequoia';
  }
  if (!isRsa) return 'rpm 4.16 and later (EL 9, Fedora); of EL 8 at most with its updates';
  return signsWithSubkey(info) ? 'rpm 4.13 and later (EL 8)' : 'every rpm';
}

function rsaBits(algorithm: string): number | undefined {
  const [, bits] = /^RSA (\d+)$/.exec(algorithm) ?? [];
  return bits === undefined ? undefined : Number(bits);
}

function dateOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
