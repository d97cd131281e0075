/** Packages made by the real rpmbuild, signed by us, read by the real rpm, rpmkeys and rpmsign. */
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { run, which } from '../../src/process.ts';
import { openRpm, readFrame } from '../../src/rpm/frame.ts';
import { readRpmPackage, verifyPayload } from '../../src/rpm/read-package.ts';
import { openGpgSigner } from '../../src/signing/gpg.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import { signRpms } from '../../src/signing/rpm.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { assemble, oldPackage, partsOf } from './rpm-old-package.ts';
import { type Keyring, RpmWorkbench } from './rpm-workbench.ts';

const WHO = { name: 'Example Archive', email: 'archive@example.org' };
const ALGORITHMS = ['ed25519', 'rsa2048', 'rsa4096'] as const;

let bench: RpmWorkbench;
let keyring: Keyring;
const keys = new Map<string, Awaited<ReturnType<typeof generateKey>>>();
const signers = new Map<string, Signer>();
/** Every kind of package, unsigned. */
let packages: string[];
let simple: string;

beforeAll(async () => {
  bench = await RpmWorkbench.make();
  for (const algorithm of ALGORITHMS) {
    const made = await generateKey({ ...WHO, algorithm, signingSubkey: false });
    keys.set(algorithm, made);
    signers.set(algorithm, await openSigner({ key: made.key }));
  }
  keyring = await bench.keyring(...[...keys.values()].map(({ publicKey }) => publicKey));
  const build = async (name: string, options: Omit<Parameters<RpmWorkbench['build']>[0], 'name'> = {}) =>
    await bench.build({ name, ...options });
  const noise = 'head -c 2500000 /dev/urandom > noise';
  packages = [
    ...(await build('simple', { preamble: 'Epoch: 3' })),
    ...(await build('gzip', { fill: noise, defines: { _binary_payload: 'w9.gzdio' } })),
    ...(await build('xz', { fill: noise, defines: { _binary_payload: 'w2.xzdio' } })),
    ...(await build('stored', { fill: noise, defines: { _binary_payload: 'w.ufdio' } })),
    ...(await build('zstd', { defines: { _binary_payload: 'w3.zstdio' } })),
    // A header of megabytes, beyond the first read.
    ...(await build('files', { fill: 'for i in $(seq 20000); do : > a-file-with-quite-a-long-name-$i; done' })),
    ...(await build('words', {
      preamble: 'Summary(de): Prüfung\nSummary(ja): テスト',
      changelog: '* Fri Nov 20 2026 Müller <m@example.org> - 1.0-1\n- Überarbeitet',
    })),
    // Without room for a signature, so that the rest moves.
    ...(await build('tight', { defines: { __gpg_reserved_space: '0' } })),
    ...(await build('narrow', { defines: { __gpg_reserved_space: '100' } })),
  ];
  simple = packages.find((file) => file.endsWith('simple-1.0-1.noarch.rpm')) ?? '?';
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const signerOf = (algorithm: string) => signers.get(algorithm) as Signer;
async function signInto(folder: string, files: readonly string[], signer: Signer): Promise<string[]> {
  const jobs = files.map((source, index) => ({
    source,
    target: path.join(folder, `${index}-${path.basename(source)}`),
  }));
  return (await signRpms(jobs, signer)).map(({ file }) => file);
}
const sign = async (files: readonly string[], signer: Signer) => await signInto(await bench.newFolder(), files, signer);

async function tagsOf(file: string): Promise<number[]> {
  await using handle = await openRpm(file);
  return (await readFrame(handle, file)).signature.entries.map(({ tag }) => tag);
}

/** Has the real rpmsign sign, with gpg and a home of its own. */
async function rpmsign(algorithm: string, file: string, ...args: string[]) {
  const home = await bench.newFolder();
  await run(['chmod', '700', home]);
  const made = keys.get(algorithm);
  await run(['gpg', '--homedir', home, '--batch', '--import'], { input: made?.key.reveal() ?? '' });
  const defines = { _gpg_name: made?.fingerprint ?? '', _gpg_path: home, __gpg: '/usr/bin/gpg' };
  const options = Object.entries(defines).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  try {
    await run(['rpmsign', ...options, ...(args.length > 0 ? args : ['--addsign']), file]);
  } finally {
    await run(['gpgconf', '--homedir', home, '--kill', 'all']);
    await run(['gpgconf', '--homedir', home, '--remove-socketdir'], { okExitCodes: 'any' });
  }
}

describe.each(ALGORITHMS)('signed with %s', (algorithm) => {
  it('every kind of package is accepted at the strictest level', async () => {
    expect(packages.length).toBeGreaterThan(16);
    expect(await keyring.accepted(packages)).toEqual(new Set());
    const signed = await sign(packages, signerOf(algorithm));
    expect(await keyring.accepted(signed)).toEqual(new Set(signed));
    for (const [index, file] of signed.entries()) {
      const [before, after] = [await readRpmPackage(packages[index] ?? ''), await readRpmPackage(file)];
      expect(after).toEqual({ ...before, isSigned: true, size: after.size, headerRange: after.headerRange });
      await verifyPayload(file);
    }
    // A signature of the header is enough here: it has the payload's digest.
    const kind = algorithm === 'ed25519' ? 'EdDSA' : 'RSA';
    const lines = (await keyring.explain(signed[0] ?? '')).filter((line) => line.includes('Signature'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^Header V4 ${kind}/SHA256 Signature, key ID [0-9a-f]+: OK$`));
    const { stdout } = await run(['rpm', '--dbpath', keyring.folder, '-Kv', signed[0] ?? '']);
    expect(stdout).not.toMatch(/NOKEY|BAD|NOTTRUSTED/);
  });

  it('signatures of others are replaced', async () => {
    const folder = await bench.newFolder();
    const other = path.join(folder, 'other.rpm');
    const [first, second] = algorithm === 'ed25519' ? ['rsa4096', 'ed25519'] : ['ed25519', algorithm];
    await copyFile(simple, other);
    await rpmsign(first, other);
    expect(await keyring.accepted([other])).toEqual(new Set([other]));
    const [signed = '?'] = await sign([other], signerOf(second));
    const { stdout } = await run(['rpm', '-qp', '--qf', '%{RSAHEADER:pgpsig}|%{DSAHEADER:pgpsig}', signed]);
    const id = signerOf(second).key.signingFingerprint.slice(-16).toLowerCase();
    expect(stdout).toContain(id);
    expect(stdout.match(/Key ID/g)).toHaveLength(1);
    expect(await keyring.accepted([signed])).toEqual(new Set([signed]));
  });

  it('the file is as rpmsign makes it: its tags, its size, and it goes on with it', async () => {
    const folder = await bench.newFolder();
    const theirs = path.join(folder, 'theirs.rpm');
    await copyFile(simple, theirs);
    await rpmsign(algorithm, theirs);
    const [ours = '?'] = await sign([simple], signerOf(algorithm));
    expect(await tagsOf(ours)).toEqual(await tagsOf(theirs));
    expect((await stat(ours)).size).toBe((await stat(theirs)).size);
    await rpmsign(algorithm, ours, '--delsign');
    expect((await readRpmPackage(ours)).isSigned).toBe(false);
    await rpmsign(algorithm, ours);
    expect(await keyring.accepted([ours])).toEqual(new Set([ours]));
  });

  it('packages without digests of their payload get a signature of it', async () => {
    const old = await oldPackage(simple, await bench.newFolder());
    expect(await keyring.accepted([old], 'digest')).toEqual(new Set([old]));
    const [signed = '?'] = await sign([old], signerOf(algorithm));
    expect(await keyring.accepted([signed])).toEqual(new Set([signed]));
    const lines = (await keyring.explain(signed)).filter((line) => line.includes('Signature'));
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/: OK$/);

    // As rpmsign decides it.
    const theirs = path.join(await bench.newFolder(), 'theirs.rpm');
    await copyFile(old, theirs);
    await rpmsign(algorithm, theirs);
    expect(await tagsOf(signed)).toEqual(await tagsOf(theirs));
  });

  it('installs where only signed packages may', async () => {
    const [signed = '?'] = await sign([simple], signerOf(algorithm));
    const root = await bench.newFolder();
    const rpm = ['rpm', '--root', root, '--dbpath', '/var/lib/rpm', '--define', '_pkgverify_level all'] as const;
    await mkdir(path.join(root, 'var/lib/rpm'), { recursive: true });
    await run([...rpm, '--initdb']);
    await writeFile(path.join(root, 'key.asc'), keys.get(algorithm)?.publicKey ?? '');
    await run(['rpmkeys', '--root', root, '--dbpath', '/var/lib/rpm', '--import', path.join(root, 'key.asc')]);
    const unsigned = await run([...rpm, '-i', simple], { okExitCodes: 'any' });
    expect(unsigned.exitCode).not.toBe(0);
    await run([...rpm, '-i', signed]);
    expect(await readFile(path.join(root, 'usr/share/simple/f'), 'utf8')).toBe('hello\n');
  });
});

describe('signed through gpg', () => {
  it('is accepted as well', async () => {
    const made = keys.get('rsa2048');
    if (made === undefined) throw new Error('no key');
    await using signer = await openGpgSigner({ fingerprint: made.fingerprint, key: made.key });
    const old = await oldPackage(simple, await bench.newFolder());
    const signed = await sign([...packages, old], signer);
    expect(await keyring.accepted(signed)).toEqual(new Set(signed));
  });
});

describe('without the key', () => {
  it('nothing is accepted', async () => {
    const other = await bench.keyring((await generateKey(WHO)).publicKey);
    const signed = await sign(packages.slice(0, 2), signerOf('rsa4096'));
    expect(await other.accepted(signed)).toEqual(new Set());
  });
});

describe('on a file system that shares blocks', () => {
  const tools = ['mkfs.btrfs', 'losetup', 'mount'];
  const missing = tools.filter((tool) => which(tool) === undefined);
  it.skipIf(missing.length > 0)(`only the header is written (needs ${tools.join(', ')})`, async () => {
    const folder = await bench.newFolder();
    const image = path.join(folder, 'image');
    const mounted = path.join(folder, 'mounted');
    await mkdir(mounted);
    await run(['truncate', '-s', '300M', image]);
    await run(['mkfs.btrfs', '-q', image]);
    await run(['mount', '-o', 'loop', image, mounted]);
    try {
      const [large = '?'] = await bench.build({
        name: 'large',
        fill: 'head -c 60000000 /dev/urandom > noise',
        defines: { _binary_payload: 'w.ufdio' },
      });
      const source = path.join(mounted, 'a.rpm');
      await copyFile(large, source);
      const used = async () => {
        await run(['sync', '-f', mounted]);
        return Number((await run(['df', '--output=used', '-B1', mounted])).stdout.split('\n')[1]);
      };
      const before = await used();
      const [signed] = await signRpms([{ source, target: path.join(mounted, 'b.rpm') }], signerOf('rsa4096'));
      expect((await used()) - before).toBeLessThan(5_000_000);
      expect((await run(['sha256sum', path.join(mounted, 'b.rpm')])).stdout.split(' ')[0]).toBe(signed?.sha256);
      expect(await keyring.accepted([path.join(mounted, 'b.rpm')])).toHaveLength(1);
    } finally {
      await run(['umount', mounted]);
    }
  });
});

/** mulberry32: the same damage on every machine. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Signs each; what is refused has a reason, and what is signed must be accepted by rpmkeys. */
async function expectNoneWrong(rounds: number, make: (random: (below: number) => number) => Buffer) {
  const folder = await bench.newFolder();
  const random = randomNumbers(20_261_120);
  const signed: string[] = [];
  const refused = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    const file = path.join(folder, `${round}.rpm`);
    const target = path.join(folder, `${round}-signed.rpm`);
    await writeFile(file, make(random));
    try {
      await signRpms([{ source: file, target }], signerOf('ed25519'));
      signed.push(target);
    } catch (error) {
      if (!(error instanceof UserError)) throw new Error(`round ${round}`, { cause: error });
      refused.set(error.parts.what, (refused.get(error.parts.what) ?? 0) + 1);
      expect(await stat(target).catch(() => undefined)).toBeUndefined();
    }
  }
  const accepted = await keyring.accepted(signed);
  expect(signed.filter((file) => !accepted.has(file))).toEqual([]);
  return { signed: signed.length, refused };
}

describe('damaged packages', () => {
  const ROUNDS = 1500;
  const sourceOf = async (kind: string) =>
    kind === 'old' ? await oldPackage(simple, await bench.newFolder()) : simple;
  /** Another byte at a random place: any, none, all, or one with a bit turned. */
  const spoil = (bytes: Buffer, position: number, random: (below: number) => number) => {
    const value = [random(256), 0, 255, (bytes[position] ?? 0) ^ (1 << random(8))][random(4)] ?? 0;
    bytes.writeUInt8(value, position);
  };

  it.each(['new', 'old'])('of the %s format are refused, or harmless', async (kind) => {
    const source = await sourceOf(kind);
    const bytes = await readFile(source);
    const { headerRange } = await readRpmPackage(source);
    // The lead, the index of a header, its data, the payload; seldom the reserved space.
    const places = [
      [0, 96],
      [96, 112],
      [112, 400],
      [96, headerRange.start],
      [headerRange.start, headerRange.end],
      [headerRange.end, bytes.length],
    ] as const;
    const { signed, refused } = await expectNoneWrong(ROUNDS, (random) => {
      const damaged = Buffer.from(bytes);
      for (let count = random(3) + 1; count > 0; count--) {
        const [start, end] = places[random(places.length)] ?? places[0];
        spoil(damaged, start + random(end - start), random);
      }
      return random(20) === 0 ? damaged.subarray(0, random(damaged.length)) : damaged;
    });
    expect(refused.size).toBeGreaterThan(4);
    expect(signed).toBeGreaterThan(50);
  });

  it.each(['new', 'old'])(
    'of the %s format with digests that fit the damage are refused, or harmless',
    async (kind) => {
      const { frame, payload } = await partsOf(await sourceOf(kind));
      const { bytes } = frame.header;
      const index = 16 + frame.header.entries.length * 16;
      const { signed, refused } = await expectNoneWrong(ROUNDS, (random) => {
        const main = Buffer.from(bytes);
        for (let count = random(2) + 1; count > 0; count--) {
          spoil(main, random(3) === 0 ? random(main.length) : random(index), random);
        }
        return assemble(frame, main, payload);
      });
      expect(refused.size).toBeGreaterThan(1);
      expect(signed).toBeGreaterThan(10);
    },
  );
});
