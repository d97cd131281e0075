/** The action prepare-sources for rpm, in the shared buildroot of the synthetic distribution. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Target } from '../../src/config/target.ts';
import type { Lock } from '../../src/lock.ts';
import { run } from '../../src/process.ts';
import { CODE, type FileSpec, Project } from '../unit/source/fixture.ts';
import { type Outcome, ok as okOf, prepareIn, refused as refusedOf } from './prepare-sources-helpers.ts';
import { testRpmGeneration } from './rpm-buildroot.ts';

/** A person's target file, and the inputs that lead to the shared buildroot. */
export interface RpmHost {
  readonly inputs: Readonly<Record<string, string>>;
  /** Root tree of the buildroot. */
  readonly generation: string;
  readonly lock: Lock;
  ok(workspace: string, out: string, inputs?: Record<string, string>): Promise<Outcome>;
  refused(workspace: string, out: string, inputs: Record<string, string>, message: RegExp): Promise<Outcome>;
  prepare(workspace: string, out: string, inputs?: Record<string, string>): Promise<Outcome>;
}

/** @param folder of the test, where the target's file is put. */
export async function rpmHost(folder: string): Promise<RpmHost> {
  const { target, generation, lock, name, state } = await testRpmGeneration();
  const { mock } = target;
  if (mock === undefined || !('text' in mock)) throw new Error('a target without a text of mock');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'target.yml');
  await writeFile(file, targetText(target, mock.text));
  const inputs = { target: file, buildroot: name, state };
  return {
    inputs,
    generation: generation.id,
    lock,
    ok: (workspace, out, more = {}) => okOf(workspace, out, { ...inputs, ...more }),
    refused: (workspace, out, more, message) => refusedOf(workspace, out, { ...inputs, ...more }, message),
    prepare: (workspace, out, more = {}) => prepareIn(workspace, out, { ...inputs, ...more }),
  };
}

/** A person's file of the target `synthetic-9`, with that configuration of mock. */
export function targetText(target: Target, mock: string): string {
  // YAML holds JSON.
  return JSON.stringify({
    name: 'synthetic-9',
    format: 'rpm',
    distribution: target.distribution,
    release: target.release,
    suite: target.suite,
    architectures: target.architectures,
    'version-tag': target.versionTag,
    mock: { text: mock },
  });
}

export interface SpecParts {
  readonly name?: string;
  readonly version?: string;
  readonly release?: string;
  /** Lines before Name. */
  readonly top?: string;
  /** Further lines of the preamble. */
  readonly tags?: string;
  /** `null` for none. */
  readonly source0?: string | null;
  readonly prep?: string;
  /** Entries; `null` for no %changelog. */
  readonly changelog?: string | null;
}

export const ENTRY = '* Mon Jan 05 2026 Bob Packager <bob@example.org> - 1.2-1\n- Package it\n';

/** A spec of a package without files. */
export function spec(parts: SpecParts = {}): string {
  const source0 = parts.source0 === undefined ? 'https://example.org/%{name}-%{version}.tar.gz' : parts.source0;
  return [
    ...(parts.top === undefined ? [] : [parts.top]),
    `Name:           ${parts.name ?? 'hello'}`,
    `Version:        ${parts.version ?? '1.2'}`,
    `Release:        ${parts.release ?? '1%{?dist}'}`,
    'Summary:        A test package',
    'License:        MIT',
    'BuildArch:      noarch',
    ...(source0 === null ? [] : [`Source0:        ${source0}`]),
    ...(parts.tags === undefined ? [] : [parts.tags]),
    '',
    '%description',
    'Nothing in it.',
    '',
    '%prep',
    parts.prep ?? '%autosetup',
    '',
    '%build',
    '',
    '%install',
    '',
    '%files',
    ...(parts.changelog === null ? [] : ['', '%changelog', parts.changelog ?? ENTRY]),
  ].join('\n');
}

/** A code project with a spec at its top, tagged v1.2, and `more` commits after it. */
export async function simpleRpm(
  folder: string,
  more = 0,
  parts: SpecParts = {},
  files: Readonly<Record<string, FileSpec>> = {},
): Promise<Project> {
  const project = await Project.create(folder);
  await project.commit('Import', { ...CODE, 'hello.spec': spec(parts), ...files });
  await project.tag('v1.2');
  for (let index = 1; index <= more; index++) {
    await project.commit(`Change ${index}`, { 'src/more.c': `// ${index}\n` });
  }
  return project;
}

/** Unpacks the src.rpm in `out` and returns the folder. */
export async function unpack(out: string): Promise<string> {
  const name = (await readdir(out)).find((each) => each.endsWith('.src.rpm')) ?? '';
  const into = `${out}.unpacked-${Math.random().toString(36).slice(2)}`;
  await mkdir(into);
  await run(['rpm2archive', path.join(out, name)], { cwd: into });
  await run(['tar', '-xzf', `${path.join(out, name)}.tgz`, '-C', into]);
  await run(['rm', `${path.join(out, name)}.tgz`]);
  return into;
}

/** What rpm says of a package file: a query format. */
export async function ask(out: string, format: string): Promise<string> {
  const name = (await readdir(out)).find((each) => each.endsWith('.src.rpm')) ?? '';
  const { stdout } = await run(['rpm', '-qp', '--nosignature', '--qf', format, path.join(out, name)]);
  return stdout;
}
