/**
 * Signs with gpg, for keys that this process cannot hold: on a smart card, or in somebody's agent. A key that is given
 * as a secret can be used too; it then lies in a private GnuPG home in memory for as long as the signer lives.
 */
import { availableParallelism } from 'node:os';
import type { Key } from 'openpgp';
import { UserError } from '../errors.ts';
import { type Argv, run, runBytes } from '../process.ts';
import type { Secret } from '../secret.ts';
import { explainGpg } from './gpg-error.ts';
import { type GpgHome, gpgEnvironment, makePrivateHome, useHome } from './gpg-home.ts';
import { keyWarnings } from './key-advice.ts';
import { chooseSigningKey } from './key-check.ts';
import { readKeyText } from './key-text.ts';
import { packetAlgorithm } from './packet.ts';
import { normalFingerprint, type Packets, type Signer } from './signer.ts';

export interface GpgSignerOptions {
  /** Of the primary key: which one signs. */
  readonly fingerprint: string;
  /** A GnuPG home that has the key, or the stub of the card that has it. */
  readonly home?: string | undefined;
  /** A private key, taken into a private home: armor, armor in base64, or the binary export in base64. */
  readonly key?: Secret | undefined;
  /** The socket of an agent that has the key; then the public key is needed. */
  readonly agentSocket?: string | undefined;
  /** The public key, armored, where `agentSocket` is used. */
  readonly publicKey?: string | undefined;
  /** Passphrase of the key, or the PIN of the card. Without it the agent must know it already. */
  readonly passphrase?: Secret | undefined;
  /** A folder in memory (tmpfs) for the private home; `/dev/shm` or `/run` when absent. */
  readonly memory?: string | undefined;
  /** The time expiry is judged at; now when absent. Signatures are dated by gpg. */
  readonly now?: () => Date;
  readonly signal?: AbortSignal | undefined;
}

type Input = string | Uint8Array | AsyncIterable<Uint8Array>;

/** Seconds for one signature of something small. A card may wait for a touch. */
const LIMIT_SECONDS = 120;

/**
 * Opens a key through gpg (2.2 or later) and makes a signature with it for a test.
 *
 * @throws UserError when gpg has no secret key of this fingerprint, cannot use it (a card that is not there, a
 *   passphrase that is missing or wrong), or clients would refuse what it signs.
 */
