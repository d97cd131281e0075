import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CancelledError, CommandError, MissingToolError, shellQuote } from '../../src/errors.ts';
import { baseEnvironment, run, runBytes, which } from '../../src/process.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-process-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A shell script as data of a test: the runner itself takes argv only. */
function sh(script: string, ...args: string[]): ['sh', '-c', string, 'sh', ...string[]] {
  return ['sh', '-c', script, 'sh', ...args];
}

async function failure(body: Promise<unknown>): Promise<CommandError> {
  const error = await body.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CommandError);
  return error as CommandError;
}

function isAlive(pid: number): boolean {
  try {
    // A zombie has been killed; it only waits for init.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function gone(pid: number, seconds = 5): Promise<boolean> {
  const until = Date.now() + seconds * 1000;
  while (Date.now() < until) {
    if (!isAlive(pid)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

describe('run', () => {
  test('gives output and exit code', async () => {
    const result = await run(sh('echo out; echo err >&2; exit 3'), { okExitCodes: [3] });
    expect(result).toMatchObject({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
    expect(result.durationSeconds).toBeGreaterThan(0);
  });

  test('ends lines at carriage returns where that is asked for', async () => {
    const read = async (returnEndsLine: boolean) => {
      const lines: string[] = [];
      await run(sh("printf '\\r1\\r2\\r\\n3\\n'"), { returnEndsLine, onLine: (line) => lines.push(line) });
      return lines;
    };
    expect(await read(true)).toEqual(['', '1', '2', '3']);
    expect(await read(false)).toEqual(['\r1\r2\r', '3']);
  });

  test('hands arguments over as they are, whatever they hold', async () => {
    const nasty = ['$(touch x)', '`id`', "it's", '"', '\\', '*', '-n', '', 'a b\nc', '; exit 9'];
    const { stdout } = await run(sh('for word; do printf "%s\\0" "$word"; done', ...nasty));
    expect(stdout.split('\0').slice(0, -1)).toEqual(nasty);
  });

  test('hands on nothing that was left open for us', async () => {
    const secret = path.join(folder, 'secret');
    writeFileSync(secret, 'top-secret');
    const at = JSON.stringify(path.resolve('src/process.ts'));
    const script = `
      import { run } from ${at};
      for (let turn = 0; turn < 2; turn++)
        console.log((await run(['sh', '-c', 'readlink /proc/self/fd/3 /proc/self/fd/20 /proc/self/fd/41 || true'])).stdout);
    `;
    const stdio: ('ignore' | 'pipe' | number)[] = Array.from({ length: 42 }, () => 'ignore');
    const handle = openSync(secret, 'r');
    stdio[1] = 'pipe';
    stdio[20] = handle;
    stdio[41] = handle;
    const ours = execFileSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio,
      encoding: 'utf8',
    });
    closeSync(handle);
    expect(ours.trim().split(/\s+/)).toEqual(Array.from({ length: 4 }, () => '/dev/null'));
  });

  test('writes input and closes it', async () => {
    expect((await run(['cat'], { input: 'täxt' })).stdout).toBe('täxt');
    expect((await run(['cat'])).stdout).toBe('');
  });

  test('a tool that does not read its input is no error', async () => {
    await expect(run(['true'], { input: 'x'.repeat(1_000_000) })).resolves.toMatchObject({ exitCode: 0 });
  });

  test('output on stderr is no failure', async () => {
    await expect(run(sh('echo noise >&2'))).resolves.toMatchObject({ exitCode: 0 });
  });

  test('an exit code that was not expected is a CommandError with the last line and a command to paste', async () => {
    const error = await failure(run(sh('echo one >&2; echo "the reason" >&2; exit 4', "it's")));
    expect(error.message).toBe('sh failed with exit code 4: the reason');
    expect(error.failure).toMatchObject({ end: 'exit', exitCode: 4, signal: undefined });
    expect(error.lastLines()).toEqual(['one', 'the reason']);
    const pasted = await run(['sh', '-c', error.command], { okExitCodes: [4] });
    expect(pasted.stderr).toBe('one\nthe reason\n');
  });

  test('any exit code can be taken', async () => {
    expect((await run(sh('exit 77'), { okExitCodes: 'any' })).exitCode).toBe(77);
  });

  test('a signal is told apart', async () => {
    const error = await failure(run(sh('kill -SEGV $$'), { okExitCodes: 'any' }));
    expect(error.failure).toMatchObject({ end: 'signal', signal: 'SIGSEGV' });
    expect(error.message).toBe('sh was ended by SIGSEGV');
  });

  test('a missing tool names its package', async () => {
    await expect(run(['no-such-tool'])).rejects.toBeInstanceOf(MissingToolError);
    await expect(run(['no-such-tool'])).rejects.toThrow(
      /no-such-tool is not installed.*(apt-get|dnf) install no-such-tool/,
    );
  });

  test('lines come as they are written, the last one without its newline', async () => {
    const lines: string[] = [];
    await run(sh('printf "a\\nb"; printf "c\\n" >&2; printf "d"'), {
      onLine: (line, stream) => lines.push(`${stream}:${line}`),
    });
    expect(lines.filter((line) => line.startsWith('stdout'))).toEqual(['stdout:a', 'stdout:bd']);
    expect(lines).toContain('stderr:c');
  });

  test('lines arrive while the tool still runs', async () => {
    const started = Date.now();
    let seen = 0;
    await run(sh('echo early; sleep 1'), {
      onLine: () => {
        seen = Date.now() - started;
      },
    });
    expect(seen).toBeGreaterThan(0);
    expect(seen).toBeLessThan(800);
  });

  test('a character that is cut between two reads stays whole', async () => {
    const { stdout } = await run(sh('printf "\\303"; sleep 0.2; printf "\\244"'));
    expect(stdout).toBe('ä');
  });

  test('capture keeps the first and the last part of much output', async () => {
    const { stdout } = await run(sh('echo first; seq 1 200000; echo last'), { captureBytes: 1000 });
    expect(stdout.length).toBeLessThan(1200);
    expect(stdout).toMatch(/^first\n[\s\S]*characters left out[\s\S]*last\n$/);
  });

  test('output just over the cap is kept in one piece or says what is missing', async () => {
    for (const size of [999, 1000, 1001, 1500, 1999, 2000, 2001]) {
      const { stdout } = await run(['head', '-c', String(size), '/dev/zero'], { captureBytes: 1000 });
      const dropped = Number(/… (\d+) characters left out …/.exec(stdout)?.[1] ?? 0);
      expect(stdout.replace(/\n\[…[^\]]*\]\n/, '').length + dropped, `of ${size}`).toBe(size);
    }
  });

  test('a line without end is handed on in pieces', async () => {
    let longest = 0;
    let total = 0;
    await run(['head', '-c', '3000000', '/dev/zero'], {
      onLine: (line) => {
        longest = Math.max(longest, line.length);
        total += line.length;
      },
    });
    expect(total).toBe(3_000_000);
    expect(longest).toBeLessThan(300_000);
  });

  test('the environment is ours, reduced', async () => {
    process.env['PKG_ACTIONS_TEST_SECRET'] = 'hidden';
    try {
      const { stdout } = await run(['env'], { env: { EXTRA: 'given', HOME: undefined } });
      expect(stdout).toContain('EXTRA=given\n');
      expect(stdout).toContain('LC_ALL=C.UTF-8\n');
      expect(stdout).not.toContain('hidden');
      expect(stdout).not.toMatch(/^HOME=/m);
    } finally {
      delete process.env['PKG_ACTIONS_TEST_SECRET'];
    }
  });

  test('runs in a folder', async () => {
    expect((await run(['pwd', '-P'], { cwd: folder })).stdout.trim()).toBe(folder);
  });

  test('errors show what `display` says', async () => {
    const error = await failure(run(['false', 'wrapper', 'words'], { display: ['sbuild', 'hello.dsc'] }));
    expect(error.command).toBe('sbuild hello.dsc');
    expect(error.message).toBe('sbuild failed with exit code 1');
  });
});

describe('ends the whole group', () => {
  test('at the limit: SIGTERM first', async () => {
    const error = await failure(
      run(sh('trap "echo asked; exit 0" TERM; sleep 60 & wait'), { timeoutSeconds: 0.3, graceSeconds: 5 }),
    );
    expect(error.failure).toMatchObject({ end: 'timeout', timeoutSeconds: 0.3, stdout: 'asked\n' });
    expect(error.message).toBe('sh was ended after its limit of 0.3 s: asked');
  });

  test('SIGKILL for who ignores SIGTERM, grandchildren too', async () => {
    const pids = path.join(folder, 'pids');
    const script = 'trap "" TERM; (trap "" TERM; sleep 60) & echo $! $$ > "$1"; sleep 60; sleep 60';
    const started = Date.now();
    await failure(run(sh(script, pids), { timeoutSeconds: 0.3, graceSeconds: 0.3 }));
    expect(Date.now() - started).toBeLessThan(10_000);
    for (const pid of readFileSync(pids, 'utf8').trim().split(' ').map(Number)) expect(await gone(pid)).toBe(true);
  });

  test('a cancellation is an end of its own', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new CancelledError()), 200);
    const error = await failure(run(['sleep', '60'], { signal: controller.signal }));
    expect(error.failure.end).toBe('cancelled');
    expect(error.message).toBe('sleep was cancelled');
  });

  test('a cancelled signal starts nothing', async () => {
    const file = path.join(folder, 'must-not-be');
    const signal = AbortSignal.abort(new CancelledError());
    await expect(run(['touch', file], { signal })).rejects.toBeInstanceOf(CancelledError);
    expect(() => readFileSync(file)).toThrow();
  });

  test('a daemon that keeps the pipes open does not hold us', async () => {
    const started = Date.now();
    const pids = path.join(folder, 'daemon');
    const result = await run(sh('setsid sleep 30 & echo $! > "$1"; echo done', pids));
    expect(result.stdout).toBe('done\n');
    expect(Date.now() - started).toBeLessThan(10_000);
    process.kill(Number(readFileSync(pids, 'utf8')), 'SIGKILL');
  });

  test.skipIf(which('setpriv') === undefined)('a child dies with us, even by SIGKILL', async () => {
    const pids = path.join(folder, 'orphan');
    const script = path.join(folder, 'parent.ts');
    writeFileSync(
      script,
      `import { run } from ${JSON.stringify(path.resolve('src/process.ts'))};
await run(['sh', '-c', 'echo $$ > "$1"; exec sleep 60', 'sh', ${JSON.stringify(pids)}]);`,
    );
    const parent = run([process.execPath, script]).catch(() => undefined);
    let pid = 0;
    for (let tries = 0; tries < 500 && pid === 0; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      try {
        pid = Number(readFileSync(pids, 'utf8'));
      } catch {}
    }
    expect(isAlive(pid)).toBe(true);
    const node = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    process.kill(node, 'SIGKILL');
    expect(await gone(pid)).toBe(true);
    await parent;
  });
});

