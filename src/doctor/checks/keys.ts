/** Keys that sign: until when, and whether clients take what they sign. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { keysOfSnapshot } from '../../repository/keys.ts';
import { RepositoryPaths } from '../../repository/layout.ts';
import { readChannels, readSnapshot } from '../../repository/snapshot.ts';
import type { Secret } from '../../secret.ts';
import { type InspectedKey, inspectPrivateKeys, inspectPublicKeys } from '../../signing/inspect.ts';
import { algorithmWarnings, expiryWarnings } from '../../signing/key-advice.ts';
import { describeKey } from '../../signing/signer.ts';
import type { Check, Finding, PartFinding, Use } from '../check.ts';

const GROUP = 'Keys';
const USES: readonly Use[] = ['publish-deb', 'publish-rpm'];
const EXTEND =
  "gpg --quick-set-expire FINGERPRINT 2y, and for its subkeys: gpg --quick-set-expire FINGERPRINT 2y '*'; then give the key again";

export interface WatchedKeys {
  readonly signingKey: Secret | undefined;
  /** Files of public keys, armored or binary. */
  readonly files: readonly string[];
  /** Folders of repositories, as sign-publish writes them. */
  readonly repositories: readonly string[];
}

/** The checks of the keys that were named; none were none is. */
export function keyChecks({ signingKey, files, repositories }: WatchedKeys): Check[] {
  const checks: Check[] = [];
  if (signingKey !== undefined) {
    checks.push({
      id: 'signing-key',
      title: 'Signing key',
      group: GROUP,
      uses: USES,
      async look({ now }) {
        return parts(await inspectPrivateKeys(signingKey, now), now);
      },
    });
  }
  for (const [index, file] of files.entries()) {
    checks.push({
      id: `public-key-${index + 1}`,
      title: `Key in ${file}`,
      group: GROUP,
      uses: USES,
      look: async ({ now }) => parts(await inspectPublicKeys(await readFile(file), file, now), now),
    });
  }
  for (const [index, folder] of repositories.entries()) {
    checks.push({
      id: `repository-key-${index + 1}`,
      title: `Keys of the repository ${folder}`,
      group: GROUP,
      uses: USES,
      look: ({ now }) => repositoryKeys(folder, now),
    });
  }
  return checks;
}

/** Those that signed what its channels serve, or shall: of others in its keyring nobody needs to care. */
async function repositoryKeys(folder: string, now: Date): Promise<readonly PartFinding[]> {
  const paths = new RepositoryPaths(path.resolve(folder));
  const file = path.join(paths.public, 'keyring.gpg');
  const keys = await inspectPublicKeys(await readFile(file), file, now);
  const signedBy = new Map<string, string[]>();
  for (const [channel, id] of await readChannels(paths)) {
    const snapshot = await readSnapshot(paths, id);
    for (const fingerprint of keysOfSnapshot(snapshot)) {
      const name = fingerprint === snapshot.signedBy ? channel : `${channel} (next key)`;
      signedBy.set(fingerprint, [...(signedBy.get(fingerprint) ?? []), name]);
    }
  }
  const findings = parts(
    keys.filter(({ fingerprint }) => signedBy.has(fingerprint)),
    now,
  ).map((finding) => ({
    ...finding,
    title: `Key of ${path.basename(folder)}: ${(signedBy.get(finding.part) ?? []).join(', ')}`,
  }));
  for (const [fingerprint, channels] of signedBy) {
    if (keys.some((key) => key.fingerprint === fingerprint)) continue;
    findings.push({
      part: fingerprint,
      title: `Key of ${path.basename(folder)}: ${channels.join(', ')}`,
      status: 'failed',
      found: `no key ${fingerprint} in ${file}`,
      expected: 'the key that signed these channels',
      remedy: 'publish again with that key',
    });
  }
  return findings;
}

function parts(keys: readonly InspectedKey[], now: Date): PartFinding[] {
  return keys.map((each) => ({
    part: each.fingerprint,
    title: `Key ${each.fingerprint.slice(-16)}`,
    ...judge(each, now),
  }));
}

function judge(inspected: InspectedKey, now: Date): Finding {
  const remedy = EXTEND.replaceAll('FINGERPRINT', inspected.fingerprint);
  if ('error' in inspected) {
    const { what, found, remedy: own } = inspected.error.parts;
    return {
      status: 'failed',
      found: found === undefined ? what : `${what}: ${found}`,
      expected: 'a key whose signatures clients accept',
      remedy: /expire/.test(what) ? remedy : (own ?? 'use another key'),
    };
  }
  const found = describeKey(inspected.key);
  if (expiryWarnings(inspected.key, now).length > 0) {
    return { status: 'warning', found, expected: 'a month or more until it expires', remedy };
  }
  const [weak] = algorithmWarnings(inspected.key);
  if (weak === undefined) return { status: 'ok', found };
  const expected = 'RSA of 3072 bits or more, or Ed25519: newer apt refuses RSA 2048 from 2030 on';
  return { status: 'warning', found, expected, remedy: 'change keys in time, with next-signing-key of sign-publish' };
}
