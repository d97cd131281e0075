import { CancelledError, CommandError, UserError, quote, run, signalGroup, start, which } from "./frame.js";
import { takeLock, tryLock } from "./shared.js";
import { array, datetime, int, literal, object, record, strictObject, string, unknown } from "./zod.js";
import { formatAptPin, formatDeb822Source, localFolder, parseAptPin, parseAptSource } from "./deb.js";
import { sourcesOf } from "./config.js";
import path from "node:path";
import { createReadStream } from "node:fs";
import { chmod, constants as constants$1, copyFile, mkdir, mkdtemp, open, readFile, readdir, readlink, realpath, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import { createHash, randomBytes } from "node:crypto";

// src/buildroot/generation.ts
const sha256 = string().regex(/^[0-9a-f]{64}$/);
const generationSchema = strictObject({
	schema: literal("pkg-actions/generation/1"),
	name: string(),
	createdAt: datetime(),
	configurationDigest: sha256,
	configuration: record(string(), unknown()),
	releases: array(strictObject({
		uri: string(),
		release: string(),
		file: string().optional(),
		sha256,
		date: string().optional()
	})),
	packages: array(string()),
	bytes: int().nonnegative(),
	tools: record(string(), string())
});
const localSources = object({ repositories: array(object({ source: object({ uri: string() }) })).default([]) });
function repositoryUris({ record }) {
	return localSources.parse(record.configuration).repositories.map(({ source }) => source);
}
const ID = /^[0-9a-f]{16}$/;
function buildrootFolder(state, name) {
	if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/.test(name)) throw new UserError({
		what: "not a name for a buildroot",
		found: JSON.stringify(name),
		expected: "letters, digits, dots and dashes, such as debian-12-amd64"
	});
	return path.join(state, "buildroots", name);
}
async function currentGeneration(folder) {
	const id = await readlink(path.join(folder, "current")).catch(() => void 0);
	return id === void 0 ? void 0 : readGeneration(folder, id);
}
async function readGeneration(folder, id) {
	if (!ID.test(id)) return void 0;
	const text = await readFile(path.join(folder, id, "generation.json"), "utf8").catch(() => void 0);
	if (text === void 0) return void 0;
	const record = generationSchema.parse(JSON.parse(text));
	return {
		id,
		folder: path.join(folder, id),
		tree: path.join(folder, id, "tree"),
		record
	};
}
async function holdCurrent(folder, signal) {
	for (let attempt = 0; attempt < 10; attempt++) {
		const generation = await currentGeneration(folder);
		if (generation === void 0) return void 0;
		try {
			const lock = await takeLock(generation.folder, {
				mode: "shared",
				waitSeconds: 5,
				what: `the buildroot generation ${generation.id}`,
				...signal ? { signal } : {}
			});
			if (await readGeneration(folder, generation.id) !== void 0) return {
				generation,
				lock
			};
			await lock.release();
		} catch (error) {
			if (!(error instanceof UserError)) throw error;
		}
	}
	throw new Error(`no generation of ${folder} could be held`);
}
async function lockBuildroot(folder, waitSeconds, logger, signal) {
	await mkdir(folder, {
		recursive: true,
		mode: 493
	});
	const file = path.join(folder, "lock");
	await (await open(file, "a")).close();
	return takeLock(file, {
		mode: "exclusive",
		waitSeconds,
		what: `the buildroot ${path.basename(folder)}`,
		logger,
		...signal ? { signal } : {}
	});
}
async function stageGeneration(folder) {
	for (const entry of await readdir(folder)) if (entry.startsWith(".new-") || entry.startsWith(".old-")) await removeTree(path.join(folder, entry));
	const staging = path.join(folder, `.new-${randomBytes(4).toString("hex")}`);
	await mkdir(staging, { mode: 493 });
	return staging;
}
async function installGeneration(folder, staging, id, record) {
	await writeFile(path.join(staging, "generation.json"), `${JSON.stringify(generationSchema.parse(record), null, 1)}\n`);
	const place = path.join(folder, id);
	const existing = await readGeneration(folder, id);
	if (existing) await removeTree(staging);
	else await rename(staging, place);
	const link = path.join(folder, `.current-${randomBytes(4).toString("hex")}`);
	await symlink(id, link);
	await rename(link, path.join(folder, "current"));
	await markChecked(folder);
	return existing ?? {
		id,
		folder: place,
		tree: path.join(place, "tree"),
		record
	};
}
async function removeUnused(folder) {
	const current = await readlink(path.join(folder, "current")).catch(() => void 0);
	const removed = [];
	for (const entry of await readdir(folder)) {
		if (!ID.test(entry) || entry === current) continue;
		const place = path.join(folder, entry);
		const lock = await tryLock(place, {
			mode: "exclusive",
			waitSeconds: 0,
			what: `the generation ${entry}`
		});
		if (lock === void 0) continue;
		try {
			const doomed = path.join(folder, `.old-${entry}`);
			await rename(place, doomed);
			await removeTree(doomed);
			removed.push(entry);
		} finally {
			await lock.release();
		}
	}
	return removed;
}
async function markChecked(folder) {
	const file = path.join(folder, "checked");
	await (await open(file, "a")).close();
	const now = /* @__PURE__ */ new Date();
	await utimes(file, now, now);
}
async function removeTree(folder) {
	await run([
		"rm",
		"-rf",
		"--one-file-system",
		"--",
		folder
	]);
}

