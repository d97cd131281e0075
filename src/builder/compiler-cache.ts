/**
 * Compiling through ccache(1) or sccache: what is mounted, installed and set in a session for it, and what came of it.
 *
 * No base folder is set (CCACHE_BASEDIR): ccache would give relative paths to the compiler where the build gives
 * absolute ones, and they end up in `__FILE__` and debug information. So packages are the same with and without a cache,
 * and builds that name their sources by absolute paths (cmake) find nothing under another version's folder.
 */

import { type HeldCache, holdCompilerCache } from '../buildroot/compiler-cache.ts';
import { MOCK_USER } from '../buildroot/mock/session-script.ts';
import type { Session, SessionBind } from '../buildroot/session.ts';
import { CommandError, messageOf } from '../errors.ts';
import { formatCount } from '../format.ts';
import type { Logger } from '../host/host.ts';
import type { CompilerCacheRequest } from './build-settings.ts';
import type { Diagnosis } from './log/diagnosis.ts';

/** Where the cache is in the root. */
export const CACHE_PLACE = '/var/cache/pkg-actions/compiler';
/** What the tool notes of each compilation of this build, written by the build user. */
const NOTES = '/tmp/pkg-actions-compiler-cache.log';
/** Sourced after all others by login shells. */
const PROFILE = '/etc/profile.d/zz-pkg-actions-compiler-cache.sh';
/** Programs by the names of compilers, for the tool whose package brings none. */
const WRAPPERS = '/usr/local/lib/pkg-actions/sccache';
/** Names that a build calls C and C++ compilers by; with the triplet before them, too. */
const COMPILERS = ['cc', 'c++', 'gcc', 'g++', 'clang', 'clang++'];
/** Bytes of notes that are read. */
const MOST_NOTES = 32 * 1024 ** 2;

/** What came of a build's compilations, as far as the tool tells. */
export interface CacheUse {
  readonly tool: 'ccache' | 'sccache';
  readonly hits: number;
  readonly misses: number;
}

export interface CompilerCache extends AsyncDisposable {
  readonly tool: 'ccache' | 'sccache';
  readonly binds: readonly SessionBind[];
  /** Names of packages that have the tool. */
  readonly packages: readonly string[];
  /** For the build. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folders before the others of PATH. */
  readonly path: readonly string[];
  /**
   * Readies the session, once the tool is installed in it.
   *
   * @param shell `login` where builds begin with one, as mock's do: its profile may set PATH anew.
   */
  prepare(session: Session, shell?: 'login'): Promise<void>;
  /** How the build used it; `undefined` where the tool did not tell. Ends all processes of the build. */
  used(session: Session): Promise<CacheUse | undefined>;
}

