/** A stage of the pipeline is an action as CI runs it, with inputs from here and its outputs kept. */
import { messageOf } from '../../errors.ts';
import type { Host, Location, ReportKind } from '../../host/host.ts';
import { type ActionSpec, type InputTable, type OutputTable, type OutputValues, readInputs } from '../../inputs.ts';
import type { Run } from '../../main.ts';

/** Values for a stage's inputs, as they would be written in a workflow; `undefined` is not given. */
export type StageInputs = Readonly<Record<string, string | undefined>>;

/** A stage that failed, for the summary. */
export interface StageFailure {
  readonly title: string;
  /** What the stage wrote into its own summary before it failed. */
  readonly summary: string;
  readonly message: string;
}

/** Runs stages and remembers those that failed. */
export class Stages {
  readonly failures: StageFailure[] = [];
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** As `runStage`. */
  async run<I extends InputTable, O extends OutputTable>(
    title: string,
    action: ActionSpec<I, O>,
    run: Run<I, O>,
    inputs: StageInputs,
  ): Promise<{ outputs: OutputValues<O>; seconds: number }> {
    const stage = new StageHost(this.#host, inputs);
    try {
      return await runOn(stage, action, run);
    } catch (error) {
      const errors = error instanceof AggregateError ? error.errors : [error];
      this.failures.push({ title, summary: stage.markdown, message: errors.map(messageOf).join('; ') });
      throw error;
    }
  }
}

/**
 * Runs an action as a stage.
 *
 * @throws whatever the action throws.
 */
export async function runStage<I extends InputTable, O extends OutputTable>(
  action: ActionSpec<I, O>,
  run: Run<I, O>,
  inputs: StageInputs,
  host: Host,
): Promise<{ outputs: OutputValues<O>; seconds: number }> {
  return await runOn(new StageHost(host, inputs), action, run);
}

async function runOn<I extends InputTable, O extends OutputTable>(
  stage: StageHost,
  action: ActionSpec<I, O>,
  run: Run<I, O>,
): Promise<{ outputs: OutputValues<O>; seconds: number }> {
  const started = performance.now();
  // Paths are absolute by then, and secrets are given as they are.
  const values = readInputs(action, stage, { resolvePath: (file) => file, readSecret: (_kind, value) => value });
  const outputs = await run(values, stage);
  return { outputs, seconds: (performance.now() - started) / 1000 };
}

class StageHost implements Host {
  readonly name: Host['name'];
  readonly workspace: string;
  readonly runId: string;
  readonly runUrl: string | undefined;
  readonly signal: AbortSignal;
  markdown = '';
  readonly #host: Host;
  readonly #inputs: StageInputs;

  constructor(host: Host, inputs: StageInputs) {
    this.#host = host;
    this.#inputs = inputs;
    this.name = host.name;
    this.workspace = host.workspace;
    this.runId = host.runId;
    this.runUrl = host.runUrl;
    this.signal = host.signal;
  }

  input(name: string): string | undefined {
    return this.#inputs[name] || undefined;
  }
  /** The pipeline has its own outputs; those of stages are what `run` returns. */
  output(): void {}
  async summary(markdown: string): Promise<void> {
    this.markdown += markdown;
  }
  /** The pipeline works on one machine: nothing is handed to another job. */
  async upload(): Promise<undefined> {
    return undefined;
  }
  /** The pipeline is a command of the command line: there is no post step. */
  keepForPost(): void {}
  keptForPost(): undefined {
    return undefined;
  }
  async close(): Promise<void> {}
  mask(value: string): void {
    this.#host.mask(value);
  }
  report(kind: ReportKind, file: string): Promise<void> {
    return this.#host.report(kind, file);
  }
  debug(message: string): void {
    this.#host.debug(message);
  }
  info(message: string): void {
    this.#host.info(message);
  }
  tool(line: string): void {
    this.#host.tool(line);
  }
  notice(message: string): void {
    this.#host.info(message);
  }
  warning(message: string, location?: Location): void {
    this.#host.warning(message, location);
  }
  error(message: string, location?: Location): void {
    this.#host.error(message, location);
  }
  progress(message: string): void {
    this.#host.progress(message);
  }
  group<T>(title: string, body: () => Promise<T>): Promise<T> {
    return this.#host.group(title, body);
  }
}
