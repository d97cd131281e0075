/**
 * Rules for the phases that talk to package archives: apt-get(8), dpkg(1). Written from what apt 1.0 to 3.0 and dpkg
 * print. Order: what passes by itself, then what a person has to set right, then what the package asks for.
 */
import { formatBytes } from '../../format.ts';
import { ARCHIVE_PHASES } from './phase.ts';
import { type Found, listOf, type Rule, type RuleContext } from './rule.ts';

/** `E: Failed to fetch URL  WHY`, as a warning where apt-get update goes on with what it has. */
const failedToFetch = (why: string) =>
  new RegExp(`^(?:E|W|Error|Warning): Failed to fetch (\\S+) {1,2}(?:.*?)(${why})`);

const infrastructure = { phases: ARCHIVE_PHASES, verdict: 'infrastructure' } as const;
const configuration = { phases: ARCHIVE_PHASES, verdict: 'configuration', retryable: false } as const;
const ofPackage = {
  phases: ARCHIVE_PHASES,
  verdict: 'package',
  retryable: false,
  phase: 'dependencies',
} as const;

/** Where space ran out, for a sentence. */
export function spaceOf({ scratch }: RuleContext): string {
  if (scratch === undefined) return "no space was left, on the session's tmpfs or its disk";
  return scratch === 'disk'
    ? 'the disk that the session writes to was full'
    : `the session's tmpfs (${formatBytes(scratch)}) was full`;
}

const text = ({ match }: Found, group = 1) => (match.groups[group] ?? '').replace(/ {2,}/g, ' ');

/** Last part of a URL's path, for sentences; percent-escapes stay. */
const fileOf = (url: string) => url.slice(url.lastIndexOf('/') + 1) || url;

