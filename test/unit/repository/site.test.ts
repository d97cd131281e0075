import { appendFile, lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { RecordingHost } from '../../../src/host/recording.ts';
import { checkAddress } from '../../../src/repository/address.ts';
import { appendHistory, type ChannelEntry, historyLine } from '../../../src/repository/history.ts';
import { RepositoryPaths } from '../../../src/repository/layout.ts';
import { escapeText, html, isWebAddress, relativeUrl } from '../../../src/repository/site/html.ts';
import { writeSite } from '../../../src/repository/site/site.ts';
import { formatSnapshot, type Snapshot, type SnapshotPackage } from '../../../src/repository/snapshot.ts';
import { binary, rpm, rpmSnapshot, SETTINGS, snapshot, source } from './fixtures.ts';

const URL = 'https://packages.example.org/bookworm';
const KEY = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n-----END PGP PUBLIC KEY BLOCK-----\n';
const FIRST = '20260102T030405Z-aaaaaa';
const SECOND = '20260103T030405Z-bbbbbb';

let paths: RepositoryPaths;
let host: RecordingHost;
beforeEach(async () => {
  paths = new RepositoryPaths(await mkdtemp(path.join(tmpdir(), 'site-')));
  host = new RecordingHost();
  await mkdir(paths.snapshots, { recursive: true });
  await mkdir(paths.private);
  await writeFile(path.join(paths.public, 'key.asc'), KEY);
});
afterEach(async () => {
  await rm(paths.root, { recursive: true });
});

async function put(made: Snapshot): Promise<void> {
  await mkdir(paths.snapshot(made.id), { recursive: true });
  await writeFile(path.join(paths.snapshot(made.id), 'snapshot.json'), formatSnapshot(made));
}
/** A deb snapshot with a public address. */
async function deb(packages: SnapshotPackage[], extra: Parameters<typeof snapshot>[1] = {}): Promise<void> {
  await put(snapshot(packages, { id: FIRST, settings: { ...SETTINGS, label: 'Acme', url: URL }, ...extra }));
}
async function point(channel: string, id: string): Promise<void> {
  await rm(path.join(paths.public, channel), { force: true });
  await symlink(`snapshots/${id}`, path.join(paths.public, channel));
}
const publicFile = (name: string) => path.join(paths.public, name);
const read = async (name: string) => await readFile(publicFile(name), 'utf8');
const files = async () =>
  (await readdir(paths.public, { withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
const entry = (extra: Partial<ChannelEntry>): string =>
  historyLine({
    at: '2026-01-02T03:04:05.000Z',
    action: 'publish',
    channel: 'latest',
    id: FIRST,
    former: null,
    ...extra,
  });
/** Text of a page between tags, without its style and script. */
const textOf = (page: string) =>
  page
    .replaceAll(/<(style|script)>[\s\S]*?<\/\1>/g, '')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/\s+/g, ' ');

describe('HTML', () => {
  it('takes text as text, and HTML as HTML', () => {
    expect(html`<p title="${'"><script>'}">${"a & 'b' <i>"}${html`<b>${1}</b>`}${undefined}</p>`.text).toBe(
      '<p title="&quot;&gt;&lt;script&gt;">a &amp; &#39;b&#39; &lt;i&gt;<b>1</b></p>',
    );
    expect(html`${['<', html`<br>`]}`.text).toBe('&lt;<br>');
  });

  it('shows characters that nobody sees, or that turn the direction of text', () => {
    expect(escapeText('a\u202eb\u0000c\u200bd\ufeff\ud800')).toBe(
      'a&lt;U+202E&gt;b&lt;U+0000&gt;c&lt;U+200B&gt;d&lt;U+FEFF&gt;&lt;U+D800&gt;',
    );
    expect(escapeText('libstdc++6 1:2.3~rc1-4 Ä 日本語 שלום')).toBe('libstdc++6 1:2.3~rc1-4 Ä 日本語 שלום');
  });

  it('makes links to http and https only, and relative ones of any name', () => {
    expect(isWebAddress('https://ci.example.org/runs/1?a=b&c')).toBe(true);
    for (const bad of ['javascript:alert(1)', ' https://x', 'data:text/html,x', 'https://', 'https://x\n', '//x/y'])
      expect(isWebAddress(bad), bad).toBe(false);
    expect(relativeUrl('pool/main/g/g++/g++_1.0~rc1_amd64.deb')).toBe('pool/main/g/g++/g++_1.0~rc1_amd64.deb');
    expect(relativeUrl('pool/a b"/%41:?#')).toBe('pool/a%20b%22/%2541%3A%3F%23');
    expect(relativeUrl('javascript:alert(1)')).toBe('javascript%3Aalert(1)');
  });
});

describe('the public address', () => {
  it.each([
    ['https://packages.example.org/bookworm//', 'https://packages.example.org/bookworm'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['file:/srv/repository/public', 'file:/srv/repository/public'],
  ])('%s', (given, taken) => {
    expect(checkAddress(given)).toBe(taken);
  });

  it.each([
    'ftp://packages.example.org',
    'https://packages.example.org/?a',
    'https://packages.example.org/$releasever',
    'https://packages.example.org/a,b',
    "https://packages.example.org/'x'",
    'https://packages.example.org/a b',
    'https://',
  ])('is not %s', (given) => {
    expect(() => checkAddress(given)).toThrow(/not an address that clients can be given/);
  });

  it('hands out no password, and does not show it', () => {
    const attempt = () => checkAddress('https://user:hunter2@packages.example.org');
    expect(attempt).toThrow(/a user or password in it/);
    expect(attempt).not.toThrow(/hunter2/);
  });
});

describe('files beside the channels', () => {
  it('are there for every channel, whole, and served', async () => {
    await deb([binary('hello', '1.0-1'), source('hello', '1.0-1')]);
    await put(snapshot([binary('hello', '0.9-1')], { id: SECOND, settings: { ...SETTINGS, label: 'Acme', url: URL } }));
    await point('latest', FIRST);
    await point('v1+~', SECOND);
    await writeSite(paths, host);
    expect(await files()).toEqual([
      'acme-latest.sources',
      'acme-v1--.sources',
      'index.html',
      'key.asc',
      'latest.target.txt',
      'v1+~.packages.html',
      'v1+~.target.txt',
    ]);
    expect(await read('latest.target.txt')).toBe(`snapshots/${FIRST}\n`);
    expect(await read('v1+~.target.txt')).toBe(`snapshots/${SECOND}\n`);
    const [mark, ...sources] = (await read('acme-latest.sources')).split('\n');
    expect(mark).toBe('# Made by pkg-actions: for /etc/apt/sources.list.d/acme-latest.sources, apt 2.4 or newer');
    expect(sources.join('\n')).toBe(
      `Types: deb deb-src\nURIs: ${URL}/latest\nSuites: bookworm\nComponents: main\nArchitectures: amd64 arm64\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mDME\n -----END PGP PUBLIC KEY BLOCK-----\n`,
    );
    expect(await read('acme-v1--.sources')).toContain(`Types: deb\nURIs: ${URL}/v1+~\n`);
    for (const name of (await files()).filter((each) => each !== 'key.asc'))
      expect((await lstat(publicFile(name))).mode & 0o7777, name).toBe(0o644);
  });

  it('of an rpm repository are .repo files, with ids of their own for each channel', async () => {
    const settings = { label: 'Acme & Söhne', architectures: ['x86_64'], url: URL };
    await put(rpmSnapshot([rpm('hello', '1.0-1')], { id: FIRST, settings }));
    await point('latest', FIRST);
    await point('testing', FIRST);
    await writeSite(paths, host);
    const latest = await read('acme-s-hne-latest.repo');
    expect(latest).toContain(
      `[acme-s-hne]\nname=Acme & Söhne\nbaseurl=${URL}/latest/$basearch\nenabled=1\ngpgcheck=1\nrepo_gpgcheck=1\ngpgkey=${URL}/key.asc\n`,
    );
    const testing = await read('acme-s-hne-testing.repo');
    const ids = (text: string) => [...text.matchAll(/^\[(.*)\]$/gm)].map(([, id]) => id);
    expect(ids(testing)).toEqual(['acme-s-hne-testing', 'acme-s-hne-testing-debuginfo', 'acme-s-hne-testing-source']);
    expect(ids(latest).filter((id) => ids(testing).includes(id))).toEqual([]);
    expect(textOf(await read('index.html'))).toContain('Acme &amp; Söhne');
  });

  it('are not written where the address is not known: the page says what to put there', async () => {
    await deb([binary('hello', '1.0-1')], { settings: SETTINGS });
    await point('latest', FIRST);
    await writeSite(paths, host);
    expect(await files()).toEqual(['index.html', 'key.asc', 'latest.target.txt']);
    const page = textOf(await read('index.html'));
    expect(page).toContain('Put the address of this page in the place of https://ADDRESS.');
    expect(page).toContain('deb [signed-by=/etc/apt/keyrings/test.asc] https://ADDRESS/latest bookworm main');
  });

  it('are touched only where they differ, and follow channels', async () => {
    await deb([binary('hello', '1.0-1')]);
    await deb([binary('hello', '1.0-2')], { id: SECOND, parent: FIRST, createdAt: '2026-01-03T03:04:05.000Z' });
    for (const channel of ['latest', 'stable', 'old']) await point(channel, FIRST);
    await writeSite(paths, host);
    const inodes = async () =>
      Object.fromEntries(
        await Promise.all((await files()).map(async (name) => [name, (await lstat(publicFile(name))).ino] as const)),
      );
    const before = await inodes();
    await writeSite(paths, host);
    expect(await inodes()).toEqual(before);

    await point('latest', SECOND);
    await rm(publicFile('old'));
    await writeSite(paths, host);
    const after = await inodes();
    expect(Object.keys(before).filter((name) => !(name in after))).toEqual([
      'acme-old.sources',
      'old.packages.html',
      'old.target.txt',
    ]);
    const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(changed).toEqual(['index.html', 'latest.target.txt']);
    expect(await read('latest.target.txt')).toBe(`snapshots/${SECOND}\n`);
  });

  it('are the same bytes from the same state, whatever was there', async () => {
    await deb([binary('hello', '1.0-1')]);
    await point('latest', FIRST);
    await point('stable', FIRST);
    await writeSite(paths, host);
    const all = async () => Object.fromEntries(await Promise.all((await files()).map(async (n) => [n, await read(n)])));
    const before = await all();
    // What a killed run leaves: the page at the root, which comes last, is of another state.
    for (const name of ['index.html', 'stable.target.txt', 'stable.packages.html']) await rm(publicFile(name));
    await writeFile(publicFile('latest.target.txt.new'), 'snapsh');
    await writeFile(publicFile('index.html.new'), '<!DOC');
    await writeSite(paths, host);
    expect(await all()).toEqual(before);
  });

  it('of others stay as they are', async () => {
    const own = { 'index.html': '<h1>ours</h1>', 'acme-latest.sources': 'Types: deb\n', 'notes.target.txt': 'x\n' };
    for (const [name, content] of Object.entries(own)) await writeFile(publicFile(name), content);
    await writeFile(path.join(paths.root, 'elsewhere'), 'secret');
    await symlink('../elsewhere', publicFile('latest.target.txt'));
    await mkdir(publicFile('old.packages.html'));
    await deb([binary('hello', '1.0-1')]);
    await point('latest', FIRST);
    await writeSite(paths, host);
    for (const [name, content] of Object.entries(own)) expect(await read(name)).toBe(content);
    expect(await readFile(path.join(paths.root, 'elsewhere'), 'utf8')).toBe('secret');
    expect((await lstat(publicFile('latest.target.txt'))).isSymbolicLink()).toBe(true);
    expect((await lstat(publicFile('old.packages.html'))).isDirectory()).toBe(true);
    expect(host.lines.filter(({ message }) => /stays as it is/.test(message))).toHaveLength(3);
  });

  it('go when the last channel goes', async () => {
    await deb([binary('hello', '1.0-1')]);
    await point('latest', FIRST);
    await writeSite(paths, host);
    await rm(publicFile('latest'));
    await writeSite(paths, host);
    expect(await files()).toEqual(['key.asc']);
  });

  it('stay as they were when a snapshot is damaged', async () => {
    await deb([binary('hello', '1.0-1')]);
    await point('latest', FIRST);
    await writeSite(paths, host);
    const before = await read('index.html');
    for (const damage of [
      '',
      '{',
      '{"schema": 1}',
      (await readFile(path.join(paths.snapshot(FIRST), 'snapshot.json'), 'utf8')).replace(FIRST, 'x'),
    ]) {
      await mkdir(paths.snapshot(SECOND), { recursive: true });
      await writeFile(path.join(paths.snapshot(SECOND), 'snapshot.json'), damage);
      await point('latest', SECOND);
      await expect(writeSite(paths, host), damage.slice(0, 20)).rejects.toThrow(UserError);
      expect(await read('index.html')).toBe(before);
    }
  });
});

describe('the page', () => {
  it('tells what there is, and how to use it', async () => {
    await deb(
      [
        binary('hello', '1.0-1'),
        binary('hello', '1.0-1', { architecture: 'arm64' }),
        binary('hello-doc', '1.0-1', { architecture: 'all', source: 'hello' }),
        binary('hello-dbgsym', '1.0-1', { component: 'main/debug', source: 'hello' }),
        source('hello', '1.0-1'),
        binary('zoo', '2:3-1', { component: 'contrib' }),
      ],
      {
        settings: {
          ...SETTINGS,
          components: ['main', 'contrib', 'main/debug'],
          label: 'Acme',
          description: 'All of Acme',
          url: URL,
        },
        signedBy: '0123456789ABCDEF0123456789ABCDEF01234567',
      },
    );
    await point('latest', FIRST);
    await writeSite(paths, host);
    const page = await read('index.html');
    const text = textOf(page);
    expect(page).toContain('<title>Acme</title>');
    expect(text).toContain('All of Acme Packages for apt on debian-12, suite bookworm, amd64, arm64; 1 channel');
    expect(text).toContain(
      `sudo curl -fsSLo /etc/apt/sources.list.d/acme-latest.sources \\ ${URL}/acme-latest.sources sudo apt-get update`,
    );
    expect(text).toContain(`deb [signed-by=/etc/apt/keyrings/acme.asc] ${URL}/latest bookworm main contrib`);
    expect(text).toContain('0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567');
    const rows = [...page.matchAll(/<tr[^>]*><th scope="row">.*?<\/tr>/g)].map(([row]) => textOf(row).trim());
    expect(rows.slice(0, 4)).toEqual([
      'hello 1.0-1 amd64 arm64 source',
      'hello-doc 1.0-1 all',
      'hello-dbgsym debug 1.0-1 amd64',
      'zoo contrib 2:3-1 amd64',
    ]);
    expect(page).toContain('<a href="pool/main/h/hello/hello_1.0-1_arm64.deb">arm64</a>');
    expect(page).toContain(`<a href="snapshots/${FIRST}/snapshot.json">`);
    // One file: nothing is loaded, wherever it lies.
    expect(page.match(/<(?:script|style|link|img|iframe|object|base|form)\b[^>]*>/g)).toEqual([
      '<link rel="icon" href="data:,">',
      '<style>',
      '<form id="find" class="find" role="search" hidden>',
      '<script>',
    ]);
    expect(page).toMatch(/http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; /);
  });

  it('lists a large channel in a page of its own, which other channels do not touch', async () => {
    const many = Array.from({ length: 401 }, (_, index) => binary(`package-${index}`, '1.0-1'));
    await deb(many);
    await deb([binary('hello', '1.0-1')], { id: SECOND });
    await point('latest', FIRST);
    await writeSite(paths, host);
    const root = await read('index.html');
    expect(root).not.toContain('package-400');
    expect(root).not.toContain('<script>');
    expect(root).toContain('<a href="latest.packages.html">All packages of latest, with search</a> (401 packages)');
    const list = await read('latest.packages.html');
    expect(list.match(/<th scope="row">/g)).toHaveLength(401);
    const { ino } = await lstat(publicFile('latest.packages.html'));
    await point('testing', SECOND);
    await writeSite(paths, host);
    expect((await lstat(publicFile('latest.packages.html'))).ino).toBe(ino);
    expect(await read('testing.packages.html')).toContain('hello');
  });

  it('takes whatever names, versions and texts say as text', async () => {
    const bad = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`;
    const pool = binary('x', '1');
    await deb(
      [
        { ...binary('hello', '1.0-1'), name: bad, version: bad, architecture: bad, component: bad },
        { ...pool, source: bad, name: 'a\u202eb' },
        { ...pool, source: 'long', name: 'n'.repeat(4000) },
      ],
      {
        settings: { ...SETTINGS, label: bad, description: bad, suite: bad, target: bad, url: URL },
        run: 'javascript:alert(1)',
        tool: { name: 'pkg-actions', version: bad },
        change: {
          added: [{ kind: 'binary', name: bad, version: bad, architecture: bad }],
          superseded: [{ kind: 'binary', name: '\u202e', version: bad, architecture: bad }],
          builds: [],
        },
      },
    );
    await point('latest', FIRST);
    await point('stable', FIRST);
    await writeSite(paths, host);
    for (const name of ['index.html', 'stable.packages.html']) {
      const page = await read(name);
      expect(page.match(/<script/g), name).toHaveLength(1);
      expect(page).not.toMatch(/<img|\u202e/);
      expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;');
      expect(page).toContain('a&lt;U+202E&gt;b');
      expect(page).not.toContain('CI run');
    }
    expect((await files()).filter((name) => name.endsWith('.sources'))).toEqual([
      'script-alert-1-script-img-src-x-onerror-alert-1-latest.sources',
      'script-alert-1-script-img-src-x-onerror-alert-1-stable.sources',
    ]);
  });

  it('is where the last publish says that it is, and called so', async () => {
    await deb([binary('hello', '1.0-1')]);
    const settings = { ...SETTINGS, label: 'Renamed', url: 'https://new.example.org' };
    await deb([binary('hello', '1.0-2')], { id: SECOND, settings, createdAt: '2026-01-03T03:04:05.000Z' });
    await point('latest', FIRST);
    await point('testing', SECOND);
    await writeSite(paths, host);
    expect(await read('index.html')).toContain('<title>Renamed</title>');
    expect(await read('renamed-latest.sources')).toContain('URIs: https://new.example.org/latest\n');
  });
});

describe('last changes', () => {
  const changes = async () => {
    await writeSite(paths, host);
    const [, section = ''] = /<ul class="changes">([\s\S]*)<\/section>/.exec(await read('index.html')) ?? [];
    return section
      .split(/\n(?=<li><time)/)
      .map((each) => textOf(each).trim())
      .filter((each) => each !== '');
  };
  const added = (name: string, version: string) => ({ kind: 'binary' as const, name, version, architecture: 'amd64' });

  beforeEach(async () => {
    await deb([binary('hello', '1.0-1')], {
      change: {
        added: [added('hello', '1.0-1'), { ...added('hello', '1.0-1'), architecture: 'arm64' }],
        superseded: [],
        builds: [],
      },
    });
    await deb([binary('hello', '1.0-2')], {
      id: SECOND,
      parent: FIRST,
      createdAt: '2026-01-03T03:04:05.000Z',
      run: 'https://ci.example.org/runs/7',
      change: {
        added: [added('hello', '1.0-2')],
        superseded: [added('hello', '1.0-1'), added('old', '1')],
        builds: [],
      },
    });
    await point('latest', SECOND);
  });

  it('come from the snapshots before there is a history', async () => {
    expect(await changes()).toEqual([
      '2026-01-03 03:04 UTC latest: published CI run new: hello 1.0-2no longer there: old 1',
      '2026-01-02 03:04 UTC latest: published new: hello 1.0-1',
    ]);
    expect(await read('index.html')).toContain('<a href="https://ci.example.org/runs/7" rel="nofollow">CI run</a>');
  });

  it('come from the history, whatever moved a channel', async () => {
    const lines = [
      entry({}),
      entry({ id: SECOND, former: FIRST, at: '2026-01-03T03:04:05.000Z' }),
      entry({ channel: 'stable', action: 'promote', from: 'latest', id: SECOND, at: '2026-01-04T00:00:00.000Z' }),
      historyLine({ action: 'prune', at: '2026-01-04T12:00:00.000Z', snapshots: [] }),
      entry({ channel: 'stable', action: 'remove', id: null, former: SECOND, at: '2026-01-05T00:00:00.000Z' }),
      entry({ action: 'rollback', former: SECOND, at: '2026-01-06T00:00:00.000Z', reason: 'not for everybody' }),
    ];
    for (const line of lines) await appendHistory(paths, line);
    // A copy of the first with a new date, made on the second.
    const third = '20260107T000000Z-cccccc';
    await deb([binary('hello', '1.0-1')], {
      id: third,
      parent: SECOND,
      change: { added: [added('hello', '1.0-1')], superseded: [added('hello', '1.0-2')], builds: [] },
    });
    const copy = { action: 'rollback', id: third, former: SECOND, copyOf: FIRST } as const;
    await appendHistory(paths, entry({ ...copy, at: '2026-01-07T00:00:00.000Z' }));
    await point('latest', third);
    expect(await changes()).toEqual([
      `2026-01-07 00:00 UTC latest: moved back to ${FIRST} new: hello 1.0-1`,
      `2026-01-06 00:00 UTC latest: moved back to ${FIRST}`,
      '2026-01-05 00:00 UTC stable: removed',
      '2026-01-04 00:00 UTC stable: promoted from latest',
      '2026-01-03 03:04 UTC latest: published new: hello 1.0-2no longer there: old 1',
      '2026-01-02 03:04 UTC latest: published new: hello 1.0-1',
    ]);
    expect(await read('index.html')).not.toContain('not for everybody');
  });

  it('say where a package became older on purpose, and why', async () => {
    const overrides = ['amd64', 'arm64'].map((architecture) => ({
      ...added('hello', '1.0-2'),
      architecture,
      over: '2.0-1',
      channel: 'latest',
      reason: '2.0 <does> not start',
    }));
    await deb([binary('hello', '1.0-2')], {
      id: SECOND,
      change: { added: [added('hello', '1.0-2')], superseded: [added('hello', '2.0-1')], overrides, builds: [] },
    });
    expect(await changes()).toEqual([
      '2026-01-02 03:04 UTC latest: published new: hello 1.0-2older on purpose: hello 1.0-2 after 2.0-1 (2.0 &lt;does&gt; not start)',
    ]);
  });

  it('name so many packages and changes, and no more; snapshots may be gone', async () => {
    const all = Array.from({ length: 100 }, (_, index) => added(`package-${index}`, '1'));
    await deb([binary('hello', '1.0-2')], {
      id: SECOND,
      parent: FIRST,
      change: { added: all, superseded: [], builds: [] },
    });
    await rm(paths.snapshot(FIRST), { recursive: true });
    expect(await changes()).toEqual([expect.stringMatching(/new: package-0 1, .*package-11 1, and 88 more$/)]);
    for (let day = 10; day < 28; day++)
      await appendHistory(paths, entry({ id: day === 27 ? SECOND : FIRST, at: `2026-01-${day}T00:00:00.000Z` }));
    expect((await changes()).map((line) => line.slice(0, 10))).toEqual(
      Array.from({ length: 12 }, (_, index) => `2026-01-${27 - index}`),
    );
  });

  it('fail where somebody wrote into the history; what machines read is right all the same', async () => {
    await appendFile(paths.history, 'nonsense\n');
    await expect(writeSite(paths, host)).rejects.toThrow(/history/);
    expect(await read('latest.target.txt')).toBe(`snapshots/${SECOND}\n`);
  });
});
