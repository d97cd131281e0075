/** Channels and snapshots of deb repositories, ended at any time. */
import path from 'node:path';
import { run } from '../../src/process.ts';
import { testManageCrashes } from './manage-crash.ts';
import { Workbench } from './publish-helpers.ts';

testManageCrashes(async () => {
  const bench = await Workbench.make();
  return {
    bench,
    build: async (number) => await bench.full('hello', `1.${number}-1`),
    nameOf: (number) => `hello 1.${number}-1`,
    async served(channel) {
      const dists = path.join(bench.repository, 'public', channel, 'dists', 'bookworm');
      const keyring = path.join(bench.repository, 'public', 'keyring.gpg');
      await run(['gpgv', '--keyring', keyring, path.join(dists, 'InRelease')]);
      const apt = await bench.apt({ channel });
      await apt.update();
      const list = await apt.list();
      await apt.run('apt-get', '-q', 'download', 'hello');
      await apt.run('apt-get', '-q', 'source', '--download-only', 'hello');
      return list;
    },
  };
}, 'every');
