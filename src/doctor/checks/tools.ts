/** The tools that actions run: whether they are there, and new enough. */
import { readdir, readFile } from 'node:fs/promises';
import { MOCK_CONFIGURATIONS } from '../../buildroot/mock/configuration.ts';
import { findMock } from '../../buildroot/mock/program.ts';
import { MissingToolError } from '../../errors.ts';
import { run, which } from '../../process.ts';
import { installCommand } from '../../tool-packages.ts';
import {
  type Check,
  type DoctorContext,
  type Finding,
  HOST_BUILDS,
  type PartFinding,
  USES,
  type Use,
} from '../check.ts';
import { isOlder } from '../version.ts';

interface Tool {
  readonly name: string;
  readonly uses: readonly Use[];
  /** What it is for, where its name does not say. */
  readonly purpose: string;
  /** Options that print a version; `--version` when absent. */
  readonly version?: readonly [string, ...string[]];
  /** Oldest version that has what we use, and what that is. */
  readonly least?: readonly [version: string, feature: string];
}

const PUBLISH: readonly Use[] = ['publish-deb', 'publish-rpm'];

const TOOLS: readonly Tool[] = [
  { name: 'git', uses: USES, purpose: 'sources' },
  { name: 'tar', uses: USES, purpose: 'sources' },
  { name: 'xz', uses: USES, purpose: 'sources, indexes' },
  { name: 'setpriv', uses: USES, purpose: 'that no command outlives us', least: ['2.33', '--pdeathsig'] },
  { name: 'flock', uses: USES, purpose: 'locks', least: ['2.32', '--no-fork'] },
  { name: 'unshare', uses: HOST_BUILDS, purpose: 'sessions', least: ['2.32', '--kill-child'] },
  { name: 'nsenter', uses: HOST_BUILDS, purpose: 'sessions' },
  { name: 'mount', uses: HOST_BUILDS, purpose: 'sessions' },
  { name: 'pivot_root', uses: HOST_BUILDS, purpose: 'sessions', version: ['--version'] },
  { name: 'prlimit', uses: HOST_BUILDS, purpose: 'limits of a build' },
  { name: 'ip', uses: HOST_BUILDS, purpose: 'builds without network', version: ['-V'] },
  { name: 'mmdebstrap', uses: ['deb'], purpose: 'buildroots', least: ['0.7', 'the variant buildd and hooks'] },
  { name: 'sbuild', uses: ['deb'], purpose: 'builds', least: ['0.81', 'a build without its resolver'] },
  { name: 'apt-get', uses: ['deb', 'publish-deb'], purpose: 'archives' },
  { name: 'dpkg', uses: ['deb', 'publish-deb'], purpose: 'packages' },
  { name: 'dpkg-source', uses: ['deb'], purpose: 'source packages' },
  { name: 'gpgv', uses: ['deb', ...PUBLISH], purpose: 'signatures', version: ['--version'] },
  { name: 'rpm', uses: ['rpm', 'publish-rpm'], purpose: 'packages' },
  {
    name: 'createrepo_c',
    uses: ['rpm', 'publish-rpm'],
    purpose: 'indexes, package files of builds',
    least: ['0.15', '--compatibility of indexes'],
  },
  { name: 'modifyrepo_c', uses: ['publish-rpm'], purpose: 'indexes' },
  { name: 'dnf', uses: ['publish-rpm'], purpose: 'reading a repository as clients do' },
  { name: 'rpmkeys', uses: ['publish-rpm'], purpose: 'signatures' },
  { name: 'reprepro', uses: ['publish-deb'], purpose: 'indexes', least: ['5.3', 'the form of its database'] },
  { name: 'apt-ftparchive', uses: ['publish-deb'], purpose: 'indexes' },
];

const tools: Check = {
  id: 'tools',
  title: 'Tools',
  group: 'Tools',
  uses: USES,
  seconds: 60,
  async look({ signal }): Promise<readonly PartFinding[]> {
    return await Promise.all(
      TOOLS.map(async (tool) => ({
        part: tool.name,
        title: `${tool.name} (${tool.purpose})`,
        uses: tool.uses,
        ...(await lookAtTool(tool, signal)),
      })),
    );
  },
};

async function lookAtTool({ name, version = ['--version'], least }: Tool, signal: AbortSignal): Promise<Finding> {
  if (which(name) === undefined) {
    return { status: 'missing', found: 'not on PATH', expected: name, remedy: installCommand(name) };
  }
  const { stdout, stderr, exitCode } = await run([name, ...version], {
    okExitCodes: 'any',
    signal,
    timeoutSeconds: 45,
    captureBytes: 8192,
  });
  const found = versionIn(`${stdout}\n${stderr}`);
  if (found === undefined) {
    return exitCode === 0
      ? { status: 'ok', found: 'there; it does not say its version' }
      : {
          status: 'failed',
          found: `it does not run (exit code ${exitCode}): ${stderr.trim().split('\n').at(-1) ?? ''}`,
          expected: 'a program that runs',
          remedy: installCommand(name).replace(' install ', ' reinstall '),
        };
  }
  if (least === undefined || !isOlder(found, least[0])) return { status: 'ok', found };
  return {
    status: 'failed',
    found,
    expected: `${least[0]} or newer, which has ${least[1]}`,
    remedy: installCommand(name),
  };
}

