/**
 * A snapshot: an immutable published state. `snapshot.json` in it says what it holds, from what it was made, and which
 * files of the shared pool it needs. Everything that looks at published states (version checks, promotion, retention,
 * differences) reads this file instead of the indexes.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { quote, UserError } from '../errors.ts';
import { isChannelName, isPoolPath, isSnapshotId, type RepositoryPaths } from './layout.ts';

const text = z.string().max(4096);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const fingerprint = z.string().regex(/^[0-9A-F]{40}$/);
const snapshotId = z.string().refine(isSnapshotId, 'the name of a snapshot');

/** A file of the pool, by its path below `public/`. */
const poolFile = z.strictObject({
  path: z.string().max(1024).refine(isPoolPath, 'a path inside the pool'),
  size: z.int().nonnegative(),
  sha256,
});
export type PoolFile = z.infer<typeof poolFile>;

const packageSchema = z.strictObject({
  kind: z.enum(['binary', 'source']),
  /** Kind of its file: `deb`, `udeb`, `ddeb`, `dsc`; `rpm`, `srpm`. */
  type: z.enum(['deb', 'udeb', 'ddeb', 'dsc', 'rpm', 'srpm']),
  name: text,
  version: text,
  /** Of a source `source`. */
  architecture: text,
  component: text.optional(),
  /** Name and version of the source package. */
  source: text,
  sourceVersion: text,
  /** rpm: SHA-256 of the main header, which signing does not change. */
  headerDigest: sha256.optional(),
  /** rpm: fingerprint of the key that signed the file. */
  signedBy: fingerprint.optional(),
  /**
   * Architectures whose index lists it, where these are not simply its own or, for `all` and `noarch`, every one: such
   * a package stays listed where a newer one of a single architecture does not replace it.
   */
  listedIn: z.array(text).optional(),
  /** Of a source all of its files, the .dsc first. */
  files: z.array(poolFile).min(1),
});
export type SnapshotPackage = z.infer<typeof packageSchema>;

const indexFile = z.strictObject({
  /** Below the snapshot's folder. */
  path: z
    .string()
    .max(1024)
    .regex(/^(?:[A-Za-z0-9][A-Za-z0-9.+~_-]*\/)+[A-Za-z0-9][A-Za-z0-9.+~_-]*$/),
  supersededAt: z.iso.datetime(),
});
/** An index of an earlier snapshot, still served by its digest to clients that hold the earlier Release or repomd.xml. */
export type SupersededIndex = z.infer<typeof indexFile>;

/** How many versions of each source package the channel lists at most; one when absent. */
const keepVersions = z.int().min(2).optional();

/** What a deb repository is: fixed by its first publish, extended by later ones. */
const debSettings = z.strictObject({
  suite: text,
  /** Name of the target that its packages are built for; `undefined` while no build has said. */
  target: text.optional(),
  components: z.array(text).min(1),
  /** Components with a `debian-installer` area. */
  udebComponents: z.array(text),
  /** Without `all` and `source`. */
  architectures: z.array(text).min(1),
  origin: text,
  label: text,
  description: text.optional(),
  /** Seconds until clients call the Release file outdated. */
  validSeconds: z.int().positive().optional(),
  /** Public address of `public/`, without a slash at its end, where it is known. */
  url: text.optional(),
  keepVersions,
});
export type DebSettings = z.infer<typeof debSettings>;

/** What an rpm repository is: fixed by its first publish, extended by later ones. */
const rpmSettings = z.strictObject({
  /** Its name in .repo files. */
  label: text,
  /** Name of the target that its packages are built for; `undefined` while no build has said. */
  target: text.optional(),
  /** dnf's base architectures: one folder of binary packages each. Without `noarch` and `src`. */
  architectures: z.array(text).min(1),
  /** Public address of `public/`, without a slash at its end, where it is known. */
  url: text.optional(),
  keepVersions,
});
export type RpmSettings = z.infer<typeof rpmSettings>;

const packageRef = z.strictObject({
  kind: z.enum(['binary', 'source']),
  name: text,
  version: text,
  architecture: text,
});
/** A package by what people call it. */
export type PackageRef = z.infer<typeof packageRef>;

const common = {
  schema: z.literal('pkg-actions/snapshot/1'),
  id: snapshotId,
  createdAt: z.iso.datetime(),
  /** The channel's snapshot before this one. */
  parent: snapshotId.nullable(),
  /** The channel it was published to first. */
  channel: text,
  /** Fingerprint of the key that signed its indexes. */
  signedBy: fingerprint,
  /** deb, while keys change: fingerprints of further keys that signed its Release file. */
  alsoSignedBy: z.array(fingerprint).min(1).optional(),
  /** While keys change: fingerprint of the key that may sign later. Clients get it with the one that signs now. */
  nextKey: fingerprint.optional(),
  tool: z.strictObject({ name: z.literal('pkg-actions'), version: text }),
  /** URL of the CI run. */
  run: text.optional(),
  /** Of a review repository: the release's channel that it is layered over, as it was then. */
  layeredOver: z.strictObject({ channel: text, snapshot: snapshotId, url: text.optional() }).optional(),
  /** What the parent does not have, what it had, and from which builds this came. */
  change: z.strictObject({
    added: z.array(packageRef),
    superseded: z.array(packageRef),
    /** Packages that came although `channel` had a newer version, `over`, and why. */
    overrides: z.array(z.strictObject({ ...packageRef.shape, over: text, channel: text, reason: text })).optional(),
    builds: z.array(
      z.strictObject({
        manifest: sha256,
        package: text,
        version: text,
        change: z.enum(['review', 'merge']),
        origins: z.array(z.strictObject({ role: z.enum(['code', 'spec']), project: text, commit: text })),
      }),
    ),
  }),
  packages: z.array(packageSchema),
  /** deb: signed .changes and .buildinfo of the packages above. */
  records: z.array(z.strictObject({ ...poolFile.shape, source: text, sourceVersion: text })),
  supersededIndexes: z.array(indexFile),
};

