/**
 * The plan of a publish as a file (docs/publishing.md, "Plan and apply"): made and shown in one job, done by another
 * one. It comes from outside there, so nothing of it is taken for granted.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { quote, UserError } from '../../errors.ts';
import { VERSION } from '../../version.ts';
import type { Plan, PlanEntry } from '../driver.ts';
import { isChannelName } from '../layout.ts';
import type { Decided } from '../publish.ts';
import type { Refusal } from '../refusal.ts';
import { isReviewName } from '../review/place.ts';
import type { PackageRef } from '../snapshot.ts';

const text = z.string().max(4096);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const fingerprint = z.string().regex(/^[0-9A-F]{40}$/);
const channelName = z.string().refine(isChannelName, 'a name of a channel');
const list = z.array(text).max(1000);

const packageRef = z.strictObject({
  kind: z.enum(['binary', 'source']),
  name: text,
  version: text,
  architecture: text,
});

const against = z.strictObject({
  outcome: z.enum(['conflict', 'downgrade']),
  name: text,
  version: text,
  architecture: text,
  /** Where it is: a channel, or, of what no channel has any more, a snapshot. */
  channel: text.optional(),
  snapshot: text.optional(),
  /** The file whose name both have. */
  file: text.optional(),
});

const row = z.strictObject({
  ...packageRef.shape,
  type: z.enum(['deb', 'udeb', 'ddeb', 'dsc', 'rpm', 'srpm']),
  component: text.optional(),
  /** What becomes of it; of a refused one why. */
  action: z.enum(['add', 'upgrade', 'downgrade', 'same', 'conflict', 'misplaced']),
  /** Whether nothing is published because of it. */
  refused: z.boolean(),
  /** Versions that leave the channel for it. */
  replaces: list,
  /** Older versions that the channel keeps beside it. */
  keeps: list.optional(),
  /** The published packages that it is older than, or in conflict with. */
  against: z.array(against).optional(),
  /** Of a refused one: the whole sentence. */
  message: text.optional(),
});
export type PlanRow = z.infer<typeof row>;

/** What was asked for; `apply` asks for the same where its inputs say nothing. */
const request = z.strictObject({
  suite: text.optional(),
  components: list.optional(),
  component: text.optional(),
  udebComponent: text.optional(),
  architectures: list.optional(),
  origin: text.optional(),
  label: text.optional(),
  description: text.optional(),
  validSeconds: z.int().nonnegative().optional(),
  groups: text.optional(),
  updateinfo: text.optional(),
  modules: text.optional(),
  productid: text.optional(),
  url: text.optional(),
  keepVersions: z.int().positive().optional(),
});
export type PlanRequest = z.infer<typeof request>;

export const publishPlanSchema = z.strictObject({
  schema: z.literal('pkg-actions/publish-plan/1'),
  createdAt: z.iso.datetime(),
  tool: z.strictObject({ name: z.literal('pkg-actions'), version: text }),
  /** URL of the CI run. */
  run: text.optional(),
  /** `refused`: something of it may not be published, so nothing is. `nothing`: all of it is there. */
  verdict: z.enum(['publish', 'nothing', 'refused']),
  /** Paths are relative to the workspace where they lie in it. */
  repository: text,
  channel: channelName,
  format: z.enum(['deb', 'rpm']),
  /** Of a publish to a review repository: channels are those of the review then, and `repository` is the release's. */
  review: z
    .strictObject({
      name: z.string().refine(isReviewName, 'a name of a review'),
      /** What the review serves; `null`: there is none. */
      snapshot: text.nullable(),
      /** The release's channel that it is layered over, and what that points to; `null`: nothing has been released. */
      channel: channelName,
      release: text.nullable(),
      begun: z.enum(['new', 'anew']).nullable(),
      /** Packages that a review that is begun anew takes along. */
      carried: z.array(packageRef),
    })
    .optional(),
  request,
  builds: z.array(
    z.strictObject({
      location: text,
      /** SHA-256 of the manifest, which names every file by its own. */
      manifest: sha256,
      package: text,
      version: text,
      change: z.enum(['review', 'merge']),
      /** Fingerprints of who signed it, where signatures were required. */
      signedBy: z.array(fingerprint).optional(),
    }),
  ),
  /** What each channel points to. */
  channels: z.array(
    z.strictObject({
      name: channelName,
      snapshot: text,
      createdAt: z.iso.datetime(),
      packages: z.int().nonnegative(),
      signedBy: fingerprint,
    }),
  ),
  settings: z.strictObject({
    /** Of the channel's snapshot; `null` where there is none. */
    before: z.record(text, z.json()).nullable(),
    after: z.record(text, z.json()),
    /** Names of those that differ; none in a new channel. */
    changed: list,
  }),
  key: z.strictObject({
    signs: fingerprint,
    /** The key that shall sign later. */
    next: fingerprint.optional(),
    /** The keys that clients have. */
    before: z.array(fingerprint),
    changes: list,
    /** Why the key is refused. */
    message: text.optional(),
  }),
  packages: z.array(row),
  /** What leaves the channel's indexes. */
  superseded: z.array(packageRef),
  /** Those of them that have no other version in their place. */
  withdrawn: z.array(packageRef),
  /** What stays as a part of an older version that is kept, and that the newer one does not make. */
  staying: z.array(packageRef).optional(),
  /** Downgrades that are allowed, and why. */
  overrides: z.array(z.strictObject({ ...packageRef.shape, over: text, channel: text, reason: text })),
  /** SHA-256 of what is given besides packages, by input. */
  given: z.record(text, sha256),
  /** Why a snapshot is made even where every package is the same. */
  reasons: list,
});
export type PublishPlan = z.infer<typeof publishPlanSchema>;

