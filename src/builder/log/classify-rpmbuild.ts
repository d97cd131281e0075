/** What rpmbuild's part of a run of mock came to: a section's script, the spec, what was installed, or the machine. */
import { type BuildStructure, linesOfSection, phaseOfSection, walkBuild } from './mock-build.ts';
import { type Judged, lastWords, OF_RPM, outcomeOf, phaseReached, quoteOf, type Reading } from './mock-reading.ts';
import { MAX_QUOTES, type Outcome } from './outcome.ts';
import { PACKAGE_PHASES, PHASE_ACTIVITIES, PHASES, type Phase } from './phase.ts';
import { type Decision, listOf, RuleScan } from './rule.ts';
import { MACHINE_RULES } from './rules-buildroot.ts';
import { GENERIC_RULES } from './rules-generic.ts';
import { MOCK_RULES } from './rules-mock.ts';
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
import { printable } from './text.ts';

/** Lets the collector see the last run of rpmbuild. */
export function collect({ texts, build, collector }: Reading, visit: ((line: WalkedLine) => void) | undefined): void {
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
export function fromBuild(reading: Reading): Judged | undefined {
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
  if (ofRpm) return { outcome: ofRpmbuild(ofRpm, phase, build), segment: OF_RPM };
  if (build.code !== undefined && (build.code < 0 || build.code > 128)) {
    const signal = build.code < 0 ? -build.code : build.code - 128;
    const reason = `a signal (${signal}) ended rpmbuild while ${PHASE_ACTIVITIES[phase]}${signal === 9 ? ', most likely for want of memory' : ''}`;
    const quotes = lastWords(reading);
    return { outcome: { verdict: 'infrastructure', phase, reason, rule: 'rpmbuild-killed', quotes, retryable: true } };
  }
  const ofMock = build.reached ? undefined : around.decide(whole);
  if (ofMock) return { outcome: outcomeOf(ofMock, ofMock.rule.phase ?? phase) };
  if (build.code === undefined) return undefined;
  const rest = other.decide(whole);
  return rest && { outcome: outcomeOf(rest, phase), segment: OF_RPM };
}

/** mock says that rpmbuild failed, and its log does not tell why. */
export function unexplained(reading: Reading): Judged | undefined {
  const { run, build } = reading;
  const { exitCode } = run;
  if (build.mode === undefined || exitCode === undefined || exitCode < 1 || exitCode > 127) return undefined;
  if (build.code === undefined && reading.end.command === undefined) return undefined;
  const phase = phaseReached(reading);
  const reason = `rpmbuild ended with exit code ${build.code ?? exitCode} while ${PHASE_ACTIVITIES[phase]}, for a reason that the log does not tell`;
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

/**
 * What rpmbuild itself complained of. A spec that cannot be read fails where the source package is made, or where the
 * packages are before any section; behind the sections it is what rpm's helpers found in the files.
 */
function ofRpmbuild(decision: Decision, phase: Phase, build: BuildStructure): Outcome {
  const { rule, found } = decision;
  if (rule.name === 'spec-syntax' && build.mode !== 'source' && build.phase === 'package') {
    return { ...outcomeOf(decision, 'package'), reason: `rpmbuild: "${found.match.groups[1] ?? ''}"` };
  }
  return withFiles(outcomeOf(decision, rule.phase ?? phase), build);
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
  // stdout may come after rpm's last words, which are on stderr.
  walkBuild(texts['build.log'], build, lines, {
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
    return { outcome: sectionFailed(build, badExit, phase), segment };
  }
  const outcome = outcomeOf(decision, phase, [plain.generic.firstOf('make-error', segment), own]);
  const named =
    decision.rule.name === 'spec-patch-does-not-apply' && build.patch !== undefined
      ? { ...outcome, reason: `the patch ${printable(build.patch, 100)} does not apply` }
      : outcome;
  return { outcome: { ...named, reason: withScript(named.reason, badExit.section) }, segment };
}

/** The script that rpm makes of a section has a name that tells nothing. */
function withScript(reason: string, section: string): string {
  return reason.replace(
    /(?:\/\S*\/)?rpm-tmp\.\w+(?:: ?(?:line )?(\d+))?/g,
    (_script, line?: string) => `the script of ${section}${line === undefined ? '' : `, line ${line}`}`,
  );
}

/** No rule knows what ended a section: its last command, and what that said. */
function sectionFailed(
  build: BuildStructure,
  { section, segment, said }: NonNullable<BuildStructure['badExit']>,
  phase: Phase,
): Outcome {
  const within = (line: WalkedLine | undefined) => line !== undefined && line.number > segment;
  const output = within(build.output) ? build.output : undefined;
  const lines = [output, build.command, build.before].filter(within);
  const numbers = new Set<number>();
  const told = lines.flatMap((line) => {
    if (!line || numbers.has(line.number)) return [];
    numbers.add(line.number);
    return [quoteOf(line, 'build.log')];
  });
  const command = build.command && printable(build.command.text.replace(/^\++ /, ''), 200);
  const ofScript = output && /^\S*rpm-tmp\.\w+: /.test(output.text);
  const words = output && printable(output.text.trim(), 200);
  const reason = ofScript
    ? withScript(words ?? '', section)
    : command
      ? `${section} ${build.exit ? `ended with ${build.exit} after` : 'failed in its last command:'} ${command}${words ? `: "${words}"` : ''}`
      : `${section} failed ${words ? `with "${words}"` : 'without a word'}`;
  return {
    verdict: 'package',
    phase,
    reason,
    rule: 'section-failed',
    quotes: [...told, quoteOf(said, 'build.log')],
    retryable: false,
  };
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
