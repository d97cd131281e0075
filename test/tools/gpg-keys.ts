/** Keys made by the real gpg, at times of our choice, in a home that goes away. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../src/process.ts';
import { Secret } from '../../src/secret.ts';

const DAY = 86_400_000;

export interface GpgKeyOptions {
  /** gpg's name of it: `rsa3072`, `ed25519`. */
  readonly algorithm?: string;
  readonly usage?: string;
  /** gpg's: `2y`, `20d`, `never`. */
  readonly expires?: string;
  /** Days ago; a key is made, and changed, at a time of the past. */
  readonly daysAgo?: number;
  readonly options?: readonly string[];
}

/** A GnuPG home for tests. */
export class GpgKeys implements AsyncDisposable {
  readonly home: string;
  #counter = 0;

  private constructor(home: string) {
    this.home = home;
  }

  static async make(): Promise<GpgKeys> {
    return new GpgKeys(await mkdtemp(path.join(tmpdir(), 'gpg-keys-')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run(['gpgconf', '--homedir', this.home, '--kill', 'all'], { okExitCodes: 'any' });
    await run(['gpgconf', '--homedir', this.home, '--remove-socketdir'], { okExitCodes: 'any' });
    await rm(this.home, { recursive: true, force: true });
  }

  /** Runs gpg; `daysAgo` is the time that it takes for now. */
  async gpg(args: readonly string[], { daysAgo, input = '' }: { daysAgo?: number; input?: string } = {}) {
    const time = daysAgo === undefined ? [] : ['--faked-system-time', stamp(daysAgo)];
    return await run(
      [
        ...(['gpg', '--homedir', this.home, '--batch', '--no-tty', '--no-auto-check-trustdb'] as const),
        ...['--pinentry-mode', 'loopback', '--passphrase', '', ...time, ...args],
      ],
      { input },
    );
  }

  /** Makes a key. @returns the fingerprint of its primary key. */
  async key(options: GpgKeyOptions = {}): Promise<string> {
    const { algorithm = 'ed25519', usage = 'cert,sign', expires = '2y', daysAgo } = options;
    const email = `key-${this.#counter++}@example.org`;
    const time = daysAgo === undefined ? {} : { daysAgo };
    await this.gpg([...(options.options ?? []), '--quick-gen-key', `Test <${email}>`, algorithm, usage, expires], time);
    return (await this.fingerprints(email))[0] ?? '';
  }

  /** Adds a subkey. @returns its fingerprint. */
  async subkey(fingerprint: string, options: GpgKeyOptions = {}): Promise<string> {
    const { algorithm = 'ed25519', usage = 'sign', expires = '1y', daysAgo } = options;
    const time = daysAgo === undefined ? {} : { daysAgo };
    await this.gpg([...(options.options ?? []), '--quick-add-key', fingerprint, algorithm, usage, expires], time);
    return (await this.fingerprints(fingerprint)).at(-1) ?? '';
  }

  /** Revokes the subkey of that number, from 1 on. */
  async revokeSubkey(fingerprint: string, number: number): Promise<void> {
    await this.gpg(['--command-fd', '0', '--edit-key', fingerprint], {
      input: `key ${number}\nrevkey\ny\n0\n\ny\nsave\n`,
    });
  }

  /** Revokes the whole key, with the certificate that gpg made with it. */
  async revoke(fingerprint: string): Promise<void> {
    const file = path.join(this.home, 'openpgp-revocs.d', `${fingerprint}.rev`);
    // gpg puts a colon in front of it, against mistakes.
    await this.gpg(['--import'], { input: (await readFile(file, 'utf8')).replace(/^:/m, '') });
  }

  /** Of the primary key and its subkeys, in their order. */
  async fingerprints(who: string): Promise<string[]> {
    const { stdout } = await this.gpg(['--with-colons', '--list-keys', who]);
    return [...stdout.matchAll(/^fpr:+([0-9A-F]{40}):/gm)].map(([, fingerprint = '']) => fingerprint);
  }

  async secret(fingerprint: string, how = '--export-secret-keys'): Promise<Secret> {
    return new Secret((await this.gpg(['--armor', how, fingerprint])).stdout);
  }

  async public(fingerprint: string): Promise<string> {
    return (await this.gpg(['--armor', '--export', fingerprint])).stdout;
  }
}

/** A pattern for the day that is `days` from now, whose neighbours it takes: a test may run over midnight. */
export function aroundDay(days: number): string {
  const dates = [-1, 0, 1].map((off) => new Date(Date.now() + (days + off) * DAY).toISOString().slice(0, 10));
  return `(?:${dates.join('|')})`;
}

/** gpg's form of a time; with the mark it stands still. */
function stamp(daysAgo: number): string {
  const iso = new Date(Date.now() - daysAgo * DAY).toISOString();
  return `${iso.slice(0, 19).replace(/[-:]/g, '')}!`;
}
