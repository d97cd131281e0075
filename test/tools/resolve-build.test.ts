/** A channel that is resolved once: a build takes its dependencies from that state, whatever is published meanwhile. */
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { action as buildAction } from '../../src/actions/build-sbuild/inputs.ts';
import { run as build } from '../../src/actions/build-sbuild/run.ts';
import { action as manageAction } from '../../src/actions/manage-repository/inputs.ts';
import { run as manage } from '../../src/actions/manage-repository/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { EXIT, runAction } from '../../src/main.ts';
import { readManifest } from '../../src/manifest.ts';
import { STATE, TARGET, testGeneration } from './buildroot.ts';
import { ago } from './manage-helpers.ts';
import { Workbench } from './publish-helpers.ts';
import { servePublic } from './publish-server.ts';
import { makeSource } from './source-package.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await Workbench.make();
  await (await testGeneration()).lock.release();
});
afterAll(async () => await bench?.[Symbol.asyncDispose]());

it('docs/channels.md, in builds: the address goes from resolve to repositories', async () => {
  const tool = async (version: string) => await bench.binaries({ name: 'acme-tool', version, architecture: 'all' });
  await bench.publish([await tool('1.0')], ago(2));
  await using server = await servePublic(path.join(bench.repository, 'public'));
  const asked = new RecordingHost({ command: 'resolve', url: server.url }, { workspace: bench.folder });
  expect(await runAction(manageAction, manage, asked)).toBe(EXIT.success);
  const uri = asked.outputs['snapshot-uri'] ?? '';
  await bench.publish([await tool('2.0')], ago(1));

  const folder = await bench.scratch('resolved');
  const source = await makeSource(folder, { buildDepends: ['acme-tool (= 1.0)'] });
  const key = path.join(bench.repository, 'public', 'key.asc');
  const output = path.join(folder, 'packages');
  const repositories = `deb [signed-by=${key}] ${uri} bookworm main`;
  const host = new RecordingHost(
    { source, target: TARGET, state: STATE, output, repositories },
    { workspace: bench.folder },
  );
  const code = await runAction(buildAction, build, host);
  expect(host.annotations('error')).toEqual([]);
  expect(code).toBe(EXIT.success);
  const { manifest } = await readManifest(output);
  expect(manifest.repositories).toContainEqual({ uri, suite: 'bookworm' });
});
