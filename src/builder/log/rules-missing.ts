/** Rules for what a build looks for and does not find: the network, and modules of a language. */
import type { Phase } from './phase.ts';
import { buildRequires, firstGroup, type Rule, text } from './rule.ts';

const ofPackage = { verdict: 'package', retryable: false } as const;

/** What tools say when a name does not resolve or nothing can be reached. Sphinx goes on without its inventories. */
const NO_NETWORK =
  /^(?!.*intersphinx).*?(?:Could not resolve (?:host(?:name)?|proxy)(?: \(Could not resolve host)?(?::? ['"]?([\w.-]+))?|Temporary failure in name resolution|Name or service not known|Network is unreachable|No route to host|unable to resolve host address [‘'"]?([\w.-]+)|dial (?:tcp|udp): lookup ([\w.-]+)|getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)|\b(?:ENOTFOUND|EAI_AGAIN)\b|UnknownHostException|Failed to connect to (?!127\.|localhost|::1)([\w.-]+)|network is unreachable|curl: \((?:5|28)\) )/;

/** The build got over it: what follows is about something else. */
const OTHER_ERROR =
  /^[^\s:][^:]*:\d+:(?:\d+:)? (?:fatal )?error: |undefined reference to |No rule to make target |^(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception): (?!.*(?:resol|urlopen|[Cc]onnect|[Nn]etwork|Max retries|getaddrinfo))/;

/** A build that cannot reach the network is at fault for trying; one that may, is not. */
export function networkRules(phases: readonly Phase[], suffix = ''): Rule[] {
  return [
    {
      name: `network-attempted${suffix}`,
      phases,
      pattern: NO_NETWORK,
      unlessFollowedBy: OTHER_ERROR,
      when: ({ network }) => !network,
      verdict: 'package',
      retryable: false,
      reason: (found) => {
        const host = found.matches.map((match) => firstGroup({ match })).find((name) => name !== '') ?? '';
        const to = host === '' ? '' : ` (${host})`;
        return `the build tried to reach the network${to}, and builds are offline; package what it fetches, or set the input network to true`;
      },
    },
    {
      name: `network-unreachable${suffix}`,
      phases,
      pattern: NO_NETWORK,
      unlessFollowedBy: OTHER_ERROR,
      when: ({ network }) => network,
      verdict: 'infrastructure',
      retryable: true,
      reason: (found) => `the network could not be reached: "${found.match.line.text.trim()}"`,
    },
  ];
}

/** Modules that a language's own tool does not find. In tests they are looked for after the tests' own words. */
export function missingModules(phases: readonly Phase[], suffix = ''): Rule[] {
  return [
    {
      ...ofPackage,
      name: `python-module-missing${suffix}`,
      phases,
      pattern:
        /^(?:E +| +(?:\| +)?)?(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)|No module named ([\w.]+)$/,
      reason: (found) =>
        `the Python module ${firstGroup(found)} is not there; ${buildRequires(found.context)} may lack its package`,
    },
    {
      ...ofPackage,
      name: `perl-module-missing${suffix}`,
      phases,
      pattern: /^Can't locate (\S+) in @INC/,
      reason: (found) =>
        `the Perl module ${text(found).replace(/\//g, '::').replace(/\.pm$/, '')} is not there; ${buildRequires(found.context)} may lack its package`,
    },
    {
      ...ofPackage,
      name: `pkg-config-missing${suffix}`,
      phases,
      pattern: /^(?:Package '?([^'\s]+)'?,? .*(?:was )?not found|No package '([^']+)' found)/,
      reason: (found) =>
        `pkg-config does not find ${firstGroup(found)}; ${buildRequires(found.context)} may lack its ${found.context.format === 'rpm' ? '-devel' : '-dev'} package`,
    },
    {
      ...ofPackage,
      name: `crate-missing${suffix}`,
      phases,
      pattern: /^error: no matching package(?: named)? `([^`]+)`/,
      reason: (found) =>
        `cargo does not find the crate ${text(found)}; ${buildRequires(found.context)} may lack its package`,
    },
    {
      ...ofPackage,
      name: `go-package-missing${suffix}`,
      phases,
      pattern:
        /^(?:\S+\.go:\d+:\d+: )?(?:cannot find (?:package|module providing package) "?([^"\s:]+)|no required module provides package ([^\s;]+))/,
      reason: (found) =>
        `Go does not find the package ${firstGroup(found)}; ${buildRequires(found.context)} may lack its package`,
    },
  ];
}
