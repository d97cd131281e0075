/** Which repository is meant: from the inputs, and from the packaging file where there is one. */

import { checkChoice, chooseRepository } from '../../config/choose-repository.ts';
import { loadPackaging, type Packaging, type Repository } from '../../config/packaging.ts';
import { UserError } from '../../errors.ts';
import type { InputValues } from '../../inputs.ts';
import { fileUrl } from '../../repository/layout.ts';
import { servedFolder } from '../../repository/manage/resolve.ts';
import type { action } from './inputs.ts';

type Inputs = InputValues<typeof action.inputs>;

const DEFAULT_LEASE_SECONDS = 600;

export interface RepositoryRequest {
  /** Absolute; `undefined`: only an address is given. */
  readonly root: string | undefined;
  /** Address of `public/`, without a slash at its end: the public one where it is known. */
  readonly url: string;
  readonly leaseSeconds: number;
  /** Fingerprint of the key that is expected. */
  readonly fingerprint: string | undefined;
}

/** @throws UserError when neither inputs nor packaging file tell which repository is meant. */
export async function resolveRepository(inputs: Inputs): Promise<RepositoryRequest> {
  const packaging = inputs.packaging === undefined ? undefined : await loadPackaging(inputs.packaging);
  checkChoice(inputs);
  const known = packaging === undefined ? undefined : knownRepository(packaging, inputs);
  const root = inputs.repository ?? (inputs.url === undefined ? known?.path : undefined);
  const url = inputs.url ?? known?.url;
  if (root === undefined && (inputs.command !== 'resolve' || url === undefined)) {
    throw new UserError({
      what: 'the folder of the repository is not known',
      where: 'input repository',
      expected: known === undefined ? 'a path' : `a path, here or as the field path of the repository ${known.name}`,
    });
  }
  return {
    root,
    url: (url ?? fileUrl(await servedFolder(root ?? ''))).replace(/\/+$/, ''),
    leaseSeconds: inputs['lease-timeout'] ?? packaging?.limits.lockTimeout ?? DEFAULT_LEASE_SECONDS,
    fingerprint: inputs['signing-key-fingerprint'] ?? packaging?.signing.key,
  };
}

/** Where the folder is given, the file is asked for the rest only, and need not know it. */
function knownRepository(packaging: Packaging, inputs: Inputs): Repository | undefined {
  const { repository, target, 'repository-name': name } = inputs;
  if (repository === undefined || name !== undefined || target !== undefined) {
    return chooseRepository(packaging, { ...inputs, repository: undefined });
  }
  return packaging.repositories.length === 1 ? packaging.repositories[0] : undefined;
}
