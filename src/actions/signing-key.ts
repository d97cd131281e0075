/** Opens the key that signs: in this process, or through gpg. */
import { UserError } from '../errors.ts';
import type { InputValues } from '../inputs.ts';
import type { Signer } from '../signing/signer.ts';
import type { action } from './sign-publish/inputs.ts';

type Inputs = Pick<InputValues<typeof action.inputs>, 'signer' | 'gpg-home' | 'signing-key' | 'signing-key-passphrase'>;

/**
 * @param fingerprint the expected key; gpg needs it to know which of its keys is meant.
 * @param name what the input of the key is called, for errors; its companions are named after it.
 * @throws UserError when the inputs do not name one key, or it cannot be used.
 */
export async function openSigningKey(
  inputs: Inputs,
  fingerprint: string | undefined,
  signal: AbortSignal,
  name: 'signing-key' | 'next-signing-key' = 'signing-key',
): Promise<Signer> {
  const { signer, 'gpg-home': home, 'signing-key': key, 'signing-key-passphrase': passphrase } = inputs;
  if (signer === 'openpgp') {
    if (home !== undefined) {
      throw new UserError({
        what: 'an input for gpg, and the signer is openpgp',
        where: 'input gpg-home',
        remedy: 'leave it out, or set signer to gpg',
      });
    }
    if (key === undefined) {
      throw new UserError({
        what: 'a required secret is missing',
        where: `input ${name}`,
        expected: `the secret itself on GitHub, elsewhere ${name}-variable (name of an environment variable) or ${name}-file`,
        remedy: 'for a key on a card or in an agent set signer to gpg',
      });
    }
    const { openSigner } = await import('../signing/openpgp.ts');
    return await openSigner({ key, passphrase, fingerprint });
  }
  if (fingerprint === undefined) {
    throw new UserError({
      what: 'gpg needs to know which key signs',
      where: `input ${name}-fingerprint`,
      expected: `the 40 hexadecimal digits of its fingerprint, here${name === 'signing-key' ? ' or as signing.key of the packaging file' : ''}`,
    });
  }
  if ((home === undefined) === (key === undefined)) {
    throw new UserError({
      what: home === undefined ? 'gpg needs a key' : 'two ways to the key',
      where: 'input gpg-home',
      expected: `either gpg-home, a folder that has the key, or ${name}`,
    });
  }
  const { openGpgSigner } = await import('../signing/gpg.ts');
  return await openGpgSigner({ fingerprint, home, key, passphrase, signal });
}
