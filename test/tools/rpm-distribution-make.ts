/**
 * Makes the packages of the synthetic RPM distribution (rpm-distribution.ts): a Debian tree with rpm's build tools,
 * wrapped by rpmbuild into RPM packages that provide what the ones of an RPM distribution do.
 */
import { lstat, mkdir, readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hostSources, sourcesFromHost } from '../../src/buildroot/host-apt.ts';
import { type Paragraph, parseControl } from '../../src/deb/control.ts';
import { type Argv, run } from '../../src/process.ts';

/** Packages of Debian per package of ours; `base` also gets what the tree has besides. */
const GROUPS = {
  base: [
    ...['rpm', 'elfutils', 'binutils', 'file', 'passwd', 'mount', 'procps'],
    ...['patch', 'bzip2', 'xz-utils', 'zstd', 'unzip', 'cpio', 'gawk'],
  ],
  make: ['make'],
  gcc: ['gcc', 'libc6-dev'],
  gettext: ['gettext'],
} as const;
type Group = keyof typeof GROUPS;

/** What packages of an RPM distribution would provide by being there. */
const PROVIDES: Readonly<Record<Group, readonly string[]>> = {
  base: [
    ...['bash', 'binutils', 'bzip2', 'coreutils', 'cpio', 'diffutils', 'elfutils', 'file', 'filesystem', 'findutils'],
    ...['gawk', 'glibc', 'glibc-common', 'grep', 'gzip', 'patch', 'perl', 'perl-interpreter', 'procps-ng'],
    ...['redhat-rpm-config', 'rpm', 'rpm-build', 'sed', 'setup', 'shadow-utils', 'tar', 'unzip', 'util-linux', 'which'],
    ...['xz', 'zstd', '/bin/sh', '/bin/bash', '/bin/cat', '/bin/rm', '/sbin/ldconfig', 'rtld(GNU_HASH)'],
  ],
  make: [],
  gcc: ['cpp', 'glibc-devel', 'glibc-headers', 'kernel-headers'],
  gettext: ['gettext-devel'],
};

/**
 * rpm's own database where RPM distributions have it (Debian's rpm looks below HOME), the macros of Enterprise Linux 9
 * that specs ask for, and debuginfo packages as redhat-rpm-config makes them.
 */
const MACROS = `%_dbpath /var/lib/rpm
%dist .el9
%rhel 9
%el9 1
%_enable_debug_packages 1
%_debugsource_packages 1
%_debuginfo_subpackages 1
%install %{?_enable_debug_packages:%{?buildsubdir:%{debug_package}}}\\
%%install\\
%{nil}
`;

/** Not packaged: what mock, a session or the machine itself puts there. */
const LEFT_OUT =
  /^\/(?:(?:proc|sys|dev|run|tmp|var\/(?:tmp|log|cache|lib\/(?:dpkg|apt|rpm)))\/.|etc\/(?:resolv\.conf|hosts|hostname|machine-id|mtab|(?:passwd|group|shadow|gshadow|subuid|subgid)-)$|(?:etc|usr\/lib)\/os-release$|etc\/(?:apt|dpkg)(?:\/|$))/;

/** os-release(5) of the distribution, in its release package. */
const OS_RELEASE = `NAME="Synthetic Linux"
ID=synthetic
ID_LIKE="rhel centos fedora"
VERSION="9"
VERSION_ID="9"
PLATFORM_ID="platform:el9"
PRETTY_NAME="Synthetic Linux 9"
`;

/**
 * Makes the binary packages in `output`, in `work` (on a disk that allows device nodes and set-user-id files).
 *
 * @throws CommandError of mmdebstrap or rpmbuild.
 */
export async function makeBasePackages(work: string, output: string): Promise<void> {
  const tree = path.join(work, 'tree');
  await mkdir(work, { recursive: true });
  await makeTree(tree);
  await mkdir(path.join(tree, 'usr/lib/rpm/macros.d'), { recursive: true });
  await writeFile(path.join(tree, 'usr/lib/rpm/macros.d/macros.synthetic'), MACROS);
  await run(['chmod', '1777', path.join(tree, 'tmp'), path.join(tree, 'var/tmp')]);

  const entries = await attribute(tree);
  const lists: Record<string, string> = {};
  for (const group of Object.keys(GROUPS) as Group[]) {
    lists[group] = path.join(work, `${group}.list`);
    const lines = entries.get(group) ?? [];
    await writeFile(lists[group], `${lines.map(({ line }) => line).join('\n')}\n`);
  }
  const libraries = (group: Group) =>
    (entries.get(group) ?? []).map(({ file }) => file).filter((file) => /\/lib[^/]*\.so(?:\.[0-9.]+)?$/.test(file));
  const provides = async (group: Group): Promise<string[]> => [
    ...PROVIDES[group],
    ...(await libraryProvides(tree, libraries(group))),
  ];
  const spec = path.join(work, 'synthetic-base.spec');
  await writeFile(spec, baseSpec(tree, lists, { base: await provides('base'), gcc: await provides('gcc') }));
  await rpmbuild(work, output, ['-bb', spec]);
}

