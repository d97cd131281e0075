/** Publishers of rpm packages that end at any time. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../src/process.ts';
import { testCrashes } from './publish-crash.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

testCrashes(async () => {
  const bench = await RpmWorkbench.make();
  return {
    format: 'rpm',
    bench,
    async first(root) {
      const builds = [
        await bench.full({ subpackages: { gone: 'x86_64' } }),
        await bench.full({ name: 'data', architecture: 'noarch' }),
      ];
      await bench.publish(builds, { root });
    },
    async upgrade() {
      return await bench.full({ version: '1.0-2', subpackages: { more: 'x86_64', 'more-doc': 'noarch' } });
    },
    one: async (name, content) => await bench.binaries({ name, ...(content === undefined ? {} : { content }) }),
    nameOf: (name) => `${name}-1.0-1.x86_64`,
    async served() {
      const channel = path.join(bench.repository, 'public', 'latest');
      for (const folder of ['x86_64', 'x86_64/debug', 'source']) {
        const repomd = path.join(channel, folder, 'repodata', 'repomd.xml');
        await run(['gpgv', '--keyring', path.join(bench.repository, 'public', 'keyring.gpg'), `${repomd}.asc`, repomd]);
      }
      const dnf = await bench.dnf();
      const list = await dnf.list();
      await dnf.run('install', '--downloadonly', ...list);
      const sources = await bench.dnf({ folder: 'source' });
      for (const each of await sources.list('--location')) await readdir(path.dirname(new URL(each).pathname));
      return list;
    },
    fetch: async (name) => {
      await (await bench.dnf()).run('install', '--downloadonly', name);
    },
    afterwardsFile: 'pool/a/afterwards/afterwards-1.0-1.x86_64.rpm',
    old: ['data-1.0-1.noarch', 'hello-1.0-1.x86_64', 'hello-gone-1.0-1.x86_64'],
    upgraded: ['data-1.0-1.noarch', 'hello-1.0-2.x86_64', 'hello-more-1.0-2.x86_64', 'hello-more-doc-1.0-2.noarch'],
  };
});
