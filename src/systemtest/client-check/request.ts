/** What a check of a staged snapshot in sessions of its target works with, and what it comes to. */
import type { Engine } from '../../buildroot/engine/engine.ts';
import type { Generation } from '../../buildroot/generation.ts';
import type { Logger } from '../../host/host.ts';

/** A file of the pool, by its path below `public/`. */
export interface PoolPackage {
  readonly name: string;
  /** deb: dpkg's, rpm: `[epoch:]version-release`. */
  readonly version: string;
  /** By the format's name; `all` or `noarch` too. */
  readonly architecture: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** A binary package that the publish brings into the channel. */
export interface ChangedPackage extends PoolPackage {
  /** The version that the channel has before, where that one is to be upgraded from. */
  readonly former: PoolPackage | undefined;
}

export interface ClientCheckRequest {
  readonly state: string;
  readonly engine: Engine;
  readonly scratch: number | 'disk';
  /** Of the target; held by the caller for as long as the check runs. */
  readonly generation: Generation;
  /** What the target is called. */
  readonly target: string;
  /** Of the generation, by the format's name. */
  readonly architecture: string;
  readonly staged: {
    /** The staged snapshot's folder. */
    readonly folder: string;
    /** The folder with what is new in the pool. */
    readonly pool: string;
  };
  /** What the channel points to now. */
  readonly former:
    | {
        /** The snapshot's folder. */
        readonly folder: string;
        /** Its binary packages. */
        readonly packages: readonly PoolPackage[];
      }
    | undefined;
  /** The repository's pool. */
  readonly pool: string;
  /** An empty folder, for mounts. */
  readonly empty: string;
  /** The keys that clients get. */
  readonly keys: { readonly armored: string; readonly binary: Uint8Array };
  readonly packages: readonly ChangedPackage[];
  /** Packages of the channel that were made with the former versions and have no newer one: machines have them still. */
  readonly companions: readonly PoolPackage[];
  /** What packages are downloaded through. */
  readonly proxy: string | undefined;
  /** Wall-clock limit of each call of apt or dnf. */
  readonly timeoutSeconds: number;
  readonly runId: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** What clients could not do. */
export interface Refused {
  readonly step: 'install' | 'upgrade';
  /** Several where each of them can, and not all of them together. */
  readonly packages: readonly ChangedPackage[];
  /** What apt or dnf says. */
  readonly reason: string;
}

export interface ClientCheckResult {
  /** How many packages of the publish can be installed, and be upgraded to. */
  readonly installed: number;
  readonly upgraded: number;
  /** Files that were fetched, and their bytes as far as they are known. */
  readonly downloads: number;
  readonly refused: readonly Refused[];
  /** What is wrong with packages that the publish does not bring. */
  readonly warnings: readonly string[];
}
