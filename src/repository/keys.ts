/**
 * Which keys the clients of a repository need: that which signs and the next one, and those that signed what is served,
 * indexes or packages, in a channel or in a snapshot that is there by its address only.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Keyring, planKeyring } from '../signing/keyring.ts';
import type { Signer } from '../signing/signer.ts';
import type { Draft, RepositoryView } from './driver.ts';
import { listSnapshots, readSnapshot, SNAPSHOT_FILE, type Snapshot } from './snapshot.ts';

/** The keys that a publish has. */
export interface PublishKeys {
  readonly signer: Signer;
  /** The key that shall sign later: handed out now, and signing Release files besides the other one. */
  readonly nextSigner?: Signer | undefined;
}

/** Fingerprints of the keys that sign, that which snapshots name as `signedBy` first. */
export function fingerprintsOf({ signer, nextSigner }: PublishKeys): string[] {
  return [signer, ...(nextSigner === undefined ? [] : [nextSigner])].map(({ key }) => key.fingerprint);
}

/** What a snapshot says of keys. rpm indexes have one signature: see docs/signing.md. */
export function keyFields(
  { signer, nextSigner }: PublishKeys,
  format: Snapshot['format'],
): Pick<Snapshot, 'signedBy' | 'alsoSignedBy' | 'nextKey'> {
  const next = nextSigner?.key.fingerprint;
  return {
    signedBy: signer.key.fingerprint,
    ...(next === undefined || format === 'rpm' ? {} : { alsoSignedBy: [next] }),
    ...(next === undefined ? {} : { nextKey: next }),
  };
}

/** The keys that clients of a snapshot may have: the one that signed it, and the next one that they got with it. */
export function keysOfSnapshot({ signedBy, alsoSignedBy = [], nextKey }: Snapshot): string[] {
  return [...new Set([signedBy, ...alsoSignedBy, ...(nextKey === undefined ? [] : [nextKey])])];
}

/**
 * The keyring to hand out, and what it changes.
 *
 * @param draft what is to be published, where that is known.
 */
export async function planKeys(
  view: RepositoryView,
  format: Snapshot['format'],
  { signer, nextSigner }: PublishKeys,
  draft?: Pick<Draft, 'packages'>,
): Promise<Keyring> {
  const heads = [...view.heads.values()];
  const needed = new Set(draft === undefined ? [] : signersOf(draft));
  for (const [channel, head] of view.heads) {
    for (const fingerprint of signersOf(head)) needed.add(fingerprint);
    // Until no channel names it: another channel's job may have it, and this one not.
    if (head.nextKey !== undefined && channel !== view.channel) needed.add(head.nextKey);
  }
  const file = path.join(view.paths.public, 'keyring.gpg');
  const request = { file, format, signer, next: nextSigner };
  const first = await planKeyring({ ...request, needed });
  if (first.retired.length === 0) return first;
  const still = await neededByOthers(view, new Set(first.retired), new Set(heads.map(({ id }) => id)));
  return still.size === 0 ? first : await planKeyring({ ...request, needed: new Set([...needed, ...still]) });
}

/** Fingerprints of the keys that a client needs for all of it. */
function signersOf(snapshot: Pick<Draft, 'packages'> & { readonly signedBy?: string }): Set<string> {
  const found = new Set(snapshot.signedBy === undefined ? [] : [snapshot.signedBy]);
  for (const { signedBy } of snapshot.packages) if (signedBy !== undefined) found.add(signedBy);
  return found;
}

/**
 * Which of `candidates` a snapshot needs that no channel points to. A key that is not used any more signed the oldest
 * of them, so these are looked at first.
 */
async function neededByOthers(
  { paths }: RepositoryView,
  candidates: ReadonlySet<string>,
  heads: ReadonlySet<string>,
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const id of await listSnapshots(paths)) {
    if (heads.has(id)) continue;
    const text = await readFile(path.join(paths.snapshot(id), SNAPSHOT_FILE)).catch(() => undefined);
    const open = [...candidates].filter((each) => !found.has(each) && text?.includes(each) === true);
    if (open.length === 0) continue;
    const signers = signersOf(await readSnapshot(paths, id));
    for (const each of open) if (signers.has(each)) found.add(each);
    if (found.size === candidates.size) break;
  }
  return found;
}
