/** The pages of a repository in a real browser: with and without script, by keyboard, on a phone, light and dark. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordingHost } from '../../src/host/recording.ts';
import { run } from '../../src/process.ts';
import { RepositoryPaths } from '../../src/repository/layout.ts';
import { writeSite } from '../../src/repository/site/site.ts';
import { formatSnapshot, type SnapshotPackage } from '../../src/repository/snapshot.ts';
import { binary, SETTINGS, snapshot, source } from '../unit/repository/fixtures.ts';
import { Browser, type Tab } from './browser.ts';
import { servePublic } from './publish-server.ts';

const ID = '20260102T030405Z-aaaaaa';
const EVIL = `<script>window.pwned = 1</script>"'><img src=x onerror="window.pwned = 1"><style>*{color:red}</style>`;
const LONG = 'a-very-long-name-of-a-package'.repeat(40);

let folder: string;
let browser: Browser | undefined;
let small: RepositoryPaths;
let large: RepositoryPaths;
let hostile: RepositoryPaths;

/** A repository's state with two channels, and the pages that follow from it. */
async function make(name: string, packages: SnapshotPackage[], extra: Parameters<typeof snapshot>[1] = {}) {
  const paths = new RepositoryPaths(path.join(folder, name));
  await mkdir(paths.snapshot(ID), { recursive: true });
  await mkdir(paths.private);
  await writeFile(path.join(paths.public, 'key.asc'), 'KEY\n');
  const settings = {
    ...SETTINGS,
    components: ['main', 'contrib', 'main/debug'],
    label: 'Acme packages',
    description: 'Packages of Acme for Debian 12',
    url: 'https://packages.example.org/bookworm',
  };
  const change = {
    added: packages.map((each) => ({
      kind: each.kind,
      name: each.name,
      version: each.version,
      architecture: each.architecture,
    })),
    superseded: [],
    builds: [],
  };
  const whole = snapshot(packages, { id: ID, settings, change, run: 'https://ci.example.org/runs/1', ...extra });
  await writeFile(path.join(paths.snapshot(ID), 'snapshot.json'), formatSnapshot(whole));
  for (const channel of ['latest', 'testing']) await symlink(`snapshots/${ID}`, path.join(paths.public, channel));
  await writeSite(paths, new RecordingHost());
  return paths;
}

async function open(...parts: Parameters<Browser['open']>): Promise<Tab> {
  if (browser?.hasEnded !== false) {
    await browser?.[Symbol.asyncDispose]();
    browser = await Browser.start();
  }
  return await browser.open(...parts);
}
const addressOf = (paths: RepositoryPaths, page = 'index.html') => pathToFileURL(path.join(paths.public, page)).href;
const SHOWN = `[...document.querySelectorAll('.packages tbody tr')].filter((row) => row.offsetHeight > 0).map((row) => row.querySelector('th').firstChild.data.trim())`;
const shown = async (tab: Tab) => await tab.value<string[]>(SHOWN);
const found = async (tab: Tab) => await tab.value<string>(`document.getElementById('found').textContent`);
/** Goes to the search box as a person without a mouse does. */
async function tabToSearch(tab: Tab): Promise<void> {
  for (let count = 0; count < 40; count++) {
    if (await tab.value<boolean>(`document.activeElement.id === 'q'`)) return;
    await tab.press('Tab', 9);
  }
  throw new Error('the keyboard does not reach the search box');
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'site-browser-'));
  small = await make('small', [
    binary('hello', '1.0-1'),
    binary('hello', '1.0-1', { architecture: 'arm64' }),
    binary('hello-doc', '1.0-1', { architecture: 'all', source: 'hello' }),
    binary('hello-dbgsym', '1.0-1', { component: 'main/debug', source: 'hello' }),
    source('hello', '1.0-1'),
    binary('libacme', '3.1-2'),
    binary('zoo', '2:3-1', { component: 'contrib' }),
  ]);
  const many = Array.from({ length: 5000 }, (_, index) => [
    binary(`package-${index}`, `1.${index}-1`),
    binary(`package-${index}`, `1.${index}-1`, { architecture: 'arm64' }),
  ]);
  large = await make('large', many.flat());
  hostile = await make(
    'hostile',
    [
      { ...binary('x', '1'), name: EVIL, version: EVIL, architecture: EVIL, component: EVIL, source: EVIL },
      { ...binary('y', '1'), name: 'evil\u202egpj.exe' },
      { ...binary('z', '1'), name: LONG, version: LONG, architecture: LONG },
    ],
    {
      settings: { ...SETTINGS, label: EVIL, description: EVIL + LONG, suite: EVIL, target: LONG },
      run: `javascript:window.pwned=1`,
    },
  );
});
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

