/** From inputs and packaging file to what a build is asked to do; inputs win. */
import { readdir, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { DebBuildRequest } from '../../builder/deb-build.ts';
import { type DebSource, readDebSource } from '../../builder/deb-source.ts';
import type { PathPrefix } from '../../builder/log/map-path.ts';
import { debBuildroot, hostArchitecture, readRepositories } from '../../buildroot/configuration.ts';
import { releaseSources } from '../../buildroot/release-sources.ts';
import { parallelBuilds, scratchSize } from '../../buildroot/scratch.ts';
import { prepareState } from '../../buildroot/state.ts';
import { holdBuildroot } from '../../buildroot/update.ts';
import { checkReleaseArchitecture } from '../../config/architectures.ts';
import { findPackage, findTarget, loadPackaging, type Packaging } from '../../config/packaging.ts';
import { resolveTargetReference, type Target } from '../../config/target.ts';
import { parseAptPin } from '../../deb/apt-source.ts';
import { download } from '../../download/download.ts';
import { quote, UserError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import type { InputValues } from '../../inputs.ts';
import type { action } from './inputs.ts';

type Inputs = InputValues<typeof action.inputs>;

const DEFAULTS = {
  timeoutSeconds: 7200,
  logBytes: 256 * 1024 ** 2,
  outputBytes: 8 * 1024 ** 3,
  retries: 2,
  lockSeconds: 3600,
};

/**
 * Reads everything the build needs and holds its buildroot, which is made or brought up to date where that is due.
 * The build releases it.
 *
 * @throws UserError for what is wrong with inputs, packaging file or source package.
 */
export async function buildRequest(inputs: Inputs, host: Host): Promise<DebBuildRequest> {
  const packaging = inputs.packaging === undefined ? undefined : await loadPackaging(inputs.packaging);
  const state = await prepareState(inputs.state);
  const source = await readDebSource(inputs.source);
  const target = packaging ? findTarget(packaging, inputs.target) : await resolveTargetReference(inputs.target);
  const architecture = inputs.architecture ?? (await hostArchitecture());
  checkReleaseArchitecture(packaging, architecture);
  const settings = settingsOf(packaging, source);
  const { build } = settings ?? {};
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
  const packageFiles = await debFiles(inputs['package-files'], host.workspace);
  const parallel = await parallelBuilds(build?.maxParallel ?? 1, inputs['max-parallel']);
  const request: Omit<DebBuildRequest, 'generation' | 'lock'> = {
    source,
    target,
    architecture,
    state,
    scratch: await scratchSize({ requested: inputs['tmpfs-size'] ?? build?.tmpfsSize ?? 'auto', parallel }),
    repositories: [...released.repositories, ...repositories],
    pins: [...released.pins, ...inputs.pins.map((text) => parseAptPin(text, 'input pins'))],
    packageFiles,
    extraPackages: names(given(inputs['extra-packages']) ?? build?.extraPackages ?? []),
    parts,
    profiles: words(given(inputs.profiles) ?? build?.profiles ?? [], 'profiles', /^[a-z0-9][a-z0-9.+-]*$/),
    options: words(
      given(inputs['build-options']) ?? build?.options ?? [],
      'build-options',
      /^(?!parallel)[A-Za-z0-9][A-Za-z0-9=,.+_-]*$/,
    ),
    jobs: inputs.jobs ?? auto(build?.parallel) ?? processorShare(inputs['max-parallel'] ?? auto(build?.maxParallel)),
    timeoutSeconds: inputs.timeout ?? build?.timeout ?? DEFAULTS.timeoutSeconds,
    network: inputs.network || (build?.network ?? false),
    limits: {
      logBytes: packaging?.limits.logSize ?? DEFAULTS.logBytes,
      outputBytes: packaging?.limits.outputSize ?? DEFAULTS.outputBytes,
      retries: inputs.retries ?? packaging?.limits.retries ?? DEFAULTS.retries,
    },
    workspace: host.workspace,
    prefixes: pathPrefixes(inputs['path-mapping'], source),
    output: inputs.output,
    runId: host.runId,
    logger: host,
    signal: host.signal,
  };
  // Last, since from here on there is a lock to be released.
  return { ...request, ...(await hold(inputs, target, architecture, state, host, packaging)) };
}

/** The entry of the package in the packaging file; a source package that is none of the release has the defaults. */
function settingsOf(packaging: Packaging | undefined, source: DebSource) {
  if (packaging === undefined) return undefined;
  const listed = packaging.packages.some(({ name }) => name === source.name);
  return listed || packaging.packages.length === 0 ? findPackage(packaging, source.name) : { build: packaging.build };
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

async function hold(
  inputs: Inputs,
  target: Target,
  architecture: string,
  state: string,
  host: Host,
  packaging: Packaging | undefined,
) {
  const configuration = await debBuildroot({ target, architecture, mirror: inputs.mirror });
  const { generation, lock } = await holdBuildroot({
    state,
    configuration,
    name: inputs.buildroot,
    runId: host.runId,
    logger: host,
    signal: host.signal,
    lockSeconds: packaging?.limits.lockTimeout ?? DEFAULTS.lockSeconds,
    maxAgeSeconds: inputs['buildroot-max-age'],
  });
  return { generation, lock };
}

/** The .deb files of `package-files`: files, or those in folders. */
async function debFiles(places: readonly string[], workspace: string): Promise<string[]> {
  const files: string[] = [];
  for (const place of places) {
    const file = path.resolve(workspace, place);
    const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
      throw new UserError({
        what: 'a package file cannot be read',
        where: 'input package-files',
        found: quote(place),
        expected: error.code ?? 'a file',
      });
    });
    if (found.isDirectory())
      files.push(...(await readdir(file)).filter((name) => name.endsWith('.deb')).map((name) => path.join(file, name)));
    else if (file.endsWith('.deb')) files.push(file);
    else throw new UserError({ what: 'not a .deb file', where: 'input package-files', found: quote(place) });
  }
  return files;
}

/** Where parts of the source package lie in the checkout, from `PREFIX=FOLDER` lines; best guess without. */
function pathPrefixes(mapping: readonly string[], source: DebSource): PathPrefix[] {
  const prefixes: PathPrefix[] = mapping.map((line) => {
    const [prefix, to, ...more] = line.split('=');
    if (prefix === undefined || to === undefined || more.length > 0) {
      throw new UserError({
        what: 'not a mapping of paths',
        where: 'input path-mapping',
        found: quote(line),
        expected: 'PREFIX=FOLDER',
      });
    }
    return { prefix: trim(prefix), to: trim(to) };
  });
  if (prefixes.length > 0) return prefixes;
  const projects = new Set(source.origins.map(({ project }) => project));
  // The packaging of its own project lies in another checkout than the code.
  return [{ prefix: '', to: '' }, ...(projects.size > 1 ? [{ prefix: 'debian', to: undefined }] : [])];
}

const trim = (text: string) => text.trim().replace(/^\.\/|\/+$/g, '');
/** Processors for one build among so many; all of them where nobody said that there are others. */
const processorShare = (builds = 1) => Math.max(1, Math.floor(os.availableParallelism() / builds));
const auto = (value: number | 'auto' | undefined) => (value === 'auto' ? undefined : value);
const given = (list: readonly string[]) => (list.length === 0 ? undefined : list);
const names = (list: readonly string[]) => words(list, 'extra-packages', /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?$/);

function words(list: readonly string[], input: string, form: RegExp): readonly string[] {
  for (const word of list) {
    if (!form.test(word))
      throw new UserError({ what: 'a word that cannot be used', where: `input ${input}`, found: quote(word) });
  }
  return list;
}
