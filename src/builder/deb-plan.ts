/** What apt would install for a build, read from `apt-get --print-uris` (apt-get(8)). */
import { UserError } from '../errors.ts';

export interface PlannedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** Where it comes from; `file:` of a folder that the session is shown. */
  readonly uri: string;
  /** Its name in apt's archives folder. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Of the signed lists; absent for a package file that was given. */
  readonly sha256?: string;
}

export interface DependencyPlan {
  readonly install: readonly PlannedPackage[];
  /** `name`, or `name:architecture` of another than the machine's. */
  readonly remove: readonly string[];
}

/**
 * Options for apt to print what `readPlan` reads. Without the first digests are MD5; of what lies in the archives folder
 * already nothing is printed, so it is told of an empty one.
 */
export const PLAN_OPTIONS = [
  ...['-o', 'Acquire::ForceHash=SHA256'],
  ...['-o', 'Dir::Cache::Archives=/run/pkg-actions/no-archives/'],
  '--print-uris',
] as const;

const LINE = /^'([^']+)' (\S+) (\d+)(?: (\S*))?$/;
/** apt's name of a package in its archives folder: the parts quoted, so that no other `_` is in them. */
const FILE = /^([a-z0-9][a-z0-9+.-]+)_([A-Za-z0-9.+~%-]+)_([a-z0-9-]+)\.deb$/;
const REMOVED = 'The following packages will be REMOVED:';
const SUMMARY =
  /^(\d+) upgraded, (\d+) newly installed, (?:(\d+) reinstalled, )?(?:(\d+) downgraded, )?(\d+) to remove /m;

/**
 * Reads what apt printed in the C locale.
 *
 * @throws UserError where it does not add up: then apt says it in a way that is not known here.
 */
export function readPlan(output: string): DependencyPlan {
  const install: PlannedPackage[] = [];
  const remove: string[] = [];
  let isRemoved = false;
  for (const line of output.split('\n')) {
    if (isRemoved && line.startsWith('  ')) {
      // An asterisk is a purge.
      remove.push(
        ...line
          .trim()
          .split(/\s+/)
          .map((name) => name.replace(/\*$/, '')),
      );
      continue;
    }
    isRemoved = line === REMOVED;
    const planned = line.startsWith("'") ? packageOf(line) : undefined;
    if (planned !== undefined) install.push(planned);
  }
  const summary = SUMMARY.exec(output);
  const [upgraded = 0, fresh = 0, again = 0, downgraded = 0, removed = 0] = (summary ?? [])
    .slice(1)
    .map((count) => Number(count ?? 0));
  const said = upgraded + fresh + again + downgraded;
  if (summary === null || said !== install.length || removed !== remove.length) {
    throw new UserError({
      what: 'what apt would install cannot be read',
      found: `${install.length} packages to install and ${remove.length} to remove`,
      expected: summary === null ? "a line that tells apt's count" : `${said} and ${removed}`,
    });
  }
  return { install, remove };
}

function packageOf(line: string): PlannedPackage | undefined {
  const [, uri, file, size, digest = ''] = LINE.exec(line) ?? [];
  if (uri === undefined || file === undefined) return undefined;
  const [, name, version, architecture] = FILE.exec(file) ?? [];
  if (name === undefined || version === undefined || architecture === undefined) return undefined;
  const sha256 = /^SHA256:([0-9a-f]{64})$/.exec(digest)?.[1];
  return {
    name,
    version: unquote(version),
    architecture,
    uri,
    file,
    size: Number(size),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

/** apt quotes what a file name cannot have, as `%3a` for the colon behind an epoch. */
const unquote = (text: string) =>
  text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

/** The plan as the key of a layer has it: every package with its digest where that is known. */
export function planEntries({ install, remove }: DependencyPlan): string[] {
  return [
    ...install.map(
      ({ name, architecture, version, sha256 }) =>
        `${name}:${architecture}=${version}${sha256 === undefined ? '' : ` sha256:${sha256}`}`,
    ),
    ...remove.map((name) => `${name}-`),
  ].sort();
}

/** Arguments of `apt-get install` that ask for the plan itself. */
export function planArguments({ install, remove }: DependencyPlan, architecture: string): string[] {
  return [
    ...install.map((planned) => `${planned.name}${suffix(planned.architecture, architecture)}=${planned.version}`),
    ...remove.map((name) => `${name}-`),
  ];
}

const suffix = (own: string, machine: string) => (own === 'all' || own === machine ? '' : `:${own}`);

/**
 * Whether what is installed is what was planned over a generation, and nothing else.
 *
 * @param before the generation's packages, `after` those of the session: `name:architecture=version`.
 */
export function isAsPlanned(plan: DependencyPlan, before: readonly string[], after: readonly string[]): boolean {
  const now = new Set(after);
  const planned = new Set(plan.install.map((entry) => `${entry.name}:${entry.architecture}=${entry.version}`));
  const touched = new Set([
    ...plan.install.map(({ name }) => name),
    ...plan.remove.map((name) => name.replace(/:.*$/, '')),
  ]);
  const old = new Set(before);
  return (
    [...planned].every((entry) => now.has(entry)) &&
    // Of what was removed the configuration may stay, which dpkg counts as there.
    after.every((entry) => planned.has(entry) || old.has(entry)) &&
    before.every((entry) => now.has(entry) || touched.has(entry.replace(/:.*$/, '')))
  );
}