// src/buildroot/leftovers.ts
const UNRECORDED_MS = 6e5;
async function removeDeadSessions(state) {
	const folder = path.join(state, "sessions");
	const removed = [];
	for (const id of await readdir(folder).catch(() => [])) {
		const place = path.join(folder, id);
		const recorded = await stat(path.join(place, "session.json")).catch(() => void 0);
		const made = await stat(place).catch(() => void 0);
		if (made === void 0 || recorded === void 0 && Date.now() - made.mtimeMs < UNRECORDED_MS) continue;
		const lock = await tryLock(place, {
			mode: "exclusive",
			waitSeconds: 0,
			what: `the session ${id}`
		}).catch(() => void 0);
		if (lock === void 0) continue;
		await removeTree(place);
		await lock.release();
		removed.push(id);
	}
	return removed;
}

// src/buildroot/state.ts
function defaultStateFolder() {
	if (process.getuid?.() === 0) return "/var/lib/pkg-actions";
	return path.join(process.env["XDG_STATE_HOME"] ?? path.join(os.homedir(), ".local", "state"), "pkg-actions");
}
async function prepareState(folder) {
	const state = path.resolve(folder ?? defaultStateFolder());
	for (const part of ["buildroots", "sessions"]) {
		await mkdir(path.join(state, part), { recursive: true });
		await chmod(path.join(state, part), 448);
	}
	await removeDeadSessions(state);
	return state;
}

// src/buildroot/configuration.ts
const RECIPE = 2;
async function debBuildroot(request) {
	const { target } = request;
	if (target.format !== "deb") throw new UserError({
		what: `the target ${target.name} is for ${target.format} packages`,
		where: "target",
		expected: "a deb target"
	});
	const architecture = request.architecture ?? await hostArchitecture();
	if (!target.architectures.includes(architecture)) throw new UserError({
		what: `the target ${target.name} has no such architecture`,
		where: "architecture",
		found: quote(architecture),
		expected: target.architectures.join(", ")
	});
	if (request.mirror !== void 0) parseAptSource(`deb ${request.mirror} ${target.suite} main`, "mirror");
	for (const name of request.include ?? []) if (!/^[a-z0-9][a-z0-9+.-]+$/.test(name)) throw new UserError({
		what: "not a package name",
		where: "include",
		found: quote(name)
	});
	return {
		recipe: RECIPE,
		target,
		architecture,
		mirror: request.mirror,
		repositories: [...await targetRepositories(target), ...await readRepositories(request.repositories ?? [], request.keys ?? [], "repositories")],
		pins: (request.pins ?? []).map((text) => parseAptPin(text, "pins")),
		include: [...request.include ?? []].sort()
	};
}
function splitSources({ sources }) {
	if (sources[0]?.mirror !== void 0) return {
		archive: sources,
		beside: []
	};
	return {
		archive: sources.filter((source) => source.mirror === void 0),
		beside: sources.filter((source) => source.mirror !== void 0)
	};
}
async function targetRepositories(target) {
	const repositories = [];
	for (const { mirror, suites, components, keyring = target.keyring } of splitSources(target).beside) {
		if (keyring === void 0) throw new UserError({
			what: "no keyring for a source of the target",
			where: `target ${target.name}`,
			found: quote(mirror),
			expected: "keyring"
		});
		for (const suite of suites) {
			const source = parseAptSource(`deb ${mirror} ${suite} ${components.join(" ")}`, `target ${target.name}`);
			repositories.push({
				source,
				key: await readKey(keyring)
			});
		}
	}
	return repositories;
}
async function readRepositories(texts, keys, where) {
	const common = await Promise.all(keys.map(readKey));
	const repositories = [];
	for (const text of texts) {
		const source = parseAptSource(text, where);
		const own = await Promise.all(source.signedBy.map(readKey));
		const key = (own.length > 0 ? own : common).join("\n") || void 0;
		if (key === void 0 && !source.trusted) throw new UserError({
			what: "no key for a repository",
			where,
			found: quote(text),
			expected: "signed-by=/path/key.asc in its options, or a file of keys",
			remedy: "a repository without a signature needs trusted=yes"
		});
		repositories.push({
			source,
			key
		});
	}
	return repositories;
}
async function readKey(file) {
	const content = await readFile(file).catch((error) => {
		throw new UserError({
			what: "a key cannot be read",
			where: file,
			found: error.code ?? "an error"
		});
	});
	const text = content.toString("latin1");
	if (text.includes("-----BEGIN PGP PUBLIC KEY BLOCK-----")) return text.trim();
	if (content.length === 0 || ((content[0] ?? 0) & 128) === 0) throw new UserError({
		what: "not an OpenPGP public key",
		where: file,
		expected: "an armored or binary public key"
	});
	return [
		"-----BEGIN PGP PUBLIC KEY BLOCK-----",
		"",
		...content.toString("base64").match(/.{1,64}/g) ?? [],
		"-----END PGP PUBLIC KEY BLOCK-----"
	].join("\n");
}
function configurationDigest(configuration) {
	return createHash("sha256").update(canonical(configuration)).digest("hex");
}
function canonical(value) {
	return JSON.stringify(value, (_key, part) => part !== null && typeof part === "object" && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a < b ? -1 : 1)) : part);
}
async function hostArchitecture() {
	return (await run(["dpkg", "--print-architecture"])).stdout.trim();
}
function buildrootName(target, architecture) {
	return `${target.name}-${architecture}`;
}

