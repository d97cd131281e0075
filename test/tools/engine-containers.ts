/** What is so of sessions in containers only. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runClient } from '../../src/buildroot/engine/clients.ts';
import { endContainers } from '../../src/buildroot/leftovers/containers.ts';
import { openSession, type SessionOptions } from '../../src/buildroot/session.ts';
import { InfrastructureError, UserError } from '../../src/errors.ts';
import { STATE, testGeneration } from './buildroot.ts';
import type { TestContainerEngine } from './engine-fixtures.ts';
import { traces } from './traces.ts';

const PATIENCE = { timeout: 60_000, interval: 100 };

/** Registers the tests for the engine that `setUp` gives, in the calling test file. */
export function testContainers(setUp: () => Promise<TestContainerEngine>): void {
  let tested: TestContainerEngine;
  let shared: Awaited<ReturnType<typeof testGeneration>>;
  let folder: string;

  beforeAll(async () => {
    tested = await setUp();
    shared = await testGeneration();
    folder = await mkdtemp(path.join(path.dirname(STATE), 'test-containers-'));
  }, 900_000);
  afterAll(async () => {
    await shared?.lock.release();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    await tested?.close();
  });

  const open = (more: Partial<SessionOptions> = {}) =>
    openSession({
      state: folder,
      root: { lower: [shared.generation.tree] },
      scratch: 64 * 1024 ** 2,
      runId: 'test',
      engine: tested.engine,
      ...more,
    });

  describe('a session in a container', () => {
    it('is labelled, unprivileged, read-only, and gains no privileges', async () => {
      await using session = await open();
      const { client } = tested.engine;
      const { stdout } = await runClient(client, ['container', 'inspect', `pkg-actions-${session.id}`]);
      const [container] = JSON.parse(stdout) as [
        {
          Config: { Labels: Record<string, string> };
          HostConfig: { Privileged: boolean; ReadonlyRootfs: boolean; CapDrop: string[]; SecurityOpt: string[] };
          Mounts: { Destination: string; RW: boolean }[];
        },
      ];
      expect(container.Config.Labels).toMatchObject({
        'pkg-actions.run': 'test',
        'pkg-actions.session': session.id,
        'pkg-actions.state': folder,
      });
      expect(container.HostConfig).toMatchObject({ Privileged: false, ReadonlyRootfs: true });
      expect(JSON.stringify(container.HostConfig.SecurityOpt)).toContain('no-new-privileges');
      const writable = container.Mounts.filter(({ RW }) => RW).map(({ Destination }) => Destination);
      expect(writable).toEqual([path.join(folder, 'sessions', session.id)]);
      const status = (await session.chroot(['cat', '/proc/self/status'], { privileges: 'setup' })).stdout;
      expect(status).toMatch(/NoNewPrivs:\s+1/);
      // A filter of system calls: the engine's own.
      expect(status).toMatch(/Seccomp:\s+2/);
    });

    it('has dropped what the start alone needs, and nobody has more', async () => {
      await using session = await open();
      const script = 'for process in 1 self; do grep CapBnd /proc/$process/status; done';
      const sets = (await session.mount(['sh', '-c', script])).stdout.matchAll(/CapBnd:\s+(\w+)/g);
      // capabilities(7): 0 1 3 4 5 6 7 8 10 18 21 27 31, without 12 (net_admin).
      const bits = [0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 21, 27, 31].reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n);
      expect([...sets].map(([, set]) => BigInt(`0x${set}`))).toEqual([bits, bits]);
    });

    it('does not show how it is asked to run commands, nor anything of its container', async () => {
      await using session = await open();
      const script = `
        ls -A /control 2>/dev/null; ls -d /pkg-actions /old 2>/dev/null
        grep -c /control /proc/self/mountinfo
        for link in cwd root fd/3 fd/10 fd/11 fd/12; do
          (cd /proc/1/$link || cat /proc/1/$link || echo x > /proc/1/$link) 2>/dev/null && echo "may follow $link"
        done
        true
      `;
      for (const privileges of ['setup', 'build'] as const) {
        expect((await session.run(['sh', '-c', script], { privileges })).stdout).toBe('0\n');
      }
    });

    it('is gone when the client of the engine is killed, and says so', async () => {
      const session = await open();
      try {
        let begun = () => {};
        const began = new Promise<void>((resolve) => {
          begun = resolve;
        });
        const running = session.chroot(['sh', '-c', 'echo begun; sleep 600'], { onLine: () => begun() });
        running.catch(() => {});
        await began;
        const lines = await traces(`--name=pkg-actions-${session.id}`);
        const client = lines.map((line) => /^process (\d+): \S+ (?:.* )?run --rm /.exec(line)?.[1]).find(Boolean);
        process.kill(Number(client), 'SIGKILL');
        await expect(running).rejects.toBeInstanceOf(InfrastructureError);
      } finally {
        await session.close();
      }
      await expect.poll(() => traces(session.id), PATIENCE).toEqual([]);
      await expect.poll(() => tested.containersOf(session.id), PATIENCE).toEqual([]);
    });

    it('mounts folders whatever their names are', async () => {
      const odd = path.join(folder, `odd, "name":ro`);
      await mkdir(odd, { recursive: true });
      await writeFile(path.join(odd, 'a'), 'A');
      await using session = await open({ binds: [{ source: odd, destination: '/run/pkg-actions/odd' }] });
      expect((await session.chroot(['cat', '/run/pkg-actions/odd/a'])).stdout).toBe('A');
    });

    it('is not opened without its image, nor where nobody answers', async () => {
      const { engine } = tested;
      const missing = await open({ engine: { ...engine, image: 'localhost/nowhere/none:1' } as typeof engine }).catch(
        (error: unknown) => error,
      );
      expect(missing).toBeInstanceOf(UserError);
      expect(missing).not.toBeInstanceOf(InfrastructureError);
      expect((missing as Error).message).toContain('has no image localhost/nowhere/none:1');
      if (engine.name === 'docker') {
        const client = { ...engine.client, env: { ...engine.client.env, DOCKER_HOST: `unix://${folder}/nobody` } };
        const away = { ...engine, client };
        await expect(open({ engine: away })).rejects.toBeInstanceOf(InfrastructureError);
      }
      expect(await readdir(path.join(folder, 'sessions'))).toEqual([]);
    });

    it('is not opened when it was cancelled meanwhile, and leaves nothing', async () => {
      const controller = new AbortController();
      const opening = open({ signal: controller.signal }).catch((error: unknown) => error);
      const begun = async () => (await traces(`--label=pkg-actions.state=${folder}`)).length > 0;
      await expect.poll(begun, { ...PATIENCE, interval: 5 }).toBe(true);
      controller.abort();
      const opened = await opening;
      // It may have been faster.
      if (!(opened instanceof Error)) await (opened as Awaited<ReturnType<typeof open>>).close();
      await expect.poll(() => traces(folder), PATIENCE).toEqual([]);
      expect(await readdir(path.join(folder, 'sessions'))).toEqual([]);
    });

    it('is found by its labels where it was left, and removed', async () => {
      const { client, image } = tested.engine;
      await using session = await open();
      // Made and never started, as a client leaves it that is killed in between.
      const id = `left-${path.basename(folder).toLowerCase()}`;
      const labels = [`--label=pkg-actions.session=${id}`, `--label=pkg-actions.state=${folder}`];
      await runClient(client, ['create', '--pull=never', '--network=host', ...labels, image, 'true']);
      expect(await tested.containersOf(id)).toHaveLength(1);
      await endContainers({ id, engine: client.name });
      expect(await tested.containersOf(id)).toEqual([]);
      expect((await session.chroot(['echo', 'alive'])).stdout).toBe('alive\n');
    });

    it('keeps what is written over the lower folders on the disk of the host, as the host engine does', async () => {
      const upper = await mkdtemp(path.join(folder, 'upper-'));
      const session = await open({ scratch: { upper } });
      await session.chroot(['rm', '/etc/debian_version'], { privileges: 'setup' });
      await session.writeFile('/root/x', 'kept');
      await session.close();
      expect(await readFile(path.join(upper, 'changes/root/x'), 'utf8')).toBe('kept');
      // A layer made in a container is one for sessions of the host.
      await using next = await openSession({
        state: folder,
        root: { lower: [path.join(upper, 'changes'), shared.generation.tree] },
        scratch: 'disk',
        runId: 'test',
      });
      expect((await next.chroot(['cat', '/root/x'])).stdout).toBe('kept');
      await expect(next.chroot(['cat', '/etc/debian_version'])).rejects.toThrow(/No such file/);
    });
  });
}
