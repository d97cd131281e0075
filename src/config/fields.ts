/**
 * The building blocks of the schemas in this folder: mappings whose kebab-case fields become camelCase properties, and
 * the strict forms of what stands in them. All of it comes from outside and ends in paths, arguments and files.
 *
 * The message of every check is what was expected, as a clause: `document.ts` puts the rest around it. Patterns hold in
 * JSON Schema validators too, hence plain ASCII classes.
 */
import { z } from 'zod';
import { parseDuration, parseSize } from '../inputs.ts';

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;
type CamelKeys<T> = { readonly [K in keyof T as K extends string ? Camel<K> : K]: T[K] };

/** A mapping with exactly these fields: kebab-case in the file, camelCase in the program. */
export function mapping<S extends z.core.$ZodLooseShape>(shape: S) {
  return z
    .strictObject(shape, {
      error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(', ') : undefined),
    })
    .transform((value) => camelKeys(value));
}

function camelKeys<T extends object>(value: T): CamelKeys<T> {
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [camel(key), field])) as CamelKeys<T>;
}

/** `version-tag` as `versionTag`. */
function camel(key: string): string {
  return key.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** A list that is never changed. */
export function list<S extends z.ZodType>(item: S) {
  return z.array(item).max(10_000, '10000 items or fewer').readonly();
}

/** The same, with one item or more. */
export function filledList<S extends z.ZodType>(item: S) {
  return z.array(item).min(1, 'a list with one item or more').max(10_000, '10000 items or fewer').readonly();
}

/** A text of one form. What YAML reads as a number or a boolean, and would have it as a text, is told so. */
export function form(pattern: RegExp, expected: string, max = 255) {
  const error = ({ input }: { readonly input?: unknown }) =>
    (typeof input === 'number' || typeof input === 'boolean') && pattern.test(String(input))
      ? `${expected}, in quotes`
      : expected;
  return z.string({ error }).max(max, `${max} characters or fewer`).regex(pattern, expected);
}

/** Control characters and line separators, for a character class. */
const CONTROL = '\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029';

const NUL = '\\u0000';

/** Text for people on one line. */
export const line = (max = 255) => form(new RegExp(`^[^${CONTROL}]+$`), 'one line of text', max);

/** The class behind `plainName`, also what a placeholder of a project pattern matches. Never `.`, `..` or an option. */
export const PLAIN_NAME = '[A-Za-z0-9](?:[A-Za-z0-9+~_-]|\\.(?!\\.))*';

/** A name that is safe as one part of a path, of an argument and of a suite. */
export const plainName = () =>
  form(new RegExp(`^${PLAIN_NAME}$`), 'a name: letters, digits, +~_- and single dots, a letter or digit first', 128);

/** Name of a package, source or binary: deb (deb-policy 5.6.1) or rpm. */
export const packageName = () =>
  form(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/, 'a package name: letters, digits and +._-, a letter or digit first', 128);

/** Architecture as dpkg (`amd64`) or rpm (`x86_64`) names it. */
export const architecture = () => form(/^[a-z0-9][a-z0-9_-]*$/, 'an architecture such as amd64 or x86_64', 32);

const PARTS = `${PLAIN_NAME}(?:/${PLAIN_NAME})*`;

/** Suite of an apt archive; may have parts (`bookworm/updates`). */
export const suiteName = () => form(new RegExp(`^${PARTS}$`), 'a suite such as bookworm or bookworm-updates', 128);

/** Suite of an apt source: as `suiteName`, or a folder that ends in `/` for a flat repository (sources.list(5)). */
export const sourceSuite = () =>
  form(
    new RegExp(`^(?:${PARTS}/?|\\./(?:${PARTS}/)?|/)$`),
    'a suite such as bookworm-backports, or ./ for a flat repository',
    128,
  );

/** Component of a repository: `main`, `non-free/debian-installer`. */
export const componentName = () => form(new RegExp(`^${PARTS}$`), 'a component such as main', 64);

/** Absolute path of a file on the machine that builds. */
export const absolutePath = () =>
  form(/^(?!(?:.*\/)?\.\.(?:\/|$))\/[A-Za-z0-9@%+=:,._~/-]*$/, 'an absolute path without .. and blanks', 1024);

/** Path inside a checkout. */
export const insidePath = () =>
  form(
    /^(?!(?:.*\/)?\.\.?(?:\/|$))[A-Za-z0-9._][A-Za-z0-9@%+=:,._~ /-]*$/,
    'a relative path without .. inside the code or spec project',
    1024,
  );

/** Path that the person chose: any, but no control character and nothing that a tool would take for an option. */
export const anyPath = () => form(new RegExp(`^[^${CONTROL}-][^${CONTROL}]*$`), 'a path', 1024);

/** An argument of a command: anything but the character that ends one. */
export const argument = () => form(new RegExp(`^[^${NUL}]*$`), 'an argument without a NUL character', 4096);

/** Address of a package repository, as apt and dnf take it. Credentials do not belong in this file. */
export const repositoryUri = () =>
  form(
    /^(?!.*\/\.\.(?:\/|$))(?:https?:\/\/[A-Za-z0-9.[\]:-]+(?:\/[!#$%&()*+,./0-9:;=?@A-Z_a-z~-]*)?|(?:(?:file|copy):(?:\/\/(?=\/))?)?\/[!#$%&()*+,./0-9:;=?@A-Z_a-z~-]*)$/,
    'http://, https://, file:///, or an absolute path; no blanks, quotes, .. or credentials',
    2048,
  );

/** Address for people and for downloads. `more`: further characters of its path. */
export const webUrl = (more = '') =>
  form(
    new RegExp(`^https?://[A-Za-z0-9.[\\]:-]+(?:/[!#$%&()*+,./0-9:;=?@A-Z_a-z~${more}-]*)?$`),
    'an http:// or https:// URL without blanks, quotes and credentials',
    2048,
  );

/** Mail address with a name (deb-policy 5.6.2). */
export const mailbox = () =>
  form(
    new RegExp(`^[^${CONTROL}<>"]*[^${CONTROL}<>" ] <[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9.-]+>$`),
    'Name <mail@host>',
  );

/** SHA-256, hexadecimal. */
export const sha256 = () => form(/^[0-9a-f]{64}$/, '64 lower case hexadecimal digits', 64);

/** Duration as text, read as seconds. */
export const duration = () =>
  form(
    /^(?=.)(?:\d{1,6}d)?(?:\d{1,6}h)?(?:\d{1,6}m)?(?:\d{1,8}s)?$/,
    'a duration such as 90s, 15m, 2h or 1h30m',
    32,
  ).transform((text) => parseDuration(text) ?? 0);

/** Size as text (powers of 1024), read as bytes. */
export const size = () =>
  form(/^\d{1,12}(?:[KMGT](?:i?B)?)?$/, 'a size such as 512M or 4G', 32).transform((text) => parseSize(text) ?? 0);

/** A whole number in a range. */
export const whole = (min: number, max: number) => {
  const expected = `a whole number from ${min} to ${max}`;
  return z.int(expected).min(min, expected).max(max, expected);
};