// src/buildroot/host-apt.ts
async function hostSources() {
	if (which("apt-get") === void 0) return [];
	const { stdout } = await run([
		"apt-get",
		"indextargets",
		"--format",
		"$(CREATED_BY)	$(REPO_URI)	$(RELEASE)	$(CODENAME)	$(ORIGIN)"
	]);
	const sources = /* @__PURE__ */ new Map();
	for (const line of stdout.split("\n")) {
		const [createdBy, uri, suite, codename, origin] = line.split("	");
		if (createdBy !== "Packages" || !uri || !suite || !codename || !origin || origin.startsWith("$(")) continue;
		sources.set(`${uri} ${suite}`, {
			uri: uri.replace(/\/+$/, ""),
			suite,
			codename,
			origin
		});
	}
	return [...sources.values()];
}
function sourcesFromHost(host, distribution, wanted) {
	const own = host.filter((source) => source.origin.toLowerCase() === distribution.toLowerCase());
	if (own.length === 0) return void 0;
	const lines = [];
	for (const { suites, components } of wanted) for (const suite of suites) {
		const kind = suffix(suite);
		const source = own.find((candidate) => candidate.suite === suite) ?? own.find((candidate) => suffix(candidate.suite) === kind) ?? (kind === "-security" ? void 0 : own.find((candidate) => suffix(candidate.suite) === ""));
		if (source === void 0) return void 0;
		lines.push(`deb ${source.uri} ${suite} ${components.join(" ")}`);
	}
	return lines;
}
function suffix(suite) {
	return /(?:-(?:updates|security|backports|proposed-updates|proposed))?$/.exec(suite)?.[0] ?? "";
}

// src/buildroot/installed.ts
async function installedPackages(session, names = []) {
	const { stdout } = await session.chroot([
		"dpkg-query",
		"--show",
		"--showformat=${Package}:${Architecture}=${Version}\\n",
		"--",
		...names
	]);
	return stdout.split("\n").filter((line) => line !== "").sort();
}

// src/buildroot/local-repository.ts
async function localBinds(sources) {
	const binds = [];
	const seen = /* @__PURE__ */ new Set();
	for (const source of sources) {
		const folder = localFolder(source);
		if (folder === void 0 || seen.has(source.uri)) continue;
		seen.add(source.uri);
		const destination = sessionUri(source.uri);
		const entries = await readdir(folder).catch((error) => {
			throw new UserError({
				what: "the folder of a repository cannot be read",
				where: folder,
				found: error.code ?? "an error"
			});
		});
		if (!entries.includes("dists")) {
			binds.push({
				source: await realpath(folder),
				destination
			});
			continue;
		}
		for (const entry of entries) {
			const place = path.join(folder, entry);
			if ((await stat(place)).isDirectory()) binds.push({
				source: await realpath(place),
				destination: `${destination}/${entry}`
			});
		}
	}
	return binds;
}
function sessionUri(uri) {
	return `/run/pkg-actions/repositories/${createHash("sha256").update(uri).digest("hex").slice(0, 16)}`;
}

// src/buildroot/releases.ts
const LISTS = "/var/lib/apt/lists";
const COMPRESSIONS = [
	"",
	".xz",
	".gz",
	".bz2",
	".zst",
	".lz4",
	".lzma"
];
function parseIndexTargets(text) {
	return text.split("\n").flatMap((line) => {
		const [createdBy, uri, release, metaKey, filename] = line.split("	");
		return createdBy === "Packages" && uri && release && metaKey && filename ? [{
			uri,
			release,
			metaKey,
			filename
		}] : [];
	});
}
const FORMAT = "$(CREATED_BY)	$(REPO_URI)	$(RELEASE)	$(METAKEY)	$(FILENAME)";
function releaseListNames({ metaKey, filename }) {
	const stem = path.posix.basename(filename).split("_").slice(0, -metaKey.split("/").length).join("_");
	return ["InRelease", "Release"].map((file) => ({
		list: `${stem}_${file}`,
		file
	}));
}
function releasePath(release, file) {
	return release.endsWith("/") ? path.posix.join(release, file) : `dists/${release}/${file}`;
}
async function describeReleases(session, repositories) {
	const { stdout } = await session.chroot([
		"apt-get",
		"indextargets",
		"--format",
		FORMAT
	]);
	const lists = new Set((await session.chroot([
		"ls",
		"-A",
		LISTS
	])).stdout.split("\n"));
	const shown = new Map(repositories.map(({ source }) => [`file:${sessionUri(source.uri)}`, source.uri]));
	const releases = /* @__PURE__ */ new Map();
	for (const target of parseIndexTargets(stdout)) {
		const { release, metaKey, filename } = target;
		const uri = shown.get(target.uri.replace(/\/+$/, "")) ?? target.uri;
		const kept = releaseListNames(target).find(({ list }) => lists.has(list));
		const file = releasePath(release, kept?.file ?? metaKey);
		if (releases.has(`${uri} ${file}`)) continue;
		const place = kept ? `${LISTS}/${kept.list}` : filename;
		const { stdout: sum, exitCode } = await session.chroot([
			"sha256sum",
			"--",
			place
		], { okExitCodes: "any" });
		const sha256 = /^\\?([0-9a-f]{64}) /.exec(sum)?.[1];
		if (exitCode !== 0 || sha256 === void 0) continue;
		const date = kept && (await session.chroot([
			"grep",
			"-m1",
			"^Date: ",
			place
		], { okExitCodes: [0, 1] })).stdout;
		releases.set(`${uri} ${file}`, {
			uri,
			release,
			file,
			sha256,
			...date ? { date: date.slice(6).trim() } : {}
		});
	}
	return [...releases.values()];
}
async function changedReleases(releases, signal) {
	const folder = await mkdtemp(path.join(os.tmpdir(), "pkg-actions-releases-"));
	try {
		return (await Promise.all(releases.map(async (entry, index) => await currentDigest(entry, path.join(folder, String(index)), signal) === entry.sha256 ? [] : [entry.release.endsWith("/") ? entry.uri : entry.release]))).flat();
	} finally {
		await rm(folder, {
			recursive: true,
			force: true
		});
	}
}
async function currentDigest({ uri, release, file = releasePath(release, "InRelease") }, place, signal) {
	const options = {
		timeoutSeconds: 120,
		...signal ? { signal } : {}
	};
	const folder = localFolder({ uri });
	const fetch = async (name, to) => {
		if (folder !== void 0) return path.join(folder, name);
		await run([
			"/usr/lib/apt/apt-helper",
			"download-file",
			`${uri.replace(/\/+$/, "")}/${name}`,
			to
		], options);
		return to;
	};
	if (/Release$/.test(file)) return digestOf(await fetch(file, place));
	let failure;
	for (const suffix of COMPRESSIONS) try {
		const found = await fetch(`${file}${suffix}`, `${place}${suffix}`);
		if (await digestOf(found) === void 0) continue;
		return (await run([
			"sh",
			"-c",
			"/usr/lib/apt/apt-helper cat-file \"$1\" | sha256sum",
			"sh",
			found
		], options)).stdout.slice(0, 64);
	} catch (error) {
		if (signal?.aborted) throw error;
		failure ??= error;
	}
	if (failure !== void 0) throw failure;
}
async function digestOf(file) {
	const hash = createHash("sha256");
	try {
		for await (const chunk of createReadStream(file)) hash.update(chunk);
	} catch (error) {
		if (error.code === "ENOENT") return void 0;
		throw error;
	}
	return hash.digest("hex");
}

