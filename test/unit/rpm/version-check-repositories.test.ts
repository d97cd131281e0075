/** How rpm repositories are written in inputs, and where the locations in their indexes lead. */
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import type { Location } from '../../../src/location.ts';
import { resolveReference } from '../../../src/repository/rpm-index/reference.ts';
import { isRpmLine, parseRpmLine } from '../../../src/repository/rpm-index/source.ts';

const parse = (line: string) => parseRpmLine(line, 'test', (file) => `/here/${file}`);

function refusal(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).not.toContain('\n');
    return (error as Error).message;
  }
  return 'nothing was thrown';
}

describe('lines', () => {
  test.each([
    ['rpm https://example.org/el9', true],
    ['rpm', true],
    ['acme https://example.org/el9 priority=10', true],
    ['acme file:///srv/el9', true],
    ['acme ./el9', true],
    ['deb https://example.org/debian bookworm main', false],
    ['deb-src https://example.org/debian bookworm main', false],
    ['deb [trusted=yes] /srv x/', false],
    ['nonsense', false],
    ['two words', false],
  ])('%s', (line, expected) => {
    expect(isRpmLine(line)).toBe(expected);
  });

  test('with keys, in both forms', () => {
    const location = { kind: 'http', url: 'https://example.org/el9', authorization: undefined };
    const common = { location, uri: 'https://example.org/el9', trusted: false, keyFiles: ['/here/a', '/here/b'] };
    expect(parse('rpm https://example.org/el9/ key=a key=b')).toEqual({ ...common, name: undefined });
    expect(parse('rpm [key=a key=b] https://example.org/el9')).toEqual({ ...common, name: undefined });
    expect(parse(' acme\thttps://example.org/el9  priority=10 key=a key=b ')).toEqual({ ...common, name: 'acme' });
  });

  test('folders, credentials, variables', () => {
    expect(parse('rpm el9 trusted=yes')).toMatchObject({
      location: { kind: 'folder', folder: '/here/el9' },
      trusted: true,
    });
    expect(parse('rpm file:///srv/el9').location).toEqual({ kind: 'folder', folder: '/srv/el9' });
    const { location, uri } = parse('rpm https://someone:secret@example.org/$basearch');
    expect(location).toEqual({
      kind: 'http',
      url: 'https://example.org/$basearch',
      authorization: `Basic ${Buffer.from('someone:secret').toString('base64')}`,
    });
    expect(uri).toBe('https://example.org/$basearch');
  });

  test.each([
    ['rpm', /not an rpm repository/],
    ['a/b https://example.org', /not a name of a repository/],
    ['rpm https://example.org enabled=1', /not an option of a repository \(found "enabled=1"/],
    ['rpm https://example.org trusted=maybe', /not an option/],
    ['rpm https://example.org key=', /not an option/],
    ['rpm https://example.org/$releasever', /a variable of dnf that is not known here \(found "\$releasever"/],
    ['rpm https://example.org/?mirrorlist=x', /a list of mirrors/],
    ['rpm https://example.org/metalink?repo=x', /a list of mirrors/],
    ['rpm ftp://example.org/', /not the URI of a repository/],
    ['rpm https://someone:secret@example.org/?x', /not the URI/],
  ])('%s is refused', (line, message) => {
    const found = refusal(() => parse(line));
    expect(found).toMatch(message);
    expect(found).not.toContain('secret');
  });
});

describe('locations', () => {
  const web: Location = { kind: 'http', url: 'https://example.org/el9', authorization: 'Basic x' };
  const folder: Location = { kind: 'folder', folder: '/srv/a b/el9' };
  const resolve = (repository: Location, href: string, base?: string) => {
    const { location, file } = resolveReference(repository, { href, base }, 'primary.xml');
    return location.kind === 'http'
      ? `${location.url}/${file} ${location.authorization === undefined ? 'open' : 'authorized'}`
      : `${location.folder}/${file}`;
  };

  test.each([
    [
      web,
      'Packages/h/hello-1.0~rc1^git+2-1.rpm',
      undefined,
      'https://example.org/el9/Packages/h/hello-1.0~rc1^git+2-1.rpm authorized',
    ],
    [web, 'a b#c?d%41%zz.rpm', undefined, 'https://example.org/el9/a%20b%23c%3Fd%41%25zz.rpm authorized'],
    [web, '1:2.rpm', undefined, 'https://example.org/el9/1:2.rpm authorized'],
    [web, './a/../b.rpm', undefined, 'https://example.org/el9/b.rpm authorized'],
    [web, 'a.rpm', 'https://example.org/pool', 'https://example.org/pool/a.rpm authorized'],
    [web, 'a.rpm', 'http://mirror.example.com/pool/', 'http://mirror.example.com/pool/a.rpm open'],
    [web, 'a.rpm', 'disc2', 'https://example.org/el9/disc2/a.rpm authorized'],
    [web, 'https://u:p@cdn.example.com/a.rpm?token=1', undefined, 'https://cdn.example.com/a.rpm?token=1 open'],
    [folder, 'a b/c%41.rpm', undefined, '/srv/a b/el9/a b/cA.rpm'],
    [folder, 'a.rpm', 'file:///srv/a%20b/el9/pool', '/srv/a b/el9/pool/a.rpm'],
    [folder, 'a.rpm', 'https://example.org/pool', 'https://example.org/pool/a.rpm open'],
  ])('%j %s %s', (repository, href, base, expected) => {
    // The parser of addresses may write a caret either way.
    expect(resolve(repository, href, base).replace('%5E', '^')).toBe(expected);
  });

  test.each([
    [web, '../a.rpm'],
    [web, 'a/../../a.rpm'],
    [web, '%2e%2e/a.rpm'],
    [web, '/a.rpm'],
    [web, '//other.example.com/a.rpm'],
    [web, 'a\\..\\..\\b.rpm'],
    [web, 'a\u0000.rpm'],
    [web, 'a\n.rpm'],
    [web, ''],
    [web, 'file:///etc/passwd'],
    [web, 'ftp://example.org/a.rpm'],
    [web, 'a.rpm', '../other'],
    [web, 'a.rpm', '//other.example.com/'],
    [web, 'a.rpm', 'file:///etc'],
    [web, 'a.rpm', 'media://123#1'],
    [web, '../a.rpm', 'https://example.org/pool/x'],
    [folder, '../a.rpm'],
    [folder, '%2e%2e/a.rpm'],
    [folder, 'a%2f..%2f..%2fb.rpm'],
    [folder, '/etc/passwd'],
    [folder, '//host/a.rpm'],
    [folder, 'file:///etc/passwd'],
    [folder, 'file:///srv/a%20b/el9/../x'],
    [folder, 'a.rpm', 'file:///etc/'],
    [folder, 'a.rpm', '..'],
    [folder, 'a%00.rpm'],
  ])('%j %j %s is refused', (repository, href, base?: string) => {
    expect(refusal(() => resolve(repository, href, base))).toMatch(
      /^primary\.xml: a location that leads out of the repository/,
    );
  });
});
