import { BaseHost, annotationText, dropToolkitDebug, environmentInput, printableLine, renderMarkdown, safeName } from "./frame.js";
import path from "node:path";
import { appendFileSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

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
		rmSync(`${this.#dotenvFile}.new`, { force: true });
		writeFileSync(`${this.#dotenvFile}.new`, content, { flag: "wx" });
		renameSync(`${this.#dotenvFile}.new`, this.#dotenvFile);
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

export { GitLabHost };
