/**
 * Tries a staged snapshot with the dnf of its target, through mock in sessions of it: everything that the publish brings
 * is installed and upgraded to, as far as dnf resolves, downloads and verifies it. No transaction is run. What is
 * installed already is what the database of the session's root says, into which former packages are written without
 * their files, scriptlets and triggers (rpm --justdb).
 */

import { planTransaction } from '../../builder/rpm-plan.ts';
import { diagnoseThrown } from '../../builder/thrown.ts';
import { sessionUri } from '../../buildroot/local-repository.ts';
import type { RpmRepository } from '../../buildroot/mock/repositories.ts';
import { type MockSession, openMockSession } from '../../buildroot/mock/session.ts';
import { BASEDIR, ROOT_NAME } from '../../buildroot/mock/session-script.ts';
import { mockFailureLine } from '../../buildroot/mock/tree.ts';
import { UserError } from '../../errors.ts';
import { formatCount } from '../../format.ts';
import { installByMock } from '../mock-install.ts';
import { unresolvedReason } from './dnf-text.ts';
import { findGroups } from './groups.ts';
import { mergePools } from './pools.ts';
import type { ChangedPackage, ClientCheckRequest, ClientCheckResult, PoolPackage, Refused } from './request.ts';
import { checkCompanions, checkUpgrades } from './upgrades.ts';

export interface RpmClientCheckRequest extends ClientCheckRequest {
  /** What the packages may need from elsewhere, beside the repositories of the generation's configuration. */
  readonly sources: readonly RpmRepository[];
}

const STAGED = 'pkg-actions-staged';
const FORMER = 'pkg-actions-former';
/** The repository's pool, in the top and in the buildroot. */
const POOL = '/run/pkg-actions-pool';
/** Packages named in one call of rpm. */
const PER_CALL = 200;

/**
 * @throws UserError where dnf does not accept the snapshot, or a package of it.
 * @throws CommandError where a repository of the target does not answer.
 */
export async function checkRpmClients(request: RpmClientCheckRequest): Promise<ClientCheckResult> {
  return await new Check(request).run();
}

class Check {
  readonly #request: RpmClientCheckRequest;
  readonly #fetched = new Set<string>();

  constructor(request: RpmClientCheckRequest) {
    this.#request = request;
  }

  async run(): Promise<ClientCheckResult> {
    const { packages, logger, target } = this.#request;
    const refused: Refused[] = [];
    logger.progress(`client check in ${target}: installing ${formatCount(packages.length, 'package')}`);
    const installed: ChangedPackage[] = [];
    {
      await using mock = await this.#open('replacing');
      const { good, bad } = await findGroups(packages, async (group) => await this.#dnf(mock, group));
      installed.push(...good.flat());
      refused.push(...bad.map(({ item, reason }) => ({ step: 'install' as const, packages: [item], reason })));
    }
    const hasFormer = installed.some(({ former }) => former !== undefined);
    if (!hasFormer) {
      return { downloads: this.#fetched.size, installed: installed.length, upgraded: 0, refused, warnings: [] };
    }
    logger.progress(`client check in ${target}: upgrading`);
    const upgrades = await this.#upgrades(installed);
    refused.push(...upgrades.refused);
    return {
      downloads: this.#fetched.size,
      installed: installed.length,
      upgraded: upgrades.upgraded,
      refused,
      warnings: upgrades.warnings,
    };
  }

  async #upgrades(packages: readonly ChangedPackage[]) {
    await using stack = new AsyncDisposableStack();
    /** One in whose database nothing was written yet. */
    let clean: MockSession | undefined;
    const session = async () => {
      clean ??= stack.use(await this.#open('keeping'));
      return clean;
    };
    const closures = new Map<readonly ChangedPackage[], readonly PoolPackage[]>();
    let isKnown = true;
    const closureOf = async (group: readonly ChangedPackage[], others: readonly PoolPackage[] = []) => {
      const found = await this.#formerClosure(await session(), [
        ...group.flatMap(({ former }) => former ?? []),
        ...others,
      ]);
      if (!found.isTold) isKnown = false;
      if (found.closure !== undefined && others.length === 0) closures.set(group, found.closure);
      return found.closure;
    };
    const upgrade = async (group: readonly ChangedPackage[], others: readonly PoolPackage[] = []) => {
      const closure = closures.get(group) ?? (await closureOf(group, others));
      if (closure === undefined) return undefined;
      const mock = await session();
      clean = undefined;
      await this.#recordInstalled(mock, closure);
      const reason = await this.#dnf(mock, group, FORMER);
      // It is gone before the next one is opened: each may be promised memory.
      await mock[Symbol.asyncDispose]();
      return reason;
    };
    const checked = await checkUpgrades(packages, {
      isKnown: () => isKnown,
      installFormer: async (group) => ((await closureOf(group)) === undefined ? 'not installable' : undefined),
      upgrade: async (group) => await upgrade(group),
    });
    const { companions } = this.#request;
    const warnings = checked.refused.length > 0 ? [] : await checkCompanions(packages, companions, upgrade);
    return { ...checked, warnings };
  }

