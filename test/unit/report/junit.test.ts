import { describe, expect, test } from 'vitest';
import { escapeXml, junit } from '../../../src/builder/report/junit.ts';
import { failed, failedDependencies, HOSTILE_TEXTS, succeeded } from './build-reports.ts';

describe('junit', () => {
  test('a failure of the package is a failure of the case that its phase lies in', () => {
    const xml = junit([failed('automake-test')]);
    expect(xml.split('\n').slice(0, 8)).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites tests="3" failures="1" errors="0" time="19.750">',
      '<testsuite name="hello 2.10-3 for debian-12/amd64" tests="3" failures="1" errors="0" skipped="0" time="19.750">',
      '  <testcase classname="hello.debian-12.amd64" name="open session" time="0.250"/>',
      '  <testcase classname="hello.debian-12.amd64" name="dependencies" time="4.000"/>',
      '  <testcase classname="hello.debian-12.amd64" name="build" time="15.500">',
      '    <failure message="2 tests failed: bad.sh and bad2.sh" type="automake-test">2 tests failed: bad.sh and bad2.sh.',
      'Phase: test',
    ]);
    expect(xml).toContain(
      '\n109: FAIL: bad.sh\n110: ERROR: bad2.sh\n149: make[3]: *** [Makefile:663: test-suite.log] Error 1\n',
    );
    expect(xml).toContain(
      '\nWhole log: out/hello_2.10-3_amd64.build</failure>\n  </testcase>\n</testsuite>\n</testsuites>\n',
    );
  });

  test('a failure of the infrastructure is an error', () => {
    const xml = junit([failedDependencies('hash-sum-package')]);
    expect(xml).toContain('<testsuites tests="2" failures="0" errors="1" time="4.250">');
    expect(xml).toContain(
      'name="dependencies" time="4.000">\n    <error message="the archive changed while it was read:',
    );
    expect(xml).not.toContain('<failure');
  });

  test('a success has a case per phase, and several builds are added up', () => {
    const xml = junit([succeeded(), failed('javac'), failedDependencies('no-pubkey')]);
    expect(xml).toContain('<testsuites tests="8" failures="1" errors="1" time="43.750">');
    expect(xml.match(/<testsuite /g)).toHaveLength(3);
    expect(xml).toContain('<testcase classname="hello.debian-12.amd64" name="build" time="15.500"/>');
  });

  test('a build without times has a case too', () => {
    expect(junit([succeeded({ seconds: new Map() })])).toContain('name="build" time="0.000"/>');
    expect(junit([failed('javac', { seconds: new Map() })])).toContain('tests="1" failures="1"');
  });

  test('no text of a build makes an element', () => {
    for (const text of HOSTILE_TEXTS) {
      const report = failed('javac', { package: text, logFile: text, seconds: new Map([[text, 1]]) });
      const hostile = { ...report, diagnosis: { ...report.diagnosis, reason: text, quotes: [{ number: 1, text }] } };
      const xml = junit([hostile]);
      expect(xml.match(/<[a-z]/g)).toHaveLength(4);
      expect(xml).not.toContain('<script');
    }
  });
});

describe('escapeXml', () => {
  test.each([
    [`<a b="c">&'</a>`, '&lt;a b=&quot;c&quot;&gt;&amp;&apos;&lt;/a&gt;'],
    ['a\u0000\u0008\u000b\u001fb', 'ab'],
    ['tab\tline\nreturn\r', 'tab\tline\nreturn&#13;'],
    ['\ud800 \ufffe\uffff😀', '\ufffd 😀'],
  ])('%j', (text, expected) => {
    expect(escapeXml(text)).toBe(expected);
  });
});
