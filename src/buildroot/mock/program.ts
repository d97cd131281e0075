/** The mock of this host: its program, and how it names itself. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { MissingToolError } from '../../errors.ts';
import { which } from '../../process.ts';
import { type Engine, HOST_ENGINE, isContainerEngine } from '../engine/engine.ts';

/** Where Fedora and EPEL have the program itself. */
export const PACKAGED_MOCK = '/usr/libexec/mock/mock';

export interface MockProgram {
  /** Absolute path, links resolved. */
  readonly file: string;
  /** Folders outside of `/usr` that it runs from; sessions show them read-only at the same place. */
  readonly folders: readonly string[];
}

/**
 * The mock to run: the one that the environment variable `MOCK` names, else `mock` on PATH.
 *
 * Fedora's `/usr/bin/mock` asks a person for leave (consolehelper) and then starts `/usr/libexec/mock/mock`: that is
 * taken instead.
 *
 * In containers it is that of the image, where the engine was proven to have one (`ContainerEngine.mock`), unless `MOCK`
 * names one.
 *
 * @throws MissingToolError where there is none: mock is packaged in Fedora and EPEL, not in Debian.
 */
export async function findMock(
  environment: NodeJS.ProcessEnv = process.env,
  engine: Engine = HOST_ENGINE,
): Promise<MockProgram> {
  const named = environment['MOCK'] || undefined;
  // What the image has is its own; what is named is shown to it.
  if (named === undefined && isContainerEngine(engine)) return { file: engine.mock ?? PACKAGED_MOCK, folders: [] };
  const found = which(named ?? 'mock');
  const isPackaged = found === undefined || /^(?:\/usr)?\/s?bin\//.test(found);
  const file = named === undefined && isPackaged ? (which(PACKAGED_MOCK) ?? found) : found;
  if (file === undefined) {
    const remedy =
      'dnf install mock on Fedora, or from EPEL, or name its program in the environment variable MOCK; rpm packages cannot be built on a host without it';
    throw new MissingToolError(named ?? 'mock', undefined, remedy);
  }
  const real = await realpath(file);
  return { file: real, folders: real.startsWith('/usr/') ? [] : [path.dirname(real)] };
}

/** What a session shows of the host for mock to run. */
export function programBinds(program: MockProgram): { source: string; destination: string }[] {
  return program.folders.map((folder) => ({ source: folder, destination: folder }));
}
