/**
 * The verdict on a build of sbuild: deterministic, from tables of rules (rules-*.ts), every failure with the lines that
 * say so. docs/verdicts.md tells users what is decided how.
 *
 * Success is `Status: successful` and a .changes and exit code 0, never one of them alone: sbuild exits 0 when it skips
 * a package for its architecture.
 */
import { formatDuration } from '../../format.ts';
import type { Verdict } from '../../manifest.ts';
import type { Diagnosis, Diagnostic, LogLine, SbuildRun } from './diagnosis.ts';
import { DiagnosticCollector } from './diagnostics/collector.ts';
import {
  decide,
  EXCERPT_AFTER,
  EXCERPT_BEFORE,
  lastLines,
  MAX_QUOTES,
  mayPass,
  type Outcome,
  printableFields,
  withPlace,
} from './outcome.ts';
import { ARCHIVE_PHASES, PACKAGE_PHASES, PHASE_ACTIVITIES, PHASES, type Phase } from './phase.ts';
import { type Decision, type RuleContext, RuleScan } from './rule.ts';
import { ARCHIVE_RULES } from './rules-archive.ts';
import { BUILDROOT_RULES, MACHINE_RULES, OTHER_RULES } from './rules-buildroot.ts';
import { GENERIC_RULES } from './rules-generic.ts';
import { PACKAGE_RULES } from './rules-package.ts';
import { TEST_RULES } from './rules-test.ts';
import { type Structure, walk } from './structure.ts';
import { linesBetween, printable } from './text.ts';

export type { Diagnosis, Diagnostic, LogLine, SbuildRun } from './diagnosis.ts';

/** sbuild's `Fail-Stage`: the phase, and whose fault it is when no rule says more (Sbuild/Build.pm, `failstage`). */
const STAGES = new Map<string, readonly [Phase, Exclude<Verdict, 'success'>]>([
  ['init', ['setup', 'configuration']],
  ['create-session', ['setup', 'infrastructure']],
  ['create-build-dir', ['setup', 'infrastructure']],
  ['lock-session', ['setup', 'infrastructure']],
  ['chroot-arch', ['setup', 'infrastructure']],
  ['resolver setup', ['setup', 'infrastructure']],
  ['run-pre-build-commands', ['setup', 'configuration']],
  ['run-chroot-setup-commands', ['setup', 'configuration']],
  ['apt-get-clean', ['update', 'infrastructure']],
  ['apt-get-update', ['update', 'infrastructure']],
  ['apt-get-upgrade', ['update', 'infrastructure']],
  ['apt-get-dist-upgrade', ['update', 'infrastructure']],
  ['fetch-src', ['fetch', 'configuration']],
  ['install-deps', ['dependencies', 'package']],
  ['explain-bd-uninstallable', ['dependencies', 'package']],
  ['run-build-deps-failed-commands', ['dependencies', 'package']],
  ['arch-check', ['arch-check', 'configuration']],
  ['check-architecture', ['arch-check', 'configuration']],
  ['unpack', ['unpack', 'package']],
  ['check-unpacked-version', ['unpack', 'package']],
  ['hack-binNMU', ['unpack', 'configuration']],
  ['check-space', ['unpack', 'infrastructure']],
  ['dump-build-env', ['unpack', 'infrastructure']],
  ['run-starting-build-commands', ['unpack', 'configuration']],
  ['dpkg-buildpackage', ['build', 'infrastructure']],
  ['build', ['build', 'package']],
  ['run-build-failed-commands', ['build', 'package']],
  ['run-finished-build-commands', ['post-build', 'configuration']],
  ['run-post-build-commands', ['post-build', 'configuration']],
  ['run-chroot-cleanup-commands', ['cleanup', 'configuration']],
  ['post-build', ['post-build', 'package']],
  ['parse-changes', ['results', 'package']],
  ['source-only-changes', ['results', 'package']],
  ['abort', ['build', 'infrastructure']],
]);

