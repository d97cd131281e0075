import { lstat, readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CODE, Project, scratchFolder } from '../unit/source/fixture.ts';
import { STATE } from './buildroot.ts';
import { type RpmHost, rpmHost, simpleRpm, spec } from './prepare-sources-rpm-helpers.ts';

let host: RpmHost;
let shared: Awaited<ReturnType<typeof scratchFolder>>;
let server: Server;
let connections = 0;
beforeAll(async () => {
  shared = await scratchFolder();
  host = await rpmHost(shared.path);
  server = createServer((_, response) => response.end()).on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}, 600_000);
afterAll(async () => {
  await new Promise((resolve) => server?.close(resolve));
  await host?.lock.release();
  await shared?.[Symbol.asyncDispose]();
});

describe('a spec that runs commands', () => {
  it('touches neither the machine nor the project, has no network, no capabilities and no secrets', async () => {
    await using scratch = await scratchFolder();
    vi.stubEnv('SIGNING_SECRET', 'the-secret');
    vi.stubEnv('https_proxy', 'http://user:the-secret@127.0.0.1:9');
    const { port } = server.address() as AddressInfo;
    const marks = [`${scratch.path}/touched`, '/tmp/pkg-actions-touched', `${STATE}/touched`];
    const probe = [
      ...marks.map((mark) => `touch ${mark} 2>/dev/null`),
      'touch "$(dirname "$0")/touched" 2>/dev/null',
      `test -e ${scratch.path} && echo -n host.`,
      'echo -n "$(id -u).$(ulimit -v).$(ulimit -u).$(ulimit -c)."',
      "grep -q '^CapEff:[[:space:]]*0*$' /proc/self/status && echo -n nocaps.",
      "grep -q '^NoNewPrivs:[[:space:]]*1$' /proc/self/status && echo -n nnp.",
      'cat /proc/self/environ /proc/1/environ 2>/dev/null | grep -q the-secret && echo -n secret.',
      `(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null && echo -n network.`,
      'echo -n end',
    ].join('\n');
    const parts = { top: '%global found %(bash %{_sourcedir}/probe.sh)', release: '1.%{found}' };
    const project = await simpleRpm(`${scratch.path}/hello`, 1, parts, { 'probe.sh': probe });
    const { version, host: ran } = await host.ok(project.folder, `${scratch.path}/out`);
    vi.unstubAllEnvs();
    expect(version).toBe('1.2-1.952.4194304.512.0.nocaps.nnp.end');
    expect(connections).toBe(0);
    for (const mark of [...marks, `${project.folder}/touched`]) expect(await exists(mark), mark).toBe(false);
    expect(await project.git('status', '--porcelain')).toBe('');
    expect(ran.transcript()).not.toContain('the-secret');
    expect(await readdir(`${STATE}/sessions`)).not.toContain('touched');
  });

  it('is ended with what it left running', async () => {
    await using scratch = await scratchFolder();
    const top = '%global x %(nohup sh -c "sleep 31337" >/dev/null 2>&1 & echo 1)';
    const project = await simpleRpm(`${scratch.path}/hello`, 1, { top, release: '%{x}' });
    expect((await host.ok(project.folder, `${scratch.path}/out`)).version).toBe('1.2-1');
    for (const pid of await readdir('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const line = await readCommand(pid);
      expect(line).not.toContain('31337');
    }
  });

  it('cannot put another package in the place of its own', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    // Only while it is packed, when there is a place for packages.
    const top =
      '%global x %(test -n "$SOURCE_DATE_EPOCH" && ln -s /etc/passwd %{_srcrpmdir}/evil-1-1.src.rpm; test -n "$SOURCE_DATE_EPOCH" && cp %{_specdir}/hello.spec %{_srcrpmdir}/other-1-1.src.rpm; echo 1)';
    const project = await simpleRpm(`${scratch.path}/a`, 0, { top, release: '%{x}' });
    await host.refused(project.folder, out, {}, /rpmbuild did not make one source package/);
    // Another version when it is packed than when it is read.
    const late = '%global x %(test -n "$SOURCE_DATE_EPOCH" && echo 9 || echo 1)';
    const b = await simpleRpm(`${scratch.path}/b`, 0, { top: late, release: '%{x}' });
    await host.refused(b.folder, out, {}, /the source package that rpmbuild made has another name/);
  });
});

