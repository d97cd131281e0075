/** What a host is for, by what it has. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { foundUses } from '../../../src/doctor/uses.ts';
import { ageBuildroot } from '../../tools/doctor-buildroot.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pkg-actions-uses-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['mmdebstrap', 'deb', ['deb']],
  ['mmdebstrap docker', 'deb', ['deb']],
  ['docker', 'deb', ['containers']],
  ['podman', 'deb', ['containers']],
  ['', 'deb', ['deb']],
  ['mmdebstrap docker', 'deb rpm', ['deb', 'containers']],
  ['mmdebstrap', 'deb rpm', ['deb', 'rpm']],
  ['mock podman createrepo_c dnf', 'rpm', ['rpm', 'publish-rpm']],
  // Indexes the package files of builds there.
  ['docker createrepo_c', 'rpm', ['containers']],
  ['reprepro', '', ['publish-deb']],
  // Beside what the host builds containers are its own affair.
  ['mmdebstrap docker', '', ['deb']],
])('with %j and buildroots of %j: %j', async (programs, formats, uses) => {
  const state = await mkdtemp(path.join(folder, 'state-'));
  for (const format of formats.split(' ').filter((word) => word !== '')) {
    await ageBuildroot(state, format, { format: format as 'deb' | 'rpm' });
  }
  const found = await foundUses(state, async (program) => programs.split(' ').includes(program));
  expect([...found.uses]).toEqual(uses);
  expect(found.reasons).toHaveLength(uses.length);
});
