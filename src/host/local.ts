/** A person's machine: coloured and live on a terminal, plain lines elsewhere. Everything goes to standard error. */
import path from 'node:path';
import { writeWholeSync } from '../durable.ts';
import { formatDuration } from '../format.ts';
import { type AnnotationLevel, annotationText, BaseHost, type HostOptions } from './base.ts';
import { environmentInput } from './environment.ts';
import type { Group } from './groups.ts';
import type { Location, ReportKind } from './host.ts';
import { renderMarkdown } from './markdown.ts';
import { LiveProgress, type Progress, type Terminal } from './progress.ts';
import { dropToolkitDebug } from './toolkit.ts';

const COLOURS = { notice: '36', warning: '33', error: '31' } as const;

export class LocalHost extends BaseHost {
  readonly name = 'local';
  readonly runId: string;
  readonly runUrl = undefined;
  readonly #out: Terminal;
  readonly #undrop = dropToolkitDebug();
  readonly #colours: boolean;
  readonly #live: LiveProgress | undefined;
  readonly #debug: boolean;
  readonly #summaryFile: string | undefined;
  #summary = '';

  constructor(options: HostOptions = {}, out: Terminal = process.stderr) {
    super(path.resolve(options.workspace ?? '.'), options);
    this.#out = out;
    const startedAt = Math.round(performance.timeOrigin).toString(36);
    this.runId = `local-${process.pid}-${startedAt}`;
    const terminal = out.isTTY === true && this.env['TERM'] !== 'dumb';
    // https://no-color.org
    this.#colours = terminal && !this.env['NO_COLOR'];
    this.#live = terminal ? new LiveProgress(out, (text) => this.#style('2', text)) : undefined;
    this.#debug = options.debug ?? this.env['PKG_ACTIONS_DEBUG'] === '1';
    const summary = options.summaryFile ?? this.env['PKG_ACTIONS_SUMMARY'];
    this.#summaryFile = summary === undefined || summary === '' ? undefined : path.resolve(this.workspace, summary);
  }

  protected platformInput(name: string): string | undefined {
    return environmentInput(name, this.env);
  }

  protected printLine(line: string, depth: number): void {
    this.#print(line, depth);
  }

  protected printDebug(line: string, depth: number): void {
    if (this.#debug) this.#print(this.#style('2', `debug: ${line}`), depth);
  }

  override tool(line: string): void {
    if (this.#debug) this.info(line);
    // A line of rules or dots says nothing about where the tool is.
    else if (/[A-Za-z]/.test(line)) this.progress(line.trim().slice(0, 160));
  }

  protected printAnnotation(
    level: AnnotationLevel,
    message: string,
    location: Location | undefined,
    depth: number,
  ): void {
    const [first = '', ...rest] = annotationText(message, location).split('\n');
    this.#print(`${this.#style(`1;${COLOURS[level]}`, `${level}:`)} ${first}`, depth);
    for (const line of rest) this.#print(`  ${line}`, depth);
  }

  protected printGroupStart(group: Group): void {
    this.#print(this.#style('1', group.title), group.depth);
  }

  protected printGroupEnd(group: Group, seconds: number, failed: boolean): void {
    // A heading over three lines that took no time needs no such remark.
    if (!failed && seconds < 0.1) return;
    const text = failed ? this.#style('31', 'failed') : this.#style('32', 'done');
    this.#print(`${text} ${this.#style('2', `in ${formatDuration(seconds)}`)}`, group.depth + 1);
  }

  protected override makeProgress(): Progress {
    return this.#live ?? super.makeProgress();
  }

  /** The command line shows them at the end. */
  protected writeOutput(): void {}

  protected async writeSummary(markdown: string): Promise<void> {
    this.#summary += markdown;
  }

  async report(kind: ReportKind, file: string): Promise<void> {
    this.info(`${kind} report: ${path.relative(process.cwd(), path.resolve(this.workspace, file))}`);
  }

  async upload(): Promise<undefined> {
    return undefined;
  }

  /** Writes the summary: to its file, and rendered for the terminal. */
  override async close(): Promise<void> {
    await super.close();
    this.#undrop();
    if (this.#summary === '') return;
    if (this.#summaryFile !== undefined) {
      writeWholeSync(this.#summaryFile, this.#summary);
    }
    const width = Math.min(this.#out.columns ?? 120, 120);
    this.#print('', 0);
    for (const line of renderMarkdown(this.#summary, { colours: this.#colours, width })) this.#print(line, 0);
  }

  #print(line: string, depth: number): void {
    const text = `${'  '.repeat(line === '' ? 0 : depth)}${line}\n`;
    if (this.#live === undefined) this.#out.write(text);
    else this.#live.print(text);
  }

  #style(code: string, text: string): string {
    return this.#colours ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}
