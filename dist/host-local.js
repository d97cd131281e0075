import { writeWholeSync } from "./host-gitlab.js";
import { BaseHost, LiveProgress, annotationText, dropToolkitDebug, environmentInput, formatDuration, renderMarkdown } from "./frame.js";
import path from "node:path";

// src/host/local.ts
const COLOURS = {
	notice: "36",
	warning: "33",
	error: "31"
};
var LocalHost = class extends BaseHost {
	name = "local";
	runId;
	runUrl = void 0;
	#out;
	#undrop = dropToolkitDebug();
	#colours;
	#live;
	#debug;
	#summaryFile;
	#summary = "";
	constructor(options = {}, out = process.stderr) {
		super(path.resolve(options.workspace ?? "."), options);
		this.#out = out;
		const startedAt = Math.round(performance.timeOrigin).toString(36);
		this.runId = `local-${process.pid}-${startedAt}`;
		const terminal = out.isTTY === true && this.env["TERM"] !== "dumb";
		this.#colours = terminal && !this.env["NO_COLOR"];
		this.#live = terminal ? new LiveProgress(out, (text) => this.#style("2", text)) : void 0;
		this.#debug = options.debug ?? this.env["PKG_ACTIONS_DEBUG"] === "1";
		const summary = options.summaryFile ?? this.env["PKG_ACTIONS_SUMMARY"];
		this.#summaryFile = summary === void 0 || summary === "" ? void 0 : path.resolve(this.workspace, summary);
	}
	platformInput(name) {
		return environmentInput(name, this.env);
	}
	printLine(line, depth) {
		this.#print(line, depth);
	}
	printDebug(line, depth) {
		if (this.#debug) this.#print(this.#style("2", `debug: ${line}`), depth);
	}
	tool(line) {
		if (this.#debug) this.info(line);
		else if (/[A-Za-z]/.test(line)) this.progress(line.trim().slice(0, 160));
	}
	printAnnotation(level, message, location, depth) {
		const [first = "", ...rest] = annotationText(message, location).split("\n");
		this.#print(`${this.#style(`1;${COLOURS[level]}`, `${level}:`)} ${first}`, depth);
		for (const line of rest) this.#print(`  ${line}`, depth);
	}
	printGroupStart(group) {
		this.#print(this.#style("1", group.title), group.depth);
	}
	printGroupEnd(group, seconds, failed) {
		if (!failed && seconds < .1) return;
		const text = failed ? this.#style("31", "failed") : this.#style("32", "done");
		this.#print(`${text} ${this.#style("2", `in ${formatDuration(seconds)}`)}`, group.depth + 1);
	}
	makeProgress() {
		return this.#live ?? super.makeProgress();
	}
	writeOutput() {}
	async writeSummary(markdown) {
		this.#summary += markdown;
	}
	async report(kind, file) {
		this.info(`${kind} report: ${path.relative(process.cwd(), path.resolve(this.workspace, file))}`);
	}
	async upload() {}
	async close() {
		await super.close();
		this.#undrop();
		if (this.#summary === "") return;
		if (this.#summaryFile !== void 0) writeWholeSync(this.#summaryFile, this.#summary);
		const width = Math.min(this.#out.columns ?? 120, 120);
		this.#print("", 0);
		for (const line of renderMarkdown(this.#summary, {
			colours: this.#colours,
			width
		})) this.#print(line, 0);
	}
	#print(line, depth) {
		const text = `${"  ".repeat(line === "" ? 0 : depth)}${line}\n`;
		if (this.#live === void 0) this.#out.write(text);
		else this.#live.print(text);
	}
	#style(code, text) {
		return this.#colours ? `\u001b[${code}m${text}\u001b[0m` : text;
	}
};

export { LocalHost };
