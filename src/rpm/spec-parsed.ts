/**
 * What is read from the text that rpm makes of a spec, every macro expanded and every condition decided (rpmspec --parse):
 * the locations of sources, and the folder that %prep goes to.
 */

/** A Source or Patch, expanded. */
export interface SpecSource {
  readonly kind: 'source' | 'patch';
  readonly number: number;
  /** As the spec says it: a URL or a file name. */
  readonly location: string;
  /** What rpm looks for in its folder of sources: the last part of `location`. */
  readonly file: string;
}

/** Where a part of a spec begins (build/parseSpec.c of rpm). */
const PART =
  /^%(package|description|prep|generate_buildrequires|conf|build|install|check|clean|pre|post|preun|postun|pretrans|posttrans|preuntrans|postuntrans|verifyscript|trigger\w*|filetrigger\w*|transfiletrigger\w*|files|changelog|sepolicy|sourcelist|patchlist)(?:\s|$)/i;

/** Name of the part that `line` begins, in lower case; `undefined` where it begins none. */
export function partOf(line: string): string | undefined {
  return PART.exec(line)?.[1]?.toLowerCase();
}

/**
 * The sources and patches of a spec, sources first, each by number.
 *
 * @param parsed what rpmspec --parse prints.
 * @param names the files as the header of the source package names them (RPMTAG_SOURCE, RPMTAG_PATCH): these count. A
 *   line of the text that stands for none of them is none; a file that no line stands for has no location but its name.
 */
export function expandedSources(
  parsed: string,
  names: Readonly<Record<SpecSource['kind'], readonly string[]>>,
): SpecSource[] {
  const found: SpecSource[] = [];
  const add = (kind: SpecSource['kind'], given: string, location: string) => {
    const last = found.findLast((source) => source.kind === kind)?.number ?? -1;
    const number = given === '' ? last + 1 : Number(given);
    const file = [fileOf(location), location.slice(location.lastIndexOf('/') + 1)].find((name) =>
      names[kind].includes(name),
    );
    const known = found.some((source) => source.kind === kind && source.number === number);
    if (file !== undefined && !known) found.push({ kind, number, location, file });
  };
  let part = 'package';
  for (const line of parsed.split('\n')) {
    part = partOf(line) ?? part;
    if (partOf(line) !== undefined) continue;
    const text = line.trim();
    if ((part === 'sourcelist' || part === 'patchlist') && text !== '' && !text.startsWith('#')) {
      add(part === 'sourcelist' ? 'source' : 'patch', '', text);
    }
    const tag = part === 'package' ? /^\s*(source|patch)(\d{0,9})\s*:\s*(\S.*?)\s*$/i.exec(line) : null;
    if (tag !== null) add(tag[1]?.toLowerCase() === 'patch' ? 'patch' : 'source', tag[2] ?? '', tag[3] ?? '');
  }
  for (const kind of ['source', 'patch'] as const) {
    for (const file of names[kind]) {
      if (found.some((source) => source.kind === kind && source.file === file)) continue;
      const last = Math.max(-1, ...found.filter((source) => source.kind === kind).map(({ number }) => number));
      found.push({ kind, number: last + 1, location: file, file });
    }
  }
  return found.sort((a, b) => (a.kind === b.kind ? a.number - b.number : a.kind === 'source' ? -1 : 1));
}

/** The file of a location as rpm takes it: behind the last slash, and behind the last equals sign after that. */
function fileOf(location: string): string {
  const last = location.slice(location.lastIndexOf('/') + 1);
  return location.includes('/') ? last.slice(last.lastIndexOf('=') + 1) : location;
}

/**
 * The folder that the tarball `file` must have at its top, from the commands that %setup and %autosetup became: where
 * %prep goes after it has unpacked it.
 *
 * @returns `.` where the tarball is unpacked inside a folder that %prep makes (`%setup -c`), so has no folder of its
 *   own; `undefined` where %prep does not unpack it, or does not go anywhere afterwards.
 */
export function setupFolder(parsed: string, file: string): string | undefined {
  let inside = false;
  let unpacked = false;
  let isPrep = false;
  for (const line of parsed.split('\n')) {
    const part = partOf(line);
    if (part !== undefined) {
      if (isPrep) break;
      isPrep = part === 'prep';
    }
    if (!isPrep) continue;
    const folder = changedFolder(line);
    if (folder !== undefined) {
      if (unpacked) return folder.startsWith('/') ? undefined : folder.replace(/^(?:\.\/)+/, '').split('/')[0];
      inside = !folder.startsWith('/');
      continue;
    }
    // Quoted by some releases of rpm and not by others.
    const named = new RegExp(`/${file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?=['"\\s]|$)`).test(line);
    if (named && !unpacked) {
      if (inside) return '.';
      unpacked = true;
    }
  }
  return undefined;
}

/** The folder of a line `cd FOLDER`. */
function changedFolder(line: string): string | undefined {
  const [, single, double, bare] = /^\s*cd\s+(?:'([^']+)'|"([^"]+)"|([^\s;&|'"]+))\s*$/.exec(line) ?? [];
  return single ?? double ?? bare;
}
