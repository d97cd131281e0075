/** Values that tests of the repository's pure parts share. */
import { createHash } from 'node:crypto';
import type {
  DebSettings,
  DebSnapshot,
  RpmSettings,
  RpmSnapshot,
  SnapshotPackage,
} from '../../../src/repository/snapshot.ts';

export const digest = (text: string) => createHash('sha256').update(text).digest('hex');

export const SETTINGS: DebSettings = {
  suite: 'bookworm',
  target: 'debian-12',
  components: ['main'],
  udebComponents: [],
  architectures: ['amd64', 'arm64'],
  origin: 'Test',
  label: 'Test',
};

export function binary(name: string, version: string, extra: Partial<SnapshotPackage> = {}): SnapshotPackage {
  const architecture = extra.architecture ?? 'amd64';
  const component = extra.component ?? 'main';
  return {
    kind: 'binary',
    type: 'deb',
    name,
    version,
    architecture,
    component,
    source: name,
    sourceVersion: version,
    files: [
      {
        path: `pool/${component}/${name.slice(0, 1)}/${name}/${name}_${version}_${architecture}.deb`,
        size: 1000,
        sha256: digest(`${name} ${version} ${architecture}`),
      },
    ],
    ...extra,
  };
}

export function source(name: string, version: string, upstream = 'upstream'): SnapshotPackage {
  const base = version.split('-')[0];
  const folder = `pool/main/${name.slice(0, 1)}/${name}`;
  return {
    kind: 'source',
    type: 'dsc',
    name,
    version,
    architecture: 'source',
    component: 'main',
    source: name,
    sourceVersion: version,
    files: [
      { path: `${folder}/${name}_${version}.dsc`, size: 500, sha256: digest(`${name} ${version} dsc`) },
      { path: `${folder}/${name}_${base}.orig.tar.xz`, size: 2000, sha256: digest(`${name} ${upstream}`) },
      { path: `${folder}/${name}_${version}.debian.tar.xz`, size: 700, sha256: digest(`${name} ${version} debian`) },
    ],
  };
}

export function snapshot(packages: SnapshotPackage[], extra: Partial<DebSnapshot> = {}): DebSnapshot {
  return {
    schema: 'pkg-actions/snapshot/1',
    id: '20260102T030405Z-abcdef',
    createdAt: '2026-01-02T03:04:05.000Z',
    parent: null,
    channel: 'latest',
    format: 'deb',
    settings: SETTINGS,
    signedBy: 'A'.repeat(40),
    tool: { name: 'pkg-actions', version: '0.1.0' },
    change: { added: [], superseded: [], builds: [] },
    packages,
    records: [],
    supersededIndexes: [],
    ...extra,
  };
}

export const RPM_SETTINGS: RpmSettings = { label: 'Test', target: 'el9', architectures: ['x86_64', 'aarch64'] };

/** A binary rpm of the source package `source` (its own name when absent). */
export function rpm(name: string, version: string, extra: Partial<SnapshotPackage> = {}): SnapshotPackage {
  const architecture = extra.architecture ?? 'x86_64';
  const plain = version.replace(/^\d+:/, '');
  const source = extra.source ?? name;
  return {
    kind: 'binary',
    type: 'rpm',
    name,
    version,
    architecture,
    source,
    sourceVersion: plain,
    headerDigest: digest(`${name} ${version} ${architecture}`),
    signedBy: 'A'.repeat(40),
    files: [
      {
        path: `pool/${source.slice(0, 1)}/${source}/${name}-${plain}.${architecture}.rpm`,
        size: 1000,
        sha256: digest(`signed ${name} ${version} ${architecture}`),
      },
    ],
    ...extra,
  };
}

export function srpm(name: string, version: string): SnapshotPackage {
  const each = rpm(name, version, { architecture: 'src' });
  return { ...each, kind: 'source', type: 'srpm', architecture: 'source' };
}

export function rpmSnapshot(packages: SnapshotPackage[], extra: Partial<RpmSnapshot> = {}): RpmSnapshot {
  return { ...snapshot([]), format: 'rpm', settings: RPM_SETTINGS, packages, ...extra };
}
