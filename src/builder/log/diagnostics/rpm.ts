/** rpmbuild(8): lines of the spec, and patches that `%prep` applies. */
import type { Parser } from './parser.ts';

const SPEC = /^(error|warning): (?:(?:\/\S*\/)?(\S+\.spec): ?)?(?:line )?(\d+): (.+)$/;

/** rpm's complaints of a line of the spec. rpm names the file only sometimes; `spec` is its name otherwise. */
export function specParser(spec: string | undefined): Parser {
  return ({ text, emit }) => {
    if (!text.startsWith('error: ') && !text.startsWith('warning: ')) return;
    const found = SPEC.exec(text);
    const file = found?.[2] ?? spec;
    if (!found?.[4] || file === undefined || !/\.spec: ?\d|line \d|\.spec: ?line/.test(text)) return;
    const severity = found[1] === 'warning' ? 'warning' : 'error';
    emit({ severity, file, line: Number(found[3]), message: found[4], tool: 'rpmbuild', fromTop: true });
  };
}

const PATCH = /(?:SOURCES\/|^Patch #\d+ \()([^\s'")]+\.(?:patch|diff|dif)[\w.]*)/;

/** patch(1) as `%patch` and `%autosetup` run it: what the shell shows names the patch. */
export function rpmPatchParser(): Parser {
  let patch: string | undefined;
  let target = '';
  return ({ text, emit }) => {
    if (text.startsWith('+') || text.startsWith('Patch #')) {
      patch = PATCH.exec(text)?.[1] ?? patch;
      return;
    }
    if (patch === undefined) return;
    const patching = /^patching file '?([^']+)'?$/.exec(text);
    if (patching?.[1]) {
      target = patching[1];
      return;
    }
    const hunk = /^Hunk #(\d+) FAILED at (\d+)/.exec(text);
    const missing = hunk ? undefined : /^can't find file to patch at input line (\d+)/.exec(text);
    if (hunk) {
      const message = `does not apply: hunk ${hunk[1]} does not fit${target === '' ? '' : ` ${target}`} at line ${hunk[2]}`;
      emit({ severity: 'error', file: patch, line: 1, message, tool: 'patch', fromTop: true });
    } else if (missing) {
      const message = 'does not apply: the file that it changes does not exist';
      emit({ severity: 'error', file: patch, line: Number(missing[1]), message, tool: 'patch', fromTop: true });
    }
  };
}
