/** Tool images of former Dockerfiles and bases are removed once nobody has used them for a while. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../errors.ts';
import type { Logger } from '../../host/host.ts';
import { type ContainerClient, runClient } from './clients.ts';

/** Two versions of pkg-actions may take turns on a host: neither is to make its image again every time. */
const UNUSED_DAYS = 14;

export interface OldImages {
  readonly client: ContainerClient;
  /** Has a file for each image, whose time is that of its last use. */
  readonly folder: string;
  /** The image that is not removed in any case. */
  readonly current: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Removes tool images of ours that were not used for 14 days and that no container has. A failure is a line of detail. */
export async function removeOldImages({ client, folder, current, logger, signal }: OldImages): Promise<string[]> {
  const removed: string[] = [];
  try {
    const filter = ['--filter', 'label=pkg-actions.tool-image', '--format', '{{.Repository}}:{{.Tag}}'];
    const { stdout } = await runClient(client, ['image', 'ls', ...filter], { signal, timeoutSeconds: 60 });
    for (const listed of new Set(stdout.split('\n').map((line) => line.trim()))) {
      const image = listed.replace(/^localhost\//, '');
      if (!image.startsWith('pkg-actions/') || image === current || (await isRecent(folder, image))) continue;
      // Without force: an image of a container, running or not, stays.
      const { exitCode } = await runClient(client, ['image', 'rm', image], {
        signal,
        okExitCodes: 'any',
        timeoutSeconds: 300,
      });
      if (exitCode !== 0) continue;
      removed.push(image);
      logger.info(`removed the tool image ${image}, unused for ${UNUSED_DAYS} days`);
    }
  } catch (error) {
    signal.throwIfAborted();
    logger.debug(`old tool images: ${messageOf(error)}`);
  }
  return removed;
}

/** What is not known here another state folder's jobs use. */
async function isRecent(folder: string, image: string): Promise<boolean> {
  const used = await stat(path.join(folder, fileOf(image))).catch(() => undefined);
  return used === undefined || Date.now() - used.mtimeMs < UNUSED_DAYS * 86_400_000;
}

/** The name of the file of an image: it is also its lock, and so never removed. */
export const fileOf = (image: string): string => image.replaceAll(/[/:]/g, '_');
