import { defineAction } from '../../inputs.ts';
import { cacheInputs, engineInputs, hostInputs } from '../session/inputs.ts';

export const action = defineAction({
  name: 'build-mock',
  title: 'Build an rpm package',
  description:
    'Builds an rpm source package with mock in a clean, up-to-date buildroot: a short-lived session over a read-only root, without network.',
  runner: 'pkg-builder',
  results: { folder: 'output', junit: 'junit.xml', codequality: 'code-quality.json' },
  writes: ['output'],
  cleansUp: true,
  branding: { icon: 'package', color: 'red' },
  inputs: {
    source: {
      type: 'path',
      required: true,
      description:
        'The source package: the folder that prepare-sources wrote, a .src.rpm, or a .spec with its sources beside it.',
      example: 'sources',
    },
    target: {
      type: 'string',
      required: true,
      description: 'What to build for: a built-in target, one of its other names, or one of the packaging file.',
      example: 'el9',
    },
    architecture: {
      type: 'string',
      description: 'Architecture of the buildroot, by rpm’s name. The host’s when not given.',
      example: 'x86_64',
      pattern: /[a-z0-9][a-z0-9_-]*/,
      expected: 'an architecture of rpm such as x86_64',
    },
    packaging: {
      type: 'path',
      description: 'The packaging file of the release, for its targets and repositories. Everything works without one.',
      example: 'packaging.yml',
    },
    state: {
      type: 'path',
      description:
        'Folder for buildroots and sessions, shared by all jobs of the host. `/var/lib/pkg-actions` for root.',
    },
    output: {
      type: 'path',
      default: 'packages',
      description: 'Folder for packages, logs, reports and manifest. Replaced as a whole.',
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
        'Repositories beside the target’s own to take build dependencies from, one a line: `NAME URL [priority=N] [key=FILE] [trusted=yes]`. Folders of this host are allowed.',
      example: 'acme https://packages.example.org/el9 priority=10 key=/etc/keys/acme.asc',
    },
    'repository-keys': {
      type: 'list',
      description: 'Files of public keys for repositories that name no `key`.',
    },
    'extra-packages': {
      type: 'list',
      description: 'Packages to install beside the build dependencies. When not given, those of the packaging file.',
      example: 'ccache',
    },
    'package-files': {
      type: 'list',
      separator: 'line',
      description: '.rpm files, or folders of them, that dependencies may come from, one a line.',
      example: 'packages/libhello',
    },
    'include-source': {
      type: 'boolean',
      default: true,
      description: 'Hand the .src.rpm on with the results, so that it is published too.',
    },
    with: {
      type: 'list',
      description:
        'Conditions of the spec file to enable (`--with`). When not given, `profiles` of the packaging file.',
      example: 'tests',
    },
    without: {
      type: 'list',
      description: 'Conditions of the spec file to disable (`--without`).',
      example: 'docs',
    },
    defines: {
      type: 'list',
      separator: 'line',
      description: 'Macros for rpmbuild, one a line: `NAME VALUE`.',
      example: 'vendor_tag acme',
    },
    check: {
      type: 'boolean',
      default: true,
      description: 'Run `%check`. When false mock is told `--nocheck`.',
    },
    jobs: {
      type: 'integer',
      min: 1,
      max: 1024,
      description:
        'Parallel jobs of the build (`%_smp_mflags`). When not given, as the packaging file says, else the processors, shared by `max-parallel` where that is a number.',
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
        'Where files of the source tarball lie in the repository, for annotations: `PREFIX=FOLDER` a line. Files outside of it are not annotated.',
      example: '=src',
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