  /**
   * What a machine has of the repository where these, former versions, are installed: themselves, and what they need.
   * Where the package manager does not tell, themselves.
   */
  async #formerClosure(mock: MockSession, own: readonly PoolPackage[]) {
    const argv = [`--disablerepo=${STAGED}`, '--install', ...own.map(nevra)];
    const { plan, isTold } = await planTransaction(mock, argv, this.#request.timeoutSeconds);
    if (!isTold) return { closure: own, isTold };
    if (plan === undefined) return { closure: undefined, isTold };
    const bySha256 = new Map((this.#request.former?.packages ?? []).map((each) => [`sha256:${each.sha256}`, each]));
    const closure = plan.install.flatMap(({ checksum }) => bySha256.get(checksum) ?? []);
    return { closure, isTold };
  }

  /** Writes them into the database of the root, by the target's own rpm, and nothing else of them. */
  async #recordInstalled(mock: MockSession, packages: readonly PoolPackage[]): Promise<void> {
    for (let start = 0; start < packages.length; start += PER_CALL) {
      const part = packages.slice(start, start + PER_CALL);
      await mock.session.chroot(
        [
          ...(['rpm', '--install', '--justdb', '--noscripts', '--notriggers', '--nodeps', '--force'] as const),
          // What is served was verified when it was published, with the keys of that time.
          ...['--ignorearch', '--ignoresize', '--nosignature', '--'],
          ...part.map(({ path }) => `${POOL}/${path.replace(/^pool\//, '')}`),
        ],
        { timeoutSeconds: this.#request.timeoutSeconds },
      );
    }
  }

  async #open(downloadOnly: 'replacing' | 'keeping'): Promise<MockSession> {
    const request = this.#request;
    const { staged, former, keys, proxy } = request;
    const isUpgrade = downloadOnly === 'keeping';
    const mock = await openMockSession({
      state: request.state,
      engine: request.engine,
      generation: request.generation,
      scratch: request.scratch,
      repositories: [
        { name: STAGED, baseurl: `file:${staged.folder}`, keys: [keys.armored], trusted: false, repoGpgcheck: true },
        ...(isUpgrade && former !== undefined
          ? [{ name: FORMER, baseurl: `file:${former.folder}`, keys: [], trusted: true }]
          : []),
        ...request.sources,
      ],
      binds: [
        { source: request.pool, destination: POOL },
        ...(isUpgrade ? [{ source: request.pool, destination: `${BASEDIR}/${ROOT_NAME}/root${POOL}` }] : []),
      ],
      install: { downloadOnly, ...(proxy === undefined ? {} : { proxy }) },
      runId: request.runId,
      signal: request.signal,
    });
    try {
      const seen = `${sessionUri(staged.folder)}/pool`;
      await mergePools(mock.session, [seen, POOL], seen);
      return mock;
    } catch (error) {
      await mock[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Has dnf resolve, download and verify these; the reason where it cannot resolve them. */
  async #dnf(mock: MockSession, group: readonly ChangedPackage[], without?: string): Promise<string | undefined> {
    const { logger, timeoutSeconds, target, architecture } = this.#request;
    const words = [...(without === undefined ? [] : [`--disablerepo=${without}`]), '--install', ...group.map(nevra)];
    const { lines, failure } = await installByMock(mock, words, { say: (line) => logger.debug(line), timeoutSeconds });
    if (failure !== undefined) {
      const { error, told } = failure;
      const reason = unresolvedReason(lines);
      if (reason !== undefined) return reason;
      const line = mockFailureLine(told) ?? error.message;
      const isOurs = line.includes(STAGED) || group.some((each) => line.includes(nevra(each)));
      if (!isOurs && diagnoseThrown(told, 'rpm') !== undefined) throw told;
      if (/No match for argument|Unable to find a match/.test(line)) return line;
      throw new UserError(
        {
          what: 'dnf of the target does not accept what was published',
          where: `${target} (${architecture})`,
          found: line,
        },
        { cause: error },
      );
    }
    for (const each of group) this.#fetched.add(each.path);
    for (const line of lines) {
      const [, file] = /^(?:\(\d+\/\d+\): )?(\S+\.rpm) .*\d+:\d\d/.exec(line) ?? [];
      if (file !== undefined) this.#fetched.add(file);
    }
    return undefined;
  }
}

/** As dnf takes it. */
const nevra = ({ name, version, architecture }: PoolPackage) => `${name}-${version}.${architecture}`;
