/** Names and addresses of what machines that use a repository get. */

export interface ClientContext {
  readonly channel: string;
  /** Address of `public/`, without a slash at its end. */
  readonly url: string;
  /** The armored keys that clients need. */
  readonly keys: string;
  /** Whether there are source packages. */
  readonly hasSources: boolean;
}

/** The channel that a repository has when nobody names one. */
export const DEFAULT_CHANNEL = 'latest';

/** A name for files on machines. */
export function fileNameOf(label: string): string {
  const plain = label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 100)
    .replace(/^-|-$/g, '');
  return plain || 'repository';
}

/** Name of the file for one channel, without its extension: `acme-latest`. apt and dnf ignore files of other names. */
export function clientName(label: string, channel: string): string {
  return `${fileNameOf(label)}-${channel.replaceAll(/[^A-Za-z0-9_.-]/g, '-')}`;
}
