/** The entry of a build in a spec's %changelog: made from the commits it has, with the commit's time. */
import { MAX_SUBJECTS, type Maintainer, plain } from './changelog-entry.ts';
import type { Subject } from './git.ts';

export interface RpmEntryRequest {
  /** `[epoch:]version-release`. */
  readonly version: string;
  /** Newest first, code project before spec project. */
  readonly subjects: readonly Subject[];
  /** How many commits there are, of which `subjects` are the newest. */
  readonly total: number;
  /** What the entry says first, before the commits. */
  readonly headline: string;
  readonly maintainer: Maintainer;
  /** Seconds since the epoch. */
  readonly time: number;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const WIDTH = 79;

/** `Fri Nov 20 2026`, in UTC: what rpm reads in a heading of a changelog. */
export function changelogDate(time: number): string {
  const date = new Date(time * 1000);
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${date.getUTCFullYear()}`;
}

/** What rpm makes of the heading: who, with version. */
export function entryTitle({ maintainer, version }: Pick<RpmEntryRequest, 'maintainer' | 'version'>): string {
  return `${plain(maintainer.name)} <${maintainer.email}> - ${version}`;
}

/**
 * Text of the new entry, with its final newline. Subjects and names are hostile: control characters become blanks, no
 * macro in them is expanded, and nothing can end the entry early.
 */
export function makeRpmEntry(request: RpmEntryRequest): string {
  const lines = [`* ${changelogDate(request.time)} ${verbatim(entryTitle(request))}`, ...item(request.headline)];
  for (const { id, author, subject } of request.subjects.slice(0, MAX_SUBJECTS)) {
    const text = plain(subject) || 'no subject';
    const by = plain(author).replace(/[<>]/g, '');
    lines.push(...item(`${text} (${by === '' ? '' : `${by}, `}${id.slice(0, 8)})`));
  }
  const rest = request.total - Math.min(request.subjects.length, MAX_SUBJECTS);
  if (rest > 0) lines.push(...item(`and ${rest} more ${rest === 1 ? 'commit' : 'commits'}`));
  return `${lines.join('\n')}\n`;
}

/** One item, folded at blanks. */
function item(text: string): string[] {
  const lines: string[] = [];
  let line = '-';
  for (const word of plain(text).split(' ')) {
    if (line.length + 1 + word.length > WIDTH && line.trim() !== '-' && line.trim() !== '') {
      lines.push(line);
      line = ' ';
    }
    line += ` ${word}`;
  }
  return [...lines, line].map(verbatim);
}

/** rpm expands macros in changelogs too. */
function verbatim(text: string): string {
  return text.replaceAll('%', '%%');
}
