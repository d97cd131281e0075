/** How machines use an rpm repository. */
import { clientName, fileNameOf } from '../../repository/site/client.ts';
import { repoText } from '../../repository/site/rpm-client.ts';
import type { RpmSnapshot } from '../../repository/snapshot.ts';
import { downloadLines, type Instructions, type ReportContext } from './instructions.ts';

/** The text of a .repo file for the channel. */
export function repoFile({ settings }: RpmSnapshot, context: ReportContext): string {
  return repoText(settings, context);
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
