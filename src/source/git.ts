/**
 * A git checkout, read with plumbing only. Neither its work tree nor its index is touched, and nothing that lies in its
 * configuration, attributes or hooks runs or changes what is read: the same commit gives the same bytes everywhere.
 */
import { realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import { type Argv, run, runBytes, start } from '../process.ts';
import { type TemporaryFolder, temporaryFolder } from '../temporary.ts';
import { ObjectReader } from './object-reader.ts';

/** Which of the two projects a repository is; for messages. */
export type ProjectRole = 'code' | 'spec';

export interface Commit {
  readonly id: string;
  readonly tree: string;
  readonly parents: readonly string[];
  /** Committer's time, seconds since the epoch. */
  readonly time: number;
}

export interface Subject {
  readonly id: string;
  readonly author: string;
  readonly subject: string;
}

/** What every git command of ours has set, whatever the machine, the person or the repository configured. */
const SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.attributesFile=/dev/null',
  'core.quotePath=false',
  'log.showSignature=false',
  'i18n.logOutputEncoding=UTF-8',
  'gc.auto=0',
  'maintenance.auto=false',
].flatMap((setting) => ['-c', setting]);

const COMMON_ENVIRONMENT = {
  TZ: 'UTC',
  GIT_TERMINAL_PROMPT: '0',
  // `git status` would refresh the index of the person's checkout.
  GIT_OPTIONAL_LOCKS: '0',
  // What refs/replace and info/grafts say is true on this machine only.
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_GRAFT_FILE: '/dev/null/none',
} as const;

/** Variables that a fetch may need to reach its remote. */
const FETCH_VARIABLES = ['SSH_AUTH_SOCK', 'GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_ASKPASS', 'SSH_ASKPASS'] as const;

const FETCH_SECONDS = 3600;

/** Largest listing (tree, refs) that is read. A kernel's tree is about 8 MB. */
const MAX_LISTING = 512 * 1024 * 1024;

export class GitRepository implements AsyncDisposable {
  /** Top of the work tree, without symbolic links; of a bare repository the repository itself. */
  readonly folder: string;
  /** Without a work tree. */
  readonly bare: boolean;
  readonly gitDir: string;
  readonly role: ProjectRole;
  /** `sha1` or `sha256`. */
  readonly objectFormat: 'sha1' | 'sha256';
  readonly #settings: TemporaryFolder;
  readonly #signal: AbortSignal | undefined;

  private constructor(
    place: { folder: string; gitDir: string; objectFormat: 'sha1' | 'sha256'; bare: boolean },
    role: ProjectRole,
    settings: TemporaryFolder,
    signal: AbortSignal | undefined,
  ) {
    this.folder = place.folder;
    this.gitDir = place.gitDir;
    this.objectFormat = place.objectFormat;
    this.bare = place.bare;
    this.role = role;
    this.#settings = settings;
    this.#signal = signal;
  }

