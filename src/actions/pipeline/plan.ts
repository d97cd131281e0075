/** What a run of the pipeline does: which packages, for which targets, into which repositories. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { checkReleaseArchitecture } from '../../config/architectures.ts';
import {
  defaultPackaging,
  findPackage,
  findTarget,
  loadPackaging,
  type Package,
  type Packaging,
  repositoriesOf,
} from '../../config/packaging.ts';
import { isTargetFile, readTargetFile, resolveTargetReference, type Target } from '../../config/target.ts';
import { UserError } from '../../errors.ts';
import type { InputValues } from '../../inputs.ts';
import type { action } from './inputs.ts';

export interface Job {
  readonly package: Package;
  readonly target: Target;
  /** As `TargetPlan` has it. */
  readonly reference: string;
  /** Folder names of this job below the work folder. */
  readonly sources: string;
  readonly packages: string;
}

export interface TargetPlan {
  readonly target: Target;
  /** What stages are told for it: its name, or the absolute path of its file where no packaging file has it. */
  readonly reference: string;
  readonly repository: {
    /** Where its packages go; absolute. */
    readonly root: string;
    /** Its name in the packaging file, where it has one. */
    readonly name: string | undefined;
    readonly channel: string;
  };
  readonly jobs: readonly Job[];
}

export interface PipelinePlan {
  readonly packaging: Packaging;
  /** The file that stages are given; absent where there is none. */
  readonly file: string | undefined;
  readonly targets: readonly TargetPlan[];
}

type Inputs = InputValues<typeof action.inputs>;

/**
 * @param architecture that of this machine, which builds, by either format's name.
 * @throws UserError where packages, targets or repositories cannot be told, or are not for this machine.
 */
export async function planPipeline(inputs: Inputs, workspace: string, architecture: string): Promise<PipelinePlan> {
  const packaging = await findPackaging(inputs, workspace);
  checkReleaseArchitecture(packaging, architecture);
  const names = inputs.packages.length > 0 ? inputs.packages : packaging.packages.map((entry) => entry.name);
  if (names.length === 0) {
    throw new UserError({
      what: 'no package to build',
      where: packaging.file ?? 'input packages',
      expected: 'packages in the packaging file, or the input packages',
    });
  }
  const packages = names.map((name) => findPackage(packaging, name));
  // Without a file the release has the targets that were asked for, in their order, and no other.
  const asked =
    packaging.file === undefined
      ? packaging.targets
      : await Promise.all(inputs.targets.map((reference) => targetOf(packaging, reference, workspace)));
  const targets = asked.length > 0 ? asked : packaging.targets;
  const plans: TargetPlan[] = [];
  for (const [index, target] of targets.entries()) {
    // A packaging file has what the target is; without one, stages are given what was given here.
    const given = packaging.file === undefined ? inputs.targets[index] : undefined;
    const reference = given !== undefined && isTargetFile(given) ? path.resolve(workspace, given) : target.name;
    const jobs = packages
      .filter((entry) => entry.targets.some((candidate) => candidate.name === target.name))
      .map((entry) => ({
        package: entry,
        target,
        reference,
        sources: path.join(inputs.work, 'sources', target.name, entry.name),
        packages: path.join(inputs.work, 'packages', target.name, entry.name),
      }));
    if (jobs.length > 0)
      plans.push({ target, reference, repository: repositoryOf(inputs, packaging, target, targets.length), jobs });
  }
  if (plans.length === 0) {
    throw new UserError({
      what: 'no package is built for any of the targets',
      where: packaging.file ?? 'input targets',
      found: targets.map(({ name }) => name).join(', '),
    });
  }
  return { packaging, file: packaging.file === undefined ? undefined : path.resolve(packaging.file), targets: plans };
}

/**
 * The target of the release that a name, an alias or a file means.
 *
 * @throws UserError where it has none, or another one by the name that is in the file.
 */
async function targetOf(packaging: Packaging, reference: string, workspace: string): Promise<Target> {
  if (!isTargetFile(reference)) return findTarget(packaging, reference);
  const file = path.resolve(workspace, reference);
  const { name } = (await readTargetFile(file)).value;
  const found = findTarget(packaging, name);
  if (isDeepStrictEqual(await resolveTargetReference(file), found)) return found;
  throw new UserError({
    what: `the target ${name} of the release is not that of the file`,
    where: file,
    expected: `the one that ${packaging.file} has`,
    remedy: `name the target ${name}, or name the file in the packaging file`,
  });
}

async function findPackaging(inputs: Inputs, workspace: string): Promise<Packaging> {
  if (inputs.packaging !== undefined) return loadPackaging(inputs.packaging);
  const usual = path.join(workspace, 'packaging.yml');
  if (await stat(usual).catch(() => undefined)) return loadPackaging(usual);
  if (inputs.targets.length === 0) {
    throw new UserError({
      what: 'neither a packaging file nor targets',
      where: usual,
      expected: 'that file, or the inputs targets and repository',
    });
  }
  const [only, second] = inputs.packages;
  return defaultPackaging({
    folder: workspace,
    targets: inputs.targets,
    ...(only === undefined || second !== undefined ? {} : { wanted: only }),
  });
}

function repositoryOf(inputs: Inputs, packaging: Packaging, target: Target, targets: number): TargetPlan['repository'] {
  const [known] = repositoriesOf(packaging, target);
  const common = { name: known?.name, channel: inputs.channel ?? known?.channels[0] ?? 'latest' };
  if (inputs.repository !== undefined) {
    return { root: targets > 1 ? path.join(inputs.repository, target.name) : inputs.repository, ...common };
  }
  if (known?.path === undefined) {
    throw new UserError({
      what: `no folder for the repository of ${target.name}`,
      where: packaging.file === undefined ? 'input repository' : `${packaging.file} repositories`,
      expected:
        packaging.file === undefined ? 'the folder of a repository' : 'path in its entry, or the input repository',
    });
  }
  return { root: known.path, ...common };
}
