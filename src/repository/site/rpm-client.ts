/** How machines use an rpm repository. */
import { debugFolder, SOURCE_FOLDER } from '../rpm/folders.ts';
import type { RpmSettings } from '../snapshot.ts';
import { type ClientContext, clientName, DEFAULT_CHANNEL, fileNameOf } from './client.ts';

/**
 * A file for /etc/yum.repos.d, dnf.conf(5): binary packages, and, not enabled, debug information and sources under the
 * ids that `dnf debuginfo-install` and `dnf download --source` look for. Each channel has ids of its own: a machine may
 * have several.
 */
export function repoText({ label }: RpmSettings, { channel, url }: Pick<ClientContext, 'channel' | 'url'>): string {
  const isDefault = channel === DEFAULT_CHANNEL;
  const id = isDefault ? fileNameOf(label) : clientName(label, channel);
  const name = isDefault ? label : `${label} (${channel})`;
  const section = (suffix: string, title: string, folder: string, enabled: boolean) =>
    [
      `[${id}${suffix}]`,
      `name=${name}${title}`,
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
