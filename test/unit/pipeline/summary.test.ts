import { describe, expect, it } from 'vitest';
import { type BuiltJob, type PublishedTarget, pipelineSummary } from '../../../src/actions/pipeline/summary.ts';
import { defaultPackaging } from '../../../src/config/packaging.ts';

const packaging = await defaultPackaging({ folder: '/srv/hello', name: 'hello', targets: ['debian-12', 'debian-13'] });
const [entry] = packaging.packages;
const [bookworm, trixie] = packaging.targets;
if (!entry || !bookworm || !trixie) throw new Error('no package');

const built = (target = bookworm): BuiltJob => ({
  job: { package: entry, target, reference: target.name, sources: '/w/sources', packages: '/w/packages' },
  version: '2.10-3+git1',
  origins: [
    { role: 'code', project: 'openstack/hello', commit: 'a'.repeat(40), tag: '2.10' },
    { role: 'spec', project: 'openstack-build/hello-build', commit: 'b'.repeat(40) },
  ],
  packages: ['hello', 'hello-dbgsym'],
  prepareSeconds: 1.25,
  buildSeconds: 20,
});

const published = (target: string, more: Partial<PublishedTarget> = {}): PublishedTarget => ({
  target,
  root: '/srv/repository',
  channel: 'testing',
  snapshot: '20260101T000000Z-abcdef',
  changed: true,
  fingerprint: 'F'.repeat(40),
  format: 'deb',
  fileName: 'acme',
  entry: 'Types: deb\nURIs: file:/srv/repository/public/testing\n',
  checkSeconds: 0.5,
  publishSeconds: 2,
  installed: {
    installed: ['hello:amd64=2.10-3+git1'],
    tried: [{ command: 'hello', output: 'Hello, world!\nmore' }],
    seconds: 5,
  },
  ...more,
});

const report = (more: Partial<Parameters<typeof pipelineSummary>[0]> = {}) =>
  pipelineSummary({
    release: { name: 'acme', version: '1' },
    buildrootSeconds: 3,
    built: [built()],
    published: [published('debian-12')],
    seconds: 33.3,
    failures: [],
    ...more,
  });

describe('the summary of a run', () => {
  it('says what was built, from what, where it is, how long it took and how to use it', () => {
    const text = report();
    expect(text).toContain('## acme 1: one package built and published\n');
    expect(text).toContain(
      '| `hello` | `2.10-3+git1` | `debian-12` | `hello`, `hello-dbgsym` | `openstack/hello` at `aaaaaaaaaaaa`, tag `2.10`, packaging `openstack-build/hello-build` at `bbbbbbbbbbbb` | 1.3 s | 20.0 s |',
    );
    expect(text).toContain('- Repository: `/srv/repository`, channel `testing` → snapshot `20260101T000000Z-abcdef`\n');
    expect(text).toContain('- Installed with apt in a clean session: `hello:amd64=2.10-3+git1`\n');
    expect(text).toContain('- `hello` → `Hello, world!`\n');
    expect(text).toContain('```\nTypes: deb\nURIs: file:/srv/repository/public/testing\n```');
    expect(text).toContain('To use it, write this to `/etc/apt/sources.list.d/acme.sources`:\n');
    expect(text).toContain('Time: 33.3 s in all; buildroots 3.0 s, check 0.5 s, publish 2.0 s, install 5.0 s.');
  });

  it('names the file for dnf, and no version that nobody has said', () => {
    const text = report({ release: { name: 'hello' }, published: [published('el9', { format: 'rpm' })] });
    expect(text).toContain('## hello: one package built and published\n');
    expect(text).toContain('To use it, write this to `/etc/yum.repos.d/acme.repo`:\n');
    expect(text).toContain('- Installed with dnf in a clean session');
  });

  it('tells targets apart', () => {
    const text = report({
      built: [built(), built(trixie)],
      published: [published('debian-12'), published('debian-13', { changed: false, installed: undefined })],
    });
    expect(text).toContain('## acme 1: 2 packages built and published\n');
    expect(text).toContain('### debian-13\n');
    expect(text).toContain('`20260101T000000Z-abcdef` (unchanged)\n');
    expect(text).toContain(
      'debian-12: check 0.5 s, publish 2.0 s, install 5.0 s, debian-13: check 0.5 s, publish 2.0 s.',
    );
  });

  it('keeps what commands and projects say inside code', () => {
    const output = '<img src=x> ![](https://example.org) `a` | **b**';
    const text = report({
      built: [{ ...built(), origins: [{ role: 'code', project: 'a|b', commit: 'c'.repeat(40), tag: '`|`' }] }],
      published: [
        published('debian-12', { installed: { installed: [], tried: [{ command: 'x', output }], seconds: 1 } }),
      ],
    });
    expect(text).toContain(`- \`x\` → \`\`${output}\`\`\n`);
    expect(text).toContain('`a\\|b` at `cccccccccccc`, tag `` `\\|` ``');
  });

  it('of a run that failed has the failed stages’ own', () => {
    const text = report({
      published: [],
      error: '1 of 2 builds failed, nothing is published',
      failures: [
        { title: 'Build bad for debian-12', summary: '### ❌ `bad`\n\nThe compiler says no.\n', message: 'bad' },
        { title: 'Check for debian-12', summary: '', message: 'the mirror <b>is</b> down' },
      ],
    });
    expect(text).toContain('## acme 1: failed, one package built\n\n1 of 2 builds failed, nothing is published.\n');
    expect(text).toContain('### ❌ `bad`\n\nThe compiler says no.\n');
    expect(text).toContain('### Check for debian-12\n\nthe mirror &lt;b&gt;is&lt;/b&gt; down.\n');
    expect(text).toContain('| `hello` | `2.10-3+git1` |');
  });
});
