/** What dnf and yum say of what they cannot resolve. */

const MOST_LINES = 4;

/** Their reasons, on one line; `undefined` where there is none among the lines. */
export function unresolvedReason(lines: readonly string[]): string | undefined {
  const reasons = lines
    .map((line) => line.trim().replace(/^Problem(?: \d+)?: /, '- '))
    .filter((line) => /^- (?!conflicting requests)/.test(line) || YUM.test(line))
    .map((line) => line.replace(/^(?:- |--> |Error: +)+/, '').replace(/ from pkg-actions-(?:staged|former)\b/g, ''));
  const unique = [...new Set(reasons)];
  // "cannot install the best candidate" says less than why.
  const told = [...unique].sort((a, b) => Number(isGeneral(a)) - Number(isGeneral(b)));
  if (told.length === 0) return undefined;
  return `${told.slice(0, MOST_LINES).join('; ')}${told.length > MOST_LINES ? `; and ${told.length - MOST_LINES} more` : ''}`;
}

const YUM = /^(?:Error: Package: |Error: .* conflicts with |--> Processing Conflict: )/;
const isGeneral = (line: string) => /^cannot install (?:the best|both)|^problem with installed package/.test(line);
