/** Images that no registry gives: whose doing it is decides on the verdict of a build. Real docker and podman, a double of a registry. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnoseThrown } from '../../src/builder/thrown.ts';
import { toolImage } from '../../src/buildroot/engine/images.ts';
import { InfrastructureError, UserError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { WAIT_VARIABLE } from '../../src/retry.ts';
import { type TestClient, useDocker, usePodman } from './docker.ts';
import { type RegistryAnswer, type RegistryDouble, registryDouble } from './registry-double.ts';

const CACHE = path.resolve(import.meta.dirname, '../../.cache');
const used = new Map<string, TestClient>();
let folder: string;
let registry: RegistryDouble;
const before = process.env[WAIT_VARIABLE];

beforeAll(async () => {
  // What is tried again is so at once.
  process.env[WAIT_VARIABLE] = '1';
  used.set('docker', await useDocker());
  used.set('podman', await usePodman());
  folder = await mkdtemp(path.join(CACHE, 'test-engine-pull-'));
  registry = await registryDouble();
  // docker takes a registry on loopback without TLS, podman one that is named so.
  const file = path.join(folder, 'registries.conf');
  await writeFile(file, `[[registry]]\nlocation = "${registry.host}"\ninsecure = true\n`);
  process.env['CONTAINERS_REGISTRIES_CONF'] = file;
}, 900_000);
afterAll(async () => {
  if (before === undefined) delete process.env[WAIT_VARIABLE];
  else process.env[WAIT_VARIABLE] = before;
  delete process.env['CONTAINERS_REGISTRIES_CONF'];
  await registry?.[Symbol.asyncDispose]();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  for (const each of used.values()) await each.close();
});

/** What `tool-image` or `base-image` ends with. */
async function pulled(name: string, image: string, input: 'toolImage' | 'baseImage' = 'toolImage'): Promise<unknown> {
  const { client, env } = used.get(name) as TestClient;
  const registries = process.env['CONTAINERS_REGISTRIES_CONF'] ?? '';
  return toolImage({
    client: { ...client, env: { ...env, CONTAINERS_REGISTRIES_CONF: registries } },
    format: 'deb',
    toolImage: undefined,
    baseImage: undefined,
    [input]: image,
    state: folder,
    logger: new RecordingHost(),
    signal: new AbortController().signal,
  }).catch((error: unknown) => error);
}

const ANSWERS: readonly (readonly [string, RegistryAnswer])[] = [
  ['no such tag', { status: 404, code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }],
  ['no such repository', { status: 404, code: 'NAME_UNKNOWN', message: 'repository name not known to registry' }],
  ['not for you', { status: 403, code: 'DENIED', message: 'requested access to the resource is denied' }],
  ['not without a login', { status: 401, code: 'UNAUTHORIZED', message: 'authentication required' }],
  ['nothing of a registry', { status: 404, message: 'not found' }],
];

describe.each(['docker', 'podman'])('an image that %s has to pull', (name) => {
  it.each(ANSWERS)('is a matter of configuration where a registry answers: %s', async (_what, answer) => {
    registry.answer = answer;
    registry.asked.length = 0;
    // Whatever it is called.
    const image = `${registry.host}/none/toomanyrequests:1`;
    const error = await pulled(name, image);
    expect(registry.asked).not.toEqual([]);
    expect(error).toBeInstanceOf(UserError);
    expect(error).not.toBeInstanceOf(InfrastructureError);
    expect((error as UserError).parts).toMatchObject({
      what: `${name} has no such image, and cannot pull it`,
      where: 'input tool-image',
      found: expect.stringContaining(image),
      expected: expect.any(String),
      remedy: expect.stringContaining(`${name} pull ${image}`),
    });
    // A build that ends with it has no verdict of the machine's, and is not tried again.
    expect(diagnoseThrown(error, 'deb')).toBeUndefined();
    expect(diagnoseThrown(error, 'rpm')).toBeUndefined();
  });

  it('is told of by the input that names it', async () => {
    registry.answer = { status: 404, code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' };
    const error = await pulled(name, `${registry.host}/none/base:1`, 'baseImage');
    expect((error as UserError).parts.where).toBe('input base-image');
  });

  it('is a failure of the infrastructure where nobody answers', async () => {
    // Port 1 of loopback: refused.
    const error = await pulled(name, '127.0.0.1:1/none/such:1');
    expect(error).toBeInstanceOf(InfrastructureError);
    expect(diagnoseThrown(error, 'deb')?.diagnosis).toMatchObject({ verdict: 'infrastructure', retryable: true });
  });
});

describe('an image that docker has to pull', () => {
  it.each([
    ['is busy', { status: 503, code: 'UNAVAILABLE', message: 'service unavailable' }],
    ['has had enough', { status: 429, code: 'TOOMANYREQUESTS', message: 'too many requests' }],
  ] as const)('is a failure of the infrastructure where the registry %s', async (_what, answer) => {
    registry.answer = answer;
    const error = await pulled('docker', `${registry.host}/none/such:1`);
    expect(error).toBeInstanceOf(InfrastructureError);
    // Three times in all: what passes is waited for.
    expect(registry.asked.length).toBeGreaterThanOrEqual(3);
  });
});
