import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DownloadContext, download, NotFoundError } from '../../../src/download/download.ts';
import { CancelledError, UserError } from '../../../src/errors.ts';
import { RecordingHost } from '../../../src/host/recording.ts';

let folder: string;
let server: Server;
let origin: string;
let requests: string[];
let answer: (request: IncomingMessage, response: ServerResponse, count: number) => void;
let host: RecordingHost;
let context: DownloadContext;

const CONTENT = 'the content\n';
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pkg-actions-download-'));
  requests = [];
  answer = (_, response) => void response.end(CONTENT);
  server = createServer((request, response) => {
    // Asking where an address leads to is no download.
    if (request.method === 'GET') requests.push(request.url ?? '');
    answer(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  host = new RecordingHost({}, { workspace: folder });
  context = { folder: path.join(folder, 'cache'), logger: host, signal: host.signal };
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  // The library's own switches for its pauses of 10 to 20 seconds.
  vi.stubGlobal('TEST_DOWNLOAD_TOOL_RETRY_MIN_SECONDS', 0);
  vi.stubGlobal('TEST_DOWNLOAD_TOOL_RETRY_MAX_SECONDS', 0);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

/** Everything that lies in the cache, but its folders. */
function keptFiles(): string[] {
  if (!existsSync(context.folder)) return [];
  const entries = readdirSync(context.folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
}

describe('with a digest', () => {
  test('is kept, and needs no network the second time', async () => {
    const source = { url: `${origin}/a/hello.tar.gz?token=x`, sha256: SHA256.toUpperCase() };
    const first = await download(source, context);
    expect(readFileSync(first, 'utf8')).toBe(CONTENT);
    expect(path.basename(first)).toBe('hello.tar.gz');
    expect(await download(source, context)).toBe(first);
    expect(requests).toEqual(['/a/hello.tar.gz?token=x']);
  });

  test('is the same from another mirror', async () => {
    const first = await download({ url: `${origin}/one/x`, sha256: SHA256 }, context);
    expect(await download({ url: `${origin}/two/x`, sha256: SHA256 }, context)).toBe(first);
    expect(requests).toEqual(['/one/x']);
  });

  test('is fetched again when what is kept was damaged', async () => {
    const source = { url: `${origin}/x`, sha256: SHA256 };
    const file = await download(source, context);
    await writeFile(file, 'damaged');
    expect(readFileSync(await download(source, context), 'utf8')).toBe(CONTENT);
    expect(requests).toHaveLength(2);
  });

  test('another content is refused, tried once, and not kept', async () => {
    answer = (_, response) => void response.end('something else');
    await expect(download({ url: `${origin}/x`, sha256: SHA256 }, context)).rejects.toThrow(
      new RegExp(
        `http://127.*/x: the content has another digest \\(found sha256 [0-9a-f]{64}, expected sha256 ${SHA256}`,
      ),
    );
    expect(requests).toHaveLength(1);
    expect(keptFiles()).toEqual([]);
  });

  test('another algorithm says it as well', async () => {
    const digest = { algorithm: 'sha512', hex: createHash('sha512').update(CONTENT).digest('hex') } as const;
    const file = await download({ url: `${origin}/x`, digest }, context);
    expect(path.basename(path.dirname(path.dirname(file)))).toBe('by-sha512');
    expect(await download({ url: `${origin}/x`, digest }, context)).toBe(file);
    expect(requests).toEqual(['/x']);
    const wrong = { algorithm: 'md5', hex: '0'.repeat(32) } as const;
    await expect(download({ url: `${origin}/y`, digest: wrong }, context)).rejects.toThrow(
      /found md5 [0-9a-f]{32}, expected md5 0{32}/,
    );
    const short = { algorithm: 'sha512', hex: 'abc' } as const;
    await expect(download({ url: `${origin}/z`, digest: short }, context)).rejects.toThrow(/not a SHA-512 digest/);
  });

  test('a digest that is none is refused before anything is fetched', async () => {
    await expect(download({ url: `${origin}/x`, sha256: 'abc' }, context)).rejects.toThrow(/not a SHA-256 digest/);
    expect(requests).toEqual([]);
  });
});

test('a file that is not there is told apart from other failures, and needs no second try', async () => {
  for (const status of [404, 410]) {
    answer = (_, response) => void response.writeHead(status).end();
    await expect(download({ url: `${origin}/${status}`, sha256: SHA256 }, context)).rejects.toThrow(NotFoundError);
  }
  expect(requests).toEqual(['/404', '/410']);
  answer = (_, response) => void response.writeHead(403).end();
  const refused = await download({ url: `${origin}/x`, sha256: SHA256 }, context).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UserError);
  expect(refused).not.toBeInstanceOf(NotFoundError);
});

test('a header that is given goes to the server, and into no message', async () => {
  answer = (request, response) =>
    void response.writeHead(request.headers.authorization === 'Basic c2VjcmV0' ? 200 : 401).end(CONTENT);
  const source = { url: `${origin}/x`, authorization: 'Basic c2VjcmV0' };
  expect(readFileSync(await download(source, context), 'utf8')).toBe(CONTENT);
  // Without a digest, what one may read is not handed to another.
  await expect(download({ url: `${origin}/x` }, context)).rejects.toThrow(/HTTP status 401/);
  expect(host.transcript()).not.toContain('c2VjcmV0');
});

test('a folder that cannot be made is an error of one line', async () => {
  await writeFile(path.join(folder, 'file'), '');
  const blocked = { ...context, folder: path.join(folder, 'file/downloads') };
  await expect(download({ url: `${origin}/x` }, blocked)).rejects.toThrow(
    /the folder for downloads cannot be made.*ENOTDIR/,
  );
});

test('what nobody wanted for three months goes when something new comes', async () => {
  const file = await download({ url: `${origin}/old`, sha256: SHA256 }, context);
  const days = (count: number) => new Date(Date.now() - count * 86_400_000);
  const other = (text: string) => createHash('sha256').update(text).digest('hex');
  const next = async (text: string) => {
    answer = (_, response) => void response.end(text);
    await download({ url: `${origin}/${text}`, sha256: other(text) }, context);
  };
  await utimes(file, days(89), days(89));
  await next('one');
  expect(keptFiles().sort()).toEqual(['old', 'one']);
  await utimes(file, days(91), days(91));
  // Being wanted makes it young again.
  await download({ url: `${origin}/old`, sha256: SHA256 }, context);
  await next('two');
  expect(keptFiles().sort()).toEqual(['old', 'one', 'two']);
  await utimes(file, days(91), days(91));
  await next('three');
  expect(keptFiles().sort()).toEqual(['one', 'three', 'two']);
});

describe('without one', () => {
  test('is kept for a while', async () => {
    const source = { url: `${origin}/key.asc` };
    const file = await download(source, context);
    expect(await download(source, context)).toBe(file);
    expect(requests).toHaveLength(1);
    const old = new Date(Date.now() - 3601 * 1000);
    await utimes(file, old, old);
    answer = (_, response) => void response.end('newer');
    expect(readFileSync(await download(source, context), 'utf8')).toBe('newer');
    expect(requests).toHaveLength(2);
  });

  test('a failed refresh leaves what was kept', async () => {
    const source = { url: `${origin}/key.asc` };
    const file = await download(source, context);
    answer = (_, response) => void response.writeHead(404).end();
    await expect(download(source, { ...context, maxAgeSeconds: 0 })).rejects.toThrow(UserError);
    expect(readFileSync(file, 'utf8')).toBe(CONTENT);
    expect(keptFiles()).toEqual(['key.asc']);
  });

  test('one address is not another: the query counts', async () => {
    const one = await download({ url: `${origin}/x?a` }, context);
    expect(await download({ url: `${origin}/x?b` }, context)).not.toBe(one);
  });
});

describe('a server at fault', () => {
  test.each([400, 401, 403, 404, 410])('%i is an answer: not tried again', async (status) => {
    answer = (_, response) => void response.writeHead(status).end('no');
    await expect(download({ url: `${origin}/x` }, context)).rejects.toThrow(
      `${origin}/x: the download failed (found HTTP status ${status})`,
    );
    expect(requests).toHaveLength(1);
    expect(keptFiles()).toEqual([]);
  });

  test('500 twice, then fine', async () => {
    answer = (_, response, count) => void (count < 3 ? response.writeHead(500).end() : response.end(CONTENT));
    const [file] = await Promise.all([
      download({ url: `${origin}/x` }, context),
      new Promise<void>((resolve) => setTimeout(() => resolve(void process.stdout.write('another’s\n')), 5)),
    ]);
    expect(readFileSync(file, 'utf8')).toBe(CONTENT);
    expect(requests).toHaveLength(3);
    // Which attempt and why, by the logger; nothing by the library, and everything of others.
    expect(host.lines.map(({ message }) => message).filter((text) => text.startsWith('Attempt'))).toEqual(
      [1, 2].map(
        (attempt) =>
          `Attempt ${attempt} of 3 to download ${origin}/x failed (Unexpected HTTP response: 500); once more in 0 s`,
      ),
    );
    const written = vi.mocked(process.stdout.write).mock.calls.map(([text]) => String(text));
    expect(written.filter((text) => !text.startsWith('::debug::'))).toEqual(['another’s\n']);
  });

  test('500 for good', async () => {
    answer = (_, response) => void response.writeHead(503).end();
    await expect(download({ url: `${origin}/x` }, context)).rejects.toThrow(/found HTTP status 503/);
    expect(requests).toHaveLength(3);
  });

  test('a connection cut in the middle is tried again, and leaves no part', async () => {
    answer = (_, response, count) => {
      if (count > 1) return void response.end(CONTENT);
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half of it');
      setTimeout(() => response.destroy(), 20);
    };
    expect(readFileSync(await download({ url: `${origin}/x` }, context), 'utf8')).toBe(CONTENT);
    expect(requests).toHaveLength(2);
    expect(keptFiles()).toEqual(['x']);
  });

  test('a connection that is always cut is one line', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half of it');
      setTimeout(() => response.destroy(), 20);
    };
    const error = await download({ url: `${origin}/x` }, context).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(/^http:\/\/127.*: the download failed \(found .*\)$/);
    expect(keptFiles()).toEqual([]);
  });

  test('nobody there', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    await expect(download({ url: `http://127.0.0.1:${port}/x` }, context)).rejects.toThrow(/found .*ECONNREFUSED/);
  });
});

