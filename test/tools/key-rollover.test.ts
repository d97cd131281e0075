/** A change of keys of a deb repository, with clients that have the old key, the new one, or both: gpgv and apt. */
import { cp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { aroundDay, GpgKeys } from './gpg-keys.ts';
import { expectRefused, Workbench } from './publish-helpers.ts';

let bench: Workbench;
let keys: GpgKeys;
let a: Signer;
let b: Signer;

beforeAll(async () => {
  bench = await Workbench.make();
  keys = await GpgKeys.make();
  const signer = async (name: string, algorithm: 'ed25519' | 'rsa4096') =>
    await openSigner({ key: (await generateKey({ name, email: `${name}@example.org`, algorithm })).key });
  [a, b] = [await signer('old', 'ed25519'), await signer('new', 'rsa4096')];
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await keys[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await rm(bench.repository, { recursive: true, force: true });
});
const disposals: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0)) await dispose();
});

const at = (...parts: string[]) => path.join(bench.repository, 'public', ...parts);

async function keyringOf(...signers: readonly Signer[]): Promise<string> {
  const file = path.join(await bench.scratch('keyring'), 'keyring.gpg');
  await writeFile(file, Buffer.concat(signers.map(({ publicKey }) => publicKey.binary)));
  return file;
}

/** An apt that trusts the keys of a file only. */
async function aptWith(keyring: string, uri?: string) {
  const apt = await bench.apt(uri === undefined ? {} : { uri });
  const file = path.join(apt.folder, 'etc', 'sources.list');
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll(at('keyring.gpg'), keyring));
  return apt;
}

/** Fingerprints of primary keys. */
async function keysIn(file: string): Promise<string[]> {
  const { stdout } = await run(['gpg', '--with-colons', '--show-keys', file], {
    env: { GNUPGHOME: await bench.scratch('home') },
  });
  return [...stdout.matchAll(/^pub:.*\nfpr:+([0-9A-F]{40}):/gm)].map(([, fingerprint = '']) => fingerprint);
}

const fingerprints = (...signers: readonly Signer[]) => signers.map(({ key }) => key.fingerprint);

/** Fingerprints of those whose signature gpgv accepts, and of those whose key is not in the keyring. */
async function gpgv(keyring: string, ...files: string[]) {
  const { stdout } = await run(['gpgv', '--status-fd', '1', '--keyring', keyring, ...files], { okExitCodes: 'any' });
  expect(stdout).not.toMatch(/BADSIG|EXP|REVKEYSIG/);
  return {
    valid: [...stdout.matchAll(/VALIDSIG .* ([0-9A-F]{40})$/gm)].map(([, primary]) => primary),
    unknown: [...stdout.matchAll(/NO_PUBKEY ([0-9A-F]{16})$/gm)].map(([, id]) => id),
  };
}

/** As the action `manage-repository` prunes: snapshots that no channel points to. */
async function removeOldSnapshots(): Promise<void> {
  const heads = new Set<string>();
  for (const name of await readdir(at())) {
    const target = await readlink(at(name)).catch(() => undefined);
    if (target !== undefined) heads.add(path.basename(target));
  }
  for (const id of await readdir(at('snapshots'))) {
    if (!heads.has(id)) await rm(at('snapshots', id), { recursive: true });
  }
}

