/** Publishing deb packages onto file systems that are full or cannot be written. */
import { servedDebs } from './mirror-served.ts';
import { testFullDisks } from './publish-disk-full.ts';
import { Workbench } from './publish-helpers.ts';

testFullDisks(async () => {
  const bench = await Workbench.make();
  return {
    bench,
    former: await bench.full('hello', '1.0-1'),
    newer: await bench.full('hello', '1.0-2'),
    served: async (folder) => await servedDebs(folder),
    old: ['hello 1.0-1'],
    upgraded: ['hello 1.0-2'],
  };
}, 'every');
