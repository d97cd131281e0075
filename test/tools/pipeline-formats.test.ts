/** The pipeline over targets of both formats at once: one project with `debian/` and a spec. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { action } from '../../src/actions/pipeline/inputs.ts';
import { run } from '../../src/actions/pipeline/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { run as command } from '../../src/process.ts';
import { generateKey } from '../../src/signing/openpgp.ts';
import { STATE, TARGET, testGeneration } from './buildroot.ts';
import { testRpmGeneration } from './rpm-buildroot.ts';

const SPEC = `Name: greeter
Version: 1.2
Release: 1%{?dist}
Summary: Greets
License: MIT
BuildArch: noarch
Source0: greeter-%{version}.tar.gz

%description
Greets whoever runs it.

%prep
%autosetup

%build

%install
install -D -m 0755 greeter %{buildroot}%{_bindir}/greeter

%check
sh ./greeter | grep -q works

%files
%{_bindir}/greeter

%changelog
* Thu Jan 01 2026 Tests <tests@example.org> - 1.2-1
- Start
`;

const FILES: Readonly<Record<string, string>> = {
  greeter: '#!/bin/sh\necho it works\n',
  'greeter.spec': SPEC,
  'debian/control':
    'Source: greeter\nSection: misc\nPriority: optional\nMaintainer: Tests <tests@example.org>\nBuild-Depends: debhelper-compat (= 13)\nStandards-Version: 4.6.2\n\nPackage: greeter\nArchitecture: all\nDescription: greets\n Greets whoever runs it.\n',
  'debian/changelog':
    'greeter (1.2-1) unstable; urgency=low\n\n  * Start.\n\n -- Tests <tests@example.org>  Thu, 01 Jan 2026 00:00:00 +0000\n',
  'debian/rules': '#!/usr/bin/make -f\n%:\n\tdh $@\n',
  'debian/source/format': '3.0 (quilt)\n',
  'debian/install': 'greeter usr/bin\n',
};

let folder: string;
let key: string;
let packaging: string;
let rpmTarget: string;

const git = (...args: string[]) =>
  command(['git', '-C', path.join(folder, 'greeter'), ...args], {
    env: {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'A Developer',
      GIT_AUTHOR_EMAIL: 'a@example.org',
      GIT_COMMITTER_NAME: 'A Developer',
      GIT_COMMITTER_EMAIL: 'a@example.org',
    },
  });

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-formats-'));
  key = (await generateKey({ name: 'Tests', email: 'tests@example.org' })).key.reveal();
  await (await testGeneration()).lock.release();
  const { target, lock } = await testRpmGeneration();
  await lock.release();
  rpmTarget = target.name;
  const { name, format, distribution, release, suite, architectures, versionTag, mock } = target;
  const own = { name, format, distribution, release, suite, architectures, 'version-tag': versionTag, mock };
  await writeFile(path.join(folder, 'own.yml'), stringify(own));
  packaging = path.join(folder, 'packaging.yml');
  await writeFile(
    packaging,
    stringify({
      release: { name: 'tests', version: '1' },
      maintainer: 'Tests <tests@example.org>',
      targets: [TARGET, own],
      architectures: ['amd64'],
      packages: [{ name: 'greeter', code: 'greeter', smoke: ['greeter'] }],
      versions: { scheme: 'commits' },
      repositories: [{ name: 'tests', path: 'repository/{target}' }],
    }),
  );
  for (const [file, content] of Object.entries(FILES)) {
    const place = path.join(folder, 'greeter', file);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, content, { mode: /rules|greeter$/.test(file) ? 0o755 : 0o644 });
  }
  await git('init', '-q', '-b', 'main');
  await git('add', '-A');
  await git('commit', '-q', '-m', 'Start');
  await git('tag', '1.2');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function pipeline(inputs: Record<string, string> = { packaging }, workspace = folder) {
  const host = new RecordingHost(
    { state: STATE, work: path.join(folder, 'work'), 'signing-key': key, ...inputs },
    { workspace },
  );
  const code = await runAction(action, run, host);
  const errors = host.annotations('error').map(({ message }) => message);
  return { code, errors: errors.join('\n'), host };
}

it('says that mock is missing before anything is built', async () => {
  const program = process.env['MOCK'];
  process.env['MOCK'] = path.join(folder, 'no-such-mock');
  try {
    const { code, errors, host } = await pipeline();
    expect(code).toBe(1);
    expect(errors).toMatch(/mock/);
    expect(host.transcript()).not.toContain('Build greeter');
  } finally {
    process.env['MOCK'] = program;
  }
});

it('takes one project to apt and to dnf, and the next commit too', async () => {
  const first = await pipeline({ packaging, 'max-parallel': '2' });
  expect(first.errors).toBe('');
  expect(first.code).toBe(0);
  const result = JSON.parse(first.host.outputs['result'] ?? '');
  expect(result.built).toMatchObject([
    { package: 'greeter', target: TARGET, version: '1.2-1', packages: ['greeter'] },
    { package: 'greeter', target: rpmTarget, packages: ['greeter'] },
  ]);
  expect(result.built[1].version).toMatch(/^1\.2-\S+\.el9$/);
  expect(result.published).toMatchObject([
    { target: TARGET, changed: true, installed: ['greeter:all=1.2-1'] },
    { target: rpmTarget, changed: true, installed: [`greeter-${result.built[1].version}.noarch`] },
  ]);
  expect(first.host.summaryText).toContain('Installed with apt in a clean session');
  expect(first.host.summaryText).toContain('Installed with dnf in a clean session');
  expect(first.host.summaryText.match(/`greeter` → `it works`/g)).toHaveLength(2);
  expect(first.host.outputs['sources-entry']).toContain('Types: deb');
  expect(first.host.outputs['sources-entry']).not.toContain('gpgcheck');
  expect(first.host.outputs['repo-file']).toMatch(/gpgcheck=1[\s\S]*repo_gpgcheck=1|repo_gpgcheck=1[\s\S]*gpgcheck=1/);

  const again = await pipeline({ packaging, install: 'false' });
  expect(again.errors).toBe('');
  expect(JSON.parse(again.host.outputs['result'] ?? '').published).toMatchObject([
    { target: TARGET, changed: false },
    { target: rpmTarget, changed: false },
  ]);

  await writeFile(path.join(folder, 'greeter/greeter'), '#!/bin/sh\necho it works better\n');
  await git('commit', '-q', '-a', '-m', 'Work better');
  const next = await pipeline();
  expect(next.errors).toBe('');
  const upgraded = JSON.parse(next.host.outputs['result'] ?? '');
  expect(upgraded.published).toMatchObject([{ changed: true }, { changed: true }]);
  expect(upgraded.built[1].version).not.toBe(result.built[1].version);
  expect(next.host.summaryText.match(/`greeter` → `it works better`/g)).toHaveLength(2);
  const secret = key.split('\n')[4] ?? '';
  expect(first.host.transcript()).not.toContain(secret);
  expect(await readFile(path.join(folder, 'repository', rpmTarget, 'public/key.asc'), 'utf8')).toContain('PUBLIC KEY');
});

it('takes a target from a file where there is no packaging file', async () => {
  const place = path.join(folder, 'greeter');
  const inputs = { targets: '../own.yml', repository: path.join(folder, 'alone'), smoke: 'greeter' };
  const { code, errors, host } = await pipeline(inputs, place);
  expect(errors).toBe('');
  expect(code).toBe(0);
  const result = JSON.parse(host.outputs['result'] ?? '');
  expect(result.built).toMatchObject([{ package: 'greeter', target: rpmTarget, packages: ['greeter'] }]);
  expect(result.published).toMatchObject([{ target: rpmTarget, changed: true }]);
  expect(host.summaryText).toMatch(/^## greeter: one package built and published\n/);
  expect(host.summaryText).toContain('write this to `/etc/yum.repos.d/alone.repo`');
});
