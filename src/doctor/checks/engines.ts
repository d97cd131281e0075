/** Container engines: whether they answer, and whether a container can mount what a session needs. */
import { clientEnvironment, explainClient } from '../../buildroot/engine/clients.ts';
import { CommandError, messageOf, UserError } from '../../errors.ts';
import { run, which } from '../../process.ts';
import { installCommand } from '../../tool-packages.ts';
import type { Check, DoctorContext, Finding, PartFinding } from '../check.ts';
import { versionIn } from './tools.ts';

const ENGINES = ['docker', 'podman'] as const;
export type ContainerEngine = (typeof ENGINES)[number];

/** Seconds for the daemon to say its version: one that hangs must not hang us. */
const ANSWER_SECONDS = 10;

/** @param wanted the one that is meant; of both, one that works is enough. */
export function engineCheck(wanted: ContainerEngine | undefined): Check {
  return {
    id: 'engine',
    title: 'Container engines',
    group: 'Containers',
    uses: ['containers'],
    seconds: 60,
    async look(context): Promise<readonly PartFinding[]> {
      const answers = await Promise.all(ENGINES.map(async (name) => ({ name, answer: await ask(name, context) })));
      const working = answers.find(({ answer }) => answer.status === 'ok')?.name;
      const needed = wanted ?? working;
      return answers.map(({ name, answer }) => ({
        part: name,
        title: name,
        ...(needed !== undefined && name !== needed ? { uses: [] } : {}),
        ...answer,
      }));
    },
  };
}

async function ask(name: ContainerEngine, { signal }: DoctorContext): Promise<Finding> {
  if (which(name) === undefined) {
    return { status: 'missing', found: 'not on PATH', expected: name, remedy: installCommand(name) };
  }
  try {
    // The server's version: docker's client alone answers without any daemon.
    const format = name === 'docker' ? '{{.Server.Version}}' : '{{.Client.Version}}';
    const { stdout } = await run([name, 'version', '--format', format], {
      signal,
      env: clientEnvironment(name),
      timeoutSeconds: ANSWER_SECONDS,
      graceSeconds: 1,
    });
    const version = versionIn(stdout);
    return { status: 'ok', found: version === undefined ? 'answers' : `${version} answers` };
  } catch (error) {
    if (signal.aborted || !(error instanceof CommandError)) throw error;
    const told = explainClient(name, error);
    return {
      status: 'failed',
      found: messageOf(error),
      expected: `${name} that answers within ${ANSWER_SECONDS} s`,
      remedy: (told instanceof UserError ? told.parts.remedy : undefined) ?? `${name} info says what is wrong`,
    };
  }
}
