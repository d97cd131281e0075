/** The distribution of a host, by os-release(5): what its packages are called and how they are installed. */
import { quote, UserError } from '../errors.ts';
import { type Family, familyOf } from '../tool-packages.ts';

export interface Distribution {
  /** `debian`, `ubuntu`, `fedora`, `rocky`, `rhel`, `ol`. */
  readonly id: string;
  readonly family: Family;
  /** For people: `Debian GNU/Linux 12 (bookworm)`. */
  readonly name: string;
  /** Enterprise Linux: its number, which decides on EPEL; `undefined` for Fedora and Debian. */
  readonly enterprise: number | undefined;
}

/**
 * Reads os-release.
 *
 * @throws UserError for a distribution of neither family, and for an Enterprise Linux before 8.
 */
export function readDistribution(text: string): Distribution {
  const field = (name: string) => new RegExp(`^${name}=(["']?)([^"'\n]*)\\1$`, 'm').exec(text)?.[2] ?? '';
  const family = familyOf(text);
  const [id, name] = [field('ID'), field('PRETTY_NAME') || field('NAME')];
  if (family === undefined) {
    throw new UserError({
      what: 'a distribution that setup-builder does not know',
      where: '/etc/os-release',
      found: quote(name === '' ? id : name),
      expected: 'Debian, Ubuntu, Fedora, an Enterprise Linux, or one that is like them (ID_LIKE)',
      remedy: 'install the tools by hand; pkg-actions doctor says what is missing',
    });
  }
  // Oracle's says only that it is like Fedora; `platform:el9` is that of every Enterprise Linux.
  const isEnterprise =
    family === 'fedora' &&
    id !== 'fedora' &&
    (/\b(?:rhel|centos)\b/.test(`${id} ${field('ID_LIKE')}`) || /^platform:el\d/.test(field('PLATFORM_ID')));
  const enterprise = isEnterprise ? Number.parseInt(field('VERSION_ID'), 10) : undefined;
  if (enterprise !== undefined && !(enterprise >= 8)) {
    throw new UserError({
      what: 'an Enterprise Linux that is too old',
      where: '/etc/os-release',
      found: quote(field('VERSION_ID')),
      expected: '8 or newer',
    });
  }
  return { id, family, name: name === '' ? id : name, enterprise };
}
