/** Signatures of several keys in one file. */
import * as openpgp from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { clearsignByAll, detachByAll } from '../../../src/signing/combine.ts';
import { generateKey, openSigner } from '../../../src/signing/openpgp.ts';
import type { Signer } from '../../../src/signing/signer.ts';

let a: Signer;
let b: Signer;

beforeAll(async () => {
  const signer = async (name: string) =>
    await openSigner({ key: (await generateKey({ name, email: `${name}@example.org` })).key });
  [a, b] = [await signer('a'), await signer('b')];
});

const publicKey = async (signer: Signer) => await openpgp.readKey({ armoredKey: signer.publicKey.armored });
const TEXT = 'Origin: x\n- dash\n\n-----BEGIN PGP SIGNATURE-----\nSHA256:\n 00 1 x\n';

/** Whether the signatures, in their order, are good by `signer`. */
async function good(signer: Signer, verify: (keys: openpgp.Key) => Promise<readonly { verified: Promise<unknown> }[]>) {
  const results = await verify(await publicKey(signer));
  return await Promise.all(
    results.map(async ({ verified }) =>
      verified.then(
        () => true,
        () => false,
      ),
    ),
  );
}

describe('clearsignByAll', () => {
  it('has the signature of each over the same text', async () => {
    const text = await clearsignByAll([a, b], TEXT);
    expect(text.match(/^-----BEGIN PGP SIGNED MESSAGE-----$/gm)).toHaveLength(1);
    expect(text.match(/^-----BEGIN PGP SIGNATURE-----$/gm)).toHaveLength(1);
    expect(text).not.toContain('\r');
    expect(text.endsWith('-----END PGP SIGNATURE-----\n')).toBe(true);
    const verify = async (verificationKeys: openpgp.Key) => {
      const message = await openpgp.readCleartextMessage({ cleartextMessage: text });
      expect(message.getText().replaceAll('\r\n', '\n')).toBe(TEXT);
      return (await openpgp.verify({ message, verificationKeys })).signatures;
    };
    expect(await good(a, verify)).toEqual([true, false]);
    expect(await good(b, verify)).toEqual([false, true]);
  });

  it('with one signer is what that one writes', async () => {
    const fixed: Signer = { ...a, clearsign: async () => 'as it is', detach: async () => ({ ...a.publicKey }) };
    expect(await clearsignByAll([fixed], 'x')).toBe('as it is');
    expect(await detachByAll([fixed], Buffer.from('x'))).toEqual(a.publicKey);
  });

  it('refuses signers that write the text in two forms', async () => {
    const other: Signer = { ...b, clearsign: async (text) => await b.clearsign(`${text}more\n`) };
    await expect(clearsignByAll([a, other], TEXT)).rejects.toThrow('different cleartexts');
  });
});

describe('detachByAll', () => {
  it('has the signature of each, armored and binary', async () => {
    const data = Buffer.from([0, 13, 10, 255]);
    const { armored, binary } = await detachByAll([a, b], data);
    // rpm reads no armor without a checksum.
    expect(armored).toMatch(/\n=[A-Za-z0-9+/]{4}\n-----END PGP SIGNATURE-----\n$/);
    for (const signature of [
      await openpgp.readSignature({ armoredSignature: armored }),
      await openpgp.readSignature({ binarySignature: binary }),
    ]) {
      const verify = async (verificationKeys: openpgp.Key) => {
        const message = await openpgp.createMessage({ binary: data });
        return (await openpgp.verify({ message, signature, verificationKeys, format: 'binary' })).signatures;
      };
      expect(await good(a, verify)).toEqual([true, false]);
      expect(await good(b, verify)).toEqual([false, true]);
    }
  });
});
