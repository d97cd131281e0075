import { describe, expect, it } from 'vitest';
import { readKeyText } from '../../../src/signing/key-text.ts';

const BODY = `${'x'.repeat(64)}\n${'y'.repeat(64)}\n=abcd`;
const PRIVATE = `-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n${BODY}\n-----END PGP PRIVATE KEY BLOCK-----`;
const PUBLIC = PRIVATE.replaceAll('PRIVATE', 'PUBLIC');
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('the text of a key', () => {
  it.each([
    ['as it is', PRIVATE],
    ['with blanks around it', `\n  \n${PRIVATE}\n\n`],
    ['with CR LF', PRIVATE.replaceAll('\n', '\r\n')],
    ['in base64 on one line', base64(PRIVATE)],
    ['in base64 with line breaks', base64(PRIVATE).replace(/(.{76})/g, '$1\n')],
    ['with its newlines written out', PRIVATE.replaceAll('\n', '\\n')],
    ['with text and a public key beside it', `my key:\n${PUBLIC}\n${PRIVATE}\n`],
  ])('takes an armor %s', (_name, text) => {
    const found = readKeyText(text);
    expect(found.kind).toBe('armored');
    const blocks = found.kind === 'armored' ? found.blocks : [];
    expect(blocks.map((block) => block.replaceAll('\r\n', '\n'))).toEqual([PRIVATE]);
  });

  it('takes a binary export in base64', () => {
    const bytes = Buffer.from(Array.from({ length: 200 }, (_, index) => (index * 7) % 256));
    const found = readKeyText(bytes.toString('base64'));
    expect(found.kind === 'binary' && Buffer.from(found.bytes).equals(bytes)).toBe(true);
  });

  it('finds several keys', () => {
    const found = readKeyText(`${PRIVATE}\n${PRIVATE}`);
    expect(found.kind === 'armored' && found.blocks.length).toBe(2);
  });

  it.each([
    ['nothing', '   ', 'found nothing'],
    ['a word', 'hunter2-hunter2', '15 characters'],
    ['a public key', PUBLIC, 'a public key was given'],
    ['a public key in base64', base64(PUBLIC), 'a public key was given'],
    ['an armor without its end', PRIVATE.slice(0, -40), 'the armor of the key is damaged'],
    ['an armor folded to one line', PRIVATE.replaceAll('\n', ' '), 'the armor of the key is damaged'],
    ['a message', PRIVATE.replaceAll('PRIVATE KEY BLOCK', 'MESSAGE'), 'a block of the type MESSAGE'],
  ])('refuses %s without repeating it', (_name, text, message) => {
    expect(() => readKeyText(text)).toThrow(message);
    try {
      readKeyText(text);
    } catch (error) {
      expect(String(error)).not.toContain('hunter2');
      expect(String(error)).not.toContain('xxxx');
    }
  });
});
