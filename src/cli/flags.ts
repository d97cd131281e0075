/** The flags of the command line, from an action's table of inputs. */
import { Option } from 'commander';
import type { ActionSpec, InputSpec } from '../inputs.ts';

/** Flags of the command line itself; no input may have such a name. */
export const OWN_FLAGS: readonly string[] = ['help', 'version', 'json', 'summary', 'verbose', 'directory'];

export const GROUPS = {
  required: 'Required:',
  options: 'Options:',
  secrets: 'Secrets (never given as a value):',
  output: 'This command line:',
} as const;

/** The options of `action`, in the order of its table. */
export function optionsOf(action: ActionSpec): Option[] {
  const options = Object.entries(action.inputs).flatMap(([name, spec]) => inputOptions(name, spec));
  for (const old of Object.keys(action.renamed ?? {})) {
    // Taken, so that reading the inputs can say what it is called now.
    options.push(new Option(`--${old} [value]`).hideHelp());
  }
  return options;
}

function inputOptions(name: string, spec: InputSpec): Option[] {
  if (spec.type === 'secret') {
    const required = 'required' in spec && spec.required;
    const heading = GROUPS.secrets;
    return [
      new Option(`--${name}-file <path>`, `${spec.description}${required ? ' Required.' : ''}`).helpGroup(heading),
      new Option(`--${name}-variable <name>`, `The same, by the name of an environment variable.`).helpGroup(heading),
    ];
  }
  const heading = 'required' in spec && spec.required ? GROUPS.required : GROUPS.options;
  const description = describe(spec);
  if (spec.type === 'boolean') {
    return [new Option(`--${name}`, description).helpGroup(heading), new Option(`--no-${name}`).hideHelp()];
  }
  const option = new Option(`--${name} <${placeholder(spec)}>`, description).helpGroup(heading);
  if (spec.type === 'list') option.argParser((value: string, before: string[] = []) => [...before, value]);
  return [option];
}

function placeholder(spec: InputSpec): string {
  switch (spec.type) {
    case 'choice':
      return spec.options.join('|').length <= 32 ? spec.options.join('|') : 'choice';
    case 'string':
      return 'text';
    case 'list':
      return 'value';
    case 'integer':
      return 'number';
    default:
      return spec.type;
  }
}

function describe(spec: Exclude<InputSpec, { type: 'secret' }>): string {
  const notes: string[] = [];
  if (spec.type === 'list') notes.push('repeatable');
  if (spec.type === 'choice' && spec.options.join('|').length > 32) notes.push(`one of ${spec.options.join(', ')}`);
  const fallback = 'default' in spec ? spec.default : undefined;
  if (fallback !== undefined && String(fallback) !== '') notes.push(`default ${String(fallback)}`);
  else if (spec.example !== undefined) notes.push(`e.g. ${spec.example.replaceAll('\n', ' ')}`);
  return `${spec.description}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`;
}

/**
 * What the flags say for an input, as the text that a platform would hand over.
 *
 * @param values commander's option values.
 * @param given whether the person gave the flag.
 */
export function flagText(
  name: string,
  values: Readonly<Record<string, unknown>>,
  given: (key: string) => boolean,
): string | undefined {
  const key = new Option(`--${name} <value>`).attributeName();
  if (!given(key)) return undefined;
  const value = values[key];
  if (Array.isArray(value)) return value.join('\n');
  return value === undefined ? undefined : String(value);
}
