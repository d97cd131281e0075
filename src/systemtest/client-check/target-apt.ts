/** apt of the target, in a session of it: which sources it sees, what it says, what it fetches. */

import type { Repository } from '../../buildroot/configuration.ts';
import { failureLine, writeRepositories } from '../../buildroot/mmdebstrap.ts';
import type { Session } from '../../buildroot/session.ts';
import type { AptPin } from '../../deb/apt-source.ts';
import { CommandError, InfrastructureError, UserError } from '../../errors.ts';
import { formatCount } from '../../format.ts';
import type { RunResult } from '../../process.ts';
import { aptRetryOptions } from '../../retry.ts';
import type { ClientCheckRequest, PoolPackage } from './request.ts';

export interface AptRequest
  extends Pick<
    ClientCheckRequest,
    'keys' | 'former' | 'target' | 'architecture' | 'proxy' | 'timeoutSeconds' | 'logger'
  > {
  readonly suite: string;
  /** Those that machines get without asking for more: none of debug symbols. */
  readonly components: readonly string[];
  /** What the packages may need from elsewhere, beside the target's own archive. */
  readonly sources: readonly Repository[];
  readonly pins: readonly AptPin[];
}

/** Where the session shows snapshots, below its root: `staged` and `former`, as a client has them. */
export const TOP = '/run/pkg-actions/client';
/** Packages named in one call. */
export const PER_CALL = 500;
/** Bytes fetched before they are removed again, one file at least: they lie in memory. */
export const BYTES_PER_CALL = 256 * 1024 ** 2;
/** What apt prints of some ten thousand packages. */
export const OUTPUT_BYTES = 64 * 1024 ** 2;

/** Which snapshot apt sees, beside the target's own sources. */
export type View = 'staged' | 'former';

const OWN = 'pkg-actions-published.list';
/** The folders that are shown are the publisher's alone; apt's user for downloads could not read them. */
const OPTIONS = ['-o', 'APT::Sandbox::User=root'];

const FETCH = 'mkdir -p "$1" && cd "$1" && shift && "$@" && rm -f -- *.deb';

const COPY_SOURCES = `
mkdir -p "$1"
if [ -d /etc/apt/sources.list.d ]; then cp -RL /etc/apt/sources.list.d/. "$1/"; fi
if [ -s /etc/apt/sources.list ]; then cp /etc/apt/sources.list "$1/target.list"; fi
`;

/** As apt names a version of a package. */
export const specOf = ({ name, version }: PoolPackage) => `${name}=${version}`;

export class TargetApt {
  readonly #session: Session;
  readonly #request: AptRequest;
  readonly #fetched = new Set<string>();
  #isFresh = false;

  constructor(session: Session, request: AptRequest) {
    this.#session = session;
    this.#request = request;
  }

  /** How many files were fetched. */
  get downloads(): number {
    return this.#fetched.size;
  }

