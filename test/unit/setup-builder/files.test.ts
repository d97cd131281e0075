import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RecordingHost } from '../../../src/host/recording.ts';
import { fileStep } from '../../../src/setup/file-step.ts';
import { fileState, ownedText, writeOwnedFile } from '../../../src/setup/owned-file.ts';
import { makeSteps } from '../../../src/setup/step.ts';
import { configurationText, cronFiles, systemdFiles } from '../../../src/setup/timer.ts';
import { paperSystem } from './system.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'pkg-actions-files-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const FILE = '/etc/sub/file';
const place = () => path.join(root, FILE);

describe('a file of ours', () => {
  test('is written with its mark, and then the same', async () => {
    expect(await fileState(place(), 'a=1\n')).toBe('outdated');
    await writeOwnedFile(place(), 'a=1\n');
    expect(readFileSync(place(), 'utf8')).toMatch(/^# Written by pkg-actions .*\n# Digest .* [0-9a-f]{64}\na=1\n$/);
    expect(await fileState(place(), 'a=1\n')).toBe('same');
    expect(await fileState(place(), 'a=2\n')).toBe('outdated');
  });

  test.each([
    ['a line added', (text: string) => `${text}b=2\n`],
    ['a line removed', (text: string) => text.replace('a=1\n', '')],
    ['its mark removed', (text: string) => text.split('\n').slice(1).join('\n')],
    ['one that was there before', () => 'a=1\n'],
    ['emptied', () => ''],
  ])('%s: is a person’s', async (_name, change) => {
    await writeOwnedFile(place(), 'a=1\n');
    writeFileSync(place(), change(ownedText('a=1\n')));
    expect(await fileState(place(), 'a=1\n')).toBe('foreign');
    expect(await fileState(place(), 'a=2\n')).toBe('foreign');
  });
});

describe('the step that writes files', () => {
  async function make(content: string, more: { force?: boolean; enabled?: boolean; dryRun?: boolean } = {}) {
    const host = new RecordingHost({}, { workspace: root });
    const system = paperSystem({ root });
    const reload = ['systemctl', 'daemon-reload'] as const;
    const step = fileStep(system, {
      id: 'x',
      title: 'X',
      files: { [FILE]: content },
      force: more.force ?? false,
      afterwards: [reload],
      pending: async () => (more.enabled === false ? [['systemctl', 'enable', 'x']] : []),
      logger: host,
    });
    const [result] = await makeSteps([step], { dryRun: more.dryRun ?? false, logger: host, signal: host.signal });
    return { ...result, changed: system.changed, warnings: host.annotations('warning').map(({ message }) => message) };
  }

  test('changes once, and what belongs to it; then nothing', async () => {
    expect(await make('a=1\n', { dryRun: true })).toMatchObject({ outcome: 'planned', changed: [] });
    expect(await fileState(place(), 'a=1\n')).toBe('outdated');
    expect(await make('a=1\n')).toMatchObject({ outcome: 'changed', changed: ['systemctl daemon-reload'] });
    expect(await make('a=1\n')).toMatchObject({ outcome: 'unchanged', changed: [], warnings: [] });
    expect(await make('a=2\n')).toMatchObject({ outcome: 'changed', changed: ['systemctl daemon-reload'] });
    expect(await make('a=2\n', { enabled: false })).toMatchObject({
      outcome: 'changed',
      changed: ['systemctl enable x'],
    });
  });

  test('keeps what a person changed, says so, and writes it when forced', async () => {
    await make('a=1\n');
    writeFileSync(place(), 'mine\n');
    expect(await make('a=1\n')).toMatchObject({
      outcome: 'unchanged',
      changed: [],
      detail: expect.stringContaining('kept as somebody changed it'),
      warnings: [expect.stringContaining(`${FILE} was changed by somebody`)],
    });
    expect(readFileSync(place(), 'utf8')).toBe('mine\n');
    expect(await make('a=1\n', { force: true })).toMatchObject({ outcome: 'changed' });
    expect(await fileState(place(), 'a=1\n')).toBe('same');
  });

  test('fails clearly where it cannot write', async () => {
    writeFileSync(path.join(root, 'etc'), 'a file in the way');
    expect(await make('a=1\n')).toMatchObject({ outcome: 'failed', detail: expect.stringMatching(/ENOTDIR|EEXIST/) });
  });
});

describe('the timer', () => {
  const command = ['/usr/bin/node', '/usr/lib/node_modules/pkg-actions/dist/cli.js'];

  test('of systemd', () => {
    const files = systemdFiles(command, '04:05');
    expect(Object.keys(files)).toEqual([
      '/etc/systemd/system/pkg-actions-update-buildroots.service',
      '/etc/systemd/system/pkg-actions-update-buildroots.timer',
    ]);
    const text = Object.values(files).join('\n');
    expect(text).toContain(`ExecStart=${command.join(' ')} update-buildroots\n`);
    expect(text).toContain('OnCalendar=*-*-* 04:05:00\n');
  });

  test('of cron', () => {
    const [text] = Object.values(cronFiles(command, '04:05'));
    expect(text).toMatch(
      /^5 4 \* \* \* root set -a; \. \/etc\/pkg-actions\/update-buildroots\.env; nice \/usr\/bin\/node /m,
    );
  });

  test('reads its inputs from a file that systemd and a shell read alike', () => {
    expect(
      configurationText({ targets: 'debian-12,el9', state: '/srv/x', engine: undefined, 'tool-image': 'a:1' }),
    ).toBe(
      '# Inputs of pkg-actions update-buildroots, which runs every day.\nPKG_ACTIONS_TARGETS=debian-12,el9\nPKG_ACTIONS_STATE=/srv/x\nPKG_ACTIONS_TOOL_IMAGE=a:1\n',
    );
  });

  test.each([['/srv/a b'], ['$(x)'], ['a;b'], ['50%'], ["'"], ['a\nb']])(
    'refuses %j, which one of them reads otherwise',
    (value) => {
      expect(() => configurationText({ state: value })).toThrow(
        /input state: a value that a configuration file cannot hold/,
      );
      expect(() => systemdFiles([value], '04:05')).toThrow(/cannot hold/);
      expect(() => cronFiles([value], '04:05')).toThrow(/cannot hold/);
    },
  );
});
