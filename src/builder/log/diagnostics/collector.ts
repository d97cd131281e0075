/** Runs all parsers over the package's output and keeps what they find, once each, bounded. */
import path from 'node:path';
import type { Diagnostic } from '../diagnosis.ts';
import { isInSource, sourcePath } from '../map-path.ts';
import type { WalkedLine } from '../structure.ts';
import { printable } from '../text.ts';
import { cmakeParser, debianParser, lintianParser, makeParser, mesonParser, patchParser } from './build-tools.ts';
import { gnuParser, goParser, javaParser, linkerParser, rustParser } from './compilers.ts';
import type { Finding, Parser, ParserLine } from './parser.ts';
import { rpmPatchParser, specParser } from './rpm.ts';
import { perlParser, pytestParser, pythonParser, shellParser } from './scripts.ts';

const MAX_ERRORS = 200;
const MAX_WARNINGS = 500;

interface Kept extends Diagnostic {
  readonly segment: number;
  readonly weak: boolean;
}

export interface CollectorOptions {
  readonly format?: 'deb' | 'rpm';
  /** Name of the spec, for what rpmbuild says of its lines. */
  readonly spec?: string | undefined;
}

export class DiagnosticCollector {
  readonly #folders = new FolderTracker();
  readonly #rpm: readonly Parser[];
  readonly #kept = new Map<string, Kept>();
  readonly #count = { error: 0, warning: 0 };
  readonly #build: readonly Parser[] = [
    gnuParser(),
    linkerParser,
    goParser(),
    rustParser(),
    javaParser,
    pythonParser(),
    pytestParser(),
    perlParser(),
    shellParser,
    makeParser,
    cmakeParser(),
    mesonParser,
    debianParser,
  ];
  readonly #unpack: readonly Parser[] = [patchParser(), debianParser];
  readonly #after: readonly Parser[] = [lintianParser];

  constructor({ format, spec }: CollectorOptions = {}) {
    this.#rpm = format === 'rpm' ? [specParser(spec), rpmPatchParser()] : [];
  }

  /** A command that the shell of a spec's section shows; `undefined` where a section begins. */
  command(text: string | undefined): void {
    this.#folders.command(text);
    if (text !== undefined) for (const parse of this.#rpm) parse(this.#parserLine({ text, number: 0 }));
  }

  visit(line: WalkedLine): void {
    if (line.origin === 'ignored') return;
    if (line.origin === 'package') this.#folders.visit(line.text);
    else if (line.phase === 'unpack') this.#folders.unpacked(line.text);
    const parserLine = this.#parserLine(line, (finding) => this.#add(finding, line));
    for (const parse of this.#parsersOf(line)) parse(parserLine);
    for (const parse of this.#rpm) parse(parserLine);
  }

  #parserLine({ text, number }: Pick<WalkedLine, 'text' | 'number'>, emit: ParserLine['emit'] = () => {}): ParserLine {
    return { text, number, emit, isOwn: (file) => isInSource(this.#folders.resolve(file)) };
  }

  /**
   * What was found, errors first.
   *
   * @param failed the segment that failed: errors from elsewhere did not end the build. `undefined` for a success, of
   *   which only the warnings are told.
   */
  result(failed: number | undefined): Diagnostic[] {
    const all = [...this.#kept.values()];
    const warnings = all.filter(({ severity, weak }) => severity === 'warning' && !weak);
    let errors: Kept[] = [];
    if (failed !== undefined) {
      errors = all.filter(({ severity }) => severity === 'error');
      const there = errors.filter(({ segment }) => segment === failed);
      if (there.length > 0) errors = there;
      const strong = errors.filter(({ weak }) => !weak);
      // Of a chain of failed makes the first is where it began.
      errors = strong.length > 0 ? strong : errors.slice(0, 1);
    }
    const byUse = (a: Kept, b: Kept) =>
      Number(isInSource(b.file)) - Number(isInSource(a.file)) || a.logLine - b.logLine;
    return [...errors.sort(byUse), ...warnings.sort(byUse)].map(
      ({ segment: _segment, weak: _weak, ...diagnostic }) => diagnostic,
    );
  }

  #parsersOf(line: WalkedLine): readonly Parser[] {
    if (line.origin === 'package')
      return line.phase === 'unpack' || line.phase === 'source' ? this.#unpackAndBuild : this.#build;
    if (line.phase === 'unpack') return this.#unpack;
    return line.phase === 'post-build' ? this.#after : [];
  }

  readonly #unpackAndBuild: readonly Parser[] = [
    ...this.#unpack,
    ...this.#build.filter((parser) => parser !== debianParser),
  ];

  #add(finding: Finding, line: WalkedLine): void {
    const { severity, line: number, column, tool, code, logLine = line.number, weak = false } = finding;
    if (!Number.isSafeInteger(number) || number < 1) return;
    const limit = severity === 'error' ? MAX_ERRORS : MAX_WARNINGS;
    if (this.#count[severity] >= limit) return;
    const file = printable(finding.fromTop ? sourcePath(finding.file) : this.#folders.resolve(finding.file), 300);
    const message = printable(finding.message, 400).trim();
    const key = JSON.stringify([severity, file, number, message]);
    if (file === '' || message === '' || this.#kept.has(key)) return;
    this.#count[severity] += 1;
    this.#kept.set(key, {
      severity,
      file,
      line: number,
      ...(column !== undefined && Number.isSafeInteger(column) && column > 0 ? { column } : {}),
      message,
      logLine,
      tool,
      ...(code ? { code: printable(code, 80) } : {}),
      segment: line.segment,
      weak,
    });
  }
}

/** Where rpmbuild starts the sections of a spec that unpacks nothing, or not in a folder of its own. */
const BUILD_TOP = /^\/builddir\/build\/BUILD(?:\/[^/]+-\d[^/]*-build)?$/;

/** Knows in which folder tools run, from what make, ninja and debhelper print. */
class FolderTracker {
  #top: string | undefined;
  /** Folder of debhelper's own `cd`, relative to the top. */
  #base = '';
  /** Folder per level of make, relative to the top. */
  #levels: string[] = [];

  /** Folder that the shell of a spec's section is in, absolute; `''` where it was not shown. */
  #cwd = '';

  /** `+ cd FOLDER`. */
  command(text: string | undefined): void {
    if (text === undefined) {
      this.#cwd = '';
      this.#base = '';
      this.#levels = [];
      return;
    }
    const [, verb, folder] = /^\+ (cd|pushd) ['"]?([^\s'"]+)/.exec(text) ?? [];
    if (verb && folder && (folder.startsWith('/') || this.#cwd !== ''))
      this.#cwd = path.posix.resolve(this.#cwd, folder);
  }

  /** `dpkg-source: info: extracting NAME in FOLDER`. */
  unpacked(text: string): void {
    const folder = /^dpkg-source: info: extracting \S+ in (\/\S+)$/.exec(text)?.[1];
    if (folder) this.#top = `${folder}/`;
  }

  visit(text: string): void {
    if (text.startsWith('make') || text.startsWith('gmake')) {
      const move = /^g?make(?:\[(\d+)\])?: (Entering|Leaving) directory ['`]([^']+)'$/.exec(text);
      if (!move?.[3]) return;
      const level = Math.min(Number(move[1] ?? 0), 64);
      this.#levels.length = Math.min(this.#levels.length, level);
      if (move[2] === 'Entering') this.#levels[level] = this.#inTop(move[3]);
    } else if (text.startsWith('\tcd ')) {
      this.#base = /^\tcd ([^\s;&|]+) && /.exec(text)?.[1] ?? '';
    } else if (text.startsWith('   d')) {
      this.#base = '';
      this.#levels = [];
    } else if (text.startsWith('ninja: Entering directory ')) {
      this.#base = /[`']([^']+)'/.exec(text)?.[1] ?? this.#base;
    }
  }

  /** `file` as printed, relative to the top of the source package where it lies there. */
  resolve(file: string): string {
    if (file.startsWith('/') || file.startsWith('<')) return this.#inTop(file);
    const inside = this.#cwd !== '' && !BUILD_TOP.test(this.#cwd);
    const base = inside ? this.#inTop(path.posix.join(this.#cwd, this.#base)) : this.#base;
    const folder = this.#levels.findLast((level) => level !== undefined) ?? (base === '.' ? '' : base);
    const joined = path.posix.join(folder, file);
    // Folders tell only where tools were started: a path that leads out of the package was meant from its top.
    return joined.startsWith('../') ? sourcePath(file.replace(/^(?:\.\.?\/)+/, '')) : sourcePath(joined);
  }

  #inTop(file: string): string {
    if (this.#top !== undefined && `${file}/`.startsWith(this.#top))
      return sourcePath(file.slice(this.#top.length) || '.');
    return sourcePath(file);
  }
}
