/** Rpm repositories made by createrepo_c, in every form that is read. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import zlib from 'node:zlib';
import { run } from '../../src/process.ts';
import type { GpgKey } from './check-version-fixture.ts';

export interface RepositoryOptions {
  /** `''` is the plain file. */
  readonly compression?: '' | '.gz' | '.xz' | '.zst' | '.bz2';
  readonly key?: GpgKey | undefined;
  /** Names of indexes without their digests. */
  readonly simpleNames?: boolean;
  /** Further arguments for createrepo_c. */
  readonly argv?: readonly string[];
  /** Changes the plain primary.xml before it is listed. */
  readonly edit?: (primary: string) => string;
  /** Changes repomd.xml before it is signed. */
  readonly editRepomd?: (repomd: string) => string;
}

/** Makes `folder` a repository of the packages in it; one that is there is replaced. */
export async function makeRepository(folder: string, options: RepositoryOptions = {}): Promise<void> {
  const { compression = '.gz', edit, editRepomd, key } = options;
  await rm(path.join(folder, 'repodata'), { recursive: true, force: true });
  const names = options.simpleNames ? ['--simple-md-filenames'] : [];
  await run(['createrepo_c', '--quiet', '--no-database', ...names, ...(options.argv ?? []), folder]);
  if (compression !== '.gz' || edit !== undefined) await replacePrimary(folder, compression, edit);
  const repomd = path.join(folder, 'repodata/repomd.xml');
  if (editRepomd !== undefined) await writeFile(repomd, editRepomd(await readFile(repomd, 'utf8')));
  if (key !== undefined) await key.sign('--detach-sign', repomd, `${repomd}.asc`);
}

/** Debian's createrepo_c knows no zstd: the index is compressed anew, and repomd.xml told so. */
async function replacePrimary(
  folder: string,
  compression: NonNullable<RepositoryOptions['compression']>,
  edit: (primary: string) => string = (primary) => primary,
): Promise<void> {
  const repodata = path.join(folder, 'repodata');
  const name = (await readdir(repodata)).find((file) => file.endsWith('primary.xml.gz')) ?? '';
  const plain = Buffer.from(edit(zlib.gunzipSync(await readFile(path.join(repodata, name))).toString('utf8')));
  await rm(path.join(repodata, name));
  const file = path.join(repodata, 'primary.xml');
  await writeFile(file, plain);
  if (compression === '.gz') await writeFile(`${file}.gz`, zlib.gzipSync(plain));
  if (compression === '.zst') await run(['zstd', '--quiet', file]);
  if (compression === '.xz') await run(['xz', '--keep', file]);
  if (compression === '.bz2') await run(['bzip2', '--keep', file]);
  const data = await readFile(`${file}${compression}`);
  const digest = createHash('sha256').update(data).digest('hex');
  const listed = `${digest}-primary.xml${compression}`;
  await rename(`${file}${compression}`, path.join(repodata, listed));
  await rm(file, { force: true });
  const openDigest = createHash('sha256').update(plain).digest('hex');
  const record = [
    '<data type="primary">',
    `<checksum type="sha256">${digest}</checksum>`,
    `<open-checksum type="sha256">${openDigest}</open-checksum>`,
    `<location href="repodata/${listed}"/>`,
    '<timestamp>1700000000</timestamp>',
    `<size>${data.length}</size>`,
    `<open-size>${plain.length}</open-size>`,
    '</data>',
  ].join('\n');
  const repomd = path.join(repodata, 'repomd.xml');
  const text = await readFile(repomd, 'utf8');
  await writeFile(repomd, text.replace(/<data type="primary">[\s\S]*?<\/data>/, record));
}

/** The file of the primary index of the repository in `folder`. */
export async function primaryOf(folder: string): Promise<string> {
  const repodata = path.join(folder, 'repodata');
  const name = (await readdir(repodata)).find((file) => /(?:^|-)primary\.xml(?:\.[a-z0-9]+)?$/.test(file)) ?? '';
  return path.join(repodata, name);
}
