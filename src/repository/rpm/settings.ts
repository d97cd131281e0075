/** What an rpm repository is: settings of its first publish, extended by later ones, never reduced. */
import { quote, UserError } from '../../errors.ts';
import { baseArchitecture, rpmArchitecture } from '../../rpm/architecture.ts';
import { checkAddress } from '../address.ts';
import { targetOf } from '../refusal.ts';
import { keepVersionsField } from '../retention.ts';
import type { RpmSettings } from '../snapshot.ts';
import { isBaseArchitecture } from './folders.ts';

/** What the person asks for; what is not given stays as it is, or has a default. */
export interface RpmSettingsRequest {
  /** By rpm's names or Debian's. */
  readonly architectures?: readonly string[] | undefined;
  readonly label?: string | undefined;
  /** Public address of `public/`. */
  readonly url?: string | undefined;
  /** How many versions of each source package the channel keeps, 1 or more. */
  readonly keepVersions?: number | undefined;
}

/** What the packages to be published say, for what is not given. */
export interface RpmSettingsHints {
  /** Name of the builds' target. */
  readonly target: string | undefined;
  /** Base architectures. */
  readonly architectures: readonly string[];
  readonly label: string;
}

const LINE = /^[^\p{Cc}]{1,200}$/u;

/**
 * The settings of the snapshot to come.
 *
 * @param before those of the channel's snapshot.
 * @throws UserError for a value that cannot be, and for another target than the repository has.
 */
export function resolveRpmSettings(
  request: RpmSettingsRequest,
  before: RpmSettings | undefined,
  hints: RpmSettingsHints,
): RpmSettings {
  const target = targetOf(before?.target, hints.target);
  const asked = request.architectures?.map((name) => baseArchitecture(rpmArchitecture(name)));
  const given = asked ?? (before === undefined ? hints.architectures : []);
  const architectures = [...new Set([...(before?.architectures ?? []), ...given])];
  if (architectures.length === 0) {
    throw new UserError({
      what: 'a new repository needs its architectures',
      where: 'input architectures',
      found: 'only packages for all architectures',
      expected: 'such as x86_64',
    });
  }
  const wrong = architectures.find((name) => !isBaseArchitecture(name));
  if (wrong !== undefined) {
    throw new UserError({
      what: 'a value that cannot be',
      where: 'input architectures',
      found: quote(wrong),
      expected: 'one such as x86_64 or aarch64, not noarch or src',
    });
  }
  const label = request.label ?? before?.label ?? hints.label;
  if (!LINE.test(label)) {
    throw new UserError({
      what: 'a value that cannot be',
      where: 'input label',
      found: quote(label),
      expected: 'one line',
    });
  }
  const url = request.url === undefined ? before?.url : checkAddress(request.url);
  return {
    label,
    ...(target === undefined ? {} : { target }),
    architectures,
    ...(url === undefined ? {} : { url }),
    ...keepVersionsField(request.keepVersions, before),
  };
}
