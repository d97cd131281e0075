/** Numbers of the tags that are read or written here (include/rpm/rpmtag.h). */

/** In the main header. */
export const TAG = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  summary: 1004,
  buildTime: 1006,
  license: 1014,
  arch: 1022,
  sourceRpm: 1044,
  payloadDigest: 5092,
  payloadDigestAlgorithm: 5093,
  payloadDigestAlt: 5097,
  rpmFormat: 5114,
} as const;

/** In the signature header. */
export const SIGNATURE_TAG = {
  /** OpenPGP signatures of the header: DSA and EdDSA, RSA, and any kind in base64 (rpm 4.20 and later). */
  dsa: 267,
  rsa: 268,
  openpgp: 278,
  /** Digests of the header, hexadecimal. */
  sha1: 269,
  sha256: 273,
  /** Bytes of header and payload. */
  longSize: 270,
  size: 1000,
  /** OpenPGP signatures of header and payload: RSA, then DSA and EdDSA. */
  pgp: 1002,
  gpg: 1005,
  pgp5: 1006,
  /** Digest of header and payload. */
  md5: 1004,
  /** Bytes that a signature may take up later without moving the rest of the file. */
  reservedSpace: 1008,
} as const;
