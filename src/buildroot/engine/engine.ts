/** Where sessions run: an interface that the host's namespaces and the container engines implement. */

export type EngineName = 'host' | 'docker' | 'podman';

export interface Engine {
  readonly name: EngineName;
  /** For people: `host`, `docker 28.2.2, image pkg-actions/sbuild:3f1c…`. */
  readonly description: string;
}

/** Namespaces of this machine. */
export const HOST_ENGINE: Engine = { name: 'host', description: 'host' };
