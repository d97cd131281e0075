/** Which repository is meant: from the inputs, and from the packaging file where there is one. */
import path from 'node:path';
import { findTarget, loadPackaging, type Packaging, type Repository } from '../../config/packaging.ts';
import { UserError } from '../../errors.ts';
import type { InputValues } from '../../inputs.ts';
import { fileUrl } from '../../repository/layout.ts';
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
  for (const name of ['repository-name', 'target'] as const) {
    if (packaging !== undefined || inputs[name] === undefined) continue;
    throw new UserError({
      what: 'it chooses among the repositories of a packaging file, and none is given',
      where: `input ${name}`,
      remedy: 'give the input packaging too, or the input repository instead',
    });
  }
  const known = packaging === undefined ? undefined : chooseRepository(packaging, inputs);
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
    url: (url ?? fileUrl(path.join(root ?? '', 'public'))).replace(/\/+$/, ''),
    leaseSeconds: inputs['lease-timeout'] ?? packaging?.limits.lockTimeout ?? DEFAULT_LEASE_SECONDS,
    fingerprint: inputs['signing-key-fingerprint'] ?? packaging?.signing.key,
  };
}

/** The one repository of the file that name and target leave. */
function chooseRepository(packaging: Packaging, inputs: Inputs): Repository | undefined {
  const target = inputs.target === undefined ? undefined : findTarget(packaging, inputs.target).name;
  const name = inputs['repository-name'];
  const candidates = packaging.repositories.filter(
    (each) => (name === undefined || each.name === name) && (target === undefined || each.target.name === target),
  );
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  // The folder is given: the file is asked for the rest, where it knows.
  if (inputs.repository !== undefined && name === undefined && target === undefined) return undefined;
  const all = packaging.repositories.map((each) => `${each.name} for ${each.target.name}`);
  throw new UserError({
    what: candidates.length === 0 ? 'no such repository in the packaging file' : 'several repositories are meant',
    where: packaging.file ?? 'the packaging file',
    found: candidates.map((each) => `${each.name} for ${each.target.name}`).join(', ') || 'none',
    expected: all.join(', ') || 'an entry in repositories',
    remedy: 'name one with repository-name and target',
  });
}
