import { describe, expect, test } from 'vitest';
import { type Check, type DoctorContext, type Finding, makeChecks } from '../../../src/doctor/check.ts';
import { versionIn } from '../../../src/doctor/checks/tools.ts';
import { doctorReportSchema, failuresOf, resultOf } from '../../../src/doctor/report.ts';
import { askedUses } from '../../../src/doctor/uses.ts';
import { isOlder } from '../../../src/doctor/version.ts';
import { CancelledError, CommandError, UserError } from '../../../src/errors.ts';

const never = new AbortController().signal;

function context(more: Partial<DoctorContext> = {}): DoctorContext {
  return {
    state: '/nowhere',
    work: '/nowhere',
    temporary: '/nowhere',
    wanted: new Set(['deb']),
    isRoot: true,
    family: 'debian',
    now: new Date('2026-01-01T00:00:00Z'),
    signal: never,
    ...more,
  };
}

function check(id: string, look: Check['look'], more: Partial<Check> = {}): Check {
  return { id, title: id, group: 'Tests', uses: ['deb'], look, ...more };
}

const fine = async (): Promise<Finding> => ({ status: 'ok', found: 'there' });

describe('checks', () => {
  test('results are in the order of the checks, whichever ends first', async () => {
    const gate = Promise.withResolvers<void>();
    const results = await makeChecks(
      [
        check('first', async () => {
          await gate.promise;
          return fine();
        }),
        check('second', async () => {
          gate.resolve();
          return fine();
        }),
      ],
      context(),
    );
    expect(results.map(({ id, status }) => [id, status])).toEqual([
      ['first', 'ok'],
      ['second', 'ok'],
    ]);
  });

  test('what a check says of several things has an id, a title and uses for each', async () => {
    const results = await makeChecks(
      [
        check('tools', async () => [
          { part: 'one', title: 'One', status: 'missing', found: 'no' },
          { part: 'two', title: 'Two', status: 'missing', found: 'no', uses: ['rpm'] },
        ]),
      ],
      context(),
    );
    expect(results).toEqual([
      { id: 'tools/one', title: 'One', group: 'Tests', needed: true, status: 'missing', found: 'no' },
      { id: 'tools/two', title: 'Two', group: 'Tests', needed: false, status: 'missing', found: 'no' },
    ]);
    expect(failuresOf(results).map(({ id }) => id)).toEqual(['tools/one']);
  });

  test('one that gives no answer is told so, is aborted, and holds nobody up', async () => {
    let wasAborted = false;
    const hanging = check(
      'hangs',
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            wasAborted = true;
            // Later than anybody asks.
            resolve({ status: 'ok', found: 'after all' });
          });
        }),
      { seconds: 0.05 },
    );
    const deaf = check('deaf', () => new Promise(() => {}), { seconds: 0.05 });
    const results = await makeChecks([hanging, deaf, check('fine', fine)], context(), 2);
    expect(results.map(({ id, status, found }) => [id, status, found])).toEqual([
      ['hangs', 'failed', 'no answer within 0.05 s'],
      ['deaf', 'failed', 'no answer within 0.05 s'],
      ['fine', 'ok', 'there'],
    ]);
    expect(wasAborted).toBe(true);
  });

  test('what tools and the system say is a finding; a bug is not', async () => {
    const failure = { argv: ['x'], end: 'exit', exitCode: 3, signal: undefined, stdout: '', stderr: 'oh\nno' } as const;
    const system = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', syscall: 'open' });
    const thrown = async (error: Error) =>
      await makeChecks(
        [
          check('x', async () => {
            throw error;
          }),
        ],
        context(),
      );
    for (const error of [new CommandError(failure), new UserError({ what: 'not so' }), system]) {
      expect(await thrown(error)).toMatchObject([{ status: 'failed', found: error.message }]);
    }
    await expect(thrown(new TypeError('x is not a function'))).rejects.toThrow(TypeError);
  });

  test('root alone may look at some', async () => {
    const results = await makeChecks([check('secret', fine, { root: true })], context({ isRoot: false }));
    expect(results).toMatchObject([{ status: 'skipped', found: 'only root can look' }]);
  });

  test('a cancelled run ends', async () => {
    const cancelled = new AbortController();
    const running = makeChecks(
      [
        check('x', async ({ signal }) => {
          cancelled.abort();
          signal.throwIfAborted();
          return fine();
        }),
        check('y', fine),
      ],
      context({ signal: cancelled.signal }),
      1,
    );
    await expect(running).rejects.toThrow(CancelledError);
  });

  test('what is found is on one line', async () => {
    const results = await makeChecks([check('x', async () => ({ status: 'ok', found: 'a\nb\u001b[31m' }))], context());
    expect(results[0]?.found).toBe('a\\u000ab\\u001b[31m');
  });
});

