/** Interpreters: Python with its test runners, Perl, shells. */
import type { Parser } from './parser.ts';

const FRAME = /^ {2}File "([^"]+)", line (\d+)(?:, in .*)?$/;
const EXCEPTION = /^((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)(?:: (.*))?$/;
const TEST_HEAD = /^(?:FAIL|ERROR): (\S+)/;

/** A traceback: the last frame that lies in the package, and the exception. */
export function pythonParser(): Parser {
  let frame: { readonly file: string; readonly line: number } | undefined;
  let open = false;
  let test: string | undefined;
  return ({ text, emit, isOwn }) => {
    if (text.startsWith('Traceback (most recent call last)')) {
      open = true;
      frame = undefined;
      return;
    }
    const head = /^[FE]/.test(text) ? TEST_HEAD.exec(text) : undefined;
    if (head?.[1]) {
      test = head[1];
      return;
    }
    const found = text.startsWith('  File "') ? FRAME.exec(text) : undefined;
    if (found?.[1] && found[2]) {
      // A syntax error comes without the first line.
      open = true;
      if (isOwn(found[1])) frame = { file: found[1], line: Number(found[2]) };
      return;
    }
    if (!open || text === '' || text.startsWith(' ')) return;
    open = false;
    const exception = EXCEPTION.exec(text);
    if (!frame || !exception) return;
    const message = text.trim();
    emit({
      severity: 'error',
      ...frame,
      message: test ? `${test}: ${message}` : message,
      tool: test ? 'unittest' : 'python',
    });
    frame = undefined;
    test = undefined;
  };
}

const PYTEST_PLACE = /^([^\s:]+\.py):(\d+): (\w+)?$/;
const PYTEST_FRAME = /^([^\s:]+\.py):(\d+): in /;

/** pytest's reports of failures, in the styles long and short. */
export function pytestParser(): Parser {
  let error: { readonly message: string; readonly number: number } | undefined;
  let frame: { readonly file: string; readonly line: number } | undefined;
  let test: string | undefined;
  const title = () => (test ? `${test}: ` : '');
  return ({ text, number, emit, isOwn }) => {
    const header = /^_{3,} (.+?) _{3,}$/.exec(text);
    if (header?.[1]) {
      test = header[1].replace(/^ERROR (?:at \w+ of|collecting) /, '');
      error = undefined;
      frame = undefined;
      return;
    }
    if (test === undefined) return;
    if (/^={3,} /.test(text)) {
      test = undefined;
      return;
    }
    const failure = /^E {3,}(\S.*)$/.exec(text);
    if (failure?.[1]) {
      if (frame) emit({ severity: 'error', ...frame, message: `${title()}${failure[1]}`, tool: 'pytest' });
      else error ??= { message: failure[1], number };
      frame = undefined;
      return;
    }
    if (!text.includes('.py:')) return;
    const inside = PYTEST_FRAME.exec(text);
    if (inside?.[1]) {
      if (isOwn(inside[1])) frame = { file: inside[1], line: Number(inside[2]) };
      return;
    }
    const place = PYTEST_PLACE.exec(text);
    if (place?.[1] && place[3] && isOwn(place[1])) {
      emit({
        severity: 'error',
        file: place[1],
        line: Number(place[2]),
        message: `${title()}${error?.message ?? place[3]}`,
        tool: 'pytest',
        logLine: error?.number ?? number,
      });
      error = undefined;
    }
  };
}

const PERL_ERROR =
  /^(?:syntax error|Can't (?:locate|find string terminator|use)|Global symbol|Undefined subroutine|Bareword) ?/;
const PERL_PLACE = / at ([^\s(]\S*) line (\d+)(?:,? (near .*))?/;
const PERL_TEST = /^#\s+Failed (?:\(TODO\) )?test(?: '(.*)')?(?: at (\S+) line (\d+)\.?)?$/;
const PERL_TEST_PLACE = /^#\s+at (\S+) line (\d+)\.?$/;

/** perl(1): errors of the compiler, and Test::More's failures. */
export function perlParser(): Parser {
  let failed: { readonly name: string; readonly number: number } | undefined;
  return ({ text, number, emit }) => {
    if (text.startsWith('#')) {
      const test = PERL_TEST.exec(text);
      if (test) {
        const name = test[1] ?? 'a test without a name';
        if (test[2])
          emit({
            severity: 'error',
            file: test[2],
            line: Number(test[3]),
            message: `${name} failed`,
            tool: 'perl-test',
          });
        else failed = { name, number };
        return;
      }
      const place = failed && PERL_TEST_PLACE.exec(text);
      if (failed && place?.[1]) {
        emit({
          severity: 'error',
          file: place[1],
          line: Number(place[2]),
          message: `${failed.name} failed`,
          logLine: failed.number,
          tool: 'perl-test',
        });
      }
      failed = undefined;
      return;
    }
    if (!text.includes(' line ') || !PERL_ERROR.test(text)) return;
    const place = PERL_PLACE.exec(text);
    // Code on the command line is in no file.
    if (!place?.[1] || place[1].startsWith('-')) return;
    const what = text.slice(0, place.index).replace(/ in @INC .*/, '');
    const message = place[3] ? `${what} ${place[3]}` : what;
    emit({ severity: 'error', file: place[1], line: Number(place[2]), message, tool: 'perl' });
  };
}

/** bash and dash name the script and the line, bash with the word `line`. */
const SHELL = /^([^\s:]+): (line )?(\d+): (.+)$/;
const SHELL_ERROR =
  /(?:not found|[Ss]yntax error.*|unexpected EOF.*|unbound variable|parameter not set|Bad substitution|bad substitution|No such file or directory|Permission denied|Is a directory|ambiguous redirect|unexpected operator)$/;

export const shellParser: Parser = ({ text, emit }) => {
  const found = SHELL.exec(text);
  // The script of a section of a spec is nobody's file.
  if (found?.[1]?.includes('/rpm-tmp.')) return;
  if (!found?.[1] || !found[4] || /(?:^|\/)(?:ba|da|k|z)?sh$/.test(found[1]) || !SHELL_ERROR.test(found[4])) return;
  emit({ severity: 'error', file: found[1], line: Number(found[3]), message: found[4], tool: 'shell' });
};
