/**
 * Reads specs in a session over the target's buildroot: no network, no secrets, an ordinary user without capabilities,
 * and of the host nothing but the spec and its sources, read-only.
 */
import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, quote, UserError } from '../errors.ts';
import type { Logger } from '../host/host.ts';
import type { Lock } from '../lock.ts';
import type { RunResult } from '../process.ts';
import type { ExpandedSpec, OpenedExpander, SourceRpmRequest } from '../rpm/spec-expander.ts';
import { expandedSources } from '../rpm/spec-parsed.ts';
import type { Engine } from './engine/engine.ts';
import { INBOX, openSession, type Session } from './session.ts';

export interface SpecSessionOptions {
  readonly state: string;
  readonly runId: string;
  /** The generation that holds the buildroot. */
  readonly generation: string;
  /** Root tree of the buildroot. */
  readonly tree: string;
  /** Lock on the generation, held as long as the session lives. */
  readonly lock?: Lock;
  /** Where it runs; this host when absent. */
  readonly engine?: Engine;
  readonly log: Logger;
  readonly signal?: AbortSignal;
}

/** Where the spec and its sources lie in the inbox: a container engine sees them as it sees the session itself. */
const FOLDER = 'sources';
const SOURCES = `${INBOX}/${FOLDER}`;
/** What the user in the session may write to. */
const TOP = '/run/pkg-actions/rpmbuild';
/**
 * Nobody's on the host, nor that of builds: what a user runs is counted together, in and out of sessions. No name is
 * needed: rpm is told whose the files are.
 */
const USER = '952';
/** More than any spec takes to be read; one that asks for more fails, not the machine. */
const LIMITS = [`--as=${4 * 1024 ** 3}`, '--nproc=512', '--core=0'];
const SCRATCH_BYTES = 1024 ** 3;
const EXPAND_SECONDS = 60;
const PACK_SECONDS = 1800;
/** A spec of a thousand sources prints less. */
const MAX_OUTPUT = 16 * 1024 * 1024;
/** Also for a source package that anybody can open: gzip, and SHA-256 of the files, whatever the buildroot prefers. */
const PORTABLE = { _source_payload: 'w9.gzdio', _source_filedigest_algorithm: '8' };
const MARK = 'pkg-actions-spec';

/**
 * Opens the session. The folder of the sources is gone when it is disposed of.
 *
 * @throws UserError where this is not root, the kernel or the engine refuses, or the buildroot has no rpmbuild.
 * @throws InfrastructureError where the engine does not answer.
 */
