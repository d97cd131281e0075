/** Compares what createrepo_c wrote with what was planned: every index file, every package. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import zlib from 'node:zlib';
import { digestFile } from '../../manifest.ts';
import { parseEvr } from '../../rpm/evr.ts';
import { versionText } from '../../rpm/version-check.ts';
import type { SnapshotPackage } from '../snapshot.ts';
import { listedArchitecture } from './folders.ts';
import { type RepomdRecord, readRepomd } from './repomd.ts';

/**
 * Verifies the indexes of a staged folder.
 *
 * @param target the folder that holds `repodata`.
 * @param name named in errors.
 * @throws Error where something is not as planned: nothing of it may be published.
 */
export async function verifyFolder(target: string, name: string, packages: readonly SnapshotPackage[]): Promise<void> {
  const records = await readRepomd(target);
  for (const { href, size, sha256 } of records) {
    const found = await digestFile(path.join(target, href));
    if (found.size !== size || found.sha256 !== sha256) {
      throw new Error(`createrepo_c wrote ${name}/${href} and lists another file in repomd.xml`);
    }
  }
  const primary = records.find(({ type }) => type === 'primary') as RepomdRecord;
  const text = zlib.gunzipSync(await readFile(path.join(target, primary.href))).toString();
  const wanted = new Set(packages.map(describe));
  const listed = [...readPrimary(text, name)];
  const found = new Set(listed);
  if (found.size !== listed.length) throw new Error(`createrepo_c listed a package twice in ${name}`);
  const missing = [...wanted].find((each) => !found.has(each));
  if (missing !== undefined) throw new Error(`createrepo_c did not do as planned: ${name} lacks ${missing}`);
  const stray = listed.find((each) => !wanted.has(each));
  if (stray !== undefined) throw new Error(`createrepo_c did not do as planned: ${name} lists ${stray}`);
}

/** All that must agree, as one text. */
function describe(each: SnapshotPackage): string {
  const [file] = each.files;
  return `${each.name} ${each.version} ${listedArchitecture(each)} ${file?.path} ${file?.size} ${file?.sha256}`;
}

/**
 * The packages of a primary.xml of createrepo_c's making, which puts one element on a line. (Indexes of others are read
 * by rpm-index/; ten thousand packages are 30 MB, which must not take seconds at every publish.)
 */
function* readPrimary(text: string, name: string): Generator<string> {
  const field = (part: string, pattern: RegExp): string[] => {
    const [, ...values] = pattern.exec(part) ?? [];
    if (values.length === 0) throw new Error(`createrepo_c wrote a package without ${pattern.source} in ${name}`);
    return values.map((value) => value ?? '').map(unescapeXml);
  };
  for (const part of text.split(/^<package type="rpm">$/m).slice(1)) {
    const [packageName] = field(part, /^ {2}<name>([^<]*)<\/name>$/m);
    const [architecture] = field(part, /^ {2}<arch>([^<]*)<\/arch>$/m);
    const [epoch, version, release] = field(part, /^ {2}<version epoch="(\d+)" ver="([^"]*)" rel="([^"]*)"\/>$/m);
    const [sha256] = field(part, /^ {2}<checksum type="sha256" pkgid="YES">([0-9a-f]{64})<\/checksum>$/m);
    const [size] = field(part, /^ {2}<size package="(\d+)" /m);
    const [href] = field(part, /^ {2}<location href="([^"]*)"\/>$/m);
    const evr = versionText(parseEvr(`${epoch}:${version}-${release}`, name));
    yield `${packageName} ${evr} ${architecture} ${href} ${size} ${sha256}`;
  }
}

function unescapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => names[name] ?? '');
}
