/** The public address of a repository, as it stands in files for apt and dnf and in commands that people copy. */
import { quote, UserError } from '../errors.ts';

/**
 * The address of `public/`, without a slash at its end.
 *
 * @throws UserError for one that these files cannot hold, or that would hand out a password.
 */
export function checkAddress(text: string): string {
  const address = text.replace(/\/+$/, '');
  const refuse = (found: string, expected: string, remedy?: string): UserError =>
    new UserError({
      what: 'not an address that clients can be given',
      where: 'input url',
      found,
      expected,
      ...(remedy === undefined ? {} : { remedy }),
    });
  if (
    !/^(?:https?|file|copy):\/[A-Za-z0-9._~:/@+=%[\]-]+$/.test(address) ||
    address.length > 1000 ||
    !URL.canParse(address)
  ) {
    throw refuse(quote(address), 'an http, https or file URI of letters, digits and ._~:/+=%-, without ? and #');
  }
  const { username, password } = new URL(address);
  if (username !== '' || password !== '') {
    // Neither is shown.
    throw refuse(
      'a user or password in it',
      'an address that everyone may read',
      'give them to clients by apt_auth.conf(5) or dnf.conf(5)',
    );
  }
  return address;
}
