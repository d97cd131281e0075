/** Patterns meet lines that a package made to take their time. */
import { performance } from 'node:perf_hooks';
import { expect } from 'vitest';

// Twenty times what a pattern ever sees, so that a quadratic one is told from a busy machine.
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
      const started = performance.now();
      pattern.exec(line);
      const took = performance.now() - started;
      if (took > 150) {
        const again = performance.now();
        pattern.exec(line);
        expect(performance.now() - again, `${pattern.source} on ${line.slice(0, 60)}`).toBeLessThan(150);
      }
    }
  }
}
