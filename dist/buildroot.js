import { CancelledError, CommandError, InfrastructureError, MissingToolError, UserError, assetPath, baseEnvironment, didYouMean, formatBytes, formatDuration, installCommand, messageOf, oneLine, quote, run, signalGroup, start, which } from "./frame.js";
import { compareVersions } from "./inputs.js";
import { _enum, array, boolean, datetime, int, literal as literal$1, number, object, record, strictObject, string, union, unknown } from "./zod.js";
import { OWNER_NAME, VERDICTS, bytesOf, claimFolder, claimant, deadTemporary, hideCredentials, ownedName, ownerOfName, ownerState, parseLocation, parseStat, pause, readOwner, removeMountedTree, retryLine, takeLock, temporaryFolder, tryLock, waitAfter } from "./shared.js";
import { swapLink, sync, syncFileSystem, writeDurably, writeWhole } from "./host-gitlab.js";
import { formatAptPin, formatDeb822Source, localFolder, parseAptPin, parseAptSource } from "./deb.js";
import { XmlReader, fetchFile, fetchOptions, isSnapshotId, withAttempts } from "./repository.js";
import { baseArchitecture, compareEvr, debArchitecture, expandedSources, parseEvr, rpmArchitecture } from "./rpm.js";
import { sourcesOf } from "./config.js";
import path from "node:path";
import { closeSync, constants, createReadStream, createWriteStream, openSync, readFileSync, watch, writeSync } from "node:fs";
import { appendFile, chmod, chown, constants as constants$1, copyFile, link, lstat, mkdir, open, readFile, readdir, readlink, realpath, rename, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { createHash, randomBytes } from "node:crypto";
import os, { tmpdir } from "node:os";
import { setTimeout as setTimeout$1 } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { stripVTControlCharacters } from "node:util";

// src/buildroot/configuration.ts
const RECIPE$1 = 3;
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
	return createHash("sha256").update(canonical(decisive(configuration))).digest("hex");
}
function decisive(configuration) {
	const include = [.../* @__PURE__ */ new Set([...configuration.target.include, ...configuration.include])].sort();
	if (isRpmBuildroot(configuration)) {
		const { target, ...rest } = configuration;
		return {
			...rest,
			include,
			target: { format: target.format }
		};
	}
	const { target, ...rest } = configuration;
	const { format, distribution, components, sources, keyring } = target;
	return {
		...rest,
		include,
		target: {
			format,
			distribution,
			suite: firstSuite(target),
			components,
			sources,
			keyring
		}
	};
}
function firstSuite(target) {
	return splitSources(target).archive[0]?.suites[0] ?? target.suite;
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

// src/buildroot/engine/engine.ts
const HOST_ENGINE = {
	name: "host",
	description: "host"
};
function isContainerEngine(engine) {
	return engine.name !== "host";
}

// src/buildroot/memory.ts
async function readMemory(root = "/") {
	const text = await read(path.join(root, "proc/meminfo"));
	const field = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
	let total = field("MemTotal");
	let available = field("MemAvailable");
	for (const group of await groupFolders(root)) {
		const { limit, used } = await readGroup(group);
		if (limit === void 0) continue;
		total = Math.min(total, limit);
		available = Math.min(available, Math.max(0, limit - used));
	}
	return {
		total,
		available,
		shared: field("Shmem")
	};
}
async function groupFolders(root) {
	const found = [];
	for (const line of (await read(path.join(root, "proc/self/cgroup"))).split("\n")) {
		const [, controllers, name] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
		if (controllers === void 0 || name === void 0) continue;
		const isUnified = controllers === "";
		if (!isUnified && !controllers.split(",").includes("memory")) continue;
		const tops = isUnified ? ["sys/fs/cgroup", "sys/fs/cgroup/unified"] : ["sys/fs/cgroup/memory"];
		for (const top of tops) for (let at = path.posix.normalize(name);; at = path.posix.dirname(at)) {
			found.push({
				folder: path.join(root, top, at),
				version: isUnified ? 2 : 1
			});
			if (at === "/" || at === ".") break;
		}
	}
	return found;
}
async function readGroup({ folder, version }) {
	const names = version === 2 ? {
		limit: "memory.max",
		used: "memory.current",
		files: "inactive_file"
	} : {
		limit: "memory.limit_in_bytes",
		used: "memory.usage_in_bytes",
		files: "total_inactive_file"
	};
	const limit = (await read(path.join(folder, names.limit))).trim();
	if (!/^\d+$/.test(limit) || Number(limit) >= 2 ** 62) return {
		limit: void 0,
		used: 0
	};
	const used = Number((await read(path.join(folder, names.used))).trim()) || 0;
	const stat = await read(path.join(folder, "memory.stat"));
	const files = Number(new RegExp(`^${names.files} (\\d+)$`, "m").exec(stat)?.[1] ?? 0);
	return {
		limit: Number(limit),
		used: Math.max(0, used - files)
	};
}
const read = (file) => readFile(file, "utf8").catch(() => "");

// src/buildroot/queue.ts
const UNNAMED_MS = 6e5;
const queueFolder = (places) => path.join(places, "queue");
async function tickets(places) {
	return (await readdir(queueFolder(places))).flatMap((name) => {
		const [, number, limit] = /^(\d+)-(\d+)$/.exec(name) ?? [];
		return number === void 0 ? [] : [{
			name,
			number: Number(number),
			limit: Number(limit)
		}];
	}).sort((a, b) => a.number - b.number);
}
async function drawTicket(places, parallel, signal) {
	const queue = queueFolder(places);
	const unnamed = path.join(queue, `.${randomBytes(6).toString("hex")}`);
	await writeFile(unnamed, "", { mode: 384 });
	let own;
	let file = unnamed;
	const end = async () => {
		await rm(file, { force: true });
		await own?.release();
	};
	try {
		own = await takeLock(unnamed, {
			mode: "exclusive",
			waitSeconds: 0,
			what: "a ticket",
			...signal ? { signal } : {}
		});
		const counter = path.join(places, "queue.lock");
		await using _lock = await lockFile(counter, "the queue of builds on this host", signal);
		const last = Number((await readFile(counter, "utf8")).trim());
		const number = Math.max(Number.isSafeInteger(last) ? last : 0, (await tickets(places)).at(-1)?.number ?? 0) + 1;
		await writeFile(counter, `${number}\n`);
		const name = `${String(number).padStart(8, "0")}-${parallel}`;
		await rename(unnamed, path.join(queue, name));
		file = path.join(queue, name);
		await removeUnnamed(queue);
		return {
			name,
			number,
			limit: parallel,
			[Symbol.asyncDispose]: end
		};
	} catch (error) {
		await end();
		throw error;
	}
}
async function removeUnnamed(queue) {
	for (const name of await readdir(queue)) {
		if (!name.startsWith(".")) continue;
		const file = path.join(queue, name);
		const made = await stat(file).catch(() => void 0);
		if (made !== void 0 && Date.now() - made.mtimeMs > UNNAMED_MS) await rm(file, { force: true });
	}
}
async function ticketEnds(places, name, seconds, signal) {
	const file = path.join(queueFolder(places), name);
	const options = {
		mode: "shared",
		what: `the ticket ${name}`,
		...signal ? { signal } : {}
	};
	const lock = await tryLock(file, {
		...options,
		waitSeconds: seconds
	}).catch(async (error) => {
		if (signal?.aborted || await stat(file).catch(() => void 0) !== void 0) throw error;
		return "gone";
	});
	if (lock === void 0) return false;
	if (lock === "gone") return true;
	await rm(file, { force: true });
	await lock.release();
	return true;
}
async function living(places, all) {
	const alive = [];
	for (const ticket of all) if (!await ticketEnds(places, ticket.name, 0)) alive.push(ticket);
	return alive;
}
async function lockFile(file, what, signal) {
	await (await open(file, "a", 384)).close();
	return takeLock(file, {
		mode: "exclusive",
		waitSeconds: 60,
		what,
		...signal ? { signal } : {}
	});
}
async function listen(places) {
	const file = path.join(places, RELEASED);
	await (await open(file, "a", 384)).close();
	let rung = new AbortController();
	let watcher;
	try {
		watcher = watch(file, () => rung.abort());
		watcher.on("error", () => void 0);
	} catch {}
	return {
		reset: () => {
			rung = new AbortController();
		},
		wait: async (milliseconds, signal) => {
			const any = AbortSignal.any([rung.signal, ...signal ? [signal] : []]);
			await setTimeout$1(milliseconds, void 0, { signal: any }).catch(() => void 0);
		},
		close: () => watcher?.close()
	};
}
const RELEASED = "released";
async function ring(places) {
	const now = /* @__PURE__ */ new Date();
	await utimes(path.join(places, RELEASED), now, now).catch(() => void 0);
}

// src/buildroot/slots.ts
const holderSchema = object({
	runId: string(),
	pid: int(),
	since: datetime(),
	scratch: int().nonnegative()
});
const PAUSE_SHARE = 10;
const LEAST_PAUSE_MS = 200;
const MOST_PAUSE_MS = 2e3;
const PROGRESS_MS = 2e3;
async function takeSlot(request) {
	const { signal, logger } = request;
	signal?.throwIfAborted();
	const places = placesFolder(request.state);
	await mkdir(queueFolder(places), {
		recursive: true,
		mode: 448
	});
	const started = performance.now();
	const left = () => Math.max(0, request.waitSeconds - (performance.now() - started) / 1e3);
	if ((await living(places, await tickets(places))).length === 0) {
		const free = await firstFree(request, places, 1);
		if (free !== void 0) return free;
	}
	if (request.waitSeconds === 0) throw await noPlace(request, places);
	await using ticket = await drawTicket(places, request.parallel, signal);
	const tell = async () => logger.progress(await situation(request, places, ticket.number));
	await tell();
	const telling = setInterval(() => void tell().catch(() => void 0), PROGRESS_MS).unref();
	let bell;
	try {
		while (left() > 0) {
			const before = (await tickets(places)).filter(({ number }) => number < ticket.number);
			const ahead = before.filter(({ limit }) => limit >= request.parallel).at(-1);
			if (ahead !== void 0) {
				await ticketEnds(places, ahead.name, left(), signal);
				continue;
			}
			bell ??= await listen(places);
			bell.reset();
			const looked = performance.now();
			const waiting = await living(places, before);
			const free = await firstFree(request, places, Math.max(0, ...waiting.map(({ limit }) => limit)) + 1);
			if (free !== void 0) {
				logger.progress("");
				return free;
			}
			const pause = Math.min(MOST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, (performance.now() - looked) * PAUSE_SHARE));
			await bell.wait(Math.min(pause, left() * 1e3 + 1), signal);
			signal?.throwIfAborted();
		}
		throw await noPlace(request, places);
	} finally {
		clearInterval(telling);
		bell?.close();
	}
}
async function placeHolders(state) {
	const places = placesFolder(state);
	const names = (await readdir(places).catch(() => [])).filter((name) => /^[1-9]\d*$/.test(name));
	return (await Promise.all(names.map((name) => holderOf$2(places, Number(name))))).filter((holder) => holder !== void 0).sort((a, b) => a.number - b.number);
}
async function withPromises(place, body) {
	await using _lock = await lockFile(path.join(placesFolder(place.state), "memory.lock"), "the memory of this host");
	return await body((await placeHolders(place.state)).filter(({ number }) => number !== place.number).reduce((sum, { scratch }) => sum + scratch, 0));
}
const placesFolder = (state) => path.join(state, "places");
async function firstFree(request, places, first) {
	for (let number = first; number <= request.parallel; number++) {
		const place = await tryPlace(request, places, number);
		if (place !== void 0) return place;
	}
}
async function tryPlace(request, places, number) {
	const { signal, logger, runId } = request;
	const file = path.join(places, String(number));
	await (await open(file, "a", 384)).close();
	const options = {
		mode: "exclusive",
		waitSeconds: 0,
		what: `place ${number} of this host`
	};
	const lock = await tryLock(file, {
		...options,
		...signal ? { signal } : {}
	});
	if (lock === void 0) return void 0;
	const write = (scratch) => writeFile(file, `${JSON.stringify({
		runId,
		pid: process.pid,
		since,
		scratch
	})}\n`, { mode: 384 });
	const since = (/* @__PURE__ */ new Date()).toISOString();
	try {
		await write(0);
	} catch (error) {
		await lock.release();
		throw error;
	}
	let held = lock;
	let released;
	let retaking = Promise.resolve();
	const release = () => {
		released ??= truncate(file).catch(() => void 0).then(() => retaking).then(() => held.release()).then(() => ring(places));
		return released;
	};
	const retake = async () => {
		logger.warning(`the lock on place ${number} of this host was lost: another build may run beside this one`);
		const again = await tryLock(file, options).catch(() => void 0);
		if (again === void 0) return;
		held = again;
		guard(again);
	};
	const guard = (of) => {
		of.lost.then(() => {
			if (released === void 0) retaking = retake();
		});
	};
	guard(lock);
	return {
		state: request.state,
		number,
		lost: lock.lost,
		promise: write,
		release,
		[Symbol.asyncDispose]: release
	};
}
async function holderOf$2(places, number) {
	const file = path.join(places, String(number));
	const text = await readFile(file, "utf8").catch(() => "");
	if (text === "") return void 0;
	const lock = await tryLock(file, {
		mode: "shared",
		waitSeconds: 0,
		what: `place ${number}`
	});
	if (lock !== void 0) {
		await lock.release();
		return;
	}
	try {
		return {
			...holderSchema.parse(JSON.parse(text)),
			number
		};
	} catch {
		return {
			runId: "a build",
			pid: 0,
			since: (/* @__PURE__ */ new Date()).toISOString(),
			scratch: 0,
			number
		};
	}
}
async function situation({ state, parallel }, places, own) {
	const ahead = (await tickets(places)).filter(({ number }) => number < own).length;
	return `waiting for a place on this host, ${parallel} at once${ahead === 0 ? "" : `, ${ahead} before this one`}: ${await running(state, parallel)}`;
}
async function running(state, parallel) {
	const holders = (await placeHolders(state)).filter(({ number }) => number <= parallel);
	if (holders.length === 0) return "a place gets free";
	const shown = holders.slice(0, 4).map(({ runId, since }) => {
		const seconds = Math.max(0, Math.round((Date.now() - Date.parse(since)) / 1e3));
		return `${runId} for ${formatDuration(seconds)}`;
	});
	const more = holders.length - shown.length;
	return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
async function noPlace({ state, parallel, waitSeconds }, places) {
	return new InfrastructureError({
		what: "no place for the build on this host",
		where: places,
		found: `after ${formatDuration(waitSeconds)} ${await running(state, parallel)}`,
		expected: `fewer than ${parallel} builds at once`,
		remedy: "wait for the others, or raise max-parallel or the limit lock-timeout"
	});
}

// src/buildroot/scratch.ts
const GIB = 1024 ** 3;
const LEAST_TMPFS = GIB;
const MEMORY_PER_BUILD = 2 * GIB;
const PROMISED = .75;
async function scratchSize(request) {
	const { place } = request;
	if (place === void 0) return sizeBeside(request, 0);
	return withPromises(place, async (others) => {
		const size = await sizeBeside(request, others);
		await place.promise(size === "disk" ? 0 : size);
		return size;
	});
}
async function sizeBeside(request, others) {
	const { requested, parallel, logger } = request;
	if (requested === 0) return "disk";
	const { available, shared, total } = await (request.memory ?? readMemory)();
	const all = Math.min(total, available + Math.min(shared, others));
	if (requested !== "auto") {
		const left = Math.max(0, all - others);
		if (requested > left) logger?.warning(`a tmpfs of ${formatBytes(requested)} was asked for, and ${formatBytes(left)} of memory are left for it: the machine may run out of memory`);
		return requested;
	}
	const share = Math.floor(Math.min(all * PROMISED / Math.max(1, parallel), all * PROMISED - others));
	return share >= LEAST_TMPFS ? share : "disk";
}
async function availableMemory() {
	return (await readMemory()).available;
}
async function parallelBuilds(configured, requested) {
	const wanted = requested === void 0 || requested === "" ? configured : requested;
	if (wanted !== "auto") return Number(wanted);
	const byMemory = Math.floor((await readMemory()).total / MEMORY_PER_BUILD);
	return Math.max(1, Math.min(os.availableParallelism(), byMemory));
}
function explicitParallel(configured, requested) {
	const wanted = requested ?? configured;
	return wanted === void 0 || wanted === "auto" ? void 0 : Number(wanted);
}

// src/buildroot/compiler-cache.ts
const NAME$1 = /^[A-Za-z0-9][A-Za-z0-9.+_-]{0,200}$/;
const SLACK = 1.25;
const SLACK_BYTES = 32 * 1024 ** 2;
const UNUSED_MS = 5184e6;
const WAIT_SECONDS$1 = 60;
async function holdCompilerCache(request) {
	const { state, tool, target, architecture, change, key, owner, signal } = request;
	for (const part of [
		tool,
		`${target}-${architecture}`,
		key
	]) if (!NAME$1.test(part)) throw new UserError({
		what: "a compiler cache cannot have this name",
		where: "input compiler-cache-key",
		found: quote(part),
		expected: "letters, digits and .+_- only"
	});
	const top = path.join(state, "compiler-cache");
	const folder = path.join(top, tool, `${target}-${architecture}`, change, key);
	await mkdir(folder, {
		recursive: true,
		mode: 448
	});
	await removeUnused$1(top, folder, signal);
	const place = path.join(folder, "cache");
	const what = `the compiler cache ${key}`;
	for (;;) {
		const lock = await takeLock(folder, {
			mode: "shared",
			waitSeconds: WAIT_SECONDS$1,
			what,
			signal
		});
		if (await isFolderOf(place, owner)) {
			await utimes(folder, /* @__PURE__ */ new Date(), /* @__PURE__ */ new Date());
			return {
				path: place,
				[Symbol.asyncDispose]: () => release(request, folder, lock)
			};
		}
		await lock.release();
		await using _alone = await takeLock(folder, {
			mode: "exclusive",
			waitSeconds: WAIT_SECONDS$1,
			what,
			signal
		});
		if (!await isFolderOf(place, owner)) await removeMountedTree(place);
		await mkdir(place, { mode: 448 }).catch((error) => {
			if (error.code !== "EEXIST") throw error;
		});
		await chown(place, owner, owner);
	}
}
const isFolderOf = (place, owner) => lstat(place).then((found) => found.isDirectory() && found.uid === owner, () => false);
async function release({ mostBytes, logger, key }, folder, lock) {
	await lock.release();
	const alone = await tryLock(folder, {
		mode: "exclusive",
		waitSeconds: 0,
		what: "a compiler cache"
	});
	if (alone === void 0) return;
	await using _alone = alone;
	const place = path.join(folder, "cache");
	if (await bytesOf(place) <= mostBytes * SLACK + SLACK_BYTES) return;
	await removeMountedTree(place);
	logger.warning(`The compiler cache of ${key} was far over its limit and has been emptied.`);
}
async function removeUnused$1(top, own, signal) {
	let folders = [top];
	for (const _level of [
		"tool",
		"target",
		"change",
		"key"
	]) folders = (await Promise.all(folders.map(async (folder) => (await readdir(folder).catch(() => [])).map((name) => path.join(folder, name))))).flat();
	for (const folder of folders) {
		const used = (await stat(folder).catch(() => void 0))?.mtimeMs;
		if (folder === own || used === void 0 || Date.now() - used < UNUSED_MS) continue;
		const lock = await tryLock(folder, {
			mode: "exclusive",
			waitSeconds: 0,
			what: "a compiler cache",
			signal
		});
		if (lock === void 0) continue;
		await using _lock = lock;
		await removeMountedTree(path.join(folder, "cache"));
	}
}

// src/buildroot/session-script.ts
const TOP$1 = `
set -eu
umask 022
folder=$1 lower=$2 size=$3
shift 3
fail() { echo "session: $*" >&2; exit 1; }
show() { mount -o bind,ro,nosuid,nodev "$1" "$2" || fail "cannot mount $1 read-only"; }
# give ro|rw SOURCE BELOW DESTINATION: mounts at DESTINATION below the folder BELOW. What a tree holds there was written by
# maintainer scripts: no link on the way is followed, which would lead to the host.
give() {
  spot=$3 rest=\${4#/}/
  while [ -n "$rest" ]; do
    name=\${rest%%/*} rest=\${rest#*/}
    [ -n "$name" ] || continue
    [ "$name" != .. ] || fail "a destination that leads up: $4"
    spot=$spot/$name
    [ ! -L "$spot" ] || fail "$spot is a link"
    if [ -n "$rest" ] || [ -d "$2" ]; then
      [ -d "$spot" ] || mkdir "$spot" || fail "cannot make $spot"
    else
      [ -e "$spot" ] || : > "$spot"
    fi
  done
  case $1 in
    rw) mount -o bind,nosuid,nodev,noexec "$2" "$spot" || fail "cannot mount $2" ;;
    *) show "$2" "$spot" ;;
  esac
}
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
mkdir -p "$top/etc/sbuild" "$top/proc" "$top/dev" "$top/tmp" "$top/run" "$top/old" "$top/namespaces" "$top/var/tmp" "$top/var/lib/sbuild"
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
    case $size in
      disk) ;;
      upper:*) upper=\${size#upper:} ;;
      *) mount -t tmpfs -o "size=$size,mode=0755" session-tmpfs "$upper" || fail "cannot mount a tmpfs of $size bytes" ;;
    esac
    mkdir -p "$upper/changes" "$upper/work"
    over=nodev,lowerdir=$lower,upperdir=$upper/changes,workdir=$upper/work
    mount -t overlay -o "volatile,$over" session-overlay "$root" 2>/dev/null ||
      mount -t overlay -o "$over" session-overlay "$root" ||
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

while [ $# -ge 3 ]; do
  give "$1" "$2" "$root" "$3"
  shift 3
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
const LEFT = `
# Where we were in a chroot, what lies above it is still there, and leaving the root leads to it.
: > /run/session-top
nsenter --mount=/proc/self/ns/mnt -- test -e /run/session-top ||
  fail 'this runs in a chroot, out of which a build could get: run it on the machine itself, or in a container'
`;
const OFFLINE_NAMESPACE = "/namespaces/net";
const OFFLINE = `
: > ${OFFLINE_NAMESPACE}
unshare --net=${OFFLINE_NAMESPACE} -- ip link set lo up || fail 'cannot make a network namespace'
`;
const CLOSE_TOP = `
mount -o remount,ro / || fail 'cannot make the top read-only'
`;
function afterLeaving(part) {
	return `${LEFT}${OFFLINE}${part}`;
}
const SESSION_SCRIPT = {
	before: `${TOP$1}${DEVICES}
root=$top$folder/root
${MOUNT_ROOT}${FURNISH}`,
	after: afterLeaving("")
};

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
  "$top${BASEDIR}" "$top/run/pkg-actions/inbox"
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
for turn in $(seq 3 3 $#); do
  case $3 in
    ${BASEDIR}/*) set -- "$@" "$1" "$2" "$3" ;;
    *) give "$1" "$2" "$top" "$3" ;;
  esac
  shift 3
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
# All that is left of the arguments lies below the basedir.
while [ $# -ge 3 ]; do
  give "$1" "$2" "$top" "$3"
  shift 3
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
const MOCK_SESSION_SCRIPT = {
	before: `${TOP$1}${DEVICES}${MOCK_TOP}
root=$top${BASEDIR}
${MOUNT_ROOT}${MOCK_ROOT}`,
	after: afterLeaving(MOCK_USER_NAMESPACE)
};

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
const fileSchema = generationSchema.extend({ flushed: literal$1(true) });
const localSources = object({ repositories: array(object({ source: object({
	uri: string(),
	suite: string().optional()
}) })).default([]) });
function repositoryUris({ record }) {
	return localSources.parse(record.configuration).repositories.map(({ source }) => source);
}
const ID$1 = /^[0-9a-f]{16}$/;
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
	if (!ID$1.test(id)) return void 0;
	const text = await readFile(path.join(folder, id, "generation.json"), "utf8").catch(() => void 0);
	if (text === void 0) return void 0;
	const record = parseRecord(text);
	if (record === void 0) return void 0;
	return {
		id,
		folder: path.join(folder, id),
		tree: path.join(folder, id, "tree"),
		record
	};
}
function parseRecord(text) {
	try {
		const { flushed: _, ...record } = fileSchema.parse(JSON.parse(text));
		return record;
	} catch {
		return;
	}
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
	const file = await lockFileOf(folder);
	return takeLock(file, {
		...lockOptions(folder, signal),
		waitSeconds,
		logger
	});
}
async function tryLockBuildroot(folder, signal) {
	const file = await lockFileOf(folder);
	return tryLock(file, {
		...lockOptions(folder, signal),
		waitSeconds: 0
	});
}
async function lockFileOf(folder) {
	await mkdir(folder, {
		recursive: true,
		mode: 493
	});
	const file = path.join(folder, "lock");
	await (await open(file, "a")).close();
	return file;
}
const lockOptions = (folder, signal) => ({
	mode: "exclusive",
	what: `the buildroot ${path.basename(folder)}`,
	...signal ? { signal } : {}
});
async function clearLeftovers(folder) {
	for (const entry of await readdir(folder)) if (/^\.(?:new|old|smoke|current)-/.test(entry)) await removeTree(path.join(folder, entry));
}
async function stageGeneration(folder) {
	await clearLeftovers(folder);
	const staging = path.join(folder, `.new-${randomBytes(4).toString("hex")}`);
	await mkdir(staging, { mode: 493 });
	return staging;
}
async function installGeneration(folder, staging, id, record, options = {}) {
	const place = path.join(folder, id);
	const existing = await readGeneration(folder, id);
	if (existing) {
		await removeTree(staging);
		await rm(path.join(place, ROLLED_BACK), { force: true });
	} else {
		await flushTree(staging, id, options);
		const content = `${JSON.stringify(fileSchema.parse({
			...record,
			flushed: true
		}), null, 1)}\n`;
		await writeDurably(path.join(staging, "generation.json"), content, 420);
		await removeTree(place);
		await rename(staging, place);
		await sync(folder);
	}
	await switchTo(folder, id);
	await markChecked(folder);
	return existing ?? {
		id,
		folder: place,
		tree: path.join(place, "tree"),
		record
	};
}
async function flushTree(staging, id, { logger, signal, flush = syncFileSystem }) {
	const began = performance.now();
	const say = () => {
		const seconds = Math.round((performance.now() - began) / 1e3);
		logger?.progress(`writing the generation ${id} to the disk${seconds === 0 ? "" : ` (${seconds} s)`}`);
	};
	say();
	const waiting = setInterval(say, 2e3);
	try {
		await flush(staging, signal);
	} catch (error) {
		if (signal?.aborted || !(error instanceof CommandError)) throw error;
		throw new InfrastructureError({
			what: "the new generation cannot be written to the disk",
			where: staging,
			found: oneLine(error.message),
			remedy: "look for errors of the disk (dmesg), and whether it is full"
		}, { cause: error });
	} finally {
		clearInterval(waiting);
	}
}
async function switchTo(folder, id) {
	await swapLink(path.join(folder, "current"), id, `.current-${randomBytes(4).toString("hex")}`);
}
const ROLLED_BACK = "rolled-back";
async function markRolledBack({ folder }) {
	await writeDurably(path.join(folder, ROLLED_BACK), "", 420);
}
async function formerGenerations(folder) {
	const current = await readlink(path.join(folder, "current")).catch(() => void 0);
	const found = [];
	for (const entry of await readdir(folder)) {
		if (!ID$1.test(entry) || entry === current) continue;
		const generation = await readGeneration(folder, entry).catch(() => void 0);
		const marked = await stat(path.join(folder, entry, ROLLED_BACK)).catch(() => void 0);
		if (generation !== void 0 && marked === void 0) found.push(generation);
	}
	return found.sort((a, b) => Date.parse(b.record.createdAt) - Date.parse(a.record.createdAt));
}
async function diskOf(folder) {
	return (await Promise.all((await readdir(folder)).map((entry) => readGeneration(folder, entry).catch(() => void 0)))).reduce((sum, generation) => sum + (generation?.record.bytes ?? 0), 0);
}
async function removeUnused(folder, keep) {
	const current = await readlink(path.join(folder, "current")).catch(() => void 0);
	const kept = new Set((await formerGenerations(folder)).slice(0, keep).map(({ id }) => id));
	const removed = [];
	for (const entry of await readdir(folder)) {
		if (!ID$1.test(entry) || entry === current || kept.has(entry)) continue;
		const place = path.join(folder, entry);
		const lock = await tryLock(place, {
			mode: "exclusive",
			waitSeconds: 0,
			what: `the generation ${entry}`
		});
		if (lock === void 0) continue;
		try {
			const doomed = path.join(folder, `.old-${entry}`);
			await removeTree(doomed);
			await rename(place, doomed);
			await removeTree(doomed);
			removed.push(entry);
		} finally {
			await lock.release();
		}
	}
	return removed;
}
async function keptGenerations(folder) {
	const text = await readFile(path.join(folder, "keep"), "utf8").catch(() => "");
	return /^\d{1,3}\n?$/.test(text) ? Number(text) : 1;
}
async function setKeptGenerations(folder, keep) {
	await writeWhole(path.join(folder, "keep"), `${keep}\n`);
}
const DEFAULT_KEEP = 1;
async function markChecked(folder) {
	const file = path.join(folder, "checked");
	await (await open(file, "a")).close();
	const now = /* @__PURE__ */ new Date();
	await utimes(file, now, now);
}
async function removeTree(...folders) {
	if (folders.length > 0) await run([
		"rm",
		"-rf",
		"--one-file-system",
		"--",
		...folders
	]);
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

// src/buildroot/staged-folder.ts
const PREFIX$1 = ".new-";
const DOOMED = ".old-";
async function stageFolder(parent, what, signal) {
	await mkdir(parent, {
		recursive: true,
		mode: 448
	});
	for (let attempt = 0; attempt < 10; attempt++) {
		const folder = path.join(parent, `${PREFIX$1}${randomBytes(6).toString("hex")}`);
		await mkdir(folder, { mode: 448 });
		const lock = await lockFolder(folder, {
			mode: "exclusive",
			what,
			...signal ? { signal } : {}
		});
		if (lock === void 0) continue;
		let discarding;
		const discard = () => {
			discarding ??= removeTree(folder).finally(() => lock.release());
			return discarding;
		};
		return {
			folder,
			discard,
			[Symbol.asyncDispose]: discard
		};
	}
	throw new Error(`no folder below ${parent} could be locked`);
}
async function lockFolder(folder, options) {
	const before = await inode(folder);
	if (before === void 0) return void 0;
	const lock = await tryLock(folder, {
		...options,
		waitSeconds: 0
	}).catch(async (error) => {
		if (await inode(folder) === void 0) return void 0;
		throw error;
	});
	if (lock === void 0 || await inode(folder) === before) return lock;
	await lock.release();
}
async function removeUnheld(folder, what) {
	const lock = await lockFolder(folder, {
		mode: "exclusive",
		what
	});
	if (lock === void 0) return false;
	try {
		const doomed = path.join(path.dirname(folder), `${DOOMED}${randomBytes(6).toString("hex")}`);
		await rename(folder, doomed);
		await removeTree(doomed);
		return true;
	} finally {
		await lock.release();
	}
}
async function inode(folder) {
	const found = await stat(folder, { bigint: true }).catch((error) => {
		if (error.code === "ENOENT") return void 0;
		throw error;
	});
	return found === void 0 ? void 0 : `${found.dev}:${found.ino}`;
}

// src/buildroot/layers/store.ts
const layerSchema = strictObject({
	schema: literal$1("pkg-actions/layer/1"),
	id: string(),
	format: _enum(["deb", "rpm"]),
	architecture: string(),
	generation: strictObject({
		name: string(),
		id: string()
	}),
	packages: array(string()),
	installed: array(string()),
	notes: record(string(), unknown()).optional(),
	createdAt: datetime(),
	bytes: int().nonnegative(),
	boot: string()
});
const layersFolder = (state) => path.join(state, "layers");
const ID = /^[0-9a-f]{32}$/;
const WHAT$1 = "a layer of build dependencies";
function layerId(key) {
	const { generation, format, architecture, packages, settings = {} } = key;
	const sorted = Object.fromEntries(Object.entries(settings).sort(([a], [b]) => a < b ? -1 : 1));
	const text = JSON.stringify([
		1,
		format,
		architecture,
		[
			generation.record.name,
			generation.id,
			generation.record.createdAt
		],
		[...packages].sort(),
		sorted
	]);
	return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
async function findLayer(state, key, signal) {
	const id = typeof key === "string" ? key : layerId(key);
	if (!ID.test(id)) throw new Error(`not the name of a layer: ${id}`);
	const folder = path.join(layersFolder(state), id);
	const lock = await lockFolder(folder, {
		mode: "shared",
		what: WHAT$1,
		...signal ? { signal } : {}
	});
	if (lock === void 0) return void 0;
	try {
		const record = await readRecord(folder);
		if (record !== void 0 && await isTrusted(folder, record)) {
			const now = /* @__PURE__ */ new Date();
			await utimes(path.join(folder, "used"), now, now);
			return held(folder, record, lock);
		}
	} catch (error) {
		await lock.release();
		throw error;
	}
	await lock.release();
}
async function stageLayer(state, signal) {
	const { folder, discard } = await stageFolder(layersFolder(state), WHAT$1, signal);
	return {
		upper: folder,
		changes: path.join(folder, "changes"),
		discard,
		[Symbol.asyncDispose]: discard
	};
}
async function keepLayer(state, staged, key, { installed, notes }) {
	const id = layerId(key);
	const { generation, format, architecture, packages } = key;
	const size = await run([
		"du",
		"--summarize",
		"--block-size=1",
		"--one-file-system",
		"--",
		staged.changes
	]);
	const record = layerSchema.parse({
		schema: "pkg-actions/layer/1",
		id,
		format,
		architecture,
		generation: {
			name: generation.record.name,
			id: generation.id
		},
		packages: [...packages].sort(),
		installed: [...installed],
		...notes ? { notes } : {},
		createdAt: (/* @__PURE__ */ new Date()).toISOString(),
		bytes: Number(size.stdout.split("	")[0]),
		boot: await bootId()
	});
	const own = path.join(staged.upper, "layer");
	const place = path.join(layersFolder(state), id);
	await mkdir(own, { mode: 448 });
	await writeFile(path.join(own, "layer.json"), `${JSON.stringify(record, null, 1)}\n`);
	await writeFile(path.join(own, "used"), "");
	const lock = await lockFolder(own, {
		mode: "shared",
		what: WHAT$1
	});
	if (lock === void 0) return void 0;
	try {
		await rename(staged.changes, path.join(own, "tree"));
	} catch (error) {
		await lock.release();
		throw error;
	}
	try {
		for (let attempt = 0; attempt < 3; attempt++) {
			const failure = await rename(own, place).then(() => void 0, (error) => error);
			if (failure === void 0) {
				await staged.discard();
				writeThrough(place);
				return held(place, record, lock);
			}
			if (failure.code !== "ENOTEMPTY" && failure.code !== "EEXIST") throw failure;
			const theirs = await findLayer(state, id);
			if (theirs !== void 0) {
				await lock.release();
				await staged.discard();
				return theirs;
			}
			await removeUnheld(place, WHAT$1);
		}
	} catch (error) {
		await unmake(own, staged, lock);
		throw error;
	}
	await unmake(own, staged, lock);
}
async function unmake(own, { changes }, lock) {
	await lock.release();
	await rename(path.join(own, "tree"), changes);
	await rm(own, { recursive: true });
}
async function pruneLayers(state, mostBytes) {
	const folder = layersFolder(state);
	const removed = [];
	const kept = [];
	const remove = async (id) => {
		if (await removeUnheld(path.join(folder, id), WHAT$1).catch(() => false)) removed.push(id);
		return removed.at(-1) === id;
	};
	for (const id of await readdir(folder).catch(() => [])) {
		if (!ID.test(id)) continue;
		const place = path.join(folder, id);
		const record = await readRecord(place);
		const used = await stat(path.join(place, "used")).catch(() => void 0);
		if (record !== void 0 && used !== void 0 && await isTrusted(place, record) && await hasGeneration(state, record)) kept.push({
			id,
			bytes: record.bytes,
			used: used.mtimeMs
		});
		else await remove(id);
	}
	kept.sort((a, b) => a.used - b.used);
	let total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
	for (const { id, bytes } of kept) {
		if (total <= mostBytes) break;
		if (await remove(id)) total -= bytes;
	}
	return removed;
}
function held(folder, record, lock) {
	const release = () => lock.release();
	return {
		id: record.id,
		tree: path.join(folder, "tree"),
		record,
		lock,
		release,
		[Symbol.asyncDispose]: release
	};
}
async function readRecord(folder) {
	try {
		const text = await readFile(path.join(folder, "layer.json"), "utf8");
		const record = layerSchema.safeParse(JSON.parse(text));
		return record.success && record.data.id === path.basename(folder) ? record.data : void 0;
	} catch {
		return;
	}
}
async function isTrusted(folder, { boot }) {
	if (boot === await bootId()) return true;
	return readFile(path.join(folder, "written")).then(() => true, () => false);
}
const bootId = async () => (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
function writeThrough(folder) {
	const child = start([
		"sh",
		"-c",
		"cd \"$1\" && sync -f tree && : > written",
		"sh",
		folder
	]);
	child.on("error", () => {});
	child.stdin.on("error", () => {});
	child.unref();
	for (const stream of [
		child.stdin,
		child.stdout,
		child.stderr
	]) stream.unref?.();
}
async function hasGeneration(state, { generation: { name, id } }) {
	return readFile(path.join(buildrootFolder(state, name), id, "generation.json")).then(() => true, () => false);
}

// src/buildroot/layers/answers.ts
const QUESTION = /^[0-9a-f]{64}$/;
const LAYER = /^[0-9a-f]{32}$/;
function questionOf({ id, record }, question) {
	return createHash("sha256").update(JSON.stringify([
		1,
		record.name,
		id,
		record.createdAt,
		question
	])).digest("hex");
}
async function recallAnswer(state, question) {
	const text = await readFile(placeOf$1(state, question), "utf8").catch(() => "");
	return LAYER.test(text) ? text : void 0;
}
async function rememberAnswer(state, question, layer) {
	const place = placeOf$1(state, question);
	await mkdir(path.dirname(place), {
		recursive: true,
		mode: 448
	});
	const temporary = `${place}.${randomBytes(6).toString("hex")}`;
	await writeWhole(place, layer, { temporary }).catch((error) => {
		if (error.code !== "ENOENT") throw error;
	});
}
async function forgetAnswers(state) {
	const folder = path.join(layersFolder(state), "answers");
	for (const name of await readdir(folder).catch(() => [])) {
		const layer = QUESTION.test(name) ? await recallAnswer(state, name) : void 0;
		if (!(layer !== void 0 && await exists(path.join(layersFolder(state), layer)))) await rm(path.join(folder, name), { force: true });
	}
}
function placeOf$1(state, question) {
	if (!QUESTION.test(question)) throw new Error(`not a digest: ${question}`);
	return path.join(layersFolder(state), "answers", question);
}
const exists = (place) => stat(place).then(() => true, () => false);

// src/buildroot/layers/freeze.ts
const OF_A_SESSION = [
	"run/pkg-actions",
	"etc/resolv.conf",
	"etc/hosts",
	"etc/hostname",
	"tmp",
	"var/tmp",
	"dev",
	"proc",
	"sys"
];
const MACHINE_IDS = ["etc/machine-id", "var/lib/dbus/machine-id"];
async function freezeLayer(changes, { root = "", without, id }) {
	const doomed = [...OF_A_SESSION, ...without].map((name) => placeBelow(changes, path.join(root, name)));
	await removeTree(...(await Promise.all(doomed)).filter((place) => place !== void 0));
	for (const name of MACHINE_IDS) {
		const place = await placeBelow(changes, path.join(root, name));
		if (place === void 0 || !(await lstat(place)).isFile()) continue;
		if (/^[0-9a-f]{32}\n?$/.test(await readFile(place, "utf8"))) await writeFile(place, `${id.slice(0, 32)}\n`);
	}
}
async function placeBelow(folder, name) {
	const parts = path.normalize(name).split("/");
	if (parts.includes("..")) throw new Error(`leads out of the layer: ${name}`);
	let place = folder;
	for (const [index, part] of parts.entries()) {
		place = path.join(place, part);
		const found = await lstat(place).catch(() => void 0);
		if (found === void 0 || index < parts.length - 1 && !found.isDirectory()) return void 0;
	}
	return place;
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

// src/buildroot/engine/first-process.ts
const END_SECONDS = 30;
function holderOf$1(child) {
	let errors = "";
	let rest = "";
	let hasEnded = false;
	const waiting = /* @__PURE__ */ new Set();
	const said = [];
	child.stderr.setEncoding("utf8").on("data", (text) => {
		errors = (errors + text).slice(-4096);
	});
	child.stdout.setEncoding("utf8").on("data", (text) => {
		const lines = (rest + text).split("\n");
		rest = (lines.pop() ?? "").slice(-4096);
		for (const line of lines) {
			const asked = [...waiting].find(({ word }) => word === line);
			if (asked === void 0) said.push(line);
			else {
				waiting.delete(asked);
				asked.answer(true);
			}
		}
		said.splice(0, said.length - 16);
	});
	child.stdin?.on("error", () => {});
	return {
		says: (word) => new Promise((resolve) => {
			const early = said.indexOf(word);
			if (early !== -1) {
				said.splice(early, 1);
				resolve(true);
			} else if (hasEnded) resolve(false);
			else waiting.add({
				word,
				answer: resolve
			});
		}),
		ended: new Promise((resolve) => {
			const end = () => {
				hasEnded = true;
				for (const { answer } of waiting) answer(false);
				waiting.clear();
				resolve();
			};
			child.once("close", end);
			child.once("error", end);
		}),
		hasEnded: () => hasEnded,
		exitCode: () => child.exitCode,
		errors: () => errors.trim()
	};
}
const END_PROCESSES = `
end_processes() {
  local turn
  # kill(2) spares the caller here, and none escapes by forking: it is asked again until nobody is there.
  for (( turn = 0; turn < 1500; turn++ )); do
    kill -KILL -- -1 2>/dev/null || { echo "ended $1"; return; }
    sleep 0.02
  done
  echo "stuck $1"
}
`;
async function awaitEnded(holder, turn) {
	const isGone = await Promise.race([holder.says(`ended ${turn}`).then((said) => said ? "ended" : "gone"), holder.says(`stuck ${turn}`).then((said) => said ? "stuck" : "gone")]);
	if (isGone === "gone") throw sessionEnded(holder);
	if (isGone === "stuck") throw new InfrastructureError({
		what: "processes of the build session cannot be ended",
		found: `some are left after ${END_SECONDS} s: they wait in the kernel, for a disk most often`
	});
}
function sessionEnded(holder) {
	return new InfrastructureError({
		what: "the build session ended while it was in use",
		found: holder.errors().split("\n").at(-1) || "its first process is gone, and nobody says why",
		expected: "a session that lives until it is closed"
	});
}

// src/buildroot/engine/agent.ts
const CONTROL = "/control";
const AGENT = `
${END_PROCESSES}
# Before anything else is opened: some engines allow a milliard of files, and tools that close them one by one take hours.
limit=$(ulimit -Sn)
[ "$limit" != unlimited ] && [ "$limit" -le 65536 ] || ulimit -Sn 65536 2>/dev/null
cd ${CONTROL} && umount -l ${CONTROL} && rmdir ${CONTROL} || exit
fail() { echo "session: $*" >&2; exit 1; }
${CLOSE_TOP}
# Opened for both first: opening one end of a FIFO waits for the other, and ours may be gone already.
exec {both}<>requests && exec {requests}<requests && exec {both}>&- || exit
# Each command gets a process group of its own.
set -m
trap : PIPE
declare -A group=()
run() {
  local argv=() both in out err status
  mapfile -d '' -t argv < "$1/argv"
  exec {both}<>"$1/in"; exec {in}<"$1/in"; exec {both}>&-
  exec {both}<>"$1/out"; exec {out}>"$1/out"; exec {both}>&-
  exec {both}<>"$1/err"; exec {err}>"$1/err"; exec {both}>&-
  exec {both}<>"$1/status"; exec {status}>"$1/status"; exec {both}>&-
  echo open >&"$status"
  (
    exec {requests}<&-
    # Signals go to the group; this one stays, to say how the command ended.
    trap : TERM INT HUP QUIT
    (
      cd / && exec <&"$in" >&"$out" 2>&"$err" {in}<&- {out}>&- {err}>&- {status}>&- && exec "\${argv[@]}"
    )
    echo "$?" >&"$status"
  ) &
  group[$1]=$!
  exec {in}<&- {out}>&- {err}>&- {status}>&-
}
echo ready
# From here on the shell has nothing to say, but it would name every job that a signal ended.
exec 2>/dev/null
while read -r -u "$requests" request number name; do
  case $request in
    run) run "$number" ;;
    signal) kill -s "$name" -- "-\${group[$number]}" ;;
    end) end_processes "$number" ;;
  esac
