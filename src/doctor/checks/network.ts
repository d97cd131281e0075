/** The way to archives: name servers, proxies. Nothing is fetched, and nothing outside is asked but for names. */
import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { hostSources } from '../../buildroot/host-apt.ts';
import { messageOf } from '../../errors.ts';
import { type Check, type DoctorContext, type Finding, type PartFinding, USES } from '../check.ts';

const GROUP = 'Network';
const VARIABLES = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'] as const;

/** An address as people may see it: without a password. */
function shown(url: URL): string {
  return `${url.protocol}//${url.username === '' ? '' : '…@'}${url.host}`;
}

/** Proxies of the environment, and the one that was given, by their address. */
function proxies(given: string | undefined): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const add = (address: string | undefined, name: string) => {
    if (address) found.set(address, [...(found.get(address) ?? []), name]);
  };
  add(given, 'the input proxy');
  for (const name of VARIABLES) add(process.env[name], name);
  return found;
}

/** Checks of the network; `proxy` is the one that builds are given. */
export function networkChecks(proxy: string | undefined): Check[] {
  return [
    {
      id: 'proxy',
      title: 'Proxies',
      group: GROUP,
      uses: USES,
      async look(context): Promise<Finding | readonly PartFinding[]> {
        const all = [...proxies(proxy)];
        if (all.length === 0) return { status: 'ok', found: 'none' };
        return await Promise.all(
          all.map(async ([address, names], index) => ({
            part: String(index + 1),
            title: `Proxy of ${names.join(', ')}`,
            ...(await tryProxy(address, context.signal)),
          })),
        );
      },
    },
    { id: 'names', title: 'Names of archives', group: GROUP, uses: [], look: (context) => names(context, proxy) },
  ];
}

async function tryProxy(address: string, signal: AbortSignal): Promise<Finding> {
  const text = /^[a-z]+:\/\//i.test(address) ? address : `http://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') {
    return { status: 'failed', found: 'not an address', expected: 'http://HOST:PORT', remedy: 'mend or unset it' };
  }
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const failure = await connect(host, port, signal);
  if (failure === undefined) return { status: 'ok', found: `${shown(url)} answers` };
  return {
    status: 'failed',
    found: `${shown(url)}: ${failure}`,
    expected: 'a proxy that takes connections',
    remedy: 'start the proxy, or unset the variable',
  };
}

/** Why no connection is made within five seconds; `undefined` where one is. */
async function connect(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 5000, signal });
    const end = (failure: string | undefined) => {
      socket.destroy();
      resolve(failure);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end('no answer within 5 s'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? messageOf(error)));
  });
}

/** Whether the names of the archives that this host's apt uses are known. Behind a proxy that is the proxy's matter. */
async function names(_context: DoctorContext, proxy: string | undefined): Promise<Finding> {
  const hosts = new Set<string>();
  for (const { uri } of await hostSources()) {
    if (/^https?:/.test(uri) && URL.canParse(uri)) hosts.add(new URL(uri).hostname.replace(/^\[|\]$/g, ''));
  }
  const wanted = [...hosts].filter((host) => net.isIP(host) === 0);
  if (wanted.length === 0) return { status: 'skipped', found: 'no archive is known by a name here' };
  const unknown: string[] = [];
  for (const host of wanted) {
    const failure = await lookup(host).then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error.code ?? 'an error',
    );
    if (failure !== undefined) unknown.push(`${host} (${failure})`);
  }
  if (unknown.length === 0) return { status: 'ok', found: wanted.join(', ') };
  if (proxies(proxy).size > 0) return { status: 'ok', found: `${unknown.join(', ')}: left to the proxy` };
  return {
    status: 'warning',
    found: unknown.join(', '),
    expected: 'addresses of these names',
    remedy: 'check the name servers in /etc/resolv.conf',
  };
}
