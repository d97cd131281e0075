/** Which repository is meant, and what it shall be: from the inputs, and from the packaging file where there is one. */
import path from 'node:path';
import { findTarget, loadPackaging, type Packaging, type Repository, repositoriesOf } from '../../config/packaging.ts';
import { quote, UserError } from '../../errors.ts';
import type { InputValues } from '../../inputs.ts';
import { readManifest } from '../../manifest.ts';
import type { DebRequest } from '../../repository/deb/plan.ts';
import { checkReviewName } from '../../repository/review/place.ts';
import type { RpmRequest } from '../../repository/rpm/plan.ts';
import type { action } from './inputs.ts';

type Inputs = InputValues<typeof action.inputs>;

const DEFAULT_CHANNEL = 'latest';
const DEFAULT_LEASE_SECONDS = 600;

export type FormatRequest =
  | { readonly format: 'deb'; readonly deb: DebRequest }
  | { readonly format: 'rpm'; readonly rpm: RpmRequest };
type Format = FormatRequest['format'];

/** Inputs that one format knows. */
const INPUTS_OF: Readonly<Record<Format, readonly (keyof Inputs)[]>> = {
  deb: ['suite', 'components', 'component', 'udeb-component', 'origin', 'description', 'valid-for'],
  rpm: ['groups', 'updateinfo', 'modules', 'productid'],
};

export interface RepositoryRequest {
  /** Absolute. */
  readonly root: string;
  readonly channel: string;
  readonly request: FormatRequest;
  readonly fingerprint: string | undefined;
  /** Names of what the packages are for, as far as builds and inputs say: targets, and the suite. */
  readonly targets: readonly string[];
  /** Files with the keys that builds must be signed by; none where they need not. */
  readonly allowedSigners: readonly string[];
  readonly leaseSeconds: number;
  /** Public address of `public/`, without a slash at its end. */
  readonly url: string | undefined;
  /** Name of the review repository to publish to. */
  readonly review: string | undefined;
}

/**
 * @param packages absolute paths of the builds: their target chooses among the repositories of a packaging file.
 * @throws UserError when no folder is given, or the packaging file does not tell which repository is meant.
 */
export async function resolveRepository(inputs: Inputs, packages: readonly string[]): Promise<RepositoryRequest> {
  if (inputs.review !== undefined) checkReview(inputs);
  const builds = await readBuilds(packages);
  checkInputs(inputs, builds.format);
  const packaging = inputs.packaging === undefined ? undefined : await loadPackaging(inputs.packaging);
  if (packaging === undefined && inputs['repository-name'] !== undefined) {
    throw new UserError({
      what: 'a name of a repository without a packaging file that has it',
      where: 'input repository-name',
      remedy: 'give the input packaging too, or the input repository instead',
    });
  }
  const known = packaging === undefined ? undefined : chooseRepository(packaging, inputs['repository-name'], builds);
  const root = inputs.repository ?? known?.path;
  if (root === undefined) {
    throw new UserError({
      what: 'the folder of the repository is not known',
      where: 'input repository',
      expected: known === undefined ? 'a path' : `a path, here or as the field path of the repository ${known.name}`,
    });
  }
  const url = inputs.url ?? known?.url;
  const { review } = inputs;
  return {
    root,
    channel: inputs.channel ?? known?.channels[0] ?? DEFAULT_CHANNEL,
    // The packaging file names the release's key, and a review should have one of its own.
    fingerprint: inputs['signing-key-fingerprint'] ?? (review === undefined ? packaging?.signing.key : undefined),
    allowedSigners: given(inputs['allowed-signers']) ?? known?.allowedSigners ?? [],
    targets: targetNames(builds, [inputs.suite, known?.suite]),
    leaseSeconds: inputs['lease-timeout'] ?? packaging?.limits.lockTimeout ?? DEFAULT_LEASE_SECONDS,
    url: url?.replace(/\/+$/, ''),
    review,
    request: requestOf(builds.format, inputs, known, path.basename(root), url),
  };
}

function targetNames({ targets }: Builds, suites: readonly (string | undefined)[]): string[] {
  const names = [...targets.map(({ name }) => name), ...suites].filter((name) => name !== undefined);
  return [...new Set(names)];
}

