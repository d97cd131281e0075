/** Steps that install packages, with apt or dnf. */
import { shellQuote, UserError } from '../errors.ts';
import type { Argv } from '../process.ts';
import type { Distribution } from './distribution.ts';
import { type ExtraRepositories, extraRepositories } from './packages.ts';
import type { Look, Step } from './step.ts';
import type { System } from './system.ts';

const APT_INSTALL = [
  ...['apt-get', '-o', 'Acquire::Retries=3', '-o', 'DPkg::Lock::Timeout=600'],
  // What a person installed stays: a package that would drive another one out is for them to decide on.
  ...['--yes', '--no-remove', '--no-install-recommends', 'install'],
] as const;
const APT_UPDATE: Argv = ['apt-get', '-o', 'Acquire::Retries=3', 'update'];
const DNF = ['dnf', '--assumeyes', '--setopt=install_weak_deps=False'] as const;

/** Installs those of `packages` that are not installed. */
export function packagesStep(system: System, { family }: Distribution, packages: readonly string[]): Step {
  return {
    id: 'packages',
    title: 'Packages',
    after: ['repositories'],
    async look() {
      const missing = await (family === 'debian' ? missingDebs : missingRpms)(system, packages);
      if (missing.length === 0) return { state: 'fine', detail: `all ${packages.length} are installed` };
      const commands: Argv[] =
        family === 'debian' ? [APT_UPDATE, [...APT_INSTALL, ...missing]] : [[...DNF, 'install', ...missing]];
      return {
        state: 'needed',
        detail: `${missing.length} of ${packages.length} are missing: ${missing.join(' ')}`,
        actions: commands.map(shellQuote),
        async apply() {
          for (const command of commands) await system.change(command);
          return `installed ${missing.join(' ')}`;
        },
      };
    },
  };
}

async function missingDebs(system: System, packages: readonly string[]): Promise<string[]> {
  // A package that dpkg has never heard of is a line on standard error and an exit code.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own placeholders
  const format = '${Package} ${db:Status-Status}\\n';
  const { stdout } = await system.ask(['dpkg-query', '--show', `--showformat=${format}`, ...packages]);
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

async function missingRpms(system: System, packages: readonly string[]): Promise<string[]> {
  const missing: string[] = [];
  for (const name of packages) {
    // By what a package provides: dnf5 is dnf, and moby-engine docker.
    const { exitCode } = await system.ask(['rpm', '--query', '--whatprovides', name]);
    if (exitCode !== 0) missing.push(name);
  }
  return missing;
}

/** EPEL and what it builds on, where mock comes from on an Enterprise Linux. */
export function repositoriesStep(system: System, distribution: Distribution): Step {
  return {
    id: 'repositories',
    title: 'Repositories (EPEL)',
    async look() {
      const extra = extraRepositories(distribution);
      if (extra === undefined) return { state: 'skip', detail: 'this distribution has mock itself' };
      return await lookAtRepositories(system, distribution, extra);
    },
  };
}

async function lookAtRepositories(
  system: System,
  { id, enterprise }: Distribution,
  { epel, builder }: ExtraRepositories,
): Promise<Look> {
  const hasEpel = (await system.ask(['rpm', '--query', epel])).exitCode === 0;
  const enabled = (await system.ask(['dnf', 'repolist', '--enabled', '--quiet'])).stdout;
  const hasBuilder = enabled.split('\n').some((line) => line.split(/\s+/)[0] === builder);
  if (id === 'rhel') return subscription(hasEpel, /^codeready-builder-/m.test(enabled), enterprise);
  if (hasEpel && hasBuilder) return { state: 'fine', detail: `${epel} is installed, ${builder} enabled` };
  const commands: Argv[] = [
    [...DNF, 'install', ...(hasEpel ? [] : [epel]), 'dnf-plugins-core'],
    ...(hasBuilder ? [] : ([['dnf', 'config-manager', '--set-enabled', builder]] as const)),
  ];
  const missing = [...(hasEpel ? [] : [epel]), ...(hasBuilder ? [] : [builder])];
  return {
    state: 'needed',
    detail: `missing: ${missing.join(', ')}`,
    actions: commands.map(shellQuote),
    async apply() {
      for (const command of commands) await system.change(command);
      return `added ${missing.join(', ')}`;
    },
  };
}

/** Red Hat's own asks for a subscription and has no package of EPEL: for the person to decide on. */
function subscription(hasEpel: boolean, hasBuilder: boolean, enterprise: number | undefined): Look {
  if (hasEpel && hasBuilder) return { state: 'fine', detail: 'EPEL and CodeReady Builder are there' };
  throw new UserError({
    what: 'EPEL and CodeReady Builder are not set up',
    found: [...(hasEpel ? [] : ['no epel-release']), ...(hasBuilder ? [] : ['no CodeReady Builder'])].join(', '),
    expected: 'both, for mock',
    remedy: `subscription-manager repos --enable codeready-builder-for-rhel-${enterprise}-$(arch)-rpms, and epel-release as https://docs.fedoraproject.org/en-US/epel/ says`,
  });
}

/** The daemon of docker answers. podman has none. */
export function daemonStep(system: System): Step {
  return {
    id: 'daemon',
    title: 'docker answers',
    after: ['packages'],
    async look() {
      const ask: Argv = ['docker', 'version', '--format', '{{.Server.Version}}'];
      const { exitCode, stdout } = system.has('docker') ? await system.ask(ask) : { exitCode: -1, stdout: '' };
      if (exitCode === 0) return { state: 'fine', detail: `docker ${stdout.trim()}` };
      const command: Argv = ['systemctl', 'enable', '--now', 'docker'];
      return {
        state: 'needed',
        detail: 'its daemon does not answer',
        actions: [shellQuote(command)],
        async apply() {
          if (!system.hasSystemd) {
            throw new UserError({
              what: 'docker does not answer, and there is no systemd to start it',
              remedy: 'start dockerd in the way of this machine, and run setup-builder again',
            });
          }
          await system.change(command);
          return 'enabled and started';
        },
      };
    },
  };
}
