/** Writes what `test-totals.ts` prints: per project the counts, and the skipped tests with their reasons. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

export interface TestReport {
  readonly projects: Readonly<Record<string, Readonly<Record<'passed' | 'failed' | 'skipped', number>>>>;
  readonly skipped: readonly { readonly test: string; readonly reason: string }[];
  /** Tests that passed at a later go: they are not to be trusted, and neither is what they test. */
  readonly unsteady: readonly { readonly test: string; readonly goes: number; readonly error: string }[];
  /** Errors outside of tests: a file that could not be loaded, a promise that nobody awaited. */
  readonly errors: readonly string[];
}

export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { readonly message: string }[]): void {
    const projects: Record<string, Record<'passed' | 'failed' | 'skipped', number>> = {};
    const skipped: { test: string; reason: string }[] = [];
    const unsteady: { test: string; goes: number; error: string }[] = [];
    const errors = unhandled.map((error) => error.message);
    for (const module of modules) {
      const counts = projects[module.project.name] ?? { passed: 0, failed: 0, skipped: 0 };
      projects[module.project.name] = counts;
      const file = path.relative(process.cwd(), module.moduleId);
      errors.push(...module.errors().map((error) => `${file}: ${error.message}`));
      for (const test of module.children.allTests()) {
        const result = test.result();
        // Pending: its file or its hook failed before it ran.
        const state = result.state === 'pending' ? 'failed' : result.state;
        counts[state] += 1;
        const goes = (test.diagnostic()?.retryCount ?? 0) + 1;
        if (result.state === 'passed' && goes > 1) {
          const [error] = result.errors ?? [];
          unsteady.push({ test: `${file} > ${test.fullName}`, goes, error: error?.message ?? 'no error kept' });
        }
        if (result.state === 'skipped') {
          skipped.push({ test: `${file} > ${test.fullName}`, reason: result.note ?? 'no reason given' });
        }
      }
      for (const suite of module.children.allSuites()) {
        errors.push(...suite.errors().map((error) => `${file} > ${suite.fullName}: ${error.message}`));
      }
    }
    const report: TestReport = { projects, skipped, unsteady, errors };
    const file = process.env['PKG_ACTIONS_TEST_REPORT'];
    if (file) writeFileSync(file, JSON.stringify(report));
  }
}
