import { defineAction } from '../../inputs.ts';
import { hostInputs } from '../session/inputs.ts';
import { sharedInputs } from './shared.ts';

export const action = defineAction({
  name: 'pipeline',
  title: 'The whole chain on one machine',
  description:
    'Prepares, builds, checks and publishes the packages of a release, then installs them from the new repository with apt or dnf in a clean session. Needs root.',
  runner: 'any',
  cliOnly: true,
  writes: ['work'],
  cleansUp: true,
  branding: { icon: 'play', color: 'blue' },
  inputs: {
    packaging: {
      type: 'path',
      description:
        'The packaging file of the release. When not given: `packaging.yml` where there is one, else the folder is one package with `debian/` or a spec in it, and `targets` and `repository` say the rest.',
      example: 'packaging.yml',
    },
    packages: { type: 'list', description: 'Packages to build. All of the release when not given.', example: 'hello' },
    targets: {
      type: 'list',
      description: 'Targets to build for, by name or as files. All of the release when not given.',
      example: 'debian-12',
    },
    work: {
      type: 'path',
      default: 'pkg-actions-work',
      description: 'Folder for sources and packages of this run. Those of an earlier run are replaced.',
    },
    repository: {
      type: 'path',
      description:
        'Folder of the repository, where no packaging file says it. With several targets each gets a folder in it.',
      example: '/srv/repository',
    },
    channel: { type: 'string', description: 'Channel to publish to. The first of the repository when not given.' },
    state: {
      type: 'path',
      description:
        'Folder for buildroots and sessions, shared by all jobs of the host. `/var/lib/pkg-actions` for root.',
    },
    mirror: {
      type: 'string',
      description:
        'deb: mirror of the distribution’s archive. When not given, the target’s, the host’s or the default one.',
      pattern: /(https?|file|copy):\/.*/,
      expected: 'an http, https or file URI',
    },
    ...hostInputs,
    ...sharedInputs,
    'signing-key': {
      type: 'secret',
      required: true,
      description: 'OpenPGP private key that signs the repository, armored. It is used in memory only.',
    },
    'signing-key-passphrase': { type: 'secret', description: 'Passphrase of the key, where it has one.' },
    'allow-key-change': {
      type: 'boolean',
      default: false,
      description: 'Sign with another key than the one that signed the repository before.',
    },
    install: {
      type: 'boolean',
      default: true,
      description: 'Install what was published in a clean session of each target, and run the smoke command there.',
    },
    smoke: {
      type: 'list',
      separator: 'line',
      description:
        'Command that must succeed where the packages are installed, one argument a line, no shell. That of the packaging file when not given.',
    },
  },
  outputs: {
    result: {
      description: 'JSON: what was built and published, from which commits and tags, how many seconds each stage took.',
    },
    'sources-entry': { description: 'Texts for `/etc/apt/sources.list.d/`, one per deb repository.' },
    'repo-file': { description: 'Texts for `/etc/yum.repos.d/`, one per rpm repository.' },
  },
});
