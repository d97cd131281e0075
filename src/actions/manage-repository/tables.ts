/** Tables of what a repository holds and how it changes. */
import { formatBytes } from '../../format.ts';
import { codeCell, table } from '../../markdown.ts';
import type { Difference } from '../../repository/manage/difference.ts';
import type { Listing } from '../../repository/manage/listing.ts';
import type { PruneResult } from '../../repository/manage/prune.ts';
import type { PackageRef, SnapshotPackage } from '../../repository/snapshot.ts';

export interface Table {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Said where there are no rows. */
  readonly empty: string;
}

/** Packages that one cell names. */
const MOST_NAMED = 5;

/** A section of the summary, in Markdown. */
export function markdown({ title, header, rows, empty }: Table): string {
  const lines = [`### ${title}`, ''];
  if (rows.length === 0) return [...lines, `${empty.charAt(0).toUpperCase()}${empty.slice(1)}.`, ''].join('\n');
  const cells = rows.map((row) => row.map((cell) => (cell === '' ? '' : codeCell(cell))));
  return [...lines, ...table(header, cells, 'the report (input `report`)')].join('\n');
}

export function channelTable({ channels }: Listing): Table {
  return {
    title: 'Channels',
    header: ['channel', 'snapshot', 'since', 'packages'],
    rows: channels.map(({ name, id, since, packages }) => [name, id, timeOf(since), String(packages)]),
    empty: 'none',
  };
}

export function snapshotTable({ snapshots }: Listing): Table {
  return {
    title: 'Snapshots',
    header: ['snapshot', 'made', 'for', 'channels', 'packages', 'size', 'its own', 'added', 'gone'],
    rows: snapshots.map((each) => [
      each.id,
      timeOf(each.createdAt),
      each.madeFor,
      each.channels.join(', '),
      String(each.packages),
      formatBytes(each.bytes),
      formatBytes(each.ownBytes),
      namesOf(each.added),
      namesOf(each.superseded),
    ]),
    empty: 'none',
  };
}

export function packageTable(title: string, packages: readonly SnapshotPackage[]): Table {
  return {
    title,
    header: ['package', 'version', 'architecture', 'component', 'source', 'size'],
    rows: packages.map((each) => [
      each.name,
      each.version,
      each.architecture,
      each.component ?? '',
      each.source,
      formatBytes(each.files.reduce((sum, { size }) => sum + size, 0)),
    ]),
    empty: 'no packages',
  };
}

export function differenceTable(title: string, difference: readonly Difference[]): Table {
  return {
    title,
    header: ['package', 'architecture', 'change', 'before', 'after'],
    rows: difference.map(({ name, kind, architecture, change, from = '', to = '' }) => [
      name,
      kind === 'source' ? 'source' : architecture,
      change,
      from,
      to,
    ]),
    empty: 'the same packages',
  };
}

export function pruneTables({ removed, kept, files }: PruneResult, dryRun: boolean): Table[] {
  const gone = dryRun ? 'would be removed' : 'removed';
  return [
    {
      title: `Snapshots ${gone}`,
      header: ['snapshot'],
      rows: removed.map((id) => [id]),
      empty: 'none',
    },
    {
      title: `Files of the pool ${gone}`,
      header: ['file', 'size'],
      rows: files.map(({ path, size }) => [path, formatBytes(size)]),
      empty: 'none',
    },
    { title: 'Snapshots kept', header: ['snapshot', 'why'], rows: kept.map(({ id, why }) => [id, why]), empty: 'none' },
  ];
}

function timeOf(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

function namesOf(packages: readonly PackageRef[]): string {
  const names = [...new Set(packages.map(({ name, version }) => `${name} ${version}`))];
  const named = names.slice(0, MOST_NAMED).join(', ');
  return names.length > MOST_NAMED ? `${named} and ${names.length - MOST_NAMED} more` : named;
}
