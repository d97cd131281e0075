import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateKey, readKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeChecks } from '../../../src/doctor/check.ts';
import { keyChecks, type WatchedKeys } from '../../../src/doctor/checks/keys.ts';
import { formatSnapshot, SNAPSHOT_FILE } from '../../../src/repository/snapshot.ts';
import { Secret } from '../../../src/secret.ts';
import { binary, snapshot } from '../repository/fixtures.ts';

const DAY = 86_400;
const MADE = new Date('2026-01-01T00:00:00Z');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-doctor-keys-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function makeKey(days?: number) {
  const { privateKey, publicKey } = await generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name: 'Tests', email: 'tests@example.org' }],
    date: MADE,
    ...(days === undefined ? {} : { keyExpirationTime: days * DAY }),
    format: 'armored',
  });
  const fingerprint = (await readKey({ armoredKey: publicKey })).getFingerprint().toUpperCase();
  return { privateKey, publicKey, fingerprint };
}

async function look(keys: Partial<WatchedKeys>, days: number) {
  const checks = keyChecks({ signingKey: undefined, files: [], repositories: [], ...keys });
  return await makeChecks(checks, {
    state: '/nowhere',
    work: '/nowhere',
    temporary: '/nowhere',
    wanted: new Set(['publish-deb']),
    isRoot: false,
    family: 'debian',
    now: new Date(MADE.getTime() + days * DAY * 1000),
    signal: new AbortController().signal,
  });
}

describe('keys', () => {
  test('a signing key is fine, expires soon, has expired; nothing of it is told', async () => {
    const { privateKey, fingerprint } = await makeKey(100);
    const signingKey = new Secret(privateKey);
    expect(await look({ signingKey }, 1)).toMatchObject([
      { id: `signing-key/${fingerprint}`, status: 'ok', needed: true, found: expect.stringContaining('2026-04-11') },
    ]);
    expect(await look({ signingKey }, 80)).toMatchObject([
      { status: 'warning', remedy: expect.stringContaining(`gpg --quick-set-expire ${fingerprint} 2y`) },
    ]);
    const expired = await look({ signingKey }, 101);
    expect(expired).toMatchObject([{ status: 'failed', found: expect.stringContaining('expired on 2026-04-11') }]);
    const lines = privateKey.split('\n').filter((line) => line.length > 40);
    for (const line of lines) expect(JSON.stringify(expired)).not.toContain(line);
  });

  test('files of public keys, armored and binary', async () => {
    const { publicKey, fingerprint } = await makeKey();
    const [armored, binary] = [path.join(folder, 'key.asc'), path.join(folder, 'key.gpg')];
    writeFileSync(armored, publicKey);
    writeFileSync(binary, (await readKey({ armoredKey: publicKey })).write());
    expect(await look({ files: [armored, binary] }, 1)).toMatchObject([
      { id: `public-key-1/${fingerprint}`, status: 'ok', found: expect.stringContaining('never expires') },
      { id: `public-key-2/${fingerprint}`, status: 'ok' },
    ]);
  });

  test('a key that newer clients refuse some day', async () => {
    const { privateKey } = await generateKey({
      type: 'rsa',
      rsaBits: 2048,
      userIDs: [{ name: 'Tests', email: 'tests@example.org' }],
      date: MADE,
      format: 'armored',
    });
    expect(await look({ signingKey: new Secret(privateKey) }, 1)).toMatchObject([
      { status: 'warning', found: expect.stringContaining('RSA 2048'), expected: expect.stringContaining('2030') },
    ]);
  });

  test('what is no key, and what is not there, is told', async () => {
    const file = path.join(folder, 'no-key.asc');
    writeFileSync(file, 'nothing of the kind');
    expect(await look({ files: [file, path.join(folder, 'absent')], signingKey: new Secret('x') }, 1)).toMatchObject([
      { id: 'signing-key', status: 'failed', found: expect.stringContaining('not an OpenPGP private key') },
      { id: 'public-key-1', status: 'failed', found: expect.stringContaining('not an OpenPGP public key') },
      { id: 'public-key-2', status: 'failed', found: expect.stringContaining('ENOENT') },
    ]);
  });

  test('of a repository those that signed what its channels serve', async () => {
    const [signer, other, lost] = [await makeKey(100), await makeKey(1), await makeKey()];
    const repository = path.join(mkdtempSync(path.join(folder, 'try-')), 'published');
    const publicFolder = path.join(repository, 'public');
    const publish = (channel: string, id: string, signedBy: string) => {
      mkdirSync(path.join(publicFolder, 'snapshots', id), { recursive: true });
      writeFileSync(
        path.join(publicFolder, 'snapshots', id, SNAPSHOT_FILE),
        formatSnapshot(snapshot([binary('x', '1')], { id, channel, signedBy })),
      );
      symlinkSync(`snapshots/${id}`, path.join(publicFolder, channel));
    };
    publish('latest', '20260101T000000Z-000001', signer.fingerprint);
    publish('stable', '20260101T000000Z-000002', lost.fingerprint);
    const ring = [signer, other].map(async ({ publicKey }) => (await readKey({ armoredKey: publicKey })).write());
    writeFileSync(path.join(publicFolder, 'keyring.gpg'), Buffer.concat(await Promise.all(ring)));
    // What no channel is signed by has expired, and is nobody's trouble.
    expect(await look({ repositories: [repository] }, 80)).toMatchObject([
      { id: `repository-key-1/${signer.fingerprint}`, status: 'warning', title: 'Key of published: latest' },
      { id: `repository-key-1/${lost.fingerprint}`, status: 'failed', title: 'Key of published: stable' },
    ]);
  });

  test('of a repository the next key too', async () => {
    const [signer, next] = [await makeKey(400), await makeKey(100)];
    const publicFolder = path.join(mkdtempSync(path.join(folder, 'try-')), 'public');
    const id = '20260101T000000Z-000001';
    mkdirSync(path.join(publicFolder, 'snapshots', id), { recursive: true });
    const keys = { signedBy: signer.fingerprint, alsoSignedBy: [next.fingerprint], nextKey: next.fingerprint };
    writeFileSync(
      path.join(publicFolder, 'snapshots', id, SNAPSHOT_FILE),
      formatSnapshot(snapshot([binary('x', '1')], { id, channel: 'latest', ...keys })),
    );
    symlinkSync(`snapshots/${id}`, path.join(publicFolder, 'latest'));
    const ring = [signer, next].map(async ({ publicKey }) => (await readKey({ armoredKey: publicKey })).write());
    writeFileSync(path.join(publicFolder, 'keyring.gpg'), Buffer.concat(await Promise.all(ring)));
    expect(await look({ repositories: [path.dirname(publicFolder)] }, 80)).toMatchObject([
      { id: `repository-key-1/${signer.fingerprint}`, status: 'ok', title: expect.stringMatching(/: latest$/) },
      {
        id: `repository-key-1/${next.fingerprint}`,
        status: 'warning',
        title: expect.stringMatching(/: latest \(next key\)$/),
      },
    ]);
  });

  test('a folder that is no repository is told', async () => {
    const repository = path.join(folder, 'repository');
    mkdirSync(repository, { recursive: true });
    expect(await look({ repositories: [repository] }, 1)).toMatchObject([
      { id: 'repository-key-1', status: 'failed', found: expect.stringContaining('ENOENT') },
    ]);
  });
});
