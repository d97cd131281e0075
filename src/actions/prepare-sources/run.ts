import path from 'node:path';
import { defaultStateFolder } from '../../buildroot/state.ts';
import { findPackageName } from '../../config/find-package.ts';
import { findPackage, findTarget, type Location, loadPackaging, type Package } from '../../config/packaging.ts';
import { resolveTargetReference, type Target } from '../../config/target.ts';
import { parseVersion } from '../../deb/version.ts';
import { UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues, OutputValues } from '../../inputs.ts';
import { type Maintainer, parseMaintainer } from '../../source/changelog-entry.ts';
import type { DebSourceRequest, ReviewChange, VersionRequest } from '../../source/deb-request.ts';
import { type PreparedSource, prepareDebSource } from '../../source/prepare-deb.ts';
import { checkSuffix, checkTemplate } from '../../source/scheme.ts';
import type { action } from './inputs.ts';
import { summarise } from './summary.ts';

export type Inputs = InputValues<typeof action.inputs>;

const DEFAULT_TAG_PATTERN = '*[0-9]*';
const DEFAULT_COMMITS = 10;

/** Prepares a Debian source package from git checkouts. */
export async function run(inputs: Inputs, host: Host): Promise<OutputValues<typeof action.outputs>> {
  const request = await readRequest(inputs, host);
  const prepared = await prepareDebSource(request, host, host.signal);
  host.info(`${prepared.name} ${prepared.version} is in ${prepared.folder}`);
  await host.summary(summarise(prepared));
  return {
    manifest: prepared.manifestFile,
    dsc: prepared.dsc,
    version: prepared.version,
    name: prepared.name,
    folder: prepared.folder,
    artifact: (inputs.upload ? await upload(prepared, request, host) : undefined) ?? '',
  };
}

/** The name says what is in it: jobs of a matrix that prepare for several targets must not use one name. */
async function upload(
  { name, version, folder, manifest, manifestFile }: PreparedSource,
  request: DebSourceRequest,
  host: Host,
): Promise<string | undefined> {
  const { target } = request.version;
  const files = [...manifest.files.map((file) => file.name), path.basename(manifestFile)];
  return await host.upload(`sources-${name}-${version}${target === undefined ? '' : `-${target}`}`, folder, files);
}

/**
 * Puts inputs and packaging.yml together; inputs win.
 *
 * @throws UserError naming the input.
 */
export async function readRequest(inputs: Inputs, host: Pick<Host, 'workspace'>): Promise<DebSourceRequest> {
  const release = await readRelease(inputs, host.workspace);
  const own = release?.entry;
  const target = await chooseTarget(inputs, release);
  const debianPath = inputs['debian-path'] ?? (own?.debianPath === 'debian' ? undefined : own?.debianPath);
  const spec = inputs.spec ?? localPath(own?.spec, 'spec');
  const review = readReview(inputs);
  const maintainer = inputs.maintainer ?? release?.maintainer;
  const fallback = maintainerOfEnvironment();
  const distribution = inputs.distribution ?? target?.suite;
  const specRef = inputs['spec-ref'];
  const packageName = inputs.package ?? own?.name;
  return {
    code: inputs.code ?? localPath(own?.code, 'code') ?? host.workspace,
    ...(spec === undefined ? {} : { spec }),
    ref: inputs.ref,
    ...(specRef === undefined ? {} : { specRef }),
    deepen: inputs.deepen,
    ...(debianPath === undefined ? {} : { debianPath }),
    targetNames: target === undefined ? [] : [target.name, target.suite, ...target.aliases],
    ...(packageName === undefined ? {} : { packageName }),
    output: inputs.output,
    version: readVersions(inputs, own, target),
    ...(review === undefined ? {} : { review }),
    entry: {
      ...(distribution === undefined ? {} : { distribution }),
      ...(maintainer === undefined ? {} : { maintainer: parseMaintainer(maintainer, 'input maintainer') }),
      ...(fallback === undefined ? {} : { fallbackMaintainer: fallback }),
      commits: inputs['changelog-commits'] ?? own?.versions.changelogCommits ?? DEFAULT_COMMITS,
    },
    orig: inputs.orig,
    origBase: host.workspace,
    downloads: inputs.downloads ?? path.join(defaultStateFolder(), 'downloads'),
    compression: inputs.compression,
    submodules: inputs.submodules,
  };
}

interface Release {
  readonly file: string;
  readonly maintainer: string | undefined;
  readonly entry: Package;
  readonly find: (name: string) => Target;
}