done
`;
const RELAY = `
trap '' TERM
cd "$1" || exit 125
exec 4<>out; exec 8<out
exec 4<>err; exec 9<err
exec 4<>in; exec 7>in
exec 6<>status; exec 5<status 4>&- 3<&0
echo "run $2" 1<>../requests
read -r state <&6
exec 6>&-
cat <&8 3<&- 5<&- 7>&- 8<&- 9<&- &
cat <&9 >&2 3<&- 5<&- 7>&- 8<&- 9<&- &
if [ "$3" = input ]; then
  cat <&3 >&7 2>/dev/null 5<&- 8<&- 9<&- &
fi
exec 3<&- 7>&- 8<&- 9<&-
read -r code <&5 || code=137
exit "$code"
`;

// src/buildroot/engine/clients.ts
const VARIABLES = {
	docker: [
		"DOCKER_HOST",
		"DOCKER_CONTEXT",
		"DOCKER_CONFIG",
		"DOCKER_CERT_PATH",
		"DOCKER_TLS_VERIFY",
		"XDG_RUNTIME_DIR"
	],
	podman: [
		"CONTAINERS_CONF",
		"CONTAINERS_REGISTRIES_CONF",
		"CONTAINERS_STORAGE_CONF",
		"CONTAINER_CONNECTION",
		"CONTAINER_HOST",
		"CONTAINER_SSHKEY",
		"REGISTRY_AUTH_FILE",
		"STORAGE_DRIVER",
		"XDG_CONFIG_HOME",
		"XDG_DATA_HOME",
		"XDG_RUNTIME_DIR"
	]
};
const ANSWER_SECONDS = 30;
const RUN_OPTIONS = ["--network=host"];
function clientEnvironment(name, environment = process.env) {
	const given = VARIABLES[name].map((variable) => [variable, environment[variable]]);
	return Object.fromEntries(given.filter((entry) => entry[1] !== void 0));
}
async function findClient(name, options = {}) {
	if (which(name) === void 0) throw new MissingToolError(name, installCommand(name));
	const refusal = name === "podman" ? podmanRefusal(options.environment) : void 0;
	if (refusal !== void 0) throw refusal;
	const client = {
		name,
		command: [name],
		runOptions: RUN_OPTIONS,
		env: clientEnvironment(name, options.environment)
	};
	const format = name === "docker" ? "{{.Server.Version}}" : "{{.Client.Version}}";
	const { stdout } = await runClient({
		...client,
		version: ""
	}, [
		"version",
		"--format",
		format
	], {
		timeoutSeconds: ANSWER_SECONDS,
		...options.signal ? { signal: options.signal } : {}
	}).catch((error) => {
		throw explainClient(name, error);
	});
	return {
		...client,
		version: stdout.trim()
	};
}
function podmanRefusal(environment = process.env) {
	if (environment["CONTAINER_HOST"] || environment["CONTAINER_CONNECTION"]) return void 0;
	const isRoot = process.getuid?.() === 0;
	if (isRoot && hasSysAdmin()) return void 0;
	return new UserError({
		what: "build sessions in podman need root with CAP_SYS_ADMIN",
		found: isRoot ? "root without it" : `uid ${process.getuid?.()}`,
		remedy: isRoot ? "in a container: give it CAP_SYS_ADMIN" : "run as root, or with sudo"
	});
}
function hasSysAdmin() {
	const [, effective] = /^CapEff:\s+([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
	return effective === void 0 || (BigInt(`0x${effective}`) >> 21n & 1n) === 1n;
}
function runClient(client, args, options = {}) {
	return run([...client.command, ...args], {
		display: [client.name, ...args],
		...options,
		env: {
			...client.env,
			...options.env
		}
	});
}
function explainClient(name, error) {
	if (!(error instanceof CommandError)) return error;
	const { end, stderr, timeoutSeconds } = error.failure;
	if (end === "timeout") return new InfrastructureError({
		what: `${name} does not answer`,
		found: `nothing after ${timeoutSeconds} s`,
		remedy: startRemedy(name)
	}, { cause: error });
	if (end !== "exit") return error;
	const line = lastWords(stderr);
	if (/permission denied/i.test(line) && /docker\.sock|daemon socket|connect/i.test(line)) return new UserError({
		what: `${name} does not let this user in`,
		found: line,
		remedy: "run as root, or add the user to the group docker (usermod -aG docker USER) and log in again"
	}, { cause: error });
	if (isEngineDown(stderr)) return new InfrastructureError({
		what: `${name} does not answer`,
		found: line,
		remedy: startRemedy(name)
	}, { cause: error });
	return error;
}
function isEngineDown(stderr) {
	if (/error response from daemon|container registry|docker:\/\//i.test(stderr)) return false;
	return /cannot connect to the docker daemon|is the docker daemon running|error during connect|cannot connect to podman|connection refused|connection reset by peer|unexpected EOF|no such host|i\/o timeout|TLS handshake timeout|transport is closing|failed to dial|server is shutting down/i.test(stderr);
}
const startRemedy = (name) => name === "docker" ? "start it: systemctl start docker; or name another by DOCKER_HOST" : "see that podman info works for this user";
function lastWords(text) {
	return text.trim().split("\n").at(-1)?.trim() ?? "";
}

// src/buildroot/engine/container-script.ts
const LEAVE$1 = `
mkdir "$top${CONTROL}"
mount -o bind,ro,nosuid,nodev,noexec "$folder/control" "$top${CONTROL}" || fail 'cannot mount the control folder'
cd "$top"
if pivot_root . old 2>/dev/null; then
  umount -l /old || fail 'cannot unmount the root of the container'
  rmdir /old