async function makeTree(tree: string): Promise<void> {
  const osRelease = await readFile('/etc/os-release', 'utf8');
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(osRelease)?.[1] ?? 'bookworm';
  const distribution = /^ID=(\w+)$/m.exec(osRelease)?.[1] ?? 'debian';
  const suites = [suite, `${suite}-updates`, `${suite}-security`];
  // Ubuntu has rpm's tools in universe.
  const components = distribution === 'ubuntu' ? ['main', 'universe'] : ['main'];
  const sources = sourcesFromHost(await hostSources(), distribution, [{ suites, components }]) ?? [];
  const paths = ['doc', 'man', 'locale', 'info', 'lintian', 'bug'].map((name) => `/usr/share/${name}/*`);
  const argv: Argv = [
    'mmdebstrap',
    ...['--quiet', '--mode=root', '--format=directory', '--variant=essential'],
    `--include=${Object.values(GROUPS).flat().join(',')}`,
    `--components=${components.join(',')}`,
    ...['--aptopt=Acquire::Retries "3"', '--aptopt=Acquire::Languages "none"', '--dpkgopt=force-unsafe-io'],
    ...paths.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    suite,
    tree,
    ...sources,
  ];
  await run(['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', ...argv], {
    display: argv,
    timeoutSeconds: 1200,
  });
}

interface Entry {
  /** Path in the tree, from its root. */
  readonly file: string;
  /** Line of a %files list. */
  readonly line: string;
}

/** The files of the tree, each with the package of ours that gets it. */
async function attribute(tree: string): Promise<Map<Group, Entry[]>> {
  const groupOf = await packageGroups(tree);
  const owners = new Map<string, Group>();
  // The lists of merged packages name /bin/x for what is /usr/bin/x.
  const real = (file: string) => (/^\/(?:bin|sbin|lib\w*)\//.test(file) ? `/usr${file}` : file);
  const info = path.join(tree, 'var/lib/dpkg/info');
  for (const name of await readdir(info)) {
    const owner = /^([^:]+)(?::\w+)?\.list$/.exec(name)?.[1];
    if (owner === undefined) continue;
    const group = groupOf.get(owner) ?? 'base';
    for (const file of (await readFile(path.join(info, name), 'utf8')).split('\n')) {
      const known = owners.get(real(file));
      if (known === undefined || group === 'base') owners.set(real(file), group);
    }
  }
  const entries = new Map<Group, Entry[]>();
  const { stdout } = await run(['find', tree, '-mindepth', '1', '-printf', '%y /%P\n'], {
    captureBytes: 64 * 1024 * 1024,
  });
  for (const found of stdout.split('\n').sort()) {
    const type = found[0];
    const file = found.slice(2);
    if (type === undefined || file === '' || LEFT_OUT.test(file)) continue;
    let group = owners.get(file);
    if (group === undefined && type === 'l') group = owners.get(await linkedFile(tree, file));
    // rpm would take brackets for a pattern and percent signs for macros.
    const name = file.replaceAll('%', '%%').replace(/[[\]*?{}]/g, '?');
    const entry = { file, line: `${type === 'd' ? '%dir ' : ''}"${name}"` };
    const list = entries.get(group ?? 'base') ?? [];
    list.push(entry);
    entries.set(group ?? 'base', list);
  }
  return entries;
}

/** What a link of the tree leads to in the end, as dpkg knows it: a link of update-alternatives(1) to its program. */
async function linkedFile(tree: string, link: string): Promise<string> {
  const { stdout } = await run(['chroot', tree, 'readlink', '--canonicalize', link], { okExitCodes: 'any' });
  const file = stdout.trim();
  const isThere = await lstat(path.join(await realpath(tree), file)).then(
    () => true,
    () => false,
  );
  return isThere ? file : link;
}

/** Debian packages to the first group that needs them; base first. */
async function packageGroups(tree: string): Promise<Map<string, Group>> {
  const packages = new Map<string, Paragraph>();
  for (const paragraph of parseControl(await readFile(path.join(tree, 'var/lib/dpkg/status'), 'utf8'))) {
    packages.set(paragraph.get('Package') ?? '', paragraph);
    for (const provided of names(paragraph.get('Provides'))) {
      if (!packages.has(provided)) packages.set(provided, paragraph);
    }
  }
  const groups = new Map<string, Group>();
  const essential = [...packages.values()].filter((one) => one.get('Essential') === 'yes');
  for (const [group, seeds] of Object.entries(GROUPS) as [Group, readonly string[]][]) {
    const queue = [...seeds, ...(group === 'base' ? essential.map((one) => one.get('Package') ?? '') : [])];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const paragraph = packages.get(next);
      const name = paragraph?.get('Package');
      if (paragraph === undefined || name === undefined || groups.has(name)) continue;
      groups.set(name, group);
      queue.push(...names(paragraph.get('Depends')), ...names(paragraph.get('Pre-Depends')));
    }
  }
  return groups;
}

