/** A check of this host: what it looks at, what it may find, and how many of them are made, at once and in time. */
import { CancelledError, CommandError, messageOf, oneLine, UserError } from '../errors.ts';
import { inParallel } from '../parallel.ts';
import type { Family } from '../tool-packages.ts';

/**
 * What a host is for. `deb` and `rpm`: builds in namespaces of the host itself. `containers`: builds of either in docker
 * or podman. `publish-deb` and `publish-rpm`: signing and publishing.
 */
export const USES = ['deb', 'rpm', 'publish-deb', 'publish-rpm', 'containers'] as const;
export type Use = (typeof USES)[number];

/** Both ways to build on the host itself. */
export const HOST_BUILDS: readonly Use[] = ['deb', 'rpm'];
export const BUILDS: readonly Use[] = ['deb', 'rpm', 'containers'];

export const STATUSES = ['ok', 'warning', 'missing', 'failed', 'skipped'] as const;
/** `missing`: a tool or a file that is not there. `skipped`: not looked at; `found` says why. */
export type Status = (typeof STATUSES)[number];

export interface Finding {
  readonly status: Status;
  /** What is there, on one line. */
  readonly found: string;
  /** What is needed; always there where the status is no `ok`, but of `skipped`. */
  readonly expected?: string;
  /** The command or the change that mends it. */
  readonly remedy?: string;
}

/** A finding of a check that looks at several things alike. */
export interface PartFinding extends Finding {
  /** Told apart from its like in the id: `sbuild` of `tools/sbuild`. */
  readonly part: string;
  readonly title: string;
  /** Where they are not those of the check. */
  readonly uses?: readonly Use[];
}

export interface DoctorContext {
  /** State folder, absolute; it need not be there. */
  readonly state: string;
  /** Folder that jobs work in. */
  readonly work: string;
  /** Folder for temporary files. */
  readonly temporary: string;
  readonly wanted: ReadonlySet<Use>;
  readonly isRoot: boolean;
  /** Names of packages and commands; `undefined` for a distribution of neither family. */
  readonly family: Family | undefined;
  readonly now: Date;
  /** Aborted when the check's time is over. */
  readonly signal: AbortSignal;
}

export interface Check {
  /** Words with dashes. */
  readonly id: string;
  readonly title: string;
  /** Heading that it stands under. */
  readonly group: string;
  /** Uses of a host that cannot be without it; none for what is only told. */
  readonly uses: readonly Use[];
  /** Cannot be looked at by anybody but root. */
  readonly root?: true;
  /** Seconds it may take; 30 when absent. */
  readonly seconds?: number;
  look(context: DoctorContext): Promise<Finding | readonly PartFinding[]>;
}

export interface CheckResult extends Finding {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  /** Whether one of the wanted uses needs it. */
  readonly needed: boolean;
}

/** Of a try that takes milliseconds: so long only where something hangs, or on a machine that is starved. */
const SECONDS = 30;

/**
 * Makes the checks, at most `parallel` at a time. One that fails in a way of its own, or gives no answer in time, is a
 * result like any other.
 *
 * @throws CancelledError when `context.signal` is aborted; what is a bug.
 */
export async function makeChecks(
  checks: readonly Check[],
  context: DoctorContext,
  parallel = 4,
  onEnd: (check: Check) => void = () => {},
): Promise<CheckResult[]> {
  const results = await inParallel(checks, parallel, async (check) => {
    const found = await makeCheck(check, context);
    onEnd(check);
    return found;
  });
  return results.flat();
}

async function makeCheck(check: Check, context: DoctorContext): Promise<CheckResult[]> {
  const { id, title, group } = check;
  const isNeeded = (uses: readonly Use[]) => uses.some((use) => context.wanted.has(use));
  const found = await look(check, context);
  if (!Array.isArray(found)) {
    return [{ id, title, group, needed: isNeeded(check.uses), ...tidy(found as Finding) }];
  }
  return (found as readonly PartFinding[]).map(({ part, title: partTitle, uses = check.uses, ...finding }) => ({
    id: `${id}/${part}`,
    title: partTitle,
    group,
    needed: isNeeded(uses),
    ...tidy(finding),
  }));
}

/** On one line: what is found comes from outside. */
function tidy(finding: Finding): Finding {
  return { ...finding, found: oneLine(finding.found) };
}

async function look(check: Check, context: DoctorContext): Promise<Finding | readonly PartFinding[]> {
  if (context.signal.aborted) throw new CancelledError();
  if (check.root && !context.isRoot) {
    return { status: 'skipped', found: 'only root can look', remedy: 'sudo pkg-actions doctor' };
  }
  const seconds = check.seconds ?? SECONDS;
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      resolve({ status: 'failed', found: `no answer within ${seconds} s`, expected: 'an answer' });
      limit.abort();
    }, seconds * 1000);
  });
  const answer = check
    .look({ ...context, signal: AbortSignal.any([context.signal, limit.signal]) })
    .catch((error: unknown): Finding => {
      if (context.signal.aborted) throw new CancelledError();
      if (isExpected(error)) return { status: 'failed', found: messageOf(error), expected: 'to be looked at' };
      // Too late to matter: the limit has been told.
      if (limit.signal.aborted) return { status: 'failed', found: messageOf(error) };
      throw error;
    });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Of the tools or the system: no bug. */
function isExpected(error: unknown): boolean {
  if (error instanceof UserError || error instanceof CommandError) return true;
  return typeof (error as NodeJS.ErrnoException | undefined)?.code === 'string' && 'syscall' in (error as object);
}
