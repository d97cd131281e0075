import { describe, expect, it } from 'vitest';
import { compareVersions, parseVersion } from '../../../src/deb/version.ts';
import { agree, debianSpelling, sameUpstream, versionOfTag } from '../../../src/source/upstream-version.ts';

describe('versionOfTag', () => {
  it.each([
    ['1.2.3', '1.2.3'],
    ['v1.2.3', '1.2.3'],
    ['V1.2', '1.2'],
    ['release-1.2', '1.2'],
    ['release/1.2', '1.2'],
    ['release/v1.2', '1.2'],
    ['rel_1_2', '1.2'],
    ['R_2_5_0', '2.5.0'],
    ['hello-2.10', '2.10'],
    ['hello_2.10', '2.10'],
    ['hello/v2.10', '2.10'],
    ['hello@2.10', '2.10'],
    ['Hello-2.10', '2.10'],
    ['other-name-2.10', '2.10'],
    ['log4cpp-1.1', '1.1'],
    ['curl-8_5_0', '8.5.0'],
    ['OpenSSL_1_1_1w', '1.1.1w'],
    ['upstream/1.2', '1.2'],
    ['upstream/1.2_rc1', '1.2~rc1'],
    ['upstream/1.2+dfsg1', '1.2+dfsg1'],
    ['2015.1.0rc1', '2015.1.0~rc1'],
    ['v1.2.3-rc.1', '1.2.3~rc1'],
    ['v1.2.3-beta.2', '1.2.3~beta2'],
    ['v1.2.3-alpha', '1.2.3~alpha'],
    ['2024-01-15', '2024.01.15'],
    ['1.2-1', '1.2.1'],
  ])('%s is %s', (tag, version) => {
    expect(versionOfTag(tag, 'hello')).toBe(version);
  });

  it.each(['debian/1.2-1', 'ubuntu/1.2', 'nightly', 'v', 'release', '-x', '1.2 3', '1.2$(touch x)', '1.2;rm'])(
    '%s is no upstream version',
    (tag) => {
      expect(versionOfTag(tag, 'hello')).toBeUndefined();
    },
  );

  it('takes digits of the package name for a part of the name', () => {
    expect(versionOfTag('libx264-0.164', 'libx264')).toBe('0.164');
    expect(versionOfTag('python3-foo-1.2', 'python3-foo')).toBe('1.2');
  });
});

describe('debianSpelling', () => {
  it.each([
    ['1.2.3rc1', '1.2.3~rc1'],
    ['1.2.3RC1', '1.2.3~rc1'],
    ['1.2.3.0a1', '1.2.3.0~a1'],
    ['1.2.3b2', '1.2.3~b2'],
    ['1.2.3c1', '1.2.3~c1'],
    ['1.2.3.dev4', '1.2.3~dev4'],
    ['1.2.3rc1.dev4', '1.2.3~rc1~dev4'],
    ['1.2.3.post1', '1.2.3.post1'],
    ['1.2.3.post1.dev2', '1.2.3.post1~dev2'],
    ['1.2.3+local.1', '1.2.3+local.1'],
    ['1.2.3+local-1', '1.2.3+local.1'],
    ['1!2.0', '2.0'],
    ['1.0.2a', '1.0.2a'],
    ['9', '9'],
  ])('%s becomes %s', (text, version) => {
    expect(debianSpelling(text)).toBe(version);
    expect(parseVersion(`${version}-1`).upstream).toBe(version);
  });

  it('keeps the order of PEP 440', () => {
    const order = [
      '1.0a1.dev1',
      '1.0a1',
      '1.0a2',
      '1.0b1',
      '1.0rc1.dev1',
      '1.0rc1',
      '1.0rc2',
      '1.0',
      '1.0+local.1',
      '1.0.post1.dev1',
      '1.0.post1',
      '1.1.dev1',
      '1.1',
    ].map((text) => debianSpelling(text) ?? '');
    for (let index = 1; index < order.length; index++) {
      expect(
        compareVersions(order[index - 1] ?? '', order[index] ?? ''),
        order.slice(index - 1, index + 1).join(),
      ).toBe(-1);
    }
  });

  it('gives nothing for what cannot be a version', () => {
    for (const text of ['', 'x', '1.2:3', '1 2', '1.2\n', '1.2/3']) expect(debianSpelling(text)).toBeUndefined();
  });
});

describe('agree', () => {
  const tag = (name: string) => ({ name, upstream: versionOfTag(name, 'hello') ?? '' });
  const changelog = (text: string) => {
    const { upstream, revision } = parseVersion(text);
    return { upstream, revision };
  };

  it('takes the spelling of the changelog', () => {
    expect(agree(changelog('1.2~rc1-1'), tag('v1.2.rc1'))?.upstream).toBe('1.2~rc1');
    expect(agree(changelog('1.2~alpha1-1'), tag('1.2a1'))?.upstream).toBe('1.2~alpha1');
    expect(sameUpstream('1.2~pre1', '1.2~rc1')).toBe(true);
  });

  it('takes a tag that is the whole version', () => {
    expect(agree(changelog('1.2-3'), tag('1.2-3'))).toEqual({ upstream: '1.2', revision: '3', repacked: false });
    expect(agree(changelog('1.2-3'), tag('v1.2-3'))?.upstream).toBe('1.2');
    for (const name of ['hello-1.2-3', 'hello-1.2-3.el9']) {
      expect(agree(changelog('1.2-3'), tag(name), 'hello')?.upstream, name).toBe('1.2');
      expect(agree(changelog('1.2-3'), tag(name), 'other'), name).toBeUndefined();
    }
    expect(agree(changelog('1.2-3'), tag('hello-1.2-30'), 'hello')).toBeUndefined();
  });

  it('lets a native version go on behind the tag', () => {
    expect(agree(changelog('8.0.0+mos1'), tag('8.0.0'))).toEqual({
      upstream: '8.0.0',
      revision: '+mos1',
      repacked: false,
    });
    expect(agree(changelog('8.0.0~rc1'), tag('8.0.0'))).toBeUndefined();
    expect(agree(changelog('8.0.01'), tag('8.0.0'))).toBeUndefined();
  });

  it('knows repacked tarballs', () => {
    expect(agree(changelog('1.2+dfsg1-1'), tag('v1.2'))).toEqual({
      upstream: '1.2+dfsg1',
      revision: '1',
      repacked: true,
    });
    expect(agree(changelog('1.2+dfsg1-1'), tag('upstream/1.2+dfsg1'))?.repacked).toBe(false);
  });

  it('tells other versions apart', () => {
    for (const name of ['v1.3', '1.2.1', 'v1.2rc1', '2.1.2']) {
      expect(agree(changelog('1.2-1'), tag(name)), name).toBeUndefined();
    }
  });
});
