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
  /** Of the primary keys that must have signed, all of them. */
  readonly fingerprints: readonly string[];
  /** Named in errors. */
  readonly where: string;
}

/** @throws UserError when gpgv does not accept the signature, or it is another key's. */
export async function checkWithGpgv(
  { files, keyring, home, fingerprints, where }: Signed,
  signal: AbortSignal,
): Promise<void> {
  const { stdout, stderr, exitCode } = await run(
    ['gpgv', '--status-fd', '1', '--keyring', keyring, ...files.filter((file) => file !== undefined)],
    { signal, okExitCodes: 'any', env: { GNUPGHOME: home } },
  );
  const valid = new Set(
    [...stdout.matchAll(/^\[GNUPG:\] VALIDSIG .* ([0-9A-F]{40})$/gm)].map(([, primary]) => primary),
  );
  if (exitCode === 0 && fingerprints.every((each) => valid.has(each))) return;
  throw new UserError({
    what: 'gpgv does not accept the signature',
    where,
    found: stderr.trim().split('\n').at(-1) ?? `exit code ${exitCode}`,
    expected: `a good signature by ${fingerprints.join(' and by ')}`,
  });
}
