import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationText } from '../../src/buildroot/mock/config-text.ts';
import { buildrootTree } from '../../src/buildroot/mock/tree.ts';
import { openSession } from '../../src/buildroot/session.ts';
import { run } from '../../src/process.ts';
import { STATE } from './buildroot.ts';
import { hostEngine } from './engine-fixtures.ts';
import { testMockSessions } from './engine-mock-sessions.ts';
import { testRpmGeneration } from './rpm-buildroot.ts';

const MIB = 1024 ** 2;
let shared: Awaited<ReturnType<typeof testRpmGeneration>>;
let folder: string;

beforeAll(async () => {
  shared = await testRpmGeneration();
  folder = await mkdtemp(path.join(path.dirname(STATE), 'test-mock-session-'));
}, 900_000);
afterAll(async () => {
  await shared?.lock.release();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

testMockSessions(hostEngine);

describe('the configuration of a session', () => {
  it('means to Python what it was made from, whatever that holds', async () => {
    // More than is ever let through: the text must hold by itself.
    const hostile = "\"]\nimport os; os.abort() # \u2028 é 😀 ''' \\\" \\";
    const text = configurationText({
      ...shared.configuration,
      mock: { text: "config_opts['dnf.conf'] = 'first'", folder: '/nowhere', files: {} },
      include: [hostile],
      repositories: [{ name: 'a', baseurl: hostile, priority: 1, keys: [], trusted: true }],
    });
    const script = `
import json, sys
config_opts = {'plugin_conf': {}, 'chroot_additional_packages': 'vim less'}
exec(sys.stdin.read())
print(json.dumps([config_opts['dnf.conf'], config_opts['chroot_additional_packages']]))
`;
    const { stdout } = await run(['python3', '-I', '-c', script], { input: text });
    const [conf, packages] = JSON.parse(stdout) as [string, string[]];
    expect(packages).toEqual(['vim', 'less', hostile]);
    expect(conf.split('\nskip_if')[0]).toBe(
      `first\n[a]\nname=a\nbaseurl=${hostile}\nenabled=1\ngpgcheck=0\nrepo_gpgcheck=0\npriority=1`,
    );
  });
});

describe('a session over the buildroot alone', () => {
  it('is a chroot of the target, without mock', async () => {
    await using session = await openSession({
      state: folder,
      root: { lower: [buildrootTree(shared.generation)] },
      scratch: 64 * MIB,
      runId: 'test',
    });
    expect((await session.chroot(['rpm', '--eval', '%{?dist}'])).stdout.trim()).toBe('.el9');
    expect((await session.chroot(['rpm', '-q', 'synthetic-release'])).stdout.trim()).toBe(
      'synthetic-release-9-1.el9.noarch',
    );
  });
});
