/**
 * What dnf would do, from dnf itself, before it does anything: a plugin of ours that writes the resolved transaction down
 * and ends it. What dnf prints is made for people, and names packages without their digests.
 *
 * It is dnf4's own interface (dnf.Plugin, hook `resolved`). dnf5 and yum do not load it, so there is no plan of them.
 */
import { z } from 'zod';
import { BASEDIR, ROOT_NAME } from './session-script.ts';

/** Folder of the plugin, in the top of a session and in the root that bootstraps. */
export const PLUGIN_FOLDER = '/etc/pkg-actions/dnf';
/** Below /etc. */
export const PLUGIN_FILE = `${PLUGIN_FOLDER.slice('/etc/'.length)}/pkg_actions_plan.py`;
/** Where dnf has its own plugins, on Fedora and on Debian, and ours. A later value of the option replaces the former. */
export const PLUGIN_PATH = [
  '/usr/lib/python3*/site-packages/dnf-plugins',
  '/usr/lib/python3/dist-packages/dnf-plugins',
  PLUGIN_FOLDER,
].join(',');

/** The plan, below the root that packages would be installed into. */
export const PLAN_FILE = 'var/cache/pkg-actions-plan.json';

/** What a configuration for plans fails with where its package manager loads no plugin of ours. */
export const CANNOT_TELL = 'what is to be installed cannot be told beforehand';

export const PLUGIN = `"""Writes down what dnf resolved, and ends before anything is downloaded or installed."""
import json
import os

import dnf
import hawkey


def nevra(package):
    return '%s-%s%s-%s.%s' % (package.name, '%d:' % package.epoch if package.epoch else '', package.version,
                              package.release, package.arch)


def describe(package):
    kind, digest = package.chksum or (0, b'')
    is_remote = package.reponame != hawkey.CMDLINE_REPO_NAME and not package.repo._repo.isLocal()
    return {
        'nevra': nevra(package),
        'name': package.name,
        'architecture': package.arch,
        'evr': '%d:%s-%s' % (package.epoch, package.version, package.release),
        'checksum': '%s:%s' % (hawkey.chksum_name(kind), digest.hex()) if digest else '',
        'size': package.downloadsize,
        'file': package.localPkg() if is_remote else None,
    }


class Plan(dnf.Plugin):
    name = 'pkg_actions_plan'

    def resolved(self):
        transaction = self.base.transaction
        plan = {
            'install': [describe(package) for package in transaction.install_set] if transaction else [],
            'remove': [nevra(package) for package in transaction.remove_set] if transaction else [],
        }
        place = os.path.join(self.base.conf.installroot, '${PLAN_FILE}')
        with open(place + '.new', 'w') as stream:
            json.dump(plan, stream)
        os.rename(place + '.new', place)
        raise dnf.exceptions.Error('pkg-actions: planned')
`;

const planned = z.object({
  /** `name-[epoch:]version-release.arch`, an epoch of 0 left out. */
  nevra: z.string(),
  name: z.string(),
  architecture: z.string(),
  /** Always with its epoch. */
  evr: z.string(),
  /** `sha256:<digits>`, as the repository's index has it; empty where it has none. */
  checksum: z.string(),
  /** Bytes. */
  size: z.int().nonnegative(),
  /** Where dnf looks for it before it downloads it; `null` for one that is not downloaded at all. */
  file: z.string().startsWith(`${BASEDIR}/`).nullable(),
});
const schema = z.object({ install: z.array(planned), remove: z.array(z.string()) });

export type PlannedRpm = z.infer<typeof planned>;
/** What dnf would install and, where it replaces or removes anything, what would be gone. */
export type RpmPlan = z.infer<typeof schema>;

/** The plan as the plugin wrote it; `undefined` where it is none. */
export function parsePlan(text: string): RpmPlan | undefined {
  try {
    const plan = schema.safeParse(JSON.parse(text));
    return plan.success && plan.data.install.every(({ file }) => file === null || isCache(file))
      ? plan.data
      : undefined;
  } catch {
    return undefined;
  }
}

/** Plain places below the caches of package managers: names of files are a repository's own words. */
function isCache(file: string): boolean {
  return (
    file.startsWith(`${BASEDIR}/${ROOT_NAME}/root/var/cache/`) &&
    !file.includes('/../') &&
    /^[\x20-\x7e]+\.rpm$/.test(file)
  );
}

/** The packages of a plan as the key of a layer has them. */
export function planEntries({ install, remove }: RpmPlan): string[] {
  return [
    ...install.map(({ name, architecture, evr, checksum }) => `${name}:${architecture}=${evr} ${checksum}`.trimEnd()),
    ...remove.map((nevra) => `${nevra}-`),
  ].sort();
}

/** Whether `after` is what the plan makes of `before`, both as `installedRpms` gives them. */
export function isAsPlanned(plan: RpmPlan, before: readonly string[], after: readonly string[]): boolean {
  // rpm shows an epoch of 0 where the package names it.
  const plain = (nevra: string) => nevra.replace(/-0:(?=[^:]*$)/, '-');
  const gone = new Set(plan.remove);
  const expected = new Set([
    ...before.map(plain).filter((nevra) => !gone.has(nevra)),
    ...plan.install.map(({ nevra }) => nevra),
  ]);
  return expected.size === after.length && after.every((nevra) => expected.has(plain(nevra)));
}