describe('the result', () => {
  const result = (status: Finding['status'], needed: boolean) =>
    resultOf([{ id: 'x', title: 'x', group: 'x', found: '', status, needed }]);

  test.each([
    ['ok', true, 'ok'],
    ['warning', true, 'warnings'],
    ['warning', false, 'ok'],
    ['missing', true, 'failed'],
    ['failed', true, 'failed'],
    ['failed', false, 'ok'],
    ['skipped', true, 'ok'],
  ] as const)('%s, needed %s: %s', (status, needed, expected) => {
    expect(result(status, needed)).toBe(expected);
  });

  test('has a schema that knows every status', () => {
    const report = {
      schema: 'pkg-actions/doctor/1',
      version: '1',
      host: 'x',
      time: '2026-01-01T00:00:00.000Z',
      uses: ['deb'],
      reasons: [],
      result: 'ok',
      checks: [{ id: 'x', title: 'x', group: 'x', status: 'ok', needed: true, found: '' }],
    };
    expect(doctorReportSchema.safeParse(report).success).toBe(true);
    expect(doctorReportSchema.safeParse({ ...report, result: 'fine' }).success).toBe(false);
  });
});

describe('uses', () => {
  test('publish is that of both formats', () => {
    expect([...askedUses(['deb', 'publish']).uses]).toEqual(['deb', 'publish-deb', 'publish-rpm']);
  });

  test('a word that is none is an error', () => {
    expect(() => askedUses(['debs'])).toThrow(/input for: .*found "debs", expected publish, deb, rpm/);
  });
});

describe('versions', () => {
  test.each([
    ['2.38.1', '2.33', false],
    ['2.9', '2.33', true],
    ['4.18.0-553.el8', '4.18', false],
    ['0.7', '0.7.0', false],
    ['0.6.9', '0.7', true],
    ['6', '4.18', false],
  ])('%s before %s: %s', (version, least, expected) => {
    expect(isOlder(version, least)).toBe(expected);
  });

  test.each([
    ['unshare from util-linux 2.38.1', '2.38.1'],
    ['sbuild (Debian sbuild) 0.85.0 (04 January 2023)', '0.85.0'],
    ["Debian 'dpkg' package management program version 1.21.22 (amd64).", '1.21.22'],
    ['gpgv (GnuPG) 2.2.40\nlibgcrypt 1.10.1', '2.2.40'],
    ['reprepro: This is reprepro version 5.3.1', '5.3.1'],
    ['ip utility, iproute2-6.1.0, libbpf 1.1.2', '6.1.0'],
    ['Version: 0.17.3 (Features: DeltaRPM )', '0.17.3'],
    ['dnf5 version 5.2.6.2', '5.2.6.2'],
    ['RPM version 4.18.0', '4.18.0'],
    ['docker, v28.2.2', '28.2.2'],
    ['no version here', undefined],
  ])('%s says %s', (text, version) => {
    expect(versionIn(text)).toBe(version);
  });
});
