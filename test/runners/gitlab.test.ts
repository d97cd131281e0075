/** A pipeline that includes the released components, run by gitlab-ci-local with a shell, as a runner would. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { ACTIONS } from '../../src/actions/index.ts';
import { run } from '../../src/process.ts';
import { archiveOf, type ScratchRepository, scratchRepository } from '../tools/release-tree.ts';
import { debianFiles, Project } from '../unit/source/fixture.ts';

const VERSION = 'v0.1.0';
const GITLAB = 'gitlab.example';
/** What a shell would act on, as a part of a path. */
const HOSTILE = `$(touch pwned)\`touch pwned\`;touch pwned;'"$HOME`;

let release: ScratchRepository;
let tree: string;
let folder: string;

beforeAll(async () => {
  release = await scratchRepository();
  const { stdout, stderr } = await release.script('scripts/release.ts', VERSION);
  expect(stderr, stdout).toBe('');
  tree = await archiveOf(release, VERSION);
  folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-gitlab-'));
});
afterAll(async () => {
  await release?.[Symbol.asyncDispose]();
  for (const each of [tree, folder]) if (each !== undefined) rmSync(each, { recursive: true, force: true });
});

interface Component {
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A project that includes components, in git, with an origin on a GitLab that is not there. */
async function project(name: string, components: readonly Component[], jobs: object = {}): Promise<string> {
  const root = path.join(folder, name);
  // There is one already where a test runs again.
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root);
  const include = components.map((component) => ({
    component: `${GITLAB}/org/pkg-actions/${component.name}@${VERSION}`,
    inputs: component.inputs,
  }));
  writeFileSync(
    path.join(root, '.gitlab-ci.yml'),
    stringify({ stages: ['build', 'test', 'deploy'], include, ...jobs }),
  );
  const git = (...args: string[]) => run(['git', ...args], { cwd: root });
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', `https://${GITLAB}/org/consumer.git`);
  await git('add', '--all');
  await git('-c', 'user.name=T', '-c', 'user.email=t@example.org', 'commit', '--quiet', '--message=x');
  return root;
}

async function gitlab(root: string, ...words: string[]) {
  return await run(
    [path.resolve('node_modules/.bin/gitlab-ci-local'), '--shell-executor-no-image', '--no-color', ...words],
    {
      cwd: root,
      okExitCodes: 'any',
      timeoutSeconds: 240,
      env: {
        // npx, as a runner of Node 24 has it.
        PATH: `${path.resolve('node_modules/.bin')}:${process.env['PATH']}`,
        HOME: folder,
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: `url.${release.folder}.insteadOf`,
        GIT_CONFIG_VALUE_0: `https://${GITLAB}/org/pkg-actions.git`,
        // Ours to set: gitlab-ci-local says "false" there.
        GCL_IGNORE_PREDEFINED_VARS: 'GITLAB_CI',
        GCL_VARIABLE: 'GITLAB_CI=true',
      },
    },
  );
}

describe('components', () => {
  const names = ACTIONS.filter(({ spec }) => !spec.cliOnly).map(({ spec }) => spec);

  test('every one is taken by the schema of GitLab, with all inputs left to their defaults', async () => {
    const components = names.map((spec) => ({
      name: spec.name,
      inputs: Object.fromEntries(
        Object.entries(spec.inputs)
          .filter(([, input]) => input.type !== 'secret' && 'required' in input && input.required)
          .map(([name, input]) => [name, input.example ?? 'x']),
      ),
    }));
    const result = await gitlab(await project('all', components), '--list');
    expect(result.exitCode, result.stdout + result.stderr).toBe(0);
    for (const { name } of names) expect(result.stdout).toMatch(new RegExp(`^${name} `, 'm'));
  });

  test('one can be included twice under two names; a value that is no option is refused', async () => {
    const inputs = { packages: 'x', repositories: 'y' };
    const twice = ['one', 'two'].map((job) => ({ name: 'check-version', inputs: { ...inputs, 'job-name': job } }));
    const listed = await gitlab(await project('twice', twice), '--list');
    expect(listed.stdout).toMatch(/^one .*\n(.*\n)*?two /m);
    const wrong = [{ name: 'check-version', inputs: { ...inputs, 'allow-missing': 'maybe' } }];
    const refused = await gitlab(await project('wrong', wrong), '--list');
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain('allow-missing');
  });
});

