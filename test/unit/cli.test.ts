import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ACTIONS } from '../../src/actions/index.ts';
import { OWN_FLAGS } from '../../src/cli/flags.ts';
import { exampleCommand } from '../../src/cli/program.ts';
import { RESERVED_NAMES } from '../../src/host/environment.ts';
import { run as runCommand } from '../../src/process.ts';
import { action } from './sample-action.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(path.join(folder, 'key.asc'), 'hunter2\n');

const script = `
import { runCommandLine } from ${JSON.stringify(path.resolve('src/cli/run.ts'))};
import { SAMPLE } from ${JSON.stringify(path.resolve('test/unit/sample-action.ts'))};
await runCommandLine([SAMPLE], '1.2.3', process.argv.slice(1));`;

async function cli(words: readonly string[], env: Record<string, string> = {}) {
  return await runCommand([process.execPath, '--input-type=module-typescript', '-e', script, '--', ...words], {
    okExitCodes: 'any',
    cwd: folder,
    env,
    timeoutSeconds: 20,
  });
}

const needed = ['sample', '--target', 'debian-12', '--key-file', 'key.asc'];

async function seen(words: readonly string[], env: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const result = await cli([...needed, '--json', ...words], env);
  expect(result.exitCode, result.stderr).toBe(0);
  return JSON.parse((JSON.parse(result.stdout) as { seen: string }).seen) as Record<string, unknown>;
}

describe('flags', () => {
  test('give every type of input', async () => {
    expect(
      await seen([
        ...['--suite', 'stable', '--output', 'sub', '--network', '--no-check', '--jobs', '4', '--retries', '0'],
        ...['--timeout', '90s', '--memory', '1G', '--mode', 'fast', '--words', 'a b', '--words', 'c,d'],
      ]),
    ).toEqual({
      target: 'debian-12',
      suite: 'stable',
      output: path.join(folder, 'sub'),
      network: true,
      check: false,
      jobs: 4,
      retries: 0,
      timeout: 90,
      memory: 1024 ** 3,
      mode: 'fast',
      words: ['a b', 'c,d'],
      end: 'well',
    });
  });

  test('have defaults, and variables behind them', async () => {
    expect(await seen([])).toMatchObject({ network: false, check: true, retries: 3, timeout: 3600, words: [] });
    const env = { PKG_ACTIONS_NETWORK: 'true', PKG_ACTIONS_CHECK: 'false', PKG_ACTIONS_WORDS: 'x,y' };
    expect(await seen([], env)).toMatchObject({ network: true, check: false, words: ['x', 'y'] });
    expect(await seen(['--no-network'], env)).toMatchObject({ network: false });
  });

  test('values that look like flags or shell are values', async () => {
    expect(await seen(['--words=--network', '--words', '$(touch x)'])).toMatchObject({
      network: false,
      words: ['--network', '$(touch x)'],
    });
  });

  test.each([
    [['--netwrk'], /unknown option '--netwrk'\n\(Did you mean --network\?\)/],
    [['--jobs', 'x'], /error: input jobs: .*found "x", expected a whole number, 1 or more/],
    [
      ['--former-name', 'x'],
      /error: input former-name: the input former-name was renamed \(expected the input suite\)/,
    ],
    [['extra'], /too many arguments/],
    [
      ['--key', 'hunter2'],
      /^error: --key: a secret is never given as a value.*--key-file <path> or --key-variable <name>/,
    ],
    [['--key=hunter2'], /^error: --key: a secret is never given as a value/],
    [['--mode', 'fsat'], /input mode: .*\(found "fsat", expected fast, safe\); did you mean fast\?/],
    [['--mdoe', 'fast'], /unknown option '--mdoe'\n\(Did you mean --mode\?\)/],
    [['--target'], /argument missing/],
  ])('%j: one line, exit code 1', async (words, text) => {
    const result = await cli([...needed, ...words]);
    expect(result.stderr).toMatch(text);
    expect(result.stderr).not.toContain('hunter2');
    expect(result.exitCode).toBe(1);
    expect(result.stdout).toBe('');
  });

  test.each([['smaple'], ['smaple', '--help'], ['help', 'smaple'], ['--help', 'smaple'], ['smaple', '--json', 'x']])(
    'an unknown command suggests the likely one: %s %s',
    async (...words) => {
      expect(await cli(words)).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: 'error: no such command (found "smaple", expected sample, help); did you mean sample?\n',
      });
    },
  );

  test.each([['nonsense', '--help'], ['nonsense'], ['']])(
    'one that is like none lists the commands: %j',
    async (...words) => {
      expect(await cli(words)).toMatchObject({
        exitCode: 1,
        stdout: '',
        stderr: `error: no such command (found ${JSON.stringify(words[0])}, expected sample, help)\n`,
      });
    },
  );
});

