/**
 * Signs packages in a process of its own, for the bench and the test of memory. Reads `{ key, jobs }` as JSON from
 * standard input; the key never lies in a file. Writes `{ seconds, peakBytes }`: the time of opening the key and signing,
 * and the largest resident size of the process (proc(5), `VmHWM`; getrusage(2) would count its parent's, from before
 * execve).
 */
import { readFile } from 'node:fs/promises';
import { Secret } from '../src/secret.ts';
import { openSigner } from '../src/signing/openpgp.ts';
import { type RpmSignJob, signRpms } from '../src/signing/rpm.ts';

let text = '';
for await (const piece of process.stdin.setEncoding('utf8')) text += piece;
const { key, jobs } = JSON.parse(text) as { key: string; jobs: RpmSignJob[] };
const started = performance.now();
await using signer = await openSigner({ key: new Secret(key) });
const signed = await signRpms(jobs, signer);
const seconds = (performance.now() - started) / 1000;
if (signed.length !== jobs.length) throw new Error('not all were signed');
const peak = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1];
process.stdout.write(JSON.stringify({ seconds, peakBytes: Number(peak) * 1024 }));
