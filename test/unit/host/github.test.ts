import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GitHubHost, harmless } from '../../../src/host/github.ts';

let folder: string;
let output: string;
let host: GitHubHost;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-github-'));
  output = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
  for (const file of ['output', 'summary']) writeFileSync(path.join(folder, file), '');
  vi.stubEnv('GITHUB_WORKSPACE', folder);
  vi.stubEnv('GITHUB_OUTPUT', path.join(folder, 'output'));
  vi.stubEnv('GITHUB_STEP_SUMMARY', path.join(folder, 'summary'));
  vi.stubEnv('GITHUB_RUN_ID', '77');
  vi.stubEnv('GITHUB_RUN_ATTEMPT', '2');
  vi.stubEnv('GITHUB_JOB', 'build it');
  vi.stubEnv('RUNNER_NAME', 'host-1/a');
  vi.stubEnv('GITHUB_SERVER_URL', 'https://git.example');
  vi.stubEnv('GITHUB_REPOSITORY', 'org/repo');
  vi.stubEnv('ACTIONS_RUNTIME_TOKEN', '');
  vi.stubEnv('ACTIONS_RESULTS_URL', '');
  host = new GitHubHost();
});
afterEach(async () => {
  await host.close();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('knows its run', () => {
  expect(host.workspace).toBe(folder);
  expect(host.runId).toBe('gh-77-2-build-it-host-1-a');
  expect(host.runUrl).toBe('https://git.example/org/repo/actions/runs/77');
});

test('reads inputs in the way of the runner', () => {
  vi.stubEnv('INPUT_SIGNING-KEY', ' key ');
  vi.stubEnv('INPUT_EMPTY', '');
  vi.stubEnv('PKG_ACTIONS_TARGET', 'not from here');
  expect(host.input('signing-key')).toBe('key');
  expect(host.input('empty')).toBeUndefined();
  expect(host.input('target')).toBeUndefined();
});

test('flags of the command line come first', async () => {
  vi.stubEnv('INPUT_TARGET', 'from the runner');
  const other = new GitHubHost({ inputs: (name) => (name === 'target' ? 'from a flag' : undefined) });
  expect(other.input('target')).toBe('from a flag');
  await other.close();
});

describe('the log', () => {
  test('annotations point at files, relative to the checkout', () => {
    host.error('two\nlines, 100%', { file: 'src/a,b.c', line: 3, column: 7, title: 'gcc: error' });
    host.warning('w', { file: path.join(folder, 'x.c') });
    host.notice('n');
    expect(output).toBe(
      '::error title=gcc%3A error,file=src/a%2Cb.c,line=3,col=7::two%0Alines, 100%25\n' +
        '::warning file=x.c::w\n' +
        '::notice::n\n',
    );
  });

  test('groups fold; inner ones are headings, the view knows one level', async () => {
    await host.group('outer', async () => {
      host.info('a');
      await host.group('inner', async () => host.info('b'));
    });
    expect(output).toBe('::group::outer\na\n▶ inner\nb\n::endgroup::\n');
  });

  test('a title cannot end its command', async () => {
    await host.group('a\n::add-mask::x', async () => {});
    expect(output).toBe('::group::a ::add-mask::x\n::endgroup::\n');
  });

  test.each([
    '::error::x',
    '  ::set-output name=x::y',
    '\t::add-mask::x',
    '\u00a0::stop-commands::x',
    'a\n::error::x',
    'a\r\n::error::x',
    'progress\r::error::x',
    '\u001b[31m::error::x',
    '\u001b]0;x\u0007::error::x',
    '##[add-mask]x',
    'see ##[group]x',
    '\u2028::error::x',
    '\u0000::error::x',
    '\u000b::error::x',
  ])('no line of a tool is a command: %j', (text) => {
    host.info(text);
    host.debug(text);
    host.progress(text);
    for (const line of output.split(/\r\n|\r|\n/)) {
      if (line.startsWith('::debug::')) continue;
      expect(line.trimStart()).not.toMatch(/^::/);
      expect(line).not.toContain('##[');
    }
    expect(output).not.toContain('\r');
  });

  test('harmless leaves everything else alone', () => {
    for (const line of ['a::b', 'std::string x', '## [x]', '::'.repeat(0), 'x ::error::y']) {
      expect(harmless(line)).toBe(line);
    }
  });
});

describe('masks', () => {
  test('each line of a key is told to the runner once, its frame is not', () => {
    host.mask('-----BEGIN X-----\nfirst line\nsecond line\n-----END X-----\n');
    host.mask('first line');
    const masked = output.trim().split('\n');
    expect(masked).toContain('::add-mask::first line');
    expect(masked).toContain('::add-mask::second line');
    expect(masked.filter((line) => line === '::add-mask::first line')).toHaveLength(1);
    expect(masked.some((line) => line.endsWith('::-----BEGIN X-----'))).toBe(false);
  });

  test('secrets are hidden before the runner sees a line', async () => {
    host.mask('hunter2');
    output = '';
    host.info('the key is hunter2');
    host.error('hunter2', { file: 'hunter2.c', title: 'hunter2' });
    await host.group('hunter2', async () => host.progress('hunter2'));
    await host.summary('hunter2');
    expect(output).not.toContain('hunter2');
    expect(readFileSync(path.join(folder, 'summary'), 'utf8')).toBe('***\n');
  });
});

test('outputs of several lines arrive whole', () => {
  host.output('list', 'a\nb');
  host.output('hostile', 'x\nEOF\nother=1');
  const text = readFileSync(path.join(folder, 'output'), 'utf8');
  const [, delimiter] = /^list<<(ghadelimiter_\S+)$/m.exec(text) ?? [];
  expect(text).toContain(`list<<${delimiter}\na\nb\n${delimiter}\n`);
  expect(text).toMatch(/hostile<<(ghadelimiter_\S+)\nx\nEOF\nother=1\n\1\n/);
  expect(host.outputs).toEqual({ list: 'a\nb', hostile: 'x\nEOF\nother=1' });
});

test('a long output is shortened for the runner, stays JSON, and is whole for --json', () => {
  vi.stubEnv('INPUT_REPORT', 'out/report.json');
  const packages = Array.from({ length: 10_000 }, (_, index) => ({ name: `package-${index}`, version: '1.0-1' }));
  const value = JSON.stringify({ changed: true, packages });
  host.output('published', value);
  const [, text = ''] = /^published<<\S+\n(.*)$/m.exec(readFileSync(path.join(folder, 'output'), 'utf8')) ?? [];
  expect(text.length).toBeLessThan(100_001);
  const shown = JSON.parse(text) as { packages: unknown[] };
  expect(shown).toMatchObject({ changed: true, shortened: { packages: 10_000 }, report: 'out/report.json' });
  expect(shown.packages).toEqual(packages.slice(0, 1000));
  expect(host.outputs['published']).toBe(value);
  expect(output).toMatch(
    /^The output published is shortened: 4\d\d KiB are too much; all of it is in "out\/report.json"\.$/m,
  );
});

describe('the step summary', () => {
  const file = () => readFileSync(path.join(folder, 'summary'), 'utf8');

  test('is appended to', async () => {
    await host.summary('# One');
    await host.summary('two\n');
    expect(file()).toBe('# One\ntwo\n');
  });

  test('is cut at a line, below the limit, with a note, once', async () => {
    writeFileSync(path.join(folder, 'summary'), 'earlier\n');
    const line = `${'ä'.repeat(500)}\n`;
    await host.summary(line.repeat(2000));
    await host.summary('more\n');
    const text = file();
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024 * 1024);
    expect(Buffer.byteLength(text)).toBeGreaterThan(1024 * 1024 - 2000);
    expect(text).toContain('The summary was cut here');
    expect(text.match(/cut here/g)).toHaveLength(1);
    expect(text).not.toContain('more\n');
    expect(text).not.toContain('\ufffd');
    expect(output.match(/::warning::the step summary was cut/g)).toHaveLength(1);
  });

  test.each([
    ['a block of code', '<details>\n<summary>Log</summary>\n\n````text\n```\n', '\n````\n</details>\n\n*The'],
    ['a fold', '```text\n<details>\n```\n<details>\n', 'x\n</details>\n\n*The'],
    ['nothing', '~~~\n~~~\n<details>\n</details>\n', 'x\n\n*The'],
  ])('cut inside of %s, the note stands outside', async (_, start, end) => {
    await host.summary(start + 'x\n'.repeat(600_000));
    const text = file();
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024 * 1024);
    expect(text).toContain(end);
  });

  test('goes to the log where the runner has no file for it', async () => {
    vi.stubEnv('GITHUB_STEP_SUMMARY', '');
    await host.summary('# Title');
    expect(output).toBe('# Title\n\n');
  });
});

test('a runner without artifact service is told, and the work goes on', async () => {
  writeFileSync(path.join(folder, 'a.deb'), '');
  await expect(host.upload('packages', folder, ['a.deb'])).resolves.toBeUndefined();
  expect(output).toMatch(/^::notice::this runner has no artifact service: the files of packages stay in /);
});

test('files that the artifact service refuses are named', async () => {
  writeFileSync(path.join(folder, 'a_1:2.deb'), '');
  await expect(host.upload('packages', folder, ['a_1:2.deb'])).rejects.toThrow(
    /a_1:2\.deb: the artifact packages cannot/,
  );
});

test('SIGTERM cancels', async () => {
  expect(host.signal.aborted).toBe(false);
  process.emit('SIGTERM', 'SIGTERM');
  expect(host.signal.aborted).toBe(true);
  expect(output).toContain('SIGTERM: cancelling');
});
