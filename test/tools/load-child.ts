/**
 * A job on a host, for tests of many at once: takes places, holds the current generation, and builds in a session.
 * Arguments: state folder, name of the buildroot, how many builds, places of the host. A line for each build that went
 * well, `built GENERATION`; the first one that did not ends it, with the error.
 */
import { debBuildroot } from '../../src/buildroot/configuration.ts';
import { openSession } from '../../src/buildroot/session.ts';
import { takeSlot } from '../../src/buildroot/slots.ts';
import { holdBuildroot } from '../../src/buildroot/update.ts';
import { resolveTarget } from '../../src/config/target.ts';
import { RecordingHost } from '../../src/host/recording.ts';

const [state = '', name = '', count = '', parallel = ''] = process.argv.slice(2);
const configuration = await debBuildroot({ target: resolveTarget('debian-12'), architecture: 'amd64' });
const logger = new RecordingHost();
const runId = `job-${process.pid}`;

async function build(): Promise<string> {
  await using _place = await takeSlot({ state, parallel: Number(parallel), waitSeconds: 500, runId, logger });
  const held = await holdBuildroot({
    state,
    configuration,
    name,
    runId,
    logger,
    maxAgeSeconds: Number.POSITIVE_INFINITY,
  });
  await using session = await openSession({
    state,
    root: { lower: [held.generation.tree] },
    scratch: 16 * 1024 ** 2,
    locks: [held.lock],
    runId,
  });
  const { id } = held.generation;
  const script = [
    'test "$(cat "$1/id")" = "$2"',
    'test "$(cat "$1"/files/* | sort -u)" = "$2"',
    'test "$(ls "$1/files" | wc -l)" = 50',
    // What one build writes, no other sees.
    'test ! -e "$1/built"',
    'echo "$2" > "$1/built"',
  ].join(' && ');
  for (const turn of ['first', 'second']) {
    // The tree is whole to the end, whatever was switched and removed meanwhile.
    const command = turn === 'first' ? script : 'test "$(cat "$1/built" "$1"/files/* | sort -u)" = "$2"';
    await session.run(['sh', '-c', command, 'sh', session.root, id]);
  }
  return id;
}

for (let index = 0; index < Number(count); index++) process.stdout.write(`built ${await build()}\n`);
