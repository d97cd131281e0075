/** Runs of mock as it leaves them: recorded ones, and ones made of a spec's sections. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { LogLine, MockLog, MockRun } from '../../../src/builder/log/diagnosis.ts';

export const MOCK_FIXTURES = path.join(import.meta.dirname, '../../fixtures/mock');

export function mockCases(): string[] {
  return readdirSync(MOCK_FIXTURES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** A recorded run (`command.txt` says how it was called). */
export function recordedRun(name: string): MockRun {
  const read = (file: string): string | undefined => {
    const full = path.join(MOCK_FIXTURES, name, file);
    return existsSync(full) ? readFileSync(full, 'utf8') : undefined;
  };
  const exitCode = Number(read('exitcode'));
  const buildLog = read('build.log');
  const command = read('command.txt') ?? '';
  return {
    commands: command.includes('--buildsrpm') ? ['buildsrpm'] : command.includes('--init') ? ['init'] : ['rebuild'],
    stderr: read('stderr.txt') ?? '',
    buildLog,
    rootLog: read('root.log'),
    stateLog: read('state.log'),
    exitCode,
    end: 'exit',
    hasPackages: exitCode === 0 && /^Wrote: \S+\/RPMS\//m.test(buildLog ?? ''),
  };
}

export function textOf(run: MockRun, file: MockLog | undefined): string {
  if (file === 'build.log') return run.buildLog ?? '';
  if (file === 'root.log') return run.rootLog ?? '';
  return (file === 'state.log' ? run.stateLog : run.stderr) ?? '';
}

/** What the log has on the line of a quote. */
export function lineOf(run: MockRun, { file, number }: LogLine): string {
  return textOf(run, file).split('\n')[number - 1] ?? '';
}

const COMMAND = (mode: string) =>
  `Executing command: ['bash', '--login', '-c', '/usr/bin/rpmbuild -${mode} --noclean --target x86_64 --nodeps /builddir/build/SPECS/hello.spec'] with env {'TERM': 'vt100', 'LANG': 'C.UTF-8'} and shell False`;
const TARGET = 'Building target platforms: x86_64\nBuilding for target x86_64';

export interface MockBuildParts {
  /** Output of the section that fails. */
  readonly output: string;
  /** `%build` when absent. */
  readonly section?: string;
  /** After the sections; then no section fails. */
  readonly files?: string;
  /** Only `rpmbuild -bs` ran, and this is what it printed. */
  readonly source?: string;
  readonly code?: number;
}

const ORDER = ['%prep', '%build', '%install', '%check'];

/** Text of a build.log of a failed build. */
export function mockBuildLog({ output, section = '%build', files, source, code = 1 }: MockBuildParts): string {
  if (source !== undefined) return `Mock Version: 6.7\n${COMMAND('bs')}\n${source}\nChild return code was: ${code}\n`;
  const before = files === undefined ? ORDER.slice(0, Math.max(0, ORDER.indexOf(section))) : ORDER;
  const passed = before.map(
    (name) =>
      `Executing(${name}): /bin/sh -e /var/tmp/rpm-tmp.${name.slice(1)}A\n+ umask 022\n+ cd /builddir/build/BUILD\n+ cd hello-1.0\n+ RPM_EC=0\n+ jobs -p\n+ exit 0`,
  );
  const script = `/var/tmp/rpm-tmp.FaILed`;
  const last =
    files === undefined
      ? `Executing(${section}): /bin/sh -e ${script}\n+ umask 022\n+ cd /builddir/build/BUILD\n+ cd hello-1.0\n${output}\nerror: Bad exit status from ${script} (${section})\nRPM build errors:\n    Bad exit status from ${script} (${section})`
      : `Processing files: hello-1.0-1.x86_64\n${files}`;
  return [
    'Mock Version: 6.7',
    COMMAND('bs'),
    TARGET,
    'Wrote: /builddir/build/SRPMS/hello-1.0-1.src.rpm',
    'Child return code was: 0',
    COMMAND('bb'),
    TARGET,
    ...passed,
    last,
    `Child return code was: ${code}`,
    '',
  ].join('\n');
}

