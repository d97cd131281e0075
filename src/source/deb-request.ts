/** What is asked for: plain values, wherever they came from (inputs, packaging.yml). */
import type { Maintainer } from './changelog-entry.ts';
import type { VersionScheme } from './scheme.ts';
import type { Compression } from './tarball.ts';
import type { SubmodulePolicy } from './tree.ts';

/**
 * How commits after the tag travel: `patch` on top of the tag's orig tarball, `snapshot` in a tarball and an upstream
 * version of their own, `auto` as a patch where that can carry them.
 */
export type PastTag = 'auto' | 'patch' | 'snapshot';

export interface VersionRequest {
  readonly scheme: VersionScheme;
  readonly template?: string;
  readonly suffix: string;
  readonly upstreamFrom: 'auto' | 'tag' | 'changelog';
  /** Glob of tags, as of `git describe --match`. */
  readonly tagPattern: string;
  /** For `hotfix` and `security`. */
  readonly parentBranch?: string;
  readonly pastTag: PastTag;
  /** Version that is published; asserted where given. */
  readonly published?: string;
  /** For `{target}` of a template. */
  readonly target?: string;
}

export interface ReviewChange {
  /** Letters and digits. */
  readonly id: string;
  readonly patchset: number;
  readonly inCode: boolean;
  readonly inSpec: boolean;
  readonly baseBranch?: string;
}

export interface DebSourceRequest {
  /** Folder of the code project, or the part of it that is packed; absolute. */
  readonly code: string;
  /** Folder of the spec project, absolute; the code project when absent. */
  readonly spec?: string;
  readonly ref: string;
  readonly specRef?: string;
  readonly deepen: boolean;
  /** Folder of debian/ in the spec project. */
  readonly debianPath?: string;
  /** Names of the target, which folders of distributions may have. */
  readonly targetNames: readonly string[];
  /** Name that the package must have. */
  readonly packageName?: string;
  /** Names of the projects for the manifest; from their remotes when absent. */
  readonly codeProject?: string;
  readonly specProject?: string;
  /** Folder to write, absolute; replaced as a whole. */
  readonly output: string;
  readonly version: VersionRequest;
  /** The change under review; absent for what is merged. */
  readonly review?: ReviewChange;
  readonly entry: {
    /** Suite; that of the entry before when absent. */
    readonly distribution?: string;
    readonly maintainer?: Maintainer;
    /** Where the entry before has no usable one. */
    readonly fallbackMaintainer?: Maintainer;
    /** Commits that it names. */
    readonly commits: number;
  };
  /** Places to look for published orig tarballs; relative ones start from `origBase`. */
  readonly orig: readonly string[];
  readonly origBase: string;
  /** Folder that downloaded orig tarballs are kept in, absolute; made where something is downloaded. */
  readonly downloads: string;
  readonly compression: Compression;
  readonly submodules: SubmodulePolicy;
}
