/** Logs as our sessions write them, made of recorded pieces: our phases, then sbuild's sections around a package's output. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const FIXTURES = path.join(import.meta.dirname, '../../fixtures/logs');

export function fixture(name: string): string {
  return readFileSync(path.join(FIXTURES, name), 'utf8');
}

/** Names of the fixtures of one folder, without extension. */
export function fixtureNames(folder: string): string[] {
  return readdirSync(path.join(FIXTURES, folder))
    .filter((name) => name.endsWith('.txt'))
    .map((name) => name.slice(0, -4));
}

const RULE = `+${'-'.repeat(78)}+`;
export const SEPARATOR = '-'.repeat(80);

export function banner(title: string, date = ''): string {
  return `\n${RULE}\n| ${title.padEnd(76 - date.length)}${date} |\n${RULE}\n\n`;
}

export interface SbuildLogParts {
  /** Before sbuild. */
  readonly dependencies?: string;
  /** sbuild before its first section. */
  readonly setup?: string;
  readonly fetch?: string;
  readonly cleanup?: string;
  /** Output of dpkg-source -x. */
  readonly unpack?: string;
  /** Output of dpkg-buildpackage, with the line `Command:`; `undefined` where it was not reached. */
  readonly build?: string | undefined;
  /** sbuild stops here: no `Build finished`, no summary. */
  readonly cut?: true;
  readonly fields?: Readonly<Record<string, string>>;
  /** Date in banners, as sbuild 0.89 writes. */
  readonly date?: string;
}

/** A whole log. By default the build fails. */
export function sbuildLog(parts: SbuildLogParts): string {
  const { date = '' } = parts;
  const fields = { Status: 'attempted', 'Fail-Stage': 'build', ...parts.fields };
  const build = parts.build === undefined ? '' : `dpkg-buildpackage\n-----------------\n\n${parts.build.trimEnd()}\n`;
  const head = [
    parts.dependencies ?? `${banner('Install package build dependencies')}Setting up debhelper (13.11.4) ...\n`,
    'sbuild (Debian sbuild) 0.85.0 (04 January 2023) on localhost\n',
    `\n+${'='.repeat(78)}+\n| ${'hello 1.0 (amd64)'.padEnd(45)}Fri, 20 Nov 2026 16:30:16 +0000 |\n+${'='.repeat(78)}+\n\nPackage: hello\nVersion: 1.0\n${parts.setup ?? ''}`,
    banner('Fetch source files', date),
    parts.fetch ?? '',
    banner('Install package build dependencies', date),
    'Null resolver: not installing main dependencies\n',
    banner('Check architectures', date),
    'Arch check ok (amd64 included in any)\n',
    banner('Build environment', date),
    'Kernel: Linux 6.1.0 #1 SMP amd64 (x86_64)\n',
    banner('Build', date),
    `\nUnpack source\n-------------\n\n${parts.unpack ?? 'dpkg-source: info: extracting hello in /<<PKGBUILDDIR>>\n'}\n`,
    build,
  ].join('');
  if (parts.cut) return head;
  const finished =
    parts.build === undefined
      ? ''
      : `${SEPARATOR}\nBuild finished at 2026-11-20T16:30:19Z\n\nFinished\n--------\n\n${fields.Status === 'successful' ? 'I: Built successfully\n' : ''}`;
  const summary = Object.entries(fields)
    .filter(([key]) => fields.Status !== 'successful' || key !== 'Fail-Stage')
    .map(([key, value]) => `${key}: ${value}`)
    .sort();
  return [
    head,
    finished,
    banner('Cleanup', date),
    `${parts.cleanup ?? ''}Purging /<<BUILDDIR>>\nNot cleaning session: cloned chroot in use\n`,
    fields.Status === 'successful' ? '' : `E: Build failure (dpkg-buildpackage died)\n`,
    banner('Summary', date),
    `Build Architecture: amd64\n${summary.join('\n')}\nVersion: 1.0\n`,
    `${SEPARATOR}\nFinished at 2026-11-20T16:30:19Z\nBuild needed 00:00:03, 72k disk space\n`,
  ].join('');
}
