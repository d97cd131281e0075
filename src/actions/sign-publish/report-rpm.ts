/** How machines use an rpm repository. */
import { debugFolder, SOURCE_FOLDER } from '../../repository/rpm/folders.ts';
import type { RpmSnapshot } from '../../repository/snapshot.ts';
import { fileNameOf, type Instructions, type ReportContext } from './instructions.ts';

/**
 * A file for /etc/yum.repos.d, dnf.conf(5): binary packages, and, not enabled, debug information and sources under the
 * ids that `dnf debuginfo-install` and `dnf download --source` look for.
 */
export function repoFile({ settings }: RpmSnapshot, { channel, url }: ReportContext): string {
  const id = fileNameOf(settings.label);
  const section = (suffix: string, title: string, folder: string, enabled: boolean) =>
    [
      `[${id}${suffix}]`,
      `name=${settings.label}${title}`,
      `baseurl=${url}/${channel}/${folder}`,
      `enabled=${enabled ? 1 : 0}`,
      'gpgcheck=1',
      'repo_gpgcheck=1',
      `gpgkey=${url}/key.asc`,
      '',
    ].join('\n');
  return [
    section('', '', '$basearch', true),
    section('-debuginfo', ' - debug information', debugFolder('$basearch'), false),
    section('-source', ' - sources', SOURCE_FOLDER, false),
  ].join('\n');
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
