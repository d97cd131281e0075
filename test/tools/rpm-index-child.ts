/** Reads the repository in the folder argv[2], for the one package of the name argv[3], and tells what it took. */
import { readRpmRepositories } from '../../src/repository/rpm-index/read.ts';
import { parseRpmLine } from '../../src/repository/rpm-index/source.ts';
import type { CandidateRpm } from '../../src/rpm/version-check.ts';

const [, , folder = '', name = ''] = process.argv;
const candidate: CandidateRpm = { kind: 'binary', name, version: '9-9', architecture: 'x86_64', sha256: '' };
const idle = process.resourceUsage().maxRSS;
const started = performance.now();
const contents = await readRpmRepositories(parseRpmLine(`rpm ${folder}`, 'test', String), {
  channel: 'c',
  candidates: [candidate],
});
process.stdout.write(
  JSON.stringify({
    packages: contents.flatMap(({ packages }) => packages),
    seconds: (performance.now() - started) / 1000,
    idleMegabytes: idle / 1024,
    megabytes: process.resourceUsage().maxRSS / 1024,
  }),
);
