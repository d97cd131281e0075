/**
 * What the site says, read from the repository's state. Of a snapshot its head is read, which stands in front of its
 * packages in snapshot.json: to read 10,000 packages costs more than all else here, and is done for pages that show them.
 */
import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { type ChannelEntry, readHistory } from '../history.ts';
import type { RepositoryPaths } from '../layout.ts';
import { SNAPSHOT_FILE, type Snapshot, type SnapshotPackage, snapshotSchema } from '../snapshot.ts';
import { DEFAULT_CHANNEL } from './client.ts';

type WithoutPackages<S> = S extends Snapshot ? Omit<S, 'packages' | 'records'> : never;
/** A snapshot without what makes it large. */
export type SnapshotHead = WithoutPackages<Snapshot>;

export interface SiteChannel {
  readonly name: string;
  readonly head: SnapshotHead;
  readonly packageCount: number;
  readonly hasSources: boolean;
  /** Reads the packages. */
  packages(): readonly SnapshotPackage[];
}

/** A channel that moved. */
export interface SiteChange {
  readonly at: string;
  readonly channel: string;
  readonly action: ChannelEntry['action'];
  /** The snapshot, or the one that it is a copy of with a new date. `null`: the channel was removed. */
  readonly id: string | null;
  /** The channel that it came from. */
  readonly from?: string | undefined;
  readonly run?: string | undefined;
  /** What it brought, where the snapshot was made for it and is still there. */
  readonly head?: SnapshotHead | undefined;
}

export interface Site {
  /** The one that is shown first is the first. */
  readonly channels: readonly SiteChannel[];
  readonly title: string;
  readonly description: string | undefined;
  /** Public address of `public/`, where it is known. */
  readonly url: string | undefined;
  /** What clients get as key.asc. */
  readonly keys: string;
  /** Fingerprints of the keys that sign what channels serve. */
  readonly fingerprints: readonly string[];
  /** The last ones first. */
  readonly changes: readonly SiteChange[];
}

/** How many changes are shown. */
const CHANGES = 12;

/** Ids of snapshots, by channel. */
type Channels = ReadonlyMap<string, string>;

/** What the site is made from, as one digest: the same one, the same site. */
export async function siteState(paths: RepositoryPaths, channels: Channels, version: string): Promise<string> {
  const state = [version, [...channels], await readKeys(paths), (await readHistory(paths)).at(-1)];
  return createHash('sha256').update(JSON.stringify(state)).digest('hex');
}

/**
 * @returns `undefined` while there is no channel.
 * @throws UserError for a snapshot that cannot be read.
 */
export async function readSite(paths: RepositoryPaths, heads: Channels): Promise<Site | undefined> {
  const channels: SiteChannel[] = [];
  const byId = new Map<string, Omit<SiteChannel, 'name'>>();
  for (const [name, id] of heads) {
    const found = byId.get(id) ?? (await readWhole(paths, id));
    byId.set(id, found);
    channels.push({ name, ...found });
  }
  channels.sort((a, b) => rank(a.name) - rank(b.name));
  // What the repository is called and where it is: as the last publish said.
  const [latest, ...others] = channels.map(({ head }) => head).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  if (latest === undefined) return undefined;
  const signers = channels.flatMap(({ head }) => [head.signedBy, ...(head.alsoSignedBy ?? [])]);
  return {
    channels,
    title: latest.settings.label,
    description: latest.format === 'deb' ? latest.settings.description : undefined,
    url: [latest, ...others].find(({ settings }) => settings.url !== undefined)?.settings.url,
    keys: await readKeys(paths),
    fingerprints: [...new Set(signers)],
    changes: await readChanges(paths, channels),
  };
}

function rank(channel: string): number {
  return channel === DEFAULT_CHANNEL ? 0 : 1;
}

