import { CommandError, UserError, VERSION, formatBytes, formatDuration, run } from "./frame.js";
import { withoutEpoch } from "./inputs.js";
import { checkReplaceable, code, codeCell, describeFiles, digestFile, escapeMarkdown, fenced, readManifest, replaceFolder, verifyFiles, writeManifest } from "./shared.js";
import { INBOX, installedPackages, localBinds, openSession, repositoryUris, writeRepositories } from "./buildroot.js";
import { localFolder, parseDsc, requireField } from "./deb.js";
import path from "node:path";
import { constants, createWriteStream } from "node:fs";
import { copyFile, mkdir, open, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { finished, pipeline } from "node:stream/promises";
import { stripVTControlCharacters } from "node:util";

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
		this.#seconds.set(this.#phase, (performance.now() - (this.#starts.get(this.#phase) ?? 0)) / 1e3);
		this.#phase = void 0;
	}
};

// src/builder/log/map-path.ts
const TREES = /^\/?(?:<<PKGBUILDDIR>>|(?:<<BUILDDIR>>|build\/reproducible-path|build\/[^/]+-[A-Za-z0-9]{6}|builddir\/build\/BUILD)\/[^/]+)(?:\/|$)/;
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
	return prefixes.map(({ prefix, to }) => ({
		prefix: prefix.replace(/\/+$/, ""),
		to
	})).filter(({ prefix }) => prefix === "" || file === prefix || file.startsWith(`${prefix}/`)).sort((a, b) => b.prefix.length - a.prefix.length)[0];
}
function locateDiagnostics(diagnostics, options) {
	const { prefixes, files } = options;
	const byName = files && namesOf(files);
	return diagnostics.map(({ path: _before, ...diagnostic }) => {
		const { file } = diagnostic;
		const mapped = mapPath({
			file,
			prefixes
		});
		if (!files || !byName) return mapped === void 0 ? diagnostic : {
			...diagnostic,
			path: mapped
		};
		if (mapped !== void 0 && files.has(mapped)) return {
			...diagnostic,
			path: mapped
		};
		if (prefixOf({
			file: path.posix.normalize(file),
			prefixes
		})?.to === void 0) return diagnostic;
		const alike = (byName.get(path.posix.basename(file)) ?? []).filter((candidate) => `/${candidate}`.endsWith(`/${file}`));
		return alike.length === 1 && alike[0] ? {
			...diagnostic,
			path: alike[0]
		} : diagnostic;
	});
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
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;
const DECEPTIVE = /[\u2028\u2029\u202a-\u202e\u2060-\u2069\u200b\u200e\u200f\ufeff\ufff9-\ufffb]/g;
const MATCHED = 2048;
const MATCHED_TAIL = 512;
const OVERWRITTEN = 65536;
const QUOTED = 400;
function strip(text) {
	return SUSPICIOUS.test(text) ? text.replace(ESCAPE_SEQUENCES, "").replace(CONTROL, "") : text;
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
	await using handle = await open(file);
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
const CHANGELOG = /^dpkg-\w+: (?:error|warning): +(\S*debian\/changelog)\(l(\d+)\): (.+)$/;
const MISSING_FILES = /^(dh_\w+): (?:warning: )?(\S+) missing files: (.+)$/;
const debianParser = ({ text, emit }) => {
	if (!text.startsWith("d")) return;
	const syntax = DPKG_SYNTAX.exec(text) ?? CHANGELOG.exec(text);
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

// src/builder/log/diagnostics/scripts.ts
const FRAME = /^ {2}File "([^"]+)", line (\d+)(?:, in .*)?$/;
const EXCEPTION = /^((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*)(?:: (.*))?$/;
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
		const exception = EXCEPTION.exec(text);
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
		if (!place?.[1]) return;
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
	visit(line) {
		if (line.origin === "ignored") return;
		if (line.origin === "package") this.#folders.visit(line.text);
		else if (line.phase === "unpack") this.#folders.unpacked(line.text);
		const parserLine = {
			text: line.text,
			number: line.number,
			emit: (finding) => this.#add(finding, line),
			isOwn: (file) => isInSource(this.#folders.resolve(file))
		};
		for (const parse of this.#parsersOf(line)) parse(parserLine);
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
var FolderTracker = class {
	#top;
	#base = "";
	#levels = [];
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
		const folder = this.#levels.findLast((level) => level !== void 0) ?? this.#base;
		const joined = path.posix.join(folder, file);
		return joined.startsWith("../") ? sourcePath(file.replace(/^(?:\.\.?\/)+/, "")) : sourcePath(joined);
	}
	#inTop(file) {
		if (this.#top !== void 0 && `${file}/`.startsWith(this.#top)) return sourcePath(file.slice(this.#top.length) || ".");
		return sourcePath(file);
	}
};

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
const SECTIONS = [
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
function phaseOfSection(title, after) {
	return (after ? SECTIONS_AFTER : SECTIONS).find(([pattern]) => pattern.test(title))?.[1];
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
const KEPT = 6;
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
			const found = rule.pattern.exec(line.text);
			if (!found) continue;
			const match = {
				line: {
					number: line.number,
					text: printable(line.text)
				},
				groups: Array.from(found, (group) => printable(group ?? "", 200))
			};
			if (segment.segment !== line.segment) {
				Object.assign(segment, newHits());
				segment.segment = line.segment;
			}
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
			return {
				rule,
				found: {
					match: rule.last ? hits.last : hits.matches[0] ?? hits.last,
					matches: hits.matches,
					count: hits.seen.size,
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
		followedAt: 0
	};
}
function add(hits, match) {
	hits.last = match;
	const { text } = match.line;
	if (hits.seen.has(text) || hits.seen.size >= COUNTED) return;
	hits.seen.add(text);
	if (hits.matches.length < 6) hits.matches.push(match);
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
const infrastructure = {
	phases: ARCHIVE_PHASES,
	verdict: "infrastructure"
};
const configuration = {
	phases: ARCHIVE_PHASES,
	verdict: "configuration",
	retryable: false
};
const ofPackage$3 = {
	phases: ARCHIVE_PHASES,
	verdict: "package",
	retryable: false,
	phase: "dependencies"
};
function spaceOf({ scratch }) {
	if (scratch === void 0) return "no space was left, on the session's tmpfs or its disk";
	return scratch === "disk" ? "the disk that the session writes to was full" : `the session's tmpfs (${formatBytes(scratch)}) was full`;
}
const text$5 = ({ match }, group = 1) => (match.groups[group] ?? "").replace(/ {2,}/g, " ");
const fileOf = (url) => url.slice(url.lastIndexOf("/") + 1) || url;
const ARCHIVE_RULES = [
	{
		...infrastructure,
		name: "no-space",
		pattern: /No space left on device|Disk quota exceeded|^E: You don't have enough free space in /,
		retryable: true,
		reason: ({ context }) => `${spaceOf(context)} before the package was built`
	},
	{
		...infrastructure,
		name: "dpkg-lock",
		pattern: /^(?:E|Error): (?:Could not get lock|Unable to (?:acquire the dpkg frontend )?lock)\b.*?(\/\S+?)[.)]?(?: |$)/,
		retryable: true,
		reason: (found) => `another process held the lock ${text$5(found)}`
	},
	{
		...infrastructure,
		name: "dpkg-interrupted",
		pattern: /^(?:E|Error): dpkg was interrupted/,
		retryable: true,
		reason: () => "the buildroot is half installed: \"dpkg was interrupted\""
	},
	{
		...infrastructure,
		name: "apt-hash-sum-mismatch",
		pattern: failedToFetch("Hash Sum mismatch|File has unexpected size|Mirror sync in progress|Hashes of received"),
		retryable: true,
		reason: (found) => `the archive changed while it was read: ${text$5(found, 2)} for ${fileOf(text$5(found))}`
	},
	{
		...infrastructure,
		name: "apt-mirror-error",
		pattern: failedToFetch("(?:5\\d\\d|408|429)  ?[A-Z][A-Za-z -]*[a-z]"),
		retryable: true,
		reason: (found) => `the archive answered "${text$5(found, 2)}" for ${text$5(found)}`
	},
	{
		...infrastructure,
		name: "apt-no-such-host",
		pattern: failedToFetch("(?:Temporary failure resolving|Could not resolve|Something wicked happened resolving) '[^']*'?"),
		retryable: true,
		reason: (found) => `the archive's host name did not resolve: "${text$5(found, 2)}"`
	},
	{
		...infrastructure,
		name: "apt-package-gone",
		pattern: /^(?:E|W|Error|Warning): Failed to fetch (\S+(?:\.u?deb|\.dsc|\.tar\.\w+|\.diff\.gz|\/by-hash\/\S+)) {1,2}404 /,
		retryable: true,
		reason: (found) => `the archive no longer has ${fileOf(text$5(found))}, which its index listed`
	},
	{
		...infrastructure,
		name: "apt-release-expired",
		pattern: /^(?:E|W|Error|Warning): Release file for (\S+) is expired \((?:invalid since )?([^)]*)\)/,
		retryable: false,
		reason: (found) => `the archive is out of date: the Release file ${text$5(found)} expired ${text$5(found, 2)} ago`
	},
	{
		...infrastructure,
		name: "apt-release-not-yet-valid",
		pattern: /^(?:E|W|Error|Warning): Release file for (\S+) is not valid yet \((?:invalid for another )?([^)]*)\)/,
		retryable: false,
		reason: (found) => `a clock is wrong, here or at the archive: the Release file ${text$5(found)} becomes valid in ${text$5(found, 2)}`
	},
	{
		...infrastructure,
		name: "apt-bad-signature",
		pattern: /^(?:E|W|Error|Warning): (?:GPG error|An error occurred during the signature verification\.[^:]*): (\S+ \S+ \S+): (.*(?:BADSIG|NODATA|isn't valid).*)/,
		retryable: true,
		reason: (found) => `the signature of ${text$5(found)} does not fit it, as with a proxy, a login page or a mirror between two states: "${text$5(found, 2)}"`
	},
	{
		...infrastructure,
		name: "apt-damaged-package",
		pattern: /^dpkg-deb(?: \(subprocess\))?: .*?(unexpected end of file|compressed data is corrupt|lzma error|corrupted)/,
		retryable: true,
		reason: (found) => `a downloaded package is damaged: "${text$5(found)}"`
	},
	{
		...configuration,
		name: "apt-sources-malformed",
		pattern: /^(?:E|Error): (Malformed (?:entry|stanza|line) .*|Type '[^']*' is not known .*|The method driver .*|Unsupported URI.*)/,
		reason: (found) => `apt cannot read the list of repositories: "${text$5(found)}"`
	},
	{
		...configuration,
		name: "apt-no-public-key",
		pattern: /^(?:E|W|Error|Warning): (?:GPG error: (\S+ \S+ \S+): )?.*?(?:NO_PUBKEY|Missing key) ([0-9A-F]{8,40})/,
		reason: (found) => `the public key ${text$5(found, 2)}${text$5(found) === "" ? "" : `, which ${text$5(found)} is signed with,`} is not known; give it with the repository`
	},
	{
		...configuration,
		name: "apt-key-expired",
		pattern: /\b((?:EXPKEYSIG|KEYEXPIRED|REVKEYSIG|EXPSIG) \S+)/,
		reason: (found) => `a repository is signed by a key that is no longer valid: "${text$5(found)}"`
	},
	{
		...configuration,
		name: "apt-not-signed",
		pattern: /^(?:E|Error): The repository '([^']*)' is not signed/,
		reason: (found) => `the repository ${text$5(found)} is not signed by a key that is trusted for it`
	},
	{
		...configuration,
		name: "apt-no-release-file",
		pattern: /^(?:E|Error): The repository '([^']*)' (?:does not have|no longer has) a Release file/,
		reason: (found) => `there is no repository ${text$5(found)}: it has no Release file`
	},
	{
		...configuration,
		name: "apt-access-denied",
		pattern: failedToFetch("(?:401|403|407|410|451)  ?[A-Z][A-Za-z -]*[a-z]"),
		reason: (found) => `the archive refuses ${text$5(found)}: "${text$5(found, 2)}"`
	},
	{
		...configuration,
		name: "apt-no-such-index",
		pattern: failedToFetch("404  ?Not Found|File not found|No such file or directory"),
		reason: (found) => `there is no repository there: ${text$5(found)} does not exist`
	},
	{
		...configuration,
		name: "apt-tls",
		pattern: failedToFetch("[Cc]ertificate[^.]*|Could not handshake: An unexpected TLS packet was received"),
		reason: (found) => `there is no secure connection to the archive: "${text$5(found, 2).trim()}"`
	},
	{
		...configuration,
		name: "apt-no-such-component",
		pattern: /^(?:E|W|Error|Warning): Skipping acquire of configured file '[^']*\/binary-[^']*' as repository '([^']*)' doesn't have the component '([^']*)'/,
		reason: (found) => `the repository ${text$5(found)} has no component ${text$5(found, 2)}`
	},
	{
		...configuration,
		name: "apt-release-changed",
		pattern: /^(?:E|Error): Repository '([^']*)' changed its '([^']*)' value from/,
		reason: (found) => `the repository ${text$5(found)} changed its ${text$5(found, 2)}; update the buildroot`
	},
	{
		...infrastructure,
		name: "apt-no-connection",
		pattern: /^(?:E|W|Error|Warning): Failed to fetch (\S+) {1,2}(\S.*)/,
		retryable: true,
		reason: (found) => `the archive could not be read: "${text$5(found, 2)}"`
	},
	{
		...ofPackage$3,
		name: "unmet-build-dependencies",
		pattern: /^ (?:(\S+) : |\s+)(?:Pre)?(Depends|Conflicts|Breaks): (.+?) but ((?:it|\S+) is (?:not installable|not going to be installed|to be installed|installed)|it is a virtual package)( or$)?/,
		reason: ({ matches, count }) => `build dependencies cannot be installed: ${listOf(matches.map(({ groups }) => unmet(groups)), count)}`
	},
	{
		...ofPackage$3,
		name: "unmet-build-dependencies-solver",
		pattern: /^(?:E|Error): Unable to satisfy dependencies\. (.*)/,
		reason: (found) => `build dependencies cannot be installed: "${text$5(found)}"`
	},
	{
		...ofPackage$3,
		name: "unmet-build-dependencies-old-apt",
		pattern: /^(?:E|Error): (?:Failed to satisfy )?Build-Depends dependency for \S+?:? (?:cannot be satisfied because )?(.*)/,
		reason: (found) => `build dependencies cannot be installed: "${text$5(found)}"`
	},
	{
		...ofPackage$3,
		name: "dose-missing",
		pattern: /^\s*(?:unsat-dependency|unsat-conflict): (.+)/,
		reason: ({ matches, count }) => `build dependencies cannot be installed: ${listOf(matches.map(({ groups }) => groups[1] ?? ""), count)} cannot be satisfied`
	},
	{
		...ofPackage$3,
		name: "no-such-package",
		pattern: /^(?:E|Error): (?:Unable to locate package (\S+)|Package '([^']+)' has no installation candidate|Version '[^']*' for '([^']+)' was not found|Couldn't find any package by \S+ '([^']+)')/,
		reason: ({ matches, count }) => `build dependencies are in no repository: ${listOf(matches.map(({ groups }) => groups.slice(1).find((group) => group !== "") ?? ""), count)}`
	},
	{
		...ofPackage$3,
		name: "held-packages",
		pattern: /^(?:E|Error): (Unable to correct problems, you have held broken packages|Broken packages|Unmet dependencies.*|Build dependencies could not be satisfied.*)/,
		reason: (found) => `build dependencies cannot be installed: "${text$5(found)}"`
	},
	{
		...infrastructure,
		name: "dependency-conflict",
		pattern: /^ ?trying to overwrite (?:shared )?'([^']+)', which is (?:also in|different from other instances of) package (\S+)/,
		retryable: false,
		phase: "dependencies",
		reason: (found) => `two build dependencies hold the same file: ${text$5(found)}, which is also in ${text$5(found, 2)}`
	},
	{
		...infrastructure,
		name: "dependency-script",
		pattern: /^ ?installed (\S+) package (\S+) script subprocess (.*)/,
		retryable: false,
		phase: "dependencies",
		reason: (found) => `a build dependency cannot be installed: the ${text$5(found, 2)} script of ${text$5(found)} ${text$5(found, 3)}`
	},
	{
		...infrastructure,
		name: "dependency-not-installed",
		pattern: /^dpkg: error processing (?:package|archive) (\S+) \(--(\w+)\)/,
		retryable: false,
		phase: "dependencies",
		reason: (found) => `dpkg could not ${text$5(found, 2)} ${fileOf(text$5(found))}`
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
const AROUND = [
	...ARCHIVE_PHASES,
	"arch-check",
	"unpack",
	"build",
	"results",
	"post-build",
	"cleanup"
];
const text$4 = ({ match }, group = 1) => match.groups[group] ?? "";
const BUILDROOT_RULES = [
	{
		name: "no-space-around",
		phases: AROUND,
		pattern: /No space left on device|Disk quota exceeded|Disk space is probably not sufficient for building/,
		verdict: "infrastructure",
		retryable: true,
		reason: ({ context }) => spaceOf(context)
	},
	{
		name: "architecture-mismatch",
		phases: AROUND,
		pattern: /^E: dsc: (\S+) not in arch list or does not match any arch wildcards: (.*?)(?: -- skipping)?$/,
		verdict: "configuration",
		retryable: false,
		phase: "arch-check",
		reason: (found) => `the package is for "${text$4(found, 2)}" and is not built for ${text$4(found)}`
	},
	{
		name: "chroot-architecture",
		phases: AROUND,
		pattern: /^E: Requested build architecture \((\S+)\) and chroot architecture \((\S+)\) do not match/,
		verdict: "configuration",
		retryable: false,
		phase: "setup",
		reason: (found) => `the buildroot is for ${text$4(found, 2)}, the build asks for ${text$4(found)}`
	},
	{
		name: "no-chroot",
		phases: AROUND,
		pattern: /^(?:E: )?(Chroot for distribution \S+, architecture \S+ not found|Unable to find \S+ in \S+|Chroot \S+ does not exist|\S+ chroot does not exist|\S+ does not exist, check \$unshare_tarball config option|Error setting up \S+ chroot|E: Chroot not found)/,
		verdict: "configuration",
		retryable: false,
		phase: "setup",
		reason: (found) => `there is no buildroot: "${text$4(found)}"`
	},
	{
		name: "no-namespaces",
		phases: AROUND,
		pattern: /^(?:E: )?(unable to to unshare|unshare failed: .*|unshare: .*Operation not permitted|newuidmap: .*|newgidmap: .*|invalid idmap)/,
		verdict: "configuration",
		retryable: false,
		phase: "setup",
		reason: (found) => `this machine does not let the build have namespaces of its own: "${text$4(found)}"`
	},
	{
		name: "tool-missing",
		phases: AROUND,
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
		reason: (found) => `the source package cannot be read: "${text$4(found)}"`
	},
	{
		name: "chroot-session",
		phases: AROUND,
		pattern: /^E: (Error creating chroot.*|Error locking chroot session.*|unable to mktemp|Chroot setup failed|.*[Bb]uild ?path: .*|Failed to set sbuild group ownership.*|resolver setup failed|unable to open pipe|Can't determine architecture of chroot.*)/,
		verdict: "infrastructure",
		retryable: true,
		phase: "setup",
		reason: (found) => `the chroot session could not be opened: "${text$4(found)}"`
	},
	{
		name: "command-failed",
		phases: AROUND,
		pattern: /^E: (?:Failed to execute ([a-z-]+-commands)|Command '([^']*)' failed to run)/,
		verdict: "configuration",
		retryable: false,
		reason: (found) => `a command of the build's configuration failed: ${text$4(found, 2) || text$4(found)}`
	},
	{
		name: "claims-file",
		phases: ["results"],
		pattern: /^E: (Package (?:claims to have built|builds) .*)/,
		verdict: "package",
		retryable: false,
		reason: (found) => `"${text$4(found)}"`
	},
	{
		name: "results-not-copied",
		phases: ["results", "cleanup"],
		pattern: /^E: (Could not copy .*|cannot (?:get read file handle|parse|copy) .*|Can't find .*|\.changes is undef.*)/,
		verdict: "infrastructure",
		retryable: true,
		phase: "results",
		reason: (found) => `the results could not be collected: "${text$4(found)}"`
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
		reason: (found) => `a check of the packages failed: "${text$4(found)}"`
	}
];
const OTHER_RULES = [{
	name: "other-error",
	phases: AROUND,
	pattern: /^(?:E|Error): (?!apt-get |apt failed|Some index files|Failed to process build|Package installation failed|Package build dependencies|Can not write log|Sub-process |Build failure|Unable to fetch some)(.*)/,
	verdict: "infrastructure",
	retryable: false,
	last: true,
	reason: (found) => `"${text$4(found)}"`
}];
const SOURCE_ERROR = /^[^\s:][^:]*:\d+:(?:\d+:)? (?:fatal )?error: (?!.*(?:No space left|out of memory|Killed))|^[A-Za-z_.]*Error: (?!.*(?:Errno 28|Errno 12|No space left))|^FAIL: |^FAILED \S+\.py|^ERROR: \S+ \(|^\s*--- FAIL: |^not ok |^configure: error: |^error(?:\[E\d+\])?: (?!could not compile|.*No space left|.*SIGKILL)/;
const NO_SPACE = /^(?!.*\/dev\/full).*?(?:: |\(|\] )['‘]?(?:[Nn]o space left on device|Disk quota exceeded)/;
const RUNNING = PACKAGE_PHASES.filter((phase) => phase !== "test");
const MACHINE_RULES = [
	{
		name: "stalled",
		phases: PACKAGE_PHASES,
		pattern: /^E: Build killed with signal (?:[A-Z]+) after (\d+) minutes? of inactivity$/,
		near: 4,
		verdict: "package",
		retryable: false,
		reason: (found) => `the build printed nothing for ${text$4(found) === "0" ? "less than a minute" : `${text$4(found)} min`} and was ended`
	},
	{
		name: "compiler-killed",
		phases: PACKAGE_PHASES,
		pattern: /Killed signal terminated program (\S+)|internal compiler error: Killed \(program (\S+)\)|\b(ld|collect2|cc1\w*) terminated with signal 9|\(signal: 9, SIGKILL: kill\)|: signal: killed$/,
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
		name: "out-of-memory",
		phases: RUNNING,
		pattern: /virtual memory exhausted|out of memory allocating \d+ bytes|LLVM ERROR: out of memory|runtime: (?:out of memory|cannot allocate memory)|: memory exhausted$|(?:: |Errno 12\] )Cannot allocate memory/,
		near: 200,
		unlessFollowedBy: SOURCE_ERROR,
		verdict: "infrastructure",
		retryable: true,
		reason: (found) => `the build ran out of memory: "${text$4(found, 0)}"`
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
const ofPackage$2 = {
	verdict: "package",
	retryable: false
};
const text$3 = ({ match }, group = 1) => match.groups[group] ?? "";
const firstGroup$2 = ({ match }) => match.groups.slice(1).find((group) => group !== "") ?? "";
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
			const host = found.matches.map((match) => firstGroup$2({ match })).find((name) => name !== "") ?? "";
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
			...ofPackage$2,
			name: `python-module-missing${suffix}`,
			phases,
			pattern: /^(?:E +)?(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)|No module named ([\w.]+)$/,
			reason: (found) => `the Python module ${firstGroup$2(found)} is not there; Build-Depends may lack its package`
		},
		{
			...ofPackage$2,
			name: `perl-module-missing${suffix}`,
			phases,
			pattern: /^Can't locate (\S+) in @INC/,
			reason: (found) => `the Perl module ${text$3(found).replace(/\//g, "::").replace(/\.pm$/, "")} is not there; Build-Depends may lack its package`
		},
		{
			...ofPackage$2,
			name: `pkg-config-missing${suffix}`,
			phases,
			pattern: /^(?:Package '?([^'\s]+)'?,? .*(?:was )?not found|No package '([^']+)' found)/,
			reason: (found) => `pkg-config does not find ${firstGroup$2(found)}; Build-Depends may lack its -dev package`
		},
		{
			...ofPackage$2,
			name: `crate-missing${suffix}`,
			phases,
			pattern: /^error: no matching package(?: named)? `([^`]+)`/,
			reason: (found) => `cargo does not find the crate ${text$3(found)}; Build-Depends may lack its package`
		},
		{
			...ofPackage$2,
			name: `go-package-missing${suffix}`,
			phases,
			pattern: /^(?:\S+\.go:\d+:\d+: )?(?:cannot find (?:package|module providing package) "?([^"\s:]+)|no required module provides package ([^\s;]+))/,
			reason: (found) => `Go does not find the package ${firstGroup$2(found)}; Build-Depends may lack its package`
		}
	];
}

// src/builder/log/rules-generic.ts
const ofPackage$1 = {
	phases: PACKAGE_PHASES,
	verdict: "package",
	retryable: false
};
const text$2 = ({ match }, group = 1) => match.groups[group] ?? "";
const firstGroup$1 = ({ match }) => match.groups.slice(1).find((group) => group !== "") ?? "";
const place$1 = (found, file, line) => `${sourcePath(text$2(found, file))}:${text$2(found, line)}`;
const GENERIC_RULES = [
	...networkRules(["test"], "-in-test"),
	...missingModules(["test"], "-in-test"),
	{
		...ofPackage$1,
		name: "no-home",
		pattern: /(\/(?:sbuild-)?nonexistent)\b/,
		reason: (found) => `the build uses the home folder, which a build does not have (${text$2(found)})`
	},
	{
		...ofPackage$1,
		name: "command-not-found",
		pattern: /^(?:\S*sh: (?:line )?\d+: (\S+): (?:command )?not found|\S+: (?:line )?\d+: (\S+): (?:command )?not found|make(?:\[\d+\])?: (\S+): (?:No such file or directory|Command not found)|(?:\/usr\/bin\/)?env: [‘'"`]?([^’'"`:]+)[’'"`]?: No such file or directory|\S*sh: (\S+): command not found)$|^Can't exec "([^"]+)": No such file/,
		reason: (found) => `the command ${firstGroup$1(found)} is not there; Build-Depends may lack its package`
	},
	{
		...ofPackage$1,
		name: "command-not-executable",
		pattern: /^(?:\S*sh: (?:line )?\d+: |make(?:\[\d+\])?: )(\S+): Permission denied$/,
		reason: (found) => `${text$2(found)} may not be executed`
	},
	{
		...ofPackage$1,
		name: "python-exception",
		pattern: /^((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Failure)): (.*)/,
		last: true,
		reason: (found) => `Python: ${text$2(found)}: ${text$2(found, 2)}`
	},
	{
		...ofPackage$1,
		name: "perl-died",
		pattern: /^((?!#).{1,300}?) at (\S+\.(?:pl|pm|PL|t)|Build|Makefile\.PL) line (\d+)\b/,
		last: true,
		reason: (found) => `Perl: ${text$2(found)} at ${place$1(found, 2, 3)}`
	},
	{
		...ofPackage$1,
		name: "dh-error",
		pattern: /^(dh\w*): error: (?!.* returned exit code \d|Aborting due to|missing files, aborting)(.*)/,
		reason: (found) => `${text$2(found)}: ${text$2(found, 2)}`
	},
	{
		...ofPackage$1,
		name: "crashed",
		pattern: /\b(Segmentation fault|Bus error|Illegal instruction|Aborted|Floating point exception)(?: \(core dumped\))?(?:$| +\S)/,
		reason: (found) => `a program of the build crashed: ${text$2(found)}`
	},
	{
		...ofPackage$1,
		name: "file-operation",
		pattern: /^(?:\/?(?:usr\/)?bin\/)?(cp|mv|install|ln|rm|mkdir|rmdir|chmod|chown|touch|cat|sed|tar|find|head|dd|patch|unzip|msgfmt|help2man|xsltproc|sphinx-build|asciidoc|a2x): (?!warning)(.+)/,
		last: true,
		reason: (found) => `${text$2(found)}: ${text$2(found, 2)}`
	},
	{
		...ofPackage$1,
		name: "tool-error",
		pattern: /^(?:npm (?:ERR!|error)|ERROR:|error:|fatal:|FATAL:|\[ERROR\]|FAILURE:|BUILD FAILED|ninja: error:|scons: \*\*\*|E:|Error:) *(?! |code |errno |syscall |A complete log|command '|To see |Re-run|For more|\[Help|$)(.+)/,
		reason: (found) => text$2(found)
	},
	{
		...ofPackage$1,
		name: "command-failed-in-setup-py",
		pattern: /^error: (command '.*)/,
		reason: (found) => text$2(found)
	},
	{
		...ofPackage$1,
		name: "make-error",
		pattern: /^(?:g?make)(?:\[\d+\])?: \*\*\* \[(?:([^\s:]+:\d+): )?([^\]]*)\] (Error \d+|[A-Z][a-z ]+)/,
		reason: (found) => `make failed in ${text$2(found, 2)}${text$2(found) === "" ? "" : ` (${sourcePath(text$2(found))})`}: ${text$2(found, 3)}`
	},
	{
		...ofPackage$1,
		name: "dh-command",
		pattern: /^(dh_\w+): error: (.*)/,
		reason: (found) => `${text$2(found)}: ${text$2(found, 2)}`
	},
	{
		...ofPackage$1,
		name: "dpkg-buildpackage-error",
		pattern: /^dpkg-buildpackage: error: (.*)/,
		last: true,
		reason: (found) => `dpkg-buildpackage: ${text$2(found)}`
	}
];

// src/builder/log/rules-package.ts
const ofPackage = {
	phases: PACKAGE_PHASES,
	verdict: "package",
	retryable: false
};
const text$1 = ({ match }, group = 1) => match.groups[group] ?? "";
const patchName = (file) => file.split("/debian/patches/").at(-1) ?? file;
const firstGroup = ({ match }) => match.groups.slice(1).find((group) => group !== "") ?? "";
const place = (found, file = 1, line = 2) => `${sourcePath(text$1(found, file))}:${text$1(found, line)}`;
const BEFORE_TESTS = PACKAGE_PHASES.filter((phase) => phase !== "test");
const PACKAGE_RULES = [
	{
		...ofPackage,
		name: "unmet-build-dependencies-check",
		pattern: /^dpkg-checkbuilddeps: error: Unmet build dependencies: (.*)|^dpkg-checkbuilddeps: Unmet build dependencies: (.*)/,
		phase: "dependencies",
		reason: (found) => `build dependencies are not there: ${firstGroup(found)}`
	},
	{
		...ofPackage,
		name: "build-conflicts",
		pattern: /^dpkg-checkbuilddeps: (?:error: )?Build conflicts: (.*)/,
		phase: "dependencies",
		reason: (found) => `packages that the build conflicts with are installed: ${text$1(found)}`
	},
	{
		...ofPackage,
		name: "dh-addon-missing",
		pattern: /^dh: (?:error: )?unable to load addon ([^\s:]+)/,
		reason: (found) => `debhelper's addon ${text$1(found)} is not installed; Build-Depends lacks the package that has it (dh-sequence-${text$1(found)})`
	},
	{
		...ofPackage,
		name: "rules-syntax",
		pattern: /^debian\/rules:(\d+): \*\*\* (.*?)(?: Stop\.)?$/,
		reason: (found) => `debian/rules:${text$1(found)} cannot be read by make: ${text$1(found, 2).replace(/\.\s*$/, "")}`
	},
	{
		...ofPackage,
		name: "control-syntax",
		pattern: /^dpkg-\w+: error: syntax error in (\S+) at line (\d+): (.*)/,
		reason: (found) => `${place(found)}: ${text$1(found, 3)}`
	},
	{
		...ofPackage,
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
		...ofPackage,
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
		...ofPackage,
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
		...ofPackage,
		name: "source-changed",
		phases: ["source"],
		pattern: /^dpkg-source: error: (aborting due to unexpected upstream changes.*)/,
		reason: () => "the source differs from the orig tarball outside of debian/"
	},
	{
		...ofPackage,
		name: "source-damaged",
		phases: ["unpack"],
		pattern: /^(?:tar|xz|unxz|gzip|gunzip|bzip2|bunzip2|zstd|unlzma): (.*(?:Unexpected|unexpected|not in gzip format|not recognized|corrupt|does not look like).*)/,
		reason: (found) => `an archive of the source package is damaged: "${text$1(found)}"`
	},
	{
		...ofPackage,
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
		...ofPackage,
		name: "configure-error",
		pattern: /(?:^|\.\.\. ?)configure: error: (.+)/,
		phases: [
			"configure",
			"build",
			"clean"
		],
		phase: "configure",
		reason: (found) => `configure: ${text$1(found).replace(/:$/, "")}`
	},
	{
		...ofPackage,
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
		...ofPackage,
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
		...ofPackage,
		name: "cmake-package-missing",
		phases: ["configure", "build"],
		pattern: /^ {2}(?:By not providing "Find([^"]+)\.cmake"|Could NOT find (\w+)|Could not find a package configuration file provided by "([^"]+)")/,
		reason: (found) => `cmake does not find ${firstGroup(found)}; Build-Depends may lack its package`
	},
	{
		...ofPackage,
		name: "cmake-error",
		phases: ["configure", "build"],
		pattern: /^CMake Error(?: at ([^\s:]+):(\d+) \(([^)]*)\))?:(?: (.*))?/,
		reason: (found) => text$1(found) === "" ? `cmake: ${text$1(found, 4) || "error"}` : `cmake: ${text$1(found, 3)} failed at ${place(found)}`
	},
	{
		...ofPackage,
		name: "meson-error",
		phases: ["configure", "build"],
		pattern: /^((?:[^\s:]*\/)?meson[\w.]*):(\d+):\d+: ERROR: (.*)/,
		reason: (found) => `meson: ${place(found).replace(/^(?:\.\.\/)+/, "")}: ${text$1(found, 3)}`
	},
	...networkRules(BEFORE_TESTS),
	...missingModules(BEFORE_TESTS),
	{
		...ofPackage,
		name: "compile-error",
		pattern: /^(?: *\[javac\] )?(?=[^:./]*[./])([^\s:"'([][^:]*):(\d+):(?:(\d+):)? (?:fatal error|internal compiler error|error): ?(?!error writing)(.*)/,
		reason: (found) => `compile error in ${place(found)}: ${text$1(found, 4)}`
	},
	{
		...ofPackage,
		name: "rust-compile-error",
		pattern: /^error\[(E\d+)\]: (.*)/,
		reason: (found) => `compile error: ${text$1(found, 2)} (${text$1(found)})`
	},
	{
		...ofPackage,
		name: "go-compile-error",
		pattern: /^(?:vet: )?([\w./@+-]+\.go):(\d+):(?:\d+:)? (.*)/,
		phases: BEFORE_TESTS,
		reason: (found) => `compile error in ${place(found)}: ${text$1(found, 3)}`
	},
	{
		...ofPackage,
		name: "maven-compile-error",
		pattern: /^\[ERROR\] (\/\S+\.(?:java|scala|kt)):\[(\d+),\d+\] (.*)/,
		reason: (found) => `compile error in ${place(found)}: ${text$1(found, 3)}`
	},
	{
		...ofPackage,
		name: "compiler-option",
		pattern: /^(?:\S*-)?(?:cc|gcc|g\+\+|c\+\+|clang|clang\+\+|cc1|cc1plus|gfortran|ghc)(?:-[\d.]+)?: (?:fatal )?error: (?!(?:ld|collect2) )(.*)/,
		reason: (found) => `compiler: ${text$1(found)}`
	},
	{
		...ofPackage,
		name: "library-missing",
		pattern: /\bld(?:\.\w+)?: (?:error: )?(?:cannot find|unable to find library) -l([\w.+-]+)/,
		reason: (found) => `the linker does not find the library ${text$1(found)} (-l${text$1(found)})`
	},
	{
		...ofPackage,
		name: "undefined-reference",
		pattern: /undefined reference to [`'‘"]([^'’"]+)|undefined symbol: (\S+)/,
		reason: ({ matches, count }) => `link error: ${listOf(matches.map(({ groups }) => groups[1] || (groups[2] ?? "")), count)} undefined`
	},
	{
		...ofPackage,
		name: "multiple-definition",
		pattern: /multiple definition of [`'‘"]([^'’"]+)/,
		reason: (found) => `link error: ${text$1(found)} is defined more than once`
	},
	{
		...ofPackage,
		name: "link-error",
		pattern: /^(?:collect2: error: (ld returned \d+ exit status)|\S*\bld(?:\.\w+)?: (?:error: )?((?!warning).*(?:not recognized|truncated|error|failed|No such file).*)|error: (linking with .*))/,
		reason: (found) => `link error: ${firstGroup(found)}`
	},
	{
		...ofPackage,
		name: "python-syntax-error",
		phases: BEFORE_TESTS,
		pattern: /^((?:Syntax|Indentation|Tab)Error): (.*)/,
		reason: (found) => `Python: ${text$1(found)}: ${text$1(found, 2)}`
	},
	{
		...ofPackage,
		name: "perl-syntax-error",
		phases: BEFORE_TESTS,
		pattern: /^(syntax error|Global symbol .*|Can't find string terminator .*) at (\S+) line (\d+)/,
		reason: (found) => `Perl: ${text$1(found)} at ${place(found, 2, 3)}`
	},
	{
		...ofPackage,
		name: "shell-syntax-error",
		pattern: /^([^\s:]+): (?:line )?(\d+): ((?:[Ss]yntax error|unexpected EOF|Bad substitution).*)/,
		reason: (found) => `shell: ${place(found)}: ${text$1(found, 3)}`
	},
	{
		...ofPackage,
		name: "make-syntax-error",
		pattern: /^([^\s:]+):(\d+): \*\*\* (.*?)(?: +Stop\.)?$/,
		reason: (found) => `make: ${place(found)}: ${text$1(found, 3).replace(/\.\s*$/, "")}`
	},
	{
		...ofPackage,
		name: "make-no-rule",
		pattern: /^(?:make(?:\[\d+\])?|ninja): (?:\*\*\* |error: )(?:No rule to make target )?['`]([^']+)'(?:, needed by ['`]([^']+)')?(?:, missing and no known rule|\. +Stop\.)/,
		reason: (found) => `make has no rule for ${text$1(found)}${text$1(found, 2) === "" ? "" : `, which ${text$1(found, 2)} needs`}`
	},
	{
		...ofPackage,
		name: "dh-missing-files",
		phases: ["install", "package"],
		pattern: /^dh_\w+: (?:warning: )?\S+ missing files: (.*)|^dh_\w+: \S+ missing files \((.*)\), aborting/,
		reason: ({ matches, count }) => `files that debian/*.install names were not built: ${listOf(matches.map(({ groups }) => groups[1] || (groups[2] ?? "")), count)}`
	},
	{
		...ofPackage,
		name: "dh-no-match",
		phases: ["install", "package"],
		pattern: /^dh_\w+: (?:warning|error): Cannot find \(any matches for\) "([^"]+)"/,
		reason: ({ matches, count }) => `files that debian/ names were not built: ${listOf(matches.map(({ groups }) => groups[1] ?? ""), count)}`
	},
	{
		...ofPackage,
		name: "dh-not-installed",
		phases: ["install", "package"],
		pattern: /^dh_(?:missing|install): (?:warning: |error: )?(\S+) exists in debian\/tmp but is not installed/,
		reason: ({ matches, count }) => `files were built that no package takes: ${listOf(matches.map(({ groups }) => groups[1] ?? ""), count)}`
	},
	{
		...ofPackage,
		name: "shlibdeps",
		phases: ["package"],
		pattern: /^dpkg-shlibdeps: error: (?!cannot continue)(.*?)(?: \(ELF format: .*)?$/,
		reason: (found) => `dpkg-shlibdeps: ${text$1(found)}`
	},
	{
		...ofPackage,
		name: "symbols-disappeared",
		phases: ["package"],
		pattern: /^dpkg-gensymbols: (?:error|warning): (some (?:new )?(?:symbols|libraries).*?)(?:: see diff output below)?$/,
		reason: (found) => `dpkg-gensymbols: ${text$1(found)}`
	},
	{
		...ofPackage,
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
const text = ({ match }, group = 1) => match.groups[group] ?? "";
const named = (group = 1) => ({ matches, count }) => {
	const names = matches.map(({ groups }) => groups[group] ?? "");
	return count === 1 ? `the test ${names[0]} failed` : `${count} tests failed: ${listOf(names, count)}`;
};
const TEST_RULES = [
	{
		...ofTests,
		name: "pytest",
		pattern: /^(?:FAILED|ERROR) ([^\s:]+\.py(?:::[^\s]+)?)(?: - |$)/,
		reason: named()
	},
	{
		...ofTests,
		name: "unittest",
		pattern: /^(?:FAIL|ERROR): (\S+) \([\w.]+\)(?: |$)/,
		reason: named()
	},
	{
		...ofTests,
		name: "testr",
		pattern: /^(?:FAIL|ERROR): ((?:[\w-]+\.){2,}[\w-]+(?:\([^)]*\))?)$/,
		reason: named()
	},
	{
		...ofTests,
		name: "ctest",
		pattern: /^\t *\d+ - (\S+) \((?:Failed|Timeout|SEGFAULT|Not Run|Child aborted|Subprocess aborted|ILLEGAL|BAD_COMMAND|OTHER_FAULT|NUMERICAL)\)/,
		reason: named()
	},
	{
		...ofTests,
		name: "go-test",
		pattern: /^\s*--- FAIL: (\S+) \(/,
		reason: named()
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
		reason: named()
	},
	{
		...ofTests,
		name: "gtest",
		pattern: /^\[ {2}FAILED {2}\] (\S+?)(?:,| \(|$)/,
		reason: named()
	},
	{
		...ofTests,
		name: "prove",
		pattern: /^(\S+) +\(Wstat: \d+ .*?(?:Failed: [1-9]|exited|Signal|Bad plan|Parse errors)/,
		reason: named()
	},
	{
		...inTests,
		name: "meson-test",
		pattern: /^ *\d+\/\d+ (\S+(?: \S+)*) +(?:FAIL|ERROR|TIMEOUT|UNEXPECTEDPASS) +[\d.]+ ?s/,
		reason: named()
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
		reason: named()
	},
	{
		...inTests,
		name: "automake-test",
		pattern: /^(?:FAIL|ERROR|XPASS): (\S+)/,
		reason: named()
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
		...inTests,
		name: "test-count",
		pattern: /^(?:\s*(\d+ failing)$|Tests:? +(\d+ failed)|.*?\b((?:[1-9]\d*) (?:of|out of) \d+ tests? (?:\S+ )?failed)|.*?\b((?:failures|errors|failed)[=: ] ?[1-9]\d*)|# fail +([1-9]\d*)$|(FAILURES!)$)/i,
		reason: ({ match }) => `tests failed: ${match.groups.slice(1).find((group) => group !== "") ?? ""}`
	},
	{
		...inTests,
		name: "panic",
		pattern: /^thread '([^']*)'(?: \(\d+\))? panicked at (\S+?):(\d+)/,
		reason: (found) => `${text(found)} panicked at ${sourcePath(text(found, 2))}:${text(found, 3)}`
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
const VISITED_FIRST = 5e4;
const VISITED_LAST = 4e5;
function walk(log, visit) {
	const { finished, summary } = boundsOf(log);
	const skippedTo = lineAt(log, finished >= 0 ? finished : log.length) - VISITED_LAST;
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
		phase = phaseOfSection(title, mode === "after") ?? phase;
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
				skippedFrom = number + VISITED_FIRST;
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
const MAX_QUOTES = 8;
const EXCERPT_BEFORE = 6;
const EXCERPT_AFTER = 14;
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
	const outcome = outsideOf(run, structure) ?? fromLog(run, structure, scans);
	const diagnostics = collector.result(outcome.verdict === "package" ? structure.segment : void 0);
	const cause = outcome.quotes[0];
	return {
		verdict: outcome.verdict,
		phase: outcome.phase,
		reason: printable(withPlace(outcome, diagnostics), 500),
		rule: outcome.rule,
		quotes: outcome.quotes.slice(0, MAX_QUOTES),
		excerpt: cause ? linesBetween(run.log, Math.max(1, cause.number - EXCERPT_BEFORE), cause.number + EXCERPT_AFTER) : [],
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
function outsideOf(run, structure) {
	const { phase, started } = structure;
	const quotes = lastLines(run.log);
	const during = `while it was to ${PHASE_TITLES[phase]}`;
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
	if (run.end === "signal") return {
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
	if (decision) return outcomeOf(decision, {
		phase,
		structure,
		generic: inPackage ? scans.generic : void 0
	});
	const other = built || inPackage ? void 0 : decide([scans.other], structure, phases);
	if (other) {
		const outcome = outcomeOf(other, {
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
		reason: `${started || stage ? ended : "the build ended"} while it was to ${PHASE_TITLES[phase]}, for a reason that the log does not tell`,
		rule: "unknown",
		quotes,
		retryable: false
	};
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
function outcomeOf({ rule, found }, where) {
	const { phase, structure, generic } = where;
	const matches = found.match === found.matches[0] ? found.matches : [found.match];
	const quotes = new Map(matches.map(({ line }) => [line.number, line]));
	for (const name of ["make-error", "dh-command"]) {
		const line = generic?.firstOf(name, structure.segment);
		if (line && quotes.size < MAX_QUOTES) quotes.set(line.number, line);
	}
	const rest = [...quotes.values()].filter(({ number }) => number !== found.match.line.number);
	return {
		verdict: rule.verdict,
		phase: rule.phase ?? phase,
		reason: rule.reason(found),
		rule: rule.name,
		quotes: [found.match.line, ...rest.sort((a, b) => a.number - b.number)],
		retryable: rule.retryable
	};
}
function withPlace({ reason, rule, quotes }, diagnostics) {
	const diagnostic = diagnostics.find(({ logLine, severity, tool }) => severity === "error" && logLine === quotes[0]?.number && tool !== "debhelper" && tool !== "patch");
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

// src/builder/deb-dependencies.ts
const SOURCES = "session";
const DEPENDENCIES = "Install package build dependencies";
const PAUSE_MS = 5e3;
async function installDependencies(request) {
	const { session, log } = request;
	await writeRepositories(session.writeFile, request.repositories, request.pins, SOURCES);
	const started = performance.now();
	const apt = (args) => session.chroot([
		"apt-get",
		"-q",
		...args
	], {
		network: true,
		privileges: "setup",
		onLine: log.line,
		timeoutSeconds: Math.max(1, request.timeoutSeconds - (performance.now() - started) / 1e3)
	});
	if (request.repositories.length > 0) {
		log.banner("Update chroot");
		const only = [
			"-o",
			`Dir::Etc::SourceList=/etc/apt/sources.list.d/${SOURCES}.sources`,
			"-o",
			"Dir::Etc::SourceParts=-",
			"-o",
			"APT::Get::List-Cleanup=0"
		];
		await again(request, () => apt([
			...only,
			"--error-on=any",
			"update"
		]));
	}
	log.banner(DEPENDENCIES);
	const buildDep = [
		...request.extraPackages.flatMap((file) => ["--with-source", file]),
		...request.profiles.length > 0 ? [`--build-profiles=${request.profiles.join(",")}`] : [],
		...request.parts.all ? [] : ["--arch-only"],
		...request.parts.any ? [] : ["--indep-only"],
		"build-dep",
		request.dsc
	];
	await again(request, () => apt(buildDep), () => apt(["update"]));
	if (request.alsoInstall.length > 0) await again(request, () => apt(["install", ...request.alsoInstall]));
	return installedPackages(session);
}
async function again({ log, retries, signal }, body, refresh) {
	for (let attempt = 1;; attempt++) try {
		return await body();
	} catch (error) {
		if (attempt > retries || !mayPass(error)) throw error;
		log.line(`W: attempt ${attempt} of ${retries + 1} failed; once more in ${PAUSE_MS * attempt / 1e3} s`);
		await setTimeout(PAUSE_MS * attempt, void 0, { signal });
		await refresh?.().catch(() => void 0);
	}
}
function mayPass(error) {
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

// src/builder/report/build-report.ts
function titleOf(report) {
	return printable(`${report.package} ${report.version} for ${report.target}/${report.architecture}`, 200);
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
function phaseTitle({ phase }) {
	return phase === void 0 ? "" : PHASE_TITLES[phase];
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
	const name = diagnosis.phase !== void 0 && ARCHIVE_PHASES.includes(diagnosis.phase) ? "dependencies" : "build";
	return seconds.has(name) ? name : [...seconds.keys()].at(-1) ?? name;
}
function failure(build, attributes) {
	const { diagnosis } = build;
	const tag = diagnosis.verdict === "package" ? "failure" : "error";
	const numbered = (lines) => lines.map(({ number, text }) => `${number}: ${text}`);
	const body = [
		`${sentence(diagnosis.reason)}.`,
		`Phase: ${phaseTitle(diagnosis)}`,
		"",
		...numbered(diagnosis.quotes),
		...diagnosis.excerpt.length > diagnosis.quotes.length ? [
			"",
			"Around it:",
			...numbered(diagnosis.excerpt)
		] : [],
		"",
		`Whole log: ${build.logFile}`
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

// src/builder/sbuild.ts
const CHROOT = "session";
const SBUILD_CONFIGURATION = `# Written by pkg-actions.
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
$environment_filter = [(map { '^' . quotemeta($_) . '$' } Dpkg::BuildInfo::get_build_env_allowed()), '^PATH$'];
# One path for all builds: it ends in debug information (reproducible-builds.org, build path).
$build_path = '/build/reproducible-path';
$path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
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
	], { input: SBUILD_CONFIGURATION });
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
			onLine: request.onLine,
			folder: session.outbox,
			env: {
				HOME: "/nonexistent",
				SBUILD_CONFIG: "/etc/sbuild/session.conf",
				DEB_BUILD_OPTIONS: options,
				...request.profiles.length > 0 ? { DEB_BUILD_PROFILES: request.profiles.join(" ") } : {},
				...request.sourceDateEpoch === void 0 ? {} : { SOURCE_DATE_EPOCH: String(request.sourceDateEpoch) }
			}
		});
		return {
			exitCode,
			end: "exit"
		};
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		return {
			exitCode: error.failure.exitCode,
			end: error.failure.end
		};
	}
}
function sbuildVersion(text) {
	return /Debian sbuild\) (\S+)/.exec(text)?.[1] ?? text.trim().split("\n")[0] ?? "";
}

// src/builder/deb-build.ts
const REPORTS = {
	junit: "junit.xml",
	codeQuality: "code-quality.json"
};
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
const SOURCES_IN_ROOT = `${INBOX}/sources`;
async function buildDeb(request) {
	const { source, architecture, signal, logger } = request;
	const staging = `${request.output}.new`;
	await checkReplaceable(request.output);
	await rm(staging, {
		recursive: true,
		force: true
	});
	await mkdir(staging, { recursive: true });
	const stem = `${source.name}_${source.fileVersion}_${architecture}`;
	const log = new BuildLog(path.join(staging, `${stem}.build`), logger, request.limits.logBytes);
	try {
		const end = await session(request, log, staging);
		await log.close();
		const text = await readLog(log.file);
		const hasChanges = (await readdir(staging)).some((name) => name.endsWith(".changes"));
		const diagnosis = end.refused === void 0 ? diagnoseSbuild({
			log: text,
			...end,
			hasChanges,
			timeoutSeconds: request.timeoutSeconds,
			network: request.network,
			scratch: request.scratch
		}) : tooMuch(end.refused, text);
		signal.throwIfAborted();
		if (request.parts.source) for (const name of source.files) await copyFile(path.join(source.folder, name), path.join(staging, name));
		const report = await reportOf(request, staging, diagnosis, log);
		const manifest = await manifestOf(request, staging, diagnosis, end.packages);
		await writeManifest(staging, manifest);
		await replaceFolder(staging, request.output);
		return {
			report,
			manifest,
			folder: request.output,
			logFile: path.join(request.output, path.basename(log.file))
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
	await using session = await openSession({
		state: request.state,
		root: { lower: [request.generation.tree] },
		scratch: request.scratch,
		locks: [request.lock],
		runId: request.runId,
		signal: request.signal,
		inbox: {
			sources: source.files.map((name) => path.join(source.folder, name)),
			...Object.fromEntries(request.packageFiles.map((file, index) => [`packages-${index}`, [path.resolve(file)]]))
		},
		binds: [...await localBinds([...repositoryUris(request.generation), ...request.repositories.map((repository) => repository.source)])]
	});
	const dsc = `${SOURCES_IN_ROOT}/${source.dsc}`;
	let packages;
	log.phase("dependencies");
	try {
		packages = await installDependencies({
			session,
			dsc,
			repositories: request.repositories,
			pins: request.pins,
			extraPackages: request.packageFiles.map((file, index) => `${INBOX}/packages-${index}/${path.basename(file)}`),
			alsoInstall: request.extraPackages,
			retries: request.limits.retries,
			profiles,
			parts,
			timeoutSeconds: left(),
			log,
			signal: request.signal
		});
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		log.write(`E: ${error.message}`);
		return {
			exitCode: error.failure.exitCode,
			end: error.failure.end,
			packages: []
		};
	}
	await session.endProcesses();
	log.phase("build");
	const end = await runSbuild({
		session,
		dsc: `${session.root}${dsc}`,
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
		onLine: log.line
	});
	log.phase("collect results");
	await session.stop();
	const refused = await collect(session.outbox, staging, request.limits.outputBytes);
	if (refused !== void 0) log.write(`E: ${refused}`);
	log.phase("close session");
	await session.close();
	return {
		...end,
		packages,
		...refused === void 0 ? {} : { refused }
	};
}
async function collect(outbox, folder, limit) {
	await using handles = new AsyncDisposableStack();
	const files = [];
	let total = 0;
	for (const name of await readdir(outbox)) {
		if (!COLLECTED.has(roleOf(name))) continue;
		const handle = await open(path.join(outbox, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => void 0);
		if (handle === void 0) continue;
		handles.use(handle);
		const found = await handle.stat();
		if (!found.isFile()) continue;
		total += found.size;
		files.push({
			name,
			handle
		});
	}
	if (limit > 0 && total > limit) return `the build gives more than limits.output-size allows: ${total} bytes, not ${limit} or fewer`;
	for (const { name, handle } of files) await pipeline(handle.createReadStream({ autoClose: false }), createWriteStream(path.join(folder, name), {
		flags: "wx",
		mode: 420
	}));
}
function tooMuch(reason, log) {
	const line = {
		number: log.trimEnd().split("\n").length,
		text: `E: ${reason}`
	};
	return {
		verdict: "package",
		phase: "results",
		reason,
		rule: "output-size",
		quotes: [line],
		excerpt: [line],
		diagnostics: [],
		fields: {},
		retryable: false
	};
}
async function reportOf(request, folder, diagnosis, log) {
	const tracked = await trackedFiles(request.workspace);
	const built = (await readdir(folder)).filter((name) => PACKAGES.has(roleOf(name))).sort();
	const report = {
		package: request.source.name,
		version: request.source.version,
		target: request.target.name,
		architecture: request.architecture,
		diagnosis: {
			...diagnosis,
			diagnostics: locateDiagnostics(diagnosis.diagnostics, {
				prefixes: request.prefixes,
				...tracked ? { files: tracked } : {}
			})
		},
		files: await Promise.all(built.map(async (name) => ({
			name,
			size: (await stat(path.join(folder, name))).size
		}))),
		seconds: log.seconds,
		logFile: path.relative(request.workspace, path.join(request.output, path.basename(log.file)))
	};
	await writeFile(path.join(folder, REPORTS.junit), junit([report]));
	await writeFile(path.join(folder, REPORTS.codeQuality), codeQualityJson([report]));
	return report;
}
async function trackedFiles(workspace) {
	const settings = [
		"safe.directory=*",
		"core.fsmonitor=false",
		"core.hooksPath=/dev/null"
	].flatMap((setting) => ["-c", setting]);
	const { exitCode, stdout } = await run([
		"git",
		...settings,
		"-C",
		workspace,
		"ls-files",
		"-z"
	], {
		okExitCodes: "any",
		captureBytes: 64 * 1024 ** 2
	});
	return exitCode === 0 && stdout !== "" ? new Set(stdout.split("\0").filter((name) => name !== "")) : void 0;
}
async function manifestOf(request, folder, diagnosis, packages) {
	const { source, generation, target, architecture } = request;
	const list = `${source.name}_${source.fileVersion}_${architecture}.packages`;
	if (packages.length > 0) await writeFile(path.join(folder, list), `${packages.join("\n")}\n`);
	const names = await readdir(folder);
	const version = await run(["sbuild", "--version"]);
	return {
		schema: "pkg-actions/manifest/1",
		stage: "build",
		createdAt: (/* @__PURE__ */ new Date()).toISOString(),
		tool: {
			name: "pkg-actions",
			version: VERSION
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
		buildroot: { generation: generation.id },
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
			sbuild: sbuildVersion(version.stdout)
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

// src/builder/report/annotations.ts
const MAX_PER_LEVEL = 10;
function annotate(report, logger) {
	const { diagnosis } = report;
	const diagnostics = diagnosis.diagnostics.toSorted(byUse);
	const errors = diagnostics.filter(({ severity }) => severity === "error");
	const warnings = diagnostics.filter(({ severity, path }) => severity === "warning" && path !== void 0);
	let left = MAX_PER_LEVEL;
	let main;
	if (diagnosis.verdict !== "success") {
		const cause = new Set(diagnosis.quotes.map(({ number }) => number));
		main = errors.find(({ logLine }) => logLine === diagnosis.quotes[0]?.number) ?? errors.find(({ logLine }) => cause.has(logLine));
		const title = `${titleOf(report)}: ${faultOf(diagnosis)} (${phaseTitle(diagnosis)})`;
		logger.error(sentence(diagnosis.reason), {
			title,
			...main ? placeOf(main) : {}
		});
		left -= 1;
	}
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
	if (count <= 0) return "";
	return `${count} ${what}${count === 1 ? "" : "s"}`;
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
	const name = `${code(report.package)} ${code(report.version)} for ${code(report.target)} on ${code(report.architecture)}`;
	const parts = [`### ${MARKS[diagnosis.verdict]} ${name}`];
	const took = formatDuration(totalSeconds(report));
	if (diagnosis.verdict === "success") {
		const count = report.files.length;
		parts.push(`Built in ${took}: ${count} ${count === 1 ? "file" : "files"}.`);
	} else {
		const again = diagnosis.retryable ? " It may pass when it is run again." : "";
		const what = sentence(faultOf(diagnosis));
		parts.push(`**${what}** in the phase “${phaseTitle(diagnosis)}”, after ${took}.${again}`);
		parts.push(`${escapeMarkdown(sentence(diagnosis.reason))}.`);
		if (diagnosis.quotes.length > 0) {
			const width = String(Math.max(...diagnosis.quotes.map(({ number }) => number))).length;
			const inOrder = diagnosis.quotes.toSorted((a, b) => a.number - b.number);
			parts.push(fenced(inOrder.map(({ number, text }) => `${String(number).padStart(width)}: ${text}`)));
		}
	}
	if (report.files.length > 0) parts.push(fileTable(report));
	if (report.seconds.size > 1) parts.push([...report.seconds].map(([phase, seconds]) => `${escapeMarkdown(phase)} ${formatDuration(seconds)}`).join(" · "));
	parts.push(`Log: ${code(report.logFile)}`);
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

// src/builder/deb-source.ts
async function readDebSource(location) {
	if (location.endsWith(".dsc")) return fromDsc(location);
	const { manifest, folder, sha256, file } = await readManifest(location);
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

export { REPORTS, annotate, buildDeb, buildSummary, faultOf, readDebSource };
