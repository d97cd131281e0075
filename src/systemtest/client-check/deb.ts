/**
 * Tries a staged snapshot with the apt of its target, in a session of it: everything that the publish brings is installed
 * and upgraded to, as far as apt plans and fetches it. dpkg is never run, so no maintainer script is either, and what is
 * installed already is what a status file says.
 */
import type { Repository } from '../../buildroot/configuration.ts';
import { repositoryUris } from '../../buildroot/generation.ts';
import { localBinds } from '../../buildroot/local-repository.ts';
import { failureLine, writeRepositories } from '../../buildroot/mmdebstrap.ts';
import { openSession, type Session } from '../../buildroot/session.ts';
import type { AptPin } from '../../deb/apt-source.ts';
import { CommandError, InfrastructureError, UserError } from '../../errors.ts';
import type { RunResult } from '../../process.ts';
import { aptRetryOptions } from '../../retry.ts';
import { readSimulation, replacedNames, type Simulated, statusWith, unmetReason } from './apt-text.ts';
import { findGroups } from './groups.ts';
import { mergePools } from './pools.ts';
import type { ChangedPackage, ClientCheckRequest, ClientCheckResult, PoolPackage, Refused } from './request.ts';
import { checkCompanions, checkUpgrades } from './upgrades.ts';

export interface DebClientCheckRequest extends ClientCheckRequest {
  readonly suite: string;
  /** Those that machines get without asking for more: none of debug symbols. */
  readonly components: readonly string[];
  /** Binary packages of the staged snapshot that the publish does not bring. */
  readonly unchanged: readonly PoolPackage[];
  /** What the packages may need from elsewhere, beside the target's own archive. */
  readonly sources: readonly Repository[];
  readonly pins: readonly AptPin[];
}

const TOP = '/run/pkg-actions/client';
const STATUS = `${TOP}/status`;
/** Packages named in one call. */
const PER_CALL = 500;
/** Bytes fetched before they are removed again, one file at least: they lie in memory. */
const BYTES_PER_CALL = 256 * 1024 ** 2;
/** What apt prints of some ten thousand packages. */
const OUTPUT_BYTES = 64 * 1024 ** 2;

/**
 * @throws UserError where apt does not accept the snapshot, or cannot fetch a package of it.
 * @throws InfrastructureError where the target's own archive would have to be asked, and does not answer.
 */
export async function checkDebClients(request: DebClientCheckRequest): Promise<ClientCheckResult> {
  await using session = await openSession({
    state: request.state,
    engine: request.engine,
    root: { lower: [request.generation.tree] },
    scratch: scratchFor(request),
    binds: [
      ...(await localBinds([...repositoryUris(request.generation), ...request.sources.map(({ source }) => source)])),
      { source: `${request.staged.folder}/dists`, destination: `${TOP}/staged/dists` },
      { source: request.empty, destination: `${TOP}/staged/pool` },
      { source: request.staged.pool, destination: `${TOP}/new` },
      { source: request.pool, destination: `${TOP}/old` },
      ...(request.former === undefined
        ? []
        : [{ source: `${request.former.folder}/dists`, destination: `${TOP}/former/dists` }]),
    ],
    runId: request.runId,
    signal: request.signal,
  });
  const at = (folder: string) => `${session.root}${TOP}/${folder}`;
  await mergePools(session, [at('new'), at('old')], at('staged/pool'));
  return await new Check(session, request).run();
}

/** A large package does not fit into a tmpfs that others share. */
function scratchFor({ scratch, packages, unchanged }: DebClientCheckRequest): number | 'disk' {
  const largest = [...packages, ...unchanged].reduce((most, { size }) => Math.max(most, size), 0);
  return typeof scratch === 'number' && BYTES_PER_CALL + largest > scratch / 2 ? 'disk' : scratch;
}

/** Which snapshot apt sees, beside the target's own sources. */
type View = 'staged' | 'former';

class Check {
  readonly #session: Session;
  readonly #request: DebClientCheckRequest;
  readonly #fetched = new Set<string>();
  #isFresh = false;

  constructor(session: Session, request: DebClientCheckRequest) {
    this.#session = session;
    this.#request = request;
  }

