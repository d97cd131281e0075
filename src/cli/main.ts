/** The command line with everything it needs: what `cli.ts` loads once it knows that this Node can. */
import { ACTIONS } from '../actions/index.ts';
import { VERSION } from '../version.ts';
import { runCommandLine } from './run.ts';

export async function main(words: readonly string[]): Promise<void> {
  await runCommandLine(ACTIONS, VERSION, words);
}
