/** What is asked for of an rpm source package: plain values, wherever they came from (inputs, packaging.yml). */
import type { OpenedExpander } from '../rpm/spec-expander.ts';
import type { Maintainer } from './changelog-entry.ts';
import type { ReviewChange, VersionRequest } from './deb-request.ts';
import type { SubmodulePolicy } from './tree.ts';

/** `srpm`: one `.src.rpm`. `spec`: the spec and its sources, for mock's `--spec` and `--sources`. */
export type RpmOutput = 'srpm' | 'spec';

export interface RpmSourceRequest {
  /** Folder of the code project, or the part of it that is packed; absolute. */
  readonly code: string;
  /** Folder of the spec project, absolute; the code project when absent. */
  readonly spec?: string;
  readonly ref: string;
  readonly specRef?: string;
  readonly deepen: boolean;
  /** The spec file, relative to the spec project's folder; found when absent. */
  readonly specFile?: string;
  /** Names of the target, which folders of distributions may have. */
  readonly targetNames: readonly string[];
  /** Name that the package must have. */
  readonly packageName?: string;
  /** Folder to write, absolute; replaced as a whole. */
  readonly output: string;
  readonly kind: RpmOutput;
  readonly version: VersionRequest;
  /** The change under review; absent for what is merged. */
  readonly review?: ReviewChange;
  readonly entry: {
    readonly maintainer?: Maintainer;
    /** Where the entry before has no usable one. */
    readonly fallbackMaintainer?: Maintainer;
    /** Commits that it names. */
    readonly commits: number;
  };
  /** Folder that downloaded sources are kept in, absolute; made where something is downloaded. */
  readonly downloads: string;
  readonly submodules: SubmodulePolicy;
  readonly target: { readonly name: string; readonly suite: string; readonly architecture: string };
  /**
   * Opens the target's buildroot for specs (`buildroot/spec-session.ts`). Called when all that needs none is known to be
   * right.
   */
  readonly openExpander: () => Promise<OpenedExpander>;
}
