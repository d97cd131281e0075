/**
 * Tools that are killed while they work for a publish: the error names the tool and how it ended, what is served is the
 * old state, nothing of the new one is left, and the next publish works.
 */
import { chmod, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommandError, UserError } from '../../src/errors.ts';
import { which } from '../../src/process.ts';
import type { PublishOptions } from '../../src/repository/publish.ts';
import { Secret } from '../../src/secret.ts';
import { openGpgSigner } from '../../src/signing/gpg.ts';
import { servedDebs, servedRpms } from './mirror-served.ts';
import { treeDigest, Workbench } from './publish-helpers.ts';
import { RpmWorkbench } from './rpm-publish-helpers.ts';

/** gpgv is called by apt too, once more after ours; when it had said that all is well, apt does not mind how it ends. */
const OUR_GPGV_CALLS = 2;

/** When a call is killed: before the tool begins, in its middle, or when all its work is done and nobody was told. */
const MOMENTS = ['before', 'in the middle', 'after'] as const;
type Moment = (typeof MOMENTS)[number];

interface Case {
  readonly format: string;
  /** Calls of a publish that are killed, each on its own. */
  readonly tools: readonly string[];
  make(): Promise<Rig>;
}

interface Rig extends AsyncDisposable {
  readonly bench: Workbench | RpmWorkbench;
  readonly former: string;
  readonly build: string;
  readonly extra: Partial<PublishOptions>;
  served(): Promise<string[]>;
  readonly old: readonly string[];
  readonly upgraded: readonly string[];
}

async function debRig(): Promise<Rig> {
  const bench = await Workbench.make();
  return {
    bench,
    former: await bench.full('hello', '1.0-1'),
    build: await bench.full('hello', '1.0-2'),
    extra: {},
    served: async () => await servedDebs(path.join(bench.repository, 'public')),
    old: ['hello 1.0-1'],
    upgraded: ['hello 1.0-2'],
    [Symbol.asyncDispose]: async () => await bench[Symbol.asyncDispose](),
  };
}

async function rpmRig(): Promise<Rig> {
  const bench = await RpmWorkbench.make();
  return {
    bench,
    former: await bench.full({ version: '1.1-1' }),
    build: await bench.full({ version: '1.2-1' }),
    extra: {},
    served: async () => await servedRpms(path.join(bench.repository, 'public')),
    old: ['hello 1.1'],
    upgraded: ['hello 1.2'],
    [Symbol.asyncDispose]: async () => await bench[Symbol.asyncDispose](),
  };
}

/** The same with a key that gpg signs with. */
async function withGpg(rig: Rig): Promise<Rig> {
  const { bench } = rig;
  const { fingerprint } = bench.signer.key;
  const signer = await openGpgSigner({ fingerprint, key: new Secret(bench.secret) });
  return {
    ...rig,
    extra: { signer },
    [Symbol.asyncDispose]: async () => {
      await signer[Symbol.asyncDispose]();
      await rig[Symbol.asyncDispose]();
    },
  };
}

const CASES: readonly Case[] = [
  { format: 'deb', tools: ['reprepro', 'gpgv', 'apt-get'], make: debRig },
  { format: 'rpm', tools: ['createrepo_c', 'gpgv', 'rpmkeys', 'dnf'], make: rpmRig },
  { format: 'deb signed by gpg', tools: ['gpg'], make: async () => await withGpg(await debRig()) },
  { format: 'rpm signed by gpg', tools: ['gpg'], make: async () => await withGpg(await rpmRig()) },
];

/** What stands in the place of a tool: counts its calls, and ends one of them by SIGKILL. */
function wrapper(file: string, counter: string, call: number, moment: Moment): string {
  const ends: Readonly<Record<Moment, string>> = {
    before: 'kill -KILL $$',
    'in the middle': `exec 3<&0; "${file}" "$@" <&3 & sleep 0.01; kill -KILL $!; kill -KILL $$`,
    after: `"${file}" "$@"; kill -KILL $$`,
  };
  // Some are called at the same time: who makes the folder has the number.
  return `#!/bin/sh
number=1
until mkdir "${counter}/$number" 2>/dev/null; do number=$((number + 1)); done
test "$number" -eq ${call} || exec "${file}" "$@"
${ends[moment]}
`;
}

/** Runs `body` with `folder` before all others on PATH. */
async function withPath<T>(folder: string, body: () => Promise<T>): Promise<T> {
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}:${before}`;
  try {
    return await body();
  } finally {
    process.env['PATH'] = before;
  }
}

describe.each(CASES)('$format', ({ format, make, tools }) => {
  it('a tool that is killed ends the publish, and nothing else', async () => {
    await using rig = await make();
    const { bench, build, extra } = rig;
    const root = bench.repository;
    await bench.publish([rig.former], extra);
    const base = path.join(bench.folder, 'base');
    await cp(root, base, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    const before = await treeDigest(root);
    const bin = path.join(bench.folder, 'bin');
    const counter = path.join(bench.folder, 'calls');
    const publishWith = async (tool: string, call: number, moment: Moment) => {
      await rm(bin, { recursive: true, force: true });
      await rm(counter, { recursive: true, force: true });
      await mkdir(bin);
      await mkdir(counter);
      const file = path.join(bin, tool);
      await writeFile(file, wrapper(which(tool) ?? '', counter, call, moment));
      await chmod(file, 0o755);
      return await withPath(bin, async () => await bench.publish([build], extra)).catch((error: unknown) => error);
    };
    for (const tool of tools) {
      expect(await publishWith(tool, 0, 'before')).toMatchObject({ changed: true });
      const all = (await readdir(counter)).length;
      const calls = tool === 'gpgv' && format === 'deb' ? OUR_GPGV_CALLS : all;
      expect(calls).toBeGreaterThan(0);
      expect(await rig.served()).toEqual(rig.upgraded);
      await rm(root, { recursive: true });
      await cp(base, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });

      // Every call once, and every moment of at least one.
      for (let turn = 0; turn < Math.max(calls, MOMENTS.length); turn++) {
        const call = (turn % calls) + 1;
        const moment = MOMENTS[turn % MOMENTS.length] as Moment;
        const error = await publishWith(tool, call, moment);
        const told = `${tool}, call ${call} of ${calls}, ${moment}: ${String(error)}`;
        expect(error instanceof CommandError || error instanceof UserError, told).toBe(true);
        expect(told).toContain(`${tool} was ended by SIGKILL`);
        expect((error as Error).message).not.toContain('\n');
        expect(await treeDigest(root), told).toBe(before);
      }
      expect(await rig.served()).toEqual(rig.old);
      // And on.
      expect(await publishWith(tool, 0, 'before')).toMatchObject({ changed: true });
      expect(await rig.served()).toEqual(rig.upgraded);
      await rm(root, { recursive: true });
      await cp(base, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    }
  });
});
