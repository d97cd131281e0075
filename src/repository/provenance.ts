/** Who signed the builds, where they must be signed: what `allowed-signers` asks for (docs/signing.md). */
import type { AllowedSigners, GoodSignature } from '../signing/allowed-signers.ts';
import type { Build } from './builds.ts';

/** Filled by the drivers while they read. */
export class Provenance {
  readonly signers: AllowedSigners;
  readonly #found = new Map<Build, Map<string, GoodSignature>>();

  constructor(signers: AllowedSigners) {
    this.signers = signers;
  }

  /** Remembers who signed something of a build. */
  add(build: Build, signatures: readonly GoodSignature[]): void {
    const found = this.#found.get(build) ?? new Map<string, GoodSignature>();
    this.#found.set(build, found);
    for (const each of signatures) found.set(each.fingerprint, each);
  }

  /** Whose signatures a build has, all of them verified; sorted by fingerprint. */
  of(build: Build): GoodSignature[] {
    const found = [...(this.#found.get(build)?.values() ?? [])];
    // Every driver asks for one of each file: without any, something was not looked at.
    if (found.length === 0) throw new Error(`nobody verified the signatures of ${build.folder}`);
    return found.sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
  }
}
