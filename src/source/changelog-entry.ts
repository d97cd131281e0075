/** The changelog entry of a build: made from the commits it has, with the commit's time. */
import { type ChangelogEntry, formatChange, formatEntry, type ParsedEntry } from '../deb/changelog.ts';
import { formatDate } from '../deb/date.ts';
import { quote, UserError } from '../errors.ts';
import type { Subject } from './git.ts';

/** The original system's number; more is in git. */
export const MAX_SUBJECTS = 10;

export interface Maintainer {
  readonly name: string;
  readonly email: string;
}

export interface EntryRequest {
  readonly version: string;
  /** Top entry of the changelog. */
  readonly last: ParsedEntry;
  /** Newest first, code project before spec project. */
  readonly subjects: readonly Subject[];
  /** How many commits there are, of which `subjects` are the newest. */
  readonly total: number;
  /** What the entry says first, before the commits. */
  readonly headline: string;
  /** Suite; that of `last` when absent. */
  readonly distribution: string | undefined;
  readonly maintainer: Maintainer;
  /** Seconds since the epoch. */
  readonly time: number;
}

/**
 * Text of the new entry, with its final newline. Subjects and names are hostile: control characters become blanks, and
 * nothing can end the entry early.
 */
export function makeEntry(request: EntryRequest): string {
  const { last } = request;
  const changes = [...formatChange(request.headline)];
  for (const { id, author, subject } of request.subjects.slice(0, MAX_SUBJECTS)) {
    const text = plain(subject) || 'no subject';
    const by = plain(author).replace(/[<>]/g, '');
    changes.push(...formatChange(`${text} (${by === '' ? '' : `${by}, `}${id.slice(0, 8)})`));
  }
  const rest = request.total - Math.min(request.subjects.length, MAX_SUBJECTS);
  if (rest > 0) changes.push(...formatChange(`and ${rest} more ${rest === 1 ? 'commit' : 'commits'}`));
  const entry: ChangelogEntry = {
    source: last.source,
    version: request.version,
    distributions: request.distribution === undefined ? last.distributions : [request.distribution],
    urgency: last.urgency ?? 'medium',
    options: {},
    changes,
    maintainer: { name: plain(request.maintainer.name), email: request.maintainer.email },
    date: formatDate(request.time),
  };
  return formatEntry(entry);
}

/** A hostile text on one line: control characters, invisible direction marks and lone surrogates become blanks. */
export function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * Reads `Name <address>`.
 *
 * @param where the input, for the error.
 * @throws UserError
 */
export function parseMaintainer(text: string, where: string): Maintainer {
  const match = /^([^<>\p{Cc}]*[^<>\p{Cc}\s]) <([^<>\s\p{Cc}@]+@[^<>\s\p{Cc}@]+)>$/u.exec(text.trim());
  if (match !== null) return { name: match[1] ?? '', email: match[2] ?? '' };
  throw new UserError({ what: 'not a maintainer', where, found: quote(text), expected: 'Name <address@example.org>' });
}
