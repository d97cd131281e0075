import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandError, InfrastructureError, UserError } from '../../../src/errors.ts';
import { explainStorage } from '../../../src/repository/storage.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'storage-'));
});
afterAll(async () => {
  await rm(root, { recursive: true });
});

const systemError = (code: string, text: string, place?: string) =>
  Object.assign(new Error(`${code}: ${text}, open`), { code, ...(place === undefined ? {} : { path: place }) });
const toolError = (stderr: string) =>
  new CommandError({ argv: ['tool'], end: 'exit', exitCode: 1, signal: undefined, stdout: '', stderr });

describe('explainStorage', () => {
  it.each([
    ['ENOSPC', 'no space left on device', 'no space left on the file system (found ENOSPC'],
    ['EDQUOT', 'disk quota exceeded', 'the disk quota is used up (found EDQUOT'],
    ['EROFS', 'read-only file system', 'the file system is read-only (found EROFS'],
  ])('tells %s, where it was, and what to do', async (code, text, expected) => {
    const told = await explainStorage(systemError(code, text), root);
    expect(told).toBeInstanceOf(InfrastructureError);
    expect((told as Error).message).toContain(`${root}: ${expected}`);
    expect((told as InfrastructureError).parts.remedy).toMatch(/run it again/);
    // Told once.
    expect(await explainStorage(told, root)).toBe(told);
  });

  it('knows them in what tools say, and in what we say of tools', async () => {
    const tool = toolError('gzip: No space left on device\nthere have been errors');
    const check = new UserError({ what: 'dnf does not accept the repository' }, { cause: tool });
    for (const error of [tool, check]) {
      expect(((await explainStorage(error, root)) as Error).message).toContain('no space left on the file system');
    }
  });

  it('tells who may not write only of the repository itself', async () => {
    const ours = await explainStorage(systemError('EACCES', 'permission denied', path.join(root, 'public')), root);
    expect((ours as Error).message).toMatch(/the repository may not be written .*run it as the user/);
    const other = systemError('EACCES', 'permission denied', `${root}-builds/hello.deb`);
    expect(await explainStorage(other, root)).toBe(other);
  });

  it('leaves everything else as it is', async () => {
    for (const error of [
      new UserError({ what: 'a downgrade' }),
      toolError('segmentation fault'),
      systemError('ENOENT', 'no such file or directory', path.join(root, 'x')),
      new Error('a bug'),
      'text',
    ]) {
      expect(await explainStorage(error, root)).toBe(error);
    }
  });
});
