import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  loadPackaging,
  matchProject,
  type Packaging,
  type ProjectRef,
  projectNames,
  readPackaging,
} from '../../../src/config/packaging.ts';
import { UserError } from '../../../src/errors.ts';

/** A release of the original, with or without a customer. */
const fuel = (more = '') =>
  readPackaging(
    `release: { name: mos, version: '9.0' }\ntargets: [trusty, centos-7]\nprojects: [fuel-openstack, fuel-linux, fuel-master]\n${more}`,
    'packaging.yml',
  );
const plain = (more = '') => readPackaging(`release: { name: acme }\ntargets: [debian-12]\n${more}`, 'packaging.yml');

const BRANCH = 'openstack-ci/fuel-9.0/mitaka';

function refusal(packaging: Packaging, ref: ProjectRef): string {
  try {
    return `matched ${JSON.stringify(matchProject(packaging, ref))}`;
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message;
  }
}

describe('the storage of the original', () => {
  it('pairs OpenStack code and spec projects', async () => {
    const packaging = await fuel();
    expect(matchProject(packaging, { project: 'openstack/nova', branch: BRANCH })).toEqual({
      kind: 'openstack',
      role: 'code',
      project: 'openstack/nova',
      branch: BRANCH,
      package: 'nova',
      openstack: 'mitaka',
      targets: packaging.targets,
      pair: { role: 'spec', project: 'openstack-build/nova-build', branch: BRANCH },
    });
    expect(
      matchProject(packaging, { project: 'openstack-build/nova-build', branch: `refs/heads/${BRANCH}` }),
    ).toMatchObject({
      role: 'spec',
      package: 'nova',
      branch: BRANCH,
      pair: { role: 'code', project: 'openstack/nova', branch: BRANCH },
    });
  });

  it('knows Linux and master node packages by distribution', async () => {
    const packaging = await fuel();
    const match = (project: string) => matchProject(packaging, { project, branch: '9.0' });
    expect(match('packages/trusty/libvirt')).toMatchObject({
      kind: 'linux',
      role: 'both',
      package: 'libvirt',
      distribution: 'trusty',
    });
    expect(match('packages/trusty/libvirt')).not.toHaveProperty('pair');
    expect(match('packages/trusty/libvirt').targets.map(({ name }) => name)).toEqual(['ubuntu-14.04']);
    expect(match('packages/centos7/kernel').targets.map(({ name }) => name)).toEqual(['centos-7']);
    expect(match('packages/ubuntu-14.04/libvirt').targets.map(({ name }) => name)).toEqual(['ubuntu-14.04']);
    expect(match('packages/fuel/centos7/nailgun')).toMatchObject({ kind: 'master', package: 'nailgun' });
  });

  it('has a prefix for a customer, and none without', async () => {
    const acme = await fuel('customer: acme\n');
    const none = await fuel();
    expect(matchProject(acme, { project: 'acme/openstack/nova', branch: BRANCH })).toMatchObject({
      customer: 'acme',
      package: 'nova',
      pair: { project: 'acme/openstack-build/nova-build' },
    });
    expect(matchProject(acme, { project: 'acme/packages/trusty/x', branch: '9.0' }).package).toBe('x');
    for (const [packaging, project] of [
      [acme, 'openstack/nova'],
      [acme, 'other/openstack/nova'],
      [none, 'acme/openstack/nova'],
    ] as const) {
      expect(refusal(packaging, { project, branch: BRANCH })).toMatch(
        /^packaging\.yml: the project and branch are none of the release/,
      );
    }
  });

  it('takes the branches of its release only', async () => {
    const packaging = await fuel();
    for (const [project, branch] of [
      ['openstack/nova', 'openstack-ci/fuel-8.0/liberty'],
      ['openstack/nova', 'openstack-ci/fuel-9x0/liberty'],
      ['openstack/nova', '9.0'],
      ['openstack/nova', `${BRANCH}/x`],
      ['packages/trusty/libvirt', '9.0.1'],
      ['packages/trusty/libvirt', 'x9.0'],
      ['packages/trusty/libvirt', BRANCH],
    ] as const) {
      expect(refusal(packaging, { project, branch })).toMatch(/none of the release/);
    }
    expect(refusal(packaging, { project: 'x', branch: 'y' })).toBe(
      'packaging.yml: the project and branch are none of the release (found project "x", branch "y", expected ' +
        'openstack: [{customer}/]openstack/{package} and [{customer}/]openstack-build/{package}-build on openstack-ci/fuel-{release}/{openstack}; or ' +
        'linux: [{customer}/]packages/{distribution}/{package} on {release}; or ' +
        'master: [{customer}/]packages/fuel/{distribution}/{package} on {release})',
    );
  });

  it('says which targets there are for a distribution that is none', async () => {
    expect(refusal(await fuel(), { project: 'packages/xenial/libvirt', branch: '9.0' })).toBe(
      'packaging.yml: no target of the release is for the distribution xenial (found project "packages/xenial/libvirt", branch "9.0", expected ubuntu-14.04, centos-7)',
    );
  });

  it('goes from packages to projects and back', async () => {
    for (const packaging of [await fuel(), await fuel('customer: acme\n')]) {
      const found = projectNames(packaging, 'libvirt-python', { openstack: 'mitaka' });
      expect(found.map(({ kind, distribution }) => [kind, distribution])).toEqual([
        ['openstack', undefined],
        ['linux', 'trusty'],
        ['linux', 'centos7'],
        ['master', 'trusty'],
        ['master', 'centos7'],
      ]);
      for (const names of found) {
        for (const role of ['both', 'code', 'spec'] as const) {
          const ref = names[role];
          if (!ref) continue;
          const match = matchProject(packaging, ref);
          expect(match).toMatchObject({ ...ref, role, kind: names.kind, package: 'libvirt-python' });
          const other = match.pair?.role;
          expect(match.pair).toEqual(other ? { ...names[other], role: other } : undefined);
          const { distribution, openstack } = match;
          const values = { ...(distribution ? { distribution } : {}), ...(openstack ? { openstack } : {}) };
          const back = projectNames(packaging, match.package, values).filter(({ kind }) => kind === match.kind);
          expect(back).toEqual([names]);
        }
      }
    }
    // Nothing is guessed at: the OpenStack version is in no packaging.yml.
    expect(projectNames(await fuel(), 'nova').map(({ kind }) => kind)).not.toContain('openstack');
  });

  it('reads the fixture', async () => {
    const packaging = await loadPackaging('test/fixtures/packaging/right/fuel.yml');
    expect(await readFile('test/fixtures/packaging/right/fuel.yml', 'utf8')).toContain('customer: acme');
    expect(matchProject(packaging, { project: 'acme/packages/fuel/trusty/fuel', branch: 'stable/9.0' }).kind).toBe(
      'master',
    );
    // `kind: linux` of the package: it is found under no other.
    expect(matchProject(packaging, { project: 'acme/packages/trusty/kernel', branch: '9.0' }).kind).toBe('linux');
    expect(refusal(packaging, { project: 'acme/openstack/kernel', branch: BRANCH })).toMatch(/none of the release/);
    // Its targets are its own: not those of the release.
    expect(refusal(packaging, { project: 'acme/packages/centos7/kernel', branch: '9.0' })).toMatch(
      /no target of the release/,
    );
    expect(projectNames(packaging, 'kernel').map(({ both }) => both?.project)).toEqual(['acme/packages/trusty/kernel']);
  });
});

