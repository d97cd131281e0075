/** Versions of tools, as far as a least one can be asked for. */

/** Whether `version` is before `least`: numbers with dots, compared one by one; what follows them does not count. */
export function isOlder(version: string, least: string): boolean {
  const [one, other] = [numbers(version), numbers(least)];
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function numbers(version: string): number[] {
  return (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number);
}
