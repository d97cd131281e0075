/** The entry of a build in a spec's %changelog: made from the commits it has, with the commit's time. */
import { quote, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { hasAutoChangelog, withChangelogEntry } from '../rpm/spec.ts';
import type { ExpandedSpec, SpecExpander } from '../rpm/spec-expander.ts';
import { MAX_SUBJECTS, type Maintainer, parseMaintainer, plain } from './changelog-entry.ts';
import type { Subject } from './git.ts';
import { expandText } from './rpm-edit.ts';
import type { SpecFile } from './rpm-layout.ts';
import { versionOf } from './rpm-version.ts';

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

export interface AddEntryRequest extends Omit<RpmEntryRequest, 'version' | 'maintainer'> {
  readonly expander: SpecExpander;
  readonly file: SpecFile;
  /** The spec with its new version, a byte string, and what rpm made of it. */
  readonly text: string;
  readonly expanded: ExpandedSpec;
  readonly maintainer: Maintainer | undefined;
  /** Where the entry before has no usable one. */
  readonly fallbackMaintainer: Maintainer | undefined;
}

/**
 * Puts the entry into the spec and has rpm confirm it. A changelog that rpmautospec makes stays its own.
 *
 * @returns what rpm makes of the spec now.
 * @throws UserError where the entry is not on top of the changelog then, or nobody is there to sign it.
 */
export async function addEntry(request: AddEntryRequest, log: Logger): Promise<ExpandedSpec> {
  const { expander, file, text, expanded } = request;
  if (hasAutoChangelog(text)) {
    log.notice(`the changelog of ${file.name} is left to %autochangelog`);
    return expanded;
  }
  const last = expanded.changelog;
  let { time } = request;
  if (last !== undefined && changelogDay(last.time) > changelogDay(time)) {
    // rpm refuses a changelog that is not in order.
    log.notice(
      `the last changelog entry of ${file.name} is of ${changelogDate(last.time)}, after the commit: the new one gets the same day`,
    );
    time = last.time;
  }
  const maintainer = request.maintainer ?? maintainerOf(last?.title) ?? request.fallbackMaintainer;
  if (maintainer === undefined) {
    throw new UserError({
      what: 'no maintainer for the changelog entry',
      where: file.where,
      found: last === undefined ? 'no entry before' : quote(last.title),
      expected: 'Name <address@example.org>',
      remedy: 'give the input maintainer, or DEBFULLNAME and DEBEMAIL',
    });
  }
  const version = versionOf(expanded);
  const entry = makeRpmEntry({ ...request, version, maintainer, time });
  const bytes = Buffer.from(entry).toString('latin1');
  const made = await expandText(expander, file, withChangelogEntry(text, bytes, file.where));
  const title = entryTitle({ maintainer, version });
  if (made.changelog?.title === title && versionOf(made) === version) return made;
  throw new UserError({
    what: 'the changelog entry of the build does not come out on top of the changelog',
    where: file.where,
    found: made.changelog === undefined ? 'no entry' : quote(made.changelog.title),
    expected: quote(title),
    remedy: 'have one %changelog outside of conditions, newest entry first',
  });
}

/** The last entry's, where it has the form of one: `Name <address> - 1.2-1`. */
function maintainerOf(title: string | undefined): Maintainer | undefined {
  const text = /^(.*<[^<>]*>)/.exec(title ?? '')?.[1];
  if (text === undefined) return undefined;
  try {
    return parseMaintainer(text, 'changelog');
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Days since the epoch. */
function changelogDay(time: number): number {
  return Math.floor(time / 86_400);
}
