/** The heart of patch mode: whatever changed since the tag, the source package unpacks to the commit, or we say why not. */
import { describe, expect, it } from 'vitest';
import { RecordingHost } from '../../src/host/recording.ts';
import { run } from '../../src/process.ts';
import type { DebSourceRequest } from '../../src/source/deb-request.ts';
import { differingPaths, readFolder } from '../../src/source/folder.ts';
import { prepareDebSource } from '../../src/source/prepare-deb.ts';
import { CODE, debianFiles, type FileSpec, Project, scratchFolder } from '../unit/source/fixture.ts';

function request(project: Project, output: string, parts: Partial<DebSourceRequest> = {}): DebSourceRequest {
  return {
    code: project.folder,
    ref: 'HEAD',
    deepen: false,
    targetNames: [],
    output,
    version: { scheme: 'commits', suffix: '', upstreamFrom: 'auto', tagPattern: '*[0-9]*', pastTag: 'auto' },
    entry: { commits: 10 },
    orig: [],
    origBase: project.folder,
    downloads: `${project.folder}-downloads`,
    compression: 'gzip',
    submodules: 'include',
    ...parts,
  };
}

/** Unpacks `dsc` with dpkg-source and compares it with the checkout, debian/ left out. */
async function differences(dsc: string, project: Project, into: string): Promise<string[]> {
  await run(['dpkg-source', '--no-check', '-x', dsc, into]);
  const skip = ['debian', '.pc', '.git'];
  return differingPaths(await readFolder(into, 'sha1', skip), await readFolder(project.folder, 'sha1', skip));
}

/** Reproducible numbers (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

type Random = ReturnType<typeof random>;

const NAMES = [
  'a',
  'b.txt',
  'c d',
  'ünï',
  'd/e',
  'd/f',
  'd/g/h',
  '-dash',
  'quo"te',
  'back\\slash',
  'i',
  'j',
  "k'l",
  '$(x)',
  'CR',
];

function content(next: Random): string | Buffer {
  const lines = () => Array.from({ length: next(12) }, () => `line ${next(6)}`).join('\n');
  switch (next(9)) {
    case 0:
      return '';
    case 1:
      return Buffer.from(Array.from({ length: 1 + next(400) }, () => next(256)));
    case 2:
      return `${lines()}\r\nx\r\n${lines()}\r`;
    case 3:
      return lines();
    case 4:
      return '--- a/b\n+++ b/b\n@@ -1 +1 @@\n-x\n+y\ndiff --git a/x b/x\n';
    case 5:
      return '\n\n\n';
    case 6:
      return Buffer.from([0xff, 0xfe, 0x0a, 0xe9, 0x0a]);
    default:
      return `${lines()}\n`;
  }
}

function spec(next: Random): FileSpec {
  const kind = next(10);
  if (kind === 0) return { link: ['a', '../up', 'd/e', '/etc/passwd'][next(4)] ?? 'a' };
  const made = content(next);
  return kind === 1 ? { executable: String(made) } : made;
}

describe('the difference to the orig tarball', () => {
  it.each(['3.0 (quilt)', '1.0'] as const)('on random trees, format %s', async (format) => {
    const next = random(format === '1.0' ? 7 : 42);
    const forms = { patch: 0, snapshot: 0 };
    for (let round = 0; round < 24; round++) {
      await using scratch = await scratchFolder();
      const project = await Project.create(`${scratch.path}/hello`);
      const first: Record<string, FileSpec> = { ...CODE };
      for (const name of NAMES) if (next(2) === 0) first[name] = spec(next);
      await project.commit('Import', { ...first, ...debianFiles('hello', '1.2-1', format) });
      await project.tag('v1.2');
      const second: Record<string, FileSpec> = {};
      // Few changes at a time, or every round would have one that no patch carries.
      for (let change = 0; change <= next(4); change++) {
        const name = NAMES[next(NAMES.length)] ?? 'a';
        second[name] = next(4) === 0 && name in first ? null : spec(next);
      }
      await project.commit('Change', second);
      const host = new RecordingHost({}, { workspace: scratch.path });
      const prepared = await prepareDebSource(request(project, `${scratch.path}/out`), host);
      const label = `round ${round}: ${JSON.stringify({ first, second, version: prepared.version })}`;
      expect(await differences(prepared.dsc, project, `${scratch.path}/x`), label).toEqual([]);
      const isSnapshot = prepared.version.includes('.g');
      forms[isSnapshot ? 'snapshot' : 'patch']++;
      expect(host.annotations('warning').length, label).toBe(isSnapshot ? 1 : 0);
    }
    // Both ways were taken, or the test says little.
    expect(forms.patch).toBeGreaterThan(4);
    expect(forms.snapshot).toBeGreaterThan(2);
  });

  it('carries binaries, modes, new links, removals, odd names, line ends', async () => {
    await using scratch = await scratchFolder();
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Import', {
      ...CODE,
      ...debianFiles('hello', '1.2-1'),
      bin: Buffer.from([0, 1, 2, 10, 13, 0]),
      gone: Buffer.from([0, 255]),
      plain: 'x\n',
      crlf: 'a\r\nb\r\n',
      'no-end': 'a',
      'empty-gone': '',
      'was-empty': '',
    });
    await project.tag('v1.2');
    await project.commit('Change', {
      bin: Buffer.from([0, 1, 3, 10, 10, 0]),
      'new-bin': Buffer.from([0, 0, 0]),
      gone: null,
      plain: { executable: 'x\n' },
      crlf: 'a\r\nc\r\n',
      'no-end': 'b',
      'empty-gone': null,
      'was-empty': 'x',
      'new/dir/link': { link: '../../README.md' },
      'with space': 'y\n',
      ünï: 'z\n',
    });
    const host = new RecordingHost({}, { workspace: scratch.path });
    const prepared = await prepareDebSource(request(project, `${scratch.path}/out`), host);
    expect(prepared.version).toBe('1.2-1+git1');
    expect(prepared.changedFiles).toBe(11);
    expect(await differences(prepared.dsc, project, `${scratch.path}/x`)).toEqual([]);
  });

  it('carries a change of modes alone', async () => {
    await using scratch = await scratchFolder();
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Import', { ...CODE, ...debianFiles('hello', '1.2-1'), plain: 'x\n' });
    await project.tag('v1.2');
    await project.commit('Change', { plain: { executable: 'x\n' } });
    const host = new RecordingHost({}, { workspace: scratch.path });
    const prepared = await prepareDebSource(request(project, `${scratch.path}/out`), host);
    expect(await differences(prepared.dsc, project, `${scratch.path}/x`)).toEqual([]);
  });
});
