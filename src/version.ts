import { readFileSync } from 'node:fs';
import { assetPath } from './config/assets.ts';

/**
 * Version of pkg-actions itself: that of the package.json it runs with. Read, not compiled in, so that a release
 * changes package.json only and ships the very bundles that were committed and tested.
 */
export const VERSION: string = readVersion();

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(assetPath('package.json'), 'utf8')) as { readonly version: string };
  return version;
}
