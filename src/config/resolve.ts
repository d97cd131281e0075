/**
 * From packaging.yml as written to the packaging that everything else works with: names looked up, defaults that
 * depend on other fields, and the checks that the form alone cannot make. All problems are collected, then thrown.
 */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { quote } from '../errors.ts';
import { checkSuffix, checkTemplate } from '../source/scheme.ts';
import { architecturesOf, isSameArchitecture } from './architectures.ts';
import { type Context, checkDoubles, collect, kindOf, namedTargets, notAmong } from './context.ts';
import type { Configuration } from './document.ts';
import type { Build, Location, Package, Packaging, Versions } from './packaging.ts';
import type { Problem } from './problem.ts';
import { type Project, type ProjectPaths, projectPaths } from './projects.ts';
import { resolveProjects } from './resolve-projects.ts';
import { resolveRepositories, resolveSources } from './resolve-repositories.ts';
import { gitUrl, isUrl, type PackagingInput } from './schema.ts';
import {
  findTargetInput,
  resolveTarget,
  type Target,
  type TargetInput,
  targetProblems,
  unknownTarget,
} from './target.ts';

/**
 * Resolves a packaging.yml whose form is right.
 *
 * @param files targets that came from files of their own, by their place in `targets`.
 * @throws PackagingError with what is wrong.
 */
export function resolvePackaging(
  { value, error }: Configuration<PackagingInput>,
  at: { readonly file: string | undefined; readonly folder: string },
  files: ReadonlyMap<number, Configuration<TargetInput>>,
): Packaging {
  const problems: Problem[] = [];
  const targets = resolveTargets(value, files, problems);
  // Everything below looks targets up: with wrong ones it would only repeat what is wrong.
  if (problems.length > 0) throw error(problems);
  const context: Context = { folder: at.folder, value, targets, problems };
  checkArchitectures(context);
  const projects = resolveProjects(context);
  const versions = resolveVersions(context);
  const packages = value.packages.map((entry, index) => resolvePackage(context, entry, index, versions, projects));
  checkDoubles(
    context,
    'packages',
    packages.map(({ name }) => name),
  );
  checkPlaces(context, packages);
  const repositories = resolveRepositories(context);
  const sources = resolveSources(context);
  if (problems.length > 0) throw error(problems);
  const { release, customer, maintainer, architectures, build, signing, limits } = value;
  return {
    ...at,
    release,
    ...(customer === undefined ? {} : { customer }),
    ...(maintainer === undefined ? {} : { maintainer }),
    targets,
    ...(architectures === undefined ? {} : { architectures }),
    projects,
    packages,
    versions,
    repositories,
    sources,
    build,
    signing,
    limits,
  };
}

function resolveTargets(
  value: PackagingInput,
  files: ReadonlyMap<number, Configuration<TargetInput>>,
  problems: Problem[],
): Target[] {
  const own = value.targets.flatMap(
    (entry, index) => files.get(index)?.value ?? (typeof entry === 'string' ? [] : entry),
  );
  const targets: Target[] = [];
  const taken = new Map<string, string>();
  for (const [index, entry] of value.targets.entries()) {
    const file = files.get(index);
    const input = file?.value ?? entry;
    const at = ['targets', index];
    const before = targets.length;
    if (typeof input === 'string') {
      const named = findTargetInput(input, own);
      if (!named) problems.push({ path: at, what: 'no such target', ...unknownTarget(input, own) });
      else if (own.includes(named)) problems.push({ path: at, what: 'the same target twice', found: quote(input) });
      else targets.push(resolveTarget(input));
    } else {
      const wrong = targetProblems(input, own);
      if (file && wrong.length > 0) throw file.error(wrong);
      if (wrong.length === 0) targets.push(resolveTarget(input.name, own));
      problems.push(...wrong.map((problem) => ({ ...problem, path: [...at, ...problem.path] })));
    }
    const target = targets[before];
    for (const name of target ? new Set([target.name, ...target.aliases]) : []) {
      const other = taken.get(name);
      if (other === undefined) taken.set(name, target?.name ?? '');
      else if (other !== target?.name) {
        problems.push({
          path: at,
          what: `a name that ${other} has too`,
          found: quote(name),
          expected: 'another name or alias',
        });
      } else if (name === target.name) {
        problems.push({ path: at, what: 'the same target twice', found: quote(name) });
      }
    }
  }
  return targets;
}

