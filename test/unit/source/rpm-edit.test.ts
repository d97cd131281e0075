import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExpandedSpec, SpecExpander } from '../../../src/rpm/spec-expander.ts';
import { withRelease } from '../../../src/source/rpm-edit.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'rpm-edit-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Sets Release to `value`, which rpm then says is `expanded`. */
async function set(value: string, expanded: string): Promise<string> {
  const spec = (release: string): ExpandedSpec => ({
    name: 'a',
    version: '1',
    release,
    sources: [],
    epoch: undefined,
    changelog: undefined,
    parsed: '',
  });
  const expander: SpecExpander = {
    folder,
    rpmVersion: '4',
    expand: async () => spec(expanded),
    packSource: async () => '',
  };
  const file = { path: 'a.spec', name: 'a.spec', where: 'a.spec', text: 'Name: a\nRelease: 0\n', beside: new Map() };
  const text = { versionSuffix: '', release: value, mark: undefined };
  return await withRelease(expander, file, spec('0'), { version: undefined, release: '0', text }).then(
    () => 'taken',
    (error: unknown) => (error as Error).message,
  );
}

describe('withRelease', () => {
  it.each([
    ['2', '2'],
    ['1%{?dist}.git2', '1.el9.git2'],
    ['1%{?dist}.git2', '1.git2'],
    ['%{base}%{?dist}', '1.el9'],
    ['1%{?with_x:a.}b%dist', '1a.b.el9'],
    ['1%{?a:%{b}}.2.%{c}.2', '1.2.x.2'],
  ])('takes %s for %s', async (value, expanded) => {
    expect(await set(value, expanded)).toBe('taken');
  });

  it.each([
    ['2', '3'],
    ['1%{?dist}.git2', '1.el9.git3'],
    ['1%{?dist}.git2', '2.el9.git2'],
    // Nothing is counted twice.
    ['1.2%{?dist}.2.3', '1.2.3'],
    ['1%{a}.2%{b}.2', '1.2'],
    ['1%{a}.x%{b}', '1.y'],
  ])('does not take %s for %s', async (value, expanded) => {
    expect(await set(value, expanded)).toContain('setting Release in the spec has no effect');
  });

  it('takes no time over a Release of many macros', async () => {
    for (const count of [5, 10_000]) {
      const started = performance.now();
      expect(await set(`1${'%{a}'.repeat(count)}.2`, `1${'a'.repeat(200)}`)).toContain('has no effect');
      expect(performance.now() - started).toBeLessThan(1000);
    }
  });

  it('refuses a Release that is out of all measure', async () => {
    const text = `Name: a\nRelease: ${'1'.repeat(70_000)}\n`;
    const file = { path: 'a.spec', name: 'a.spec', where: 'a.spec', text, beside: new Map() };
    const wanted = {
      version: undefined,
      release: '0',
      text: { versionSuffix: '', release: '2', mark: undefined },
    };
    await expect(withRelease({} as SpecExpander, file, {} as ExpandedSpec, wanted)).rejects.toThrow(
      "a.spec:2: the spec's Release is too long (found 70000 bytes, expected 65536 at most)",
    );
  });
});
