/**
 * The verdict on a build of mock: deterministic, from the same tables of rules as sbuild's and those of mock, rpmbuild
 * and the package managers (rules-*.ts). docs/verdicts.md tells users what is decided how.
 *
 * Who is believed, in this order: the exit code and how the command ended; mock's stderr and state.log, which only mock
 * writes; root.log; build.log last, since the package may print there what it likes.
 */
import { formatDuration } from '../../format.ts';
import { collect, fromBuild, unexplained } from './classify-rpmbuild.ts';
import type { Diagnosis, MockRun } from './diagnosis.ts';
import { DiagnosticCollector } from './diagnostics/collector.ts';
import { readBuild } from './mock-build.ts';
import {
  excerptOf,
  fieldsOf,
  type Judged,
  lastLineOf,
  lastWords,
  OF_RPM,
  outcomeOf,
  phaseReached,
  quoteOf,
  type Reading,
} from './mock-reading.ts';
import { type RootStructure, walkManagerOutput, walkRoot } from './mock-root.ts';
import { kindOfCommand, phaseOfManager, readEnd, readState } from './mock-state.ts';
import { MAX_QUOTES, type Outcome, printableFields, withPlace } from './outcome.ts';
import { PHASE_ACTIVITIES, PHASES, type Phase } from './phase.ts';
import { type Decision, RuleScan } from './rule.ts';
import { DNF_OTHER_RULES, DNF_RULES } from './rules-dnf.ts';
import { MOCK_OTHER_RULES, MOCK_RULES } from './rules-mock.ts';
import type { WalkedLine } from './structure.ts';
import { eachLine, printable } from './text.ts';

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
  // Where rpm itself complained, no tool's error ended the build.
  const diagnostics = reading.collector
    .result(ofPackage ? (segment ?? OF_RPM) : undefined)
    .filter(({ severity, tool }) => segment !== OF_RPM || severity === 'warning' || tool === 'rpmbuild');
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
  const { run, build } = reading;
  const outside = outsideOf(reading);
  if (outside) {
    collect(reading, undefined);
    return { outcome: outside, segment: build.segment };
  }
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
  return { outcome: fromMock(reading) ?? fromManager(reading) ?? fromCode(reading) ?? untold(reading) };
}

/** What mock's exit code says by itself. */
function fromCode(reading: Reading): Outcome | undefined {
  const { run, end } = reading;
  const known = run.exitCode === undefined ? undefined : CODES.get(run.exitCode);
  if (!known) return undefined;
  const [verdict, phase, reason] = known;
  const quotes = end.line ? [quoteOf(end.line, 'mock-stderr.log')] : lastWords(reading);
  return { verdict, phase, reason, rule: 'mock-exit-code', quotes, retryable: verdict === 'infrastructure' };
}

