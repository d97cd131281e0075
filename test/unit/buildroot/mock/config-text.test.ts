import { describe, expect, it } from 'vitest';
import { sessionUri } from '../../../../src/buildroot/local-repository.ts';
import { CONFIGURATIONS, configurationText, mockTop } from '../../../../src/buildroot/mock/config-text.ts';
import type { RpmBuildroot } from '../../../../src/buildroot/mock/configuration.ts';
import { configuredRepositories, expandVariables } from '../../../../src/buildroot/mock/dnf-conf.ts';
import { mockFailureLine, report } from '../../../../src/buildroot/mock/tree.ts';
import { resolveTarget } from '../../../../src/config/target.ts';
import { CommandError } from '../../../../src/errors.ts';
import { RecordingHost } from '../../../../src/host/recording.ts';

const buildroot = (more: Partial<RpmBuildroot> = {}): RpmBuildroot => ({
  recipe: 1,
  target: resolveTarget('el9'),
  architecture: 'x86_64',
  mock: { text: "config_opts['root'] = 'mine'\n", folder: '/etc/mock', files: {} },
  repositories: [],
  include: [],
  ...more,
});

describe('the configuration for mock', () => {
  it('begins with the text, so that its lines are those of errors', () => {
    const lines = configurationText(buildroot()).split('\n');
    expect(lines[0]).toBe("config_opts['root'] = 'mine'");
    // And ends with what holds for every buildroot: a later value wins.
    expect(lines).toContain('config_opts["root"] = "buildroot"');
    expect(lines).toContain('config_opts["isolation"] = "simple"');
    expect(lines).toContain('config_opts[\'plugin_conf\']["root_cache_enable"] = False');
  });

  it('includes a configuration that is named', () => {
    const named = { config: 'eol/centos-7-x86_64', folder: '/etc/mock', files: {} };
    expect(configurationText(buildroot({ mock: named })).split('\n')[0]).toBe(
      "include('/etc/mock/eol/centos-7-x86_64.cfg')",
    );
  });

  it('holds repositories as one literal, with their packages verified', () => {
    const signed = { name: 'a', baseurl: 'https://packages.example.org/a', priority: 5, keys: ['KEY'], trusted: false };
    const trusted = { name: 'b', baseurl: 'file:/srv/b', keys: [], trusted: true };
    const text = configurationText(buildroot({ repositories: [signed] }), [trusted]);
    const line = text.split('\n').find((one) => one.startsWith('config_opts["dnf.conf"]')) ?? '';
    const added = JSON.parse(/ \+ (".*")$/.exec(line)?.[1] ?? '""') as string;
    const [first, second] = configuredRepositories(added);
    expect(first).toMatchObject({
      id: 'a',
      isEnabled: true,
      gpgcheck: true,
      baseurls: ['https://packages.example.org/a'],
    });
    expect(first?.gpgkeys).toEqual([
      expect.stringMatching(/^file:\/\/\/etc\/pki\/mock\/RPM-GPG-KEY-pkg-actions-[0-9a-f]{16}$/),
    ]);
    expect(second).toMatchObject({ id: 'b', gpgcheck: false, baseurls: [`file://${sessionUri('/srv/b')}`] });
    expect(added).toContain('priority=5\n');
    expect(added.match(/skip_if_unavailable=0/g)).toHaveLength(2);
  });

  it('installs by other options than builds know of, and asks without installing', async () => {
    const own = { name: 'own', baseurl: 'https://packages.example.org/own', keys: ['KEY'], trusted: false };
    const options = { proxy: 'http://proxy.example.org:3142', keepDownloads: true };
    const { etc } = await mockTop(buildroot(), [own], [], options);
    const [forBuilds = '', forInstalling = '', forAsking = ''] = Object.values(CONFIGURATIONS).map(
      (file) => etc[file.slice('/etc/'.length)],
    );
    expect(forBuilds).toContain('packages.example.org/own');
    expect(forBuilds).not.toMatch(/proxy\.example|keepcache|pluginpath|assumeno/);
    expect(forInstalling.startsWith(forBuilds.trimEnd())).toBe(true);
    // What the configuration itself has stays, and every package manager is told.
    for (const manager of ['dnf', 'dnf5', 'yum']) {
      const key = `"${manager}_common_opts"`;
      const line = `config_opts[${key}] = list(config_opts.get(${key}) or []) + ["--setopt=proxy=http://proxy.example.org:3142"]`;
      expect(forInstalling.split('\n')).toContain(line);
      expect(forAsking.split('\n')).toContain(line);
      expect(forAsking.split('\n')).toContain(line.replace(/\["--.*/, '["--assumeno"]'));
    }
    expect(forInstalling).toContain('"--setopt=keepcache=1"');
    expect(forInstalling).not.toMatch(/pluginpath|assumeno/);
    // On a layer nobody has fetched the indexes of the session's own repositories.
    const layered = await mockTop(buildroot(), [own], [], { ...options, isInstalled: true });
    expect(layered.etc[CONFIGURATIONS.build.slice('/etc/'.length)]).not.toContain('packages.example.org/own');
    expect(layered.etc[CONFIGURATIONS.install.slice('/etc/'.length)]).toContain('packages.example.org/own');
  });

  it('lets nothing out of a literal, whatever it holds', () => {
    // More than readRpmRepositories lets through: the text must hold by itself.
    const hostile = '"]\nconfig_opts["x"] = 1 # \u2028 é \'\'\' {{ x }} \\';
    const repository = { name: hostile, baseurl: hostile, keys: [], trusted: true };
    const plain = configurationText(
      buildroot({ include: ['x'], repositories: [{ ...repository, name: 'a', baseurl: 'b' }] }),
    );
    const text = configurationText(buildroot({ include: [hostile], repositories: [repository] }));
    const heads = (all: string) => all.split(/[\n\r\u2028\u2029]/).map((line) => line.replace(/".*"/g, '""'));
    expect(heads(text)).toEqual(heads(plain));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a literal must not hold
    expect(text).toMatch(/^[\x00-\x7f]*$/);
  });
});

describe('dnf.conf', () => {
  const TEXT = `
[main]
gpgcheck=0
# a comment
exclude=a
  b

[base]
name=Base
metalink=https://mirrors.example.org/metalink?repo=base-$releasever&arch=$basearch
gpgkey=file:///one
       file:///two
gpgcheck=1

[extra]
baseurl = https://a.example.org/x, https://b.example.org/x
enabled=False

[lax]
mirrorlist=https://mirrors.example.org/list
; enabled=0
[new]
baseurl=https://c.example.org
gpgcheck=0
pkg_gpgcheck=1
[base]
gpgcheck = 0
`;

  it('gives its repositories, options of later sections winning', () => {
    expect(configuredRepositories(TEXT)).toEqual([
      {
        id: 'base',
        isEnabled: true,
        gpgcheck: false,
        baseurls: [],
        mirrorlist: undefined,
        metalink: 'https://mirrors.example.org/metalink?repo=base-$releasever&arch=$basearch',
        gpgkeys: ['file:///one', 'file:///two'],
      },
      expect.objectContaining({
        id: 'extra',
        isEnabled: false,
        baseurls: ['https://a.example.org/x', 'https://b.example.org/x'],
      }),
      expect.objectContaining({ id: 'lax', isEnabled: true, gpgcheck: false }),
      expect.objectContaining({ id: 'new', gpgcheck: true }),
    ]);
  });

  it('verifies nothing where nobody says so, and everything where main does', () => {
    expect(configuredRepositories('[a]\nbaseurl=x')[0]?.gpgcheck).toBe(false);
    expect(configuredRepositories('[main]\ngpgcheck=1\n[a]\nbaseurl=x')[0]?.gpgcheck).toBe(true);
  });

  it('has variables, in braces or not', () => {
    expect(expandVariables('$a/${b}/$c-${d}$', { a: '1', b: '2' })).toBe('1/2/$c-${d}$');
  });
});

describe('a failure of mock', () => {
  const of = (stderr: string) =>
    mockFailureLine(
      new CommandError({ argv: ['mock'], end: 'exit', exitCode: 30, signal: undefined, stdout: '', stderr }),
    );

  it.each([
    [
      'ERROR: Command failed: \n # dnf install x\nNo match for argument: x\nError: Unable to find a match: x',
      'No match for argument: x',
    ],
    [
      'Package a-1.noarch.rpm is not signed\nError: GPG check FAILED\nERROR: Command failed: ',
      'Package a-1.noarch.rpm is not signed',
    ],
    [
      "Errors during downloading metadata for repository 'x':\n  - Status code: 404 for http://h/x\nError: Failed to download metadata for repo 'x': y",
      'Status code: 404 for http://h/x',
    ],
    [
      "ERROR: Command failed: \n # dnf install x\nErrors during downloading metadata for repository 'x':\n  - Curl error (7): Couldn't connect to server for http://h/x [y]\nError: Failed to download metadata for repo 'x'",
      "Curl error (7): Couldn't connect to server for http://h/x [y]",
    ],
    ['>>> Status code: 503 for http://h/x', 'Status code: 503 for http://h/x'],
    [' Problem: conflicting requests\n  - nothing provides z needed by a', 'nothing provides z needed by a'],
    [' Problem: nothing provides z needed by a\nError: \n', 'Problem: nothing provides z needed by a'],
    ['ERROR: Exception(/x.cfg) Config(x)\nERROR: Could not create dir /x', 'Could not create dir /x'],
    ['ERROR: Command failed: \n # dnf install x\n', undefined],
    ['ERROR: Command failed. See logs for output.', 'Command failed. See logs for output.'],
  ])('is told in one line: %j', (stderr, expected) => {
    expect(of(stderr)).toBe(expected);
  });

  it('is no warning by itself, but where it says something', () => {
    const host = new RecordingHost();
    for (const line of ['ERROR: Command failed: ', 'ERROR: ', ' # dnf install x', 'WARNING: no such plugin: x']) {
      report(line, host);
    }
    expect(host.annotations('warning').map(({ message }) => message)).toEqual(['mock: no such plugin: x']);
  });
});