/** States of a build that came to rpmbuild, or to the build dependencies, or not through the setup of the root. */
export function mockStates(reached: 'setup' | 'dependencies' | 'build'): string {
  const setup = ['Mock Version: 6.7', 'Start: chroot init', 'Start: installing minimal buildroot with dnf'];
  const done = ['Finish: installing minimal buildroot with dnf', 'Finish: chroot init'];
  const build = ['Start: build phase for hello-1.0-1.src.rpm', 'Start: build setup for hello-1.0-1.src.rpm'];
  const after = ['Finish: build setup for hello-1.0-1.src.rpm'];
  const rpmbuild = ['Start: rpmbuild hello-1.0-1.src.rpm', 'Finish: rpmbuild hello-1.0-1.src.rpm'];
  const end = ['Finish: build phase for hello-1.0-1.src.rpm'];
  const lines = {
    setup,
    dependencies: [...setup, ...done, ...build, ...after, ...end],
    build: [...setup, ...done, ...build, ...after, ...rpmbuild, ...end],
  }[reached];
  return `${lines.map((line) => `2026-11-20 15:27:24,636 - ${line}`).join('\n')}\n`;
}

/** A build whose rpmbuild failed. */
export function mockBuildRun(parts: MockBuildParts, more: Partial<MockRun> = {}): MockRun {
  const { source, code = 1 } = parts;
  const mode = source === undefined ? 'bb' : 'bs';
  return {
    commands: ['rebuild'],
    stderr: `INFO: mock.py version 6.7 starting (python version = 3.11.2), args: mock --rebuild hello-1.0-1.src.rpm\nERROR: Exception(hello-1.0-1.src.rpm) Config(el9) 0 minutes 5 seconds\nERROR: Command failed: \n # bash --login -c '/usr/bin/rpmbuild -${mode} --noclean --target x86_64 --nodeps /builddir/build/SPECS/hello.spec'\n\n`,
    buildLog: mockBuildLog(parts),
    stateLog: mockStates(source === undefined ? 'build' : 'dependencies'),
    exitCode: code,
    end: 'exit',
    hasPackages: false,
    ...more,
  };
}

/** A run whose package manager failed with `output`. */
export function mockManagerRun(output: string, reached: 'setup' | 'dependencies', program = '/usr/bin/dnf-3'): MockRun {
  const argv =
    reached === 'setup' ? [program, '--installroot', '/r', 'install', 'base'] : [program, 'builddep', 'hello.src.rpm'];
  const quoted = `[${argv.map((word) => `'${word}'`).join(', ')}]`;
  const lines = output.split('\n').map((line) => `DEBUG util.py:461:  ${line}`);
  return {
    commands: ['rebuild'],
    stderr: `INFO: mock.py version 6.7 starting (python version = 3.11.2), args: mock --rebuild hello-1.0-1.src.rpm\nERROR: Exception(hello-1.0-1.src.rpm) Config(el9) 0 minutes 5 seconds\nERROR: Command failed: \n # ${argv.join(' ')}\n${output}\n\n`,
    rootLog: `DEBUG package_manager.py:295:  ${quoted}\nDEBUG util.py:558:  Executing command: ${quoted} with env {'TERM': 'vt100'} and shell False\n${lines.join('\n')}\nDEBUG util.py:610:  Child return code was: 1\nDEBUG util.py:185:  kill orphans in chroot /r\n`,
    stateLog: mockStates(reached),
    exitCode: 30,
    end: 'exit',
    hasPackages: false,
  };
}

/** A run that mock itself ended. */
export function mockErrorRun(stderr: string, exitCode: number): MockRun {
  return { commands: ['rebuild'], stderr, exitCode, end: 'exit', hasPackages: false };
}
