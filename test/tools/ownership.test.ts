/** What root made in somebody's workspace belongs to somebody in the end, and nothing else does. Needs root. */
import { existsSync, lstatSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { chown, lchown, link, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { defineAction } from '../../src/inputs.ts';
import { runAction } from '../../src/main.ts';
import { unmountBelow } from '../../src/mounts.ts';
import { giveBack } from '../../src/ownership.ts';
import { run } from '../../src/process.ts';

const [UID, GID] = [65_534, 65_533];
let folder: string;
let workspace: string;
beforeEach(async () => {
  folder = realpathSync(await mkdtemp(path.join(tmpdir(), 'pkg-actions-ownership-')));
  workspace = path.join(folder, 'workspace');
  mkdirSync(workspace);
  await chown(workspace, UID, GID);
});
afterEach(async () => {
  await unmountBelow(folder);
  await rm(folder, { recursive: true, force: true });
});

const ownerOf = (place: string) => {
  const { uid, gid } = lstatSync(path.join(folder, place));
  return `${uid}:${gid}`;
};
const THEIRS = `${UID}:${GID}`;

function make(...files: string[]): void {
  for (const file of files) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(folder, file), 'content');
  }
}

describe('what is given back', () => {
  it('is the place with all in it, and the folders on the way to it; not what lies beside', async () => {
    make('workspace/deep/packages/sub/file', 'workspace/deep/beside');
    await run(['mkfifo', path.join(workspace, 'deep/packages/fifo')]);
    expect(await giveBack(workspace, ['deep/packages', path.join(workspace, 'none')])).toEqual({ count: 5, left: [] });
    for (const place of ['deep', 'deep/packages', 'deep/packages/sub', 'deep/packages/sub/file', 'deep/packages/fifo'])
      expect(ownerOf(`workspace/${place}`), place).toBe(THEIRS);
    expect(ownerOf('workspace/deep/beside')).toBe('0:0');
  });

  it('is not what belongs to another user', async () => {
    make('workspace/packages/file');
    await chown(path.join(workspace, 'packages/file'), 1234, 1234);
    await giveBack(workspace, ['packages']);
    expect(ownerOf('workspace/packages/file')).toBe('1234:1234');
  });

  it('are links, and not what they lead to', async () => {
    make('outside/secret', 'workspace/packages/file');
    for (const [name, target] of [
      ['file-link', path.join(folder, 'outside/secret')],
      ['folder-link', path.join(folder, 'outside')],
    ] as const)
      symlinkSync(target, path.join(workspace, 'packages', name));
    await giveBack(workspace, ['packages', 'packages/folder-link/secret', '../outside', path.join(folder, 'outside')]);
    expect(ownerOf('workspace/packages/file-link')).toBe(THEIRS);
    expect(ownerOf('workspace/packages/folder-link')).toBe(THEIRS);
    expect(ownerOf('outside')).toBe('0:0');
    expect(ownerOf('outside/secret')).toBe('0:0');
  });

  it('is no file that has another name, which may be one of the system', async () => {
    make('outside/secret', 'workspace/packages/own');
    await link(path.join(folder, 'outside/secret'), path.join(workspace, 'packages/secret'));
    expect(await giveBack(workspace, ['packages'])).toEqual({ count: 2, left: ['packages/secret'] });
    expect(ownerOf('outside/secret')).toBe('0:0');
  });

  it('is nothing of another file system', async () => {
    mkdirSync(path.join(workspace, 'packages/mounted'), { recursive: true });
    await run(['mount', '-t', 'tmpfs', 'test', path.join(workspace, 'packages/mounted')]);
    make('workspace/packages/mounted/file');
    await giveBack(workspace, ['packages']);
    expect(ownerOf('workspace/packages')).toBe(THEIRS);
    expect(ownerOf('workspace/packages/mounted')).toBe('0:0');
    expect(ownerOf('workspace/packages/mounted/file')).toBe('0:0');
  });

  it('goes by a link in the workspace to what is in the workspace', async () => {
    make('workspace/real/packages/file');
    symlinkSync('real', path.join(workspace, 'link'));
    await giveBack(workspace, ['link/packages']);
    expect(ownerOf('workspace/real/packages/file')).toBe(THEIRS);
  });

  it('is nothing in a workspace of root', async () => {
    await chown(workspace, 0, 0);
    make('workspace/packages/file');
    expect(await giveBack(workspace, ['packages'])).toEqual({ count: 0, left: [] });
  });
});

describe('an action', () => {
  const action = defineAction({
    name: 'write',
    title: 'Write',
    description: 'Writes.',
    runner: 'any',
    writes: ['output'],
    cleansUp: true,
    branding: { icon: 'edit', color: 'blue' },
    inputs: { output: { type: 'path', default: 'packages', description: 'Where to.' } },
    outputs: {},
  });
  const start = async (inputs: Record<string, string>, after: () => void = () => {}) => {
    const host = new RecordingHost(inputs, { workspace });
    const code = await runAction(
      action,
      async ({ output }) => {
        mkdirSync(output, { recursive: true });
        writeFileSync(path.join(output, 'file'), '');
        after();
        return {};
      },
      host,
    );
    return { code, host };
  };

  it('gives back what it wrote, also where it fails', async () => {
    expect((await start({})).code).toBe(0);
    expect(ownerOf('workspace/packages/file')).toBe(THEIRS);
    const failed = await start({ output: 'more/packages' }, () => {
      throw new UserError({ what: 'no' });
    });
    expect(failed.code).toBe(1);
    expect(ownerOf('workspace/more')).toBe(THEIRS);
    expect(ownerOf('workspace/more/packages/file')).toBe(THEIRS);
    expect(failed.host.kept).toEqual({ writes: [path.join(workspace, 'more/packages')] });
  });

  it('refuses a link that somebody committed in the way of its output, before it writes', async () => {
    mkdirSync(path.join(folder, 'outside'));
    symlinkSync('../outside', path.join(workspace, 'build'));
    await lchown(path.join(workspace, 'build'), UID, GID);
    const { code, host } = await start({ output: 'build/packages' });
    expect(code).toBe(1);
    expect(host.annotations('error').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^input output: a link leads out of the workspace/),
    ]);
    expect(existsSync(path.join(folder, 'outside/packages'))).toBe(false);
  });
});
