/** The list of packages of a channel, those of one source package together. */
import { orderOf } from '../manage/difference.ts';
import { DEBUG } from '../rpm/folders.ts';
import type { SnapshotPackage } from '../snapshot.ts';
import { type Html, html, relativeUrl } from './html.ts';

/** A line of the list: a name and version, with its files. */
interface Row {
  readonly name: string;
  readonly version: string;
  readonly note: string;
  readonly isDebug: boolean;
  readonly isRpm: boolean;
  readonly files: { readonly label: string; readonly path: string }[];
}

/** Packages that are made from one source package. */
interface Group {
  readonly source: string;
  readonly rows: Map<string, Row>;
}

/**
 * The table, with the search that a script makes work.
 *
 * @param packages of one channel.
 * @param main the component that goes without saying.
 * @param caption what they are.
 */
export function packageList(packages: readonly SnapshotPackage[], main: string | undefined, caption: string): Html {
  return html`<form id="find" class="find" role="search" hidden>
<label for="q">Search packages</label>
<input type="search" id="q" autocomplete="off" spellcheck="false">
<output id="found" for="q"></output>
</form>
<table class="packages">
<caption>${caption}</caption>
<thead><tr><th scope="col">Package</th><th scope="col">Version</th><th scope="col">Download</th></tr></thead>
${groupsOf(packages, main).map(groupBody)}</table>
`;
}

function groupBody(group: Group): Html {
  const rows = [...group.rows.values()].sort(
    (a, b) =>
      Number(b.name === group.source) - Number(a.name === group.source) ||
      Number(a.isDebug) - Number(b.isDebug) ||
      compareText(a.name, b.name) ||
      newestFirst(a, b),
  );
  return html`<tbody>${rows.map((row, index) => packageRow(row, index > 0))}</tbody>
`;
}

function packageRow({ name, version, note, files }: Row, isSub: boolean): Html {
  const links = files.map(({ label, path }) => html`<a href="${relativeUrl(path)}">${label}</a> `);
  const sub = isSub ? html` class="sub"` : undefined;
  const small = note === '' ? undefined : html` <small>${note}</small>`;
  return html`<tr${sub}><th scope="row">${name}${small}</th> <td>${version}</td> <td>${links}</td></tr>\n`;
}

/** In the order of the format's versions; a page for people is no place to complain about one that is none. */
function newestFirst(a: Row, b: Row): number {
  try {
    return orderOf(a.isRpm ? 'rpm' : 'deb')(b.version, a.version);
  } catch {
    return compareText(b.version, a.version);
  }
}

function groupsOf(packages: readonly SnapshotPackage[], main: string | undefined): Group[] {
  const groups = new Map<string, Group>();
  for (const each of packages) {
    const { name, version, source, kind, architecture, files } = each;
    const group = groups.get(source) ?? { source, rows: new Map() };
    groups.set(source, group);
    const note = noteOf(each, main);
    const key = `${name}\n${version}\n${note}`;
    const isRpm = each.type === 'rpm' || each.type === 'srpm';
    const row = group.rows.get(key) ?? { name, version, note, isDebug: isDebug(each), isRpm, files: [] };
    group.rows.set(key, row);
    const [file] = files;
    if (file !== undefined) row.files.push({ label: kind === 'source' ? SOURCE : architecture, path: file.path });
  }
  for (const { rows } of groups.values())
    for (const { files } of rows.values()) if (files.length > 1) files.sort(compareFiles);
  return [...groups.values()].sort((a, b) => compareText(a.source, b.source));
}

const SOURCE = 'source';

function compareFiles(a: Row['files'][number], b: Row['files'][number]): number {
  return Number(a.label === SOURCE) - Number(b.label === SOURCE) || compareText(a.label, b.label);
}

/** What sets it apart from most others. */
function noteOf(each: SnapshotPackage, main: string | undefined): string {
  const component = each.type === 'rpm' || each.type === 'srpm' ? main : each.component?.replace(/\/debug$/, '');
  let note = component === undefined || component === main ? '' : component;
  if (each.type === 'udeb') note += `${note === '' ? '' : ', '}for the installer`;
  if (isDebug(each)) note += `${note === '' ? '' : ', '}debug`;
  return note;
}

function isDebug({ type, component }: SnapshotPackage): boolean {
  return type === 'ddeb' || component === DEBUG || component?.endsWith(`/${DEBUG}`) === true;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
