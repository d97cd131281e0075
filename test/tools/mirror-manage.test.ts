/** Mirrors of a repository whose channels are promoted, rolled back and removed, and that is pruned. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { promote, removeChannel, rollback } from '../../src/repository/manage/move.ts';
import { prune } from '../../src/repository/manage/prune.ts';
import { mirror } from './mirror-rig.ts';
import { contents, servedDebs } from './mirror-served.ts';
import { Workbench } from './publish-helpers.ts';

test('a mirror follows promotions, rollbacks, removed channels and prunes', async () => {
  await using bench = await Workbench.make();
  const { repository: root, host, signer } = bench;
  const to = path.join(bench.folder, 'to');
  const common = {
    root,
    holder: 'a test',
    leaseSeconds: 60,
    logger: host,
    signal: host.signal,
    dryRun: false,
    reason: 'a test',
    signer,
  };
  const follow = async () => {
    const results = await mirror(root, host, [to]);
    expect(await contents(to)).toEqual(await contents(path.join(root, 'public')));
    return results[0];
  };
  await bench.publish([await bench.binaries({ name: 'hello', version: '1.0' })]);
  await promote({ ...common, from: 'latest', to: 'stable' });
  expect((await follow())?.channels.toSorted()).toEqual(['latest', 'stable']);
  await bench.publish([await bench.binaries({ name: 'hello', version: '1.1' })]);
  expect((await follow())?.channels).toEqual(['latest']);
  expect(await servedDebs(to, 'stable')).toEqual(['hello 1.0']);
  await rollback({ ...common, channel: 'latest' });
  await follow();
  expect(await servedDebs(to)).toEqual(['hello 1.0']);

  await removeChannel({ ...common, channel: 'stable' });
  expect((await follow())?.channels).toEqual(['stable']);
  const now = () => new Date(Date.now() + 7 * 86_400_000);
  const { removed } = await prune({ ...common, now, keep: 1, keepSeconds: 0 });
  expect(removed.length).toBeGreaterThan(0);
  const pruned = await follow();
  expect(pruned?.removed).toBeGreaterThan(removed.length);
  expect(await servedDebs(to)).toEqual(['hello 1.0']);
});
