/** `npm run release -- vX.Y.Z`: makes the release commit and its tags. See release/tree.ts for what is in it. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CommandError, UserError } from '../src/errors.ts';
import { release } from './release/release.ts';

const USAGE = 'npm run release -- vX.Y.Z [--dry-run] [--repository OWNER/NAME] [--source COMMIT]';

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'dry-run': { type: 'boolean', default: false },
      repository: { type: 'string', default: 'org/pkg-actions' },
      source: { type: 'string', default: 'HEAD' },
    },
  });
  const [version, ...rest] = positionals;
  if (version === undefined || rest.length > 0) throw new UserError({ what: 'one version is needed', expected: USAGE });
  const made = await release({
    root: path.dirname(import.meta.dirname),
    version,
    source: values.source,
    repository: values.repository,
    dryRun: values['dry-run'],
  });
  for (const line of made) process.stdout.write(`${line}\n`);
} catch (error) {
  if (!(error instanceof UserError || error instanceof CommandError || error instanceof TypeError)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}
