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

/** Whether this host has a program. */
async function hasProgram(program: string): Promise<boolean> {
  if (program === 'mock') return (await findMock().catch(() => undefined)) !== undefined;
  return which(program) !== undefined;
}

/**
 * What the host is for by the look of it: the tools that nothing else needs, and buildroots. A host that has neither
 * is to become one for its own format. Containers are needed where it has buildroots of a format whose tools it lacks.
 */
export async function foundUses(state: string, has = hasProgram): Promise<WantedUses> {
  const reasons = new Map<Use, string>();
  const because = (use: Use, reason: string | undefined) => {
    if (reason !== undefined && !reasons.has(use)) reasons.set(use, `${use}: ${reason}`);
  };
  const installed = async (tool: string) => ((await has(tool)) ? `${tool} is installed` : undefined);
  because('deb', (await installed('mmdebstrap')) ?? (await installed('sbuild')));
  because('rpm', await installed('mock'));
  because('publish-deb', await installed('reprepro'));
  // rpm builds run createrepo_c as well: with dnf beside it, it is what publishers have.
  if (await has('dnf')) because('publish-rpm', await installed('createrepo_c'));
  for (const format of await buildrootFormats(state)) {
    const isOwn = await has(format === 'deb' ? 'mmdebstrap' : 'mock');
    const inContainers = !isOwn && ((await has('docker')) || (await has('podman')));
    because(inContainers ? 'containers' : format, `it has buildroots of ${format} packages`);
  }
  if (reasons.size === 0) {
    const own: Readonly<Record<Family, Use>> = { debian: 'deb', fedora: 'rpm' };
    const family = familyOf(osRelease());
    if (family !== undefined) because(own[family], 'the format of this distribution');
  }
  return { uses: new Set(reasons.keys()), reasons: [...reasons.values()] };
}

const formatOf = z.object({ target: z.object({ format: z.enum(['deb', 'rpm']) }) });

async function buildrootFormats(state: string): Promise<('deb' | 'rpm')[]> {
  const formats: ('deb' | 'rpm')[] = [];
  // What only root may read, and what is damaged, is for the checks to say.
  for (const name of await readdir(path.join(state, 'buildroots')).catch(() => [])) {
    const generation = await currentGeneration(buildrootFolder(state, name)).catch(() => undefined);
    const { data } = formatOf.safeParse(generation?.record.configuration);
    if (data !== undefined) formats.push(data.target.format);
  }
  return formats;
}
