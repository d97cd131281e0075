/** Build systems: make, cmake, meson; and the packaging's own tools: dpkg-source, debhelper, dpkg, lintian. */
import { columnOf, type Parser } from './parser.ts';

const MAKE_STOP = /^([^\s:]+):(\d+): \*\*\* (.+?)(?: +Stop\.)?$/;
const MAKE_FAILED = /^g?make(?:\[\d+\])?: \*\*\* \[([^\s:]+):(\d+): ([^\]]+)\] (.+)$/;

/** GNU make: errors in makefiles, and the recipe that failed where nobody says why. */
export const makeParser: Parser = ({ text, emit }) => {
  if (!text.includes(': *** ')) return;
  const stop = MAKE_STOP.exec(text);
  if (stop?.[1] && stop[3]) {
    emit({
      severity: 'error',
      file: stop[1],
      line: Number(stop[2]),
      message: stop[3].replace(/\.$/, ''),
      tool: 'make',
    });
    return;
  }
  const failed = MAKE_FAILED.exec(text);
  if (failed?.[1]) {
    emit({
      severity: 'error',
      file: failed[1],
      line: Number(failed[2]),
      message: `${failed[3]}: ${failed[4]}`,
      tool: 'make',
      weak: true,
    });
  }
};

const CMAKE = /^CMake (Error|Warning)(?: \(dev\))? at ([^\s:]+):(\d+) \((.*)\):$/;

/** cmake(1): the first paragraph below is the text. */
export function cmakeParser(): Parser {
  let head:
    | {
        readonly severity: 'error' | 'warning';
        readonly file: string;
        readonly line: number;
        readonly command: string;
        readonly number: number;
      }
    | undefined;
  let lines: string[] = [];
  return ({ text, number, emit }) => {
    if (head) {
      if (text.startsWith('  ') && lines.length < 6) {
        lines.push(text.trim());
        return;
      }
      if (text.trim() === '' && lines.length === 0) return;
      const { command, number: logLine, ...place } = head;
      emit({ ...place, message: `${command}: ${lines.join(' ')}`, logLine, tool: 'cmake', fromTop: true });
      head = undefined;
    }
    const found = text.startsWith('CMake ') ? CMAKE.exec(text) : undefined;
    if (!found?.[2]) return;
    lines = [];
    head = {
      severity: found[1] === 'Warning' ? 'warning' : 'error',
      file: found[2],
      line: Number(found[3]),
      command: found[4] ?? '',
      number,
    };
  };
}

const MESON = /^((?:[^\s:]*\/)?meson(?:\.build|_options\.txt|\.options)):(\d+):(\d+): (ERROR|WARNING): (.+)$/;

/** meson names files from its build folder, which lies at the top of the source. */
export const mesonParser: Parser = ({ text, emit }) => {
  if (!text.includes('meson')) return;
  const found = MESON.exec(text);
  if (!found?.[1] || !found[5]) return;
  emit({
    severity: found[4] === 'WARNING' ? 'warning' : 'error',
    file: found[1].replace(/^(?:\.\.\/)+/, ''),
    line: Number(found[2]),
    ...columnOf(found[3]),
    message: found[5],
    tool: 'meson',
    fromTop: true,
  });
};

/** dpkg-source(1) applying the patches of a 3.0 (quilt) package, and patch(1) under it. */
export function patchParser(): Parser {
  let patch: string | undefined;
  let target = '';
  return ({ text, emit }) => {
    const applying = /^dpkg-source: info: applying (\S+)$/.exec(text);
    if (applying) {
      patch = applying[1];
      return;
    }
    if (patch === undefined) return;
    const file = `debian/patches/${patch}`;
    const patching = /^patching file '?([^']+)'?$/.exec(text);
    if (patching?.[1]) {
      target = patching[1];
      return;
    }
    const hunk = /^Hunk #(\d+) FAILED at (\d+)/.exec(text);
    if (hunk) {
      const message = `does not apply: hunk ${hunk[1]} does not fit ${target} at line ${hunk[2]}`;
      emit({ severity: 'error', file, line: 1, message, tool: 'patch', fromTop: true });
      return;
    }
    const missing = /^can't find file to patch at input line (\d+)/.exec(text);
    if (missing) {
      emit({
        severity: 'error',
        file,
        line: Number(missing[1]),
        message: 'does not apply: the file that it changes does not exist',
        tool: 'patch',
        fromTop: true,
      });
    } else if (text.startsWith('Reversed (or previously applied) patch detected')) {
      emit({
        severity: 'error',
        file,
        line: 1,
        message: `does not apply: ${target} has the change already`,
        tool: 'patch',
        fromTop: true,
      });
    }
  };
}

const DPKG_SYNTAX = /^dpkg-\w+: error: syntax error in ([^\s:]+) at line (\d+): (.+)$/;
const CHANGELOG = /^dpkg-\w+: (?:error|warning): +(\S*debian\/changelog)\(l(\d+)\): (.+)$/;
const MISSING_FILES = /^(dh_\w+): (?:warning: )?(\S+) missing files: (.+)$/;

/** Files of debian/ that dpkg and debhelper complain of. */
export const debianParser: Parser = ({ text, emit }) => {
  if (!text.startsWith('d')) return;
  const syntax = DPKG_SYNTAX.exec(text) ?? CHANGELOG.exec(text);
  if (syntax?.[1] && syntax[3]) {
    const severity = text.includes('warning:') ? 'warning' : 'error';
    emit({ severity, file: syntax[1], line: Number(syntax[2]), message: syntax[3], tool: 'dpkg', fromTop: true });
    return;
  }
  const missing = MISSING_FILES.exec(text);
  if (missing?.[2]) {
    // debhelper(7): which file names it, debian/PACKAGE.install or debian/install, is not said.
    const file = `debian/${missing[2]}.${missing[1] === 'dh_install' ? 'install' : (missing[1] ?? '').replace(/^dh_install/, '')}`;
    emit({
      severity: 'error',
      file,
      line: 1,
      message: `no such file was built: ${missing[3]}`,
      tool: 'debhelper',
      fromTop: true,
    });
  }
};

const LINTIAN =
  /^([EW]): ([a-z0-9][a-z0-9.+-]*)(?: (?:source|udeb|changes|buildinfo))?: ([a-z0-9][a-z0-9.-]*[a-z0-9])(?: (.*?))? \[([^\]:]+):(\d+)\]$/;

/** lintian(1) points at a line in brackets, for files of the source also relative to its top. */
export const lintianParser: Parser = ({ text, emit }) => {
  const found = LINTIAN.exec(text);
  if (!found?.[3] || !found[5]) return;
  emit({
    severity: found[1] === 'E' ? 'error' : 'warning',
    file: found[5],
    line: Number(found[6]),
    message: `${found[3]}${found[4] ? ` ${found[4]}` : ''}`,
    code: found[3],
    tool: 'lintian',
    fromTop: true,
  });
};
