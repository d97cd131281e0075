/**
 * A format of repositories, as the transaction sees it: the deb driver makes indexes with reprepro, the rpm driver with
 * createrepo_c. The lease, staging, snapshots, the pool and the switch are none of their business.
 */
import type { Logger } from '../host/host.ts';
import type { Packets, Signer } from '../signing/signer.ts';
import type { Build } from './builds.ts';
import type { RepositoryPaths } from './layout.ts';
import type { Provenance } from './provenance.ts';
import type { Refusal } from './refusal.ts';
import type { PackageRef, PoolFile, Snapshot, SnapshotPackage, SnapshotRecord, SupersededIndex } from './snapshot.ts';
import type { Staging, Step } from './transaction.ts';

export interface DriverContext {
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly now: Date;
}

/** What `read` works with. */
export interface ReadContext extends DriverContext {
  /** Where builds must be signed: who may, and a place for who did. */
  readonly provenance?: Provenance | undefined;
}

/** What `plan` works with. */
export interface PlanContext extends DriverContext {
  /** Whether a package may be older than a published one. */
  readonly allowDowngrade: boolean;
  /** Whether a version of a source package takes all that another one made, as in review repositories. */
  readonly replacesSources?: boolean | undefined;
}

/** The repository as the lease found it, or as it was read without one (view.ts). */
export interface RepositoryView<S extends Snapshot = Snapshot> {
  readonly paths: RepositoryPaths;
  readonly channel: string;
  /** What each channel points to. */
  readonly heads: ReadonlyMap<string, S>;
  /** What the channel that is published to points to. */
  readonly head: S | undefined;
}

/** What becomes of one package that a build brings. */
export interface PlanEntry extends PackageRef {
  readonly type: SnapshotPackage['type'];
  readonly component?: string;
  /** `same`: the channel has it, with the same content. `downgrade`: it replaces a newer one. */
  readonly action: 'add' | 'upgrade' | 'downgrade' | 'same';
  /** Versions that leave the channel for it. */
  readonly replaces: readonly string[];
  /** Older versions that the channel keeps beside it, the newest first. */
  readonly keeps?: readonly string[];
}

export interface Plan {
  readonly entries: readonly PlanEntry[];
  /** What leaves the channel's indexes; its files stay in the pool for older snapshots. */
  readonly superseded: readonly PackageRef[];
  /** Those of them of which the channel has no version any more. */
  readonly withdrawn: readonly PackageRef[];
  /** What older versions that are kept have, and the newer versions of their source packages do not make any more. */
  readonly staying: readonly PackageRef[];
  /** Why a snapshot is to be made even where every package is the same. */
  readonly reasons: readonly string[];
  /** What may not be published; entries are those of the others. With one of them nothing is published. */
  readonly refusals: readonly Refusal[];
  /** What would be refused as a downgrade, and was allowed. */
  readonly downgrades: readonly Refusal[];
  readonly settings: Snapshot['settings'];
  /** SHA-256 of what was given besides packages, by input. */
  readonly given: Readonly<Record<string, string>>;
}

/** What a driver made in the staging folder. */
export interface Draft<S extends Snapshot = Snapshot> {
  readonly settings: S['settings'];
  readonly packages: readonly SnapshotPackage[];
  readonly records: readonly SnapshotRecord[];
  readonly supersededIndexes: readonly SupersededIndex[];
  /** The files that it put into the staging folder's pool, or found there to be new. */
  readonly poolFiles: readonly PoolFile[];
}

/** What `stage` works with. */
export interface StageContext<S extends Snapshot = Snapshot> extends DriverContext {
  readonly signer: Signer;
  /** While keys change: the key that shall sign later, and signs Release files already. */
  readonly nextSigner?: Signer | undefined;
  readonly staging: Staging;
  readonly view: RepositoryView<S>;
  /** Says that a step is done. */
  readonly done: (step: Step) => Promise<void>;
}

/** What `check` works with. */
export interface CheckContext extends DriverContext {
  readonly staging: Staging;
  /** The public keys that clients get. */
  readonly keys: Packets;
  readonly fingerprint: string;
  readonly nextFingerprint?: string | undefined;
}

/** `S`: the snapshots of the format. */
export interface FormatDriver<Candidates, P extends Plan, S extends Snapshot> {
  readonly format: S['format'];
  /**
   * Reads what the builds bring. Needs no lease and changes nothing.
   *
   * @throws UserError also where something of it must be signed and is not.
   */
  read(builds: readonly Build[], context: ReadContext): Promise<Candidates>;
  /**
   * Compares it with all channels. Changes nothing. Packages that may not be published are in `refusals`.
   *
   * @throws UserError when no plan can be made: for another target, for settings that cannot be.
   */
  plan(candidates: Candidates, view: RepositoryView<S>, context: PlanContext): Promise<P>;
  /** Makes the snapshot to come: signed packages, indexes, signed indexes. Writes only into the staging folder. */
  stage(plan: P, context: StageContext<S>): Promise<Draft<S>>;
  /** Reads the staged snapshot as a client would, and compares what the client sees with `draft`. */
  check(plan: P, draft: Draft<S>, context: CheckContext): Promise<void>;
}
