/** What a mirror serves, read as clients do: by what is signed, and through the channel. */
import { createHash } from 'node:crypto';
import { lstat, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { run } from '../../src/process.ts';

const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');

/** Reads a file, which must have this digest. */
async function readExactly(file: string, digest: string | undefined): Promise<Buffer> {
  const data = await readFile(file);
  if (sha256(data) !== digest) throw new Error(`${file} is ${sha256(data)} and should be ${digest}`);
  return data;
}

/**
 * Reads a deb repository through a channel: InRelease, then every index by its digest, then every package.
 *
 * @param check whether the signature is verified, by gpgv with the keyring beside it.
 * @returns `name version` of all packages.
 */
export async function servedDebs(folder: string, channel = 'latest', check = true): Promise<string[]> {
  const dists = path.join(folder, channel, 'dists', 'bookworm');
  const inRelease = await readFile(path.join(dists, 'InRelease'), 'utf8');
  if (check) await verify(path.join(folder, 'keyring.gpg'), inRelease);
  const [, section = ''] = /^SHA256:\n((?: .*\n)+)/m.exec(inRelease) ?? [];
  const found: string[] = [];
  for (const [, digest = '', name = ''] of section.matchAll(/^ ([0-9a-f]{64}) +\d+ (\S+)$/gm)) {
    const index = path.join(dists, path.dirname(name), 'by-hash', 'SHA256', digest);
    const data = await readExactly(index, digest).catch(async (error: NodeJS.ErrnoException) => {
      // The Release files in it have no names by digest.
      if (error.code === 'ENOENT' && path.basename(name) === 'Release') return undefined;
      throw error;
    });
    if (path.basename(name) !== 'Packages' || data === undefined) continue;
    for (const stanza of data.toString().split('\n\n')) {
      const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(stanza)?.[1];
      const file = field('Filename');
      if (file === undefined) continue;
      await readExactly(path.join(folder, channel, file), field('SHA256'));
      found.push(`${field('Package')} ${field('Version')}`);
    }
  }
  return found.sort();
}

async function verify(keyring: string, text: string): Promise<void> {
  await run(['gpgv', '--keyring', keyring, '-'], { input: text });
}

/** The same of an rpm repository: repomd.xml, its signature, every index, every package. */
export async function servedRpms(folder: string, channel = 'latest', part = 'x86_64'): Promise<string[]> {
  const base = path.join(folder, channel, part);
  const repomd = await readFile(path.join(base, 'repodata', 'repomd.xml'), 'utf8');
  const signature = path.join(base, 'repodata', 'repomd.xml.asc');
  const work = await mkdtemp(path.join(tmpdir(), 'served-'));
  try {
    await writeFile(path.join(work, 'repomd.xml'), repomd);
    await run(['gpgv', '--keyring', path.join(folder, 'keyring.gpg'), signature, path.join(work, 'repomd.xml')]);
  } finally {
    await rm(work, { recursive: true });
  }
  const found: string[] = [];
  for (const [, kind = '', body = ''] of repomd.matchAll(/<data type="([^"]+)">([\s\S]*?)<\/data>/g)) {
    const [, digest] = /<checksum type="sha256">([0-9a-f]+)</.exec(body) ?? [];
    const [, href = ''] = /<location href="([^"]+)"/.exec(body) ?? [];
    const data = await readExactly(path.join(base, href), digest);
    if (kind !== 'primary') continue;
    for (const [text] of gunzipSync(data)
      .toString()
      .matchAll(/<package [\s\S]*?<\/package>/g)) {
      const value = (pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
      await readExactly(path.join(base, value(/<location href="([^"]+)"/)), value(/<checksum[^>]*>([0-9a-f]+)</));
      found.push(`${value(/<name>([^<]+)</)} ${value(/ver="([^"]+)"/)}`);
    }
  }
  return found.sort();
}

/** Everything below a folder that mirrors must have in common: names, kinds, modes, contents, links, hard links. */
export async function contents(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const inodes = new Map<number, string>();
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const full = path.join(folder, name);
    const stat = await lstat(full);
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isSymbolicLink()) found[name] = `-> ${await readlink(full)}`;
    else if (stat.isDirectory()) found[name] = `folder ${mode}`;
    else {
      const first = inodes.get(stat.ino);
      inodes.set(stat.ino, first ?? name);
      found[name] =
        `${first === undefined ? '' : `= ${first} `}${mode} ${sha256(await readFile(full))} ${stat.mtime.toISOString()}`;
    }
  }
  return found;
}
