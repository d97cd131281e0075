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
import { CONDITION, parseDefine } from '../../builder/mock.ts';
import type { RpmBuildRequest } from '../../builder/rpm-build.ts';
import { readRpmSource } from '../../builder/rpm-source.ts';
import { rpmBuildroot } from '../../buildroot/mock/configuration.ts';
import { releaseSourcesRpm } from '../../buildroot/mock/release-sources.ts';
import { readRpmRepositories } from '../../buildroot/mock/repositories.ts';
import { explicitParallel, parallelBuilds } from '../../buildroot/scratch.ts';
import { prepareState } from '../../buildroot/state.ts';
import { checkReleaseArchitecture } from '../../config/architectures.ts';
import { findTarget, loadPackaging } from '../../config/packaging.ts';
import { resolveTargetReference } from '../../config/target.ts';
import { download } from '../../download/download.ts';
import { quote, UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues } from '../../inputs.ts';
import { type BuildPlan, cachesOf, engineOf, holdOf, type PlannedRequest, shareOf } from '../build-request.ts';
import type { action } from './inputs.ts';

type Inputs = InputValues<typeof action.inputs>;

const CONDITIONS: WordForm = {
  form: CONDITION,
  expected: 'names of conditions (%bcond) between commas: letters, digits and _',
};
const DNF_PACKAGES: WordForm = {
  form: /^@?[A-Za-z0-9_][A-Za-z0-9+._()/:-]*$/,
  expected: 'what dnf takes between commas: names such as less, provides such as pkgconfig(zlib), groups such as @core',
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
): Promise<BuildPlan<RpmBuildRequest>> {
  const packaging = inputs.packaging === undefined ? undefined : await loadPackaging(inputs.packaging);
  const state = await prepareState(inputs.state, host);
  const source = await readRpmSource(inputs.source);
  const target = packaging ? findTarget(packaging, inputs.target) : await resolveTargetReference(inputs.target);
  const configuration = await rpmBuildroot({ target, architecture: inputs.architecture });
  const { architecture } = configuration;
  checkReleaseArchitecture(packaging, architecture);
  const build = buildSettings(packaging, source.name);
  const own = await readRpmRepositories(inputs.repositories, inputs['repository-keys'], 'input repositories');
  const released = packaging
    ? await releaseSourcesRpm(packaging, target, (key) =>
        download(
          { ...key, name: 'key.asc' },
          { folder: path.join(state, 'downloads'), logger: host, signal: host.signal },
        ),
      )
    : [];
  const repositories = [...released, ...own];
  checkNames(repositories.map(({ name }) => name));
  const packageFiles = await packageFilesOf(inputs['package-files'], host.workspace, '.rpm');
  const parallel = await parallelBuilds(build?.maxParallel ?? 'auto', inputs['max-parallel']);
  const lockSeconds = packaging?.limits.lockTimeout ?? BUILD_DEFAULTS.lockSeconds;
  const request: PlannedRequest<RpmBuildRequest> = {
    source,
    target,
    architecture,
    state,
    caches: cachesOf(inputs),
    repositories,
    packageFiles,
    extraPackages: words(given(inputs['extra-packages']) ?? build?.extraPackages ?? [], 'extra-packages', DNF_PACKAGES),
    includeSource: inputs['include-source'],
    with: words(given(inputs.with) ?? build?.profiles ?? [], 'with', CONDITIONS),
    without: words(inputs.without, 'without', CONDITIONS),
    defines: inputs.defines.map(parseDefine),
    jobs:
      inputs.jobs ??
      auto(build?.parallel) ??
      processorShare(explicitParallel(build?.maxParallel, inputs['max-parallel'])),
    check: inputs.check,
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
    engine: await choose(inputs, 'rpm', state, host),
  };
  return {
    request,
    ...shareOf(request, parallel, inputs['tmpfs-size'] ?? build?.tmpfsSize),
    lockSeconds,
    hold: holdOf({ inputs, configuration, format: 'rpm', request, lockSeconds }, host),
  };
}

/** dnf merges repositories of one name: a later one would silently take the place of an earlier one. */
function checkNames(names: readonly string[]): void {
  const double = names.find((name, index) => names.indexOf(name) < index || name === 'package-files');
  if (double === undefined) return;
  throw new UserError({
    what: 'a name of a repository that is taken',
    where: 'input repositories',
    found: quote(double),
    expected: 'names that differ from each other, from sources of the packaging file, and from package-files',
  });
}