  /**
   * Opens the checkout that `folder` is or lies in, or the bare repository that it is.
   *
   * @throws UserError where it is neither.
   */
  static async open(folder: string, role: ProjectRole, signal?: AbortSignal): Promise<GitRepository> {
    const real = await realpath(folder).catch(() => undefined);
    if (real === undefined) {
      throw new UserError({ what: 'the folder does not exist', where: `${role} project`, found: quote(folder) });
    }
    const settings = await temporaryFolder('git');
    try {
      // Runners check out as one user and run steps as another. `bareRepository`: a folder inside the checkout that
      // looks like a repository could have been committed, with a configuration that runs commands.
      await writeFile(
        path.join(settings.path, 'config'),
        `[safe]\n\tdirectory = *\n\tdirectory = ${configValue(real)}\n\tbareRepository = explicit\n`,
      );
      const ask = async (at: string, env: Readonly<Record<string, string>>, question: readonly string[]) => {
        const options = { env: { ...environment(settings), ...env }, display: ['git', '-C', folder, ...question] };
        const argv: Argv = ['git', '-C', at, ...SETTINGS, ...question];
        return await run(argv, { ...options, okExitCodes: 'any', ...(signal === undefined ? {} : { signal }) });
      };
      const question = ['--is-inside-work-tree', '--show-toplevel', '--absolute-git-dir', '--show-object-format'];
      const { stdout, stderr, exitCode } = await ask(real, {}, ['rev-parse', ...question]);
      const [inside, top = '', gitDir = '', format] = stdout.split('\n');
      if (exitCode === 0 && inside === 'true') {
        const place = { folder: top, gitDir, objectFormat: objectFormat(format), bare: false };
        return new GitRepository(place, role, settings, signal);
      }
      const bare = await ask(real, { GIT_DIR: real }, ['rev-parse', '--is-bare-repository', '--show-object-format']);
      const [isBare, bareFormat] = bare.stdout.split('\n');
      if (bare.exitCode !== 0 || isBare !== 'true') throw notACheckout(folder, role, stderr.trim().split('\n').at(-1));
      const around = await ask(path.dirname(real), {}, ['ls-files', '--', real]);
      if (around.exitCode === 0 && around.stdout !== '') {
        throw notACheckout(folder, role, 'a repository that was committed as files of another one');
      }
      const place = { folder: real, gitDir: real, objectFormat: objectFormat(bareFormat), bare: true };
      return new GitRepository(place, role, settings, signal);
    } catch (error) {
      await settings[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#settings[Symbol.asyncDispose]();
  }

  /** Runs git on this repository and returns what it printed, as text. */
  async text(args: readonly string[], options: { readonly okExitCodes?: readonly number[] } = {}): Promise<string> {
    const { stdout } = await run(this.#argv(args), { ...this.#options(args), ...options });
    return stdout;
  }

  /** Runs git on this repository and returns what it printed, as bytes. */
  async bytes(args: readonly string[], options: GitBytesOptions = {}): Promise<Buffer> {
    const env = { ...environment(this.#settings), ...this.#place, ...options.env };
    return await gitBytes([...SETTINGS, ...args], env, options.input, this.#signal);
  }

  /** A process that hands out objects; to be disposed of. */
  reader(): ObjectReader {
    const args = ['cat-file', '--batch'];
    const env = { ...environment(this.#settings), ...this.#place };
    return new ObjectReader(start(this.#argv(args), { env }), this.#argv(args), this.#signal);
  }

  /**
   * The commit that `ref` names: a name, a branch that only the remote has (`main` for `origin/main`), or an id.
   *
   * @param where the input that `ref` came from, for the error.
   * @throws UserError where there is none.
   */
  async commit(ref: string, where: string): Promise<Commit> {
    if (!ref.startsWith('-') && ref !== '' && !ref.includes('\0')) {
      for (const name of [ref, `refs/remotes/origin/${ref}`]) {
        const args = ['rev-parse', '--verify', '--quiet', `${name}^{commit}`];
        const id = (await this.text(args, { okExitCodes: [0, 1, 128] })).trim();
        if (/^[0-9a-f]{40,64}$/.test(id)) return await this.describeCommit(id);
      }
    }
    throw new UserError({
      what: `the ${this.role} project has no such commit`,
      where,
      found: quote(ref),
      expected: 'a branch, a tag or a commit that was fetched (a branch that starts with - as refs/heads/-...)',
    });
  }

  /** Reads the commit `id`. */
  async describeCommit(id: string): Promise<Commit> {
    const raw = await this.text(['cat-file', 'commit', id]);
    const head = raw.slice(0, Math.max(0, raw.indexOf('\n\n')));
    const time = Number(/^committer .* (\d+) [-+]\d{4}$/m.exec(head)?.[1] ?? 0);
    const parents = [...head.matchAll(/^parent ([0-9a-f]+)$/gm)].map((match) => match[1] ?? '');
    return { id, tree: /^tree ([0-9a-f]+)$/m.exec(head)?.[1] ?? '', parents, time };
  }

  /** How many commits, merges not counted, `tips` have that `without` does not have. */
  async count(tips: readonly string[], without: string | undefined): Promise<number> {
    const args = ['rev-list', '--count', '--no-merges', ...tips, ...(without === undefined ? [] : [`^${without}`])];
    return Number((await this.text(args)).trim());
  }

  /** The newest commits, merges left out, of `tip` that are not in `without`; newest first. */
  async subjects(tip: string, without: string | undefined, limit: number): Promise<Subject[]> {
    const args = ['rev-list', '--no-merges', `--max-count=${limit}`, '--format=%H%x00%an%x00%s%x01', tip];
    const output = await this.text([...args, ...(without === undefined ? [] : [`^${without}`])]);
    return output
      .split('\u0001\n')
      .map((record) => record.replace(/^commit [0-9a-f]+\n/, '').split('\0'))
      .flatMap(([id, author, subject]) =>
        id !== undefined && author !== undefined && subject !== undefined ? [{ id, author, subject }] : [],
      );
  }

  /** Common ancestor of two commits, or `undefined`. */
  async mergeBase(a: string, b: string): Promise<string | undefined> {
    const id = (await this.text(['merge-base', a, b], { okExitCodes: [0, 1] })).trim();
    return id === '' ? undefined : id;
  }

  async isShallow(): Promise<boolean> {
    return (await this.text(['rev-parse', '--is-shallow-repository'])).trim() === 'true';
  }

  /** Folder of its objects, for another repository to borrow them. */
  async objectsFolder(): Promise<string> {
    return path.resolve(this.folder, (await this.text(['rev-parse', '--git-path', 'objects'])).replace(/\n$/, ''));
  }

  /** Value of a key of the repository's own configuration. */
  async config(key: string): Promise<string | undefined> {
    const value = (await this.text(['config', '--local', '--includes', '--get', key], { okExitCodes: [0, 1] })).trim();
    return value === '' ? undefined : value;
  }

  /** Names of files, at most `limit`, in which the work tree differs from HEAD; new files that are not ignored too. */
  async dirtyFiles(limit = 20): Promise<string[]> {
    if (this.bare) return [];
    const args = ['status', '--porcelain', '-z', '--no-renames', '--ignore-submodules=dirty'];
    const env = { GIT_WORK_TREE: this.folder };
    // Comparing a file whose times changed would run the filter that its attributes name.
    const filters = (
      await this.text(['config', '--includes', '--name-only', '--get-regexp', '^filter\\.'], { okExitCodes: [0, 1] })
    )
      .split('\n')
      .filter((key) => key !== '')
      .flatMap((key) => ['-c', `${key}=${key.endsWith('.required') ? 'false' : ''}`]);
    const output = (await this.bytes([...filters, ...args], { env })).toString('utf8');
    return output
      .split('\0')
      .filter((record) => record !== '')
      .slice(0, limit)
      .map((record) => record.slice(3));
  }

  /**
   * Fetches into this repository: the one command that writes to it (objects and refs, no work tree, no index) and
   * that uses the person's own configuration, for it holds the credentials.
   *
   * @throws CommandError
   */
  async fetch(args: readonly string[], input?: string): Promise<void> {
    const command: Argv = ['git', '-c', 'core.hooksPath=/dev/null', '-c', 'gc.auto=0', 'fetch', ...args];
    const passed = FETCH_VARIABLES.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
    await run(command, {
      cwd: this.folder,
      env: { ...COMMON_ENVIRONMENT, ...this.#place, ...Object.fromEntries(passed) },
      display: ['git', '-C', this.folder, 'fetch', ...args],
      timeoutSeconds: FETCH_SECONDS,
      ...(input === undefined ? {} : { input }),
      ...(this.#signal === undefined ? {} : { signal: this.#signal }),
    });
  }

  get #place(): Record<string, string> {
    return { GIT_DIR: this.gitDir };
  }

  #argv(args: readonly string[]): Argv {
    return ['git', ...SETTINGS, ...args];
  }

  #options(args: readonly string[]) {
    return {
      cwd: this.folder,
      env: { ...environment(this.#settings), ...this.#place },
      display: ['git', '-C', this.folder, ...args],
      captureBytes: MAX_LISTING,
      ...(this.#signal === undefined ? {} : { signal: this.#signal }),
    };
  }
}

export interface GitBytesOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
}

/** The environment of git without anything that the machine or the person configured. */
export function isolatedEnvironment(): Record<string, string> {
  return {
    ...COMMON_ENVIRONMENT,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
}

/** Runs git and returns its standard output as bytes: `run` of process.ts gives text, which file names need not be. */
export async function gitBytes(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input: string | Uint8Array = '',
  signal?: AbortSignal,
): Promise<Buffer> {
  return await runBytes(['git', ...args], {
    env,
    input,
    display: ['git', ...args.slice(args.lastIndexOf('-c') + 2)],
    ...(signal === undefined ? {} : { signal }),
  });
}

function environment(settings: TemporaryFolder): Record<string, string> {
  return { ...isolatedEnvironment(), GIT_CONFIG_GLOBAL: path.join(settings.path, 'config') };
}

/** A value for git's configuration file (git-config(1), Syntax). */
function configValue(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

function objectFormat(text: string | undefined): 'sha1' | 'sha256' {
  return text === 'sha256' ? 'sha256' : 'sha1';
}

function notACheckout(folder: string, role: ProjectRole, said?: string): UserError {
  return new UserError({
    what: `not a git checkout${said === undefined || said === '' ? '' : ` (${said})`}`,
    where: `${role} project`,
    found: quote(folder),
    expected: 'the work tree of a git repository, or a bare one',
    remedy: 'check the project out with git (actions/checkout, git clone) and give its folder',
  });
}
