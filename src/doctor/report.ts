/** What doctor found, for programs: `schema/doctor.schema.json` is made of this. */
import { z } from 'zod';
import { type CheckResult, STATUSES, USES } from './check.ts';

export const doctorReportSchema = z
  .strictObject({
    schema: z.literal('pkg-actions/doctor/1'),
    version: z.string().describe('Version of pkg-actions.'),
    host: z.string().describe('Name of this machine.'),
    time: z.iso.datetime().describe('When it was looked at.'),
    uses: z.array(z.enum(USES)).describe('What the host is to be for.'),
    reasons: z.array(z.string()).describe('How that is known, for people.'),
    result: z
      .enum(['ok', 'warnings', 'failed'])
      .describe('`failed` where something that one of the uses needs is missing or failed.'),
    checks: z.array(
      z.strictObject({
        id: z.string().describe('Stays the same between versions: `namespaces/user`, `tools/sbuild`.'),
        title: z.string(),
        group: z.string(),
        status: z
          .enum(STATUSES)
          .describe('`missing`: a tool or file that is not there. `skipped`: not looked at; `found` says why.'),
        needed: z.boolean().describe('Whether one of the uses needs it: else it counts for nothing.'),
        found: z.string(),
        expected: z.string().optional(),
        remedy: z.string().optional().describe('The command or the change that mends it.'),
      }),
    ),
  })
  .describe('The state of a build host, by `pkg-actions doctor`.');

export type DoctorReport = z.infer<typeof doctorReportSchema>;

/** The JSON Schema (draft 7) of the report. */
export function doctorJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(doctorReportSchema, { io: 'output', target: 'draft-7' });
  return { $schema, title: 'doctor', ...schema };
}

/** `failed` by what is needed alone; a warning is one whatever it is about. */
export function resultOf(checks: readonly CheckResult[]): DoctorReport['result'] {
  if (failuresOf(checks).length > 0) return 'failed';
  return checks.some(({ status, needed }) => status === 'warning' && needed) ? 'warnings' : 'ok';
}

/** What is needed and not there. */
export function failuresOf<C extends Pick<CheckResult, 'status' | 'needed'>>(checks: readonly C[]): C[] {
  return checks.filter(({ status, needed }) => needed && (status === 'missing' || status === 'failed'));
}
