/** Publishers of deb packages, killed at random moments. */
import path from 'node:path';
import { run } from '../../src/process.ts';
import { servedDebs } from './mirror-served.ts';
import { Workbench } from './publish-helpers.ts';
import { testKills } from './publish-kills.ts';

testKills(
  async () => {
    const bench = await Workbench.make();
    const folder = path.join(bench.repository, 'public');
    return {
      format: 'deb',
      bench,
      build: async (number, name = 'hello') =>
        name === 'hello'
          ? await bench.full(name, `1.${number}-1`)
          : await bench.binaries({ name, version: `1.${number}` }),
      namesOf: (number, name = 'hello') => [`${name} 1.${number}${name === 'hello' ? '-1' : ''}`],
      async served(channel) {
        const dists = path.join(folder, channel, 'dists', 'bookworm');
        const keyring = path.join(folder, 'keyring.gpg');
        await run(['gpgv', '--keyring', keyring, path.join(dists, 'Release.gpg'), path.join(dists, 'Release')]);
        return await servedDebs(folder, channel);
      },
      async fetch(channel) {
        const apt = await bench.apt({ channel });
        await apt.update();
        const names = (await apt.list()).map((each) => each.split(' ')[0] ?? '');
        await apt.run('apt-get', '-q', 'download', ...names);
        if (names.includes('hello')) await apt.run('apt-get', '-q', 'source', '--download-only', 'hello');
      },
    };
  },
  60,
  ['downgrade', 'promote-packages', 'rollback', 'rollback-dated', 'remove'],
);