export const ARCHIVE_RULES: readonly Rule[] = [
  {
    ...infrastructure,
    name: 'no-space',
    pattern: /No space left on device|Disk quota exceeded|^E: You don't have enough free space in /,
    retryable: true,
    reason: ({ context }) => `${spaceOf(context)} before the package was built`,
  },
  {
    ...infrastructure,
    name: 'dpkg-lock',
    pattern:
      /^(?:E|Error): (?:Could not get lock|Unable to (?:acquire the dpkg frontend )?lock)\b.*?(\/\S+?)[.)]?(?: |$)/,
    retryable: true,
    reason: (found) => `another process held the lock ${text(found)}`,
  },
  {
    ...infrastructure,
    name: 'dpkg-interrupted',
    pattern: /^(?:E|Error): dpkg was interrupted/,
    retryable: true,
    reason: () => 'the buildroot is half installed: "dpkg was interrupted"',
  },
  {
    ...infrastructure,
    name: 'apt-hash-sum-mismatch',
    pattern: failedToFetch('Hash Sum mismatch|File has unexpected size|Mirror sync in progress|Hashes of received'),
    retryable: true,
    reason: (found) => `the archive changed while it was read: ${text(found, 2)} for ${fileOf(text(found))}`,
  },
  {
    ...infrastructure,
    name: 'apt-mirror-error',
    pattern: failedToFetch('(?:5\\d\\d|408|429)  ?[A-Z][A-Za-z -]*[a-z]'),
    retryable: true,
    reason: (found) => `the archive answered "${text(found, 2)}" for ${text(found)}`,
  },
  {
    ...infrastructure,
    name: 'apt-no-such-host',
    pattern: failedToFetch(
      "(?:Temporary failure resolving|Could not resolve|Something wicked happened resolving) '[^']*'?",
    ),
    retryable: true,
    reason: (found) => `the archive's host name did not resolve: "${text(found, 2)}"`,
  },
  {
    ...infrastructure,
    name: 'apt-package-gone',
    pattern:
      /^(?:E|W|Error|Warning): Failed to fetch (\S+(?:\.u?deb|\.dsc|\.tar\.\w+|\.diff\.gz|\/by-hash\/\S+)) {1,2}404 /,
    retryable: true,
    reason: (found) => `the archive no longer has ${fileOf(text(found))}, which its index listed`,
  },
  {
    ...infrastructure,
    name: 'apt-release-expired',
    pattern: /^(?:E|W|Error|Warning): Release file for (\S+) is expired \((?:invalid since )?([^)]*)\)/,
    retryable: false,
    reason: (found) => `the archive is out of date: the Release file ${text(found)} expired ${text(found, 2)} ago`,
  },
  {
    ...infrastructure,
    name: 'apt-release-not-yet-valid',
    pattern: /^(?:E|W|Error|Warning): Release file for (\S+) is not valid yet \((?:invalid for another )?([^)]*)\)/,
    retryable: false,
    reason: (found) =>
      `a clock is wrong, here or at the archive: the Release file ${text(found)} becomes valid in ${text(found, 2)}`,
  },
  {
    ...infrastructure,
    name: 'apt-bad-signature',
    pattern:
      /^(?:E|W|Error|Warning): (?:GPG error|An error occurred during the signature verification\.[^:]*): (\S+ \S+ \S+): (.*(?:BADSIG|NODATA|isn't valid).*)/,
    retryable: true,
    reason: (found) =>
      `the signature of ${text(found)} does not fit it, as with a proxy, a login page or a mirror between two states: "${text(found, 2)}"`,
  },
  {
    ...infrastructure,
    name: 'apt-damaged-package',
    pattern:
      /^dpkg-deb(?: \(subprocess\))?: .*?(unexpected end of file|compressed data is corrupt|lzma error|corrupted)/,
    retryable: true,
    reason: (found) => `a downloaded package is damaged: "${text(found)}"`,
  },

  {
    ...configuration,
    name: 'apt-sources-malformed',
    pattern:
      /^(?:E|Error): (Malformed (?:entry|stanza|line) .*|Type '[^']*' is not known .*|The method driver .*|Unsupported URI.*)/,
    reason: (found) => `apt cannot read the list of repositories: "${text(found)}"`,
  },
  {
    ...configuration,
    name: 'apt-no-public-key',
    pattern: /^(?:E|W|Error|Warning): (?:GPG error: (\S+ \S+ \S+): )?.*?(?:NO_PUBKEY|Missing key) ([0-9A-F]{8,40})/,
    reason: (found) =>
      `the public key ${text(found, 2)}${text(found) === '' ? '' : `, which ${text(found)} is signed with,`} is not known; give it with the repository`,
  },
  {
    ...configuration,
    name: 'apt-key-expired',
    pattern: /\b((?:EXPKEYSIG|KEYEXPIRED|REVKEYSIG|EXPSIG) \S+)/,
    reason: (found) => `a repository is signed by a key that is no longer valid: "${text(found)}"`,
  },
  {
    ...configuration,
    name: 'apt-not-signed',
    pattern: /^(?:E|Error): The repository '([^']*)' is not signed/,
    reason: (found) => `the repository ${text(found)} is not signed by a key that is trusted for it`,
  },
  {
    ...configuration,
    name: 'apt-no-release-file',
    pattern: /^(?:E|Error): The repository '([^']*)' (?:does not have|no longer has) a Release file/,
    reason: (found) => `there is no repository ${text(found)}: it has no Release file`,
  },
  {
    ...configuration,
    name: 'apt-access-denied',
    pattern: failedToFetch('(?:401|403|407|410|451)  ?[A-Z][A-Za-z -]*[a-z]'),
    reason: (found) => `the archive refuses ${text(found)}: "${text(found, 2)}"`,
  },
  {
    ...configuration,
    name: 'apt-no-such-index',
    pattern: failedToFetch('404  ?Not Found|File not found|No such file or directory'),
    reason: (found) => `there is no repository there: ${text(found)} does not exist`,
  },
  {
    ...configuration,
    name: 'apt-tls',
    pattern: failedToFetch('[Cc]ertificate[^.]*|Could not handshake: An unexpected TLS packet was received'),
    reason: (found) => `there is no secure connection to the archive: "${text(found, 2).trim()}"`,
  },
  {
    ...configuration,
    name: 'apt-no-such-component',
    // Only for packages: repositories without translations or another architecture are common.
    pattern:
      /^(?:E|W|Error|Warning): Skipping acquire of configured file '[^']*\/binary-[^']*' as repository '([^']*)' doesn't have the component '([^']*)'/,
    reason: (found) => `the repository ${text(found)} has no component ${text(found, 2)}`,
  },
  {
    ...configuration,
    name: 'apt-release-changed',
    pattern: /^(?:E|Error): Repository '([^']*)' changed its '([^']*)' value from/,
    reason: (found) => `the repository ${text(found)} changed its ${text(found, 2)}; update the buildroot`,
  },

  // After all that is known to be something else: whatever else a fetch fails of is the connection.
  {
    ...infrastructure,
    name: 'apt-no-connection',
    pattern: /^(?:E|W|Error|Warning): Failed to fetch (\S+) {1,2}(\S.*)/,
    retryable: true,
    reason: (found) => `the archive could not be read: "${text(found, 2)}"`,
  },

  {
    ...ofPackage,
    name: 'unmet-build-dependencies',
    pattern:
      /^ (?:(\S+) : |\s+)(?:Pre)?(Depends|Conflicts|Breaks): (.+?) but ((?:it|\S+) is (?:not installable|not going to be installed|to be installed|installed)|it is a virtual package)( or$)?/,
    reason: ({ matches, count }) =>
      `build dependencies cannot be installed: ${listOf(
        matches.map(({ groups }) => unmet(groups)),
        count,
      )}`,
  },
  {
    ...ofPackage,
    name: 'unmet-build-dependencies-solver',
    pattern: /^(?:E|Error): Unable to satisfy dependencies\. (.*)/,
    reason: (found) => `build dependencies cannot be installed: "${text(found)}"`,
  },
  {
    ...ofPackage,
    name: 'unmet-build-dependencies-old-apt',
    pattern:
      /^(?:E|Error): (?:Failed to satisfy )?Build-Depends dependency for \S+?:? (?:cannot be satisfied because )?(.*)/,
    reason: (found) => `build dependencies cannot be installed: "${text(found)}"`,
  },
  {
    ...ofPackage,
    name: 'dose-missing',
    pattern: /^\s*(?:unsat-dependency|unsat-conflict): (.+)/,
    reason: ({ matches, count }) =>
      `build dependencies cannot be installed: ${listOf(
        matches.map(({ groups }) => groups[1] ?? ''),
        count,
      )} cannot be satisfied`,
  },
  {
    ...ofPackage,
    name: 'no-such-package',
    pattern:
      /^(?:E|Error): (?:Unable to locate package (\S+)|Package '([^']+)' has no installation candidate|Version '[^']*' for '([^']+)' was not found|Couldn't find any package by \S+ '([^']+)')/,
    reason: ({ matches, count }) =>
      `build dependencies are in no repository: ${listOf(
        matches.map(({ groups }) => groups.slice(1).find((group) => group !== '') ?? ''),
        count,
      )}`,
  },
  {
    ...ofPackage,
    name: 'held-packages',
    pattern:
      /^(?:E|Error): (Unable to correct problems, you have held broken packages|Broken packages|Unmet dependencies.*|Build dependencies could not be satisfied.*)/,
    reason: (found) => `build dependencies cannot be installed: "${text(found)}"`,
  },

  // The archive's packages do not fit together. Nothing in this package mends that, and a new try meets the same.
  {
    ...infrastructure,
    name: 'dependency-conflict',
    pattern:
      /^ ?trying to overwrite (?:shared )?'([^']+)', which is (?:also in|different from other instances of) package (\S+)/,
    retryable: false,
    phase: 'dependencies',
    reason: (found) => `two build dependencies hold the same file: ${text(found)}, which is also in ${text(found, 2)}`,
  },
  {
    ...infrastructure,
    name: 'dependency-script',
    pattern: /^ ?installed (\S+) package (\S+) script subprocess (.*)/,
    retryable: false,
    phase: 'dependencies',
    reason: (found) =>
      `a build dependency cannot be installed: the ${text(found, 2)} script of ${text(found)} ${text(found, 3)}`,
  },
  {
    ...infrastructure,
    name: 'dependency-not-installed',
    pattern: /^dpkg: error processing (?:package|archive) (\S+) \(--(\w+)\)/,
    retryable: false,
    phase: 'dependencies',
    reason: (found) => `dpkg could not ${text(found, 2)} ${fileOf(text(found))}`,
  },
];

/** One line of apt's list of unmet dependencies, in apt's words, as a clause. */
function unmet(groups: readonly string[]): string {
  const [, holder = '', kind = '', what = '', why = '', alternatives = ''] = groups;
  const state = why.startsWith('it is ') ? ` ${why.slice(3)}` : `, but ${why}`;
  const or = alternatives === '' ? '' : ', nor are its alternatives';
  const relation = kind === 'Depends' ? '' : `${kind.toLowerCase()} with `;
  // The package itself shows up under names that the tools invent.
  if (holder === '' || /^(builddeps:|sbuild-build-depends-)/.test(holder)) return `${relation}${what}${state}${or}`;
  return `${holder} ${relation || 'needs '}${what}${state.startsWith(' ') ? `, which${state}` : state}${or}`;
}
