/** The system that is set up: its root, its commands. A port, so that plans can be looked at for systems that are not here. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { clientEnvironment } from '../buildroot/engine/clients.ts';
import type { Logger } from '../host/host.ts';
import { type Argv, run, which } from '../process.ts';

export interface System {
  /** `/`, or the folder that paths are taken below. */
  readonly root: string;
  /** Whether systemd is what runs it, so that systemctl can be used. */
  readonly hasSystemd: boolean;
  /** Asks; the exit code is no failure. */
  ask(argv: Argv): Promise<{ readonly exitCode: number; readonly stdout: string }>;
  /** Changes something. @throws CommandError where it fails. */
  change(argv: Argv): Promise<void>;
  /** Whether there is such a command. */
  has(tool: string): boolean;
}

/** An hour: a slow mirror, or another package manager that holds its lock. */
const CHANGE_SECONDS = 3600;

/** This machine. */
export function thisSystem(logger: Logger, signal: AbortSignal): System {
  return {
    root: '/',
    // sd_booted(3).
    hasSystemd: statSync('/run/systemd/system', { throwIfNoEntry: false })?.isDirectory() === true,
    ask: (argv) => run(argv, { okExitCodes: 'any', signal, timeoutSeconds: 120, env: environmentOf(argv) }),
    async change(argv) {
      await run(argv, {
        signal,
        timeoutSeconds: CHANGE_SECONDS,
        env: { DEBIAN_FRONTEND: 'noninteractive' },
        onLine: (line) => logger.tool(line),
      });
    },
    has: (tool) => which(tool) !== undefined,
  };
}

/** Of docker and podman what names their daemon; of others nothing. */
function environmentOf([tool]: Argv): Record<string, string> {
  return tool === 'docker' || tool === 'podman' ? clientEnvironment(tool) : {};
}

/** Where a file of the system lies. */
export function placeIn({ root }: Pick<System, 'root'>, file: string): string {
  return path.join(root, file);
}
