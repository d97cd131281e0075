/** The action sign-publish with plans: what it says, and what it writes. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { action } from '../../src/actions/sign-publish/inputs.ts';
import { run } from '../../src/actions/sign-publish/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { type PublishPlan, publishPlanSchema } from '../../src/repository/publish-plan/document.ts';

export interface Bench {
  readonly folder: string;
  readonly repository: string;
  /** Armored private key. */
  readonly secret: string;
}

/** Runs the action on the bench's repository, with its key. An input of `''` is one that is not given. */
export async function act(bench: Bench, inputs: Readonly<Record<string, string>>) {
  const host = new RecordingHost(
    { repository: 'repository', 'signing-key': bench.secret, ...inputs },
    { workspace: bench.folder },
  );
  const code = await runAction(action, run, host);
  const errors = host.annotations('error').map(({ message }) => message);
  return { host, code, errors, downgrades: downgradesIn(host) };
}

/** Warnings of downgrades that were allowed. */
function downgradesIn(host: RecordingHost): string[] {
  return host
    .annotations('warning')
    .map(({ message }) => message)
    .filter((message) => / had the newer | and allowed: /.test(message));
}

/** Makes a plan of `builds` in `plan.json`, without the private key where `inputs` do not give it. */
export async function makePlan(bench: Bench, builds: readonly string[], inputs: Readonly<Record<string, string>> = {}) {
  const packages = builds.map((each) => path.relative(bench.folder, each)).join('\n');
  const made = await act(bench, { packages, plan: 'plan.json', 'signing-key': '', ...inputs });
  return { ...made, plan: await readPlan(bench) };
}

export async function readPlan({ folder }: Bench): Promise<PublishPlan> {
  return publishPlanSchema.parse(JSON.parse(await readFile(path.join(folder, 'plan.json'), 'utf8')));
}

/** Rows in short: name, version, what becomes of it, and against what. */
export function rows({ packages }: PublishPlan): string[] {
  return packages
    .map(({ name, version, architecture, action, refused, replaces, against = [] }) =>
      [
        `${name} ${version} ${architecture}`,
        `${refused ? 'refused ' : ''}${action}`,
        ...replaces.map((each) => `for ${each}`),
        ...against.map((each) => `${each.outcome} ${each.version} ${each.channel ?? each.snapshot}`),
      ].join(', '),
    )
    .sort();
}
