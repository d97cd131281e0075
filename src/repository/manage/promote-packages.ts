/**
 * Single packages from one channel to the next: the files of the pool are published once more, as if they were a build,
 * into the other channel. Packages, sources and records go as they are, signed and to the byte; indexes of the other
 * channel are made and signed.
 */
import path from 'node:path';
import { quote, UserError } from '../../errors.ts';
import type { FileRole, Manifest, ManifestFile } from '../../manifest.ts';
import { VERSION } from '../../version.ts';
import type { Build } from '../builds.ts';
import { debDriver } from '../deb/driver.ts';
import { decide, refuseDecision } from '../decision.ts';
import type { FormatDriver, Plan, RepositoryView } from '../driver.ts';
import { fingerprintsOf, keysOfSnapshot, type PublishKeys, planKeys } from '../keys.ts';
import { checkChannelName, type RepositoryPaths } from '../layout.ts';
import { writeSnapshot } from '../publish.ts';
import { rpmDriver } from '../rpm/driver.ts';
import {
  listSnapshots,
  type PoolFile,
  readSnapshot,
  type Snapshot,
  type SnapshotPackage,
  type SnapshotRecord,
} from '../snapshot.ts';
import { type Session, withRepository } from '../transaction.ts';
import { readHeads, readView, viewOf } from '../view.ts';
import { findChannel } from './channels.ts';
import { type Difference, sourceOrderOf } from './difference.ts';
import { checkExists, lineOf, type MoveOptions, type MoveResult } from './move.ts';

export interface PromotePackagesOptions extends MoveOptions {
  /** Names of source packages. */
  readonly packages: readonly string[];
  readonly from: string;
  readonly to: string;
  /** Why packages of the channel may become older; where it is not given, none may. */
  readonly allowDowngrade?: string | undefined;
  /** What signs the indexes; not needed to say what would be done. */
  readonly keys: PublishKeys | undefined;
}

/**
 * Publishes source packages of one channel, and what was built from them, to another one.
 *
 * @throws UserError where the channel does not have one, or it may not go to the other.
 */
export async function promotePackages(options: PromotePackagesOptions): Promise<MoveResult> {
  checkChannelName(options.to, 'input to');
  await checkExists(options.root);
  const { paths, channels } = await readView(options.root);
  const source = await readSnapshot(paths, findChannel(options.from, channels, 'input channel'));
  const builds = options.packages.flatMap((name) => buildsOf(name, source, paths, options.from));
  // How many versions are kept is the other channel's own affair; a new one begins as this one is.
  const own = channels.has(options.to) ? { keepVersions: undefined } : {};
  return source.format === 'deb'
    ? await publishBuilds(options, source, builds, debDriver({ ...debRequest(source, builds), ...own }))
    : await publishBuilds(
        options,
        source,
        builds,
        rpmDriver({ name: source.settings.label, ...source.settings, ...own }),
      );
}

