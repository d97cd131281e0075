/** The command line as a tree of commander's commands, from the registry of actions. */
import { Command, Option } from 'commander';
import type { RegisteredAction } from '../actions/index.ts';
import { shellQuote } from '../errors.ts';
import type { ActionSpec } from '../inputs.ts';
import { flagText, GROUPS, optionsOf } from './flags.ts';

/** What the person asked for. */
export interface Invocation {
  readonly action: RegisteredAction;
  /** The text given for an input by flag. */
  readonly input: (name: string) => string | undefined;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly summary: string | undefined;
  readonly directory: string | undefined;
}

const EXIT_CODES = `Exit codes:
  0    success
  1    wrong input, or a tool failed; the message says which
  2    a bug in pkg-actions; the message holds what to report
  130  cancelled`;

/** @param start what an action's command calls once its flags are read. */
export function makeProgram(
  actions: readonly RegisteredAction[],
  version: string,
  start: (invocation: Invocation) => Promise<void>,
): Command {
  const program = new Command('pkg-actions')
    .description('Build, check, sign and publish your own deb and rpm packages.')
    .usage('<command> [flags]')
    .version(version, '--version', 'Shows the version.')
    .helpOption('-h, --help', 'Shows this help; with a command, that of the command.')
    .helpCommand('help [command]', 'Shows the help of a command.')
    .showSuggestionAfterError()
    .configureHelp({ subcommandTerm: (command) => command.name(), helpWidth: helpWidth() })
    .addHelpText(
      'after',
      `\n${EXIT_CODES}\n\nEvery flag can be given as a variable: --some-flag as PKG_ACTIONS_SOME_FLAG.`,
    );
  for (const action of actions) {
    const { spec } = action;
    const command = program
      .command(spec.name)
      .helpGroup(spec.cliOnly ? 'The whole chain:' : 'One step:')
      .summary(spec.title)
      .description(spec.description)
      .usage('[flags]')
      .addHelpOption(new Option('-h, --help', 'Shows this help.').helpGroup(GROUPS.output))
      .configureHelp({ optionTerm: (option) => optionTerm(option, spec), helpWidth: helpWidth() })
      .allowExcessArguments(false)
      .addHelpText('after', helpEnd(spec));
    for (const option of optionsOf(spec)) command.addOption(option);
    command
      .optionsGroup(GROUPS.output)
      .addOption(new Option('--json', 'Prints the outputs as JSON on standard output.'))
      .addOption(new Option('--summary <file>', 'Writes the summary as Markdown to this file.'))
      .addOption(new Option('-C, --directory <folder>', 'Works as if started in this folder.'))
      .addOption(new Option('-v, --verbose', 'Shows details for finding faults.'))
      .action(async (values: Record<string, unknown>) => {
        const given = (key: string) => command.getOptionValueSource(key) === 'cli';
        await start({
          action,
          input: (name) => flagText(name, values, given),
          json: values['json'] === true,
          verbose: values['verbose'] === true,
          summary: values['summary'] as string | undefined,
          directory: values['directory'] as string | undefined,
        });
      });
  }
  return program;
}

/** Descriptions stand beside flags of up to forty characters: in a narrower place there is no room to wrap them. */
function helpWidth(): number {
  return Math.min(Math.max(process.stdout.columns ?? 100, 100), 140);
}

/** A switch and its negation are one line of help. */
function optionTerm(option: Option, spec: ActionSpec): string {
  const name = option.long?.replace(/^--/, '') ?? '';
  return spec.inputs[name]?.type === 'boolean' ? `--[no-]${name}` : option.flags;
}

function helpEnd(spec: ActionSpec): string {
  const outputs = Object.entries(spec.outputs);
  const width = Math.max(0, ...outputs.map(([name]) => name.length));
  const lines = outputs.map(([name, output]) => `  ${name.padEnd(width)}  ${output.description}`);
  return [...(lines.length > 0 ? ['', 'Outputs:', ...lines] : []), '', 'Example:', `  ${exampleCommand(spec)}`].join(
    '\n',
  );
}

/** A command with what must be given, and with a few examples of what may. */
export function exampleCommand(spec: ActionSpec): string {
  const words = ['pkg-actions', spec.name];
  for (const [name, input] of Object.entries(spec.inputs)) {
    if (!('required' in input && input.required)) continue;
    if (input.type === 'secret') words.push(`--${name}-file`, `${name}.asc`);
    else words.push(`--${name}`, input.example?.split('\n')[0] ?? name.toUpperCase());
  }
  return shellQuote(words);
}
