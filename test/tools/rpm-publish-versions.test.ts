/** Several versions of a package in one rpm channel, by the real createrepo_c, and as dnf sees them. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { fileUrl } from '../../src/repository/layout.ts';
import { promotePackages } from '../../src/repository/manage/promote-packages.ts';
import { readRpmRepositories } from '../../src/repository/rpm-index/read.ts';
import { parseRpmLine } from '../../src/repository/rpm-index/source.ts';
import { checkRpmCandidate } from '../../src/rpm/version-check.ts';
import { expectRefused } from './publish-helpers.ts';
import { at, bench, expectSigned, expectWholePool, hoursAgo, list, useRpmBench } from './rpm-publish-bench.ts';

useRpmBench();

const REASON = 'the newer one loses mail';
const publish = async (packages: readonly string[], keepVersions?: number, extra: object = {}) =>
  await bench.publish(packages, extra, { keepVersions });
const changes = ({ plan }: Awaited<ReturnType<typeof publish>>) =>
  plan.entries.map(({ name, architecture, action, replaces, keeps = [] }) =>
    [`${name} ${architecture} ${action}`, ...replaces.map((each) => `for ${each}`), ...keeps.map((each) => `+ ${each}`)]
      .join(' ')
      .trim(),
  );

describe('a channel that keeps several versions', () => {
  it('lists the newest of each source package whole, for dnf to choose from', async () => {
    const old = await bench.full({ version: '1.0-1', subpackages: { gone: 'x86_64', doc: 'noarch' } });
    const middle = await bench.full({ version: '1.0-2', subpackages: { doc: 'noarch' } });
    const newest = await bench.full({ version: '2.0-1', subpackages: { doc: 'noarch' } });
    await publish([old, await bench.full({ name: 'other' })], 2, { now: hoursAgo(4) });
    const second = await publish([middle], undefined, { now: hoursAgo(3) });
    expect(changes(second).sort()).toEqual([
      'hello source upgrade + 1.0-1',
      'hello x86_64 upgrade + 1.0-1',
      'hello-doc noarch upgrade + 1.0-1',
    ]);
    // A part of the version that is kept.
    expect(second.plan).toMatchObject({ superseded: [], staying: [{ name: 'hello-gone', version: '1.0-1' }] });
    const third = await publish([newest], undefined, { now: hoursAgo(2) });
    expect(changes(third).sort()).toEqual([
      'hello source upgrade for 1.0-1 + 1.0-2',
      'hello x86_64 upgrade for 1.0-1 + 1.0-2',
      'hello-doc noarch upgrade for 1.0-1 + 1.0-2',
    ]);
    expect(third.plan.withdrawn.map(({ name }) => name)).toEqual(['hello-gone']);

    const dnf = await bench.dnf();
    expect(await dnf.list('--showduplicates')).toEqual([
      'hello-1.0-2.x86_64',
      'hello-2.0-1.x86_64',
      'hello-doc-1.0-2.noarch',
      'hello-doc-2.0-1.noarch',
      'other-1.0-1.x86_64',
    ]);
    expect(await dnf.list('--latest-limit=1')).toEqual([
      'hello-2.0-1.x86_64',
      'hello-doc-2.0-1.noarch',
      'other-1.0-1.x86_64',
    ]);
    expect(await list({ folder: 'source' })).toEqual(['hello-1.0-2.src', 'hello-2.0-1.src', 'other-1.0-1.src']);
    const installed = async () => await dnf.list('--installed');
    await dnf.run('install', 'hello-1.0-2', 'hello-doc-1.0-2');
    expect(await installed()).toEqual(['hello-1.0-2.x86_64', 'hello-doc-1.0-2.noarch']);
    await dnf.run('upgrade');
    expect(await installed()).toEqual(['hello-2.0-1.x86_64', 'hello-doc-2.0-1.noarch']);
    await dnf.run('downgrade', 'hello');
    expect(await installed()).toEqual(['hello-1.0-2.x86_64', 'hello-doc-2.0-1.noarch']);
    const folder = at('pool', 'h', 'hello');
    await expectSigned(...(await readdir(folder)).map((name) => path.join(folder, name)));
    await run([
      'gpgv',
      '--keyring',
      at('keyring.gpg'),
      ...['repomd.xml.asc', 'repomd.xml'].map((name) => at('latest', 'x86_64', 'repodata', name)),
    ]);

    // Version checks of others see all of them.
    const older = { kind: 'binary' as const, name: 'hello', version: '1.9-1', architecture: 'x86_64', sha256: '' };
    const reference = parseRpmLine(`rpm ${fileUrl(at('latest'))} key=${at('key.asc')}`, 'a test', (file) => file);
    const read = await readRpmRepositories(reference, { channel: 'latest', candidates: [older] });
    const seen = read.flatMap(({ packages }) => packages).filter((each) => each.kind === 'binary');
    expect(seen.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(['hello 1.0-2', 'hello 2.0-1']);
    expect(checkRpmCandidate(older, seen)).toMatchObject({ outcome: 'downgrade', against: { version: '2.0-1' } });

    // It is there already; for other content there are other versions; one between them is none of them.
    expect((await publish([middle])).changed).toBe(false);
    const other = await bench.full({ version: '1.0-2', content: 'other' });
    await expectRefused(bench.repository, async () => await publish([other]), 'a conflict');
    await expectRefused(bench.repository, async () => await publish([old]), /a downgrade .* 2\.0-1/);
    await expectRefused(bench.repository, async () => await publish([middle], 1), /a downgrade .* 2\.0-1/);
    const lowered = await publish([newest], 1);
    expect(lowered.plan.reasons).toEqual(['settings changed: keepVersions']);
    expect(lowered.plan.superseded.map(({ name, version }) => `${name} ${version}`).sort()).toEqual([
      'hello 1.0-2',
      'hello 1.0-2',
      'hello-doc 1.0-2',
    ]);
    expect(await list()).toEqual(['hello-2.0-1.x86_64', 'hello-doc-2.0-1.noarch', 'other-1.0-1.x86_64']);
    expect(await list({ folder: 'source' })).toEqual(['hello-2.0-1.src', 'other-1.0-1.src']);
    await expectWholePool();
  });

  it('orders by epoch, goes back to a version that it keeps, and lets single packages go on', async () => {
    const builds = await Promise.all(
      ['2.0-1', '1:1.0-1', '1:1.5-1'].map(async (version) => await bench.full({ version })),
    );
    for (const each of builds.slice(0, 2)) await publish([each], 3);
    await publish(builds.slice(2), undefined, { now: hoursAgo(1) });
    expect(await list()).toEqual(['hello-1:1.0-1.x86_64', 'hello-1:1.5-1.x86_64', 'hello-2.0-1.x86_64']);
    const promotion = {
      root: bench.repository,
      holder: 'a test',
      leaseSeconds: 60,
      logger: bench.host,
      signal: new AbortController().signal,
      dryRun: false,
      packages: ['hello'],
      from: 'latest',
      to: 'stable',
      keys: { signer: bench.signer },
    };
    // How many versions the other channel keeps is its own affair.
    await publish([builds[1] ?? ''], 2, { channel: 'stable', allowDowngrade: REASON });
    expect((await promotePackages(promotion)).difference.map(({ kind, from, to }) => `${kind} ${from} ${to}`)).toEqual([
      'binary 1:1.0-1 1:1.5-1',
      'source 1:1.0-1 1:1.5-1',
    ]);
    expect(await list({ channel: 'stable' })).toEqual(['hello-1:1.0-1.x86_64', 'hello-1:1.5-1.x86_64']);

    const lower = await publish([builds[1] ?? ''], 2, { allowDowngrade: REASON });
    expect(changes(lower).sort()).toEqual([
      'hello source downgrade for 1:1.5-1 + 2.0-1',
      'hello x86_64 downgrade for 1:1.5-1 + 2.0-1',
    ]);
    expect(await list()).toEqual(['hello-1:1.0-1.x86_64', 'hello-2.0-1.x86_64']);
    const dnf = await bench.dnf();
    expect(await dnf.list('--latest-limit=1')).toEqual(['hello-1:1.0-1.x86_64']);
    await expectWholePool();
  });
});
