import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import type { Location } from '../../../src/location.ts';
import { fetchFile, TransientError } from '../../../src/repository/client/transport.ts';

let server: Server;
let location: Location;
/** Sends a piece of the file every 20 ms, without end. */
let piece: Buffer;
beforeEach(async () => {
  server = createServer((_, response) => {
    const timer = setInterval(() => response.write(piece), 20);
    response.on('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  location = { kind: 'http', url } as Location;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const fetched = async (options: { slowAfterSeconds?: number; maxSeconds?: number; maxBytes?: number }) =>
  await fetchFile(location, 'x', { stallSeconds: 5, maxBytes: 1e9, ...options }).catch((error: unknown) => error);

describe('a file that comes without a pause', () => {
  it('but very slowly is given up for this time', async () => {
    piece = Buffer.from('x');
    const error = await fetched({ slowAfterSeconds: 0.2 });
    expect(error).toBeInstanceOf(TransientError);
    expect((error as Error).message).toMatch(/\/x: less than 4096 bytes a second \(\d+ in 0 s\)$/);
  });

  it('but for ever is given up for good', async () => {
    piece = Buffer.alloc(10_000);
    const error = await fetched({ slowAfterSeconds: 0.1, maxSeconds: 0.4 });
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(
      /\/x: a file of the repository takes too long \(found \d{5,} bytes in 0\.4 s/,
    );
  });

  it('fast enough is read on', async () => {
    piece = Buffer.alloc(10_000);
    expect(String(await fetched({ slowAfterSeconds: 0.1, maxBytes: 120_000 }))).toContain('more than the 120000 bytes');
  });
});
