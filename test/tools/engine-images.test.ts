import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runClient } from '../../src/buildroot/engine/clients.ts';
import { type ImageRequest, toolImage } from '../../src/buildroot/engine/images.ts';
import { fileOf, removeOldImages } from '../../src/buildroot/engine/old-images.ts';
import { InfrastructureError, UserError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { run } from '../../src/process.ts';
import { WAIT_VARIABLE } from '../../src/retry.ts';
import { hasImage, type TestClient, testBaseImage, useDocker } from './docker.ts';
import { testToolImage } from './tool-images.ts';

const CACHE = path.resolve(import.meta.dirname, '../../.cache');
let used: TestClient;
let base: string;
let ready: string;
let folder: string;
const made: string[] = [];

beforeAll(async () => {
  // What is tried again is so at once.
  process.env[WAIT_VARIABLE] = '1';
  used = await useDocker();
  base = await testBaseImage(used);
  ready = await testToolImage(used, 'deb');
  folder = await mkdtemp(path.join(CACHE, 'test-engine-images-'));
}, 1_800_000);
afterAll(async () => {
  for (const image of made) await runClient(used.client, ['image', 'rm', image], { okExitCodes: 'any' });
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  await used?.close();
});

const request = (more: Partial<ImageRequest> = {}): ImageRequest & { logger: RecordingHost } => ({
  client: used.client,
  format: 'deb',
  toolImage: undefined,
  baseImage: base,
  state: folder,
  signal: new AbortController().signal,
  ...more,
  logger: new RecordingHost(),
});

/** An image from lines of a Dockerfile, of this test alone. */
async function image(lines: readonly string[], labels: readonly string[] = []): Promise<string> {
  const tag = `pkg-actions/test-${process.pid}-${made.length}:${Date.now()}`;
  made.push(tag);
  const options = ['--network=host', ...labels.map((label) => `--label=${label}`), '--tag', tag, '-'];
  await runClient(used.client, ['build', ...options], { input: `${lines.join('\n')}\n` });
  return tag;
}

it('takes the image that is there, and builds nothing', async () => {
  const asked = request();
  expect(await toolImage(asked)).toBe(ready);
  expect(asked.logger.groups).toEqual([]);
});

it('has only tools in it: sbuild and mmdebstrap answer', async () => {
  const { stdout } = await runClient(used.client, [
    ...['run', '--rm', '--network=none', ready, 'sh', '-c'],
    'for tool in sbuild mmdebstrap unshare nsenter setpriv ip; do command -v "$tool"; done',
  ]);
  expect(stdout.trim().split('\n')).toHaveLength(6);
});

it('says what the Dockerfile says where it fails on its base', async () => {
  const bare = await image([`FROM ${base}`, 'RUN rm -r /etc/apt/sources.list /var/lib/apt/lists']);
  const error = await toolImage(request({ baseImage: bare })).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(error).not.toBeInstanceOf(InfrastructureError);
  expect(String(error)).toMatch(
    /the tool image cannot be made.*(?:Unable to locate package|has no installation candidate)/,
  );
});

it('takes a tool image as it is, and names the input where there is none', async () => {
  expect(await toolImage(request({ toolImage: base }))).toBe(base);
  const error = await toolImage(request({ toolImage: 'localhost:1/none/such:1' })).catch((thrown: unknown) => thrown);
  expect(String(error)).toMatch(/localhost:1\/none\/such:1/);
});

it('removes images of ours that nobody has used for long, and no others', async () => {
  const label = 'pkg-actions.tool-image=sbuild';
  const [old, recent, foreign] = [
    await image([`FROM ${base}`, 'ENV A=1'], [label]),
    await image([`FROM ${base}`, 'ENV A=2'], [label]),
    await image([`FROM ${base}`, 'ENV A=3']),
  ];
  const state = await mkdtemp(path.join(folder, 'old-'));
  for (const tag of [old, recent, foreign]) await writeFile(path.join(state, fileOf(tag)), '');
  const longAgo = new Date(Date.now() - 30 * 86_400_000);
  for (const tag of [old, foreign]) await utimes(path.join(state, fileOf(tag)), longAgo, longAgo);
  const logger = new RecordingHost();
  const removed = await removeOldImages({
    client: used.client,
    folder: state,
    current: ready,
    logger,
    signal: logger.signal,
  });
  expect(removed).toEqual([old]);
  const left = await Promise.all([old, recent, foreign, ready].map((tag) => hasImage(used.client, tag)));
  expect(left).toEqual([false, true, true, true]);
  expect(await readdir(state)).toHaveLength(3);
});

describe('two jobs that need the same tool image at once', () => {
  /** A base of its own, which has the tools already: what is made from it is made soon. */
  const newBase = () => image([`FROM ${ready}`, `ENV JOBS=${Date.now()}-${made.length}`]);

  async function job(state: string, from: string): Promise<{ image: string; built: number }> {
    const child = path.join(import.meta.dirname, 'tool-image-child.ts');
    const { stdout } = await run([process.execPath, child, state, from], {
      env: { ...used.env, [WAIT_VARIABLE]: '1' },
      timeoutSeconds: 1200,
    });
    const answer = JSON.parse(stdout) as { image: string; built: number };
    made.push(answer.image);
    return answer;
  }

  /** Where both built it, one has lost its name to the other: that from this base alone goes. */
  async function removeNameless(from: string): Promise<void> {
    const environment = async (name: string) => {
      const format = '{{json .Config.Env}}';
      const asked = await runClient(used.client, ['image', 'inspect', '--format', format, name], {
        okExitCodes: 'any',
      });
      return asked.stdout.split('"').find((word) => word.startsWith('JOBS='));
    };
    const own = await environment(from);
    expect(own).toBeDefined();
    const { stdout } = await runClient(used.client, ['image', 'ls', '--quiet', '--no-trunc', '--filter=dangling=true']);
    for (const id of new Set(stdout.split('\n').filter((line) => line !== ''))) {
      if ((await environment(id)) === own) await runClient(used.client, ['image', 'rm', id], { okExitCodes: 'any' });
    }
  }

  const answers = async (name: string) => {
    const argv = [
      'run',
      '--rm',
      '--network=none',
      name,
      'sh',
      '-c',
      'for tool in sbuild mmdebstrap; do command -v "$tool"; done',
    ];
    return (await runClient(used.client, argv)).stdout.trim().split('\n');
  };

  it('build it once where they share a state folder', async () => {
    const state = await mkdtemp(path.join(folder, 'shared-'));
    const from = await newBase();
    const both = await Promise.all([job(state, from), job(state, from)]);
    expect(both.map(({ built }) => built).sort()).toEqual([0, 1]);
    expect(both[0].image).toBe(both[1].image);
    expect(both[0].image).not.toBe(ready);
    expect(await answers(both[0].image)).toHaveLength(2);
  });

  it('have the same one where they do not', async () => {
    const states = [await mkdtemp(path.join(folder, 'one-')), await mkdtemp(path.join(folder, 'other-'))] as const;
    const from = await newBase();
    const both = await Promise.all([job(states[0], from), job(states[1], from)]);
    expect(both[0].image).toBe(both[1].image);
    expect(both[0].image).not.toBe(ready);
    // Whoever was a moment earlier may have been found by the other.
    expect(both.map(({ built }) => built)).toContain(1);
    expect(await answers(both[0].image)).toHaveLength(2);
    // And whoever comes next takes it as it is.
    expect(await job(states[1], from)).toEqual({ image: both[0].image, built: 0 });
    await removeNameless(from);
  });
});
