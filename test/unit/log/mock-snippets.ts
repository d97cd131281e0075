/**
 * What tools print when a build of mock fails, by the rule that has to recognise it. From recorded runs where these could
 * be had; else from the sources of the tools: mock (mockbuild/*.py), rpm (build/*.c, scripts/), dnf 4 (dnf/cli, libdnf),
 * dnf 5 (libdnf5, dnf5/main.cpp), librepo (result strings of lr_handle and lr_yum), libsolv (problems.c), yum 3.4.
 */
import type { Verdict } from '../../../src/manifest.ts';

export interface Snippet {
  readonly rule: string;
  readonly lines: string;
  readonly verdict: Verdict;
  readonly phase: string;
  /** Text of the line that is quoted first; the first line when absent. */
  readonly quote?: string;
  readonly reason?: string;
}

export interface ManagerSnippet extends Snippet {
  readonly reached: 'setup' | 'dependencies';
  readonly program?: string;
}

export interface StderrSnippet extends Snippet {
  readonly exitCode: number;
}

export interface SectionSnippet extends Omit<Snippet, 'verdict' | 'phase'> {
  readonly section: string;
  readonly verdict?: Verdict;
}

export interface FilesSnippet extends Omit<Snippet, 'verdict'> {
  readonly verdict?: Verdict;
  /** Printed by `rpmbuild -bs`. */
  readonly source?: true;
}