export async function openGpgSigner(options: GpgSignerOptions): Promise<Signer> {
  const { home, key, agentSocket, publicKey, signal } = options;
  const fingerprint = normalFingerprint(options.fingerprint);
  if (fingerprint === undefined) {
    throw new UserError({
      what: 'not a fingerprint',
      where: 'the fingerprint of the signing key',
      expected: '40 hexadecimal digits, as gpg --fingerprint prints them',
    });
  }
  const given = [home, key, agentSocket].filter((way) => way !== undefined);
  if (given.length !== 1 || (agentSocket === undefined) !== (publicKey === undefined)) {
    throw new UserError({
      what: 'not exactly one way to the key was given',
      where: 'the signing key of gpg',
      expected: 'a GnuPG home, or a private key, or the socket of an agent with the public key',
    });
  }
  await using stack = new AsyncDisposableStack();
  const opened = stack.use(
    home === undefined ? await makePrivateHome({ agent: agentSocket, memory: options.memory }) : await useHome(home),
  );
  const gpg = new Gpg(opened, options.passphrase, signal);
  if (key !== undefined) {
    const text = readKeyText(key.reveal());
    await gpg.import(text.kind === 'binary' ? text.bytes : text.blocks.join('\n'));
  }
  if (publicKey !== undefined) await gpg.import(publicKey);

  const openpgp = await import('openpgp');
  const secrets = await gpg.listSecretKeys(fingerprint);
  if (secrets.size === 0) throw noSecretKey(fingerprint, await gpg.isKnown(fingerprint));
  // Not minimal: that leaves out expired subkeys, and what they signed could not be verified any more.
  const binary = await gpg.bytes(['--export-options', 'no-export-attributes', '--export', fingerprint], '');
  const found: Key = await openpgp.readKey({ binaryKey: binary });
  if (found.getFingerprint().toUpperCase() !== fingerprint) {
    throw new UserError({
      what: 'the fingerprint of a subkey was given',
      where: 'the fingerprint of the signing key',
      expected: `that of the primary key, ${found.getFingerprint().toUpperCase()}`,
    });
  }
  const now = options.now ?? (() => new Date());
  type AnyPacket = Key['keyPacket'] | Key['subkeys'][number]['keyPacket'];
  const hasSecret = (packet: AnyPacket): packet is AnyPacket => secrets.has(packet.getFingerprint().toUpperCase());
  const { info } = await chooseSigningKey(openpgp, found, now(), hasSecret);
  gpg.use(info.signingFingerprint);
  // What is wrong with a card or a passphrase is found now, and not in the middle of a publication.
  const data = Buffer.from('a signature for a test\n');
  // SHA-512, as a digest may not be shorter than an elliptic curve's numbers (P-384, P-521).
  const signature = await gpg.sign('SHA512', ['--detach-sign'], data);
  const checked = await openpgp.verify({
    message: await openpgp.createMessage({ binary: data }),
    signature: await openpgp.readSignature({ binarySignature: signature }),
    verificationKeys: found.toPublic(),
    format: 'binary',
  });
  await checked.signatures[0]?.verified;
  const resources = stack.move();
  return {
    key: info,
    publicKey: { armored: found.toPublic().armor().replaceAll('\r\n', '\n'), binary },
    warnings: keyWarnings(info, now()),
    async clearsign(text: string): Promise<string> {
      // gpg counts the last newline as its own, not as part of the text.
      const lines = `${text.replace(/[ \t\r]+$/gm, '')}\n`;
      return (await gpg.sign('SHA512', ['--clearsign'], lines)).toString('utf8');
    },
    async detach(data: Uint8Array): Promise<Packets> {
      const packet = await gpg.sign('SHA512', ['--detach-sign'], data);
      // With a checksum: rpm's own reader, which newer dnf verifies repomd.xml with, reads no armor without one.
      const armored = openpgp.armor(openpgp.enums.armor.signature, packet, undefined, undefined, undefined, true);
      return { armored: armored.replaceAll('\r\n', '\n'), binary: packet };
    },
    async signPacket(data: Uint8Array | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
      const packet = await gpg.sign('SHA256', ['--detach-sign'], data);
      packetAlgorithm(packet);
      return packet;
    },
    [Symbol.asyncDispose]: async () => await resources.disposeAsync(),
  };
}

/** gpg in one home, without its configuration and without asking anybody. */
class Gpg {
  readonly #home: GpgHome;
  readonly #passphrase: Secret | undefined;
  readonly #signal: AbortSignal | undefined;
  #key = '';
  readonly #slots = new Slots(availableParallelism());

  constructor(home: GpgHome, passphrase: Secret | undefined, signal: AbortSignal | undefined) {
    this.#home = home;
    this.#passphrase = passphrase;
    this.#signal = signal;
  }

  /** The (sub)key that signs from now on. */
  use(fingerprint: string): void {
    this.#key = fingerprint;
  }

  async import(key: string | Uint8Array): Promise<void> {
    // Not cleaned: an expired subkey is to be named, and what it signed can still be verified.
    const argv = this.#argv(['--import']);
    await run(argv, { input: key, ...this.#runOptions() }).catch((error: unknown) => {
      throw explainGpg(error, 'the key cannot be imported');
    });
  }

