/** Secrets that are given by the name of a variable or of a file. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { quote, UserError } from '../errors.ts';

/** A key with many subkeys and certifications is some hundred KiB. */
const MAX_SECRET_BYTES = 1024 * 1024;

/**
 * Reads a secret.
 *
 * @param kind `variable`: `value` is the name of an environment variable; where that is of GitLab's type "File" (its
 *   value is the path of a file named like the variable), the file's content is taken. `file`: a path, relative to
 *   `folder`; `/dev/stdin` will do.
 * @returns the secret without its last line break.
 * @throws UserError that never holds the secret.
 */
export function readSecret(
  kind: 'variable' | 'file',
  value: string,
  folder: string,
  env: NodeJS.ProcessEnv = process.env,
): string {
  if (kind === 'file') return readSecretFile(path.resolve(folder, value));
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)) {
    // The likely mistake is to give the secret itself: it must not be quoted.
    throw new UserError({
      what: 'not the name of an environment variable',
      found: `${value.length} characters`,
      expected: 'a name such as SIGNING_KEY, not the value',
    });
  }
  const content = env[value];
  if (content === undefined || content === '') {
    throw new UserError({ what: 'the environment variable of a secret is not set', where: value });
  }
  if (path.isAbsolute(content) && !content.includes('\n') && path.basename(content) === value) {
    return readSecretFile(content);
  }
  return content;
}

function readSecretFile(file: string): string {
  try {
    if (statSync(file).size > MAX_SECRET_BYTES) {
      throw new UserError({ what: 'the file of a secret is too large', where: file, expected: '1 MiB at most' });
    }
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError({
      what: 'the file of a secret cannot be read',
      where: quote(file),
      found: (error as NodeJS.ErrnoException).code ?? 'an error',
    });
  }
}
