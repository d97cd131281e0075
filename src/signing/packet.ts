/**
 * OpenPGP signature packets made with Node's own cryptography. OpenPGP.js makes one RSA 4096 signature after the other
 * on the main thread; Node's asynchronous `sign` makes them on as many threads as there are processors.
 */
import {
  constants,
  createHash,
  createPrivateKey,
  type Hash,
  type KeyObject,
  privateEncrypt,
  sign as signBytes,
} from 'node:crypto';
import { promisify } from 'node:util';
import { UserError } from '../errors.ts';
import { algorithmName, type SigningKey } from './key-check.ts';

const sign = promisify(signBytes);

/** Makes one signature packet over the bytes, dated `created`. */
export type PacketSigner = (data: Uint8Array | AsyncIterable<Uint8Array>, created: Date) => Promise<Uint8Array>;

/** RFC 9580, 9.1 and 9.5. */
export const RSA = 1;
export const EDDSA = 22;
const SHA256 = 8;
/** RFC 9580, 5.2.1: of a binary document. */
const BINARY = 0;

/** The DER that precedes a SHA-256 in an RSA signature (RFC 8017, 9.2). */
const SHA256_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

/**
 * Signs with an opened (sub)key. Bytes that are at hand are signed on other threads; of a stream only the digest is
 * kept.
 *
 * @throws UserError for algorithms that rpm of the targets does not know: only RSA and Ed25519 are.
 */
export function openPacketSigner(packet: SigningKey['packet']): PacketSigner {
  const { algorithm } = packet.getAlgorithmInfo();
  const isRsa = algorithm === 'rsaEncryptSign' || algorithm === 'rsaSign';
  if (!isRsa && algorithmName(packet) !== 'Ed25519') throw unusable(algorithmName(packet));
  const key = isRsa ? rsaKey(packet) : ed25519Key(packet);
  const fingerprint = Buffer.from(packet.getFingerprint(), 'hex');
  return async (data, created) => {
    const hashed = hashedPart(isRsa ? RSA : EDDSA, fingerprint, created);
    // RFC 9580, 5.2.4.
    const trailer = Buffer.concat([hashed, Buffer.from([4, 0xff]), uint32(hashed.length)]);
    let digest: Buffer;
    let signature: Buffer;
    if (data instanceof Uint8Array) {
      digest = createHash('sha256').update(data).update(trailer).digest();
      signature = isRsa ? await sign('sha256', Buffer.concat([data, trailer]), key) : await sign(null, digest, key);
    } else {
      digest = (await hashOf(data)).update(trailer).digest();
      signature = isRsa ? signDigest(digest, key) : await sign(null, digest, key);
    }
    const numbers = isRsa ? [signature] : [signature.subarray(0, 32), signature.subarray(32)];
    const issuer = subpacket(16, fingerprint.subarray(-8));
    const body = Buffer.concat([hashed, uint16(issuer.length), issuer, digest.subarray(0, 2), ...numbers.map(mpi)]);
    // The old form of packet headers with a length of two bytes (RFC 9580, 4.2.2), which every rpm reads.
    return Buffer.concat([Buffer.from([0x80 | (2 << 2) | 1]), uint16(body.length), body]);
  };
}

/** What rpm of no target can verify. */
export function unusable(algorithm: string): UserError {
  return new UserError({
    what: 'a key of an algorithm that rpm cannot verify',
    where: 'the signing key',
    found: algorithm,
    expected: 'RSA or Ed25519',
  });
}

/** Version, type, algorithms and the subpackets that the signature covers (RFC 9580, 5.2.3). */
function hashedPart(algorithm: number, fingerprint: Buffer, created: Date): Buffer {
  const subpackets = Buffer.concat([
    subpacket(33, Buffer.concat([Buffer.from([4]), fingerprint])),
    subpacket(2, uint32(Math.floor(created.getTime() / 1000))),
  ]);
  return Buffer.concat([Buffer.from([4, BINARY, algorithm, SHA256]), uint16(subpackets.length), subpackets]);
}

function subpacket(type: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([content.length + 1, type]), content]);
}

