/** `allowed-signers`: every build says who made it, and only who may is believed (docs/signing.md). */
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as openpgp from 'openpgp';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/sign-publish/inputs.ts';
import { run as publishAction } from '../../src/actions/sign-publish/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { run, which } from '../../src/process.ts';
import { AllowedSigners } from '../../src/signing/allowed-signers.ts';
import { generateKey, openSigner } from '../../src/signing/openpgp.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { GpgKeys } from './gpg-keys.ts';
import { bench, freshApt, useBench } from './publish-bench.ts';
import { expectRefused } from './publish-helpers.ts';

useBench();

let builder: Signer;
let stranger: Signer;
let allowed: AllowedSigners;
let keyFile: string;
let master: string;

async function signerOf(name: string): Promise<Signer> {
  return await openSigner({ key: (await generateKey({ name, email: 'builder@example.org' })).key });
}

beforeAll(async () => {
  builder = await signerOf('Builder');
  stranger = await signerOf('Stranger');
  keyFile = path.join(await bench.scratch('keys'), 'builders.asc');
  await writeFile(keyFile, builder.publicKey.armored);
  allowed = await AllowedSigners.read([keyFile], new Date(), 'input allowed-signers');
  master = await bench.full('hello', '1.0-1');
});
beforeEach(async () => {
  await bench.publish([await bench.binaries({ name: 'other' })]);
});

const CHANGES = 'hello_1.0-1_amd64.changes';

/** A copy of a build, with its .changes signed, or changed otherwise. */
async function buildWith(
  edit: (text: string, folder: string) => Promise<string | undefined> | string | undefined,
): Promise<string> {
  const folder = await bench.scratch('build');
  for (const name of await readdir(master)) await copyFile(path.join(master, name), path.join(folder, name));
  const file = path.join(folder, CHANGES);
  const text = await edit(await readFile(file, 'utf8'), folder);
  if (text === undefined) await rm(file);
  else await writeFile(file, text);
  return await bench.build(folder);
}

async function refused(build: string, message: RegExp | string, signers = allowed) {
  const work = () => bench.publish([build], { allowedSigners: signers });
  await expectRefused(bench.repository, work, message);
}

/** Keys from files, as a person gives them. */
async function allowedOf(...contents: readonly (string | Uint8Array)[]): Promise<AllowedSigners> {
  const folder = await bench.scratch('keys');
  const files = contents.map((_, index) => path.join(folder, String(index)));
  for (const [index, content] of contents.entries()) await writeFile(files[index] ?? '', content);
  return await AllowedSigners.read(files, new Date(), 'input allowed-signers');
}

describe('a build that is signed by a key that may', () => {
  it('is published, and it is told who signed', async () => {
    const build = await buildWith((text) => builder.clearsign(text));
    const result = await bench.publish([build], { allowedSigners: allowed });
    expect(result.changed).toBe(true);
    expect(result.signers).toEqual([
      [{ fingerprint: builder.key.fingerprint, userId: 'Builder <builder@example.org>' }],
    ]);
    await (await freshApt()).run('apt-get', 'download', 'hello');
  });

  it('as gpg signs it, by a subkey, with a second signature by somebody else', async () => {
    await using gpg = await GpgKeys.make();
    const fingerprint = await gpg.key({ algorithm: 'rsa3072', usage: 'cert' });
    await gpg.subkey(fingerprint, { algorithm: 'rsa3072' });
    const other = await gpg.key();
    const sign = async (text: string, ...keys: string[]) =>
      (await gpg.gpg([...keys.flatMap((key) => ['--local-user', key]), '--clearsign'], { input: text })).stdout;
    const both = await buildWith(async (text) => await sign(text, fingerprint, other));
    const binary = await openpgp.readKey({ armoredKey: await gpg.public(fingerprint) });
    const signers = await allowedOf(binary.write());
    const result = await bench.publish([both], { allowedSigners: signers });
    expect(result.signers?.[0]?.map((each) => each.fingerprint)).toEqual([fingerprint]);
    await refused(await buildWith(async (text) => await sign(text, other)), 'signed by a key that may not', signers);
  });
});