// src/buildroot/session-script.ts
const SESSION_SCRIPT = `
set -eu
umask 022
folder=$1 lower=$2 size=$3
shift 3
fail() { echo "session: $*" >&2; exit 1; }
show() { mount -o bind,ro,nosuid,nodev "$1" "$2" || fail "cannot mount $1 read-only"; }
# The top: what tools run from.
top=$folder/top
mount -t tmpfs -o mode=0755,nosuid,nodev,size=64m session-top "$top" || fail 'cannot mount a tmpfs: this needs CAP_SYS_ADMIN'
for place in usr bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$place" ]; then
    cp -P "/$place" "$top/$place"
  elif [ -d "/$place" ]; then
    mkdir "$top/$place"
    show "/$place" "$top/$place"
  fi
done
mkdir -p "$top/etc/sbuild" "$top/proc" "$top/dev" "$top/tmp" "$top/run" "$top/old" "$top/var/tmp" "$top/var/lib/sbuild"
for place in tmp run var/tmp var/lib/sbuild; do
  mount -t tmpfs -o mode=0755,nosuid,nodev,noexec,size=256m session-scratch "$top/$place" || fail "cannot mount /$place"
done
chmod 1777 "$top/tmp" "$top/var/tmp"
mkdir -p "$top/var/lib/sbuild/apt-keys" "$top/var/lib/sbuild/build" "$top$folder/root" "$top$folder/outbox"
cd /etc
# Each of them may be missing.
cp -a alternatives dpkg ld.so.conf.d perl "$top/etc/" 2>/dev/null || true
cp -L debian_version group ld.so.cache ld.so.conf localtime magic os-release passwd "$top/etc/" 2>/dev/null || true
echo 'passwd: files' > "$top/etc/nsswitch.conf"
echo 'group: files' >> "$top/etc/nsswitch.conf"
printf '127.0.0.1 localhost\\n::1 localhost ip6-localhost ip6-loopback\\n' > "$top/etc/hosts"
# No device node that anything in a session makes can be opened: every file system of it is nodev.
mount -o bind,nosuid,nodev "$folder/outbox" "$top$folder/outbox" || fail 'cannot mount the outbox'
mount -t proc -o nosuid,noexec,nodev proc "$top/proc" || fail 'cannot mount /proc'
# Root writes to these without any capability, and they are the machine's: read-only, as container engines have them.
for part in bus fs irq sys sysrq-trigger; do
  [ ! -e "$top/proc/$part" ] || show "$top/proc/$part" "$top/proc/$part"
done

# The devices, the same for top and root.
mount -t tmpfs -o mode=0755,nosuid,nodev,size=1m session-dev "$top/dev" || fail 'cannot mount /dev'
for node in null zero full random urandom tty; do
  : > "$top/dev/$node"
  mount --bind "/dev/$node" "$top/dev/$node" || fail "cannot mount /dev/$node"
done
mkdir "$top/dev/pts" "$top/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$top/dev/pts" 2>/dev/null ||
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$top/dev/pts" || fail 'cannot mount /dev/pts'
mount -t tmpfs -o mode=1777,nosuid,nodev,size=512m session-shm "$top/dev/shm" || fail 'cannot mount /dev/shm'
ln -s pts/ptmx "$top/dev/ptmx"
ln -s /proc/self/fd "$top/dev/fd"
ln -s fd/0 "$top/dev/stdin"
ln -s fd/1 "$top/dev/stdout"
ln -s fd/2 "$top/dev/stderr"
mount -o remount,ro "$top/dev" || fail 'cannot make /dev read-only'

# The root.
root=$top$folder/root
case $lower in
  bind:*) mount -o bind,nodev "\${lower#bind:}" "$root" || fail "cannot mount \${lower#bind:}" ;;
  *)
    upper=$folder/upper
    if [ "$size" != disk ]; then
      mount -t tmpfs -o "size=$size,mode=0755" session-tmpfs "$upper" || fail "cannot mount a tmpfs of $size bytes"
    fi
    mkdir -p "$upper/changes" "$upper/work"
    mount -t overlay -o "nodev,lowerdir=$lower,upperdir=$upper/changes,workdir=$upper/work" session-overlay "$root" ||
      fail 'cannot mount an overlay: the kernel needs overlayfs, and CAP_SYS_ADMIN' ;;
esac
# The host is still there: a tree that was written by maintainer scripts must not lead to it.
for part in etc etc/apt dev proc sys run run/pkg-actions; do
  [ ! -L "$root/$part" ] || fail "/$part of the root is a link"
done
mount --rbind "$top/proc" "$root/proc" || fail 'cannot mount /proc'
# Some builds look at the machine through /sys; where it cannot be had read-only it is left out.
mount -t sysfs -o ro,nosuid,noexec,nodev sysfs "$root/sys" 2>/dev/null || true
mount --rbind "$top/dev" "$root/dev" || fail 'cannot mount /dev'

while [ $# -ge 2 ]; do
  mkdir -p "$root$2"
  show "$1" "$root$2"
  shift 2
done

# Names are looked up with the host's resolver. A tree that is worked on itself must not keep it.
rm -f "$root/etc/resolv.conf"
: > "$root/etc/resolv.conf"
case $lower in
bind:*)
  if [ -e /etc/resolv.conf ]; then
    cp /etc/resolv.conf "$top/etc/resolv.conf"
    show "$top/etc/resolv.conf" "$root/etc/resolv.conf"
  fi ;;
*)
  cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
  rm -f "$root/etc/hosts" "$root/etc/hostname"
  cp "$top/etc/hosts" "$root/etc/hosts"
  echo localhost > "$root/etc/hostname" ;;
esac
hostname localhost 2>/dev/null || true

cd "$top"
pivot_root . old || fail 'cannot leave the root of the host'
umount -l /old || fail 'cannot unmount the root of the host'
rmdir /old
# Where we were in a chroot, what lies above it is still there, and leaving the root leads to it.
: > /run/session-top
nsenter --mount=/proc/self/ns/mnt -- test -e /run/session-top ||
  fail 'this runs in a chroot, out of which a build could get: run it on the machine itself, or in a container'
# Commands enter here with all capabilities before they drop them: nothing of it can be changed from now on.
mount -o remount,ro / || fail 'cannot make the top read-only'

echo ready
# As pid 1 of its namespace: reap what is orphaned while waiting for the end of the pipe. A cat that was killed, as
# every other process is between two phases, is started again.
exec 3<&0
while :; do
  cat <&3 >/dev/null &
  wait $! && break
done
`;

