/**
 * GitHub Actions: workflow commands, the files behind GITHUB_OUTPUT and GITHUB_STEP_SUMMARY, and the artifact service.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */

import { statSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import * as core from '@actions/core';
import { messageOf, quote, UserError } from '../errors.ts';
import { formatBytes, formatCount } from '../format.ts';
import { type AnnotationLevel, BaseHost, type HostOptions } from './base.ts';
import { boundedOutput } from './bounded-output.ts';
import type { Group } from './groups.ts';
import type { Location, ReportKind } from './host.ts';
import { safeName } from './text.ts';

/** GitHub drops a step's whole summary when it is larger. */
const MAX_SUMMARY_BYTES = 1024 * 1024;
const SUMMARY_CUT = '\n\n*The summary was cut here: GitHub takes 1 MiB per step. The log has everything.*\n';
/** Bytes for the ends of what is open where the summary is cut. */
const ROOM_TO_CLOSE = 256;

/** Variable of the post step: STATE_pkg_actions. */
const STATE_NAME = 'pkg_actions';

export class GitHubHost extends BaseHost {
  readonly name = 'github';
  readonly runId: string;
  readonly runUrl: string | undefined;
  #summaryFull = false;

  constructor(options: HostOptions = {}) {
    const env = options.env ?? process.env;
    super(path.resolve(options.workspace ?? env['GITHUB_WORKSPACE'] ?? '.'), options);
    // The runner's name: jobs of a matrix have one GITHUB_JOB, and several runners may share a machine.
    this.runId = safeName(
      ['gh', env['GITHUB_RUN_ID'], env['GITHUB_RUN_ATTEMPT'], env['GITHUB_JOB'], env['RUNNER_NAME']]
        .filter((part) => part !== undefined && part !== '')
        .join('-'),
    );
    const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
    this.runUrl = server && repository && run ? `${server}/${repository}/actions/runs/${run}` : undefined;
  }

  protected platformInput(name: string): string | undefined {
    return core.getInput(name);
  }

  override mask(value: string): void {
    // The runner itself adds base64 at any offset, URL and JSON forms of what it is given, but by whole values.
    for (const form of this.masker.add(value)) {
      if (value.includes(form) || form === Buffer.from(value).toString('base64')) core.setSecret(form);
    }
  }

  protected printLine(line: string): void {
    core.info(harmless(line));
  }

  protected printDebug(line: string): void {
    core.debug(line);
  }

  protected printAnnotation(level: AnnotationLevel, message: string, location: Location | undefined): void {
    const annotate = { notice: core.notice, warning: core.warning, error: core.error }[level];
    annotate(message, this.#properties(location));
  }

  protected printGroupStart(group: Group): void {
    // The log view folds one level only.
    if (group.depth === 0) core.startGroup(group.title);
    else core.info(harmless(`▶ ${group.title}`));
  }

  protected printGroupEnd(group: Group): void {
    if (group.depth === 0) core.endGroup();
  }

  /** What is too long is shortened. `outputs` keeps all of it, for `--json`. */
  protected writeOutput(name: string, value: string): void {
    // The inputs of all actions by which a report is asked for.
    const report = this.input('report') ?? this.input('report-file');
    const text = boundedOutput(value, report);
    if (Buffer.byteLength(text) < Buffer.byteLength(value)) {
      const where = report === undefined ? 'a report, where the action has an input for one' : quote(report);
      this.info(
        `The output ${name} is shortened: ${formatBytes(Buffer.byteLength(value))} are too much; all of it is in ${where}.`,
      );
    }
    core.setOutput(name, text);
  }

  protected async writeSummary(markdown: string): Promise<void> {
    const file = this.env['GITHUB_STEP_SUMMARY'];
    if (file === undefined || file === '') {
      this.info(markdown);
      return;
    }
    if (this.#summaryFull) return;
    const used = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const room = MAX_SUMMARY_BYTES - used - Buffer.byteLength(SUMMARY_CUT) - ROOM_TO_CLOSE;
    let text = markdown;
    if (Buffer.byteLength(markdown) > room) {
      this.#summaryFull = true;
      text = closed(cutAtLine(markdown, room)) + SUMMARY_CUT;
      this.warning('the step summary was cut: GitHub takes 1 MiB per step');
    }
    await appendFile(file, text);
  }

  override keepForPost(value: Readonly<Record<string, unknown>>): void {
    // Without its file the toolkit prints a command that runners no longer take.
    if (this.env['GITHUB_STATE']) core.saveState(STATE_NAME, JSON.stringify(value));
  }

  override keptForPost(): unknown {
    const text = this.env[`STATE_${STATE_NAME}`];
    return text === undefined || text === '' ? undefined : (JSON.parse(text) as unknown);
  }

  async report(kind: ReportKind, file: string): Promise<void> {
    this.info(`${kind} report: ${path.relative(this.workspace, path.resolve(this.workspace, file))}`);
  }

  async upload(name: string, root: string, files: readonly string[]): Promise<string | undefined> {
    const artifact = safeName(name);
    const absolute = files.map((file) => path.resolve(root, file));
    // What the artifact service refuses in paths (NTFS does).
    const refused = absolute.find((file) => /["<>|*?:\r\n\\]/.test(path.relative(root, file)));
    if (refused !== undefined) {
      throw new UserError({
        what: `the artifact ${artifact} cannot hold this file`,
        where: path.relative(root, refused),
        expected: 'a name without any of " : < > | * ? \\ and line breaks',
      });
    }
    if (absolute.length === 0) return undefined;
    if (!this.env['ACTIONS_RUNTIME_TOKEN'] || !this.env['ACTIONS_RESULTS_URL']) {
      this.notice(`this runner has no artifact service: the files of ${artifact} stay in ${root}`);
      return undefined;
    }
    const { DefaultArtifactClient, GHESNotSupportedError } = await import('@actions/artifact');
    try {
      const { size } = await new DefaultArtifactClient().uploadArtifact(artifact, absolute, root, {
        // Packages are compressed already.
        compressionLevel: 1,
      });
      this.info(`artifact ${artifact}: ${formatCount(absolute.length, 'file')}, ${formatBytes(size ?? 0)}`);
      return artifact;
    } catch (error) {
      if (error instanceof GHESNotSupportedError) {
        this.notice(`this server has no artifact service: the files of ${artifact} stay in ${root}`);
        return undefined;
      }
      throw new UserError({ what: `the artifact ${artifact} could not be uploaded`, found: messageOf(error) });
    }
  }

  #properties(location: Location | undefined): core.AnnotationProperties {
    if (location === undefined) return {};
    const { file, line, column, title } = location;
    const root = this.env['GITHUB_WORKSPACE'] ?? this.workspace;
    return {
      ...(title === undefined ? {} : { title }),
      ...(file === undefined ? {} : { file: path.relative(root, path.resolve(this.workspace, file)) }),
      ...(line === undefined ? {} : { startLine: line }),
      ...(column === undefined ? {} : { startColumn: column }),
    };
  }
}

/**
 * `line` so that the runner takes no command from it: it looks for `::` after white space at the start of a line, and
 * for `##[` anywhere (actions/runner, src/Runner.Common/ActionCommand.cs).
 */
export function harmless(line: string): string {
  return line.replace(/^(\s*)::/, '$1\\::').replaceAll('##[', '##\\[');
}

/** The first whole lines of `text` that take at most `bytes` bytes. */
function cutAtLine(text: string, bytes: number): string {
  const part = Buffer.from(text).subarray(0, Math.max(0, bytes)).toString('utf8');
  return part.slice(0, Math.max(0, part.lastIndexOf('\n')));
}

/** Markdown that was cut, with ends for a block of code and for folds that are open: what comes after is outside. */
function closed(markdown: string): string {
  let fence = '';
  let folds = 0;
  for (const line of markdown.split('\n')) {
    const [, run = ''] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? [];
    if (fence === '') fence = run;
    else if (run.startsWith(fence) && line.trim() === run) fence = '';
    if (fence !== '') continue;
    folds += (line.match(/<details[\s>]/g)?.length ?? 0) - (line.match(/<\/details>/g)?.length ?? 0);
  }
  const ends = [...(fence === '' ? [] : [fence]), ...Array<string>(Math.max(0, Math.min(folds, 8))).fill('</details>')];
  return [markdown, ...ends].join('\n');
}
