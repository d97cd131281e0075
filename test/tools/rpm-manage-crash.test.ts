/** Channels and snapshots of rpm repositories, ended at any time. */
import path from 'node:path';
import { run } from '../../src/process.ts';
import { testManageCrashes } from './manage-crash.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

testManageCrashes(async () => {
  const bench = await RpmWorkbench.make();
  return {
    bench,
    build: async (number) => await bench.full({ version: `1.${number}-1` }),
    nameOf: (number) => `hello-1.${number}-1.x86_64`,
    async served(channel) {
      const keyring = path.join(bench.repository, 'public', 'keyring.gpg');
      for (const folder of ['x86_64', 'source']) {
        const repomd = path.join(bench.repository, 'public', channel, folder, 'repodata', 'repomd.xml');
        await run(['gpgv', '--keyring', keyring, `${repomd}.asc`, repomd]);
      }
      const dnf = await bench.dnf({ channel });
      const list = await dnf.list();
      await dnf.run('install', '--downloadonly', 'hello');
      return list;
    },
  };
}, 'some');
