/** A proxy on loopback that answers for one address, from a folder, and remembers what it was asked for. */
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface RecordingProxy extends AsyncDisposable {
  readonly url: string;
  /** As they were asked for, whole; of a proxy every address is. To be emptied by who begins anew. */
  readonly asked: string[];
}

/** @param address what `folder` stands for, without a slash at the end: `http://packages.example.invalid/remote`. */
export async function recordingProxy(address: string, folder: string): Promise<RecordingProxy> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    const url = request.url ?? '';
    asked.push(url);
    if (!url.startsWith(`${address}/`)) {
      response.writeHead(404).end();
      return;
    }
    readFile(path.join(folder, path.posix.normalize(url.slice(address.length)))).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
