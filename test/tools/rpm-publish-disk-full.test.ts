/** Publishing rpm packages onto file systems that are full or cannot be written. */
import { servedRpms } from './mirror-served.ts';
import { testFullDisks } from './publish-disk-full.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

testFullDisks(async () => {
  const bench = await RpmWorkbench.make();
  return {
    bench,
    former: await bench.full({ version: '1.1-1' }),
    newer: await bench.full({ version: '1.2-1' }),
    served: async (folder) => await servedRpms(folder),
    old: ['hello 1.1'],
    upgraded: ['hello 1.2'],
  };
}, 'some');
