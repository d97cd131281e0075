/**
 * The phases of a package build, in their order. Deb and rpm share them; the words are those of deb-policy 4.9 and of
 * the sections of a spec file.
 */
export const PHASES = [
  'setup',
  'update',
  'fetch',
  'dependencies',
  'arch-check',
  'source',
  'unpack',
  'clean',
  'configure',
  'build',
  'test',
  'install',
  'package',
  'post-build',
  'results',
  'cleanup',
] as const;

export type Phase = (typeof PHASES)[number];

/**
 * For people.
 * `source` makes a source package (`dpkg-source -b`, `rpmbuild -bs`); `unpack` extracts and patches it (`dpkg-source -x`,
 * `%prep`); `package` makes binary packages of what was installed (dh_shlibdeps to dh_builddeb, the end of rpmbuild);
 * `post-build` are checks of the packages (lintian, autopkgtest).
 */
export const PHASE_TITLES: Readonly<Record<Phase, string>> = {
  setup: 'set up the buildroot',
  update: 'update package lists',
  fetch: 'fetch the source',
  dependencies: 'install build dependencies',
  'arch-check': 'check the architecture',
  source: 'make the source package',
  unpack: 'unpack the source',
  clean: 'clean',
  configure: 'configure',
  build: 'build',
  test: 'test',
  install: 'install',
  package: 'make packages',
  'post-build': 'check the packages',
  results: 'collect results',
  cleanup: 'clean up',
};

/** What is going on in a phase, for the middle of a sentence: `the build was ended while …`. */
export const PHASE_ACTIVITIES: Readonly<Record<Phase, string>> = {
  setup: 'setting up the buildroot',
  update: 'updating package lists',
  fetch: 'fetching the source',
  dependencies: 'installing build dependencies',
  'arch-check': 'checking the architecture',
  source: 'making the source package',
  unpack: 'unpacking the source',
  clean: 'cleaning',
  configure: 'configuring',
  build: 'building',
  test: 'testing',
  install: 'installing',
  package: 'making packages',
  'post-build': 'checking the packages',
  results: 'collecting results',
  cleanup: 'cleaning up',
};

/** Phases that run the package's own code, by dpkg-buildpackage or rpmbuild. */
export const PACKAGE_PHASES: readonly Phase[] = [
  'source',
  'unpack',
  'clean',
  'configure',
  'build',
  'test',
  'install',
  'package',
];

/** Phases that talk to package archives. */
export const ARCHIVE_PHASES: readonly Phase[] = ['setup', 'update', 'fetch', 'dependencies'];

/** sbuild's sections and subsections; a pattern where a name is part of the title. */
const SECTIONS: readonly (readonly [RegExp, Phase])[] = [
  [/^(Pre Build|Chroot Setup|Starting Timed Build) Commands$/, 'setup'],
  [/^Update chroot$|^Chroot-update Install Failed Commands$/, 'update'],
  [/^(Fetch source files|Local sources|Check APT|Download source files with APT)$/, 'fetch'],
  [/^Install (package |.+ )?build dependencies( \(.+-based resolver\))?$/, 'dependencies'],
  [/^(Setup apt archive|Install fakeroot|Build-Deps Install Failed Commands)$/, 'dependencies'],
  [/^Check architectures$/, 'arch-check'],
  [/^Build environment$/, 'setup'],
  [/^(Build|Unpack source|Check unpacked source|Check disk space|Hack binNMU version)$/, 'unpack'],
  [/^(User Environment|Fix ld\.so)$/, 'unpack'],
  [/^dpkg-buildpackage$/, 'build'],
];

/** Sections after the build: there is no way back from them. */
const SECTIONS_AFTER: readonly (readonly [RegExp, Phase])[] = [
  [/^(Finished|Changes|Buildinfo|Package contents|.+\.(changes:?|u?deb))$/, 'results'],
  [/^(Post Build|Post Build Commands|Finished Timed Build Commands|lintian|piuparts|autopkgtest)$/, 'post-build'],
  [/^(Cleanup|Chroot Cleanup Commands|Summary|(Generic Build|Post Build) Failed Commands)$/, 'cleanup'],
];

/**
 * The phase of a section of sbuild's log, or of one of ours, by its title; `undefined` for a title that tells nothing.
 *
 * @param after whether the build proper is over.
 */
export function phaseOfSection(title: string, after: boolean): Phase | undefined {
  return (after ? SECTIONS_AFTER : SECTIONS).find(([pattern]) => pattern.test(title))?.[1];
}

const DEBHELPER = new Map<string, Phase>([
  ['dh_auto_clean', 'clean'],
  ['dh_clean', 'clean'],
  ['dh_autoreconf_clean', 'clean'],
  ['dh_quilt_patch', 'unpack'],
  ['dh_quilt_unpatch', 'clean'],
  ['dh_update_autotools_config', 'configure'],
  ['dh_autoreconf', 'configure'],
  ['dh_auto_configure', 'configure'],
  ['dh_auto_build', 'build'],
  ['dh_auto_test', 'test'],
  ['dh_prep', 'install'],
  ['dh_auto_install', 'install'],
  ['dh_missing', 'install'],
  ['dh_link', 'install'],
  ['dh_perl', 'install'],
  ['dh_lintian', 'install'],
  ['dh_bugfiles', 'install'],
  ['dh_usrlocal', 'install'],
  ['dh_movefiles', 'install'],
]);

/** Debhelper commands of the last stage, debhelper(7). */
const PACKAGING_COMMANDS =
  /^dh_(compress|fixperms|strip(_nondeterminism)?|dwz|makeshlibs|shlibdeps|girepository|gencontrol|gensymbols|installdeb|md5sums|builddeb)$/;

/** The phase that a debhelper command belongs to; `undefined` for one that is not known. */
export function phaseOfDebhelper(command: string): Phase | undefined {
  const known = DEBHELPER.get(command);
  if (known !== undefined) return known;
  // Before the others: dh_installdeb makes maintainer scripts.
  if (PACKAGING_COMMANDS.test(command)) return 'package';
  return /^dh_(install|python|sphinx|systemd|apache|nodejs|ruby|golang|haskell|ocaml|R$)/.test(command)
    ? 'install'
    : undefined;
}

/** The phase of a target of debian/rules or of a makefile (deb-policy 4.9, GNU make's standard targets). */
export function phaseOfTarget(target: string): Phase | undefined {
  const hook = /^(?:override|execute_before|execute_after)_(dh_\w+?)(?:-(?:arch|indep))?$/.exec(target);
  if (hook?.[1]) return phaseOfDebhelper(hook[1]);
  if (/(^|[/_-])(check|tests?)([_-]|$)/i.test(target)) return 'test';
  if (/(^|[/_-])(configure|config\.status|autotools)([_-]|$)/.test(target)) return 'configure';
  if (/(^|[/_-])(install)([_-]|$)/.test(target)) return 'install';
  return undefined;
}
