/**
 * The form of packaging.yml (docs/packaging-yml.md): kebab-case in the file, camelCase in the program, durations as
 * seconds and sizes as bytes. What the form alone cannot say (names that must exist, defaults that depend on other
 * fields) is in `resolve.ts`.
 */
import { z } from 'zod';
import { VERSION_SCHEMES } from '../source/scheme.ts';
import {
  anyPath,
  architecture,
  argument,
  componentName,
  duration,
  filledList,
  form,
  insidePath,
  line,
  list,
  mailbox,
  mapping,
  packageName,
  plainName,
  repositoryUri,
  sha256,
  size,
  sourceSuite,
  webUrl,
  whole,
} from './fields.ts';
import { PRESET_NAMES } from './presets.ts';
import { targetInputSchema } from './target-schema.ts';

// What a template and a suffix may hold is checked where versions are made: source/scheme.ts.
const template = () => form(/^[A-Za-z0-9.+~:%?{}_-]+$/, 'a template such as {stem}{n}');

const suffix = () =>
  form(/^(?:[+~.](?:[A-Za-z0-9.+~]|\{tag\})+)?$/, '+ or ~ or . and then letters, digits, .+~ and {tag}', 64);

const versionFields = {
  scheme: z
    .enum(VERSION_SCHEMES)
    .describe(
      'How versions are made: `changelog` as debian/changelog or the spec says, `commits` revision by commits since the tag, `date`, `hotfix` `BASE.DELTA.0`, `security` `BASE.0.DELTA`, or `template`.',
    ),
  template: template().describe(
    'For the scheme `template`: the revision, with placeholders such as `{stem}{n}` (docs/versions.md).',
  ),
  suffix: z
    .union([suffix(), z.record(plainName(), suffix())])
    .describe(
      "Put behind the version, so that the same source built for several targets has several versions; `{tag}` is the target's version tag. One text for all targets, or a mapping from target to text. Without it: `+{tag}` for the deb targets of a release that has several, else nothing.",
    ),
  'parent-branch': form(/^(?!-)(?!.*\.\.)(?!.*\/\/)[A-Za-z0-9._+~/-]+$/, 'the name of a branch').describe(
    'For `hotfix` and `security`: the branch that this one left; commits up to the merge base count as BASE.',
  ),
  'tag-pattern': form(/^(?!-)[A-Za-z0-9._+~/*?[\]-]+$/, 'a pattern of tags such as v*[0-9]*').describe(
    'Tags that are versions, as in `git describe --match`.',
  ),
  'changelog-commits': whole(0, 1000).describe('Latest commits that the new changelog entry names.'),
};

const versionsSchema = mapping({
  scheme: versionFields.scheme.default('changelog'),
  template: versionFields.template.exactOptional(),
  suffix: versionFields.suffix.exactOptional(),
  'parent-branch': versionFields['parent-branch'].exactOptional(),
  'tag-pattern': versionFields['tag-pattern'].default('*[0-9]*'),
  'changelog-commits': versionFields['changelog-commits'].default(10),
});

const ownVersionsSchema = mapping({
  scheme: versionFields.scheme.exactOptional(),
  template: versionFields.template.exactOptional(),
  suffix: versionFields.suffix.exactOptional(),
  'parent-branch': versionFields['parent-branch'].exactOptional(),
  'tag-pattern': versionFields['tag-pattern'].exactOptional(),
  'changelog-commits': versionFields['changelog-commits'].exactOptional(),
});

const buildFields = {
  timeout: duration().describe('Wall-clock limit of one build.'),
  parallel: z
    .union([z.literal('auto'), whole(1, 1024)])
    .describe(
      'Jobs at once within one build (`DEB_BUILD_OPTIONS=parallel=N`, `%_smp_mflags`); `auto`: the processors, shared among the builds.',
    ),
  'max-parallel': z
    .union([z.literal('auto'), whole(1, 256)])
    .describe('Builds at once on one machine; `auto`: by its processors and memory.'),
  network: z
    .boolean()
    .describe('Leave the network reachable while building. Dependencies are installed with network either way.'),
  profiles: list(form(/^[a-z0-9][a-z0-9.+-]*$/, 'a build profile such as nocheck', 64)).describe(
    'deb: build profiles (`DEB_BUILD_PROFILES`). rpm: `--with` conditions.',
  ),
  options: list(
    form(
      /^(?!parallel(?:=|$))[A-Za-z0-9][A-Za-z0-9=,.+_-]*$/,
      'an option such as nocheck; parallel has a field of its own',
      128,
    ),
  ).describe('deb: `DEB_BUILD_OPTIONS`, deb-policy 4.9.1.'),
  'tmpfs-size': z
    .union([z.literal('auto'), size()])
    .describe('Memory for what a build writes; `auto`: by memory and the builds at once; `0`: on disk.'),
  'extra-packages': list(packageName()).describe(
    'Packages installed in the build session beside the build dependencies.',
  ),
};

const buildSchema = mapping({
  timeout: buildFields.timeout.prefault('2h'),
  parallel: buildFields.parallel.default('auto'),
  'max-parallel': buildFields['max-parallel'].default('auto'),
  network: buildFields.network.default(false),
  profiles: buildFields.profiles.default([]),
  options: buildFields.options.default([]),
  'tmpfs-size': buildFields['tmpfs-size'].prefault('auto'),
  'extra-packages': buildFields['extra-packages'].default([]),
});

const ownBuildSchema = mapping({
  timeout: buildFields.timeout.exactOptional(),
  parallel: buildFields.parallel.exactOptional(),
  network: buildFields.network.exactOptional(),
  profiles: buildFields.profiles.exactOptional(),
  options: buildFields.options.exactOptional(),
  'tmpfs-size': buildFields['tmpfs-size'].exactOptional(),
  'extra-packages': buildFields['extra-packages'].exactOptional(),
});

export const gitUrl = form(
  /^(?:(?:https?|git|file):\/\/(?!-)[A-Za-z0-9.[\]:-]*\/|ssh:\/\/(?:[A-Za-z0-9._-]+@)?(?!-)[A-Za-z0-9.[\]:-]+\/|[A-Za-z0-9._-]+@(?!-)[A-Za-z0-9.-]+:)[A-Za-z0-9._+~@%/-]+$/,
  'a URL that git fetches from by https, http, ssh, git or file, without credentials',
  2048,
);

const gitSchema = mapping({
  url: gitUrl.describe('URL that git fetches from.'),
  ref: form(/^(?!-)(?!.*\.\.)[A-Za-z0-9._+~/-]+$/, 'a branch, tag or commit')
    .describe("Branch, tag or commit. Without it: the project's default branch.")
    .exactOptional(),
});

const projectLocation = () => z.union([anyPath(), gitSchema]);

const packageSchema = mapping({
  name: packageName().describe('Name of the source package.'),
  code: projectLocation()
    .describe(
      'Code project: a path relative to this file, or a git URL (text, or `url` and `ref`). Without it and `spec`: the folder of this file, or where that has no packaging the checkout below it that is named as `projects` says.',
    )
    .exactOptional(),
  spec: projectLocation()
    .describe('Spec project, where the packaging is not in the code project: a path or a git URL.')
    .exactOptional(),
  kind: plainName()
    .describe('The `kind` of the entry in `projects` whose names this package follows. Without it: any of them.')
    .exactOptional(),
  targets: filledList(plainName()).describe('Targets it is built for. Without it: all of the release.').exactOptional(),
  'debian-path': insidePath()
    .describe('deb: folder of the packaging inside the spec project (or the code project).')
    .default('debian'),
  'spec-file': insidePath()
    .describe(
      'rpm: the spec file inside the spec project (or the code project). Without it: the `*.spec` at the top of it or in a folder such as `SPECS`, `rpm`, `packaging` or `dist`, of several the one that is named as the package.',
    )
    .exactOptional(),
  versions: ownVersionsSchema.describe('What differs from `versions`.').exactOptional(),
  build: ownBuildSchema.describe('What differs from `build`.').exactOptional(),
  smoke: z
    .array(argument())
    .min(1, 'a command and its arguments')
    .max(256, '256 arguments or fewer')
    .readonly()
    .refine((argv) => argv[0] !== '', 'a command and its arguments')
    .describe('Command that must succeed where the packages are installed: a list of arguments, no shell.')
    .exactOptional(),
});

const projectSchema = mapping({
  preset: z
    .enum(PRESET_NAMES)
    .describe('Patterns known by name; the fields beside it win over its own.')
    .exactOptional(),
  kind: plainName().describe("Name of these projects. Without it: the preset's.").exactOptional(),
  project: line().describe('Pattern of projects that hold code and packaging together.').exactOptional(),
  code: line().describe('Pattern of code projects, with `spec`.').exactOptional(),
  spec: line().describe('Pattern of the spec projects that belong to them.').exactOptional(),
  branch: line()
    .describe(
      'Pattern of the branches of this release. Without it: `{branch}`, any. A build takes what is checked out.',
    )
    .exactOptional(),
  'spec-branch': line()
    .describe("Pattern of the spec projects' branches. Without it: the same as `branch`.")
    .exactOptional(),
});

const repositorySchema = mapping({
  name: plainName().describe('Name, for people, commands and votes.'),
  path: anyPath()
    .describe(
      "Folder on the publisher, absolute or relative to this file; `{target}` is the target's name, `{suite}` its codename, `{release}` the release's version. Without it the action or command that publishes says where.",
    )
    .exactOptional(),
  url: webUrl('{}').describe('Public address, for instructions to users; placeholders as in `path`.').exactOptional(),
  targets: filledList(plainName())
    .describe('Targets whose packages go there: one repository for each. Without it: all of the release.')
    .exactOptional(),
  suite: form(
    /^(?!.*\.\.)(?:[A-Za-z0-9]|\{(?:suite|release|target)\})(?:[A-Za-z0-9.+~_-]|\{(?:suite|release|target)\})*$/,
    'a suite of letters, digits, .+~_-, {suite}, {release} and {target}',
    128,
  )
    .describe('deb: the published suite; placeholders as in `path`. Without it: `{suite}`.')
    .exactOptional(),
  components: filledList(componentName())
    .describe('deb: components; packages go to the first one. Without it: main.')
    .exactOptional(),
  'udeb-component': componentName()
    .describe('deb: component whose `debian-installer` area udebs go to. Without it the one that packages go to.')
    .exactOptional(),
  architectures: filledList(architecture())
    .describe('Architectures. Without it: those of the release.')
    .exactOptional(),
  origin: line(128).describe('deb: Origin in the Release file. Without it: the name of the release.').exactOptional(),
  label: line(128)
    .describe('deb: Label in the Release file. rpm: name in .repo files. Without it: the name of the repository.')
    .exactOptional(),
  groups: anyPath()
    .describe('rpm: file with groups of packages (comps.xml), absolute or relative to this file.')
    .exactOptional(),
  description: line(1024).describe('Description. Without it: made of the names.').exactOptional(),
  channels: filledList(plainName())
    .describe('Channels (named pointers to a published state); publishing moves the first.')
    .default(['latest']),
  'keep-versions': whole(1, 1000)
    .describe(
      'How many versions of each source package its channels keep. Without it: as many as the channel keeps already, 1 in a new one.',
    )
    .exactOptional(),
  'allowed-signers': filledList(anyPath())
    .describe(
      'Files with the public keys that builds must be signed by, absolute or relative to this file. Without it builds need no signatures.',
    )
    .exactOptional(),
  mirrors: filledList(line(1024))
    .describe(
      'Where `mirror-repository` copies it: `rsync://[user@]host[:port]/module[/path]`, `[user@]host:/path`, `ssh://...`, or a folder, absolute or relative to this file; placeholders as in `path`.',
    )
    .exactOptional(),
});

const keySchema = z.union([
  anyPath(),
  mapping({
    url: webUrl().describe('Where the key is downloaded from.'),
    sha256: sha256().describe('SHA-256 of what is downloaded.'),
  }),
]);

const sourceSchema = mapping({
  name: plainName().describe('Name, for errors and files.'),
  line: line(2048)
    .describe('deb: the repository as one line of sources.list(5), instead of `uri`, `suites` and `components`.')
    .exactOptional(),
  uri: repositoryUri().describe('Address: of an apt archive, or the baseurl of an rpm repository.').exactOptional(),
  suites: filledList(sourceSuite())
    .describe('deb: suites, or `./` and the like for a flat repository.')
    .exactOptional(),
  components: filledList(componentName()).describe('deb: components.').exactOptional(),
  architectures: filledList(architecture()).describe('deb: only these architectures.').exactOptional(),
  key: keySchema.describe('Key that signs it: a path relative to this file, or `url` and `sha256`.').exactOptional(),
  trusted: z
    .boolean()
    .describe('Take packages without a signature. Only for a repository on this machine.')
    .default(false),
  priority: whole(-32_768, 32_767)
    .describe('deb: pin priority (apt_preferences(5)). rpm: priority, 1 to 99, the lower the stronger.')
    .exactOptional(),
  pin: form(
    /^(?:release|origin|version) [A-Za-z0-9.+~_=,:*"/ -]+$/,
    'release ..., origin ... or version ... of apt_preferences(5)',
  )
    .describe("deb: what `priority` holds for. Without it: everything from the address's host.")
    .exactOptional(),
  'pin-packages': filledList(form(/^[A-Za-z0-9*?][A-Za-z0-9*?.+:_-]*$/, 'a package name or a glob', 128))
    .describe('deb: packages that `priority` holds for. Without it: all.')
    .exactOptional(),
  targets: filledList(plainName()).describe('Targets it is used for. Without it: all of one format.').exactOptional(),
});

const fingerprint = form(
  /^(?:0x)?[0-9A-Fa-f](?: ?[0-9A-Fa-f]){39}(?:(?: ?[0-9A-Fa-f]){24})?$/,
  'a whole fingerprint: 40 or 64 hexadecimal digits',
  128,
).transform((text) => text.replace(/^0x/, '').replaceAll(' ', '').toUpperCase());

const targetReference = form(/^(?!-)[A-Za-z0-9@%+=:,._~ /-]+$/, 'a target or the path of a target file', 1024);

export const packagingSchema = mapping({
  release: mapping({
    name: plainName().describe('Name of the release, such as that of your distribution.'),
    version: plainName().describe('Its version, in quotes: YAML reads 1.10 as 1.1.').default('1'),
  }).describe('The release that this file describes.'),
  customer: plainName()
    .describe('Prefix of the projects of one customer. Without it the projects have none.')
    .exactOptional(),
  maintainer: mailbox().describe('`Name <mail@host>` in new changelog entries.').exactOptional(),
  targets: filledList(z.union([targetReference, targetInputSchema])).describe(
    'What packages are built for: names or aliases of targets, paths of target files, or targets written out here.',
  ),
  architectures: filledList(architecture())
    .describe(
      'Architectures to build for, by the names of Debian or of rpm. Without it: that of the machine that builds.',
    )
    .exactOptional(),
  projects: filledList(z.union([z.enum(PRESET_NAMES), projectSchema]))
    .describe(
      'How projects and branches are named: presets by name, or patterns. Packages without `code` are looked for by these names.',
    )
    .prefault(['plain']),
  packages: list(z.union([packageName(), packageSchema]))
    .describe(
      'The packages of the release: names, or mappings. Without it: any package, with the defaults; `pipeline` then needs the names as its input.',
    )
    .default([]),
  versions: versionsSchema.describe('How versions are made.').prefault({}),
  repositories: filledList(repositorySchema)
    .describe(
      'Where packages are published: each entry gives one repository for each of its targets. Without it: one entry, named as the release.',
    )
    .exactOptional(),
  sources: list(sourceSchema)
    .describe('Package repositories that builds may install from, beside those of the target.')
    .default([]),
  build: buildSchema.describe('How packages are built.').prefault({}),
  signing: mapping({
    key: fingerprint
      .describe('Fingerprint of the key that must sign. The key itself is a secret and never in this file.')
      .exactOptional(),
  })
    .describe('What repositories are signed with.')
    .prefault({}),
  limits: mapping({
    'lock-timeout': duration().describe("How long to wait for another build's or publisher's lock.").prefault('1h'),
    'smoke-timeout': duration().describe('Wall-clock limit of a smoke command.').prefault('5m'),
    retries: whole(0, 20)
      .describe('How often apt or mock is asked again when a repository does not answer, or changed meanwhile.')
      .default(2),
    'log-size': size()
      .refine((bytes) => bytes === 0 || bytes >= 1024 ** 2, '1M or more, or 0 for no limit')
      .describe('Largest build log that is kept whole; the middle of a larger one is left out. `0`: no limit.')
      .prefault('256M'),
    'output-size': size()
      .describe(
        'Largest sum of the files that one build gives, and largest single file that it writes; one that makes more fails. `0`: no limit.',
      )
      .prefault('8G'),
  })
    .describe('Limits.')
    .prefault({}),
});

/** Whether a text that names a project is meant as a URL: `https://...`, `git@host:...`, `ext::...`. */
export function isUrl(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/|:)|^[^/]*@[^/]*:/.test(text);
}

/** packaging.yml as written, properties in camelCase, static defaults filled in. */
export type PackagingInput = z.output<typeof packagingSchema>;
/** packaging.yml as a value: what a YAML parser gives. */
export type PackagingValue = z.input<typeof packagingSchema>;
