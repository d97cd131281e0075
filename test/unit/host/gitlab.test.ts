import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GitLabHost } from '../../../src/host/gitlab.ts';

let folder: string;
let output: string;
const open: GitLabHost[] = [];

const out = {
  write(text: string) {
    output += text;
  },
};

function gitlab(env: Record<string, string> = {}): GitLabHost {
  const host = new GitLabHost(
    { env: { CI_PROJECT_DIR: folder, CI_JOB_ID: '4711', CI_JOB_URL: 'https://git.example/-/jobs/4711', ...env } },
    out,
  );
  open.push(host);
  return host;
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-gitlab-'));
  output = '';
});
afterEach(async () => {
  for (const host of open.splice(0)) await host.close();
  rmSync(folder, { recursive: true });
});

test('knows its job and reads inputs from variables', () => {
  const host = gitlab({ PKG_ACTIONS_SIGNING_KEY_FILE: 'key.asc', PKG_ACTIONS_TARGET: '' });
  expect(host).toMatchObject({ workspace: folder, runId: 'gl-4711', runUrl: 'https://git.example/-/jobs/4711' });
  expect(host.input('signing-key-file')).toBe('key.asc');
  expect(host.input('target')).toBeUndefined();
});

describe('the log', () => {
  test('groups are sections with names of their own', async () => {
    const host = gitlab();
    await host.group('Build', async () => {
      host.info('a');
      await host.group('Inner', async () => host.info('b'));
    });
    await host.group('Build', async () => {});
    const sections = [
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the markers are made of them
      ...output.matchAll(/\u001b\[0Ksection_(start|end):(\d+):([a-z0-9_]+)(\[collapsed=true\])?\r\u001b\[0K/g),
    ];
    expect(sections.map(([, kind, , name, folded]) => `${kind} ${name}${folded ? ' folded' : ''}`)).toEqual([
      'start pkg_actions_1',
      'start pkg_actions_2 folded',
      'end pkg_actions_2',
      'end pkg_actions_1',
      'start pkg_actions_3',
      'end pkg_actions_3',
    ]);
    for (const [, , seconds] of sections) expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(10);
  });

  test('annotations are coloured lines with their place', () => {
    gitlab().error('wrong\nsecond line', { file: 'a.c', line: 3, title: 'gcc' });
    expect(output).toBe('\u001b[31;1merror: a.c:3: gcc: wrong\u001b[0m\n\u001b[31;1msecond line\u001b[0m\n');
  });

  test('a tool cannot open or close sections', async () => {
    const host = gitlab();
    const hostile = '\u001b[0Ksection_end:1:pkg_actions_1\r\u001b[0Kx';
    host.info(hostile);
    host.error(hostile, { file: hostile });
    host.progress(hostile);
    await host.summary(hostile);
    await host.close();
    expect(output).not.toContain('section_end:1:pkg_actions_1\r');
    expect(output).not.toContain('\r');
  });

  test('secrets are hidden everywhere, in files too', async () => {
    const host = gitlab();
    host.mask('hunter2');
    host.info('hunter2');
    host.warning('hunter2', { file: 'hunter2' });
    host.output('key', 'x hunter2');
    await host.group('hunter2', async () => {});
    await host.summary('hunter2');
    await host.close();
    expect(output).not.toContain('hunter2');
    for (const file of ['pkg-actions.env', 'pkg-actions-summary.md']) {
      expect(readFileSync(path.join(folder, file), 'utf8')).not.toContain('hunter2');
    }
  });

  test('debug lines are shown when asked for', () => {
    gitlab().debug('no');
    gitlab({ CI_DEBUG_TRACE: 'true' }).debug('yes');
    expect(output).toBe('debug: yes\n');
  });
});

describe('outputs', () => {
  const dotenv = (name = 'pkg-actions.env') => readFileSync(path.join(folder, name), 'utf8');

  test('are variables of later jobs', () => {
    const host = gitlab({ PKG_ACTIONS_OUTPUT_PREFIX: 'BUILD_' });
    host.output('package-name', 'hello');
    host.output('version', '1:2.10-3');
    host.output('version', '1:2.10-4');
    expect(dotenv()).toBe('BUILD_PACKAGE_NAME=hello\nBUILD_VERSION=1:2.10-4\n');
  });

  test('keep what another action of the job wrote', () => {
    gitlab({ PKG_ACTIONS_OUTPUT_PREFIX: 'A_' }).output('x', '1');
    gitlab({ PKG_ACTIONS_OUTPUT_PREFIX: 'B_' }).output('x', '2');
    expect(dotenv()).toBe('A_X=1\nB_X=2\n');
  });

  test('are one line each and expand to nothing', () => {
    const host = gitlab({ PKG_ACTIONS_DOTENV: 'other.env' });
    host.output('list', 'a\nb\n');
    host.output('hostile', 'x\nPATH=/evil\r\nLD_PRELOAD=y');
    host.output('money', '$CI_JOB_TOKEN ${HOME} "quoted" \'too\'');
    host.output('bell', 'a\u0007b');
    host.output('empty', '');
    expect(dotenv('other.env').split('\n')).toEqual([
      'LIST=a,b',
      'HOSTILE=x,PATH=/evil,LD_PRELOAD=y',
      'MONEY=$$CI_JOB_TOKEN $${HOME} "quoted" \'too\'',
      'BELL=a\\u0007b',
      'EMPTY=',
      '',
    ]);
  });

  test('what would make GitLab refuse all of them is left out', () => {
    const host = gitlab();
    host.output('a', 'small');
    host.output('b', 'x'.repeat(6000));
    host.output('c', 'Types: deb\nSigned-By:\n -----BEGIN');
    host.output('d', 'small too');
    expect(dotenv()).toBe('A=small\nD=small too\n');
    expect(output).toContain('warning: the output b is left out');
    expect(output).toContain('The output c is a text of several lines');
    expect(host.outputs['c']).toContain('BEGIN');
  });
});

test('the summary is a file, and is shown at the end', async () => {
  const host = gitlab();
  await host.summary('# Built\n\n| a | b |\n|---|---|\n| 1 | 2 |');
  await host.summary('done');
  expect(readFileSync(path.join(folder, 'pkg-actions-summary.md'), 'utf8')).toBe(
    '# Built\n\n| a | b |\n|---|---|\n| 1 | 2 |\ndone\n',
  );
  await host.close();
  open.length = 0;
  expect(output).toContain('Built');
  expect(output).toContain('1  2');
});

test('artifacts are left to the job', async () => {
  await expect(gitlab().upload()).resolves.toBeUndefined();
  await gitlab().report('junit', path.join(folder, 'out/junit.xml'));
  expect(output).toBe('junit report: out/junit.xml\n');
});

test('links that were committed in the place of its files lead nowhere', async () => {
  const outside = path.join(folder, 'outside');
  const project = path.join(folder, 'project');
  mkdirSync(project);
  writeFileSync(outside, 'SECRET=1\n');
  for (const name of ['pkg-actions.env', 'pkg-actions.env.new', 'pkg-actions-summary.md']) {
    symlinkSync(outside, path.join(project, name));
  }
  const host = gitlab({ CI_PROJECT_DIR: project });
  host.output('verdict', 'success');
  await host.summary('## Built');
  expect(readFileSync(outside, 'utf8')).toBe('SECRET=1\n');
  expect(readFileSync(path.join(project, 'pkg-actions.env'), 'utf8')).not.toContain('SECRET');
  expect(readFileSync(path.join(project, 'pkg-actions-summary.md'), 'utf8')).toContain('Built');
});
