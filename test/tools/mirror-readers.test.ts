/** Clients that read a mirror all the time while it is brought from state to state. */
import { readlink } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { RecordingHost } from '../../src/host/recording.ts';
import { Secret } from '../../src/secret.ts';
import { Line, mirror, rsyncDaemon, sshServer } from './mirror-rig.ts';
import { servedDebs } from './mirror-served.ts';
import { Workbench } from './publish-helpers.ts';
import { servePublic } from './publish-server.ts';

const ROUNDS = 4;

test.each(['daemon', 'ssh', 'folder'])('no reader sees anything torn while a mirror by %s moves on', async (kind) => {
  await using bench = await Workbench.make();
  const to = path.join(bench.folder, 'to');
  await using stack = new AsyncDisposableStack();
  const host = new RecordingHost({}, { workspace: bench.folder });
  let place = to;
  let more = {};
  if (kind === 'daemon') {
    const daemon = stack.use(await rsyncDaemon(path.join(bench.folder, 'daemon'), to));
    const line = stack.use(await Line.to(() => daemon.port));
    place = `rsync://127.0.0.1:${line.port}/mirror`;
  } else if (kind === 'ssh') {
    const server = stack.use(await sshServer(path.join(bench.folder, 'ssh')));
    place = `ssh://root@127.0.0.1:${server.port}${to}`;
    more = { knownHosts: server.knownHosts, sshKey: new Secret(server.key) };
  }
  const publish = async (round: number) =>
    await bench.publish([await bench.binaries({ name: 'hello', version: `1.${round}` })]);
  await publish(0);
  await mirror(bench.repository, host, [place], more);

  let isDone = false;
  const links = new Set<string>();
  const seen = new Set<string>();
  const errors: string[] = [];
  const reader = async (read: () => Promise<void>) => {
    let count = 0;
    while (!isDone) {
      await read().catch((error: unknown) => errors.push(String(error)));
      count += 1;
    }
    return count;
  };
  const web = stack.use(await servePublic(to));
  const client = await bench.apt({ uri: web.url });
  const readers = [
    reader(async () => {
      links.add(await readlink(path.join(to, 'latest')));
    }),
    // A state is read within a moment; between two looks at the channel it may move on, which by-hash is for.
    reader(async () => {
      seen.add((await servedDebs(to, 'latest', false)).join());
    }),
    reader(async () => await client.update()),
  ];
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      await publish(round);
      await mirror(bench.repository, host, [place], more);
      // Every state is seen by a reader before the next one comes.
      const state = `hello 1.${round}`;
      await expect.poll(() => seen.has(state), { timeout: 120_000, interval: 20 }).toBe(true);
    }
  } finally {
    isDone = true;
  }
  const counts = await Promise.all(readers);
  expect(errors).toEqual([]);
  expect(counts.every((count) => count > 0)).toBe(true);
  expect(links.size).toBe(ROUNDS + 1);
});
