/**
 * GnuPG home folders and their agents. A private home is made for one run, in memory, and removed with its agent
 * afterwards. Of a home that is a user's only an agent that was started here is ended.
 */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, lstat, mkdir, readdir, rename, rm, stat, statfs, symlink } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { tryLock } from '../lock.ts';
import { ownedName, ownerOfName, ownerState } from '../owner.ts';
import { run, signalGroup, start } from '../process.ts';

export interface GpgHome extends AsyncDisposable {
  /** What `gpg --homedir` gets. */
  readonly folder: string;
}

const PREFIX = 'pkg-actions-gpg-';
/** Of a folder that is not locked yet and holds nothing. */
const NEW_PREFIX = 'pkg-actions-new-gpg-';
/** Memory, never a disk. */
const PLACES = ['/dev/shm', '/run'];
/** statfs(2): TMPFS_MAGIC and RAMFS_MAGIC. */
const MEMORY = new Set([0x01021994, 0x858458f6]);
/**
 * The least number of rounds (gpg-agent(1), `--s2k-count`). The agent derives a key from the passphrase anew for each
 * signature, which takes 100 ms by default, to slow down who steals a key file. Here the file lies in memory.
 */
const PRIVATE_AGENT = ['--no-options', '--s2k-count', '65536'];
/** Seconds. The agent of a signing run must remember its passphrase to the end. */
const CACHE_SECONDS = '86400';

/**
 * Makes an empty home, mode 0700, on a file system in memory. It is locked: what a killed run left there is removed by
 * the next one.
 *
 * @param options.agent an agent's socket to use (gpg-agent(1), `--extra-socket`); without it one is started.
 * @param options.memory the folder for it; `/dev/shm` or `/run` when absent.
 * @throws UserError where there is no such file system, or no such socket.
 */
export async function makePrivateHome(options: {
  readonly agent?: string | undefined;
  readonly memory?: string | undefined;
}): Promise<GpgHome> {
  const { agent, memory } = options;
  const place = await memoryFolder(memory === undefined ? PLACES : [memory]);
  await removeDeadHomes([place]);
  await using stack = new AsyncDisposableStack();
  const begun = path.join(place, ownedName(NEW_PREFIX));
  // Short: the sockets in it have paths of at most 107 bytes (unix(7)).
  const folder = path.join(place, `${PREFIX}${randomBytes(5).toString('hex')}`);
  await mkdir(begun, { mode: 0o700 });
  stack.defer(async () => {
    await rm(begun, { recursive: true, force: true });
    await removeHome(folder);
  });
  const lock = await tryLock(begun, { mode: 'exclusive', waitSeconds: 0, what: 'the GnuPG home' });
  if (lock === undefined) throw new Error(`another process locked the new folder ${begun}`);
  stack.use(lock);
  // Only now under the name that another run looks for.
  await rename(begun, folder);
  if (agent === undefined) stack.use(await startAgent(folder, PRIVATE_AGENT));
  else await linkAgent(folder, agent);
  const parts = stack.move();
  return { folder, [Symbol.asyncDispose]: async () => await parts.disposeAsync() };
}

/**
 * Uses a home that exists, with its keys, stubs of smart cards and configuration of the agent.
 *
 * @throws UserError where it is no folder of ours.
 */
export async function useHome(folder: string): Promise<GpgHome> {
  const where = folder;
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined || !found.isDirectory()) {
    throw new UserError({ what: 'no GnuPG home', where, found: found ? 'no folder' : 'nothing', expected: 'a folder' });
  }
  if (found.uid !== process.getuid?.()) {
    throw new UserError({ what: 'a GnuPG home of another user', where, found: `the user id ${found.uid}` });
  }
  await using stack = new AsyncDisposableStack();
  // gpg starts it where the home keeps its keys in it (2.4, common.conf).
  if (!(await isRunning(folder, ['--keyboxd']))) stack.defer(async () => await killDaemons(folder, 'keyboxd'));
  // An agent that runs is somebody's, and stays.
  if (!(await isRunning(folder, []))) stack.use(await startAgent(folder, []));
  const parts = stack.move();
  return { folder, [Symbol.asyncDispose]: async () => await parts.disposeAsync() };
}

