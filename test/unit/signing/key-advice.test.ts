/** Who can verify a key, and what is told of it. */
import { describe, expect, it } from 'vitest';
import {
  checkKeyFor,
  expiryWarnings,
  keyWarnings,
  validityWarnings,
  whoVerifies,
} from '../../../src/signing/key-advice.ts';
import type { KeyInfo } from '../../../src/signing/signer.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const [PRIMARY, SUBKEY] = ['A'.repeat(40), 'B'.repeat(40)];

function key(algorithm: string, options: Partial<KeyInfo> = {}): KeyInfo {
  return {
    fingerprint: PRIMARY,
    signingFingerprint: PRIMARY,
    userId: 'Test <test@example.org>',
    algorithm,
    primaryAlgorithm: algorithm,
    expires: new Date('2028-01-01T00:00:00Z'),
    ...options,
  };
}

describe('what is told', () => {
  it.each([
    ['2026-05-31T00:00:00Z', 1],
    ['2026-06-30T23:00:00Z', 1],
    ['2026-07-01T00:00:00Z', 0],
    ['2030-01-01T00:00:00Z', 0],
  ])('of a key that expires at %s', (expires, count) => {
    expect(expiryWarnings(key('Ed25519', { expires: new Date(expires) }), NOW)).toHaveLength(count);
  });

  it.each([
    [key('RSA 4096'), []],
    [key('RSA 3072'), []],
    [key('RSA 2048'), [/2030-02-01/]],
    [key('RSA 4096', { primaryAlgorithm: 'RSA 2048' }), [/is RSA 2048/]],
    [key('Ed25519'), []],
    [key('ECDSA nistP256'), []],
    [key('Ed25519', { expires: undefined }), [/never expires/]],
    [key('RSA 2048', { expires: undefined }), [/never expires/, /2030-02-01/]],
  ])('of any key: %#', (info, expected) => {
    expect(keyWarnings(info, NOW)).toEqual(expected.map((each) => expect.stringMatching(each)));
  });

  it('of a Release file that outlives its key', () => {
    const info = key('Ed25519');
    expect(validityWarnings(info, undefined)).toEqual([]);
    expect(validityWarnings(info, new Date('2027-12-31'))).toEqual([]);
    expect(validityWarnings(info, new Date('2028-01-02'))).toEqual([
      expect.stringMatching(/valid until 2028-01-02, but the signing key A+ only until 2028-01-01/),
    ]);
    expect(validityWarnings(key('Ed25519', { expires: undefined }), new Date('2099-01-01'))).toEqual([]);
  });
});

describe('who cannot verify it is refused', () => {
  it.each([
    ['deb', 'ubuntu-14.04', 'Ed25519', 'apt of ubuntu-14.04 cannot verify the key (found Ed25519)'],
    ['deb', 'xenial', 'ECDSA nistP256', 'apt of xenial cannot verify the key'],
    ['rpm', 'centos-7', 'Ed25519', 'rpm of centos-7 cannot verify the key (found Ed25519)'],
    ['rpm', 'el7', 'Ed25519', 'rpm of el7 cannot verify the key'],
    ['rpm', 'el9', 'ECDSA nistP256', 'a key of an algorithm that rpm cannot verify (found ECDSA nistP256)'],
  ] as const)('%s for %s by %s', (format, target, algorithm, message) => {
    const check = () => checkKeyFor(key(algorithm), { format, targets: ['other', target] });
    expect(check).toThrow(message);
    const subkey = key('RSA 4096', { primaryAlgorithm: algorithm, signingFingerprint: SUBKEY });
    expect(() => checkKeyFor(subkey, { format, targets: [target] })).toThrow();
  });

  it('a subkey for rpm 4.11', () => {
    const subkey = key('RSA 4096', { signingFingerprint: SUBKEY });
    expect(() => checkKeyFor(subkey, { format: 'rpm', targets: ['centos-7'] })).toThrow(
      'rpm of centos-7 cannot verify what a subkey signs',
    );
    expect(checkKeyFor(subkey, { format: 'rpm', targets: ['el8'] })).toEqual([]);
    expect(checkKeyFor(subkey, { format: 'rpm', targets: [] })).toEqual([expect.stringContaining('rpm before 4.13')]);
    expect(checkKeyFor(subkey, { format: 'deb', targets: ['ubuntu-14.04'] })).toEqual([]);
  });

  it.each([
    ['deb', 'debian-12', 'Ed25519'],
    ['deb', 'ubuntu-18.04', 'Ed25519'],
    ['deb', 'ubuntu-14.04', 'RSA 2048'],
    ['deb', 'bookworm', 'ECDSA nistP521'],
    ['rpm', 'el9', 'Ed25519'],
    ['rpm', 'el10', 'Ed25519'],
    ['rpm', 'epel-9', 'Ed25519'],
    ['rpm', 'centos-7', 'RSA 4096'],
    ['rpm', 'el8', 'RSA 4096'],
  ] as const)('and nobody else: %s for %s by %s', (format, target, algorithm) => {
    expect(checkKeyFor(key(algorithm), { format, targets: [target] })).toEqual([]);
  });

  it.each(['el8', 'epel-8', 'centos-stream-8', 'rocky-8'])('%s verifies Ed25519 in part', (target) => {
    expect(checkKeyFor(key('Ed25519'), { format: 'rpm', targets: [target] })).toEqual([
      expect.stringContaining(`rpm of ${target} (4.14) knows Ed25519 only where an update brought it`),
    ]);
  });
});

it('says who verifies it', () => {
  expect(whoVerifies(key('RSA 4096'), 'deb')).toBe('every apt');
  expect(whoVerifies(key('RSA 4096'), 'rpm')).toBe('every rpm');
  expect(whoVerifies(key('RSA 4096', { signingFingerprint: SUBKEY }), 'rpm')).toContain('rpm 4.13 and later');
  expect(whoVerifies(key('Ed25519'), 'deb')).toContain('Ubuntu 18.04');
  expect(whoVerifies(key('Ed25519'), 'rpm')).toContain('EL 9');
});
