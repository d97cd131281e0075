/**
 * Tool images: the tools that sessions run from in containers, and no buildroot. Made from the Dockerfiles that come with
 * the program (containers/), named by a digest of what they are made from, so that a change of it makes another.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, utimes } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { assetPath } from '../../config/assets.ts';
import { CommandError, InfrastructureError, quote, UserError } from '../../errors.ts';
import type { Logger } from '../../host/host.ts';
import { takeLock } from '../../lock.ts';
import { pause, retryLine, waitAfter } from '../../retry.ts';
import { type ContainerClient, explainClient, lastWords, runClient } from './clients.ts';
import { fileOf, removeOldImages } from './old-images.ts';

export interface ImageRequest {
  readonly client: ContainerClient;
  /** Tools for which packages. */
  readonly format: 'deb' | 'rpm';
  /** An image to take as it is. */
  readonly toolImage: string | undefined;
  /** What ours is made from; what its Dockerfile says when not given. */
  readonly baseImage: string | undefined;
  /** Holds the locks and the times of last use, in `tool-images/`. */
  readonly state: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Folder of the Dockerfile, and the last part of the image's name. */
const NAMES = { deb: 'sbuild', rpm: 'mockbuild' } as const;

/** On every image of ours: whose Dockerfile it is from. */
export const IMAGE_LABEL = 'pkg-actions.tool-image';

/** How often what failed by the network's fault is tried. */
const ATTEMPTS = 3;
const PULL_SECONDS = 1800;
const BUILD_SECONDS = 3600;

/**
 * The image to run sessions from; made or pulled where it is missing.
 *
 * @returns its name.
 * @throws UserError where an image that was asked for cannot be had, or the Dockerfile fails on its base.
 * @throws InfrastructureError where the engine, a registry or a mirror does not do its part.
 */
export async function toolImage(request: ImageRequest): Promise<string> {
  if (request.toolImage !== undefined) {
    await imageId(request, request.toolImage, 'tool-image');
    return request.toolImage;
  }
  const dockerfile = await readFile(assetPath('containers', NAMES[request.format], 'Dockerfile'), 'utf8');
  const base = request.baseImage ?? defaultBase(dockerfile);
  const id = await imageId(request, base, 'base-image');
  const image = imageName(request.format, dockerfile, id);
  const folder = path.join(request.state, 'tool-images');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const used = path.join(folder, fileOf(image));
  await (await open(used, 'a', 0o600)).close();
  // Two jobs that need it at once: one builds, the other finds it there.
  const what = `the tool image ${image}`;
  await using _lock = await takeLock(used, { ...request, mode: 'exclusive', waitSeconds: BUILD_SECONDS, what });
  const now = new Date();
  await utimes(used, now, now);
  if ((await inspect(request, image)) !== undefined) return image;
  await request.logger.group(`Tool image ${image}`, async () => {
    await build(request, { dockerfile, base, image });
    await removeOldImages({ ...request, folder, current: image });
  });
  return image;
}

/** Name of the image that the Dockerfile gives on a base. */
export function imageName(format: 'deb' | 'rpm', dockerfile: string, baseId: string): string {
  const digest = createHash('sha256').update(dockerfile).update('\0').update(baseId).digest('hex').slice(0, 16);
  return `pkg-actions/${NAMES[format]}:${digest}`;
}

/** What a Dockerfile says it is made from: its `ARG BASE=`. */
export function defaultBase(dockerfile: string): string {
  const base = /^ARG BASE=(\S+)$/m.exec(dockerfile)?.[1];
  if (base === undefined) throw new Error('a Dockerfile without ARG BASE=');
  return base;
}

/** Id of an image, pulled where it is missing. */
async function imageId(request: ImageRequest, image: string, input: string): Promise<string> {
  const found = await inspect(request, image);
  if (found !== undefined) return found;
  const { client, logger } = request;
  await logger.group(`Pulling ${image}`, () =>
    withRetries(request, ['pull', image], PULL_SECONDS, (error) => pullFailed(client, image, input, error)),
  );
  const pulled = await inspect(request, image);
  if (pulled === undefined) throw new Error(`${client.name} pulled ${image} and does not have it`);
  return pulled;
}

async function inspect({ client, signal }: ImageRequest, image: string): Promise<string | undefined> {
  try {
    const { stdout } = await runClient(client, ['image', 'inspect', '--format', '{{.Id}}', image], {
      signal,
      timeoutSeconds: 60,
    });
    return stdout.trim().replace(/^sha256:/, '');
  } catch (error) {
    if (error instanceof CommandError && /no such image|image not known|unable to find/i.test(error.failure.stderr)) {
      return undefined;
    }
    throw explainClient(client.name, error);
  }
}

function pullFailed(client: ContainerClient, image: string, input: string, error: CommandError): Error {
  const said = lastWords(error.failure.stderr);
  if (isNetwork(error)) {
    return new InfrastructureError(
      { what: `${client.name} cannot pull the image ${image}`, found: said, remedy: 'see that its registry answers' },
      { cause: error },
    );
  }
  // Without the command's failure as its cause: who judges a build by that would take it for the engine's.
  return new UserError({
    what: `${client.name} has no such image, and cannot pull it`,
    where: `input ${input}`,
    found: `${quote(image)}: ${said}`,
    expected: 'an image of this machine, or of a registry that it may pull from',
    remedy: `${client.name} pull ${image}, or ${client.name} login for a private registry`,
  });
}

