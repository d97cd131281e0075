import { describe, expect, test } from 'vitest';
import { CommandError, InfrastructureError, UserError } from '../../../src/errors.ts';
import { parseDestination } from '../../../src/mirror/destination.ts';
import { explainFailure, isAbsent, isVanished, mayPass } from '../../../src/mirror/failure.ts';

const place = parseDestination('mirror@www.example.org:/srv/mirror', '', (folder) => folder);

function failure(exitCode: number, stderr: string, end: 'exit' | 'cancelled' = 'exit'): CommandError {
  return new CommandError({ argv: ['rsync', 'x'], end, exitCode, signal: undefined, stdout: '', stderr });
}

describe('why rsync failed', () => {
  test.each([
    [255, 'Host key verification failed.\nrsync error: unexplained error (code 255)', /host key of the mirror/, false],
    [255, 'me@host: Permission denied (publickey).', /does not let us in by ssh/, false],
    [255, 'ssh: connect to host h port 22: Connection refused', /connection refused/, true],
    [255, 'ssh: Could not resolve hostname h: Name or service not known', /no such host/, true],
    [5, '@ERROR: auth failed on module mirror', /does not take user and password/, false],
    [5, '@ERROR: max connections (4) reached -- try again later', /too many connections/, true],
    [5, "@ERROR: Unknown module 'x'", /no such module/, false],
    [11, 'rsync: [receiver] write failed on "x": No space left on device (28)', /no space left/, false],
    [12, 'rsync: connection unexpectedly closed (0 bytes received so far) [sender]', /connection was cut/, true],
    [30, 'rsync error: timeout in data send/receive (code 30) at io.c(1)', /does not answer in time/, true],
    [10, 'rsync error: error in socket IO (code 10) at clientserver.c(1)', /connection was cut/, true],
    [127, 'bash: line 1: rsync: command not found', /no rsync on the mirror/, false],
    [23, 'rsync: [generator] chgrp failed: Operation not permitted (1)', /may not write there/, false],
    [25, 'Deletions stopped due to --max-delete limit (3 skipped)', /rsync failed/, false],
  ] as const)('%i: %s', (code, stderr, what, passes) => {
    const error = failure(code, stderr);
    expect(mayPass(error)).toBe(passes);
    const explained = explainFailure(error, place, 'pool');
    expect(explained.message).toMatch(what);
    expect(explained.message).toContain('mirror@www.example.org:/srv/mirror, pool');
    if (passes) expect(explained).toBeInstanceOf(InfrastructureError);
  });

  test('a cancelled one does not pass, and neither does what is no command', () => {
    expect(mayPass(failure(20, 'Connection reset', 'cancelled'))).toBe(false);
    expect(mayPass(new Error('x'))).toBe(false);
  });

  test('knows what is not there, and what vanished', () => {
    for (const text of ['[sender] change_dir "x" (in mirror)', '[sender] link_stat "/x"'])
      expect(isAbsent(failure(23, `rsync: ${text} failed: No such file or directory (2)`))).toBe(true);
    const restricted =
      '/usr/bin/rrsync error: post-realpath open failed (race detected): /deb/ No such file or directory';
    expect(isAbsent(failure(12, `${restricted}\nrsync: connection unexpectedly closed`))).toBe(true);
    const refused = 'rsync: [sender] change_dir "x" (in mirror) failed: No such file or directory (2)';
    expect(mayPass(failure(12, `${refused}\nrsync: read error: Connection reset by peer (104)`))).toBe(false);
    expect(isAbsent(failure(23, 'rsync: [sender] change_dir "/x" failed: Permission denied (13)'))).toBe(false);
    expect([23, 24, 12].map((code) => isVanished(failure(code, '')))).toEqual(['maybe', true, false]);
  });

  test('a bug stays a bug; what the system says is told', () => {
    const bug = new TypeError('x is undefined');
    expect(() => explainFailure(bug, place, 'pool')).toThrow(bug);
    const full = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
    expect(explainFailure(full, place, 'pool')).toBeInstanceOf(UserError);
  });
});
