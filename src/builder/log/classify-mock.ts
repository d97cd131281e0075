/**
 * The verdict on a build of mock: deterministic, from the same tables of rules as sbuild's and those of mock, rpmbuild
 * and the package managers (rules-*.ts). docs/verdicts.md tells users what is decided how.
 *
 * Who is believed, in this order: the exit code and how the command ended; mock's stderr and state.log, which only mock
 * writes; root.log; build.log last, since the package may print there what it likes.
 */
import { formatDuration } from '../../format.ts';
import type { Diagnosis, LogLine, MockLog, MockRun } from './diagnosis.ts';
import { DiagnosticCollector } from './diagnostics/collector.ts';
import { type BuildStructure, bareBuild, linesOfSection, phaseOfSection, readBuild, walkBuild } from './mock-build.ts';
import { bareRoot, type RootStructure, walkManagerOutput, walkRoot } from './mock-root.ts';
import {
  kindOfCommand,
  type MockEnd,
  type MockState,
  phaseOfCommand,
  phaseOfManager,
  readEnd,
  readState,
} from './mock-state.ts';
import {
  EXCERPT_AFTER,
  EXCERPT_BEFORE,
  lastLines,
  MAX_QUOTES,
  type Outcome,
  printableFields,
  withPlace,
} from './outcome.ts';
import { PACKAGE_PHASES, PHASE_TITLES, PHASES, type Phase } from './phase.ts';
import { type Decision, listOf, type Rule, type RuleContext, RuleScan } from './rule.ts';
import { MACHINE_RULES } from './rules-buildroot.ts';
import { DNF_OTHER_RULES, DNF_RULES } from './rules-dnf.ts';
import { GENERIC_RULES } from './rules-generic.ts';
import { MOCK_OTHER_RULES, MOCK_RULES } from './rules-mock.ts';
import { PACKAGE_RULES } from './rules-package.ts';
import {
  installedPath,
  RPMBUILD_BARE_RULES,
  RPMBUILD_OTHER_RULES,
  RPMBUILD_RULES,
  SECTION_RULES,
} from './rules-rpmbuild.ts';
import { TEST_RULES } from './rules-test.ts';
import type { WalkedLine } from './structure.ts';
import { eachLine, linesBetween, printable } from './text.ts';

export type { MockCommand, MockLog, MockRun } from './diagnosis.ts';

/** What mock's exit codes say where no text does (mockbuild/exception.py). */
const CODES = new Map<number, readonly [Outcome['verdict'], Phase, string]>([
  [2, ['configuration', 'setup', 'mock was not started by its wrapper']],
  [3, ['configuration', 'setup', "mock's configuration is not right"]],
  [5, ['configuration', 'setup', 'mock does not take its options']],
  [6, ['configuration', 'arch-check', 'this machine does not build for the architecture']],
  [25, ['infrastructure', 'setup', 'the volume of the buildroot could not be made']],
  [31, ['package', 'dependencies', 'the package asks for external dependencies that are not known']],
  [60, ['infrastructure', 'setup', 'another process holds the buildroot']],
  [65, ['infrastructure', 'setup', 'another process holds the volume of the buildroot']],
  [70, ['configuration', 'setup', 'the folder for results cannot be written to']],
  [80, ['configuration', 'setup', 'this machine does not let the build have namespaces of its own']],
  [90, ['infrastructure', 'setup', 'the bootstrap for the buildroot could not be made']],
  [120, ['configuration', 'setup', 'a tool that mock needs is not installed']],
]);

/** Exit codes of a mock that a signal ended: 128 and its number, and of one that a person ended. */
const SIGNAL_CODES: readonly number[] = [7, 129, 130, 137, 141, 143];

/** Everything that is read of a run before it is judged. */
interface Reading {
  readonly run: MockRun;
  readonly texts: Readonly<Record<MockLog, string>>;
  readonly state: MockState;
  readonly end: MockEnd;
  readonly build: BuildStructure;
  readonly context: RuleContext;
  readonly collector: DiagnosticCollector;
}

