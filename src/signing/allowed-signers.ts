/**
 * Whose signatures are taken: public keys that a person names, and what they signed. The signatures are judged now, not
 * when they were made: a key that has expired or was revoked proves nothing any more, as whoever has it dates as he likes.
 */
import { readFile } from 'node:fs/promises';
import type { CleartextMessage, Key, Signature as OpenPgpSignature, PublicKey, SignaturePacket } from 'openpgp';
import { coveredText, stripSignature } from '../deb/control.ts';
import { messageOf, quote, UserError } from '../errors.ts';
import { inspectKeys, publicKeysOf } from './inspect.ts';

type OpenPgp = typeof import('openpgp');

/** A good signature by one of the keys. */
export interface GoodSignature {
  /** Of the primary key. */
  readonly fingerprint: string;
  /** `Name <mail>`, as the key has it. */
  readonly userId: string;
}

/** Clocks of builders may be ahead by so much, milliseconds. */
const SKEW = 300_000;

const EXPECTED = 'files with OpenPGP public keys, armored or binary';

export class AllowedSigners {
  /** Of the primary keys, sorted. */
  readonly fingerprints: readonly string[];
  readonly #openpgp: OpenPgp;
  readonly #keys: readonly Key[];
  readonly #now: Date;

  private constructor(openpgp: OpenPgp, keys: readonly Key[], now: Date) {
    this.#openpgp = openpgp;
    this.#keys = keys;
    this.#now = now;
    this.fingerprints = [...new Set(keys.map(fingerprintOf))].sort();
  }

