/**
 * Tries a staged snapshot with the apt of its target, in a session of it: everything that the publish brings is installed
 * and upgraded to, as far as apt plans and fetches it. dpkg is never run, so no maintainer script is either, and what is
 * installed already is what a status file says.
 */

import { repositoryUris } from '../../buildroot/generation.ts';
import { localBinds } from '../../buildroot/local-repository.ts';
import { openSession, type Session } from '../../buildroot/session.ts';
import { formatCount } from '../../format.ts';
import { isMissing, readSimulation, replacedNames, type Simulated, statusWith, unmetReason } from './apt-text.ts';
import { findGroups } from './groups.ts';
import { mergePools } from './pools.ts';
import type { ChangedPackage, ClientCheckRequest, ClientCheckResult, PoolPackage, Refused } from './request.ts';
import {
  type AptRequest,
  BYTES_PER_CALL,
  OUTPUT_BYTES,
  PER_CALL,
  specOf,
  TargetApt,
  TOP,
  type View,
} from './target-apt.ts';
import { checkCompanions, checkUpgrades } from './upgrades.ts';

export interface DebClientCheckRequest extends ClientCheckRequest, AptRequest {
  /** Binary packages of the staged snapshot that the publish does not bring. */
  readonly unchanged: readonly PoolPackage[];
}

const STATUS = `${TOP}/status`;

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

class Check {
  readonly #session: Session;
  readonly #request: DebClientCheckRequest;
  readonly #apt: TargetApt;

  constructor(session: Session, request: DebClientCheckRequest) {
    this.#session = session;
    this.#request = request;
    this.#apt = new TargetApt(session, request);
  }

  async run(): Promise<ClientCheckResult> {
    const { packages, former, logger, target } = this.#request;
    logger.progress(`client check in ${target}: reading the indexes`);
    await this.#apt.nameSources();
    logger.progress(`client check in ${target}: installing ${formatCount(packages.length, 'package')}`);
    const refused: Refused[] = [];
    const tryInstall = async (group: readonly ChangedPackage[]) => await this.#plan('staged', group);
    const install = await this.#groups(packages, tryInstall);
    refused.push(...install.bad.map(({ item, reason }) => ({ step: 'install' as const, packages: [item], reason })));
    const installed = install.good.flat();
    await this.#apt.fetch(installed);

    if (former === undefined) {
      return { downloads: this.#apt.downloads, installed: installed.length, upgraded: 0, refused, warnings: [] };
    }
    logger.progress(`client check in ${target}: upgrading`);
    // One that cannot be installed cannot be upgraded to either, and that was said.
    const upgrades = async () =>
      await checkUpgrades(installed, {
        installFormer: async (group) => await this.#plan('former', group),
        upgrade: async (group) => await this.#upgrade(group),
      });
    let upgraded = await upgrades();
    const mayPass = upgraded.refused.some(({ reason }) => isMissing(reason));
    if (mayPass && (await this.#apt.refresh())) upgraded = await upgrades();
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
      downloads: this.#apt.downloads,
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
    if (!first.bad.some(({ reason }) => isMissing(reason)) || !(await this.#apt.refresh())) return first;
    const again = await findGroups(
      first.bad.map(({ item }) => item),
      attempt,
    );
    return { good: [...first.good, ...again.good], bad: again.bad };
  }

  /** Plans the installation of these on the clean target; the reason where that cannot be. */
  async #plan(view: View, group: readonly ChangedPackage[]): Promise<string | undefined> {
    const simulated = await this.#simulate(view, [], group.map(view === 'staged' ? installSpec : formerSpec));
    if (typeof simulated === 'string') return simulated;
    if (view === 'staged') await this.#apt.fetch(this.#unchangedOf(simulated));
    return undefined;
  }

  /**
   * Plans the upgrade of a machine that has the former versions of these, with all that they need, and others besides.
   * Where these could not be installed no machine has them.
   */
  async #upgrade(group: readonly ChangedPackage[], others: readonly PoolPackage[] = []): Promise<string | undefined> {
    const before = await this.#simulate('former', [], [...group.map(formerSpec), ...others.map(installSpec)]);
    if (typeof before === 'string') return undefined;
    const shown = await this.#show('former', before.install);
    const { stdout: status } = await this.#session.chroot(['cat', '/var/lib/dpkg/status'], {
      captureBytes: OUTPUT_BYTES,
    });
    const removed = before.remove.map(({ name }) => name);
    await this.#session.writeFile(STATUS, statusWith(status, shown, removed));
    const machine = ['-o', `Dir::State::status=${STATUS}`, '-o', `Dir::Cache::pkgcache=${TOP}/upgrade.bin`];
    const after = await this.#simulate('staged', machine, group.map(installSpec));
    if (typeof after === 'string') return after;
    const lost = await this.#lost(before, after, group);
    if (lost !== undefined) return lost;
    await this.#apt.fetch(this.#unchangedOf(after));
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
    const { exitCode, stdout, stderr } = await this.#apt.run(
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
      const { stdout } = await this.#apt.run(view, ['apt-cache', 'show', ...specs]);
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
}

/** As `apt-get install` takes it, for which a `+` at the end says what to do and is none of the version. */
const installSpec = (each: PoolPackage) => `${specOf(each)}${/[+-]$/.test(each.version) ? '+' : ''}`;
const formerSpec = (each: ChangedPackage) => installSpec(each.former ?? each);
