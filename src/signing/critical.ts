/**
 * Parts of a key that are marked as critical: who does not know one must refuse the signature that has it (RFC 9580,
 * 5.2.3.7). rpm's own reader knows few of them, and imports nothing of a key that has another one. gpg marks none.
 * OpenPGP.js, and programs that use it, mark the time of a signature, the end of a key, its flags, and the signature by
 * which a subkey signs back.
 */
import type { Key, SignaturePacket } from 'openpgp';

/** Names of RFC 9580, 5.2.3.7, for people. */
const NAMES: Readonly<Record<number, string>> = {
  2: 'signature creation time',
  3: 'signature expiration time',
  4: 'exportable certification',
  5: 'trust signature',
  6: 'regular expression',
  7: 'revocable',
  9: 'key expiration time',
  11: 'preferred symmetric ciphers',
  12: 'revocation key',
  16: 'issuer key id',
  20: 'notation data',
  21: 'preferred hash algorithms',
  22: 'preferred compression algorithms',
  23: 'key server preferences',
  24: 'preferred key server',
  25: 'primary user id',
  26: 'policy URI',
  27: 'key flags',
  28: 'signer’s user id',
  29: 'reason for revocation',
  30: 'features',
  31: 'signature target',
  32: 'embedded signature',
  33: 'issuer fingerprint',
  34: 'preferred AEAD ciphers',
  39: 'preferred AEAD ciphersuites',
};

/** A subpacket's type, for people. */
export function subpacketName(type: number): string {
  return `${NAMES[type] ?? 'subpacket'} (${type})`;
}

/**
 * Types of the critical subpackets in what rpm reads of a key: signatures of the key itself on the key, its user ids and
 * those of its subkeys that sign. In ascending order.
 *
 * @param canSign whether a subkey's binding lets it sign: others are not handed out to rpm (keyring.ts).
 */
export function criticalSubpackets(key: Key, canSign: (binding: SignaturePacket) => boolean): number[] {
  const subkeys = key.subkeys.filter(
    ({ bindingSignatures, revocationSignatures }) =>
      revocationSignatures.length === 0 && bindingSignatures.some(canSign),
  );
  // Not in the types of OpenPGP.js.
  const { directSignatures } = key as Key & { readonly directSignatures: readonly SignaturePacket[] };
  const signatures = [
    ...directSignatures,
    ...key.users.flatMap((user) => [...user.selfCertifications, ...user.revocationSignatures]),
    ...subkeys.flatMap(({ bindingSignatures }) => bindingSignatures),
  ];
  return [...new Set(signatures.flatMap(criticalOf))].sort((a, b) => a - b);
}

/** Of one signature packet of version 4 (RFC 9580, 5.2.3), in its hashed part and in the other one. */
function criticalOf(signature: SignaturePacket): number[] {
  const body = Buffer.from(signature.write() as Uint8Array);
  const found: number[] = [];
  // Version, type and algorithms; then twice a length and subpackets.
  for (let at = 4, part = 0; part < 2; part++) {
    const end = at + 2 + body.readUInt16BE(at);
    for (at += 2; at < end; ) {
      const { length, size } = lengthAt(body, at);
      const type = body.readUInt8(at + size);
      if ((type & 0x80) !== 0) found.push(type & 0x7f);
      at += size + length;
    }
  }
  return found;
}

/** RFC 9580, 5.2.3.7: the length of a subpacket, which its type is a part of, takes 1, 2 or 5 bytes. */
function lengthAt(body: Buffer, at: number): { readonly length: number; readonly size: number } {
  const first = body.readUInt8(at);
  if (first < 192) return { length: first, size: 1 };
  if (first < 255) return { length: ((first - 192) << 8) + body.readUInt8(at + 1) + 192, size: 2 };
  return { length: body.readUInt32BE(at + 1), size: 5 };
}
