/** build-sbuild as people run it: the bundled command line, a process of its own for each build. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../src/process.ts';

const CLI = path.resolve(import.meta.dirname, '../../dist/cli.js');

export interface Ours {
  readonly folder: string;
  readonly state: string;
  readonly target: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes or updates the buildroot, which no build is charged with: it is made once a day. */
export async function updateBuildroot({ folder, state, target, env = {} }: Ours, options: readonly string[] = []) {
  await cli(['update-buildroots', '--targets', target, '--state', state, ...options], folder, env);
}

/** One whole build, from the start of the process to its end. */
export async function build(
  { folder, state, target, env = {} }: Ours,
  dsc: string,
  options: readonly string[] = [],
  output = 'ours-out',
): Promise<void> {
  const argv = ['build-sbuild', '--source', dsc, '--target', target, '--state', state];
  await cli([...argv, '--output', path.join(folder, output), '--max-parallel', '1', ...options], folder, env);
}

/** As if nothing had ever been built here. */
export async function forgetCaches(state: string): Promise<void> {
  for (const kept of ['layers', 'downloads-kept', 'downloads', 'plans']) {
    await rm(path.join(state, kept), { recursive: true, force: true });
  }
}

async function cli(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<void> {
  await run([process.execPath, CLI, ...argv], { cwd, env });
}
