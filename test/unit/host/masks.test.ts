import { describe, expect, test } from 'vitest';
import { Masker, maskForms } from '../../../src/host/masks.ts';

const KEY = `-----BEGIN PGP PRIVATE KEY BLOCK-----

lFgEZZZZZZYJKwYBBAHaRw8BAQdAsecretsecretsecretsecretsecretsecret
AAD/moresecretmoresecretmoresecret
=abcd
-----END PGP PRIVATE KEY BLOCK-----
`;

describe('Masker', () => {
  test('hides a value wherever it stands', () => {
    const masker = new Masker();
    masker.add('hunter2');
    expect(masker.apply('x hunter2 yhunter2z')).toBe('x *** y***z');
  });

  test('hides each line of a key, but not its frame', () => {
    const masker = new Masker();
    masker.add(KEY);
    const shown = masker.apply(`log: ${KEY}`);
    for (const line of KEY.split('\n').filter((each) => each !== '' && !each.startsWith('-----'))) {
      expect(shown).not.toContain(line);
      expect(masker.apply(line)).toBe('***');
    }
    expect(masker.apply('-----BEGIN PGP PRIVATE KEY BLOCK-----')).toContain('BEGIN');
  });

  test('hides base64, alone and inside of something longer, at every offset', () => {
    const masker = new Masker();
    masker.add('pass-phrase');
    expect(masker.apply(Buffer.from('pass-phrase').toString('base64'))).toBe('***');
    for (const before of ['', 'u', 'us', 'use', 'user:', 'longer-user:']) {
      for (const after of ['', 'x', 'xy', 'xyz']) {
        const encoded = Buffer.from(`${before}pass-phrase${after}`).toString('base64');
        const shown = masker.apply(`Authorization: Basic ${encoded}`);
        expect(shown, `${before}…${after}`).toContain('***');
        const left = shown.replace('Authorization: Basic ', '').split('***').join('');
        expect(left.length).toBeLessThanOrEqual(encoded.length - 12);
      }
    }
  });

  test('hides URL and JSON forms', () => {
    const masker = new Masker();
    masker.add('p&ss "w"/örd');
    expect(masker.apply(`https://x/?k=${encodeURIComponent('p&ss "w"/örd')}`)).toBe('https://x/?k=***');
    expect(masker.apply(JSON.stringify({ k: 'p&ss "w"/örd' }))).toBe('{"k":"***"}');
  });

  test('a secret inside of another leaves no rest of the longer one', () => {
    const masker = new Masker();
    masker.add('secret');
    masker.add('secret-and-more');
    expect(masker.apply('secret-and-more')).toBe('***');
  });

  test('takes characters of regular expressions literally', () => {
    const masker = new Masker();
    masker.add('a.b*(c)[d]\\$^|{2}?+');
    expect(masker.apply('a.b*(c)[d]\\$^|{2}?+')).toBe('***');
    expect(masker.apply('aXbbcd')).toBe('aXbbcd');
  });

  test('leaves short texts alone: they would blank out the log', () => {
    expect(maskForms('ab')).toEqual([]);
    expect(maskForms('')).toEqual([]);
    const masker = new Masker();
    masker.add('abc\nlonger line');
    expect(masker.apply('abc longer line')).toBe('abc ***');
  });
});
