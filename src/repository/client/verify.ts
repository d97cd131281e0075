/** Signatures of a repository's first file (Release, repomd.xml), verified in process with the keys the person names. */
import { readFile } from 'node:fs/promises';
import type { CleartextMessage, Message, PublicKey } from 'openpgp';
import { stripSignature } from '../../deb/control.ts';
import { messageOf, quote, UserError } from '../../errors.ts';

const BLOCK = /-----BEGIN PGP ([A-Z ]+)-----\r?\n[\s\S]*?-----END PGP \1-----/g;

/**
 * Reads the public keys of `files`: armored (.asc, one or more blocks) or binary (.gpg).
 *
 * @throws UserError naming the file: not there, a keybox, a private key, no key at all.
 */
export async function readKeyFiles(files: readonly string[]): Promise<PublicKey[]> {
  const { readKeys } = await import('openpgp');
  const keys: PublicKey[] = [];
  for (const file of files) {
    const wrong = (what: string, found?: string, remedy?: string): UserError =>
      new UserError({
        what,
        where: file,
        ...(found === undefined ? {} : { found }),
        ...(remedy === undefined ? { expected: 'OpenPGP public keys, armored or binary' } : { remedy }),
      });
    const data = await readFile(file).catch((error: NodeJS.ErrnoException) => {
      throw wrong('the key file cannot be read', error.code ?? 'an error');
    });
    if (data.toString('latin1', 8, 12) === 'KBXf') {
      throw wrong(
        'a keybox of GnuPG 2, which is no exchange format',
        undefined,
        'export the key: gpg --armor --export',
      );
    }
    const text = data.toString('latin1');
    const blocks = [...text.matchAll(BLOCK)];
    const found: PublicKey[] = [];
    try {
      for (const [armoredKeys, type] of blocks) {
        if (type === 'PRIVATE KEY BLOCK') break;
        if (type === 'PUBLIC KEY BLOCK') found.push(...(await readKeys({ armoredKeys })));
      }
      if (!text.includes('-----BEGIN PGP ')) found.push(...(await readKeys({ binaryKeys: data })));
    } catch (error) {
      throw wrong('not a file of public keys', quote(messageOf(error)));
    }
    if (found.some((key) => key.isPrivate()) || blocks.some(([, type]) => type === 'PRIVATE KEY BLOCK')) {
      throw wrong('a private key where a public one belongs', undefined, 'export the public key: gpg --armor --export');
    }
    if (found.length === 0) throw wrong('a file without a public key');
    keys.push(...found);
  }
  return keys;
}

/** How errors speak of the signed file. */
export interface Wording {
  readonly subject: string;
  readonly signature: string;
  readonly remedy: string;
  /** Where its keys are named. */
  readonly keys: string;
}

const RELEASE: Wording = {
  subject: 'the Release file',
  signature: 'an InRelease, or a Release with its Release.gpg',
  remedy: 'sign the repository, or write [trusted=yes] for one that nobody else can write to',
  keys: 'signed-by or repository-keys',
};

export interface VerifyOptions {
  /** URI or path of the signed file, for errors. */
  readonly where: string;
  readonly keys: readonly PublicKey[];
  /** Upper case; where there is one, a signature counts only by one of these (sub)keys. */
  readonly fingerprints: readonly string[];
  /** Seconds that the clock of the signer may be ahead. */
  readonly maxFuture: number;
  /** Of a Release file when absent. */
  readonly wording?: Wording;
}

/**
 * Verifies an InRelease.
 *
 * @returns the signed text, and nothing else of the file.
 * @throws UserError saying why no signature counts.
 */
export async function verifyInRelease(data: Uint8Array, options: VerifyOptions): Promise<string> {
  const { readCleartextMessage } = await import('openpgp');
  const text = Buffer.from(data).toString('utf8');
  // Refuses what lies outside of the signature. What is returned is what the signature covers, as openpgp read it.
  if (stripSignature(text, options.where) === text) throw notSigned(options);
  let message: CleartextMessage;
  try {
    message = await readCleartextMessage({ cleartextMessage: text });
  } catch (error) {
    throw badSignature(options, quote(messageOf(error)), error);
  }
  await requireSignature(message, options);
  return message.getText();
}

