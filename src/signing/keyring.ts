/** The public keys that a repository hands out: while keys change, more than one. */
import { readFile } from 'node:fs/promises';
import type { Packets, Signer } from './signer.ts';

/**
 * The keys that clients need.
 *
 * @param file the keyring that is handed out now, binary; absent in a new repository.
 * @param needed fingerprints of the keys that signed what is served: these are kept from `file`.
 */
export async function mergeKeyring(file: string, needed: ReadonlySet<string>, signer: Signer): Promise<Packets> {
  const others = [...needed].filter((fingerprint) => fingerprint !== signer.key.fingerprint);
  const current = others.length === 0 ? undefined : await readFile(file).catch(() => undefined);
  if (current === undefined) return signer.publicKey;
  const openpgp = await import('openpgp');
  const known = await openpgp.readKeys({ binaryKeys: current });
  const kept = known.filter((key) => others.includes(key.getFingerprint().toUpperCase()));
  const binary = Buffer.concat([signer.publicKey.binary, ...kept.map((key) => key.write())]);
  // With a checksum: rpm reads no armor without one.
  const armored = openpgp.armor(openpgp.enums.armor.publicKey, binary, undefined, undefined, undefined, true);
  return { armored: armored.replaceAll('\r\n', '\n'), binary };
}
