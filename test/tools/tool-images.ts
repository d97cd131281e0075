/** The tool images of the tests: made by the program itself, on the tests' base image, once for all test files. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { toolImage } from '../../src/buildroot/engine/images.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { copyImage, hasImage, type TestClient, testBaseImage, useDocker } from './docker.ts';

/** Holds what is known of the images, beside docker's own storage. */
export const IMAGE_STATE = path.resolve(import.meta.dirname, '../../.cache/images');

/** Name of the image with the tools for `format`, there for `target`. podman gets docker's: the same, much faster. */
export async function testToolImage(target: TestClient, format: 'deb' | 'rpm'): Promise<string> {
  if (target.client.name === 'docker') return docker(target, format);
  await using source = await useDocker();
  const image = await docker(source, format);
  if (!(await hasImage(target.client, image))) await copyImage(source.client, target.client, image);
  const base = await testBaseImage(source);
  if (!(await hasImage(target.client, base))) await copyImage(source.client, target.client, base);
  return image;
}

async function docker(target: TestClient, format: 'deb' | 'rpm'): Promise<string> {
  await mkdir(IMAGE_STATE, { recursive: true });
  return toolImage({
    client: target.client,
    format,
    toolImage: undefined,
    baseImage: await testBaseImage(target),
    state: IMAGE_STATE,
    logger: new RecordingHost(),
    signal: new AbortController().signal,
  });
}
