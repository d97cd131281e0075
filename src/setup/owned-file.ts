/**
 * Files of the system that are ours: marked, and with a digest of their content, so that what a person changed is
 * noticed and kept.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeWhole } from '../durable.ts';

/** Of a comment in every file that is written here; all of their forms have comments that begin so. */
const MARK = '# Written by pkg-actions setup-builder. Changes are kept: it then leaves this file alone.';
const DIGEST = /^# Digest of what follows: ([0-9a-f]{64})$/;

export type FileState =
  /** It says what it should. */
  | 'same'
  /** Not there, or ours and of an earlier run. */
  | 'outdated'
  /** A person's, or changed by one. */
  | 'foreign';

/** `content` as it is written: with the mark and a digest before it. */
export function ownedText(content: string): string {
  return `${MARK}\n# Digest of what follows: ${digestOf(content)}\n${content}`;
}

function digestOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** How the file compares with `content`. */
export async function fileState(file: string, content: string): Promise<FileState> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return 'outdated';
  if (text === ownedText(content)) return 'same';
  const [mark, digest = '', ...rest] = text.split('\n');
  const isUnchanged = mark === MARK && DIGEST.exec(digest)?.[1] === digestOf(rest.join('\n'));
  return isUnchanged ? 'outdated' : 'foreign';
}

/** Writes it, whole or not at all, with its folders. */
export async function writeOwnedFile(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
  await writeWhole(file, ownedText(content), { mode: 0o644 });
}
