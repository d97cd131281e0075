/** What all channels of a deb repository have, as the plan asks for it. */
import {
  type Candidate,
  checkCandidate,
  type PublishedPackage,
  sourceDigest,
  VersionIndex,
} from '../../deb/version-check.ts';
import { shown } from '../builds.ts';
import type { RepositoryView } from '../driver.ts';
import { checkEachChannel, misplacedRefusal, type Refusal, versionRefusal } from '../refusal.ts';
import type { DebSettings, DebSnapshot, SnapshotPackage } from '../snapshot.ts';
import type { BinaryCandidate, SourceCandidate } from './candidates.ts';

export class Published {
  readonly #everywhere = new VersionIndex();
  readonly #inChannel = new VersionIndex();

  constructor({ heads, channel }: RepositoryView<DebSnapshot>) {
    for (const [name, { packages }] of heads) {
      const published = packages.map((each) => asPublished(each, name));
      this.#everywhere.addAll(published);
      if (name === channel) this.#inChannel.addAll(published);
    }
  }

  /** What is wrong with a candidate: at most one refusal. */
  objections(each: BinaryCandidate | SourceCandidate, { architectures }: DebSettings): Refusal[] {
    const { candidate, type } = each;
    const subject = { candidate, type, where: shown(each.type === 'dsc' ? each.dsc : each.file) };
    const { architecture } = candidate;
    if (type !== 'dsc' && architecture !== 'all' && !architectures.includes(architecture)) {
      return [misplacedRefusal(subject, architectures)];
    }
    const result = checkCandidate(candidate, this.#everywhere);
    if (result.outcome !== 'conflict' && result.outcome !== 'downgrade') return [];
    const eachChannel = checkEachChannel(candidate, this.#everywhere, (of) => checkCandidate(candidate, of));
    return versionRefusal(result, eachChannel, subject);
  }

  /**
   * Whether the channel has the very package and goes on with it as it is: as the newest one, or as an older version
   * that is kept.
   *
   * @param newestOnly going back to an older version is what is asked for, or fewer versions shall be kept.
   */
  isLeft(candidate: Candidate, newestOnly: boolean): boolean {
    const { outcome } = checkCandidate(candidate, this.#inChannel);
    if (outcome !== 'downgrade' || newestOnly) return outcome === 'same';
    const known = this.#inChannel.get(candidate.kind, candidate.name);
    const equal = known.filter(({ version }) => version === candidate.version);
    return checkCandidate(candidate, equal).outcome === 'same';
  }
}

/** A package of a channel, for the version check. */
export function asPublished(each: SnapshotPackage, channel: string): PublishedPackage {
  const { kind, name, version, architecture } = each;
  if (kind === 'binary') return { kind, name, version, architecture, sha256: each.files[0]?.sha256 ?? '', channel };
  const files = each.files
    .filter(({ path }) => !path.endsWith('.dsc'))
    .map(({ path, sha256 }) => ({ name: path.slice(path.lastIndexOf('/') + 1), sha256 }));
  return { kind, name, version, architecture, sha256: sourceDigest(files), files, channel };
}
