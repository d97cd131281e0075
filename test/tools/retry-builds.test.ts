/** Whole builds that are done again: with an archive that fails as real ones do, for as long as the first attempt lasts. */
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/build-sbuild/inputs.ts';
import { run } from '../../src/actions/build-sbuild/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { readManifest, verifyFiles } from '../../src/manifest.ts';
import { WAIT_VARIABLE } from '../../src/retry.ts';
import { type ArchiveKey, archiveKey, makeDeb, writeArchive } from './apt-archive.ts';
import { STATE, TARGET, testGeneration } from './buildroot.ts';
import { makeSource, type TinyPackage } from './source-package.ts';

let root: string;
let archive: string;
let key: ArchiveKey;
const before = process.env[WAIT_VARIABLE];
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-retry-'));
  archive = path.join(root, 'archive');
  key = await archiveKey();
  await mkdir(path.join(archive, 'pool'), { recursive: true });
  await makeDeb(path.join(archive, 'pool'), 'retry-dependency', '1.0');
  await writeArchive({
    folder: archive,
    suites: ['stable'],
    components: ['main'],
    origin: 'Test',
    key,
    signature: 'inline',
  });
  await writeFile(path.join(root, 'key.asc'), key.publicKey);
  await (await testGeneration()).lock.release();
});
afterAll(() => rm(root, { recursive: true, force: true }));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(root, 'case-'));
  process.env[WAIT_VARIABLE] = '1';
});
afterEach(() => {
  if (before === undefined) delete process.env[WAIT_VARIABLE];
  else process.env[WAIT_VARIABLE] = before;
});

type Answer = (response: http.ServerResponse, content: Buffer, file: string) => void;

const send: Answer = (response, content) => {
  response.writeHead(200, { 'content-length': content.length }).end(content);
};

/** Serves the archive; while `isIll` says so, files are answered as `ill` does. */
async function serve(isIll: () => boolean, ill: Answer) {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    const file = new URL(request.url ?? '/', 'http://localhost').pathname;
    asked.push(file);
    readFile(path.join(archive, path.normalize(file))).then(
      (content) => (isIll() ? ill : send)(response, content, file),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, [Symbol.asyncDispose]: close };
}

async function build(url: string, tiny: TinyPackage = {}, inputs: Record<string, string> = {}) {
  const dsc = await makeSource(folder, { buildDepends: ['retry-dependency'], ...tiny });
  const host = new RecordingHost(
    {
      source: dsc,
      target: TARGET,
      state: STATE,
      output: path.join(folder, 'packages'),
      repositories: `deb [signed-by=${root}/key.asc] ${url} stable main`,
      // What was installed or downloaded once would not be asked for again.
      layers: 'false',
      'download-cache': 'false',
      retries: '1',
      ...inputs,
    },
    { workspace: folder },
  );
  const code = await runAction(action, run, host);
  return { code, host, output: path.join(folder, 'packages') };
}

/** The logs of a failed attempt are kept as soon as it has ended. */
const isFirstAttempt = () => !readdirSync(folder).some((name) => name.includes('attempts'));

const FAILURES: readonly (readonly [string, Answer, RegExp])[] = [
  ['answers 503', (response) => response.writeHead(503).end(), /the archive answered "503/],
  [
    'cuts connections',
    (response, content, file) => {
      if (!file.endsWith('.deb')) return send(response, content, file);
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, content.length >> 1), () => response.destroy());
    },
    /the archive could not be read/,
  ],
  [
    'gives other bytes than it lists',
    (response, content, file) => {
      const other = Buffer.from(content);
      if (file.endsWith('.deb')) other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
      send(response, other, file);
    },
    /the archive changed while it was read: Hash Sum mismatch/,
  ],
];

describe('a build with an archive that', () => {
  it.each(FAILURES)('%s is done again', async (_title, ill, reason) => {
    await using server = await serve(isFirstAttempt, ill);
    const { code, host, output } = await build(server.url);
    expect(host.annotations('error')).toEqual([]);
    expect(code).toBe(0);
    const { manifest } = await readManifest(output);
    await verifyFiles(output, manifest);
    expect(manifest).toMatchObject({ verdict: 'success', attempts: 2 });
    const first = await readFile(path.join(output, 'tiny_1.0_amd64.attempt-1.build'), 'utf8');
    expect(first).toMatch(/^E: .*Failed to fetch /m);
    expect(first).not.toContain('Command: dpkg-buildpackage');
    expect(await readFile(host.outputs['log'] ?? '', 'utf8')).toContain('Command: dpkg-buildpackage');
    expect(host.summaryText).toMatch(/Attempt 2 of 2 succeeded after: /);
    const [notice] = host.annotations('notice');
    expect(notice?.message).toMatch(reason);
    // Whatever was put beside it meanwhile is gone.
    expect(isFirstAttempt()).toBe(true);
  });

  it('never answers well fails, and not by the package’s fault', async () => {
    await using server = await serve(
      () => true,
      (response) => response.writeHead(503).end(),
    );
    const { code, host, output } = await build(server.url);
    expect(code).toBe(1);
    expect(host.outputs['verdict']).toBe('infrastructure');
    const { manifest } = await readManifest(output);
    await verifyFiles(output, manifest);
    expect(manifest).toMatchObject({ verdict: 'infrastructure', attempts: 2 });
    expect((await readdir(output)).filter((name) => name.endsWith('.build')).sort()).toEqual([
      'tiny_1.0_amd64.attempt-1.build',
      'tiny_1.0_amd64.build',
    ]);
  });
});

it('a package that fails is built once', async () => {
  await using server = await serve(
    () => false,
    () => {},
  );
  const rules = 'override_dh_auto_build:\n\t@echo built once more >&2; exit 1\n';
  const { code, host, output } = await build(server.url, { rules }, { retries: '3' });
  expect(code).toBe(1);
  expect(host.outputs['verdict']).toBe('package');
  const { manifest } = await readManifest(output);
  expect(manifest.attempts).toBeUndefined();
  expect(manifest.files.filter(({ role }) => role === 'log')).toHaveLength(1);
  expect(server.asked.filter((file) => file.endsWith('/InRelease'))).toHaveLength(1);
  expect(host.lines.filter(({ message }) => message === 'built once more')).toHaveLength(1);
});
