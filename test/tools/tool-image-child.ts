/** A job that needs the tool image for deb builds: `STATE BASE`. Prints its name and whether this job built it, as JSON. */
import { findClient } from '../../src/buildroot/engine/clients.ts';
import { toolImage } from '../../src/buildroot/engine/images.ts';
import { RecordingHost } from '../../src/host/recording.ts';

const [state = '', baseImage = ''] = process.argv.slice(2);
const logger = new RecordingHost();
const image = await toolImage({
  client: await findClient('docker'),
  format: 'deb',
  toolImage: undefined,
  baseImage,
  state,
  logger,
  signal: new AbortController().signal,
});
const built = logger.groups.filter((group) => group.startsWith('Tool image')).length;
process.stdout.write(`${JSON.stringify({ image, built })}\n`);
