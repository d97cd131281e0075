import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GitHubHost } from '../../../src/host/github.ts';
import { startArtifactService } from './artifact-service.ts';

let folder: string;
let output: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-artifact-'));
  output = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
  mkdirSync(path.join(folder, 'out'));
  writeFileSync(path.join(folder, 'out/hello_2.10-3_amd64.deb'), 'the package');
  writeFileSync(path.join(folder, 'out/manifest.json'), '{}');
  writeFileSync(path.join(folder, 'secret.key'), 'outside');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function stub(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries({ GITHUB_SERVER_URL: 'https://github.com', ...env }))
    vi.stubEnv(name, value);
}

test('files reach the artifact service, under a name that it takes', async () => {
  await using service = await startArtifactService();
  stub(service.env);
  const host = new GitHubHost({ workspace: folder });
  const root = path.join(folder, 'out');
  const artifact = await host.upload('packages-hello_1:2.10-3', root, [
    'hello_2.10-3_amd64.deb',
    path.join(root, 'manifest.json'),
  ]);
  await host.close();
  expect(artifact).toBe('packages-hello_1-2.10-3');
  expect([...service.artifacts.keys()]).toEqual([artifact]);
  const zip = service.artifacts.get('packages-hello_1-2.10-3') ?? Buffer.alloc(0);
  expect(zip.subarray(0, 2).toString()).toBe('PK');
  expect(zip.includes('hello_2.10-3_amd64.deb')).toBe(true);
  expect(zip.includes('manifest.json')).toBe(true);
  expect(zip.includes('secret.key')).toBe(false);
  expect(output).toContain('artifact packages-hello_1-2.10-3: 2 files');
});

test('a service that refuses is an error of one line', async () => {
  await using service = await startArtifactService();
  stub(service.env);
  const host = new GitHubHost({ workspace: folder });
  await host.upload('twice', path.join(folder, 'out'), ['manifest.json']);
  await expect(host.upload('twice', path.join(folder, 'out'), ['manifest.json'])).rejects.toThrow(
    /the artifact twice could not be uploaded \(found .*\)$/,
  );
  await host.close();
});

test('a server of your own has no such service: told, and the work goes on', async () => {
  await using service = await startArtifactService();
  stub({ ...service.env, GITHUB_SERVER_URL: 'https://git.example' });
  const host = new GitHubHost({ workspace: folder });
  await expect(host.upload('packages', path.join(folder, 'out'), ['manifest.json'])).resolves.toBeUndefined();
  await host.close();
  expect(output).toContain('::notice::this server has no artifact service');
  expect(service.artifacts.size).toBe(0);
});

test('nothing to upload is no artifact', async () => {
  const host = new GitHubHost({ workspace: folder });
  await expect(host.upload('packages', folder, [])).resolves.toBeUndefined();
  await host.close();
});
