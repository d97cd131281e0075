/** Reads the command line and runs the action it asks for. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { CommanderError } from 'commander';
import type { RegisteredAction } from '../actions/index.ts';
import { quote, UserError } from '../errors.ts';
import type { BaseHost, HostOptions } from '../host/base.ts';
import { detectHost } from '../host/detect.ts';
import { environmentInput } from '../host/environment.ts';
import { EXIT, runAction, runProcess } from '../main.ts';
import { didYouMean } from '../suggest.ts';
import { type Invocation, makeProgram } from './program.ts';

/**
 * Runs the command line `words` (without the program's own name) and ends the process.
 *
 * Standard output belongs to help, version and `--json`. Whatever else is written to it, by us or by a library, goes
 * to standard error, so that `pkg-actions … --json | jq` holds.
 */
export async function runCommandLine(
  actions: readonly RegisteredAction[],
  version: string,
  words: readonly string[],
): Promise<void> {
  const answer = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  // A reader that has seen enough (`| head`) is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  const program = makeProgram(actions, version, (invocation) => start(invocation, answer));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: (text) => answer(text) });
  }
  if (words.length === 0) {
    program.outputHelp({ error: true });
    process.exitCode = EXIT.failure;
    return;
  }
  const unknown = unknownCommand(
    words,
    actions.map(({ spec }) => spec.name),
  );
  if (unknown !== undefined) {
    process.stderr.write(`error: ${unknown.message}\n`);
    process.exitCode = EXIT.failure;
    return;
  }
  const secret = secretAsValue(words, actions);
  if (secret !== undefined) {
    process.stderr.write(`error: ${secret.message}\n`);
    process.exitCode = EXIT.failure;
    return;
  }
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander has said it already.
    process.exitCode = error.exitCode === 0 ? EXIT.success : EXIT.failure;
  }
}

/** Words before the name of a command that ask for its help. */
const HELP = ['help', '-h', '--help'];

/** Asked before commander is, which gives its general help for a command that is none where help is asked for. */
function unknownCommand(words: readonly string[], commands: readonly string[]): UserError | undefined {
  const name = words.find((word) => !HELP.includes(word));
  if (name === undefined || name.startsWith('-') || commands.includes(name)) return undefined;
  const remedy = didYouMean(name, [...commands, 'help']);
  return new UserError({
    what: 'no such command',
    found: quote(name),
    expected: [...commands, 'help'].join(', '),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** Asked before commander is, which would print the flag with its value. */
function secretAsValue(words: readonly string[], actions: readonly RegisteredAction[]): UserError | undefined {
  const inputs = actions.find(({ spec }) => words.includes(spec.name))?.spec.inputs ?? {};
  const secrets = Object.entries(inputs).flatMap(([name, { type }]) => (type === 'secret' ? [name] : []));
  const given = secrets.find((name) => words.some((word) => word === `--${name}` || word.startsWith(`--${name}=`)));
  if (given === undefined) return undefined;
  return new UserError({
    what: 'a secret is never given as a value, which others on the machine can read',
    where: `--${given}`,
    expected: `--${given}-file <path> or --${given}-variable <name>`,
  });
}

async function start(invocation: Invocation, answer: (text: string) => unknown): Promise<void> {
  const { action, directory, json } = invocation;
  const workspace = path.resolve(directory ?? '.');
  if (!statSync(workspace, { throwIfNoEntry: false })?.isDirectory()) {
    process.stderr.write(`error: --directory: not a folder (found ${quote(directory)})\n`);
    process.exitCode = EXIT.failure;
    return;
  }
  const options: HostOptions = {
    workspace,
    inputs: (name) => invocation.input(name) ?? environmentInput(name, process.env),
    ...(invocation.summary === undefined ? {} : { summaryFile: path.resolve(invocation.summary) }),
    ...(invocation.verbose ? { debug: true } : {}),
  };
  const host = await detectHost(options);
  await runProcess(host, async () => {
    const code = await runAction(action.spec, async (inputs, its) => await (await action.load())(inputs, its), host);
    const { prints } = action.spec;
    const printed = prints && host.input(prints.input) === prints.value ? host.outputs[prints.output] : undefined;
    if (json) answer(`${JSON.stringify(host.outputs, null, 2)}\n`);
    else if (printed !== undefined) answer(`${printed}\n`);
    else await tellOutputs(host, prints?.output);
    return code;
  });
}

/** Characters of an output that people read: a key, a file for apt. Of a thousand packages the list is a hundred times it. */
const MOST_TOLD = 8000;

const tooLong = (value: string): string => `(${value.length.toLocaleString('en')} characters: --json prints them)`;

/** @param document an output that is printed when it is asked for, and is too long to be told beside the others. */
async function tellOutputs(host: BaseHost, document: string | undefined): Promise<void> {
  const outputs = Object.entries(host.outputs).filter(([name, value]) => value !== '' && name !== document);
  if (outputs.length === 0) return;
  await host.group('Outputs', async () => {
    const width = Math.max(...outputs.map(([name]) => name.length));
    for (const [name, value] of outputs) {
      const [first = '', ...rest] = value.length > MOST_TOLD ? [tooLong(value)] : value.split('\n');
      host.info(`${name.padEnd(width)}  ${first}`);
      for (const line of rest) host.info(`${' '.repeat(width)}  ${line}`);
    }
  });
}