function requestOf(
  format: Format,
  inputs: Inputs,
  known: Repository | undefined,
  name: string,
  url: string | undefined,
): FormatRequest {
  const architectures = given(inputs.architectures) ?? known?.architectures;
  const label = inputs.label ?? known?.label;
  const keepVersions = inputs['keep-versions'] ?? known?.keepVersions;
  if (format === 'rpm') {
    const { groups, updateinfo, modules, productid } = inputs;
    const metadata = { groups: groups ?? known?.groups, updateinfo, modules, productid };
    return { format, rpm: { name, architectures, label, url, keepVersions, metadata } };
  }
  return {
    format,
    deb: {
      name,
      suite: inputs.suite ?? known?.suite,
      components: given(inputs.components) ?? known?.components,
      component: inputs.component,
      udebComponent: inputs['udeb-component'] ?? known?.udebComponent,
      architectures,
      origin: inputs.origin ?? known?.origin,
      label,
      description: inputs.description ?? known?.description,
      validSeconds: inputs['valid-for'],
      keepVersions,
      url,
    },
  };
}

/** Format and targets of the builds, by their manifests, which are verified later. */
interface Builds {
  readonly format: Format;
  /** A build, and what it says that it was built for. */
  readonly targets: readonly { readonly file: string; readonly name: string | undefined }[];
}

async function readBuilds(packages: readonly string[]): Promise<Builds> {
  const read: { file: string; format: Format; name: string | undefined }[] = [];
  for (const location of packages) {
    const { manifest, file } = await readManifest(location);
    read.push({ file, format: manifest.package.format, name: manifest.target?.name });
  }
  const [first] = read;
  if (first === undefined) throw new UserError({ what: 'no builds are given', where: 'input packages' });
  const other = read.find(({ format }) => format !== first.format);
  if (other !== undefined) {
    throw new UserError({
      what: 'builds of both formats',
      where: 'input packages',
      found: `${first.format} in ${first.file}, ${other.format} in ${other.file}`,
      expected: 'one format: each target has a repository of its own',
    });
  }
  return { format: first.format, targets: read };
}

/** An input that does nothing would be taken for one that does. */
function checkInputs(inputs: Inputs, format: Format): void {
  const other = format === 'deb' ? 'rpm' : 'deb';
  const wrong = INPUTS_OF[other].find((name) => {
    const value = inputs[name];
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
  if (wrong === undefined) return;
  throw new UserError({
    what: `an input for ${other} repositories, and the packages are ${format}`,
    where: `input ${wrong}`,
    remedy: 'leave it out',
  });
}

/** First of all: what it names becomes a folder. */
function checkReview(inputs: Inputs): void {
  checkReviewName(inputs.review ?? '');
  const wrong = (['allow-downgrade', 'keep-versions'] as const).find((name) => inputs[name] !== undefined);
  if (wrong === undefined) return;
  throw new UserError({
    what: 'an input that review repositories have no use for',
    where: `input ${wrong}`,
    remedy: 'leave it out: a patch set replaces the one before, whatever its version, and must be above the release',
  });
}

/** The repository of that name for the target of the builds. */
function chooseRepository(packaging: Packaging, name: string | undefined, builds: Builds): Repository {
  const targets = new Set<string>();
  for (const { name: target, file } of builds.targets) {
    if (target === undefined) {
      throw new UserError({
        what: 'the manifest does not say what its packages are built for',
        where: file,
        remedy: 'give the input repository instead of packaging',
      });
    }
    targets.add(target);
  }
  const [target, ...others] = targets;
  if (target === undefined || others.length > 0) {
    throw new UserError({
      what: 'the builds are not for one target',
      where: 'input packages',
      found: [...targets].join(', ') || 'no builds',
      expected: 'builds of one target: each target has a repository of its own',
    });
  }
  const candidates = repositoriesOf(packaging, findTarget(packaging, target)).filter(
    (repository) => repository.format === builds.format && (name === undefined || repository.name === name),
  );
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  const all = repositoriesOf(packaging, findTarget(packaging, target)).map((repository) => repository.name);
  throw new UserError({
    what: candidates.length === 0 ? 'no such repository for the target' : 'several repositories for the target',
    where: name === undefined ? (packaging.file ?? 'the packaging file') : 'input repository-name',
    found: `${name === undefined ? 'no name' : quote(name)} for ${target}`,
    expected: all.length === 0 ? 'an entry in repositories for it' : `one of ${all.join(', ')}`,
    ...(name === undefined ? { remedy: 'name one with repository-name' } : {}),
  });
}

function given(list: readonly string[]): readonly string[] | undefined {
  return list.length === 0 ? undefined : list;
}
