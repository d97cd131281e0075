/** What a deb repository is: settings of its first publish, extended by later ones, never reduced. */
import { isArchitecture } from '../../deb/file-name.ts';
import { quote, UserError } from '../../errors.ts';
import { checkAddress } from '../address.ts';
import { targetOf } from '../refusal.ts';
import { keepVersionsField } from '../retention.ts';
import type { DebSettings } from '../snapshot.ts';

/** What the person asks for; what is not given stays as it is, or has a default. */
export interface DebSettingsRequest {
  readonly suite?: string | undefined;
  readonly components?: readonly string[] | undefined;
  /** Where packages go whose section does not name a component; the first one when absent. */
  readonly component?: string | undefined;
  /** Component whose `debian-installer` area udebs go to; that of the package when absent. */
  readonly udebComponent?: string | undefined;
  readonly architectures?: readonly string[] | undefined;
  readonly origin?: string | undefined;
  readonly label?: string | undefined;
  readonly description?: string | undefined;
  readonly validSeconds?: number | undefined;
  /** Public address of `public/`. */
  readonly url?: string | undefined;
  /** How many versions of each source package the channel keeps, 1 or more. */
  readonly keepVersions?: number | undefined;
}

/** What the packages to be published say, for what is not given. */
export interface DebSettingsHints {
  /** Name and suite of the builds' target. */
  readonly target: string | undefined;
  readonly suite: string | undefined;
  /** Without `all`. */
  readonly architectures: readonly string[];
  readonly origin: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9.+~-]{0,63}$/;
/** What lies beside components and below them in `dists/SUITE/`. */
const NO_COMPONENTS = /^(?:InRelease|Release(?:\.gpg)?|by-hash|source|debian-installer|binary-.*)$/i;
/** Parts of a component's name: `main/debug`. */
const MAX_PARTS = 4;
const LINE = /^[^\p{Cc}#]{1,200}$/u;

/**
 * The settings of the snapshot to come.
 *
 * @param before those of the channel's snapshot.
 * @throws UserError for a value that cannot be, and for another suite than the repository has.
 */
export function resolveSettings(
  request: DebSettingsRequest,
  before: DebSettings | undefined,
  hints: DebSettingsHints,
): DebSettings {
  if (before !== undefined && request.suite !== undefined && request.suite !== before.suite) {
    throw new UserError({
      what: 'the repository serves another suite',
      where: 'input suite',
      found: quote(request.suite),
      expected: quote(before.suite),
      remedy: 'one repository serves one suite: give a repository of its own to each',
    });
  }
  const target = targetOf(before?.target, hints.target);
  const suite = before?.suite ?? request.suite ?? hints.suite;
  if (suite === undefined) {
    throw new UserError({
      what: 'a new repository needs the name of its suite',
      where: 'input suite',
      expected: 'such as bookworm',
    });
  }
  const components = union(
    before?.components,
    request.components ?? (before === undefined ? [request.component ?? 'main'] : []),
  );
  for (const [input, name] of [
    ['component', request.component],
    ['udeb-component', request.udebComponent],
  ] as const) {
    if (name === undefined || components.includes(name)) continue;
    throw new UserError({
      what: 'the repository does not have the component',
      where: `input ${input}`,
      found: quote(name),
      expected: `one of ${components.join(', ')}`,
      remedy: 'add it to the input components',
    });
  }
  const given = request.architectures ?? (before === undefined ? hints.architectures : []);
  const architectures = union(before?.architectures, given);
  if (architectures.length === 0) {
    throw new UserError({
      what: 'a new repository needs its architectures',
      where: 'input architectures',
      found: 'only packages for all architectures',
      expected: 'such as amd64',
    });
  }
  const origin = request.origin ?? before?.origin ?? hints.origin;
  const label = request.label ?? before?.label ?? origin;
  const description = request.description ?? before?.description;
  const validSeconds = request.validSeconds ?? before?.validSeconds;
  const url = request.url === undefined ? before?.url : checkAddress(request.url);

  check('suite', [suite], (text) => NAME.test(text), 'letters, digits and .+~-');
  check(
    'components',
    components,
    (text) => {
      const parts = text.split('/');
      return parts.length <= MAX_PARTS && parts.every((part) => NAME.test(part) && !NO_COMPONENTS.test(part));
    },
    'letters, digits and .+~-, and no name that indexes have',
  );
  check(
    'architectures',
    architectures,
    (text) => text !== 'all' && isArchitecture(text),
    'one such as amd64, not all or source',
  );
  check('origin', [origin], (text) => LINE.test(text), 'one line without #');
  check('label', [label], (text) => LINE.test(text), 'one line without #');
  check('description', description === undefined ? [] : [description], (text) => LINE.test(text), 'one line without #');
  return {
    suite,
    ...(target === undefined ? {} : { target }),
    components,
    udebComponents: before?.udebComponents ?? [],
    architectures,
    origin,
    label,
    ...(description === undefined ? {} : { description }),
    ...(validSeconds === undefined || validSeconds === 0 ? {} : { validSeconds }),
    ...(url === undefined ? {} : { url }),
    ...keepVersionsField(request.keepVersions, before),
  };
}

/** The component that automatic debug symbol packages go to, so that nobody downloads their index who does not ask. */
export function debugComponent(component: string): string {
  return component.endsWith('/debug') ? component : `${component}/debug`;
}

function check(input: string, values: readonly string[], isGood: (text: string) => boolean, expected: string): void {
  const wrong = values.find((value) => !isGood(value));
  if (wrong === undefined) return;
  throw new UserError({ what: 'a value that cannot be', where: `input ${input}`, found: quote(wrong), expected });
}

function union(before: readonly string[] = [], more: readonly string[]): string[] {
  return [...new Set([...before, ...more])];
}
