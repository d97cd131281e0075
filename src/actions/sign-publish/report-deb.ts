/** How machines use a deb repository. */
import type { DebSnapshot } from '../../repository/snapshot.ts';
import { fileNameOf, type Instructions, type ReportContext } from './instructions.ts';

/** sources.list(5), deb822 style, with the keys inside: one file is all that a machine needs (apt 2.4 or newer). */
export function sourcesEntry(snapshot: DebSnapshot, { channel, url, keys }: ReportContext): string {
  const { suite, architectures } = snapshot.settings;
  const hasSources = snapshot.packages.some(({ kind }) => kind === 'source');
  const block = keys
    .trimEnd()
    .split('\n')
    .map((line) => ` ${line === '' ? '.' : line}\n`)
    .join('');
  return [
    `Types: deb${hasSources ? ' deb-src' : ''}\n`,
    `URIs: ${url}/${channel}\n`,
    `Suites: ${suite}\n`,
    `Components: ${componentsOf(snapshot)}\n`,
    `Architectures: ${architectures.join(' ')}\n`,
    `Signed-By:\n${block}`,
  ].join('');
}

export function debInstructions(snapshot: DebSnapshot, context: ReportContext): Instructions {
  const { suite, label } = snapshot.settings;
  const { url, channel } = context;
  const name = fileNameOf(label);
  return {
    repository: `suite \`${suite}\``,
    lines: [
      `Write this to \`/etc/apt/sources.list.d/${name}.sources\` and run \`apt-get update\`:`,
      '',
      '```',
      sourcesEntry(snapshot, context).trimEnd(),
      '```',
      '',
      `With apt before 2.4: save \`${url}/key.asc\` as \`/etc/apt/keyrings/${name}.asc\` and write to \`/etc/apt/sources.list.d/${name}.list\`:`,
      '',
      '```',
      `deb [signed-by=/etc/apt/keyrings/${name}.asc] ${url}/${channel} ${suite} ${componentsOf(snapshot)}`,
      '```',
    ],
    steps: {
      signed: 'sources and records signed',
      indexed: 'indexes made (reprepro)',
      released: 'by-hash, Release signed',
      checked: 'read by gpgv and apt',
    },
  };
}

/** Debug symbols are for those who ask for them. */
function componentsOf({ settings }: DebSnapshot): string {
  return settings.components.filter((name) => !name.endsWith('/debug')).join(' ');
}
