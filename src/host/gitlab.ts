/**
 * GitLab CI: collapsible sections, a dotenv report for outputs, the summary as a file. Masks are our own: GitLab takes
 * none at run time. https://docs.gitlab.com/ci/jobs/job_logs/ and https://docs.gitlab.com/ci/yaml/artifacts_reports/
 */
import { appendFileSync, lstatSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { writeWholeSync } from '../durable.ts';
import { type AnnotationLevel, annotationText, BaseHost, type HostOptions } from './base.ts';
import { environmentInput } from './environment.ts';
import type { Group } from './groups.ts';
import type { Location, ReportKind } from './host.ts';
import { renderMarkdown } from './markdown.ts';
import type { Terminal } from './progress.ts';
import { printableLine, safeName } from './text.ts';
import { dropToolkitDebug } from './toolkit.ts';

/** GitLab refuses a larger dotenv report, and with it every variable in it (instance setting, this is the default). */
const MAX_DOTENV_BYTES = 5 * 1024;
const COLOURS = { notice: '36', warning: '33', error: '31' } as const;

export class GitLabHost extends BaseHost {
  readonly name = 'gitlab';
  readonly runId: string;
  readonly runUrl: string | undefined;
  readonly #out: Terminal;
  readonly #undrop = dropToolkitDebug();
  readonly #debug: boolean;
  readonly #dotenvFile: string;
  readonly #summaryFile: string;
  readonly #sections = new Map<Group, string>();
  #sectionCount = 0;
  #summary = '';

  constructor(options: HostOptions = {}, out: Terminal = process.stderr) {
    const env = options.env ?? process.env;
    const project = path.resolve(env['CI_PROJECT_DIR'] ?? '.');
    super(path.resolve(options.workspace ?? project), options);
    this.#out = out;
    this.runId = safeName(`gl-${env['CI_JOB_ID'] ?? process.pid}`);
    this.runUrl = env['CI_JOB_URL'];
    this.#debug = options.debug ?? (env['CI_DEBUG_TRACE'] === 'true' || env['PKG_ACTIONS_DEBUG'] === '1');
    this.#dotenvFile = path.resolve(project, env['PKG_ACTIONS_DOTENV'] || 'pkg-actions.env');
    this.#summaryFile = path.resolve(
      project,
      options.summaryFile ?? (env['PKG_ACTIONS_SUMMARY'] || 'pkg-actions-summary.md'),
    );
  }

  protected platformInput(name: string): string | undefined {
    return environmentInput(name, this.env);
  }

  protected printLine(line: string): void {
    this.#out.write(`${line}\n`);
  }

  protected printDebug(line: string): void {
    if (this.#debug) this.#out.write(`debug: ${line}\n`);
  }

  protected printAnnotation(level: AnnotationLevel, message: string, location: Location | undefined): void {
    const text = `${level}: ${annotationText(message, location)}`;
    for (const line of text.split('\n')) this.#out.write(`\u001b[${COLOURS[level]};1m${line}\u001b[0m\n`);
  }

  protected printGroupStart(group: Group): void {
    this.#sectionCount += 1;
    const section = `pkg_actions_${this.#sectionCount}`;
    this.#sections.set(group, section);
    const folded = group.depth === 0 ? '' : '[collapsed=true]';
    this.#out.write(
      `\u001b[0Ksection_start:${seconds(group.startedAt)}:${section}${folded}\r\u001b[0K\u001b[1m${group.title}\u001b[0m\n`,
    );
  }

  protected printGroupEnd(group: Group, duration: number): void {
    const section = this.#sections.get(group);
    this.#sections.delete(group);
    const end = Math.round(group.startedAt / 1000 + duration);
    this.#out.write(`\u001b[0Ksection_end:${end}:${section}\r\u001b[0K\n`);
  }

  /**
   * Outputs as variables of later jobs: `output-name` becomes `<prefix>OUTPUT_NAME`, the prefix being
   * PKG_ACTIONS_OUTPUT_PREFIX. A dotenv report takes one line per value and knows no quotes; lines are joined by
   * commas, which list inputs take as well. GitLab expands `$` in such values, `$$` stands for one. What does not fit is
   * left out: GitLab would refuse the report, and with it everything else.
   */
  protected writeOutput(name: string, value: string): void {
    const variable = `${this.env['PKG_ACTIONS_OUTPUT_PREFIX'] ?? ''}${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
    const lines = value.trim().split(/\r?\n/);
    if (lines.length > 1 && lines.some((line) => /[\s,]/.test(line))) {
      this.info(`The output ${name} is a text of several lines: later jobs get no variable for it.`);
      return;
    }
    const text = printableLine(this.masker.apply(lines.join(','))).replaceAll('$', '$$$$');
    const others = readText(this.#dotenvFile)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(`${variable}=`));
    const content = `${[...others, `${variable}=${text}`].join('\n')}\n`;
    if (Buffer.byteLength(content) > MAX_DOTENV_BYTES) {
      this.warning(`the output ${name} is left out: GitLab takes 5 KiB of variables from a job`);
      return;
    }
    writeWholeSync(this.#dotenvFile, content);
  }

  protected async writeSummary(markdown: string): Promise<void> {
    this.#summary += markdown;
    refuseLink(this.#summaryFile);
    appendFileSync(this.#summaryFile, markdown);
  }

  async report(kind: ReportKind, file: string): Promise<void> {
    this.info(`${kind} report: ${path.relative(this.workspace, path.resolve(this.workspace, file))}`);
  }

  async upload(): Promise<undefined> {
    return undefined;
  }

  override async close(): Promise<void> {
    await super.close();
    this.#undrop();
    if (this.#summary === '') return;
    this.#out.write('\n');
    for (const line of renderMarkdown(this.#summary, { colours: true, width: 120 })) this.#out.write(`${line}\n`);
  }
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

/** A link that was committed in the place of a file of ours would lead wherever it wants: it goes. */
function refuseLink(file: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) rmSync(file, { recursive: true });
}

function readText(file: string): string {
  refuseLink(file);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
