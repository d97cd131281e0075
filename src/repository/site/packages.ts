/** The list of packages of a channel, those of one source package together. */

import type { SnapshotPackage } from '../snapshot.ts';
import { type Html, html, relativeUrl } from './html.ts';

/** A line of the list: a name and version, with its files. */
interface Row {
  readonly name: string;
  readonly version: string;
  readonly note: string | undefined;
  readonly components: Set<string>;
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
 * @param caption what they are.
 */
export function packageList(packages: readonly SnapshotPackage[], caption: string): Html {
  const groups = groupsOf(packages);
  const areas = new Set(packages.map(componentOf).filter((name) => name !== undefined));
  const hasComponents = areas.size > 1;
  return html`<form id="find" class="find" role="search" hidden>
<label for="q">Search packages</label>
<input type="search" id="q" autocomplete="off" spellcheck="false" autocapitalize="none">
<output id="found" for="q"></output>
</form>
<table class="packages">
<caption>${caption}</caption>
<thead><tr><th scope="col">Package</th><th scope="col">Version</th>${hasComponents ? html`<th scope="col">Component</th>` : undefined}<th scope="col">Download</th></tr></thead>
${groups.map((group) => groupBody(group, hasComponents))}</table>
`;
}

function groupBody(group: Group, hasComponents: boolean): Html {
  const rows = [...group.rows.values()].sort(
    (a, b) =>
      Number(b.name === group.source) - Number(a.name === group.source) ||
      Number(a.note !== undefined) - Number(b.note !== undefined) ||
      compareText(a.name, b.name),
  );
  return html`<tbody>${rows.map((row, index) => packageRow(row, index > 0, hasComponents))}</tbody>
`;
}

function packageRow({ name, version, note, components, files }: Row, isSub: boolean, hasComponents: boolean): Html {
  const links = files.map(({ label, path }) => html`<a href="${relativeUrl(path)}">${label}</a> `);
  const sub = isSub ? html` class="sub"` : undefined;
  const small = note === undefined ? undefined : html` <small>${note}</small>`;
  const component = hasComponents ? html`<td>${[...components].join(', ')}</td> ` : undefined;
  return html`<tr${sub}><th scope="row">${name}${small}</th> <td>${version}</td> ${component}<td>${links}</td></tr>\n`;
}

function groupsOf(packages: readonly SnapshotPackage[]): Group[] {
  const groups = new Map<string, Group>();
  for (const each of packages) {
    const group = groups.get(each.source) ?? { source: each.source, rows: new Map() };
    groups.set(each.source, group);
    const note = noteOf(each);
    const key = `${each.name}\n${each.version}\n${note ?? ''}`;
    const row = group.rows.get(key) ?? {
      name: each.name,
      version: each.version,
      note,
      components: new Set(),
      files: [],
    };
    group.rows.set(key, row);
    const component = componentOf(each);
    if (component !== undefined) row.components.add(component);
    const [file] = each.files;
    if (file !== undefined)
      row.files.push({ label: each.kind === 'source' ? 'source' : each.architecture, path: file.path });
  }
  for (const { rows } of groups.values())
    for (const { files } of rows.values())
      files.sort(
        (a, b) => Number(a.label === 'source') - Number(b.label === 'source') || compareText(a.label, b.label),
      );
  return [...groups.values()].sort((a, b) => compareText(a.source, b.source));
}

/** The component without its area for debug symbols. */
function componentOf({ component, type }: SnapshotPackage): string | undefined {
  return type === 'rpm' || type === 'srpm' ? undefined : component?.replace(/\/debug$/, '');
}

function noteOf({ type, component }: SnapshotPackage): string | undefined {
  if (type === 'udeb') return 'for the installer';
  return type === 'ddeb' || component === 'debug' || component?.endsWith('/debug') === true ? 'debug' : undefined;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
