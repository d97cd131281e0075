/** How a person adds the repository to a machine: the section of the page, and the files it tells to download. */
import type { DebSettings, RpmSettings } from '../snapshot.ts';
import { clientName, fileNameOf } from './client.ts';
import { sourcesLine, sourcesText } from './deb-client.ts';
import { type Html, html, join } from './html.ts';
import type { Site, SiteChannel } from './read.ts';
import { repoText } from './rpm-client.ts';

/** The first line of files for apt and dnf: it tells them from files of others. */
export const CLIENT_MARK = '# Made by pkg-actions';

/** A file ready to download, where the public address is known. */
export interface ClientFile {
  readonly name: string;
  readonly content: string;
}

export function clientFile(site: Site, { name: channel, head, hasSources }: SiteChannel): ClientFile | undefined {
  const { url, keys } = site;
  if (url === undefined) return undefined;
  const base = clientName(site.title, channel);
  if (head.format === 'deb') {
    const content = sourcesText(head.settings, { channel, url, keys, hasSources });
    const where = `for /etc/apt/sources.list.d/${base}.sources, apt 2.4 or newer`;
    return { name: `${base}.sources`, content: `${CLIENT_MARK}: ${where}\n${content}` };
  }
  const content = repoText({ ...head.settings, label: site.title }, { channel, url });
  return { name: `${base}.repo`, content: `${CLIENT_MARK}: for /etc/yum.repos.d/${base}.repo\n${content}` };
}

/** What stands for the public address where it is not known. */
const ADDRESS = 'https://ADDRESS';

export function addingSection(site: Site, channel: SiteChannel): Html {
  const { head } = channel;
  const file = clientFile(site, channel);
  const how =
    head.format === 'deb' ? debSteps(site, channel, head.settings, file) : rpmSteps(site, channel, head.settings, file);
  return html`<section aria-labelledby="add">
<h2 id="add">Add it to a machine</h2>
${site.url === undefined ? html`<p>Put the address of this page in the place of <code>${ADDRESS}</code>.</p>\n` : undefined}${how}${keyText(site)}</section>
`;
}

function debSteps(
  site: Site,
  { name: channel }: SiteChannel,
  settings: DebSettings,
  file: ClientFile | undefined,
): Html {
  const { suite, architectures, target } = settings;
  const url = site.url ?? ADDRESS;
  const name = fileNameOf(site.title);
  const forWhom = html`<p>For <strong>${target ?? suite}</strong> (${architectures.join(', ')}), channel <strong>${channel}</strong>:</p>\n`;
  const withLine = commands(
    'sudo install -d -m 0755 /etc/apt/keyrings',
    `sudo curl -fsSLo /etc/apt/keyrings/${name}.asc \\\n  ${url}/key.asc`,
    `echo '${sourcesLine(settings, { channel, url }, name)}' \\\n  | sudo tee /etc/apt/sources.list.d/${clientName(site.title, channel)}.list`,
    'sudo apt-get update',
  );
  if (file === undefined) return html`${forWhom}${withLine}`;
  return html`${forWhom}${commands(
    `sudo curl -fsSLo /etc/apt/sources.list.d/${file.name} \\\n  ${url}/${file.name}`,
    'sudo apt-get update',
  )}<p><a href="${file.name}">${file.name}</a> has the key in it: it is all that a machine needs.</p>
<details>
<summary>With apt before 2.4 (Debian 11, Ubuntu 20.04 and older)</summary>
${withLine}</details>
`;
}

function rpmSteps(
  site: Site,
  { name: channel }: SiteChannel,
  settings: RpmSettings,
  file: ClientFile | undefined,
): Html {
  const { architectures, target } = settings;
  const forWhom = html`<p>For ${target === undefined ? undefined : html`<strong>${target}</strong> `}(${architectures.join(', ')}), channel <strong>${channel}</strong>:</p>\n`;
  if (file === undefined) {
    const place = `/etc/yum.repos.d/${clientName(site.title, channel)}.repo`;
    const content = repoText({ ...settings, label: site.title }, { channel, url: ADDRESS });
    return html`${forWhom}<p>Write this to <code>${place}</code>:</p>\n<pre tabindex="0"><code>${content}</code></pre>\n`;
  }
  const address = `${site.url}/${file.name}`;
  return html`${forWhom}${commands(`sudo curl -fsSLo /etc/yum.repos.d/${file.name} \\\n  ${address}`, 'sudo dnf makecache')}<p><a href="${file.name}">${file.name}</a> has debug information and sources too, not enabled. dnf asks before it takes the key: compare the fingerprint.</p>
<details>
<summary>With dnf config-manager</summary>
<p>dnf 4, with dnf-plugins-core:</p>
${commands(`sudo dnf config-manager --add-repo ${address}`)}<p>dnf 5:</p>
${commands(`sudo dnf config-manager addrepo --from-repofile=${address}`)}</details>
`;
}

function commands(...lines: readonly string[]): Html {
  return html`<pre tabindex="0"><code>${lines.join('\n')}</code></pre>\n`;
}

function keyText({ fingerprints }: Site): Html {
  const shown = fingerprints.map((each) => html`<code>${each.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code>`);
  return html`<h3 id="key">Key</h3>
<p>${shown.length === 1 ? 'It is signed by' : 'It is signed by the keys'} ${join(shown)}: <a href="key.asc">key.asc</a>, or binary <a href="keyring.gpg">keyring.gpg</a>. <code>gpg --show-keys key.asc</code> shows it.</p>
`;
}
