/** The last changes of a repository, as a list. */
import type { PackageRef } from '../snapshot.ts';
import { type Html, html, isWebAddress, join } from './html.ts';
import { timeOf } from './page.ts';
import type { SiteChange, SnapshotHead } from './read.ts';

/** Packages that a change names; the rest is counted. */
const NAMED = 12;

export function changesSection(changes: readonly SiteChange[]): Html {
  return html`<section aria-labelledby="changes">
<h2 id="changes">Last changes</h2>
<ul class="changes">
${changes.map(changeItem)}</ul>
</section>
`;
}

function changeItem(change: SiteChange): Html {
  const { at, channel, head, run } = change;
  const link = run !== undefined && isWebAddress(run) ? html` <a href="${run}" rel="nofollow">CI run</a>` : undefined;
  const what = head === undefined ? [] : describeChange(head);
  const list = what.length === 0 ? undefined : html`\n<ul>${what.map((each) => html`<li>${each}</li>`)}</ul>`;
  return html`<li>${timeOf(at)} <strong>${channel}</strong>: ${actionText(change)}${link}${list}</li>\n`;
}

function actionText({ action, id, from }: SiteChange): Html {
  switch (action) {
    case 'publish':
      return html`published`;
    case 'promote':
      return html`promoted${from === undefined ? undefined : html` from <strong>${from}</strong>`}`;
    case 'rollback':
      return html`moved back to ${id ?? ''}`;
    case 'remove':
      return html`removed`;
  }
}

function describeChange({ change }: SnapshotHead): Html[] {
  const added = byVersion(change.added);
  const names = new Set(change.added.map(({ name }) => name));
  const gone = byVersion(change.superseded.filter(({ name }) => !names.has(name)));
  const older = (change.overrides ?? []).map(
    ({ name, version, over, reason }) => html`<bdi>${name} ${version}</bdi> after ${over} (<bdi>${reason}</bdi>)`,
  );
  return [
    ...(added.length === 0 ? [] : [html`new: ${shortList(added)}`]),
    ...(gone.length === 0 ? [] : [html`no longer there: ${shortList(gone)}`]),
    ...(older.length === 0
      ? []
      : [html`older on purpose: ${shortList([...new Map(older.map((each) => [each.text, each])).values()])}`]),
    ...(added.length + gone.length === 0 ? [html`the same packages; settings, signatures or dates are new`] : []),
  ];
}

/** Names and versions without their architectures. */
function byVersion(packages: readonly PackageRef[]): Html[] {
  const seen = new Map(packages.map(({ name, version }) => [`${name}\n${version}`, { name, version }]));
  return [...seen.values()].map(({ name, version }) => html`<bdi>${name} ${version}</bdi>`);
}

function shortList(all: readonly Html[]): Html {
  const more = all.length - NAMED;
  // One that would be left out alone is named too.
  return more <= 1 ? join(all) : html`${join(all.slice(0, NAMED))}, and ${more} more`;
}
