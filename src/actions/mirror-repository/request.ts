/** Which repository is mirrored where: from the inputs, and from the packaging file where there is one. */
import path from 'node:path';
import { checkChoice, chooseRepository } from '../../config/choose-repository.ts';
import { loadPackaging } from '../../config/packaging.ts';
import { UserError } from '../../errors.ts';
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
  checkChoice(inputs);
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
