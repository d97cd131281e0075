/** What the readers of both formats give. */
import { UserError } from '../../errors.ts';
import type { BuiltRpm } from '../../rpm/version-check.ts';
import type { Candidate } from '../../version-check.ts';

export type Format = 'deb' | 'rpm';

/** A candidate, and the file that it was read from. */
export interface FoundCandidate extends Candidate {
  readonly format: Format;
  readonly file: string;
  /** Only of an rpm. */
  readonly built?: BuiltRpm;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
}

/** Packages that are read at once: each may take a process. */
export const PARALLEL = 4;

export function noPackage(where: string, expected: string): UserError {
  return new UserError({ what: 'no package is listed', where, expected });
}