/** What came of it, and the segment of build.log whose diagnostics count. */
interface Judged {
  readonly outcome: Outcome;
  readonly segment?: number;
}

/** Says what a run of mock came to. Never throws, whatever the logs hold; time is linear in their length. */
export function diagnoseMock(run: MockRun): Diagnosis {
  const texts: Reading['texts'] = {
    'build.log': run.buildLog ?? '',
    'root.log': run.rootLog ?? '',
    'state.log': run.stateLog ?? '',
    'mock-stderr.log': run.stderr,
  };
  const fromLog = readState(texts['state.log']);
  const build = readBuild(texts['build.log']);
  const reading: Reading = {
    run,
    texts,
    state: fromLog.known ? fromLog : readState(run.stderr),
    end: readEnd(run.stderr),
    build,
    context: { format: 'rpm', network: run.network ?? false, scratch: run.scratch },
    collector: new DiagnosticCollector({ format: 'rpm', spec: build.spec }),
  };
  const success = run.end === 'exit' && run.exitCode === 0 && run.hasPackages;
  const { outcome, segment } = success ? succeeded(reading) : judge(reading);
  const ofPackage = !success && outcome.verdict === 'package';
  const diagnostics = reading.collector.result(ofPackage ? (segment ?? -1) : undefined);
  const quotes = outcome.quotes.slice(0, MAX_QUOTES);
  return {
    verdict: success ? 'success' : outcome.verdict,
    phase: success ? undefined : outcome.phase,
    reason: printable(withPlace(outcome, diagnostics), 500).replace(/(?<!\.)\.$/, ''),
    rule: outcome.rule,
    quotes,
    excerpt: success ? [] : excerptOf(texts, quotes[0]),
    diagnostics,
    fields: printableFields(fieldsOf(texts)),
    retryable: outcome.retryable,
  };
}

function succeeded(reading: Reading): Judged {
  collect(reading, undefined);
  const outcome: Outcome = {
    verdict: 'infrastructure',
    phase: 'results',
    reason: 'the package was built',
    rule: 'success',
    quotes: lastLineOf(reading, ['state.log', 'mock-stderr.log'], /^(?:\d{4}-\S+ \S+ - )?Finish: run$/),
    retryable: false,
  };
  return { outcome };
}

function judge(reading: Reading): Judged {
  const { run, end, state, build } = reading;
  const outside = outsideOf(reading);
  if (outside) return { outcome: outside };
  if (run.exitCode === 0) return { outcome: withoutPackages(reading) };

  switch (failedIn(reading)) {
    case 'packages': {
      const outcome = fromManager(reading);
      if (outcome) return { outcome };
      break;
    }
    case 'rpmbuild': {
      const judged = fromBuild(reading) ?? unexplained(reading);
      if (judged) return judged;
      break;
    }
    default:
  }
  const outcome = fromMock(reading) ?? fromManager(reading) ?? undefined;
  if (outcome) return { outcome };
  const known = run.exitCode === undefined ? undefined : CODES.get(run.exitCode);
  if (known) {
    const [verdict, phase, reason] = known;
    const quotes = end.line ? [quoteOf(end.line, 'mock-stderr.log')] : lastWords(reading);
    return {
      outcome: { verdict, phase, reason, rule: 'mock-exit-code', quotes, retryable: verdict === 'infrastructure' },
    };
  }
  const phase = phaseReached(reading);
  const started = state.started || build.mode === 'packages';
  const quotes = [...(end.line ? [quoteOf(end.line, 'mock-stderr.log')] : []), ...lastWords(reading)];
  const ended = `mock ended with exit code ${run.exitCode ?? '?'}`;
  if (started && build.code === undefined) {
    const reason = `${ended}, and the build's log stops`;
    return { outcome: { verdict: 'infrastructure', phase, reason, rule: 'no-summary', quotes, retryable: true } };
  }
  return {
    outcome: {
      verdict: started && build.code !== 0 ? 'package' : 'infrastructure',
      phase,
      reason: `${ended} while it was to ${PHASE_TITLES[phase]}, for a reason that the logs do not tell`,
      rule: 'unknown',
      quotes,
      retryable: false,
    },
  };
}

