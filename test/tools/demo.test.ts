import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { run as command, type RunResult } from '../../src/process.ts';
import { STATE, testGeneration } from './buildroot.ts';
import { testRpmGeneration } from './rpm-buildroot.ts';

let folder: string;
let rpmTarget: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-demo-'));
  await (await testGeneration()).lock.release();
  const { target, lock } = await testRpmGeneration();
  await lock.release();
  rpmTarget = target.name;
  const { name, format, distribution, release, suite, architectures, versionTag, mock } = target;
  await writeFile(
    path.join(folder, 'rpm-target.yml'),
    stringify({ name, format, distribution, release, suite, architectures, 'version-tag': versionTag, mock }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What `npm run demo` runs once setup.sh is done. */
const demo = (...more: string[]): Promise<RunResult> =>
  command([process.execPath, 'scripts/demo.ts', '--folder', folder, '--state', STATE, ...more], {
    timeoutSeconds: 300,
    okExitCodes: 'any',
    env: { NO_COLOR: '1', MOCK: process.env['MOCK'] },
  });

async function published(): Promise<{ name: string; version: string }[]> {
  const target = (await readdir(path.join(folder, 'repository'))).find((name) => name !== rpmTarget) ?? '';
  const text = await readFile(path.join(folder, 'repository', target, 'public/latest/snapshot.json'), 'utf8');
  const { packages } = JSON.parse(text) as { packages: { name: string; version: string; type: string }[] };
  return packages.filter(({ name, type }) => name === 'hello' && type === 'deb');
}

it('takes GNU hello to apt, and the next change as an upgrade', async () => {
  // As a run that was stopped while it laid the projects out leaves them.
  await command(['git', 'init', '-q', path.join(folder, 'openstack-build/hello-build')]);

  const first = await demo();
  expect(first.stderr).toMatch(/Installed with apt in a clean session: .*hello:\S+=/);
  expect(first.stderr).toContain('Built by pkg-actions');
  expect(first.exitCode).toBe(0);
  const [one, ...more] = await published();
  expect(more).toEqual([]);
  // The projects are found by their names: the file does not say where they are.
  const packaging = await readFile(path.join(folder, 'packaging.yml'), 'utf8');
  expect(packaging).not.toMatch(/^ *(?:code|spec):/m);
  await access(path.join(folder, 'openstack/hello/.git'));

  // What is there already is not fetched again.
  await rm(path.join(folder, 'download'), { recursive: true });
  await writeFile(path.join(folder, 'download'), '');
  // The second time for an rpm target too.
  const second = await demo('--rpm-target', path.join(folder, 'rpm-target.yml'));
  expect(second.stderr).toContain('Built by pkg-actions');
  expect(second.exitCode).toBe(0);
  expect(second.stderr).toMatch(/Installed with dnf in a clean session: .*hello-\S+\.el9\./);
  expect(second.stderr.match(/→ Built by pkg-actions/g)).toHaveLength(2);
  const [two] = await published();
  expect(two?.version).not.toBe(one?.version);
  await command(['dpkg', '--compare-versions', two?.version ?? '', 'gt', one?.version ?? '']);
  expect(second.stderr).toContain(
    `hello:${(await command(['dpkg', '--print-architecture'])).stdout.trim()}=${two?.version}`,
  );
}, 600_000);
