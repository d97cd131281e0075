import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPackaging, PackagingError, readPackaging } from '../../../src/config/packaging.ts';
import { UserError } from '../../../src/errors.ts';
import { run } from '../../../src/process.ts';

const FOLDER = 'test/fixtures/packaging/wrong';
const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.yml'));

async function temporary() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'packaging-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

async function failure(file: string): Promise<unknown> {
  return loadPackaging(file).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('wrong packaging files', () => {
  it('are many', () => {
    expect(files.length).toBeGreaterThan(100);
  });

  // Their first line says the error that they must give.
  it.each(files)('%s', async (name) => {
    const [expected] = (await readFile(path.join(FOLDER, name), 'utf8')).split('\n');
    const error = await failure(path.join(FOLDER, name));
    expect(error).toBeInstanceOf(UserError);
    const { message } = error as UserError;
    expect(`# error: ${message.replaceAll(`${FOLDER}/`, '')}`).toBe(expected);
    expect(message).not.toMatch(/hunter2|secretsecret/);
  });

  it('lists up to ten problems, in the order of the file, each with its place', async () => {
    const error = (await failure(path.join(FOLDER, 'several.yml'))) as PackagingError;
    expect(error).toBeInstanceOf(PackagingError);
    expect(error.file).toBe(`${FOLDER}/several.yml`);
    expect(error.problems.map(({ field, line, column }) => [field, line, column])).toEqual([
      ['targets', 3, 1],
      ['release.version', 3, 33],
      ['targts', 4, 1],
      ['build.timeout', 6, 12],
      ['build.paralel', 7, 3],
    ]);
    expect(error.problems[2]?.message).toMatch(
      /^test\/.*several\.yml:4:1 targts: an unknown field .*did you mean targets\?$/,
    );
    for (const { message } of error.problems) expect(message).not.toMatch(/\n/);
    const many = (await failure(path.join(FOLDER, 'many.yml'))) as PackagingError;
    expect(many.problems).toHaveLength(10);
    expect(many.message).toMatch(/; 13 more problems in this file$/);
  });

  it('says one problem where there is one more', async () => {
    const text = 'release: { name: acme }\ntargets: [debian-12]\nbuild: { network: 1 }\nlimits: { retries: x }\n';
    await expect(readPackaging(text, 'p.yml')).rejects.toThrow(/; 1 more problem in this file$/);
  });

  it('shows the place in a list behind an alias', async () => {
    const text = 'release: { name: acme }\ntargets: &t [debian-12, nowhere]\npackages: [{ name: a, targets: *t }]\n';
    await expect(readPackaging(text, 'p.yml')).rejects.toThrow(/^p\.yml:2:25 targets\[1\]: no such target /);
  });
});

describe('files that are none', () => {
  it.each([
    ['empty', ''],
    ['only a comment', '# nothing\n'],
    ['null', '~\n'],
    ['only a document mark', '---\n'],
  ])('%s', async (_, text) => {
    await expect(readPackaging(text, 'p.yml')).rejects.toThrow(
      /^p\.yml:1:\d+: a value of the wrong type \(found nothing, expected a mapping\)$/,
    );
  });

  it('refuses nesting without end instead of overflowing the stack', async () => {
    for (const text of ['['.repeat(100_000), `${'['.repeat(50_000)}${']'.repeat(50_000)}`, '- '.repeat(100_000)]) {
      const error: unknown = await readPackaging(text, 'p.yml').catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).not.toMatch(/\n/);
    }
  });

  it('refuses what is missing, a folder, too large, a FIFO or a device', async () => {
    await using temporaryFolder = await temporary();
    const { folder } = temporaryFolder;
    const file = path.join(folder, 'packaging.yml');
    await expect(loadPackaging(file)).rejects.toThrow(`${file}: the file cannot be read (found ENOENT)`);
    await expect(loadPackaging(folder)).rejects.toThrow(/not a regular file|EISDIR/);
    await writeFile(file, `# ${'x'.repeat(1024 * 1024)}\n`);
    await expect(loadPackaging(file)).rejects.toThrow(
      `${file}: the file is too large for a configuration (found 1048579 bytes, expected 1 MiB or less)`,
    );
    const fifo = path.join(folder, 'fifo.yml');
    await run(['mkfifo', fifo]);
    await expect(loadPackaging(fifo)).rejects.toThrow(`${fifo}: not a regular file (expected a YAML file)`);
    await expect(loadPackaging('/dev/zero')).rejects.toThrow('/dev/zero: not a regular file');
  });

  it('takes a file of nearly 1 MiB in well under a second or two', async () => {
    const packages = Array.from(
      { length: 9000 },
      (_, index) => `  - { name: package-${index}, code: ../package-${index} }`,
    );
    const text = `release: { name: acme }\ntargets: [debian-12]\npackages:\n${packages.join('\n')}\n`;
    const started = performance.now();
    expect((await readPackaging(text, 'p.yml')).packages).toHaveLength(9000);
    expect(performance.now() - started).toBeLessThan(6000);
  });
});

describe('YAML', () => {
  const head = 'release: { name: acme }\ntargets: [debian-12]\n';

  it('reads a byte order mark, Windows line ends and a document mark', async () => {
    const text = `\uFEFF---\r\n${head.replaceAll('\n', '\r\n')}`;
    expect((await readPackaging(text, 'p.yml')).release).toEqual({ name: 'acme', version: '1' });
  });

  it('does not let a directive bring YAML 1.1 back', async () => {
    const text = `%YAML 1.1\n---\n${head}build: { network: yes }\n`;
    await expect(readPackaging(text, 'p.yml')).rejects.toThrow(/build\.network: .*found "yes", expected true or false/);
  });

  it('never touches prototypes', async () => {
    const text = `${head}__proto__: { polluted: true }\nconstructor: { prototype: { polluted: true } }\n`;
    await expect(readPackaging(text, 'p.yml')).rejects.toThrow(/__proto__: an unknown field/);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