describe('examples/sign-build.sh', () => {
  const missing = ['debsign', 'jq'].filter((tool) => which(tool) === undefined);
  it.skipIf(missing.length > 0)(`signs a build (needs debsign and jq)`, async () => {
    await using gpg = await GpgKeys.make();
    const fingerprint = await gpg.key();
    const script = path.join(import.meta.dirname, '..', '..', 'examples', 'sign-build.sh');
    const build = await buildWith((text) => text);
    const env = { GNUPGHOME: gpg.home };
    await run([script, build, fingerprint], { env });
    const signers = await allowedOf(await gpg.public(fingerprint));
    const result = await bench.publish([build], { allowedSigners: signers });
    expect(result.signers?.[0]?.map((each) => each.fingerprint)).toEqual([fingerprint]);
    await writeFile(path.join(build, 'hello_1.0.orig.tar.xz'), 'changed');
    await expect(run([script, build, fingerprint], { env })).rejects.toThrow('sign-build.sh failed');
  });
});

describe('a build is refused', () => {
  it('that nobody signed, or somebody else', async () => {
    const { fingerprint } = builder.key;
    await refused(
      await buildWith((text) => text),
      new RegExp(`${CHANGES}: the file is not signed .*expected a signature by ${fingerprint}`),
    );
    await refused(await buildWith(() => undefined), /the build is not signed .*found no \.changes file/);
    await refused(
      await buildWith((text) => stranger.clearsign(text)),
      new RegExp(`${CHANGES}: signed by a key that may not .*${stranger.key.fingerprint}.*${fingerprint}`),
    );
    await refused(await bench.binaries({}), 'the build is not signed');
  });

  it('whose signature is of another text, or whose text was changed', async () => {
    const { fingerprint } = builder.key;
    const bad = new RegExp(`a signature that is not good .*${fingerprint}.*expected a signature by ${fingerprint}`);
    await refused(await buildWith(async (text) => (await builder.clearsign(text)).replace('medium', 'urgent')), bad);
    const other = (await builder.clearsign('Source: x\n')).split('-----BEGIN PGP SIGNATURE')[1] ?? '';
    await refused(
      await buildWith(
        async (text) =>
          `${(await builder.clearsign(text)).split('-----BEGIN PGP SIGNATURE')[0]}-----BEGIN PGP SIGNATURE${other}`,
      ),
      bad,
    );
    // The signer's id on a signature by somebody else.
    const forged = async (text: string) => (await stranger.clearsign(text)).replaceAll('x', 'x');
    await refused(await buildWith(forged), 'signed by a key that may not');
  });

  it('whose signature is one that fits every text', async () => {
    // RFC 9580, 5.2.1: a standalone signature covers its own subpackets only.
    const made = await generateKey({ name: 'Odd', email: 'odd@example.org' });
    const key = await openpgp.readPrivateKey({ armoredKey: made.key.reveal() });
    const packet = new openpgp.SignaturePacket();
    packet.signatureType = openpgp.enums.signature.standalone;
    packet.publicKeyAlgorithm = key.keyPacket.algorithm;
    packet.hashAlgorithm = openpgp.enums.hash.sha512;
    packet.issuerKeyID = key.getKeyID();
    const sign = packet.sign as (...args: unknown[]) => Promise<void>;
    await sign.call(packet, key.keyPacket, {}, new Date(), true, openpgp.config);
    const list = new openpgp.PacketList<openpgp.SignaturePacket>();
    list.push(packet);
    const armor = openpgp.armor(openpgp.enums.armor.signature, list.write());
    const build = await buildWith(
      (text) => `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${text}${armor.replaceAll('\r', '')}`,
    );
    await refused(
      build,
      /signed by a key that may not .*no signature that can be used/,
      await allowedOf(made.publicKey),
    );
  });

  it('that brings what the signed text does not list, or lists otherwise', async () => {
    const sign = async (text: string) => await builder.clearsign(text);
    const extra = await buildWith(async (text, folder) => {
      await bench.deb(folder, { name: 'smuggled' });
      return await sign(text);
    });
    await refused(
      extra,
      /smuggled_1\.0_amd64\.deb: a file that the signed \.changes .*does not cover .*not listed, signed by/,
    );
    const exchanged = await buildWith(async (text, folder) => {
      await bench.deb(folder, { version: '1.0-1', content: 'evil' });
      return await sign(text);
    });
    await refused(exchanged, /hello_1\.0-1_amd64\.deb: a file that the signed .*listed as/);
    const weak = await buildWith(async (text, folder) => {
      // Only what is signed counts, and only by SHA-256.
      await bench.deb(folder, { name: 'weak' });
      return await sign(text.replace(/^Files:\n/m, `Files:\n ${'0'.repeat(32)} 5 net optional weak_1.0_amd64.deb\n`));
    });
    await refused(weak, 'fields that list other files');
    const source = await buildWith(async (text, folder) => {
      const dsc = path.join(folder, 'hello_1.0-1.dsc');
      await writeFile(dsc, (await readFile(dsc, 'utf8')).replace('any', 'all'));
      return await sign(text);
    });
    await refused(source, /hello_1\.0-1\.dsc: a file that the signed/);
    const part = await buildWith(async (text, folder) => {
      await writeFile(path.join(folder, 'hello_1.0.orig.tar.xz'), 'evil');
      return await sign(text);
    });
    await refused(part, 'not the one that the .dsc lists');
  });

  it('of which one .changes is signed and another one is not', async () => {
    const build = await buildWith(async (text, folder) => {
      await writeFile(path.join(folder, 'hello_1.0-1_source.changes'), text);
      return await builder.clearsign(text);
    });
    await refused(build, 'hello_1.0-1_source.changes: the file is not signed');
    const signed = await buildWith((text) => builder.clearsign(text));
    const unsigned = await bench.binaries({ name: 'more' });
    const work = () => bench.publish([signed, unsigned], { allowedSigners: allowed });
    await expectRefused(bench.repository, work, 'the build is not signed');
  });

  it('whose key has expired or was revoked since, though the signature is older', async () => {
    await using gpg = await GpgKeys.make();
    const sign = async (text: string, key: string, daysAgo: number) =>
      (await gpg.gpg(['--local-user', key, '--clearsign'], { input: text, daysAgo })).stdout;
    const good = await gpg.key();
    const expired = await gpg.key({ expires: '10d', daysAgo: 20 });
    const revoked = await gpg.key({ daysAgo: 20 });
    const builds = [
      await buildWith(async (text) => await sign(text, expired, 15)),
      await buildWith(async (text) => await sign(text, revoked, 15)),
    ] as const;
    await gpg.revoke(revoked);
    const keys = await Promise.all([good, expired, revoked].map(async (each) => await gpg.public(each)));
    // Several keys in one file.
    const signers = await allowedOf(keys.join('\n'));
    expect(signers.fingerprints).toEqual([good, expired, revoked].sort());
    await refused(builds[0], new RegExp(`not good .*${expired}.*expired`), signers);
    await refused(builds[1], new RegExp(`not good .*${revoked}.*revoked`), signers);
    // With nothing but such keys nothing could ever be published.
    for (const [key, reason] of [
      [keys[1] ?? '', 'expired'],
      [keys[2] ?? '', 'revoked'],
    ] as const) {
      await expect(allowedOf(key)).rejects.toThrow(new RegExp(`no key that may sign builds .*${reason}`));
    }
  });

  it('that is signed with a digest that nobody trusts any more', async () => {
    await using gpg = await GpgKeys.make();
    const key = await gpg.key({ algorithm: 'rsa3072' });
    const weak = ['--digest-algo', 'SHA1', '--local-user', key, '--clearsign'];
    const build = await buildWith(async (text) => (await gpg.gpg(weak, { input: text })).stdout);
    await refused(build, /not good .*SHA1/, await allowedOf(await gpg.public(key)));
  });
});

