/**
 * The clock: signatures, archives and certificates are judged by it. Nobody is asked over the network: what archives
 * said of the time when they were last fetched is compared, and whether something keeps the clock right.
 */
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { buildrootFolder, currentGeneration } from '../../buildroot/generation.ts';
import { run, which } from '../../process.ts';
import { type Check, type DoctorContext, type Finding, USES } from '../check.ts';

const APT_LISTS = '/var/lib/apt/lists';
/** Seconds that a mirror's clock and ours may differ. */
const SLACK = 300;

interface Dated {
  readonly date: Date;
  readonly where: string;
}

const clock: Check = {
  id: 'clock',
  title: 'Clock',
  group: 'Clock',
  uses: USES,
  async look({ state, now }): Promise<Finding> {
    const newest = [...(await generationDates(state)), ...(await listDates())].reduce<Dated | undefined>(
      (best, each) => (best === undefined || each.date > best.date ? each : best),
      undefined,
    );
    const time = now.toISOString().replace(/\.\d+Z$/, 'Z');
    if (newest === undefined) {
      return { status: 'skipped', found: `${time}; there is no archive's date to compare with yet` };
    }
    if (now.getTime() + SLACK * 1000 >= newest.date.getTime()) {
      return {
        status: 'ok',
        found: `${time}; the newest archive seen is of ${newest.date.toISOString().slice(0, 16)}Z`,
      };
    }
    return {
      status: 'failed',
      found: `${time}, and ${newest.where} is of ${newest.date.toISOString()}`,
      expected: 'a time after that of what was fetched',
      remedy: 'timedatectl set-ntp true, or set the clock with date --set',
    };
  },
};

/** What the archives of buildroots said, and when the buildroots were made. */
async function generationDates(state: string): Promise<Dated[]> {
  const dates: Dated[] = [];
  for (const name of await readdir(path.join(state, 'buildroots')).catch(() => [])) {
    const generation = await currentGeneration(buildrootFolder(state, name)).catch(() => undefined);
    if (generation === undefined) continue;
    const { releases, createdAt } = generation.record;
    for (const text of [createdAt, ...releases.map((release) => release.date)]) {
      const date = new Date(text ?? '');
      if (!Number.isNaN(date.getTime())) dates.push({ date, where: `the buildroot ${name}` });
    }
  }
  return dates;
}

/** The `Date` of each Release file that the host's own apt keeps. */
async function listDates(): Promise<Dated[]> {
  const dates: Dated[] = [];
  for (const name of await readdir(APT_LISTS).catch(() => [])) {
    if (!/_(?:In)?Release$/.test(name)) continue;
    const file = await open(path.join(APT_LISTS, name)).catch(() => undefined);
    if (file === undefined) continue;
    try {
      // Its fields stand before the digests.
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
      const [, text = ''] = /^Date: (.*)$/m.exec(buffer.toString('latin1', 0, bytesRead)) ?? [];
      const date = new Date(text);
      if (!Number.isNaN(date.getTime())) dates.push({ date, where: name });
    } finally {
      await file.close();
    }
  }
  return dates;
}

const ntp: Check = {
  id: 'clock-sync',
  title: 'Clock is kept right',
  group: 'Clock',
  uses: [],
  async look(context): Promise<Finding> {
    for (const ask of [askTimedatectl, askChrony, askAdjtimex]) {
      const answer = await ask(context);
      if (answer === undefined) continue;
      if (answer.isRight) return { status: 'ok', found: answer.found };
      return {
        status: 'warning',
        found: answer.found,
        expected: 'a clock that is set by NTP',
        remedy: 'timedatectl set-ntp true',
      };
    }
    return { status: 'skipped', found: 'not known: neither timedatectl nor chronyc nor adjtimex answers' };
  },
};

type Answer = { readonly isRight: boolean; readonly found: string } | undefined;

/** What a tool prints, or `undefined` where it is not there or has no answer. */
async function ask(argv: readonly [string, ...string[]], { signal }: DoctorContext): Promise<string | undefined> {
  if (which(argv[0]) === undefined) return undefined;
  const { exitCode, stdout } = await run(argv, { okExitCodes: 'any', timeoutSeconds: 5, graceSeconds: 1, signal });
  return exitCode === 0 ? stdout : undefined;
}

async function askTimedatectl(context: DoctorContext): Promise<Answer> {
  const text = await ask(['timedatectl', 'show', '--property=NTPSynchronized', '--value'], context).catch(
    () => undefined,
  );
  if (text === undefined || !/^(?:yes|no)\s*$/.test(text)) return undefined;
  return { isRight: text.startsWith('yes'), found: `timedatectl: NTP synchronized: ${text.trim()}` };
}

async function askChrony(context: DoctorContext): Promise<Answer> {
  const text = await ask(['chronyc', '-n', 'tracking'], context).catch(() => undefined);
  const [, leap] = /^Leap status\s*:\s*(.*)$/m.exec(text ?? '') ?? [];
  return leap === undefined ? undefined : { isRight: leap === 'Normal', found: `chrony: ${leap}` };
}

/** adjtimex(8): bit 0x40 of the status says that nobody keeps the clock (adjtimex(2), STA_UNSYNC). */
async function askAdjtimex(context: DoctorContext): Promise<Answer> {
  const text = await ask(['adjtimex', '--print'], context).catch(() => undefined);
  const [, status] = /^\s*status:\s*(\d+)$/m.exec(text ?? '') ?? [];
  if (status === undefined) return undefined;
  const isRight = (Number(status) & 0x40) === 0;
  return { isRight, found: `adjtimex: ${isRight ? 'synchronized' : 'not synchronized'}` };
}

export const CLOCK_CHECKS: readonly Check[] = [clock, ntp];
