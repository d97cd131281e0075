/** Calls of reprepro(1), with folders of our own for everything that it reads or writes. */
import path from 'node:path';
import { CommandError } from '../../errors.ts';
import { type Argv, run } from '../../process.ts';
import type { DriverContext } from '../driver.ts';
import type { Area, IndexKey } from './state.ts';

const TYPE: Readonly<Record<Area, string>> = { binary: 'deb', installer: 'udeb', source: 'dsc' };

export interface RepreproFolders {
  /** Of the configuration. */
  readonly state: string;
  readonly database: string;
  /** Where `pool/` goes. */
  readonly out: string;
  readonly dists: string;
  readonly work: string;
}

export interface CallOptions {
  readonly component?: string;
  readonly architecture?: string;
  readonly type?: string;
  /** What is exported, where the command exports at all. */
  readonly exports?: 'never' | 'lookedat';
  readonly input?: string;
}

/** One call at a time: reprepro locks its database. */
export class Reprepro {
  readonly #base: readonly string[];
  readonly #signal: AbortSignal;
  readonly #logger: DriverContext['logger'];

  constructor(folders: RepreproFolders, context: Pick<DriverContext, 'signal' | 'logger'>) {
    this.#signal = context.signal;
    this.#logger = context.logger;
    this.#base = [
      ...['--basedir', folders.state],
      ...['--dbdir', folders.database],
      ...['--outdir', folders.out],
      ...['--distdir', folders.dists],
      ...['--logdir', path.join(folders.work, 'logs')],
      ...['--listdir', path.join(folders.work, 'lists')],
      // It looks at the signature of a .dsc: with an empty key ring, not with the user's.
      ...['--gnupghome', path.join(folders.work, 'gnupg')],
      // A .ddeb is a .deb by another name.
      '--ignore=extension',
    ];
  }

  async call(args: readonly string[], options: CallOptions = {}): Promise<void> {
    const exports = { never: ['--export=silent-never'], lookedat: ['--export=lookedat'], default: [] };
    const scope = (['component', 'architecture', 'type'] as const).flatMap((name) => {
      const value = options[name];
      return value === undefined ? [] : [`--${name}`, value];
    });
    const argv: Argv = ['reprepro', ...this.#base, ...exports[options.exports ?? 'default'], ...scope, ...args];
    try {
      await run(argv, {
        signal: this.#signal,
        ...(options.input === undefined ? {} : { input: options.input }),
        onLine: (line) => this.#logger.debug(`reprepro: ${line}`),
      });
    } catch (error) {
      throw error instanceof CommandError ? withItsReason(error) : error;
    }
  }
}

/** reprepro's last line is always the same: what went wrong stands before it, and last of all is what it then removed. */
function withItsReason(error: CommandError): CommandError {
  const lines = error.failure.stderr.split('\n');
  const isReason = (line: string) =>
    !/^(?:There have been errors!|Deleting files|\(to avoid use|Warning: |\s*$)/.test(line);
  const reasons = lines.filter(isReason);
  const first = reasons.find((line) => /error|cannot|could not|no space/i.test(line)) ?? reasons[0];
  return first === undefined ? error : new CommandError({ ...error.failure, stderr: [...lines, first].join('\n') });
}

export function scopeOf(key: IndexKey): Pick<CallOptions, 'component' | 'architecture' | 'type'> {
  return { component: key.component, architecture: key.architecture, type: TYPE[key.area] };
}
