/** `npm run generate`: writes what follows from the actions' tables. With `--check` it only says what has drifted. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ACTIONS } from '../src/actions/index.ts';
import { VERSION } from '../src/version.ts';
import { generatedFiles } from './generate/files.ts';

const root = path.dirname(import.meta.dirname);
const check = process.argv.includes('--check');
const specs = ACTIONS.map(({ spec }) => spec);
let drifted = 0;
for (const file of generatedFiles(root, specs, VERSION)) {
  const target = path.join(root, file.path);
  if (read(target) === file.content) continue;
  drifted += 1;
  process.stdout.write(`${check ? 'differs' : 'written'}: ${file.path}\n`);
  if (check) continue;
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, file.content);
}
if (check && drifted > 0) {
  process.stderr.write('Run npm run generate and commit what it writes.\n');
  process.exitCode = 1;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