/** Says what a run of sbuild came to. Never throws, whatever the log holds; time is linear in its length. */
export function diagnoseSbuild(run: SbuildRun): Diagnosis {
  const context: RuleContext = { network: run.network ?? false, scratch: run.scratch };
  const scans = {
    archive: new RuleScan(ARCHIVE_RULES, context),
    buildroot: new RuleScan(BUILDROOT_RULES, context),
    machine: new RuleScan(MACHINE_RULES, context),
    package: new RuleScan(PACKAGE_RULES, context),
    tests: new RuleScan(TEST_RULES, context),
    generic: new RuleScan(GENERIC_RULES, context),
    other: new RuleScan(OTHER_RULES, context),
  };
  const collector = new DiagnosticCollector();
  const structure = walk(run.log, (line) => {
    if (line.origin === 'ignored') return;
    const { archive, buildroot, machine, tests, generic, other } = scans;
    if (line.origin === 'package') {
      for (const scan of [machine, scans.package, tests, generic]) scan.visit(line);
    } else {
      for (const scan of [archive, buildroot, other]) scan.visit(line);
      // dpkg-source -x runs before dpkg-buildpackage, by sbuild's hand.
      if (line.phase === 'unpack') scans.package.visit(line);
    }
    collector.visit(line);
  });
  const { fields, statusLine } = structure;
  if (isSuccess(run, fields)) return success(fields, collector.result(undefined), statusLine);

  const outcome = outsideOf(run, structure) ?? fromLog(run, structure, scans);
  // Errors of the package's tools tell nothing where it was not they that failed.
  const diagnostics = collector.result(outcome.verdict === 'package' ? structure.segment : undefined);
  const cause = outcome.quotes[0];
  return {
    verdict: outcome.verdict,
    phase: outcome.phase,
    reason: printable(withPlace(outcome, diagnostics), 500),
    rule: outcome.rule,
    quotes: outcome.quotes.slice(0, MAX_QUOTES),
    excerpt: cause
      ? linesBetween(run.log, Math.max(1, cause.number - EXCERPT_BEFORE), cause.number + EXCERPT_AFTER)
      : [],
    diagnostics,
    fields: printableFields(fields),
    retryable: outcome.retryable,
  };
}

function isSuccess(run: SbuildRun, fields: Structure['fields']): boolean {
  return run.end === 'exit' && run.exitCode === 0 && run.hasChanges && fields['Status'] === 'successful';
}

function success(
  fields: Structure['fields'],
  diagnostics: readonly Diagnostic[],
  status: LogLine | undefined,
): Diagnosis {
  return {
    verdict: 'success',
    phase: undefined,
    reason: 'the package was built',
    rule: 'success',
    quotes: status ? [status] : [],
    excerpt: [],
    diagnostics,
    fields: printableFields(fields),
    retryable: false,
  };
}

/** What is known without the log: who ended the build when it did not end by itself. */
function outsideOf(run: SbuildRun, structure: Structure): Outcome | undefined {
  const { phase, started } = structure;
  const quotes = lastLines(run.log);
  const during = `while ${PHASE_ACTIVITIES[phase]}`;
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
  if (run.end === 'timeout') {
    const limit = run.timeoutSeconds === undefined ? '' : ` of ${formatDuration(run.timeoutSeconds)}`;
    return {
      verdict: started ? 'package' : 'infrastructure',
      phase,
      reason: `the build was ended after its limit${limit} ${during}`,
      rule: 'timeout',
      quotes,
      retryable: !started,
    };
  }
  // sbuild's own codes are below 4, apt's is 100: what a command that was killed is told by is 128 and the signal.
  const isKilled = (run.exitCode ?? 0) > 128 && structure.fields['Status'] === undefined;
  if (run.end === 'signal' || isKilled) {
    const reason = `a signal from outside ended the build ${during}, perhaps for want of memory`;
    return { verdict: 'infrastructure', phase, reason, rule: 'signal', quotes, retryable: true };
  }
  return undefined;
}

