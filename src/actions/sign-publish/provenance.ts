/** `allowed-signers`: whose signatures builds must carry, and what is said of who signed them. */
import path from 'node:path';
import { oneLine } from '../../errors.ts';
import { code, codeCell, escapeMarkdown, table } from '../../markdown.ts';
import type { Build } from '../../repository/builds.ts';
import type { BuildSigners } from '../../repository/decision.ts';
import { AllowedSigners, type GoodSignature } from '../../signing/allowed-signers.ts';

/**
 * Reads the keys.
 *
 * @param files those of an input start from the workspace, those of a packaging file are absolute.
 * @returns `undefined` where no file is given: then builds need no signatures.
 * @throws UserError for files without keys that can be used.
 */
export async function readAllowedSigners(
  files: readonly string[],
  workspace: string,
): Promise<AllowedSigners | undefined> {
  if (files.length === 0) return undefined;
  const paths = files.map((file) => path.resolve(workspace, file));
  return await AllowedSigners.read(paths, new Date(), 'input allowed-signers');
}

/** Builds, and who signed each of them. */
export interface SignedBuilds {
  readonly builds: readonly Build[];
  readonly signers?: BuildSigners | undefined;
}

function withSigners({ builds, signers }: SignedBuilds): (readonly [Build, readonly GoodSignature[]])[] {
  return signers === undefined ? [] : builds.map((build, index) => [build, signers[index] ?? []] as const);
}

/** One line for each build, for the log. */
export function signedLines(signed: SignedBuilds): string[] {
  return withSigners(signed).map(([{ manifest }, signatures]) => {
    const names = signatures.map(({ userId, fingerprint }) => `${userId}, ${fingerprint}`);
    return oneLine(`${manifest.package.name} ${manifest.package.version}: signed by ${names.join(' and ')}`);
  });
}

/** For the summary, in Markdown. */
export function signedTable(signed: SignedBuilds): string[] {
  const rows = withSigners(signed).flatMap(([{ manifest }, signatures]) =>
    signatures.map(({ userId, fingerprint }) => {
      const { name, version } = manifest.package;
      return [codeCell(oneLine(name)), codeCell(oneLine(version)), escapeMarkdown(oneLine(userId)), code(fingerprint)];
    }),
  );
  if (rows.length === 0) return [];
  return ['### Who signed the builds', '', ...table(['build of', 'version', 'signed by', 'fingerprint'], rows)];
}

/** For the report: which build, by its manifest, and the fingerprints of who signed it. */
export function signedJson(signed: SignedBuilds): object {
  if (signed.signers === undefined) return {};
  return {
    builds: withSigners(signed).map(([{ manifest, sha256 }, signatures]) => ({
      package: manifest.package.name,
      version: manifest.package.version,
      manifest: sha256,
      signedBy: signatures.map(({ fingerprint }) => fingerprint),
    })),
  };
}
