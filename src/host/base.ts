/** What the hosts for people and platforms have in common: groups, progress, masks, the summary, cancellation. */
import { Cancellation } from './cancel.ts';
import { type Group, type GroupSink, Groups } from './groups.ts';
import type { Host, Location, ReportKind } from './host.ts';
import { Masker } from './masks.ts';
import { PlainProgress, type Progress } from './progress.ts';
import { printableLine, printableLines } from './text.ts';

export interface HostOptions {
  /** Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** Folder that paths are relative to. Default: the platform's checkout, or the working folder. */
  readonly workspace?: string;
  /** Where inputs come from first (flags of the command line). Default: the platform's own way only. */
  readonly inputs?: (name: string) => string | undefined;
  /** Shows debug lines. Default: as the platform says. */
  readonly debug?: boolean;
  /** File to write the summary to, where the platform has no place for it. */
  readonly summaryFile?: string;
}

export type AnnotationLevel = 'notice' | 'warning' | 'error';

export abstract class BaseHost implements Host {
  abstract readonly name: Host['name'];
  abstract readonly runId: string;
  abstract readonly runUrl: string | undefined;
  readonly workspace: string;
  /** What was set so far. */
  readonly outputs: Record<string, string> = {};
  protected readonly env: NodeJS.ProcessEnv;
  protected readonly masker = new Masker();
  readonly #groups: Groups;
  readonly #cancellation: Cancellation;
  readonly #inputs: HostOptions['inputs'];
  #progress: Progress | undefined;

  constructor(workspace: string, options: HostOptions) {
    this.workspace = workspace;
    this.env = options.env ?? process.env;
    this.#inputs = options.inputs;
    const sink: GroupSink = {
      open: (group) => this.printGroupStart(group),
      close: (group, seconds, failed) => {
        this.#progress?.groupEnded(group);
        this.printGroupEnd(group, seconds, failed);
      },
    };
    this.#groups = new Groups(sink);
    this.#cancellation = new Cancellation((signal) => {
      this.warning(`${signal}: cancelling, cleaning up. Ctrl-C again stops at once`);
    });
  }

  /** An input in the platform's own way. */
  protected abstract platformInput(name: string): string | undefined;
  /** All that is printed is masked and printable by then. */
  protected abstract printLine(line: string, depth: number): void;
  protected abstract printDebug(line: string, depth: number): void;
  protected abstract printAnnotation(
    level: AnnotationLevel,
    message: string,
    location: Location | undefined,
    depth: number,
  ): void;
  protected abstract printGroupStart(group: Group): void;
  protected abstract printGroupEnd(group: Group, seconds: number, failed: boolean): void;
  protected abstract writeOutput(name: string, value: string): void;
  protected abstract writeSummary(markdown: string): Promise<void>;
  abstract report(kind: ReportKind, file: string): Promise<void>;
  abstract upload(name: string, root: string, files: readonly string[]): Promise<string | undefined>;

  get signal(): AbortSignal {
    return this.#cancellation.signal;
  }

  input(name: string): string | undefined {
    const value = this.#inputs?.(name) ?? this.platformInput(name);
    return value === undefined || value === '' ? undefined : value;
  }

  mask(value: string): void {
    this.masker.add(value);
  }

  debug(message: string): void {
    this.#say(message, (line, depth) => this.printDebug(line, depth));
  }

  info(message: string): void {
    this.#say(message, (line, depth) => this.printLine(line, depth));
  }

  tool(line: string): void {
    this.info(line);
  }

  notice(message: string, location?: Location): void {
    this.#annotate('notice', message, location);
  }

  warning(message: string, location?: Location): void {
    this.#annotate('warning', message, location);
  }

  error(message: string, location?: Location): void {
    this.#annotate('error', message, location);
  }

  progress(message: string): void {
    this.#progress ??= this.makeProgress();
    this.#progress.update(this.#clean(message).join(' '), this.#groups.current);
  }

  async group<T>(title: string, body: () => Promise<T>): Promise<T> {
    return await this.#groups.run(this.#clean(title).join(' '), body);
  }

  output(name: string, value: string): void {
    this.outputs[name] = value;
    this.writeOutput(name, value);
  }

  async summary(markdown: string): Promise<void> {
    const text = markdown.endsWith('\n') ? markdown : `${markdown}\n`;
    await this.writeSummary(this.#clean(text).join('\n'));
  }

  keepForPost(_value: Readonly<Record<string, unknown>>): void {}

  keptForPost(): unknown {
    return undefined;
  }

  async close(): Promise<void> {
    this.#progress?.close();
    this.#groups.flush();
    this.#cancellation.close();
  }

  protected makeProgress(): Progress {
    return new PlainProgress((line) => this.info(line));
  }

  /** A location whose texts are fit for a log. */
  protected cleanLocation(location: Location | undefined): Location | undefined {
    if (location === undefined) return undefined;
    const clean = (text: string) => this.masker.apply(printableLine(text));
    return {
      ...location,
      ...(location.file === undefined ? {} : { file: clean(location.file) }),
      ...(location.title === undefined ? {} : { title: clean(location.title) }),
    };
  }

  #clean(text: string): string[] {
    return this.masker.apply(printableLines(text).join('\n')).split('\n');
  }

  #say(message: string, print: (line: string, depth: number) => void): void {
    const depth = this.#groups.depth;
    const lines = this.#clean(message);
    this.#groups.say(() => {
      for (const line of lines) print(line, depth);
    });
  }

  #annotate(level: AnnotationLevel, message: string, location: Location | undefined): void {
    const depth = this.#groups.depth;
    const text = this.#clean(message).join('\n');
    const where = this.cleanLocation(location);
    this.#groups.say(() => this.printAnnotation(level, text, where, depth));
  }
}

/** `file:line:column: title: message`, with what is there. */
export function annotationText(message: string, location: Location | undefined): string {
  const { file, line, column, title } = location ?? {};
  const place = file === undefined ? '' : `${[file, line, column].filter((part) => part !== undefined).join(':')}: `;
  return `${place}${title === undefined ? '' : `${title}: `}${message}`;
}
