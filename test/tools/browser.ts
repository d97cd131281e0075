/**
 * A real browser for the tests of pages: Debian's Chromium without a window, spoken to through a pipe in its DevTools
 * protocol (https://chromedevtools.github.io/devtools-protocol/). It reaches the loopback and files only.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

type Values = Readonly<Record<string, unknown>>;
type Listener = (method: string, params: Values, session: string | undefined) => void;

export interface TabOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  /** Whether pages may run scripts. */
  readonly withScript?: boolean;
}

/** How long the browser may take to answer, on a machine that does much else. */
const ANSWER_MS = 120_000;

export class Browser implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #closed: Promise<unknown>;
  readonly #waiting = new Map<number, { resolve: (result: Values) => void; reject: (error: Error) => void }>();
  readonly #listeners = new Set<Listener>();
  #hasEnded = false;
  #log = '';
  #last = 0;
  #rest = '';

  private constructor(started: ChildProcess, profile: string) {
    this.#process = started;
    this.#profile = profile;
    this.#closed = once(started, 'close');
    started.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log = (this.#log + text).slice(-4000);
    });
    const answers = started.stdio[4] as Readable;
    answers.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    started.once('close', (code, signal) => {
      // Its helpers go with it.
      this.#kill();
      const error = new Error(`the browser ended (${code ?? signal}): ${this.#log}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
    // What is written to a browser that has ended is answered by its end.
    (started.stdio[3] as Writable).on('error', () => {});
  }

  static async start(): Promise<Browser> {
    const profile = await mkdtemp(path.join(tmpdir(), 'browser-'));
    const args = [
      '--headless',
      '--remote-debugging-pipe',
      `--user-data-dir=${profile}`,
      // Its sandbox needs another user than root.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-extensions',
      '--disable-sync',
      '--no-first-run',
      '--no-default-browser-check',
      '--no-proxy-server',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      'about:blank',
    ];
    const started = spawn('chromium', args, {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
      // A group of its own, to be ended whole.
      detached: true,
    });
    await once(started, 'spawn').catch(async (error: unknown) => {
      await rm(profile, { recursive: true, force: true });
      throw error;
    });
    const browser = new Browser(started, profile);
    try {
      await browser.call('Browser.getVersion');
    } catch (error) {
      await browser[Symbol.asyncDispose]();
      throw error;
    }
    return browser;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.#closed;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10 });
  }

  /** Whether another one must be started. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  #kill(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    try {
      if (this.#process.pid !== undefined) process.kill(-this.#process.pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async call(method: string, params: Values = {}, sessionId?: string): Promise<Values> {
    if (this.#hasEnded) throw new Error(`the browser has ended: ${this.#log}`);
    const id = ++this.#last;
    const answer = new Promise<Values>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    const message = { id, method, params, ...(sessionId === undefined ? {} : { sessionId }) };
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    // One that hangs is ended: its end is the answer.
    const limit = setTimeout(() => this.#kill(), ANSWER_MS);
    return await answer.finally(() => clearTimeout(limit));
  }

  listen(listener: Listener): void {
    this.#listeners.add(listener);
  }

  /** Opens a page and waits until it is loaded. */
  async open(url: string, options: TabOptions = {}): Promise<Tab> {
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true });
    const tab = new Tab(this, String(sessionId));
    await tab.prepare(options);
    await tab.go(url);
    return tab;
  }

  #read(text: string): void {
    const messages = (this.#rest + text).split('\0');
    this.#rest = messages.pop() ?? '';
    for (const message of messages) {
      const { id, result, error, method, params, sessionId } = JSON.parse(message) as {
        id?: number;
        result?: Values;
        error?: { message: string };
        method?: string;
        params?: Values;
        sessionId?: string;
      };
      if (id === undefined) {
        for (const listener of this.#listeners) listener(method ?? '', params ?? {}, sessionId);
        continue;
      }
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result ?? {});
      else waiting?.reject(new Error(error.message));
    }
  }
}

/** A page. */
export class Tab {
  /** What the console says: errors, violations of the policy, what scripts say. */
  readonly complaints: string[] = [];
  /** Addresses that were asked for. */
  readonly requests: string[] = [];
  readonly #browser: Browser;
  readonly #session: string;
  #loaded = () => {};

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
    browser.listen((method, params, from) => {
      if (from !== session) return;
      if (method === 'Page.loadEventFired') this.#loaded();
      else if (method === 'Network.requestWillBeSent') this.requests.push((params['request'] as { url: string }).url);
      else if (/^(?:Log\.entryAdded|Runtime\.(?:exceptionThrown|consoleAPICalled))$/.test(method))
        this.complaints.push(JSON.stringify(params));
    });
  }

  async prepare({ width = 1000, height = 800, dark = false, withScript = true }: TabOptions): Promise<void> {
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.call(`${domain}.enable`);
    await this.call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 600 });
    const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }];
    await this.call('Emulation.setEmulatedMedia', { features });
    await this.call('Emulation.setScriptExecutionDisabled', { value: !withScript });
  }

  async call(method: string, params: Values = {}): Promise<Values> {
    return await this.#browser.call(method, params, this.#session);
  }

  async go(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => {
      this.#loaded = resolve;
    });
    const { errorText } = await this.call('Page.navigate', { url });
    if (errorText !== undefined) throw new Error(`${url}: ${String(errorText)}`);
    await loaded;
  }

  /** The value of an expression in the page; it must be plain data. */
  async value<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', { expression, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  /** Waits until an expression is true. */
  async until(expression: string): Promise<void> {
    const end = Date.now() + 60_000;
    while (!(await this.value<boolean>(expression))) {
      if (Date.now() > end) throw new Error(`never true: ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Types as a keyboard does. */
  async type(text: string): Promise<void> {
    for (const character of text) {
      await this.call('Input.dispatchKeyEvent', { type: 'keyDown', text: character, key: character });
      await this.call('Input.dispatchKeyEvent', { type: 'keyUp', key: character });
    }
  }

  async press(key: string, code: number): Promise<void> {
    const parts = { key, code: key, windowsVirtualKeyCode: code };
    await this.call('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...parts });
    await this.call('Input.dispatchKeyEvent', { type: 'keyUp', ...parts });
  }

  /** The page as a picture, whole: a PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.call('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true });
    return Buffer.from(String(data), 'base64');
  }
}
