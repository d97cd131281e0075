/** Requests through a proxy that was said: Node's own `fetch` knows at most the one of the environment. */
import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';

export interface ProxiedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** As fetch has it. */
const MOST_REDIRECTS = 20;
const REDIRECTS = [301, 302, 303, 307, 308];
/** Statuses whose answers have no body, not even an empty one (Fetch Standard, "null body status"). */
const WITHOUT_BODY = [204, 205, 304];

/**
 * Gets `url` as `fetch` does, through `proxy`: http by its whole address, https by a tunnel (CONNECT). Redirects are
 * followed, without the credentials where they lead to another origin.
 *
 * @param proxy `http://HOST:PORT`.
 * @throws what node:http throws, with its code.
 */
export async function fetchThrough(proxy: string, url: string, request: ProxiedRequest): Promise<Response> {
  const agents = {
    'http:': () => ({ get: http.get, agent: new http.Agent({ proxyEnv: { http_proxy: proxy } }) }),
    'https:': () => ({ get: https.get, agent: new https.Agent({ proxyEnv: { https_proxy: proxy } }) }),
  } as const;
  let place = new URL(url);
  let { headers } = request;
  for (let redirects = 0; ; redirects++) {
    const { get, agent } = agents[place.protocol as keyof typeof agents]();
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      get(place, { agent, headers, signal: request.signal }, resolve).on('error', reject);
    });
    const status = answer.statusCode ?? 0;
    const { location } = answer.headers;
    if (!REDIRECTS.includes(status) || location === undefined) return responseOf(answer, status);
    answer.destroy();
    const next = new URL(location, place);
    if (redirects === MOST_REDIRECTS || !(next.protocol in agents)) {
      throw Object.assign(new Error(`a redirect that is not followed, to ${next.protocol}//${next.host}`), {
        code: 'ERR_INVALID_URL',
      });
    }
    if (next.origin !== place.origin) {
      const { authorization: _notTheirs, ...rest } = headers;
      headers = rest;
    }
    place = next;
  }
}

function responseOf(answer: http.IncomingMessage, status: number): Response {
  const headers = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  if (WITHOUT_BODY.includes(status)) {
    answer.resume();
    return new Response(null, { status, statusText: answer.statusMessage ?? '', headers });
  }
  const body = Readable.toWeb(answer) as ReadableStream<Uint8Array<ArrayBuffer>>;
  return new Response(body, { status, statusText: answer.statusMessage ?? '', headers });
}
