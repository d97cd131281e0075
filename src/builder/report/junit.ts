/**
 * JUnit XML (the form that GitLab and the runners' plugins read): one suite per build, one case per phase. A failure of
 * the package is a `<failure>`; one of the infrastructure or the configuration is an `<error>`, as with a test that
 * could not be run.
 */
import { ARCHIVE_PHASES } from '../log/phase.ts';
import {
  attemptsText,
  type BuildReport,
  numbered,
  phaseTitle,
  sentence,
  titleOf,
  totalSeconds,
} from './build-report.ts';

/** The report of `builds` as an XML document, UTF-8. */
export function junit(builds: readonly BuildReport[]): string {
  const suites = builds.map(suite);
  const sum = (key: 'tests' | 'failures' | 'errors') => suites.reduce((total, counts) => total + counts[key], 0);
  const seconds = builds.reduce((total, build) => total + totalSeconds(build), 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    element('testsuites', {
      tests: sum('tests'),
      failures: sum('failures'),
      errors: sum('errors'),
      time: time(seconds),
    }),
    ...suites.map(({ xml }) => xml),
    '</testsuites>\n',
  ].join('\n');
}

interface Suite {
  readonly xml: string;
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
}

function suite(build: BuildReport): Suite {
  const { diagnosis } = build;
  const classname = `${build.package}.${build.target}.${build.architecture}`;
  const failed = diagnosis.verdict === 'success' ? undefined : failedCase(build);
  const names = [...new Set([...build.seconds.keys(), failed ?? build.seconds.keys().next().value ?? 'build'])];
  const cases = names.map((name) => {
    const attributes = { classname, name, time: time(build.seconds.get(name) ?? 0) };
    return name === failed ? failure(build, attributes) : `  ${element('testcase', attributes, true)}`;
  });
  const failures = diagnosis.verdict === 'package' ? 1 : 0;
  const errors = failed !== undefined && failures === 0 ? 1 : 0;
  const attributes = {
    name: titleOf(build),
    tests: cases.length,
    failures,
    errors,
    skipped: 0,
    time: time(totalSeconds(build)),
  };
  const xml = [element('testsuite', attributes), ...cases, '</testsuite>'].join('\n');
  return { xml, tests: cases.length, failures, errors };
}

/**
 * The case that failed: the phase of the session that holds the phase of the build. So a case keeps its name whether it
 * passes or fails, and platforms can compare.
 */
function failedCase({ diagnosis, seconds }: BuildReport): string {
  const { phase } = diagnosis;
  // Of a session that makes the source package first.
  if (phase === 'source' && seconds.has(phase)) return phase;
  const name = phase !== undefined && ARCHIVE_PHASES.includes(phase) ? 'dependencies' : 'build';
  return seconds.has(name) ? name : ([...seconds.keys()].at(-1) ?? name);
}

/** What is to be read about a failure. */
function failure(build: BuildReport, attributes: Readonly<Record<string, string>>): string {
  const { diagnosis } = build;
  const tag = diagnosis.verdict === 'package' ? 'failure' : 'error';
  const body = [
    `${sentence(diagnosis.reason)}.`,
    `Phase: ${phaseTitle(diagnosis)}`,
    ...(build.attempts === undefined ? [] : [`${sentence(attemptsText(build))}.`]),
    '',
    ...numbered(diagnosis.quotes),
    ...(diagnosis.excerpt.length > diagnosis.quotes.length ? ['', 'Around it:', ...numbered(diagnosis.excerpt)] : []),
    '',
    `Whole log: ${build.logFile}`,
    ...(build.wholeLogFile === undefined ? [] : [`Everything in order: ${build.wholeLogFile}`]),
  ].join('\n');
  return [
    `  ${element('testcase', attributes)}`,
    `    ${element(tag, { message: diagnosis.reason, type: diagnosis.rule })}${escapeXml(body)}</${tag}>`,
    '  </testcase>',
  ].join('\n');
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, empty = false): string {
  const text = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeXml(String(value)).replace(/\n/g, '&#10;')}"`,
  );
  return `<${name}${text.join('')}${empty ? '/' : ''}>`;
}

function time(seconds: number): string {
  return seconds.toFixed(3);
}

/** Characters that XML 1.0 does not have at all (section 2.2), not even as references. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A parser would make a line feed of it.
  '\r': '&#13;',
};

/** `text` for an XML 1.0 document: as text or as the value of an attribute. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(ILLEGAL, '')
    .replace(/[&<>"'\r]/g, (character) => REFERENCES[character] ?? character);
}
