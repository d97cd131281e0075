/** What every engine makes of a session: a first process in namespaces of its own, and a way for commands into them. */
import type { Argv, RunOptions, RunResult } from '../../process.ts';
import type { SessionScript } from '../session-script.ts';

export interface VesselBind {
  readonly source: string;
  readonly destination: string;
  readonly writable?: boolean;
}

export interface VesselRequest {
  readonly id: string;
  /** Identity of the run, for whoever finds leftovers. */
  readonly runId: string;
  readonly state: string;
  /** The session's own folder, with `top`, `upper`, `outbox` and `inbox` in it. */
  readonly folder: string;
  readonly script: SessionScript;
  /** Read-only lower folders, topmost first; or one writable tree. */
  readonly root: { readonly lower: readonly string[] } | { readonly tree: string };
  readonly scratch: number | 'disk' | { readonly upper: string };
  readonly binds: readonly VesselBind[];
  readonly signal: AbortSignal | undefined;
}

export interface VesselRunOptions extends RunOptions {
  /** The session's network; without only loopback. */
  readonly network: boolean;
  readonly display: readonly string[];
}

export interface Vessel {
  /**
   * Runs a command in the session's namespaces, in its top, with every capability that the first process has.
   *
   * @throws CommandError as `run`; InfrastructureError where the session itself ended meanwhile, or before.
   */
  run(argv: Argv, options: VesselRunOptions): Promise<RunResult>;
  /** Ends every process but the first, and returns when they are gone. */
  endProcesses(): Promise<void>;
  /** Ends the first process, and with it all: no process and no mount is left when it returns. */
  stop(): Promise<void>;
}

/** The arguments of a session's script, for folders where the script finds them. */
export function scriptArguments({ folder, root, scratch, binds }: Omit<VesselRequest, 'script'>): string[] {
  return [
    folder,
    'tree' in root ? `bind:${root.tree}` : root.lower.join(':'),
    typeof scratch === 'object' ? `upper:${scratch.upper}` : String(scratch),
    ...binds.flatMap(({ source, destination, writable }) => [writable ? 'rw' : 'ro', source, destination]),
  ];
}
