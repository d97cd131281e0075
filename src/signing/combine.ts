/**
 * The signatures of several keys over the same content in one file: while keys change, clients that have one of them
 * accept it. apt does (gpgv says NO_PUBKEY for the others, and one good signature is enough); rpm's own reader does
 * not: it takes exactly one signature (docs/signing.md).
 */
import type { Packets, Signer } from './signer.ts';

const SIGNATURE = '-----BEGIN PGP SIGNATURE-----\n';

/**
 * A cleartext signature of `text` by all of `signers`, in their order.
 *
 * @throws Error when they do not write the text in the same form.
 */
export async function clearsignByAll(signers: readonly [Signer, ...Signer[]], text: string): Promise<string> {
  const [first, ...others] = signers;
  const signed = await first.clearsign(text);
  if (others.length === 0) return signed;
  const parts = [signed, ...(await inTurn(others, (signer) => signer.clearsign(text)))].map((whole) => {
    const at = whole.lastIndexOf(`\n${SIGNATURE}`) + 1;
    return { head: whole.slice(0, at), armored: whole.slice(at) };
  });
  const head = parts[0]?.head ?? '';
  // The digest of a cleartext signature is named in its head, and its dashes are escaped there.
  if (head === '' || parts.some((part) => part.head !== head)) {
    throw new Error('two signers wrote different cleartexts');
  }
  return `${head}${(await join(parts.map(({ armored }) => armored))).armored}`;
}

/** Detached signatures of `data` by all of `signers`, in their order. */
export async function detachByAll(signers: readonly [Signer, ...Signer[]], data: Uint8Array): Promise<Packets> {
  const [first, ...others] = signers;
  const packets = await first.detach(data);
  if (others.length === 0) return packets;
  const more = await inTurn(others, (signer) => signer.detach(data));
  return await join([packets, ...more].map(({ armored }) => armored));
}

/** One after the other: both keys may be on one card. */
async function inTurn<T>(signers: readonly Signer[], sign: (signer: Signer) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const signer of signers) results.push(await sign(signer));
  return results;
}

async function join(armored: readonly string[]): Promise<Packets> {
  const openpgp = await import('openpgp');
  const read = armored.map(async (armoredSignature) => (await openpgp.readSignature({ armoredSignature })).write());
  const binary = Buffer.concat((await Promise.all(read)) as Uint8Array[]);
  const text = openpgp.armor(openpgp.enums.armor.signature, binary, undefined, undefined, undefined, true);
  return { armored: text.replaceAll('\r\n', '\n'), binary };
}