/** Which program failed, by mock's own last words, else by what the logs and the exit code tell. */
function failedIn({ run, end, state, build }: Reading): 'packages' | 'rpmbuild' | 'mock' {
  if (end.command !== undefined) {
    const { kind } = kindOfCommand(end.command);
    return kind === 'manager' ? 'packages' : kind === 'other' ? 'mock' : 'rpmbuild';
  }
  if (run.exitCode === 30) return 'packages';
  if (run.exitCode !== undefined && CODES.has(run.exitCode)) return 'mock';
  // With yum, mock reads what is missing from its output and raises that as an error of the build.
  if (run.exitCode === 10 && build.mode === 'source' && build.code === 0) return 'packages';
  if (end.line !== undefined) return 'mock';
  if (build.mode !== undefined && build.code !== 0 && !(build.code === 11 && state.started && run.exitCode !== 11))
    return 'rpmbuild';
  return 'mock';
}

/** What is known without the package's output: who ended the build when it did not end by itself. */
function outsideOf(reading: Reading): Outcome | undefined {
  const { run, end, state, build } = reading;
  const { exitCode } = run;
  const started = state.started || build.mode === 'packages' || build.mode === 'requires';
  const phase = phaseReached(reading);
  const during = `while it was to ${PHASE_TITLES[phase]}`;
  const quotes = lastWords(reading);
  if (run.end === 'cancelled') {
    return {
      verdict: 'infrastructure',
      phase,
      reason: `the build was cancelled ${during}`,
      rule: 'cancelled',
      quotes,
      retryable: false,
    };
  }
  // Without mock's own word: it returns 11, and what it ended has no return code.
  const withoutWord = end.line === undefined && exitCode === 11 && build.mode !== undefined && build.code === undefined;
  const ownLimit = run.end === 'exit' && (end.timeout !== undefined || withoutWord);
  if (run.end === 'timeout' || ownLimit) {
    // mock's own limit holds for package managers and its helpers, too.
    const inBuild = ownLimit && end.command ? kindOfCommand(end.command).kind === 'build' : started;
    const seconds = (ownLimit ? end.timeout : undefined) ?? run.timeoutSeconds;
    const limit = seconds === undefined ? '' : ` of ${formatDuration(seconds)}`;
    return {
      verdict: inBuild ? 'package' : 'infrastructure',
      phase,
      reason: `the build was ended after its limit${limit} ${during}`,
      rule: 'timeout',
      quotes: ownLimit && end.line ? [quoteOf(end.line, 'mock-stderr.log'), ...quotes] : quotes,
      retryable: !inBuild,
    };
  }
  const signal = end.signal ?? (exitCode === 7 && /user interrupt/.test(end.line?.text ?? '') ? 'SIGINT' : undefined);
  if (
    run.end === 'signal' ||
    signal !== undefined ||
    (exitCode !== undefined && SIGNAL_CODES.includes(exitCode) && end.command === undefined && end.line === undefined)
  ) {
    const reason = `a signal from outside${signal === undefined ? '' : ` (${signal})`} ended the build ${during}, perhaps for want of memory`;
    return { verdict: 'infrastructure', phase, reason, rule: 'signal', quotes, retryable: true };
  }
  return undefined;
}

function withoutPackages(reading: Reading): Outcome {
  const quotes = lastWords(reading);
  const { build } = reading;
  if (build.mode === 'packages' && build.code === 0) {
    const reason = 'rpmbuild made no package: the spec has no %files for any';
    return { verdict: 'package', phase: 'results', reason, rule: 'no-results', quotes, retryable: false };
  }
  const reason = 'mock ended with exit code 0, but there are no packages';
  return { verdict: 'infrastructure', phase: 'results', reason, rule: 'no-packages', quotes, retryable: false };
}

