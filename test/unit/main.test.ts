import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { RecordingHost } from '../../src/host/recording.ts';
import { EXIT, runAction } from '../../src/main.ts';
import { type RunOptions, run as runCommand, start } from '../../src/process.ts';
import { VERSION } from '../../src/version.ts';
import { action, run } from './sample-action.ts';

async function ending(end: string, inputs: Record<string, string> = {}) {
  const host = new RecordingHost({ target: 'x', key: 'hunter2', end, ...inputs });
  const code = await runAction(action, run, host);
  return { code, host, errors: host.annotations('error').map((line) => line.message) };
}

describe('runAction', () => {
  test('sets the outputs', async () => {
    const { code, host } = await ending('well', { network: 'true', output: 'sub' });
    expect(code).toBe(EXIT.success);
    expect(JSON.parse(host.outputs['seen'] ?? '')).toMatchObject({ network: true, output: path.resolve('sub') });
    expect(host.outputs['empty']).toBe('');
    expect(host.masks).toEqual(['hunter2']);
  });

  test('a wrong input is one line', async () => {
    const { code, errors } = await ending('well', { mode: 'slow' });
    expect(code).toBe(EXIT.failure);
    expect(errors).toEqual(['input mode: a value that cannot be read (found "slow", expected fast, safe)']);
  });

  test("a person's mistake is one line; outputs that were set before it stay", async () => {
    const { code, errors, host } = await ending('user error');
    expect(code).toBe(EXIT.failure);
    expect(errors).toEqual(['file:1: it is wrong (found "x", expected y)']);
    expect(host.outputs).toEqual({ seen: 'part' });
    expect(host.groups).toEqual([]);
  });

  test('a failed tool shows its last lines and a command to paste', async () => {
    const { code, errors, host } = await ending('command error');
    expect(code).toBe(EXIT.failure);
    expect(errors).toEqual(['sh failed with exit code 3: ::error::last']);
    const shown = host.lines.filter((line) => line.groups.length > 0).map((line) => line.message);
    expect(shown).toEqual([`sh -c 'echo first; echo "::error::last" >&2; exit 3' 'it'\\''s'`, '::error::last']);
  });

  test('a bug shows the stack, the cause and the version', async () => {
    const { code, errors, host } = await ending('bug');
    expect(code).toBe(EXIT.bug);
    expect(errors).toEqual([`a bug in pkg-actions ${VERSION}: no such thing`]);
    expect(host.transcript()).toMatch(
      /TypeError: no such thing[\s\S]*sample-action\.ts[\s\S]*caused by: Error: deeper/,
    );
    expect(host.transcript()).toContain(`Node ${process.version}`);
  });

  test('what the system refuses is no bug', async () => {
    const { code, errors } = await ending('system');
    expect(code).toBe(EXIT.failure);
    expect(errors).toEqual(['/full\\u001b[31m: no space left on the device (ENOSPC)']);
  });

  test('several errors are told one by one', async () => {
    const { code, errors } = await ending('several');
    expect(code).toBe(EXIT.failure);
    expect(errors).toEqual(['one', 'two']);
  });

  test('an error of cleaning up does not hide the first', async () => {
    const { code, errors } = await ending('clean-up fails');
    expect(code).toBe(EXIT.bug);
    expect(errors).toEqual(['the first', `a bug in pkg-actions ${VERSION}: could not clean up`]);
  });

  test('cancelled is neither failure nor success', async () => {
    expect(await ending('cancelled')).toMatchObject({ code: EXIT.cancelled, errors: ['cancelled'] });
  });

  test('whatever a cancellation makes fail is the cancellation', async () => {
    const host = new RecordingHost({ target: 'x', key: 'hunter2', end: 'waits' });
    setTimeout(() => host.cancel(), 100);
    expect(await runAction(action, run, host)).toBe(EXIT.cancelled);
    expect(host.annotations('error').map((line) => line.message)).toEqual(['cancelled']);
  });
});

describe('the process of an action', () => {
  const script = `
import { runMain } from ${JSON.stringify(path.resolve('src/main.ts'))};
import { action, run } from ${JSON.stringify(path.resolve('test/unit/sample-action.ts'))};
await runMain(action, run);`;
  const argv = [process.execPath, '--input-type=module-typescript', '-e', script] as const;
  const env = { PKG_ACTIONS_TARGET: 'x', MY_KEY: 'hunter2', PKG_ACTIONS_KEY_VARIABLE: 'MY_KEY' };

  async function runEnding(end: string, options: RunOptions = {}) {
    return await runCommand([...argv], {
      okExitCodes: 'any',
      timeoutSeconds: 20,
      ...options,
      env: { ...env, PKG_ACTIONS_END: end, ...options.env },
    });
  }

  test.each([
    ['well', EXIT.success, /the key is \*\*\*[\s\S]*Done/],
    ['user error', EXIT.failure, /^error: file:1: it is wrong/m],
    ['command error', EXIT.failure, /^error: sh failed with exit code 3/m],
    ['bug', EXIT.bug, /^error: a bug in pkg-actions/m],
    ['never', EXIT.bug, /the action stopped without a result/],
    ['rejects aside', EXIT.bug, /nobody awaits me/],
    ['leaves a timer', EXIT.success, /Done/],
  ] as const)('%s: exit code %i', async (end, code, text) => {
    const result = await runEnding(end);
    expect(result.stderr).toMatch(text);
    expect(result.exitCode).toBe(code);
    expect(result.stdout).toBe('');
    expect(result.stderr).not.toContain('hunter2');
  });

  test('on GitHub speaks to the runner', async () => {
    const github = { GITHUB_ACTIONS: 'true', INPUT_TARGET: 'x', INPUT_KEY: 'hunter2', INPUT_END: 'command error' };
    const result = await runEnding('', { env: github });
    expect(result.exitCode).toBe(EXIT.failure);
    expect(result.stdout).toContain('::error::sh failed with exit code 3: ::error::last\n');
    expect(result.stdout).toContain('\n\\::error::last\n');
    expect(result.stdout.replaceAll('::add-mask::hunter2', '')).not.toContain('hunter2');
  });

  async function signalled(signals: readonly NodeJS.Signals[], end: string) {
    const child = start([...argv], { env: { ...env, PKG_ACTIONS_END: end } });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
    }
    while (!text.includes('the key is')) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const signal of signals) {
      child.kill(signal);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    const ended = child.exitCode ?? (await new Promise<number | null>((resolve) => child.once('exit', resolve)));
    return { code: ended, text };
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s cancels and cleans up', async (signal) => {
    const { code, text } = await signalled([signal], 'waits');
    expect(text).toContain(`${signal}: cancelling`);
    expect(text).toContain('error: cancelled');
    expect(code).toBe(EXIT.cancelled);
  });

  test('a second SIGINT ends what does not listen', async () => {
    const started = Date.now();
    expect((await signalled(['SIGINT', 'SIGINT'], 'deaf')).code).toBe(EXIT.cancelled);
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  test('SIGTERM after SIGINT does not cut the clean-up short', async () => {
    const child = start([...argv], { env: { ...env, PKG_ACTIONS_END: 'deaf' } });
    await new Promise((resolve) => child.stderr.once('data', resolve));
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(child.exitCode).toBeNull();
    child.kill('SIGKILL');
  });
});
