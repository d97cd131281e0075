/** Whole builds in containers, beside the same ones on this host. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/build-sbuild/inputs.ts';
import { run } from '../../src/actions/build-sbuild/run.ts';
import { action as publishAction } from '../../src/actions/sign-publish/inputs.ts';
import { run as publish } from '../../src/actions/sign-publish/run.ts';
import { action as updateAction } from '../../src/actions/update-buildroots/inputs.ts';
import { run as update } from '../../src/actions/update-buildroots/run.ts';
import { type ClientName, runClient } from '../../src/buildroot/engine/clients.ts';
import { buildrootFolder, currentGeneration } from '../../src/buildroot/generation.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { readManifest, verifyFiles } from '../../src/manifest.ts';
import { generateKey } from '../../src/signing/openpgp.ts';
import { STATE, TARGET, testGeneration } from './buildroot.ts';
import { type TestClient, testBaseImage, useDocker, usePodman } from './docker.ts';
import { makeSource } from './source-package.ts';
import { testToolImage } from './tool-images.ts';

/** Registers the tests for that engine, in the calling test file. */
export function testBuilds(name: ClientName): void {
  let used: TestClient;
  let base: string;
  let image: string;
  let folder: string;

  beforeAll(async () => {
    used = name === 'docker' ? await useDocker() : await usePodman();
    image = await testToolImage(used, 'deb');
    base = await testBaseImage(used);
    await (await testGeneration()).lock.release();
    folder = await mkdtemp(path.join(path.dirname(STATE), 'test-engine-builds-'));
  }, 1_800_000);
  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    await used?.close();
  });

  describe(`build-sbuild with the engine ${name}`, () => {
    it('makes the same packages as on the host, and leaves no container', async () => {
      const place = await mkdtemp(path.join(folder, 'case-'));
      const dsc = await makeSource(place, { more: { 'tiny-doc': 'all' } });
      const built: Record<string, { code: number; host: RecordingHost; output: string; runId: string }> = {};
      for (const engine of [name, 'host']) {
        const output = path.join(place, engine);
        const host = new RecordingHost(
          { source: dsc, target: TARGET, state: STATE, output, engine, 'base-image': base },
          { workspace: place },
        );
        const code = await runAction(action, run, host);
        expect(host.annotations('error')).toEqual([]);
        built[engine] = { code, host, output, runId: host.runId };
      }
      const [onHost, inContainer] = [built['host'], built[name]];
      if (onHost === undefined || inContainer === undefined) throw new Error('not built');
      expect([onHost.code, inContainer.code]).toEqual([0, 0]);
      const { manifest } = await readManifest(inContainer.output);
      await verifyFiles(inContainer.output, manifest);
      const debs = (await readdir(onHost.output)).filter((file) => file.endsWith('.deb')).sort();
      expect(debs).toHaveLength(2);
      for (const deb of debs) {
        const both = [onHost, inContainer].map(({ output }) => readFile(path.join(output, deb)));
        const [first, second] = await Promise.all(both);
        expect(first?.equals(second ?? Buffer.alloc(0)), deb).toBe(true);
      }
      expect(inContainer.host.transcript()).toContain(`image ${image}`);
      const filter = `--filter=label=pkg-actions.run=${inContainer.runId}`;
      expect((await runClient(used.client, ['ps', '--all', '--quiet', filter])).stdout).toBe('');

      // Tried in a container of the target, too, before it is published.
      const { key } = await generateKey({ name: 'Acme Archive', email: 'archive@example.org' });
      const publisher = new RecordingHost(
        {
          packages: inContainer.output,
          repository: path.join(place, 'repository'),
          'signing-key': key.reveal(),
          'client-check': 'target',
          state: STATE,
          engine: name,
          'base-image': base,
        },
        { workspace: place },
      );
      expect(await runAction(publishAction, publish, publisher)).toBe(0);
      expect(JSON.parse(publisher.outputs['published'] ?? '')).toMatchObject({
        clients: [{ target: TARGET, installed: 2, upgraded: 0, downloads: 2 }],
      });
      const published = `--filter=label=pkg-actions.run=${publisher.runId}`;
      expect((await runClient(used.client, ['ps', '--all', '--quiet', published])).stdout).toBe('');
    });
  });

  // podman starts the same container in the same way; making a tree once is long enough.
  describe.runIf(name === 'docker')('update-buildroots with the engine docker', () => {
    it('makes the generation that the host makes, by the tools of the image', async () => {
      const state = await mkdtemp(path.join(folder, 'state-'));
      const inputs = { targets: TARGET, state, engine: name, 'base-image': base, 'smoke-test': 'false' };
      const host = new RecordingHost(inputs, { workspace: folder });
      const code = await runAction(updateAction, update, host);
      expect(host.annotations('error')).toEqual([]);
      expect(code).toBe(0);
      const made = await currentGeneration(buildrootFolder(state, 'debian-12-amd64'));
      const { generation, lock } = await testGeneration();
      await lock.release();
      // The mirror may have moved on since that one was made.
      const names = (packages: readonly string[] = []) => packages.map((each) => each.split('=')[0]);
      expect(names(made?.record.packages)).toEqual(names(generation.record.packages));
      expect(Object.keys(made?.record.tools ?? {})).toEqual(['mmdebstrap']);
      const filter = `--filter=label=pkg-actions.state=${state}`;
      expect((await runClient(used.client, ['ps', '--all', '--quiet', filter])).stdout).toBe('');
    });
  });
}
