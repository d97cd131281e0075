/** Which package has a tool, and how this machine installs it: for the remedy where a tool is missing. */
import { readFileSync } from 'node:fs';

export type Family = 'debian' | 'fedora';

/** Where the package is not named as the tool. What is not here is, or is for the machine's own search to find. */
const PACKAGES: Readonly<Record<string, { readonly debian?: string; readonly fedora?: string }>> = {
  'apt-get': { debian: 'apt', fedora: 'apt' },
  'apt-ftparchive': { debian: 'apt-utils', fedora: 'apt-utils' },
  cat: { debian: 'coreutils', fedora: 'coreutils' },
  chroot: { debian: 'coreutils', fedora: 'coreutils' },
  cp: { debian: 'coreutils', fedora: 'coreutils' },
  createrepo_c: { debian: 'createrepo-c' },
  'dpkg-buildpackage': { debian: 'dpkg-dev', fedora: 'dpkg-dev' },
  'dpkg-deb': { debian: 'dpkg', fedora: 'dpkg' },
  'dpkg-parsechangelog': { debian: 'dpkg-dev', fedora: 'dpkg-dev' },
  'dpkg-source': { debian: 'dpkg-dev', fedora: 'dpkg-dev' },
  cron: { fedora: 'cronie' },
  docker: { debian: 'docker.io', fedora: 'moby-engine' },
  du: { debian: 'coreutils', fedora: 'coreutils' },
  fallocate: { debian: 'util-linux', fedora: 'util-linux' },
  find: { debian: 'findutils', fedora: 'findutils' },
  flock: { debian: 'util-linux', fedora: 'util-linux' },
  gpg: { fedora: 'gnupg2' },
  'gpg-agent': { fedora: 'gnupg2' },
  gpgconf: { fedora: 'gnupg2' },
  gpgv: { fedora: 'gnupg2' },
  ip: { debian: 'iproute2', fedora: 'iproute' },
  modifyrepo_c: { debian: 'createrepo-c', fedora: 'createrepo_c' },
  mount: { fedora: 'util-linux' },
  nsenter: { debian: 'util-linux', fedora: 'util-linux' },
  // Of Fedora `perl` is all that belongs to it.
  perl: { fedora: 'perl-interpreter' },
  prlimit: { debian: 'util-linux', fedora: 'util-linux' },
  rm: { debian: 'coreutils', fedora: 'coreutils' },
  rpmbuild: { debian: 'rpm', fedora: 'rpm-build' },
  rpmkeys: { debian: 'rpm', fedora: 'rpm' },
  rpmspec: { debian: 'rpm', fedora: 'rpm-build' },
  setpriv: { debian: 'util-linux', fedora: 'util-linux' },
  sh: { debian: 'dash', fedora: 'bash' },
  ssh: { debian: 'openssh-client', fedora: 'openssh-clients' },
  'ssh-add': { debian: 'openssh-client', fedora: 'openssh-clients' },
  'ssh-agent': { debian: 'openssh-client', fedora: 'openssh-clients' },
  tail: { debian: 'coreutils', fedora: 'coreutils' },
  unshare: { debian: 'util-linux', fedora: 'util-linux' },
  xz: { debian: 'xz-utils' },
};

const COMMANDS: Readonly<Record<Family, string>> = { debian: 'apt-get install', fedora: 'dnf install' };

/**
 * The command that installs `tool` on this machine: `apt-get install createrepo-c`. Both families' where the machine is
 * of neither.
 *
 * @param release text of os-release(5); that of this machine when not given.
 */
export function installCommand(tool: string, release: string = osRelease()): string {
  const command = (family: Family) => `${COMMANDS[family]} ${packageOf(tool, family)}`;
  const family = familyOf(release);
  return family === undefined ? `${command('debian')} on Debian, ${command('fedora')} on Fedora` : command(family);
}

/** Name of the package that has `tool`. */
export function packageOf(tool: string, family: Family): string {
  return PACKAGES[tool]?.[family] ?? tool;
}

/** By ID, and what that distribution says to be like (ID_LIKE, nearest first). */
export function familyOf(release: string): Family | undefined {
  const field = (name: string) => new RegExp(`^${name}=(["']?)([^"'\n]*)\\1$`, 'm').exec(release)?.[2] ?? '';
  for (const id of `${field('ID')} ${field('ID_LIKE')}`.split(/\s+/)) {
    if (id === 'debian' || id === 'ubuntu') return 'debian';
    if (['fedora', 'rhel', 'centos'].includes(id)) return 'fedora';
  }
  return undefined;
}

/** Text of os-release(5) of this machine; empty where there is none. */
export function osRelease(): string {
  for (const file of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      // The next one, os-release(5).
    }
  }
  return '';
}
