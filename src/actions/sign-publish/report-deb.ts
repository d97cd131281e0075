/** How machines use a deb repository. */
import { clientName, fileNameOf } from '../../repository/site/client.ts';
import { sourcesLine, sourcesText } from '../../repository/site/deb-client.ts';
import type { DebSnapshot } from '../../repository/snapshot.ts';
import { downloadLines, type Instructions, layersOf, type ReportContext } from './instructions.ts';

/** The text of a .sources file for the channel, or for a review and what it is layered over. */
export function sourcesEntry(snapshot: DebSnapshot, context: ReportContext): string {
  return layersOf(snapshot, context)
    .flatMap(({ snapshot: { format, settings, packages }, ...place }) => {
      const hasSources = packages.some(({ kind }) => kind === 'source');
      return format === 'deb' ? [sourcesText(settings, { ...place, hasSources })] : [];
    })
    .join('\n');
}

export function debInstructions(snapshot: DebSnapshot, context: ReportContext): Instructions {
  const { suite, label } = snapshot.settings;
  const { channel } = context;
  const name = fileNameOf(label);
  const layers = layersOf(snapshot, context).flatMap(({ snapshot: { format, settings }, ...place }) =>
    format === 'deb' ? [{ settings, ...place, name: fileNameOf(settings.label) }] : [],
  );
  const keys = layers.map((each) => `\`${each.url}/key.asc\` as \`/etc/apt/keyrings/${each.name}.asc\``);
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
      `With apt before 2.4: save ${keys.join(', ')} and write to \`/etc/apt/sources.list.d/${name}.list\`:`,
      '',
      '```',
      ...layers.map((each) => sourcesLine(each.settings, each, each.name)),
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
