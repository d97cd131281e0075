/** The pages of a repository: the one at its root, and one with the packages of each channel that the root does not list. */

import { createHash } from 'node:crypto';
import { formatCount } from '../../format.ts';
import { addingSection, clientFile } from './adding.ts';
import { changesSection } from './changes.ts';
import { type Html, html, relativeUrl } from './html.ts';
import { packageList } from './packages.ts';
import { LOOK, pageOf, timeOf } from './page.ts';
import type { Site, SiteChannel } from './read.ts';

/** Packages that the page at the root lists itself, of its first channel. */
const LISTED_AT_ROOT = 400;

export const ROOT_PAGE = 'index.html';

function isAtRoot(site: Site, channel: SiteChannel): boolean {
  return channel === site.channels[0] && channel.packageCount <= LISTED_AT_ROOT;
}

/** File of the page with a channel's packages. */
export function packagesPage(site: Site, channel: SiteChannel): string {
  return isAtRoot(site, channel) ? ROOT_PAGE : `${channel.name}.packages.html`;
}

/** Pages with packages of their own, and what each is made from. */
export function packagesPages(
  site: Site,
): { readonly channel: SiteChannel; readonly file: string; readonly state: string }[] {
  return site.channels
    .filter((channel) => !isAtRoot(site, channel))
    .map((channel) => {
      const state = JSON.stringify([LOOK, site.title, channel.name, channel.head.id]);
      return { channel, file: packagesPage(site, channel), state: createHash('sha256').update(state).digest('hex') };
    });
}

/** @param state what the whole site is made from. */
export function rootPage(site: Site, state: string): string {
  const [first] = site.channels;
  if (first === undefined) throw new Error('a repository without channels has no page');
  const withList = isAtRoot(site, first);
  return pageOf({
    title: site.title,
    state,
    hasSearch: withList,
    header: html`<h1 dir="auto">${site.title}</h1>
${site.description === undefined ? undefined : html`<p dir="auto">${site.description}</p>\n`}<p class="quiet">${factsOf(site, first)}</p>
<nav aria-label="On this page"><ul>
<li><a href="#add">Add it to a machine</a></li>
<li><a href="#packages">Packages</a></li>
<li><a href="#channels">Channels</a></li>
<li><a href="#changes">Last changes</a></li>
<li><a href="#key">Key</a></li>
</ul></nav>`,
    main: [
      addingSection(site, first),
      packagesSection(site, first, withList),
      channelsSection(site),
      changesSection(site.changes),
    ],
    footer: footerOf(first),
  });
}

/** The page with the packages of one channel. */
export function channelPage(site: Site, channel: SiteChannel, state: string): string {
  const { name, head } = channel;
  return pageOf({
    title: `Packages in ${name}: ${site.title}`,
    state,
    hasSearch: true,
    header: html`<nav aria-label="Up"><ul><li><a href="${ROOT_PAGE}">${site.title}</a></li></ul></nav>
<h1>Packages in ${name}</h1>
<p class="quiet">Snapshot <code>${head.id}</code>, ${timeOf(head.createdAt)}</p>`,
    main: [html`<section id="packages" aria-label="Packages">\n${listOf(channel)}</section>\n`],
    footer: footerOf(channel),
  });
}

function factsOf(site: Site, { head }: SiteChannel): Html {
  const { architectures, target } = head.settings;
  const suite = head.format === 'deb' ? `, suite ${head.settings.suite}` : '';
  const many = formatCount(site.channels.length, 'channel');
  return html`Packages for ${head.format === 'deb' ? 'apt' : 'dnf'}${target === undefined ? '' : ` on ${target}`}${suite}, ${architectures.join(', ')}; ${many}`;
}

function packagesSection(site: Site, channel: SiteChannel, withList: boolean): Html {
  const list = withList
    ? listOf(channel)
    : html`<p><a href="${relativeUrl(packagesPage(site, channel))}">All packages of ${channel.name}, with search</a> (${countText(channel)})</p>\n`;
  const others = site.channels.filter((each) => each !== channel);
  const more =
    others.length === 0
      ? undefined
      : html`<p>Of other channels: ${others.map((each, index) => html`${index === 0 ? '' : ', '}<a href="${relativeUrl(packagesPage(site, each))}">${each.name}</a>`)}</p>\n`;
  return html`<section aria-labelledby="packages">
<h2 id="packages">Packages in ${channel.name}</h2>
${list}${more}</section>
`;
}

function channelsSection(site: Site): Html {
  const hasFiles = site.url !== undefined;
  const rows = site.channels.map((channel) => {
    const { name, head } = channel;
    const file = clientFile(site, channel);
    const cell = hasFiles
      ? html`<td>${file === undefined ? undefined : html`<a href="${file.name}">${file.name}</a>`}</td>`
      : undefined;
    return html`<tbody><tr><th scope="row">${name}</th><td>${timeOf(head.createdAt)}</td><td><a href="${relativeUrl(packagesPage(site, channel))}${isAtRoot(site, channel) ? '#packages' : ''}">${channel.packageCount}</a></td>${cell}<td><a href="${relativeUrl(`snapshots/${head.id}/snapshot.json`)}"><code>${head.id}</code></a></td></tr></tbody>\n`;
  });
  return html`<section aria-labelledby="channels">
<h2 id="channels">Channels</h2>
<p>A channel is a name that moves from one snapshot to the next. A snapshot never changes: with <code>snapshots/ID</code> in the place of the channel’s name, an address gives the same packages for as long as the snapshot is kept. <code>CHANNEL.target.txt</code> tells programs which one it is.</p>
<div class="scroll" role="region" aria-labelledby="channels" tabindex="0">
<table class="channels">
<caption>Channels and what they have</caption>
<thead><tr><th scope="col">Channel</th><th scope="col">Made</th><th scope="col">Packages</th>${hasFiles ? html`<th scope="col">File for machines</th>` : undefined}<th scope="col">Snapshot</th></tr></thead>
${rows}</table>
</div>
</section>
`;
}

function countText({ packageCount }: SiteChannel): string {
  return formatCount(packageCount, 'package');
}

function listOf(channel: SiteChannel): Html {
  const { head } = channel;
  const main = head.format === 'deb' ? head.settings.components[0] : undefined;
  return packageList(channel.packages(), main, `${countText(channel)}: every architecture and every source counts`);
}

function footerOf({ head }: SiteChannel): Html {
  return html`<p>Made by pkg-actions ${head.tool.version}, snapshot ${head.id}.</p>`;
}