// src/buildroot/session.ts
const INBOX = "/run/pkg-actions/inbox";
const CAPABILITIES = {
	build: [
		"chown",
		"dac_override",
		"fowner",
		"fsetid",
		"kill",
		"setgid",
		"setuid",
		"sys_chroot"
	],
	setup: [
		"chown",
		"dac_override",
		"fowner",
		"fsetid",
		"kill",
		"mknod",
		"net_bind_service",
		"setfcap",
		"setgid",
		"setpcap",
		"setuid",
		"sys_chroot"
	]
};
const LOOPBACK_UP = "ip link set lo up && exec \"$@\"";
async function openSession(options) {
	if (process.getuid?.() !== 0) throw new UserError({
		what: "a build session on the host needs root",
		found: `uid ${process.getuid?.()}`,
		remedy: "run as root, or with sudo"
	});
	const id = `${Date.now().toString(36)}-${randomBytes(4).toString("hex")}`;
	const folder = path.join(options.state, "sessions", id);
	const lower = lowerArgument(options.root);
	options.signal?.throwIfAborted();
	for (const part of [
		"top",
		"upper",
		"outbox",
		"inbox"
	]) await mkdir(path.join(folder, part), {
		recursive: true,
		mode: 493
	});
	const own = await takeLock(folder, {
		mode: "exclusive",
		waitSeconds: 0,
		what: `the session ${id}`
	});
	await writeFile(path.join(folder, "session.json"), `${JSON.stringify({
		runId: options.runId,
		pid: process.pid
	})}\n`);
	try {
		await fillInbox(path.join(folder, "inbox"), options.inbox ?? {});
	} catch (error) {
		await rm(folder, {
			recursive: true,
			force: true
		});
		await own.release();
		throw error;
	}
	const argv = [
		"unshare",
		...[
			"--mount",
			"--pid",
			"--ipc",
			"--uts",
			"--fork",
			"--kill-child"
		],
		"sh",
		...[
			"-c",
			SESSION_SCRIPT,
			"session"
		],
		...[
			folder,
			lower,
			String(options.scratch)
		],
		...[{
			source: path.join(folder, "inbox"),
			destination: INBOX
		}, ...options.binds ?? []].flatMap(({ source, destination }) => [source, destination])
	];
	const holder = start(argv);
	let errors = "";
	holder.stderr.setEncoding("utf8").on("data", (text) => {
		errors = (errors + text).slice(-4096);
	});
	holder.stdin.on("error", () => {});
	const exited = new Promise((resolve) => {
		holder.once("close", () => resolve());
		holder.once("error", () => resolve());
	});
	const onAbort = () => signalGroup(holder, "SIGKILL");
	options.signal?.addEventListener("abort", onAbort, { once: true });
	const stop = async () => {
		options.signal?.removeEventListener("abort", onAbort);
		signalGroup(holder, "SIGKILL");
		await exited;
	};
	let closing;
	const close = () => {
		closing ??= (async () => {
			await stop();
			await rm(folder, {
				recursive: true,
				force: true,
				maxRetries: 5,
				retryDelay: 100
			});
			await own.release();
			for (const lock of options.locks ?? []) await lock.release();
		})();
		return closing;
	};
	try {
		const ready = await Promise.race([new Promise((resolve) => holder.stdout.once("data", () => resolve(true))), exited.then(() => false)]);
		if (options.signal?.aborted) throw new CancelledError();
		if (!ready) throw new UserError({
			what: "the build session cannot be opened",
			where: folder,
			found: errors.trim() || "no reason given"
		});
		return sessionOf({
			id,
			folder,
			init: await firstProcess(holder.pid),
			stop,
			close,
			signal: options.signal
		});
	} catch (error) {
		await close();
		throw error;
	}
}
function sessionOf({ id, folder, init, stop, close, signal }) {
	const root = path.join(folder, "root");
	const namespaces = [
		`--target=${init}`,
		"--mount",
		"--root",
		"--wd",
		"--pid",
		"--ipc",
		"--uts"
	];
	const enter = (argv, options) => {
		const capabilities = CAPABILITIES[options.privileges ?? "build"].map((name) => `+${name}`).join(",");
		return [
			"nsenter",
			...namespaces,
			"--",
			...options.network ? [] : [
				"unshare",
				"--net",
				"--",
				"sh",
				"-c",
				LOOPBACK_UP,
				"sh"
			],
			...options.folder === void 0 ? [] : [
				"sh",
				"-c",
				"cd \"$1\" && shift && exec \"$@\"",
				"sh",
				options.folder
			],
			...[
				"setpriv",
				"--inh-caps=-all",
				`--bounding-set=-all,${capabilities}`,
				"--"
			],
			...argv
		];
	};
	const runInside = (argv, options = {}) => run(enter(argv, options), {
		...signal ? { signal } : {},
		...options,
		display: options.display ?? argv
	});
	const chroot = (argv, options = {}) => runInside([
		"chroot",
		root,
		...argv
	], {
		...options,
		display: options.display ?? argv,
		env: {
			HOME: "/root",
			TMPDIR: void 0,
			DEBIAN_FRONTEND: "noninteractive",
			...options.env
		}
	});
	return {
		id,
		root,
		outbox: path.join(folder, "outbox"),
		run: runInside,
		chroot,
		mount: (argv, options = {}) => run([
			"nsenter",
			...namespaces,
			"--",
			...argv
		], {
			...signal ? { signal } : {},
			...options,
			display: argv
		}),
		async writeFile(file, content, mode = "0644") {
			await chroot([
				"sh",
				"-c",
				"umask 022 && mkdir -p \"$(dirname \"$1\")\" && cat > \"$1\" && chmod \"$2\" \"$1\"",
				"sh",
				file,
				mode
			], {
				input: content,
				privileges: "setup"
			});
		},
		async endProcesses() {
			await runInside([
				"sh",
				"-c",
				"for turn in 1 2 3; do kill -KILL -1 2>/dev/null || true; done"
			]);
		},
		stop,
		close,
		[Symbol.asyncDispose]: close
	};
}
function lowerArgument(root) {
	const folders = "tree" in root ? [root.tree] : root.lower;
	for (const folder of folders) if (/[:,\\]/.test(folder)) throw new UserError({
		what: "a folder that overlayfs cannot mount",
		where: folder,
		expected: "a path without colon, comma or backslash",
		remedy: "choose another state folder"
	});
	return "tree" in root ? `bind:${root.tree}` : folders.join(":");
}
async function firstProcess(unshare) {
	const children = await readFile(`/proc/${unshare}/task/${unshare}/children`, "utf8");
	const init = Number(children.trim().split(" ")[0]);
	if (!Number.isInteger(init) || init <= 0) throw new Error(`no child of ${unshare} in ${JSON.stringify(children)}`);
	return init;
}
async function fillInbox(inbox, files) {
	for (const [name, places] of Object.entries(files)) {
		await mkdir(path.join(inbox, name), { mode: 493 });
		for (const place of places) {
			const copy = path.join(inbox, name, path.basename(place));
			await copyFile(place, copy, constants$1.COPYFILE_EXCL | constants$1.COPYFILE_FICLONE);
			await chmod(copy, 420);
		}
	}
}

