/**
 * What is asked of rpm about a spec. A spec is a program: `%(...)`, Lua and loaded macro files run when it is read. So
 * it is read in the target's own buildroot, in a session (`buildroot/spec-session.ts`), and nowhere else; what decides about
 * versions and files talks to this interface only.
 */
import type { SpecSource } from './spec-parsed.ts';

/** What rpmspec(8) makes of a spec. */
export interface ExpandedSpec {
  readonly name: string;
  readonly epoch: number | undefined;
  readonly version: string;
  /** With the buildroot's `%{?dist}`. */
  readonly release: string;
  /** Sources before patches, each by number. */
  readonly sources: readonly SpecSource[];
  /** The newest entry of the changelog: who with version, and seconds since the epoch. */
  readonly changelog: { readonly title: string; readonly time: number } | undefined;
  /** The text that rpm reads, every macro expanded: what `rpmspec --parse` prints. */
  readonly parsed: string;
}

export interface SourceRpmRequest {
  /** Name of the spec in the folder of sources. */
  readonly spec: string;
  /** Seconds since the epoch: the build time that the package says. */
  readonly epoch: number;
  /** Path of the file to write. */
  readonly output: string;
}

export interface SpecExpander {
  /**
   * Folder of the spec and its sources on the host, empty at first. What is put there is seen in the buildroot, read-only,
   * and is gone with the session.
   */
  readonly folder: string;
  /**
   * Expands a spec.
   *
   * @param spec name of its file in the folder of sources, `hello.spec`.
   * @throws UserError where rpm cannot, with its message and line.
   */
  expand(spec: string): Promise<ExpandedSpec>;
  /**
   * Packs a spec and its sources (rpmbuild -bs): the same bytes from the same input and the same buildroot.
   *
   * @returns the name that rpm gives the package. It is rpm's word: check it.
   * @throws UserError where rpm cannot, with its message and line.
   */
  packSource(request: SourceRpmRequest): Promise<string>;
  /** Version of rpm in the buildroot. */
  readonly rpmVersion: string;
}

/** An expander over a generation of the target, held until it is disposed of. */
export interface OpenedExpander extends SpecExpander, AsyncDisposable {
  /** Id of the generation. */
  readonly generation: string;
}