async function readRelease(inputs: Inputs, workspace: string): Promise<Release | undefined> {
  if (inputs.packaging === undefined) return undefined;
  const packaging = await loadPackaging(inputs.packaging);
  const [only, second] = packaging.packages;
  const name =
    inputs.package ??
    (only !== undefined && second === undefined
      ? only.name
      : await findPackageName(inputs.spec ?? inputs.code ?? workspace, {
          debianPath: inputs['debian-path'] ?? 'debian',
        }));
  return {
    file: inputs.packaging,
    maintainer: packaging.maintainer,
    entry: findPackage(packaging, name),
    find: (target) => findTarget(packaging, target),
  };
}

/** The target that was asked for, or the only one that the package has. */
async function chooseTarget(inputs: Inputs, release: Release | undefined): Promise<Target | undefined> {
  if (inputs.target !== undefined) {
    const target = release?.find(inputs.target) ?? (await resolveTargetReference(inputs.target));
    if (target.format === 'deb') return target;
    throw new UserError({
      what: 'a target for rpm packages',
      where: 'input target',
      found: target.name,
      expected: 'a target of Debian or Ubuntu',
    });
  }
  const targets = (release?.entry.targets ?? []).filter((target) => target.format === 'deb');
  const [only, second] = targets;
  if (release === undefined || only === undefined || second === undefined) return only;
  const suffixes = new Set(targets.map((target) => release.entry.versions.suffixes[target.name] ?? ''));
  if (suffixes.size === 1 || inputs['version-suffix'] !== undefined) return undefined;
  throw new UserError({
    what: 'the version has another suffix for each target of the package, and no target is said',
    where: 'input target',
    expected: targets.map((target) => target.name).join(', '),
    remedy: `or set versions.suffix to "" in ${release.file}, where one source is for all`,
  });
}

function localPath(location: Location | undefined, role: 'code' | 'spec'): string | undefined {
  if (location === undefined) return undefined;
  if ('path' in location) return location.path;
  throw new UserError({
    what: `the packaging file gives a URL for the ${role} project, which is not fetched here`,
    where: `input ${role}`,
    expected: 'the folder of its checkout',
    remedy: 'check it out in a step before (actions/checkout, git clone)',
  });
}

function readVersions(inputs: Inputs, own: Package | undefined, target: Target | undefined): VersionRequest {
  const versions = own?.versions;
  const scheme = inputs['version-scheme'] ?? versions?.scheme ?? 'changelog';
  const template = inputs['version-template'] ?? versions?.template;
  if (inputs['version-template'] !== undefined && scheme !== 'template') {
    throw new UserError({
      what: 'a template is for the scheme template',
      where: 'input version-template',
      found: `version-scheme ${scheme}`,
      expected: 'version-scheme template',
    });
  }
  if (scheme === 'template') {
    if (template === undefined) {
      throw new UserError({
        what: 'the scheme template needs a template',
        where: 'input version-template',
        expected: 'a template such as {stem}{n}',
      });
    }
    checkTemplate(template, 'input version-template');
  }
  // Where no target is chosen, all have the same suffix, or the input says one.
  const [first] = Object.values(versions?.suffixes ?? {});
  const suffix = inputs['version-suffix'] ?? (target === undefined ? first : versions?.suffixes[target.name]) ?? '';
  checkSuffix(suffix, 'input version-suffix');
  const published = inputs['published-version'];
  if (published !== undefined) parseVersion(published, 'input published-version');
  const parentBranch = inputs['parent-branch'] ?? versions?.parentBranch;
  const tagPattern = inputs['tag-pattern'] ?? versions?.tagPattern ?? DEFAULT_TAG_PATTERN;
  return {
    scheme,
    ...(scheme === 'template' && template !== undefined ? { template } : {}),
    suffix,
    upstreamFrom: inputs['upstream-version-from'],
    tagPattern,
    ...(parentBranch === undefined ? {} : { parentBranch }),
    pastTag: inputs['past-tag'],
    ...(published === undefined ? {} : { published }),
    ...(target === undefined ? {} : { target: target.name }),
  };
}

function readReview(inputs: Inputs): ReviewChange | undefined {
  const id = inputs['change-id'];
  if (inputs.change === 'merge') return undefined;
  if (id === undefined) {
    throw new UserError({
      what: 'a review needs the number of its change',
      where: 'input change-id',
      expected: 'the number of the change, pull request or merge request',
    });
  }
  const baseBranch = inputs['base-branch'];
  return {
    id,
    patchset: inputs.patchset,
    inCode: inputs['change-project'] !== 'spec',
    inSpec: inputs['change-project'] !== 'code',
    ...(baseBranch === undefined ? {} : { baseBranch }),
  };
}

/** debchange(1): DEBFULLNAME and DEBEMAIL, of which the latter may hold both. */
function maintainerOfEnvironment(): Maintainer | undefined {
  const { DEBFULLNAME: name, DEBEMAIL: email } = process.env;
  if (email === undefined || email === '') return undefined;
  const text = email.includes('<') ? email : `${name ?? email.split('@')[0]} <${email}>`;
  try {
    return parseMaintainer(text, 'DEBEMAIL');
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
