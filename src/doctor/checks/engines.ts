/** Container engines: whether they answer, and whether a container can mount what a session needs. */
import {
  type ContainerClient,
  clientEnvironment,
  explainClient,
  findClient,
  podmanRefusal,
  runClient,
} from '../../buildroot/engine/clients.ts';
import type { ContainerEngine as Sessions } from '../../buildroot/engine/engine.ts';
import { IMAGE_LABEL } from '../../buildroot/engine/images.ts';
import { CommandError, messageOf, UserError } from '../../errors.ts';
import { run, which } from '../../process.ts';
import { installCommand } from '../../tool-packages.ts';
import type { Check, DoctorContext, Finding, PartFinding } from '../check.ts';
import { versionIn } from './tools.ts';
import { trial } from './trial.ts';

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
  const refusal = name === 'podman' ? podmanRefusal() : undefined;
  if (refusal !== undefined) return unasked(refusal, signal);
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

/** podman where it would be rootless: its version, in the one way that starts nothing which stays. */
async function unasked({ parts }: UserError, signal: AbortSignal): Promise<Finding> {
  const options = { signal, okExitCodes: 'any', timeoutSeconds: ANSWER_SECONDS, graceSeconds: 1 } as const;
  const version = await run(['podman', '--version'], options).then(
    ({ stdout }) => versionIn(stdout),
    (error: unknown) => {
      if (signal.aborted || !(error instanceof CommandError)) throw error;
      return undefined;
    },
  );
  return {
    status: process.getuid?.() === 0 ? 'failed' : 'skipped',
    found: [version, `${parts.found}: not asked`].filter((each) => each !== undefined).join(', '),
    expected: 'root with CAP_SYS_ADMIN',
    ...(parts.remedy === undefined ? {} : { remedy: parts.remedy }),
  };
}

/** Tool images of ours, the newest first. */
const NEWEST = ['image', 'ls', `--filter=label=${IMAGE_LABEL}`, '--format={{.Repository}}:{{.Tag}}'] as const;

/**
 * A container with the rights of a session mounts an overlay, makes namespaces and leaves them: tried with an image that is
 * there. None is made or pulled for it.
 *
 * @param toolImage the image that builds are given; any of ours when absent.
 */
export function engineSessionCheck(wanted: ContainerEngine | undefined, toolImage: string | undefined): Check {
  return {
    id: 'engine-session',
    title: 'A session opens in a container',
    group: 'Containers',
    uses: ['containers'],
    root: true,
    // An engine that is asked for its first container after a start of the machine takes its time.
    seconds: 180,
    async look(context): Promise<Finding | readonly PartFinding[]> {
      const findings: PartFinding[] = [];
      for (const name of wanted === undefined ? ENGINES : [wanted]) {
        const finding = await trySessionIn(name, toolImage, context);
        if (finding !== undefined) findings.push({ part: name, title: `A session opens in ${name}`, ...finding });
      }
      const works = findings.some(({ status }) => status === 'ok');
      if (findings.length === 0) return { status: 'skipped', found: 'no engine answers' };
      return findings.map((each) => (works && each.status !== 'ok' ? { ...each, uses: [] } : each));
    },
  };
}

/** `undefined` where the engine does not answer: that is told by its own check. */
async function trySessionIn(
  name: ContainerEngine,
  toolImage: string | undefined,
  context: DoctorContext,
): Promise<Finding | undefined> {
  const { signal } = context;
  if ((await ask(name, context)).status !== 'ok') return undefined;
  const client = await findClient(name, { signal });
  const image = toolImage ?? (await anImage(client, signal));
  if (image === undefined) {
    return {
      status: 'skipped',
      found: 'no tool image yet: the first build makes one',
      remedy: `pkg-actions setup-builder --engine ${name}`,
    };
  }
  const { exitCode } = await runClient(client, ['image', 'inspect', '--format={{.Id}}', image], {
    okExitCodes: 'any',
    signal,
  });
  if (exitCode !== 0) {
    return { status: 'skipped', found: `no image ${image} yet`, remedy: `${name} pull ${image}` };
  }
  const engine: Sessions = { name, description: `${name} ${client.version}`, client, image };
  const finding = await trial(engine, context);
  return { ...finding, found: `${finding.found}, image ${image}` };
}

async function anImage(client: ContainerClient, signal: AbortSignal): Promise<string | undefined> {
  const { stdout } = await runClient(client, NEWEST, { signal, timeoutSeconds: 60 });
  return stdout.split('\n').find((line) => line !== '' && !line.includes('<none>'));
}
