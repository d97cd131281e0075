import { defineAction } from '../../inputs.ts';
import { action as signPublish } from '../sign-publish/inputs.ts';

const shared = signPublish.inputs;

export const action = defineAction({
  name: 'manage-repository',
  title: 'Manage a repository',
  description:
    'Channels and snapshots of a repository, and review repositories over it: lists and compares them, promotes what was tried, goes back, removes what nobody needs, and tells builds which state a channel stands for.',
  runner: 'pkg-publisher',
  stage: 'deploy',
  writes: ['report'],
  prints: { input: 'command', value: 'resolve', output: 'snapshot-uri' },
  branding: { icon: 'git-branch', color: 'blue' },
  inputs: {
    command: {
      type: 'choice',
      options: [
        'list',
        'diff',
        'promote',
        'rollback',
        'prune',
        'remove-channel',
        'remove-review',
        'prune-reviews',
        'resolve',
      ],
      required: true,
      description:
        'What to do. `list`: channels, snapshots and reviews, or the packages of one. `diff`: what is other in two of them. `promote`: let the channel `to` point to what `channel` or `snapshot` is. `rollback`: let `channel` point to what it was before. `prune`: remove old snapshots, and files that no snapshot uses. `remove-channel`: remove a channel. `remove-review`: remove the review repositories of changes that are closed. `prune-reviews`: remove those that nobody has published to for a time. `resolve`: the address of the state that a channel stands for now.',
      example: 'promote',
    },
    repository: {
      type: 'path',
      description:
        'Folder of the repository on the publisher. Not needed where the packaging file says it, and for `resolve` by `url`. `resolve` takes the folder of a mirror too.',
      example: '/srv/repository/bookworm',
    },
    packaging: {
      type: 'path',
      description: 'The packaging file of the release, for the paths and addresses of its repositories.',
      example: 'packaging.yml',
    },
    'repository-name': {
      type: 'string',
      description: 'Name of the repository in the packaging file. Not needed where there is one.',
      example: 'acme',
    },
    target: {
      type: 'string',
      description: 'Target of the repository in the packaging file. Not needed where it has one target.',
      example: 'debian-12',
    },
    channel: {
      type: 'string',
      description:
        'The channel that is meant: of `promote` where it comes from, of `rollback` and `remove-channel` which one moves, of `list`, `diff` and `resolve` what is looked at. `resolve` takes `latest` when it is not given.',
      example: 'testing',
    },
    snapshot: {
      type: 'string',
      description:
        'Id of a snapshot. `list`, `diff`, `promote`: it instead of a channel’s. `rollback`: the state to go back to; the channel’s former one when not given.',
      example: '20260102T030405Z-1a2b3c',
      pattern: /\d{8}T\d{6}Z-[0-9a-f]{6}/,
      expected: 'the id of a snapshot',
    },
    against: {
      type: 'string',
      description:
        'With `diff`: channel or snapshot that it is compared with. When not given, the state that it was made from.',
      example: 'stable',
    },
    to: {
      type: 'string',
      description: 'With `promote`: the channel that is moved; made when it is not there.',
      example: 'stable',
    },
    packages: {
      type: 'list',
      description:
        'With `promote`: names of source packages. These alone go from `channel` to `to`, with all that was built from them; the others of `to` stay. Needs the signing key, as the indexes of `to` change.',
      example: 'hello, greetings',
    },
    'allow-downgrade': {
      type: 'string',
      description:
        'With `promote`: why packages of the channel may become older or leave it: a reason, which is recorded. Without it that is refused.',
      example: '2.0 loses mail, see issue 77',
      pattern: /\S[^\r\n]{0,999}/,
      expected: 'one line of at most 1000 characters',
    },
    reason: {
      type: 'string',
      description: 'Why, for the history of the repository. `rollback` needs it.',
      example: 'INC-4711: hello 2.0 loses data',
      pattern: /\S[^\r\n]{0,999}/,
      expected: 'one line of at most 1000 characters',
    },
    review: {
      type: 'list',
      description:
        'With `remove-review`: names of the review repositories to remove. One that is not there is no error. With `list`: the one review whose channels and snapshots are listed.',
      example: 'CR-123',
    },
    keep: {
      type: 'integer',
      min: 1,
      max: 10_000,
      description:
        'With `prune`: how many states of each channel stay, the one that it points to included. 5 when not given.',
      example: '10',
    },
    'keep-for': {
      type: 'duration',
      description:
        'With `prune`: how long a snapshot stays after the last channel has left it. Never less than a day, as clients that have read its indexes still download from it. 30d when not given. With `prune-reviews`: how long a review repository stays after somebody has published to it. 14d when not given.',
      example: '90d',
    },
    'dry-run': {
      type: 'boolean',
      default: false,
      description: 'Say what would be done, and change nothing. Needs no lease.',
    },
    url: {
      type: 'string',
      description:
        'Public address of the repository’s `public/` folder. `resolve` reads it there where no `repository` is given.',
      example: 'https://packages.example.org/bookworm',
      pattern: /(https?|file):\/\S+/,
      expected: 'an http, https or file URI without blanks',
    },
    signer: {
      ...shared.signer,
      description:
        'What signs, where `rollback` or `promote` needs it: `openpgp`, in this process with `signing-key`, or `gpg`, for a key on a card or in an agent.',
    },
    'gpg-home': shared['gpg-home'],
    'signing-key': {
      ...shared['signing-key'],
      description:
        'OpenPGP private key of the repository, for `promote` with `packages`; and of deb for `rollback` and `promote` where a former state is served again: apt takes no Release file that is older than the one it has, so it gets a new date. Without the key, machines that have read the newer state stay with it until the next publish.',
    },
    'signing-key-passphrase': shared['signing-key-passphrase'],
    'signing-key-fingerprint': shared['signing-key-fingerprint'],
    'next-signing-key': {
      ...shared['next-signing-key'],
      description:
        'While the keys of the repository are changed: the key that shall sign later, as sign-publish has it. What this command makes is then signed by both (deb), or names it (rpm).',
    },
    'next-signing-key-passphrase': shared['next-signing-key-passphrase'],
    'next-signing-key-fingerprint': shared['next-signing-key-fingerprint'],
    'allow-key-change': {
      type: 'boolean',
      default: false,
      description:
        'With `promote`: take a snapshot that is signed by a key that clients of the channel `to` may not have. Hand them the key first.',
    },
    'lease-timeout': shared['lease-timeout'],
    report: {
      type: 'path',
      description: 'File to write the result to, as JSON.',
      example: 'repository.json',
    },
  },
  outputs: {
    changed: { description: '`true` when something of the repository was changed, or, with `dry-run`, would be.' },
    channel: { description: 'The channel that was moved or looked at; empty where there is none.' },
    snapshot: {
      description: 'Id of the snapshot that it points to, or that was looked at; empty where there is none.',
    },
    'snapshot-uri': { description: 'Address of that snapshot, which stays the same when the channel moves on.' },
    result: { description: 'The result as JSON. On GitHub shortened where it is long: `report` has all of it.' },
  },
});
