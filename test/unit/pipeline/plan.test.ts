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

describe('without a packaging file', () => {
  const spec = async (file: string) => {
    await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
    await writeFile(path.join(folder, file), '');
  };

  it('takes the spec that prepare-sources finds, of several the one that is asked for', async () => {
    await spec('rpm/hello.spec');
    const packages = async (inputs: Record<string, string> = {}) =>
      (await plan({ targets: 'el9', repository: 'r', ...inputs })).packaging.packages.map(({ name }) => name);
    expect(await packages()).toEqual(['hello']);
    await spec('rpm/other.spec');
    await expect(packages()).rejects.toThrow(/several packages found/);
    expect(await packages({ packages: 'other' })).toEqual(['other']);
    await expect(packages({ packages: 'hello,other' })).rejects.toThrow(/several packages found/);
  });

  it.each([
    ['rpm', 'el9', 'name: syn9\nextends: el9\n'],
    ['deb', 'debian-12', 'name: mine\nextends: debian-12\naliases: [other]\n'],
  ])('takes a target from a file: %s', async (format, base, text) => {
    await spec('hello.spec');
    await mkdir(path.join(folder, 'targets'));
    await writeFile(path.join(folder, 'targets/own.yml'), text);
    const { targets } = await plan({ targets: `targets/own.yml,${base}`, repository: 'r' });
    const [name = ''] = /(?<=name: ).*/.exec(text) ?? [];
    expect(targets.map(({ target }) => [target.name, target.format])).toEqual([
      [name, format],
      [base, format],
    ]);
    const absolute = path.join(folder, 'targets/own.yml');
    // Stages have no packaging file to find the name in.
    expect(targets.map(({ reference, jobs }) => [reference, jobs[0]?.reference])).toEqual([
      [absolute, absolute],
      [base, base],
    ]);
    expect((await plan({ targets: absolute, repository: 'r' })).targets[0]?.repository.root).toBe(
      path.join(folder, 'r'),
    );
    await expect(plan({ targets: 'targets/none.yml', repository: 'r' })).rejects.toThrow(/cannot be read/);
  });
});

it.each([
  ['rpm', 'name: own\nextends: el9\n'],
  ['deb', 'name: own\nextends: debian-12\n'],
])('takes a target of the release by its file: %s', async (format, text) => {
  await writeFile(path.join(folder, 'own.yml'), text);
  await writeFile(
    path.join(folder, 'packaging.yml'),
    'release: { name: acme }\ntargets: [own.yml, trixie]\npackages: [hello]\nrepositories: [{ name: m, path: "r/{target}" }]\n',
  );
  const { targets } = await plan({ targets: 'own.yml' });
  expect(targets.map(({ target, reference }) => [target.name, target.format, reference])).toEqual([
    ['own', format, 'own'],
  ]);
  await writeFile(path.join(folder, 'other.yml'), `${text}version-tag: other\n`);
  await expect(plan({ targets: 'other.yml' })).rejects.toThrow(/the target own of the release is not that of the file/);
  await writeFile(path.join(folder, 'other.yml'), text.replace('own', 'more'));
  await expect(plan({ targets: 'other.yml' })).rejects.toThrow(/no such target in the release \(found "more"/);
});