else
  rmdir old
  # Its table of mounts is that of the image, which is read-only.
  mount --no-mtab --move "$top" / || fail 'cannot leave the root of the container'
fi
exec chroot . /bin/sh -c "$after" session
`;
const BEGIN = `
after=$1
shift
mount --no-mtab --make-rprivate / || { echo 'session: cannot change mounts: this needs CAP_SYS_ADMIN' >&2; exit 1; }
`;
const AGAIN = `
set -eu
umask 022
fail() { echo "session: $*" >&2; exit 1; }
command -v bash >/dev/null || fail 'the image has no bash'
`;
const BECOME_AGENT = `
exec setpriv --inh-caps=-all --bounding-set=-net_admin -- bash -c "$agent" session
`;
function CONTAINER_SCRIPT({ before }) {
	return `${BEGIN}${before}${LEAVE$1}`;
}
function CONTAINER_SCRIPT_AFTER({ after }) {
	return `${AGAIN}${after}
agent=$(cat <<'END-OF-AGENT'
${AGENT}
END-OF-AGENT
)
${BECOME_AGENT}`;
}

// src/buildroot/engine/control.ts
const BATCH = 24;
const FIFOS = [
	"in",
	"out",
	"err",
	"status"
];
async function makeControl(folder) {
	await mkdir(folder, { mode: 448 });
	const requests = path.join(folder, "requests");
	let made = 0;
	let used = 0;
	const makeBatch = async (more = []) => {
		const numbers = Array.from({ length: BATCH }, (_, index) => String(made + index));
		await Promise.all(numbers.map((number) => mkdir(path.join(folder, number), { mode: 448 })));
		const places = numbers.flatMap((number) => FIFOS.map((name) => path.join(folder, number, name)));
		await run([
			"mkfifo",
			"--mode=0600",
			...more,
			...places
		]);
		made += BATCH;
	};
	await makeBatch([requests]);
	let making;
	const makeMore = () => {
		making ??= makeBatch().finally(() => {
			making = void 0;
		});
		return making;
	};
	let end = openSync(requests, constants.O_RDWR | constants.O_NONBLOCK);
	return {
		folder,
		async place(argv) {
			const number = used++;
			while (number >= made) await makeMore();
			const own = path.join(folder, String(number));
			await writeFile(path.join(own, "argv"), argv.map((word) => `${word}\0`).join(""), { mode: 384 });
			return {
				number,
				folder: own
			};
		},
		send(request) {
			if (end === void 0) return false;
			try {
				writeSync(end, `${request}\n`);
				return true;
			} catch (error) {
				if (["EPIPE", "EAGAIN"].includes(error.code ?? "")) return false;
				throw error;
			}
		},
		agentIsThere() {
			if (end === void 0) return;
			const both = end;
			end = openSync(requests, constants.O_WRONLY | constants.O_NONBLOCK);
			closeSync(both);
		},
		close() {
			if (end !== void 0) closeSync(end);
			end = void 0;
		},
		async isDeserted(seconds) {
			for (let turn = 0; turn < seconds * 20; turn++) {
				try {
					closeSync(openSync(requests, constants.O_WRONLY | constants.O_NONBLOCK));
				} catch (error) {
					if (error.code === "ENXIO") return true;
					throw error;
				}
				await setTimeout$1(50);
			}
			return false;
		}
	};
}

// src/buildroot/engine/podman-strays.ts
const GONE_SECONDS = 30;
const TURNS = 20;
const CGROUP = /\/libpod-([0-9a-f]{64})\b/;
const PREFIX = "pkg-actions-";
async function endPodmanStrays(session) {
	const name = `${PREFIX}${session}`;
	const runtimes = /* @__PURE__ */ new Map();
	for (let turn = 0; turn < 600; turn++) {
		const all = await processes();
		for (const { argv } of all) {
			const id = conmonOf(argv, name);
			if (id !== void 0) runtimes.set(id, runtimeOf(argv));
		}
		const ours = all.map((each) => [each, partOf(each, name, runtimes)]).filter(([, part]) => part !== void 0);
		if (ours.length === 0) {
			for (const [id, runtime] of runtimes) await deleteNoted(runtime, id);
			return;
		}
		for (const [each, part] of ours) if (part === "container" || part === "conmon" && turn >= 200) await end(each);
		await setTimeout$1(1e3 / TURNS);
	}
	throw new InfrastructureError({
		what: "processes of a container cannot be ended",
		where: name,
		found: `some are left after ${GONE_SECONDS} s: they wait in the kernel, for a disk most often`
	});
}
async function podmanStrays() {
	const all = await processes();
	const found = [];
	for (const { argv } of all) {
		const name = argument(argv, "-n");
		const id = name?.startsWith(PREFIX) ? conmonOf(argv, name) : void 0;
		if (name === void 0 || id === void 0) continue;
		const session = name.slice(12);
		const inside = all.filter((each) => each.container === id);
		found.push({
			session,
			id,
			folder: await folderOf(inside, session)
		});
	}
	return found;
}
async function folderOf(inside, session) {
	for (const { pid } of inside) {
		const mounts = await readFile(`/proc/${pid}/mountinfo`, "utf8").catch(() => "");
		for (const line of mounts.split("\n")) {
			const place = (line.split(" ")[4] ?? "").replaceAll(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8)));
			if (path.basename(place) === session) return place;
		}
	}
}
function partOf({ argv, container }, name, ids) {
	if (conmonOf(argv, name) !== void 0) return "conmon";
	if (container !== void 0 && ids.has(container)) return "container";
	if (argv.includes(`--name=${name}`)) return "container";
	const program = path.basename(argv[0] ?? "");
	if (program === "conmon" || !argv.some((word) => ids.has(word))) return void 0;
	if (program === "podman") return argv.includes("cleanup") ? "cleanup" : void 0;
	return argv.includes("create") ? "container" : void 0;
}
function conmonOf(argv, name) {
	if (path.basename(argv[0] ?? "") !== "conmon" || argument(argv, "-n") !== name) return void 0;
	const id = argument(argv, "-c");
	return id !== void 0 && /^[0-9a-f]{64}$/.test(id) ? id : void 0;
}
function runtimeOf(argv) {
	const given = argv.flatMap((word, index) => {
		if (word.startsWith("--runtime-arg=")) return [word.slice(14)];
		return argv[index - 1] === "--runtime-arg" ? [word] : [];
	});
	const root = given.flatMap((word, index) => word.startsWith("--root=") ? [word] : given[index - 1] === "--root" ? ["--root", word] : []);
	return [argument(argv, "-r") ?? "runc", ...root];
}
function argument(argv, flag) {
	const at = argv.indexOf(flag);
	return at === -1 ? void 0 : argv[at + 1];
}
async function deleteNoted([program = "runc", ...root], id) {
	await run([
		program,
		...root,
		"delete",
		"--force",
		id
	], {
		okExitCodes: "any",
		timeoutSeconds: 60
	}).catch(() => {});
}
async function end({ pid, startTime }) {
	if (parseStat(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""))?.startTime !== startTime) return;
	try {
		process.kill(pid, "SIGKILL");
	} catch (error) {
		if (error.code !== "ESRCH") throw error;
	}
}
async function processes() {
	const names = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
	return (await Promise.all(names.map(async (name) => {
		const [stat, command, cgroup] = await Promise.all([
			"stat",
			"cmdline",
			"cgroup"
		].map((file) => readFile(`/proc/${name}/${file}`, "utf8").catch(() => "")));
		const parsed = parseStat(stat ?? "");
		if (parsed === void 0 || "ZXx".includes(parsed.state)) return [];
		const argv = (command ?? "").split("\0").slice(0, -1);
		return [{
			pid: Number(name),
			startTime: parsed.startTime,
			argv,
			container: CGROUP.exec(cgroup ?? "")?.[1]
		}];
	}))).flat();
}

// src/buildroot/engine/vessel.ts
function scriptArguments({ folder, root, scratch, binds }) {
	return [
		folder,
		"tree" in root ? `bind:${root.tree}` : root.lower.join(":"),
		typeof scratch === "object" ? `upper:${scratch.upper}` : String(scratch),
		...binds.flatMap(({ source, destination, writable }) => [
			writable ? "rw" : "ro",
			source,
			destination
		])
	];
}

// src/buildroot/engine/container.ts
const LABELS = {
	run: "pkg-actions.run",
	session: "pkg-actions.session",
	state: "pkg-actions.state"
};
const START_SECONDS = 180;
const GRACE_SECONDS = 10;
const STOP_SECONDS$1 = 30;
const CAPABILITIES$2 = [
	"CHOWN",
	"DAC_OVERRIDE",
	"FOWNER",
	"FSETID",
	"KILL",
	"MKNOD",
	"NET_ADMIN",
	"NET_BIND_SERVICE",
	"SETFCAP",
	"SETGID",
	"SETPCAP",
	"SETUID",
	"SYS_ADMIN",
	"SYS_CHROOT"
];
const PARTS = "/pkg-actions";
async function openInContainer(engine, request) {
	const { client, image } = engine;
	const { folder, signal } = request;
	const control = await makeControl(path.join(folder, "control"));
	const name = `pkg-actions-${request.id}`;
	const child = start([
		...client.command,
		"run",
		...runOptions(engine, request, name),
		image,
		...argumentsOf(request)
	], { env: client.env });
	const holder = holderOf$1(child);
	const running = new AbortController();
	holder.ended.then(() => {
		control.close();
		running.abort();
	});
	const onAbort = () => control.close();
	signal?.addEventListener("abort", onAbort, { once: true });
	let stopping;
	const stop = () => {
		stopping ??= (async () => {
			signal?.removeEventListener("abort", onAbort);
			control.close();
			if (!holder.hasEnded() && await endsWithin(holder, STOP_SECONDS$1)) return;
			if (!holder.hasEnded()) signalGroup(child, "SIGKILL");
			await removeContainer$1(engine, name).catch(async (error) => {
				if (!await control.isDeserted(STOP_SECONDS$1)) throw error;
			});
		})();
		return stopping;
	};
	try {
		const limit = new AbortController();
		const ready = await Promise.race([
			holder.says("ready"),
			aborted(signal, limit.signal),
			sleepOf(START_SECONDS, limit.signal)
		]).finally(() => limit.abort());
		if (signal?.aborted) throw new CancelledError();
		if (ready !== true) throw openingFailed$1(engine, holder, folder);
		control.agentIsThere();
	} catch (error) {
		control.close();
		if (!holder.hasEnded()) {
			signalGroup(child, "SIGTERM");
			if (!await endsWithin(holder, GRACE_SECONDS)) {
				signalGroup(child, "SIGKILL");
				await holder.ended;
			}
		}
		await removeContainer$1(engine, name).catch(() => {});
		throw error;
	}
	let turns = 0;
	return {
		async run(command, { network, ...options }) {
			if (holder.hasEnded() || stopping !== void 0) throw sessionEnded(holder);
			options.signal?.throwIfAborted();
			const { input } = options;
			const offline = network ? [] : [
				"nsenter",
				`--net=${OFFLINE_NAMESPACE}`,
				"--"
			];
			const place = await control.place([
				"env",
				"-i",
				...variables(options.env),
				...offline,
				...command
			]);
			const relay = [
				"sh",
				"-c",
				RELAY,
				"relay",
				place.folder,
				String(place.number),
				input ? "input" : ""
			];
			const either = options.signal ? AbortSignal.any([options.signal, running.signal]) : running.signal;
			try {
				const { cwd: _cwd, env: _env, ...more } = options;
				return await run(relay, {
					...more,
					signal: either,
					onSignal: (signal) => control.send(`signal ${place.number} ${signal.slice(3)}`)
				});
			} catch (error) {
				if (!options.signal?.aborted && (running.signal.aborted || !control.send(""))) {
					await endsWithin(holder, 5);
					throw sessionEnded(holder);
				}
				throw error;
			}
		},
		async endProcesses() {
			turns += 1;
			if (!control.send(`end ${turns}`)) throw sessionEnded(holder);
			await awaitEnded(holder, turns);
		},
		stop
	};
}
function runOptions({ client }, request, name) {
	const { id, runId, state, folder, root, scratch, binds } = request;
	return [
		...[
			"--rm",
			"--pull=never",
			`--name=${name}`,
			"--log-driver=none",
			"--no-healthcheck"
		],
		...[
			`--label=${LABELS.run}=${runId}`,
			`--label=${LABELS.session}=${id}`,
			`--label=${LABELS.state}=${state}`
		],
		...[
			"--user=0:0",
			"--workdir=/",
			"--entrypoint=/bin/sh",
			"--pids-limit=16384"
		],
		"--userns=host",
		...["--cap-drop=ALL", ...CAPABILITIES$2.map((capability) => `--cap-add=${capability}`)],
		...["--security-opt=no-new-privileges", "--read-only"],
		...["--security-opt=apparmor=unconfined", "--security-opt=label=disable"],
		...bind(folder, folder, true),
		..."tree" in root ? bind(root.tree, `${PARTS}/tree`, true) : root.lower.flatMap((lower, index) => bind(lower, `${PARTS}/lower/${index}`, false)),
		...typeof scratch === "object" ? bind(scratch.upper, `${PARTS}/upper`, true) : [],
		...binds.flatMap(({ source, writable }, index) => bind(source, `${PARTS}/binds/${index}`, writable === true)),
		...client.runOptions
	];
}
function argumentsOf(request) {
	const { script, root, scratch, binds } = request;
	const inside = scriptArguments({
		...request,
		root: "tree" in root ? { tree: `${PARTS}/tree` } : { lower: root.lower.map((_, index) => `${PARTS}/lower/${index}`) },
		scratch: typeof scratch === "object" ? { upper: `${PARTS}/upper` } : scratch,
		binds: binds.map((each, index) => ({
			...each,
			source: `${PARTS}/binds/${index}`
		}))
	});
	return [
		"-c",
		CONTAINER_SCRIPT(script),
		"session",
		CONTAINER_SCRIPT_AFTER(script),
		...inside
	];
}
function bind(source, destination, isWritable) {
	return ["--mount", [
		"type=bind",
		`src=${source}`,
		`dst=${destination}`,
		...isWritable ? [] : ["readonly"]
	].map((field) => /[",\n\r]/.test(field) ? `"${field.replaceAll("\"", "\"\"")}"` : field).join(",")];
}
function variables(env = {}) {
	return Object.entries({
		...baseEnvironment(),
		...env
	}).filter((entry) => entry[1] !== void 0).map(([name, value]) => `${name}=${value}`);
}
function openingFailed$1({ client, image }, holder, folder) {
	const errors = holder.errors();
	if (!holder.hasEnded()) return new InfrastructureError({
		what: `${client.name} does not start a container`,
		found: `nothing after ${START_SECONDS} s`,
		remedy: `see that ${client.name} info answers, and what the machine is busy with`
	});
	const failure = new CommandError({
		argv: [
			...client.command,
			"run",
			image
		],
		end: holder.exitCode() === null ? "signal" : "exit",
		exitCode: holder.exitCode() ?? void 0,
		signal: void 0,
		stdout: "",
		stderr: errors
	});
	const explained = explainClient(client.name, failure);
	if (explained instanceof UserError) return explained;
	if (/no such image|image not known|unable to find image/i.test(errors)) return new UserError({
		what: `${client.name} has no image ${image}`,
		remedy: `pull or build it first; ${client.name} image ls shows what is there`
	});
	if (holder.exitCode() === null) return new InfrastructureError({
		what: `the client of ${client.name} was ended`,
		found: errors || "a signal"
	});
	if (/no space left on device/i.test(errors)) return new InfrastructureError({
		what: `${client.name} has no space for a container`,
		found: lastWords(errors)
	});
	return new UserError({
		what: "the build session cannot be opened",
		where: `${client.name}, ${folder}`,
		found: errors || `exit code ${holder.exitCode()}`,
		remedy: "see docs/engines.md for what a container needs, or use the engine host"
	});
}
async function removeContainer$1({ client }, name) {
	if (client.name === "podman") await endPodmanStrays(name.slice(12));
	const { exitCode, stderr } = await runClient(client, [
		"rm",
		"--force",
		"--volumes",
		name
	], {
		okExitCodes: "any",
		timeoutSeconds: 60
	});
	if (exitCode === 0 || /no such container|no container with name|already in progress/i.test(stderr)) return;
	throw new InfrastructureError({
		what: `${client.name} does not remove a container`,
		where: name,
		found: lastWords(stderr),
		remedy: `${client.name} rm --force ${name}`
	});
}
async function endsWithin(holder, seconds) {
	const limit = new AbortController();
	await Promise.race([holder.ended, sleepOf(seconds, limit.signal)]);
	limit.abort();
	return holder.hasEnded();
}
function sleepOf(seconds, signal) {
	return new Promise((resolve) => {
		const timer = setTimeout(() => resolve(false), seconds * 1e3);
		signal.addEventListener("abort", () => {
			clearTimeout(timer);
			resolve(false);
		});
	});
}
function aborted(signal, until) {
	return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(false), {
		once: true,
		signal: until
	}));
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

