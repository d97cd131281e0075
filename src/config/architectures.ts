/** Architectures in packaging.yml: by rpm's name or by Debian's, whatever format a target has. */
import { quote, UserError } from '../errors.ts';
import { rpmArchitecture } from '../rpm/architecture.ts';
import type { Target } from './target.ts';

/** Whether two names, of whatever format, mean the same architecture. */
export function isSameArchitecture(one: string, other: string): boolean {
  return rpmArchitecture(one) === rpmArchitecture(other);
}

/** Those of `names` that the target has, by the target's own names. */
export function architecturesOf(target: Pick<Target, 'architectures'>, names: readonly string[]): string[] {
  return target.architectures.filter((own) => names.some((name) => isSameArchitecture(own, name)));
}

/**
 * Refuses what the release is not built for: its repositories would not take it.
 *
 * @throws UserError naming the architectures of the packaging file.
 */
export function checkReleaseArchitecture(
  packaging: { readonly architectures?: readonly string[]; readonly file?: string | undefined } | undefined,
  architecture: string,
): void {
  const names = packaging?.architectures;
  if (names === undefined || names.some((name) => isSameArchitecture(name, architecture))) return;
  throw new UserError({
    what: 'the release is not built for this architecture',
    where: `${packaging?.file ?? 'packaging file'}: architectures`,
    found: quote(architecture),
    expected: names.join(', '),
    remedy: 'build on a machine of that architecture, or add this one to the list',
  });
}