function checkArchitectures({ value, targets, problems }: Context): void {
  const known = [...new Set(targets.flatMap((target) => target.architectures))];
  const before = problems.length;
  for (const [index, architecture] of (value.architectures ?? []).entries()) {
    if (known.some((name) => isSameArchitecture(name, architecture))) continue;
    problems.push({ path: ['architectures', index], ...notAmong('architecture of the targets', architecture, known) });
  }
  if (value.architectures === undefined || problems.length > before) return;
  for (const target of targets) {
    if (architecturesOf(target, value.architectures).length > 0) continue;
    problems.push({
      path: ['architectures'],
      what: `the target ${target.name} has none of the architectures`,
      found: value.architectures.join(', '),
      expected: `one or more of ${target.architectures.join(', ')}`,
    });
  }
}

function resolveVersions(context: Context): Versions {
  const { suffix, ...versions } = context.value.versions;
  checkScheme(context, versions, ['versions']);
  return { ...versions, suffixes: suffixes(context, suffix, ['versions']) };
}

/**
 * Suffixes by target. Without any given, deb targets of a release with several get `+TAG`: else a machine that is
 * upgraded from one to the next would keep the package of the former. rpm has `%{?dist}` for that.
 *
 * @param release those of the release, for a package's own.
 */
function suffixes(
  { targets, problems }: Context,
  suffix: PackagingInput['versions']['suffix'],
  at: readonly PropertyKey[],
  release?: Readonly<Record<string, string>>,
): Record<string, string> {
  const several = targets.filter(({ format }) => format === 'deb').length > 1;
  if (typeof suffix === 'object') {
    for (const name of Object.keys(suffix)) {
      if (targets.some((target) => target.name === name)) continue;
      const known = targets.map((target) => target.name);
      problems.push({ path: [...at, 'suffix', name], key: true, ...notAmong('target in the release', name, known) });
    }
  }
  return Object.fromEntries(
    targets.map((target) => {
      const { name, format, versionTag } = target;
      const place = typeof suffix === 'object' ? ['suffix', name] : ['suffix'];
      const fallback = release?.[name] ?? (several && format === 'deb' ? '+{tag}' : '');
      const text = (typeof suffix === 'object' ? suffix[name] : suffix) ?? fallback;
      const filled = text.replaceAll('{tag}', versionTag);
      collect(problems, [...at, ...place], () => checkSuffix(filled, ''));
      return [name, filled];
    }),
  );
}

function checkScheme(
  { problems }: Context,
  versions: Pick<Versions, 'scheme' | 'template' | 'parentBranch'>,
  at: readonly PropertyKey[],
): void {
  const { scheme, template, parentBranch } = versions;
  if (scheme === 'template' && template === undefined) {
    problems.push({
      path: [...at, 'template'],
      what: 'a required field is missing',
      expected: 'a template, for the scheme template',
    });
  }
  if (template !== undefined) {
    collect(problems, [...at, 'template'], () => checkTemplate(template, ''));
  }
  if ((scheme === 'hotfix' || scheme === 'security') && parentBranch === undefined) {
    problems.push({
      path: [...at, 'parent-branch'],
      what: 'a required field is missing',
      expected: `the branch that this one left, for the scheme ${scheme}`,
    });
  }
}

