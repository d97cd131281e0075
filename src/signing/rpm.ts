/** Signs rpm packages as rpmsign(8) does, without it: the signature header is rewritten, all else stays. */
import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { openRpm, type RpmFrame, readFrame } from '../rpm/frame.ts';
import { inParallelByHeader } from '../rpm/large-headers.ts';
import { hasPayloadDigest, payloadOf } from '../rpm/payload.ts';
import { replaceSignatures, type SignatureValue } from '../rpm/signature-header.ts';
import { SIGNATURE_TAG } from '../rpm/tags.ts';
import { packetAlgorithm, RSA } from './packet.ts';
import { CopyWriter, changedRpm } from './rpm-copy.ts';
import type { Signer } from './signer.ts';

export interface RpmSignJob {
  /** The package; never changed. */
  readonly source: string;
  /** Where the signed copy goes; an existing file is replaced. */
  readonly target: string;
  /** What was verified before; a source that is another by now is not signed. */
  readonly expected?: ExpectedRpm;
}

export interface ExpectedRpm {
  /** `RpmPackage.headerDigest`. */
  readonly headerDigest: string;
  /** Bytes of the whole file. */
  readonly size: number;
  /** Of the whole file, hexadecimal. */
  readonly sha256: string;
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

/** More than Node's four threads: while signatures are made, other packages are read and written. */
const IN_FLIGHT = 16;

/**
 * Writes a signed copy of each source at its target, several at a time. All of them appear, or, where one fails, none.
 * A signature that is there is replaced. Headers and payloads are verified by their digests on the way, so that nothing
 * damaged gets a signature. What is compared with a job's `expected` is what is read for the copy. Nothing is flushed to
 * disk (fsync).
 *
 * @returns one for each job, in their order.
 * @throws UserError naming a package that is damaged or not the expected one, or where the key is of an algorithm that rpm cannot verify.
 */
export async function signRpms(
  jobs: readonly RpmSignJob[],
  signer: Signer,
  options: SignRpmsOptions = {},
): Promise<SignedRpm[]> {
  const { signal, onSigned } = options;
  if (new Set(jobs.map(({ target }) => path.resolve(target))).size !== jobs.length) {
    throw new Error('two packages would be signed into one file');
  }
  const writer = new CopyWriter();
  const temporaries = new Map<RpmSignJob, string>();
  let done = 0;
  try {
    const fileOf = ({ source, expected }: RpmSignJob) => ({ path: source, size: expected?.size });
    const signed = await inParallelByHeader(jobs, IN_FLIGHT, fileOf, async (job) => {
      signal?.throwIfAborted();
      const temporary = path.join(path.dirname(job.target), `.signing-${randomBytes(8).toString('hex')}`);
      temporaries.set(job, temporary);
      const copy = await signOne(job, temporary, { signer, writer, signal });
      done += 1;
      onSigned?.(done, jobs.length);
      return { file: job.target, ...copy };
    });
    signal?.throwIfAborted();
    for (const [{ target }, temporary] of temporaries) await rename(temporary, target);
    return signed;
  } catch (error) {
    await Promise.all([...temporaries.values()].map((file) => rm(file, { force: true })));
    throw error;
  }
}

async function signOne(
  { source, expected }: RpmSignJob,
  target: string,
  { signer, writer, signal }: { signer: Signer; writer: CopyWriter; signal: AbortSignal | undefined },
): Promise<{ size: number; sha256: string }> {
  await using handle = await openRpm(source);
  const frame = await readFrame(handle, source);
  if (expected !== undefined && frame.headerDigest !== expected.headerDigest) {
    throw changedRpm(source, `the header ${frame.headerDigest}`, expected.headerDigest);
  }
  if (expected !== undefined && frame.size !== expected.size) {
    throw changedRpm(source, `${frame.size} bytes`, `${expected.size} bytes`);
  }
  const signatures = [signatureOf(await signer.signPacket(frame.header.bytes), 'header')];
  // As rpmsign does it. A signature of the header covers the payload by the digest in it; packages from before rpm
  // 4.14 have none, so that only a signature of both protects their payload.
  if (!hasPayloadDigest(frame)) {
    const packet = await signer.signPacket(headerAndPayload(frame, payloadOf(handle, frame, source), signal));
    signatures.push(signatureOf(packet, 'all'));
  }
  const signature = replaceSignatures(frame.signature, signatures, source);
  return await writer.write({ handle, frame, source, signature, target, signal, sha256: expected?.sha256 });
}

async function* headerAndPayload(
  frame: RpmFrame,
  payload: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield frame.header.bytes;
  for await (const piece of payload) {
    signal?.throwIfAborted();
    yield piece;
  }
}

function signatureOf(packet: Uint8Array, covers: 'header' | 'all'): SignatureValue {
  const isRsa = packetAlgorithm(packet) === RSA;
  if (covers === 'header') return { tag: isRsa ? SIGNATURE_TAG.rsa : SIGNATURE_TAG.dsa, packet };
  return { tag: isRsa ? SIGNATURE_TAG.pgp : SIGNATURE_TAG.gpg, packet };
}