describe('a pipeline', () => {
  test('fetches the release, runs it, and hands outputs and files on; no value is run as code', async () => {
    const root = await project(
      'run',
      [
        {
          name: 'check-version',
          inputs: {
            'pkg-actions': tree,
            'job-name': 'versions of hello',
            packages: 'hello_1.0-1_all.deb',
            repositories: `stable: deb [trusted=yes] file:${folder}/${HOSTILE.replaceAll(' ', '_')} stable main`,
            'allow-missing': true,
          },
        },
      ],
      {
        after: {
          stage: 'deploy',
          needs: ['versions of hello'],
          script: ['echo "outcome=$CHECK_VERSION_OUTCOME" "new=$CHECK_VERSION_NEW"', 'cat pkg-actions-summary.md'],
        },
      },
    );
    await debPackage(root, 'hello', '1.0-1');
    const { stdout, stderr, exitCode } = await gitlab(root);
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toContain('outcome=new new=1');
    expect(stdout).toMatch(/after +> .*hello/);
    expect(readdirSync(root)).not.toContain('pwned');
    expect(readFileSync(path.join(root, 'pkg-actions.env'), 'utf8')).toMatch(/^CHECK_VERSION_OUTCOME=new$/m);
  });

  test('the one of the README: each job is in a stage behind the one whose results it takes', async () => {
    const [, example = ''] = /^```yaml\n(include:\n[\s\S]*?)^```/m.exec(readFileSync('README.md', 'utf8')) ?? [];
    const { include } = parse(example) as { include: { component: string; inputs: Record<string, unknown> }[] };
    const components = include.map(({ component, inputs }) => ({
      name: /pkg-actions\/([a-z-]+)@/.exec(component)?.[1] ?? component,
      inputs,
    }));
    expect(components.map(({ name }) => name)).toEqual(['prepare-sources', 'build-sbuild']);
    const listed = await gitlab(await project('readme', components), '--list-csv');
    const stages = [...listed.stdout.matchAll(/^([a-z-]+);([.a-z]+);on_success;/gm)].map(([, name, stage]) => [
      name,
      stage,
    ]);
    expect(stages, listed.stdout + listed.stderr).toEqual([
      ['prepare-sources', '.pre'],
      ['build-sbuild', 'build'],
    ]);
  });

  test('hands the files of one component to the next, in a folder of its own', async () => {
    const root = await project(
      'chain',
      [
        { name: 'prepare-sources', inputs: { 'pkg-actions': tree, output: 'sources' } },
        {
          name: 'check-version',
          inputs: {
            'pkg-actions': tree,
            packages: 'sources',
            repositories: 'deb [trusted=yes] public stable main',
            'allow-missing': true,
          },
        },
      ],
      {
        variables: { SUFFIX: '~acme1' },
        'prepare-sources': {
          // What GitLab is to expand is set under the job's name.
          variables: { PKG_ACTIONS_VERSION_SUFFIX: '$SUFFIX' },
          // gitlab-ci-local checks an isolated job out again before its after_script, and takes artifacts after it.
          after_script: [],
        },
        'check-version': { after_script: [] },
      },
    );
    const source = new Project(root);
    await source.commit('Packaging', debianFiles('hello', '1.0', '3.0 (native)'));
    // Every job in a copy of what is committed: only artifacts get from one to the other.
    const { stdout, stderr, exitCode } = await gitlab(root, '--shell-isolation');
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout + stderr).toMatch(/check-version.* hello .*1\.0~acme1/);
    expect(readFileSync(path.join(root, 'pkg-actions.env'), 'utf8')).toMatch(/^CHECK_VERSION_OUTCOME=new$/m);
  });

  test.each([[[]], [['--shell-isolation']]])(
    'a job whose script was killed is cleaned up after: by the component’s after_script, %j',
    async (options) => {
      const name = `killed-${randomBytes(4).toString('hex')}`;
      const state = path.join(folder, `${name}-state`);
      // As the build leaves it: a session's folder of this job, of a process that is dead.
      const record = `printf '{"runId":"gl-%s","pid":4194305,"startTime":0,"bootId":"00000000","pidNamespace":1}' "$CI_JOB_ID"`;
      const root = await project(
        name,
        [{ name: 'build-sbuild', inputs: { 'pkg-actions': tree, source: 'x.dsc', target: 'debian-12', state } }],
        {
          'build-sbuild': {
            script: [
              `mkdir -p "$PKG_ACTIONS_STATE/sessions/mine" "$PKG_ACTIONS_STATE/sessions/other"`,
              `${record} > "$PKG_ACTIONS_STATE/sessions/mine/owner.json"`,
              `echo '{"runId":"gl-0","pid":4194305,"startTime":0,"bootId":"00000000","pidNamespace":1}' > "$PKG_ACTIONS_STATE/sessions/other/owner.json"`,
              'kill -KILL $$',
            ],
          },
        },
      );
      const { stdout, stderr, exitCode } = await gitlab(root, ...options);
      expect(exitCode, stdout + stderr).not.toBe(0);
      expect(stdout + stderr).toContain(`Removed what a killed run left: session ${state}/sessions/mine`);
      expect(readdirSync(path.join(state, 'sessions'))).toEqual(['other']);
    },
  );

  test('a failure fails the job, with one line, and keeps what there is', async () => {
    const root = await project('fails', [
      {
        name: 'check-version',
        inputs: { 'pkg-actions': tree, packages: 'none.deb', repositories: `deb file:${folder}/none stable main` },
      },
    ]);
    const { stdout, stderr, exitCode } = await gitlab(root);
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toMatch(/error: .*none/);
  });
});

async function debPackage(root: string, name: string, version: string): Promise<void> {
  const content = mkdtempSync(path.join(folder, 'deb-'));
  mkdirSync(path.join(content, 'DEBIAN'));
  writeFileSync(
    path.join(content, 'DEBIAN/control'),
    `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: x\n`,
  );
  await run(['dpkg-deb', '--build', content, path.join(root, `${name}_${version}_all.deb`)]);
}
