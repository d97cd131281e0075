import { defineAction } from '../../inputs.ts';

export const action = defineAction({
  name: 'check-version',
  title: 'Check versions against repositories',
  description:
    'Compares built deb or rpm packages with what repositories publish, over all of them: new, upgrade, same, conflict or downgrade. Fails where publishing would be wrong.',
  runner: 'any',
  stage: 'test',
  writes: ['report'],
  branding: { icon: 'check-circle', color: 'blue' },
  inputs: {
    packages: {
      type: 'list',
      separator: 'line',
      required: true,
      description:
        'What is to be published, one a line: folders with a manifest (of prepare-sources, build-sbuild or build-mock), or .deb, .udeb, .ddeb, .dsc, .changes or .rpm files. All of one format.',
      example: 'packages',
    },
    repositories: {
      type: 'list',
      separator: 'line',
      required: true,
      description:
        'Repositories to compare with, one a line: apt sources (sources.list(5)) with `signed-by=` or `trusted=yes`; for rpm packages `rpm URI [key=FILE] [trusted=yes]`. The URI is `http:`, `https:`, `file:` or the path of a folder. A name and a colon before it is shown as its channel.',
      example: 'stable: deb [signed-by=/etc/keys/example.asc] https://packages.example.org/stable bookworm main',
    },
    'repository-keys': {
      type: 'list',
      description: 'Files of public keys, armored or binary, for repositories that name no `signed-by` or `key`.',
      example: 'keys/example.asc',
    },
    'allow-downgrade': {
      type: 'boolean',
      default: false,
      description: 'Warn of a downgrade instead of failing. A conflict always fails.',
    },
    'allow-missing': {
      type: 'boolean',
      default: false,
      description:
        'Take a repository folder of this host that does not exist yet, or has no such suite yet, for an empty one.',
    },
    attempts: {
      type: 'integer',
      default: 4,
      min: 1,
      max: 20,
      description:
        'How often a repository is tried, with growing pauses, when its server fails, cuts the connection or is just being updated.',
    },
    report: {
      type: 'path',
      description: 'File to write the result to, as JSON. Written when the check fails too.',
      example: 'check-version.json',
    },
  },
  outputs: {
    outcome: {
      description:
        'The worst outcome of all packages: `conflict`, `downgrade`, `upgrade`, `new` or `same`. `same`: there is nothing to publish.',
    },
    new: { description: 'Number of packages that no repository has.' },
    upgrade: { description: 'Number of packages that are newer than every published one.' },
    same: { description: 'Number of packages that are published already, with equal content.' },
    downgrade: { description: 'Number of packages that are older than a published one.' },
    conflict: { description: 'Number of packages that are published in the same version with other content.' },
    result: {
      description:
        'The result as JSON, as in the report. On GitHub shortened where it is long: `report` has all of it.',
    },
  },
});
