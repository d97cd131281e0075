/** gpgv(1), as every client uses it. */
import { UserError } from '../errors.ts';
import { run } from '../process.ts';

/** What gpgv is asked of. */
export interface Signed {
  /** An inline signed file, or the detached signature followed by the data. */
  readonly files: readonly [string, string?];
  /** Path of a binary keyring. */
  readonly keyring: string;
  /** A folder for gpgv's own state. */
  readonly home: string;
  /** Of the primary key that must have signed. */
  readonly fingerprint: string;
  /** Named in errors. */
  readonly where: string;
}

/** @throws UserError when gpgv does not accept the signature, or it is another key's. */
export async function checkWithGpgv(
  { files, keyring, home, fingerprint, where }: Signed,
  signal: AbortSignal,
): Promise<void> {
  const { stdout, stderr, exitCode } = await run(
    ['gpgv', '--status-fd', '1', '--keyring', keyring, ...files.filter((file) => file !== undefined)],
    { signal, okExitCodes: 'any', env: { GNUPGHOME: home } },
  );
  const primary = /^\[GNUPG:\] VALIDSIG .* ([0-9A-F]{40})$/m.exec(stdout)?.[1];
  if (exitCode === 0 && primary === fingerprint) return;
  throw new UserError({
    what: 'gpgv does not accept the signature',
    where,
    found: stderr.trim().split('\n').at(-1) ?? `exit code ${exitCode}`,
    expected: `a good signature by ${fingerprint}`,
  });
}
