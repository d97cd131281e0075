/** `npm run release -- vX.Y.Z`: makes the release commit and its tags. See release/tree.ts for what is in it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ACTIONS } from '../src/actions/index.ts';
import { CommandError, UserError } from '../src/errors.ts';
import { VERSION } from '../src/version.ts';
import { distFiles } from './build/files.ts';
import { generatedFiles } from './generate/files.ts';
import { release } from './release/release.ts';

const USAGE = 'npm run release -- vX.Y.Z [--dry-run] [--repository OWNER/NAME]';

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'dry-run': { type: 'boolean', default: false },
      repository: { type: 'string', default: 'org/pkg-actions' },
    },
  });
  const [version, ...rest] = positionals;
  if (version === undefined || rest.length > 0) throw new UserError({ what: 'one version is needed', expected: USAGE });
  const root = path.dirname(import.meta.dirname);
  await refuseStale(root);
  const made = await release({
    root,
    version,
    repository: values.repository,
    dryRun: values['dry-run'],
  });
  for (const line of made) process.stdout.write(`${line}\n`);
} catch (error) {
  if (!(error instanceof UserError || error instanceof CommandError || error instanceof TypeError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}

/** @throws UserError where a generated file or `dist/` is not what the sources give. */
async function refuseStale(root: string): Promise<void> {
  const specs = ACTIONS.map(({ spec }) => spec);
  const dist = [...(await distFiles(root))].map(([name, { content }]) => ({ path: `dist/${name}`, content }));
  for (const file of [...generatedFiles(root, specs, VERSION), ...dist]) {
    const target = path.join(root, file.path);
    if (!existsSync(target) || readFileSync(target, 'utf8') !== file.content) {
      throw new UserError({
        what: 'a generated file does not fit the sources',
        where: file.path,
        remedy: 'run npm run generate and npm run build, and commit what they write',
      });
    }
  }
}
