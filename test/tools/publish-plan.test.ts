/** Plans of deb publishes, and what comes of them later. */
import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { action } from '../../src/actions/sign-publish/inputs.ts';
import { run } from '../../src/actions/sign-publish/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { EXIT, runAction } from '../../src/main.ts';
import { readManifest, writeManifest } from '../../src/manifest.ts';
import { generateKey } from '../../src/signing/openpgp.ts';
import { act, makePlan, readPlan, rows } from './plan-helpers.ts';
import { at, bench, expectWholePool, freshApt, names, useBench } from './publish-bench.ts';
import { treeDigest } from './publish-helpers.ts';

useBench();
beforeEach(async () => {
  await rm(path.join(bench.folder, 'plan.json'), { force: true });
});

describe('a plan', () => {
  it('names everything that would be done or refused, writes it, and changes nothing', async () => {
    await bench.publish([
      await bench.binaries({ name: 'kept' }, { name: 'up' }, { name: 'bad' }, { name: 'old', version: '2.0' }),
    ]);
    await bench.publish([await bench.binaries({ name: 'later', version: '3.0' }, { name: 'old', version: '4.0' })], {
      channel: 'testing',
    });
    const build = await bench.binaries(
      { name: 'kept' },
      { name: 'up', version: '2.0' },
      { name: 'new' },
      { name: 'bad', content: 'other' },
      { name: 'old', version: '1.0' },
      { name: 'later', version: '2.0' },
      { name: 'strange', architecture: 'riscv64' },
    );
    const before = [await treeDigest(bench.repository), await treeDigest(build)];
    const { host, code, errors, plan } = await makePlan(bench, [build], { label: 'Other', report: 'out/report.json' });
    expect([await treeDigest(bench.repository), await treeDigest(build)]).toEqual(before);
    expect(code).toBe(EXIT.failure);
    expect(errors).toHaveLength(4);
    expect(rows(plan)).toEqual([
      'bad 1.0 amd64, refused conflict, conflict 1.0 latest',
      'kept 1.0 amd64, same',
      'later 2.0 amd64, refused downgrade, downgrade 3.0 testing',
      'new 1.0 amd64, add',
      'old 1.0 amd64, refused downgrade, downgrade 2.0 latest, downgrade 4.0 testing',
      'strange 1.0 riscv64, refused misplaced',
      'up 2.0 amd64, upgrade, for 1.0',
    ]);
    expect(plan).toMatchObject({
      verdict: 'refused',
      repository: 'repository',
      channel: 'latest',
      format: 'deb',
      builds: [{ location: path.relative(bench.folder, build), package: 'hello', change: 'merge' }],
      channels: [
        { name: 'latest', packages: 4 },
        { name: 'testing', packages: 2 },
      ],
      settings: { before: { label: 'Test' }, after: { label: 'Other' }, changed: ['label'] },
      key: { signs: bench.signer.key.fingerprint, changes: [] },
      superseded: [{ name: 'up', version: '1.0' }],
    });
    expect(JSON.parse(await readFile(path.join(bench.folder, 'out', 'report.json'), 'utf8'))).toEqual(plan);
    expect(host.outputs).toEqual({ verdict: 'refused' });
    for (const text of [
      'Would be refused for latest: 1 conflict, 2 downgrades, 1 package of an architecture that is not there',
      'refused: downgrade, older than old 2.0 \\(amd64\\) in latest; old 4.0 \\(amd64\\) in testing',
      '| `new` | `1.0` | amd64 | main | new |',
      '| label | `Test` | `Other` |',
      `| **\`latest\`** | \`${plan.channels[0]?.snapshot}\` |`,
      'Nothing was changed',
    ]) {
      expect(host.summaryText).toContain(text);
    }
    expect(host.transcript()).toContain(
      'info: bad 1.0 (amd64): refused: conflict, other content than bad 1.0 (amd64) in latest',
    );
  });

  it('of a new repository needs no private key, and makes not even a folder', async () => {
    const build = await bench.full('hello', '1.0-1');
    const { errors } = await act(bench, {
      packages: path.relative(bench.folder, build),
      plan: 'plan.json',
      'signing-key': '',
    });
    expect(errors).toEqual([expect.stringContaining('needs to know which key will sign')]);
    const fingerprint = bench.signer.key.fingerprint.toLowerCase();
    const { host, code, plan } = await makePlan(bench, [build], { 'signing-key-fingerprint': fingerprint });
    expect(code).toBe(EXIT.success);
    expect(existsSync(bench.repository)).toBe(false);
    expect(rows(plan)).toEqual(['hello 1.0-1 amd64, add', 'hello 1.0-1 source, add']);
    expect(plan).toMatchObject({
      verdict: 'publish',
      channels: [],
      settings: { before: null, changed: [] },
      key: { signs: bench.signer.key.fingerprint, before: [] },
    });
    expect(host.outputs).toMatchObject({ verdict: 'publish', changed: 'false', snapshot: '' });
    expect(host.annotations('notice').map(({ message }) => message)).toEqual([
      'Would publish to latest: 2 added, 0 upgraded, 0 the same',
    ]);
  });

  it('says that there is nothing to publish', async () => {
    const build = await bench.full('hello', '1.0-1');
    const { snapshot } = await bench.publish([build]);
    const { host, code, plan } = await makePlan(bench, [build]);
    expect([code, plan.verdict]).toEqual([EXIT.success, 'nothing']);
    expect(host.outputs).toMatchObject({ verdict: 'nothing', snapshot: snapshot.id });
  });

  it('says that another key would sign, or the next one, and refuses it as publishing does', async () => {
    await bench.publish([await bench.binaries({})]);
    const { fingerprint } = await generateKey({ name: 'New', email: 'new@example.org' });
    const build = await bench.binaries({ name: 'more' });
    const other = await makePlan(bench, [build], { 'signing-key-fingerprint': fingerprint });
    expect(other.code).toBe(EXIT.failure);
    expect(other.errors[0]).toContain('signed by another key');
    expect(other.plan).toMatchObject({
      verdict: 'refused',
      key: { signs: fingerprint, changes: ['another key signs'] },
    });
    expect(other.host.summaryText).toContain('**refused**: ');
    const allowed = await makePlan(bench, [build], {
      'signing-key-fingerprint': fingerprint,
      'allow-key-change': 'true',
    });
    expect([allowed.code, allowed.plan.verdict]).toEqual([EXIT.success, 'publish']);
    const next = await makePlan(bench, [build], { 'next-signing-key-fingerprint': fingerprint });
    expect(next.plan.key).toMatchObject({ signs: bench.signer.key.fingerprint, next: fingerprint });
  });

  it('finds a conflict with what only a former snapshot has', async () => {
    const { snapshot } = await bench.publish([await bench.binaries({ version: '1.0' })]);
    await bench.publish([await bench.binaries({ name: 'other' })], { channel: 'testing' });
    await rm(at('latest'));
    const { plan, code } = await makePlan(bench, [await bench.binaries({ version: '1.0', content: 'other' })]);
    expect(code).toBe(EXIT.failure);
    expect(rows(plan)).toEqual([`hello 1.0 amd64, refused conflict, conflict 1.0 ${snapshot.id}`]);
  });

  it('is made while another publisher is at work, without waiting', async () => {
    const first = await bench.publish([await bench.binaries({})]);
    const build = await bench.binaries({ name: 'more' });
    const seen: (string | undefined)[] = [];
    await bench.publish([await bench.binaries({ name: 'other' })], {
      onStep: async (step) => {
        // The first of them long before the new state is served, the second one after it.
        if (step === 'staged' || step === 'switched') {
          const { plan, code } = await makePlan(bench, [build]);
          expect(code).toBe(EXIT.success);
          seen.push(plan.channels[0]?.snapshot);
        }
      },
    });
    expect(seen[0]).toBe(first.snapshot.id);
    expect(seen[1]).not.toBe(first.snapshot.id);
  });

  it('is not made where it cannot be: a damaged build, another target, both a plan and its doing', async () => {
    await bench.publish([await bench.binaries({})]);
    const build = await bench.binaries({ name: 'more' });
    await bench.deb(build, { name: 'more', content: 'tampered' });
    const packages = path.relative(bench.folder, build);
    const damaged = await act(bench, { packages, plan: 'plan.json' });
    expect(damaged.errors[0]).toContain('the file is not the one that the manifest lists');
    const foreign = await bench.binaries({ name: 'more' });
    const { manifest } = await readManifest(foreign);
    await writeManifest(foreign, { ...manifest, target: { name: 'other', suite: 'x', architecture: 'amd64' } });
    const target = await act(bench, { packages: path.relative(bench.folder, foreign), plan: 'plan.json' });
    expect(target.errors[0]).toContain('another target');
    const both = await act(bench, { packages, plan: 'plan.json', apply: 'plan.json' });
    expect(both.errors[0]).toContain('either made or applied');
    expect(existsSync(path.join(bench.folder, 'plan.json'))).toBe(false);
  });
});

