/** What was proven of this machine since it started is not proven again. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * What `prove` gave before, since the machine started and with the same key; a failure is tried again.
 *
 * @param file where the answer is kept; its folder is made where it is missing.
 * @param key everything that the answer depends on beside the start of the machine.
 * @returns the answer.
 * @throws what `prove` throws.
 */
export async function onceProven(file: string, key: readonly string[], prove: () => Promise<string>): Promise<string> {
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
  const asked = JSON.stringify([boot, ...key]);
  const [known, answer] = await readFile(file, 'utf8').then(linesOf, () => []);
  if (boot !== '' && known === asked && answer !== undefined) return answer;
  const found = await prove();
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${asked}\n${JSON.stringify(found)}\n`);
  return found;
}

/** The two lines of such a file: what was asked, as it is written, and the answer. One that was cut off has none. */
function linesOf(text: string): [asked: string, answer: string | undefined] {
  const [asked = '', answer = ''] = text.split('\n');
  try {
    const found: unknown = JSON.parse(answer);
    return [asked, typeof found === 'string' ? found : undefined];
  } catch {
    return [asked, undefined];
  }
}
