import { describe, expect, it } from 'vitest';
import { splitSources } from '../../../src/buildroot/configuration.ts';
import { type HostSource, sourcesFromHost } from '../../../src/buildroot/host-apt.ts';
import { resolveTarget } from '../../../src/config/target.ts';

const source = (uri: string, suite: string, origin = 'Debian'): HostSource => ({
  uri,
  suite,
  codename: suite.split('-')[0] ?? '',
  origin,
});
const DEBIAN = [
  source('http://mirror.example.org/debian', 'bookworm'),
  source('http://mirror.example.org/debian', 'bookworm-updates'),
  source('http://security.example.org/debian-security', 'bookworm-security'),
  source('http://packages.example.org/acme', 'bookworm', 'Acme'),
];
const wanted = (name: string) => splitSources(resolveTarget(name)).archive;

describe('the mirrors of the host', () => {
  it('serve a target of the same distribution', () => {
    expect(sourcesFromHost(DEBIAN, 'debian', wanted('debian-12'))).toEqual([
      'deb http://mirror.example.org/debian bookworm main',
      'deb http://mirror.example.org/debian bookworm-updates main',
      'deb http://security.example.org/debian-security bookworm-security main',
    ]);
  });

  it('serve other releases of it, each suite from where its like comes', () => {
    expect(sourcesFromHost(DEBIAN, 'debian', wanted('debian-13'))).toEqual([
      'deb http://mirror.example.org/debian trixie main',
      'deb http://mirror.example.org/debian trixie-updates main',
      'deb http://security.example.org/debian-security trixie-security main',
    ]);
  });

  it('serve Ubuntu on a host of Ubuntu, whatever its mirrors are', () => {
    const host = [
      source('http://ports.example.org/ubuntu', 'jammy', 'Ubuntu'),
      source('http://ports.example.org/ubuntu', 'jammy-updates', 'Ubuntu'),
      source('http://security.example.org/ubuntu', 'jammy-security', 'Ubuntu'),
    ];
    expect(sourcesFromHost(host, 'ubuntu', wanted('ubuntu-24.04'))).toEqual([
      'deb http://ports.example.org/ubuntu noble main universe',
      'deb http://ports.example.org/ubuntu noble-updates main universe',
      'deb http://security.example.org/ubuntu noble-security main universe',
    ]);
  });

  it('take updates from the main archive, but security updates from nowhere else', () => {
    const host = [source('http://mirror.example.org/debian', 'bookworm')];
    expect(sourcesFromHost(host, 'debian', [{ suites: ['bookworm-updates'], components: ['main'] }])).toEqual([
      'deb http://mirror.example.org/debian bookworm-updates main',
    ]);
    expect(sourcesFromHost(host, 'debian', wanted('debian-12'))).toBeUndefined();
  });

  it('do not serve another distribution', () => {
    expect(sourcesFromHost(DEBIAN, 'ubuntu', wanted('ubuntu-24.04'))).toBeUndefined();
    expect(sourcesFromHost([], 'debian', wanted('debian-12'))).toBeUndefined();
  });
});

describe('the sources of a target', () => {
  const target = resolveTarget('debian-12');
  const plain = { suites: ['bookworm'], components: ['main'] };
  const own = { mirror: 'http://extra.example.org/x', suites: ['extra'], components: ['main'] };

  it('are its archive and repositories beside it, where the archive has no mirror', () => {
    expect(splitSources({ ...target, sources: [plain, own] })).toEqual({ archive: [plain], beside: [own] });
  });

  it('are all its archive, where the first names a mirror', () => {
    const first = { ...plain, mirror: 'http://mirror.example.org/debian' };
    expect(splitSources({ ...target, sources: [first, own] })).toEqual({ archive: [first, own], beside: [] });
  });
});
