/** Steps of setting a host up: each looks first, changes only what is not as it should be, and says what it did. */
import { CancelledError, CommandError, messageOf, oneLine, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';

export type Outcome = 'changed' | 'unchanged' | 'planned' | 'failed' | 'skipped';

export interface StepResult {
  readonly id: string;
  readonly title: string;
  readonly outcome: Outcome;
  /** What is there, what was done, or why not; one line. */
  readonly detail: string;
  /** Commands and changes of the step: done, or with a dry run what would be done. */
  readonly actions: readonly string[];
}

/** What a step found when it looked. */
export type Look =
  | { readonly state: 'fine'; readonly detail: string }
  | { readonly state: 'skip'; readonly detail: string }
  | {
      readonly state: 'needed';
      readonly detail: string;
      /** For people: commands as they can be pasted, files that are written. */
      readonly actions: readonly string[];
      /** Does it. @returns what was done, on one line. */
      apply(): Promise<string>;
    };

export interface Step {
  readonly id: string;
  readonly title: string;
  /** Steps without which it is not tried. One that was skipped is no obstacle. */
  readonly after?: readonly string[];
  /** Only looks. */
  look(): Promise<Look>;
}

/**
 * Makes the steps, one after the other. One that fails does not end the others, but those that need it.
 *
 * @returns a result for each, in order.
 * @throws CancelledError when cancelled; what is a bug.
 */
export async function makeSteps(
  steps: readonly Step[],
  { dryRun, logger, signal }: { readonly dryRun: boolean; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) {
    if (signal.aborted) throw new CancelledError();
    const { id, title } = step;
    const obstacle = results.find((result) => step.after?.includes(result.id) && isObstacle(result));
    const result = await logger.group(title, async (): Promise<StepResult> => {
      const made: StepResult =
        obstacle === undefined
          ? await makeStep(step, dryRun, signal)
          : { id, title, outcome: 'skipped', detail: `needs "${obstacle.title}", which failed`, actions: [] };
      logger.info(`${made.outcome}: ${made.detail}`);
      return made;
    });
    results.push(result);
  }
  return results;
}

/** A step that was skipped for another's failure is one in its turn. */
function isObstacle({ outcome, detail }: StepResult): boolean {
  return outcome === 'failed' || (outcome === 'skipped' && detail.endsWith('which failed'));
}

async function makeStep({ id, title, look }: Step, dryRun: boolean, signal: AbortSignal): Promise<StepResult> {
  let actions: readonly string[] = [];
  const end = (outcome: Outcome, detail: string) => ({ id, title, outcome, detail: oneLine(detail), actions });
  try {
    const found = await look();
    if (found.state === 'fine') return end('unchanged', found.detail);
    if (found.state === 'skip') return end('skipped', found.detail);
    actions = found.actions;
    if (dryRun) return end('planned', found.detail);
    return end('changed', await found.apply());
  } catch (error) {
    if (signal.aborted) throw new CancelledError();
    const isSystem = typeof (error as NodeJS.ErrnoException).code === 'string';
    if (!(error instanceof UserError || error instanceof CommandError || isSystem)) throw error;
    return end('failed', messageOf(error));
  }
}