describe('the search', () => {
  it('finds by words as they are typed, says how many, and has an address', async () => {
    await using server = await servePublic(small.public);
    const tab = await open(`${server.url}/index.html`);
    const all = ['hello', 'hello-doc', 'hello-dbgsym', 'libacme', 'zoo'];
    expect(await shown(tab)).toEqual(all);
    await tabToSearch(tab);
    await tab.type('CONTRIB 2:3');
    await tab.until(`location.hash === '#q=CONTRIB%202%3A3'`);
    expect(await shown(tab)).toEqual(['zoo']);
    expect(await found(tab)).toBe('1 found');
    const address = await tab.value<string>('location.href');

    await tab.press('Escape', 27);
    await tab.until(`location.hash === '#packages'`);
    expect(await shown(tab)).toEqual(all);
    expect(await found(tab)).toBe('');
    await tab.type('nothing like it');
    await tab.until(`location.hash.startsWith('#q=nothing')&&location.hash.endsWith('it')`);
    expect(await shown(tab)).toEqual([]);
    expect(await found(tab)).toBe('0 found');
    await tab.press('Enter', 13);

    const other = await open(address);
    expect(await shown(other)).toEqual(['zoo']);
    await other.value(`location.hash = '#q=doc'`);
    await other.until(`document.getElementById('found').textContent === '3 found'`);
    for (const each of [tab, other]) expect(each.complaints).toEqual([]);
    // The page, and nothing else.
    expect(new Set(server.requests)).toEqual(new Set(['/index.html']));
  });

  it('finds in ten thousand packages', async () => {
    const tab = await open(addressOf(large, 'latest.packages.html'));
    expect((await shown(tab)).length).toBe(5000);
    await tabToSearch(tab);
    await tab.type('package-4321');
    await tab.until(`location.hash === '#q=package-4321'`);
    expect(await shown(tab)).toEqual(['package-4321']);
    expect(tab.complaints).toEqual([]);
    const root = await open(addressOf(large));
    await root.value(`document.querySelector('#packages ~ p a').click()`);
    await root.until(`document.title.startsWith('Packages in latest') && document.readyState === 'complete'`);
  });
});

describe('without script', () => {
  it('all is there to be read, and no box that would do nothing', async () => {
    const tab = await open(addressOf(small), { withScript: false });
    expect(await shown(tab)).toEqual(['hello', 'hello-doc', 'hello-dbgsym', 'libacme', 'zoo']);
    expect(await tab.value(`document.getElementById('find').offsetHeight`)).toBe(0);
    const text = await tab.value<string>('document.body.innerText');
    for (const part of ['acme-packages-latest.sources', 'AAAA AAAA', 'Last changes', ID, 'CI run'])
      expect(text).toContain(part);
    expect(tab.complaints).toEqual([]);
  });
});

