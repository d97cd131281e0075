/** The image of tools that sessions in containers run from: docs/engines.md. */
import { readFile } from 'node:fs/promises';
import { defaultBase, imageName } from '../buildroot/engine/images.ts';
import { assetPath } from '../config/assets.ts';
import { type BuildrootSetup, engineOf } from './buildroot-steps.ts';
import type { Format, SetupEngine } from './packages.ts';
import type { Look, Step } from './step.ts';
import type { System } from './system.ts';

/** Folder of the Dockerfile of a format. */
const DOCKERFILES: Readonly<Record<Format, string>> = { deb: 'sbuild', rpm: 'mockbuild' };

/** Makes, or pulls, the image that builds of the format need. */
export function imageStep(
  system: System,
  setup: BuildrootSetup,
  format: Format,
  engine: Exclude<SetupEngine, 'host'>,
): Step {
  return {
    id: `image/${format}`,
    title: `Tool image for ${format} packages in ${engine}`,
    after: ['packages', 'daemon', 'state'],
    async look(): Promise<Look> {
      const found = await existingImage(system, setup, format, engine);
      if (found.image !== undefined) return { state: 'fine', detail: `${found.image} is there` };
      return {
        state: 'needed',
        detail: found.reason,
        actions: [
          setup.toolImage === undefined
            ? `${engine} build containers/${DOCKERFILES[format]}`
            : `${engine} pull ${setup.toolImage}`,
        ],
        apply: async () => (await engineOf(setup, format, engine)).description,
      };
    },
  };
}

type Existing = { readonly image: string } | { readonly image?: undefined; readonly reason: string };

/** The image that a build would take now; what keeps us from knowing is a reason like any other. */
async function existingImage(
  system: System,
  { toolImage, baseImage }: BuildrootSetup,
  format: Format,
  engine: Exclude<SetupEngine, 'host'>,
): Promise<Existing> {
  if (!system.has(engine)) return { reason: `${engine} is not installed yet` };
  const idOf = async (image: string) => {
    const { exitCode, stdout } = await system.ask([engine, 'image', 'inspect', '--format', '{{.Id}}', image]);
    return exitCode === 0 ? stdout.trim().replace(/^sha256:/, '') : undefined;
  };
  if (toolImage !== undefined) {
    return (await idOf(toolImage)) === undefined ? { reason: `no image ${toolImage}` } : { image: toolImage };
  }
  const dockerfile = await readFile(assetPath('containers', DOCKERFILES[format], 'Dockerfile'), 'utf8');
  const base = baseImage ?? defaultBase(dockerfile);
  const id = await idOf(base);
  if (id === undefined) return { reason: `no base image ${base} yet` };
  const image = imageName(format, dockerfile, id);
  return (await idOf(image)) === undefined ? { reason: `no image ${image} yet` } : { image };
}
