/** What a deb buildroot is made from: all that, if changed, asks for another generation. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Target, TargetSource } from '../config/target.ts';
import { type AptPin, type AptSource, parseAptPin, parseAptSource } from '../deb/apt-source.ts';
import { quote, UserError } from '../errors.ts';
import { run } from '../process.ts';
import { debArchitecture } from '../rpm/architecture.ts';
import type { RpmBuildroot } from './mock/configuration.ts';

/** Raised when the recipe in `mmdebstrap.ts` changes what a generation holds: old ones are then made anew. */
const RECIPE = 3;

export interface DebBuildroot {
  readonly recipe: number;
  readonly target: Target;
  readonly architecture: string;
  /** Mirror instead of the host's or the default one. */
  readonly mirror: string | undefined;
  /** Repositories beside the target's own. Their keys are part of it, by content. */
  readonly repositories: readonly { readonly source: AptSource; readonly key: string | undefined }[];
  readonly pins: readonly AptPin[];
  readonly include: readonly string[];
}

/** What a buildroot of either format is made from. */
export type Buildroot = DebBuildroot | RpmBuildroot;

export function isRpmBuildroot(configuration: Buildroot): configuration is RpmBuildroot {
  return configuration.target.format === 'rpm';
}

export interface BuildrootRequest {
  readonly target: Target;
  /** Either format's name; the host's when absent. */
  readonly architecture?: string | undefined;
  readonly mirror?: string | undefined;
  /** deb: one-line apt sources. rpm: `NAME URL [priority=N] [key=FILE] [trusted=yes]`. */
  readonly repositories?: readonly string[];
  /** Key files for repositories that name none. */
  readonly keys?: readonly string[];
  /** `PACKAGES; PIN; PRIORITY`. */
  readonly pins?: readonly string[];
  readonly include?: readonly string[];
}

/**
 * Reads the request into a configuration.
 *
 * @throws UserError where the target is no deb target, lacks the architecture, or a repository cannot be read.
 */
export async function debBuildroot(request: BuildrootRequest): Promise<DebBuildroot> {
  const { target } = request;
  if (target.format !== 'deb') {
    throw new UserError({
      what: `the target ${target.name} is for ${target.format} packages`,
      where: 'target',
      expected: 'a deb target',
    });
  }
  const architecture = debArchitecture(request.architecture ?? (await hostArchitecture()));
  if (!target.architectures.includes(architecture)) {
    throw new UserError({
      what: `the target ${target.name} has no such architecture`,
      where: 'architecture',
      found: quote(architecture),
      expected: target.architectures.join(', '),
    });
  }
  if (request.mirror !== undefined) parseAptSource(`deb ${request.mirror} ${target.suite} main`, 'mirror');
  for (const name of request.include ?? []) {
    if (!/^[a-z0-9][a-z0-9+.-]+$/.test(name)) {
      throw new UserError({ what: 'not a package name', where: 'include', found: quote(name) });
    }
  }
  return {
    recipe: RECIPE,
    target,
    architecture,
    mirror: request.mirror,
    repositories: [
      ...(await targetRepositories(target)),
      ...(await readRepositories(request.repositories ?? [], request.keys ?? [], 'repositories')),
    ],
    pins: (request.pins ?? []).map((text) => parseAptPin(text, 'pins')),
    include: [...(request.include ?? [])].sort(),
  };
}

/**
 * The sources of a target: its archive, which mmdebstrap starts from, and repositories of other mirrors beside it.
 * Where the first source names no mirror the archive is the host's or the default one, and sources that name one are
 * no part of it.
 */
export function splitSources({ sources }: Target): {
  archive: readonly TargetSource[];
  beside: readonly TargetSource[];
} {
  if (sources[0]?.mirror !== undefined) return { archive: sources, beside: [] };
  return {
    archive: sources.filter((source) => source.mirror === undefined),
    beside: sources.filter((source) => source.mirror !== undefined),
  };
}

