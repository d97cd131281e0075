import { defineAction } from '../../inputs.ts';
import { buildrootInputs } from '../build-sbuild/inputs.ts';
import { cacheInputs, engineInputs } from '../session/inputs.ts';

const { target: _one, architecture, mirror, ...shared } = buildrootInputs;

export const action = defineAction({
  name: 'setup-builder',
  title: 'Set up a build host',
  description:
    'Prepares a Debian, Ubuntu, Fedora or Enterprise Linux host for builds: packages, folders, tool images, first buildroots, a daily update. Run again it changes nothing that is as it should be.',
  runner: 'pkg-builder',
  branding: { icon: 'server', color: 'blue' },
  inputs: {
    targets: {
      type: 'list',
      description:
        'Targets that the host builds for. All of the packaging file when not given; without one, what the distribution itself can build, and no buildroots yet.',
      example: 'debian-12,el9',
    },
    'dry-run': { type: 'boolean', default: false, description: 'Only say what would be done.' },
    ...engineInputs,
    engine: {
      ...engineInputs.engine,
      description:
        'Where builds are to run: on the host itself, or in containers of docker or podman. `auto`: deb on Debian and Ubuntu, rpm on Fedora and Enterprise Linux, on the host; the other format in containers.',
    },
    packages: {
      type: 'boolean',
      default: true,
      description: 'Install the packages that are missing, and on an Enterprise Linux EPEL.',
    },
    publisher: {
      type: 'boolean',
      default: false,
      description: 'Install what publishing needs as well. The host that holds the key should build nothing.',
    },
    buildroots: { type: 'boolean', default: true, description: 'Make the first buildroot of each target.' },
    timer: {
      type: 'choice',
      options: ['auto', 'yes', 'no'],
      default: 'auto',
      description:
        'Update the buildroots every day: by a timer of systemd, or by cron where there is no systemd. `auto`: where systemd runs.',
    },
    'timer-time': {
      type: 'string',
      default: '03:30',
      description: 'When, in the time of the host; up to half an hour later with systemd.',
      pattern: /([01][0-9]|2[0-3]):[0-5][0-9]/,
      expected: 'a time such as 03:30',
    },
    'timer-command': {
      type: 'string',
      description:
        'Command that the timer starts `update-buildroots` with. When not given, the `pkg-actions` that is installed on the host.',
      example: '/usr/local/bin/pkg-actions',
      pattern: /\/[A-Za-z0-9_@+=:,./~-]+( [A-Za-z0-9_@+=:,./~-]+)*/,
      expected: 'an absolute path, and words without quotes',
    },
    force: {
      type: 'boolean',
      default: false,
      description: 'Write files of the timer anew where somebody changed them.',
    },
    ...shared,
    architecture: {
      ...architecture,
      description: 'Architecture of the buildroots, by the name of either format. The host’s when not given.',
      pattern: /[a-z0-9][a-z0-9_-]*/,
      expected: 'an architecture such as amd64 or x86_64',
    },
    mirror: {
      ...mirror,
      description: `deb: ${mirror.description.replace(/^[A-Z]/, (letter) => letter.toLowerCase())}`,
    },
    proxy: {
      ...cacheInputs.proxy,
      description: 'Caching proxy that packages of buildroots are downloaded through (apt-cacher-ng, squid).',
    },
  },
  outputs: {
    changed: { description: '`true` when anything was changed.' },
    steps: {
      description:
        'JSON: each step with its outcome (`changed`, `unchanged`, `planned`, `failed`, `skipped`), detail and actions.',
    },
    doctor: { description: 'What doctor says at the end: `ok`, `warnings` or `failed`.' },
  },
});
