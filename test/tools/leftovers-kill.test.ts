/**
 * SIGKILL in the middle of a build: of the action in each of its phases, and of the tool that it runs. Afterwards, and
 * after what comes next (another start, the end of the job, clean-up), nothing of it is left.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareState } from '../../src/buildroot/state.ts';
import { tryLock } from '../../src/lock.ts';
import { mountsBelow, unmountBelow } from '../../src/mounts.ts';
import { run } from '../../src/process.ts';
import { STATE, TARGET, testGeneration } from './buildroot.ts';
import { makeSource } from './source-package.ts';
import { traces } from './traces.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Of what comes at once on an idle machine. */
const PATIENCE = { timeout: 120_000, interval: 50 };
const [UID, GID] = [65_534, 65_533];

let folder: string;
let state: string;
let workspace: string;
let temporary: string;
let running: ChildProcess | undefined;

beforeEach(async () => {
  const { lock } = await testGeneration();
  await lock.release();
  // Not in /tmp, which may be an overlay itself: the kernel takes no upper folder on another one.
  folder = await mkdtemp(path.join(path.dirname(STATE), 'test-kill-'));
  [state, workspace, temporary] = ['state', 'workspace', 'tmp'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const place of [state, workspace, temporary]) await mkdir(place);
  // The buildroots are those of all tests, and so are layers that are there; what is being made is looked at here.
  symlinkSync(path.join(STATE, 'buildroots'), path.join(state, 'buildroots'));
});
afterEach(async () => {
  if (running?.exitCode === null && running.signalCode === null) {
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }
  await expect.poll(() => traces(folder), PATIENCE).toEqual([]);
  await unmountBelow(folder);
  await rm(folder, { recursive: true, force: true });
});

interface Build {
  readonly child: ChildProcess;
  /** Resolves when it has ended and said all. */
  readonly closed: Promise<unknown>;
  /** Resolves with the first line that matches. */
  line(pattern: RegExp): Promise<string>;
  /** Everything said so far. */
  text(): string;
}

/** Starts `build-sbuild` in a process of its own, as a runner does. */
function start(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Build {
  const child = spawn(process.execPath, argv, {
    cwd: workspace,
    env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: temporary, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  const closed = once(child, 'close');
  let text = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      for (const look of waiting) look();
    });
  }
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        // The last one may not be whole yet.
        const found = text
          .split('\n')
          .slice(0, -1)
          .find((each) => pattern.test(each));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      child.once('close', () => {
        look();
        reject(new Error(`ended without a line of ${pattern}:\n${text}`));
      });
      look();
    });
  return { child, closed, line, text: () => text };
}

const arguments_ = (dsc: string, ...more: string[]) => [
  path.join(ROOT, 'src/cli.ts'),
  'build-sbuild',
  ...['--source', dsc, '--target', TARGET, '--state', state, '--engine', 'host', '--retries', '0', '--verbose'],
  ...more,
];

async function kill(build: Build): Promise<void> {
  build.child.kill('SIGKILL');
  await build.closed;
}

/** A package that stops in the middle of something for as long as it is left to. */
async function source(stops: 'installing' | 'building' | 'never'): Promise<string> {
  const rules = 'override_dh_auto_build:\n\t@echo now it builds; exec sleep 100000\n';
  const dsc = await makeSource(folder, {
    ...(stops === 'building' ? { rules } : {}),
    ...(stops === 'installing' ? { buildDepends: ['stopper'] } : {}),
  });
  // Results of before, which no killed run may lose.
  await mkdir(path.join(workspace, 'packages'));
  writeFileSync(path.join(workspace, 'packages/manifest.json'), 'former');
  await chown(workspace, UID, GID);
  return dsc;
}

/** A .deb whose installation stops, for the build to depend on. */
async function stopper(): Promise<string> {
  const control = path.join(folder, 'stopper/DEBIAN');
  await mkdir(control, { recursive: true });
  writeFileSync(
    path.join(control, 'control'),
    'Package: stopper\nVersion: 1\nArchitecture: all\nMaintainer: Tests <tests@example.org>\nDescription: stops\n',
  );
  writeFileSync(path.join(control, 'postinst'), '#!/bin/sh\necho now it installs\nexec sleep 100000\n', {
    mode: 0o755,
  });
  const file = path.join(folder, 'stopper_1_all.deb');
  await run(['dpkg-deb', '--build', path.dirname(control), file]);
  return file;
}

const shareLayers = async () => {
  await mkdir(path.join(STATE, 'layers'), { recursive: true });
  symlinkSync(path.join(STATE, 'layers'), path.join(state, 'layers'));
};

/** What dies with the process that was killed, without anybody's help. */
async function expectNothingRuns(): Promise<void> {
  await expect.poll(() => traces(folder), PATIENCE).toEqual([]);
  expect(await mountsBelow(folder)).toEqual([]);
}

/** What is there once somebody has cleaned up. */
async function expectNothingLeft(): Promise<void> {
  await expectNothingRuns();
  const names = (place: string) => readdirSync(path.join(state, place));
  expect(names('sessions')).toEqual([]);
  for (const place of readdirSync(state).filter((name) => ['downloads', 'downloads-kept', 'layers'].includes(name))) {
    // The layers of all tests are being made by others, too.
    if (place === 'layers' && (await stat(path.join(STATE, place))).ino === (await stat(path.join(state, place))).ino)
      continue;
    expect(names(place).filter((name) => name.startsWith('.'))).toEqual([]);
  }
  expect(readdirSync(temporary)).toEqual([]);
  expect(readdirSync(workspace).filter((name) => name.startsWith('.'))).toEqual([]);
  for (const name of readdirSync(path.join(state, 'places')).filter((each) => /^\d+$/.test(each))) {
    const place = path.join(state, 'places', name);
    const lock = await tryLock(place, { mode: 'exclusive', waitSeconds: 0, what: place });
    expect(lock, `the lock on ${name}`).toBeDefined();
    await lock?.release();
  }
  // Of the user who owns the workspace, all of it that is not the former run's.
  const { stdout } = await run(['find', workspace, '-mindepth', '1', '-uid', '0']);
  expect(stdout).toBe('');
}

