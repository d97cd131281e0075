/** What a .rpm file says of itself (rpm(8); the V4 package format of the rpm reference manual). */
import type { Evr } from './evr.ts';

/** An .rpm, read from its headers, whose digests have been verified. */
export interface RpmPackage {
  readonly name: string;
  readonly evr: Evr;
  /** `x86_64`, `noarch`; of a source package what it was made on: use `isSource`. */
  readonly architecture: string;
  readonly isSource: boolean;
  /** File name of the source package it was built from, RPMTAG_SOURCERPM; `undefined` of a source package. */
  readonly sourceRpm: string | undefined;
  /**
   * SHA-256 (hexadecimal) of the main header as it lies in the file. It identifies the content (the header holds the
   * payload's digests) and stays the same when the package is signed, unlike the digest of the file.
   */
  readonly headerDigest: string;
  /** Offset and length in bytes of the main header in the file, with its magic. */
  readonly headerRange: { readonly start: number; readonly end: number };
  /** Whether it carries an OpenPGP signature. */
  readonly isSigned: boolean;
  /** `hello-debuginfo`, `hello-debugsource`: by name, as Fedora's tools tell them. */
  readonly isDebug: boolean;
  readonly summary: string;
  readonly license: string;
  /** Seconds since the epoch, RPMTAG_BUILDTIME. */
  readonly buildTime: number;
  /** Bytes of the whole file. */
  readonly size: number;
}

/** Whether a package of that name is of debug information or sources for debuggers (`RpmPackage.isDebug`). */
export function isDebugName(name: string): boolean {
  return /-debug(?:info|source)(?:-|$)/.test(name);
}
