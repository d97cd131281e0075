/** The keys of sign-publish as a person gives them: the next one, what is said of both, and what is refused. */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/sign-publish/inputs.ts';
import { run } from '../../src/actions/sign-publish/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { EXIT, runAction } from '../../src/main.ts';
import { aroundDay, GpgKeys } from './gpg-keys.ts';
import { Workbench } from './publish-helpers.ts';

let bench: Workbench;
let keys: GpgKeys;
let a: string;
let b: string;

beforeAll(async () => {
  bench = await Workbench.make();
  keys = await GpgKeys.make();
  a = await keys.key({ algorithm: 'rsa3072', expires: '100d' });
  b = await keys.key({ usage: 'cert' });
  await keys.subkey(b);
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await keys[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await rm(bench.repository, { recursive: true, force: true });
});

async function act(inputs: Record<string, string>) {
  const host = new RecordingHost({ repository: 'repository', ...inputs }, { workspace: bench.folder });
  const code = await runAction(action, run, host);
  expect(host.transcript()).not.toContain('PRIVATE KEY');
  const of = (level: 'error' | 'warning') => host.annotations(level).map(({ message }) => message);
  return { host, code, errors: of('error'), warnings: of('warning') };
}

const secret = async (fingerprint: string) => (await keys.secret(fingerprint)).reveal();

describe('two keys', () => {
  it('are told with their algorithms, times and clients, and the second one takes over', async () => {
    const packages = path.relative(bench.folder, await bench.binaries({}));
    const first = await act({
      packages,
      'signing-key': await secret(a),
      'next-signing-key': await secret(b),
      'next-signing-key-fingerprint': b.toLowerCase(),
      report: 'report.json',
    });
    expect(first.errors).toEqual([]);
    expect(first.code).toBe(EXIT.success);
    const [, subkey] = await keys.fingerprints(b);
    const summary = first.host.summaryText;
    expect(summary).toContain(
      `| \`${a}\`, \`Test <key-0@example.org>\` | indexes, sources | RSA 3072, the primary key |`,
    );
    expect(summary).toMatch(new RegExp(`\\| ${aroundDay(100)} \\| every apt \\|`));
    expect(summary).toContain(`| indexes; later alone | Ed25519, subkey \`${subkey}\` of Ed25519 |`);
    const report = JSON.parse(await readFile(path.join(bench.folder, 'report.json'), 'utf8')) as object;
    expect(report).toMatchObject({
      signedBy: a,
      key: { fingerprint: a, signingFingerprint: a, algorithm: 'RSA 3072' },
      nextKey: { fingerprint: b, signingFingerprint: subkey, algorithm: 'Ed25519' },
    });
    expect(first.host.transcript()).toContain(`Next key: Test <key-1@example.org>, Ed25519`);

    const second = await act({ packages, 'signing-key': await secret(b) });
    expect(second.errors).toEqual([]);
    expect(second.host.outputs).toMatchObject({ changed: 'true', fingerprint: b });
  });

  it('may be in one GnuPG home, where the fingerprint alone names the next one', async () => {
    const packages = path.relative(bench.folder, await bench.binaries({}));
    const home = { signer: 'gpg', 'gpg-home': keys.home, 'signing-key-fingerprint': a };
    const { code, errors, host } = await act({ packages, ...home, 'next-signing-key-fingerprint': b });
    expect(errors).toEqual([]);
    expect(code).toBe(EXIT.success);
    expect(host.summaryText).toContain('indexes; later alone');
    // Or the present one is in a home, and the next one is given.
    const more = path.relative(bench.folder, await bench.binaries({ name: 'more' }));
    const given = { 'next-signing-key': await secret(b), 'next-signing-key-fingerprint': b };
    const mixed = await act({ packages: more, ...home, ...given });
    expect(mixed.errors).toEqual([]);
    expect(mixed.code).toBe(EXIT.success);
  });
});

describe('refused, and nothing is made', () => {
  it.each([
    ['the key that signs already', { 'next-signing-key': 'a' }, 'the next key is the one that signs already'],
    ['its fingerprint alone', { 'next-signing-key-fingerprint': 'a' }, 'the next key is the one that signs already'],
    ['a passphrase alone', { 'next-signing-key-passphrase': 'x' }, 'a passphrase without the key that it is for'],
    [
      'another key than the one that is expected',
      { 'next-signing-key': 'b', 'next-signing-key-fingerprint': 'a'.repeat(40) },
      'another key than the expected one was given',
    ],
    [
      'a fingerprint without a home',
      { 'next-signing-key-fingerprint': 'c'.repeat(40) },
      'input next-signing-key: a required secret is missing',
    ],
  ] as const)('as next key %s', async (_, inputs, message) => {
    const packages = path.relative(bench.folder, await bench.binaries({}));
    const names: Record<string, Record<string, string>> = {
      'next-signing-key': { a: await secret(a), b: await secret(b) },
      'next-signing-key-fingerprint': { a },
    };
    const given = Object.entries(inputs).map(([name, value]) => [name, names[name]?.[value] ?? value] as const);
    const { code, errors } = await act({ packages, 'signing-key': await secret(a), ...Object.fromEntries(given) });
    expect(errors).toEqual([expect.stringContaining(message)]);
    expect(code).not.toBe(EXIT.success);
    expect(existsSync(bench.repository)).toBe(false);
  });

  it('a key that the machines of the target cannot verify', async () => {
    const folder = await bench.scratch('build');
    await bench.deb(folder);
    const target = { name: 'ubuntu-14.04', suite: 'trusty', architecture: 'amd64' };
    const packages = path.relative(bench.folder, await bench.build(folder, { manifest: { target } }));
    const { errors } = await act({ packages, 'signing-key': await secret(b) });
    expect(errors).toEqual([expect.stringContaining('apt of ubuntu-14.04 cannot verify the key (found Ed25519)')]);
    expect(existsSync(bench.repository)).toBe(false);
    // As a next key too.
    const next = await act({ packages, 'signing-key': await secret(a), 'next-signing-key': await secret(b) });
    expect(next.errors).toEqual([expect.stringContaining('apt of ubuntu-14.04 cannot verify the key')]);
    expect((await act({ packages, 'signing-key': await secret(a) })).code).toBe(EXIT.success);
  });
});

it('warns of a Release file that outlives its key', async () => {
  const packages = path.relative(bench.folder, await bench.binaries({}));
  const { warnings, code } = await act({ packages, 'signing-key': await secret(a), 'valid-for': '200d' });
  expect(code).toBe(EXIT.success);
  expect(warnings).toEqual([
    expect.stringMatching(
      new RegExp(
        `the Release file is valid until ${aroundDay(200)}, but the signing key ${a} only until ${aroundDay(100)}`,
      ),
    ),
  ]);
});