/** `2.38.1` of what a tool says of its version. */
export function versionIn(text: string): string | undefined {
  return /(?<![\w.])v?(\d+(?:\.\d+)+)/.exec(text)?.[1];
}

const mock: Check = {
  id: 'mock',
  title: 'mock (buildroots and builds)',
  group: 'Tools',
  uses: ['rpm'],
  async look({ family, signal }): Promise<Finding | readonly PartFinding[]> {
    const program = await findMock().catch((error: unknown) => {
      if (error instanceof MissingToolError) return undefined;
      throw error;
    });
    if (program === undefined) {
      return {
        status: 'missing',
        found: 'neither on PATH nor named by MOCK',
        expected: 'mock, which Fedora and EPEL package',
        remedy:
          family === 'fedora'
            ? 'dnf install mock (of EPEL: dnf install epel-release first)'
            : 'build rpm packages in containers: pkg-actions setup-builder --engine docker',
      };
    }
    // As nobody: it asks for a group that root need not have here.
    const { stdout, exitCode } = await run([program.file, '--version'], {
      okExitCodes: 'any',
      signal,
      captureBytes: 8192,
    });
    const version = versionIn(stdout);
    return [
      {
        part: 'program',
        title: 'mock (buildroots and builds)',
        status: 'ok',
        found: `${version ?? (exitCode === 0 ? 'there' : 'there; it does not say its version')}, ${program.file}`,
      },
      await configurations(),
    ];
  },
};

async function configurations(): Promise<PartFinding> {
  const base = { part: 'configurations', title: 'Configurations of mock' };
  const names = (await readdir(MOCK_CONFIGURATIONS).catch(() => [])).filter((name) => name.endsWith('.cfg'));
  if (names.length > 0) return { ...base, status: 'ok', found: `${names.length} in ${MOCK_CONFIGURATIONS}` };
  return {
    ...base,
    status: 'warning',
    found: `none in ${MOCK_CONFIGURATIONS}`,
    expected: 'those of mock-core-configs, which built-in rpm targets name',
    remedy: 'dnf install mock-core-configs, or give targets a mock.text',
  };
}

/** perl or Python: what gives every command of a session a keyring of its own. */
const keyring: Check = {
  id: 'keyring-tool',
  title: 'perl or python3 (keyrings of sessions)',
  group: 'Tools',
  uses: HOST_BUILDS,
  async look() {
    const found = ['perl', 'python3'].filter((name) => which(name) !== undefined);
    if (found.length > 0) return { status: 'ok', found: found.join(', ') };
    return {
      status: 'warning',
      found: 'neither',
      expected: 'one of them, else builds share the keyring of the kernel with this session',
      remedy: installCommand('perl'),
    };
  },
};

/** Keyrings of distributions that deb buildroots are made of: told, since which are needed targets say. */
const KEYRINGS = [
  ['debian', '/usr/share/keyrings/debian-archive-keyring.gpg', 'debian-archive-keyring'],
  ['ubuntu', '/usr/share/keyrings/ubuntu-archive-keyring.gpg', 'ubuntu-keyring'],
] as const;

const archiveKeys: Check = {
  id: 'archive-keys',
  title: 'Keys of archives',
  group: 'Tools',
  uses: ['deb'],
  async look({ family }: DoctorContext): Promise<readonly PartFinding[]> {
    const own = /^ID="?([a-z]+)"?$/m.exec(await readFile('/etc/os-release', 'utf8').catch(() => ''))?.[1];
    return await Promise.all(
      KEYRINGS.map(async ([name, file, packaged]): Promise<PartFinding> => {
        const content = await readFile(file).catch(() => undefined);
        const base = { part: name, title: `Keys of ${name}'s archive` };
        if (content !== undefined && content.length > 0) return { ...base, status: 'ok', found: file };
        return {
          ...base,
          status: name === own ? 'missing' : 'warning',
          found: `no ${file}`,
          expected: `the keyring, for ${name} targets`,
          remedy: `${family === 'fedora' ? 'dnf' : 'apt-get'} install ${packaged}`,
          ...(name === own ? {} : { uses: [] }),
        };
      }),
    );
  },
};

export const TOOL_CHECKS: readonly Check[] = [tools, mock, keyring, archiveKeys];