async function memoryFolder(places: readonly string[]): Promise<string> {
  for (const place of places) {
    const type = await statfs(place).then(
      (found) => found.type,
      () => undefined,
    );
    const isWritable = await access(place, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
    if (type !== undefined && MEMORY.has(type) && isWritable) return place;
  }
  throw new UserError({
    what: 'no file system in memory for the private GnuPG home',
    where: places.join(' or '),
    expected: 'a writable tmpfs',
    remedy: 'mount one at /dev/shm, or name a GnuPG home that has the key',
  });
}

/**
 * Removes what runs left that were killed: keys must not lie there until the machine is started anew.
 *
 * @param places folders to look in; those in memory when absent.
 * @param dryRun only tells which they are.
 * @returns paths of the homes removed.
 */
export async function removeDeadHomes(places: readonly string[] = PLACES, dryRun = false): Promise<string[]> {
  const dead: string[] = [];
  for (const place of places) {
    for (const name of await readdir(place).catch(() => [])) {
      if (!name.startsWith(PREFIX) && !name.startsWith(NEW_PREFIX)) continue;
      const folder = path.join(place, name);
      const found = await lstat(folder).catch(() => undefined);
      if (!found?.isDirectory() || found.uid !== process.getuid?.()) continue;
      if (name.startsWith(NEW_PREFIX)) {
        // Not locked yet, and empty: its name tells whose it is.
        const owner = ownerOfName(name);
        if (owner === undefined || (await ownerState(owner)) !== 'dead') continue;
        if (!dryRun) await rm(folder, { recursive: true, force: true });
        dead.push(folder);
        continue;
      }
      const lock = await tryLock(folder, { mode: 'exclusive', waitSeconds: 0, what: folder }).catch(() => undefined);
      if (lock === undefined) continue;
      try {
        if (!dryRun) await removeHome(folder);
        dead.push(folder);
      } finally {
        await lock.release();
      }
    }
  }
  return dead;
}

async function removeHome(folder: string): Promise<void> {
  const socket = await agentSocket(folder).catch(() => undefined);
  const isLink = socket !== undefined && (await lstat(socket).catch(() => undefined))?.isSymbolicLink();
  // The agent behind a link is not ours to end.
  if (isLink) await rm(socket, { force: true });
  await killDaemons(folder);
  // Where /run/user/UID exists, the sockets lie there and not in the home.
  await run(['gpgconf', '--homedir', folder, '--remove-socketdir'], { okExitCodes: 'any' });
  await rm(folder, { recursive: true, force: true });
}

/** Ends the agent, and with it the card daemon, or another daemon of this home: by its own socket. */
async function killDaemons(folder: string, which: 'gpg-agent' | 'keyboxd' | 'all' = 'all'): Promise<void> {
  const argv = ['gpgconf', '--homedir', folder, '--kill', which] as const;
  await run(argv, { okExitCodes: 'any', timeoutSeconds: 20 }).catch(() => undefined);
}

async function isRunning(folder: string, which: readonly string[]): Promise<boolean> {
  const argv = ['gpg-connect-agent', '--homedir', folder, '--no-autostart', ...which, '/bye'] as const;
  const { exitCode, stderr } = await run(argv, { okExitCodes: 'any', timeoutSeconds: 20 });
  // With nothing there it says "no gpg-agent running in this session", and exits with 0 all the same.
  return exitCode === 0 && !/^gpg-connect-agent: (?:no |can't connect)/m.test(stderr);
}

/**
 * Starts an agent whose life is bound to ours: with a command it ends as soon as that has ended (gpg-agent(1),
 * `--daemon`), and the command ends with us. An agent that gpg starts by itself would outlive a killed run.
 */
async function startAgent(folder: string, options: readonly string[]): Promise<AsyncDisposable> {
  const child = start(
    [
      'gpg-agent',
      '--homedir',
      folder,
      ...options,
      ...[
        '--quiet',
        '--allow-loopback-pinentry',
        '--default-cache-ttl',
        CACHE_SECONDS,
        '--max-cache-ttl',
        CACHE_SECONDS,
      ],
      ...['--daemon', '--', 'sh', '-c', 'echo ready && exec cat >/dev/null'],
    ],
    { env: gpgEnvironment(folder) },
  );
  const exited = new Promise<string>((resolve) => {
    child.once('close', (code) => resolve(`exit code ${code}`));
    child.once('error', (error) => resolve(error.message));
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  child.stdin.on('error', () => {});
  const ready = new Promise<true>((resolve) => child.stdout.once('data', () => resolve(true)));
  const outcome = await Promise.race([ready, exited]);
  if (outcome !== true) {
    throw new UserError({ what: 'gpg-agent does not start', where: folder, found: errors.trim() || outcome });
  }
  // The agent keeps our pipe for errors open.
  child.stderr.destroy();
  child.unref();
  for (const stream of [child.stdin, child.stdout]) (stream as unknown as { unref?: () => void }).unref?.();
  return { [Symbol.asyncDispose]: async () => await endAgent(child, folder) };
}

async function endAgent(child: ChildProcess, folder: string): Promise<void> {
  await killDaemons(folder, 'gpg-agent');
  child.ref();
  const closed = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
  child.stdin?.end();
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), 5000);
  await closed;
  clearTimeout(timer);
}

/** Has gpg find another agent where it looks for its own. */
async function linkAgent(folder: string, agent: string): Promise<void> {
  const found = await stat(agent).catch(() => undefined);
  if (!found?.isSocket()) {
    throw new UserError({
      what: 'no socket of an agent',
      where: agent,
      found: found ? 'another kind of file' : 'nothing',
      expected: 'what gpgconf --list-dirs agent-socket prints',
    });
  }
  await symlink(path.resolve(agent), await agentSocket(folder));
}

async function agentSocket(folder: string): Promise<string> {
  const { stdout } = await run(['gpgconf', '--homedir', folder, '--list-dirs', 'agent-socket']);
  return stdout.trim();
}

/** The environment of gpg's programs: no terminal and no display to ask anybody on. */
export function gpgEnvironment(folder: string): Record<string, string | undefined> {
  return { GNUPGHOME: folder, GPG_TTY: undefined, DISPLAY: undefined };
}