// src/buildroot/mmdebstrap.ts
const BUILD_USER = {
	name: "sbuild",
	id: "951"
};
const APT_CONFIGURATION = `// Written by pkg-actions.
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Get::Assume-Yes "true";
APT::AutoRemove::SuggestsImportant "false";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "60";
Acquire::https::Timeout "60";
Dpkg::Options { "--force-confold"; "--force-unsafe-io"; };
Dpkg::Use-Pty "false";
`;
const POLICY_RC = "#!/bin/sh\nexit 101\n";
async function makeDebTree(options) {
	const { configuration, tree, logger, signal } = options;
	const { target, architecture } = configuration;
	const { archive } = splitSources(target);
	const sources = await sourceLines(configuration);
	const keyrings = new Set([target.keyring, ...archive.map((source) => source.keyring)].filter((file) => file !== void 0));
	const later = configuration.repositories.length > 0;
	const argv = [
		"mmdebstrap",
		...[
			"--mode=root",
			"--format=directory",
			"--variant=buildd",
			`--architectures=${architecture}`
		],
		"--skip=cleanup/apt/lists",
		`--include=${["fakeroot", ...later ? [] : included(configuration)].join(",")}`,
		`--components=${target.components.join(",")}`,
		...["--aptopt=Acquire::Retries \"3\"", "--aptopt=Acquire::Languages \"none\""],
		...[...keyrings].map((keyring) => `--keyring=${keyring}`),
		archive[0]?.suites[0] ?? target.suite,
		tree,
		...sources
	];
	await run([
		"unshare",
		"--mount",
		"--pid",
		"--fork",
		"--kill-child",
		"--mount-proc",
		...argv
	], {
		display: argv,
		timeoutSeconds: 3600,
		onLine: (line) => report(line, logger),
		...signal ? { signal } : {}
	});
	await finish(options);
	return describe(tree, options);
}
const included = ({ target, include }) => [...target.include, ...include];
async function finish({ state, configuration, tree, runId, logger, signal }) {
	await using session = await openSession({
		state,
		root: { tree },
		scratch: "disk",
		runId,
		binds: await localBinds(configuration.repositories.map(({ source }) => source)),
		...signal ? { signal } : {}
	});
	const setup = {
		network: true,
		privileges: "setup"
	};
	const progress = { onLine: (line) => report(line, logger) };
	await session.chroot([
		"groupadd",
		"--gid",
		BUILD_USER.id,
		BUILD_USER.name
	], setup);
	await session.chroot([
		"useradd",
		"--uid",
		BUILD_USER.id,
		"--gid",
		BUILD_USER.id,
		"--home-dir",
		"/nonexistent",
		"--no-create-home",
		"--shell",
		"/bin/sh",
		BUILD_USER.name
	], setup);
	await session.chroot([
		"mkdir",
		"-p",
		"/build",
		"/run/pkg-actions"
	], setup);
	await session.writeFile("/usr/sbin/policy-rc.d", POLICY_RC, "0755");
	await session.writeFile("/etc/apt/apt.conf.d/90pkg-actions", APT_CONFIGURATION);
	await writeRepositories(session.writeFile, configuration.repositories, configuration.pins, "buildroot");
	if (configuration.repositories.length > 0) {
		await session.chroot([
			"apt-get",
			"update",
			"-q",
			"--error-on=any"
		], {
			...setup,
			...progress,
			timeoutSeconds: 1800
		});
		const packages = included(configuration);
		if (packages.length > 0) await session.chroot([
			"apt-get",
			"install",
			"-q",
			...packages
		], {
			...setup,
			...progress,
			timeoutSeconds: 1800
		});
		await session.chroot([
			"apt-get",
			"dist-upgrade",
			"-q"
		], {
			...setup,
			...progress,
			timeoutSeconds: 1800
		});
	}
	await session.chroot(["apt-get", "clean"], setup);
}
async function writeRepositories(write, repositories, pins, label) {
	const stanzas = [];
	for (const [index, { source, key }] of repositories.entries()) {
		const keyring = key === void 0 ? void 0 : `/etc/apt/keyrings/${label}-${index}.asc`;
		if (keyring !== void 0) await write(keyring, `${key}\n`);
		const local = localFolder(source);
		stanzas.push(formatDeb822Source(local === void 0 ? source : {
			...source,
			uri: `file:${sessionUri(source.uri)}`
		}, keyring));
	}
	if (stanzas.length > 0) await write(`/etc/apt/sources.list.d/${label}.sources`, stanzas.join("\n"));
	if (pins.length > 0) await write(`/etc/apt/preferences.d/${label}`, pins.map(formatAptPin).join("\n"));
}
async function sourceLines({ target, mirror }) {
	const { archive } = splitSources(target);
	const own = mirror ?? archive[0]?.mirror;
	if (own === void 0) return sourcesFromHost(await hostSources(), target.distribution, archive) ?? [];
	return archive.flatMap((source) => source.suites.filter((suite) => mirror === void 0 || !suite.endsWith("-security") || target.distribution !== "debian").map((suite) => `deb ${mirror ?? source.mirror ?? own} ${suite} ${source.components.join(" ")}`));
}
async function describe(tree, { state, configuration, runId, signal }) {
	await using session = await openSession({
		state,
		root: { tree },
		scratch: "disk",
		runId,
		binds: await localBinds(configuration.repositories.map(({ source }) => source)),
		...signal ? { signal } : {}
	});
	const packages = await installedPackages(session);
	const releases = await describeReleases(session, configuration.repositories);
	const size = await run([
		"du",
		"--summarize",
		"--block-size=1",
		"--one-file-system",
		"--",
		tree
	]);
	const mmdebstrap = await run(["mmdebstrap", "--version"]);
	return {
		releases,
		packages,
		bytes: Number(size.stdout.split("	")[0]),
		tools: { mmdebstrap: mmdebstrap.stdout.trim().replace(/^mmdebstrap /, "") }
	};
}
function report(line, logger) {
	const text = line.trim();
	if (/^[WE]:/.test(text)) logger.warning(text);
	else if (text !== "") logger.tool(text);
}
function failureLine(error) {
	const lines = `${error.failure.stdout}\n${error.failure.stderr}`.split("\n").map((line) => line.trim());
	return [
		/NO_PUBKEY|not signed|signatures? couldn't be verified|signatures were invalid/,
		/^E: Failed to fetch/,
		/^E: (?!mmdebstrap failed|apt-get (update|.*failed$)|Some index files failed)/,
		/^E: /
	].map((reason) => lines.find((line) => reason.test(line))).find((line) => line !== void 0);
}

