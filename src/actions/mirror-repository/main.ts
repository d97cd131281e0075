import { runMain } from '../../main.ts';
import { action } from './inputs.ts';
import { run } from './run.ts';

await runMain(action, run);
