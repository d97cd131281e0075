/** GitHub's artifact service as far as the client uses it for an upload: Twirp calls and Azure's block blobs. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ArtifactService extends AsyncDisposable {
  /** What the runner sets for actions. */
  readonly env: Readonly<Record<string, string>>;
  /** Finished artifacts: the zip by name. */
  readonly artifacts: Map<string, Buffer>;
}

export async function startArtifactService(): Promise<ArtifactService> {
  const artifacts = new Map<string, Buffer>();
  const blocks = new Map<string, Buffer>();
  const committed = new Map<string, Buffer>();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const body = await bodyOf(request);
    const answer = (value: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    const call = /\.ArtifactService\/(\w+)$/.exec(url.pathname)?.[1];
    if (call === 'CreateArtifact') {
      const { name } = JSON.parse(body.toString()) as { name: string };
      if (artifacts.has(name)) return answer({ code: 'already_exists', msg: 'an artifact with this name exists' }, 409);
      return answer({ ok: true, signed_upload_url: `${origin}/blob/${name}?sig=x` });
    }
    if (call === 'FinalizeArtifact') {
      const { name, size } = JSON.parse(body.toString()) as { name: string; size: string };
      const blob = committed.get(name);
      if (blob === undefined || String(blob.length) !== size) return answer({ ok: false });
      artifacts.set(name, blob);
      return answer({ ok: true, artifact_id: String(artifacts.size) });
    }
    const name = decodeURIComponent(url.pathname.replace(/^\/blob\//, ''));
    if (request.method === 'PUT' && url.searchParams.get('comp') === 'block') {
      blocks.set(url.searchParams.get('blockid') ?? '', body);
    } else if (request.method === 'PUT' && url.searchParams.get('comp') === 'blocklist') {
      const ids = [...body.toString().matchAll(/<Latest>([^<]+)<\/Latest>/g)].map(([, id]) => id ?? '');
      committed.set(name, Buffer.concat(ids.map((id) => blocks.get(id) ?? Buffer.alloc(0))));
    } else if (request.method === 'PUT') {
      committed.set(name, body);
    }
    response.writeHead(201, { etag: '"x"', 'last-modified': new Date().toUTCString() }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const claims = Buffer.from(JSON.stringify({ scp: 'Actions.Results:run-1:job-1' })).toString('base64url');
  return {
    artifacts,
    env: { ACTIONS_RUNTIME_TOKEN: `e30.${claims}.`, ACTIONS_RESULTS_URL: `${origin}/` },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
