/** The keyring that a repository hands out. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as openpgp from 'openpgp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planKeyring } from '../../../src/signing/keyring.ts';
import { generateKey, openSigner } from '../../../src/signing/openpgp.ts';
import type { Signer } from '../../../src/signing/signer.ts';

let folder: string;
let file: string;
let signers: [Signer, Signer, Signer];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'keyring-'));
  const signer = async (name: string) =>
    await openSigner({ key: (await generateKey({ name, email: `${name}@example.org` })).key });
  signers = [await signer('a'), await signer('b'), await signer('c')];
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  file = path.join(await mkdtemp(path.join(folder, 'case-')), 'keyring.gpg');
});

const fingerprint = ({ key }: Signer) => key.fingerprint;
const publish = async (...given: readonly Signer[]) =>
  await writeFile(file, Buffer.concat(given.map(({ publicKey }) => publicKey.binary)));
const keysIn = async (binary: Uint8Array) =>
  (await openpgp.readKeys({ binaryKeys: binary })).map((key) => key.getFingerprint().toUpperCase());

describe('planKeyring', () => {
  it('of a new repository holds what signs, and the next key, and changes nothing', async () => {
    const [a, b] = signers;
    const plan = await planKeyring({ file, format: 'deb', signer: a, next: b, needed: new Set() });
    expect(await keysIn(plan.keys.binary)).toEqual([a, b].map(fingerprint));
    expect(plan).toMatchObject({ changes: [], retired: [] });
  });

  it('keeps what is needed, in front what signs; and says what comes and goes', async () => {
    const [a, b, c] = signers;
    await publish(a, b);
    const needed = new Set([fingerprint(a)]);
    const plan = await planKeyring({ file, format: 'deb', signer: c, needed });
    expect(await keysIn(plan.keys.binary)).toEqual([c, a].map(fingerprint));
    expect(plan.retired).toEqual([fingerprint(b)]);
    expect(plan.changes).toEqual([
      `key added: ${fingerprint(c)}`,
      `key retired, as nothing that is served needs it: ${fingerprint(b)}`,
    ]);
    await writeFile(file, plan.keys.binary);
    expect((await planKeyring({ file, format: 'deb', signer: c, needed })).changes).toEqual([]);
    expect((await planKeyring({ file, format: 'deb', signer: c, next: b, needed })).changes).toEqual([
      `the next key is handed out: ${fingerprint(b)}`,
    ]);
  });

  it('is one block of armor for apt, and one for each key for rpm', async () => {
    const [a, b] = signers;
    for (const [format, count] of [
      ['deb', 1],
      ['rpm', 2],
    ] as const) {
      const { keys } = await planKeyring({ file, format, signer: a, next: b, needed: new Set() });
      const blocks = keys.armored.match(/-----BEGIN PGP PUBLIC KEY BLOCK-----\n[\s\S]*?\n=\S{4}\n-----END/g) ?? [];
      expect(blocks).toHaveLength(count);
      expect(keys.armored).not.toContain('\r');
      const ends = '-----END PGP PUBLIC KEY BLOCK-----\n';
      const parts = keys.armored.split(ends).slice(0, -1);
      const read = await Promise.all(parts.map((part) => openpgp.readKeys({ armoredKeys: `${part}${ends}` })));
      expect(read.flat().map((key) => key.getFingerprint().toUpperCase())).toEqual([a, b].map(fingerprint));
    }
  });

  it('refuses a keyring that somebody damaged', async () => {
    await writeFile(file, 'no key');
    await expect(planKeyring({ file, format: 'deb', signer: signers[0], needed: new Set() })).rejects.toThrow(
      'the keyring that is published cannot be read',
    );
  });
});
