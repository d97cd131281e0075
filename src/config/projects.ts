/** Projects and branches of a release: which package a project holds, and which projects a package has. */
import { quote, UserError } from '../errors.ts';
import type { Packaging } from './packaging.ts';
import { fillPattern, matchPattern, type Pattern, type Values } from './pattern.ts';
import type { Target } from './target.ts';

/** One way in which projects are named. It has `both`, or `code` and `spec`. */
export interface Project {
  readonly kind: string;
  readonly both?: Pattern;
  readonly code?: Pattern;
  readonly spec?: Pattern;
  readonly branch: Pattern;
  readonly specBranch: Pattern;
}

export type ProjectRole = 'code' | 'spec' | 'both';

/** A project with its branch, as the code storage names them. */
export interface ProjectRef {
  readonly project: string;
  readonly branch: string;
}

export interface ProjectMatch extends ProjectRef {
  /** `kind` of the pattern that matched: `openstack`, `linux`, `master`, `plain`, or the person's own. */
  readonly kind: string;
  readonly role: ProjectRole;
  readonly package: string;
  readonly customer?: string;
  /** As in the name: `trusty`. */
  readonly distribution?: string;
  /** OpenStack version in the branch. */
  readonly openstack?: string;
  /** What the project is for: the targets of its distribution, or of the package, or all. */
  readonly targets: readonly Target[];
  /** The project that belongs to it, where code and packaging are apart. */
  readonly pair?: ProjectRef & { readonly role: 'code' | 'spec' };
}

/** The projects of one package: one that is both, or a pair. */
export interface ProjectNames {
  readonly kind: string;
  readonly distribution?: string;
  readonly both?: ProjectRef;
  readonly code?: ProjectRef;
  readonly spec?: ProjectRef;
}

/**
 * What the release holds in `project` on `branch` (`refs/heads/` in front is left out).
 *
 * @throws UserError where no pattern fits, where several do (both are named), and where the distribution in the name
 *   is no target of the release.
 */
