import { describe, expect, it } from 'vitest';
import { describeChanges, packageChanges } from '../../../src/buildroot/package-changes.ts';

describe('changes of packages', () => {
  it('of deb go by name and architecture, and know what is newer', () => {
    const before = [
      'apt:amd64=2.6.1',
      'gone:all=1.0',
      'libc6:amd64=2.36-9',
      'newer:all=1.0~rc1',
      'same:all=1',
      'x:all=2',
    ];
    const after = ['apt:amd64=2.6.1', 'come:all=1.0', 'libc6:i386=2.36-9', 'newer:all=1.0', 'same:all=1', 'x:all=1.10'];
    const changes = packageChanges('deb', before, after);
    expect(changes).toEqual({
      upgraded: [{ name: 'newer:all', from: '1.0~rc1', to: '1.0' }],
      downgraded: [{ name: 'x:all', from: '2', to: '1.10' }],
      added: [
        { name: 'come:all', version: '1.0' },
        { name: 'libc6:i386', version: '2.36-9' },
      ],
      removed: [
        { name: 'gone:all', version: '1.0' },
        { name: 'libc6:amd64', version: '2.36-9' },
      ],
    });
    expect(describeChanges(changes)).toBe('1 upgraded, 1 downgraded, 2 new, 2 removed');
  });

  it('of rpm know epochs, dashes in names, and several versions of one name', () => {
    const before = ['gcc-c++-12.1-1.el9.x86_64', 'gpg-pubkey-1-1.noarch', 'vim-2:8.2-1.x86_64'];
    const after = [
      'gcc-c++-12.10-1.el9.x86_64',
      'gpg-pubkey-1-1.noarch',
      'gpg-pubkey-2-1.noarch',
      'vim-1:9.0-1.x86_64',
    ];
    expect(packageChanges('rpm', before, after)).toEqual({
      upgraded: [{ name: 'gcc-c++.x86_64', from: '12.1-1.el9', to: '12.10-1.el9' }],
      downgraded: [{ name: 'vim.x86_64', from: '2:8.2-1', to: '1:9.0-1' }],
      added: [{ name: 'gpg-pubkey.noarch', version: '2-1' }],
      removed: [],
    });
  });

  it('are none of equal lists, and take what they cannot read as it is', () => {
    expect(describeChanges(packageChanges('deb', ['a:all=1'], ['a:all=1']))).toBe('no packages changed');
    expect(packageChanges('rpm', ['odd'], ['a-1 b-2.noarch', 'a-(none)-1.x']).added).toHaveLength(2);
    expect(packageChanges('rpm', ['a-(x)-1.noarch'], ['a-2-1.noarch']).upgraded).toHaveLength(1);
  });
});
