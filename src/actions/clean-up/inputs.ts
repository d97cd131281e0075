import { defineAction } from '../../inputs.ts';
import { buildrootInputs } from '../build-sbuild/inputs.ts';

export const action = defineAction({
  name: 'clean-up',
  title: 'Remove what dead runs left',
  description:
    'Removes what runs that were killed left on this host: sessions, mounts, containers, half-made buildroots and layers, temporary folders. Nothing of a run that lives is touched.',
  runner: 'pkg-builder',
  writes: ['report-file'],
  prints: { input: 'format', value: 'json', output: 'report' },
  branding: { icon: 'trash-2', color: 'blue' },
  inputs: {
    state: buildrootInputs.state,
    folders: {
      type: 'list',
      separator: 'line',
      description:
        'Further folders in which temporary folders of dead runs may lie: workspaces, a TMPDIR of other jobs. The system’s, and the workspace, are looked into in any case.',
      example: '/srv/builds',
    },
    'dry-run': { type: 'boolean', default: false, description: 'Only tell what would be removed.' },
    format: {
      type: 'choice',
      options: ['table', 'json'],
      default: 'table',
      description: 'What is shown: a table for people, or the report as JSON (on the command line on standard output).',
    },
    'report-file': { type: 'path', description: 'File to write the report to, as JSON.', example: 'clean-up.json' },
  },
  outputs: {
    removed: { description: 'How many leftovers were removed, or with `dry-run` would be.' },
    failed: { description: 'How many could not be removed.' },
    bytes: { description: 'Bytes of disk given back, or to be given back.' },
    report: { description: 'All of it as JSON: `removed` and `failed`, each with `kind` and `place`.' },
  },
});