async function readKeys(paths: RepositoryPaths): Promise<string> {
  return await readFile(path.join(paths.public, 'key.asc'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}

async function historyOf(paths: RepositoryPaths): Promise<ChannelEntry[]> {
  return (await readHistory(paths)).filter((entry) => entry.action !== 'prune');
}

// As formatSnapshot has it. No text within JSON holds a newline.
const PACKAGES = '\n  "packages": [';
const RECORDS = '\n  "records": [';
const PACKAGE = '\n    {';
const SOURCE = '\n    {"kind":"source"';

async function readWhole(paths: RepositoryPaths, id: string): Promise<Omit<SiteChannel, 'name'>> {
  const file = path.join(paths.snapshot(id), SNAPSHOT_FILE);
  const text = await readFile(file, 'utf8');
  const start = text.indexOf(PACKAGES);
  const end = text.lastIndexOf(RECORDS);
  if (start === -1 || end < start) throw damaged(file, 'no packages');
  const listed = text.slice(start + PACKAGES.length, end);
  return {
    head: parseHead(text.slice(0, start), file),
    packageCount: count(listed, PACKAGE),
    hasSources: listed.includes(SOURCE),
    packages: () => JSON.parse(`[${listed.slice(0, listed.lastIndexOf(']'))}]`) as SnapshotPackage[],
  };
}

function count(text: string, part: string): number {
  let found = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) found++;
  return found;
}

/** @returns `undefined` where the snapshot is gone. */
async function readHead(paths: RepositoryPaths, id: string): Promise<SnapshotHead | undefined> {
  const file = path.join(paths.snapshot(id), SNAPSHOT_FILE);
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const chunks: Buffer[] = [];
    for (let end = -1; end === -1; ) {
      const { bytesRead, buffer } = await handle.read({ buffer: Buffer.alloc(65_536) });
      if (bytesRead === 0) throw damaged(file, 'no packages');
      chunks.push(buffer.subarray(0, bytesRead));
      const text = Buffer.concat(chunks);
      end = text.indexOf(PACKAGES);
      if (end !== -1) return parseHead(text.toString('utf8', 0, end), file);
    }
    return undefined;
  } finally {
    await handle.close();
  }
}

/** @param text as snapshot.json begins, up to the packages. */
function parseHead(text: string, file: string): SnapshotHead {
  let json: unknown;
  try {
    json = JSON.parse(`${text} "packages": [], "records": [] }`);
  } catch {
    throw damaged(file, 'no JSON');
  }
  const parsed = snapshotSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(file, `${issue?.path.join('.')}: ${issue?.message}`);
}

function damaged(file: string, found: string): UserError {
  return new UserError({
    what: 'the snapshot cannot be read',
    where: file,
    found,
    expected: 'what the publisher wrote',
  });
}

/** From the history, and for what was published before there was one from the snapshots that stand before each other. */
async function readChanges(paths: RepositoryPaths, channels: readonly SiteChannel[]): Promise<SiteChange[]> {
  const known = new Map(channels.map(({ head }) => [head.id, head]));
  const headOf = async (id: string) => {
    const head = known.get(id) ?? (await readHead(paths, id));
    if (head !== undefined) known.set(id, head);
    return head;
  };
  const history = await historyOf(paths);
  const changes: SiteChange[] = [];
  for (const { at, channel, action, id, former, from, copyOf, run } of history.slice(-CHANGES).toReversed()) {
    const head = id === null ? undefined : await headOf(id);
    // One that was made for another channel, or on another state, tells of other changes.
    const isOwn = head?.channel === channel && head.parent === former;
    changes.push({ at, channel, action, id: copyOf ?? id, from, run, head: isOwn ? head : undefined });
  }
  if (history.length >= CHANGES) return changes;
  const told = new Set(history.map(({ id }) => id));
  const waiting = new Map(channels.map(({ head }) => [head.id, head]));
  while (changes.length < CHANGES && waiting.size > 0) {
    const newest = [...waiting.values()].reduce((a, b) => (a.createdAt < b.createdAt ? b : a));
    waiting.delete(newest.id);
    const { id, createdAt, channel, run, parent } = newest;
    if (!told.has(id)) changes.push({ at: createdAt, channel, action: 'publish', id, run, head: newest });
    told.add(id);
    const before = parent === null ? undefined : await headOf(parent);
    if (before !== undefined) waiting.set(before.id, before);
  }
  return changes.sort((a, b) => (a.at < b.at ? 1 : -1));
}