const manifest = () => readFileSync(path.join(workspace, 'packages/manifest.json'), 'utf8');

describe('the action, killed', () => {
  it('while it opens its session: the next start removes what is left', async () => {
    await shareLayers();
    const build = start(arguments_(await source('building')));
    await expect.poll(() => sessionsOf(state), PATIENCE).not.toEqual([]);
    await kill(build);
    await expectNothingRuns();
    expect(manifest()).toBe('former');
    await prepareState(state);
    expect(readdirSync(path.join(state, 'sessions'))).toEqual([]);
  });

  it('while its dependencies become a layer: the end of the job on GitHub removes it', async () => {
    const dsc = await source('installing');
    const github = {
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: workspace,
      GITHUB_RUN_ID: path.basename(folder),
      GITHUB_STATE: path.join(folder, 'github-state'),
      GITHUB_OUTPUT: path.join(folder, 'github-output'),
    };
    for (const file of [github.GITHUB_STATE, github.GITHUB_OUTPUT]) writeFileSync(file, '');
    const inputs = {
      source: dsc,
      target: TARGET,
      state,
      engine: 'host',
      retries: '0',
      output: 'packages',
      'package-files': await stopper(),
    };
    const build = start([path.join(ROOT, 'src/actions/build-sbuild/main.ts')], {
      ...github,
      ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    });
    await build.line(/now it installs/);
    await kill(build);
    await expectNothingRuns();
    expect(readdirSync(path.join(state, 'layers')).filter((name) => name.startsWith('.new-'))).not.toEqual([]);
    expect(readdirSync(workspace).filter((name) => name.startsWith('.pkg-actions-'))).not.toEqual([]);
    // As the runner hands it on, read from its file: NAME<<DELIMITER, value, DELIMITER.
    const [, kept = ''] = readFileSync(github.GITHUB_STATE, 'utf8').split('\n');
    const post = start([path.join(ROOT, 'src/post.ts')], { ...github, STATE_pkg_actions: kept });
    await post.closed;
    expect(post.child.exitCode, post.text()).toBe(0);
    expect(post.text()).toMatch(/Removed what a killed run left: staging .*layers/);
    await expectNothingLeft();
    expect(manifest()).toBe('former');
  });

  it('while the package builds: clean-up removes what is left', async () => {
    await shareLayers();
    const build = start(arguments_(await source('building')));
    await build.line(/now it builds/);
    await kill(build);
    await expectNothingRuns();
    const cleanUp = start([path.join(ROOT, 'src/cli.ts'), 'clean-up', '--state', state, '--format', 'json']);
    await cleanUp.closed;
    expect(cleanUp.child.exitCode, cleanUp.text()).toBe(0);
    expect(cleanUp.text()).toMatch(/"kind": "session"/);
    // What a clean-up of the host cannot know is whose workspace it is in: the end of a job, and the next run, do.
    await chownAll();
    await expectNothingLeft();
    expect(manifest()).toBe('former');
  });

  it('while it takes the results: the end of the job on GitLab removes what is left', async () => {
    await shareLayers();
    const gitlab = { GITLAB_CI: 'true', CI_PROJECT_DIR: workspace, CI_JOB_ID: path.basename(folder) };
    const inputs = { PKG_ACTIONS_STATE: state, PKG_ACTIONS_OUTPUT: 'packages' };
    const build = start(arguments_(await source('never')), { ...gitlab, ...inputs });
    await build.line(/^\s*Status: successful/);
    await kill(build);
    await expectNothingRuns();
    const post = start([path.join(ROOT, 'src/post.ts')], { ...gitlab, ...inputs });
    await post.closed;
    expect(post.child.exitCode, post.text()).toBe(0);
    await expectNothingLeft();
    // One or the other, and whole.
    expect(manifest()).toMatch(/^former$|"verdict": "success"/);
  });
});

describe('the tool, killed', () => {
  it.each([
    ['apt-get', 'installing', /now it installs/],
    ['sbuild', 'building', /now it builds/],
  ] as const)('%s, while %s: the action ends by itself and leaves nothing', async (tool, stops, when) => {
    if (stops === 'building') await shareLayers();
    const more = stops === 'installing' ? ['--package-files', await stopper()] : [];
    const build = start(arguments_(await source(stops), ...more));
    await build.line(when);
    const pids = processesBelow(build.child.pid ?? 0, tool);
    expect(pids).not.toEqual([]);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await build.closed;
    expect(build.child.exitCode, build.text()).toBe(1);
    await expectNothingLeft();
  });
});

function sessionsOf(place: string): string[] {
  try {
    return readdirSync(path.join(place, 'sessions'));
  } catch {
    return [];
  }
}

async function chownAll(): Promise<void> {
  await run(['chown', '-Rh', `${UID}:${GID}`, workspace]);
}

/** Processes named `name` that a process started, however far below. */
function processesBelow(ancestor: number, name: string): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const text = readFileSync(`/proc/${entry}/stat`, 'utf8');
      parents.set(Number(entry), Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // Gone meanwhile.
    }
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === ancestor || isBelow(parent));
  };
  return [...parents.keys()].filter((pid) => {
    if (!isBelow(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name;
    } catch {
      return false;
    }
  });
}
