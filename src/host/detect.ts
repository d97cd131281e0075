import type { Host } from './host.ts';

/** The host of this process. */
export async function detectHost(): Promise<Host> {
  throw new Error('no host yet');
}
