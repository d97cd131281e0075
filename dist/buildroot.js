import { CancelledError, CommandError, MissingToolError, UserError, didYouMean, messageOf, oneLine, quote, run, signalGroup, start, which } from "./frame.js";
import { _enum, array, boolean, datetime, int, literal as literal$1, number, object, record, strictObject, string, union, unknown } from "./zod.js";
import { hideCredentials, parseLocation, takeLock, tryLock } from "./shared.js";
import { formatAptPin, formatDeb822Source, localFolder, parseAptPin, parseAptSource } from "./deb.js";
import { XmlReader, fetchFile, fetchOptions, isSnapshotId, withAttempts } from "./repository.js";
import { baseArchitecture, debArchitecture, expandedSources, rpmArchitecture } from "./rpm.js";
import { sourcesOf } from "./config.js";
import path from "node:path";
import { constants, createReadStream } from "node:fs";
import { chmod, constants as constants$1, copyFile, lstat, mkdir, mkdtemp, open, readFile, readdir, readlink, realpath, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { createHash, randomBytes } from "node:crypto";
import os from "node:os";
import { fileURLToPath } from "node:url";

// src/buildroot/generation.ts
const sha256 = string().regex(/^[0-9a-f]{64}$/);
const generationSchema = strictObject({
	schema: literal$1("pkg-actions/generation/1"),
	name: string(),
	createdAt: datetime(),
	configurationDigest: sha256,
	configuration: record(string(), unknown()),
	releases: array(strictObject({
		uri: string(),
		release: string(),
		file: string().optional(),
		kind: _enum([
			"baseurl",
			"mirrorlist",
			"metalink"
		]).optional(),
		revision: string().optional(),
		sha256,
		date: string().optional()
	})),
	packages: array(string()),
	places: array(string()).optional(),
	bytes: int().nonnegative(),
	tools: record(string(), string())
});
const localSources = object({ repositories: array(object({ source: object({
	uri: string(),
	suite: string().optional()
}) })).default([]) });
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
	if (process.getuid?.() !== 0) throw new UserError({
		what: "buildroots and build sessions on the host need root",
		found: `uid ${process.getuid?.()}`,
		remedy: "run as root, or with sudo"
	});
	const state = path.resolve(folder ?? defaultStateFolder());
	try {
		for (const part of ["buildroots", "sessions"]) {
			await mkdir(path.join(state, part), { recursive: true });
			await chmod(path.join(state, part), 448);
		}
	} catch (error) {
		const { code } = error;
		throw new UserError({
			what: "the state folder cannot be made",
			where: state,
			found: code ?? "an error",
			expected: "a folder that root can write, the input state"
		}, { cause: error });
	}
	await removeDeadSessions(state);
	return state;
}

