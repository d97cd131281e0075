/** A large package is signed in constant memory. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../src/process.ts';
import { generateKey } from '../../src/signing/openpgp.ts';
import { oldPackage } from './rpm-old-package.ts';
import { RpmWorkbench } from './rpm-workbench.ts';

const MB = 1_000_000;
const SIZE = 600 * MB;
const LIMIT = 150 * MB;

let bench: RpmWorkbench;
let large: string;
beforeAll(async () => {
  bench = await RpmWorkbench.make();
  const made = await bench.build({
    name: 'large',
    fill: `truncate -s ${SIZE} zeros`,
    // Not compressed: the payload is as large as the file.
    defines: { _binary_payload: 'w.ufdio' },
  });
  large = made.find((file) => !file.endsWith('.src.rpm')) ?? '?';
  expect((await stat(large)).size).toBeGreaterThan(SIZE);
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

it.each(['new', 'old'])('of the %s format', async (kind) => {
  const folder = await bench.newFolder();
  const source = kind === 'old' ? await oldPackage(large, folder) : large;
  const target = path.join(folder, 'signed.rpm');
  const made = await generateKey({ name: 'Example', email: 'archive@example.org', algorithm: 'rsa4096' });
  const input = JSON.stringify({ key: made.key.reveal(), jobs: [{ source, target }] });
  const { stdout } = await run([process.execPath, path.resolve('bench/sign-rpm-child.ts')], { input });
  const { peakBytes } = JSON.parse(stdout) as { peakBytes: number };
  expect(peakBytes).toBeLessThan(LIMIT);
  // Of a process that did nothing it would be no test.
  expect(peakBytes).toBeGreaterThan(30 * MB);
  const keyring = await bench.keyring(made.publicKey);
  expect(await keyring.accepted([target])).toEqual(new Set([target]));
});
