/** Inputs that the pipeline takes for all of its stages, and hands on to those that have them. */
import type { InputTable, InputValues } from '../../inputs.ts';
import { cacheInputs, engineInputs } from '../session/inputs.ts';
import type { StageInputs } from './stage.ts';

const { engine, 'tool-image': toolImage, 'base-image': baseImage } = engineInputs;
/** It names one package's cache: stages get the name of the package in the packaging file. */
const { 'compiler-cache-key': _perPackage, ...caches } = cacheInputs;

/** Images differ by format: the tools for the one are not those for the other. */
const image = <I extends { readonly description: string }>(input: I, format: 'deb' | 'rpm') => ({
  ...input,
  description: input.description.replace('Container engines:', `Container engines, for ${format} packages:`),
});

export const sharedInputs = {
  engine,
  'tool-image-deb': image(toolImage, 'deb'),
  'tool-image-rpm': image(toolImage, 'rpm'),
  'base-image-deb': image(baseImage, 'deb'),
  'base-image-rpm': image(baseImage, 'rpm'),
  retries: {
    type: 'integer',
    min: 0,
    max: 20,
    description:
      'How often is tried again what failed by no fault of a package. When not given, that of the packaging file, else 2.',
  },
  ...caches,
} as const;

/** Values of `sharedInputs`, as the pipeline was given them. */
export type SharedValues = InputValues<typeof sharedInputs>;

/**
 * What a stage is told of the shared inputs.
 *
 * @param table the stage's inputs: what it does not have, it is not told.
 */
export function sharedFor(values: SharedValues, format: 'deb' | 'rpm', table: InputTable): StageInputs {
  const told: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    const [, common, of] = /^(.+-image)-(deb|rpm)$/.exec(name) ?? [];
    const wanted = common ?? name;
    if (!(name in sharedInputs) || value === undefined || (of !== undefined && of !== format)) continue;
    if (wanted in table) told[wanted] = String(value);
  }
  return told;
}