// src/buildroot/configuration.ts
const RECIPE$1 = 2;
function isRpmBuildroot(configuration) {
	return configuration.target.format === "rpm";
}
async function debBuildroot(request) {
	const { target } = request;
	if (target.format !== "deb") throw new UserError({
		what: `the target ${target.name} is for ${target.format} packages`,
		where: "target",
		expected: "a deb target"
	});
	const architecture = debArchitecture(request.architecture ?? await hostArchitecture());
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
		recipe: RECIPE$1,
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

// src/buildroot/mock/repositories.ts
const NAME = /^(?!main$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const WEB = /^https?:\/\/[A-Za-z0-9.[\]:-]+(?:\/[A-Za-z0-9!$%&()*+./:=?@_~-]*)?$/;
const FOLDER = /^(?:file:(?:\/\/(?=\/))?)?(\/(?!\/)[A-Za-z0-9@%+=:._~/-]*)$/;
const FORM = "NAME URL [priority=N] [key=FILE] [trusted=yes]";
function repositoryFolder({ baseurl }) {
	return /^file:(?:\/\/(?=\/))?(\/.*)$/.exec(baseurl)?.[1];
}
function rpmRepository(parts, where) {
	const { name, url, priority, keys, trusted } = parts;
	const bad = (what, found, expected, remedy) => new UserError({
		what,
		where,
		found: quote(found),
		expected,
		...remedy ? { remedy } : {}
	});
	if (!NAME.test(name)) throw bad("not a name of a repository", name, "letters, digits and ._-, and not main");
	if (/^https?:\/\/[^/]*@/.test(url)) throw new UserError({
		what: "credentials in the address of a repository",
		where,
		expected: "an address without them",
		remedy: "a build could read them: serve the repository to build hosts without, or by a proxy that knows them"
	});
	const folder = FOLDER.exec(url)?.[1];
	if (folder === void 0 && !WEB.test(url) || url.split("/").includes("..")) throw bad("not an address of a repository", url, "http://, https://, file:/// or an absolute path, no ..");
	if (priority !== void 0 && !(Number.isInteger(priority) && priority >= 1 && priority <= 99)) throw bad("not a priority of a repository", String(priority), "a whole number from 1 to 99");
	if (trusted && folder === void 0) throw bad("a repository over the network must be signed", url, "a key");
	if (!trusted && keys.length === 0) {
		const remedy = folder === void 0 ? void 0 : "a folder of this machine without signatures needs trusted=yes";
		throw bad("no key for a repository", `${name} ${url}`, "key=FILE, or a file of keys for all", remedy);
	}
	return {
		name,
		baseurl: (folder === void 0 ? url : `file:${path.posix.normalize(folder)}`).replace(/(?<=[^:/])\/+$/, ""),
		...priority === void 0 ? {} : { priority },
		keys,
		trusted
	};
}
async function readRpmRepositories(lines, keyFiles, where) {
	const common = await Promise.all(keyFiles.map(readKey));
	const repositories = [];
	for (const line of lines) {
		const [name = "", url = "", ...options] = line.trim().split(/[ \t]+/);
		const own = [];
		let priority;
		let trusted = false;
		for (const option of options) {
			const [, key, value = ""] = /^(priority|key|trusted)=(.+)$/.exec(option) ?? [];
			if (key === "key") own.push(await readKey(path.resolve(value)));
			else if (key === "priority" && /^\d{1,4}$/.test(value)) priority = Number(value);
			else if (key === "trusted" && /^(?:yes|no)$/.test(value)) trusted = value === "yes";
			else throw new UserError({
				what: "not an option of a repository",
				where,
				found: quote(option),
				expected: FORM
			});
		}
		if (url === "") throw new UserError({
			what: "not a repository",
			where,
			found: quote(line),
			expected: FORM
		});
		const keys = trusted ? [] : own.length > 0 ? own : common;
		repositories.push(rpmRepository({
			name,
			url,
			priority,
			keys,
			trusted
		}, where));
	}
	const double = repositories.find(({ name }, index) => repositories.findIndex((one) => one.name === name) < index);
	if (double) throw new UserError({
		what: "two repositories of one name",
		where,
		found: quote(double.name)
	});
	return repositories;
}

// src/buildroot/mock/configuration.ts
const RECIPE = 1;
const MOCK_CONFIGURATIONS = "/etc/mock";
async function rpmBuildroot(request) {
	const { target, folder = MOCK_CONFIGURATIONS } = request;
	if (target.format !== "rpm" || target.mock === void 0) throw new UserError({
		what: `the target ${target.name} is for ${target.format} packages`,
		where: "target",
		expected: "an rpm target"
	});
	const architecture = rpmArchitecture(request.architecture ?? os.machine());
	if (!target.architectures.map(rpmArchitecture).includes(architecture)) throw new UserError({
		what: `the target ${target.name} has no such architecture`,
		where: "architecture",
		found: quote(request.architecture ?? architecture),
		expected: target.architectures.join(", ")
	});
	const include = [...target.include, ...request.include ?? []];
	for (const name of include) if (!/^@?[A-Za-z0-9][A-Za-z0-9+._-]*$/.test(name)) throw new UserError({
		what: "not a package name",
		where: "include",
		found: quote(name)
	});
	return {
		recipe: RECIPE,
		target,
		architecture,
		mock: await readMock(target, architecture, folder),
		repositories: await readRpmRepositories(request.repositories ?? [], request.keys ?? [], "repositories"),
		include: [...new Set(include)].sort()
	};
}
async function readMock(target, architecture, folder) {
	const files = /* @__PURE__ */ new Map();
	const sorted = () => Object.fromEntries([...files].sort(([a], [b]) => a < b ? -1 : 1));
	for (const file of ["site-defaults.cfg", "chroot-aliases.cfg"]) await digestFile(path.join(folder, file), folder, files);
	if (target.mock === void 0 || "text" in target.mock) {
		const text = target.mock?.text ?? "";
		await digestIncluded(text, folder, files);
		return {
			text,
			folder,
			files: sorted()
		};
	}
	const config = target.mock.config.replaceAll("{architecture}", architecture);
	if (await digestFile(path.join(folder, `${config}.cfg`), folder, files)) return {
		config,
		folder,
		files: sorted()
	};
	const known = (await readdir(folder, { recursive: true }).catch(() => [])).filter((name) => name.endsWith(".cfg")).map((name) => name.slice(0, -4));
	const remedy = known.length === 0 ? "install mock-core-configs, or give the target a text of its own" : didYouMean(config, known);
	throw new UserError({
		what: "mock has no such configuration",
		where: `target ${target.name}: mock.config`,
		found: quote(config),
		expected: `a file ${config}.cfg in ${folder}`,
		...remedy === void 0 ? {} : { remedy }
	});
}
async function digestFile(file, folder, files) {
	const text = await readFile(file, "utf8").catch(() => void 0);
	if (text === void 0) return false;
	if (files.has(file)) return true;
	files.set(file, createHash("sha256").update(text).digest("hex"));
	await digestIncluded(text, folder, files);
	return true;
}
async function digestIncluded(text, folder, files) {
	for (const [, name = ""] of text.matchAll(/^[ \t]*include\([ \t]*['"]([^'"]+)['"][ \t]*\)/gm)) await digestFile(path.resolve(folder, name), folder, files);
}

// src/buildroot/shown-folder.ts
async function resolveFolder(folder) {
	const found = await realpath(folder).catch((error) => {
		throw new UserError({
			what: "the folder of a repository cannot be read",
			where: folder,
			found: error.code ?? "an error"
		});
	});
	if (found === "/") throw new UserError({
		what: "the root of this machine as a repository",
		where: folder,
		expected: "a folder that holds a repository and nothing else: all of it is shown to builds"
	});
	return found;
}
async function repositoryEntries(folder) {
	const own = [];
	let pool;
	for (const entry of await readdir(folder, { withFileTypes: true })) {
		const { name } = entry;
		if (!entry.isSymbolicLink()) {
			own.push({
				name,
				isFolder: entry.isDirectory()
			});
			continue;
		}
		const target = await realpath(path.join(folder, name)).catch(() => void 0);
		if (target === void 0 || target.startsWith(`${folder}/`)) continue;
		if (name === "pool" && target === sharedPool(folder)) pool = target;
		else throw new UserError({
			what: "a link that leads out of a repository",
			where: path.join(folder, name),
			found: quote(target),
			expected: "links within the folder, or the pool of a published repository",
			remedy: "copy what it leads to, or name that folder itself"
		});
	}
	return {
		own,
		...pool === void 0 ? {} : { pool }
	};
}
function sharedPool(folder) {
	const parts = folder.split("/");
	const at = parts.findLastIndex((part, index) => part === "snapshots" && isSnapshotId(parts[index + 1] ?? ""));
	return at === -1 ? void 0 : [...parts.slice(0, at), "pool"].join("/");
}

// src/buildroot/local-repository.ts
const FLAT_INDEX = /^(?:InRelease|Release|(?:Packages|Sources)(?:\.[a-z0-9]+)?)$/;
async function localBinds(sources) {
	const binds = [];
	const seen = /* @__PURE__ */ new Set();
	for (const source of sources) {
		const named = localFolder(source);
		if (named === void 0 || seen.has(source.uri)) continue;
		seen.add(source.uri);
		const destination = sessionUri(source.uri);
		const folder = await resolveFolder(named);
		const { own, pool } = await repositoryEntries(folder).catch((error) => {
			if (error.code !== "ENOTDIR" && error.code !== "EACCES") throw error;
			throw new UserError({
				what: "the folder of a repository cannot be read",
				where: named,
				found: error.code
			});
		});
		const folders = own.filter(({ isFolder }) => isFolder);
		if (folders.some(({ name }) => name === "dists")) {
			for (const { name } of folders) binds.push({
				source: path.join(folder, name),
				destination: `${destination}/${name}`
			});
			if (pool !== void 0) binds.push({
				source: pool,
				destination: `${destination}/pool`
			});
			continue;
		}
		if (!await isFlat(folder, source.suite)) throw new UserError({
			what: "the folder of a repository holds none",
			where: named,
			expected: "dists, or Packages or Release where the packages lie",
			remedy: "name the folder that has them: all of it is shown to builds, and nothing else"
		});
		binds.push({
			source: folder,
			destination
		});
	}
	return binds;
}
async function isFlat(folder, suite = "./") {
	for (const place of /* @__PURE__ */ new Set([folder, path.join(folder, suite)])) if ((`${path.normalize(place)}/`.startsWith(`${folder}/`) ? await readdir(place, { withFileTypes: true }).catch(() => []) : []).some((entry) => entry.isFile() && FLAT_INDEX.test(entry.name))) return true;
	return false;
}
function sessionUri(uri) {
	return `/run/pkg-actions/repositories/${createHash("sha256").update(uri).digest("hex").slice(0, 16)}`;
}

// src/buildroot/keyring.ts
const KEYCTL = {
	arm: 311,
	arm64: 219,
	ia32: 288,
	loong64: 219,
	ppc64: 271,
	riscv64: 219,
	s390x: 280,
	x64: 250
};
const JOIN_SESSION_KEYRING = 1;
const PERL = "my ($call, $join) = (0 + shift, 0 + shift); syscall($call, $join, 0); exec { $ARGV[0] } @ARGV; exit 127";
const PYTHON = "import ctypes, os, sys; ctypes.CDLL(None).syscall(int(sys.argv[1]), int(sys.argv[2]), None); os.execvp(sys.argv[3], sys.argv[3:])";
function withEmptyKeyring(argv) {
	const call = KEYCTL[process.arch];
	const [tool, ...more] = argv;
	const file = which(tool);
	if (call === void 0 || file === void 0) return argv;
	const words = [
		String(call),
		String(JOIN_SESSION_KEYRING),
		file,
		...more
	];
	if (which("perl") !== void 0) return [
		"perl",
		"-e",
		PERL,
		"--",
		...words
	];
	if (which("python3") !== void 0) return [
		"python3",
		"-I",
		"-S",
		"-c",
		PYTHON,
		...words
	];
	return argv;
}

// src/buildroot/session-script.ts
const TOP$1 = `
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
for part in acpi asound bus driver dynamic_debug fs irq mtrr pressure scsi sys sysrq-trigger tty; do
  [ ! -e "$top/proc/$part" ] || show "$top/proc/$part" "$top/proc/$part"
done
# And these tell of the machine what no build needs: its memory, its keys, what the kernel says.
for part in kcore keys kmsg latency_stats sched_debug timer_list; do
  [ ! -e "$top/proc/$part" ] || mount -o bind,ro,nosuid,noexec /dev/null "$top/proc/$part" || fail "cannot cover /proc/$part"
done
`;
const DEVICES = `
# The devices, the same for top and root. Read-only: written to they can be all the same, but have the machine's modes.
mount -t tmpfs -o mode=0755,nosuid,nodev,size=1m session-dev "$top/dev" || fail 'cannot mount /dev'
for node in null zero full random urandom tty; do
  : > "$top/dev/$node"
  mount -o bind,ro,nosuid,noexec "/dev/$node" "$top/dev/$node" || fail "cannot mount /dev/$node"
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
`;
const MOUNT_ROOT = `
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
`;
const FURNISH = `
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
`;
const LEAVE = `
cd "$top"
pivot_root . old || fail 'cannot leave the root of the host'
umount -l /old || fail 'cannot unmount the root of the host'
rmdir /old
# Where we were in a chroot, what lies above it is still there, and leaving the root leads to it.
: > /run/session-top
nsenter --mount=/proc/self/ns/mnt -- test -e /run/session-top ||
  fail 'this runs in a chroot, out of which a build could get: run it on the machine itself, or in a container'
`;
const WAIT = `
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
const SESSION_SCRIPT = `${TOP$1}${DEVICES}
root=$top$folder/root
${MOUNT_ROOT}${FURNISH}${LEAVE}${WAIT}`;

// src/buildroot/mock/session-script.ts
const MOCK_USER = {
	name: "mockbuild",
	group: "mock",
	id: 951
};
const BASEDIR = "/var/lib/mock";
const ROOT_NAME = "buildroot";
const USER_NAMESPACE = "/namespaces/user";
const MOCK_TOP = `
mkdir -p "$top/etc/pki/mock" "$top/etc/pki/tls" "$top/etc/ssl" "$top/etc/rpm" "$top/sys" "$top/var/cache/mock" \\
  "$top${BASEDIR}" "$top/run/pkg-actions/inbox" "$top/namespaces"
mount -t tmpfs -o mode=0755,nosuid,nodev,noexec,size=64m session-scratch "$top/var/cache/mock" ||
  fail 'cannot mount /var/cache/mock'
# Of the host's settings what mock, dnf and rpm need: neither private keys nor repositories nor credentials.
for part in ca-certificates crypto-policies dnf/plugins pki/ca-trust pki/rpm-gpg pki/tls/certs ssl/certs yum/pluginconf.d; do
  if [ -d "/etc/$part" ]; then
    mkdir -p "$top/etc/$part"
    show "/etc/$part" "$top/etc/$part"
  fi
done
cp -L login.defs mime.types machine-id "$top/etc/" 2>/dev/null || true
cp -L ssl/openssl.cnf "$top/etc/ssl/" 2>/dev/null || true
cp -P pki/tls/cert.pem "$top/etc/pki/tls/" 2>/dev/null || true
cp -L pki/tls/openssl.cnf "$top/etc/pki/tls/" 2>/dev/null || true
cp -L pki/mock/RPM-GPG-KEY-* "$top/etc/pki/mock/" 2>/dev/null || true
cp -L rpm/macros* "$top/etc/rpm/" 2>/dev/null || true
# Debian's rpm looks for the database of packages elsewhere than every distribution built from rpm packages. mock asks it
# of the host too: an empty one answers, none is an error in every log.
if [ -e debian_version ]; then
  echo '%_dbpath /var/lib/rpm' > "$top/etc/rpm/macros.pkg-actions"
  rpmdb --dbpath "$top/var/lib/rpm" --initdb 2>/dev/null || true
fi
cp /etc/resolv.conf "$top/etc/resolv.conf" 2>/dev/null || true
echo 'hosts: files dns' >> "$top/etc/nsswitch.conf"
# The host needs no user for mock.
for list in passwd group; do
  sed -i -e '/^${MOCK_USER.name}:/d' -e '/^${MOCK_USER.group}:/d' -e '/^[^:]*:[^:]*:${MOCK_USER.id}:/d' "$top/etc/$list"
done
echo '${MOCK_USER.name}:x:${MOCK_USER.id}:${MOCK_USER.id}::/nonexistent:/usr/sbin/nologin' >> "$top/etc/passwd"
echo '${MOCK_USER.group}:x:${MOCK_USER.id}:' >> "$top/etc/group"
chown ${MOCK_USER.id}:${MOCK_USER.id} "$folder/outbox"
while [ $# -ge 2 ]; do
  if [ -d "$1" ]; then
    mkdir -p "$top$2"
  else
    mkdir -p "$top$(dirname "$2")"
    : > "$top$2"
  fi
  show "$1" "$top$2"
  shift 2
done
# What the session was given for /etc: the configuration, keys.
cp -R "$folder/etc/." "$top/etc/"
show "$folder/inbox" "$top/run/pkg-actions/inbox"
mount -t sysfs -o ro,nosuid,noexec,nodev sysfs "$top/sys" 2>/dev/null || true
`;
const MOCK_ROOT = `
# Where a configuration bootstraps, its package manager runs in a second root.
for name in ${ROOT_NAME} ${ROOT_NAME}-bootstrap; do
  [ -d "$root/$name" ] || continue
  chroot=$root/$name/root
  # The host is still there: a tree that was written by scripts of packages must not lead to it.
  for part in "$root/$name" "$chroot" "$chroot/dev" "$chroot/proc" "$chroot/sys"; do
    [ ! -L "$part" ] || fail "$part is a link"
  done
  mkdir -p "$chroot/dev" "$chroot/proc" "$chroot/sys"
  # mock finds these mounted and leaves them alone.
  mount --rbind "$top/proc" "$chroot/proc" || fail 'cannot mount /proc'
  mount --rbind "$top/sys" "$chroot/sys" || fail 'cannot mount /sys'
  # Packages own /dev and set its mode, so it is not the top's.
  mount -t tmpfs -o mode=0755,nosuid,nodev,size=1m session-dev "$chroot/dev" || fail 'cannot mount /dev'
  for node in null zero full random urandom tty; do
    : > "$chroot/dev/$node"
    mount --bind "$top/dev/$node" "$chroot/dev/$node" || fail "cannot mount /dev/$node"
  done
  mkdir "$chroot/dev/pts" "$chroot/dev/shm"
  mount --bind "$top/dev/pts" "$chroot/dev/pts" || fail 'cannot mount /dev/pts'
  mount --bind "$top/dev/shm" "$chroot/dev/shm" || fail 'cannot mount /dev/shm'
  cp -P "$top/dev/ptmx" "$top/dev/fd" "$top/dev/stdin" "$top/dev/stdout" "$top/dev/stderr" "$chroot/dev/"
done
hostname localhost 2>/dev/null || true
`;
const MOCK_USER_NAMESPACE = `
: > ${USER_NAMESPACE}
mkfifo /run/made
unshare --user -- sh -c 'echo made; exec sleep 60' > /run/made &
read -r made < /run/made || fail 'cannot make a user namespace: see user.max_user_namespaces in sysctl'
for map in uid_map gid_map; do
  while read -r first _ count; do printf '%s %s %s\\n' "$first" "$first" "$count"; done < /proc/self/$map > /run/$map
  # In one write(2), or the kernel refuses it.
  cat /run/$map > /proc/$!/$map || fail "cannot write $map"
done
# In a cgroup namespace of its own one could mount the machine's cgroups. mock makes none of these. /proc/sys itself is
# read-only, and what is written is written for the namespace of who writes.
mkdir /run/limits
mount -t proc -o nosuid,noexec,nodev proc /run/limits || fail 'cannot mount /proc'
nsenter --user=/proc/$!/ns/user -- sh -ec '
  for kind in cgroup time user; do
    [ ! -e /run/limits/sys/user/max_"$kind"_namespaces ] || echo 0 > /run/limits/sys/user/max_"$kind"_namespaces
  done' || fail 'cannot limit a user namespace'
umount /run/limits
rmdir /run/limits
mount --bind /proc/$!/ns/user ${USER_NAMESPACE} || fail 'cannot keep a user namespace'
kill $!
wait $! 2>/dev/null || true
rm /run/made /run/uid_map /run/gid_map
`;
const MOCK_SESSION_SCRIPT = `${TOP$1}${DEVICES}${MOCK_TOP}
root=$top${BASEDIR}
${MOUNT_ROOT}${MOCK_ROOT}${LEAVE}${MOCK_USER_NAMESPACE}${WAIT}`;

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
	],
	mock: [
		"chown",
		"dac_override",
		"fowner",
		"fsetid",
		"kill",
		"setfcap",
		"setgid",
		"setuid",
		"sys_admin",
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
		"inbox",
		...options.mock ? ["etc"] : []
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
		await writeTexts(path.join(folder, "etc"), options.mock?.etc ?? {});
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
			options.mock ? MOCK_SESSION_SCRIPT : SESSION_SCRIPT,
			"session"
		],
		...[
			folder,
			lower,
			String(options.scratch)
		],
		...options.mock ? [] : [path.join(folder, "inbox"), INBOX],
		...(options.binds ?? []).flatMap(({ source, destination }) => [source, destination])
	];
	const holder = start(withEmptyKeyring(argv));
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
			isMock: options.mock !== void 0,
			stop,
			close,
			signal: options.signal
		});
	} catch (error) {
		await close();
		throw error;
	}
}
function sessionOf({ id, folder, init, isMock, stop, close, signal }) {
	const root = isMock ? path.join(BASEDIR, ROOT_NAME, "root") : path.join(folder, "root");
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
			...isMock ? [
				"nsenter",
				`--user=${USER_NAMESPACE}`,
				"--",
				"unshare",
				"--mount",
				"--"
			] : [],
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
				`--bounding-set=-all,${capabilities}`
			],
			...isMock ? ["--no-new-privs", "--"] : ["--"],
			...argv
		];
	};
	const runInside = (argv, options = {}) => run(withEmptyKeyring(enter(argv, options)), {
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
		mount: (argv, options = {}) => run(withEmptyKeyring([
			"nsenter",
			...namespaces,
			"--",
			...argv
		]), {
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
async function writeTexts(folder, texts) {
	for (const [name, text] of Object.entries(texts)) {
		const file = path.join(folder, name);
		await mkdir(path.dirname(file), {
			recursive: true,
			mode: 493
		});
		await writeFile(file, text, { mode: 420 });
	}
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

// src/buildroot/mock/places.ts
const INDEX = "repodata/repomd.xml";
async function placeBinds(place, destination) {
	const source = await resolveFolder(place);
	const whole = [{
		source,
		destination
	}];
	if (!(await stat(source)).isDirectory()) return whole;
	if ((await lstat(path.join(source, INDEX)).catch(() => void 0))?.isFile() !== true) throw new UserError({
		what: "the folder of a repository holds none",
		where: place,
		expected: `${INDEX} in it`,
		remedy: "run createrepo_c in it, or name the folder that has repodata: nothing else is shown to builds"
	});
	const { own, pool } = await repositoryEntries(source);
	if (pool === void 0) return whole;
	return [...own.map(({ name }) => ({
		source: path.join(source, name),
		destination: `${destination}/${name}`
	})), {
		source: pool,
		destination: `${destination}/pool`
	}];
}

// src/buildroot/mock/config-text.ts
const CONFIGURATION = "/etc/pkg-actions/buildroot.cfg";
const SETTINGS_VARIABLE = "PKG_ACTIONS_SETTINGS";
const SETTINGS = [
	"target_arch",
	"releasever",
	"dnf_vars",
	"use_bootstrap",
	"package_manager",
	"dnf.conf"
];
const PLUGINS_OFF = [
	"root_cache",
	"yum_cache",
	"ccache",
	"tmpfs",
	"lvm_root",
	"overlayfs",
	"bind_mount",
	"mount",
	"sign",
	"compress_logs"
];
function literal(text) {
	return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
function configurationText(buildroot, repositories = []) {
	const { mock, include } = buildroot;
	const all = [...buildroot.repositories, ...repositories];
	const set = (name, value) => `config_opts[${literal(name)}] = ${value}`;
	return [
		"text" in mock ? mock.text : `include('${MOCK_CONFIGURATIONS}/${mock.config}.cfg')`,
		"",
		"# From here on: set by pkg-actions.",
		set("root", literal(ROOT_NAME)),
		set("basedir", literal(BASEDIR)),
		set("rootdir", literal(`${BASEDIR}/${ROOT_NAME}/root`)),
		set("cache_topdir", literal("/var/cache/mock")),
		set("isolation", literal("simple")),
		set("internal_dev_setup", "False"),
		set("use_bootstrap_image", "False"),
		set("use_buildroot_image", "False"),
		set("dnf_warning", "False"),
		...PLUGINS_OFF.map((name) => `config_opts['plugin_conf'][${literal(`${name}_enable`)}] = False`),
		...include.length === 0 ? [] : [
			"pkg_actions_more = config_opts.get('chroot_additional_packages') or []",
			"pkg_actions_more = pkg_actions_more.split() if isinstance(pkg_actions_more, str) else list(pkg_actions_more)",
			set("chroot_additional_packages", `pkg_actions_more + [${include.map(literal).join(", ")}]`)
		],
		...all.length === 0 ? [] : [set("dnf.conf", `config_opts['dnf.conf'] + ${literal(`\n${all.map(repositoryText).join("\n")}`)}`)],
		`pkg_actions_file = __import__('os').environ.get(${literal(SETTINGS_VARIABLE)})`,
		"if pkg_actions_file:",
		"    config_opts['__jinja_expand'] = True",
		"    if not config_opts.get('repo_arch'):",
		"        config_opts['repo_arch'] = (config_opts.get('repo_arch_map') or {}).get(config_opts['target_arch'], config_opts['target_arch'])",
		"    pkg_actions_settings = {}",
		`    for pkg_actions_name in [${SETTINGS.map(literal).join(", ")}]:`,
		"        pkg_actions_settings[pkg_actions_name] = config_opts.get(pkg_actions_name)",
		"    with open(pkg_actions_file, 'w') as pkg_actions_stream:",
		"        __import__('json').dump(pkg_actions_settings, pkg_actions_stream, default=str)",
		"    config_opts['__jinja_expand'] = False",
		""
	].join("\n");
}
function repositoryText(repository) {
	const { name, baseurl, priority, trusted, keys, repoGpgcheck } = repository;
	const folder = repositoryFolder(repository);
	return [
		`[${name}]`,
		`name=${name}`,
		`baseurl=${folder === void 0 ? baseurl : `file://${sessionUri(folder)}`}`,
		"enabled=1",
		`gpgcheck=${trusted ? 0 : 1}`,
		...trusted ? ["repo_gpgcheck=0"] : repoGpgcheck ? ["repo_gpgcheck=1"] : [],
		...trusted ? [] : [`gpgkey=${keys.map((key) => `file:///etc/${keyPlace(key)}`).join(" ")}`],
		...priority === void 0 ? [] : [`priority=${priority}`],
		"skip_if_unavailable=0",
		"metadata_expire=0",
		"module_hotfixes=1",
		""
	].join("\n");
}
function keyPlace(key) {
	return `pki/mock/RPM-GPG-KEY-pkg-actions-${createHash("sha256").update(key).digest("hex").slice(0, 16)}`;
}
async function mockTop(buildroot, repositories, places = []) {
	const all = [...buildroot.repositories, ...repositories];
	const keys = all.flatMap((repository) => repository.keys);
	const folders = new Set(all.flatMap((repository) => repositoryFolder(repository) ?? []));
	const own = await configurationFolder(buildroot.mock.folder);
	const binds = await Promise.all([...places.map((place) => placeBinds(place, place)), ...[...folders].map((folder) => placeBinds(folder, sessionUri(folder)))]);
	return {
		etc: {
			...own.etc,
			...Object.fromEntries(keys.map((key) => [keyPlace(key), `${key}\n`])),
			[CONFIGURATION.slice(5)]: configurationText(buildroot, repositories)
		},
		binds: [...own.binds, ...binds.flat()]
	};
}
async function configurationFolder(folder) {
	if (await stat(path.join(folder, "logging.ini")).then((found) => found.isFile(), () => false)) return {
		etc: {},
		binds: [{
			source: folder,
			destination: MOCK_CONFIGURATIONS
		}]
	};
	const etc = { "mock/logging.ini": LOGGING };
	for (const name of await readdir(folder, { recursive: true }).catch(() => [])) if (/\.(?:cfg|tpl)$/.test(name)) etc[`mock/${name}`] = await readFile(path.join(folder, name), "utf8");
	return {
		etc,
		binds: []
	};
}
const LOGGING = `[formatters]
keys=detailed,unadorned,state,simple
[formatter_detailed]
format=%(levelname)s %(filename)s:%(lineno)d:  %(message)s
[formatter_unadorned]
format=%(message)s
[formatter_state]
format=%(asctime)s - %(message)s
[formatter_simple]
format=%(levelname)s: %(message)s
[handlers]
keys=all,phases,warnings
[handler_all]
class=StreamHandler
args=[]
formatter=simple
level=WARNING
[handler_phases]
class=StreamHandler
args=[]
formatter=unadorned
level=INFO
[handler_warnings]
class=StreamHandler
args=[]
formatter=simple
level=WARNING
[loggers]
keys=root,build,state,mockbuild
[logger_root]
level=NOTSET
handlers=all
[logger_mockbuild]
level=NOTSET
handlers=
qualname=mockbuild
propagate=1
[logger_state]
level=NOTSET
handlers=phases
qualname=mockbuild.Root.state
propagate=0
[logger_build]
level=NOTSET
handlers=warnings
qualname=mockbuild.Root.build
propagate=0
`;

// src/buildroot/mock/installed.ts
async function installedRpms(session) {
	const { stdout } = await session.chroot([
		"rpm",
		"-qa",
		"--qf",
		"%{nevra}\\n"
	]);
	return stdout.split("\n").filter((line) => line !== "" && !line.startsWith("gpg-pubkey-")).sort();
}

// src/buildroot/mock/program.ts
const PACKAGED = "/usr/libexec/mock/mock";
async function findMock(environment = process.env) {
	const named = environment["MOCK"] || void 0;
	const found = which(named ?? "mock");
	const isPackaged = found === void 0 || /^(?:\/usr)?\/s?bin\//.test(found);
	const file = named === void 0 && isPackaged ? which(PACKAGED) ?? found : found;
	if (file === void 0) throw new MissingToolError(named ?? "mock", void 0, "dnf install mock on Fedora, or from EPEL, or name its program in the environment variable MOCK; rpm packages cannot be built on a host without it");
	const real = await realpath(file);
	return {
		file: real,
		folders: real.startsWith("/usr/") ? [] : [path.dirname(real)]
	};
}
function programBinds(program) {
	return program.folders.map((folder) => ({
		source: folder,
		destination: folder
	}));
}

// src/buildroot/mock/run.ts
const ENVIRONMENT = {
	SUDO_UID: String(MOCK_USER.id),
	SUDO_GID: String(MOCK_USER.id),
	SUDO_USER: MOCK_USER.name,
	HOME: "/nonexistent",
	USER: void 0,
	LOGNAME: void 0,
	TMPDIR: void 0
};
function runMock(session, program, argv, options = {}) {
	const { mostBytes = 0, ...more } = options;
	const shown = [
		"mock",
		"-r",
		CONFIGURATION,
		...argv
	];
	const command = [
		...mostBytes > 0 ? [
			"prlimit",
			`--fsize=${mostBytes}`,
			"--"
		] : [],
		program.file,
		`--configdir=${MOCK_CONFIGURATIONS}`,
		...shown.slice(1)
	];
	return session.run(command, {
		...more,
		privileges: "mock",
		display: options.display ?? shown,
		env: {
			...ENVIRONMENT,
			...options.env
		}
	});
}

// src/buildroot/mock/dnf-conf.ts
function readSections(text) {
	const sections = /* @__PURE__ */ new Map();
	let section;
	let key;
	for (const line of text.split("\n")) {
		if (/^[#;]/.test(line) || line.trim() === "") continue;
		const name = /^\[([^\]]*)\]/.exec(line)?.[1];
		const [, option, value = ""] = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*)$/.exec(line) ?? [];
		if (name !== void 0) {
			section = sections.get(name) ?? /* @__PURE__ */ new Map();
			sections.set(name, section);
			key = void 0;
		} else if (/^\s/.test(line)) {
			if (section && key) section.set(key, `${section.get(key) ?? ""}\n${line.trim()}`);
		} else if (option !== void 0) {
			key = option;
			section?.set(option, value.trim());
		}
	}
	return sections;
}
const isTrue = (value) => /^(?:1|yes|true|on)$/i.test(value.trim());
const listOf = (value) => (value ?? "").split(/[\s,]+/).filter((part) => part !== "");
function configuredRepositories(text) {
	const sections = readSections(text);
	const main = sections.get("main");
	sections.delete("main");
	return [...sections].map(([id, section]) => ({
		id,
		isEnabled: isTrue(section.get("enabled") ?? "1"),
		gpgcheck: isTrue(section.get("pkg_gpgcheck") ?? section.get("gpgcheck") ?? main?.get("gpgcheck") ?? "0"),
		baseurls: listOf(section.get("baseurl")),
		mirrorlist: section.get("mirrorlist") || void 0,
		metalink: section.get("metalink") || void 0,
		gpgkeys: listOf(section.get("gpgkey"))
	}));
}
function expandVariables(text, variables) {
	return text.replace(/\$(?:\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))/g, (whole, braced, plain) => {
		return variables[braced ?? plain ?? ""] ?? whole;
	});
}

// src/buildroot/mock/settings.ts
const text = union([string(), number()]).transform(String);
const schema = object({
	target_arch: text,
	releasever: text.nullish(),
	dnf_vars: record(string(), text).nullish(),
	use_bootstrap: boolean().nullish(),
	package_manager: text.nullish(),
	"dnf.conf": string()
});
const LIMIT$1 = 300;
const MOST_BYTES = 8388608;
async function readSettings(options) {
	const { configuration } = options;
	const parsed = schema.safeParse(await askMock(options));
	if (parsed.success) return settingsOf(configuration, parsed.data);
	const [issue] = parsed.error.issues;
	throw wrong(configuration, `${issue?.path.join(".")}: ${issue?.message}`);
}
async function askMock(options) {
	const { configuration, program } = options;
	const { etc, binds } = await mockTop(configuration, []);
	await using session = await openSession({
		state: options.state,
		root: { tree: options.tree },
		scratch: "disk",
		runId: options.runId,
		mock: { etc },
		binds: [...binds, ...programBinds(program)],
		...options.signal ? { signal: options.signal } : {}
	});
	const file = path.join(session.outbox, "settings.json");
	const asked = await runMock(session, program, ["--debug-config"], {
		timeoutSeconds: LIMIT$1,
		okExitCodes: "any",
		env: { [SETTINGS_VARIABLE]: file }
	});
	const { stdout, exitCode } = await session.run([
		"cat",
		"--",
		file
	], {
		okExitCodes: "any",
		captureBytes: MOST_BYTES
	});
	if (asked.exitCode !== 0 || exitCode !== 0) throw await wrongConfiguration(session, configuration, asked.stderr);
	try {
		return JSON.parse(stdout);
	} catch {
		throw wrong(configuration, `settings of more than ${MOST_BYTES / 2} bytes`);
	}
}
async function settingsOf(configuration, found) {
	if (found.target_arch !== configuration.architecture) throw new UserError({
		what: "a mock configuration for another architecture",
		where: whereOf(configuration),
		found: quote(found.target_arch),
		expected: configuration.architecture
	});
	const releasever = found.releasever ?? "";
	const variables = {
		arch: found.target_arch,
		basearch: baseArchitecture(found.target_arch),
		...releasever === "" ? {} : releaseVariables(releasever),
		...found.dnf_vars
	};
	const expand = (value) => expandVariables(value, variables);
	const repositories = configuredRepositories(found["dnf.conf"]).filter(({ isEnabled }) => isEnabled).map((one) => ({
		...one,
		baseurls: one.baseurls.map(expand),
		mirrorlist: one.mirrorlist && expand(one.mirrorlist),
		metalink: one.metalink && expand(one.metalink),
		gpgkeys: one.gpgkeys.map(expand)
	}));
	checkRepositories(configuration, repositories);
	const own = repositories.filter(({ id }) => !configuration.repositories.some(({ name }) => name === id));
	return {
		bootstrap: found.use_bootstrap ?? false,
		packageManager: found.package_manager ?? "dnf",
		repositories,
		places: await localPlaces(configuration, own)
	};
}
function releaseVariables(releasever) {
	const [major = "", minor] = releasever.split(".");
	return {
		releasever,
		releasever_major: major,
		...minor === void 0 ? {} : { releasever_minor: minor }
	};
}
function checkRepositories(configuration, repositories) {
	if (repositories.length === 0) throw wrong(configuration, "no enabled repository in its dnf.conf");
	const trusted = configuration.repositories.filter((one) => one.trusted).map(({ name }) => name);
	const unverified = repositories.find(({ id, gpgcheck }) => !gpgcheck && !trusted.includes(id));
	if (unverified) throw new UserError({
		what: `the repository ${quote(unverified.id)} does not verify its packages`,
		where: whereOf(configuration),
		found: "gpgcheck=0",
		expected: "gpgcheck=1 and gpgkey",
		remedy: "a folder of this machine may go without, as a line of repositories with trusted=yes instead of in the configuration"
	});
}
async function localPlaces(configuration, repositories) {
	const places = /* @__PURE__ */ new Set();
	for (const { id, baseurls, mirrorlist, metalink, gpgkeys } of repositories) {
		for (const url of baseurls) {
			const folder = localPath(url);
			if (folder === void 0) continue;
			const index = path.join(folder, "repodata/repomd.xml");
			if (!await isFile(index)) throw new UserError({
				what: "the folder of a repository holds none",
				where: `${whereOf(configuration)} ${id}`,
				found: quote(folder),
				expected: "repodata/repomd.xml in it"
			});
			places.add(folder);
		}
		const list = [mirrorlist, metalink].find((url) => url !== void 0 && localPath(url) !== void 0);
		if (list !== void 0) throw new UserError({
			what: "a list of mirrors on this machine",
			where: `${whereOf(configuration)} ${id}`,
			found: quote(list),
			expected: "baseurl, or a list on a server"
		});
		for (const url of gpgkeys) {
			const file = localPath(url);
			if (file === void 0 || /^\/(?:usr|etc\/pki\/(?:rpm-gpg|mock))\//.test(file)) continue;
			await readKey(file);
			places.add(file);
		}
	}
	return [...places].sort();
}
function localPath(url) {
	if (url.startsWith("/")) return path.posix.normalize(url).replace(/(?<=.)\/+$/, "");
	if (!url.startsWith("file:")) return void 0;
	try {
		return path.posix.normalize(fileURLToPath(url)).replace(/(?<=.)\/+$/, "");
	} catch {
		return;
	}
}
const isFile = (file) => stat(file).then((found) => found.isFile(), () => false);
const whereOf = ({ target, mock }) => `target ${target.name}: mock.${"text" in mock ? "text" : `config ${mock.config}`}`;
function wrong(configuration, found, line) {
	const at = line === void 0 ? "" : ` line ${line}`;
	return new UserError({
		what: "a mock configuration that cannot be used",
		where: `${whereOf(configuration)}${at}`,
		found
	});
}
async function wrongConfiguration(session, configuration, stderr) {
	const lines = stderr.split("\n").map((line) => line.trim());
	const reason = (lines.findLast((line) => /^(?:ERROR|CRITICAL):/.test(line)) ?? lines.findLast((line) => line !== "") ?? "no reason given").replace(/^(?:ERROR|CRITICAL): */, "").replace(`Config error: ${CONFIGURATION}: `, "");
	if (!("text" in configuration.mock)) return wrong(configuration, oneLine(reason));
	const own = /^(.*) \(<string>, line (\d+)\)$/.exec(reason);
	const total = configuration.mock.text.split("\n").length;
	if (own) return wrong(configuration, oneLine(own[1] ?? ""), Math.min(Number(own[2]), total));
	return wrong(configuration, oneLine(reason), await failingLine(session, reason));
}
async function failingLine(session, reason) {
	try {
		const { stdout } = await session.run([
			"python3",
			"-I",
			"-c",
			FAILING_LINE,
			CONFIGURATION
		], {
			privileges: "mock",
			timeoutSeconds: LIMIT$1
		});
		const [, line, message] = /^(\d+) (.*)$/s.exec(stdout.trim()) ?? [];
		return message !== void 0 && message === reason ? Number(line) : void 0;
	} catch (error) {
		if (error instanceof CommandError && error.failure.end !== "cancelled") return void 0;
		throw error;
	}
}
const FAILING_LINE = `
import os, sys
os.setgid(${MOCK_USER.id}); os.setuid(${MOCK_USER.id})
class Values(dict):
    def __missing__(self, key):
        return self.setdefault(key, Values())
content = open(sys.argv[1]).read()
try:
    exec(compile(content, 'configuration', 'exec'), {'config_opts': Values(), 'include': lambda name: None, 'os': os})
except Exception as error:
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename == 'configuration':
            line = trace.tb_lineno
        trace = trace.tb_next
    print(line, error)
`;

// src/buildroot/mock/upstream.ts
const REPOMD = "repodata/repomd.xml";
const MAX_BYTES = 8388608;
const KEPT = [
	"dnf",
	"libdnf5",
	"yum"
].map((cache) => `/var/cache/${cache}/*/${REPOMD}`);
async function keptIndexes(session) {
	const { stdout } = await session.chroot([
		"sh",
		"-c",
		`for file in ${KEPT.join(" ")}; do echo "$file"; done`
	]);
	return stdout.split("\n").filter((line) => line !== "" && !line.includes("*"));
}
function isOf(file, id) {
	const name = file.split("/").at(-3) ?? "";
	return name === id || name.replace(/-[0-9a-f]{16}$/, "") === id;
}
async function describeRepositories(session, repositories, shown) {
	const releases = [];
	const kept = await keptIndexes(session);
	for (const { id, baseurls, mirrorlist, metalink } of repositories) {
		const kind = metalink ? "metalink" : mirrorlist ? "mirrorlist" : "baseurl";
		const address = metalink ?? mirrorlist ?? baseurls[0];
		const file = kept.find((one) => isOf(one, id));
		if (address === void 0 || address.includes("$") || file === void 0) return void 0;
		const { stdout: sum } = await session.chroot([
			"sha256sum",
			"--",
			file
		]);
		const sha256 = /^\\?([0-9a-f]{64}) /.exec(sum)?.[1];
		if (sha256 === void 0) return void 0;
		const { stdout: text } = await session.chroot([
			"head",
			"-c",
			"65536",
			"--",
			file
		]);
		const revision = /<revision>([^<]{1,64})<\/revision>/.exec(text)?.[1];
		const newest = Math.max(0, ...[...text.matchAll(/<timestamp>(\d{1,12})/g)].map(([, stamp]) => Number(stamp)));
		releases.push({
			uri: shown.get(address) ?? address,
			release: id,
			file: REPOMD,
			kind,
			sha256,
			...revision === void 0 ? {} : { revision },
			...newest === 0 ? {} : { date: (/* @__PURE__ */ new Date(newest * 1e3)).toUTCString() }
		});
	}
	return releases;
}
async function changedRepositories(releases, options = {}) {
	return (await Promise.all(releases.map(async (entry) => {
		return await withAttempts(hideCredentials(entry.uri), options, () => currentDigest$1(entry, options)) === entry.sha256 ? [] : [entry.release];
	}))).flat();
}
async function currentDigest$1({ uri, kind, release }, options) {
	if (kind === "baseurl" || kind === void 0) return digestAt(uri, release, options);
	const list = (await fetchWhole(uri, options)).toString("utf8");
	if (kind === "metalink") return metalinkDigest(list, uri);
	const mirrors = list.split("\n").filter((line) => /^https?:\/\//.test(line.trim()));
	let failure = new UserError({
		what: "a list of mirrors without any",
		where: uri
	});
	for (const mirror of mirrors.slice(0, 3)) try {
		return await digestAt(mirror.trim(), release, options);
	} catch (error) {
		options.signal?.throwIfAborted();
		failure = error;
	}
	throw failure;
}
async function digestAt(uri, release, options) {
	const { location } = parseLocation(uri, `repository ${release}`, (file) => file);
	const data = await fetchFile(location, REPOMD, fetchOptions(options, MAX_BYTES));
	if (data === void 0) throw new UserError({
		what: "a repository without an index",
		where: uri,
		expected: REPOMD
	});
	return createHash("sha256").update(data).digest("hex");
}
async function fetchWhole(uri, options) {
	const url = new URL(uri);
	const folder = url.href.slice(0, url.href.lastIndexOf("/", url.href.length - url.search.length));
	const data = await fetchFile({
		kind: "http",
		url: folder,
		authorization: void 0
	}, url.href.slice(folder.length + 1), fetchOptions(options, MAX_BYTES));
	if (data === void 0) throw new UserError({
		what: "a list of mirrors that is not there",
		where: uri
	});
	return data;
}
function metalinkDigest(text, uri) {
	const digests = [];
	let isSha256 = false;
	let digest = "";
	try {
		const reader = new XmlReader({
			file: uri,
			root: "metalink",
			onOpen: ({ name, attributes }) => {
				isSha256 = name === "hash" && /^sha-?256$/i.test(attributes["type"] ?? "");
				digest = "";
			},
			onText: (piece) => {
				if (isSha256) digest += piece;
			},
			onClose: () => {
				if (isSha256 && /^[0-9a-f]{64}$/i.test(digest.trim())) digests.push(digest.trim().toLowerCase());
				isSha256 = false;
			}
		});
		reader.push(Buffer.from(text));
		reader.end();
	} catch (error) {
		throw new UserError({
			what: "not a metalink",
			where: uri,
			found: messageOf(error)
		}, { cause: error });
	}
	const [newest] = digests;
	if (newest === void 0) throw new UserError({
		what: "a metalink without a SHA-256 digest",
		where: uri
	});
	return newest;
}

// src/buildroot/mock/tree.ts
const LIMIT = 3600;
function buildrootTree(generation) {
	return path.join(generation.tree, ROOT_NAME, "root");
}
async function makeRpmTree(options) {
	const { configuration, tree, logger, signal } = options;
	const program = await findMock();
	await mkdir(tree, { mode: 493 });
	const settings = await readSettings({
		...options,
		program
	});
	const names = settings.bootstrap ? [ROOT_NAME, `${ROOT_NAME}-bootstrap`] : [ROOT_NAME];
	for (const name of names) await mkdir(path.join(tree, name, "root"), {
		recursive: true,
		mode: 493
	});
	const { etc, binds } = await mockTop(configuration, [], settings.places);
	await using session = await openSession({
		state: options.state,
		root: { tree },
		scratch: "disk",
		runId: options.runId,
		mock: { etc },
		binds: [...binds, ...programBinds(program)],
		...signal ? { signal } : {}
	});
	await runMock(session, program, [
		"--init",
		"--no-clean",
		"--no-cleanup-after",
		`--resultdir=${session.outbox}`
	], {
		network: true,
		timeoutSeconds: LIMIT,
		onLine: (line) => report$1(line, logger),
		...signal ? { signal } : {}
	}).catch(async (error) => {
		throw await withRootLog(error, session);
	});
	const packages = await installedRpms(session);
	const tools = await toolVersions(session, program);
	const releases = await describeRepositories(session, settings.repositories, shownUris(configuration));
	for (const name of names) await removeDownloads(session, path.join(BASEDIR, name, "root"));
	await session.stop();
	const size = await run([
		"du",
		"--summarize",
		"--block-size=1",
		"--one-file-system",
		"--",
		tree
	]);
	return {
		releases: releases ?? [],
		packages,
		bytes: Number(size.stdout.split("	")[0]),
		tools,
		places: settings.places
	};
}
async function withRootLog(error, session) {
	if (!(error instanceof CommandError) || error.failure.end !== "exit") return error;
	const log = path.join(session.outbox, "root.log");
	const { stdout } = await session.run([
		"tail",
		"-c",
		"65536",
		"--",
		log
	], { okExitCodes: "any" });
	const lines = stdout.split("\n").map((line) => line.replace(/^[A-Z]+ \w+\.py:\d+: +/, ""));
	return new CommandError({
		...error.failure,
		stderr: `${lines.join("\n")}\n${error.failure.stderr}`
	});
}
function shownUris({ repositories }) {
	const shown = /* @__PURE__ */ new Map();
	for (const repository of repositories) {
		const folder = repositoryFolder(repository);
		if (folder !== void 0) shown.set(`file://${sessionUri(folder)}`, repository.baseurl);
	}
	return shown;
}
async function removeDownloads(session, root) {
	const places = [
		"dnf",
		"libdnf5",
		"yum"
	].map((cache) => `/var/cache/${cache}/*/packages`);
	await session.run([
		"chroot",
		root,
		"sh",
		"-c",
		`rm -rf ${places.join(" ")}`
	]);
}
async function toolVersions(session, program) {
	const options = {
		okExitCodes: "any",
		privileges: "build"
	};
	const said = {
		mock: await runMock(session, program, ["--version"], { okExitCodes: "any" }),
		dnf: await session.run([
			"sh",
			"-c",
			"dnf --version 2>/dev/null || dnf5 --version 2>/dev/null"
		], options),
		rpm: await session.run(["rpm", "--version"], options)
	};
	return Object.fromEntries(Object.entries(said).flatMap(([name, { stdout }]) => {
		const [line = ""] = stdout.split("\n");
		const version = /\d+(?:\.\d+)+\S*/.exec(line)?.[0] ?? line.trim().slice(0, 64);
		return version === "" ? [] : [[name, version]];
	}));
}
function report$1(line, logger) {
	const text = line.trim();
	const [, complaint] = /^(?:WARNING|ERROR|CRITICAL): *(?!Command failed)(\S.*)/.exec(text) ?? [];
	if (complaint !== void 0) logger.warning(`mock: ${complaint}`);
	else if (text !== "") logger.tool(text);
}
function mockFailureLine(error) {
	const lines = `${error.failure.stdout}\n${error.failure.stderr}`.split("\n").map((line) => line.trim());
	return [
		/is not signed$|GPG check FAILED|Public key for .* is not (?:trusted|installed)|Failed to retrieve GPG key|bad GPG signature|The GPG keys listed/i,
		/Failed to download metadata|Cannot download|Curl error|Status code: \d+|No URLs in mirrorlist/,
		/^(?:No match for argument|Unable to find a match)|nothing provides/,
		/^Error: (?!Unable to find)/,
		/^(?:ERROR|CRITICAL): *(?!Command failed|Exception)\S/,
		/^ERROR: *(?!Command failed: *$)\S/
	].map((reason) => lines.find((text) => reason.test(text))).find((text) => text !== void 0)?.replace(/^(?:(?:-|>>>|ERROR:|CRITICAL:|Error:) +)+/, "");
}

// src/buildroot/spec-session.ts
const SOURCES = "/run/pkg-actions/sources";
const TOP = "/run/pkg-actions/rpmbuild";
const USER = "952";
const LIMITS = [
	`--as=${4 * 1024 ** 3}`,
	"--nproc=512",
	"--core=0"
];
const SCRATCH_BYTES = 1024 ** 3;
const EXPAND_SECONDS = 60;
const PACK_SECONDS = 1800;
const MAX_OUTPUT = 16777216;
const PORTABLE = {
	_source_payload: "w9.gzdio",
	_source_filedigest_algorithm: "8"
};
const MARK = "pkg-actions-spec";
async function openSpecSession(options) {
	const { folder, log, signal } = options;
	await mkdir(folder, { mode: 493 });
	await chmod(folder, 493);
	const session = await openSession({
		state: options.state,
		root: { lower: [options.tree] },
		scratch: SCRATCH_BYTES,
		binds: [{
			source: folder,
			destination: SOURCES
		}],
		runId: options.runId,
		...options.lock === void 0 ? {} : { locks: [options.lock] },
		...signal === void 0 ? {} : { signal }
	});
	try {
		const top = `${session.root}${TOP}`;
		await session.run([
			"install",
			"-d",
			"-o",
			USER,
			"-g",
			USER,
			"-m",
			"0755",
			top,
			`${top}/SRPMS`,
			`${top}/tmp`
		]);
		const { stdout } = await asUser(session, ["rpmbuild", "--version"], {}, EXPAND_SECONDS).catch((error) => {
			throw error instanceof CommandError && [126, 127].includes(error.failure.exitCode ?? 0) ? new UserError({
				what: "the buildroot has no rpmbuild",
				where: options.tree,
				expected: "a buildroot with rpm-build",
				remedy: "add rpm-build to the packages that mock sets the buildroot up with (chroot_setup_cmd)"
			}) : error;
		});
		const rpmVersion = /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? "";
		return {
			folder,
			generation: options.generation,
			rpmVersion,
			expand: (spec) => expand(session, spec, log),
			packSource: (request) => packSource(session, request, log),
			[Symbol.asyncDispose]: () => session.close()
		};
	} catch (error) {
		await session.close();
		throw error;
	}
}
async function asUser(session, argv, env, timeoutSeconds, onLine) {
	const environment = {
		PATH: "/usr/bin:/bin:/usr/sbin:/sbin",
		HOME: TOP,
		LC_ALL: "C.UTF-8",
		TZ: "UTC",
		...env
	};
	const assignments = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
	try {
		return await session.run([
			...[
				"env",
				"-i",
				...assignments,
				"prlimit",
				...LIMITS,
				"setpriv",
				"--no-new-privs",
				"--"
			],
			...[
				"chroot",
				`--userspec=+${USER}:+${USER}`,
				"--groups=",
				session.root
			],
			...argv
		], {
			display: argv,
			timeoutSeconds,
			captureBytes: MAX_OUTPUT,
			...onLine === void 0 ? {} : { onLine }
		});
	} finally {
		await session.endProcesses();
	}
}
function defines(more) {
	const all = {
		_topdir: TOP,
		_sourcedir: SOURCES,
		_specdir: SOURCES,
		_srcrpmdir: `${TOP}/SRPMS`,
		_tmppath: `${TOP}/tmp`,
		...more
	};
	return Object.entries(all).flatMap(([name, value]) => ["--define", `${name} ${value}`]);
}
const QUERY = [
	"%{NAME}",
	"%|EPOCH?{%{EPOCH}}:{}|",
	"%{VERSION}",
	"%{RELEASE}",
	"[%{SOURCE}/]",
	"[%{PATCH}/]",
	"%|CHANGELOGTIME?{%{CHANGELOGTIME} %{CHANGELOGNAME}}:{}|"
];
async function expand(session, spec, log) {
	const format = `\n${MARK}\n${QUERY.map((field) => `${field}\n`).join("")}`;
	const place = `${SOURCES}/${spec}`;
	const query = [
		"rpmspec",
		"-q",
		"--srpm",
		"--queryformat",
		format,
		...defines({}),
		place
	];
	const { stdout, stderr } = await asRpm(spec, () => asUser(session, query, {}, EXPAND_SECONDS));
	say(stderr, log);
	const [name = "", epoch = "", version = "", release = "", sources = "", patches = "", changelog = ""] = stdout.slice(stdout.lastIndexOf(`\n${MARK}\n`) + 16 + 2).split("\n");
	const parse = [
		"rpmspec",
		"--parse",
		...defines({}),
		place
	];
	const { stdout: parsed } = await asRpm(spec, () => asUser(session, parse, {}, EXPAND_SECONDS));
	const [, time, title] = /^(\d{1,12}) (.*)$/.exec(changelog) ?? [];
	return {
		name,
		epoch: epoch === "" ? void 0 : Number(epoch),
		version,
		release,
		sources: expandedSources(parsed, {
			source: filesOf(sources),
			patch: filesOf(patches)
		}),
		changelog: time === void 0 ? void 0 : {
			time: Number(time),
			title: title ?? ""
		},
		parsed
	};
}
function filesOf(line) {
	return line.split("/").filter((file) => file !== "" && file !== "(none)");
}
async function packSource(session, request, log) {
	const { spec, epoch, output } = request;
	const argv = [
		"rpmbuild",
		"-bs",
		"--nodeps",
		...defines({
			...PORTABLE,
			_buildhost: "localhost",
			_srcdefattr: "(-,root,root)",
			use_source_date_epoch_as_buildtime: "1",
			clamp_mtime_to_source_date_epoch: "1"
		}),
		`${SOURCES}/${spec}`
	];
	await asRpm(spec, () => asUser(session, argv, { SOURCE_DATE_EPOCH: String(epoch) }, PACK_SECONDS, (line) => log.tool(line)));
	const made = `${session.root}${TOP}/SRPMS`;
	const { stdout } = await session.run([
		"find",
		made,
		"-maxdepth",
		"1",
		"-type",
		"f",
		"-printf",
		"%f\\n"
	]);
	const [name, second] = stdout.split("\n").filter((line) => line !== "");
	if (name === void 0 || second !== void 0 || !/^[A-Za-z0-9_+][A-Za-z0-9._+~^-]*\.(?:no)?src\.rpm$/.test(name)) throw new UserError({
		what: "rpmbuild did not make one source package",
		where: spec,
		found: quote(stdout.trim()),
		expected: "NAME-VERSION-RELEASE.src.rpm"
	});
	await session.run([
		"cp",
		"--no-dereference",
		`${made}/${name}`,
		`${session.outbox}/source.rpm`
	]);
	const copy = path.join(session.outbox, "source.rpm");
	if (!(await lstat(copy)).isFile()) throw new UserError({
		what: "rpmbuild made no regular file",
		where: spec
	});
	await copyFile(copy, output, constants.COPYFILE_EXCL);
	await chmod(output, 420);
	return name;
}
async function asRpm(spec, work) {
	try {
		return await work();
	} catch (error) {
		if (!(error instanceof CommandError) || error.failure.end === "cancelled") throw error;
		const { failure } = error;
		if (failure.end === "timeout") throw new UserError({
			what: `rpm did not finish reading the spec within ${failure.timeoutSeconds} s`,
			where: spec,
			expected: "a spec that is expanded without network and without waiting"
		});
		const errors = failure.stderr.split("\n").filter((line) => /^\s*(?:error|fatal)\b.*: \S/i.test(line));
		const said = (errors.find((line) => /\bline \d+:/.test(line)) ?? errors[0] ?? error.lastLines(1)[0] ?? "").replaceAll(`${SOURCES}/`, "").trim();
		const line = /\bline (\d+):/.exec(said)?.[1];
		throw new UserError({
			what: "rpm cannot expand the spec",
			where: line === void 0 ? spec : `${spec}:${line}`,
			found: quote(said.replace(/^error: /i, ""), 400),
			expected: "a spec that rpmspec of the target reads, without network",
			remedy: remedyFor(said)
		}, { cause: error });
	}
}
function remedyFor(said) {
	if (/[Ii]llegal char '\^'/.test(said)) return "this rpm is older than 4.15 and knows no ^ in versions: use past-tag: auto";
	if (/%changelog entries must start with \*/.test(said)) return "begin entries with *, or for %autochangelog add rpmautospec-rpm-macros to the buildroot";
	return "try rpmspec --parse in the target, and add the packages that define its macros to the buildroot";
}
function say(stderr, log) {
	for (const line of new Set(stderr.replaceAll(`${SOURCES}/`, "").split("\n"))) if (/^error: /.test(line)) log.warning(`rpm says of the spec: ${line.slice(7)}`);
	else if (line !== "") log.debug(line);
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
		const how = {
			state,
			tree: path.join(staging, "tree"),
			runId: options.runId,
			logger,
			...signal ? { signal } : {}
		};
		const made = isRpmBuildroot(configuration) ? await makeRpmTree({
			...how,
			configuration
		}) : await makeDebTree({
			...how,
			configuration
		});
		const record = {
			schema: "pkg-actions/generation/1",
			name,
			createdAt: (/* @__PURE__ */ new Date()).toISOString(),
			configurationDigest: configurationDigest(configuration),
			configuration: { ...configuration },
			...made
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
	const own = buildrootName(options.configuration.target, options.configuration.architecture);
	const name = options.name ?? own;
	const folder = buildrootFolder(options.state, name);
	const current = await currentGeneration(folder);
	if (current === void 0 && name !== own) throw new UserError({
		what: "no such buildroot",
		where: "input buildroot",
		found: quote(name),
		expected: `a buildroot in ${path.dirname(folder)}, or none for the target's own`,
		remedy: `make it with update-buildroots --name ${name}`
	});
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
		const changed = isRpmBuildroot(configuration) ? await changedRepositories(releases, {
			attempts: 2,
			...signal ? { signal } : {}
		}) : await changedReleases(releases, signal);
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
function explain(error, configuration) {
	if (!(error instanceof CommandError) || error.failure.end !== "exit") return error;
	const isRpm = isRpmBuildroot(configuration);
	const line = isRpm ? mockFailureLine(error) : failureLine(error);
	if (line === void 0) return error;
	const { target, architecture } = configuration;
	const remedy = isRpm ? rpmRemedy(line) : debRemedy(line, target.name);
	return new UserError({
		what: `the buildroot of ${target.name} for ${architecture} cannot be made`,
		found: line,
		...remedy ? { remedy } : {}
	}, { cause: error });
}
function debRemedy(line, target) {
	if (/NO_PUBKEY|signed|signature/.test(line)) return `install the archive's keyring, or name it: keyring in the target ${target}`;
	return /404|does not have a Release file/.test(line) ? "check the mirror and the suite" : void 0;
}
function rpmRemedy(line) {
	if (/signed|GPG|signature|Public key/i.test(line)) return "only packages signed by a key that the repository names are installed: check its gpgkey, or key";
	if (/Status code: 404|No URLs/.test(line)) return "check the address of the repository";
	if (/Status code: 40[13]/.test(line)) return "the repository does not let this host in: check its address";
	if (/Curl error|Status code: \d|Failed to download metadata|Cannot download/.test(line)) return "check the address of the repository and that this host reaches it; it may pass when it is run again";
	return /No match for argument|Unable to find a match|nothing provides/.test(line) ? "check the name, and that a repository of the target has the package" : void 0;
}

// src/buildroot/request.ts
async function requestedBuildroot(request) {
	if (request.target.format === "deb") return debBuildroot(request);
	const { mirror: _mirror, pins: _pins, ...rest } = request;
	return rpmBuildroot(rest);
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

// src/buildroot/mock/session.ts
async function openMockSession(options) {
	const { generation, inbox, locks, signal } = options;
	const configuration = generation.record.configuration;
	const program = await findMock();
	const { etc, binds } = await mockTop(configuration, options.repositories ?? [], generation.record.places);
	const session = await openSession({
		state: options.state,
		root: { lower: [generation.tree] },
		scratch: options.scratch,
		runId: options.runId,
		mock: { etc },
		binds: [...binds, ...programBinds(program)],
		...inbox ? { inbox } : {},
		...locks ? { locks } : {},
		...signal ? { signal } : {}
	});
	return {
		session,
		results: session.outbox,
		buildroot: session.root,
		mock: (argv, { network = false, ...more } = {}) => runMock(session, program, [...[
			"--no-clean",
			"--no-cleanup-after",
			`--resultdir=${session.outbox}`,
			...network ? [] : ["--offline"]
		], ...argv], {
			...more,
			network
		}),
		installedRpms: () => installedRpms(session),
		[Symbol.asyncDispose]: session.close
	};
}

// src/buildroot/mock/release-sources.ts
async function releaseSourcesRpm(packaging, target, fetchKey) {
	const repositories = [];
	for (const source of sourcesOf(packaging, target)) {
		const file = source.key === void 0 ? void 0 : "path" in source.key ? source.key.path : await fetchKey(source.key);
		const { name, uri: url, priority, trusted } = source;
		const keys = file === void 0 ? [] : [await readKey(file)];
		repositories.push(rpmRepository({
			name,
			url,
			priority,
			keys,
			trusted
		}, `${packaging.file ?? "packaging file"} sources ${name}`));
	}
	return repositories;
}

export { INBOX, buildrootFolder, buildrootName, buildrootTree, configurationDigest, currentGeneration, debBuildroot, defaultStateFolder, failureLine, findMock, holdBuildroot, hostArchitecture, installedPackages, localBinds, mockFailureLine, openMockSession, openSession, openSpecSession, parallelBuilds, prepareState, readRepositories, readRpmRepositories, releaseSources, releaseSourcesRpm, repositoryFolder, repositoryUris, requestedBuildroot, rpmBuildroot, rpmRepository, scratchSize, updateBuildroot, writeRepositories };
