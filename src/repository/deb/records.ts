/** What a build says of itself, and what the repository signs and serves of that: .changes and .buildinfo. */
import { parseSingleParagraph, requireField, stripSignature } from '../../deb/control.ts';
import { parseVersion } from '../../deb/version.ts';
import { quote, UserError } from '../../errors.ts';
import { type Build, type BuildFile, fileNamed, filesOf, shown } from '../builds.ts';
import { readSourceField } from './source-field.ts';
import { readListed, readText } from './text-files.ts';

/** A .changes or .buildinfo. */
export interface RecordCandidate {
  readonly type: 'changes' | 'buildinfo';
  readonly file: BuildFile;
  readonly text: string;
  readonly source: string;
  readonly sourceVersion: string;
  /** Names of the files that it lists. */
  readonly lists: readonly string[];
}

/** A package that records may list. */
interface Listed {
  readonly file: BuildFile;
  readonly source: string;
  readonly sourceVersion: string;
}

/**
 * Reads a record of a build.
 *
 * @throws UserError where it is none, or a file that it lists is another one than the build's.
 */
export async function readRecord(build: Build, file: BuildFile): Promise<RecordCandidate> {
  const where = shown(file);
  const text = stripSignature(await readText(file), where);
  const control = parseSingleParagraph(text, { file: where });
  // In a .changes and .buildinfo, "name (version)" names a source of another version than the binaries.
  const version = requireField(control, 'Version', where);
  parseVersion(version, `${where}, field Version`);
  const { source, sourceVersion } = readSourceField(control, requireField(control, 'Source', where), version, where);
  const type = file.role as RecordCandidate['type'];
  // It gets a place in the pool under its name: never that of a package, or of another source's record.
  if (!file.name.startsWith(`${source}_`) || !file.name.endsWith(`.${type}`)) {
    throw new UserError({
      what: 'the file is not named after the source package',
      where,
      found: quote(file.name),
      expected: `${source}_VERSION_ARCHITECTURE.${type}`,
    });
  }
  const checksums = readListed(control, where);
  for (const checksum of checksums) {
    const listed = fileNamed(build, checksum.name);
    // What it lists may have been left out (a source that is published already), but never be another file.
    if (listed !== undefined && (listed.sha256 !== checksum.digest || listed.size !== checksum.size)) {
      throw new UserError({
        what: `the file is not the one that the .${file.role} lists`,
        where: shown(listed),
        found: `sha256 ${listed.sha256.slice(0, 12)}…`,
        expected: `sha256 ${checksum.digest.slice(0, 12)}… as in ${file.name}`,
      });
    }
  }
  return { type, file, text, source, sourceVersion, lists: checksums.map((checksum) => checksum.name) };
}

/**
 * A build that has a .changes has all of its packages in one: what we sign must not come from elsewhere. And what a
 * record lists is of its own source: it is kept and served as that source's.
 */
export function checkRecords(
  builds: readonly Build[],
  records: readonly RecordCandidate[],
  packages: readonly Listed[],
): void {
  const byPath = new Map(packages.map((each) => [each.file.path, each]));
  for (const build of builds) {
    const own = records.filter(({ file }) => fileNamed(build, file.name)?.path === file.path);
    for (const { file, lists, source, sourceVersion } of own) {
      for (const name of lists) {
        const listed = byPath.get(fileNamed(build, name)?.path ?? '');
        if (listed === undefined || (listed.source === source && listed.sourceVersion === sourceVersion)) continue;
        throw new UserError({
          what: `the .${file.role} lists a package of another source`,
          where: shown(file),
          found: `${name} of ${listed.source} ${listed.sourceVersion}`,
          expected: `packages of ${source} ${sourceVersion}`,
        });
      }
    }
    const changes = own.filter(({ type }) => type === 'changes');
    if (changes.length === 0) continue;
    const listed = new Set(changes.flatMap((each) => each.lists));
    const stray = filesOf(build, 'deb', 'udeb', 'ddeb').find((file) => !listed.has(file.name));
    if (stray !== undefined) {
      throw new UserError({
        what: 'a package that no .changes of its build lists',
        where: shown(stray),
        expected: `an entry in ${changes.map((each) => each.file.name).join(' or ')}`,
      });
    }
  }
}

/** Of records with one name the first stays: they differ in nothing but times. */
export function onceByName(records: readonly RecordCandidate[]): RecordCandidate[] {
  const kept = new Map<string, RecordCandidate>();
  for (const record of records) if (!kept.has(record.file.name)) kept.set(record.file.name, record);
  return [...kept.values()];
}
