/** Publishers of deb packages that end at any time. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../src/process.ts';
import { testCrashes } from './publish-crash.ts';
import { Workbench } from './publish-helpers.ts';

testCrashes(async () => {
  const bench = await Workbench.make();
  const client = async () => {
    const apt = await bench.apt();
    await apt.update();
    return apt;
  };
  return {
    format: 'deb',
    bench,
    async first(root) {
      const builds = [await bench.full('hello', '1.0-1'), await bench.binaries({ name: 'data', architecture: 'all' })];
      await bench.publish(builds, { root });
    },
    async upgrade() {
      const build = await bench.full('hello', '1.0-2');
      await bench.deb(build, { name: 'more', fields: { Source: 'hello (1.0-2)' } });
      for (const name of await readdir(build)) {
        if (/\.(changes|buildinfo)$/.test(name)) await rm(path.join(build, name));
      }
      await bench.records(build, 'hello', '1.0-2');
      return await bench.build(build);
    },
    one: async (name, content) => await bench.binaries({ name, ...(content === undefined ? {} : { content }) }),
    nameOf: (name) => `${name} 1.0`,
    async served() {
      const dists = path.join(bench.repository, 'public', 'latest', 'dists', 'bookworm');
      const keyring = path.join(bench.repository, 'public', 'keyring.gpg');
      await run(['gpgv', '--keyring', keyring, path.join(dists, 'InRelease')]);
      await run(['gpgv', '--keyring', keyring, path.join(dists, 'Release.gpg'), path.join(dists, 'Release')]);
      const apt = await client();
      const list = await apt.list();
      await apt.run('apt-get', '-q', 'download', ...list.map((each) => each.split(' ')[0] ?? ''));
      await apt.run('apt-get', '-q', 'source', '--download-only', 'hello');
      return list;
    },
    fetch: async (name) => {
      await (await client()).run('apt-get', '-q', 'download', name);
    },
    afterwardsFile: 'pool/main/a/afterwards/afterwards_1.0_amd64.deb',
    old: ['data 1.0', 'hello 1.0-1'],
    upgraded: ['data 1.0', 'hello 1.0-2', 'more 1.0'],
  };
});
