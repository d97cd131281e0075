/**
 * How rsync reaches mirrors by ssh. Host keys are always checked, nobody is asked anything, and a key that is given as a
 * secret is only ever in the memory of an agent of our own.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import { run, start } from '../process.ts';
import type { Secret } from '../secret.ts';

/** Names in the folder that rsync runs in: rsync splits the command of the shell at blanks, and paths may hold some. */
const KNOWN_HOSTS = 'known_hosts';
const AGENT = 'agent';
/** Bytes, unix(7). */
const MAX_SOCKET = 107;

export interface SshOptions {
  /** Where rsync and ssh run, and where what they need lies. */
  readonly folder: string;
  /** Text of known_hosts (sshd(8)); the user's and the machine's own hold when absent. */
  readonly knownHosts: string | undefined;
  readonly key: Secret | undefined;
  /** Seconds until a connection that does not come, or says nothing, is given up. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** An ssh that rsync can use. */
export interface Ssh extends AsyncDisposable {
  /** ssh and its settings, separated by blanks; without the port, and without what ssh-connection.ts adds. */
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** @throws UserError for a key that cannot be used. */
export async function openSsh(options: SshOptions): Promise<Ssh> {
  const { timeoutSeconds, knownHosts } = options;
  const connect = Math.max(1, Math.min(60, timeoutSeconds));
  const settings = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'UpdateHostKeys=no',
    `ConnectTimeout=${connect}`,
    `ServerAliveInterval=${Math.max(1, Math.round(connect / 4))}`,
    'ServerAliveCountMax=4',
    'ForwardAgent=no',
    'ForwardX11=no',
    'ClearAllForwardings=yes',
    'LogLevel=ERROR',
  ];
  if (knownHosts !== undefined) {
    await writeFile(path.join(options.folder, KNOWN_HOSTS), knownHosts, { mode: 0o600 });
    settings.push(`UserKnownHostsFile=${KNOWN_HOSTS}`, 'GlobalKnownHostsFile=/dev/null');
  }
  const agent = options.key === undefined ? undefined : await startAgent(options.key, options);
  const inherited = process.env['SSH_AUTH_SOCK'];
  if (agent !== undefined) settings.push(`IdentityAgent=${AGENT}`, 'IdentityFile=none', 'IdentitiesOnly=no');
  return {
    command: `ssh ${settings.map((each) => `-o ${each}`).join(' ')}`,
    env: agent === undefined && inherited !== undefined ? { SSH_AUTH_SOCK: inherited } : {},
    async [Symbol.asyncDispose]() {
      await agent?.[Symbol.asyncDispose]();
    },
  };
}

/**
 * Reads the host keys that a person gives.
 *
 * @param given lines of known_hosts (sshd(8)), or the path of such a file.
 * @param workspace folder that a relative path is below.
 * @throws UserError for a file that cannot be read.
 */
export async function readKnownHosts(given: string, workspace: string): Promise<string> {
  // A line has a name, the kind of the key and the key.
  if (/^[^#\n]*\S[ \t]+[a-z0-9@.-]+[ \t]+AAAA/m.test(given)) return `${given.trimEnd()}\n`;
  return await readFile(path.resolve(workspace, given), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError({
      what: 'the file of known hosts cannot be read',
      where: 'input known-hosts',
      found: `${quote(given)}: ${error.code}`,
      expected: 'the path of such a file, or its lines, such as ssh-keyscan prints them',
    });
  });
}

/**
 * An agent that has the key, and nothing else. ssh-agent(1) is set-group-id on Debian, so the kernel would not end it
 * with us: but it ends by itself when the command that it runs is gone, and that one reads our pipe.
 */
async function startAgent(key: Secret, { folder, signal }: SshOptions): Promise<AsyncDisposable> {
  // Absolute: the agent goes to the root folder, and removes its socket by this name in the end.
  const socket = path.join(folder, AGENT);
  if (Buffer.byteLength(socket) > MAX_SOCKET) {
    throw new UserError({
      what: 'the temporary folder has too long a path for the socket of ssh-agent',
      where: quote(folder),
      expected: `${MAX_SOCKET - AGENT.length - 1} bytes at most`,
      remedy: 'set TMPDIR to a shorter one',
    });
  }
  const child = start(['ssh-agent', '-a', socket, 'sh', '-c', 'echo "$SSH_AGENT_PID" && exec cat >/dev/null'], {
    cwd: folder,
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  child.stdin.on('error', () => {});
  const pid = await Promise.race([
    new Promise<number>((resolve) => {
      child.stdout.setEncoding('utf8').once('data', (text: string) => resolve(Number(text.trim())));
    }),
    ended.then(() => Number.NaN),
  ]);
  const close = async () => {
    // The command first: an agent that runs one never lives on for long without it.
    if (pid > 1) {
      try {
        process.kill(pid, 'SIGTERM');
      } catch {
        // It has ended by itself.
      }
    }
    child.stdin.end();
    await ended;
  };
  if (!(pid > 1)) {
    await close();
    throw new Error(`ssh-agent did not start: ${errors.trim()}`);
  }
  try {
    await addKey(key, folder, signal);
  } catch (error) {
    await close();
    throw error;
  }
  return { [Symbol.asyncDispose]: close };
}

async function addKey(key: Secret, folder: string, signal: AbortSignal): Promise<void> {
  // ssh-add takes no key whose last line is not ended, and none with the line ends of Windows.
  const input = `${key.reveal().replaceAll('\r\n', '\n').trim()}\n`;
  const { exitCode, stderr } = await run(['ssh-add', '-q', '-'], {
    cwd: folder,
    // Nobody is asked for a passphrase.
    env: { SSH_AUTH_SOCK: AGENT, SSH_ASKPASS_REQUIRE: 'never', DISPLAY: undefined },
    input,
    signal,
    okExitCodes: 'any',
  });
  if (exitCode === 0) return;
  throw new UserError({
    what: 'the key for ssh cannot be used',
    where: 'input ssh-key',
    found: /passphrase/i.test(stderr) ? 'a key with a passphrase' : stderr.trim().split('\n').at(-1) || 'no key',
    expected: 'a private key without a passphrase, such as ssh-keygen -t ed25519 -N "" makes it',
  });
}
