/** doctor and container engines: a real docker, with an image in which sessions run. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/doctor/inputs.ts';
import { run } from '../../src/actions/doctor/run.ts';
import { doctorReportSchema } from '../../src/doctor/report.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { STATE } from './buildroot.ts';
import { containerEngine, type TestContainerEngine } from './engine-fixtures.ts';

let folder: string;
let docker: TestContainerEngine;
beforeAll(async () => {
  docker = await containerEngine('docker');
  await mkdir(path.dirname(STATE), { recursive: true });
  folder = await mkdtemp(path.join(path.dirname(STATE), 'test-doctor-containers-'));
}, 900_000);
afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  await docker?.close();
});

async function doctor(inputs: Record<string, string>) {
  const host = new RecordingHost(
    { for: 'containers', engine: 'docker', state: folder, ...inputs },
    { workspace: folder },
  );
  const code = await runAction(action, run, host);
  const { checks } = doctorReportSchema.parse(JSON.parse(host.outputs['report'] ?? ''));
  return { code, find: (id: string) => checks.find((check) => check.id === id), checks };
}

describe('doctor', () => {
  it('opens a session in docker, and leaves nothing of it', async () => {
    const { code, find, checks } = await doctor({ 'tool-image': docker.engine.image });
    expect(find('engine/docker')).toMatchObject({ status: 'ok', needed: true });
    expect(find('engine-session/docker')).toMatchObject({
      status: 'ok',
      needed: true,
      found: expect.stringContaining(docker.engine.image),
    });
    expect(checks.filter(({ needed, status }) => needed && /failed|missing/.test(status))).toEqual([]);
    expect(code).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });

  it('makes and pulls no image for it', async () => {
    const { find } = await doctor({ 'tool-image': 'pkg-actions-tests/not-there:1' });
    expect(find('engine-session/docker')).toMatchObject({
      status: 'skipped',
      found: 'no image pkg-actions-tests/not-there:1 yet',
    });
  });
});
