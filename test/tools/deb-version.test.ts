/** Version order against the real tools: libdpkg's Perl twin on a large corpus, the dpkg program on a part of it. */
import { describe, expect, test } from 'vitest';
import { compareVersions, isVersion } from '../../src/deb/version.ts';
import { run } from '../../src/process.ts';

const NASTY: readonly (readonly [string, string])[] = [
  ['1.0-1', '1.0'],
  ['1.0-0', '1.0'],
  ['1.0', '1.0-0~'],
  ['1.01a', '1.1a'],
  ['1.1a', '1.01b'],
  ['0:1.0', '1.0'],
  ['1:0.1', '2.0'],
  ['10:1', '9:1'],
  ['010:1', '10:1'],
  ['1.0~~', '1.0~'],
  ['1.0~~a', '1.0~'],
  ['1.0~', '1.0'],
  ['1.0~rc1', '1.0'],
  ['1.0~rc1-1', '1.0-1'],
  ['1.0+b1', '1.0'],
  ['1.0+b1', '1.0.1'],
  ['1.0+', '1.0a'],
  ['1.0-1+deb12u1', '1.0-1'],
  ['1.0-1+deb12u1', '1.0-1.1'],
  ['1.0-1+deb12u1', '1.0-1~bpo12+1'],
  ['1.0-2-1', '1.0-10-1'],
  ['1-2-3-4', '1-2-3-10'],
  ['1.0-1-1', '1.0-1'],
  ['1:1.0:2-1', '1:1.0-1'],
  ['00001', '1'],
  ['1.000', '1.0'],
  ['1.0', '1.'],
  ['1.', '1'],
  ['1.0.', '1.0.0'],
  ['9007199254740993', '9007199254740992'],
  [`1.${'9'.repeat(400)}`, `1.1${'0'.repeat(400)}`],
  [`1.${'0'.repeat(400)}5`, '1.5'],
  ['1a', '1+'],
  ['1a', '1.'],
  ['1Z', '1a'],
  ['1.a1', '1.a01'],
  ['1.a.0', '1.a.'],
  ['1~a', '1~1'],
  ['1~-1', '1-1'],
  ['2.31-0ubuntu9', '2.31-0ubuntu9.1'],
  ['20240101', '2024.01.01'],
  ['1.0-1', '1.0-1'],
];

/** A small generator with a fixed seed (mulberry32): a failure can be run again. */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) % limit;
  };
}

/** Pairs close to each other, so that the comparison goes deep: the second is often a small change of the first. */
function corpus(count: number): [string, string][] {
  const random = generator(20240601);
  const word = (alphabet: string, max: number) =>
    Array.from({ length: random(max + 1) }, () => alphabet[random(alphabet.length)] ?? '').join('');
  const version = () => {
    const epoch = random(6) === 0 ? `${random(12)}:` : '';
    const upstream = `${random(12)}${word('000123459..~+-aAzZ', 9)}`;
    const revision = random(2) === 0 ? `-${random(3)}${word('0019.~+ab', 5)}` : '';
    return `${epoch}${upstream}${revision}`;
  };
  const change = (text: string) => {
    const at = random(text.length + 1);
    const inserted = random(3) === 0 ? '' : ('0019.~+-azA'[random(11)] ?? '');
    return text.slice(0, at) + inserted + text.slice(at + random(2));
  };
  const pairs: [string, string][] = [];
  while (pairs.length < count) {
    const a = version();
    const b = random(4) === 0 ? version() : random(2) === 0 ? change(a) : change(change(a));
    if (isVersion(a) && isVersion(b)) pairs.push([a, b]);
  }
  return pairs;
}

const WITH_PERL = `
use Dpkg::Version;
while (<STDIN>) { chomp; my ($a, $b) = split /\\t/; print version_compare($a, $b), "\\n"; }
`;
const WITH_DPKG = `
while (<STDIN>) {
  chomp; my ($a, $b) = split /\\t/;
  my @is = grep { system('dpkg', '--compare-versions', $a, $_, $b) == 0 } qw(lt eq gt);
  print "@is\\n";
}
`;

async function ask(script: string, pairs: readonly (readonly [string, string])[]): Promise<string[]> {
  const input = `${pairs.map((pair) => pair.join('\t')).join('\n')}\n`;
  const { stdout } = await run(['perl', '-e', script], { input, captureBytes: 64 * 1024 * 1024, timeoutSeconds: 240 });
  return stdout.trimEnd().split('\n');
}

describe('compareVersions', () => {
  const random = corpus(40_000);

  test('equals Dpkg::Version on 40,000 random pairs and the nasty ones, both ways round', async () => {
    // Dpkg::Version compares digits as floating point numbers: dpkg itself, below, judges the very long ones.
    const pairs = [...NASTY, ...random].filter((pair) => !/[0-9]{15}/.test(pair.join()));
    const answers = await ask(WITH_PERL, pairs);
    expect(answers).toHaveLength(pairs.length);
    const wrong = pairs.filter(
      ([a, b], index) =>
        compareVersions(a, b) !== Number(answers[index]) || compareVersions(b, a) !== 0 - Number(answers[index]),
    );
    expect(wrong).toEqual([]);
    // The corpus is worth nothing where one answer prevails.
    for (const answer of ['-1', '0', '1']) {
      expect(answers.filter((one) => one === answer).length).toBeGreaterThan(1000);
    }
  });

  test('equals dpkg --compare-versions on the nasty pairs and 500 random ones', { timeout: 300_000 }, async () => {
    const pairs = [...NASTY, ...random.slice(0, 500)];
    const answers = await ask(WITH_DPKG, pairs);
    expect(pairs.map(([a, b]) => (['lt', 'eq', 'gt'] as const)[compareVersions(a, b) + 1])).toEqual(answers);
  });

  test('isVersion agrees with dpkg --validate-version about what is legal', async () => {
    const texts = [
      ...['1.0', '', '-1', '1.0-', ':1', 'a:1', '1:', '1:a', '1:1', '1.0_1', '1.0-1_', '1 0', 'v1', '1:1:1', '1.0-a-b'],
      ...['1/2', '2147483647:1', '2147483648:1', '1.0~~', '1-1:1', '+1', '~1', '1+~.-~'],
    ];
    const script = 'while (<STDIN>) { chomp; print system("dpkg", "--validate-version", $_) == 0 ? 1 : 0, "\\n" }';
    const { stdout } = await run(['perl', '-e', script], { input: `${texts.join('\n')}\n` });
    const answers = stdout.trimEnd().split('\n');
    expect(texts.map((text) => `${isVersion(text) ? 1 : 0} ${text}`)).toEqual(
      texts.map((text, index) => `${answers[index]} ${text}`),
    );
  });
});
