/** What is served belongs to the publisher and can be read by everyone, whatever the inputs and the umask were. */
import { chmod, chown, lstat, mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, which } from '../../src/process.ts';
import { publishedModes, withUmask } from './hostile-modes.ts';
import { bench, freshApt, useBench } from './publish-bench.ts';

useBench();

const isRoot = process.getuid?.() === 0;

describe('modes and owners', () => {
  for (const umask of [0o077, 0o000, 0o027]) {
    it(`are right with the umask ${umask.toString(8)}`, async () => {
      await withUmask(umask, async () => {
        await bench.publish([await bench.full('hello', '1.0-1')]);
        await bench.publish([await bench.full('hello', '1.0-2')], { channel: 'testing' });
      });
      await publishedModes(bench.repository);
      await freshApt();
    });
  }

  it('do not come from the inputs: special bits, read-only, writable by all', async () => {
    const build = await bench.full('hello', '1.0-1');
    const modes = [0o6777, 0o400, 0o666, 0o7755, 0o444];
    for (const [index, name] of (await readdir(build)).entries())
      await chmod(path.join(build, name), modes[index % modes.length] ?? 0);
    await chmod(build, 0o2777);
    await bench.publish([build]);
    await publishedModes(bench.repository);
  });

  it.skipIf(!isRoot)('are the publisher’s where builds belong to somebody else', async () => {
    const build = await bench.full('hello', '1.0-1');
    for (const name of await readdir(build)) await chown(path.join(build, name), 65_534, 65_533);
    await chown(build, 65_534, 65_533);
    await bench.publish([build]);
    await publishedModes(bench.repository);
    expect((await lstat(path.join(build, 'manifest.json'))).uid).toBe(65_534);
  });

  it('are right in a folder with a group of its own (setgid)', async () => {
    await mkdir(bench.repository);
    if (isRoot) await chown(bench.repository, 0, 65_533);
    await chmod(bench.repository, 0o2755);
    await bench.publish([await bench.full('hello', '1.0-1')]);
    // What somebody chose stays.
    expect((await stat(bench.repository)).mode & 0o7777).toBe(0o2755);
    await publishedModes(bench.repository, { anyGroup: true });
  });

  it.skipIf(which('python3') === undefined)('bring no attributes of the inputs (needs python3)', async ({ skip }) => {
    const build = await bench.full('hello', '1.0-1');
    const python = async (script: string, ...args: string[]) =>
      await run(['python3', '-c', `import os, sys\n${script}`, ...args], { okExitCodes: 'any' });
    const set = 'for name in sys.argv[1:]: os.setxattr(name, "user.test", b"x")';
    const files = (await readdir(build)).map((name) => path.join(build, name));
    skip((await python(set, ...files)).exitCode !== 0, 'the file system has no attributes of users');
    await bench.publish([build]);
    const list =
      'for top, _, names in os.walk(sys.argv[1]):\n for name in names: print(os.listxattr(os.path.join(top, name)))';
    expect((await python(list, build)).stdout).toContain('user.test');
    const { stdout, exitCode } = await python(list, path.join(bench.repository, 'public'));
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('user.test');
  });
});
