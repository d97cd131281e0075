/** What every bench prints with: medians, ratios, goals, tables in Markdown. */

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Least and most, as seconds. */
export const range = (values: readonly number[]): string =>
  `${Math.min(...values).toFixed(2)}–${Math.max(...values).toFixed(2)}`;

/**
 * Two cells: a goal, and whether it is met.
 *
 * @param value what was measured; at most `limit` meets the goal.
 */
export function goalCells(text: string, value: number, limit: number): readonly [string, string] {
  return [text, value <= limit ? 'met' : '**not met**'];
}

export const NO_GOAL = ['', ''] as const;

/** @param rows first the head; all of the same length. The first column is text, the others are numbers. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...body.map(line)].join('\n');
}

/** Seconds that `body` takes by the clock. */
export async function timed(body: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await body();
  return (performance.now() - started) / 1000;
}

/** For who waits. */
export const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Says that something was not measured, to who waits and in what is pasted. */
export function notMeasured(what: string): void {
  say(`NOT MEASURED: ${what}`);
  print(`**Not measured:** ${what}.`);
}

/** A part of what is to be pasted. */
export const print = (text: string): void => void process.stdout.write(`${text}\n\n`);
