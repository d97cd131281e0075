/**
 * Rules for what the package managers that mock drives print: dnf 4 and 5 with librepo and libsolv, yum 3, microdnf, and
 * rpm under them. Order: what passes by itself, then what a person has to set right, then what the package asks for.
 *
 * The same line means another thing by who asked: a package of the buildroot that no repository has is the
 * configuration's fault (`chroot_setup_cmd`), a build dependency is the package's.
 */

import { ARCHIVE_PHASES, type Phase } from './phase.ts';
import { type Found, firstGroup, firstOf, listOf, type Rule, text } from './rule.ts';
import { spaceOf } from './rules-archive.ts';

const infrastructure = { phases: ARCHIVE_PHASES, verdict: 'infrastructure' } as const;
const configuration = { phases: ARCHIVE_PHASES, verdict: 'configuration', retryable: false } as const;
const BUILDROOT: readonly Phase[] = ['setup', 'update', 'fetch'];
const ofPackage = { phases: ['dependencies'], verdict: 'package', retryable: false } as const;

const line = ({ match }: Found) => match.line.text.trim().replace(/^(?:\[MIRROR\] |>>> |- )/, '');
/** What lines name, without the line that names all of them once more. */
const named = ({ matches, count }: Found) => {
  const items = matches.map(({ groups }) => firstOf(groups));
  const single = items.filter((item) => !item.split(' ').every((part) => part !== item && items.includes(part)));
  return listOf(single, count - (items.length - single.length));
};

/** Errors of libcurl: what is likely over at the next try, and what is not (libcurl-errors(3)). */
const CURL_CERTIFICATE = '(?:51|53|54|58|59|60|64|66|77|80|82|83|90|91)';
const CURL_REQUEST = '(?:1|3|4|9|37|39|67|78)';

const IN_NO_REPOSITORY =
  /^No matching package to install: '(.+)'$|^(?:Error: )?No match for argument: (.+)|^(?:Error: )?No [Pp]ackages? [Ff]ound for (.+)|^No package (.+) available\.$|^(?:Error: )?(?:Unable to find a match|Missing Dependency): (.+)|^Failed to find package '(.+)'|^ *(?:- )?(?:Problem(?: \d+)?: )?nothing provides requested (.+)|^No such package: (.+)/;

const UNRESOLVED =
  /^ *(?:-|Problem(?: \d+)?:) (nothing provides .+ needed by .+|(?:installed )?package \S+ (?:from \S+ )?(?:requires .+, but none of the providers can be installed|conflicts with .+|obsoletes .+|is filtered out by .+|does not have a compatible architecture|has inferior architecture|is excluded)|cannot install both .+|problem with installed package .+)$|^Error: Package: (\S+ \(.+\))$|^Error: (\S+ conflicts with \S+)$|^ {11}(Requires: .+)$/;