describe('plain projects', () => {
  it('are code and packaging together, in any group, on any branch', async () => {
    const packaging = await plain();
    for (const project of ['hello', 'acme/hello', 'a/b/c/hello']) {
      for (const branch of ['main', 'release/1.0', 'refs/heads/x']) {
        const match = matchProject(packaging, { project, branch });
        expect(match).toMatchObject({ kind: 'plain', role: 'both', package: 'hello', project });
        expect(match.branch).toBe(branch.replace('refs/heads/', ''));
      }
    }
    expect(projectNames(packaging, 'hello', { group: 'a/b', branch: 'main' })).toEqual([
      { kind: 'plain', both: { project: 'a/b/hello', branch: 'main' } },
    ]);
    expect(projectNames(packaging, 'hello', { branch: 'main' })[0]?.both?.project).toBe('hello');
    expect(projectNames(packaging, 'hello')).toEqual([]);
  });
});

describe('patterns', () => {
  it('refuses a project that fits several, and names both', async () => {
    const packaging = await plain("projects:\n  - plain\n  - { kind: other, project: 'acme/{package}' }\n");
    expect(refusal(packaging, { project: 'acme/hello', branch: 'main' })).toBe(
      'packaging.yml: the project is ambiguous: code and packaging of hello (plain), or code and packaging of hello (other) (found project "acme/hello", branch "main", expected patterns of which one fits)',
    );
    expect(matchProject(packaging, { project: 'x/hello', branch: 'main' }).kind).toBe('plain');
  });

  it('refuses a project that is code of one package and spec of another', async () => {
    const packaging = await plain("projects:\n  - { code: '{package}', spec: '{package}-spec' }\n");
    expect(refusal(packaging, { project: 'x-spec', branch: 'main' })).toMatch(
      /ambiguous: code of x-spec \(projects\), or spec of x \(projects\)/,
    );
  });

  it('refuses a name with two readings of one pattern', async () => {
    const packaging = await plain("projects:\n  - { kind: k, project: '[{distribution}/][{group}/]{package}' }\n");
    expect(refusal(packaging, { project: 'debian-12/hello', branch: 'main' })).toMatch(
      /ambiguous: code and packaging of hello \(k\), or code and packaging of hello for debian-12 \(k\)/,
    );
  });

  it('joins what project and branch share, and takes no other', async () => {
    const packaging = await plain(
      "projects:\n  - { kind: k, project: 'x/{package}', branch: 'debian/{package}/{distribution}' }\n",
    );
    expect(matchProject(packaging, { project: 'x/hello', branch: 'debian/hello/bookworm' }).package).toBe('hello');
    expect(refusal(packaging, { project: 'x/hello', branch: 'debian/world/bookworm' })).toMatch(/none of the release/);
  });

  it('has branches of its own for spec projects', async () => {
    const packaging = await plain(
      "projects:\n  - { kind: k, code: 'c/{package}', spec: 's/{package}', branch: 'up/{branch}', spec-branch: 'deb/{branch}' }\n",
    );
    expect(matchProject(packaging, { project: 'c/hello', branch: 'up/1.0/x' }).pair).toEqual({
      role: 'spec',
      project: 's/hello',
      branch: 'deb/1.0/x',
    });
    expect(matchProject(packaging, { project: 's/hello', branch: 'deb/1.0/x' }).pair?.branch).toBe('up/1.0/x');
  });

  it('reads dots and pluses of patterns as they are', async () => {
    const packaging = await plain("projects:\n  - { kind: k, project: 'a.b+c/{package}' }\n");
    expect(matchProject(packaging, { project: 'a.b+c/x', branch: 'm' }).package).toBe('x');
    expect(refusal(packaging, { project: 'axbbc/x', branch: 'm' })).toMatch(/none of/);
  });
});

