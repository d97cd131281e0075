/** Several ways to do the same, in turn, and the table that comes of it. */
import { goalCells, markdownTable, median, NO_GOAL, print, range, say, timed } from './table.ts';

export interface Way {
  readonly name: string;
  once(): Promise<unknown>;
  /** Brings about what the name says; not counted. */
  before?(): Promise<unknown>;
  /** Makes sure that it was what the name says; not counted. */
  after?(): Promise<unknown>;
  /** At most so much of the first way. */
  readonly ofFirst?: number;
  /** At most so many seconds more than the way of that name. */
  readonly over?: { readonly name: string; readonly seconds: number };
  /** Is done once more before anything is counted, to fill what it needs. */
  readonly warmUp?: boolean;
}

export interface Comparison {
  /** Title of the table's first column. */
  readonly title: string;
  /** What people call the first way. */
  readonly reference: string;
  readonly ways: readonly Way[];
  /** How often each is done. */
  readonly runs: number;
}

/** Does the ways in turn, and prints a table: medians, and how they stand to the first way's. */
export async function compare({ title, reference, ways, runs }: Comparison): Promise<void> {
  const seconds = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  for (let turn = 0; turn <= runs; turn++) {
    for (const way of ways) {
      if (turn === 0 && !way.warmUp) continue;
      await way.before?.();
      const took = await timed(() => way.once());
      await way.after?.();
      say(`${title}, ${turn === 0 ? 'not counted' : `turn ${turn} of ${runs}`}: ${way.name}: ${took.toFixed(2)} s`);
      if (turn > 0) seconds.get(way.name)?.push(took);
    }
  }
  const of = (name: string) => median(seconds.get(name) ?? []);
  const first = of(ways[0]?.name ?? '');
  const rows = ways.map(({ name, ofFirst, over }) => {
    const took = of(name);
    const ratio = took / first;
    const more = over === undefined ? 0 : took - of(over.name);
    const goal =
      ofFirst !== undefined
        ? goalCells(`at most ${ofFirst} of ${reference}`, ratio, ofFirst)
        : over !== undefined
          ? goalCells(`at most ${over.seconds} s more than the host (${more.toFixed(2)} s)`, more, over.seconds)
          : NO_GOAL;
    return [name, took.toFixed(2), range(seconds.get(name) ?? []), ratio.toFixed(2), ...goal];
  });
  print(markdownTable([[title, `s, median of ${runs}`, 'least–most', `of ${reference}`, 'goal', ''], ...rows]));
}
