/** Compilers and linkers: gcc, clang, ghc and others that write `file:line:column: error: text`; ld, go, rustc, javac. */
import { columnOf, type Parser } from './parser.ts';

const GNU = /^([^\s:"'([][^:]*):(\d+):(?:(\d+):)? (fatal error|internal compiler error|error|warning):(?: (.*))?$/;
const INCLUDED = /^(?:In file included| {2,}) from ([^:]+):(\d+)(?::\d+)?[:,]$/;
const REQUIRED = /^([^\s:][^:]*):(\d+):(?:\d+:)? {2,}(?:recursively )?required (?:from|by) /;
/** Programs that configure and cmake compile to see whether they can. */
const PROBE = /(?:^|\/)(?:conftest\.|CMakeScratch\/|CMakeTmp\/|cmTC_|testfile\.c$|meson-private\/)/;

const TOOLS = new Map<string, string>([
  ['ac', 'autotools'],
  ['am', 'autotools'],
  ['m4', 'autotools'],
  ['hs', 'ghc'],
  ['java', 'javac'],
  ['py', 'python'],
  ['rb', 'ruby'],
  ['vala', 'valac'],
  ['po', 'msgfmt'],
]);

/** gcc(1), "Diagnostic Message Formatting Options"; the GNU coding standards, 4.4 "Formatting Error Messages". */
export function gnuParser(): Parser {
  // Where the present file was included or instantiated from, innermost first.
  let own: { readonly file: string; readonly line: number } | undefined;
  let pending:
    | { readonly file: string; readonly line: number; readonly column: string | undefined; readonly number: number }
    | undefined;
  return ({ text, number, emit, isOwn }) => {
    if (pending) {
      // ghc writes the text on the lines below.
      const message = text.trim();
      const { file, line, column, number: logLine } = pending;
      if (message !== '') emit({ severity: 'error', file, line, ...columnOf(column), message, logLine, tool: 'ghc' });
      pending = undefined;
      return;
    }
    if (text.includes(' from ') || text.includes('required ')) {
      const frame = INCLUDED.exec(text) ?? REQUIRED.exec(text);
      if (frame?.[1] && frame[2]) {
        if (text.startsWith('In file included')) own = undefined;
        if (!own && isOwn(frame[1])) own = { file: frame[1], line: Number(frame[2]) };
        return;
      }
    }
    if (!text.includes('error') && !text.includes('warning:')) return;
    const found = GNU.exec(text);
    if (!found?.[1] || !found[2] || !found[4]) return;
    const [, file, line, column, kind, rest = ''] = found;
    if (PROBE.test(file) || !/[./]/.test(file)) return;
    const tool = TOOLS.get(file.slice(file.lastIndexOf('.') + 1)) ?? 'cc';
    if (rest === '' || /^\[GHC-\d+\]$/.test(rest)) {
      if (kind === 'error' && tool === 'ghc') pending = { file, line: Number(line), column, number };
      return;
    }
    const code = /\[(-W[\w+=-]+)\]$/.exec(rest)?.[1];
    const message = code ? rest.slice(0, -code.length - 2).trimEnd() : rest;
    // In a header of the system the caller is to blame.
    const place = !isOwn(file) && own ? own : { file, line: Number(line), ...columnOf(column) };
    own = undefined;
    emit({ severity: kind === 'warning' ? 'warning' : 'error', ...place, message, tool, ...(code ? { code } : {}) });
  };
}

const LINK = /^(?:[^\s:]*ld(?:\.\w+)?: )?([^\s:]+):(\d+): ((?:undefined reference to|multiple definition of) .*)$/;

/** ld(1) names a line where the objects hold debug information. */
export const linkerParser: Parser = ({ text, emit }) => {
  if (!text.includes('undefined reference to') && !text.includes('multiple definition of')) return;
  const found = LINK.exec(text);
  if (found?.[1] && found[3])
    emit({ severity: 'error', file: found[1], line: Number(found[2]), message: found[3], tool: 'ld' });
};

const GO = /^(?:vet: )?((?:\.{0,2}\/)?[\w@+./-]+\.go):(\d+)(?::(\d+))?: (.+)$/;
const GO_TEST = /^ {4,}([\w.-]+\.go):(\d+): (.*)$/;

/** go(1): `build`, `vet` and `test`. A test's lines come before its result when `-v` is given, after it otherwise. */
export function goParser(): Parser {
  let running = false;
  let failed = false;
  let held: { readonly file: string; readonly line: number; readonly message: string; readonly number: number }[] = [];
  return ({ text, number, emit }) => {
    const result = /^\s*(?:=== (?:RUN|CONT|PAUSE|NAME)\b|--- (FAIL|PASS|SKIP): |(?:ok|FAIL)\t|FAIL$)/.exec(text);
    if (result) {
      failed = result[1] === 'FAIL';
      if (failed)
        for (const { number: logLine, ...item } of held) emit({ severity: 'error', ...item, logLine, tool: 'go-test' });
      running = /^\s*=== /.test(text);
      if (!running || held.length > 100) held = [];
      return;
    }
    if (!text.includes('.go:')) return;
    const test = GO_TEST.exec(text);
    if (test?.[1] && test[3]) {
      const item = { file: test[1], line: Number(test[2]), message: test[3] };
      if (failed) emit({ severity: 'error', ...item, tool: 'go-test' });
      else if (running) held.push({ ...item, number });
      return;
    }
    const found = GO.exec(text);
    if (found?.[1] && found[4]) {
      emit({
        severity: 'error',
        file: found[1],
        line: Number(found[2]),
        ...columnOf(found[3]),
        message: found[4],
        tool: 'go',
      });
    }
  };
}

const RUST = /^(error|warning)(?:\[(\w+)\])?: (.+)$/;
const RUST_PLACE = /^ *--> ([^:]+):(\d+):(\d+)$/;
const RUST_PANIC = /^thread '([^']*)'(?: \(\d+\))? panicked at (?:'(.*)', )?([^\s:']+):(\d+):(\d+):?$/;