interface Recipe {
  readonly dockerfile: string;
  readonly base: string;
  readonly image: string;
}

/** The Dockerfile alone is what it is built from: no folder of the machine is sent. */
async function build(request: ImageRequest, { dockerfile, base, image }: Recipe): Promise<void> {
  const argv = [
    ...['build', '--tag', image, '--build-arg', `BASE=${base}`, '--label', `${IMAGE_LABEL}=${NAMES[request.format]}`],
    // The machine's own network reaches what the machine reaches: mirrors and proxies on it, too.
    ...['--network', 'host', '--force-rm'],
    ...proxies().flatMap((name) => ['--build-arg', name]),
    '-',
  ];
  await withRetries(request, argv, BUILD_SECONDS, (error) => buildFailed(request, base, error), dockerfile);
}

/** Named only: the client takes their values from its environment, so that none is in argv. docker knows these itself. */
const proxies = (): string[] =>
  ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].filter(
    (name) => process.env[name] !== undefined,
  );

function buildFailed(request: ImageRequest, base: string, error: CommandError): Error {
  const said = failureLine(error);
  const where = `containers/${NAMES[request.format]}/Dockerfile on ${base}`;
  const what = 'the tool image cannot be made';
  if (isNetwork(error)) {
    return new InfrastructureError(
      { what, where, found: said, remedy: 'see that its mirrors answer' },
      { cause: error },
    );
  }
  return new UserError(
    { what, where, found: said, remedy: 'choose another base-image, or give a tool-image that has the tools' },
    { cause: error },
  );
}

/** Runs a command of the client that downloads; what fails by the network's fault is tried again. */
async function withRetries(
  { client, logger, signal }: ImageRequest,
  argv: readonly string[],
  timeoutSeconds: number,
  explain: (error: CommandError) => Error,
  input?: string,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await runClient(client, argv, {
        signal,
        timeoutSeconds,
        // Else the output of BuildKit is drawn for a terminal; and a builder elsewhere would keep the image to itself.
        env: { BUILDKIT_PROGRESS: 'plain', BUILDX_BUILDER: 'default' },
        onLine: (line) => {
          if (line.trim() !== '') logger.tool(stripVTControlCharacters(line).trimEnd());
        },
        ...(input === undefined ? {} : { input }),
      });
      return;
    } catch (error) {
      const explained = explainClient(client.name, error);
      if (!(explained instanceof CommandError) || ['cancelled', 'signal'].includes(explained.failure.end))
        throw explained;
      if (!isNetwork(explained) || attempt === ATTEMPTS) throw explain(explained);
      const wait = waitAfter(attempt);
      logger.info(`${retryLine(attempt, ATTEMPTS, wait)}: ${failureLine(explained)}`);
      await pause(wait, signal);
    }
  }
}

/** What a client, a registry, apt and dnf say where it is the network's or the other side's doing. */
const NETWORK =
  /temporary failure (?:in name resolution|resolving)|could not resolve|connection (?:timed out|refused|failed|reset)|could not connect|network is unreachable|hash sum mismatch|file has unexpected size|mirror sync in progress|curl error|(?:HTTP|status code:?|response:?) ?(?:429|5\d\d)|\b(?:429|50[0234]) +(?:Too Many|Internal|Bad Gateway|Service Unavail|Gateway)|i\/o timeout|TLS handshake timeout|unexpected EOF|toomanyrequests|no such host/i;

function isNetwork(error: CommandError): boolean {
  const { end, argv, stdout, stderr } = error.failure;
  if (end === 'timeout') return true;
  // podman tells of each of its own attempts: the last one counts.
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => !/^time="[^"]*" level=warning/.test(line));
  // An image may be called anything.
  const repository = argv.includes('pull') ? (argv.at(-1) ?? '').replace(/[:@][^/]*$/, '') : '';
  return NETWORK.test(repository === '' ? lines.join('\n') : lines.join('\n').replaceAll(repository, ''));
}

/** The line that says why: apt's or dnf's own, else the client's last. */
export function failureLine(error: CommandError): string {
  const lines = `${error.failure.stdout}\n${error.failure.stderr}`
    .split('\n')
    // BuildKit's number and seconds before each line; the other builder's colours.
    .map((line) =>
      stripVTControlCharacters(line)
        .replace(/^#\d+ (?:\d+\.\d+ )?/, '')
        .trim(),
    );
  const reasons = [
    /^E: Failed to fetch/,
    /^E: (?!Some index files|The repository .* does not have)/,
    /^E: /,
    /^(?:Error|ERROR): (?!failed to solve|building at STEP)/,
    /^(?:No match for argument|Unable to find a match)/,
    /^(?:\/bin\/)?sh: .*not found/,
  ];
  const found = reasons.map((reason) => lines.find((line) => reason.test(line))).find((line) => line !== undefined);
  return found ?? (lastWords(error.failure.stderr) || lastWords(error.failure.stdout) || error.message);
}
