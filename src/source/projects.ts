/** The projects that a package is made from: a code project, and a spec project that may be the same repository. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { quote } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import { completeHistory } from './complete.ts';
import { type Commit, GitRepository } from './git.ts';

export interface ProjectsRequest {
  /** Folder of, or in, the code project's checkout, absolute. */
  readonly code: string;
  /** Folder of, or in, the spec project's checkout, absolute; the code project when absent. */
  readonly spec?: string;
  readonly ref: string;
  /** `HEAD` when absent; of the same repository `ref`. */
  readonly specRef?: string;
  readonly deepen: boolean;
  /** Folder of ours that is no change to the checkout. */
  readonly output: string;
}

export interface Projects {
  readonly code: GitRepository;
  readonly codeCommit: Commit;
  readonly spec: GitRepository;
  readonly specCommit: Commit;
  /** Folder of the code project inside its repository, byte string; empty for the top. */
  readonly codeFolder: string;
  /** The same of the spec project. */
  readonly specFolder: string;
  /** Whether code and packaging have histories of their own. */
  readonly separate: boolean;
}

/**
 * Opens the projects, completes their history and finds the commits.
 *
 * @throws UserError
 */
export async function openProjects(
  request: ProjectsRequest,
  resources: AsyncDisposableStack,
  log: Logger,
  signal: AbortSignal | undefined,
): Promise<Projects> {
  const code = resources.use(await GitRepository.open(request.code, 'code', signal));
  const given = request.spec ?? request.code;
  const opened = resources.use(await GitRepository.open(given, 'spec', signal));
  const same = opened.gitDir === code.gitDir;
  const spec = same ? code : opened;
  for (const repository of new Set([code, spec])) {
    await completeHistory(repository, request.deepen, log);
    await warnOfDirt(repository, request.output, log);
  }
  const codeCommit = await code.commit(request.ref, 'input ref');
  const specRef = request.specRef ?? (same ? request.ref : 'HEAD');
  const specCommit = await spec.commit(specRef, request.specRef === undefined && same ? 'input ref' : 'input spec-ref');
  return {
    code,
    codeCommit,
    spec,
    specCommit,
    codeFolder: await inside(code, request.code),
    specFolder: await inside(spec, given),
    separate: !same || codeCommit.id !== specCommit.id,
  };
}

async function inside(repository: GitRepository, folder: string): Promise<string> {
  return Buffer.from(path.relative(repository.folder, await realpath(folder))).toString('latin1');
}

/** Only what is committed is packed: whoever tries something out must learn why it has no effect. */
async function warnOfDirt(repository: GitRepository, output: string, log: Logger): Promise<void> {
  const ours = path.relative(repository.folder, output);
  const dirty = (await repository.dirtyFiles(1000)).filter(
    (file) => file !== `${ours}/` && !file.startsWith(`${ours}/`) && !/\.orig(?:-[^/]+)?\.tar\.[a-z0-9.]+$/.test(file),
  );
  if (dirty.length === 0) return;
  const shown = dirty.slice(0, 5).map((file) => quote(file));
  const more = dirty.length > shown.length ? ` and ${dirty.length - shown.length} more` : '';
  log.warning(
    `the ${repository.role} project has changes that are not committed and so are not packed: ${shown.join(', ')}${more}`,
  );
}

/** What the project is called: the path of its remote without host and credentials, else the folder's name. */
export async function projectName(repository: GitRepository): Promise<string> {
  const url = (await repository.config('remote.origin.url')) ?? '';
  const name = /^(?:[a-z+]+:\/\/[^/]+\/|[^/:@]+@[^/:]+:)(.+)$/i.exec(url)?.[1] ?? path.basename(repository.folder);
  return name.replace(/\/+$/, '').replace(/\.git$/, '');
}
