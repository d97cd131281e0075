/** Which repository is meant, and what it shall be: from the inputs, and from the packaging file where there is one. */
import path from 'node:path';
import { findTarget, loadPackaging, type Packaging, type Repository, repositoriesOf } from '../../config/packaging.ts';
import { quote, UserError } from '../../errors.ts';
import type { InputValues } from '../../inputs.ts';
import { readManifest } from '../../manifest.ts';
import type { DebRequest } from '../../repository/deb/plan.ts';
import type { action } from './inputs.ts';

type Inputs = InputValues<typeof action.inputs>;

const DEFAULT_CHANNEL = 'latest';
const DEFAULT_LEASE_SECONDS = 600;

export interface RepositoryRequest {
  /** Absolute. */
  readonly root: string;
  readonly channel: string;
  readonly request: DebRequest;
  readonly fingerprint: string | undefined;
  readonly leaseSeconds: number;
  /** Public address of `public/`, without a slash at its end. */
  readonly url: string | undefined;
}

/**
 * @param packages absolute paths of the builds: their target chooses among the repositories of a packaging file.
 * @throws UserError when no folder is given, or the packaging file does not tell which repository is meant.
 */
export async function resolveRepository(inputs: Inputs, packages: readonly string[]): Promise<RepositoryRequest> {
  const packaging = inputs.packaging === undefined ? undefined : await loadPackaging(inputs.packaging);
  if (packaging === undefined && inputs['repository-name'] !== undefined) {
    throw new UserError({
      what: 'a name of a repository without a packaging file that has it',
      where: 'input repository-name',
      remedy: 'give the input packaging too, or the input repository instead',
    });
  }
  const known =
    packaging === undefined ? undefined : await chooseRepository(packaging, inputs['repository-name'], packages);
  const root = inputs.repository ?? known?.path;
  if (root === undefined) {
    throw new UserError({
      what: 'the folder of the repository is not known',
      where: 'input repository',
      expected: known === undefined ? 'a path' : `a path, here or as the field path of the repository ${known.name}`,
    });
  }
  return {
    root,
    channel: inputs.channel ?? known?.channels[0] ?? DEFAULT_CHANNEL,
    fingerprint: inputs['signing-key-fingerprint'] ?? packaging?.signing.key,
    leaseSeconds: inputs['lease-timeout'] ?? packaging?.limits.lockTimeout ?? DEFAULT_LEASE_SECONDS,
    url: (inputs.url ?? known?.url)?.replace(/\/+$/, ''),
    request: {
      name: path.basename(root),
      suite: inputs.suite ?? known?.suite,
      components: given(inputs.components) ?? known?.components,
      component: inputs.component,
      udebComponent: inputs['udeb-component'] ?? known?.udebComponent,
      architectures: given(inputs.architectures) ?? known?.architectures,
      origin: inputs.origin ?? known?.origin,
      label: inputs.label ?? known?.label,
      description: inputs.description ?? known?.description,
      validSeconds: inputs['valid-for'],
    },
  };
}

/** The repository of that name for the target of the builds. */
async function chooseRepository(
  packaging: Packaging,
  name: string | undefined,
  packages: readonly string[],
): Promise<Repository> {
  const targets = new Set<string>();
  for (const location of packages) {
    const { manifest, file } = await readManifest(location);
    if (manifest.target === undefined) {
      throw new UserError({
        what: 'the manifest does not say what its packages are built for',
        where: file,
        remedy: 'give the input repository instead of packaging',
      });
    }
    targets.add(manifest.target.name);
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
    (repository) => repository.format === 'deb' && (name === undefined || repository.name === name),
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
