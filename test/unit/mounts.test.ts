import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { mounts, mountsBelow, parseMountinfo } from '../../src/mounts.ts';

test('mountinfo is read with optional fields, and with what is escaped in paths', () => {
  const text = [
    '22 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw',
    '36 22 0:30 / /srv/a\\040b\\134c rw - tmpfs session-tmpfs rw,size=1k',
    '',
  ].join('\n');
  expect(parseMountinfo(text)).toEqual([
    { place: '/', type: 'ext4' },
    { place: '/srv/a b\\c', type: 'tmpfs' },
  ]);
});

test('this machine has a root', async () => {
  expect((await mounts()).map(({ place }) => place)).toContain('/');
});

test('a link has no mounts below it, wherever it leads', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pkg-actions-mounts-'));
  try {
    symlinkSync('/', path.join(folder, 'link'));
    expect(await mountsBelow('/proc')).not.toEqual([]);
    expect(await mountsBelow(path.join(folder, 'link'))).toEqual([]);
    // Where a folder above is a link, its own mounts are found.
    expect(await mountsBelow(path.join(folder, 'link', 'proc'))).toEqual(await mountsBelow('/proc'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
