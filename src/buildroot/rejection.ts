/**
 * Generations that are not wanted: one that did not pass its smoke test, one that somebody went back from. What it was
 * made from is remembered, so that builds do not make the same again until upstream is another.
 */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../durable.ts';
import { InfrastructureError, UserError, type UserErrorParts } from '../errors.ts';
import { VERDICTS, type Verdict } from '../manifest.ts';
import { generationSchema } from './generation.ts';

const rejectionSchema = z.strictObject({
  schema: z.literal('pkg-actions/rejection/1'),
  /** `smoke-test`: update-buildroots tries again. `rollback`: nobody does, until upstream changed or it is forced. */
  kind: z.enum(['smoke-test', 'rollback']),
  rejectedAt: z.iso.datetime(),
  generation: z.string(),
  configurationDigest: z.string(),
  releases: generationSchema.shape.releases,
  verdict: z.enum(VERDICTS).optional(),
  /** Why, in one line. */
  reason: z.string(),
  log: z.string().optional(),
});
export type Rejection = z.infer<typeof rejectionSchema>;

const FILE = 'rejected.json';

export async function readRejection(folder: string): Promise<Rejection | undefined> {
  const text = await readFile(path.join(folder, FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return rejectionSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Only under the buildroot's lock, as `clearRejection`. */
export async function writeRejection(folder: string, rejection: Rejection): Promise<void> {
  const content = `${JSON.stringify(rejectionSchema.parse(rejection), null, 1)}\n`;
  await writeDurably(path.join(folder, FILE), content, 0o644);
}

export async function clearRejection(folder: string): Promise<void> {
  await rm(path.join(folder, FILE), { force: true });
}

/** A new generation that did not pass its smoke test, by no fault of this machine. */
export class SmokeTestError extends UserError {
  override readonly name: string = 'SmokeTestError';
  readonly verdict: Verdict;

  constructor(parts: UserErrorParts, verdict: Verdict, options?: ErrorOptions) {
    super(parts, options);
    this.verdict = verdict;
  }
}

/** The error of a smoke test; that of the infrastructure where that is whose fault it was. */
export function smokeFailure(
  name: string,
  { verdict, reason, log }: { readonly verdict: Verdict; readonly reason: string; readonly log: string | undefined },
): UserError {
  const parts: UserErrorParts = {
    what: `the new generation of the buildroot ${name} did not pass its smoke test`,
    found: `${verdict} failure: ${reason}`,
    ...(log === undefined ? {} : { remedy: `see ${log}` }),
  };
  return verdict === 'infrastructure' ? new InfrastructureError(parts) : new SmokeTestError(parts, verdict);
}

/** The generation and why it is not wanted: `generation 0123…, which did not pass its smoke test at …`. */
export function describeRejection({ kind, generation, rejectedAt, reason, log }: Rejection): string {
  const when = rejectedAt.slice(0, 16).replace('T', ' ');
  const why =
    kind === 'rollback'
      ? `which was gone back from at ${when} UTC (${reason})`
      : `which did not pass its smoke test at ${when} UTC (${reason})${log === undefined ? '' : `; see ${log}`}`;
  return `generation ${generation}, ${why}`;
}
