import { describe, expect, test } from 'vitest';
import { diagnoseSbuild } from '../../../src/builder/log/classify.ts';
import {
  PHASE_TITLES,
  PHASES,
  phaseOfDebhelper,
  phaseOfSection,
  phaseOfTarget,
} from '../../../src/builder/log/phase.ts';
import { type WalkedLine, walk } from '../../../src/builder/log/structure.ts';
import { fixture, sbuildLog } from './sbuild-log.ts';

test('every phase has a title of its own', () => {
  expect(new Set(PHASES.map((phase) => PHASE_TITLES[phase])).size).toBe(PHASES.length);
});

describe('sections', () => {
  test.each([
    ['Update chroot', 'update'],
    ['Fetch source files', 'fetch'],
    ['Install package build dependencies', 'dependencies'],
    ['Install build dependencies', 'dependencies'],
    ['Install main build dependencies (apt-based resolver)', 'dependencies'],
    ['Install fakeroot', 'dependencies'],
    ['Check architectures', 'arch-check'],
    ['Unpack source', 'unpack'],
    ['dpkg-buildpackage', 'build'],
    ['Post Build', undefined],
    ['whatever', undefined],
  ])('%s before the build is %s', (title, phase) => {
    expect(phaseOfSection(title, false)).toBe(phase);
  });

  test.each([
    ['Changes', 'results'],
    ['tinypkg_1.0_amd64.changes:', 'results'],
    ['Post Build', 'post-build'],
    ['Cleanup', 'cleanup'],
    ['Install package build dependencies', undefined],
    ['Update chroot', undefined],
  ])('%s after it is %s', (title, phase) => {
    expect(phaseOfSection(title, true)).toBe(phase);
  });
});

describe('commands and targets', () => {
  test.each([
    ['dh_auto_clean', 'clean'],
    ['dh_autoreconf', 'configure'],
    ['dh_auto_configure', 'configure'],
    ['dh_auto_build', 'build'],
    ['dh_auto_test', 'test'],
    ['dh_auto_install', 'install'],
    ['dh_installman', 'install'],
    ['dh_missing', 'install'],
    ['dh_python3', 'install'],
    ['dh_strip', 'package'],
    ['dh_shlibdeps', 'package'],
    ['dh_installdeb', 'package'],
    ['dh_builddeb', 'package'],
    ['dh_something_new', undefined],
    ['constructor', undefined],
  ])('%s is %s', (command, phase) => {
    expect(phaseOfDebhelper(command)).toBe(phase);
  });

  test.each([
    ['override_dh_auto_test', 'test'],
    ['override_dh_auto_build-arch', 'build'],
    ['execute_after_dh_auto_install', 'install'],
    ['check', 'test'],
    ['debian/stamp-makefile-check', 'test'],
    ['debian/stamp-autotools', 'configure'],
    ['common-install-arch', 'install'],
    ['latest.o', undefined],
    ['all', undefined],
  ])('the target %s is %s', (target, phase) => {
    expect(phaseOfTarget(target)).toBe(phase);
  });
});

describe('walk', () => {
  /** Phases of the lines that fit `pattern`. */
  function phasesOf(log: string, pattern: RegExp): string[] {
    const lines: WalkedLine[] = [];
    walk(log, (line) => lines.push(line));
    return [
      ...new Set(lines.filter(({ text }) => pattern.test(text)).map(({ phase, origin }) => `${origin} ${phase}`)),
    ];
  }

  test.each(['sb85-s-success', 'sb89-s-success', 'sb85-u-compile-failure'])('%s: who wrote what', (name) => {
    const log = fixture(`sbuild/${name}.log`);
    expect(phasesOf(log, /^Selecting previously unselected package sbuild-build-depends-main/)).toEqual([
      'tool dependencies',
    ]);
    expect(phasesOf(log, /^Arch check ok/)).toEqual(['tool arch-check']);
    expect(phasesOf(log, /^dpkg-source: info: unpacking/)).toEqual(['tool unpack']);
    expect(phasesOf(log, /^ {3}dh_clean/)).toEqual(['package clean']);
    expect(phasesOf(log, /^ {3}dh_autoreconf/)).toEqual(['package configure']);
    expect(phasesOf(log, /^Purging/)).toEqual(['tool cleanup']);
  });

  test('what the dose3 explainer prints is ignored', () => {
    const log = fixture('sbuild/sb85-s-missing-build-dep.log');
    expect(phasesOf(log, /Temporary failure resolving/)).toEqual(['ignored dependencies']);
    expect(phasesOf(log, /libdoes-not-exist-dev.*not installable/)).toEqual(['tool dependencies']);
  });

  test('every line but banners is visited once, with its number', () => {
    const log = fixture('sbuild/sb89-s-compile-failure.log');
    const numbers: number[] = [];
    walk(log, ({ number }) => numbers.push(number));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers);
    expect(log.split('\n').length - numbers.length).toBeLessThan(70);
  });
});

describe('the phase of a failure', () => {
  const phaseOf = (output: string) =>
    diagnoseSbuild({
      log: sbuildLog({ build: `Command: dpkg-buildpackage\n${output}\ndpkg-buildpackage: error: it failed\n` }),
      exitCode: 2,
      end: 'exit',
      hasChanges: false,
    }).phase;

  test.each([
    ['a package without debhelper', ' debian/rules build\nmake[1]: *** [Makefile:3: all] Error 2', 'build'],
    ['its tests', ' debian/rules build\nmake[1]: *** [Makefile:3: check] Error 2', 'test'],
    ['its tests, by an old make', ' debian/rules build\nmake[1]: *** [check] Error 2', 'test'],
    [
      'an override',
      '   debian/rules override_dh_auto_test\nmake[1]: *** [debian/rules:5: override_dh_auto_test] Error 1',
      'test',
    ],
    [
      'the command that an override runs',
      '   debian/rules override_dh_auto_build\ndh_auto_configure -- --x\ndh_auto_configure: error: it failed',
      'configure',
    ],
    ['dpkg-genchanges', ' dpkg-genchanges --build=binary -O../x.changes\ndpkg-genchanges: error: bad', 'package'],
    ['dpkg-source -b', ' dpkg-source -b .\ndpkg-source: error: bad', 'source'],
  ])('%s', (_title, output, phase) => {
    expect(phaseOf(output)).toBe(phase);
  });
});
