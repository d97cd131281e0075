/**
 * Targets: what packages are built for. The built-in ones are data files in `targets/`; a person adds one in
 * packaging.yml or as a file of the same form, without code (docs/targets.md).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { quote, UserError } from '../errors.ts';
import { assetPath } from './assets.ts';
import {
  absolutePath,
  architecture,
  componentName,
  form,
  mapping,
  packageName,
  plainName,
  repositoryUri,
  suiteName,
} from './fields.ts';

const sourceSchema = mapping({
  mirror: repositoryUri().exactOptional(),
  suites: z.array(suiteName()).min(1),
  components: z.array(componentName()).min(1),
  keyring: absolutePath().exactOptional(),
});

const mockSchema = mapping({
  config: form(/^[A-Za-z0-9][A-Za-z0-9.+_{}/-]*$/, 'name of a mock configuration').exactOptional(),
  text: z.string().min(1).max(65_536).exactOptional(),
});

/** A target, whole. */
export const targetSchema = mapping({
  name: plainName(),
  aliases: z.array(plainName()).readonly().default([]),
  format: z.enum(['deb', 'rpm']),
  distribution: plainName(),
  release: plainName(),
  suite: plainName(),
  architectures: z.array(architecture()).min(1).readonly(),
  components: z.array(componentName()).readonly().default(['main']),
  sources: z.array(sourceSchema).readonly().default([]),
  keyring: absolutePath().exactOptional(),
  include: z.array(packageName()).readonly().default([]),
  'version-tag': form(/^[A-Za-z0-9][A-Za-z0-9.]*$/, 'letters, digits and dots', 32),
  mock: mockSchema.exactOptional(),
});

export type Target = z.output<typeof targetSchema>;
export type TargetInput = Target;

let builtIn: readonly Target[] | undefined;

/** The built-in targets, sorted by name. */
export function listTargets(): Target[] {
  builtIn ??= readdirSync(assetPath('targets'))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => targetSchema.parse(parse(readFileSync(assetPath('targets', name), 'utf8'))));
  return [...builtIn];
}

/**
 * The target of that name or alias.
 *
 * @throws UserError naming the known targets.
 */
export function resolveTarget(nameOrAlias: string, own: readonly TargetInput[] = []): Target {
  const known = [...own, ...listTargets()];
  const found = known.find((target) => target.name === nameOrAlias || target.aliases.includes(nameOrAlias));
  if (found) return found;
  throw new UserError({
    what: 'no such target',
    found: quote(nameOrAlias),
    expected: known.map((target) => target.name).join(', '),
  });
}
