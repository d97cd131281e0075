import { describe, expect, it } from 'vitest';
import { isAsPlanned, parsePlan, planEntries, type RpmPlan } from '../../../../src/buildroot/mock/dnf-plan.ts';

const CACHE = '/var/lib/mock/buildroot/root/var/cache/dnf';
const gcc = {
  nevra: 'gcc-12.2-1.el9.x86_64',
  name: 'gcc',
  architecture: 'x86_64',
  evr: '0:12.2-1.el9',
  checksum: `sha256:${'a'.repeat(64)}`,
  size: 10,
  file: `${CACHE}/base-0123456789abcdef/packages/gcc-12.2-1.el9.x86_64.rpm`,
};
const vim = {
  ...gcc,
  nevra: 'vim-2:9.0-1.el9.x86_64',
  name: 'vim',
  evr: '2:9.0-1.el9',
  checksum: '',
  file: null,
};
const plan = (more: Partial<RpmPlan> = {}): RpmPlan => ({ install: [gcc], remove: [], ...more });

describe('a plan of dnf', () => {
  it('is what the plugin wrote', () => {
    expect(parsePlan(JSON.stringify(plan({ install: [vim, gcc] })))).toEqual(plan({ install: [vim, gcc] }));
    expect(parsePlan('{"install":[],"remove":[]}')).toEqual({ install: [], remove: [] });
  });

  it.each([
    '',
    'null',
    '{"install":[]}',
    '{"install":[{}],"remove":[]}',
    ...[
      '/etc/passwd',
      `${CACHE}/../../../etc/x.rpm`,
      `${CACHE}/a\nb.rpm`,
      `${CACHE}/x`,
      '/var/lib/mock/other/root/var/cache/x.rpm',
    ].map((file) => JSON.stringify(plan({ install: [{ ...gcc, file }] }))),
  ])('is not %s', (text) => {
    expect(parsePlan(text)).toBeUndefined();
  });

  it('is the same key in any order, with the digests that are known', () => {
    const entries = planEntries(plan({ install: [vim, gcc], remove: ['old-1-1.noarch'] }));
    expect(entries).toEqual([`gcc:x86_64=0:12.2-1.el9 ${gcc.checksum}`, 'old-1-1.noarch-', 'vim:x86_64=2:9.0-1.el9']);
    expect(planEntries(plan({ install: [gcc, vim], remove: ['old-1-1.noarch'] }))).toEqual(entries);
    const others = planEntries(plan({ install: [{ ...gcc, checksum: `sha256:${'b'.repeat(64)}` }] }));
    expect(others).not.toEqual(planEntries(plan()));
  });
});

describe('what was installed', () => {
  const before = ['base-9-1.noarch', 'old-1-1.noarch'];

  it('is as planned where it is exactly that, however rpm shows an epoch of 0', () => {
    expect(isAsPlanned(plan(), before, [...before, gcc.nevra])).toBe(true);
    expect(isAsPlanned(plan(), before, [...before, 'gcc-0:12.2-1.el9.x86_64'])).toBe(true);
    const changes = plan({ install: [vim], remove: ['old-1-1.noarch'] });
    expect(isAsPlanned(changes, before, ['base-9-1.noarch', vim.nevra])).toBe(true);
  });

  it.each([
    ['less', before],
    ['more', [...before, gcc.nevra, 'more-1-1.noarch']],
    ['another version', [...before, 'gcc-12.3-1.el9.x86_64']],
    ['another epoch', [...before, 'gcc-1:12.2-1.el9.x86_64']],
    ['something gone', ['base-9-1.noarch', gcc.nevra]],
  ])('is not where it is %s', (_what, after) => {
    expect(isAsPlanned(plan(), before, after)).toBe(false);
  });
});
