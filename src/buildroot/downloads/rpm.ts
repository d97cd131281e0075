/**
 * Packages that dnf downloads are kept on the host, and given to the next dnf that wants them.
 *
 * A session sees those that it is given read-only, beside its root, and copies them to where dnf looks before it
 * downloads; dnf compares each with the index of its repository, and verifies its signature, as if it had fetched it just
 * now. What it fetched itself is moved to the outbox, and kept where it is what the index named: maintainer scripts, which
 * run as root of the session, may have changed it. So nothing that runs in a session can write to what others get.
 */
import path from 'node:path';
import type { PlannedRpm, RpmPlan } from '../mock/dnf-plan.ts';
import type { MockSession } from '../mock/session.ts';
import type { SessionBind } from '../session.ts';
import { type Downloads, openDownloads } from './store.ts';

/** Where a session sees what it is given. */
const KEPT = '/run/pkg-actions/kept';
/** Below the outbox. */
const FETCHED = 'downloads';

export interface RpmDownloads extends AsyncDisposable {
  /** What the session is to be shown. */
  readonly binds: readonly SessionBind[];
  /** Gives the session what is kept of the plan. Returns how many packages that were, and how many are not kept. */
  offer(session: MockSession, plan: RpmPlan): Promise<{ readonly kept: number; readonly missing: number }>;
  /**
   * Keeps what the session downloaded of the plan, takes it away there, and removes the least recently used down to
   * `mostBytes`. Nothing of what was installed may be running any more.
   */
  keep(session: MockSession, plan: RpmPlan, mostBytes: number): Promise<void>;
}

interface Wanted {
  readonly sha256: string;
  readonly size: number;
  /** In the session. */
  readonly file: string;
}

/** Copies what it is given to where dnf looks; lines `NAME FILE` on standard input. */
const OFFER = `
while read -r name file; do
  mkdir -p -- "\${file%/*}" && cp --no-preserve=all -- "$1/$name" "$file"
done
`;

/** Moves what dnf has to the outbox; lines as above. Of a link in its place the link. */
const FETCH = `
mkdir -p -- "$1"
while read -r name file; do
  [ ! -f "$file" ] || mv -T -- "$file" "$1/$name" || rm -f -- "$1/$name"
done
`;

/** @throws errors of the file system. */
export async function openRpmDownloads(state: string, signal: AbortSignal): Promise<RpmDownloads> {
  const downloads: Downloads = await openDownloads(state, signal);
  const offered = new Set<string>();
  const tell = async (session: MockSession, script: string, folder: string, files: readonly Wanted[]) => {
    const input = files.map(({ sha256, file }) => `${sha256} ${file}\n`).join('');
    await session.session.run(['sh', '-ec', script, 'sh', folder], { privileges: 'mock', input });
  };
  return {
    binds: [{ source: downloads.folder, destination: KEPT }],
    async offer(session, plan) {
      const wanted = downloadsOf(plan);
      const given: Wanted[] = [];
      for (const one of wanted) {
        if (offered.has(one.sha256) || !(await downloads.take(one, path.join(downloads.folder, one.sha256)))) continue;
        offered.add(one.sha256);
        given.push(one);
      }
      await tell(session, OFFER, KEPT, given);
      return { kept: given.length, missing: wanted.length - given.length };
    },
    async keep(session, plan, mostBytes) {
      const wanted = downloadsOf(plan);
      if (wanted.length === 0) return;
      const outbox = path.join(session.results, FETCHED);
      await tell(session, FETCH, outbox, wanted);
      let isNew = false;
      for (const one of wanted) {
        if (offered.has(one.sha256)) continue;
        isNew = (await downloads.adopt(one, path.join(outbox, one.sha256))) || isNew;
      }
      await session.session.run(['rm', '-rf', '--', outbox], { privileges: 'mock' });
      if (isNew) await downloads.prune(mostBytes);
    },
    [Symbol.asyncDispose]: downloads.close,
  };
}

/** What comes by network, and is named with its SHA-256. */
function downloadsOf({ install }: RpmPlan): Wanted[] {
  const wanted = new Map<string, Wanted>();
  for (const { file, checksum, size } of install) {
    const sha256 = checksumOf(checksum);
    if (file !== null && sha256 !== undefined && size > 0) wanted.set(sha256, { sha256, size, file });
  }
  return [...wanted.values()];
}

const checksumOf = (checksum: PlannedRpm['checksum']): string | undefined =>
  /^sha256:([0-9a-f]{64})$/.exec(checksum)?.[1];
