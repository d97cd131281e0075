import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { changedReleases, parseIndexTargets, releaseListNames, releasePath } from '../../../src/buildroot/releases.ts';

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

// As apt 2.6 prints and names them.
const INDEXES = [
  'Packages\thttp://mirror.example.org/my_repo~x/\tbookworm-security\tmain/binary-amd64/Packages\t/var/lib/apt/lists/mirror.example.org_my%5frepo%7ex_dists_bookworm-security_main_binary-amd64_Packages',
  'Translations\thttp://mirror.example.org/debian/\tbookworm\tmain/i18n/Translation-en\t/var/lib/apt/lists/x',
  'Packages\tfile:/srv/repository/\tstable\tmain/binary-amd64/Packages\t/var/lib/apt/lists/_srv_repository_dists_stable_main_binary-amd64_Packages.lz4',
  'Packages\tfile:/srv/flat/\t./\tPackages\t/var/lib/apt/lists/_srv_flat_._Packages',
  'Packages\thttp://mirror.example.org/flat/\tamd64/\tPackages\t/var/lib/apt/lists/mirror.example.org_flat_amd64_Packages',
  '',
].join('\n');

describe('what apt keeps of an archive', () => {
  it('has names that follow from those of its indexes', () => {
    const targets = parseIndexTargets(INDEXES);
    expect(targets.map((target) => releaseListNames(target).map(({ list }) => list))).toEqual(
      [
        'mirror.example.org_my%5frepo%7ex_dists_bookworm-security',
        '_srv_repository_dists_stable',
        '_srv_flat_.',
        'mirror.example.org_flat_amd64',
      ].map((stem) => [`${stem}_InRelease`, `${stem}_Release`]),
    );
  });

  it('is found again below the address of the repository', () => {
    expect(releasePath('bookworm/updates', 'InRelease')).toBe('dists/bookworm/updates/InRelease');
    expect(releasePath('./', 'Release')).toBe('Release');
    expect(releasePath('amd64/', 'Packages')).toBe('amd64/Packages');
  });
});

describe('a local repository', () => {
  it.each([
    ['stable', 'dists/stable/InRelease', undefined],
    ['stable', 'dists/stable/Release', 'dists/stable/Release'],
    ['./', 'Release', 'Release'],
  ])('with the release %s is compared by %s', async (release, file, recorded) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'pkg-actions-releases-'));
    try {
      const place = path.join(folder, 'my_repo~x', file);
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(place, 'first');
      const uri = `file:${path.join(folder, 'my_repo~x')}`;
      const entry = { uri, release, sha256: digest('first'), ...(recorded ? { file: recorded } : {}) };
      expect(await changedReleases([entry])).toEqual([]);
      const name = release === './' ? uri : release;
      await writeFile(place, 'second');
      expect(await changedReleases([entry])).toEqual([name]);
      await rm(place);
      expect(await changedReleases([entry])).toEqual([name]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
