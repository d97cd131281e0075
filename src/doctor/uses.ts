/** What a host is for: as asked, or as its tools and buildroots tell. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { buildrootFolder, currentGeneration } from '../buildroot/generation.ts';
import { findMock } from '../buildroot/mock/program.ts';
import { quote, UserError } from '../errors.ts';
import { which } from '../process.ts';
import { type Family, familyOf, osRelease } from '../tool-packages.ts';
import { USES, type Use } from './check.ts';

export interface WantedUses {
  readonly uses: ReadonlySet<Use>;
  /** How it is known, by use: `asked for`, `mmdebstrap is installed`. */
  readonly reasons: readonly string[];
}

/**
 * The uses that were asked for; `publish` is that of both formats.
 *
 * @throws UserError for a word that is none.
 */
export function askedUses(words: readonly string[]): WantedUses {
  const uses = new Set<Use>();
  for (const word of words) {
    if (word === 'publish') uses.add('publish-deb').add('publish-rpm');
    else if ((USES as readonly string[]).includes(word)) uses.add(word as Use);
    else {
      throw new UserError({
        what: 'a host is not for that',
        where: 'input for',
        found: quote(word),
        expected: ['publish', ...USES].join(', '),
      });
    }
  }
  return { uses, reasons: [...uses].map((use) => `${use}: asked for`) };
}

/**
 * What the host is for by the look of it: the tools that nothing else needs, and buildroots. A host that has neither
 * is to become one for its own format. Containers are looked at, and never needed, unless they are asked for.
 */
export async function foundUses(state: string): Promise<WantedUses> {
  const reasons = new Map<Use, string>();
  const because = (use: Use, reason: string | undefined) => {
    if (reason !== undefined && !reasons.has(use)) reasons.set(use, `${use}: ${reason}`);
  };
  const installed = (tool: string) => (which(tool) === undefined ? undefined : `${tool} is installed`);
  because('deb', installed('mmdebstrap') ?? installed('sbuild'));
  because('rpm', (await findMock().catch(() => undefined)) === undefined ? undefined : 'mock is installed');
  because('publish-deb', installed('reprepro'));
  because('publish-rpm', installed('createrepo_c'));
  for (const format of await buildrootFormats(state)) because(format, 'it has buildroots');
  if (reasons.size === 0) {
    const own: Readonly<Record<Family, Use>> = { debian: 'deb', fedora: 'rpm' };
    const family = familyOf(osRelease());
    if (family !== undefined) because(own[family], 'the format of this distribution');
  }
  return { uses: new Set(reasons.keys()), reasons: [...reasons.values()] };
}

const formatOf = z.object({ target: z.object({ format: z.enum(['deb', 'rpm']) }) });

async function buildrootFormats(state: string): Promise<Use[]> {
  const formats: Use[] = [];
  // What only root may read, and what is damaged, is for the checks to say.
  for (const name of await readdir(path.join(state, 'buildroots')).catch(() => [])) {
    const generation = await currentGeneration(buildrootFolder(state, name)).catch(() => undefined);
    const { data } = formatOf.safeParse(generation?.record.configuration);
    if (data !== undefined) formats.push(data.target.format);
  }
  return formats;
}
