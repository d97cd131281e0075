/** Inputs from environment variables: the way of GitLab and of the command line. */

/** Variables of ours that are no inputs; no input may have such a name. */
export const RESERVED_NAMES: readonly string[] = ['dotenv', 'summary', 'debug', 'output-prefix', 'npx-package'];

/** Name of the variable of an input: `signing-key-file` is `PKG_ACTIONS_SIGNING_KEY_FILE`. */
export function inputVariable(name: string): string {
  return `PKG_ACTIONS_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** What the environment says for an input. */
export function environmentInput(name: string, env: NodeJS.ProcessEnv): string | undefined {
  return env[inputVariable(name)];
}
