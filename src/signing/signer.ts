/**
 * What signs: a port with one implementation so far (openpgp.ts, in this process). A signer for keys in hardware or in
 * an agent would be another one. Everything that is signed is made of these two operations: Release, .dsc, .changes
 * and .buildinfo are cleartext or detached signatures, an RPM header and repomd.xml.asc are detached ones.
 */

/** What may be said of a key: nothing of it is secret. */
export interface KeyInfo {
  /** Of the primary key: 40 upper case hexadecimal digits. This is what people compare. */
  readonly fingerprint: string;
  /** Of the (sub)key that makes the signatures. */
  readonly signingFingerprint: string;
  /** `Name <mail>`, as the key has it. */
  readonly userId: string;
  /** Of the signing (sub)key: `RSA 4096`, `Ed25519`, `ECDSA nistP256`. */
  readonly algorithm: string;
  /** When the first of primary key and signing subkey expires; `undefined`: never. */
  readonly expires: Date | undefined;
}

/** The same OpenPGP packets in both of their forms. */
export interface Packets {
  /** ASCII armor, ending with a newline. */
  readonly armored: string;
  readonly binary: Uint8Array;
}

export interface Signer {
  readonly key: KeyInfo;
  /** The public half, with its user ids and subkeys: what a client's `Signed-By` names. */
  readonly publicKey: Packets;
  /** What the person should know of the key, one sentence each: it expires soon. */
  readonly warnings: readonly string[];
  /**
   * A cleartext signature (RFC 9580, 7) of `text`. Blanks at line ends are not covered by such a signature and are
   * left out; lines end with `\n`; an empty line stands before the signature, as dpkg-source expects.
   */
  clearsign(text: string): Promise<string>;
  /** A detached signature of the bytes as they are. */
  detach(data: Uint8Array): Promise<Packets>;
}

/** The key in one line, for logs and summaries. */
export function describeKey(key: KeyInfo): string {
  const expires = key.expires === undefined ? 'never expires' : `expires ${key.expires.toISOString().slice(0, 10)}`;
  return `${key.userId}, ${key.algorithm}, ${expires}, fingerprint ${key.fingerprint}`;
}

/**
 * A fingerprint as people write it (blanks, `0x`, lower case) in its one form.
 *
 * @returns `undefined` for anything but 40 hexadecimal digits: a short key id names no key safely.
 */
export function normalFingerprint(text: string): string | undefined {
  const digits = text.replace(/\s/g, '').replace(/^0x/i, '').toUpperCase();
  return /^[0-9A-F]{40}$/.test(digits) ? digits : undefined;
}
