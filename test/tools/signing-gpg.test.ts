/** Signing through the real gpg 2.2: keys given as secrets, homes with an agent or without one, sockets of agents. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as openpgp from 'openpgp';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { run } from '../../src/process.ts';
import { Secret } from '../../src/secret.ts';
import { openGpgSigner as open } from '../../src/signing/gpg.ts';
import { generateKey } from '../../src/signing/openpgp.ts';
import { packetAlgorithm } from '../../src/signing/packet.ts';
import type { Signer } from '../../src/signing/signer.ts';

const WHO = { name: 'Example Archive', email: 'archive@example.org' };
const PASSPHRASE = 'correct horse battery 42';

let folder: string;
/** In memory, and of this file alone: others make private homes at the same time. */
let memory: string;
const homes: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'signing-gpg-'));
  memory = await mkdtemp('/dev/shm/signing-gpg-');
});
afterAll(async () => {
  for (const home of homes) {
    await run(['gpgconf', '--homedir', home, '--kill', 'all'], { okExitCodes: 'any' });
    await run(['gpgconf', '--homedir', home, '--remove-socketdir'], { okExitCodes: 'any' });
  }
  for (const each of [folder, memory]) await rm(each, { recursive: true, force: true });
});
/** Whatever a test did: nothing of it is left. */
afterEach(async () => {
  expect(await privateHomes()).toEqual([]);
  expect(await agentsOf(memory)).toEqual([]);
});

const privateHomes = async () => (await readdir(memory)).filter((name) => name.startsWith('pkg-actions-'));

const openGpgSigner = async (options: Parameters<typeof open>[0]) => await open({ memory, ...options });

/** Command lines of agents of a home, or of all homes below a folder. */
async function agentsOf(home: string): Promise<string[]> {
  const { stdout } = await run(['ps', '-eo', 'pid=,stat=,args='], {});
  const lines = stdout.split('\n').filter((line) => /^\s*\d+ [^Z]/.test(line));
  // Without the state: one that sleeps may run the next time.
  const agents = lines.filter((line) => line.includes(`gpg-agent --homedir ${home}`));
  return agents.map((line) => line.replace(/^\s*(\d+) +\S+ +/, '$1 '));
}

/** A home of a user, made by gpg itself. */
async function userHome(options: { algorithm?: string; passphrase?: string; expires?: string; extra?: string[] } = {}) {
  const home = await mkdtemp(path.join(folder, 'home-'));
  homes.push(home);
  const gpg = async (args: readonly string[], input = '') =>
    await run(['gpg', '--homedir', home, '--batch', '--pinentry-mode', 'loopback', ...args], { input });
  const protect = ['--passphrase', options.passphrase ?? ''];
  const usage = [options.algorithm ?? 'ed25519', 'cert,sign', options.expires ?? '2y'];
  await gpg([...protect, ...(options.extra ?? []), '--quick-gen-key', `${WHO.name} <${WHO.email}>`, ...usage]);
  const { stdout } = await gpg(['--with-colons', '--list-keys', WHO.email]);
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(stdout)?.[1] ?? '';
  const stopAgent = async () => await run(['gpgconf', '--homedir', home, '--kill', 'all']);
  return { home, gpg, protect, fingerprint, stopAgent };
}

