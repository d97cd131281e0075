/** A session's start and end over roots of several sizes. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../../src/buildroot/engine/engine.ts';
import { openSession } from '../../src/buildroot/session.ts';
import { run } from '../../src/process.ts';
import { median, timed } from './table.ts';

const MIB = 1024 ** 2;

/**
 * Copies of `tree`, grown by files of a megabyte.
 *
 * @param megabytes how much is added.
 */
export async function grownTree(folder: string, tree: string, megabytes: number): Promise<string> {
  const place = path.join(folder, `grown-${megabytes}`);
  await rm(place, { recursive: true, force: true });
  await run(['cp', '-a', '--reflink=auto', tree, place]);
  await mkdir(path.join(place, 'usr/share/grown'));
  for (let index = 0; index < megabytes; index++) {
    await writeFile(path.join(place, 'usr/share/grown', String(index)), Buffer.alloc(MIB, index));
  }
  return place;
}

/** Median seconds of opening, one command and closing, and bytes of the tree. */
export async function sessionSeconds(
  folder: string,
  tree: string,
  runs: number,
  engine?: Engine,
): Promise<{ readonly bytes: number; readonly openAndClose: number; readonly command: number }> {
  const { stdout } = await run(['du', '-s', '--block-size=1', tree]);
  const both: number[] = [];
  const commands: number[] = [];
  for (let turn = 0; turn <= runs; turn++) {
    let command = 0;
    const all = await timed(async () => {
      await using session = await openSession({
        state: path.join(folder, 'sizes'),
        root: { lower: [tree] },
        scratch: 256 * MIB,
        runId: 'bench',
        ...(engine ? { engine } : {}),
      });
      command = await timed(() => session.chroot(['true']));
    });
    // The first one fills the page cache.
    if (turn === 0) continue;
    both.push(all - command);
    commands.push(command);
  }
  return { bytes: Number(stdout.split('\t')[0]), openAndClose: median(both), command: median(commands) };
}
