/** Patterns meet lines that a package made to take their time. */
import { expect } from 'vitest';

// Twenty times what a pattern ever sees. Measured in processor time, which a busy machine does not lengthen.
const LENGTH = 40_000;
const fill = (unit: string) => unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH);

/** The literal words of a pattern, what can be repeated against it. */
function wordsOf(pattern: RegExp): string[] {
  const plain = pattern.source
    .replace(/\\[bBdDsSwW]|\(\?[:=!]|\(\?<[=!]|\[[^\]]*\]|[()?*+^$|]|\{\d*,?\d*\}/g, '\n')
    .replace(/\\(.)/g, '$1');
  return [...new Set(plain.split('\n').filter((word) => word !== ''))];
}

/** Tries lines of repeated pieces of `pattern`; none may take longer than a line of that length can. */
export function expectLinear(pattern: RegExp): void {
  const words = wordsOf(pattern);
  const prefixes = ['', ...words.slice(0, 6), words.slice(0, 2).join(''), words.slice(0, 3).join('')];
  const units = [' ', 'a', '/', '.', ':', '1', '-', '_', 'a ', 'a.', 'a/', 'a:', ' 1', '1:', "'", ...words];
  for (const prefix of new Set(prefixes)) {
    for (const unit of units) {
      const line = `${prefix}${fill(unit)}\u0001`;
      if (processorTime(() => pattern.exec(line)) < 150) continue;
      const again = processorTime(() => pattern.exec(line));
      expect(again, `${pattern.source} on ${line.slice(0, 60)}`).toBeLessThan(300);
    }
  }
}

/** Milliseconds of processor time that `work` takes, in this process. */
export function processorTime(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
