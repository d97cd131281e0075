/** Channels that are moved while the keys of a repository are changed: what is refused, told, and signed by both. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { action } from '../../src/actions/manage-repository/inputs.ts';
import { run as manage } from '../../src/actions/manage-repository/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { EXIT, runAction } from '../../src/main.ts';
import { run } from '../../src/process.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import { readChannels, readSnapshot } from '../../src/repository/snapshot.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { ago } from './manage-helpers.ts';
import { Workbench } from './publish-helpers.ts';

let bench: Workbench;
let a: { readonly secret: string; readonly signer: Signer };
let b: typeof a;
let builds: readonly string[];

beforeAll(async () => {
  bench = await Workbench.make();
  const made = async (name: string) => {
    const { key } = await generateKey({ name, email: `${name}@example.org` });
    return { secret: key.reveal(), signer: await openSigner({ key }) };
  };
  [a, b] = [await made('old'), await made('new')];
  builds = [await bench.full('hello', '1.0-1'), await bench.full('hello', '1.0-2'), await bench.full('hello', '1.0-3')];
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await rm(bench.repository, { recursive: true, force: true });
});

const print = ({ signer }: typeof a) => signer.key.fingerprint;
const build = (number: number) => [builds[number] ?? ''];

async function act(command: string, inputs: Record<string, string>) {
  const host = new RecordingHost({ command, repository: bench.repository, ...inputs }, { workspace: bench.folder });
  const code = await runAction(action, manage, host);
  const told = (level: 'error' | 'warning') => host.annotations(level).map(({ message }) => message);
  return { code, errors: told('error'), warnings: told('warning').filter((each) => !each.includes('never expires')) };
}

async function head(channel: string) {
  const paths = new RepositoryPaths(bench.repository);
  return await readSnapshot(paths, (await readChannels(paths)).get(channel) ?? '');
}

/** Fingerprints of the signatures that gpgv accepts of a channel's InRelease with the key of one of the two only. */
async function verifiedWith({ signer }: typeof a, channel: string): Promise<string[]> {
  const keyring = path.join(await bench.scratch('keyring'), 'keyring.gpg');
  await writeFile(keyring, signer.publicKey.binary);
  const file = path.join(bench.repository, 'public', channel, 'dists', 'bookworm', 'InRelease');
  const { stdout } = await run(['gpgv', '--status-fd', '1', '--keyring', keyring, file], { okExitCodes: 'any' });
  return [...stdout.matchAll(/VALIDSIG .* ([0-9A-F]{40})$/gm)].map(([, primary = '']) => primary);
}

it('a promotion does not bring a key that clients of the channel may not have', async () => {
  await bench.publish(build(0), { signer: a.signer, ...ago(5) });
  const promotion = { channel: 'latest', to: 'stable' };
  expect(await act('promote', promotion)).toEqual({ code: EXIT.success, errors: [], warnings: [] });
  await bench.publish(build(1), { signer: b.signer, allowKeyChange: true, ...ago(4) });
  const before = await head('stable');

  for (const inputs of [promotion, { ...promotion, 'dry-run': 'true' }]) {
    const refused = await act('promote', inputs);
    expect(refused.code).toBe(EXIT.failure);
    expect(refused.errors).toEqual([
      expect.stringMatching(
        `^channel stable: the snapshot is signed by a key that clients of the channel may not have .*${print(b)}.*allow-key-change`,
      ),
    ]);
    expect(await head('stable')).toEqual(before);
  }
  const allowed = await act('promote', { ...promotion, 'allow-key-change': 'true' });
  expect(allowed).toEqual({
    code: EXIT.success,
    errors: [],
    warnings: [expect.stringMatching(`^clients of stable that have its present keys only .*${print(b)}`)],
  });
  expect(await head('stable')).toEqual(await head('latest'));
  // What served the channel once is gone back to all the same, and told.
  const back = await act('rollback', { channel: 'stable', reason: 'test' });
  expect(back).toMatchObject({ code: EXIT.success, errors: [] });
  expect(back.warnings).toContainEqual(expect.stringMatching(`^clients of stable .*${print(a)}`));
});

it('with a state that both keys sign, promotions and rollbacks need nothing special', async () => {
  const promotion = { channel: 'latest', to: 'stable' };
  await bench.publish(build(0), { signer: a.signer, ...ago(6) });
  expect(await act('promote', promotion)).toMatchObject({ code: EXIT.success, warnings: [] });
  await bench.publish(build(1), { signer: a.signer, nextSigner: b.signer, ...ago(5) });
  expect(await act('promote', promotion)).toMatchObject({ code: EXIT.success, warnings: [] });

  const back = { channel: 'stable', reason: 'test', 'signing-key': a.secret };
  const dry = await act('rollback', { ...back, 'dry-run': 'true' });
  expect(dry.warnings).toEqual([expect.stringMatching(`the present one alone signs its new date: .*${print(b)}`)]);
  expect(await act('rollback', { ...back, 'next-signing-key': b.secret })).toEqual({
    code: EXIT.success,
    errors: [],
    warnings: [],
  });
  const dated = await head('stable');
  expect(dated).toMatchObject({ signedBy: print(a), alsoSignedBy: [print(b)], nextKey: print(b) });
  expect(dated.packages.map(({ version }) => version)).toEqual(['1.0-1', '1.0-1']);
  for (const each of [a, b]) expect(await verifiedWith(each, 'stable')).toEqual([print(each)]);

  // The change ends, and the new key goes the same way.
  await bench.publish(build(2), { signer: b.signer });
  expect(await act('promote', promotion)).toMatchObject({ code: EXIT.success, errors: [], warnings: [] });
  expect(await head('stable')).toMatchObject({ signedBy: print(b) });
});

it('a next key that the channel has not been told of is refused, and one without a key that signs', async () => {
  await bench.publish(build(0), { signer: a.signer, ...ago(6) });
  await bench.publish(build(1), { signer: a.signer, ...ago(5) });
  const before = await readFile(path.join(bench.repository, 'public', 'latest.target.txt'), 'utf8');
  const back = { channel: 'latest', reason: 'test' };
  const untold = await act('rollback', { ...back, 'signing-key': a.secret, 'next-signing-key': b.secret });
  expect(untold.errors).toEqual([expect.stringMatching(/^input next-signing-key: the next key is not one that/)]);
  const alone = await act('rollback', { ...back, 'next-signing-key': b.secret });
  expect(alone.errors).toEqual([expect.stringMatching(/^input signing-key: a required secret is missing/)]);
  expect(await readFile(path.join(bench.repository, 'public', 'latest.target.txt'), 'utf8')).toBe(before);
});