  async run(): Promise<ClientCheckResult> {
    const { packages, former, logger, target } = this.#request;
    logger.progress(`client check in ${target}: reading the indexes`);
    await this.#nameSources();
    logger.progress(`client check in ${target}: installing ${packages.length} packages`);
    const refused: Refused[] = [];
    const tryInstall = async (group: readonly ChangedPackage[]) => await this.#plan('staged', group);
    const install = await this.#groups(packages, tryInstall);
    refused.push(...install.bad.map(({ item, reason }) => ({ step: 'install' as const, packages: [item], reason })));
    const installed = install.good.flat();
    await this.#fetch(installed);

    if (former === undefined) {
      return { downloads: this.#fetched.size, installed: installed.length, upgraded: 0, refused, warnings: [] };
    }
    logger.progress(`client check in ${target}: upgrading`);
    // One that cannot be installed cannot be upgraded to either, and that was said.
    const upgrades = async () =>
      await checkUpgrades(installed, {
        installFormer: async (group) => await this.#plan('former', group),
        upgrade: async (group) => await this.#upgrade(group),
      });
    let upgraded = await upgrades();
    if (upgraded.refused.length > 0 && (await this.#refresh())) upgraded = await upgrades();
    refused.push(...upgraded.refused);
    const warnings =
      refused.length > 0
        ? []
        : await checkCompanions(
            installed,
            this.#request.companions,
            async (group, others) => await this.#upgrade(group, others),
          );
    return {
      downloads: this.#fetched.size,
      installed: installed.length,
      upgraded: upgraded.upgraded,
      refused,
      warnings,
    };
  }

  /** What apt cannot do with indexes that are some days old it may do with those of today. */
  async #groups(
    packages: readonly ChangedPackage[],
    attempt: (group: readonly ChangedPackage[]) => Promise<string | undefined>,
  ) {
    const first = await findGroups(packages, attempt);
    if (first.bad.length === 0 || !(await this.#refresh())) return first;
    const again = await findGroups(
      first.bad.map(({ item }) => item),
      attempt,
    );
    return { good: [...first.good, ...again.good], bad: again.bad };
  }

  /** Plans the installation of these on the clean target; the reason where that cannot be. */
  async #plan(view: View, group: readonly ChangedPackage[]): Promise<string | undefined> {
    const simulated = await this.#simulate(view, [], group.map(view === 'staged' ? specOf : formerSpec));
    if (typeof simulated === 'string') return simulated;
    if (view === 'staged') await this.#fetch(this.#unchangedOf(simulated));
    return undefined;
  }

  /**
   * Plans the upgrade of a machine that has the former versions of these, with all that they need, and others besides.
   * Where these could not be installed no machine has them.
   */
  async #upgrade(group: readonly ChangedPackage[], others: readonly PoolPackage[] = []): Promise<string | undefined> {
    const before = await this.#simulate('former', [], [...group.map(formerSpec), ...others.map(specOf)]);
    if (typeof before === 'string') return undefined;
    const shown = await this.#show('former', before.install);
    const { stdout: status } = await this.#session.chroot(['cat', '/var/lib/dpkg/status'], {
      captureBytes: OUTPUT_BYTES,
    });
    const removed = before.remove.map(({ name }) => name);
    await this.#session.writeFile(STATUS, statusWith(status, shown, removed));
    const after = await this.#simulate('staged', ['-o', `Dir::State::status=${STATUS}`], group.map(specOf));
    if (typeof after === 'string') return after;
    const lost = await this.#lost(before, after, group);
    if (lost !== undefined) return lost;
    await this.#fetch(this.#unchangedOf(after));
    return undefined;
  }

  /**
   * What was published and is installed stays, unless a package says that it takes its place: apt would remove it where a
   * person agrees, and hold the upgrade back where nobody is asked.
   */
  async #lost(before: Simulated, after: Simulated, group: readonly ChangedPackage[]): Promise<string | undefined> {
    const published = new Set((this.#request.former?.packages ?? []).map(({ name, version }) => `${name} ${version}`));
    const had = new Set(before.install.map(({ name, version }) => `${name} ${version}`));
    const gone = after.remove
      .map(({ name, version }) => `${name} ${version}`)
      .filter((each) => had.has(each) && published.has(each));
    if (gone.length === 0) return undefined;
    const replaced = replacedNames(await this.#show('staged', [...after.install, ...group]));
    const lost = gone.filter((each) => !replaced.has(each.split(' ')[0] ?? ''));
    if (lost.length === 0) return undefined;
    return `it removes ${lost.join(', ')}, which no package of the upgrade says to replace`;
  }

  /** @returns what apt would do, or why it cannot. */
  async #simulate(view: View, options: readonly string[], specs: readonly string[]): Promise<Simulated | string> {
    const { exitCode, stdout, stderr } = await this.#apt(
      view,
      ['apt-get', '-q', ...options, '--simulate', '--assume-yes', 'install', ...specs],
      'any',
    );
    if (exitCode !== 0) return unmetReason(`${stdout}\n${stderr}`);
    const simulated = readSimulation(stdout);
    if (simulated.essential.length === 0) return simulated;
    return `it removes essential packages: ${simulated.essential.join(' ')}`;
  }

