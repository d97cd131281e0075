/** The table's machinery: rules are tried on every line of their phases, and the first rule that fits decides. */
import type { Verdict } from '../../manifest.ts';
import type { LogLine } from './diagnosis.ts';
import type { Phase } from './phase.ts';
import type { WalkedLine } from './structure.ts';
import { printable } from './text.ts';

export interface Match {
  readonly line: LogLine;
  /** What the pattern's groups caught, made printable; index 0 is the whole match. */
  readonly groups: readonly string[];
}

export interface Rule {
  /** Stable name, in kebab-case. */
  readonly name: string;
  /** Phases whose lines it looks at. */
  readonly phases: readonly Phase[];
  /** Tried on one line of at most a few thousand characters. Must take linear time: no two repeats that can share text. */
  readonly pattern: RegExp;
  readonly verdict: Exclude<Verdict, 'success'>;
  /** Whether trying again, as it is, may help. */
  readonly retryable: boolean;
  /** The phase that it proves, where that is another than the one it was found in. */
  readonly phase?: Phase;
  /** Counts only in such builds. */
  when?(context: RuleContext): boolean;
  /** Counts only within so many lines before the end of the package's output. */
  readonly near?: number;
  /** Counts only where no line that fits this follows: then the build got over it, and something else ended it. */
  readonly unlessFollowedBy?: RegExp;
  /** Counts only where a line that fits this is there, too, before or after. */
  readonly besides?: RegExp;
  /** The last line that fits is the one that matters; otherwise the first. */
  readonly last?: true;
  /** Of the lines that fit, the first that fits this as well is the one that matters. */
  readonly prefer?: RegExp;
  /** One sentence without a full stop. */
  reason(found: Found): string;
}

/** All that a rule caught. */
export interface Found {
  /** The line that matters most. */
  readonly match: Match;
  /** The first ones in order, at most `KEPT`. */
  readonly matches: readonly Match[];
  /** The last one. */
  readonly last: Match;
  /** How many different ones there are. */
  readonly count: number;
  /** Facts about the build that sentences need. */
  readonly context: RuleContext;
}

export interface RuleContext {
  /** What is built; packages of Debian when absent. */
  readonly format?: 'deb' | 'rpm';
  readonly network: boolean;
  /** Bytes of the tmpfs that the session writes to, or `disk`; `undefined` where not known. */
  readonly scratch: number | 'disk' | undefined;
}

/** The field that names what a build needs, for sentences. */
export function buildRequires({ format }: RuleContext): string {
  return format === 'rpm' ? 'BuildRequires' : 'Build-Depends';
}

/** Matches that are kept of one rule. */
export const KEPT = 6;
/** Different lines that are counted of one rule. */
const COUNTED = 2000;

export interface DecideOptions {
  /** Only rules that look at one of these. */
  readonly phases: readonly Phase[];
  /** What was caught in one segment, or in the whole log. */
  readonly scope: 'segment' | 'whole';
  readonly segment: number;
  /** Number of the last line of the package's output, for `near`. */
  readonly lastLine: number;
}

export interface Decision {
  readonly rule: Rule;
  readonly found: Found;
}

interface Hits {
  segment: number;
  matches: Match[];
  last: Match | undefined;
  /** Texts of the lines: tools repeat themselves, apt for every try, test runners in their reports. */
  seen: Set<string>;
  followedAt: number;
  /** Whether what a rule needs beside it was there. */
  beside: boolean;
}

/** Collects what the rules of one table catch in a log, in one pass. */
export class RuleScan {
  readonly #rules: readonly Rule[];
  readonly #byPhase = new Map<Phase, readonly number[]>();
  /** Per rule: everything, and what was caught in the segment that is under way. */
  readonly #whole: Hits[];
  readonly #segment: Hits[];

  readonly #context: RuleContext;

  constructor(rules: readonly Rule[], context: RuleContext) {
    this.#rules = rules.filter((rule) => rule.when?.(context) !== false);
    this.#whole = this.#rules.map(newHits);
    this.#segment = this.#rules.map(newHits);
    this.#context = context;
  }

