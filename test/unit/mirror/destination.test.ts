import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { checkDestinations, parseDestination, rsyncPath } from '../../../src/mirror/destination.ts';

const parse = (text: string) =>
  parseDestination(text, 'input mirrors', (folder) => path.resolve('/work space', folder));

function refusal(text: string): string {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
  throw new Error(`${text} was taken`);
}

describe('where a mirror lies', () => {
  test.each([
    ['rsync://www.example.org/mirror', 'rsync://www.example.org/mirror/'],
    ['rsync://me@www.example.org:8730/mirror/deb/', 'rsync://me@www.example.org:8730/mirror/deb/'],
    ['rsync://[2001:db8::1]:873/mirror', 'rsync://[2001:db8::1]:873/mirror/'],
    ['www.example.org:/srv/mirror', 'www.example.org:/srv/mirror/'],
    ['me@www.example.org:/srv//mirror/./a/', 'me@www.example.org:/srv/mirror/a/'],
    ['ssh://me@www.example.org:2222/srv/mirror', 'me@www.example.org:/srv/mirror/'],
    ['me@[2001:db8::1]:/srv/mirror', 'me@[2001:db8::1]:/srv/mirror/'],
    ['/srv/mirror/', '/srv/mirror/'],
    ['mirror', '/work space/mirror/'],
    ['./a:b', '/work space/a:b/'],
  ])('%s', (text, expected) => {
    expect(rsyncPath(parse(text))).toBe(expected);
  });

  test('keeps the port of ssh apart: rsync has no place for it', () => {
    expect(parse('ssh://www.example.org:2222/srv/mirror')).toMatchObject({
      kind: 'ssh',
      port: 2222,
      path: '/srv/mirror',
    });
  });

  test.each([
    '',
    '-e sh',
    '--rsh=sh',
    '-oProxyCommand=x@host:/a',
    'host:/a\nother:/b',
    'host:/a\u0000b',
    'rsync://-host/mirror',
    'rsync://host/-mirror',
    'rsync://host/mirror/--delete',
    'rsync://host/',
    'rsync://host',
    'rsync:///mirror',
    'rsync://host/mirror/../other',
    'rsync://host:99999/mirror',
    'rsync://ho st/mirror',
    'ssh://-oProxyCommand=x/a',
    '-oProxyCommand=x:/a',
    'me;id@host:/a',
    'host:/',
    'host:/a b',
    'host:/$(id)',
    'host:/a`id`',
    "host:/a'b",
    'host:/a;b',
    'host:/a/*',
    'host:/~root',
    'host:~/a',
    'host:a',
    'host::module',
    'http://host/a',
    'ftp://host/a',
    '/',
  ])('refuses %j', (text) => {
    expect(refusal(text)).toMatch(/^input mirrors: not a place of a mirror/);
    expect(refusal(text)).not.toContain('\n');
  });

  test('shows no password', () => {
    for (const text of ['rsync://me:hush@host/mirror', 'ssh://me:hush@host/mirror']) {
      expect(refusal(text)).not.toContain('hush');
      expect(refusal(text)).toContain('rsync-password');
    }
  });

  test('refuses the repository itself, what lies in it or holds it, and one mirror twice', () => {
    const check = (...texts: string[]) => checkDestinations(texts.map(parse), '/srv/repository', 'input mirrors');
    for (const text of ['/srv/repository', '/srv/repository/public', '/srv'])
      expect(() => check(text)).toThrow(/lies in the repository/);
    expect(() => check('host:/a', '/srv/b', 'host:/a/')).toThrow(/the same mirror twice/);
    expect(() => check('/srv/repository-mirror', 'host:/srv/repository')).not.toThrow();
  });
});
