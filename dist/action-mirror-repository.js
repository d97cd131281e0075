import { UserError, formatBytes, formatCount, formatDuration } from "./frame.js";
import { mirrorRepository, readKnownHosts } from "./mirror.js";
import { codeCell, escapeMarkdown, writeReport } from "./shared.js";
import { checkChoice, checkDestinations, chooseRepository, loadPackaging, parseDestination } from "./config.js";
import path from "node:path";

// src/actions/mirror-repository/report.ts
function jsonReport(root, dryRun, results) {
	return {
		repository: root,
		dryRun,
		mirrors: results.map(({ destination, failedAt, error, seconds, ...rest }) => ({
			mirror: destination.name,
			...rest,
			seconds: Math.round(seconds * 1e3) / 1e3,
			...failedAt === void 0 ? {} : { failedAt },
			...error === void 0 ? {} : { error: error.message }
		}))
	};
}
const AT = {
	look: "before anything was changed",
	pool: "while packages were sent",
	snapshots: "while indexes were sent",
	try: "before the switch",
	keys: "while keys were sent",
	switch: "at the switch",
	site: "while pages were sent",
	remove: "while old files were removed"
};
function resultLine(result, dryRun) {
	return `${result.destination.name}: ${stateText(result, dryRun)}`;
}
function stateText({ state, failedAt, switched, ...counts }, dryRun) {
	if (state === "failed") {
		const serves = dryRun ? "" : switched ? "; it serves the new state" : "; it serves what it served before";
		return `failed ${AT[failedAt ?? "look"]}${serves}`;
	}
	if (state === "same") return "up to date";
	const { files, bytes, removed, channels } = counts;
	const parts = [
		`${formatCount(files, "file")}, ${formatBytes(bytes)}`,
		...channels.length === 0 ? [] : [`channels ${channels.join(", ")}`],
		...removed === 0 ? [] : [`${removed} removed`]
	];
	return `${dryRun ? "would be mirrored" : "mirrored"}: ${parts.join("; ")}`;
}
function summary(root, dryRun, results) {
	const rows = results.map((result) => {
		const { destination, files, bytes, removed, seconds, channels } = result;
		const state = stateText({
			...result,
			files: 0,
			bytes: 0,
			removed: 0,
			channels: []
		}, dryRun).replace(/:.*$/, "");
		const switched = channels.map(codeCell).join(", ");
		return `| ${codeCell(destination.name)} | ${state} | ${switched} | ${files} | ${formatBytes(bytes)} | ${removed} | ${formatDuration(seconds)} |`;
	});
	const failures = results.flatMap(({ error }) => error === void 0 ? [] : [`- ${escapeMarkdown(error.message)}`]);
	return [
		dryRun ? "## What mirroring would do" : "## Mirrors",
		"",
		`Repository: ${codeCell(root)}`,
		"",
		"| mirror | state | channels | files | size | removed | time |",
		"|---|---|---|---|---|---|---|",
		...rows,
		"",
		...failures.length === 0 ? [] : [
			...failures,
			"",
			"The next run completes what is not complete.",
			""
		]
	].join("\n");
}

// src/actions/mirror-repository/request.ts
async function resolveMirrors(inputs, workspace) {
	checkChoice(inputs);
	const known = inputs.packaging === void 0 ? void 0 : chooseRepository(await loadPackaging(inputs.packaging), inputs);
	const root = inputs.repository ?? known?.path;
	if (root === void 0) throw new UserError({
		what: "the folder of the repository is not known",
		where: "input repository",
		expected: known === void 0 ? "a path" : `a path, here or as the field path of the repository ${known.name}`
	});
	const isGiven = inputs.mirrors.length > 0;
	const places = isGiven ? inputs.mirrors : known?.mirrors ?? [];
	if (places.length === 0) throw new UserError({
		what: "no mirrors are given",
		where: "input mirrors",
		expected: known === void 0 ? "a place on each line" : `a place on each line, here or as mirrors of ${known.name}`
	});
	const where = isGiven ? "input mirrors" : inputs.packaging ?? "the packaging file";
	const destinations = places.map((place) => parseDestination(place, where, (each) => path.resolve(workspace, each)));
	checkDestinations(destinations, root, where);
	return {
		root,
		destinations
	};
}

// src/actions/mirror-repository/run.ts
async function run(inputs, host) {
	const { root, destinations } = await resolveMirrors(inputs, host.workspace);
	const dryRun = inputs["dry-run"];
	const hosts = inputs["known-hosts"];
	const knownHosts = hosts === void 0 ? void 0 : await readKnownHosts(hosts, host.workspace);
	const results = await mirrorRepository({
		root,
		destinations,
		dryRun,
		checksum: inputs.checksum,
		maxDelete: inputs["max-delete"],
		knownHosts,
		sshKey: inputs["ssh-key"],
		password: inputs["rsync-password"],
		bytesPerSecond: inputs["bandwidth-limit"],
		timeoutSeconds: inputs.timeout,
		attempts: inputs.attempts,
		lockSeconds: inputs["lock-timeout"],
		host
	});
	for (const result of results) host.info(resultLine(result, dryRun));
	const report = jsonReport(root, dryRun, results);
	const names = (wanted) => results.flatMap(({ state, destination }) => wanted(state) ? [destination.name] : []).join("\n");
	const outputs = {
		mirrored: names((state) => state !== "failed" && !dryRun),
		failed: names((state) => state === "failed"),
		report: JSON.stringify(report)
	};
	for (const [name, value] of Object.entries(outputs)) host.output(name, value);
	await host.summary(summary(root, dryRun, results));
	if (inputs["report-file"] !== void 0) await writeReport(inputs["report-file"], report);
	const failed = results.filter(({ state }) => state === "failed");
	if (failed.length > 0) throw new UserError({
		what: `${failed.length} of ${formatCount(results.length, "mirror")} failed`,
		found: failed.map(({ destination }) => destination.name).join(", "),
		remedy: "what failed stands above; the next run completes them"
	});
	return outputs;
}

export { run };
