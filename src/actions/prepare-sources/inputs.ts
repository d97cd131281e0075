import { defineAction } from '../../inputs.ts';
import { VERSION_SCHEMES } from '../../source/scheme.ts';
import { cacheInputs, engineInputs } from '../session/inputs.ts';

const { engine, 'tool-image': toolImage, 'base-image': baseImage } = engineInputs;

/** As the builds have it: of Debian sources nothing runs in a session. */
const forRpm = <I extends { readonly description: string }>(input: I) => ({
  ...input,
  description: `rpm: ${input.description[0]?.toLowerCase()}${input.description.slice(1)}`,
});

export const action = defineAction({
  name: 'prepare-sources',
  title: 'Prepare a source package',
  description:
    'Makes a Debian or rpm source package from git: version from tag and changelog or spec, a changelog entry from the commits, and a tarball that is the same on every machine. For rpm it runs as root on a `pkg-builder`, in the buildroot of the target.',
  runner: 'any',
  stage: '.pre',
  results: { folder: 'output' },
  writes: ['output'],
  cleansUp: true,
  branding: { icon: 'git-commit', color: 'blue' },
  inputs: {
    code: {
      type: 'path',
      description:
        'Checkout of the code project, or the folder in one that is packed. What is committed is packed; the checkout is not touched. When not given: that of the packaging file, else the workspace.',
      example: 'hello',
    },
    spec: {
      type: 'path',
      description:
        'Checkout of the project with the packaging (`debian/`, or the spec), or a folder in one. When not given: that of the packaging file, else the code project.',
      example: 'hello-build',
    },
    'debian-path': {
      type: 'string',
      description:
        'deb: folder of the packaging in the spec project. When not given: `debian`, the project itself, or a folder of a distribution such as `trusty/debian`.',
      example: 'packaging/debian',
    },
    'spec-file': {
      type: 'string',
      description:
        'rpm: the spec in the spec project. When not given: that of the packaging file, else the only `*.spec` at its top or in a folder such as `SPECS`, `rpm`, `packaging` or `dist`.',
      example: 'rpm/SPECS/hello.spec',
    },
    package: {
      type: 'string',
      description:
        'Name of the source package: another one in the changelog or spec is an error. With `packaging` it chooses the package, and its projects.',
      pattern: /[A-Za-z0-9][A-Za-z0-9+._-]+/,
      expected: 'the name of a source package',
      example: 'hello',
    },
    packaging: {
      type: 'path',
      description:
        'The packaging file of the release, for projects, versions, maintainer and targets. Inputs win over it. Everything works without one.',
      example: 'packaging.yml',
    },
    target: {
      type: 'string',
      description:
        'Target that the sources are for: its format decides which kind of package is made. deb: its suite goes into the changelog, its suffix into the version; not needed where one source is for all targets. rpm: always needed, for the spec is read in its buildroot.',
      example: 'debian-12',
    },
    architecture: {
      type: 'string',
      description: 'rpm: architecture of the buildroot that the spec is read in. The host’s when not given.',
      pattern: /[a-z0-9][a-z0-9_-]*/,
      expected: 'an architecture of rpm such as x86_64',
      example: 'x86_64',
    },
    buildroot: {
      type: 'string',
      description:
        'rpm: name of a buildroot made by update-buildroots, such as one with more packages of macros. The target’s own when not given.',
    },
    'buildroot-max-age': {
      type: 'duration',
      default: '1d',
      description: 'rpm: look for newer packages of the buildroot when nobody has for this long.',
    },
    state: {
      type: 'path',
      description:
        'State folder of the host, for kept downloads, and for rpm buildroots and sessions. `/var/lib/pkg-actions` for root.',
    },
    engine: forRpm(engine),
    'tool-image': forRpm(toolImage),
    'base-image': forRpm(baseImage),
    proxy: {
      ...cacheInputs.proxy,
      description:
        'rpm: caching proxy that packages of the buildroot are downloaded through (apt-cacher-ng, squid), where it is made or brought up to date here. Never for sources.',
    },
    retries: {
      type: 'integer',
      min: 0,
      max: 20,
      description:
        'rpm: how often is tried again to have the buildroot and to open the session in it, where a repository or the engine does not answer. When not given, that of the packaging file, else 2.',
    },
    distribution: {
      type: 'string',
      description:
        'deb: suite in the changelog entry. When not given: that of the target, else that of the last changelog entry.',
      pattern: /[A-Za-z0-9][A-Za-z0-9.+-]*/,
      expected: 'the name of a suite',
      example: 'bookworm',
    },
    ref: {
      type: 'string',
      default: 'HEAD',
      description: 'Commit, branch or tag of the code project to build. For what is merged: the merged commit.',
    },
    'spec-ref': {
      type: 'string',
      description: 'The same of the spec project. When not given: `HEAD`, or `ref` where both are one checkout.',
    },
    output: {
      type: 'path',
      default: 'sources',
      description: 'Folder for the source package and its manifest. Replaced as a whole.',
    },
    'rpm-output': {
      type: 'choice',
      options: ['srpm', 'spec'],
      description: 'rpm: `srpm` makes a `.src.rpm`, `spec` the spec with its sources. `srpm` when not given.',
    },
    'version-scheme': {
      type: 'choice',
      options: VERSION_SCHEMES,
      description:
        'How the version is made: `changelog` as it stands there (rpm: in the spec), `commits` revision by commits since the tag, `date` by the time of the commit, `hotfix` `BASE.DELTA.0`, `security` `BASE.0.DELTA`, or `template`. When not given: that of the packaging file, else `changelog`.',
    },
    'version-template': {
      type: 'string',
      description:
        'For `template`: the revision (rpm: the Release; for native packages what follows the upstream version). Placeholders: `{revision}` `{stem}` `{n}` `{base}` `{delta}` `{date}` `{time}` `{shortsha}` `{target}`.',
      example: '{stem}{n}',
    },
    'version-suffix': {
      type: 'string',
      description:
        'Text behind the version, so that one source can be built for several targets under different versions. When not given: that of the packaging file for the target, else none.',
      example: '~deb12u1',
    },
    'upstream-version-from': {
      type: 'choice',
      options: ['auto', 'tag', 'changelog'],
      default: 'auto',
      description:
        'Where the upstream version is taken from. `auto`: the newest tag and the changelog (rpm: the spec), which must agree; without a tag the changelog. `tag` sets it to the tag’s, `changelog` asks no tag.',
    },
    'tag-pattern': {
      type: 'string',
      description:
        'Tags that are upstream versions, as in `git describe --match`. When not given: that of the packaging file, else `*[0-9]*`. Tags of packages (`debian/...`) never are.',
      example: 'v[0-9]*',
    },
    'past-tag': {
      type: 'choice',
      options: ['auto', 'patch', 'snapshot'],
      default: 'auto',
      description:
        'Commits after the tag: `patch` keeps the orig tarball of the tag and adds them as a patch, `snapshot` makes a tarball of the commit with an upstream version of its own (`1.2+git5.g1a2b3c4d`, rpm: `1.2^git5.g1a2b3c4d`), `auto` is a patch where that can carry them. rpm knows no `patch`: `auto` is a tarball of the commit under the version of the spec.',
    },
    'parent-branch': {
      type: 'string',
      description: 'For `hotfix` and `security`: the branch that this one left. Commits up to there are BASE.',
      example: 'stable/8.0',
    },
    change: {
      type: 'choice',
      options: ['merge', 'review'],
      default: 'merge',
      description:
        '`review`: a change that is not merged yet. Its version sorts above what is published and below the next merge.',
    },
    'change-id': {
      type: 'string',
      description: 'For `review`: number of the change, pull request or merge request.',
      pattern: /[A-Za-z0-9]{1,40}/,
      expected: 'letters and digits',
      example: '42',
    },
    patchset: {
      type: 'integer',
      min: 0,
      default: 1,
      description: 'For `review`: number of the patch set, or another number that grows, such as that of the run.',
    },
    'change-project': {
      type: 'choice',
      options: ['code', 'spec', 'both'],
      default: 'code',
      description: 'For `review`: which project the change is in, where code and packaging have one each.',
    },
    'base-branch': {
      type: 'string',
      description:
        'For `review`: the branch that the change goes into. When not given, the first parent of the change’s commit stands for it.',
      example: 'main',
    },
    'published-version': {
      type: 'string',
      description:
        'Version that is published now. A review must sort above it, a merge not below it; checked where given.',
      example: '1.2-1~mos6',
    },
    maintainer: {
      type: 'string',
      description:
        'Signs the changelog entry. When not given: that of the packaging file, else of the last entry, else DEBFULLNAME and DEBEMAIL.',
      example: 'Example Team <team@example.org>',
    },
    'changelog-commits': {
      type: 'integer',
      min: 0,
      max: 1000,
      description:
        'Commits that the changelog entry names, newest first. When not given: as in the packaging file, else 10.',
    },
    orig: {
      type: 'list',
      separator: 'line',
      description:
        'deb: where orig tarballs may be published already, one place a line: apt sources (`deb ...`, `deb-src ...`), folders and .dsc files by path or URL. The first that has one for the upstream version gives it, and none is made.',
      example: 'deb [signed-by=/etc/keys/example.asc] https://packages.example.org/latest bookworm main',
    },
    downloads: {
      type: 'path',
      description:
        'Folder that downloaded tarballs and sources are kept in, by digest, for the next time. When not given: `downloads` in the state folder of the host, `/var/lib/pkg-actions` for root.',
    },
    compression: {
      type: 'choice',
      options: ['gzip', 'xz'],
      default: 'gzip',
      description:
        'deb: of orig tarballs made here. `gzip` gives the same bytes on every machine, `xz` smaller ones that depend on the release of xz.',
    },
    submodules: {
      type: 'choice',
      options: ['include', 'omit'],
      default: 'include',
      description: 'Whether submodules, which must be checked out, go into the tarball.',
    },
    deepen: {
      type: 'boolean',
      default: true,
      description:
        'Fetch the rest of a shallow clone. Versions are counted from the history, so otherwise it is an error.',
    },
    upload: {
      type: 'boolean',
      default: true,
      description:
        'Hand the source package to later jobs as an artifact, where the platform does that by call (GitHub). Not needed where the same job builds it.',
    },
  },
  outputs: {
    manifest: { description: 'Path of the manifest that lists what was made.' },
    dsc: { description: 'deb: path of the .dsc.' },
    srpm: { description: 'rpm: path of the .src.rpm, where one was asked for.' },
    version: { description: 'Version of the source package.' },
    name: { description: 'Name of the source package.' },
    folder: { description: 'Folder with the source package.' },
    artifact: { description: 'Name of the uploaded artifact, where the platform has artifacts by call.' },
  },
});
