/** What apt and dpkg write, read: apt-get(8), apt-cache(8), and dpkg's status file. */

export interface Simulated {
  /** Packages that would be installed, whether or not another version of them is. */
  readonly install: readonly { readonly name: string; readonly version: string; readonly architecture: string }[];
  /** Packages that would be gone. */
  readonly remove: readonly { readonly name: string; readonly version: string }[];
  /** Names of essential packages that would be gone: apt does that for nobody who does not insist. */
  readonly essential: readonly string[];
}

/** Reads what `apt-get --simulate install` prints. */
export function readSimulation(output: string): Simulated {
  const install: Simulated['install'][number][] = [];
  const remove: Simulated['remove'][number][] = [];
  const essential: string[] = [];
  let isEssential = false;
  for (const line of output.split('\n')) {
    const added = /^Inst (\S+) (?:\[[^\]]*\] )?\((\S+) [^)]*\[([a-z0-9-]+)\]\)/.exec(line);
    const gone = /^Remv (\S+) \[([^\]]+)\]/.exec(line);
    if (added) install.push({ name: plainName(added[1]), version: added[2] ?? '', architecture: added[3] ?? '' });
    if (gone) remove.push({ name: plainName(gone[1]), version: gone[2] ?? '' });
    if (/^WARNING: The following essential packages will be removed/.test(line)) isEssential = true;
    else if (isEssential && /^ /.test(line)) essential.push(...line.trim().split(/\s+/).filter(isName));
    else if (!/^This should NOT be done/.test(line)) isEssential = false;
  }
  return { install, remove, essential };
}

const plainName = (name = '') => name.replace(/:[a-z0-9-]+$/, '');
const isName = (word: string) => /^[a-z0-9][a-z0-9+.-]+$/.test(word);

/** Lines of a reason that are told. */
const MOST_LINES = 4;

/** The lines in which apt says why it cannot install something, on one line. */
export function unmetReason(output: string): string {
  const lines = output.split('\n');
  const start = lines.findIndex((line) => /have unmet dependencies:/.test(line));
  const unmet: string[] = [];
  for (const line of start === -1 ? [] : lines.slice(start + 1)) {
    if (!/^ /.test(line)) break;
    unmet.push(line.trim().replace(/\s+/g, ' '));
  }
  // Of those that are only missing because of another, the others are told first.
  const told = [...unmet].sort((a, b) => Number(isConsequence(a)) - Number(isConsequence(b)));
  const errors = lines.filter((line) => line.startsWith('E: ')).map((line) => line.slice('E: '.length));
  const [first] = errors;
  if (told.length === 0) return first ?? (lines.filter((line) => line.trim() !== '').at(-1) ?? '').trim();
  return `${told.slice(0, MOST_LINES).join('; ')}${told.length > MOST_LINES ? `; and ${told.length - MOST_LINES} more` : ''}`;
}

/** Whether newer indexes of the target may have what is missing: what conflicts does so with them too. */
export const isMissing = (reason: string): boolean =>
  /Depends: |was not found|has no installation candidate/.test(reason);

const isConsequence = (line: string) => /but it is not going to be installed/.test(line);

/** Fields of an index that dpkg's status file does not have. */
const OF_THE_ARCHIVE = /^(?:Filename|Size|MD5sum|SHA1|SHA256|SHA512|Status|Conffiles|APT-[A-Za-z-]+):/i;

/**
 * dpkg's status file as it would be with further packages: `status` without those of the same name and architecture, and
 * without `removed`.
 *
 * @param shown stanzas as `apt-cache show` prints them.
 */
export function statusWith(status: string, shown: string, removed: readonly string[] = []): string {
  const added = stanzas(shown).map((stanza) => {
    const lines = dropFields(stanza, OF_THE_ARCHIVE).split('\n');
    return [lines[0], 'Status: install ok installed', ...lines.slice(1)].join('\n');
  });
  const gone = new Set(removed);
  const replaced = new Set(added.map(identity));
  const kept = stanzas(status).filter(
    (stanza) => !replaced.has(identity(stanza)) && !gone.has(fieldOf(stanza, 'Package') ?? ''),
  );
  return `${[...kept, ...added].join('\n\n')}\n`;
}

/** Names that the packages of these stanzas say they replace (Debian Policy 7.6). */
export function replacedNames(shown: string): Set<string> {
  const names = stanzas(shown).flatMap((stanza) => (fieldOf(stanza, 'Replaces') ?? '').split(','));
  return new Set(names.map((each) => /^\s*([a-z0-9][a-z0-9+.-]+)/.exec(each)?.[1] ?? '').filter((name) => name !== ''));
}

function stanzas(text: string): string[] {
  return text
    .split(/\n{2,}/)
    .map((stanza) => stanza.replace(/^\n+|\n+$/g, ''))
    .filter((stanza) => /^Package:/m.test(stanza));
}

/** What dpkg has once: those for all architectures are of the machine's. */
const identity = (stanza: string) => {
  const architecture = fieldOf(stanza, 'Architecture') ?? '';
  return `${fieldOf(stanza, 'Package')} ${fieldOf(stanza, 'Multi-Arch') === 'same' ? architecture : ''}`;
};

/** A field with the lines that continue it. */
function fieldOf(stanza: string, name: string): string | undefined {
  const found = new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1];
  return found?.replace(/\n/g, ' ').trim();
}

function dropFields(stanza: string, names: RegExp): string {
  let isDropped = false;
  return stanza
    .split('\n')
    .filter((line) => {
      if (!/^[ \t]/.test(line)) isDropped = names.test(line);
      return !isDropped;
    })
    .join('\n');
}