async function publishBuilds<C, P extends Plan, S extends Snapshot>(
  options: PromotePackagesOptions,
  source: Snapshot,
  builds: readonly Build[],
  driver: FormatDriver<C, P, S>,
): Promise<MoveResult> {
  const { to, keys, allowDowngrade, logger, signal } = options;
  const reason = allowDowngrade ?? options.reason;
  const now = options.now?.() ?? new Date();
  const candidates = await driver.read(builds, { logger, signal, now });
  const rules = {
    packages: [],
    channel: to,
    allowReview: true,
    allowKeyChange: false,
    allowDowngrade,
  };
  /** Only the other channel counts: that one before it is ahead is what promotions are about. */
  const decideOver = async (view: RepositoryView<S>) => {
    const heads = new Map(view.head === undefined ? [] : [[to, view.head] as const]);
    const alone = { ...view, heads };
    const signs = keys === undefined ? keysOfSnapshot(view.head ?? source).slice(0, 1) : fingerprintsOf(keys);
    const decision = await decide({ builds, candidates }, alone, signs, rules, { logger, signal, now }, driver);
    refuseDecision(decision);
    return { decision, alone, difference: differenceIn(decision.plan) };
  };

  if (options.dryRun) {
    const state = await readView(options.root);
    const { decision, difference } = await decideOver(viewOf<S>(state, to, driver.format));
    const former = state.channels.get(to) ?? null;
    const changed = decision.verdict === 'publish';
    const common = { channel: to, id: former, former, changed, difference, warnings: [] };
    return changed ? { ...common, wouldBeMade: true } : common;
  }
  if (keys === undefined) {
    throw new UserError({
      what: 'the indexes of the channel are made anew, and must be signed',
      where: 'input signing-key',
      expected: 'the key that signs the repository',
    });
  }
  return await withRepository(options, async (session) => {
    await checkIsThere(source, session);
    const heads = await readHeads(session.paths, session.channels);
    const view = viewOf<S>({ paths: session.paths, heads }, to, driver.format);
    checkSigner(keys, view.head ?? source);
    const { decision, alone, difference } = await decideOver(view);
    await session.done('planned');
    const former = view.head?.id ?? null;
    const result = { channel: to, former, difference, warnings: [] };
    if (view.head !== undefined && decision.verdict === 'nothing') return { ...result, id: former, changed: false };
    const staging = await session.stage();
    await session.done('staged');
    const held = { logger, signal: session.signal, now };
    const { plan, reasons } = decision;
    const stage = { ...held, ...keys, staging, view: alone, done: session.done };
    const draft = await driver.stage({ ...plan, reasons }, stage);
    // What it was built from is told by the snapshot of the channel before.
    await writeSnapshot(driver.format, staging, view, draft, decision, [], { ...options, ...rules, ...keys }, now);
    const keyring = (await planKeys(view, driver.format, keys, draft)).keys;
    const fingerprint = keys.signer.key.fingerprint;
    const nextFingerprint = keys.nextSigner?.key.fingerprint;
    await driver.check(plan, draft, { ...held, staging, keys: keyring, fingerprint, nextFingerprint });
    await session.done('checked');
    const overrides = difference.filter(({ change }) => change === 'downgraded').map(lineOf);
    const record = {
      action: 'promote' as const,
      from: options.from,
      ...(reason === undefined ? {} : { reason }),
      ...(overrides.length === 0 ? {} : { overrides }),
    };
    await session.commit(staging, { channel: to, poolFiles: draft.poolFiles, keys: keyring, record });
    return { ...result, id: staging.id, changed: true };
  });
}

/** The packages of the newest version of a source package, as builds: one for each folder of the pool. */
function buildsOf(name: string, snapshot: Snapshot, paths: RepositoryPaths, channel: string): Build[] {
  const all = snapshot.packages.filter((each) => each.source === name);
  const compare = sourceOrderOf(snapshot.format, all);
  const version = all
    .map(({ sourceVersion }) => sourceVersion)
    .reduce((newest, each) => (newest === '' || compare(each, newest) > 0 ? each : newest), '');
  if (version === '') {
    throw new UserError({
      what: 'the channel has no such source package',
      where: 'input packages',
      found: quote(name),
      expected: `the name of a source package in ${channel}; list names all`,
    });
  }
  const packages = all.filter(({ sourceVersion }) => sourceVersion === version);
  const records = snapshot.records.filter((each) => each.source === name && each.sourceVersion === version);
  return poolBuilds({ name, version, packages, records }, snapshot, paths);
}

/** Of one source package: what of it is published. */
export interface PooledSource {
  readonly name: string;
  readonly version: string;
  readonly packages: readonly SnapshotPackage[];
  readonly records: readonly SnapshotRecord[];
}

/** Packages of the pool as builds: one for each of its folders that they lie in. */
export function poolBuilds(
  { name, version, packages, records }: PooledSource,
  snapshot: Snapshot,
  paths: RepositoryPaths,
): Build[] {
  const folders = new Map<string, ManifestFile[]>();
  const add = ({ path: file, size, sha256 }: PoolFile, role: FileRole) => {
    const folder = path.dirname(file);
    folders.set(folder, [...(folders.get(folder) ?? []), { name: path.basename(file), size, sha256, role }]);
  };
  for (const each of packages) {
    for (const [index, file] of each.files.entries()) add(file, index === 0 ? each.type : 'other');
  }
  for (const record of records) {
    add(record, record.path.endsWith('.changes') ? 'changes' : 'buildinfo');
  }
  return [...folders].map(([folder, files]) => ({
    manifest: manifestOf(name, version, files, snapshot),
    sha256: '',
    folder: path.join(paths.public, folder),
  }));
}

