/**
 * Finds the content of debian/ in a spec project: a folder `debian`, a folder of a distribution with `debian` in it
 * (`trusty/debian`), or the project itself.
 */
import { quote, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { listPaths, pathText, type SourceFile } from './tree.ts';

export interface DebianFolder {
  /** Folder of the repository that is debian/: byte string without slashes at its ends; empty for the whole project. */
  readonly location: string;
  /** Its files, paths relative to it. */
  readonly files: readonly SourceFile[];
}

export interface LayoutRequest {
  /** All files of the spec project's commit. */
  readonly files: readonly SourceFile[];
  /** Folder inside the repository that was given as spec project; empty for its top. */
  readonly subfolder: string;
  /** What the person said, relative to `subfolder`. */
  readonly debianPath: string | undefined;
  /** Names of the target (`trusty`, `ubuntu-14.04`): which one of several distributions' folders is meant. */
  readonly targetNames: readonly string[];
  /** The spec project, for messages. */
  readonly where: string;
}

/** Files that every debian/ has (Debian Policy 4.1). */
const REQUIRED = ['changelog', 'control', 'rules'];

/** At the top of a project that is debian/: these belong to the project, not to the package. */
const PROJECT_FILES = /^(?:\.git[^/]*(?:\/.*)?|\.zuul[^/]*(?:\/.*)?|[^/]+\.orig(?:-[^/]+)?\.tar\.[^/]+)$/;

/**
 * @throws UserError where there is none, or more than one.
 */
export function findDebian(request: LayoutRequest, log: Logger): DebianFolder {
  const { files, subfolder, debianPath, where } = request;
  if (debianPath !== undefined) {
    const location = joinPath(subfolder, normalised(debianPath, where));
    const found = folderAt(files, location);
    if (isDebian(found.files)) return checked(found, where);
    const link = files.find((file) => file.path === location && file.mode === '120000');
    throw new UserError({
      what: link === undefined ? 'the folder is no debian/' : 'the folder is a symbolic link',
      where: `${where}, input debian-path`,
      found: quote(pathText(location)),
      expected: `a folder with ${REQUIRED.join(', ')}`,
    });
  }
  const usual = joinPath(subfolder, 'debian');
  const link = files.find((file) => file.path === usual && file.mode === '120000');
  if (link !== undefined) {
    throw new UserError({
      what: 'debian is a symbolic link, which is not followed',
      where,
      expected: 'a folder',
      remedy: 'give the folder that it points to as the input debian-path',
    });
  }
  for (const location of [usual, subfolder]) {
    const found = folderAt(files, location);
    if (isDebian(found.files)) return checked(found, where);
  }
  return checked(findByDistribution(request, log), where);
}

function findByDistribution(request: LayoutRequest, log: Logger): DebianFolder {
  const { files, subfolder, targetNames, where } = request;
  const pattern = /^(?:(?:[^/]+)\/)?(?:[^/]+)\/debian\/changelog$/;
  const start = subfolder === '' ? '' : `${subfolder}/`;
  const locations = files
    .filter((file) => file.path.startsWith(start) && pattern.test(file.path.slice(start.length)))
    .map((file) => file.path.slice(0, -'/changelog'.length))
    .filter((location) => isDebian(folderAt(files, location).files));
  const named = locations.filter((location) =>
    targetNames.includes(pathText(location.slice(start.length).split('/')[0] ?? '')),
  );
  const candidates = named.length > 0 ? named : locations;
  const [only, second] = candidates;
  if (only !== undefined && second === undefined) {
    log.info(`The packaging is in ${quote(pathText(only))}`);
    return folderAt(files, only);
  }
  const isRpm = only === undefined && files.some((file) => file.path.endsWith('.spec'));
  throw new UserError({
    what: only === undefined ? 'no debian/ in the spec project' : 'more than one debian/ in the spec project',
    where,
    ...(only === undefined ? {} : { found: listPaths(candidates) }),
    expected: `a folder debian with ${REQUIRED.join(', ')}, or these at the top`,
    remedy: `give the folder as the input debian-path${isRpm ? ', or for the spec that is there a target of rpm packages as the input target' : ''}`,
  });
}

function folderAt(files: readonly SourceFile[], location: string): DebianFolder {
  const start = location === '' ? '' : `${location}/`;
  const inside = files
    .filter((file) => file.path.startsWith(start))
    .map((file) => ({ ...file, path: file.path.slice(start.length) }));
  return {
    location,
    files: location.split('/').at(-1) === 'debian' ? inside : inside.filter((file) => !PROJECT_FILES.test(file.path)),
  };
}

function isDebian(files: readonly SourceFile[]): boolean {
  return REQUIRED.every((name) => files.some((file) => file.path === name));
}

/** dpkg-source reads these; through a link it would read another file of this machine. */
const MUST_BE_FILES = /^(?:changelog|control|source|source\/[^/]*|patches|patches\/.*|upstream|upstream\/.*)$/;

function checked(found: DebianFolder, where: string): DebianFolder {
  for (const file of found.files) {
    if (file.mode === '120000' && MUST_BE_FILES.test(file.path)) {
      throw new UserError({
        what: 'a symbolic link where a file or folder must be',
        where: `${where}, debian/${pathText(file.path)}`,
        expected: 'the file itself',
      });
    }
  }
  return found;
}

/**
 * Refuses symbolic links of debian/ that lead out of the source package: what builds it would read, or write, a file of
 * the machine.
 *
 * @param links path (relative to debian/) and target.
 * @throws UserError
 */
export function checkLinks(links: Iterable<{ readonly path: string; readonly target: string }>, where: string): void {
  for (const link of links) {
    let depth = link.path.split('/').length;
    let outside = link.target.startsWith('/');
    for (const part of link.target.split('/')) {
      if (part === '..') depth--;
      else if (part !== '' && part !== '.') depth++;
      if (depth < 0) outside = true;
    }
    if (!outside) continue;
    throw new UserError({
      what: 'a symbolic link that leads out of the source package',
      where: `${where}, debian/${pathText(link.path)}`,
      found: quote(pathText(link.target)),
      expected: 'a link inside it',
    });
  }
}

/** A path that a person gave as `input`, as a byte string without `.` and doubled slashes. */
export function normalised(given: string, where: string, input = 'debian-path'): string {
  const parts = given.split('/').filter((part) => part !== '' && part !== '.');
  if (given.startsWith('/') || parts.includes('..')) {
    throw new UserError({
      what: 'a path that leaves the spec project',
      where: `${where}, input ${input}`,
      found: quote(given),
      expected: 'a path below it',
    });
  }
  return Buffer.from(parts.join('/')).toString('latin1');
}

export function joinPath(a: string, b: string): string {
  return a === '' || b === '' ? a + b : `${a}/${b}`;
}
