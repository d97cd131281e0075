/** Real packages made with rpmbuild, and what rpm's own tools say of packages. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../src/process.ts';

export interface SpecOptions {
  readonly name: string;
  /** Lines of the preamble. */
  readonly preamble?: string;
  /** Shell commands that fill `%{buildroot}/usr/share/<name>`, the current folder. */
  readonly fill?: string;
  readonly changelog?: string;
  /** Further sections: subpackages. */
  readonly sections?: string;
  readonly defines?: Readonly<Record<string, string>>;
}

/** A folder for packages, removed with all that is in it. */
export class RpmWorkbench implements AsyncDisposable {
  readonly folder: string;
  #counter = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<RpmWorkbench> {
    return new RpmWorkbench(await mkdtemp(path.join(tmpdir(), 'rpm-workbench-')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A new empty folder. */
  async newFolder(): Promise<string> {
    const folder = path.join(this.folder, `${this.#counter++}`);
    await mkdir(folder);
    return folder;
  }

  /** Builds binary packages and the source package. */
  async build(options: SpecOptions): Promise<string[]> {
    const top = await this.newFolder();
    const spec = path.join(top, 'x.spec');
    const { name } = options;
    await writeFile(
      spec,
      `Name: ${name}
Version: 1.0
Release: 1
Summary: Test
License: MIT
BuildArch: noarch
${options.preamble ?? ''}
%description
Test
${options.sections ?? ''}
%install
mkdir -p %{buildroot}/usr/share/${name}
cd %{buildroot}/usr/share/${name}
${options.fill ?? 'echo hello > f'}
%files
/usr/share/${name}
${options.changelog ? `%changelog\n${options.changelog}\n` : ''}`,
    );
    const defines = { _topdir: top, __os_install_post: '%{nil}', ...options.defines };
    const args = Object.entries(defines).flatMap(([key, value]) => ['--define', `${key} ${value}`]);
    await run(['rpmbuild', '-ba', '--quiet', ...args, spec]);
    const found = await readdir(top, { recursive: true });
    return found.filter((file) => file.endsWith('.rpm')).map((file) => path.join(top, file));
  }

  /** A database of keys: armored public ones. */
  async keyring(...keys: readonly string[]): Promise<Keyring> {
    const folder = await this.newFolder();
    for (const [index, key] of keys.entries()) {
      const file = path.join(folder, `${index}.asc`);
      await writeFile(file, key);
      await run(['rpmkeys', '--dbpath', folder, '--import', file]);
    }
    return new Keyring(folder);
  }
}

/** What rpmkeys says with a set of keys, at its strictest level: signatures and digests of header and payload. */
export class Keyring {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async #run(args: readonly string[], files: readonly string[], level: string): Promise<string> {
    const argv = [
      'rpmkeys',
      '--dbpath',
      this.folder,
      '--define',
      `_pkgverify_level ${level}`,
      ...args,
      ...files,
    ] as const;
    return (await run(argv, { okExitCodes: 'any', captureBytes: 8 * 1024 * 1024 })).stdout;
  }

  /** The files that it accepts. */
  async accepted(files: readonly string[], level: 'all' | 'digest' = 'all'): Promise<Set<string>> {
    const found = new Set<string>();
    for (let start = 0; start < files.length; start += 500) {
      const some = files.slice(start, start + 500);
      const text = await this.#run(['-K'], some, level);
      // One that cannot be read gets its name without an end of line.
      const ok = level === 'all' ? /: digests signatures OK$/ : /: digests OK$/;
      const good = text.split('\n').filter((line) => ok.test(line));
      for (const file of some) if (good.some((line) => line.includes(`${file}: digests`))) found.add(file);
    }
    return found;
  }

  /** One line for each signature and digest. */
  async explain(file: string): Promise<string[]> {
    const text = await this.#run(['-Kv'], [file], 'all');
    return text
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
}
