/** Commands that only read. */

import { UserError } from '../../errors.ts';
import { formatCount } from '../../format.ts';
import { readHistory } from '../../repository/history.ts';
import { findChannel, findSnapshot, formerOf } from '../../repository/manage/channels.ts';
import { differenceOf } from '../../repository/manage/difference.ts';
import { listRepository } from '../../repository/manage/listing.ts';
import { checkExists } from '../../repository/manage/move.ts';
import { listSnapshots, readSnapshot, type Snapshot } from '../../repository/snapshot.ts';
import { readView } from '../../repository/view.ts';
import type { Inputs, Outcome, Request } from './request.ts';
import { reviewRequest, reviewTables } from './reviews.ts';
import { channelTable, differenceTable, packageTable, snapshotTable } from './tables.ts';

/** Channels and snapshots, or the packages of one. */
export async function list(inputs: Inputs, request: Request): Promise<Outcome> {
  const { root, url } = await reviewRequest(inputs, request);
  if (inputs.channel !== undefined || inputs.snapshot !== undefined) {
    const { name, id, snapshot } = await chosen(inputs, root);
    const { packages, createdAt, format } = snapshot;
    return {
      changed: false,
      ...(inputs.channel === undefined ? {} : { channel: inputs.channel }),
      snapshot: id,
      uri: `${url}/snapshots/${id}`,
      conclusion: `${name} has ${formatCount(packages.length, 'package')}`,
      tables: [packageTable(`Packages of ${name}`, packages)],
      result: { repository: root, url, format, snapshot: id, createdAt, packages },
    };
  }
  const listing = await listRepository(root);
  const { tables, reviews } = await reviewTables(root);
  const counts = [
    formatCount(listing.channels.length, 'channel'),
    formatCount(listing.snapshots.length, 'snapshot'),
    ...(reviews.length === 0 ? [] : [formatCount(reviews.length, 'review')]),
  ];
  return {
    changed: false,
    conclusion: `${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}`,
    tables: [channelTable(listing), snapshotTable(listing), ...tables],
    result: { repository: root, url, ...listing, reviews },
  };
}

/** What is other in one snapshot than in another. */
export async function compare(inputs: Inputs, { root }: Request): Promise<Outcome> {
  const after = await chosen(inputs, root);
  const before = await comparedWith(inputs, after.snapshot, root);
  const difference = differenceOf(before.snapshot, after.snapshot);
  return {
    changed: false,
    ...(inputs.channel === undefined ? {} : { channel: inputs.channel }),
    snapshot: after.id,
    conclusion: `${after.name} has ${formatCount(difference.length, 'difference')} against ${before.name}`,
    tables: [differenceTable(`${after.name} against ${before.name}`, difference)],
    result: { repository: root, from: before.snapshot?.id ?? null, to: after.id, difference },
  };
}

interface Chosen {
  /** As people call it. */
  readonly name: string;
  readonly id: string;
  readonly snapshot: Snapshot;
}

/** The snapshot that `channel` or `snapshot` means. */
async function chosen({ channel, snapshot, command }: Inputs, root: string): Promise<Chosen> {
  await checkExists(root);
  const { paths, channels } = await readView(root);
  if (channel !== undefined && snapshot !== undefined) {
    throw new UserError({
      what: 'a channel and a snapshot, and one of them is meant',
      where: 'inputs channel and snapshot',
      expected: 'one of them',
    });
  }
  if (channel === undefined && snapshot === undefined) {
    throw new UserError({
      what: `${command} needs to know what is looked at`,
      where: 'input channel',
      expected: 'a channel, or a snapshot',
    });
  }
  const id =
    channel === undefined
      ? findSnapshot(snapshot ?? '', new Map(), await listSnapshots(paths), 'input snapshot')
      : findChannel(channel, channels, 'input channel');
  return { name: channel === undefined ? id : `${channel} (${id})`, id, snapshot: await readSnapshot(paths, id) };
}

/** `against`, else the channel's former state, else the snapshot that it was made from; nothing where that is gone. */
async function comparedWith(
  { against, channel }: Inputs,
  after: Snapshot,
  root: string,
): Promise<{ name: string; snapshot: Snapshot | undefined }> {
  const { paths, channels } = await readView(root);
  const snapshots = await listSnapshots(paths);
  if (against !== undefined) {
    const id = findSnapshot(against, channels, snapshots, 'input against');
    return { name: id === against ? id : `${against} (${id})`, snapshot: await readSnapshot(paths, id) };
  }
  const states = channel === undefined ? [] : formerOf(await readHistory(paths), channel, after.id);
  const id = states.at(-1) ?? after.parent;
  if (id === null) return { name: 'nothing', snapshot: undefined };
  if (snapshots.includes(id)) return { name: id, snapshot: await readSnapshot(paths, id) };
  throw new UserError({
    what: 'the state before it was removed',
    where: 'input against',
    found: id,
    expected: 'a channel or a snapshot that is there',
  });
}
