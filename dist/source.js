import { CommandError, UserError, VERSION, formatCount, messageOf, oneLine, quote, run, runBytes, signalGroup, start } from "./frame.js";
import { assertOrder, compareVersions, fillTemplate, isVersion, numberAt, parseVersion, reviewVersion, snapshotSuffix, versionAt, withoutEpoch } from "./inputs.js";
import { MANIFEST_NAME, checkReplaceable, describeFiles, digestFile, hashFile, hideCredentials, isStrong, replaceFolder, temporaryFolder, writeManifest } from "./shared.js";
import { checkPackageName, formatChange, formatDate, formatEntry, parseControl, parseDsc, parseFirstEntry, parseSourceLine, poolFolder } from "./deb.js";
import { NotFoundError, download } from "./download.js";
import { TransientError, fetchFile, nameOf, readRepository } from "./repository.js";
import { callsMacro, compareEvr, describePackage, formatSourcesLine, hasAutoChangelog, openRpm, parseEvr, parseSourcesFile, readFrame, setupFolder, tagLine, tagLines, tagStrings, unknownMacros, verifyPayload, versionKey, withChangelogEntry, withTag } from "./rpm.js";
import path from "node:path";
import { constants, createWriteStream, statSync } from "node:fs";
import { chmod, copyFile, lstat, lutimes, mkdir, readFile, readdir, readlink, realpath, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { pipeline } from "node:stream/promises";

// src/source/changelog-entry.ts
const MAX_SUBJECTS = 10;
function makeEntry(request) {
	const { last } = request;
	const changes = [...formatChange(request.headline)];
	for (const { id, author, subject } of request.subjects.slice(0, 10)) {
		const text = plain(subject) || "no subject";
		const by = plain(author).replace(/[<>]/g, "");
		changes.push(...formatChange(`${text} (${by === "" ? "" : `${by}, `}${id.slice(0, 8)})`));
	}
	const rest = request.total - Math.min(request.subjects.length, 10);
	if (rest > 0) changes.push(...formatChange(`and ${rest} more ${rest === 1 ? "commit" : "commits"}`));
	const entry = {
		source: last.source,
		version: request.version,
		distributions: request.distribution === void 0 ? last.distributions : [request.distribution],
		urgency: last.urgency ?? "medium",
		options: {},
		changes,
		maintainer: {
			name: plain(request.maintainer.name),
			email: request.maintainer.email
		},
		date: formatDate(request.time)
	};
	return formatEntry(entry);
}
function plain(text) {
	return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ").replace(/\s+/g, " ").trim();
}
function parseMaintainer(text, where) {
	const match = /^([^<>\p{Cc}]*[^<>\p{Cc}\s]) <([^<>\s\p{Cc}@]+@[^<>\s\p{Cc}@]+)>$/u.exec(text.trim());
	if (match !== null) return {
		name: match[1] ?? "",
		email: match[2] ?? ""
	};
	throw new UserError({
		what: "not a maintainer",
		where,
		found: quote(text),
		expected: "Name <address@example.org>"
	});
}

// src/source/blob-source.ts
var BlobSource = class {
	#readers = /* @__PURE__ */ new Map();
	async read(file) {
		let reader = this.#readers.get(file.repository);
		if (reader === void 0) {
			reader = file.repository.reader();
			this.#readers.set(file.repository, reader);
		}
		return await reader.blob(file.id);
	}
	async [Symbol.asyncDispose]() {
		for (const reader of this.#readers.values()) await reader[Symbol.asyncDispose]();
	}
};

// src/source/folder.ts
async function loadFiles(files) {
	await using blobs = new BlobSource();
	const loaded = [];
	for (const file of files) loaded.push({
		path: file.path,
		mode: file.mode,
		content: await blobs.read(file)
	});
	return loaded;
}
async function writeFiles(files, folder, mtime) {
	const made = /* @__PURE__ */ new Set();
	const makeFolder = async (name) => {
		if (made.has(name)) return;
		const up = name.lastIndexOf("/");
		if (up > 0) await makeFolder(name.slice(0, up));
		made.add(name);
		await mkdir(bytes(folder, name), { recursive: true });
		await chmod(bytes(folder, name), 493);
	};
	await makeFolder("");
	for await (const file of files) {
		const up = file.path.lastIndexOf("/");
		if (up !== -1) await makeFolder(file.path.slice(0, up));
		const place = bytes(folder, file.path);
		if (file.mode === "120000") {
			await symlink(file.content, place);
			await lutimes(place, mtime, mtime);
			continue;
		}
		await writeFile(place, file.content, { flag: "wx" });
		await chmod(place, file.mode === "100755" ? 493 : 420);
		await utimes(place, mtime, mtime);
	}
	for (const name of [...made].sort((a, b) => b.length - a.length)) await utimes(bytes(folder, name), mtime, mtime);
}
async function* loadEach(files) {
	await using blobs = new BlobSource();
	for (const file of files) yield {
		path: file.path,
		mode: file.mode,
		content: await blobs.read(file)
	};
}
async function readFolder(folder, objectFormat, skip = []) {
	const state = /* @__PURE__ */ new Map();
	const walk = async (at) => {
		const names = (await readdir(bytes(folder, at), { encoding: "buffer" })).map((name) => name.toString("latin1"));
		for (const name of names.sort()) {
			if (at === "" && skip.includes(name)) continue;
			const inside = at === "" ? name : `${at}/${name}`;
			const place = bytes(folder, inside);
			const stat = await lstat(place);
			if (stat.isDirectory()) await walk(inside);
			else if (stat.isSymbolicLink()) {
				const target = await readlink(place, { encoding: "buffer" });
				state.set(inside, {
					mode: "120000",
					id: blobId(target, objectFormat)
				});
			} else if (stat.isFile()) {
				const mode = (stat.mode & 64) === 0 ? "100644" : "100755";
				state.set(inside, {
					mode,
					id: blobId(await readFile(place), objectFormat)
				});
			}
		}
	};
	await walk("");
	return state;
}
function stateOf(files) {
	return new Map(files.map(({ path, mode, id }) => [path, {
		mode,
		id
	}]));
}
function differingPaths(a, b) {
	return [.../* @__PURE__ */ new Set([...a.keys(), ...b.keys()])].filter((path) => !sameState(a.get(path), b.get(path))).sort();
}
function sameState(a, b) {
	return a?.id === b?.id && a?.mode === b?.mode;
}
function blobId(content, objectFormat) {
	return createHash(objectFormat).update(`blob ${content.length}\0`).update(content).digest("hex");
}
function bytes(folder, name) {
	return Buffer.concat([Buffer.from(name === "" ? folder : `${folder}/`), Buffer.from(name, "latin1")]);
}

// src/source/object-reader.ts
const NEWLINE = 10;
var ObjectReader = class {
	#child;
	#argv;
	#chunks;
	#signal;
	#closed;
	#onAbort;
	#rest = Buffer.alloc(0);
	#stderr = "";
	constructor(child, argv, signal) {
		this.#child = child;
		this.#argv = argv;
		this.#signal = signal;
		this.#chunks = child.stdout[Symbol.asyncIterator]();
		this.#closed = new Promise((resolve) => {
			child.once("close", () => resolve());
			child.once("error", () => resolve());
		});
		child.stdin.on("error", () => {});
		child.stderr.on("data", (chunk) => {
			this.#stderr = (this.#stderr + chunk.toString("utf8")).slice(-65536);
		});
		this.#onAbort = () => signalGroup(child, "SIGKILL");
		signal?.addEventListener("abort", this.#onAbort, { once: true });
	}
	async read(name) {
		this.#signal?.throwIfAborted();
		this.#child.stdin.write(`${name}\n`);
		const header = (await this.#line()).toString("utf8");
		const match = / (commit|tree|blob|tag) (\d+)$/.exec(header);
		if (match === null) return void 0;
		const content = await this.#exactly(Number(match[2]));
		await this.#exactly(1);
		return {
			type: match[1] ?? "",
			content
		};
	}
	async blob(id) {
		const object = await this.read(id);
		if (object?.type === "blob") return object.content;
		throw this.#failure(`the object ${id} is missing or no file`);
	}
	async [Symbol.asyncDispose]() {
		this.#signal?.removeEventListener("abort", this.#onAbort);
		this.#child.stdin.end();
		this.#child.stdout.destroy();
		signalGroup(this.#child, "SIGKILL");
		await this.#closed;
	}
	async #line() {
		while (true) {
			const end = this.#rest.indexOf(NEWLINE);
			if (end !== -1) {
				const line = this.#rest.subarray(0, end);
				this.#rest = this.#rest.subarray(end + 1);
				return line;
			}
			this.#rest = Buffer.concat([this.#rest, await this.#chunk()]);
		}
	}
	async #exactly(length) {
		const parts = [this.#rest];
		let have = this.#rest.length;
		while (have < length) {
			const chunk = await this.#chunk();
			parts.push(chunk);
			have += chunk.length;
		}
		const all = parts.length === 1 ? this.#rest : Buffer.concat(parts, have);
		this.#rest = all.subarray(length);
		return all.subarray(0, length);
	}
	async #chunk() {
		const { value, done } = await this.#chunks.next();
		if (!done) return value;
		await this.#closed;
		throw this.#failure(this.#stderr.trim());
	}
	#failure(stderr) {
		return new CommandError({
			argv: this.#argv,
			end: this.#signal?.aborted ? "cancelled" : this.#child.exitCode === null ? "signal" : "exit",
			exitCode: this.#child.exitCode ?? void 0,
			signal: this.#child.signalCode ?? void 0,
			stdout: "",
			stderr
		});
	}
};

