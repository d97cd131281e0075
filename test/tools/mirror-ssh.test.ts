/** Mirrors by ssh: host keys, keys, and where they are. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { readKnownHosts } from '../../src/mirror/ssh.ts';
import { run } from '../../src/process.ts';
import { Secret } from '../../src/secret.ts';
import { NEW, TwoStates } from './mirror-fixture.ts';
import { Line, mirror, type SshServer, sshServer } from './mirror-rig.ts';
import { contents, servedDebs } from './mirror-served.ts';
import { filesWith } from './publish-helpers.ts';

let states: TwoStates;
let server: SshServer;

beforeAll(async () => {
  states = await TwoStates.make();
  server = await sshServer(path.join(states.bench.folder, 'ssh'));
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await states?.[Symbol.asyncDispose]();
});

const placeOf = (folder: string) => `ssh://root@127.0.0.1:${server.port}${folder}`;

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

/** A line of another key for the same host. */
async function otherKey(folder: string): Promise<string> {
  const file = path.join(folder, 'other');
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file]);
  return `[127.0.0.1]:${server.port} ${await readFile(`${file}.pub`, 'utf8')}`;
}

test('mirrors with a key that is a secret, known hosts as text or file', async () => {
  const { root, host, to, served, folder } = await states.fresh(states.second);
  const access = { sshKey: new Secret(server.key), knownHosts: server.knownHosts };
  await mirror(root, host, [placeOf(to)], access);
  expect(await contents(to)).toEqual(await contents(served));
  expect(await servedDebs(to)).toEqual(NEW);
  const file = path.join(folder, 'known hosts');
  await writeFile(file, `# keys\n${server.knownHosts}\n`);
  const knownHosts = await readKnownHosts('known hosts', folder);
  expect(await mirror(root, host, [placeOf(to)], { ...access, knownHosts })).toMatchObject([{ state: 'same' }]);
  // Secrets with line ends of Windows, or without the last one, are keys too.
  const pasted = new Secret(server.key.trim().replaceAll('\n', '\r\n'));
  await mirror(root, host, [placeOf(to)], { ...access, sshKey: pasted });
});

test('shares one connection, and does without where it is cut', async () => {
  const { root, host, to } = await states.fresh(states.first);
  await using line = await Line.to(() => server.port);
  const knownHosts = server.knownHosts.replace(String(server.port), String(line.port));
  const access = { sshKey: new Secret(server.key), knownHosts };
  const place = `ssh://root@127.0.0.1:${line.port}${to}`;
  await mirror(root, host, [place], access);
  expect(line.connections).toBe(1);
  // Cut at the step before the switch: what is left makes connections of its own.
  let isCut = false;
  const cut = (step: string) => {
    if (step !== 'snapshots' || isCut) return;
    isCut = true;
    line.cutNow();
  };
  await mirror(states.second, host, [place], { ...access, onStep: cut, attempts: 3 });
  expect(isCut).toBe(true);
  expect(line.connections).toBeGreaterThan(2);
  expect(await servedDebs(to)).toEqual(NEW);
});

test('refuses hosts whose key is not known, or is another one', async () => {
  const { root, host, to, folder } = await states.fresh(states.second);
  const sshKey = new Secret(server.key);
  for (const knownHosts of [await otherKey(folder), `example.org ${server.knownHosts.split(' ').slice(1).join(' ')}`]) {
    const message = await refusal(mirror(root, host, [placeOf(to)], { sshKey, knownHosts, attempts: 5 }));
    expect(message).toMatch(/host key of the mirror is not known, or is another one.*known-hosts/);
  }
  expect(host.transcript()).not.toContain('attempt 1 of');
  expect(await readdir(folder)).not.toContain('to');
  expect(await refusal(readKnownHosts('nosuch', folder))).toMatch(/known hosts cannot be read.*ENOENT/);
});

