/** What builds bring: binary packages, sources and records, read from their own control data and checked. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import {
  type Checksum,
  type Paragraph,
  parseChecksums,
  parseSingleParagraph,
  requireField,
  stripSignature,
} from '../../deb/control.ts';
import { checkArchitecture, checkPackageName } from '../../deb/file-name.ts';
import { parseVersion, withoutEpoch } from '../../deb/version.ts';
import { type Candidate, sourceDigest } from '../../deb/version-check.ts';
import { quote, UserError } from '../../errors.ts';
import { type Build, type BuildFile, fileNamed, filesOf, shown } from '../builds.ts';
import { readPackages } from './archive.ts';

interface Common {
  /** As the version check takes it. */
  readonly candidate: Candidate;
  readonly source: string;
  readonly sourceVersion: string;
  /** `area/section` or `section`, as the package says; `undefined` where it says nothing. */
  readonly section: string | undefined;
  readonly priority: string | undefined;
}

export interface BinaryCandidate extends Common {
  readonly type: 'deb' | 'udeb' | 'ddeb';
  /** Made by debhelper or pkg-create-dbgsym, not by the packager. */
  readonly isDebugSymbols: boolean;
  readonly file: BuildFile;
}

export interface SourceCandidate extends Common {
  readonly type: 'dsc';
  readonly dsc: BuildFile;
  /** The .dsc without a signature that it came with. */
  readonly text: string;
  /** The other files that the .dsc lists. */
  readonly parts: readonly BuildFile[];
}

/** A .changes or .buildinfo: what a build says of itself. */
export interface RecordCandidate {
  readonly type: 'changes' | 'buildinfo';
  readonly file: BuildFile;
  readonly text: string;
  readonly source: string;
  readonly sourceVersion: string;
  /** Names of the files that it lists. */
  readonly lists: readonly string[];
}

export interface DebCandidates {
  readonly binaries: readonly BinaryCandidate[];
  readonly sources: readonly SourceCandidate[];
  readonly records: readonly RecordCandidate[];
  readonly builds: readonly Build[];
}

/**
 * Reads everything that `builds` hold for publishing. A package that several builds bring is taken once.
 *
 * @throws UserError naming the file: damaged, not a legal name or version, two contents for one version.
 */
export async function readCandidates(builds: readonly Build[], signal: AbortSignal): Promise<DebCandidates> {
  const files = builds.flatMap((build) => filesOf(build, 'deb', 'udeb', 'ddeb'));
  const controls = await readPackages(files, signal);
  const binaries = files.map((file, index) => readBinary(file, controls[index] as Paragraph));
  const sources: SourceCandidate[] = [];
  const records: RecordCandidate[] = [];
  for (const build of builds) {
    for (const file of filesOf(build, 'dsc')) sources.push(await readSource(build, file));
    for (const file of filesOf(build, 'changes', 'buildinfo')) records.push(await readRecord(build, file));
  }
  checkListed(builds, records);
  const found = {
    binaries: once(binaries, (each) => [each.candidate, each.file]),
    sources: once(sources, (each) => [each.candidate, each.dsc]),
    records: onceByName(records),
    builds,
  };
  if (found.binaries.length + found.sources.length === 0) {
    throw new UserError({
      what: 'nothing to publish',
      where: 'input packages',
      found: 'builds without a .deb, .udeb, .ddeb or .dsc',
    });
  }
  return found;
}

function readBinary(file: BuildFile, control: Paragraph): BinaryCandidate {
  const where = `control of ${shown(file)}`;
  const name = checkPackageName(requireField(control, 'Package', where), `${where}, field Package`);
  const version = requireField(control, 'Version', where);
  parseVersion(version, `${where}, field Version`);
  const architecture = requireField(control, 'Architecture', where);
  checkArchitecture(architecture, `${where}, field Architecture`);
  const { source, sourceVersion } = readSourceField(control, name, version, where);
  const type = file.role as BinaryCandidate['type'];
  return {
    type,
    candidate: { kind: 'binary', name, version, architecture, sha256: file.sha256 },
    source,
    sourceVersion,
    section: readSection(control.get('Section'), `${where}, field Section`),
    priority: readPriority(control.get('Priority')),
    isDebugSymbols: type === 'ddeb' || control.get('Auto-Built-Package') === 'debug-symbols',
    file,
  };
}

