/** A web server for the tests of clients: what a repository's `public/` holds, on the loopback. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface PublishServer extends AsyncDisposable {
  readonly url: string;
  /** Paths that were asked for. */
  readonly requests: string[];
  /** What stands between the repository and its clients: changes the file at `url`, or leaves it (`undefined`). */
  tamper: ((url: string, content: Buffer) => Buffer | undefined) | undefined;
}

/** @param folder what it serves; need not be there yet. */
export async function servePublic(folder: string): Promise<PublishServer> {
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    const url = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname);
    requests.push(url);
    const file = path.join(folder, path.normalize(url));
    const send = async () => {
      const found = await stat(file);
      const changed = served.tamper?.(url, await readFile(file));
      const headers = { 'Content-Length': changed?.length ?? found.size, 'Last-Modified': found.mtime.toUTCString() };
      response.writeHead(200, headers);
      if (changed === undefined) createReadStream(file).pipe(response);
      else response.end(changed);
    };
    send().catch(() => response.writeHead(404).end());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const served: PublishServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    tamper: undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  return served;
}
