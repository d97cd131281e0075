/**
 * Clients that update and download all the time, over http, while a hundred publishes happen: no hash mismatch, no file
 * that is not there, no bad signature. `PKG_ACTIONS_PUBLISHES=1000` makes it as many for each format.
 */
import { readdir, readlink, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { swapLink } from '../../src/durable.ts';
import { prune } from '../../src/repository/manage/prune.ts';
import { Workbench } from './publish-helpers.ts';
import { servePublic } from './publish-server.ts';
import { type DnfClient, RpmWorkbench } from './rpm-publish-helpers.ts';

const PUBLISHES = Number(process.env['PKG_ACTIONS_PUBLISHES'] ?? 100);
/** As many versions, one after the other, and from the first one again. */
const VERSIONS = 8;
/** Each client must have come so far, however slow the machine is. */
const MIN_UPDATES = 10;

/** Two formats at once, on a machine that does other things too. */
const LIMIT = { timeout: 1_800_000 };

/** What became of a client's updates. */
interface Reader {
  updates: number;
  readonly errors: string[];
}

/** Publishes until it is enough, while `clients` read, one after the other, all the time. */
async function readWhilePublishing(
  publish: (round: number) => Promise<{ readonly changed: boolean }>,
  clients: readonly (() => Promise<void>)[],
): Promise<Reader[]> {
  let isOver = false;
  const readers = clients.map((): Reader => ({ updates: 0, errors: [] }));
  const reading = (async () => {
    for (let turn = 0; !isOver; turn++) {
      const reader = readers[turn % clients.length] as Reader;
      try {
        await clients[turn % clients.length]?.();
        reader.updates++;
      } catch (error) {
        reader.errors.push(explain(error));
      }
    }
  })();
  const isEnough = (round: number) =>
    round > PUBLISHES && (readers.every(({ updates }) => updates >= MIN_UPDATES) || round > PUBLISHES * 10);
  try {
    for (let round = 1; !isEnough(round); round++) expect((await publish(round)).changed).toBe(true);
  } finally {
    isOver = true;
    await reading;
  }
  return readers;
}

function explain(error: unknown): string {
  const { failure } = error as { failure?: { stderr: string; stdout: string } };
  return `${String(error)}\n${failure?.stderr ?? ''}`;
}

function report(format: string, readers: readonly Reader[]): void {
  const counts = readers.map(({ updates, errors }) => `${updates} updates, ${errors.length} failed`);
  process.stdout.write(`${format}, ${PUBLISHES} publishes: ${counts.join('; ')}\n`);
}

describe('a channel that moves while dnf reads it', () => {
  it('tears repomd.xml from its signature, once, unless dnf asks for the snapshot first', async () => {
    await using bench = await RpmWorkbench.make();
    await using server = await servePublic(path.join(bench.repository, 'public'));
    const snapshots: string[] = [];
    for (const version of ['1-1', '2-1']) {
      const build = await bench.binaries({ version, subpackages: { doc: 'noarch' } });
      const { snapshot } = await bench.publish([build], {}, { url: server.url });
      snapshots.push(`snapshots/${snapshot.id}`);
    }
    const link = path.join(bench.repository, 'public', 'latest');
    /** Moves the channel to the other snapshot whenever that file of it is asked for: before it is opened. */
    const moveAt = (file: string) => {
      server.before = async (url) => {
        if (!url.endsWith(file)) return;
        const now = await readlink(link);
        await swapLink(link, snapshots.find((each) => each !== now) ?? '');
      };
    };
    const plain = await bench.dnf({ url: server.url });
    const listed = await bench.dnf({ url: server.url, mirrorlist: true });
    const states = ['1-1', '2-1'].map((version) => [`hello-${version}.x86_64`, `hello-doc-${version}.noarch`]);
    moveAt('/repomd.xml.asc');
    await expect(plain.list('--refresh')).rejects.toThrow(/Bad GPG signature/);
    for (let turn = 0; turn < 3; turn++) expect(states).toContainEqual(await listed.list('--refresh'));
    // Indexes of both states are served by both.
    for (const file of ['-primary.xml.gz', '/mirrorlist', '/repomd.xml']) {
      moveAt(file);
      for (const dnf of [plain, listed]) expect(states).toContainEqual(await dnf.list('--refresh'));
    }
    server.before = undefined;
    expect(await plain.list('--refresh')).toEqual(await listed.list('--refresh'));
    expect(server.missing).toEqual([]);
  });

  it('a snapshot that is removed after the indexes were read: dnf asks for the list again', async () => {
    await using bench = await RpmWorkbench.make();
    await using server = await servePublic(path.join(bench.repository, 'public'));
    const publish = async (version: string, days: number) => {
      const now = () => new Date(Date.now() - days * 86_400_000);
      const build = await bench.binaries({ version });
      await bench.publish([build], { now }, { url: server.url });
    };
    await publish('1-1', 20);
    const dnf = await bench.dnf({ url: server.url, mirrorlist: true });
    expect(await dnf.list()).toEqual(['hello-1-1.x86_64']);
    await publish('2-1', 10);
    const options = { root: bench.repository, holder: 'a test', leaseSeconds: 60, logger: bench.host, dryRun: false };
    const { signal } = new AbortController();
    expect((await prune({ ...options, signal, keep: 1, keepSeconds: 0 })).removed).toHaveLength(1);
    await dnf.run('--refresh', 'install', '--downloadonly', 'hello');
    expect(await dnf.list()).toEqual(['hello-2-1.x86_64']);
  });
});

describe.concurrent('while a hundred publishes happen', () => {
  it('apt never sees anything torn', LIMIT, async ({ expect }) => {
    await using bench = await Workbench.make();
    await using server = await servePublic(path.join(bench.repository, 'public'));
    const builds: string[] = [];
    for (let number = 0; number < VERSIONS; number++) builds.push(await bench.binaries({ version: `1.${number}-1` }));
    const publish = async (round: number) =>
      await bench.publish([builds[round % VERSIONS] ?? ''], { allowDowngrade: 'a test' });
    await publish(0);
    const staying = await bench.apt({ uri: server.url });
    const read = async (apt: typeof staying) => {
      await apt.update();
      await apt.run('apt-get', '-q', 'download', 'hello');
    };
    const readers = await readWhilePublishing(publish, [
      async () => await read(staying),
      async () => await read(await bench.apt({ uri: server.url })),
    ]);
    report('apt', readers);
    expect(readers.flatMap(({ errors }) => errors)).toEqual([]);
    expect(server.missing).toEqual([]);
  });

  it('dnf never sees anything torn', LIMIT, async ({ expect }) => {
    await using bench = await RpmWorkbench.make();
    await using server = await servePublic(path.join(bench.repository, 'public'));
    const builds: string[] = [];
    for (let number = 0; number < VERSIONS; number++) {
      builds.push(await bench.binaries({ version: `1.${number}-1`, subpackages: { doc: 'noarch' } }));
    }
    const publish = async (round: number) =>
      await bench.publish([builds[round % VERSIONS] ?? ''], { allowDowngrade: 'a test' }, { url: server.url });
    await publish(0);
    const read = async (dnf: DnfClient) => {
      await dnf.run('--refresh', 'install', '--downloadonly', 'hello', 'hello-doc');
      // Downloaded anew the next time.
      const cache = path.join(dnf.folder, 'cache');
      for (const name of await readdir(cache)) {
        await rm(path.join(cache, name, 'packages'), { recursive: true, force: true });
      }
    };
    const byChannel = await bench.dnf({ url: server.url });
    const bySnapshot = await bench.dnf({ url: server.url, mirrorlist: true });
    const [plain, listed] = await readWhilePublishing(publish, [
      async () => await read(byChannel),
      async () => await read(bySnapshot),
    ]);
    report(
      'dnf',
      [plain, listed].filter((each) => each !== undefined),
    );
    expect(listed?.errors).toEqual([]);
    // Its repomd.xml may be of the state before, and its repomd.xml.asc of the one after: this, and nothing else.
    for (const error of plain?.errors ?? []) expect(error).toMatch(/Bad GPG signature/);
    expect(plain?.errors.length).toBeLessThan(plain?.updates ?? 0);
    expect(server.missing).toEqual([]);
  });
});
