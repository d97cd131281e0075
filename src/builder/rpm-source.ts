/** An rpm source package as a build takes it: a folder with a sources manifest, a .src.rpm alone, or a spec file. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import { type FileRole, type Manifest, readManifest, verifyFiles } from '../manifest.ts';
import { formatEvr } from '../rpm/evr.ts';
import type { RpmPackage } from '../rpm/package.ts';
import { readRpmPackage, verifyPayload } from '../rpm/read-package.ts';

export interface RpmSource {
  readonly folder: string;
  /** Names in `folder` of what the build gets: the .src.rpm, or the spec file and the files it may name as sources. */
  readonly files: readonly string[];
  /** `spec` has no .src.rpm: mock makes one from `main`, the spec file. */
  readonly kind: 'srpm' | 'spec';
  /** Name in `folder` of the .src.rpm, or of the spec file. */
  readonly main: string;
  readonly name: string;
  /** `[epoch:]version-release`; `undefined` of a spec file, whose macros are expanded nowhere but in the session. */
  readonly version: string | undefined;
  /** What the .src.rpm says; `undefined` of a spec file. */
  readonly package: RpmPackage | undefined;
  readonly origins: Manifest['origins'];
  readonly change: Manifest['change'];
  readonly manifestSha256: string | undefined;
  readonly sourceDateEpoch: number | undefined;
}

/** File names that mock, which puts the spec file's into a command for a shell, and manifests take. */
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9.+_~^@=-]*$/;

const FORMS =
  'a folder that prepare-sources wrote for an rpm target, a .src.rpm, or a .spec with its sources beside it';

/**
 * Reads and verifies a source package.
 *
 * @param location a folder with `manifest.json`, that file, a .src.rpm, or a .spec whose sources lie beside it.
 * @throws UserError naming the file and what is wrong.
 */
export async function readRpmSource(location: string): Promise<RpmSource> {
  if (/\.(?:no)?src\.rpm$/.test(location)) return fromSrpm(location, true);
  if (location.endsWith('.spec')) return fromSpec(location, await besideSpec(location));
  if (location.endsWith('.rpm')) {
    throw new UserError({ what: 'a binary package', where: location, expected: 'a .src.rpm' });
  }
  const { manifest, folder, sha256, file } = await readManifest(location, FORMS);
  if (manifest.stage !== 'sources' || manifest.package.format !== 'rpm') {
    throw new UserError({
      what: 'not the manifest of an rpm source package',
      where: file,
      found: `${manifest.package.format} ${manifest.stage}`,
      expected: 'what prepare-sources wrote for an rpm target',
    });
  }
  await verifyFiles(folder, manifest);
  const source = await fromFiles(folder, manifest.files, file);
  return {
    ...source,
    ...checkedIdentity(manifest, source, file),
    origins: manifest.origins,
    change: manifest.change,
    manifestSha256: sha256,
    sourceDateEpoch: manifest.sourceDateEpoch,
  };
}

/** The .src.rpm that a manifest lists, or its spec file with all the rest. */
async function fromFiles(
  folder: string,
  files: readonly { readonly name: string; readonly role: FileRole }[],
  manifest: string,
): Promise<RpmSource> {
  const srpms = files.filter(({ role }) => role === 'srpm').map(({ name }) => name);
  const specs = files.filter(({ name, role }) => role === 'other' && name.endsWith('.spec')).map(({ name }) => name);
  const [main, second] = srpms.length > 0 ? srpms : specs;
  if (main === undefined || second !== undefined) {
    throw new UserError({
      what: `the manifest lists ${main === undefined ? 'no source package' : 'several source packages'}`,
      where: manifest,
      ...(second === undefined ? {} : { found: [...srpms, ...(srpms.length > 0 ? [] : specs)].join(', ') }),
      expected: 'one .src.rpm, or one spec file and its sources',
    });
  }
  if (srpms.length > 0) return fromSrpm(path.join(folder, main), false);
  return fromSpec(
    path.join(folder, main),
    files.filter(({ role }) => role === 'other').map(({ name }) => name),
  );
}

/** What the manifest says of the package, which the .src.rpm must say too. */
function checkedIdentity(
  manifest: Manifest,
  source: RpmSource,
  file: string,
): { readonly name: string; readonly version: string } {
  const { name, version } = manifest.package;
  if (source.package !== undefined && (source.name !== name || source.version !== version)) {
    throw new UserError({
      what: 'the .src.rpm is of another package than the manifest says',
      where: file,
      found: `${source.name} ${source.version}`,
      expected: `${name} ${version}`,
    });
  }
  return { name, version };
}

async function fromSrpm(file: string, alone: boolean): Promise<RpmSource> {
  const found = await readRpmPackage(file);
  if (!found.isSource) {
    throw new UserError({
      what: 'not a source package',
      where: file,
      found: `a package for ${found.architecture}`,
      expected: 'a .src.rpm',
    });
  }
  // What a manifest lists was verified by it.
  if (alone) await verifyPayload(file);
  return {
    folder: path.dirname(path.resolve(file)),
    files: [path.basename(file)],
    kind: 'srpm',
    main: path.basename(file),
    name: found.name,
    version: formatEvr(found.evr),
    package: found,
    ...UNKNOWN_ORIGIN,
  };
}

function fromSpec(file: string, files: readonly string[]): RpmSource {
  const main = path.basename(file);
  if (!PLAIN_NAME.test(main)) {
    throw new UserError({
      what: 'a name that a spec file cannot have',
      where: file,
      found: quote(main),
      expected: 'letters, digits and .+_~^@=-',
      remedy: 'rename it',
    });
  }
  if (!files.includes(main)) throw new UserError({ what: 'the spec file cannot be read', where: file });
  return {
    folder: path.dirname(path.resolve(file)),
    files,
    kind: 'spec',
    main,
    name: main.slice(0, -'.spec'.length),
    version: undefined,
    package: undefined,
    ...UNKNOWN_ORIGIN,
  };
}

/**
 * The spec file and what may be its sources: the plain files beside it. Which of them are is known only to rpmbuild.
 * Other spec files are not, nor hidden files: in a checkout those are git's and the like, which hold tokens.
 */
async function besideSpec(file: string): Promise<string[]> {
  const folder = path.dirname(path.resolve(file));
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new UserError({ what: 'the spec file cannot be read', where: file, found: error.code ?? 'an error' });
  });
  const plain: string[] = [];
  for (const name of names.sort()) {
    const isOther = name.startsWith('.') || (name.endsWith('.spec') && name !== path.basename(file));
    if (!isOther && (await lstat(path.join(folder, name))).isFile()) plain.push(name);
  }
  return plain;
}

const UNKNOWN_ORIGIN: Pick<RpmSource, 'origins' | 'change' | 'manifestSha256' | 'sourceDateEpoch'> = {
  origins: [],
  change: 'merge',
  manifestSha256: undefined,
  sourceDateEpoch: undefined,
};
