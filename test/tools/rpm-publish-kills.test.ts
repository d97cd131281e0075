/** Publishers of rpm packages, killed at random moments. */
import path from 'node:path';
import { servedRpms } from './mirror-served.ts';
import { testKills } from './publish-kills.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

testKills(
  async () => {
    const bench = await RpmWorkbench.make();
    const folder = path.join(bench.repository, 'public');
    return {
      format: 'rpm',
      bench,
      build: async (number, name = 'hello') =>
        name === 'hello'
          ? await bench.full({ name, version: `1.${number}-1`, subpackages: { doc: 'noarch' } })
          : await bench.binaries({ name, version: `1.${number}-1` }),
      namesOf: (number, name = 'hello') =>
        name === 'hello' ? [`${name} 1.${number}`, `${name}-doc 1.${number}`] : [`${name} 1.${number}`],
      async served(channel) {
        for (const part of ['source', 'x86_64/debug']) await servedRpms(folder, channel, part);
        return await servedRpms(folder, channel);
      },
      async fetch(channel) {
        const dnf = await bench.dnf({ channel });
        await dnf.run('install', '--downloadonly', ...(await dnf.list()));
      },
    };
  },
  30,
  // Each takes four seconds; promotions of packages do as those of debs do, and fall among the random ones.
  ['downgrade'],
);
