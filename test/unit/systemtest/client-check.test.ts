import { describe, expect, it } from 'vitest';
import { InfrastructureError, UserError } from '../../../src/errors.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import {
  isMissing,
  readSimulation,
  replacedNames,
  statusWith,
  unmetReason,
} from '../../../src/systemtest/client-check/apt-text.ts';
import { unresolvedReason } from '../../../src/systemtest/client-check/dnf-text.ts';
import { findGroups } from '../../../src/systemtest/client-check/groups.ts';
import type { ChangedPackage, PoolPackage } from '../../../src/systemtest/client-check/request.ts';
import { checkWithRetries } from '../../../src/systemtest/client-check/retries.ts';
import { checkCompanions, checkUpgrades } from '../../../src/systemtest/client-check/upgrades.ts';

describe('apt', () => {
  it('reads what a simulation would do', () => {
    const output = [
      'Reading package lists...',
      'The following packages will be REMOVED:',
      '  helper base-thing',
      'WARNING: The following essential packages will be removed.',
      'This should NOT be done unless you know exactly what you are doing!',
      '  base-thing other-thing (due to base-thing)',
      '0 upgraded, 2 newly installed',
      'Remv helper [1.0] []',
      'Inst libc6:i386 (2.36-9 Debian:12.5/stable, Debian-Security:12/stable-security [i386]) []',
      'Inst hello [1.0] (1:2.0-1 Acme:bookworm [amd64])',
      'Inst data (2.0 localhost [all])',
      'Conf hello (1:2.0-1 Acme:bookworm [amd64])',
    ].join('\n');
    expect(readSimulation(output)).toEqual({
      install: [
        { name: 'libc6', version: '2.36-9', architecture: 'i386' },
        { name: 'hello', version: '1:2.0-1', architecture: 'amd64' },
        { name: 'data', version: '2.0', architecture: 'all' },
      ],
      remove: [{ name: 'helper', version: '1.0' }],
      essential: expect.arrayContaining(['base-thing', 'other-thing']),
    });
  });

  it('tells why, what is only a consequence last', () => {
    const output = [
      'The following packages have unmet dependencies:',
      ' app : Depends: lib (>= 2) but it is not going to be installed',
      ' lib : Depends: nowhere but it is not installable',
      '       Depends: libc6 (>= 99) but 2.36 is to be installed',
      'E: Unable to correct problems, you have held broken packages.',
    ].join('\n');
    expect(unmetReason(output)).toBe(
      'lib : Depends: nowhere but it is not installable; Depends: libc6 (>= 99) but 2.36 is to be installed; app : Depends: lib (>= 2) but it is not going to be installed',
    );
    expect(isMissing(unmetReason(output))).toBe(true);
    expect(isMissing(' aa : Conflicts: bb but 2.0 is to be installed')).toBe(false);
    expect(unmetReason("E: Version '3' for 'x' was not found\n")).toBe("Version '3' for 'x' was not found");
  });

  it('makes a status file of what would be installed', () => {
    const status =
      'Package: old\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\nPackage: gone\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\nPackage: stays\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n';
    const shown =
      'Package: old\nArchitecture: amd64\nVersion: 2\nFilename: pool/x.deb\nSize: 12\nSHA256: aa\nDescription: x\n a line\n\n\nPackage: more\nArchitecture: all\nVersion: 3\nMD5sum:\n aa\n';
    expect(statusWith(status, shown, ['gone'])).toBe(
      'Package: stays\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\nPackage: old\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2\nDescription: x\n a line\n\nPackage: more\nStatus: install ok installed\nArchitecture: all\nVersion: 3\n',
    );
    const replaces = 'Package: aa\nReplaces: bb (<< 2), cc,\n  dd:any (= 1)\n\nPackage: ee\n';
    expect([...replacedNames(replaces)]).toEqual(['bb', 'cc', 'dd']);
  });
});

describe('dnf', () => {
  it('tells why, the general last, without our names of repositories', () => {
    const lines = [
      'Error: ',
      ' Problem: cannot install the best update candidate for package app-1-1.noarch',
      '  - cannot install the best candidate for the job',
      '  - conflicting requests',
      '  - nothing provides nowhere needed by app-2-1.noarch from pkg-actions-staged',
    ];
    expect(unresolvedReason(lines)).toBe(
      'nothing provides nowhere needed by app-2-1.noarch; cannot install the best update candidate for package app-1-1.noarch; cannot install the best candidate for the job',
    );
    const conflict = [
      'Error: ',
      ' Problem 1: package a-1-1.noarch from pkg-actions-staged conflicts with b provided by b-1-1.noarch',
      '  - conflicting requests',
    ];
    expect(unresolvedReason(conflict)).toBe('package a-1-1.noarch conflicts with b provided by b-1-1.noarch');
    expect(unresolvedReason(['Error: Failed to download metadata for repo x'])).toBeUndefined();
  });
});

const pooled = (name: string, version: string): PoolPackage => ({
  name,
  version,
  architecture: 'all',
  path: `pool/${name}`,
  size: 1,
  sha256: '',
});
const changed = (name: string, former: string | null = '1'): ChangedPackage => ({
  ...pooled(name, '2'),
  former: former === null ? undefined : pooled(name, former),
});
const namesOf = (packages: readonly ChangedPackage[]) => packages.map(({ name }) => name).join(' ');