// src/buildroot/update.ts
async function updateBuildroot(options) {
	const { state, configuration, logger, signal } = options;
	const name = options.name ?? buildrootName(configuration.target, configuration.architecture);
	const folder = buildrootFolder(state, name);
	const started = performance.now();
	await using _lock = await lockBuildroot(folder, options.lockSeconds ?? 3600, logger, signal);
	const current = await currentGeneration(folder);
	const reason = options.force ? "asked for" : await reasonToUpdate(current, configuration, signal);
	const seconds = () => (performance.now() - started) / 1e3;
	if (current !== void 0 && reason === void 0) {
		await markChecked(folder);
		return {
			name,
			generation: current,
			outcome: "unchanged",
			reason: "nothing changed upstream",
			removed: await removeUnused(folder),
			seconds: seconds()
		};
	}
	const staging = await stageGeneration(folder);
	try {
		const made = await makeDebTree({
			state,
			configuration,
			tree: path.join(staging, "tree"),
			runId: options.runId,
			logger,
			...signal ? { signal } : {}
		});
		const record = {
			schema: "pkg-actions/generation/1",
			name,
			createdAt: (/* @__PURE__ */ new Date()).toISOString(),
			configurationDigest: configurationDigest(configuration),
			configuration: { ...configuration },
			releases: made.releases,
			packages: made.packages,
			bytes: made.bytes,
			tools: made.tools
		};
		const generation = await installGeneration(folder, staging, generationId(record), record);
		const removed = await removeUnused(folder);
		return {
			name,
			generation,
			outcome: current === void 0 ? "created" : "updated",
			reason: reason ?? "asked for",
			removed,
			seconds: seconds()
		};
	} catch (error) {
		await removeTree(staging);
		throw explain(error, configuration);
	}
}
async function holdBuildroot(options) {
	const name = options.name ?? buildrootName(options.configuration.target, options.configuration.architecture);
	const folder = buildrootFolder(options.state, name);
	const current = await currentGeneration(folder);
	const digest = configurationDigest(options.configuration);
	const changed = current !== void 0 && options.name === void 0 && current.record.configurationDigest !== digest;
	if (current === void 0 || changed || await ageSeconds(folder) > options.maxAgeSeconds) {
		const configuration = current !== void 0 && options.name !== void 0 ? current.record.configuration : options.configuration;
		try {
			await options.logger.group(`Buildroot ${name}`, async () => {
				const { outcome, generation, reason } = await updateBuildroot({
					...options,
					configuration,
					name
				});
				options.logger.info(`${outcome}: generation ${generation.id} (${reason})`);
			});
		} catch (error) {
			if (current === void 0 || changed || options.signal?.aborted) throw error;
			options.logger.warning(`the buildroot ${name} could not be brought up to date, its last generation is used: ${error.message}`);
		}
	}
	const held = await holdCurrent(folder, options.signal);
	if (held === void 0) throw new Error(`the buildroot ${name} has no generation`);
	return {
		name,
		...held
	};
}
async function ageSeconds(folder) {
	const checked = await stat(path.join(folder, "checked")).catch(() => void 0);
	return checked === void 0 ? Number.POSITIVE_INFINITY : (Date.now() - checked.mtimeMs) / 1e3;
}
async function reasonToUpdate(current, configuration, signal) {
	if (current === void 0) return "there was none";
	if (current.record.configurationDigest !== configurationDigest(configuration)) return "its configuration changed";
	const { releases } = current.record;
	if (releases.length === 0) return "its archive cannot be compared";
	try {
		const changed = await changedReleases(releases, signal);
		return changed.length === 0 ? void 0 : `${changed.join(", ")} changed upstream`;
	} catch (error) {
		if (signal?.aborted || !(error instanceof CommandError)) throw error;
		throw explain(error, configuration);
	}
}
function generationId(record) {
	const identity = [
		record.configurationDigest,
		...record.releases.map((entry) => `${entry.uri} ${entry.file ?? entry.release} ${entry.sha256}`),
		...record.packages
	];
	return createHash("sha256").update(identity.join("\n")).digest("hex").slice(0, 16);
}
function explain(error, { target, architecture }) {
	if (!(error instanceof CommandError) || error.failure.end !== "exit") return error;
	const line = failureLine(error);
	if (line === void 0) return error;
	const remedy = /NO_PUBKEY|signed|signature/.test(line) ? `install the archive's keyring, or name it: keyring in the target ${target.name}` : /404|does not have a Release file/.test(line) ? "check the mirror and the suite" : void 0;
	return new UserError({
		what: `the buildroot of ${target.name} for ${architecture} cannot be made`,
		found: line,
		...remedy ? { remedy } : {}
	}, { cause: error });
}

