/** Whether clients that have what the channel had before get what it has then. */
import { findGroups } from './groups.ts';
import type { ChangedPackage, PoolPackage, Refused } from './request.ts';

/** Names in one message. */
const MOST_NAMED = 5;

export interface UpgradeSteps {
  /** `undefined` where the former versions of these can be installed together. */
  readonly installFormer: (packages: readonly ChangedPackage[]) => Promise<string | undefined>;
  /** `undefined` where a machine that has the former versions of these gets the new ones. */
  readonly upgrade: (packages: readonly ChangedPackage[]) => Promise<string | undefined>;
  /** Whether `installFormer` knows; where it does not, only what fails by itself does. */
  readonly isKnown?: () => boolean;
}

/**
 * Machines have what could be installed together. So the former versions are, in as few groups as they can be, and each
 * group is upgraded as a whole. One whose former version could not be installed is nobody's.
 */
export async function checkUpgrades(
  packages: readonly ChangedPackage[],
  { installFormer, upgrade, isKnown = () => true }: UpgradeSteps,
): Promise<{ readonly upgraded: number; readonly refused: readonly Refused[] }> {
  const before = await findGroups(
    packages.filter(({ former }) => former !== undefined),
    installFormer,
  );
  const refused: Refused[] = [];
  for (const group of before.good) {
    const reason = await upgrade(group);
    if (reason === undefined) continue;
    const { bad } = group.length === 1 ? { bad: group.map((item) => ({ item, reason })) } : await apart(group, upgrade);
    refused.push(...bad.map(({ item, reason }) => ({ step: 'upgrade' as const, packages: [item], reason })));
    if (bad.length > 0 || !isKnown()) continue;
    // By themselves they can, and they could be on one machine.
    const named = group.filter(({ name }) => mentions(reason, name));
    refused.push({ step: 'upgrade', packages: (named.length > 0 ? named : group).slice(0, MOST_NAMED), reason });
  }
  const failed = new Set(refused.flatMap((each) => each.packages));
  return { upgraded: before.good.flat().filter((each) => !failed.has(each)).length, refused };
}

/**
 * Whether machines that have packages of which there is no newer version any more are upgraded all the same.
 *
 * @param upgrade as of `checkUpgrades`, for machines that have `companions` besides.
 * @returns a sentence where they are not.
 */
export async function checkCompanions(
  packages: readonly ChangedPackage[],
  companions: readonly PoolPackage[],
  upgrade: (packages: readonly ChangedPackage[], companions: readonly PoolPackage[]) => Promise<string | undefined>,
): Promise<string[]> {
  const group = packages.filter(({ former }) => former !== undefined);
  if (companions.length === 0 || group.length === 0) return [];
  const reason = await upgrade(group, companions);
  if (reason === undefined) return [];
  const named = companions.filter(({ name }) => mentions(reason, name));
  const told = (named.length > 0 ? named : companions).slice(0, MOST_NAMED);
  const which = told.map(({ name, version }) => `${name} ${version}`).join(', ');
  return [`machines that have ${which}, of which there is no newer version, are not upgraded: ${reason}`];
}

async function apart(group: readonly ChangedPackage[], upgrade: UpgradeSteps['upgrade']) {
  const middle = Math.ceil(group.length / 2);
  const halves = [group.slice(0, middle), group.slice(middle)];
  const found = [];
  for (const half of halves) found.push(...(await findGroups(half, upgrade)).bad);
  return { bad: found };
}

/** Whether apt or dnf speaks of the package; names may be parts of others. */
function mentions(text: string, name: string): boolean {
  const escaped = name.replace(/[.+]/g, '\\$&');
  return new RegExp(`(?<![A-Za-z0-9.+_-])${escaped}(?![A-Za-z0-9.+_]|-[A-Za-z])`).test(text);
}