  visit(line: WalkedLine): void {
    if (line.text === '') return;
    for (const index of this.#indexes(line.phase)) {
      const rule = this.#rules[index];
      const whole = this.#whole[index];
      const segment = this.#segment[index];
      if (!rule || !whole || !segment) continue;
      if (rule.unlessFollowedBy && whole.last && rule.unlessFollowedBy.test(line.text)) {
        whole.followedAt = line.number;
        segment.followedAt = line.number;
      }
      if (rule.besides?.test(line.text)) {
        enter(segment, line.segment);
        whole.beside = true;
        segment.beside = true;
      }
      const found = rule.pattern.exec(line.text);
      if (!found) continue;
      const match: Match = {
        line: { number: line.number, text: printable(line.text), ...(line.file ? { file: line.file } : {}) },
        groups: Array.from(found, (group) => printable(group ?? '', 200)),
      };
      enter(segment, line.segment);
      add(whole, match);
      add(segment, match);
    }
  }

  /** The first rule of the table that caught something. */
  decide(options: DecideOptions): Decision | undefined {
    const scope = options.scope === 'segment' ? this.#segment : this.#whole;
    for (const [index, rule] of this.#rules.entries()) {
      const hits = scope[index];
      if (!hits?.last) continue;
      if (options.scope === 'segment' && hits.segment !== options.segment) continue;
      if (!rule.phases.some((phase) => options.phases.includes(phase))) continue;
      if (rule.near !== undefined && hits.last.line.number < options.lastLine - rule.near) continue;
      if (hits.followedAt > hits.last.line.number) continue;
      if (rule.besides && !hits.beside) continue;
      const preferred = rule.prefer && hits.matches.find(({ line }) => rule.prefer?.test(line.text));
      const match = preferred ?? (rule.last ? hits.last : (hits.matches[0] ?? hits.last));
      const { matches, last, seen } = hits;
      return { rule, found: { match, matches, last, count: seen.size, context: this.#context } };
    }
    return undefined;
  }

  /** The first line of a segment that one rule caught. */
  firstOf(name: string, segment: number): LogLine | undefined {
    const hits = this.#segment[this.#rules.findIndex((rule) => rule.name === name)];
    return hits?.segment === segment ? hits.matches[0]?.line : undefined;
  }

  #indexes(phase: Phase): readonly number[] {
    const known = this.#byPhase.get(phase);
    if (known) return known;
    const indexes = [...this.#rules.keys()].filter((index) => this.#rules[index]?.phases.includes(phase));
    this.#byPhase.set(phase, indexes);
    return indexes;
  }
}

function newHits(): Hits {
  return { segment: -1, matches: [], last: undefined, seen: new Set(), followedAt: 0, beside: false };
}

/** Forgets what was caught in another segment. */
function enter(hits: Hits, segment: number): void {
  if (hits.segment !== segment) Object.assign(hits, newHits(), { segment });
}

function add(hits: Hits, match: Match): void {
  hits.last = match;
  const { text } = match.line;
  if (hits.seen.has(text) || hits.seen.size >= COUNTED) return;
  hits.seen.add(text);
  if (hits.matches.length < KEPT) hits.matches.push(match);
}

/** What one group of the pattern caught on the line that matters most. */
export function text({ match }: Pick<Found, 'match'>, group = 1): string {
  return match.groups[group] ?? '';
}

/** What the first group that caught something caught. */
export function firstGroup({ match }: Pick<Found, 'match'>): string {
  return firstOf(match.groups);
}

/** The first of a match's groups that caught something. */
export function firstOf(groups: readonly string[]): string {
  return groups.slice(1).find((group) => group !== '') ?? '';
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listOf(items: readonly string[], total = items.length, shown = 3): string {
  const unique = [...new Set(items)];
  const named = unique.slice(0, total > shown ? shown - 1 : shown);
  const more = total - (items.length - unique.length) - named.length;
  if (more > 0) return `${named.join(', ')} and ${more} more`;
  return named.length > 1 ? `${named.slice(0, -1).join(', ')} and ${named.at(-1)}` : (named[0] ?? '');
}