export interface CompilerCacheBuild {
  readonly state: string;
  readonly cache: CompilerCacheRequest | undefined;
  /** Name of the source package, for where no key was given. */
  readonly name: string;
  readonly change: 'merge' | 'review';
  readonly target: string;
  readonly architecture: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** @returns `undefined` where none was asked for, or where there is none to be had: that is a warning. */
export async function openCompilerCache(build: CompilerCacheBuild): Promise<CompilerCache | undefined> {
  const { cache, signal, logger } = build;
  if (cache === undefined || cache.mostBytes === 0) return undefined;
  let held: HeldCache;
  try {
    held = await holdCompilerCache({
      ...build,
      tool: cache.tool,
      mostBytes: cache.mostBytes,
      key: cache.key ?? build.name,
      // The build user of deb sessions has the same ids as that of mock's.
      owner: MOCK_USER.id,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    logger.warning(`The build goes on without its compiler cache: ${messageOf(error)}`);
    return undefined;
  }
  const settings = cache.tool === 'ccache' ? ccacheSettings(cache.mostBytes) : sccacheSettings(cache.mostBytes);
  return {
    tool: cache.tool,
    binds: [{ source: held.path, destination: CACHE_PLACE, writable: true }],
    packages: [cache.tool],
    ...settings,
    async prepare(session, shell) {
      if (cache.tool === 'sccache') await makeWrappers(session);
      if (shell === 'login') await session.writeFile(PROFILE, `PATH=${settings.path.join(':')}:$PATH\n`);
    },
    used: (session) => readUse(session, cache.tool),
    [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
  };
}

type Settings = Pick<CompilerCache, 'environment' | 'path'>;

function ccacheSettings(mostBytes: number): Settings {
  return {
    environment: {
      CCACHE_DIR: CACHE_PLACE,
      CCACHE_MAXSIZE: `${Math.ceil(mostBytes / 1024)}Ki`,
      // An object is the assembler's work too, and ccache looks at the compiler alone.
      CCACHE_EXTRAFILES: '/usr/bin/as',
      // ccache 4.4 and later.
      CCACHE_STATSLOG: NOTES,
    },
    // Debian's place, and that of Fedora and EL, where it is a folder of links by the names of compilers.
    path: ['/usr/lib/ccache', '/usr/lib64/ccache'],
  };
}

function sccacheSettings(mostBytes: number): Settings {
  return {
    environment: {
      SCCACHE_DIR: CACHE_PLACE,
      SCCACHE_CACHE_SIZE: `${Math.max(1, Math.ceil(mostBytes / 1024 ** 2))}M`,
      // Its server lives as long as the session: every process of it ends with it.
      SCCACHE_IDLE_TIMEOUT: '0',
      // On loopback: that of the build alone where it has no network, else the host's, which other builds share.
      SCCACHE_SERVER_PORT: String(20_000 + Math.floor(Math.random() * 40_000)),
      SCCACHE_ERROR_LOG: NOTES,
      SCCACHE_LOG: 'sccache::compiler::compiler=debug',
      RUSTC_WRAPPER: '/usr/bin/sccache',
    },
    path: [WRAPPERS],
  };
}

/** sccache wants the compiler named; ccache knows it by the name that it is called by itself. */
async function makeWrappers(session: Session): Promise<void> {
  const script = `
set -eu
mkdir -p "$1"
for name in $2; do
  for compiler in /usr/bin/"$name" /usr/bin/*-linux-*-"$name"; do
    [ -x "$compiler" ] || continue
    printf '#!/bin/sh\\nexec /usr/bin/sccache %s "$@"\\n' "$compiler" > "$1/\${compiler##*/}"
    chmod 0755 "$1/\${compiler##*/}"
  done
done
:`;
  await session.chroot(['sh', '-c', script, 'sh', WRAPPERS, COMPILERS.join(' ')], { privileges: 'setup' });
}

async function readUse(session: Session, tool: 'ccache' | 'sccache'): Promise<CacheUse | undefined> {
  try {
    // The build user made it: it may be a pipe. Nobody is left who could make it one after it was looked at.
    await session.endProcesses();
    const script = '[ -f "$1" ] && [ ! -L "$1" ] && exec head -c "$2" "$1"';
    const { stdout, exitCode } = await session.chroot(['sh', '-c', script, 'sh', NOTES, String(MOST_NOTES)], {
      okExitCodes: 'any',
      captureBytes: 4 * MOST_NOTES,
      timeoutSeconds: 120,
    });
    return exitCode === 0 ? countNotes(stdout, tool) : undefined;
  } catch (error) {
    if (!(error instanceof CommandError) || error.failure.end === 'cancelled') throw error;
    return undefined;
  }
}

/** Counts what ccache (statslog, a name or `# FILE` a line) or sccache's server wrote. They are the build's own words. */
export function countNotes(text: string, tool: 'ccache' | 'sccache'): CacheUse {
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  return tool === 'ccache'
    ? { tool, hits: count(/^(?:direct|preprocessed)_cache_hit$/gm), misses: count(/^cache_miss$/gm) }
    : { tool, hits: count(/\bCache hit in\b/g), misses: count(/\bCache miss in\b/g) };
}

/** `compiler cache (ccache): 12 hits, 3 misses` */
export function cacheLine({ tool, hits, misses }: CacheUse): string {
  return `compiler cache (${tool}): ${formatCount(hits, 'hit')}, ${formatCount(misses, 'miss', 'misses')}`;
}

/** That the target's repositories do not have the tool is no fault of the package. */
export function blameCache(diagnosis: Diagnosis, cache: CompilerCacheRequest | undefined): Diagnosis {
  const { verdict, phase, quotes, reason } = diagnosis;
  if (cache === undefined || verdict !== 'package' || phase !== 'dependencies') return diagnosis;
  const isTool = new RegExp(`(?<![\\w.-])${cache.tool}(?![\\w.-])`);
  if (!quotes.some(({ text }) => isTool.test(text))) return diagnosis;
  return {
    ...diagnosis,
    verdict: 'configuration',
    reason: `${cache.tool}, which the input compiler-cache asks for, cannot be installed: ${reason}`,
  };
}
