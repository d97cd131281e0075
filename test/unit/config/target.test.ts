import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { assetPath } from '../../../src/config/assets.ts';
import { readPackaging } from '../../../src/config/packaging.ts';
import {
  listTargets,
  readTargetFile,
  resolveTarget,
  resolveTargetReference,
  type TargetInput,
} from '../../../src/config/target.ts';

describe('built-in targets', () => {
  const targets = listTargets();

  it('are those of the data files, each named as its file', async () => {
    const files = (await readdir('targets')).map((file) => path.basename(file, '.yml')).sort();
    expect(targets.map(({ name }) => name).sort()).toEqual(files);
    const el = targets.filter(({ name }) => /^el\d/.test(name)).map(({ name }) => name);
    expect(el).toEqual(['el8', 'el9', 'el10']);
    expect(files).toEqual(
      expect.arrayContaining([
        'debian-11',
        'debian-12',
        'debian-13',
        'ubuntu-14.04',
        'ubuntu-24.04',
        'centos-7',
        ...['el8', 'el9', 'el10', 'epel-8', 'epel-9', 'epel-10'],
      ]),
    );
  });

  it('resolve by name and by every alias, which nobody else has', () => {
    const names = targets.flatMap(({ name, aliases }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    for (const target of targets) {
      for (const name of [target.name, ...target.aliases]) expect(resolveTarget(name)).toEqual(target);
    }
    expect(resolveTarget('bookworm').name).toBe('debian-12');
    expect(resolveTarget('trusty').name).toBe('ubuntu-14.04');
  });

  it('have suites that are theirs, and tags that differ', () => {
    for (const { format, suite, aliases, distribution, release, sources, versionTag, mock, keyring } of targets) {
      expect(versionTag).toMatch(/^[a-z]+[0-9.]*$/);
      if (format === 'deb') {
        expect(aliases).toContain(suite);
        expect(sources[0]?.suites[0]).toBe(suite);
        for (const name of sources.flatMap(({ suites }) => suites)) expect(name.startsWith(suite)).toBe(true);
        expect(keyring).toBe(`/usr/share/keyrings/${distribution}-archive-keyring.gpg`);
        expect(versionTag).toContain(release);
        expect(mock).toBeUndefined();
      } else {
        expect(sources).toEqual([]);
        expect(mock).toEqual({ config: expect.stringContaining('{architecture}') });
      }
    }
    // The same release with EPEL is the same distribution: a package has one version for both.
    const tags = targets.filter(({ name }) => !name.startsWith('epel-')).map(({ versionTag }) => versionTag);
    expect(new Set(tags).size).toBe(tags.length);
  });

  it.each(['8', '9', '10'])('have EPEL where the name says it, and there alone: %s', (release) => {
    const plain = resolveTarget(`el${release}`);
    const epel = resolveTarget(`epel-${release}`);
    expect(plain.aliases).toEqual([`rocky-${release}`]);
    expect(plain.mock).toEqual({ config: `rocky-${release}-{architecture}` });
    expect(epel).toMatchObject({ name: `epel-${release}`, aliases: [], suite: plain.suite, release });
    expect(epel.mock).toEqual({ config: `rocky+epel-${release}-{architecture}` });
    expect(plain.architectures).toEqual(expect.arrayContaining([...epel.architectures]));
  });

  it('are the releases that distro-info-data knows by these codenames', async () => {
    for (const distribution of ['debian', 'ubuntu']) {
      const file = `/usr/share/distro-info/${distribution}.csv`;
      const rows = await readFile(file, 'utf8').catch(() => undefined);
      // distro-info-data is part of Debian's and Ubuntu's development tools; elsewhere there is nothing to compare.
      if (rows === undefined) continue;
      const known = new Map(
        rows.split('\n').map((row) => {
          const [version = '', , series = ''] = row.split(',');
          return [series, version.replace(/ LTS$/, '')];
        }),
      );
      for (const { release, aliases, name } of targets.filter((target) => target.distribution === distribution)) {
        expect([name, known.get(aliases[0] ?? '')]).toEqual([name, release === 'sid' ? '' : release]);
      }
    }
  });

  it('name no mirror', async () => {
    for (const file of await readdir('targets')) {
      expect(await readFile(path.join('targets', file), 'utf8')).not.toMatch(/:\/\/|^[ -]*[a-z-]*mirror:/m);
    }
    for (const { sources } of targets) for (const source of sources) expect(source.mirror).toBeUndefined();
  });

  it('are found beside package.json', () => {
    expect(assetPath('targets', 'debian-12.yml')).toBe(path.resolve('targets/debian-12.yml'));
  });
});

describe('a target that is none', () => {
  it.each([
    ['bokworm', /\(found "bokworm", expected centos-7, debian-11, .*\); did you mean bookworm\?$/],
    ['debain-12', /; did you mean debian-12\?$/],
    ['Noble', /; did you mean noble\?$/],
    ['debian-10', /ubuntu-26\.04\)$/],
    ['', /\(found "", expected /],
    ['../debian-12', /\(found "\.\.\/debian-12"/],
    ['x\ny', /\(found "x\\ny"/],
  ])('%j', (name, message) => {
    expect(() => resolveTarget(name)).toThrow(message);
    expect(() => resolveTarget(name)).toThrow(/^no such target/);
  });
});

describe('a target of one’s own', () => {
  const own = async (yaml: string) => {
    const { targets } = await readPackaging(`release: { name: acme }\ntargets:\n${yaml}`, 'packaging.yml');
    return targets;
  };

  it('has all of the extended one but what it says', async () => {
    const [target] = await own(
      '  - { name: acme-12, extends: bookworm, include: [ca-certificates], components: [main, contrib] }\n',
    );
    const { aliases: _, ...base } = resolveTarget('debian-12');
    expect(target).toEqual({
      ...base,
      name: 'acme-12',
      aliases: [],
      include: ['ca-certificates'],
      components: ['main', 'contrib'],
      sources: base.sources.map((source) => ({ ...source, components: ['main', 'contrib'] })),
    });
  });

  it('takes a mirror; security suites have their own or are left out', async () => {
    const [one, two, ubuntu] = await own(
      [
        "  - { name: debian-12, extends: debian-12, mirror: 'https://m.example.org/debian' }",
        "  - { name: two, extends: debian-13, mirror: '/srv/debian', security-mirror: 'http://m.example.org/security' }",
        "  - { name: three, extends: noble, mirror: 'http://m.example.org/ubuntu' }",
        '',
      ].join('\n'),
    );
    expect(one?.sources).toEqual([
      { mirror: 'https://m.example.org/debian', suites: ['bookworm', 'bookworm-updates'], components: ['main'] },
    ]);
    expect(two?.sources.map(({ mirror, suites }) => [mirror, ...suites])).toEqual([
      ['/srv/debian', 'trixie', 'trixie-updates'],
      ['http://m.example.org/security', 'trixie-security'],
    ]);
    expect(ubuntu?.sources).toHaveLength(1);
    expect(ubuntu?.sources[0]?.suites).toEqual(['noble', 'noble-updates', 'noble-security']);
  });

  it('adds sources, also to those that the extended one added', async () => {
    const [a, b] = await own(
      [
        '  - { name: a, extends: b, extra-sources: [{ suites: [backports] }] }',
        "  - { name: b, extends: debian-12, extra-sources: [{ suites: [local], mirror: 'file:///srv/x', keyring: /k.gpg }] }",
        '',
      ].join('\n'),
    );
    expect(b?.sources.map(({ suites }) => suites[0])).toEqual(['bookworm', 'bookworm-security', 'local']);
    expect(a?.sources.slice(2)).toEqual([
      { suites: ['local'], mirror: 'file:///srv/x', keyring: '/k.gpg', components: ['main'] },
      { suites: ['backports'], components: ['main'] },
    ]);
  });

  it('stands in for the built-in one of its name', async () => {
    const input: TargetInput = { name: 'debian-12', extends: 'debian-12', versionTag: 'acme12' };
    expect(resolveTarget('debian-12', [input]).versionTag).toBe('acme12');
    // Its alias is not inherited: it still means the built-in one.
    expect(resolveTarget('bookworm', [input]).versionTag).toBe('deb12');
    expect(resolveTarget('mine', [{ ...input, name: 'mine', aliases: ['bookworm'] }]).name).toBe('mine');
    expect(resolveTarget('bookworm', [{ ...input, aliases: ['bookworm'] }]).versionTag).toBe('acme12');
  });

  it('is refused with its place, also outside of packaging.yml', () => {
    expect(() => resolveTarget('x', [{ name: 'x' }])).toThrow('target x format: a required field is missing');
    expect(() => resolveTarget('x', [{ name: 'x', extends: 'x' }])).toThrow(
      /^target x extends: targets that extend each other/,
    );
  });

  it('lies in a file, with the fields of those in packaging.yml', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'target-'));
    try {
      const file = path.join(folder, 'lenny.yml');
      await writeFile(file, 'name: lenny\nextends: debian-11\nversion-tag: deb5\nsources: [{ suites: [lenny] }]\n');
      expect(await resolveTargetReference(file)).toMatchObject({ name: 'lenny', versionTag: 'deb5', release: '11' });
      expect((await readTargetFile(file)).value.extends).toBe('debian-11');
      await writeFile(file, 'name: lenny\nextends: debian-11\nmock: { config: x }\n');
      await expect(resolveTargetReference(file)).rejects.toThrow(
        `${file}:3:1 mock: mock builds rpm packages and this is a deb target (expected sources, or format: rpm)`,
      );
      await expect(resolveTargetReference(path.join(folder, 'none.yml'))).rejects.toThrow(
        /cannot be read \(found ENOENT\)/,
      );
      expect((await resolveTargetReference('bookworm')).name).toBe('debian-12');
      await expect(resolveTargetReference('bokworm')).rejects.toThrow(/^no such target/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('for rpm has a mock configuration, by name or as text', async () => {
    const [text] = await own("  - { name: a, extends: el9, mock: { text: \"config_opts['root'] = 'a'\" } }\n");
    expect(text?.mock).toEqual({ text: "config_opts['root'] = 'a'" });
    expect(text?.components).toEqual([]);
    const [name] = await own("  - { name: a, extends: el9, mock: { config: 'eol/acme-9-{architecture}' } }\n");
    expect(name?.mock).toEqual({ config: 'eol/acme-9-{architecture}' });
  });
});
