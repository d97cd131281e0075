import { defineAction } from '../../inputs.ts';
import { cacheInputs, engineInputs } from '../session/inputs.ts';

const forSessions = <I extends { readonly description: string }>(input: I) => ({
  ...input,
  description: `For \`client-check\` with sessions. ${input.description}`,
});

export const action = defineAction({
  name: 'sign-publish',
  title: 'Sign and publish packages',
  description:
    'Publishes built packages into a signed apt or dnf repository, as one transaction: what clients see changes in one step or not at all.',
  runner: 'pkg-publisher',
  stage: 'deploy',
  writes: ['report', 'plan'],
  branding: { icon: 'upload-cloud', color: 'blue' },
  inputs: {
    packages: {
      type: 'list',
      separator: 'line',
      description:
        'Folders that build-sbuild or build-mock wrote, one a line: each holds a manifest, and exactly the files that it lists. All of them are published together; they are of one format. Required, but with `apply` those of the plan when not given.',
      example: 'packages',
    },
    repository: {
      type: 'path',
      description:
        'Folder of the repository on the publisher, made when it does not exist. Its `public/` is what a web server serves. Not needed where the packaging file says it.',
      example: '/srv/repository/bookworm',
    },
    packaging: {
      type: 'path',
      description:
        'The packaging file of the release, for its repositories: path, suite, components, channel, key. Inputs that are given win over it. Everything works without one.',
      example: 'packaging.yml',
    },
    'repository-name': {
      type: 'string',
      description:
        'Name of the repository in the packaging file. Not needed where there is one for the target of the packages.',
      example: 'acme',
    },
    channel: {
      type: 'string',
      description:
        'Channel to publish to: a name that points to the state that clients get. When not given, the first one of the packaging file, else `latest`.',
      example: 'testing',
    },
    suite: {
      type: 'string',
      description:
        'deb: suite that the repository serves; one repository serves one. When not given, the repository’s own; a new one gets that of the packages’ target.',
      example: 'bookworm',
    },
    components: {
      type: 'list',
      description: 'deb: components of the repository. An existing one keeps those that it has. `main` for a new one.',
      example: 'main, contrib',
    },
    component: {
      type: 'string',
      description:
        'deb: component that packages go to. When not given, the one in front of the package’s section (`contrib/net`) where the repository has it, else the first. Debug symbol packages go to `<component>/debug`.',
      example: 'main',
    },
    'udeb-component': {
      type: 'string',
      description:
        'deb: component whose `debian-installer` area udebs go to. When not given, the one that packages go to.',
      example: 'main',
    },
    architectures: {
      type: 'list',
      description:
        'Architectures of the repository, by the names of the format. An existing one keeps those that it has. A new one gets those of the packages when not given.',
      example: 'amd64, arm64',
    },
    origin: {
      type: 'string',
      description:
        'deb: origin in the Release file, which clients can pin. For a new repository the name of its folder when not given.',
      example: 'Acme',
    },
    label: {
      type: 'string',
      description:
        'deb: label in the Release file; the same as the origin when not given. rpm: name of the repository in .repo files; for a new repository the name of its folder when not given.',
      example: 'Acme packages',
    },
    description: {
      type: 'string',
      description: 'deb: description in the Release file.',
      example: 'Packages of Acme for Debian 12',
    },
    'valid-for': {
      type: 'duration',
      description:
        'deb: time after which clients refuse the Release file as outdated (`Valid-Until`). Publish again within half of it, with the same packages if there is nothing new. `0`, as for a new repository: for ever.',
      example: '14d',
    },
    'keep-versions': {
      type: 'integer',
      min: 1,
      max: 1000,
      description:
        'How many versions of each source package the channel keeps, the newest ones: machines get the newest, and can install an older one by its version. A version stays or goes whole. When not given, that of the packaging file, else what the channel has; 1 for a new repository.',
      example: '3',
    },
    groups: {
      type: 'path',
      description:
        'rpm: file with groups of packages (comps.xml). When not given, that of the packaging file, else the repository keeps what it has; so with the next three.',
      example: 'comps.xml',
    },
    updateinfo: {
      type: 'path',
      description: 'rpm: file with advisories (updateinfo.xml).',
      example: 'updateinfo.xml',
    },
    modules: {
      type: 'path',
      description: 'rpm: file with module streams and defaults (modules.yaml).',
      example: 'modules.yaml',
    },
    productid: {
      type: 'path',
      description: 'rpm: product certificate, in PEM form.',
      example: 'productid.pem',
    },
    signer: {
      type: 'choice',
      options: ['openpgp', 'gpg'],
      default: 'openpgp',
      description:
        'What signs: `openpgp`, in this process with `signing-key`, or `gpg`, for a key on a card or in an agent.',
    },
    'gpg-home': {
      type: 'path',
      description:
        'GnuPG home on the publisher that has the key, or the stub of the card that has it, for the signer gpg. The fingerprint says which of its keys signs.',
      example: '/var/lib/publisher/gnupg',
    },
    'signing-key': {
      type: 'secret',
      description:
        'OpenPGP private key that signs: what `gpg --armor --export-secret-keys` prints, as it is or in base64. RSA of 2048 bits or more, or Ed25519. It is used in memory only. Required unless `gpg-home` has the key.',
    },
    'signing-key-passphrase': {
      type: 'secret',
      description: 'Passphrase of the key, where it has one; of a card its PIN.',
    },
    'signing-key-fingerprint': {
      type: 'string',
      description:
        'Fingerprint of the key that is expected. Another key is refused; of several keys it chooses one. When not given, that of the packaging file.',
      example: '0123456789ABCDEF0123456789ABCDEF01234567',
      pattern: /(0x)?[0-9A-Fa-f ]+/,
      expected: '40 hexadecimal digits',
    },
    'next-signing-key': {
      type: 'secret',
      description:
        'The key that shall sign later, while keys change: clients get it together with `signing-key`. Release files of deb get the signatures of both; rpm packages and repomd.xml that of `signing-key` only, as rpm reads one. Later give it as `signing-key` alone. With `gpg-home` the fingerprint names it instead.',
    },
    'next-signing-key-passphrase': {
      type: 'secret',
      description: 'Passphrase of the next key, where it has one; of a card its PIN.',
    },
    'next-signing-key-fingerprint': {
      type: 'string',
      description:
        'Fingerprint of the next key that is expected. With `gpg-home` it alone says which key of that home is the next one.',
      example: '89ABCDEF0123456789ABCDEF0123456789ABCDEF',
      pattern: /(0x)?[0-9A-Fa-f ]+/,
      expected: '40 hexadecimal digits',
    },
    'allow-key-change': {
      type: 'boolean',
      default: false,
      description:
        'Sign with another key than the one that signed the repository before, and that was no `next-signing-key` either. Clients need the new key first.',
    },
    'allow-review': {
      type: 'boolean',
      default: false,
      description:
        'Publish builds of changes that are not merged to the channel itself. Not needed with `review`, which keeps them apart.',
    },
    review: {
      type: 'string',
      description:
        'Publish to the review repository of this name instead, made when it does not exist: a repository of its own for one change, layered over the `channel`, which is not touched. Builds of changes that are not merged are welcome. Give it a key of its own. `manage-repository` removes it.',
      example: 'CR-123',
      pattern: /[A-Za-z0-9][A-Za-z0-9._-]{0,63}/,
      expected: 'at most 64 letters, digits, dots, _ and -, starting with a letter or digit',
    },
    'allowed-signers': {
      type: 'list',
      separator: 'line',
      description:
        'Files with OpenPGP public keys, one a line: every build must be signed by one of them. deb: each `.changes` inline, and it covers every file by SHA-256. rpm: the header of each package. When not given, those of the packaging file, else builds need no signatures.',
      example: 'keys/builders.asc',
    },
    'allow-downgrade': {
      type: 'string',
      description:
        'Why packages may be older than what this or another channel has: a reason, which is recorded. In this channel they replace the newer ones. Without it they are refused. Conflicts always are.',
      example: '2.0 loses mail, see issue 77',
    },
    plan: {
      type: 'path',
      description:
        'Publish nothing: write what publishing would do to this file, as JSON, and show it. Needs no private key where the fingerprint is given or the repository has its key already. Fails, with the plan written, when something would be refused.',
      example: 'plan.json',
    },
    apply: {
      type: 'path',
      description:
        'Do exactly what this plan says, a file that `plan` wrote, or fail when the repository, the builds, the settings or the key have changed since. Packages, repository, channel and settings are those of the plan where they are not given.',
      example: 'plan.json',
    },
    'client-check': {
      type: 'choice',
      options: ['read', 'target'],
      default: 'read',
      description:
        'What is tried before clients see it. `read`: apt or dnf of this machine read all indexes, signatures and new files. `target`: besides, those of the target, in a session of it, resolve and fetch every new package, installed fresh and upgraded to from what the channel has; what cannot be installed is not published. Needs root and a buildroot of the target here, as update-buildroots makes it. Nothing of a package is run.',
    },
    state: {
      type: 'path',
      description:
        'For `client-check` with sessions: folder of the buildroots of this host. `/var/lib/pkg-actions` for root.',
    },
    engine: forSessions(engineInputs.engine),
    'tool-image': forSessions(engineInputs['tool-image']),
    'base-image': forSessions(engineInputs['base-image']),
    proxy: {
      ...cacheInputs.proxy,
      description:
        'For `client-check` with sessions: caching proxy that packages of the target are downloaded through (apt-cacher-ng, squid).',
    },
    retries: {
      type: 'integer',
      min: 0,
      max: 20,
      description:
        'For `client-check` with sessions: how often is tried again what fails by no fault of a package, such as a mirror that does not answer. When not given, that of the packaging file, else 2.',
    },
    'lease-timeout': {
      type: 'duration',
      description:
        'How long to wait while another publisher writes to the repository. When not given, that of the packaging file, else 10m.',
      example: '10m',
    },
    url: {
      type: 'string',
      description:
        'Public address of the repository’s `public/` folder, for its page, its files for apt and dnf, and the instructions to users. It is recorded with the repository. When not given, that of the packaging file, else the recorded one, else the folder itself.',
      example: 'https://packages.example.org/bookworm',
      pattern: /(https?|file|copy):\/\S+/,
      expected: 'an http, https or file URI without blanks',
    },
    report: {
      type: 'path',
      description: 'File to write the result to, as JSON.',
      example: 'sign-publish.json',
    },
  },
  outputs: {
    verdict: {
      description:
        '`publish`, or `nothing` when all of it is there already; with `plan` what would be, and `refused` when it would fail.',
    },
    changed: { description: '`true` when something was published, `false` when all of it was there already.' },
    snapshot: { description: 'Id of the state that the channel points to now; with `review` of the review.' },
    'snapshot-uri': { description: 'Address of that state: it stays the same when the channel moves on.' },
    channel: { description: 'The channel.' },
    repository: { description: 'Absolute path of the repository.' },
    fingerprint: { description: 'Fingerprint of the key that signed.' },
    'sources-entry': {
      description:
        'deb: text of a file for `/etc/apt/sources.list.d/`, such as `acme.sources`, with the key in it: all that a machine needs (apt 2.4 or newer). With `review` it has the state of the release that the review is layered over, and that of the review. Empty for rpm.',
    },
    'repo-file': {
      description:
        'rpm: text of a file for `/etc/yum.repos.d/`, such as `acme.repo`: packages, and, not enabled, debug information and sources. With `review` both, as above. Empty for deb.',
    },
    published: {
      description:
        'The result as JSON: every package with its action (`add`, `upgrade`, `downgrade`, `same`), what left the channel, downgrades that were allowed, the snapshot and the key. Empty with `plan`. On GitHub shortened where it is long: `report` has all of it.',
    },
  },
});