async function verifies(signer: Signer) {
  const verificationKeys = await openpgp.readKey({ armoredKey: signer.publicKey.armored });
  const text = 'Origin: x\n- dash\nFrom here\ntrailing  \t\nUmlaut: äöü\n';
  const cleartext = await signer.clearsign(text);
  // As the signer in this process writes it.
  expect(cleartext).toContain('\n\nOrigin: x\n- - dash\n');
  expect(cleartext).toContain('\ntrailing\nUmlaut: äöü\n\n-----BEGIN PGP SIGNATURE-----\n');
  const read = await openpgp.verify({
    message: await openpgp.readCleartextMessage({ cleartextMessage: cleartext }),
    verificationKeys,
    expectSigned: true,
  });
  expect((read.data as string).replaceAll('\r\n', '\n')).toBe(text.replace('  \t', ''));

  const data = Buffer.from([0, 13, 10, 255, 10]);
  const { armored, binary } = await signer.detach(data);
  const packet = await signer.signPacket(data);
  async function* stream() {
    for (const byte of data) yield Buffer.from([byte]);
  }
  const signatures = [
    [await openpgp.readSignature({ armoredSignature: armored }), openpgp.enums.hash.sha512],
    [await openpgp.readSignature({ binarySignature: binary }), openpgp.enums.hash.sha512],
    [await openpgp.readSignature({ binarySignature: packet }), openpgp.enums.hash.sha256],
    [await openpgp.readSignature({ binarySignature: await signer.signPacket(stream()) }), openpgp.enums.hash.sha256],
  ] as const;
  for (const [signature, hash] of signatures) {
    const message = await openpgp.createMessage({ binary: data });
    const result = await openpgp.verify({ message, signature, verificationKeys, format: 'binary' });
    await expect(result.signatures[0]?.verified).resolves.toBe(true);
    expect(signature.packets[0]?.hashAlgorithm).toBe(hash);
    const id = signature.getSigningKeyIDs()[0]?.toHex().toUpperCase();
    expect(signer.key.signingFingerprint.endsWith(id ?? '?')).toBe(true);
  }
  expect([1, 22]).toContain(packetAlgorithm(packet));

  await writeFile(path.join(folder, 'keyring.gpg'), signer.publicKey.binary);
  await writeFile(path.join(folder, 'InRelease'), cleartext);
  await run(['gpgv', '--keyring', path.join(folder, 'keyring.gpg'), path.join(folder, 'InRelease')]);
}

async function refusal(options: Parameters<typeof openGpgSigner>[0]): Promise<string> {
  const error = await openGpgSigner(options).then(
    async (signer) => {
      await signer[Symbol.asyncDispose]();
      return undefined;
    },
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).not.toContain(PASSPHRASE);
  return (error as UserError).message;
}

