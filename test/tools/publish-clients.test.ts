/** Clients of a repository that is served over http while it changes. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Workbench } from './publish-helpers.ts';
import { type PublishServer, servePublic } from './publish-server.ts';

let bench: Workbench;
let server: PublishServer;

beforeAll(async () => {
  bench = await Workbench.make();
  server = await servePublic(path.join(bench.repository, 'public'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

const uri = () => server.url;

describe('a client that stays', () => {
  it('updates and installs after each of three publishes', async () => {
    await bench.publish([await bench.full('hello', '1.0-1')]);
    const apt = await bench.apt({ uri: uri() });
    for (const version of ['1.0-1', '1.0-2', '2.0-1']) {
      if (version !== '1.0-1') await bench.publish([await bench.full('hello', version)]);
      await apt.update();
      expect(await apt.list()).toEqual([`hello ${version}`]);
      await apt.run('apt-get', '-q', '-y', '--download-only', 'install', 'hello');
      expect(
        (await stat(path.join(apt.folder, 'cache', 'archives', `hello_${version}_amd64.deb`))).size,
      ).toBeGreaterThan(500);
      await apt.run('apt-get', '-q', 'source', '--download-only', 'hello');
    }
    expect(server.requests.some((url) => url.includes('/by-hash/SHA256/'))).toBe(true);
    expect(server.requests.filter((url) => url.endsWith('/Packages.gz') || url.endsWith('/Packages'))).toEqual([]);
  });

  it('that holds the Release of the former snapshot still gets the indexes that it lists', async () => {
    const inRelease = await (await fetch(`${uri()}/latest/dists/bookworm/InRelease`)).text();
    await bench.publish([await bench.full('hello', '3.0-1')]);
    const [, block = ''] = /^SHA256:\n((?: .*\n)+)/m.exec(inRelease) ?? [];
    const lines = block
      .trim()
      .split('\n')
      .map((line) => line.trim().split(' '));
    expect(lines.length).toBeGreaterThan(5);
    for (const [digest, , name = ''] of lines) {
      const response = await fetch(
        `${uri()}/latest/dists/bookworm/${path.posix.dirname(name)}/by-hash/SHA256/${digest}`,
      );
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
  });
});

describe('clients that update all the time', () => {
  it('never see half a publish', async () => {
    let isOver = false;
    let updates = 0;
    const client = async () => {
      const apt = await bench.apt({ uri: uri() });
      while (!isOver) {
        await apt.update();
        await apt.run('apt-get', '-q', 'download', 'hello');
        updates++;
      }
    };
    const publisher = async () => {
      for (let minor = 1; minor <= 12 || (updates <= 5 && minor < 100); minor++) {
        await bench.publish([await bench.binaries({ version: `4.${minor}-1` })]);
      }
    };
    const over = () => {
      isOver = true;
    };
    const ended = await Promise.allSettled([client(), client(), publisher()].map((each) => each.finally(over)));
    expect(ended.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(updates).toBeGreaterThan(5);
  });
});
