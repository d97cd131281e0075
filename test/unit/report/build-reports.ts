/** Builds to be reported, made from recorded logs. */
import { diagnoseSbuild } from '../../../src/builder/log/classify.ts';
import { locateDiagnostics } from '../../../src/builder/log/map-path.ts';
import type { BuildReport } from '../../../src/builder/report/build-report.ts';
import { fixture, sbuildLog } from '../log/sbuild-log.ts';

const COMMON = {
  package: 'hello',
  version: '2.10-3',
  target: 'debian-12',
  architecture: 'amd64',
  files: [],
  seconds: new Map([
    ['open session', 0.25],
    ['dependencies', 4],
    ['build', 15.5],
  ]),
  logFile: 'out/hello_2.10-3_amd64.build',
} as const;

/** A build that fails with the output of test/fixtures/logs/build/`name`.txt. */
export function failed(name: string, rest: Partial<BuildReport> = {}): BuildReport {
  return failedWith(fixture(`build/${name}.txt`), rest);
}

/** A build that fails with this output of dpkg-buildpackage. All files of the source are in the repository. */
export function failedWith(output: string, rest: Partial<BuildReport> = {}): BuildReport {
  const diagnosis = diagnoseSbuild({ log: sbuildLog({ build: output }), exitCode: 2, end: 'exit', hasChanges: false });
  const diagnostics = locateDiagnostics(diagnosis.diagnostics, { prefixes: [{ prefix: '', to: '' }] });
  return { ...COMMON, diagnosis: { ...diagnosis, diagnostics }, ...rest };
}

/** A build whose dependencies could not be installed, as test/fixtures/logs/apt/`name`.txt says. */
export function failedDependencies(name: string, rest: Partial<BuildReport> = {}): BuildReport {
  const diagnosis = diagnoseSbuild({ log: fixture(`apt/${name}.txt`), exitCode: 100, end: 'exit', hasChanges: false });
  const seconds = new Map([...COMMON.seconds].slice(0, 2));
  return { ...COMMON, diagnosis, seconds, ...rest };
}

export function succeeded(rest: Partial<BuildReport> = {}): BuildReport {
  const log = fixture('sbuild/sb85-s-success.log');
  return {
    ...COMMON,
    diagnosis: diagnoseSbuild({ log, exitCode: 0, end: 'exit', hasChanges: true }),
    files: [
      { name: 'hello_2.10-3_amd64.deb', size: 53_112 },
      { name: 'hello_2.10-3_amd64.changes', size: 1712 },
    ],
    ...rest,
  };
}

/** Text that breaks out of careless XML, Markdown, tables and fences. */
export const HOSTILE_TEXTS = [
  ']]></failure></testcase><testcase name="forged"/>',
  '"><script>alert(1)</script>&amp;&#0;',
  '`````\n# forged heading\n![x](http://evil.example/x.png) @everyone',
  '| a | b |\n|---|---|\n<img src=x onerror=y> [link](javascript:x) **bold**',
  '\u0000\u0008\u000b\u001b[31m\ufffe\uffff\ud800\u202e',
] as const;