/** What a build of these files would say of itself. It is never written. */
function manifestOf(name: string, version: string, files: ManifestFile[], { format, settings }: Snapshot): Manifest {
  const { target, architectures } = settings;
  const suite = 'suite' in settings ? settings.suite : '';
  const [architecture = ''] = architectures;
  return {
    schema: 'pkg-actions/manifest/1',
    stage: 'build',
    createdAt: new Date(0).toISOString(),
    tool: { name: 'pkg-actions', version: VERSION },
    package: { name, version, format },
    change: 'merge',
    origins: [],
    ...(target === undefined ? {} : { target: { name: target, suite, architecture } }),
    verdict: 'success',
    tools: {},
    files,
  };
}

/** The components that packages lie in go with them, where it is one; others are told by their sections. */
function debRequest({ settings }: Extract<Snapshot, { format: 'deb' }>, builds: readonly Build[]) {
  const componentsWith = (isMeant: (role: FileRole) => boolean) => {
    const meant = builds.filter(({ manifest }) => manifest.files.some(({ role }) => isMeant(role)));
    const names = meant
      .map(({ folder }) => componentOf(folder, settings.components))
      .map((each) => each.replace(/\/debug$/, ''));
    const [only, ...more] = new Set(names);
    return more.length > 0 ? undefined : only;
  };
  const { validSeconds, description, ...rest } = settings;
  return {
    ...rest,
    name: settings.origin,
    component: componentsWith((role) => ['deb', 'ddeb', 'dsc'].includes(role)),
    udebComponent: componentsWith((role) => role === 'udeb'),
    ...(validSeconds === undefined ? {} : { validSeconds }),
    ...(description === undefined ? {} : { description }),
  };
}

/** `…/pool/<component>/<h>/<source>`. */
function componentOf(folder: string, components: readonly string[]): string {
  const fits = components.filter((name) => folder.includes(`/pool/${name}/`));
  return fits.reduce((longest, each) => (each.length > longest.length ? each : longest), '');
}

/** What the plan does, as a difference. */
function differenceIn({ entries, withdrawn }: Plan): Difference[] {
  const words = { add: 'added', upgrade: 'upgraded', downgrade: 'downgraded' } as const;
  const moved = entries.flatMap(({ kind, name, architecture, version, action, replaces, keeps = [] }): Difference[] => {
    // What clients get until then: the newest.
    const former = keeps[0] ?? replaces.join(', ');
    return action === 'same'
      ? []
      : [
          {
            change: words[action],
            kind,
            name,
            architecture,
            source: '',
            to: version,
            ...(former === '' ? {} : { from: former }),
          },
        ];
  });
  return [
    ...moved,
    ...withdrawn.map(({ kind, name, architecture, version }) => ({
      change: 'withdrawn' as const,
      kind,
      name,
      architecture,
      source: '',
      from: version,
    })),
  ];
}

function checkSigner({ signer, nextSigner }: PublishKeys, head: Snapshot): void {
  if (head.nextKey !== undefined && nextSigner === undefined && head.nextKey !== signer.key.fingerprint) {
    throw new UserError({
      what: 'the keys of the channel are being changed, and this would end it',
      where: 'input next-signing-key',
      found: `the next key ${head.nextKey}`,
      remedy: 'give next-signing-key too, or promote the whole snapshot',
    });
  }
  if (keysOfSnapshot(head).includes(signer.key.fingerprint)) return;
  throw new UserError({
    what: 'the repository is signed by another key, which is the one that its clients have',
    where: 'input signing-key',
    found: signer.key.fingerprint,
    expected: head.signedBy,
  });
}

/** Files that a prune has taken meanwhile would be missing. */
async function checkIsThere({ id }: Snapshot, { paths }: Session): Promise<void> {
  if ((await listSnapshots(paths)).includes(id)) return;
  throw new UserError({
    what: 'the snapshot that the packages come from was removed meanwhile',
    where: `snapshot ${id}`,
    remedy: 'run it again',
  });
}
