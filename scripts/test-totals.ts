/** Prints the totals of a test run; the last line is `N passed, N failed[, N skipped]`. */
import { readFileSync } from 'node:fs';
import type { TestReport } from './test-reporter.ts';

const [file = '', vitestCode = '1'] = process.argv.slice(2);
const report = read(file);
const lines: string[] = [''];
let [passed, failed, skipped] = [0, 0, 0];
for (const [project, counts] of Object.entries(report.projects)) {
  lines.push(`${project.padEnd(8)} ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  passed += counts.passed;
  failed += counts.failed;
  skipped += counts.skipped;
}
if (report.skipped.length > 0) {
  lines.push('', `SKIPPED, ${report.skipped.length} of them:`);
  for (const { test, reason } of report.skipped) lines.push(`  ${test}: ${reason}`);
}
if (report.unsteady.length > 0) {
  lines.push('', `UNSTEADY, ${report.unsteady.length} of them, passed only when tried again:`);
  for (const { test, goes, error } of report.unsteady) {
    lines.push(`  ${test}: at go ${goes}; the failure before: ${error.split('\n')[0]}`);
  }
}
if (report.errors.length > 0) {
  lines.push('', 'ERRORS outside of tests:');
  for (const error of report.errors) lines.push(`  ${error.split('\n')[0]}`);
  failed += report.errors.length;
}
// Whatever vitest holds against the run without a failed test of its own (a hook, a typo in the arguments).
if (failed === 0 && vitestCode !== '0') failed = 1;
lines.push('', `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = failed > 0 ? 1 : 0;

function read(from: string): TestReport {
  try {
    return JSON.parse(readFileSync(from, 'utf8')) as TestReport;
  } catch {
    return { projects: {}, skipped: [], unsteady: [], errors: ['the test run ended without a report'] };
  }
}
