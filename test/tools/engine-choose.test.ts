import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chooseEngine, type EngineRequest } from '../../src/buildroot/engine/choose.ts';
import { clientEnvironment } from '../../src/buildroot/engine/clients.ts';
import { InfrastructureError, UserError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { type TestClient, testBaseImage, useDocker } from './docker.ts';
import { testToolImage } from './tool-images.ts';

const CACHE = path.resolve(import.meta.dirname, '../../.cache');
let used: TestClient;
let base: string;
let image: string;
let state: string;

beforeAll(async () => {
  used = await useDocker();
  base = await testBaseImage(used);
  image = await testToolImage(used, 'deb');
  state = await mkdtemp(path.join(CACHE, 'test-engine-choose-'));
}, 1_800_000);
afterAll(async () => {
  if (state !== undefined) await rm(state, { recursive: true, force: true });
  await used?.close();
});

const request = (more: Partial<EngineRequest> = {}): EngineRequest & { logger: RecordingHost } => ({
  requested: 'auto',
  format: 'deb',
  toolImage: undefined,
  baseImage: base,
  state,
  runId: 'test',
  signal: new AbortController().signal,
  ...more,
  logger: new RecordingHost(),
});

/** With variables set, as a person would set them. */
async function withVariable<T>(name: string, value: string | undefined, body: () => Promise<T>): Promise<T> {
  const before = process.env[name];
  const set = (text: string | undefined) => {
    if (text === undefined) delete process.env[name];
    else process.env[name] = text;
  };
  set(value);
  try {
    return await body();
  } finally {
    set(before);
  }
}

const thrown = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

it('takes the host where sessions open on it and the tools are there', async () => {
  expect(await chooseEngine(request())).toMatchObject({ name: 'host' });
});

it('takes docker when it is asked for, and names the image', async () => {
  const asked = request({ requested: 'docker' });
  expect(await chooseEngine(asked)).toMatchObject({ name: 'docker', image });
  expect(asked.logger.transcript()).toContain(`image ${image}`);
});

it('tells a daemon that does not answer as a failure of the machine', async () => {
  const error = await withVariable('DOCKER_HOST', `unix://${state}/nobody`, () =>
    thrown(chooseEngine(request({ requested: 'docker' }))),
  );
  expect(error).toBeInstanceOf(InfrastructureError);
  expect(String(error)).toMatch(/docker does not answer.*systemctl start docker/);
});

it('says which tools an image lacks', async () => {
  const error = await withVariable('MOCK', undefined, () =>
    thrown(chooseEngine(request({ requested: 'docker', format: 'rpm', toolImage: image }))),
  );
  expect(error).toBeInstanceOf(UserError);
  expect(String(error)).toMatch(/the tool image lacks tools.*dnf.*mock/);
});

it('passes on what the clients go by, and nothing else', () => {
  const environment = { DOCKER_HOST: 'unix:///x', AWS_SECRET_ACCESS_KEY: 'x', CONTAINERS_CONF: '/y' };
  expect(clientEnvironment('docker', environment)).toEqual({ DOCKER_HOST: 'unix:///x' });
  expect(clientEnvironment('podman', environment)).toEqual({ CONTAINERS_CONF: '/y' });
});
