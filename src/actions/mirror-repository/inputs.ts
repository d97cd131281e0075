import { defineAction } from '../../inputs.ts';

export const action = defineAction({
  name: 'mirror-repository',
  title: 'Mirror a repository',
  description:
    'Copies a repository to mirrors by rsync: packages first, then indexes, then the channels in one step each, removals last. What a mirror serves is always the complete old or the complete new state.',
  runner: 'pkg-publisher',
  stage: 'deploy',
  writes: ['report-file'],
  branding: { icon: 'copy', color: 'blue' },
  inputs: {
    repository: {
      type: 'path',
      description:
        'Folder of the repository on the publisher, which sign-publish wrote. Not needed where the packaging file says it.',
      example: '/srv/repository/bookworm',
    },
    mirrors: {
      type: 'list',
      separator: 'line',
      description:
        'Where to mirror to, one a line: `rsync://[user@]host[:port]/module[/path]`, `[user@]host:/path` or `ssh://[user@]host[:port]/path`, or a folder. When not given, those of the packaging file.',
      example: 'mirror@www1.example.org:/srv/mirror/bookworm',
    },
    packaging: {
      type: 'path',
      description:
        'The packaging file of the release, for its repositories: path and mirrors. Inputs that are given win.',
      example: 'packaging.yml',
    },
    'repository-name': {
      type: 'string',
      description: 'Name of the repository in the packaging file. Not needed where there is one.',
      example: 'acme',
    },
    target: {
      type: 'string',
      description:
        'Target whose repository is meant, where the entry in the packaging file gives one for each of several targets.',
      example: 'debian-12',
    },
    'known-hosts': {
      type: 'string',
      description:
        'Host keys of mirrors by ssh: lines as in known_hosts, or the path of such a file. Only these hold then. When not given, those of the user and of the machine. A host whose key is not known is refused.',
      example: 'www1.example.org ssh-ed25519 AAAAC3Nza...',
    },
    'ssh-key': {
      type: 'secret',
      description:
        'Private key for mirrors by ssh, without a passphrase. It is only ever in the memory of an agent. When not given, the keys and the agent of the user.',
    },
    'rsync-password': { type: 'secret', description: 'Password of the user at rsync daemons.' },
    'bandwidth-limit': {
      type: 'size',
      default: '0',
      description: 'Most bytes a second that are sent to each mirror; `0` for no limit.',
      example: '10M',
    },
    timeout: {
      type: 'duration',
      default: '5m',
      description: 'After this time without any data a connection counts as dead.',
    },
    attempts: {
      type: 'integer',
      default: 4,
      min: 1,
      max: 20,
      description:
        'How often a step is tried, with growing pauses, when a mirror does not answer or the connection is cut.',
    },
    checksum: {
      type: 'boolean',
      default: false,
      description:
        'Compare the contents of all files instead of sizes and times. It reads everything on both sides; it finds what became damaged on a mirror.',
    },
    'max-delete': {
      type: 'integer',
      min: 0,
      description:
        'Most files and folders that are removed from a mirror because the repository no longer has them. When not given, as many as the mirror keeps, or 100.',
      example: '5000',
    },
    'lock-timeout': {
      type: 'duration',
      default: '1h',
      description: 'How long to wait while another run mirrors this repository.',
    },
    'dry-run': { type: 'boolean', default: false, description: 'Only tell what would be sent and removed.' },
    'report-file': { type: 'path', description: 'File to write the result to, as JSON.', example: 'mirrors.json' },
  },
  outputs: {
    mirrored: { description: 'The mirrors that are complete, one a line.' },
    failed: { description: 'The mirrors that failed, one a line. Empty when all is well.' },
    report: {
      description:
        'The result as JSON: for every mirror its state, the step at which it failed and why, files, bytes, removals and seconds.',
    },
  },
});
