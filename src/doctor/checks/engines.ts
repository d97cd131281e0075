/** Container engines: whether they answer, and whether a container can mount what a session needs. */
import { CommandError, messageOf } from '../../errors.ts';
import { run, which } from '../../process.ts';
import { installCommand } from '../../tool-packages.ts';
import type { Check, DoctorContext, Finding, PartFinding } from '../check.ts';
import { versionIn } from './tools.ts';

const CLIENTS = ['docker', 'podman'] as const;
type Client = (typeof CLIENTS)[number];

/** Seconds for the daemon to say its version: one that hangs must not hang us. */
const ANSWER_SECONDS = 10;

/** One of the two is enough: which, `engine` of the builds says. */
const engines: Check = {
  id: 'engine',
  title: 'Container engines',
  group: 'Containers',
  uses: ['containers'],
  seconds: 60,
  async look(context): Promise<readonly PartFinding[]> {
    const answers = await Promise.all(CLIENTS.map(async (client) => ({ client, answer: await ask(client, context) })));
    const works = answers.some(({ answer }) => answer.status === 'ok');
    return answers.map(({ client, answer }) => ({
      part: client,
      title: client,
      // Where the other one works this one is needed by nobody.
      ...(works && answer.status !== 'ok' ? { uses: [] } : {}),
      ...answer,
    }));
  },
};

async function ask(client: Client, { signal }: DoctorContext): Promise<Finding> {
  if (which(client) === undefined) {
    return { status: 'missing', found: 'not on PATH', expected: client, remedy: installCommand(client) };
  }
  try {
    // The server's version: the client alone answers without any daemon.
    const format = client === 'docker' ? '{{.Server.Version}}' : '{{.Client.Version}}';
    const { stdout } = await run([client, 'version', '--format', format], {
      signal,
      timeoutSeconds: ANSWER_SECONDS,
      graceSeconds: 1,
    });
    const version = versionIn(stdout);
    return { status: 'ok', found: version === undefined ? 'answers' : `${version} answers` };
  } catch (error) {
    if (signal.aborted || !(error instanceof CommandError)) throw error;
    return {
      status: 'failed',
      found: messageOf(error),
      expected: `${client} that answers within ${ANSWER_SECONDS} s`,
      remedy: client === 'docker' ? 'systemctl enable --now docker' : 'podman info says what is wrong',
    };
  }
}

export const ENGINE_CHECKS: readonly Check[] = [engines];
