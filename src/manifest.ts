/**
 * The manifest: the JSON file that one stage hands the next (docs/manifest.md). It says what was made from what, and
 * lists every file with size and SHA-256. The next stage verifies it before it does anything else.
 */
import { createHash } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { hashAndSize, hashHandle } from './digest.ts';
import { writeWhole } from './durable.ts';
import { quote, UserError } from './errors.ts';
import { inParallel } from './parallel.ts';
import { openRegular, readRegular, readSmall } from './regular-file.ts';

/** Name of the manifest in the folder whose files it lists. */
export const MANIFEST_NAME = 'manifest.json';
/** Files that are read for their digests at a time. */
const FILES_AT_ONCE = 8;
/** Bytes of a manifest: far more than one of 100,000 files has. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Of what stands in a hostile one, characters that an error shows. */
const SHOWN = 300;

export const VERDICTS = ['success', 'package', 'infrastructure', 'configuration'] as const;
/** `success`, or whose fault a failure is. */
export type Verdict = (typeof VERDICTS)[number];

const fileName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[A-Za-z0-9][A-Za-z0-9.+:~_@=^-]*$/, 'a plain file name: letters, digits and .+:~_@=^- only');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits');
const text = z.string().max(4096);

export const FILE_ROLES = [
  'dsc',
  'orig',
  'orig-signature',
  'debian',
  'native',
  'diff',
  'deb',
  'udeb',
  'ddeb',
  'changes',
  'buildinfo',
  'log',
  'report',
  'packages-list',
  'srpm',
  'rpm',
  'other',
] as const;
export type FileRole = (typeof FILE_ROLES)[number];

const manifestFile = z.strictObject({
  name: fileName,
  size: z.int().nonnegative(),
  sha256,
  role: z.enum(FILE_ROLES),
});

