import { describe, expect, test } from 'vitest';
import {
  formatParagraph,
  Paragraph,
  parseChecksums,
  parseControl,
  parseSingleParagraph,
  requireField,
  stripSignature,
} from '../../../src/deb/control.ts';
import { UserError } from '../../../src/errors.ts';

describe('parseControl', () => {
  test('reads paragraphs, names in any case, continuation lines', () => {
    const [first, second, ...more] = parseControl(
      'Source: hello\nBuild-Depends: a,\n b,\n\tc\nDescription: short\n long\n  verbatim\n .\n ..\n end\n\n \t\n\npackage: x\n',
    );
    expect(more).toEqual([]);
    expect(first?.names).toEqual(['Source', 'Build-Depends', 'Description']);
    expect(first?.get('SOURCE')).toBe('hello');
    expect(first?.get('build-depends')).toBe('a,\nb,\nc');
    expect(first?.get('Description')).toBe('short\nlong\n verbatim\n\n.\nend');
    expect(first?.lineOf('description')).toBe(5);
    expect(second?.get('Package')).toBe('x');
    expect(second?.line).toBe(14);
  });

  test('keeps a first line that is empty, and cuts blanks and carriage returns at the end of lines', () => {
    const [paragraph] = parseControl('Files:  \r\n abc 1 x \r\nA:b\t\r\n');
    expect(paragraph?.get('Files')).toBe('\nabc 1 x');
    expect(paragraph?.get('A')).toBe('b');
    expect(parseControl('')).toEqual([]);
    expect(parseControl('\n \n')).toEqual([]);
  });

  test('leaves comments out where they are allowed, even inside a field, and refuses them elsewhere', () => {
    const text = '# head\nA: 1\n# inside\n 2\n#B: 3\n';
    expect([...(parseControl(text, { comments: true })[0] ?? [])]).toEqual([['A', '1\n2']]);
    expect(() => parseControl(text, { file: 'x.dsc' })).toThrow(/^x\.dsc:1: not a field/);
  });

  test.each([
    ['A: 1\na: 2\n', /x:2: a field that occurs twice in its paragraph \(found "a"\)/],
    [' lost\n', /x:1: a continuation line without a field/],
    ['A: 1\n\n lost\n', /x:3: a continuation line without a field/],
    ['no colon\n', /x:1: not a field/],
    ['-A: 1\n', /x:1: not a field/],
    ['A B: 1\n', /x:1: not a field/],
    [': 1\n', /x:1: not a field/],
    ['Ä: 1\n', /x:1: not a field/],
    ['A: 1\n\u00a0B: 2\n', /x:2: not a field/],
  ])('refuses %j', (text, message) => {
    expect(() => parseControl(text, { file: 'x' })).toThrow(UserError);
    expect(() => parseControl(text, { file: 'x' })).toThrow(message);
  });

  // Quadratic work on it would outlast the limit of a test.
  test('reads a long run of blanks', () => {
    expect(parseControl(`A: x${' '.repeat(300_000)}y\n`)[0]?.get('A')).toHaveLength(300_002);
  });
});

test('formatParagraph is the inverse of parseControl', () => {
  const fields = [
    ['Package', 'hello'],
    ['Empty', ''],
    ['Description', 'short\nlong\n\n.\n  verbatim'],
    ['Checksums-Sha256', '\nabc 1 x\ndef 2 y'],
  ] as const;
  const text = formatParagraph(fields);
  expect(text).toBe(
    'Package: hello\nEmpty:\nDescription: short\n long\n .\n ..\n   verbatim\nChecksums-Sha256:\n abc 1 x\n def 2 y\n',
  );
  expect([...(parseControl(text)[0] ?? [])]).toEqual(fields);
  expect(() => formatParagraph([['A: x\nB', 'y']])).toThrow(UserError);
  expect(() => formatParagraph([['#A', 'y']])).toThrow(UserError);
});

test('Paragraph keeps place and spelling of a field that is set again', () => {
  const paragraph = new Paragraph([
    ['Source', 'a'],
    ['Version', '1'],
  ]);
  paragraph.set('SOURCE', 'b');
  expect([...paragraph]).toEqual([
    ['Source', 'b'],
    ['Version', '1'],
  ]);
  expect(paragraph.delete('version')).toBe(true);
  expect(paragraph.has('Version')).toBe(false);
});

