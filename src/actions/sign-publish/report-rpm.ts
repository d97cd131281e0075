/** How machines use an rpm repository. */
import { clientName, fileNameOf } from '../../repository/site/client.ts';
import { repoText } from '../../repository/site/rpm-client.ts';
import type { RpmSnapshot } from '../../repository/snapshot.ts';
import { downloadLines, type Instructions, layersOf, type ReportContext } from './instructions.ts';

/** The text of a .repo file for the channel, or for a review and what it is layered over. */
export function repoFile(snapshot: RpmSnapshot, context: ReportContext): string {
  return layersOf(snapshot, context)
    .flatMap(({ snapshot: { format, settings }, ...place }) => (format === 'rpm' ? [repoText(settings, place)] : []))
    .join('\n');
}

export function rpmInstructions(snapshot: RpmSnapshot, context: ReportContext): Instructions {
  const { label, architectures } = snapshot.settings;
  return {
    repository: `\`${label}\` for ${architectures.join(', ')}`,
    lines: [
      `Write this to \`/etc/yum.repos.d/${fileNameOf(label)}.repo\`:`,
      '',
      '```',
      repoFile(snapshot, context).trimEnd(),
      '```',
      '',
      ...downloadLines(`/etc/yum.repos.d/${clientName(label, context.channel)}.repo`, snapshot, context),
      `The key that dnf asks to import has the fingerprint \`${context.key.fingerprint}\`.`,
    ],
    steps: {
      signed: 'packages signed',
      indexed: 'indexes made (createrepo_c)',
      released: 'repomd.xml signed',
      checked: 'read by gpgv, rpmkeys and dnf',
    },
  };
}