// src/buildroot/engine/host.ts
const STOP_SECONDS = 60;
const LEAVE = `
cd "$top"
pivot_root . old || fail 'cannot leave the root of the host'
umount -l /old || fail 'cannot unmount the root of the host'
rmdir /old
`;
const WAIT = `
exec bash -c '
${END_PROCESSES}
echo ready
while read -r request turn; do
  [ "$request" != end ] || end_processes "$turn"
done' session
`;
async function openOnHost(request) {
	const { folder, script, signal } = request;
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
		...[
			"sh",
			"-c",
			`${script.before}${LEAVE}${script.after}${CLOSE_TOP}${WAIT}`,
			"session",
			...scriptArguments(request)
		]
	];
	const child = start(withEmptyKeyring(argv));
	const holder = holderOf$1(child);
	const kill = () => {
		if (!holder.hasEnded()) signalGroup(child, "SIGKILL");
	};
	const onAbort = kill;
	signal?.addEventListener("abort", onAbort, { once: true });
	let first;
	const stop = async () => {
		signal?.removeEventListener("abort", onAbort);
		first ??= await firstProcess(child.pid).catch(() => void 0);
		kill();
		await holder.ended;
		if (first !== void 0) await awaitGone(first, folder);
	};
	try {
		const isReady = await holder.says("ready");
		if (signal?.aborted) throw new CancelledError();
		if (!isReady) throw openingFailed(holder, folder);
		first = await firstProcess(child.pid);
		const init = first.pid;
		const namespaces = [
			`--target=${init}`,
			"--mount",
			"--root",
			"--wd",
			"--pid",
			"--ipc",
			"--uts"
		];
		const offline = `--net=/proc/${init}/root${OFFLINE_NAMESPACE}`;
		let turns = 0;
		return {
			async run(command, { network, ...options }) {
				if (holder.hasEnded()) throw sessionEnded(holder);
				const enter = [
					"nsenter",
					...namespaces,
					...network ? [] : [offline],
					"--",
					...command
				];
				return run(withEmptyKeyring(enter), options).catch(async (error) => {
					if (!(error instanceof CommandError && ["timeout", "cancelled"].includes(error.failure.end)) && !signal?.aborted && !await isAlive(init)) throw sessionEnded(holder);
					throw error;
				});
			},
			async endProcesses() {
				if (holder.hasEnded()) throw sessionEnded(holder);
				turns += 1;
				child.stdin.write(`end ${turns}\n`);
				await awaitEnded(holder, turns);
			},
			stop
		};
	} catch (error) {
		await stop();
		throw error;
	}
}
async function firstProcess(unshare) {
	const children = await readFile(`/proc/${unshare}/task/${unshare}/children`, "utf8");
	const pid = Number(children.trim().split(" ")[0]);
	const stat = Number.isInteger(pid) && pid > 0 ? await statOf(pid) : void 0;
	if (stat === void 0) throw new Error(`no child of ${unshare} in ${JSON.stringify(children)}`);
	return {
		pid,
		startTime: stat.startTime
	};
}
async function awaitGone({ pid, startTime }, folder) {
	const end = performance.now() + STOP_SECONDS * 1e3;
	for (let wait = 1;; wait = Math.min(wait * 2, 50)) {
		const stat = await statOf(pid);
		if (stat === void 0 || stat.startTime !== startTime || "ZXx".includes(stat.state)) return;
		if (performance.now() > end) throw new InfrastructureError({
			what: "the processes of a build session do not end",
			where: folder,
			found: `process ${pid} after ${STOP_SECONDS} s`,
			remedy: "look what the disk is busy with; the next start removes what is left"
		});
		await setTimeout$1(wait);
	}
}
function openingFailed(holder, folder) {
	const what = "the build session cannot be opened";
	const found = holder.errors() || (holder.exitCode() === null ? "it was killed" : "no reason given");
	if (holder.exitCode() === null || /no space left|cannot allocate memory|out of memory|resource temporarily unavailable|cannot fork/i.test(found)) return new InfrastructureError({
		what,
		where: folder,
		found
	});
	return new UserError({
		what,
		where: folder,
		found,
		remedy: "pkg-actions doctor says what this host lacks"
	});
}
const statOf = async (pid) => parseStat(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""));
const EXITING = 4;
async function isAlive(pid) {
	const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
	const [state = "X", , , , , , flags = "0"] = text.slice(text.lastIndexOf(")") + 2).split(" ");
	return text !== "" && !["Z", "X"].includes(state) && (Number(flags) & EXITING) === 0;
}

