import { UserError, quote, start } from "./frame.js";
import { _enum, array, datetime, int, literal, record, strictObject, string } from "./zod.js";
import path from "node:path";
import { createReadStream } from "node:fs";
import { chmod, lchown, lstat, mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

// src/manifest.ts
const MANIFEST_NAME = "manifest.json";
const VERDICTS = [
	"success",
	"package",
	"infrastructure",
	"configuration"
];
const fileName = string().min(1).max(255).regex(/^[A-Za-z0-9][A-Za-z0-9.+:~_@=^-]*$/, "a plain file name: letters, digits and .+:~_@=^- only");
const sha256 = string().regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits");
const text = string().max(4096);
const FILE_ROLES = [
	"dsc",
	"orig",
	"orig-signature",
	"debian",
	"native",
	"diff",
	"deb",
	"udeb",
	"ddeb",
	"changes",
	"buildinfo",
	"log",
	"report",
	"packages-list",
	"srpm",
	"rpm",
	"other"
];
const manifestFile = strictObject({
	name: fileName,
	size: int().nonnegative(),
	sha256,
	role: _enum(FILE_ROLES)
});
const manifestSchema = strictObject({
	schema: literal("pkg-actions/manifest/1"),
	stage: _enum(["sources", "build"]),
	createdAt: datetime(),
	tool: strictObject({
		name: literal("pkg-actions"),
		version: text
	}),
	package: strictObject({
		name: text,
		version: text,
		format: _enum(["deb", "rpm"])
	}),
	change: _enum(["review", "merge"]),
	origins: array(strictObject({
		role: _enum(["code", "spec"]),
		project: text,
		ref: text.optional(),
		commit: string().regex(/^[0-9a-f]{40,64}$/),
		tag: text.optional()
	})),
	previous: sha256.optional(),
	target: strictObject({
		name: text,
		suite: text,
		architecture: text
	}).optional(),
	buildroot: strictObject({
		generation: text,
		layer: text.optional()
	}).optional(),
	repositories: array(strictObject({
		uri: text,
		suite: text,
		date: text.optional(),
		sha256: sha256.optional(),
		revision: text.optional()
	})).optional(),
	verdict: _enum(VERDICTS).optional(),
	sourceDateEpoch: int().nonnegative().optional(),
	tools: record(text, text),
	files: array(manifestFile)
});
async function describeFiles(folder, files) {
	const entries = [];
	for (const { name, role } of files) {
		const { size, sha256: digest } = await digestFile(path.join(folder, name));
		entries.push({
			name,
			size,
			sha256: digest,
			role
		});
	}
	return entries.sort((a, b) => a.name < b.name ? -1 : 1);
}
async function digestFile(file) {
	const hash = createHash("sha256");
	let size = 0;
	for await (const chunk of createReadStream(file, { highWaterMark: 1048576 })) {
		hash.update(chunk);
		size += chunk.length;
	}
	return {
		size,
		sha256: hash.digest("hex")
	};
}
async function writeManifest(folder, manifest) {
	const file = path.join(folder, MANIFEST_NAME);
	const content = `${JSON.stringify(manifestSchema.parse(manifest), null, 2)}\n`;
	await writeFile(`${file}.new`, content);
	await rename(`${file}.new`, file);
	return file;
}
async function readManifest(location, expected = `a folder with ${MANIFEST_NAME} in it, as the step before wrote it`) {
	const stat = await lstat(location).catch(() => void 0);
	if (stat === void 0) throw new UserError({
		what: "no such file or folder",
		where: location,
		expected
	});
	const file = stat.isDirectory() ? path.join(location, MANIFEST_NAME) : location;
	let raw;
	try {
		raw = await readFile(file, "utf8");
	} catch (error) {
		const { code = "an error" } = error;
		throw new UserError({
			what: "the manifest cannot be read",
			where: file,
			found: code === "ENOENT" ? "no such file" : code,
			expected
		});
	}
	let json;
	try {
		json = JSON.parse(raw);
	} catch (error) {
		const found = /[\0\ufffd]/.test(raw) ? "a binary file" : error.message;
		throw new UserError({
			what: "the manifest is not JSON",
			where: file,
			found,
			expected
		});
	}
	const parsed = manifestSchema.safeParse(json);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		throw new UserError({
			what: "the manifest does not have its form",
			where: `${file} ${issue?.path.join(".") || "(top level)"}`,
			expected: issue?.message ?? "a manifest"
		});
	}
	const names = /* @__PURE__ */ new Set();
	for (const { name } of parsed.data.files) {
		if (names.has(name)) throw new UserError({
			what: "the manifest lists a file twice",
			where: file,
			found: quote(name)
		});
		names.add(name);
	}
	return {
		manifest: parsed.data,
		file,
		folder: path.dirname(file),
		sha256: createHash("sha256").update(raw).digest("hex")
	};
}
async function verifyFiles(folder, manifest) {
	const listed = new Map(manifest.files.map((file) => [file.name, file]));
	for (const entry of await readdir(folder, { withFileTypes: true })) {
		if (entry.name === "manifest.json") continue;
		if (!listed.has(entry.name)) throw new UserError({
			what: "a file that the manifest does not list",
			where: path.join(folder, entry.name)
		});
		if (!entry.isFile()) throw new UserError({
			what: "not a regular file",
			where: path.join(folder, entry.name),
			expected: "a regular file, no link"
		});
	}
	for (const file of manifest.files) {
		const where = path.join(folder, file.name);
		const found = await digestFile(where).catch((error) => {
			throw new UserError({
				what: "a file of the manifest cannot be read",
				where,
				found: error.code ?? "an error"
			});
		});
		if (found.size !== file.size || found.sha256 !== file.sha256) throw new UserError({
			what: "the file is not the one that the manifest lists",
			where,
			found: `${found.size} bytes, sha256 ${found.sha256.slice(0, 12)}…`,
			expected: `${file.size} bytes, sha256 ${file.sha256.slice(0, 12)}…`
		});
	}
}

