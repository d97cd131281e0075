import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { Secret } from '../../../src/secret.ts';
import { generateKey, openSigner } from '../../../src/signing/openpgp.ts';
import { packetAlgorithm } from '../../../src/signing/packet.ts';
import type { Signer } from '../../../src/signing/signer.ts';

const WHO = { name: 'Example Archive', email: 'archive@example.org' };

async function* pieces(data: Uint8Array, size: number) {
  for (let position = 0; position < data.length; position += size) yield data.subarray(position, position + size);
}

async function verified(signer: Signer, packet: Uint8Array, data: Uint8Array) {
  const signature = await openpgp.readSignature({ binarySignature: packet });
  // One packet, in the bytes that OpenPGP.js itself would write for it.
  expect(signature.packets).toHaveLength(1);
  const [only] = signature.packets;
  if (only === undefined) throw new Error('no packet');
  expect(only.version).toBe(4);
  expect(only.hashAlgorithm).toBe(openpgp.enums.hash.sha256);
  expect(only.signatureType).toBe(openpgp.enums.signature.binary);
  expect(Buffer.from(only.write()).equals(Buffer.from(packet.subarray(3)))).toBe(true);
  expect(
    Buffer.from(only.issuerFingerprint ?? [])
      .toString('hex')
      .toUpperCase(),
  ).toBe(signer.key.signingFingerprint);
  const result = await openpgp.verify({
    message: await openpgp.createMessage({ binary: data }),
    signature,
    verificationKeys: await openpgp.readKey({ armoredKey: signer.publicKey.armored }),
    format: 'binary',
  });
  await expect(result.signatures[0]?.verified).resolves.toBe(true);
  return only;
}

describe('signPacket', () => {
  it.each(['ed25519', 'rsa2048', 'rsa4096'] as const)('%s: of bytes and of streams', async (algorithm) => {
    const now = () => new Date('2026-11-20T20:43:00Z');
    const { key } = await generateKey({ ...WHO, algorithm, created: new Date('2026-01-01') });
    await using signer = await openSigner({ key, now });
    for (const size of [0, 1, 1000, 100_000]) {
      const data = Buffer.alloc(size, 'header');
      const packet = await signer.signPacket(data);
      const streamed = await signer.signPacket(pieces(data, 333));
      // Both kinds of signature are deterministic.
      expect(Buffer.from(streamed).equals(Buffer.from(packet))).toBe(true);
      const { created } = await verified(signer, packet, data);
      expect(created).toEqual(now());
      expect(packetAlgorithm(packet)).toBe(algorithm === 'ed25519' ? 22 : 1);
    }
  });

  it('is right where numbers start with zeros', async () => {
    const { key } = await generateKey(WHO);
    await using signer = await openSigner({ key });
    // About one in a hundred is shorter; on until there are three, which takes a few hundred.
    const first = await signer.signPacket(Buffer.from('0'));
    const packets = [first];
    const isShort = (packet: Uint8Array) => packet.length < Math.max(...packets.map(({ length }) => length));
    while (packets.filter(isShort).length < 3 && packets.length < 20_000) {
      packets.push(await signer.signPacket(Buffer.from(`${packets.length}`)));
    }
    const short = packets.flatMap((packet, index) => (isShort(packet) ? [index] : []));
    expect(short.length).toBeGreaterThanOrEqual(3);
    for (const index of [0, ...short]) {
      await verified(signer, packets[index] as Uint8Array, Buffer.from(`${index}`));
    }
  });

  it('signs with the subkey, opened by its passphrase', async () => {
    const { key } = await generateKey({ ...WHO, algorithm: 'rsa2048', signingSubkey: true, passphrase: 'horse' });
    await using signer = await openSigner({ key, passphrase: new Secret('horse') });
    expect(signer.key.signingFingerprint).not.toBe(signer.key.fingerprint);
    await verified(signer, await signer.signPacket(Buffer.from('x')), Buffer.from('x'));
  });

  it('does not verify for other bytes', async () => {
    const { key } = await generateKey(WHO);
    await using signer = await openSigner({ key });
    await expect(verified(signer, await signer.signPacket(Buffer.from('x')), Buffer.from('y'))).rejects.toThrow();
  });

  it('refuses algorithms that rpm does not know', async () => {
    const made = await openpgp.generateKey({ userIDs: [WHO], type: 'ecc', curve: 'nistP256', format: 'armored' });
    await using signer = await openSigner({ key: new Secret(made.privateKey) });
    await expect(signer.signPacket(Buffer.from('x'))).rejects.toThrow(UserError);
    await expect(signer.signPacket(Buffer.from('x'))).rejects.toThrow('ECDSA nistP256');
  });

  it('fails with the stream', async () => {
    const { key } = await generateKey(WHO);
    await using signer = await openSigner({ key });
    // biome-ignore lint/correctness/useYield: fails before its first piece
    async function* broken(): AsyncGenerator<Uint8Array> {
      throw new Error('the disk is gone');
    }
    await expect(signer.signPacket(broken())).rejects.toThrow('the disk is gone');
  });
});

describe('packetAlgorithm', () => {
  const body = (algorithm: number, digest = 8, version = 4, type = 0) =>
    Buffer.concat([Buffer.from([version, type, algorithm, digest]), Buffer.alloc(200)]);
  const old = (content: Buffer) =>
    Buffer.concat([Buffer.from([0x89, content.length >> 8, content.length & 255]), content]);

  it('reads all forms of packet headers', () => {
    const content = body(22);
    const forms = [
      old(content),
      Buffer.concat([Buffer.from([0x88, content.length]), content]),
      Buffer.concat([Buffer.from([0x8a, 0, 0, 0, content.length]), content]),
      Buffer.concat([Buffer.from([0xc2, 192 + ((content.length - 192) >> 8), (content.length - 192) & 255]), content]),
      Buffer.concat([Buffer.from([0xc2, 255, 0, 0, 0, content.length]), content]),
      Buffer.concat([Buffer.from([0xc2, 100]), content.subarray(0, 100)]),
    ];
    for (const form of forms) expect(packetAlgorithm(form)).toBe(22);
    expect(packetAlgorithm(old(body(1)))).toBe(1);
    expect(packetAlgorithm(old(body(17, 10)))).toBe(17);
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'not one signature packet'],
    ['armor', Buffer.from('-----BEGIN PGP SIGNATURE-----\n'), 'not one signature packet'],
    ['two packets', Buffer.concat([old(body(1)), old(body(1))]), 'not one signature packet'],
    ['a cut packet', old(body(1)).subarray(0, -1), 'not one signature packet'],
    ['a packet of no fixed length', Buffer.concat([Buffer.from([0x8b]), body(1)]), 'not one signature packet'],
    ['a packet in pieces', Buffer.concat([Buffer.from([0xc2, 224]), body(1)]), 'not one signature packet'],
    ['another packet', Buffer.concat([Buffer.from([0x99, 0, 204]), body(1)]), 'not one signature packet'],
    ['version 3', old(body(1, 8, 3)), 'version 3'],
    ['a text signature', old(body(1, 8, 4, 1)), 'type 1'],
    ['SHA-1', old(body(1, 2)), 'digest algorithm 2'],
    ['ECDSA', old(body(19)), 'algorithm 19'],
  ])('refuses %s', (_name, packet, message) => {
    expect(() => packetAlgorithm(packet)).toThrow(UserError);
    expect(() => packetAlgorithm(packet)).toThrow(message);
  });
});
