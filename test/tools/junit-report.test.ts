/** Reads our JUnit files with an XML parser that is not ours, Python's expat. */
import { expect, test } from 'vitest';
import { junit } from '../../src/builder/report/junit.ts';
import { run } from '../../src/process.ts';
import { failed, failedDependencies, HOSTILE_TEXTS, succeeded } from '../unit/report/build-reports.ts';

const COUNT = `
import sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
print(root.tag, [(suite.get('name'), [case.get('name') for case in suite], [child.tag for case in suite for child in case]) for suite in root])
`;

async function parse(xml: string): Promise<string> {
  return (await run(['python3', '-c', COUNT], { input: xml })).stdout;
}

test('builds of all kinds are well-formed XML', async () => {
  const reports = [succeeded(), failed('cmake-compile'), failed('network-maven'), failedDependencies('no-pubkey')];
  expect(await parse(junit(reports))).toContain("'hello 2.10-3 for debian-12/amd64'");
});

test('hostile text stays text', async () => {
  for (const text of HOSTILE_TEXTS) {
    const report = failed('javac', { package: text, version: text, logFile: text, seconds: new Map([[text, 1]]) });
    const quotes = [{ number: 1, text }];
    const hostile = { ...report, diagnosis: { ...report.diagnosis, reason: text, quotes, excerpt: quotes } };
    expect(await parse(junit([hostile]))).not.toContain("'forged'");
  }
});

test('every character that a log may hold', async () => {
  const text = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).join('');
  const report = failed('javac');
  expect(await parse(junit([{ ...report, diagnosis: { ...report.diagnosis, reason: text } }]))).toContain('testsuites');
});
