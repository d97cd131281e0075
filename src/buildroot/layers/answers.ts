/**
 * Which layer a question led to: `<state>/layers/answers/<question>`, its content the layer's name. Where nothing but the
 * generation and the question decides on the answer, a build that asks it again need not resolve anything.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeWhole } from '../../durable.ts';
import type { Generation } from '../generation.ts';
import { layersFolder } from './store.ts';

const QUESTION = /^[0-9a-f]{64}$/;
const LAYER = /^[0-9a-f]{32}$/;

/** The digest of a question about one generation, whose lists of packages are a part of it. */
export function questionOf({ id, record }: Generation, question: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([1, record.name, id, record.createdAt, question]))
    .digest('hex');
}

/** @returns name of the layer, which may be gone; `undefined` where nobody remembers. */
export async function recallAnswer(state: string, question: string): Promise<string | undefined> {
  const text = await readFile(placeOf(state, question), 'utf8').catch(() => '');
  return LAYER.test(text) ? text : undefined;
}

export async function rememberAnswer(state: string, question: string, layer: string): Promise<void> {
  const place = placeOf(state, question);
  await mkdir(path.dirname(place), { recursive: true, mode: 0o700 });
  const temporary = `${place}.${randomBytes(6).toString('hex')}`;
  await writeWhole(place, layer, { temporary }).catch((error: NodeJS.ErrnoException) => {
    // Another build has just tidied up, and taken it for a leftover: then the next one asks again.
    if (error.code !== 'ENOENT') throw error;
  });
}

/** Forgets the answers whose layer is gone. */
export async function forgetAnswers(state: string): Promise<void> {
  const folder = path.join(layersFolder(state), 'answers');
  for (const name of await readdir(folder).catch(() => [])) {
    const layer = QUESTION.test(name) ? await recallAnswer(state, name) : undefined;
    const isThere = layer !== undefined && (await exists(path.join(layersFolder(state), layer)));
    if (!isThere) await rm(path.join(folder, name), { force: true });
  }
}

function placeOf(state: string, question: string): string {
  if (!QUESTION.test(question)) throw new Error(`not a digest: ${question}`);
  return path.join(layersFolder(state), 'answers', question);
}

const exists = (place: string) =>
  stat(place).then(
    () => true,
    () => false,
  );