/** What the document says besides what was decided. */
export interface PlanContext {
  readonly now: Date;
  readonly run: string | undefined;
  readonly repository: string;
  readonly review?: PublishPlan['review'];
  readonly request: PlanRequest;
  /** Of the builds, in their order. */
  readonly locations: readonly string[];
}

/** What was decided, as a document. */
export function planDocument(decided: Decided, context: PlanContext): PublishPlan {
  const { decision, builds, signers, view } = decided;
  const { plan, key, overrides, reasons, verdict } = decision;
  const [signs = '', next] = key.signs;
  return publishPlanSchema.parse({
    schema: 'pkg-actions/publish-plan/1',
    createdAt: context.now.toISOString(),
    tool: { name: 'pkg-actions', version: VERSION },
    ...(context.run === undefined ? {} : { run: context.run }),
    verdict,
    repository: context.repository,
    channel: view.channel,
    format: decided.format,
    ...(context.review === undefined ? {} : { review: context.review }),
    request: plain(context.request),
    builds: builds.map(({ manifest, sha256: digest }, index) => ({
      location: context.locations[index] ?? '',
      manifest: digest,
      package: manifest.package.name,
      version: manifest.package.version,
      change: manifest.change,
      ...(signers === undefined ? {} : { signedBy: signers[index]?.map((each) => each.fingerprint) }),
    })),
    channels: [...view.heads].map(([name, { id, createdAt, packages, signedBy }]) => ({
      name,
      snapshot: id,
      createdAt,
      packages: packages.length,
      signedBy,
    })),
    settings: {
      before: view.head === undefined ? null : plain(view.head.settings),
      after: plain(plan.settings),
      changed: view.head === undefined ? [] : changedSettings(view.head.settings, plan.settings),
    },
    key: {
      signs,
      ...(next === undefined ? {} : { next }),
      before: key.before,
      changes: key.changes,
      ...(key.refusal === undefined ? {} : { message: key.refusal.message }),
    },
    packages: rowsOf(plan),
    superseded: plan.superseded.map(refOf),
    withdrawn: plan.withdrawn.map(refOf),
    ...(plan.staying.length === 0 ? {} : { staying: plan.staying.map(refOf) }),
    overrides,
    given: plan.given,
    reasons,
  });
}

/** Every package of the builds: what is refused first. */
export function rowsOf({ entries, refusals, downgrades }: Plan): PlanRow[] {
  const refused = refusals.map((each): PlanRow => {
    const { type, outcome, against: others, error } = each;
    const more = others.length === 0 ? {} : { against: others.map((other) => ({ ...other })) };
    return { ...refOf(each), type, action: outcome, refused: true, replaces: [], ...more, message: error.message };
  });
  return [...refused, ...entries.map((each) => entryRow(each, downgrades))];
}

function entryRow(each: PlanEntry, downgrades: readonly Refusal[]): PlanRow {
  const { type, component, action, replaces, keeps } = each;
  const allowed = downgrades.find((other) => isSameRef(other, each));
  return {
    ...refOf(each),
    type,
    ...(component === undefined ? {} : { component }),
    action,
    refused: false,
    replaces: [...replaces],
    ...(keeps === undefined ? {} : { keeps: [...keeps] }),
    ...(allowed === undefined ? {} : { against: allowed.against.map((other) => ({ ...other })) }),
  };
}

function refOf({ kind, name, version, architecture }: PackageRef): PackageRef {
  return { kind, name, version, architecture };
}

function isSameRef(a: PackageRef, b: PackageRef): boolean {
  return a.kind === b.kind && a.name === b.name && a.version === b.version && a.architecture === b.architecture;
}

/** Names of the settings that differ. */
export function changedSettings(before: object, after: object): string[] {
  const text = (settings: object, name: string) => JSON.stringify((settings as Record<string, unknown>)[name]);
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => text(before, name) !== text(after, name)).sort();
}

/** As JSON has it: without what is not given. */
function plain<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Far more than the plan of a release has. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Reads a plan.
 *
 * @throws UserError when it cannot be read, or is none.
 */
export async function readPublishPlan(file: string, where: string): Promise<PublishPlan> {
  const wrong = (found: string) =>
    new UserError({ what: 'not a plan of a publish', where, found, expected: 'the file that the input plan wrote' });
  const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new UserError({ what: 'the plan cannot be read', where, found: `${error.code} for ${quote(file)}` });
  });
  if (content.length > MAX_BYTES) throw wrong(`${content.length} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(content.toString('utf8'));
  } catch {
    throw wrong('no JSON');
  }
  const parsed = publishPlanSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw wrong(quote(`${issue?.path.join('.') || 'the whole'}: ${issue?.message}`, 200));
}