/** `Source: name (version)`, deb-control(5); absent where both are the package's own. */
function readSourceField(control: Paragraph, name: string, version: string, where: string) {
  const value = control.get('Source')?.trim();
  if (value === undefined || value === '') return { source: name, sourceVersion: version };
  const [, source = '', sourceVersion = version] = /^([^\s(]+)(?:\s*\(([^()\s]+)\))?$/.exec(value) ?? [];
  checkPackageName(source, `${where}, field Source`);
  parseVersion(sourceVersion, `${where}, field Source`);
  return { source, sourceVersion };
}

async function readSource(build: Build, file: BuildFile): Promise<SourceCandidate> {
  const where = shown(file);
  const signed = await readText(file);
  const text = stripSignature(signed, where);
  const control = parseSingleParagraph(text, { file: where });
  const name = checkPackageName(requireField(control, 'Source', where), `${where}, field Source`);
  const version = requireField(control, 'Version', where);
  parseVersion(version, `${where}, field Version`);
  const expected = `${name}_${withoutEpoch(version)}.dsc`;
  if (file.name !== expected) {
    throw new UserError({
      what: 'the file is not named after the source package',
      where,
      found: quote(file.name),
      expected,
    });
  }
  const checksums = parseChecksums(
    requireField(control, 'Checksums-Sha256', where),
    `${where}, field Checksums-Sha256`,
  );
  const parts = checksums.map((checksum) => partOf(build, checksum, where));
  // "name type section priority [...]", deb-src-control(5); older tools do not write the field.
  const listed = control.get('Package-List')?.trim().split('\n')[0]?.trim().split(/\s+/) ?? [];
  return {
    type: 'dsc',
    candidate: {
      kind: 'source',
      name,
      version,
      architecture: 'source',
      sha256: sourceDigest(parts),
      files: parts.map((part) => ({ name: part.name, sha256: part.sha256 })),
    },
    source: name,
    sourceVersion: version,
    section: readSection(control.get('Section') ?? listed[2], `${where}, field Package-List`),
    priority: readPriority(control.get('Priority') ?? listed[3]),
    dsc: file,
    text,
    parts,
  };
}

function partOf(build: Build, checksum: Checksum, where: string): BuildFile {
  const part = fileNamed(build, checksum.name);
  if (part === undefined) {
    throw new UserError({
      what: 'a file of the source package is missing',
      where,
      found: quote(checksum.name),
      expected: 'all files that the .dsc lists, in the same folder and manifest',
    });
  }
  if (part.sha256 !== checksum.digest || part.size !== checksum.size) {
    throw new UserError({
      what: 'a file of the source package is not the one that the .dsc lists',
      where: shown(part),
      found: `${part.size} bytes, sha256 ${part.sha256.slice(0, 12)}…`,
      expected: `${checksum.size} bytes, sha256 ${checksum.digest.slice(0, 12)}…`,
    });
  }
  return part;
}

async function readRecord(build: Build, file: BuildFile): Promise<RecordCandidate> {
  const where = shown(file);
  const text = stripSignature(await readText(file), where);
  const control = parseSingleParagraph(text, { file: where });
  // In a .changes and .buildinfo, "name (version)" names a source of another version than the binaries.
  const version = requireField(control, 'Version', where);
  parseVersion(version, `${where}, field Version`);
  const { source, sourceVersion } = readSourceField(control, requireField(control, 'Source', where), version, where);
  const checksums = parseChecksums(
    requireField(control, 'Checksums-Sha256', where),
    `${where}, field Checksums-Sha256`,
  );
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
  return {
    type: file.role as RecordCandidate['type'],
    file,
    text,
    source,
    sourceVersion,
    lists: checksums.map((checksum) => checksum.name),
  };
}

/** A build that has a .changes has all of its packages in one: what we sign must not come from elsewhere. */
function checkListed(builds: readonly Build[], records: readonly RecordCandidate[]): void {
  for (const build of builds) {
    const changes = records.filter(
      ({ type, file }) => type === 'changes' && fileNamed(build, file.name)?.path === file.path,
    );
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

/** Drops what several builds bring alike; one version with two contents is an error. */
function once<T>(items: readonly T[], of: (item: T) => readonly [Candidate, BuildFile]): T[] {
  const kept = new Map<string, T>();
  for (const item of items) {
    const [candidate, file] = of(item);
    const key = `${candidate.kind} ${candidate.name} ${candidate.architecture}`;
    const other = kept.get(key);
    if (other === undefined) {
      kept.set(key, item);
      continue;
    }
    const [otherCandidate, otherFile] = of(other);
    if (otherCandidate.version === candidate.version && otherCandidate.sha256 === candidate.sha256) continue;
    throw new UserError({
      what: 'the builds bring a package twice, with other content',
      where: shown(file),
      found: `${candidate.name} ${candidate.version} (${candidate.architecture})`,
      expected: `the same as ${shown(otherFile)}, ${otherCandidate.version}`,
    });
  }
  return [...kept.values()];
}

/** Of records with one name the first stays: they differ in nothing but times. */
function onceByName(records: readonly RecordCandidate[]): RecordCandidate[] {
  const kept = new Map<string, RecordCandidate>();
  for (const record of records) if (!kept.has(record.file.name)) kept.set(record.file.name, record);
  return [...kept.values()];
}

/** Policy 2.4: `section` or `area/section`. It becomes a line of an override file and of an index. */
function readSection(value: string | undefined, where: string): string | undefined {
  const text = value?.trim();
  if (text === undefined || text === '' || text === 'unknown' || text === '-') return undefined;
  if (/^[a-z0-9][a-z0-9.+-]*(?:\/[a-z0-9][a-z0-9.+-]*)*$/i.test(text)) return text;
  throw new UserError({ what: 'not a section', where, found: quote(text), expected: 'such as net or contrib/net' });
}

function readPriority(value: string | undefined): string | undefined {
  const text = value?.trim();
  return text !== undefined && /^[a-z]+$/.test(text) && text !== 'unknown' ? text : undefined;
}

/** Policy 5.1: control files are in UTF-8. What is signed as text must be text. */
async function readText(file: BuildFile): Promise<string> {
  const bytes = await readFile(file.path);
  if (createHash('sha256').update(bytes).digest('hex') !== file.sha256) {
    throw new UserError({ what: 'the file changed while it was read', where: shown(file) });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError({
      what: 'the file is not text in UTF-8',
      where: shown(file),
      expected: 'UTF-8 (Debian Policy 5.1)',
    });
  }
}
