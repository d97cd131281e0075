/**
 * Where builds must be signed: the header of every package, as rpm verifies it. The header holds the digest of the
 * payload; of packages of rpm before 4.14, which have none, header and payload must be signed as well.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { RpmFrame } from '../../rpm/frame.ts';
import { tagBytes, tagStrings } from '../../rpm/header.ts';
import { hasPayloadDigest, payloadOf } from '../../rpm/payload.ts';
import { SIGNATURE_TAG } from '../../rpm/tags.ts';
import type { AllowedSigners, GoodSignature } from '../../signing/allowed-signers.ts';
import { changedRpm } from '../../signing/rpm-copy.ts';
import { type BuildFile, shown } from '../builds.ts';

/**
 * Verifies the signatures of a package that is open.
 *
 * @returns who signed it.
 * @throws UserError naming the package, who signed, and who may.
 */
export async function verifySignedRpm(
  handle: FileHandle,
  frame: RpmFrame,
  file: BuildFile,
  signers: AllowedSigners,
): Promise<GoodSignature[]> {
  const where = shown(file);
  const good = await signers.verifyPackets(headerSignatures(frame), frame.header.bytes, where);
  if (hasPayloadDigest(frame)) return good;
  const data = () => headerAndPayload(handle, frame, file);
  return [...good, ...(await signers.verifyPackets(payloadSignatures(frame), data, `${where}, header and payload`))];
}

function headerSignatures({ signature }: RpmFrame): Uint8Array[] {
  const packets = [SIGNATURE_TAG.rsa, SIGNATURE_TAG.dsa].flatMap((tag) => tagBytes(signature, tag) ?? []);
  const encoded = tagStrings(signature, SIGNATURE_TAG.openpgp) ?? [];
  return [...packets, ...encoded.map((text) => Buffer.from(text, 'base64'))];
}

function payloadSignatures({ signature }: RpmFrame): Uint8Array[] {
  return [SIGNATURE_TAG.pgp, SIGNATURE_TAG.gpg].flatMap((tag) => tagBytes(signature, tag) ?? []);
}

/** What such a signature covers. The file that it is read from must be the one that the manifest lists. */
async function* headerAndPayload(
  handle: FileHandle,
  frame: RpmFrame,
  file: BuildFile,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  for (const part of [frame.lead, frame.signature.bytes, frame.padding, frame.header.bytes]) hash.update(part);
  yield Uint8Array.from(frame.header.bytes);
  for await (const piece of payloadOf(handle, frame, shown(file))) {
    hash.update(piece);
    // The buffer is used again while what reads may still hold it.
    yield Uint8Array.from(piece);
  }
  const found = hash.digest('hex');
  if (found !== file.sha256) throw changedRpm(shown(file), `sha256 ${found}`, `sha256 ${file.sha256}`);
}