describe('applying a plan', () => {
  const apply = async (inputs: Readonly<Record<string, string>> = {}) =>
    await act(bench, { repository: '', apply: 'plan.json', ...inputs });

  async function planned(inputs: Readonly<Record<string, string>> = {}) {
    await bench.publish([await bench.full('hello', '1.0-1')]);
    const build = await bench.full('hello', '1.0-2');
    const { plan, code } = await makePlan(bench, [build], { label: 'A new label', ...inputs });
    expect([code, plan.verdict]).toEqual([EXIT.success, 'publish']);
    return { build, plan, before: await treeDigest(bench.repository) };
  }

  it('does it, with builds, repository, channel and settings of the plan', async () => {
    const { plan } = await planned();
    const { host, code, errors } = await apply();
    expect([code, errors]).toEqual([EXIT.success, []]);
    expect(host.outputs).toMatchObject({ verdict: 'publish', changed: 'true', channel: 'latest' });
    const published = JSON.parse(host.outputs['published'] ?? '') as { packages: object[] };
    expect(published.packages).toHaveLength(plan.packages.length);
    expect(await names()).toBe('hello 1.0-2');
    expect(await readFile(at('latest', 'dists', 'bookworm', 'Release'), 'utf8')).toContain('Label: A new label\n');
    await expectWholePool();
    // It is done: the same plan is none any more.
    expect((await apply()).errors[0]).toContain('the repository has changed since the plan was made');
  });

  it('makes a new repository, at another place than where the plan was made', async () => {
    const build = await bench.full('hello', '1.0-1');
    await makePlan(bench, [build], { 'signing-key-fingerprint': bench.signer.key.fingerprint, origin: 'Acme' });
    const moved = await bench.scratch('moved');
    await rm(moved, { recursive: true });
    await rename(build, moved);
    expect((await apply()).errors[0]).toContain('no such file or folder');
    const { code } = await apply({ packages: path.relative(bench.folder, moved) });
    expect(code).toBe(EXIT.success);
    expect(await names()).toBe('hello 1.0-1');
    await freshApt();
  });

  it.each([
    [
      'another publish came between',
      async () => {
        await bench.publish([await bench.binaries({ name: 'other' })]);
        return {};
      },
      /the repository has changed since the plan was made \(found the channel latest at .*expected \d{8}T/,
    ],
    [
      'another channel moved',
      async () => {
        await bench.publish([await bench.binaries({ name: 'other' })], { channel: 'testing' });
        return {};
      },
      /found the channel testing at .*expected no such channel/,
    ],
    [
      'the build is another one',
      async () => ({ packages: path.relative(bench.folder, await bench.full('hello', '1.0-3')) }),
      /the builds are not those of the plan .*expected hello 1\.0, manifest/,
    ],
    [
      'a setting is another one',
      async () => ({ label: 'Yet another' }),
      /the setting label is another one .*found "Yet another", expected "A new label"/,
    ],
    ['the channel is another one', async () => ({ channel: 'testing' }), 'the plan is for another channel'],
    [
      'the key is another one',
      async () => {
        const { key } = await generateKey({ name: 'New', email: 'new@example.org' });
        return { 'signing-key': key.reveal(), 'allow-key-change': 'true' };
      },
      'another key signs than the one of the plan',
    ],
  ])('refuses it where %s', async (_name, change, message) => {
    await planned();
    const inputs = await change();
    const before = await treeDigest(bench.repository);
    const { code, errors, host } = await apply(inputs);
    expect(code).toBe(EXIT.failure);
    expect(errors.join('\n')).toMatch(message);
    expect(host.outputs).toEqual({});
    expect(await treeDigest(bench.repository)).toBe(before);
  });

  it('refuses it where another publish is at work, and is done while it waits for the lease', async () => {
    await planned();
    const host = new RecordingHost({ 'signing-key': bench.secret, apply: 'plan.json' }, { workspace: bench.folder });
    let applied: Promise<number> | undefined;
    await bench.publish([await bench.binaries({ name: 'other' })], {
      onStep: async (step) => {
        if (step !== 'staged') return;
        applied = runAction(action, run, host);
        // By then it has found the repository as it was planned for.
        await vi.waitFor(() => expect(host.transcript()).toContain('waiting for the lease'), {
          timeout: 300_000,
          interval: 100,
        });
      },
    });
    expect(await applied).toBe(EXIT.failure);
    expect(host.annotations('error').map(({ message }) => message)).toEqual([
      expect.stringContaining('the repository has changed since the plan was made'),
    ]);
    expect(await names()).toBe('hello 1.0-1; other 1.0');
    await expectWholePool();
  });

  it('refuses it where the build was made anew meanwhile', async () => {
    const { build, before } = await planned();
    const { manifest } = await readManifest(build);
    await writeManifest(build, { ...manifest, createdAt: '2024-01-01T00:00:00Z' });
    expect((await apply()).errors[0]).toContain('the builds are not those of the plan');
    expect(await treeDigest(bench.repository)).toBe(before);
  });

  it('refuses it where its rows are other than it says, whoever changed them', async () => {
    const { before } = await planned();
    const file = path.join(bench.folder, 'plan.json');
    const plan = await readPlan(bench);
    const [first, ...rest] = plan.packages;
    await writeFile(file, JSON.stringify({ ...plan, packages: [{ ...first, replaces: ['0.1'] }, ...rest] }));
    expect((await apply()).errors[0]).toMatch(/a package is planned otherwise now .*1\.0-1.*0\.1/);
    await writeFile(file, JSON.stringify({ ...plan, verdict: 'refused' }));
    expect((await apply()).errors[0]).toContain('the plan is one that is refused');
    for (const [content, message] of [
      ['{', 'no JSON'],
      [JSON.stringify({ ...plan, channel: '../x' }), 'channel: '],
      [JSON.stringify({ ...plan, schema: 'pkg-actions/publish-plan/9' }), 'schema: '],
      [JSON.stringify({ ...plan, extra: 1 }), 'extra'],
    ] as const) {
      await writeFile(file, content);
      expect((await apply()).errors).toEqual([expect.stringMatching(/not a plan of a publish/)]);
      expect((await apply()).errors[0]).toContain(message);
    }
    await rm(file);
    expect((await apply()).errors[0]).toContain('the plan cannot be read');
    expect(await treeDigest(bench.repository)).toBe(before);
  });

  it('takes no permission from a plan', async () => {
    await bench.publish([await bench.full('hello', '2.0-1')]);
    const build = await bench.full('hello', '1.0-1');
    const { code } = await makePlan(bench, [build], { 'allow-downgrade': 'a reason' });
    expect(code).toBe(EXIT.success);
    const before = await treeDigest(bench.repository);
    expect((await apply()).errors.join()).toContain('the plan has downgrades, which are not allowed here');
    expect((await apply({ 'allow-downgrade': 'another reason' })).errors.join()).toContain(
      'an allowed downgrade is planned otherwise now',
    );
    expect(await treeDigest(bench.repository)).toBe(before);
    expect((await apply({ 'allow-downgrade': 'a reason' })).code).toBe(EXIT.success);
    expect(await names()).toBe('hello 1.0-1');
  });
});
