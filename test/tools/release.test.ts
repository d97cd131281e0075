/** A release made in a scratch clone, and an action run out of an archive of it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { pinReferences } from '../../scripts/release/tree.ts';
import { ACTIONS } from '../../src/actions/index.ts';
import { run } from '../../src/process.ts';
import { archiveOf, type ScratchRepository, scratchRepository } from './release-tree.ts';

let repository: ScratchRepository;
let source: string;
let archive: string;
let folder: string;

const release = (...words: string[]) => repository.script('scripts/release.ts', ...words);
const hash = async (ref: string) => (await repository.git('rev-parse', ref)).trim();
const names = ACTIONS.filter(({ spec }) => !spec.cliOnly).map(({ spec }) => spec.name);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-release-test-'));
  repository = await scratchRepository();
  mkdirSync(path.join(repository.folder, 'workflows'), { recursive: true });
  writeFileSync(
    path.join(repository.folder, 'workflows/sample.yml'),
    'on: workflow_call\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: org/pkg-actions/check-version@v1\n      - uses: my-org/pkg-actions@v1\n',
  );
  await repository.git('add', '--all');
  await repository.git('commit', '--quiet', '--message=A workflow');
  source = await hash('HEAD');
  const made = await release('v0.9.1', '--repository', 'acme/packaging');
  expect(made.stderr).toBe('');
  expect(made.exitCode).toBe(0);
  archive = await archiveOf(repository, 'v0.9.1');
});
afterAll(async () => {
  await repository?.[Symbol.asyncDispose]();
  for (const each of [archive, folder]) if (each !== undefined) rmSync(each, { recursive: true, force: true });
});

const read = (name: string) => readFileSync(path.join(archive, name), 'utf8');

describe('the tree', () => {
  test('has the actions at its root, and what they need; no sources, no tests', () => {
    const found = readdirSync(archive).sort();
    for (const name of [
      ...names,
      'dist',
      'targets',
      'containers',
      'templates',
      'README.md',
      'LICENSE',
      'package.json',
    ]) {
      expect(found).toContain(name);
    }
    for (const name of ['src', 'test', 'scripts', 'actions', 'workflows', 'node_modules', 'package-lock.json']) {
      expect(found).not.toContain(name);
    }
    expect(existsSync(path.join(archive, '.github/workflows/sample.yml'))).toBe(true);
  });

  test('every action points at a bundle that is there', () => {
    for (const name of names) {
      const { runs } = parse(read(`${name}/action.yml`)) as {
        runs: { using: string; main: string; post?: string };
      };
      expect(runs.using).toBe('node24');
      for (const script of [runs.main, runs.post]) {
        if (script === undefined) continue;
        expect(existsSync(path.join(archive, name, script)), `${name}: ${script}`).toBe(true);
      }
    }
  });

  test('versions agree, and references are pinned to it under the name of the release', () => {
    expect((JSON.parse(read('package.json')) as { version: string }).version).toBe('0.9.1');
    for (const name of names) expect(read(`templates/${name}.yml`)).toContain('default: pkg-actions@0.9.1\n');
    expect(read('.github/workflows/sample.yml')).toContain('uses: acme/packaging/check-version@v0.9.1\n');
    expect(read('.github/workflows/sample.yml')).toContain('uses: my-org/pkg-actions@v1\n');
    const readme = read('README.md');
    expect(readme).toContain('acme/packaging/prepare-sources@v0.9.1');
    expect(readme).not.toMatch(/(?<![\w-])org\/pkg-actions/);
  });

  test('links lead somewhere', () => {
    const files = ['README.md', ...names.map((name) => `${name}/README.md`)];
    for (const file of files) {
      for (const [, link = ''] of read(file).matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)) {
        if (/^https?:/.test(link)) {
          const [, at, target] =
            /^https:\/\/github\.com\/acme\/packaging\/blob\/([0-9a-f]{40})\/(.*)$/.exec(link) ?? [];
          if (at !== undefined) expect(at, `${file}: ${link}`).toBe(source);
          if (target !== undefined)
            expect(existsSync(path.join(repository.folder, target)), `${file}: ${link}`).toBe(true);
        } else {
          expect(existsSync(path.join(archive, path.dirname(file), link)), `${file}: ${link}`).toBe(true);
        }
      }
    }
  });

  test('the package that npx fetches holds what the command line needs', async () => {
    const { stdout } = await run(['npm', 'pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: archive });
    const packed = (JSON.parse(stdout) as { files: { path: string }[] }[])[0]?.files.map((each) => each.path) ?? [];
    for (const name of ['dist/cli.js', 'dist/LICENSES.txt', 'targets/debian-12.yml', 'package.json', 'LICENSE']) {
      expect(packed).toContain(name);
    }
  });
});

describe('run out of the archive, without node_modules', () => {
  test('an action does its work as the runner would start it', async () => {
    const workspace = path.join(folder, 'workspace');
    mkdirSync(path.join(workspace, 'content/DEBIAN'), { recursive: true });
    writeFileSync(
      path.join(workspace, 'content/DEBIAN/control'),
      'Package: hello\nVersion: 1.0-1\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: x\n',
    );
    await run(['dpkg-deb', '--build', 'content', 'hello_1.0-1_all.deb'], { cwd: workspace });
    for (const name of ['output', 'summary']) writeFileSync(path.join(folder, name), '');
    const { runs } = parse(read('check-version/action.yml')) as { runs: { main: string } };
    const result = await run([process.execPath, path.join(archive, 'check-version', runs.main)], {
      cwd: folder,
      okExitCodes: 'any',
      env: {
        GITHUB_ACTIONS: 'true',
        GITHUB_WORKSPACE: workspace,
        GITHUB_OUTPUT: path.join(folder, 'output'),
        GITHUB_STEP_SUMMARY: path.join(folder, 'summary'),
        INPUT_PACKAGES: 'hello_1.0-1_all.deb',
        INPUT_REPOSITORIES: `stable: deb [trusted=yes] file:${folder}/none stable main`,
        'INPUT_ALLOW-MISSING': 'true',
        'INPUT_ALLOW-DOWNGRADE': 'false',
        INPUT_ATTEMPTS: '4',
      },
    });
    expect(result.exitCode, result.stdout + result.stderr).toBe(0);
    expect(readFileSync(path.join(folder, 'output'), 'utf8')).toMatch(/^outcome<<(\S+)\nnew\n\1$/m);
    expect(readFileSync(path.join(folder, 'summary'), 'utf8')).toContain('hello');
  });

  test('the command line has the version of the release', async () => {
    const { stdout } = await run([process.execPath, path.join(archive, 'dist/cli.js'), '--version']);
    expect(stdout).toBe('0.9.1\n');
  });
});

describe('making it', () => {
  test('a second time gives the same commit, and touches neither work tree nor index', async () => {
    const [commit, tag] = [await hash('v0.9.1^{commit}'), await hash('v0.9.1')];
    expect(await hash('v0')).toBe(commit);
    expect(await hash('v0.9.1^')).toBe(source);
    await repository.git('tag', '--delete', 'v0.9.1', 'v0');
    expect((await release('v0.9.1', '--repository', 'acme/packaging')).exitCode).toBe(0);
    expect(await hash('v0.9.1^{commit}')).toBe(commit);
    expect(await hash('v0.9.1')).toBe(tag);
    const again = await release('v0.9.1', '--repository', 'acme/packaging');
    expect(again.stdout).toContain('was there already');
    expect(await repository.git('status', '--porcelain')).toBe('');
    expect(await hash('HEAD')).toBe(source);
    expect((await repository.git('cat-file', '-t', 'v0.9.1')).trim()).toBe('tag');
  });

  test('prints how to publish, and publishes nothing itself', async () => {
    const { stdout } = await release('v0.9.1', '--repository', 'acme/packaging');
    expect(stdout).toMatch(/ {2}git push origin refs\/tags\/v0\.9\.1 \+refs\/tags\/v0\n$/);
    expect(await repository.git('remote')).toBe('');
  });

  test('--dry-run lists the files and makes no tag', async () => {
    const { stdout } = await release('v0.9.9', '--dry-run');
    expect(stdout).toMatch(/^check-version\/action\.yml$/m);
    expect(stdout).toContain('nothing was tagged');
    expect(await repository.git('tag', '--list', 'v0.9.9')).toBe('');
  });

  test('an older release and a pre-release leave v0 where it is', async () => {
    const before = await hash('v0');
    expect((await release('v0.8.0')).stdout).toContain('v0 stays where it is');
    expect((await release('v0.10.0-rc.1')).stdout).toContain('v0 stays where it is');
    expect(await hash('v0')).toBe(before);
    expect((await release('v0.10.0')).stdout).toContain('v0 points at it');
    expect(await hash('v0')).toBe(await hash('v0.10.0^{commit}'));
  });

  test.each([
    ['1.2.3', /not a version/],
    ['v1.2', /not a version/],
    ['v01.2.3', /not a version/],
    ['v1.2.3+x', /not a version/],
    ['v1.2.3; touch x', /not a version/],
    ['--help', /Unknown option/],
  ])('refuses %j', async (version, text) => {
    const { exitCode, stderr } = await release(version);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(text);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('refuses a tree with changes, a stale bundle, and a tag that holds something else', async () => {
    const file = path.join(repository.folder, 'LICENSE');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, `${before}\nmore\n`);
    expect((await release('v0.9.2')).stderr).toMatch(/changes that are not committed.*LICENSE/);
    await repository.git('commit', '--quiet', '--all', '--message=More');
    expect((await release('v0.9.1', '--repository', 'acme/packaging')).stderr).toMatch(
      /the tag v0\.9\.1 exists with another tree/,
    );
    const bundle = path.join(repository.folder, 'dist/cli.js');
    writeFileSync(bundle, `${readFileSync(bundle, 'utf8')}// by hand\n`);
    await repository.git('commit', '--quiet', '--all', '--message=By hand');
    expect((await release('v0.9.2')).stderr).toMatch(/dist\/cli\.js: a generated file does not fit the sources/);
    expect(await repository.git('tag', '--list', 'v0.9.2')).toBe('');
    await repository.git('reset', '--quiet', '--hard', source);
  });
});

test('pinReferences knows our name from others', () => {
  const pin = (text: string) => pinReferences(text, '1.2.3', 'me/mine');
  expect(pin('uses: org/pkg-actions/build-mock@v1')).toBe('uses: me/mine/build-mock@v1.2.3');
  expect(pin('org/pkg-actions/.github/workflows/a.yml@v1 # x')).toBe('me/mine/.github/workflows/a.yml@v1.2.3 # x');
  expect(pin('$CI_SERVER_FQDN/org/pkg-actions/x@v0')).toBe('$CI_SERVER_FQDN/me/mine/x@v1.2.3');
  expect(pin('my-org/pkg-actions@v1 org/pkg-actions-extra@v1')).toBe('my-org/pkg-actions@v1 org/pkg-actions-extra@v1');
});
