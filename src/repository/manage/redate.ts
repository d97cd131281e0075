/**
 * A former state, served again. apt ignores a Release file that is older than the one it has (VerifyVendor in its
 * acquire-item.cc), without a word: going back by the link alone reaches new machines only. So a snapshot is made that
 * has the indexes of the former one, to the byte, under a Release file with the date of now, signed anew.
 */
import { constants } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import type { Signer } from '../../signing/signer.ts';
import { VERSION } from '../../version.ts';
import type { ChangeRecord } from '../commit.ts';
import { checkAsClient } from '../deb/client-check.ts';
import { finishRelease } from '../deb/release.ts';
import { keyFields, keysOfSnapshot, type PublishKeys } from '../keys.ts';
import type { RepositoryPaths } from '../layout.ts';
import { type DebSnapshot, formatSnapshot, SNAPSHOT_FILE, type Snapshot } from '../snapshot.ts';
import type { Session, TransactionOptions } from '../transaction.ts';
import { listTree } from '../trees.ts';
import { readHeads } from '../view.ts';
import type { Difference } from './difference.ts';

/** Whether clients that have read `head` ignore `target`. dnf takes any; apt none that is older. */
export function isNotTaken(target: Snapshot, head: Snapshot): boolean {
  return target.format === 'deb' && Date.parse(target.createdAt) < Date.parse(head.createdAt);
}

export interface RedateContext {
  readonly session: Session;
  readonly keys: PublishKeys;
  readonly options: TransactionOptions;
  readonly channel: string;
  readonly record: ChangeRecord;
}

/**
 * Publishes the packages of `target` in place of `head`, with a new date.
 *
 * @returns the id of the snapshot that was made.
 */
export async function redate(
  target: Snapshot,
  head: Snapshot,
  difference: readonly Difference[],
  { session, keys: { signer, nextSigner }, options, channel, record }: RedateContext,
): Promise<string> {
  if (target.format !== 'deb' || head.format !== 'deb') throw new Error('only Release files have a date');
  checkSigner(signer, head);
  if (nextSigner !== undefined) checkNext(nextSigner, head);
  const { paths, signal, done } = session;
  const now = options.now?.() ?? new Date();
  const staging = await session.stage();
  await done('staged');
  await linkIndexes(paths.snapshot(target.id), staging.snapshot, target.settings.suite);
  await copyDatabase(path.join(paths.private, target.id), staging.private);
  await done('indexed');
  const heads = (await readHeads(paths, session.channels)) as Map<string, DebSnapshot>;
  const base = { logger: options.logger, signal, now };
  const view = { paths, channel, heads, head };
  const supersededIndexes = await finishRelease(target.settings, { ...base, signer, nextSigner, staging, view, done });
  await done('released');

  // The one that is announced stays announced.
  const announced = head.nextKey === signer.key.fingerprint ? undefined : head.nextKey;
  const nextKey = nextSigner?.key.fingerprint ?? announced;
  // Whoever signed it besides, keys of its time and the run that made it have no part in this one.
  const { alsoSignedBy: _, nextKey: __, run: ___, ...plain } = target;
  const snapshot: DebSnapshot = {
    ...plain,
    id: staging.id,
    createdAt: now.toISOString(),
    parent: head.id,
    channel,
    ...keyFields({ signer, nextSigner }, 'deb'),
    ...(nextKey === undefined ? {} : { nextKey }),
    tool: { name: 'pkg-actions', version: VERSION },
    ...(options.run === undefined ? {} : { run: options.run }),
    change: { added: refsOf(difference, 'to'), superseded: refsOf(difference, 'from'), builds: [] },
    supersededIndexes,
  };
  await writeFile(path.join(staging.snapshot, SNAPSHOT_FILE), formatSnapshot(snapshot));
  await symlink('../../pool', path.join(staging.snapshot, 'pool'));
  // Handed out as they are: the signer is one of them.
  const keys = {
    armored: await readFile(path.join(paths.public, 'key.asc'), 'utf8'),
    binary: await readFile(path.join(paths.public, 'keyring.gpg')),
  };
  const plan = { settings: target.settings, binaries: [], sources: [] };
  const draft = { ...snapshot, poolFiles: [] };
  const nextFingerprint = nextSigner?.key.fingerprint;
  await checkAsClient(plan, draft, { ...base, staging, keys, fingerprint: signer.key.fingerprint, nextFingerprint });
  await done('checked');
  await session.commit(staging, { channel, poolFiles: [], keys, record: { ...record, copyOf: target.id } });
  return staging.id;
}

/** Clients of the channel have the key that signed what they read now. */
function checkSigner(signer: Signer, head: Snapshot): void {
  if (keysOfSnapshot(head).includes(signer.key.fingerprint)) return;
  throw new UserError({
    what: 'the channel is signed by another key, which is the one that its clients have',
    where: 'input signing-key',
    found: signer.key.fingerprint,
    expected: head.signedBy,
  });
}