test('parseSingleParagraph and requireField name what is missing', () => {
  expect(() => parseSingleParagraph('', { file: 'x.dsc' })).toThrow(/x\.dsc: not a control file of one paragraph/);
  expect(() => parseSingleParagraph('A: 1\n\nB: 2\n', { file: 'x.dsc' })).toThrow(/x\.dsc:3: .*found 2 paragraphs/);
  const paragraph = parseSingleParagraph('A: 1\nB:\n');
  expect(requireField(paragraph, 'a', 'x')).toBe('1');
  expect(() => requireField(paragraph, 'B', 'x')).toThrow(/x:1: a required field is empty \(expected the field B\)/);
  expect(() => requireField(paragraph, 'C', 'x')).toThrow(/a required field is missing/);
});

describe('stripSignature', () => {
  const signed = (body: string, head = 'Hash: SHA512\n') =>
    `-----BEGIN PGP SIGNED MESSAGE-----\n${head}\n${body}\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n`;

  test('gives the text inside, dash-escaping undone', () => {
    expect(stripSignature(signed('A: 1\n- -----x\n\nB: 2'))).toBe('A: 1\n-----x\n\nB: 2\n');
    expect(stripSignature(signed('A: 1', ''))).toBe('A: 1\n');
    expect(stripSignature(`\n${signed('A: 1')}\n`)).toBe('A: 1\n');
    expect(stripSignature('A: 1\n')).toBe('A: 1\n');
  });

  test.each([
    ['text before', `Evil: 1\n${signed('A: 1')}`, /f:1: text before the signed message/],
    ['text after', `${signed('A: 1')}Evil: 1\n`, /f:9: text after the signed message/],
    ['a second message', signed('A: 1') + signed('B: 1'), /text after the signed message/],
    ['another armor header', signed('A: 1', 'Evil: 1\n'), /f:2: not an armor header/],
    ['a line not escaped', signed('-----BEGIN PGP SIGNED MESSAGE-----'), /f:4: a line that is not dash-escaped/],
    ['no end', signed('A: 1').replace('-----END PGP SIGNATURE-----', ''), /an OpenPGP signature that does not end/],
    ['no signature', '-----BEGIN PGP SIGNED MESSAGE-----\n\nA: 1\n', /an OpenPGP signature that does not end/],
    [
      'a signature alone',
      'A: 1\n-----BEGIN PGP SIGNATURE-----\n',
      /f:2: an OpenPGP signature without its signed message/,
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => stripSignature(text, 'f')).toThrow(UserError);
    expect(() => stripSignature(text, 'f')).toThrow(message);
  });
});

describe('parseChecksums', () => {
  const sha = 'a'.repeat(64);
  test('reads the lines of a .dsc and of a .changes', () => {
    expect(parseChecksums(`\n${sha.toUpperCase()} 12 x_1.orig.tar.gz\n${sha}\t0  x_1-1.dsc`, 'f')).toEqual([
      { algorithm: 'sha256', digest: sha, size: 12, name: 'x_1.orig.tar.gz' },
      { algorithm: 'sha256', digest: sha, size: 0, name: 'x_1-1.dsc' },
    ]);
    expect(parseChecksums(`\n${'b'.repeat(32)} 5 devel optional x_1_all.deb`, 'f')).toEqual([
      {
        algorithm: 'md5',
        digest: 'b'.repeat(32),
        size: 5,
        name: 'x_1_all.deb',
        section: 'devel',
        priority: 'optional',
      },
    ]);
    expect(parseChecksums('', 'f')).toEqual([]);
  });

  test.each([
    [`${sha} 1 ../x`, /not a plain file name \(found "\.\.\/x"/],
    [`${sha} 1 /etc/passwd`, /not a plain file name/],
    [`${sha} 1 .hidden`, /not a plain file name/],
    [`${sha} 1 $(touch`, /not a plain file name/],
    [`${sha} 1`, /not a checksum line/],
    [`${sha} x y`, /not a checksum line/],
    [`${sha} -1 y`, /not a checksum line/],
    [`${sha.slice(1)} 1 y`, /not a checksum line/],
    [`${sha} 1 y\n${sha} 2 y`, /a file that is listed twice/],
    [`${sha} 1 y\n${'b'.repeat(32)} 2 z`, /digests of different kinds/],
  ])('refuses %j', (value, message) => {
    expect(() => parseChecksums(value, 'x.dsc Files')).toThrow(message);
    expect(() => parseChecksums(value, 'x.dsc Files')).toThrow(/^x\.dsc Files: /);
  });
});
