/** What a request for sources of either format is made of. */
import path from 'node:path';
import { defaultStateFolder } from '../../buildroot/state.ts';
import type { Package } from '../../config/packaging.ts';
import type { Target } from '../../config/target.ts';
import { parseVersion } from '../../deb/version.ts';
import { UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { parseEvr } from '../../rpm/evr.ts';
import { type Maintainer, parseMaintainer } from '../../source/changelog-entry.ts';
import type { ReviewChange, VersionRequest } from '../../source/deb-request.ts';
import { checkSuffix, checkTemplate } from '../../source/scheme.ts';
import { type Inputs, localPath, type Release } from './release.ts';

const DEFAULT_TAG_PATTERN = '*[0-9]*';
const DEFAULT_COMMITS = 10;

/** The parts of a request that both formats have. */
export function commonRequest(
  inputs: Inputs,
  host: Pick<Host, 'workspace'>,
  release: Release | undefined,
  target: Target | undefined,
  format: 'deb' | 'rpm',
) {
  const own = release?.entry;
  const spec = inputs.spec ?? localPath(own?.spec, 'spec');
  const review = readReview(inputs);
  const specRef = inputs['spec-ref'];
  const packageName = inputs.package ?? own?.name;
  return {
    code: inputs.code ?? localPath(own?.code, 'code') ?? host.workspace,
    ...(spec === undefined ? {} : { spec }),
    ref: inputs.ref,
    ...(specRef === undefined ? {} : { specRef }),
    deepen: inputs.deepen,
    targetNames: target === undefined ? [] : [target.name, target.suite, ...target.aliases],
    ...(packageName === undefined ? {} : { packageName }),
    output: inputs.output,
    version: readVersions(inputs, own, target, format),
    ...(review === undefined ? {} : { review }),
    downloads: inputs.downloads ?? path.join(inputs.state ?? defaultStateFolder(), 'downloads'),
    submodules: inputs.submodules,
  };
}

/** Who signs the changelog entry, and what it names. */
export function readEntry(inputs: Inputs, release: Release | undefined) {
  const maintainer = inputs.maintainer ?? release?.maintainer;
  const fallback = maintainerOfEnvironment();
  return {
    ...(maintainer === undefined ? {} : { maintainer: parseMaintainer(maintainer, 'input maintainer') }),
    ...(fallback === undefined ? {} : { fallbackMaintainer: fallback }),
    commits: inputs['changelog-commits'] ?? release?.entry.versions.changelogCommits ?? DEFAULT_COMMITS,
  };
}

/** @throws UserError for inputs that are given and have no meaning for the format. */
export function refuseInputs(given: Readonly<Partial<Record<keyof Inputs, boolean>>>, format: 'deb' | 'rpm'): void {
  const name = Object.entries(given).find(([, isGiven]) => isGiven)?.[0];
  if (name === undefined) return;
  throw new UserError({
    what: `the input has no meaning for ${format} packages`,
    where: `input ${name}`,
    expected:
      format === 'deb' ? 'an rpm target with it, or the input left out' : 'a deb target with it, or the input left out',
  });
}

function readVersions(
  inputs: Inputs,
  own: Package | undefined,
  target: Target | undefined,
  format: 'deb' | 'rpm',
): VersionRequest {
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
    checkTemplate(template, 'input version-template', format);
  }
  // Where no target is chosen, all have the same suffix, or the input says one.
  const [first] = Object.values(versions?.suffixes ?? {});
  const suffix = inputs['version-suffix'] ?? (target === undefined ? first : versions?.suffixes[target.name]) ?? '';
  checkSuffix(suffix, 'input version-suffix');
  const published = inputs['published-version'];
  if (published !== undefined) {
    if (format === 'deb') parseVersion(published, 'input published-version');
    else parseEvr(published, 'input published-version');
  }
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
