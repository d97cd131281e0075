/** Opens a session in podman and says so: `STATE IMAGE PROGRAM...`, the words of the client. To be killed meanwhile. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ContainerEngine } from '../../src/buildroot/engine/engine.ts';
import { openSession } from '../../src/buildroot/session.ts';
import { usePodman } from './docker.ts';

const [state = '', image = '', program = '', ...words] = process.argv.slice(2);
const { client } = await usePodman();
const tree = path.join(state, 'tree');
for (const part of ['dev', 'etc/apt', 'proc', 'run/pkg-actions/inbox', 'sys']) {
  await mkdir(path.join(tree, part), { recursive: true });
}
const engine: ContainerEngine = {
  name: 'podman',
  description: 'podman',
  client: { ...client, command: [program, ...words] },
  image,
};
await openSession({
  state,
  root: { lower: [tree] },
  scratch: 16 * 1024 ** 2,
  runId: 'killed',
  engine,
});
process.stdout.write('open\n');
process.stdin.resume();