// src/source/git.ts
const SETTINGS = [
	"core.hooksPath=/dev/null",
	"core.fsmonitor=false",
	"core.attributesFile=/dev/null",
	"core.quotePath=false",
	"log.showSignature=false",
	"i18n.logOutputEncoding=UTF-8",
	"gc.auto=0",
	"maintenance.auto=false"
].flatMap((setting) => ["-c", setting]);
const COMMON_ENVIRONMENT = {
	TZ: "UTC",
	GIT_TERMINAL_PROMPT: "0",
	GIT_OPTIONAL_LOCKS: "0",
	GIT_NO_REPLACE_OBJECTS: "1",
	GIT_GRAFT_FILE: "/dev/null/none"
};
const FETCH_VARIABLES = [
	"SSH_AUTH_SOCK",
	"GIT_SSH",
	"GIT_SSH_COMMAND",
	"GIT_ASKPASS",
	"SSH_ASKPASS"
];
const FETCH_SECONDS = 3600;
const MAX_LISTING = 536870912;
var GitRepository = class GitRepository {
	folder;
	bare;
	gitDir;
	role;
	objectFormat;
	#settings;
	#signal;
	constructor(place, role, settings, signal) {
		this.folder = place.folder;
		this.gitDir = place.gitDir;
		this.objectFormat = place.objectFormat;
		this.bare = place.bare;
		this.role = role;
		this.#settings = settings;
		this.#signal = signal;
	}
	static async open(folder, role, signal) {
		const real = await realpath(folder).catch(() => void 0);
		if (real === void 0) throw new UserError({
			what: "the folder does not exist",
			where: `${role} project`,
			found: quote(folder)
		});
		const settings = await temporaryFolder("git");
		try {
			await writeFile(path.join(settings.path, "config"), `[safe]\n\tdirectory = *\n\tdirectory = ${configValue(real)}\n\tbareRepository = explicit\n`);
			const ask = async (at, env, question) => {
				const options = {
					env: {
						...environment(settings),
						...env
					},
					display: [
						"git",
						"-C",
						folder,
						...question
					]
				};
				const argv = [
					"git",
					"-C",
					at,
					...SETTINGS,
					...question
				];
				return await run(argv, {
					...options,
					okExitCodes: "any",
					...signal === void 0 ? {} : { signal }
				});
			};
			const { stdout, stderr, exitCode } = await ask(real, {}, ["rev-parse", ...[
				"--is-inside-work-tree",
				"--show-toplevel",
				"--absolute-git-dir",
				"--show-object-format"
			]]);
			const [inside, top = "", gitDir = "", format] = stdout.split("\n");
			if (exitCode === 0 && inside === "true") {
				const place = {
					folder: top,
					gitDir,
					objectFormat: objectFormat(format),
					bare: false
				};
				return new GitRepository(place, role, settings, signal);
			}
			const bare = await ask(real, { GIT_DIR: real }, [
				"rev-parse",
				"--is-bare-repository",
				"--show-object-format"
			]);
			const [isBare, bareFormat] = bare.stdout.split("\n");
			if (bare.exitCode !== 0 || isBare !== "true") throw notACheckout(folder, role, stderr.trim().split("\n").at(-1));
			const around = await ask(path.dirname(real), {}, [
				"ls-files",
				"--",
				real
			]);
			if (around.exitCode === 0 && around.stdout !== "") throw notACheckout(folder, role, "a repository that was committed as files of another one");
			const place = {
				folder: real,
				gitDir: real,
				objectFormat: objectFormat(bareFormat),
				bare: true
			};
			return new GitRepository(place, role, settings, signal);
		} catch (error) {
			await settings[Symbol.asyncDispose]();
			throw error;
		}
	}
	async [Symbol.asyncDispose]() {
		await this.#settings[Symbol.asyncDispose]();
	}
	async text(args, options = {}) {
		const { stdout } = await run(this.#argv(args), {
			...this.#options(args),
			...options
		});
		return stdout;
	}
	async bytes(args, options = {}) {
		const env = {
			...environment(this.#settings),
			...this.#place,
			...options.env
		};
		return await gitBytes([...SETTINGS, ...args], env, options.input, this.#signal);
	}
	reader() {
		const args = ["cat-file", "--batch"];
		const env = {
			...environment(this.#settings),
			...this.#place
		};
		return new ObjectReader(start(this.#argv(args), { env }), this.#argv(args), this.#signal);
	}
	async commit(ref, where) {
		if (!ref.startsWith("-") && ref !== "" && !ref.includes("\0")) for (const name of [ref, `refs/remotes/origin/${ref}`]) {
			const args = [
				"rev-parse",
				"--verify",
				"--quiet",
				`${name}^{commit}`
			];
			const id = (await this.text(args, { okExitCodes: [
				0,
				1,
				128
			] })).trim();
			if (/^[0-9a-f]{40,64}$/.test(id)) return await this.describeCommit(id);
		}
		throw new UserError({
			what: `the ${this.role} project has no such commit`,
			where,
			found: quote(ref),
			expected: "a branch, a tag or a commit that was fetched (a branch that starts with - as refs/heads/-...)"
		});
	}
	async describeCommit(id) {
		const raw = await this.text([
			"cat-file",
			"commit",
			id
		]);
		const head = raw.slice(0, Math.max(0, raw.indexOf("\n\n")));
		const time = Number(/^committer .* (\d+) [-+]\d{4}$/m.exec(head)?.[1] ?? 0);
		const parents = [...head.matchAll(/^parent ([0-9a-f]+)$/gm)].map((match) => match[1] ?? "");
		return {
			id,
			tree: /^tree ([0-9a-f]+)$/m.exec(head)?.[1] ?? "",
			parents,
			time
		};
	}
	async count(tips, without) {
		const args = [
			"rev-list",
			"--count",
			"--no-merges",
			...tips,
			...without === void 0 ? [] : [`^${without}`]
		];
		return Number((await this.text(args)).trim());
	}
	async subjects(tip, without, limit) {
		const args = [
			"rev-list",
			"--no-merges",
			`--max-count=${limit}`,
			"--format=%H%x00%an%x00%s%x01",
			tip
		];
		return (await this.text([...args, ...without === void 0 ? [] : [`^${without}`]])).split("\n").map((record) => record.replace(/^commit [0-9a-f]+\n/, "").split("\0")).flatMap(([id, author, subject]) => id !== void 0 && author !== void 0 && subject !== void 0 ? [{
			id,
			author,
			subject
		}] : []);
	}
	async mergeBase(a, b) {
		const id = (await this.text([
			"merge-base",
			a,
			b
		], { okExitCodes: [0, 1] })).trim();
		return id === "" ? void 0 : id;
	}
	async isShallow() {
		return (await this.text(["rev-parse", "--is-shallow-repository"])).trim() === "true";
	}
	async objectsFolder() {
		return path.resolve(this.folder, (await this.text([
			"rev-parse",
			"--git-path",
			"objects"
		])).replace(/\n$/, ""));
	}
	async config(key) {
		const value = (await this.text([
			"config",
			"--local",
			"--includes",
			"--get",
			key
		], { okExitCodes: [0, 1] })).trim();
		return value === "" ? void 0 : value;
	}
	async dirtyFiles(limit = 20) {
		if (this.bare) return [];
		const args = [
			"status",
			"--porcelain",
			"-z",
			"--no-renames",
			"--ignore-submodules=dirty"
		];
		const env = { GIT_WORK_TREE: this.folder };
		const filters = (await this.text([
			"config",
			"--includes",
			"--name-only",
			"--get-regexp",
			"^filter\\."
		], { okExitCodes: [0, 1] })).split("\n").filter((key) => key !== "").flatMap((key) => ["-c", `${key}=${key.endsWith(".required") ? "false" : ""}`]);
		return (await this.bytes([...filters, ...args], { env })).toString("utf8").split("\0").filter((record) => record !== "").slice(0, limit).map((record) => record.slice(3));
	}
	async fetch(args, input) {
		const command = [
			"git",
			"-c",
			"core.hooksPath=/dev/null",
			"-c",
			"gc.auto=0",
			"fetch",
			...args
		];
		const passed = FETCH_VARIABLES.flatMap((name) => process.env[name] ? [[name, process.env[name]]] : []);
		await run(command, {
			cwd: this.folder,
			env: {
				...COMMON_ENVIRONMENT,
				...this.#place,
				...Object.fromEntries(passed)
			},
			display: [
				"git",
				"-C",
				this.folder,
				"fetch",
				...args
			],
			timeoutSeconds: FETCH_SECONDS,
			...input === void 0 ? {} : { input },
			...this.#signal === void 0 ? {} : { signal: this.#signal }
		});
	}
	get #place() {
		return { GIT_DIR: this.gitDir };
	}
	#argv(args) {
		return [
			"git",
			...SETTINGS,
			...args
		];
	}
	#options(args) {
		return {
			cwd: this.folder,
			env: {
				...environment(this.#settings),
				...this.#place
			},
			display: [
				"git",
				"-C",
				this.folder,
				...args
			],
			captureBytes: MAX_LISTING,
			...this.#signal === void 0 ? {} : { signal: this.#signal }
		};
	}
};
function isolatedEnvironment() {
	return {
		...COMMON_ENVIRONMENT,
		GIT_CONFIG_NOSYSTEM: "1",
		GIT_ATTR_NOSYSTEM: "1",
		GIT_CONFIG_GLOBAL: "/dev/null"
	};
}
async function gitBytes(args, env, input = "", signal) {
	return await runBytes(["git", ...args], {
		env,
		input,
		display: ["git", ...args.slice(args.lastIndexOf("-c") + 2)],
		...signal === void 0 ? {} : { signal }
	});
}
function environment(settings) {
	return {
		...isolatedEnvironment(),
		GIT_CONFIG_GLOBAL: path.join(settings.path, "config")
	};
}
function configValue(text) {
	return `"${text.replaceAll("\\", "\\\\").replaceAll("\"", "\\\"").replaceAll("\n", "\\n")}"`;
}
function objectFormat(text) {
	return text === "sha256" ? "sha256" : "sha1";
}
function notACheckout(folder, role, said) {
	return new UserError({
		what: `not a git checkout${said === void 0 || said === "" ? "" : ` (${said})`}`,
		where: `${role} project`,
		found: quote(folder),
		expected: "the work tree of a git repository, or a bare one",
		remedy: "check the project out with git (actions/checkout, git clone) and give its folder"
	});
}

// src/source/delta.ts
function wantedTree(orig, base, commit, keep = []) {
	const kept = (file) => keep.some((folder) => file.startsWith(`${folder}/`));
	if (base === void 0) return new Map([...[...orig].filter(([file]) => kept(file)), ...commit]);
	const wanted = new Map(orig);
	for (const file of /* @__PURE__ */ new Set([...base.keys(), ...commit.keys()])) {
		const now = commit.get(file);
		if (sameState(base.get(file), now)) continue;
		if (now === void 0) wanted.delete(file);
		else wanted.set(file, now);
	}
	return wanted;
}
function deltaOf(orig, wanted) {
	return [.../* @__PURE__ */ new Set([...orig.keys(), ...wanted.keys()])].sort().map((file) => ({
		path: file,
		from: orig.get(file),
		to: wanted.get(file)
	})).filter((entry) => !sameState(entry.from, entry.to));
}
function unrepresentable(delta, request) {
	const check = request.format === "1.0" ? fitsDiff : fitsPatch;
	const folders = (state) => {
		const found = /* @__PURE__ */ new Set();
		for (const file of state.keys()) for (let end = file.lastIndexOf("/"); end > 0; end = file.lastIndexOf("/", end - 1)) found.add(file.slice(0, end));
		return found;
	};
	const [before, after] = [folders(request.orig), folders(request.wanted)];
	return delta.filter((entry) => {
		if (before.has(entry.path) || after.has(entry.path)) return true;
		for (let end = entry.path.indexOf("/"); end !== -1; end = entry.path.indexOf("/", end + 1)) {
			const folder = entry.path.slice(0, end);
			if (request.orig.has(folder) || request.wanted.has(folder)) return true;
		}
		return !check(entry, request);
	});
}
function fitsPatch({ path: file, from, to }, { empty }) {
	if (/["\\]/.test(file) || file.endsWith(".dpkg-orig")) return false;
	if (from?.mode === "120000" || from !== void 0 && to?.mode === "120000") return false;
	return to?.id !== empty || from?.id === empty && from.mode === to.mode;
}
function fitsDiff({ path: file, from, to }, { empty, isBinary }) {
	if (/["\\]/.test(file) || to === void 0 || to.id === empty) return false;
	if (to.mode === "120000" || (from === void 0 ? to.mode !== "100644" : from.mode !== to.mode)) return false;
	return !isBinary(to.id) && (from === void 0 || !isBinary(from.id));
}
async function makePatch(request) {
	const { delta, origFolder, objectFormat, signal } = request;
	await using scratch = await temporaryFolder("delta");
	const gitDir = path.join(scratch.path, "git");
	const base = isolatedEnvironment();
	await run([
		"git",
		"init",
		"--quiet",
		"--bare",
		"--template=",
		`--object-format=${objectFormat}`,
		gitDir
	], { env: base });
	const repositories = new Set(request.files.map((file) => file.repository));
	const borrowed = await Promise.all([...repositories].map((repository) => repository.objectsFolder()));
	const env = {
		...base,
		GIT_DIR: gitDir,
		GIT_ALTERNATE_OBJECT_DIRECTORIES: borrowed.map(quoted).join(":")
	};
	const old = delta.flatMap((entry) => entry.from === void 0 ? [] : [bytes(origFolder, entry.path)]);
	const list = Buffer.concat(old.flatMap((place) => [place, Buffer.from("\n")]));
	await gitBytes([
		"hash-object",
		"-w",
		"--stdin-paths",
		"--no-filters"
	], env, list, signal);
	const trees = [];
	for (const side of ["from", "to"]) {
		const lines = delta.map(({ path: file, [side]: state }) => state ? `${state.mode} ${state.id}\t${file}\0` : "");
		const index = {
			...env,
			GIT_INDEX_FILE: path.join(scratch.path, `index-${side}`)
		};
		await gitBytes([
			"update-index",
			"-z",
			"--index-info"
		], index, Buffer.from(lines.join(""), "latin1"), signal);
		trees.push((await gitBytes(["write-tree"], index, "", signal)).toString().trim());
	}
	const [from = "", to = ""] = trees;
	const options = [
		"--patch",
		"--text",
		"--no-renames",
		"--full-index",
		"--no-ext-diff",
		"--no-textconv",
		"--no-color"
	];
	const settings = [
		"-c",
		"core.quotePath=false",
		"-c",
		"core.attributesFile=/dev/null",
		"-c",
		"diff.context=3"
	];
	const prefixes = [
		"--src-prefix=a/",
		"--dst-prefix=b/",
		"--diff-algorithm=myers",
		"--indent-heuristic",
		"--unified=3"
	];
	return await gitBytes([
		...settings,
		"diff-tree",
		"-r",
		...options,
		...prefixes,
		from,
		to
	], env, "", signal);
}
function quoted(folder) {
	return `"${folder.replaceAll("\\", "\\\\").replaceAll("\"", "\\\"").replaceAll("\n", "\\n")}"`;
}
const DELTA_PATCH = "0000-code-project.patch";
function patchHeader({ tag, commit, time }) {
	return [
		`Description: What the code project has ${tag === void 0 ? "beside the orig tarball" : `since tag ${tag}`}`,
		" Made by pkg-actions: the orig tarball of an upstream version stays the same,",
		" later commits are in this patch.",
		`Origin: vendor, commit ${commit}`,
		"Forwarded: not-needed",
		`Last-Update: ${(/* @__PURE__ */ new Date(time * 1e3)).toISOString().slice(0, 10)}`,
		"",
		""
	].join("\n");
}

// src/source/complete.ts
const REMEDY = "fetch the whole history: fetch-depth: 0 (actions/checkout), GIT_DEPTH: 0 (GitLab), git fetch --unshallow";
async function completeHistory(repository, deepen, log) {
	if (!await repository.isShallow()) return;
	const where = `${repository.role} project ${repository.folder}`;
	if (!deepen) throw new UserError({
		what: "the clone is shallow, and the version is counted from its history",
		where,
		expected: "the whole history, or the input deepen: true",
		remedy: REMEDY
	});
	const remote = await remoteName(repository);
	if (remote === void 0) throw new UserError({
		what: "the clone is shallow and has no remote to fetch the rest from",
		where,
		remedy: REMEDY
	});
	log.info(`The ${repository.role} project is a shallow clone: fetching the rest of its history from ${remote}`);
	try {
		await repository.fetch([
			"--unshallow",
			"--tags",
			"--force",
			"--no-recurse-submodules",
			"--quiet",
			"--",
			remote
		]);
	} catch (error) {
		if (!(error instanceof CommandError) || error.failure.end === "cancelled") throw error;
		throw new UserError({
			what: `the clone is shallow and the rest of its history could not be fetched (git: ${lastWords(error)})`,
			where,
			remedy: REMEDY
		});
	}
	if (await repository.isShallow()) throw new UserError({
		what: "the clone is still shallow after git fetch --unshallow",
		where,
		remedy: REMEDY
	});
}
async function completeObjects(repository, commit, log) {
	const remote = await repository.config("extensions.partialclone") ?? (await repository.config("remote.origin.promisor") === "true" ? "origin" : void 0);
	if (remote === void 0) return;
	const missing = (await repository.text([
		"rev-list",
		"--objects",
		"--missing=print",
		"--no-object-names",
		"--max-count=1",
		commit.id
	])).split("\n").flatMap((line) => line.startsWith("?") ? [line.slice(1).trim()] : []);
	if (missing.length === 0) return;
	log.info(`The ${repository.role} project is a partial clone: fetching ${missing.length} objects from ${remote}`);
	try {
		await repository.fetch([
			...[
				"--no-tags",
				"--no-write-fetch-head",
				"--no-recurse-submodules",
				"--filter=blob:none",
				"--quiet"
			],
			"--stdin",
			"--",
			remote
		], `${missing.join("\n")}\n`);
	} catch (error) {
		if (!(error instanceof CommandError) || error.failure.end === "cancelled") throw error;
		throw new UserError({
			what: `the clone is partial and the files it lacks could not be fetched (git: ${lastWords(error)})`,
			where: `${repository.role} project ${repository.folder}`,
			remedy: "clone without --filter"
		});
	}
}
async function remoteName(repository) {
	const names = (await repository.text(["remote"])).split("\n").filter((name) => name !== "");
	return names.includes("origin") ? "origin" : names.length === 1 ? names[0] : void 0;
}
function lastWords(error) {
	return oneLine(error.lastLines(1)[0] ?? "no message");
}

// src/source/tree.ts
const LFS_POINTER = "version https://git-lfs.github.com/spec/v1\n";
function pathText(bytePath) {
	return Buffer.from(bytePath, "latin1").toString("utf8");
}
function listPaths(paths, limit = 5) {
	return `${paths.slice(0, limit).map((each) => quote(pathText(each))).join(", ")}${paths.length > limit ? ` and ${paths.length - limit} more` : ""}`;
}
async function readTree(repository, commit, options) {
	await completeObjects(repository, commit, options.log);
	const entries = parseTree(await repository.bytes([
		"ls-tree",
		"-r",
		"-z",
		"--full-tree",
		commit.tree
	]));
	checkPaths(entries, `${repository.role} project, commit ${commit.id.slice(0, 12)}`);
	const attributes = await readAttributes(repository, commit, entries, options.signal);
	const kept = options.exportIgnore ? entries.filter((entry) => !attributes.ignored.has(entry.path)) : entries;
	const files = [];
	for (const { path: filePath, mode, id } of kept) {
		if (mode === "160000") {
			if (options.submodules === "include") files.push(...await readSubmodule(repository, filePath, id, options));
			continue;
		}
		const fileMode = mode === "120000" ? "120000" : mode === "100755" ? "100755" : "100644";
		files.push({
			path: filePath,
			mode: fileMode,
			id,
			repository
		});
	}
	const modules = kept.filter((entry) => entry.mode === "160000").map((entry) => entry.path);
	if (modules.length > 0 && options.submodules === "omit" && options.warn) options.log.warning(`submodules are left out of the source package: ${listPaths(modules)}`);
	if (options.warn) await warnOfUnexpanded(repository, files, attributes, options.log);
	return files.sort(comparePaths);
}
function comparePaths(a, b) {
	return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
function parseTree(output) {
	return output.toString("latin1").split("\0").filter((record) => record !== "").map((record) => {
		const tab = record.indexOf("	");
		const [mode = "", , id = ""] = record.slice(0, tab).split(" ");
		return {
			mode,
			id,
			path: record.slice(tab + 1)
		};
	});
}
function checkPaths(entries, where) {
	const wrong = (what, found) => new UserError({
		what,
		where,
		found: quote(pathText(found))
	});
	const files = /* @__PURE__ */ new Set();
	const folders = /* @__PURE__ */ new Set();
	for (const entry of entries) {
		const parts = entry.path.split("/");
		if (parts.some((part) => part === "" || part === "." || part === ".." || part.toLowerCase() === ".git")) throw wrong("a file name that git forbids", entry.path);
		if (/[\u0000-\u001f\u007f]/.test(entry.path)) throw wrong("a file name with a control character", entry.path);
		if (files.has(entry.path)) throw wrong("two files of one name", entry.path);
		files.add(entry.path);
		for (let end = parts.length - 1; end > 0; end--) folders.add(parts.slice(0, end).join("/"));
	}
	for (const file of files) if (folders.has(file)) throw wrong("a file and a folder of one name", file);
}
async function readAttributes(repository, commit, entries, signal) {
	const none = {
		ignored: /* @__PURE__ */ new Set(),
		substituted: /* @__PURE__ */ new Set(),
		lfs: /* @__PURE__ */ new Set()
	};
	if (!entries.some((entry) => entry.path === ".gitattributes" || entry.path.endsWith("/.gitattributes"))) return none;
	await using scratch = await temporaryFolder("attributes");
	const gitDir = path.join(scratch.path, "git");
	await run([
		"git",
		"init",
		"--quiet",
		"--bare",
		"--template=",
		`--object-format=${repository.objectFormat}`,
		gitDir
	], { env: isolatedEnvironment() });
	const env = {
		...isolatedEnvironment(),
		GIT_DIR: gitDir,
		GIT_OBJECT_DIRECTORY: await repository.objectsFolder(),
		GIT_INDEX_FILE: path.join(scratch.path, "index")
	};
	await gitBytes(["read-tree", commit.tree], env, "", signal);
	const folders = /* @__PURE__ */ new Set();
	for (const { path: file } of entries) for (let end = file.lastIndexOf("/"); end !== -1; end = file.lastIndexOf("/", end - 1)) folders.add(file.slice(0, end + 1));
	const names = [...folders, ...entries.map((entry) => entry.path)];
	const fields = (await gitBytes([
		"check-attr",
		"--cached",
		"--stdin",
		"-z",
		"export-ignore",
		"export-subst",
		"filter"
	], env, Buffer.from(names.map((name) => `${name}\0`).join(""), "latin1"), signal)).toString("latin1").split("\0");
	const ignored = /* @__PURE__ */ new Set();
	const substituted = /* @__PURE__ */ new Set();
	const lfs = /* @__PURE__ */ new Set();
	for (let index = 0; index + 2 < fields.length; index += 3) {
		const [name = "", attribute, value] = fields.slice(index, index + 3);
		if (attribute === "export-ignore" && value === "set") ignored.add(name);
		if (attribute === "export-subst" && value === "set") substituted.add(name);
		if (attribute === "filter" && value === "lfs") lfs.add(name);
	}
	const covered = (file) => {
		if (ignored.has(file)) return true;
		for (let end = file.indexOf("/"); end !== -1; end = file.indexOf("/", end + 1)) if (ignored.has(file.slice(0, end + 1))) return true;
		return false;
	};
	return {
		ignored: new Set(entries.map((entry) => entry.path).filter(covered)),
		substituted,
		lfs
	};
}
async function readSubmodule(repository, at, id, options) {
	const folder = path.join(repository.folder, pathText(at));
	const missing = (what) => new UserError({
		what,
		where: `${repository.role} project, submodule ${quote(pathText(at))}`,
		expected: `its commit ${id.slice(0, 12)}`,
		remedy: "check out with submodules (submodules: recursive), or leave them out with the input submodules: omit"
	});
	if (!await lstat(path.join(folder, ".git")).catch(() => void 0)) throw missing("the submodule is not checked out");
	const submodule = await GitRepository.open(folder, repository.role, options.signal);
	options.resources.use(submodule);
	if (submodule.folder === repository.folder) throw missing("the submodule is not checked out");
	if ((await submodule.text([
		"cat-file",
		"-t",
		id
	], { okExitCodes: [0, 128] })).trim() !== "commit") throw missing("the submodule does not have the commit");
	return (await readTree(submodule, await submodule.describeCommit(id), options)).map((file) => ({
		...file,
		path: `${at}/${file.path}`
	}));
}
async function warnOfUnexpanded(repository, files, attributes, log) {
	const pointers = [];
	const substituted = [];
	const own = files.filter((file) => file.repository === repository && file.mode !== "120000" && (attributes.lfs.has(file.path) || attributes.substituted.has(file.path)));
	if (own.length === 0) return;
	await using reader = repository.reader();
	for (const file of own) {
		const content = await reader.blob(file.id);
		if (attributes.lfs.has(file.path) && content.subarray(0, 64).toString().startsWith(LFS_POINTER)) pointers.push(file.path);
		if (attributes.substituted.has(file.path) && content.includes("$Format:")) substituted.push(file.path);
	}
	if (pointers.length > 0) log.warning(`the ${repository.role} project keeps files in Git LFS; the source package holds their pointers, not their content: ${listPaths(pointers)}`);
	if (substituted.length > 0) log.warning(`export-subst is not expanded: "$Format:" stays as it is in ${listPaths(substituted)}`);
}

// src/source/deb-source.ts
const DEB_FORMATS = [
	"3.0 (quilt)",
	"3.0 (native)",
	"1.0"
];
function readFormat(content, revision, where) {
	const text = content === void 0 ? "1.0" : (content.split("\n")[0] ?? "").trim();
	const format = DEB_FORMATS.find((each) => each === text);
	if (format === void 0) throw new UserError({
		what: "a source format that is not supported",
		where: `${where}/source/format`,
		found: JSON.stringify(text.slice(0, 40)),
		expected: DEB_FORMATS.join(", ")
	});
	if (!(format === "3.0 (quilt)" && revision === void 0 || format === "3.0 (native)" && revision !== void 0)) return format;
	throw new UserError({
		what: "the version in the changelog does not fit the source format",
		where: `${where}/changelog`,
		found: revision === void 0 ? "a version without a revision" : `the revision ${revision}`,
		expected: `${revision === void 0 ? "a revision (1.0-1)" : "a version without one"} for ${format}`
	});
}
function spawnOptions(context, cwd) {
	return {
		cwd,
		env: {
			SOURCE_DATE_EPOCH: String(context.epoch),
			TZ: "UTC",
			DEB_VENDOR: "debian",
			XZ_DEFAULTS: void 0,
			XZ_OPT: void 0,
			TAR_OPTIONS: void 0
		},
		...context.signal === void 0 ? {} : { signal: context.signal },
		...context.onLine === void 0 ? {} : { onLine: context.onLine }
	};
}
async function packSource$1(folder, tree, context) {
	const before = new Set(await readdir(folder));
	const argv = [
		"dpkg-source",
		...await singleThread(context),
		"--build",
		tree
	];
	await run(argv, spawnOptions(context, folder));
	const dsc = (await readdir(folder)).find((name) => name.endsWith(".dsc") && !before.has(name));
	if (dsc === void 0) throw new Error(`dpkg-source wrote no .dsc into ${folder}`);
	return dsc;
}
async function singleThread(context) {
	const { stdout } = await run(["dpkg-source", "--help"], spawnOptions({
		...context,
		onLine: () => {}
	}, "/"));
	return stdout.includes("--threads-max") ? ["--threads-max=1"] : [];
}
async function unpackSource(dsc, target, context, options = []) {
	const argv = [
		"dpkg-source",
		"--no-check",
		...options,
		"--extract",
		dsc,
		target
	];
	await run(argv, spawnOptions(context, path.dirname(dsc)));
}
async function applyPatches(tree, context) {
	await run([
		"dpkg-source",
		"--before-build",
		tree
	], spawnOptions(context, path.dirname(tree)));
}
async function checkSource(request, context) {
	const { dsc, name, version, format, scratch } = request;
	const file = path.basename(dsc);
	const control = parseDsc(await readFile(dsc, "utf8"), file);
	if (control.source !== name || control.version !== version || control.paragraph.get("Format") !== format) throw new Error(`${file} is of ${control.source} ${control.version}, not of ${name} ${version} (${format})`);
	for (const listed of control.files) {
		const found = await digestFile(path.join(path.dirname(dsc), listed.name));
		if (found.sha256 !== listed.digest || found.size !== listed.size) throw new Error(`${file} lists ${listed.name} with another digest than it has`);
	}
	const whole = path.join(scratch, "whole");
	await unpackSource(dsc, whole, context);
	let plain = whole;
	if (format === "3.0 (quilt)" && request.hasPatches) {
		plain = path.join(scratch, "plain");
		await unpackSource(dsc, plain, context, ["--skip-patches"]);
		if (request.hasDelta) {
			const patches = path.join(plain, "debian/patches");
			for (const series of (await readdir(patches)).filter((entry) => /(?:^|\.)series$/.test(entry))) await rm(path.join(patches, series));
			await writeFile(path.join(patches, "series"), `${DELTA_PATCH}\n`);
			await applyPatches(plain, context);
		}
	}
	const found = await readFolder(plain, request.objectFormat, ["debian", ".pc"]);
	const wanted = new Map([...request.wanted].filter(([each]) => !each.startsWith(".pc/")));
	const differing = differingPaths(found, wanted).filter((each) => format !== "3.0 (native)" || found.has(each));
	if (differing.length > 0) throw new UserError({
		what: "the source package does not unpack to what the commit has",
		where: file,
		found: `${differing.length} differing: ${listPaths(differing)}`,
		remedy: "use the format 3.0 (quilt), or past-tag: snapshot"
	});
	return [{
		name: file,
		role: "dsc"
	}, ...control.files.map((listed) => ({
		name: listed.name,
		role: roleOf(listed.name, request)
	}))];
}
function roleOf(file, { name, version }) {
	if (/\.orig(?:-[A-Za-z0-9-]+)?\.tar\.[a-z0-9]+$/.test(file)) return "orig";
	if (/\.orig(?:-[A-Za-z0-9-]+)?\.tar\.[a-z0-9]+\.asc$/.test(file)) return "orig-signature";
	if (file.startsWith(`${name}_${withoutEpoch(version)}.debian.tar.`)) return "debian";
	if (file.endsWith(".diff.gz")) return "diff";
	return "native";
}

// src/source/upstream-version.ts
const PACKAGING_TAG = /^(?:debian|ubuntu|kali|raspbian|devuan)\//;
const WORDS = "(?:releases?|rel|versions?|ver|v|r)";
function versionOfTag(tag, name) {
	if (PACKAGING_TAG.test(tag)) return void 0;
	if (tag.startsWith("upstream/")) return debianSpelling(tag.slice(9).replace(/^v(?=\d)/, "").replaceAll("%", ":").replaceAll("_", "~").replaceAll("#", ""));
	const text = withoutPrefix(tag, name);
	return text === void 0 ? void 0 : debianSpelling(text);
}
function withoutPrefix(tag, name) {
	let rest = tag;
	if (name !== void 0 && rest.toLowerCase().startsWith(name.toLowerCase())) {
		const after = rest.slice(name.length);
		if (/^[-_/@.]/.test(after)) rest = after.slice(1);
	}
	rest = rest.replace(new RegExp(`^(?:${WORDS}[-_./]?)+(?=\\d)`, "i"), "");
	if (/^\d/.test(rest)) return rest;
	return new RegExp(`[-_/@]${WORDS}?[-_.]?(\\d.*)$`, "i").exec(rest)?.[1] ?? /^[^\d]+(\d.*)$/.exec(rest)?.[1] ?? void 0;
}
const PUBLIC_VERSION = new RegExp([
	"^(?:\\d+!)?(?<release>\\d+(?:[._]\\d+)*)",
	"(?:[-_.~]?(?:(?<pre>alpha|beta|preview|pre|rc)[-_.]?(?<preNumber>\\d+(?:\\.\\d+)*)?|(?<letter>[abc])[-_.]?(?<letterNumber>\\d+)))?",
	"(?:[-_.]?(?:post|rev)[-_.]?(?<post>\\d*))?",
	"(?:[-_.~]*dev[-_.]?(?<dev>\\d*))?",
	"(?:\\+(?<local>[a-z0-9]+(?:[-_.~+][a-z0-9]+)*))?$"
].join(""), "i");
function debianSpelling(text) {
	const groups = PUBLIC_VERSION.exec(text)?.groups;
	let result;
	if (groups === void 0) result = text.replace(/[-_]/g, ".");
	else {
		const { release = "", pre = groups["letter"], preNumber = groups["letterNumber"], post, dev, local } = groups;
		result = release.replaceAll("_", ".");
		if (pre !== void 0) result += `~${pre.toLowerCase()}${preNumber ?? ""}`;
		if (post !== void 0) result += `.post${post}`;
		if (dev !== void 0) result += `~dev${dev}`;
		if (local !== void 0) result += `+${local.replace(/[-_]/g, ".")}`;
	}
	return /^\d[A-Za-z0-9.+~]*$/.test(result) ? result : void 0;
}
function canonical(version) {
	return version.toLowerCase().replace(/~alpha(?=\d|$)/, "~a").replace(/~beta(?=\d|$)/, "~b").replace(/~(?:c|pre|preview)(?=\d|$)/, "~rc");
}
function sameUpstream(a, b) {
	return canonical(a) === canonical(b) || compareVersions(a, b) === 0;
}
const REPACKED = /[+~.](?:dfsg|ds|repack|debian)[.]?\d*$/;
const PRE_RELEASE = /^~(?:a|b|c|rc|alpha|beta|pre|preview|dev)\d*/i;
function agree(changelog, tag, packageName) {
	const native = changelog.revision === void 0;
	const revision = changelog.revision ?? "";
	const full = native ? changelog.upstream : `${changelog.upstream}-${revision}`;
	const bare = tag.name.replace(/^v(?=\d)/, "");
	const named = packageName !== void 0 && !native && `${tag.name}.`.startsWith(`${packageName}-${full}.`);
	if (bare === full || named || sameUpstream(tag.upstream, changelog.upstream)) return {
		upstream: changelog.upstream,
		revision,
		repacked: false
	};
	if (native) {
		const rest = changelog.upstream.startsWith(tag.upstream) ? changelog.upstream.slice(tag.upstream.length) : "";
		return /^[+~]/.test(rest) && !PRE_RELEASE.test(rest) ? {
			upstream: tag.upstream,
			revision: rest,
			repacked: false
		} : void 0;
	}
	const released = changelog.upstream.replace(REPACKED, "");
	return released !== changelog.upstream && sameUpstream(tag.upstream, released) ? {
		upstream: changelog.upstream,
		revision,
		repacked: true
	} : void 0;
}

// src/source/history.ts
const EXCLUDED = [
	"debian/*",
	"ubuntu/*",
	"kali/*",
	"raspbian/*",
	"devuan/*"
];
const MAX_STRANGE_TAGS = 100;
async function nearestTags(repository, commit, pattern, packageName) {
	const excluded = [...EXCLUDED];
	while (excluded.length < MAX_STRANGE_TAGS) {
		const rules = [`--match=${pattern}`, ...excluded.map((each) => `--exclude=${each}`)];
		const name = (await repository.text([
			"describe",
			"--tags",
			"--abbrev=0",
			...rules,
			commit.id
		], { okExitCodes: [0, 128] })).replace(/\n$/, "");
		if (name === "") return [];
		if (versionOfTag(name, packageName) === void 0) {
			excluded.push(name);
			continue;
		}
		return await readTags(repository, [name, ...(await listTags(repository, ["--points-at", (await repository.text([
			"rev-parse",
			"--verify",
			`refs/tags/${name}^{commit}`
		])).trim()], pattern)).filter((each) => each !== name)], packageName);
	}
	return [];
}
async function tagsOfVersion(repository, commit, pattern, packageName, changelog) {
	return (await readTags(repository, (await listTags(repository, ["--merged", commit.id], pattern)).filter((name) => {
		const upstream = versionOfTag(name, packageName);
		return upstream !== void 0 && agree(changelog, {
			name,
			upstream
		}, packageName) !== void 0;
	}), packageName)).sort((a, b) => b.commit.time - a.commit.time);
}
async function listTags(repository, filter, pattern) {
	return (await repository.text([
		"tag",
		"--list",
		...filter,
		"--format=%(refname:strip=2)",
		"--",
		pattern
	])).split("\n").filter((name) => name !== "");
}
async function readTags(repository, names, packageName) {
	const tags = [];
	for (const name of names) {
		const upstream = versionOfTag(name, packageName);
		if (upstream === void 0) continue;
		const id = (await repository.text([
			"rev-parse",
			"--verify",
			`refs/tags/${name}^{commit}`
		])).trim();
		tags.push({
			name,
			upstream,
			commit: await repository.describeCommit(id)
		});
	}
	return tags;
}
async function decideUpstream(repository, commit, request) {
	const { changelog, pattern, packageName, where, document = "changelog" } = request;
	const ofChangelog = {
		upstream: changelog.upstream,
		revision: changelog.revision ?? "",
		repacked: false
	};
	if (request.from === "changelog") {
		const [tag] = await tagsOfVersion(repository, commit, pattern, packageName, changelog);
		return {
			...tag === void 0 ? ofChangelog : agree(changelog, tag, packageName) ?? ofChangelog,
			tag,
			source: `the ${document}${tag === void 0 ? "" : `, tagged ${tag.name}`}`
		};
	}
	const tags = await nearestTags(repository, commit, pattern, packageName);
	for (const tag of tags) {
		const agreement = agree({
			upstream: changelog.upstream,
			revision: changelog.revision
		}, tag, packageName);
		if (agreement !== void 0) return {
			...agreement,
			tag,
			source: `tag ${tag.name} and the ${document}`
		};
	}
	const [newest] = tags;
	if (request.from === "tag") {
		if (newest !== void 0) {
			const revision = changelog.revision ?? "";
			return {
				upstream: newest.upstream,
				revision,
				repacked: false,
				tag: newest,
				source: `tag ${newest.name}`
			};
		}
		throw new UserError({
			what: "no tag of an upstream version",
			where: `code project, commit ${commit.id.slice(0, 12)}`,
			expected: `a tag matching ${quote(pattern)} among its ancestors`,
			remedy: `tag the release, fetch the tags, or take the version from the ${document} (upstream-version-from: auto)`
		});
	}
	if (newest === void 0) return {
		...ofChangelog,
		tag: void 0,
		source: `the ${document}: there is no tag`
	};
	throw new UserError({
		what: `the ${document} and the newest tag of the code project name different upstream versions`,
		where,
		found: `${changelog.upstream} in the ${document}, ${newest.upstream} by tag ${quote(newest.name)} (commit ${newest.commit.id.slice(0, 12)})`,
		expected: "the same version",
		remedy: `${document === "spec" ? "set Version to" : "add a changelog entry for"} ${newest.upstream}, tag ${changelog.upstream}, or choose with upstream-version-from`
	});
}
async function introduction(repository, commit, file, hasVersion) {
	const pathspec = Buffer.from(file, "latin1").toString("utf8");
	const listing = await repository.text([
		"rev-list",
		"--first-parent",
		commit.id,
		"--",
		`:(top,literal)${pathspec}`
	]);
	let found;
	await using reader = repository.reader();
	for (const id of listing.split("\n").filter((line) => line !== "")) {
		const object = await reader.read(`${id}:${pathspec}`);
		if (object?.type !== "blob" || !hasVersion(object.content)) break;
		found = id;
	}
	return found;
}
function topUpstream(content) {
	const version = /^\S+ \(([^()\s]+)\)/m.exec(content.subarray(0, 4096).toString("utf8"))?.[1];
	return version !== void 0 && isVersion(version) ? parseVersion(version).upstream : void 0;
}

// src/source/position.ts
async function positionOf(projects, base, parentBranch) {
	const { code, spec, codeCommit, specCommit, separate } = projects;
	const codeCommits = await code.count([codeCommit.id], base.code);
	return {
		codeCommits,
		commits: codeCommits + (separate ? await spec.count([specCommit.id], base.spec) : 0),
		baseCommits: parentBranch === void 0 ? 0 : await commitsOfParent(code, codeCommit, base.code, parentBranch),
		time: Math.max(codeCommit.time, specCommit.time),
		codeCommit: codeCommit.id
	};
}
async function commitsOfParent(code, commit, base, parentBranch) {
	const parent = await code.commit(parentBranch, "input parent-branch");
	const fork = await code.mergeBase(parent.id, commit.id);
	if (fork === void 0) throw new UserError({
		what: "the parent branch has no commit in common with the one that is built",
		where: "input parent-branch",
		found: parentBranch,
		expected: "the branch that this one left"
	});
	return await code.count([fork], base);
}
async function nextPosition(projects, base, now, review) {
	const { code, spec, codeCommit, specCommit, separate } = projects;
	const inCode = review.inCode || !separate;
	const inSpec = review.inSpec && separate;
	const codeTip = inCode ? await tipOf(code, codeCommit, review.baseBranch) : codeCommit;
	const specTip = separate ? inSpec ? await tipOf(spec, specCommit, review.baseBranch) : specCommit : codeTip;
	const count = async (repository, tips, from) => {
		const ids = tips.flatMap((tip) => tip === void 0 ? [] : [tip.id]);
		return ids.length === 0 ? 0 : await repository.count(ids, from);
	};
	const codeBefore = await count(code, [codeTip], base.code);
	const codeAfter = await count(code, [codeTip, codeCommit], base.code);
	const specBefore = separate ? await count(spec, [specTip], base.spec) : 0;
	const specAfter = separate ? await count(spec, [specTip, specCommit], base.spec) : 0;
	return {
		next: {
			codeCommits: Math.min(codeAfter, codeBefore + (inCode ? 1 : 0)),
			commits: Math.min(codeAfter + specAfter, codeBefore + specBefore + 1),
			baseCommits: now.baseCommits,
			time: Math.max(codeTip?.time ?? 0, specTip?.time ?? 0) + 1,
			codeCommit: inCode ? void 0 : codeCommit.id
		},
		specTip
	};
}
async function tipOf(repository, commit, branch) {
	if (branch !== void 0) return await repository.commit(branch, "input base-branch");
	const [parent] = commit.parents;
	return parent === void 0 ? void 0 : await repository.describeCommit(parent);
}
async function changelogVersionAt(repository, commit, changelog) {
	await using reader = repository.reader();
	const object = await reader.read(`${commit.id}:${Buffer.from(changelog, "latin1").toString("utf8")}`);
	if (object?.type !== "blob") return void 0;
	try {
		return parseFirstEntry(object.content.toString("utf8")).version;
	} catch (error) {
		if (error instanceof UserError) return void 0;
		throw error;
	}
}

// src/source/deb-version.ts
async function decideVersion(request, projects, debian, folder, log) {
	const { code, spec, codeCommit, specCommit, separate } = projects;
	const { scheme, template, suffix, parentBranch, published, target } = request.version;
	const upstream = await decideUpstream(code, codeCommit, {
		from: request.version.upstreamFrom,
		changelog: debian.version,
		where: debian.where,
		pattern: request.version.tagPattern,
		packageName: debian.name
	});
	const changelog = folder.location === "" ? "changelog" : `${folder.location}/changelog`;
	const introduced = await introduction(spec, specCommit, changelog, (content) => topUpstream(content) === debian.version.upstream);
	const ownBase = separate || introduced === void 0 ? void 0 : await code.describeCommit(introduced);
	const base = upstream.tag?.commit ?? ownBase;
	if (upstream.tag === void 0) {
		const from = base === void 0 ? "the beginning" : `the commit that brought ${upstream.upstream} to the changelog`;
		log.notice(`no tag for upstream version ${upstream.upstream}: it is taken from the changelog, and commits count from ${from}`);
	}
	const counted = {
		code: base?.id,
		spec: introduced
	};
	const needsParent = scheme === "hotfix" || scheme === "security" || /\{(?:base|delta)\}/.test(template ?? "");
	if (needsParent && parentBranch === void 0) throw new UserError({
		what: `the version scheme ${scheme} needs the branch that this one left`,
		where: "input parent-branch",
		expected: "a branch such as main"
	});
	const position = await positionOf(projects, counted, needsParent ? parentBranch : void 0);
	const native = debian.version.revision === void 0;
	const { review } = request;
	const merge = review === void 0 ? void 0 : await nextPosition(projects, counted, position, review);
	let sameVersion = false;
	if (scheme === "changelog" && merge !== void 0) {
		const before = merge.specTip === void 0 ? void 0 : await changelogVersionAt(spec, merge.specTip, changelog);
		sameVersion = before === debian.entry.version || before === void 0 || published === debian.entry.version;
	}
	const at = (snapshot) => {
		const plan = {
			scheme,
			...template === void 0 ? {} : { template },
			suffix,
			epoch: debian.version.epoch,
			upstream: upstream.upstream,
			revision: upstream.revision,
			native,
			snapshot,
			...target === void 0 ? {} : { target }
		};
		const made = review === void 0 || merge === void 0 ? {
			version: versionAt(plan, position),
			next: void 0
		} : reviewVersion(plan, merge.next, review, sameVersion);
		assertOrder({
			...made,
			review: review !== void 0,
			published
		});
		return made;
	};
	return {
		upstream,
		base,
		counted,
		position,
		native,
		at
	};
}

// src/source/layout.ts
const REQUIRED = [
	"changelog",
	"control",
	"rules"
];
const PROJECT_FILES = /^(?:\.git[^/]*(?:\/.*)?|\.zuul[^/]*(?:\/.*)?|[^/]+\.orig(?:-[^/]+)?\.tar\.[^/]+)$/;
function findDebian(request, log) {
	const { files, subfolder, debianPath, where } = request;
	if (debianPath !== void 0) {
		const location = joinPath(subfolder, normalised(debianPath, where));
		const found = folderAt(files, location);
		if (isDebian(found.files)) return checked(found, where);
		const link = files.find((file) => file.path === location && file.mode === "120000");
		throw new UserError({
			what: link === void 0 ? "the folder is no debian/" : "the folder is a symbolic link",
			where: `${where}, input debian-path`,
			found: quote(pathText(location)),
			expected: `a folder with ${REQUIRED.join(", ")}`
		});
	}
	const usual = joinPath(subfolder, "debian");
	if (files.find((file) => file.path === usual && file.mode === "120000") !== void 0) throw new UserError({
		what: "debian is a symbolic link, which is not followed",
		where,
		expected: "a folder",
		remedy: "give the folder that it points to as the input debian-path"
	});
	for (const location of [usual, subfolder]) {
		const found = folderAt(files, location);
		if (isDebian(found.files)) return checked(found, where);
	}
	return checked(findByDistribution(request, log), where);
}
function findByDistribution(request, log) {
	const { files, subfolder, targetNames, where } = request;
	const pattern = /^(?:(?:[^/]+)\/)?(?:[^/]+)\/debian\/changelog$/;
	const start = subfolder === "" ? "" : `${subfolder}/`;
	const locations = files.filter((file) => file.path.startsWith(start) && pattern.test(file.path.slice(start.length))).map((file) => file.path.slice(0, -10)).filter((location) => isDebian(folderAt(files, location).files));
	const named = locations.filter((location) => targetNames.includes(pathText(location.slice(start.length).split("/")[0] ?? "")));
	const candidates = named.length > 0 ? named : locations;
	const [only, second] = candidates;
	if (only !== void 0 && second === void 0) {
		log.info(`The packaging is in ${quote(pathText(only))}`);
		return folderAt(files, only);
	}
	const isRpm = only === void 0 && files.some((file) => file.path.endsWith(".spec"));
	throw new UserError({
		what: only === void 0 ? "no debian/ in the spec project" : "more than one debian/ in the spec project",
		where,
		...only === void 0 ? {} : { found: listPaths(candidates) },
		expected: `a folder debian with ${REQUIRED.join(", ")}, or these at the top`,
		remedy: `give the folder as the input debian-path${isRpm ? ", or for the spec that is there a target of rpm packages as the input target" : ""}`
	});
}
function folderAt(files, location) {
	const start = location === "" ? "" : `${location}/`;
	const inside = files.filter((file) => file.path.startsWith(start)).map((file) => ({
		...file,
		path: file.path.slice(start.length)
	}));
	return {
		location,
		files: location.split("/").at(-1) === "debian" ? inside : inside.filter((file) => !PROJECT_FILES.test(file.path))
	};
}
function isDebian(files) {
	return REQUIRED.every((name) => files.some((file) => file.path === name));
}
const MUST_BE_FILES = /^(?:changelog|control|source|source\/[^/]*|patches|patches\/.*|upstream|upstream\/.*)$/;
function checked(found, where) {
	for (const file of found.files) if (file.mode === "120000" && MUST_BE_FILES.test(file.path)) throw new UserError({
		what: "a symbolic link where a file or folder must be",
		where: `${where}, debian/${pathText(file.path)}`,
		expected: "the file itself"
	});
	return found;
}
function checkLinks(links, where) {
	for (const link of links) {
		let depth = link.path.split("/").length;
		let outside = link.target.startsWith("/");
		for (const part of link.target.split("/")) {
			if (part === "..") depth--;
			else if (part !== "" && part !== ".") depth++;
			if (depth < 0) outside = true;
		}
		if (!outside) continue;
		throw new UserError({
			what: "a symbolic link that leads out of the source package",
			where: `${where}, debian/${pathText(link.path)}`,
			found: quote(pathText(link.target)),
			expected: "a link inside it"
		});
	}
}
function normalised(given, where, input = "debian-path") {
	const parts = given.split("/").filter((part) => part !== "" && part !== ".");
	if (given.startsWith("/") || parts.includes("..")) throw new UserError({
		what: "a path that leaves the spec project",
		where: `${where}, input ${input}`,
		found: quote(given),
		expected: "a path below it"
	});
	return Buffer.from(parts.join("/")).toString("latin1");
}
function joinPath(a, b) {
	return a === "" || b === "" ? a + b : `${a}/${b}`;
}

// src/source/debian-folder.ts
async function readDebian(folder, expected) {
	const files = await loadFiles(folder.files);
	const at = folder.location === "" ? "." : pathText(folder.location);
	const links = files.filter((file) => file.mode === "120000");
	checkLinks(links.map((file) => ({
		path: file.path,
		target: file.content.toString("latin1")
	})), "spec project");
	const changelog = `${at}/changelog`;
	const entry = parseFirstEntry(textOf(files, "changelog") ?? "", changelog);
	const where = `${changelog}:${entry.line}`;
	const name = checkPackageName(entry.source, where);
	const control = `${at}/control`;
	const [source] = parseControl(textOf(files, "control") ?? "", {
		file: control,
		comments: true
	});
	if (source?.get("Source") !== name) throw new UserError({
		what: "changelog and control name different source packages",
		where: `${control}:${source?.lineOf("Source") ?? 1}`,
		found: quote(source?.get("Source") ?? "no field Source"),
		expected: name
	});
	if (expected !== void 0 && expected !== name) throw new UserError({
		what: "the spec project holds another package",
		where,
		found: name,
		expected: quote(expected),
		remedy: "give the other spec project, or leave the input package out"
	});
	const version = parseVersion(entry.version, where);
	const format = readFormat(textOf(files, "source/format"), version.revision, at);
	return {
		files,
		name,
		entry,
		version,
		format,
		where,
		hasPatches: checkSeries(files, at, format)
	};
}
function textOf(files, name) {
	return files.find((file) => file.path === name && file.mode !== "120000")?.content.toString("utf8");
}
const SERIES = /^patches\/(?:[a-z0-9-]+\.)?series$/;
function checkSeries(files, at, format) {
	if (format !== "3.0 (quilt)") return false;
	let count = 0;
	for (const file of files.filter((each) => SERIES.test(each.path))) for (const [index, raw] of file.content.toString("latin1").split("\n").entries()) {
		const patch = raw.replace(/(?:^|\s+)#.*$/, "").trim();
		if (patch === "") continue;
		count++;
		if (!patch.startsWith("/") && !patch.split(/[/\s]/).includes("..")) continue;
		throw new UserError({
			what: "a patch outside debian/patches",
			where: `${at}/${file.path}:${index + 1}`,
			found: quote(pathText(patch)),
			expected: "the name of a file in it"
		});
	}
	return count > 0;
}
function withEntry(files, text) {
	return files.map((file) => file.path === "changelog" ? {
		...file,
		content: Buffer.concat([Buffer.from(`${text}\n`), file.content])
	} : file);
}
function withDelta(files, patch, where) {
	const name = `patches/${DELTA_PATCH}`;
	if (files.some((file) => file.path === name)) throw new UserError({
		what: "a patch has the name of the one that is made here",
		where: `${where}/${name}`,
		expected: "another name"
	});
	const result = files.map((file) => SERIES.test(file.path) ? {
		...file,
		content: Buffer.concat([Buffer.from(`${DELTA_PATCH}\n`), file.content])
	} : file);
	const add = (path, content) => {
		result.push({
			path,
			mode: "100644",
			content
		});
	};
	if (!files.some((file) => file.path === "patches/series")) add("patches/series", Buffer.from(`${DELTA_PATCH}\n`));
	add(name, patch);
	if (patch.includes(0)) {
		const list = "source/include-binaries";
		const line = Buffer.from(`debian/${name}\n`);
		const index = result.findIndex((file) => file.path === list);
		const existing = result[index];
		if (existing === void 0) add(list, line);
		else result[index] = {
			...existing,
			content: Buffer.concat([
				existing.content,
				Buffer.from("\n"),
				line
			])
		};
	}
	return result.sort(comparePaths);
}

// src/source/projects.ts
async function openProjects(request, resources, log, signal) {
	const code = resources.use(await GitRepository.open(request.code, "code", signal));
	const given = request.spec ?? request.code;
	const opened = resources.use(await GitRepository.open(given, "spec", signal));
	const same = opened.gitDir === code.gitDir;
	const spec = same ? code : opened;
	for (const repository of /* @__PURE__ */ new Set([code, spec])) {
		await completeHistory(repository, request.deepen, log);
		await warnOfDirt(repository, request.output, log);
	}
	const codeCommit = await code.commit(request.ref, "input ref");
	const specRef = request.specRef ?? (same ? request.ref : "HEAD");
	const specCommit = await spec.commit(specRef, request.specRef === void 0 && same ? "input ref" : "input spec-ref");
	return {
		code,
		codeCommit,
		spec,
		specCommit,
		codeFolder: await inside(code, request.code),
		specFolder: await inside(spec, given),
		separate: !same || codeCommit.id !== specCommit.id
	};
}
async function inside(repository, folder) {
	return Buffer.from(path.relative(repository.folder, await realpath(folder))).toString("latin1");
}
async function warnOfDirt(repository, output, log) {
	const ours = path.relative(repository.folder, output);
	const dirty = (await repository.dirtyFiles(1e3)).filter((file) => file !== `${ours}/` && !file.startsWith(`${ours}/`) && !/\.orig(?:-[^/]+)?\.tar\.[a-z0-9.]+$/.test(file));
	if (dirty.length === 0) return;
	const shown = dirty.slice(0, 5).map((file) => quote(file));
	const more = dirty.length > shown.length ? ` and ${dirty.length - shown.length} more` : "";
	log.warning(`the ${repository.role} project has changes that are not committed and so are not packed: ${shown.join(", ")}${more}`);
}
async function projectName(repository) {
	const url = await repository.config("remote.origin.url") ?? "";
	return (/^(?:[a-z+]+:\/\/[^/]+\/|[^/:@]+@[^/:]+:)(.+)$/i.exec(url)?.[1] ?? path.basename(repository.folder)).replace(/\/+$/, "").replace(/\.git$/, "");
}

// src/source/prepared.ts
async function newestSubjects({ code, spec, codeCommit, specCommit, separate }, counted, limit) {
	if (limit === 0) return [];
	const subjects = await code.subjects(codeCommit.id, counted.code, limit);
	if (separate) subjects.push(...await spec.subjects(specCommit.id, counted.spec, limit));
	return subjects.slice(0, limit);
}
function entryHeadline({ codeCommit }, tag, review) {
	const commit = codeCommit.id.slice(0, 12);
	const since = tag === void 0 ? "" : ` (tag ${tag.name})`;
	return review === void 0 ? `Build of commit ${commit}${since}.` : `Change ${review.id}, patch set ${review.patchset}, under review: commit ${commit}${since}.`;
}
async function sourceManifest({ code, codeCommit, spec, specCommit, separate }, request) {
	const { asked, tag } = request;
	const codeOrigin = {
		role: "code",
		project: asked.codeProject ?? await projectName(code),
		ref: asked.ref,
		commit: codeCommit.id,
		...tag === void 0 ? {} : { tag: tag.name }
	};
	const specOrigin = {
		role: "spec",
		project: asked.specProject ?? await projectName(spec),
		ref: asked.specRef ?? "HEAD",
		commit: specCommit.id
	};
	return {
		schema: "pkg-actions/manifest/1",
		stage: "sources",
		createdAt: (/* @__PURE__ */ new Date()).toISOString(),
		tool: {
			name: "pkg-actions",
			version: VERSION
		},
		package: {
			name: request.name,
			version: request.version,
			format: request.format
		},
		change: asked.review === void 0 ? "merge" : "review",
		origins: separate ? [codeOrigin, specOrigin] : [codeOrigin],
		sourceDateEpoch: request.epoch,
		tools: {
			git: await toolVersion("git"),
			...request.tools
		},
		...request.more,
		files: await describeFiles(request.folder, request.files)
	};
}
async function toolVersion(tool) {
	const { stdout } = await run([tool, "--version"]);
	return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? "";
}

// src/source/orig.ts
const ATTEMPTS = 3;
const STALL_SECONDS = 60;
function readName(file, request) {
	const start = `${request.name}_${request.upstream}.orig`;
	if (!file.startsWith(start)) return void 0;
	const match = /^(?:-([A-Za-z0-9-]+))?\.tar\.(gz|xz|bz2|lzma)(\.asc)?$/.exec(file.slice(start.length));
	if (match === null || request.gzipOnly && (match[2] !== "gz" || match[1] !== void 0)) return void 0;
	return {
		main: file.replace(/\.asc$/, ""),
		component: match[1],
		signature: match[3] !== void 0
	};
}
function choose$1(names, request, where) {
	const tarballs = /* @__PURE__ */ new Map();
	for (const name of [...names].sort()) {
		const read = readName(name, request);
		if (read === void 0 || read.signature) continue;
		const other = tarballs.get(read.component ?? "");
		if (other !== void 0) throw new UserError({
			what: "two orig tarballs of one upstream version",
			where,
			found: `${other} and ${name}`,
			expected: "one"
		});
		tarballs.set(read.component ?? "", name);
	}
	const main = tarballs.get("");
	if (main === void 0) return [];
	const all = [main, ...[...tarballs.values()].filter((name) => name !== main)];
	return [...all, ...all.map((name) => `${name}.asc`).filter((name) => names.includes(name))];
}
async function findPublished(places, request) {
	for (const place of places) {
		const found = /^deb(?:-src)?\s/.test(place) ? await fromRepository(place, request) : place.endsWith(".dsc") ? await fromDsc(place, request) : await fromFolder(place, request);
		if (found !== void 0) return found;
		request.log.info(`No orig tarball of ${request.name} ${request.upstream} in ${hideCredentials(place)}`);
	}
}
async function fromRepository(line, request) {
	const source = parseSourceLine(line, "input orig", (file) => path.resolve(request.base, file));
	const { packages } = await readRepository(source, {
		channel: source.suite,
		architectures: /* @__PURE__ */ new Set(),
		binaries: false,
		udebs: false,
		sources: true,
		names: /* @__PURE__ */ new Set([request.name]),
		allowMissing: true,
		logger: request.log,
		...request.signal === void 0 ? {} : { signal: request.signal }
	});
	for (const { version, files = [] } of packages) {
		if (!isVersion(version) || parseVersion(version).upstream !== request.upstream) continue;
		const where = `${source.uri} ${source.suite}`;
		const names = choose$1(files.map((file) => file.name), request, where);
		if (names.length === 0) continue;
		const digests = new Map(files.map((file) => [file.name, file.sha256]));
		for (const name of names) await fetchFromPool(source, name, digests.get(name) ?? "", request);
		return {
			files: names,
			origin: `${where}, published with ${version}`,
			published: true
		};
	}
}
async function fetchFromPool(source, name, sha256, request) {
	const folders = source.isFlat ? [source.suite.replace(/^\.?\/+|\/+$/g, ""), ""] : source.components.map((component) => poolFolder(component, request.name));
	for (const folder of folders) {
		const file = folder === "" ? name : `${folder}/${name}`;
		if (await fetchTo(source.location, file, name, request, sha256)) return;
	}
	throw new UserError({
		what: "the repository lists a file that is not where pools have it",
		where: `${source.uri} ${source.suite}`,
		found: quote(name),
		expected: `it in ${folders.join(" or ")}`,
		remedy: "give the URL of its .dsc as the input orig"
	});
}
async function fromDsc(place, request) {
	const { location, name } = locate(place, "file", request.base);
	const text = await fetchWithRetries(location, name, 1048576, request);
	const shown = hideCredentials(place);
	if (text === void 0) throw new UserError({
		what: "the .dsc does not exist",
		where: `input orig, ${shown}`
	});
	const dsc = parseDsc(text.toString("utf8"), shown);
	if (dsc.source !== request.name || parseVersion(dsc.version).upstream !== request.upstream) return void 0;
	const digests = new Map(dsc.files.map((file) => [file.name, file.digest]));
	const names = choose$1([...digests.keys()], request, shown);
	for (const each of names) {
		if (await fetchTo(location, each, each, request, digests.get(each))) continue;
		throw new UserError({
			what: "a file of the .dsc is not beside it",
			where: shown,
			found: quote(each)
		});
	}
	return names.length === 0 ? void 0 : {
		files: names,
		origin: shown,
		published: true
	};
}
async function fromFolder(place, request) {
	const shown = hideCredentials(place);
	const { location } = locate(place, "folder", request.base);
	if (location.kind === "http") {
		const names = [];
		for (const suffix of request.gzipOnly ? ["gz"] : [
			"xz",
			"gz",
			"bz2"
		]) {
			const name = `${request.name}_${request.upstream}.orig.tar.${suffix}`;
			if (!await fetchTo(location, name, name, request)) continue;
			names.push(name);
			if (await fetchTo(location, `${name}.asc`, `${name}.asc`, request)) names.push(`${name}.asc`);
			request.log.info(`${name} comes without a digest to check it against: give the .dsc or a repository for one`);
			return {
				files: names,
				origin: shown,
				published: true
			};
		}
		return;
	}
	for (const folder of await poolFolders(location.folder, request.name)) {
		const found = await fromLocalFolder(folder, request, true);
		if (found !== void 0) return found;
	}
}
async function poolFolders(folder, name) {
	if (!await lstat(folder).catch(() => void 0)) throw new UserError({
		what: "the folder does not exist",
		where: "input orig",
		found: quote(folder)
	});
	const pool = path.join(folder, "pool");
	return [folder, ...(await readdir(pool).catch(() => [])).sort().map((component) => path.join(folder, poolFolder(component, name)))];
}
async function fromLocalFolder(folder, request, published) {
	const names = choose$1((await readdir(folder, { withFileTypes: true }).catch(() => [])).filter((entry) => entry.isFile()).map((entry) => entry.name), request, folder);
	for (const name of names) await copyFile(path.join(folder, name), path.join(request.into, name), constants.COPYFILE_EXCL);
	return names.length === 0 ? void 0 : {
		files: names,
		origin: folder,
		published
	};
}
async function findPristine(files, location, folder, request) {
	const start = location === "" ? "" : `${location}/`;
	const beside = files.filter((file) => file.path.startsWith(start) && !file.path.slice(start.length).includes("/") && file.mode !== "120000");
	const byName = new Map(beside.map((file) => [file.path.slice(start.length), file]));
	const names = choose$1([...byName.keys()], request, "spec project");
	for (const name of names) {
		const file = byName.get(name);
		const [loaded] = file === void 0 ? [] : await loadFiles([file]);
		if (loaded !== void 0) await writeFile(path.join(request.into, name), loaded.content, { flag: "wx" });
	}
	if (names.length > 0) return {
		files: names,
		origin: "the spec project",
		published: false
	};
	return folder === void 0 ? void 0 : await fromLocalFolder(folder, request, false);
}
function locate(place, kind, base) {
	const cut = kind === "file" ? place.lastIndexOf("/") : -1;
	const folder = kind === "file" ? cut === -1 ? "." : place.slice(0, Math.max(1, cut)) : place;
	const name = kind === "file" ? place.slice(cut + 1) : "";
	if (!/^https?:\/\//i.test(place)) return {
		location: {
			kind: "folder",
			folder: path.resolve(base, folder.replace(/^file:(?:\/\/(?=\/))?/, ""))
		},
		name
	};
	const { location } = parseSourceLine(`deb ${folder} ./`, "input orig", (file) => file);
	return {
		location,
		name
	};
}
async function fetchTo(location, file, name, request, sha256) {
	const target = path.join(request.into, name);
	const source = location.kind === "http" ? await downloaded(location, file, name, request, sha256) : localFile(location.folder, file);
	if (source === void 0) return false;
	await copyFile(source, target, constants.COPYFILE_EXCL).catch((error) => {
		throw unreadable(source, error);
	});
	if (sha256 === void 0) return true;
	const found = (await digestFile(target)).sha256;
	if (found === sha256) return true;
	throw new UserError({
		what: "the file is not the one that the index lists",
		where: nameOf(location, file),
		found: `sha256 ${found.slice(0, 12)}…`,
		expected: `sha256 ${sha256.slice(0, 12)}…`
	});
}
async function downloaded(location, file, name, { downloads, into, log, signal }, sha256) {
	try {
		return await download({
			url: nameOf(location, file),
			name,
			...sha256 === void 0 ? {} : { sha256 },
			...location.authorization === void 0 ? {} : { authorization: location.authorization }
		}, {
			folder: sha256 === void 0 ? path.join(into, "fetched") : downloads,
			logger: log,
			...signal === void 0 ? {} : { signal }
		});
	} catch (error) {
		if (error instanceof NotFoundError) return void 0;
		throw error;
	}
}
function localFile(folder, file) {
	const place = path.join(folder, file);
	let found;
	try {
		found = statSync(place, { throwIfNoEntry: false });
	} catch (error) {
		throw unreadable(place, error);
	}
	if (found === void 0 || found.isFile()) return found && place;
	throw new UserError({
		what: "not a file",
		where: quote(place),
		expected: "a file of the repository"
	});
}
function unreadable(file, { code = "an error" }) {
	return new UserError({
		what: "a file of the repository cannot be read",
		where: quote(file),
		found: code
	});
}
async function fetchWithRetries(location, file, maxBytes, request) {
	const { signal, log } = request;
	for (let attempt = 1;; attempt++) try {
		const options = {
			stallSeconds: STALL_SECONDS,
			maxBytes,
			...signal === void 0 ? {} : { signal }
		};
		return await fetchFile(location, file, options);
	} catch (error) {
		if (!(error instanceof TransientError)) throw error;
		if (attempt >= ATTEMPTS) throw new UserError({
			what: "a file cannot be fetched",
			where: nameOf(location, file),
			found: oneLine(messageOf(error))
		}, { cause: error });
		log.info(`${oneLine(messageOf(error))}; attempt ${attempt + 1} of ${ATTEMPTS}`);
		await setTimeout(1e3 * (error.waitSeconds ?? attempt), void 0, signal === void 0 ? {} : { signal });
	}
}

// src/source/tar.ts
const BLOCK = 512;
const RECORD = 20 * BLOCK;
const MAX_OCTAL = 8589934591;
const MAX_LINK = 100;
const PERMISSIONS = {
	"100644": 420,
	"100755": 493,
	"120000": 511,
	folder: 493
};
async function* writeTar(entries, mtime) {
	let length = 0;
	for await (const entry of entries) for (const piece of entryPieces(entry, Math.max(0, Math.min(mtime, MAX_OCTAL)))) {
		length += piece.length;
		yield piece;
	}
	const end = length + 2 * BLOCK;
	yield Buffer.alloc(2 * BLOCK + (RECORD - end % RECORD) % RECORD);
}
function* entryPieces(entry, mtime) {
	const link = entry.mode === "120000";
	const name = entry.mode === "folder" ? `${entry.path}/` : entry.path;
	const target = link ? entry.content.toString("latin1") : "";
	const size = entry.mode === "100644" || entry.mode === "100755" ? entry.content.length : 0;
	const records = [];
	const split = splitName(name);
	if (split === void 0) records.push(paxRecord("path", name));
	if (target.length > MAX_LINK) records.push(paxRecord("linkpath", target));
	if (size > MAX_OCTAL) records.push(paxRecord("size", String(size)));
	if (records.length > 0) {
		const content = Buffer.from(records.join(""), "latin1");
		yield header({
			prefix: "",
			name: "pax",
			mode: 420,
			size: content.length,
			mtime,
			type: "x",
			target: ""
		});
		yield padded(content);
	}
	const [prefix, rest] = split ?? ["", name.slice(0, 100)];
	const type = entry.mode === "folder" ? "5" : link ? "2" : "0";
	const mode = PERMISSIONS[entry.mode];
	yield header({
		prefix,
		name: rest,
		mode,
		size: size > MAX_OCTAL ? 0 : size,
		mtime,
		type,
		target
	});
	if (size > 0) yield padded(entry.content);
}
function splitName(name) {
	if (name.length <= 100) return ["", name];
	const slash = name.lastIndexOf("/", Math.min(155, name.length - 2));
	if (slash <= 0 || name.length - slash - 1 > 100) return void 0;
	return [name.slice(0, slash), name.slice(slash + 1)];
}
function paxRecord(key, value) {
	const rest = ` ${key}=${value}\n`;
	let length = rest.length + 1;
	while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
	return `${length}${rest}`;
}
function header(fields) {
	const block = Buffer.alloc(BLOCK);
	const octal = (value, offset, length) => block.write(value.toString(8).padStart(length - 1, "0"), offset, length - 1, "latin1");
	block.write(fields.name, 0, 100, "latin1");
	octal(fields.mode, 100, 8);
	octal(0, 108, 8);
	octal(0, 116, 8);
	octal(fields.size, 124, 12);
	octal(fields.mtime, 136, 12);
	block.write("        ", 148, 8, "latin1");
	block.write(fields.type, 156, 1, "latin1");
	block.write(fields.target.slice(0, MAX_LINK), 157, MAX_LINK, "latin1");
	block.write("ustar\0", 257, 6, "latin1");
	block.write("00", 263, 2, "latin1");
	block.write("root", 265, 32, "latin1");
	block.write("root", 297, 32, "latin1");
	octal(0, 329, 8);
	octal(0, 337, 8);
	block.write(fields.prefix, 345, 155, "latin1");
	const sum = block.reduce((total, byte) => total + byte, 0);
	block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, 8, "latin1");
	return block;
}
function padded(content) {
	const tail = content.length % BLOCK;
	return tail === 0 ? content : Buffer.concat([content, Buffer.alloc(BLOCK - tail)]);
}

// src/source/tarball.ts
const COMPRESSION_SUFFIX = {
	gzip: "gz",
	xz: "xz"
};
const ARCHIVES = [
	[/\.(?:tar\.gz|tgz)$/, "gzip"],
	[/\.(?:tar\.xz|txz)$/, "xz"],
	[/\.(?:tar\.bz2|tbz2?)$/, "bzip2"],
	[/\.(?:tar\.zst|tzst)$/, "zstd"],
	[/\.tar$/, "none"]
];
function compressionOf(file) {
	return ARCHIVES.find(([ending]) => ending.test(file))?.[1];
}
const PROGRAMS = {
	xz: [
		"xz",
		"--compress",
		"--stdout",
		"-6",
		"--threads=1",
		"--check=crc64",
		"--no-adjust"
	],
	bzip2: [
		"bzip2",
		"--compress",
		"--stdout",
		"-9"
	],
	zstd: [
		"zstd",
		"--compress",
		"--stdout",
		"--quiet",
		"-19",
		"--single-thread"
	]
};
const CHUNK = 1048576;
async function writeTarball(request) {
	await using blobs = new BlobSource();
	const compressed = compress(inChunks(writeTar(entries(request.files, request.root, blobs), request.mtime)), request.compression, request.signal);
	await pipeline(compressed, createWriteStream(request.output, { flags: "wx" }), { ...request.signal === void 0 ? {} : { signal: request.signal } });
}
async function* entries(files, root, blobs) {
	const none = Buffer.alloc(0);
	yield {
		path: root,
		mode: "folder",
		content: none
	};
	const made = /* @__PURE__ */ new Set([""]);
	for (const file of [...files].sort(comparePaths)) {
		for (let end = file.path.indexOf("/"); end !== -1; end = file.path.indexOf("/", end + 1)) {
			const folder = file.path.slice(0, end);
			if (made.has(folder)) continue;
			made.add(folder);
			yield {
				path: `${root}/${folder}`,
				mode: "folder",
				content: none
			};
		}
		yield {
			path: `${root}/${file.path}`,
			mode: file.mode,
			content: await blobs.read(file)
		};
	}
}
async function* inChunks(pieces) {
	let waiting = [];
	let length = 0;
	for await (const piece of pieces) {
		waiting.push(piece);
		length += piece.length;
		if (length < CHUNK) continue;
		let all = Buffer.concat(waiting, length);
		while (all.length >= CHUNK) {
			yield all.subarray(0, CHUNK);
			all = all.subarray(CHUNK);
		}
		waiting = [all];
		length = all.length;
	}
	if (length > 0) yield Buffer.concat(waiting, length);
}
async function* gzip(chunks) {
	const { Gzip } = await import("./lazy-fflate.js");
	let ready = [];
	const compressor = new Gzip({
		level: 9,
		mtime: 0
	}, (chunk) => ready.push(chunk));
	const take = () => {
		const all = Buffer.concat(ready);
		ready = [];
		return all;
	};
	for await (const chunk of chunks) {
		compressor.push(chunk, false);
		yield take();
	}
	compressor.push(/* @__PURE__ */ new Uint8Array(0), true);
	yield take();
}
function compress(chunks, compression, signal) {
	if (compression === "none") return chunks;
	return compression === "gzip" ? gzip(chunks) : byProgram(PROGRAMS[compression], chunks, signal);
}
async function* byProgram(argv, chunks, signal) {
	const child = start(argv, { env: {
		XZ_DEFAULTS: void 0,
		XZ_OPT: void 0,
		BZIP: void 0,
		BZIP2: void 0,
		ZSTD_CLEVEL: void 0
	} });
	let stderr = "";
	child.stderr.on("data", (chunk) => {
		stderr += chunk.toString("utf8");
	});
	const closed = new Promise((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (code) => resolve(code));
	});
	const fed = pipeline(chunks, child.stdin, { ...signal === void 0 ? {} : { signal } });
	fed.catch(() => child.kill("SIGKILL"));
	for await (const chunk of child.stdout) yield chunk;
	const code = await closed;
	if (code !== 0) throw new CommandError({
		argv,
		end: "exit",
		exitCode: code ?? void 0,
		signal: void 0,
		stdout: "",
		stderr
	});
	await fed;
}
function origFileName(name, upstream, suffix, component) {
	return path.basename(`${name}_${upstream}.orig${component === void 0 ? "" : `-${component}`}.tar.${suffix}`);
}

// src/source/upstream-source.ts
const PRISTINE = /^[^/]+\.orig(?:-[^/]+)?\.tar\.[^/]+$/;
const OURS = /^(?:debian|\.pc)(?:\/|$)/;
const NO_CODE$1 = /^(?:\.[^/]+(?:\/.*)?|(?:README|LICENSE|COPYING|CONTRIBUTING|CODEOWNERS)[^/]*)$/i;
async function codeFiles$1(context, commit) {
	const { projects, submodules, trees, log, resources, signal } = context;
	const known = trees.get(commit.id);
	if (known !== void 0) return known;
	const all = await readTree(projects.code, commit, {
		submodules,
		exportIgnore: true,
		warn: commit.id === projects.codeCommit.id,
		log,
		resources,
		...signal === void 0 ? {} : { signal }
	});
	const start = projects.codeFolder === "" ? "" : `${projects.codeFolder}/`;
	const files = all.filter((file) => file.path.startsWith(start)).map((file) => ({
		...file,
		path: file.path.slice(start.length)
	})).filter((file) => !OURS.test(file.path) && !(!projects.separate && PRISTINE.test(file.path)));
	trees.set(commit.id, files);
	return files;
}
function isPackagingOnly(context, files) {
	if (context.projects.separate) return false;
	return context.debianLocation === context.projects.codeFolder || files.every((file) => NO_CODE$1.test(file.path));
}
async function nativePart(context, files, tree) {
	await writeFiles(loadEach(files), tree, context.projects.codeCommit.time);
	return {
		files: [],
		origin: void 0,
		tree,
		wanted: stateOf(files),
		delta: []
	};
}
async function findOrig(context, upstream) {
	const { projects, debian, debianLocation, places, work, log, signal } = context;
	const request = {
		name: debian.name,
		upstream,
		gzipOnly: debian.format === "1.0",
		into: work,
		base: context.placesBase,
		downloads: context.downloads,
		log,
		...signal === void 0 ? {} : { signal }
	};
	const published = await findPublished(places, request);
	if (published !== void 0) return published;
	const beside = debianLocation.includes("/") ? debianLocation.slice(0, debianLocation.lastIndexOf("/")) : "";
	const folder = projects.spec.bare ? void 0 : path.join(projects.spec.folder, Buffer.from(beside, "latin1").toString());
	return await findPristine(context.specFiles, beside, folder, request);
}
async function makeOrig(context, upstream, commit, what) {
	const { debian, work, signal } = context;
	const compression = debian.format === "1.0" ? "gzip" : context.compression;
	const name = origFileName(debian.name, upstream, COMPRESSION_SUFFIX[compression]);
	await writeTarball({
		files: await codeFiles$1(context, commit),
		root: `${debian.name}-${upstream}`,
		mtime: commit.time,
		compression,
		output: path.join(work, name),
		...signal === void 0 ? {} : { signal }
	});
	return {
		files: [name],
		origin: `made from ${what}`,
		published: false
	};
}
async function origPart(context, found, tree, files, base) {
	const { projects, debian, log, work } = context;
	const { objectFormat } = projects.code;
	await logOrig(context, found);
	const components = await unpackOrig(context, found, tree);
	const orig = await readFolder(tree, objectFormat, ["debian", ".pc"]);
	const part = {
		files: found.files,
		origin: found.origin,
		tree
	};
	if (files === void 0) return {
		...part,
		wanted: orig,
		delta: []
	};
	const baseFiles = base === void 0 ? void 0 : await codeFiles$1(context, base);
	const baseState = baseFiles === void 0 ? void 0 : stateOf(baseFiles);
	if (baseState !== void 0) {
		const differing = differingPaths(orig, baseState).filter((file) => !inComponent(file, components));
		if (differing.length > 0) log.info(`The orig tarball differs from the tagged commit in ${formatCount(differing.length, "file")}, which stay as in the tarball: ${listPaths(differing)}`);
	}
	const wanted = wantedTree(orig, baseState, stateOf(files), components);
	const delta = deltaOf(orig, wanted);
	if (delta.length === 0) return {
		...part,
		wanted,
		delta
	};
	if (await hasPatchesApplied(context, found, wanted, work)) {
		log.info("The code project has the packaging patches applied: they make up the difference to the orig tarball");
		return {
			...part,
			wanted: orig,
			delta: []
		};
	}
	const format = debian.format === "1.0" ? "1.0" : "3.0 (quilt)";
	const binary = format === "1.0" ? await binaryIds(delta, files, tree) : /* @__PURE__ */ new Set();
	const bad = unrepresentable(delta, {
		format,
		orig,
		wanted,
		empty: blobId(Buffer.alloc(0), objectFormat),
		isBinary: (id) => binary.has(id)
	});
	if (bad.length > 0) return { paths: bad.map((entry) => entry.path) };
	log.info(`${delta.length} ${delta.length === 1 ? "file differs" : "files differ"} from the orig tarball, which is kept: ${listPaths(delta.map((entry) => entry.path))}`);
	return {
		...part,
		wanted,
		delta
	};
}
async function logOrig(context, found) {
	for (const name of found.files) {
		const { size, sha256 } = await digestFile(path.join(context.work, name));
		context.log.info(`${name}: ${found.origin} (${size} bytes, sha256 ${sha256})`);
	}
}
async function unpackOrig(context, found, tree) {
	const { work, debian, signal } = context;
	const components = [];
	for (const name of found.files.filter((file) => !file.endsWith(".asc"))) {
		const component = /\.orig-([A-Za-z0-9-]+)\.tar\./.exec(name.slice(debian.name.length))?.[1];
		if (component !== void 0) components.push(component);
		await using scratch = await temporaryFolder("unpack", path.dirname(tree));
		const into = path.join(scratch.path, "content");
		await mkdir(into);
		await run([
			"tar",
			"--extract",
			`--file=${path.join(work, name)}`,
			`--directory=${into}`,
			...[
				"--no-same-owner",
				"--no-same-permissions",
				"--exclude=.pc",
				"--exclude=*/.pc",
				"--anchored"
			]
		], {
			env: { TAR_OPTIONS: void 0 },
			...signal === void 0 ? {} : { signal }
		});
		const entries = await readdir(into, { withFileTypes: true });
		const [only] = entries;
		const root = entries.length === 1 && only?.isDirectory() ? path.join(into, only.name) : into;
		const target = component === void 0 ? tree : path.join(tree, component);
		await rm(target, {
			recursive: true,
			force: true
		});
		await rename(root, target);
	}
	await rm(path.join(tree, "debian"), {
		recursive: true,
		force: true
	});
	return components;
}
function inComponent(file, components) {
	return components.some((component) => file.startsWith(`${component}/`));
}
async function hasPatchesApplied(context, found, wanted, work) {
	const { debian, projects, signal } = context;
	if (!debian.hasPatches || debian.format !== "3.0 (quilt)") return false;
	await using scratch = await temporaryFolder("patches", work);
	const tree = path.join(scratch.path, "tree");
	await unpackOrig(context, found, tree);
	await writeFiles(debian.files, path.join(tree, "debian"), projects.specCommit.time);
	try {
		await applyPatches(tree, {
			epoch: projects.specCommit.time,
			...signal === void 0 ? {} : { signal }
		});
	} catch (error) {
		if (error instanceof CommandError && error.failure.end === "exit") return false;
		throw error;
	}
	const patched = await readFolder(tree, projects.code.objectFormat, ["debian", ".pc"]);
	return differingPaths(patched, wanted).length === 0;
}
async function binaryIds(delta, files, tree) {
	const binary = /* @__PURE__ */ new Set();
	for (const { path: file, from } of delta) if (from !== void 0 && from.mode !== "120000" && (await readFile(bytes(tree, file))).includes(0)) binary.add(from.id);
	const changed = new Set(delta.map((entry) => entry.path));
	const wanted = files.filter((file) => changed.has(file.path));
	const loaded = await loadFiles(wanted);
	for (const [index, { content }] of loaded.entries()) {
		const id = wanted[index]?.id;
		if (id !== void 0 && content.includes(0)) binary.add(id);
	}
	return binary;
}
async function applyDelta(context, part, files, tag) {
	const { debian, projects, signal } = context;
	if (part.delta.length === 0) return debian.files;
	if (debian.format === "3.0 (quilt)") {
		const patch = await makePatch({
			delta: part.delta,
			origFolder: part.tree,
			files,
			objectFormat: projects.code.objectFormat,
			...signal === void 0 ? {} : { signal }
		});
		const header = patchHeader({
			tag,
			commit: projects.codeCommit.id,
			time: projects.codeCommit.time
		});
		return withDelta(debian.files, Buffer.concat([Buffer.from(header), patch]), "debian");
	}
	const changed = new Map(part.delta.map((entry) => [entry.path, entry.to]));
	for (const file of changed.keys()) await rm(bytes(part.tree, file), { force: true });
	const written = files.filter((file) => changed.get(file.path) !== void 0);
	await writeFiles(loadEach(written), part.tree, projects.codeCommit.time);
	return debian.files;
}
function refuseDelta(paths, format) {
	throw new UserError({
		what: `the commit differs from the orig tarball in what the source format ${format} cannot carry`,
		where: "code project",
		found: listPaths(paths),
		expected: "no links, modes, empty or moved files that changed since the tag",
		remedy: "set past-tag: snapshot, or tag the commit as a new upstream version"
	});
}

// src/source/prepare-deb.ts
async function prepareDebSource(request, log, signal) {
	await checkReplaceable(request.output);
	await using resources = new AsyncDisposableStack();
	const projects = await log.group("Projects", async () => {
		const opened = await openProjects(request, resources, log, signal);
		log.info(`Code: ${opened.code.folder}, commit ${opened.codeCommit.id}`);
		if (opened.separate) log.info(`Packaging: ${opened.spec.folder}, commit ${opened.specCommit.id}`);
		return opened;
	});
	const { folder, debian, specFiles } = await readPackaging(request, projects, resources, log, signal);
	const decision = await log.group("Version", async () => {
		const made = await decideVersion(request, projects, debian, folder, log);
		log.info(`Upstream version ${made.upstream.upstream}, from ${made.upstream.source}`);
		const { commits } = made.position;
		log.info(`${formatCount(commits, "commit")} since, merges not counted`);
		return made;
	});
	await mkdir(path.dirname(request.output), { recursive: true });
	const staging = resources.use(await temporaryFolder("sources", path.dirname(request.output)));
	const work = path.join(staging.path, "work");
	await mkdir(work);
	const context = {
		projects,
		debian,
		debianLocation: folder.location,
		specFiles,
		places: request.orig,
		placesBase: request.origBase,
		downloads: request.downloads,
		compression: request.compression,
		submodules: request.submodules,
		work,
		trees: /* @__PURE__ */ new Map(),
		log,
		resources,
		...signal === void 0 ? {} : { signal }
	};
	const built = await log.group("Upstream source", () => makeUpstream(request, context, decision));
	const { version, next, part } = built;
	log.info(`Version ${version}`);
	const subjects = await newestSubjects(projects, decision.counted, request.entry.commits);
	const changed = version !== debian.entry.version;
	const epoch = changed ? decision.position.time : debian.entry.timestamp;
	const withPatch = await applyDelta(context, part, built.files, decision.upstream.tag?.name);
	const entry = changed ? entryOf(request, projects, debian, decision, version, subjects) : void 0;
	const packed = entry === void 0 ? withPatch : withEntry(withPatch, entry);
	const spawn = {
		epoch,
		onLine: (line) => log.info(line),
		...signal === void 0 ? {} : { signal }
	};
	const files = await log.group("Source package", async () => {
		await writeFiles(packed, path.join(part.tree, "debian"), projects.specCommit.time);
		const dsc = await packSource$1(work, path.basename(part.tree), spawn);
		await rm(part.tree, { recursive: true });
		const scratch = path.join(staging.path, "check");
		await mkdir(scratch);
		return await checkSource({
			dsc: path.join(work, dsc),
			name: debian.name,
			version,
			format: debian.format,
			wanted: part.wanted,
			hasDelta: part.delta.length > 0,
			hasPatches: debian.hasPatches,
			scratch,
			objectFormat: projects.code.objectFormat
		}, {
			...spawn,
			onLine: (line) => log.debug(line)
		});
	});
	const result = path.join(staging.path, "result");
	await mkdir(result);
	for (const { name } of files) await copyFile(path.join(work, name), path.join(result, name));
	const manifest = await sourceManifest(projects, {
		format: "deb",
		name: debian.name,
		version,
		folder: result,
		files,
		epoch,
		tag: decision.upstream.tag,
		asked: request,
		tools: {
			"dpkg-source": await toolVersion("dpkg-source"),
			xz: await toolVersion("xz")
		}
	});
	const manifestFile = await writeManifest(result, manifest);
	signal?.throwIfAborted();
	await replaceFolder(result, request.output);
	return {
		name: debian.name,
		version,
		format: debian.format,
		folder: request.output,
		dsc: path.join(request.output, files[0]?.name ?? ""),
		manifestFile: path.join(request.output, path.basename(manifestFile)),
		manifest,
		upstreamSource: decision.upstream.source,
		tarball: part.origin === void 0 ? void 0 : {
			name: "Orig tarball",
			origin: part.origin
		},
		commits: decision.position.commits,
		subjects,
		changedFiles: part.delta.length,
		next
	};
}
async function readPackaging(request, { spec, specCommit, specFolder }, resources, log, signal) {
	const specFiles = await readTree(spec, specCommit, {
		submodules: "ignore",
		exportIgnore: false,
		warn: false,
		log,
		resources,
		...signal === void 0 ? {} : { signal }
	});
	const where = `spec project ${spec.folder}`;
	const folder = findDebian({
		files: specFiles,
		subfolder: specFolder,
		debianPath: request.debianPath,
		targetNames: request.targetNames,
		where
	}, log);
	return {
		folder,
		specFiles,
		debian: await readDebian(folder, request.packageName)
	};
}
async function makeUpstream(request, context, decision) {
	const { debian, projects, work, log } = context;
	const { upstream, base, position, native } = decision;
	const { pastTag, scheme } = request.version;
	const files = await codeFiles$1(context, projects.codeCommit);
	const packagingOnly = isPackagingOnly(context, files);
	const tree = path.join(work, "tree");
	if (native) {
		if (packagingOnly && context.debianLocation === "") throw noUpstream(context, "a code project: the package is native");
		return {
			...decision.at(false),
			files,
			part: await nativePart(context, files, tree)
		};
	}
	const found = await findOrig(context, upstream.upstream);
	if (packagingOnly) {
		if (found === void 0) throw noUpstream(context, `${debian.name}_${upstream.upstream}.orig.tar.* in a place that the input orig names`);
		const part = await origPart(context, found, tree, void 0, void 0);
		if ("paths" in part) throw new Error("a package without code cannot differ from its tarball");
		return {
			...decision.at(false),
			files: [],
			part
		};
	}
	if (upstream.repacked && found === void 0) throw noUpstream(context, `its repacked tarball ${debian.name}_${upstream.upstream}.orig.tar.* in a place that the input orig names, or a tag upstream/${upstream.upstream}`);
	const pastBase = position.codeCommits > 0 || base === void 0;
	const homeless = base === void 0 && found === void 0 && scheme !== "changelog";
	if (homeless && pastTag === "patch") throw new UserError({
		what: "there is no tag to make the orig tarball of",
		where: "input past-tag",
		found: "patch",
		expected: `a tag for ${upstream.upstream}, or past-tag: snapshot`
	});
	if (!homeless && !(pastTag === "snapshot" && pastBase)) {
		const version = decision.at(false);
		if (found === void 0 && base === void 0) log.notice(`the orig tarball of ${upstream.upstream} is made from this commit, and another commit would give another one: tag the release, or name the repository that it is published in as the input orig`);
		const orig = found ?? await makeOrig(context, upstream.upstream, base ?? projects.codeCommit, describeBase(decision));
		const part = await origPart(context, orig, tree, files, base);
		if (!("paths" in part)) return {
			...version,
			files,
			part
		};
		if (pastTag === "patch" || scheme === "changelog" || !pastBase) refuseDelta(part.paths, debian.format);
		log.warning(`a patch cannot carry ${part.paths.length === 1 ? "one file" : `${part.paths.length} files`} that changed since ${describeBase(decision)}, so the orig tarball is of the commit, with an upstream version of its own`);
		await rm(tree, {
			recursive: true,
			force: true
		});
		for (const name of orig.files) await rm(path.join(work, name), { force: true });
	} else if (found !== void 0) for (const name of found.files) await rm(path.join(work, name), { force: true });
	const version = decision.at(true);
	const own = parseVersion(version.version).upstream;
	const published = own === upstream.upstream ? void 0 : await findOrig(context, own);
	const what = `commit ${projects.codeCommit.id.slice(0, 12)}`;
	const orig = published ?? await makeOrig(context, own, projects.codeCommit, what);
	const part = await origPart(context, orig, tree, files, projects.codeCommit);
	if ("paths" in part) refuseDelta(part.paths, debian.format);
	return {
		...version,
		files,
		part
	};
}
function describeBase({ upstream, base }) {
	if (upstream.tag !== void 0) return `tag ${upstream.tag.name}`;
	return base === void 0 ? "the commit" : `commit ${base.id.slice(0, 12)}, which brought it to the changelog`;
}
function noUpstream(context, expected) {
	return new UserError({
		what: "the upstream part of the package is not there",
		where: `code project ${context.projects.code.folder}`,
		found: "packaging only",
		expected,
		remedy: "give the input orig, or the code project as the input code"
	});
}
function entryOf(request, projects, debian, { upstream, position }, version, subjects) {
	const { review, entry } = request;
	const { maintainer: last } = debian.entry;
	const maintainer = entry.maintainer ?? (last.email.includes("@") ? last : entry.fallbackMaintainer);
	if (maintainer === void 0) throw new UserError({
		what: "no maintainer for the changelog entry",
		where: debian.where,
		found: `${last.name} <${last.email}>`,
		expected: "Name <address@example.org>",
		remedy: "give the input maintainer, or DEBFULLNAME and DEBEMAIL"
	});
	return makeEntry({
		version,
		last: debian.entry,
		subjects,
		total: position.commits,
		headline: entryHeadline(projects, upstream.tag, review),
		distribution: entry.distribution,
		maintainer,
		time: position.time
	});
}

// src/source/rpm-scheme.ts
const DIST = /%(?:\{\??dist\}|dist\b)/g;
const DIST_AT_END = /%(?:\{\??dist\}|dist)$/;
const FOREIGN = /^(?:el|fc|rhel|centos|amzn|azl|cm|mga|mdv|mdk|oe|lp|bp|suse|sles|ol|lvn|a|b|c|p|rc|alpha|beta|pre|preview|post|snap|svn|hg|bzr|cvs)$/i;
function takeApart(release) {
	const rest = DIST_AT_END.exec(release)?.[0] ?? "";
	const head = release.slice(0, release.length - rest.length);
	const [, stem = "", name = ""] = /^(.*?(?<![A-Za-z0-9%_])([A-Za-z]+))\d+(?:\.\d+)*$/.exec(head) ?? [];
	if (name !== "" && !FOREIGN.test(name)) return {
		stem,
		rest,
		isOurs: true
	};
	return {
		stem: `${release}.git`,
		rest: "",
		isOurs: false
	};
}
function releaseAt(plan, position) {
	const { scheme, release } = plan;
	if (scheme === "changelog" || isAutomatic(release)) return {
		text: release,
		isCut: false
	};
	const { stem, rest, isOurs } = takeApart(release);
	if (scheme === "template") {
		const given = {
			revision: release,
			stem,
			target: plan.target
		};
		const { text, isCut } = fillTemplate(plan.template ?? "", given, position);
		if (isCut) return {
			text: text.replace(/[.+~]+$/, ""),
			isCut
		};
		return {
			text: text.search(DIST) !== -1 || release.search(DIST) === -1 ? text : `${text}${release.match(DIST)?.[0] ?? ""}`,
			isCut
		};
	}
	if (scheme === "commits" && position.commits === 0 && !isOurs && plan.suffix === "") return {
		text: release,
		isCut: false
	};
	return {
		text: `${stem}${numberAt(scheme, position)}${rest}`,
		isCut: false
	};
}
function isAutomatic(release) {
	return callsMacro(release, "autorelease");
}
function mergeRelease(plan, position) {
	const { text } = releaseAt(plan, position);
	return {
		versionSuffix: plan.snapshot ? snapshotSuffix(position, "^") : "",
		release: text + plan.suffix,
		mark: void 0
	};
}
function reviewRelease(plan, next, change, sameVersion) {
	const mark = `~cr${change.id}.${change.patchset}`;
	const versionSuffix = plan.snapshot ? snapshotSuffix(change.inCode ? {
		...next,
		codeCommit: void 0
	} : next, "^") : "";
	const { text, isCut } = releaseAt(plan, {
		...next,
		codeCommit: void 0
	});
	const lowest = withBraces(text) + (isCut ? "" : plan.suffix);
	if (versionSuffix !== "" && change.inCode) return {
		versionSuffix: versionSuffix + mark,
		release: lowest,
		mark: {
			part: "version",
			text: mark
		}
	};
	const unchanged = versionSuffix === "" && (isAutomatic(plan.release) || plan.scheme === "changelog" && sameVersion);
	return {
		versionSuffix,
		release: `${lowest}${unchanged ? ".0" : ""}${mark}`,
		mark: unchanged ? void 0 : {
			part: "release",
			text: mark
		}
	};
}
function withBraces(release) {
	return release.replace(/^%([?!]*autorelease\b.*)$/, "%{$1}");
}

// src/source/rpm-version.ts
const VERSION_TAGS = [
	"Version",
	"Release",
	"Epoch"
];
async function decideRpmVersion(request, projects, file, spec, log) {
	const { code, codeCommit, separate } = projects;
	const { scheme, template, suffix, parentBranch, published, target } = request.version;
	const { expanded } = spec;
	const upstream = await decideUpstream(code, codeCommit, {
		from: request.version.upstreamFrom,
		changelog: {
			epoch: expanded.epoch ?? 0,
			upstream: expanded.version.replaceAll("_", "."),
			revision: spec.release.replace(/%\{\??dist\}.*$/s, "")
		},
		document: "spec",
		where: file.where,
		pattern: request.version.tagPattern,
		packageName: expanded.name
	});
	const introduced = await introducedAt(projects, file);
	const ownBase = separate || introduced === void 0 ? void 0 : await code.describeCommit(introduced);
	const base = upstream.tag?.commit ?? ownBase;
	if (upstream.tag === void 0) {
		const from = base === void 0 ? "the beginning" : `the commit that brought ${expanded.version} to the spec`;
		log.notice(`no tag for upstream version ${expanded.version}: it is taken from the spec, and commits count from ${from}`);
	}
	const counted = {
		code: base?.id,
		spec: introduced
	};
	const needsParent = scheme === "hotfix" || scheme === "security" || /\{(?:base|delta)\}/.test(template ?? "");
	if (needsParent && parentBranch === void 0) throw new UserError({
		what: `the version scheme ${scheme} needs the branch that this one left`,
		where: "input parent-branch",
		expected: "a branch such as main"
	});
	const position = await positionOf(projects, counted, needsParent ? parentBranch : void 0);
	const { review } = request;
	const merge = review === void 0 ? void 0 : await nextPosition(projects, counted, position, review);
	const sameVersion = merge !== void 0 && scheme === "changelog" && await hasSameVersion(projects.spec, merge.specTip, file, versionOf(expanded), published);
	const at = (snapshot) => {
		const plan = {
			scheme,
			...template === void 0 ? {} : { template },
			suffix,
			release: spec.release,
			snapshot,
			...target === void 0 ? {} : { target }
		};
		return review === void 0 || merge === void 0 ? mergeRelease(plan, position) : reviewRelease(plan, merge.next, review, sameVersion);
	};
	const check = (made, { mark }) => {
		const cut = (part) => mark?.part === part && made[part].endsWith(mark.text) ? made[part].slice(0, -mark.text.length) : made[part];
		const next = mark && versionOf({
			...made,
			version: cut("version"),
			release: cut("release")
		});
		const order = {
			version: versionOf(made),
			review: review !== void 0,
			published,
			next
		};
		assertOrder(order, (a, b) => compareEvr(parseEvr(a, "version"), parseEvr(b, "version")));
		return next;
	};
	return {
		upstream,
		version: upstream.upstream === expanded.version.replaceAll("_", ".") ? void 0 : upstream.upstream,
		counted,
		position,
		at,
		check
	};
}
function versionOf({ epoch, version, release }) {
	return `${epoch === void 0 ? "" : `${epoch}:`}${version}-${release}`;
}
async function introducedAt({ spec, specCommit }, file) {
	const now = versionKey(file.text, ["Version"]);
	if (now === void 0) return void 0;
	return await introduction(spec, specCommit, file.path, (content) => versionKey(content.toString("latin1"), ["Version"]) === now);
}
async function hasSameVersion(repository, tip, file, version, published) {
	if (published === version || tip === void 0) return true;
	await using reader = repository.reader();
	const object = await reader.read(`${tip.id}:${Buffer.from(file.path, "latin1").toString("utf8")}`);
	if (object?.type !== "blob") return true;
	return versionKey(object.content.toString("latin1"), VERSION_TAGS) === versionKey(file.text, VERSION_TAGS);
}

// src/source/rpm-edit.ts
async function expandText(expander, file, text) {
	const place = path.join(expander.folder, file.name);
	await writeFile(place, text, "latin1");
	await chmod(place, 420);
	const expanded = await expander.expand(file.name);
	checkExpanded(expanded, file);
	return expanded;
}
function checkExpanded(expanded, { where }) {
	const { name, version, release, sources } = expanded;
	const fields = [
		["Name", name],
		["Version", version],
		["Release", release],
		...sources.map(({ kind, number, location }) => [`${kind === "source" ? "Source" : "Patch"}${number}`, location])
	];
	for (const [field = "", value = ""] of fields) {
		const macro = unknownMacros(value).find((each) => each.startsWith("%{") || !value.includes("/"));
		if (macro === void 0) continue;
		const isAuto = /autorelease|autochangelog/.test(macro);
		throw new UserError({
			what: `${field} calls a macro that the target's buildroot does not define`,
			where,
			found: quote(value),
			expected: `a definition of ${macro}`,
			remedy: isAuto ? "add rpmautospec-rpm-macros to the buildroot: without it the package would be built as no release at all" : `define it in the spec (%global), or add the package that defines ${macro} to the buildroot`
		});
	}
	if (!/^[A-Za-z0-9_+][A-Za-z0-9._+-]{0,200}$/.test(name)) throw new UserError({
		what: "not a name for a package",
		where: `${where} Name`,
		found: quote(name),
		expected: "letters, digits and ._+-"
	});
	parseEvr(versionOf(expanded), where);
}
async function withRelease(expander, file, before, wanted) {
	let edited = file.text;
	const check = [];
	const set = (tag, value) => {
		const { line, value: old } = tagLine(edited, tag, file.where);
		if (value(old) === old) return;
		edited = withTag(edited, tag, line, value(old));
		check.push({
			tag,
			line,
			value: value(old)
		});
	};
	const { versionSuffix, release } = wanted.text;
	if (wanted.version !== void 0 || versionSuffix !== "") set("Version", (old) => (wanted.version ?? old) + versionSuffix);
	if (release !== wanted.release) set("Release", () => release);
	if (check.length === 0) return {
		text: edited,
		expanded: before
	};
	const expanded = await expandText(expander, file, edited);
	for (const { tag, line, value } of check) {
		const found = tag === "Version" ? expanded.version : expanded.release;
		if (matches(value, found)) continue;
		throw new UserError({
			what: `setting ${tag} in the spec has no effect: something else decides it`,
			where: `${file.where}:${line}`,
			found: quote(found),
			expected: quote(value),
			remedy: `have one line "${tag}: ..." outside of conditions and macros that decide, or use the version scheme changelog`
		});
	}
	return {
		text: edited,
		expanded
	};
}
const MACRO = /%\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|%[?!]*[A-Za-z_]\w*/;
function matches(value, expanded) {
	const [first = "", ...rest] = value.split(MACRO);
	const last = rest.pop();
	if (last === void 0) return expanded === first;
	if (!expanded.startsWith(first)) return false;
	let position = first.length;
	for (const piece of rest) {
		const found = expanded.indexOf(piece, position);
		if (found === -1) return false;
		position = found + piece.length;
	}
	return expanded.length - last.length >= position && expanded.endsWith(last);
}

// src/source/rpm-changelog.ts
const DAYS = [
	"Sun",
	"Mon",
	"Tue",
	"Wed",
	"Thu",
	"Fri",
	"Sat"
];
const MONTHS = [
	"Jan",
	"Feb",
	"Mar",
	"Apr",
	"May",
	"Jun",
	"Jul",
	"Aug",
	"Sep",
	"Oct",
	"Nov",
	"Dec"
];
const WIDTH = 79;
function changelogDate(time) {
	const date = /* @__PURE__ */ new Date(time * 1e3);
	const day = String(date.getUTCDate()).padStart(2, "0");
	return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${date.getUTCFullYear()}`;
}
function entryTitle({ maintainer, version }) {
	return `${plain(maintainer.name)} <${maintainer.email}> - ${version}`;
}
function makeRpmEntry(request) {
	const lines = [`* ${changelogDate(request.time)} ${verbatim(entryTitle(request))}`, ...item(request.headline)];
	for (const { id, author, subject } of request.subjects.slice(0, 10)) {
		const text = plain(subject) || "no subject";
		const by = plain(author).replace(/[<>]/g, "");
		lines.push(...item(`${text} (${by === "" ? "" : `${by}, `}${id.slice(0, 8)})`));
	}
	const rest = request.total - Math.min(request.subjects.length, 10);
	if (rest > 0) lines.push(...item(`and ${rest} more ${rest === 1 ? "commit" : "commits"}`));
	return `${lines.join("\n")}\n`;
}
function item(text) {
	const lines = [];
	let line = "-";
	for (const word of plain(text).split(" ")) {
		if (line.length + 1 + word.length > WIDTH && line.trim() !== "-" && line.trim() !== "") {
			lines.push(line);
			line = " ";
		}
		line += ` ${word}`;
	}
	return [...lines, line].map(verbatim);
}
function verbatim(text) {
	return text.replaceAll("%", "%%");
}
async function addEntry(request, log) {
	const { expander, file, text, expanded } = request;
	if (hasAutoChangelog(text)) {
		log.notice(`the changelog of ${file.name} is left to %autochangelog`);
		return expanded;
	}
	const last = expanded.changelog;
	let { time } = request;
	if (last !== void 0 && changelogDay(last.time) > changelogDay(time)) {
		log.notice(`the last changelog entry of ${file.name} is of ${changelogDate(last.time)}, after the commit: the new one gets the same day`);
		time = last.time;
	}
	const maintainer = request.maintainer ?? maintainerOf(last?.title) ?? request.fallbackMaintainer;
	if (maintainer === void 0) throw new UserError({
		what: "no maintainer for the changelog entry",
		where: file.where,
		found: last === void 0 ? "no entry before" : quote(last.title),
		expected: "Name <address@example.org>",
		remedy: "give the input maintainer, or DEBFULLNAME and DEBEMAIL"
	});
	const version = versionOf(expanded);
	const entry = makeRpmEntry({
		...request,
		version,
		maintainer,
		time
	});
	const bytes = Buffer.from(entry).toString("latin1");
	const made = await expandText(expander, file, withChangelogEntry(text, bytes, file.where));
	const title = entryTitle({
		maintainer,
		version
	});
	if (made.changelog?.title === title && versionOf(made) === version) return made;
	throw new UserError({
		what: "the changelog entry of the build does not come out on top of the changelog",
		where: file.where,
		found: made.changelog === void 0 ? "no entry" : quote(made.changelog.title),
		expected: quote(title),
		remedy: "have one %changelog outside of conditions, newest entry first"
	});
}
function maintainerOf(title) {
	const text = /^(.*<[^<>]*>)/.exec(title ?? "")?.[1];
	if (text === void 0) return void 0;
	try {
		return parseMaintainer(text, "changelog");
	} catch (error) {
		if (error instanceof UserError) return void 0;
		throw error;
	}
}
function changelogDay(time) {
	return Math.floor(time / 86400);
}

// src/source/spec-places.ts
const PLACES = [
	"",
	"SPECS",
	"specs",
	"rpm",
	"rpm/SPECS",
	"rpm/specs",
	"packaging",
	"packaging/rpm",
	"packaging/SPECS",
	"dist",
	"dist/rpm",
	"contrib",
	"contrib/rpm"
];
function specFolders(targetNames) {
	return [...targetNames.flatMap((name) => PLACES.map((place) => place === "" ? name : `${name}/${place}`)), ...PLACES];
}

// src/source/rpm-layout.ts
const SOURCE_NAME = /^[A-Za-z0-9][A-Za-z0-9.+:~_@=^-]{0,254}$/;
async function findSpec(request, log) {
	const { files, where } = request;
	const found = choose(request);
	const file = files.find((each) => each.path === found);
	if (file === void 0 || !found.endsWith(".spec") || file.mode === "120000") throw new UserError({
		what: file?.mode === "120000" ? "the spec is a symbolic link, which is not followed" : "no such spec file",
		where: `${where}, input spec-file`,
		found: quote(pathText(found)),
		expected: "a file NAME.spec of the commit"
	});
	const name = found.slice(found.lastIndexOf("/") + 1);
	if (!SOURCE_NAME.test(name)) throw new UserError({
		what: "not a name for a spec",
		where,
		found: quote(pathText(found)),
		expected: "letters, digits and .+~_- in NAME.spec"
	});
	if (found !== joinPath(request.subfolder, name)) log.info(`The spec is ${quote(pathText(found))}`);
	await using blobs = new BlobSource();
	const text = (await blobs.read(file)).toString("latin1");
	const beside = besideOf(files, found);
	return {
		path: found,
		name,
		where: pathText(found),
		text,
		beside
	};
}
function choose({ files, subfolder, specFile, packageName, targetNames, where }) {
	if (specFile !== void 0) return joinPath(subfolder, normalised(specFile, where, "spec-file"));
	for (const place of specFolders(targetNames)) {
		const folder = joinPath(subfolder, place);
		const specs = files.filter((file) => file.path.endsWith(".spec") && folderOf(file.path) === folder).map((file) => file.path);
		const [only, second] = specs;
		if (only === void 0) continue;
		if (second === void 0) return only;
		const own = specs.find((spec) => spec === joinPath(folder, `${packageName ?? ""}.spec`));
		if (own !== void 0) return own;
		throw new UserError({
			what: "more than one spec in the spec project",
			where,
			found: listPaths(specs),
			expected: packageName === void 0 ? "one" : `one, or ${quote(`${packageName}.spec`)}`,
			remedy: "give the spec as the input spec-file (spec-file in packaging.yml)"
		});
	}
	const elsewhere = files.filter((file) => file.path.endsWith(".spec")).map((file) => file.path);
	throw new UserError({
		what: "no spec in the spec project",
		where,
		...elsewhere.length === 0 ? {} : { found: `${listPaths(elsewhere)} where none is looked for` },
		expected: "NAME.spec at the top, or in a folder such as SPECS, rpm, packaging or dist",
		remedy: "give the spec as the input spec-file (spec-file in packaging.yml)"
	});
}
function besideOf(files, spec) {
	const own = folderOf(spec);
	const parent = folderOf(own);
	const folders = /^specs$/i.test(own.slice(own.lastIndexOf("/") + 1)) ? [
		own,
		joinPath(parent, "SOURCES"),
		joinPath(parent, "sources")
	] : [own];
	const beside = /* @__PURE__ */ new Map();
	for (const folder of folders) for (const file of files) {
		const name = file.path.slice(file.path.lastIndexOf("/") + 1);
		if (folderOf(file.path) === folder && file.path !== spec && !beside.has(name)) beside.set(name, file);
	}
	return beside;
}
function folderOf(file) {
	const cut = file.lastIndexOf("/");
	return cut === -1 ? "" : file.slice(0, cut);
}

// src/source/rpm-pack.ts
async function packCode(source, { parsed, name, version }, files, { projects, folder, log, file }, stop) {
	const compression = compressionOf(source.file);
	if (compression === void 0) throw new Error(`${source.file} was chosen and is no tarball`);
	const usual = `${name}-${version}`;
	const root = setupFolder(parsed, source.file);
	if (root === void 0) log.notice(`%prep of ${file.name} does not say the folder of ${source.file}: it has ${usual}, as %setup expects`);
	else if (!/^(?!\.\.$)[^/\0]+$/.test(root) || /[\p{Cc}%]/u.test(root)) throw new UserError({
		what: "%prep goes to a folder that no tarball can have",
		where: file.where,
		found: JSON.stringify(root),
		expected: `a folder such as ${usual}`
	});
	const output = path.join(folder, source.file);
	await rm(output, { force: true });
	const mtime = projects.codeCommit.time;
	await writeTarball({
		files,
		root: root ?? usual,
		mtime,
		compression,
		output,
		...stop
	});
	await chmod(output, 420);
	await utimes(output, mtime, mtime);
	log.info(`${source.file}: ${formatCount(files.length, "file")} of commit ${projects.codeCommit.id.slice(0, 12)}`);
}
const BASENAMES = 1117;
const FILE_DIGESTS = 1035;
async function packSource(expander, { file, expanded, names, epoch, result }) {
	const temporary = path.join(result, ".src.rpm");
	const given = await expander.packSource({
		spec: file.name,
		epoch,
		output: temporary
	});
	const name = `${expanded.name}-${expanded.version}-${expanded.release}.src.rpm`;
	const wrong = (what, found, expected) => new UserError({
		what: `the source package that rpmbuild made ${what}`,
		where: file.where,
		found,
		expected
	});
	if (given !== name && given !== name.replace(/src\.rpm$/, "nosrc.rpm")) throw wrong("has another name", given, name);
	await using handle = await openRpm(temporary, given);
	const frame = await readFrame(handle, given);
	const made = describePackage(frame, given);
	const found = versionOf({
		...made.evr,
		release: made.evr.release ?? ""
	});
	if (made.name !== expanded.name || found !== versionOf(expanded) || !made.isSource) throw wrong("says another version", `${made.name} ${found}`, `${expanded.name} ${versionOf(expanded)}`);
	const contents = tagStrings(frame.header, BASENAMES) ?? [];
	const digests = tagStrings(frame.header, FILE_DIGESTS) ?? [];
	const wanted = [...new Set(names)].sort();
	if ([...contents].sort().join("/") !== wanted.join("/")) throw wrong("holds other files", contents.join(", "), wanted.join(", "));
	for (const [index, each] of contents.entries()) {
		const expected = await hashFile(path.join(expander.folder, each), "sha256");
		const isLeftOut = given.endsWith(".nosrc.rpm") && digests[index] === "";
		if (digests[index] !== expected && !isLeftOut) throw wrong(`holds another ${each}`, digests[index] ?? "no digest", expected);
	}
	await verifyPayload(temporary, { shown: given });
	await rename(temporary, path.join(result, given));
	return [{
		name: given,
		role: "srpm"
	}];
}
async function copySources(folder, names, result) {
	const there = new Set(await readdir(folder));
	const files = [];
	for (const name of new Set(names)) {
		const place = path.join(folder, name);
		if (name === "manifest.json") throw new UserError({
			what: `a source has the name of the manifest, and both would lie in one folder`,
			where: "input rpm-output",
			found: "spec",
			expected: "srpm, or another name for the source"
		});
		if (!there.has(name) || !(await lstat(place)).isFile()) throw new Error(`${name} is not among the sources`);
		const copy = path.join(result, name);
		await copyFile(place, copy);
		const { mode, mtime } = await lstat(place);
		await chmod(copy, mode & 511);
		await utimes(copy, mtime, mtime);
		files.push({
			name,
			role: "other"
		});
	}
	return files;
}

// src/source/rpm-sources.ts
const NO_CODE = /^(?:\.[^/]+(?:\/.*)?|(?:README|LICENSE|COPYING|CONTRIBUTING|CODEOWNERS)[^/]*|sources|changelog|(?:tests?|plans?|ci)\/.*|[^/]+\.(?:spec|patch|diff|rpmlintrc|ya?ml|toml|asc|sig|sign))$/i;
async function readSourcesFile(file) {
	const listed = file.beside.get("sources");
	if (listed === void 0 || listed.mode === "120000") return /* @__PURE__ */ new Map();
	await using blobs = new BlobSource();
	return parseSourcesFile((await blobs.read(listed)).toString("utf8"), "sources");
}
async function placeBeside(file, folder, mtime) {
	const files = [];
	for (const [name, each] of file.beside) {
		if (each.mode === "120000" || name.endsWith(".spec") || !SOURCE_NAME.test(name)) continue;
		files.push({
			...each,
			path: name
		});
	}
	await writeFiles(loadEach(files), folder, mtime);
}
function chooseCodeSource(request) {
	const { sources, file, listed, separate, codeFiles } = request;
	const all = sources.filter(({ kind }) => kind === "source");
	if (separate) {
		const found = all.find((source) => compressionOf(source.file) !== void 0);
		if (found !== void 0) return found;
		throw new UserError({
			what: "the spec has no Source that the code project could be packed as",
			where: file.where,
			found: all.length === 0 ? "no Source" : all.map((source) => quote(source.file)).join(", "),
			expected: "a Source0 that is a tarball: .tar.gz, .tar.xz, .tar.bz2, .tar.zst or .tar"
		});
	}
	const [first] = all;
	if (first === void 0 || file.beside.has(first.file) || listed.has(first.file)) return void 0;
	const named = new Set(sources.map((source) => source.file));
	if (codeFiles.filter(({ path: each }) => !NO_CODE.test(each) && !named.has(each)).length === 0) return void 0;
	if (compressionOf(first.file) !== void 0) return first;
	if (/^(?:https?|ftp):/i.test(first.location)) return void 0;
	throw new UserError({
		what: "Source0 is of a kind that is not made here, and is not in the spec project",
		where: file.where,
		found: quote(first.file),
		expected: "a name that ends in .tar.gz, .tar.xz, .tar.bz2, .tar.zst or .tar"
	});
}
async function collectSources(request) {
	const { sources, code, file, listed } = request;
	const wanted = new Map(sources.filter((source) => source.file !== code?.file).map((source) => [source.file, source]));
	const remote = [];
	const local = [];
	const missing = [];
	const unlisted = [];
	for (const source of wanted.values()) {
		const beside = file.beside.get(source.file);
		const entry = listed.get(source.file);
		if (beside?.mode === "120000") throw linkedSource(source, file);
		if (beside !== void 0) {
			if (entry !== void 0) local.push({
				source,
				entry
			});
		} else if (!/^(?:https?|ftp):\/\//i.test(source.location)) missing.push(source);
		else if (entry === void 0) unlisted.push(source);
		else remote.push({
			source,
			digest: entry.digest
		});
	}
	if (missing.length > 0) throw missingSources(missing, file, listed);
	if (unlisted.length > 0) throw unlistedSources(unlisted, file);
	warnOfWeak([...local.map(({ entry }) => entry), ...remote.flatMap(({ source }) => listed.get(source.file) ?? [])], request);
	for (const { source, entry } of local) await checkLocal(source, entry, request);
	for (const { source, digest } of remote) await fetchSource(source, digest, request);
	return [...wanted.keys()];
}
function labelOf({ kind, number }) {
	return `${kind === "source" ? "Source" : "Patch"}${number}`;
}
function namesOf(sources) {
	return sources.map((source) => `${labelOf(source)} ${quote(source.file)}`).join(", ");
}
function linkedSource(source, file) {
	return new UserError({
		what: `${labelOf(source)} is a symbolic link in the spec project, which is not followed`,
		where: file.where,
		found: quote(source.file),
		expected: "the file itself"
	});
}
function missingSources(missing, file, listed) {
	const isListed = missing.every((source) => listed.has(source.file));
	return new UserError({
		what: `${missing.length === 1 ? "a file that the spec names is" : "files that the spec names are"} not there`,
		where: file.where,
		found: namesOf(missing),
		expected: "files beside the spec (or in SOURCES beside SPECS), or a URL as their location",
		remedy: isListed ? "give the Source its URL: a lookaside cache is not asked" : "commit them to the spec project, or give them a URL and a line in its file sources"
	});
}
function unlistedSources(unlisted, file) {
	const lines = unlisted.map((source) => quote(formatSourcesLine(source.file, "<SHA-512 of the file>")));
	return new UserError({
		what: `nothing says what ${unlisted.length === 1 ? "a remote file" : "remote files"} of the spec must be, so nothing is fetched`,
		where: file.where,
		found: unlisted.map((source) => `${labelOf(source)} ${quote(source.location)}`).join(", "),
		expected: `in the file sources beside the spec: ${lines.join(", ")}`,
		remedy: "get the file, verify it (signature, announcement), and add the line that sha512sum --tag gives"
	});
}
function warnOfWeak(entries, { log }) {
	const weak = entries.filter(({ digest }) => !isStrong(digest));
	if (weak.length === 0) return;
	log.warning(`sources lists ${weak.map(({ file }) => quote(file)).join(", ")} by ${[...new Set(weak.map(({ digest }) => digest.algorithm.toUpperCase()))].join(" and ")} only, which another file can be made for: list ${weak.length === 1 ? "it" : "them"} by SHA512 (sha512sum --tag)`);
}
async function checkLocal(source, { digest, line }, { folder, file }) {
	const found = await hashFile(path.join(folder, source.file), digest.algorithm);
	if (found === digest.hex) return;
	throw new UserError({
		what: `${labelOf(source)} ${quote(source.file)} has another digest than sources lists`,
		where: `${file.where}, sources:${line}`,
		found: `${digest.algorithm} ${found}`,
		expected: `${digest.algorithm} ${digest.hex}`
	});
}
async function fetchSource(source, digest, request) {
	const { downloads, folder, mtime, log, signal } = request;
	const kept = await download({
		url: source.location,
		name: source.file,
		digest
	}, {
		folder: downloads,
		logger: log,
		...signal === void 0 ? {} : { signal }
	});
	const target = path.join(folder, source.file);
	await rm(target, { force: true });
	await copyFile(kept, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
	await chmod(target, 420);
	await utimes(target, mtime, mtime);
}

// src/source/prepare-rpm.ts
async function prepareRpmSource(request, log, signal) {
	await checkReplaceable(request.output);
	checkPastTag(request);
	await using resources = new AsyncDisposableStack();
	const projects = await log.group("Projects", async () => {
		const opened = await openProjects(request, resources, log, signal);
		log.info(`Code: ${opened.code.folder}, commit ${opened.codeCommit.id}`);
		if (opened.separate) log.info(`Packaging: ${opened.spec.folder}, commit ${opened.specCommit.id}`);
		return opened;
	});
	const stop = signal === void 0 ? {} : { signal };
	const file = await readSpec(request, projects, resources, log, stop);
	const listed = await readSourcesFile(file);
	const code = await codeFiles(request, projects, resources, log, stop);
	await mkdir(path.dirname(request.output), { recursive: true });
	const staging = resources.use(await temporaryFolder("sources", path.dirname(request.output)));
	const expander = resources.use(await request.openExpander());
	const { folder } = expander;
	const before = await log.group("Spec", async () => {
		await placeBeside(file, folder, projects.specCommit.time);
		const expanded = await expandText(expander, file, file.text);
		if (hasAutoChangelog(file.text) && expanded.changelog === void 0) log.warning(`${file.name} has %autochangelog, which the buildroot does not define: the package will have no changelog; add rpmautospec-rpm-macros to the buildroot, or run rpmautospec process-distgit before`);
		log.info(`${expanded.name} ${versionOf(expanded)}, read by rpm ${expander.rpmVersion} of ${request.target.name}`);
		return expanded;
	});
	checkName(before, file, request.packageName);
	const source = chooseCodeSource({
		sources: before.sources,
		file,
		listed,
		separate: projects.separate,
		codeFiles: code
	});
	const release = releaseOf(file, before);
	const decision = await log.group("Version", async () => {
		const made = await decideRpmVersion(request, projects, file, {
			expanded: before,
			release
		}, log);
		log.info(`Upstream version ${made.version ?? before.version}, from ${made.upstream.source}`);
		const { commits } = made.position;
		log.info(`${formatCount(commits, "commit")} since, merges not counted`);
		return made;
	});
	const edited = await editSpec({
		request,
		projects,
		expander,
		file,
		before,
		release,
		decision,
		isSnapshot: source !== void 0 && request.version.pastTag === "snapshot" && (decision.position.codeCommits > 0 || decision.counted.code === void 0)
	}, log);
	const { expanded, next } = edited;
	const version = versionOf(expanded);
	log.info(`Version ${version}`);
	const made = source && expanded.sources.find(({ kind, number }) => kind === source.kind && number === source.number);
	const names = await log.group("Sources", async () => {
		if (made !== void 0) await packCode(made, expanded, code, {
			projects,
			folder,
			log,
			file
		}, stop);
		const mtime = projects.specCommit.time;
		const { downloads } = request;
		const { sources } = expanded;
		const others = await collectSources({
			sources,
			code: made,
			file,
			listed,
			folder,
			downloads,
			mtime,
			log,
			...stop
		});
		return [
			file.name,
			...made === void 0 ? [] : [made.file],
			...others
		];
	});
	const epoch = decision.position.time;
	await utimes(path.join(folder, file.name), epoch, epoch);
	const result = path.join(staging.path, "result");
	await mkdir(result);
	const files = await log.group("Source package", () => request.kind === "srpm" ? packSource(expander, {
		file,
		expanded,
		names,
		epoch,
		result
	}) : copySources(folder, names, result));
	const { target } = request;
	const manifest = await sourceManifest(projects, {
		format: "rpm",
		name: expanded.name,
		version,
		folder: result,
		files,
		epoch,
		tag: decision.upstream.tag,
		asked: request,
		tools: { rpm: expander.rpmVersion },
		more: {
			target,
			buildroot: { generation: expander.generation }
		}
	});
	const manifestFile = await writeManifest(result, manifest);
	signal?.throwIfAborted();
	await replaceFolder(result, request.output);
	const srpm = files.find(({ role }) => role === "srpm");
	return {
		name: expanded.name,
		version,
		format: request.kind === "srpm" ? "src.rpm" : "spec and sources",
		folder: request.output,
		srpm: srpm && path.join(request.output, srpm.name),
		spec: srpm === void 0 ? path.join(request.output, file.name) : void 0,
		manifestFile: path.join(request.output, path.basename(manifestFile)),
		manifest,
		upstreamSource: decision.upstream.source,
		tarball: made && {
			name: `Source${made.number}`,
			origin: `${made.file}, made from commit ${projects.codeCommit.id.slice(0, 12)}`
		},
		commits: decision.position.commits,
		subjects: edited.subjects,
		changedFiles: 0,
		next
	};
}
function checkPastTag({ version }) {
	if (version.pastTag !== "patch") return;
	throw new UserError({
		what: "commits after the tag are not made a patch of an rpm package",
		where: "input past-tag",
		found: "patch",
		expected: "auto (a tarball of the commit under the version of the spec) or snapshot (with a Version of its own)"
	});
}
async function readSpec(request, { spec, specCommit, specFolder }, resources, log, stop) {
	const files = await readTree(spec, specCommit, {
		submodules: "ignore",
		exportIgnore: false,
		warn: false,
		log,
		resources,
		...stop
	});
	const { specFile, packageName, targetNames } = request;
	const where = `spec project ${spec.folder}`;
	return await findSpec({
		files,
		subfolder: specFolder,
		specFile,
		packageName,
		targetNames,
		where
	}, log);
}
async function codeFiles(request, { code, codeCommit, codeFolder }, resources, log, stop) {
	const { submodules } = request;
	const all = await readTree(code, codeCommit, {
		submodules,
		exportIgnore: true,
		warn: true,
		log,
		resources,
		...stop
	});
	const start = codeFolder === "" ? "" : `${codeFolder}/`;
	return all.filter((file) => file.path.startsWith(start)).map((file) => ({
		...file,
		path: file.path.slice(start.length)
	}));
}
function checkName({ name }, { where }, expected) {
	if (expected === void 0 || expected === name) return;
	throw new UserError({
		what: "the spec is of another package",
		where,
		found: name,
		expected,
		remedy: "give the other spec as the input spec-file, or leave the input package out"
	});
}
function releaseOf(file, expanded) {
	const [only, second] = tagLines(file.text, "Release");
	return only !== void 0 && second === void 0 ? only.value : expanded.release;
}
async function editSpec(edit, log) {
	const { request, projects, expander, file, before, release, decision, isSnapshot } = edit;
	const text = decision.at(isSnapshot);
	if (isAutomatic(release) && request.version.scheme !== "changelog") log.notice(`Release of ${file.name} is left to %autorelease; version-scheme ${request.version.scheme} has no effect`);
	const wanted = {
		version: decision.version,
		release,
		text
	};
	const edited = await withRelease(expander, file, before, wanted);
	const next = decision.check(edited.expanded, text);
	const subjects = await newestSubjects(projects, decision.counted, request.entry.commits);
	if (versionOf(edited.expanded) === versionOf(before)) return {
		expanded: edited.expanded,
		next,
		subjects
	};
	const { upstream, position } = decision;
	return {
		expanded: await addEntry({
			expander,
			file,
			text: edited.text,
			expanded: edited.expanded,
			subjects,
			total: position.commits,
			headline: entryHeadline(projects, upstream.tag, request.review),
			maintainer: request.entry.maintainer,
			fallbackMaintainer: request.entry.fallbackMaintainer,
			time: position.time
		}, log),
		next,
		subjects
	};
}

export { GitRepository, isolatedEnvironment, parseMaintainer, plain, prepareDebSource, prepareRpmSource, specFolders, writeTar };
