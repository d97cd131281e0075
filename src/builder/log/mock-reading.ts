/** All that is read of a run of mock before it is judged, and what judges of its parts have in common. */
import type { LogLine, MockLog, MockRun } from './diagnosis.ts';
import type { DiagnosticCollector } from './diagnostics/collector.ts';
import { type BuildStructure, bareBuild } from './mock-build.ts';
import { bareRoot } from './mock-root.ts';
import { kindOfCommand, type MockEnd, type MockState, phaseOfCommand, phaseOfManager } from './mock-state.ts';
import { EXCERPT_AFTER, EXCERPT_BEFORE, lastLines, MAX_QUOTES, mayPass, type Outcome } from './outcome.ts';
import type { Phase } from './phase.ts';
import type { Decision, RuleContext } from './rule.ts';
import { linesBetween, printable } from './text.ts';

/** Everything that is read of a run before it is judged. */
export interface Reading {
  readonly run: MockRun;
  readonly texts: Readonly<Record<MockLog, string>>;
  readonly state: MockState;
  readonly end: MockEnd;
  readonly build: BuildStructure;
  readonly context: RuleContext;
  readonly collector: DiagnosticCollector;
}

/** No segment: rpm itself complained, of the spec or of the files. */
export const OF_RPM = -1;

/** What came of it, and the segment of build.log whose diagnostics count. */
export interface Judged {
  readonly outcome: Outcome;
  readonly segment?: number;
}

/** How far the build came: in build.log once rpmbuild runs, else by mock's states. */
export function phaseReached({ run, state, build, end }: Reading): Phase {
  if (end.command !== undefined) {
    const { kind } = kindOfCommand(end.command);
    if (kind === 'manager') return phaseOfManager(end.command, state.initialized);
    if (kind === 'source') return 'source';
    if (kind === 'build' && build.mode !== undefined) return build.phase;
  }
  if (!state.known) return build.mode === undefined ? 'setup' : build.phase;
  if (state.phase === 'build' && build.mode !== undefined) return build.code === 0 ? 'results' : build.phase;
  if (state.phase === 'setup' && state.initialized) return phaseOfCommand(run.commands.at(-1));
  return state.phase;
}

/** The last lines of what was running. */
export function lastWords({ texts, state, build }: Reading): LogLine[] {
  const inBuild = (state.started || state.phase === 'source' || !state.known) && build.mode !== undefined;
  const order: readonly MockLog[] = inBuild
    ? ['build.log', 'root.log', 'mock-stderr.log', 'state.log']
    : ['root.log', 'mock-stderr.log', 'build.log', 'state.log'];
  for (const file of order) {
    const lines = lastLines(texts[file]).map(({ number, text }) => ({ number, text: bareOf(file, text), file }));
    const told = lines.filter(({ text }) => text.trim() !== '');
    if (told.length > 0) return told;
  }
  return [];
}

export function outcomeOf(
  { rule, found }: Decision,
  phase: Phase,
  more: readonly (LogLine | undefined)[] = [],
): Outcome {
  const cause = found.match.line;
  const key = ({ file, number }: LogLine) => `${file}:${number}`;
  const quotes = new Map<string, LogLine>([[key(cause), cause]]);
  const matches = found.match === found.matches[0] ? found.matches : [];
  for (const line of [...matches.map((match) => match.line), ...more]) {
    if (line && !quotes.has(key(line)) && quotes.size < MAX_QUOTES) quotes.set(key(line), line);
  }
  const rest = [...quotes.values()].slice(1).sort((a, b) => a.number - b.number);
  return {
    verdict: rule.verdict,
    phase,
    reason: rule.reason(found),
    rule: rule.name,
    quotes: [cause, ...rest],
    retryable: mayPass(rule, found.context),
  };
}

export function quoteOf({ number, text }: Pick<LogLine, 'number' | 'text'>, file: MockLog): LogLine {
  return { number, text: printable(text), file };
}

/** The last line that fits, of the first log that has one. */
export function lastLineOf({ texts }: Reading, files: readonly MockLog[], pattern: RegExp): LogLine[] {
  for (const file of files) {
    const line = lastLines(texts[file], 40).findLast(({ text }) => pattern.test(text));
    if (line) return [{ ...line, file }];
  }
  return [];
}

function bareOf(file: MockLog, text: string): string {
  if (file === 'root.log') return bareRoot(text);
  return file === 'build.log' ? bareBuild(text) : text;
}

export function excerptOf(texts: Reading['texts'], cause: LogLine | undefined): LogLine[] {
  if (cause?.file === undefined) return [];
  const { file, number } = cause;
  const lines = linesBetween(texts[file], Math.max(1, number - EXCERPT_BEFORE), number + EXCERPT_AFTER);
  return lines.map((line) => ({ number: line.number, text: bareOf(file, line.text), file }));
}

/** What the logs tell of the tools. */
export function fieldsOf(texts: Reading['texts']): Record<string, string> {
  const fields: Record<string, string> = {};
  const head = (text: string) => text.slice(0, 262_144);
  const own = `${head(texts['state.log'])}\n${head(texts['mock-stderr.log'])}`;
  const version = /(?:^|- |INFO: )Mock Version: (.{1,100})$/m.exec(own)?.[1];
  if (version !== undefined) fields['Mock Version'] = version;
  const manager = /Package manager (\S{1,40}) detected and used/.exec(`${own}\n${head(texts['root.log'])}`)?.[1];
  if (manager !== undefined) fields['Package manager'] = manager;
  return fields;
}
