import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { type DoctorReport, doctorJsonSchema } from '../../../src/doctor/report.ts';
import { doctorSummary } from '../../../src/doctor/table.ts';

const report: DoctorReport = {
  schema: 'pkg-actions/doctor/1',
  version: '1.2.3',
  host: 'builder-1',
  time: '2026-01-01T00:00:00.000Z',
  uses: ['deb'],
  reasons: ['deb: asked for'],
  result: 'failed',
  checks: [
    { id: 'a', title: 'A', group: 'Tools', status: 'ok', needed: true, found: '1.0' },
    {
      id: 'b/c',
      title: 'B | `C`',
      group: 'Tools',
      status: 'missing',
      needed: true,
      found: 'not on PATH <script>',
      expected: 'a tool',
      remedy: 'apt-get install c',
    },
    { id: 'd', title: 'D', group: 'Disks', status: 'failed', needed: false, found: 'no | such' },
    { id: 'e', title: 'E', group: 'Disks', status: 'warning', needed: true, found: 'little', expected: 'more' },
  ],
};

describe('the table', () => {
  const text = doctorSummary(report);

  test('begins with what is to be mended, and how', () => {
    expect(text).toMatch(/1 of what is needed is missing\. Looked at for: deb: asked for\./);
    expect(text).toMatch(
      /### To mend\n\n- \*\*B \\\| \\`C\\`\*\*: .*&lt;script&gt;; expected: a tool\n\n```text\napt-get install c\n```/,
    );
    expect(text).toMatch(/### Warnings\n\n- \*\*E\*\*: little; expected: more\n/);
  });

  test('has every check under its heading; what is not needed is not bold', () => {
    expect(text).toContain('| A | ok | `1.0` |');
    expect(text).toContain('| B \\| \\`C\\` | **missing** | `not on PATH <script>` |');
    expect(text).toContain('| D | failed, not needed | `no \\| such` |');
    expect(text.indexOf('### Tools')).toBeLessThan(text.indexOf('### Disks'));
  });

  test('of a host that has everything says so', () => {
    expect(doctorSummary({ ...report, result: 'ok', checks: report.checks.slice(0, 1) })).toContain(
      'Everything that is needed is there.',
    );
  });
});

test('the JSON Schema takes a report, and refuses what is none', () => {
  const validate = new Ajv({ strict: false, formats: { 'date-time': true } }).compile(doctorJsonSchema());
  expect(validate(report)).toBe(true);
  expect(validate({ ...report, checks: [{ id: 'a' }] })).toBe(false);
});
