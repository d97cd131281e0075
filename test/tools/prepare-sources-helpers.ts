/** The action prepare-sources on real projects: runs it, and checks what is true of every end. */
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect } from 'vitest';
import { action } from '../../src/actions/prepare-sources/inputs.ts';
import { run as prepare } from '../../src/actions/prepare-sources/run.ts';
import { parseFirstEntry } from '../../src/deb/changelog.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { digestFile, readManifest, verifyFiles } from '../../src/manifest.ts';
import { run } from '../../src/process.ts';
import { CODE, debianFiles, Project } from '../unit/source/fixture.ts';

export interface Outcome {
  readonly code: number;
  readonly host: RecordingHost;
  /** First error, whole. */
  readonly error: string;
  readonly version: string;
  readonly files: readonly string[];
}

/** Runs the action in `workspace`; the output goes to `out` beside the first project. */
export async function prepareIn(workspace: string, out: string, inputs: Record<string, string> = {}): Promise<Outcome> {
  const host = new RecordingHost(
    { output: out, downloads: `${path.dirname(out)}/downloads`, ...inputs },
    { workspace },
  );
  const code = await runAction(action, prepare, host);
  const files = code === 0 ? (await readdir(out)).sort() : [];
  return {
    code,
    host,
    error: host.annotations('error')[0]?.message ?? '',
    version: host.outputs['version'] ?? '',
    files,
  };
}

export async function ok(workspace: string, out: string, inputs: Record<string, string> = {}): Promise<Outcome> {
  const outcome = await prepareIn(workspace, out, inputs);
  expect(outcome.code, outcome.host.transcript()).toBe(0);
  const { manifest, folder } = await readManifest(out);
  await verifyFiles(folder, manifest);
  expect(manifest.stage).toBe('sources');
  expect(manifest.package.version).toBe(outcome.version);
  return outcome;
}

export async function refused(
  workspace: string,
  out: string,
  inputs: Record<string, string>,
  message: RegExp,
): Promise<Outcome> {
  const before = await readdir(path.dirname(out));
  const outcome = await prepareIn(workspace, out, inputs);
  expect(outcome.code, outcome.host.transcript()).toBe(1);
  expect(outcome.error).toMatch(message);
  expect(outcome.error).not.toContain('\n');
  expect(await readdir(path.dirname(out)), 'nothing is left behind').toEqual(before);
  return outcome;
}

/** A project with packaging, tagged v1.2, and `more` commits after it. */
export async function simple(folder: string, more = 0, version = '1.2-1~mos1', format: string | null = '3.0 (quilt)') {
  const project = await Project.create(folder);
  await project.commit('Import', { ...CODE, ...debianFiles('hello', version, format) });
  await project.tag('v1.2');
  for (let index = 1; index <= more; index++)
    await project.commit(`Change ${index}`, { 'src/more.c': `// ${index}\n` });
  return project;
}

export async function sourceEntry(scratch: string, out: string): Promise<ReturnType<typeof parseFirstEntry>> {
  const dsc = (await readdir(out)).find((name) => name.endsWith('.dsc')) ?? '';
  const into = path.join(scratch, `x-${Math.random()}`);
  await run(['dpkg-source', '--no-check', '-x', path.join(out, dsc), into]);
  return parseFirstEntry(await readFile(path.join(into, 'debian/changelog'), 'utf8'));
}

export const sha256 = async (file: string) => (await digestFile(file)).sha256;

export async function serve(
  folder: string,
): Promise<AsyncDisposable & { readonly url: string; readonly requests: readonly string[] }> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') requests.push(request.url ?? '');
    const content = await readFile(path.join(folder, decodeURIComponent(request.url ?? '/'))).catch(() => undefined);
    response.statusCode = content === undefined ? 404 : 200;
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
