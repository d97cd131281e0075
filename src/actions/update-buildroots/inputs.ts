import { defineAction } from '../../inputs.ts';
import { buildrootInputs } from '../build-sbuild/inputs.ts';

const { target: _one, ...shared } = buildrootInputs;

export const action = defineAction({
  name: 'update-buildroots',
  title: 'Update buildroots',
  description:
    'Makes the buildroots of targets, and brings them up to date: a new generation beside the old one, and only where something changed upstream.',
  runner: 'pkg-builder',
  branding: { icon: 'refresh-cw', color: 'blue' },
  inputs: {
    targets: {
      type: 'list',
      description: 'Targets to update. All of the packaging file when not given.',
      example: 'debian-12,ubuntu-24.04',
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
      description: 'Repositories to add to the buildroot: apt sources of one line each. Asks for a `name`.',
      example: 'deb [signed-by=/etc/keys/example.asc] https://packages.example.org/latest bookworm main',
    },
    'repository-keys': { type: 'list', description: 'Files of public keys for repositories that name no `signed-by`.' },
    pins: {
      type: 'list',
      separator: 'line',
      description: 'Pins for apt, one a line: `PACKAGES; PIN; PRIORITY`. Asks for a `name`.',
      example: '*; release o=Example; 1001',
    },
    include: { type: 'list', description: 'Packages to install beside build-essential. Asks for a `name`.' },
    force: { type: 'boolean', default: false, description: 'Make a new generation even when nothing changed.' },
  },
  outputs: {
    result: { description: 'JSON: per buildroot its name, generation, outcome and reason.' },
    changed: { description: '`true` when any buildroot has a new generation.' },
  },
});