export async function openSpecSession(options: SpecSessionOptions): Promise<OpenedExpander> {
  const { engine, log, signal } = options;
  const session = await openSession({
    state: options.state,
    root: { lower: [options.tree] },
    scratch: SCRATCH_BYTES,
    runId: options.runId,
    ...(engine === undefined ? {} : { engine }),
    ...(options.lock === undefined ? {} : { locks: [options.lock] }),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const folder = path.join(session.inbox, FOLDER);
    await mkdir(folder);
    // Whatever our umask is, the user in the session reads there.
    for (const place of [session.inbox, folder]) await chmod(place, 0o755);
    const top = `${session.root}${TOP}`;
    await session.run(['install', '-d', '-o', USER, '-g', USER, '-m', '0755', top, `${top}/SRPMS`, `${top}/tmp`]);
    const { stdout } = await asUser(session, ['rpmbuild', '--version'], {}, EXPAND_SECONDS).catch((error: unknown) => {
      throw error instanceof CommandError && [126, 127].includes(error.failure.exitCode ?? 0)
        ? new UserError({
            what: 'the buildroot has no rpmbuild',
            where: options.tree,
            expected: 'a buildroot with rpm-build',
            remedy: 'add rpm-build to the packages that mock sets the buildroot up with (chroot_setup_cmd)',
          })
        : error;
    });
    const rpmVersion = /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? '';
    return {
      folder,
      generation: options.generation,
      rpmVersion,
      expand: (spec) => expand(session, spec, log),
      packSource: (request) => packSource(session, request, log),
      [Symbol.asyncDispose]: () => session.close(),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Runs `argv` in the buildroot as an ordinary user, with an environment of its own, and ends what it left running. */
async function asUser(
  session: Session,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  timeoutSeconds: number,
  onLine?: (line: string) => void,
): Promise<RunResult> {
  const environment = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', HOME: TOP, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...env };
  const assignments = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  try {
    return await session.run(
      [
        ...(['env', '-i', ...assignments, 'prlimit', ...LIMITS, 'setpriv', '--no-new-privs', '--'] as const),
        ...['chroot', `--userspec=+${USER}:+${USER}`, '--groups=', session.root],
        ...argv,
      ],
      { display: argv, timeoutSeconds, captureBytes: MAX_OUTPUT, ...(onLine === undefined ? {} : { onLine }) },
    );
  } finally {
    await session.endProcesses();
  }
}

function defines(more: Readonly<Record<string, string>>): string[] {
  const all = {
    _topdir: TOP,
    _sourcedir: SOURCES,
    _specdir: SOURCES,
    _srcrpmdir: `${TOP}/SRPMS`,
    _tmppath: `${TOP}/tmp`,
    ...more,
  };
  return Object.entries(all).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
}

const QUERY = [
  '%{NAME}',
  '%|EPOCH?{%{EPOCH}}:{}|',
  '%{VERSION}',
  '%{RELEASE}',
  '[%{SOURCE}/]',
  '[%{PATCH}/]',
  // Of arrays a query without brackets gives the first value: the newest entry.
  '%|CHANGELOGTIME?{%{CHANGELOGTIME} %{CHANGELOGNAME}}:{}|',
];

async function expand(session: Session, spec: string, log: Logger): Promise<ExpandedSpec> {
  const format = `\n${MARK}\n${QUERY.map((field) => `${field}\n`).join('')}`;
  const place = `${SOURCES}/${spec}`;
  const query = ['rpmspec', '-q', '--srpm', '--queryformat', format, ...defines({}), place];
  const { stdout, stderr } = await asRpm(spec, () => asUser(session, query, {}, EXPAND_SECONDS));
  say(stderr, log);
  // A spec can print lines of its own (%{echo:...}) before.
  const [name = '', epoch = '', version = '', release = '', sources = '', patches = '', changelog = ''] = stdout
    .slice(stdout.lastIndexOf(`\n${MARK}\n`) + MARK.length + 2)
    .split('\n');
  const parse = ['rpmspec', '--parse', ...defines({}), place];
  const { stdout: parsed } = await asRpm(spec, () => asUser(session, parse, {}, EXPAND_SECONDS));
  const [, time, title] = /^(\d{1,12}) (.*)$/.exec(changelog) ?? [];
  return {
    name,
    epoch: epoch === '' ? undefined : Number(epoch),
    version,
    release,
    sources: expandedSources(parsed, { source: filesOf(sources), patch: filesOf(patches) }),
    changelog: time === undefined ? undefined : { time: Number(time), title: title ?? '' },
    parsed,
  };
}

/** No file name holds a slash: rpm takes the last part of each location. */
function filesOf(line: string): string[] {
  return line.split('/').filter((file) => file !== '' && file !== '(none)');
}

async function packSource(session: Session, request: SourceRpmRequest, log: Logger): Promise<string> {
  const { spec, epoch, output } = request;
  const macros = defines({
    ...PORTABLE,
    _buildhost: 'localhost',
    _srcdefattr: '(-,root,root)',
    use_source_date_epoch_as_buildtime: '1',
    clamp_mtime_to_source_date_epoch: '1',
  });
  const argv = ['rpmbuild', '-bs', '--nodeps', ...macros, `${SOURCES}/${spec}`];
  await asRpm(spec, () =>
    asUser(session, argv, { SOURCE_DATE_EPOCH: String(epoch) }, PACK_SECONDS, (line) => log.tool(line)),
  );
  // Outside of the root, where nothing of the spec runs any more: a link that it left is not followed.
  const made = `${session.root}${TOP}/SRPMS`;
  const { stdout } = await session.run(['find', made, '-maxdepth', '1', '-type', 'f', '-printf', '%f\\n']);
  const [name, second] = stdout.split('\n').filter((line) => line !== '');
  if (name === undefined || second !== undefined || !/^[A-Za-z0-9_+][A-Za-z0-9._+~^-]*\.(?:no)?src\.rpm$/.test(name)) {
    throw new UserError({
      what: 'rpmbuild did not make one source package',
      where: spec,
      found: quote(stdout.trim()),
      expected: 'NAME-VERSION-RELEASE.src.rpm',
    });
  }
  await session.run(['cp', '--no-dereference', `${made}/${name}`, `${session.outbox}/source.rpm`]);
  const copy = path.join(session.outbox, 'source.rpm');
  if (!(await lstat(copy)).isFile()) throw new UserError({ what: 'rpmbuild made no regular file', where: spec });
  await copyFile(copy, output, constants.COPYFILE_EXCL);
  await chmod(output, 0o644);
  return name;
}

/** What rpm says is the person's to mend; the folder's name in the session is nobody's business. */
async function asRpm(spec: string, work: () => Promise<RunResult>): Promise<RunResult> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CommandError) || error.failure.end === 'cancelled') throw error;
    const { failure } = error;
    if (failure.end === 'timeout') {
      throw new UserError({
        what: `rpm did not finish reading the spec within ${failure.timeoutSeconds} s`,
        where: spec,
        expected: 'a spec that is expanded without network and without waiting',
      });
    }
    const errors = failure.stderr.split('\n').filter((line) => /^\s*(?:error|fatal)\b.*: \S/i.test(line));
    const said = (errors.find((line) => /\bline \d+:/.test(line)) ?? errors[0] ?? error.lastLines(1)[0] ?? '')
      .replaceAll(`${SOURCES}/`, '')
      .trim();
    const line = /\bline (\d+):/.exec(said)?.[1];
    throw new UserError(
      {
        what: 'rpm cannot expand the spec',
        where: line === undefined ? spec : `${spec}:${line}`,
        found: quote(said.replace(/^error: /i, ''), 400),
        expected: 'a spec that rpmspec of the target reads, without network',
        remedy: remedyFor(said),
      },
      { cause: error },
    );
  }
}

function remedyFor(said: string): string {
  if (/[Ii]llegal char '\^'/.test(said)) {
    return 'this rpm is older than 4.15 and knows no ^ in versions: use past-tag: auto';
  }
  if (/%changelog entries must start with \*/.test(said)) {
    return 'begin entries with *, or for %autochangelog add rpmautospec-rpm-macros to the buildroot';
  }
  return 'try rpmspec --parse in the target, and add the packages that define its macros to the buildroot';
}

/** rpm goes on after some errors: a changelog that it cannot read is left out. */
function say(stderr: string, log: Logger): void {
  for (const line of new Set(stderr.replaceAll(`${SOURCES}/`, '').split('\n'))) {
    if (/^error: /.test(line)) log.warning(`rpm says of the spec: ${line.slice('error: '.length)}`);
    else if (line !== '') log.debug(line);
  }
}
