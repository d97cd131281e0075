/**
 * The public keys that a repository hands out, as `key.asc` and `keyring.gpg`: that which signs, while keys change the
 * next one, and former ones for as long as something that is served needs them.
 */
import { readFile } from 'node:fs/promises';
import type { Key } from 'openpgp';
import { UserError } from '../errors.ts';
import type { Packets, Signer } from './signer.ts';

type OpenPgp = typeof import('openpgp');

export interface KeyringRequest {
  /** The keyring that is handed out now, binary; absent in a new repository. */
  readonly file: string;
  readonly format: 'deb' | 'rpm';
  readonly signer: Pick<Signer, 'key' | 'publicKey'>;
  /** The key that shall sign later. */
  readonly next?: Pick<Signer, 'key' | 'publicKey'> | undefined;
  /** Fingerprints of further keys that clients need: these are kept from `file`. */
  readonly needed: ReadonlySet<string>;
}

export interface Keyring {
  readonly keys: Packets;
  /** What it changes in the keyring that is there, one phrase each; nothing where there was none. */
  readonly changes: readonly string[];
  /** Fingerprints of the keys that leave it. */
  readonly retired: readonly string[];
}

/**
 * The keys that clients need.
 *
 * Of a key that is published already, both copies are put together: a renewed key brings its later expiry, and the
 * self-signatures from before stay, because Sequoia (apt 2.9, rpm of Fedora) judges a signature by the self-signature
 * of the time that it was made, and gpg removes the former one where it extends a key. So, too, an export that lacks
 * a subkey takes none away.
 *
 * @throws UserError when the keyring that is there cannot be read.
 */
export async function planKeyring({ file, format, signer, next, needed }: KeyringRequest): Promise<Keyring> {
  const openpgp = await import('openpgp');
  const published = await readKeyring(openpgp, file);
  const current = new Map(published?.map((key) => [fingerprintOf(key), key]));
  const given = [signer, ...(next === undefined ? [] : [next])];
  const own = new Set(given.map(({ key }) => key.fingerprint));
  const kept = [...current].filter(([fingerprint]) => needed.has(fingerprint) && !own.has(fingerprint));

  const handedOut: { fingerprint: string; key: Key; binary: Uint8Array }[] = [];
  for (const { key, publicKey } of given) {
    const copy = await openpgp.readKey({ binaryKey: Uint8Array.from(publicKey.binary) });
    // What others say of the key is of no use to clients of a repository, and can be a lot.
    for (const user of copy.users) user.otherCertifications = [];
    const there = current.get(key.fingerprint);
    const merged = await reduce(openpgp, there === undefined ? copy : await there.update(copy), format);
    handedOut.push({ fingerprint: key.fingerprint, key: merged, binary: merged.write() });
  }
  for (const [fingerprint, key] of kept) handedOut.push({ fingerprint, key, binary: key.write() });

  const changes: string[] = [];
  for (const { fingerprint, key, binary } of published === undefined ? [] : handedOut) {
    const there = current.get(fingerprint);
    if (there === undefined) {
      if (fingerprint === next?.key.fingerprint) changes.push(`the next key is handed out: ${fingerprint}`);
      else changes.push(`key added: ${fingerprint}`);
    } else if (!Buffer.from(there.write()).equals(binary)) {
      changes.push(`key renewed: ${fingerprint}, ${await expiryOf(key)}`);
    }
  }
  const retired = [...current.keys()].filter((each) => !handedOut.some(({ fingerprint }) => fingerprint === each));
  changes.push(...retired.map((each) => `key retired, as nothing that is served needs it: ${each}`));
  const binaries = handedOut.map(({ binary }) => binary);
  return { keys: pack(openpgp, binaries, format), changes, retired };
}

async function readKeyring(openpgp: OpenPgp, file: string): Promise<Key[] | undefined> {
  const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return undefined;
  return await openpgp.readKeys({ binaryKeys: content }).catch(() => {
    throw new UserError({
      what: 'the keyring that is published cannot be read',
      where: file,
      expected: 'what the publisher wrote',
      remedy: 'put back a copy; a mirror has one',
    });
  });
}

/**
 * What of a key clients get. rpm's own reader (4.18) does not import a key that has a revoked subkey, and that of EL 9
 * none with a SHA-1 signature of any subkey: there only subkeys that sign are handed out.
 */
async function reduce(openpgp: OpenPgp, key: Key, format: KeyringRequest['format']): Promise<Key> {
  if (format === 'deb') return key;
  const copy = await openpgp.readKey({ binaryKey: key.write() });
  copy.subkeys = copy.subkeys.filter(({ revocationSignatures, bindingSignatures }) => {
    const flags = bindingSignatures.map(({ keyFlags }) => keyFlags?.[0] ?? 0);
    return revocationSignatures.length === 0 && flags.some((bits) => (bits & openpgp.enums.keyFlags.signData) !== 0);
  });
  return copy;
}

/**
 * One block of armor for apt, which is what `Signed-By` of a .sources file takes. A block for each key for rpm: that of
 * EL 7 sees only the first key of a block.
 */
function pack(openpgp: OpenPgp, keys: readonly Uint8Array[], format: KeyringRequest['format']): Packets {
  const binary = Buffer.concat(keys);
  const blocks = format === 'deb' ? [binary] : keys;
  // With a checksum: rpm reads no armor without one.
  const armored = blocks.map((block) =>
    openpgp.armor(openpgp.enums.armor.publicKey, block, undefined, undefined, undefined, true),
  );
  return { armored: armored.join('').replaceAll('\r\n', '\n'), binary };
}

async function expiryOf(key: Key): Promise<string> {
  const time = await key.getExpirationTime();
  return time instanceof Date ? `it expires on ${time.toISOString().slice(0, 10)}` : 'it does not expire';
}

function fingerprintOf(key: Key): string {
  return key.getFingerprint().toUpperCase();
}
