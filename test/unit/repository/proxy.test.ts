import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import type { Location } from '../../../src/location.ts';
import { run } from '../../../src/process.ts';
import { fetchFile, fetchStart, TransientError } from '../../../src/repository/client/transport.ts';

interface Asked {
  readonly url: string;
  readonly authorization: string | undefined;
}

let proxy: http.Server;
let options: { proxy: string; maxBytes: number; stallSeconds: number };
let asked: Asked[];
let tunnels: string[];
let answers: Map<string, http.RequestListener>;

const text =
  (content: string): http.RequestListener =>
  (_, response) =>
    response.end(content);

const redirect =
  (location: string): http.RequestListener =>
  (_, response) =>
    response.writeHead(302, { location }).end();

beforeEach(async () => {
  asked = [];
  tunnels = [];
  answers = new Map();
  proxy = http.createServer((request, response) => {
    const { url = '', headers } = request;
    asked.push({ url, authorization: headers.authorization });
    const answer = answers.get(url);
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response);
  });
  proxy.on('connect', (request: http.IncomingMessage, socket) => {
    tunnels.push(request.url ?? '');
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  proxy.listen(0, '127.0.0.1');
  await new Promise((resolve) => proxy.once('listening', resolve));
  const { port } = proxy.address() as AddressInfo;
  options = { proxy: `http://127.0.0.1:${port}`, maxBytes: 1000, stallSeconds: 60 };
});
afterEach(async () => {
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
});

const at = (url: string, authorization?: string): Location => ({ kind: 'http', url, authorization });
const HERE = 'http://packages.example.invalid/el9';

describe('a file through a proxy', () => {
  it('is asked for by its whole address, with its credentials', async () => {
    answers.set(`${HERE}/a`, text('A'));
    expect((await fetchFile(at(HERE, 'Basic eA=='), 'a', options))?.toString()).toBe('A');
    expect(asked).toEqual([{ url: `${HERE}/a`, authorization: 'Basic eA==' }]);
  });

  it('that is not there is none', async () => {
    expect(await fetchFile(at(HERE), 'none', options)).toBeUndefined();
  });

  it('may be read from its start', async () => {
    answers.set(`${HERE}/a`, text('ABCDEF'));
    expect((await fetchStart(at(HERE), 'a', 3, options))?.toString()).toBe('ABC');
  });

  it('is followed where it leads, without the credentials to another server', async () => {
    const there = 'http://mirror.example.invalid/a';
    answers.set(`${HERE}/a`, redirect('/el9/b'));
    answers.set(`${HERE}/b`, redirect(there));
    answers.set(there, text('A'));
    expect((await fetchFile(at(HERE, 'Basic eA=='), 'a', options))?.toString()).toBe('A');
    expect(asked).toEqual([
      { url: `${HERE}/a`, authorization: 'Basic eA==' },
      { url: `${HERE}/b`, authorization: 'Basic eA==' },
      { url: there, authorization: undefined },
    ]);
  });

  it.each([
    ['in a circle', `${HERE}/a`],
    ['out of the web', 'file:///etc/passwd'],
  ])('is not followed %s', async (_, location) => {
    answers.set(`${HERE}/a`, redirect(location));
    await expect(fetchFile(at(HERE), 'a', options)).rejects.toThrow(/a redirect that is not followed/);
  });

  it.each([
    ['too large', text('x'.repeat(2000)), TransientError, /more than the 1000 bytes/],
    ['refused', (_request, response) => response.writeHead(403).end(), UserError, /HTTP 403/],
    ['not to be had now', (_request, response) => response.writeHead(503).end(), TransientError, /HTTP 503/],
    [
      'cut',
      (_request, response) => response.writeHead(200, { 'content-length': 9 }).write('x', () => response.destroy()),
      TransientError,
      /./,
    ],
  ] as [string, http.RequestListener, abstract new (...parts: never[]) => Error, RegExp][])(
    'says when it is %s',
    async (_, answer, kind, message) => {
      answers.set(`${HERE}/a`, answer);
      const error = await fetchFile(at(HERE), 'a', options).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(kind);
      expect((error as Error).message).toMatch(message);
    },
  );

  it('of https is asked for through a tunnel, which the proxy may refuse', async () => {
    await expect(fetchFile(at('https://packages.example.invalid'), 'a', options)).rejects.toBeInstanceOf(
      TransientError,
    );
    expect(tunnels).toEqual(['packages.example.invalid:443']);
    expect(asked).toEqual([]);
  });

  it('of https comes through the tunnel, when the certificate is one to trust', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-proxy-'));
    const before = tls.getCACertificates('default');
    const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
    const names = ['-subj', '/CN=tests', '-addext', 'subjectAltName=DNS:packages.example.invalid'];
    const made = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', key, '-out', cert];
    await run(['openssl', 'req', '-x509', '-days', '30', ...names, ...made]);
    const server = https.createServer({ key: await readFile(key), cert: await readFile(cert) }, text('A'));
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    proxy.removeAllListeners('connect');
    proxy.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
      tunnels.push(request.url ?? '');
      const there = net.connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(there).pipe(socket);
      });
      const ends = [socket, there];
      for (const each of ends)
        each.on('error', () => each.destroy()).on('close', () => ends.map((one) => one.destroy()));
    });
    try {
      const location = at('https://packages.example.invalid');
      const untrusted = fetchFile(location, 'a', options);
      await expect(untrusted).rejects.toThrow(/self-signed certificate/);
      await expect(untrusted).rejects.toBeInstanceOf(UserError);
      tls.setDefaultCACertificates([...before, await readFile(cert, 'utf8')]);
      expect((await fetchFile(location, 'a', options))?.toString()).toBe('A');
      expect(tunnels).toEqual(['packages.example.invalid:443', 'packages.example.invalid:443']);
    } finally {
      tls.setDefaultCACertificates(before);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('is given up when the caller says so', async () => {
    const controller = new AbortController();
    answers.set(`${HERE}/a`, (_request, response) => {
      response.write('x');
      controller.abort();
    });
    await expect(fetchFile(at(HERE), 'a', { ...options, signal: controller.signal })).rejects.toThrow(/abort/i);
  });

  it('needs a proxy that is there', async () => {
    // The discard service, which nobody runs.
    const away = { ...options, proxy: 'http://127.0.0.1:9' };
    await expect(fetchFile(at(HERE), 'a', away)).rejects.toThrow(/ECONNREFUSED/);
  });
});
