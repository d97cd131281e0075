import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/update-buildroots/inputs.ts';
import { run } from '../../src/actions/update-buildroots/run.ts';
import { currentGeneration, repositoryUris } from '../../src/buildroot/generation.ts';
import { localBinds } from '../../src/buildroot/local-repository.ts';
import { openSession } from '../../src/buildroot/session.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { run as command } from '../../src/process.ts';
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

  it('adds repositories, pins and packages to a buildroot with a name of its own', async () => {
    const repository = path.join(folder, 'flat');
    await mkdir(path.join(folder, 'package/DEBIAN'), { recursive: true });
    await mkdir(repository, { recursive: true });
    await writeFile(
      path.join(folder, 'package/DEBIAN/control'),
      'Package: made-here\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: x\n',
    );
    await command(['dpkg-deb', '--build', path.join(folder, 'package'), repository]);
    const { stdout } = await command(['dpkg-scanpackages', '.'], { cwd: repository });
    await writeFile(path.join(repository, 'Packages'), stdout);
    const { code, host } = await update({
      targets: 'debian-12',
      state: path.join(folder, 'state'),
      name: 'own',
      repositories: `deb [trusted=yes] ${repository} ./`,
      pins: 'made-here; version 1.0; 1001',
      include: 'less',
    });
    expect(errors(host)).toEqual([]);
    expect(code).toBe(0);
    const generation = await currentGeneration(path.join(folder, 'state/buildroots/own'));
    expect(generation?.record.packages.some((entry) => entry.startsWith('less:'))).toBe(true);
    await using session = await openSession({
      state: path.join(folder, 'state'),
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
    expect(await readdir(path.join(folder, 'state/sessions'))).toEqual([session.id]);
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
      expect((await readdir(path.join(state, 'buildroots/debian-12-amd64'))).sort()).toEqual(['lock']);
      expect(await readdir(path.join(state, 'sessions'))).toEqual([]);
    },
  );

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
