import { debug, endGroup, error, getInput, info, notice, saveState, setOutput, setSecret, startGroup, warning } from "./core.js";
import { BaseHost, UserError, formatBytes, formatCount, messageOf, quote, safeName } from "./frame.js";
import path from "node:path";
import { statSync } from "node:fs";
import { appendFile } from "node:fs/promises";

// src/host/bounded-output.ts
const MAX_OUTPUT_BYTES = 1e5;
const MOST_ENTRIES = [
	1e3,
	500,
	200,
	100,
	50,
	20,
	10,
	5,
	2,
	1,
	0
];
const MOST_CHARACTERS = 500;
function boundedOutput(value, report) {
	if (isShort(value)) return value;
	const parsed = parse(value);
	if (typeof parsed !== "object" || parsed === null) return value;
	const compact = JSON.stringify(parsed);
	if (isShort(compact)) return compact;
	for (const characters of [Number.POSITIVE_INFINITY, MOST_CHARACTERS]) for (const entries of MOST_ENTRIES) {
		const cut = shorten(parsed, entries, characters);
		const marked = Array.isArray(cut) || report === void 0 ? cut : {
			...cut,
			report
		};
		const text = JSON.stringify(marked);
		if (isShort(text)) return text;
	}
	return JSON.stringify({
		shortened: {},
		...report === void 0 ? {} : { report }
	});
}
function isShort(text) {
	return Buffer.byteLength(text) <= MAX_OUTPUT_BYTES;
}
function parse(text) {
	try {
		return JSON.parse(text);
	} catch {
		return;
	}
}
function shorten(value, entries, characters) {
	if (typeof value === "string") return value.length > characters ? `${value.slice(0, characters)}…` : value;
	if (typeof value !== "object" || value === null) return value;
	if (Array.isArray(value)) return value.slice(0, entries).map((each) => shorten(each, entries, characters));
	const shortened = {};
	const kept = Object.entries(value).map(([name, each]) => {
		if (Array.isArray(each) && each.length > entries) shortened[name] = each.length;
		return [name, shorten(each, entries, characters)];
	});
	return {
		...Object.fromEntries(kept),
		...Object.keys(shortened).length === 0 ? {} : { shortened }
	};
}