function resolvePackage(
  context: Context,
  entry: PackagingInput['packages'][number],
  index: number,
  release: Versions,
  projects: readonly Project[],
): Package {
  const { value, problems } = context;
  const at = ['packages', index];
  const own = typeof entry === 'string' ? { name: entry, debianPath: 'debian' } : entry;
  const { name, code, spec, kind, debianPath, specFile, smoke } = own;
  const { suffix, ...differing } = own.versions ?? {};
  const versions: Versions = {
    ...release,
    ...differing,
    suffixes: suffixes(context, suffix, [...at, 'versions'], release.suffixes),
  };
  if (own.versions) checkScheme(context, versions, [...at, 'versions']);
  const kinds = value.projects.map(kindOf);
  if (kind !== undefined && !kinds.includes(kind)) {
    problems.push({ path: [...at, 'kind'], ...notAmong('kind in projects', kind, kinds) });
  }
  const build: Build = { ...value.build, ...own.build };
  const targets = namedTargets(context, own.targets, at);
  const places =
    code === undefined && spec === undefined
      ? findCheckout(context, projectPaths(projects, name, targets, kind), own, at)
      : {
          code: code === undefined ? { path: context.folder } : location(context, code, [...at, 'code']),
          ...(spec === undefined ? {} : { spec: location(context, spec, [...at, 'spec']) }),
        };
  return {
    name,
    ...places,
    ...(kind === undefined ? {} : { kind }),
    targets,
    debianPath,
    ...(specFile === undefined ? {} : { specFile }),
    versions,
    build,
    ...(smoke === undefined ? {} : { smoke }),
  };
}

/**
 * The checkout below the folder of the file that is named as its projects are. The folder itself without one, and where
 * it has the packaging.
 */
function findCheckout(
  { folder, problems }: Context,
  candidates: readonly ProjectPaths[],
  { debianPath, specFile }: { readonly debianPath: string; readonly specFile?: string },
  at: readonly PropertyKey[],
): Pick<Package, 'code' | 'spec'> {
  const packaging = [path.join(debianPath, 'changelog'), ...(specFile === undefined ? [] : [specFile])];
  if (packaging.some((file) => existsSync(path.join(folder, file)))) return { code: { path: folder } };
  const found = new Map<string, Pick<Package, 'code' | 'spec'>>();
  for (const { code, spec } of candidates) {
    const places = [code, spec].flatMap((name) => (name === undefined ? [] : path.join(folder, name)));
    // A folder of the same name is common inside a code project: only checkouts, submodules among them, are projects.
    if (!places.every((place) => existsSync(path.join(place, '.git')))) continue;
    const [codePath = folder, specPath] = places;
    const located = { code: { path: codePath }, ...(specPath === undefined ? {} : { spec: { path: specPath } }) };
    found.set(JSON.stringify(places), located);
  }
  const [first, second] = found.values();
  if (second !== undefined) {
    problems.push({
      path: at,
      what: 'several checkouts hold the package',
      found: [...found.keys()].flatMap((places) => JSON.parse(places) as string[]).join(', '),
      expected: 'code, or a kind of which one is checked out',
    });
  }
  return first ?? { code: { path: folder } };
}

function location(
  { folder, problems }: Context,
  given: string | { readonly url: string; readonly ref?: string },
  at: readonly PropertyKey[],
): Location {
  if (typeof given === 'object') return given;
  if (!isUrl(given)) return { path: path.resolve(folder, given) };
  const parsed = gitUrl.safeParse(given);
  if (!parsed.success) {
    const expected = parsed.error.issues[0]?.message ?? 'a git URL';
    // What is wrong with a URL is mostly a password in it: not to be printed.
    problems.push({ path: at, what: 'a URL that cannot be used', expected });
  }
  return { url: given };
}

/** Two packages cannot be made from one place. */
function checkPlaces({ problems }: Context, packages: readonly Package[]): void {
  const owners = new Map<string, string>();
  for (const [index, { name, code, spec, debianPath, specFile }] of packages.entries()) {
    const place = JSON.stringify([spec ?? code, debianPath, specFile]);
    const owner = owners.get(place) ?? name;
    owners.set(place, owner);
    if (owner === name) continue;
    problems.push({
      path: ['packages', index],
      what: `the packaging of ${name} is in the same place as that of ${owner}`,
      expected: 'another code, spec, debian-path or spec-file',
    });
  }
}
