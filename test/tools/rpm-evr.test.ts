/** The order of versions, against rpm's own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { compareEvr, compareSegments, formatEvr, parseEvr } from '../../src/rpm/evr.ts';

const SEED = 20_261_120;
const PAIRS = 60_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rpm-evr-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

type Random = (below: number) => number;

/** mulberry32: the same numbers on every machine. */
function randomNumbers(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Where comparisons differ: tildes, carets, leading zeros, separators in a row, long numbers, letters at numbers. */
const PIECES = [
  ...['0', '00', '1', '01', '001', '9', '10', '010', '99999999999999999999', '4294967296', '18446744073709551616'],
  ...['a', 'A', 'z', 'Z', 'b', 'rc', 'RC', 'alpha', 'beta', 'git', 'el', 'fc', 'mos', 'dev', 'p'],
  ...['.', '.', '.', '_', '+', '..', '._', '+.', '~', '~', '~~', '~^', '^', '^', '^^', '^~', '.~', '~.', '^.', '.^'],
  ...['~rc1', '^git1', '.1', '1.', 'a1', '1a', '20261120'],
];
/** Of neither kind: rpm takes them from what callers give it. */
const STRANGE = [' ', '%', 'é', '/', '@', '\\'];

function randomVersion(random: Random, pieces: readonly string[]): string {
  return Array.from({ length: random(7) + 1 }, () => pieces[random(pieces.length)]).join('');
}

/** Another version, often one that differs in a single place. */
function neighbour(version: string, random: Random, pieces: readonly string[]): string {
  if (random(3) === 0) return randomVersion(random, pieces);
  const at = random(version.length + 1);
  const piece = pieces[random(pieces.length)] ?? '';
  return [
    () => version.slice(0, at) + piece + version.slice(at),
    () => version.slice(0, at) + version.slice(at + 1),
    () => version.slice(0, at) + piece + version.slice(at + 1),
    () => version + piece,
    () => version.replace(/\d+/, (digits) => `0${digits}`),
    () => version.replaceAll('.', '_'),
  ][random(6)]?.() as string;
}

function pairsOf(seed: number, pieces: readonly string[]): [string, string][] {
  const random = randomNumbers(seed);
  return Array.from({ length: PAIRS }, () => {
    const version = randomVersion(random, pieces);
    return [version, neighbour(version, random, pieces) || '0'];
  });
}

/** What rpm makes of each pair of `[epoch:]version[-release]`, in one call: rpm.vercmp of its Lua interface. */
async function askRpm(pairs: readonly (readonly [string, string])[]): Promise<number[]> {
  const file = path.join(folder, 'pairs');
  await writeFile(file, pairs.map(([a, b]) => `${a}\t${b}\n`).join(''));
  const script = `for line in io.lines("${file}") do
    local a, b = line:match("^(.-)\\t(.*)$")
    print(rpm.vercmp(a, b) .. "\\n")
  end`;
  const { stdout } = await run(['rpm', '--eval', `%{lua:${script}}`], { captureBytes: 16 * 1024 * 1024 });
  return stdout.trim().split('\n').map(Number);
}

function expectSame(pairs: [string, string][], actual: number[], expected: number[]) {
  expect(expected).toHaveLength(pairs.length);
  const wrong = pairs.flatMap(([a, b], index) =>
    Math.sign(actual[index] ?? 9) === expected[index] ? [] : [`${a} ${b}: ${actual[index]}, rpm ${expected[index]}`],
  );
  expect(wrong.slice(0, 20)).toEqual([]);
}

describe('the order of versions is that of rpm', () => {
  it(`for ${PAIRS} random pairs of segments`, async () => {
    const pairs = pairsOf(SEED, PIECES);
    const expected = await askRpm(pairs);
    expectSame(
      pairs,
      pairs.map(([a, b]) => compareSegments(a, b)),
      expected,
    );
    // Turned around too, and no corpus in which nearly all is "newer".
    expectSame(
      pairs,
      pairs.map(([a, b]) => 0 - compareSegments(b, a)),
      expected,
    );
    for (const sign of [-1, 0, 1]) expect(expected.filter((each) => each === sign).length).toBeGreaterThan(PAIRS / 50);
  });

  it('for characters that no version has', async () => {
    const pairs = pairsOf(SEED + 1, [...PIECES, ...STRANGE]);
    expectSame(
      pairs,
      pairs.map(([a, b]) => compareSegments(a, b)),
      await askRpm(pairs),
    );
  });

  it(`for ${PAIRS} whole versions with and without epoch and release`, async () => {
    const random = randomNumbers(SEED + 2);
    const pieces = PIECES.filter((piece) => piece !== '');
    const whole = () => {
      const epoch = ['', '', '0:', '1:', '2:', '10:', '4294967295:'][random(7)] ?? '';
      const release = random(3) === 0 ? '' : `-${randomVersion(random, pieces)}`;
      return `${epoch}${randomVersion(random, pieces)}${release}`;
    };
    const pairs = Array.from({ length: PAIRS }, (): [string, string] => {
      const one = whole();
      if (random(2) === 0) return [one, whole()];
      // Differs in one of the three parts, or says an epoch of 0 that the other leaves out.
      const { epoch, version, release } = parseEvr(one, 'the test');
      const other = [
        { epoch: epoch === undefined ? 0 : undefined, version, release },
        { epoch, version: neighbour(version, random, pieces).replace(/[^\w.~^+]/g, '') || '1', release },
        { epoch, version, release: neighbour(release ?? '1', random, pieces) || '1' },
      ][random(3)];
      return [one, formatEvr(other as Parameters<typeof formatEvr>[0])];
    });
    const actual = pairs.map(([a, b]) => compareEvr(parseEvr(a, 'the test'), parseEvr(b, 'the test')));

    expectSame(pairs, actual, await askRpm(pairs));
  });
});