/** rustc(1), and tests that panic. */
export function rustParser(): Parser {
  let head:
    | {
        readonly severity: 'error' | 'warning';
        readonly message: string;
        readonly code: string | undefined;
        readonly number: number;
      }
    | undefined;
  let panic:
    | {
        readonly test: string;
        readonly file: string;
        readonly line: number;
        readonly column: number;
        readonly number: number;
      }
    | undefined;
  return ({ text, number, emit }) => {
    if (panic) {
      const { test, number: logLine, ...place } = panic;
      panic = undefined;
      emit({ severity: 'error', ...place, logLine, message: `${test} panicked: ${text.trim()}`, tool: 'rust-test' });
      return;
    }
    if (head) {
      const place = RUST_PLACE.exec(text);
      if (place?.[1]) {
        const { severity, message, code, number: logLine } = head;
        emit({
          severity,
          file: place[1],
          line: Number(place[2]),
          column: Number(place[3]),
          message,
          logLine,
          tool: 'rustc',
          ...(code ? { code } : {}),
        });
      }
      if (place || text.trim() === '') head = undefined;
    }
    const found = /^[ew]/.test(text) ? RUST.exec(text) : undefined;
    if (found?.[3]) {
      head = { severity: found[1] === 'warning' ? 'warning' : 'error', message: found[3], code: found[2], number };
      return;
    }
    const thread = text.startsWith('thread ') ? RUST_PANIC.exec(text) : undefined;
    if (thread?.[3] && thread[1] !== undefined) {
      const place = { file: thread[3], line: Number(thread[4]), column: Number(thread[5]) };
      if (thread[2] === undefined) panic = { test: thread[1], ...place, number };
      else emit({ severity: 'error', ...place, message: `${thread[1]} panicked: ${thread[2]}`, tool: 'rust-test' });
    }
  };
}

const JAVAC = /^(?: *\[javac\] )([^\s:]+\.java):(\d+): (error|warning): (.+)$/;
const MAVEN = /^\[(ERROR|WARNING)\] (\/[^\s:]+\.(?:java|scala|kt)):\[(\d+),(\d+)\] (.+)$/;

/** javac(1) under ant and maven; alone it writes as gcc does. */
export const javaParser: Parser = ({ text, emit }) => {
  if (!text.includes('.java') && !text.startsWith('[')) return;
  const javac = JAVAC.exec(text);
  if (javac?.[1] && javac[4]) {
    emit({
      severity: javac[3] === 'warning' ? 'warning' : 'error',
      file: javac[1],
      line: Number(javac[2]),
      message: javac[4],
      tool: 'javac',
    });
    return;
  }
  const maven = MAVEN.exec(text);
  if (maven?.[2] && maven[5]) {
    emit({
      severity: maven[1] === 'WARNING' ? 'warning' : 'error',
      file: maven[2],
      line: Number(maven[3]),
      column: Number(maven[4]),
      message: maven[5],
      tool: 'javac',
    });
  }
};
