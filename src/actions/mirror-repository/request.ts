/** Which repository is mirrored where: from the inputs, and from the packaging file where there is one. */
import path from 'node:path';
import { findTarget, loadPackaging, type Packaging, type Repository } from '../../config/packaging.ts';
import { quote, UserError } from '../../errors.ts';
import type { InputValues } from '../../inputs.ts';
import { checkDestinations, type Destination, parseDestination } from '../../mirror/destination.ts';
import type { action } from './inputs.ts';

type Inputs = Pick<
  InputValues<typeof action.inputs>,
  'repository' | 'mirrors' | 'packaging' | 'repository-name' | 'target'
>;

export interface MirrorRequest {
  /** Absolute. */
  readonly root: string;
  readonly destinations: readonly Destination[];
}

/**
 * @param workspace relative folders of the input `mirrors` are below it.
 * @throws UserError when the repository or a mirror is not known, or is none.
 */
export async function resolveMirrors(inputs: Inputs, workspace: string): Promise<MirrorRequest> {
  for (const name of ['repository-name', 'target'] as const) {
    if (inputs.packaging !== undefined || inputs[name] === undefined) continue;
    throw new UserError({
      what: 'it chooses among the repositories of a packaging file, and there is none',
      where: `input ${name}`,
      remedy: 'give the input packaging too, or the input repository instead',
    });
  }
  const known =
    inputs.packaging === undefined ? undefined : chooseRepository(await loadPackaging(inputs.packaging), inputs);
  const root = inputs.repository ?? known?.path;
  if (root === undefined) {
    throw new UserError({
      what: 'the folder of the repository is not known',
      where: 'input repository',
      expected: known === undefined ? 'a path' : `a path, here or as the field path of the repository ${known.name}`,
    });
  }
  const isGiven = inputs.mirrors.length > 0;
  const places = isGiven ? inputs.mirrors : (known?.mirrors ?? []);
  if (places.length === 0) {
    throw new UserError({
      what: 'no mirrors are given',
      where: 'input mirrors',
      expected:
        known === undefined ? 'a place on each line' : `a place on each line, here or as mirrors of ${known.name}`,
    });
  }
  const where = isGiven ? 'input mirrors' : (inputs.packaging ?? 'the packaging file');
  const destinations = places.map((place) => parseDestination(place, where, (each) => path.resolve(workspace, each)));
  checkDestinations(destinations, root, where);
  return { root, destinations };
}

function chooseRepository(packaging: Packaging, inputs: Inputs): Repository {
  const { 'repository-name': name, target } = inputs;
  const wanted = target === undefined ? undefined : findTarget(packaging, target).name;
  const candidates = packaging.repositories.filter(
    (each) =>
      (name === undefined || each.name === name) &&
      (wanted === undefined || each.target.name === wanted) &&
      (inputs.repository === undefined || each.path === undefined || each.path === path.resolve(inputs.repository)),
  );
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  const all = packaging.repositories.map((each) => `${each.name} for ${each.target.name}`);
  throw new UserError({
    what: candidates.length === 0 ? 'no such repository' : 'several repositories fit',
    where: packaging.file ?? 'the packaging file',
    found: [name === undefined ? 'no name' : quote(name), wanted ?? 'any target'].join(' for '),
    expected: `one of ${all.join(', ')}`,
    remedy: 'choose one with repository-name and target',
  });
}
