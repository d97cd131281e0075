/**
 * Signing packages against `rpmsign --addsign` with gpg, with RSA 4096 and Ed25519. Prints tables in Markdown.
 *
 *     node bench/sign-rpm.ts [RUNS]
 *
 * Needs rpmbuild, rpmsign, rpmkeys, gpg and openssl. In every round each way signs its own fresh copies of the same
 * packages, in turn; the table has the medians. Every file that was signed is checked with rpmkeys.
 */
import { copyFile, link, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { type Argv, run } from '../src/process.ts';

const RUNS = Number(process.argv[2] ?? 3);
const COUNTS = [1, 100, 1000];
const GIB = 1024 ** 3;
const KEYS = [
  { name: 'RSA 4096', gpg: 'rsa4096', speed: 'rsa4096', speedLine: /^rsa 4096 bits\s+\S+\s+\S+\s+([\d.]+)/m },
  { name: 'Ed25519', gpg: 'ed25519', speed: 'ed25519', speedLine: /\(Ed25519\)\s+\S+\s+\S+\s+([\d.]+)/m },
] as const;

/** A key in a GnuPG home, as rpmsign wants it, and exported, as pkg-actions does. */
interface BenchKey {
  readonly home: string;
  readonly fingerprint: string;
  readonly secret: string;
  /** A database of rpmkeys that has it. */
  readonly database: string;
}

/** A way to sign: the seconds that it takes for files that lie in `folder`. */
type Way = (files: readonly string[], folder: string, key: BenchKey) => Promise<number>;

const print = (text: string) => process.stdout.write(`${text}\n`);

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function timed(body: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await body();
  return (performance.now() - started) / 1000;
}

/** Packages with two kilobytes of noise each: subpackages of one spec, so that rpmbuild makes them in seconds. */
async function buildPackages(folder: string, count: number): Promise<string[]> {
  const numbers = Array.from({ length: count }, (_, index) => index);
  const preamble = 'Version: 1.0\nRelease: 1\nSummary: Many\nLicense: MIT\nBuildArch: noarch\n';
  const spec = `Name: many\n${preamble}%description\nMany\n
${numbers.map((n) => `%package n${n}\nSummary: Number ${n}\n%description n${n}\nNumber ${n}\n%files n${n}\n/usr/share/many/${n}\n`).join('')}
%install
mkdir -p %{buildroot}/usr/share/many
cd %{buildroot}/usr/share/many
for i in $(seq 0 ${count - 1}); do head -c 2000 /dev/urandom > $i; done
`;
  return await rpmbuild(folder, spec);
}

/** One package whose payload is a file of `bytes` zeros, not compressed. */
async function buildLarge(folder: string, bytes: number): Promise<string> {
  const spec = `Name: large
Version: 1.0
Release: 1
Summary: Large
License: MIT
BuildArch: noarch
%description
Large
%install
mkdir -p %{buildroot}/usr/share/large
truncate -s ${bytes} %{buildroot}/usr/share/large/zeros
%files
/usr/share/large
`;
  const [file] = await rpmbuild(folder, spec, ['--define', '_binary_payload w.ufdio']);
  if (file === undefined) throw new Error('rpmbuild made no package');
  return file;
}

async function rpmbuild(folder: string, spec: string, options: readonly string[] = []): Promise<string[]> {
  await mkdir(folder);
  await writeFile(path.join(folder, 'x.spec'), spec);
  const defines = ['--define', `_topdir ${folder}`, '--define', '__os_install_post %{nil}'];
  await run(['rpmbuild', '-bb', '--quiet', ...defines, ...options, path.join(folder, 'x.spec')]);
  const made = path.join(folder, 'RPMS/noarch');
  return (await readdir(made)).map((name) => path.join(made, name));
}

async function makeKey(folder: string, algorithm: string): Promise<BenchKey> {
  const home = path.join(folder, 'gnupg');
  await mkdir(home, { recursive: true, mode: 0o700 });
  const gpg = async (...args: string[]) =>
    (await run(['gpg', '--homedir', home, '--batch', '--passphrase', '', '--pinentry-mode', 'loopback', ...args]))
      .stdout;
  await gpg('--quick-gen-key', 'Bench <bench@example.org>', algorithm, 'sign', 'never');
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(await gpg('--with-colons', '--list-keys'))?.[1] ?? '';
  const database = path.join(folder, 'database');
  await mkdir(database);
  await writeFile(path.join(folder, 'key.asc'), await gpg('--armor', '--export', fingerprint));
  await run(['rpmkeys', '--dbpath', database, '--import', path.join(folder, 'key.asc')]);
  return { home, fingerprint, secret: await gpg('--armor', '--export-secret-keys', fingerprint), database };
}

function rpmsign(files: readonly string[], { home, fingerprint }: BenchKey): Promise<unknown> {
  const defines = [`_gpg_name ${fingerprint}`, `_gpg_path ${home}`, '__gpg /usr/bin/gpg'];
  const argv: Argv = ['rpmsign', ...defines.flatMap((each) => ['--define', each]), '--addsign', ...files];
  return run(argv, { env: { GNUPGHOME: home } });
}

interface ChildResult {
  readonly seconds: number;
  readonly peakBytes: number;
}

async function child(files: readonly string[], folder: string, key: BenchKey): Promise<ChildResult> {
  const jobs = files.map((source) => ({ source, target: path.join(folder, `signed-${path.basename(source)}`) }));
  const program = path.join(import.meta.dirname, 'sign-rpm-child.ts');
  const { stdout } = await run([process.execPath, program], { input: JSON.stringify({ key: key.secret, jobs }) });
  return JSON.parse(stdout) as ChildResult;
}

const cores = availableParallelism();
const WAYS: readonly (readonly [string, Way])[] = [
  ['rpmsign', async (files, _folder, key) => await timed(async () => await rpmsign(files, key))],
  [
    `rpmsign ×${cores}`,
    async (files, _folder, key) => {
      const parts = Array.from({ length: cores }, (_, part) => files.filter((_file, index) => index % cores === part));
      const busy = parts.filter((part) => part.length > 0);
      return await timed(async () => await Promise.all(busy.map(async (part) => await rpmsign(part, key))));
    },
  ],
  ['pkg-actions', async (files, folder, key) => (await child(files, folder, key)).seconds],
  ['with start of Node', async (files, folder, key) => await timed(async () => await child(files, folder, key))],
];

/** Copies, so that nobody signs what another has signed. */
async function copies(packages: readonly string[], folder: string): Promise<string[]> {
  await mkdir(folder);
  return await Promise.all(
    packages.map(async (file) => {
      const copy = path.join(folder, path.basename(file));
      await copyFile(file, copy);
      return copy;
    }),
  );
}

async function check(folder: string, { database }: BenchKey, count: number): Promise<void> {
  const names = await readdir(folder);
  const ours = names.filter((name) => name.startsWith('signed-'));
  const files = (ours.length > 0 ? ours : names).map((name) => path.join(folder, name));
  if (files.length !== count) throw new Error(`${files.length} of ${count} packages were signed`);
  await run(['rpmkeys', '--dbpath', database, '--define', '_pkgverify_level all', '-K', ...files]);
}

/** Signatures a second that openssl makes with all processors. */
async function openssl(key: (typeof KEYS)[number]): Promise<number> {
  const rates: number[] = [];
  for (let turn = 0; turn < RUNS; turn++) {
    const { stdout } = await run(['openssl', 'speed', '-multi', `${cores}`, '-seconds', '2', key.speed]);
    rates.push(Number(key.speedLine.exec(stdout)?.[1]));
  }
  return median(rates);
}

async function signTables(folder: string): Promise<void> {
  const packages = await buildPackages(path.join(folder, 'packages'), Math.max(...COUNTS));
  const names = WAYS.map(([name]) => name);
  print(
    `| seconds, median of ${RUNS} | packages | ${names.join(' | ')} | faster than rpmsign | than ×${cores} | limit |`,
  );
  print(`|---|---:|${names.map(() => '---:|').join('')}---:|---:|---:|`);
  for (const [index, kind] of KEYS.entries()) {
    const key = await makeKey(path.join(folder, `key-${index}`), kind.gpg);
    // The first start of everything is nobody's.
    const warm = path.join(folder, 'warm');
    const [first] = await copies(packages.slice(0, 1), warm);
    for (const [, way] of WAYS) await way([first ?? ''], warm, key);
    await rm(warm, { recursive: true });
    const rate = await openssl(kind);
    for (const count of COUNTS) {
      const results = new Map<string, number[]>(names.map((name) => [name, []]));
      // One package takes so little that a few more rounds cost nothing.
      for (let turn = 0; turn < (count === 1 ? RUNS * 5 : RUNS); turn++) {
        for (const [name, way] of WAYS) {
          const place = path.join(folder, 'work');
          const files = await copies(packages.slice(0, count), place);
          results.get(name)?.push(await way(files, place, key));
          await check(place, key, count);
          await rm(place, { recursive: true });
        }
      }
      const of = (name: string) => median(results.get(name) ?? []);
      const ratio = (name: string) => `${(of(name) / of('pkg-actions')).toFixed(1)}×`;
      const cells = [...names.map((name) => of(name).toFixed(3)), ratio('rpmsign'), ratio(`rpmsign ×${cores}`)];
      print(`| ${kind.name} | ${count} | ${cells.join(' | ')} | ${(count / rate).toFixed(3)} |`);
    }
    await endAgent(key);
  }
  print(`\n"Limit": what ${cores} processes of \`openssl speed\` need for as many signatures alone.`);
}

async function largeTable(folder: string): Promise<void> {
  const key = await makeKey(path.join(folder, 'key-large'), 'rsa4096');
  print(`\n| one package, RSA 4096 | rpmsign, seconds | pkg-actions, seconds | peak memory |`);
  print('|---|---:|---:|---:|');
  for (const [name, bytes] of [
    ['100 MB', 100_000_000],
    ['2 GiB', 2 * GIB],
  ] as const) {
    const large = await buildLarge(path.join(folder, `large-${bytes}`), bytes);
    const place = path.join(folder, 'work');
    await mkdir(place);
    const source = path.join(place, 'large.rpm');
    await link(large, source);
    const ours = await child([source], place, key);
    await check(place, key, 1);
    await rm(place, { recursive: true });
    // rpmsign changes the file in place: it has to be a copy, whose time is not counted.
    const [copy = ''] = await copies([large], place);
    const theirs = await timed(async () => await rpmsign([copy], key));
    await check(place, key, 1);
    await rm(place, { recursive: true });
    const peak = `${Math.round(ours.peakBytes / 1e6)} MB`;
    print(`| ${name} | ${theirs.toFixed(2)} | ${ours.seconds.toFixed(2)} | ${peak} |`);
    await rm(path.dirname(large), { recursive: true });
  }
  await endAgent(key);
}

async function endAgent({ home }: BenchKey): Promise<void> {
  await run(['gpgconf', '--homedir', home, '--kill', 'all']);
  await run(['gpgconf', '--homedir', home, '--remove-socketdir'], { okExitCodes: 'any' });
}

const folder = await mkdtemp(path.join(tmpdir(), 'bench-sign-'));
try {
  await signTables(folder);
  await largeTable(folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}
