/** The key that all ways sign with: in a GnuPG home, and exported. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../src/process.ts';

export interface BenchKey {
  readonly home: string;
  readonly fingerprint: string;
  /** Armored, secret. */
  readonly secret: string;
  /** File with the public key, not armored. */
  readonly keyring: string;
}

export async function makeKey(folder: string): Promise<BenchKey> {
  const home = path.join(folder, 'gnupg');
  await mkdir(home, { recursive: true, mode: 0o700 });
  const gpg = async (...args: string[]) =>
    (await run(['gpg', '--homedir', home, '--batch', '--passphrase', '', '--pinentry-mode', 'loopback', ...args]))
      .stdout;
  await gpg('--quick-gen-key', 'Bench <bench@example.org>', 'rsa4096', 'sign', '2y');
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(await gpg('--with-colons', '--list-keys'))?.[1] ?? '';
  const keyring = path.join(folder, 'keyring.gpg');
  await run(['gpg', '--homedir', home, '--output', keyring, '--export', fingerprint]);
  await writeFile(path.join(home, 'gpg.conf'), `default-key ${fingerprint}\nbatch\nno-tty\n`);
  return { home, fingerprint, secret: await gpg('--armor', '--export-secret-keys', fingerprint), keyring };
}

/** Ends the agent that gpg started for the key. */
export async function endAgent({ home }: BenchKey): Promise<void> {
  await run(['gpgconf', '--homedir', home, '--kill', 'all']);
}
