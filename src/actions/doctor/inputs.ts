import { defineAction } from '../../inputs.ts';
import { buildrootInputs } from '../build-sbuild/inputs.ts';
import { cacheInputs, engineInputs } from '../session/inputs.ts';

export const action = defineAction({
  name: 'doctor',
  title: 'Look at a build host',
  description:
    'Looks at this host and says what builds and publishing would miss, with the command that mends it. It changes nothing.',
  runner: 'any',
  writes: ['report-file'],
  branding: { icon: 'activity', color: 'blue' },
  prints: { input: 'format', value: 'json', output: 'report' },
  inputs: {
    for: {
      type: 'list',
      description:
        'What the host is to be for: `deb` and `rpm` (builds on the host itself), `containers` (builds in docker or podman), `publish` (or `publish-deb`, `publish-rpm`). Only what these need counts. When not given: what its tools and buildroots say.',
      example: 'deb,publish',
    },
    strict: { type: 'boolean', default: false, description: 'Fail for warnings as well.' },
    format: {
      type: 'choice',
      options: ['table', 'json'],
      default: 'table',
      description: 'What is shown: a table for people, or the report as JSON (on the command line on standard output).',
    },
    'report-file': { type: 'path', description: 'File to write the report to, as JSON.', example: 'doctor.json' },
    engine: {
      type: 'choice',
      options: ['auto', 'docker', 'podman'],
      default: 'auto',
      description: 'Which of the engines `containers` means. `auto`: one that works is enough.',
    },
    'tool-image': {
      ...engineInputs['tool-image'],
      description:
        'Image that builds in containers are given, to try a session in. One that pkg-actions made when not given.',
    },
    state: buildrootInputs.state,
    'signing-key': {
      type: 'secret',
      description:
        'OpenPGP private key that signs: until when, and whether clients accept it. Needs no passphrase, and signs nothing.',
    },
    'public-keys': {
      type: 'list',
      description: 'Files of public keys to look at in the same way.',
      example: '/srv/repository/public/key.asc',
    },
    repositories: {
      type: 'list',
      description: 'Folders of repositories that sign-publish wrote: the keys that signed what their channels serve.',
      example: '/srv/repository',
    },
    proxy: { ...cacheInputs.proxy, description: 'Proxy that builds download packages through: whether it answers.' },
  },
  outputs: {
    result: { description: '`ok`, `warnings` or `failed`.' },
    report: { description: 'All that was found, as JSON (`schema/doctor.schema.json`).' },
  },
});
