/** The action prepare-sources for rpm with its session in a container, beside the same one on this host. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { action as pipeline } from '../../src/actions/pipeline/inputs.ts';
import { type Job, planPipeline, type TargetPlan } from '../../src/actions/pipeline/plan.ts';
import { prepareJob } from '../../src/actions/pipeline/prepare.ts';
import { Stages } from '../../src/actions/pipeline/stage.ts';
import { hostArchitecture } from '../../src/buildroot/configuration.ts';
import { type ClientName, runClient } from '../../src/buildroot/engine/clients.ts';
import { buildrootFolder, currentGeneration } from '../../src/buildroot/generation.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { readInputs } from '../../src/inputs.ts';
import { readManifest } from '../../src/manifest.ts';
import { WAIT_VARIABLE } from '../../src/retry.ts';
import { CODE, Project, scratchFolder } from '../unit/source/fixture.ts';
import { STATE } from './buildroot.ts';
import { containerEngine, type TestContainerEngine } from './engine-fixtures.ts';
import { ok, refused, sha256, simple } from './prepare-sources-helpers.ts';
import { type RpmHost, rpmHost, simpleRpm, spec, targetText } from './prepare-sources-rpm-helpers.ts';
import { recordingProxy } from './recording-proxy.ts';
import { rpmTarget } from './rpm-buildroot.ts';
import { rpmDistribution } from './rpm-distribution.ts';

/** Registers the tests for that engine, in the calling test file. */
export function testPrepare(name: ClientName): void {
  let tested: TestContainerEngine;
  let host: RpmHost;
  let folder: string;
  let inContainer: Record<string, string>;

  beforeAll(async () => {
    tested = await containerEngine(name);
    // Not in /tmp, which may be an overlay itself: the kernel takes no upper folder on another one.
    folder = await mkdtemp(path.join(path.dirname(STATE), 'test-prepare-engine-'));
    host = await rpmHost(path.join(folder, 'target'));
    inContainer = { engine: name, 'tool-image': tested.engine.image };
  }, 1_800_000);
  afterAll(async () => {
    await host?.lock.release();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    await tested?.close();
  });

  const containersWith = async (label: string) =>
    (await runClient(tested.engine.client, ['ps', '--all', '--quiet', `--filter=label=${label}`])).stdout;

  describe(`prepare-sources for rpm in ${name}`, () => {
    it('makes the same bytes as on the host, and leaves no container', async () => {
      await using scratch = await scratchFolder();
      const parts = { tags: 'Source1: extra.conf\nPatch0: fix.patch' };
      const files = { 'extra.conf': 'x\n', 'fix.patch': '--- a\n' };
      const project = await simpleRpm(`${scratch.path}/hello`, 2, parts, files);
      const inputs = { 'version-scheme': 'commits' };
      const [onHost, inside] = [`${scratch.path}/host`, `${scratch.path}/container`];
      await host.ok(project.folder, onHost, { ...inputs, engine: 'host' });
      const { version, host: ran } = await host.ok(project.folder, inside, { ...inputs, ...inContainer });
      expect(version).toBe('1.2-1.el9.git2');
      const file = `hello-${version}.src.rpm`;
      expect(await sha256(`${inside}/${file}`)).toBe(await sha256(`${onHost}/${file}`));
      expect((await readManifest(inside)).manifest).toMatchObject({ buildroot: { generation: host.generation } });
      expect(ran.transcript()).toMatch(new RegExp(`engine: ${name} \\S+, image `));
      expect(await containersWith(`pkg-actions.run=${ran.runId}`)).toBe('');
    });

    it('gives the spec with its sources too', async () => {
      await using scratch = await scratchFolder();
      const project = await simpleRpm(`${scratch.path}/hello`);
      const { files } = await host.ok(project.folder, `${scratch.path}/out`, { ...inContainer, 'rpm-output': 'spec' });
      expect(files).toEqual(['hello-1.2.tar.gz', 'hello.spec', 'manifest.json']);
    });

    it('lets a spec touch neither machine nor project: no network, no capabilities, no secrets', async () => {
      await using scratch = await scratchFolder();
      vi.stubEnv('SIGNING_SECRET', 'the-secret');
      await using server = await listen((_, response) => response.end());
      const marks = [`${scratch.path}/touched`, `${folder}/touched`, '/touched'];
      const probe = [
        ...marks.map((mark) => `touch ${mark} 2>/dev/null`),
        'touch "$(dirname "$0")/touched" 2>/dev/null && echo -n written.',
        `test -e ${scratch.path} && echo -n host.`,
        'echo -n "$(id -u).$(ulimit -v).$(ulimit -u)."',
        "grep -q '^CapEff:[[:space:]]*0*$' /proc/self/status && echo -n nocaps.",
        "grep -q '^NoNewPrivs:[[:space:]]*1$' /proc/self/status && echo -n nnp.",
        'cat /proc/self/environ /proc/1/environ 2>/dev/null | grep -q the-secret && echo -n secret.',
        `(exec 3<>/dev/tcp/127.0.0.1/${new URL(server.url).port}) 2>/dev/null && echo -n network.`,
        'echo -n end',
      ].join('\n');
      const parts = { top: '%global found %(bash %{_sourcedir}/probe.sh)', release: '1.%{found}' };
      const project = await simpleRpm(`${scratch.path}/hello`, 1, parts, { 'probe.sh': probe });
      try {
        const { version, host: ran } = await host.ok(project.folder, `${scratch.path}/out`, inContainer);
        expect(version).toBe('1.2-1.952.4194304.512.nocaps.nnp.end');
        expect(ran.transcript()).not.toContain('the-secret');
      } finally {
        vi.unstubAllEnvs();
      }
      expect(server.asked).toEqual([]);
      for (const place of [scratch.path, folder, project.folder]) expect(await readdir(place)).not.toContain('touched');
    });

    it('says what rpm says of a bad spec, and leaves nothing', async () => {
      await using scratch = await scratchFolder();
      const project = await simpleRpm(`${scratch.path}/hello`, 0, { top: '%if 1' });
      const wrong = /^hello\.spec.*: rpm cannot expand the spec \(found "[^/]*"/;
      const { host: ran } = await host.refused(project.folder, `${scratch.path}/out`, inContainer, wrong);
      expect(await containersWith(`pkg-actions.run=${ran.runId}`)).toBe('');
    });

    // podman does the same in the same way; making a tree and trying it once is long enough.
    it.runIf(name === 'docker')('makes the buildroot there as well, through the proxy', async () => {
      const place = await mkdtemp(path.join(folder, 'case-'));
      const distribution = await rpmDistribution();
      const origin = 'http://packages.example.invalid/synthetic';
      await using proxy = await recordingProxy(origin, distribution.folder);
      const target = path.join(place, 'target.yml');
      await writeFile(target, targetText(await rpmTarget(), distribution.mockConfig({ url: origin })));
      const state = path.join(place, 'state');
      const project = await simpleRpm(`${place}/hello`, 1);
      const inputs = { ...inContainer, target, state, proxy: proxy.url, 'version-scheme': 'commits' };
      const { version, host: ran } = await ok(project.folder, `${place}/out`, inputs);
      expect(version).toBe('1.2-1.el9.git1');
      expect(proxy.asked.some((each) => each.startsWith(origin) && each.endsWith('.rpm'))).toBe(true);
      const generation = await currentGeneration(buildrootFolder(state, `synthetic-9-${distribution.architecture}`));
      expect((await readManifest(`${place}/out`)).manifest.buildroot?.generation).toBe(generation?.id);
      expect(ran.annotations()).toEqual([]);
      // And upstream is looked at through it.
      const later = await ok(project.folder, `${place}/later`, { ...inputs, 'buildroot-max-age': '0' });
      expect(later.host.annotations()).toEqual([]);
      expect(later.host.transcript()).toContain('(nothing changed upstream)');
      // The pipeline tells its own stage the same.
      const images = { engine: name, 'tool-image-rpm': tested.engine.image, proxy: proxy.url };
      const prepared = await prepareInPipeline(project.folder, {
        ...images,
        targets: target,
        state,
        repository: `${place}/r`,
      });
      expect(prepared.transcript()).toMatch(new RegExp(`engine: ${name} \\S+, image .*\n[^]*hello 1.2-1.el9 is in `));
      expect(await containersWith(`pkg-actions.state=${state}`)).toBe('');
      expect(await readdir(path.join(state, 'sessions'))).toEqual([]);
    });
  });

  describe.runIf(name === 'docker')('an engine that does not answer', () => {
    const nowhere = { engine: 'docker' };
    const stubNowhere = () => vi.stubEnv('DOCKER_HOST', `unix://${folder}/nobody`);

    it('fails what needs a session after so many attempts, and leaves nothing', async () => {
      await using scratch = await scratchFolder();
      const project = await simpleRpm(`${scratch.path}/hello`);
      stubNowhere();
      vi.stubEnv(WAIT_VARIABLE, '1');
      try {
        const inputs = { ...nowhere, retries: '1' };
        const { host: ran } = await host.refused(
          project.folder,
          `${scratch.path}/out`,
          inputs,
          /docker does not answer/,
        );
        expect(ran.transcript().match(/attempt \d of \d failed/g)).toEqual(['attempt 1 of 2 failed']);
      } finally {
        vi.unstubAllEnvs();
      }
    });

    it('is nothing to what needs none', async () => {
      await using scratch = await scratchFolder();
      const broken = await Project.create(`${scratch.path}/broken`);
      await broken.commit('Two specs', { ...CODE, 'a.spec': spec(), 'b.spec': spec() });
      const deb = await simple(`${scratch.path}/deb`, 1);
      stubNowhere();
      try {
        await host.refused(broken.folder, `${scratch.path}/out`, nowhere, /more than one spec in the spec project/);
        const inputs = {
          ...nowhere,
          'tool-image': 'registry.example.org/none:1',
          proxy: 'http://proxy.example.org:3142',
        };
        await ok(deb.folder, `${scratch.path}/debs`, { ...inputs, target: 'debian-12' });
      } finally {
        vi.unstubAllEnvs();
      }
    });

    it('is refused by its name where there is no such one', async () => {
      await using scratch = await scratchFolder();
      const project = await simpleRpm(`${scratch.path}/hello`);
      await refused(project.folder, `${scratch.path}/out`, { ...host.inputs, engine: 'lxc' }, /input engine/);
    });
  });
}

/** The pipeline's stage for the one package of a project that has no packaging file. */
async function prepareInPipeline(workspace: string, given: Record<string, string>): Promise<RecordingHost> {
  const host = new RecordingHost({ 'signing-key': 'unused', work: `${workspace}-work`, ...given }, { workspace });
  const inputs = readInputs(pipeline, host, {
    resolvePath: (file) => path.resolve(workspace, file),
    readSecret: (_kind, value) => value,
  });
  const { targets } = await planPipeline(inputs, workspace, await hostArchitecture());
  const [{ jobs, repository }] = targets as [TargetPlan];
  const settings = { work: inputs.work, state: inputs.state ?? '', packaging: undefined, shared: inputs };
  await prepareJob(jobs[0] as Job, repository, settings, new Stages(host), host);
  return host;
}

interface Listening extends AsyncDisposable {
  readonly url: string;
  /** Addresses asked for, as they stand in the request. */
  readonly asked: readonly string[];
}

async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Listening> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
