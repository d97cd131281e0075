/** From inputs and packaging file to what a build is asked to do; inputs win. */
import path from 'node:path';
import {
  auto,
  BUILD_DEFAULTS,
  buildSettings,
  given,
  packageFilesOf,
  pathPrefixesOf,
  processorShare,
  type WordForm,
  words,
} from '../../builder/build-settings.ts';
import type { DebBuildRequest } from '../../builder/deb-build.ts';
import { type DebSource, readDebSource } from '../../builder/deb-source.ts';
import { debBuildroot, hostArchitecture, readRepositories } from '../../buildroot/configuration.ts';
import { releaseSources } from '../../buildroot/release-sources.ts';
import { explicitParallel, parallelBuilds } from '../../buildroot/scratch.ts';
import { prepareState } from '../../buildroot/state.ts';
import { checkReleaseArchitecture } from '../../config/architectures.ts';
import { findTarget, loadPackaging } from '../../config/packaging.ts';
import { resolveTargetReference } from '../../config/target.ts';
import { parseAptPin } from '../../deb/apt-source.ts';
import { download } from '../../download/download.ts';
import { UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues } from '../../inputs.ts';
import { type BuildPlan, cachesOf, engineOf, holdOf, type PlannedRequest, shareOf } from '../build-request.ts';
import type { action } from './inputs.ts';

type Inputs = InputValues<typeof action.inputs>;

const PROFILES: WordForm = {
  form: /^[a-z0-9][a-z0-9.+-]*$/,
  expected: 'names of build profiles between commas, such as nocheck',
};
const BUILD_OPTIONS: WordForm = {
  form: /^(?!parallel)[A-Za-z0-9][A-Za-z0-9=,.+_-]*$/,
  expected: 'words for DEB_BUILD_OPTIONS between commas, such as nocheck; parallel is the input jobs',
};
const APT_PACKAGES: WordForm = {
  form: /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?$/,
  expected: 'names of packages between commas, NAME or NAME:ARCHITECTURE',
};

/**
 * Reads everything the build needs, and says how its buildroot is had.
 *
 * @param choose the engine of its sessions, when everything else is known to be right.
 * @throws UserError for what is wrong with inputs, packaging file or source package, and where no engine works here.
 */
export async function planBuild(
  inputs: Inputs,
  host: Host,
  choose: typeof engineOf = engineOf,
): Promise<BuildPlan<DebBuildRequest>> {
  const packaging = inputs.packaging === undefined ? undefined : await loadPackaging(inputs.packaging);
  const state = await prepareState(inputs.state, host);
  const source = await readDebSource(inputs.source);
  const target = packaging ? findTarget(packaging, inputs.target) : await resolveTargetReference(inputs.target);
  const architecture = inputs.architecture ?? (await hostArchitecture());
  checkReleaseArchitecture(packaging, architecture);
  const build = buildSettings(packaging, source.name);
  const parts = { any: inputs['build-arch-any'], all: inputs['build-arch-all'], source: inputs['include-source'] };
  checkParts(parts, source);
  const repositories = await readRepositories(inputs.repositories, inputs['repository-keys'], 'input repositories');
  const released = packaging
    ? await releaseSources(packaging, target, (key) =>
        download(
          { ...key, name: 'key.asc' },
          { folder: path.join(state, 'downloads'), logger: host, signal: host.signal },
        ),
      )
    : { repositories: [], pins: [] };
  const packageFiles = await packageFilesOf(inputs['package-files'], host.workspace, '.deb');
  const parallel = await parallelBuilds(build?.maxParallel ?? 'auto', inputs['max-parallel']);
  const lockSeconds = packaging?.limits.lockTimeout ?? BUILD_DEFAULTS.lockSeconds;
  const configuration = await debBuildroot({ target, architecture, mirror: inputs.mirror });
  const request: PlannedRequest<DebBuildRequest> = {
    source,
    target,
    architecture,
    state,
    caches: cachesOf(inputs),
    repositories: [...released.repositories, ...repositories],
    pins: [...released.pins, ...inputs.pins.map((text) => parseAptPin(text, 'input pins'))],
    packageFiles,
    extraPackages: names(given(inputs['extra-packages']) ?? build?.extraPackages ?? []),
    parts,
    profiles: words(given(inputs.profiles) ?? build?.profiles ?? [], 'profiles', PROFILES),
    options: words(given(inputs['build-options']) ?? build?.options ?? [], 'build-options', BUILD_OPTIONS),
    jobs:
      inputs.jobs ??
      auto(build?.parallel) ??
      processorShare(explicitParallel(build?.maxParallel, inputs['max-parallel'])),
    timeoutSeconds: inputs.timeout ?? build?.timeout ?? BUILD_DEFAULTS.timeoutSeconds,
    network: inputs.network || (build?.network ?? false),
    limits: {
      logBytes: packaging?.limits.logSize ?? BUILD_DEFAULTS.logBytes,
      outputBytes: packaging?.limits.outputSize ?? BUILD_DEFAULTS.outputBytes,
      retries: inputs.retries ?? packaging?.limits.retries ?? BUILD_DEFAULTS.retries,
    },
    workspace: host.workspace,
    mapping: pathPrefixesOf(inputs['path-mapping']),
    output: inputs.output,
    runId: host.runId,
    logger: host,
    signal: host.signal,
    // Last: what is wrong with inputs is said before an image is made.
    engine: await choose(inputs, 'deb', state, host),
  };
  return {
    request,
    ...shareOf(request, parallel, inputs['tmpfs-size'] ?? build?.tmpfsSize),
    lockSeconds,
    hold: holdOf({ inputs, configuration, format: 'deb', request, lockSeconds }, host),
  };
}

function checkParts(parts: { readonly any: boolean; readonly all: boolean }, source: DebSource): void {
  if (!parts.any && !parts.all) {
    throw new UserError({
      what: 'nothing to build',
      where: 'inputs build-arch-any and build-arch-all',
      found: 'false and false',
      expected: 'one of them',
    });
  }
  const makesAll = source.architectures.includes('all');
  const makesAny = source.architectures.some((architecture) => architecture !== 'all');
  if ((parts.any && makesAny) || (parts.all && makesAll)) return;
  throw new UserError({
    what: 'the source package has nothing of what is to be built',
    where: source.dsc,
    found: `Architecture: ${source.architectures.join(' ')}`,
    expected: parts.any ? 'architecture-dependent packages' : 'architecture-independent packages',
  });
}

const names = (list: readonly string[]) => words(list, 'extra-packages', APT_PACKAGES);
