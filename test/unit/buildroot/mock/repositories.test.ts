import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRpmRepositories } from '../../../../src/buildroot/mock/repositories.ts';

const KEY = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDM=\n-----END PGP PUBLIC KEY BLOCK-----';
let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-repositories-'));
  file = path.join(folder, 'key.asc');
  await writeFile(file, `${KEY}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const read = (line: string, keys: string[] = []) => readRpmRepositories([line], keys, 'input repositories');

describe('a repository of one line', () => {
  it('has a name, an address, and options', async () => {
    expect(await read(`acme https://packages.example.org/el9/$basearch/ priority=10 key=${file}`)).toEqual([
      {
        name: 'acme',
        baseurl: 'https://packages.example.org/el9/$basearch',
        priority: 10,
        keys: [KEY],
        trusted: false,
      },
    ]);
    expect(await read('  acme\thttp://[::1]:8080 ', [file])).toEqual([
      { name: 'acme', baseurl: 'http://[::1]:8080', keys: [KEY], trusted: false },
    ]);
  });

  it.each(['/srv/repository/', 'file:/srv/repository', 'file:///srv//repository/./'])(
    'may be the folder %s of this machine, which may be trusted',
    async (url) => {
      expect(await read(`local ${url} trusted=yes`)).toEqual([
        { name: 'local', baseurl: 'file:/srv/repository', keys: [], trusted: true },
      ]);
    },
  );

  it('takes its own keys before those for all', async () => {
    const other = path.join(folder, 'other.asc');
    await writeFile(other, KEY.replace('mDM=', 'mDQ='));
    const [own] = await read(`a https://packages.example.org key=${other}`, [file]);
    expect(own?.keys).toEqual([KEY.replace('mDM=', 'mDQ=')]);
    expect((await read(`a https://packages.example.org key=${other} key=${file}`))[0]?.keys).toHaveLength(2);
  });

  it.each([
    ['', /not a repository/],
    ['acme', /not a repository .*NAME URL/],
    ['main https://packages.example.org', /not a name of a repository .*and not main/],
    ['a]b https://packages.example.org', /not a name of a repository/],
    ['../x https://packages.example.org', /not a name of a repository/],
    [`${'a'.repeat(65)} https://packages.example.org`, /not a name of a repository/],
    ['a ftp://packages.example.org', /not an address of a repository/],
    ['a https://packages.example.org/{{root}}', /not an address of a repository/],
    ['a https://packages.example.org/"x', /not an address of a repository/],
    ["a https://packages.example.org/'x", /not an address of a repository/],
    ['a https://packages.example.org/\\x', /not an address of a repository/],
    ['a https://packages.example.org/x,https://evil.example.org', /not an address of a repository/],
    ['a https://packages.example.org/../x', /not an address of a repository/],
    ['a /srv/../etc trusted=yes', /not an address of a repository/],
    ['a file://host/srv trusted=yes', /not an address of a repository/],
    ['a relative/folder trusted=yes', /not an address of a repository/],
    ['a https://packages.example.org/x\u2028gpgcheck=0', /not an address of a repository/],
    ['a https://packages.example.org\ngpgcheck=0', /not an address of a repository|not an option/],
    ['a https://user:secret@packages.example.org/', /credentials in the address/],
    ['a https://packages.example.org priority=0', /not a priority/],
    ['a https://packages.example.org priority=100', /not a priority/],
    ['a https://packages.example.org priority=ten', /not an option/],
    ['a https://packages.example.org gpgcheck=0', /not an option/],
    ['a https://packages.example.org trusted=maybe', /not an option/],
    ['a https://packages.example.org', /no key for a repository/],
    ['a /srv/repository', /no key for a repository .*trusted=yes/],
    ['a https://packages.example.org trusted=yes', /over the network must be signed/],
    ['a https://packages.example.org key=/nowhere.asc', /a key cannot be read/],
  ])('is refused as %j', async (line, expected) => {
    const error = await read(line).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'UserError', message: expect.stringMatching(expected) });
    expect((error as Error).message).not.toContain('secret');
  });

  it('has a name of its own', async () => {
    const line = 'a https://packages.example.org';
    await expect(readRpmRepositories([line, line], [file], 'x')).rejects.toThrow(/two repositories of one name/);
  });
});
