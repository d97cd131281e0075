/** Repositories beside those of a mock configuration: read strictly, because they end in files that dnf obeys. */
import path from 'node:path';
import { quote, UserError } from '../../errors.ts';
import { readKey } from '../configuration.ts';

export interface RpmRepository {
  /** Id for dnf (dnf.conf(5)): letters, digits and `._-`. */
  readonly name: string;
  /** `https://host/path`, `http://host/path` or `file:/folder`, without a trailing slash; may hold `$basearch`. */
  readonly baseurl: string;
  /** 1 to 99 as dnf has it: lower wins, 99 without. */
  readonly priority?: number;
  /** Armored public keys. gpgcheck is on, always, unless `trusted`. */
  readonly keys: readonly string[];
  /** Only of a folder of this machine: its packages need no signature. */
  readonly trusted: boolean;
  /** Whether the signature of its index (repomd.xml.asc) is checked too; many repositories have none. */
  readonly repoGpgcheck?: boolean;
}

const NAME = /^(?!main$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** No blanks, quotes, commas (dnf reads a list), braces (mock expands them), or credentials. */
const WEB = /^https?:\/\/[A-Za-z0-9.[\]:-]+(?:\/[A-Za-z0-9!$%&()*+./:=?@_~-]*)?$/;
const FOLDER = /^(?:file:(?:\/\/(?=\/))?)?(\/(?!\/)[A-Za-z0-9@%+=:._~/-]*)$/;
const FORM = 'NAME URL [priority=N] [key=FILE] [trusted=yes]';

/** The folder of a repository on this machine, else `undefined`. */
export function repositoryFolder({ baseurl }: Pick<RpmRepository, 'baseurl'>): string | undefined {
  return /^file:(?:\/\/(?=\/))?(\/.*)$/.exec(baseurl)?.[1];
}

/**
 * The repository with these parts, checked.
 *
 * @param where what it came from, for errors: `input repositories`.
 * @throws UserError naming the part that is wrong.
 */
export function rpmRepository(
  parts: {
    readonly name: string;
    readonly url: string;
    readonly priority?: number | undefined;
    readonly keys: readonly string[];
    readonly trusted: boolean;
  },
  where: string,
): RpmRepository {
  const { name, url, priority, keys, trusted } = parts;
  const bad = (what: string, found: string, expected: string, remedy?: string): UserError =>
    new UserError({ what, where, found: quote(found), expected, ...(remedy ? { remedy } : {}) });
  if (!NAME.test(name)) throw bad('not a name of a repository', name, 'letters, digits and ._-, and not main');
  if (/^https?:\/\/[^/]*@/.test(url)) {
    throw new UserError({
      what: 'credentials in the address of a repository',
      where,
      expected: 'an address without them',
      remedy: 'a build could read them: serve the repository to build hosts without, or by a proxy that knows them',
    });
  }
  const folder = FOLDER.exec(url)?.[1];
  if ((folder === undefined && !WEB.test(url)) || url.split('/').includes('..')) {
    throw bad('not an address of a repository', url, 'http://, https://, file:/// or an absolute path, no ..');
  }
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= 1 && priority <= 99)) {
    throw bad('not a priority of a repository', String(priority), 'a whole number from 1 to 99');
  }
  if (trusted && folder === undefined) throw bad('a repository over the network must be signed', url, 'a key');
  if (!trusted && keys.length === 0) {
    const remedy = folder === undefined ? undefined : 'a folder of this machine without signatures needs trusted=yes';
    throw bad('no key for a repository', `${name} ${url}`, 'key=FILE, or a file of keys for all', remedy);
  }
  return {
    name,
    baseurl: (folder === undefined ? url : `file:${path.posix.normalize(folder)}`).replace(/(?<=[^:/])\/+$/, ''),
    ...(priority === undefined ? {} : { priority }),
    keys,
    trusted,
  };
}

/**
 * Reads repositories of one line each: `NAME URL [priority=N] [key=FILE] [trusted=yes]`, such as
 * `acme https://packages.example.org/el9 priority=10 key=/etc/keys/acme.asc`. `key` may be there more than once.
 *
 * @param keyFiles files of keys for repositories that name none; all of them together.
 * @param where what they came from, for errors.
 * @throws UserError for a line that is wrong, for keys that cannot be read, and for a repository without any key that
 * is no trusted folder of this machine.
 */
export async function readRpmRepositories(
  lines: readonly string[],
  keyFiles: readonly string[],
  where: string,
): Promise<RpmRepository[]> {
  const common = await Promise.all(keyFiles.map(readKey));
  const repositories: RpmRepository[] = [];
  for (const line of lines) {
    const [name = '', url = '', ...options] = line.trim().split(/[ \t]+/);
    const own: string[] = [];
    let priority: number | undefined;
    let trusted = false;
    for (const option of options) {
      const [, key, value = ''] = /^(priority|key|trusted)=(.+)$/.exec(option) ?? [];
      if (key === 'key') own.push(await readKey(path.resolve(value)));
      else if (key === 'priority' && /^\d{1,4}$/.test(value)) priority = Number(value);
      else if (key === 'trusted' && /^(?:yes|no)$/.test(value)) trusted = value === 'yes';
      else throw new UserError({ what: 'not an option of a repository', where, found: quote(option), expected: FORM });
    }
    if (url === '') throw new UserError({ what: 'not a repository', where, found: quote(line), expected: FORM });
    const keys = trusted ? [] : own.length > 0 ? own : common;
    repositories.push(rpmRepository({ name, url, priority, keys, trusted }, where));
  }
  const double = repositories.find(({ name }, index) => repositories.findIndex((one) => one.name === name) < index);
  if (double) throw new UserError({ what: 'two repositories of one name', where, found: quote(double.name) });
  return repositories;
}