describe('groups', () => {
  it('are one where all is well, and are halved down to what is bad', async () => {
    const tried: string[] = [];
    const without =
      (...bad: string[]) =>
      async (items: readonly string[]) => {
        tried.push(items.join(''));
        return items.some((each) => bad.includes(each)) ? `no ${items.join('')}` : undefined;
      };
    expect(await findGroups([...'abcd'], without())).toEqual({ good: [[...'abcd']], bad: [] });
    expect(tried).toEqual(['abcd']);
    expect(await findGroups([...'abcde'], without('b'))).toEqual({
      good: [['a'], ['c'], ['d', 'e']],
      bad: [{ item: 'b', reason: 'no b' }],
    });
    expect(await findGroups([], without())).toEqual({ good: [], bad: [] });
    const conflict = async (items: readonly string[]) =>
      items.includes('a') && items.includes('b') ? 'a conflicts with b' : undefined;
    expect((await findGroups([...'ab'], conflict)).bad).toEqual([]);
  });
});

describe('upgrades', () => {
  const none = async () => undefined;

  it('are of what could be installed together before', async () => {
    const upgraded: string[] = [];
    const result = await checkUpgrades([changed('a'), changed('b'), changed('new', null), changed('broken')], {
      installFormer: async (group) =>
        namesOf(group).includes('broken') || namesOf(group) === 'a b' ? 'cannot' : undefined,
      upgrade: async (group) => {
        upgraded.push(namesOf(group));
        return undefined;
      },
    });
    expect(upgraded).toEqual(['a', 'b']);
    expect(result).toEqual({ upgraded: 2, refused: [] });
  });

  it('name what fails alone, else those that fail together', async () => {
    const packages = [changed('lib'), changed('lib-data'), changed('x')];
    const alone = await checkUpgrades(packages, {
      installFormer: none,
      upgrade: async (group) => (namesOf(group).includes('lib-data') ? 'lib-data cannot' : undefined),
    });
    expect(alone).toEqual({
      upgraded: 2,
      refused: [{ step: 'upgrade', packages: [packages[1]], reason: 'lib-data cannot' }],
    });
    const steps = {
      installFormer: none,
      upgrade: async (group: readonly ChangedPackage[]) =>
        group.length === 3 ? 'lib-data-2-1 conflicts with x provided by x-2-1' : undefined,
    };
    const together = await checkUpgrades(packages, steps);
    expect(together.refused.map((each) => namesOf(each.packages))).toEqual(['lib-data x']);
    // Nobody knows whether they were on one machine.
    expect((await checkUpgrades(packages, { ...steps, isKnown: () => false })).refused).toEqual([]);
  });
});

describe('companions', () => {
  it('are warned of where they hold an upgrade back', async () => {
    const packages = [changed('app'), changed('new', null)];
    const extra = pooled('app-extra', '1');
    const asked: string[] = [];
    const upgrade = (reason?: string) => async (group: readonly ChangedPackage[], others: readonly PoolPackage[]) => {
      asked.push(`${namesOf(group)} with ${others.map(({ name }) => name).join(' ')}`);
      return reason;
    };
    expect(await checkCompanions(packages, [], upgrade('never asked'))).toEqual([]);
    expect(await checkCompanions([changed('new', null)], [extra], upgrade('never asked'))).toEqual([]);
    expect(await checkCompanions(packages, [extra], upgrade())).toEqual([]);
    expect(asked).toEqual(['app with app-extra']);
    expect(await checkCompanions(packages, [extra], upgrade('app-extra-1 requires app = 1'))).toEqual([
      'machines that have app-extra 1, of which there is no newer version, are not upgraded: app-extra-1 requires app = 1',
    ]);
  });
});

describe('retries', () => {
  const retried = async (fail: () => Error, retries: number) => {
    const host = new RecordingHost();
    let attempts = 0;
    const error = await checkWithRetries(
      { format: 'deb', retries, where: 'debian-12 (amd64)', logger: host, signal: host.signal },
      async () => {
        attempts += 1;
        throw fail();
      },
    ).catch((thrown: unknown) => thrown);
    return { attempts, error };
  };

  it('are for what is not the package’s doing, and never told as it', async () => {
    process.env['PKG_ACTIONS_RETRY_WAIT'] = '0';
    try {
      const down = await retried(() => new InfrastructureError({ what: 'the mirror does not answer' }), 2);
      expect(down.attempts).toBe(3);
      expect(down.error).toBeInstanceOf(InfrastructureError);
      expect((down.error as Error).message).toMatch(
        /^debian-12 \(amd64\): the packages cannot be tried .*mirror does not answer/,
      );
    } finally {
      delete process.env['PKG_ACTIONS_RETRY_WAIT'];
    }
    const wrong = new UserError({ what: 'the package cannot be installed' });
    expect(await retried(() => wrong, 2)).toEqual({ attempts: 1, error: wrong });
  });
});
