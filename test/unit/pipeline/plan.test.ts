import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { action } from '../../../src/actions/pipeline/inputs.ts';
import { planPipeline } from '../../../src/actions/pipeline/plan.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import { readInputs } from '../../../src/inputs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-plan-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const plan = (given: Record<string, string> = {}, architecture = 'amd64') => {
  const inputs = readInputs(action, new RecordingHost({ 'signing-key': 'unused', ...given }), {
    resolvePath: (file) => path.resolve(folder, file),
    readSecret: (_kind, value) => value,
  });
  return planPipeline(inputs, folder, architecture);
};

const HEAD = 'release: { name: acme }\ntargets: [debian-12, debian-13]\npackages: [hello]\n';
const write = (lines: string) => writeFile(path.join(folder, 'packaging.yml'), HEAD + lines);

describe('the repository of a target', () => {
  it('has the first channel of its entry', async () => {
    await write(
      'repositories: [{ name: main, path: "r/{suite}", suite: "acme-{suite}", channels: [testing, stable] }]\n',
    );
    const { targets } = await plan();
    expect(targets.map(({ repository }) => repository)).toEqual([
      { root: path.join(folder, 'r/bookworm'), name: 'main', channel: 'testing' },
      { root: path.join(folder, 'r/trixie'), name: 'main', channel: 'testing' },
    ]);
    const chosen = await plan({ channel: 'stable', repository: 'other', targets: 'trixie' });
    expect(chosen.targets.map(({ repository }) => repository)).toEqual([
      { root: path.join(folder, 'other'), name: 'main', channel: 'stable' },
    ]);
  });

  it('is a folder for each of several targets, and latest without a file', async () => {
    await mkdir(path.join(folder, 'debian'));
    await writeFile(
      path.join(folder, 'debian/changelog'),
      'hello (1.0) unstable; urgency=low\n\n  * Start.\n\n -- A <a@example.org>  Thu, 01 Jan 2026 00:00:00 +0000\n',
    );
    const { targets, file } = await plan({ targets: 'bookworm,trixie', repository: 'r' });
    expect(file).toBeUndefined();
    expect(targets.map(({ target, repository }) => [target.name, repository.root, repository.channel])).toEqual([
      ['debian-12', path.join(folder, 'r/debian-12'), 'latest'],
      ['debian-13', path.join(folder, 'r/debian-13'), 'latest'],
    ]);
    expect(targets.map(({ target, jobs }) => jobs[0]?.package.versions.suffixes[target.name])).toEqual([
      '+deb12',
      '+deb13',
    ]);
  });

  it('must be known', async () => {
    await write('');
    await expect(plan()).rejects.toThrow(
      /packaging\.yml repositories: no folder for the repository of debian-12 \(expected path in its entry/,
    );
  });
});

describe('architectures', () => {
  it('of the release have that of this machine', async () => {
    await write('architectures: [arm64]\nrepositories: [{ name: main, path: "r/{suite}" }]\n');
    expect((await plan({}, 'arm64')).targets).toHaveLength(2);
    await expect(plan()).rejects.toThrow(
      /packaging\.yml: architectures: the release is not built for this architecture \(found "amd64", expected arm64\)/,
    );
  });
});

it('takes the packages that the inputs name, for targets that they are built for', async () => {
  await writeFile(
    path.join(folder, 'packaging.yml'),
    HEAD.replace('[hello]', '[{ name: hello, code: hello }, { name: only, code: only, targets: [debian-13] }]') +
      'repositories: [{ name: main, path: "r/{suite}" }]\n',
  );
  const jobs = async (inputs: Record<string, string>) =>
    (await plan(inputs)).targets.flatMap((each) => each.jobs.map((job) => `${job.package.name} ${job.target.name}`));
  expect(await jobs({})).toEqual(['hello debian-12', 'hello debian-13', 'only debian-13']);
  expect(await jobs({ packages: 'only' })).toEqual(['only debian-13']);
  await expect(jobs({ packages: 'only', targets: 'debian-12' })).rejects.toThrow(/no package is built for any/);
  await expect(jobs({ packages: 'onli' })).rejects.toThrow(/no such package.*did you mean only\?/);
});
