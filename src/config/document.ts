/**
 * Configuration files: YAML 1.2 read with a schema, so that whatever is wrong has a file, a line, a column and a
 * field's path. Also values without a file, which then have the path alone.
 */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument as parseYaml,
  visit,
} from 'yaml';
import type { z } from 'zod';
import { quote, UserError, type UserErrorParts } from '../errors.ts';
import { explainIssues, type Problem } from './problem.ts';

/** A configuration is written by people: anything larger is not one. */
const MAX_BYTES = 1024 * 1024;
/** Expansions of aliases (`*name`): enough for people, too few for a bomb. */
const MAX_ALIASES = 100;
const MAX_PROBLEMS = 10;

/** A problem with its place. Line and column count from 1; absent where there is no file. */
export interface LocatedProblem extends UserErrorParts {
  readonly field: string;
  readonly line?: number;
  readonly column?: number;
  /** All of it on one line, as in an error's message. */
  readonly message: string;
}

/** What is wrong with a configuration file. The message has the first problem; `problems` up to ten. */
export class PackagingError extends UserError {
  override readonly name = 'PackagingError';
  readonly file: string;
  readonly problems: readonly LocatedProblem[];

  constructor(file: string, problems: readonly [LocatedProblem, ...LocatedProblem[]], count = problems.length) {
    const [first] = problems;
    const more = count > 1 ? `${count - 1} more ${count === 2 ? 'problem' : 'problems'} in this file` : undefined;
    const remedy = [first.remedy, more].filter((text) => text !== undefined).join('; ');
    const { what, where, found, expected } = first;
    super({
      what,
      ...(where === undefined ? {} : { where }),
      ...(found === undefined ? {} : { found }),
      ...(expected === undefined ? {} : { expected }),
      ...(remedy === '' ? {} : { remedy }),
    });
    this.file = file;
    this.problems = problems;
  }
}

/** A configuration that has its form, and the way to report what is wrong with its meaning. */
export interface Configuration<T> {
  readonly value: T;
  /** The error for `problems`, which are not empty, in the order of the file. */
  error(problems: readonly Problem[]): PackagingError;
}

/**
 * Reads a file: regular, UTF-8, 1 MiB at most.
 *
 * @throws UserError where it cannot be read.
 */
export async function readConfigurationFile(file: string): Promise<string> {
  let handle: FileHandle | undefined;
  try {
    // O_NONBLOCK: opening a FIFO must not hang.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) {
      throw new UserError({ what: 'not a regular file', where: file, expected: 'a YAML file' });
    }
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) break;
    }
    if (length > MAX_BYTES) {
      throw new UserError({
        what: 'the file is too large for a configuration',
        where: file,
        found: `${Math.max(stat.size, length)} bytes`,
        expected: '1 MiB or less',
      });
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length));
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof TypeError) throw new UserError({ what: 'the file is not UTF-8', where: file });
    throw new UserError({
      what: 'the file cannot be read',
      where: file,
      found: (error as NodeJS.ErrnoException).code ?? 'an error',
    });
  } finally {
    await handle?.close();
  }
}

/**
 * Reads YAML `text` by `schema`.
 *
 * @param name of the file, for errors.
 * @throws PackagingError for YAML that cannot be read and for what the schema refuses.
 */
export function parseConfiguration<S extends z.ZodType>(
  text: string,
  name: string,
  schema: S,
): Configuration<z.output<S>> {
  const lines = new LineCounter();
  const { document, value } = readYaml(text, name, lines);
  return check(value, schema, (problems) => locate(problems, name, document, lines));
}

/**
 * Reads a value that is in no file by `schema`.
 *
 * @param name what it came from, for errors.
 * @throws PackagingError for what the schema refuses.
 */
export function checkConfiguration<S extends z.ZodType>(
  value: unknown,
  name: string,
  schema: S,
): Configuration<z.output<S>> {
  return check(value, schema, (problems) => located(problems, name, () => undefined));
}

function check<S extends z.ZodType>(
  value: unknown,
  schema: S,
  error: (problems: readonly Problem[]) => PackagingError,
): Configuration<z.output<S>> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (!parsed.success) throw error(explainIssues(parsed.error.issues));
  return { value: parsed.data, error };
}

