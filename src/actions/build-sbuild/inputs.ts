import { defineAction } from '../../inputs.ts';
import { cacheInputs, engineInputs, hostInputs } from '../session/inputs.ts';

/** Inputs shared by everything that uses a deb buildroot. */
export const buildrootInputs = {
  target: {
    type: 'string',
    required: true,
    description: 'What to build for: a built-in target, its codename, or one of the packaging file.',
    example: 'debian-12',
  },
  architecture: {
    type: 'string',
    description: 'Debian architecture of the buildroot. The host’s when not given.',
    example: 'amd64',
    pattern: /[a-z0-9][a-z0-9-]*/,
    expected: 'a Debian architecture such as amd64',
  },
  packaging: {
    type: 'path',
    description: 'The packaging file of the release, for its targets and repositories. Everything works without one.',
    example: 'packaging.yml',
  },
  mirror: {
    type: 'string',
    description:
      'Mirror of the distribution’s archive. When not given, the target’s, else what the host’s own apt uses, else the distribution’s default.',
    pattern: /(https?|file|copy):\/.*/,
    expected: 'an http, https or file URI',
  },
  state: {
    type: 'path',
    description: 'Folder for buildroots and sessions, shared by all jobs of the host. `/var/lib/pkg-actions` for root.',
  },
} as const;

export const action = defineAction({
  name: 'build-sbuild',
  title: 'Build a Debian package',
  description:
    'Builds a Debian source package with sbuild in a clean, up-to-date buildroot: a short-lived session over a read-only root, without network.',
  runner: 'pkg-builder',
  results: { folder: 'output', junit: 'junit.xml', codequality: 'code-quality.json' },
  writes: ['output'],
  cleansUp: true,
  branding: { icon: 'package', color: 'blue' },
  inputs: {
    source: {
      type: 'path',
      required: true,
      description: 'The source package: the folder that prepare-sources wrote, or a .dsc with its files beside it.',
      example: 'sources',
    },
    ...buildrootInputs,
    output: {
      type: 'path',
      default: 'packages',
      description: 'Folder for packages, log, reports and manifest. Replaced as a whole.',
    },
    buildroot: {
      type: 'string',
      description: 'Name of a buildroot made by update-buildroots. The target’s own when not given.',
    },
    'buildroot-max-age': {
      type: 'duration',
      default: '1d',
      description: 'Look for newer packages upstream before the build when nobody has for this long.',
    },
    repositories: {
      type: 'list',
      separator: 'line',
      description:
        'Repositories beside the target’s own to take build dependencies from: apt sources of one line each, with `signed-by=` or `trusted=yes`. Folders of this host are allowed.',
      example: 'deb [signed-by=/etc/keys/example.asc] https://packages.example.org/latest bookworm main',
    },
    'repository-keys': {
      type: 'list',
      description: 'Files of public keys for repositories that name no `signed-by`.',
    },
    pins: {
      type: 'list',
      separator: 'line',
      description: 'Pins for apt, one a line: `PACKAGES; PIN; PRIORITY`.',
      example: '*; release o=Example; 1001',
    },
    'extra-packages': {
      type: 'list',
      description: 'Packages to install beside the build dependencies. When not given, those of the packaging file.',
      example: 'ccache',
    },
    'package-files': {
      type: 'list',
      separator: 'line',
      description: '.deb files, or folders of them, that dependencies may come from, one a line.',
      example: 'packages/libhello',
    },
    'build-arch-any': { type: 'boolean', default: true, description: 'Build architecture-dependent packages.' },
    'build-arch-all': { type: 'boolean', default: true, description: 'Build architecture-independent packages.' },
    'include-source': {
      type: 'boolean',
      default: true,
      description: 'Hand the source package on with the results, unchanged, so that it is published too.',
    },
    profiles: {
      type: 'list',
      description: 'Build profiles. When not given, those of the packaging file.',
      example: 'nocheck,nodoc',
    },
    'build-options': {
      type: 'list',
      description:
        'Words for DEB_BUILD_OPTIONS; `parallel` is set from `jobs`. When not given, those of the packaging file.',
      example: 'nocheck',
    },
    jobs: {
      type: 'integer',
      min: 1,
      max: 1024,
      description:
        'Parallel jobs of the build. When not given, as the packaging file says, else the processors, shared by `max-parallel` where that is a number.',
    },
    timeout: {
      type: 'duration',
      description: 'Wall-clock limit of the whole session. When not given, that of the packaging file, else `2h`.',
      example: '90m',
    },
    network: {
      type: 'boolean',
      default: false,
      description:
        'Leave the network open while the package builds, as the packaging file may say too. Dependencies are always installed with network.',
    },
    retries: {
      type: 'integer',
      min: 0,
      max: 20,
      description:
        'How often is tried again what failed by no fault of the package: a repository that does not answer, a whole build whose failure is the infrastructure’s. When not given, that of the packaging file, else 2.',
    },
    'tmpfs-size': {
      type: 'size',
      description:
        'Memory that the session may write to, at most; `0` writes to disk. When not given, that of the packaging file, else from the free memory.',
      example: '4G',
    },
    ...hostInputs,
    ...engineInputs,
    ...cacheInputs,
    'path-mapping': {
      type: 'list',
      separator: 'line',
      description:
        'Where files of the source package lie in the repository, for annotations: `PREFIX=FOLDER` a line. Files outside of it are not annotated.',
      example: 'debian/=packaging/debian/',
    },
  },
  outputs: {
    verdict: { description: '`success`, or whose fault the failure is: `package`, `infrastructure`, `configuration`.' },
    manifest: { description: 'Path of the manifest that lists what was built.' },
    folder: { description: 'Folder with the results.' },
    log: { description: 'Path of the build log.' },
    packages: { description: 'Names of the packages built, separated by blanks.' },
    artifact: { description: 'Name of the uploaded artifact, where the platform has artifacts by call.' },
  },
});
