/** Inputs that a hostile branch, tag or title got into: names that are paths, lines, options, markup. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { action } from '../../src/actions/sign-publish/inputs.ts';
import { run as publishAction } from '../../src/actions/sign-publish/run.ts';
import { RecordingHost } from '../../src/host/recording.ts';
import { runAction } from '../../src/main.ts';
import { at, bench, freshApt, useBench } from './publish-bench.ts';
import { expectRefused, treeDigest } from './publish-helpers.ts';

useBench();

let other: string;
let build: string;
beforeAll(async () => {
  other = await bench.binaries({ name: 'other' });
  build = await bench.binaries({});
});

async function refused(
  message: RegExp | string,
  extra: Parameters<typeof bench.publish>[1],
  request: Parameters<typeof bench.publish>[2] = {},
) {
  await expectRefused(bench.repository, () => bench.publish([build], extra, request), message);
}

describe('names', () => {
  it('of channels', async () => {
    await bench.publish([other]);
    const names = [
      '..',
      '.',
      '../x',
      '/x',
      'a/b',
      'a\nb',
      'a\0b',
      '-x',
      '.x',
      'x.',
      'a..b',
      'x'.repeat(65),
      'a b',
      'ü',
    ];
    const own = ['pool', 'snapshots', 'dists', 'review', 'index.html', 'key.asc', 'keyring.gpg', 'x.sources', 'x.new'];
    for (const channel of [...names, ...own]) await refused('not a name of a channel', { channel });
    expect((await readdir(at())).sort()).not.toContain('x');
  });

  it('of components, suites and architectures', async () => {
    const names = [
      '..',
      '../x',
      '/x',
      'a//b',
      'a/',
      'a\nb',
      'a b',
      '-x',
      '.x',
      'main\nUDebComponents: x',
      'x'.repeat(65),
      'a/b/c/d/e',
    ];
    const own = ['source', 'by-hash', 'Release', 'binary-amd64', 'main/debian-installer', 'main/binary-amd64'];
    const fresh = { root: path.join(bench.folder, 'fresh') };
    await bench.publish([other]);
    const before = await treeDigest(bench.repository);
    const make = (request: Parameters<typeof bench.publish>[2]) => bench.publish([build], fresh, request);
    for (const component of [...names, ...own])
      await expect(make({ components: ['main', component] })).rejects.toThrow(
        /input components: a value that cannot be/,
      );
    for (const component of names) await refused('does not have the component', {}, { component });
    for (const suite of ['..', '../x', 'a/b', 'a\nb', '-x', '', 'x'.repeat(65), 'bookworm Components: x'])
      await expect(make({ suite })).rejects.toThrow(/input suite: a value that cannot be/);
    for (const architecture of ['..', 'amd64 i386', 'source', 'all', 'any', 'a\nb', '-x'])
      await expect(make({ architectures: [architecture] })).rejects.toThrow(
        /input architectures: a value that cannot be/,
      );
    expect(await treeDigest(bench.repository)).toBe(before);
    // What it wanted to be begun is a repository without a channel at most.
    expect(await readdir(path.join(fresh.root, 'staging')).catch(() => [])).toEqual([]);
  });

  it('of origins, labels and descriptions', async () => {
    await bench.publish([other]);
    const lines = ['a\nSignWith: yes', 'a\rb', 'a\0', '\u001b[2J', 'x'.repeat(201), '# x', ''];
    for (const field of ['origin', 'label', 'description'] as const)
      for (const line of lines)
        await refused(new RegExp(`input ${field}: a value that cannot be`), {}, { [field]: line });
    // Odd, and legal: they are text wherever they come.
    const odd = '<img src=x onerror=alert(1)> \u202e "quoted" \'$(id)\' %n : ``` |';
    await bench.publish(
      [build],
      {},
      { origin: odd, label: odd, description: odd, url: 'https://packages.example.org' },
    );
    const release = await readFile(at('latest/dists/bookworm/InRelease'), 'utf8');
    expect(release).toContain(`\nLabel: ${odd}\n`);
    for (const name of (await readdir(at())).filter((each) => each.endsWith('.html'))) {
      const page = await readFile(at(name), 'utf8');
      expect(page).not.toContain('<img');
      expect(page).not.toContain('\u202e');
    }
    const sources = (await readdir(at())).filter((each) => each.endsWith('.sources'));
    expect(sources).toHaveLength(1);
    expect(sources[0]).toMatch(/^[a-z0-9-]+\.sources$/);
    await freshApt();
  });

  it('of addresses', async () => {
    await bench.publish([other]);
    const scheme = ['javascript:alert(1)', 'data:text/html,x', 'ftp://x/', 'x'];
    const inside = [
      'https://x/\nTrusted: yes',
      'https://x/ y',
      "https://x/'$(id)'",
      'https://x/"',
      'https://x/<b>',
      'https://x/?a',
      'https://x/#a',
    ];
    for (const url of [...scheme, ...inside]) await refused('not an address that clients can be given', {}, { url });
    await refused(/a user or password in it/, {}, { url: 'https://user:secret@x/' });
  });
});

describe('the action', () => {
  async function act(inputs: Record<string, string>) {
    const host = new RecordingHost(
      { repository: bench.repository, 'signing-key': bench.secret, packages: build, ...inputs },
      { workspace: bench.folder },
    );
    const code = await runAction(action, publishAction, host);
    return { host, code, errors: host.annotations('error').map(({ message }) => message) };
  }

  it('refuses reasons that are no line, and names of repositories that are none', async () => {
    await bench.publish([other]);
    const before = await treeDigest(bench.repository);
    for (const reason of [' ', 'a\nb', 'x\u001b[2J', 'x'.repeat(1001), '\u0085'])
      expect((await act({ 'allow-downgrade': reason })).errors).toEqual([
        expect.stringMatching(/input allow-downgrade/),
      ]);
    for (const name of ['../x', 'a\nb', '<b>'])
      expect((await act({ 'repository-name': name })).errors).toEqual([expect.stringMatching(/input repository-name/)]);
    expect((await act({ 'signing-key-fingerprint': '$(id)' })).errors).toEqual([
      expect.stringMatching(/input signing-key-fingerprint/),
    ]);
    expect(await treeDigest(bench.repository)).toBe(before);
  });

  it('shows a reason as text: in the log, the summary, the page', async () => {
    await bench.publish([await bench.binaries({ version: '2.0' })]);
    const reason = '<script>alert(1)</script> ::set-output name=x::y [link](javascript:x) `code` \u202e|';
    const { host, errors } = await act({ 'allow-downgrade': reason });
    expect(errors).toEqual([]);
    expect(host.summaryText).not.toContain('<script>');
    expect(host.summaryText).not.toContain('[link](');
    const page = await readFile(at('index.html'), 'utf8');
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('\u202e');
    expect(page).toContain('&lt;script&gt;alert(1)');
  });

  it('says what it found on one line that steers no terminal', async () => {
    const { errors } = await act({ channel: 'x\u001b]0;evil\u0007\n::error::\u202e' });
    expect(errors).toHaveLength(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(errors[0]).not.toMatch(/[\u0000-\u001f\u202e]/);
  });
});
