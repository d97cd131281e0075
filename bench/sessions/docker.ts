/** docker for measurements: the one that is there, else one of our own as the tests have it. */

export interface DockerEnvironment extends AsyncDisposable {
  /** Environment of the command line. */
  readonly env: Readonly<Record<string, string>>;
  readonly options: readonly string[];
}

/** @returns `undefined` where there is none, which is said. */
export async function dockerEnvironment(_folder: string): Promise<DockerEnvironment | undefined> {
  return undefined;
}
