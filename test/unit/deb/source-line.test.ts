import { describe, expect, test } from 'vitest';
import { hideCredentials, parseSourceLine } from '../../../src/deb/source-line.ts';
import { UserError } from '../../../src/errors.ts';

const parse = (line: string) =>
  parseSourceLine(line, 'input x', (file) => (file.startsWith('/') ? file : `/ws/${file}`));

describe('parseSourceLine', () => {
  test('reads options, URI, suite and components', () => {
    expect(
      parse(
        'deb [ arch=amd64,arm64 signed-by=keys/a.asc,/b.gpg lang=none check-valid-until=no ]  https://example.org/x/ bookworm main contrib main',
      ),
    ).toEqual({
      type: 'deb',
      location: { kind: 'http', url: 'https://example.org/x', authorization: undefined },
      uri: 'https://example.org/x',
      suite: 'bookworm',
      isFlat: false,
      components: ['main', 'contrib'],
      architectures: ['amd64', 'arm64'],
      trusted: false,
      keyFiles: ['/ws/keys/a.asc', '/b.gpg'],
      fingerprints: [],
      byHash: undefined,
      checkDate: true,
      checkValidUntil: false,
      dateMaxFuture: 10,
      validUntilMin: undefined,
      validUntilMax: undefined,
    });
  });

  test.each([
    ['deb file:/srv/repo sid main', '/srv/repo'],
    ['deb file:///srv/a%20b/ sid main', '/srv/a b'],
    ['deb copy:/srv/repo sid main', '/srv/repo'],
    ['deb /srv/repo/ sid main', '/srv/repo'],
    ['deb ./repo sid main', '/ws/repo'],
    ['deb repo/public/latest sid main', '/ws/repo/public/latest'],
  ])('%s is a folder', (line, folder) => expect(parse(line).location).toEqual({ kind: 'folder', folder }));

  test.each(['/', './', 'sub/folder/'])('%s is a flat repository', (suite) => {
    expect(parse(`deb-src http://h/x ${suite}`)).toMatchObject({ isFlat: true, components: [], type: 'deb-src' });
  });

  test('fingerprints of signed-by', () => {
    const fingerprint = 'abcdef0123456789abcdef0123456789abcdef01';
    expect(parse(`deb [signed-by=/k.asc,${fingerprint}!] http://h x main`)).toMatchObject({
      keyFiles: ['/k.asc'],
      fingerprints: [fingerprint.toUpperCase()],
    });
  });

  test('credentials become a header and are shown nowhere', () => {
    const source = parse('deb [trusted=yes] https://us%40er:pa%2Fss@example.org/x sid main');
    expect(source.uri).toBe('https://example.org/x');
    expect(source.location).toEqual({
      kind: 'http',
      url: 'https://example.org/x',
      authorization: `Basic ${Buffer.from('us@er:pa/ss').toString('base64')}`,
    });
    expect(hideCredentials('deb https://u:secret@h/ x')).toBe('deb https://***@h/ x');
    for (const line of [
      'deb https://u:secret@h/?x sid main',
      'deb https://u:secret@h/ sid',
      'deb ftp://u:secret@h/ x y',
      'x https://u:secret@h',
    ]) {
      expect(() => parse(line)).toThrow(UserError);
      expect(() => parse(line)).not.toThrow(/secret/);
    }
  });

  test.each([
    ['', /not an apt source line/],
    ['http://h sid main', /not an apt source line/],
    ['deb http://h', /not an apt source line/],
    ['deb [trusted=yes http://h sid main', /not an apt source line/],
    ['deb http://h sid', /no component/],
    ['deb http://h ./ main', /components for a flat repository/],
    ['deb http://h ../sid main', /not a suite/],
    ['deb http://h sid/../../x main', /not a suite/],
    ['deb http://h a/../b/ ', /not a suite/],
    ['deb http://h sid ../main', /not a component/],
    ['deb http://h sid $(touch)', /not a component/],
    ['deb ftp://h sid main', /not the URI of a repository/],
    ['deb http://h?x=y sid main', /not the URI of a repository/],
    ['deb file:relative sid main', /not the URI of a repository/],
    ['deb file://host/x sid main', /not the URI of a repository/],
    ['deb [trust=yes] http://h sid main', /not supported \(found "trust"/],
    ['deb [trusted=maybe] http://h sid main', /not a value of the option trusted/],
    ['deb [trusted] http://h sid main', /not an option/],
    ['deb [arch=a arch=b] http://h sid main', /an option that occurs twice/],
    ['deb [arch=../x] http://h sid main', /not a value of the option arch/],
    ['deb [by-hash=perhaps] http://h sid main', /not a value of the option by-hash/],
    ['deb [date-max-future=soon] http://h sid main', /not a value of the option date-max-future/],
  ])('refuses %j', (line, message) => {
    expect(() => parse(line)).toThrow(UserError);
    expect(() => parse(line)).toThrow(message);
    expect(() => parse(line)).toThrow(/^input x: /);
  });
});
