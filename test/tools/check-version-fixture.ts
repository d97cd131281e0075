/** Real packages and repositories, and a server that fails on demand. For deb-index and check-version. */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { run } from '../../src/process.ts';

/** A folder that is removed at the end of its scope. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'check-version-'));
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

export interface DebOptions {
  readonly name: string;
  readonly version: string;
  readonly architecture?: string;
  readonly extension?: 'deb' | 'udeb';
  /** Other content makes other bytes. */
  readonly content?: string;
  /** Replaces the whole control file. */
  readonly control?: string;
  readonly fileName?: string;
}

/** A package made by dpkg-deb, the same bytes for the same options; returns its path. */
export async function makeDeb(folder: string, options: DebOptions): Promise<string> {
  const { name, version, architecture = 'amd64', extension = 'deb', content = 'content' } = options;
  await using tree = await temporaryFolder();
  const root = path.join(tree.path, 'root');
  await mkdir(path.join(root, 'DEBIAN'), { recursive: true, mode: 0o755 });
  await writeFile(path.join(root, 'content'), content);
  const control =
    options.control ??
    `Package: ${name}\nVersion: ${version}\nArchitecture: ${architecture}\nMaintainer: A <a@example.org>\nDescription: x\n`;
  await writeFile(path.join(root, 'DEBIAN/control'), control);
  await mkdir(folder, { recursive: true });
  const fileName = options.fileName ?? `${name}_${version.replace(/^\d+:/, '')}_${architecture}.${extension}`;
  const file = path.join(folder, fileName);
  await run(['dpkg-deb', '--root-owner-group', '--nocheck', '--build', root, file], {
    env: { SOURCE_DATE_EPOCH: '1700000000' },
  });
  return file;
}

/** A source package of format 3.0 (quilt) made by dpkg-source; returns the path of its .dsc. */
export async function makeSource(
  folder: string,
  options: { readonly name: string; readonly version: string; readonly orig?: string; readonly packaging?: string },
): Promise<string> {
  const { name, version } = options;
  const upstream = version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
  await using tree = await temporaryFolder();
  const root = path.join(tree.path, `${name}-${upstream}`);
  await mkdir(path.join(root, 'debian/source'), { recursive: true });
  await writeFile(path.join(root, 'content'), options.orig ?? 'upstream');
  const env = { SOURCE_DATE_EPOCH: '1700000000' };
  const orig = path.join(tree.path, `${name}_${upstream}.orig.tar.xz`);
  const order = ['--sort=name', '--mtime=@1700000000', '--owner=0', '--group=0', '--numeric-owner', '--exclude=debian'];
  await run(['tar', '-C', tree.path, ...order, '-cJf', orig, path.basename(root)]);
  const debian = {
    'source/format': '3.0 (quilt)\n',
    changelog: `${name} (${version}) bookworm; urgency=medium\n\n  * ${options.packaging ?? 'x'}\n\n -- A <a@example.org>  Tue, 14 Nov 2023 22:13:20 +0000\n`,
    control: `Source: ${name}\nMaintainer: A <a@example.org>\nStandards-Version: 4.6.2\n\nPackage: ${name}\nArchitecture: any\nDescription: x\n x\n`,
    rules: '#!/usr/bin/make -f\n%:\n\ttrue\n',
  };
  for (const [file, text] of Object.entries(debian)) await writeFile(path.join(root, 'debian', file), text);
  await run(['dpkg-source', '--build', path.basename(root)], { cwd: tree.path, env });
  await mkdir(folder, { recursive: true });
  let dsc = '';
  for (const file of await readdir(tree.path)) {
    if (!file.startsWith(`${name}_`)) continue;
    await copyFile(path.join(tree.path, file), path.join(folder, file));
    if (file.endsWith('.dsc')) dsc = path.join(folder, file);
  }
  return dsc;
}

