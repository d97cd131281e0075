/** Keys with parts that are marked as critical: what the real rpmkeys imports, and what is refused before it is asked. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { enums, generateKey as makeKey, type SignaturePacket } from 'openpgp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { action } from '../../src/actions/sign-publish/inputs.ts';
import { run as publish } from '../../src/actions/sign-publish/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { EXIT, runAction } from '../../src/main.ts';
import { run } from '../../src/process.ts';
import { Secret } from '../../src/secret.ts';
import { checkKeyFor } from '../../src/signing/key-advice.ts';
import { planKeyring } from '../../src/signing/keyring.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { GpgKeys } from './gpg-keys.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

const YEAR = 365 * 86_400;
const RPM = { format: 'rpm', targets: [] } as const;

let keys: GpgKeys;
let bench: RpmWorkbench;
beforeAll(async () => {
  keys = await GpgKeys.make();
  bench = await RpmWorkbench.make();
});
afterAll(async () => {
  await keys?.[Symbol.asyncDispose]();
  await bench?.[Symbol.asyncDispose]();
});

/** What the real rpm does with the key as a repository would hand it out. */
async function importedByRpm(signer: Signer): Promise<boolean> {
  const folder = await bench.scratch('rpmdb');
  const keyring = {
    file: path.join(folder, 'no-keyring.gpg'),
    format: 'rpm',
    signer,
    needed: new Set<string>(),
  } as const;
  const file = path.join(folder, 'key.asc');
  await writeFile(file, (await planKeyring(keyring)).keys.armored);
  const { exitCode, stderr } = await run(['rpmkeys', '--dbpath', path.join(folder, 'db'), '--import', file], {
    okExitCodes: 'any',
  });
  if (exitCode !== 0) expect(stderr).toContain('key 1 import failed');
  return exitCode === 0;
}

function refusal(signer: Signer): string | undefined {
  try {
    checkKeyFor(signer.key, RPM);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('what is refused is what rpm does not import', () => {
  it('a key of gpg, with an end and a subkey that signs', async () => {
    const fingerprint = await keys.key({ algorithm: 'rsa3072', usage: 'cert' });
    await keys.subkey(fingerprint, { algorithm: 'rsa3072' });
    await using signer = await openSigner({ key: await keys.secret(fingerprint) });
    expect(signer.key.critical).toBeUndefined();
    expect([refusal(signer), await importedByRpm(signer)]).toEqual([undefined, true]);
  });

  it('a key of OpenPGP.js without an end', async () => {
    const { key } = await generateKey({ name: 'No End', email: 'no-end@example.org' });
    await using signer = await openSigner({ key });
    expect(signer.key.critical).toEqual([2, 27]);
    expect([refusal(signer), await importedByRpm(signer)]).toEqual([undefined, true]);
  });

  it('one with an end, until gpg has extended it as the message says', async () => {
    const made = await generateKey({ name: 'With End', email: 'end@example.org', validSeconds: YEAR });
    await using signer = await openSigner({ key: made.key });
    expect(await importedByRpm(signer)).toBe(false);
    const message = refusal(signer);
    expect(message).toMatch(/does not import.*found key expiration time \(9\)/);
    expect(message).toContain(`gpg --quick-set-expire ${made.fingerprint} 2y`);
    // For apt it is a key like any other.
    expect(checkKeyFor(signer.key, { format: 'deb', targets: [] })).toEqual([]);

    await keys.gpg(['--import'], { input: made.key.reveal() });
    await keys.gpg(['--quick-set-expire', made.fingerprint, '2y']);
    await keys.gpg(['--quick-set-expire', made.fingerprint, '2y', '*']);
    await using mended = await openSigner({ key: await keys.secret(made.fingerprint) });
    expect([refusal(mended), await importedByRpm(mended)]).toEqual([undefined, true]);
  });

  it('one with a subkey that signs, which gpg does not mend', async () => {
    const options = { name: 'Subkey', email: 'subkey@example.org', signingSubkey: true };
    const made = await generateKey(options);
    await using signer = await openSigner({ key: made.key });
    expect(await importedByRpm(signer)).toBe(false);
    expect(refusal(signer)).toMatch(/found embedded signature \(32\).*make a key with gpg/);
    await keys.gpg(['--import'], { input: made.key.reveal() });
    await keys.gpg(['--quick-set-expire', made.fingerprint, '2y']);
    await keys.gpg(['--quick-set-expire', made.fingerprint, '2y', '*']);
    await using extended = await openSigner({ key: await keys.secret(made.fingerprint) });
    expect([refusal(extended) === undefined, await importedByRpm(extended)]).toEqual([false, false]);
  });

  it.each([2, 9, 11, 16, 21, 22, 25, 27, 30, 33])('one whose subpacket %i alone is critical', async (type) => {
    await using signer = await openSigner({ key: await keyWithCritical(type) });
    expect(signer.key.critical).toEqual([type]);
    expect(refusal(signer) === undefined).toBe(await importedByRpm(signer));
  });
});

it('sign-publish refuses it before anything is done', async () => {
  const { key, fingerprint } = await generateKey({ name: 'End', email: 'end2@example.org', validSeconds: YEAR });
  const packages = await bench.full();
  const inputs = { packages, repository: bench.repository, 'signing-key': key.reveal() };
  const host = new RecordingHost(inputs, { workspace: bench.folder });
  expect(await runAction(action, publish, host)).toBe(EXIT.failure);
  const [error] = host.annotations('error').map(({ message }) => message);
  expect(error).toMatch(new RegExp(`^the signing key ${fingerprint}: a key that rpm 4.18 does not import`));
  await expect(run(['test', '-e', bench.repository])).rejects.toThrow();
});

/** A key of OpenPGP.js whose self-signature has this subpacket as its only critical one. */
async function keyWithCritical(type: number): Promise<Secret> {
  const { SignaturePacket } = await import('openpgp');
  const prototype = SignaturePacket.prototype as SignaturePacket & { writeHashedSubPackets(): Uint8Array };
  const write = prototype.writeHashedSubPackets;
  using _ = vi.spyOn(prototype, 'writeHashedSubPackets').mockImplementation(function (this: SignaturePacket) {
    const bytes = Buffer.from(write.call(this));
    // Two bytes of length, then subpackets that are all shorter than 192 bytes.
    for (let at = 2; at < bytes.length; at += 1 + bytes.readUInt8(at)) {
      const found = bytes.readUInt8(at + 1) & 0x7f;
      bytes.writeUInt8(found === type ? found | 0x80 : found, at + 1);
    }
    return new Uint8Array(bytes);
  });
  const { privateKey } = await makeKey({
    type: 'rsa',
    rsaBits: 2048,
    userIDs: [{ name: 'Critical', email: 'critical@example.org' }],
    keyExpirationTime: YEAR,
    subkeys: [],
    format: 'object',
  });
  expect(privateKey.keyPacket.algorithm).toBe(enums.publicKey.rsaEncryptSign);
  return new Secret(privateKey.armor());
}
