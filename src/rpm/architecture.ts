/** Architectures: rpm and Debian call the same machine by different names. */

/** Debian's name (dpkg-architecture(1)) to rpm's (rpmrc, `arch_canon`). */
const RPM_NAMES: Readonly<Record<string, string>> = {
  amd64: 'x86_64',
  arm64: 'aarch64',
  armhf: 'armv7hl',
  i386: 'i686',
  ppc64el: 'ppc64le',
};

/** What rpm calls the architecture that Debian calls `name`; a name that rpm has itself stays. */
export function rpmArchitecture(name: string): string {
  return RPM_NAMES[name] ?? name;
}

/** What Debian calls the architecture that rpm calls `name`; a name that Debian has itself stays. */
export function debArchitecture(name: string): string {
  return Object.entries(RPM_NAMES).find(([, rpm]) => rpm === name)?.[0] ?? name;
}

/**
 * The folder of a repository that packages of `architecture` go to: dnf's `$basearch` (dnf.conf(5)). The 32-bit x86
 * ones share a folder.
 */
export function baseArchitecture(architecture: string): string {
  if (/^(?:i[3-6]86|athlon|geode)$/.test(architecture)) return 'i386';
  if (/^(?:x86_64(?:_v\d)?|amd64|ia32e)$/.test(architecture)) return 'x86_64';
  if (/^armv[567].*h.*l$/.test(architecture)) return 'armhfp';
  return architecture;
}