  async #show(view: View, packages: readonly { name: string; version: string }[]): Promise<string> {
    const shown: string[] = [];
    for (let start = 0; start < packages.length; start += PER_CALL) {
      const specs = packages.slice(start, start + PER_CALL).map(({ name, version }) => `${name}=${version}`);
      const { stdout } = await this.#apt(view, ['apt-cache', 'show', ...specs]);
      shown.push(stdout);
    }
    return shown.join('\n\n');
  }

  /** Packages of the repository that the publish does not bring, and that these need. */
  #unchangedOf({ install }: Simulated): PoolPackage[] {
    const planned = new Set(install.map(({ name, version, architecture }) => `${name} ${version} ${architecture}`));
    return this.#request.unchanged.filter(({ name, version, architecture }) =>
      planned.has(`${name} ${version} ${architecture}`),
    );
  }

  /** Has apt fetch these, and compare them with the signed indexes. */
  async #fetch(packages: readonly PoolPackage[]): Promise<void> {
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
      logger.progress(`client check in ${target}: fetching ${end} of ${missing.length} packages`);
      try {
        await this.#apt('staged', [
          ...(['sh', '-ec', FETCH, 'sh', `${TOP}/downloads`] as const),
          ...this.#options('apt-get', 'staged'),
          ...['-q', 'download', ...part.map(specOf)],
        ]);
      } catch (error) {
        if (!(error instanceof CommandError) || error.failure.end !== 'exit') throw error;
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

  async #nameSources(): Promise<void> {
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
          '-o',
          `Dir::Etc::SourceList=${TOP}/sources-${view}/${OWN}`,
          '-o',
          'Dir::Etc::SourceParts=-',
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
  async #refresh(): Promise<boolean> {
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
    await this.#run(argv as unknown as [string, ...string[]], { network });
  }

  #proxy(): string[] {
    const { proxy } = this.#request;
    return proxy === undefined ? [] : ['http', 'https'].flatMap((kind) => ['-o', `Acquire::${kind}::Proxy=${proxy}`]);
  }

  #view = (view: View) => [
    '-o',
    'Dir::Etc::SourceList=/dev/null',
    '-o',
    `Dir::Etc::SourceParts=${TOP}/sources-${view}`,
  ];

  #options = (tool: string, view: View): string[] => [tool, ...OPTIONS, ...this.#view(view)];

  /** Runs a tool of apt on a view; without network, as all that it needs is there. */
  #apt(view: View, [tool, ...args]: readonly [string, ...string[]], ok?: 'any'): Promise<RunResult> {
    const argv = tool === 'sh' ? [tool, ...args] : [...this.#options(tool, view), ...args];
    return this.#run(argv as [string, ...string[]], { ok });
  }

  #run(argv: [string, ...string[]], { network = false, ok }: { network?: boolean; ok?: 'any' | undefined }) {
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

const OWN = 'pkg-actions-published.list';
/** The folders that are shown are the publisher's alone; apt's user for downloads could not read them. */
const OPTIONS = ['-o', 'APT::Sandbox::User=root'];

const FETCH = 'mkdir -p "$1" && cd "$1" && shift && "$@" && rm -f -- *.deb';

const COPY_SOURCES = `
mkdir -p "$1"
if [ -d /etc/apt/sources.list.d ]; then cp -RL /etc/apt/sources.list.d/. "$1/"; fi
if [ -s /etc/apt/sources.list ]; then cp /etc/apt/sources.list "$1/target.list"; fi
`;

const specOf = ({ name, version }: PoolPackage) => `${name}=${version}`;
const formerSpec = ({ name, version, former }: ChangedPackage) => `${name}=${former?.version ?? version}`;
