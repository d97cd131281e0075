/** How machines use a deb repository. */
import type { DebSettings } from '../snapshot.ts';
import type { ClientContext } from './client.ts';

/** sources.list(5), deb822 style, with the keys inside: one file is all that a machine needs (apt 2.4 or newer). */
export function sourcesText(settings: DebSettings, { channel, url, keys, hasSources }: ClientContext): string {
  const block = keys
    .trimEnd()
    .split('\n')
    .map((line) => ` ${line === '' ? '.' : line}\n`)
    .join('');
  return [
    `Types: deb${hasSources ? ' deb-src' : ''}\n`,
    `URIs: ${url}/${channel}\n`,
    `Suites: ${settings.suite}\n`,
    `Components: ${componentsOf(settings)}\n`,
    `Architectures: ${settings.architectures.join(' ')}\n`,
    `Signed-By:\n${block}`,
  ].join('');
}

/** The line for apt before 2.4. */
export function sourcesLine(
  settings: DebSettings,
  place: Pick<ClientContext, 'channel' | 'url'>,
  name: string,
): string {
  const { suite } = settings;
  return `deb [signed-by=/etc/apt/keyrings/${name}.asc] ${place.url}/${place.channel} ${suite} ${componentsOf(settings)}`;
}

/** Debug symbols are for those who ask for them. */
function componentsOf({ components }: DebSettings): string {
  return components.filter((name) => !name.endsWith('/debug')).join(' ');
}
