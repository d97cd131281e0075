import { expect, test } from 'vitest';
import { mounts, parseMountinfo } from '../../src/mounts.ts';

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