describe('the keys', () => {
  it('are public ones that can be read', async () => {
    const secret = (await generateKey({ name: 'X', email: 'x@example.org' })).key.reveal();
    await expect(allowedOf(secret)).rejects.toThrow('found a private key');
    await expect(allowedOf('junk')).rejects.toThrow('not an OpenPGP public key');
    await expect(allowedOf('')).rejects.toThrow('not an OpenPGP public key');
    const missing = AllowedSigners.read(['/nowhere/key.asc'], new Date(), 'input allowed-signers');
    await expect(missing).rejects.toThrow(/input allowed-signers: the keys cannot be read \(found ENOENT/);
  });
});

describe('the action', () => {
  async function act(inputs: Record<string, string>) {
    const host = new RecordingHost(
      { repository: bench.repository, 'signing-key': bench.secret, report: 'report.json', ...inputs },
      { workspace: bench.folder },
    );
    const code = await runAction(action, publishAction, host);
    return { host, code, errors: host.annotations('error').map(({ message }) => message) };
  }

  it('says who signed: in the plan, the log, the summary and the report', async () => {
    const { fingerprint } = builder.key;
    const build = await buildWith((text) => builder.clearsign(text));
    const inputs = { packages: build, 'allowed-signers': path.relative(bench.folder, keyFile) };
    const planned = await act({ ...inputs, plan: 'plan.json' });
    expect(planned.errors).toEqual([]);
    const plan = JSON.parse(await readFile(path.join(bench.folder, 'plan.json'), 'utf8'));
    expect(plan.builds).toMatchObject([{ signedBy: [fingerprint] }]);
    expect(planned.host.summaryText).toContain(fingerprint);

    const { host, errors } = await act({ apply: 'plan.json', 'allowed-signers': inputs['allowed-signers'] });
    expect(errors).toEqual([]);
    expect(host.transcript()).toContain(`signed by Builder <builder@example.org>, ${fingerprint}`);
    expect(host.summaryText).toContain('Who signed the builds');
    const report = JSON.parse(await readFile(path.join(bench.folder, 'report.json'), 'utf8'));
    expect(report.builds).toMatchObject([{ package: 'hello', version: '1.0', signedBy: [fingerprint] }]);
  });

  it('takes the keys from the packaging file; a plan without signatures does not help', async () => {
    const packaging = path.join(bench.folder, 'packaging.yml');
    await writeFile(
      packaging,
      `release: {name: acme, version: "1"}\ntargets: [debian-12]\nrepositories:\n  - name: acme\n    path: ${bench.repository}\n    allowed-signers: [${path.relative(bench.folder, keyFile)}]\n`,
    );
    const unsigned = await buildWith((text) => text);
    const planned = await act({ packages: unsigned, plan: 'plan.json' });
    expect(planned.errors).toEqual([]);
    for (const inputs of [{ packages: unsigned }, { packages: unsigned, plan: 'other.json' }, { apply: 'plan.json' }]) {
      const { errors, code } = await act({ ...inputs, repository: '', packaging: 'packaging.yml' });
      expect(code).toBe(1);
      expect(errors).toEqual([expect.stringMatching(/the file is not signed/)]);
    }
    const signed = await buildWith((text) => builder.clearsign(text));
    expect((await act({ packages: signed, repository: '', packaging: 'packaging.yml' })).errors).toEqual([]);
  });

  it('asks for signatures in reviews too, once of each build', async () => {
    const inputs = { 'allowed-signers': keyFile, review: '42' };
    const signed = await buildWith((text) => builder.clearsign(text));
    expect((await act({ ...inputs, packages: signed })).errors).toEqual([]);
    // What the review has already goes along; it carries the repository's signature by now.
    const second = await bench.scratch('build');
    await bench.deb(second, { name: 'second' });
    await bench.records(second, 'second', '1.0');
    const unsigned = await bench.build(second);
    const refused = await act({ ...inputs, packages: unsigned });
    expect(refused.errors).toEqual([expect.stringMatching(/second_1\.0_amd64\.changes: the file is not signed/)]);
    const changes = path.join(second, 'second_1.0_amd64.changes');
    await writeFile(changes, await builder.clearsign(await readFile(changes, 'utf8')));
    const { errors, host } = await act({ ...inputs, packages: await bench.build(second) });
    expect(errors).toEqual([]);
    expect(host.transcript()).toContain(`signed by Builder <builder@example.org>, ${builder.key.fingerprint}`);
    const { stdout } = await run([
      'find',
      '-L',
      host.outputs['repository'] ?? '',
      '-path',
      '*/pool/*',
      '-name',
      '*.deb',
    ]);
    const found = stdout
      .trim()
      .split('\n')
      .map((file) => path.basename(file));
    expect([...new Set(found)].sort()).toEqual(['hello_1.0-1_amd64.deb', 'second_1.0_amd64.deb']);
  });
});
