/** Why rsync did not do it: in words for people, and whether it may go better the next time. */
import { CommandError, InfrastructureError, messageOf, oneLine, UserError } from '../errors.ts';
import type { Destination } from './destination.ts';

interface Reason {
  readonly pattern: RegExp;
  readonly what: string;
  readonly remedy?: string;
  /** It will be so the next time as well. */
  readonly lasts: boolean;
}

/** By what rsync, ssh and rsync daemons say. The first that fits. */
const REASONS: readonly Reason[] = [
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|host key is known for/i,
    what: 'the host key of the mirror is not known, or is another one',
    remedy: 'give the mirror’s key as known-hosts, after it was compared with the one on the mirror',
    lasts: true,
  },
  {
    pattern: /Permission denied \([a-z,-]*(?:publickey|password|keyboard)/i,
    what: 'the mirror does not let us in by ssh',
    remedy: 'give the key of a user that it knows as ssh-key',
    lasts: true,
  },
  {
    pattern: /auth failed on module|password.*required|Password:/i,
    what: 'the rsync daemon does not take user and password',
    remedy: 'name the user in the address and give its password as rsync-password',
    lasts: true,
  },
  {
    pattern: /max connections .* reached|try again later/i,
    what: 'the rsync daemon has too many connections',
    lasts: false,
  },
  { pattern: /Unknown module|chdir failed|chroot failed/i, what: 'the rsync daemon has no such module', lasts: true },
  {
    pattern: /access denied to .* from/i,
    what: 'the rsync daemon does not let this machine in (hosts allow)',
    lasts: true,
  },
  {
    pattern:
      /module is read[ -]only|write-only|read-only server|refusing to (?:push|pull|delete)|The server is configured to refuse/i,
    what: 'the mirror must be writable and readable, and refuses one of them',
    remedy: 'docs/mirrors.md says how a mirror is set up',
    lasts: true,
  },
  { pattern: /No space left on device|Disk quota exceeded/i, what: 'the mirror has no space left', lasts: true },
  {
    pattern: /rsync: (?:command )?not found|command not found|remote command not found/i,
    what: 'there is no rsync on the mirror',
    remedy: 'install it there',
    lasts: true,
  },
  { pattern: /Read-only file system/i, what: 'the file system of the mirror is read-only', lasts: true },
  {
    pattern: /mkdir .* failed: No such file or directory/i,
    what: 'the folder that shall hold the mirror is not there',
    remedy: 'make it on the mirror',
    lasts: true,
  },
  { pattern: /Could not resolve hostname|Name or service not known|getaddrinfo/i, what: 'no such host', lasts: false },
  { pattern: /Connection refused/i, what: 'the mirror does not answer: connection refused', lasts: false },
  { pattern: /timed out|timeout in data/i, what: 'the mirror does not answer in time', lasts: false },
  {
    pattern: /Permission denied|Operation not permitted/i,
    what: 'the user on the mirror may not write there',
    remedy: 'give it the folder of the mirror and all that lies in it',
    lasts: true,
  },
  {
    pattern: /connection unexpectedly closed|Connection (?:reset|closed)|Broken pipe|error in socket IO/i,
    what: 'the connection was cut',
    lasts: false,
  },
];

/** rsync(1), EXIT VALUES: those of the network, and 255 of ssh(1). */
const OF_NETWORK = [10, 12, 30, 35, 255];
/** 5: the daemon refused, of which only "too many" passes. */
const PASSING_REFUSAL = 5;

/** Whether the same call may succeed a little later. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof CommandError) || error.failure.end === 'cancelled') return false;
  // A daemon that has no such folder ends the connection too.
  if (isAbsent(error)) return false;
  const { exitCode, end } = error.failure;
  const reason = reasonOf(error);
  if (reason !== undefined) return !reason.lasts;
  return end !== 'exit' || (exitCode !== undefined && [...OF_NETWORK, PASSING_REFUSAL].includes(exitCode));
}

/** Whether files vanished while rsync sent them. Named ones it calls an error like any other: `maybe`. */
export function isVanished(error: unknown): boolean | 'maybe' {
  const code = error instanceof CommandError ? error.failure.exitCode : undefined;
  return code === 23 ? 'maybe' : code === 24;
}

/** Whether what was to be listed is not there. */
export function isAbsent(error: unknown): boolean {
  if (!(error instanceof CommandError)) return false;
  const absent = '(?:No such file or directory|Not a directory)';
  return new RegExp(`(?:change_dir|link_stat) .*failed: ${absent}|rrsync error: .*${absent}`).test(
    error.failure.stderr,
  );
}

/**
 * One line for people: what is wrong, what rsync said, what to do.
 *
 * @throws `error` where it is a bug.
 */
export function explainFailure(error: unknown, destination: Destination, step: string): UserError {
  if (error instanceof UserError) return error;
  if (!(error instanceof CommandError)) {
    // Of the system: a disk that is full, a folder that may not be read.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return new UserError({ what: oneLine(messageOf(error)), where: destination.name }, { cause: error });
  }
  const reason = reasonOf(error);
  const parts = {
    what: reason?.what ?? 'rsync failed',
    where: `${destination.name}, ${step}`,
    found: lastWords(error),
    ...(reason?.remedy === undefined ? {} : { remedy: reason.remedy }),
  };
  return reason?.lasts === true
    ? new UserError(parts, { cause: error })
    : new InfrastructureError(parts, { cause: error });
}

function reasonOf({ failure }: CommandError): Reason | undefined {
  return REASONS.find(({ pattern }) => pattern.test(failure.stderr) || pattern.test(failure.stdout));
}

/** What says most: the first line that is not the sum of the others. */
function lastWords(error: CommandError): string {
  const lines = error.failure.stderr.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.find((line) => /^(?:rsync: |@ERROR|ERROR|ssh: |[^ ]+: Permission)/.test(line)) ?? lines.at(0);
  return oneLine(telling?.trim() ?? error.message).slice(0, 300);
}
