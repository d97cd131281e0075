import { mkdtempDisposable, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeReport } from '../../src/report-file.ts';

test('a report is written whole, in a folder that is made, and through no link', async () => {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'pkg-actions-report-'));
  const file = path.join(folder.path, 'a/b/report.json');
  await writeReport(file, { one: 1 });
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ one: 1 });
  const victim = path.join(folder.path, 'victim');
  await writeFile(victim, 'untouched');
  await symlink(victim, `${file}.new`);
  await writeReport(file, { two: 2 });
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ two: 2 });
  expect(await readFile(victim, 'utf8')).toBe('untouched');
});
