/**
 * What is read from the text that rpm makes of a spec, every macro expanded and every condition decided (rpmspec --parse):
 * the locations of sources, and the folder that %prep goes to.
 */

import { UserError } from '../errors.ts';

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

/** The most sources and patches of a spec together; a large distribution's kernel has some hundreds. */
const MAX_SOURCES = 5000;
/** Of a location, in bytes. */
const MAX_LOCATION = 64 * 1024;

/**
 * The sources and patches of a spec, sources first, each by number.
 *
 * @param parsed what rpmspec --parse prints.
 * @param names the files as the header of the source package names them (RPMTAG_SOURCE, RPMTAG_PATCH): these count. A
 *   line of the text that stands for none of them is none; a file that no line stands for has no location but its name.
 * @throws UserError where there are more than 5,000, or one of more than 64 KiB.
 */
export function expandedSources(
  parsed: string,
  names: Readonly<Record<SpecSource['kind'], readonly string[]>>,
): SpecSource[] {
  const found = { source: new FoundSources('source', names.source), patch: new FoundSources('patch', names.patch) };
  checkCount(names.source.length + names.patch.length);
  const add = (kind: SpecSource['kind'], given: string, location: string) => {
    found[kind].add(given, location);
    checkCount(found.source.all.length + found.patch.all.length);
  };
  let part = 'package';
  for (const line of parsed.split('\n')) {
    const begun = partOf(line);
    part = begun ?? part;
    if (begun !== undefined) continue;
    if (part === 'sourcelist' || part === 'patchlist') {
      const text = line.trim();
      if (text !== '' && !text.startsWith('#')) add(part === 'sourcelist' ? 'source' : 'patch', '', text);
    }
    const tag = part === 'package' ? /^\s*(source|patch)(\d{0,9})\s*:/i.exec(line) : null;
    const location = tag === null ? '' : line.slice(tag[0].length).trim();
    if (location !== '') add(tag?.[1]?.toLowerCase() === 'patch' ? 'patch' : 'source', tag?.[2] ?? '', location);
  }
  return [found.source, found.patch].flatMap((each) => each.finish());
}

/** The sources, or the patches. */
class FoundSources {
  readonly all: SpecSource[] = [];
  readonly #kind: SpecSource['kind'];
  readonly #names: ReadonlySet<string>;
  readonly #numbers = new Set<number>();
  readonly #files = new Set<string>();
  #highest = -1;

  constructor(kind: SpecSource['kind'], names: readonly string[]) {
    this.#kind = kind;
    this.#names = new Set(names);
  }

  /** @param given the number; empty where the spec says none: one more than that of the one before. */
  add(given: string, location: string): void {
    const number = given === '' ? (this.all.at(-1)?.number ?? -1) + 1 : Number(given);
    if (location.length > MAX_LOCATION) {
      throw new UserError({
        what: 'the spec has a source of a location that is too long',
        where: `${this.#kind === 'source' ? 'Source' : 'Patch'}${number}`,
        found: `${location.length} bytes`,
        expected: `${MAX_LOCATION} at most`,
      });
    }
    const file = [fileOf(location), location.slice(location.lastIndexOf('/') + 1)].find((name) =>
      this.#names.has(name),
    );
    if (file !== undefined && !this.#numbers.has(number)) this.#push(number, location, file);
  }

  /** All, also those that no line stood for, by number. */
  finish(): SpecSource[] {
    for (const file of this.#names) if (!this.#files.has(file)) this.#push(this.#highest + 1, file, file);
    return this.all.sort((a, b) => a.number - b.number);
  }

  #push(number: number, location: string, file: string): void {
    this.all.push({ kind: this.#kind, number, location, file });
    this.#numbers.add(number);
    this.#files.add(file);
    this.#highest = Math.max(this.#highest, number);
  }
}

function checkCount(count: number): void {
  if (count <= MAX_SOURCES) return;
  throw new UserError({
    what: 'the spec has too many sources and patches',
    found: `${count} or more`,
    expected: `${MAX_SOURCES} at most`,
  });
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