describe('from A to A and B to B', () => {
  it('no client fails that has the key of its time', async () => {
    const [onlyA, onlyB, both] = [await keyringOf(a), await keyringOf(b), await keyringOf(a, b)];
    await bench.publish([await bench.full('hello', '1.0-1')], { signer: a });
    const clients = { a: await aptWith(onlyA), b: await aptWith(onlyB), both: await aptWith(both) };
    await clients.a.update();
    await clients.both.update();

    const second = await bench.publish([await bench.full('hello', '1.0-2')], { signer: a, nextSigner: b });
    expect(second.snapshot).toMatchObject({
      signedBy: a.key.fingerprint,
      alsoSignedBy: [b.key.fingerprint],
      nextKey: b.key.fingerprint,
    });
    expect(await keysIn(at('keyring.gpg'))).toEqual(fingerprints(a, b));
    expect(await keysIn(at('key.asc'))).toEqual(fingerprints(a, b));
    const dists = at('latest', 'dists', 'bookworm');
    const id = ({ key }: Signer) => key.signingFingerprint.slice(-16);
    for (const files of [
      [path.join(dists, 'InRelease')],
      [path.join(dists, 'Release.gpg'), path.join(dists, 'Release')],
    ]) {
      expect(await gpgv(onlyA, ...files)).toEqual({ valid: fingerprints(a), unknown: [id(b)] });
      expect(await gpgv(onlyB, ...files)).toEqual({ valid: fingerprints(b), unknown: [id(a)] });
      expect(await gpgv(both, ...files)).toEqual({ valid: fingerprints(a, b), unknown: [] });
    }
    for (const client of Object.values(clients)) {
      await client.update();
      expect(await client.list()).toEqual(['hello 1.0-2']);
      await client.run('apt-get', '-q', 'download', 'hello');
    }
    // Without InRelease apt takes Release and Release.gpg.
    const detached = await bench.scratch('detached');
    await cp(at(), detached, { recursive: true, verbatimSymlinks: true });
    await rm(path.join(detached, 'latest', 'dists', 'bookworm', 'InRelease'));
    for (const keyring of [onlyA, onlyB, both, at('key.asc')]) {
      await (await aptWith(keyring, `file:${detached}`)).update();
      await (await aptWith(keyring)).update();
    }
    // Sources are signed by the key that signs.
    const dsc = (await readdir(at('pool', 'main', 'h', 'hello'))).find((name) => name.endsWith('1.0-2.dsc')) ?? '';
    expect((await gpgv(both, at('pool', 'main', 'h', 'hello', dsc))).valid).toEqual(fingerprints(a));

    // The repository knows it: nothing is to be allowed.
    const third = await bench.publish([await bench.full('hello', '1.0-3')], { signer: b });
    expect(third.snapshot.signedBy).toBe(b.key.fingerprint);
    expect(third.snapshot).not.toHaveProperty('alsoSignedBy');
    expect(third.snapshot).not.toHaveProperty('nextKey');
    for (const client of [clients.b, clients.both]) {
      await client.update();
      expect(await client.list()).toEqual(['hello 1.0-3']);
      await client.run('apt-get', '-q', 'download', 'hello');
    }
    // Whoever slept through the change notices.
    const missing = `NO_PUBKEY ${id(b)}`;
    await expect(clients.a.update()).rejects.toMatchObject({ failure: { stderr: expect.stringContaining(missing) } });
  });

  it('makes a snapshot for the keys alone, and none where nothing changes', async () => {
    const build = await bench.binaries({});
    await bench.publish([build], { signer: a });
    const changes = [];
    for (const [signer, nextSigner] of [
      [a, undefined],
      [a, b],
      [a, b],
      [b, undefined],
      [b, undefined],
    ] as const) {
      changes.push((await bench.publish([build], { signer, nextSigner })).changed);
    }
    expect(changes).toEqual([false, true, false, true, false]);
  });

  it('keeps the old key for as long as something that is served needs it, and no longer', async () => {
    const build = await bench.binaries({});
    await bench.publish([build], { signer: a });
    await bench.publish([build], { signer: a, nextSigner: b, channel: 'stable' });
    await bench.publish([build], { signer: a, nextSigner: b });
    await bench.publish([build], { signer: b });
    // The other channel, which is signed by A.
    await removeOldSnapshots();
    await bench.publish([await bench.binaries({ name: 'more' })], { signer: b });
    expect(await keysIn(at('keyring.gpg'))).toEqual(fingerprints(b, a));
    // Former snapshots, by their addresses.
    await bench.publish([build], { signer: b, channel: 'stable' });
    expect(await keysIn(at('keyring.gpg'))).toEqual(fingerprints(b, a));
    await removeOldSnapshots();
    const last = await bench.publish([build], { signer: b });
    expect(last.changed).toBe(true);
    expect(await keysIn(at('keyring.gpg'))).toEqual(fingerprints(b));
    expect(await keysIn(at('key.asc'))).toEqual(fingerprints(b));
    expect((await bench.publish([build], { signer: b })).changed).toBe(false);
  });

  it.each(['keys', 'snapshot'] as const)('serves what clients accept when it ends after the step %s', async (last) => {
    const stop = async (step: string) => {
      if (step === last) throw new Error('enough');
    };
    const build = await bench.binaries({});
    const [onlyA, both] = [await keyringOf(a), await keyringOf(a, b)];
    await bench.publish([build], { signer: a });
    const clients = [await aptWith(onlyA), await aptWith(both), await bench.apt()];
    const check = async () => {
      for (const client of clients) await client.update();
    };
    await check();
    await expect(bench.publish([build], { signer: a, nextSigner: b, onStep: stop })).rejects.toThrow('enough');
    await check();
    await bench.publish([build], { signer: a, nextSigner: b });
    await expect(bench.publish([build], { signer: b, onStep: stop })).rejects.toThrow('enough');
    await check();
    await bench.publish([build], { signer: b });
    await (await aptWith(await keyringOf(b))).update();
    await (await bench.apt()).update();
  });

  it('can be taken back before B signs alone', async () => {
    const build = await bench.binaries({});
    await bench.publish([build], { signer: a, nextSigner: b });
    const back = await bench.publish([build], { signer: a });
    expect(back.changed).toBe(true);
    expect(await keysIn(at('keyring.gpg'))).toEqual(fingerprints(a));
    await expectRefused(bench.repository, () => bench.publish([build], { signer: b }), 'signed by another key');
  });

  it('hands the next key out for as long as a channel names it', async () => {
    const build = await bench.binaries({});
    await bench.publish([build], { signer: a, nextSigner: b, channel: 'testing' });
    await bench.publish([build], { signer: a });
    expect(await keysIn(at('keyring.gpg'))).toEqual(fingerprints(a, b));
    await expectRefused(bench.repository, () => bench.publish([build], { signer: b }), 'signed by another key');
    expect((await bench.publish([build], { signer: b, channel: 'testing' })).snapshot.signedBy).toBe(b.key.fingerprint);
  });
});

