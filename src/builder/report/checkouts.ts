/** The checkouts of git in a workspace: which files are in them, and which of them a source package was made from. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest } from '../../manifest.ts';
import { run } from '../../process.ts';

export interface Checkout {
  /** Relative to the workspace, with slashes; empty for the workspace itself. */
  readonly folder: string;
  /** Id of the commit that is checked out; `undefined` where there is none. */
  readonly commit: string | undefined;
  /** Tracked files, relative to the workspace. */
  readonly files: ReadonlySet<string>;
}

export interface Origins {
  /** The checkout of the code; `undefined` where it is not in the workspace. */
  readonly code: Checkout | undefined;
  /** The checkout of the packaging, which may be that of the code. */
  readonly spec: Checkout | undefined;
}

/** `openstack/hello`, and `src/review.example.org/openstack/hello` of Zuul. */
const MOST_LEVELS = 4;
/** Folders that are looked into. */
const MOST_FOLDERS = 2000;

/**
 * The checkouts that the source package comes from: the workspace, or folders in it whose commit is the one that
 * `origins` names. Without origins it can only be the workspace.
 */
export async function findOrigins(workspace: string, origins: Manifest['origins']): Promise<Origins> {
  const own = await readCheckout(workspace, '');
  const code = origins.find(({ role }) => role === 'code') ?? origins[0];
  const spec = origins.find(({ role }) => role === 'spec') ?? code;
  if (code === undefined || spec === undefined) return { code: own, spec: own };
  if (own !== undefined && own.commit === code.commit && own.commit === spec.commit) return { code: own, spec: own };
  const all = own === undefined ? [] : [own];
  for (const folder of await checkoutFolders(workspace)) {
    const checkout = await readCheckout(workspace, folder);
    if (checkout !== undefined) all.push(checkout);
  }
  const of = ({ commit }: { readonly commit: string }) => all.find((checkout) => checkout.commit === commit);
  const found = { code: of(code), spec: of(spec) };
  if (found.code !== undefined || found.spec !== undefined) return found;
  // Prepared of another commit than is checked out: it is the code, as far as anybody can tell.
  return { code: own, spec: code.project === spec.project ? own : undefined };
}

/** Folders in the workspace that are checkouts, none inside of another. Links are not followed. */
async function checkoutFolders(workspace: string): Promise<string[]> {
  const found: string[] = [];
  let level = [''];
  let seen = 0;
  for (let depth = 0; depth < MOST_LEVELS && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      if (++seen > MOST_FOLDERS) return found;
      const entries = await readdir(path.join(workspace, folder), { withFileTypes: true }).catch(() => []);
      if (folder !== '' && entries.some(({ name }) => name === '.git')) found.push(folder);
      else {
        next.push(
          ...entries
            .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
            .map(({ name }) => path.posix.join(folder, name))
            .sort(),
        );
      }
    }
    level = next;
  }
  return found;
}

/** `undefined` where it is no checkout of git, or nothing of it is tracked. */
async function readCheckout(workspace: string, folder: string): Promise<Checkout | undefined> {
  const place = path.join(workspace, folder);
  const listed = await git(place, ['ls-files', '-z']);
  const files = (listed ?? '').split('\0').filter((name) => name !== '');
  if (files.length === 0) return undefined;
  const commit = (await git(place, ['rev-parse', '--verify', '--quiet', 'HEAD']))?.trim();
  return { folder, commit, files: new Set(files.map((name) => path.posix.join(folder, name))) };
}

/** The checkout's own configuration may name programs (git-config(1), core.fsmonitor). */
const SETTINGS = ['safe.directory=*', 'core.fsmonitor=false', 'core.hooksPath=/dev/null'].flatMap((setting) => [
  '-c',
  setting,
]);

async function git(folder: string, argv: readonly string[]): Promise<string | undefined> {
  const { exitCode, stdout } = await run(['git', ...SETTINGS, '-C', folder, ...argv], {
    okExitCodes: 'any',
    captureBytes: 64 * 1024 ** 2,
  });
  return exitCode === 0 ? stdout : undefined;
}
