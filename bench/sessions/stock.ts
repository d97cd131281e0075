/** The same builds with sbuild as people set it up, and without sbuild: what ours are measured against. */
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openSession } from '../../src/buildroot/session.ts';
import { type Argv, run } from '../../src/process.ts';

/** An ordinary user, as unshare mode wants one: made for this run, and removed again. */
const USER = 'pkg-actions-bench';
const SCHROOT = '/etc/schroot/chroot.d/pkg-actions-bench';

export interface Stock extends AsyncDisposable {
  /** `sbuild --chroot-mode=unshare` with a tarball: the default of newer versions, and what manuals show. */
  unshare(dsc: string): Promise<void>;
  /** `sbuild` over schroot(1) with an overlay on the disk. */
  schroot(dsc: string): Promise<void>;
}

/**
 * @param folder on a disk; everything is made below it.
 * @param tree a clean buildroot of ours, for schroot.
 */
export async function stock(folder: string, suite: string, tree: string): Promise<Stock> {
  const home = path.join(folder, 'home');
  await mkdir(home, { recursive: true });
  await run(['useradd', '--home-dir', home, '--no-create-home', '--shell', '/bin/sh', USER], { okExitCodes: [0, 9] });
  await run(['usermod', '--append', '--groups', 'sbuild', USER]);
  await run(['chown', `${USER}:`, home]);
  const modes = await openWayTo(folder);
  const tarball = path.join(home, `${suite}.tar`);
  await run(['mmdebstrap', '--variant=buildd', '--mode=root', '--skip=cleanup/apt/lists', suite, tarball]);
  await chmod(tarball, 0o644);
  await writeFile(
    SCHROOT,
    `[bench-overlay]\ntype=directory\nunion-type=overlay\ndirectory=${tree}\nroot-users=root\nroot-groups=root,sbuild\ngroups=sbuild\nprofile=sbuild\n`,
  );
  const asUser = async (argv: Argv, dsc: string) => {
    const work = path.join(home, 'work');
    await rm(work, { recursive: true, force: true });
    await mkdir(work);
    await run(['cp', '-a', ...(await sourceFiles(dsc)), work]);
    await run(['chown', '-R', `${USER}:`, work]);
    const inside = [...argv, path.basename(dsc)];
    await run(['runuser', '--user', USER, '--', 'env', `HOME=${home}`, `TMPDIR=${home}`, ...inside], { cwd: work });
  };
  const common = ['--arch-all', '--no-run-lintian', '--nolog', `--dist=${suite}`];
  return {
    unshare: (dsc) => asUser(['sbuild', '--chroot-mode=unshare', `--chroot=${tarball}`, ...common], dsc),
    schroot: (dsc) => asUser(['sbuild', '--chroot-mode=schroot', '--chroot=bench-overlay', ...common], dsc),
    async [Symbol.asyncDispose]() {
      for (const [place, mode] of modes) await chmod(place, mode);
      await rm(SCHROOT, { force: true });
      await run(['userdel', USER], { okExitCodes: 'any' });
    },
  };
}

/**
 * The floor: dpkg-buildpackage in a tree that has everything, on a tmpfs overlay that is mounted already. Nothing is
 * checked, collected or kept.
 *
 * @returns a build, and what it was made in.
 */
export async function floor(
  folder: string,
  tree: string,
  dsc: string,
): Promise<AsyncDisposable & { readonly build: () => Promise<void> }> {
  const session = await openSession({
    state: path.join(folder, 'floor'),
    root: { lower: [tree] },
    scratch: 8 * 1024 ** 3,
    inbox: { sources: await sourceFiles(dsc) },
    runId: 'bench',
  });
  const inside = `/run/pkg-actions/inbox/sources/${path.basename(dsc)}`;
  await session.chroot(['apt-get', '-q', '-y', 'build-dep', inside], { network: true, privileges: 'setup' });
  let number = 0;
  return {
    async build() {
      const place = `/build-${number++}`;
      const script =
        'mkdir "$1" && cd "$1" && dpkg-source -x "$2" tree >/dev/null && cd tree && dpkg-buildpackage -us -uc -b';
      await session.chroot(['sh', '-c', script, 'sh', place, inside], { privileges: 'setup' });
    },
    [Symbol.asyncDispose]: () => session.close(),
  };
}

/** A .dsc and the files it names (dsc(5), Files). */
async function sourceFiles(dsc: string): Promise<string[]> {
  const text = await readFile(dsc, 'utf8');
  const [, list = ''] = /^Files:\s*\n((?: .*\n?)+)/m.exec(text) ?? [];
  const names = list.split('\n').flatMap((line) => line.trim().split(/\s+/).slice(2));
  return [dsc, ...names.map((name) => path.join(path.dirname(dsc), name))];
}

/**
 * Lets every user pass through the folders that lead to `folder`, and that one.
 *
 * @returns those that were changed, with the mode that they had.
 */
async function openWayTo(folder: string): Promise<[string, number][]> {
  const changed: [string, number][] = [];
  for (let place = folder; ; place = path.dirname(place)) {
    const mode = (await stat(place)).mode & 0o7777;
    if ((mode & 0o001) === 0) {
      await chmod(place, mode | 0o001);
      changed.push([place, mode]);
    }
    if (place === path.dirname(place)) return changed;
  }
}