export function matchProject(packaging: Packaging, ref: ProjectRef): ProjectMatch {
  const branch = ref.branch.replace(/^refs\/heads\//, '');
  const readings = packaging.projects.flatMap((project) => readProject(packaging, project, ref.project, branch));
  const matches = readings.filter((match) => match.targets.length > 0);
  const [match, second] = matches;
  const where = packaging.file;
  const found = `project ${quote(ref.project)}, branch ${quote(branch)}`;
  if (match && second) {
    throw new UserError({
      what: `the project is ambiguous: ${describe(match)}, or ${describe(second)}`,
      ...(where === undefined ? {} : { where }),
      found,
      expected: 'patterns of which one fits',
    });
  }
  if (match) return match;
  const [elsewhere] = readings;
  if (elsewhere) {
    throw new UserError({
      what: `no target of the release is for the distribution ${elsewhere.distribution ?? ''}`,
      ...(where === undefined ? {} : { where }),
      found,
      expected: packaging.targets.map((target) => target.name).join(', '),
    });
  }
  throw new UserError({
    what: 'the project and branch are none of the release',
    ...(where === undefined ? {} : { where }),
    found,
    expected: packaging.projects.map(patternTexts).join('; or '),
  });
}

/**
 * The projects that hold `name`, for every pattern that can be filled in. Patterns with a `{distribution}` give one for
 * each target's suite, unless `values` has the distribution.
 *
 * @param values what patterns need beside the package and the release, such as `openstack` or `branch`.
 */
export function projectNames(packaging: Packaging, name: string, values: Omit<Values, 'package'> = {}): ProjectNames[] {
  const entry = packaging.packages.find((candidate) => candidate.name === name);
  const targets = entry?.targets ?? packaging.targets;
  const found = new Map<string, ProjectNames>();
  for (const project of packaging.projects) {
    if (entry?.kind !== undefined && entry.kind !== project.kind) continue;
    const distributions: (string | undefined)[] =
      usesDistribution(project) && values.distribution === undefined
        ? [...new Set(targets.map((target) => target.suite))]
        : [values.distribution];
    for (const distribution of distributions) {
      const names = fillProject(project, { ...values, package: name, ...(distribution ? { distribution } : {}) });
      if (names) found.set(JSON.stringify(names), names);
    }
  }
  return [...found.values()];
}

/** Where the projects of a package lie, as the code storage names them. */
export interface ProjectPaths {
  readonly kind: string;
  /** The code project, or the one that holds both. */
  readonly code: string;
  readonly spec?: string;
}

/**
 * The names, without branches, of the projects that may hold a package of these targets: for patterns with a
 * `{distribution}` one for each name that a target goes by.
 *
 * @param kind of the entry that the names follow; any when absent.
 */
export function projectPaths(
  projects: readonly Project[],
  name: string,
  targets: readonly Target[],
  kind?: string,
): ProjectPaths[] {
  const known = targets.flatMap((target) => [target.suite, target.name, ...target.aliases]);
  return projects
    .filter((project) => kind === undefined || project.kind === kind)
    .flatMap((project) => {
      const patterns = [project.both, project.code, project.spec];
      const named = patterns.some((pattern) => pattern?.sometimes.has('distribution'));
      const distributions: (string | undefined)[] = named ? [...new Set(known)] : [undefined];
      return distributions.flatMap((distribution): ProjectPaths[] => {
        const values: Values = { package: name, ...(distribution === undefined ? {} : { distribution }) };
        const [both, code, spec] = patterns.map((pattern) => pattern && fillPattern(pattern, values));
        if (both !== undefined) return [{ kind: project.kind, code: both }];
        return code === undefined || spec === undefined ? [] : [{ kind: project.kind, code, spec }];
      });
    });
}

function fillProject(project: Project, values: Values): ProjectNames | undefined {
  const fill = (pattern: Pattern, branchPattern: Pattern): ProjectRef | undefined => {
    const name = fillPattern(pattern, values);
    const branch = fillPattern(branchPattern, values);
    return name === undefined || branch === undefined ? undefined : { project: name, branch };
  };
  const common = {
    kind: project.kind,
    ...(usesDistribution(project) && values.distribution ? { distribution: values.distribution } : {}),
  };
  if (project.both) {
    const both = fill(project.both, project.branch);
    return both && { ...common, both };
  }
  const code = project.code && fill(project.code, project.branch);
  const spec = project.spec && fill(project.spec, project.specBranch);
  return code && spec && { ...common, code, spec };
}

function usesDistribution(project: Project): boolean {
  return [project.both, project.code, project.spec, project.branch].some((pattern) =>
    pattern?.sometimes.has('distribution'),
  );
}

/** Every reading of a project and branch by one entry, in any role. One for a distribution unknown has no targets. */
function readProject(packaging: Packaging, entry: Project, project: string, branch: string): ProjectMatch[] {
  const roles: [ProjectRole, Pattern | undefined, Pattern][] = [
    ['both', entry.both, entry.branch],
    ['code', entry.code, entry.branch],
    ['spec', entry.spec, entry.specBranch],
  ];
  return roles.flatMap(([role, pattern, branchPattern]) =>
    (pattern ? matchPattern(pattern, project) : []).flatMap((values) =>
      matchPattern(branchPattern, branch).flatMap((branchValues) => {
        const joined = join(values, branchValues);
        return joined ? describeMatch(packaging, entry, role, { project, branch }, joined) : [];
      }),
    ),
  );
}

/** Both together, where they agree on what they share. */
function join(a: Values, b: Values): Values | undefined {
  const shared = Object.entries(a).filter(([name]) => name in b);
  return shared.every(([name, value]) => b[name as keyof Values] === value) ? { ...a, ...b } : undefined;
}

function describeMatch(
  packaging: Packaging,
  entry: Project,
  role: ProjectRole,
  ref: ProjectRef,
  values: Values,
): ProjectMatch[] {
  const { package: name, distribution, openstack } = values;
  if (name === undefined) return [];
  const listed = packaging.packages.find((candidate) => candidate.name === name);
  // A package of a kind is not to be found under another.
  if (listed?.kind !== undefined && listed.kind !== entry.kind) return [];
  const targets = (listed?.targets ?? packaging.targets).filter(
    (target) => distribution === undefined || [target.name, target.suite, ...target.aliases].includes(distribution),
  );
  const other = role === 'code' ? 'spec' : 'code';
  const pair = role === 'both' ? undefined : fillProject(entry, values)?.[other];
  if (role !== 'both' && pair === undefined) return [];
  return [
    {
      ...ref,
      kind: entry.kind,
      role,
      package: name,
      ...(packaging.customer === undefined ? {} : { customer: packaging.customer }),
      ...(distribution === undefined ? {} : { distribution }),
      ...(openstack === undefined ? {} : { openstack }),
      targets,
      ...(pair ? { pair: { ...pair, role: other } } : {}),
    },
  ];
}

function describe(match: ProjectMatch): string {
  const role = match.role === 'both' ? 'code and packaging' : match.role;
  const distribution = match.distribution === undefined ? '' : ` for ${match.distribution}`;
  return `${role} of ${match.package}${distribution} (${match.kind})`;
}

function patternTexts(project: Project): string {
  const names = [project.both, project.code, project.spec].flatMap((pattern) => (pattern ? [pattern.text] : []));
  return `${project.kind}: ${names.join(' and ')} on ${project.branch.text}`;
}