test('refuses keys that the mirror does not know, and what is no key', async () => {
  const { root, host, to, folder } = await states.fresh(states.second);
  const { knownHosts } = server;
  await otherKey(folder);
  const other = new Secret(await readFile(path.join(folder, 'other'), 'utf8'));
  expect(await refusal(mirror(root, host, [placeOf(to)], { sshKey: other, knownHosts }))).toMatch(
    /does not let us in by ssh/,
  );
  const nonsense = new Secret('no key at all');
  expect(await refusal(mirror(root, host, [placeOf(to)], { sshKey: nonsense, knownHosts }))).toMatch(/cannot be used/);
  const file = path.join(folder, 'locked');
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', 'open sesame', '-f', file]);
  const locked = new Secret(await readFile(file, 'utf8'));
  expect(await refusal(mirror(root, host, [placeOf(to)], { sshKey: locked, knownHosts }))).toMatch(/passphrase/);
});

test('a key that may do nothing but rsync in one folder is enough', async () => {
  const { root, host, to, folder } = await states.fresh(states.first);
  await mkdir(to);
  await using restricted = await sshServer(path.join(folder, 'ssh'), `restrict,command="rrsync ${to}"`);
  const access = { sshKey: new Secret(restricted.key), knownHosts: restricted.knownHosts };
  // Its root is the folder.
  const place = `ssh://root@127.0.0.1:${restricted.port}/deb`;
  await mirror(root, host, [place], access);
  await mirror(states.second, host, [place], access);
  expect(await servedDebs(path.join(to, 'deb'))).toEqual(NEW);
  expect(await contents(path.join(to, 'deb'))).toEqual(await contents(path.join(states.second, 'public')));
  // What rrsync makes for parts of files, and nothing else.
  expect((await readdir(to)).filter((name) => name !== '.rsync-partial')).toEqual(['deb']);
});

test('tells what is wrong on the other side', async () => {
  const { root, host, to } = await states.fresh(states.second);
  const access = { sshKey: new Secret(server.key), knownHosts: server.knownHosts };
  expect(await refusal(mirror(root, host, [placeOf(`${to}/not/there`)], access))).toMatch(/is not there.*make it/);
});

test('the key is on no disk, in no argument, and its agent ends with us', async () => {
  const { root, to, folder } = await states.fresh(states.second);
  const keyFile = path.join(folder, 'input');
  await writeFile(keyFile, server.key, { mode: 0o600 });
  // A command of its own, which stays where its agent is at work: the mirror's rsync waits for the pipe below.
  const child = spawn(
    process.execPath,
    [
      ...['src/cli.ts', 'mirror-repository', '--repository', root, '--mirrors', placeOf(to)],
      ...['--ssh-key-file', keyFile, '--known-hosts', server.knownHosts, '--bandwidth-limit', '1K'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: await states.bench.scratch('tmp') } },
  );
  try {
    const agent = await agentOf(child);
    const line = server.key.split('\n')[3] ?? '';
    expect(line.length).toBeGreaterThan(40);
    for (const pid of await processes()) {
      const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      expect(argv).not.toContain(line);
    }
    const holders = (await filesWith(states.bench.folder, line)).map((file) => path.basename(file)).sort();
    expect(holders).toEqual(['input', 'user']);
    child.kill('SIGKILL');
    // It looks for us every ten seconds.
    await expect.poll(async () => await isAlive(agent), { timeout: 120_000, interval: 200 }).toBe(false);
  } finally {
    child.kill('SIGKILL');
  }
});

/** The id of the agent that `child` began, as soon as a session of ssh shows that it has its key. */
async function agentOf(child: ChildProcess): Promise<number> {
  for (;;) {
    if (child.exitCode !== null) throw new Error('it ended before it was looked at');
    const all = await Promise.all((await processes()).map(async (pid) => ({ pid, ...(await describe(pid)) })));
    const ours = new Set([child.pid ?? 0]);
    for (let before = 0; before !== ours.size; ) {
      before = ours.size;
      for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
    }
    const mine = all.filter(({ pid }) => ours.has(pid));
    const agent = mine.find(({ name }) => name === 'ssh-agent');
    if (agent !== undefined && mine.some(({ name }) => name === 'rsync')) return agent.pid;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function processes(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

async function describe(pid: number): Promise<{ name: string; parent: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [, name = '', parent = '0'] = /^\d+ \((.*)\) \S (\d+)/.exec(stat) ?? [];
  return { name, parent: Number(parent) };
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) Z /.test(stat);
}