type Scans = Readonly<
  Record<'archive' | 'buildroot' | 'machine' | 'package' | 'tests' | 'generic' | 'other', RuleScan>
>;

/** What the log says of a build that ended by itself. */
function fromLog(run: SbuildRun, structure: Structure, scans: Scans): Outcome {
  const { fields, started } = structure;
  const stageName = fields['Fail-Stage'];
  const stage = stageName === undefined ? undefined : STAGES.get(stageName);
  const built = fields['Status'] === 'successful';
  const inPackage = !built && (stage ? stage[0] === 'build' && stage[1] === 'package' : started);
  const phase = built ? 'results' : stage && !inPackage ? stage[0] : structure.phase;

  let tables: readonly RuleScan[];
  let phases: readonly Phase[];
  if (built) {
    tables = [scans.buildroot];
    phases = ['results', 'post-build', 'cleanup'];
  } else if (inPackage) {
    const { machine, tests, generic } = scans;
    // Where tests failed, what else they print is about them.
    tables = phase === 'test' ? [machine, tests, scans.package, generic] : [machine, scans.package, tests, generic];
    phases = PACKAGE_PHASES;
  } else {
    tables = ARCHIVE_PHASES.includes(phase) ? [scans.archive, scans.buildroot] : [scans.buildroot, scans.package];
    phases = ARCHIVE_PHASES.includes(phase) ? ARCHIVE_PHASES : PHASES;
  }
  const decision = decide(tables, structure, phases);
  if (decision) return outcomeOf(decision, { phase, structure, generic: inPackage ? scans.generic : undefined });
  const other = built || inPackage ? undefined : decide([scans.other], structure, phases);
  if (other) {
    const outcome = outcomeOf(other, { phase, structure, generic: undefined });
    return stage ? { ...outcome, verdict: stage[1] } : outcome;
  }

  const quotes = [structure.statusLine, ...lastLines(run.log)].filter((line) => line !== undefined);
  const ended = `sbuild ended with exit code ${run.exitCode ?? '?'}`;
  if (built) {
    const reason = run.hasChanges
      ? `${ended} after a build that it calls successful`
      : `${ended} and calls the build successful, but there is no .changes file`;
    return { verdict: 'infrastructure', phase: 'results', reason, rule: 'no-changes', quotes, retryable: false };
  }
  if (fields['Status'] === undefined && started) {
    return {
      verdict: 'infrastructure',
      phase,
      reason: `${ended} and without a summary`,
      rule: 'no-summary',
      quotes,
      retryable: true,
    };
  }
  const verdict = stage?.[1] ?? (inPackage ? 'package' : 'infrastructure');
  const reason = `${started || stage ? ended : 'the build ended'} while ${PHASE_ACTIVITIES[phase]}, for a reason that the log does not tell`;
  return { verdict, phase, reason, rule: 'unknown', quotes, retryable: false };
}

function outcomeOf(
  { rule, found }: Decision,
  where: { readonly phase: Phase; readonly structure: Structure; readonly generic: RuleScan | undefined },
): Outcome {
  const { phase, structure, generic } = where;
  const matches = found.match === found.matches[0] ? found.matches : [found.match];
  const quotes = new Map(matches.map(({ line }) => [line.number, line]));
  // The chain that a failure runs up: the recipe that failed, and the command of debhelper it belongs to.
  for (const name of ['make-error', 'dh-command']) {
    const line = generic?.firstOf(name, structure.segment);
    if (line && quotes.size < MAX_QUOTES) quotes.set(line.number, line);
  }
  const rest = [...quotes.values()].filter(({ number }) => number !== found.match.line.number);
  return {
    verdict: rule.verdict,
    phase: rule.phase ?? phase,
    reason: rule.reason(found),
    rule: rule.name,
    quotes: [found.match.line, ...rest.sort((a, b) => a.number - b.number)],
    retryable: mayPass(rule, found.context),
  };
}
