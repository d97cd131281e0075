/** Signs rpm packages as rpmsign(8) does, without it: the signature header is rewritten, all else stays. */
import type { Signer } from './signer.ts';

export interface RpmSignJob {
  /** The package; never changed. */
  readonly source: string;
  /** Where the signed copy goes; an existing file is replaced. */
  readonly target: string;
}

export interface SignedRpm {
  /** The job's target. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Of the whole signed file, hexadecimal. */
  readonly sha256: string;
}

export interface SignRpmsOptions {
  readonly signal?: AbortSignal;
  /** Called after each package. */
  readonly onSigned?: (done: number, total: number) => void;
}

/**
 * Writes a signed copy of each source at its target, several at a time. All of them appear, or, where one fails, none.
 * A signature that is there is replaced. Nothing is flushed to disk (fsync).
 *
 * @returns one for each job, in their order.
 * @throws UserError naming a package that is damaged, or whose payload does not match its digest; or where the key is
 *   of an algorithm that rpm cannot verify.
 */
export async function signRpms(
  jobs: readonly RpmSignJob[],
  signer: Signer,
  options: SignRpmsOptions = {},
): Promise<SignedRpm[]> {
  throw new Error(`not yet: ${jobs.length} ${signer.key.fingerprint} ${options.signal}`);
}
