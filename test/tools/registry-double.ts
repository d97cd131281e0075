/** A double of a registry on loopback: it has no image, and says so as it is told to (OCI distribution spec, errors). */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RegistryAnswer {
  readonly status: number;
  /** `code` of the error, where its body is one. */
  readonly code?: string;
  readonly message?: string;
}

export interface RegistryDouble extends AsyncDisposable {
  /** `127.0.0.1:PORT`, which docker takes without TLS. */
  readonly host: string;
  /** What is answered to whoever asks for a manifest. */
  answer: RegistryAnswer;
  /** Paths of manifests that were asked for. */
  readonly asked: string[];
}

export async function registryDouble(): Promise<RegistryDouble> {
  const double: { -readonly [Key in keyof RegistryDouble]: RegistryDouble[Key] } = {
    host: '',
    answer: { status: 404, code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' },
    asked: [],
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = createServer((request, response) => {
    const { url = '' } = request;
    const headers = { 'content-type': 'application/json', 'docker-distribution-api-version': 'registry/2.0' };
    if (url === '/v2/') {
      response.writeHead(200, headers).end('{}');
      return;
    }
    double.asked.push(url);
    const { status, code, message } = double.answer;
    const body = code === undefined ? (message ?? '') : JSON.stringify({ errors: [{ code, message }] });
    response.writeHead(status, headers).end(request.method === 'HEAD' ? '' : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  double.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return double;
}