// src/buildroot/release-sources.ts
async function releaseSources(packaging, target, fetchKey) {
	const repositories = [];
	const pins = [];
	for (const source of sourcesOf(packaging, target)) {
		const key = await keyOf(source, target, fetchKey);
		for (const suite of source.suites) repositories.push({
			source: aptSource(source, suite),
			key
		});
		if (source.priority !== void 0 && source.pin !== void 0) pins.push({
			packages: source.pinPackages.join(" "),
			pin: source.pin,
			priority: source.priority
		});
	}
	return {
		repositories,
		pins
	};
}
function aptSource(source, suite) {
	return {
		type: "deb",
		uri: source.uri,
		suite,
		components: source.components,
		architectures: source.architectures,
		signedBy: [],
		trusted: source.trusted
	};
}
async function keyOf(source, target, fetchKey) {
	if (source.key === void 0) {
		if (source.trusted) return void 0;
		if (target.keyring === void 0) throw new UserError({
			what: "no key for a repository",
			where: `packaging.yml sources ${source.name}`,
			expected: "key, or trusted: true"
		});
		return readKey(target.keyring);
	}
	return readKey("path" in source.key ? source.key.path : await fetchKey(source.key));
}

// src/buildroot/scratch.ts
const GIB = 1024 ** 3;
const LEAST_TMPFS = GIB;
const MEMORY_PER_BUILD = 2 * GIB;
async function scratchSize({ requested, parallel }) {
	if (requested === 0) return "disk";
	if (requested !== "auto") return requested;
	const share = Math.floor(await availableMemory() * .75 / Math.max(1, parallel));
	return share >= LEAST_TMPFS ? share : "disk";
}
async function availableMemory() {
	const text = await readFile("/proc/meminfo", "utf8").catch(() => "");
	const machine = Number(/^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
	const limit = Number((await readFile("/sys/fs/cgroup/memory.max", "utf8").catch(() => "max")).trim());
	const used = Number((await readFile("/sys/fs/cgroup/memory.current", "utf8").catch(() => "0")).trim());
	return Number.isFinite(limit) && limit > 0 ? Math.min(machine, Math.max(0, limit - used)) : machine;
}
async function parallelBuilds(configured, requested) {
	if (requested !== void 0) return requested;
	if (configured !== "auto") return configured;
	const byMemory = Math.floor(await availableMemory() / MEMORY_PER_BUILD);
	return Math.max(1, Math.min(os.availableParallelism(), byMemory));
}

export { INBOX, buildrootFolder, buildrootName, configurationDigest, currentGeneration, debBuildroot, defaultStateFolder, failureLine, holdBuildroot, hostArchitecture, installedPackages, localBinds, openSession, parallelBuilds, prepareState, readRepositories, releaseSources, repositoryUris, scratchSize, updateBuildroot, writeRepositories };