/** A key of gpg in a home of its own, whose agent is ended with it. */
export async function makeKey(folder: string): Promise<AsyncDisposable & GpgKey> {
  const home = path.join(folder, 'gnupg');
  await mkdir(home, { mode: 0o700 });
  const gpg = [
    'gpg',
    '--homedir',
    home,
    '--batch',
    '--yes',
    '--pinentry-mode',
    'loopback',
    '--passphrase',
    '',
  ] as const;
  await run([...gpg, '--quick-generate-key', 'Test <test@example.org>', 'ed25519', 'sign', '1d']);
  const armored = path.join(folder, 'key.asc');
  const binary = path.join(folder, 'key.gpg');
  await run([...gpg, '--armor', '--output', armored, '--export']);
  await run([...gpg, '--output', binary, '--export']);
  const secret = path.join(folder, 'secret.asc');
  await run([...gpg, '--armor', '--output', secret, '--export-secret-keys']);
  const { stdout } = await run([...gpg, '--with-colons', '--list-keys']);
  return {
    armored,
    binary,
    secret,
    keybox: path.join(home, 'pubring.kbx'),
    fingerprint: /^fpr:+([0-9A-F]{40}):/m.exec(stdout)?.[1] ?? '',
    sign: async (mode, file, output) => {
      await run([...gpg, mode, ...(mode === '--detach-sign' ? ['--armor'] : []), '--output', output, file]);
    },
    [Symbol.asyncDispose]: async () => {
      await run(['gpgconf', '--homedir', home, '--kill', 'all']);
    },
  };
}

export interface GpgKey {
  readonly armored: string;
  readonly binary: string;
  readonly secret: string;
  readonly keybox: string;
  readonly fingerprint: string;
  sign(mode: '--clearsign' | '--detach-sign', file: string, output: string): Promise<void>;
}

export interface PublishOptions {
  readonly suite?: string;
  readonly key?: GpgKey | undefined;
  /** `''` is the plain file. Default: all that we read. */
  readonly compressions?: readonly ('' | '.gz' | '.xz' | '.zst' | '.bz2')[];
  readonly byHash?: boolean;
  /** Release and Release.gpg in place of InRelease. */
  readonly detached?: boolean;
  /** Lines put before the digests of the Release file. */
  readonly fields?: readonly string[];
  readonly architectures?: readonly string[];
}

/** Publishes `root`/pool/main, and the udebs of `root`/pool/udeb, as `root`/dists/SUITE with apt-ftparchive, as an archive would. */
export async function publish(root: string, options: PublishOptions = {}): Promise<void> {
  const suite = options.suite ?? 'bookworm';
  const dist = path.join(root, 'dists', suite);
  await rm(dist, { recursive: true, force: true });
  for (const folder of ['main', 'udeb']) await mkdir(path.join(root, 'pool', folder), { recursive: true });
  const architectures = options.architectures ?? ['amd64'];
  for (const architecture of architectures) {
    const index = await run(['apt-ftparchive', '--arch', architecture, 'packages', 'pool/main'], { cwd: root });
    await writeIndex(dist, `main/binary-${architecture}/Packages`, index.stdout, options);
    const udebs = await run(['apt-ftparchive', '--arch', architecture, 'packages', 'pool/udeb'], { cwd: root });
    await writeIndex(dist, `main/debian-installer/binary-${architecture}/Packages`, udebs.stdout, options);
  }
  const sources = await run(['apt-ftparchive', 'sources', 'pool/main'], { cwd: root });
  await writeIndex(dist, 'main/source/Sources', sources.stdout, options);
  await writeRelease(dist, [`Architectures: ${architectures.join(' ')}`, 'Components: main'], options);
}

/** Publishes `root` itself as a flat repository. */
export async function publishFlat(root: string, options: PublishOptions & { release?: boolean } = {}): Promise<void> {
  const index = await run(['dpkg-scanpackages', '--multiversion', '.'], { cwd: root });
  await writeIndex(root, 'Packages', index.stdout, options);
  if (options.release ?? true) await writeRelease(root, [], options);
}

async function writeIndex(dist: string, name: string, text: string, options: PublishOptions): Promise<void> {
  const file = path.join(dist, name);
  await mkdir(path.dirname(file), { recursive: true });
  // The plain file is always listed; whether it is there is another question.
  await writeFile(file, text);
  const data = Buffer.from(text);
  for (const compression of options.compressions ?? ['', '.gz', '.xz', '.zst']) {
    if (compression === '.gz') await writeFile(`${file}.gz`, zlib.gzipSync(data));
    if (compression === '.zst') await writeFile(`${file}.zst`, zlib.zstdCompressSync(data));
    if (compression === '.xz') await run(['xz', '--keep', '--force', file]);
    if (compression === '.bz2') await run(['bzip2', '--keep', '--force', file]);
  }
}

