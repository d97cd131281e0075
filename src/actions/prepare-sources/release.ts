/** The release that sources are prepared for: its packaging file, the package in it, and the target that is meant. */
import { findPackageName } from '../../config/find-package.ts';
import { findPackage, findTarget, type Location, loadPackaging, type Package } from '../../config/packaging.ts';
import { resolveTargetReference, type Target } from '../../config/target.ts';
import { UserError } from '../../errors.ts';
import type { InputValues } from '../../inputs.ts';
import type { action } from './inputs.ts';

export type Inputs = InputValues<typeof action.inputs>;

export interface Release {
  readonly file: string;
  readonly maintainer: string | undefined;
  readonly entry: Package;
  /** Seconds to wait for another update of a buildroot. */
  readonly lockSeconds: number;
  /** How often is tried again what failed by the infrastructure. */
  readonly retries: number;
  readonly find: (name: string) => Target;
}

export async function readRelease(inputs: Inputs, workspace: string): Promise<Release | undefined> {
  if (inputs.packaging === undefined) return undefined;
  const packaging = await loadPackaging(inputs.packaging);
  const [only, second] = packaging.packages;
  const specFile = inputs['spec-file'];
  const name =
    inputs.package ??
    (only !== undefined && second === undefined
      ? only.name
      : await findPackageName(inputs.spec ?? inputs.code ?? workspace, {
          debianPath: inputs['debian-path'] ?? 'debian',
          ...(specFile === undefined ? {} : { specFile }),
        }));
  return {
    file: inputs.packaging,
    maintainer: packaging.maintainer,
    entry: findPackage(packaging, name),
    lockSeconds: packaging.limits.lockTimeout,
    retries: packaging.limits.retries,
    find: (target) => findTarget(packaging, target),
  };
}

/**
 * The target that was asked for, or the only one that the package has.
 *
 * @returns `undefined` where one Debian source package is for all targets.
 * @throws UserError where one has to be said.
 */
export async function chooseTarget(inputs: Inputs, release: Release | undefined): Promise<Target | undefined> {
  if (inputs.target !== undefined) return release?.find(inputs.target) ?? (await resolveTargetReference(inputs.target));
  const targets = release?.entry.targets ?? [];
  const [only, second] = targets;
  if (release === undefined || only === undefined || second === undefined) return only;
  const expected = targets.map((target) => target.name).join(', ');
  const isRpm = targets.filter((target) => target.format === 'rpm');
  if (isRpm.length > 0) {
    throw new UserError({
      what:
        isRpm.length === targets.length
          ? 'sources of rpm packages are prepared in the buildroot of a target, and no target is said'
          : 'the package has targets of both formats, and no target is said',
      where: 'input target',
      expected,
    });
  }
  const suffixes = new Set(targets.map((target) => release.entry.versions.suffixes[target.name] ?? ''));
  if (suffixes.size === 1 || inputs['version-suffix'] !== undefined) return undefined;
  throw new UserError({
    what: 'the version has another suffix for each target of the package, and no target is said',
    where: 'input target',
    expected,
    remedy: `or set versions.suffix to "" in ${release.file}, where one source is for all`,
  });
}

/** The folder of a project. */
export function localPath(location: Location | undefined, role: 'code' | 'spec'): string | undefined {
  if (location === undefined) return undefined;
  if ('path' in location) return location.path;
  throw new UserError({
    what: `the packaging file gives a URL for the ${role} project, which is not fetched here`,
    where: `input ${role}`,
    expected: 'the folder of its checkout',
    remedy: 'check it out in a step before (actions/checkout, git clone)',
  });
}
