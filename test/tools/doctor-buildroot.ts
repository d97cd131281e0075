/** Buildroots as doctor looks at them, without the minute that making one takes. */
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { GenerationRecord } from '../../src/buildroot/generation.ts';

const ID = '0123456789abcdef';

export interface AgedBuildroot {
  readonly checkedDaysAgo?: number;
  readonly createdAt?: string;
  /** `deb` when absent. */
  readonly format?: 'deb' | 'rpm';
  /** Instead of a record. */
  readonly text?: string;
}

/** Makes the buildroot `name` with one generation, which is current and has an empty tree. */
export async function ageBuildroot(state: string, name: string, options: AgedBuildroot): Promise<void> {
  const folder = path.join(state, 'buildroots', name);
  await mkdir(path.join(folder, ID, 'tree'), { recursive: true });
  const record: GenerationRecord = {
    schema: 'pkg-actions/generation/1',
    name,
    createdAt: options.createdAt ?? new Date().toISOString(),
    configurationDigest: 'a'.repeat(64),
    configuration: { target: { name: 'debian-12', format: options.format ?? 'deb' }, architecture: 'amd64' },
    releases: [],
    packages: [],
    bytes: 0,
    tools: {},
  };
  await writeFile(
    path.join(folder, ID, 'generation.json'),
    options.text ?? JSON.stringify({ ...record, flushed: true }),
  );
  await symlink(ID, path.join(folder, 'current'));
  await writeFile(path.join(folder, 'checked'), '');
  const checked = new Date(Date.now() - (options.checkedDaysAgo ?? 0) * 86_400_000);
  await utimes(path.join(folder, 'checked'), checked, checked);
}