describe('hostile names and texts', () => {
  it.each(['index.html', 'testing.packages.html'])('do nothing in %s', async (page) => {
    const tab = await open(`${addressOf(hostile, page)}#q=%3Cimg%20src=x%20onerror=alert(1)%3E`);
    const count = (selector: string) => `document.querySelectorAll('${selector}').length`;
    expect(
      await tab.value(`[${['script', 'style', 'img', 'iframe', '[onerror]', 'a[href^="javascript" i]'].map(count)}]`),
    ).toEqual([1, 1, 0, 0, 0, 0]);
    expect(await tab.value('typeof window.pwned')).toBe('undefined');
    expect(await tab.value('document.title')).toContain(EVIL);
    expect(await tab.value('document.body.textContent')).toContain('evil<U+202E>gpj.exe');
    expect(tab.complaints).toEqual([]);
  });

  it('would be stopped by the policy even as HTML, and that would be seen here', async () => {
    await using server = await servePublic(small.public);
    const page = await readFile(path.join(small.public, 'index.html'), 'utf8');
    const bad = `<script>window.pwned = 1</script><p onclick="window.pwned = 1" style="color:red" id="bad">x</p><img src="${server.url}/x.png"><script src="${server.url}/x.js"></script></main>`;
    await writeFile(path.join(small.public, 'bad.html'), page.replace('</main>', bad));
    const tab = await open(`${server.url}/bad.html`);
    await tab.value(`document.getElementById('bad').click()`);
    expect(await tab.value('typeof window.pwned')).toBe('undefined');
    expect(await tab.value(`getComputedStyle(document.getElementById('bad')).color`)).not.toBe('rgb(255, 0, 0)');
    expect(tab.complaints.join('\n')).toMatch(/Content Security Policy/);
    expect(new Set(server.requests)).toEqual(new Set(['/bad.html']));
    await rm(path.join(small.public, 'bad.html'));
  });
});

const PAGES = [
  ['small', 'index.html'],
  ['small', 'testing.packages.html'],
  ['large', 'index.html'],
  ['hostile', 'index.html'],
] as const;
const pathsOf = (name: (typeof PAGES)[number][0]) => ({ small, large, hostile })[name];

describe.each(PAGES)('%s/%s', (name, page) => {
  it('is valid HTML', async () => {
    const file = path.join(pathsOf(name).public, page);
    const { stdout, stderr } = await run(['tidy', '-errors', '-quiet', file], { okExitCodes: [0, 1, 2] });
    expect(stdout + stderr).toBe('');
  });

  it('fits a phone', async () => {
    const tab = await open(addressOf(pathsOf(name), page), { width: 360, height: 640 });
    expect(await tab.value('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  });

  it.each([false, true])('can be read, dark: %s', async (dark) => {
    const tab = await open(addressOf(pathsOf(name), page), { dark });
    const [ground, ...low] = await tab.value<string[]>(LOW_CONTRAST);
    expect(ground === 'rgb(255, 255, 255)').toBe(!dark);
    expect(low).toEqual([]);
  });

  it('tells those who do not see it what is what', async () => {
    const tab = await open(addressOf(pathsOf(name), page));
    await tab.call('Accessibility.enable');
    const { nodes } = (await tab.call('Accessibility.getFullAXTree')) as unknown as { nodes: readonly AxNode[] };
    const of = (role: string) =>
      nodes.filter((node) => !node.ignored && node.role?.value === role).map((node) => node.name?.value ?? '');
    for (const role of ['link', 'table', 'region', 'navigation', 'heading', 'rowheader', 'columnheader'])
      expect(
        of(role).filter((each) => each.trim() === ''),
        role,
      ).toEqual([]);
    const hasList = of('table').some((each) => /every architecture/.test(each));
    expect(of('searchbox')).toEqual(hasList ? ['Search packages'] : []);
    expect(of('main')).toHaveLength(1);
    const levels = await tab.value<number[]>(
      `[...document.querySelectorAll('h1,h2,h3,h4')].map((each) => Number(each.tagName[1]))`,
    );
    expect(levels[0]).toBe(1);
    expect(levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1)).toEqual([]);
    expect(await tab.value('document.documentElement.lang')).toBe('en');
  });
});

interface AxNode {
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
}

/** Run in the page: its ground, and every text with a contrast below 4.5 (WCAG 2.2, 1.4.3). */
const LOW_CONTRAST = `(() => {
  const parts = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [r, g, b] = parts(color).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    if (element === null) return 'rgb(255, 255, 255)';
    const color = getComputedStyle(element).backgroundColor;
    return parts(color)[3] === 0 ? groundOf(element.parentElement) : color;
  };
  const low = [];
  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
    if (!hasText || element.matches('script,style')) continue;
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(groundOf(element))];
    if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) low.push(element.outerHTML.slice(0, 200));
  }
  return [groundOf(document.body), ...low];
})()`;
