import { CancelledError, CommandError, InfrastructureError, UserError, VERSION as VERSION$2, formatBytes, formatCount, formatDuration, messageOf, oneLine, quote, run } from "./frame.js";
import { withoutEpoch } from "./inputs.js";
import { object, string } from "./zod.js";
import { aptRetryOptions, checkReplaceable, claimFolder, code, codeCell, describeFiles, digestFile, escapeMarkdown, fenced, pause, readManifest, removeMountedTree, replaceFolder, retryLine, stageOutput, temporaryFolder, verifyFiles, waitAfter, writeManifest } from "./shared.js";
import { localFolder, parseDsc, requireField } from "./deb.js";
import { writeTar } from "./source.js";
import { baseArchitecture, formatEvr, readRpmPackage, verifyPayload } from "./rpm.js";
import { findPackage } from "./config.js";
import { BASEDIR, CANNOT_TELL, HOST_ENGINE, INBOX, MOCK_USER, PLAN_FILE, PLUGIN_FOLDER, ROOT_NAME, findLayer, forgetAnswers, freezeLayer, holdCompilerCache, installedPackages, isAsPlanned as isAsPlanned$1, isRpmBuildroot, keepLayer, layerId, localBinds, openDownloads, openMockSession, openRpmDownloads, openSession, parallelBuilds, parsePlan, planEntries as planEntries$1, pruneLayers, questionOf, recallAnswer, rememberAnswer, removeTree, repositoryFolder, repositoryUris, scratchSize, stageLayer, writeRepositories } from "./buildroot.js";
import path from "node:path";
import { constants, createWriteStream } from "node:fs";
import { chown, constants as constants$1, copyFile, link, lstat, mkdir, open, readFile, readdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createHash, randomBytes } from "node:crypto";
import { StringDecoder } from "node:string_decoder";
import os from "node:os";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { finished, pipeline } from "node:stream/promises";
import { stripVTControlCharacters } from "node:util";

// src/builder/build-settings.ts
const BUILD_DEFAULTS = {
	timeoutSeconds: 7200,
	logBytes: 256 * 1024 ** 2,
	outputBytes: 8 * 1024 ** 3,
	retries: 2,
	lockSeconds: 3600
};
const generationOf = object({
	target: object({ format: string() }),
	architecture: string()
});
async function checkBuildroot({ generation, lock }, format, architecture) {
	const { target, architecture: own } = generationOf.parse(generation.record.configuration);
	if (target.format === format && own === architecture) return;
	await lock.release();
	throw new UserError({
		what: "the buildroot is for other packages",
		where: `buildroot ${generation.record.name}`,
		found: `${target.format} packages for ${own}`,
		expected: `${format} packages for ${architecture}`
	});
}
function buildSettings(packaging, name) {
	if (packaging === void 0) return void 0;
	return packaging.packages.some((entry) => entry.name === name) || packaging.packages.length === 0 ? findPackage(packaging, name).build : packaging.build;
}
async function packageFilesOf(places, workspace, extension) {
	const files = [];
	for (const place of places) {
		const file = path.resolve(workspace, place);
		if ((await stat(file).catch((error) => {
			throw new UserError({
				what: "a package file cannot be read",
				where: "input package-files",
				found: `${quote(place)}, ${error.code === "ENOENT" ? "which is not there" : error.code ?? "an error"}`,
				expected: `a ${extension} file, or a folder of them`
			});
		})).isDirectory()) {
			const names = (await readdir(file)).filter((name) => name.endsWith(extension)).sort();
			if (names.length === 0) throw new UserError({
				what: `a folder without any ${extension} file`,
				where: "input package-files",
				found: quote(place),
				expected: `a ${extension} file, or a folder of them`
			});
			files.push(...names.map((name) => path.join(file, name)));
		} else if (file.endsWith(extension)) files.push(file);
		else throw new UserError({
			what: `not a ${extension} file`,
			where: "input package-files",
			found: quote(place),
			expected: `a ${extension} file, or a folder of them`
		});
	}
	return files;
}
function pathPrefixesOf(mapping) {
	if (mapping.length === 0) return void 0;
	return mapping.map((line) => {
		const [prefix, to, ...more] = line.split("=");
		if (prefix === void 0 || to === void 0 || more.length > 0) throw new UserError({
			what: "not a mapping of paths",
			where: "input path-mapping",
			found: quote(line),
			expected: "PREFIX=FOLDER"
		});
		return {
			prefix: trim(prefix),
			to: trim(to)
		};
	});
}
const trim = (text) => text.trim().replace(/^\.\/|\/+$/g, "");
const processorShare = (builds = 1) => Math.max(1, Math.floor(os.availableParallelism() / builds));
const auto = (value) => value === "auto" ? void 0 : value;
const given = (list) => list.length === 0 ? void 0 : list;
function words(list, input, { form, expected }) {
	const bad = list.find((word) => !form.test(word));
	if (bad === void 0) return list;
	throw new UserError({
		what: "a word that cannot be used",
		where: `input ${input}`,
		found: quote(bad),
		expected
	});
}

// src/builder/build-log.ts
const WIDTH = 78;
const MOST_TAIL = 16 * 1024 ** 2;
function bannerOf(title) {
	const rule = `+${"-".repeat(WIDTH)}+`;
	return `\n${rule}\n| ${title.padEnd(76)} |\n${rule}\n`;
}
var BuildLog = class {
	file;
	#stream;
	#logger;
	#starts = /* @__PURE__ */ new Map();
	#seconds = /* @__PURE__ */ new Map();
	#phase;
	#half;
	#written = 0;
	#tail = [];
	#tailSize = 0;
	#dropped = 0;
	constructor(file, logger, limit) {
		this.file = file;
		this.#half = limit === 0 ? Number.POSITIVE_INFINITY : Math.floor(limit / 2);
		this.#stream = createWriteStream(file, { mode: 420 });
		this.#stream.on("error", () => {});
		this.#logger = logger;
	}
	phase(title) {
		this.#endPhase();
		this.#phase = title;
		this.#starts.set(title, performance.now());
	}
	banner(title) {
		this.write(bannerOf(title));
	}
	line = (text) => {
		this.write(text);
		this.#logger.tool(stripVTControlCharacters(text));
	};
	write(text) {
		if (this.#written < this.#half) {
			this.#written += text.length + 1;
			this.#stream.write(`${text}\n`);
			return;
		}
		this.#tail.push(text);
		this.#tailSize += text.length + 1;
		const most = Math.min(this.#half, MOST_TAIL);
		if (this.#tailSize < 2 * most) return;
		const kept = [];
		let size = 0;
		for (let line = this.#tail.pop(); line !== void 0 && size + line.length < most; line = this.#tail.pop()) {
			kept.push(line);
			size += line.length + 1;
		}
		this.#dropped += this.#tailSize - size;
		this.#tail = kept.reverse();
		this.#tailSize = size;
	}
	get seconds() {
		return this.#seconds;
	}
	async close() {
		this.#endPhase();
		if (this.#dropped > 0) this.#stream.write(`[… ${this.#dropped} bytes left out: the log is over its limit …]\n`);
		for (const line of this.#tail) this.#stream.write(`${line}\n`);
		this.#tail = [];
		this.#stream.end();
		await finished(this.#stream);
	}
	#endPhase() {
		if (this.#phase === void 0) return;
		const seconds = (performance.now() - (this.#starts.get(this.#phase) ?? 0)) / 1e3;
		this.#seconds.set(this.#phase, (this.#seconds.get(this.#phase) ?? 0) + seconds);
		this.#phase = void 0;
	}
};

// src/builder/collect.ts
async function collectFiles(outbox, folder, isWanted, limit) {
	await using handles = new AsyncDisposableStack();
	const files = [];
	let total = 0;
	for (const name of await readdir(outbox)) {
		if (!isWanted(name)) continue;
		const handle = await openPlain(path.join(outbox, name));
		if (handle === void 0) continue;
		handles.use(handle);
		total += (await handle.stat()).size;
		files.push({
			name,
			handle
		});
	}
	if (limit > 0 && total > limit) return {
		names: [],
		refused: `the build gives more than limits.output-size allows: ${total} bytes, not ${limit} or fewer`
	};
	for (const { name, handle } of files) await pipeline(handle.createReadStream({ autoClose: false }), createWriteStream(path.join(folder, name), {
		flags: "wx",
		mode: 420
	}));
	return { names: files.map(({ name }) => name) };
}
async function openPlain(file) {
	const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => void 0);
	if (handle === void 0) return void 0;
	if ((await handle.stat()).isFile()) return handle;
	await handle.close();
}
function refusedResults(rule, reason, log) {
	const line = {
		number: log.trimEnd().split("\n").length,
		text: `E: ${reason}`
	};
	return {
		verdict: "package",
		phase: "results",
		reason,
		rule,
		quotes: [line],
		excerpt: [line],
		diagnostics: [],
		fields: {},
		retryable: false
	};
}

// src/builder/compiler-cache.ts
const CACHE_PLACE = "/var/cache/pkg-actions/compiler";
const NOTES = "/tmp/pkg-actions-compiler-cache.log";
const PROFILE = "/etc/profile.d/zz-pkg-actions-compiler-cache.sh";
const WRAPPERS = "/usr/local/lib/pkg-actions/sccache";
const COMPILERS = [
	"cc",
	"c++",
	"gcc",
	"g++",
	"clang",
	"clang++"
];
const MOST_NOTES = 32 * 1024 ** 2;
async function openCompilerCache(build) {
	const { cache, signal, logger } = build;
	if (cache === void 0 || cache.mostBytes === 0) return void 0;
	let held;
	try {
		held = await holdCompilerCache({
			...build,
			tool: cache.tool,
			mostBytes: cache.mostBytes,
			key: cache.key ?? build.name,
			owner: MOCK_USER.id
		});
	} catch (error) {
		if (signal.aborted) throw error;
		logger.warning(`The build goes on without its compiler cache: ${messageOf(error)}`);
		return;
	}
	const settings = cache.tool === "ccache" ? ccacheSettings(cache.mostBytes) : sccacheSettings(cache.mostBytes);
	return {
		tool: cache.tool,
		binds: [{
			source: held.path,
			destination: CACHE_PLACE,
			writable: true
		}],
		packages: [cache.tool],
		...settings,
		async prepare(session, shell) {
			if (cache.tool === "sccache") await makeWrappers(session);
			if (shell === "login") await session.writeFile(PROFILE, `PATH=${settings.path.join(":")}:$PATH\n`);
		},
		used: (session) => readUse(session, cache.tool),
		[Symbol.asyncDispose]: () => held[Symbol.asyncDispose]()
	};
}
function ccacheSettings(mostBytes) {
	return {
		environment: {
			CCACHE_DIR: CACHE_PLACE,
			CCACHE_MAXSIZE: `${Math.ceil(mostBytes / 1024)}Ki`,
			CCACHE_EXTRAFILES: "/usr/bin/as",
			CCACHE_STATSLOG: NOTES
		},
		path: ["/usr/lib/ccache", "/usr/lib64/ccache"]
	};
}
function sccacheSettings(mostBytes) {
	return {
		environment: {
			SCCACHE_DIR: CACHE_PLACE,
			SCCACHE_CACHE_SIZE: `${Math.max(1, Math.ceil(mostBytes / 1024 ** 2))}M`,
			SCCACHE_IDLE_TIMEOUT: "0",
			SCCACHE_SERVER_PORT: String(2e4 + Math.floor(Math.random() * 4e4)),
			SCCACHE_ERROR_LOG: NOTES,
			SCCACHE_LOG: "sccache::compiler::compiler=debug",
			RUSTC_WRAPPER: "/usr/bin/sccache"
		},
		path: [WRAPPERS]
	};
}
async function makeWrappers(session) {
	await session.chroot([
		"sh",
		"-c",
		`
set -eu
mkdir -p "$1"
for name in $2; do
  for compiler in /usr/bin/"$name" /usr/bin/*-linux-*-"$name"; do
    [ -x "$compiler" ] || continue
    printf '#!/bin/sh\\nexec /usr/bin/sccache %s "$@"\\n' "$compiler" > "$1/\${compiler##*/}"
    chmod 0755 "$1/\${compiler##*/}"
  done
done
:`,
		"sh",
		WRAPPERS,
		COMPILERS.join(" ")
	], { privileges: "setup" });
}
async function readUse(session, tool) {
	try {
		await session.endProcesses();
		const { stdout, exitCode } = await session.chroot([
			"sh",
			"-c",
			"[ -f \"$1\" ] && [ ! -L \"$1\" ] && exec head -c \"$2\" \"$1\"",
			"sh",
			NOTES,
			String(MOST_NOTES)
		], {
			okExitCodes: "any",
			captureBytes: 4 * MOST_NOTES,
			timeoutSeconds: 120
		});
		return exitCode === 0 ? countNotes(stdout, tool) : void 0;
	} catch (error) {
		if (!(error instanceof CommandError) || error.failure.end === "cancelled") throw error;
		return;
	}
}
function countNotes(text, tool) {
	const count = (pattern) => text.match(pattern)?.length ?? 0;
	return tool === "ccache" ? {
		tool,
		hits: count(/^(?:direct|preprocessed)_cache_hit$/gm),
		misses: count(/^cache_miss$/gm)
	} : {
		tool,
		hits: count(/\bCache hit in\b/g),
		misses: count(/\bCache miss in\b/g)
	};
}
function cacheLine({ tool, hits, misses }) {
	return `compiler cache (${tool}): ${formatCount(hits, "hit")}, ${formatCount(misses, "miss", "misses")}`;
}
function blameCache(diagnosis, cache) {
	const { verdict, phase, quotes, reason } = diagnosis;
	if (cache === void 0 || verdict !== "package" || phase !== "dependencies") return diagnosis;
	const isTool = new RegExp(`(?<![\\w.-])${cache.tool}(?![\\w.-])`);
	if (!quotes.some(({ text }) => isTool.test(text))) return diagnosis;
	return {
		...diagnosis,
		verdict: "configuration",
		reason: `${cache.tool}, which the input compiler-cache asks for, cannot be installed: ${reason}`
	};
}

// src/builder/apt-archives.ts
const KEPT$3 = "/run/pkg-actions/kept";
const ARCHIVES = "/run/pkg-actions/archives";
async function openAptArchives(state, signal) {
	const downloads = await openDownloads(state, signal);
	const kept = path.join(downloads.folder, "kept");
	const archives = path.join(downloads.folder, "archives");
	try {
		for (const folder of [kept, archives]) await mkdir(folder, { mode: 493 });
	} catch (error) {
		await downloads.close();
		throw error;
	}
	const offered = /* @__PURE__ */ new Set();
	return {
		binds: [{
			source: kept,
			destination: KEPT$3
		}, {
			source: archives,
			destination: ARCHIVES,
			writable: true
		}],
		options: ["-o", `Dir::Cache::Archives=${ARCHIVES}/`],
		async offer(plan) {
			const wanted = downloadsOf(plan);
			let found = 0;
			for (const { file, sha256, size } of wanted) {
				if (offered.has(file)) continue;
				if (!await downloads.take({
					sha256,
					size
				}, path.join(kept, file))) continue;
				await symlink(`${KEPT$3}/${file}`, path.join(archives, file));
				offered.add(file);
				found += 1;
			}
			return {
				kept: found,
				missing: wanted.length - offered.size
			};
		},
		async keep(plan, mostBytes) {
			let isNew = false;
			for (const { file, sha256, size } of downloadsOf(plan)) {
				if (offered.has(file)) continue;
				isNew = await downloads.adopt({
					sha256,
					size
				}, path.join(archives, file)) || isNew;
			}
			if (isNew) await downloads.prune(mostBytes);
		},
		[Symbol.asyncDispose]: downloads.close
	};
}
function downloadsOf({ install }) {
	return install.filter((entry) => entry.sha256 !== void 0 && /^https?:/.test(entry.uri));
}

// src/builder/deb-plan.ts
const PLAN_OPTIONS = [
	...["-o", "Acquire::ForceHash=SHA256"],
	...["-o", "Dir::Cache::Archives=/run/pkg-actions/no-archives/"],
	"--print-uris"
];
const LINE$1 = /^'([^']+)' (\S+) (\d+)(?: (\S*))?$/;
const FILE = /^([a-z0-9][a-z0-9+.-]+)_([A-Za-z0-9.+~%-]+)_([a-z0-9-]+)\.deb$/;
const REMOVED = "The following packages will be REMOVED:";
const SUMMARY = /^(\d+) upgraded, (\d+) newly installed, (?:(\d+) reinstalled, )?(?:(\d+) downgraded, )?(\d+) to remove /m;
function readPlan(output) {
	const install = [];
	const remove = [];
	let isRemoved = false;
	for (const line of output.split("\n")) {
		if (isRemoved && line.startsWith("  ")) {
			remove.push(...line.trim().split(/\s+/).map((name) => name.replace(/\*$/, "")));
			continue;
		}
		isRemoved = line === REMOVED;
		const planned = line.startsWith("'") ? packageOf(line) : void 0;
		if (planned !== void 0) install.push(planned);
	}
	const summary = SUMMARY.exec(output);
	const [upgraded = 0, fresh = 0, again = 0, downgraded = 0, removed = 0] = (summary ?? []).slice(1).map((count) => Number(count ?? 0));
	const said = upgraded + fresh + again + downgraded;
	if (summary === null || said !== install.length || removed !== remove.length) throw new UserError({
		what: "what apt would install cannot be read",
		found: `${install.length} packages to install and ${remove.length} to remove`,
		expected: summary === null ? "a line that tells apt's count" : `${said} and ${removed}`
	});
	return {
		install,
		remove
	};
}
function packageOf(line) {
	const [, uri, file, size, digest = ""] = LINE$1.exec(line) ?? [];
	if (uri === void 0 || file === void 0) return void 0;
	const [, name, version, architecture] = FILE.exec(file) ?? [];
	if (name === void 0 || version === void 0 || architecture === void 0) return void 0;
	const sha256 = /^SHA256:([0-9a-f]{64})$/.exec(digest)?.[1];
	return {
		name,
		version: unquote(version),
		architecture,
		uri,
		file,
		size: Number(size),
		...sha256 === void 0 ? {} : { sha256 }
	};
}
const unquote = (text) => text.replace(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
function planEntries({ install, remove }) {
	return [...install.map(({ name, architecture, version, sha256 }) => `${name}:${architecture}=${version}${sha256 === void 0 ? "" : ` sha256:${sha256}`}`), ...remove.map((name) => `${name}-`)].sort();
}
function planArguments({ install, remove }, architecture) {
	return [...install.map((planned) => `${planned.name}${suffix(planned.architecture, architecture)}=${planned.version}`), ...remove.map((name) => `${name}-`)];
}
const suffix = (own, machine) => own === "all" || own === machine ? "" : `:${own}`;
function isAsPlanned(plan, before, after) {
	const now = new Set(after);
	const planned = new Set(plan.install.map((entry) => `${entry.name}:${entry.architecture}=${entry.version}`));
	const touched = /* @__PURE__ */ new Set([...plan.install.map(({ name }) => name), ...plan.remove.map((name) => name.replace(/:.*$/, ""))]);
	const old = new Set(before);
	return [...planned].every((entry) => now.has(entry)) && after.every((entry) => planned.has(entry) || old.has(entry)) && before.every((entry) => now.has(entry) || touched.has(entry.replace(/:.*$/, "")));
}

// src/builder/log/map-path.ts
const TREES = /^\/?(?:<<PKGBUILDDIR>>|(?:<<BUILDDIR>>|build\/reproducible-path|build\/[^/]+-[A-Za-z0-9]{6})\/[^/]+|builddir\/build\/BUILD\/(?:[^/]+-\d[^/]*-build\/(?!BUILDROOT(?:\/|$)|SPECPARTS(?:\/|$))[^/]+|(?![^/]+-\d[^/]*-build\/)[^/]+))(?:\/|$)/;
const PYBUILD = /^\.pybuild\/[^/]+\/build\//;
function sourcePath(file) {
	const tree = TREES.exec(file);
	const inside = tree ? file.slice(tree[0].length) : file;
	if (inside === "") return ".";
	return path.posix.normalize(inside).replace(PYBUILD, "");
}
function isInSource(file) {
	return !file.startsWith("/") && !file.startsWith("../") && file !== ".." && file !== "." && !file.startsWith("<");
}
function mapPath({ file, prefixes }) {
	const normal = path.posix.normalize(file);
	const best = prefixOf({
		file: normal,
		prefixes
	});
	if (best?.to === void 0) return void 0;
	const rest = best.prefix === "" ? normal : normal.slice(best.prefix.length + 1);
	const mapped = path.posix.join(best.to, rest);
	return isInSource(mapped) ? mapped : void 0;
}
function prefixOf({ file, prefixes }) {
	if (!isInSource(file) || file.includes("\0")) return void 0;
	return prefixes.map((entry) => ({
		...entry,
		prefix: entry.prefix.replace(/\/+$/, "")
	})).filter(({ prefix }) => prefix === "" || file === prefix || file.startsWith(`${prefix}/`)).sort((a, b) => b.prefix.length - a.prefix.length)[0];
}
const RPM_PACKAGING = /^\/?builddir\/build\/(?:SOURCES|SPECS)\/([^/]+)$/;
function packagingName({ file, tool }) {
	const [, name] = RPM_PACKAGING.exec(file) ?? [];
	if (name !== void 0) return name;
	return tool === "rpmbuild" && file.endsWith(".spec") || tool === "patch" ? path.posix.basename(file) : void 0;
}
function locateDiagnostics(diagnostics, options) {
	const { prefixes, files, packaging } = options;
	const byName = files && namesOf(files);
	const packagingByName = packaging && namesOf(packaging.files);
	return diagnostics.map(({ path: _before, ...diagnostic }) => {
		const { file } = diagnostic;
		const name = packaging && packagingName(diagnostic);
		if (name !== void 0 && packagingByName) {
			const named = packagingByName.get(name) ?? [];
			return withPath(diagnostic, named.find((candidate) => candidate === path.posix.join(packaging.folder, name)) ?? (named.length === 1 ? named[0] : void 0));
		}
		const mapped = mapPath({
			file,
			prefixes
		});
		if (!files || !byName) return withPath(diagnostic, mapped);
		if (mapped !== void 0 && files.has(mapped)) return withPath(diagnostic, mapped);
		const prefix = prefixOf({
			file: path.posix.normalize(file),
			prefixes
		});
		if (prefix?.to === void 0) return diagnostic;
		const within = prefix.within ? `${prefix.within}/` : "";
		const alike = (byName.get(path.posix.basename(file)) ?? []).filter((candidate) => candidate.startsWith(within) && `/${candidate}`.endsWith(`/${file}`));
		return withPath(diagnostic, alike.length === 1 ? alike[0] : void 0);
	});
}
function withPath(diagnostic, found) {
	return found === void 0 ? diagnostic : {
		...diagnostic,
		path: found
	};
}
function namesOf(files) {
	const byName = /* @__PURE__ */ new Map();
	for (const file of files) {
		const name = path.posix.basename(file);
		const known = byName.get(name);
		if (known) known.push(file);
		else byName.set(name, [file]);
	}
	return byName;
}

// src/builder/log/text.ts
const ESCAPE_SEQUENCES = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/g;
const SUSPICIOUS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;
const CONTROL$1 = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;
const DECEPTIVE = /[\u2028\u2029\u202a-\u202e\u2060-\u2069\u200b\u200e\u200f\ufeff\ufff9-\ufffb]/g;
const MATCHED = 2048;
const MATCHED_TAIL = 512;
const OVERWRITTEN = 65536;
const QUOTED = 400;
function strip(text) {
	return SUSPICIOUS.test(text) ? text.replace(ESCAPE_SEQUENCES, "").replace(CONTROL$1, "") : text;
}
function printable(text, limit = QUOTED) {
	const line = strip(text.slice(0, limit * 8)).replace(/[\t\n]/g, " ").replace(DECEPTIVE, "").trimEnd().toWellFormed();
	return line.length > limit ? `${line.slice(0, limit).toWellFormed()}…` : line;
}
function clip(line, limit = MATCHED) {
	if (line.length <= limit) return line;
	return `${line.slice(0, limit - MATCHED_TAIL)} … ${line.slice(-512)}`;
}
function statesOf(raw) {
	if (!raw.includes("\r")) return [raw];
	const shown = clip(raw, OVERWRITTEN).split("\r").filter((state) => state !== "");
	return shown.length > 0 ? shown : [""];
}
function eachLine(log, visit) {
	let number = 0;
	for (let start = 0; start < log.length;) {
		const newline = log.indexOf("\n", start);
		const end = newline === -1 ? log.length : newline;
		number += 1;
		const raw = log.slice(start, end);
		if (!raw.includes("\r")) visit(strip(clip(raw)), number, start);
		else for (const state of statesOf(raw)) visit(strip(clip(state)), number, start);
		start = end + 1;
	}
}
function wholeLine(log, offset) {
	const end = log.indexOf("\n", offset);
	return strip(log.slice(offset, Math.min(end === -1 ? log.length : end, offset + OVERWRITTEN)));
}
function lineAt(log, offset) {
	let number = 1;
	for (let at = log.indexOf("\n"); at !== -1 && at < offset; at = log.indexOf("\n", at + 1)) number += 1;
	return number;
}
function linesBetween(log, from, to) {
	const lines = [];
	let number = 0;
	for (let start = 0; start < log.length && number < to;) {
		const newline = log.indexOf("\n", start);
		const end = newline === -1 ? log.length : newline;
		number += 1;
		if (number >= from) lines.push({
			number,
			text: printable(statesOf(log.slice(start, end)).at(-1) ?? "")
		});
		start = end + 1;
	}
	return lines;
}
const LOG_PART_BYTES = 67108864;
async function readLog(file, partBytes = LOG_PART_BYTES) {
	await using handle = await openPlain(file);
	if (handle === void 0) throw new Error(`no plain file: ${file}`);
	const { size } = await handle.stat();
	if (size <= 2 * partBytes) return (await readRange(handle, 0, size)).toString("utf8");
	const head = (await readRange(handle, 0, partBytes)).toString("utf8");
	const gapEnd = size - partBytes;
	let newlines = 0;
	for (let at = partBytes; at < gapEnd;) {
		const piece = await readRange(handle, at, Math.min(at + 4194304, gapEnd));
		if (piece.length === 0) break;
		for (let found = piece.indexOf(10); found !== -1; found = piece.indexOf(10, found + 1)) newlines += 1;
		at += piece.length;
	}
	const tail = (await readRange(handle, gapEnd, size)).toString("utf8");
	return `${head}${"\n".repeat(Math.min(newlines, LOG_PART_BYTES))}${tail}`;
}
async function readRange(handle, from, to) {
	const buffer = Buffer.allocUnsafe(to - from);
	let filled = 0;
	while (filled < buffer.length) {
		const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, from + filled);
		if (bytesRead === 0) break;
		filled += bytesRead;
	}
	return buffer.subarray(0, filled);
}

// src/builder/log/diagnostics/parser.ts
function columnOf(text) {
	return text === void 0 || text === "" ? {} : { column: Number(text) };
}

// src/builder/log/diagnostics/build-tools.ts
const MAKE_STOP = /^([^\s:]+):(\d+): \*\*\* (.+?)(?: +Stop\.)?$/;
const MAKE_FAILED = /^g?make(?:\[\d+\])?: \*\*\* \[([^\s:]+):(\d+): ([^\]]+)\] (.+)$/;
const makeParser = ({ text, emit }) => {
	if (!text.includes(": *** ")) return;
	const stop = MAKE_STOP.exec(text);
	if (stop?.[1] && stop[3]) {
		emit({
			severity: "error",
			file: stop[1],
			line: Number(stop[2]),
			message: stop[3].replace(/\.$/, ""),
			tool: "make"
		});
		return;
	}
	const failed = MAKE_FAILED.exec(text);
	if (failed?.[1]) emit({
		severity: "error",
		file: failed[1],
		line: Number(failed[2]),
		message: `${failed[3]}: ${failed[4]}`,
		tool: "make",
		weak: true
	});
};
const CMAKE = /^CMake (Error|Warning)(?: \(dev\))? at ([^\s:]+):(\d+) \((.*)\):$/;
function cmakeParser() {
	let head;
	let lines = [];
	return ({ text, number, emit }) => {
		if (head) {
			if (text.startsWith("  ") && lines.length < 6) {
				lines.push(text.trim());
				return;
			}
			if (text.trim() === "" && lines.length === 0) return;
			const { command, number: logLine, ...place } = head;
			emit({
				...place,
				message: `${command}: ${lines.join(" ")}`,
				logLine,
				tool: "cmake",
				fromTop: true
			});
			head = void 0;
		}
		const found = text.startsWith("CMake ") ? CMAKE.exec(text) : void 0;
		if (!found?.[2]) return;
		lines = [];
		head = {
			severity: found[1] === "Warning" ? "warning" : "error",
			file: found[2],
			line: Number(found[3]),
			command: found[4] ?? "",
			number
		};
	};
}
const MESON = /^((?:[^\s:]*\/)?meson(?:\.build|_options\.txt|\.options)):(\d+):(\d+): (ERROR|WARNING): (.+)$/;
const mesonParser = ({ text, emit }) => {
	if (!text.includes("meson")) return;
	const found = MESON.exec(text);
	if (!found?.[1] || !found[5]) return;
	emit({
		severity: found[4] === "WARNING" ? "warning" : "error",
		file: found[1].replace(/^(?:\.\.\/)+/, ""),
		line: Number(found[2]),
		...columnOf(found[3]),
		message: found[5],
		tool: "meson",
		fromTop: true
	});
};
function patchParser() {
	let patch;
	let target = "";
	return ({ text, emit }) => {
		const applying = /^dpkg-source: info: applying (\S+)$/.exec(text);
		if (applying) {
			patch = applying[1];
			return;
		}
		if (patch === void 0) return;
		const file = `debian/patches/${patch}`;
		const patching = /^patching file '?([^']+)'?$/.exec(text);
		if (patching?.[1]) {
			target = patching[1];
			return;
		}
		const hunk = /^Hunk #(\d+) FAILED at (\d+)/.exec(text);
		if (hunk) {
			emit({
				severity: "error",
				file,
				line: 1,
				message: `does not apply: hunk ${hunk[1]} does not fit ${target} at line ${hunk[2]}`,
				tool: "patch",
				fromTop: true
			});
			return;
		}
		const missing = /^can't find file to patch at input line (\d+)/.exec(text);
		if (missing) emit({
			severity: "error",
			file,
			line: Number(missing[1]),
			message: "does not apply: the file that it changes does not exist",
			tool: "patch",
			fromTop: true
		});
		else if (text.startsWith("Reversed (or previously applied) patch detected")) emit({
			severity: "error",
			file,
			line: 1,
			message: `does not apply: ${target} has the change already`,
			tool: "patch",
			fromTop: true
		});
	};
}
const DPKG_SYNTAX = /^dpkg-\w+: error: syntax error in ([^\s:]+) at line (\d+): (.+)$/;
const CHANGELOG$1 = /^dpkg-\w+: (?:error|warning): +(\S*debian\/changelog)\(l(\d+)\): (.+)$/;
const MISSING_FILES = /^(dh_\w+): (?:warning: )?(\S+) missing files: (.+)$/;
const debianParser = ({ text, emit }) => {
	if (!text.startsWith("d")) return;
	const syntax = DPKG_SYNTAX.exec(text) ?? CHANGELOG$1.exec(text);
	if (syntax?.[1] && syntax[3]) {
		emit({
			severity: text.includes("warning:") ? "warning" : "error",
			file: syntax[1],
			line: Number(syntax[2]),
			message: syntax[3],
			tool: "dpkg",
			fromTop: true
		});
		return;
	}
	const missing = MISSING_FILES.exec(text);
	if (missing?.[2]) emit({
		severity: "error",
		file: `debian/${missing[2]}.${missing[1] === "dh_install" ? "install" : (missing[1] ?? "").replace(/^dh_install/, "")}`,
		line: 1,
		message: `no such file was built: ${missing[3]}`,
		tool: "debhelper",
		fromTop: true
	});
};
const LINTIAN = /^([EW]): ([a-z0-9][a-z0-9.+-]*)(?: (?:source|udeb|changes|buildinfo))?: ([a-z0-9][a-z0-9.-]*[a-z0-9])(?: (.*?))? \[([^\]:]+):(\d+)\]$/;
const lintianParser = ({ text, emit }) => {
	const found = LINTIAN.exec(text);
	if (!found?.[3] || !found[5]) return;
	emit({
		severity: found[1] === "E" ? "error" : "warning",
		file: found[5],
		line: Number(found[6]),
		message: `${found[3]}${found[4] ? ` ${found[4]}` : ""}`,
		code: found[3],
		tool: "lintian",
		fromTop: true
	});
};

// src/builder/log/diagnostics/compilers.ts
const GNU = /^([^\s:"'([][^:]*):(\d+):(?:(\d+):)? (fatal error|internal compiler error|error|warning):(?: (.*))?$/;
const INCLUDED = /^(?:In file included| {2,}) from ([^:]+):(\d+)(?::\d+)?[:,]$/;
const REQUIRED = /^([^\s:][^:]*):(\d+):(?:\d+:)? {2,}(?:recursively )?required (?:from|by) /;
const PROBE = /(?:^|\/)(?:conftest\.|CMakeScratch\/|CMakeTmp\/|cmTC_|testfile\.c$|meson-private\/)/;
const TOOLS = /* @__PURE__ */ new Map([
	["ac", "autotools"],
	["am", "autotools"],
	["m4", "autotools"],
	["hs", "ghc"],
	["java", "javac"],
	["py", "python"],
	["rb", "ruby"],
	["vala", "valac"],
	["po", "msgfmt"]
]);
function gnuParser() {
	let own;
	let pending;
	return ({ text, number, emit, isOwn }) => {
		if (pending) {
			const message = text.trim();
			const { file, line, column, number: logLine } = pending;
			if (message !== "") emit({
				severity: "error",
				file,
				line,
				...columnOf(column),
				message,
				logLine,
				tool: "ghc"
			});
			pending = void 0;
			return;
		}
		if (text.includes(" from ") || text.includes("required ")) {
			const frame = INCLUDED.exec(text) ?? REQUIRED.exec(text);
			if (frame?.[1] && frame[2]) {
				if (text.startsWith("In file included")) own = void 0;
				if (!own && isOwn(frame[1])) own = {
					file: frame[1],
					line: Number(frame[2])
				};
				return;
			}
		}
		if (!text.includes("error") && !text.includes("warning:")) return;
		const found = GNU.exec(text);
		if (!found?.[1] || !found[2] || !found[4]) return;
		const [, file, line, column, kind, rest = ""] = found;
		if (PROBE.test(file) || !/[./]/.test(file)) return;
		const tool = TOOLS.get(file.slice(file.lastIndexOf(".") + 1)) ?? "cc";
		if (rest === "" || /^\[GHC-\d+\]$/.test(rest)) {
			if (kind === "error" && tool === "ghc") pending = {
				file,
				line: Number(line),
				column,
				number
			};
			return;
		}
		const code = /\[(-W[\w+=-]+)\]$/.exec(rest)?.[1];
		const message = code ? rest.slice(0, -code.length - 2).trimEnd() : rest;
		const place = !isOwn(file) && own ? own : {
			file,
			line: Number(line),
			...columnOf(column)
		};
		own = void 0;
		emit({
			severity: kind === "warning" ? "warning" : "error",
			...place,
			message,
			tool,
			...code ? { code } : {}
		});
	};
}
const LINK = /^(?:[^\s:]*ld(?:\.\w+)?: )?([^\s:]+):(\d+): ((?:undefined reference to|multiple definition of) .*)$/;
const linkerParser = ({ text, emit }) => {
	if (!text.includes("undefined reference to") && !text.includes("multiple definition of")) return;
	const found = LINK.exec(text);
	if (found?.[1] && found[3]) emit({
		severity: "error",
		file: found[1],
		line: Number(found[2]),
		message: found[3],
		tool: "ld"
	});
};
const GO = /^(?:vet: )?((?:\.{0,2}\/)?[\w@+./-]+\.go):(\d+)(?::(\d+))?: (.+)$/;
const GO_TEST = /^ {4,}([\w.-]+\.go):(\d+): (.*)$/;
function goParser() {
	let running = false;
	let failed = false;
	let held = [];
	return ({ text, number, emit }) => {
		const result = /^\s*(?:=== (?:RUN|CONT|PAUSE|NAME)\b|--- (FAIL|PASS|SKIP): |(?:ok|FAIL)\t|FAIL$)/.exec(text);
		if (result) {
			failed = result[1] === "FAIL";
			if (failed) for (const { number: logLine, ...item } of held) emit({
				severity: "error",
				...item,
				logLine,
				tool: "go-test"
			});
			running = /^\s*=== /.test(text);
			if (!running || held.length > 100) held = [];
			return;
		}
		if (!text.includes(".go:")) return;
		const test = GO_TEST.exec(text);
		if (test?.[1] && test[3]) {
			const item = {
				file: test[1],
				line: Number(test[2]),
				message: test[3]
			};
			if (failed) emit({
				severity: "error",
				...item,
				tool: "go-test"
			});
			else if (running) held.push({
				...item,
				number
			});
			return;
		}
		const found = GO.exec(text);
		if (found?.[1] && found[4]) emit({
			severity: "error",
			file: found[1],
			line: Number(found[2]),
			...columnOf(found[3]),
			message: found[4],
			tool: "go"
		});
	};
}
const RUST = /^(error|warning)(?:\[(\w+)\])?: (.+)$/;
const RUST_PLACE = /^ *--> ([^:]+):(\d+):(\d+)$/;
const RUST_PANIC = /^thread '([^']*)'(?: \(\d+\))? panicked at (?:'(.*)', )?([^\s:']+):(\d+):(\d+):?$/;
function rustParser() {
	let head;
	let panic;
	return ({ text, number, emit }) => {
		if (panic) {
			const { test, number: logLine, ...place } = panic;
			panic = void 0;
			emit({
				severity: "error",
				...place,
				logLine,
				message: `${test} panicked: ${text.trim()}`,
				tool: "rust-test"
			});
			return;
		}
		if (head) {
			const place = RUST_PLACE.exec(text);
			if (place?.[1]) {
				const { severity, message, code, number: logLine } = head;
				emit({
					severity,
					file: place[1],
					line: Number(place[2]),
					column: Number(place[3]),
					message,
					logLine,
					tool: "rustc",
					...code ? { code } : {}
				});
			}
			if (place || text.trim() === "") head = void 0;
		}
		const found = /^[ew]/.test(text) ? RUST.exec(text) : void 0;
		if (found?.[3]) {
			head = {
				severity: found[1] === "warning" ? "warning" : "error",
				message: found[3],
				code: found[2],
				number
			};
			return;
		}
		const thread = text.startsWith("thread ") ? RUST_PANIC.exec(text) : void 0;
		if (thread?.[3] && thread[1] !== void 0) {
			const place = {
				file: thread[3],
				line: Number(thread[4]),
				column: Number(thread[5])
			};
			if (thread[2] === void 0) panic = {
				test: thread[1],
				...place,
				number
			};
			else emit({
				severity: "error",
				...place,
				message: `${thread[1]} panicked: ${thread[2]}`,
				tool: "rust-test"
			});
		}
	};
}
const JAVAC = /^(?: *\[javac\] )([^\s:]+\.java):(\d+): (error|warning): (.+)$/;
const MAVEN = /^\[(ERROR|WARNING)\] (\/[^\s:]+\.(?:java|scala|kt)):\[(\d+),(\d+)\] (.+)$/;
const javaParser = ({ text, emit }) => {
	if (!text.includes(".java") && !text.startsWith("[")) return;
	const javac = JAVAC.exec(text);
	if (javac?.[1] && javac[4]) {
		emit({
			severity: javac[3] === "warning" ? "warning" : "error",
			file: javac[1],
			line: Number(javac[2]),
			message: javac[4],
			tool: "javac"
		});
		return;
	}
	const maven = MAVEN.exec(text);
	if (maven?.[2] && maven[5]) emit({
		severity: maven[1] === "WARNING" ? "warning" : "error",
		file: maven[2],
		line: Number(maven[3]),
		column: Number(maven[4]),
		message: maven[5],
		tool: "javac"
	});
};

// src/builder/log/diagnostics/rpm.ts
const SPEC$2 = /^(error|warning): (?:(?:\/\S*\/)?(\S+\.spec): ?)?(?:line )?(\d+): (.+)$/;
function specParser(spec) {
	return ({ text, emit }) => {
		if (!text.startsWith("error: ") && !text.startsWith("warning: ")) return;
		const found = SPEC$2.exec(text);
		const file = found?.[2] ?? spec;
		if (!found?.[4] || file === void 0 || !/\.spec: ?\d|line \d|\.spec: ?line/.test(text)) return;
		emit({
			severity: found[1] === "warning" ? "warning" : "error",
			file,
			line: Number(found[3]),
			message: found[4],
			tool: "rpmbuild",
			fromTop: true
		});
	};
}
const PATCH$1 = /(?:SOURCES\/|^Patch #\d+ \()([^\s'")]+\.(?:patch|diff|dif)[\w.]*)/;
function rpmPatchParser() {
	let patch;
	let target = "";
	return ({ text, emit }) => {
		if (text.startsWith("+") || text.startsWith("Patch #")) {
			patch = PATCH$1.exec(text)?.[1] ?? patch;
			return;
		}
		if (patch === void 0) return;
		const patching = /^patching file '?([^']+)'?$/.exec(text);
		if (patching?.[1]) {
			target = patching[1];
			return;
		}
		const hunk = /^Hunk #(\d+) FAILED at (\d+)/.exec(text);
		const missing = hunk ? void 0 : /^can't find file to patch at input line (\d+)/.exec(text);
		if (hunk) {
			const message = `does not apply: hunk ${hunk[1]} does not fit${target === "" ? "" : ` ${target}`} at line ${hunk[2]}`;
			emit({
				severity: "error",
				file: patch,
				line: 1,
				message,
				tool: "patch",
				fromTop: true
			});
		} else if (missing) emit({
			severity: "error",
			file: patch,
			line: Number(missing[1]),
			message: "does not apply: the file that it changes does not exist",
			tool: "patch",
			fromTop: true
		});
	};
}

// src/builder/log/diagnostics/scripts.ts
const FRAME = /^ {2}File "([^"]+)", line (\d+)(?:, in .*)?$/;
const EXCEPTION$1 = /^((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)(?:: (.*))?$/;
const TEST_HEAD = /^(?:FAIL|ERROR): (\S+)/;
function pythonParser() {
	let frame;
	let open = false;
	let test;
	return ({ text, emit, isOwn }) => {
		if (text.startsWith("Traceback (most recent call last)")) {
			open = true;
			frame = void 0;
			return;
		}
		const head = /^[FE]/.test(text) ? TEST_HEAD.exec(text) : void 0;
		if (head?.[1]) {
			test = head[1];
			return;
		}
		const found = text.startsWith("  File \"") ? FRAME.exec(text) : void 0;
		if (found?.[1] && found[2]) {
			open = true;
			if (isOwn(found[1])) frame = {
				file: found[1],
				line: Number(found[2])
			};
			return;
		}
		if (!open || text === "" || text.startsWith(" ")) return;
		open = false;
		const exception = EXCEPTION$1.exec(text);
		if (!frame || !exception) return;
		const message = text.trim();
		emit({
			severity: "error",
			...frame,
			message: test ? `${test}: ${message}` : message,
			tool: test ? "unittest" : "python"
		});
		frame = void 0;
		test = void 0;
	};
}
const PYTEST_PLACE = /^([^\s:]+\.py):(\d+): (\w+)?$/;
const PYTEST_FRAME = /^([^\s:]+\.py):(\d+): in /;
function pytestParser() {
	let error;
	let frame;
	let test;
	const title = () => test ? `${test}: ` : "";
	return ({ text, number, emit, isOwn }) => {
		const header = /^_{3,} (.+?) _{3,}$/.exec(text);
		if (header?.[1]) {
			test = header[1].replace(/^ERROR (?:at \w+ of|collecting) /, "");
			error = void 0;
			frame = void 0;
			return;
		}
		if (test === void 0) return;
		if (/^={3,} /.test(text)) {
			test = void 0;
			return;
		}
		const failure = /^E {3,}(\S.*)$/.exec(text);
		if (failure?.[1]) {
			if (frame) emit({
				severity: "error",
				...frame,
				message: `${title()}${failure[1]}`,
				tool: "pytest"
			});
			else error ??= {
				message: failure[1],
				number
			};
			frame = void 0;
			return;
		}
		if (!text.includes(".py:")) return;
		const inside = PYTEST_FRAME.exec(text);
		if (inside?.[1]) {
			if (isOwn(inside[1])) frame = {
				file: inside[1],
				line: Number(inside[2])
			};
			return;
		}
		const place = PYTEST_PLACE.exec(text);
		if (place?.[1] && place[3] && isOwn(place[1])) {
			emit({
				severity: "error",
				file: place[1],
				line: Number(place[2]),
				message: `${title()}${error?.message ?? place[3]}`,
				tool: "pytest",
				logLine: error?.number ?? number
			});
			error = void 0;
		}
	};
}
const PERL_ERROR = /^(?:syntax error|Can't (?:locate|find string terminator|use)|Global symbol|Undefined subroutine|Bareword) ?/;
const PERL_PLACE = / at ([^\s(]\S*) line (\d+)(?:,? (near .*))?/;
const PERL_TEST = /^#\s+Failed (?:\(TODO\) )?test(?: '(.*)')?(?: at (\S+) line (\d+)\.?)?$/;
const PERL_TEST_PLACE = /^#\s+at (\S+) line (\d+)\.?$/;
function perlParser() {
	let failed;
	return ({ text, number, emit }) => {
		if (text.startsWith("#")) {
			const test = PERL_TEST.exec(text);
			if (test) {
				const name = test[1] ?? "a test without a name";
				if (test[2]) emit({
					severity: "error",
					file: test[2],
					line: Number(test[3]),
					message: `${name} failed`,
					tool: "perl-test"
				});
				else failed = {
					name,
					number
				};
				return;
			}
			const place = failed && PERL_TEST_PLACE.exec(text);
			if (failed && place?.[1]) emit({
				severity: "error",
				file: place[1],
				line: Number(place[2]),
				message: `${failed.name} failed`,
				logLine: failed.number,
				tool: "perl-test"
			});
			failed = void 0;
			return;
		}
		if (!text.includes(" line ") || !PERL_ERROR.test(text)) return;
		const place = PERL_PLACE.exec(text);
		if (!place?.[1] || place[1].startsWith("-")) return;
		const what = text.slice(0, place.index).replace(/ in @INC .*/, "");
		const message = place[3] ? `${what} ${place[3]}` : what;
		emit({
			severity: "error",
			file: place[1],
			line: Number(place[2]),
			message,
			tool: "perl"
		});
	};
}
const SHELL = /^([^\s:]+): (line )?(\d+): (.+)$/;
const SHELL_ERROR = /(?:not found|[Ss]yntax error.*|unexpected EOF.*|unbound variable|parameter not set|Bad substitution|bad substitution|No such file or directory|Permission denied|Is a directory|ambiguous redirect|unexpected operator)$/;
const shellParser = ({ text, emit }) => {
	const found = SHELL.exec(text);
	if (found?.[1]?.includes("/rpm-tmp.")) return;
	if (!found?.[1] || !found[4] || /(?:^|\/)(?:ba|da|k|z)?sh$/.test(found[1]) || !SHELL_ERROR.test(found[4])) return;
	emit({
		severity: "error",
		file: found[1],
		line: Number(found[3]),
		message: found[4],
		tool: "shell"
	});
};

// src/builder/log/diagnostics/collector.ts
const MAX_ERRORS = 200;
const MAX_WARNINGS = 500;
var DiagnosticCollector = class {
	#folders = new FolderTracker();
	#rpm;
	#kept = /* @__PURE__ */ new Map();
	#count = {
		error: 0,
		warning: 0
	};
	#build = [
		gnuParser(),
		linkerParser,
		goParser(),
		rustParser(),
		javaParser,
		pythonParser(),
		pytestParser(),
		perlParser(),
		shellParser,
		makeParser,
		cmakeParser(),
		mesonParser,
		debianParser
	];
	#unpack = [patchParser(), debianParser];
	#after = [lintianParser];
	constructor({ format, spec } = {}) {
		this.#rpm = format === "rpm" ? [specParser(spec), rpmPatchParser()] : [];
	}
	command(text) {
		this.#folders.command(text);
		if (text !== void 0) for (const parse of this.#rpm) parse(this.#parserLine({
			text,
			number: 0
		}));
	}
	visit(line) {
		if (line.origin === "ignored") return;
		if (line.origin === "package") this.#folders.visit(line.text);
		else if (line.phase === "unpack") this.#folders.unpacked(line.text);
		const parserLine = this.#parserLine(line, (finding) => this.#add(finding, line));
		for (const parse of this.#parsersOf(line)) parse(parserLine);
		for (const parse of this.#rpm) parse(parserLine);
	}
	#parserLine({ text, number }, emit = () => {}) {
		return {
			text,
			number,
			emit,
			isOwn: (file) => isInSource(this.#folders.resolve(file))
		};
	}
	result(failed) {
		const all = [...this.#kept.values()];
		const warnings = all.filter(({ severity, weak }) => severity === "warning" && !weak);
		let errors = [];
		if (failed !== void 0) {
			errors = all.filter(({ severity }) => severity === "error");
			const there = errors.filter(({ segment }) => segment === failed);
			if (there.length > 0) errors = there;
			const strong = errors.filter(({ weak }) => !weak);
			errors = strong.length > 0 ? strong : errors.slice(0, 1);
		}
		const byUse = (a, b) => Number(isInSource(b.file)) - Number(isInSource(a.file)) || a.logLine - b.logLine;
		return [...errors.sort(byUse), ...warnings.sort(byUse)].map(({ segment: _segment, weak: _weak, ...diagnostic }) => diagnostic);
	}
	#parsersOf(line) {
		if (line.origin === "package") return line.phase === "unpack" || line.phase === "source" ? this.#unpackAndBuild : this.#build;
		if (line.phase === "unpack") return this.#unpack;
		return line.phase === "post-build" ? this.#after : [];
	}
	#unpackAndBuild = [...this.#unpack, ...this.#build.filter((parser) => parser !== debianParser)];
	#add(finding, line) {
		const { severity, line: number, column, tool, code, logLine = line.number, weak = false } = finding;
		if (!Number.isSafeInteger(number) || number < 1) return;
		const limit = severity === "error" ? MAX_ERRORS : MAX_WARNINGS;
		if (this.#count[severity] >= limit) return;
		const file = printable(finding.fromTop ? sourcePath(finding.file) : this.#folders.resolve(finding.file), 300);
		const message = printable(finding.message, 400).trim();
		const key = JSON.stringify([
			severity,
			file,
			number,
			message
		]);
		if (file === "" || message === "" || this.#kept.has(key)) return;
		this.#count[severity] += 1;
		this.#kept.set(key, {
			severity,
			file,
			line: number,
			...column !== void 0 && Number.isSafeInteger(column) && column > 0 ? { column } : {},
			message,
			logLine,
			tool,
			...code ? { code: printable(code, 80) } : {},
			segment: line.segment,
			weak
		});
	}
};
const BUILD_TOP = /^\/builddir\/build\/BUILD(?:\/[^/]+-\d[^/]*-build)?$/;
var FolderTracker = class {
	#top;
	#base = "";
	#levels = [];
	#cwd = "";
	command(text) {
		if (text === void 0) {
			this.#cwd = "";
			this.#base = "";
			this.#levels = [];
			return;
		}
		const [, verb, folder] = /^\+ (cd|pushd) ['"]?([^\s'"]+)/.exec(text) ?? [];
		if (verb && folder && (folder.startsWith("/") || this.#cwd !== "")) this.#cwd = path.posix.resolve(this.#cwd, folder);
	}
	unpacked(text) {
		const folder = /^dpkg-source: info: extracting \S+ in (\/\S+)$/.exec(text)?.[1];
		if (folder) this.#top = `${folder}/`;
	}
	visit(text) {
		if (text.startsWith("make") || text.startsWith("gmake")) {
			const move = /^g?make(?:\[(\d+)\])?: (Entering|Leaving) directory ['`]([^']+)'$/.exec(text);
			if (!move?.[3]) return;
			const level = Math.min(Number(move[1] ?? 0), 64);
			this.#levels.length = Math.min(this.#levels.length, level);
			if (move[2] === "Entering") this.#levels[level] = this.#inTop(move[3]);
		} else if (text.startsWith("	cd ")) this.#base = /^\tcd ([^\s;&|]+) && /.exec(text)?.[1] ?? "";
		else if (text.startsWith("   d")) {
			this.#base = "";
			this.#levels = [];
		} else if (text.startsWith("ninja: Entering directory ")) this.#base = /[`']([^']+)'/.exec(text)?.[1] ?? this.#base;
	}
	resolve(file) {
		if (file.startsWith("/") || file.startsWith("<")) return this.#inTop(file);
		const base = this.#cwd !== "" && !BUILD_TOP.test(this.#cwd) ? this.#inTop(path.posix.join(this.#cwd, this.#base)) : this.#base;
		const folder = this.#levels.findLast((level) => level !== void 0) ?? (base === "." ? "" : base);
		const joined = path.posix.join(folder, file);
		return joined.startsWith("../") ? sourcePath(file.replace(/^(?:\.\.?\/)+/, "")) : sourcePath(joined);
	}
	#inTop(file) {
		if (this.#top !== void 0 && `${file}/`.startsWith(this.#top)) return sourcePath(file.slice(this.#top.length) || ".");
		return sourcePath(file);
	}
};

// src/builder/log/outcome.ts
const isOutOfSpace = (rule) => /(?:^|-)no-space(?:-|$)/.test(rule);
function mayPass$2({ name, retryable }, { scratch }) {
	return isOutOfSpace(name) ? typeof scratch === "number" : retryable;
}
function decide(tables, { segment, lastLine }, phases) {
	for (const scope of ["segment", "whole"]) for (const table of tables) {
		const decision = table.decide({
			phases,
			scope,
			segment,
			lastLine
		});
		if (decision) return decision;
	}
}
function withPlace({ reason, rule, quotes }, diagnostics) {
	const cause = quotes[0];
	if (cause?.file !== void 0 && cause.file !== "build.log") return reason;
	const diagnostic = diagnostics.find(({ logLine, severity, tool }) => severity === "error" && logLine === cause?.number && tool !== "debhelper" && tool !== "patch");
	if (!diagnostic) return reason;
	const place = `${diagnostic.file}:${diagnostic.line}`;
	if (rule.endsWith("compile-error")) return `compile error in ${place}: ${diagnostic.message}`;
	return reason.includes(place) ? reason : `${reason} (${place})`;
}
function lastLines(log, count = 3) {
	const tailStart = Math.max(0, log.length - 65536);
	const tail = log.slice(tailStart).split("\n");
	let number = lineAt(log, tailStart);
	const lines = [];
	for (const raw of tail) {
		const text = printable(raw.split("\r").findLast((part) => part !== "") ?? "");
		if (text.trim() !== "") lines.push({
			number,
			text
		});
		number += 1;
	}
	return lines.slice(-count);
}
function printableFields(fields) {
	return Object.fromEntries(Object.entries(fields).map(([key, value]) => [printable(key, 60), printable(value)]));
}

// src/builder/log/phase.ts
const PHASES = [
	"setup",
	"update",
	"fetch",
	"dependencies",
	"arch-check",
	"source",
	"unpack",
	"clean",
	"configure",
	"build",
	"test",
	"install",
	"package",
	"post-build",
	"results",
	"cleanup"
];
const PHASE_TITLES = {
	setup: "set up the buildroot",
	update: "update package lists",
	fetch: "fetch the source",
	dependencies: "install build dependencies",
	"arch-check": "check the architecture",
	source: "make the source package",
	unpack: "unpack the source",
	clean: "clean",
	configure: "configure",
	build: "build",
	test: "test",
	install: "install",
	package: "make packages",
	"post-build": "check the packages",
	results: "collect results",
	cleanup: "clean up"
};
const PHASE_ACTIVITIES = {
	setup: "setting up the buildroot",
	update: "updating package lists",
	fetch: "fetching the source",
	dependencies: "installing build dependencies",
	"arch-check": "checking the architecture",
	source: "making the source package",
	unpack: "unpacking the source",
	clean: "cleaning",
	configure: "configuring",
	build: "building",
	test: "testing",
	install: "installing",
	package: "making packages",
	"post-build": "checking the packages",
	results: "collecting results",
	cleanup: "cleaning up"
};
const PACKAGE_PHASES = [
	"source",
	"unpack",
	"clean",
	"configure",
	"build",
	"test",
	"install",
	"package"
];
const ARCHIVE_PHASES = [
	"setup",
	"update",
	"fetch",
	"dependencies"
];
const SECTIONS$1 = [
	[/^(Pre Build|Chroot Setup|Starting Timed Build) Commands$/, "setup"],
	[/^Update chroot$|^Chroot-update Install Failed Commands$/, "update"],
	[/^(Fetch source files|Local sources|Check APT|Download source files with APT)$/, "fetch"],
	[/^Install (package |.+ )?build dependencies( \(.+-based resolver\))?$/, "dependencies"],
	[/^(Setup apt archive|Install fakeroot|Build-Deps Install Failed Commands)$/, "dependencies"],
	[/^Check architectures$/, "arch-check"],
	[/^Build environment$/, "setup"],
	[/^(Build|Unpack source|Check unpacked source|Check disk space|Hack binNMU version)$/, "unpack"],
	[/^(User Environment|Fix ld\.so)$/, "unpack"],
	[/^dpkg-buildpackage$/, "build"]
];
const SECTIONS_AFTER = [
	[/^(Finished|Changes|Buildinfo|Package contents|.+\.(changes:?|u?deb))$/, "results"],
	[/^(Post Build|Post Build Commands|Finished Timed Build Commands|lintian|piuparts|autopkgtest)$/, "post-build"],
	[/^(Cleanup|Chroot Cleanup Commands|Summary|(Generic Build|Post Build) Failed Commands)$/, "cleanup"]
];
function phaseOfSection$1(title, after) {
	return (after ? SECTIONS_AFTER : SECTIONS$1).find(([pattern]) => pattern.test(title))?.[1];
}
const DEBHELPER = /* @__PURE__ */ new Map([
	["dh_auto_clean", "clean"],
	["dh_clean", "clean"],
	["dh_autoreconf_clean", "clean"],
	["dh_quilt_patch", "unpack"],
	["dh_quilt_unpatch", "clean"],
	["dh_update_autotools_config", "configure"],
	["dh_autoreconf", "configure"],
	["dh_auto_configure", "configure"],
	["dh_auto_build", "build"],
	["dh_auto_test", "test"],
	["dh_prep", "install"],
	["dh_auto_install", "install"],
	["dh_missing", "install"],
	["dh_link", "install"],
	["dh_perl", "install"],
	["dh_lintian", "install"],
	["dh_bugfiles", "install"],
	["dh_usrlocal", "install"],
	["dh_movefiles", "install"]
]);
const PACKAGING_COMMANDS = /^dh_(compress|fixperms|strip(_nondeterminism)?|dwz|makeshlibs|shlibdeps|girepository|gencontrol|gensymbols|installdeb|md5sums|builddeb)$/;
function phaseOfDebhelper(command) {
	const known = DEBHELPER.get(command);
	if (known !== void 0) return known;
	if (PACKAGING_COMMANDS.test(command)) return "package";
	return /^dh_(install|python|sphinx|systemd|apache|nodejs|ruby|golang|haskell|ocaml|R$)/.test(command) ? "install" : void 0;
}
function phaseOfTarget(target) {
	const hook = /^(?:override|execute_before|execute_after)_(dh_\w+?)(?:-(?:arch|indep))?$/.exec(target);
	if (hook?.[1]) return phaseOfDebhelper(hook[1]);
	if (/(^|[/_-])(check|tests?)([_-]|$)/i.test(target)) return "test";
	if (/(^|[/_-])(configure|config\.status|autotools)([_-]|$)/.test(target)) return "configure";
	if (/(^|[/_-])(install)([_-]|$)/.test(target)) return "install";
}

// src/builder/log/rule.ts
function buildRequires({ format }) {
	return format === "rpm" ? "BuildRequires" : "Build-Depends";
}
const KEPT$2 = 6;
const COUNTED = 2e3;
var RuleScan = class {
	#rules;
	#byPhase = /* @__PURE__ */ new Map();
	#whole;
	#segment;
	#context;
	constructor(rules, context) {
		this.#rules = rules.filter((rule) => rule.when?.(context) !== false);
		this.#whole = this.#rules.map(newHits);
		this.#segment = this.#rules.map(newHits);
		this.#context = context;
	}
	visit(line) {
		if (line.text === "") return;
		for (const index of this.#indexes(line.phase)) {
			const rule = this.#rules[index];
			const whole = this.#whole[index];
			const segment = this.#segment[index];
			if (!rule || !whole || !segment) continue;
			if (rule.unlessFollowedBy && whole.last && rule.unlessFollowedBy.test(line.text)) {
				whole.followedAt = line.number;
				segment.followedAt = line.number;
			}
			if (rule.besides?.test(line.text)) {
				enter(segment, line.segment);
				whole.beside = true;
				segment.beside = true;
			}
			const found = rule.pattern.exec(line.text);
			if (!found) continue;
			const match = {
				line: {
					number: line.number,
					text: printable(line.text),
					...line.file ? { file: line.file } : {}
				},
				groups: Array.from(found, (group) => printable(group ?? "", 200))
			};
			enter(segment, line.segment);
			add(whole, match);
			add(segment, match);
		}
	}
	decide(options) {
		const scope = options.scope === "segment" ? this.#segment : this.#whole;
		for (const [index, rule] of this.#rules.entries()) {
			const hits = scope[index];
			if (!hits?.last) continue;
			if (options.scope === "segment" && hits.segment !== options.segment) continue;
			if (!rule.phases.some((phase) => options.phases.includes(phase))) continue;
			if (rule.near !== void 0 && hits.last.line.number < options.lastLine - rule.near) continue;
			if (hits.followedAt > hits.last.line.number) continue;
			if (rule.besides && !hits.beside) continue;
			const match = (rule.prefer && hits.matches.find(({ line }) => rule.prefer?.test(line.text))) ?? (rule.last ? hits.last : hits.matches[0] ?? hits.last);
			const { matches, last, seen } = hits;
			return {
				rule,
				found: {
					match,
					matches,
					last,
					count: seen.size,
					context: this.#context
				}
			};
		}
	}
	firstOf(name, segment) {
		const hits = this.#segment[this.#rules.findIndex((rule) => rule.name === name)];
		return hits?.segment === segment ? hits.matches[0]?.line : void 0;
	}
	#indexes(phase) {
		const known = this.#byPhase.get(phase);
		if (known) return known;
		const indexes = [...this.#rules.keys()].filter((index) => this.#rules[index]?.phases.includes(phase));
		this.#byPhase.set(phase, indexes);
		return indexes;
	}
};
function newHits() {
	return {
		segment: -1,
		matches: [],
		last: void 0,
		seen: /* @__PURE__ */ new Set(),
		followedAt: 0,
		beside: false
	};
}
function enter(hits, segment) {
	if (hits.segment !== segment) Object.assign(hits, newHits(), { segment });
}
function add(hits, match) {
	hits.last = match;
	const { text } = match.line;
	if (hits.seen.has(text) || hits.seen.size >= COUNTED) return;
	hits.seen.add(text);
	if (hits.matches.length < 6) hits.matches.push(match);
}
function text$1({ match }, group = 1) {
	return match.groups[group] ?? "";
}
function firstGroup({ match }) {
	return firstOf(match.groups);
}
function firstOf(groups) {
	return groups.slice(1).find((group) => group !== "") ?? "";
}
function listOf(items, total = items.length, shown = 3) {
	const unique = [...new Set(items)];
	const named = unique.slice(0, total > shown ? shown - 1 : shown);
	const more = total - (items.length - unique.length) - named.length;
	if (more > 0) return `${named.join(", ")} and ${more} more`;
	return named.length > 1 ? `${named.slice(0, -1).join(", ")} and ${named.at(-1)}` : named[0] ?? "";
}

// src/builder/log/rules-archive.ts
const failedToFetch = (why) => new RegExp(`^(?:E|W|Error|Warning): Failed to fetch (\\S+) {1,2}(?:.*?)(${why})`);
const infrastructure$2 = {
	phases: ARCHIVE_PHASES,
	verdict: "infrastructure"
};
const configuration$3 = {
	phases: ARCHIVE_PHASES,
	verdict: "configuration",
	retryable: false
};
const ofPackage$7 = {
	phases: ARCHIVE_PHASES,
	verdict: "package",
	retryable: false,
	phase: "dependencies"
};
function spaceOf({ scratch }) {
	if (scratch === void 0) return "no space was left, on the session's tmpfs or its disk";
	return scratch === "disk" ? "the disk that the session writes to was full" : `the session's tmpfs (${formatBytes(scratch)}) was full`;
}
const text = ({ match }, group = 1) => (match.groups[group] ?? "").replace(/ {2,}/g, " ");
const fileOf$1 = (url) => url.slice(url.lastIndexOf("/") + 1) || url;
const ARCHIVE_RULES = [
	{
		...infrastructure$2,
		name: "no-space",
		pattern: /No space left on device|Disk quota exceeded|^E: You don't have enough free space in /,
		retryable: true,
		reason: ({ context }) => `${spaceOf(context)} before the package was built`
	},
	{
		...infrastructure$2,
		name: "dpkg-lock",
		pattern: /^(?:E|Error): (?:Could not get lock|Unable to (?:acquire the dpkg frontend )?lock)\b.*?(\/\S+?)[.)]?(?: |$)/,
		retryable: true,
		reason: (found) => `another process held the lock ${text(found)}`
	},
	{
		...infrastructure$2,
		name: "dpkg-interrupted",
		pattern: /^(?:E|Error): dpkg was interrupted/,
		retryable: true,
		reason: () => "the buildroot is half installed: \"dpkg was interrupted\""
	},
	{
		...infrastructure$2,
		name: "apt-hash-sum-mismatch",
		pattern: failedToFetch("Hash Sum mismatch|File has unexpected size|Mirror sync in progress|Hashes of received"),
		retryable: true,
		reason: (found) => `the archive changed while it was read: ${text(found, 2)} for ${fileOf$1(text(found))}`
	},
	{
		...infrastructure$2,
		name: "apt-mirror-error",
		pattern: failedToFetch("(?:5\\d\\d|408|429)  ?[A-Z][A-Za-z -]*[a-z]"),
		retryable: true,
		reason: (found) => `the archive answered "${text(found, 2)}" for ${text(found)}`
	},
	{
		...infrastructure$2,
		name: "apt-no-such-host",
		pattern: failedToFetch("(?:Temporary failure resolving|Could not resolve|Something wicked happened resolving) '[^']*'?"),
		retryable: true,
		reason: (found) => `the archive's host name did not resolve: "${text(found, 2)}"`
	},
	{
		...infrastructure$2,
		name: "apt-package-gone",
		pattern: /^(?:E|W|Error|Warning): Failed to fetch (\S+(?:\.u?deb|\.dsc|\.tar\.\w+|\.diff\.gz|\/by-hash\/\S+)) {1,2}404 /,
		retryable: true,
		reason: (found) => `the archive no longer has ${fileOf$1(text(found))}, which its index listed`
	},
	{
		...infrastructure$2,
		name: "apt-release-expired",
		pattern: /^(?:E|W|Error|Warning): Release file for (\S+) is expired \((?:invalid since )?([^)]*)\)/,
		retryable: false,
		reason: (found) => `the archive is out of date: the Release file ${text(found)} expired ${text(found, 2)} ago`
	},
	{
		...infrastructure$2,
		name: "apt-release-not-yet-valid",
		pattern: /^(?:E|W|Error|Warning): Release file for (\S+) is not valid yet \((?:invalid for another )?([^)]*)\)/,
		retryable: false,
		reason: (found) => `a clock is wrong, here or at the archive: the Release file ${text(found)} becomes valid in ${text(found, 2)}`
	},
	{
		...infrastructure$2,
		name: "apt-bad-signature",
		pattern: /^(?:E|W|Error|Warning): (?:GPG error|An error occurred during the signature verification\.[^:]*): (\S+ \S+ \S+): (.*(?:BADSIG|NODATA|isn't valid).*)/,
		retryable: true,
		reason: (found) => `the signature of ${text(found)} does not fit it, as with a proxy, a login page or a mirror between two states: "${text(found, 2)}"`
	},
	{
		...infrastructure$2,
		name: "apt-damaged-package",
		pattern: /^dpkg-deb(?: \(subprocess\))?: .*?(unexpected end of file|compressed data is corrupt|lzma error|corrupted)/,
		retryable: true,
		reason: (found) => `a downloaded package is damaged: "${text(found)}"`
	},
	{
		...configuration$3,
		name: "apt-sources-malformed",
		pattern: /^(?:E|Error): (Malformed (?:entry|stanza|line) .*|Type '[^']*' is not known .*|The method driver .*|Unsupported URI.*)/,
		reason: (found) => `apt cannot read the list of repositories: "${text(found)}"`
	},
	{
		...configuration$3,
		name: "apt-no-public-key",
		pattern: /^(?:E|W|Error|Warning): (?:GPG error: (\S+ \S+ \S+): )?.*?(?:NO_PUBKEY|Missing key) ([0-9A-F]{8,40})/,
		reason: (found) => `the public key ${text(found, 2)}${text(found) === "" ? "" : `, which ${text(found)} is signed with,`} is not known; give it with the repository`
	},
	{
		...configuration$3,
		name: "apt-key-expired",
		pattern: /\b((?:EXPKEYSIG|KEYEXPIRED|REVKEYSIG|EXPSIG) \S+)/,
		reason: (found) => `a repository is signed by a key that is no longer valid: "${text(found)}"`
	},
	{
		...configuration$3,
		name: "apt-not-signed",
		pattern: /^(?:E|Error): The repository '([^']*)' is not signed/,
		reason: (found) => `the repository ${text(found)} is not signed by a key that is trusted for it`
	},
	{
		...configuration$3,
		name: "apt-no-release-file",
		pattern: /^(?:E|Error): The repository '([^']*)' (?:does not have|no longer has) a Release file/,
		reason: (found) => `there is no repository ${text(found)}: it has no Release file`
	},
	{
		...configuration$3,
		name: "apt-access-denied",
		pattern: failedToFetch("(?:401|403|407|410|451)  ?[A-Z][A-Za-z -]*[a-z]"),
		reason: (found) => `the archive refuses ${text(found)}: "${text(found, 2)}"`
	},
	{
		...configuration$3,
		name: "apt-no-such-index",
		pattern: failedToFetch("404  ?Not Found|File not found|No such file or directory"),
		reason: (found) => `there is no repository there: ${text(found)} does not exist`
	},
	{
		...configuration$3,
		name: "apt-tls",
		pattern: failedToFetch("[Cc]ertificate[^.]*|Could not handshake: An unexpected TLS packet was received"),
		reason: (found) => `there is no secure connection to the archive: "${text(found, 2).trim()}"`
	},
	{
		...configuration$3,
		name: "apt-no-such-component",
		pattern: /^(?:E|W|Error|Warning): Skipping acquire of configured file '[^']*\/binary-[^']*' as repository '([^']*)' doesn't have the component '([^']*)'/,
		reason: (found) => `the repository ${text(found)} has no component ${text(found, 2)}`
	},
	{
		...configuration$3,
		name: "apt-release-changed",
		pattern: /^(?:E|Error): Repository '([^']*)' changed its '([^']*)' value from/,
		reason: (found) => `the repository ${text(found)} changed its ${text(found, 2)}; update the buildroot`
	},
	{
		...infrastructure$2,
		name: "apt-no-connection",
		pattern: /^(?:E|W|Error|Warning): Failed to fetch (\S+) {1,2}(\S.*)/,
		retryable: true,
		reason: (found) => `the archive could not be read: "${text(found, 2)}"`
	},
	{
		...ofPackage$7,
		name: "unmet-build-dependencies",
		pattern: /^ (?:(\S+) : |\s+)(?:Pre)?(Depends|Conflicts|Breaks): (.+?) but ((?:it|\S+) is (?:not installable|not going to be installed|to be installed|installed)|it is a virtual package)( or$)?/,
		reason: ({ matches, count }) => `build dependencies cannot be installed: ${listOf(matches.map(({ groups }) => unmet(groups)), count)}`
	},
	{
		...ofPackage$7,
		name: "unmet-build-dependencies-solver",
		pattern: /^(?:E|Error): Unable to satisfy dependencies\. (.*)/,
		reason: (found) => `build dependencies cannot be installed: "${text(found)}"`
	},
	{
		...ofPackage$7,
		name: "unmet-build-dependencies-old-apt",
		pattern: /^(?:E|Error): (?:Failed to satisfy )?Build-Depends dependency for \S+?:? (?:cannot be satisfied because )?(.*)/,
		reason: (found) => `build dependencies cannot be installed: "${text(found)}"`
	},
	{
		...ofPackage$7,
		name: "dose-missing",
		pattern: /^\s*(?:unsat-dependency|unsat-conflict): (.+)/,
		reason: ({ matches, count }) => `build dependencies cannot be installed: ${listOf(matches.map(({ groups }) => groups[1] ?? ""), count)} cannot be satisfied`
	},
	{
		...ofPackage$7,
		name: "no-such-package",
		pattern: /^(?:E|Error): (?:Unable to locate package (\S+)|Package '([^']+)' has no installation candidate|Version '[^']*' for '([^']+)' was not found|Couldn't find any package by \S+ '([^']+)')/,
		reason: ({ matches, count }) => `build dependencies are in no repository: ${listOf(matches.map(({ groups }) => groups.slice(1).find((group) => group !== "") ?? ""), count)}`
	},
	{
		...ofPackage$7,
		name: "held-packages",
		pattern: /^(?:E|Error): (Unable to correct problems, you have held broken packages|Broken packages|Unmet dependencies.*|Build dependencies could not be satisfied.*)/,
		reason: (found) => `build dependencies cannot be installed: "${text(found)}"`
	},
	{
		...infrastructure$2,
		name: "dependency-conflict",
		pattern: /^ ?trying to overwrite (?:shared )?'([^']+)', which is (?:also in|different from other instances of) package (\S+)/,
		retryable: false,
		phase: "dependencies",
		reason: (found) => `two build dependencies hold the same file: ${text(found)}, which is also in ${text(found, 2)}`
	},
	{
		...infrastructure$2,
		name: "dependency-script",
		pattern: /^ ?installed (\S+) package (\S+) script subprocess (.*)/,
		retryable: false,
		phase: "dependencies",
		reason: (found) => `a build dependency cannot be installed: the ${text(found, 2)} script of ${text(found)} ${text(found, 3)}`
	},
	{
		...infrastructure$2,
		name: "dependency-not-installed",
		pattern: /^dpkg: error processing (?:package|archive) (\S+) \(--(\w+)\)/,
		retryable: false,
		phase: "dependencies",
		reason: (found) => `dpkg could not ${text(found, 2)} ${fileOf$1(text(found))}`
	}
];
function unmet(groups) {
	const [, holder = "", kind = "", what = "", why = "", alternatives = ""] = groups;
	const state = why.startsWith("it is ") ? ` ${why.slice(3)}` : `, but ${why}`;
	const or = alternatives === "" ? "" : ", nor are its alternatives";
	const relation = kind === "Depends" ? "" : `${kind.toLowerCase()} with `;
	if (holder === "" || /^(builddeps:|sbuild-build-depends-)/.test(holder)) return `${relation}${what}${state}${or}`;
	return `${holder} ${relation || "needs "}${what}${state.startsWith(" ") ? `, which${state}` : state}${or}`;
}

// src/builder/log/rules-buildroot.ts
const AROUND$1 = [
	...ARCHIVE_PHASES,
	"arch-check",
	"unpack",
	"build",
	"results",
	"post-build",
	"cleanup"
];
const BUILDROOT_RULES = [
	{
		name: "no-space-around",
		phases: AROUND$1,
		pattern: /No space left on device|Disk quota exceeded|Disk space is probably not sufficient for building/,
		verdict: "infrastructure",
		retryable: true,
		reason: ({ context }) => spaceOf(context)
	},
	{
		name: "session-lost",
		phases: AROUND$1,
		pattern: /^(?:nsenter: (?:cannot open \/proc\/\d+\/ns\/|reassociate to namespaces? )|Cannot connect to the (?:Docker|Podman)|error during connect: |(?:Error response from daemon|Error): .*?(?:[Cc]ontainer \S+ is not running|No such container|no container with |can only create exec sessions|container state improper)|(?:Error: )?OCI runtime (?:exec )?(?:failed|error)(?!.*executable file not found))/,
		verdict: "infrastructure",
		retryable: true,
		reason: ({ match }) => `the session was lost: "${match.line.text}"`
	},
	{
		name: "architecture-mismatch",
		phases: AROUND$1,
		pattern: /^E: dsc: (\S+) not in arch list or does not match any arch wildcards: (.*?)(?: -- skipping)?$/,
		verdict: "configuration",
		retryable: false,
		phase: "arch-check",
		reason: (found) => `the package is for "${text$1(found, 2)}" and is not built for ${text$1(found)}`
	},
	{
		name: "chroot-architecture",
		phases: AROUND$1,
		pattern: /^E: Requested build architecture \((\S+)\) and chroot architecture \((\S+)\) do not match/,
		verdict: "configuration",
		retryable: false,
		phase: "setup",
		reason: (found) => `the buildroot is for ${text$1(found, 2)}, the build asks for ${text$1(found)}`
	},
	{
		name: "no-chroot",
		phases: AROUND$1,
		pattern: /^(?:E: )?(Chroot for distribution \S+, architecture \S+ not found|Unable to find \S+ in \S+|Chroot \S+ does not exist|\S+ chroot does not exist|\S+ does not exist, check \$unshare_tarball config option|Error setting up \S+ chroot|E: Chroot not found)/,
		verdict: "configuration",
		retryable: false,
		phase: "setup",
		reason: (found) => `there is no buildroot: "${text$1(found)}"`
	},
	{
		name: "no-namespaces",
		phases: AROUND$1,
		pattern: /^(?:E: )?(unable to to unshare|unshare failed: .*|unshare: .*Operation not permitted|newuidmap: .*|newgidmap: .*|invalid idmap)/,
		verdict: "configuration",
		retryable: false,
		phase: "setup",
		reason: (found) => `this machine does not let the build have namespaces of its own: "${text$1(found)}"`
	},
	{
		name: "tool-missing",
		phases: AROUND$1,
		pattern: /^(?:E: )?(?:.*?Failed to exec: (\S+?):? |.*?Can't exec "([^"]+)"|exec(?:vp)?: (\S+): not found|\S+: failed to (?:run command|execute) [‘'"]?([^’'": ]+)[’'"]?: No such file)/,
		verdict: "configuration",
		retryable: false,
		reason: ({ match }) => `the tool ${match.groups.slice(1).find((group) => group !== "") ?? ""} is not installed`
	},
	{
		name: "no-source",
		phases: ["fetch"],
		pattern: /^E: (Could not find \S+|Could not copy .*|Error parsing .*|.*couldn't parse the Build-Depends.*)/,
		verdict: "configuration",
		retryable: false,
		reason: (found) => `the source package cannot be read: "${text$1(found)}"`
	},
	{
		name: "chroot-session",
		phases: AROUND$1,
		pattern: /^E: (Error creating chroot.*|Error locking chroot session.*|unable to mktemp|Chroot setup failed|.*[Bb]uild ?path: .*|Failed to set sbuild group ownership.*|resolver setup failed|unable to open pipe|Can't determine architecture of chroot.*)/,
		verdict: "infrastructure",
		retryable: true,
		phase: "setup",
		reason: (found) => `the chroot session could not be opened: "${text$1(found)}"`
	},
	{
		name: "command-failed",
		phases: AROUND$1,
		pattern: /^E: (?:Failed to execute ([a-z-]+-commands)|Command '([^']*)' failed to run)/,
		verdict: "configuration",
		retryable: false,
		reason: (found) => `a command of the build's configuration failed: ${text$1(found, 2) || text$1(found)}`
	},
	{
		name: "claims-file",
		phases: ["results"],
		pattern: /^E: (Package (?:claims to have built|builds) .*)/,
		verdict: "package",
		retryable: false,
		reason: (found) => `"${text$1(found)}"`
	},
	{
		name: "results-not-copied",
		phases: ["results", "cleanup"],
		pattern: /^E: (Could not copy .*|cannot (?:get read file handle|parse|copy) .*|Can't find .*|\.changes is undef.*)/,
		verdict: "infrastructure",
		retryable: true,
		phase: "results",
		reason: (found) => `the results could not be collected: "${text$1(found)}"`
	},
	{
		name: "post-build-check",
		phases: [
			"post-build",
			"cleanup",
			"results"
		],
		pattern: /^E: ((?:Lintian|Piuparts|Autopkgtest) run failed.*)/,
		verdict: "package",
		retryable: false,
		phase: "post-build",
		reason: (found) => `a check of the packages failed: "${text$1(found)}"`
	}
];
const OTHER_RULES = [{
	name: "other-error",
	phases: AROUND$1,
	pattern: /^(?:E|Error): (?!apt-get |apt failed|Some index files|Failed to process build|Package installation failed|Package build dependencies|Can not write log|Sub-process |Build failure|Unable to fetch some)(.*)/,
	verdict: "infrastructure",
	retryable: false,
	last: true,
	reason: (found) => `"${text$1(found)}"`
}];
const SOURCE_ERROR = /^[^\s:][^:]*:\d+:(?:\d+:)? (?:fatal )?error: (?!.*(?:No space left|Input\/output error|out of memory|Killed))|^[A-Za-z_.]*Error: (?!.*(?:Errno 28|Errno 12|No space left))|^FAIL: |^FAILED \S+\.py|^ERROR: \S+ \(|^\s*--- FAIL: |^not ok |^configure: error: |^error(?:\[E\d+\])?: (?!could not compile|.*No space left|.*SIGKILL)/;
const OTHER_FAILURE = new RegExp(`${SOURCE_ERROR.source}|^make(?:\\[\\d+\\])?: \\*\\*\\* .*Error (?!137$)`);
const NO_SPACE = /^(?!.*\/dev\/full).*?(?:: |\(|\] |failed - )['‘]?(?:[Nn]o space left on device|Disk quota exceeded)/;
const RUNNING = PACKAGE_PHASES.filter((phase) => phase !== "test");
const MACHINE_RULES = [
	{
		name: "stalled",
		phases: PACKAGE_PHASES,
		pattern: /^E: Build killed with signal (?:[A-Z]+) after (\d+) minutes? of inactivity$/,
		near: 4,
		when: ({ format }) => format !== "rpm",
		verdict: "package",
		retryable: false,
		reason: (found) => `the build printed nothing for ${text$1(found) === "0" ? "less than a minute" : `${text$1(found)} min`} and was ended`
	},
	{
		name: "compiler-killed",
		phases: PACKAGE_PHASES,
		pattern: /Killed signal terminated program (\S+)|internal compiler error: Killed \(program (\S+)\)|\b(ld|collect2|cc1\w*) terminated with signal 9|\(signal: 9, SIGKILL: kill\)|: signal: killed$|\bclang(?:\+\+)?(?:-[\d.]+)?: error: unable to execute command: Killed/,
		near: 400,
		unlessFollowedBy: SOURCE_ERROR,
		verdict: "infrastructure",
		retryable: true,
		reason: ({ match }) => `the kernel ended ${match.groups.slice(1).find((group) => group !== "") ?? "the compiler"}, most likely for want of memory`
	},
	{
		name: "killed",
		phases: PACKAGE_PHASES,
		pattern: /^make(?:\[\d+\])?: \*\*\* \[(.*)\] (?:Killed|Error 137)$|^dpkg-buildpackage: error: .* was killed by signal 9\b/,
		near: 200,
		unlessFollowedBy: SOURCE_ERROR,
		verdict: "infrastructure",
		retryable: true,
		reason: () => "the kernel ended a process of the build, most likely for want of memory"
	},
	{
		name: "killed-in-shell",
		phases: RUNNING,
		pattern: /^\S+: line \d+: +\d+ Killed +\S/,
		near: 20,
		unlessFollowedBy: SOURCE_ERROR,
		verdict: "infrastructure",
		retryable: true,
		reason: () => "the kernel ended a process of the build, most likely for want of memory"
	},
	{
		name: "killed-last",
		phases: RUNNING,
		pattern: /^Killed$/,
		near: 6,
		when: ({ format }) => format === "rpm",
		unlessFollowedBy: OTHER_FAILURE,
		verdict: "infrastructure",
		retryable: true,
		reason: () => "the kernel ended a process of the build, most likely for want of memory"
	},
	{
		name: "killed-in-test",
		phases: ["test"],
		pattern: /^(?:\S*rpm-tmp\.\w+: line \d+: +\d+ )?Killed(?:$| {2,}\S)/,
		near: 6,
		when: ({ format }) => format === "rpm",
		unlessFollowedBy: OTHER_FAILURE,
		verdict: "infrastructure",
		retryable: true,
		reason: () => "the kernel ended a process of the tests, most likely for want of memory"
	},
	{
		name: "out-of-memory",
		phases: RUNNING,
		pattern: /virtual memory exhausted|out of memory allocating \d+ bytes|^terminate called after throwing an instance of 'std::bad_alloc'|^\s*what\(\): +std::bad_alloc|^MemoryError(?:$|: )|\bmemory allocation of \d+ bytes failed|There is insufficient memory for the Java Runtime Environment|\b(?:v?fork|clone): (?:retry: )?Resource temporarily unavailable|LLVM ERROR: out of memory|runtime: (?:out of memory|cannot allocate memory)|: memory exhausted$|(?:: |Errno 12\] )Cannot allocate memory/,
		near: 200,
		unlessFollowedBy: SOURCE_ERROR,
		verdict: "infrastructure",
		retryable: true,
		reason: (found) => `the build ran out of memory: "${text$1(found, 0)}"`
	},
	{
		name: "io-error",
		phases: RUNNING,
		pattern: /: Input\/output error$/,
		near: 200,
		unlessFollowedBy: SOURCE_ERROR,
		verdict: "infrastructure",
		retryable: true,
		reason: (found) => `the disk could not be read or written: "${found.match.line.text.trim()}"`
	},
	{
		name: "no-space-in-build",
		phases: RUNNING,
		pattern: NO_SPACE,
		near: 200,
		unlessFollowedBy: SOURCE_ERROR,
		verdict: "infrastructure",
		retryable: true,
		reason: ({ context }) => `${spaceOf(context)} while the package was built`
	},
	{
		name: "no-space-in-test",
		phases: ["test"],
		pattern: NO_SPACE,
		near: 10,
		unlessFollowedBy: SOURCE_ERROR,
		verdict: "infrastructure",
		retryable: true,
		reason: ({ context }) => `${spaceOf(context)} while the package was tested`
	}
];

// src/builder/log/rules-missing.ts
const ofPackage$6 = {
	verdict: "package",
	retryable: false
};
const NO_NETWORK = /^(?!.*intersphinx).*?(?:Could not resolve (?:host(?:name)?|proxy)(?: \(Could not resolve host)?(?::? ['"]?([\w.-]+))?|Temporary failure in name resolution|Name or service not known|Network is unreachable|No route to host|unable to resolve host address [‘'"]?([\w.-]+)|dial (?:tcp|udp): lookup ([\w.-]+)|getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)|\b(?:ENOTFOUND|EAI_AGAIN)\b|UnknownHostException|Failed to connect to (?!127\.|localhost|::1)([\w.-]+)|network is unreachable|curl: \((?:5|28)\) )/;
const OTHER_ERROR = /^[^\s:][^:]*:\d+:(?:\d+:)? (?:fatal )?error: |undefined reference to |No rule to make target |^(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception): (?!.*(?:resol|urlopen|[Cc]onnect|[Nn]etwork|Max retries|getaddrinfo))/;
function networkRules(phases, suffix = "") {
	return [{
		name: `network-attempted${suffix}`,
		phases,
		pattern: NO_NETWORK,
		unlessFollowedBy: OTHER_ERROR,
		when: ({ network }) => !network,
		verdict: "package",
		retryable: false,
		reason: (found) => {
			const host = found.matches.map((match) => firstGroup({ match })).find((name) => name !== "") ?? "";
			return `the build tried to reach the network${host === "" ? "" : ` (${host})`}, and builds are offline; package what it fetches, or set the input network to true`;
		}
	}, {
		name: `network-unreachable${suffix}`,
		phases,
		pattern: NO_NETWORK,
		unlessFollowedBy: OTHER_ERROR,
		when: ({ network }) => network,
		verdict: "infrastructure",
		retryable: true,
		reason: (found) => `the network could not be reached: "${found.match.line.text.trim()}"`
	}];
}
function missingModules(phases, suffix = "") {
	return [
		{
			...ofPackage$6,
			name: `python-module-missing${suffix}`,
			phases,
			pattern: /^(?:E +| +(?:\| +)?)?(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)|No module named ([\w.]+)$/,
			reason: (found) => `the Python module ${firstGroup(found)} is not there; ${buildRequires(found.context)} may lack its package`
		},
		{
			...ofPackage$6,
			name: `perl-module-missing${suffix}`,
			phases,
			pattern: /^Can't locate (\S+) in @INC/,
			reason: (found) => `the Perl module ${text$1(found).replace(/\//g, "::").replace(/\.pm$/, "")} is not there; ${buildRequires(found.context)} may lack its package`
		},
		{
			...ofPackage$6,
			name: `pkg-config-missing${suffix}`,
			phases,
			pattern: /^(?:Package '?([^'\s]+)'?,? .*(?:was )?not found|No package '([^']+)' found)/,
			reason: (found) => `pkg-config does not find ${firstGroup(found)}; ${buildRequires(found.context)} may lack its ${found.context.format === "rpm" ? "-devel" : "-dev"} package`
		},
		{
			...ofPackage$6,
			name: `crate-missing${suffix}`,
			phases,
			pattern: /^error: no matching package(?: named)? `([^`]+)`/,
			reason: (found) => `cargo does not find the crate ${text$1(found)}; ${buildRequires(found.context)} may lack its package`
		},
		{
			...ofPackage$6,
			name: `go-package-missing${suffix}`,
			phases,
			pattern: /^(?:\S+\.go:\d+:\d+: )?(?:cannot find (?:package|module providing package) "?([^"\s:]+)|no required module provides package ([^\s;]+))/,
			reason: (found) => `Go does not find the package ${firstGroup(found)}; ${buildRequires(found.context)} may lack its package`
		}
	];
}

// src/builder/log/rules-tools.ts
const ofPackage$5 = {
	phases: PACKAGE_PHASES,
	verdict: "package",
	retryable: false
};
const place$2 = (found) => `${sourcePath(text$1(found))}:${text$1(found, 2)}`;
const SOURCE_TOOL_RULES = [
	{
		...ofPackage$5,
		name: "assembler-error",
		pattern: /^([^\s:]+|\{standard input\}):(\d+): Error: (.*)/,
		reason: (found) => `error in ${place$2(found)}: ${text$1(found, 3)}`
	},
	{
		...ofPackage$5,
		name: "fortran-error",
		pattern: /^(?:Fatal Error: (.+)|Error: (.+ at \(\d\)))(?:$|[: ])/,
		reason: (found) => `compile error: ${firstGroup(found)}`
	},
	{
		...ofPackage$5,
		name: "typescript-error",
		pattern: /^([^\s(:]+)[(:](\d+)[,:]\d+\)?(?::| -) error (TS\d+: .*)/,
		reason: (found) => `compile error in ${place$2(found)}: ${text$1(found, 3)}`
	},
	{
		...ofPackage$5,
		name: "erlang-error",
		pattern: /^([^\s:]+\.[ehxy]rl):(\d+):(?:\d+:)? (?!Warning)(.*)/,
		reason: (found) => `compile error in ${place$2(found)}: ${text$1(found, 3)}`
	},
	{
		...ofPackage$5,
		name: "linker-script",
		pattern: /^\S*\bld:([^\s:]+):(\d+): (.*)/,
		reason: (found) => `the linker cannot read ${place$2(found)}: ${text$1(found, 3)}`
	},
	{
		...ofPackage$5,
		name: "go-error",
		pattern: /^go: (?!(?:downloading|finding|extracting|found|added|upgraded|downgraded|creating|warning:|to add|writing) ?)(.+)/,
		reason: (found) => `go: ${text$1(found)}`
	}
];
const TOOL_RULES = [
	{
		...ofPackage$5,
		name: "command-usage",
		pattern: /^([\w.-]+): error: ((?:unrecognized arguments|the following arguments are required|argument \S+:|invalid choice|no such option|ambiguous option).*)/,
		reason: (found) => `${text$1(found)}: ${text$1(found, 2)}`
	},
	{
		...ofPackage$5,
		name: "binary-tool",
		phases: [
			"build",
			"install",
			"test",
			"package"
		],
		pattern: /^(?:\/usr\/bin\/)?(?:[\w.]+-[\w.]+-[\w-]*)?(debugedit|strip|eu-strip|objcopy|ar|ranlib): (?!creating |warning|`u' modifier)(.+)/,
		reason: (found) => `${text$1(found)}: ${text$1(found, 2).trim()}`
	},
	{
		...ofPackage$5,
		name: "sphinx-error",
		pattern: /^(Could not import extension .*|(?:Extension|Configuration|Sphinx|Theme|Application) error(?: \([^)]*\))?:.*|Warning, treated as error:.*)/,
		last: true,
		reason: (found) => `sphinx: ${text$1(found).replace(/:$/, "")}`
	},
	{
		...ofPackage$5,
		name: "xml-error",
		pattern: /^(?:xmlto: (.*)|I\/O error : (Attempt to load network entity .*))/,
		unlessFollowedBy: /^(?!.*entity).*\b(?:[Ee]rror|ERROR): /,
		reason: (found) => `the documents cannot be made: ${firstGroup(found)}`
	},
	{
		...ofPackage$5,
		name: "ant-error",
		pattern: /^([^\s:]+\.xml):(\d+): (?!\[?[Ww][Aa][Rr][Nn])(.+)/,
		reason: (found) => `${place$2(found)}: ${text$1(found, 3)}`
	},
	{
		...ofPackage$5,
		name: "cabal-missing",
		pattern: /^\S+: (Encountered missing or private dependencies):?/,
		reason: (found) => `cabal: ${text$1(found)}`
	},
	{
		...ofPackage$5,
		name: "make-stopped",
		pattern: /^g?make(?:\[\d+\])?: \*\*\* (?!\[)(.+?)\.? +Stop\.$/,
		reason: (found) => `make: ${text$1(found)}`
	}
];

// src/builder/log/rules-generic.ts
const ofPackage$4 = {
	phases: PACKAGE_PHASES,
	verdict: "package",
	retryable: false
};
const place$1 = (found, file, line) => `${sourcePath(text$1(found, file))}:${text$1(found, line)}`;
const GENERIC_RULES = [
	...networkRules(["test"], "-in-test"),
	...missingModules(["test"], "-in-test"),
	{
		...ofPackage$4,
		name: "no-home",
		pattern: /(\/(?:sbuild-)?nonexistent)\b/,
		reason: (found) => `the build uses the home folder, which a build does not have (${text$1(found)})`
	},
	{
		...ofPackage$4,
		name: "command-not-found",
		pattern: /^(?:\S*sh: (?:line )?\d+: (\S+): (?:command )?not found|\S*sh: (?:line )?\d+: (\/(?:usr\/)?s?bin\/[^\s:]+): No such file or directory|\S+: (?:line )?\d+: (\S+): (?:command )?not found|make(?:\[\d+\])?: (\S+): (?:No such file or directory|Command not found)|(?:\/usr\/bin\/)?env: [‘'"`]?([^’'"`:]+)[’'"`]?: No such file or directory|\S*sh: (\S+): command not found)$|^Can't exec "([^"]+)": No such file/,
		reason: (found) => /^\.{1,2}\//.test(firstGroup(found)) ? `${firstGroup(found)} is not there` : `the command ${firstGroup(found)} is not there; ${buildRequires(found.context)} may lack its package`
	},
	{
		...ofPackage$4,
		name: "command-not-executable",
		pattern: /^(?:\S*(?:sh|rpm-tmp\.\w+): (?:line )?\d+: |make(?:\[\d+\])?: )(\S+): Permission denied$/,
		reason: (found) => `${text$1(found)} may not be executed`
	},
	{
		...ofPackage$4,
		name: "python-exception",
		pattern: /^(?: {6})?((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Failure)): (.*)/,
		last: true,
		reason: (found) => `Python: ${text$1(found)}: ${text$1(found, 2)}`
	},
	{
		...ofPackage$4,
		name: "perl-died",
		pattern: /^((?!#).{1,300}?) at (\S+\.(?:pl|pm|PL|t)|Build|Makefile\.PL) line (\d+)\b/,
		last: true,
		reason: (found) => `Perl: ${text$1(found)} at ${place$1(found, 2, 3)}`
	},
	{
		...ofPackage$4,
		name: "dh-error",
		pattern: /^(dh\w*): error: (?!.* returned exit code \d|Aborting due to|missing files, aborting)(.*)/,
		reason: (found) => `${text$1(found)}: ${text$1(found, 2)}`
	},
	{
		...ofPackage$4,
		name: "crashed",
		pattern: /\b(Segmentation fault|Bus error|Illegal instruction|Aborted|Floating point exception)(?: \(core dumped\))?(?:$| +\S)/,
		reason: (found) => `a program of the build crashed: ${text$1(found)}`
	},
	...TOOL_RULES,
	{
		...ofPackage$4,
		name: "file-operation",
		pattern: /^(?:\/?(?:usr\/)?bin\/)?(cp|mv|install|ln|rm|mkdir|rmdir|chmod|chown|touch|cat|sed|tar|find|head|dd|patch|unzip|msgfmt|help2man|xsltproc|sphinx-build|asciidoc|a2x|iconv|gzip|bzip2|xz|zstd|cpio)(?: \(child\))?: (?!warning|Error is not recoverable|Exiting with failure status|Child returned status)(.+)/,
		last: true,
		reason: (found) => `${text$1(found)}: ${text$1(found, 2)}`
	},
	{
		...ofPackage$4,
		name: "tool-error",
		pattern: /^(?:npm (?:ERR!|error)|ERROR:|error:|fatal:|FATAL:|\[ERROR\]|FAILURE:|BUILD FAILED|ninja: error:|scons: \*\*\*|E:|Error:) *(?! |code |errno |syscall |A complete log|command '|To see |Re-run|For more|\[Help|$)(.+)/,
		reason: (found) => text$1(found)
	},
	{
		...ofPackage$4,
		name: "command-failed-in-setup-py",
		pattern: /^error: (command '.*)/,
		reason: (found) => text$1(found)
	},
	{
		...ofPackage$4,
		name: "make-error",
		pattern: /^(?:g?make)(?:\[\d+\])?: \*\*\* \[(?:([^\s:]+:\d+): )?([^\]]*)\] (Error \d+|[A-Z][a-z ]+)/,
		reason: (found) => `make failed in ${text$1(found, 2)}${text$1(found) === "" ? "" : ` (${sourcePath(text$1(found))})`}: ${text$1(found, 3)}`
	},
	{
		...ofPackage$4,
		name: "dh-command",
		pattern: /^(dh_\w+): error: (.*)/,
		reason: (found) => `${text$1(found)}: ${text$1(found, 2)}`
	},
	{
		...ofPackage$4,
		name: "dpkg-buildpackage-error",
		pattern: /^dpkg-buildpackage: error: (.*)/,
		last: true,
		reason: (found) => `dpkg-buildpackage: ${text$1(found)}`
	}
];

// src/builder/log/rules-package.ts
const ofPackage$3 = {
	phases: PACKAGE_PHASES,
	verdict: "package",
	retryable: false
};
const patchName = (file) => file.split("/debian/patches/").at(-1) ?? file;
const place = (found, file = 1, line = 2) => `${sourcePath(text$1(found, file))}:${text$1(found, line)}`;
const BEFORE_TESTS = PACKAGE_PHASES.filter((phase) => phase !== "test");
const PACKAGE_RULES = [
	{
		...ofPackage$3,
		name: "unmet-build-dependencies-check",
		pattern: /^dpkg-checkbuilddeps: error: Unmet build dependencies: (.*)|^dpkg-checkbuilddeps: Unmet build dependencies: (.*)/,
		phase: "dependencies",
		reason: (found) => `build dependencies are not there: ${firstGroup(found)}`
	},
	{
		...ofPackage$3,
		name: "build-conflicts",
		pattern: /^dpkg-checkbuilddeps: (?:error: )?Build conflicts: (.*)/,
		phase: "dependencies",
		reason: (found) => `packages that the build conflicts with are installed: ${text$1(found)}`
	},
	{
		...ofPackage$3,
		name: "dh-addon-missing",
		pattern: /^dh: (?:error: )?unable to load addon ([^\s:]+)/,
		reason: (found) => `debhelper's addon ${text$1(found)} is not installed; Build-Depends lacks the package that has it (dh-sequence-${text$1(found)})`
	},
	{
		...ofPackage$3,
		name: "rules-syntax",
		pattern: /^debian\/rules:(\d+): \*\*\* (.*?)(?: Stop\.)?$/,
		reason: (found) => `debian/rules:${text$1(found)} cannot be read by make: ${text$1(found, 2).replace(/\.\s*$/, "")}`
	},
	{
		...ofPackage$3,
		name: "control-syntax",
		pattern: /^dpkg-\w+: error: syntax error in (\S+) at line (\d+): (.*)/,
		reason: (found) => `${place(found)}: ${text$1(found, 3)}`
	},
	{
		...ofPackage$3,
		name: "changelog-syntax",
		phases: [
			"source",
			"unpack",
			"clean",
			"build",
			"install",
			"package"
		],
		pattern: /^(?:dpkg-\w+|dpkg-parsechangelog): (?:error|warning): +(\S*changelog)\(l(\d+)\): (badly formatted .*|found eof .*)/,
		reason: (found) => `${place(found)}: ${text$1(found, 3)}`
	},
	{
		...ofPackage$3,
		name: "patch-missing",
		phases: [
			"unpack",
			"source",
			"clean"
		],
		pattern: /^dpkg-source: error: cannot (?:read|open) (\S+): No such file/,
		reason: (found) => text$1(found).includes("/debian/patches/") ? `debian/patches/series names ${patchName(text$1(found))}, which does not exist` : `${sourcePath(text$1(found))} does not exist`
	},
	{
		...ofPackage$3,
		name: "patch-does-not-apply",
		phases: [
			"unpack",
			"source",
			"clean"
		],
		pattern: /^Hunk #\d+ FAILED at |^can't find file to patch at |^Reversed \(or previously applied\) patch |^dpkg-source: error: LC_ALL=C patch -t [^<]*< (\S+) subprocess |^dpkg-source: info: if patch '([^']+)' is correctly applied by quilt|^Patch (\S+) does not apply/,
		reason: (found) => {
			const patch = found.matches.map((match) => firstGroup({
				...found,
				match
			})).find((name) => name !== "");
			return patch === void 0 ? "a patch does not apply" : `the patch ${patchName(patch)} does not apply`;
		}
	},
	{
		...ofPackage$3,
		name: "source-changed",
		phases: ["source"],
		pattern: /^dpkg-source: error: (aborting due to unexpected upstream changes.*)/,
		reason: () => "the source differs from the orig tarball outside of debian/"
	},
	{
		...ofPackage$3,
		name: "source-damaged",
		phases: ["unpack"],
		pattern: /^(?:tar|xz|unxz|gzip|gunzip|bzip2|bunzip2|zstd|unlzma): (.*(?:Unexpected|unexpected|not in gzip format|not recognized|corrupt|does not look like).*)/,
		reason: (found) => `an archive of the source package is damaged: "${text$1(found)}"`
	},
	{
		...ofPackage$3,
		name: "source-invalid",
		phases: [
			"unpack",
			"source",
			"clean",
			"package"
		],
		pattern: /^dpkg-source: error: (.*)/,
		reason: (found) => `dpkg-source: ${text$1(found)}`
	},
	{
		...ofPackage$3,
		name: "configure-error",
		pattern: /(?:^|\.\.\. ?)configure: error: (?!in [`'‘].*:$)(.+)/,
		phases: [
			"configure",
			"build",
			"clean"
		],
		phase: "configure",
		reason: (found) => `configure: ${text$1(found).replace(/:$/, "")}`
	},
	{
		...ofPackage$3,
		name: "autotools-error",
		phases: [
			"configure",
			"build",
			"clean"
		],
		pattern: /^([^\s:]+\.(?:ac|am|m4|in)):(\d+): error: (.+)/,
		reason: (found) => `${place(found)}: ${text$1(found, 3)}`
	},
	{
		...ofPackage$3,
		name: "autoreconf-error",
		phases: [
			"configure",
			"build",
			"clean"
		],
		pattern: /^(autoreconf|autoconf|automake|aclocal|autoheader|libtoolize|autopoint|intltoolize)(?:-[\d.]+)?: (?:error: )?(.*(?:fail|error|not found|No such).*)/,
		reason: (found) => `${text$1(found)}: ${text$1(found, 2)}`
	},
	{
		...ofPackage$3,
		name: "cmake-package-missing",
		phases: ["configure", "build"],
		pattern: /^ {2}(?:By not providing "Find([^"]+)\.cmake"|Could NOT find (\w+)|Could not find a package configuration file provided by "([^"]+)")/,
		reason: (found) => `cmake does not find ${firstGroup(found)}; ${buildRequires(found.context)} may lack its package`
	},
	{
		...ofPackage$3,
		name: "cmake-pkg-config-missing",
		phases: ["configure", "build"],
		pattern: /^-- +(?:Package '([^']+)', required by '[^']*', not found|No package '([^']+)' found)/,
		besides: /^CMake Error at \S*\/FindPkgConfig\.cmake:/,
		last: true,
		reason: (found) => `pkg-config does not find ${firstGroup(found)}; ${buildRequires(found.context)} may lack its package`
	},
	{
		...ofPackage$3,
		name: "cmake-error",
		phases: ["configure", "build"],
		pattern: /^CMake Error(?: at ([^\s:]+):(\d+) \(([^)]*)\))?:(?: (.*))?/,
		reason: (found) => text$1(found) === "" ? `cmake: ${text$1(found, 4) || "error"}` : `cmake: ${text$1(found, 3)} failed at ${place(found)}`
	},
	{
		...ofPackage$3,
		name: "meson-error",
		phases: ["configure", "build"],
		pattern: /^((?:[^\s:]*\/)?meson[\w.]*):(\d+):\d+: ERROR: (.*)/,
		reason: (found) => `meson: ${place(found).replace(/^(?:\.\.\/)+/, "")}: ${text$1(found, 3)}`
	},
	...networkRules(BEFORE_TESTS),
	...missingModules(BEFORE_TESTS),
	{
		...ofPackage$3,
		name: "compile-error",
		pattern: /^(?: *\[javac\] )?(?=[^:./]*[./])([^\s:"'([][^:]*):(\d+):(?:(\d+):)? (?:fatal error|internal compiler error|error): ?(?!error writing)(.*)/,
		reason: (found) => `compile error in ${place(found)}: ${text$1(found, 4)}`
	},
	{
		...ofPackage$3,
		name: "rust-compile-error",
		pattern: /^error\[(E\d+)\]: (.*)/,
		reason: (found) => `compile error: ${text$1(found, 2)} (${text$1(found)})`
	},
	{
		...ofPackage$3,
		name: "go-compile-error",
		pattern: /^(?:vet: )?([\w./@+-]+\.go):(\d+):(?:\d+:)? (.*)/,
		phases: BEFORE_TESTS,
		reason: (found) => `compile error in ${place(found)}: ${text$1(found, 3)}`
	},
	{
		...ofPackage$3,
		name: "maven-compile-error",
		pattern: /^\[ERROR\] (\/\S+\.(?:java|scala|kt)):\[(\d+),\d+\] (.*)/,
		reason: (found) => `compile error in ${place(found)}: ${text$1(found, 3)}`
	},
	...SOURCE_TOOL_RULES,
	{
		...ofPackage$3,
		name: "compiler-option",
		pattern: /^(?:\S*-)?(?:cc|gcc|g\+\+|c\+\+|clang|clang\+\+|cc1|cc1plus|gfortran|ghc)(?:-[\d.]+)?: (?:fatal )?error: (?!(?:ld|collect2) )(.*)/,
		reason: (found) => `compiler: ${text$1(found)}`
	},
	{
		...ofPackage$3,
		name: "library-missing",
		pattern: /\bld(?:\.\w+)?: (?:error: )?(?:cannot find|unable to find library) -l([\w.+-]+)/,
		reason: (found) => `the linker does not find the library ${text$1(found)} (-l${text$1(found)})`
	},
	{
		...ofPackage$3,
		name: "undefined-reference",
		pattern: /undefined reference to (?:symbol )?[`'‘"]([^'’"]+)|undefined symbol: (\S+)/,
		reason: ({ matches, count }) => `link error: ${listOf(matches.map(({ groups }) => groups[1] || (groups[2] ?? "")), count)} undefined`
	},
	{
		...ofPackage$3,
		name: "multiple-definition",
		pattern: /multiple definition of [`'‘"]([^'’"]+)/,
		reason: (found) => `link error: ${text$1(found)} is defined more than once`
	},
	{
		...ofPackage$3,
		name: "link-error",
		pattern: /^(?:collect2: error: (ld returned \d+ exit status)|\S*\bld(?:\.\w+)?: (?:error: )?((?!warning).*(?:not recognized|truncated|error|failed|No such file).*)|error: (linking with .*))/,
		reason: (found) => `link error: ${firstGroup(found)}`
	},
	{
		...ofPackage$3,
		name: "python-syntax-error",
		phases: BEFORE_TESTS,
		pattern: /^((?:Syntax|Indentation|Tab)Error): (.*)/,
		reason: (found) => `Python: ${text$1(found)}: ${text$1(found, 2)}`
	},
	{
		...ofPackage$3,
		name: "perl-syntax-error",
		phases: BEFORE_TESTS,
		pattern: /^(syntax error|Global symbol .*|Can't find string terminator .*) at (\S+) line (\d+)/,
		reason: (found) => `Perl: ${text$1(found)} at ${place(found, 2, 3)}`
	},
	{
		...ofPackage$3,
		name: "shell-syntax-error",
		pattern: /^([^\s:]+): (?:line )?(\d+): ((?:[Ss]yntax error|unexpected EOF|Bad substitution).*)/,
		reason: (found) => `shell: ${place(found)}: ${text$1(found, 3)}`
	},
	{
		...ofPackage$3,
		name: "make-syntax-error",
		pattern: /^([^\s:]+):(\d+): \*\*\* (.*?)(?: +Stop\.)?$/,
		reason: (found) => `make: ${place(found)}: ${text$1(found, 3).replace(/\.\s*$/, "")}`
	},
	{
		...ofPackage$3,
		name: "make-no-rule",
		pattern: /^(?:make(?:\[\d+\])?|ninja): (?:\*\*\* |error: )(?:No rule to make target )?['`]([^']+)'(?:, needed by ['`]([^']+)')?(?:, missing and no known rule|\. +Stop\.)/,
		reason: (found) => `make has no rule for ${text$1(found)}${text$1(found, 2) === "" ? "" : `, which ${text$1(found, 2)} needs`}`
	},
	{
		...ofPackage$3,
		name: "dh-missing-files",
		phases: ["install", "package"],
		pattern: /^dh_\w+: (?:warning: )?\S+ missing files: (.*)|^dh_\w+: \S+ missing files \((.*)\), aborting/,
		reason: ({ matches, count }) => `files that debian/*.install names were not built: ${listOf(matches.map(({ groups }) => groups[1] || (groups[2] ?? "")), count)}`
	},
	{
		...ofPackage$3,
		name: "dh-no-match",
		phases: ["install", "package"],
		pattern: /^dh_\w+: (?:warning|error): Cannot find \(any matches for\) "([^"]+)"/,
		reason: ({ matches, count }) => `files that debian/ names were not built: ${listOf(matches.map(({ groups }) => groups[1] ?? ""), count)}`
	},
	{
		...ofPackage$3,
		name: "dh-not-installed",
		phases: ["install", "package"],
		pattern: /^dh_(?:missing|install): (?:warning: |error: )?(\S+) exists in debian\/tmp but is not installed/,
		reason: ({ matches, count }) => `files were built that no package takes: ${listOf(matches.map(({ groups }) => groups[1] ?? ""), count)}`
	},
	{
		...ofPackage$3,
		name: "shlibdeps",
		phases: ["package"],
		pattern: /^dpkg-shlibdeps: error: (?!cannot continue)(.*?)(?: \(ELF format: .*)?$/,
		reason: (found) => `dpkg-shlibdeps: ${text$1(found)}`
	},
	{
		...ofPackage$3,
		name: "symbols-disappeared",
		phases: ["package"],
		pattern: /^dpkg-gensymbols: (?:error|warning): (some (?:new )?(?:symbols|libraries).*?)(?:: see diff output below)?$/,
		reason: (found) => `dpkg-gensymbols: ${text$1(found)}`
	},
	{
		...ofPackage$3,
		name: "dpkg-error",
		phases: [
			"install",
			"package",
			"source",
			"clean",
			"build"
		],
		pattern: /^(dpkg-(?:gencontrol|genchanges|genbuildinfo|gensymbols|deb|architecture|parsechangelog|distaddfile))(?: \(subprocess\))?: error: (.*)/,
		reason: (found) => `${text$1(found)}: ${text$1(found, 2)}`
	}
];

// src/builder/log/rules-test.ts
const ofTests = {
	phases: [
		"test",
		"build",
		"install"
	],
	verdict: "package",
	retryable: false,
	phase: "test"
};
const inTests = {
	...ofTests,
	phases: ["test"]
};
const named$2 = (group = 1) => ({ matches, count }) => {
	const names = matches.map(({ groups }) => groups[group] ?? "");
	return count === 1 ? `the test ${names[0]} failed` : `${count} tests failed: ${listOf(names, count)}`;
};
const TEST_RULES = [
	{
		...ofTests,
		name: "pytest",
		pattern: /^(?:FAILED|ERROR) ([^\s:]+\.py(?:::[^\s]+)?)(?: - |$)/,
		reason: named$2()
	},
	{
		...ofTests,
		name: "unittest",
		pattern: /^(?:FAIL|ERROR): (\S+) \([\w.]+\)(?: |$)/,
		reason: named$2()
	},
	{
		...ofTests,
		name: "testr",
		pattern: /^(?:FAIL|ERROR): ((?:[\w-]+\.){2,}[\w-]+(?:\([^)]*\))?)$/,
		reason: named$2()
	},
	{
		...ofTests,
		name: "ctest",
		pattern: /^\t *\d+ - (\S+) \((?:Failed|Timeout|SEGFAULT|Not Run|Child aborted|Subprocess aborted|ILLEGAL|BAD_COMMAND|OTHER_FAULT|NUMERICAL)\)/,
		reason: named$2()
	},
	{
		...ofTests,
		name: "go-test-timeout",
		pattern: /^panic: test timed out after (\S+)/,
		reason: (found) => `a test did not end within ${text$1(found)}`
	},
	{
		...ofTests,
		name: "catch-test",
		pattern: /^([^\s:(]+)(?::(\d+)|\((\d+)\)): (?:FAILED:|(?:FATAL )?ERROR: (?:CHECK|REQUIRE|test case))/,
		reason: (found) => `a test failed at ${sourcePath(text$1(found))}:${text$1(found, 2) || text$1(found, 3)}`
	},
	{
		...ofTests,
		name: "go-test",
		pattern: /^\s*--- FAIL: (\S+) \(/,
		reason: named$2()
	},
	{
		...ofTests,
		name: "go-test-package",
		pattern: /^FAIL\t(\S+)\t?/,
		reason: ({ matches, count }) => `tests failed in ${listOf(matches.map(({ groups }) => groups[1] ?? ""), count)}`
	},
	{
		...ofTests,
		name: "cargo-test",
		pattern: /^test (\S+)(?: - should panic)? \.\.\. FAILED$/,
		reason: named$2()
	},
	{
		...ofTests,
		name: "gtest",
		pattern: /^\[ {2}FAILED {2}\] (\S+?)(?:,| \(|$)/,
		reason: named$2()
	},
	{
		...ofTests,
		name: "prove",
		pattern: /^(\S+) +\(Wstat: \d+ .*?(?:Failed: [1-9]|exited|Signal|Bad plan|Parse errors)/,
		reason: named$2()
	},
	{
		...inTests,
		name: "meson-test",
		pattern: /^ *\d+\/\d+ (\S+(?: \S+)*) +(?:FAIL|ERROR|TIMEOUT|UNEXPECTEDPASS) +[\d.]+ ?s/,
		reason: named$2()
	},
	{
		...ofTests,
		name: "maven-test",
		pattern: /^\[ERROR\] +([\w.$]+(?::\d+|\.\w+:\d+)|[\w.$]+\(\S+\)) |^\[ERROR\] (Tests run: \d+, Failures: \d+, Errors: \d+)/,
		reason: ({ match: { groups } }) => groups[1] === "" ? `tests failed: ${groups[2] ?? ""}` : `the test ${groups[1] ?? ""} failed`
	},
	{
		...ofTests,
		name: "rspec",
		pattern: /^rspec (\.\/[^\s:]+:\d+)/,
		reason: named$2()
	},
	{
		...inTests,
		name: "automake-test",
		pattern: /^(?:FAIL|ERROR|XPASS): (?!usage: )(\S+)/,
		reason: named$2()
	},
	{
		...inTests,
		name: "tap",
		pattern: /^(?:# )?\s*not ok \d+(?: (?:- )?(?!.*# (?:TODO|SKIP))(\S.*))?$/,
		reason: ({ matches, count }) => {
			const names = matches.map(({ groups }) => groups[1] ?? "").filter((name) => name !== "");
			return count === 1 ? `the test "${names[0] ?? "without a name"}" failed` : `${count} tests failed${names.length > 0 ? `: ${listOf(names, Math.max(names.length, count))}` : ""}`;
		}
	},
	{
		...ofTests,
		name: "qtest",
		pattern: /^(?:FAIL!|XPASS) +: (\w+::\w+)\(/,
		reason: named$2()
	},
	{
		...ofTests,
		name: "boost-test",
		pattern: /^[^\s(]+\(\d+\): (?:fatal )?error: in "([^"]+)": /,
		reason: named$2()
	},
	{
		...ofTests,
		name: "minitest",
		pattern: /^(?:(\w+(?:::\w+)*#test_\w+) \[[^\]]+:\d+\]:|(?:Failure|Error): (test\w*\([\w:]+\)))/,
		reason: ({ matches, count }) => {
			const names = matches.map(({ groups }) => groups[1] || (groups[2] ?? ""));
			return count === 1 ? `the test ${names[0]} failed` : `${count} tests failed: ${listOf(names, count)}`;
		}
	},
	{
		...inTests,
		name: "testthat",
		pattern: /^(?:──|--) (?:Failure|Error) \([^)]{1,200}\): (.{1,200}?) [─-]+$/,
		reason: named$2()
	},
	{
		...inTests,
		name: "glib-test",
		pattern: /^(?:# )?(?:Bail out! )?ERROR:([^\s:]+):(\d+):(\w+): (.*)/,
		reason: (found) => `${text$1(found, 3)} failed at ${sourcePath(text$1(found))}:${text$1(found, 2)}: ${text$1(found, 4)}`
	},
	{
		...inTests,
		name: "assertion",
		pattern: /^(?:[^\s:]+: )?([^\s:]+):(\d+): (?:.{1,300}: )?Assertion [`'](.{1,300})' failed\.$/,
		reason: (found) => `an assertion failed at ${sourcePath(text$1(found))}:${text$1(found, 2)}: ${text$1(found, 3)}`
	},
	{
		...inTests,
		name: "jest",
		pattern: /^(?:FAIL|✗|✖) ([^\s:]+\.[cm]?[jt]sx?)\b/,
		reason: ({ matches, count }) => `tests failed in ${listOf(matches.map(({ groups }) => groups[1] ?? ""), count)}`
	},
	{
		...inTests,
		name: "test-count",
		pattern: /^(?:\s*(\d+ failing)$|Tests:? +(\d+ failed)|.*?\b((?:[1-9]\d*) (?:of|out of) \d+ tests? (?:\S+ )?failed)|.*?\b((?:failures|errors|failed)[=: ] ?[1-9]\d*)|.*?\b([1-9]\d* (?:tests? |test cases? |examples?, )?(?:failed|failures?))\b|# fail +([1-9]\d*)$|(FAILURES!)$)/i,
		reason: ({ match }) => `tests failed: ${match.groups.slice(1).find((group) => group !== "") ?? ""}`
	},
	{
		...inTests,
		name: "panic",
		pattern: /^thread '([^']*)'(?: \(\d+\))? panicked at (\S+?):(\d+)/,
		reason: (found) => `${text$1(found)} panicked at ${sourcePath(text$1(found, 2))}:${text$1(found, 3)}`
	}
];

// src/builder/log/structure.ts
const BANNER_RULE = /^\+[-=]{10,}\+$/;
const MAX_TITLE = 300;
const BANNER_DATE = / [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4} *$/;
const SEPARATOR = "-".repeat(80);
const FINISHED = /^Build finished at \d{4}-?\d\d-?\d\d/;
const FIELD = /^([A-Z][A-Za-z-]*(?: [A-Z][a-z]+)*): (.*)$/;
const RETRY = /^W: attempt \d+ of \d+ failed; once more/;
const STEP = /^ (?:(?:fakeroot )?debian\/rules ([\w-]+)|(dpkg-source) (-b|--before-build|--after-build|-x)\b|(dpkg-gen\w+)\b)/;
const DEBHELPER_LINE = /^(?: {3})?(dh_[a-z_]+)(?: [^:]*)?$/;
const HOOK_LINE = /^ {3}debian\/rules ((?:override|execute_before|execute_after)_dh_[a-z_-]+)$/;
const DUMP = /^\t(?:cd [^;|]{1,400} && )?tail -v -n /;
const DH_ERROR = /^(dh_[a-z_]+): error: /;
const FAILED_HOOK = /^make(?:\[\d+\])?: \*\*\* \[(?:debian\/rules:\d+: )?((?:override|execute_before|execute_after)_dh_[\w-]+)\]/;
const FAILED_TESTS = /^make(?:\[\d+\])?: \*\*\* \[(?:[^\s:]+:\d+: )?(?:check|tests?|check-(?:am|recursive|local|TESTS)|test-suite\.log)\]/;
const RULES_PHASES = /* @__PURE__ */ new Map([
	["clean", "clean"],
	["build", "build"],
	["build-arch", "build"],
	["build-indep", "build"],
	["binary", "install"],
	["binary-arch", "install"],
	["binary-indep", "install"],
	["install", "install"]
]);
const SOURCE_PHASES = /* @__PURE__ */ new Map([
	["-b", "source"],
	["-x", "unpack"],
	["--before-build", "unpack"],
	["--after-build", "package"]
]);
const VISITED_FIRST$1 = 5e4;
const VISITED_LAST$1 = 4e5;
function walk(log, visit) {
	const { finished, summary } = boundsOf(log);
	const skippedTo = lineAt(log, finished >= 0 ? finished : log.length) - VISITED_LAST$1;
	let skippedFrom = 0;
	let mode = "before";
	let phase = "setup";
	let segment = 0;
	let section = "";
	let inBuild = false;
	let ignored = false;
	let dumping = false;
	let failedCommand;
	let previous = "";
	let beforePrevious = "";
	let lastLine = 0;
	let packagePhase;
	let packageSegment = 0;
	const fields = {};
	let statusLine;
	let inSummary = false;
	const enter = (title) => {
		section = title;
		ignored = isExplanation(title);
		if (title === "Build") inBuild = true;
		phase = phaseOfSection$1(title, mode === "after") ?? phase;
	};
	eachLine(log, (text, number, offset) => {
		if (mode === "package" && finished >= 0 && offset >= finished) {
			mode = "after";
			phase = "results";
		}
		if (mode === "package") {
			lastLine = number;
			if (text === "" && previous === "") return;
			previous = text;
			const step = stepOf(text);
			if (step !== void 0 && !dumping) {
				segment += 1;
				phase = step.phase ?? phase;
				failedCommand = void 0;
			}
			if (DUMP.test(text)) dumping = true;
			if (text.startsWith("dh_") || text.startsWith("make")) failedCommand = failedPhaseOf(text, phase) ?? failedCommand;
			if (text.startsWith("dh_") && DH_ERROR.test(text)) dumping = false;
			packagePhase = failedCommand ?? phase;
			packageSegment = segment;
			if (number < skippedFrom || number > skippedTo) visit({
				text,
				number,
				phase,
				origin: dumping ? "ignored" : "package",
				segment
			});
			return;
		}
		if (offset >= summary && summary >= 0) inSummary = true;
		if (BANNER_RULE.test(previous) && text.startsWith("| ") && text.endsWith("|")) enter(text.slice(2, Math.min(text.length - 1, MAX_TITLE)).replace(BANNER_DATE, "").trim());
		else if (isUnderline(text, previous, beforePrevious)) enter(previous);
		else if (!BANNER_RULE.test(text)) {
			if (mode === "before" && inBuild && text.startsWith("Command: ") && text.includes("dpkg-buildpackage")) {
				mode = "package";
				skippedFrom = number + VISITED_FIRST$1;
				phase = "unpack";
				segment += 1;
			}
			if (RETRY.test(text)) segment += 1;
			if (inSummary && section === "Summary") {
				if (text === SEPARATOR) section = "";
				const field = FIELD.exec(text);
				if (field?.[1] && field[2] !== void 0 && section !== "") {
					fields[field[1]] = field[2];
					if (field[1] === "Status") statusLine = {
						number,
						text
					};
				}
			}
			if (mode !== "after") lastLine = number;
			visit({
				text,
				number,
				phase,
				origin: ignored ? "ignored" : "tool",
				segment
			});
		}
		beforePrevious = previous;
		previous = text;
	});
	const started = mode !== "before";
	return {
		phase: packagePhase ?? phase,
		segment: started ? packageSegment : segment,
		started,
		lastLine,
		fields,
		statusLine
	};
}
function boundsOf(log) {
	const separator = `\n${SEPARATOR}`;
	let finished = -1;
	for (let at = log.lastIndexOf("\nBuild finished at "); at > 0; at = log.lastIndexOf("\nBuild finished at ", at - 1)) {
		const start = log[at - 1] === "\r" ? at - 1 : at;
		if (log.endsWith(separator, start) && FINISHED.test(log.slice(at + 1, at + 40))) {
			finished = start - SEPARATOR.length;
			break;
		}
	}
	let summary = log.lastIndexOf("\n| Summary ");
	if (summary !== -1 && summary < finished) summary = -1;
	return {
		finished,
		summary
	};
}
function isUnderline(text, previous, beforePrevious) {
	return text.length >= 3 && text.length === previous.length && beforePrevious === "" && !previous.startsWith("-") && /^-+$/.test(text);
}
function isExplanation(title) {
	return /^Install dose3 build dependencies/.test(title);
}
function stepOf(text) {
	if (text.startsWith(" ")) {
		const hook = HOOK_LINE.exec(text)?.[1];
		if (hook) return { phase: phaseOfTarget(hook) };
		const step = STEP.exec(text);
		if (step?.[1]) return { phase: RULES_PHASES.get(step[1]) };
		if (step?.[2]) return { phase: SOURCE_PHASES.get(step[3] ?? "") };
		if (step?.[4]) return { phase: "package" };
	}
	if (text.startsWith("   dh_") || text.startsWith("dh_")) {
		const command = DEBHELPER_LINE.exec(text)?.[1];
		return command ? { phase: phaseOfDebhelper(command) } : void 0;
	}
}
function failedPhaseOf(text, phase) {
	const command = DH_ERROR.exec(text)?.[1];
	if (command) return phaseOfDebhelper(command);
	const hook = FAILED_HOOK.exec(text)?.[1];
	if (hook) return phaseOfTarget(hook);
	return phase === "build" && FAILED_TESTS.test(text) ? "test" : void 0;
}

// src/builder/log/classify.ts
const STAGES = /* @__PURE__ */ new Map([
	["init", ["setup", "configuration"]],
	["create-session", ["setup", "infrastructure"]],
	["create-build-dir", ["setup", "infrastructure"]],
	["lock-session", ["setup", "infrastructure"]],
	["chroot-arch", ["setup", "infrastructure"]],
	["resolver setup", ["setup", "infrastructure"]],
	["run-pre-build-commands", ["setup", "configuration"]],
	["run-chroot-setup-commands", ["setup", "configuration"]],
	["apt-get-clean", ["update", "infrastructure"]],
	["apt-get-update", ["update", "infrastructure"]],
	["apt-get-upgrade", ["update", "infrastructure"]],
	["apt-get-dist-upgrade", ["update", "infrastructure"]],
	["fetch-src", ["fetch", "configuration"]],
	["install-deps", ["dependencies", "package"]],
	["explain-bd-uninstallable", ["dependencies", "package"]],
	["run-build-deps-failed-commands", ["dependencies", "package"]],
	["arch-check", ["arch-check", "configuration"]],
	["check-architecture", ["arch-check", "configuration"]],
	["unpack", ["unpack", "package"]],
	["check-unpacked-version", ["unpack", "package"]],
	["hack-binNMU", ["unpack", "configuration"]],
	["check-space", ["unpack", "infrastructure"]],
	["dump-build-env", ["unpack", "infrastructure"]],
	["run-starting-build-commands", ["unpack", "configuration"]],
	["dpkg-buildpackage", ["build", "infrastructure"]],
	["build", ["build", "package"]],
	["run-build-failed-commands", ["build", "package"]],
	["run-finished-build-commands", ["post-build", "configuration"]],
	["run-post-build-commands", ["post-build", "configuration"]],
	["run-chroot-cleanup-commands", ["cleanup", "configuration"]],
	["post-build", ["post-build", "package"]],
	["parse-changes", ["results", "package"]],
	["source-only-changes", ["results", "package"]],
	["abort", ["build", "infrastructure"]]
]);
function diagnoseSbuild(run) {
	const context = {
		network: run.network ?? false,
		scratch: run.scratch
	};
	const scans = {
		archive: new RuleScan(ARCHIVE_RULES, context),
		buildroot: new RuleScan(BUILDROOT_RULES, context),
		machine: new RuleScan(MACHINE_RULES, context),
		package: new RuleScan(PACKAGE_RULES, context),
		tests: new RuleScan(TEST_RULES, context),
		generic: new RuleScan(GENERIC_RULES, context),
		other: new RuleScan(OTHER_RULES, context)
	};
	const collector = new DiagnosticCollector();
	const structure = walk(run.log, (line) => {
		if (line.origin === "ignored") return;
		const { archive, buildroot, machine, tests, generic, other } = scans;
		if (line.origin === "package") for (const scan of [
			machine,
			scans.package,
			tests,
			generic
		]) scan.visit(line);
		else {
			for (const scan of [
				archive,
				buildroot,
				other
			]) scan.visit(line);
			if (line.phase === "unpack") scans.package.visit(line);
		}
		collector.visit(line);
	});
	const { fields, statusLine } = structure;
	if (isSuccess(run, fields)) return success(fields, collector.result(void 0), statusLine);
	const outcome = outsideOf$1(run, structure) ?? fromLog(run, structure, scans);
	const diagnostics = collector.result(outcome.verdict === "package" ? structure.segment : void 0);
	const cause = outcome.quotes[0];
	return {
		verdict: outcome.verdict,
		phase: outcome.phase,
		reason: printable(withPlace(outcome, diagnostics), 500),
		rule: outcome.rule,
		quotes: outcome.quotes.slice(0, 8),
		excerpt: cause ? linesBetween(run.log, Math.max(1, cause.number - 6), cause.number + 14) : [],
		diagnostics,
		fields: printableFields(fields),
		retryable: outcome.retryable
	};
}
function isSuccess(run, fields) {
	return run.end === "exit" && run.exitCode === 0 && run.hasChanges && fields["Status"] === "successful";
}
function success(fields, diagnostics, status) {
	return {
		verdict: "success",
		phase: void 0,
		reason: "the package was built",
		rule: "success",
		quotes: status ? [status] : [],
		excerpt: [],
		diagnostics,
		fields: printableFields(fields),
		retryable: false
	};
}
function outsideOf$1(run, structure) {
	const { phase, started } = structure;
	const quotes = lastLines(run.log);
	const during = `while ${PHASE_ACTIVITIES[phase]}`;
	if (run.end === "cancelled") return {
		verdict: "infrastructure",
		phase,
		reason: `the build was cancelled ${during}`,
		rule: "cancelled",
		quotes,
		retryable: false
	};
	if (run.end === "timeout") {
		const limit = run.timeoutSeconds === void 0 ? "" : ` of ${formatDuration(run.timeoutSeconds)}`;
		return {
			verdict: started ? "package" : "infrastructure",
			phase,
			reason: `the build was ended after its limit${limit} ${during}`,
			rule: "timeout",
			quotes,
			retryable: !started
		};
	}
	const isKilled = (run.exitCode ?? 0) > 128 && structure.fields["Status"] === void 0;
	if (run.end === "signal" || isKilled) return {
		verdict: "infrastructure",
		phase,
		reason: `a signal from outside ended the build ${during}, perhaps for want of memory`,
		rule: "signal",
		quotes,
		retryable: true
	};
}
function fromLog(run, structure, scans) {
	const { fields, started } = structure;
	const stageName = fields["Fail-Stage"];
	const stage = stageName === void 0 ? void 0 : STAGES.get(stageName);
	const built = fields["Status"] === "successful";
	const inPackage = !built && (stage ? stage[0] === "build" && stage[1] === "package" : started);
	const phase = built ? "results" : stage && !inPackage ? stage[0] : structure.phase;
	let tables;
	let phases;
	if (built) {
		tables = [scans.buildroot];
		phases = [
			"results",
			"post-build",
			"cleanup"
		];
	} else if (inPackage) {
		const { machine, tests, generic } = scans;
		tables = phase === "test" ? [
			machine,
			tests,
			scans.package,
			generic
		] : [
			machine,
			scans.package,
			tests,
			generic
		];
		phases = PACKAGE_PHASES;
	} else {
		tables = ARCHIVE_PHASES.includes(phase) ? [scans.archive, scans.buildroot] : [scans.buildroot, scans.package];
		phases = ARCHIVE_PHASES.includes(phase) ? ARCHIVE_PHASES : PHASES;
	}
	const decision = decide(tables, structure, phases);
	if (decision) return outcomeOf$1(decision, {
		phase,
		structure,
		generic: inPackage ? scans.generic : void 0
	});
	const other = built || inPackage ? void 0 : decide([scans.other], structure, phases);
	if (other) {
		const outcome = outcomeOf$1(other, {
			phase,
			structure,
			generic: void 0
		});
		return stage ? {
			...outcome,
			verdict: stage[1]
		} : outcome;
	}
	const quotes = [structure.statusLine, ...lastLines(run.log)].filter((line) => line !== void 0);
	const ended = `sbuild ended with exit code ${run.exitCode ?? "?"}`;
	if (built) return {
		verdict: "infrastructure",
		phase: "results",
		reason: run.hasChanges ? `${ended} after a build that it calls successful` : `${ended} and calls the build successful, but there is no .changes file`,
		rule: "no-changes",
		quotes,
		retryable: false
	};
	if (fields["Status"] === void 0 && started) return {
		verdict: "infrastructure",
		phase,
		reason: `${ended} and without a summary`,
		rule: "no-summary",
		quotes,
		retryable: true
	};
	return {
		verdict: stage?.[1] ?? (inPackage ? "package" : "infrastructure"),
		phase,
		reason: `${started || stage ? ended : "the build ended"} while ${PHASE_ACTIVITIES[phase]}, for a reason that the log does not tell`,
		rule: "unknown",
		quotes,
		retryable: false
	};
}
function outcomeOf$1({ rule, found }, where) {
	const { phase, structure, generic } = where;
	const matches = found.match === found.matches[0] ? found.matches : [found.match];
	const quotes = new Map(matches.map(({ line }) => [line.number, line]));
	for (const name of ["make-error", "dh-command"]) {
		const line = generic?.firstOf(name, structure.segment);
		if (line && quotes.size < 8) quotes.set(line.number, line);
	}
	const rest = [...quotes.values()].filter(({ number }) => number !== found.match.line.number);
	return {
		verdict: rule.verdict,
		phase: rule.phase ?? phase,
		reason: rule.reason(found),
		rule: rule.name,
		quotes: [found.match.line, ...rest.sort((a, b) => a.number - b.number)],
		retryable: mayPass$2(rule, found.context)
	};
}

// src/builder/deb-dependencies.ts
const SOURCES = "session";
const DEPENDENCIES = "Install package build dependencies";
const PLAN_BYTES = 16 * 1024 ** 2;
function repositoryFiles(count) {
	return [
		`etc/apt/sources.list.d/${SOURCES}.sources`,
		`etc/apt/preferences.d/${SOURCES}`,
		...Array.from({ length: count }, (_, index) => `etc/apt/keyrings/${SOURCES}-${index}.asc`),
		"var/lib/apt/lists",
		"var/cache/apt"
	];
}
function nameRepositories({ session, repositories, pins }) {
	return writeRepositories(session.writeFile, repositories, pins, SOURCES);
}
async function updateLists(request) {
	const { log, repositories } = request;
	await nameRepositories(request);
	if (repositories.length === 0) return;
	log.banner("Update chroot");
	const only = [
		"-o",
		`Dir::Etc::SourceList=/etc/apt/sources.list.d/${SOURCES}.sources`,
		"-o",
		"Dir::Etc::SourceParts=-",
		"-o",
		"APT::Get::List-Cleanup=0"
	];
	await again(request, () => apt(request, [
		...only,
		"--error-on=any",
		"update"
	]));
}
async function resolveDependencies(request) {
	const { alsoInstall, architecture, log } = request;
	const asked = {
		...request,
		options: PLAN_OPTIONS
	};
	try {
		const plan = readPlan((await quietly(asked, buildDep(request))).stdout);
		if (alsoInstall.length === 0) return plan;
		const both = [
			...sources(request),
			"install",
			...planArguments(plan, architecture),
			...alsoInstall
		];
		return readPlan((await quietly(asked, both)).stdout);
	} catch (error) {
		if (!(error instanceof UserError)) throw error;
		log.line(`W: ${error.message}`);
		return;
	}
}
async function installDependencies(request) {
	await apt(request, buildDep(request));
	if (request.alsoInstall.length > 0) await apt(request, [
		...sources(request),
		"install",
		...request.alsoInstall
	]);
}
async function refreshLists(request) {
	await apt(request, ["update"]).catch((error) => {
		if (!(error instanceof CommandError) || error.failure.end === "cancelled") throw error;
	});
}
async function again({ log, retries, signal }, body, refresh) {
	for (let attempt = 1;; attempt++) try {
		return await body();
	} catch (error) {
		if (attempt > retries || !mayPass$1(error)) throw error;
		const wait = waitAfter(attempt);
		log.line(retryLine(attempt, retries + 1, wait));
		await pause(wait, signal);
		await refresh?.();
	}
}
const sources = ({ extraPackages }) => extraPackages.flatMap((file) => ["--with-source", file]);
function buildDep(request) {
	const { profiles, parts, dsc } = request;
	return [
		...sources(request),
		...profiles.length > 0 ? [`--build-profiles=${profiles.join(",")}`] : [],
		...parts.all ? [] : ["--arch-only"],
		...parts.any ? [] : ["--indep-only"],
		"build-dep",
		dsc
	];
}
function apt({ session, proxy, options, left, log }, args, onLine = log.line) {
	const through = proxy === void 0 ? [] : ["http", "https"].flatMap((kind) => ["-o", `Acquire::${kind}::Proxy=${proxy}`]);
	return session.chroot([
		"apt-get",
		"-q",
		...aptRetryOptions(),
		...through,
		...options,
		...args
	], {
		network: true,
		privileges: "setup",
		onLine,
		captureBytes: PLAN_BYTES,
		timeoutSeconds: left()
	});
}
async function quietly(request, args) {
	const said = [];
	try {
		return await apt(request, args, (line) => said.push(line));
	} catch (error) {
		for (const line of said) request.log.line(line);
		throw error;
	}
}
function mayPass$1(error) {
	if (!(error instanceof CommandError) || error.failure.end !== "exit") return false;
	const { stdout, stderr, exitCode, end } = error.failure;
	const log = `${bannerOf(DEPENDENCIES)}${stdout}\n${stderr}`;
	return diagnoseSbuild({
		log,
		exitCode,
		end,
		hasChanges: false
	}).retryable;
}

// src/builder/layer-keeping.ts
async function spare({ signal, logger }, what, body) {
	try {
		return await body();
	} catch (error) {
		signal.throwIfAborted();
		logger.warning(`${what}: ${messageOf(error)}`);
		return;
	}
}
async function keepInRoom(request, keep) {
	const layer = await spare(request, "the layer cannot be kept", keep);
	if (layer === void 0) return void 0;
	await using rollback = new AsyncDisposableStack();
	rollback.use(layer);
	await spare(request, "old layers cannot be removed", async () => {
		if ((await pruneLayers(request.state, request.caches.layers)).length > 0) await forgetAnswers(request.state);
	});
	rollback.move();
	return layer;
}

// src/builder/deb-layer.ts
const SOURCES_IN_ROOT = `${INBOX}/sources`;
async function openReadySession(request, log, left, cache) {
	try {
		const asked = cache ? {
			...request,
			extraPackages: [...request.extraPackages, ...cache.packages]
		} : request;
		const buildBinds = cache?.binds ?? [];
		const context = {
			request: asked,
			log,
			left,
			base: await sessionOptions$1(request),
			buildBinds
		};
		return (request.caches.layers > 0 ? await onLayer(context) : void 0) ?? await withoutLayer(context);
	} catch (error) {
		await request.lock.release();
		throw error;
	}
}
async function onLayer(context) {
	const { request, log } = context;
	const { state, generation, signal } = request;
	const question = await questionOfBuild(request);
	if (question !== void 0) {
		const known = await spare(request, "a layer cannot be looked for", async () => {
			const id = await recallAnswer(state, question);
			return id === void 0 ? void 0 : findLayer(state, id, signal);
		});
		if (known !== void 0) {
			log.banner(DEPENDENCIES);
			return openOn(context, known, "hit");
		}
	}
	const staged = await spare(request, "no layer can be made", () => stageLayer(state, signal));
	if (staged === void 0) return void 0;
	await using rollback = new AsyncDisposableStack();
	rollback.use(staged);
	const made = await makeLayer(context, staged);
	if (made === void 0) return void 0;
	const { layer, outcome, isRefreshed } = made;
	if (layer === void 0) {
		const { changes, upper } = staged;
		const session = await openBuildSession(context, [changes, generation.tree], staged);
		rollback.move();
		log.line(`layer ${path.basename(upper)} (not kept)`);
		return {
			session,
			packages: made.packages
		};
	}
	await staged.discard();
	if (question !== void 0 && !isRefreshed) await spare(request, "the layer cannot be remembered", () => rememberAnswer(state, question, layer.id));
	return await openOn(context, layer, outcome);
}
async function makeLayer(context, staged) {
	const { request, log } = context;
	const { state, generation, signal } = request;
	const files = await Promise.all(request.packageFiles.map(async (file) => (await digestFile(file)).sha256));
	await using archives = await aptArchives(context);
	const opened = await spare(request, "no layer can be made", () => openSession({
		...context.base,
		binds: [...context.base.binds ?? [], ...archives?.binds ?? []],
		scratch: { upper: staged.upper }
	}));
	if (opened === void 0) return void 0;
	await using session = opened;
	log.phase("dependencies");
	const dependencies = dependencyRequest(context, session, archives);
	let isRefreshed = false;
	let installs = 0;
	let found;
	try {
		await updateLists(dependencies);
		log.banner(DEPENDENCIES);
		const key = await again(dependencies, async () => {
			const plan = await resolveDependencies(dependencies);
			if (plan === void 0) return void 0;
			const asked = keyOf$1(request, plan, files);
			found = await spare(request, "a layer cannot be looked for", () => findLayer(state, asked, signal));
			if (found === void 0) {
				installs++;
				await install$1(context, dependencies, plan, archives);
			}
			return {
				...asked,
				plan
			};
		}, async () => {
			isRefreshed = true;
			await refreshLists(dependencies);
		});
		if (key === void 0) return void 0;
		if (found !== void 0) return {
			layer: found,
			outcome: "hit",
			packages: found.record.installed,
			isRefreshed
		};
		const packages = await installedPackages(session);
		await session.endProcesses();
		await session.close();
		await keepDownloads(context, key.plan, archives);
		const id = layerId(key);
		const isFirst = installs === 1;
		const isWhole = isFirst && isAsPlanned(key.plan, generation.record.packages, packages);
		if (!isFirst) log.line("W: apt needed several attempts to install: the layer is not kept");
		else if (!isWhole) log.line("W: apt installed other packages than it had said: the layer is not kept");
		return {
			layer: await keepInRoom(request, async () => {
				await freezeLayer(staged.changes, {
					without: repositoryFiles(request.repositories.length),
					id
				});
				return isWhole ? keepLayer(state, staged, key, { installed: packages }) : void 0;
			}),
			outcome: "made",
			packages,
			isRefreshed
		};
	} catch (error) {
		if (!isFull$1(error) || request.scratch === "disk") throw error;
		request.logger.warning("The disk of the state folder is full: the build goes on without a layer.");
		return;
	}
}
async function withoutLayer(context) {
	const { request, log } = context;
	const archives = await aptArchives(context);
	await using rollback = new AsyncDisposableStack();
	if (archives !== void 0) rollback.use(archives);
	const session = await openSession({
		...context.base,
		binds: [
			...context.base.binds ?? [],
			...context.buildBinds,
			...archives?.binds ?? []
		],
		scratch: request.scratch,
		locks: [request.lock, ...archives === void 0 ? [] : [lockOf(() => archives[Symbol.asyncDispose]())]]
	});
	rollback.use(session);
	log.phase("dependencies");
	const dependencies = dependencyRequest(context, session, archives);
	await updateLists(dependencies);
	log.banner(DEPENDENCIES);
	const plan = await again(dependencies, async () => {
		const asked = archives === void 0 ? void 0 : await resolveDependencies(dependencies);
		await install$1(context, dependencies, asked, archives);
		return asked;
	}, () => refreshLists(dependencies));
	const packages = await installedPackages(session);
	await session.endProcesses();
	await keepDownloads(context, plan, archives);
	log.line("layer (off)");
	rollback.move();
	return {
		session,
		packages
	};
}
async function install$1(context, dependencies, plan, archives) {
	const { log, request } = context;
	if (plan !== void 0 && archives !== void 0) {
		const offered = await spare(request, "kept downloads cannot be used", () => archives.offer(plan));
		if (offered) log.line(`downloads: ${offered.kept} kept, ${offered.missing} to be fetched`);
	}
	try {
		await installDependencies(dependencies);
	} catch (error) {
		if (archives === void 0 || !isFetchFull(error)) throw error;
		request.logger.warning("The disk of the state folder is full: downloads are not kept.");
		await installDependencies({
			...dependencies,
			options: []
		});
	}
}
async function keepDownloads({ request }, plan, archives) {
	if (plan === void 0 || archives === void 0) return;
	await spare(request, "downloads cannot be kept", () => archives.keep(plan, request.caches.downloads));
}
async function openOn(context, layer, outcome) {
	const { request, log } = context;
	log.line(`layer ${layer.id} (${outcome})`);
	if (outcome === "hit") for (const entry of layer.record.packages) log.write(`  ${entry.replace(/ .*/, "")}`);
	return {
		session: await openBuildSession(context, [layer.tree, request.generation.tree], layer),
		packages: layer.record.installed,
		layer: layer.id
	};
}
async function openBuildSession(context, lower, layer) {
	const { request, log } = context;
	log.phase("open session");
	await using rollback = new AsyncDisposableStack();
	rollback.use(layer);
	const session = await openSession({
		...context.base,
		root: { lower },
		binds: [...context.base.binds ?? [], ...context.buildBinds],
		scratch: request.scratch,
		locks: [request.lock, lockOf(() => layer[Symbol.asyncDispose]())]
	});
	rollback.use(session);
	if (request.repositories.length > 0) await nameRepositories({
		session,
		repositories: request.repositories,
		pins: request.pins
	});
	log.phase("dependencies");
	rollback.move();
	return session;
}
async function sessionOptions$1(request) {
	const { source, generation } = request;
	return {
		state: request.state,
		root: { lower: [generation.tree] },
		engine: request.engine,
		runId: request.runId,
		signal: request.signal,
		inbox: {
			sources: source.files.map((name) => path.join(source.folder, name)),
			...Object.fromEntries(request.packageFiles.map((file, index) => [`packages-${index}`, [path.resolve(file)]]))
		},
		binds: await localBinds([...repositoryUris(generation), ...request.repositories.map((repository) => repository.source)])
	};
}
function dependencyRequest({ request, log, left }, session, archives) {
	const { source, architecture, repositories, pins, profiles, parts, signal } = request;
	return {
		session,
		dsc: `${SOURCES_IN_ROOT}/${source.dsc}`,
		architecture,
		repositories,
		pins,
		extraPackages: request.packageFiles.map((file, index) => `${INBOX}/packages-${index}/${path.basename(file)}`),
		alsoInstall: request.extraPackages,
		profiles,
		parts,
		proxy: request.caches.proxy,
		options: archives?.options ?? [],
		left,
		retries: request.limits.retries,
		log,
		signal
	};
}
async function questionOfBuild(request) {
	const { source, repositories, packageFiles, generation, architecture, profiles, parts, extraPackages, pins } = request;
	if (repositories.length > 0 || packageFiles.length > 0) return void 0;
	const file = path.join(source.folder, source.dsc);
	const { paragraph } = parseDsc(await readFile(file, "utf8"), file);
	const fields = FIELDS.map((name) => [name, paragraph.get(name) ?? ""]);
	return questionOf(generation, [
		"deb",
		architecture,
		fields,
		profiles,
		[parts.any, parts.all],
		extraPackages,
		pins
	]);
}
const FIELDS = [
	"Architecture",
	"Build-Depends",
	"Build-Depends-Arch",
	"Build-Depends-Indep",
	"Build-Conflicts",
	"Build-Conflicts-Arch",
	"Build-Conflicts-Indep"
];
const keyOf$1 = ({ architecture, generation }, plan, files) => ({
	format: "deb",
	architecture,
	generation,
	packages: planEntries(plan),
	settings: { packageFiles: files.sort() }
});
async function aptArchives(context) {
	const { request } = context;
	if (request.caches.downloads === 0) return void 0;
	return spare(request, "downloads cannot be kept", () => openAptArchives(request.state, request.signal));
}
const lockOf = (release) => ({
	lost: new Promise(() => {}),
	release: async () => release(),
	[Symbol.asyncDispose]: async () => release()
});
const isFull$1 = (error) => saysOf(error, /No space left on device|enough free space in /);
const isFetchFull = (error) => saysOf(error, /^E: (?:You don't have enough free space in |Failed to fetch .*No space left on device)/m);
const saysOf = (error, what) => error instanceof CommandError && what.test(`${error.failure.stdout}${error.failure.stderr}`);

// src/builder/report/build-report.ts
function titleOf(report) {
	const name = report.version === void 0 ? report.package : `${report.package} ${report.version}`;
	return printable(`${name} for ${report.target}/${report.architecture}`, 200);
}
const VERDICT_NAMES = {
	success: "built",
	package: "package failure",
	infrastructure: "infrastructure failure",
	configuration: "configuration failure"
};
function faultOf({ verdict }) {
	return VERDICT_NAMES[verdict];
}
function attemptsText({ attempts, diagnosis }) {
	if (attempts === void 0) return "";
	const { number, most, reasons } = attempts;
	return `attempt ${number} of ${most} ${diagnosis.verdict === "success" ? "succeeded" : "failed too,"} after: ${[...new Set(reasons)].join("; ")}`;
}
function phaseTitle({ phase }) {
	return phase === void 0 ? "" : PHASE_TITLES[phase];
}
function numbered(lines) {
	const places = lines.map(({ file, number }) => file === void 0 ? String(number) : `${file}:${number}`);
	const width = Math.max(0, ...places.map((place) => place.length));
	return lines.map(({ text }, index) => `${(places[index] ?? "").padStart(width)}: ${text}`);
}
function inOrder(lines) {
	const files = [...new Set(lines.map(({ file }) => file))];
	return lines.toSorted((a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.number - b.number);
}
function isAt({ logLine }, line) {
	return line !== void 0 && (line.file === void 0 || line.file === "build.log") && line.number === logLine;
}
function totalSeconds({ seconds }) {
	return [...seconds.values()].reduce((sum, value) => sum + value, 0);
}
function byUse(a, b) {
	const rank = ({ severity, path }) => (severity === "error" ? 0 : 2) + (path === void 0 ? 1 : 0);
	return rank(a) - rank(b) || a.logLine - b.logLine;
}
function sentence(text) {
	return /^\S+: /.test(text) ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

// src/builder/report/code-quality.ts
const MAX_ISSUES = 500;
function codeQuality(builds) {
	const issues = /* @__PURE__ */ new Map();
	for (const { diagnosis } of builds) {
		const occurrences = /* @__PURE__ */ new Map();
		const placed = diagnosis.diagnostics.filter((diagnostic) => diagnostic.path !== void 0).toSorted((a, b) => a.line - b.line || (a.column ?? 0) - (b.column ?? 0));
		const built = [];
		for (const diagnostic of placed) {
			const identity = [
				diagnostic.tool,
				diagnostic.code ?? "",
				diagnostic.path,
				withoutLines(diagnostic.message)
			];
			const key = JSON.stringify(identity);
			const occurrence = occurrences.get(key) ?? 0;
			occurrences.set(key, occurrence + 1);
			built.push({
				diagnostic,
				issue: issueOf(diagnostic, [...identity, String(occurrence)])
			});
		}
		for (const { issue } of built.toSorted((a, b) => byUse(a.diagnostic, b.diagnostic))) if (!issues.has(issue.fingerprint)) issues.set(issue.fingerprint, issue);
	}
	return [...issues.values()].slice(0, MAX_ISSUES);
}
function codeQualityJson(builds) {
	return `${JSON.stringify(codeQuality(builds), null, 2)}\n`;
}
function issueOf(diagnostic, identity) {
	const { tool, code, severity, message, path, line } = diagnostic;
	return {
		description: message,
		check_name: code ? `${tool}:${code}` : tool,
		fingerprint: createHash("sha256").update(JSON.stringify(identity)).digest("hex"),
		severity: severity === "error" ? "major" : "minor",
		location: {
			path,
			lines: { begin: line }
		}
	};
}
function withoutLines(message) {
	return message.replace(/\b(line |:)\d+\b/g, "$1N");
}

// src/builder/report/junit.ts
function junit(builds) {
	const suites = builds.map(suite);
	const sum = (key) => suites.reduce((total, counts) => total + counts[key], 0);
	const seconds = builds.reduce((total, build) => total + totalSeconds(build), 0);
	return [
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
		element("testsuites", {
			tests: sum("tests"),
			failures: sum("failures"),
			errors: sum("errors"),
			time: time(seconds)
		}),
		...suites.map(({ xml }) => xml),
		"</testsuites>\n"
	].join("\n");
}
function suite(build) {
	const { diagnosis } = build;
	const classname = `${build.package}.${build.target}.${build.architecture}`;
	const failed = diagnosis.verdict === "success" ? void 0 : failedCase(build);
	const cases = [.../* @__PURE__ */ new Set([...build.seconds.keys(), failed ?? build.seconds.keys().next().value ?? "build"])].map((name) => {
		const attributes = {
			classname,
			name,
			time: time(build.seconds.get(name) ?? 0)
		};
		return name === failed ? failure(build, attributes) : `  ${element("testcase", attributes, true)}`;
	});
	const failures = diagnosis.verdict === "package" ? 1 : 0;
	const errors = failed !== void 0 && failures === 0 ? 1 : 0;
	return {
		xml: [
			element("testsuite", {
				name: titleOf(build),
				tests: cases.length,
				failures,
				errors,
				skipped: 0,
				time: time(totalSeconds(build))
			}),
			...cases,
			"</testsuite>"
		].join("\n"),
		tests: cases.length,
		failures,
		errors
	};
}
function failedCase({ diagnosis, seconds }) {
	const { phase } = diagnosis;
	if (phase === "source" && seconds.has(phase)) return phase;
	const name = phase !== void 0 && ARCHIVE_PHASES.includes(phase) ? "dependencies" : "build";
	return seconds.has(name) ? name : [...seconds.keys()].at(-1) ?? name;
}
function failure(build, attributes) {
	const { diagnosis } = build;
	const tag = diagnosis.verdict === "package" ? "failure" : "error";
	const body = [
		`${sentence(diagnosis.reason)}.`,
		`Phase: ${phaseTitle(diagnosis)}`,
		...build.attempts === void 0 ? [] : [`${sentence(attemptsText(build))}.`],
		"",
		...numbered(diagnosis.quotes),
		...diagnosis.excerpt.length > diagnosis.quotes.length ? [
			"",
			"Around it:",
			...numbered(diagnosis.excerpt)
		] : [],
		"",
		`Whole log: ${build.logFile}`,
		...build.wholeLogFile === void 0 ? [] : [`Everything in order: ${build.wholeLogFile}`]
	].join("\n");
	return [
		`  ${element("testcase", attributes)}`,
		`    ${element(tag, {
			message: diagnosis.reason,
			type: diagnosis.rule
		})}${escapeXml(body)}</${tag}>`,
		"  </testcase>"
	].join("\n");
}
function element(name, attributes, empty = false) {
	return `<${name}${Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value)).replace(/\n/g, "&#10;")}"`).join("")}${empty ? "/" : ""}>`;
}
function time(seconds) {
	return seconds.toFixed(3);
}
const ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const REFERENCES = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	"\"": "&quot;",
	"'": "&apos;",
	"\r": "&#13;"
};
function escapeXml(text) {
	return text.toWellFormed().replace(ILLEGAL, "").replace(/[&<>"'\r]/g, (character) => REFERENCES[character] ?? character);
}

// src/builder/report/checkouts.ts
const MOST_LEVELS = 4;
const MOST_FOLDERS = 2e3;
async function findOrigins(workspace, origins) {
	const own = await readCheckout(workspace, "");
	const code = origins.find(({ role }) => role === "code") ?? origins[0];
	const spec = origins.find(({ role }) => role === "spec") ?? code;
	if (code === void 0 || spec === void 0) return {
		code: own,
		spec: own
	};
	if (own !== void 0 && own.commit === code.commit && own.commit === spec.commit) return {
		code: own,
		spec: own
	};
	const all = own === void 0 ? [] : [own];
	for (const folder of await checkoutFolders(workspace)) {
		const checkout = await readCheckout(workspace, folder);
		if (checkout !== void 0) all.push(checkout);
	}
	const of = ({ commit }) => all.find((checkout) => checkout.commit === commit);
	const found = {
		code: of(code),
		spec: of(spec)
	};
	if (found.code !== void 0 || found.spec !== void 0) return found;
	return {
		code: own,
		spec: code.project === spec.project ? own : void 0
	};
}
async function checkoutFolders(workspace) {
	const found = [];
	let level = [""];
	let seen = 0;
	for (let depth = 0; depth < MOST_LEVELS && level.length > 0; depth++) {
		const next = [];
		for (const folder of level) {
			if (++seen > MOST_FOLDERS) return found;
			const entries = await readdir(path.join(workspace, folder), { withFileTypes: true }).catch(() => []);
			if (folder !== "" && entries.some(({ name }) => name === ".git")) found.push(folder);
			else next.push(...entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && entry.name !== "node_modules").map(({ name }) => path.posix.join(folder, name)).sort());
		}
		level = next;
	}
	return found;
}
async function readCheckout(workspace, folder) {
	const place = path.join(workspace, folder);
	const files = (await git(place, ["ls-files", "-z"]) ?? "").split("\0").filter((name) => name !== "");
	if (files.length === 0) return void 0;
	return {
		folder,
		commit: (await git(place, [
			"rev-parse",
			"--verify",
			"--quiet",
			"HEAD"
		]))?.trim(),
		files: new Set(files.map((name) => path.posix.join(folder, name)))
	};
}
const SETTINGS = [
	"safe.directory=*",
	"core.fsmonitor=false",
	"core.hooksPath=/dev/null"
].flatMap((setting) => ["-c", setting]);
async function git(folder, argv) {
	const { exitCode, stdout } = await run([
		"git",
		...SETTINGS,
		"-C",
		folder,
		...argv
	], {
		okExitCodes: "any",
		captureBytes: 64 * 1024 ** 2
	});
	return exitCode === 0 ? stdout : void 0;
}

// src/builder/report/places.ts
async function placeDiagnostics(diagnostics, places) {
	if (diagnostics.length === 0) return diagnostics;
	const { workspace, mapping } = places;
	const origins = await findOrigins(workspace, places.origins);
	const { code, spec } = origins;
	const prefixes = mapping ?? guess(places, origins);
	const isUntold = mapping !== void 0 || code === void 0 && spec === void 0;
	const files = /* @__PURE__ */ new Set([
		...code?.files ?? [],
		...spec?.files ?? [],
		...isUntold ? await existing(diagnostics, workspace, prefixes) : []
	]);
	const packaging = places.format === "rpm" ? packagingOf(places, spec) : void 0;
	return locateDiagnostics(diagnostics, {
		prefixes,
		files,
		...packaging ? { packaging } : {}
	});
}
function guess({ format, origins }, { code, spec }) {
	const at = ({ folder }) => ({
		to: folder,
		within: folder
	});
	if (code === void 0 && spec === void 0) return [{
		prefix: "",
		to: ""
	}, ...format === "deb" && areApart(origins) ? [{
		prefix: "debian",
		to: void 0
	}] : []];
	const top = {
		prefix: "",
		...code ? at(code) : { to: void 0 }
	};
	if (format === "rpm" || !areApart(origins)) return [top];
	return [top, {
		prefix: "debian",
		...(spec && {
			...at(spec),
			to: path.posix.join(spec.folder, "debian")
		}) ?? { to: void 0 }
	}];
}
const areApart = (origins) => new Set(origins.map(({ project }) => project)).size > 1;
function packagingOf({ workspace, packaging }, spec) {
	if (packaging === void 0) return {
		folder: spec?.folder ?? "",
		files: spec?.files ?? /* @__PURE__ */ new Set()
	};
	const inside = packaging.map((file) => path.relative(workspace, file).split(path.sep).join("/")).filter((file) => !file.startsWith("../") && !path.isAbsolute(file));
	return {
		folder: path.posix.dirname(inside[0] ?? "."),
		files: new Set(inside)
	};
}
async function existing(diagnostics, workspace, prefixes) {
	const there = /* @__PURE__ */ new Set();
	for (const mapped of new Set(diagnostics.map(({ file }) => mapPath({
		file,
		prefixes
	})))) {
		if (mapped === void 0) continue;
		if ((await lstat(path.join(workspace, mapped)).catch(() => void 0))?.isFile()) there.add(mapped);
	}
	return there;
}

// src/builder/report/write-reports.ts
const REPORTS = {
	junit: "junit.xml",
	codeQuality: "code-quality.json"
};
async function writeReports(request) {
	const { folder, packages, logFile, wholeLogFile, places, diagnosis, ...build } = request;
	const shown = (file) => path.relative(places.workspace, file);
	const report = {
		...build,
		diagnosis: {
			...diagnosis,
			diagnostics: await placeDiagnostics(diagnosis.diagnostics, places)
		},
		files: await Promise.all(packages.map(async (name) => ({
			name,
			size: (await stat(path.join(folder, name))).size
		}))),
		logFile: shown(logFile),
		...wholeLogFile === void 0 ? {} : { wholeLogFile: shown(wholeLogFile) }
	};
	await writeFile(path.join(folder, REPORTS.junit), junit([report]));
	await writeFile(path.join(folder, REPORTS.codeQuality), codeQualityJson([report]));
	return report;
}

// src/builder/sbuild.ts
const CHROOT = "session";
const PATH = [
	"/usr/local/sbin",
	"/usr/local/bin",
	"/usr/sbin",
	"/usr/bin",
	"/sbin",
	"/bin"
];
const PASSED = [
	"PATH",
	"CCACHE_.*",
	"SCCACHE_.*",
	"RUSTC_WRAPPER"
];
const configuration$2 = (first) => `# Written by pkg-actions.
$chroot_mode = 'schroot';
$build_user = 'sbuild';
$build_dep_resolver = 'null';
$bd_uninstallable_explainer = 'none';
$apt_clean = 0; $apt_update = 0; $apt_upgrade = 0; $apt_distupgrade = 0;
$clean_source = 0;
$purge_build_directory = 'never'; $purge_build_deps = 'never'; $purge_session = 'never';
$run_lintian = 0; $run_autopkgtest = 0; $run_piuparts = 0;
$log_colour = 0; $nolog = 1;
$mailto = ''; $mailprog = '/bin/true';
# The limit is ours, by the clock; sbuild's counts minutes of silence.
$stalled_pkg_timeout = 0;
$check_space = 0;
# dpkg-source runs outside of dpkg-buildpackage too and complains without PATH.
use Dpkg::BuildInfo;
$environment_filter = [(map { '^' . quotemeta($_) . '$' } Dpkg::BuildInfo::get_build_env_allowed()), ${PASSED.map((name) => `'^${name}$'`).join(", ")}];
# One path for all builds: it ends in debug information (reproducible-builds.org, build path).
$build_path = '/build/reproducible-path';
$path = '${[...first, ...PATH].join(":")}';
1;
`;
const IN_ROOT = `#!/bin/sh
set -eu
root=$(cat /etc/sbuild/root)
folder=/ user=root verb=
while [ $# -gt 0 ]; do
  case $1 in
    -d) folder=$2; shift 2 ;;
    -u) user=$2; shift 2 ;;
    -c | --chroot) shift 2 ;;
    --begin-session | --end-session | --run-session | --info) verb=$1; shift ;;
    -q | -p) shift ;;
    --) shift; break ;;
    *) echo "in-root: not an argument of sbuild's: $1" >&2; exit 2 ;;
  esac
done
case $verb in
  --begin-session) echo ${CHROOT} ;;
  --end-session) ;;
  --info) printf -- '--- Session ---\nName ${CHROOT}\nLocation %s\nSession Purged true\n\n' "$root" ;;
  --run-session)
    export USER="$user" LOGNAME="$user"
    exec chroot --userspec="$user" "$root" /bin/sh -c 'cd "$1" && shift && exec "$@"' sh "$folder" "$@" ;;
  *) echo "in-root: no verb" >&2; exit 2 ;;
esac
`;
const PREPARE = `
set -eu
mount -t tmpfs -o mode=0755,size=1m sbuild-configuration /etc/sbuild
printf %s "$1" > /etc/sbuild/root
# sbuild looks for schroot on the default path, with its environment cleared.
mkdir /etc/sbuild/bin
printf %s "$2" > /etc/sbuild/bin/schroot
chmod 0755 /etc/sbuild/bin/schroot
mount -t overlay -o ro,lowerdir=/etc/sbuild/bin:/usr/bin in-root /usr/bin
cat > /etc/sbuild/session.conf
mount -o remount,ro /etc/sbuild
`;
async function runSbuild(request) {
	const { session } = request;
	await session.mount([
		"sh",
		"-c",
		PREPARE,
		"sh",
		session.root,
		IN_ROOT
	], { input: configuration$2(request.path ?? []) });
	let version;
	const onLine = (line) => {
		version ??= /^sbuild \(Debian sbuild\) (\S+)/.exec(line)?.[1];
		request.onLine(line);
	};
	const options = [...request.options, `parallel=${request.jobs}`].join(" ");
	try {
		const { exitCode } = await session.run([
			...request.mostBytes > 0 ? [
				"prlimit",
				`--fsize=${request.mostBytes}`,
				"--",
				"sbuild"
			] : ["sbuild"],
			...[
				"--chroot",
				CHROOT,
				"--dist",
				request.suite,
				"--arch",
				request.architecture
			],
			...[
				request.parts.all ? "--arch-all" : "--no-arch-all",
				request.parts.any ? "--arch-any" : "--no-arch-any",
				"--no-source"
			],
			...request.profiles.length > 0 ? [`--profiles=${request.profiles.join(",")}`] : [],
			`--jobs=${request.jobs}`,
			request.dsc
		], {
			okExitCodes: "any",
			network: request.network,
			timeoutSeconds: request.timeoutSeconds,
			captureBytes: 65536,
			onLine,
			folder: session.outbox,
			env: {
				HOME: "/nonexistent",
				SBUILD_CONFIG: "/etc/sbuild/session.conf",
				...request.environment,
				DEB_BUILD_OPTIONS: options,
				...request.profiles.length > 0 ? { DEB_BUILD_PROFILES: request.profiles.join(" ") } : {},
				...request.sourceDateEpoch === void 0 ? {} : { SOURCE_DATE_EPOCH: String(request.sourceDateEpoch) }
			}
		});
		return {
			exitCode,
			end: "exit",
			version
		};
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		return {
			exitCode: error.failure.exitCode,
			end: error.failure.end,
			version
		};
	}
}

// src/builder/deb-build.ts
const COLLECTED = /* @__PURE__ */ new Set([
	"deb",
	"udeb",
	"ddeb",
	"changes",
	"buildinfo"
]);
const PACKAGES = /* @__PURE__ */ new Set([
	"deb",
	"udeb",
	"ddeb"
]);
async function buildDeb(request) {
	const { source, architecture, signal, logger } = request;
	await checkReplaceable(request.output);
	const staging = await stageOutput(request.output);
	const stem = `${source.name}_${source.fileVersion}_${architecture}`;
	const log = new BuildLog(path.join(staging, `${stem}.build`), logger, request.limits.logBytes);
	try {
		const end = await session(request, log, staging);
		await log.close();
		const text = await readLog(log.file);
		const hasChanges = (await readdir(staging)).some((name) => name.endsWith(".changes"));
		const diagnosis = end.refused === void 0 ? blameCache(diagnoseSbuild({
			log: text,
			...end,
			hasChanges,
			timeoutSeconds: request.timeoutSeconds,
			network: request.network,
			scratch: request.scratch
		}), request.caches.compilerCache) : refusedResults("output-size", end.refused, text);
		signal.throwIfAborted();
		if (request.parts.source) for (const name of source.files) await copyFile(path.join(source.folder, name), path.join(staging, name));
		const logFile = path.join(request.output, path.basename(log.file));
		const report = await writeReports({
			package: source.name,
			version: source.version,
			target: request.target.name,
			architecture,
			diagnosis,
			seconds: log.seconds,
			...end.compilerCache ? { compilerCache: end.compilerCache } : {},
			folder: staging,
			packages: (await readdir(staging)).filter((name) => PACKAGES.has(roleOf(name))).sort(),
			logFile,
			places: {
				workspace: request.workspace,
				format: "deb",
				origins: source.origins,
				mapping: request.mapping
			}
		});
		const manifest = await manifestOf$1(request, staging, diagnosis, end);
		await writeManifest(staging, manifest);
		await replaceFolder(staging, request.output);
		return {
			report,
			manifest,
			folder: request.output,
			logFile
		};
	} catch (error) {
		await log.close().catch(() => void 0);
		await rm(staging, {
			recursive: true,
			force: true
		});
		throw error;
	}
}
async function session(request, log, staging) {
	const { source, parts, profiles } = request;
	const started = performance.now();
	const left = () => Math.max(1, request.timeoutSeconds - (performance.now() - started) / 1e3);
	log.phase("open session");
	await using cache = await openCompilerCache({
		...request,
		cache: request.caches.compilerCache,
		name: source.name,
		change: source.change,
		target: request.target.name
	});
	let ready;
	try {
		ready = await openReadySession(request, log, left, cache);
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		log.write(`E: ${error.message}`);
		return {
			exitCode: error.failure.exitCode,
			end: error.failure.end,
			version: void 0,
			packages: []
		};
	}
	const { packages, layer } = ready;
	await using session = ready.session;
	await cache?.prepare(session);
	log.phase("build");
	const end = await runSbuild({
		session,
		dsc: `${session.root}${SOURCES_IN_ROOT}/${source.dsc}`,
		suite: request.target.suite,
		architecture: request.architecture,
		parts,
		profiles,
		options: request.options,
		jobs: request.jobs,
		sourceDateEpoch: source.sourceDateEpoch,
		timeoutSeconds: left(),
		network: request.network,
		mostBytes: request.limits.outputBytes,
		onLine: log.line,
		...cache ? {
			environment: cache.environment,
			path: cache.path
		} : {}
	});
	log.phase("collect results");
	const used = await cache?.used(session);
	if (used) log.line(cacheLine(used));
	await session.stop();
	const { refused } = await collectFiles(session.outbox, staging, (name) => COLLECTED.has(roleOf(name)), request.limits.outputBytes);
	if (refused !== void 0) log.write(`E: ${refused}`);
	log.phase("close session");
	await session.close();
	return {
		...end,
		packages,
		...layer === void 0 ? {} : { layer },
		...refused === void 0 ? {} : { refused },
		...used === void 0 ? {} : { compilerCache: used }
	};
}
async function manifestOf$1(request, folder, diagnosis, { packages, layer, version: sbuild }) {
	const { source, generation, target, architecture } = request;
	const list = `${source.name}_${source.fileVersion}_${architecture}.packages`;
	if (packages.length > 0) await writeFile(path.join(folder, list), `${packages.join("\n")}\n`);
	const names = await readdir(folder);
	return {
		schema: "pkg-actions/manifest/1",
		stage: "build",
		createdAt: (/* @__PURE__ */ new Date()).toISOString(),
		tool: {
			name: "pkg-actions",
			version: VERSION$2
		},
		package: {
			name: source.name,
			version: source.version,
			format: "deb"
		},
		change: source.change,
		origins: source.origins,
		...source.manifestSha256 ? { previous: source.manifestSha256 } : {},
		target: {
			name: target.name,
			suite: target.suite,
			architecture
		},
		buildroot: {
			generation: generation.id,
			...layer === void 0 ? {} : { layer }
		},
		repositories: [...generation.record.releases.map(({ uri, release, date }) => ({
			uri: localFolder({ uri }) ?? uri,
			suite: release,
			...date ? { date } : {}
		})), ...request.repositories.map(({ source: { uri, suite } }) => ({
			uri: localFolder({ uri }) ?? uri,
			suite
		}))],
		verdict: diagnosis.verdict,
		...source.sourceDateEpoch === void 0 ? {} : { sourceDateEpoch: source.sourceDateEpoch },
		tools: {
			...generation.record.tools,
			...sbuild === void 0 ? {} : { sbuild }
		},
		files: await describeFiles(folder, names.map((name) => ({
			name,
			role: source.roles.get(name) ?? roleOf(name)
		})))
	};
}
function roleOf(name) {
	return [
		[/\.deb$/, "deb"],
		[/\.udeb$/, "udeb"],
		[/\.ddeb$/, "ddeb"],
		[/\.changes$/, "changes"],
		[/\.buildinfo$/, "buildinfo"],
		[/\.dsc$/, "dsc"],
		[/\.build$/, "log"],
		[/\.packages$/, "packages-list"],
		[/^(junit\.xml|code-quality\.json)$/, "report"]
	].find(([pattern]) => pattern.test(name))?.[1] ?? "other";
}

// src/builder/deb-source.ts
const FORMS$1 = "a folder that prepare-sources wrote for a deb target, or a .dsc with its files beside it";
async function readDebSource(location) {
	if (location.endsWith(".dsc")) return fromDsc(location);
	if (/\.(?:[ud]?deb|changes)$/.test(location)) throw new UserError({
		what: "what a build has made",
		where: location,
		expected: "a .dsc"
	});
	const { manifest, folder, sha256, file } = await readManifest(location, FORMS$1);
	if (manifest.stage !== "sources" || manifest.package.format !== "deb") throw new UserError({
		what: "not the manifest of a Debian source package",
		where: file,
		found: `${manifest.package.format} ${manifest.stage}`,
		expected: "what prepare-sources wrote"
	});
	await verifyFiles(folder, manifest);
	const dsc = manifest.files.find((entry) => entry.role === "dsc")?.name;
	if (dsc === void 0) throw new UserError({
		what: "the manifest lists no .dsc",
		where: file
	});
	const source = await fromDsc(path.join(folder, dsc));
	if (source.name !== manifest.package.name || source.version !== manifest.package.version) throw new UserError({
		what: "the .dsc is for another package than the manifest says",
		where: path.join(folder, dsc),
		found: `${source.name} ${source.version}`,
		expected: `${manifest.package.name} ${manifest.package.version}`
	});
	return {
		...source,
		roles: new Map(manifest.files.map((entry) => [entry.name, entry.role])),
		origins: manifest.origins,
		change: manifest.change,
		manifestSha256: sha256,
		sourceDateEpoch: manifest.sourceDateEpoch
	};
}
async function fromDsc(file) {
	const folder = path.dirname(path.resolve(file));
	const text = await readFile(file, "utf8").catch((error) => {
		throw new UserError({
			what: "the source package cannot be read",
			where: file,
			found: error.code ?? "an error"
		});
	});
	const { source: name, version, files, paragraph } = parseDsc(text, file);
	for (const entry of files) {
		const place = path.join(folder, entry.name);
		const found = await digestFile(place).catch((error) => {
			throw new UserError({
				what: "a file of the source package cannot be read",
				where: place,
				found: error.code ?? "an error"
			});
		});
		if (found.size !== entry.size || found.sha256 !== entry.digest) throw new UserError({
			what: "the file is not the one that the .dsc lists",
			where: place
		});
	}
	return {
		folder,
		files: [path.basename(file), ...files.map((entry) => entry.name)],
		roles: new Map([[path.basename(file), "dsc"], ...files.map((entry) => [entry.name, roleOfSource(entry.name)])]),
		dsc: path.basename(file),
		name,
		version,
		fileVersion: withoutEpoch(version),
		architectures: requireField(paragraph, "Architecture", file).split(/\s+/),
		origins: [],
		change: "merge",
		manifestSha256: void 0,
		sourceDateEpoch: void 0
	};
}
function roleOfSource(name) {
	if (/\.orig(-[a-z0-9-]+)?\.tar\.[a-z0-9]+\.asc$/.test(name)) return "orig-signature";
	if (/\.orig(-[a-z0-9-]+)?\.tar\.[a-z0-9]+$/.test(name)) return "orig";
	if (/\.debian\.tar\.[a-z0-9]+$/.test(name)) return "debian";
	if (/\.diff\.gz$/.test(name)) return "diff";
	return "native";
}

// src/builder/rpm-results.ts
function rpmFileName({ name, evr, architecture, isSource }) {
	return `${name}-${evr.version}-${evr.release ?? ""}.${isSource ? "src" : architecture}.rpm`;
}
const sourceName = (file) => file.replace(/\.nosrc\.rpm$/, ".src.rpm");
async function readRpmResults(folder, source, architecture) {
	const names = (await readdir(folder)).filter((name) => name.endsWith(".rpm")).sort();
	const read = [];
	const refuse = (refused) => ({
		packages: [],
		made: void 0,
		refused
	});
	for (const file of names) try {
		read.push({
			file,
			package: await readRpmPackage(path.join(folder, file), file)
		});
		await verifyPayload(path.join(folder, file), { shown: file });
	} catch (error) {
		if (!(error instanceof UserError)) throw error;
		return refuse(`a package among the results cannot be read: ${error.message}`);
	}
	const packages = read.filter((entry) => !entry.package.isSource);
	const [made, second] = read.filter((entry) => entry.package.isSource);
	if (second !== void 0) return refuse(`the results have two source packages: ${made?.file}, ${second.file}`);
	const origin = made?.package ?? source.package;
	if (origin === void 0) return packages.length === 0 ? {
		packages,
		made
	} : refuse("the results have no source package");
	if (source.version !== void 0 && origin.name !== source.name) return refuse(`the source package that was built is ${quote(origin.name)}, not ${quote(source.name)}`);
	const sourceRpm = rpmFileName(origin);
	for (const { file, package: entry } of read) if (sourceName(file) !== rpmFileName(entry)) return refuse(`${quote(file)} holds the package ${quote(rpmFileName(entry))}`);
	for (const { file, package: entry } of packages) {
		if (sourceName(entry.sourceRpm ?? "") !== sourceRpm) return refuse(`${quote(file)} was built from ${quote(entry.sourceRpm ?? "nothing")}, not from ${sourceRpm}`);
		if (entry.architecture !== "noarch" && baseArchitecture(entry.architecture) !== baseArchitecture(architecture)) return refuse(`${quote(file)} is for ${entry.architecture}, not for ${architecture}`);
	}
	return {
		packages,
		made
	};
}
async function placeSource(folder, source, made, wanted) {
	const given = source.package;
	const isGiven = given !== void 0 && (made === void 0 || sameVersion(given, made.package));
	if (made !== void 0 && (!wanted || isGiven)) await rm(path.join(folder, made.file));
	if (!wanted) return { file: void 0 };
	if (isGiven) {
		const file = rpmFileName(given);
		await copyFile(path.join(source.folder, source.main), path.join(folder, file));
		return { file };
	}
	const version = made && formatEvr(made.package.evr);
	if (made === void 0 || source.version === void 0 || source.version === version) return { file: made?.file };
	return {
		file: made.file,
		warning: `the source package is ${source.version} as given and ${version} in the buildroot, whose macros differ; the one that mock made is handed on`
	};
}
function sameVersion(one, other) {
	return one.name === other.name && formatEvr(one.evr) === formatEvr(other.evr);
}
function roleOfRpmResult(name) {
	return [
		[/\.(?:no)?src\.rpm$/, "srpm"],
		[/\.rpm$/, "rpm"],
		[/\.log$/, "log"],
		[/\.packages$/, "packages-list"],
		[/^(?:junit\.xml|code-quality\.json)$/, "report"]
	].find(([pattern]) => pattern.test(name))?.[1] ?? "other";
}

// src/builder/mock.ts
const REPRODUCIBLE = [
	{
		name: "source_date_epoch_from_changelog",
		value: "1"
	},
	{
		name: "use_source_date_epoch_as_buildtime",
		value: "1"
	},
	{
		name: "clamp_mtime_to_source_date_epoch",
		value: "1"
	},
	{
		name: "build_mtime_policy",
		value: "clamp_to_source_date_epoch"
	},
	{
		name: "_buildhost",
		value: "localhost"
	}
];
function rpmbuildOptions({ jobs, check, ...settings }) {
	const defines = [
		...REPRODUCIBLE,
		{
			name: "_smp_mflags",
			value: `-j${jobs}`
		},
		{
			name: "_smp_build_ncpus",
			value: String(jobs)
		},
		...settings.defines
	];
	return [
		...settings.with.flatMap((name) => ["--with", name]),
		...settings.without.flatMap((name) => ["--without", name]),
		...defines.flatMap(({ name, value }) => ["--define", `${name} ${value}`]),
		...check ? [] : ["--nocheck"]
	];
}
const MACRO_NAME = /^[A-Za-z_][A-Za-z0-9_]{2,}(?:\([A-Za-z0-9:-]*\))?$/;
function parseDefine(text) {
	const [, name = "", value = ""] = /^%?(\S+)[ \t]+(\S.*)$/.exec(text.trim()) ?? [];
	const bad = (what, expected) => new UserError({
		what,
		where: "input defines",
		found: quote(text),
		expected
	});
	if (!MACRO_NAME.test(name)) throw bad("not a macro", "NAME VALUE, the name of three or more letters, digits and underscores");
	if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) throw bad("a macro with control characters", "one line of text");
	if (/\{[{%#]/.test(value)) throw bad("a macro that mock takes for a template", "no {{, {% or {#");
	if (value.endsWith("\\") || !isClosed(value)) throw bad("a macro that does not end on its line", "brackets that are closed, and no backslash at the end");
	return {
		name,
		value
	};
}
function isClosed(value) {
	return [
		["{", "}"],
		["(", ")"],
		["[", "]"]
	].every(([open, close]) => {
		let depth = 0;
		for (let at = 0; at < value.length; at++) if (value[at] === "%" && value[at + 1] === "%") at++;
		else if (value[at] === open && (depth > 0 || value[at - 1] === "%")) depth++;
		else if (value[at] === close && depth > 0) depth--;
		return depth === 0;
	});
}
const CONDITION = /^[A-Za-z0-9_]{1,64}$/;

// src/builder/rpm-dependencies.ts
const NOT_INSTALLED = 30;
const REQUIRING = /^[A-Za-z0-9][A-Za-z0-9.+_~^-]{0,250}\.rpm$/;
async function install(request, argv) {
	const { session, steps, log, retries, signal } = request;
	for (let attempt = 1;; attempt++) {
		await steps.run("installdeps", argv, true);
		if (steps.isGood) return true;
		if (attempt > retries || steps.last.end !== "exit") return false;
		const { retryable } = await steps.diagnose(session.results, { hasPackages: false });
		if (!retryable) return false;
		const wait = waitAfter(attempt);
		log.line(retryLine(attempt, retries + 1, wait));
		await pause(wait, signal);
		await forgetMetadata(session);
	}
}
async function forgetMetadata({ session, buildroot }) {
	await session.run([
		"sh",
		"-c",
		"cd \"$1\" && rm -rf dnf libdnf5 yum",
		"sh",
		path.join(buildroot, "var/cache")
	], { okExitCodes: "any" });
}
const COPY_REQUIRING = `
set -eu
mkdir "$2"
take() { find "$1" -maxdepth 1 -type f -name "$3" -exec cp --no-dereference --no-preserve=all -t "$2" {} +; }
take "$1" "$2" '*.buildreqs.nosrc.rpm'
[ -n "$(ls -A "$2")" ] || take "$1" "$2" '*.src.rpm'
ls -A "$2"
`;
async function requiringPackages({ session, steps }, round) {
	if (steps.last.end !== "exit" || steps.last.exitCode !== NOT_INSTALLED) return [];
	const folder = path.join(session.results, `requires-${round}`);
	const left = path.join(session.buildroot, "builddir/build/SRPMS");
	const { stdout } = await session.session.run([
		"sh",
		"-c",
		COPY_REQUIRING,
		"sh",
		left,
		folder
	]);
	return stdout.split("\n").filter((name) => REQUIRING.test(name)).map((name) => path.join(folder, name));
}

// src/builder/rpm-plan.ts
const MOST_BYTES = 16 * 1024 ** 2;
const BRING_PLUGIN = `
if [ -d "$1/etc" ] && [ ! -L "$1/etc" ]; then
  mkdir -p "$1$2" && cp -R "$2/." "$1$2/"
fi
`;
async function planDependencies(session, source, seconds) {
	return (await planTransaction(session, ["--installdeps", source], seconds)).plan;
}
async function planTransaction(session, argv, seconds) {
	const { buildroot } = session;
	const file = path.join(buildroot, PLAN_FILE);
	await session.session.run([...[
		"sh",
		"-c",
		BRING_PLUGIN,
		"sh"
	], ...[path.join(BASEDIR, `${ROOT_NAME}-bootstrap`, "root"), PLUGIN_FOLDER]]);
	await session.session.run([
		"rm",
		"-f",
		"--",
		file
	]);
	let said = "";
	try {
		const { stdout, stderr } = await session.mock([`--resultdir=${path.join(session.results, "plan")}`, ...argv], {
			use: "plan",
			network: true,
			okExitCodes: "any",
			timeoutSeconds: seconds,
			captureBytes: 65536
		});
		said = `${stdout}\n${stderr}`;
	} catch (error) {
		if (!(error instanceof CommandError) || error.failure.end === "cancelled") throw error;
		return {
			plan: void 0,
			isTold: true
		};
	}
	const { exitCode, stdout } = await session.session.run([
		"cat",
		"--",
		file
	], {
		okExitCodes: "any",
		captureBytes: MOST_BYTES
	});
	const plan = exitCode === 0 ? parsePlan(stdout) : void 0;
	return {
		plan,
		isTold: plan !== void 0 || !said.includes("what is to be installed cannot be told beforehand")
	};
}

// src/builder/rpm-repositories.ts
const KEPT$1 = `
cd "$1"
for file in dnf/*/repodata/repomd.xml libdnf5/*/repodata/repomd.xml yum/*/repodata/repomd.xml; do
  [ -f "$file" ] && [ ! -L "$file" ] || continue
  sum=$(sha256sum < "$file")
  echo "\${sum%% *} $file $(head -c 65536 < "$file" | sed -n 's|.*<revision>\\([^<]*\\)</revision>.*|\\1|p' | head -n 1)"
done
`;
const LINE = /^([0-9a-f]{64}) [a-z0-9]+\/([^/]+)\/repodata\/repomd\.xml ?([\x21-\x7e]{0,64})$/;
async function usedRepositories({ session, buildroot }, generation, own) {
	const { stdout } = await session.run([
		"sh",
		"-c",
		KEPT$1,
		"sh",
		`${buildroot}/var/cache`
	], { okExitCodes: "any" });
	const kept = /* @__PURE__ */ new Map();
	for (const line of stdout.split("\n")) {
		const [, sha256, folder = "", revision = ""] = LINE.exec(line) ?? [];
		if (sha256 !== void 0) kept.set(folder.replace(/-[0-9a-f]{16}$/, ""), {
			sha256,
			revision
		});
	}
	const describe = (uri, id, date) => {
		const { sha256, revision } = kept.get(id) ?? {};
		return {
			uri: repositoryFolder({ baseurl: uri }) ?? uri,
			suite: id,
			...date ? { date } : {},
			...sha256 ? { sha256 } : {},
			...revision ? { revision } : {}
		};
	};
	return [...generation.record.releases.map(({ uri, release, sha256, date }) => describe(uri, release, kept.get(release)?.sha256 === sha256 ? date : void 0)), ...own.map(({ baseurl, name }) => describe(baseurl, name))];
}

// src/builder/rpm-layer.ts
async function openLayer(context, file, source) {
	const { request, log } = context;
	const staged = await spare(request, "no layer can be made", () => stageLayer(request.state, request.signal));
	if (staged === void 0) return void 0;
	await using rollback = new AsyncDisposableStack();
	rollback.use(staged);
	const downloads = await rpmDownloads(request);
	if (downloads !== void 0) rollback.use(downloads);
	const session = await spare(request, "no layer can be made", () => context.open({
		files: [file],
		upper: staged.upper,
		...downloads ? { downloads } : {}
	}));
	if (session === void 0) return void 0;
	let isEntered = false;
	rollback.defer(() => isEntered ? session.session.stop() : session.session.close());
	log.phase("dependencies");
	log.banner("Install build dependencies");
	const plan = await planDependencies(session, source, context.left() / 2);
	if (plan === void 0) {
		log.line("dnf does not tell beforehand what it would install: the build goes on without a layer");
		return;
	}
	const used = () => usedRepositories(session, request.generation, request.repositories);
	if (plan.install.length === 0 && plan.remove.length === 0) {
		log.line("layer (none needed)");
		return {
			trees: [],
			id: void 0,
			installed: request.generation.record.packages,
			repositories: await used(),
			[Symbol.asyncDispose]: inBackground(rollback.move())
		};
	}
	const key = keyOf(request, plan);
	const found = await spare(request, "a layer cannot be looked for", () => findLayer(request.state, key, request.signal));
	if (found !== void 0) {
		const repositories = await used();
		for (const { nevra } of plan.install) log.write(`  ${nevra}`);
		log.line(`layer ${found.id} (hit)`);
		const closed = inBackground(rollback.move());
		return {
			...readyOf(found, repositories),
			[Symbol.asyncDispose]: () => closed().finally(found.release)
		};
	}
	const { steps } = context;
	await steps.enter(session);
	isEntered = true;
	await installPlanned(context, session, source, plan, downloads);
	if (!steps.isGood) {
		if (await isFull(context, session)) return void 0;
		return {
			failed: session,
			repositories: await used()
		};
	}
	const installed = await session.installedRpms();
	const repositories = await used();
	await session.session.stop();
	const layer = await keep(context, staged, key, plan, installed);
	if (layer !== void 0) {
		log.line(`layer ${layer.id} (made)`);
		return readyOf(layer, repositories);
	}
	log.line("layer (not kept)");
	rollback.move();
	await downloads?.[Symbol.asyncDispose]();
	return {
		trees: [staged.changes],
		id: void 0,
		installed,
		repositories,
		[Symbol.asyncDispose]: staged.discard
	};
}
const readyOf = (layer, repositories) => ({
	trees: [layer.tree],
	id: layer.id,
	installed: layer.record.installed,
	repositories,
	[Symbol.asyncDispose]: layer.release
});
function inBackground(rest) {
	const done = rest.disposeAsync();
	done.catch(() => {});
	return () => done;
}
async function installPlanned({ request, log, steps }, session, source, plan, downloads) {
	if (plan !== void 0 && downloads !== void 0) {
		const offered = await spare(request, "kept downloads cannot be used", () => downloads.offer(session, plan));
		if (offered) log.line(`downloads: ${offered.kept} kept, ${offered.missing} to be fetched`);
	}
	const isInstalled = await install({
		session,
		steps,
		log,
		retries: request.limits.retries,
		signal: request.signal
	}, ["--installdeps", source]);
	await session.session.endProcesses();
	if (isInstalled && plan !== void 0 && downloads !== void 0) await spare(request, "downloads cannot be kept", () => downloads.keep(session, plan, request.caches.downloads));
}
async function rpmDownloads(request) {
	if (request.caches.downloads === 0) return void 0;
	return spare(request, "downloads cannot be kept", () => openRpmDownloads(request.state, request.signal));
}
const keyOf = ({ architecture, generation }, plan) => ({
	format: "rpm",
	architecture,
	generation,
	packages: planEntries$1(plan)
});
async function keep({ request, log }, staged, key, plan, installed) {
	const { state, generation } = request;
	const isWhole = isAsPlanned$1(plan, generation.record.packages, installed);
	if (!isWhole) log.line("W: dnf installed other packages than it had said: the layer is not kept");
	return keepInRoom(request, async () => {
		await freeze(staged.changes, layerId(key));
		return isWhole ? keepLayer(state, staged, key, { installed }) : void 0;
	});
}
const NOT_OF_A_LAYER = [
	...[
		"builddir",
		"installation-homedir",
		".initialized",
		PLAN_FILE
	],
	...[
		"var/cache/dnf",
		"var/cache/libdnf5",
		"var/cache/yum",
		"etc/dnf/dnf.conf",
		"etc/yum/yum.conf"
	],
	...[
		"dnf.log",
		"dnf.librepo.log",
		"dnf.rpm.log",
		"dnf5.log",
		"hawkey.log",
		"yum.log"
	].map((name) => `var/log/${name}`),
	...["var/lib/rpm", "usr/lib/sysimage/rpm"].flatMap((folder) => [
		".rpm.lock",
		".dbenv.lock",
		...[
			1,
			2,
			3,
			4,
			5
		].map((number) => `__db.00${number}`)
	].map((name) => `${folder}/${name}`))
];
async function freeze(changes, id) {
	await removeAllBut(changes, ROOT_NAME);
	await removeAllBut(path.join(changes, ROOT_NAME), "root");
	await freezeLayer(changes, {
		root: path.join(ROOT_NAME, "root"),
		without: NOT_OF_A_LAYER,
		id
	});
}
async function removeAllBut(folder, kept) {
	for (const name of await readdir(folder)) if (name !== kept) await removeTree(path.join(folder, name));
}
async function isFull({ request, steps }, { results }) {
	if (request.scratch === "disk" || steps.last.end !== "exit") return false;
	const { quotes } = await steps.diagnose(results, { hasPackages: false });
	if (!quotes.some(({ text }) => /No space left on device|needs \d+[KMG]?B(?: more space)? on/i.test(text))) return false;
	request.logger.warning("The disk of the state folder is full: the build goes on without a layer.");
	return true;
}

// src/builder/rpm-package-files.ts
const NAME$1 = "package-files";
async function packageFileRepository({ state, runId, signal }, files) {
	if (files.length === 0) return {
		repositories: [],
		[Symbol.asyncDispose]: () => Promise.resolve()
	};
	const name = `packages-${randomBytes(4).toString("hex")}`;
	const { folder, remove } = await claimFolder(path.join(state, "sessions"), name, {
		runId,
		what: `the package files ${name}`
	});
	try {
		for (const [index, file] of files.entries()) {
			if ((await readRpmPackage(file)).isSource) continue;
			await mkdir(path.join(folder, String(index)));
			await copyFile(file, path.join(folder, String(index), path.basename(file)), constants$1.COPYFILE_FICLONE);
		}
		await run([
			"createrepo_c",
			"--quiet",
			"--no-database",
			folder
		], { signal });
		return {
			repositories: [{
				name: NAME$1,
				baseurl: `file:${folder}`,
				keys: [],
				trusted: true
			}],
			[Symbol.asyncDispose]: remove
		};
	} catch (error) {
		await remove();
		throw error;
	}
}

// src/builder/rpm-rebuild.ts
const MOST_ROUNDS = 10;
async function rebuild({ request, log, steps, cache }, session, source, before) {
	const { network, limits, signal, extraPackages } = request;
	const options = rpmbuildOptions(request);
	const dependencies = {
		session,
		steps,
		log,
		retries: limits.retries,
		signal
	};
	let installed = before;
	let hasAsked = false;
	if (extraPackages.length > 0) {
		log.phase("dependencies");
		log.banner("Install extra packages");
		hasAsked = true;
		if (!await install(dependencies, ["--install", ...extraPackages])) return {
			installed: [],
			hasAsked
		};
		installed = await session.installedRpms();
	}
	for (let round = 1;; round++) {
		if (hasAsked) await session.session.endProcesses();
		await cache?.prepare(session.session, "login");
		log.phase("build");
		log.banner("Build");
		await steps.run("rebuild", [
			"--rebuild",
			source,
			...options,
			...network ? ["--enable-network"] : []
		], network);
		const requiring = network || round > MOST_ROUNDS ? [] : await requiringPackages(dependencies, round);
		if (requiring.length === 0) return {
			installed,
			hasAsked
		};
		log.phase("dependencies");
		log.banner("Install build dependencies that the spec file names in the buildroot");
		hasAsked = true;
		if (!await install(dependencies, ["--installdeps", ...requiring])) return {
			installed,
			hasAsked
		};
		const former = installed;
		installed = await session.installedRpms();
		if (installed.join() === former.join()) round = MOST_ROUNDS;
	}
}

// src/builder/log/mock-state.ts
const STATE = /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ - )?(Start|Finish)(\(bootstrap\))?: (.+)$/;
const RUN = /^INFO: mock(?:\.py)? version \S+ starting\b/;
const VERSION$1 = /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ - )?(?:INFO: )?Mock Version: /;
const ASIDE = /^(?:run|clean chroot|init plugins|Outputting list of .*|scrub .*|device setup|shell|chroot .*)$/;
function phaseOfState(state) {
	if (/^rpmbuild -bs$|^buildsrpm$/.test(state)) return "source";
	if (state.startsWith("rpmbuild ")) return "build";
	if (state.startsWith("build setup for ")) return "dependencies";
	if (state.startsWith("build phase for ")) return "results";
	if (/^\S+ update$/.test(state)) return "update";
	return ASIDE.test(state) && state !== "clean chroot" ? void 0 : "setup";
}
function readState(text) {
	let open = [];
	let reached;
	let initialized = false;
	let started = false;
	let known = false;
	const reset = () => {
		open = [];
		reached = void 0;
		initialized = false;
		started = false;
	};
	eachLine(text, (line) => {
		if (RUN.test(line) || VERSION$1.test(line) && reached !== void 0) {
			reset();
			return;
		}
		const found = STATE.exec(line);
		const name = found?.[3];
		if (!found || name === void 0) return;
		if (found[1] === "Start") {
			known = true;
			if (open.length < 100) open.push(name);
			if (name.startsWith("rpmbuild ") && name !== "rpmbuild -bs") started = true;
			const phase = ASIDE.test(name) ? void 0 : phaseOfState(name);
			if (phase !== void 0 && phase !== "results" && !(phase === "setup" && initialized)) reached = phase;
		} else {
			const at = open.lastIndexOf(name);
			if (at !== -1) open.splice(at, 1);
			if (name === "chroot init" && !found[2]) initialized = true;
		}
	});
	const innermost = open.filter((state) => !ASIDE.test(state) && !state.startsWith("build phase for ")).at(-1);
	return {
		phase: (innermost === void 0 ? void 0 : phaseOfState(innermost)) ?? reached ?? "setup",
		initialized,
		started,
		known
	};
}
const STDERR = /^BUILDSTDERR: ?/;
const ERROR = /^(?:ERROR|CRITICAL): /;
const EXCEPTION = /^ERROR: Exception\(/;
const FAILED = /^ERROR: (?:Command failed: ?|Timeout\((\d+)\) expired for command:)$/;
const SIGNAL = /^(?:INFO: )?Received signal (SIG\w+) activating orphansKill/;
function readEnd(stderr) {
	let from = 1;
	let exception = false;
	let first;
	let failed;
	let command;
	let awaiting = false;
	let signal;
	eachLine(stderr, (text, number) => {
		if (RUN.test(text)) {
			from = number;
			exception = false;
			first = void 0;
			failed = void 0;
			command = void 0;
			awaiting = false;
			signal = void 0;
			return;
		}
		if (awaiting) {
			awaiting = false;
			if (text.startsWith(" # ")) command = argvOf(text.slice(3).trim());
		}
		signal ??= SIGNAL.exec(text)?.[1];
		if (!ERROR.test(text)) return;
		if (EXCEPTION.test(text)) {
			exception = true;
			first = void 0;
			failed = void 0;
			command = void 0;
			return;
		}
		const match = failed ? void 0 : FAILED.exec(text);
		if (match) {
			failed = {
				line: {
					number,
					text
				},
				timeout: match[1] === void 0 ? void 0 : Number(match[1])
			};
			awaiting = true;
		}
		if (!exception || !first) first = {
			number,
			text
		};
	});
	return {
		line: failed?.line ?? first,
		command,
		timeout: failed?.timeout,
		signal,
		from
	};
}
const PROGRAM$1 = /^(?:\/\S*\/)?(?:(rpmbuild)|(dnf(?:-?[345])?|microdnf|tdnf|yum(?:-builddep|-deprecated|-builddep-deprecated)?)|(?:rpm|bash|sh|tar|mount|umount|useradd|userdel|usermod|groupadd|groupdel|chown|chmod|cp|mv|lscpu|free|df|btrfs|podman|pip3|cargo|pigz|zstd|ccache|setfacl))$/;
function argvOf(command) {
	if (!command.startsWith("[")) return command.split(" ");
	return Array.from(command.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g), (match) => match[1] ?? match[2] ?? "");
}
function rpmbuildMode(command) {
	const at = command.search(/(?:^|[\s/'"])rpmbuild /);
	return at === -1 ? void 0 : / -b([abcilprs])(?=[\s'"]|$)/.exec(command.slice(at, at + 4096))?.[1];
}
function kindOfCommand(argv) {
	const mode = rpmbuildMode(argv.join(" "));
	if (mode !== void 0) return {
		kind: mode === "s" ? "source" : "build",
		program: "rpmbuild"
	};
	const known = (/(?:^|\/)systemd-nspawn$/.test(argv[0] ?? "") ? 1 : 0) === 0 ? 0 : argv.findIndex((word, index) => index > 0 && PROGRAM$1.test(word));
	const word = argv[Math.max(known, 0)] ?? "";
	const program = word.slice(word.lastIndexOf("/") + 1);
	return {
		kind: PROGRAM$1.exec(word)?.[2] ? "manager" : "other",
		program
	};
}
function phaseOfCommand(command) {
	if (command === "installdeps") return "dependencies";
	if (command === "buildsrpm") return "source";
	return command === "rebuild" ? "build" : "setup";
}
function phaseOfManager(argv, initialized) {
	const whole = argv.slice(0, 400).join(" ");
	if (/yum-builddep|\bbuilddep\b|\bresolvedep\b|\brepoquery\b/.test(whole)) return "dependencies";
	if (/(?:^| )(?:update|upgrade|distro-sync)(?: |$)/.test(whole)) return "update";
	return initialized ? "dependencies" : "setup";
}

// src/builder/log/mock-build.ts
const RETURNED$1 = /^Child return code was: (-?\d+)$/;
const SECTION = /Executing\((%?[a-z_]+)\): \/\S+ (?:-\S+ )*\S*rpm-tmp\.\w+/;
const BAD_EXIT = /Bad exit status from (\S+) \((%?[a-z_]+)\)/;
const SPEC$1 = /\/SPECS\/([^\s/'"]+\.spec)\b/;
const TARGET = /^Building (?:target platforms|for target)/;
const PACKAGING = /^(?:Processing files: |Checking for unpackaged file\(s\): )/;
const WROTE = /^Wrote: \S+\/RPMS\//;
const XTRACE = /^\++ (?!\S[^\t]*\t\d{4}-|(?<=^\+\+\+ )b\/\S+$)/;
const CLOSING = /^\++ (?:(exit \d+)|RPM_EC=\d+|jobs -p|false)$/;
const COMPLAINT = /(?:^|[\s:*[("'])(?:error|fatal|fail(?:ed|ure)?|cannot|can't|could not|unable to|not found|no such|denied|invalid|unknown|undefined|missing|unexpected|abort(?:ed|ing)?)\b/i;
const PATCH = /(?:SOURCES\/|^Patch #\d+ \()([^\s'")]+\.(?:patch|diff|dif)[\w.]*)/;
const UNPACKAGED = /Installed \(but unpackaged\) file\(s\) found:/;
const RANKS = {
	s: 0,
	r: 1
};
const SECTIONS = /* @__PURE__ */ new Map([
	["%prep", "unpack"],
	["%mkbuilddir", "unpack"],
	["%generate_buildrequires", "configure"],
	["%conf", "configure"],
	["%build", "build"],
	["%install", "install"],
	["%check", "test"],
	["%doc", "package"],
	["%license", "package"],
	["%clean", "clean"],
	["rmbuild", "clean"],
	["%rmbuild", "clean"]
]);
function phaseOfSection(section) {
	return section === "%generate_buildrequires" ? "dependencies" : linesOfSection(section);
}
function linesOfSection(section) {
	return SECTIONS.get(section) ?? "build";
}
const VISITED_FIRST = 5e4;
const VISITED_LAST = 4e5;
function bareBuild(line) {
	return line.replace(STDERR, "");
}
function readBuild(log) {
	let rank = -1;
	let first = 0;
	let last = 0;
	let lines = 0;
	let returnedAt = 0;
	let code;
	let phase = "source";
	let segment = 0;
	let section = "";
	const segments = /* @__PURE__ */ new Map();
	let badExit;
	let shown;
	let exit;
	let before;
	let output;
	let complaint;
	let spec;
	let patch;
	let reached = false;
	let wrote = false;
	let unpackaged = [];
	let listing = false;
	eachLine(log, (whole, number, offset) => {
		lines = number;
		const text = whole.replace(STDERR, "");
		if (text.startsWith("Executing command: ")) {
			const command = rank < 2 ? wholeLine(log, offset) : text;
			const mode = rpmbuildMode(command);
			const next = mode === void 0 ? -1 : RANKS[mode] ?? 2;
			if (mode !== void 0 && rank < 2 && next >= rank) {
				rank = next;
				first = number + 1;
				code = void 0;
				returnedAt = 0;
				badExit = void 0;
				shown = void 0;
				exit = void 0;
				before = void 0;
				output = void 0;
				complaint = void 0;
				reached = false;
				wrote = false;
				unpackaged = [];
				listing = false;
				section = "";
				phase = next === 0 ? "source" : "unpack";
				segment = number;
				spec = SPEC$1.exec(command)?.[1] ?? spec;
				return;
			}
		}
		if (first === 0) return;
		const returned = text.startsWith("Child return code") ? RETURNED$1.exec(text) : void 0;
		if (returned?.[1]) {
			code = Number(returned[1]);
			returnedAt = number;
			return;
		}
		const line = {
			file: "build.log",
			text,
			number,
			phase,
			origin: "package",
			segment
		};
		const begun = text.includes("Executing(") ? SECTION.exec(text)?.[1] : void 0;
		if (begun !== void 0) {
			segment = number;
			section = begun;
			segments.set(section, segment);
			phase = phaseOfSection(section);
			return;
		}
		if (PACKAGING.test(text)) {
			if (phase !== "package") segment = number;
			phase = "package";
			return;
		}
		if (TARGET.test(text)) reached = true;
		if (WROTE.test(text)) wrote = true;
		const bad = text.includes("Bad exit status") ? BAD_EXIT.exec(text) : void 0;
		if (bad?.[2]) {
			badExit = {
				line,
				said: badExit?.section === bad[2] && !text.includes("error: Bad exit") ? badExit.said : line,
				section: bad[2],
				segment: segments.get(bad[2]) ?? segment
			};
			listing = false;
			return;
		}
		if (XTRACE.test(text) && tornTrace(text) === void 0) {
			if (!badExit || badExit.section !== section) {
				const closing = CLOSING.exec(text);
				if (!closing || text.endsWith(" false") && complaint === void 0) {
					shown = line;
					output = void 0;
					complaint = void 0;
				}
				exit = closing?.[1];
			}
			patch = PATCH.exec(text)?.[1] ?? patch;
			return;
		}
		patch = text.startsWith("Patch #") ? PATCH.exec(text)?.[1] ?? patch : patch;
		if (UNPACKAGED.test(text)) {
			unpackaged = [];
			listing = true;
		} else if (listing && /^ {3,}\//.test(text)) {
			if (unpackaged.length < 2e3) unpackaged.push(line);
		} else if (text.trim() !== "") {
			listing = false;
			if (!/^ *RPM build (?:errors|warnings):|^(?:error: | {4})/.test(text)) {
				before = line;
				output = line;
				if (COMPLAINT.test(text)) complaint = line;
			}
		}
	});
	last = first === 0 ? 0 : returnedAt > 0 ? returnedAt - 1 : lines;
	if (first > 0 && last < first - 1) last = first - 1;
	return {
		mode: rank < 0 ? void 0 : rank === 0 ? "source" : rank === 1 ? "requires" : "packages",
		phase,
		segment,
		first,
		last,
		code,
		badExit: badExit && badExit.line.number <= Math.max(last, returnedAt) ? {
			...badExit,
			segment: segments.get(badExit.section) ?? badExit.segment
		} : void 0,
		command: shown,
		exit,
		before,
		output: complaint ?? output,
		spec,
		patch,
		unpackaged,
		reached,
		wrote
	};
}
const CAUSE = /:\d+:(?:\d+:)? (?:fatal )?error: |configure: error: |CMake Error|(?:cp|mv|install|ln|mkdir|rmdir|chmod|cat|sed|tar|gzip|find|patch|make(?:\[\d+\])?): (?:cannot |\*\*\* |error |stdin: )|FAILED |FAIL: |(?:: |\.{3} ?)FAIL(?:ED)?$|--- FAIL: |not ok \d|\d+ out of \d+ hunks? |Hunk #\d|E {3}|(?:[A-Z][a-z]+)+(?:Error|Exception): |Error \d+$|\*\*\* |error(?:\[E\d+\])?: |undefined reference to |: cannot |cannot find -l|: No such file|: (?:command )?not found|Found '|ERROR: |fatal: |Can't locate |Killed|Segmentation fault/;
function causeIn(text) {
	const found = CAUSE.exec(text);
	if (!found) return void 0;
	let start = found.index;
	while (start > 0 && /[\w+./~[\]-]/.test(text[start - 1] ?? "")) start -= 1;
	while (start > 1 && text[start - 1] === " " && text[start - 2] === ":") {
		start -= 2;
		while (start > 0 && /[\w+./~[\]-]/.test(text[start - 1] ?? "")) start -= 1;
	}
	return {
		words: found.index,
		start
	};
}
function embeddedCauses(text) {
	const mark = text.lastIndexOf("BUILDSTDERR: ");
	if (mark > 0) {
		const rest = text.slice(mark).replace(STDERR, "");
		return [rest, ...embeddedCauses(rest)];
	}
	const cause = causeIn(text);
	if (!cause || cause.words === 0 || /^\s/.test(text)) return [];
	const { words, start } = cause;
	return [text.slice(words), ...start > 0 && start < words ? [text.slice(start)] : []];
}
function tornTrace(text) {
	const body = text.replace(/^\++ /, "");
	return !body.startsWith(":") && causeIn(body)?.start === 0 ? body : void 0;
}
function gluedCauses(text) {
	const words = causeIn(text)?.words ?? 0;
	if (words === 0 || !/\w/.test(text[words - 1] ?? "") || /^:/.test(text.slice(words))) return [];
	const before = text.slice(0, words);
	return [/'/g, /"/g].some((quote) => (before.match(quote)?.length ?? 0) % 2 === 1) ? [] : [text.slice(words)];
}
function withoutLastWords(text) {
	if (text.startsWith("error: ") && /^error: ?(?:RPM build errors:|Executing|Building|Processing)?/.exec(text)?.[0] === text) return "";
	if (!text.includes("Bad exit status")) return text;
	if (/(?:error: | {4})Bad exit status from /.test(text)) return text.replace(/(?:error: | {4})Bad exit status from .*/, "");
	return text.startsWith("error: ") ? "" : text.replace(/Bad exit status from .*/, "");
}
function walkBuild(log, { first, last }, phase, visitors) {
	let segment = first - 1;
	let own = "unpack";
	eachLine(log, (whole, number) => {
		if (number < first || number > last) return;
		if (number > first + VISITED_FIRST && number < last - VISITED_LAST) return;
		const text = whole.replace(STDERR, "");
		const begun = text.includes("Executing(") ? SECTION.exec(text) : void 0;
		if (begun?.[1] !== void 0) {
			segment = number;
			own = linesOfSection(begun[1]);
			visitors.onCommand?.(void 0);
			if (begun.index === 0) return;
		} else if (PACKAGING.test(text)) {
			if (own !== "package") segment = number;
			own = "package";
			return;
		}
		const shown = withoutLastWords(text);
		const line = {
			file: "build.log",
			text: shown,
			number,
			phase: phase ?? own,
			origin: "package",
			segment
		};
		const trace = XTRACE.test(text);
		const torn = trace ? tornTrace(shown) : void 0;
		if (visitors.merged) {
			const causes = trace && torn === void 0 ? gluedCauses(shown) : embeddedCauses(torn ?? shown);
			for (const cause of causes) visitors.merged({
				...line,
				text: cause
			});
		}
		if (torn !== void 0) visitors.visit({
			...line,
			text: torn
		});
		else if (trace) visitors.onCommand?.(text);
		else visitors.visit(line);
	});
}

// src/builder/log/rules-dnf.ts
const infrastructure$1 = {
	phases: ARCHIVE_PHASES,
	verdict: "infrastructure"
};
const configuration$1 = {
	phases: ARCHIVE_PHASES,
	verdict: "configuration",
	retryable: false
};
const BUILDROOT = [
	"setup",
	"update",
	"fetch"
];
const ofPackage$2 = {
	phases: ["dependencies"],
	verdict: "package",
	retryable: false
};
const line = ({ match }) => match.line.text.trim().replace(/^(?:\[MIRROR\] |>>> |- )/, "");
const named$1 = ({ matches, count }) => {
	const items = matches.map(({ groups }) => firstOf(groups));
	const single = items.filter((item) => !item.split(" ").every((part) => part !== item && items.includes(part)));
	return listOf(single, count - (items.length - single.length));
};
const CURL_CERTIFICATE = "(?:51|53|54|58|59|60|64|66|77|80|82|83|90|91)";
const CURL_REQUEST = "(?:1|3|4|9|37|39|67|78)";
const IN_NO_REPOSITORY = /^No matching package to install: '(.+)'$|^(?:Error: )?No match for argument: (.+)|^(?:Error: )?No [Pp]ackages? [Ff]ound for (.+)|^No package (.+) available\.$|^(?:Error: )?(?:Unable to find a match|Missing Dependency): (.+)|^Failed to find package '(.+)'|^ *(?:- )?(?:Problem(?: \d+)?: )?nothing provides requested (.+)|^No such package: (.+)/;
const UNRESOLVED = /^ *(?:-|Problem(?: \d+)?:) (nothing provides .+ needed by .+|(?:installed )?package \S+ (?:from \S+ )?(?:requires .+, but none of the providers can be installed|conflicts with .+|obsoletes .+|is filtered out by .+|does not have a compatible architecture|has inferior architecture|is excluded)|cannot install both .+|problem with installed package .+)$|^Error: Package: (\S+ \(.+\))$|^Error: (\S+ conflicts with \S+)$|^ {11}(Requires: .+)$/;
const DNF_RULES = [
	{
		...infrastructure$1,
		name: "dnf-no-space",
		pattern: /No space left on device|Disk quota exceeded|\bneeds \d+\s?[KMG]?i?B (?:more space )?on the \S+ filesystem|At least \d+\s?[KMG]?i?B more space needed on the \S+ filesystem|Curl error \(23\)/,
		retryable: true,
		reason: ({ context }) => `${spaceOf(context)} before the package was built`
	},
	{
		...infrastructure$1,
		name: "dnf-memory",
		pattern: /(\bMemoryError\b|std::bad_alloc|Cannot allocate memory|: memory alloc \(\d+ bytes\) returned NULL)/,
		retryable: true,
		reason: (found) => `memory ran out while packages were installed: "${text$1(found)}"`
	},
	{
		...infrastructure$1,
		name: "dnf-locked",
		pattern: /^(?:Error: )?(Another app is currently holding the yum lock.*|Existing lock \S+: another copy is running.*|Failed to obtain .*lock.*|can't create transaction lock on \S+.*|error: can't create transaction lock on \S+.*|Waiting for process with pid \d+ to finish.*)/,
		retryable: true,
		reason: (found) => `another process held a lock: "${text$1(found)}"`
	},
	{
		...infrastructure$1,
		name: "dnf-checksum-mismatch",
		pattern: /(Downloading successful, but checksum doesn't match.*|repomd\.xml does not match metalink.*|Package does not match intended download.*|Inconsistent server data.*|[Pp]ackage "?\S{1,200}"? from (?:local )?repository "?\S{1,100}"? has incorrect checksum|Metadata file does not match checksum|(?:Some|The) packages? (?:\S+ )?(?:has|have) invalid checksum.*|[Cc]hecksum (?:error|mismatch|doesn't match)\b.*|does not verify: .{0,100}(?:digest|DIGEST)\b.*|unpacking of archive failed.{0,300}(?:Digest mismatch|Bad magic|premature end|read failed|Archive file not in header).*)/,
		retryable: true,
		reason: (found) => `what was downloaded is not what the repository's index lists: "${line(found)}"`
	},
	{
		...infrastructure$1,
		name: "dnf-bad-metadata",
		pattern: /(repomd\.xml (?:parser error|GPG signature verification error: (?:Error during parsing|.{0,60}No data).*).*|Parse error at line.*|primary metadata.{0,60}(?:corrupt|parse).*|[Ff]ailed to parse .{0,200}repodata.*|Error importing repomd\.xml.*|Damaged repomd\.xml.*|Cannot prepare internal mirrorlist: (?:No URLs? in mirrorlist|Error.{0,60}pars).*|file is not a database)/,
		retryable: true,
		reason: (found) => `the repository's index cannot be read, as with a proxy, a login page or a mirror between two states: "${text$1(found)}"`
	},
	{
		...infrastructure$1,
		name: "dnf-mirror-error",
		pattern: /(?:Status code: |HTTP Error |The requested URL returned error: |HTTP response code said error: |HTTP\/[\d.]+ )(?:(5\d\d|408|429)\b)(?: for | - )?(\S+:\/\/[^\s)]+)?/,
		retryable: true,
		reason: (found) => `a repository answered ${text$1(found)}${text$1(found, 2) === "" ? "" : ` for ${text$1(found, 2)}`}`
	},
	{
		...infrastructure$1,
		name: "dnf-package-gone",
		pattern: /(?:^|\s)(\S{1,200}\.rpm): .{0,200}?(?:Status code: |HTTP Error )404|Status code: 404 for (\S{1,400}\.rpm|\S{1,400}\/repodata\/[0-9a-f]{8,128}-[\w.-]{1,80})(?=\s|$)|HTTP Error 404.{0,60} (\S{1,200}\.rpm)\b/,
		retryable: true,
		reason: (found) => `a repository no longer has ${fileOf(firstGroup(found))}, which its index lists`
	},
	{
		...configuration$1,
		name: "dnf-no-public-key",
		pattern: /(Public key for \S{1,300} is not installed|you do not have any GPG public keys installed|Problem repository: \S+|Import of key\(s\) didn't help.*|(?:PGP|GPG) check for package "[^"]{1,200}".{0,300} has failed: (?:Public key is not|Import of).*|The GPG keys listed for the ".{1,200}" repository are already installed but they are not correct.*|Didn't install any keys|repomd\.xml GPG signature verification error: Signing key not found|repomd\.xml signature could not be verified.*|GPG key retrieval failed: .*|Failed to (?:retrieve|download|import) (?:GPG|PGP|public) key.*|Invalid GPG Key from .*|Couldn't open file \/\S{0,200}(?:RPM-GPG|pki)\S*|does not verify: .{0,200}NOKEY.*|(?:key|signature) \S{1,60}: NOKEY)/,
		reason: (found) => `the public key of a repository is not known: "${text$1(found)}"; give it with the repository`
	},
	{
		...configuration$1,
		name: "dnf-key-invalid",
		pattern: /((?:[Tt]he )?(?:[Kk]ey|[Cc]ertificate|[Ss]ignature)\b.{0,200} (?:is|has|was) (?:expired|revoked|not alive|not valid|rejected).*|\b(?:policy violation|EXPKEYSIG|KEYEXPIRED|REVKEYSIG|EXPSIG)\b.*)/,
		reason: (found) => `a repository is signed by a key that is not or no longer valid: "${line(found)}"`
	},
	{
		...configuration$1,
		name: "dnf-not-signed",
		pattern: /(Package \S{1,300} is not signed|does not verify: no signature|(?:PGP|GPG) check for package "[^"]{1,200}".{0,300} has failed: (?:The )?[Pp]ackage is not signed.*|GPG verification is enabled, but GPG signature is not available.*|repomd\.xml\.asc\b.{0,200}404|404 for \S{1,400}repomd\.xml\.asc\b)/,
		reason: (found) => `a repository or package is not signed: "${line(found)}"`
	},
	{
		...configuration$1,
		name: "dnf-signature-check",
		pattern: /^(?:Error: )?(GPG check FAILED|(?:PGP|GPG) check for package "[^"]+".* has failed.*|Transaction failed: Signature verification failed.*|.*(?:BAD SIGNATURE|Signature: BAD|\bHeader V\d .{0,200}: BAD\b|signatures? NOT OK).*)|(repomd\.xml GPG signature verification error.*)/i,
		reason: (found) => `the signature of a package or repository is not good: "${firstGroup(found)}"`
	},
	{
		...configuration$1,
		name: "dnf-releasever",
		pattern: /^(Unable to detect release version.*)/,
		besides: /(?:Status code: |HTTP Error )404|Cannot find a valid baseurl/,
		reason: (found) => `the package manager is not set up rightly: "${text$1(found)}"`
	},
	{
		...configuration$1,
		name: "dnf-access-denied",
		pattern: /(?:Status code: |HTTP Error |The requested URL returned error: |CONNECT tunnel failed, response |Received HTTP code )((?:401|403|407|410|451)\b)(?: for | - )?(\S+:\/\/[^\s)]+)?/,
		reason: (found) => `a repository refuses access: ${text$1(found)}${text$1(found, 2) === "" ? "" : ` for ${text$1(found, 2)}`}`
	},
	{
		...configuration$1,
		name: "dnf-no-repository",
		pattern: new RegExp(`(?:Status code: |HTTP Error |The requested URL returned error: )(404\\b)(?: for | - )?(\\S+://[^\\s)]+)?|Curl error \\(${CURL_REQUEST}\\): (.*)|curl#${CURL_REQUEST} - "(.*)"|\\[Errno 14\\] (Could not open/read file:.*)`),
		unlessFollowedBy: /^Ignoring repositories: /,
		reason: (found) => text$1(found) === "" ? `there is no repository there: "${firstGroup(found)}"` : `there is no repository there: ${text$1(found, 2) || text$1(found)} does not exist`
	},
	{
		...configuration$1,
		name: "dnf-tls",
		pattern: new RegExp(`(?:Curl error \\(${CURL_CERTIFICATE}\\): |curl#${CURL_CERTIFICATE} - ")(.*)`),
		reason: (found) => `there is no secure connection to a repository: "${text$1(found)}"`
	},
	{
		...configuration$1,
		name: "dnf-configuration",
		pattern: /^(?:Error: )?(There are no enabled repositor.*|No enabled repositories|(?:Config error|Invalid configuration value|Parsing file ".*" failed|Error: Parsing file).*|Unknown repo: .*|Error getting repository data for .*|(?:Unknown|Unrecognized) (?:option|argument).*|No such command: .*|[Uu]nknown (?:command|argument) .*|Command line error: .*|.*ParsingError: .*|Repository '.*' is missing (?:name|baseurl).*|No module found.*|(?:Unable to resolve argument|missing groups or modules): .*|Problems in request:|Failed to set locale.*releasever.*)/,
		reason: (found) => `the package manager is not set up rightly: "${text$1(found)}"`
	},
	{
		...infrastructure$1,
		name: "dnf-no-connection",
		pattern: /(?:Curl error \(\d+\): |curl#\d+ - "|\[Errno (?:12|14)\] )(.+?)"?$/,
		retryable: true,
		reason: (found) => `a repository could not be reached: "${text$1(found)}"`
	},
	{
		...configuration$1,
		name: "dnf-no-baseurl",
		pattern: /^(?:Error: )?(?:Failed to download metadata for repo '[^']*': )?(Cannot find a valid baseurl.*)/,
		reason: (found) => `the package manager is not set up rightly: "${text$1(found)}"`
	},
	{
		...infrastructure$1,
		name: "dnf-download-failed",
		pattern: /^(?:Error: |Error\(s\) ?|failure: | {0,8})((?:Failed to (?:download|synchronize)|Cannot (?:download|retrieve)|Could not retrieve|Error downloading packages|Yum repo downloading error|Librepo error|No more mirrors|All mirrors were tried|\S+ from \S+: \[Errno 256\]|.*No more mirrors to try).*)/,
		retryable: true,
		reason: (found) => `a repository could not be read: "${text$1(found)}"`
	},
	{
		...infrastructure$1,
		name: "dnf-cache-only",
		pattern: /^(?:Error: )?(Cache-only enabled but no cache for .*|.*cache ?only.*no (?:cache|metadata).*)/i,
		retryable: false,
		reason: (found) => `packages were to be installed offline, but nothing was downloaded before: "${text$1(found)}"`
	},
	{
		...infrastructure$1,
		name: "rpm-database",
		pattern: /((?:BDB\d+ .*|rpmdb open failed|cannot open Packages (?:index|database).*|(?:Rpmdb|rpmdb) changed underneath us.*|DB_RUNRECOVERY.*|database disk image is malformed.*))/,
		retryable: true,
		reason: (found) => `the buildroot's rpm database is damaged: "${text$1(found)}"`
	},
	{
		...configuration$1,
		name: "no-buildroot-package",
		phases: BUILDROOT,
		pattern: IN_NO_REPOSITORY,
		phase: "setup",
		reason: (found) => `packages of the buildroot are in no repository: ${named$1(found)}`
	},
	{
		...infrastructure$1,
		name: "unmet-buildroot-dependencies",
		phases: BUILDROOT,
		pattern: UNRESOLVED,
		retryable: false,
		reason: (found) => `packages of the buildroot cannot be installed together: ${named$1(found)}`
	},
	{
		...ofPackage$2,
		name: "no-build-dependency",
		pattern: IN_NO_REPOSITORY,
		reason: (found) => `build dependencies are in no repository: ${named$1(found)}`
	},
	{
		...ofPackage$2,
		name: "unmet-build-requires",
		pattern: UNRESOLVED,
		reason: (found) => `build dependencies cannot be installed: ${named$1(found)}`
	},
	{
		...infrastructure$1,
		name: "rpm-file-conflict",
		pattern: /^ *(?:- )?file (\S+) (?:from install of (\S+) )?conflicts (?:with file from package (\S+)|between attempted installs of (.+))/,
		retryable: false,
		reason: ({ match: { groups } }) => `packages to be installed hold the same file: ${groups[1]}, of ${groups[4] || [groups[2], groups[3]].filter(Boolean).join(" and ")}`
	},
	{
		...infrastructure$1,
		name: "rpm-scriptlet",
		pattern: /^(?:Error|error|warning)(?:: | in )(?:%?(prein|pretrans|post|posttrans|PREIN|PRETRANS|POSTIN|POSTTRANS|pre)\((\S+)\) scriptlet failed, .*|(\S+) scriptlet in rpm package (\S+))|^>>> (?:\[RPM\] %?(\w+)\((\S+)\) scriptlet failed|Error in %?(\w+) scriptlet: (\S+))/,
		retryable: false,
		reason: ({ match: { groups } }) => `a package cannot be installed: the ${(groups[1] || groups[3] || groups[5] || (groups[7] ?? "")).toLowerCase()} script of ${groups[2] || groups[4] || groups[6] || (groups[8] ?? "")} failed`
	},
	{
		...configuration$1,
		name: "rpm-not-permitted",
		pattern: /(unpacking of archive failed.{0,300} cpio: \w{1,30} failed - Operation not (?:permitted|supported))/,
		reason: (found) => `this machine does not let packages be installed: "${text$1(found)}"`
	},
	{
		...infrastructure$1,
		name: "rpm-transaction",
		pattern: /^(?:Error: |error: )?((?:Transaction (?:test )?(?:error|failed|check error)|Could not run transaction|Error unpacking rpm package|unpacking of archive failed|Rpm transaction failed).*)/,
		retryable: false,
		reason: (found) => `packages could not be installed: "${text$1(found)}"`
	}
];
const DNF_OTHER_RULES = [
	{
		...configuration$1,
		name: "no-buildroot-group",
		phases: BUILDROOT,
		pattern: /^(?:Error: |Warning: )?(?:Module or Group|Module|Group) '?([^']+?)'? (?:is not available|does not exist)\.?$/,
		phase: "setup",
		reason: (found) => `groups of the buildroot are in no repository: ${named$1(found)}`
	},
	{
		...infrastructure$1,
		name: "dnf-problem-in-buildroot",
		phases: BUILDROOT,
		pattern: /^ *Problem(?: \d+)?: (.+)/,
		retryable: false,
		reason: (found) => `packages of the buildroot cannot be installed together: "${text$1(found)}"`
	},
	{
		...ofPackage$2,
		name: "dnf-problem",
		pattern: /^ *Problem(?: \d+)?: (.+)/,
		reason: (found) => `build dependencies cannot be installed: "${text$1(found)}"`
	},
	{
		...infrastructure$1,
		name: "dnf-error",
		pattern: /^(?:Error|ERROR|error|Failed to resolve the transaction): ?(?!Some packages could not be found|Exception\(|Command failed)(\S.*)/,
		retryable: false,
		last: true,
		reason: (found) => `the package manager failed: "${text$1(found)}"`
	},
	{
		...infrastructure$1,
		name: "dnf-exception",
		pattern: /^((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)): (.*)/,
		retryable: false,
		last: true,
		reason: (found) => `the package manager failed: "${text$1(found, 0)}"`
	}
];
const TRY = /^\[MIRROR\] |^>>> (?!\[RPM\]|Error in )|^(?!GPG key ).*\[Errno (?:-1|4|12|14|256)\]|^Trying other mirror/;
const GIVEN_UP = /^\[FAILED\] |All mirrors were (?:already )?tried|No more mirrors|Error downloading|Failed to (?:download|synchronize)|Cannot (?:retrieve|download)|Could not retrieve|Cannot find a valid baseurl/;
const fileOf = (url) => url.slice(url.lastIndexOf("/") + 1) || url;

// src/builder/log/mock-root.ts
const PREFIX = /^(DEBUG|INFO|WARNING|ERROR|CRITICAL) [\w.-]+\.py:\d+: {1,2}/;
const EXECUTING = /^Executing command: (.*?)(?: with env \{|$)/;
const INVOCATION = /^\['[^']*(?:dnf|yum)[^']*', /;
const RETURNED = /^Child return code was: (-?\d+)$/;
const RAISED = /^ERROR: (?!Command failed|Exception\(|Timeout\()/;
const HELD = 50;
const KEPT = 20;
function bareRoot(line) {
	return line.replace(PREFIX, "").replace(STDERR, "");
}
function walkRoot(log, state, visit) {
	let current;
	let manager;
	let announced;
	let segment = 0;
	let lastLine = 0;
	let initialized = false;
	let tries = newTries(visit);
	const failed = /* @__PURE__ */ new Map();
	eachLine(log, (whole, number, offset) => {
		lastLine = number;
		const prefix = PREFIX.exec(whole);
		const text = (prefix ? whole.slice(prefix[0].length) : whole).replace(STDERR, "");
		const level = prefix?.[1];
		const returned = RETURNED.exec(text);
		if (returned?.[1] && current) {
			const code = Number(returned[1]);
			if (current.kind === "manager") {
				if (manager) manager.code = code;
			} else if (code !== 0) failed.set(current.program, {
				program: current.program,
				code,
				lines: current.lines
			});
			else if (/^rpm$/.test(current.program)) initialized ||= current.lines.length === 0 && manager === void 0;
			current = void 0;
			return;
		}
		if (level === "DEBUG" && INVOCATION.test(text)) {
			announced = argvOf(text);
			return;
		}
		if (text.startsWith("Executing command: ")) {
			const command = EXECUTING.exec(bareRoot(wholeLine(log, offset)))?.[1] ?? "";
			const argv = announced ?? argvOf(command);
			const { kind, program } = kindOfCommand(argv);
			announced = void 0;
			current = {
				kind,
				program,
				lines: []
			};
			if (kind === "manager") {
				segment += 1;
				const phase = phaseOfManager(argv, initialized || state.initialized);
				manager = {
					segment,
					phase,
					code: void 0,
					program,
					lines: current.lines
				};
				tries = newTries(visit);
			}
			return;
		}
		if (!current) return;
		const ofManager = current.kind === "manager" && manager;
		const line = {
			file: "root.log",
			text,
			number,
			phase: ofManager ? ofManager.phase : state.phase,
			origin: "tool",
			segment
		};
		if (text.trim() !== "") current.lines.push(line);
		if (current.lines.length > KEPT) current.lines.shift();
		if (ofManager) tries(line);
	});
	return {
		manager,
		failed,
		lastLine
	};
}
function walkManagerOutput(log, where, visit) {
	const { file, from, phase, segment } = where;
	const tries = newTries(visit);
	eachLine(log, (whole, number) => {
		if (number < from || whole.startsWith("INFO: ")) return;
		tries({
			file,
			text: whole.replace(RAISED, "").replace(STDERR, ""),
			number,
			phase,
			origin: "tool",
			segment
		});
	});
}
function newTries(visit) {
	let held = [];
	return (line) => {
		if (held && GIVEN_UP.test(line.text)) {
			for (const earlier of held) visit(earlier);
			held = void 0;
		}
		if (held && TRY.test(line.text)) {
			held.push(line);
			if (held.length > HELD) held.shift();
			return;
		}
		visit(line);
	};
}

// src/builder/log/mock-reading.ts
function phaseReached({ run, state, build, end }) {
	if (end.command !== void 0) {
		const { kind } = kindOfCommand(end.command);
		if (kind === "manager") return phaseOfManager(end.command, state.initialized);
		if (kind === "source") return "source";
		if (kind === "build" && build.mode !== void 0) return build.phase;
	}
	if (!state.known) return build.mode === void 0 ? "setup" : build.phase;
	if (state.phase === "build" && build.mode !== void 0) return build.code === 0 ? "results" : build.phase;
	if (state.phase === "setup" && state.initialized) return phaseOfCommand(run.commands.at(-1));
	return state.phase;
}
function lastWords({ texts, state, build }) {
	const order = (state.started || state.phase === "source" || !state.known) && build.mode !== void 0 ? [
		"build.log",
		"root.log",
		"mock-stderr.log",
		"state.log"
	] : [
		"root.log",
		"mock-stderr.log",
		"build.log",
		"state.log"
	];
	for (const file of order) {
		const told = lastLines(texts[file]).map(({ number, text }) => ({
			number,
			text: bareOf(file, text),
			file
		})).filter(({ text }) => text.trim() !== "");
		if (told.length > 0) return told;
	}
	return [];
}
function outcomeOf({ rule, found }, phase, more = []) {
	const cause = found.match.line;
	const key = ({ file, number }) => `${file}:${number}`;
	const quotes = /* @__PURE__ */ new Map([[key(cause), cause]]);
	const matches = found.match === found.matches[0] ? found.matches : [];
	for (const line of [...matches.map((match) => match.line), ...more]) if (line && !quotes.has(key(line)) && quotes.size < 8) quotes.set(key(line), line);
	const rest = [...quotes.values()].slice(1).sort((a, b) => a.number - b.number);
	return {
		verdict: rule.verdict,
		phase,
		reason: rule.reason(found),
		rule: rule.name,
		quotes: [cause, ...rest],
		retryable: mayPass$2(rule, found.context)
	};
}
function quoteOf({ number, text }, file) {
	return {
		number,
		text: printable(text),
		file
	};
}
function lastLineOf({ texts }, files, pattern) {
	for (const file of files) {
		const line = lastLines(texts[file], 40).findLast(({ text }) => pattern.test(text));
		if (line) return [{
			...line,
			file
		}];
	}
	return [];
}
function bareOf(file, text) {
	if (file === "root.log") return bareRoot(text);
	return file === "build.log" ? bareBuild(text) : text;
}
function excerptOf(texts, cause) {
	if (cause?.file === void 0) return [];
	const { file, number } = cause;
	return linesBetween(texts[file], Math.max(1, number - 6), number + 14).map((line) => ({
		number: line.number,
		text: bareOf(file, line.text),
		file
	}));
}
function fieldsOf(texts) {
	const fields = {};
	const head = (text) => text.slice(0, 262144);
	const own = `${head(texts["state.log"])}\n${head(texts["mock-stderr.log"])}`;
	const version = /(?:^|- |INFO: )Mock Version: (.{1,100})$/m.exec(own)?.[1];
	if (version !== void 0) fields["Mock Version"] = version;
	const manager = /Package manager (\S{1,40}) detected and used/.exec(`${own}\n${head(texts["root.log"])}`)?.[1];
	if (manager !== void 0) fields["Package manager"] = manager;
	return fields;
}

// src/builder/log/rules-mock.ts
const AROUND = [
	...ARCHIVE_PHASES,
	"arch-check",
	"source",
	"unpack",
	"build",
	"results",
	"cleanup"
];
const infrastructure = {
	phases: AROUND,
	verdict: "infrastructure"
};
const configuration = {
	phases: AROUND,
	verdict: "configuration",
	retryable: false
};
const ofPackage$1 = {
	phases: AROUND,
	verdict: "package",
	retryable: false
};
const LEVEL = "^(?:(?:ERROR|CRITICAL): )?";
const level = (pattern) => new RegExp(`${LEVEL}${pattern}`);
const MOCK_RULES = [
	{
		...infrastructure,
		name: "mock-no-space",
		pattern: /No space left on device|Disk quota exceeded/,
		retryable: true,
		reason: ({ context }) => spaceOf(context)
	},
	{
		...infrastructure,
		name: "mock-memory",
		pattern: /(\[Errno 12\] Cannot allocate memory|^MemoryError\b|fork: Cannot allocate memory|fork: retry: Resource temporarily unavailable)/,
		retryable: true,
		reason: (found) => `the machine had no memory left: "${text$1(found)}"`
	},
	{
		...infrastructure,
		name: "buildroot-locked",
		pattern: level("(?:Build root is locked by another process|Build-root in use by another process|LVM thinpool is locked)"),
		retryable: true,
		phase: "setup",
		reason: () => "another process holds the buildroot: \"Build root is locked by another process\""
	},
	{
		...configuration,
		name: "mock-no-config",
		pattern: level("(?:Could not find (?:required|included) config file: (\\S+)|Could not find (?:log )?config file,? (\\S+)|Non-existing Mock config '([^']*)'|Mock config '([^']*)' not found)"),
		phase: "setup",
		reason: (found) => `there is no mock configuration ${firstGroup(found)}`
	},
	{
		...configuration,
		name: "mock-bad-config",
		pattern: level("(Config error: .*|Error in configuration.*|Bad macros? .*|Log config file ?\\(.*|Invalid configuration.*|Error parsing config.*|No key found in /etc/pki/entitlement.*|\\S+ is not a directory is subscription-manager installed.*|jinja2\\.exceptions\\.\\w+: .*|Unrecognized package manager .*|Unexpected package manager .*|Plugin \"[^\"]*\" doesn't specify.*|Plugin version mismatch.*|Feature \\S+ is not provided by any of enabled plugins.*|The file \\S+ did not record.*|The \\S+ doesn't seem to be a valid offline RPM repository.*)"),
		phase: "setup",
		reason: (found) => `mock's configuration is not right: "${text$1(found)}"`
	},
	{
		...configuration,
		name: "mock-no-source",
		pattern: level("(Input specfile does not exist: .*|Input sources directory or file does not exist: .*|Cannot find/open srpm: (?!-).*(?:No such file|Permission denied|Is a directory).*|No package specified to rebuild command.*|You must specify an? (?:SRPM|SPEC).*|Must specify both --spec and.*)"),
		phase: "fetch",
		reason: (found) => `the source package cannot be read: "${text$1(found)}"`
	},
	{
		...configuration,
		name: "mock-command-line",
		pattern: level("(?:(?:usage: )?mock(?:\\.py|-\\w+)?: error: )?((?:no such option|unrecognized arguments?|ambiguous option|argument \\S+ ?: |invalid choice|option \\S+:? |unknown option).*|Bad option for '?--.*|Cannot find/open srpm: -.*|Must specify .*|The --chain mode doesn't support .*|The \\S+ option requires .*|--\\w+ (?:option|argument|mode) .*|Input rpm macros file does not exist: .*|Mock SCM module not installed.*|Option --\\S+ .*|File '[^']*' can not be bind-mounted.*)"),
		phase: "setup",
		reason: (found) => `mock does not take these options: "${text$1(found)}"`
	},
	{
		...ofPackage$1,
		name: "srpm-damaged",
		pattern: level("(Cannot find/open srpm: .*|File is not an srpm: .*|No specfile found in srpm: .*|Expected to find single rebuilt srpm, found .*|error: (?:not an rpm package|.*: not an rpm package.*|.*: signature hdr .*|.*: Header .*BAD.*|.*(?:SHA256|MD5|SHA1) digest: BAD.*|unpacking of archive failed.*))"),
		phase: "fetch",
		reason: (found) => `the source package is damaged: "${text$1(found)}"`
	},
	{
		...ofPackage$1,
		name: "srpm-not-installable",
		pattern: level("Source RPM is not installable"),
		phase: "fetch",
		reason: () => "the source package cannot be unpacked"
	},
	{
		...configuration,
		name: "mock-user",
		pattern: level("(mock will not run from the root account.*|Must be member of '[^']*' group to run mock.*|The most common cause for this error is trying to run .* as an unprivileged user.*|Run without setuid wrapper.*|Can not find the requested (?:user|GID) .*|.*'getpwuid\\(\\): uid not found.*|KeyError: .*getgrnam\\(\\): name not found.*)"),
		phase: "setup",
		reason: (found) => `this user may not run mock: "${text$1(found)}"`
	},
	{
		...configuration,
		name: "result-folder",
		pattern: level("(Could not create output directory for built rpms.*|Result dir could not be created.*|Could not create dir \\S+\\. Error: .*(?:Permission denied|Read-only|Not a directory|File exists).*)"),
		phase: "setup",
		reason: () => "the folder for results cannot be written to"
	},
	{
		...configuration,
		name: "mock-no-namespaces",
		pattern: /(Namespace unshare failed|Call to C library unshare\(2\)|unshare: .{0,200}Operation not permitted|(?:u?mount): .{0,400}(?:permission denied|must be superuser|only root|Operation not permitted)|Failed to sethostname .*|(?:systemd-nspawn|Failed to \w{1,40} .{0,200}?): .{0,200}Operation not permitted|PermissionError: \[Errno 1\] Operation not permitted.*|chroot: cannot change root directory.{0,200}Operation not permitted)/,
		phase: "setup",
		reason: (found) => `this machine does not let the build have namespaces or mounts of its own: "${text$1(found)}"`
	},
	{
		...configuration,
		name: "mock-architecture",
		pattern: level("(The --forcearch=\\S+ feature requires .*|Invalid architecture.*|Cannot build target \\S+ on arch \\S+.*|.*[Ii]mage architecture \\S+ doesn't match system arch .*|Container image architecture check failed.*|invalid host/target architecture.*|.*[Ee]xec format error.*)"),
		phase: "arch-check",
		reason: (found) => `this machine does not build for the architecture: "${text$1(found)}"`
	},
	{
		...configuration,
		name: "mock-tool-missing",
		pattern: /^(?:(?:ERROR|CRITICAL): )?(?:Command (\S+) is not available|'(\S+)' not installed|(builddep) command missing|No package from .* found, desired (\S+)|.*No such file or directory: b?'([^'/]+|\/(?:usr\/)?(?:libexec|s?bin)\/[^']+)'|(?:bash|sh): (?:line \d+: )?(\S*(?:rpmbuild|rpm|bash)): (?:No such file or directory|command not found)|.*[Ff]ailed to (?:run command|execute) [‘'"]?([^’'": ]+)|Could not find (useradd) in chroot.*|Error: +Neither (dnf-utils) nor yum-utils are installed|(useradd|groupadd|userdel): .*No such file)/,
		reason: (found) => `the tool ${firstGroup(found)} is not installed`
	},
	{
		...configuration,
		name: "mock-feature-off",
		pattern: level("((?:DynamicBuildRequires|ExternalBuildRequires) are found but support is disabled.*|ExternalBuildRequires requires .*)"),
		phase: "dependencies",
		reason: (found) => `the configuration does not allow what the package needs: "${text$1(found)}"`
	},
	{
		...ofPackage$1,
		name: "external-dependency-unknown",
		pattern: level("Unknown external dependenc(?:y|ies):? ?(.*)"),
		phase: "dependencies",
		reason: (found) => `the package asks for external dependencies of a kind that mock does not know: ${text$1(found)}`
	},
	{
		...infrastructure,
		name: "external-dependency-failed",
		pattern: level("((?:Pip3|Cargo|Gem) install failed.*)"),
		retryable: true,
		phase: "dependencies",
		reason: (found) => `an external dependency could not be installed: "${text$1(found)}"`
	},
	{
		...configuration,
		name: "bootstrap-image",
		pattern: level("(Expected digest for image .*|.*Error: (?:short-name|invalid reference).*|Getting OCI digest for image .*)"),
		phase: "setup",
		reason: (found) => `the image for the bootstrap is not the one that is expected: "${text$1(found)}"`
	},
	{
		...infrastructure,
		name: "bootstrap-failed",
		pattern: /(Image pull failed|Pulling image:? \S{1,300} timed out.*|Can not prepare bootstrap chroot|Podman mount failed.*|mockbuild\.podman\.PodmanError.*|mockbuild\.exception\.BootstrapError.*|Bootstrap .{0,200} failed.*)/,
		retryable: true,
		phase: "setup",
		reason: (found) => `the bootstrap for the buildroot could not be made: "${text$1(found)}"`
	},
	{
		...infrastructure,
		name: "nspawn-failed",
		pattern: /^(?:ERROR: )?(?:systemd-nspawn: )?((?:Failed to (?:register machine|allocate scope|create|open|connect|get|set|start|mount|bind|move|add|receive|read|lock|fork|clone|dissect|determine|resolve)\b.*|Directory tree \S+ is currently busy.*|Parent (?:process )?(?:died|failed).*|Child died too early.*|Short read while reading cgroup.*|Machine '[^']*' already exists.*|Unit machine-\S+ (?:already exists|was already loaded).*))/,
		retryable: true,
		reason: (found) => `the container of the build could not be started: "${text$1(found)}"`
	},
	{
		...infrastructure,
		name: "root-cache",
		pattern: /^((?:\/?(?:usr\/)?(?:bin\/)?(?:g?tar|pigz|gzip|zstd|xz)): (?!Removing leading).*|pigz: .*|.{0,300}?cache\.tar\S{0,20}: .{0,300}(?:corrupt|Unexpected|truncated).*)/,
		retryable: true,
		phase: "setup",
		reason: (found) => `the saved buildroot cannot be unpacked: "${text$1(found)}"`
	},
	{
		...infrastructure,
		name: "mount-failed",
		pattern: /^((?:u?mount|umount2): (?!.*not mounted).*)/,
		retryable: true,
		reason: (found) => `something could not be mounted: "${text$1(found)}"`
	},
	{
		...infrastructure,
		name: "lvm-failed",
		pattern: /^(?:ERROR: )?(LVM (?:manipulation|.* failed).*|.*(?:lvcreate|lvremove|lvconvert|vgs) failed.*|Volume group .*(?:not found|insufficient).*|.*insufficient free space.*)/,
		retryable: true,
		phase: "setup",
		reason: (found) => `the volume of the buildroot could not be made: "${text$1(found)}"`
	},
	{
		...infrastructure,
		name: "mock-results-not-copied",
		pattern: level("(Can not copy .* into resultdir .*)"),
		retryable: true,
		phase: "results",
		reason: (found) => `the results could not be collected: "${text$1(found)}"`
	},
	{
		...ofPackage$1,
		name: "no-results",
		pattern: level("No build results found"),
		phase: "results",
		reason: () => "rpmbuild made no package: the spec has no %files for any"
	},
	{
		...infrastructure,
		name: "mock-state",
		pattern: level("(Unbalanced call to state functions.*|state finish mismatch.*|alldone called with pending states.*|finish called on empty state list.*)"),
		retryable: false,
		reason: (found) => `mock is at odds with itself: "${text$1(found)}"`
	}
];
const MOCK_OTHER_RULES = [{
	...infrastructure,
	name: "mock-error",
	pattern: /^(?:ERROR|CRITICAL): (?!Exception\(|Command failed: ?$)(\S.*)/,
	retryable: false,
	reason: (found) => `mock failed: "${text$1(found)}"`
}, {
	...infrastructure,
	name: "mock-exception",
	pattern: /^((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Locked|Expired|Failed|Accessible|Interrupt))(?:: (.*))?$/,
	retryable: false,
	last: true,
	reason: (found) => `mock failed: "${text$1(found, 0)}"`
}];

// src/builder/log/rules-rpmbuild.ts
const ofPackage = {
	phases: PACKAGE_PHASES,
	verdict: "package",
	retryable: false
};
const base = (file) => file.slice(file.lastIndexOf("/") + 1);
function installedPath(text) {
	return text.replace(/\/builddir\/build\/[^\s'"]{0,300}?BUILDROOT(?:\/[^/\s]+-[^/\s]+-[^/\s]+\.[^/\s]+)?(?=\/)/g, "");
}
const named = ({ matches, count }) => {
	const names = [...new Set(matches.map(({ groups }) => installedPath(firstOf(groups))))];
	return listOf(names, Math.max(names.length, Math.ceil(count / 2)));
};
const SAID = "^(?:error: | {4})";
const said = (pattern) => new RegExp(`${SAID}(?:${pattern})`);
const saidOnce = (pattern) => new RegExp(`^error: (?:${pattern})`);
const RPMBUILD_RULES = [
	{
		...ofPackage,
		name: "rpm-architecture",
		pattern: said("(No compatible architectures found for build|Architecture is (?:not included|excluded): .*|OS is (?:not included|excluded): .*)"),
		verdict: "configuration",
		phase: "arch-check",
		reason: (found) => `the package is not built for this architecture: "${text$1(found)}"`
	},
	{
		...ofPackage,
		name: "source-missing",
		pattern: said("(?:Bad (?:file|source): |File |Unable to open (?:icon )?|Could not open |Couldn't download )(\\S+\\/SOURCES\\/\\S+?)(?:: .*(?:No such file|not found).*|$)"),
		phase: "source",
		reason: ({ matches }) => `the spec names sources that are not there: ${listOf([...new Set(matches.map(({ groups }) => base(groups[1] ?? "")))])}`
	},
	{
		...ofPackage,
		name: "failed-build-requires",
		pattern: /^(?:error: | {4})Failed build dependencies:|^\t(\S.*?) is needed by \S+/,
		phase: "dependencies",
		reason: ({ matches }) => {
			const names = matches.map(({ groups }) => groups[1] ?? "").filter((name) => name !== "");
			return `build dependencies are not there${names.length > 0 ? `: ${listOf(names)}` : ""}`;
		}
	},
	{
		...ofPackage,
		name: "spec-unknown-tag",
		pattern: saidOnce("((?:\\S+\\.spec: )?line \\d+): Unknown tag: (.*)"),
		phase: "source",
		reason: (found) => `the spec has a tag that rpm does not know, ${text$1(found)}: "${text$1(found, 2)}"`
	},
	{
		...ofPackage,
		name: "spec-syntax",
		pattern: saidOnce([
			"(line \\d+: .+",
			"\\S+: ?line \\d+: .+",
			"\\S+\\.spec:\\d+: .+",
			"Unclosed %\\w+.*",
			"parse error in expression.*",
			"syntax error (?:in|while parsing).*",
			"unmatched [({].*",
			"(?:bare words|types must match|macro expansion returned).*",
			"Macro %\\S+ .*",
			"(?:Too many levels of recursion|.*recursion in macro expansion).*",
			"Unterminated \\S+ .*",
			"Unknown (?:option|icon type|field) .*",
			"Invalid (?:version|character|patch number|dependency|token|capability) .*",
			"Invalid version.*",
			"Illegal (?:char(?:acter)?|sequence) .*",
			".*field must be present in package: .*",
			"Duplicate \\S+ entries in package: .*",
			"Package has no %description: .*",
			"(?:Bad )?[Pp]ackage (?:specification: .*|\\S+ already exists.*|already exists: .*)",
			"[Ll]ine \\d+ doesn't belong to any section.*",
			"(?:bad|bogus) date in %changelog: .*",
			"%changelog (?:not in descending|entries must).*",
			"(?:missing|invalid) (?:name|date) in %changelog.*",
			"query of specfile \\S+ failed.*",
			"No (?:patch|source) number \\d+",
			"(?:%patch without|Patch number not specified).*",
			"Error parsing (?:%|tag).*",
			"lua (?:script|error).*",
			"extra tokens at the end of .*",
			"encoding \\S+ not supported.*",
			"Unable to open \\S+\\.spec.*",
			"failed to (?:expand|load) .*",
			"Dependency tokens must begin .*",
			"Versioned file name not permitted.*|Version required.*|Only package names.*",
			"source_date_epoch_from_changelog set but .*",
			"rpmlib\\(\\S+\\).*)"
		].join("|")),
		phase: "source",
		prefer: /(?:\.spec:\d+|\bline \d+): (?!failed)/,
		reason: (found) => `the spec cannot be read: "${text$1(found)}"`
	},
	{
		...ofPackage,
		name: "unpackaged-files",
		pattern: said("Installed \\(but unpackaged\\) file\\(s\\) found:"),
		phase: "package",
		reason: () => "files were installed that no %files lists"
	},
	{
		...ofPackage,
		name: "file-not-found",
		pattern: said("(?:File|Directory) not found(?: by glob)?: (.+?)(?:\\. Trying without globbing\\.)?$|Not a directory: (\\S+)|(?:cannot stat|lstat) (\\S+): .*"),
		phase: "package",
		reason: (found) => `files that %files lists were not installed: ${named(found)}`
	},
	{
		...ofPackage,
		name: "empty-files-list",
		pattern: said("(?:Empty %\\S+ file (\\S+)|Could not open %\\S+ file (\\S+?): .*)"),
		phase: "package",
		reason: (found) => /debug(?:source)?files\.list$/.test(firstGroup(found)) ? `nothing was compiled with debug information (${base(firstGroup(found))} is empty): compile with the distribution's flags, or turn the debug packages off` : `the list of files ${base(firstGroup(found))} is empty or missing`
	},
	{
		...ofPackage,
		name: "arch-in-noarch",
		pattern: said("(Arch dependent binaries in noarch package|Binaries arch \\(\\d+\\) not matching the package arch.*)"),
		phase: "package",
		reason: () => "a package that is noarch holds binaries of an architecture"
	},
	{
		...ofPackage,
		name: "build-id",
		pattern: said("((?:Missing build-id|Duplicate build-ids?|build-id found|error reading build-id|No build[- ]ID|Generating build-id).*)"),
		phase: "package",
		reason: (found) => `"${text$1(found)}"`
	},
	{
		...ofPackage,
		name: "rpm-files",
		pattern: said("((?:File must begin with|File needs leading|File listed twice|Symlink points to BuildRoot|Path is outside buildroot|Explicit (?:file attributes|%attr)|Bad (?:mode|dirmode|syntax)|Missing (?:'\\('|'\\)'|\\S+ in)|Two files on one line|More than one file on a line|absolute symlink|Can't mix special|Duplicate locale|Special file in|Recognition of file|Invalid \\S+ token|Package check|Execution of|Could not generate output filename|%\\S+ glob not permitted|Dependency (?:generator|resolution)).*)"),
		phase: "package",
		reason: (found) => `rpmbuild: "${text$1(found)}"`
	},
	{
		...ofPackage,
		name: "package-not-written",
		pattern: said("((?:Unable to (?:write|create|open)|create archive failed|cannot create|Could not (?:seek|open)|Failed to read).*)"),
		phase: "package",
		reason: (found) => `rpmbuild could not write a package: "${text$1(found)}"`
	}
];
const RPMBUILD_BARE_RULES = RPMBUILD_RULES.map((rule) => ({
	...rule,
	pattern: new RegExp(rule.pattern.source.replace(SAID, "^").replace("^error: ", "^"))
}));
const RPMBUILD_OTHER_RULES = [{
	...ofPackage,
	name: "rpmbuild-error",
	pattern: /^error: (?!Bad exit status|Building (?:target|for)|RPM build)(\S.*)/,
	last: true,
	reason: (found) => `rpmbuild: "${text$1(found)}"`
}];
const SECTION_RULES = [
	{
		...ofPackage,
		name: "spec-undefined-macro",
		pattern: /^\S*rpm-tmp\.\w+: (?:line )?\d+: (?:fg: no job control|fg: %?\S+: no such job|(%\S+): (?:command )?not found)/,
		reason: (found) => `the spec uses a macro that is not defined${text$1(found) === "" ? "" : ` (${text$1(found)})`}; BuildRequires may lack the package that defines it`
	},
	{
		...ofPackage,
		name: "source-folder",
		phases: [
			"unpack",
			"configure",
			"build"
		],
		pattern: /^\S*rpm-tmp\.\w+: (?:line )?\d+: (?:cd|pushd): (?:can't cd to )?([^\s:]+)(?:: (?:No such file or directory|Not a directory))?$/,
		reason: (found) => text$1(found).startsWith("/") ? `the folder ${text$1(found)} is not there` : `the source has no folder ${text$1(found)}, which %setup or %autosetup expects (see its option -n)`
	},
	{
		...ofPackage,
		name: "script-missing",
		pattern: /^\S*rpm-tmp\.\w+: (?:line )?\d+: (\S+): No such file or directory$/,
		reason: (found) => `${text$1(found)} is not there`
	},
	{
		...ofPackage,
		name: "spec-patch-does-not-apply",
		phases: ["unpack"],
		pattern: /^Hunk #\d+ (?:FAILED|ignored) at |^\d+ out of \d+ hunks? (?:FAILED|ignored)|^can't find file to patch at |^Reversed \(or previously applied\) patch |^error: patch failed: (\S+:\d+)|^error: (\S+): (?:patch does not apply|does not exist in index|No such file)|^Patch failed at |^patch: \*{4} (?:Only garbage|malformed patch|unexpected end)/,
		reason: () => "a patch does not apply"
	},
	{
		...ofPackage,
		name: "source-signature",
		phases: ["unpack"],
		pattern: /^(gpgv?: (?:BAD signature|Can't check signature|.*verification failed).*|gpgverify: .*|\S+: FAILED$|sha\d+sum: WARNING: .*)/,
		reason: (found) => `a source does not fit its signature or checksum: "${text$1(found)}"`
	},
	{
		...ofPackage,
		name: "rpath",
		phases: [
			"install",
			"test",
			"package"
		],
		pattern: /^ERROR +\d{4}: file '([^']+)' contains an? (.+)/,
		reason: (found) => `${text$1(found)} contains an ${text$1(found, 2)}`.replace(/ an (?=[^aeiou])/, " a ")
	},
	{
		...ofPackage,
		name: "buildroot-in-files",
		phases: [
			"install",
			"test",
			"package"
		],
		pattern: /^Found '([^']+)' in installed files; aborting/,
		reason: () => "installed files hold the path of the build, which users do not have"
	},
	{
		...ofPackage,
		name: "bytecompile",
		phases: ["install"],
		pattern: /^\*\*\* Error compiling '([^']+)'/,
		reason: (found) => `${installedPath(text$1(found))} cannot be compiled by Python`
	},
	{
		...ofPackage,
		name: "brp-error",
		phases: [
			"install",
			"test",
			"package"
		],
		pattern: /^\*\*\* ERROR: (?:\.\/|:\S* )?(.*)/,
		reason: ({ matches, count }) => `a check of what was installed failed: ${listOf(matches.map(({ groups }) => installedPath(groups[1] ?? "")), count, 2)}`
	},
	{
		...ofPackage,
		name: "desktop-file",
		phases: [
			"install",
			"test",
			"build"
		],
		pattern: /^(\S+\.(?:desktop|appdata\.xml|metainfo\.xml|xml)): (?:(?:error|FAILED): ?(.*)|failed to (?:validate|parse).*)/,
		reason: (found) => `${installedPath(text$1(found))} is not valid${text$1(found, 2) === "" ? "" : `: ${text$1(found, 2)}`}`
	},
	{
		...ofPackage,
		name: "needs-root",
		pattern: /^(?:ch(?:own|grp)|install|mknod|mount|setcap|useradd|groupadd): (?:cannot change owner.*|changing ownership of .*|.*)(Operation not permitted|[Mm]ust be (?:root|superuser).*)/,
		reason: (found) => `the build does what only root may: "${text$1(found, 0)}"`
	},
	{
		...ofPackage,
		name: "test-named-fail",
		phases: ["test"],
		pattern: /^(?=.*(?:FAIL|NOT OK))(\S{1,200}?(?: \S{1,80}){0,4}?)(?: ?\.{2,80}| ?:| -)? {1,80}\[?(?:FAIL(?:ED|URE)?|NOT OK)!?\]?$/,
		reason: ({ matches, count }) => {
			const names = matches.map(({ groups }) => groups[1] ?? "");
			return count === 1 ? `the test ${names[0]} failed` : `${count} tests failed: ${listOf(names, count)}`;
		}
	}
];

// src/builder/log/classify-rpmbuild.ts
function collect({ texts, build, collector }, visit) {
	if (build.mode === void 0) return;
	walkBuild(texts["build.log"], build, void 0, {
		visit: (line) => {
			collector.visit(line);
			visit?.(line);
		},
		onCommand: (text) => collector.command(text)
	});
}
function fromBuild(reading) {
	const { texts, build, context } = reading;
	if (build.mode === void 0) return void 0;
	const rpmbuild = new RuleScan(RPMBUILD_RULES, context);
	const bare = new RuleScan(RPMBUILD_BARE_RULES, context);
	const other = new RuleScan(RPMBUILD_OTHER_RULES, context);
	const around = new RuleScan(MOCK_RULES, context);
	collect(reading, (line) => {
		const { text } = line;
		const said = {
			...line,
			phase: "package"
		};
		if (text.startsWith("error: ") || text.startsWith("    ") || text.startsWith("	")) rpmbuild.visit(said);
		const torn = text.indexOf("error: ");
		if (torn > 0) rpmbuild.visit({
			...said,
			text: text.slice(torn)
		});
		if (torn === 0) other.visit(said);
		if (!build.badExit && line.segment === build.segment) bare.visit(said);
		if (!build.reached) around.visit({
			...line,
			phase: "build"
		});
	});
	const whole = {
		phases: PHASES,
		scope: "whole",
		segment: 0,
		lastLine: build.last
	};
	const ofRpm = rpmbuild.decide({
		...whole,
		scope: "segment",
		segment: build.segment
	}) ?? rpmbuild.decide(whole) ?? bare.decide({
		...whole,
		scope: "segment",
		segment: build.segment
	});
	const { badExit } = build;
	if (badExit && !(ofRpm && ofRpm.found.last.line.number > badExit.line.number)) return fromSection(reading, badExit);
	const phase = build.mode === "source" ? "source" : build.phase;
	const machine = new RuleScan(MACHINE_RULES, context);
	walkBuild(texts["build.log"], build, PACKAGE_PHASES.includes(phase) ? phase : "package", { visit: (line) => machine.visit(line) });
	const ofMachine = machine.decide(whole);
	if (ofMachine) return { outcome: outcomeOf(ofMachine, phase) };
	if (ofRpm) return {
		outcome: ofRpmbuild(ofRpm, phase, build),
		segment: -1
	};
	if (build.code !== void 0 && (build.code < 0 || build.code > 128)) {
		const signal = build.code < 0 ? -build.code : build.code - 128;
		return { outcome: {
			verdict: "infrastructure",
			phase,
			reason: `a signal (${signal}) ended rpmbuild while ${PHASE_ACTIVITIES[phase]}${signal === 9 ? ", most likely for want of memory" : ""}`,
			rule: "rpmbuild-killed",
			quotes: lastWords(reading),
			retryable: true
		} };
	}
	const ofMock = build.reached ? void 0 : around.decide(whole);
	if (ofMock) return { outcome: outcomeOf(ofMock, ofMock.rule.phase ?? phase) };
	if (build.code === void 0) return void 0;
	const rest = other.decide(whole);
	return rest && {
		outcome: outcomeOf(rest, phase),
		segment: -1
	};
}
function unexplained(reading) {
	const { run, build } = reading;
	const { exitCode } = run;
	if (build.mode === void 0 || exitCode === void 0 || exitCode < 1 || exitCode > 127) return void 0;
	if (build.code === void 0 && reading.end.command === void 0) return void 0;
	const phase = phaseReached(reading);
	return {
		outcome: {
			verdict: "package",
			phase,
			reason: `rpmbuild ended with exit code ${build.code ?? exitCode} while ${PHASE_ACTIVITIES[phase]}, for a reason that the log does not tell`,
			rule: "unknown",
			quotes: lastWords(reading),
			retryable: false
		},
		segment: build.segment
	};
}
function ofRpmbuild(decision, phase, build) {
	const { rule, found } = decision;
	if (rule.name === "spec-syntax" && build.mode !== "source" && build.phase === "package") return {
		...outcomeOf(decision, "package"),
		reason: `rpmbuild: "${found.match.groups[1] ?? ""}"`
	};
	return withFiles(outcomeOf(decision, rule.phase ?? phase), build);
}
function fromSection(reading, badExit) {
	const { texts, build, context } = reading;
	const phase = phaseOfSection(badExit.section);
	const lines = linesOfSection(badExit.section);
	const newScans = () => ({
		machine: new RuleScan(MACHINE_RULES, context),
		section: new RuleScan(SECTION_RULES, context),
		package: new RuleScan(PACKAGE_RULES, context),
		tests: new RuleScan(TEST_RULES, context),
		generic: new RuleScan(GENERIC_RULES, context)
	});
	const plain = newScans();
	const merged = newScans();
	const [plainScans, mergedScans] = [Object.values(plain), Object.values(merged)];
	walkBuild(texts["build.log"], build, lines, {
		visit: (line) => {
			for (const scan of plainScans) scan.visit(line);
		},
		merged: (line) => {
			for (const scan of mergedScans) scan.visit(line);
		}
	});
	const specific = ({ machine, section, package: ofPackage, tests }) => lines === "test" ? [
		machine,
		tests,
		section,
		ofPackage
	] : [
		machine,
		section,
		ofPackage,
		tests
	];
	const { segment } = badExit;
	const options = {
		phases: PHASES,
		segment,
		lastLine: badExit.line.number
	};
	const first = (tables, scope) => {
		for (const table of tables) {
			const decision = table.decide({
				...options,
				scope
			});
			if (decision) return decision;
		}
	};
	const decision = first(specific(plain), "segment") ?? first(specific(merged), "segment") ?? first([plain.generic], "segment") ?? first(specific(plain), "whole") ?? first(specific(merged), "whole") ?? first([plain.generic, merged.generic], "whole");
	const own = quoteOf(badExit.said, "build.log");
	if (!decision) return {
		outcome: sectionFailed(build, badExit, phase),
		segment
	};
	const outcome = outcomeOf(decision, phase, [plain.generic.firstOf("make-error", segment), own]);
	const named = decision.rule.name === "spec-patch-does-not-apply" && build.patch !== void 0 ? {
		...outcome,
		reason: `the patch ${printable(build.patch, 100)} does not apply`
	} : outcome;
	return {
		outcome: {
			...named,
			reason: withScript(named.reason, badExit.section)
		},
		segment
	};
}
function withScript(reason, section) {
	return reason.replace(/(?:\/\S*\/)?rpm-tmp\.\w+(?:: ?(?:line )?(\d+))?/g, (_script, line) => `the script of ${section}${line === void 0 ? "" : `, line ${line}`}`);
}
function sectionFailed(build, { section, segment, said }, phase) {
	const within = (line) => line !== void 0 && line.number > segment;
	const output = within(build.output) ? build.output : void 0;
	const lines = [
		output,
		build.command,
		build.before
	].filter(within);
	const numbers = /* @__PURE__ */ new Set();
	const told = lines.flatMap((line) => {
		if (!line || numbers.has(line.number)) return [];
		numbers.add(line.number);
		return [quoteOf(line, "build.log")];
	});
	const command = build.command && printable(build.command.text.replace(/^\++ /, ""), 200);
	const ofScript = output && /^\S*rpm-tmp\.\w+: /.test(output.text);
	const words = output && printable(output.text.trim(), 200);
	return {
		verdict: "package",
		phase,
		reason: ofScript ? withScript(words ?? "", section) : command ? `${section} ${build.exit ? `ended with ${build.exit} after` : "failed in its last command:"} ${command}${words ? `: "${words}"` : ""}` : `${section} failed ${words ? `with "${words}"` : "without a word"}`,
		rule: "section-failed",
		quotes: [...told, quoteOf(said, "build.log")],
		retryable: false
	};
}
function withFiles(outcome, { unpackaged }) {
	if (outcome.rule !== "unpackaged-files" || unpackaged.length === 0) return outcome;
	const names = [...new Set(unpackaged.map(({ text }) => printable(installedPath(text.trim()), 200)))];
	return {
		...outcome,
		reason: `files were installed that no %files lists: ${listOf(names)}`,
		quotes: [...outcome.quotes.slice(0, 1), ...unpackaged.map((line) => quoteOf(line, "build.log"))].slice(0, 8)
	};
}

// src/builder/log/classify-mock.ts
const CODES = /* @__PURE__ */ new Map([
	[2, [
		"configuration",
		"setup",
		"mock was not started by its wrapper"
	]],
	[3, [
		"configuration",
		"setup",
		"mock's configuration is not right"
	]],
	[5, [
		"configuration",
		"setup",
		"mock does not take its options"
	]],
	[6, [
		"configuration",
		"arch-check",
		"this machine does not build for the architecture"
	]],
	[25, [
		"infrastructure",
		"setup",
		"the volume of the buildroot could not be made"
	]],
	[31, [
		"package",
		"dependencies",
		"the package asks for external dependencies that are not known"
	]],
	[60, [
		"infrastructure",
		"setup",
		"another process holds the buildroot"
	]],
	[65, [
		"infrastructure",
		"setup",
		"another process holds the volume of the buildroot"
	]],
	[70, [
		"configuration",
		"setup",
		"the folder for results cannot be written to"
	]],
	[80, [
		"configuration",
		"setup",
		"this machine does not let the build have namespaces of its own"
	]],
	[90, [
		"infrastructure",
		"setup",
		"the bootstrap for the buildroot could not be made"
	]],
	[120, [
		"configuration",
		"setup",
		"a tool that mock needs is not installed"
	]]
]);
const SIGNAL_CODES = [
	7,
	129,
	130,
	137,
	141,
	143
];
function diagnoseMock(run) {
	const texts = {
		"build.log": run.buildLog ?? "",
		"root.log": run.rootLog ?? "",
		"state.log": run.stateLog ?? "",
		"mock-stderr.log": run.stderr
	};
	const fromLog = readState(texts["state.log"]);
	const build = readBuild(texts["build.log"]);
	const reading = {
		run,
		texts,
		state: fromLog.known ? fromLog : readState(run.stderr),
		end: readEnd(run.stderr),
		build,
		context: {
			format: "rpm",
			network: run.network ?? false,
			scratch: run.scratch
		},
		collector: new DiagnosticCollector({
			format: "rpm",
			spec: build.spec
		})
	};
	const success = run.end === "exit" && run.exitCode === 0 && run.hasPackages;
	const { outcome, segment } = success ? succeeded(reading) : judge(reading);
	const ofPackage = !success && outcome.verdict === "package";
	const diagnostics = reading.collector.result(ofPackage ? segment ?? -1 : void 0).filter(({ severity, tool }) => segment !== -1 || severity === "warning" || tool === "rpmbuild");
	const quotes = outcome.quotes.slice(0, 8);
	return {
		verdict: success ? "success" : outcome.verdict,
		phase: success ? void 0 : outcome.phase,
		reason: printable(withPlace(outcome, diagnostics), 500).replace(/(?<!\.)\.$/, ""),
		rule: outcome.rule,
		quotes,
		excerpt: success ? [] : excerptOf(texts, quotes[0]),
		diagnostics,
		fields: printableFields(fieldsOf(texts)),
		retryable: outcome.retryable
	};
}
function succeeded(reading) {
	collect(reading, void 0);
	return { outcome: {
		verdict: "infrastructure",
		phase: "results",
		reason: "the package was built",
		rule: "success",
		quotes: lastLineOf(reading, ["state.log", "mock-stderr.log"], /^(?:\d{4}-\S+ \S+ - )?Finish: run$/),
		retryable: false
	} };
}
function judge(reading) {
	const { run, build } = reading;
	const outside = outsideOf(reading);
	if (outside) {
		collect(reading, void 0);
		return {
			outcome: outside,
			segment: build.segment
		};
	}
	if (run.exitCode === 0) return { outcome: withoutPackages(reading) };
	switch (failedIn(reading)) {
		case "packages": {
			const outcome = fromManager(reading);
			if (outcome) return { outcome };
			break;
		}
		case "rpmbuild": {
			const judged = fromBuild(reading) ?? unexplained(reading);
			if (judged) return judged;
			break;
		}
	}
	return { outcome: fromMock(reading) ?? fromManager(reading) ?? fromCode(reading) ?? untold(reading) };
}
function fromCode(reading) {
	const { run, end } = reading;
	const known = run.exitCode === void 0 ? void 0 : CODES.get(run.exitCode);
	if (!known) return void 0;
	const [verdict, phase, reason] = known;
	return {
		verdict,
		phase,
		reason,
		rule: "mock-exit-code",
		quotes: end.line ? [quoteOf(end.line, "mock-stderr.log")] : lastWords(reading),
		retryable: verdict === "infrastructure"
	};
}
function untold(reading) {
	const { run, end, state, build } = reading;
	const phase = phaseReached(reading);
	const started = state.started || build.mode === "packages";
	const quotes = [...end.line ? [quoteOf(end.line, "mock-stderr.log")] : [], ...lastWords(reading)];
	const ended = `mock ended with exit code ${run.exitCode ?? "?"}`;
	if (started && build.code === void 0) return {
		verdict: "infrastructure",
		phase,
		reason: `${ended}, and the build's log stops`,
		rule: "no-summary",
		quotes,
		retryable: true
	};
	return {
		verdict: started && build.code !== 0 ? "package" : "infrastructure",
		phase,
		reason: `${ended} while ${PHASE_ACTIVITIES[phase]}, for a reason that the logs do not tell`,
		rule: "unknown",
		quotes,
		retryable: false
	};
}
function failedIn({ run, end, state, build }) {
	if (end.command !== void 0) {
		const { kind } = kindOfCommand(end.command);
		return kind === "manager" ? "packages" : kind === "other" ? "mock" : "rpmbuild";
	}
	if (run.exitCode === 30) return "packages";
	if (run.exitCode !== void 0 && CODES.has(run.exitCode)) return "mock";
	if (run.exitCode === 10 && build.mode === "source" && build.code === 0) return "packages";
	if (end.line !== void 0) return "mock";
	if (build.mode !== void 0 && build.code !== 0 && !(build.code === 11 && state.started && run.exitCode !== 11)) return "rpmbuild";
	return "mock";
}
function outsideOf(reading) {
	const { run, end, state, build } = reading;
	const { exitCode } = run;
	const started = state.started || build.mode === "packages" || build.mode === "requires";
	const phase = phaseReached(reading);
	const during = `while ${PHASE_ACTIVITIES[phase]}`;
	const quotes = lastWords(reading);
	if (run.end === "cancelled") return {
		verdict: "infrastructure",
		phase,
		reason: `the build was cancelled ${during}`,
		rule: "cancelled",
		quotes,
		retryable: false
	};
	const withoutWord = end.line === void 0 && exitCode === 11 && build.mode !== void 0 && build.code === void 0;
	const ownLimit = run.end === "exit" && (end.timeout !== void 0 || withoutWord);
	if (run.end === "timeout" || ownLimit) {
		const inBuild = ownLimit && end.command ? kindOfCommand(end.command).kind === "build" : started;
		const seconds = (ownLimit ? end.timeout : void 0) ?? run.timeoutSeconds;
		const limit = seconds === void 0 ? "" : ` of ${formatDuration(seconds)}`;
		return {
			verdict: inBuild ? "package" : "infrastructure",
			phase,
			reason: `the build was ended after its limit${limit} ${during}`,
			rule: "timeout",
			quotes: ownLimit && end.line ? [quoteOf(end.line, "mock-stderr.log"), ...quotes] : quotes,
			retryable: !inBuild
		};
	}
	const signal = end.signal ?? (exitCode === 7 && /user interrupt/.test(end.line?.text ?? "") ? "SIGINT" : void 0);
	if (run.end === "signal" || signal !== void 0 || exitCode !== void 0 && SIGNAL_CODES.includes(exitCode) && end.command === void 0 && end.line === void 0) return {
		verdict: "infrastructure",
		phase,
		reason: `a signal from outside${signal === void 0 ? "" : ` (${signal})`} ended the build ${during}, perhaps for want of memory`,
		rule: "signal",
		quotes,
		retryable: true
	};
}
function withoutPackages(reading) {
	const quotes = lastWords(reading);
	const { build } = reading;
	if (build.mode === "packages" && build.code === 0 && !build.wrote) return {
		verdict: "package",
		phase: "results",
		reason: "rpmbuild made no package: the spec has no %files for any",
		rule: "no-results",
		quotes,
		retryable: false
	};
	return {
		verdict: "infrastructure",
		phase: "results",
		reason: "mock ended with exit code 0, but there are no packages",
		rule: "no-packages",
		quotes,
		retryable: false
	};
}
function fromManager(reading) {
	const { run, state, end } = reading;
	const inRoot = newManagerScans(reading);
	const { manager, lastLine } = walkRoot(reading.texts["root.log"], state, inRoot.visit);
	const named = end.command && kindOfCommand(end.command).kind === "manager" ? end.command : void 0;
	const failed = manager !== void 0 && manager.code !== 0;
	const phase = (named && phaseOfManager(named, state.initialized)) ?? manager?.phase ?? phaseReached(reading);
	const onStderr = newManagerScans(reading);
	const where = {
		file: "mock-stderr.log",
		from: end.line?.number ?? end.from,
		phase,
		segment: 1
	};
	walkManagerOutput(reading.texts["mock-stderr.log"], where, onStderr.visit);
	const rootCounts = failed || named !== void 0 || run.exitCode === 30 || run.exitCode === 10;
	const options = {
		phases: PHASES,
		scope: "segment",
		lastLine
	};
	const decide = (kind) => (rootCounts ? inRoot[kind].decide({
		...options,
		segment: manager?.segment ?? -1
	}) : void 0) ?? (end.line ? onStderr[kind].decide({
		...options,
		segment: 1
	}) : void 0);
	const decision = decide("rules") ?? (failed ? aroundManager(reading, manager.lines) : void 0) ?? decide("other");
	if (decision) return outcomeOf(decision, decision.rule.phase ?? phase);
	return failed || named !== void 0 ? untoldManager(reading, manager, phase) : void 0;
}
function newManagerScans({ context }) {
	const rules = new RuleScan(DNF_RULES, context);
	const other = new RuleScan(DNF_OTHER_RULES, context);
	const visit = (line) => {
		rules.visit(line);
		other.visit(line);
	};
	return {
		rules,
		other,
		visit
	};
}
function aroundManager({ context }, lines) {
	const around = new RuleScan(MOCK_RULES, context);
	for (const line of lines) around.visit(line);
	return around.decide({
		phases: PHASES,
		scope: "whole",
		segment: 0,
		lastLine: 0
	});
}
function untoldManager({ end }, manager, phase) {
	const code = manager?.code ?? 0;
	const quotes = [...(manager?.lines ?? []).slice(-3).map((line) => quoteOf(line, "root.log")), ...end.line ? [quoteOf(end.line, "mock-stderr.log")] : []];
	const killed = code === -9 || code === 137;
	return {
		verdict: "infrastructure",
		phase,
		reason: killed ? `the kernel ended the package manager while ${PHASE_ACTIVITIES[phase]}, most likely for want of memory` : `the package manager failed while ${PHASE_ACTIVITIES[phase]}, for a reason that the logs do not tell`,
		rule: killed ? "dnf-killed" : "dnf-unknown",
		quotes,
		retryable: killed
	};
}
function fromMock(reading) {
	const { run, texts, state, build, end, context } = reading;
	const rules = new RuleScan(MOCK_RULES, context);
	const other = new RuleScan(MOCK_OTHER_RULES, context);
	const phase = phaseReached(reading);
	let inError = false;
	eachLine(texts["mock-stderr.log"], (text, number) => {
		if (number < end.from) return;
		inError ||= /^(?:ERROR|CRITICAL): |^Traceback |^(?:usage: )?mock\S*: error: |^usage: /i.test(text);
		if (!inError || /^(?:INFO|DEBUG): |^ERROR: Exception\(|^(?:Start|Finish): /.test(text)) return;
		const line = {
			file: "mock-stderr.log",
			text,
			number,
			phase: aroundPhase(phase),
			origin: "tool",
			segment: 1
		};
		rules.visit(line);
		other.visit(line);
	});
	const root = walkRoot(texts["root.log"], state, () => {});
	const program = end.command === void 0 ? void 0 : kindOfCommand(end.command).program;
	const failed = program === void 0 ? void 0 : root.failed.get(program);
	for (const line of failed?.lines ?? []) rules.visit({
		...line,
		phase: aroundPhase(phase),
		segment: 2
	});
	const where = {
		phases: PHASES,
		scope: "segment",
		lastLine: 0
	};
	const decision = rules.decide({
		...where,
		segment: 2
	}) ?? rules.decide({
		phases: PHASES,
		scope: "whole",
		segment: 1,
		lastLine: 0
	});
	if (decision) return outcomeOf(decision, decision.rule.phase ?? phase);
	if (program !== void 0 && end.line) {
		const quotes = [quoteOf(end.line, "mock-stderr.log"), ...(failed?.lines ?? []).map(({ number, text }) => quoteOf({
			number,
			text
		}, "root.log"))];
		const reason = `mock's command ${program} failed while ${PHASE_ACTIVITIES[phase]}`;
		return {
			verdict: program === "rpmbuild" && build.mode === void 0 && (run.exitCode ?? 0) < 126 ? "package" : "infrastructure",
			phase,
			reason,
			rule: "mock-command",
			quotes,
			retryable: false
		};
	}
	const rest = other.decide({
		...where,
		segment: 1
	});
	return rest && outcomeOf(rest, phase);
}
function aroundPhase(phase) {
	return MOCK_RULES.some(({ phases }) => phases.includes(phase)) ? phase : "build";
}

// src/builder/mock-logs.ts
const POLL_MS = 200;
const PIECE_BYTES = 1048576;
const MAX_LINE = 65536;
const PUNCH_BYTES = 64 * 1024 ** 2;
var Tail = class {
	#file;
	#onLine;
	#limit;
	#decoder = new StringDecoder("utf8");
	#offset = 0;
	#rest = "";
	#punched = 0;
	constructor(file, limit, onLine) {
		this.#file = file;
		this.#limit = limit;
		this.#onLine = onLine;
	}
	async skip() {
		const handle = await openPlain(this.#file);
		if (handle === void 0) return;
		this.#offset = (await handle.stat()).size;
		await handle.close();
	}
	async read() {
		const handle = await openPlain(this.#file);
		if (handle === void 0) return;
		try {
			const buffer = Buffer.allocUnsafe(PIECE_BYTES);
			for (;;) {
				const { bytesRead } = await handle.read(buffer, 0, buffer.length, this.#offset);
				if (bytesRead === 0) break;
				this.#offset += bytesRead;
				this.#take(this.#decoder.write(buffer.subarray(0, bytesRead)));
			}
			await this.#giveBack(handle);
		} finally {
			await handle.close();
		}
	}
	#take(text) {
		const lines = (this.#rest + text).split("\n");
		this.#rest = lines.pop() ?? "";
		for (const line of lines) this.#onLine(line);
		if (this.#rest.length > MAX_LINE) this.end();
	}
	end() {
		if (this.#rest !== "") this.#onLine(this.#rest);
		this.#rest = "";
	}
	async #giveBack(handle) {
		if (this.#limit === 0 || this.#offset < this.#limit + this.#punched + PUNCH_BYTES) return;
		this.#punched = this.#offset - this.#limit;
		const range = [
			"--offset",
			String(Math.ceil(this.#limit / 2)),
			"--length",
			String(this.#punched)
		];
		const file = `/proc/${process.pid}/fd/${handle.fd}`;
		await run([
			"fallocate",
			"--punch-hole",
			...range,
			file
		], { okExitCodes: "any" });
	}
};
function watchLogs(folder, names, limit, onLine) {
	const tails = names.map((name) => new Tail(path.join(folder, name), limit, (line) => onLine(name, line)));
	const ending = new AbortController();
	const readAll = async () => {
		for (const tail of tails) await tail.read();
	};
	const begun = (async () => {
		for (const tail of tails) await tail.skip();
	})();
	const watching = (async () => {
		await begun;
		while (!ending.signal.aborted) {
			await readAll();
			await setTimeout(POLL_MS, void 0, { signal: ending.signal }).catch(() => void 0);
		}
	})();
	watching.catch(() => void 0);
	return {
		begun,
		async stop() {
			ending.abort();
			await watching;
			await readAll();
			for (const tail of tails) tail.end();
		}
	};
}
function packageManagerLines() {
	let runs = false;
	return (line) => {
		const text = /^DEBUG util\.py:\d+: {2}(.*)$/.exec(line)?.[1];
		if (text === void 0) return void 0;
		if (/^Executing command: \[/.test(text)) {
			runs = /'(?:builddep|install|update|upgrade|groupinstall)'/.test(text);
			return;
		}
		if (/^(?:Child return code was: |child environment: )/.test(text)) {
			runs = false;
			return;
		}
		return runs && text.trim() !== "" ? text : void 0;
	};
}
async function copyLog(from, to, limit) {
	const handle = await openPlain(from);
	if (handle === void 0) return false;
	try {
		const { size } = await handle.stat();
		const half = Math.floor(limit / 2);
		if (limit === 0 || size <= limit) await copyRange(handle, to, 0, size);
		else {
			await copyRange(handle, to, 0, half);
			await append(to, `\n[… ${size - 2 * half} bytes left out: the log is over its limit …]\n`);
			await copyRange(handle, to, size - half, size);
		}
		return true;
	} finally {
		await handle.close();
	}
}
async function copyRange(handle, to, start, end) {
	if (end <= start) return append(to, "");
	await pipeline(handle.createReadStream({
		start,
		end: end - 1,
		autoClose: false
	}), createWriteStream(to, {
		flags: "a",
		mode: 420
	}));
}
async function append(to, text) {
	const stream = createWriteStream(to, {
		flags: "a",
		mode: 420
	});
	stream.end(text);
	await finished(stream);
}

// src/builder/rpm-steps.ts
const LEAST_FILE_BYTES = 1024 ** 3;
const TEXTS = {
	"build.log": "buildLog",
	"root.log": "rootLog",
	"state.log": "stateLog"
};
const MORE_FILES = ["installed_pkgs.log", "hw_info.log"];
const STDERR_LOG = "mock-stderr.log";
var MockSteps = class {
	#options;
	#session;
	#commands = [];
	#last = {
		exitCode: void 0,
		end: "exit"
	};
	constructor(options) {
		this.#options = options;
	}
	get last() {
		return this.#last;
	}
	get isGood() {
		return this.#last.end === "exit" && this.#last.exitCode === 0;
	}
	async enter(session) {
		const before = this.#session;
		this.#session = session;
		if (before === void 0) return;
		for (const name of Object.keys(TEXTS)) {
			const file = path.join(session.results, name);
			if (!await copyLog(path.join(before.results, name), file, this.#options.logBytes)) continue;
			await chown(file, MOCK_USER.id, MOCK_USER.id);
		}
		await before.session.close();
	}
	async run(command, argv, network) {
		const session = this.#entered();
		const { log, stderr, left, logBytes, outputBytes } = this.#options;
		this.#commands.push(command);
		const packageManager = packageManagerLines();
		const watch = watchLogs(session.results, ["root.log", "build.log"], logBytes, (name, line) => {
			const shown = name === "root.log" ? packageManager(line) : line;
			if (shown !== void 0) log.line(shown);
		});
		await watch.begun;
		try {
			const { exitCode } = await session.mock(argv, {
				network,
				use: command === "installdeps" ? "install" : "build",
				mostBytes: command === "installdeps" || outputBytes === 0 ? 0 : Math.max(outputBytes, LEAST_FILE_BYTES),
				okExitCodes: "any",
				timeoutSeconds: left(),
				captureBytes: 65536,
				onLine: (line) => {
					stderr.write(line);
					log.line(line);
				}
			});
			this.#last = {
				exitCode,
				end: "exit"
			};
		} catch (error) {
			if (!(error instanceof CommandError)) throw error;
			this.#last = {
				exitCode: error.failure.exitCode,
				end: error.failure.end
			};
		} finally {
			await watch.stop();
		}
		return this.#last;
	}
	async copyLogs(folder) {
		const { results } = this.#entered();
		const { logBytes } = this.#options;
		for (const name of [...Object.keys(TEXTS), ...MORE_FILES]) await copyLog(path.join(results, name), path.join(folder, name), logBytes);
	}
	async diagnose(folder, facts) {
		const read = (file) => readLog(file).catch(() => void 0);
		const texts = {};
		for (const [name, field] of Object.entries(TEXTS)) texts[field] = await read(path.join(folder, name));
		const stderr = await read(this.#options.stderr.file) ?? "";
		return diagnoseMock({
			commands: this.#commands,
			stderr,
			...texts,
			...this.#last,
			...facts
		});
	}
	#entered() {
		if (this.#session === void 0) throw new Error("mock is run before its session is there");
		return this.#session;
	}
};

// src/builder/rpm-session.ts
const PACKAGE_FILE = /^[A-Za-z0-9_+][A-Za-z0-9.+_~^-]*\.rpm$/;
async function runRpmSession(asked, log, stderr, staging) {
	const { limits, signal, source } = asked;
	const started = performance.now();
	const left = () => Math.max(1, asked.timeoutSeconds - (performance.now() - started) / 1e3);
	await using all = new AsyncDisposableStack();
	all.use(asked.lock);
	log.phase("open session");
	const cache = all.use(await openCompilerCache({
		...asked,
		cache: asked.caches.compilerCache,
		name: source.name,
		change: source.change,
		target: asked.target.name
	}));
	const request = cache ? {
		...asked,
		extraPackages: [...asked.extraPackages, ...cache.packages]
	} : asked;
	const { repositories } = all.use(await packageFileRepository(request, request.packageFiles));
	const steps = new MockSteps({
		log,
		stderr,
		left,
		logBytes: limits.logBytes,
		outputBytes: limits.outputBytes
	});
	const context = {
		request,
		log,
		steps,
		left,
		cache,
		open: async (kind) => all.use(await openMockSession(sessionOptions(request, repositories, kind, cache)))
	};
	try {
		const { session, ...end } = await runSteps(context, all);
		const noted = await cache?.used(session.session);
		if (noted) log.line(cacheLine(noted));
		if (!steps.isGood && end.repositories === void 0) await session.session.run(["true"]);
		log.phase("collect results");
		const used = end.repositories ?? await usedRepositories(session, request.generation, request.repositories);
		await session.session.stop();
		await steps.copyLogs(staging);
		const { isGood } = steps;
		const isWanted = (name) => isGood && PACKAGE_FILE.test(name);
		const { refused } = await collectFiles(session.results, staging, isWanted, limits.outputBytes);
		log.phase("close session");
		await all.disposeAsync();
		return {
			...end,
			steps,
			repositories: used,
			...refused === void 0 ? {} : { refused },
			...noted === void 0 ? {} : { compilerCache: noted }
		};
	} catch (error) {
		if (!(error instanceof CommandError) || error.failure.end === "cancelled") throw error;
		signal.throwIfAborted();
		throw new InfrastructureError({
			what: "the build session was lost",
			found: oneLine(error.message)
		}, { cause: error });
	}
}
function sessionOptions(request, packageFiles, { files, above, upper, downloads }, cache) {
	const { proxy } = request.caches;
	const isBuild = upper === void 0;
	return {
		state: request.state,
		generation: request.generation,
		engine: request.engine,
		scratch: upper === void 0 ? request.scratch : { upper },
		...above ? { above } : {},
		binds: [...downloads?.binds ?? [], ...isBuild ? cache?.binds ?? [] : []],
		...isBuild && cache ? { build: {
			environment: cache.environment,
			path: cache.path,
			folders: [CACHE_PLACE]
		} } : {},
		runId: request.runId,
		signal: request.signal,
		repositories: [...request.repositories, ...packageFiles],
		install: {
			...proxy === void 0 ? {} : { proxy },
			keepDownloads: downloads !== void 0,
			isInstalled: above !== void 0 && !request.network
		},
		inbox: { source: files }
	};
}
async function runSteps(context, all) {
	const { request, log, steps } = context;
	const { source, caches } = request;
	const given = source.files.map((name) => path.join(source.folder, name));
	if (caches.layers === 0) {
		const session = await openWithDownloads(context, given, all);
		const made = await sourcePackage(context, session.session);
		if (made === void 0) return {
			session: session.session,
			installed: []
		};
		return inOneSession(context, session, made);
	}
	let file = path.join(source.folder, source.main);
	if (source.kind === "spec") {
		const session = await context.open({ files: given });
		await steps.enter(session);
		const made = await sourcePackage(context, session);
		if (made === void 0) return {
			session,
			installed: []
		};
		await session.session.stop();
		const copy = await takeOut(request, made, all);
		if (copy === void 0) return {
			session,
			installed: []
		};
		file = copy;
	}
	const name = `${INBOX}/source/${path.basename(file)}`;
	const layer = await openLayer(context, file, name);
	if (layer === void 0) return inOneSession(context, await openWithDownloads(context, [file], all), name);
	if ("failed" in layer) return {
		session: layer.failed,
		installed: [],
		repositories: layer.repositories
	};
	all.use(layer);
	log.phase("open session");
	const session = await context.open({
		files: [file],
		above: layer.trees
	});
	await steps.enter(session);
	const { installed, hasAsked } = await rebuild(context, session, name, layer.installed);
	return {
		session,
		installed,
		...layer.id === void 0 ? {} : { layer: layer.id },
		...hasAsked ? {} : { repositories: layer.repositories }
	};
}
async function openWithDownloads(context, files, all) {
	const downloads = await rpmDownloads(context.request);
	if (downloads !== void 0) all.use(downloads);
	const session = await context.open({
		files,
		...downloads ? { downloads } : {}
	});
	await context.steps.enter(session);
	return {
		session,
		downloads
	};
}
async function inOneSession(context, { session, downloads }, source) {
	const { log, steps, left } = context;
	log.phase("dependencies");
	log.banner("Install build dependencies");
	const plan = downloads === void 0 ? void 0 : await planDependencies(session, source, left() / 2);
	await installPlanned(context, session, source, plan, downloads);
	if (!steps.isGood) return {
		session,
		installed: []
	};
	log.line("layer (off)");
	const { installed } = await rebuild(context, session, source, await session.installedRpms());
	return {
		session,
		installed
	};
}
async function sourcePackage({ request, log, steps }, session) {
	const { source } = request;
	const folder = `${INBOX}/source`;
	const given = `${folder}/${source.main}`;
	if (source.kind === "srpm") return given;
	log.phase("source");
	log.banner("Make the source package");
	await steps.run("buildsrpm", [
		"--buildsrpm",
		"--spec",
		given,
		"--sources",
		folder,
		...rpmbuildOptions(request)
	], false);
	if (!steps.isGood) return void 0;
	const [made] = (await readdir(session.results)).filter((name) => PACKAGE_FILE.test(name));
	if (made === void 0) return void 0;
	return await setAside(session, made);
}
async function takeOut({ state, runId, limits }, made, all) {
	const name = `source-${randomBytes(4).toString("hex")}`;
	const claimed = all.use(await claimFolder(path.join(state, "sessions"), name, {
		runId,
		what: `the source package ${name}`
	}));
	const isMade = (file) => file === path.basename(made);
	const { names } = await collectFiles(path.dirname(made), claimed.folder, isMade, limits.outputBytes);
	return names[0] === void 0 ? void 0 : path.join(claimed.folder, names[0]);
}
async function setAside({ session, results }, name) {
	const aside = path.join(results, "source");
	await session.run([
		"sh",
		"-c",
		"mkdir \"$1\" && mv -T \"$2\" \"$3\"",
		"sh",
		aside,
		path.join(results, name),
		path.join(aside, name)
	]);
	return path.join(aside, name);
}

// src/builder/rpm-build.ts
async function buildRpm(request) {
	const { source, architecture, signal, logger, limits } = request;
	const began = Math.floor(Date.now() / 1e3);
	await checkReplaceable(request.output);
	const staging = await stageOutput(request.output);
	const log = new BuildLog(path.join(staging, "session.log"), logger, limits.logBytes);
	const stderr = new BuildLog(path.join(staging, STDERR_LOG), logger, limits.logBytes);
	try {
		const end = await runRpmSession(request, log, stderr, staging);
		const results = end.refused ? {
			packages: [],
			made: void 0,
			refused: end.refused
		} : await readRpmResults(staging, source, architecture);
		if (results.refused !== void 0) log.write(`E: ${results.refused}`);
		await log.close();
		await stderr.close();
		const diagnosis = results.refused === void 0 ? blameCache(await end.steps.diagnose(staging, {
			hasPackages: results.packages.length > 0,
			timeoutSeconds: request.timeoutSeconds,
			network: request.network,
			scratch: request.scratch
		}), request.caches.compilerCache) : refusedResults(end.refused ? "output-size" : "foreign-results", results.refused, await readLog(log.file));
		signal.throwIfAborted();
		if (diagnosis.verdict !== "success") await removePackages(staging);
		const kept = diagnosis.verdict === "success" ? results : {
			packages: [],
			made: void 0
		};
		const { warning } = await placeSource(staging, source, kept.made, request.includeSource);
		if (warning !== void 0) logger.warning(warning);
		const version = kept.made ? formatEvr(kept.made.package.evr) : source.version;
		const name = kept.made?.package.name ?? source.name;
		const stem = `${name}${version === void 0 ? "" : `-${version.replace(/^\d+:/, "")}`}.${architecture}`;
		await rename(log.file, path.join(staging, `${stem}.log`));
		if (end.installed.length > 0) await writeFile(path.join(staging, `${stem}.packages`), `${end.installed.join("\n")}\n`);
		const wholeLogFile = path.join(request.output, `${stem}.log`);
		const quoted = diagnosis.verdict === "success" ? void 0 : diagnosis.quotes[0]?.file;
		const logFile = quoted === void 0 ? wholeLogFile : path.join(request.output, quoted);
		const report = await writeReports({
			package: name,
			version,
			target: request.target.name,
			architecture,
			diagnosis,
			seconds: log.seconds,
			...end.compilerCache ? { compilerCache: end.compilerCache } : {},
			folder: staging,
			packages: kept.packages.map(({ file }) => file),
			logFile,
			...logFile === wholeLogFile ? {} : { wholeLogFile },
			places: {
				workspace: request.workspace,
				format: "rpm",
				origins: source.origins,
				mapping: request.mapping,
				packaging: givenPackaging(source)
			}
		});
		const epoch = kept.packages.length > 0 ? epochOf(kept, began) : source.sourceDateEpoch;
		const manifest = await manifestOf(request, {
			name,
			version: version ?? "unknown",
			epoch
		}, staging, diagnosis, end);
		await writeManifest(staging, manifest);
		await replaceFolder(staging, request.output);
		const packages = [...new Set(kept.packages.map((entry) => entry.package.name))].sort();
		return {
			report,
			manifest,
			folder: request.output,
			logFile,
			packages
		};
	} catch (error) {
		await log.close().catch(() => void 0);
		await stderr.close().catch(() => void 0);
		await rm(staging, {
			recursive: true,
			force: true
		});
		throw error;
	}
}
function epochOf({ packages }, began) {
	const [time, ...others] = new Set(packages.map((entry) => entry.package.buildTime));
	return time === void 0 || others.length > 0 || time >= began ? void 0 : time;
}
function givenPackaging({ kind, folder, main, files, manifestSha256 }) {
	if (kind !== "spec" || manifestSha256 !== void 0) return void 0;
	return [main, ...files.filter((name) => name !== main)].map((name) => path.join(folder, name));
}
async function removePackages(folder) {
	for (const name of await readdir(folder)) if (name.endsWith(".rpm")) await rm(path.join(folder, name));
}
async function manifestOf(request, { epoch, ...built }, folder, diagnosis, end) {
	const { source, generation, target, architecture } = request;
	const mock = diagnosis.fields["Mock Version"];
	return {
		schema: "pkg-actions/manifest/1",
		stage: "build",
		createdAt: (/* @__PURE__ */ new Date()).toISOString(),
		tool: {
			name: "pkg-actions",
			version: VERSION$2
		},
		package: {
			...built,
			format: "rpm"
		},
		change: source.change,
		origins: source.origins,
		...source.manifestSha256 ? { previous: source.manifestSha256 } : {},
		target: {
			name: target.name,
			suite: target.suite,
			architecture
		},
		buildroot: {
			generation: generation.id,
			...end.layer === void 0 ? {} : { layer: end.layer }
		},
		repositories: [...end.repositories],
		verdict: diagnosis.verdict,
		...epoch === void 0 ? {} : { sourceDateEpoch: epoch },
		tools: {
			...generation.record.tools,
			...mock ? { mock } : {}
		},
		files: await describeFiles(folder, (await readdir(folder)).map((name) => ({
			name,
			role: roleOfRpmResult(name)
		})))
	};
}

// src/builder/rpm-source.ts
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9.+_~^@=-]*$/;
const FORMS = "a folder that prepare-sources wrote for an rpm target, a .src.rpm, or a .spec with its sources beside it";
async function readRpmSource(location) {
	if (/\.(?:no)?src\.rpm$/.test(location)) return fromSrpm(location, true);
	if (location.endsWith(".spec")) return fromSpec(location, await besideSpec(location));
	if (location.endsWith(".rpm")) throw new UserError({
		what: "a binary package",
		where: location,
		expected: "a .src.rpm"
	});
	const { manifest, folder, sha256, file } = await readManifest(location, FORMS);
	if (manifest.stage !== "sources" || manifest.package.format !== "rpm") throw new UserError({
		what: "not the manifest of an rpm source package",
		where: file,
		found: `${manifest.package.format} ${manifest.stage}`,
		expected: "what prepare-sources wrote for an rpm target"
	});
	await verifyFiles(folder, manifest);
	const source = await fromFiles(folder, manifest.files, file);
	return {
		...source,
		...checkedIdentity(manifest, source, file),
		origins: manifest.origins,
		change: manifest.change,
		manifestSha256: sha256,
		sourceDateEpoch: manifest.sourceDateEpoch
	};
}
async function fromFiles(folder, files, manifest) {
	const srpms = files.filter(({ role }) => role === "srpm").map(({ name }) => name);
	const specs = files.filter(({ name, role }) => role === "other" && name.endsWith(".spec")).map(({ name }) => name);
	const [main, second] = srpms.length > 0 ? srpms : specs;
	if (main === void 0 || second !== void 0) throw new UserError({
		what: `the manifest lists ${main === void 0 ? "no source package" : "several source packages"}`,
		where: manifest,
		...second === void 0 ? {} : { found: [...srpms, ...srpms.length > 0 ? [] : specs].join(", ") },
		expected: "one .src.rpm, or one spec file and its sources"
	});
	if (srpms.length > 0) return fromSrpm(path.join(folder, main), false);
	return fromSpec(path.join(folder, main), files.filter(({ role }) => role === "other").map(({ name }) => name));
}
function checkedIdentity(manifest, source, file) {
	const { name, version } = manifest.package;
	if (source.package !== void 0 && (source.name !== name || source.version !== version)) throw new UserError({
		what: "the .src.rpm is of another package than the manifest says",
		where: file,
		found: `${source.name} ${source.version}`,
		expected: `${name} ${version}`
	});
	return {
		name,
		version
	};
}
async function fromSrpm(file, alone) {
	const found = await readRpmPackage(file);
	if (!found.isSource) throw new UserError({
		what: "not a source package",
		where: file,
		found: `a package for ${found.architecture}`,
		expected: "a .src.rpm"
	});
	if (alone) await verifyPayload(file);
	return {
		folder: path.dirname(path.resolve(file)),
		files: [path.basename(file)],
		kind: "srpm",
		main: path.basename(file),
		name: found.name,
		version: formatEvr(found.evr),
		package: found,
		...UNKNOWN_ORIGIN
	};
}
function fromSpec(file, files) {
	const main = path.basename(file);
	if (!PLAIN_NAME.test(main)) throw new UserError({
		what: "a name that a spec file cannot have",
		where: file,
		found: quote(main),
		expected: "letters, digits and .+_~^@=-",
		remedy: "rename it"
	});
	if (!files.includes(main)) throw new UserError({
		what: "the spec file cannot be read",
		where: file
	});
	return {
		folder: path.dirname(path.resolve(file)),
		files,
		kind: "spec",
		main,
		name: main.slice(0, -5),
		version: void 0,
		package: void 0,
		...UNKNOWN_ORIGIN
	};
}
async function besideSpec(file) {
	const folder = path.dirname(path.resolve(file));
	const names = await readdir(folder).catch((error) => {
		throw new UserError({
			what: "the spec file cannot be read",
			where: file,
			found: error.code ?? "an error"
		});
	});
	const plain = [];
	for (const name of names.sort()) if (!(name.startsWith(".") || name.endsWith(".spec") && name !== path.basename(file)) && (await lstat(path.join(folder, name))).isFile()) plain.push(name);
	return plain;
}
const UNKNOWN_ORIGIN = {
	origins: [],
	change: "merge",
	manifestSha256: void 0,
	sourceDateEpoch: void 0
};

// src/builder/smoke/packages.ts
const NAME = "pkg-actions-smoke";
const VERSION = "1.0";
const MAINTAINER = "pkg-actions <pkg-actions@localhost>";
const TIME = 1767225600;
const PROGRAM = `#include <stdio.h>
int main(void)
{
  return puts("hello") == EOF;
}
`;
const RULES = `#!/usr/bin/make -f
build: build-arch build-indep
build-arch:
	$(CC) -o smoke smoke.c
	./smoke
build-indep:
binary: binary-arch binary-indep
binary-arch: build-arch
	mkdir -p debian/tmp/DEBIAN debian/tmp/usr/bin
	cp smoke debian/tmp/usr/bin/${NAME}
	chown -R 0:0 debian/tmp
	dpkg-gencontrol -Pdebian/tmp
	dpkg-deb --build debian/tmp ..
binary-indep:
clean:
	rm -rf smoke debian/tmp debian/files
.PHONY: build build-arch build-indep binary binary-arch binary-indep clean
`;
const CONTROL = `Source: ${NAME}
Section: devel
Priority: optional
Maintainer: ${MAINTAINER}
Standards-Version: 4.6.2

Package: ${NAME}
Architecture: any
Description: package that tries a buildroot
 It is built on every new buildroot before builds get it.
`;
const CHANGELOG = `${NAME} (${VERSION}) unstable; urgency=low

  * Try the buildroot.

 -- ${MAINTAINER}  Thu, 01 Jan 2026 00:00:00 +0000
`;
const SPEC = `Name: ${NAME}
Version: ${VERSION}
Release: 1
Summary: Package that tries a buildroot
License: MIT
BuildArch: noarch

%description
It is built on every new buildroot before builds get it.

%build
if command -v gcc >/dev/null; then
cat > smoke.c <<'EOF'
${PROGRAM}EOF
gcc -o smoke smoke.c
./smoke
fi

%install
mkdir -p %{buildroot}/usr/share/${NAME}
echo smoke > %{buildroot}/usr/share/${NAME}/smoke

%files
/usr/share/${NAME}

%changelog
* Thu Jan 01 2026 ${MAINTAINER} - ${VERSION}-1
- Try the buildroot.
`;
async function writeDebPackage(folder) {
	const top = `${NAME}-${VERSION}`;
	const files = {
		debian: ["folder", ""],
		"debian/changelog": ["100644", CHANGELOG],
		"debian/control": ["100644", CONTROL],
		"debian/rules": ["100755", RULES],
		"debian/source": ["folder", ""],
		"debian/source/format": ["100644", "3.0 (native)\n"],
		"smoke.c": ["100644", PROGRAM]
	};
	async function* entries() {
		yield {
			path: top,
			mode: "folder",
			content: Buffer.alloc(0)
		};
		for (const [name, [mode, content]] of Object.entries(files)) yield {
			path: `${top}/${name}`,
			mode,
			content: Buffer.from(content)
		};
	}
	const pieces = [];
	for await (const piece of writeTar(entries(), TIME)) pieces.push(piece);
	const tarball = gzipSync(Buffer.concat(pieces));
	const name = `${NAME}_${VERSION}.tar.gz`;
	const listed = (kind) => ` ${createHash(kind).update(tarball).digest("hex")} ${tarball.length} ${name}`;
	const dsc = [
		"Format: 3.0 (native)",
		`Source: ${NAME}`,
		`Binary: ${NAME}`,
		"Architecture: any",
		`Version: ${VERSION}`,
		`Maintainer: ${MAINTAINER}`,
		"Standards-Version: 4.6.2",
		"Checksums-Sha1:",
		listed("sha1"),
		"Checksums-Sha256:",
		listed("sha256"),
		"Files:",
		listed("md5"),
		""
	].join("\n");
	await mkdir(folder, { recursive: true });
	await writeFile(path.join(folder, name), tarball);
	const file = path.join(folder, `${NAME}_${VERSION}.dsc`);
	await writeFile(file, dsc);
	return file;
}
async function writeRpmPackage(folder) {
	await mkdir(folder, { recursive: true });
	const file = path.join(folder, `${NAME}.spec`);
	await writeFile(file, SPEC);
	return file;
}

// src/builder/smoke/smoke-test.ts
const TIMEOUT_SECONDS = 900;
const MIB = 1024 ** 2;
async function smokeTest(request) {
	const { configuration, output, state, generation, lock, runId, logger, engine = HOST_ENGINE } = request;
	const { target, architecture } = configuration;
	const sources = path.join(path.dirname(output), "source");
	const common = {
		target,
		architecture,
		state,
		scratch: await scratchSize({
			requested: "auto",
			parallel: await parallelBuilds("auto", void 0)
		}),
		engine,
		caches: {
			layers: 0,
			downloads: 0,
			proxy: request.proxy,
			compilerCache: void 0
		},
		generation,
		lock,
		repositories: [],
		packageFiles: [],
		extraPackages: [],
		limits: {
			logBytes: 16 * MIB,
			outputBytes: 64 * MIB,
			retries: 0
		},
		jobs: 1,
		timeoutSeconds: TIMEOUT_SECONDS,
		network: false,
		workspace: sources,
		mapping: void 0,
		output,
		runId,
		logger,
		signal: request.signal ?? new AbortController().signal
	};
	const { report, logFile } = isRpmBuildroot(configuration) ? await buildRpm({
		...common,
		source: await readRpmSource(await writeRpmPackage(sources)),
		with: [],
		without: [],
		defines: [],
		check: true,
		includeSource: false
	}) : await buildDeb({
		...common,
		source: await readDebSource(await writeDebPackage(sources)),
		pins: [],
		parts: {
			any: true,
			all: true,
			source: false
		},
		profiles: [],
		options: []
	});
	const { verdict, reason } = report.diagnosis;
	return {
		verdict,
		reason: verdict === "success" ? "" : reason,
		log: logFile
	};
}

// src/builder/attempts.ts
function attemptName(name, number) {
	const { name: stem, ext } = path.parse(name);
	return `${stem}.attempt-${number}${ext}`;
}
var AttemptRecord = class {
	#build;
	#format;
	#folder;
	#seconds = /* @__PURE__ */ new Map();
	#started = performance.now();
	constructor(build, format) {
		this.#build = build;
		this.#format = format;
	}
	keep = async (number, end) => {
		const parent = path.dirname(this.#build.output);
		await mkdir(parent, { recursive: true });
		this.#folder ??= await temporaryFolder("attempts", parent);
		const { path: kept } = this.#folder;
		const place = (name) => path.join(kept, attemptName(name, number));
		if ("thrown" in end) {
			await writeFile(place(logName(this.#build, this.#format)), end.thrown.log);
			return;
		}
		const { manifest, folder } = end.result;
		for (const { name, role } of manifest.files) if (role === "log") await copyFile(path.join(folder, name), place(name));
	};
	async finish({ last, earlier, most }) {
		const result = "result" in last ? last.result : await this.#nothingBuilt(last.thrown);
		const kept = this.#folder?.path;
		if (kept === void 0) return result;
		const { output } = this.#build;
		const report = {
			...result.report,
			attempts: {
				number: earlier.length + 1,
				most,
				reasons: earlier.map(({ diagnosis }) => diagnosis.reason)
			}
		};
		const manifest = await inPlace(output, async (staging) => {
			const unchanged = result.manifest.files.filter(({ name }) => name !== REPORTS.junit);
			for (const { name } of unchanged) await link(path.join(output, name), path.join(staging, name));
			await writeFile(path.join(staging, REPORTS.junit), junit([report]));
			const logs = await readdir(kept);
			for (const name of logs) await copyFile(path.join(kept, name), path.join(staging, name));
			const changed = await describeFiles(staging, [...logs.map((name) => ({
				name,
				role: "log"
			})), {
				name: REPORTS.junit,
				role: "report"
			}]);
			const files = [...unchanged, ...changed].sort((a, b) => a.name < b.name ? -1 : 1);
			return {
				...result.manifest,
				attempts: earlier.length + 1,
				files
			};
		});
		return {
			...result,
			report,
			manifest
		};
	}
	async #nothingBuilt({ diagnosis, log }) {
		const { source, target, architecture, output, workspace } = this.#build;
		const name = logName(this.#build, this.#format);
		this.#seconds.set("open session", (performance.now() - this.#started) / 1e3);
		const logFile = path.join(output, name);
		let report;
		const manifest = await inPlace(output, async (staging) => {
			await writeFile(path.join(staging, name), log);
			report = await writeReports({
				package: source.name,
				version: source.version,
				target: target.name,
				architecture,
				diagnosis,
				seconds: this.#seconds,
				folder: staging,
				packages: [],
				logFile,
				places: {
					workspace,
					format: this.#format,
					origins: source.origins,
					mapping: void 0
				}
			});
			const roleOf = (file) => file === name ? "log" : "report";
			return {
				schema: "pkg-actions/manifest/1",
				stage: "build",
				createdAt: (/* @__PURE__ */ new Date()).toISOString(),
				tool: {
					name: "pkg-actions",
					version: VERSION$2
				},
				package: {
					name: source.name,
					version: source.version ?? "unknown",
					format: this.#format
				},
				change: source.change,
				origins: source.origins,
				...source.manifestSha256 ? { previous: source.manifestSha256 } : {},
				target: {
					name: target.name,
					suite: target.suite,
					architecture
				},
				verdict: diagnosis.verdict,
				...source.sourceDateEpoch === void 0 ? {} : { sourceDateEpoch: source.sourceDateEpoch },
				tools: {},
				files: await describeFiles(staging, (await readdir(staging)).map((file) => ({
					name: file,
					role: roleOf(file)
				})))
			};
		});
		if (report === void 0) throw new Error("no report was written");
		return {
			report,
			manifest,
			folder: output,
			logFile,
			packages: []
		};
	}
	async [Symbol.asyncDispose]() {
		await this.#folder?.[Symbol.asyncDispose]();
	}
};
function logName({ source: { name, version }, architecture }, format) {
	const plain = version?.replace(/^\d+:/, "");
	return format === "deb" ? `${name}_${plain}_${architecture}.build` : `${name}${plain === void 0 ? "" : `-${plain}`}.${architecture}.log`;
}
async function inPlace(output, fill) {
	const staging = await stageOutput(output);
	try {
		const manifest = await fill(staging);
		await writeManifest(staging, manifest);
		await replaceFolder(staging, output);
		return manifest;
	} catch (error) {
		await removeMountedTree(staging);
		throw error;
	}
}

// src/builder/thrown.ts
const MACHINE = /* @__PURE__ */ new Map([
	["ENOSPC", ["disk-full", false]],
	["EDQUOT", ["disk-full", false]],
	["EIO", ["disk-error", false]],
	["EROFS", ["disk-error", false]],
	["ESTALE", ["disk-error", true]],
	["ENOMEM", ["machine-limits", true]],
	["EMFILE", ["machine-limits", true]],
	["ENFILE", ["machine-limits", true]],
	["EAGAIN", ["machine-limits", true]]
]);
const KILLED = /* @__PURE__ */ new Set([137, 143]);
const ENGINE_FAILED = 125;
function diagnoseThrown(error, format) {
	for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
		if (cause instanceof CancelledError) return void 0;
		const judged = ofError(cause, format);
		if (judged) return told(error, cause, judged);
	}
}
function ofError(error, format) {
	if (error instanceof InfrastructureError) return {
		rule: "infrastructure-error",
		retryable: true
	};
	if (error instanceof CommandError) return ofCommand(error, format);
	const { code, syscall } = error;
	const known = syscall === void 0 ? void 0 : MACHINE.get(code ?? "");
	return known && {
		rule: known[0],
		retryable: known[1]
	};
}
function ofCommand({ failure, message }, format) {
	const { end, exitCode, argv } = failure;
	if (end === "cancelled") return void 0;
	if (end === "timeout") return {
		rule: "timeout",
		retryable: true
	};
	if (end === "signal" || KILLED.has(exitCode ?? 0)) return {
		rule: "session-lost",
		retryable: true,
		reason: `the session was lost: ${message}`
	};
	if (exitCode === ENGINE_FAILED && /^(?:docker|podman)$/.test(argv[0] ?? "") && argv.includes("run")) return {
		rule: "engine-failed",
		retryable: true
	};
	const diagnosis = format === "deb" ? diagnoseDebCommand(failure) : diagnoseRpmCommand(failure);
	if (diagnosis.verdict !== "infrastructure" || diagnosis.rule === "unknown") return void 0;
	const { rule, retryable, reason, quotes } = diagnosis;
	return {
		rule,
		retryable,
		reason,
		quotes
	};
}
const outputOf = ({ stdout, stderr }) => `${stdout}\n${stderr}`;
function diagnoseDebCommand({ exitCode, end, ...output }) {
	const log = `${bannerOf("Install package build dependencies")}${outputOf(output)}`;
	return diagnoseSbuild({
		log,
		exitCode,
		end,
		hasChanges: false
	});
}
function diagnoseRpmCommand({ exitCode, end, stdout, stderr }) {
	return diagnoseMock({
		commands: ["init"],
		stderr: `${stdout}\n${stderr}`,
		exitCode,
		end,
		hasPackages: false
	});
}
function told(error, cause, judged) {
	const said = cause instanceof CommandError ? outputOf(cause.failure).trim().split("\n").slice(-200) : [];
	const lines = [`E: ${oneLine(messageOf(error))}`];
	if (cause instanceof CommandError) lines.push(`Command: ${oneLine(cause.command)}`, ...said);
	const wanted = new Set((judged.quotes ?? []).map(({ text }) => text));
	const quotes = lines.map((line, index) => ({
		number: index + 1,
		text: printable(line)
	})).filter(({ number, text }) => wanted.size === 0 ? number === 1 : wanted.has(text)).slice(0, 8);
	const reason = printable(judged.reason ?? messageOf(error), 500).replace(/(?<!\.)\.$/, "");
	return {
		error,
		log: `${lines.join("\n")}\n`,
		diagnosis: {
			verdict: "infrastructure",
			phase: "setup",
			reason,
			rule: judged.rule,
			quotes: quotes.length > 0 ? quotes : [{
				number: 1,
				text: printable(lines[0] ?? "")
			}],
			excerpt: [],
			diagnostics: [],
			fields: {},
			retryable: judged.retryable
		}
	};
}

// src/builder/retry.ts
async function buildWithRetries(attempt, { retries, format, logger, signal, keep }) {
	const earlier = [];
	for (let number = 1;; number++) {
		const last = await once(() => attempt(number, earlier), format, signal);
		const diagnosis = "result" in last ? last.result.report.diagnosis : last.thrown.diagnosis;
		if (!mayPass(diagnosis) || number > retries) return {
			last,
			earlier,
			most: retries + 1
		};
		await keep(number, last);
		earlier.push({
			number,
			diagnosis
		});
		const wait = waitAfter(number);
		logger.info(`${retryLine(number, retries + 1, wait)}: ${diagnosis.reason}`);
		await pause(wait, signal);
	}
}
const mayPass = ({ verdict, retryable }) => verdict === "infrastructure" && retryable;
async function once(build, format, signal) {
	try {
		return { result: await build() };
	} catch (error) {
		const thrown = signal.aborted ? void 0 : diagnoseThrown(error, format);
		if (thrown === void 0) throw error;
		return { thrown };
	}
}

// src/builder/report/annotations.ts
const MAX_PER_LEVEL = 10;
function annotate(report, logger) {
	const { diagnosis } = report;
	const diagnostics = diagnosis.diagnostics.toSorted(byUse);
	const errors = diagnostics.filter(({ severity }) => severity === "error");
	const warnings = diagnostics.filter(({ severity, path }) => severity === "warning" && path !== void 0);
	let left = MAX_PER_LEVEL;
	let main;
	const again = attemptsText(report);
	if (diagnosis.verdict !== "success") {
		main = errors.find((error) => isAt(error, diagnosis.quotes[0])) ?? errors.find((error) => diagnosis.quotes.some((line) => isAt(error, line)));
		const title = `${titleOf(report)}: ${faultOf(diagnosis)} (${phaseTitle(diagnosis)})`;
		logger.error(sentence(diagnosis.reason), {
			title,
			...main ? placeOf(main) : {}
		});
		left -= 1;
	}
	if (again !== "") logger.notice(sentence(again), { title: titleOf(report) });
	const shown = errors.filter((error) => error !== main && error.path !== void 0);
	for (const error of shown.slice(0, left)) logger.error(error.message, {
		title: titleFor(error),
		...placeOf(error)
	});
	for (const warning of warnings.slice(0, MAX_PER_LEVEL)) logger.warning(warning.message, {
		title: titleFor(warning),
		...placeOf(warning)
	});
	const more = [counted(shown.length - left, "error"), counted(warnings.length - MAX_PER_LEVEL, "warning")].filter((text) => text !== "");
	if (more.length > 0) logger.info(`${more.join(" and ")} more in ${report.logFile}`);
}
function titleFor({ tool, code }) {
	return code ? `${tool}: ${code}` : tool;
}
function placeOf({ path, line, column }) {
	return path === void 0 ? {} : {
		file: path,
		line,
		...column === void 0 ? {} : { column }
	};
}
function counted(count, what) {
	return count <= 0 ? "" : formatCount(count, what);
}

// src/builder/report/summary.ts
const MARKS = {
	success: "✅",
	package: "❌",
	infrastructure: "⚠️",
	configuration: "⚙️"
};
const MAX_FILES = 40;
function buildSummary(report) {
	const { diagnosis } = report;
	const version = report.version === void 0 ? "" : ` ${code(report.version)}`;
	const name = `${code(report.package)}${version} for ${code(report.target)} on ${code(report.architecture)}`;
	const parts = [`### ${MARKS[diagnosis.verdict]} ${name}`];
	const took = formatDuration(totalSeconds(report));
	if (diagnosis.verdict === "success") parts.push(`Built in ${took}: ${formatCount(report.files.length, "file")}.`);
	else {
		const again = diagnosis.retryable ? " It may pass when it is run again." : "";
		const what = sentence(faultOf(diagnosis));
		parts.push(`**${what}** in the phase “${phaseTitle(diagnosis)}”, after ${took}.${again}`);
		parts.push(`${escapeMarkdown(sentence(diagnosis.reason))}.`);
		if (diagnosis.quotes.length > 0) parts.push(fenced(numbered(inOrder(diagnosis.quotes))));
	}
	const again = attemptsText(report);
	if (again !== "") parts.push(`${escapeMarkdown(sentence(again))}.`);
	if (report.compilerCache !== void 0) {
		const { tool, hits, misses } = report.compilerCache;
		parts.push(`Compiler cache: ${hits} of ${hits + misses} compilations were in ${tool}.`);
	}
	if (report.files.length > 0) parts.push(fileTable(report));
	if (report.seconds.size > 1) parts.push([...report.seconds].map(([phase, seconds]) => `${escapeMarkdown(phase)} ${formatDuration(seconds)}`).join(" · "));
	const whole = report.wholeLogFile === void 0 ? "" : ` · everything in order: ${code(report.wholeLogFile)}`;
	parts.push(`Log: ${code(report.logFile)}${whole}`);
	return `${parts.join("\n\n")}\n`;
}
function fileTable({ files }) {
	const rows = files.slice(0, MAX_FILES).map(({ name, size }) => `| ${codeCell(name)} | ${formatBytes(size)} |`);
	const more = files.length - MAX_FILES;
	return [
		"| File | Size |",
		"|---|---:|",
		...rows,
		...more > 0 ? [`| and ${more} more | |`] : []
	].join("\n");
}

export { AttemptRecord, BUILD_DEFAULTS, CONDITION, REPORTS, annotate, auto, buildDeb, buildRpm, buildSettings, buildSummary, buildWithRetries, checkBuildroot, diagnoseThrown, faultOf, given, isOutOfSpace, packageFilesOf, packageManagerLines, parseDefine, pathPrefixesOf, planTransaction, processorShare, readDebSource, readRpmSource, smokeTest, watchLogs, words };