describe('output', () => {
  test('--json leaves standard output to the JSON, whoever writes', async () => {
    const result = await cli([...needed, '--json', '--end', 'noisy']);
    expect(Object.keys(JSON.parse(result.stdout) as object)).toEqual(['seen', 'empty']);
    expect(result.stderr).toContain('a library writes to standard output');
    const onGitHub = await cli([...needed, '--json', '--end', 'noisy'], { GITHUB_ACTIONS: 'true' });
    expect(() => JSON.parse(onGitHub.stdout)).not.toThrow();
    expect(onGitHub.stderr).toContain('::add-mask::hunter2');
  });

  test('--json gives what there is where the action fails', async () => {
    const result = await cli([...needed, '--json', '--end', 'user error']);
    expect(result.exitCode).toBe(1);
    expect(JSON.parse(result.stdout)).toEqual({ seen: 'part' });
  });

  test('without it the outputs are listed for people', async () => {
    const result = await cli(needed);
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(/^Outputs\n {2}seen {2}\{"target"/m);
    expect(result.stderr).not.toContain('hunter2');
  });

  test('an output that nobody would read is named, and --json has it', async () => {
    const words = Array.from({ length: 2000 }, (_, index) => `word-${index}`).join(',');
    const told = await cli([...needed, '--words', words]);
    expect(told.stderr).toMatch(/^ {2}seen {2}\([\d,]+ characters: --json prints them\)$/m);
    expect(told.stderr).not.toContain('word-1999');
    expect(JSON.stringify(await seen(['--words', words]))).toContain('word-1999');
  });

  test('--summary and --directory', async () => {
    const inner = mkdtempSync(path.join(folder, 'inner-'));
    await cli(['sample', '--target', 'x', '--key-file', '../key.asc', '-C', inner, '--summary', 'summary.md']);
    // The file of the summary is the person's, beside the shell's other files; the folder is the action's.
    expect(readFileSync(path.join(folder, 'summary.md'), 'utf8')).toBe('# Done\n');
  });

  test('a folder to work in that is none is told', async () => {
    const result = await cli([...needed, '-C', 'nowhere']);
    expect(result).toMatchObject({ exitCode: 1, stderr: 'error: --directory: not a folder (found "nowhere")\n' });
  });

  test('a reader that goes away is no error', async () => {
    const result = await runCommand(
      [
        'bash',
        '-o',
        'pipefail',
        '-c',
        '"$@" | true',
        'bash',
        process.execPath,
        '--input-type=module-typescript',
        '-e',
        script,
        '--',
        'help',
      ],
      { okExitCodes: 'any', cwd: folder },
    );
    expect(result.stderr).toBe('');
  });
});

describe('help', () => {
  test('lists the commands and explains the exit codes', async () => {
    const { stdout, exitCode } = await cli(['--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/sample\s+Do a sample/);
    expect(stdout).toMatch(/130 +cancelled/);
  });

  test.each([
    ['help', 'sample'],
    ['sample', '-h'],
  ])('%s %s is that of the command', async (...words) => {
    const { stdout, exitCode } = await cli(words);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Usage: pkg-actions sample');
  });

  test('of a command has every input, outputs and an example that works', async () => {
    const { stdout } = await cli(['sample', '--help']);
    for (const name of Object.keys(action.inputs)) {
      const flag =
        action.inputs[name as keyof typeof action.inputs].type === 'boolean' ? `--[no-]${name}` : `--${name}`;
      expect(stdout).toContain(flag);
    }
    expect(stdout).toContain('--[no-]network');
    expect(stdout).toContain('--mode <fast|safe>');
    expect(stdout).toContain('default 1h');
    expect(stdout).not.toContain('former-name');
    expect(stdout).toMatch(/Outputs:\n {2}seen/);
    expect(stdout).toContain('pkg-actions sample --target debian-12 --key-file key.asc');
    expect(exampleCommand(action)).toBe('pkg-actions sample --target debian-12 --key-file key.asc');
  });

  test('no command: help on standard error, exit code 1', async () => {
    const result = await cli([]);
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toContain('Usage: pkg-actions');
  });

  test('the version', async () => {
    expect(await cli(['--version'])).toMatchObject({ exitCode: 0, stdout: '1.2.3\n' });
  });

  test('loads nothing heavy', async () => {
    const watch = `
import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) { process.stderr.write(url + '\\n'); return next(url, context); } });
const { main } = await import(${JSON.stringify(path.resolve('src/cli/main.ts'))});
await main(['--help']);`;
    const { stderr } = await runCommand([process.execPath, '--input-type=module', '-e', watch]);
    expect(stderr).toContain('src/cli/main.ts');
    expect(stderr).not.toMatch(/openpgp|@actions|zod|node_modules\/yaml|\/run\.ts\n.*actions.*\/run\.ts/);
    expect(stderr.split('\n').filter((url) => /src\/actions\/.*\/run\.ts$/.test(url))).toEqual([]);
  });
});

test('no input has the name of a flag or variable of ours', () => {
  for (const { spec } of ACTIONS) {
    for (const name of [...Object.keys(spec.inputs), ...Object.keys(spec.renamed ?? {})]) {
      expect(name).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      expect([...OWN_FLAGS, ...RESERVED_NAMES], `${spec.name}: ${name}`).not.toContain(name);
      expect(name, `${spec.name}: --no-x is the negation of --x`).not.toMatch(/^no-/);
    }
  }
});
