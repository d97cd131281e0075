import { defineAction } from '../../inputs.ts';
import { buildrootInputs } from '../build-sbuild/inputs.ts';
import { cacheInputs, engineInputs } from '../session/inputs.ts';

const { target: _one, architecture, mirror, ...shared } = buildrootInputs;

export const action = defineAction({
  name: 'update-buildroots',
  title: 'Update buildroots',
  description:
    'Makes the buildroots of targets, and brings them up to date: a new generation beside the old one, only where something changed upstream, and tried before builds get it.',
  runner: 'pkg-builder',
  cleansUp: true,
  branding: { icon: 'refresh-cw', color: 'blue' },
  inputs: {
    targets: {
      type: 'list',
      description: 'Targets to update. All of the packaging file when not given.',
      example: 'debian-12,el9',
    },
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
    ...shared,
    name: {
      type: 'string',
      description: 'Name of the buildroot, for one with repositories of its own. `TARGET-ARCHITECTURE` when not given.',
      example: 'debian-12-backports',
    },
    repositories: {
      type: 'list',
      separator: 'line',
      description:
        'Repositories to add to the buildroot, one a line. deb: apt sources. rpm: `NAME URL [priority=N] [key=FILE] [trusted=yes]`. Asks for a `name`.',
      example: 'deb [signed-by=/etc/keys/example.asc] https://packages.example.org/latest bookworm main',
    },
    'repository-keys': {
      type: 'list',
      description: 'Files of public keys for repositories that name none themselves.',
    },
    pins: {
      type: 'list',
      separator: 'line',
      description:
        'deb: pins for apt, one a line: `PACKAGES; PIN; PRIORITY`. Asks for a `name`. rpm repositories have a priority of their own.',
      example: '*; release o=Example; 1001',
    },
    include: {
      type: 'list',
      description: 'Packages to install beside what every buildroot of the target has. Asks for a `name`.',
    },
    force: {
      type: 'boolean',
      default: false,
      description:
        'Make a new generation even when nothing changed, and also where the last one was rolled back. It ends a rollback.',
    },
    'smoke-test': {
      type: 'boolean',
      default: true,
      description:
        'Build a small package on a new generation before builds get it. Where that fails, the former one stays in use.',
    },
    keep: {
      type: 'integer',
      default: 1,
      min: 0,
      max: 100,
      description: 'How many former generations stay on disk, to roll back to. Builds that update keep as many.',
    },
    rollback: {
      type: 'boolean',
      default: false,
      description:
        'Go back to the former generation, and stay there until upstream changed again, or an update is made with `force`. Nothing is updated.',
    },
    ...engineInputs,
    proxy: {
      ...cacheInputs.proxy,
      description:
        'Caching proxy that packages are downloaded through (apt-cacher-ng, squid). Buildroots do not keep it.',
    },
  },
  outputs: {
    result: {
      description:
        'JSON: per buildroot its name, outcome, generation, reason, package changes, bytes, seconds; of one that failed why.',
    },
    changed: { description: '`true` when any buildroot has another generation now.' },
    failed: { description: 'Targets whose buildroot could not be updated, separated by blanks.' },
  },
});
