/** Starts publishers in processes of their own (publish-child.ts). */
import { spawn } from 'node:child_process';
import path from 'node:path';
import type { ChildTask } from './publish-child.ts';

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

/** Runs a publisher until it ends, however it does. */
export async function runChild(task: ChildTask, options: { readonly umask?: number } = {}): Promise<ChildEnd> {
  const file = path.join(import.meta.dirname, 'publish-child.ts');
  const umask = options.umask === undefined ? '' : `umask ${options.umask.toString(8).padStart(4, '0')}; `;
  const started = spawn('sh', ['-c', `${umask}exec "$@"`, 'sh', process.execPath, file], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [started.stdout, started.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  started.stdin.end(JSON.stringify(task));
  return await new Promise<ChildEnd>((resolve, reject) => {
    started.once('error', reject);
    started.once('close', (code, signal) => resolve({ code, signal, output }));
  });
}
