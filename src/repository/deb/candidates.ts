/** What builds bring: binary packages, sources and records, read from their own control data and checked. */
import {
  type Checksum,
  type Paragraph,
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
import { checkRecords, onceByName, type RecordCandidate, readRecord } from './records.ts';
import { readSourceField } from './source-field.ts';
import { readListed, readText } from './text-files.ts';

export type { RecordCandidate } from './records.ts';

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
  const packages = [...binaries, ...sources.map((each) => ({ ...each, file: each.dsc }))];
  checkRecords(builds, records, packages);
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

const NO_PARTS = /\.(?:u?deb|ddeb|dsc|changes|buildinfo)$/;

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
  const listedParts = readListed(control, where);
  // They get places in the pool under their names: never that of a package.
  const odd = listedParts.find((part) => !part.name.startsWith(`${name}_`) || NO_PARTS.test(part.name));
  if (odd !== undefined) {
    throw new UserError({
      what: 'a file that is no part of a source package',
      where,
      found: quote(odd.name),
      expected: `a tarball, a diff or a signature, named ${name}_...`,
    });
  }
  const parts = listedParts.map((checksum) => partOf(build, checksum, where));
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