export const DNF_RULES: readonly Rule[] = [
  {
    ...infrastructure,
    name: 'dnf-no-space',
    pattern:
      /No space left on device|Disk quota exceeded|\bneeds \d+\s?[KMG]?i?B (?:more space )?on the \S+ filesystem|At least \d+\s?[KMG]?i?B more space needed on the \S+ filesystem|Curl error \(23\)/,
    retryable: true,
    reason: ({ context }) => `${spaceOf(context)} before the package was built`,
  },
  {
    ...infrastructure,
    name: 'dnf-memory',
    pattern: /(\bMemoryError\b|std::bad_alloc|Cannot allocate memory|: memory alloc \(\d+ bytes\) returned NULL)/,
    retryable: true,
    reason: (found) => `memory ran out while packages were installed: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'dnf-locked',
    pattern:
      /^(?:Error: )?(Another app is currently holding the yum lock.*|Existing lock \S+: another copy is running.*|Failed to obtain .*lock.*|can't create transaction lock on \S+.*|error: can't create transaction lock on \S+.*|Waiting for process with pid \d+ to finish.*)/,
    retryable: true,
    reason: (found) => `another process held a lock: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'dnf-checksum-mismatch',
    pattern:
      /(Downloading successful, but checksum doesn't match.*|repomd\.xml does not match metalink.*|Package does not match intended download.*|Inconsistent server data.*|[Pp]ackage "?\S{1,200}"? from (?:local )?repository "?\S{1,100}"? has incorrect checksum|Metadata file does not match checksum|(?:Some|The) packages? (?:\S+ )?(?:has|have) invalid checksum.*|[Cc]hecksum (?:error|mismatch|doesn't match)\b.*|does not verify: .{0,100}(?:digest|DIGEST)\b.*|unpacking of archive failed.{0,300}(?:Digest mismatch|Bad magic|premature end|read failed|Archive file not in header).*)/,
    retryable: true,
    reason: (found) => `what was downloaded is not what the repository's index lists: "${line(found)}"`,
  },
  {
    ...infrastructure,
    name: 'dnf-bad-metadata',
    pattern:
      /(repomd\.xml (?:parser error|GPG signature verification error: (?:Error during parsing|.{0,60}No data).*).*|Parse error at line.*|primary metadata.{0,60}(?:corrupt|parse).*|[Ff]ailed to parse .{0,200}repodata.*|Error importing repomd\.xml.*|Damaged repomd\.xml.*|Cannot prepare internal mirrorlist: (?:No URLs? in mirrorlist|Error.{0,60}pars).*|file is not a database)/,
    retryable: true,
    reason: (found) =>
      `the repository's index cannot be read, as with a proxy, a login page or a mirror between two states: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'dnf-mirror-error',
    pattern:
      /(?:Status code: |HTTP Error |The requested URL returned error: |HTTP response code said error: |HTTP\/[\d.]+ )(?:(5\d\d|408|429)\b)(?: for | - )?(\S+:\/\/[^\s)]+)?/,
    retryable: true,
    reason: (found) => `a repository answered ${text(found)}${text(found, 2) === '' ? '' : ` for ${text(found, 2)}`}`,
  },
  {
    ...infrastructure,
    name: 'dnf-package-gone',
    pattern:
      /(?:^|\s)(\S{1,200}\.rpm): .{0,200}?(?:Status code: |HTTP Error )404|Status code: 404 for (\S{1,400}\.rpm|\S{1,400}\/repodata\/[0-9a-f]{8,128}-[\w.-]{1,80})(?=\s|$)|HTTP Error 404.{0,60} (\S{1,200}\.rpm)\b/,
    retryable: true,
    reason: (found) => `a repository no longer has ${fileOf(firstGroup(found))}, which its index lists`,
  },

  {
    ...configuration,
    name: 'dnf-no-public-key',
    pattern:
      /(Public key for \S{1,300} is not installed|you do not have any GPG public keys installed|Problem repository: \S+|Import of key\(s\) didn't help.*|(?:PGP|GPG) check for package "[^"]{1,200}".{0,300} has failed: (?:Public key is not|Import of).*|The GPG keys listed for the ".{1,200}" repository are already installed but they are not correct.*|Didn't install any keys|repomd\.xml GPG signature verification error: Signing key not found|repomd\.xml signature could not be verified.*|GPG key retrieval failed: .*|Failed to (?:retrieve|download|import) (?:GPG|PGP|public) key.*|Invalid GPG Key from .*|Couldn't open file \/\S{0,200}(?:RPM-GPG|pki)\S*|does not verify: .{0,200}NOKEY.*|(?:key|signature) \S{1,60}: NOKEY)/,
    reason: (found) => `the public key of a repository is not known: "${text(found)}"; give it with the repository`,
  },
  {
    ...configuration,
    name: 'dnf-key-invalid',
    pattern:
      /((?:[Tt]he )?(?:[Kk]ey|[Cc]ertificate|[Ss]ignature)\b.{0,200} (?:is|has|was) (?:expired|revoked|not alive|not valid|rejected).*|\b(?:policy violation|EXPKEYSIG|KEYEXPIRED|REVKEYSIG|EXPSIG)\b.*)/,
    reason: (found) => `a repository is signed by a key that is not or no longer valid: "${line(found)}"`,
  },
  {
    ...configuration,
    name: 'dnf-not-signed',
    pattern:
      /(Package \S{1,300} is not signed|does not verify: no signature|(?:PGP|GPG) check for package "[^"]{1,200}".{0,300} has failed: (?:The )?[Pp]ackage is not signed.*|GPG verification is enabled, but GPG signature is not available.*|repomd\.xml\.asc\b.{0,200}404|404 for \S{1,400}repomd\.xml\.asc\b)/,
    reason: (found) => `a repository or package is not signed: "${line(found)}"`,
  },
  {
    ...configuration,
    name: 'dnf-signature-check',
    pattern:
      /^(?:Error: )?(GPG check FAILED|(?:PGP|GPG) check for package "[^"]+".* has failed.*|Transaction failed: Signature verification failed.*|.*(?:BAD SIGNATURE|Signature: BAD|\bHeader V\d .{0,200}: BAD\b|signatures? NOT OK).*)|(repomd\.xml GPG signature verification error.*)/i,
    reason: (found) => `the signature of a package or repository is not good: "${firstGroup(found)}"`,
  },
  {
    ...configuration,
    name: 'dnf-releasever',
    // Only a warning where no address has $releasever.
    pattern: /^(Unable to detect release version.*)/,
    besides: /(?:Status code: |HTTP Error )404|Cannot find a valid baseurl/,
    reason: (found) => `the package manager is not set up rightly: "${text(found)}"`,
  },
  {
    ...configuration,
    name: 'dnf-access-denied',
    pattern:
      /(?:Status code: |HTTP Error |The requested URL returned error: |CONNECT tunnel failed, response |Received HTTP code )((?:401|403|407|410|451)\b)(?: for | - )?(\S+:\/\/[^\s)]+)?/,
    reason: (found) =>
      `a repository refuses access: ${text(found)}${text(found, 2) === '' ? '' : ` for ${text(found, 2)}`}`,
  },
  {
    ...configuration,
    name: 'dnf-no-repository',
    pattern: new RegExp(
      `(?:Status code: |HTTP Error |The requested URL returned error: )(404\\b)(?: for | - )?(\\S+://[^\\s)]+)?|Curl error \\(${CURL_REQUEST}\\): (.*)|curl#${CURL_REQUEST} - "(.*)"|\\[Errno 14\\] (Could not open/read file:.*)`,
    ),
    // dnf went on without it (skip_if_unavailable).
    unlessFollowedBy: /^Ignoring repositories: /,
    reason: (found) =>
      text(found) === ''
        ? `there is no repository there: "${firstGroup(found)}"`
        : `there is no repository there: ${text(found, 2) || text(found)} does not exist`,
  },
  {
    ...configuration,
    name: 'dnf-tls',
    pattern: new RegExp(`(?:Curl error \\(${CURL_CERTIFICATE}\\): |curl#${CURL_CERTIFICATE} - ")(.*)`),
    reason: (found) => `there is no secure connection to a repository: "${text(found)}"`,
  },
  {
    ...configuration,
    name: 'dnf-configuration',
    pattern:
      /^(?:Error: )?(There are no enabled repositor.*|No enabled repositories|(?:Config error|Invalid configuration value|Parsing file ".*" failed|Error: Parsing file).*|Unknown repo: .*|Error getting repository data for .*|(?:Unknown|Unrecognized) (?:option|argument).*|No such command: .*|[Uu]nknown (?:command|argument) .*|Command line error: .*|.*ParsingError: .*|Repository '.*' is missing (?:name|baseurl).*|No module found.*|(?:Unable to resolve argument|missing groups or modules): .*|Problems in request:|Failed to set locale.*releasever.*)/,
    reason: (found) => `the package manager is not set up rightly: "${text(found)}"`,
  },

  // A mirror that failed comes before dependencies that are missing: they may be missing because of it.
  {
    ...infrastructure,
    name: 'dnf-no-connection',
    pattern: /(?:Curl error \(\d+\): |curl#\d+ - "|\[Errno (?:12|14)\] )(.+?)"?$/,
    retryable: true,
    reason: (found) => `a repository could not be reached: "${text(found)}"`,
  },
  {
    ...configuration,
    name: 'dnf-no-baseurl',
    // yum says so, too, where the list of mirrors cannot be reached.
    pattern: /^(?:Error: )?(?:Failed to download metadata for repo '[^']*': )?(Cannot find a valid baseurl.*)/,
    reason: (found) => `the package manager is not set up rightly: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'dnf-download-failed',
    pattern:
      /^(?:Error: |Error\(s\) ?|failure: | {0,8})((?:Failed to (?:download|synchronize)|Cannot (?:download|retrieve)|Could not retrieve|Error downloading packages|Yum repo downloading error|Librepo error|No more mirrors|All mirrors were tried|\S+ from \S+: \[Errno 256\]|.*No more mirrors to try).*)/,
    retryable: true,
    reason: (found) => `a repository could not be read: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'dnf-cache-only',
    pattern: /^(?:Error: )?(Cache-only enabled but no cache for .*|.*cache ?only.*no (?:cache|metadata).*)/i,
    retryable: false,
    reason: (found) => `packages were to be installed offline, but nothing was downloaded before: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'rpm-database',
    pattern:
      /((?:BDB\d+ .*|rpmdb open failed|cannot open Packages (?:index|database).*|(?:Rpmdb|rpmdb) changed underneath us.*|DB_RUNRECOVERY.*|database disk image is malformed.*))/,
    retryable: true,
    reason: (found) => `the buildroot's rpm database is damaged: "${text(found)}"`,
  },

  {
    ...configuration,
    name: 'no-buildroot-package',
    phases: BUILDROOT,
    pattern: IN_NO_REPOSITORY,
    phase: 'setup',
    reason: (found) => `packages of the buildroot are in no repository: ${named(found)}`,
  },
  {
    ...infrastructure,
    name: 'unmet-buildroot-dependencies',
    phases: BUILDROOT,
    pattern: UNRESOLVED,
    retryable: false,
    reason: (found) => `packages of the buildroot cannot be installed together: ${named(found)}`,
  },
  {
    ...ofPackage,
    name: 'no-build-dependency',
    pattern: IN_NO_REPOSITORY,
    reason: (found) => `build dependencies are in no repository: ${named(found)}`,
  },
  {
    ...ofPackage,
    name: 'unmet-build-requires',
    pattern: UNRESOLVED,
    reason: (found) => `build dependencies cannot be installed: ${named(found)}`,
  },

  // The repositories' packages do not fit together. Nothing in this package mends that, and a new try meets the same.
  {
    ...infrastructure,
    name: 'rpm-file-conflict',
    pattern:
      /^ *(?:- )?file (\S+) (?:from install of (\S+) )?conflicts (?:with file from package (\S+)|between attempted installs of (.+))/,
    retryable: false,
    reason: ({ match: { groups } }) =>
      `packages to be installed hold the same file: ${groups[1]}, of ${groups[4] || [groups[2], groups[3]].filter(Boolean).join(' and ')}`,
  },
  {
    ...infrastructure,
    name: 'rpm-scriptlet',
    pattern:
      /^(?:Error|error|warning)(?:: | in )(?:%?(prein|pretrans|post|posttrans|PREIN|PRETRANS|POSTIN|POSTTRANS|pre)\((\S+)\) scriptlet failed, .*|(\S+) scriptlet in rpm package (\S+))|^>>> (?:\[RPM\] %?(\w+)\((\S+)\) scriptlet failed|Error in %?(\w+) scriptlet: (\S+))/,
    retryable: false,
    reason: ({ match: { groups } }) =>
      `a package cannot be installed: the ${(groups[1] || groups[3] || groups[5] || (groups[7] ?? '')).toLowerCase()} script of ${groups[2] || groups[4] || groups[6] || (groups[8] ?? '')} failed`,
  },
  {
    ...configuration,
    name: 'rpm-not-permitted',
    pattern: /(unpacking of archive failed.{0,300} cpio: \w{1,30} failed - Operation not (?:permitted|supported))/,
    reason: (found) => `this machine does not let packages be installed: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'rpm-transaction',
    pattern:
      /^(?:Error: |error: )?((?:Transaction (?:test )?(?:error|failed|check error)|Could not run transaction|Error unpacking rpm package|unpacking of archive failed|Rpm transaction failed).*)/,
    retryable: false,
    reason: (found) => `packages could not be installed: "${text(found)}"`,
  },
];

/** What else the solver says, and whatever else a package manager complains of. Whose fault that is, the phase says better than the rule. */
export const DNF_OTHER_RULES: readonly Rule[] = [
  {
    ...configuration,
    name: 'no-buildroot-group',
    phases: BUILDROOT,
    pattern:
      /^(?:Error: |Warning: )?(?:Module or Group|Module|Group) '?([^']+?)'? (?:is not available|does not exist)\.?$/,
    phase: 'setup',
    reason: (found) => `groups of the buildroot are in no repository: ${named(found)}`,
  },
  {
    ...infrastructure,
    name: 'dnf-problem-in-buildroot',
    phases: BUILDROOT,
    pattern: /^ *Problem(?: \d+)?: (.+)/,
    retryable: false,
    reason: (found) => `packages of the buildroot cannot be installed together: "${text(found)}"`,
  },
  {
    ...ofPackage,
    name: 'dnf-problem',
    pattern: /^ *Problem(?: \d+)?: (.+)/,
    reason: (found) => `build dependencies cannot be installed: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'dnf-error',
    pattern:
      /^(?:Error|ERROR|error|Failed to resolve the transaction): ?(?!Some packages could not be found|Exception\(|Command failed)(\S.*)/,
    retryable: false,
    last: true,
    reason: (found) => `the package manager failed: "${text(found)}"`,
  },
  {
    ...infrastructure,
    name: 'dnf-exception',
    pattern: /^((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)): (.*)/,
    retryable: false,
    last: true,
    reason: (found) => `the package manager failed: "${text(found, 0)}"`,
  },
];

/** A line that tells of a try, of which another may have come out well. */
export const TRY =
  /^\[MIRROR\] |^>>> (?!\[RPM\]|Error in )|^(?!GPG key ).*\[Errno (?:-1|4|12|14|256)\]|^Trying other mirror/;
/** A line that says that the last try failed, too. */
export const GIVEN_UP =
  /^\[FAILED\] |All mirrors were (?:already )?tried|No more mirrors|Error downloading|Failed to (?:download|synchronize)|Cannot (?:retrieve|download)|Could not retrieve|Cannot find a valid baseurl/;

const fileOf = (url: string) => url.slice(url.lastIndexOf('/') + 1) || url;
