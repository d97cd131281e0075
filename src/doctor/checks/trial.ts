/** A session of an empty root, opened as builds open theirs, in a state folder of its own that is gone afterwards. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../../buildroot/engine/engine.ts';
import { trySession } from '../../buildroot/engine/probe.ts';
import { UserError } from '../../errors.ts';
import { ownedName } from '../../owner.ts';
import { removeMountedTree } from '../../remove-tree.ts';
import type { DoctorContext, Finding } from '../check.ts';
import { existing } from './kernel-features.ts';

/** What commands of a session enter it by, wherever it runs. */
const TOOLS = ['unshare', 'nsenter', 'setpriv', 'mount', 'ip'];

/** @throws what is neither the host's nor the engine's fault. */
export async function trial(engine: Engine, { state, signal }: DoctorContext): Promise<Finding> {
  // On the disk of the state folder, and named so that clean-up knows it where we are killed.
  const folder = path.join(await existing(state), ownedName('.pkg-actions-doctor-'));
  await mkdir(folder, { mode: 0o700 });
  const started = performance.now();
  try {
    const tools = await trySession(engine, TOOLS, folder, signal);
    const seconds = ((performance.now() - started) / 1000).toFixed(2);
    const missing = TOOLS.filter((tool) => !tools.has(tool));
    if (missing.length === 0) return { status: 'ok', found: `opened and closed in ${seconds} s` };
    return {
      status: 'failed',
      found: `no ${missing.join(', ')} in it`,
      expected: TOOLS.join(', '),
      remedy: 'give a tool-image that has them, or none, to have one made',
    };
  } catch (error) {
    if (!(error instanceof UserError) || signal.aborted) throw error;
    return {
      status: 'failed',
      found: error.parts.found ?? error.parts.what,
      expected: 'a session, as a build opens it',
      remedy: error.parts.remedy ?? 'see what else failed above',
    };
  } finally {
    await removeMountedTree(folder);
  }
}
