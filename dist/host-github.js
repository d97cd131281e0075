import { debug, endGroup, error, getInput, info, notice, saveState, setOutput, setSecret, startGroup, warning } from "./core.js";
import { BaseHost, UserError, messageOf, safeName } from "./frame.js";
import path from "node:path";
import { statSync } from "node:fs";
import { appendFile } from "node:fs/promises";

// src/host/github.ts
const MAX_SUMMARY_BYTES = 1048576;
const SUMMARY_CUT = "\n\n*The summary was cut here: GitHub takes 1 MiB per step. The log has everything.*\n";
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
		setOutput(name, value);
	}
	async writeSummary(markdown) {
		const file = this.env["GITHUB_STEP_SUMMARY"];
		if (file === void 0 || file === "") {
			this.info(markdown);
			return;
		}
		if (this.#summaryFull) return;
		const used = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
		const room = MAX_SUMMARY_BYTES - used - Buffer.byteLength(SUMMARY_CUT);
		let text = markdown;
		if (Buffer.byteLength(markdown) > room) {
			this.#summaryFull = true;
			text = cutAtLine(markdown, room) + SUMMARY_CUT;
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
			this.info(`artifact ${artifact}: ${absolute.length} files, ${size ?? 0} bytes`);
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

export { GitHubHost, harmless };