describe('redirects', () => {
  function redirect(places: Readonly<Record<string, string>>): void {
    answer = (request, response) => {
      const location = places[request.url ?? ''];
      if (location === undefined) response.end(CONTENT);
      else response.writeHead(302, { location }).end();
    };
  }

  test('are followed, relative ones too', async () => {
    redirect({ '/old/x': '../new/x?y', '/new/x?y': `${origin}/final` });
    const file = await download({ url: `${origin}/old/x` }, context);
    expect(readFileSync(file, 'utf8')).toBe(CONTENT);
    expect(path.basename(file)).toBe('x');
    expect(requests).toEqual(['/final']);
  });

  test('that never end, or lead elsewhere than to the web, are refused', async () => {
    redirect({ '/loop': '/loop', '/file': 'file:///etc/passwd', '/bad': 'http://[' });
    await expect(download({ url: `${origin}/loop` }, context)).rejects.toThrow(/too many redirects/);
    await expect(download({ url: `${origin}/file` }, context)).rejects.toThrow(/not followed \(found "file:/);
    await expect(download({ url: `${origin}/bad` }, context)).rejects.toThrow(/not followed/);
    expect(requests).toEqual([]);
  });

  test('to another host get no password', async () => {
    const seen: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end(CONTENT);
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    redirect({ '/x': `http://127.0.0.1:${(other.address() as AddressInfo).port}/y` });
    await download({ url: `${origin.replace('http://', 'http://user:word@')}/x` }, context);
    other.closeAllConnections();
    await new Promise((resolve) => other.close(resolve));
    expect(seen).toEqual([undefined, undefined]);
  });
});

test('a password goes to the server and nowhere else', async () => {
  let header: string | undefined;
  answer = (request, response) => {
    header = request.headers.authorization;
    response.writeHead(403).end();
  };
  const url = origin.replace('http://', 'http://user:p%40ss-word@');
  const error = await download({ url: `${url}/x?token=t0ken` }, context).catch((thrown: Error) => thrown);
  expect(header).toBe(`Basic ${Buffer.from('user:p@ss-word').toString('base64')}`);
  const said = `${error} ${host.transcript()} ${vi.mocked(process.stdout.write).mock.calls.flat().join(' ')}`;
  expect(said).not.toMatch(/p%40ss|p@ss/);
  expect(`${error} ${host.transcript()}`).not.toContain('t0ken');
});

test('a name from outside escapes nothing', async () => {
  for (const url of [`${origin}/..%2f..%2fevil`, `${origin}/%`, `${origin}/`]) {
    const file = await download({ url }, context);
    expect(path.relative(context.folder, file)).not.toMatch(/^\.\./);
  }
  const file = await download({ url: `${origin}/x`, name: '../../../evil' }, context);
  expect(path.relative(context.folder, file)).not.toMatch(/^\.\./);
});

test('several at once keep one whole copy', async () => {
  answer = (_, response) => void setTimeout(() => response.end(CONTENT), 50);
  const files = await Promise.all([1, 2, 3].map(() => download({ url: `${origin}/x`, sha256: SHA256 }, context)));
  expect(new Set(files).size).toBe(1);
  expect(keptFiles()).toEqual(['x']);
});

test('a cancellation ends the wait', async () => {
  answer = () => setTimeout(() => host.cancel(new CancelledError()), 50);
  await expect(download({ url: `${origin}/x` }, context)).rejects.toBeInstanceOf(CancelledError);
});

test('a server that sends a byte now and then is left in the end', async () => {
  const timers: NodeJS.Timeout[] = [];
  answer = (request, response) => {
    if (request.method === 'HEAD') return void response.end();
    response.writeHead(200);
    timers.push(setInterval(() => response.write('x'), 20));
  };
  try {
    await expect(download({ url: `${origin}/x` }, { ...context, maxSeconds: 0.3 })).rejects.toThrow(
      /\/x: the download takes too long \(expected the whole file in 0\.3 s\)/,
    );
    expect(keptFiles().filter((name) => !name.endsWith('.part'))).toEqual([]);
  } finally {
    for (const timer of timers) clearInterval(timer);
  }
});

describe('local files', () => {
  test('are taken where they lie, by path and by URL', async () => {
    const file = path.join(folder, 'a key.asc');
    await writeFile(file, CONTENT);
    expect(await download({ url: file }, context)).toBe(file);
    expect(await download({ url: pathToFileURL(file).href, sha256: SHA256 }, context)).toBe(file);
    expect(await download({ url: path.relative('.', file) }, context)).toBe(file);
    expect(keptFiles()).toEqual([]);
  });

  test('are checked too', async () => {
    const file = path.join(folder, 'key.asc');
    await writeFile(file, 'other');
    await expect(download({ url: file, sha256: SHA256 }, context)).rejects.toThrow(/another digest/);
    await expect(download({ url: path.join(folder, 'none') }, context)).rejects.toThrow(/cannot be read.*ENOENT/);
    await expect(download({ url: 'file://elsewhere/x' }, context)).rejects.toThrow(/not the address of a local file/);
  });

  test('other addresses are refused', async () => {
    for (const url of ['ftp://x/y', 'data:text/plain,x', 'javascript:1']) {
      await expect(download({ url }, context)).rejects.toThrow(/cannot be downloaded from/);
    }
  });
});
