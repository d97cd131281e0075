/** Annotations at the lines that a build complains of, through whatever the platform has for it. */
import { formatCount } from '../../format.ts';
import type { Location, Logger } from '../../host/host.ts';
import type { Diagnostic } from '../log/diagnosis.ts';
import { attemptsText, type BuildReport, byUse, faultOf, isAt, phaseTitle, sentence, titleOf } from './build-report.ts';

/** GitHub shows ten errors and ten warnings per step; a reader of other platforms wants no more either. */
const MAX_PER_LEVEL = 10;

/**
 * Says what a build came to: the reason of a failure first, at its place where it has one, then the tools' errors and
 * warnings, the most useful first. The rest is counted.
 */
export function annotate(report: BuildReport, logger: Logger): void {
  const { diagnosis } = report;
  const diagnostics = diagnosis.diagnostics.toSorted(byUse);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const warnings = diagnostics.filter(({ severity, path }) => severity === 'warning' && path !== undefined);
  let left = MAX_PER_LEVEL;
  let main: Diagnostic | undefined;
  const again = attemptsText(report);
  if (diagnosis.verdict !== 'success') {
    main =
      errors.find((error) => isAt(error, diagnosis.quotes[0])) ??
      errors.find((error) => diagnosis.quotes.some((line) => isAt(error, line)));
    const title = `${titleOf(report)}: ${faultOf(diagnosis)} (${phaseTitle(diagnosis)})`;
    logger.error(sentence(diagnosis.reason), { title, ...(main ? placeOf(main) : {}) });
    left -= 1;
  }
  // Nobody has to do anything about it, but an infrastructure that fails often is to be seen.
  if (again !== '') logger.notice(sentence(again), { title: titleOf(report) });
  // An error outside of the repository has no place to show it at; the reason and the log tell of it.
  const shown = errors.filter((error) => error !== main && error.path !== undefined);
  for (const error of shown.slice(0, left)) logger.error(error.message, { title: titleFor(error), ...placeOf(error) });
  for (const warning of warnings.slice(0, MAX_PER_LEVEL)) {
    logger.warning(warning.message, { title: titleFor(warning), ...placeOf(warning) });
  }
  const more = [counted(shown.length - left, 'error'), counted(warnings.length - MAX_PER_LEVEL, 'warning')].filter(
    (text) => text !== '',
  );
  if (more.length > 0) logger.info(`${more.join(' and ')} more in ${report.logFile}`);
}

function titleFor({ tool, code }: Diagnostic): string {
  return code ? `${tool}: ${code}` : tool;
}

function placeOf({ path, line, column }: Diagnostic): Location {
  return path === undefined ? {} : { file: path, line, ...(column === undefined ? {} : { column }) };
}

function counted(count: number, what: string): string {
  return count <= 0 ? '' : formatCount(count, what);
}
