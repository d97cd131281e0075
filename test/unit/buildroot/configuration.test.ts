import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BuildrootRequest, configurationDigest, debBuildroot } from '../../../src/buildroot/configuration.ts';
import { rpmBuildroot } from '../../../src/buildroot/mock/configuration.ts';
import { resolveTarget, type TargetInput } from '../../../src/config/target.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-configuration-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Of packages and of the target itself, and nothing of its buildroot. */
const ELSE: readonly [what: string, more: Partial<TargetInput>][] = [
  ['aliases', { aliases: ['stable', 'ours'] }],
  ['a version tag', { versionTag: 'ours' }],
  ['a release', { release: '12.7' }],
  ['a codename', { suite: 'ours' }],
];

describe('the digest of the configuration of a deb buildroot', () => {
  const digest = async (more: Partial<TargetInput> = {}, request: Partial<BuildrootRequest> = {}) => {
    const own = { name: 'debian-12', extends: 'debian-12', ...more };
    const target = resolveTarget(own.name, [own]);
    return configurationDigest(await debBuildroot({ target, architecture: 'amd64', ...request }));
  };

  it.each([
    ...ELSE,
    ['a name', { name: 'ours' }],
    ['fewer architectures', { architectures: ['amd64'] }],
    ['packages that are included in another order', { include: ['b1', 'a1', 'b1'] }],
  ])('is the same with %s', async (_what, more) => {
    const builtIn = await debBuildroot({ target: resolveTarget('bookworm'), architecture: 'amd64' });
    const include = [...(more.include ?? [])].sort();
    expect(await digest(more)).toBe(configurationDigest({ ...builtIn, include }));
  });

  it.each<[string, Partial<TargetInput>, Partial<BuildrootRequest>]>([
    ['another mirror', { mirror: 'http://x.example.org/debian' }, {}],
    ['another suite', { sources: [{ suites: ['bookworm'] }] }, {}],
    ['a further source', { extraSources: [{ suites: ['bookworm-backports'] }] }, {}],
    ['other components', { components: ['main', 'contrib'] }, {}],
    ['another keyring', { keyring: '/usr/share/keyrings/x.gpg' }, {}],
    ['another distribution, whose mirrors of the host are taken', { distribution: 'ubuntu' }, {}],
    ['a package', { include: ['ccache'] }, {}],
    ['another architecture', {}, { architecture: 'arm64' }],
    ['a mirror of the job', {}, { mirror: 'http://x.example.org/debian' }],
    ['a repository', {}, { repositories: ['deb [trusted=yes] http://x.example.org/r ./'] }],
    ['a pin', {}, { pins: ['gcc; release a=x; 100'] }],
    ['a package of the job', {}, { include: ['ccache'] }],
  ])('is another with %s', async (_what, more, request) => {
    expect(await digest(more, request)).not.toBe(await digest());
  });
});

describe('the digest of the configuration of an rpm buildroot', () => {
  const mock = { config: 'tiny-{architecture}' };
  const digest = async (more: Partial<TargetInput> = {}, include: readonly string[] = []) => {
    const own: TargetInput = { name: 'el9', extends: 'el9', mock, ...more };
    const target = resolveTarget(own.name, [own]);
    return configurationDigest(await rpmBuildroot({ target, architecture: 'x86_64', folder, include }));
  };
  beforeEach(async () => {
    await mkdir(path.join(folder, 'templates'));
    await writeFile(path.join(folder, 'templates', 'tiny.tpl'), "config_opts['releasever'] = '9'\n");
    for (const name of ['tiny', 'other'])
      await writeFile(path.join(folder, `${name}-x86_64.cfg`), "include('templates/tiny.tpl')\n");
  });

  it.each([
    ...ELSE,
    ['a name', { name: 'ours' }],
    ['fewer architectures', { architectures: ['x86_64'] }],
    ['the whole name of the configuration', { mock: { config: 'tiny-x86_64' } }],
  ])('is the same with %s', async (_what, more) => {
    expect(await digest(more)).toBe(await digest());
  });

  it('is another with another configuration of mock, also where that is in a file that it includes', async () => {
    const before = await digest();
    expect(await digest({ mock: { config: 'other-{architecture}' } })).not.toBe(before);
    expect(await digest({ mock: { text: "config_opts['root'] = 'x'\n" } })).not.toBe(before);
    expect(await digest({ include: ['gcc'] })).not.toBe(before);
    expect(await digest({}, ['gcc'])).toBe(await digest({ include: ['gcc'] }));
    await writeFile(path.join(folder, 'templates', 'tiny.tpl'), "config_opts['releasever'] = '10'\n");
    expect(await digest()).not.toBe(before);
  });
});
