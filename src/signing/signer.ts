/**
 * What signs: a port with two implementations, openpgp.ts (in this process) and gpg.ts (keys in hardware or in an agent).
 * Release, .dsc, .changes and .buildinfo get cleartext or detached signatures, repomd.xml a detached one, the headers
 * of RPM packages a bare signature packet.
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
  /** Of the primary key: a client must know it too, to trust the subkey. */
  readonly primaryAlgorithm: string;
  /** When the first of primary key and signing subkey expires; `undefined`: never. */
  readonly expires: Date | undefined;
  /** Types of subpackets that the key has marked as critical, where there are any: see critical.ts. */
  readonly critical?: readonly number[];
}

/** The same OpenPGP packets in both of their forms. */
export interface Packets {
  /** ASCII armor, ending with a newline. */
  readonly armored: string;
  readonly binary: Uint8Array;
}

/** Disposing of it ends what was started for it, such as an agent; it signs nothing after that. */
export interface Signer extends AsyncDisposable {
  readonly key: KeyInfo;
  /** The public half, with its user ids and subkeys: what a client's `Signed-By` names. */
  readonly publicKey: Packets;
  /** What the person should know of the key, one sentence each: see key-advice.ts. */
  readonly warnings: readonly string[];
  /**
   * A cleartext signature (RFC 9580, 7) of `text`. Blanks at line ends are not covered by such a signature and are
   * left out; lines end with `\n`; an empty line stands before the signature, as dpkg-source expects.
   */
  clearsign(text: string): Promise<string>;
  /** A detached signature of the bytes as they are. */
  detach(data: Uint8Array): Promise<Packets>;
  /**
   * A detached signature of the bytes as they are, in the form that RPM headers want: one binary signature packet of
   * version 4 (RFC 9580, 5.2.3) with SHA-256. Many may be asked for at a time, which uses all processors.
   */
  signPacket(data: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array>;
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
