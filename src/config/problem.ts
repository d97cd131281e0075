/** What is wrong with a value, in the house's words: what a schema found, and what checks of meaning add. */
import type { z } from 'zod';
import { quote, type UserErrorParts } from '../errors.ts';
import { didYouMean } from '../suggest.ts';

export interface Problem extends Omit<UserErrorParts, 'where'> {
  readonly path: readonly PropertyKey[];
  /** The name of the field is what is wrong, not its value. */
  readonly key?: boolean;
}

type Issue = z.core.$ZodIssue;

/** The problems behind the issues that a schema raised (parsed with `reportInput`). */
export function explainIssues(issues: readonly Issue[], above: readonly PropertyKey[] = []): Problem[] {
  return issues.flatMap((issue) => explain(issue, [...above, ...issue.path]));
}

function explain(issue: Issue, path: readonly PropertyKey[]): Problem[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      // fields.ts puts the known fields into the message.
      return issue.keys.map((key) => {
        const remedy = key === '<<' ? 'merge keys are not taken here' : didYouMean(key, issue.message.split(', '));
        return {
          path: [...path, key],
          key: true,
          what: 'an unknown field',
          expected: issue.message,
          ...(remedy === undefined ? {} : { remedy }),
        };
      });
    case 'invalid_type':
      if (issue.input === undefined) {
        return [{ path, what: 'a required field is missing', expected: typeName(issue.expected, issue.message) }];
      }
      return [wrongType(path, issue.input, typeName(issue.expected, issue.message))];
    case 'invalid_value': {
      if (issue.input === undefined) {
        return [{ path, what: 'a required field is missing', expected: issue.values.join(', ') }];
      }
      const names = issue.values.map(String);
      const remedy = typeof issue.input === 'string' ? didYouMean(issue.input, names) : undefined;
      return [{ ...wrongValue(path, issue.input, names.join(', ')), ...(remedy === undefined ? {} : { remedy }) }];
    }
    case 'invalid_union':
      return explainUnion(issue, path);
    default:
      // The message of every other check is what it expects.
      return [wrongValue(path, issue.input, issue.message)];
  }
}

/** Of several forms, the one that the value was meant to have; all of them where it has the shape of none. */
function explainUnion(issue: Extract<Issue, { code: 'invalid_union' }>, path: readonly PropertyKey[]): Problem[] {
  const branches = [...issue.errors];
  const shaped = branches.filter((branch) => !branch.some((inner) => inner.path.length === 0 && isShape(inner)));
  const [nearest] = shaped.toSorted((a, b) => a.length - b.length);
  if (nearest) return explainIssues(nearest, path);
  const names = branches.flat().find((inner) => inner.code === 'invalid_value');
  const remedy =
    typeof issue.input === 'string' && names ? didYouMean(issue.input, names.values.map(String)) : undefined;
  const expected = [...new Set(branches.flatMap((branch) => branch.filter(isShape).map(expectedOf)))].join(' or ');
  if (issue.input === undefined) return [{ path, what: 'a required field is missing', expected }];
  return [{ ...wrongType(path, issue.input, expected), ...(remedy === undefined ? {} : { remedy }) }];
}

function isShape(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function expectedOf(issue: Issue): string {
  if (issue.code === 'invalid_type') return typeName(issue.expected, issue.message);
  if (issue.code === 'invalid_value') return issue.values.join(' or ');
  return issue.message;
}

function wrongType(path: readonly PropertyKey[], input: unknown, expected: string): Problem {
  return { path, what: 'a value of the wrong type', found: show(input), expected };
}

function wrongValue(path: readonly PropertyKey[], input: unknown, expected: string): Problem {
  return { path, what: 'a value that cannot be used', found: show(input), expected };
}

/** What a type is called; fields.ts says it better where it gave a message of its own. */
function typeName(expected: string, message: string): string {
  if (!message.startsWith('Invalid input')) return message;
  switch (expected) {
    case 'string':
      return 'text';
    case 'array':
      return 'a list';
    case 'object':
    case 'record':
      return 'a mapping';
    case 'boolean':
      return 'true or false';
    case 'number':
    case 'int':
      return 'a whole number';
    default:
      return expected;
  }
}

/** A value as an error shows it: shortened, and without what looks like a secret. */
export function show(value: unknown): string {
  if (typeof value === 'string' && value.includes('PRIVATE KEY')) return 'a private key';
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return quote(value.replace(/\/\/[^/@]*@/g, '//***@'), 60);
  return `the ${typeof value} ${String(value)}`;
}