/** A multiprecision integer (RFC 9580, 3.2): its length in bits, then its bytes without leading zeros. */
function mpi(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  if (first === -1) return uint16(0);
  const number = bytes.subarray(first);
  return Buffer.concat([uint16(number.length * 8 - Math.clz32(number[0] ?? 0) + 24), number]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

async function hashOf(data: AsyncIterable<Uint8Array>): Promise<Hash> {
  const hash = createHash('sha256');
  for await (const piece of data) hash.update(piece);
  return hash;
}

/** RSASSA-PKCS1-v1_5 of a digest: Node has no asynchronous call for it. */
function signDigest(digest: Buffer, key: KeyObject): Buffer {
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat([SHA256_INFO, digest]));
}

function rsaKey(packet: SigningKey['packet']): KeyObject {
  const { n, e } = packet.publicParams as Record<'n' | 'e', Uint8Array>;
  const { d, p, q, u } = packet.privateParams as Record<'d' | 'p' | 'q' | 'u', Uint8Array>;
  const modulo = (prime: Uint8Array) => {
    const digits = (toInteger(d) % (toInteger(prime) - 1n)).toString(16);
    return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  };
  // OpenPGP keeps p^-1 mod q, PKCS #1 q^-1 mod p: the primes change places.
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'RSA',
      n: base64url(n),
      e: base64url(e),
      d: base64url(d),
      p: base64url(q),
      q: base64url(p),
      dp: base64url(modulo(q)),
      dq: base64url(modulo(p)),
      qi: base64url(u),
    },
  });
}

function ed25519Key(packet: SigningKey['packet']): KeyObject {
  // A first byte 0x40 says that the point is in its native form (RFC 9580, 11.2.2).
  const { Q } = packet.publicParams as Record<'Q', Uint8Array>;
  const { seed } = packet.privateParams as Record<'seed', Uint8Array>;
  const padded = Buffer.concat([Buffer.alloc(32), seed]).subarray(-32);
  return createPrivateKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', d: base64url(padded), x: base64url(Q.subarray(1)) },
  });
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** RFC 9580, 9.1: DSA, EdDSA (legacy). Of the digests only the SHA-2 ones, RFC 9580, 9.5. */
const DSA = 17;
const SHA2 = new Set([8, 9, 10]);

/**
 * The public key algorithm of a signature packet, whose form is checked: rpm wants one packet of version 4 over binary
 * data.
 *
 * @throws UserError for other forms, other digests, and algorithms that rpm does not know.
 */
export function packetAlgorithm(packet: Uint8Array): number {
  const body = packetBody(Buffer.from(packet.buffer, packet.byteOffset, packet.length));
  const [version, type, algorithm, digest] = body ?? [];
  const wrong = (found: string): UserError =>
    new UserError({ what: 'not a signature that rpm can verify', where: 'the signing key', found });
  if (version === undefined || type === undefined || algorithm === undefined || digest === undefined) {
    throw wrong('something that is not one signature packet');
  }
  if (version !== 4 || type !== BINARY) throw wrong(`a signature of version ${version} and type ${type}`);
  if (!SHA2.has(digest)) throw wrong(`the digest algorithm ${digest}`);
  if (algorithm !== RSA && algorithm !== EDDSA && algorithm !== DSA) throw unusable(`OpenPGP algorithm ${algorithm}`);
  return algorithm;
}

/** What the only packet in `bytes` holds, if that is a signature (RFC 9580, 4.2). */
function packetBody(bytes: Buffer): Buffer | undefined {
  const [first = 0, second = 0] = bytes;
  if (first >> 2 === 0b100010 && bytes.length > 5) {
    // The old form: a length of 1, 2 or 4 bytes.
    const size = [1, 2, 4][first & 3];
    if (size === undefined) return undefined;
    return exactly(bytes.subarray(1 + size), bytes.readUIntBE(1, size));
  }
  if (first !== 0b11000010) return undefined;
  if (second < 192) return exactly(bytes.subarray(2), second);
  if (second < 224 && bytes.length > 3)
    return exactly(bytes.subarray(3), ((second - 192) << 8) + bytes.readUInt8(2) + 192);
  if (second !== 255 || bytes.length < 7) return undefined;
  return exactly(bytes.subarray(6), bytes.readUInt32BE(2));
}

function exactly(body: Buffer, length: number): Buffer | undefined {
  return body.length === length ? body : undefined;
}
