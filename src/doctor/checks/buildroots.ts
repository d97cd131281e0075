/** Buildroots: whether they are there, up to date, and a session opens on them. */
import { readdir, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { HOST_ENGINE } from '../../buildroot/engine/engine.ts';
import { buildrootFolder, currentGeneration, type Generation, holdCurrent } from '../../buildroot/generation.ts';
import { type HistoryEntry, readHistory } from '../../buildroot/history.ts';
import { openMockSession } from '../../buildroot/mock/session.ts';
import { describeRejection, readRejection } from '../../buildroot/rejection.ts';
import { openSession } from '../../buildroot/session.ts';
import { UserError } from '../../errors.ts';
import { formatBytes, formatCount, formatDuration } from '../../format.ts';
import { type Check, type DoctorContext, type Finding, HOST_BUILDS, type PartFinding } from '../check.ts';
import { trial } from './trial.ts';

const GROUP = 'Buildroots';
/** A daily job that missed one day may have had its reasons; three are a job that does not run. */
const STALE_SECONDS = 3 * 86_400;

const configurationOf = z.object({
  target: z.object({ name: z.string(), format: z.enum(['deb', 'rpm']) }),
  architecture: z.string(),
});

/** The buildroots of the state folder, by name; one that is damaged has no generation. */
async function* buildroots(state: string): AsyncGenerator<[name: string, found: Generation | undefined]> {
  const names = await readdir(path.join(state, 'buildroots')).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.sort()) {
    yield [name, await currentGeneration(buildrootFolder(state, name))];
  }
}

const ages: Check = {
  id: 'buildroots',
  title: 'Buildroots',
  group: GROUP,
  uses: HOST_BUILDS,
  root: true,
  async look({ state, now }): Promise<Finding | readonly PartFinding[]> {
    const findings: PartFinding[] = [];
    for await (const [name, found] of buildroots(state)) {
      findings.push({ part: name, title: name, ...(await judge(path.join(state, 'buildroots', name), found, now)) });
    }
    if (findings.length > 0) return findings;
    return {
      status: 'warning',
      found: 'none yet',
      expected: 'one for each target; the first build of a target makes it',
      remedy: 'pkg-actions update-buildroots --targets TARGET',
    };
  },
};

async function judge(folder: string, generation: Generation | undefined, now: Date): Promise<Finding> {
  const name = path.basename(folder);
  if (generation === undefined) {
    const current = await readlink(path.join(folder, 'current')).catch(() => undefined);
    return current === undefined
      ? {
          status: 'warning',
          found: 'no generation: no update has succeeded yet',
          expected: 'a generation',
          remedy: 'run pkg-actions update-buildroots for it, and see why it fails',
        }
      : {
          status: 'failed',
          found: `its generation ${current} cannot be read`,
          expected: 'a generation.json of this version',
          remedy: 'run pkg-actions update-buildroots for it: that makes a new generation',
        };
  }
  const { createdAt, packages, bytes, configuration } = generation.record;
  const { data } = configurationOf.safeParse(configuration);
  const checked = await stat(path.join(folder, 'checked')).catch(() => undefined);
  const age = (now.getTime() - new Date(createdAt).getTime()) / 1000;
  const since = checked === undefined ? age : (now.getTime() - checked.mtimeMs) / 1000;
  const found = `generation ${generation.id}, ${formatCount(packages.length, 'package')}, ${formatBytes(bytes)}, made ${ago(age)}, upstream looked at ${ago(since)}`;
  const target = data?.target.name ?? name;
  const own = data !== undefined && name === `${target}-${data.architecture}` ? '' : ` --name ${name}`;
  const rejection = await readRejection(folder);
  if (rejection !== undefined) {
    return {
      status: 'warning',
      found: `${found}; ${describeRejection(rejection)}`,
      expected: 'an update that is switched to',
      remedy: `pkg-actions update-buildroots --targets ${target}${own} --force`,
    };
  }
  const failed = failedLast(await readHistory(folder));
  if (failed !== undefined) {
    return {
      status: 'warning',
      found: `${found}; ${failed}`,
      expected: 'an update that succeeds',
      remedy: `pkg-actions update-buildroots --targets ${target}${own}`,
    };
  }
  if (since <= STALE_SECONDS) return { status: 'ok', found };
  return {
    status: 'warning',
    found,
    expected: 'an update every day: it fails, or does not run',
    remedy: `pkg-actions update-buildroots --targets ${target}${own}`,
  };
}

/** The updates at the end of the history that failed, in a row. */
function failedLast(history: readonly HistoryEntry[]): string | undefined {
  const count = history.toReversed().findIndex(({ outcome }) => outcome !== 'failed' && outcome !== 'rejected');
  const last = history.at(-1);
  if (last === undefined || count === 0) return undefined;
  const failed = count < 0 ? history.length : count;
  return `${failed === 1 ? 'the last update' : `the last ${failed} updates`} failed: ${last.failure?.message ?? last.reason}`;
}

const ago = (seconds: number): string =>
  seconds < 0
    ? 'in the future'
    : seconds > 2 * 86_400
      ? `${Math.floor(seconds / 86_400)} days ago`
      : `${formatDuration(Math.round(seconds))} ago`;

/** The whole of it, once for each format: opened, a command run, and closed again. */
const sessions: Check = {
  id: 'session',
  title: 'A session opens',
  group: GROUP,
  uses: HOST_BUILDS,
  root: true,
  seconds: 60,
  async look(context): Promise<readonly PartFinding[]> {
    const findings: PartFinding[] = [
      { part: 'empty', title: 'A session opens on an empty root', ...(await trial(HOST_ENGINE, context)) },
    ];
    const seen = new Set<string>();
    for await (const [name, generation] of buildroots(context.state)) {
      if (generation === undefined) continue;
      const { data } = configurationOf.safeParse(generation.record.configuration);
      const format = data?.target.format;
      if (format === undefined || seen.has(format)) continue;
      seen.add(format);
      findings.push({
        part: format,
        title: `A session opens on ${name}`,
        uses: [format],
        ...(await trySession(name, format, context)),
      });
    }
    return findings;
  },
};

async function trySession(name: string, format: 'deb' | 'rpm', { state, signal }: DoctorContext): Promise<Finding> {
  const held = await holdCurrent(buildrootFolder(state, name), signal);
  if (held === undefined) return { status: 'skipped', found: 'its generation is gone meanwhile' };
  const started = performance.now();
  const common = { state, scratch: 64 * 1024 ** 2, runId: 'doctor', signal } as const;
  try {
    if (format === 'deb') {
      await using session = await openSession({ ...common, root: { lower: [held.generation.tree] } });
      await session.chroot(['true']);
    } else {
      await using session = await openMockSession({ ...common, generation: held.generation });
      await session.session.run(['true'], { privileges: 'mock' });
    }
    return { status: 'ok', found: `opened and closed in ${((performance.now() - started) / 1000).toFixed(2)} s` };
  } catch (error) {
    if (!(error instanceof UserError) || signal.aborted) throw error;
    return {
      status: 'failed',
      found: error.parts.found ?? error.parts.what,
      expected: 'a session, as a build opens it',
      remedy: error.parts.remedy ?? 'see what else failed above',
    };
  } finally {
    await held.lock.release();
  }
}

export const BUILDROOT_CHECKS: readonly Check[] = [ages, sessions];
