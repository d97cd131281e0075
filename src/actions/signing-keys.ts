/** Opens the keys that sign: in this process, or through gpg. */
import { UserError } from '../errors.ts';
import type { InputValues } from '../inputs.ts';
import { checkKeyFor, type KeyUse } from '../signing/key-advice.ts';
import { normalFingerprint, type Signer } from '../signing/signer.ts';
import type { action } from './sign-publish/inputs.ts';
import { openSigningKey } from './signing-key.ts';

type Inputs = Pick<
  InputValues<typeof action.inputs>,
  | 'signer'
  | 'gpg-home'
  | 'signing-key'
  | 'signing-key-passphrase'
  | 'next-signing-key'
  | 'next-signing-key-passphrase'
  | 'next-signing-key-fingerprint'
>;

/** The keys of a publish. Disposing of them ends what was started for them. */
export interface SigningKeys extends AsyncDisposable {
  readonly signer: Signer;
  /** The key that shall sign later. */
  readonly nextSigner: Signer | undefined;
  /** What the person should know of both, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * @param fingerprint the expected key; gpg needs it to know which of its keys is meant.
 * @param use what the keys shall sign, where that is known.
 * @throws UserError when the inputs do not name one key, or it cannot be used.
 */
export async function openSigningKeys(
  inputs: Inputs,
  fingerprint: string | undefined,
  use: KeyUse | undefined,
  signal: AbortSignal,
): Promise<SigningKeys> {
  await using stack = new AsyncDisposableStack();
  const signer = stack.use(await openSigningKey(inputs, fingerprint, signal));
  const told = ({ key: info, warnings: own }: Signer) => [...own, ...(use === undefined ? [] : checkKeyFor(info, use))];
  const warnings = told(signer);
  const { 'next-signing-key': key, 'next-signing-key-fingerprint': expected } = inputs;
  let nextSigner: Signer | undefined;
  if (key !== undefined || expected !== undefined) {
    if (expected !== undefined && normalFingerprint(expected) === signer.key.fingerprint) throw sameKey(signer);
    const next = {
      signer: inputs.signer,
      // The present key may be in a card of that home, and the next one come as a secret.
      'gpg-home': inputs.signer === 'gpg' && key !== undefined ? undefined : inputs['gpg-home'],
      'signing-key': key,
      'signing-key-passphrase': inputs['next-signing-key-passphrase'],
    };
    nextSigner = stack.use(await openSigningKey(next, expected, signal, 'next-signing-key'));
    if (nextSigner.key.fingerprint === signer.key.fingerprint) throw sameKey(signer);
    warnings.push(...told(nextSigner));
  } else if (inputs['next-signing-key-passphrase'] !== undefined) {
    throw new UserError({
      what: 'a passphrase without the key that it is for',
      where: 'input next-signing-key-passphrase',
      remedy: 'give next-signing-key too, or leave it out',
    });
  }
  const keys = stack.move();
  return { signer, nextSigner, warnings, [Symbol.asyncDispose]: async () => await keys.disposeAsync() };
}

function sameKey({ key }: Signer): UserError {
  return new UserError({
    what: 'the next key is the one that signs already',
    where: 'input next-signing-key',
    found: key.fingerprint,
    remedy: 'leave it out: the change of keys is done',
  });
}