/** How far the build came: in build.log once rpmbuild runs, else by mock's states. */
function phaseReached({ run, state, build, end }: Reading): Phase {
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
function lastWords({ texts, state, build }: Reading): LogLine[] {
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

/** The package manager failed: in root.log, or in what mock repeats of it on stderr. */
function fromManager(reading: Reading): Outcome | undefined {
  const { run, texts, state, end, context } = reading;
  const scans = { rules: new RuleScan(DNF_RULES, context), other: new RuleScan(DNF_OTHER_RULES, context) };
  const root = walkRoot(texts['root.log'], state, (line) => {
    scans.rules.visit(line);
    scans.other.visit(line);
  });
  const argv = end.command;
  const ofEnd = argv && kindOfCommand(argv).kind === 'manager' ? phaseOfManager(argv, state.initialized) : undefined;
  const phase = ofEnd ?? root.manager?.phase ?? phaseReached({ ...reading, run });
  const repeated = { rules: new RuleScan(DNF_RULES, context), other: new RuleScan(DNF_OTHER_RULES, context) };
  const from = end.line?.number ?? end.from;
  walkManagerOutput(texts['mock-stderr.log'], { file: 'mock-stderr.log', from, phase, segment: 1 }, (line) => {
    repeated.rules.visit(line);
    repeated.other.visit(line);
  });
  const failed = root.manager !== undefined && root.manager.code !== 0;
  for (const kind of ['rules', 'other'] as const) {
    const options = { phases: PHASES, scope: 'segment', lastLine: root.lastLine } as const;
    const decision =
      (failed || ofEnd !== undefined || run.exitCode === 30 || run.exitCode === 10
        ? scans[kind].decide({ ...options, segment: root.manager?.segment ?? -1 })
        : undefined) ?? (end.line ? repeated[kind].decide({ ...options, segment: 1 }) : undefined);
    if (decision) return outcomeOf(decision, decision.rule.phase ?? phase);
    if (kind === 'rules') {
      // The package manager may run in a container that does not start.
      const around = new RuleScan(MOCK_RULES, context);
      for (const line of failed ? (root.manager?.lines ?? []) : []) around.visit(line);
      const ofMock = around.decide({ ...options, scope: 'whole', segment: 0 });
      if (ofMock) return outcomeOf(ofMock, ofMock.rule.phase ?? phase);
    }
  }
  if (!failed && ofEnd === undefined) return undefined;
  const code = root.manager?.code ?? 0;
  const said = (root.manager?.lines ?? []).slice(-3).map((line) => quoteOf(line, 'root.log'));
  const quotes = [...said, ...(end.line ? [quoteOf(end.line, 'mock-stderr.log')] : [])];
  const killed = code === -9 || code === 137;
  const reason = killed
    ? `the kernel ended the package manager while it was to ${PHASE_TITLES[phase]}, most likely for want of memory`
    : `the package manager failed while it was to ${PHASE_TITLES[phase]}, for a reason that the logs do not tell`;
  const rule = killed ? 'dnf-killed' : 'dnf-unknown';
  return { verdict: 'infrastructure', phase, reason, rule, quotes, retryable: killed };
}

/** mock itself failed, or a command of its own. */
function fromMock(reading: Reading): Outcome | undefined {
  const { texts, state, end, context } = reading;
  const rules = new RuleScan(MOCK_RULES, context);
  const other = new RuleScan(MOCK_OTHER_RULES, context);
  const phase = phaseReached(reading);
  let inError = false;
  eachLine(texts['mock-stderr.log'], (text, number) => {
    if (number < end.from) return;
    inError ||= /^(?:ERROR|CRITICAL): |^Traceback |^(?:usage: )?mock\S*: error: |^usage: /i.test(text);
    if (!inError || /^(?:INFO|DEBUG): |^ERROR: Exception\(|^(?:Start|Finish): /.test(text)) return;
    const line: WalkedLine = {
      file: 'mock-stderr.log',
      text,
      number,
      phase: aroundPhase(phase),
      origin: 'tool',
      segment: 1,
    };
    rules.visit(line);
    other.visit(line);
  });
  const root: RootStructure = walkRoot(texts['root.log'], state, () => {});
  const program = end.command === undefined ? undefined : kindOfCommand(end.command).program;
  const failed = program === undefined ? undefined : root.failed.get(program);
  for (const line of failed?.lines ?? []) rules.visit({ ...line, phase: aroundPhase(phase), segment: 2 });
  const where = { phases: PHASES, scope: 'segment', lastLine: 0 } as const;
  const decision =
    rules.decide({ ...where, segment: 2 }) ?? rules.decide({ phases: PHASES, scope: 'whole', segment: 1, lastLine: 0 });
  if (decision) return outcomeOf(decision, decision.rule.phase ?? phase);
  if (program !== undefined && end.line) {
    const quotes = [
      quoteOf(end.line, 'mock-stderr.log'),
      ...(failed?.lines ?? []).map(({ number, text }) => quoteOf({ number, text }, 'root.log')),
    ];
    const reason = `mock's command ${program} failed while it was to ${PHASE_TITLES[phase]}`;
    return { verdict: 'infrastructure', phase, reason, rule: 'mock-command', quotes, retryable: false };
  }
  const rest = other.decide({ ...where, segment: 1 });
  return rest && outcomeOf(rest, phase);
}

/** Phases whose lines mock's rules look at. */
function aroundPhase(phase: Phase): Phase {
  return MOCK_RULES.some(({ phases }) => phases.includes(phase)) ? phase : 'build';
}

/** Lets the collector see the last run of rpmbuild. */
function collect({ texts, build, collector }: Reading, visit: ((line: WalkedLine) => void) | undefined): void {
  if (build.mode === undefined) return;
  walkBuild(texts['build.log'], build, undefined, {
    visit: (line) => {
      collector.visit(line);
      visit?.(line);
    },
    onCommand: (text) => collector.command(text),
  });
}

/** rpmbuild failed: a section's script, the spec, what was installed, or the machine. */
function fromBuild(reading: Reading): Judged | undefined {
  const { texts, build, context } = reading;
  if (build.mode === undefined) return undefined;
  const rpmbuild = new RuleScan(RPMBUILD_RULES, context);
  const bare = new RuleScan(RPMBUILD_BARE_RULES, context);
  const other = new RuleScan(RPMBUILD_OTHER_RULES, context);
  const around = new RuleScan(MOCK_RULES, context);
  collect(reading, (line) => {
    const { text } = line;
    const said = { ...line, phase: 'package' } as const;
    if (text.startsWith('error: ') || text.startsWith('    ') || text.startsWith('\t')) rpmbuild.visit(said);
    const torn = text.indexOf('error: ');
    if (torn > 0) rpmbuild.visit({ ...said, text: text.slice(torn) });
    if (torn === 0) other.visit(said);
    // Where a section failed, its own output is the longest part of the log, and none of it is rpm's.
    if (!build.badExit && line.segment === build.segment) bare.visit(said);
    if (!build.reached) around.visit({ ...line, phase: 'build' });
  });
  const whole = { phases: PHASES, scope: 'whole', segment: 0, lastLine: build.last } as const;
  // What rpm says after the sections is said first; of a run that has none, all of it.
  const ofRpm =
    rpmbuild.decide({ ...whole, scope: 'segment', segment: build.segment }) ??
    rpmbuild.decide(whole) ??
    bare.decide({ ...whole, scope: 'segment', segment: build.segment });
  // A package may print what rpm prints; rpm's own last words come last.
  const { badExit } = build;
  if (badExit && !(ofRpm && ofRpm.found.last.line.number > badExit.line.number)) return fromSection(reading, badExit);

  const phase: Phase = build.mode === 'source' ? 'source' : build.phase;
  const machine = new RuleScan(MACHINE_RULES, context);
  walkBuild(texts['build.log'], build, PACKAGE_PHASES.includes(phase) ? phase : 'package', {
    visit: (line) => machine.visit(line),
  });
  const ofMachine = machine.decide(whole);
  if (ofMachine) return { outcome: outcomeOf(ofMachine, phase) };
  if (ofRpm) return { outcome: withFiles(outcomeOf(ofRpm, specPhase(ofRpm.rule, phase, build)), build), segment: -1 };
  if (build.code !== undefined && (build.code < 0 || build.code > 128)) {
    const signal = build.code < 0 ? -build.code : build.code - 128;
    const reason = `a signal (${signal}) ended rpmbuild while it was to ${PHASE_TITLES[phase]}${signal === 9 ? ', most likely for want of memory' : ''}`;
    const quotes = lastWords(reading);
    return { outcome: { verdict: 'infrastructure', phase, reason, rule: 'rpmbuild-killed', quotes, retryable: true } };
  }
  const ofMock = build.reached ? undefined : around.decide(whole);
  if (ofMock) return { outcome: outcomeOf(ofMock, ofMock.rule.phase ?? phase) };
  if (build.code === undefined) return undefined;
  const rest = other.decide(whole);
  return rest && { outcome: outcomeOf(rest, phase), segment: -1 };
}

/** mock says that rpmbuild failed, and its log does not tell why. */
function unexplained(reading: Reading): Judged | undefined {
  const { run, build } = reading;
  const { exitCode } = run;
  if (build.mode === undefined || exitCode === undefined || exitCode < 1 || exitCode > 127) return undefined;
  if (build.code === undefined && reading.end.command === undefined) return undefined;
  const phase = phaseReached(reading);
  const reason = `rpmbuild ended with exit code ${build.code ?? exitCode} while it was to ${PHASE_TITLES[phase]}, for a reason that the log does not tell`;
  const outcome: Outcome = {
    verdict: 'package',
    phase,
    reason,
    rule: 'unknown',
    quotes: lastWords(reading),
    retryable: false,
  };
  return { outcome, segment: build.segment };
}

/** A spec that cannot be read fails where the source package is made, or where the packages are before any section. */
function specPhase(rule: Rule, phase: Phase, build: BuildStructure): Phase {
  if (rule.phase === 'source' && build.mode === 'source') return 'source';
  return rule.phase ?? phase;
}

/** The script of a section failed: rules for the package's tools, on the section's lines first. */
function fromSection(reading: Reading, badExit: NonNullable<BuildStructure['badExit']>): Judged {
  const { texts, build, context } = reading;
  const phase = phaseOfSection(badExit.section);
  const lines = linesOfSection(badExit.section);
  const newScans = () => ({
    machine: new RuleScan(MACHINE_RULES, context),
    section: new RuleScan(SECTION_RULES, context),
    package: new RuleScan(PACKAGE_RULES, context),
    tests: new RuleScan(TEST_RULES, context),
    generic: new RuleScan(GENERIC_RULES, context),
  });
  const plain = newScans();
  const merged = newScans();
  const [plainScans, mergedScans] = [Object.values(plain), Object.values(merged)];
  walkBuild(texts['build.log'], { first: build.first, last: Math.min(build.last, badExit.line.number) }, lines, {
    visit: (line) => {
      for (const scan of plainScans) scan.visit(line);
    },
    merged: (line) => {
      for (const scan of mergedScans) scan.visit(line);
    },
  });
  const specific = ({ machine, section, package: ofPackage, tests }: typeof plain) =>
    // Where tests failed, what else they print is about them.
    lines === 'test' ? [machine, tests, section, ofPackage] : [machine, section, ofPackage, tests];
  const { segment } = badExit;
  const options = { phases: PHASES, segment, lastLine: badExit.line.number } as const;
  const first = (tables: readonly RuleScan[], scope: 'segment' | 'whole') => {
    for (const table of tables) {
      const decision = table.decide({ ...options, scope });
      if (decision) return decision;
    }
    return undefined;
  };
  const decision =
    first(specific(plain), 'segment') ??
    first(specific(merged), 'segment') ??
    first([plain.generic], 'segment') ??
    first(specific(plain), 'whole') ??
    first(specific(merged), 'whole') ??
    first([plain.generic, merged.generic], 'whole');
  const own = quoteOf(badExit.said, 'build.log');
  if (!decision) {
    const command = build.command && printable(build.command.text.replace(/^\++ /, ''), 200);
    const told = [build.command, build.before].filter((line) => line !== undefined && line.number > segment);
    const quotes = [...told.flatMap((line) => (line ? [quoteOf(line, 'build.log')] : [])), own];
    const reason = command
      ? `${badExit.section} failed in its last command: ${command}`
      : `${badExit.section} failed without a word`;
    return {
      outcome: { verdict: 'package', phase, reason, rule: 'section-failed', quotes, retryable: false },
      segment,
    };
  }
  const outcome = outcomeOf(decision, phase, [plain.generic.firstOf('make-error', segment), own]);
  const named =
    decision.rule.name === 'spec-patch-does-not-apply' && build.patch !== undefined
      ? { ...outcome, reason: `the patch ${printable(build.patch, 100)} does not apply` }
      : outcome;
  return { outcome: named, segment };
}

/** Adds the files that rpm lists below its complaint. */
function withFiles(outcome: Outcome, { unpackaged }: BuildStructure): Outcome {
  if (outcome.rule !== 'unpackaged-files' || unpackaged.length === 0) return outcome;
  const names = [...new Set(unpackaged.map(({ text }) => printable(installedPath(text.trim()), 200)))];
  return {
    ...outcome,
    reason: `files were installed that no %files lists: ${listOf(names)}`,
    quotes: [...outcome.quotes.slice(0, 1), ...unpackaged.map((line) => quoteOf(line, 'build.log'))].slice(
      0,
      MAX_QUOTES,
    ),
  };
}

function outcomeOf({ rule, found }: Decision, phase: Phase, more: readonly (LogLine | undefined)[] = []): Outcome {
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
    retryable: rule.retryable,
  };
}

function quoteOf({ number, text }: Pick<LogLine, 'number' | 'text'>, file: MockLog): LogLine {
  return { number, text: printable(text), file };
}

/** The last line that fits, of the first log that has one. */
function lastLineOf({ texts }: Reading, files: readonly MockLog[], pattern: RegExp): LogLine[] {
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

function excerptOf(texts: Reading['texts'], cause: LogLine | undefined): LogLine[] {
  if (cause?.file === undefined) return [];
  const { file, number } = cause;
  const lines = linesBetween(texts[file], Math.max(1, number - EXCERPT_BEFORE), number + EXCERPT_AFTER);
  return lines.map((line) => ({ number: line.number, text: bareOf(file, line.text), file }));
}

/** What the logs tell of the tools. */
function fieldsOf(texts: Reading['texts']): Record<string, string> {
  const fields: Record<string, string> = {};
  const head = (text: string) => text.slice(0, 262_144);
  const own = `${head(texts['state.log'])}\n${head(texts['mock-stderr.log'])}`;
  const version = /(?:^|- |INFO: )Mock Version: (.{1,100})$/m.exec(own)?.[1];
  if (version !== undefined) fields['Mock Version'] = version;
  const manager = /Package manager (\S{1,40}) detected and used/.exec(`${own}\n${head(texts['root.log'])}`)?.[1];
  if (manager !== undefined) fields['Package manager'] = manager;
  return fields;
}
