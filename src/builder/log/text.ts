/** Lines of a log: taken apart fast, freed of what only a terminal understands, made fit to be quoted. */
import type { FileHandle } from 'node:fs/promises';
import { openPlain } from '../collect.ts';
import type { LogLine } from './diagnosis.ts';

/**
 * Escape sequences of ECMA-48: CSI; OSC, DCS, SOS, PM and APC strings to their terminator; the short ones.
 * Every part is a character class that excludes what follows it, so the time is linear.
 */
const ESCAPE_SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const SUSPICIOUS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;
/** Characters that break a line or make it show as what it is not: line separators, bidirectional and invisible ones. */
const DECEPTIVE = /[\u2028\u2029\u202a-\u202e\u2060-\u2069\u200b\u200e\u200f\ufeff\ufff9-\ufffb]/g;

/** Patterns see at most this much of a line: its start and its end. */
const MATCHED = 2048;
const MATCHED_TAIL = 512;
/** As much is seen of a line with carriage returns before it is taken apart. */
const OVERWRITTEN = 65_536;
/** A quoted line is cut to this many characters. */
const QUOTED = 400;

/** `text` without escape sequences and control characters; tabs stay. */
export function strip(text: string): string {
  return SUSPICIOUS.test(text) ? text.replace(ESCAPE_SEQUENCES, '').replace(CONTROL, '') : text;
}

/** `text` on one printable line, cut to `limit` characters, fit for an annotation, a report or a terminal. */
export function printable(text: string, limit = QUOTED): string {
  // Cut before cleaning too: a line may have a hundred megabytes.
  const line = strip(text.slice(0, limit * 8))
    .replace(/[\t\n]/g, ' ')
    .replace(DECEPTIVE, '')
    .trimEnd()
    .toWellFormed();
  return line.length > limit ? `${line.slice(0, limit).toWellFormed()}…` : line;
}

/** A line cut for matching: start and end are kept, since tools put what matters there. */
function clip(line: string, limit = MATCHED): string {
  if (line.length <= limit) return line;
  return `${line.slice(0, limit - MATCHED_TAIL)} … ${line.slice(-MATCHED_TAIL)}`;
}

/** The states of a line that a progress bar wrote over itself, or the line itself. */
function statesOf(raw: string): string[] {
  if (!raw.includes('\r')) return [raw];
  const shown = clip(raw, OVERWRITTEN)
    .split('\r')
    .filter((state) => state !== '');
  return shown.length > 0 ? shown : [''];
}

/**
 * Calls `visit` for every line of `log`, with its number from 1. What a progress bar wrote over itself (carriage
 * returns) comes as lines of the same number, as an error may stand in any of them. Long lines come clipped.
 */
export function eachLine(log: string, visit: (text: string, number: number, offset: number) => void): void {
  let number = 0;
  for (let start = 0; start < log.length; ) {
    const newline = log.indexOf('\n', start);
    const end = newline === -1 ? log.length : newline;
    number += 1;
    const raw = log.slice(start, end);
    if (!raw.includes('\r')) visit(strip(clip(raw)), number, start);
    else for (const state of statesOf(raw)) visit(strip(clip(state)), number, start);
    start = end + 1;
  }
}

/** The line that begins at `offset`, whole up to what no command of people is longer than. */
export function wholeLine(log: string, offset: number): string {
  const end = log.indexOf('\n', offset);
  return strip(log.slice(offset, Math.min(end === -1 ? log.length : end, offset + OVERWRITTEN)));
}

/** Number of the line that `offset` lies in, from 1. */
export function lineAt(log: string, offset: number): number {
  let number = 1;
  for (let at = log.indexOf('\n'); at !== -1 && at < offset; at = log.indexOf('\n', at + 1)) number += 1;
  return number;
}

/** The lines `from` to `to` (both included, from 1) of `log`, printable. */
export function linesBetween(log: string, from: number, to: number): LogLine[] {
  const lines: LogLine[] = [];
  let number = 0;
  for (let start = 0; start < log.length && number < to; ) {
    const newline = log.indexOf('\n', start);
    const end = newline === -1 ? log.length : newline;
    number += 1;
    if (number >= from) {
      lines.push({ number, text: printable(statesOf(log.slice(start, end)).at(-1) ?? '') });
    }
    start = end + 1;
  }
  return lines;
}

/** Of a larger log the first and the last part of this size in bytes are read. */
const LOG_PART_BYTES = 64 * 1024 * 1024;

/**
 * Reads a log of any size and content. Bytes that are not UTF-8 become U+FFFD. Of a log of more than twice
 * `partBytes` the middle is left out; empty lines stand for its lines, so that line numbers stay true.
 *
 * @throws Error where it is no plain file: it may lie where a build writes, and what it puts there is not followed or
 * waited for.
 */
export async function readLog(file: string, partBytes: number = LOG_PART_BYTES): Promise<string> {
  await using handle = await openPlain(file);
  if (handle === undefined) throw new Error(`no plain file: ${file}`);
  const { size } = await handle.stat();
  if (size <= 2 * partBytes) return (await readRange(handle, 0, size)).toString('utf8');
  const head = (await readRange(handle, 0, partBytes)).toString('utf8');
  const gapEnd = size - partBytes;
  let newlines = 0;
  for (let at = partBytes; at < gapEnd; ) {
    const piece = await readRange(handle, at, Math.min(at + 4 * 1024 * 1024, gapEnd));
    if (piece.length === 0) break;
    for (let found = piece.indexOf(10); found !== -1; found = piece.indexOf(10, found + 1)) newlines += 1;
    at += piece.length;
  }
  const tail = (await readRange(handle, gapEnd, size)).toString('utf8');
  return `${head}${'\n'.repeat(Math.min(newlines, LOG_PART_BYTES))}${tail}`;
}

/** Bytes `from` to `to`, fewer where the file has become shorter. */
async function readRange(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(to - from);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, from + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
