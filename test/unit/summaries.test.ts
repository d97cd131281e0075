/** Summaries of ten thousand packages: readable, and far below the 1 MiB that platforms take. */
import { expect, test } from 'vitest';
import { markdownTable } from '../../src/actions/check-version/table.ts';
import { differenceTable, markdown, packageTable } from '../../src/actions/manage-repository/tables.ts';
import { planSummary } from '../../src/actions/sign-publish/report-plan.ts';
import type { PublishPlan } from '../../src/repository/publish-plan/document.ts';
import type { SnapshotPackage } from '../../src/repository/snapshot.ts';

const MANY = Array.from({ length: 10_000 }, (_, index) => index);
const long = 'a-package-with-a-name-as-long-as-anybody-would-like-to-write-it';
const common = { kind: 'binary', version: '1:2026.01.02+dfsg-1~deb12u1', architecture: 'amd64' } as const;
const names = MANY.map((index) => ({ ...common, name: `${long}-${index}` }));
const key = 'A'.repeat(40);

const plan = {
  verdict: 'refused',
  repository: '/srv/repository',
  channel: 'latest',
  format: 'deb',
  channels: [{ name: 'latest', snapshot: '20260102T030405Z-1a2b3c', createdAt: '', packages: 10_000, signedBy: key }],
  settings: { before: null, after: {}, changed: [] },
  key: { signs: key, before: [key], changes: [] },
  packages: names.map((each, index) => ({
    ...each,
    type: 'deb',
    action: index === 9_999 ? 'conflict' : 'upgrade',
    refused: index === 9_999,
    replaces: ['1:2025.01.02+dfsg-1'],
    message: 'the version is published already',
  })),
  superseded: [],
  withdrawn: names,
  staying: [],
  overrides: [],
  given: {},
  reasons: [],
} as unknown as PublishPlan;

const file = { path: 'pool/x', size: 1, sha256: '' };
const packages = names.map(
  (each): SnapshotPackage => ({ ...each, type: 'deb', source: 's', sourceVersion: '1', files: [file] }),
);
const difference = names.map(
  ({ version, ...each }) => ({ ...each, change: 'added', source: 's', to: version }) as const,
);
const checked = names.map((candidate, index) => ({
  candidate: { ...candidate, sha256: '' },
  outcome: index === 9_999 ? ('conflict' as const) : ('new' as const),
}));

test.each([
  ['a plan', planSummary(plan), 'the plan has all of them', 2],
  ['a list', markdown(packageTable('Packages', packages)), 'the report (input `report`) has all of them', 1],
  ['a difference', markdown(differenceTable('Difference', difference)), 'the report (input `report`) has', 1],
  ['a version check', markdownTable(checked), 'the report (input `report`) has all of them', 1],
])('%s', (_, text, whole, tables) => {
  expect(Buffer.byteLength(text)).toBeLessThan(512 * 1024);
  expect(text.match(/^\.\.\. and 9,500 more; .*$/gm)).toHaveLength(tables);
  expect(text).toContain(whole);
});

test('what is wrong is shown, however long the table is', () => {
  expect(planSummary(plan)).toContain(`${long}-9999`);
  expect(markdownTable(checked)).toMatch(new RegExp(`${long}-9999 .*\\*\\*conflict\\*\\*`));
});