async function targetRepositories(target: Target): Promise<Repository[]> {
  const repositories: Repository[] = [];
  for (const { mirror, suites, components, keyring = target.keyring } of splitSources(target).beside) {
    if (keyring === undefined) {
      throw new UserError({
        what: 'no keyring for a source of the target',
        where: `target ${target.name}`,
        found: quote(mirror),
        expected: 'keyring',
      });
    }
    for (const suite of suites) {
      const source = parseAptSource(`deb ${mirror} ${suite} ${components.join(' ')}`, `target ${target.name}`);
      repositories.push({ source, key: await readKey(keyring) });
    }
  }
  return repositories;
}

export type Repository = { readonly source: AptSource; readonly key: string | undefined };

/**
 * Reads one-line sources and the keys that they are signed by.
 *
 * @param keys files for sources without `signed-by`; all of them together.
 * @throws UserError for a source without any key that does not say `trusted=yes`, and for keys that cannot be read.
 */
export async function readRepositories(
  texts: readonly string[],
  keys: readonly string[],
  where: string,
): Promise<Repository[]> {
  const common = await Promise.all(keys.map(readKey));
  const repositories: Repository[] = [];
  for (const text of texts) {
    const source = parseAptSource(text, where);
    const own = await Promise.all(source.signedBy.map(readKey));
    const key = (own.length > 0 ? own : common).join('\n') || undefined;
    if (key === undefined && !source.trusted) {
      throw new UserError({
        what: 'no key for a repository',
        where,
        found: quote(text),
        expected: 'signed-by=/path/key.asc in its options, or a file of keys',
        remedy: 'a repository without a signature needs trusted=yes',
      });
    }
    repositories.push({ source, key });
  }
  return repositories;
}

/** An armored key (its text), or a binary one (armored by us, since apt tells them apart by file name). */
export async function readKey(file: string): Promise<string> {
  const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new UserError({ what: 'a key cannot be read', where: file, found: error.code ?? 'an error' });
  });
  const text = content.toString('latin1');
  if (text.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----')) return text.trim();
  if (content.length === 0 || ((content[0] ?? 0) & 0x80) === 0) {
    throw new UserError({
      what: 'not an OpenPGP public key',
      where: file,
      expected: 'an armored or binary public key',
    });
  }
  // RFC 9580, 6.2: the checksum is optional.
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PGP PUBLIC KEY BLOCK-----', '', ...lines, '-----END PGP PUBLIC KEY BLOCK-----'].join('\n');
}

/** SHA-256 over everything of the configuration that decides on the tree, in a fixed order. */
export function configurationDigest(configuration: Buildroot): string {
  return createHash('sha256')
    .update(canonical(decisive(configuration)))
    .digest('hex');
}

/**
 * Without what a target says of packages and of itself: two that differ in their names, their version tags or the other
 * architectures that they have are made alike, and jobs with the one and the other share a generation.
 */
function decisive(configuration: Buildroot): unknown {
  const include = [...new Set([...configuration.target.include, ...configuration.include])].sort();
  if (isRpmBuildroot(configuration)) {
    const { target, ...rest } = configuration;
    // What of it mock reads is in `mock`.
    return { ...rest, include, target: { format: target.format } };
  }
  const { target, ...rest } = configuration;
  const { format, distribution, components, sources, keyring } = target;
  return {
    ...rest,
    include,
    target: { format, distribution, suite: firstSuite(target), components, sources, keyring },
  };
}

/** The suite that the tree is begun with. */
export function firstSuite(target: Target): string {
  return splitSources(target).archive[0]?.suites[0] ?? target.suite;
}

/** JSON with sorted keys, so that equal values have equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** Debian's name of this machine's architecture. */
export async function hostArchitecture(): Promise<string> {
  return (await run(['dpkg', '--print-architecture'])).stdout.trim();
}

/** Default name of the buildroot of a target: `debian-12-amd64`, `el9-x86_64`. */
export function buildrootName(target: Target, architecture: string): string {
  return `${target.name}-${architecture}`;
}
