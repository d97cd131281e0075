/**
 * Where builds must be signed: every .changes of a build by a key that may, and every file that is published covered by
 * one of them. By SHA-256, as the weaker digests prove nothing; parts of a source package by its .dsc, which is covered.
 */
import { parseSingleParagraph, stripSignature } from '../../deb/control.ts';
import { UserError } from '../../errors.ts';
import { type Build, filesOf, shown } from '../builds.ts';
import type { Provenance } from '../provenance.ts';
import { readListed, readText } from './text-files.ts';

/**
 * Verifies the builds, before anything else of them is read. The digests are those of the manifests, with which
 * everything that is published is compared in the end.
 *
 * @throws UserError naming the file, who signed, and who may.
 */
export async function checkSignedBuilds(builds: readonly Build[], provenance: Provenance): Promise<void> {
  for (const build of builds) await checkSignedBuild(build, provenance);
}

async function checkSignedBuild(build: Build, provenance: Provenance): Promise<void> {
  const expected = `a signature by ${provenance.signers.fingerprints.join(' or ')}`;
  const changes = filesOf(build, 'changes');
  if (changes.length === 0) {
    throw new UserError({
      what: 'the build is not signed',
      where: build.folder,
      found: 'no .changes file',
      expected,
      remedy: 'sign its .changes (docs/signing.md)',
    });
  }
  const covered = new Map<string, string>();
  const signers = new Set<string>();
  for (const file of changes) {
    const where = shown(file);
    const text = await readText(file);
    const signatures = await provenance.signers.verifyText(text, where);
    provenance.add(build, signatures);
    for (const { fingerprint } of signatures) signers.add(fingerprint);
    const control = parseSingleParagraph(stripSignature(text, where), { file: where });
    for (const { name, digest } of readListed(control, where)) covered.set(name, digest);
  }
  const stray = filesOf(build, 'deb', 'udeb', 'ddeb', 'dsc', 'buildinfo').find(
    (file) => covered.get(file.name) !== file.sha256,
  );
  if (stray === undefined) return;
  const digest = covered.get(stray.name);
  throw new UserError({
    what: 'a file that the signed .changes of its build does not cover',
    where: shown(stray),
    found: `sha256 ${stray.sha256.slice(0, 12)}…, ${digest === undefined ? 'not listed' : `listed as ${digest.slice(0, 12)}…`}, signed by ${[...signers].join(', ')}`,
    expected: `an entry in ${changes.map(({ name }) => name).join(' or ')} with its SHA-256, and ${expected}`,
  });
}
