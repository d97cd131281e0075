/** Where sessions run: an interface that the host's namespaces and the container engines implement. */
import type { ContainerClient } from './clients.ts';

export type EngineName = 'host' | 'docker' | 'podman';

export interface Engine {
  readonly name: EngineName;
  /** For people: `host`, `docker 28.2.2, image pkg-actions/sbuild:3f1c…`. */
  readonly description: string;
}

/** Containers of this machine's docker or podman: every session is one. */
export interface ContainerEngine extends Engine {
  readonly client: ContainerClient;
  /** The tool image, which is there: sessions never pull one. */
  readonly image: string;
  /** Where the image has mock; where Fedora has it, when not given. */
  readonly mock?: string;
}

/** Namespaces of this machine. */
export const HOST_ENGINE: Engine = { name: 'host', description: 'host' };

/** Whether sessions of this engine run in containers. */
export function isContainerEngine(engine: Engine): engine is ContainerEngine {
  return engine.name !== 'host';
}