describe('bad specs', () => {
  it.each<[string, string, RegExp]>([
    [
      'an unknown macro in Version',
      spec({ version: '1.%{nope}' }),
      /hello\.spec: Version calls a macro .*found "1\.%\{nope\}", expected a definition of %\{nope\}/,
    ],
    ['an unknown macro in Release', spec({ release: '1%nope_release' }), /Release calls a macro .*%nope_release/],
    [
      'an unknown macro in a Source',
      spec({ tags: 'Source1: https://example.org/%{nope}-1.tar' }),
      /Source1 calls a macro .*%\{nope\}/,
    ],
    [
      'an unknown macro as a line',
      spec({ tags: '%nope_meta' }),
      /hello\.spec:\d+: rpm cannot expand the spec .*Unknown tag: %nope_meta/,
    ],
    ['an unknown tag', spec({ tags: 'Nope: 1' }), /hello\.spec:8: rpm cannot expand the spec .*Unknown tag/],
    ['no Name', spec().replace(/^Name:.*\n/m, ''), /rpm cannot expand the spec .*Name field must be present/],
    ['an endless condition', spec({ tags: '%if 1' }), /rpm cannot expand the spec .*%if/],
    [
      'a file that is not there',
      spec({ top: '%include %{_sourcedir}/absent.inc' }),
      /rpm cannot expand the spec .*absent\.inc/,
    ],
    ['nothing', '', /rpm cannot expand the spec/],
    ['no text', '\u0000\u0001\u0002', /rpm cannot expand the spec/],
    ['a name with a path', spec({ name: '../../etc' }), /hello\.spec/],
    [
      'a folder that leads out',
      spec({ prep: '%setup -q -n ../../etc' }),
      /%prep goes to a folder that no tarball can have/,
    ],
  ])('%s', async (_, text, message) => {
    await using scratch = await scratchFolder();
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Import', { ...CODE, 'hello.spec': text });
    await host.refused(project.folder, `${scratch.path}/out`, {}, message);
  });

  it('two specs, and none', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    const project = await Project.create(`${scratch.path}/hello`);
    await project.commit('Import', { ...CODE, 'other/deep/x.spec': '' });
    await host.refused(
      project.folder,
      out,
      {},
      /no spec in the spec project .*"other\/deep\/x\.spec" where none is looked for.*input spec-file/,
    );
    await project.commit('Two', { 'a.spec': spec(), 'b.spec': spec() });
    await host.refused(
      project.folder,
      out,
      {},
      /more than one spec in the spec project .*"a\.spec", "b\.spec".*input spec-file/,
    );
    await host.refused(project.folder, out, { package: 'other' }, /more than one spec .*or "other\.spec"/);
    await host.refused(
      project.folder,
      out,
      { 'spec-file': 'c.spec' },
      /input spec-file: no such spec file \(found "c\.spec"/,
    );
    await host.refused(
      project.folder,
      out,
      { 'spec-file': '../c.spec' },
      /input spec-file: a path that leaves the spec project/,
    );
    await host.refused(
      project.folder,
      out,
      { 'spec-file': 'a.spec', package: 'other' },
      /a\.spec: the spec is of another package \(found hello, expected other/,
    );
    await project.commit('A link', { 'a.spec': { link: 'b.spec' } });
    await host.refused(project.folder, out, { 'spec-file': 'a.spec' }, /the spec is a symbolic link/);
  });

  it('inputs of the other format', async () => {
    await using scratch = await scratchFolder();
    const out = `${scratch.path}/out`;
    const project = await simpleRpm(`${scratch.path}/hello`);
    for (const [name, value] of [
      ['debian-path', 'debian'],
      ['distribution', 'el9'],
      ['orig', '.'],
      ['compression', 'xz'],
    ] as const) {
      await host.refused(
        project.folder,
        out,
        { [name]: value },
        new RegExp(`input ${name}: the input has no meaning for rpm`),
      );
    }
  });
});

async function exists(file: string): Promise<boolean> {
  return await lstat(file).then(
    () => true,
    () => false,
  );
}

async function readCommand(pid: string): Promise<string> {
  return await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}
