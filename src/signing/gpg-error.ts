/** What gpg says when it cannot sign, for people. */
import { CommandError, UserError } from '../errors.ts';

const WHERE = 'the signing key of gpg';

/** gpg-error(1)'s texts in the C locale, and what can be done. The first that fits counts. */
const CAUSES: readonly (readonly [RegExp, string, string | undefined])[] = [
  [/bad passphrase|bad pin|wrong pin/i, 'the passphrase or PIN does not open the key', undefined],
  [
    /pin blocked|pin is blocked/i,
    'the PIN of the card is blocked after wrong attempts',
    'unblock it with gpg --change-pin',
  ],
  [
    /no pinentry|pinentry|operation cancelled|inappropriate ioctl|no passphrase given|invalid ipc response/i,
    'the agent asks for a passphrase, a PIN or a card, and nobody can answer',
    'give the passphrase or PIN (signing-key-passphrase); where a card has the key, look for it with gpg --card-status',
  ],
  [
    /card removed|card not present|no such device|operation not supported by device|selecting card failed|no card|please insert/i,
    'the card with the key is not there',
    'insert it, and check it with gpg --card-status',
  ],
  [/no smartcard daemon/i, "GnuPG's daemon for cards is not installed", 'apt-get install scdaemon'],
  [/no secret key|secret key not available/i, 'gpg has no secret key of this fingerprint', undefined],
  [/key has expired|key expired/i, 'the key has expired', 'extend it (gpg --quick-set-expire)'],
  [
    /unusable secret key|key has been revoked/i,
    'gpg cannot use the key to sign',
    'look at it with gpg --list-secret-keys',
  ],
  [
    /no gpg-agent running|no agent running|can't connect to the agent|connecting to the agent failed/i,
    'the agent does not answer',
    undefined,
  ],
  [/no valid openpgp data|no valid user ids/i, 'not an OpenPGP key', undefined],
  [/permission denied/i, 'gpg may not use the key', 'check the owner and the modes of the GnuPG home'],
];

/**
 * @param what what did not work, where the reason is unknown.
 * @returns a UserError for what the person can mend; anything that is no failure of gpg as it is.
 */
export function explainGpg(error: unknown, what: string): unknown {
  if (!(error instanceof CommandError) || ['cancelled', 'signal'].includes(error.failure.end)) return error;
  const { stderr } = error.failure;
  const lines = stderr.split('\n').filter((line) => line.startsWith('gpg: ') && !/^gpg: Note|^gpg: WARNING/.test(line));
  const found =
    lines
      .slice(0, 3)
      .map((line) => line.slice('gpg: '.length))
      .join('; ') || error.message;
  const cause = CAUSES.find(([pattern]) => pattern.test(stderr));
  const remedy = cause?.[2];
  return new UserError(
    { what: cause?.[1] ?? what, where: WHERE, found, ...(remedy === undefined ? {} : { remedy }) },
    { cause: error },
  );
}
