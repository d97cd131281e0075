/** A process that takes a place and has it until its standard input ends. Arguments: state folder, places, run id. */
import { takeSlot } from '../../src/buildroot/slots.ts';
import { RecordingHost } from '../../src/host/recording.ts';

const [state = '', parallel = '', runId = ''] = process.argv.slice(2);
const place = await takeSlot({
  state,
  parallel: Number(parallel),
  waitSeconds: 500,
  runId,
  logger: new RecordingHost(),
});
process.stdout.write(`held ${place.number}\n`);
for await (const _piece of process.stdin);
await place.release();