function readYaml(text: string, name: string, lines: LineCounter): { document: Document.Parsed; value: unknown } {
  const fail = (what: string, offset: number, found?: string): PackagingError => {
    const { line, col } = lines.linePos(offset);
    const where = `${name}:${line}:${col}`;
    const parts = { what, where, ...(found === undefined ? {} : { found }) };
    return new PackagingError(name, [
      { ...parts, field: '', line, column: col, message: new UserError(parts).message },
    ]);
  };
  try {
    const document = parseYaml(text, {
      lineCounter: lines,
      prettyErrors: false,
      schema: 'core',
      strict: true,
      uniqueKeys: true,
      version: '1.2',
      // Not `silent`, which lets several documents pass. Nothing is printed either way.
      logLevel: 'error',
    });
    const [first] = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
    if (first) {
      const [offset] = first.pos;
      const word = /^[^\s:,{}[\]]+/.exec(text.slice(offset, offset + 40))?.[0];
      const told = ['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED'].includes(first.code) ? word : undefined;
      throw fail(yamlMessage(first.code, first.message), offset, told && quote(told));
    }
    visit(document, {
      Alias(_, alias) {
        const offset = alias.range?.[0] ?? 0;
        if (!alias.resolve(document)) throw fail('an alias without its anchor before it', offset, quote(alias.source));
      },
    });
    return { document, value: document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown };
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof RangeError) throw fail('the YAML is nested too deeply', 0);
    // What toJS throws for too many.
    if (error instanceof ReferenceError) throw fail('aliases that expand to too much', 0);
    throw error;
  }
}

function yamlMessage(code: string, message: string): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'the same field twice';
    case 'MULTIPLE_DOCS':
      return 'more than one YAML document in the file';
    case 'TAB_AS_INDENT':
      return 'a tab in the indentation: YAML takes blanks only';
    case 'TAG_RESOLVE_FAILED':
      return 'a YAML tag that is not taken here';
    default:
      return `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
  }
}

/** The problems with their places in the document, in its order. */
function locate(
  problems: readonly Problem[],
  name: string,
  document: Document.Parsed,
  lines: LineCounter,
): PackagingError {
  return located(problems, name, (problem) => {
    const offset = offsetOf(document, problem) ?? 0;
    const { line, col } = lines.linePos(offset);
    return { offset, line, column: col };
  });
}

function located(
  problems: readonly Problem[],
  name: string,
  place: (problem: Problem) => { offset: number; line: number; column: number } | undefined,
): PackagingError {
  const [first, ...others] = problems
    .map((problem) => {
      const at = place(problem);
      const field = fieldPath(problem.path);
      const { path: _path, key: _key, ...rest } = problem;
      const where = `${name}${at ? `:${at.line}:${at.column}` : ''}${field === '' ? '' : ` ${field}`}`;
      const parts = { ...rest, where };
      return {
        offset: at?.offset ?? 0,
        problem: {
          ...parts,
          field,
          ...(at ? { line: at.line, column: at.column } : {}),
          message: new UserError(parts).message,
        },
      };
    })
    .sort((a, b) => a.offset - b.offset)
    .map(({ problem }) => problem);
  if (!first) throw new Error('an error without a problem');
  return new PackagingError(name, [first, ...others.slice(0, MAX_PROBLEMS - 1)], problems.length);
}

/** `targets[0].name`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      // The name of an unknown field is as long as it likes.
      const name = String(part);
      return `${index === 0 ? '' : '.'}${name.length > 80 ? `${name.slice(0, 80)}…` : name}`;
    })
    .join('');
}

/** Where the value (or, with `key`, the key) at a path begins; of the nearest node above where it is missing. */
function offsetOf(document: Document.Parsed, problem: Problem): number | undefined {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0];
  for (const [index, part] of problem.path.entries()) {
    const last = index === problem.path.length - 1;
    const collection: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isMap(collection)) {
      const pair: unknown = collection.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part),
      );
      if (!isPair(pair)) return offset;
      const key = isNode(pair.key) ? pair.key : null;
      node = isNode(pair.value) ? pair.value : null;
      // An empty value has no place of its own worth showing: its key has.
      const empty = isScalar(node) && node.source === '' && node.range?.[0] === node.range?.[1];
      offset = (last && (problem.key || empty) ? key : (node ?? key))?.range?.[0] ?? offset;
    } else if (isSeq(collection)) {
      const item: unknown = collection.items[Number(part)];
      if (!isNode(item)) return offset;
      node = item;
      offset = node.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}