// src/output-folder.ts
async function checkReplaceable(output) {
	const stat = await lstat(output).catch(() => void 0);
	if (stat === void 0) return;
	const names = stat.isDirectory() ? await readdir(output) : void 0;
	if (names !== void 0 && (names.length === 0 || names.includes("manifest.json"))) return;
	throw new UserError({
		what: "the output folder holds something else, which would be lost",
		where: "input output",
		found: names === void 0 ? `${quote(output)}, no folder` : `${quote(output)} with ${names.length} files`,
		expected: `a folder that does not exist, is empty, or has a ${MANIFEST_NAME}`
	});
}
async function replaceFolder(finished, output) {
	await chmod(finished, 493);
	await giveBack(finished, path.dirname(output));
	const old = `${finished}.old`;
	const existed = await rename(output, old).then(() => true, (error) => {
		if (error.code === "ENOENT") return false;
		throw error;
	});
	try {
		await rename(finished, output);
	} catch (error) {
		if (existed) await rename(old, output);
		throw error;
	}
	await rm(old, {
		recursive: true,
		force: true
	});
}
async function giveBack(folder, owner) {
	const { uid, gid } = await stat(owner);
	if (process.getuid?.() !== 0 || uid === 0) return;
	for (const name of await readdir(folder)) await lchown(path.join(folder, name), uid, gid);
	await lchown(folder, uid, gid);
}

// src/location.ts
function parseLocation(uri, where, resolvePath) {
	const wrong = () => new UserError({
		what: "not the URI of a repository",
		where,
		found: quote(hideCredentials(uri)),
		expected: "http://, https://, file:/ or the path of a folder"
	});
	const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)?.[1]?.toLowerCase();
	if (scheme === void 0) return folderLocation(resolvePath(uri));
	if (scheme === "file" || scheme === "copy") {
		const rest = uri.slice(scheme.length + 1);
		if (!rest.startsWith("/")) throw wrong();
		try {
			return folderLocation(fileURLToPath(`file:${rest}`));
		} catch {
			throw wrong();
		}
	}
	if (scheme !== "http" && scheme !== "https" || !URL.canParse(uri)) throw wrong();
	const url = new URL(uri);
	if (url.search !== "" || url.hash !== "") throw wrong();
	const authorization = url.username === "" && url.password === "" ? void 0 : `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString("base64")}`;
	url.username = "";
	url.password = "";
	const plain = url.href.replace(/\/+$/, "");
	return {
		location: {
			kind: "http",
			url: plain,
			authorization
		},
		shown: plain
	};
}
function folderLocation(folder) {
	const resolved = path.resolve(folder);
	return {
		location: {
			kind: "folder",
			folder: resolved
		},
		shown: resolved
	};
}
function hideCredentials(text) {
	return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s]*@/gi, "$1***@");
}

