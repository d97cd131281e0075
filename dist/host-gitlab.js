import { BaseHost, annotationText, dropToolkitDebug, environmentInput, printableLine, renderMarkdown, run, safeName } from "./frame.js";
import path from "node:path";
import { appendFileSync, constants, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { chmod, open, rename, rm, symlink, writeFile } from "node:fs/promises";

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

// src/durable.ts
const SYNC_AT_ONCE = 16;
async function sync(target) {
	const handle = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW);
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}
async function syncAll(targets) {
	await inParallel(targets, SYNC_AT_ONCE, sync);
}
async function syncFileSystem(place, signal) {
	await run([
		"sync",
		"--file-system",
		"--",
		place
	], signal === void 0 ? {} : { signal });
}
async function writeWhole(file, content, { mode, temporary = temporaryFile(file) } = {}) {
	await writeFresh(temporary, content, mode);
	await rename(temporary, file);
}
function writeWholeSync(file, content) {
	const temporary = temporaryFile(file);
	rmSync(temporary, {
		recursive: true,
		force: true
	});
	writeFileSync(temporary, content, { flag: "wx" });
	renameSync(temporary, file);
}
async function writeDurably(file, content, mode) {
	const temporary = temporaryFile(file);
	await writeFresh(temporary, content, 384);
	await chmod(temporary, mode);
	await sync(temporary);
	await rename(temporary, file);
	await sync(path.dirname(file));
}
async function writeFresh(file, content, mode = 438) {
	await rm(file, {
		recursive: true,
		force: true
	});
	await writeFile(file, content, {
		mode,
		flag: "wx"
	});
}
const temporaryFile = (file) => `${file}.new`;
async function swapLink(link, target, temporary = temporaryLink(path.basename(link))) {
	const begun = path.join(path.dirname(link), temporary);
	await rm(begun, { force: true });
	await symlink(target, begun);
	await rename(begun, link);
	await sync(path.dirname(link));
}
function temporaryLink(name) {
	return `.${name}.new`;
}

// src/host/gitlab.ts
const MAX_DOTENV_BYTES = 5120;
const COLOURS = {
	notice: "36",
	warning: "33",
	error: "31"
};
var GitLabHost = class extends BaseHost {
	name = "gitlab";
	runId;
	runUrl;
	#out;
	#undrop = dropToolkitDebug();
	#debug;
	#dotenvFile;
	#summaryFile;
	#sections = /* @__PURE__ */ new Map();
	#sectionCount = 0;
	#summary = "";
	constructor(options = {}, out = process.stderr) {
		const env = options.env ?? process.env;
		const project = path.resolve(env["CI_PROJECT_DIR"] ?? ".");
		super(path.resolve(options.workspace ?? project), options);
		this.#out = out;
		this.runId = safeName(`gl-${env["CI_JOB_ID"] ?? process.pid}`);
		this.runUrl = env["CI_JOB_URL"];
		this.#debug = options.debug ?? (env["CI_DEBUG_TRACE"] === "true" || env["PKG_ACTIONS_DEBUG"] === "1");
		this.#dotenvFile = path.resolve(project, env["PKG_ACTIONS_DOTENV"] || "pkg-actions.env");
		this.#summaryFile = path.resolve(project, options.summaryFile ?? (env["PKG_ACTIONS_SUMMARY"] || "pkg-actions-summary.md"));
	}
	platformInput(name) {
		return environmentInput(name, this.env);
	}
	printLine(line) {
		this.#out.write(`${line}\n`);
	}
	printDebug(line) {
		if (this.#debug) this.#out.write(`debug: ${line}\n`);
	}
	printAnnotation(level, message, location) {
		const text = `${level}: ${annotationText(message, location)}`;
		for (const line of text.split("\n")) this.#out.write(`\u001b[${COLOURS[level]};1m${line}\u001b[0m\n`);
	}
	printGroupStart(group) {
		this.#sectionCount += 1;
		const section = `pkg_actions_${this.#sectionCount}`;
		this.#sections.set(group, section);
		const folded = group.depth === 0 ? "" : "[collapsed=true]";
		this.#out.write(`\u001b[0Ksection_start:${seconds(group.startedAt)}:${section}${folded}\r\u001b[0K\u001b[1m${group.title}\u001b[0m\n`);
	}
	printGroupEnd(group, duration) {
		const section = this.#sections.get(group);
		this.#sections.delete(group);
		const end = Math.round(group.startedAt / 1e3 + duration);
		this.#out.write(`\u001b[0Ksection_end:${end}:${section}\r\u001b[0K\n`);
	}
	writeOutput(name, value) {
		const variable = `${this.env["PKG_ACTIONS_OUTPUT_PREFIX"] ?? ""}${name.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}`;
		const lines = value.trim().split(/\r?\n/);
		if (lines.length > 1 && lines.some((line) => /[\s,]/.test(line))) {
			this.info(`The output ${name} is a text of several lines: later jobs get no variable for it.`);
			return;
		}
		const text = printableLine(this.masker.apply(lines.join(","))).replaceAll("$", "$$$$");
		const content = `${[...readText(this.#dotenvFile).split("\n").filter((line) => line !== "" && !line.startsWith(`${variable}=`)), `${variable}=${text}`].join("\n")}\n`;
		if (Buffer.byteLength(content) > MAX_DOTENV_BYTES) {
			this.warning(`the output ${name} is left out: GitLab takes 5 KiB of variables from a job`);
			return;
		}
		writeWholeSync(this.#dotenvFile, content);
	}
	async writeSummary(markdown) {
		this.#summary += markdown;
		refuseLink(this.#summaryFile);
		appendFileSync(this.#summaryFile, markdown);
	}
	async report(kind, file) {
		this.info(`${kind} report: ${path.relative(this.workspace, path.resolve(this.workspace, file))}`);
	}
	async upload() {}
	async close() {
		await super.close();
		this.#undrop();
		if (this.#summary === "") return;
		this.#out.write("\n");
		for (const line of renderMarkdown(this.#summary, {
			colours: true,
			width: 120
		})) this.#out.write(`${line}\n`);
	}
};
function seconds(milliseconds) {
	return Math.floor(milliseconds / 1e3);
}
function refuseLink(file) {
	const found = lstatSync(file, { throwIfNoEntry: false });
	if (found !== void 0 && !found.isFile()) rmSync(file, { recursive: true });
}
function readText(file) {
	refuseLink(file);
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		if (error.code === "ENOENT") return "";
		throw error;
	}
}

export { GitLabHost, inParallel, swapLink, sync, syncAll, syncFileSystem, temporaryLink, writeDurably, writeWhole, writeWholeSync };
