/**
 * Signs in this process with OpenPGP.js. The key comes from a secret and stays in memory: no file, no argv, no agent,
 * no key ring of the machine.
 */
import type { PrivateKey } from 'openpgp';
import { messageOf, UserError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { keyWarnings } from './key-advice.ts';
import { chooseSigningKey, hasSecretPart, type SigningKey } from './key-check.ts';
import { readKeyText } from './key-text.ts';
import { openPacketSigner, type PacketSigner } from './packet.ts';
import { normalFingerprint, type Packets, type Signer } from './signer.ts';

type OpenPgp = typeof import('openpgp');

export interface SignerOptions {
  /** A private key: armor, armor in base64, or the binary export in base64. */
  readonly key: Secret;
  readonly passphrase?: Secret | undefined;
  /** Fingerprint of the primary key that is expected; chooses among several keys, and refuses another one. */
  readonly fingerprint?: string | undefined;
  /** The time expiry is judged at and signatures are dated with; now when absent. */
  readonly now?: () => Date;
}

const WHERE = 'the signing key';

/**
 * Opens a private key for signing.
 *
 * @throws UserError when it is no private key, the passphrase does not fit, it is not the key that `fingerprint` names,
 *   or clients would refuse what it signs (revoked, expired, weak). The error holds nothing of the key.
 */
export async function openSigner(options: SignerOptions): Promise<Signer> {
  const openpgp = await import('openpgp');
  const now = options.now ?? (() => new Date());
  const key = await readKey(openpgp, options);
  const chosen = await chooseSigningKey(openpgp, key, now(), hasSecretPart);
  const { packet } = chosen;
  if (packet.isDecrypted() !== true) {
    if (options.passphrase === undefined) {
      throw new UserError({
        what: 'the key is protected by a passphrase and none was given',
        where: `${WHERE} ${fingerprintOf(key)}`,
        remedy: 'give the input signing-key-passphrase',
      });
    }
    try {
      await packet.decrypt(options.passphrase.reveal());
    } catch (error) {
      throw new UserError({
        what: 'the passphrase does not open the key',
        where: `${WHERE} ${fingerprintOf(key)}`,
        ...(/incorrect key passphrase/i.test(messageOf(error)) ? {} : { found: 'a protection that cannot be undone' }),
      });
    }
  }
  try {
    await packet.validate();
  } catch {
    throw new UserError({
      what: 'the secret part does not fit the public one',
      where: `${WHERE} ${fingerprintOf(key)}`,
    });
  }
  return new OpenPgpSigner(openpgp, key, chosen, now);
}

class OpenPgpSigner implements Signer {
  readonly key: Signer['key'];
  readonly publicKey: Packets;
  readonly warnings: readonly string[];
  readonly #openpgp: OpenPgp;
  readonly #private: PrivateKey;
  readonly #now: () => Date;
  readonly #keyId: ReturnType<PrivateKey['getKeyID']>;
  readonly #packet: SigningKey['packet'];
  #packets: PacketSigner | undefined;

  constructor(openpgp: OpenPgp, key: PrivateKey, { packet, info }: SigningKey, now: () => Date) {
    this.#openpgp = openpgp;
    this.#private = key;
    this.#now = now;
    this.#packet = packet;
    this.#keyId = packet.getKeyID();
    const published = key.toPublic();
    this.publicKey = { armored: unixLines(published.armor()), binary: published.write() };
    this.key = info;
    this.warnings = keyWarnings(info, now());
  }

  async clearsign(text: string): Promise<string> {
    const message = await this.#openpgp.createCleartextMessage({ text });
    return unixLines(await this.#openpgp.sign({ message, ...this.#options() }));
  }

  async signPacket(data: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    this.#packets ??= openPacketSigner(this.#packet);
    return await this.#packets(data, this.#now());
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async detach(data: Uint8Array): Promise<Packets> {
    const message = await this.#openpgp.createMessage({ binary: data });
    const armored = await this.#openpgp.sign({ message, ...this.#options(), detached: true, format: 'armored' });
    const signature = await this.#openpgp.readSignature({ armoredSignature: armored });
    return { armored: unixLines(armored), binary: signature.write() as Uint8Array };
  }

  #options() {
    return {
      signingKeys: this.#private,
      signingKeyIDs: this.#keyId,
      date: this.#now(),
      // The key's own preferences are for what is sent to its owner, and may name SHA-1.
      config: { preferredHashAlgorithm: this.#openpgp.enums.hash.sha512 },
    };
  }
}

async function readKey(openpgp: OpenPgp, options: SignerOptions): Promise<PrivateKey> {
  const text = readKeyText(options.key.reveal());
  let keys: PrivateKey[];
  try {
    keys =
      text.kind === 'binary'
        ? await openpgp.readPrivateKeys({ binaryKeys: text.bytes })
        : (await Promise.all(text.blocks.map((armoredKeys) => openpgp.readPrivateKeys({ armoredKeys })))).flat();
  } catch (error) {
    // The library's message may quote what it could not read.
    const isPublic =
      text.kind === 'binary' &&
      (await openpgp.readKeys({ binaryKeys: text.bytes }).then(
        (found) => found.length > 0,
        () => false,
      ));
    throw new UserError(
      isPublic
        ? { what: 'a public key was given, which cannot sign', where: WHERE, expected: 'a private key' }
        : {
            what: 'the private key cannot be read',
            where: WHERE,
            found: /v6|version 6|unsupported/i.test(messageOf(error))
              ? 'a kind of key that is not supported'
              : 'damaged data',
            expected: 'what gpg --armor --export-secret-keys prints',
          },
    );
  }
  const found = `${keys.length} keys: ${keys.map(fingerprintOf).join(', ')}`;
  if (options.fingerprint === undefined) {
    const [key] = keys;
    if (key !== undefined && keys.length === 1) return key;
    throw new UserError({
      what: 'not exactly one private key was given',
      where: WHERE,
      found,
      remedy: 'name the one to use by its fingerprint (signing-key-fingerprint), or export only that one',
    });
  }
  const wanted = normalFingerprint(options.fingerprint);
  if (wanted === undefined) {
    throw new UserError({
      what: 'not a fingerprint',
      where: 'the fingerprint of the signing key',
      expected: '40 hexadecimal digits, as gpg --fingerprint prints them',
    });
  }
  const key = keys.find((each) => fingerprintOf(each) === wanted);
  if (key !== undefined) return key;
  throw new UserError({ what: 'another key than the expected one was given', where: WHERE, found, expected: wanted });
}

export interface GenerateOptions {
  readonly name: string;
  readonly email: string;
  /** `ed25519` when absent. */
  readonly algorithm?: 'ed25519' | 'rsa2048' | 'rsa4096';
  readonly passphrase?: string;
  /** Seconds that it is valid; for ever when absent. */
  readonly validSeconds?: number;
  readonly created?: Date;
  /** With a signing subkey besides the certifying primary key. */
  readonly signingSubkey?: boolean;
}

/**
 * Makes a key that gpgv of every supported target accepts (version 4). For demonstrations and tests: the key of a real
 * repository is made, kept and backed up by people.
 */
export async function generateKey(
  options: GenerateOptions,
): Promise<{ key: Secret; publicKey: string; fingerprint: string }> {
  const openpgp = await import('openpgp');
  const { algorithm = 'ed25519' } = options;
  const kind =
    algorithm === 'ed25519'
      ? ({ type: 'ecc', curve: 'ed25519Legacy' } as const)
      : ({ type: 'rsa', rsaBits: algorithm === 'rsa4096' ? 4096 : 2048 } as const);
  const made = await openpgp.generateKey({
    ...kind,
    userIDs: [{ name: options.name, email: options.email }],
    subkeys: options.signingSubkey ? [{ sign: true }] : [],
    format: 'object',
    ...(options.passphrase === undefined ? {} : { passphrase: options.passphrase }),
    ...(options.validSeconds === undefined ? {} : { keyExpirationTime: options.validSeconds }),
    ...(options.created === undefined ? {} : { date: options.created }),
  });
  return {
    key: new Secret(unixLines(made.privateKey.armor())),
    publicKey: unixLines(made.publicKey.armor()),
    fingerprint: fingerprintOf(made.privateKey),
  };
}

function fingerprintOf(key: PrivateKey): string {
  return key.getFingerprint().toUpperCase();
}

/** OpenPGP.js ends the lines of signed text with CR LF; the signature covers neither, and Unix files have neither. */
function unixLines(text: string): string {
  return text.replaceAll('\r\n', '\n');
}