// src/digest.ts
const DIGEST_LENGTHS = {
	md5: 32,
	sha1: 40,
	sha224: 56,
	sha256: 64,
	sha384: 96,
	sha512: 128
};
function isStrong({ algorithm }) {
	return algorithm !== "md5" && algorithm !== "sha1";
}
async function hashFile(file, algorithm) {
	const hash = createHash(algorithm);
	for await (const chunk of createReadStream(file, { highWaterMark: 1048576 })) hash.update(chunk);
	return hash.digest("hex");
}

// src/version-check.ts
const OUTCOMES = [
	"conflict",
	"downgrade",
	"upgrade",
	"new",
	"same"
];
var VersionIndex = class {
	#byName = {
		binary: /* @__PURE__ */ new Map(),
		source: /* @__PURE__ */ new Map()
	};
	#size = 0;
	constructor(packages = []) {
		this.addAll(packages);
	}
	add(published) {
		const byName = this.#byName[published.kind];
		const list = byName.get(published.name);
		if (list === void 0) byName.set(published.name, [published]);
		else {
			if (list.some((other) => isSameEntry(other, published))) return;
			list.push(published);
		}
		this.#size++;
	}
	addAll(packages) {
		for (const published of packages) this.add(published);
	}
	get(kind, name) {
		return this.#byName[kind].get(name) ?? [];
	}
	get size() {
		return this.#size;
	}
};
function isSameEntry(a, b) {
	return a.version === b.version && a.architecture === b.architecture && a.channel === b.channel && a.sha256 === b.sha256;
}
function checkVersion(candidate, published, rules) {
	const known = published instanceof VersionIndex ? published.get(candidate.kind, candidate.name) : findByName(candidate, published);
	let highest;
	let same;
	for (const other of known) {
		const file = conflictingFile(candidate, other);
		if (file !== void 0) return {
			outcome: "conflict",
			candidate,
			against: other,
			file
		};
		if (!isComparable(candidate, other, rules)) continue;
		if (rules.compare(candidate.version, other.version) === 0) {
			if (!hasSameContent(candidate, other)) return {
				outcome: "conflict",
				candidate,
				against: other
			};
			same ??= other;
		}
		if (highest === void 0 || rules.compare(other.version, highest.version) > 0) highest = other;
	}
	if (highest === void 0) return {
		outcome: "new",
		candidate
	};
	if (rules.compare(candidate.version, highest.version) < 0) return {
		outcome: "downgrade",
		candidate,
		against: highest
	};
	return same === void 0 ? {
		outcome: "upgrade",
		candidate,
		against: highest
	} : {
		outcome: "same",
		candidate,
		against: same
	};
}
function isComparable(candidate, other, { independent }) {
	return candidate.kind === "source" || candidate.architecture === other.architecture || candidate.architecture === independent || other.architecture === independent;
}
function findByName(candidate, published) {
	const found = [];
	for (const other of published) if (other.kind === candidate.kind && other.name === candidate.name) found.push(other);
	return found;
}
function hasSameContent(candidate, other) {
	return candidate.version === other.version && candidate.architecture === other.architecture && candidate.sha256 === other.sha256;
}
function conflictingFile(candidate, other) {
	if (candidate.files === void 0 || other.files === void 0) return void 0;
	const digests = new Map(other.files.map((file) => [file.name, file.sha256]));
	return candidate.files.find((file) => (digests.get(file.name) ?? file.sha256) !== file.sha256)?.name;
}
function worstOutcome(outcomes) {
	const found = new Set(outcomes);
	return OUTCOMES.find((outcome) => found.has(outcome)) ?? "same";
}