// src/host/github.ts
const MAX_SUMMARY_BYTES = 1048576;
const SUMMARY_CUT = "\n\n*The summary was cut here: GitHub takes 1 MiB per step. The log has everything.*\n";
const ROOM_TO_CLOSE = 256;
const STATE_NAME = "pkg_actions";
var GitHubHost = class extends BaseHost {
	name = "github";
	runId;
	runUrl;
	#summaryFull = false;
	constructor(options = {}) {
		const env = options.env ?? process.env;
		super(path.resolve(options.workspace ?? env["GITHUB_WORKSPACE"] ?? "."), options);
		this.runId = safeName([
			"gh",
			env["GITHUB_RUN_ID"],
			env["GITHUB_RUN_ATTEMPT"],
			env["GITHUB_JOB"],
			env["RUNNER_NAME"]
		].filter((part) => part !== void 0 && part !== "").join("-"));
		const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
		this.runUrl = server && repository && run ? `${server}/${repository}/actions/runs/${run}` : void 0;
	}
	platformInput(name) {
		return getInput(name);
	}
	mask(value) {
		for (const form of this.masker.add(value)) if (value.includes(form) || form === Buffer.from(value).toString("base64")) setSecret(form);
	}
	printLine(line) {
		info(harmless(line));
	}
	printDebug(line) {
		debug(line);
	}
	printAnnotation(level, message, location) {
		const annotate = {
			notice,
			warning,
			error
		}[level];
		annotate(message, this.#properties(location));
	}
	printGroupStart(group) {
		if (group.depth === 0) startGroup(group.title);
		else info(harmless(`▶ ${group.title}`));
	}
	printGroupEnd(group) {
		if (group.depth === 0) endGroup();
	}
	writeOutput(name, value) {
		const report = this.input("report") ?? this.input("report-file");
		const text = boundedOutput(value, report);
		if (Buffer.byteLength(text) < Buffer.byteLength(value)) {
			const where = report === void 0 ? "a report, where the action has an input for one" : quote(report);
			this.info(`The output ${name} is shortened: ${formatBytes(Buffer.byteLength(value))} are too much; all of it is in ${where}.`);
		}
		setOutput(name, text);
	}
	async writeSummary(markdown) {
		const file = this.env["GITHUB_STEP_SUMMARY"];
		if (file === void 0 || file === "") {
			this.info(markdown);
			return;
		}
		if (this.#summaryFull) return;
		const used = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
		const room = MAX_SUMMARY_BYTES - used - Buffer.byteLength(SUMMARY_CUT) - ROOM_TO_CLOSE;
		let text = markdown;
		if (Buffer.byteLength(markdown) > room) {
			this.#summaryFull = true;
			text = closed(cutAtLine(markdown, room)) + SUMMARY_CUT;
			this.warning("the step summary was cut: GitHub takes 1 MiB per step");
		}
		await appendFile(file, text);
	}
	keepForPost(value) {
		if (this.env["GITHUB_STATE"]) saveState(STATE_NAME, JSON.stringify(value));
	}
	keptForPost() {
		const text = this.env[`STATE_${STATE_NAME}`];
		return text === void 0 || text === "" ? void 0 : JSON.parse(text);
	}
	async report(kind, file) {
		this.info(`${kind} report: ${path.relative(this.workspace, path.resolve(this.workspace, file))}`);
	}
	async upload(name, root, files) {
		const artifact = safeName(name);
		const absolute = files.map((file) => path.resolve(root, file));
		const refused = absolute.find((file) => /["<>|*?:\r\n\\]/.test(path.relative(root, file)));
		if (refused !== void 0) throw new UserError({
			what: `the artifact ${artifact} cannot hold this file`,
			where: path.relative(root, refused),
			expected: "a name without any of \" : < > | * ? \\ and line breaks"
		});
		if (absolute.length === 0) return void 0;
		if (!this.env["ACTIONS_RUNTIME_TOKEN"] || !this.env["ACTIONS_RESULTS_URL"]) {
			this.notice(`this runner has no artifact service: the files of ${artifact} stay in ${root}`);
			return;
		}
		const { DefaultArtifactClient, GHESNotSupportedError } = await import("./lazy-artifact.js");
		try {
			const { size } = await new DefaultArtifactClient().uploadArtifact(artifact, absolute, root, { compressionLevel: 1 });
			this.info(`artifact ${artifact}: ${formatCount(absolute.length, "file")}, ${formatBytes(size ?? 0)}`);
			return artifact;
		} catch (error) {
			if (error instanceof GHESNotSupportedError) {
				this.notice(`this server has no artifact service: the files of ${artifact} stay in ${root}`);
				return;
			}
			throw new UserError({
				what: `the artifact ${artifact} could not be uploaded`,
				found: messageOf(error)
			});
		}
	}
	#properties(location) {
		if (location === void 0) return {};
		const { file, line, column, title } = location;
		const root = this.env["GITHUB_WORKSPACE"] ?? this.workspace;
		return {
			...title === void 0 ? {} : { title },
			...file === void 0 ? {} : { file: path.relative(root, path.resolve(this.workspace, file)) },
			...line === void 0 ? {} : { startLine: line },
			...column === void 0 ? {} : { startColumn: column }
		};
	}
};
function harmless(line) {
	return line.replace(/^(\s*)::/, "$1\\::").replaceAll("##[", "##\\[");
}
function cutAtLine(text, bytes) {
	const part = Buffer.from(text).subarray(0, Math.max(0, bytes)).toString("utf8");
	return part.slice(0, Math.max(0, part.lastIndexOf("\n")));
}
function closed(markdown) {
	let fence = "";
	let folds = 0;
	for (const line of markdown.split("\n")) {
		const [, run = ""] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? [];
		if (fence === "") fence = run;
		else if (run.startsWith(fence) && line.trim() === run) fence = "";
		if (fence !== "") continue;
		folds += (line.match(/<details[\s>]/g)?.length ?? 0) - (line.match(/<\/details>/g)?.length ?? 0);
	}
	return [markdown, ...[...fence === "" ? [] : [fence], ...Array(Math.max(0, Math.min(folds, 8))).fill("</details>")]].join("\n");
}

export { GitHubHost, harmless };