/** mock failed, and nothing tells why. */
function untold(reading: Reading): Outcome {
  const { run, end, state, build } = reading;
  const phase = phaseReached(reading);
  const started = state.started || build.mode === 'packages';
  const quotes = [...(end.line ? [quoteOf(end.line, 'mock-stderr.log')] : []), ...lastWords(reading)];
  const ended = `mock ended with exit code ${run.exitCode ?? '?'}`;
  if (started && build.code === undefined) {
    const reason = `${ended}, and the build's log stops`;
    return { verdict: 'infrastructure', phase, reason, rule: 'no-summary', quotes, retryable: true };
  }
  return {
    verdict: started && build.code !== 0 ? 'package' : 'infrastructure',
    phase,
    reason: `${ended} while ${PHASE_ACTIVITIES[phase]}, for a reason that the logs do not tell`,
    rule: 'unknown',
    quotes,
    retryable: false,
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
  const during = `while ${PHASE_ACTIVITIES[phase]}`;
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
  if (build.mode === 'packages' && build.code === 0 && !build.wrote) {
    const reason = 'rpmbuild made no package: the spec has no %files for any';
    return { verdict: 'package', phase: 'results', reason, rule: 'no-results', quotes, retryable: false };
  }
  const reason = 'mock ended with exit code 0, but there are no packages';
  return { verdict: 'infrastructure', phase: 'results', reason, rule: 'no-packages', quotes, retryable: false };
}

/** The package manager failed: in root.log, or in what mock repeats of it on stderr. */
function fromManager(reading: Reading): Outcome | undefined {
  const { run, state, end } = reading;
  const inRoot = newManagerScans(reading);
  const root = walkRoot(reading.texts['root.log'], state, inRoot.visit);
  const { manager, lastLine } = root;
  const named = end.command && kindOfCommand(end.command).kind === 'manager' ? end.command : undefined;
  const failed = manager !== undefined && manager.code !== 0;
  const phase = (named && phaseOfManager(named, state.initialized)) ?? manager?.phase ?? phaseReached(reading);

  const onStderr = newManagerScans(reading);
  const from = end.line?.number ?? end.from;
  const where = { file: 'mock-stderr.log', from, phase, segment: 1 } as const;
  walkManagerOutput(reading.texts['mock-stderr.log'], where, onStderr.visit);

  // root.log has it whole, but what it ends with is the cause only where a package manager was what failed.
  const rootCounts = failed || named !== undefined || run.exitCode === 30 || run.exitCode === 10;
  const options = { phases: PHASES, scope: 'segment', lastLine } as const;
  const decide = (kind: 'rules' | 'other') =>
    (rootCounts ? inRoot[kind].decide({ ...options, segment: manager?.segment ?? -1 }) : undefined) ??
    (end.line ? onStderr[kind].decide({ ...options, segment: 1 }) : undefined);
  const decision = decide('rules') ?? (failed ? aroundManager(reading, manager.lines) : undefined) ?? decide('other');
  if (decision) return outcomeOf(decision, decision.rule.phase ?? phase);
  return failed || named !== undefined ? untoldManager(reading, manager, phase) : undefined;
}

/** The tables of package managers, and what shows them a line. */
function newManagerScans({ context }: Reading) {
  const rules = new RuleScan(DNF_RULES, context);
  const other = new RuleScan(DNF_OTHER_RULES, context);
  const visit = (line: WalkedLine) => {
    rules.visit(line);
    other.visit(line);
  };
  return { rules, other, visit };
}

/** The package manager may run in a container that does not start. */
function aroundManager({ context }: Reading, lines: readonly WalkedLine[]): Decision | undefined {
  const around = new RuleScan(MOCK_RULES, context);
  for (const line of lines) around.visit(line);
  return around.decide({ phases: PHASES, scope: 'whole', segment: 0, lastLine: 0 });
}

/** The package manager failed without a word that is known. */
function untoldManager({ end }: Reading, manager: RootStructure['manager'], phase: Phase): Outcome {
  const code = manager?.code ?? 0;
  const said = (manager?.lines ?? []).slice(-3).map((line) => quoteOf(line, 'root.log'));
  const quotes = [...said, ...(end.line ? [quoteOf(end.line, 'mock-stderr.log')] : [])];
  const killed = code === -9 || code === 137;
  const reason = killed
    ? `the kernel ended the package manager while ${PHASE_ACTIVITIES[phase]}, most likely for want of memory`
    : `the package manager failed while ${PHASE_ACTIVITIES[phase]}, for a reason that the logs do not tell`;
  const rule = killed ? 'dnf-killed' : 'dnf-unknown';
  return { verdict: 'infrastructure', phase, reason, rule, quotes, retryable: killed };
}

/** mock itself failed, or a command of its own. */
function fromMock(reading: Reading): Outcome | undefined {
  const { run, texts, state, build, end, context } = reading;
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
    const reason = `mock's command ${program} failed while ${PHASE_ACTIVITIES[phase]}`;
    // Without build.log there is only mock's word that it was rpmbuild, which fails of the package.
    const ofPackage = program === 'rpmbuild' && build.mode === undefined && (run.exitCode ?? 0) < 126;
    const verdict = ofPackage ? 'package' : 'infrastructure';
    return { verdict, phase, reason, rule: 'mock-command', quotes, retryable: false };
  }
  const rest = other.decide({ ...where, segment: 1 });
  return rest && outcomeOf(rest, phase);
}

/** Phases whose lines mock's rules look at. */
function aroundPhase(phase: Phase): Phase {
  return MOCK_RULES.some(({ phases }) => phases.includes(phase)) ? phase : 'build';
}