export const manifestSchema = z.strictObject({
  schema: z.literal('pkg-actions/manifest/1'),
  stage: z.enum(['sources', 'build']),
  createdAt: z.iso.datetime(),
  /** What made it. */
  tool: z.strictObject({ name: z.literal('pkg-actions'), version: text }),
  /** Source package. */
  package: z.strictObject({ name: text, version: text, format: z.enum(['deb', 'rpm']) }),
  /** `review`: a change that is not merged yet; never published outside a review repository. */
  change: z.enum(['review', 'merge']),
  /** The commits it was made from. */
  origins: z.array(
    z.strictObject({
      role: z.enum(['code', 'spec']),
      project: text,
      ref: text.optional(),
      commit: z.string().regex(/^[0-9a-f]{40,64}$/),
      tag: text.optional(),
    }),
  ),
  /** SHA-256 of the manifest of the stage before. */
  previous: sha256.optional(),
  target: z.strictObject({ name: text, suite: text, architecture: text }).optional(),
  buildroot: z.strictObject({ generation: text, layer: text.optional() }).optional(),
  /** Package repositories the build could install from, resolved. */
  repositories: z
    .array(
      z.strictObject({
        uri: text,
        /** rpm: the repository's id. */
        suite: text,
        date: text.optional(),
        /** rpm: digest and revision of repomd.xml. */
        sha256: sha256.optional(),
        revision: text.optional(),
      }),
    )
    .optional(),
  verdict: z.enum(VERDICTS).optional(),
  /** How many times it was built, where more than once: failures of the infrastructure came before. */
  attempts: z.int().min(2).optional(),
  /** Seconds since the epoch that timestamps in the outputs are clamped to. */
  sourceDateEpoch: z.int().nonnegative().optional(),
  /** Versions of the tools that took part. */
  tools: z.record(text, text),
  files: z.array(manifestFile),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestFile = Manifest['files'][number];

/**
 * Describes `names` in `folder` for a manifest.
 *
 * @returns the entries, sorted by name.
 */
export async function describeFiles(
  folder: string,
  files: Iterable<{ readonly name: string; readonly role: FileRole }>,
): Promise<ManifestFile[]> {
  const entries = await inParallel([...files], FILES_AT_ONCE, async ({ name, role }): Promise<ManifestFile> => {
    const { size, sha256: digest } = await digestFile(path.join(folder, name));
    return { name, size, sha256: digest, role };
  });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Size in bytes and SHA-256 (hexadecimal) of a file, read once, piece by piece. */
export async function digestFile(file: string): Promise<{ size: number; sha256: string }> {
  const { size, hex } = await hashAndSize(file, 'sha256');
  return { size, sha256: hex };
}

/** Writes `manifest` to `folder`/manifest.json (whole or not at all) and returns its path. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<string> {
  const file = path.join(folder, MANIFEST_NAME);
  await writeWhole(file, `${JSON.stringify(manifestSchema.parse(manifest), null, 2)}\n`);
  return file;
}

/**
 * Reads a manifest and checks its form, not yet the files.
 *
 * @param location the manifest, or the folder that holds `manifest.json`.
 * @param expected the forms that `location` may have, for the message where it has none of them.
 * @throws UserError naming the file and the field.
 */
export async function readManifest(
  location: string,
  expected = `a folder with ${MANIFEST_NAME} in it, as the step before wrote it`,
): Promise<{ manifest: Manifest; file: string; folder: string; sha256: string }> {
  const stat = await lstat(location).catch(() => undefined);
  if (stat === undefined) throw new UserError({ what: 'no such file or folder', where: location, expected });
  const file = stat.isDirectory() ? path.join(location, MANIFEST_NAME) : location;
  let raw: string;
  try {
    raw = (await readRegular(file, MAX_BYTES)).toString('utf8');
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code = 'an error' } = error as NodeJS.ErrnoException;
    const found = code === 'ENOENT' ? 'no such file' : code;
    throw new UserError({ what: 'the manifest cannot be read', where: file, found, expected });
  }
  let json: unknown;
  try {
    json = JSON.parse(raw);
  } catch (error) {
    // Of a package that was given instead the parser would show the bytes.
    const found = /[\0\ufffd]/.test(raw) ? 'a binary file' : (error as Error).message.slice(0, SHOWN);
    throw new UserError({ what: 'the manifest is not JSON', where: file, found, expected });
  }
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UserError({
      what: 'the manifest does not have its form',
      where: `${file} ${issue?.path.join('.').slice(0, SHOWN) || '(top level)'}`,
      expected: issue?.message.slice(0, SHOWN) ?? 'a manifest',
    });
  }
  const names = new Set<string>();
  for (const { name } of parsed.data.files) {
    if (names.has(name))
      throw new UserError({ what: 'the manifest lists a file twice', where: file, found: quote(name) });
    names.add(name);
  }
  return {
    manifest: parsed.data,
    file,
    folder: path.dirname(file),
    sha256: createHash('sha256').update(raw).digest('hex'),
  };
}

/**
 * Verifies that `folder` holds exactly what `manifest` lists: regular files, of that size and digest, and nothing else.
 *
 * @throws UserError naming the first file that differs.
 */
export async function verifyFiles(folder: string, manifest: Manifest): Promise<void> {
  const listed = new Map(manifest.files.map((file) => [file.name, file]));
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === MANIFEST_NAME) continue;
    if (!listed.has(entry.name)) {
      throw new UserError({ what: 'a file that the manifest does not list', where: path.join(folder, entry.name) });
    }
    if (!entry.isFile()) {
      throw new UserError({
        what: 'not a regular file',
        where: path.join(folder, entry.name),
        expected: 'a regular file, no link',
      });
    }
  }
  await inParallel(manifest.files, FILES_AT_ONCE, async (file) => {
    const where = path.join(folder, file.name);
    const found = await digestListed(where, file.size).catch((error: NodeJS.ErrnoException) => {
      if (error instanceof UserError) throw error;
      throw new UserError({ what: 'a file of the manifest cannot be read', where, found: error.code ?? 'an error' });
    });
    if (found.size === file.size && found.sha256 === file.sha256) return;
    const sha256 = found.sha256 === undefined ? '' : `, sha256 ${found.sha256.slice(0, 12)}…`;
    throw new UserError({
      what: 'the file is not the one that the manifest lists',
      where,
      found: `${found.size} bytes${sha256}`,
      expected: `${file.size} bytes, sha256 ${file.sha256.slice(0, 12)}…`,
    });
  });
}

/**
 * Size and SHA-256 of a file that should have `size` bytes. One of another size is not read: it may be a sparse one of a
 * terabyte, or one that grows for ever.
 */
export async function digestListed(
  file: string,
  size: number,
): Promise<{ readonly size: number; readonly sha256: string | undefined }> {
  const small = readSmall(file);
  if (small?.length === size) return { size, sha256: createHash('sha256').update(small).digest('hex') };
  await using handle = await openRegular(file);
  const found = (await handle.stat()).size;
  if (found !== size) return { size: found, sha256: undefined };
  const { hex, size: read } = await hashHandle(handle, 'sha256', size + 1);
  return { size: read, sha256: hex };
}