// src/buildroot/session.ts
const INBOX = "/run/pkg-actions/inbox";
const CAPABILITIES$1 = {
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
async function openSession(options) {
	if (process.getuid?.() !== 0) throw new UserError({
		what: "a build session needs root",
		found: `uid ${process.getuid?.()}`,
		remedy: "run as root, or with sudo"
	});
	const { engine = HOST_ENGINE, root, scratch, signal } = options;
	const id = `${Date.now().toString(36)}-${randomBytes(4).toString("hex")}`;
	const folder = path.join(options.state, "sessions", id);
	for (const place of [
		folder,
		..."tree" in root ? [root.tree] : root.lower,
		...typeof scratch === "object" ? [scratch.upper] : []
	]) checkForOverlay(place);
	signal?.throwIfAborted();
	await mkdir(path.dirname(folder), {
		recursive: true,
		mode: 493
	});
	const { lock: own } = await claimFolder(path.dirname(folder), id, {
		runId: options.runId,
		what: `the session ${id}`,
		record: { engine: engine.name }
	});
	let vessel;
	let closing;
	const close = () => {
		closing ??= (async () => {
			try {
				await vessel?.stop();
				await removeFolder(folder);
			} finally {
				await own.release();
				for (const lock of options.locks ?? []) await lock.release();
			}
		})();
		return closing;
	};
	try {
		for (const part of [
			"top",
			"upper",
			"outbox",
			"inbox",
			...options.mock ? ["etc"] : []
		]) await mkdir(path.join(folder, part), { mode: 493 });
		await fillInbox(path.join(folder, "inbox"), options.inbox ?? {});
		await writeTexts(path.join(folder, "etc"), options.mock?.etc ?? {});
		const request = {
			id,
			runId: options.runId,
			state: options.state,
			folder,
			script: options.mock ? MOCK_SESSION_SCRIPT : SESSION_SCRIPT,
			root,
			scratch,
			binds: [...options.mock ? [] : [{
				source: path.join(folder, "inbox"),
				destination: INBOX
			}], ...options.binds ?? []],
			signal
		};
		vessel = isContainerEngine(engine) ? await openInContainer(engine, request) : await openOnHost(request);
		return sessionOf(vessel, {
			id,
			folder,
			isMock: options.mock !== void 0,
			close,
			signal
		});
	} catch (error) {
		await close();
		throw error;
	}
}
function sessionOf(vessel, { id, folder, isMock, close, signal }) {
	const root = isMock ? path.join(BASEDIR, ROOT_NAME, "root") : path.join(folder, "root");
	const withLess = (argv, { privileges = "build", folder }) => {
		const command = [
			...[
				"setpriv",
				"--inh-caps=-all",
				`--bounding-set=-all,${CAPABILITIES$1[privileges].map((name) => `+${name}`).join(",")}`
			],
			...isMock ? ["--no-new-privs", "--"] : ["--"],
			...argv
		];
		const inFolder = folder === void 0 ? command : [
			"sh",
			"-c",
			"cd \"$1\" && shift && exec \"$@\"",
			"sh",
			folder,
			...command
		];
		return isMock ? [
			"nsenter",
			`--user=${USER_NAMESPACE}`,
			"--",
			"unshare",
			"--mount",
			"--",
			...inFolder
		] : inFolder;
	};
	const runInside = (argv, options = {}) => {
		const { network = false, privileges: _privileges, folder: _folder, ...more } = options;
		return vessel.run(withLess(argv, options), {
			...signal ? { signal } : {},
			...more,
			network,
			display: options.display ?? argv
		});
	};
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
		inbox: path.join(folder, "inbox"),
		run: runInside,
		chroot,
		mount: (argv, options = {}) => vessel.run(argv, {
			...signal ? { signal } : {},
			...options,
			network: true,
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
		endProcesses: () => vessel.endProcesses(),
		stop: () => vessel.stop(),
		close,
		[Symbol.asyncDispose]: close
	};
}
function checkForOverlay(folder) {
	if (!/[:,\\]/.test(folder)) return;
	throw new UserError({
		what: "a folder that overlayfs cannot mount",
		where: folder,
		expected: "a path without colon, comma or backslash",
		remedy: "choose another state folder"
	});
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
async function removeFolder(folder) {
	try {
		await rm(folder, {
			recursive: true,
			force: true,
			maxRetries: 5,
			retryDelay: 100
		});
	} catch (error) {
		if (error.code !== "ENAMETOOLONG") throw error;
		await removeMountedTree(folder);
	}
}

// src/buildroot/downloads/store.ts
const WHAT = "the downloads of a build";
const SHA256 = /^[0-9a-f]{64}$/;
const downloadsFolder = (state) => path.join(state, "downloads-kept");
async function openDownloads(state, signal) {
	const store = downloadsFolder(state);
	const own = await stageFolder(store, WHAT, signal);
	const folder = path.join(own.folder, "shown");
	await mkdir(folder, { mode: 493 });
	let count = 0;
	const comeIn = (bring) => async (download, source) => {
		const place = placeOf(store, download);
		if (await isSize(place, download.size)) return true;
		const brought = path.join(own.folder, `file-${count++}`);
		if (!await bring(source, brought, download)) {
			await rm(brought, {
				recursive: true,
				force: true
			});
			return false;
		}
		await mkdir(path.dirname(place), {
			recursive: true,
			mode: 448
		});
		await rename(brought, place);
		return true;
	};
	return {
		folder,
		take: (download, destination) => take(placeOf(store, download), download, destination),
		keep: comeIn(copyCompared),
		adopt: comeIn(moveCompared),
		prune: (mostBytes) => prune(store, mostBytes),
		close: own.discard,
		[Symbol.asyncDispose]: own.discard
	};
}
function placeOf(store, { sha256 }) {
	if (!SHA256.test(sha256)) throw new Error(`not a SHA-256: ${sha256}`);
	return path.join(store, sha256.slice(0, 2), sha256);
}
async function take(place, download, destination) {
	if (!await link(place, destination).then(() => true, async (error) => {
		if (error.code === "ENOENT") return false;
		if (error.code !== "EXDEV" && error.code !== "EMLINK" && error.code !== "EPERM") throw error;
		await copyFile(place, destination, constants$1.COPYFILE_EXCL);
		return true;
	})) return false;
	if (!await isDownload(destination, download)) {
		await rm(destination, { force: true });
		await rm(place, { force: true });
		return false;
	}
	const now = /* @__PURE__ */ new Date();
	await utimes(place, now, now).catch(() => void 0);
	return true;
}
async function isSize(file, size) {
	const found = await stat(file).catch(() => void 0);
	return found?.isFile() === true && found.size === size;
}
async function isDownload(file, { sha256, size }) {
	if (!await isSize(file, size)) return false;
	const hash = createHash("sha256");
	await using handle = await open(file, constants$1.O_RDONLY | constants$1.O_NOFOLLOW);
	for await (const chunk of handle.createReadStream({
		autoClose: false,
		highWaterMark: 1048576
	})) hash.update(chunk);
	return hash.digest("hex") === sha256;
}
async function moveCompared(source, own, download) {
	const found = await lstat(source).catch(() => void 0);
	if (!found?.isFile() || found.size !== download.size) return false;
	if (!await rename(source, own).then(() => true, (error) => {
		if (error.code === "EXDEV") return false;
		throw error;
	})) return copyCompared(source, own, download);
	await using handle = await open(own, constants$1.O_RDONLY | constants$1.O_NOFOLLOW | constants$1.O_NONBLOCK);
	const { nlink } = await handle.stat();
	if (nlink !== 1) {
		const linked = `${own}-linked`;
		await rename(own, linked);
		return copyCompared(linked, own, download).finally(() => rm(linked, {
			recursive: true,
			force: true
		}));
	}
	await handle.chown(process.getuid?.() ?? 0, process.getgid?.() ?? 0);
	await handle.chmod(420);
	return isDownload(own, download);
}
async function copyCompared(source, copy, { sha256, size }) {
	const handle = await open(source, constants$1.O_RDONLY | constants$1.O_NOFOLLOW | constants$1.O_NONBLOCK).catch(() => void 0);
	if (handle === void 0) return false;
	await using _handle = handle;
	const found = await handle.stat();
	if (!found.isFile() || found.size !== size) return false;
	const hash = createHash("sha256");
	const compare = new Transform({ transform(chunk, _encoding, done) {
		hash.update(chunk);
		done(null, chunk);
	} });
	await pipeline(handle.createReadStream({
		autoClose: false,
		end: Math.max(0, size - 1),
		highWaterMark: 1048576
	}), compare, createWriteStream(copy, {
		flags: "wx",
		mode: 420
	}));
	return hash.digest("hex") === sha256;
}
async function prune(store, mostBytes) {
	const files = [];
	for (const part of await readdir(store)) {
		if (!/^[0-9a-f]{2}$/.test(part)) continue;
		for (const name of await readdir(path.join(store, part)).catch(() => [])) {
			const file = path.join(store, part, name);
			const found = await stat(file).catch(() => void 0);
			if (found !== void 0) files.push({
				file,
				size: found.size,
				used: found.mtimeMs
			});
		}
	}
	files.sort((a, b) => a.used - b.used);
	let total = files.reduce((sum, { size }) => sum + size, 0);
	let removed = 0;
	for (const { file, size } of files) {
		if (total <= mostBytes) break;
		await rm(file, { force: true });
		total -= size;
		removed += 1;
	}
	return removed;
}

// src/buildroot/engine/tool-run.ts
const CAPABILITIES = [...[
	"CHOWN",
	"DAC_OVERRIDE",
	"FOWNER",
	"FSETID",
	"KILL",
	"MKNOD",
	"NET_BIND_SERVICE"
], ...[
	"SETFCAP",
	"SETGID",
	"SETPCAP",
	"SETUID",
	"SYS_ADMIN",
	"SYS_CHROOT"
]];
const WATCH = `
exec 4<>/pkg-actions/alive 3</pkg-actions/alive 4>&-
trap 'exit 143' TERM
"$@" 3<&- &
tool=$!
(cat <&3 >/dev/null; kill -TERM 1) &
exec 3<&-
wait "$tool"
`;
async function runTool(engine, argv, options) {
	const { client, image } = engine;
	const { runId, state, writable, readable, env = {}, signal } = options;
	signal?.throwIfAborted();
	const id = ownedName("tool-");
	const name = `pkg-actions-${id}`;
	const there = await Promise.all(readable.map((place) => stat(place).then(() => [place], () => [])));
	const folder = path.join(state, "probes", id);
	await mkdir(folder, {
		recursive: true,
		mode: 448
	});
	const alive = path.join(folder, "alive");
	await run([
		"mkfifo",
		"--mode=0600",
		alive
	]);
	const held = await open(alive, "r+");
	const command = [
		...client.command,
		...[
			"run",
			"--rm",
			"--pull=never",
			`--name=${name}`,
			"--log-driver=none",
			"--no-healthcheck"
		],
		...[
			`--label=${LABELS.run}=${runId}`,
			`--label=${LABELS.session}=${id}`,
			`--label=${LABELS.state}=${state}`
		],
		...[
			"--user=0:0",
			"--workdir=/",
			"--entrypoint=/bin/sh",
			"--userns=host",
			"--cap-drop=ALL"
		],
		...CAPABILITIES.map((capability) => `--cap-add=${capability}`),
		...[
			"--security-opt=no-new-privileges",
			"--security-opt=apparmor=unconfined",
			"--security-opt=label=disable"
		],
		...[
			"--read-only",
			"--tmpfs=/tmp:exec,suid,dev,mode=1777",
			"--tmpfs=/run",
			"--tmpfs=/var/tmp:mode=1777"
		],
		...mount(folder, "/pkg-actions", true),
		...writable.flatMap((place) => mount(place, place, true)),
		...there.flat().flatMap((place) => mount(place, place, false)),
		...Object.keys(env).map((variable) => `--env=${variable}`),
		...client.runOptions,
		...[
			image,
			"-c",
			WATCH,
			"tool",
			...argv
		]
	];
	try {
		return await run(command, {
			...options,
			env: {
				...client.env,
				...env
			},
			display: options.display ?? argv
		});
	} catch (error) {
		const removal = {
			okExitCodes: "any",
			timeoutSeconds: 60
		};
		await held.close();
		if (client.name === "podman") await endPodmanStrays(id).catch(() => {});
		await runClient(client, [
			"rm",
			"--force",
			"--volumes",
			name
		], removal).catch(() => {});
		throw error instanceof CommandError && error.failure.exitCode === 125 ? explainClient(client.name, error) : error;
	} finally {
		await held.close().catch(() => {});
		await rm(folder, {
			recursive: true,
			force: true
		});
	}
}
function mount(source, destination, isWritable) {
	return ["--mount", [
		"type=bind",
		`src=${source}`,
		`dst=${destination}`,
		...isWritable ? [] : ["readonly"]
	].map((field) => /[",]/.test(field) ? `"${field.replaceAll("\"", "\"\"")}"` : field).join(",")];
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
async function changedReleases(releases, options = {}) {
	await using folder = await temporaryFolder("releases");
	return (await Promise.all(releases.map(async (entry, index) => await currentDigest$1(entry, path.join(folder.path, String(index)), options) === entry.sha256 ? [] : [entry.release.endsWith("/") ? entry.uri : entry.release]))).flat();
}
async function currentDigest$1({ uri, release, file = releasePath(release, "InRelease") }, place, { signal, proxy }) {
	const options = {
		timeoutSeconds: 120,
		...signal ? { signal } : {}
	};
	const folder = localFolder({ uri });
	const through = proxy === void 0 ? [] : ["http", "https"].flatMap((kind) => ["-o", `Acquire::${kind}::Proxy=${proxy}`]);
	const fetch = async (name, to) => {
		if (folder !== void 0) return path.join(folder, name);
		const from = `${uri.replace(/\/+$/, "")}/${name}`;
		await run([
			"/usr/lib/apt/apt-helper",
			...through,
			"download-file",
			from,
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
const DEBCONF_ANSWERS = "man-db man-db/auto-update boolean false\n";
const POLICY_RC = "#!/bin/sh\nexit 101\n";
async function makeDebTree(options) {
	const { configuration, tree, logger, signal, engine = HOST_ENGINE } = options;
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
		firstSuite(target),
		tree,
		...sources
	];
	const how = {
		display: argv,
		timeoutSeconds: 3600,
		env: proxyEnvironment(options.proxy),
		onLine: (line) => report$1(line, logger),
		...signal ? { signal } : {}
	};
	if (isContainerEngine(engine)) {
		const { state, runId } = options;
		const readable = [...keyrings, ...keyringsOf(sources)];
		await runTool(engine, argv, {
			...how,
			state,
			runId,
			writable: [path.dirname(tree)],
			readable
		});
	} else await run([
		"unshare",
		"--mount",
		"--pid",
		"--fork",
		"--kill-child",
		"--mount-proc",
		...argv
	], how);
	await finish(options);
	return describe(tree, options);
}
const proxyEnvironment = (proxy) => proxy === void 0 ? {} : {
	http_proxy: proxy,
	https_proxy: proxy
};
const included = ({ target, include }) => [...target.include, ...include];
async function finish({ state, configuration, tree, engine, runId, logger, signal, proxy }) {
	await using session = await openSession({
		state,
		root: { tree },
		scratch: "disk",
		runId,
		...engine ? { engine } : {},
		binds: await localBinds(configuration.repositories.map(({ source }) => source)),
		...signal ? { signal } : {}
	});
	const setup = {
		network: true,
		privileges: "setup",
		env: proxyEnvironment(proxy)
	};
	const progress = { onLine: (line) => report$1(line, logger) };
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
	await answerDebconf(session);
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
async function answerDebconf(session) {
	const answers = "/run/pkg-actions/debconf-answers";
	await session.writeFile(answers, DEBCONF_ANSWERS);
	await session.chroot([
		"sh",
		"-c",
		"if command -v debconf-set-selections >/dev/null; then debconf-set-selections \"$1\"; fi; rm \"$1\"",
		"sh",
		answers
	], { privileges: "setup" });
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
async function describe(tree, { state, configuration, engine, runId, signal }) {
	await using session = await openSession({
		state,
		root: { tree },
		scratch: "disk",
		runId,
		...engine ? { engine } : {},
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
	const mmdebstrap = await session.run(["mmdebstrap", "--version"]);
	return {
		releases,
		packages,
		bytes: Number(size.stdout.split("	")[0]),
		tools: { mmdebstrap: mmdebstrap.stdout.trim().replace(/^mmdebstrap /, "") }
	};
}
const keyringsOf = (lines) => lines.flatMap((line) => /\bsigned-by=([^\]\s,]+)/.exec(line)?.[1] ?? []).filter((file) => file.startsWith("/"));
function report$1(line, logger) {
	const text = line.trim();
	if (/^[WE]:/.test(text)) logger.warning(text);
	else if (text !== "") logger.tool(text);
}
function failureLine$1(error) {
	const lines = `${error.failure.stdout}\n${error.failure.stderr}`.split("\n").map((line) => line.trim());
	return [
		/NO_PUBKEY|not signed|signatures? couldn't be verified|signatures were invalid/,
		/^E: Failed to fetch/,
		/^E: (?!mmdebstrap failed|apt-get (update|.*failed$)|Some index files failed)/,
		/^E: /
	].map((reason) => lines.find((line) => reason.test(line))).find((line) => line !== void 0);
}

// src/buildroot/mock/repositories.ts
const NAME = /^(?!main$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const WEB = /^https?:\/\/[A-Za-z0-9.[\]:-]+(?:\/[A-Za-z0-9!$%&()*+./:=?@_~-]*)?$/;
const FOLDER$1 = /^(?:file:(?:\/\/(?=\/))?)?(\/(?!\/)[A-Za-z0-9@%+=:._~/-]*)$/;
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
	const folder = FOLDER$1.exec(url)?.[1];
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
	const remedy = known.length === 0 ? `install mock-core-configs, or where the distribution lacks it copy its files to ${folder} of the host; or take a target with mock.text` : didYouMean(config, known);
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

// src/buildroot/mock/dnf-plan.ts
const PLUGIN_FOLDER = "/etc/pkg-actions/dnf";
const PLUGIN_FILE = `${PLUGIN_FOLDER.slice(5)}/pkg_actions_plan.py`;
const PLUGIN_PATH = [
	"/usr/lib/python3*/site-packages/dnf-plugins",
	"/usr/lib/python3/dist-packages/dnf-plugins",
	PLUGIN_FOLDER
].join(",");
const PLAN_FILE = "var/cache/pkg-actions-plan.json";
const CANNOT_TELL = "what is to be installed cannot be told beforehand";
const PLUGIN = `"""Writes down what dnf resolved, and ends before anything is downloaded or installed."""
import json
import os

import dnf
import hawkey


def nevra(package):
    return '%s-%s%s-%s.%s' % (package.name, '%d:' % package.epoch if package.epoch else '', package.version,
                              package.release, package.arch)


def describe(package):
    kind, digest = package.chksum or (0, b'')
    is_remote = package.reponame != hawkey.CMDLINE_REPO_NAME and not package.repo._repo.isLocal()
    return {
        'nevra': nevra(package),
        'name': package.name,
        'architecture': package.arch,
        'evr': '%d:%s-%s' % (package.epoch, package.version, package.release),
        'checksum': '%s:%s' % (hawkey.chksum_name(kind), digest.hex()) if digest else '',
        'size': package.downloadsize,
        'file': package.localPkg() if is_remote else None,
    }


class Plan(dnf.Plugin):
    name = 'pkg_actions_plan'

    def resolved(self):
        transaction = self.base.transaction
        plan = {
            'install': [describe(package) for package in transaction.install_set] if transaction else [],
            'remove': [nevra(package) for package in transaction.remove_set] if transaction else [],
        }
        place = os.path.join(self.base.conf.installroot, '${PLAN_FILE}')
        with open(place + '.new', 'w') as stream:
            json.dump(plan, stream)
        os.rename(place + '.new', place)
        raise dnf.exceptions.Error('pkg-actions: planned')
`;
const planned = object({
	nevra: string(),
	name: string(),
	architecture: string(),
	evr: string(),
	checksum: string(),
	size: int().nonnegative(),
	file: string().startsWith(`${BASEDIR}/`).nullable()
});
const schema$1 = object({
	install: array(planned),
	remove: array(string())
});
function parsePlan(text) {
	try {
		const plan = schema$1.safeParse(JSON.parse(text));
		return plan.success && plan.data.install.every(({ file }) => file === null || isCache(file)) ? plan.data : void 0;
	} catch {
		return;
	}
}
function isCache(file) {
	return file.startsWith(`${"/var/lib/mock"}/${"buildroot"}/root/var/cache/`) && !file.includes("/../") && /^[\x20-\x7e]+\.rpm$/.test(file);
}
function planEntries({ install, remove }) {
	return [...install.map(({ name, architecture, evr, checksum }) => `${name}:${architecture}=${evr} ${checksum}`.trimEnd()), ...remove.map((nevra) => `${nevra}-`)].sort();
}
function isAsPlanned(plan, before, after) {
	const plain = (nevra) => nevra.replace(/-0:(?=[^:]*$)/, "-");
	const gone = new Set(plan.remove);
	const expected = /* @__PURE__ */ new Set([...before.map(plain).filter((nevra) => !gone.has(nevra)), ...plan.install.map(({ nevra }) => nevra)]);
	return expected.size === after.length && after.every((nevra) => expected.has(plain(nevra)));
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
const CONFIGURATIONS = {
	build: CONFIGURATION,
	install: "/etc/pkg-actions/install/buildroot.cfg",
	plan: "/etc/pkg-actions/plan/buildroot.cfg"
};
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
function configurationText(buildroot, repositories = [], more = []) {
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
		...more,
		""
	].join("\n");
}
function managerOptions(options, managers) {
	const words = options.map(literal).join(", ");
	return managers.map((name) => {
		const key = literal(`${name}_common_opts`);
		return `config_opts[${key}] = list(config_opts.get(${key}) or []) + [${words}]`;
	});
}
const MANAGERS = [
	"dnf",
	"dnf5",
	"yum"
];
function installLines({ proxy, keepDownloads = false, downloadOnly }) {
	const common = proxy === void 0 ? [] : managerOptions([`--setopt=proxy=${proxy}`], MANAGERS);
	return {
		install: [
			...common,
			...keepDownloads ? managerOptions(["--setopt=keepcache=1"], ["dnf"]) : [],
			...downloadOnly === void 0 ? [] : downloadLines(downloadOnly)
		],
		plan: [
			...common,
			...managerOptions(["--assumeno"], MANAGERS),
			...managerOptions([`--setopt=pluginpath=${PLUGIN_PATH}`], ["dnf"]),
			"if config_opts.get('more_buildreqs') or config_opts.get('package_manager', 'dnf') not in ('dnf', 'dnf4'):",
			`    raise RuntimeError(${literal(CANNOT_TELL)})`
		]
	};
}
function downloadLines(what) {
	return [
		...what === "replacing" ? [] : MANAGERS.map((name) => {
			const key = literal(`${name}_common_opts`);
			return `config_opts[${key}] = [one for one in (config_opts.get(${key}) or []) if one != '--allowerasing']`;
		}),
		...managerOptions(["--downloadonly"], ["dnf", "yum"]),
		...managerOptions(["--setopt=tsflags=test"], ["dnf5"])
	];
}
function buildLines({ environment, path: first, folders }) {
	const set = (name, value) => `config_opts['environment'][${literal(name)}] = ${value}`;
	const former = "config_opts['environment'].get('PATH', '/usr/bin:/bin:/usr/sbin:/sbin')";
	return [
		...Object.entries(environment).map(([name, value]) => set(name, literal(value))),
		...first.length === 0 ? [] : [set("PATH", `${literal(`${first.join(":")}:`)} + ${former}`)],
		...folders.length === 0 ? [] : ["config_opts['plugin_conf']['bind_mount_enable'] = True", `config_opts['plugin_conf']['bind_mount_opts'] = {'dirs': [${folders.map((folder) => `(${literal(folder)}, ${literal(folder)})`).join(", ")}], 'create_dirs': False}`]
	];
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
async function mockTop(buildroot, repositories, places = [], options = {}, build) {
	const all = [...buildroot.repositories, ...repositories];
	const keys = all.flatMap((repository) => repository.keys);
	const folders = new Set(all.flatMap((repository) => repositoryFolder(repository) ?? []));
	const own = await configurationFolder(buildroot.mock.folder);
	const lines = installLines(options);
	const below = (file) => file.slice(5);
	const binds = await Promise.all([...places.map((place) => placeBinds(place, place)), ...[...folders].map((folder) => placeBinds(folder, sessionUri(folder)))]);
	return {
		etc: {
			...own.etc,
			...Object.fromEntries(keys.map((key) => [keyPlace(key), `${key}\n`])),
			[below(CONFIGURATIONS.build)]: configurationText(buildroot, options.isInstalled ? [] : repositories, build ? buildLines(build) : []),
			[below(CONFIGURATIONS.install)]: configurationText(buildroot, repositories, lines.install),
			[below(CONFIGURATIONS.plan)]: configurationText(buildroot, repositories, lines.plan),
			[PLUGIN_FILE]: PLUGIN
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
const PACKAGED_MOCK = "/usr/libexec/mock/mock";
async function findMock(environment = process.env, engine = HOST_ENGINE) {
	const named = environment["MOCK"] || void 0;
	if (named === void 0 && isContainerEngine(engine)) return {
		file: engine.mock ?? "/usr/libexec/mock/mock",
		folders: []
	};
	const found = which(named ?? "mock");
	const isPackaged = found === void 0 || /^(?:\/usr)?\/s?bin\//.test(found);
	const file = named === void 0 && isPackaged ? which("/usr/libexec/mock/mock") ?? found : found;
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
	const { mostBytes = 0, use = "build", ...more } = options;
	const shown = [
		"mock",
		"-r",
		CONFIGURATIONS[use],
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

// src/buildroot/mock/session.ts
async function openMockSession(options) {
	const { generation, inbox, locks, signal } = options;
	const configuration = generation.record.configuration;
	const { engine = HOST_ENGINE } = options;
	const program = await findMock(process.env, engine);
	const { etc, binds } = await mockTop(configuration, options.repositories ?? [], generation.record.places, options.install, options.build);
	const session = await openSession({
		state: options.state,
		root: { lower: [...options.above ?? [], generation.tree] },
		scratch: options.scratch,
		engine,
		runId: options.runId,
		mock: { etc },
		binds: [
			...binds,
			...programBinds(program),
			...options.binds ?? []
		],
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

// src/buildroot/downloads/rpm.ts
const KEPT$1 = "/run/pkg-actions/kept";
const FETCHED = "downloads";
const OFFER = `
while read -r name file; do
  mkdir -p -- "\${file%/*}" && cp --no-preserve=all -- "$1/$name" "$file"
done
`;
const FETCH = `
mkdir -p -- "$1"
while read -r name file; do
  [ ! -f "$file" ] || mv -T -- "$file" "$1/$name" || rm -f -- "$1/$name"
done
`;
async function openRpmDownloads(state, signal) {
	const downloads = await openDownloads(state, signal);
	const offered = /* @__PURE__ */ new Set();
	const tell = async (session, script, folder, files) => {
		const input = files.map(({ sha256, file }) => `${sha256} ${file}\n`).join("");
		await session.session.run([
			"sh",
			"-ec",
			script,
			"sh",
			folder
		], {
			privileges: "mock",
			input
		});
	};
	return {
		binds: [{
			source: downloads.folder,
			destination: KEPT$1
		}],
		async offer(session, plan) {
			const wanted = downloadsOf(plan);
			const given = [];
			for (const one of wanted) {
				if (offered.has(one.sha256) || !await downloads.take(one, path.join(downloads.folder, one.sha256))) continue;
				offered.add(one.sha256);
				given.push(one);
			}
			await tell(session, OFFER, KEPT$1, given);
			return {
				kept: given.length,
				missing: wanted.length - given.length
			};
		},
		async keep(session, plan, mostBytes) {
			const wanted = downloadsOf(plan);
			if (wanted.length === 0) return;
			const outbox = path.join(session.results, FETCHED);
			await tell(session, FETCH, outbox, wanted);
			let isNew = false;
			for (const one of wanted) {
				if (offered.has(one.sha256)) continue;
				isNew = await downloads.adopt(one, path.join(outbox, one.sha256)) || isNew;
			}
			await session.session.run([
				"rm",
				"-rf",
				"--",
				outbox
			], { privileges: "mock" });
			if (isNew) await downloads.prune(mostBytes);
		},
		[Symbol.asyncDispose]: downloads.close
	};
}
function downloadsOf({ install }) {
	const wanted = /* @__PURE__ */ new Map();
	for (const { file, checksum, size } of install) {
		const sha256 = checksumOf(checksum);
		if (file !== null && sha256 !== void 0 && size > 0) wanted.set(sha256, {
			sha256,
			size,
			file
		});
	}
	return [...wanted.values()];
}
const checksumOf = (checksum) => /^sha256:([0-9a-f]{64})$/.exec(checksum)?.[1];

// src/buildroot/engine/old-images.ts
const UNUSED_DAYS = 14;
async function removeOldImages({ client, folder, current, logger, signal }) {
	const removed = [];
	try {
		const { stdout } = await runClient(client, [
			"image",
			"ls",
			...[
				"--filter",
				"label=pkg-actions.tool-image",
				"--format",
				"{{.Repository}}:{{.Tag}}"
			]
		], {
			signal,
			timeoutSeconds: 60
		});
		for (const listed of new Set(stdout.split("\n").map((line) => line.trim()))) {
			const image = listed.replace(/^localhost\//, "");
			if (!image.startsWith("pkg-actions/") || image === current || await isRecent(folder, image)) continue;
			const { exitCode } = await runClient(client, [
				"image",
				"rm",
				image
			], {
				signal,
				okExitCodes: "any",
				timeoutSeconds: 300
			});
			if (exitCode !== 0) continue;
			removed.push(image);
			logger.info(`removed the tool image ${image}, unused for ${UNUSED_DAYS} days`);
		}
	} catch (error) {
		signal.throwIfAborted();
		logger.debug(`old tool images: ${messageOf(error)}`);
	}
	return removed;
}
async function isRecent(folder, image) {
	const used = await stat(path.join(folder, fileOf(image))).catch(() => void 0);
	return used === void 0 || Date.now() - used.mtimeMs < UNUSED_DAYS * 864e5;
}
const fileOf = (image) => image.replaceAll(/[/:]/g, "_");

// src/buildroot/engine/images.ts
const NAMES = {
	deb: "sbuild",
	rpm: "mockbuild"
};
const IMAGE_LABEL = "pkg-actions.tool-image";
const ATTEMPTS = 3;
const PULL_SECONDS = 1800;
const BUILD_SECONDS = 3600;
async function toolImage(request) {
	if (request.toolImage !== void 0) {
		await imageId(request, request.toolImage, "tool-image");
		return request.toolImage;
	}
	const dockerfile = await readFile(assetPath("containers", NAMES[request.format], "Dockerfile"), "utf8");
	const base = request.baseImage ?? defaultBase(dockerfile);
	const id = await imageId(request, base, "base-image");
	const image = imageName(request.format, dockerfile, id);
	const folder = path.join(request.state, "tool-images");
	await mkdir(folder, {
		recursive: true,
		mode: 448
	});
	const used = path.join(folder, fileOf(image));
	await (await open(used, "a", 384)).close();
	const what = `the tool image ${image}`;
	await using _lock = await takeLock(used, {
		...request,
		mode: "exclusive",
		waitSeconds: BUILD_SECONDS,
		what
	});
	const now = /* @__PURE__ */ new Date();
	await utimes(used, now, now);
	if (await inspect(request, image) !== void 0) return image;
	await request.logger.group(`Tool image ${image}`, async () => {
		await build(request, {
			dockerfile,
			base,
			image
		});
		await removeOldImages({
			...request,
			folder,
			current: image
		});
	});
	return image;
}
function imageName(format, dockerfile, baseId) {
	const digest = createHash("sha256").update(dockerfile).update("\0").update(baseId).digest("hex").slice(0, 16);
	return `pkg-actions/${NAMES[format]}:${digest}`;
}
function defaultBase(dockerfile) {
	const base = /^ARG BASE=(\S+)$/m.exec(dockerfile)?.[1];
	if (base === void 0) throw new Error("a Dockerfile without ARG BASE=");
	return base;
}
async function imageId(request, image, input) {
	const found = await inspect(request, image);
	if (found !== void 0) return found;
	const { client, logger } = request;
	await logger.group(`Pulling ${image}`, () => withRetries(request, ["pull", image], PULL_SECONDS, (error) => pullFailed(client, image, input, error)));
	const pulled = await inspect(request, image);
	if (pulled === void 0) throw new Error(`${client.name} pulled ${image} and does not have it`);
	return pulled;
}
async function inspect({ client, signal }, image) {
	try {
		const { stdout } = await runClient(client, [
			"image",
			"inspect",
			"--format",
			"{{.Id}}",
			image
		], {
			signal,
			timeoutSeconds: 60
		});
		return stdout.trim().replace(/^sha256:/, "");
	} catch (error) {
		if (error instanceof CommandError && /no such image|image not known|unable to find/i.test(error.failure.stderr)) return;
		throw explainClient(client.name, error);
	}
}
function pullFailed(client, image, input, error) {
	const said = lastWords(error.failure.stderr);
	if (isNetwork(error)) return new InfrastructureError({
		what: `${client.name} cannot pull the image ${image}`,
		found: said,
		remedy: "see that its registry answers"
	}, { cause: error });
	return new UserError({
		what: `${client.name} has no such image, and cannot pull it`,
		where: `input ${input}`,
		found: `${quote(image)}: ${said}`,
		expected: "an image of this machine, or of a registry that it may pull from",
		remedy: `${client.name} pull ${image}, or ${client.name} login for a private registry`
	});
}
async function build(request, { dockerfile, base, image }) {
	await withRetries(request, [
		...[
			"build",
			"--tag",
			image,
			"--build-arg",
			`BASE=${base}`,
			"--label",
			`${IMAGE_LABEL}=${NAMES[request.format]}`
		],
		...[
			"--network",
			"host",
			"--force-rm"
		],
		...proxies().flatMap((name) => ["--build-arg", name]),
		"-"
	], BUILD_SECONDS, (error) => buildFailed(request, base, error), dockerfile);
}
const proxies = () => [
	"http_proxy",
	"https_proxy",
	"no_proxy",
	"HTTP_PROXY",
	"HTTPS_PROXY",
	"NO_PROXY"
].filter((name) => process.env[name] !== void 0);
function buildFailed(request, base, error) {
	const said = failureLine(error);
	const where = `containers/${NAMES[request.format]}/Dockerfile on ${base}`;
	const what = "the tool image cannot be made";
	if (isNetwork(error)) return new InfrastructureError({
		what,
		where,
		found: said,
		remedy: "see that its mirrors answer"
	}, { cause: error });
	return new UserError({
		what,
		where,
		found: said,
		remedy: "choose another base-image, or give a tool-image that has the tools"
	}, { cause: error });
}
async function withRetries({ client, logger, signal }, argv, timeoutSeconds, explain, input) {
	for (let attempt = 1;; attempt++) try {
		await runClient(client, argv, {
			signal,
			timeoutSeconds,
			env: {
				BUILDKIT_PROGRESS: "plain",
				BUILDX_BUILDER: "default"
			},
			onLine: (line) => {
				if (line.trim() !== "") logger.tool(stripVTControlCharacters(line).trimEnd());
			},
			...input === void 0 ? {} : { input }
		});
		return;
	} catch (error) {
		const explained = explainClient(client.name, error);
		if (!(explained instanceof CommandError) || ["cancelled", "signal"].includes(explained.failure.end)) throw explained;
		if (!isNetwork(explained) || attempt === ATTEMPTS) throw explain(explained);
		const wait = waitAfter(attempt);
		logger.info(`${retryLine(attempt, ATTEMPTS, wait)}: ${failureLine(explained)}`);
		await pause(wait, signal);
	}
}
const NETWORK = /temporary failure (?:in name resolution|resolving)|could not resolve|connection (?:timed out|refused|failed|reset)|could not connect|network is unreachable|hash sum mismatch|file has unexpected size|mirror sync in progress|curl error|(?:HTTP|status code:?|response:?) ?(?:429|5\d\d)|\b(?:429|50[0234]) +(?:Too Many|Internal|Bad Gateway|Service Unavail|Gateway)|i\/o timeout|TLS handshake timeout|unexpected EOF|toomanyrequests|no such host/i;
function isNetwork(error) {
	const { end, argv, stdout, stderr } = error.failure;
	if (end === "timeout") return true;
	const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => !/^time="[^"]*" level=warning/.test(line));
	const repository = argv.includes("pull") ? (argv.at(-1) ?? "").replace(/[:@][^/]*$/, "") : "";
	return NETWORK.test(repository === "" ? lines.join("\n") : lines.join("\n").replaceAll(repository, ""));
}
function failureLine(error) {
	const lines = `${error.failure.stdout}\n${error.failure.stderr}`.split("\n").map((line) => stripVTControlCharacters(line).replace(/^#\d+ (?:\d+\.\d+ )?/, "").trim());
	return [
		/^E: Failed to fetch/,
		/^E: (?!Some index files|The repository .* does not have)/,
		/^E: /,
		/^(?:Error|ERROR): (?!failed to solve|building at STEP)/,
		/^(?:No match for argument|Unable to find a match)/,
		/^(?:\/bin\/)?sh: .*not found/
	].map((reason) => lines.find((line) => reason.test(line))).find((line) => line !== void 0) ?? (lastWords(error.failure.stderr) || lastWords(error.failure.stdout) || error.message);
}

// src/buildroot/engine/once-proven.ts
async function onceProven(file, key, prove) {
	const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "")).trim();
	const asked = JSON.stringify([boot, ...key]);
	const [known, answer] = await readFile(file, "utf8").then(linesOf, () => []);
	if (boot !== "" && known === asked && answer !== void 0) return answer;
	const found = await prove();
	await mkdir(path.dirname(file), {
		recursive: true,
		mode: 448
	});
	await writeFile(file, `${asked}\n${JSON.stringify(found)}\n`);
	return found;
}
function linesOf(text) {
	const [asked = "", answer = ""] = text.split("\n");
	try {
		const found = JSON.parse(answer);
		return [asked, typeof found === "string" ? found : void 0];
	} catch {
		return [asked, void 0];
	}
}

// src/buildroot/engine/probe.ts
const SESSION_TOOLS = [
	"unshare",
	"nsenter",
	"setpriv",
	"mount",
	"ip",
	"bash"
];
const FORMAT_TOOLS = {
	deb: ["sbuild", "mmdebstrap"],
	rpm: ["dnf", "rpm"]
};
async function probeHost(format, state, signal) {
	try {
		if (process.getuid?.() !== 0) throw new UserError({
			what: "build sessions on the host need root",
			found: `uid ${process.getuid?.()}`,
			remedy: "run as root, or with sudo"
		});
		if (format === "rpm") await findMock();
		const missing = [...SESSION_TOOLS, ...FORMAT_TOOLS[format]].filter((tool) => which(tool) === void 0);
		if (missing.length > 0) throw new UserError({
			what: "tools are not installed or not on PATH",
			found: missing.join(", "),
			remedy: missing.map((tool) => installCommand(tool)).join("; ")
		});
		await onceProven(path.join(state, "probes", "host"), await ownRights(), async () => {
			await trySession(HOST_ENGINE, [], state, signal);
			return "";
		});
		return {
			ok: true,
			found: "host"
		};
	} catch (error) {
		return failed(error, signal);
	}
}
async function ownRights() {
	const namespaces = [
		"user",
		"mnt",
		"pid"
	].map((name) => readlink(`/proc/self/ns/${name}`).catch(() => ""));
	const status = await readFile("/proc/self/status", "utf8").catch(() => "");
	return [...await Promise.all(namespaces), ...status.match(/^(?:CapEff|CapBnd|NoNewPrivs|Seccomp):.*$/gm) ?? []];
}
function failed(error, signal) {
	if (signal?.aborted || !(error instanceof Error)) throw error;
	const isTold = error instanceof UserError;
	if (!isTold && error.name !== "CommandError") throw error;
	const remedy = isTold ? error.parts.remedy : void 0;
	return {
		ok: false,
		reason: remedy === void 0 ? messageOf(error) : messageOf(error).replace(`; ${remedy}`, ""),
		remedy,
		error
	};
}
async function trySession(engine, tools, state, signal) {
	const places = path.join(state, "probes");
	await mkdir(places, {
		recursive: true,
		mode: 448
	});
	const tree = path.join(places, ownedName("root-"));
	await mkdir(tree, { mode: 448 });
	try {
		for (const part of [
			"dev",
			"etc/apt",
			"proc",
			"run/pkg-actions/inbox",
			"sys"
		]) await mkdir(path.join(tree, part), { recursive: true });
		await using session = await openSession({
			state,
			root: { lower: [tree] },
			scratch: 16 * 1024 ** 2,
			runId: "probe",
			engine,
			...signal ? { signal } : {}
		});
		const { stdout } = await session.run([
			"sh",
			"-c",
			"for tool; do printf \"%s %s\\n\" \"$tool\" \"$(command -v \"$tool\")\"; done; ip link show lo >/dev/null",
			"sh",
			...tools
		], { timeoutSeconds: 120 });
		return new Map(stdout.split("\n").map((line) => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""]).filter(([, file]) => file !== ""));
	} finally {
		await rm(tree, {
			recursive: true,
			force: true
		});
	}
}
async function proveContainers(client, image, format, state, signal) {
	const engine = {
		name: client.name,
		description: `${client.name} ${client.version}, image ${image}`,
		client,
		image
	};
	const where = Object.entries(client.env).flat().join(" ");
	const key = [
		client.version,
		format,
		where,
		process.env["MOCK"] ?? ""
	];
	const file = path.join(state, "probes", `${client.name}_${image.replaceAll(/[/:@]/g, "_")}`);
	return withMock(engine, await onceProven(file, key, () => toolsIn(engine, format, state, signal)));
}
const withMock = (engine, mock) => mock === "" ? engine : {
	...engine,
	mock
};
async function toolsIn(engine, format, state, signal) {
	const needsMock = format === "rpm" && !process.env["MOCK"];
	const tools = [...SESSION_TOOLS, ...FORMAT_TOOLS[format]];
	const found = await trySession(engine, [
		...tools,
		PACKAGED_MOCK,
		"mock"
	], state, signal).catch((error) => {
		throw remoteError(engine, state, error);
	});
	const mock = found.get("/usr/libexec/mock/mock") ?? found.get("mock");
	const missing = tools.filter((tool) => !found.has(tool));
	if (needsMock && mock === void 0) missing.push("mock");
	if (missing.length === 0) return needsMock ? mock ?? "" : "";
	throw new UserError({
		what: "the tool image lacks tools",
		where: engine.description,
		found: missing.join(", "),
		remedy: missing.join() === "mock" ? "take a base-image whose distribution has mock (Fedora, EL with EPEL), or name a mock in the environment variable MOCK" : "give a tool-image that has them, or none, to have one made"
	});
}
function remoteError({ client, description }, state, error) {
	if (!(error instanceof UserError && !(error instanceof InfrastructureError) && /bind source path does not exist|invalid mount config|statfs .*no such file|error creating mount source|no such file or directory.*(?:bind|mount)/i.test(error.message))) return error;
	return new UserError({
		what: `${client.name} does not see the folders of this machine`,
		where: description,
		found: `a daemon that has no ${state}`,
		expected: "a daemon of this machine; in a container, the state folder mounted at the same path as on the host",
		remedy: `unset ${client.name === "docker" ? "DOCKER_HOST and DOCKER_CONTEXT" : "CONTAINER_HOST"}, or mount the state folder into this container at its own path`
	}, { cause: error });
}

// src/buildroot/engine/choose.ts
async function chooseEngine(request) {
	const { requested, logger, signal } = request;
	if (requested === "host") return hostEngine(request);
	if (requested !== "auto") {
		const engine = await containerEngine(requested, request);
		logger.info(`engine: ${engine.description}`);
		return engine;
	}
	const passed = [];
	for (const name of [
		"host",
		"docker",
		"podman"
	]) try {
		const engine = name === "host" ? await hostEngine(request) : await containerEngine(name, request);
		const others = passed.map((each) => `${each.name}: ${each.probe.reason}`).join("; ");
		if (passed.length > 0) logger.info(`engine: ${engine.description} (${others})`);
		else logger.debug(`engine: ${engine.description}`);
		return engine;
	} catch (error) {
		passed.push({
			name,
			probe: failed(error, signal)
		});
	}
	throw noneWorks(passed);
}
async function hostEngine({ format, state, signal }) {
	const probe = await probeHost(format, state, signal);
	if (!probe.ok) throw probe.error;
	return HOST_ENGINE;
}
async function containerEngine(name, request) {
	const { format, state, signal } = request;
	const client = await findClient(name, { signal });
	const image = await toolImage({
		...request,
		client
	});
	return proveContainers(client, image, format, state, signal);
}
function noneWorks(passed) {
	const [host, ...others] = passed;
	const told = others.map(({ name, probe }) => probe.error instanceof MissingToolError ? `${name} is not installed` : `${name}: ${probe.reason}`);
	const down = passed.map(({ probe }) => probe.error).find((error) => error instanceof InfrastructureError);
	return new (down === void 0 ? UserError : InfrastructureError)({
		what: "no engine can run build sessions here",
		found: [`host: ${host?.probe.reason}`, ...told].join("; "),
		expected: "the host, docker or podman",
		remedy: host?.probe.remedy ?? "see docs/engines.md for what each of them needs"
	}, { cause: down ?? host?.probe.error });
}

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
		return await withAttempts(hideCredentials(entry.uri), options, () => currentDigest(entry, options)) === entry.sha256 ? [] : [entry.release];
	}))).flat();
}
async function currentDigest({ uri, kind, release }, options) {
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

// src/buildroot/rejection.ts
const rejectionSchema = strictObject({
	schema: literal$1("pkg-actions/rejection/1"),
	kind: _enum(["smoke-test", "rollback"]),
	rejectedAt: datetime(),
	generation: string(),
	configurationDigest: string(),
	releases: generationSchema.shape.releases,
	verdict: _enum(VERDICTS).optional(),
	reason: string(),
	log: string().optional()
});
const FILE = "rejected.json";
async function readRejection(folder) {
	const text = await readFile(path.join(folder, FILE), "utf8").catch(() => void 0);
	if (text === void 0) return void 0;
	try {
		return rejectionSchema.parse(JSON.parse(text));
	} catch {
		return;
	}
}
async function writeRejection(folder, rejection) {
	const content = `${JSON.stringify(rejectionSchema.parse(rejection), null, 1)}\n`;
	await writeDurably(path.join(folder, FILE), content, 420);
}
async function clearRejection(folder) {
	await rm(path.join(folder, FILE), { force: true });
}
var SmokeTestError = class extends UserError {
	name = "SmokeTestError";
	verdict;
	constructor(parts, verdict, options) {
		super(parts, options);
		this.verdict = verdict;
	}
};
function smokeFailure(name, { verdict, reason, log }) {
	const parts = {
		what: `the new generation of the buildroot ${name} did not pass its smoke test`,
		found: `${verdict} failure: ${reason}`,
		...log === void 0 ? {} : { remedy: `see ${log}` }
	};
	return verdict === "infrastructure" ? new InfrastructureError(parts) : new SmokeTestError(parts, verdict);
}
function describeRejection({ kind, generation, rejectedAt, reason, log }) {
	const when = rejectedAt.slice(0, 16).replace("T", " ");
	return `generation ${generation}, ${kind === "rollback" ? `which was gone back from at ${when} UTC (${reason})` : `which did not pass its smoke test at ${when} UTC (${reason})${log === void 0 ? "" : `; see ${log}`}`}`;
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
		...options.engine ? { engine: options.engine } : {},
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

// src/buildroot/mock/tree.ts
const LIMIT = 3600;
function buildrootTree(generation) {
	return path.join(generation.tree, ROOT_NAME, "root");
}
async function makeRpmTree(options) {
	const { configuration, tree, logger, signal, engine } = options;
	const program = await findMock(process.env, engine);
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
	const { etc, binds } = await mockTop(configuration, [], settings.places, options.proxy === void 0 ? {} : { proxy: options.proxy });
	await using session = await openSession({
		state: options.state,
		root: { tree },
		scratch: "disk",
		runId: options.runId,
		...engine ? { engine } : {},
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
		use: "install",
		timeoutSeconds: LIMIT,
		onLine: (line) => report(line, logger),
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
function report(line, logger) {
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

// src/buildroot/update-failure.ts
function explainFailure(error, configuration) {
	if (!(error instanceof CommandError) || error.failure.end !== "exit") return error;
	const isRpm = isRpmBuildroot(configuration);
	const line = isRpm ? mockFailureLine(error) : failureLine$1(error);
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

// src/buildroot/due.ts
async function reasonToUpdate(current, configuration, options) {
	if (current === void 0) return "there was none";
	if (current.record.configurationDigest !== configurationDigest(configuration)) return "its configuration changed";
	const { releases } = current.record;
	if (releases.length === 0) return "its archive cannot be compared";
	const changed = await changedUpstream(releases, configuration, options);
	return changed.length === 0 ? void 0 : `${changed.join(", ")} changed upstream`;
}
async function changedUpstream(releases, configuration, { signal, proxy }) {
	const how = {
		...signal ? { signal } : {},
		...proxy ? { proxy } : {}
	};
	try {
		return isRpmBuildroot(configuration) ? await changedRepositories(releases, {
			attempts: 2,
			...how
		}) : await changedReleases(releases, how);
	} catch (error) {
		if (signal?.aborted || !(error instanceof CommandError)) throw error;
		throw explainFailure(error, configuration);
	}
}
async function stillRejected(folder, options) {
	const { configuration } = options;
	const rejection = options.force ? void 0 : await readRejection(folder);
	if (rejection === void 0 || rejection.configurationDigest !== configurationDigest(configuration)) return void 0;
	if (rejection.kind === "smoke-test" && options.retryRejected) return void 0;
	return (await changedUpstream(rejection.releases, configuration, options)).length === 0 ? rejection : void 0;
}
function rejectionError(name, rejection) {
	return new SmokeTestError({
		what: `the buildroot ${name} has no generation for its configuration`,
		found: `upstream is as it was for ${describeRejection(rejection)}`,
		remedy: "run update-buildroots, which tries again, when the cause is gone"
	}, rejection.verdict ?? "configuration");
}

// src/buildroot/package-changes.ts
const moved = strictObject({
	name: string(),
	from: string(),
	to: string()
});
const one = strictObject({
	name: string(),
	version: string()
});
const packageChangesSchema = strictObject({
	upgraded: array(moved),
	downgraded: array(moved),
	added: array(one),
	removed: array(one)
});
function packageChanges(format, before, after) {
	const old = byName(before);
	const now = byName(after);
	const changes = {
		upgraded: [],
		downgraded: [],
		added: [],
		removed: []
	};
	for (const name of [.../* @__PURE__ */ new Set([...old.keys(), ...now.keys()])].sort()) {
		const gone = (old.get(name) ?? []).filter((version) => !now.get(name)?.includes(version));
		const come = (now.get(name) ?? []).filter((version) => !old.get(name)?.includes(version));
		const [from] = gone;
		const [to] = come;
		if (from !== void 0 && to !== void 0 && gone.length === 1 && come.length === 1) {
			(compare(format, from, to) <= 0 ? changes.upgraded : changes.downgraded).push({
				name,
				from,
				to
			});
			continue;
		}
		changes.removed.push(...gone.map((version) => ({
			name,
			version
		})));
		changes.added.push(...come.map((version) => ({
			name,
			version
		})));
	}
	return changes;
}
function describeChanges({ upgraded, downgraded, added, removed }) {
	const said = [
		[upgraded.length, "upgraded"],
		[downgraded.length, "downgraded"],
		[added.length, "new"],
		[removed.length, "removed"]
	].filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
	return said.length === 0 ? "no packages changed" : said.join(", ");
}
function byName(packages) {
	const found = /* @__PURE__ */ new Map();
	for (const entry of packages) {
		const [name, version] = split(entry);
		found.set(name, [...found.get(name) ?? [], version]);
	}
	return found;
}
function split(entry) {
	const equal = entry.indexOf("=");
	if (equal > 0) return [entry.slice(0, equal), entry.slice(equal + 1)];
	const [, name, version, architecture] = /^(.+)-([^-]+-[^-]+)\.([^.-]+)$/.exec(entry) ?? [];
	if (name === void 0 || version === void 0 || architecture === void 0) return [entry, ""];
	return [`${name}.${architecture}`, version];
}
function compare(format, a, b) {
	try {
		if (format === "deb") return compareVersions(a, b);
		return compareEvr(parseEvr(a, "a generation"), parseEvr(b, "a generation"));
	} catch {
		return 0;
	}
}

// src/buildroot/history.ts
const HISTORY = "history.jsonl";
const historyEntrySchema = strictObject({
	time: datetime(),
	outcome: _enum([
		"created",
		"updated",
		"rolled-back",
		"rejected",
		"failed"
	]),
	generation: string().optional(),
	former: string().optional(),
	reason: string(),
	changes: packageChangesSchema.optional(),
	seconds: number().nonnegative(),
	runId: string(),
	failure: strictObject({
		message: string(),
		verdict: _enum(VERDICTS).optional(),
		log: string().optional(),
		tail: array(string()).optional()
	}).optional()
});
const MOST_LINES = 400;
async function appendHistory(folder, entry) {
	const file = path.join(folder, HISTORY);
	const text = await readFile(file, "utf8").catch(() => "");
	const lines = text.split("\n").filter((line) => line !== "");
	const line = JSON.stringify(historyEntrySchema.parse(entry));
	if (lines.length < MOST_LINES) {
		await appendFile(file, `${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`);
		await sync(file);
		return;
	}
	await writeDurably(file, `${[...lines.slice(-200), line].join("\n")}\n`, 420);
}
async function readHistory(folder) {
	return (await readFile(path.join(folder, HISTORY), "utf8").catch(() => "")).split("\n").flatMap((line) => {
		try {
			return [historyEntrySchema.parse(JSON.parse(line))];
		} catch {
			return [];
		}
	});
}

// src/buildroot/smoke-test.ts
const FAILURES = "smoke-failures";
const TAIL_CHARACTERS = 300;
async function trySmoke(folder, test, request) {
	const { generation } = request;
	const place = path.join(folder, `.smoke-${randomBytes(4).toString("hex")}`);
	await mkdir(place, { mode: 493 });
	const what = `the new generation ${generation.id}`;
	try {
		const lock = await takeLock(generation.folder, {
			mode: "shared",
			waitSeconds: 5,
			what
		});
		const output = path.join(place, "output");
		const outcome = await test({
			...request,
			lock,
			output
		}).finally(() => lock.release());
		if (outcome.verdict === "success") return void 0;
		const text = await readFile(outcome.log, "utf8").catch(() => "");
		const kept = await keep(folder, output, generation.id);
		return {
			...outcome,
			log: path.join(kept, path.relative(output, outcome.log)),
			tail: lastLines(text)
		};
	} finally {
		await removeTree(place);
	}
}
async function keep(folder, output, id) {
	const failures = path.join(folder, FAILURES);
	await mkdir(failures, {
		recursive: true,
		mode: 493
	});
	const place = path.join(failures, `${(/* @__PURE__ */ new Date()).toISOString().replaceAll(/[:.]/g, "")}-${id}`);
	await rm(place, {
		recursive: true,
		force: true
	});
	await rename(output, place);
	const all = (await readdir(failures)).sort();
	for (const name of all.slice(0, -3)) await rm(path.join(failures, name), { recursive: true });
	return place;
}
function lastLines(text) {
	return stripVTControlCharacters(text).trimEnd().split("\n").slice(-20).map((line) => line.slice(0, TAIL_CHARACTERS));
}

// src/buildroot/update.ts
async function updateBuildroot(options) {
	const folder = buildrootFolder(options.state, buildrootNameOf(options));
	await using _lock = await lockBuildroot(folder, options.lockSeconds ?? 3600, options.logger, options.signal);
	return await updateLocked(folder, options);
}
const buildrootNameOf = ({ name, configuration }) => name ?? buildrootName(configuration.target, configuration.architecture);
async function updateLocked(folder, options) {
	const { configuration, signal, logger } = options;
	const name = buildrootNameOf(options);
	const started = performance.now();
	const seconds = () => (performance.now() - started) / 1e3;
	await clearLeftovers(folder);
	if (options.keep !== void 0) await setKeptGenerations(folder, options.keep);
	const current = await currentGeneration(folder);
	const changed = await reasonToUpdate(current, configuration, options);
	const reason = options.force ? "asked for" : changed;
	const rejected = reason === void 0 ? void 0 : await stillRejected(folder, options);
	if (rejected !== void 0) {
		if (current?.record.configurationDigest !== configurationDigest(configuration)) throw rejectionError(name, rejected);
		logger.warning(`the buildroot ${name} stays at generation ${current.id}: upstream is as it was for ${describeRejection(rejected)}`);
	}
	if (current !== void 0 && (reason === void 0 || rejected !== void 0)) {
		await markChecked(folder);
		return {
			name,
			generation: current,
			outcome: "unchanged",
			reason: rejected === void 0 ? "nothing changed upstream" : `upstream is as it was for ${describeRejection(rejected)}`,
			former: current.id,
			changes: packageChanges(configuration.target.format, [], []),
			removed: await removeUnused(folder, await keptGenerations(folder)),
			seconds: seconds(),
			disk: await diskOf(folder)
		};
	}
	const entry = {
		reason: reason ?? "asked for",
		runId: options.runId,
		...current ? { former: current.id } : {}
	};
	const note = (more) => appendHistory(folder, {
		time: (/* @__PURE__ */ new Date()).toISOString(),
		seconds: round(seconds()),
		...entry,
		...more
	});
	const staging = await stageGeneration(folder);
	try {
		const record = await makeRecord(staging, options);
		const id = generationId(record);
		const changes = packageChanges(configuration.target.format, current?.record.packages ?? [], record.packages);
		if (options.smoke !== void 0) {
			const staged = {
				id,
				folder: staging,
				tree: path.join(staging, "tree"),
				record
			};
			await passSmoke(folder, options, options.smoke, staged, (more) => note({
				generation: id,
				...current ? { changes } : {},
				...more
			}));
		}
		const generation = await installGeneration(folder, staging, id, record, {
			logger,
			...signal ? { signal } : {}
		});
		await clearRejection(folder);
		const outcome = current === void 0 ? "created" : "updated";
		await note({
			outcome,
			generation: id,
			...current ? { changes } : {}
		}).catch((error) => logger.warning(`the history of the buildroot ${name} cannot be written: ${messageOf(error)}`));
		const removed = await removeUnused(folder, await keptGenerations(folder));
		const disk = await diskOf(folder);
		return {
			name,
			generation,
			outcome,
			...entry,
			former: current?.id,
			changes,
			removed,
			seconds: seconds(),
			disk
		};
	} catch (error) {
		await removeTree(staging);
		const explained = explainFailure(error, configuration);
		if (!signal?.aborted && !noted.has(error)) await note({
			outcome: "failed",
			failure: { message: messageOf(explained).slice(0, 2e3) }
		}).catch(() => void 0);
		throw explained;
	}
}
const noted = /* @__PURE__ */ new WeakSet();
const round = (seconds) => Math.round(seconds * 10) / 10;
async function makeRecord(staging, options) {
	const { configuration, signal, proxy, engine } = options;
	const how = {
		state: options.state,
		tree: path.join(staging, "tree"),
		runId: options.runId,
		logger: options.logger,
		...engine ? { engine } : {},
		...proxy ? { proxy } : {},
		...signal ? { signal } : {}
	};
	const made = isRpmBuildroot(configuration) ? await makeRpmTree({
		...how,
		configuration
	}) : await makeDebTree({
		...how,
		configuration
	});
	return {
		schema: "pkg-actions/generation/1",
		name: buildrootNameOf(options),
		createdAt: (/* @__PURE__ */ new Date()).toISOString(),
		configurationDigest: configurationDigest(configuration),
		configuration: { ...configuration },
		...made
	};
}
async function passSmoke(folder, options, test, generation, note) {
	const { logger, configuration, state, runId, engine, proxy, signal } = options;
	logger.progress(`building a package on the new generation ${generation.id}`);
	const failed = await trySmoke(folder, test, {
		state,
		configuration,
		generation,
		runId,
		logger,
		...engine ? { engine } : {},
		...proxy ? { proxy } : {},
		...signal ? { signal } : {}
	});
	signal?.throwIfAborted();
	if (failed === void 0) return;
	const { verdict, reason, log, tail } = failed;
	const isRejected = verdict !== "infrastructure";
	if (isRejected) {
		await writeRejection(folder, {
			schema: "pkg-actions/rejection/1",
			kind: "smoke-test",
			rejectedAt: (/* @__PURE__ */ new Date()).toISOString(),
			generation: generation.id,
			configurationDigest: configurationDigest(configuration),
			releases: generation.record.releases,
			verdict,
			reason,
			log
		});
		await markChecked(folder);
	}
	const error = smokeFailure(buildrootNameOf(options), {
		verdict,
		reason,
		log
	});
	noted.add(error);
	await note({
		outcome: isRejected ? "rejected" : "failed",
		failure: {
			message: error.message,
			verdict,
			log,
			tail: [...tail]
		}
	});
	throw error;
}
async function holdBuildroot(options) {
	const { logger, signal } = options;
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
		const isNeeded = current === void 0 || changed || options.maxAgeSeconds <= 0;
		try {
			await logger.group(`Buildroot ${name}`, async () => {
				const lock = isNeeded ? await lockBuildroot(folder, options.lockSeconds ?? 3600, logger, signal) : await tryLockBuildroot(folder, signal);
				if (lock === void 0) {
					logger.info(`another run brings the buildroot ${name} up to date: its current generation is used`);
					return;
				}
				await using _lock = lock;
				const { outcome, generation, reason } = await updateLocked(folder, {
					...options,
					configuration,
					name
				});
				logger.info(`${outcome}: generation ${generation.id} (${reason})`);
			});
		} catch (error) {
			if (current === void 0 || changed || signal?.aborted) throw error;
			logger.warning(`the buildroot ${name} could not be brought up to date, its last generation is used: ${error.message}`);
		}
	} else {
		const rejected = await readRejection(folder);
		if (rejected?.configurationDigest === current.record.configurationDigest) logger.warning(`the buildroot ${name} is held at generation ${current.id}: not wanted is ${describeRejection(rejected)}`);
	}
	const held = await holdCurrent(folder, signal);
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
function generationId(record) {
	const identity = [
		"generation 2",
		record.configurationDigest,
		...record.releases.map((entry) => `${entry.uri} ${entry.file ?? entry.release} ${entry.sha256}`),
		...record.packages
	];
	return createHash("sha256").update(identity.join("\n")).digest("hex").slice(0, 16);
}

// src/buildroot/leftovers/leftover.ts
function found(kind, place, remove, more = {}) {
	return {
		kind,
		place,
		remove,
		runId: more.runId,
		[Symbol.asyncDispose]: async () => await more.release?.()
	};
}

// src/buildroot/leftovers/containers.ts
const CLIENTS = ["docker", "podman"];
const LIMIT_SECONDS = 120;
async function endContainers(session) {
	const name = CLIENTS.find((each) => each === session.engine);
	if (name === void 0) return;
	const client = await findClient(name);
	if (name === "podman") await endPodmanStrays(session.id);
	for (const { id } of await containersOf(client, `${LABELS.session}=${session.id}`)) await removeContainer(client, id);
}
async function* deadContainers(state, { runId }) {
	for (const name of CLIENTS) {
		if (which(name) === void 0) continue;
		let client;
		try {
			client = await findClient(name);
		} catch (error) {
			if (error instanceof UserError) continue;
			throw error;
		}
		for (const { id, session, run } of await containersOf(client, `${LABELS.state}=${state}`)) {
			if (session === "" || runId !== void 0 && run !== runId) continue;
			if (await isInUse(state, session)) continue;
			const remove = async () => {
				await removeContainer(client, id);
				return [];
			};
			yield found("container", `${name} ${id}`, remove, { runId: run });
		}
		if (name === "podman") yield* strays(state);
	}
}
async function* strays(state) {
	for (const { session, id, folder } of await podmanStrays()) {
		if (!(session.startsWith("tool-") || folder === path.join(state, "sessions", session)) || await isInUse(state, session)) continue;
		const remove = async () => {
			await endPodmanStrays(session);
			return [];
		};
		yield found("container", `podman ${id}`, remove);
	}
}
async function isInUse(state, session) {
	if (session.startsWith("tool-")) {
		const owner = ownerOfName(session);
		return owner === void 0 || await ownerState(owner) !== "dead";
	}
	const folder = path.join(state, "sessions", path.basename(session));
	return await lstat(folder).catch(() => void 0) !== void 0;
}
async function containersOf(client, label) {
	const labelOf = (name) => client.name === "docker" ? `{{.Label "${name}"}}` : `{{index .Labels "${name}"}}`;
	const show = [
		"{{.ID}}",
		labelOf(LABELS.session),
		labelOf(LABELS.run)
	].join("	");
	const argv = [
		"ps",
		"--all",
		"--no-trunc",
		"--filter",
		`label=${label}`,
		"--format",
		show
	];
	const { stdout } = await runClient(client, argv, { timeoutSeconds: LIMIT_SECONDS });
	return stdout.split("\n").flatMap((line) => {
		const [id = "", session = "", run = ""] = line.split("	");
		return id === "" ? [] : [{
			id,
			session,
			run
		}];
	});
}
async function removeContainer(client, id) {
	const argv = [
		"rm",
		"--force",
		"--volumes",
		id
	];
	for (let attempt = 1;; attempt++) {
		const { exitCode, stderr } = await runClient(client, argv, {
			okExitCodes: "any",
			timeoutSeconds: LIMIT_SECONDS
		});
		if (exitCode === 0 || /no such container|no container with (?:name|ID)|already in progress/i.test(stderr)) return;
		if (client.name === "podman" && attempt < 3 && /could not be stopped|timed out waiting/i.test(stderr)) continue;
		throw new InfrastructureError({
			what: `${client.name} does not remove a container`,
			where: id,
			found: lastWords(stderr),
			remedy: `${client.name} rm --force ${id}`
		});
	}
}

// src/buildroot/leftovers/hold.ts
async function holdDead(folder, waitSeconds) {
	const before = await identity(folder);
	if (before === void 0) return void 0;
	const lock = await tryLock(folder, {
		mode: "exclusive",
		waitSeconds,
		what: folder
	}).catch(async (error) => {
		if (await identity(folder) === void 0) return void 0;
		throw error;
	});
	if (lock === void 0 || await identity(folder) === before) return lock;
	await lock.release();
}
async function identity(folder) {
	const found = await stat(folder, { bigint: true }).catch(() => void 0);
	return found === void 0 ? void 0 : `${found.dev}:${found.ino}`;
}
async function holderOf(folder) {
	const found = await stat(folder).catch(() => void 0);
	if (found === void 0) return void 0;
	const locks = await readFile("/proc/locks", "utf8").catch(() => "");
	for (const line of locks.split("\n")) {
		const [, pid, inode] = /^\d+: FLOCK +\S+ +\S+ +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line) ?? [];
		if (pid === void 0 || inode !== String(found.ino)) continue;
		const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
		return `process ${pid}${name === "" ? "" : ` (${name.trim()})`}`;
	}
}

// src/buildroot/leftovers/sessions.ts
const WAIT_SECONDS = 5;
const UNRECORDED_MS = 6e5;
async function* deadSessions(state, { runId, fail }, end) {
	const folder = path.join(state, "sessions");
	for (const id of await readdir(folder).catch(() => [])) {
		const place = path.join(folder, id);
		const beginning = claimant(id);
		if (beginning !== void 0) {
			if (await ownerState(beginning) === "dead") yield found("session", place, () => removeMountedTree(place));
			continue;
		}
		const record = await recordOf(place);
		const state = record === void 0 ? await unrecorded(place) : await ownerState(record);
		if (state === "alive" || runId !== void 0 && record?.runId !== runId) continue;
		const lock = await holdDead(place, state === "dead" ? WAIT_SECONDS : 0);
		if (lock === void 0) {
			const holder = state === "dead" ? await holderOf(place) : void 0;
			if (holder !== void 0) fail({
				kind: "session",
				place,
				why: `its lock is still held by ${holder}`
			});
			continue;
		}
		const remove = async () => {
			await end({
				id,
				engine: record?.engine
			});
			return await removeMountedTree(place);
		};
		yield found("session", place, remove, {
			runId: record?.runId,
			release: () => lock.release()
		});
	}
}
async function recordOf(place) {
	return await readOwner(path.join(place, "owner.json")) ?? await readOwner(path.join(place, "session.json"));
}
async function unrecorded(place) {
	const [old, made] = await Promise.all([stat(path.join(place, "session.json")).catch(() => void 0), stat(place).catch(() => void 0)]);
	if (made === void 0) return "alive";
	return old === void 0 && Date.now() - made.mtimeMs < UNRECORDED_MS ? "alive" : "unknown";
}

// src/buildroot/leftovers/staging.ts
const isStaging = (name) => /^\.(?:new|old|current|smoke)-/.test(name);
async function* unfinishedGenerations(state) {
	const folder = path.join(state, "buildroots");
	for (const buildroot of await readdir(folder).catch(() => [])) {
		const own = path.join(folder, buildroot);
		const names = (await readdir(own).catch(() => [])).filter(isStaging);
		if (names.length === 0) continue;
		const lock = await tryLock(path.join(own, "lock"), {
			mode: "exclusive",
			waitSeconds: 0,
			what: own
		}).catch(() => void 0);
		if (lock === void 0) continue;
		try {
			for (const name of names) yield found("staging", path.join(own, name), () => removeMountedTree(path.join(own, name)));
		} finally {
			await lock.release();
		}
	}
}
async function* unfinishedCaches(state) {
	const folders = [["staging", layersFolder(state)], ["download", downloadsFolder(state)]];
	for (const [kind, folder] of folders) for (const name of await readdir(folder).catch(() => [])) {
		if (!isStaging(name)) continue;
		const place = path.join(folder, name);
		const lock = await holdDead(place, 0);
		if (lock === void 0) continue;
		yield found(kind, place, () => removeMountedTree(place), { release: () => lock.release() });
	}
}
async function* unfinishedParts(state) {
	const folders = [["download", path.join(state, "downloads", ".parts")], ["staging", path.join(state, "probes")]];
	for (const [kind, folder] of folders) for (const name of await readdir(folder).catch(() => [])) {
		const owner = ownerOfName(name);
		if (owner === void 0 || await ownerState(owner) !== "dead") continue;
		yield found(kind, path.join(folder, name), () => removeMountedTree(path.join(folder, name)));
	}
}

// src/buildroot/leftovers.ts
async function removeLeftovers(state, options = {}) {
	const searches = [
		(context) => deadSessions(state, context, options.endSession ?? endContainers),
		...options.containers ? [(context) => deadContainers(state, context)] : [],
		...options.more ?? [],
		() => unfinishedGenerations(state),
		() => unfinishedCaches(state),
		() => unfinishedParts(state),
		() => temporaryFolders(options.temporary ?? [tmpdir()])
	];
	const removed = [];
	const failed = [];
	const fail = (failure) => {
		failed.push(failure);
		options.logger?.warning(`a leftover of a dead run cannot be removed: ${failure.kind} ${failure.place}: ${failure.why}`);
	};
	for (const search of searches) try {
		for await (const leftover of search({
			runId: options.runId,
			fail
		})) {
			await using _held = leftover;
			await removeOne(leftover, options, removed).catch((error) => fail({
				kind: leftover.kind,
				place: leftover.place,
				why: oneLine(messageOf(error))
			}));
		}
	} catch (error) {
		options.logger?.warning(`leftovers of dead runs cannot be looked for: ${oneLine(messageOf(error))}`);
	}
	return {
		removed,
		failed
	};
}
async function removeOne(leftover, { dryRun, measure, logger }, removed) {
	const { kind, place, runId } = leftover;
	const bytes = measure && kind !== "container" && kind !== "mount" ? await bytesOf(place) : void 0;
	if (!dryRun) for (const { place: mounted, lazily } of await leftover.remove()) {
		removed.push({
			kind: "mount",
			place: mounted
		});
		if (lazily) logger?.warning(`${mounted} was in use: it is unmounted, and gone once nobody uses it any more`);
	}
	removed.push({
		kind,
		place,
		...runId === void 0 ? {} : { runId },
		...bytes === void 0 ? {} : { bytes }
	});
}
async function* temporaryFolders(parents) {
	for (const parent of new Set(parents)) for (const place of await deadTemporary(parent)) yield found("temporary", place, () => removeMountedTree(place));
}

// src/buildroot/state.ts
function defaultStateFolder() {
	if (process.getuid?.() === 0) return "/var/lib/pkg-actions";
	return path.join(process.env["XDG_STATE_HOME"] ?? path.join(os.homedir(), ".local", "state"), "pkg-actions");
}
async function prepareState(folder, logger) {
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
	await removeLeftovers(state, logger === void 0 ? {} : { logger });
	return state;
}

// src/buildroot/spec-session.ts
const FOLDER = "sources";
const SOURCES = `${INBOX}/${FOLDER}`;
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
	const { engine, log, signal } = options;
	const session = await openSession({
		state: options.state,
		root: { lower: [options.tree] },
		scratch: SCRATCH_BYTES,
		runId: options.runId,
		...engine === void 0 ? {} : { engine },
		...options.lock === void 0 ? {} : { locks: [options.lock] },
		...signal === void 0 ? {} : { signal }
	});
	try {
		const folder = path.join(session.inbox, FOLDER);
		await mkdir(folder);
		for (const place of [session.inbox, folder]) await chmod(place, 493);
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

// src/buildroot/request.ts
async function requestedBuildroot(request) {
	if (request.target.format === "deb") return debBuildroot(request);
	const { mirror: _mirror, pins: _pins, ...rest } = request;
	return rpmBuildroot(rest);
}

// src/buildroot/rollback.ts
async function rollbackBuildroot(options) {
	const started = performance.now();
	const seconds = () => (performance.now() - started) / 1e3;
	const name = buildrootNameOf(options);
	const folder = buildrootFolder(options.state, name);
	await using _lock = await lockBuildroot(folder, options.lockSeconds ?? 3600, options.logger, options.signal);
	const current = await currentGeneration(folder);
	if (current === void 0) throw new UserError({
		what: "there is no buildroot to roll back",
		where: folder,
		found: quote(name)
	});
	const former = (await formerGenerations(folder)).find(({ record }) => Date.parse(record.createdAt) <= Date.parse(current.record.createdAt));
	if (former === void 0) throw new UserError({
		what: `the buildroot ${name} has no former generation`,
		where: folder,
		found: `only ${current.id}`,
		remedy: "the input keep says how many former generations stay after an update"
	});
	const { configurationDigest } = current.record;
	if (former.record.configurationDigest !== configurationDigest) throw new UserError({
		what: `the former generation of the buildroot ${name} is of another configuration`,
		where: folder,
		found: `${former.id}, made ${former.record.createdAt}`,
		remedy: "change the configuration back: builds would not take a generation of another one"
	});
	const reason = `rolled back by ${options.runId}`;
	await writeRejection(folder, {
		schema: "pkg-actions/rejection/1",
		kind: "rollback",
		rejectedAt: (/* @__PURE__ */ new Date()).toISOString(),
		generation: current.id,
		configurationDigest,
		releases: current.record.releases,
		reason
	});
	await switchTo(folder, former.id);
	await markRolledBack(current);
	const changes = packageChanges(options.configuration.target.format, current.record.packages, former.record.packages);
	await appendHistory(folder, {
		time: (/* @__PURE__ */ new Date()).toISOString(),
		outcome: "rolled-back",
		generation: former.id,
		former: current.id,
		reason,
		changes,
		seconds: 0,
		runId: options.runId
	});
	const removed = await removeUnused(folder, await keptGenerations(folder));
	return {
		name,
		generation: former,
		outcome: "rolled-back",
		reason,
		former: current.id,
		changes,
		removed,
		seconds: seconds(),
		disk: await diskOf(folder)
	};
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

export { BASEDIR, CANNOT_TELL, HOST_ENGINE, IMAGE_LABEL, INBOX, MOCK_CONFIGURATIONS, MOCK_USER, PLAN_FILE, PLUGIN_FOLDER, ROOT_NAME, SmokeTestError, availableMemory, buildrootFolder, buildrootName, buildrootTree, chooseEngine, clientEnvironment, configurationDigest, currentGeneration, deadContainers, debBuildroot, defaultBase, defaultStateFolder, describeChanges, describeRejection, explainClient, explicitParallel, failureLine$1 as failureLine, findClient, findLayer, findMock, forgetAnswers, found, freezeLayer, holdBuildroot, holdCompilerCache, holdCurrent, hostArchitecture, hostSources, imageName, installedPackages, isAsPlanned, isRpmBuildroot, keepLayer, layerId, localBinds, mockFailureLine, openDownloads, openMockSession, openRpmDownloads, openSession, openSpecSession, parallelBuilds, parsePlan, planEntries, podmanRefusal, prepareState, pruneLayers, questionOf, readHistory, readRejection, readRepositories, readRpmRepositories, recallAnswer, releaseSources, releaseSourcesRpm, rememberAnswer, removeLeftovers, removeTree, repositoryFolder, repositoryUris, requestedBuildroot, rollbackBuildroot, rpmBuildroot, rpmRepository, runClient, scratchSize, sessionUri, stageLayer, takeSlot, trySession, updateBuildroot, writeRepositories };