/** `format` and `settings` stand where they stood when there was one format. */
function ofFormat<F extends 'deb' | 'rpm', S extends z.ZodType>(format: F, settings: S) {
  const { schema, id, createdAt, parent, channel, ...rest } = common;
  return z.strictObject({ schema, id, createdAt, parent, channel, format: z.literal(format), settings, ...rest });
}

const debSnapshot = ofFormat('deb', debSettings);
const rpmSnapshot = ofFormat('rpm', rpmSettings);
export const snapshotSchema = z.discriminatedUnion('format', [debSnapshot, rpmSnapshot]);
export type DebSnapshot = z.infer<typeof debSnapshot>;
export type RpmSnapshot = z.infer<typeof rpmSnapshot>;
export type Snapshot = DebSnapshot | RpmSnapshot;
export type SnapshotRecord = Snapshot['records'][number];

export const SNAPSHOT_FILE = 'snapshot.json';

/** Packages that were read from a snapshot: they have their form, and nobody changes them. */
const known = new WeakSet<SnapshotPackage>();

/** The text of snapshot.json: one package a line, so that two of them can be compared with diff. */
export function formatSnapshot(snapshot: Snapshot): string {
  const fresh = snapshot.packages.filter((each) => !known.has(each));
  const { packages: parsed, records, ...rest } = snapshotSchema.parse({ ...snapshot, packages: fresh });
  const checked = new Map(fresh.map((each, index) => [each, parsed[index]]));
  const packages = snapshot.packages.map((each) => checked.get(each) ?? each);
  const lines = (items: readonly unknown[]) =>
    items.length === 0 ? '[]' : `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`;
  const head = JSON.stringify(rest, null, 2).slice(0, -2);
  return `${head},\n  "packages": ${lines(packages)},\n  "records": ${lines(records)}\n}\n`;
}

/**
 * Reads the snapshot `id`.
 *
 * @throws UserError when it is not there or is damaged: the repository was changed by hand.
 */
export async function readSnapshot(paths: RepositoryPaths, id: string): Promise<Snapshot> {
  const file = path.join(paths.snapshot(id), SNAPSHOT_FILE);
  const damaged = (found: string): UserError =>
    new UserError({ what: 'the snapshot cannot be read', where: file, found, expected: 'what the publisher wrote' });
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw damaged((error as NodeJS.ErrnoException).code ?? 'no JSON');
  }
  const parsed = snapshotSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw damaged(`${issue?.path.join('.')}: ${issue?.message}`);
  }
  if (parsed.data.id !== id) throw damaged(`the snapshot ${quote(parsed.data.id)}`);
  for (const each of parsed.data.packages) known.add(each);
  return parsed.data;
}

/** Names of all snapshots, in the order of their times. */
export async function listSnapshots(paths: RepositoryPaths): Promise<string[]> {
  return (await readdirIfThere(paths.snapshots)).filter(isSnapshotId).sort();
}

/**
 * Channels and the snapshots they point to.
 *
 * @throws UserError for a link that points anywhere else.
 */
export async function readChannels(paths: RepositoryPaths): Promise<Map<string, string>> {
  const channels = new Map<string, string>();
  for (const name of (await readdirIfThere(paths.public)).filter(isChannelName).sort()) {
    const link = path.join(paths.public, name);
    const target = await readlink(link).catch((error: NodeJS.ErrnoException) => {
      // A file or folder that somebody put there is none of ours; a channel may be removed while this reads.
      if (error.code === 'EINVAL' || error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (target === undefined) continue;
    const [, id = ''] = /^snapshots\/([^/]+)$/.exec(target) ?? [];
    if (!isSnapshotId(id)) {
      throw new UserError({
        what: 'a channel does not point to a snapshot',
        where: link,
        found: quote(target),
        expected: 'snapshots/<id>',
      });
    }
    channels.set(name, id);
  }
  return channels;
}

/** Every file of the pool that `snapshot` needs. */
export function* poolFilesOf(snapshot: Pick<Snapshot, 'packages' | 'records'>): Generator<PoolFile> {
  for (const { files } of snapshot.packages) yield* files;
  yield* snapshot.records;
}

async function readdirIfThere(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}