describe('hostile names', () => {
  const HOSTILE = [
    '..',
    '.',
    '',
    ' ',
    '-rf',
    '--upload-pack=x',
    '.git',
    'a..b',
    'a/../b',
    '../a',
    '/etc',
    'a//b',
    'a/',
    '$(touch x)',
    '`x`',
    'a;b',
    'a|b',
    'a&b',
    'a b',
    "a'b",
    'a"b',
    'a\\b',
    'a\nb',
    'a\0b',
    'a\u001b[31mb',
    'a\u2028b',
    'a\u202eb',
    'ä',
    '${{ github.token }}',
    '%2e%2e',
    'a@{1}',
    'a:b',
    'a*',
    '{package}',
    'x'.repeat(600),
  ];

  it('never match, whatever the pattern', async () => {
    const wide = await plain(
      "projects:\n  - plain\n  - { kind: k, code: 'c/[{group}/]{package}', spec: 's/[{group}/]{package}-spec' }\n",
    );
    const original = await fuel();
    for (const name of HOSTILE) {
      // A name with a slash in it is one of two parts to `plain`, and fine if both are.
      expect(refusal(wide, { project: name, branch: 'main' })).toMatch(/none of the release/);
      expect(refusal(wide, { project: `acme/${name}`, branch: 'main' })).toMatch(/none of the release/);
      expect(refusal(wide, { project: `${name}/acme`, branch: 'main' })).toMatch(/none of the release/);
      expect(refusal(wide, { project: 'acme', branch: name })).toMatch(/none of the release/);
      expect(refusal(original, { project: `openstack/${name}`, branch: BRANCH })).toMatch(/none of the release/);
      expect(refusal(original, { project: `packages/${name}/x`, branch: '9.0' })).toMatch(/none of the release/);
      expect(refusal(original, { project: 'openstack/x', branch: `openstack-ci/fuel-9.0/${name}` })).toMatch(/none of/);
    }
  });

  it('are not made either', async () => {
    const packaging = await plain();
    for (const name of HOSTILE.filter((text) => text !== 'a/')) {
      expect(projectNames(packaging, name, { branch: 'main' })).toEqual([]);
      expect(
        projectNames(packaging, 'hello', { group: name, branch: 'main' }).map(({ both }) => both?.project),
      ).toEqual([]);
      expect(projectNames(packaging, 'hello', { branch: name })).toEqual([]);
    }
  });

  it('give errors on one line', async () => {
    for (const name of HOSTILE) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(refusal(await plain(), { project: `${name}\n`, branch: name })).not.toMatch(/[\u0000-\u001f\u2028]/);
    }
  });

  it('match in linear time', async () => {
    const packaging = await plain("projects:\n  - { kind: k, project: '[{group}/]x/{package}-build' }\n");
    const started = performance.now();
    for (const text of [
      'a/'.repeat(255),
      'a'.repeat(511),
      '-'.repeat(511),
      'a-'.repeat(255),
      `${'x/'.repeat(250)}-build`,
    ]) {
      for (let round = 0; round < 20; round++) refusal(packaging, { project: text, branch: text });
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