  /** Has apt fetch these, and compare them with the signed indexes. */
  async fetch(packages: readonly PoolPackage[]): Promise<void> {
    const { logger, target } = this.#request;
    const missing = packages.filter(({ path }) => !this.#fetched.has(path));
    for (let start = 0; start < missing.length; ) {
      let end = start;
      let bytes = 0;
      while (end < missing.length && end - start < PER_CALL) {
        bytes += missing[end]?.size ?? 0;
        if (end > start && bytes > BYTES_PER_CALL) break;
        end += 1;
      }
      const part = missing.slice(start, end);
      logger.progress(`client check in ${target}: fetching ${end} of ${formatCount(missing.length, 'package')}`);
      try {
        await this.run('staged', [
          ...(['sh', '-ec', FETCH, 'sh', `${TOP}/downloads`] as const),
          ...this.#options('apt-get', 'staged'),
          ...['-q', 'download', ...part.map(specOf)],
        ]);
      } catch (error) {
        if (!(error instanceof CommandError) || error.failure.end !== 'exit') throw error;
        if (/No space left on device|enough free space/.test(error.failure.stderr)) throw noSpace(target, error);
        throw new UserError(
          {
            what: 'a client cannot fetch what was published',
            where: `${target} (${this.#request.architecture})`,
            found: failureLine(error) ?? error.message,
          },
          { cause: error },
        );
      }
      for (const each of part) this.#fetched.add(each.path);
      start = end;
    }
  }

  async nameSources(): Promise<void> {
    const { keys, suite, components, former, sources, pins, target, architecture } = this.#request;
    const { writeFile } = this.#session;
    await writeFile(`${TOP}/keyring.gpg`, keys.binary);
    await writeRepositories(writeFile, sources, pins, 'release');
    for (const view of ['staged', 'former'] as const) {
      if (view === 'former' && former === undefined) continue;
      await this.#session.chroot(['sh', '-ec', COPY_SOURCES, 'sh', `${TOP}/sources-${view}`], { privileges: 'setup' });
      // What was served until now was checked when it was published, with the keys of that time.
      const option = view === 'staged' ? `signed-by=${TOP}/keyring.gpg` : 'trusted=yes';
      const line = `deb [${option}] file:${TOP}/${view} ${suite} ${components.join(' ')}\n`;
      await writeFile(`${TOP}/sources-${view}/${OWN}`, line);
      try {
        await this.#update([
          ...['-o', `Dir::Etc::SourceList=${TOP}/sources-${view}/${OWN}`, '-o', 'Dir::Etc::SourceParts=-'],
          ...(view === 'former' ? ['-o', 'Acquire::Check-Valid-Until=false'] : []),
        ]);
      } catch (error) {
        if (!(error instanceof CommandError) || error.failure.end !== 'exit') throw error;
        throw new UserError(
          {
            what: 'apt of the target does not accept the repository',
            where: `${target} (${architecture})`,
            found: failureLine(error) ?? error.message,
          },
          { cause: error },
        );
      }
    }
    if (sources.length === 0) return;
    const own = ['-o', 'Dir::Etc::SourceList=/etc/apt/sources.list.d/release.sources', '-o', 'Dir::Etc::SourceParts=-'];
    await this.#update(own, true);
  }

  /** Reads the target's indexes anew, once: those of the generation are of when it was made. */
  async refresh(): Promise<boolean> {
    if (this.#isFresh) return false;
    const { logger, target, architecture } = this.#request;
    logger.progress(`client check in ${target}: reading the indexes of the target anew`);
    try {
      await this.#update(this.#view('staged'), true);
    } catch (error) {
      if (!(error instanceof CommandError) || error.failure.end === 'cancelled') throw error;
      throw new InfrastructureError(
        {
          what: 'the archive of the target cannot be read, so what is missing there is not known',
          where: `${target} (${architecture})`,
          found: failureLine(error) ?? error.message,
          remedy: 'try again later, or bring the buildroot up to date with update-buildroots',
        },
        { cause: error },
      );
    }
    this.#isFresh = true;
    return true;
  }

  async #update(options: readonly string[], network = false): Promise<void> {
    const argv = [
      ...['apt-get', '-q', ...OPTIONS, ...options, ...aptRetryOptions(), ...this.#proxy()],
      ...['-o', 'APT::Get::List-Cleanup=0', '-o', 'APT::Update::Error-Mode=any', 'update'],
    ] as const;
    await this.#chroot(argv as unknown as [string, ...string[]], { network });
  }

  #proxy(): string[] {
    const { proxy } = this.#request;
    return proxy === undefined ? [] : ['http', 'https'].flatMap((kind) => ['-o', `Acquire::${kind}::Proxy=${proxy}`]);
  }

  /** Each with caches of its own: reading all indexes of a distribution takes apt a second. */
  #view = (view: View) => [
    ...['-o', 'Dir::Etc::SourceList=/dev/null', '-o', `Dir::Etc::SourceParts=${TOP}/sources-${view}`],
    ...['-o', `Dir::Cache::srcpkgcache=${TOP}/indexes-${view}.bin`, '-o', `Dir::Cache::pkgcache=${TOP}/${view}.bin`],
  ];

  #options = (tool: string, view: View): string[] => [tool, ...OPTIONS, ...this.#view(view)];

  /** Runs a tool of apt on a view; without network, as all that it needs is there. */
  run(view: View, [tool, ...args]: readonly [string, ...string[]], ok?: 'any'): Promise<RunResult> {
    const argv = tool === 'sh' ? [tool, ...args] : [...this.#options(tool, view), ...args];
    return this.#chroot(argv as [string, ...string[]], { ok });
  }

  #chroot(argv: [string, ...string[]], { network = false, ok }: { network?: boolean; ok?: 'any' | undefined }) {
    const { timeoutSeconds, logger } = this.#request;
    return this.#session.chroot(argv, {
      network,
      privileges: 'setup',
      captureBytes: OUTPUT_BYTES,
      timeoutSeconds,
      ...(ok === undefined ? {} : { okExitCodes: ok }),
      onLine: (line) => logger.debug(line),
    });
  }
}

function noSpace(target: string, error: CommandError): InfrastructureError {
  const what = 'the session in which packages are tried has no space for them';
  return new InfrastructureError({ what, where: target, found: failureLine(error) ?? error.message }, { cause: error });
}
