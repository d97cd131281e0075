/** Git projects for tests: real repositories in a temporary folder, with fixed authors and times. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RunResult, run } from '../../../src/process.ts';

/** What `debian/rules` of our packages makes where somebody runs it. Of this run only: others may test on this machine. */
export const RULES_RAN = path.join(tmpdir(), `pkg-actions-rules-ran-${randomUUID()}`);

/** Of the first commit; each further one is a minute later. 2026-01-05T10:00:00Z. */
export const START = 1_767_607_200;

export async function scratchFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pkg-actions-test-'));
  return {
    path: folder,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Content, or a link, or a file that may be executed. `null` removes. */
export type FileSpec = string | Buffer | { readonly link: string } | { readonly executable: string } | null;

export class Project {
  readonly folder: string;
  #time = START;

  constructor(folder: string) {
    this.folder = folder;
  }

  static async create(folder: string): Promise<Project> {
    const project = new Project(folder);
    await mkdir(folder, { recursive: true });
    await project.git('init', '-q', '-b', 'main');
    return project;
  }

  async git(...args: string[]): Promise<string> {
    return (await this.run(args)).stdout.trimEnd();
  }

  async run(args: readonly string[], env: Record<string, string> = {}): Promise<RunResult> {
    const date = `@${this.#time} +0000`;
    return await run(['git', '-c', 'protocol.file.allow=always', ...args], {
      cwd: this.folder,
      env: {
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'Alice Example',
        GIT_AUTHOR_EMAIL: 'alice@example.org',
        GIT_COMMITTER_NAME: 'Alice Example',
        GIT_COMMITTER_EMAIL: 'alice@example.org',
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_DATE: date,
        ...env,
      },
    });
  }

  async write(files: Readonly<Record<string, FileSpec>>): Promise<void> {
    for (const [name, spec] of Object.entries(files)) {
      const place = path.join(this.folder, name);
      await rm(place, { recursive: true, force: true });
      if (spec === null) continue;
      await mkdir(path.dirname(place), { recursive: true });
      if (typeof spec === 'string' || Buffer.isBuffer(spec)) await writeFile(place, spec);
      else if ('link' in spec) await symlink(spec.link, place);
      else {
        await writeFile(place, spec.executable);
        await chmod(place, 0o755);
      }
    }
  }

  /** Writes files and commits everything. */
  async commit(
    subject: string,
    files: Readonly<Record<string, FileSpec>> = {},
    env: Record<string, string> = {},
  ): Promise<string> {
    this.#time += 60;
    await this.write(files);
    await this.git('add', '--all', '--force');
    await this.run(['commit', '-q', '--allow-empty', '--allow-empty-message', '-m', subject], env);
    return await this.git('rev-parse', 'HEAD');
  }

  async tag(name: string, annotated = true): Promise<void> {
    if (annotated) await this.git('tag', '-a', '-m', name, name);
    else await this.git('tag', name);
  }
}

/** Text of a changelog with entries of these versions, newest first. */
export function changelog(name: string, versions: readonly string[], distribution = 'unstable'): string {
  return versions
    .map(
      (version) =>
        `${name} (${version}) ${distribution}; urgency=medium\n\n  * Change of ${version}.\n\n -- Bob Packager <bob@example.org>  Mon, 05 Jan 2026 08:00:00 +0000\n`,
    )
    .join('\n');
}

/** A debian/ that dpkg-source takes. */
export function debianFiles(
  name: string,
  version: string,
  format: string | null = '3.0 (quilt)',
  at = 'debian/',
): Record<string, FileSpec> {
  return {
    [`${at}changelog`]: changelog(name, [version]),
    [`${at}control`]: `Source: ${name}\nSection: misc\nPriority: optional\nMaintainer: Bob Packager <bob@example.org>\nStandards-Version: 4.6.2\n\nPackage: ${name}\nArchitecture: all\nDescription: test package\n Nothing in it.\n`,
    [`${at}rules`]: { executable: `#!/usr/bin/make -f\n$(shell touch ${RULES_RAN})\n%:\n\tfalse\n` },
    ...(format === null ? {} : { [`${at}source/format`]: `${format}\n` }),
  };
}

/** Upstream files of a little project. */
export const CODE: Record<string, FileSpec> = {
  'README.md': '# hello\n',
  'src/main.c': '#include <stdio.h>\nint main(void)\n{\n  puts("hello");\n  return 0;\n}\n',
  configure: { executable: '#!/bin/sh\nexit 0\n' },
  'latest.txt': { link: 'README.md' },
};
