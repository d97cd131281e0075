/**
 * The building blocks of the schemas in this folder: mappings whose kebab-case fields become camelCase properties, and
 * the strict forms of names. Everything here comes from outside and may end up in paths, arguments and files.
 */
import { z } from 'zod';

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;
type CamelKeys<T> = { readonly [K in keyof T as K extends string ? Camel<K> : K]: T[K] };

/** A mapping with exactly these fields. Written in kebab-case, read in camelCase. */
export function mapping<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape).transform((value) => camelKeys(value));
}

function camelKeys<T extends object>(value: T): CamelKeys<T> {
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()),
      field,
    ]),
  ) as CamelKeys<T>;
}

/** A text of one form. `expected` says in words what it allows, and is what errors print. */
export function form(pattern: RegExp, expected: string, max = 255) {
  return z.string().max(max, `${max} characters or fewer`).regex(pattern, expected);
}

/** A name that is safe as one part of a path, an argument or a suite. */
export const plainName = () =>
  form(/^[A-Za-z0-9][A-Za-z0-9.+~_-]*$/, 'a name: letters, digits and .+~_-, starting with a letter or digit', 128);

/** Name of a package, source or binary, deb (deb-policy 5.6.1) or rpm. */
export const packageName = () =>
  form(
    /^[A-Za-z0-9][A-Za-z0-9+._-]*$/,
    'a package name: letters, digits and +._-, starting with a letter or digit',
    128,
  );

/** Architecture, as dpkg (`amd64`) or rpm (`x86_64`) names it. */
export const architecture = () => form(/^[a-z0-9][a-z0-9_-]*$/, 'an architecture such as amd64 or x86_64', 32);

/** Codename or other name of a suite in a repository; may have parts, such as `bookworm/updates`. */
export const suiteName = () =>
  form(
    /^[A-Za-z0-9][A-Za-z0-9.+~_-]*(\/[A-Za-z0-9][A-Za-z0-9.+~_-]*)*$/,
    'a suite such as bookworm or bookworm-updates',
    128,
  );

/** Component of a repository: `main`, `non-free/debian-installer`. */
export const componentName = () =>
  form(/^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/, 'a component such as main', 64);

/** An absolute path without control characters and without `..`. */
export const absolutePath = () =>
  form(/^(?!(?:.*\/)?\.\.(?:\/|$))\/[^\p{Cc}"]*$/u, 'an absolute path without ..', 4096);

/** Address of a package repository, or an absolute path of one on this machine. Credentials do not belong here. */
export const repositoryUri = () =>
  form(
    /^(?:(?:https?|ftp):\/\/[A-Za-z0-9.[\]:_-]+(?:\/[^\s\p{Cc}"'[\]\\]*)?|(?:file:\/\/|copy:\/\/)?\/[^\s\p{Cc}"'[\]\\]*)$/u,
    'http://, https://, ftp://, file:/// or an absolute path, without blanks, quotes and credentials',
    2048,
  );
