/** Finds the spec of a spec project, and the folders that its sources lie in. */
import { quote, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { BlobSource } from './blob-source.ts';
import { joinPath, normalised } from './layout.ts';
import { specFolders } from './spec-places.ts';
import { listPaths, pathText, type SourceFile } from './tree.ts';

export interface SpecFile {
  /** Path in the repository, a byte string. */
  readonly path: string;
  /** `hello.spec`. */
  readonly name: string;
  /** Path as people know it. */
  readonly where: string;
  /** Content, a byte string. */
  readonly text: string;
  /** Files beside the spec and in its folder of sources, by name. */
  readonly beside: ReadonlyMap<string, SourceFile>;
}

export interface SpecLayoutRequest {
  /** All files of the spec project's commit. */
  readonly files: readonly SourceFile[];
  /** Folder inside the repository that was given as spec project; empty for its top. */
  readonly subfolder: string;
  /** What the person said, relative to `subfolder`. */
  readonly specFile: string | undefined;
  /** Which one is meant where there are several. */
  readonly packageName: string | undefined;
  /** Names of the target (`el9`): which one of several distributions' folders is meant. */
  readonly targetNames: readonly string[];
  /** The spec project, for messages. */
  readonly where: string;
}

/** What rpm can name in a header, and what a manifest can list. */
export const SOURCE_NAME = /^[A-Za-z0-9][A-Za-z0-9.+:~_@=^-]{0,254}$/;

/**
 * @throws UserError where there is no spec, or more than one.
 */
export async function findSpec(request: SpecLayoutRequest, log: Logger): Promise<SpecFile> {
  const { files, where } = request;
  const found = choose(request);
  const file = files.find((each) => each.path === found);
  if (file === undefined || !found.endsWith('.spec') || file.mode === '120000') {
    throw new UserError({
      what: file?.mode === '120000' ? 'the spec is a symbolic link, which is not followed' : 'no such spec file',
      where: `${where}, input spec-file`,
      found: quote(pathText(found)),
      expected: 'a file NAME.spec of the commit',
    });
  }
  const name = found.slice(found.lastIndexOf('/') + 1);
  if (!SOURCE_NAME.test(name)) {
    throw new UserError({
      what: 'not a name for a spec',
      where,
      found: quote(pathText(found)),
      expected: 'letters, digits and .+~_- in NAME.spec',
    });
  }
  if (found !== joinPath(request.subfolder, name)) log.info(`The spec is ${quote(pathText(found))}`);
  await using blobs = new BlobSource();
  const text = (await blobs.read(file)).toString('latin1');
  const beside = besideOf(files, found);
  return { path: found, name, where: pathText(found), text, beside };
}

function choose({ files, subfolder, specFile, packageName, targetNames, where }: SpecLayoutRequest): string {
  if (specFile !== undefined) return joinPath(subfolder, normalised(specFile, where, 'spec-file'));
  for (const place of specFolders(targetNames)) {
    const folder = joinPath(subfolder, place);
    const specs = files
      .filter((file) => file.path.endsWith('.spec') && folderOf(file.path) === folder)
      .map((file) => file.path);
    const [only, second] = specs;
    if (only === undefined) continue;
    if (second === undefined) return only;
    const own = specs.find((spec) => spec === joinPath(folder, `${packageName ?? ''}.spec`));
    if (own !== undefined) return own;
    throw new UserError({
      what: 'more than one spec in the spec project',
      where,
      found: listPaths(specs),
      expected: packageName === undefined ? 'one' : `one, or ${quote(`${packageName}.spec`)}`,
      remedy: 'give the spec as the input spec-file (spec-file in packaging.yml)',
    });
  }
  const elsewhere = files.filter((file) => file.path.endsWith('.spec')).map((file) => file.path);
  throw new UserError({
    what: 'no spec in the spec project',
    where,
    ...(elsewhere.length === 0 ? {} : { found: `${listPaths(elsewhere)} where none is looked for` }),
    expected: 'NAME.spec at the top, or in a folder such as SPECS, rpm, packaging or dist',
    remedy: 'give the spec as the input spec-file (spec-file in packaging.yml)',
  });
}

function besideOf(files: readonly SourceFile[], spec: string): Map<string, SourceFile> {
  const own = folderOf(spec);
  const parent = folderOf(own);
  const isSpecs = /^specs$/i.test(own.slice(own.lastIndexOf('/') + 1));
  const folders = isSpecs ? [own, joinPath(parent, 'SOURCES'), joinPath(parent, 'sources')] : [own];
  const beside = new Map<string, SourceFile>();
  for (const folder of folders) {
    for (const file of files) {
      const name = file.path.slice(file.path.lastIndexOf('/') + 1);
      if (folderOf(file.path) === folder && file.path !== spec && !beside.has(name)) beside.set(name, file);
    }
  }
  return beside;
}

function folderOf(file: string): string {
  const cut = file.lastIndexOf('/');
  return cut === -1 ? '' : file.slice(0, cut);
}
