/** A Debian source package as a build takes it: a folder with a sources manifest, or a .dsc alone. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { requireField } from '../deb/control.ts';
import { parseDsc } from '../deb/source-package.ts';
import { withoutEpoch } from '../deb/version.ts';
import { UserError } from '../errors.ts';
import { digestFile, type FileRole, type Manifest, readManifest, verifyFiles } from '../manifest.ts';

export interface DebSource {
  readonly folder: string;
  /** Names in `folder`; all of them, the .dsc too. */
  readonly files: readonly string[];
  readonly roles: ReadonlyMap<string, FileRole>;
  readonly dsc: string;
  readonly name: string;
  readonly version: string;
  /** Version without epoch, as in file names. */
  readonly fileVersion: string;
  /** `Architecture` of the .dsc. */
  readonly architectures: readonly string[];
  readonly origins: Manifest['origins'];
  readonly change: Manifest['change'];
  readonly manifestSha256: string | undefined;
  readonly sourceDateEpoch: number | undefined;
}

const FORMS = 'a folder that prepare-sources wrote for a deb target, or a .dsc with its files beside it';

/**
 * Reads and verifies a source package.
 *
 * @param location a folder with `manifest.json`, that file, or a .dsc whose files lie beside it.
 * @throws UserError naming the file and what is wrong.
 */
export async function readDebSource(location: string): Promise<DebSource> {
  if (location.endsWith('.dsc')) return fromDsc(location);
  if (/\.(?:[ud]?deb|changes)$/.test(location)) {
    throw new UserError({ what: 'what a build has made', where: location, expected: 'a .dsc' });
  }
  const { manifest, folder, sha256, file } = await readManifest(location, FORMS);
  if (manifest.stage !== 'sources' || manifest.package.format !== 'deb') {
    throw new UserError({
      what: 'not the manifest of a Debian source package',
      where: file,
      found: `${manifest.package.format} ${manifest.stage}`,
      expected: 'what prepare-sources wrote',
    });
  }
  await verifyFiles(folder, manifest);
  const dsc = manifest.files.find((entry) => entry.role === 'dsc')?.name;
  if (dsc === undefined) throw new UserError({ what: 'the manifest lists no .dsc', where: file });
  const source = await fromDsc(path.join(folder, dsc));
  if (source.name !== manifest.package.name || source.version !== manifest.package.version) {
    throw new UserError({
      what: 'the .dsc is for another package than the manifest says',
      where: path.join(folder, dsc),
      found: `${source.name} ${source.version}`,
      expected: `${manifest.package.name} ${manifest.package.version}`,
    });
  }
  return {
    ...source,
    roles: new Map(manifest.files.map((entry) => [entry.name, entry.role])),
    origins: manifest.origins,
    change: manifest.change,
    manifestSha256: sha256,
    sourceDateEpoch: manifest.sourceDateEpoch,
  };
}

async function fromDsc(file: string): Promise<DebSource> {
  const folder = path.dirname(path.resolve(file));
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError({ what: 'the source package cannot be read', where: file, found: error.code ?? 'an error' });
  });
  const { source: name, version, files, paragraph } = parseDsc(text, file);
  for (const entry of files) {
    const place = path.join(folder, entry.name);
    const found = await digestFile(place).catch((error: NodeJS.ErrnoException) => {
      throw new UserError({
        what: 'a file of the source package cannot be read',
        where: place,
        found: error.code ?? 'an error',
      });
    });
    if (found.size !== entry.size || found.sha256 !== entry.digest) {
      throw new UserError({ what: 'the file is not the one that the .dsc lists', where: place });
    }
  }
  return {
    folder,
    files: [path.basename(file), ...files.map((entry) => entry.name)],
    roles: new Map([
      [path.basename(file), 'dsc'],
      ...files.map((entry) => [entry.name, roleOfSource(entry.name)] as const),
    ]),
    dsc: path.basename(file),
    name,
    version,
    fileVersion: withoutEpoch(version),
    architectures: requireField(paragraph, 'Architecture', file).split(/\s+/),
    origins: [],
    change: 'merge',
    manifestSha256: undefined,
    sourceDateEpoch: undefined,
  };
}

function roleOfSource(name: string): FileRole {
  if (/\.orig(-[a-z0-9-]+)?\.tar\.[a-z0-9]+\.asc$/.test(name)) return 'orig-signature';
  if (/\.orig(-[a-z0-9-]+)?\.tar\.[a-z0-9]+$/.test(name)) return 'orig';
  if (/\.debian\.tar\.[a-z0-9]+$/.test(name)) return 'debian';
  if (/\.diff\.gz$/.test(name)) return 'diff';
  return 'native';
}
