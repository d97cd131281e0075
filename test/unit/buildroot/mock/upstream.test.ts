import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GenerationRecord } from '../../../../src/buildroot/generation.ts';
import { changedRepositories } from '../../../../src/buildroot/mock/upstream.ts';

const digest = (text: string) => createHash('sha256').update(text).digest('hex');
const REPOMD = '<repomd><revision>1</revision></repomd>';
const answers = new Map<string, string>();
let server: http.Server;
let url: string;

beforeAll(async () => {
  server = http.createServer((request, response) => {
    const answer = answers.get(request.url ?? '');
    if (answer === undefined) response.writeHead(404).end();
    else response.end(answer);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  answers.set('/repo/repodata/repomd.xml', REPOMD);
  answers.set('/mirrors?repo=x&arch=y', `# mirrors\n${url}/gone/\n${url}/repo/\n`);
  const hash = (text: string) => `<verification><hash type="sha256">${digest(text)}</hash></verification>`;
  answers.set(
    '/metalink?repo=x',
    `<?xml version="1.0" encoding="utf-8"?><metalink version="3.0" xmlns="http://www.metalinker.org/" xmlns:mm0="http://fedorahosted.org/mirrormanager"><files><file name="repomd.xml"><size>1</size>${hash(REPOMD)}<mm0:alternates><mm0:alternate>${hash('older')}</mm0:alternate></mm0:alternates></file></files></metalink>`,
  );
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const entry = (
  kind: 'baseurl' | 'mirrorlist' | 'metalink',
  place: string,
  text = REPOMD,
): GenerationRecord['releases'][number] => ({
  uri: `${url}${place}`,
  release: 'base',
  file: 'repodata/repomd.xml',
  kind,
  sha256: digest(text),
});

describe('the repositories of a generation', () => {
  it.each([
    ['baseurl', '/repo'],
    ['mirrorlist', '/mirrors?repo=x&arch=y'],
    ['metalink', '/metalink?repo=x'],
  ] as const)('known by %s are compared by their index', async (kind, place) => {
    expect(await changedRepositories([entry(kind, place)])).toEqual([]);
    expect(await changedRepositories([entry(kind, place, 'older')])).toEqual(['base']);
  });

  it('are asked through a proxy where one is said', async () => {
    const asked: string[] = [];
    const proxy = http.createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end(REPOMD);
    });
    proxy.listen(0, '127.0.0.1');
    await new Promise((resolve) => proxy.once('listening', resolve));
    try {
      const options = { proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, attempts: 1 };
      const there = { ...entry('baseurl', ''), uri: 'http://mirror.example.invalid/el9/' };
      expect(await changedRepositories([there], options)).toEqual([]);
      expect(await changedRepositories([{ ...there, sha256: digest('older') }], options)).toEqual(['base']);
      expect(new Set(asked)).toEqual(new Set(['http://mirror.example.invalid/el9/repodata/repomd.xml']));
    } finally {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    }
  });

  it.each([
    ['baseurl', '/gone', /without an index/],
    ['mirrorlist', '/gone', /not there/],
    ['metalink', '/gone', /not there/],
    ['mirrorlist', '/repo/repodata/repomd.xml', /without any/],
    ['metalink', '/repo/repodata/repomd.xml', /not a metalink/],
  ] as const)('that cannot be asked by %s %s are an error', async (kind, place, expected) => {
    await expect(changedRepositories([entry(kind, place)], { attempts: 1 })).rejects.toThrow(expected);
  });
});
