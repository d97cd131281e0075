/** Where in the workspace the files lie that a build complains of. */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest } from '../../manifest.ts';
import type { Diagnostic } from '../log/diagnosis.ts';
import { locateDiagnostics, mapPath, type PathPrefix } from '../log/map-path.ts';
import { type Checkout, findOrigins, type Origins } from './checkouts.ts';

/** What is known of where a source package comes from. */
export interface SourcePlaces {
  /** What reports speak of: absolute, a checkout or a folder with checkouts in it. */
  readonly workspace: string;
  readonly format: 'deb' | 'rpm';
  readonly origins: Manifest['origins'];
  /** What the person said of where parts of the source package lie. */
  readonly mapping: readonly PathPrefix[] | undefined;
  /** rpm: the spec file that was given and the files beside it, absolute; `undefined` of another source. */
  readonly packaging?: readonly string[] | undefined;
}

/** The diagnostics with `path` where their file is one of the workspace. */
export async function placeDiagnostics(
  diagnostics: readonly Diagnostic[],
  places: SourcePlaces,
): Promise<readonly Diagnostic[]> {
  if (diagnostics.length === 0) return diagnostics;
  const { workspace, mapping } = places;
  const origins = await findOrigins(workspace, places.origins);
  const { code, spec } = origins;
  const prefixes = mapping ?? guess(places, origins);
  const isUntold = mapping !== undefined || (code === undefined && spec === undefined);
  const files = new Set([
    ...(code?.files ?? []),
    ...(spec?.files ?? []),
    ...(isUntold ? await existing(diagnostics, workspace, prefixes) : []),
  ]);
  const packaging = places.format === 'rpm' ? packagingOf(places, spec) : undefined;
  return locateDiagnostics(diagnostics, { prefixes, files, ...(packaging ? { packaging } : {}) });
}

function guess({ format, origins }: SourcePlaces, { code, spec }: Origins): readonly PathPrefix[] {
  const at = ({ folder }: Checkout) => ({ to: folder, within: folder });
  // No checkout at all: the source package may lie there as it is.
  if (code === undefined && spec === undefined) {
    return [
      { prefix: '', to: '' },
      ...(format === 'deb' && areApart(origins) ? [{ prefix: 'debian', to: undefined }] : []),
    ];
  }
  const top: PathPrefix = { prefix: '', ...(code ? at(code) : { to: undefined }) };
  // The packaging of its own project lies in another checkout than the code.
  if (format === 'rpm' || !areApart(origins)) return [top];
  const debian = spec && { ...at(spec), to: path.posix.join(spec.folder, 'debian') };
  return [top, { prefix: 'debian', ...(debian ?? { to: undefined }) }];
}

const areApart = (origins: Manifest['origins']) => new Set(origins.map(({ project }) => project)).size > 1;

function packagingOf({ workspace, packaging }: SourcePlaces, spec: Checkout | undefined) {
  if (packaging === undefined) return { folder: spec?.folder ?? '', files: spec?.files ?? new Set<string>() };
  // The path that was given wins over any file of that name; outside of the workspace there is none.
  const inside = packaging
    .map((file) => path.relative(workspace, file).split(path.sep).join('/'))
    .filter((file) => !file.startsWith('../') && !path.isAbsolute(file));
  return { folder: path.posix.dirname(inside[0] ?? '.'), files: new Set(inside) };
}

/** Those of the files that are there: of a folder that is no checkout nobody else says what belongs to it. */
async function existing(
  diagnostics: readonly Diagnostic[],
  workspace: string,
  prefixes: readonly PathPrefix[],
): Promise<Set<string>> {
  const there = new Set<string>();
  for (const mapped of new Set(diagnostics.map(({ file }) => mapPath({ file, prefixes })))) {
    if (mapped === undefined) continue;
    const found = await lstat(path.join(workspace, mapped)).catch(() => undefined);
    if (found?.isFile()) there.add(mapped);
  }
  return there;
}