/** Every name in a relation field, alternatives too. */
const names = (field: string | undefined): string[] =>
  (field ?? '')
    .split(/[,|]/)
    .map((part) => /^[a-z0-9+.-]+/.exec(part.trim())?.[0] ?? '')
    .filter((name) => name !== '');

/** `libc.so.6(GLIBC_2.34)(64bit)`: what packages built here will require. */
async function libraryProvides(tree: string, libraries: readonly string[]): Promise<string[]> {
  const input = libraries.map((file) => path.join(tree, file)).join('\n');
  const { stdout } = await run(['/usr/lib/rpm/elfdeps', '--provides'], { input: `${input}\n`, okExitCodes: 'any' });
  return [...new Set(stdout.split('\n').filter((line) => line !== ''))].sort();
}

const PLAIN = `%global __os_install_post %{nil}
%global debug_package %{nil}
%global __check_files %{nil}
%global _build_id_links none
%global _binary_payload w1.zstdio
`;

function baseSpec(
  tree: string,
  lists: Readonly<Record<string, string>>,
  provides: { readonly base: readonly string[]; readonly gcc: readonly string[] },
): string {
  const provide = (all: readonly string[]) => all.map((one) => `Provides: ${one}\n`).join('');
  const tool = (name: Group, version: string, requires: string, all: readonly string[]) => `
%package -n ${name}
Summary: ${name} of the synthetic distribution
Version: ${version}
AutoReqProv: no
Requires: synthetic-base
${requires}${provide(all)}
%description -n ${name}
${name} of the synthetic distribution.

%files -n ${name} -f ${lists[name]}
`;
  return `${PLAIN}
Name: synthetic-base
Version: 9.0
Release: 1.el9
Summary: Everything that a build needs, in one package
License: GPL-2.0-or-later
AutoReqProv: no
Requires: synthetic-release
${provide(provides.base)}
%description
A Debian tree with rpm's tools.

${tool('make', '4.3', '', PROVIDES.make)}
${tool('gcc', '12.2', 'Requires: binutils\n', provides.gcc)}
${tool('gettext', '0.21', '', PROVIDES.gettext)}
%package -n synthetic-release
Summary: Release files of the synthetic distribution
BuildArch: noarch
Version: 9
AutoReqProv: no
Provides: system-release = 9
Provides: system-release(releasever) = 9
Provides: redhat-release = 9
%description -n synthetic-release
Release files of the synthetic distribution.

%install
mkdir -p %{buildroot}
cp -al ${tree}/. %{buildroot}/
rm -f %{buildroot}/etc/os-release
cat > %{buildroot}/usr/lib/os-release.new <<'END'
${OS_RELEASE}END
mv %{buildroot}/usr/lib/os-release.new %{buildroot}/usr/lib/os-release
ln -s ../usr/lib/os-release %{buildroot}/etc/os-release
echo 'Synthetic Linux release 9' > %{buildroot}/etc/system-release

%files -f ${lists['base']}

%files -n synthetic-release
/etc/os-release
/etc/system-release
/usr/lib/os-release
`;
}

/** rpmbuild(8) in folders of its own, as if on the distribution; the packages land in `output`. */
export async function rpmbuild(work: string, output: string, args: readonly string[]): Promise<string[]> {
  const macros = {
    _topdir: path.join(work, 'rpmbuild'),
    _rpmdir: output,
    _srcrpmdir: output,
    _build_name_fmt: '%%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
    dist: '.el9',
    _dbpath: path.join(work, 'rpmdb'),
  };
  const defines = Object.entries(macros).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  const result = await run(['rpmbuild', ...defines, '--nodeps', ...args], { timeoutSeconds: 600 });
  return [...result.stdout.matchAll(/^Wrote: (.+)$/gm)].map((match) => match[1] ?? '');
}
