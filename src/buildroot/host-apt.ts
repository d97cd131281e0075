/** What the host's own apt is set up to use: a buildroot of the same distribution takes its packages from there too. */
import { readFile } from 'node:fs/promises';
import { run, which } from '../process.ts';

export interface HostSource {
  /** `http://host/debian`, without a trailing slash. */
  readonly uri: string;
  /** As in the source: `bookworm`, `bookworm-updates`, `bookworm-security`. */
  readonly suite: string;
  readonly codename: string;
  /** `Debian`, `Ubuntu`: the Release file's Origin; only signed archives of the distribution count. */
  readonly origin: string;
}

/** The archives that the host's apt knows (apt-get(8), indextargets), without deb-src; empty where there is no apt. */
export async function hostSources(): Promise<HostSource[]> {
  if (which('apt-get') === undefined) return [];
  const format = '$(CREATED_BY)\t$(REPO_URI)\t$(RELEASE)\t$(CODENAME)\t$(ORIGIN)';
  const { stdout } = await run(['apt-get', 'indextargets', '--format', format]);
  const sources = new Map<string, HostSource>();
  for (const line of stdout.split('\n')) {
    const [createdBy, uri, suite, codename, origin] = line.split('\t');
    if (createdBy !== 'Packages' || !uri || !suite || !codename || !origin || origin.startsWith('$(')) continue;
    sources.set(`${uri} ${suite}`, { uri: uri.replace(/\/+$/, ''), suite, codename, origin });
  }
  return [...sources.values()];
}

/** `ID` of os-release(5), such as `debian`. */
export async function hostDistribution(): Promise<string | undefined> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID="?([a-z0-9._-]+)"?$/m.exec(text)?.[1];
}

/**
 * Sources for `suites` of `distribution` from the host's mirrors, as one-line sources; `undefined` where the host's
 * apt does not offer that distribution. A suite that the host does not use itself is taken from the mirror that
 * serves the like: `trixie-security` from where `bookworm-security` comes.
 */
export function sourcesFromHost(
  host: readonly HostSource[],
  distribution: string,
  wanted: readonly { readonly suites: readonly string[]; readonly components: readonly string[] }[],
): string[] | undefined {
  const own = host.filter((source) => source.origin.toLowerCase() === distribution.toLowerCase());
  if (own.length === 0) return undefined;
  const lines: string[] = [];
  for (const { suites, components } of wanted) {
    for (const suite of suites) {
      const kind = suffix(suite);
      const source =
        own.find((candidate) => candidate.suite === suite) ??
        own.find((candidate) => suffix(candidate.suite) === kind) ??
        (kind === '-security' ? undefined : own.find((candidate) => suffix(candidate.suite) === ''));
      if (source === undefined) return undefined;
      lines.push(`deb ${source.uri} ${suite} ${components.join(' ')}`);
    }
  }
  return lines;
}

function suffix(suite: string): string {
  return /(?:-(?:updates|security|backports|proposed-updates|proposed))?$/.exec(suite)?.[0] ?? '';
}
