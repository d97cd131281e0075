/** Mirrors in a process of its own, which ends itself by SIGKILL after a step. Arguments: repository, place, step. */
import { RecordingHost } from '../../src/host/recording.ts';
import { mirrorRepository } from '../../src/mirror/mirrors.ts';
import { mirrorOptions } from './mirror-rig.ts';

const [root = '', place = '', last = ''] = process.argv.slice(2);
const host = new RecordingHost({}, { workspace: root });
await mirrorRepository(
  mirrorOptions(root, host, [place], {
    onStep: (step) => {
      if (step === last) process.kill(process.pid, 'SIGKILL');
    },
  }),
);
