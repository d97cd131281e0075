/** Looks at this host: all checks, for what the host is wanted for. Changes nothing. */
import os from 'node:os';
import { familyOf, osRelease } from '../tool-packages.ts';
import { VERSION } from '../version.ts';
import { type Check, type DoctorContext, makeChecks } from './check.ts';
import { BUILDROOT_CHECKS } from './checks/buildroots.ts';
import { CLOCK_CHECKS } from './checks/clock.ts';
import { DISK_CHECKS } from './checks/disk.ts';
import { type ContainerEngine, engineCheck, engineSessionCheck } from './checks/engines.ts';
import { KERNEL_FEATURE_CHECKS } from './checks/kernel-features.ts';
import { keyChecks, type WatchedKeys } from './checks/keys.ts';
import { LEFTOVER_CHECKS } from './checks/leftovers.ts';
import { MACHINE_CHECKS } from './checks/machine.ts';
import { networkChecks } from './checks/network.ts';
import { TOOL_CHECKS } from './checks/tools.ts';
import { type DoctorReport, resultOf } from './report.ts';
import type { WantedUses } from './uses.ts';

export interface ExamineOptions {
  /** State folder, absolute. */
  readonly state: string;
  /** Folder that jobs work in. */
  readonly work: string;
  readonly wanted: WantedUses;
  readonly keys?: WatchedKeys;
  /** The container engine that is meant; either will do when absent. */
  readonly engine?: ContainerEngine | undefined;
  /** The image that builds in containers are given; one of ours when absent. */
  readonly toolImage?: string | undefined;
  /** Proxy that packages are downloaded through. */
  readonly proxy?: string | undefined;
  readonly signal: AbortSignal;
  /** Called with the title of each check as it ends. */
  readonly progress?: (title: string) => void;
}

/** Every check, in the order of the report. */
export function checksOf({
  keys,
  proxy,
  engine,
  toolImage,
}: Pick<ExamineOptions, 'keys' | 'proxy' | 'engine' | 'toolImage'>): Check[] {
  return [
    ...MACHINE_CHECKS,
    ...KERNEL_FEATURE_CHECKS,
    engineCheck(engine),
    engineSessionCheck(engine, toolImage),
    ...TOOL_CHECKS,
    ...DISK_CHECKS,
    ...BUILDROOT_CHECKS,
    ...LEFTOVER_CHECKS,
    ...CLOCK_CHECKS,
    ...(keys === undefined ? [] : keyChecks(keys)),
    ...networkChecks(proxy),
  ];
}

/**
 * Makes all checks.
 *
 * @throws CancelledError when the signal is aborted.
 */
export async function examineHost(options: ExamineOptions): Promise<DoctorReport> {
  const { state, work, wanted, signal, progress } = options;
  const context: DoctorContext = {
    state,
    work,
    temporary: os.tmpdir(),
    wanted: wanted.uses,
    isRoot: process.getuid?.() === 0,
    family: familyOf(osRelease()),
    now: new Date(),
    signal,
  };
  const checks = await makeChecks(checksOf(options), context, 4, ({ title }) => progress?.(title));
  return {
    schema: 'pkg-actions/doctor/1',
    version: VERSION,
    host: os.hostname(),
    time: context.now.toISOString(),
    uses: [...wanted.uses].sort(),
    reasons: [...wanted.reasons],
    result: resultOf(checks),
    checks,
  };
}
