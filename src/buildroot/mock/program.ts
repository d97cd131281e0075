/** The mock of this host: its program, and how it names itself. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { MissingToolError, UserError } from '../../errors.ts';
import { which } from '../../process.ts';
import { type Engine, HOST_ENGINE, isContainerEngine } from '../engine/engine.ts';
import type { Session } from '../session.ts';

/** Where Fedora and EPEL have the program itself. */
const PACKAGED = '/usr/libexec/mock/mock';

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
 * In containers it is that of the image, unless `MOCK` names one.
 *
 * @throws MissingToolError where there is none: mock is packaged in Fedora and EPEL, not in Debian.
 */
export async function findMock(
  environment: NodeJS.ProcessEnv = process.env,
  engine: Engine = HOST_ENGINE,
): Promise<MockProgram> {
  const named = environment['MOCK'] || undefined;
  // What the image has is its own; what is named is shown to it.
  if (named === undefined && isContainerEngine(engine)) return { file: engine.mock ?? PACKAGED, folders: [] };
  const found = which(named ?? 'mock');
  const isPackaged = found === undefined || /^(?:\/usr)?\/s?bin\//.test(found);
  const file = named === undefined && isPackaged ? (which(PACKAGED) ?? found) : found;
  if (file === undefined) {
    const remedy =
      'dnf install mock on Fedora, or from EPEL, or name its program in the environment variable MOCK; rpm packages cannot be built on a host without it';
    throw new MissingToolError(named ?? 'mock', undefined, remedy);
  }
  const real = await realpath(file);
  return { file: real, folders: real.startsWith('/usr/') ? [] : [path.dirname(real)] };
}

/**
 * The mock of a tool image, which only a session in it can find; the one that `MOCK` names is the host's here too.
 *
 * @throws UserError where the image has none.
 */
export async function findMockInside(session: Pick<Session, 'run'>, image: string): Promise<MockProgram> {
  const look = ['sh', '-c', `command -v ${PACKAGED} || command -v mock`] as const;
  const { stdout } = await session.run(look, { okExitCodes: 'any' });
  const file = stdout.trim();
  if (file !== '') return { file, folders: [] };
  throw new UserError({
    what: 'the tool image has no mock',
    where: image,
    remedy: 'take an image with mock (containers/mockbuild), or the engine host where mock is installed',
  });
}

/** What a session shows of the host for mock to run. */
export function programBinds(program: MockProgram): { source: string; destination: string }[] {
  return program.folders.map((folder) => ({ source: folder, destination: folder }));
}
