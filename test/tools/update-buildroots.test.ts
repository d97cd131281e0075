import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/update-buildroots/inputs.ts';
import { run } from '../../src/actions/update-buildroots/run.ts';
import { configurationDigest, debBuildroot } from '../../src/buildroot/configuration.ts';
import {
  buildrootFolder,
  currentGeneration,
  installGeneration,
  lockBuildroot,
  repositoryUris,
  stageGeneration,
} from '../../src/buildroot/generation.ts';
import { readHistory } from '../../src/buildroot/history.ts';
import { localBinds } from '../../src/buildroot/local-repository.ts';
import { writeRejection } from '../../src/buildroot/rejection.ts';
import { changedReleases } from '../../src/buildroot/releases.ts';
import { openSession } from '../../src/buildroot/session.ts';
import { type HoldOptions, holdBuildroot } from '../../src/buildroot/update.ts';
import { resolveTarget } from '../../src/config/target.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { run as command } from '../../src/process.ts';
import { type ArchiveKey, archiveKey, makeDeb, writeArchive } from './apt-archive.ts';
import { STATE, testGeneration } from './buildroot.ts';

let folder: string;
beforeAll(async () => {
  await (await testGeneration()).lock.release();
  // Not in /tmp, which may be an overlay itself: the kernel takes no upper folder on another one.
  folder = await mkdtemp(path.join(path.dirname(STATE), 'test-update-'));
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function update(inputs: Record<string, string>): Promise<{ code: number; host: RecordingHost }> {
  const host = new RecordingHost(inputs, { workspace: folder });
  return { code: await runAction(action, run, host), host };
}

/** A loopback server that answers every request by `answer`. */
async function serve(answer: http.RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server = http.createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/debian`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Serves `folder`, whatever the first two parts of the path are; the others are noted. */
function files(folder: string, asked: string[] = []): http.RequestListener {
  return (request, response) => {
    const name = (request.url ?? '').split('/').slice(3).join('/');
    asked.push(name);
    readFile(path.join(folder, name)).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  };
}

const errors = (host: RecordingHost) => host.annotations('error').map(({ message }) => message);

describe('update-buildroots', () => {
  it('makes nothing when nothing changed upstream', async () => {
    const before = await currentGeneration(path.join(STATE, 'buildroots/debian-12-amd64'));
    const { code, host } = await update({ targets: 'bookworm', state: STATE });
    expect(errors(host)).toEqual([]);
    expect(code).toBe(0);
    expect(host.outputs['changed']).toBe('false');
    expect(JSON.parse(host.outputs['result'] ?? '')).toMatchObject([
      { name: 'debian-12-amd64', generation: before?.id, outcome: 'unchanged' },
    ]);
  });

  it('adds repositories, pins and packages to a buildroot with a name of its own, and follows them', async () => {
    const state = path.join(folder, 'state');
    // Without a Release file; the name is one that apt does not keep as it is.
    const flat = path.join(folder, 'my_flat~x');
    await mkdir(flat, { recursive: true });
    await makeDeb(flat, 'made-here', '1.0');
    const index = (await command(['dpkg-scanpackages', '.'], { cwd: flat })).stdout;
    await writeFile(path.join(flat, 'Packages'), index);
    // Signed, with Release and Release.gpg, over the network.
    const key = await archiveKey();
    const signed = { folder: path.join(folder, 'signed'), suites: ['stable'], components: ['main'] };
    const sign = () => writeArchive({ ...signed, origin: 'Tests', key, signature: 'beside' });
    await mkdir(path.join(signed.folder, 'pool'), { recursive: true });
    await makeDeb(path.join(signed.folder, 'pool'), 'signed-here', '1.0');
    await sign();
    await writeFile(path.join(folder, 'signed.asc'), key.publicKey);
    await using server = await serve(files(signed.folder));
    const uri = `${server.url}/my_repo~x`;
    const inputs = {
      targets: 'debian-12',
      state,
      name: 'own',
      repositories: `deb [trusted=yes] ${flat} ./\ndeb ${uri} stable main`,
      'repository-keys': path.join(folder, 'signed.asc'),
      pins: 'made-here; version 1.0; 1001',
      include: 'signed-here',
      keep: '0',
    };
    const own = async (more: Record<string, string> = {}) => {
      const { code, host } = await update({ ...inputs, ...more });
      expect(errors(host)).toEqual([]);
      expect(code).toBe(0);
      const [result] = JSON.parse(host.outputs['result'] ?? '') as Record<string, unknown>[];
      return { result, generation: await currentGeneration(path.join(state, 'buildroots/own')) };
    };
    const { result: created, generation: first } = await own();
    expect(created).toMatchObject({ outcome: 'created', reason: 'there was none' });
    expect(first?.record.packages).toContain('signed-here:all=1.0');
    expect(first?.record.releases.map(({ uri, file }) => `${uri.replace(/\/+$/, '')} ${file}`)).toEqual(
      expect.arrayContaining([`file:${flat} Packages`, `${uri} dists/stable/Release`]),
    );
    expect(first?.record.releases.some(({ file }) => file === 'dists/bookworm/InRelease')).toBe(true);
    expect((await own()).result).toMatchObject({ outcome: 'unchanged', generation: first?.id });

    await writeFile(path.join(flat, 'Packages'), `${index}\n`);
    expect(await changedReleases(first?.record.releases ?? [])).toEqual([`file:${flat}`]);
    await rm(path.join(flat, 'Packages'));
    await command(['sh', '-c', 'gzip > "$1"', 'sh', path.join(flat, 'Packages.gz')], { input: index });
    expect(await changedReleases(first?.record.releases ?? [])).toEqual([]);

    await makeDeb(path.join(signed.folder, 'pool'), 'signed-here', '1.1');
    await sign();
    // Tried once is enough here: it takes long.
    const { result: updated, generation } = await own({ 'smoke-test': 'false' });
    expect(updated).toMatchObject({ outcome: 'updated', reason: 'stable changed upstream', removed: [first?.id] });
    expect(generation?.record.packages).toContain('signed-here:all=1.1');
    await using session = await openSession({
      state,
      root: { lower: [generation?.tree ?? ''] },
      scratch: 'disk',
      runId: 'test',
      binds: await localBinds(generation === undefined ? [] : repositoryUris(generation)),
    });
    expect((await session.chroot(['apt-cache', 'policy', 'made-here'])).stdout).toMatch(
      /Candidate: 1\.0[\s\S]*1\.0 1001/,
    );
    // Nothing of the session that made it is left in the tree.
    expect((await session.chroot(['sh', '-c', 'ls /dev/null /build /usr/sbin/policy-rc.d'])).stdout).toContain(
      'policy-rc.d',
    );
    // Questions of packages that builds install have their answers.
    const question = 'echo GET man-db/auto-update | DEBIAN_FRONTEND=noninteractive debconf-communicate';
    expect((await session.chroot(['sh', '-c', question])).stdout.trim()).toBe('0 false');
    expect(await readdir(path.join(state, 'sessions'))).toEqual([session.id]);
  });

  it.each([
    ['answers 404', (_request, response) => response.writeHead(404).end('no'), /bookworm Release.*check the mirror/],
    ['cuts the connection', (request) => request.socket.destroy(), /cannot be made/],
    ['serves what is no archive', (_request, response) => response.end('<html>hello</html>'), /cannot be made/],
  ] satisfies [string, http.RequestListener, RegExp][])(
    'says so in one line when the mirror %s',
    async (_name, answer, expected) => {
      await using server = await serve(answer);
      const state = path.join(folder, 'broken');
      const { code, host } = await update({ targets: 'debian-12', state, mirror: server.url });
      expect(code).toBe(1);
      const [message, ...more] = errors(host).filter((text) => !text.startsWith('E:'));
      expect(more).toEqual([]);
      expect(message).toMatch(expected);
      expect(message).not.toContain('\n');
      // No half-made generation, no link to one.
      expect((await readdir(path.join(state, 'buildroots/debian-12-amd64'))).sort()).toEqual([
        'history.jsonl',
        'keep',
        'lock',
      ]);
      expect(await readdir(path.join(state, 'sessions'))).toEqual([]);
    },
  );

  it('downloads through a proxy', async () => {
    const asked: string[] = [];
    await using server = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(404).end('no');
    });
    const state = path.join(folder, 'proxy');
    const mirror = 'http://mirror.invalid/debian';
    const { code } = await update({ targets: 'debian-12', state, mirror, proxy: new URL(server.url).origin });
    expect(code).toBe(1);
    // The name is nobody's: only a proxy is asked for it.
    expect(asked).toContain(`${mirror}/dists/bookworm/InRelease`);
  });

  it('looks through the proxy for what changed upstream', async () => {
    const asked: string[] = [];
    await using server = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.end('Origin: Nobody\n');
    });
    const uri = 'http://mirror.invalid/debian';
    const sha256 = createHash('sha256').update('Origin: Nobody\n').digest('hex');
    const release = { uri, release: 'bookworm', file: 'dists/bookworm/InRelease' };
    const options = { proxy: new URL(server.url).origin };
    expect(await changedReleases([{ ...release, sha256 }], options)).toEqual([]);
    expect(await changedReleases([{ ...release, sha256: sha256.replace(/./g, '0') }], options)).toEqual(['bookworm']);
    expect(new Set(asked)).toEqual(new Set([`${uri}/dists/bookworm/InRelease`]));
  });

  it('gives no build a generation on which nothing can be built', async () => {
    const state = path.join(folder, 'unfit');
    const flat = path.join(folder, 'breaks-here');
    const tree = path.join(flat, 'tree');
    await mkdir(path.join(tree, 'DEBIAN'), { recursive: true });
    const control =
      'Package: breaks-here\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: x\n';
    await writeFile(path.join(tree, 'DEBIAN/control'), control);
    await writeFile(path.join(tree, 'DEBIAN/postinst'), '#!/bin/sh\nrm /usr/bin/dpkg-gencontrol\n', { mode: 0o755 });
    await command(['dpkg-deb', '--root-owner-group', '--build', tree, path.join(flat, 'breaks-here.deb')]);
    await rm(tree, { recursive: true });
    await writeFile(path.join(flat, 'Packages'), (await command(['dpkg-scanpackages', '.'], { cwd: flat })).stdout);
    const repositories = `deb [trusted=yes] ${flat} ./`;
    const inputs = { targets: 'debian-12', state, name: 'unfit', repositories, include: 'breaks-here' };
    const { code, host } = await update(inputs);
    expect(code).toBe(1);
    expect(errors(host).join()).toMatch(
      /the new generation of the buildroot unfit did not pass its smoke test \(found package failure/,
    );
    const place = buildrootFolder(state, 'unfit');
    expect(await currentGeneration(place)).toBeUndefined();
    const [entry] = await readHistory(place);
    expect(entry).toMatchObject({ outcome: 'rejected', reason: 'there was none', failure: { verdict: 'package' } });
    expect(await readFile(entry?.failure?.log ?? '', 'utf8')).toContain('dpkg-gencontrol');
    expect((await readdir(place)).sort()).toEqual([
      'checked',
      'history.jsonl',
      'keep',
      'lock',
      'rejected.json',
      'smoke-failures',
    ]);
    expect(await readdir(path.join(state, 'sessions'))).toEqual([]);
  });

  it('waits for another update as the packaging file says', async () => {
    const state = path.join(folder, 'locked');
    const packaging = path.join(folder, 'packaging.yml');
    await writeFile(packaging, 'release: { name: x }\ntargets: [debian-12]\nlimits: { lock-timeout: 0s }\n');
    const place = buildrootFolder(state, 'debian-12-amd64');
    await using _lock = await lockBuildroot(place, 0, new RecordingHost());
    const { code, host } = await update({ packaging, state });
    expect(code).toBe(1);
    expect(errors(host).join()).toMatch(/in use by another process.*after 0 s/);
  });

  it.each([
    [{ targets: 'debian-99' }, /no such target.*debian-99.*expected.*debian-12/],
    [{ targets: 'debian-12', architecture: 'sparc' }, /no such architecture.*sparc/],
    [{ targets: '' }, /no target to update/],
    [{ targets: 'debian-12', include: 'less' }, /needs a name/],
    [{ targets: 'debian-12', name: '../x' }, /not a name for a buildroot/],
    [{ targets: 'debian-12', name: 'x', repositories: 'deb http://127.0.0.1/x y z' }, /no key for a repository/],
    [
      { targets: 'debian-12', name: 'x', repositories: 'deb [signed-by=/nowhere] http://127.0.0.1/x y z' },
      /a key cannot be read/,
    ],
    [{ targets: 'debian-12', name: 'x', pins: 'nonsense' }, /not a pin/],
    [{ targets: 'debian-12', mirror: 'http://127.0.0.1/ main; touch x' }, /^mirror: not a suite .*"main;"/],
  ] as [Record<string, string>, RegExp][])('refuses %j', async (inputs, expected) => {
    const state = path.join(folder, 'refused');
    const { code, host } = await update({ ...inputs, state });
    expect(code).toBe(1);
    expect(errors(host).join('\n')).toMatch(expected);
    expect(await readdir(path.join(state, 'buildroots')).catch(() => [])).toEqual([]);
  });
});

describe('a buildroot that is there', () => {
  const INRELEASE = 'not signed: no tool looks at it';
  let answer = INRELEASE;
  let server: Awaited<ReturnType<typeof serve>>;
  let state: string;
  let id: string;
  beforeEach(async () => {
    answer = INRELEASE;
    server = await serve((request, response) =>
      request.url === '/debian/dists/bookworm/InRelease' ? response.end(answer) : response.writeHead(404).end(),
    );
    state = await mkdtemp(path.join(folder, 'there-'));
    id = (await install('debian-12-amd64')).id;
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const configuration = (mirror = server.url) =>
    debBuildroot({ target: resolveTarget('debian-12'), architecture: 'amd64', mirror });

  /** A generation as if made from what the server has, so that nothing has to be. */
  async function install(name: string) {
    const place = buildrootFolder(state, name);
    await mkdir(place, { recursive: true });
    const staging = await stageGeneration(place);
    await mkdir(path.join(staging, 'tree'));
    const made = await configuration();
    return installGeneration(place, staging, 'a'.repeat(16), {
      schema: 'pkg-actions/generation/1',
      name,
      createdAt: new Date().toISOString(),
      configurationDigest: configurationDigest(made),
      configuration: { ...made },
      releases: [
        { uri: server.url, release: 'bookworm', sha256: createHash('sha256').update(INRELEASE).digest('hex') },
      ],
      packages: [],
      bytes: 1,
      tools: {},
    });
  }

  async function hold(more: Partial<HoldOptions> = {}) {
    const logger = new RecordingHost();
    const options = { state, configuration: await configuration(), runId: 'test', logger, maxAgeSeconds: 0 };
    const { generation, lock } = await holdBuildroot({ ...options, ...more });
    await lock.release();
    return { id: generation.id, warnings: logger.annotations('warning').map(({ message }) => message) };
  }

  const inputs = () => ({ targets: 'debian-12', architecture: 'amd64', state, mirror: server.url });
  const current = async (name = 'debian-12-amd64') => (await currentGeneration(buildrootFolder(state, name)))?.id;

  it('is left alone where nothing changed', async () => {
    const { code, host } = await update(inputs());
    expect(errors(host)).toEqual([]);
    expect(code).toBe(0);
    expect(host.outputs['changed']).toBe('false');
  });

  it.each([
    ['it is asked for', async () => ({ force: 'true' })],
    ['its configuration changed', async () => ({ mirror: `${server.url}/other` })],
    [
      'its archive changed',
      async () => {
        answer = 'another';
        return {};
      },
    ],
  ] satisfies [string, () => Promise<Record<string, string>>][])(
    'is made anew where %s, and stays when that fails',
    async (_why, change) => {
      // The server has no archive: that it is asked for packages is what tells.
      const { code, host } = await update({ ...inputs(), ...(await change()) });
      expect(code).toBe(1);
      expect(errors(host).join()).toContain('cannot be made');
      expect(await current()).toBe(id);
    },
  );

  it('serves builds when its archive cannot be reached, with a warning', async () => {
    await server[Symbol.asyncDispose]();
    const held = await hold();
    expect(held.id).toBe(id);
    expect(held.warnings.join()).toMatch(/could not be brought up to date, its last generation is used/);
  });

  it('is not looked after when that was done just now', async () => {
    await server[Symbol.asyncDispose]();
    expect(await hold({ maxAgeSeconds: 3600 })).toEqual({ id, warnings: [] });
  });

  it('serves builds while an update of it runs', async () => {
    await using _update = await lockBuildroot(buildrootFolder(state, 'debian-12-amd64'), 0, new RecordingHost());
    answer = 'another';
    expect(await hold({ maxAgeSeconds: 1e-9 })).toEqual({ id, warnings: [] });
    // Where upstream has to be looked at, the build waits.
    expect((await hold({ lockSeconds: 0 })).warnings.join()).toMatch(/in use by another process/);
  });

  it('is not made again from what is not wanted, until that is another', async () => {
    const place = buildrootFolder(state, 'debian-12-amd64');
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const digest = configurationDigest(await configuration());
    await writeRejection(place, {
      schema: 'pkg-actions/rejection/1',
      kind: 'smoke-test',
      rejectedAt: '2026-02-03T04:05:06.000Z',
      generation: 'b'.repeat(16),
      configurationDigest: digest,
      releases: [{ uri: server.url, release: 'bookworm', sha256: sha256('broken') }],
      verdict: 'package',
      reason: 'nothing is built',
    });
    answer = 'broken';
    const held = await hold();
    expect(held.id).toBe(id);
    expect(held.warnings).toEqual([
      expect.stringMatching(
        /stays at generation a{16}: upstream is as it was for generation b{16}, which did not pass its smoke test/,
      ),
    ]);
    // Also where nobody looks upstream.
    expect((await hold({ maxAgeSeconds: 3600 })).warnings).toEqual([
      expect.stringMatching(/is held at generation a{16}: not wanted is generation b{16}/),
    ]);
    // The server has no archive: that it is asked for packages is what tells.
    expect((await update(inputs())).code).toBe(1);
    answer = 'mended';
    expect((await hold()).warnings.join()).toMatch(/could not be brought up to date/);
    expect(await current()).toBe(id);
  });

  it('does not serve builds with another configuration, unless it has a name of its own', async () => {
    const other = await configuration(`${server.url}/other`);
    await expect(hold({ configuration: other, maxAgeSeconds: 3600 })).rejects.toThrow(/cannot be made/);
    await install('own');
    expect((await hold({ configuration: other, name: 'own' })).warnings).toEqual([]);
    // Looked after with its own.
    answer = 'another';
    expect((await hold({ configuration: other, name: 'own' })).warnings.join()).toContain(
      'its last generation is used',
    );
    expect(await current('own')).toBe(id);
  });
});

describe('a target of Ubuntu', () => {
  const SUITES = ['noble', 'noble-updates', 'noble-security'];

  async function ubuntu(keyringOf: (key: ArchiveKey) => Promise<ArchiveKey>) {
    const place = await mkdtemp(path.join(folder, 'ubuntu-'));
    const key = await archiveKey();
    const keyring = path.join(place, 'keyring.gpg');
    await writeFile(keyring, (await keyringOf(key)).signer.publicKey.binary);
    await mkdir(path.join(place, 'archive/pool'), { recursive: true });
    await makeDeb(path.join(place, 'archive/pool'), 'made-here', '1.0');
    await writeArchive({
      folder: path.join(place, 'archive'),
      suites: SUITES,
      components: ['main', 'universe'],
      origin: 'Ubuntu',
      key,
      signature: 'inline',
    });
    const target = path.join(place, 'target.yml');
    const builtIn = await readFile(path.resolve(import.meta.dirname, '../../targets/ubuntu-24.04.yml'), 'utf8');
    await writeFile(target, builtIn.replace(/^keyring: .*$/m, `keyring: ${keyring}`));
    const asked: string[] = [];
    await using server = await serve(files(path.join(place, 'archive'), asked));
    const mirror = `${server.url}/mirror`;
    const { code, host } = await update({ targets: target, state: path.join(place, 'state'), mirror });
    expect(code).toBe(1);
    return { asked, message: errors(host).join('\n') };
  }

  // A whole archive of Ubuntu is not at hand: that its packages are asked for is as far as this one goes.
  it('takes every suite from the mirror, with the keyring of the target', async () => {
    const { asked, message } = await ubuntu(async (key) => key);
    for (const suite of SUITES) {
      expect(asked).toContain(`dists/${suite}/InRelease`);
      expect(asked.some((name) => name.startsWith(`dists/${suite}/main/binary-amd64/`))).toBe(true);
    }
    expect(message).not.toMatch(/NO_PUBKEY|sign/);
    expect(message).toMatch(/ubuntu-24\.04 for amd64 cannot be made/);
  });

  it('takes nothing that another key signed', async () => {
    const { asked, message } = await ubuntu(() => archiveKey());
    expect(asked.some((name) => name.includes('Packages'))).toBe(false);
    expect(message).toMatch(/NO_PUBKEY|not signed|couldn't be verified/);
    expect(message).toMatch(/name it: keyring in the target ubuntu-24\.04/);
  });
});