async function writeRelease(dist: string, fields: readonly string[], options: PublishOptions): Promise<void> {
  const { stdout } = await run(['apt-ftparchive', 'release', '.'], { cwd: dist });
  const head = [...fields, ...(options.byHash ? ['Acquire-By-Hash: yes'] : []), ...(options.fields ?? [])];
  const names = new Set(head.map((line) => line.split(':')[0]));
  const own = stdout.split('\n').filter((line) => !names.has(line.split(':')[0]));
  // Digests of MD5 and SHA-1 only make it longer.
  const text = [...head, ...own].join('\n').replace(/^(?:MD5Sum|SHA1|SHA512):\n(?: .*\n)+/gm, '');
  const release = path.join(dist, 'Release');
  await writeFile(release, text);
  if (options.byHash) await moveToByHash(dist, text);
  const { compressions } = options;
  if (compressions !== undefined && !compressions.includes('')) await removePlain(dist);
  if (options.key === undefined) return;
  if (options.detached) await options.key.sign('--detach-sign', release, path.join(dist, 'Release.gpg'));
  else {
    await options.key.sign('--clearsign', release, path.join(dist, 'InRelease'));
    await rm(release);
  }
}

/** Moves every index to its by-hash name: what is read then was found by its digest. */
async function moveToByHash(dist: string, release: string): Promise<void> {
  for (const [, digest = '', name = ''] of release.matchAll(/^ ([0-9a-f]{64})\s+\d+ (\S+)$/gm)) {
    const folder = path.join(dist, path.dirname(name), 'by-hash/SHA256');
    await mkdir(folder, { recursive: true });
    await copyFile(path.join(dist, name), path.join(folder, digest));
  }
  for (const [, name = ''] of release.matchAll(/^ [0-9a-f]{64}\s+\d+ (\S+)$/gm)) await rm(path.join(dist, name));
}

async function removePlain(dist: string): Promise<void> {
  for (const file of await readdir(dist, { recursive: true })) {
    if (/(?:^|\/)(?:Packages|Sources)$/.test(file)) await rm(path.join(dist, file));
  }
}

/** What a request is answered with in place of the file: `undefined` is the file. */
export type Trouble = (request: {
  readonly path: string;
  /** How often this path was asked for, this time included. */
  readonly count: number;
  readonly body: Buffer | undefined;
}) => 'cut' | 'stall' | 'reset' | number | Buffer | undefined;

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  /** Paths in the order they were asked for. */
  readonly requests: string[];
  readonly headers: IncomingMessage['headers'][];
  /** Paths whose answer the client did not take to its end. */
  readonly unfinished: string[];
  trouble: Trouble;
  /** Whether requests for a part of a file are answered with it, or with the whole file. */
  ranges: boolean;
}

/** Serves `root` on 127.0.0.1. */
export async function serve(root: string): Promise<TestServer> {
  const requests: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const unfinished: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const name = decodeURIComponent((request.url ?? '').replace(/^\//, ''));
    requests.push(name);
    response.once('close', () => {
      if (!response.writableFinished) unfinished.push(name);
    });
    headers.push(request.headers);
    const body = await readFile(path.join(root, name)).catch(() => undefined);
    const count = requests.filter((one) => one === name).length;
    const trouble = server.trouble({ path: name, count, body });
    if (typeof trouble === 'number') {
      response.writeHead(trouble).end('<html>trouble</html>');
    } else if (trouble === 'reset') {
      request.socket.destroy();
    } else if (trouble === 'cut' || trouble === 'stall') {
      response.writeHead(200, { 'content-length': String(body?.length ?? 100) });
      response.write(body?.subarray(0, Math.floor(body.length / 2)) ?? 'x');
      if (trouble === 'cut') setTimeout(() => request.socket.destroy(), 20);
    } else {
      const data = trouble ?? body;
      const range = server.ranges ? /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') : null;
      if (data === undefined) response.writeHead(404).end('no such file');
      else if (range !== null) {
        const part = data.subarray(Number(range[1]), Number(range[2]) + 1);
        const end = Number(range[1]) + part.length - 1;
        response.writeHead(206, {
          'content-length': String(part.length),
          'content-range': `bytes ${range[1]}-${end}/${data.length}`,
        });
        response.end(part);
      } else response.writeHead(200, { 'content-length': String(data.length) }).end(data);
    }
  };
  const listener = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const server: TestServer = {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    requests,
    headers,
    unfinished,
    trouble: () => undefined,
    ranges: true,
    [Symbol.asyncDispose]: async () => {
      listener.closeAllConnections();
      await promisify(listener.close.bind(listener))();
    },
  };
  return server;
}

export async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
