/** Edits a spec and has rpm confirm that the edit is what the spec says now. */
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import { parseEvr } from '../rpm/evr.ts';
import { tagLine, unknownMacros, withTag } from '../rpm/spec.ts';
import type { ExpandedSpec, SpecExpander } from '../rpm/spec-expander.ts';
import type { SpecFile } from './rpm-layout.ts';
import type { ReleaseText } from './rpm-scheme.ts';
import { versionOf } from './rpm-version.ts';

/** Writes `text` (a byte string) as the spec that the expander reads, and expands it. */
export async function expandText(expander: SpecExpander, file: SpecFile, text: string): Promise<ExpandedSpec> {
  const place = path.join(expander.folder, file.name);
  await writeFile(place, text, 'latin1');
  // Whatever the umask: an ordinary user reads it, and its permissions go into the package.
  await chmod(place, 0o644);
  const expanded = await expander.expand(file.name);
  checkExpanded(expanded, file);
  return expanded;
}

/**
 * Checks what rpm made of a spec: a macro that nobody defines stays as it is, and is an error in what decides about
 * versions and files.
 */
function checkExpanded(expanded: ExpandedSpec, { where }: SpecFile): void {
  const { name, version, release, sources } = expanded;
  const fields = [
    ['Name', name],
    ['Version', version],
    ['Release', release],
    ...sources.map(({ kind, number, location }) => [`${kind === 'source' ? 'Source' : 'Patch'}${number}`, location]),
  ] as const;
  for (const [field = '', value = ''] of fields) {
    // A URL may hold escaped characters: %20.
    const macro = unknownMacros(value).find((each) => each.startsWith('%{') || !value.includes('/'));
    if (macro === undefined) continue;
    const isAuto = /autorelease|autochangelog/.test(macro);
    throw new UserError({
      what: `${field} calls a macro that the target's buildroot does not define`,
      where,
      found: quote(value),
      expected: `a definition of ${macro}`,
      remedy: isAuto
        ? 'add rpmautospec-rpm-macros to the buildroot: without it the package would be built as no release at all'
        : `define it in the spec (%global), or add the package that defines ${macro} to the buildroot`,
    });
  }
  if (!/^[A-Za-z0-9_+][A-Za-z0-9._+-]{0,200}$/.test(name)) {
    throw new UserError({
      what: 'not a name for a package',
      where: `${where} Name`,
      found: quote(name),
      expected: 'letters, digits and ._+-',
    });
  }
  parseEvr(versionOf(expanded), where);
}

/**
 * The spec with another Version and Release, confirmed by rpm.
 *
 * @param wanted `version`: value for Version, `undefined` leaves it. `release`: that of the spec, before the edit.
 * @throws UserError where the edit does not take, naming the line and what to do.
 */
export async function withRelease(
  expander: SpecExpander,
  file: SpecFile,
  before: ExpandedSpec,
  wanted: { readonly version: string | undefined; readonly release: string; readonly text: ReleaseText },
): Promise<{ readonly text: string; readonly expanded: ExpandedSpec }> {
  let edited = file.text;
  const check: { tag: 'Version' | 'Release'; line: number; value: string }[] = [];
  const set = (tag: 'Version' | 'Release', value: (old: string) => string) => {
    const { line, value: old } = tagLine(edited, tag, file.where);
    if (value(old) === old) return;
    edited = withTag(edited, tag, line, value(old));
    check.push({ tag, line, value: value(old) });
  };
  const { versionSuffix, release } = wanted.text;
  if (wanted.version !== undefined || versionSuffix !== '') {
    set('Version', (old) => (wanted.version ?? old) + versionSuffix);
  }
  if (release !== wanted.release) set('Release', () => release);
  if (check.length === 0) return { text: edited, expanded: before };
  const expanded = await expandText(expander, file, edited);
  for (const { tag, line, value } of check) {
    const found = tag === 'Version' ? expanded.version : expanded.release;
    if (matches(value, found)) continue;
    throw new UserError({
      what: `setting ${tag} in the spec has no effect: something else decides it`,
      where: `${file.where}:${line}`,
      found: quote(found),
      expected: quote(value),
      remedy: `have one line "${tag}: ..." outside of conditions and macros that decide, or use the version scheme changelog`,
    });
  }
  return { text: edited, expanded };
}

const MACRO = /%\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|%[?!]*[A-Za-z_]\w*/;

/**
 * Whether `expanded` can be `value`: what is no macro in it must be there, in its place. By hand, as a pattern with a
 * wildcard for each macro can take for ever, and whoever writes a spec chooses how many there are.
 */
function matches(value: string, expanded: string): boolean {
  const [first = '', ...rest] = value.split(MACRO);
  const last = rest.pop();
  if (last === undefined) return expanded === first;
  if (!expanded.startsWith(first)) return false;
  let position = first.length;
  for (const piece of rest) {
    const found = expanded.indexOf(piece, position);
    if (found === -1) return false;
    position = found + piece.length;
  }
  return expanded.length - last.length >= position && expanded.endsWith(last);
}
