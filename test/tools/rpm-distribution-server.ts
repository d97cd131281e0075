/** Serves a folder over http on loopback, counting requests and failing on demand. */
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface FolderServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  readonly url: string;
  /** Paths asked for, in order, without the leading slash; failed ones too. */
  readonly requests: readonly string[];
  /** Answers the next `times` requests whose path matches with `status`. */
  fail(times: number, status: number, matching?: RegExp): void;
}

export async function serveFolder(folder: string): Promise<FolderServer> {
  const requests: string[] = [];
  const failures: { times: number; status: number; matching: RegExp }[] = [];
  const server = http.createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/').replace(/^\/+/, '');
    requests.push(name);
    const failure = failures.find(({ times, matching }) => times > 0 && matching.test(name));
    if (failure !== undefined) {
      failure.times -= 1;
      response.writeHead(failure.status).end('failed on demand\n');
      return;
    }
    const file = path.join(folder, path.posix.normalize(`/${name}`));
    readFile(file).then(
      (content) => response.end(request.method === 'HEAD' ? undefined : content),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    fail: (times, status, matching = /^/) => void failures.push({ times, status, matching }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