describe('runBytes', () => {
  test('gives bytes as they are, of any size', async () => {
    const input = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    expect(await runBytes(['cat'], { input })).toEqual(input);
    const size = 3 * 1024 * 1024;
    const zeros = await runBytes(['head', '-c', String(size), '/dev/zero']);
    expect(zeros.equals(Buffer.alloc(size))).toBe(true);
  });

  test('a failure is a CommandError with what was said, shown as `display` says', async () => {
    const error = await runBytes(['sh', '-c', 'echo half; echo why >&2; exit 3'], { display: ['tool', 'x'] }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CommandError);
    expect((error as CommandError).message).toBe('tool failed with exit code 3: why');
  });

  test('pieces are handed over; what their taker throws ends the command', async () => {
    let size = 0;
    const taken = runBytes(['cat', '/dev/zero'], {
      onBytes: (piece) => {
        size += piece.length;
        if (size > 1_000_000) throw new Error('enough');
      },
    });
    await expect(taken).rejects.toThrow('enough');
  });

  test('a cancellation is an end of its own, and starts nothing', async () => {
    const controller = new AbortController();
    const work = runBytes(['sleep', '60'], { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    const error = await work.catch((thrown: unknown) => thrown);
    expect((error as CommandError).failure.end).toBe('cancelled');
    await expect(runBytes(['true'], { signal: controller.signal })).rejects.toThrow(/abort/);
  });
});

describe('which and the base environment', () => {
  test('find system tools although PATH leaves the sbin folders out', () => {
    const before = process.env['PATH'];
    process.env['PATH'] = '/usr/bin';
    try {
      expect(baseEnvironment()['PATH']?.split(':')).toContain('/usr/sbin');
      expect(which('sh')).toMatch(/\/sh$/);
      expect(which('no-such-tool')).toBeUndefined();
    } finally {
      process.env['PATH'] = before;
    }
  });

  test('a folder is no tool', () => {
    expect(which('/usr')).toBeUndefined();
  });
});

test('shellQuote quotes what a shell would take apart', () => {
  expect(shellQuote(['a', 'b c', "d'e", '$x', ''])).toBe("a 'b c' 'd'\\''e' '$x' ''");
});
