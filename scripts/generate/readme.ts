/** Tables and examples of `actions/<name>/README.md` and of the README. */

import { exampleCommand } from '../../src/cli/program.ts';
import type { ActionSpec, InputSpec } from '../../src/inputs.ts';
import { defaultText } from './action-yml.ts';

/** Replaces what stands between the markers of `name`; everything else in a file belongs to people. */
export function betweenMarkers(text: string, name: string, content: string, file: string): string {
  const [start, end] = [`<!-- generated:${name} -->`, `<!-- /generated:${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${file}: no lines ${start} and ${end}`);
  return `${text.slice(0, from + start.length)}\n\n${content.trim()}\n\n${text.slice(to)}`;
}

/** What a new action's README starts from. */
export function readmeSkeleton(action: ActionSpec): string {
  const section = (name: string) => `<!-- generated:${name} -->\n<!-- /generated:${name} -->`;
  return `# ${action.name}

${section('description')}

## Use

${section('examples')}

## Inputs

${section('inputs')}

## Outputs

${section('outputs')}

More: [docs/actions/${action.name}.md](../../docs/actions/${action.name}.md)
`;
}

/** The sections that are generated, by marker. */
export function readmeSections(action: ActionSpec, major: string): Readonly<Record<string, string>> {
  return {
    description: action.description,
    examples: examples(action, major),
    inputs: inputsTable(action),
    outputs: outputsTable(action),
  };
}

/** The table of all actions for the README of the project. */
export function actionsTable(actions: readonly ActionSpec[]): string {
  return table(
    ['Action', 'What it does', 'Runner'],
    actions.map((action) => [
      action.cliOnly ? `\`pkg-actions ${action.name}\`` : `[${action.name}](actions/${action.name}/README.md)`,
      action.description,
      action.runner === 'any' ? 'any' : `\`${action.runner}\``,
    ]),
  );
}

function examples(action: ActionSpec, major: string): string {
  const required = Object.entries(action.inputs).filter(([, spec]) => 'required' in spec && spec.required === true);
  const github = required.map(([name, spec]) =>
    spec.type === 'secret' ? `    ${name}: \${{ secrets.${constant(name)} }}` : `    ${name}: ${exampleOf(name, spec)}`,
  );
  const gitlab = required.map(([name, spec]) =>
    spec.type === 'secret' ? `      ${name}-variable: ${constant(name)}` : `      ${name}: ${exampleOf(name, spec)}`,
  );
  return `GitHub Actions, on a runner with the label ${action.runner === 'any' ? 'of your choice' : `\`${action.runner}\``}:

\`\`\`yaml
- uses: org/pkg-actions/${action.name}@${major}
${github.length > 0 ? `  with:\n${github.join('\n')}\n` : ''}\`\`\`

GitLab CI:

\`\`\`yaml
include:
  - component: $CI_SERVER_FQDN/org/pkg-actions/${action.name}@${major}
${gitlab.length > 0 ? `    inputs:\n${gitlab.join('\n')}\n` : ''}\`\`\`

Command line:

\`\`\`sh
${exampleCommand(action)}
\`\`\``;
}

function constant(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

function exampleOf(name: string, spec: InputSpec): string {
  const text = spec.example?.split('\n')[0] ?? (spec.type === 'choice' ? spec.options[0] : undefined) ?? constant(name);
  return /^[A-Za-z0-9_./-]+$/.test(text) ? text : JSON.stringify(text);
}

function inputsTable(action: ActionSpec): string {
  const rows = Object.entries(action.inputs).map(([name, spec]) => [
    `\`${name}\``,
    `${spec.description}${spec.example === undefined ? '' : ` Example: \`${spec.example.replaceAll('\n', ' ')}\``}`,
    typeText(spec),
    'required' in spec && spec.required ? '**required**' : code(defaultText(spec)),
  ]);
  const secrets = Object.entries(action.inputs).filter(([, spec]) => spec.type === 'secret');
  const note = secrets.map(
    ([name]) =>
      `\`${name}\` is given as a value on GitHub only. On GitLab and on the command line there are \`${name}-variable\` (the name of an environment variable) and \`${name}-file\`.`,
  );
  const renamed = Object.entries(action.renamed ?? {}).map(([old, now]) => `\`${old}\` is now \`${now}\`.`);
  return [table(['Input', 'Description', 'Type', 'Default'], rows), ...note, ...renamed].join('\n\n');
}

function outputsTable(action: ActionSpec): string {
  return table(
    ['Output', 'Description'],
    Object.entries(action.outputs).map(([name, { description }]) => [`\`${name}\``, description]),
  );
}

function typeText(spec: InputSpec): string {
  switch (spec.type) {
    case 'choice':
      return spec.options.map(code).join(', ');
    case 'string':
      return 'text';
    case 'integer':
      return 'number';
    default:
      return spec.type;
  }
}

function code(text: string): string {
  return text === '' ? '' : `\`${text.replaceAll('\n', ' ')}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- ').join('|')}|`, ...rows.map(line)].join('\n');
}
