/** What was measured of repositories, as tables in Markdown: every number, which goals are met, and what grows. */
import { markdownTable, median, range } from '../sessions/table.ts';

export type Format = 'deb' | 'rpm';

/** One way, one size of the repository, one number of packages added. */
export interface Measured {
  readonly way: string;
  /** Packages in the repository before. */
  readonly there: number;
  readonly added: number;
  /** By the clock, of each run. */
  readonly seconds: readonly number[];
  /** Of the processors, of each run: user and system, of all that was waited for. */
  readonly cpu: readonly number[];
  /** Largest resident set of any of the processes in any run, kB; 0 where it was not measured. */
  readonly peak: number;
  /** What sign-publish says of its steps, seconds, of each run; empty of other ways. */
  readonly steps: readonly Steps[];
}
export type Steps = Readonly<Record<string, number>>;

export const OURS = 'sign-publish';
export const APTLY = 'aptly';

const count = (value: number) => value.toLocaleString('en');
const seconds = (value: number) => value.toFixed(2);
const took = (each: Measured) => median(each.seconds);

/** All of it. `first`: the way that the others are compared with. */
export function allTable(measured: readonly Measured[], first: string): string {
  const runs = measured[0]?.seconds.length ?? 0;
  const rows = measured.map((each) => {
    const reference = find(measured, first, each.there, each.added);
    return [
      ...[count(each.there), count(each.added), each.way],
      ...[seconds(took(each)), range(each.seconds), seconds(took(each) / took(reference)), megabytes(each.peak)],
    ];
  });
  return markdownTable([
    ['packages there', 'added', 'way', `s, median of ${runs}`, 'least–most', `of ${first}`, 'memory'],
    ...rows,
  ]);
}

function megabytes(kilobytes: number): string {
  return kilobytes === 0 ? '' : `${Math.round(kilobytes / 1024)} MB`;
}

function find(measured: readonly Measured[], way: string, there: number, added: number): Measured {
  const found = measured.find((each) => each.way === way && each.there === there && each.added === added);
  if (found === undefined) throw new Error(`${way} was not measured with ${there} and ${added}`);
  return found;
}

/** A goal, what was measured, and whether that is at most `limit`. */
interface Goal {
  readonly text: string;
  readonly shown: string;
  readonly value: number;
  readonly limit: number;
}

export function goalTable(format: Format, measured: readonly Measured[], first: string): string {
  const goals = format === 'deb' ? debGoals(measured, first) : rpmGoals(measured, first);
  const rows = goals.map(({ text, shown, value, limit }) => [text, shown, value <= limit ? 'met' : '**not met**']);
  return markdownTable([['goal', 'measured', ''], ...rows]);
}

function debGoals(measured: readonly Measured[], first: string): Goal[] {
  const one = took(find(measured, OURS, 10_000, 1));
  const goals: Goal[] = [
    { text: 'one deb into 10,000 within 1.5 s', shown: `${seconds(one)} s`, value: one, limit: 1.5 },
    ...ofFirst(measured, first, 2).map((each) => ({ ...each, text: `1,000 debs ${each.text} within twice ${first}` })),
  ];
  if (!measured.some(({ way }) => way === APTLY)) return goals;
  const cells = measured
    .filter(({ way }) => way === OURS)
    .map((ours) => ({ ours, ratio: took(ours) / took(find(measured, APTLY, ours.there, ours.added)) }))
    .sort((a, b) => b.ratio - a.ratio);
  for (const { ours, ratio } of cells) {
    const text = `faster than aptly: ${count(ours.added)} into ${count(ours.there)}`;
    goals.push({ text, shown: `${seconds(ratio)} of it`, value: ratio, limit: 1 });
  }
  return goals;
}

function rpmGoals(measured: readonly Measured[], first: string): Goal[] {
  return ofFirst(measured, first, 0.25).map((each) => ({
    ...each,
    text: `1,000 rpms ${each.text} four times faster than ${first}`,
    shown: `${(1 / each.value).toFixed(1)} times`,
  }));
}

/** 1,000 packages into each size, against the first way. */
function ofFirst(measured: readonly Measured[], first: string, limit: number): Goal[] {
  return measured
    .filter(({ way, added }) => way === OURS && added === 1000)
    .map((ours) => {
      const value = took(ours) / took(find(measured, first, ours.there, 1000));
      return { text: `into ${count(ours.there)}`, shown: `${seconds(value)} of it`, value, limit };
    });
}

/** Seconds of one package, by the size of the repository: of every way, then of the steps of ours. */
export function growthTable(measured: readonly Measured[]): string {
  const ones = measured.filter(({ added }) => added === 1);
  const sizes = [...new Set(ones.map(({ there }) => there))];
  const row = (name: string, of: (there: number) => number): string[] => {
    const values = sizes.map(of);
    const [least = 0, most = 0] = [values.at(0), values.at(-1)];
    const more = ((most - least) / ((sizes.at(-1) ?? 1) - (sizes.at(0) ?? 0))) * 1000;
    return [name, ...values.map((value) => value.toFixed(3)), more.toFixed(3)];
  };
  const ways = [...new Set(ones.map(({ way }) => way))].flatMap((way) => [
    row(way, (there) => took(find(ones, way, there, 1))),
    ...(way === OURS ? [row(`${way}, time of processors`, (there) => median(find(ones, way, there, 1).cpu))] : []),
  ]);
  const stepOf = (there: number, step: string) =>
    median(find(ones, OURS, there, 1).steps.map((steps) => steps[step] ?? 0));
  const names = [...new Set(ones.flatMap(({ steps }) => steps.flatMap((each) => Object.keys(each))))];
  const isShown = (step: string) => sizes.some((there) => stepOf(there, step) >= SHOWN_SECONDS);
  const sum = (there: number, steps: readonly string[]) => steps.reduce((all, step) => all + stepOf(there, step), 0);
  const others = names.filter((step) => !isShown(step));
  const steps = [
    ...names.filter(isShown).map((step) => row(`step \`${step}\``, (there) => stepOf(there, step))),
    row('all other steps', (there) => sum(there, others)),
    row('start and end of the process, the key', (there) => took(find(ones, OURS, there, 1)) - sum(there, names)),
  ];
  const head = ['one package, s', ...sizes.map((there) => `into ${count(there)}`), 'more for 1,000 there'];
  return markdownTable([head, ...ways, ...steps]);
}

/** Steps that take less, at any size, are shown as one. */
const SHOWN_SECONDS = 0.02;