  /**
   * Reads the keys.
   *
   * @param files each holds one or several.
   * @param now the time that all is judged at.
   * @param where the input that names the files, for errors.
   * @throws UserError for files without public keys, and where none of the keys can be used: expired, revoked, weak.
   */
  static async read(files: readonly string[], now: Date, where: string): Promise<AllowedSigners> {
    const openpgp = await import('openpgp');
    const keys: Key[] = [];
    for (const file of files) {
      const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
        const found = `${error.code ?? 'an error'} for ${quote(file)}`;
        throw new UserError({ what: 'the keys cannot be read', where, found, expected: EXPECTED });
      });
      keys.push(...(await publicKeysOf(openpgp, content, `${where} ${quote(file)}`)));
    }
    const inspected = await inspectKeys(openpgp, keys, now);
    const unusable = inspected.flatMap((each) => ('error' in each ? [each.error] : []));
    if (keys.length === 0 || unusable.length === keys.length) {
      throw new UserError({
        what: 'no key that may sign builds',
        where,
        found: unusable[0]?.message ?? 'no key',
        expected: EXPECTED,
      });
    }
    return new AllowedSigners(openpgp, keys, now);
  }

  /**
   * Verifies a text with an OpenPGP signature around it.
   *
   * @param where the file, for errors.
   * @returns who signed it. The text that is signed is what `stripSignature` gives.
   * @throws UserError where it has none by these keys.
   */
  async verifyText(text: string, where: string): Promise<GoodSignature[]> {
    const inner = stripSignature(text, where);
    if (inner === text) throw this.#refuse('the file is not signed', where, 'no OpenPGP signature');
    let message: CleartextMessage;
    try {
      message = await this.#openpgp.readCleartextMessage({ cleartextMessage: text });
    } catch (error) {
      throw this.#refuse('the signature cannot be read', where, quote(messageOf(error), 200));
    }
    // Two readers of one text: what the signature covers must be what is used.
    if (coveredText(message.getText()) !== coveredText(inner)) {
      throw this.#refuse('a signed text in a form that is not clear', where, 'a text that readers do not agree on');
    }
    const { signatures } = await this.#openpgp.verify({ message, ...this.#options() });
    return await this.#judge(signatures, this.#openpgp.enums.signature.text, where);
  }

  /**
   * Verifies detached signatures of bytes: all of them must be good.
   *
   * @param packets binary, one signature each.
   * @param data the bytes, or how to read them, once for each signature.
   */
  async verifyPackets(
    packets: readonly Uint8Array[],
    data: Uint8Array | (() => AsyncIterable<Uint8Array>),
    where: string,
  ): Promise<GoodSignature[]> {
    const good: GoodSignature[] = [];
    for (const packet of packets) good.push(...(await this.#verifyPacket(packet, data, where)));
    if (good.length === 0) throw this.#refuse('the package is not signed', where, 'no OpenPGP signature');
    return good;
  }

  async #verifyPacket(
    packet: Uint8Array,
    data: Uint8Array | (() => AsyncIterable<Uint8Array>),
    where: string,
  ): Promise<GoodSignature[]> {
    let signature: OpenPgpSignature;
    try {
      signature = await this.#openpgp.readSignature({ binarySignature: Uint8Array.from(packet) });
    } catch (error) {
      throw this.#refuse('the signature cannot be read', where, quote(messageOf(error), 200));
    }
    const options = { signature, format: 'binary' as const, ...this.#options() };
    const { binary } = this.#openpgp.enums.signature;
    if (data instanceof Uint8Array) {
      const message = await this.#openpgp.createMessage({ binary: data });
      const { signatures } = await this.#openpgp.verify({ message, ...options });
      return await this.#judge(signatures, binary, where);
    }
    const stream = ReadableStream.from<Uint8Array>(data());
    const message = await this.#openpgp.createMessage({ binary: stream });
    const result = await this.#openpgp.verify({ message, ...options });
    // The signature is made of what is read. By a reader: OpenPGP.js puts another stream in the place of this one,
    // which an iterator does not see.
    const reader = (result.data as ReadableStream<Uint8Array>).getReader();
    while (!(await reader.read()).done);
    return await this.#judge(result.signatures, binary, where);
  }

  /** A renewed key has its former self-signatures no more: then it must be good now. */
  #options() {
    return {
      verificationKeys: this.#keys as PublicKey[],
      date: new Date(this.#now.getTime() + SKEW),
      config: { allowInsecureVerificationWithReformattedKeys: true },
    };
  }

  /** All by known keys must be good, and there must be one; those by others count for nothing. */
  async #judge(
    results: readonly { readonly verified: Promise<true>; readonly signature: Promise<OpenPgpSignature> }[],
    type: number,
    where: string,
  ): Promise<GoodSignature[]> {
    const good: GoodSignature[] = [];
    const strangers: string[] = [];
    for (const { verified, signature } of results) {
      const [packet] = (await signature).packets as readonly SignaturePacket[];
      if (packet === undefined) continue;
      const key = this.#keys.find((each) => each.getKeys(packet.issuerKeyID).length > 0);
      const signer = issuerOf(packet);
      if (key === undefined) {
        strangers.push(signer);
        continue;
      }
      try {
        // One of another type is of other bytes than these: a standalone signature would fit every text.
        if (packet.signatureType !== type) throw new Error(`a signature of the type ${packet.signatureType}`);
        await verified;
        // At the time that it was made the key was good; it must be now.
        await key.getSigningKey(packet.issuerKeyID, this.#now);
      } catch (error) {
        throw this.#refuse('a signature that is not good', where, `${signer}: ${quote(messageOf(error), 200)}`);
      }
      const user = await key.getPrimaryUser(this.#now);
      good.push({ fingerprint: fingerprintOf(key), userId: user.user.userID?.userID ?? '' });
    }
    if (good.length > 0) return good;
    throw this.#refuse(
      'signed by a key that may not sign builds',
      where,
      strangers.join(', ') || 'no signature that can be used',
    );
  }

  #refuse(what: string, where: string, found: string): UserError {
    return new UserError({
      what,
      where,
      found,
      expected: `a signature by ${this.fingerprints.join(' or ')}`,
      remedy: 'sign the build with such a key, or add the key of who signed it to allowed-signers',
    });
  }
}

function issuerOf({ issuerFingerprint, issuerKeyID }: SignaturePacket): string {
  const hex = issuerFingerprint ? Buffer.from(issuerFingerprint).toString('hex') : issuerKeyID.toHex();
  return hex.toUpperCase();
}

function fingerprintOf(key: Key): string {
  return key.getFingerprint().toUpperCase();
}
