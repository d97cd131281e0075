/** A web server for the tests of clients: what a repository's `public/` holds, on the loopback. */
import { open, readFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface PublishServer extends AsyncDisposable {
  readonly url: string;
  /** Paths that were asked for. */
  readonly requests: string[];
  /** Those of them that were not there. */
  readonly missing: string[];
  /** What stands between the repository and its clients: changes the file at `url`, or leaves it (`undefined`). */
  tamper: ((url: string, content: Buffer) => Buffer | undefined) | undefined;
  /** Runs before a file is opened. */
  before: ((url: string) => Promise<void>) | undefined;
}

/** @param folder what it serves; need not be there yet. */
export async function servePublic(folder: string): Promise<PublishServer> {
  const requests: string[] = [];
  const missing: string[] = [];
  const server = http.createServer((request, response) => {
    const url = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname);
    requests.push(url);
    const file = path.join(folder, path.normalize(url));
    const send = async () => {
      await served.before?.(url);
      // Opened once, as web servers do: a second look may find another file where a channel moves.
      const handle = await open(file);
      try {
        const found = await handle.stat();
        if (!found.isFile()) throw new Error('no file');
        const changed = served.tamper?.(url, await readFile(file));
        const headers = { 'Content-Length': changed?.length ?? found.size, 'Last-Modified': found.mtime.toUTCString() };
        response.writeHead(200, headers);
        if (changed !== undefined) response.end(changed);
        else await pipeline(handle.createReadStream({ autoClose: false }), response);
      } finally {
        await handle.close();
      }
    };
    send().catch(() => {
      // A client that has gone gets no answer.
      if (response.headersSent) return;
      missing.push(url);
      response.writeHead(404).end();
    });
  });
  // As web servers have it: one that is closed while a client uses it again is a failure of its own.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const served: PublishServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    missing,
    tamper: undefined,
    before: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  return served;
}