/**
 * Verifies a file by its detached signature (Release.gpg, repomd.xml.asc), armored (one or more blocks) or binary.
 *
 * @param signature `undefined` where there is none.
 * @throws UserError saying why no signature counts.
 */
export async function verifyDetached(
  data: Uint8Array,
  signature: Uint8Array | undefined,
  options: VerifyOptions,
): Promise<string> {
  if (signature === undefined) throw notSigned(options);
  const { createMessage, readSignature, PacketList, Signature } = await import('openpgp');
  const armor = Buffer.from(signature).toString('latin1');
  const message = await createMessage({ binary: data });
  try {
    const signatures = armor.includes('-----BEGIN PGP ')
      ? await Promise.all([...armor.matchAll(BLOCK)].map(([block]) => readSignature({ armoredSignature: block })))
      : [await readSignature({ binarySignature: signature })];
    const packets = new PacketList<InstanceType<typeof import('openpgp').SignaturePacket>>();
    for (const each of signatures) packets.push(...each.packets);
    await requireSignature(message, { ...options, detached: new Signature(packets) });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw badSignature(options, quote(messageOf(error)), error);
  }
  return Buffer.from(data).toString('utf8');
}

type Detached = InstanceType<typeof import('openpgp').Signature>;

async function requireSignature(
  message: CleartextMessage | Message<Uint8Array>,
  options: VerifyOptions & { readonly detached?: Detached },
): Promise<void> {
  const openpgp = await import('openpgp');
  // Keys made before key flags were usual are still signing archives; gpgv takes them too.
  const config = { ...openpgp.config, allowMissingKeyFlags: true };
  const now = new Date(Date.now() + options.maxFuture * 1000);
  const common = { verificationKeys: [...options.keys], date: now, config };
  const result =
    message instanceof openpgp.CleartextMessage
      ? await openpgp.verify({ ...common, message })
      : await openpgp.verify({
          ...common,
          message: message as Message<Uint8Array>,
          format: 'binary',
          ...(options.detached ? { signature: options.detached } : {}),
        });
  if (result.signatures.length === 0) throw notSigned(options);
  const reasons: string[] = [];
  for (const { keyID, verified } of result.signatures) {
    const id = keyID.toHex().toUpperCase();
    const key = options.keys.find((candidate) => candidate.getKeys(keyID).length > 0);
    if (key === undefined) {
      reasons.push(`signed by ${id}, which is none of the given keys`);
      continue;
    }
    const signer = key.getKeys(keyID)[0]?.getFingerprint().toUpperCase() ?? '';
    const primary = key.getFingerprint().toUpperCase();
    if (options.fingerprints.length > 0 && !options.fingerprints.some((one) => one === signer || one === primary)) {
      reasons.push(`signed by ${signer}, which signed-by does not name`);
      continue;
    }
    try {
      await verified;
      // openpgp judges the key at the time of the signature, apt and gpgv at the time of reading.
      await key.getSigningKey(keyID, new Date(), undefined, config);
      return;
    } catch (error) {
      reasons.push(`key ${signer}: ${messageOf(error)}`);
    }
  }
  throw badSignature(options, quote(reasons.join('; '), 400));
}

function notSigned({ where, wording = RELEASE }: VerifyOptions): UserError {
  return new UserError({
    what: `${wording.subject} is not signed`,
    where,
    expected: wording.signature,
    remedy: wording.remedy,
  });
}

function badSignature({ where, wording = RELEASE }: VerifyOptions, found: string, cause?: unknown): UserError {
  return new UserError(
    {
      what: 'no valid signature by a trusted key',
      where,
      found,
      expected: `a signature by a key of ${wording.keys}`,
    },
    { cause },
  );
}