describe('a key that was renewed', () => {
  /** As it is at that time; it signs with the date of the machine. */
  const signerOf = async (fingerprint: string) => await openSigner({ key: await keys.secret(fingerprint) });
  const expiryOf = async (file: string) => {
    const { stdout } = await run(['gpg', '--with-colons', '--show-keys', file], {
      env: { GNUPGHOME: await bench.scratch('home') },
    });
    return new Date(Number(/^pub:(?:[^:]*:){5}(\d+):/m.exec(stdout)?.[1]) * 1000).toISOString().slice(0, 10);
  };
  const around = (days: number) => new RegExp(aroundDay(days));

  it('is published although no package is new, with its former self-signature; an older copy does not undo it', async () => {
    const fingerprint = await keys.key({ daysAgo: 100, expires: '120d' });
    const stale = await signerOf(fingerprint);
    const build = await bench.binaries({});
    await bench.publish([build], { signer: stale });
    expect(await expiryOf(at('keyring.gpg'))).toMatch(around(20));

    await keys.gpg(['--quick-set-expire', fingerprint, '400d']);
    const signer = await signerOf(fingerprint);
    const renewed = await bench.publish([build], { signer });
    expect(renewed.changed).toBe(true);
    for (const name of ['keyring.gpg', 'key.asc']) expect(await expiryOf(at(name))).toMatch(around(400));
    // Sequoia judges a signature by the self-signature of its time: gpg has thrown the former one away.
    const { stdout } = await run(['gpg', '--list-packets', at('keyring.gpg')], {
      env: { GNUPGHOME: await bench.scratch('home') },
    });
    expect(stdout.match(/sigclass 0x13/g)).toHaveLength(2);
    await (await bench.apt()).update();

    for (const each of [signer, stale]) {
      expect((await bench.publish([build], { signer: each })).changed).toBe(false);
      expect(await expiryOf(at('keyring.gpg'))).toMatch(around(400));
    }
    await bench.publish([await bench.binaries({ name: 'more' })], { signer: stale });
    expect(await expiryOf(at('keyring.gpg'))).toMatch(around(400));
  });

  it('and one that got another subkey, whose export lacks the former one', async () => {
    const fingerprint = await keys.key({ usage: 'cert', daysAgo: 5 });
    const first = await keys.subkey(fingerprint, { daysAgo: 4 });
    await bench.publish([await bench.binaries({})], { signer: await signerOf(fingerprint) });
    const second = await keys.subkey(fingerprint, { daysAgo: 3 });
    const { stdout } = await keys.gpg(['--armor', '--export-secret-subkeys', `${second}!`]);
    const { Secret } = await import('../../src/secret.ts');
    const signer = await openSigner({ key: new Secret(stdout) });
    expect(signer.key.signingFingerprint).toBe(second);
    await bench.publish([await bench.binaries({})], { signer, channel: 'stable' });
    const shown = await run(['gpg', '--with-colons', '--show-keys', at('keyring.gpg')], {
      env: { GNUPGHOME: await bench.scratch('home') },
    });
    expect([...shown.stdout.matchAll(/^fpr:+([0-9A-F]{40}):/gm)].map(([, each]) => each)).toEqual([
      fingerprint,
      first,
      second,
    ]);
    for (const channel of ['latest', 'stable']) await (await bench.apt({ channel })).update();
  });
});

describe('through gpg', () => {
  it('signs with two keys of one home', async () => {
    const { openGpgSigner } = await import('../../src/signing/gpg.ts');
    const [first, second] = [await keys.key({ algorithm: 'rsa3072' }), await keys.key()];
    const signer = await openGpgSigner({ home: keys.home, fingerprint: first });
    disposals.push(async () => await signer[Symbol.asyncDispose]());
    const nextSigner = await openGpgSigner({ home: keys.home, fingerprint: second });
    disposals.unshift(async () => await nextSigner[Symbol.asyncDispose]());
    await bench.publish([await bench.full('hello', '1.0-1')], { signer, nextSigner });
    const inRelease = at('latest', 'dists', 'bookworm', 'InRelease');
    expect((await gpgv(at('keyring.gpg'), inRelease)).valid).toEqual([first, second]);
    for (const each of [signer, nextSigner]) await (await aptWith(await keyringOf(each))).update();
  });
});
