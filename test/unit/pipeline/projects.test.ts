import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkOut } from '../../../src/actions/pipeline/projects.ts';
import { run } from '../../../src/process.ts';
import { GitRepository } from '../../../src/source/git.ts';
import { projectName } from '../../../src/source/projects.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-projects-'));
  vi.stubEnv('HOME', folder);
  await writeFile(path.join(folder, '.gitconfig'), '[user]\nname = A\nemail = a@example.org\n');
  await git('init', '-q', '-b', 'main', remote());
  await commit('First');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const { signal } = new AbortController();
const remote = () => path.join(folder, 'remote/greeter.git');
const git = async (...args: string[]) => (await run(['git', ...args])).stdout.trim();
const commit = async (subject: string) => {
  await git('-C', remote(), 'commit', '-q', '--allow-empty', '-m', subject);
  return git('-C', remote(), 'rev-parse', 'HEAD');
};
const clone = () => path.join(folder, 'clone');

describe('checkOut', () => {
  it('takes a path as it is', async () => {
    expect(await checkOut({ path: '/srv/x' }, 'code', clone(), signal)).toEqual({ folder: '/srv/x', ref: undefined });
  });

  it('fetches a URL, and again what is new there', async () => {
    const url = `file://${remote()}`;
    await git('-C', remote(), 'tag', '-a', '-m', '1.0', '1.0');
    const first = await git('-C', remote(), 'rev-parse', 'HEAD');
    const { folder: place, ref = '' } = await checkOut({ url }, 'code', clone(), signal);
    expect(place).toBe(clone());
    expect(await git('-C', place, 'rev-parse', ref)).toBe(first);
    expect(await git('-C', place, 'describe', ref)).toBe('1.0');
    const second = await commit('Second');
    await checkOut({ url }, 'code', clone(), signal);
    expect(await git('-C', place, 'rev-parse', ref)).toBe(second);
    // A branch, a tag, and a commit.
    for (const wanted of ['1.0', first]) {
      await checkOut({ url, ref: wanted }, 'code', clone(), signal);
      expect(await git('-C', place, 'rev-parse', `${ref}^{commit}`)).toBe(first);
    }
  });

  it('uses the person’s ssh', async () => {
    const ssh = path.join(folder, 'ssh');
    await writeFile(
      ssh,
      `#!/bin/sh\necho "$SSH_AUTH_SOCK $*" >>${folder}/log\nfor last; do :; done\nexec sh -c "$last"\n`,
    );
    await chmod(ssh, 0o755);
    vi.stubEnv('GIT_SSH_COMMAND', ssh);
    vi.stubEnv('SSH_AUTH_SOCK', '/run/agent');
    const url = `ssh://review@code.example.org${remote()}`;
    const { folder: place, ref = '' } = await checkOut({ url, ref: 'main' }, 'spec', clone(), signal);
    expect(await git('-C', place, 'rev-parse', ref)).toBe(await git('-C', remote(), 'rev-parse', 'HEAD'));
    expect(await readFile(path.join(folder, 'log'), 'utf8')).toMatch(/^\/run\/agent .*review@code\.example\.org/);
    await using repository = await GitRepository.open(place, 'code');
    expect(await projectName(repository)).toMatch(/\/remote\/greeter$/);
  });

  it('says what git says of a URL that is not there', async () => {
    await expect(checkOut({ url: `file://${folder}/none` }, 'code', clone(), signal)).rejects.toThrow(
      /^file:\/\/.*\/none: the code project cannot be fetched \(found fatal: .*does not appear to be a git repository/,
    );
    await expect(checkOut({ url: `file://${remote()}`, ref: 'none' }, 'spec', clone(), signal)).rejects.toThrow(
      /the spec project cannot be fetched \(found fatal: couldn't find remote ref none, expected .* with "none"\)$/,
    );
  });
});
