/** A release of the tree as it is now, committed or not, made in a scratch repository. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../src/process.ts';

export interface ScratchRepository extends AsyncDisposable {
  readonly folder: string;
  git(...args: string[]): Promise<string>;
  /** Runs one of the project's scripts in it. */
  script(...argv: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>;
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'Tester',
  GIT_AUTHOR_EMAIL: 'tester@example.org',
  GIT_COMMITTER_NAME: 'Tester',
  GIT_COMMITTER_EMAIL: 'tester@example.org',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

/** A clone of the work tree with everything generated and committed, and the packages of this one. */
export async function scratchRepository(): Promise<ScratchRepository> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-scratch-'));
  const git = async (...args: string[]) => (await run(['git', ...args], { cwd: folder, env: IDENTITY })).stdout;
  const script = async (...argv: string[]) =>
    await run([process.execPath, ...argv], { cwd: folder, okExitCodes: 'any', timeoutSeconds: 120 });
  try {
    const listed = await run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard']);
    for (const file of listed.stdout.split('\0').filter((name) => name !== '')) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      // Listed and gone: removed, and not committed yet.
      try {
        cpSync(file, path.join(folder, file));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    symlinkSync(path.resolve('node_modules'), path.join(folder, 'node_modules'));
    await git('init', '--quiet', '--initial-branch=main');
    // A link is no folder to .gitignore.
    writeFileSync(path.join(folder, '.git/info/exclude'), '/node_modules\n');
    for (const step of ['generate', 'build']) {
      const { exitCode, stderr } = await script(`scripts/${step}.ts`);
      if (exitCode !== 0) throw new Error(`scripts/${step}.ts: ${stderr}`);
    }
    await git('add', '--all');
    await git('commit', '--quiet', '--message=A state of the project');
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    folder,
    git,
    script,
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Unpacks what a ref of the scratch repository holds: a folder without sources and without node_modules. */
export async function archiveOf(repository: ScratchRepository, ref: string): Promise<string & Disposable> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-archive-'));
  await repository.git('archive', '--output', path.join(folder, '.archive.tar'), ref);
  await run(['tar', '--extract', '--file', '.archive.tar'], { cwd: folder });
  rmSync(path.join(folder, '.archive.tar'));
  return folder as string & Disposable;
}
