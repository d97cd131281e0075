import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { detectHost } from '../../../src/host/detect.ts';
import { LocalHost } from '../../../src/host/local.ts';
import { readSecret } from '../../../src/host/secrets.ts';

let folder: string;
let output: string;
const open: { close(): Promise<void> }[] = [];

function local(options: { tty?: boolean; env?: Record<string, string>; summaryFile?: string; debug?: boolean } = {}) {
  const { tty = false, env = {}, ...rest } = options;
  const host = new LocalHost(
    { env, workspace: folder, ...rest },
    {
      isTTY: tty,
      columns: 60,
      write(text: string) {
        output += text;
      },
    },
  );
  open.push(host);
  return host;
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-local-'));
  output = '';
});
afterEach(async () => {
  for (const host of open.splice(0)) await host.close();
  rmSync(folder, { recursive: true });
});

describe('plain lines', () => {
  test('groups are headings with indentation, and with their time at the end', async () => {
    const host = local();
    await host.group('Build', async () => {
      host.info('one\ntwo');
      await host.group('Tests', async () => {
        host.warning('slow', { file: 'a.c', line: 1, column: 2 });
        await new Promise((resolve) => setTimeout(resolve, 120));
      });
    });
    expect(output.replace(/0\.\d s/g, 'TIME')).toBe(
      'Build\n  one\n  two\n  Tests\n    warning: a.c:1:2: slow\n    done in TIME\n  done in TIME\n',
    );
  });

  test('a group that fails says so', async () => {
    await expect(local().group('Build', () => Promise.reject(new Error('x')))).rejects.toThrow();
    expect(output).toMatch(/^Build\n {2}failed in \d/);
  });

  test('no colours, no control characters, whatever is said', async () => {
    const host = local();
    const hostile = 'a\u001b[31mred\u001b]0;title\u0007\u0008';
    host.info(hostile);
    host.error(hostile, { file: hostile, title: hostile });
    host.progress(hostile);
    await host.group(hostile, async () => {});
    await host.summary(`# ${hostile}\n| ${hostile} |\n|---|\n`);
    await host.close();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left
    expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  test('secrets are hidden', async () => {
    const host = local();
    host.mask('hunter2');
    host.info('hunter2');
    host.progress('hunter2');
    await host.summary('hunter2');
    await host.close();
    expect(output).not.toContain('hunter2');
  });

  test('debug lines only when asked for', () => {
    local().debug('no');
    local({ debug: true }).debug('yes');
    local({ env: { PKG_ACTIONS_DEBUG: '1' } }).debug('yes too');
    expect(output).toBe('debug: yes\ndebug: yes too\n');
  });
});

describe('a terminal', () => {
  test('has colours and a live line', async () => {
    const host = local({ tty: true });
    host.error('wrong');
    host.progress('unpacking');
    host.info('a line');
    await host.close();
    expect(output).toContain('\u001b[1;31merror:\u001b[0m wrong\n');
    expect(output).toContain('… unpacking (0 s)');
    expect(output).toContain('\r\u001b[2Ka line\n');
    expect(output.endsWith('\r\u001b[2K')).toBe(true);
  });

  test('has no colours where the person wants none', () => {
    local({ tty: true, env: { NO_COLOR: '1' } }).error('wrong');
    expect(output).toBe('error: wrong\n');
  });

  test('that can do nothing gets plain lines', () => {
    const host = local({ tty: true, env: { TERM: 'dumb' } });
    host.error('wrong');
    host.progress('unpacking');
    expect(output).toBe('error: wrong\nunpacking\n');
  });
});

describe('the summary', () => {
  test('is rendered at the end and written whole to a file', async () => {
    const host = local({ summaryFile: 'sub.md' });
    await host.summary('# Built');
    await host.summary('- hello');
    expect(output).toBe('');
    expect(readdirSync(folder)).toEqual([]);
    await host.close();
    open.length = 0;
    expect(output).toBe('\nBuilt\n\n- hello\n');
    expect(readFileSync(path.join(folder, 'sub.md'), 'utf8')).toBe('# Built\n- hello\n');
    expect(readdirSync(folder)).toEqual(['sub.md']);
  });
});

test('inputs come from the environment, behind flags', () => {
  const host = new LocalHost({
    env: { PKG_ACTIONS_A: 'variable', PKG_ACTIONS_B_C: 'variable' },
    inputs: (name) => (name === 'a' ? 'flag' : undefined),
  });
  open.push(host);
  expect(host.input('a')).toBe('flag');
  expect(host.input('b-c')).toBe('variable');
  expect(host.input('none')).toBeUndefined();
});

test('the platform is found by what it sets', async () => {
  for (const [env, name] of [
    [{ GITHUB_ACTIONS: 'true' }, 'github'],
    [{ GITLAB_CI: 'true' }, 'gitlab'],
    [{ CI: 'true' }, 'local'],
  ] as const) {
    const host = await detectHost({ env });
    open.push(host);
    expect(host.name).toBe(name);
  }
});

describe('readSecret', () => {
  const env = { KEY: 'the key\n', EMPTY: '', FILE_KEY: '' as string };

  test('from a variable', () => {
    expect(readSecret('variable', 'KEY', folder, env)).toBe('the key\n');
  });

  test('from a file, without its last line break', async () => {
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path.join(folder, 'pass'), 'hunter2\n');
    expect(readSecret('file', 'pass', folder, env)).toBe('hunter2');
    expect(readSecret('file', path.join(folder, 'pass'), '/', env)).toBe('hunter2');
  });

  test("from GitLab's variable of type File", async () => {
    const { writeFileSync } = await import('node:fs');
    writeFileSync(path.join(folder, 'FILE_KEY'), 'from the file');
    expect(readSecret('variable', 'FILE_KEY', folder, { FILE_KEY: path.join(folder, 'FILE_KEY') })).toBe(
      'from the file',
    );
  });

  test('says what is wrong, never with the secret', () => {
    expect(() => readSecret('variable', 'MISSING', folder, env)).toThrow(
      /MISSING: the environment variable of a secret/,
    );
    expect(() => readSecret('variable', 'EMPTY', folder, env)).toThrow(/EMPTY/);
    expect(() => readSecret('variable', '-----BEGIN PGP', folder, env)).toThrow(
      /not the name of an environment variable \(found 14 characters/,
    );
    expect(() => readSecret('file', 'none', folder, env)).toThrow(/the file of a secret cannot be read.*ENOENT/);
    expect(() => readSecret('file', '.', folder, env)).toThrow(/EISDIR/);
  });
});
