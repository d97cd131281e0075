/** Which repository of a packaging file is meant, where people say it by name, by target or by its folder. */
import path from 'node:path';
import { quote, UserError } from '../errors.ts';
import { findTarget, type Packaging, type Repository } from './packaging.ts';

/** The inputs that say it. */
export interface RepositoryChoice {
  readonly packaging?: string | undefined;
  readonly 'repository-name'?: string | undefined;
  readonly target?: string | undefined;
  readonly repository?: string | undefined;
}

/** @throws UserError where there is nothing to choose among: such an input would be taken for one that does something. */
export function checkChoice(inputs: RepositoryChoice): void {
  for (const name of ['repository-name', 'target'] as const) {
    if (inputs.packaging !== undefined || inputs[name] === undefined) continue;
    throw new UserError({
      what: 'it chooses among the repositories of a packaging file, and none is given',
      where: `input ${name}`,
      remedy: 'give the input packaging too, or the input repository instead',
    });
  }
}

/**
 * The one repository that name, target and folder leave.
 *
 * @throws UserError where that is none, or several.
 */
export function chooseRepository(packaging: Packaging, inputs: RepositoryChoice): Repository {
  const { 'repository-name': name, target, repository } = inputs;
  const wanted = target === undefined ? undefined : findTarget(packaging, target).name;
  const candidates = packaging.repositories.filter(
    (each) =>
      (name === undefined || each.name === name) &&
      (wanted === undefined || each.target.name === wanted) &&
      (repository === undefined || each.path === undefined || each.path === path.resolve(repository)),
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
