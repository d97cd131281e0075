import { describe, expect, expectTypeOf, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import {
  defineAction,
  type InputSpec,
  type InputValues,
  parseDuration,
  parseInput,
  parseSize,
  readInputs,
} from '../../src/inputs.ts';
import type { Secret } from '../../src/secret.ts';

const frame = {
  name: 'sample',
  title: 'Sample',
  description: 'Has an input of every type.',
  runner: 'any',
  branding: { icon: 'box', color: 'blue' },
  outputs: {},
} as const;

const action = defineAction({
  ...frame,
  renamed: { distribution: 'target' },
  inputs: {
    target: { type: 'string', required: true, description: 'The target.', example: 'debian-12' },
    suite: { type: 'string', pattern: /[a-z]+|x-y/, expected: 'a suite', description: 'The suite.' },
    source: { type: 'path', default: '.', description: 'The folder.' },
    output: { type: 'path', description: 'The other folder.' },
    network: { type: 'boolean', default: false, description: 'Whether.' },
    jobs: { type: 'integer', min: 1, max: 64, description: 'How many.' },
    retries: { type: 'integer', default: 3, description: 'How often.' },
    timeout: { type: 'duration', default: '1h30m', description: 'How long.' },
    memory: { type: 'size', default: '2G', description: 'How much.' },
    mode: { type: 'choice', options: ['fast', 'safe'], default: 'safe', description: 'How.' },
    other: { type: 'choice', options: ['a', 'b'], description: 'What.' },
    words: { type: 'list', description: 'Words.' },
    lines: { type: 'list', separator: 'line', default: ['x'], description: 'Lines.' },
    key: { type: 'secret', description: 'The key.' },
  },
});

const helpers = {
  resolvePath: (given: string) => `/workspace/${given}`,
  readSecret: (kind: string, value: string) => `${kind} of ${value}`,
};

function read(inputs: Record<string, string>, host = new RecordingHost({ target: 'debian-12', ...inputs })) {
  return readInputs(action, host, helpers);
}

describe('readInputs', () => {
  test('gives defaults, typed', () => {
    const values = read({});
    expect(values).toEqual({
      target: 'debian-12',
      suite: undefined,
      source: '/workspace/.',
      output: undefined,
      network: false,
      jobs: undefined,
      retries: 3,
      timeout: 5400,
      memory: 2 * 1024 ** 3,
      mode: 'safe',
      other: undefined,
      words: [],
      lines: ['x'],
      key: undefined,
    });
    expectTypeOf(values).toEqualTypeOf<InputValues<typeof action.inputs>>();
    expectTypeOf(values.target).toEqualTypeOf<string>();
    expectTypeOf(values.suite).toEqualTypeOf<string | undefined>();
    expectTypeOf(values.network).toEqualTypeOf<boolean>();
    expectTypeOf(values.jobs).toEqualTypeOf<number | undefined>();
    expectTypeOf(values.retries).toEqualTypeOf<number>();
    expectTypeOf(values.mode).toEqualTypeOf<'fast' | 'safe'>();
    expectTypeOf(values.other).toEqualTypeOf<'a' | 'b' | undefined>();
    expectTypeOf(values.words).toEqualTypeOf<readonly string[]>();
    expectTypeOf(values.key).toEqualTypeOf<Secret | undefined>();
  });

  test('reads what is given', () => {
    const values = read({
      source: 'sub/folder',
      network: 'true',
      jobs: '8',
      timeout: '90s',
      memory: '512M',
      mode: 'fast',
      words: 'a, b,,c',
      lines: 'one, two\n\n # comment\n three ',
    });
    expect(values).toMatchObject({
      source: '/workspace/sub/folder',
      network: true,
      jobs: 8,
      timeout: 90,
      memory: 512 * 1024 ** 2,
      mode: 'fast',
      words: ['a', 'b', 'c'],
      lines: ['one, two', 'three'],
    });
  });

  test('an empty text counts as not given', () => {
    expect(read({ mode: '', words: '', jobs: '' })).toMatchObject({ mode: 'safe', words: [], jobs: undefined });
  });

  test('a missing input is named, with an example', () => {
    expect(() => readInputs(action, new RecordingHost({}), helpers)).toThrow(
      new UserError({
        what: 'a required input is missing',
        where: 'input target',
        expected: 'a value such as debian-12',
      }),
    );
  });

  test('a renamed input names its successor', () => {
    expect(() => read({ distribution: 'trusty' })).toThrow(/input distribution.*renamed.*the input target/);
  });

  test('every error is one line that names the input', () => {
    for (const [name, value] of [
      ['network', 'yes'],
      ['jobs', '0'],
      ['jobs', '65'],
      ['jobs', '1.5'],
      ['jobs', '8 '],
      ['retries', 'many'],
      ['timeout', 'soon'],
      ['memory', '-1'],
      ['mode', 'slow'],
      ['suite', 'no\nsuch\u001b[31m'],
      ['output', 'a\0b'],
    ] as const) {
      const error = thrown(() => read({ [name]: value }));
      expect(error, `${name}=${value}`).toBeInstanceOf(UserError);
      expect(error.message).toContain(`input ${name}`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left
      expect(error.message).not.toMatch(/[\u0000-\u001f]/);
    }
  });
});

describe('secrets', () => {
  test('a value is masked at once and never printed', () => {
    const host = new RecordingHost({ target: 'x', key: 'hunter2' });
    const { key } = read({}, host);
    expect(host.masks).toEqual(['hunter2']);
    expect(key?.reveal()).toBe('hunter2');
    expect(`${key} ${JSON.stringify({ key })}`).toBe('*** {"key":"***"}');
  });

  test('a variable or a file names it', () => {
    const host = new RecordingHost({ target: 'x', 'key-variable': 'MY_KEY' });
    expect(read({}, host).key?.reveal()).toBe('variable of MY_KEY');
    expect(host.masks).toEqual(['variable of MY_KEY']);
    expect(read({ 'key-file': 'key.asc' }).key?.reveal()).toBe('file of key.asc');
  });

  test('a secret is masked before a later input is found wrong', () => {
    const late = defineAction({ ...frame, inputs: { key: action.inputs.key, mode: action.inputs.mode } });
    const host = new RecordingHost({ key: 'hunter2', mode: 'wrong' });
    expect(() => readInputs(late, host, helpers)).toThrow(UserError);
    expect(host.masks).toEqual(['hunter2']);
  });

  test('a secret is masked even where an earlier input is found wrong', () => {
    const host = new RecordingHost({ target: 'x', mode: 'wrong', key: 'hunter2' });
    expect(() => read({}, host)).toThrow(UserError);
    expect(host.masks).toEqual(['hunter2']);
  });

  test('a required one that is missing says how to give it', () => {
    const signing = defineAction({
      ...frame,
      inputs: { key: { type: 'secret', required: true, description: 'The key.' } },
    });
    expect(() => readInputs(signing, new RecordingHost({}), helpers)).toThrow(
      /input key.*required secret.*key-variable.*key-file/,
    );
  });

  test('given in two ways is refused rather than guessed', () => {
    expect(() => read({ 'key-file': 'a', 'key-variable': 'B' })).toThrow(/input key.*more than one way/);
  });
});

describe('parseInput', () => {
  const text = (pattern: RegExp): InputSpec => ({ type: 'string', pattern, description: '' });

  test('a pattern matches the whole text, alternatives and flags included', () => {
    expect(parseInput('i', text(/a|bc/), 'bc')).toBe('bc');
    expect(() => parseInput('i', text(/a|bc/), 'abc')).toThrow(UserError);
    expect(() => parseInput('i', text(/[a-z]+/), 'ok\n')).toThrow(UserError);
    expect(parseInput('i', text(/[a-z]+/i), 'OK')).toBe('OK');
    expect(() => parseInput('i', text(/a/g), 'aa')).toThrow(UserError);
  });

  test('a multi-line flag does not let other lines in', () => {
    expect(() => parseInput('i', text(/a+/m), 'aa\n$(evil)')).toThrow(UserError);
  });

  test('booleans have one dialect', () => {
    const spec: InputSpec = { type: 'boolean', default: false, description: '' };
    for (const yes of ['true', 'True', 'TRUE']) expect(parseInput('i', spec, yes)).toBe(true);
    for (const no of ['false', 'False', 'FALSE']) expect(parseInput('i', spec, no)).toBe(false);
    for (const other of ['yes', 'no', '1', '0', 'on', 'tRUE']) expect(() => parseInput('i', spec, other)).toThrow();
  });

  test('bounds are told', () => {
    const spec = (min?: number, max?: number): InputSpec => ({
      type: 'integer',
      description: '',
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
    });
    expect(() => parseInput('i', spec(1, 4), '5')).toThrow('expected a whole number from 1 to 4');
    expect(() => parseInput('i', spec(1), '0')).toThrow('expected a whole number, 1 or more');
    expect(() => parseInput('i', spec(undefined, 4), '5')).toThrow('expected a whole number, 4 or less');
    expect(parseInput('i', spec(), '-12')).toBe(-12);
  });

  test('lists: one line is split at commas where the table allows, several lines are not', () => {
    const comma: InputSpec = { type: 'list', description: '' };
    const line: InputSpec = { type: 'list', separator: 'line', description: '' };
    expect(parseInput('i', comma, 'a,b')).toEqual(['a', 'b']);
    expect(parseInput('i', comma, 'a,b\nc')).toEqual(['a,b', 'c']);
    expect(parseInput('i', line, 'a,b')).toEqual(['a,b']);
    expect(parseInput('i', comma, 'a\r\nb\r\n')).toEqual(['a', 'b']);
    expect(parseInput('i', comma, ' \n#x\n')).toEqual([]);
  });
});

test('durations', () => {
  for (const [given, seconds] of [
    ['0', 0],
    ['45', 45],
    ['90s', 90],
    ['15m', 900],
    ['2h', 7200],
    ['1d', 86_400],
    ['1h30m', 5400],
    ['1d2h3m4s', 93_784],
  ] as const) {
    expect(parseDuration(given)).toBe(seconds);
  }
  for (const wrong of ['', 's', '1 h', '1.5h', '-1h', '1m1h', '1w', '9'.repeat(400)]) {
    expect(parseDuration(wrong), wrong).toBeUndefined();
  }
});

test('sizes', () => {
  for (const [given, bytes] of [
    ['0', 0],
    ['123', 123],
    ['10K', 10_240],
    ['512M', 536_870_912],
    ['4G', 4_294_967_296],
    ['4GiB', 4_294_967_296],
    ['4GB', 4_294_967_296],
    ['1T', 1_099_511_627_776],
  ] as const) {
    expect(parseSize(given)).toBe(bytes);
  }
  for (const wrong of ['', 'G', '1.5G', '4 G', '-1', '4g', '1P']) expect(parseSize(wrong), wrong).toBeUndefined();
});

function thrown(body: () => unknown): Error {
  try {
    body();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
