import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainClient } from '../../../src/buildroot/engine/clients.ts';
import { defaultBase, failureLine, imageName } from '../../../src/buildroot/engine/images.ts';
import { assetPath } from '../../../src/config/assets.ts';
import { CommandError, InfrastructureError, UserError } from '../../../src/errors.ts';

const failure = (stderr: string, stdout = '', end: 'exit' | 'timeout' = 'exit') =>
  new CommandError({ argv: ['docker'], end, exitCode: 1, signal: undefined, stdout, stderr, timeoutSeconds: 30 });

describe('tool images', () => {
  it('are named by Dockerfile and base', () => {
    const names = [
      imageName('deb', 'FROM a', '1'),
      imageName('deb', 'FROM b', '1'),
      imageName('deb', 'FROM a', '2'),
      imageName('rpm', 'FROM a', '1'),
    ];
    expect(new Set(names).size).toBe(4);
    expect(names[0]).toMatch(/^pkg-actions\/sbuild:[0-9a-f]{16}$/);
    expect(imageName('deb', 'FROM a', '1')).toBe(names[0]);
  });

  it('have a base that any engine can find without a search list', () => {
    for (const name of ['sbuild', 'mockbuild']) {
      const base = defaultBase(readFileSync(assetPath('containers', name, 'Dockerfile'), 'utf8'));
      expect(base).toMatch(/^[a-z.]+\.[a-z]+\/[a-z/]+:[a-z0-9]+$/);
    }
  });

  it('fail with what apt or dnf said', () => {
    const apt = '\u001b[91mE: Unable to locate package sbuild\n\u001b[0mRemoving intermediate container';
    expect(failureLine(failure("The command '/bin/sh' returned a non-zero code: 100", apt))).toBe(
      'E: Unable to locate package sbuild',
    );
    const dnf = '#6 3.21 Error: Unable to find a match: mock\n#6 ERROR: process did not complete';
    expect(failureLine(failure(dnf))).toBe('Error: Unable to find a match: mock');
  });
});

describe('a failure of the client', () => {
  it("is the machine's where nobody answers", () => {
    const text = 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?';
    expect(explainClient('docker', failure(text))).toBeInstanceOf(InfrastructureError);
    expect(explainClient('docker', failure('', '', 'timeout'))).toBeInstanceOf(InfrastructureError);
  });

  it("is the person's where the socket is not theirs", () => {
    const text = 'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock';
    const error = explainClient('docker', failure(text));
    expect(error).toBeInstanceOf(UserError);
    expect(error).not.toBeInstanceOf(InfrastructureError);
    expect(String(error)).toMatch(/group docker/);
  });

  it('stays what it is where the daemon tells of a registry', () => {
    const error = failure('Error response from daemon: Get "https://r.example/v2/": dial tcp: lookup r: no such host');
    expect(explainClient('docker', error)).toBe(error);
  });
});
