/** Repeated attempts to read a repository, each from its start: what was read before may have been replaced. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, oneLine, UserError } from '../../errors.ts';
import type { Logger } from '../../host/host.ts';
import { type FetchOptions, TransientError } from './transport.ts';

/** How a repository is read, whatever its format. */
export interface ClientOptions {
  readonly logger?: Logger;
  readonly signal?: AbortSignal;
  /** Attempts in all, for what may be gone at the next one. 4 when absent. */
  readonly attempts?: number;
  /** Before the second attempt; doubled each time, at most a minute. 1000 when absent. */
  readonly delayMilliseconds?: number;
  /** Seconds without a single byte before a connection counts as dead. 30 when absent. */
  readonly stallSeconds?: number;
  /** Address of a proxy, `http://HOST:PORT`. */
  readonly proxy?: string;
}

const MAX_DELAY = 60_000;

/**
 * Calls `read` until it does not throw a TransientError.
 *
 * @param uri names the repository in the error.
 * @throws UserError where the last attempt fails; what else `read` throws.
 */
export async function withAttempts<T>(uri: string, options: ClientOptions, read: () => Promise<T>): Promise<T> {
  const attempts = options.attempts ?? 4;
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      if (attempt >= attempts) {
        throw new UserError(
          {
            what: 'the repository cannot be read',
            where: uri,
            found: `${oneLine(messageOf(error))}${attempts > 1 ? `, after ${attempts} attempts` : ''}`,
          },
          { cause: error },
        );
      }
      const asked = error.waitSeconds === undefined ? 0 : error.waitSeconds * 1000;
      const delay = Math.min(MAX_DELAY, Math.max(asked, (options.delayMilliseconds ?? 1000) * 2 ** (attempt - 1)));
      options.logger?.info(`${oneLine(error.message)}; attempt ${attempt + 1} of ${attempts} in ${delay / 1000} s`);
      await sleep(delay, undefined, options.signal ? { signal: options.signal } : {});
    }
  }
}

export function fetchOptions(options: ClientOptions, maxBytes: number): FetchOptions {
  return {
    maxBytes,
    stallSeconds: options.stallSeconds ?? 30,
    ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}
