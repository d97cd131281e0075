/** Text from outside, made fit for a log: no line of it can act on a terminal or on a platform that reads the log. */

/**
 * Escape sequences of ECMA-48: CSI, then the strings OSC, DCS, SOS, PM, APC to their terminator, then the short ones.
 * Left out as a whole, so that no rubbish remains of a coloured line.
 */
const ESCAPE_SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-OQ-WYZ\\`-~]/g;

/** Other control characters, line separators, and the bidirectional ones that make text show as what it is not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * The lines of `text`, each without escape sequences and with other control characters shown as `\u001b`. Of a line
 * that a progress bar wrote over itself (carriage returns) the last state is kept, as a terminal would.
 */
export function printableLines(text: string): string[] {
  return text.split('\n').map(printableLine);
}

/** One line of `printableLines`; a line break inside is shown as an escape. */
export function printableLine(line: string): string {
  const states = line.replace(ESCAPE_SEQUENCES, '').split('\r');
  const last = states.findLast((state) => state !== '') ?? '';
  return last.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** `text` as a part of a file name, a label or an artifact's name: letters, digits, `.`, `_`, `-`; 100 characters. */
export function safeName(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+|-+$/g, '');
  return safe.slice(0, 100) || 'unnamed';
}