describe('a key given as a secret', () => {
  it.each(['ed25519', 'rsa2048'] as const)('%s with a passphrase, in a private home in memory', async (algorithm) => {
    const made = await generateKey({ ...WHO, algorithm, passphrase: PASSPHRASE, signingSubkey: true });
    const options = { fingerprint: made.fingerprint, key: made.key, passphrase: new Secret(PASSPHRASE) };
    {
      await using signer = await openGpgSigner(options);
      const [name, ...others] = await privateHomes();
      expect(others).toEqual([]);
      const home = path.join(memory, name ?? '?');
      expect((await stat(home)).mode & 0o777).toBe(0o700);
      expect((await statfs(home)).type).toBe(0x01021994);
      expect(await agentsOf(home)).not.toEqual([]);
      expect(signer.key.fingerprint).toBe(made.fingerprint);
      expect(signer.key.signingFingerprint).not.toBe(made.fingerprint);
      expect(signer.key.algorithm).toBe(algorithm === 'rsa2048' ? 'RSA 2048' : 'Ed25519');
      await verifies(signer);
    }
    expect(await privateHomes()).toEqual([]);
  });

  it('never puts the passphrase or the key into arguments or environments', async () => {
    const made = await generateKey({ ...WHO, passphrase: PASSPHRASE });
    const seen: string[] = [];
    const isSigning = (text: string) => text.includes('--detach-sign') && text.includes(made.fingerprint);
    let isRunning = true;
    const watching = (async () => {
      while (isRunning) {
        for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
          for (const name of ['cmdline', 'environ']) {
            const text = await readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '');
            if (text.includes('pkg-actions-gpg-')) seen.push(text);
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    {
      const options = { fingerprint: made.fingerprint, key: made.key, passphrase: new Secret(PASSPHRASE) };
      await using signer = await openGpgSigner(options);
      // gpg lives for as long as its input comes: until it was looked at, however busy the machine is.
      async function* slow() {
        yield Buffer.from('x');
        await vi.waitFor(() => expect(seen.some(isSigning)).toBe(true), { timeout: 60_000, interval: 20 });
        yield Buffer.from('y');
      }
      await signer.signPacket(slow());
    }
    isRunning = false;
    await watching;
    // Of this key alone: other tests have homes of that kind too.
    const home = /pkg-actions-gpg-[\w.-]+/.exec(seen.find(isSigning) ?? '')?.[0] ?? 'none';
    const own = seen.filter((text) => text.includes(home));
    expect(own.length).toBeGreaterThan(0);
    for (const text of own) {
      expect(text).not.toContain(PASSPHRASE);
      expect(text).not.toContain('PRIVATE KEY');
    }
  });

  it('makes many signatures at a time', async () => {
    const made = await generateKey(WHO);
    await using signer = await openGpgSigner({ fingerprint: made.fingerprint, key: made.key });
    const verificationKeys = await openpgp.readKey({ armoredKey: signer.publicKey.armored });
    const texts = Array.from({ length: 40 }, (_, index) => Buffer.from(`text ${index}`));
    const packets = await Promise.all(texts.map(async (text) => await signer.signPacket(text)));
    for (const [index, binarySignature] of packets.entries()) {
      const message = await openpgp.createMessage({ binary: texts[index] ?? Buffer.alloc(0) });
      const signature = await openpgp.readSignature({ binarySignature });
      const result = await openpgp.verify({ message, signature, verificationKeys, format: 'binary' });
      await expect(result.signatures[0]?.verified).resolves.toBe(true);
    }
  });

  it('chooses by the fingerprint, and says what is wrong', async () => {
    const [made, other] = [await generateKey({ ...WHO, passphrase: PASSPHRASE }), await generateKey(WHO)];
    const both = new Secret(`${made.key.reveal()}\n${other.key.reveal()}`);
    {
      await using signer = await openGpgSigner({ fingerprint: other.fingerprint, key: both });
      expect(signer.key.fingerprint).toBe(other.fingerprint);
    }
    expect(await refusal({ fingerprint: other.fingerprint, key: made.key })).toContain(
      'gpg has no secret key of this fingerprint (found no key at all)',
    );
    expect(await refusal({ fingerprint: made.fingerprint, key: made.key })).toMatch(
      /asks for a passphrase, a PIN or a card, and nobody can answer.*signing-key-passphrase/,
    );
    const wrong = new Secret('battery staple');
    expect(await refusal({ fingerprint: made.fingerprint, key: made.key, passphrase: wrong })).toContain(
      'the passphrase or PIN does not open the key',
    );
    expect(await refusal({ fingerprint: made.fingerprint, key: new Secret(made.publicKey) })).toContain('public key');
    expect(await refusal({ fingerprint: 'ABCD', key: made.key })).toContain('40 hexadecimal digits');
    expect(await refusal({ fingerprint: made.fingerprint, key: made.key, memory: folder })).toContain(
      'no file system in memory',
    );
    expect(await refusal({ fingerprint: made.fingerprint })).toContain('not exactly one way to the key');
    const home = folder;
    expect(await refusal({ fingerprint: made.fingerprint, key: made.key, home })).toContain('not exactly one way');
    const lines = made.key.reveal().split('\n');
    lines[3] = 'A'.repeat(lines[3]?.length ?? 64);
    expect(await refusal({ fingerprint: made.fingerprint, key: new Secret(lines.join('\n')) })).toMatch(
      /cannot be imported|not an OpenPGP key|no secret key/,
    );
  });

  it('refuses an expired key, and the fingerprint of a subkey', async () => {
    const created = new Date(Date.now() - 10 * 86_400_000);
    const expired = await generateKey({ ...WHO, created, validSeconds: 86_400 });
    expect(await refusal({ fingerprint: expired.fingerprint, key: expired.key })).toContain('the key has expired');
    const made = await generateKey({ ...WHO, signingSubkey: true });
    const subkey = (await openpgp.readKey({ armoredKey: made.publicKey })).subkeys[0]?.getFingerprint() ?? '';
    expect(await refusal({ fingerprint: subkey, key: made.key })).toMatch(/of a subkey was given.*primary key/);
  });

  it('ends gpg and the agent when it is cancelled', async () => {
    const made = await generateKey(WHO);
    const controller = new AbortController();
    await using signer = await openGpgSigner({
      fingerprint: made.fingerprint,
      key: made.key,
      signal: controller.signal,
    });
    // It never ends by itself.
    async function* endless() {
      yield Buffer.from('x');
      setTimeout(() => controller.abort(new Error('enough')), 100);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      yield Buffer.from('y');
    }
    await expect(signer.signPacket(endless())).rejects.toThrow('enough');
  });

  it('hands on what the bytes to be signed fail with', async () => {
    const made = await generateKey(WHO);
    await using signer = await openGpgSigner({ fingerprint: made.fingerprint, key: made.key });
    // biome-ignore lint/correctness/useYield: fails before its first piece
    async function* broken(): AsyncGenerator<Uint8Array> {
      throw new Error('the disk is gone');
    }
    await expect(signer.signPacket(broken())).rejects.toThrow('the disk is gone');
    expect((await signer.signPacket(Buffer.from('x'))).length).toBeGreaterThan(60);
  });

  it('leaves no agent when the process is killed, and the next run removes its folder', async () => {
    const made = await generateKey(WHO);
    const program = path.join(folder, 'killed.ts');
    const module = (name: string) => JSON.stringify(path.resolve('src', name));
    await writeFile(
      program,
      `import { Secret } from ${module('secret.ts')};
       import { openGpgSigner } from ${module('signing/gpg.ts')};
       let key = '';
       for await (const piece of process.stdin) key += piece;
       await openGpgSigner({ fingerprint: '${made.fingerprint}', key: new Secret(key), memory: '${memory}' });
       process.stdout.write('open');
       setInterval(() => {}, 1000);`,
    );
    const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(made.key.reveal());
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const [name] = await privateHomes();
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    const home = path.join(memory, name ?? '?');
    await expect.poll(async () => await agentsOf(home), { timeout: 20_000, interval: 200 }).toEqual([]);
    expect(await privateHomes()).toEqual([name]);
    await using signer = await openGpgSigner({ fingerprint: made.fingerprint, key: made.key });
    expect(await privateHomes()).not.toContain(name);
    expect(signer.key.fingerprint).toBe(made.fingerprint);
  });
});

describe('a GnuPG home', () => {
  it('is used with its agent, which goes on', async () => {
    const { home, fingerprint, protect, gpg } = await userHome({ passphrase: PASSPHRASE });
    // The agent knows the passphrase from now on.
    await gpg([...protect, '--clearsign'], 'x');
    const before = await agentsOf(home);
    expect(before).toHaveLength(1);
    {
      await using signer = await openGpgSigner({ fingerprint, home });
      await verifies(signer);
    }
    expect(await agentsOf(home)).toEqual(before);
  });

  it('gets an agent where none runs, which ends', async () => {
    const { home, fingerprint, stopAgent } = await userHome({ algorithm: 'rsa2048', passphrase: PASSPHRASE });
    await stopAgent();
    expect(await refusal({ fingerprint, home })).toContain('asks for a passphrase, a PIN or a card');
    expect(await agentsOf(home)).toEqual([]);
    {
      await using signer = await openGpgSigner({ fingerprint, home, passphrase: new Secret(PASSPHRASE) });
      expect(await agentsOf(home)).toHaveLength(1);
      await verifies(signer);
    }
    expect(await agentsOf(home)).toEqual([]);
    // The key is where it was.
    expect((await readdir(path.join(home, 'private-keys-v1.d'))).length).toBeGreaterThan(0);
  });

  it('may hold strange settings', async () => {
    const { home, fingerprint } = await userHome();
    await writeFile(path.join(home, 'gpg.conf'), 'digest-algo SHA1\narmor\ncomment hello\ndefault-key 12345678\n');
    await using signer = await openGpgSigner({ fingerprint, home });
    await verifies(signer);
    expect(await signer.clearsign('x\n')).not.toContain('Comment');
  });

  it('without the secret key, or of nobody', async () => {
    const { home, fingerprint, gpg } = await userHome();
    const other = await userHome();
    expect(await refusal({ fingerprint: other.fingerprint, home })).toContain('found no key at all');
    await other.gpg(['--import'], (await gpg(['--armor', '--export', fingerprint])).stdout);
    expect(await refusal({ fingerprint, home: other.home })).toMatch(/only the public key.*insert the card/);
    expect(await refusal({ fingerprint, home: path.join(folder, 'none') })).toContain('no GnuPG home');
    const file = path.join(folder, 'a-file');
    await writeFile(file, '');
    expect(await refusal({ fingerprint, home: file })).toContain('found no folder');
    const foreign = path.join(folder, 'foreign');
    await mkdir(foreign);
    await run(['chown', '12345', foreign]);
    expect(await refusal({ fingerprint, home: foreign })).toContain('a GnuPG home of another user');
  });

  it('with the stub of a card that is not there', async () => {
    const { home, fingerprint, stopAgent } = await userHome();
    await stopAgent();
    const keys = path.join(home, 'private-keys-v1.d');
    const [file = '?'] = await readdir(keys);
    const text = await readFile(path.join(keys, file), 'latin1');
    const point = /\(q\s+(#[0-9A-F]+#)\)/.exec(text)?.[1];
    expect(point).toBeDefined();
    // agent/keyformat.txt: what `gpg --card-status` writes in the place of a key that a card holds.
    const card = '(shadowed t1-v1 (#D276000124010304000F123456780000# OPENPGP.1))';
    const stub = `(shadowed-private-key (ecc (curve Ed25519)(flags eddsa)(q ${point})${card}))`;
    await writeFile(path.join(keys, file), `Key: ${stub}\n`);
    // Whether the card daemon is installed here is nothing that the test depends on.
    const { stdout } = await run(['gpgconf', '--list-dirs', 'libexecdir']);
    const hasDaemon = (await readdir(stdout.trim())).includes('scdaemon');
    expect(await refusal({ fingerprint, home, passphrase: new Secret('123456') })).toMatch(
      hasDaemon
        ? /the card with the key is not there.*gpg --card-status/
        : /GnuPG's daemon for cards is not installed.*apt-get install scdaemon/,
    );
    expect(await agentsOf(home)).toEqual([]);
  });
});

describe('the socket of an agent', () => {
  it('is used with the public key, and the agent goes on', async () => {
    const { home, fingerprint, gpg } = await userHome();
    const before = await agentsOf(home);
    const publicKey = (await gpg(['--armor', '--export', fingerprint])).stdout;
    const { stdout } = await run(['gpgconf', '--homedir', home, '--list-dirs', 'agent-socket']);
    const agentSocket = stdout.trim();
    {
      await using signer = await openGpgSigner({ fingerprint, agentSocket, publicKey });
      await verifies(signer);
    }
    expect(before).toHaveLength(1);
    expect(await agentsOf(home)).toEqual(before);
    expect((await stat(agentSocket)).isSocket()).toBe(true);
    expect(await refusal({ fingerprint, agentSocket })).toContain('with the public key');
    expect(await refusal({ fingerprint, agentSocket: home, publicKey })).toContain('no socket of an agent');
    const other = await generateKey(WHO);
    const unknown = { fingerprint: other.fingerprint, agentSocket, publicKey: other.publicKey };
    expect(await refusal(unknown)).toContain('only the public key');
  });
});