/** The next key is handed out by a publish, which makes the keyring anew; this command leaves that as it is. */
function checkNext({ key }: Signer, head: Snapshot): void {
  if (keysOfSnapshot(head).includes(key.fingerprint)) return;
  throw new UserError({
    what: 'the next key is not one that the channel has been told of',
    where: 'input next-signing-key',
    found: key.fingerprint,
    expected: head.nextKey ?? 'none, as no key is announced',
    remedy: 'leave it out, or publish to the channel with it first',
  });
}

/** All indexes but their names by digest, which are made anew; the Release file as a copy, as it is written to. */
async function linkIndexes(from: string, to: string, suite: string): Promise<void> {
  const { folders, files } = await listTree(path.join(from, 'dists'));
  const isOther = (each: string) => !path.relative(from, each).split('/').includes('by-hash');
  for (const folder of folders.filter(isOther)) await mkdir(path.join(to, path.relative(from, folder)));
  const release = path.join('dists', suite, 'Release');
  const made = new Set([release, path.join('dists', suite, 'InRelease'), `${release}.gpg`]);
  for (const file of files.filter(isOther)) {
    const name = path.relative(from, file);
    if (!made.has(name)) await link(file, path.join(to, name));
  }
  await copyFile(path.join(from, release), path.join(to, release));
}

/** reprepro's, where it is kept; the next publish makes it anew otherwise. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const names = await readdir(path.join(from, 'db')).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length > 0) await mkdir(path.join(to, 'db'));
  for (const name of names) {
    await copyFile(path.join(from, 'db', name), path.join(to, 'db', name), constants.COPYFILE_FICLONE);
  }
}

function refsOf(difference: readonly Difference[], side: 'from' | 'to'): Snapshot['change']['added'] {
  return difference.flatMap(({ kind, name, architecture, [side]: version }) =>
    version === undefined ? [] : [{ kind, name, version, architecture }],
  );
}

/**
 * Clients have the keys that signed what they will be served.
 *
 * @param indexes whether its indexes are served as they are signed, and not signed anew.
 * @throws UserError when the repository does not hand such a key out any more.
 */
export async function checkKeys(target: Snapshot, paths: RepositoryPaths, indexes: boolean): Promise<void> {
  const openpgp = await import('openpgp');
  const known = await openpgp.readKeys({ binaryKeys: await readFile(path.join(paths.public, 'keyring.gpg')) });
  const handedOut = new Set(known.map((key) => key.getFingerprint().toUpperCase()));
  const signers = [target.signedBy, ...(target.alsoSignedBy ?? [])];
  const isReadable = !indexes || signers.some((each) => handedOut.has(each));
  const missing = target.packages.find(({ signedBy }) => signedBy !== undefined && !handedOut.has(signedBy));
  if (isReadable && missing === undefined) return;
  throw new UserError({
    what: 'the snapshot is signed by a key that the repository does not hand out any more',
    where: `snapshot ${target.id}`,
    found: missing?.signedBy ?? target.signedBy,
    expected: [...handedOut].join(', '),
    remedy: 'publish its packages again as newer versions',
  });
}

/**
 * Which keys a client needs for `target` and may not have: it has those that signed what `head` is, or were announced
 * with it. Of the signatures of Release files one is enough.
 *
 * @param indexes whether the indexes of `target` are served as they are signed, and not signed anew.
 */
export function keysThatClientsLack(target: Snapshot, head: Snapshot, indexes: boolean): string[] {
  const packageKeys = ({ packages }: Snapshot) => packages.flatMap(({ signedBy }) => signedBy ?? []);
  const has = new Set([...keysOfSnapshot(head), ...packageKeys(head)]);
  const signers = [target.signedBy, ...(target.alsoSignedBy ?? [])];
  const lacking = new Set(packageKeys(target).filter((each) => !has.has(each)));
  if (indexes && !signers.some((each) => has.has(each))) lacking.add(target.signedBy);
  return [...lacking];
}

/** @throws UserError for a state that clients call outdated. */
export function checkValidity(target: Snapshot, now: Date): void {
  const seconds = target.format === 'deb' ? target.settings.validSeconds : undefined;
  if (seconds === undefined || Date.parse(target.createdAt) + seconds * 1000 > now.getTime()) return;
  throw new UserError({
    what: 'the snapshot is outdated: apt refuses its Release file (Valid-Until)',
    where: `snapshot ${target.id}`,
    found: `of ${target.createdAt}, valid for ${seconds} s`,
    remedy: 'publish to the channel again, or give this command the signing key, so that it gets a new date',
  });
}