// src/lock.ts
const HELD_BY_ANOTHER = 75;
async function takeLock(target, options) {
	const lock = await tryLock(target, options);
	if (lock === void 0) throw new UserError({
		what: `${options.what} is in use by another process`,
		where: target,
		found: `a lock still held after ${options.waitSeconds} s`,
		remedy: "wait for the other run, or raise the limit"
	});
	return lock;
}
async function tryLock(target, options) {
	options.signal?.throwIfAborted();
	const wait = options.waitSeconds === 0 ? ["--nonblock"] : ["--timeout", String(options.waitSeconds)];
	const argv = [
		"flock",
		"--no-fork",
		`--${options.mode}`,
		...wait,
		"--conflict-exit-code",
		String(HELD_BY_ANOTHER),
		target,
		"sh",
		"-c",
		"echo held && exec cat >/dev/null"
	];
	const child = start(argv);
	const exited = new Promise((resolve) => {
		child.once("close", (code) => resolve(code));
		child.once("error", () => resolve(null));
	});
	let errors = "";
	child.stderr.setEncoding("utf8").on("data", (text) => {
		errors += text;
	});
	child.stdin.on("error", () => {});
	const began = Date.now();
	const waiting = setInterval(() => {
		options.logger?.progress(`waiting for ${options.what} (${Math.round((Date.now() - began) / 1e3)} s)`);
	}, 2e3);
	const onAbort = () => child.kill("SIGKILL");
	options.signal?.addEventListener("abort", onAbort, { once: true });
	try {
		const held = await Promise.race([new Promise((resolve) => child.stdout.once("data", () => resolve(true))), exited]);
		options.signal?.throwIfAborted();
		if (held === HELD_BY_ANOTHER) return void 0;
		if (held !== true) throw new UserError({
			what: `${options.what} cannot be locked`,
			where: target,
			found: errors.trim() || `exit ${held}`
		});
	} finally {
		clearInterval(waiting);
		options.signal?.removeEventListener("abort", onAbort);
	}
	child.unref();
	for (const stream of [
		child.stdin,
		child.stdout,
		child.stderr
	]) stream.unref?.();
	let released;
	const release = () => {
		released ??= (async () => {
			child.ref();
			child.stdin.end();
			await exited;
		})();
		return released;
	};
	return {
		lost: exited.then(() => {}),
		release,
		[Symbol.asyncDispose]: release
	};
}

// src/markdown.ts
function fenced(lines) {
	const longest = Math.max(0, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
	const fence = "`".repeat(Math.max(3, longest + 1));
	return [
		`${fence}text`,
		...lines.map((line) => line.replace(/[\r\n]/g, " ")),
		fence
	].join("\n");
}
function code(text) {
	const line = text.replace(/[\r\n]+/g, " ");
	if (line === "") return "` `";
	const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
	const fence = "`".repeat(longest + 1);
	const pad = line.startsWith("`") || line.endsWith("`") ? " " : "";
	return `${fence}${pad}${line}${pad}${fence}`;
}
function codeCell(text) {
	return code(text).replaceAll("|", "\\|");
}
function escapeMarkdown(text) {
	return text.replace(/[\r\n]+/g, " ").replace(/[\\`*_{}[\]()#+!|~$]/g, "\\$&").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/@/g, "&#64;").replace(/:\/\//g, "&#58;//");
}

// src/report-file.ts
async function writeReport(file, value) {
	await mkdir(path.dirname(file), { recursive: true });
	await rm(`${file}.new`, {
		recursive: true,
		force: true
	});
	await writeFile(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { flag: "wx" });
	await rename(`${file}.new`, file);
}

// src/parallel.ts
async function inParallel(items, limit, body) {
	const results = /* @__PURE__ */ new Map();
	const errors = [];
	let next = 0;
	const worker = async () => {
		while (next < items.length && errors.length === 0) {
			const index = next++;
			try {
				results.set(index, await body(items[index]));
			} catch (error) {
				errors.push(error);
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
	if (errors.length > 0) throw errors[0];
	return items.map((_, index) => results.get(index));
}

export { DIGEST_LENGTHS, MANIFEST_NAME, OUTCOMES, VersionIndex, checkReplaceable, checkVersion, code, codeCell, describeFiles, digestFile, escapeMarkdown, fenced, hashFile, hideCredentials, inParallel, isStrong, parseLocation, readManifest, replaceFolder, takeLock, tryLock, verifyFiles, worstOutcome, writeManifest, writeReport };