  /** Fingerprints of the (sub)keys whose secret gpg can use. */
  async listSecretKeys(fingerprint: string): Promise<Set<string>> {
    const argv = this.#argv(['--with-colons', '--list-secret-keys', fingerprint]);
    const { stdout } = await run(argv, { okExitCodes: [0, 2], ...this.#runOptions() });
    const found = new Set<string>();
    let usable = false;
    for (const line of stdout.split('\n')) {
      // doc/DETAILS: the 15th field is # for a key whose secret is not there.
      const fields = line.split(':');
      if (fields[0] === 'sec' || fields[0] === 'ssb') usable = fields[14] !== '#';
      if (fields[0] === 'fpr' && usable && fields[9] !== undefined) found.add(fields[9].toUpperCase());
    }
    return found;
  }

  async isKnown(fingerprint: string): Promise<boolean> {
    const argv = this.#argv(['--with-colons', '--list-keys', fingerprint]);
    return (await run(argv, { okExitCodes: [0, 2], ...this.#runOptions() })).exitCode === 0;
  }

  async sign(digest: 'SHA256' | 'SHA512', mode: readonly string[], input: Input): Promise<Buffer> {
    const options = ['--digest-algo', digest, '--personal-digest-preferences', digest, '--no-emit-version'];
    return await this.bytes([...options, '--no-comments', '--local-user', `${this.#key}!`, ...mode], input);
  }

  /** What gpg writes. Several run at a time, one for each processor. */
  async bytes(args: readonly string[], input: Input): Promise<Buffer> {
    using _slot = await this.#slots.take();
    const isSmall = typeof input === 'string' || input instanceof Uint8Array;
    const limit = isSmall ? AbortSignal.timeout(LIMIT_SECONDS * 1000) : undefined;
    const signals = [this.#signal, limit].filter((each) => each !== undefined);
    // gpg reads the passphrase up to its newline, and what follows is what it signs.
    const line = this.#passphrase && Buffer.from(`${this.#passphrase.reveal()}\n`);
    const unlock = line ? ['--pinentry-mode', 'loopback', '--passphrase-fd', '0'] : ['--pinentry-mode', 'error'];
    try {
      return await runBytes(this.#argv([...unlock, ...args]), {
        input: line ? after(line, input) : input,
        env: gpgEnvironment(this.#home.folder),
        ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
      });
    } catch (error) {
      if (limit?.aborted) {
        throw new UserError({
          what: `gpg did not answer within ${LIMIT_SECONDS} s`,
          where: 'the signing key of gpg',
          remedy: 'a card may wait for a touch, or an agent for a pinentry that nobody sees',
        });
      }
      this.#signal?.throwIfAborted();
      throw explainGpg(error, 'gpg cannot sign');
    } finally {
      line?.fill(0);
    }
  }

  #argv(args: readonly string[]): Argv {
    const quiet = ['--batch', '--no-tty', '--quiet', '--yes'];
    const trust = ['--trust-model', 'always', '--no-auto-check-trustdb', '--no-auto-key-locate'];
    return ['gpg', '--homedir', this.#home.folder, '--no-options', ...quiet, ...trust, ...args];
  }

  #runOptions() {
    return {
      env: gpgEnvironment(this.#home.folder),
      timeoutSeconds: LIMIT_SECONDS,
      ...(this.#signal === undefined ? {} : { signal: this.#signal }),
    };
  }
}

async function* after(line: Uint8Array, input: Input): AsyncGenerator<string | Uint8Array, void, undefined> {
  yield line;
  if (typeof input === 'string' || input instanceof Uint8Array) yield input;
  else yield* input;
}

/** Lets `count` go on at a time. */
class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async take(): Promise<Disposable> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return {
      [Symbol.dispose]: () => {
        const next = this.#waiting.shift();
        if (next) next();
        else this.#free += 1;
      },
    };
  }
}

function noSecretKey(fingerprint: string, isKnown: boolean): UserError {
  return new UserError({
    what: 'gpg has no secret key of this fingerprint',
    where: `the signing key ${fingerprint}`,
    found: isKnown ? 'only the public key' : 'no key at all',
    remedy: isKnown
      ? 'insert the card and make its stubs (gpg --card-status), or import the secret key'
      : 'name the GnuPG home that has it, or another fingerprint',
  });
}
