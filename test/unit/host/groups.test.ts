import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Group, Groups } from '../../../src/host/groups.ts';
import { LiveProgress, PlainProgress } from '../../../src/host/progress.ts';

function recording() {
  const lines: string[] = [];
  const groups: Groups = new Groups({
    open: (group) => lines.push(`${' '.repeat(group.depth)}[${group.title}`),
    close: (group, _, failed) => lines.push(`${' '.repeat(group.depth)}]${group.title}${failed ? ' failed' : ''}`),
  });
  const say = (text: string) => {
    const { depth } = groups;
    groups.say(() => lines.push(`${' '.repeat(depth)}${text}`));
  };
  return { lines, groups, say };
}

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('Groups', () => {
  test('nest, and give the result of their body', async () => {
    const { lines, groups, say } = recording();
    say('before');
    const result = await groups.run('outer', async () => {
      say('one');
      await groups.run('inner', async () => say('two'));
      return 7;
    });
    say('after');
    expect(result).toBe(7);
    expect(lines).toEqual(['before', '[outer', ' one', ' [inner', '  two', ' ]inner', ']outer', 'after']);
  });

  test('end when their body fails, and say so', async () => {
    const { lines, groups } = recording();
    await expect(
      groups.run('outer', async () => {
        throw new Error('x');
      }),
    ).rejects.toThrow('x');
    expect(lines).toEqual(['[outer', ']outer failed']);
    expect(groups.depth).toBe(0);
  });

  test('parallel ones are kept apart: one is live, the others follow whole', async () => {
    const { lines, groups, say } = recording();
    const steps: (() => void)[] = [];
    const step = () => new Promise<void>((resolve) => steps.push(resolve));
    const work = (name: string) =>
      groups.run(name, async () => {
        say(`${name}1`);
        await step();
        await groups.run(`${name}-inner`, async () => say(`${name}2`));
      });
    const all = Promise.all([work('a'), work('b'), work('c')]);
    await tick();
    expect(lines).toEqual(['[a', ' a1']);
    // b ends first and waits for a.
    steps[1]?.();
    await tick();
    expect(lines).toEqual(['[a', ' a1']);
    steps[0]?.();
    await tick();
    const whole = (name: string) => [
      `[${name}`,
      ` ${name}1`,
      ` [${name}-inner`,
      `  ${name}2`,
      ` ]${name}-inner`,
      `]${name}`,
    ];
    // Then c is live.
    expect(lines).toEqual([...whole('a'), ...whole('b'), '[c', ' c1']);
    steps[2]?.();
    await all;
    expect(lines).toEqual([...whole('a'), ...whole('b'), ...whole('c')]);
  });

  test('a line outside of all groups is printed at once', async () => {
    const { lines, groups, say } = recording();
    const open = groups.run('a', tick);
    say('outside');
    await open;
    expect(lines).toEqual(['[a', 'outside', ']a']);
  });

  test('flush prints what is held back when the process must end', async () => {
    const { lines, groups, say } = recording();
    void groups.run('a', () => new Promise<void>(() => {}));
    void groups.run('b', async () => {
      say('held');
      await new Promise<void>(() => {});
    });
    await tick();
    expect(lines).toEqual(['[a']);
    groups.flush();
    expect(lines).toEqual(['[a', '[b', ' held']);
  });
});

describe('progress', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const group = (title: string): Group => ({ title, depth: 0, startedAt: Date.now(), parent: undefined });

  test('in a log: the first line at once, then one every ten seconds, the newest', () => {
    const lines: string[] = [];
    const progress = new PlainProgress((line) => lines.push(line));
    for (let step = 1; step <= 100; step += 1) {
      progress.update(`step ${step}`, undefined);
      vi.advanceTimersByTime(250);
    }
    expect(lines).toEqual(['step 1', 'step 40', 'step 80']);
    progress.close();
  });

  test('in a log: what stands still is said again every minute, with its age', () => {
    const lines: string[] = [];
    const progress = new PlainProgress((line) => lines.push(line));
    progress.update('unpacking', undefined);
    vi.advanceTimersByTime(125_000);
    expect(lines).toEqual(['unpacking', 'unpacking (for 1 min 0 s)', 'unpacking (for 2 min 0 s)']);
    progress.close();
    vi.advanceTimersByTime(600_000);
    expect(lines).toHaveLength(3);
  });

  test('in a log: a change that came too soon is said when its time has come', () => {
    const lines: string[] = [];
    const progress = new PlainProgress((line) => lines.push(line));
    progress.update('one', undefined);
    progress.update('two', undefined);
    expect(lines).toEqual(['one']);
    vi.advanceTimersByTime(10_000);
    expect(lines).toEqual(['one', 'two']);
  });

  test('in a log: ends with its group or with an empty message', () => {
    const lines: string[] = [];
    const progress = new PlainProgress((line) => lines.push(line));
    const g = group('g');
    progress.update('in group', g);
    progress.update('outside', undefined);
    progress.groupEnded(g);
    progress.update('', undefined);
    vi.advanceTimersByTime(600_000);
    expect(lines).toEqual(['in group', 'outside']);
  });

  test('on a terminal: one line, redrawn, cut to the width, cleared at the end', () => {
    const screen = terminal(40);
    const progress = new LiveProgress(screen, (text) => text);
    progress.update('unpacking', undefined);
    expect(screen.shown()).toEqual(['… unpacking (0 s)']);
    vi.advanceTimersByTime(3000);
    expect(screen.shown()).toEqual(['… unpacking (3 s)']);
    progress.print('a line\n');
    expect(screen.shown()).toEqual(['a line', '… unpacking (3 s)']);
    progress.update('x'.repeat(100), undefined);
    expect(screen.shown()[1]).toHaveLength(39);
    progress.close();
    expect(screen.shown()).toEqual(['a line', '']);
    vi.advanceTimersByTime(60_000);
    expect(screen.shown()).toEqual(['a line', '']);
  });

  test('on a terminal: several at once are told apart by their groups', () => {
    const screen = terminal(80);
    const progress = new LiveProgress(screen, (text) => text);
    const [a, b] = [group('hello'), group('world')];
    progress.update('compiling', a);
    progress.update('testing', b);
    expect(screen.shown()).toEqual(['… hello: compiling (0 s) · world: testing (0 s)']);
    progress.groupEnded(a);
    expect(screen.shown()).toEqual(['… testing (0 s)']);
    progress.groupEnded(b);
    expect(screen.shown()).toEqual(['']);
  });
});

/** What a terminal shows after all that was written, as lines. */
function terminal(columns: number) {
  let written = '';
  return {
    columns,
    isTTY: true,
    write(text: string) {
      written += text;
    },
    shown(): string[] {
      return written.split('\n').map((line) => line.split('\r\u001b[2K').at(-1) ?? '');
    },
  };
}
