/** The packages that a build host needs, by distribution. */
import { UserError } from '../errors.ts';
import { type Family, packageOf } from '../tool-packages.ts';
import type { Distribution } from './distribution.ts';

export type SetupEngine = 'host' | 'docker' | 'podman';
export type Format = 'deb' | 'rpm';

/** What a host is to be for. */
export interface Purpose {
  /** Where builds of a format run; a format that is not built here has none. */
  readonly engines: Readonly<Partial<Record<Format, SetupEngine>>>;
  /** Distributions whose archives deb buildroots are made of: `debian`, `ubuntu`. */
  readonly archives: readonly string[];
  /** Formats that are signed and published here. */
  readonly publish: readonly Format[];
  /** Whether cron does what is done every day. */
  readonly cron: boolean;
}

/** Tools of every host: names are those of commands, which `packageOf` translates. */
const ALWAYS = ['git', 'tar', 'xz', 'zstd', 'unshare', 'ip', 'gpg', 'perl', 'ca-certificates'];
const HOST: Readonly<Record<Format, readonly string[]>> = {
  deb: ['mmdebstrap', 'sbuild', 'apt-get', 'dpkg-source', 'gpgv'],
  rpm: ['mock', 'rpm', 'rpmbuild', 'dnf'],
};
/** Tools that run on the host itself wherever its builds do: package files of rpm builds are indexed there. */
const ANYWHERE: Readonly<Record<Format, readonly string[]>> = { deb: [], rpm: ['createrepo_c'] };
const PUBLISH: Readonly<Record<Format, readonly string[]>> = {
  deb: ['reprepro', 'apt-ftparchive', 'apt-get', 'dpkg-deb', 'gpgv', 'rsync'],
  rpm: ['createrepo_c', 'dnf', 'rpm', 'rpmkeys', 'gpgv', 'rsync'],
};
/** Keyrings of archives, named alike in both families. */
const KEYRINGS: Readonly<Record<string, string>> = { debian: 'debian-archive-keyring', ubuntu: 'ubuntu-keyring' };

/**
 * Where builds of a format run when nobody says: on the host itself where the distribution has the tools for it, else in
 * the engine that it packages.
 *
 * @throws UserError for `host` where the distribution lacks the tools.
 */
export function engineFor(
  format: Format,
  requested: SetupEngine | 'auto',
  { family, name }: Distribution,
): SetupEngine {
  const own: Readonly<Record<Family, Format>> = { debian: 'deb', fedora: 'rpm' };
  if (requested === 'auto') {
    if (own[family] === format) return 'host';
    return family === 'debian' ? 'docker' : 'podman';
  }
  if (requested === 'host' && own[family] !== format) {
    throw new UserError({
      what: `${format} packages cannot be built on this host itself`,
      where: 'input engine',
      found: name,
      expected:
        format === 'rpm' ? 'a host with mock: Fedora or an Enterprise Linux' : 'a host with sbuild: Debian or Ubuntu',
      remedy: 'set engine to docker or podman: the tools are in an image then',
    });
  }
  return requested;
}

/**
 * Names of the packages, sorted.
 *
 * @param has whether the host has a program. An engine that is there is left to who installed it: docker-ce has docker as
 *   well, and the package of the distribution would drive it out.
 */
export function packagesFor(
  distribution: Distribution,
  { engines, archives, publish, cron }: Purpose,
  has: (program: string) => boolean,
): string[] {
  const tools = new Set(ALWAYS);
  const packages = new Set<string>();
  for (const [format, engine] of Object.entries(engines) as [Format, SetupEngine][]) {
    if (engine === 'host') for (const tool of HOST[format]) tools.add(tool);
    else if (!has(engine)) tools.add(engine);
    for (const tool of ANYWHERE[format]) tools.add(tool);
  }
  for (const format of publish) for (const tool of PUBLISH[format]) tools.add(tool);
  if (engines.deb === 'host') {
    for (const name of archives) {
      const keyring = KEYRINGS[name];
      if (keyring !== undefined) packages.add(keyring);
    }
  }
  if (cron) tools.add('cron');
  for (const tool of tools) packages.add(packageOf(tool, distribution.family));
  return [...packages].sort();
}

/** Commands that give an Enterprise Linux the repositories that mock comes from, and how to see that they are there. */
export interface ExtraRepositories {
  /** Package that brings EPEL. */
  readonly epel: string;
  /** Repository of development packages, which EPEL builds on. */
  readonly builder: string;
}

/**
 * What mock needs there; `undefined` where the distribution itself has it.
 */
export function extraRepositories({ id, enterprise }: Distribution): ExtraRepositories | undefined {
  if (enterprise === undefined) return undefined;
  if (id === 'ol') return { epel: `oracle-epel-release-el${enterprise}`, builder: `ol${enterprise}_codeready_builder` };
  return { epel: 'epel-release', builder: enterprise === 8 ? 'powertools' : 'crb' };
}
