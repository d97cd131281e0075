/** The host of tests: inputs from a record, everything said or handed over kept for assertions. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Host, Level, Location, ReportKind } from './host.ts';
import { safeName } from './text.ts';

export interface RecordedLine {
  readonly level: Level | 'progress';
  readonly message: string;
  readonly location: Location | undefined;
  /** Titles of the groups it was said in, outermost first. */
  readonly groups: readonly string[];
}

export interface RecordedUpload {
  readonly name: string;
  readonly root: string;
  /** Relative to `root`. */
  readonly files: readonly string[];
}

export interface RecordingOptions {
  /** Default: the working folder. Made when absent. */
  readonly workspace?: string;
  readonly runId?: string;
  readonly runUrl?: string;
}

/**
 * Records as it was said: values are not masked here, so that a test that looks for a secret in `transcript()` finds
 * what a careless line would print.
 */
export class RecordingHost implements Host {
  readonly name = 'recording';
  readonly workspace: string;
  readonly runId: string;
  readonly runUrl: string | undefined;
  readonly lines: RecordedLine[] = [];
  readonly outputs: Record<string, string> = {};
  readonly masks: string[] = [];
  readonly reports: { readonly kind: ReportKind; readonly file: string }[] = [];
  readonly uploads: RecordedUpload[] = [];
  /** Titles of all groups, in the order they were opened. */
  readonly groups: string[] = [];
  /** All Markdown given to `summary`. */
  summaryText = '';
  closed = false;
  /** What was handed on to a post step. */
  kept: Readonly<Record<string, unknown>> | undefined;

  readonly #inputs: Readonly<Record<string, string>>;
  readonly #abort = new AbortController();
  readonly #open = new AsyncLocalStorage<readonly string[]>();

  constructor(inputs: Readonly<Record<string, string>> = {}, options: RecordingOptions = {}) {
    this.#inputs = { ...inputs };
    this.workspace = path.resolve(options.workspace ?? '.');
    mkdirSync(this.workspace, { recursive: true });
    this.runId = options.runId ?? `recording-${process.pid}`;
    this.runUrl = options.runUrl;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** What a platform does when a person cancels. */
  cancel(reason: unknown = undefined): void {
    this.#abort.abort(reason);
  }

  /** Annotations of one level, or of all three. */
  annotations(level?: 'notice' | 'warning' | 'error'): RecordedLine[] {
    return this.lines.filter((line) =>
      level === undefined ? ['notice', 'warning', 'error'].includes(line.level) : line.level === level,
    );
  }

  /** Everything that was said, handed over or summarised, as one text. */
  transcript(): string {
    const { lines, groups, outputs, reports, uploads, summaryText } = this;
    return [
      ...lines.map((line) => `${line.level}: ${line.message} ${JSON.stringify(line.location ?? {})}`),
      ...groups,
      JSON.stringify({ outputs, reports, uploads }),
      summaryText,
    ].join('\n');
  }

  debug(message: string): void {
    this.#say('debug', message);
  }

  tool(line: string): void {
    this.#say('debug', line);
  }
  info(message: string): void {
    this.#say('info', message);
  }
  notice(message: string, location?: Location): void {
    this.#say('notice', message, location);
  }
  warning(message: string, location?: Location): void {
    this.#say('warning', message, location);
  }
  error(message: string, location?: Location): void {
    this.#say('error', message, location);
  }
  progress(message: string): void {
    this.#say('progress', message);
  }

  async group<T>(title: string, body: () => Promise<T>): Promise<T> {
    this.groups.push(title);
    return await this.#open.run([...(this.#open.getStore() ?? []), title], body);
  }

  input(name: string): string | undefined {
    const value = this.#inputs[name];
    return value === '' ? undefined : value;
  }

  mask(value: string): void {
    this.masks.push(value);
  }

  output(name: string, value: string): void {
    this.outputs[name] = value;
  }

  async summary(markdown: string): Promise<void> {
    this.summaryText += markdown.endsWith('\n') ? markdown : `${markdown}\n`;
  }

  async report(kind: ReportKind, file: string): Promise<void> {
    this.reports.push({ kind, file });
  }

  async upload(name: string, root: string, files: readonly string[]): Promise<string | undefined> {
    if (files.length === 0) return undefined;
    const artifact = safeName(name);
    this.uploads.push({
      name: artifact,
      root,
      files: files.map((file) => path.relative(root, path.resolve(root, file))),
    });
    return artifact;
  }

  keepForPost(value: Readonly<Record<string, unknown>>): void {
    this.kept = value;
  }

  keptForPost(): unknown {
    return this.kept;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  #say(level: RecordedLine['level'], message: string, location?: Location): void {
    this.lines.push({ level, message, location, groups: this.#open.getStore() ?? [] });
  }
}
