/** What is told of the keys of a publish: until when they hold, and who can verify what they sign. */
import type { Snapshot } from '../../repository/snapshot.ts';
import { signsWithSubkey, whoVerifies } from '../../signing/key-advice.ts';
import type { KeyInfo } from '../../signing/signer.ts';
import type { ReportContext } from './instructions.ts';

/** Section of the summary, in Markdown. */
export function keySection(snapshot: Snapshot, { key, nextKey }: ReportContext): string[] {
  const { format } = snapshot;
  const signs = format === 'deb' ? 'indexes, sources' : 'indexes, packages';
  const later = format === 'deb' ? 'indexes; later alone' : 'nothing yet; in `key.asc` for later';
  return [
    '### Keys',
    '',
    '| key | signs | algorithm | expires | who can verify it |',
    '|---|---|---|---|---|',
    row(key, signs, format),
    ...(nextKey === undefined ? [] : [row(nextKey, later, format)]),
    '',
  ];
}

/** The keys in the JSON report. */
export function jsonKeys({ key, nextKey }: Pick<ReportContext, 'key' | 'nextKey'>): object {
  return { key: jsonKey(key), ...(nextKey === undefined ? {} : { nextKey: jsonKey(nextKey) }) };
}

function jsonKey({ fingerprint, signingFingerprint, userId, algorithm, expires }: KeyInfo): object {
  return { fingerprint, signingFingerprint, userId, algorithm, expires: expires?.toISOString() ?? null };
}

function row(key: KeyInfo, signs: string, format: Snapshot['format']): string {
  const { fingerprint, signingFingerprint, userId, algorithm, primaryAlgorithm, expires } = key;
  const by = signsWithSubkey(key)
    ? `${algorithm}, subkey \`${signingFingerprint}\` of ${primaryAlgorithm}`
    : `${algorithm}, the primary key`;
  const until = expires === undefined ? 'never' : expires.toISOString().slice(0, 10);
  return `| \`${fingerprint}\`, \`${userId}\` | ${signs} | ${by} | ${until} | ${whoVerifies(key, format)} |`;
}
