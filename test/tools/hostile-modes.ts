/** What modes and owners a repository must have. */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { listTree } from '../../src/repository/trees.ts';

/** Runs `work` with another umask. */
export async function withUmask(umask: number, work: () => Promise<unknown>): Promise<void> {
  const before = process.umask(umask);
  try {
    await work();
  } finally {
    process.umask(before);
  }
}

/** Everyone reads what is served and nobody but the publisher writes it; what is private is the publisher's alone. */
export async function publishedModes(
  root: string,
  { anyGroup = false }: { readonly anyGroup?: boolean } = {},
): Promise<void> {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  const check = async (file: string, mode: number) => {
    const found = await lstat(file);
    const shown = path.relative(root, file);
    expect([shown, (found.mode & 0o7777).toString(8)]).toEqual([shown, mode.toString(8)]);
    expect([shown, found.uid, anyGroup ? gid : found.gid]).toEqual([shown, uid, gid]);
  };
  for (const [folder, modes] of [
    ['public', [0o755, 0o644]],
    ['private', [0o700, 0o600]],
    ['staging', [0o700, 0o600]],
  ] as const) {
    const tree = await listTree(path.join(root, folder));
    for (const each of tree.folders) await check(each, modes[0]);
    for (const each of tree.files) await check(each, modes[1]);
    // Links lead to what is beside them, never out of what is served.
    for (const each of tree.links) expect((await lstat(each)).uid).toBe(uid);
  }
  await check(path.join(root, 'lease'), 0o600);
}
