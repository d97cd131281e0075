/** How machines use a deb repository. */
import { clientName, fileNameOf } from '../../repository/site/client.ts';
import { sourcesLine, sourcesText } from '../../repository/site/deb-client.ts';
import type { DebSnapshot } from '../../repository/snapshot.ts';
import { downloadLines, type Instructions, type ReportContext } from './instructions.ts';

/** The text of a .sources file for the channel. */
export function sourcesEntry({ settings, packages }: DebSnapshot, context: ReportContext): string {
  return sourcesText(settings, { ...context, hasSources: packages.some(({ kind }) => kind === 'source') });
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
      ...downloadLines(`/etc/apt/sources.list.d/${clientName(label, channel)}.sources`, snapshot, context),
      `With apt before 2.4: save \`${url}/key.asc\` as \`/etc/apt/keyrings/${name}.asc\` and write to \`/etc/apt/sources.list.d/${name}.list\`:`,
      '',
      '```',
      sourcesLine(snapshot.settings, context, name),
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
